"""Which sectors are found together, more than chance has it?"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from geoterritorio.concentration import _darts
from geoterritorio.concentration._conditional import benjamini_hochberg
from geoterritorio.concentration._darts import Board
from geoterritorio.concentration.dartboard import HIDDEN, NO_JOBS, ONE_TERRITORY, moments_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.findings import listing

Floats = npt.NDArray[np.float64]

_MEAN = "mean of the sectors"
_PAIR = 2
_QUADRUPLE = 4


def coagglomeration(
    counts: pd.DataFrame,
    plants: pd.DataFrame | None,
    groups: pd.Series,
    *,
    reference: pd.Series | None = None,
) -> pd.DataFrame:
    r"""
    Coagglomeration of groups of sectors, with a test against placement by chance.

    Parameters
    ----------
    counts
        Jobs (or establishments), territories by sectors; NaN is withheld or unknown.
    plants
        The establishments that make up `counts`: a register (`sector`, `employment`), or what `plant_moments`
        makes of one; only the test needs them. None leaves z and p undefined.
    groups
        Group of each sector; of those with an empty one nothing is asked, but they belong to the table's own sums.
    reference
        Totals by territory of what is compared with: all jobs, inhabitants, area. It may list territories that
        the table lacks: they have nothing of any sector. None takes the table's own sums.

    Returns
    -------
    groups
        One row per group, sorted: `gamma`, `z`, `p`, `q` (adjusted for all groups tested, Benjamini-Hochberg),
        `sectors` (with jobs). NaN where a sector of the group has withheld cells, fewer than two have jobs, or
        there is one territory.

    Raises
    ------
    LayerError
        Cells or sizes are negative, the reference lacks a territory, or groups name a sector twice.

    Warns
    -----
    GeoterritorioWarning
        If sectors of the table are not in `groups`: they are left out.

    Notes
    -----
    With :math:`w_i` the sectors' shares in their group's jobs, :math:`G` the sum of squared deviations of the
    group's shares :math:`\sum_i w_i s_{ir}` from :math:`x_r`, and :math:`H = \sum_i w_i^2 H_i`,

    .. math:: \gamma^c = \frac{G / (1 - \sum x^2) - H - \sum_i \gamma_i w_i^2 (1 - H_i)}{1 - \sum w_i^2}
       = \frac{\sum_{i \ne j} w_i w_j \gamma_{ij}}{\sum_{i \ne j} w_i w_j}

    The second form shows that the plants cancel out: gamma is the mean of the pairs' coagglomeration, and defined
    also where a sector is one plant. It is 0 where sectors are placed independently, however concentrated each
    is. Where the plants of all sectors are placed by chance,

    .. math:: Var(\gamma^c) = \frac{2 \left[ (\sum w_i^2 H_i)^2 - \sum w_i^4 H_i^2 \right]
       \left[ \sum x^2 - 2 \sum x^3 + (\sum x^2)^2 \right]}{(1 - \sum x^2)^2 (1 - \sum w_i^2)^2}

    Sectors that are each gathered in few places for reasons of their own meet by accident more often than that: z
    then overstates the link, and `coagglomerated_pairs` does not.

    References
    ----------
    .. [1] Ellison, G., Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing industries: a
       dartboard approach. Journal of Political Economy 105, 889-927.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10, 0], "11": [20.0, 5, 1], "62": [10.0, 50, 40]}, index=list("ABC"))
    >>> groups = pd.Series({"10": "food", "11": "food", "62": None})
    >>> coagglomeration(counts, None, groups)[["gamma", "sectors"]].round(3)
          gamma  sectors
    food  0.364        2
    """
    if not groups.index.is_unique:
        raise LayerError(message("groups: some sectors occur more than once."))
    lost = counts.columns.difference(groups.index, sort=False)
    if len(lost):
        text = message(
            "groups: {count} sectors of the table are not in it and were left out: {values}. Give each a group, or an "
            "empty one.",
            count=len(lost),
            values=listing(lost),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=2)
    darts = _darts.board(counts, reference)
    names = pd.Index(groups.dropna().unique(), name=groups.name).sort_values()
    group = groups.reindex(counts.columns)
    jobs = counts.sum(axis=0).to_numpy(np.float64)
    h = np.full(len(jobs), np.nan) if plants is None else moments_of(plants, counts)["herfindahl"].to_numpy()
    rows = [_group(darts, jobs, h, (group == name).to_numpy()) for name in names]
    result = pd.DataFrame(rows, index=names, columns=["gamma", "z", "sectors"])
    result = result.astype({"gamma": float, "z": float, "sectors": int})
    result.insert(2, "p", 2 * special.ndtr(-result["z"].abs().to_numpy()))
    result.insert(3, "q", benjamini_hochberg(result["p"].to_numpy()))
    result.attrs["reference"] = darts.name
    return result


def _group(darts: Board, jobs: Floats, h: Floats, member: npt.NDArray[np.bool_]) -> tuple[float, float, int]:
    """Gamma and z of one group, and its sectors with jobs."""
    present = member & (jobs > 0)
    number = int(present.sum())
    if number < _PAIR or darts.withheld[member].any():
        return np.nan, np.nan, number
    w = jobs[present] / jobs[present].sum()
    gaps = darts.deviations(darts.shares[:, present])
    beyond = float((darts.beyond**2).sum())
    together = ((gaps @ w) ** 2).sum() + beyond
    alone = w**2 @ (np.einsum("ri,ri->i", gaps, gaps) + beyond)
    pairs = (1 - w @ w) * darts.spread
    weighted = w**2 * h[present]
    variance = 2 * (weighted.sum() ** 2 - (weighted**2).sum()) * darts.turbulence
    deviation = np.sqrt(variance) if variance > 0 else np.nan
    return (together - alone) / pairs, (together - alone) / deviation, number


def pairwise_coagglomeration(counts: pd.DataFrame, *, reference: pd.Series | None = None) -> pd.DataFrame:
    r"""
    Coagglomeration of each pair of sectors.

    Parameters
    ----------
    counts
        Jobs (or establishments), territories by sectors; NaN is withheld or unknown.
    reference
        Totals by territory of what is compared with: all jobs, inhabitants, area. It may list territories that
        the table lacks: they have nothing of any sector. None takes the mean of the sectors' shares in each
        territory, as defined by the authors: each sector counts once, whatever its size.

    Returns
    -------
    indices
        Sectors by sectors, symmetrical; NaN where a sector has no jobs or withheld cells, or there is one
        territory. The diagonal holds the sector's own sum of squared deviations over :math:`1 - \sum x^2`, with
        what large plants add to it: no coagglomeration, but what makes the sums below hold.

    Raises
    ------
    LayerError
        Cells are negative, the reference is, or lacks a territory of the table.

    Notes
    -----
    .. math:: \gamma_{ij} = \frac{\sum_r (s_{ir} - x_r)(s_{jr} - x_r)}{1 - \sum_r x_r^2}

    Above 0 both sectors are strong and weak in the same territories, below 0 in different ones. With the mean as
    reference, rows sum to 0, so a pair is compared with all others; with jobs as reference, rows weighted by the
    sectors' jobs do. `coagglomerated_pairs` tests the pairs.

    References
    ----------
    .. [1] Ellison, G., Glaeser, E. L., Kerr, W. R. (2010). What causes industry agglomeration? Evidence from
       coagglomeration patterns. American Economic Review 100, 1195-1213.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10, 0], "11": [20.0, 5, 1], "62": [10.0, 50, 40]}, index=list("ABC"))
    >>> pairwise_coagglomeration(counts).round(3)
           10     11     62
    10  0.118  0.122 -0.240
    11  0.122  0.134 -0.256
    62 -0.240 -0.256  0.497
    """
    darts = _against_mean(counts, reference)
    values = darts.products(darts.shares) / darts.spread
    result = pd.DataFrame(values, index=counts.columns, columns=counts.columns)
    result.attrs["reference"] = darts.name
    return result


def coagglomerated_pairs(
    counts: pd.DataFrame, plants: pd.DataFrame, *, reference: pd.Series | None = None
) -> pd.DataFrame:
    r"""
    Coagglomeration of each pair of sectors, with a test against placement by chance.

    Parameters
    ----------
    counts
        Jobs (or establishments), territories by sectors; NaN is withheld or unknown.
    plants
        The establishments that make up `counts`: a register (`sector`, `employment`), or what `plant_moments`
        makes of one, of which `herfindahl` is enough.
    reference
        Totals by territory of what is compared with: all jobs, inhabitants, area. It may list territories that
        the table lacks: they have nothing of any sector. None takes the mean of the sectors' shares in each
        territory, as defined by the authors: each sector counts once, whatever its size.

    Returns
    -------
    pairs
        One row per pair of different sectors, in the order of the table: `sector`, `other`, `gamma`, `z`, `p`, `q`
        (adjusted for all pairs tested, Benjamini-Hochberg) and `reason`: why gamma is undefined ("withheld", "no
        jobs", "one territory"), else empty.

    Raises
    ------
    LayerError
        Cells or sizes are negative, or the reference is, or lacks a territory of the table.

    Notes
    -----
    What chance does to a pair depends on where the other sector is: a concentrated one is met by accident more
    often. So each sector is left where it is in turn, and the plants of the other are placed by chance:

    .. math:: Var(\gamma_{ij} \mid s_j) = \frac{H_i}{(1 - \sum x^2)^2}
       \left\{ \sum_r x_r (s_{jr} - x_r)^2 - \left[ \sum_r x_r (s_{jr} - x_r) \right]^2 \right\}

    Of the two z the one nearer to 0 is reported: the pair is significant only where neither sector could have come
    to the other by chance. Two sectors each gathered in few places for reasons of their own may still meet by
    accident, so q orders pairs for a closer look rather than proving a link.

    References
    ----------
    .. [1] Ellison, G., Glaeser, E. L., Kerr, W. R. (2010). What causes industry agglomeration? Evidence from
       coagglomeration patterns. American Economic Review 100, 1195-1213.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10, 0], "11": [20.0, 5, 1], "62": [10.0, 50, 40]}, index=list("ABC"))
    >>> moments = pd.DataFrame({"herfindahl": [0.1, 0.2, 0.1]}, index=["10", "11", "62"])
    >>> coagglomerated_pairs(counts, moments)[["sector", "other", "gamma", "z"]].round(3)
      sector other  gamma      z
    0     10    11  0.122  1.057
    1     10    62 -0.240 -1.384
    2     11    62 -0.256 -1.044
    """
    darts = _against_mean(counts, reference)
    h = moments_of(plants, counts)["herfindahl"].to_numpy(np.float64)
    gaps = darts.deviations(darts.shares)
    x = darts.chances
    # Territories beyond the table have x, and a deviation of -x in every sector.
    mean = x @ gaps - (darts.beyond**2).sum()
    field = x @ gaps**2 + (darts.beyond**3).sum() - mean**2
    gamma = darts.products(darts.shares)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.sqrt(np.maximum(np.multiply.outer(h, field), np.multiply.outer(field, h)))
        z = gamma / np.where(scale > 0, scale, np.nan)
    result = _pairs(counts.columns, gamma / darts.spread, z, _reasons(darts))
    result.attrs["reference"] = darts.name
    return result


def plant_colocation(establishments: pd.DataFrame) -> pd.DataFrame:
    r"""
    Colocation of the plants of each pair of sectors.

    Parameters
    ----------
    establishments
        Number of establishments, territories by sectors; NaN is withheld or unknown.

    Returns
    -------
    pairs
        One row per pair of different sectors, in the order of the table: `sector`, `other`, `colocation` (share of
        the pairs of a plant of the one and a plant of the other that are in the same territory), `expected` (its
        mean when all plants exchange their sectors at random), `excess` (the difference), `z`, `p`, `q` (adjusted
        for all pairs tested, Benjamini-Hochberg) and `reason`: why colocation is undefined ("withheld", "no jobs"),
        else empty.

    Raises
    ------
    LayerError
        Cells are negative.

    Notes
    -----
    With :math:`n_{ir}` the plants of sector i in territory r and :math:`N_r` all plants there,

    .. math:: CL_{ij} = \frac{\sum_r n_{ir} n_{jr}}{n_i n_j}, \qquad
       XCL_{ij} = CL_{ij} - \frac{\sum_r N_r (N_r - 1)}{N (N - 1)}

    Exchanging labels is drawing without replacement, so mean and variance over all exchanges are known and nothing
    is drawn. The mean is the chance that any two plants share a territory, the same for all pairs. z leans to the
    right where few plants make the pair. Every plant counts once, whatever its size.

    References
    ----------
    .. [1] Howard, E., Newman, C., Tarp, F. (2016). Measuring industry coagglomeration and identifying the driving
       forces. Journal of Economic Geography 16, 1055-1078.

    Examples
    --------
    >>> import pandas as pd
    >>> plants = pd.DataFrame({"10": [3, 1, 0], "11": [2, 1, 0], "62": [1, 4, 4]}, index=list("ABC"))
    >>> plant_colocation(plants)[["sector", "other", "colocation", "excess"]].round(3)
      sector other  colocation  excess
    0     10    11       0.583   0.283
    1     10    62       0.194  -0.106
    2     11    62       0.222  -0.078
    """
    darts = _darts.board(establishments, None, compared=False)
    known = establishments.loc[:, ~darts.withheld].to_numpy(np.float64)
    # Plants of sectors with withheld cells cannot be exchanged: their number is unknown.
    everyone, total = known.sum(axis=1), known.sum()
    own = establishments.to_numpy(np.float64).sum(axis=0)
    own = np.where(own > 0, own, np.nan)
    colocation = darts.shares.T @ darts.shares
    twos, threes, fours = (float(_falling(everyone, k).sum()) for k in (2, 3, 4))
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = twos / _falling(total, 2)
        # A second pair of plants shares both plants with the first, one of them, or none.
        one = np.add.outer(own - 1, own - 1) * threes / _falling(total, 3)
        disjoint = twos**2 - float((_falling(everyone, 2) ** 2).sum()) + fours
        none = np.multiply.outer(own - 1, own - 1) * disjoint / _falling(total, _QUADRUPLE)
        none = np.where(np.multiply.outer(own - 1, own - 1) > 0, none, 0.0)
        variance = (expected + one + none) / np.multiply.outer(own, own) - expected**2
        rounding = np.finfo(float).eps * 16 * expected**2
        z = (colocation - expected) / np.sqrt(np.where(variance > rounding, variance, np.nan))
    result = _pairs(establishments.columns, colocation, z, _reasons(darts))
    result = result.rename(columns={"gamma": "colocation"})
    result.insert(3, "expected", np.where(result["colocation"].isna(), np.nan, expected))
    result.insert(4, "excess", result["colocation"] - expected)
    return result


def _falling(values: Floats | float, k: int) -> Floats:
    """Number of ordered choices of k different ones."""
    result = np.ones_like(np.asarray(values, np.float64))
    for step in range(k):
        result = result * np.maximum(np.asarray(values) - step, 0)
    return result


def _against_mean(counts: pd.DataFrame, reference: pd.Series | None) -> Board:
    """Shares of the sectors and, unless there is a reference, their mean in each territory."""
    darts = _darts.board(counts, reference, stacklevel=4)
    if reference is not None:
        return darts
    known = ~np.isnan(darts.shares).any(axis=0)
    mean = darts.shares[:, known].mean(axis=1) if known.any() else np.full(len(darts.shares), np.nan)
    return Board(darts.shares, mean, darts.beyond, darts.withheld, _MEAN)


def _reasons(darts: Board) -> npt.NDArray[np.object_]:
    """Why pairs of each sector are undefined; empty where they are not."""
    empty = np.isnan(darts.shares).any(axis=0)
    reasons = [(darts.withheld, HIDDEN), (empty, NO_JOBS)]
    found = np.select([at for at, _ in reasons], [text for _, text in reasons], "")
    return found.astype(object)


def _pairs(sectors: pd.Index, gamma: Floats, z: Floats, reasons: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Each pair of sectors once, with the reason where there is nothing to say of it."""
    first, second = np.triu_indices(len(sectors), 1)
    rows = pd.DataFrame(
        {
            "sector": sectors.take(first),
            "other": sectors.take(second),
            "gamma": gamma[first, second],
            "z": z[first, second],
        }
    )
    rows["p"] = 2 * special.ndtr(-rows["z"].abs().to_numpy())
    rows["q"] = benjamini_hochberg(rows["p"].to_numpy())
    reason = np.where(reasons[first] == "", reasons[second], reasons[first])
    alone = np.isnan(gamma[first, second]) & (reason == "")
    rows["reason"] = np.where(alone, ONE_TERRITORY, reason).astype(object)
    return rows
