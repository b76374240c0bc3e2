"""What a raster of people, or areas with people, hold in the land that two divisions have in common."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geoterritorio.delimitation._pieces import Floats, Indices, Shapes, overlay
from geoterritorio.layers.crs import told_system
from geoterritorio.layers.grids import Grid

# Cells worked through together, which bounds memory.
_BLOCK = 200_000


def grid_masses(
    grid: Grid, source: gpd.GeoDataFrame, target: gpd.GeoDataFrame
) -> tuple[Indices, Indices, Floats, Floats]:
    """
    Weight that sources and targets have in common on a raster.

    Parameters
    ----------
    grid
        Amounts in cells; within a cell they count as even.
    source, target
        Polygons in one CRS.

    Returns
    -------
    first, second, amount
        Positions of source and target, and the weight in common; pairs may repeat.
    whole
        Weight of each source.
    """
    told_system(grid.crs, source, name="weights")
    shapes, others = source.geometry.to_numpy(), target.geometry.to_numpy()
    values = np.nan_to_num(grid.values.astype(float), nan=0.0)
    row, column = np.nonzero(values > 0)
    whole: Floats = np.zeros(len(source))
    found = []
    for start in range(0, max(len(row), 1), _BLOCK):
        at = slice(start, start + _BLOCK)
        boxes = _boxes(grid, row[at], column[at], source)
        pairs, inside = _masses(boxes, values[row[at], column[at]], shapes, others)
        found.append(pairs)
        whole += inside
    first, second, amount = (np.concatenate(part) for part in zip(*found, strict=True))
    return first, second, amount, whole


def polygon_masses(
    weights: gpd.GeoDataFrame, source: gpd.GeoDataFrame, target: gpd.GeoDataFrame
) -> tuple[Indices, Indices, Floats, Floats]:
    """
    Weight that sources and targets have in common, by areas with people.

    Parameters
    ----------
    weights
        Polygons with `population`, which counts as even within each.
    source, target
        Polygons in the same CRS.

    Returns
    -------
    first, second, amount
        Positions of source and target, and the weight in common; pairs may repeat.
    whole
        Weight of each source.
    """
    some = weights[(weights["population"] > 0) & (weights.area > 0)]
    values = some["population"].to_numpy(dtype=float)
    shapes, others = source.geometry.to_numpy(), target.geometry.to_numpy()
    pairs, whole = _masses(np.asarray(some.geometry.to_numpy(), dtype=object), values, shapes, others)
    return *pairs, whole


def _boxes(grid: Grid, row: Indices, column: Indices, source: gpd.GeoDataFrame) -> Shapes:
    to = grid.transform
    west, north = to.c + column * to.a, to.f + row * to.e
    east, south = west + to.a, north + to.e
    boxes = gpd.GeoSeries(shapely.box(west, south, east, north), crs=grid.crs)
    return np.asarray(boxes.to_crs(source.crs).to_numpy(), dtype=object)


def _masses(
    boxes: Shapes, values: Floats, shapes: Shapes, others: Shapes
) -> tuple[tuple[Indices, Indices, Floats], Floats]:
    """Weights of the pairs in some cells, and of each source in them."""
    cell, first, within = _parts(boxes, shapes)
    density = values / shapely.area(boxes)
    inside: Floats = np.bincount(first, density[cell] * within, len(shapes)).astype(float)
    whole = within == shapely.area(boxes)[cell]
    parts = boxes[cell]
    parts[~whole] = shapely.intersection(boxes[cell[~whole]], shapes[first[~whole]])
    part, second, area = _parts(parts, others)
    amount: Floats = density[cell[part]] * area
    return (first[part], second, amount), inside


def _parts(cells: Shapes, shapes: Shapes) -> tuple[Indices, Indices, Floats]:
    """Cells, the polygons they lie in, and their surface there; cells within one polygon are not cut."""
    tree = shapely.STRtree(shapes)
    cell, shape = tree.query(cells, predicate="covered_by")
    area = shapely.area(cells[cell])
    rest = np.setdiff1d(np.arange(len(cells)), cell)
    cut = overlay(cells[rest], shapes)
    return (
        np.concatenate([cell, rest[cut.first]]),
        np.concatenate([shape, cut.second]),
        np.concatenate([area, cut.area]),
    )
