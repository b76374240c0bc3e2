"""Coordinate reference systems: metres where metres matter, one system per piece of work."""

from __future__ import annotations

import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError as ProjError

from geoterritorio.errors import CRSError, GeoterritorioWarning, message

REFUSED_SCALE = 0.03
WARNED_SCALE = 0.005
_WEB_MERCATOR = 3857
_GRID = 7
# Corners up to which each is transformed to know the extent.
_EACH = 100_000


def require_metres(layer: gpd.GeoDataFrame, *, name: str) -> None:
    """
    Refusal of a layer on which metres cannot be measured.

    Parameters
    ----------
    layer
        Layer with a CRS.
    name
        What the layer is called in messages.

    Raises
    ------
    CRSError
        If the layer has no CRS, is in degrees, in Web Mercator, in a unit other than the metre, or if the
        scale departs from 1 by more than 3 % somewhere in it. The message names a CRS that fits.

    Warns
    -----
    GeoterritorioWarning
        If the scale departs from 1 by more than 0.5 %.
    """
    crs = _system(layer, name)
    if crs.is_geographic:
        raise CRSError(
            message(
                "{layer}: coordinates are in degrees ({crs}), but metres are needed. "
                "Reproject the layer, for example to {fitting}.",
                layer=name,
                crs=crs.name,
                fitting=fitting_crs(layer),
            )
        )
    if crs.to_epsg() == _WEB_MERCATOR or {a.unit_name for a in crs.axis_info[:2]} != {"metre"}:
        raise CRSError(
            message(
                "{layer}: {crs} does not measure metres on the ground. Reproject the layer, for example to {fitting}.",
                layer=name,
                crs=crs.name,
                fitting=fitting_crs(layer),
            )
        )
    _require_scale(layer, crs, name)


def _system(layer: gpd.GeoDataFrame, name: str) -> CRS:
    if layer.crs is None:
        raise _no_system(name)
    return CRS(layer.crs)


def _no_system(name: str) -> CRSError:
    return CRSError(
        message(
            "{layer}: the layer has no coordinate reference system. Assign the one its coordinates are in.",
            layer=name,
        )
    )


def _require_scale(layer: gpd.GeoDataFrame, crs: CRS, name: str) -> None:
    departure = scale_departure(layer)
    if departure > REFUSED_SCALE:
        raise CRSError(
            message(
                "{layer}: lengths in {crs} are wrong by up to {percent} % here. "
                "Reproject the layer, for example to {fitting}.",
                layer=name,
                crs=crs.name,
                percent=round(100 * departure, 1),
                fitting=fitting_crs(layer),
            )
        )
    if departure > WARNED_SCALE:
        text = message(
            "{layer}: lengths in {crs} are wrong by up to {percent} % here.",
            layer=name,
            crs=crs.name,
            percent=round(100 * departure, 1),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=2)


def scale_departure(layer: gpd.GeoDataFrame) -> float:
    """
    Largest departure of the local scale from 1 over a layer.

    Parameters
    ----------
    layer
        Layer in a projected CRS.

    Returns
    -------
    departure
        Largest |scale - 1| of both axes on a 7 x 7 grid over the layer's extent; 0.01 = 1 %.

    Notes
    -----
    Of layers with more than 100 000 corners the extent is that of their bounding box, not of each corner.
    """
    crs = CRS(layer.crs)
    west, south, east, north = _geodetic_bounds(layer, crs)
    lon, lat = np.meshgrid(np.linspace(west, east, _GRID), np.linspace(south, north, _GRID))
    factors = Proj(crs).get_factors(lon.ravel(), lat.ravel())
    scales = np.concatenate([factors.tissot_semimajor, factors.tissot_semiminor])
    return float(np.nanmax(np.abs(scales[np.isfinite(scales)] - 1)))


def _geodetic_bounds(layer: gpd.GeoDataFrame, crs: CRS) -> tuple[float, float, float, float]:
    """Extent in degrees."""
    geodetic = crs.geodetic_crs
    if shapely.get_num_coordinates(layer.geometry.to_numpy()).sum() > _EACH:
        box = Transformer.from_crs(crs, geodetic, always_xy=True).transform_bounds(*layer.total_bounds)
        # Where it lies across the antimeridian, or some of it has no place on the globe, each corner is looked at.
        if np.isfinite(box).all() and box[0] <= box[2]:
            return box
    west, south, east, north = layer.to_crs(geodetic).total_bounds
    return float(west), float(south), float(east), float(north)


def fitting_crs(layer: gpd.GeoDataFrame) -> str:
    """
    Name of a CRS in which metres can be measured over a layer.

    Parameters
    ----------
    layer
        Layer with a CRS.

    Returns
    -------
    name
        The UTM zone (EPSG code) where the layer fits in one, otherwise an equal-area system
        centred on the layer (PROJ string).
    """
    west, south, east, north = layer.to_crs(4326).total_bounds
    utm_width = 9
    if east - west <= utm_width:
        try:
            found = layer.estimate_utm_crs()
        except (RuntimeError, ProjError):
            found = None
        if found is not None:
            return f"EPSG:{found.to_epsg()} ({found.name})"
    return f"+proj=laea +lat_0={(south + north) / 2:.1f} +lon_0={(west + east) / 2:.1f}"


def require_areas(layer: gpd.GeoDataFrame, *, name: str) -> None:
    """
    Refusal of a layer on which areas cannot be compared.

    Parameters
    ----------
    layer
        Layer with a CRS.
    name
        What the layer is called in messages.

    Raises
    ------
    CRSError
        If the layer is in a system that is neither equal-area nor fit for metres, see `require_metres`.
    """
    crs = _system(layer, name)
    drawn = crs.coordinate_operation
    if crs.is_projected and drawn is not None and "equal area" in drawn.method_name.lower():
        return
    require_metres(layer, name=name)


def align(layer: gpd.GeoDataFrame, first: gpd.GeoDataFrame, *, name: str) -> gpd.GeoDataFrame:
    """Layer in the CRS of the first layer; says so when it had to be reprojected."""
    return layer.to_crs(first.crs) if told_system(layer.crs, first, name=name, stacklevel=4) else layer


def told_system(crs: Any, first: gpd.GeoDataFrame, *, name: str, stacklevel: int = 3) -> bool:
    """Whether a system is another one than that of the first layer; says so where it is."""
    if crs == first.crs:
        return False
    if crs is None:
        raise _no_system(name)
    text = message(
        "{layer}: reprojected from {source} to {target}, the system of the first layer.",
        layer=name,
        source=CRS(crs).name,
        target=first.crs.name,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=stacklevel)
    return True


def has_geometry(frame: pd.DataFrame) -> bool:
    """Whether a layer has places: a GeoDataFrame whose geometries are not all missing."""
    spatial = isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None
    return spatial and not bool(frame.geometry.isna().all())
