"""Rasters of friction: how many minutes a metre takes, on land covers, on slopes and on roads."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_metres, told_system
from geoterritorio.layers.findings import listing
from geoterritorio.layers.grids import Grid, as_grid
from geoterritorio.layers.schema import ELEVATION, LAND_COVER, NO
from geoterritorio.proximity._fronts import BEST, STEEPNESS
from geoterritorio.proximity._ground import SLOPES, frame_of, relief
from geoterritorio.proximity._prices import classes_without, known_speeds, say_closed, say_no_time
from geoterritorio.registry import Number, PositiveMetres, Progress, no_progress

Values = npt.NDArray[Any]
Single = npt.NDArray[np.float32]
Kilometres = Annotated[float, Number("km/h", 0.0)]
SeaLevel = Annotated[float, Number("m")]

# Tobler: 6 exp(-3.5 |slope + 0.05|) km/h on foot.
_TOBLER_BEST = 6.0
LEVEL_SPEED = _TOBLER_BEST * float(np.exp(-STEEPNESS * BEST))
# Minutes per metre at one kilometre an hour.
_PACE = 60 / 1000
# Cells read at a time.
_BLOCK = 4_000_000
# Slopes at which the mean over all directions is known, and how many directions these are.
_SLOPES, _DIRECTIONS = np.linspace(0, 10, 2001), 64
# Cells of a raster that is made around roads.
_MOST = 400_000_000


def tobler_speed(slope: Any) -> Any:
    """
    Speed on foot by Tobler's function.

    Parameters
    ----------
    slope
        Rise over map distance, positive uphill.

    Returns
    -------
    speed
        Kilometres an hour: 6 exp(-3.5 abs(slope + 0.05)).

    References
    ----------
    .. [1] Tobler, W. (1993). Three presentations on geographical analysis and modeling. NCGIA Technical Report 93-1.

    Examples
    --------
    >>> tobler_speed([-0.05, 0.0, 0.1]).round(2).tolist()
    [6.0, 5.04, 3.55]
    """
    return _TOBLER_BEST * np.exp(-STEEPNESS * np.abs(np.asarray(slope, dtype=float) + BEST))


def friction_surface(
    elevation: Grid | None = None,
    land_cover: Grid | None = None,
    roads: gpd.GeoDataFrame | None = None,
    *,
    speeds: pd.DataFrame | None = None,
    road_speeds: pd.DataFrame | None = None,
    speed: Kilometres = LEVEL_SPEED,
    cell: PositiveMetres | None = None,
    sea_level: SeaLevel | None = None,
    progress: Progress = no_progress,
) -> Grid:
    """
    Minutes that a metre takes, cell by cell.

    Parameters
    ----------
    elevation
        Metres. Slopes slow the walk by Tobler's function, averaged over all directions: a raster of friction has but
        one value per cell. Where up and down are to differ, leave it out here and give it to `cost_distance`.
    land_cover
        Classes of land cover, whole numbers; no value is impassable. Its cells are those of the result.
    roads
        Lines with `minutes` and their `length`, or `speed` (km/h), or `road_class`; burnt into every cell that they
        touch. The first that is filled counts; a speed of 0 closes the road.
    speeds
        `cover` (class) and `speed` (km/h); 0 or empty: impassable, such as water.
    road_speeds
        `road_class` and `speed` (km/h), for roads without a time or speed of their own; 0: closed.
    speed
        Kilometres an hour on level ground without land cover; 0: only roads are passable.
    cell
        Side of a cell in metres, where only roads are given.
    sea_level
        Metres; cells at or below it are impassable but for roads. None: no sea.
    progress
        Callback.

    Returns
    -------
    friction
        Minutes per metre, single precision; NaN where impassable.

    Raises
    ------
    LayerError
        If nothing is given, classes have no speed, roads have none or lie outside, `cell` is missing, or of no use, or
        a speed is below 0 or infinite.
    CRSError
        If metres cannot be measured on the raster.

    Warns
    -----
    GeoterritorioWarning
        If the elevation was resampled, or roads are closed or one-way.

    Notes
    -----
    The cells of the result are those of the land cover, else of the elevation, else as large as `cell` around the
    roads. Slopes are taken from the cells to both sides. Roads come last and are not slowed by slopes: the fastest road
    that touches a cell has it, unless the ground is faster; over impassable ground it is a bridge. Neighbouring cells
    are connected everywhere, so that every road can be left and joined, and is open both ways.

    References
    ----------
    .. [1] Tobler, W. (1993). Three presentations on geographical analysis and modeling. NCGIA Technical Report 93-1.

    Examples
    --------
    >>> import numpy as np
    >>> from rasterio.transform import Affine
    >>> from geoterritorio.layers import Grid
    >>> flat = Grid(np.zeros((1, 2)), Affine(100, 0, 600_000, 0, -100, 4_400_000), "EPSG:25830")
    >>> friction_surface(flat, speed=5).values.astype(float).round(4).tolist()
    [[0.012, 0.012]]
    """
    _sound(speed, cell, sea_level)
    if road_speeds is not None and roads is None:
        raise LayerError(
            message("road_speeds: a table of speeds is given, but no roads. Give the layer roads too.")
        )
    frame = _frame(elevation, land_cover, roads, cell)
    require_metres(frame_of(frame), name="friction")
    progress(0, mark("Reading land covers"))
    values = _covered(frame, land_cover, speeds, speed)
    if elevation is not None:
        progress(0.3, mark("Measuring slopes"))
        height = _height(elevation, frame)
        _slow_by_slopes(values, height, frame.cell[0])
        values[~np.isfinite(height)] = np.nan
        if sea_level is not None:
            values[height <= sea_level] = np.nan
    if roads is not None:
        progress(0.6, mark("Burning roads in"))
        _burn(values, roads, road_speeds, frame)
    if not np.isfinite(values).any():
        raise LayerError(message("friction: no cell is passable. Look at the speeds and the sea level."))
    progress(1)
    tags = {"unit": "minutes per metre", "slope": "none" if elevation is None else SLOPES}
    return Grid(values, frame.transform, frame.crs, None, tags)


def _sound(speed: float, cell: float | None, sea_level: float | None) -> None:
    """Refusal of options that would make friction 0 or less, or no number."""
    problems = []
    if _impossible(np.array([speed]))[0]:
        problems.append(
            message("{name}: {value} is no speed of 0 or more.", name="speed", value=float(speed))
        )
    if cell is not None and not 0 < cell < np.inf:
        problems.append(message("{name}: {value} is no length above 0.", name="cell", value=float(cell)))
    if sea_level is not None and np.isnan(sea_level):
        problems.append(message("sea_level: it is no number. Leave it out where there is no sea."))
    if problems:
        raise LayerError(problems)


def _pace(speed: npt.NDArray[np.float64]) -> Single:
    """Minutes per metre as rasters hold them; infinite where the speed is 0."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(_PACE / speed, dtype=np.float32)


def _impossible(speed: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Speeds that are neither 0 nor give a friction above 0; missing ones are among them."""
    pace = _pace(speed)
    return np.asarray((speed != 0) & ~((pace > 0) & np.isfinite(pace)), dtype=bool)


def _frame(
    elevation: Grid | None, land_cover: Grid | None, roads: gpd.GeoDataFrame | None, cell: float | None
) -> Grid:
    """Raster whose cells are those of the result."""
    for grid, kind in ((land_cover, LAND_COVER), (elevation, ELEVATION)):
        if grid is None:
            continue
        if cell is not None:
            raise LayerError(
                message(
                    "cell: cells are those of {layer}. Leave it out, or resample the raster.", layer=kind.kind
                )
            )
        return as_grid(grid, kind)
    if roads is None or not len(roads):
        raise LayerError(message("friction: nothing is given. Give elevation, land cover or roads."))
    if cell is None:
        raise LayerError(message("cell: roads alone say nothing of the size of cells. Give it, in metres."))
    if not 0 < cell < np.inf:
        raise LayerError(message("{name}: {value} is no length above 0.", name="cell", value=float(cell)))
    require_metres(roads, name="roads")
    return _around(roads, cell)


def _around(roads: gpd.GeoDataFrame, cell: float) -> Grid:
    west, south, east, north = roads.total_bounds
    left, top = np.floor(west / cell) * cell, np.ceil(north / cell) * cell
    columns, rows = (max(int(np.ceil(side / cell)), 1) for side in (east - left, top - south))
    if rows * columns > _MOST:
        raise LayerError(
            message(
                "cell: cells of {cell} m would be {count}, more than {most}. Take larger ones.",
                cell=float(cell),
                count=rows * columns,
                most=_MOST,
            )
        )
    return Grid(np.zeros((rows, columns), np.float32), Affine(cell, 0, left, 0, -cell, top), roads.crs)


def _covered(frame: Grid, land_cover: Grid | None, speeds: pd.DataFrame | None, speed: float) -> Single:
    """Friction before slopes and roads."""
    if land_cover is None:
        if speeds is not None:
            raise LayerError(
                message(
                    "speeds: a table of speeds is given, but no land cover. Give the raster too; speeds of roads by "
                    "class are road_speeds."
                )
            )
        return np.full(frame.values.shape, _PACE / speed if speed else np.nan, dtype=np.float32)
    if speeds is None:
        raise LayerError(
            message("land_cover: no speeds are given. Give a table of classes and their speeds (km/h).")
        )
    return _looked_up(land_cover.values, speeds)


def _looked_up(cover: Values, speeds: pd.DataFrame) -> Single:
    codes, pace = _paces(speeds)
    values = np.empty(cover.shape, dtype=np.float32)
    unknown: dict[float, int] = {}
    for part in _blocks(cover.shape):
        block = cover[part]
        at = np.minimum(np.searchsorted(codes, block), len(codes) - 1)
        known = codes[at] == block
        values[part] = np.where(known, pace[at], np.nan)
        others = block[~known & np.isfinite(block)]
        for code, count in zip(*np.unique(others, return_counts=True), strict=True):
            unknown[float(code)] = unknown.get(float(code), 0) + int(count)
    if unknown:
        raise LayerError(
            message(
                "land_cover: classes without a speed in the table: {classes} (cells: {count}). Add them; with a speed "
                "of 0 they are impassable.",
                classes=listing(f"{code:g}" for code in sorted(unknown)),
                count=sum(unknown.values()),
            )
        )
    return values


def _paces(speeds: pd.DataFrame) -> tuple[npt.NDArray[np.float64], Single]:
    """Classes in order, and minutes per metre of each; NaN where impassable."""
    codes, speed = (pd.to_numeric(speeds[c]).to_numpy(dtype=float) for c in ("cover", "speed"))
    wrong = ~np.isfinite(codes) | (_impossible(speed) & ~np.isnan(speed))
    if wrong.any() or not len(codes):
        raise LayerError(
            message(
                "speeds: rows without a class, or with a speed that is infinite or below 0: {count} of {rows}. Correct "
                "them.",
                count=int(wrong.sum()),
                rows=len(codes),
            )
        )
    twice = pd.Series(codes)[pd.Series(codes).duplicated()]
    if len(twice):
        raise LayerError(
            message(
                "speeds: classes that stand there twice: {classes}.", classes=listing(f"{c:g}" for c in twice)
            )
        )
    order = np.argsort(codes)
    return codes[order], np.where(speed > 0, _pace(speed), np.float32(np.nan))[order]


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Rows of a raster, as many at a time as memory should hold."""
    rows = max(_BLOCK // max(shape[1], 1), 1)
    return (slice(start, min(start + rows, shape[0])) for start in range(0, shape[0], rows))


def _height(elevation: Grid, frame: Grid) -> Values:
    # the frame of land covers has no values where nothing is passable: all its cells are asked for
    found = relief(elevation, frame, name="land_cover")
    return elevation.values if found is None else found


def _slow_by_slopes(values: Single, height: Values, cell: float) -> None:
    """Friction times what slopes make of the pace, in place and block by block."""
    mean = mean_steepness(_SLOPES)
    for part in _blocks(values.shape):
        around = slice(max(part.start - 1, 0), min(part.stop + 1, len(height)))
        slope = slopes(height[around], cell)[part.start - around.start :][: part.stop - part.start]
        values[part] *= np.interp(slope, _SLOPES, mean).astype(np.float32)


def mean_steepness(slope: Any) -> Any:
    """
    Pace on a slope over that on level ground, by Tobler's function and averaged over all directions.

    Parameters
    ----------
    slope
        Rise over map distance where it is steepest.

    Returns
    -------
    pace
        1 on level ground.
    """
    turn = np.cos((np.arange(_DIRECTIONS) + 0.5) * (2 * np.pi / _DIRECTIONS))
    rise = np.asarray(slope, dtype=float)[..., None] * turn
    return np.exp(STEEPNESS * (np.abs(rise + BEST) - BEST)).mean(axis=-1)


def slopes(height: Values, cell: float) -> npt.NDArray[np.float64]:
    """
    Steepest slope of each cell, from the cells to both sides, or to the one that has a value.

    Parameters
    ----------
    height
        Metres, shape (rows, columns); NaN where unknown.
    cell
        Side of a cell in metres.

    Returns
    -------
    slope
        Rise over map distance, 0 or more; 0 where no cell beside is known.
    """
    found = np.zeros(height.shape)
    for axis in (0, 1):
        rise = np.diff(height.astype(float), axis=axis) / cell
        ends = [(0, 0), (0, 0)]
        ends[axis] = (1, 0)
        before = np.pad(rise, ends, constant_values=np.nan)
        ends[axis] = (0, 1)
        after = np.pad(rise, ends, constant_values=np.nan)
        known = np.isfinite(before).astype(int) + np.isfinite(after)
        total = np.nan_to_num(before) + np.nan_to_num(after)
        found += (total / np.maximum(known, 1)) ** 2
    steepest: npt.NDArray[np.float64] = np.sqrt(found)
    return steepest


def _burn(values: Single, roads: gpd.GeoDataFrame, classes: pd.DataFrame | None, frame: Grid) -> None:
    """Roads into the raster, in place."""
    if roads.crs != frame.crs and told_system(roads.crs, frame_of(frame), name="roads", stacklevel=4):
        roads = roads.to_crs(frame.crs)
    speed = road_speeds(roads, classes)
    _tell_roads(roads, speed)
    near = shapely.intersects(np.asarray(roads.geometry.array), shapely.box(*frame.bounds))
    open_ = np.flatnonzero((speed > 0) & near)
    if not len(open_):
        raise LayerError(message("roads: no open road crosses the raster. Do the two overlap?"))
    # the slowest first: where several touch a cell, the last one has it
    order = open_[np.argsort(speed[open_], kind="stable")]
    shapes = zip(roads.geometry.to_numpy()[order], _pace(speed[order]), strict=True)
    drawn = rasterize(
        shapes,
        out_shape=values.shape,
        transform=frame.transform,
        fill=np.nan,
        all_touched=True,
        dtype="float32",
    )
    np.fmin(values, drawn, out=values)


def road_speeds(roads: gpd.GeoDataFrame, speeds: pd.DataFrame | None = None) -> npt.NDArray[np.float64]:
    """
    Kilometres an hour on roads.

    Parameters
    ----------
    roads
        Lines with `minutes` and, where it is not that of the line, `length`; or with `speed`; or with `road_class`.
    speeds
        `speed` by `road_class`, for roads without a time or speed of their own.

    Returns
    -------
    speed
        One per road, by the first of these that is filled; 0 where it is closed (speed 0).

    Raises
    ------
    LayerError
        If roads have no speed and no time, or these are below 0 or infinite.

    Warns
    -----
    GeoterritorioWarning
        If roads take 0 minutes, which is no time.
    """
    known = known_speeds(roads, speeds)
    length = roads["length"].to_numpy(dtype=float) if "length" in roads else np.zeros(len(roads))
    metres = np.where(length > 0, length, roads.length)
    with np.errstate(over="ignore"):
        speed = np.where(np.isnan(known.minutes), known.speed, metres * _PACE / known.minutes)
    speed = np.where(known.closed, 0.0, speed)
    wrong = np.flatnonzero(_impossible(speed))
    if len(wrong):
        raise LayerError(
            message(
                "roads: {count} of {number} have neither a time nor a speed, the first in row {row}.{hint} Fill "
                "“minutes” or “speed”, or give speeds by class (road_speeds); a speed of 0 closes a road.",
                count=len(wrong),
                number=len(roads),
                row=int(wrong[0]) + 1,
                hint=classes_without(roads, speeds, wrong),
            )
        )
    say_no_time(roads)
    return speed


def _tell_roads(roads: gpd.GeoDataFrame, speed: npt.NDArray[np.float64]) -> None:
    say_closed(speed == 0)
    oneway = int((roads["oneway"].notna() & (roads["oneway"] != NO)).sum()) if "oneway" in roads else 0
    if oneway:
        text = message("roads: one-way, but open both ways on a raster: {count}.", count=oneway)
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)
