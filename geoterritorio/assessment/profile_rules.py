"""How coded assessments and actions are read: scale, contradictions, whose kinds are public, when there is enough."""

from __future__ import annotations

from dataclasses import dataclass

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.registry import Count, Level

# The lists of which a profile speaks, in the order in which it does.
ASSESSED = ("leader_features", "development_elements", "innovation_components", "innovation_social_features")
LISTS = (*ASSESSED, "innovative_actions", "capitals", "action_phases")


@dataclass(frozen=True)
class ProfileRules:
    """
    How coded assessments and actions are read.

    Parameters
    ----------
    highest
        Highest rating of the scale, which goes by whole steps from 0.
    contradiction
        Steps from which two ratings of an item contradict each other.
    same_time
        Months up to which the statements of two coders speak of the same time; ratings that are farther apart in time
        do not contradict each other, but are a change. This software's choice.
    lists
        Lists whose items are assessed, with semicolons between: leader_features, development_elements,
        innovation_components, innovation_social_features, innovative_actions, capitals, action_phases.
    public_kinds
        Kinds of institution that are public, with semicolons between.
    private_kinds
        Kinds of institution that are private, with semicolons between; firms are. Any other may be either.
    least_units
        Ratings in common of two coders (territories by items) from which their agreement is told.
    draws
        Draws of the bootstrap of the agreement; 0 gives no interval.
    level
        Level of the intervals.
    seed
        Seed of the draws.
    """

    highest: Count = 4
    contradiction: Count = 2
    same_time: Count = 24
    lists: str = "leader_features; development_elements; innovation_components; innovation_social_features"
    public_kinds: str = "government"
    private_kinds: str = "association; chamber"
    least_units: Count = 15
    draws: Count = 999
    level: Level = 0.95
    seed: Count = 1


RULES = ProfileRules()


def names_in(text: str) -> list[str]:
    """Names between semicolons."""
    return [part.strip() for part in text.split(";") if part.strip()]


def lists_of(rules: ProfileRules) -> list[str]:
    """
    Lists whose items are assessed.

    Parameters
    ----------
    rules
        Rules.

    Returns
    -------
    lists
        Names of vocabularies, each once.

    Raises
    ------
    LayerError
        If one is none of those that hold items of coded evidence, or none is named.

    Examples
    --------
    >>> lists_of(ProfileRules(lists="capitals; capitals"))
    ['capitals']
    """
    wanted = list(dict.fromkeys(names_in(rules.lists)))
    strange = [name for name in wanted if name not in LISTS]
    if strange or not wanted:
        raise LayerError(
            message(
                "lists: {values} are no lists of items. Use some of: {known}.",
                values=listing(strange) if strange else "–",
                known=listing(LISTS, most=len(LISTS)),
            )
        )
    return wanted


def refuse_kinds(rules: ProfileRules) -> None:
    """
    Refusal of kinds of institution that are not in their list, or both public and private.

    Parameters
    ----------
    rules
        Rules.

    Raises
    ------
    LayerError
        If there are such.
    """
    known = set(vocabulary("institution_kinds")["code"])
    public, private = names_in(rules.public_kinds), names_in(rules.private_kinds)
    strange = sorted({*public, *private} - known)
    problems = []
    if strange:
        problems.append(
            message(
                "public_kinds, private_kinds: {values} are no kinds of institution. Use some of: {known}.",
                values=listing(strange),
                known=listing(sorted(known), most=len(known)),
            )
        )
    both = sorted({*public} & {*private})
    if both:
        problems.append(
            message(
                "public_kinds, private_kinds: {values} are in both. Name each kind once; one that may be either in "
                "none.",
                values=listing(both),
            )
        )
    if problems:
        raise LayerError(problems)
