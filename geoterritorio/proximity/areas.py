"""Areas around centres, and land nearest to each of them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.crs import align, has_geometry, require_metres
from geoterritorio.layers.findings import listing
from geoterritorio.proximity._cutting import Cutter, Floats, Indices
from geoterritorio.proximity._dijkstra import searches
from geoterritorio.proximity._faces import Shapes, nearest_faces, solid
from geoterritorio.proximity._reached import Edges, Parts, on_whole
from geoterritorio.proximity.network import Direction, RoadNetwork, with_places
from geoterritorio.proximity.snapping import Snapped
from geoterritorio.registry import Metres, Progress, no_progress

Overlap = Literal["keep", "dissolve"]
Texts = npt.NDArray[np.object_]
# Segments in a quarter of a circle: the arcs of buffers lie inside the circle by 0.03 % of its radius at most.
_QUARTER = 32
# Share of the longer side by which the land reaches beyond the centres, where no territories say how far.
_MARGIN = 0.1
# Of centres equally near, each counts as farther than the one before by so many minutes or metres.
_STEP = {"minutes": 1e-9, "metres": 1e-6}
# Metres from its end at which a part of a road has its last point, so that land is parted where roads are.
_END = 0.01
_POINTS = 5_000_000


def service_areas(
    centres: gpd.GeoDataFrame,
    *,
    distances: Sequence[float] = (1000.0,),
    overlap: Overlap = "keep",
    rings: bool = False,
    territories: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """
    Land within straight distances of centres.

    Parameters
    ----------
    centres
        Points or polygons with `centre`, in metres; a polygon belongs to its own area.
    distances
        Metres from the centre.
    overlap
        "keep" has an area for each centre, whatever the others; "dissolve" one for each piece of land that lies within
        the distance of any.
    rings
        Whether an area begins where that of the next smaller distance ends.
    territories
        Land to which areas are cut.

    Returns
    -------
    areas
        The largest distance first: `area`, `centre` (missing where it has several), `centres` (their names, with
        semicolons between), `places` (their number), `starts_at` (metres; 0 of a disk), `up_to` (metres), `area_km2`.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layer.
    LayerError
        If there are no centres, they have no geometry or names are repeated, or a distance is not above 0.

    Warns
    -----
    GeoterritorioWarning
        If centres lie at one place, or outside the territories.

    Notes
    -----
    Circles have 128 corners, which lie on them: an area is 0.04 % smaller than the circle.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> towns = gpd.GeoDataFrame({"centre": ["a"]}, geometry=[Point(5e5, 4.5e6)], crs=25830)
    >>> service_areas(towns, distances=[1000])["area_km2"].round(2).tolist()
    [3.14]
    """
    limits = _limits(distances)
    _sound(centres)
    require_metres(centres, name="centres")
    land = None if territories is None else _land(territories, centres)
    names = centres["centre"].to_numpy(dtype=object)
    _say_shared(_shared(_spots(centres), names))
    _say_outside(centres, names, land)
    within = [_cut(shapely.buffer(centres.geometry.to_numpy(), d, quad_segs=_QUARTER), land) for d in limits]
    tables = (
        _kept(names, within, rings=rings) if overlap == "keep" else _dissolved(names, within, rings=rings)
    )
    return _numbered(tables, limits, centres, rings=rings)


def _kept(names: Texts, within: list[Shapes], *, rings: bool) -> list[pd.DataFrame]:
    tables = []
    for k, shapes in enumerate(within):
        mine = solid(shapely.difference(shapes, within[k - 1])) if rings and k else shapes
        tables.append(pd.DataFrame({"centres": names, "places": 1, "geometry": mine}))
    return tables


def _dissolved(names: Texts, within: list[Shapes], *, rings: bool) -> list[pd.DataFrame]:
    order = np.argsort(names.astype(str), kind="stable")
    tables, smaller = [], None
    for shapes in within:
        land = shapely.union_all(shapes)
        own = land if smaller is None or not rings else shapely.difference(land, smaller)
        pieces = shapely.get_parts(solid(np.array([own], dtype=object)))
        pieces = pieces[np.argsort(-shapely.area(pieces), kind="stable")]
        piece, mine = shapely.STRtree(shapes[order]).query(pieces, predicate="intersects")
        rows = [names[order[np.sort(mine[piece == k])]] for k in range(len(pieces))]
        texts = ["; ".join(map(str, row)) for row in rows]
        tables.append(pd.DataFrame({"centres": texts, "places": [len(r) for r in rows], "geometry": pieces}))
        smaller = land
    return tables


def _numbered(
    tables: list[pd.DataFrame], limits: list[float], centres: gpd.GeoDataFrame, *, rings: bool
) -> gpd.GeoDataFrame:
    for k, table in enumerate(tables):
        table["starts_at"] = limits[k - 1] if rings and k else 0.0
        table["up_to"] = limits[k]
    found = pd.concat(tables[::-1], ignore_index=True)
    gone = shapely.is_empty(found["geometry"].to_numpy())
    if gone.any():
        text = message(
            "centres: areas wholly outside the territories, left out: {count} ({names}).",
            count=int(gone.sum()),
            names=listing(found["centres"][gone]),
        )
        if gone.all():
            raise LayerError(
                message("centres: all areas lie outside the territories. Check the system of both.")
            )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
        found = found[~gone].reset_index(drop=True)
    found["centre"] = found["centres"].where(found["places"] == 1)
    return _finished(found, centres.crs, ["starts_at", "up_to"])


def _finished(found: pd.DataFrame, crs: Any, extra: list[str]) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame(found, geometry="geometry", crs=crs)
    frame["area"] = _identifiers(len(frame))
    frame["area_km2"] = frame.geometry.area / 1e6
    return frame[["area", "centre", "centres", "places", *extra, "area_km2", "geometry"]]


def _identifiers(number: int) -> Texts:
    width = len(str(max(number, 1)))
    return np.array([f"A{k:0{width}d}" for k in range(1, number + 1)], dtype=object)


def _limits(distances: Sequence[float]) -> list[float]:
    problems = [
        message("{name}: {value} is no length above 0.", name="distances", value=float(d))
        for d in distances
        if not 0 < d < np.inf
    ]
    if not len(distances):
        problems.append(message("distances: there is none. Give at least one, such as 1000."))
    if problems:
        raise LayerError(problems)
    return sorted({float(d) for d in distances})


def _sound(centres: gpd.GeoDataFrame) -> None:
    if not len(centres):
        raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer="centres"))
    lost = len(centres)
    if has_geometry(centres):
        lost = int((centres.geometry.isna() | centres.geometry.is_empty).sum())
    if lost:
        raise LayerError(
            message(
                "{layer}: {count} places have no point, or one without coordinates. Place or remove them.",
                layer="centres",
                count=lost,
            )
        )
    twice = centres["centre"][centres["centre"].duplicated()]
    if len(twice):
        raise LayerError(
            message(
                "centres: names stand in several rows ({count}): {names}. Give each place its own.",
                count=len(twice),
                names=listing(dict.fromkeys(twice)),
            )
        )


def _land(territories: gpd.GeoDataFrame, centres: gpd.GeoDataFrame) -> Any:
    if not len(territories):
        raise LayerError(
            message("{layer}: the layer is empty. Choose a layer with rows.", layer="territories")
        )
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: land is cut to polygons, these are points."))
    shapes = align(territories, centres, name="territories").geometry.to_numpy()
    land = shapely.union_all(shapes)
    shapely.prepare(land)
    return land


def _cut(shapes: Shapes, land: Any) -> Shapes:
    return shapes if land is None else solid(shapely.intersection(shapes, land))


def _spots(centres: gpd.GeoDataFrame) -> Floats:
    """Coordinates of centres; of polygons, those of a point inside."""
    points = centres.geometry.representative_point().to_numpy()
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def _shared(xy: Floats, names: Texts) -> tuple[Indices, Texts, Indices]:
    """
    Centres by place.

    Of each place the centre whose name sorts first, the names of all there, and how many; sorted by name.
    """
    order = np.argsort(names.astype(str), kind="stable")
    _, first, place = np.unique(xy[order], axis=0, return_index=True, return_inverse=True)
    first, rank = np.sort(first), np.argsort(np.argsort(first))
    place = rank[place.ravel()]
    texts = pd.Series(names[order].astype(str)).groupby(place).agg("; ".join).to_numpy(dtype=object)
    return order[first], texts, np.bincount(place)


def _say_shared(shared: tuple[Indices, Texts, Indices]) -> None:
    _, texts, number = shared
    if (number > 1).any():
        text = message(
            "centres: places at which several centres lie: {count} ({names}).",
            count=int((number > 1).sum()),
            names=listing(texts[number > 1]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _say_outside(centres: gpd.GeoDataFrame, names: Texts, land: Any) -> None:
    if land is None:
        return
    outside = ~shapely.intersects(land, centres.geometry.to_numpy())
    if outside.any():
        text = message(
            "centres: {count} of {number} lie outside the territories: {names}. Land inside may still be theirs.",
            count=int(outside.sum()),
            number=len(names),
            names=listing(names[outside]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def nearest_areas(
    centres: gpd.GeoDataFrame, *, territories: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """
    Land nearest to each centre in a straight line.

    Parameters
    ----------
    centres
        Points with `centre`, in metres; of polygons, a point inside counts.
    territories
        Land to be shared out; without it, the rectangle around the centres and a tenth of its longer side beyond.

    Returns
    -------
    areas
        By name of centre: `area`, `centre`, `centres` (all at its place, with semicolons between), `places` (their
        number), `area_km2`. Centres to which no land is nearest have none.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layer.
    LayerError
        If there are no centres, names are repeated, or all lie at one place and no territories bound the land.

    Warns
    -----
    GeoterritorioWarning
        If centres lie at one place, outside the territories, have no land, or are polygons.

    Notes
    -----
    Areas do not overlap and leave nothing out. A border is as near to one centre as to the other; what lies on it
    counts for the centre whose name sorts first, which is also that of several at one place.

    References
    ----------
    .. [1] Okabe, A., Boots, B., Sugihara, K. & Chiu, S. N. (2000). Spatial Tessellations: Concepts and Applications of
       Voronoi Diagrams, 2nd ed. Wiley.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> towns = gpd.GeoDataFrame({"centre": ["a", "b"]}, geometry=[Point(0, 0), Point(4000, 0)], crs=25830)
    >>> towns = towns.set_geometry(towns.translate(5e5, 4.5e6))
    >>> land = gpd.GeoDataFrame({"territory": ["t"]}, geometry=[box(499e3, 4.499e6, 505e3, 4.501e6)], crs=25830)
    >>> nearest_areas(towns, territories=land)["area_km2"].round(6).tolist()
    [6.0, 6.0]
    """
    _sound(centres)
    require_metres(centres, name="centres")
    names, xy = centres["centre"].to_numpy(dtype=object), _spots(centres)
    shared = _shared(xy, names)
    land = _whole(territories, centres, xy)
    _say_polygons(centres)
    _say_shared(shared)
    _say_outside(centres, names, None if territories is None else land)
    first, texts, number = shared
    faces = nearest_faces(xy[first], np.arange(len(first)), land)
    return _owned(faces, names[first], texts, number, centres.crs)


def _whole(territories: gpd.GeoDataFrame | None, centres: gpd.GeoDataFrame, xy: Floats) -> Any:
    if territories is not None:
        return _land(territories, centres)
    margin = _MARGIN * float(np.ptp(xy, axis=0).max())
    if margin <= 0:
        raise LayerError(
            message("centres: nothing says how far land reaches around a single place. Give territories.")
        )
    return shapely.box(*(xy.min(axis=0) - margin), *(xy.max(axis=0) + margin))


def _say_polygons(centres: gpd.GeoDataFrame) -> None:
    count = int(centres.geom_type.isin(["Polygon", "MultiPolygon"]).sum())
    if count:
        text = message(
            "centres: polygons, of which the distance to a point inside counts: {count}.", count=count
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _owned(
    faces: Shapes, first: Texts, texts: Texts, number: Indices, crs: Any, *, by_road: bool = False
) -> gpd.GeoDataFrame:
    found = pd.DataFrame({"centre": first, "centres": texts, "places": number, "geometry": faces})
    gone = shapely.is_empty(faces)
    if gone.all():
        raise LayerError(
            message("centres: no land is nearest to any. Check that layers cover the same land.")
        )
    if gone.any():
        values = {"count": int(gone.sum()), "number": len(faces), "names": listing(texts[gone])}
        text = message(
            "centres: to {count} of {number} no land is nearest, they have no area: {names}.", **values
        )
        if by_road:
            text = message(
                "centres: {count} of {number} have no area by road: {names}. They are too far from roads, or another "
                "is nearer even where they join it; see max_distance and walking_speed.",
                **values,
            )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return _finished(found[~gone].reset_index(drop=True), crs, [])


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

    References
    ----------
    .. [1] Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.
    """
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
    step: Metres = 50.0,
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
    whatever lies between. Beside a cut the border is exact; elsewhere between roads of two centres it is where the
    nearest points on both are equally far, which is off by up to a quarter of the step.
    """
    _sound(centres)
    if not 0 < step < np.inf:
        raise LayerError(message("{name}: {value} is no length above 0.", name="step", value=float(step)))
    roads = allocated_roads(network, places, direction=direction, progress=progress)
    xy, label = _points(network, roads, step)
    frame = gpd.GeoDataFrame(geometry=[], crs=network.crs)
    land = _whole(territories, frame, xy)
    names = places.place
    shared = _shared(places.xy, names)
    _say_polygons(centres)
    _say_shared(shared)
    here = gpd.GeoDataFrame(geometry=shapely.points(places.xy), crs=network.crs)
    _say_outside(here, names, None if territories is None else land)
    first, texts, number = shared
    # Centres by name, at one place the first; the last label are roads without one.
    order = np.full(len(names) + 1, len(first))
    order[first] = np.arange(len(first))
    faces = nearest_faces(xy, order[label], land)
    lost = len(faces) > len(first) and not shapely.is_empty(faces[-1])
    own = np.full(len(first), shapely.Polygon(), dtype=object)
    own[: len(faces)] = faces[: len(first)]
    areas = _owned(own, names[first], texts, number, network.crs, by_road=True)
    return _with_rest(areas, faces[-1], network, roads) if lost else areas


def _points(network: RoadNetwork, roads: AllocatedRoads, step: float) -> tuple[Floats, Indices]:
    """Points along parts of roads, and the centre of each."""
    length = shapely.length(network.lines)[roads.edge] * (roads.finish - roads.begin)
    size = np.maximum(np.ceil(length / step), 1).astype(np.int64)
    total = int(size.sum()) + 2 * len(size)
    if total > _POINTS:
        raise LayerError(
            message(
                "step: roads count as {count} points {step} m apart, more than {most}. Raise step.",
                count=total,
                step=float(step),
                most=_POINTS,
            )
        )
    which = np.repeat(np.arange(len(size)), size)
    inner = (np.arange(len(which)) - np.repeat(np.cumsum(size) - size, size) + 0.5) / size[which]
    end = np.minimum(_END / length, 0.25)
    which = np.concatenate([which, np.arange(len(size)), np.arange(len(size))])
    at = np.concatenate([inner, end, 1 - end])
    place = roads.begin[which] + at * (roads.finish - roads.begin)[which]
    return Cutter(network.lines).points(roads.edge[which], place), roads.centre[which]


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
    return _finished(pd.concat([pd.DataFrame(areas[columns]), last], ignore_index=True), network.crs, [])
