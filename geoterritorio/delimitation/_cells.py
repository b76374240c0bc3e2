"""What a raster of people, or areas with people, hold in places, and in the land that two divisions have in common."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from scipy import sparse

from geoterritorio.delimitation._pieces import Floats, Indices, Shapes, overlay
from geoterritorio.layers.crs import told_system
from geoterritorio.layers.grids import Grid
from geoterritorio.registry import Progress, no_progress

# Cells worked through together, which bounds memory.
_BLOCK = 200_000
# Cells a side of tiles that are looked at as one, the larger first.
_TILES = (16, 4)


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


@dataclass(frozen=True)
class PeopleOf:
    """
    People of places on a raster.

    Parameters
    ----------
    whole
        People of each place.
    within
        Sparse, places x numbers from 1: people of each place in cells of each number.
    people
        People in all cells that lie in some place.
    twice
        People surely counted in more than one place, since these overlap.
    """

    whole: Floats
    within: sparse.csr_array
    people: float
    twice: float


def people_of(
    grid: Grid, places: Shapes, label: Any, number: int, *, progress: Progress = no_progress
) -> PeopleOf:
    """
    People of places, and of them those in numbered cells.

    Parameters
    ----------
    grid
        Amounts in cells; within a cell they count as even.
    places
        Polygons in the system of the grid.
    label
        Number of each cell, from 1; 0 for none.
    number
        How many numbers there are.
    progress
        Callback.

    Returns
    -------
    people
        Of each place, in all cells and by number.
    """
    row, column = np.nonzero(grid.values > 0)
    values = grid.values[row, column].astype(float)
    code = label[row, column]
    whole, found = np.zeros(len(places)), [(np.zeros(0), np.zeros((2, 0), dtype=np.intp))]
    people = twice = 0.0
    for cell, place, share in _shares(grid, row, column, places, progress):
        here = values[cell] * share
        whole += np.bincount(place, here, len(places))
        some = code[cell] > 0
        found.append((here[some], np.stack([place[some], code[cell[some]] - 1])))
        covered = np.bincount(cell, share, len(values)) if len(cell) else np.zeros(len(values))
        people += float((values * np.minimum(covered, 1)).sum())
        twice += float((values * np.maximum(covered - 1, 0)).sum())
    amount, ends = (np.concatenate(part, axis=-1) for part in zip(*found, strict=True))
    within = sparse.coo_array((amount, (ends[0], ends[1])), (len(places), number)).tocsr()
    return PeopleOf(whole, within, people, twice)


def _shares(
    grid: Grid, row: Indices, column: Indices, places: Shapes, progress: Progress
) -> Iterator[tuple[Indices, Indices, Floats]]:
    """Cells, the places they lie in and their share there; each cell comes in one portion."""
    place = _in_one_place(grid, row, column, places)
    known = np.flatnonzero(place >= 0)
    yield known, place[known], np.ones(len(known))
    rest = np.flatnonzero(place < 0)
    for start in range(0, len(rest), _BLOCK):
        at = rest[start : start + _BLOCK]
        boxes = _squares(grid, row[at], column[at])
        cell, shape, area = _parts(boxes, places)
        yield at[cell], shape, area / shapely.area(boxes)[cell]
        progress(min(1.0, (start + _BLOCK) / len(rest)))


def _in_one_place(grid: Grid, row: Indices, column: Indices, places: Shapes) -> Indices:
    """Place of cells whose tile touches one place only and lies within it; -1 for others, to be looked at singly."""
    place = np.full(len(row), -1, dtype=np.intp)
    for side in _TILES:
        rest = np.flatnonzero(place < 0)
        wide = grid.values.shape[1] // side + 1
        tile = row[rest] // side * wide + column[rest] // side
        held = np.flatnonzero(np.bincount(tile, minlength=1))
        tree = shapely.STRtree(_squares(grid, held // wide, held % wide, side))
        shape, within = tree.query(places, predicate="covers")
        touched = np.bincount(tree.query(places, predicate="intersects")[1], minlength=len(held))
        owner = np.full(int(held.max(initial=0)) + 1, -1, dtype=np.intp)
        single = touched[within] == 1
        owner[held[within[single]]] = shape[single]
        place[rest] = owner[tile]
    return place


def _squares(grid: Grid, row: Indices, column: Indices, side: int = 1) -> Shapes:
    """Cells, or tiles of some cells a side, by their number from the upper left corner."""
    to = grid.transform
    wide, tall = side * to.a, side * to.e
    west, north = to.c + column * wide, to.f + row * tall
    return np.asarray(shapely.box(west, north + tall, west + wide, north), dtype=object)


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
    boxes = gpd.GeoSeries(_squares(grid, row, column), crs=grid.crs)
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
    # Asked of the polygons, whose many points are then prepared once, and not of every cell.
    shape, cell = shapely.STRtree(cells).query(shapes, predicate="covers")
    area = shapely.area(cells[cell])
    alone = np.ones(len(cells), dtype=bool)
    alone[cell] = False
    rest = np.flatnonzero(alone)
    cut = overlay(cells[rest], shapes)
    return (
        np.concatenate([cell, rest[cut.first]]),
        np.concatenate([shape, cut.second]),
        np.concatenate([area, cut.area]),
    )
