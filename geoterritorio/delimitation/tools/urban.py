"""Functional urban areas on layers: people, boundaries and commuting in, cities with their zones out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd

from geoterritorio.delimitation import urban_areas
from geoterritorio.delimitation.tools.labour import names_outside, of_period
from geoterritorio.delimitation.urban_rules import ROLES, SIZES, UrbanAreaRules
from geoterritorio.i18n import mark
from geoterritorio.layers.grids import PopulationGrid
from geoterritorio.layers.schema import FLAGS, Flows, Territories
from geoterritorio.registry import Column, Layer, Progress, no_progress, tool

_ENOUGH = Column(
    "enough",
    "text",
    mark("Whether enough of the people of the centre live in cities: yes or no"),
    options=FLAGS,
)
URBAN_AREAS = Layer(
    "urban_areas",
    ("polygon",),
    (
        Column(
            "territory",
            "text",
            mark("Identifier of the area: that of the territory of its city with most people in the centre"),
        ),
        Column("name", "text", mark("Name of that territory")),
        Column("units", "number", mark("Territories of the area")),
        Column("cities", "number", mark("Cities, before those that exchange enough commuters were joined")),
        Column("centres", "number", mark("Urban centres")),
        Column("population", "number", mark("People")),
        Column(
            "in_centres", "number", mark("People of its urban centres, those beyond its border among them")
        ),
        Column("in_city", "number", mark("People of its city")),
        Column("in_zone", "number", mark("People of its commuting zone, enclaves among them")),
        Column(
            "area_size",
            "text",
            mark(
                "Class by its people: small from 50 000, medium from 100 000, metropolitan from 250 000, large "
                "metropolitan from 1.5 million"
            ),
            options=SIZES,
        ),
        Column("residents", "number", mark("Employed who live in it")),
        Column("workers", "number", mark("Employed who work in it")),
        Column("internal", "number", mark("Employed who live and work in it")),
        Column("supply", "number", mark("Share of its employed residents who work in it")),
        Column("demand", "number", mark("Share of its workers who live in it")),
        Column("centre_share", "number", mark("Share of the people of its centres who live in cities")),
        _ENOUGH,
    ),
    key=("territory",),
)
URBAN_MEMBERSHIP = Layer(
    "urban_membership",
    ("polygon",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        Column("area", "text", mark("Area to which it belongs; empty where to none"), required=False),
        Column(
            "role",
            "text",
            mark(
                "City, territory made one since too few people of its centre lived in cities (added city), "
                "commuting zone, enclave that was added, part of a zone that lay apart and was dropped, or outside"
            ),
            options=ROLES,
        ),
        Column("population", "number", mark("People")),
        Column(
            "centre_share", "number", mark("Share of its people who live in urban centres"), required=False
        ),
        Column(
            "towards",
            "text",
            mark("Its area; of others, the area to whose city most of its residents commute"),
            required=False,
        ),
        Column(
            "commuting_share",
            "number",
            mark("Share of its employed residents who work in the city of that area"),
            required=False,
        ),
    ),
    key=("territory",),
)
URBAN_CENTRES = Layer(
    "urban_centres",
    ("polygon",),
    (
        Column("centre", "number", mark("Number of the centre, that with most people first")),
        Column("territory", "text", mark("Territory in which most of its people live")),
        Column("name", "text", mark("Name of that territory")),
        Column("population", "number", mark("People")),
        Column("cells", "number", mark("Cells")),
        Column("filled", "number", mark("Cells that are less dense, and fill gaps")),
        Column("area_km2", "number", mark("Land in square kilometres")),
        Column("density", "number", mark("People per square kilometre")),
        Column("in_study", "number", mark("Share of its people who live in territories of the study")),
        Column("in_cities", "number", mark("Share of its people who live in cities")),
        _ENOUGH,
        Column(
            "area", "text", mark("Area of its city; empty where no territory is its city"), required=False
        ),
    ),
    key=("centre",),
)
RULES = UrbanAreaRules()


@dataclass(frozen=True)
class UrbanAreaResult:
    """
    Functional urban areas and what they are made of.

    Attributes
    ----------
    areas
        Areas with their people, class, and self-containment.
    membership
        Part that each territory has in an area, and how near the others come.
    centres
        Urban centres, as outlines of cells.
    """

    areas: Annotated[gpd.GeoDataFrame, URBAN_AREAS]
    membership: Annotated[gpd.GeoDataFrame, URBAN_MEMBERSHIP]
    centres: Annotated[gpd.GeoDataFrame, URBAN_CENTRES]


@tool
def functional_urban_areas(
    territories: Territories,
    flows: Flows,
    grid: PopulationGrid,
    *,
    rules: UrbanAreaRules = RULES,
    period: str | None = None,
    outside: str | None = None,
    progress: Progress = no_progress,
) -> UrbanAreaResult:
    """
    Functional urban areas: cities and their commuting zones.

    Urban centres are clusters of densely inhabited cells with many people; cities are the territories most of whose
    people live in them, with those that centres lack, and the commuting zone those of whose employed residents enough
    work in the city. The numbers are those of the European Union and the OECD; where no cluster is large enough, the
    largest is told, and lower numbers find smaller towns, which are then no functional urban areas by that definition.

    Parameters
    ----------
    territories
        Polygons, in a projected system in metres.
    flows
        Commuters from where they live to where they work, those within a territory among them.
    grid
        Raster of people in each cell, in a projected system.
    rules
        Thresholds.
    period
        Period of the flows, where there are several.
    outside
        Names that flows give to what is across the border of the study, with semicolons between them. Other unknown
        names count as across the border too, with a warning.
    progress
        Callback.

    Returns
    -------
    result
        Areas, membership of territories, and urban centres.

    Raises
    ------
    CRSError
        If metres cannot be measured on the territories, or areas on the raster.
    FlowError
        If flows are wrong, have several periods, none within a place, or name none of the territories.
    LayerError
        If territories are points or overlap, none lies on the raster, or a threshold is 0.

    References
    ----------
    .. [1] Dijkstra, L., Poelman, H. & Veneri, P. (2019). The EU-OECD definition of a functional urban area. OECD
       Regional Development Working Papers 2019/11.
    .. [2] Eurostat (2018). Methodological manual on territorial typologies, 2018 edition. Luxembourg: Publications
       Office of the European Union.
    .. [3] Eurostat. Statistics Explained, glossary: City.
    """
    found = urban_areas.functional_urban_areas(
        of_period(flows, period),
        territories,
        grid,
        rules=rules,
        outside=names_outside(outside),
        progress=progress,
    )
    return UrbanAreaResult(found.areas, found.membership, found.centres)
