"""Intervals of chosen location quotients by resampling establishments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.concentration import _compound
from geoterritorio.concentration._margins import Margins, Whole, margins
from geoterritorio.concentration.tabulation import Coded, code
from geoterritorio.errors import LayerError, message
from geoterritorio.registry import Count, Progress, Share, no_progress

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

# Doubles drawn at a time.
_BLOCK = 4_000_000
# Poisson counts of small means come from tables of equally likely outcomes, an order of magnitude faster.
_OUTCOMES = 1 << 16
_TABLED = 12


@dataclass(frozen=True)
class _Plants:
    """Distinct sizes in each chosen cell: where each cell starts, the sizes, and how many have each."""

    starts: Codes
    sizes: Floats
    number: Codes


def bootstrap_intervals(
    firms: pd.DataFrame,
    cells: pd.DataFrame,
    *,
    rng: np.random.Generator,
    replicates: Count = 1000,
    level: Share = 0.95,
    reference: pd.Series | Whole | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    r"""
    Bootstrap intervals of chosen location quotients of jobs.

    Parameters
    ----------
    firms
        Establishments: `territory`, `sector`, `employment`. Those of unknown employment are left out.
    cells
        Rows with the `territory` and `sector` of the quotients wanted.
    rng
        Generator of the draws.
    replicates
        Number of times the establishments are resampled.
    level
        Level of the intervals, such as 0.95.
    reference
        Totals by sector of the whole compared with; None takes the sums over the firms.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    intervals
        `cells` with the columns `lq`, `low` and `high`; NaN for empty cells, of which resampling can say
        nothing.

    Raises
    ------
    LayerError
        A needed column is missing, or a cell is of no territory and sector of the firms.

    Notes
    -----
    Each establishment of the cell enters a replicate a Poisson number of times of mean 1, independently of
    the others. The rest of the territory, of the sector and of the whole, sums of many establishments, are
    drawn from gamma laws of their mean and variance (the sum of squared sizes). The ends are percentiles over
    the replicates. They are too narrow where a cell has few effective establishments: see
    `location_quotient_interval`.

    References
    ----------
    .. [1] Hanley, J. A., MacGibbon, B. (2006). Creating non-parametric bootstrap samples using Poisson
       frequencies. Computer Methods and Programs in Biomedicine 83, 57-62.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> firms = pd.DataFrame({"territory": ["A"] * 60 + ["B"] * 340, "sector": (["10"] * 4 + ["62"] * 6) * 40,
    ...     "employment": 5.0})
    >>> cell = pd.DataFrame({"territory": ["A"], "sector": ["10"]})
    >>> bootstrap_intervals(firms, cell, rng=np.random.default_rng(1)).round(1)
      territory sector   lq  low  high
    0         A     10  1.0  0.7   1.3
    """
    coded = code(firms, None, outside="drop", snap=0, sized=True)
    if coded.employment is None:
        raise LayerError(message("Firms have no column “employment”; give one, or count establishments."))
    known = ~np.isnan(coded.employment)
    row, column = _positions(cells, coded)
    sums, sizes = _tables(coded, known, reference)
    plants = _compressed(coded, known, row * len(coded.sectors) + column)
    rest = _rest(sums, sizes, row, column)
    low, high = np.full((2, len(cells)), np.nan)
    ends = ((1 - level) / 2, (1 + level) / 2)
    for start, stop, own in _draws(plants, replicates, rng):
        others = (_gamma(mean[start:stop], variance[start:stop], replicates, rng) for mean, variance in rest)
        low[start:stop], high[start:stop] = np.quantile(_quotients(own, *others), ends, axis=1)
        progress(stop / len(cells), "")
    lq = sums.quotient()[row, column]
    empty = ~(lq > 0)
    return cells.assign(lq=lq, low=np.where(empty, np.nan, low), high=np.where(empty, np.nan, high))


def _positions(cells: pd.DataFrame, coded: Coded) -> tuple[Codes, Codes]:
    row = coded.territories.get_indexer(cells["territory"]).astype(np.int64)
    column = coded.sectors.get_indexer(cells["sector"]).astype(np.int64)
    lost = int(((row < 0) | (column < 0)).sum())
    if lost:
        raise LayerError(message("{number} cells are of no territory and sector of the firms.", number=lost))
    return row, column


def _tables(
    coded: Coded, known: npt.NDArray[np.bool_], reference: pd.Series | Whole | None
) -> tuple[Margins, _compound.Sizes]:
    jobs = np.where(known, np.asarray(coded.employment), 0.0)
    counts = coded.frame(coded.total(jobs))
    sums = margins(counts, reference, None, stacklevel=4)
    return sums, _compound.sizes(sums, coded.frame(coded.total(jobs**2)).to_numpy(), None)


def _rest(sums: Margins, sizes: _compound.Sizes, row: Codes, column: Codes) -> list[tuple[Floats, Floats]]:
    """Mean and variance of the rest of the territory, the rest of the sector and everything else."""
    x, q = sums.cells[row, column], sizes.squares[row, column]
    n, t = sums.territory[row, 0], sums.sector[0, column]
    q_n, q_t = sizes.territory[row, 0], sizes.sector[0, column]
    parts = [(n - x, q_n - q), (t - x, q_t - q), (sums.total - n - t + x, sizes.total - q_n - q_t + q)]
    return [(np.maximum(mean, 0), np.maximum(variance, 0)) for mean, variance in parts]


def _compressed(coded: Coded, known: npt.NDArray[np.bool_], chosen: Codes) -> _Plants:
    """Establishments of the chosen cells, those of one size in one cell together."""
    names, back = np.unique(chosen, return_inverse=True)
    rank = np.full(len(coded.territories) * len(coded.sectors), -1, np.int64)
    rank[names] = np.arange(len(names))
    cell = rank[coded.cells]
    inside = (cell >= 0) & known
    jobs = np.asarray(coded.employment)[inside]
    size_code, sizes = pd.factorize(jobs)
    keys, number = np.unique(cell[inside] * max(len(sizes), 1) + size_code, return_counts=True)
    starts = np.searchsorted(keys, np.arange(len(names) + 1) * max(len(sizes), 1))
    # A cell asked for twice is drawn twice.
    lengths = np.diff(starts)[back]
    take = np.repeat(starts[back] - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    found = sizes[keys[take] % max(len(sizes), 1)] if len(keys) else np.empty(0)
    return _Plants(np.concatenate([[0], np.cumsum(lengths)]), found, number[take])


def _draws(
    plants: _Plants, replicates: int, rng: np.random.Generator
) -> Iterator[tuple[int, int, npt.NDArray[np.float64]]]:
    """Jobs of the chosen cells in every replicate (cells by replicates), some cells at a time."""
    table = np.stack([_outcomes(mean) for mean in range(_TABLED)]).ravel()
    cells = len(plants.starts) - 1
    start = 0
    while start < cells:
        # At least one cell, and as many as fit with all their sizes.
        limit = plants.starts[start] + _BLOCK // max(replicates, 1)
        fitting = int(np.searchsorted(plants.starts, limit, "right")) - 1
        stop = min(max(fitting, start + 1), start + 1 + _BLOCK // max(4 * replicates, 1), cells)
        own = slice(plants.starts[start], plants.starts[stop])
        times = _poisson(plants.number[own], replicates, table, rng)
        jobs = np.zeros((stop - start, replicates))
        offsets = plants.starts[start:stop] - plants.starts[start]
        filled = np.flatnonzero(np.diff(plants.starts[start : stop + 1]))
        if len(filled):
            jobs[filled] = np.add.reduceat(times * plants.sizes[own, None], offsets[filled], axis=0)
        yield start, stop, jobs
        start = stop


def _outcomes(mean: int) -> npt.NDArray[np.uint8]:
    middle = (np.arange(_OUTCOMES) + 0.5) / _OUTCOMES
    outcomes: npt.NDArray[np.uint8] = stats.poisson.ppf(middle, mean).astype(np.uint8)
    return outcomes


def _poisson(
    number: Codes, replicates: int, table: npt.NDArray[np.uint8], rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Poisson counts of means `number`, one row each."""
    at = rng.integers(0, _OUTCOMES, (len(number), replicates), dtype=np.uint16).astype(np.int32)
    at += (np.minimum(number, _TABLED - 1) * _OUTCOMES).astype(np.int32)[:, None]
    times = table[at].astype(np.float32)
    many = np.flatnonzero(number >= _TABLED)
    times[many] = rng.poisson(number[many, None], (len(many), replicates))
    return times


def _gamma(mean: Floats, variance: Floats, replicates: int, rng: np.random.Generator) -> Floats:
    """Draws of a law with this mean and variance; the mean itself where there is no variance."""
    scale = np.divide(variance, mean, out=np.zeros_like(mean), where=mean > 0)
    shape = np.divide(mean, scale, out=np.zeros_like(mean), where=scale > 0)
    drawn = rng.standard_gamma(shape[:, None], (len(mean), replicates)) * scale[:, None]
    return np.where((scale > 0)[:, None], drawn, mean[:, None])


def _quotients(own: Floats, territory: Floats, sector: Floats, rest: Floats) -> Floats:
    """Quotients of the replicates; 0 where a replicate has nothing of the cell."""
    whole = own + territory + sector + rest
    below = (own + territory) * (own + sector)
    return np.divide(own * whole, below, out=np.zeros_like(own), where=own > 0)
