"""Density surfaces on layers: a register in, a raster out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import shapely

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import align
from geoterritorio.layers.grids import DensityGrid, Grid
from geoterritorio.layers.partitions import Parts
from geoterritorio.layers.schema import FirmsParts, Territories
from geoterritorio.patterns import surfaces
from geoterritorio.patterns.bandwidths import BandwidthRule
from geoterritorio.patterns.surface_parts import density_of_parts
from geoterritorio.patterns.surfaces import DensitySurface, SurfaceRules
from geoterritorio.patterns.tools._plants import plants_of, sectors_of
from geoterritorio.registry import Metres, Progress, no_progress, tool


@dataclass(frozen=True)
class SurfaceResult:
    """
    A raster of densities, and the bandwidth behind it.

    Attributes
    ----------
    surface
        Establishments or jobs per square kilometre; with relative the sector's share here over its share in all. The
        file says its unit, bandwidth, kernel and method.
    bandwidth
        Standard deviation of the Gaussian kernel in metres.
    """

    surface: DensityGrid
    bandwidth: Metres


@tool
def density_surface(
    firms: FirmsParts,
    territories: Territories | None = None,
    *,
    sector: str | None = None,
    cell: Metres | None = None,
    bandwidth: str = "silverman",
    measure: Literal["employment", "establishments"] = "establishments",
    relative: bool = False,
    progress: Progress = no_progress,
) -> SurfaceResult:
    """
    Density of establishments or jobs, as a raster.

    How many there are per square kilometre around every place, under a Gaussian kernel. A wide bandwidth shows regions,
    a narrow one streets: compare several. With relative, the raster is the location quotient of a moving
    neighbourhood, and has no value where the kernel averages over fewer than five establishments.

    Parameters
    ----------
    firms
        Register of establishments with places, in a projected system in metres.
    territories
        Land on which establishments can be; what the kernel would put beyond its edge is made good. Without it the
        raster covers the establishments and what is around them.
    sector
        Code of the sector, or several with semicolons between them; by default all sectors.
    cell
        Side of a cell in metres; by default a round number near a fifth of the bandwidth.
    bandwidth
        Metres, or a rule: silverman (spread of the establishments, whatever a few far away do), scott (their
        standard deviation), nearest (mean distance to the k-th nearest, k the square root of their number) or
        likelihood (under which each is best foretold by the others).
    measure
        What is counted: jobs or establishments.
    relative
        Whether the density of the sector is divided by that of all, each relative to its total.
    progress
        Callback.

    Returns
    -------
    result
        The raster and its bandwidth.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layer.
    LayerError
        If no establishment of the sector has a place inside, jobs that are to weigh are missing, the bandwidth is
        undefined or no rule, or the cells are too many or too large.

    References
    ----------
    .. [1] Silverman, B. W. (1986). Density Estimation for Statistics and Data Analysis. Chapman and Hall.
    .. [2] Kelsall, J. E. & Diggle, P. J. (1995). Non-parametric estimation of spatial variation in relative risk.
       Statistics in Medicine 14, 2335-2342.
    """
    progress(0, mark("Placing establishments"))
    weighted = measure == "employment"
    if isinstance(firms, Parts):
        land = None if territories is None else _land(_in_system(territories, firms.crs))
        summed = density_of_parts(
            firms,
            sectors_of(sector),
            land,
            weighted=weighted,
            relative=relative,
            rules=_rules(cell, bandwidth, land),
            progress=progress,
        )
        return SurfaceResult(_told(summed, sector, measure), summed.bandwidth)
    plants = plants_of(firms, weighted=weighted)
    window = None if territories is None else _land(align(territories, plants.layer, name="territories"))
    progress(0.1, mark("Summing kernels"))
    found = surfaces.density_surface(
        plants.numbered(),
        sectors_of(sector),
        window,
        weighted=weighted,
        relative=relative,
        crs=plants.layer.crs,
        rules=_rules(cell, bandwidth, window),
    )
    return SurfaceResult(_told(found, sector, measure), found.bandwidth)


def _rules(cell: float | None, bandwidth: str, window: shapely.Geometry | None) -> SurfaceRules:
    edge: surfaces.Edge = "none" if window is None else "places"
    return SurfaceRules(cell=cell, bandwidth=_bandwidth(bandwidth), edge=edge)


def _in_system(territories: Territories, crs: Any) -> Territories:
    """Territories in the system of a register in parts; says so where they had to be reprojected."""
    return align(territories, gpd.GeoDataFrame(geometry=[], crs=crs), name="territories")


def _land(territories: Territories) -> shapely.Geometry:
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: the land must be polygons, not points."))
    return territories.union_all()


def _bandwidth(text: str) -> float | BandwidthRule:
    rules: tuple[BandwidthRule, ...] = get_args(BandwidthRule)
    for rule in rules:
        if text.strip().lower() == rule:
            return rule
    try:
        return float(text)
    except ValueError:
        raise LayerError(
            message(
                "bandwidth: “{value}” is neither a number of metres nor one of {known}.",
                value=text,
                known=", ".join(rules),
            )
        ) from None


def _told(found: DensitySurface, sector: str | None, measure: str) -> Grid:
    """Raster of single precision, which is finer than any deviation, with what it is."""
    counted = " jobs" if measure == "employment" else ""
    tags = {
        "sector": sector or "all",
        "unit": found.unit,
        "bandwidth": f"{found.bandwidth:.6g} m ({found.rule})",
        "kernel": found.kernel,
        "method": f"{found.method}, deviation from the exact sum {found.deviation:.1e} of the peak",
        "edge": found.rules.edge,
        "total": f"{found.total:.10g}{counted} of {found.plants} establishments",
    }
    return replace(found.grid, values=found.values.astype(np.float32), tags=tags)
