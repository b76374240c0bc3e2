"""Which territory does each point lie in?

Points are sorted once, so each polygon looks only at the points of its own bounding box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.registry import Metres, Progress, no_progress

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int32]
Indices = npt.NDArray[np.int64]

OUTSIDE = -1
# Points are worked through in bands of this many, which bounds memory and scanning alike.
_BAND = 1_000_000


@dataclass(frozen=True)
class Assignment:
    """
    Points with their territory.

    Parameters
    ----------
    territory
        Identifier of the territory of each point, with the index of the points; missing where outside.
    position
        Row of that territory in the territories layer; -1 where outside.
    outside
        Number of points in no territory.
    on_border
        Number of points that touch several territories and lie inside one of them at most.
    several
        Number of points inside more than one territory: the territories overlap there.
    snapped
        Number of points outside that were given to the nearest territory.
    """

    territory: pd.Series
    position: Positions
    outside: int
    on_border: int
    several: int
    snapped: int


def assign(
    points: gpd.GeoDataFrame | gpd.GeoSeries,
    territories: gpd.GeoDataFrame,
    *,
    snap: Metres = 0,
    progress: Progress = no_progress,
) -> Assignment:
    """
    Territory of each point.

    A point belongs to the territory that contains or touches it; where several do, to the one whose
    identifier sorts first as text. A point without geometry, or with an empty one, is outside.

    Parameters
    ----------
    points
        Points, in the CRS of `territories`.
    territories
        Polygons with the column `territory`.
    snap
        Points outside every territory but within this distance of one (in units of the CRS, metres) go to
        the nearest, at equal distance to the one whose identifier sorts first; 0 snaps nothing.
    progress
        Called with the share of the work done.

    Returns
    -------
    assignment
        Territory and position of each point, and how many are outside, on borders, in overlaps and snapped.

    Notes
    -----
    CRS are not compared here: that is the caller's.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point, box
    >>> towns = gpd.GeoDataFrame({"territory": ["B", "A"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)])
    >>> firms = gpd.GeoSeries([Point(0.5, 0.5), Point(1, 0.5), Point(9, 9)])
    >>> assign(firms, towns).territory.tolist()
    ['B', 'A', nan]
    """
    names = territories["territory"].astype(str)
    order = np.argsort(names.to_numpy(dtype=object, na_value=""), kind="stable")
    polygons = np.asarray(territories.geometry.array)[order]
    x, y = _coordinates(points)
    position, pairs = _scan(x, y, polygons, progress)
    several = _inside_several(x, y, polygons, position, pairs)
    snapped = _snap(x, y, polygons, position, snap) if snap > 0 else 0
    found = position >= 0
    position[found] = order[position[found]]
    return Assignment(
        territory=pd.Series(
            names.array.take(position, allow_fill=True), index=points.index, name="territory"
        ),
        position=position,
        outside=int(len(position) - np.count_nonzero(found)),
        on_border=len(np.unique(pairs[0])) - several,
        several=several,
        snapped=snapped,
    )


def locate(x: Floats, y: Floats, polygons: npt.NDArray[Any]) -> Positions:
    """
    Position of the first polygon that contains or touches each coordinate.

    Parameters
    ----------
    x, y
        Coordinates, shape (points,), in the CRS of the polygons; NaN is outside.
    polygons
        Polygons, shape (polygons,), in order of precedence.

    Returns
    -------
    position
        Row of the polygon, shape (points,); -1 where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from shapely import box
    >>> locate(np.array([0.5, 5.0]), np.array([0.5, 5.0]), np.array([box(0, 0, 1, 1)]))
    array([ 0, -1], dtype=int32)
    """
    return _scan(x, y, np.asarray(polygons), no_progress)[0]


def _coordinates(points: gpd.GeoDataFrame | gpd.GeoSeries) -> tuple[Floats, Floats]:
    geometry = np.asarray(points.geometry.array)
    # Coordinates of an empty point are asked of GEOS in vain, and it raises.
    there = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    x, y = np.full((2, len(geometry)), np.nan)
    return shapely.get_x(geometry, where=there, out=x), shapely.get_y(geometry, where=there, out=y)


def _scan(
    x: Floats, y: Floats, polygons: npt.NDArray[Any], progress: Progress
) -> tuple[Positions, tuple[Indices, Indices]]:
    """First polygon of each point, and the (point, polygon) pairs met beyond the first."""
    position = np.full(len(x), OUTSIDE, np.int32)
    bounds = shapely.bounds(polygons)
    shapely.prepare(polygons)
    by_y = np.argsort(y)
    points: list[Indices] = [np.empty(0, np.int64)]
    owners: list[Indices] = [np.empty(0, np.int64)]
    for start in range(0, len(x), _BAND):
        band = by_y[start : start + _BAND]
        band = band[np.argsort(x[band])]
        for k, hit in _hits(x[band], y[band], polygons, bounds):
            rows = band[hit]
            again = position[rows] >= 0
            if again.any():
                points.append(rows[again])
                owners.append(np.full(np.count_nonzero(again), k))
                rows = rows[~again]
            position[rows] = k
        progress(min(1.0, (start + len(band)) / len(x)), "")
    shapely.destroy_prepared(polygons)
    return position, (np.concatenate(points), np.concatenate(owners))


def _hits(x: Floats, y: Floats, polygons: npt.NDArray[Any], bounds: Floats) -> Any:
    """Polygons with the points (sorted by `x`) that they contain or touch."""
    # Missing coordinates sort last in `x`; a missing `y` fails every comparison below.
    finite = np.isfinite(y)
    if not finite.any():
        return
    bottom, top = y[finite].min(), y[finite].max()
    near = np.flatnonzero((bounds[:, 3] >= bottom) & (bounds[:, 1] <= top))
    first = np.searchsorted(x, bounds[near, 0], "left")
    last = np.searchsorted(x, bounds[near, 2], "right")
    for k, low, high in zip(near.tolist(), first.tolist(), last.tolist(), strict=True):
        strip = y[low:high]
        box = np.flatnonzero((strip >= bounds[k, 1]) & (strip <= bounds[k, 3]))
        if len(box):
            box += low
            inside = shapely.intersects_xy(polygons[k], x[box], y[box])
            if inside.any():
                yield k, box[inside]


def _inside_several(
    x: Floats, y: Floats, polygons: npt.NDArray[Any], position: Positions, pairs: tuple[Indices, Indices]
) -> int:
    """Number of points inside (not merely touching) more than one polygon."""
    rows, owners = pairs
    if not len(rows):
        return 0
    met = np.unique(rows)
    rows, owners = np.concatenate([met, rows]), np.concatenate([position[met], owners])
    inside = np.empty(len(rows), bool)
    order = np.argsort(owners, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(owners[order])) + 1):
        polygon = polygons[owners[part[0]]]
        shapely.prepare(polygon)
        inside[part] = shapely.contains_xy(polygon, x[rows[part]], y[rows[part]])
    return int(np.count_nonzero(np.bincount(np.searchsorted(met, rows), weights=inside) > 1))


def _snap(x: Floats, y: Floats, polygons: npt.NDArray[Any], position: Positions, snap: float) -> int:
    """Give points outside to the nearest polygon within `snap`; `position` is filled in place."""
    lost = np.flatnonzero((position < 0) & np.isfinite(x) & np.isfinite(y))
    if not len(lost) or not len(polygons):
        return 0
    tree = shapely.STRtree(polygons)
    point, polygon = tree.query_nearest(shapely.points(x[lost], y[lost]), max_distance=snap)
    nearest = np.full(len(lost), len(polygons), np.int64)
    np.minimum.at(nearest, point, polygon)
    near = nearest < len(polygons)
    position[lost[near]] = nearest[near]
    return int(np.count_nonzero(near))
