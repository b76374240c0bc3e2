"""Regular cells over a territory: areas that owe nothing to history, to see what history adds."""

from __future__ import annotations

from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoterritorio.errors import LayerError, message
from geoterritorio.registry import Metres, Share

MOST_CELLS = 1_000_000
CellShape = Literal["square", "hexagon"]
Wholes = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]


def regular_cells(
    territories: gpd.GeoDataFrame, *, cell: Metres = 10_000, shape: CellShape = "square", shift: Share = 0
) -> gpd.GeoDataFrame:
    """
    Regular cells that cover a layer.

    Parameters
    ----------
    territories
        Polygons in a projected CRS in metres.
    cell
        Side of a square, or distance between opposite sides of a hexagon, in metres.
    shape
        Squares, or hexagons with a corner to the north.
    shift
        How far the grid's origin lies from coordinate 0 to the north-east, in cells.

    Returns
    -------
    cells
        `territory` (``r<row>c<column>``, counted from the grid's origin, so that cells of two layers agree), `name` and
        polygons in the CRS of the layer: every cell that shares an inner point with it.

    Raises
    ------
    LayerError
        If the cells would be more than a million, or the territories are points.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> area = gpd.GeoDataFrame({"territory": ["a"]}, geometry=[box(0, 0, 2500, 900)], crs=25830)
    >>> regular_cells(area, cell=1000)["territory"].tolist()
    ['r0c0', 'r0c1', 'r0c2']
    """
    rise = cell if shape == "square" else cell * np.sqrt(3) / 2
    away = np.array([cell, rise]) * shift
    west, south, east, north = territories.total_bounds - np.tile(away, 2)
    _refuse_too_many(territories, (east - west) * (north - south), cell)
    columns = np.arange(np.floor(west / cell) - 1, np.ceil(east / cell) + 1)
    rows = np.arange(np.floor(south / rise) - 1, np.ceil(north / rise) + 1)
    row, column = (v.ravel().astype(int) for v in np.meshgrid(rows, columns, indexing="ij"))
    shapes = _squares(row, column, cell) if shape == "square" else _hexagons(row, column, cell)
    shapes = shapely.transform(shapes, lambda at: at + away) if shift else shapes
    whole = shapely.union_all(territories.geometry.to_numpy())
    shapely.prepare(whole)
    kept = shapely.relate_pattern(whole, shapes, "T********")
    names = [f"r{r}c{c}" for r, c in zip(row[kept], column[kept], strict=True)]
    return gpd.GeoDataFrame({"territory": names, "name": names}, geometry=shapes[kept], crs=territories.crs)


def _refuse_too_many(territories: gpd.GeoDataFrame, area: float, cell: float) -> None:
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: a grid covers polygons, these are points."))
    number = area / max(cell, 1e-9) ** 2
    if number > MOST_CELLS:
        raise LayerError(
            message(
                "cell: {cell} m would make {number} cells. Choose larger ones.",
                cell=cell,
                number=f"{number:.0f}",
            )
        )


def _squares(row: Wholes, column: Wholes, cell: float) -> Shapes:
    x, y = column * cell, row * cell
    boxes: Shapes = shapely.box(x, y, x + cell, y + cell)
    return boxes


def _hexagons(row: Wholes, column: Wholes, cell: float) -> Shapes:
    # Corners from one formula of whole numbers, so that neighbours share them to the last bit.
    half, third = cell / 2, cell / np.sqrt(3) / 2
    east = 2 * column + row % 2
    across = np.array([1, 2, 2, 1, 0, 0])
    up = np.array([2, 1, -1, -2, -1, 1])
    x = (east[:, None] + across) * half
    y = (3 * row[:, None] + up) * third
    hexagons: Shapes = shapely.polygons(np.stack([x, y], axis=-1))
    return hexagons
