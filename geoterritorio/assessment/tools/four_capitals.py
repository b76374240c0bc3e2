"""The four capitals of territories, from tables of indicators."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.assessment import capital_scores
from geoterritorio.assessment._capital_parts import CHANGES
from geoterritorio.assessment.capital_scores import RULES, CapitalRules
from geoterritorio.assessment.normalising import NORMALISATIONS
from geoterritorio.assessment.tools._tables import names, shaped, wide
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import (
    DIRECTIONS,
    INDICATOR_TABLE,
    CapitalIndicators,
    IndicatorTable,
    Territories,
)
from geoterritorio.registry import Column, Layer, Progress, no_progress, tool

_TERRITORY = Column("territory", "text", "Identifier of the territory")
_NAME = Column("name", "text", "Name of the territory", required=False)
_CAPITAL = Column("capital", "text", mark("Capital: human, social, natural or economic"))
_INDICATOR = Column("indicator", "text", mark("Name of the indicator"))
_NORMALISATION = Column(
    "normalisation", "text", mark("How indicators are made comparable"), options=NORMALISATIONS
)
CAPITAL_AREAS = Layer(
    "capital_areas",
    ("polygon", "point"),
    (
        _TERRITORY,
        _NAME,
        Column("human", "number", mark("Human capital: mean of its normalised indicators")),
        Column(
            "social", "number", mark("Social and institutional capital: mean of its normalised indicators")
        ),
        Column("natural", "number", mark("Natural capital and heritage: mean of its normalised indicators")),
        Column(
            "economic", "number", mark("Economic and financial capital: mean of its normalised indicators")
        ),
        Column("known_capitals", "number", mark("Capitals of which enough is known, of four")),
        _NORMALISATION,
    ),
    key=("territory",),
)
CAPITAL_SCORES = Layer(
    "capital_scores",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _CAPITAL,
        Column("score", "number", mark("Weighted mean of its normalised indicators; empty where unknown")),
        Column("score_low", "number", mark("Lower end of its interval, where indicators have intervals")),
        Column("score_high", "number", mark("Upper end of its interval, where indicators have intervals")),
        Column("least", "number", mark("Lowest of its normalised indicators")),
        Column("most", "number", mark("Highest of its normalised indicators")),
        Column("spread", "number", mark("Weighted standard deviation of its normalised indicators")),
        Column("indicators", "number", mark("Indicators that are assigned to it")),
        Column("known", "number", mark("Those that are known")),
        Column("known_share", "number", mark("Their share, by weight")),
        Column("with_intervals", "number", mark("Those that are known with an interval")),
        Column("missing", "text", mark("Those that are missing")),
        Column("rank", "number", mark("Rank among the territories of which it is known; 1 is the highest")),
        Column("rank_low", "number", mark("Best rank that the intervals allow at the level")),
        Column("rank_high", "number", mark("Worst rank that the intervals allow at the level")),
        Column("reason", "text", mark("Why it is unknown")),
        Column("cure", "text", mark("What would decide it")),
        _NORMALISATION,
    ),
    key=("territory", "capital"),
)
CAPITAL_FIGURES = Layer(
    "normalised_indicators",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _CAPITAL,
        _INDICATOR,
        Column("direction", "text", mark("Which is better: higher or lower"), options=DIRECTIONS),
        Column("weight", "number", mark("Weight within its capital")),
        Column("weight_share", "number", mark("Share of the weights of its capital")),
        Column("period", "text", mark("Period of the figure"), required=False),
        Column("value", "number", mark("Figure of the territory; empty where it is missing")),
        Column("low", "number", mark("Lower end of its own interval, where it has one")),
        Column("high", "number", mark("Upper end of its own interval, where it has one")),
        Column("normalised", "number", mark("The figure made comparable; more is better")),
        Column("normalised_low", "number", mark("Lower end of its interval, where figures have intervals")),
        Column("normalised_high", "number", mark("Upper end of its interval, where figures have intervals")),
        Column("reason", "text", mark("Why it is unknown")),
        _NORMALISATION,
    ),
    key=("territory", "indicator"),
)
CAPITAL_SENSITIVITY = Layer(
    "capital_sensitivity",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _CAPITAL,
        Column(
            "changed",
            "text",
            mark("What was changed: an indicator left out, weights at random, or the normalisation"),
            options=CHANGES,
        ),
        Column("what", "text", mark("The indicator left out, or the other normalisation")),
        Column("score", "number", mark("Mean of the normalised indicators then")),
        Column("rank", "number", mark("Rank then; of random weights the median")),
        Column("rank_low", "number", mark("Best rank that random weights give at the level")),
        Column("rank_high", "number", mark("Worst rank that random weights give at the level")),
        Column("moved", "number", mark("Rank then less rank as it is; above 0 is worse")),
    ),
    key=("territory", "capital", "changed", "what"),
)
_KEPT = ("territory", "indicator", "value", "low", "high")
FIGURES = Layer(
    "indicators",
    ("table",),
    tuple(replace(c, required=True) for n in _KEPT for c in INDICATOR_TABLE.columns if c.name == n),
    key=("territory", "indicator"),
)
FIGURE_NAMES = {
    "human": mark("Human capital (mean of its indicators)"),
    "social": mark("Social and institutional capital (mean of its indicators)"),
    "natural": mark("Natural capital and heritage (mean of its indicators)"),
    "economic": mark("Economic and financial capital (mean of its indicators)"),
}


@dataclass(frozen=True)
class CapitalsResult:
    """
    Capitals of the territories.

    Attributes
    ----------
    areas
        One row per territory: the four capitals, side by side.
    scores
        One row per territory and capital: score with interval, spread, what is missing, rank.
    normalised
        One row per territory and indicator: figure, weight, and figure made comparable.
    sensitivity
        One row per territory, capital and what was changed: how the rank moves.
    figures
        The capitals by territory and indicator, for further tools.
    rules
        How they were made.
    """

    areas: Annotated[gpd.GeoDataFrame, CAPITAL_AREAS]
    scores: Annotated[pd.DataFrame, CAPITAL_SCORES]
    normalised: Annotated[pd.DataFrame, CAPITAL_FIGURES]
    sensitivity: Annotated[pd.DataFrame, CAPITAL_SENSITIVITY]
    figures: Annotated[pd.DataFrame, FIGURES]
    rules: CapitalRules


@tool
def capitals(
    territories: Territories,
    indicators: IndicatorTable,
    assignment: CapitalIndicators,
    *,
    more: IndicatorTable | None = None,
    further: IndicatorTable | None = None,
    period: str | None = None,
    rules: CapitalRules = RULES,
    progress: Progress = no_progress,
) -> CapitalsResult:
    """
    The four capitals of each territory, from indicators.

    Human, social and institutional, natural and economic capital, each the weighted mean of its indicators made
    comparable. Which indicator speaks of which capital, which way is better and how much it weighs is the user's table;
    weights are equal unless it says otherwise, and stand in the results. A capital of which too little is known is
    unknown, with what is missing. Capitals are not added up. How far ranks depend on single indicators, weights and the
    way of making comparable is told.

    Parameters
    ----------
    territories
        Territories that are compared.
    indicators
        Figures by territory and indicator, with the ends of their intervals if they have any.
    assignment
        Capital of each indicator, which way is better, and its weight.
    more
        A second table of indicators, such as the figures of another tool.
    further
        A third one.
    period
        Period of the figures; by default the latest of each indicator.
    rules
        How indicators are made comparable, and how much must be known.
    progress
        Callback.

    Returns
    -------
    result
        Areas, scores, indicators, sensitivity and figures.

    Raises
    ------
    LayerError
        If territories are unknown or only one, figures are given twice, infinite, or beyond their bounds, or the
        assignment names capitals that are none or nothing that is in the tables.

    References
    ----------
    .. [1] OECD, JRC (2008). Handbook on Constructing Composite Indicators: Methodology and User Guide. Paris: OECD
       Publishing.
    .. [2] Saisana, M., Saltelli, A., Tarantola, S. (2005). Uncertainty and sensitivity analysis techniques as tools for
       the quality assessment of composite indicators. Journal of the Royal Statistical Society A 168, 307-323.
    """
    progress(0, mark("Comparing territories"))
    rows = _together([indicators, more, further], territories, assignment, period)
    low, high = (_on(rows, territories, end) if end in rows.columns else None for end in ("low", "high"))
    found = capital_scores.capitals(
        _on(rows, territories, "value"), assignment, low=low, high=high, rules=rules
    )
    progress(0.9, mark("Drawing up results"))
    named, way = names(territories), {"normalisation": rules.normalise}
    told = found.normalised
    if "period" in rows.columns:
        told = told.assign(period=told["indicator"].map(rows.groupby("indicator")["period"].first()))
    return CapitalsResult(
        _areas(territories, found.scores, rules),
        shaped(found.scores.assign(**way), named, CAPITAL_SCORES),
        shaped(told, named, CAPITAL_FIGURES),
        shaped(found.sensitivity, named, CAPITAL_SENSITIVITY),
        _figures(found.scores),
        rules,
    )


def _on(rows: pd.DataFrame, territories: gpd.GeoDataFrame, column: str) -> pd.DataFrame:
    """Territories of the layer by indicators; one without any figure is there too."""
    index = pd.Index(territories["territory"], name="territory")
    return wide(rows, column).reindex(index=index, columns=rows["indicator"].unique())


def _together(
    tables: list[pd.DataFrame | None],
    territories: gpd.GeoDataFrame,
    assignment: pd.DataFrame,
    period: str | None,
) -> pd.DataFrame:
    """Rows of all tables: those of one period for each indicator, once."""
    given = [t if "indicator" in t.columns else t.assign(indicator="value") for t in tables if t is not None]
    # Of tables of other tools many figures speak of no capital: only those of the first are asked for.
    kept = [given[0], *(t[t["indicator"].isin(assignment["indicator"])] for t in given[1:])]
    rows = pd.concat([t for t in kept if len(t)] or kept[:1], ignore_index=True)
    strange = sorted(set(rows["territory"]) - set(territories["territory"]))
    if strange:
        raise LayerError(
            message(
                "indicators: {count} territories are not in the layer of territories: {values}. Check that both use "
                "the same codes (leading zeros?).",
                count=len(strange),
                values=listing(strange),
            )
        )
    rows = _of_period(rows, period)
    twice = rows[rows.duplicated(["territory", "indicator"])]
    if len(twice):
        named = (twice["territory"].astype(str) + " (" + twice["indicator"].astype(str) + ")").tolist()
        raise LayerError(
            message(
                "indicators: {count} figures are given more than once: {values}. Keep one of each.",
                count=len(twice),
                values=listing(named),
            )
        )
    return rows


def _of_period(rows: pd.DataFrame, period: str | None) -> pd.DataFrame:
    """Rows of the period, or of the latest of each indicator; undated ones are of any."""
    if "period" not in rows.columns:
        return rows
    told = rows["period"].astype("string").fillna("")
    if period is not None:
        left = rows[(told == period) | (told == "")]
        if left.empty:
            raise LayerError(
                message(
                    "period: {value}: choose one of the periods of the indicators: {known}.",
                    value=period,
                    known=listing(sorted(told.unique())),
                )
            )
        return left
    latest = told.groupby(rows["indicator"]).transform("max")
    older = rows[told != latest]
    if len(older):
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "indicators: {count} figures of earlier periods are left out: the latest of each indicator counts. "
                    "Name a period to take another.",
                    count=len(older),
                )
            ),
            stacklevel=4,
        )
    return rows[told == latest]


def _areas(territories: gpd.GeoDataFrame, scores: pd.DataFrame, rules: CapitalRules) -> gpd.GeoDataFrame:
    table = scores.pivot_table(
        index="territory", columns="capital", values="score", aggfunc="first", dropna=False
    )
    table = table.reindex(columns=list(FIGURE_NAMES)).astype(np.float64)
    table["known_capitals"] = table.notna().sum(axis=1)
    own = [c for c in ("territory", "name") if c in territories.columns]
    rows = territories[[*own, "geometry"]].join(table, on="territory").assign(normalisation=rules.normalise)
    return rows[[*(c.name for c in CAPITAL_AREAS.columns if c.name in rows.columns), "geometry"]]


def _figures(scores: pd.DataFrame) -> pd.DataFrame:
    """Capitals as indicators."""
    table = scores.assign(indicator=scores["capital"].map(FIGURE_NAMES))
    table = table.rename(columns={"score": "value", "score_low": "low", "score_high": "high"})
    return table[list(_KEPT)]
