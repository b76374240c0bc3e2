"""Land by road: roads shared out among centres by cost, and the land nearest to the roads of each."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.patterns._bounds import wrong_word
from geoterritorio.proximity._centres import (
    by_place,
    finished,
    owned,
    say_outside,
    say_polygons,
    say_shared,
    sound,
    whole_land,
)
from geoterritorio.proximity._cutting import Cutter, Floats, Indices
from geoterritorio.proximity._dijkstra import searches
from geoterritorio.proximity._faces import nearest_faces
from geoterritorio.proximity._reached import Edges, Parts, on_whole
from geoterritorio.proximity.network import Direction, RoadNetwork, with_places
from geoterritorio.proximity.snapping import Snapped
from geoterritorio.registry import PositiveMetres, Progress, no_progress

# Of centres equally near, each counts as farther than the one before by so many minutes or metres.
_STEP = {"minutes": 1e-9, "metres": 1e-6}
# Metres from its end at which a part of a road has its last point, so that land is parted where roads are.
_END = 0.01
# Metres within which roads of two centres lie on each other.
_TIE = 1.0
_POINTS = 5_000_000


@dataclass(frozen=True)
class AllocatedRoads:
    """
    Roads shared out among centres.

    Parameters
    ----------
    edge, begin, finish
        Part of an edge of the network, from 0 to 1.
    centre
        Number of the nearest centre in the layer; -1 where no way joins it to any.
    cost_begin, cost_finish
        Cost to or from that centre at both ends; NaN where there is none.
    """

    edge: Indices
    begin: Floats
    finish: Floats
    centre: Indices
    cost_begin: Floats
    cost_finish: Floats


def allocated_roads(
    network: RoadNetwork, centres: Snapped, *, direction: Direction = "to", progress: Progress = no_progress
) -> AllocatedRoads:
    """
    Parts of roads by the nearest centre.

    Parameters
    ----------
    network
        Network.
    centres
        Places on it.
    direction
        Whether ways lead "to" the centre or "from" it.
    progress
        Callback.

    Returns
    -------
    allocated_roads
        Roads, cut where two centres are equally near; where they are along a road, that whose name sorts first has it.

    Raises
    ------
    LayerError
        If the direction is neither of the two.

    References
    ----------
    .. [1] Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.
    """
    words = wrong_word("direction", direction, get_args(Direction))
    if words:
        raise LayerError(words)
    near = np.flatnonzero(centres.near)
    cut, node, whole, offset = with_places(network, centres.edge[near], centres.along[near])
    # The first by name is nearer by next to nothing, so that what is equally near goes to it throughout.
    rank = np.argsort(np.argsort(centres.place[near].astype(str), kind="stable"))
    spent = centres.leg[near] + rank * _STEP[network.cost]
    every = np.array([0, len(near)])
    sides = Edges(cut, direction)
    found = [
        parts
        for reach in searches(cut.graph(direction), node, spent, every, limit=np.inf, progress=progress)
        for parts in sides.reached(reach, np.inf)
    ]
    parts = Parts.together(found)
    alone = np.setdiff1d(np.arange(len(cut.start)), parts.edge)
    none, blank = np.full(len(alone), -1), np.full(len(alone), np.nan)
    rest = Parts(none, none, alone, np.zeros(len(alone)), np.ones(len(alone)), blank, blank)
    parts = on_whole(Parts.together([parts, rest]), whole, offset)
    return AllocatedRoads(
        parts.edge,
        parts.begin,
        parts.finish,
        np.append(near, -1)[parts.seed],
        parts.cost_begin,
        parts.cost_finish,
    )


def nearest_by_road(
    centres: gpd.GeoDataFrame,
    network: RoadNetwork,
    places: Snapped,
    *,
    territories: gpd.GeoDataFrame | None = None,
    direction: Direction = "to",
    step: PositiveMetres = 50.0,
    progress: Progress = no_progress,
) -> gpd.GeoDataFrame:
    """
    Land nearest to the roads that are nearest to each centre.

    Parameters
    ----------
    centres
        Points with `centre`; of polygons, a point inside counts.
    network
        Network.
    places
        The centres on it.
    territories
        Land to be shared out; without it, the rectangle around the roads and a tenth of its longer side beyond.
    direction
        Whether ways lead "to" the centre or "from" it.
    step
        Roads count as points so far apart at most, in metres.
    progress
        Callback.

    Returns
    -------
    areas
        As of `nearest_areas`, and a last row without `centre`: land nearest to roads from which no centre is reached.

    Raises
    ------
    LayerError
        If the step is not above 0, or the points of the roads are too many.

    Warns
    -----
    GeoterritorioWarning
        If centres lie at one place, outside the territories or have no land, and if roads reach no centre.

    Notes
    -----
    Roads are cut exactly where two centres cost the same. Land belongs to the nearest road, in a straight line,
    whatever lies between. Beside a cut the border is exact; elsewhere it is where points on the roads of two centres
    are equally far. These are no farther apart than the step, nor than the roads of the two are from each other, down
    to a metre; of roads nearer than that, as drawn twice, those of the centre whose name sorts first count.
    """
    sound(centres)
    if not 0 < step < np.inf:
        raise LayerError(message("{name}: {value} is no length above 0.", name="step", value=float(step)))
    roads = allocated_roads(network, places, direction=direction, progress=progress)
    names = places.place
    shared = by_place(places.xy, names)
    first, texts, number = shared
    # Centres by name, at one place the first; the last label are roads without one.
    order = np.full(len(names) + 1, len(first))
    order[first] = np.arange(len(first))
    label = order[roads.centre]
    xy, part = _points(_Owned(network, roads, label), step)
    frame = gpd.GeoDataFrame(geometry=[], crs=network.crs)
    land = whole_land(territories, frame, xy)
    say_polygons(centres)
    say_shared(shared)
    here = gpd.GeoDataFrame(geometry=shapely.points(places.xy), crs=network.crs)
    say_outside(here, names, None if territories is None else land)
    faces = nearest_faces(xy, label[part], land)
    lost = len(faces) > len(first) and not shapely.is_empty(faces[-1])
    own = np.full(len(first), shapely.Polygon(), dtype=object)
    own[: len(faces)] = faces[: len(first)]
    areas = owned(own, names[first], texts, number, network.crs, by_road=True)
    return _with_rest(areas, faces[-1], network, roads) if lost else areas


class _Owned:
    """Parts of roads with the label of their centre, on which points are placed."""

    def __init__(self, network: RoadNetwork, roads: AllocatedRoads, label: Indices) -> None:
        self.roads, self.label = roads, label
        self.cutter = Cutter(network.lines)
        self.length = shapely.length(network.lines)[roads.edge] * (roads.finish - roads.begin)
        self.tree = shapely.STRtree(self.cutter.pieces(roads.edge, roads.begin, roads.finish))

    def placed(self, part: Indices, at: Floats) -> Floats:
        """Coordinates of places on parts, from 0 to 1."""
        begin, finish = self.roads.begin[part], self.roads.finish[part]
        return self.cutter.points(self.roads.edge[part], begin + at * (finish - begin))

    def rivals(self, part: Indices, xy: Floats, within: Floats) -> tuple[Indices, Indices]:
        """Points, and parts near them that are another centre's; parts of one road meet only where they are cut."""
        point, other = self.tree.query(shapely.points(xy), predicate="dwithin", distance=within)
        differ = self.label[part[point]] != self.label[other]
        differ &= self.roads.edge[part[point]] != self.roads.edge[other]
        return point[differ], other[differ]


def _points(owned: _Owned, step: float) -> tuple[Floats, Indices]:
    """Points along parts of roads, denser where roads of two centres are near each other, and the part of each."""
    length, label = owned.length, owned.label
    size = np.maximum(np.ceil(length / step), 1).astype(np.int64)
    many = int(size.sum()) + 2 * len(size)
    _refuse_many(many, step)
    part = np.repeat(np.arange(len(size)), size)
    at = (np.arange(len(part)) - np.repeat(np.cumsum(size) - size, size) + 0.5) / size[part]
    width, found = length[part] / size[part], []
    while len(part):
        near = np.zeros(len(part), dtype=bool)
        near[owned.rivals(part, owned.placed(part, at), width)[0]] = True
        near &= width > _TIE
        found.append((part[~near], at[~near]))
        part, at, width = part[near], at[near], width[near] / 2
        apart = width / length[part] / 2
        part, at, width = np.tile(part, 2), np.concatenate([at - apart, at + apart]), np.tile(width, 2)
        many += len(part) // 2
        _refuse_many(many, step)
    end, every = np.minimum(_END / length, 0.25), np.arange(len(size))
    part = np.concatenate([*(p for p, _ in found), every, every])
    xy = owned.placed(part, np.concatenate([*(a for _, a in found), end, 1 - end]))
    # Where roads of two centres lie on each other, land goes to the one whose name sorts first.
    point, other = owned.rivals(part, xy, np.full(len(part), _TIE))
    kept = np.ones(len(part), dtype=bool)
    kept[point[label[other] < label[part[point]]]] = False
    return xy[kept], part[kept]


def _refuse_many(count: int, step: float) -> None:
    if count > _POINTS:
        raise LayerError(
            message(
                "step: roads count as {count} points {step} m apart, more than {most}. Raise step.",
                count=count,
                step=float(step),
                most=_POINTS,
            )
        )


def _with_rest(
    areas: gpd.GeoDataFrame, rest: Any, network: RoadNetwork, roads: AllocatedRoads
) -> gpd.GeoDataFrame:
    part = roads.centre < 0
    metres = float((network.metres[roads.edge] * (roads.finish - roads.begin))[part].sum())
    text = message(
        "roads: from {km} km of roads no centre is reached ({percent} % of all); the land along them is told apart.",
        km=float(f"{metres / 1000:.3g}"),
        percent=float(f"{100 * metres / network.metres.sum():.2g}"),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    columns = ["centre", "centres", "places", "geometry"]
    last = pd.DataFrame({"centre": [None], "centres": [None], "places": [0], "geometry": [rest]})
    return finished(pd.concat([pd.DataFrame(areas[columns]), last], ignore_index=True), network.crs, [])
