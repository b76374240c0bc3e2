"""Open ground on layers: friction, minutes to the nearest centre, basins, ways, and sums by territory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.layers.grids import (
    ElevationGrid,
    FrictionGrid,
    Grid,
    LandCoverGrid,
    TravelTimeGrid,
    ValuesGrid,
)
from geoterritorio.layers.schema import Centres, CoverSpeeds, Roads, Speeds, Territories
from geoterritorio.proximity import friction as frictions
from geoterritorio.proximity import paths, surface, zonal
from geoterritorio.proximity.friction import LEVEL_SPEED, Kilometres, SeaLevel
from geoterritorio.proximity.paths import Pairs
from geoterritorio.proximity.surface import Direction, Neighbours
from geoterritorio.proximity.tools._named import with_names
from geoterritorio.registry import Column, Layer, Metres, Minutes, PositiveMetres, Progress, no_progress, tool

_REPORT = (
    Column("centres", "number", mark("Centres")),
    Column("moved", "number", mark("Centres that were moved to passable ground")),
    Column("reached_km2", "number", mark("Ground that is reached, in square kilometres")),
    Column("unreached_km2", "number", mark("Passable ground that is not reached, in square kilometres")),
    Column("impassable_km2", "number", mark("Impassable ground, in square kilometres")),
    Column("mean_minutes", "number", mark("Minutes on average, of the ground that is reached")),
    Column("median_minutes", "number", mark("Minutes within which half of the ground that is reached lies")),
    Column("most_minutes", "number", mark("Most minutes of any cell that is reached")),
    Column("neighbours", "number", mark("Cells to which each move can go: 8 or 16")),
    Column(
        "direction_error",
        "number",
        mark("Share by which minutes are too many in the worst direction, for the grid of cells"),
    ),
)
COST_REPORT = Layer("cost_report", ("table",), _REPORT)
BASIN_REPORT = Layer(
    "basin_report",
    ("table",),
    (_REPORT[0], Column("basins", "number", mark("Centres that are the nearest anywhere")), *_REPORT[1:]),
)
ALLOCATED = Layer("allocated", ("raster",))
TRAVEL_BASINS = Layer(
    "travel_basins",
    ("polygon",),
    (
        Column("territory", "text", mark("Identifier of the basin, which is that of its centre")),
        Column("centre", "text", mark("Centre that is the nearest in minutes")),
        Column("name", "text", mark("Name of the centre"), required=False),
        Column("area_km2", "number", mark("Area in square kilometres")),
        Column("mean_minutes", "number", mark("Minutes to the centre, on average of the ground")),
        Column("most_minutes", "number", mark("Minutes from where it is farthest")),
        Column("centre_x", "number", mark("Easting of the cell that the centre stands on")),
        Column("centre_y", "number", mark("Northing of that cell")),
        Column("moved_m", "number", mark("Metres by which the centre was moved to passable ground")),
    ),
    key=("territory",),
)
COST_PATHS = Layer(
    "cost_paths",
    ("line",),
    (
        Column("origin", "text", mark("Centre from which the way goes")),
        Column("origin_name", "text", mark("Name of that centre"), required=False),
        Column(
            "destination",
            "text",
            mark("Centre to which it goes; empty where there is no way"),
            required=False,
        ),
        Column("destination_name", "text", mark("Name of that centre"), required=False),
        Column("minutes", "number", mark("Minutes of the way; empty where there is none"), required=False),
        Column("metres", "number", mark("Metres along the line, on the map"), required=False),
    ),
)
ZONAL_SUMS = Layer(
    "zonal_sums",
    ("polygon",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        Column(
            "sum", "number", mark("Sum of the values, each by the share of its cell inside"), required=False
        ),
        Column(
            "mean", "number", mark("Mean of the values, each by the share of its cell inside"), required=False
        ),
        Column("cells", "number", mark("Cells with a value, by the share of each inside")),
        Column("covered", "number", mark("Share of the territory on cells with a value")),
        Column("nodata", "number", mark("Share of the territory on cells without a value")),
        Column("outside", "number", mark("Share of the territory beyond the raster")),
    ),
    key=("territory",),
)


@dataclass(frozen=True)
class FrictionResult:
    """
    A raster of friction.

    Attributes
    ----------
    friction
        Minutes per metre; no value where impassable.
    """

    friction: FrictionGrid


@dataclass(frozen=True)
class CostDistanceResult:
    """
    Minutes between every place and the nearest centre.

    Attributes
    ----------
    minutes
        Raster of minutes; no value where no centre is reached.
    report
        How much is reached, and how exact minutes are.
    """

    minutes: TravelTimeGrid
    report: Annotated[pd.DataFrame, COST_REPORT]


@dataclass(frozen=True)
class AllocationResult:
    """
    The nearest centre of every place.

    Attributes
    ----------
    nearest
        Raster: position of the nearest centre in its layer, from 1; no value where none is reached.
    basins
        Ground of each centre; the layer may stand for territories.
    report
        How much is reached, and how exact minutes are.
    """

    nearest: Annotated[Grid, ALLOCATED]
    basins: Annotated[gpd.GeoDataFrame, TRAVEL_BASINS]
    report: Annotated[pd.DataFrame, BASIN_REPORT]


@tool
def friction_surface(
    elevation: ElevationGrid | None = None,
    land_cover: LandCoverGrid | None = None,
    roads: Roads | None = None,
    *,
    speeds: CoverSpeeds | None = None,
    road_speeds: Speeds | None = None,
    speed: Kilometres = LEVEL_SPEED,
    cell: PositiveMetres | None = None,
    sea_level: SeaLevel | None = None,
    progress: Progress = no_progress,
) -> FrictionResult:
    """
    Friction: how many minutes a metre takes.

    A raster for cost distance, from land covers with their speeds, slopes (Tobler's function for walking, averaged over
    all directions) and roads with theirs, the fastest in a cell. Classes without a speed, as water, are impassable.
    Where up and down are to differ, give the elevation to cost distance and not here.

    Parameters
    ----------
    elevation
        Raster of elevation in metres; slopes slow the walk.
    land_cover
        Raster of classes of land cover; its cells are those of the result.
    roads
        Roads with minutes, a speed or a class; no slope slows them.
    speeds
        Speed of each class of land cover.
    road_speeds
        Speeds by class of road, for roads without a time or speed of their own.
    speed
        Kilometres an hour on level ground where there is no land cover; with 0 only roads are passable.
    cell
        Side of a cell in metres, where only roads are given.
    sea_level
        Elevation at and below which ground is impassable but for roads.
    progress
        Callback.

    Returns
    -------
    result
        The raster.

    Raises
    ------
    CRSError
        If metres cannot be measured on the raster.
    LayerError
        If nothing is given, classes or roads have no speed, or one is below 0 or infinite.

    References
    ----------
    .. [1] Tobler, W. (1993). Three presentations on geographical analysis and modeling. NCGIA Technical Report 93-1.
    """
    found = frictions.friction_surface(
        elevation,
        land_cover,
        roads,
        speeds=speeds,
        road_speeds=road_speeds,
        speed=speed,
        cell=cell,
        sea_level=sea_level,
        progress=progress,
    )
    return FrictionResult(found)


@tool
def cost_distance(
    friction: FrictionGrid,
    sources: Centres,
    *,
    elevation: ElevationGrid | None = None,
    neighbours: Neighbours = "16",
    direction: Direction = "from",
    max_cost: Minutes | None = None,
    max_move: Metres | None = None,
    progress: Progress = no_progress,
) -> CostDistanceResult:
    """
    Minutes to the nearest centre, across open ground.

    How long the cheapest way between every cell of a raster and a centre takes. Cells see only some directions, so that
    minutes are too many by up to 8.2 % with 8 neighbours and up to 2.7 % with 16.

    Parameters
    ----------
    friction
        Raster of minutes per metre; no value is impassable.
    sources
        Centres, as points or areas.
    elevation
        Raster of elevation: walking up and down slopes then takes more or less than on level ground, by Tobler's
        function. Not for vehicles, and not with a friction that holds slopes already.
    neighbours
        Cells to which each move can go.
    direction
        Whether ways lead from the centres or to them; with elevation these differ.
    max_cost
        Minutes beyond which no way is followed.
    max_move
        Metres by which a centre on impassable ground is moved; by default up to two cells.
    progress
        Callback.

    Returns
    -------
    result
        Raster and report.

    Raises
    ------
    CRSError
        If metres cannot be measured on the raster.
    LayerError
        If friction is 0 or less somewhere, or a centre lies outside or on ground that cannot be left.
    DependencyError
        If the raster is large and numba is not installed.

    References
    ----------
    .. [1] Tobler, W. (1993). Three presentations on geographical analysis and modeling. NCGIA Technical Report 93-1.
    .. [2] Goodchild, M. F. (1977). An evaluation of lattice solutions to the problem of corridor location. Environment
       and Planning A 9, 727-738.
    """
    found = surface.cost_distance(
        friction,
        sources,
        elevation=elevation,
        neighbours=neighbours,
        direction=direction,
        max_cost=max_cost,
        max_move=max_move,
        progress=progress,
    )
    return CostDistanceResult(found.minutes, found.report)


@tool
def allocation(
    friction: FrictionGrid,
    sources: Centres,
    *,
    elevation: ElevationGrid | None = None,
    neighbours: Neighbours = "16",
    direction: Direction = "to",
    max_cost: Minutes | None = None,
    max_move: Metres | None = None,
    progress: Progress = no_progress,
) -> AllocationResult:
    """
    Travel-cost basins: which centre is the nearest.

    Every cell goes to the centre that takes the fewest minutes: natural limits as travel draws them, beside those of
    water. The basins may be given to the agreement of limits as natural areas.

    Parameters
    ----------
    friction
        Raster of minutes per metre; no value is impassable.
    sources
        Centres, as points or areas.
    elevation
        Raster of elevation, for walking by Tobler's function: see cost distance.
    neighbours
        Cells to which each move can go.
    direction
        Whether ways lead from the centres or to them; with elevation these differ.
    max_cost
        Minutes beyond which no way is followed: what is farther is in no basin.
    max_move
        Metres by which a centre on impassable ground is moved; by default up to two cells.
    progress
        Callback.

    Returns
    -------
    result
        Raster, basins and report.

    Raises
    ------
    CRSError
        If metres cannot be measured on the raster.
    LayerError
        If friction is 0 or less somewhere, or a centre lies outside or on ground that cannot be left.
    DependencyError
        If the raster is large and numba is not installed.

    References
    ----------
    .. [1] Tobler, W. (1993). Three presentations on geographical analysis and modeling. NCGIA Technical Report 93-1.
    """
    found = surface.allocation(
        friction,
        sources,
        elevation=elevation,
        neighbours=neighbours,
        direction=direction,
        max_cost=max_cost,
        max_move=max_move,
        progress=progress,
    )
    return AllocationResult(found.nearest, found.basins, found.report)


@tool
def least_cost_paths(
    friction: FrictionGrid,
    origins: Centres,
    destinations: Centres,
    *,
    elevation: ElevationGrid | None = None,
    pairs: Pairs = "nearest",
    neighbours: Neighbours = "16",
    max_cost: Minutes | None = None,
    max_move: Metres | None = None,
    progress: Progress = no_progress,
) -> Annotated[gpd.GeoDataFrame, COST_PATHS]:
    """
    Least-cost paths across open ground.

    The way that takes the fewest minutes from each origin to the nearest destination, or to all of them, with its
    minutes and metres.

    Parameters
    ----------
    friction
        Raster of minutes per metre; no value is impassable.
    origins
        Where ways begin.
    destinations
        Where they end.
    elevation
        Raster of elevation, for walking by Tobler's function: see cost distance.
    pairs
        Whether ways go to the nearest destination or to all.
    neighbours
        Cells to which each move can go.
    max_cost
        Minutes beyond which no way is followed.
    max_move
        Metres by which a place on impassable ground is moved; by default up to two cells.
    progress
        Callback.

    Returns
    -------
    paths
        One line per way.

    Raises
    ------
    CRSError
        If metres cannot be measured on the raster.
    LayerError
        If friction is 0 or less somewhere, or a place lies outside or on ground that cannot be left.
    DependencyError
        If the raster is large and numba is not installed.

    References
    ----------
    .. [1] Tobler, W. (1993). Three presentations on geographical analysis and modeling. NCGIA Technical Report 93-1.
    """
    found = paths.least_cost_paths(
        friction,
        origins,
        destinations,
        elevation=elevation,
        pairs=pairs,
        neighbours=neighbours,
        max_cost=max_cost,
        max_move=max_move,
        progress=progress,
    )
    found = with_names(found, origins, key="origin", column="origin_name")
    return with_names(found, destinations, key="destination", column="destination_name")


@tool
def zonal_sums(
    grid: ValuesGrid, territories: Territories, *, progress: Progress = no_progress
) -> Annotated[gpd.GeoDataFrame, ZONAL_SUMS]:
    """
    Sums of a raster by territory.

    How much of a raster lies in each territory, such as its inhabitants, and its mean, such as minutes to the nearest
    centre. Cells count by the share of them that lies inside; how much of a territory has no value is told.

    Parameters
    ----------
    grid
        Raster of any numbers.
    territories
        Territories, as polygons.
    progress
        Callback.

    Returns
    -------
    sums
        Territories with sum, mean, and what is covered.

    Raises
    ------
    LayerError
        If the raster holds no value, or territories are not polygons.
    DependencyError
        If exactextract is not installed.

    References
    ----------
    .. [1] Baston, D. (2024). exactextract. https://github.com/isciences/exactextract
    """
    found = zonal.zonal_sums(grid, territories, progress=progress)
    shapes = territories.geometry.reset_index(drop=True)
    return gpd.GeoDataFrame(found, geometry=shapes, crs=territories.crs)
