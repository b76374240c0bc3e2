"""Jobs of a few establishments that make up most of a sector or territory: an establishment lies here or it does not.

The variance of the logarithm of a quotient vanishes where a cell is nearly all of its sector, whatever the chance that
its establishments fell there. The effective establishments of the smaller of the two totals are then a sample of a
share, as numbers of establishments are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geoterritorio.concentration import _conditional
from geoterritorio.concentration._compound import Sizes
from geoterritorio.concentration._margins import Margins

Floats = npt.NDArray[np.float64]
Places = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
Ends = tuple[Floats, Floats, Floats]

# Share of the smaller total from which a cell is most of it: below, the variance still tells.
_MOST = 0.5
# With as many effective establishments here and elsewhere, in the sector and not, the logarithm is near normal.
_ENOUGH = 20
_TINY = 1e-300


@dataclass(frozen=True)
class Sample:
    """
    Cells as parts of the smaller of their totals.

    Parameters
    ----------
    at
        Rows and columns of the cells.
    held, size
        Effective establishments in the cell and in the total.
    least, most
        Smaller and larger of the shares expected: that in jobs and that in establishments.
    """

    at: Places
    held: Floats
    size: Floats
    least: Floats
    most: Floats


def sample(sums: Margins, known: Sizes) -> Sample:
    """Cells that are most of a total and rest on few effective establishments, with what chance leads to expect."""
    with np.errstate(invalid="ignore"):
        row, column = np.nonzero(sums.cells >= _MOST * np.minimum(sums.territory, sums.sector))
    x, n, t = sums.cells[row, column], sums.territory[row, 0], sums.sector[0, column]
    with np.errstate(divide="ignore", invalid="ignore"):
        k_n, k_t = n**2 / known.territory[row, 0], t**2 / known.sector[0, column]
        by_sector = k_t <= k_n
        size = np.where(by_sector, k_t, k_n)
        held = np.minimum(x / np.where(by_sector, t, n), 1.0) * size
        few = np.minimum.reduce([held, k_n * (1 - x / n), k_t * (1 - x / t)]) < _ENOUGH
        territories = _shares(sums.territory, sums.total, known.plants_territory)
        sectors = _shares(sums.sector, sums.total, known.plants_sector)
    ends = (np.where(by_sector, a[row, 0], b[0, column]) for a, b in zip(territories, sectors, strict=True))
    some = few & (held >= _MOST * size) & (held > 0)
    least, most = (end[some] for end in ends)
    return Sample((row[some], column[some]), held[some], size[some], least, most)


def _shares(jobs: Floats, total: float, plants: Floats) -> tuple[Floats, Floats]:
    """Smaller and larger of the shares in jobs and in establishments, those of the table as parts of the whole."""
    share = jobs / np.float64(total or np.nan)
    other = plants / max(float(plants.sum()), _TINY) * share.sum()
    return np.minimum(share, other), np.minimum(np.maximum(share, other), 1 - 1e-12)


def widened(ends: Ends, quotient: Floats, found: Sample, level: float) -> Ends:
    """
    Limits no narrower, and p no smaller, than those of the sample.

    What speaks against chance must do so whether the expected share is that in jobs or in establishments.
    """
    low, high, p = (end.copy() for end in ends)
    at, over = found.at, quotient[found.at] > 1
    below, above = _conditional.limits(found.held, found.size, level=level, exact=False)
    low[at], high[at] = np.minimum(low[at], below / found.most), np.maximum(high[at], above / found.least)
    expected = np.where(over, found.most, found.least)
    chance = _conditional.p_values(found.held, found.size, expected, exact=False)
    chance[(found.held > found.size * expected) != over] = 1.0
    p[at] = np.maximum(p[at], chance)
    return low, high, p
