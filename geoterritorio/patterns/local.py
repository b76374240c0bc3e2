"""Local statistics of territories: where do high or low values lie together? (Anselin; Getis and Ord)"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse, stats

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import listing
from geoterritorio.patterns._bounds import refuse
from geoterritorio.patterns._shuffles import lags, say_few_draws
from geoterritorio.patterns.envelopes import adjusted
from geoterritorio.registry import Count, Level, Progress, no_progress

Floats = npt.NDArray[np.float64]
Random = int | np.random.Generator | None
Inference = Literal["permutation", "analytic"]
Weighting = Literal["rows", "as_given"]

UNTOLD = mark("not told from chance")
# In the order of esda.
_QUADRANTS = (mark("high-high"), mark("low-high"), mark("low-low"), mark("high-low"))
_HOT, _COLD = mark("hot spot"), mark("cold spot")
# Fewer values have no moments to test by.
_LEAST = 4
# A spread below this share of the largest value is that of rounding.
_FLAT = 1e-12


@dataclass(frozen=True)
class LocalRules:
    """
    How neighbours are weighted, and what is told from chance.

    Parameters
    ----------
    weighting
        "rows": the weights of each territory's neighbours are divided by their sum, so that neighbours are averaged;
        "as_given": they are summed as they are.
    inference
        "permutation": the values of all other territories are dealt anew to the neighbours; "analytic": moments of the
        same, and the normal distribution, which fails where values are skewed and neighbours few.
    simulations
        How often values are dealt anew. The smallest p is 2 over one more than this; for a single one of n territories
        to be told from chance it takes 2 n / (1 - level). With 0 nothing is tested.
    level
        Level from which on a territory is told from chance, by the adjusted p.
    """

    weighting: Weighting = "rows"
    inference: Inference = "permutation"
    simulations: Count = 9999
    level: Level = 0.95


# Getis and Ord sum binary weights.
SUMS = LocalRules(weighting="as_given")


@dataclass(frozen=True)
class LocalPattern:
    """
    A local statistic of territories beside what chance gives.

    Parameters
    ----------
    table
        One row per territory: `value`, `neighbours` (how many), `lag` (mean, or sum, of the values around it),
        `statistic`, its `expected` value and `variance` by chance, `z`, `p` (two-sided), `q` (Benjamini & Hochberg over
        these territories) and `cluster`.
    rules
        How it was found.
    missing
        Territories left out for want of a value.
    islands
        Territories without neighbours.
    """

    table: pd.DataFrame
    rules: LocalRules
    missing: int
    islands: int


def local_moran(
    values: pd.Series,
    neighbours: Any,
    *,
    rules: LocalRules | None = None,
    rng: Random = None,
    progress: Progress = no_progress,
) -> LocalPattern:
    r"""
    Local Moran's I: does a territory lie among others like it, or unlike it?

    Parameters
    ----------
    values
        Value of each territory, by its identifier; NaN where unknown.
    neighbours
        Table of pairs with `territory`, `neighbour` and, if they do not count alike, `weight`; or a graph of libpysal.
        Pairs of a territory with itself are left out.
    rules
        Weighting and test; None averages neighbours and permutes.
    rng
        Generator of the permutations, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    pattern
        One row per territory. `cluster` is "high-high", "low-low" (like its neighbours), "high-low", "low-high" (unlike
        them) or "not told from chance". NaN for territories without value or neighbours, and all NaN where there are
        fewer than four values or all are the same.

    Raises
    ------
    LayerError
        Identifiers repeat, values are infinite, weights are missing, infinite or negative, pairs repeat, or name
        territories that have no row, or a rule is no choice or out of its bounds.

    Notes
    -----
    .. math:: I_i = \frac{(n - 1) z_i}{\sum_j z_j^2} \sum_j w_{ij} z_j, \qquad z_i = x_i - \bar x

    Chance leaves :math:`x_i` in its place and deals the other values anew. Its moments are exact:

    .. math:: E[I_i] = -\frac{w_i z_i^2}{\sum_j z_j^2}, \qquad
       Var[I_i] = \left(\frac{(n - 1) z_i}{\sum_j z_j^2}\right)^2 s_{(i)}^2
       \frac{(n - 1) \sum_j w_{ij}^2 - w_i^2}{n - 2}

    with :math:`w_i = \sum_j w_{ij}` and :math:`s_{(i)}^2` the variance of all values but :math:`x_i`. p is two-sided.
    Values of few events jump by chance alone in small territories: standardise them first (`standardised_rates`).

    References
    ----------
    .. [1] Anselin, L. (1995). Local indicators of spatial association - LISA. Geographical Analysis 27, 93-115.
    .. [2] Sokal, R. R., Oden, N. L., Thomson, B. A. (1998). Local spatial autocorrelation in a biological model.
       Geographical Analysis 30, 331-354.
    .. [3] Caldas de Castro, M., Singer, B. H. (2006). Controlling the false discovery rate: a new application to
       account for multiple and dependent tests in local statistics of spatial association. Geographical Analysis 38,
       180-208.

    Examples
    --------
    >>> import pandas as pd
    >>> line = pd.Series([9.0, 8, 9, 1, 2, 1], index=list("ABCDEF"), name="jobs")
    >>> pairs = pd.DataFrame({"territory": list("ABCDEBCDEF"), "neighbour": list("BCDEFABCDE")})
    >>> local_moran(line, pairs, rng=1).table["statistic"].round(2).tolist()
    [0.73, 0.73, -0.12, -0.12, 0.73, 0.73]
    """
    rules = rules or LocalRules()
    refuse(rules)
    known = _known(values, neighbours, rules)
    x, weights = known.value, known.weights
    z = x - x.mean() if len(x) else x
    squares = (z**2).sum()
    mean, variance = _others(z, weights)
    line = _Line(z, np.zeros(len(z)), (len(z) - 1) * z / squares if squares else z * np.nan, mean, variance)
    table = _tested(known, line, rules, rng, progress)
    if known.defined:
        from esda import Moran_Local  # noqa: PLC0415 - takes seconds, and only this statistic needs it
        from libpysal.graph import Graph  # noqa: PLC0415 - takes seconds, and only this statistic needs it

        found = Moran_Local(x, Graph.from_sparse(weights), transformation="o", permutations=0)
        table["statistic"] = found.Is
        table["cluster"] = np.array(_QUADRANTS, dtype=object)[found.q - 1]
    return _pattern(values, known, table, rules)


def hotspots(
    values: pd.Series,
    neighbours: Any,
    *,
    star: bool = True,
    standardised: bool = False,
    rules: LocalRules | None = None,
    rng: Random = None,
    progress: Progress = no_progress,
) -> LocalPattern:
    r"""
    Getis and Ord's local G: where are high values together, and where low ones?

    Parameters
    ----------
    values
        Value of each territory, by its identifier; NaN where unknown.
    neighbours
        Table of pairs with `territory`, `neighbour` and, if they do not count alike, `weight`; or a graph of libpysal.
        Pairs of a territory with itself are left out.
    star
        Whether the territory itself is looked at with its neighbours (G*), or they alone (G).
    standardised
        Whether the statistic is in standard form (Ord & Getis 1995), which values of any sign have, in place of the
        share in the sum of all values.
    rules
        Weighting and test; None sums neighbours and permutes.
    rng
        Generator of the permutations, or its seed.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    pattern
        One row per territory. `cluster` is "hot spot", "cold spot" or "not told from chance". NaN for territories
        without value or neighbours, and all NaN where there are fewer than four values or all are the same;
        `statistic` as a share is NaN, with its moments, where values are below 0 or all are 0; `z` and p are not.

    Raises
    ------
    LayerError
        Identifiers repeat, values are infinite, weights are missing, infinite or negative, pairs repeat, or name
        territories that have no row, or a rule is no choice or out of its bounds.

    Notes
    -----
    .. math:: G_i = \frac{\sum_{j \ne i} w_{ij} x_j}{\sum_{j \ne i} x_j}, \qquad
       G_i^* = \frac{\sum_j w_{ij} x_j}{\sum_j x_j}, \qquad
       z(G_i^*) = \frac{\sum_j w_{ij} x_j - w_i \bar x}{s \sqrt{(n \sum_j w_{ij}^2 - w_i^2) / (n - 1)}}

    with :math:`w_i = \sum_j w_{ij}` over all that is summed, and mean and deviation :math:`s` of all values; for
    :math:`G_i` of all others. In G* the territory has the largest weight of its neighbours, 1 where these are binary.

    By permutation the territory keeps its own value, so that G* asks what G does: whether the neighbours are high. The
    analytic test of G* lets chance deal the territory's value too. p is two-sided in both. The standard form is
    :math:`z(G_i^*)` as above, whichever the test; `z` is that of the test.

    References
    ----------
    .. [1] Getis, A., Ord, J. K. (1992). The analysis of spatial association by use of distance statistics.
       Geographical Analysis 24, 189-206.
    .. [2] Ord, J. K., Getis, A. (1995). Local spatial autocorrelation statistics: distributional issues and an
       application. Geographical Analysis 27, 286-306.

    Examples
    --------
    >>> import pandas as pd
    >>> line = pd.Series([9.0, 8, 9, 1, 2, 1], index=list("ABCDEF"), name="jobs")
    >>> pairs = pd.DataFrame({"territory": list("ABCDEBCDEF"), "neighbour": list("BCDEFABCDE")})
    >>> hotspots(line, pairs, rng=1).table["statistic"].round(2).tolist()
    [0.57, 0.87, 0.6, 0.4, 0.13, 0.1]
    """
    rules = rules or SUMS
    refuse(rules)
    known = _known(values, neighbours, rules, star=star)
    x, own = known.value, known.itself * known.value
    dealt, kept = _all(x, known), _others(x, known.weights)
    mean, variance = dealt if rules.inference == "analytic" and star else (kept[0] + own, kept[1])
    shift = np.zeros(len(x))
    if standardised:
        shift, spread = dealt if star else kept
        size = known.weights.sum(axis=1) * np.abs(x).max(initial=0)
        scale = np.sqrt(np.where(spread > (_FLAT * size) ** 2, spread, np.nan))
    else:
        total = (x.sum() - (0 if star else x)) * np.ones(len(x))
        scale = np.where((total > 0) & bool((x >= 0).all()), total, np.nan)
    line = _Line(x, own, 1 / scale, mean, variance, shift)
    table = _tested(known, line, rules, rng, progress)
    table["cluster"] = np.where(table["z"] > 0, _HOT, _COLD).astype(object)
    return _pattern(values, known, table, rules)


def standardised_rates(events: pd.Series, population: pd.Series) -> pd.Series:
    r"""
    Rates in standard deviations of what chance and true differences give where the population is as large.

    Parameters
    ----------
    events
        Events of each territory: jobs or establishments of a sector, firms founded.
    population
        What they are events of: all jobs, inhabitants.

    Returns
    -------
    rates
        Series like `events`; NaN where an amount is missing or the population is 0, and all NaN without events.

    Raises
    ------
    LayerError
        Amounts are negative or infinite, or the two do not have the same territories.

    Notes
    -----
    .. math:: z_i = \frac{r_i - b}{\sqrt{a + b / n_i}}, \qquad b = \frac{\sum_i e_i}{\sum_i n_i}, \qquad
       a = \frac{\sum_i n_i (r_i - b)^2}{\sum_i n_i} - \frac{b}{\bar n}

    :math:`r_i = e_i / n_i`, :math:`a` is the variance of the true rates; where :math:`a + b / n_i` is not above
    0, :math:`b / n_i` stands in its place. A rate of a small territory must be far from the mean to count as much as
    that of a large one. The rates of jobs of a sector per job are its location quotients but for a factor, so the
    standardised ones are those of either.

    References
    ----------
    .. [1] Assunção, R. M., Reis, E. A. (1999). A new proposal to adjust Moran's I for population density. Statistics
       in Medicine 18, 2147-2162.

    Examples
    --------
    >>> import pandas as pd
    >>> events, population = pd.Series([30.0, 25, 25, 15]), pd.Series([100.0, 100, 110, 90])
    >>> standardised_rates(events, population).round(2).tolist()
    [1.34, 0.27, -0.23, -1.43]
    """
    if not events.index.equals(population.index):
        raise LayerError(message("events and population: not the same territories in the same order."))
    e, n = (v.to_numpy(np.float64, na_value=np.nan) for v in (events, population))
    wrong = int((np.isinf(e) | np.isinf(n) | (e < 0) | (n < 0)).sum())
    if wrong:
        raise LayerError(
            message(
                "events and population: {count} territories have negative or infinite amounts.", count=wrong
            )
        )
    known = np.isfinite(e) & (n > 0)
    rates = pd.Series(np.nan, events.index, name="rate")
    if e[known].sum() > 0:
        from esda.smoothing import assuncao_rate  # noqa: PLC0415 - takes seconds, and only rates need it

        with np.errstate(divide="ignore", invalid="ignore"):
            found = assuncao_rate(e[known], n[known])
        b = e[known].sum() / n[known].sum()
        chance = (e[known] / n[known] - b) / np.sqrt(b / n[known])
        rates[known] = np.where(np.isfinite(found), found, chance)
    return rates


@dataclass(frozen=True)
class _Known:
    """Territories with values, and the weights between them."""

    where: npt.NDArray[np.bool_]
    value: Floats
    weights: Any
    itself: Floats

    @property
    def defined(self) -> bool:
        """Whether there is anything to test by."""
        x = self.value
        return len(x) >= _LEAST and bool(np.ptp(x) > _FLAT * np.abs(x).max())

    @property
    def number(self) -> npt.NDArray[np.int64]:
        """Neighbours of each territory."""
        found: npt.NDArray[np.int64] = np.diff(self.weights.indptr).astype(np.int64)
        return found


@dataclass(frozen=True)
class _Line:
    """A statistic as a line in the sum over neighbours, (own + sum - shift) * factor, with moments of own + sum."""

    x: Floats
    own: Floats
    factor: Floats
    mean: Floats
    variance: Floats
    shift: Floats | float = 0.0


def _known(values: pd.Series, neighbours: Any, rules: LocalRules, *, star: bool = False) -> _Known:
    """Values and weights, checked; territories without value are left out with their links."""
    pairs = _pairs(neighbours)
    x = values.to_numpy(np.float64, na_value=np.nan)
    problems = _problems(values, x, pairs)
    if problems:
        raise LayerError(problems)
    where = np.isfinite(x)
    place = pd.Series(np.cumsum(where) - 1, values.index).where(where)
    one, other = (pairs[c].map(place) for c in ("territory", "neighbour"))
    kept = one.notna() & other.notna() & (one != other) & (pairs["weight"] > 0)
    size = int(where.sum())
    entries = (one[kept].to_numpy(np.int64), other[kept].to_numpy(np.int64))
    weights = sparse.csr_array((pairs["weight"][kept].to_numpy(np.float64), entries), shape=(size, size))
    itself = _largest(weights) if star else np.zeros(size)
    if rules.weighting == "rows":
        sums = weights.sum(axis=1) + itself
        share = np.divide(1, sums, out=np.zeros(size), where=sums > 0)
        weights, itself = sparse.csr_array(sparse.diags_array(share) @ weights), itself * share
    return _Known(where, x[where], weights, itself)


def _largest(weights: Any) -> Floats:
    """Largest weight of each row."""
    if not weights.nnz:
        return np.zeros(weights.shape[0])
    found: Floats = weights.max(axis=1).toarray().ravel()
    return found


def _pairs(neighbours: Any) -> pd.DataFrame:
    """Table of pairs, of a graph too."""
    if not isinstance(neighbours, pd.DataFrame):
        links = neighbours.adjacency.reset_index()
        return links.set_axis(["territory", "neighbour", "weight"], axis=1)
    absent = [c for c in ("territory", "neighbour") if c not in neighbours.columns]
    if absent:
        raise LayerError(
            message("neighbours: no column {columns}. Give territory and neighbour.", columns=listing(absent))
        )
    return neighbours if "weight" in neighbours.columns else neighbours.assign(weight=1.0)


def _problems(values: pd.Series, x: Floats, pairs: pd.DataFrame) -> list[Message]:
    weight = pairs["weight"].to_numpy(np.float64, na_value=np.nan)
    strange = ~pairs[["territory", "neighbour"]].isin(values.index).all(axis=1)
    repeated, infinite = int(values.index.duplicated().sum()), int(np.isinf(x).sum())
    bad = int((~np.isfinite(weight) | (weight < 0)).sum())
    twice = int(pairs.duplicated(["territory", "neighbour"]).sum())
    unknown = int(strange.sum())
    found = [
        (repeated, message("values: {count} territories have more than one row.", count=repeated)),
        (infinite, message("values: {count} are infinite. Correct them.", count=infinite)),
        (bad, message("neighbours: {count} weights are missing, infinite or negative.", count=bad)),
        (twice, message("neighbours: {count} pairs are listed more than once.", count=twice)),
        (
            unknown,
            message(
                "neighbours: {count} pairs name territories that have no row among the values. Check the identifiers.",
                count=unknown,
            ),
        ),
    ]
    return [said for count, said in found if count]


def _others(x: Floats, weights: Any) -> tuple[Floats, Floats]:
    """Mean and variance of the sums over neighbours, if these were drawn from all other territories."""
    n = len(x)
    if n < _LEAST:
        return x * np.nan, x * np.nan
    middle = x.mean()
    z = x - middle
    mean = -z / (n - 1)
    spread = ((z**2).sum() - z**2) / (n - 1) - mean**2
    sums, squares = weights.sum(axis=1), (weights**2).sum(axis=1)
    return sums * (middle + mean), spread * ((n - 1) * squares - sums**2) / (n - 2)


def _all(x: Floats, known: _Known) -> tuple[Floats, Floats]:
    """The same for a territory with its neighbours, if all were drawn from all territories."""
    n = len(x)
    if n < _LEAST:
        return x * np.nan, x * np.nan
    sums = known.weights.sum(axis=1) + known.itself
    squares = (known.weights**2).sum(axis=1) + known.itself**2
    return sums * x.mean(), x.var() * (n * squares - sums**2) / (n - 1)


def _tested(known: _Known, line: _Line, rules: LocalRules, rng: Random, progress: Progress) -> pd.DataFrame:
    """Statistic, moments and p of the territories with values."""
    total = line.own + known.weights @ line.x
    # Where all others are neighbours alike, chance cannot change the sum: what is left is rounding.
    size = known.weights.sum(axis=1) * np.abs(line.x).max(initial=0)
    spread = np.where(line.variance > (_FLAT * size) ** 2, line.variance, np.nan)
    turned = np.where(line.factor < 0, -1.0, 1.0)
    z = turned * (total - line.mean) / np.sqrt(spread)
    z = np.where(line.factor == 0, np.nan, z)
    p = 2 * stats.norm.sf(np.abs(z))
    if rules.inference == "permutation" and known.defined:
        number, random = int(rules.simulations), np.random.default_rng(rng)
        rows = np.arange(len(line.x))
        tails = lags(known.weights, rows, line.x, simulations=number, rng=random, progress=progress)
        p = np.where(line.factor == 0, 1.0, tails.p()) if number else np.full(len(p), np.nan)
    return pd.DataFrame(
        {
            "value": known.value,
            "neighbours": known.number,
            "lag": known.weights @ known.value + known.itself * known.value,
            "statistic": line.factor * (total - line.shift),
            "expected": line.factor * (line.mean - line.shift),
            "variance": line.factor**2 * line.variance,
            "z": z,
            "p": p,
        }
    )


def _pattern(values: pd.Series, known: _Known, table: pd.DataFrame, rules: LocalRules) -> LocalPattern:
    """Rows for all territories, with what is told from chance; what is left out is said."""
    islands = known.number == 0
    missing = int((~known.where).sum())
    _say(missing, int(islands.sum()), len(values))
    if len(known.value) and not known.defined:
        _say_untestable(known.value)
    tests = ["statistic", "expected", "variance", "z", "p"]
    table[tests] = table[tests].mask(np.broadcast_to(islands[:, None] | (not known.defined), (len(table), 5)))
    table["lag"] = table["lag"].mask(islands)
    if rules.inference != "analytic":
        say_few_draws(table["p"], int(rules.simulations), rules.level)
    table["q"] = adjusted(table["p"])
    words = table.pop("cluster") if "cluster" in table else pd.Series(UNTOLD, table.index, dtype=object)
    told = words.where(table["q"] <= 1 - rules.level, UNTOLD)
    table["cluster"] = told.where(table["q"].notna(), None)
    table.index = values.index[known.where]
    return LocalPattern(table.reindex(values.index), rules, missing, int(islands.sum()))


def _say_untestable(x: Floats) -> None:
    text = message(
        "values: number of territories that have one: {count}. It takes {least} to test anything: all statistics are "
        "undefined.",
        count=len(x),
        least=_LEAST,
    )
    if len(x) >= _LEAST:
        text = message(
            "values: those of all {count} territories are the same, so nothing can be tested: all statistics are "
            "undefined.",
            count=len(x),
        )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _say(missing: int, islands: int, number: int) -> None:
    if missing:
        text = message(
            "values: {count} of {number} territories have no value: they are left out, also as neighbours.",
            count=missing,
            number=number,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    if islands:
        text = message(
            "neighbours: {count} of {number} territories have none: their statistics are undefined.",
            count=islands,
            number=number,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
