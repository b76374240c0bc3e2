"""Inequality and convergence of territories, from a table of values per head."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from geoterritorio.concentration import convergence as measures
from geoterritorio.concentration import decomposition
from geoterritorio.concentration.disparity import lorenz_curve
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.checks import listing, require_unique
from geoterritorio.layers.dates import earliest, parse_dates
from geoterritorio.layers.schema import INDICATORS, Indicators
from geoterritorio.registry import Column, Count, Layer, Level, Progress, Ratio, no_progress, tool

Missing = Literal["undefined", "left_out"]

# With fewer territories drawing them says nothing.
_LEAST = 3

_DTYPES = {"text": "object", "number": "float64"}
_PERIOD = Column("period", "text", "Period of the figure; empty where the table has none", required=False)
_ENDS = (
    Column("low", "number", "Lower end of the interval", required=False),
    Column("high", "number", "Upper end of the interval", required=False),
)
INEQUALITIES = Layer(
    "inequalities",
    ("table",),
    (
        _PERIOD,
        Column("measure", "text", "Name of the measure; theil_t and theil_l also in parts by groups"),
        Column("value", "number", "Value of the measure; 0 where all territories have the same"),
        *_ENDS,
        Column(
            "p", "number", "Share of random regroupings with as large a part between groups", required=False
        ),
        Column("territories", "number", "Number of territories used"),
    ),
    key=("period", "measure"),
)
THEIL_GROUPS = Layer(
    "theil_groups",
    ("table",),
    (
        _PERIOD,
        Column("index", "text", "Theil's index: t, or l (mean log deviation)"),
        Column("group", "text", "Group of territories"),
        Column("territories", "number", "Number of territories used"),
        Column("weight", "number", "Share of the group in the weights"),
        Column("value", "number", "Share of the group in everything there is"),
        Column("mean", "number", "Mean value per head in the group"),
        Column("theil", "number", "Inequality within the group"),
        Column("within", "number", "Its contribution to the part within groups"),
        Column("between", "number", "Its contribution to the part between groups; may be negative"),
    ),
    key=("period", "index", "group"),
)
LORENZ = Layer(
    "lorenz_points",
    ("table",),
    (
        _PERIOD,
        Column("territory", "text", "Territory that the point adds; empty at the origin"),
        Column("weight", "number", "Cumulated share of the weights, from the poorest territory on"),
        Column("value", "number", "Cumulated share of everything there is"),
    ),
)
CONVERGENCE = Layer(
    "convergence",
    ("table",),
    (
        Column("measure", "text", "beta, speed, half_life, r_squared, sigma_change or sigma_trend"),
        Column("value", "number", "Value of the measure"),
        *_ENDS,
        Column("p", "number", "Two-sided p-value of the hypothesis of no convergence", required=False),
        Column("territories", "number", "Number of territories used"),
        Column("start", "text", "First period"),
        Column("end", "text", "Last period"),
    ),
    key=("measure",),
)
GROWTH = Layer(
    "growth_regression",
    ("table",),
    (
        Column("term", "text", "constant, initial (logarithm of the initial level), or group"),
        Column("estimate", "number", "Change of the yearly rate of growth with the term"),
        Column("standard_error", "number", "Standard error, robust to unequal variances"),
        *_ENDS,
        Column("p", "number", "Two-sided p-value of the hypothesis that the estimate is 0"),
    ),
    key=("term",),
)
DISPERSION = Layer(
    "dispersion",
    ("table",),
    (
        Column("period", "text", "Period of the figure"),
        Column("log_deviation", "number", "Standard deviation of the logarithms"),
        Column("variation", "number", "Standard deviation over the mean"),
        Column("territories", "number", "Number of territories used"),
    ),
    key=("period",),
)


@dataclass(frozen=True)
class DisparityResult:
    """
    Inequality across territories.

    Attributes
    ----------
    measures
        One row per period and measure, with its interval.
    groups
        One row per period, index of Theil and group; empty where the table has no groups.
    lorenz
        Points of the Lorenz curve of each period, for drawing.
    """

    measures: Annotated[pd.DataFrame, INEQUALITIES]
    groups: Annotated[pd.DataFrame, THEIL_GROUPS]
    lorenz: Annotated[pd.DataFrame, LORENZ]


@dataclass(frozen=True)
class ConvergenceResult:
    """
    Convergence of territories.

    Attributes
    ----------
    summary
        Beta with speed and half-life, and the change of dispersion, each with its interval.
    coefficients
        The regression of growth on the initial level, term by term.
    dispersion
        One row per period.
    """

    summary: Annotated[pd.DataFrame, CONVERGENCE]
    coefficients: Annotated[pd.DataFrame, GROWTH]
    dispersion: Annotated[pd.DataFrame, DISPERSION]


@tool
def disparities(
    indicators: Indicators,
    *,
    epsilon: Ratio = 0.5,
    missing: Missing = "undefined",
    level: Level = 0.95,
    replicates: Count = 999,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> DisparityResult:
    """
    Inequality across territories.

    Gini, Pietra, Theil, Atkinson and Williamson indices of a value per head, weighted by heads if weights are given,
    with intervals from drawing the territories anew, and Theil's indices in a part between groups of territories and
    a part within them. With few territories or uneven weights the intervals are too narrow.

    Parameters
    ----------
    indicators
        Values per head by territory, with weights and groups if there are any; several periods are measured apart.
    epsilon
        Aversion to inequality of the Atkinson index.
    missing
        What becomes of a period in which a value or weight is missing: its measures are undefined, or the territory
        is left out and counted.
    level
        Confidence level of the intervals.
    replicates
        How often the territories are drawn; 0 gives no intervals.
    seed
        Seed of the random draws.
    progress
        Callback.

    Returns
    -------
    result
        Measures, groups and Lorenz curves.

    Raises
    ------
    LayerError
        If values are negative, or only some territories have a group.

    References
    ----------
    .. [1] Shorrocks, A. F. (1980). The class of additively decomposable inequality measures. Econometrica 48, 613-625.
    .. [2] Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association 82,
       171-185.
    """
    random, rows, groups, curves = np.random.default_rng(seed), [], [], []
    for period, values, weights, group in _periods(indicators, missing, progress):
        table = decomposition.disparities(
            values, weights, group, epsilon=epsilon, level=level, replicates=replicates, rng=random
        )
        rows.append(table.reset_index().assign(period=period))
        curves.append(lorenz_curve(values, weights).assign(period=period))
        for index in ("t", "l") if group is not None else ():
            parts = decomposition.theil_decomposition(values, group, weights, index=index, permutations=0)
            groups.append(parts.groups.reset_index().assign(period=period, index=index))
    return DisparityResult(
        *(_joined(*pair) for pair in ((rows, INEQUALITIES), (groups, THEIL_GROUPS), (curves, LORENZ)))
    )


@tool
def convergence(
    indicators: Indicators,
    *,
    by_group: bool = False,
    weighted: bool = False,
    level: Level = 0.95,
    replicates: Count = 999,
    seed: Count = 1,
    progress: Progress = no_progress,
) -> ConvergenceResult:
    """
    Convergence of territories over time.

    Beta: whether territories that were poorer in the first period grew faster up to the last, how fast gaps close and
    in how many years half of one is closed. Sigma: whether territories have become more alike.

    Parameters
    ----------
    indicators
        Values per head by territory and period.
    by_group
        Whether each group of territories may tend to a level of its own (conditional convergence).
    weighted
        Whether dispersion weighs territories by their weights in the first period; beta never does.
    level
        Confidence level of the intervals.
    replicates
        How often the territories are drawn; 0 gives no intervals.
    seed
        Seed of the random draws.
    progress
        Callback.

    Returns
    -------
    result
        Summary, regression and dispersion.

    Raises
    ------
    LayerError
        If there are fewer than two periods or they are no dates, values are not above 0, or weights or groups are
        asked for and not there.

    References
    ----------
    .. [1] Barro, R. J. & Sala-i-Martin, X. (1992). Convergence. Journal of Political Economy 100, 223-251.
    .. [2] Sala-i-Martin, X. (1996). The classical approach to convergence analysis. Economic Journal 106, 1019-1036.
    """
    panel, names = _panel(indicators)
    first = indicators[indicators["period"] == names.iloc[0]].set_index("territory")
    progress(0.1, mark("Growth"))
    controls = _dummies(_needed(first, "group")) if by_group else None
    years = float(panel.columns[-1] - panel.columns[0])
    beta = measures.beta_convergence(panel.iloc[:, 0], panel.iloc[:, -1], controls, years=years, level=level)
    progress(0.3, mark("Dispersion"))
    weights = _needed(first, "weight").reindex(panel.index) if weighted else None
    sigma = measures.sigma_convergence(panel, weights, level=level, replicates=replicates, rng=seed)
    summary = _summary(beta, sigma).assign(start=names.iloc[0], end=names.iloc[-1])
    dispersion = sigma.periods.assign(period=names.to_numpy())
    return ConvergenceResult(
        _as(summary, CONVERGENCE), _as(beta.coefficients.reset_index(), GROWTH), _as(dispersion, DISPERSION)
    )


def _periods(
    indicators: pd.DataFrame, missing: Missing, progress: Progress
) -> Iterator[tuple[str | None, pd.Series, pd.Series | None, pd.Series | None]]:
    """Period, values, weights and groups of each period, in order."""
    require_unique(indicators, INDICATORS)
    frame = indicators if "period" in indicators.columns else indicators.assign(period=None)
    parts = list(frame.groupby("period", dropna=False, sort=True))
    _say_absent([rows["territory"] for _, rows in parts], [period for period, _ in parts])
    for k, (period, rows) in enumerate(parts):
        progress(k / len(parts), mark("Drawing territories"))
        table = rows.set_index("territory")
        if missing == "left_out":
            table = _without_missing(table)
        _say_undefined(table["value"], "–" if pd.isna(period) else str(period))
        weights, group = (table[c] if _has(table, c) else None for c in ("weight", "group"))
        yield (None if pd.isna(period) else str(period)), table["value"], weights, group


def _say_undefined(values: pd.Series, period: str) -> None:
    """Warning of measures that are undefined, or follow from the number of territories."""
    zero, texts = int((values == 0).sum()), []
    if len(values) < _LEAST:
        text = message(
            "indicators: {count} territories in period “{period}”. Inequality needs two, an interval three.",
            count=len(values),
            period=period,
        )
        texts.append(text)
    if zero and zero == len(values):
        text = message(
            "indicators: all values of period “{period}” are 0: the measures are undefined. Check the column “value”.",
            period=period,
        )
        texts.append(text)
    elif zero:
        text = message(
            "indicators: {count} values of period “{period}” are 0, which has no logarithm: theil_l is undefined. The "
            "other measures stand.",
            count=zero,
            period=period,
        )
        texts.append(text)
    for text in texts:
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _say_absent(territories: list[pd.Series], periods: list[str]) -> None:
    """Warning of territories that have rows in some periods only: what is compared is then not the same."""
    every = set().union(*territories)
    lost = {period: every.difference(there) for period, there in zip(periods, territories, strict=True)}
    number = len(set().union(*lost.values()))
    if number:
        text = message(
            "indicators: {count} territories have rows in some periods and none in others ({periods}), whose measures "
            "are of fewer territories and do not compare. If their figures are unknown, give rows with an empty value.",
            count=number,
            periods=listing([period for period, absent in lost.items() if absent]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _has(table: pd.DataFrame, column: str) -> bool:
    return column in table.columns and bool(table[column].notna().any())


def _without_missing(table: pd.DataFrame) -> pd.DataFrame:
    columns = ["value", *(["weight"] if _has(table, "weight") else [])]
    known = table[columns].notna().all(axis=1)
    if not known.all():
        text = message(
            "{number} of {all} territories have no value or no weight and were left out.",
            number=int((~known).sum()),
            all=len(table),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return table[known]


def _joined(tables: list[pd.DataFrame], schema: Layer) -> pd.DataFrame:
    names = [c.name for c in schema.columns]
    if not tables:
        return pd.DataFrame({c.name: pd.Series(dtype=_DTYPES[c.dtype]) for c in schema.columns})
    return pd.concat([t[names] for t in tables], ignore_index=True)


def _as(table: pd.DataFrame, schema: Layer) -> pd.DataFrame:
    return table[[c.name for c in schema.columns]].reset_index(drop=True)


def _panel(indicators: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Values, territories by periods in years, and the names of the periods in order."""
    if not _has(indicators, "period"):
        raise LayerError(message("indicators: no column “period”; convergence needs at least two periods."))
    require_unique(indicators, INDICATORS)
    known = indicators.dropna(subset=["period"])
    names = known["period"].drop_duplicates()
    if len(names) == 1:
        raise LayerError(message("{number} periods: at least two are needed.", number=1))
    dates, problems = parse_dates(names, column="period", layer="indicators")
    if problems:
        raise LayerError(problems)
    days = earliest(dates)
    years = days.dt.year + (days.dt.month - 1) / 12
    panel = known.assign(year=known["period"].map(dict(zip(names, years, strict=True))))
    if years.duplicated().any():
        text = message("indicators: periods begin in the same month: {values}.", values=listing(list(names)))
        raise LayerError(text)
    order = np.argsort(years.to_numpy(), kind="stable")
    return panel.pivot_table(index="territory", columns="year", values="value", dropna=False), names.iloc[
        order
    ]


def _needed(table: pd.DataFrame, column: str) -> pd.Series:
    if not _has(table, column):
        text = message("indicators: no column “{column}” with values in the first period.", column=column)
        raise LayerError(text)
    return table[column]


def _dummies(group: pd.Series) -> pd.DataFrame:
    """One column per group but the first, against which the others stand; missing where the group is."""
    return pd.get_dummies(group, drop_first=True, dtype=float).where(group.notna())


def _summary(beta: measures.BetaConvergence, sigma: measures.SigmaConvergence) -> pd.DataFrame:
    used = int(sigma.periods["territories"].iloc[0])
    rows = [
        ("beta", beta.beta, beta.low, beta.high, beta.p, beta.territories),
        ("speed", beta.speed, beta.speed_low, beta.speed_high, np.nan, beta.territories),
        ("half_life", beta.half_life, beta.half_life_low, beta.half_life_high, np.nan, beta.territories),
        ("r_squared", beta.r_squared, np.nan, np.nan, np.nan, beta.territories),
        ("sigma_change", sigma.change, sigma.low, sigma.high, sigma.p, used),
        ("sigma_trend", sigma.trend, sigma.trend_low, sigma.trend_high, np.nan, used),
    ]
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high", "p", "territories"])
