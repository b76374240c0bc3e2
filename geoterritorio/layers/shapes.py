"""Geometries at the door: their kind, their coordinates, their validity."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import first_row, together
from geoterritorio.registry import Layer

_FAMILIES = {
    "point": ("Point",),
    "line": ("LineString", "MultiLineString"),
    "polygon": ("Polygon", "MultiPolygon"),
}
_FAMILY_NAMES = {"point": message("points"), "line": message("lines"), "polygon": message("polygons")}
_TYPES = {
    "Point": mark("points"),
    "MultiPoint": mark("multipoints"),
    "LineString": mark("lines"),
    "LinearRing": mark("lines"),
    "MultiLineString": mark("lines of several parts"),
    "Polygon": mark("polygons"),
    "MultiPolygon": mark("polygons of several parts"),
    "GeometryCollection": mark("collections of geometries"),
}
_POLE, _TURN = 90, 360
_HALF_TURN = 180
_BEYOND = 1e12


def single_points(frame: pd.DataFrame) -> Any:
    """Frame whose multipoints of one part are points, as many formats store them."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return frame
    shapes = frame.geometry.to_numpy()
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(shapes) == 1
    )
    if not single.any():
        return frame
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def shape_problems(frame: pd.DataFrame, schema: Layer, layer: str) -> Iterator[Message]:
    """
    What is wrong with the geometries of a layer.

    Parameters
    ----------
    frame
        Table or GeoDataFrame.
    schema
        What the layer must be.
    layer
        What it is called in messages.

    Yields
    ------
    problem
        One message for each kind of problem.
    """
    spatial = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None
    if not spatial:
        if "table" not in schema.geometry:
            yield message(
                "{layer}: a map layer with geometries ({wanted}) is needed, this is a table without them.",
                layer=layer,
                wanted=_families(schema),
            )
        return
    if schema.geometry == ("table",):
        return
    if frame.crs is None:
        yield message(
            "{layer}: the layer has no coordinate reference system. Assign the one its coordinates are in.",
            layer=layer,
        )
    yield from _kinds(frame.geometry, schema, layer)
    yield from _coordinates(frame.geometry, layer)


def _blank(shapes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    return np.asarray(shapely.is_missing(shapes) | shapely.is_empty(shapes))


def _kinds(geometry: gpd.GeoSeries, schema: Layer, layer: str) -> Iterator[Message]:
    blank = _blank(geometry.to_numpy())
    if blank.any() and "table" not in schema.geometry:
        yield message(
            "{layer}: geometries are missing (rows: {count}, first: {row}). Draw them or remove the rows.",
            layer=layer,
            count=int(blank.sum()),
            row=first_row(blank),
        )
    accepted = {t for family in schema.geometry if family != "table" for t in _FAMILIES[family]}
    kinds = geometry.geom_type
    wrong = ~blank & ~kinds.isin(accepted).to_numpy()
    if wrong.any():
        yield message(
            "{layer}: geometries are of the wrong kind, {found} (rows: {count}, first: {row}). Needed are {wanted}.",
            layer=layer,
            count=int(wrong.sum()),
            found=together(Message(_TYPES[k]) for k in sorted(set(kinds[wrong]))),
            row=first_row(wrong),
            wanted=_families(schema),
        )
    solid = ~blank & kinds.isin(_FAMILIES["polygon"]).to_numpy()
    yield from _faces(geometry.to_numpy(), solid, layer)


def _faces(shapes: npt.NDArray[Any], solid: npt.NDArray[np.bool_], layer: str) -> Iterator[Message]:
    """Polygons that are none: without a surface, or drawn across themselves."""
    flat = solid.copy()
    flat[solid] = _flat(shapes[solid])
    if flat.any():
        yield message(
            "{layer}: polygons have no surface, all their corners lie on one point or line (rows: {count}, first: "
            "{row}). Draw them again or remove the rows.",
            layer=layer,
            count=int(flat.sum()),
            row=first_row(flat),
        )
    broken = solid & ~flat
    broken[broken] = ~shapely.is_valid(shapes[broken])
    if broken.any():
        yield message(
            "{layer}: polygons are invalid, they cross themselves (rows: {count}, first: {row}). Repair them, for "
            "example with “Fix geometries” in QGIS.",
            layer=layer,
            count=int(broken.sum()),
            row=first_row(broken),
        )


def _flat(shapes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Shapes of no area that stay without one when their corners are joined: a bow tie has an area then."""
    # Coordinates beyond all systems would overflow, and what is no number has no hull; bounds do not tell of these.
    coordinates, shape = shapely.get_coordinates(shapes, return_index=True)
    small = ~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)
    small[shape[~(np.abs(coordinates) < _BEYOND).all(axis=1)]] = False
    small[small] = shapely.area(shapes[small]) == 0
    small[small] = shapely.area(shapely.convex_hull(shapes[small])) == 0
    return np.asarray(small, dtype=bool)


def _coordinates(geometry: gpd.GeoSeries, layer: str) -> Iterator[Message]:
    """Coordinates that are no numbers, or no degrees where the system is in degrees."""
    there = ~_blank(geometry.to_numpy())
    bounds = shapely.bounds(geometry.to_numpy())
    lost = there & ~np.isfinite(bounds).all(axis=1)
    if lost.any():
        yield message(
            "{layer}: geometries have missing or infinite coordinates (rows: {count}, first: {row}). Place them "
            "again or remove the rows.",
            layer=layer,
            count=int(lost.sum()),
            row=first_row(lost),
        )
    if geometry.crs is None or not geometry.crs.is_geographic:
        return
    limits = np.array([_TURN, _POLE, _TURN, _POLE])
    far = there & ~lost & (np.abs(bounds) > limits).any(axis=1)
    if far.any():
        yield message(
            "{layer}: coordinates cannot be degrees (rows: {count}, first: {row}), but the layer says that it is "
            "in {crs}. Assign the system its coordinates are in, or exchange longitude and latitude.",
            layer=layer,
            count=int(far.sum()),
            row=first_row(far),
            crs=geometry.crs.name,
        )
    _warn_wide(geometry.to_numpy()[there & ~lost & ~far], layer)


def _warn_wide(shapes: npt.NDArray[Any], layer: str) -> None:
    """Say so where one part spans half the globe: it was probably drawn across the 180th meridian."""
    west, _, east, _ = shapely.bounds(shapely.get_parts(shapes)).T
    wide = int(np.count_nonzero(east - west > _HALF_TURN))
    if wide:
        text = message(
            "{layer}: shapes span more than 180 degrees of longitude (shapes: {count}). If they cross the 180th "
            "meridian, split them there; as drawn, they cover the rest of the globe.",
            layer=layer,
            count=wide,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=6)


def _families(schema: Layer) -> Message:
    names: list[Message] = [_FAMILY_NAMES[g] for g in schema.geometry if g in _FAMILY_NAMES]
    if len(names) == 1:
        return names[0]
    return message("{first} or {second}", first=names[0], second=names[1])
