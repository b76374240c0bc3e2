"""The network of labour markets on layers: flows as lines, markets with their openness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.delimitation import market_links
from geoterritorio.delimitation.outlines import outlines
from geoterritorio.delimitation.tools.labour import names_outside, of_period, totals_of
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, require_metres
from geoterritorio.layers.findings import strings
from geoterritorio.layers.schema import CommutingTotals, Flows, Territories
from geoterritorio.registry import Column, Count, Layer, Progress, no_progress, tool

LINKS = Layer(
    "market_links",
    ("line",),
    (
        Column("origin", "text", mark("Market in which the commuters live")),
        Column("origin_name", "text", mark("Name of that market")),
        Column("destination", "text", mark("Market in which they work")),
        Column("destination_name", "text", mark("Name of the market in which they work")),
        Column("flow", "number", mark("Commuters from origin to destination")),
        Column("share_of_residents", "number", mark("Their share of the employed residents of the origin")),
        Column("share_of_workers", "number", mark("Their share of the workers of the destination")),
        Column("reciprocal", "number", mark("Commuters the other way")),
        Column("net", "number", mark("Commuters less those the other way")),
        Column(
            "reciprocity",
            "number",
            mark("Share of both flows that is returned: 0 one way only, 1 both ways alike"),
        ),
        Column(
            "cohesion",
            "number",
            mark("Strength of commuting both ways, weighed by the size of both, as labour markets use it"),
        ),
        Column(
            "expected",
            "number",
            mark("Commuters by chance that keeps how many leave and reach each market, near or far"),
        ),
        Column("length_km", "number", mark("Straight line between the centres, in kilometres")),
    ),
    key=("origin", "destination"),
)
MARKETS = Layer(
    "market_network",
    ("polygon", "point"),
    (
        Column("territory", "text", mark("Identifier of the market")),
        Column("name", "text", mark("Name of the market")),
        Column("units", "number", mark("Places of the market")),
        Column("centre", "text", mark("Place with most jobs, from which its lines are drawn")),
        Column("residents", "number", mark("Employed who live in it")),
        Column("workers", "number", mark("Employed who work in it")),
        Column("internal", "number", mark("Employed who live and work in it")),
        Column("openness_out", "number", mark("Share of its employed residents who work elsewhere")),
        Column("openness_in", "number", mark("Share of its workers who live elsewhere")),
        Column("gain", "number", mark("Workers less employed residents: above 0 it draws people")),
        Column("sent", "number", mark("Residents who work in other markets")),
        Column("received", "number", mark("Workers who live in other markets")),
        Column(
            "beyond_out",
            "number",
            mark("Residents who work across the border of the study, or in places without market"),
        ),
        Column(
            "beyond_in",
            "number",
            mark("Workers who live across the border of the study, or in places without market"),
        ),
        Column("main_destination", "text", mark("Market to which most go"), required=False),
        Column("main_destination_name", "text", mark("Name of the market to which most go"), required=False),
        Column("destination_share", "number", mark("Share of its residents who go there")),
        Column("main_origin", "text", mark("Market from which most come"), required=False),
        Column("main_origin_name", "text", mark("Name of the market from which most come"), required=False),
        Column("origin_share", "number", mark("Share of its workers who come from there")),
        Column("destinations", "number", mark("Other markets to which its residents go")),
        Column("origins", "number", mark("Other markets from which workers come")),
        Column(
            "effective_destinations",
            "number",
            mark("Destinations as if all drew alike (inverse Herfindahl index)"),
        ),
        Column(
            "effective_origins", "number", mark("Origins as if all sent alike (inverse Herfindahl index)")
        ),
        Column(
            "reciprocity", "number", mark("Share of what it exchanges with other markets that is returned")
        ),
        Column("reciprocity_expected", "number", mark("The same by chance that keeps all strengths")),
    ),
    key=("territory",),
)
FIGURES = Layer(
    "market_network_figures",
    ("table",),
    (
        Column("measure", "text", mark("What is told of the network")),
        Column("value", "number", mark("Value"), required=False),
        Column(
            "null_mean",
            "number",
            mark(
                "By chance: weighted, if only what leaves and reaches each market is kept; of links, their density"
            ),
            required=False,
        ),
        Column("low", "number", mark("Lower end of 95 % of networks by chance"), required=False),
        Column("high", "number", mark("Upper end of 95 % of networks by chance"), required=False),
        Column(
            "rho",
            "number",
            mark(
                "Reciprocity beyond chance: 0 as by chance, 1 where all is returned, below 0 less than chance"
            ),
            required=False,
        ),
        Column("p", "number", mark("Two-sided p-value, from networks drawn by chance"), required=False),
    ),
    key=("measure",),
)


@dataclass(frozen=True)
class NetworkResult:
    """
    Markets, and what flows between them.

    Attributes
    ----------
    links
        Lines from the centre of the market in which commuters live to that in which they work.
    markets
        Markets with their openness, gain, main partners and reciprocity.
    network
        Figures of the whole: who stays, who crosses, how much is returned.
    """

    links: Annotated[gpd.GeoDataFrame, LINKS]
    markets: Annotated[gpd.GeoDataFrame, MARKETS]
    network: Annotated[pd.DataFrame, FIGURES]


@tool
def market_network(
    territories: Territories,
    flows: Flows,
    areas: Territories | None = None,
    *,
    totals: CommutingTotals | None = None,
    period: str | None = None,
    outside: str | None = None,
    draws: Count = 199,
    progress: Progress = no_progress,
) -> NetworkResult:
    """
    Network of local labour markets.

    Which market sends whom to which, how open each one is, and how much of what flows between two comes back, beside
    what chance would give. Markets are areas into which the places are put, or those that the column “parent” of the
    places names. Everybody who lives or works in a market is counted once: within, between markets, or beyond.

    Parameters
    ----------
    territories
        Places, in a projected system in metres.
    flows
        Commuters from where they live to where they work, those within a place among them.
    areas
        Markets, or areas of any other division; a place belongs to the one in which a point within it lies. By default
        those of the column “parent”.
    totals
        All employed residents and workers of each place, where flows lack those who cross the border of the study.
    period
        Period of the flows, where there are several.
    outside
        Names that flows give to what is across the border of the study, with semicolons between them. Other unknown
        names count as across the border too, with a warning.
    draws
        Networks drawn by chance, for the band and the p-value of reciprocity.
    progress
        Callback.

    Returns
    -------
    result
        Links, markets and figures of the network.

    Raises
    ------
    CRSError
        If metres cannot be measured on the territories.
    FlowError
        If flows are wrong, have several periods, none within a place, or name none of the territories.
    LayerError
        If there are no areas and no column “parent”, or no place lies in an area.

    References
    ----------
    .. [1] Squartini, T., Picciolo, F., Ruzzenenti, F. & Garlaschelli, D. (2013). Reciprocity of weighted networks.
       Scientific Reports 3, 2729.
    .. [2] Garlaschelli, D. & Loffredo, M. I. (2004). Patterns of link reciprocity in directed networks. Physical Review
       Letters 93, 268701.
    """
    require_metres(territories, name="territories")
    market = _membership(territories, areas)
    found = market_links.market_network(
        of_period(flows, period),
        market,
        outside=names_outside(outside),
        totals=totals_of(totals, market.index, period),
        draws=draws,
    )
    progress(0.9)
    return _result(found, territories.set_axis(market.index), areas, market)


def _membership(territories: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None) -> pd.Series:
    """Market of each place by its identifier."""
    ids = pd.Index(strings(territories["territory"]).astype(object), name="territory")
    if areas is not None:
        points = gpd.GeoSeries(territories.representative_point().set_axis(ids), crs=territories.crs)
        return assign(points, align(areas, territories, name="areas")).territory.astype(object)
    if "parent" not in territories.columns or territories["parent"].isna().all():
        raise LayerError(
            message(
                "areas: give the markets as areas, or territories with the column “parent”, the market of each place."
            )
        )
    return pd.Series(strings(territories["parent"]).astype(object).to_numpy(), ids, dtype=object)


def _result(
    found: market_links.MarketNetwork,
    places: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame | None,
    market: pd.Series,
) -> NetworkResult:
    table = found.markets.rename_axis("territory").reset_index()
    name = _names(found.markets, places, areas)
    table.insert(1, "name", table["territory"].map(name))
    for column in ("main_destination", "main_origin"):
        table.insert(table.columns.get_loc(column) + 1, f"{column}_name", table[column].map(name))
    if areas is None:
        code = pd.Index(table["territory"]).get_indexer(market).astype(np.int64)
        shapes = outlines(places.reset_index(drop=True), code, len(table))
    else:
        known = align(areas, places, name="areas").set_axis(strings(areas["territory"]).astype(object))
        shapes = known.geometry.reindex(table["territory"]).reset_index(drop=True)
    markets = gpd.GeoDataFrame(table, geometry=shapes.to_numpy(), crs=places.crs)
    return NetworkResult(_lines(found, places, name), markets, found.network)


def _names(markets: pd.DataFrame, places: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None) -> pd.Series:
    """Names of the areas; of their centres where only the places have names."""
    ids = pd.Series(markets.index, markets.index, dtype=object)
    if areas is not None:
        if "name" not in areas.columns:
            return ids
        return areas["name"].astype(object).set_axis(strings(areas["territory"])).reindex(ids).fillna(ids)
    if "name" not in places.columns:
        return ids
    named = places["name"].astype(object).reindex(markets["centre"]).set_axis(markets.index).fillna(ids)
    return named.mask(named.duplicated(keep=False), named.astype(str) + " (" + ids + ")")


def _lines(found: market_links.MarketNetwork, places: gpd.GeoDataFrame, name: pd.Series) -> gpd.GeoDataFrame:
    """Links as straight lines between the centres, drawn from origin to destination."""
    table = found.links
    point = places.representative_point()[found.markets["centre"]].set_axis(found.markets.index)
    at = {end: point.index.get_indexer(table[end]) for end in ("origin", "destination")}
    xy = shapely.get_coordinates(point.to_numpy())
    ends = np.stack([xy[at["origin"]], xy[at["destination"]]], axis=1)
    lines = gpd.GeoSeries(shapely.linestrings(ends) if len(ends) else [], crs=places.crs)
    named = table.assign(
        length_km=lines.length.to_numpy() / 1000,
        origin_name=table["origin"].map(name),
        destination_name=table["destination"].map(name),
    )
    return gpd.GeoDataFrame(named[[c.name for c in LINKS.columns]], geometry=lines.to_numpy(), crs=places.crs)
