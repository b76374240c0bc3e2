"""Fitness of territories and complexity of sectors: each the other's measure, step by step."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration._margins import OWN as OWN_SUMS
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration._part import SWINGS, diversity, part_of, ranked, ubiquity
from geoterritorio.concentration.relatedness import presence_of, unknown_territories
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.registry import Count, Ratio

Floats = npt.NDArray[np.float64]
Until = Literal["values", "ranks"]

# Steps without a change of rank after which the ranks count as stable.
_QUIET = 20
# Fitness may sink towards 0 without end; its reciprocal must stay a number.
_LEAST = 1e-250
# Two states as near as this are one.
_STILL = 1e-9


@dataclass(frozen=True)
class Fitness:
    """
    Fitness of territories and complexity of sectors.

    Parameters
    ----------
    territories
        By territory: `diversity` (sectors present), `fitness` (mean 1), `rank`, `reason` where `fitness` is
        empty: empty (nothing present), unknown (withheld cells) or swings (between two states, without end).
    sectors
        By sector: `ubiquity` (territories where present, of those not left out), `complexity` (mean 1), `rank`,
        `reason`.
    iterations
        Steps taken.
    change
        Largest change of a value in the last step.
    converged
        Whether that change is within the tolerance.
    ranks_stable_from
        Step after which no rank of a territory changed.
    reference
        Name of the whole compared with.
    """

    territories: pd.DataFrame
    sectors: pd.DataFrame
    iterations: int
    change: float
    converged: bool
    ranks_stable_from: int
    reference: str


def fitness(
    counts: pd.DataFrame,
    *,
    iterations: Count = 1000,
    tolerance: Ratio = 1e-10,
    until: Until = "values",
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
) -> Fitness:
    r"""
    Fitness of territories and complexity of sectors.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. A table of zeros and ones
        only is taken as a presence already; for another threshold than 1 give that of `presence`.
    iterations
        Steps taken at most. A tolerance of 0 takes exactly as many.
    tolerance
        Largest change of a value (their mean is 1) at which the values count as settled.
    until
        Stop when "values" have settled, or when the "ranks" of the territories have not changed for 20 steps.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    fitness
        Values and ranks, and how they converged, by value and by rank.

    Raises
    ------
    LayerError
        There are no iterations, cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: \tilde F_r = \sum_i M_{ri} Q_i, \quad \tilde Q_i = \frac{1}{\sum_r M_{ri} / F_r}

    from the values of the step before, each divided by its mean, beginning with 1. A sector is complex if no
    territory of low fitness has it. On some tables the fitness of part of the territories sinks towards 0
    without end [2]_: the values then do not settle, the ranks do. Both are reported.

    Where parts of a table share nothing, the values may swing between two states for ever: no fitness is told then,
    but a warning.

    Territories with unknown cells are left out and counted in a warning. A sector with unknown cells has a
    part in the values of the known territories, but none of its own.

    References
    ----------
    .. [1] Tacchella, A., Cristelli, M., Caldarelli, G., Gabrielli, A., Pietronero, L. (2012). A new metrics
       for countries' fitness and products' complexity. Scientific Reports 2, 723.
    .. [2] Pugliese, E., Zaccaria, A., Pietronero, L. (2016). On the convergence of the fitness-complexity
       algorithm. European Physical Journal Special Topics 225, 1893-1911.

    Examples
    --------
    >>> import pandas as pd
    >>> present = pd.DataFrame([[1, 1, 1], [1, 1, 0], [1, 0, 1]], index=list("ABC"), columns=list("xyz"))
    >>> found = fitness(present, iterations=20, tolerance=0)
    >>> found.territories[["fitness", "rank"]].round(2)
       fitness  rank
    A     1.34   1.0
    B     0.83   2.0
    C     0.83   2.0
    """
    if iterations < 1:
        raise LayerError(message("iterations: {number} steps lead nowhere.", number=iterations))
    here = presence_of(counts, reference, totals)
    part = part_of(here, unknown_territories(here), connected=False)
    f, q, taken, change, quiet, swings = _steps(part.values, iterations, tolerance, until)
    converged = bool(change <= tolerance)
    if swings:
        f, q = np.full_like(f, np.nan), np.full_like(q, np.nan)
        part.row_reason[part.rows], part.column_reason[part.columns] = SWINGS, SWINGS
        _warn_swings(taken, change)
    elif not converged and until == "values" and tolerance > 0:
        text = message(
            "Fitness has not settled after {number} steps (last change {change}); the ranks have not changed "
            "since step {quiet}.",
            number=taken,
            change=float(f"{change:.2g}"),
            quiet=quiet,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    return Fitness(
        ranked(here.index, {"diversity": diversity(here), "fitness": part.by_territory(f)}, part.row_reason),
        ranked(
            here.columns, {"ubiquity": ubiquity(here), "complexity": part.by_sector(q)}, part.column_reason
        ),
        taken,
        change,
        converged,
        quiet,
        here.attrs.get("reference", OWN_SUMS),
    )


def _warn_swings(steps: int, change: float) -> None:
    text = message(
        "Fitness swings between two states, {change} apart, after {number} steps: territories and sectors fall into "
        "parts that share nothing, and have no fitness. Take the parts by themselves, or another threshold.",
        number=steps,
        change=float(f"{change:.2g}"),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _steps(
    m: Floats, iterations: int, tolerance: float, until: Until
) -> tuple[Floats, Floats, int, float, int, bool]:
    """Values, steps taken, last change, the step after which no rank changed, and whether they swing."""
    f, q = np.ones(m.shape[0]), np.ones(m.shape[1])
    if not m.size:
        return f, q, 0, 0.0, 0, False
    older, back = f, np.inf
    order, change, quiet = np.argsort(-f, kind="stable"), np.inf, 0
    step = 0
    while step < iterations:
        step += 1
        next_f, next_q = m @ q, 1 / (m.T @ (1 / np.maximum(f, _LEAST)))
        next_f, next_q = next_f / next_f.mean(), next_q / next_q.mean()
        change = float(max(np.abs(next_f - f).max(), np.abs(next_q - q).max()))
        back = float(np.abs(next_f - older).max())
        older, f, q = f, next_f, next_q
        now = np.argsort(-f, kind="stable")
        if (now != order).any():
            order, quiet = now, step
        settled = change <= tolerance if until == "values" else step - quiet >= _QUIET
        if settled and tolerance > 0:
            break
    # Slow convergence moves on in two steps; a swing comes back to where it was.
    swings = step > 1 and change > max(tolerance, _STILL) and back <= _STILL * change
    return f, q, step, change, quiet, swings
