"""What is confidential, and how much an attacker must be left to guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.registry import Count, Number, Share

Zeros = Literal["show", "hide"]
Rounding = Literal["nearest", "random", "controlled"]
Percent = Annotated[float, Number("%", 0.0, 100.0)]
# In messages these are the options' own names.
_TWO = 2


@dataclass(frozen=True)
class DisclosureRules:
    """
    Rules of confidentiality of a table of establishments.

    Parameters
    ----------
    minimum
        Fewest contributors of a cell that may be told; a group of enterprises is one contributor.
    largest
        Of the rule of dominance (n, k): how many of the largest contributors are taken together; 0 for no such rule.
    dominance
        Of the rule of dominance (n, k): the share of the cell's jobs that they may hold at most.
    percent
        Of the rule of p %: as a percentage of the largest contributor, how near the second largest may come to its
        jobs by taking its own from the cell; 0 for no such rule.
    protection
        As a share of a cell that is confidential: how far below and above it what an attacker finds out must reach.
    zeros
        Whether cells without establishments are told (show) or withheld like the others (hide).
    rounding
        Base to which figures are rounded instead of being withheld; 0 for none.
    rounded
        How: to the nearest multiple, at random without bias, or controlled, so that sums are kept.
    verified
        So many confidential cells at most are verified by linear programming, the largest first; all have a proof by
        construction.
    """

    minimum: Count = 3
    largest: Count = 0
    dominance: Share = 0.85
    percent: Percent = 0.0
    protection: Share = 0.1
    zeros: Zeros = "show"
    rounding: Count = 0
    rounded: Rounding = "nearest"
    verified: Count = 50


def require_rules(rules: DisclosureRules, *, name: str = "") -> None:
    """
    Refusal of rules that protect nothing or say what cannot be.

    Parameters
    ----------
    rules
        The rules.
    name
        What stands before an option's name: “disclosure.” in a study.

    Raises
    ------
    LayerError
        With all that is wrong.
    """
    problems: list[Message] = []
    if rules.minimum < _TWO:
        problems.append(
            message(
                "{option}: at least 2, or each single establishment could be told.", option=f"{name}minimum"
            )
        )
    if rules.largest and not 0 < rules.dominance < 1:
        problems.append(
            message(
                "{option}: above 0 and below 1; leave the rule out by largest = 0.", option=f"{name}dominance"
            )
        )
    if not 0 < rules.protection <= 1:
        problems.append(
            message(
                "{option}: above 0 and at most 1, or totals would tell the cell.", option=f"{name}protection"
            )
        )
    if rules.rounding == 1 or (rules.rounding and rules.rounding < rules.minimum):
        problems.append(
            message(
                "{option}: at least the minimum ({minimum}), or rounded counts tell fewer.",
                option=f"{name}rounding",
                minimum=rules.minimum,
            )
        )
    if problems:
        raise LayerError(problems)


FEW, DOMINATED, NEAR, PARTNER, WHOLE = REASONS = (
    mark("few contributors"),
    mark("dominance"),
    mark("p percent"),
    mark("totals would tell"),
    mark("whole table"),
)
