"""Areas around centres, and land nearest to each of them in a straight line."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.findings import listing
from geoterritorio.patterns._bounds import wrong_word
from geoterritorio.proximity._centres import (
    Texts,
    by_place,
    finished,
    land_of,
    owned,
    say_outside,
    say_polygons,
    say_shared,
    sound,
    spots_of,
    whole_land,
)
from geoterritorio.proximity._faces import Shapes, nearest_faces, solid
from geoterritorio.proximity._limits import numbers_of

Overlap = Literal["keep", "dissolve"]
# Segments in a quarter of a circle: the arcs of buffers lie inside the circle by 0.03 % of its radius at most.
_QUARTER = 32


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
        If there are no centres, they have no geometry or names are repeated, a distance is not above 0, or `overlap`
        is no choice.

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
    limits = _limits(distances, overlap, rings=rings)
    sound(centres)
    require_metres(centres, name="centres")
    land = None if territories is None else land_of(territories, centres)
    names = centres["centre"].to_numpy(dtype=object)
    say_shared(by_place(spots_of(centres), names))
    say_outside(centres, names, land)
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
        pieces = pieces[~shapely.is_empty(pieces)]
        pieces = pieces[np.argsort(-shapely.area(pieces), kind="stable")]
        piece, mine = shapely.STRtree(shapes[order]).query(pieces, predicate="intersects")
        mine, piece = mine[np.lexsort((mine, piece))], np.sort(piece)
        rows = np.split(names[order[mine]], np.searchsorted(piece, np.arange(1, len(pieces))))
        rows = rows[: len(pieces)]  # of no pieces at all, a split is still one
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
    if gone.all():
        raise LayerError(message("centres: all areas lie outside the territories. Check the system of both."))
    if gone.any():
        text = message(
            "centres: areas wholly outside the territories, left out: {count} ({names}).",
            count=int(gone.sum()),
            names=listing(found["centres"][gone]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
        found = found[~gone].reset_index(drop=True)
    found["centre"] = found["centres"].where(found["places"] == 1)
    return finished(found, centres.crs, ["starts_at", "up_to"])


def _limits(distances: Sequence[float], overlap: Overlap, *, rings: bool) -> list[float]:
    limits = numbers_of("distances", distances, such_as="[1000]")
    problems = [
        message("{name}: {value} is no length above 0.", name="distances", value=d)
        for d in limits
        if not 0 < d < np.inf
    ]
    problems += wrong_word("overlap", overlap, get_args(Overlap)) + wrong_word("rings", rings, (True, False))
    if not limits:
        problems.append(message("distances: there is none. Give at least one, such as 1000."))
    if problems:
        raise LayerError(problems)
    return sorted(set(limits))


def _cut(shapes: Shapes, land: Any) -> Shapes:
    return shapes if land is None else solid(shapely.intersection(shapes, land))


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
    sound(centres)
    require_metres(centres, name="centres")
    names, xy = centres["centre"].to_numpy(dtype=object), spots_of(centres)
    shared = by_place(xy, names)
    land = whole_land(territories, centres, xy)
    say_polygons(centres)
    say_shared(shared)
    say_outside(centres, names, None if territories is None else land)
    first, texts, number = shared
    faces = nearest_faces(xy[first], np.arange(len(first)), land)
    return owned(faces, names[first], texts, number, centres.crs)
