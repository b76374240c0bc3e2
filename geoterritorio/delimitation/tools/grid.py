"""Delimitation on layers."""

from __future__ import annotations

from typing import Literal

from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.schema import Territories
from geoterritorio.registry import Metres, Progress, no_progress, tool


@tool
def regular_grid(
    territories: Territories,
    *,
    cell: Metres = 10_000,
    shape: Literal["square", "hexagon"] = "square",
    progress: Progress = no_progress,
) -> Territories:
    """
    Regular grid over territories.

    Squares or hexagons of one size that cover the layer: areas without history, for comparison with those that
    have one.

    Parameters
    ----------
    territories
        Polygons to cover, in a projected system in metres.
    cell
        Side of a square, or distance between opposite sides of a hexagon.
    shape
        Squares or hexagons.
    progress
        Callback.

    Returns
    -------
    output
        Cells that share an inner point with the layer, identified by row and column.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layer.
    LayerError
        If the cells would be more than a million, or the territories are points.
    """
    require_metres(territories, name="territories")
    cells = regular_cells(territories, cell=cell, shape=shape)
    progress(1)
    return cells
