"""The dartboard: is a sector more concentrated than plants of its sizes placed by chance?"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from geoterritorio.concentration import _darts
from geoterritorio.concentration._conditional import benjamini_hochberg
from geoterritorio.concentration._darts import Board, Throws
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.findings import listing
from geoterritorio.registry import Count

Floats = npt.NDArray[np.float64]
Method = Literal["normal", "simulated"]

# Why an index, or its test, is undefined.
NO_JOBS = "no jobs"
HIDDEN = "withheld"
ONE_TERRITORY = "one territory"
NO_PLANTS = "plants unknown"
ONE_PLANT = "one plant"
NO_SIZES = "sizes unknown"
_MOMENTS = ["plants", "employment", "herfindahl", "cubes", "fourths"]
_ROUNDING = 1e-12
# Jobs of a register and of the table may differ by rounding, not by plants.
_SAME_JOBS = 1e-6


def plant_moments(firms: pd.DataFrame) -> pd.DataFrame:
    r"""
    Number of plants and power sums of their shares in each sector.

    Parameters
    ----------
    firms
        Establishments: `sector`, `employment`, and perhaps `territory`. Those without sector, without known
        employment above 0, or without territory where there is such a column, are left out.

    Returns
    -------
    moments
        One row per sector, sorted: `plants`, `employment`, `herfindahl` (sum of the squared shares of the plants
        in the sector's jobs), `cubes` and `fourths` (sums of their third and fourth powers).

    Raises
    ------
    LayerError
        A column is missing, or employment is negative.

    Notes
    -----
    .. math:: H_i = \sum_k z_k^2, \qquad z_k = e_k / e_i

    H is 1 where one plant has all the jobs, and one over the number of plants where they are equal.

    References
    ----------
    .. [1] Ellison, G., Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing industries: a
       dartboard approach. Journal of Political Economy 105, 889-927.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"sector": ["10", "10", "62"], "employment": [3, 1, 5]})
    >>> plant_moments(firms)[["plants", "herfindahl", "fourths"]]
            plants  herfindahl   fourths
    sector
    10           2       0.625  0.320312
    62           1       1.000  1.000000
    """
    codes, sectors, sizes = _sizes(firms)
    number = len(sectors)
    jobs = np.bincount(codes, sizes, minlength=number)
    plants = np.bincount(codes, minlength=number)
    share = sizes / jobs[codes]
    square = share * share
    sums = [
        np.bincount(codes, power, minlength=number) for power in (square, square * share, square * square)
    ]
    table = pd.DataFrame(dict(zip(_MOMENTS, [plants, jobs, *sums], strict=True)), index=sectors)
    return table[table["plants"] > 0]


def ellison_glaeser(
    counts: pd.DataFrame,
    plants: pd.DataFrame,
    *,
    reference: pd.Series | None = None,
    method: Method = "normal",
    replicates: Count = 999,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    r"""
    Index of Ellison and Glaeser of each sector, with a test against placement by chance.

    Parameters
    ----------
    counts
        Jobs (or establishments), territories by sectors; NaN is withheld or unknown.
    plants
        The establishments that make up `counts`: a register (`sector`, `employment`), or what `plant_moments`
        makes of one. Of the moments `herfindahl` is enough for the index, the others serve the test.
    reference
        Totals by territory of what is compared with: all jobs, inhabitants, area. It may list territories that
        the table lacks: they have nothing of any sector. None takes the table's own sums.
    method
        Where p comes from: "normal" from z; "simulated" from throwing the plants of the register again.
    replicates
        Number of throws.
    rng
        Seed or generator of the throws.

    Returns
    -------
    indices
        One row per sector: `gamma`, `z`, `p`, `q` (adjusted for all sectors tested, Benjamini-Hochberg), `g` (sum
        of squared deviations of the sector's shares from the reference's), `variance` (of g under chance),
        `herfindahl`, `plants`, and `reason`: why gamma is undefined (no jobs, withheld, one territory, plants
        unknown, one plant), or only z and p (sizes unknown); empty where nothing is.

    Raises
    ------
    LayerError
        Cells or sizes are negative, the reference lacks a territory, a Herfindahl index is not between 0 and 1,
        or throws are asked for without a register.

    Notes
    -----
    With :math:`s_r` the shares of the sector in the territories, :math:`x_r` those of the reference and
    :math:`z_k` those of the plants in the sector,

    .. math:: \gamma = \frac{G / (1 - \sum x_r^2) - H}{1 - H}, \qquad G = \sum_r (s_r - x_r)^2

    Where each plant falls on territory r with probability :math:`x_r`, gamma has mean 0 and

    .. math:: Var(G) = 2 \left\{ H^2 \left[ \sum x^2 - 2 \sum x^3 + (\sum x^2)^2 \right]
       - \sum z^4 \left[ \sum x^2 - 4 \sum x^3 + 3 (\sum x^2)^2 \right] \right\}

    Above 0 the plants are nearer to each other than chance has it, below 0 farther apart; 1 means all in one very
    small territory. One large plant does not raise gamma. Under the table's own sums the sector itself is part of
    the reference, which pulls gamma of large sectors to 0. Where one territory holds most of the reference,
    :math:`1 - \sum x^2` is near 0 and gamma has no bound: a rest of the country as one lump is no board to throw at.

    z has mean 0 and variance 1 but leans to the right, the more so the fewer the plants or the territories: of sectors
    placed by chance about 5 % have a normal p under 0.05, but up to 2 % have one under 0.001, so that q is too small.
    Throws need no normality; sectors that fewer than ten of them reach are thrown ten times more, and p is no smaller
    than 2 / (11 replicates + 1). Sectors of over 300 effective plants, enough of them neighbours, share one drawing of
    the normal law of the shares.

    References
    ----------
    .. [1] Ellison, G., Glaeser, E. L. (1997). Geographic concentration in U.S. manufacturing industries: a
       dartboard approach. Journal of Political Economy 105, 889-927.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"territory": list("AAABBBAB"), "sector": ["10"] * 3 + ["62"] * 5,
    ...     "employment": [2.0, 3, 4, 1, 2, 3, 1, 2]})
    >>> counts = firms.pivot_table("employment", "territory", "sector", aggfunc="sum", fill_value=0)
    >>> ellison_glaeser(counts, firms)[["gamma", "z", "herfindahl", "plants"]].round(3)
            gamma      z  herfindahl  plants
    sector
    10      0.688  1.136       0.358       3
    62      0.739  2.053       0.235       5
    """
    darts = _darts.board(counts, reference)
    moments = moments_of(plants, counts)
    g = darts.squares()
    result = _frame(counts, darts, moments, g, g / darts.spread)
    result["variance"] = _darts.variance_of_gaps(darts, moments)
    return _tested(
        result,
        expected=darts.spread * moments["herfindahl"],
        p=lambda tested: _simulated(
            counts, plants, darts, tested, lambda t: t.squares - 2 * t.products, replicates, rng
        ),
        method=method,
    )


def maurel_sedillot(
    counts: pd.DataFrame,
    plants: pd.DataFrame,
    *,
    reference: pd.Series | None = None,
    method: Method = "normal",
    replicates: Count = 999,
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    r"""
    Index of Maurel and Sedillot of each sector, with a test against placement by chance.

    Parameters
    ----------
    counts
        Jobs (or establishments), territories by sectors; NaN is withheld or unknown.
    plants
        The establishments that make up `counts`: a register (`sector`, `employment`), or what `plant_moments`
        makes of one. Of the moments `herfindahl` is enough for the index, the others serve the test.
    reference
        Totals by territory of what is compared with: all jobs, inhabitants, area. It may list territories that
        the table lacks: they have nothing of any sector. None takes the table's own sums.
    method
        Where p comes from: "normal" from z; "simulated" from throwing the plants of the register again.
    replicates
        Number of throws.
    rng
        Seed or generator of the throws.

    Returns
    -------
    indices
        Columns as those of `ellison_glaeser`; `g` is the difference of the sums of squared shares over
        :math:`1 - \sum x^2`, `variance` that of g under chance.

    Raises
    ------
    LayerError
        Cells or sizes are negative, the reference lacks a territory, a Herfindahl index is not between 0 and 1,
        or throws are asked for without a register.

    Notes
    -----
    .. math:: \gamma_{MS} = \frac{G_{MS} - H}{1 - H}, \qquad
       G_{MS} = \frac{\sum_r s_r^2 - \sum_r x_r^2}{1 - \sum_r x_r^2}

    It estimates the same parameter as the index of Ellison and Glaeser and has mean 0 under chance as well, but
    rewards concentration in large territories, where the other rewards any departure from the reference. Two
    plants coincide with probability :math:`\sum x^2`; summed over weighted pairs,

    .. math:: Var(G_{MS}) (1 - \sum x^2)^2 = 2 (H^2 - \sum z^4) \left[ \sum x^2 - (\sum x^2)^2 \right]
       + 4 (H - 2 \sum z^3 + 2 \sum z^4 - H^2) \left[ \sum x^3 - (\sum x^2)^2 \right]

    References
    ----------
    .. [1] Maurel, F., Sedillot, B. (1999). A measure of the geographic concentration in French manufacturing
       industries. Regional Science and Urban Economics 29, 575-604.

    Examples
    --------
    >>> import pandas as pd
    >>> firms = pd.DataFrame({"territory": list("AAABBBAB"), "sector": ["10"] * 3 + ["62"] * 5,
    ...     "employment": [2.0, 3, 4, 1, 2, 3, 1, 2]})
    >>> counts = firms.pivot_table("employment", "territory", "sector", aggfunc="sum", fill_value=0)
    >>> maurel_sedillot(counts, firms)[["gamma", "z", "herfindahl", "plants"]].round(3)
            gamma      z  herfindahl  plants
    sector
    10      1.000  1.627       0.358       3
    62      0.477  1.281       0.235       5
    """
    darts = _darts.board(counts, reference)
    moments = moments_of(plants, counts)
    g = ((darts.shares**2).sum(axis=0) - darts.power(2)) / darts.spread
    result = _frame(counts, darts, moments, g, g)
    result["variance"] = _darts.variance_of_squares(darts, moments) / darts.spread**2
    return _tested(
        result,
        expected=moments["herfindahl"],
        p=lambda tested: _simulated(counts, plants, darts, tested, lambda t: t.squares, replicates, rng),
        method=method,
    )


def _sizes(firms: pd.DataFrame) -> tuple[npt.NDArray[np.int64], pd.Index, Floats]:
    """Sector code of each plant with jobs, the sectors, and the jobs."""
    missing = [c for c in ("sector", "employment") if c not in firms]
    if missing:
        raise LayerError(
            message("{layer} lack the columns {names}.", layer=message("Firms"), names=listing(missing))
        )
    sizes = pd.to_numeric(firms["employment"]).to_numpy(np.float64, na_value=np.nan)
    negative = int((sizes < 0).sum())
    if negative:
        raise LayerError(
            message("firms: employment of {number} establishments is negative.", number=negative)
        )
    category = firms["sector"].astype("category").cat
    kept = (sizes > 0) & (category.codes.to_numpy() >= 0)
    if "territory" in firms:
        kept &= firms["territory"].notna().to_numpy()
    index = pd.Index(category.categories, name="sector")
    return category.codes.to_numpy()[kept].astype(np.int64), index, sizes[kept]


def moments_of(plants: pd.DataFrame, counts: pd.DataFrame, *, stacklevel: int = 3) -> pd.DataFrame:
    """Moments of the sectors of the table; NaN where unknown."""
    moments = plants if "herfindahl" in plants else plant_moments(plants)
    moments = moments.reindex(index=counts.columns, columns=_MOMENTS)
    wrong = int(((moments["herfindahl"] <= 0) | (moments["herfindahl"] > 1 + _ROUNDING)).sum())
    if wrong:
        raise LayerError(
            message(
                "plants: {number} sectors have a Herfindahl index that is not between 0 and 1. Sums of squared "
                "sizes must come from the same establishments as the jobs.",
                number=wrong,
            )
        )
    jobs = counts.sum(axis=0, skipna=False)
    other = int(((moments["employment"] - jobs).abs() > _SAME_JOBS * jobs).sum())
    if other:
        text = message(
            "The establishments of {number} sectors have other jobs than the table; both must be the same.",
            number=other,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=stacklevel)
    return moments


def _frame(counts: pd.DataFrame, darts: Board, moments: pd.DataFrame, g: Floats, raw: Floats) -> pd.DataFrame:
    """Index of each sector, and why it is undefined where it is."""
    h = moments["herfindahl"]
    reasons = [
        (darts.withheld, HIDDEN),
        (np.isnan(darts.shares).any(axis=0), NO_JOBS),
        (np.full(len(h), np.isnan(darts.spread)), ONE_TERRITORY),
        (h.isna(), NO_PLANTS),
        (1 - h < _ROUNDING, ONE_PLANT),
    ]
    reason = np.select([np.asarray(at, bool) for at, _ in reasons], [text for _, text in reasons], "")
    gamma = np.where(reason == "", (raw - h) / (1 - h).where(1 - h >= _ROUNDING), np.nan)
    columns = {"gamma": gamma, "z": np.nan, "p": np.nan, "q": np.nan, "g": g, "variance": np.nan}
    rest = {"herfindahl": h, "plants": moments["plants"], "reason": reason.astype(object)}
    result = pd.DataFrame({**columns, **rest}, index=counts.columns)
    result.attrs["reference"] = darts.name
    return result


def _tested(
    result: pd.DataFrame, *, expected: pd.Series, p: Callable[[pd.Index], Floats], method: Method
) -> pd.DataFrame:
    """The frame with z, p and q."""
    defined = result["reason"] == ""
    deviation = np.sqrt(result["variance"].where(defined & (result["variance"] > 0)))
    result["z"] = (result["g"] - expected) / deviation
    result.loc[defined & result["z"].isna(), "reason"] = NO_SIZES
    result["p"] = 2 * special.ndtr(-result["z"].abs().to_numpy())
    if method == "simulated":
        tested = result.index[result["z"].notna()]
        result.loc[tested, "p"] = p(tested)
    result["q"] = benjamini_hochberg(result["p"].to_numpy())
    return result


def _simulated(
    counts: pd.DataFrame,
    plants: pd.DataFrame,
    darts: Board,
    tested: pd.Index,
    statistic: Callable[[Throws], Floats],
    replicates: int,
    rng: int | np.random.Generator | None,
) -> Floats:
    """Two-sided p-values of the sectors tested, from throws of their own plants."""
    if "herfindahl" in plants:
        raise LayerError(
            message("plants: throws need the establishments (sector and employment), not their moments.")
        )
    codes, sectors, sizes = _sizes(plants)
    order = np.argsort(codes, kind="stable")
    groups = np.split(sizes[order], np.cumsum(np.bincount(codes, minlength=len(sectors)))[:-1])
    own = [groups[k] for k in sectors.get_indexer(tested)]
    shares = darts.shares[:, counts.columns.get_indexer(tested)]
    seen = statistic(Throws((shares**2).sum(axis=0), darts.chances @ shares))
    return _darts.p_values(own, darts, seen, statistic, replicates=replicates, rng=np.random.default_rng(rng))
