"""Outlines of areas put together from places whose boundaries do not quite meet, and names of areas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from os import cpu_count
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.layers.findings import strings
from geoterritorio.registry import Metres

Codes = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]
Names = npt.NDArray[np.object_]
_MILLIMETRE = 1e-3
_LOOK: Mapping[str, Any] = {"quad_segs": 1, "join_style": "mitre"}


def outlines(places: gpd.GeoDataFrame, label: Codes, number: int, *, snap: Metres = 50) -> gpd.GeoSeries:
    """
    Outlines of areas.

    Parameters
    ----------
    places
        Polygons or points, in a projected CRS in metres.
    label
        Area of each place, numbered from 0; -1 for none.
    number
        How many areas there are.
    snap
        Metres up to which a gap between places of an area is filled, where it is no other place's ground. Where
        boundaries meet, nothing is changed.

    Returns
    -------
    outlines
        By number of the area.

    Examples
    --------
    >>> boxes = [shapely.box(0, 0, 100, 100), shapely.box(102, 0, 200, 100)]
    >>> places = gpd.GeoDataFrame(geometry=boxes, crs=25830)
    >>> outlines(places, np.array([0, 0]), 1, snap=5).area.tolist()
    [20000.0]
    """
    shapes = places.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    # GEOS works without Python's lock, on each area by itself.
    with ThreadPoolExecutor(cpu_count()) as threads:
        found = list(threads.map(partial(_outline, shapes, label, tree, snap), range(number)))
    return gpd.GeoSeries(found, crs=places.crs)


def _outline(shapes: Shapes, label: Codes, tree: shapely.STRtree, snap: float, area: int) -> shapely.Geometry:
    mine = shapes[label == area]
    if snap == 0 or (shapely.get_dimensions(mine) < 2).any():  # noqa: PLR2004 - an area
        return shapely.union_all(mine)
    apart = shapely.coverage_invalid_edges(mine, snap)
    apart = apart[~shapely.is_empty(apart)]
    if not len(apart):
        return shapely.coverage_union_all(mine)
    whole = shapely.union_all(mine)
    # Only where boundaries do not meet is there anything to fill: the rest is left alone, narrow bays too.
    lines = shapely.simplify(shapely.multilinestrings(shapely.get_parts(apart)), 2 * snap)
    part = shapely.intersection(whole, shapely.buffer(lines, 4 * snap, cap_style="square", **_LOOK))
    closed = shapely.buffer(shapely.buffer(part, snap / 2, **_LOOK), -snap / 2, **_LOOK)
    near = tree.query(closed, predicate="intersects")
    others = shapely.union_all(shapes[near[label[near] != area]])
    # To the millimetre, so that what buffering moves by less leaves no slivers.
    healed = shapely.difference(closed, others, grid_size=_MILLIMETRE)
    return _polygons(shapely.union(whole, healed, grid_size=_MILLIMETRE))


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape without the points and lines that overlays leave."""
    if shape.geom_type in {"Polygon", "MultiPolygon"}:
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004 - of polygons


def names_of(places: gpd.GeoDataFrame, units: pd.Index, centres: Iterable[object]) -> Names:
    """
    Names of areas: those of the places they are called after.

    Parameters
    ----------
    places
        Places, with or without `name`.
    units
        Their identifiers.
    centres
        Identifier of the place after which each area is called.

    Returns
    -------
    names
        Identifiers where there is no name, and beside names that several areas share.

    Examples
    --------
    >>> places = gpd.GeoDataFrame({"name": ["Villanueva", "Villanueva", None]})
    >>> names_of(places, pd.Index(["1", "2", "3"]), ["1", "3"]).tolist()
    ['Villanueva', '3']
    """
    ids = pd.Series(list(centres), dtype=object)
    if "name" not in places.columns:
        return np.asarray(ids, dtype=object)
    named = strings(places["name"]).set_axis(units).reindex(ids).reset_index(drop=True).astype(object)
    shared = named.duplicated(keep=False) & named.notna()
    found = named.fillna(ids).mask(shared, named + " (" + ids + ")")
    return np.asarray(found, dtype=object)
