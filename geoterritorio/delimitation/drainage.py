"""Basins and streams from a raster of elevation: the limits that water draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio.features
import shapely
from scipy import ndimage, sparse
from shapely.geometry import shape

from geoterritorio.delimitation._flow import NOWHERE, Flow, Indices, Labels, Mask, flow
from geoterritorio.delimitation._joining import joined
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.schema import NO, YES
from geoterritorio.registry import Number, Progress, no_progress

SquareKilometres = Annotated[float, Number("km²", 0.0)]
Elevation = Annotated[float, Number("m")]
Parts = Literal["subbasins", "basins"]
Void = Literal["unknown", "sea"]
_KM2 = 1e6
_AROUND = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class NaturalBasins:
    """
    Basins and streams.

    Parameters
    ----------
    basins
        One row per basin, the largest first: `territory` (its identifier), `area_km2`, `upstream_km2` (land that
        drains through its outlet, itself among it), `flows_to` (the basin its water runs into; missing where it
        leaves the land), `outlets` (places where water leaves it), `outlet_x`, `outlet_y` (of the one through which
        most runs), `elevation` (mean, metres), `touches_edge` ("yes" or "no"), `raised` (share of its cells that were
        raised), `deepest` (by how many metres at most), polygons.
    streams
        One row per stretch between confluences: `stream`, `territory` (basin in which it ends), `order` (Strahler),
        `upstream_km2` (land drained at its end), `length_km`, lines drawn downstream.
    report
        One row: `land_km2`, `sea_km2`, `void_km2` (cells without value), `basins`, `raised`, `mean_depth`, `deepest`,
        `undecided` (share of the land on which the relief does not say which way water runs), `at_edge` (share of the
        land in basins that touch the edge).
    """

    basins: gpd.GeoDataFrame
    streams: gpd.GeoDataFrame
    report: pd.DataFrame


def natural_basins(
    elevation: Grid,
    *,
    min_area: SquareKilometres = 25.0,
    stream_area: SquareKilometres = 5.0,
    parts: Parts = "subbasins",
    sea_level: Elevation = 0.0,
    void: Void = "unknown",
    progress: Progress = no_progress,
) -> NaturalBasins:
    """
    Basins and streams of a raster of elevation.

    Parameters
    ----------
    elevation
        Metres, in a projected CRS in metres.
    min_area
        Land that a basin must have; smaller ones are joined to the one into which they run. Islands stay as they are.
    stream_area
        Land that must have come together for a stream to begin.
    parts
        Whole basins, or these parted where tributaries with `min_area` meet, and wherever so much more has come
        together.
    sea_level
        Cells at or below this are sea.
    void
        What cells without value are: land of which nothing is known, or sea.
    progress
        Callback.

    Returns
    -------
    natural_basins
        Basins, streams, report.

    Raises
    ------
    CRSError
        If metres cannot be measured on the raster.
    LayerError
        If no cell is above the sea, or there is but one cell.
    DependencyError
        If pyflwdir is not installed.

    Notes
    -----
    Hollows are filled to their lowest rim (Wang and Liu 2006), from the edges of the land inwards; every cell drains
    to the lowest of the eight around it. So inner basins without outlet count as parts of those they would overflow
    into. Water leaves the land at every outermost cell that has no lower neighbour, so that along edges basins are
    many and small: they are joined too. On filled and flat ground, directions are those of the filling, not of a
    slope.

    References
    ----------
    .. [1] Wang, L. & Liu, H. (2006). An efficient method for identifying and filling surface depressions in digital
       elevation models. International Journal of Geographical Information Science 20(2), 193-213.
    .. [2] Strahler, A. N. (1957). Quantitative analysis of watershed geomorphology. Transactions of the American
       Geophysical Union 38(6), 913-920.
    .. [3] Eilander, D. et al. (2021). A hydrography upscaling method for scale-invariant parametrization of distributed
       hydrological models. Hydrology and Earth System Sciences 25, 5287-5313. (pyflwdir)
    """
    frame = gpd.GeoDataFrame(geometry=[shapely.box(*elevation.bounds)], crs=elevation.crs)
    require_metres(frame, name="elevation")
    if elevation.values.size == 1:
        raise LayerError(
            message("elevation: a raster of one cell has no relief. Take a larger or finer one.")
        )
    dry = elevation.values > sea_level  # false where there is no value
    if not dry.any():
        raise LayerError(
            message(
                "elevation: no cell lies above {level} m. Set sea_level below the land.",
                level=float(sea_level),
            )
        )
    cell = elevation.cell[0] * elevation.cell[1] / _KM2
    found = flow(np.where(dry, elevation.values, np.nan))
    progress(0.4, mark("Looking where water runs"))
    least = min_area / cell
    # The library parts where *more* has come together.
    label, outlet = found.units(np.inf if parts == "basins" else max(np.ceil(least) - 1, 0))
    label = joined(found, label, outlet.astype(np.int64), least)
    progress(0.6, mark("Drawing basins"))
    basins = _basins(found, label, elevation, _edge(elevation, dry, void).ravel())
    progress(0.8, mark("Drawing streams"))
    streams = _streams(found, label, elevation, stream_area / cell, basins["territory"].to_numpy())
    progress(1)
    return NaturalBasins(basins, streams, _report(found, elevation, dry, basins))


def _edge(elevation: Grid, dry: Mask, void: Void) -> Mask:
    """Land next to what nothing is known of."""
    unknown = np.zeros(np.add(dry.shape, 2), dtype=bool)
    unknown[[0, -1]] = unknown[:, [0, -1]] = True
    if void == "unknown":
        unknown[1:-1, 1:-1] = np.isnan(elevation.values)
    near: Mask = ndimage.binary_dilation(unknown, _AROUND)[1:-1, 1:-1]
    return near & dry


def _basins(found: Flow, label: Labels, elevation: Grid, edge: Mask) -> gpd.GeoDataFrame:
    land = found.land
    mine = label[land]
    number = int(mine.max()) + 1
    count = np.bincount(mine, minlength=number)
    cell = elevation.cell[0] * elevation.cell[1] / _KM2
    height = np.bincount(mine, elevation.values.ravel()[land].astype(float), number) / count
    deepest = np.zeros(number)
    np.maximum.at(deepest, mine, found.raised[land])
    outlet, outlets = _outlets(found, label, number)
    to = found.below[outlet]
    ids = np.array([f"B{k:0{len(str(number))}d}" for k in range(1, number + 1)], dtype=object)
    x, y = _middles(elevation, outlet)
    table = pd.DataFrame(
        {
            "territory": ids,
            "area_km2": count * cell,
            "upstream_km2": found.cells[outlet] * cell,
            "flows_to": np.where(to == outlet, np.nan, ids[label[to]]),
            "outlets": outlets,
            "outlet_x": x,
            "outlet_y": y,
            "elevation": height,
            "touches_edge": np.where(np.bincount(mine, edge[land], number) > 0, YES, NO),
            "raised": np.bincount(mine, found.raised[land] > 0, number) / count,
            "deepest": deepest,
        }
    )
    return gpd.GeoDataFrame(table, geometry=_polygons(label, elevation, found.shape), crs=elevation.crs)


def _outlets(found: Flow, label: Labels, number: int) -> tuple[Indices, Indices]:
    """Of each basin, the cell through which most water leaves it, and from how many cells any does."""
    own = np.arange(len(label))
    out = np.flatnonzero(found.land & ((found.below == own) | (label[found.below] != label)))
    order = np.lexsort((out, -found.cells[out], label[out]))
    first = np.searchsorted(label[out][order], np.arange(number))
    return out[order][first], np.bincount(label[out], minlength=number)


def _middles(elevation: Grid, cell: Indices) -> tuple[Any, Any]:
    row, column = np.divmod(cell, elevation.values.shape[1])
    to = elevation.transform
    return to.c + (column + 0.5) * to.a, to.f + (row + 0.5) * to.e


def _polygons(label: Labels, elevation: Grid, size: tuple[int, int]) -> Any:
    """Multipolygons of the basins in their order; cells that meet at a corner are parts of their own."""
    cells = label.reshape(size)
    drawn = rasterio.features.shapes(cells, mask=cells >= 0, transform=elevation.transform)
    pieces, values = zip(*drawn, strict=True)
    which = np.array(values).astype(np.int64)
    order = np.argsort(which, kind="stable")
    polygons = np.array([shape(piece) for piece in pieces], dtype=object)
    return shapely.multipolygons(polygons[order], indices=which[order])


def _streams(found: Flow, label: Labels, elevation: Grid, least: float, ids: Any) -> gpd.GeoDataFrame:
    stream = found.land & (found.cells >= max(least, 1))
    stretch, cells = _stretches(found, stream)
    line, end = _ways(found, stretch, cells)
    x, y = _middles(elevation, line[1])
    lines = shapely.linestrings(np.column_stack([x, y]), indices=line[0]) if len(end) else np.array([])
    cell = elevation.cell[0] * elevation.cell[1] / _KM2
    width = len(str(max(len(end), 1)))
    table = pd.DataFrame(
        {
            "stream": np.array([f"S{k:0{width}d}" for k in range(1, len(end) + 1)], dtype=object),
            "territory": ids[label[end]],
            "order": found.order(stream)[end],
            "upstream_km2": found.cells[end] * cell,
            "length_km": shapely.length(lines) / 1000,
        }
    )
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(lines, crs=elevation.crs))


def _stretches(found: Flow, stream: Mask) -> tuple[Indices, Indices]:
    """Stretch of each cell of a stream, from 0, and these cells, each stretch from its head down."""
    cells = np.flatnonzero(stream)
    place = np.full(len(stream), NOWHERE, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    below = place[found.below[cells]]
    leaves = found.below[cells] == cells
    feeders = np.bincount(below[~leaves], minlength=len(cells))
    goes_on = ~leaves & (feeders[below] == 1)
    links = (np.ones(int(goes_on.sum())), (np.flatnonzero(goes_on), below[goes_on]))
    table = sparse.coo_array(links, shape=(len(cells), len(cells)))
    _, stretch = sparse.csgraph.connected_components(table, directed=False)
    order = np.lexsort((found.cells[cells], stretch))
    return stretch[order].astype(np.int64), cells[order]


def _ways(found: Flow, stretch: Indices, cells: Indices) -> tuple[tuple[Indices, Indices], Indices]:
    """Stretches with the cell in which they end, by stretch; and their last own cells. Single cells are no lines."""
    last = np.flatnonzero(np.diff(stretch, append=NOWHERE) != 0)
    end, to = cells[last], found.below[cells[last]]
    further = to != end
    which = np.concatenate([stretch, stretch[last[further]]])
    way = np.concatenate([cells, to[further]])
    order = np.argsort(which, kind="stable")
    which, way = which[order], way[order]
    drawn = np.bincount(which)[stretch[last]] > 1 if len(last) else np.zeros(0, dtype=bool)
    kept = drawn[which] if len(which) else np.zeros(0, dtype=bool)
    renumbered = np.cumsum(drawn) - 1
    return (renumbered[which[kept]], way[kept]), end[drawn]


def _report(found: Flow, elevation: Grid, dry: Mask, basins: gpd.GeoDataFrame) -> pd.DataFrame:
    cell = elevation.cell[0] * elevation.cell[1] / _KM2
    empty = int(np.count_nonzero(np.isnan(elevation.values)))
    land = int(np.count_nonzero(dry))
    raised = found.raised[found.raised > 0]
    at_edge = basins.loc[basins["touches_edge"] == YES, "area_km2"].sum() / basins["area_km2"].sum()
    return pd.DataFrame(
        {
            "land_km2": [land * cell],
            "sea_km2": [(dry.size - land - empty) * cell],
            "void_km2": [empty * cell],
            "basins": [len(basins)],
            "raised": [len(raised) / land],
            "mean_depth": [float(raised.mean()) if len(raised) else np.nan],
            "deepest": [float(raised.max(initial=0))],
            "undecided": [float(np.count_nonzero(found.undecided)) / land],
            "at_edge": [float(at_edge)],
        }
    )
