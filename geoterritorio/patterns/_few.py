"""Sectors of which little or nothing can be found: refused, or told before they are looked at."""

from __future__ import annotations

import warnings
from typing import Protocol

import numpy as np

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.patterns.grounds import Chosen
from geoterritorio.registry import Count


class SectorError(LayerError):
    """Nothing can be found of this sector, whatever is found of others."""


class FewWarning(GeoterritorioWarning):
    """A sector has few establishments, or few with jobs where jobs weigh."""


class _Rules(Protocol):
    @property
    def minimum_plants(self) -> Count: ...


def enough(
    observed: Chosen, rules: _Rules, sector: str, neighbours: str | None = None, *, least: int = 2
) -> None:
    """
    Refusal of a sector with too few plants, and a warning for either side with few.

    Parameters
    ----------
    observed
        Plants looked from and looked at.
    rules
        From when on a sector counts as small.
    sector
        Code of the sector looked from.
    neighbours
        Code of the sector looked at; None where these are all others.
    least
        Number below which nothing can be found.

    Raises
    ------
    LayerError
        There are fewer plants than `least`.

    Warns
    -----
    FewWarning
        If the plants of a side, or those of them with jobs that weigh, are fewer than the rules ask for.
    """
    number = len(observed.first)
    if number < least:
        raise SectorError(
            message(
                "sector “{sector}”: number of establishments: {number}; needed: {least}.",
                sector=sector,
                number=number,
                least=least,
            )
        )
    say_few(number, weighing(observed.first_weight, number), rules, sector)
    if observed.second is not None:
        number = len(observed.second)
        say_few(number, weighing(observed.second_weight, number), rules, neighbours)


def weighing(weight: np.ndarray | None, number: int) -> int:
    """How many plants have a weight above 0."""
    return number if weight is None else int((weight > 0).sum())


def say_few(number: int, with_jobs: int, rules: _Rules, sector: str | None) -> None:
    """
    Warn of a sector with few plants, or with few that weigh.

    Parameters
    ----------
    number
        Its plants.
    with_jobs
        Those whose weight is above 0.
    rules
        From when on a sector counts as small.
    sector
        Its code; None for what is no sector, the controls.
    """
    values = {"sector": sector, "number": with_jobs, "least": rules.minimum_plants}
    # Where there are none the measure itself refuses.
    if not 0 < with_jobs < rules.minimum_plants:
        return
    if with_jobs < number:
        found = message(
            "sector “{sector}”: only {number} of {count} establishments have jobs to weigh with. With fewer than "
            "{least} a pattern is hardly told from chance.",
            **values,
            count=number,
        )
    elif sector is None:
        found = message(
            "neighbours: only {number} establishments to compare with. With fewer than {least} a pattern is hardly "
            "told from chance.",
            **values,
        )
    else:
        found = message(
            "sector “{sector}”: only {number} establishments. With fewer than {least} a pattern is hardly told from "
            "chance.",
            **values,
        )
    warnings.warn(FewWarning(found), stacklevel=4)
