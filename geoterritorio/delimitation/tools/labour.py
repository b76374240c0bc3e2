"""Labour markets on layers: commuting and boundaries in, areas with their account out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.delimitation import markets
from geoterritorio.delimitation._pieces import overlapping
from geoterritorio.delimitation.containment import PRESETS, Enclaves, LabourMarketRules, Presets
from geoterritorio.delimitation.markets import LabourMarkets
from geoterritorio.errors import FlowError, GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import distinct, listing, strings
from geoterritorio.layers.schema import FLAGS, FLOWS, CommutingTotals, Flows, Territories
from geoterritorio.registry import Column, Layer, Metres, Progress, Ratio, Share, no_progress, tool

# Of a place that lies in another one too: what drawing errors explain.
_OVERLAPPING = 0.01
MARKET = Column(
    "market", "text", mark("Identifier of its market; empty where it belongs to none"), required=False
)
LABOUR_MARKETS = Layer(
    "labour_markets",
    ("polygon", "point"),
    (
        Column(
            "territory",
            "text",
            mark("Identifier of the market: that of its centre, the place with most jobs"),
        ),
        Column("name", "text", mark("Name of the centre")),
        Column("units", "number", mark("Places of the market")),
        Column("residents", "number", mark("Employed who live in it")),
        Column("workers", "number", mark("Employed who work in it")),
        Column("internal", "number", mark("Employed who live and work in it")),
        Column("supply", "number", mark("Share of its employed residents who work in it")),
        Column("demand", "number", mark("Share of its workers who live in it")),
        Column("validity", "number", mark("1 or more: large and self-contained enough by the rules")),
        Column("valid", "text", mark("Whether the validity is 1 or more: yes or no"), options=FLAGS),
        Column("validity_before", "number", mark("Validity before places came from the reserve")),
        Column(
            "from_reserve",
            "number",
            mark("Places that came from the reserve, whatever became of the validity"),
        ),
        Column("commuters_share", "number", mark("Commuters across its border over twice those within")),
        Column(
            "balance",
            "number",
            mark("Employed residents less workers, over those within; below 0 it draws people"),
        ),
        Column("cohesion_links", "number", mark("Share of the pairs of its places that commute")),
        Column("cohesion_flows", "number", mark("Share of those within who commute from place to place")),
        Column(
            "central_units", "number", mark("Places with more than 100 jobs and more workers than residents")
        ),
        Column("links_in", "number", mark("Other markets from which people come to work")),
        Column("links_out", "number", mark("Other markets to which people go to work")),
        Column("beyond", "number", mark("Commuters across the border of the study")),
        Column(
            "border",
            "text",
            mark(
                "Commuters across the border of the study: counted, or nobody; where flows do not say, inland, or not "
                "known of a market at the edge"
            ),
        ),
        Column(
            "pieces",
            "number",
            mark("Groups of its places that do not touch each other; parts of one place count as one"),
            required=False,
        ),
        Column("seed", "text", mark("Place with which it began, by which the trace calls it")),
    ),
    key=("territory",),
)
MEMBERSHIP = Layer(
    "membership",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        MARKET,
        Column("market_name", "text", mark("Name of its market"), required=False),
        Column(
            "how",
            "text",
            mark(
                "How it came to its market: grouped, from the reserve, as an enclave; or why it belongs to none"
            ),
        ),
        Column("moves", "number", mark("How often it changed its market")),
    ),
    key=("territory",),
)
TRACE = Layer(
    "labour_market_trace",
    ("table",),
    (
        Column("iteration", "number", mark("Number of the move")),
        Column(
            "market",
            "text",
            mark("Market that gave up a place, the weakest; empty for the reserve"),
            required=False,
        ),
        Column("validity", "number", mark("Its validity")),
        Column("unit", "text", mark("Place that left it: the one with most commuters across its borders")),
        Column("target", "text", mark("Market with which the place commutes most"), required=False),
        Column(
            "cohesion", "number", mark("Strength of commuting between the place and the target, both ways")
        ),
        Column("target_before", "number", mark("Validity of the target without the place")),
        Column("target_after", "number", mark("Validity of the target with the place")),
        Column(
            "outcome", "text", mark("What became of the place; where it did not move, it went to the reserve")
        ),
    ),
    key=("iteration",),
)
RESERVE = Layer(
    "labour_market_reserve",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("iteration", "number", mark("Move at which it went to the reserve")),
        Column("outcome", "text", mark("Why it went to the reserve, at that move")),
        MARKET,
        Column(
            "cohesion",
            "number",
            mark("Strength of commuting between the place and the market it was given, both ways, then"),
            required=False,
        ),
        Column(
            "market_before",
            "number",
            mark("Validity of that market without the place, when it was given"),
            required=False,
        ),
        Column(
            "market_after",
            "number",
            mark("Validity of that market with the place, when it was given"),
            required=False,
        ),
    ),
    key=("territory",),
)
DIVISION_FIGURES = Layer(
    "division_figures",
    ("table",),
    (
        Column("measure", "text", mark("What is told of the division as a whole")),
        Column("value", "number", mark("Value"), required=False),
    ),
    key=("measure",),
)
DivisionFigures = Annotated[pd.DataFrame, DIVISION_FIGURES]
LabourMarketAreas = Annotated[gpd.GeoDataFrame, LABOUR_MARKETS]
Membership = Annotated[pd.DataFrame, MEMBERSHIP]
Trace = Annotated[pd.DataFrame, TRACE]
Reserve = Annotated[pd.DataFrame, RESERVE]
MarketFlows = Annotated[
    pd.DataFrame, replace(FLOWS, columns=FLOWS.columns[:3], key=("origin", "destination"))
]


@dataclass(frozen=True)
class LabourMarketOptions:
    """
    Rules of a preset, or one's own.

    Parameters
    ----------
    preset
        Rules to begin with. euro: the worked example of the software of ISTAT and Eurostat (1000, 0.6667, 10 000,
        0.75), not an official choice; finland: Finland's numbers for the same algorithm (3000, 0.66, 40 000, 0.90);
        ttwa: those of British travel-to-work areas (3500, 0.667, 25 000, 0.75), whose own algorithm moves places
        otherwise and asks for a self-containment that falls along a straight line.
    min_size
        Employed residents of the smallest market that is accepted, if it is very self-contained; by default the
        preset's.
    min_containment
        Self-containment that is enough for a market of the target size or more; by default the preset's.
    target_size
        Employed residents from which on the lower self-containment is enough; by default the preset's.
    target_containment
        Self-containment that a market of the smallest size must have; by default the preset's.
    enclaves
        Parts of a market that touch another market and not their own main part: keep them, or join each place to the
        market that it touches and commutes with most.
    snap
        Gap between boundaries, in metres, up to which places touch.
    """

    preset: Presets = "euro"
    min_size: Ratio | None = None
    min_containment: Share | None = None
    target_size: Ratio | None = None
    target_containment: Share | None = None
    enclaves: Enclaves = "keep"
    snap: Metres = 50


RULES = LabourMarketOptions()


@dataclass(frozen=True)
class LabourMarketResult:
    """
    Labour markets and how they came about.

    Attributes
    ----------
    areas
        Markets with their size, self-containment, validity, cohesion and what is known of their border.
    membership
        Market of each territory, and how it came to it.
    trace
        Every move: which market was weakest, which place left it, and what became of it.
    reserve
        Places that no market could take without becoming weaker, and where they went in the end.
    between
        Commuters between markets, and within each.
    figures
        Markets, how many are valid or have an unknown border, places from the reserve, and Newman's modularity.
    """

    areas: LabourMarketAreas
    membership: Membership
    trace: Trace
    reserve: Reserve
    between: MarketFlows
    figures: DivisionFigures


@tool
def labour_markets(
    territories: Territories,
    flows: Flows,
    totals: CommutingTotals | None = None,
    *,
    rules: LabourMarketOptions = LabourMarketOptions(),
    period: str | None = None,
    outside: str | None = None,
    progress: Progress = no_progress,
) -> LabourMarketResult:
    """
    Labour markets from commuting.

    Areas in which most who live work, and most who work live, drawn by the harmonised European algorithm: the weakest
    area gives up a place until all are large and self-contained enough. Commuters across the border of the study count
    among residents and workers. Places that no area could take without becoming weaker are added at the end: read
    whether each area is valid, and the reserve.

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
    progress
        Callback.

    Returns
    -------
    result
        Areas, membership, trace, reserve, flows between markets, and figures of the whole.

    Raises
    ------
    CRSError
        If metres cannot be measured on the territories.
    FlowError
        If flows are wrong, have several periods, none within a place, or name none of the territories, or totals are
        below them.
    LayerError
        If totals lack places, the rules contradict each other, or enclaves are to be joined and the territories are
        points.

    Warns
    -----
    GeoterritorioWarning
        If territories overlap; if markets are not valid, are so only since nobody crosses their border, or have one
        of which flows say nothing.

    References
    ----------
    .. [1] Coombes, M. & Bond, S. (2008). Travel-to-Work Areas: the 2007 review. London: ONS.
    .. [2] Franconi, L., Ichim, D. & D'Alò, M. (2017). Labour Market Areas for territorial policies: Tools for a
       European approach. Statistical Journal of the IAOS 33(3), 585-591.
    """
    _tell_overlaps(territories)
    rows = of_period(flows, period)
    found = markets.labour_markets(
        rows,
        territories,
        rules=rules_of(rules),
        outside=names_outside(outside),
        totals=totals_of(totals, territories["territory"], period),
        progress=progress,
    )
    for doubt in markets.doubts(found):
        warnings.warn(GeoterritorioWarning(doubt), stacklevel=2)
    kept = [c.name for c in LABOUR_MARKETS.columns if c.name in found.areas.columns]
    return LabourMarketResult(
        found.areas[[*kept, "geometry"]],
        _named(found, territories),
        found.trace.reset_index(),
        found.reserve.reset_index()[[c.name for c in RESERVE.columns]],
        markets.between(rows, found.membership["market"]),
        division_figures(markets.summary(found)),
    )


def _tell_overlaps(territories: gpd.GeoDataFrame) -> None:
    """Warning of places that lie over each other: their market and that of a neighbour would have the same land."""
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return
    first, second, share = overlapping(territories.geometry.to_numpy())
    real = share > _OVERLAPPING
    if real.any():
        ids = territories["territory"].astype(str).to_numpy()
        text = message(
            "territories: polygons overlap (pairs: {count}, up to {percent} % of the smaller): {values}. Outlines of "
            "markets have that land twice, or give it to one: look for overlaps with history-checks, and mend them.",
            count=int(real.sum()),
            percent=float(f"{100 * share[0]:.2g}"),
            values=listing(f"{a} / {b}" for a, b in zip(ids[first[real]], ids[second[real]], strict=True)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def division_figures(values: Mapping[str, float]) -> pd.DataFrame:
    """Table of the figures of a division."""
    return pd.DataFrame({"measure": list(values), "value": [float(v) for v in values.values()]})


def names_outside(text: str | None) -> list[str]:
    """Names between semicolons."""
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def rules_of(options: LabourMarketOptions) -> LabourMarketRules:
    """Rules of the preset, with one's own numbers."""
    own = {f.name: getattr(options, f.name) for f in fields(LabourMarketRules)}
    return replace(PRESETS[options.preset].rules, **{k: v for k, v in own.items() if v is not None})


def of_period(flows: pd.DataFrame, period: str | None) -> pd.DataFrame:
    """Flows of one period; all where none is named."""
    return flows if period is None else _in_period(flows, period, "flows")


def _in_period(table: pd.DataFrame, period: str, name: str) -> pd.DataFrame:
    there = table["period"].astype(str) if "period" in table.columns else pd.Series("", table.index)
    if not (there == period).any():
        raise FlowError(
            message(
                "period: {layer} have none called “{period}”, but {known}.",
                layer=name,
                period=period,
                known=distinct(there),
            )
        )
    return table[there == period]


def totals_of(totals: pd.DataFrame | None, places: pd.Series, period: str | None) -> pd.DataFrame | None:
    """
    Residents and workers of every place, by its identifier.

    Parameters
    ----------
    totals
        Layer of totals; others than the places of the study may be in it.
    places
        Identifiers of the places.
    period
        Period of the flows; totals without periods are taken to be of it.

    Returns
    -------
    totals
        Columns `residents` and `workers`; None where there are none.

    Raises
    ------
    FlowError
        If totals have several periods and none is named, or none of that name.
    LayerError
        If places have no totals.
    """
    if totals is None:
        return None
    dated = "period" in totals.columns and totals["period"].notna().any()
    rows = _in_period(totals, period, "totals") if dated and period is not None else totals
    if dated and len(rows["period"].drop_duplicates()) > 1:
        raise FlowError(
            message(
                "totals: there are several periods ({periods}). Name one.", periods=distinct(rows["period"])
            )
        )
    table = rows.set_index(strings(rows["territory"]).astype(object))[["residents", "workers"]]
    ids = pd.Index(strings(pd.Series(places)).astype(object))
    lacking = ids.difference(table.dropna().index)
    if len(lacking):
        raise LayerError(
            message(
                "totals: places without residents or workers: {count} of {all} ({values}). Give those of every place, "
                "with the same identifiers.",
                count=len(lacking),
                all=len(ids),
                values=listing(lacking),
            )
        )
    return table


def _named(found: LabourMarkets, territories: gpd.GeoDataFrame) -> pd.DataFrame:
    table = found.membership.reset_index()
    name = found.areas.set_index("territory")["name"]
    table["market_name"] = table["market"].map(name)
    if "name" in territories.columns:
        own = territories.set_index(territories["territory"].astype(str))["name"]
        table["name"] = table["territory"].map(own)
    return table[[c.name for c in MEMBERSHIP.columns if c.name in table.columns]]
