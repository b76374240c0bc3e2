"""How sure are focal location quotients and cluster indices, given the sizes of the establishments?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from geoterritorio.concentration import _compound, _conditional, _lumps, _surroundings
from geoterritorio.concentration._margins import Margins, Whole, like, margins
from geoterritorio.concentration.intervals import MINIMUM_PLANTS, IntervalRules, QuotientIntervals
from geoterritorio.registry import Share

Floats = npt.NDArray[np.float64]


def focal_location_quotient_interval(
    counts: pd.DataFrame,
    neighbours: pd.DataFrame,
    squares: pd.DataFrame | None = None,
    *,
    plants: pd.DataFrame | None = None,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
    level: Share = 0.95,
) -> QuotientIntervals:
    r"""
    Interval, p-value and certainty of every focal location quotient.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    neighbours
        Weights of the territories around each, as for `focal_location_quotient`.
    squares
        Sums of squared sizes of the establishments, where `counts` are jobs; for establishments `counts` again. None
        leaves everything untested.
    plants
        Numbers of establishments, where `counts` are jobs.
    reference
        Totals by sector of the whole compared with, which contains the territories; None takes the table's
        own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.
    level
        Level of the intervals, such as 0.95.

    Returns
    -------
    intervals
        Frames like `counts`; `effective_plants` are those of the surroundings.

    Raises
    ------
    LayerError
        Cells or weights are negative, a territory or sector has no total, or a neighbour is not in the table.

    Notes
    -----
    Establishments are placed independently of each other. One of size z in territory s and the sector moves the
    logarithm of the quotient by :math:`z (k_{rs} / X - k_{rs} / n - 1 / T + 1 / N)`, where X and n are the weighted
    sums of the sector and of everything, T and N the totals of the whole; one of another sector by
    :math:`z (1 / N - k_{rs} / n)`. The sum of the squares of all of these is the variance, and limits are those of a
    weighted sum of Poisson counts [1]_, with the allowances for few establishments, and for surroundings that hold
    much of a sector, that `location_quotient_interval` makes: with a territory alone with itself they are its limits
    for jobs. An empty surrounding has an upper limit from the establishments, of the sector's mean size, that could be
    there unseen.

    Neighbouring quotients share establishments, so their tests go together: many significant neighbours are one
    finding. The Benjamini-Hochberg rule bears such dependence, which is proved for one-sided tests [2]_.

    References
    ----------
    .. [1] Fay, M. P., Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a method
       based on the gamma distribution. Statistics in Medicine 16, 791-801.
    .. [2] Benjamini, Y., Yekutieli, D. (2001). The control of the false discovery rate in multiple testing under
       dependency. Annals of Statistics 29, 1165-1188.

    Examples
    --------
    >>> import pandas as pd
    >>> plants = pd.DataFrame({"10": [60.0, 20, 0], "62": [140.0, 280, 500]}, index=["A", "B", "C"])
    >>> near = pd.DataFrame([[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]], index=plants.index, columns=plants.index)
    >>> found = focal_location_quotient_interval(plants, near, plants)
    >>> pd.concat({"lq": found.lq["10"], "low": found.low["10"], "high": found.high["10"]}, axis=1).round(2)
         lq   low  high
    A  2.50  2.25  2.75
    B  0.96  0.89  1.06
    C  0.19  0.13  0.30
    >>> found.certainty["10"].tolist()
    ['high', 'unclear', 'low']
    """
    sums = margins(counts, reference, totals)
    kernel = _surroundings.matrix_of(neighbours, counts.index)
    near = _surroundings.smoothed(sums, kernel)
    quotient = near.quotient()
    low, high, p, effective = np.full((4, *quotient.shape), np.nan)
    if squares is not None and len(counts):
        own = _like_counts(squares, counts)
        known = _compound.sizes(sums, own, None if plants is None else _like_counts(plants, counts))
        usual = _compound.sizes(sums, _compound.usual(sums, own), None)
        surrounded = _Surrounded(sums, near, known, usual, kernel)
        low, high, p, effective = _limits(surrounded, level)
    trivial = (near.sector >= near.total) | (near.territory >= near.total)
    untold = np.isnan(quotient) | near.lower | trivial
    low, high, p = (np.where(untold, np.nan, end) for end in (low, high, p))
    q = _conditional.benjamini_hochberg(p)
    words = _words(quotient, (low, high, q), effective, 1 - level)
    words[kernel @ np.isnan(sums.cells).astype(np.float64) > 0] = "withheld"
    return QuotientIntervals(
        lq=like(quotient, counts),
        low=like(low, counts),
        high=like(high, counts),
        p=like(p, counts),
        q=like(q, counts),
        effective_plants=like(effective, counts),
        certainty=like(words, counts),
        rules=IntervalRules(level, "none" if squares is None else "compound", reference=sums.name),
    )


def cluster_index_deviation(
    counts: pd.DataFrame, plants: pd.DataFrame, squares: pd.DataFrame, *, fixed: bool = False
) -> pd.DataFrame:
    r"""
    Standard deviation of the logarithm of every cluster index.

    Parameters
    ----------
    counts
        Jobs, territories by sectors; NaN is withheld or unknown.
    plants
        Numbers of establishments.
    squares
        Sums of squared sizes of the establishments.
    fixed
        Whether the index compares with a reference, whose totals are taken as they are, instead of own sums.

    Returns
    -------
    deviations
        Frame like `counts`; NaN where the cell is 0 or missing, or a cell of its sector is. An interval is the index
        times and over :math:`e^{z \sigma}`.

    Notes
    -----
    Establishments are placed independently of each other. One of size z in the cell moves the logarithm of
    `cluster_index` by :math:`z (1 / e_{ri} - 1 / e_i) + 1 / b_{ri} - 1 / b_i`, one of the sector elsewhere by
    :math:`-z / e_i - 1 / b_i`; areas and inhabitants are constants. The squares of these changes add up to the
    variance. It holds from about 5 effective establishments on. Of a fixed whole the terms in :math:`e_i` and
    :math:`b_i` fall away, which leaves :math:`\sum z^2 / e_{ri}^2 + 3 / b_{ri}`.

    References
    ----------
    .. [1] Sternberg, R., Litzenberger, T. (2004). Regional clusters in Germany: their geography and their relevance
       for entrepreneurial activities. European Planning Studies 12, 767-791.

    Examples
    --------
    >>> import pandas as pd
    >>> jobs = pd.DataFrame({"10": [30.0, 100.0]}, index=["A", "B"])
    >>> plants = pd.DataFrame({"10": [6.0, 20.0]}, index=["A", "B"])
    >>> cluster_index_deviation(jobs, plants, jobs * 5).round(2)
         10
    A  0.72
    B  0.21
    """
    jobs, number, own = (_like_counts(t, counts) for t in (counts, plants, squares))
    if fixed:
        with np.errstate(divide="ignore", invalid="ignore"):
            return like(np.where(jobs * number > 0, np.sqrt(own / jobs**2 + 3 / number), np.nan), counts)
    all_jobs, all_number, all_own = (t.sum(axis=0) for t in (jobs, number, own))
    with np.errstate(divide="ignore", invalid="ignore"):
        size, one = 1 / jobs - 1 / all_jobs, 1 / number - 1 / all_number
        variance = size**2 * own + 2 * size * one * jobs + one**2 * number
        variance += (all_own - own) / all_jobs**2 + (all_number - number) / all_number**2
        variance += 2 * (all_jobs - jobs) / (all_jobs * all_number)
    return like(np.where(jobs * number > 0, np.sqrt(variance), np.nan), counts)


def _like_counts(table: pd.DataFrame, counts: pd.DataFrame) -> Floats:
    found: Floats = table.reindex(index=counts.index, columns=counts.columns).to_numpy(np.float64)
    return found


@dataclass(frozen=True)
class _Surrounded:
    """Sums of the table and of the surroundings, sizes as seen and as usual, and the weights."""

    sums: Margins
    near: Margins
    known: _compound.Sizes
    usual: _compound.Sizes
    kernel: sparse.csr_array


def _limits(around: _Surrounded, level: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Ends, p-values and effective establishments of the weighted sums."""
    sums, near, known = around.sums, around.near, around.known
    quotient, largest = near.quotient(), around.kernel.max(axis=1).toarray().reshape(-1, 1)
    spread = _spread(around)
    size = np.broadcast_to(known.sector / np.maximum(sums.sector, 1e-300) * largest, quotient.shape)
    low, high, p, effective = np.full((4, *quotient.shape), np.nan)
    some = (quotient > 0) & (spread.low > 0)
    chosen = _compound.Spread(spread.low[some], spread.high[some])
    low[some], high[some], p[some] = _compound.limits(
        quotient[some], near.cells[some], chosen, size[some], level
    )
    low, high, p = _lumps.widened((low, high, p), quotient, _lumps.sample(near, _around(around)), level)
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = _powers(around.kernel, known.squares)[2]
        effective = np.where(quotient == 0, 0.0, near.cells**2 / seen)
        # Of none seen, as many as these could be there: each has the sector's mean size.
        mean = sums.sector / known.plants_sector * largest
        unit = mean * near.total / (near.territory * near.sector)
    none = quotient == 0
    low[none] = 0.0
    high[none] = -np.log1p(-level) * unit[none]
    p[none] = np.exp(-1 / unit[none])
    return low, high, p, effective


def _around(around: _Surrounded) -> _compound.Sizes:
    """Sizes of the establishments in the surroundings."""
    known = around.known
    return replace(
        known,
        territory=_powers(around.kernel, known.territory)[2],
        plants_territory=around.kernel @ known.plants_territory,
    )


def _powers(kernel: sparse.csr_array, values: Floats) -> tuple[Floats, Floats, Floats]:
    """Sums over the surroundings, with each weight to the power of 0, 1 and 2."""
    return kernel.sign() @ values, kernel @ values, kernel.multiply(kernel).tocsr() @ values


def _spread(around: _Surrounded) -> _compound.Spread:
    """Sum over all establishments of the squared change that each makes to the logarithm of the quotient."""
    sums, near, usual = around.sums, around.near, around.usual
    own = _powers(around.kernel, around.known.squares)
    more = _powers(around.kernel, usual.squares)
    others = _powers(around.kernel, usual.territory - usual.squares)
    inside = around.kernel.sign()
    x, n = inside @ sums.cells, inside @ sums.territory
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = 1 / np.float64(near.total or np.nan)
        here, there = 1 / near.cells - 1 / near.territory, 1 / near.sector - whole
        cell, unseen = _moved(own, here, there), _moved(more, here, there)
        outside = usual.sector - more[0]
        rest = usual.total - usual.sector - others[0]
        parts = [
            _compound.Part(near.cells, own[2], cell),
            _compound.Part(near.territory - near.cells, others[2], _moved(others, 1 / near.territory, whole)),
            _compound.Part(near.sector - x, outside, there**2 * outside),
            _compound.Part(near.total - near.sector - n + x, rest, whole**2 * rest),
        ]
        return _compound.spread(parts, unseen - cell)


def _moved(squares: tuple[Floats, Floats, Floats], one: Floats, other: Floats | float) -> Floats:
    """Squared changes by establishments that count for one sum by their weight, and for another fully."""
    return one**2 * squares[2] - 2 * one * other * squares[1] + other**2 * squares[0]


def _words(
    quotient: Floats, tested: tuple[Floats, Floats, Floats], effective: Floats, error: float
) -> npt.NDArray[np.object_]:
    low, high, q = tested
    words = np.full(quotient.shape, "unclear", dtype=object)
    words[np.isnan(q)] = "untested"
    words[(q <= error) & (low > 1)] = "high"
    few = effective < MINIMUM_PLANTS
    words[few & ~np.isnan(q)] = "few"
    # Emptiness where many were expected is evidence; few jobs of few establishments are not.
    words[(q <= error) & (high < 1) & (~few | (quotient == 0))] = "low"
    words[np.isnan(quotient)] = "untested"
    return words
