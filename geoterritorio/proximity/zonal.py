"""Sums and means of rasters by territory, each cell by the share of it that lies inside."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from geoterritorio.errors import DependencyError, GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.grids import Grid, as_grid
from geoterritorio.layers.schema import VALUES
from geoterritorio.proximity._ground import on_ground
from geoterritorio.registry import Progress, no_progress

# Part of a cell within which a corner lies on the side of the cell.
_ON_A_SIDE = 1e-7
# What rounding leaves of a share.
_ROUNDING = 1e-6


def zonal_sums(
    grid: Grid, territories: gpd.GeoDataFrame, *, progress: Progress = no_progress
) -> pd.DataFrame:
    """
    Sum and mean of a raster in each territory.

    Parameters
    ----------
    grid
        Any raster of numbers; NaN where there is none.
    territories
        Polygons with `territory`, in any system; they may overlap.
    progress
        Callback.

    Returns
    -------
    sums
        One row per territory, in their order: `territory`, `name` where there is one, `sum` (value times the share of
        the cell inside), `mean` (value by the same shares), `cells` (shares of cells with a value), `covered` (share of
        the territory on cells with a value), `nodata` (on cells without), `outside` (beyond the raster). Sum and mean
        are NaN where nothing is covered; where less than all is, the sum is that of what is known.

    Raises
    ------
    LayerError
        If the raster holds no value, or territories are not polygons.
    DependencyError
        If exactextract is not installed.

    Warns
    -----
    GeoterritorioWarning
        If parts of territories are not covered, or the raster is in degrees, whose cells are not equally large.

    Notes
    -----
    A sum is meant for amounts, such as people per cell, a mean for rates, such as people per km² or minutes.

    References
    ----------
    .. [1] Baston, D. (2024). exactextract. https://github.com/isciences/exactextract
    """
    exact = _package()
    as_grid(grid, VALUES, name="grid")
    layer = on_ground(territories, grid, name="territories")
    _refuse(layer)
    _tell_degrees(grid)
    progress(0.1, mark("Summing cells"))
    cells = _in_cells(layer, grid)
    values = _of(exact, grid.values, cells, ["sum", "mean", "count"])
    progress(0.6)
    # a raster of ones has a value on all cells, so that its count is what lies on it
    inside = _of(exact, np.ones(grid.values.shape, dtype=np.uint8), cells, ["count"])["count"]
    whole = shapely.area(cells.geometry.to_numpy())
    table = _table(territories, values, inside.to_numpy(dtype=float), whole)
    _tell_uncovered(table)
    progress(1)
    return table


def _package() -> Any:
    try:
        return importlib.import_module("exactextract")
    except ImportError as error:
        raise DependencyError(
            message(
                "Sums by territory need the package {package}. Install it: pip install {package}",
                package="exactextract",
            )
        ) from error


def _refuse(layer: gpd.GeoDataFrame) -> None:
    wrong = ~layer.geom_type.isin(["Polygon", "MultiPolygon"]) | layer.geometry.is_empty
    if wrong.any():
        raise LayerError(
            message(
                "territories: rows that are not polygons: {count}. Sums by territory need areas.",
                count=int(wrong.sum()),
            )
        )


def _tell_degrees(grid: Grid) -> None:
    if CRS(grid.crs).is_geographic:
        text = message(
            "grid: its cells are in degrees and not equally large; sums are right, means weigh each cell alike."
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _in_cells(layer: gpd.GeoDataFrame, grid: Grid) -> gpd.GeoDataFrame:
    """
    Polygons measured in cells, north up.

    A corner that lies a rounding error across the side of a cell would have the package count that cell whole
    (exactextract 0.3): corners so near to a side are put on it.
    """
    west, south, _, _ = grid.bounds
    size = np.asarray(grid.cell)

    def measured(corners: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        cells = (corners - [west, south]) / size
        sides = np.round(cells)
        near: npt.NDArray[np.float64] = np.where(np.abs(cells - sides) < _ON_A_SIDE, sides, cells)
        return near

    return gpd.GeoDataFrame(geometry=shapely.transform(layer.geometry.to_numpy(), measured), crs=grid.crs)


def _of(exact: Any, values: Any, layer: gpd.GeoDataFrame, ops: list[str]) -> pd.DataFrame:
    rows, columns = values.shape
    nodata = np.nan if values.dtype.kind == "f" else None
    source = exact.raster.NumPyRasterSource(
        values, 0, 0, columns, rows, nodata=nodata, srs_wkt=layer.crs.to_wkt()
    )
    found: pd.DataFrame = exact.exact_extract(source, layer, ops, output="pandas")
    return found


def _table(territories: gpd.GeoDataFrame, values: pd.DataFrame, inside: Any, whole: Any) -> pd.DataFrame:
    count = values["count"].to_numpy(dtype=float)
    some = count > 0
    covered, lying = count / whole, inside / whole
    return pd.DataFrame(
        {
            "territory": territories["territory"].to_numpy(),
            **({"name": territories["name"].to_numpy()} if "name" in territories else {}),
            "sum": np.where(some, values["sum"].to_numpy(dtype=float), np.nan),
            "mean": np.where(some, values["mean"].to_numpy(dtype=float), np.nan),
            "cells": count,
            "covered": _share(covered),
            "nodata": _share(lying - covered),
            "outside": _share(1 - lying),
        }
    )


def _share(values: Any) -> Any:
    """Share without what rounding leaves beside 0 and 1."""
    values = np.where(np.abs(values) < _ROUNDING, 0.0, values)
    return np.where(np.abs(values - 1) < _ROUNDING, 1.0, values)


def _tell_uncovered(table: pd.DataFrame) -> None:
    part = int(((table["covered"] < 1) & (table["covered"] > 0)).sum())
    none = int((table["covered"] == 0).sum())
    if part or none:
        text = message(
            "grid: territories that it covers only in part: {part}; not at all: {none}. Their sums are those of what "
            "is known.",
            part=part,
            none=none,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
