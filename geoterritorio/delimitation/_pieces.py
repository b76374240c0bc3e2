"""Pieces that two sets of polygons have in common: the one overlay beneath crosswalks, lineages and checks."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geoterritorio.registry import Progress, no_progress

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]

# Pairs that a thread works through before it tells of it.
_PORTION = 2_000
# Part of the largest coordinate by which corners that are meant to be one may differ: far more than is lost by adding
# and dividing, and a hundredth of a millimetre in a system in metres.
_ROUNDING = 1e-11


@dataclass(frozen=True)
class Pieces:
    """
    Pairs of polygons with a surface in common, ordered by the first and then by the second.

    Attributes
    ----------
    first, second
        Positions in the two sets.
    area
        Surface in common, in square units of the CRS.
    width
        Mean width of the piece; NaN where it was not asked for.
    """

    first: Indices
    second: Indices
    area: Floats
    width: Floats

    def kept(self, mask: npt.NDArray[np.bool_]) -> Pieces:
        """Pieces of a mask."""
        return Pieces(self.first[mask], self.second[mask], self.area[mask], self.width[mask])


def overlay(
    first: Shapes, second: Shapes, *, widths: bool = False, progress: Progress = no_progress
) -> Pieces:
    """
    Surfaces that polygons of two sets have in common.

    Parameters
    ----------
    first, second
        Valid polygons in one CRS.
    widths
        Whether the mean width of each piece is wanted too.
    progress
        Callback.

    Returns
    -------
    pieces
        Pairs whose common surface is above 0.
    """
    if not len(first) or not len(second):
        nothing = np.array([], dtype=np.intp)
        return Pieces(nothing, nothing, np.array([]), np.array([]))
    swapped = len(first) > len(second)
    few, many = (second, first) if swapped else (first, second)
    pairs = shapely.STRtree(many).query(few, predicate="intersects")
    i, j = pairs[::-1] if swapped else pairs
    order = np.lexsort((j, i))
    i, j = i[order], j[order]

    def measured(rows: Indices) -> tuple[Floats, Floats]:
        return _common(first[i[rows]], second[j[rows]], widths=widths)

    area, width = _on_threads(measured, len(i), progress)
    return Pieces(i, j, area, width).kept(area > 0)


def _common(first: Shapes, second: Shapes, *, widths: bool = False) -> tuple[Floats, Floats]:
    """Surface and, if wanted, mean width of what pairs have in common."""
    common = shapely.intersection(first, second)
    area = shapely.area(common)
    return area, _widths(area, common) if widths else np.full(len(first), np.nan)


def _on_threads(measured: Any, number: int, progress: Progress) -> tuple[Floats, Floats]:
    portions = np.array_split(np.arange(number), max(1, number // _PORTION))
    found = []
    # GEOS lets go of the interpreter, so threads share the work without copying polygons.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for k, part in enumerate(threads.map(measured, portions), 1):
            found.append(part)
            progress(k / len(portions))
    areas, widths = zip(*found, strict=True)
    return np.concatenate(areas), np.concatenate(widths)


def mean_width(shapes: Any) -> Floats:
    """
    Mean width of polygons: that of the rectangle with the same area and perimeter, nearly, where it is long.

    Parameters
    ----------
    shapes
        Polygons.

    Returns
    -------
    width
        Twice the area over the perimeter; 0 for what has no surface.

    Examples
    --------
    >>> from shapely import box
    >>> mean_width([box(0, 0, 1000, 1)]).round(3).tolist()
    [0.999]
    """
    return _widths(shapely.area(shapes), shapes)


def _widths(area: Floats, shapes: Any) -> Floats:
    around = shapely.length(shapes)
    width: Floats = np.divide(2 * area, around, out=np.zeros(len(area)), where=around > 0)
    return width


def faces(shapes: Any) -> Shapes:
    """Single polygons with a surface that geometries consist of; lines and points are left out."""
    # Collections come of overlays whose parts touch in a line: their polygons count, the rest does not.
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return np.asarray(parts[shapely.area(parts) > 0], dtype=object)


def overlapping(shapes: Shapes) -> tuple[Indices, Indices, Floats]:
    """
    Pairs of polygons of one layer that lie over each other.

    Parameters
    ----------
    shapes
        Valid polygons in one CRS.

    Returns
    -------
    first, second, share
        Positions, and the share of the smaller one's surface that both have, the largest first.

    Examples
    --------
    >>> from shapely import box
    >>> overlapping(np.array([box(0, 0, 4, 1), box(3, 0, 9, 1), box(9, 0, 10, 1)]))[2].tolist()
    [0.25]
    """
    area = shapely.area(shapes)
    # Of two polygons that overlap the check of coverages finds at least one, and it is fast. Corners that differ by
    # rounding alone would make it doubt all.
    size = np.abs(shapely.total_bounds(shapes)).max(initial=0)
    rounded = shapely.set_precision(shapes, _ROUNDING * size, mode="pointwise") if size > 0 else shapes
    doubtful = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(rounded)))
    one, other = shapely.STRtree(shapes).query(shapes[doubtful], predicate="intersects")
    pairs = np.sort(np.column_stack([doubtful[one], other]), axis=1)
    first, second = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).T
    common = np.zeros(0)
    if len(first):
        common, _ = _on_threads(
            lambda rows: _common(shapes[first[rows]], shapes[second[rows]]), len(first), no_progress
        )
    share = common / np.minimum(area[first], area[second])
    order = np.argsort(-share, kind="stable")
    order = order[share[order] > 0]
    return first[order], second[order], share[order]
