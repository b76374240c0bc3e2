"""Delimitation on layers."""

from __future__ import annotations

from typing import Literal

from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.errors import LayerError, message
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.schema import Territories
from geoterritorio.registry import Metres, Progress, no_progress, tool

_MOST_CELLS = 1_000_000


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
    west, south, east, north = territories.total_bounds
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: a grid covers polygons, these are points."))
    number = (east - west) * (north - south) / max(cell, 1e-9) ** 2
    if number > _MOST_CELLS:
        raise LayerError(
            message(
                "cell: {cell} m would make {number} cells. Choose larger ones.",
                cell=cell,
                number=f"{number:.0f}",
            )
        )
    cells = regular_cells(territories, cell=cell, shape=shape)
    progress(1)
    return cells
