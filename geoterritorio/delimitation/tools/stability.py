"""How firm labour markets are, on layers: commuting and boundaries in, places with how often they stay out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.delimitation.containment import sound
from geoterritorio.delimitation.market_stability import MarketStability, market_stability
from geoterritorio.delimitation.tools.labour import (
    RULES,
    LabourMarketOptions,
    names_outside,
    of_period,
    rules_of,
    totals_of,
)
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.findings import strings
from geoterritorio.layers.schema import CommutingTotals, Flows, Territories
from geoterritorio.registry import Column, Count, Layer, Progress, Share, no_progress, tool

STABLE_PLACES = Layer(
    "market_places",
    ("polygon", "point"),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        Column(
            "market", "text", mark("Identifier of its market; empty where it belongs to none"), required=False
        ),
        Column("market_name", "text", mark("Name of its market"), required=False),
        Column("kept", "number", mark("Share of draws of the commuters in which it stays in its market")),
        Column("kept_settings", "number", mark("Share of other settings in which it stays in its market")),
        Column("elsewhere", "text", mark("Market in which it is most often otherwise"), required=False),
        Column("elsewhere_name", "text", mark("Name of that market"), required=False),
        Column("share_elsewhere", "number", mark("Share of draws in which it is in that market")),
    ),
    key=("territory",),
)
STABLE_MARKETS = Layer(
    "market_stability",
    ("table",),
    (
        Column(
            "market", "text", mark("Identifier of the market: that of its centre, the place with most jobs")
        ),
        Column("name", "text", mark("Name of the centre")),
        Column(
            "similarity",
            "number",
            mark("Likeness (Jaccard) to the market found from drawn commuters, on average"),
        ),
        Column(
            "found_again",
            "number",
            mark("Share of draws in which it is found again (likeness of 0.5 or more)"),
        ),
        Column(
            "similarity_settings",
            "number",
            mark("Likeness (Jaccard) to the market under other settings, on average"),
        ),
        Column("found_again_settings", "number", mark("Share of settings under which it is found again")),
    ),
    key=("market",),
)
PAIRS = Layer(
    "market_pairs",
    ("table",),
    (
        Column("place", "text", mark("Identifier of a territory")),
        Column("other", "text", mark("Identifier of another territory")),
        Column("share", "number", mark("Share of draws in which both are in one market")),
    ),
    key=("place", "other"),
)
RUNS = Layer(
    "market_runs",
    ("table",),
    (
        Column("setting", "text", mark("Draw of the commuters, or the rule that was changed")),
        Column("value", "number", mark("Number of the draw, or value of the rule")),
        Column("markets", "number", mark("Number of markets")),
        Column(
            "adjusted_rand",
            "number",
            mark("Agreement with the markets by the given rules (adjusted Rand); 1: the same"),
        ),
    ),
    key=("setting", "value"),
)
StablePlaces = Annotated[gpd.GeoDataFrame, STABLE_PLACES]
StableMarkets = Annotated[pd.DataFrame, STABLE_MARKETS]
Pairs = Annotated[pd.DataFrame, PAIRS]
Runs = Annotated[pd.DataFrame, RUNS]


@dataclass(frozen=True)
class StabilityResult:
    """
    How often markets, and places in them, are found again.

    Attributes
    ----------
    places
        Territories with how often they stay in their market, and where they are otherwise.
    markets
        Markets with how like those of other runs they are.
    pairs
        How often two territories share a market, where they ever do.
    runs
        Draws and settings with the number of markets and their agreement.
    """

    places: StablePlaces
    markets: StableMarkets
    pairs: Pairs
    runs: Runs


@tool
def labour_market_stability(
    territories: Territories,
    flows: Flows,
    totals: CommutingTotals | None = None,
    *,
    rules: LabourMarketOptions = RULES,
    period: str | None = None,
    outside: str | None = None,
    draws: Count = 100,
    sampled: Share = 1.0,
    progress: Progress = no_progress,
) -> StabilityResult:
    """
    Stability of labour markets.

    Which places belong to their market whatever happens, and which are on the edge between two: markets are drawn again
    from commuters placed anew, and with each of the four rules a little changed. Draws add chance to flows that hold
    some already: what stays is firm, the rest may be firmer than it looks. Enclaves are left where they are.

    Parameters
    ----------
    territories
        Places, in a projected system in metres.
    flows
        Commuters from where they live to where they work, those within a place among them.
    totals
        All employed residents and workers of each place, where flows lack those who cross the border of the study.
    rules
        Sizes and self-containments.
    period
        Period of the flows, where there are several.
    outside
        Names that flows give to what is across the border of the study, with semicolons between them. Other unknown
        names count as across the border too, with a warning.
    draws
        How often the commuters are drawn anew.
    sampled
        Share of the commuters that the flows were estimated from: 1 of a census, 0.05 of a survey of one in twenty.
    progress
        Callback.

    Returns
    -------
    result
        Places, markets, pairs and runs.

    Raises
    ------
    CRSError
        If metres cannot be measured on the territories.
    FlowError
        If flows are wrong, have several periods, none within a place, or name none of the territories.
    LayerError
        If totals lack places, or the rules contradict each other.

    References
    ----------
    .. [1] Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics and Data Analysis
       52, 258-271.
    """
    own = rules_of(rules)
    sound(own)
    require_metres(territories, name="territories")
    found = market_stability(
        of_period(flows, period),
        territories["territory"],
        totals_of(totals, territories["territory"], period),
        rules=own,
        outside=names_outside(outside),
        draws=draws,
        sampled=sampled,
        progress=progress,
    )
    return _result(found, territories)


def _result(found: MarketStability, territories: gpd.GeoDataFrame) -> StabilityResult:
    ids = strings(territories["territory"]).astype(object)
    name = ids.set_axis(ids)
    if "name" in territories.columns:
        name = territories["name"].astype(object).set_axis(ids).fillna(name)
    places = found.places.reindex(ids)
    table = pd.DataFrame({"territory": ids.to_numpy(), "name": name.reindex(ids).to_numpy()})
    for column in places:
        table[column] = places[column].to_numpy()
        if column in {"market", "elsewhere"}:
            table[f"{column}_name"] = table[column].map(name)
    markets = found.markets.reset_index()
    markets.insert(1, "name", markets["market"].map(name))
    geometry = territories.geometry.reset_index(drop=True)
    return StabilityResult(
        gpd.GeoDataFrame(table, geometry=geometry, crs=territories.crs), markets, found.pairs, found.runs
    )
