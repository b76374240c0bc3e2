"""Ways by road on layers: roads and places in, networks, tables of costs and isochrones out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import FLAGS, NO, REVERSE, YES, Centres, Costs, Roads, Speeds
from geoterritorio.proximity.isochrones import ReachRules
from geoterritorio.proximity.isochrones import isochrones as reach_of
from geoterritorio.proximity.network import NetworkRules, RoadNetwork, road_names
from geoterritorio.proximity.network import road_network as network_of
from geoterritorio.proximity.snapping import SnapRules, snap
from geoterritorio.proximity.tools._named import with_names
from geoterritorio.proximity.travel_costs import costs_table
from geoterritorio.proximity.travel_costs import travel_costs as costs_between
from geoterritorio.registry import Column, Layer, Positive, Progress, no_progress, tool

FAULTS = (
    "no_line",
    "heights",
    "multipart",
    "zero_length",
    "touching_ends",
    "crossings",
    "joined_ends",
    "shorter_than_tolerance",
    "duplicates",
    "unlike_duplicates",
    "closed_roads",
    "default_speed",
    "other_components",
    "one_way_traps",
)
TREATMENTS = ("left_out", "unused", "taken_apart", "cut", "not_cut", "joined", "kept", "default_speed")
ORIGIN, DESTINATION = ROLES = ("origin", "destination")
_COMPONENT = Column("component", "number", mark("Part of the network in which it lies; 1 is the longest"))
_RETURNS = Column(
    "returns",
    "text",
    mark("Whether ways lead from it to the main part of its component and back, one-ways kept: yes or no"),
    options=FLAGS,
)
NODES = Layer(
    "road_nodes",
    ("point",),
    (
        Column("node", "text", mark("Identifier of the node")),
        Column("meeting", "number", mark("Number of edges that meet there")),
        _COMPONENT,
        _RETURNS,
    ),
    key=("node",),
)
EDGES = Layer(
    "road_edges",
    ("line",),
    (
        Column("edge", "text", mark("Identifier of the edge")),
        Column(
            "road",
            "text",
            mark("Road of which it is a piece; the number of its row where roads have no name"),
        ),
        Column("first_node", "text", mark("Node at which it begins")),
        Column("last_node", "text", mark("Node at which it ends")),
        Column("length", "number", mark("Length in metres")),
        Column("minutes", "number", mark("Time from end to end, in minutes"), required=False),
        Column(
            "oneway",
            "text",
            mark("Whether it is open only as drawn: yes, no, or reverse (only against it)"),
            options=(*FLAGS, REVERSE),
        ),
        _COMPONENT,
        _RETURNS,
    ),
    key=("edge",),
)
COMPONENTS = Layer(
    "road_components",
    ("table",),
    (
        Column(
            "component", "number", mark("Part of the network that no road joins to another; 1 is the longest")
        ),
        Column("nodes", "number", mark("Number of its nodes")),
        Column("edges", "number", mark("Number of its edges")),
        Column("length_km", "number", mark("Length in kilometres")),
        Column("share", "number", mark("Its share of the length of the network")),
    ),
    key=("component",),
)
REPAIRS = Layer(
    "road_repairs",
    ("table",),
    (
        Column("fault", "text", mark("What was looked for"), options=FAULTS),
        Column("count", "number", mark("How many were found")),
        Column("length_km", "number", mark("Length of the lines, in kilometres")),
        Column("share", "number", mark("Its share of the length of the network")),
        Column("treatment", "text", mark("What was done"), options=TREATMENTS),
    ),
    key=("fault",),
)
SNAPPED = Layer(
    "snapped_places",
    ("point",),
    (
        Column("place", "text", mark("Identifier of the place")),
        Column("name", "text", mark("Name of the place"), required=False),
        Column("role", "text", mark("Whether ways set out from it (origin) or lead to it"), options=ROLES),
        Column("snapped", "text", mark("Whether a road is near enough: yes or no"), options=FLAGS),
        Column("road", "text", mark("Nearest road; the number of its row where roads have no name")),
        Column("distance", "number", mark("Straight way to it in metres")),
        Column("leg", "number", mark("Cost of that way, in the unit of the costs"), required=False),
        _COMPONENT,
    ),
    key=("place", "role"),
)
_UP_TO = Column("up_to", "number", mark("Budget: minutes or metres that the way costs at most"))
_UNIT = Column(
    "unit", "text", mark("What the budget counts: minutes or metres"), options=("minutes", "metres")
)
_RADIUS = Column("radius", "number", mark("Metres from a reached road up to which land counts as reached"))
ISOCHRONES = Layer(
    "isochrones",
    ("polygon",),
    (
        Column("origin", "text", mark("Place from which ways go, or to which they lead")),
        Column("name", "text", mark("Name of the place"), required=False),
        _UP_TO,
        _UNIT,
        _RADIUS,
        Column("area_km2", "number", mark("Area in square kilometres")),
        Column("length_km", "number", mark("Length of the reached roads, in kilometres")),
    ),
    key=("origin", "up_to"),
)
REACHED_LAND = Layer(
    "reached_land",
    ("polygon",),
    (
        _UP_TO,
        _UNIT,
        _RADIUS,
        Column("part", "number", mark("Number of the piece of land; 1 is the largest within the budget")),
        Column("origins", "text", mark("Places in it, separated by semicolons")),
        Column("places", "number", mark("Number of these places")),
        Column("area_km2", "number", mark("Area in square kilometres")),
    ),
    key=("up_to", "part"),
)
REACHED_ROADS = Layer(
    "reached_roads",
    ("line",),
    (
        Column(
            "origin",
            "text",
            mark("Place from which it is reached; the nearest, where all are taken together"),
        ),
        Column(
            "road", "text", mark("Road of which it is a part; the number of its row where roads have no name")
        ),
        Column("up_to", "number", mark("Smallest budget within which it lies")),
        Column("cost_start", "number", mark("Cost where the part begins; from there it changes evenly")),
        Column("cost_end", "number", mark("Cost where the part ends")),
        Column("length", "number", mark("Length in metres")),
    ),
)
RoadNodes = Annotated[gpd.GeoDataFrame, NODES]
RoadEdges = Annotated[gpd.GeoDataFrame, EDGES]
RoadComponents = Annotated[pd.DataFrame, COMPONENTS]
RoadRepairs = Annotated[pd.DataFrame, REPAIRS]
SnappedPlaces = Annotated[gpd.GeoDataFrame, SNAPPED]
IsochroneAreas = Annotated[gpd.GeoDataFrame, ISOCHRONES]
ReachedLand = Annotated[gpd.GeoDataFrame, REACHED_LAND]
ReachedRoads = Annotated[gpd.GeoDataFrame, REACHED_ROADS]
_NETWORK, _SNAP, _REACH = NetworkRules(), SnapRules(), ReachRules()


@dataclass(frozen=True)
class NetworkResult:
    """
    A network and what was mended in it.

    Attributes
    ----------
    edges
        Stretches of road between two nodes.
    nodes
        Where they meet or end.
    components
        Parts of the network that no road joins.
    repairs
        What was looked for in the lines, how much was found, and what was done.
    """

    edges: RoadEdges
    nodes: RoadNodes
    components: RoadComponents
    repairs: RoadRepairs


@dataclass(frozen=True)
class TravelCostsResult:
    """
    Costs between places, and where these were put on the roads.

    Attributes
    ----------
    costs
        Pairs within the cut-off and what the way costs; pairs that are not listed are farther, or cannot be reached.
    snapped
        Each place where it was put on its nearest road, or where it is, if it is too far from every road.
    """

    costs: Costs
    snapped: SnappedPlaces


@dataclass(frozen=True)
class IsochronesResult:
    """
    Reach of places.

    Attributes
    ----------
    areas
        Land reached from each place within each budget, the largest first.
    merged
        Land reached from any place, and which places are in each piece.
    edges
        Parts of roads that are reached, cut exactly at the budgets and where ways from both sides meet.
    snapped
        Each place where it was put on its nearest road, or where it is, if it is too far from every road.
    """

    areas: IsochroneAreas
    merged: ReachedLand
    edges: ReachedRoads
    snapped: SnappedPlaces


@tool
def road_network(
    roads: Roads,
    speeds: Speeds | None = None,
    *,
    network: NetworkRules = _NETWORK,
    progress: Progress = no_progress,
) -> NetworkResult:
    """
    Network of roads, with what had to be mended.

    How lines become a network: which ends were joined, where lines meet or cross without a junction, what is drawn
    twice, which parts no road joins, and where one-ways let nobody out or in. Look at it before isochrones or costs.

    Parameters
    ----------
    roads
        Lines in a projected system in metres.
    speeds
        Speeds by class, for roads without a time or speed of their own.
    network
        How lines become a network.
    progress
        Callback.

    Returns
    -------
    result
        Edges, nodes, components, repairs.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layer.
    LayerError
        If there is no line longer than 0, or roads have no speed.
    """
    found = network_of(roads, speeds, rules=network, progress=progress)
    return NetworkResult(_edges(found, roads), _nodes(found), found.components(), found.report)


def _names(letter: str, number: int) -> np.ndarray:
    width = len(str(max(number, 1)))
    return np.array([f"{letter}{k:0{width}d}" for k in range(1, number + 1)], dtype=object)


def _edges(found: RoadNetwork, roads: pd.DataFrame) -> gpd.GeoDataFrame:
    node = _names("N", len(found.xy))
    table = pd.DataFrame(
        {
            "edge": _names("E", len(found.start)),
            "road": road_names(roads, found.row),
            "first_node": node[found.start],
            "last_node": node[found.end],
            "length": found.metres,
            "minutes": found.minutes,
            "oneway": np.select([~found.back, ~found.ahead], [YES, REVERSE], NO),
            "component": found.component[found.start],
            "returns": np.where(found.returns[found.start] & found.returns[found.end], YES, NO),
        }
    )
    return gpd.GeoDataFrame(table, geometry=found.lines, crs=found.crs)


def _nodes(found: RoadNetwork) -> gpd.GeoDataFrame:
    meeting = np.bincount(np.concatenate([found.start, found.end]), minlength=len(found.xy))
    table = pd.DataFrame(
        {
            "node": _names("N", len(found.xy)),
            "meeting": meeting,
            "component": found.component,
            "returns": np.where(found.returns, YES, NO),
        }
    )
    return gpd.GeoDataFrame(table, geometry=shapely.points(found.xy), crs=found.crs)


@tool
def travel_costs(
    origins: Centres,
    roads: Roads,
    destinations: Centres | None = None,
    *,
    speeds: Speeds | None = None,
    cutoff: Positive = 60.0,
    network: NetworkRules = _NETWORK,
    access: SnapRules = _SNAP,
    progress: Progress = no_progress,
) -> TravelCostsResult:
    """
    Costs of ways by road between places.

    Minutes or metres of the cheapest way from every origin to every destination within the cut-off: a table that
    functions of distance, floating catchments and shares of customers understand. It holds only pairs within reach.

    Parameters
    ----------
    origins
        Places from which ways go.
    roads
        Lines in a projected system in metres.
    destinations
        Places to which they go; without them, from each origin to all others.
    speeds
        Speeds by class, for roads without a time or speed of their own.
    cutoff
        Largest cost that is listed, in minutes or metres.
    network
        How lines become a network.
    access
        How places are put on roads.
    progress
        Callback.

    Returns
    -------
    result
        Costs and snapped places.

    Raises
    ------
    CRSError
        If metres cannot be measured on the roads.
    LayerError
        If roads have no speed, no place is near a road, or the pairs are too many.

    References
    ----------
    .. [1] Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.
    """
    built = network_of(roads, speeds, rules=network)
    first = snap(origins, built, name="origins", rules=access)
    second = None if destinations is None else snap(destinations, built, name="destinations", rules=access)
    found = costs_between(built, first, second, cutoff=cutoff, progress=progress)
    tables = [with_names(first.table(built, roads, role=ORIGIN), origins, key="place")]
    if second is not None:
        tables.append(with_names(second.table(built, roads, role=DESTINATION), destinations, key="place"))
    return TravelCostsResult(costs_table(found, first, second), pd.concat(tables, ignore_index=True))


@tool
def isochrones(
    origins: Centres,
    roads: Roads,
    speeds: Speeds | None = None,
    *,
    budgets: str = "15; 30; 60",
    reach: ReachRules = _REACH,
    network: NetworkRules = _NETWORK,
    access: SnapRules = _SNAP,
    progress: Progress = no_progress,
) -> IsochronesResult:
    """
    Isochrones: what can be reached by road within minutes or metres.

    For any number of places and budgets at once, each place by itself and all together. Roads are cut exactly where the
    budget ends, and polygons hold the land along them and nothing else: no place that no reached road comes near.

    Parameters
    ----------
    origins
        Places from which ways go, or to which they lead.
    roads
        Lines in a projected system in metres.
    speeds
        Speeds by class, for roads without a time or speed of their own.
    budgets
        Minutes or metres, with semicolons between them.
    reach
        How reach is drawn.
    network
        How lines become a network.
    access
        How places are put on roads.
    progress
        Callback.

    Returns
    -------
    result
        Land by place, land reached from any, roads, snapped places.

    Raises
    ------
    CRSError
        If metres cannot be measured on the roads.
    LayerError
        If a budget is no number above 0, roads have no speed, no place is near a road, or the parts are too many.

    References
    ----------
    .. [1] Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.
    """
    built = network_of(roads, speeds, rules=network)
    places = snap(origins, built, name="origins", rules=access)
    found = reach_of(built, places, budgets=budgets_of(budgets), rules=reach, progress=progress)
    edges = found.edges
    edges.insert(1, "road", road_names(roads, edges.pop("row").to_numpy()))
    return IsochronesResult(
        with_names(found.areas, origins, key="origin"),
        found.merged,
        edges,
        with_names(places.table(built, roads, role=ORIGIN), origins, key="place"),
    )


def budgets_of(text: str) -> list[float]:
    """Numbers of a text in which semicolons stand between them."""
    words = [word.strip() for word in str(text).split(";") if word.strip()]
    try:
        return [float(word.replace(",", ".")) for word in words]
    except ValueError:
        raise LayerError(
            message(
                "budgets: “{value}” is not a row of numbers. Write them with semicolons between, such as 15; 30; 60.",
                value=text,
            )
        ) from None
