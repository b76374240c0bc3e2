"""Areas on layers: land within distances of centres, land nearest to each, and what lies inside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import require_metres
from geoterritorio.layers.grids import PopulationGrid
from geoterritorio.layers.schema import (
    AREAS,
    Areas,
    Centres,
    Firms,
    FirmsParts,
    Population,
    Roads,
    Territories,
)
from geoterritorio.patterns._bounds import refuse
from geoterritorio.proximity.areas import Overlap
from geoterritorio.proximity.areas import nearest_areas as nearest_by_line
from geoterritorio.proximity.areas import service_areas as areas_within
from geoterritorio.proximity.network import Direction, KilometresAnHour, NetworkRules
from geoterritorio.proximity.network import road_network as network_of
from geoterritorio.proximity.road_areas import nearest_by_road
from geoterritorio.proximity.snapping import SnapRules, snap
from geoterritorio.proximity.tools._named import with_names
from geoterritorio.proximity.within import METHODS, Sources, contents, identified, side_by_side
from geoterritorio.registry import Column, Layer, Metres, PositiveMetres, Progress, no_progress, tool

By = Literal["line", "road"]
LAYERS = ("firms", "population", "population_grid")
FIGURES = {"establishments": LAYERS[:1], "employment": LAYERS[:1], "population": LAYERS[1:]}
_AREA = Column("area", "text", mark("Identifier of the area"))
_NAME = Column("name", "text", mark("Name of that centre"), required=False)
_CENTRES = (
    Column("centres", "text", mark("All centres of the area, separated by semicolons"), required=False),
    Column("places", "number", mark("Number of these centres")),
)
_SUMS = (
    Column("establishments", "number", mark("Establishments inside"), required=False),
    Column(
        "employment", "number", mark("Jobs inside; empty where those of a part are not known"), required=False
    ),
    Column("employment_known", "number", mark("Jobs inside, as far as they are known"), required=False),
    Column(
        "population",
        "number",
        mark("People inside; empty where those of a part are not known"),
        required=False,
    ),
    Column("population_known", "number", mark("People inside, as far as they are known"), required=False),
)
_LAND = Column("area_km2", "number", mark("Area in square kilometres"))
SERVICE_AREAS = Layer(
    "service_areas",
    ("polygon",),
    (
        _AREA,
        Column("centre", "text", mark("Centre of the area; empty where it has several"), required=False),
        _NAME,
        *_CENTRES,
        Column(
            "starts_at", "number", mark("Metres from the centre from which on the area reaches; 0 of a disk")
        ),
        Column("up_to", "number", mark("Metres from the centre up to which the area reaches")),
        _LAND,
        *_SUMS,
    ),
    key=("area",),
)
NEAREST_AREAS = Layer(
    "nearest_areas",
    ("polygon",),
    (
        _AREA,
        Column("centre", "text", mark("Nearest centre; empty where no road leads to any"), required=False),
        _NAME,
        *_CENTRES,
        Column(
            "nearest_by",
            "text",
            mark("What nearest means: line (straight) or road (cheapest way)"),
            options=("line", "road"),
        ),
        _LAND,
        *_SUMS,
    ),
    key=("area",),
)
SUMMED_AREAS = Layer(
    "summed_areas",
    ("polygon",),
    (_AREA, *(replace(c, required=False) for c in AREAS.columns[1:]), _LAND, *_SUMS),
    key=("area",),
)
CONTENTS = Layer(
    "area_contents",
    ("table",),
    (
        _AREA,
        Column("centres", "text", mark("All centres of the area, separated by semicolons"), required=False),
        Column("source", "text", mark("Layer of which a column was summed"), options=LAYERS),
        Column("figure", "text", mark("Column that was summed; establishments are counted")),
        Column("sum", "number", mark("Sum inside; empty where a part is not known")),
        Column("known", "number", mark("Sum of what is known inside")),
        Column("share", "number", mark("Its share of all that is known in the layer, inside and outside")),
        Column("counted", "number", mark("Rows wholly or partly inside; cells by their shares")),
        Column(
            "missing",
            "number",
            mark(
                "Of these without a value, or whose part inside the raster leaves open; of cells also those beyond it"
            ),
        ),
        Column(
            "method",
            "text",
            mark(
                "Whether points count, polygons by_area or by_grid (by the raster's people in them), or cells"
            ),
            options=METHODS,
        ),
    ),
    key=("area", "source", "figure"),
)
ServiceAreas = Annotated[gpd.GeoDataFrame, SERVICE_AREAS]
NearestAreas = Annotated[gpd.GeoDataFrame, NEAREST_AREAS]
SummedAreas = Annotated[gpd.GeoDataFrame, SUMMED_AREAS]
AreaContents = Annotated[pd.DataFrame, CONTENTS]


@dataclass(frozen=True)
class ServiceRules:
    """
    How areas within distances are drawn and what is summed.

    Parameters
    ----------
    overlap
        Whether areas of centres overlap (keep) or are made one (dissolve).
    rings
        Whether an area begins where that of the next smaller distance ends, so that sums add up over distances.
    columns
        Further columns of the layer population to be summed, with semicolons between them.
    """

    overlap: Overlap = "keep"
    rings: bool = False
    columns: str = ""


@dataclass(frozen=True)
class NearestRules:
    """
    What nearest means and what is summed.

    Parameters
    ----------
    by
        "line": the straight line; "road": the cheapest way on the layer roads.
    direction
        By road, whether ways lead "to" the centre or "from" it: one-way roads tell them apart.
    step
        By road, roads count as points so far apart at most, in metres.
    max_distance
        By road, centres farther than this from every road have no area, in metres.
    walking_speed
        By road, speed of the straight way between a centre and its road, where ways cost minutes.
    main_only
        By road, whether centres go to the nearest road of the largest component, past roads that lead nowhere else.
    columns
        Further columns of the layer population to be summed, with semicolons between them.
    """

    by: By = "line"
    direction: Direction = "to"
    step: PositiveMetres = 50.0
    max_distance: Metres = 500.0
    walking_speed: KilometresAnHour = 5.0
    main_only: bool = False
    columns: str = ""


_SERVICE, _NEAREST, _NETWORK = ServiceRules(), NearestRules(), NetworkRules()


@dataclass(frozen=True)
class ServiceAreasResult:
    """
    Land within distances, and what lies inside.

    Attributes
    ----------
    areas
        Areas, the largest distance first, each with the centres it belongs to and what lies inside.
    contents
        What lies inside by column: sums, what of them is known, their share of the layer, and how they were found.
    """

    areas: ServiceAreas
    contents: AreaContents


@dataclass(frozen=True)
class NearestAreasResult:
    """
    Land nearest to each centre, and what lies inside.

    Attributes
    ----------
    areas
        Areas that leave nothing out and do not overlap, each with its centre and what lies inside.
    contents
        What lies inside by column: sums, what of them is known, their share of the layer, and how they were found.
    """

    areas: NearestAreas
    contents: AreaContents


@dataclass(frozen=True)
class SumsWithinResult:
    """
    What lies inside areas.

    Attributes
    ----------
    sums
        The areas, each with what lies inside.
    contents
        What lies inside by column: sums, what of them is known, their share of the layer, and how they were found.
    """

    sums: SummedAreas
    contents: AreaContents


@tool
def service_areas(
    centres: Centres,
    territories: Territories | None = None,
    *,
    firms: Firms | None = None,
    population: Population | None = None,
    population_grid: PopulationGrid | None = None,
    distances: str = "1000",
    rules: ServiceRules = _SERVICE,
    progress: Progress = no_progress,
) -> ServiceAreasResult:
    """
    Service areas: land within straight distances of centres, and what lies inside.

    Disks or rings, for each centre by itself or dissolved where they overlap; with the establishments, jobs and people
    inside. For ways by road take isochrones.

    Parameters
    ----------
    centres
        Points or polygons in a projected system in metres; a polygon belongs to its own area.
    territories
        Land to which areas are cut.
    firms
        Establishments, counted inside with their jobs.
    population
        People, or other amounts, at points or in polygons; these count by the share of their area inside.
    population_grid
        People in cells, which count by the share of them inside. With polygons of population it tells where in them
        their people are.
    distances
        Metres from the centre, with semicolons between them.
    rules
        How areas are drawn.
    progress
        Callback.

    Returns
    -------
    result
        Areas and contents.

    Raises
    ------
    CRSError
        If metres cannot be measured on the centres.
    LayerError
        If a distance is no number above 0, there are no centres, or a layer lies nowhere.
    """
    areas = areas_within(
        centres,
        distances=distances_of(distances),
        overlap=rules.overlap,
        rings=rules.rings,
        territories=territories,
    )
    group = np.arange(len(areas))
    if rules.rings:
        # on a border the nearer ring counts; rings of the dissolved land lie side by side, as its pieces do
        areas = areas.sort_values("up_to", kind="stable", ignore_index=True)
        group = (
            pd.factorize(areas["centres"])[0]
            if rules.overlap == "keep"
            else np.zeros(len(areas), dtype=np.int64)
        )
    sources = Sources(firms, population, population_grid, columns_of(rules.columns))
    found = contents(areas, sources, group=group, progress=progress)
    areas = areas.sort_values("area", kind="stable", ignore_index=True)
    areas = with_names(with_sums(areas, found), centres, key="centre")
    return ServiceAreasResult(areas, named(areas, found))


@tool
def nearest_areas(
    centres: Centres,
    territories: Territories | None = None,
    roads: Roads | None = None,
    *,
    firms: Firms | None = None,
    population: Population | None = None,
    population_grid: PopulationGrid | None = None,
    rules: NearestRules = _NEAREST,
    network: NetworkRules = _NETWORK,
    progress: Progress = no_progress,
) -> NearestAreasResult:
    """
    Nearest areas: land nearest to each centre, by straight line or by road, and what lies inside.

    Shares land out among centres, without gaps or overlaps, with the establishments, jobs and people inside. By road,
    roads are shared out by cost, and land goes with its nearest road. Where there are no roads, allocation does the
    same by terrain.

    Parameters
    ----------
    centres
        Points in a projected system in metres; of polygons, a point inside counts.
    territories
        Land to be shared out; without it, the rectangle around centres or roads, a tenth of its longer side wider.
    roads
        Lines in a projected system in metres, for areas by road.
    firms
        Establishments, counted inside with their jobs.
    population
        People, or other amounts, at points or in polygons; these count by the share of their area inside.
    population_grid
        People in cells, which count by the share of them inside. With polygons of population it tells where in them
        their people are.
    rules
        What nearest means.
    network
        How lines become a network.
    progress
        Callback.

    Returns
    -------
    result
        Areas and contents.

    Raises
    ------
    CRSError
        If metres cannot be measured on centres or roads.
    LayerError
        If there are no centres, nothing bounds the land, roads are missing or have no speed, or a layer lies nowhere.

    References
    ----------
    .. [1] Okabe, A., Boots, B., Sugihara, K. & Chiu, S. N. (2000). Spatial Tessellations: Concepts and Applications of
       Voronoi Diagrams, 2nd ed. Wiley.
    .. [2] Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.
    """
    refuse(rules)
    if rules.by == "line":
        areas = nearest_by_line(centres, territories=territories)
    else:
        areas = _by_road(centres, territories, roads, rules, network, progress)
    areas.insert(4, "nearest_by", rules.by)
    sources = Sources(firms, population, population_grid, columns_of(rules.columns))
    found = contents(areas, sources, group=np.zeros(len(areas), dtype=np.int64), progress=progress)
    areas = with_names(with_sums(areas, found), centres, key="centre")
    return NearestAreasResult(areas, named(areas, found))


@tool
def sums_within(
    areas: Areas,
    firms: FirmsParts | None = None,
    population: Population | None = None,
    *,
    population_grid: PopulationGrid | None = None,
    columns: str = "",
    progress: Progress = no_progress,
) -> SumsWithinResult:
    """
    Sums within areas: establishments, jobs, people and further amounts inside.

    For areas of any kind: isochrones, travel-cost basins, territories, or areas of one's own. Areas that overlap, as
    those of several budgets do, count each by itself; where none do, what lies on a border counts once.

    Parameters
    ----------
    areas
        Polygons in a projected system in metres.
    firms
        Establishments, counted inside with their jobs.
    population
        People, or other amounts, at points or in polygons; these count by the share of their area inside.
    population_grid
        People in cells, which count by the share of them inside. With polygons of population it tells where in them
        their people are.
    columns
        Further columns of the layer population to be summed, with semicolons between them.
    progress
        Callback.

    Returns
    -------
    result
        Areas with sums, and contents.

    Raises
    ------
    CRSError
        If metres cannot be measured on the areas.
    LayerError
        If there is nothing to sum, areas are no polygons or nothing tells them apart, or a layer lies nowhere.
    """
    if firms is None and population is None and population_grid is None:
        raise LayerError(
            message("areas: there is nothing to sum. Give firms, population or population_grid.")
        )
    told = identified(areas)
    require_metres(told, name="areas")
    sources = Sources(firms, population, population_grid, columns_of(columns))
    found = contents(told, sources, group=side_by_side(told), progress=progress)
    kept = [c.name for c in AREAS.columns if c.name in told and told[c.name].notna().any()]
    told = told[[*kept, told.geometry.name]].reset_index(drop=True)
    told.insert(len(kept), "area_km2", told.area / 1e6)
    return SumsWithinResult(with_sums(told, found), found)


def _by_road(
    centres: gpd.GeoDataFrame,
    territories: gpd.GeoDataFrame | None,
    roads: gpd.GeoDataFrame | None,
    rules: NearestRules,
    network: NetworkRules,
    progress: Progress,
) -> gpd.GeoDataFrame:
    if roads is None:
        raise LayerError(message("roads: areas by road need the layer roads. Give it, or take by = line."))
    built = network_of(roads, rules=network)
    access = SnapRules(rules.max_distance, rules.walking_speed, rules.main_only)
    places = snap(centres, built, name="centres", rules=access)
    return nearest_by_road(
        centres,
        built,
        places,
        territories=territories,
        direction=rules.direction,
        step=rules.step,
        progress=lambda share, text="": progress(0.7 * share, text),
    )


def distances_of(text: str) -> list[float]:
    """Numbers of a text in which semicolons stand between them."""
    try:
        return [float(word.replace(",", ".")) for word in columns_of(text)]
    except ValueError:
        raise LayerError(
            message(
                "distances: “{value}” is not a row of numbers. Write them with semicolons between, such as 500; 1000.",
                value=text,
            )
        ) from None


def columns_of(text: str) -> list[str]:
    """Words of a text in which semicolons stand between them."""
    return [word.strip() for word in str(text).split(";") if word.strip()]


def with_sums(areas: gpd.GeoDataFrame, found: pd.DataFrame) -> gpd.GeoDataFrame:
    """Areas with the sums that every study asks for; further columns stand in the contents alone."""
    areas = areas.copy()
    for figure, sources in FIGURES.items():
        mine = found[(found["figure"] == figure) & found["source"].isin(sources)].set_index("area")
        if len(mine):
            areas[figure] = areas["area"].map(mine["sum"])
            if figure != "establishments":
                areas[f"{figure}_known"] = areas["area"].map(mine["known"])
    return areas


def named(areas: gpd.GeoDataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Contents with the centres of the areas."""
    found = found.copy()
    found.insert(1, "centres", found["area"].map(areas.set_index("area")["centres"]))
    return found
