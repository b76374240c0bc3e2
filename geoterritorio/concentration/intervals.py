"""How sure is a location quotient? Intervals, p- and q-values and a word for every cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration import _compound, _conditional, _lumps
from geoterritorio.concentration._margins import Margins, Whole, like, margins
from geoterritorio.errors import LayerError, Message, message
from geoterritorio.registry import Share

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Method = Literal["auto", "mid_p", "exact", "delta", "compound", "survey"]
Certainty = Literal["high", "low", "unclear", "few", "untested", "withheld"]

WORDS: tuple[Certainty, ...] = ("untested", "unclear", "few", "high", "low", "withheld")
# Fewer effective establishments than these say little, whatever the interval.
MINIMUM_PLANTS = 5.0
# The delta form of counts holds from this many establishments.
_DELTA_LEAST = 5
# By itself it is chosen only where each of the four counts is at least this: with fewer it claims too much.
_DELTA_EACH = 20
# Shares of both totals beyond which a limit given only one of them is needlessly wide.
_BOTH = 0.1


@dataclass(frozen=True)
class IntervalRules:
    """
    How intervals were made.

    Parameters
    ----------
    level
        Level of the intervals; the words use its complement for q-values too.
    method
        Method used: "mid_p", "exact", "delta", "compound", "survey", or "none" where nothing allowed one.
    minimum_plants
        Effective number of establishments below which a cell is "few".
    reference
        Name of the whole; empty where it is the table itself or has no name.
    """

    level: float
    method: str
    minimum_plants: float = MINIMUM_PLANTS
    reference: str = ""


@dataclass(frozen=True)
class QuotientIntervals:
    """
    Location quotients with their certainty; frames like the table.

    Parameters
    ----------
    lq
        Location quotient.
    low
        Lower end of the interval.
    high
        Upper end of the interval.
    p
        p-value of the hypothesis that the quotient is 1.
    q
        p-value adjusted for all tested cells of the table (Benjamini-Hochberg).
    effective_plants
        Effective number of establishments in the cell.
    certainty
        "high" or "low" where the interval excludes 1 and the q-value agrees, "unclear" where not, "few" below
        the minimum of effective establishments, "untested" without the means to test, "withheld".
    rules
        How they were made.
    """

    lq: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    p: pd.DataFrame
    q: pd.DataFrame
    effective_plants: pd.DataFrame
    certainty: pd.DataFrame
    rules: IntervalRules


@dataclass(frozen=True)
class _Limits:
    """Ends and p-values; effective establishments; whether scarcity itself is evidence of absence."""

    low: Floats
    high: Floats
    p: Floats
    plants: Floats
    exact: bool


def location_quotient_interval(
    counts: pd.DataFrame,
    plants: pd.DataFrame | None = None,
    squares: pd.DataFrame | None = None,
    *,
    relative_error: pd.DataFrame | None = None,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
    level: Share = 0.95,
    method: Method = "auto",
) -> QuotientIntervals:
    r"""
    Interval, p-value and certainty of every location quotient.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. Without any of the next
        three they are taken as numbers of establishments: never pass jobs alone (with fractions they are
        refused).
    plants
        Numbers of establishments, where `counts` are jobs.
    squares
        Sums of squared sizes of the establishments, where `counts` are jobs.
    relative_error
        Published relative standard errors of the jobs in percent, where `counts` come from a survey.
    reference
        Totals by sector of the whole compared with, which contains the territories; None takes the table's
        own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.
    level
        Level of the intervals, such as 0.95.
    method
        "auto" takes what the data allow: "survey" with `relative_error`, "compound" with `squares`, else
        "mid_p" for establishments. "exact" is wider; "delta" is the large-sample form, used from 5
        establishments on.

    Returns
    -------
    intervals
        Frames like `counts`.

    Raises
    ------
    LayerError
        Cells are negative or above their totals, totals or tables are missing, or `level` is no share.

    Notes
    -----
    An interval says what quotients would be found if the process that placed the establishments were
    repeated.

    *Establishments.* Given the smaller of the two totals, say :math:`T`, the cell is binomial, and
    Clopper-Pearson ("exact") or mid-p limits of its share :math:`\pi` give :math:`LQ = \pi N / n`. An empty
    cell has an upper limit with the whole error on its side. A cell of at least 10 % of
    both its totals, where either total alone is a poor condition, takes the delta form if it, the rest of its
    territory, the rest of its sector and the remainder are 20 establishments or more each.

    *Jobs.* With the cell, the rest of its territory, the rest of its sector and the remainder as independent
    compound Poisson sums of establishments,

    .. math:: Var(\ln LQ) \approx Q_a \left(\tfrac1x - \tfrac1n - \tfrac1T + \tfrac1N\right)^2
       + Q_b \left(\tfrac1N - \tfrac1n\right)^2 + Q_c \left(\tfrac1N - \tfrac1T\right)^2 + \frac{Q_d}{N^2}

    where :math:`Q` are sums of squared sizes; limits are those of a weighted sum of Poisson counts [2]_, with the
    mean size a job of the sector sees as the size of one more establishment. A sum that lacks large establishments by
    chance seems sure at once. So :math:`Q` of a cell is at least what its jobs have in the sector as a whole, but
    for the cell itself in the lower limit; and the three other terms, known from :math:`m` effective establishments
    (at least 4 are assumed), are multiplied by :math:`(m - 1) / (m - 3)`, the variance of Student's t. Where the whole
    is larger than the table, its sizes are taken to be like the table's. The upper limit of an empty cell counts
    the establishments that could be there unseen, each of the sector's mean size, with its territory's share in
    jobs or in establishments, whichever is smaller.

    That variance vanishes in a cell that is nearly all of its sector, whatever the chance that so few establishments
    fell there. So where a cell is half or more of the smaller of its totals (by effective establishments), and
    here or elsewhere, in the sector or not, there are fewer than 20 effective ones, limits are no narrower and p no
    smaller than those of a binomial share of these establishments; its expected share is that in jobs or in
    establishments, whichever speaks less against chance. For the only plant of a sector, p is that share.

    In simulated tables of 20 territories and 3 sectors with 2 to 256 establishments a cell, whose sizes are lognormal
    with a deviation of 0.5 to 1.5, limits of 0.95 hold the truth in 0.957 to 0.997 of the cells; at most 5 % of the
    tables without any deviation have a cell called "high", and 1 % one called "low".

    *Survey.* The logarithm is normal with :math:`\sigma^2 = \ln(1 + RSE^2)`; the errors of the totals are
    neglected.

    Nothing is tested where a total is the sum of cells some of which are missing, nor where a single sector or
    territory is compared with itself.

    p-values invert the intervals, so a cell is "high" or "low" where its interval excludes 1 and its q-value,
    over all tested cells of the table, is at most 1 - `level`. A cell can be "low" with few establishments
    when it was expected to have many; it cannot be "high".

    References
    ----------
    .. [1] Moineddin, R., Beyene, J., Boyle, E. (2003). On the location quotient confidence interval.
       Geographical Analysis 35, 249-256.
    .. [2] Fay, M. P., Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a method
       based on the gamma distribution. Statistics in Medicine 16, 791-801.
    .. [3] Berry, G., Armitage, P. (1995). Mid-P confidence intervals: a brief review. The Statistician 44,
       417-423.
    .. [4] Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
       Statistical Society B 57, 289-300.

    Examples
    --------
    >>> import pandas as pd
    >>> plants = pd.DataFrame({"10": [60.0, 20.0], "62": [140.0, 780.0]}, index=["A", "B"])
    >>> found = location_quotient_interval(plants)
    >>> pd.concat({"lq": found.lq["10"], "low": found.low["10"], "high": found.high["10"]}, axis=1).round(2)
         lq   low  high
    A  3.75  3.24  4.35
    B  0.31  0.21  0.44
    >>> found.certainty["10"].tolist()
    ['high', 'low']
    """
    sums = margins(counts, reference, totals)
    extra = {"plants": plants, "squares": squares, "relative_error": relative_error}
    used = _resolve(method, extra)
    problems = _table_problems(extra, counts, used)
    if used not in {"survey", "none"}:
        problems += _whole_problems(sums, named=method != "auto" or used == "compound")
    if not 0 < level < 1:
        problems.append(message("The level of an interval is between 0 and 1, not {level}.", level=level))
    if problems:
        raise LayerError(problems)
    tables = {k: None if t is None else _aligned(t, counts) for k, t in extra.items()}
    quotient = sums.quotient()
    found = _limits(sums, quotient, tables, used, level)
    # Where a total is only a lower bound, or the whole itself is compared with itself, there is nothing to test.
    trivial = (sums.sector >= sums.total) | (sums.territory >= sums.total)
    untold = sums.lower | trivial
    undefined = np.isnan(quotient) | untold
    low, high, p = (np.where(undefined, np.nan, v) for v in (found.low, found.high, found.p))
    q = _conditional.benjamini_hochberg(p)
    words = _words(sums, found, {"low": low, "high": high, "q": q}, 1 - level)
    words[untold & ~np.isnan(sums.cells)] = "untested"
    rules = IntervalRules(level, used, reference=sums.name)
    plants_seen = np.where(np.isnan(sums.cells), np.nan, found.plants)
    return QuotientIntervals(
        lq=like(quotient, counts),
        low=like(low, counts),
        high=like(high, counts),
        p=like(p, counts),
        q=like(q, counts),
        effective_plants=like(plants_seen, counts),
        certainty=like(words, counts),
        rules=rules,
    )


def _whole_problems(sums: Margins, *, named: bool) -> list[Message]:
    """What speaks against treating the cells as parts of the whole, placed by chance."""
    problems: list[Message] = []
    above = _above(sums.cells, sums.territory) | _above(sums.cells, sums.sector)
    if above.any():
        problems.append(
            message(
                "{number} cells exceed the total of their territory or sector; the whole must contain "
                "the table.",
                number=int(above.sum()),
            )
        )
    if _above(sums.territory, np.asarray(sums.total)).any():
        problems.append(message("Territories exceed the whole they are compared with; it must contain them."))
    known = sums.cells[~np.isnan(sums.cells)]
    if not named and (known != np.floor(known)).any():
        problems.append(
            message(
                "Counts with fractions are no establishments: give “squares” or “relative_error”, "
                "or name the method."
            )
        )
    return problems


def _table_problems(
    extra: dict[str, pd.DataFrame | None], counts: pd.DataFrame, method: str
) -> list[Message]:
    problems: list[Message] = []
    needed = {"compound": "squares", "survey": "relative_error"}.get(method)
    if needed is not None and extra[needed] is None:
        text = message("The method “{method}” needs the table “{table}”.", method=method, table=needed)
        problems.append(text)
    for name, table in extra.items():
        if table is None:
            continue
        if not (_within(counts.index, table.index) and _within(counts.columns, table.columns)):
            text = message("The table “{table}” lacks territories or sectors of the counts.", table=name)
            problems.append(text)
    return problems


def _within(labels: pd.Index, others: pd.Index) -> bool:
    # Looking up texts takes far longer than seeing that they are the same.
    return labels.equals(others) or bool(labels.isin(others).all())


def _above(part: Floats, whole: Floats) -> Mask:
    above: Mask = part > whole * (1 + 1e-9)
    return above


def _aligned(table: pd.DataFrame, counts: pd.DataFrame) -> Floats:
    if not (table.index.equals(counts.index) and table.columns.equals(counts.columns)):
        table = table.reindex(index=counts.index, columns=counts.columns)
    values: Floats = table.to_numpy(np.float64)
    return values


def _resolve(method: Method, tables: dict[str, pd.DataFrame | None]) -> str:
    if method != "auto":
        return method
    if tables["relative_error"] is not None:
        return "survey"
    if tables["squares"] is not None:
        return "compound"
    return "mid_p" if tables["plants"] is None else "none"


def _limits(
    sums: Margins, quotient: Floats, tables: dict[str, Floats | None], method: str, level: float
) -> _Limits:
    plants, squares, error = tables["plants"], tables["squares"], tables["relative_error"]
    if method == "compound" and squares is not None:
        return _jobs(sums, quotient, squares, plants, level)
    unknown = np.full(quotient.shape, np.nan)
    known_plants = unknown if plants is None else plants
    if method == "survey" and error is not None:
        variance = np.log1p((np.where(error > 0, error, np.nan) / 100) ** 2)
        ends = _compound.log_normal(np.where(quotient > 0, quotient, np.nan), variance, level)
        return _Limits(*ends, known_plants, exact=False)
    if method == "none":
        return _Limits(unknown, unknown, unknown, known_plants, exact=False)
    return _establishments(sums, quotient, method, level)


def _establishments(sums: Margins, quotient: Floats, method: str, level: float) -> _Limits:
    """Limits given the smaller total; the delta form where asked for or the cell is much of both."""
    x, n, t = np.broadcast_arrays(sums.cells, sums.territory, sums.sector)
    low, high, p = np.full((3, *x.shape), np.nan)
    tested = ~np.isnan(quotient)
    size, other = np.minimum(n, t)[tested], np.maximum(n, t)[tested]
    share = other / sums.total
    exact = method == "exact"
    ends = _conditional.limits(x[tested], size, level=level, exact=exact)
    low[tested], high[tested] = (end / share for end in ends)
    p[tested] = _conditional.p_values(x[tested], size, share, exact=exact)
    if method in {"mid_p", "delta"}:
        large = tested & (x >= _DELTA_LEAST)
        if method == "mid_p":
            large &= (x > _BOTH * np.maximum(n, t)) & (_smallest(x, n, t, sums.total) >= _DELTA_EACH)
        if large.any():
            ones = _compound.Sizes(x, sums.territory, sums.sector, sums.total, sums.sector, sums.territory)
            low[large], high[large], p[large] = _compound.log_normal(
                quotient[large], _compound.variance(_compound.parts(sums, ones, x, large)), level
            )
    return _Limits(low, high, p, x, exact=True)


def _smallest(x: Floats, n: Floats, t: Floats, total: float) -> Floats:
    """Smallest of the four counts that a quotient is made of: here or elsewhere, in the sector or not."""
    smallest: Floats = np.minimum.reduce([x, n - x, t - x, total - n - t + x])
    return smallest


def _jobs(sums: Margins, quotient: Floats, squares: Floats, plants: Floats | None, level: float) -> _Limits:
    """Limits of cells with jobs, upper limits of those without."""
    low, high, p = np.full((3, *quotient.shape), np.nan)
    known = _compound.sizes(sums, squares, plants)
    usual = _compound.sizes(sums, _compound.usual(sums, squares), None)
    some = (quotient > 0) & (squares > 0)
    cells, seen = sums.cells[some], squares[some]
    size = np.broadcast_to(known.sector / np.maximum(sums.sector, 1e-300), quotient.shape)[some]
    parts = _compound.parts(sums, usual, squares, some)
    variances = _compound.spread(parts, parts[0].moved * (usual.squares[some] / seen - 1))
    low[some], high[some], p[some] = _compound.limits(quotient[some], cells, variances, size, level)
    low, high, p = _lumps.widened((low, high, p), quotient, _lumps.sample(sums, known), level)
    zero = quotient == 0
    low[zero] = 0.0
    high[zero], p[zero] = _compound.absent(sums, known, zero, level)
    effective = np.where(zero, 0.0, np.nan)
    effective[some] = cells**2 / seen
    return _Limits(low, high, p, effective, exact=False)


def _words(sums: Margins, found: _Limits, tested: dict[str, Floats], error: float) -> npt.NDArray[np.object_]:
    code = np.where(np.isnan(tested["q"]), WORDS.index("untested"), WORDS.index("unclear"))
    sure = tested["q"] <= error
    code[sure & (tested["low"] > 1)] = WORDS.index("high")
    code[(found.plants < MINIMUM_PLANTS) & ~np.isnan(sums.quotient())] = WORDS.index("few")
    scarce = sure & (tested["high"] < 1)
    # A count, or its absence, is tested exactly; few jobs of few establishments are not.
    scarce &= found.exact | (sums.cells == 0) | ~(found.plants < MINIMUM_PLANTS)
    code[scarce] = WORDS.index("low")
    code[np.isnan(sums.cells)] = WORDS.index("withheld")
    return np.array(WORDS, dtype=object)[code]
