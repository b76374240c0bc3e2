"""Urban centres: clusters of densely inhabited cells of a raster, with many people together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio.features
import shapely
from pyproj import CRS
from scipy import ndimage

from geoterritorio.layers.grids import Grid

Codes = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Fill = Literal["majority", "none"]
_SQUARE_KM = 1e6
_MAJORITY = 5  # of the eight cells around
_EXACT = 1e-9  # what rounding may lack of a threshold


@dataclass(frozen=True)
class UrbanCentres:
    """
    Urban centres of a raster.

    Attributes
    ----------
    label
        Number of the centre of each cell, from 1; 0 where there is none.
    table
        By `centre`, the one with most people first: `population` (people in its cells), `cells`, `filled` (cells that
        are less dense, and lie in gaps), `area_km2` and `density` (people per km²).
    largest
        People in the largest cluster of dense cells, whether or not it is a centre; 0 where no cell is dense.
    densest
        People per km² in the densest cell; NaN where no cell has a value.
    """

    label: Codes
    table: pd.DataFrame
    largest: float
    densest: float


def urban_centres(
    grid: Grid, *, density: float = 1500, min_population: float = 50_000, fill: Fill = "majority"
) -> UrbanCentres:
    """
    Clusters of dense cells with many people.

    Parameters
    ----------
    grid
        People in each cell, in a projected CRS; cells without a value count as empty.
    density
        People per km² that a cell must have; cells of any size are measured by their own area.
    min_population
        People that a cluster must have, those in filled cells among them.
    fill
        "majority": a cell of which at least five of the eight around belong to one cluster joins it, again and again
        until none does. "none": gaps stay.

    Returns
    -------
    centres
        Numbers of cells, and a table.

    Notes
    -----
    Cells that touch at a corner alone do not join (Eurostat 2018, chapter 1). A cell joins the same cluster in whatever
    order gaps are filled, since no two clusters can have five of eight. Cells at the edge of the raster have fewer than
    eight around, and the rest count as no centre. Clusters that come to touch by filling stay apart; the sources do not
    speak of it. The manual of 2021 on the degree of urbanisation fills holes below 15 km² too, and counts water and
    empty land otherwise; this is the rule of 2018.

    References
    ----------
    .. [1] Eurostat (2018). Methodological manual on territorial typologies, 2018 edition. Luxembourg: Publications
       Office of the European Union.

    Examples
    --------
    >>> from affine import Affine
    >>> people = np.array([[2000.0, 1800, 0], [100, 1500, 0], [0, 0, 1600]])
    >>> found = urban_centres(Grid(people, Affine(1000, 0, 0, 0, -1000, 3000), 25830), min_population=5000)
    >>> found.table["population"].to_dict()
    {1: 5300.0}
    """
    area = cell_km2(grid)
    dense = grid.values >= density * area * (1 - _EXACT)
    label: Codes = ndimage.label(dense)[0].astype(np.int32, copy=False)
    if fill == "majority":
        label = _filled(label)
    people, cells, filled = _sums(grid, label, dense)
    enough = np.flatnonzero((people >= min_population * (1 - _EXACT)) & (cells > 0))
    order = enough[np.argsort(-people[enough], kind="stable")]
    number = np.zeros(len(people), dtype=np.int32)
    number[order] = np.arange(1, len(order) + 1)
    table = pd.DataFrame(
        {"population": people[order], "cells": cells[order], "filled": filled[order]},
        index=pd.RangeIndex(1, len(order) + 1, name="centre"),
    )
    table = table.assign(area_km2=table["cells"] * area)
    table = table.assign(density=table["population"] / table["area_km2"])
    some = np.isfinite(grid.values).any()
    densest = float(np.nanmax(grid.values)) / area if some else np.nan
    return UrbanCentres(number[label], table, float(people[1:].max(initial=0)), densest)


def cell_km2(grid: Grid) -> float:
    """Area of a cell in square kilometres of the grid's projected system."""
    metres = CRS(grid.crs).axis_info[0].unit_conversion_factor
    width, height = grid.cell
    return width * height * metres**2 / _SQUARE_KM


def _filled(label: Codes) -> Codes:
    """Numbers of clusters with their gaps filled by the majority of the eight cells around."""
    padded = np.pad(label, 1)
    flat = padded.ravel()
    width = padded.shape[1]
    around = np.array([-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])
    room = np.pad(np.ones(label.shape, dtype=bool), 1).ravel()
    front = np.flatnonzero(flat)
    while len(front):
        cells = _empty_beside(front, flat, around, room)
        near = np.sort(flat[cells[:, None] + around], axis=1)
        # five alike of eight in order reach over the middle, wherever they begin
        most = near[:, 3]
        joins = (most > 0) & ((near == most[:, None]).sum(axis=1) >= _MAJORITY)
        front = cells[joins]
        flat[front] = most[joins]
    return padded[1:-1, 1:-1]


def _empty_beside(front: Places, flat: Codes, around: Places, room: npt.NDArray[np.bool_]) -> Places:
    beside = np.zeros(len(flat), dtype=bool)
    for step in around:
        beside[front + step] = True
    beside &= room & (flat == 0)
    return np.flatnonzero(beside)


def _sums(
    grid: Grid, label: Codes, dense: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float64], Places, Places]:
    """People, cells and filled cells by number of the cluster."""
    taken = label > 0
    code, number = label[taken], int(label.max(initial=0)) + 1
    people = np.nan_to_num(grid.values[taken].astype(float), nan=0.0)
    return (
        np.bincount(code, people, number).astype(float),
        np.bincount(code, minlength=number),
        np.bincount(code[~dense[taken]], minlength=number),
    )


def centre_outlines(grid: Grid, label: Codes, number: int) -> gpd.GeoSeries:
    """
    Outlines of the cells of each centre.

    Parameters
    ----------
    grid
        The raster.
    label
        Number of the centre of each cell, from 1.
    number
        How many centres there are.

    Returns
    -------
    outlines
        By number of the centre, in the system of the raster.
    """
    found = rasterio.features.shapes(label, mask=label > 0, connectivity=4, transform=grid.transform)
    parts = [(int(code), shapely.geometry.shape(shape)) for shape, code in found]
    code = np.array([c for c, _ in parts], dtype=np.int64)
    shapes = np.array([s for _, s in parts], dtype=object)
    whole = [shapely.union_all(shapes[code == k]) for k in range(1, number + 1)]
    index = pd.RangeIndex(1, number + 1, name="centre")
    return gpd.GeoSeries(whole, index=index, crs=grid.crs)
