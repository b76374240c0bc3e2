"""Conditional permutation: a place keeps its own value, and those of all others are dealt to its neighbours anew."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.i18n import mark
from geoterritorio.registry import Progress

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

# Simulations between two words on how far the work is.
_BATCH = 20
# Sums that differ by less than this share of their parts are the same.
_TIE = 1e-9
# Part of the tests that may have to be as clear as can be for any to be told from chance.
_PART = 0.25


@dataclass
class Tails:
    """
    Observed sums beside simulated ones, counted as these come.

    Parameters
    ----------
    observed
        Sums as they are.
    slack
        Difference up to which two sums are the same.
    """

    observed: Floats
    slack: Floats | float

    def __post_init__(self) -> None:
        """Start with no simulation."""
        self.above, self.below = np.zeros(self.observed.shape), np.zeros(self.observed.shape)
        self.total, self.squares = np.zeros(self.observed.shape), np.zeros(self.observed.shape)
        self.number = 0

    def add(self, simulated: Floats) -> None:
        """Count one simulation."""
        # An undefined simulation is no evidence: it counts as far out on either side.
        self.above += ~(simulated < self.observed - self.slack)
        self.below += ~(simulated > self.observed + self.slack)
        away = simulated - self.observed
        self.total += away
        self.squares += away**2
        self.number += 1

    def p(self) -> Floats:
        """Two-sided p-values: twice the smaller tail, the observed value being one of the simulated, at most 1."""
        tail = np.minimum(self.above, self.below)
        return np.where(np.isnan(self.observed), np.nan, np.minimum(2 * (1 + tail) / (1 + self.number), 1))

    def mean(self) -> Floats:
        """Mean of the simulations."""
        found: Floats = self.observed + self.total / self.number
        return found

    def variance(self) -> Floats:
        """Variance of the simulations."""
        found: Floats = self.squares / self.number - (self.total / self.number) ** 2
        return np.where(found > self.slack**2, found, 0)


class FewDrawsWarning(GeoterritorioWarning):
    """Values are dealt anew too few times for the tests there are."""


def say_few_draws(p: pd.Series, number: int, level: float) -> None:
    """
    Warn where draws are so few that p, adjusted for all tests, is small only if a good part of the tests are as clear.

    Parameters
    ----------
    p
        Their p-values; NaN where nothing is tested.
    number
        How often values were dealt anew.
    level
        Level from which on something is told from chance.
    """
    tests = int(p.notna().sum())
    if not number or not tests or level >= 1:
        return
    least = 2 / (number + 1)
    needed = int(np.ceil(least * tests / (1 - level) - _TIE))
    if needed <= max(1, _PART * tests):
        return
    enough = int(np.ceil(2 / ((1 - level) * max(1 / tests, _PART)) - _TIE)) - 1
    if needed > tests:
        found = message(
            "simulations: with {count} no pattern is told from chance at the level of {level}. Take {number} or more.",
            count=number,
            level=level,
            number=enough,
        )
    else:
        found = message(
            "simulations: with {count} the smallest p is {least}, and of {tests} tests together none is told from "
            "chance unless {needed} are as clear. Take {number} or more.",
            count=number,
            least=float(f"{least:.2g}"),
            tests=tests,
            needed=needed,
            number=enough,
        )
    warnings.warn(FewDrawsWarning(found), stacklevel=5)


def lags(
    weights: Any,
    own: Codes,
    values: Floats,
    *,
    simulations: int,
    rng: np.random.Generator,
    progress: Progress,
) -> Tails:
    """
    Weighted sums over neighbours, beside those of neighbours drawn from all others.

    Parameters
    ----------
    weights
        Sparse matrix, places that look by all places; nothing on a place itself.
    own
        Place that each row is.
    values
        Value at each place.
    simulations
        How often values are dealt anew.
    rng
        Generator of the draws.
    progress
        Called after each batch; may raise to cancel.

    Returns
    -------
    tails
        One per row.

    Notes
    -----
    One order of all values serves all rows of a simulation: a row takes the first of them that are not its own. Within
    a row the neighbours are drawn without replacement from all other places.
    """
    length = np.diff(weights.indptr)
    row = np.repeat(np.arange(len(length)), length)
    slot = np.arange(len(row)) - weights.indptr[row]
    size = abs(weights) @ np.abs(values)
    tails = Tails(weights @ values, _TIE * size)
    place = np.empty(len(values), np.int64)
    for k in range(simulations):
        order = rng.permutation(len(values))
        place[order] = np.arange(len(values))
        dealt = values[order[slot + (place[own[row]] <= slot)]]
        tails.add(np.bincount(row, weights.data * dealt, minlength=len(length)).astype(np.float64))
        if (k + 1) % _BATCH == 0 or k + 1 == simulations:
            progress((k + 1) / simulations, mark("Dealing values by chance"))
    return tails
