"""What can be reached within budgets: parts of roads, and the land along them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from os import cpu_count
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.patterns._bounds import problems_of
from geoterritorio.proximity._cutting import Cutter, Floats, Indices
from geoterritorio.proximity._dijkstra import searches
from geoterritorio.proximity._limits import numbers_of
from geoterritorio.proximity._outlines import Outlines
from geoterritorio.proximity._reached import Edges, Parts, bands, on_whole
from geoterritorio.proximity.network import Direction, RoadNetwork, with_places
from geoterritorio.proximity.snapping import Snapped
from geoterritorio.registry import PositiveMetres, Progress, no_progress

PerOrigin = Literal["areas", "edges", "none"]
# Parts of edges that one layer may hold.
_PARTS = 5_000_000


@dataclass(frozen=True)
class ReachRules:
    """
    How reach is drawn.

    Parameters
    ----------
    radius
        Land within so many metres of a reached part of a road counts as reached.
    direction
        What can be reached "from" the places, or from where they can be reached ("to"): one-way roads tell them apart.
    per_origin
        What is given for each place beside what is reached from any: its "areas", its roads and areas ("edges"), or
        "none".
    """

    radius: PositiveMetres = 50.0
    direction: Direction = "from"
    per_origin: PerOrigin = "areas"


@dataclass(frozen=True)
class Isochrones:
    """
    Reach of places.

    Parameters
    ----------
    areas
        One row per origin and budget, the largest budget first: `origin`, `up_to`, `unit`, `radius`, `area_km2`,
        `length_km` (of roads), polygons.
    merged
        One row per budget and piece of land reached from any origin: `up_to`, `unit`, `radius`, `part`, `origins`
        (their names, with semicolons between), `places` (their number), `area_km2`, polygons.
    edges
        Parts of roads: `origin` (the nearest, unless edges per origin were asked for), `row` (place of the road),
        `up_to` (the smallest budget), `cost_start`, `cost_end` (cost at both ends, between which it changes evenly),
        `length` (metres), lines as the roads are drawn.
    """

    areas: gpd.GeoDataFrame
    merged: gpd.GeoDataFrame
    edges: gpd.GeoDataFrame


def isochrones(
    network: RoadNetwork,
    origins: Snapped,
    *,
    budgets: Sequence[float] = (15, 30, 60),
    rules: ReachRules | None = None,
    progress: Progress = no_progress,
) -> Isochrones:
    """
    Reach of places by road.

    Parameters
    ----------
    network
        Network.
    origins
        Places on it.
    budgets
        Largest costs, themselves within, in minutes or metres as the network's.
    rules
        How reach is drawn.
    progress
        Callback.

    Returns
    -------
    isochrones
        Land by origin and budget, land reached from any origin, parts of roads.

    Raises
    ------
    LayerError
        If budgets or radius are not above 0, a word of the rules is none of those that there are, or edges
        per origin would be too many for a layer.

    Warns
    -----
    GeoterritorioWarning
        If the way to the road alone costs more than the largest budget.

    Notes
    -----
    Roads are cut exactly where the budget ends, and where ways from both sides meet. A polygon is the union of all
    points within the radius of these parts, no hull: land farther from every reached road is never in it. Its arcs have
    sixteen corners to the circle, which lie on it, so that land within the radius is left out by up to 2 % of the
    radius. The budget is spent on roads and on the leg to the first one; it does not shrink the radius.

    References
    ----------
    .. [1] Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point
    >>> from geoterritorio.proximity import road_network, snap
    >>> roads = gpd.GeoDataFrame({"speed": [6]}, geometry=[LineString([(0, 0), (900, 0)])], crs=25830)
    >>> place = gpd.GeoDataFrame({"centre": ["a"]}, geometry=[Point(200, 0)], crs=25830)
    >>> network = road_network(roads)
    >>> found = isochrones(network, snap(place, network, name="origins"), budgets=[1, 5])
    >>> found.areas[["up_to", "length_km"]].to_numpy().round(3).tolist()
    [[5.0, 0.7], [1.0, 0.2]]
    """
    rules = rules or ReachRules()
    limits = _sound(budgets, rules)
    near = np.flatnonzero(origins.near & (origins.leg < limits[-1]))
    _say_far_off(int(origins.near.sum()) - len(near), int(origins.near.sum()), limits[-1])
    cut, node, whole, offset = with_places(network, origins.edge[near], origins.along[near])
    work = _Work(
        network,
        cut,
        Edges(cut, rules.direction),
        whole,
        offset,
        node,
        origins.leg[near],
        limits,
        rules.direction,
    )
    outlines = Outlines(network.lines, rules.radius)
    pooled, band = bands(Parts.together(list(work.parts(pooled=True))), limits)
    merged = _merged(pooled, band, outlines, limits, origins, near, network)
    areas, each = _each(work, outlines, origins.place[near], rules.per_origin, progress)
    edges, band = each if each is not None else (pooled, band)
    progress(1)
    return Isochrones(
        areas, merged, _edges(edges, band, outlines.cutter, limits, origins.place[near], network)
    )


def _sound(budgets: Sequence[float], rules: ReachRules) -> list[float]:
    limits = numbers_of("budgets", budgets, such_as="[15, 30, 60]")
    wrong = [b for b in limits if not 0 < b < np.inf]
    problems = [message("{name}: {value} is no budget above 0.", name="budgets", value=b) for b in wrong]
    if not limits:
        problems.append(message("budgets: there is none. Give at least one, such as 15."))
    if not 0 < rules.radius < np.inf:
        problems.append(
            message("{name}: {value} is no length above 0.", name="radius", value=float(rules.radius))
        )
    problems += problems_of(rules)
    if problems:
        raise LayerError(problems)
    return sorted(set(limits))


def _say_far_off(count: int, number: int, most: float) -> None:
    if not count:
        return
    text = message(
        "origins: for {count} of {number} the way to the road alone costs {most} or more; they reach nothing.",
        count=count,
        number=number,
        most=most,
    )
    if count == number:
        raise LayerError(text)
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


@dataclass(frozen=True)
class _Work:
    """Network, the same cut at its origins, and how searches go through it."""

    network: RoadNetwork
    cut: RoadNetwork
    sides: Edges
    whole: Indices
    offset: Floats
    node: Indices
    leg: Floats
    limits: list[float]
    direction: Direction

    def parts(self, *, pooled: bool, progress: Progress = no_progress) -> Iterator[Parts]:
        """Parts of edges reached by batches of searches, one for each origin, or one for all."""
        number = len(self.node)
        first = np.array([0, number]) if pooled else np.arange(number + 1)
        limit = self.limits[-1]
        graph = self.cut.graph(self.direction)
        for reach in searches(graph, self.node, self.leg, first, limit=limit, progress=progress):
            for parts in self.sides.reached(reach, limit):
                yield on_whole(parts, self.whole, self.offset)


def _each(
    work: _Work, outlines: Outlines, names: object, per_origin: PerOrigin, progress: Progress
) -> tuple[gpd.GeoDataFrame, tuple[Parts, Indices] | None]:
    """Land of each origin, and the parts of roads behind it, where asked for."""
    rows: list[tuple[int, float, float]] = []
    shapes: list[object] = []
    kept: list[tuple[Parts, Indices]] = []
    held = done = 0
    number = len(work.node) if per_origin != "none" else 0
    with ThreadPoolExecutor(cpu_count()) as threads:
        for batch in work.parts(pooled=False) if number else ():
            parts, band = bands(batch, work.limits)
            jobs = _jobs(parts, band, len(work.limits))
            drawn = threads.map(partial(_lands, outlines, parts), jobs)
            length = work.network.metres[parts.edge] * (parts.finish - parts.begin)
            for job, lands in zip(jobs, drawn, strict=True):
                rows += [(int(parts.search[w[0]]), k, float(length[w].sum()) / 1000) for k, w in job.items()]
                shapes += lands
            if per_origin == "edges":
                kept.append((parts, band))
                held += len(band)
                _refuse_many(held)
            done += len(np.unique(parts.search))
            progress(done / number, mark("Drawing what is reached"))
    table = _areas(rows, shapes, names, work, outlines.radius)
    if per_origin != "edges" or not kept:
        return table, None
    return table, (Parts.together([p for p, _ in kept]), np.concatenate([b for _, b in kept]))


def _jobs(parts: Parts, band: Indices, number: int) -> list[dict[int, Indices]]:
    """Of each search, by budget, the places of the parts within it."""
    order = np.lexsort((band, parts.search))
    search, band = parts.search[order], band[order]
    bounds = np.flatnonzero(np.diff(search, prepend=-1) != 0)
    jobs = []
    for low, high in pairwise([*bounds.tolist(), len(search)]):
        last = low + np.searchsorted(band[low:high], np.arange(number), side="right")
        jobs.append({k: order[low:end] for k, end in enumerate(last.tolist()) if end > low})
    return jobs


def _lands(outlines: Outlines, parts: Parts, within: dict[int, Indices]) -> list[Any]:
    """Land by budget, from the smallest on."""
    lands: list[Any] = []
    for which in within.values():
        smaller = lands[-1] if lands else None
        lands.append(outlines.of(parts.edge[which], parts.begin[which], parts.finish[which], smaller=smaller))
    return lands


def _areas(
    rows: list[tuple[int, float, float]], shapes: list[object], names: object, work: _Work, radius: float
) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=["origin", "up_to", "length_km"])
    found = np.array([*shapes, None], dtype=object)[:-1]
    table["area_km2"] = shapely.area(found) / 1e6
    frame = gpd.GeoDataFrame(table, geometry=found, crs=work.network.crs)
    frame = frame.sort_values(["up_to", "origin"], ascending=[False, True], ignore_index=True)
    frame["origin"] = np.asarray(names)[frame["origin"].to_numpy(np.int64)]
    frame["up_to"] = np.asarray(work.limits)[frame["up_to"].to_numpy(np.int64)]
    frame["unit"], frame["radius"] = work.network.cost, radius
    return frame[["origin", "up_to", "unit", "radius", "area_km2", "length_km", "geometry"]]


def _merged(
    parts: Parts,
    band: Indices,
    outlines: Outlines,
    limits: list[float],
    origins: Snapped,
    near: Indices,
    network: RoadNetwork,
) -> gpd.GeoDataFrame:
    """Land reached from any origin, piece by piece, with the origins in it."""
    rows = []
    within = {k: np.flatnonzero(band <= k) for k in range(len(limits))}
    within = {k: which for k, which in within.items() if len(which)}
    lands = dict(zip(within, _lands(outlines, parts, within), strict=True))
    for k in reversed(lands):
        pieces = shapely.get_parts(lands[k])
        pieces = pieces[np.argsort(-shapely.area(pieces), kind="stable")]
        here = near[origins.leg[near] < limits[k]]
        spot, piece = shapely.STRtree(pieces).query(shapely.points(origins.on[here]), predicate="intersects")
        for number, shape in enumerate(pieces):
            inside = origins.place[here[np.sort(spot[piece == number])]]
            told = (network.cost, outlines.radius, number + 1, "; ".join(inside), len(inside))
            rows.append((limits[k], *told, shape.area / 1e6, shape))
    columns = ["up_to", "unit", "radius", "part", "origins", "places", "area_km2", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=network.crs)


def _edges(
    parts: Parts, band: Indices, cutter: Cutter, limits: list[float], names: object, network: RoadNetwork
) -> gpd.GeoDataFrame:
    order = np.lexsort((parts.begin, parts.edge, parts.search))
    parts, band = parts.taken(order), band[order]
    table = pd.DataFrame(
        {
            "origin": np.asarray(names)[parts.seed],
            "row": network.row[parts.edge],
            "up_to": np.asarray(limits)[band],
            "cost_start": parts.cost_begin,
            "cost_end": parts.cost_finish,
            "length": network.metres[parts.edge] * (parts.finish - parts.begin),
        }
    )
    lines = cutter.pieces(parts.edge, parts.begin, parts.finish)
    return gpd.GeoDataFrame(table, geometry=lines, crs=network.crs)


def _refuse_many(number: int) -> None:
    if number > _PARTS:
        raise LayerError(
            message(
                "per_origin: the parts of roads that origins reach are more than {count}. Take fewer origins or "
                "smaller budgets, or leave edges per origin out.",
                count=_PARTS,
            )
        )
