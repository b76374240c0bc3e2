"""What areas of centres share: the centres looked at, the land to be shared out, the table of the areas."""

from __future__ import annotations

import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.findings import listing
from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._faces import Shapes

Texts = npt.NDArray[np.object_]
# Share of the longer side by which the land reaches beyond the centres, where no territories say how far.
_MARGIN = 0.1


def sound(centres: gpd.GeoDataFrame) -> None:
    """Refusal of centres that are none, lie nowhere or share a name."""
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


def land_of(territories: gpd.GeoDataFrame, centres: gpd.GeoDataFrame) -> Any:
    """Land of territories as one, in the system of the centres."""
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


def spots_of(centres: gpd.GeoDataFrame) -> Floats:
    """Coordinates of centres; of polygons, those of a point inside."""
    points = centres.geometry.representative_point().to_numpy()
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)])


def by_place(xy: Floats, names: Texts) -> tuple[Indices, Texts, Indices]:
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


def say_shared(shared: tuple[Indices, Texts, Indices]) -> None:
    """Warning of places at which several centres lie."""
    _, texts, number = shared
    if (number > 1).any():
        text = message(
            "centres: places at which several centres lie: {count} ({names}).",
            count=int((number > 1).sum()),
            names=listing(texts[number > 1]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def say_outside(centres: gpd.GeoDataFrame, names: Texts, land: Any) -> None:
    """Warning of centres outside the territories."""
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


def whole_land(territories: gpd.GeoDataFrame | None, centres: gpd.GeoDataFrame, xy: Floats) -> Any:
    """Land to be shared out: the territories, or else a rectangle."""
    if territories is not None:
        return land_of(territories, centres)
    margin = _MARGIN * float(np.ptp(xy, axis=0).max())
    if margin <= 0:
        raise LayerError(
            message("centres: nothing says how far land reaches around a single place. Give territories.")
        )
    return shapely.box(*(xy.min(axis=0) - margin), *(xy.max(axis=0) + margin))


def say_polygons(centres: gpd.GeoDataFrame) -> None:
    """Warning of centres that are polygons."""
    count = int(centres.geom_type.isin(["Polygon", "MultiPolygon"]).sum())
    if count:
        text = message(
            "centres: polygons, of which the distance to a point inside counts: {count}.", count=count
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def owned(
    faces: Shapes, first: Texts, texts: Texts, number: Indices, crs: Any, *, by_road: bool = False
) -> gpd.GeoDataFrame:
    """Areas of the centres that have one; those without are named."""
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
    return finished(found[~gone].reset_index(drop=True), crs, [])


def finished(found: pd.DataFrame, crs: Any, extra: list[str]) -> gpd.GeoDataFrame:
    """Areas with their identifiers and sizes."""
    frame = gpd.GeoDataFrame(found, geometry="geometry", crs=crs)
    frame["area"] = _identifiers(len(frame))
    frame["area_km2"] = frame.geometry.area / 1e6
    return frame[["area", "centre", "centres", "places", *extra, "area_km2", "geometry"]]


def _identifiers(number: int) -> Texts:
    width = len(str(max(number, 1)))
    return np.array([f"A{k:0{width}d}" for k in range(1, number + 1)], dtype=object)
