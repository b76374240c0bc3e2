"""Rasters: one band of numbers with its place on the ground, checked at the door like every layer."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.transform import Affine

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.alone import RASTER, offline, require_alone, require_driver
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.files import require_file, require_memory
from geoterritorio.layers.findings import reason_of
from geoterritorio.layers.places import known_crs
from geoterritorio.layers.schema import (
    DENSITY,
    ELEVATION,
    FRICTION,
    LAND_COVER,
    POPULATION_GRID,
    TRAVEL_TIME,
    VALUES,
)
from geoterritorio.registry import Layer

Values = npt.NDArray[np.float32] | npt.NDArray[np.float64]

# What values of each kind may be: below or above, a no-data value was not declared, or the unit is another one.
_BOUNDS = {
    FRICTION.kind: (0.0, 1e6),  # minutes per metre; at the end of it a metre takes two years
    ELEVATION.kind: (-500.0, 9000.0),  # metres; the Dead Sea's shore lies at -430, Everest at 8849
    POPULATION_GRID.kind: (0.0, np.inf),  # people in the cell
    DENSITY.kind: (0.0, np.inf),  # people or jobs per square kilometre
    LAND_COVER.kind: (-np.inf, np.inf),  # numbers of classes
    TRAVEL_TIME.kind: (0.0, np.inf),  # minutes
    VALUES.kind: (-np.inf, np.inf),
}
_SQUARE = 1e-3  # relative difference of the sides that still counts as square
_BANDS = 1
_OWN_TAGS = {"AREA_OR_POINT", "OVR_RESAMPLING_ALG"}


@dataclass(frozen=True)
class Grid:
    """
    A raster of one band.

    Attributes
    ----------
    values
        Shape (rows, columns), north first; NaN where there is no value.
    transform
        From column and row to coordinates of the upper left corner of a cell.
    crs
        Coordinate reference system of the coordinates.
    nodata
        Value that stood for "no value" in the file; None where it had none.
    tags
        What the raster says about itself, such as its unit; written into the file.
    """

    values: Values
    transform: Affine
    crs: Any
    nodata: float | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell in units of the CRS."""
        return abs(self.transform.a), abs(self.transform.e)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge in units of the CRS."""
        rows, columns = self.values.shape
        west, north = self.transform.c, self.transform.f
        east, south = west + columns * self.transform.a, north + rows * self.transform.e
        return min(west, east), min(south, north), max(west, east), max(south, north)


FrictionGrid = Annotated[Grid, FRICTION]
ElevationGrid = Annotated[Grid, ELEVATION]
PopulationGrid = Annotated[Grid, POPULATION_GRID]
DensityGrid = Annotated[Grid, DENSITY]
LandCoverGrid = Annotated[Grid, LAND_COVER]
TravelTimeGrid = Annotated[Grid, TRAVEL_TIME]
ValuesGrid = Annotated[Grid, VALUES]


def read_grid(
    source: str | Path, schema: Layer = ELEVATION, *, crs: str | None = None, name: str = ""
) -> Grid:
    """
    Checked raster from a file.

    Parameters
    ----------
    source
        File that GDAL reads, for example GeoTIFF, or ``file.tif|2`` for its second band.
    schema
        What the raster must be: one of `schema.GRIDS`, such as `FRICTION` or `ELEVATION`.
    crs
        System of a raster that says none.
    name
        What the raster is called in messages; its kind by default.

    Returns
    -------
    grid
        Values with NaN where there are none, transform, CRS.

    Raises
    ------
    LayerError
        If the file cannot be read, holds several bands and none is named, or its values cannot be of this kind.
    CRSError
        If a friction raster is not in metres.
    """
    path, bar, band = str(source).rpartition("|")
    path, band = (path, band) if bar else (band, "")
    title = name or schema.kind
    require_file(Path(path), title)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)  # refused below, with its cure
            grid = _read(path, band, title)
    except (RasterioError, OSError, ValueError, MemoryError) as error:
        if isinstance(error, LayerError):
            raise
        raise LayerError(
            message(
                "{layer}: {path} cannot be read ({reason}). "
                "Check that the file is whole and of the kind its name says.",
                layer=title,
                path=path,
                reason=reason_of(error),
            )
        ) from error
    if crs is not None and grid.crs is None:
        grid = replace(grid, crs=known_crs(crs, title))
    return as_grid(grid, schema, name=title)


def _read(path: str, band: str, layer: str) -> Grid:
    place = Path(path).absolute()  # a name of a file, whatever else GDAL could take it for
    require_alone(place)
    with offline(), rasterio.open(place) as file:
        require_driver(file.driver, RASTER, place)
        if file.count != _BANDS and not band:
            raise LayerError(
                message(
                    "{layer}: {path} holds {count} bands. Name one: {path}|1",
                    layer=layer,
                    path=path,
                    count=file.count,
                )
            )
        if band and not (band.isdecimal() and 1 <= int(band) <= file.count):
            raise LayerError(
                message(
                    "{layer}: {path} has no band “{band}”; it has {count}.",
                    layer=layer,
                    path=path,
                    band=band,
                    count=file.count,
                )
            )
        kind = np.dtype(file.dtypes[int(band or 1) - 1])
        # Values, their mask, and the same in the type in which they are kept.
        cell = kind.itemsize + 1 + (4 if np.can_cast(kind, np.float32) else 8)
        require_memory(cell * file.width * file.height, path, layer)
        values = file.read(int(band or 1), masked=True)
        exact = np.float32 if np.can_cast(values.dtype, np.float32) else np.float64
        return Grid(values.astype(exact).filled(np.nan), file.transform, file.crs, file.nodata, said(file))


def said(file: Any) -> dict[str, str]:
    """Tags of an open raster, without what GDAL says of its own accord."""
    return {name: text for name, text in file.tags().items() if name not in _OWN_TAGS}


def as_grid(grid: Grid, schema: Layer = ELEVATION, *, name: str = "") -> Grid:
    """
    Raster checked for what it must be.

    Parameters
    ----------
    grid
        Raster; not changed.
    schema
        One of `schema.GRIDS`, such as `FRICTION` or `ELEVATION`.
    name
        What the raster is called in messages; its kind by default.

    Returns
    -------
    grid
        The same raster.

    Raises
    ------
    LayerError
        With every problem found.
    CRSError
        If a friction raster is not in metres.
    """
    title = name or schema.kind
    problems = [*_place_problems(grid, title), *_value_problems(grid.values, schema.kind, title)]
    if problems:
        raise LayerError(problems)
    if schema.kind == FRICTION.kind:
        frame = gpd.GeoDataFrame(geometry=[shapely.box(*grid.bounds)], crs=grid.crs)
        require_metres(frame, name=title)
    return grid


def _place_problems(grid: Grid, layer: str) -> Iterator[Message]:
    if grid.crs is None:
        yield message(
            "{layer}: the layer has no coordinate reference system. Assign the one its coordinates are in.",
            layer=layer,
        )
    t = grid.transform
    if t.b or t.d:
        yield message(
            "{layer}: the raster is rotated. Warp it to a north-up raster, for example with gdalwarp.",
            layer=layer,
        )
    elif not all(np.isfinite(t[:6])) or t == Affine.identity() or not (t.a > 0 > t.e):
        yield message(
            "{layer}: the raster does not say where it lies, or is not north-up. Georeference it, for example with "
            "gdalwarp.",
            layer=layer,
        )
    elif abs(grid.cell[0] - grid.cell[1]) > _SQUARE * max(grid.cell):
        yield message(
            "{layer}: cells measure {width} by {height}; square cells are needed. Resample the raster.",
            layer=layer,
            width=float(grid.cell[0]),
            height=float(grid.cell[1]),
        )


def _value_problems(values: Values, kind: str, layer: str) -> Iterator[Message]:
    finite = np.isfinite(values)
    if not finite.any():
        yield message("{layer}: the raster holds no value at all.", layer=layer)
        return
    infinite = int(np.count_nonzero(np.isinf(values)))
    if infinite:
        yield message(
            "{layer}: the raster holds infinite values (cells: {count}). Declare them as no data (nodata).",
            layer=layer,
            count=infinite,
        )
    low, high = _BOUNDS[kind]
    wrong = finite & ((values < low) | (values > high))
    if kind == FRICTION.kind:
        wrong |= finite & (values == 0)
    count = int(np.count_nonzero(wrong))
    if count:
        yield message(
            "{layer}: the raster holds values that its kind cannot have, from {low} to {high} (cells: {count}). "
            "Declare the value that stands for no data (nodata), or check the unit.",
            layer=layer,
            count=count,
            low=float(values[wrong].min()),
            high=float(values[wrong].max()),
        )
