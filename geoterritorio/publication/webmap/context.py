"""What lies around the territories of a map: coast, neighbours, roads, in a quiet grey beneath everything."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geoterritorio.errors import CRSError, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.publication.webmap import codec
from geoterritorio.publication.webmap.layers import Places, shape_block
from geoterritorio.publication.webmap.texts import Words

# how far around the first view it reaches, in widths of the view, and in how many steps the view is parted at first
_AROUND, _STEPS = 2.0, 2000.0
# characters of its block, beyond which it is drawn more coarsely
MOST = 60_000
_HALF_TURN = 180.0
# dimensions of lines and areas, and points of a line without a bend
_LINE, _AREA, _STRAIGHT = 1, 2, 2
IN_GREY = mark("In grey: {name}")
_KINDS = {"Polygon", "MultiPolygon", "LineString", "MultiLineString", "LinearRing"}


@dataclass(frozen=True)
class Context:
    """
    What is drawn beneath everything, for orientation: nothing is told of it but its name.

    Parameters
    ----------
    rows
        Polygons or lines in any stated CRS; no column of them is carried.
    name
        Name as the reader sees it; one for all languages, or one by language.
    """

    rows: gpd.GeoDataFrame
    name: Words


def require_drawable(context: Context) -> None:
    """
    Refuse what cannot be drawn beneath a map.

    Parameters
    ----------
    context
        What lies around the territories.

    Raises
    ------
    LayerError
        It is no layer, or has other shapes than polygons and lines, or none.
    CRSError
        It states no CRS.
    """
    rows = context.rows
    kinds = set(rows.geom_type.dropna()) if isinstance(rows, gpd.GeoDataFrame) else set()
    if not kinds or kinds - _KINDS:
        raise LayerError(
            message(
                "What lies around the territories is drawn from polygons or lines, not {kinds}.",
                kinds=", ".join(sorted(kinds - _KINDS)) or "–",
            )
        )
    if rows.crs is None:
        raise CRSError(message("What lies around the territories states no CRS; set it with `set_crs`."))


def context_block(context: Context, view: tuple[float, ...], centre: float) -> str:
    """
    Shapes near a view as a data block, no finer than can be seen and never large.

    Parameters
    ----------
    context
        What lies around the territories.
    view
        West, south, east and north of what the map first shows, degrees.
    centre
        Meridian the map is drawn around, degrees.

    Returns
    -------
    block
        Compressed base64 text, of at most 60 000 characters unless its coarsest outlines need more.
    """
    shapes = context.rows.geometry.dropna().to_crs(4326).array
    # a coast that crosses itself would be cut wrongly
    parts = shapely.get_parts(shapely.make_valid(np.asarray(shapes, dtype=object)))
    west, south, east, north = view
    wide = max(east - west, north - south)
    if west >= -_HALF_TURN and east <= _HALF_TURN:
        reach = _AROUND * wide
        parts = shapely.clip_by_rect(parts, west - reach, south - reach, east + reach, north + reach)
        parts = shapely.get_parts(parts[~shapely.is_empty(parts)])
    step = wide / _STEPS
    while True:
        bounds = shapely.bounds(parts)
        parts = parts[(bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=0.0) >= step]
        block = shape_block(_drawn(shapely.simplify(parts, step)), centre)
        if len(block) <= MOST or step > wide:
            return block
        step *= 2


def _drawn(parts: codec.Array) -> Places:
    """Polygons, and lines as rings that go there and back: what is filled of a line is nothing."""
    dimension = shapely.get_dimensions(parts)
    areas, lines = parts[(dimension == _AREA) & ~shapely.is_empty(parts)], parts[dimension == _LINE]
    there = [shapely.get_coordinates(line) for line in lines]
    back = [shapely.Polygon(np.concatenate([way, way[-2::-1]])) for way in there if len(way) > _STRAIGHT]
    short = [shapely.Polygon([way[0], way.mean(0), way[1]]) for way in there if len(way) == _STRAIGHT]
    shapes = np.array([*areas, *back, *short], dtype=object)
    return Places("area", [""] * len(shapes), [""] * len(shapes), shapes)
