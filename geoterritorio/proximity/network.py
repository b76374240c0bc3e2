"""A network of roads from lines as they are drawn: joined, cut, priced, its parts named."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_metres
from geoterritorio.patterns._bounds import problems_of
from geoterritorio.proximity._cutting import Cutter, Floats, Indices, Lines
from geoterritorio.proximity._dijkstra import Graph, graph_of, spatial_order
from geoterritorio.proximity._joints import Joints, Junctions, joints, stretches
from geoterritorio.proximity._prices import Speed, open_ways, prices
from geoterritorio.proximity._twins import twins
from geoterritorio.registry import Metres, Number, Progress, no_progress

Mask = npt.NDArray[np.bool_]
KilometresAnHour = Annotated[float, Number("km/h", 0.0, above=True)]
Cost = Literal["minutes", "metres"]
Direction = Literal["from", "to"]


@dataclass(frozen=True)
class NetworkRules:
    """
    How lines become a network.

    Parameters
    ----------
    cost
        What ways cost: minutes, or metres, for which no speeds are needed.
    tolerance
        Ends of lines so near to each other are joined, in metres.
    junctions
        Where roads meet: "ends", only where lines end; "touches", also where a line ends on another; "crossings", also
        where lines cross, which makes junctions of bridges and tunnels.
    default_speed
        Speed of roads that have neither a time nor a speed; without it they are refused. A speed of 0 closes a road.
    oneways
        Whether one-way roads are open in one direction only; without it, as for people on foot, in both.
    """

    cost: Cost = "minutes"
    tolerance: Metres = 0.1
    junctions: Junctions = "touches"
    default_speed: KilometresAnHour | None = None
    oneways: bool = True


@dataclass(frozen=True)
class RoadNetwork:
    """
    Nodes and edges; an edge is a stretch of road between two nodes.

    Parameters
    ----------
    xy
        Coordinates of the nodes, nodes by 2; neighbours in space are mostly neighbours by number.
    start, end
        Nodes at both ends of each edge.
    lines
        Its line, from start to end.
    row
        Its place in the layer of roads.
    metres
        Its length, that of the layer where it has one.
    minutes
        Its time from end to end; NaN where it is not known.
    ahead, back
        Whether it is open from start to end, and from end to start.
    component
        Part of the network in which each node lies, from 1, the longest; no way leads from one to another.
    returns
        Of each node, whether ways lead from it to the main part of its component and back, one-ways kept.
    crs
        System of the coordinates, in metres.
    cost
        What ways cost.
    report
        What was found and done: `fault`, `count`, `length_km`, `share` (of the length), `treatment`.
    """

    xy: Floats
    start: Indices
    end: Indices
    lines: Lines = field(repr=False)
    row: Indices
    metres: Floats
    minutes: Floats
    ahead: Mask
    back: Mask
    component: Indices
    returns: Mask
    crs: Any
    cost: Cost
    report: pd.DataFrame = field(repr=False)

    def costs(self) -> tuple[Floats, Floats]:
        """Costs of each edge from start to end and from end to start; infinite where it is closed."""
        cost = self.minutes if self.cost == "minutes" else self.metres
        return np.where(self.ahead, cost, np.inf), np.where(self.back, cost, np.inf)

    def graph(self, direction: Direction = "from") -> Graph:
        """
        Arcs by their tail.

        Parameters
        ----------
        direction
            "from": along the ways that go from a place; "to": against those that go to it.

        Returns
        -------
        graph
            For searches from any node.
        """
        there, back = self.costs()
        there, back = (there, back) if direction == "from" else (back, there)
        tail, head = np.concatenate([self.start, self.end]), np.concatenate([self.end, self.start])
        return graph_of(len(self.xy), tail, head, np.concatenate([there, back]))

    def components(self) -> pd.DataFrame:
        """One row per component: `component`, `nodes`, `edges`, `length_km`, `share` of the length."""
        number = int(self.component.max())
        mine = self.component[self.start]
        length = np.bincount(mine, self.metres, number + 1)[1:] / 1000
        return pd.DataFrame(
            {
                "component": np.arange(1, number + 1),
                "nodes": np.bincount(self.component, minlength=number + 1)[1:],
                "edges": np.bincount(mine, minlength=number + 1)[1:],
                "length_km": length,
                "share": length / length.sum(),
            }
        )


def road_network(
    roads: gpd.GeoDataFrame,
    speeds: pd.DataFrame | None = None,
    *,
    rules: NetworkRules | None = None,
    progress: Progress = no_progress,
) -> RoadNetwork:
    """
    Network of a layer of roads.

    Parameters
    ----------
    roads
        Lines in a projected CRS in metres, and, where known, `road`, `minutes`, `length`, `speed`, `oneway` and
        `road_class`.
    speeds
        Speed in km/h (`speed`) by `road_class`, for roads without a time or speed of their own; 0: closed.
    rules
        How lines become a network.
    progress
        Callback.

    Returns
    -------
    road_network
        Nodes, edges and what was mended.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layer.
    LayerError
        If there is no line longer than 0, or than the tolerance, coordinates are missing, roads have no speed or an
        impossible one, or a word of the rules or of `oneway` is none of those that there are.

    Warns
    -----
    GeoterritorioWarning
        If the network is in several components, or roads are closed (speed 0) or were given the default speed.

    Notes
    -----
    Heights play no part. Ends nearer than the tolerance to each other are joined where the first of them lies; a
    chain of such ends is one node, however long. A line is cut where others end on it (or cross it) and each piece
    has its share of the line's length and time. Lines drawn twice at the same cost count once.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString
    >>> lines = [LineString([(0, 0), (900, 0)]), LineString([(500, 0), (500, 300)])]
    >>> found = road_network(gpd.GeoDataFrame({"speed": [30, 6]}, geometry=lines, crs=25830))
    >>> found.minutes.round(2).tolist()
    [1.0, 0.8, 3.0]
    """
    rules = rules or NetworkRules()
    _sound(rules)
    if not len(roads):
        raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer="roads"))
    require_metres(roads, name="roads")
    progress(0, mark("Taking roads apart"))
    parts = stretches(roads)
    speed = prices(roads, parts, speeds, default=rules.default_speed, needed=rules.cost == "minutes")
    progress(0.2, mark("Joining roads"))
    joined = joints(parts.taken(speed.open), tolerance=rules.tolerance, junctions=rules.junctions)
    _refuse_none(joined, rules.tolerance)
    progress(0.7, mark("Building the network"))
    found = _built(roads, joined, speed, rules)
    _say_parts(found)
    progress(1)
    return found


def _sound(rules: NetworkRules) -> None:
    problems = problems_of(rules)
    if not 0 <= rules.tolerance < np.inf:
        problems.append(
            message("{name}: {value} is no length of 0 or more.", name="tolerance", value=rules.tolerance)
        )
    if rules.default_speed is not None and not 0 < rules.default_speed < np.inf:
        problems.append(
            message("{name}: {value} is no speed above 0.", name="default_speed", value=rules.default_speed)
        )
    if problems:
        raise LayerError(problems)


def _refuse_none(joined: Joints, tolerance: float) -> None:
    if not len(joined.start):
        raise LayerError(
            message(
                "tolerance: all roads are shorter than {value} m, so that none is left. Take a smaller one: it joins "
                "ends that should meet.",
                value=float(tolerance),
            )
        )


def _built(roads: gpd.GeoDataFrame, joined: Joints, speed: Speed, rules: NetworkRules) -> RoadNetwork:
    ahead, back = open_ways(roads, joined.row, oneways=rules.oneways)
    metres, minutes = speed.metres[joined.part] * joined.share, speed.minutes[joined.part] * joined.share
    kept, doubles = _once(joined, metres, minutes, ahead, back)
    used, ends = np.unique(np.concatenate([joined.start[kept], joined.end[kept]]), return_inverse=True)
    start, end = ends[: len(kept)], ends[len(kept) :]
    ahead, back, metres = ahead[kept], back[kept], metres[kept]
    component = _components(len(used), start, end, metres)
    returns = _returning(len(used), start, end, ahead, back, component)
    report = _report(
        [*joined.findings, *doubles, *speed.findings], metres, component[start], returns, start, end
    )
    found = RoadNetwork(
        joined.xy[used],
        start,
        end,
        joined.lines[kept],
        joined.row[kept],
        metres,
        minutes[kept],
        ahead,
        back,
        component,
        returns,
        roads.crs,
        rules.cost,
        report,
    )
    return _in_space(found)[0]


def _once(
    joined: Joints, metres: Floats, minutes: Floats, ahead: Mask, back: Mask
) -> tuple[Indices, list[tuple[str, int, float, str]]]:
    """Edges without repetitions, and what repeats."""
    low = joined.start > joined.end
    table = pd.DataFrame(
        {
            "a": np.minimum(joined.start, joined.end),
            "b": np.maximum(joined.start, joined.end),
            "line": shapely.to_wkb(shapely.normalize(joined.lines)),
        }
    )
    same = table.duplicated(keep=False).to_numpy()
    table = table[same].assign(
        minutes=np.round(minutes[same], 9),
        metres=np.round(metres[same], 6),
        up=np.where(low, back, ahead)[same],
        down=np.where(low, ahead, back)[same],
    )
    again = table.index[table.duplicated()].to_numpy()
    unlike = table.drop(index=again).duplicated(["a", "b", "line"])
    kept = np.setdiff1d(np.arange(len(joined.start)), again)
    return kept, [
        ("duplicates", len(again), float(metres[again].sum()), "left_out"),
        ("unlike_duplicates", int(unlike.sum()), float(metres[unlike.index[unlike]].sum()), "kept"),
    ]


def _components(nodes: int, start: Indices, end: Indices, metres: Floats) -> Indices:
    """Component of each node, from 1, the longest."""
    links = sparse.coo_array((np.ones(len(start)), (start, end)), shape=(nodes, nodes))
    number, label = connected_components(links, directed=False)
    length = np.bincount(label[start], metres, number)
    rank = np.empty(number, dtype=np.int64)
    rank[np.argsort(-length, kind="stable")] = np.arange(1, number + 1)
    return np.asarray(rank[label], dtype=np.int64)


def _returning(nodes: int, start: Indices, end: Indices, ahead: Mask, back: Mask, component: Indices) -> Mask:
    """Nodes of the largest part of each component in which all ways lead back."""
    tail, head = np.concatenate([start[ahead], end[back]]), np.concatenate([end[ahead], start[back]])
    links = sparse.coo_array((np.ones(len(tail)), (tail, head)), shape=(nodes, nodes))
    number, label = connected_components(links, directed=True, connection="strong")
    size = np.bincount(label, minlength=number)
    order = np.lexsort((-size[label], component))
    first = order[np.diff(component[order], prepend=0) != 0]
    main = np.zeros(number, dtype=bool)
    main[label[first]] = True
    return np.asarray(main[label], dtype=bool)


def _report(
    findings: list[tuple[str, int, float, str]],
    metres: Floats,
    component: Indices,
    returns: Mask,
    start: Indices,
    end: Indices,
) -> pd.DataFrame:
    apart = component > 1
    trapped = ~(returns[start] & returns[end])
    rows = [
        *findings,
        ("other_components", int(apart.sum()), float(metres[apart].sum()), "kept"),
        ("one_way_traps", int(trapped.sum()), float(metres[trapped].sum()), "kept"),
    ]
    table = pd.DataFrame(rows, columns=["fault", "count", "length_km", "treatment"])
    table["length_km"] /= 1000
    table["share"] = np.minimum(table["length_km"] / (metres.sum() / 1000), 1.0)
    return table[["fault", "count", "length_km", "share", "treatment"]]


def _say_parts(found: RoadNetwork) -> None:
    parts = found.components()
    if len(parts) > 1:
        text = message(
            "roads: the network is in {count} parts that no road joins; the largest has {percent} % of its length, "
            "the next {next} km. Ways from one to another do not exist; where they should, raise tolerance, or take "
            "junctions = crossings.",
            count=len(parts),
            percent=round(100 * float(parts["share"].iloc[0]), 1),
            next=float(f"{parts['length_km'].iloc[1]:.3g}"),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def road_names(roads: pd.DataFrame, row: Indices) -> npt.NDArray[np.object_]:
    """
    Names of roads.

    Parameters
    ----------
    roads
        Layer.
    row
        Places in it.

    Returns
    -------
    names
        Their identifiers; the number of the row, from 1, where they have none.
    """
    number = (row + 1).astype(str).astype(object)
    if "road" not in roads.columns:
        return np.asarray(number, dtype=object)
    own = roads["road"].to_numpy(dtype=object)[row]
    return np.where(pd.isna(own), number, own)


def with_places(
    network: RoadNetwork, edge: Indices, at: Floats
) -> tuple[RoadNetwork, Indices, Indices, Floats]:
    """
    Network in which places on its edges are nodes.

    Parameters
    ----------
    network
        Network.
    edge, at
        Edge of each place, and where on it, from 0 (start) to 1 (end).

    Returns
    -------
    network
        The same roads, cut at these places; their lines are those of the first network. Of edges that lie one on
        another, as the directions of a road, all are cut at one node: ways leave and arrive by any of them.
    node
        Node of each place.
    whole
        Edge of the first network from which each edge was cut.
    offset
        Where on that edge it begins and ends, edges by 2.
    """
    inside = (at > 0) & (at < 1)
    together = twins(network.start, network.end, network.lines)
    spots = pd.MultiIndex.from_arrays(together.on_first(edge[inside], at[inside]))
    cuts = spots.unique().sort_values()
    which, where = (cuts.get_level_values(k).to_numpy() for k in range(2))
    old, edges = len(network.xy), np.arange(len(network.start))
    node = np.where(at <= 0, network.start[edge], network.end[edge])
    node[inside] = old + cuts.get_indexer(spots)
    # Each edge begins with the old one, and goes on at each cut.
    on, place, cut_number = together.on_all(which, where)
    whole = np.concatenate([edges, on])
    begin = np.concatenate([np.zeros(len(edges)), place])
    order = np.lexsort((begin, whole))
    whole, begin = whole[order], begin[order]
    start = np.concatenate([network.start, old + cut_number])[order]
    last = np.diff(whole, append=-1) != 0
    finish = np.where(last, 1.0, np.append(begin[1:], 1.0))
    end = np.where(last, network.end[whole], np.append(start[1:], 0))
    beside = network.start[which]
    cut = replace(
        network,
        lines=network.lines[:0],
        xy=np.vstack([network.xy, Cutter(network.lines).points(which, where)]),
        component=np.concatenate([network.component, network.component[beside]]),
        returns=np.concatenate([network.returns, network.returns[beside]]),
        start=start,
        end=end,
        row=network.row[whole],
        metres=network.metres[whole] * (finish - begin),
        minutes=network.minutes[whole] * (finish - begin),
        ahead=network.ahead[whole],
        back=network.back[whole],
    )
    moved, number = _in_space(cut)
    return moved, number[node], whole, np.column_stack([begin, finish])


def _in_space(network: RoadNetwork) -> tuple[RoadNetwork, Indices]:
    """Network whose nodes are numbered along a curve through space, and the new number of each."""
    order = spatial_order(network.xy)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    moved = replace(
        network,
        xy=network.xy[order],
        component=network.component[order],
        returns=network.returns[order],
        start=number[network.start],
        end=number[network.end],
    )
    return moved, number
