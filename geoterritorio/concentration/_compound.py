"""Jobs: limits and tests where establishments of unequal size are placed by chance, never single jobs.

Four independent compound Poisson sums make a quotient: the cell, the rest of its territory, the rest of its
sector and everything else. The variance of a sum is estimated by the sum of its squared sizes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from geoterritorio.concentration._margins import Margins

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Below every sum, above nothing: what may stand below a line.
_TINY = 1e-300
# Effective establishments that at least are assumed of a sum compared with: with 3 or fewer there is no variance.
_FEWEST = 4


@dataclass(frozen=True)
class Sizes:
    """
    What is known of the sizes of establishments, aligned with the margins.

    Parameters
    ----------
    squares
        Sum of squared sizes of the cells; NaN where unknown.
    territory, sector, total
        The same of the territories (column), the sectors (row) and the whole.
    plants_sector
        Establishments of the sectors in the whole; the effective number where the number is unknown.
    plants_territory
        The same of the territories.
    """

    squares: Floats
    territory: Floats
    sector: Floats
    total: float
    plants_sector: Floats
    plants_territory: Floats


def sizes(sums: Margins, squares: Floats, plants: Floats | None) -> Sizes:
    """Sizes of the whole from those of the table, in proportion to the jobs each stands for."""
    known = ~np.isnan(squares) & ~np.isnan(sums.cells)
    jobs, squares = np.where(known, sums.cells, 0), np.where(known, squares, np.nan)
    found = np.where(known, squares, 0)
    by_territory = _ratio(found, jobs, 1)
    by_sector = _ratio(found, jobs, 0)
    total = sums.total * found.sum() / max(jobs.sum(), _TINY)
    # Effective establishments: jobs over the mean size that a job sees.
    k_territory, k_sector = sums.territory / by_territory, sums.sector / by_sector
    if plants is not None:
        counted = np.where(known & ~np.isnan(plants), plants, 0)
        k_territory = sums.territory * _ratio(counted, jobs, 1)
        k_sector = sums.sector * _ratio(counted, jobs, 0)
    return Sizes(
        squares, sums.territory * by_territory, sums.sector * by_sector, total, k_sector, k_territory
    )


def _ratio(top: Floats, bottom: Floats, axis: int) -> Floats:
    """Ratio of sums along an axis, that of the whole table where there is nothing below the line."""
    above, below = top.sum(axis=axis, keepdims=True), bottom.sum(axis=axis, keepdims=True)
    whole = above.sum() / max(below.sum(), _TINY)
    ratio: Floats = np.where(below > 0, above / np.maximum(below, _TINY), whole)
    return np.maximum(ratio, _TINY)


def usual(sums: Margins, squares: Floats) -> Floats:
    """
    Squares of the cells, at least those that their jobs have in the sector as a whole.

    A sum that had few large establishments by chance is small and seems sure at once: its own squares are too few.
    """
    known = ~np.isnan(squares) & ~np.isnan(sums.cells)
    by_sector = _ratio(np.where(known, squares, 0), np.where(known, sums.cells, 0), 0)
    return np.maximum(squares, sums.cells * by_sector)


@dataclass(frozen=True)
class Part:
    """
    One of the independent sums that a quotient is made of.

    Parameters
    ----------
    jobs, squares
        Sums of the sizes of its establishments and of their squares.
    moved
        Variance that it gives to the logarithm of the quotient.
    """

    jobs: Floats
    squares: Floats
    moved: Floats

    def allowed(self) -> Floats:
        """
        Variance with an allowance for being estimated from few establishments.

        It is that of Student's t, with the effective establishments less one as degrees of freedom.
        """
        # Where nothing is known of the sizes there is no end to the effective establishments, and no allowance.
        with np.errstate(over="ignore"):
            effective = np.maximum(self.jobs**2 / np.maximum(self.squares, _TINY), _FEWEST)
        allowed: Floats = np.maximum(self.moved, 0) * (1 + 2 / (effective - 3))
        return allowed


@dataclass(frozen=True)
class Spread:
    """Variances of logarithms of quotients: with the cell as it was seen, and with its usual squares."""

    low: Floats
    high: Floats


def parts(sums: Margins, known: Sizes, squares: Floats, some: Mask) -> list[Part]:
    """
    Sums that the quotient of some cells above 0 is made of, by the delta method.

    Parameters
    ----------
    sums
        Cells and totals.
    known
        Squares of the cells and their sums, by which those of the cell are taken from the totals.
    squares
        Squares of the cells themselves.
    some
        Cells wanted.

    Returns
    -------
    parts
        The cell, the rest of its territory, the rest of its sector, everything else.
    """
    wide = (squares, known.squares, sums.cells, sums.territory, sums.sector, known.territory, known.sector)
    own, more, x, n, t, q_n, q_t = (np.broadcast_to(values, some.shape)[some] for values in wide)
    # In an empty table the total is 0, and there are no cells to divide.
    total = np.float64(sums.total or np.nan)
    rest = known.total - q_n - q_t + more
    return [
        Part(x, own, own * (1 / x - 1 / n - 1 / t + 1 / total) ** 2),
        Part(n - x, q_n - more, (q_n - more) * (1 / total - 1 / n) ** 2),
        Part(t - x, q_t - more, (q_t - more) * (1 / total - 1 / t) ** 2),
        Part(total - n - t + x, rest, rest / total**2),
    ]


def variance(found: list[Part]) -> Floats:
    """Variance of the logarithm of a quotient where the sizes are known."""
    result: Floats = np.asarray(sum(np.maximum(part.moved, 0) for part in found))
    # A cell that is the whole of everything has no variance, and so no test.
    return np.where(result > 0, result, np.nan)


def spread(found: list[Part], unseen: Floats) -> Spread:
    """
    Variances of the logarithm of a quotient where the sizes are estimated.

    Parameters
    ----------
    found
        The cell first, and what it is compared with.
    unseen
        Variance of the cell if its squares were the usual ones, beyond that of those seen.
    """
    cell, *compared = found
    low = np.maximum(cell.moved, 0) + sum(part.allowed() for part in compared)
    low = np.where(low > 0, low, np.nan)
    return Spread(low, low + unseen)


def log_normal(quotient: Floats, variance: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Limits and p-value of a quotient whose logarithm is normal."""
    deviation = np.sqrt(variance)
    spread = np.exp(special.ndtri((1 + level) / 2) * deviation)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * special.ndtr(-np.abs(np.log(quotient)) / deviation)
    return quotient / spread, quotient * spread, p


def limits(
    quotient: Floats, jobs: Floats, variances: Spread, size: Floats, level: float
) -> tuple[Floats, Floats, Floats]:
    """
    Limits and p-value of a weighted sum of Poisson counts.

    Parameters
    ----------
    quotient
        Location quotients above 0.
    jobs
        Cells they come from.
    variances
        Of their logarithms.
    size
        Size of the establishment that might have come on top: the mean a job of the sector sees.
    level
        Of the interval.

    Returns
    -------
    low, high, p
        Ends, and the smallest error at which the interval excludes 1.

    References
    ----------
    .. [1] Fay, M. P., Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a method
       based on the gamma distribution. Statistics in Medicine 16, 791-801.
    """
    half = (1 - level) / 2
    shape = 1 / variances.low
    more = 1 + size / jobs
    scale = (variances.high + (size / jobs) ** 2) / more
    low = quotient * special.gammaincinv(shape, half) / shape
    high = quotient * special.gammainccinv(more / scale, half) * scale
    # Only the side on which 1 lies can exclude it.
    over = quotient > 1
    p = np.empty_like(quotient)
    p[over] = special.gammainc(shape[over], (shape / quotient)[over])
    p[~over] = special.gammaincc((more / scale)[~over], (1 / (quotient * scale))[~over])
    return low, high, np.minimum(2 * p, 1.0)


def absent(sums: Margins, known: Sizes, some: Mask, level: float) -> tuple[Floats, Floats]:
    """
    Upper limit and p-value of empty cells: how many establishments could there be and none be seen?

    The number is turned into jobs by the sector's mean size. A territory's share is that of its jobs or that of its
    establishments, whichever is smaller: one large plant makes many jobs, but no room for many establishments.
    """
    jobs = sums.territory / max(float(sums.territory.sum()), _TINY)
    plants = known.plants_territory / max(float(known.plants_territory.sum()), _TINY)
    share = np.minimum(jobs, plants) / np.maximum(jobs, _TINY)
    wide = (known.plants_territory, known.plants_sector, sums.territory * share)
    k_n, k_t, n = (np.broadcast_to(values, some.shape)[some] for values in wide)
    smaller = np.minimum(k_n, k_t)
    unit = sums.total / (n * k_t)
    possible = -smaller * np.expm1(np.log1p(-level) / smaller)
    share = np.minimum(1 / (unit * smaller), 1 - 1e-12)
    return possible * unit, np.exp(smaller * np.log1p(-share))
