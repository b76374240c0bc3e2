"""The ground that is crossed: a raster of friction, the relief on its cells, and where centres stand on it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS
from rasterio.enums import MergeAlg
from rasterio.features import rasterize
from rasterio.warp import Resampling, reproject

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.crs import has_geometry, told_system
from geoterritorio.layers.findings import listing
from geoterritorio.layers.grids import Grid, as_grid
from geoterritorio.layers.schema import ELEVATION, FRICTION

# Dimensions of what has an area.
_AREAL = 2
Ints = npt.NDArray[np.int64]
Labels = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Values = npt.NDArray[Any]

# Minutes per metre above which nobody moves: a kilometre would take longer than a day.
_STILL = 1.5
# What a raster of friction says of its slopes if they are in it, averaged over all directions.
SLOPES = "Tobler, mean over directions"
# Cells by which a centre is moved to where it can set out from, if not said otherwise.
_NEAR = 2.0
_SAME = 1e-6


@dataclass(frozen=True)
class Placed:
    """
    Centres on the cells of a raster.

    Attributes
    ----------
    rows, columns, index
        Cells that centres stand on, and the position of each one's centre, centre by centre; several cells of a centre
        that is a polygon.
    x, y
        Middle of the cell that each centre, or a point inside it, stands on.
    moved
        Metres by which each centre was moved.
    """

    rows: Ints
    columns: Ints
    index: Labels
    x: Floats
    y: Floats
    moved: Floats

    @property
    def seeds(self) -> tuple[Ints, Ints, Labels]:
        """Rows, columns and indices."""
        return self.rows, self.columns, self.index


def checked_friction(friction: Grid, elevation: Grid | None = None) -> Grid:
    """
    Raster of friction on which ways can be measured.

    Parameters
    ----------
    friction
        Minutes per metre.
    elevation
        Elevation by which moves are to be slowed.

    Returns
    -------
    friction
        The same.

    Raises
    ------
    LayerError, CRSError
        If slopes are in the friction already and elevation is given; see `as_grid`.

    Warns
    -----
    GeoterritorioWarning
        If values are so high that they are hardly minutes per metre.
    """
    as_grid(friction, FRICTION, name="friction")
    if elevation is not None and friction.tags.get("slope") == SLOPES:
        raise LayerError(
            message(
                "elevation: this friction was made with an elevation, and slopes would slow ways twice. Leave the "
                "elevation out here, or make the friction without it."
            )
        )
    still = friction.values > _STILL  # false where there is no value
    if still.any():
        text = message(
            "friction: cells that take more than {limit} minutes per metre: {count}. Is the unit right, and no value "
            "that stands for no data among them?",
            limit=_STILL,
            count=int(np.count_nonzero(still)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return friction


def relief(elevation: Grid | None, ground: Grid, *, name: str = "friction") -> Values | None:
    """
    Elevation on the cells of another raster.

    Parameters
    ----------
    elevation
        Metres, on any grid and in any system.
    ground
        Raster whose cells are taken.
    name
        What that raster is called.

    Returns
    -------
    height
        Shape of the ground; None where there is no elevation.

    Warns
    -----
    GeoterritorioWarning
        If the elevation had to be resampled, and where it has no value although the ground has.
    """
    if elevation is None:
        return None
    as_grid(elevation, ELEVATION, name="elevation")
    height = elevation.values if _same_cells(elevation, ground) else _resampled(elevation, ground, name)
    missing = int(np.count_nonzero(np.isnan(height) & np.isfinite(ground.values)))
    if missing == np.count_nonzero(np.isfinite(ground.values)):
        raise LayerError(
            message("elevation: it has no value on any cell of {ground}. Do the two overlap?", ground=name)
        )
    if missing:
        text = message(
            "elevation: cells of {ground} without elevation, taken as impassable: {count}.",
            ground=name,
            count=missing,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
    return height


def _same_cells(one: Grid, other: Grid) -> bool:
    near = np.allclose(one.transform[:6], other.transform[:6], rtol=0, atol=_SAME * max(other.cell))
    same = CRS(one.crs).equals(CRS(other.crs), ignore_axis_order=True)
    return same and one.values.shape == other.values.shape and bool(near)


def _resampled(elevation: Grid, ground: Grid, name: str) -> Values:
    text = message(
        "elevation: its cells are not those of {ground}; it was resampled to them (bilinear, from {from_size} m to "
        "{to_size} m).",
        ground=name,
        from_size=elevation.cell[0],
        to_size=ground.cell[0],
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    found = np.full(ground.values.shape, np.nan, dtype=np.float32)
    reproject(
        elevation.values.astype(np.float32, copy=False),
        found,
        src_transform=elevation.transform,
        src_crs=elevation.crs,
        src_nodata=np.nan,
        dst_transform=ground.transform,
        dst_crs=ground.crs,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return found


def frame_of(grid: Grid) -> gpd.GeoDataFrame:
    """Extent of a raster as a layer of one row."""
    return gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=grid.crs)


def on_ground(layer: gpd.GeoDataFrame, ground: Grid, *, name: str) -> gpd.GeoDataFrame:
    """Layer in the system of a raster; says so where it had to be reprojected, and refuses one without places."""
    if not len(layer):
        raise LayerError(message("{layer}: there is not a single row.", layer=name))
    if not has_geometry(layer):
        raise LayerError(message("{layer}: the rows have no places. Give a layer of points.", layer=name))
    if layer.crs is None:
        raise LayerError(
            message(
                "{layer}: the layer has no coordinate reference system. Assign the one its coordinates are in.",
                layer=name,
            )
        )
    if told_system(layer.crs, frame_of(ground), name=name, stacklevel=4):
        return layer.to_crs(ground.crs)
    return layer


def placed(
    centres: gpd.GeoDataFrame, ground: Grid, *, max_move: float | None, name: str, passable: Any = None
) -> Placed:
    """
    Cells that centres stand on.

    Parameters
    ----------
    centres
        Points or polygons with `centre`, in any system.
    ground
        Raster of friction.
    max_move
        Metres by which a centre on impassable ground may be moved; None takes twice the side of a cell.
    name
        What the layer is called in messages.
    passable
        Where the ground can be crossed; by default where it has a value.

    Returns
    -------
    placed
        Cells and centres.

    Raises
    ------
    LayerError
        If a centre has no place, lies outside the raster, or farther from passable ground than it may be moved.

    Warns
    -----
    GeoterritorioWarning
        If centres were moved.
    """
    layer = on_ground(centres, ground, name=name)
    open_ = np.isfinite(ground.values) if passable is None else passable
    points = _points(layer, name)
    rows, columns = _cells(points, ground, layer["centre"].to_numpy(), name)
    most = _NEAR * max(ground.cell) if max_move is None else max_move
    stuck = np.flatnonzero(~open_[rows, columns])
    areas = _areas(layer, ground, open_)
    stuck = stuck[~np.isin(stuck, areas[2])]
    to_row, to_column = _nearest_open(points[stuck], rows[stuck], columns[stuck], ground, open_, most)
    moved = np.zeros(len(layer))
    moved[stuck] = _away(points[stuck], to_row, to_column, ground)
    _tell_moved(layer["centre"].to_numpy(), stuck, to_row, moved, most, name)
    rows[stuck], columns[stuck] = to_row, to_column
    own = np.flatnonzero(open_[rows, columns])
    # each cell of a centre once, centre by centre: where several share a cell, the first of the layer comes first
    size = ground.values.shape
    key = (
        np.concatenate([own, areas[2]]),
        np.concatenate([rows[own], areas[0]]),
        np.concatenate([columns[own], areas[1]]),
    )
    centre, row, column = np.unravel_index(
        np.unique(np.ravel_multi_index(key, (len(layer), *size))), (len(layer), *size)
    )
    return Placed(row, column, centre.astype(np.int32), *middles(ground, rows, columns), moved)


def _points(layer: gpd.GeoDataFrame, name: str) -> Floats:
    """Points, and a point inside of each polygon."""
    shapes = layer.geometry.array
    empty = np.asarray(shapes.isna() | shapes.is_empty)
    if empty.any():
        raise LayerError(
            message(
                "{layer}: rows without a place: {count} ({ids}). Place them, or leave them out.",
                layer=name,
                count=int(empty.sum()),
                ids=listing(layer["centre"][empty]),
            )
        )
    inside = shapely.point_on_surface(np.asarray(shapes))
    return np.asarray(shapely.get_coordinates(inside), dtype=np.float64)


def _cells(points: Floats, ground: Grid, ids: Any, name: str) -> tuple[Ints, Ints]:
    to = ground.transform
    columns = np.floor((points[:, 0] - to.c) / to.a).astype(np.int64)
    rows = np.floor((points[:, 1] - to.f) / to.e).astype(np.int64)
    # the outermost edges belong to the last cells
    _, south, east, _ = ground.bounds
    columns[points[:, 0] == east] -= 1
    rows[points[:, 1] == south] -= 1
    size = ground.values.shape
    outside = (rows < 0) | (rows >= size[0]) | (columns < 0) | (columns >= size[1])
    if outside.any():
        raise LayerError(
            message(
                "{layer}: centres outside the raster: {count} ({ids}). Take a larger raster, or leave them out.",
                layer=name,
                count=int(outside.sum()),
                ids=listing(ids[outside]),
            )
        )
    return rows, columns


def _areas(layer: gpd.GeoDataFrame, ground: Grid, open_: Any) -> tuple[Ints, Ints, Ints]:
    """Passable cells with their middle in a polygon, and its position; where several overlap, each has the cell."""
    shapes = np.asarray(layer.geometry.array)
    wide = np.flatnonzero(shapely.get_dimensions(shapes) == _AREAL)
    found = [np.zeros((3, 0), dtype=np.int64)]
    for some in _apart(shapes, wide, ground):
        drawn = rasterize(
            [(shapes[k], int(k) + 1) for k in some],
            out_shape=ground.values.shape,
            transform=ground.transform,
            dtype="int32",
        )
        rows, columns = np.nonzero((drawn > 0) & open_)
        found.append(np.array([rows, columns, drawn[rows, columns].astype(np.int64) - 1]))
    rows, columns, which = np.hstack(found)
    return rows, columns, which


def _apart(shapes: Any, wide: Ints, ground: Grid) -> list[Ints]:
    """Polygons in as few groups as are found in which none lies on another: each is drawn whole."""
    if not len(wide):
        return []
    number = rasterize(
        shapes[wide],
        out_shape=ground.values.shape,
        transform=ground.transform,
        dtype="uint16",
        merge_alg=MergeAlg.add,
    )
    if number.max() <= 1:
        return [wide]
    one, other = shapely.STRtree(shapes[wide]).query(shapes[wide], predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = ~shapely.touches(shapes[wide[one]], shapes[wide[other]])
    graph = nx.Graph()
    graph.add_nodes_from(range(len(wide)))
    graph.add_edges_from(zip(one[shared].tolist(), other[shared].tolist(), strict=True))
    group = nx.greedy_color(graph)
    label = np.array([group[k] for k in range(len(wide))])
    return [wide[label == k] for k in range(label.max() + 1)]


def _nearest_open(
    points: Floats, rows: Ints, columns: Ints, ground: Grid, open_: Any, most: float
) -> tuple[Ints, Ints]:
    """Nearest passable cell of each point among those whose middle is that near; -1 where there is none."""
    found = np.full((2, len(points)), -1, dtype=np.int64)
    reach = int(np.ceil(most / min(ground.cell)))
    size = open_.shape
    for k, (row, column) in enumerate(zip(rows, columns, strict=True)):
        top, left = max(row - reach, 0), max(column - reach, 0)
        window = open_[top : min(row + reach + 1, size[0]), left : min(column + reach + 1, size[1])]
        near = np.add(np.argwhere(window), (top, left))
        if not len(near):
            continue
        away = _away(points[k], near[:, 0], near[:, 1], ground)
        if away.min() <= most:
            found[:, k] = near[int(away.argmin())]
    return found[0], found[1]


def _away(points: Floats, rows: Ints, columns: Ints, ground: Grid) -> Floats:
    x, y = middles(ground, rows, columns)
    found: Floats = np.hypot(x - points[..., 0], y - points[..., 1])
    return found


def middles(ground: Grid, rows: Ints, columns: Ints) -> tuple[Floats, Floats]:
    """Coordinates of the middles of cells."""
    to = ground.transform
    return to.c + (columns + 0.5) * to.a, to.f + (rows + 0.5) * to.e


def _tell_moved(ids: Any, stuck: Ints, to_row: Ints, moved: Floats, most: float, name: str) -> None:
    lost = stuck[to_row < 0]
    if len(lost):
        raise LayerError(
            message(
                "{layer}: centres on impassable ground, and more than {most} m from any other: {count} ({ids}). Place "
                "them right, allow them to be moved farther (max_move), or leave them out.",
                layer=name,
                most=float(most),
                count=len(lost),
                ids=listing(ids[lost]),
            )
        )
    if len(stuck):
        text = message(
            "{layer}: centres on impassable ground, moved to the nearest passable cell: {count}, by up to {most} m "
            "({ids}).",
            layer=name,
            count=len(stuck),
            most=round(float(moved[stuck].max()), 1),
            ids=listing(ids[stuck]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
