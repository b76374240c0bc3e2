"""What each layer is: the geometries it may hold, its columns, its key.

User columns are renamed to these fixed names once, at the door (`readers`, `checks`).
Some kinds come in two layers with the same columns. Files may hold versions, periods or several wholes
(`TERRITORY_VERSIONS`, `COUNTS_PERIODS`, `REFERENCE_AREAS`: what `KINDS` names and the readers accept); tools
that need one row per territory, cell or sector ask for the cut layer (`TERRITORIES`, `COUNTS`, `REFERENCE`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import geopandas as gpd
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.layers.gate_schema import GATES
from geoterritorio.registry import Column, Dtype, Layer

KNOWN, WITHHELD, ESTIMATED = STATUSES = ("known", "withheld", "estimated")
UNKNOWN = "unknown"  # of results: a cell whose figure is missing without having been withheld
PARTIAL = "partial totals"  # of results: a known cell compared with a sum that lacks withheld cells
PRECISIONS = ("address", "street", "place", mark("centroid"))
LEVELS = ("territory", "region", "nation", mark("larger"))  # from the smallest to the largest
YES, NO = FLAGS = ("yes", "no")
REVERSE = mark("reverse")  # of roads: open only against the direction in which they are drawn
LINK_KINDS = (mark("supply"), mark("cooperation"), mark("ownership"), mark("membership"), mark("project"))
PHASES = (mark("animation"), mark("structuring"), mark("consolidation"))


def _may(name: str, text: str, dtype: Dtype = "text", **options: Any) -> Column:
    """Column that a layer may have."""
    return Column(name, dtype, text, required=False, **options)


# Read at the door and gone behind it: they become the geometry, or the territory.
PLACING = (
    _may("x", mark("Column of eastings or longitudes, for a table"), "number"),
    _may("y", mark("Column of northings or latitudes, for a table"), "number"),
    _may("postcode", mark("Column of postcodes, for a table that comes with a table of places")),
)
_TERRITORY = Column("territory", "text", mark("Identifier of the territory"))
_IN_TERRITORY = _may("territory", mark("Territory in which it lies, where already known"))
_SECTOR = Column("sector", "text", mark("Code of the sector or occupation in a classification"))
_PERIOD = _may("period", mark("Period of the figure: a year, a month or years as the source names them"))
_OPENED = _may("opened", mark("Day, month or year of opening"), "date")
# Names that come in both languages do so in two columns; who reads sees one of them (`publication.names`).
_NAME_ES = _may("name_es", mark("Its name in Spanish, where there are both"))
_SECTOR_ES = _may("sector_name_es", mark("The same name in Spanish, where there are both"))
_CLOSED = _may("closed", mark("Day, month or year of closing; empty while open"), "date")

_TERRITORY_COLUMNS = (
    _TERRITORY,
    _may("name", mark("Name of the territory")),
    _may(
        "valid_from",
        mark("First day, month or year in which this version of the territory is in force"),
        "date",
    ),
    _may(
        "valid_to",
        mark("Day, month or year from which this version is no longer in force; empty while it is"),
        "date",
    ),
    _may("level", mark("Level of the territory, for example municipality or province")),
    _may("parent", mark("Identifier of the territory of the next level in which it lies")),
)
TERRITORIES = Layer("territories", ("polygon", "point"), (*_TERRITORY_COLUMNS, *PLACING), key=("territory",))
TERRITORY_VERSIONS = Layer(
    "territories", ("polygon", "point"), (*_TERRITORY_COLUMNS, *PLACING), key=("territory", "valid_from")
)
# Versions as they come: what checks of a history are there to find is let in.
HISTORY = Layer("history", ("polygon",), _TERRITORY_COLUMNS)
EVENT_KINDS = (
    *(mark("creation"), mark("merger"), mark("absorption")),
    *(mark("secession"), mark("transfer"), mark("renaming")),
)
BOUNDARY_EVENTS = Layer(
    "boundary_events",
    ("polygon", "table"),
    (
        Column("date", "date", mark("First day, month or year on which the new boundaries are in force")),
        Column(
            "kind",
            "text",
            mark("Kind of event: creation, merger, absorption, secession, transfer or renaming"),
            options=EVENT_KINDS,
        ),
        Column("before", "text", mark("Territories before the event, separated by semicolons")),
        Column("after", "text", mark("Territories after the event, separated by semicolons")),
        _may("name", mark("Name of the territory that is new after the event, or renamed")),
        _may("former_name", mark("Name of the territory that is gone after the event, or renamed")),
        _may(
            "receiver", mark("Territory to which the polygon of the event goes, where several could be meant")
        ),
    ),
)
_FIRM_COLUMNS = (
    _may("firm", mark("Identifier of the establishment")),
    _may("name", mark("Name of the establishment")),
    Column("sector", "text", mark("Code of the sector in a classification")),
    _may("sector_name", mark("Name of the sector")),
    _SECTOR_ES,
    _may("employment", mark("Jobs at the establishment"), "number", min=0),
    _may("territory", mark("Territory of the establishment, where already known")),
    _OPENED,
    _CLOSED,
    _may("size_class", mark("Size class of the establishment, as the source words it")),
    _may("group", mark("Identifier of the enterprise or group to which the establishment belongs")),
    _may("headquarters", mark("Whether it is its enterprise's headquarters: yes or no"), options=FLAGS),
    _may(
        "precision",
        mark("How exactly it is placed: address, street, place or centroid (of its territory)"),
        options=PRECISIONS,
    ),
)
FIRMS = Layer("firms", ("point", "table"), (*_FIRM_COLUMNS, *PLACING), key=("firm",))
FIRMS_PARTS = replace(FIRMS, parts=True)  # a tool that also takes `partitions.Parts`
# A register as it comes: what its quality report is there to find is let in.
REGISTER = Layer(
    "register", ("point", "table"), (*(replace(c, required=False) for c in _FIRM_COLUMNS), *PLACING)
)
_COUNT_COLUMNS = (
    _TERRITORY,
    _SECTOR,
    _may("sector_name", mark("Name of the sector or occupation")),
    _SECTOR_ES,
    _may("employment", mark("Jobs in the cell"), "number", min=0),
    _may("establishments", mark("Establishments in the cell"), "number", min=0),
    _may("squares", mark("Sum of the squared sizes of the establishments"), "number", min=0),
    _may(
        "relative_error",
        mark("Relative standard error of the employment estimate, in percent"),
        "number",
        min=0,
    ),
    _may("status", mark("Status of the figure: known, withheld or estimated"), options=STATUSES),
    _PERIOD,
    _may("classification", mark("Classification of the codes and its version, for example NACE 2.1")),
)
# Files may tell sizes apart; few tools ask for them.
_SIZED = _may(
    "size_class", mark("Size class of the establishments or enterprises of the row, in words or numbers")
)
COUNTS = Layer("counts", ("table",), _COUNT_COLUMNS, key=("territory", "sector"))
COUNTS_PERIODS = Layer(
    "counts", ("table",), (*_COUNT_COLUMNS, _SIZED), key=("territory", "sector", "period", "size_class")
)
BOUNDED = ("employment", "establishments")  # amounts of which bounds are told where a part is missing
# Counts of which some are known to lie between bounds; the same kind, of which few tools ask for the bounds.
COUNTS_BOUNDS = Layer(
    "counts",
    ("table",),
    (
        *_COUNT_COLUMNS,
        _may("employment_low", mark("Where jobs are missing: the least they can be"), "number", min=0),
        _may(
            "employment_high",
            mark("Where jobs are missing: the most they can be; empty where unbounded"),
            "number",
            min=0,
        ),
        _may(
            "establishments_low",
            mark("Where establishments are missing: the least they can be"),
            "number",
            min=0,
        ),
        _may(
            "establishments_high",
            mark("Where establishments are missing: the most they can be; empty where unbounded"),
            "number",
            min=0,
        ),
    ),
    key=("territory", "sector", "period"),
)
COUNTS_SIZES = Layer(
    "counts", ("table",), (*COUNTS_BOUNDS.columns, _SIZED), key=("territory", "sector", "size_class")
)
_REFERENCE_COLUMNS = (
    _SECTOR,
    _may("employment", mark("Jobs of the sector in the whole"), "number", min=0),
    _may("establishments", mark("Establishments of the sector in the whole"), "number", min=0),
    _may("area", mark("Identifier of the whole to which the totals belong")),
    _may("level", mark("Level of the whole: territory, region, nation or larger"), options=LEVELS),
    _may("parent", mark("Identifier of the larger whole in which it lies")),
    _PERIOD,
    _may("classification", mark("Classification of the codes and its version, for example NACE 2.1")),
)
REFERENCE = Layer("reference", ("table",), _REFERENCE_COLUMNS, key=("sector",))
REFERENCE_AREAS = Layer(
    "reference",
    ("table",),
    (*_REFERENCE_COLUMNS, _SIZED),
    key=("sector", "area", "level", "period", "size_class"),
)
REFERENCE_SIZES = Layer("reference", ("table",), (*_REFERENCE_COLUMNS, _SIZED), key=("sector", "size_class"))
INSTITUTIONS = Layer(
    "institutions",
    ("point", "table"),
    (
        Column("institution", "text", mark("Identifier of the institution")),
        _may("name", mark("Name of the institution")),
        _NAME_ES,
        Column("kind", "text", mark("Kind of institution, from the vocabulary of institutions")),
        _may("fields", mark("Fields of knowledge, separated by semicolons")),
        _OPENED,
        _CLOSED,
        _IN_TERRITORY,
        *PLACING,
    ),
    key=("institution",),
)
FLOWS = Layer(
    "flows",
    ("table",),
    (
        Column("origin", "text", mark("Territory in which the flow begins")),
        Column("destination", "text", mark("Territory in which the flow ends")),
        Column("flow", "number", mark("Commuters, goods or movers from origin to destination"), min=0),
        _PERIOD,
    ),
    key=("origin", "destination", "period"),
)
COMMUTING_TOTALS = Layer(
    "commuting_totals",
    ("table",),
    (
        _TERRITORY,
        Column("residents", "number", mark("All employed who live in the territory"), min=0),
        Column("workers", "number", mark("All employed who work in the territory"), min=0),
        _PERIOD,
    ),
    key=("territory", "period"),
)
COSTS = Layer(
    "costs",
    ("table",),
    (
        Column("origin", "text", mark("Establishment or place from which the way goes")),
        Column("destination", "text", mark("Establishment or place to which the way goes")),
        Column("cost", "number", mark("Metres, minutes or money from origin to destination"), min=0),
    ),
    key=("origin", "destination"),
)
LINKS = Layer(
    "links",
    ("table",),
    (
        Column("source", "text", mark("Firm or institution from which the link goes")),
        Column("target", "text", mark("Firm or institution to which the link goes")),
        _may(
            "kind",
            mark("Kind of link: supply, cooperation, ownership, membership or project"),
            options=LINK_KINDS,
        ),
        _may("weight", mark("Strength of the link, for example contracts or euros"), "number", min=0),
        _PERIOD,
    ),
)
POPULATION = Layer(
    "population",
    ("point", "polygon", "table"),
    (
        _may("place", mark("Identifier of the place")),
        Column("population", "number", mark("People, or demand, at the place"), min=0),
        _IN_TERRITORY,
        _PERIOD,
        *PLACING,
    ),
    key=("place", "period"),
)
CENTRES = Layer(
    "centres",
    ("point", "polygon", "table"),
    (
        Column("centre", "text", mark("Identifier of the place that is reached or set out from")),
        _may("name", mark("Name of the place")),
        _NAME_ES,
        _may("kind", mark("Kind of place, such as school or technology centre")),
        _may(
            "capacity",
            mark("What the place offers: places, staff, floor space, or attraction"),
            "number",
            min=0,
        ),
        _IN_TERRITORY,
        *PLACING,
    ),
    key=("centre",),
)
# Files may tell when places opened and closed; few tools ask for it.
CENTRES_DATED = Layer("centres", CENTRES.geometry, (*CENTRES.columns, _OPENED, _CLOSED), key=CENTRES.key)
_INDICATOR_COLUMNS = (
    _TERRITORY,
    Column("value", "number", mark("Value per head of the territory, such as product per inhabitant")),
    _may("weight", mark("Weight of the territory, such as its inhabitants"), "number", min=0),
    _may("group", mark("Group of territories to which it belongs, such as a region")),
    _PERIOD,
)
AREAS = Layer(
    "areas",
    ("polygon",),
    (
        _may("area", mark("Identifier of the area; without it, that of the next columns together")),
        _may("territory", mark("Territory or basin that the area is")),
        _may("centre", mark("Centre to which the area belongs")),
        _may("origin", mark("Place from which the area is reached")),
        _may("up_to", mark("Budget or distance up to which the area reaches"), "number", min=0),
        _may("unit", mark("What the budget counts, such as minutes")),
        _may("part", mark("Number of the piece, where the land of a budget is in several"), "number", min=0),
    ),
)
INDICATORS = Layer("indicators", ("table",), _INDICATOR_COLUMNS, key=("territory", "period"))
# Files may hold several indicators, with intervals; tools on one ask for the rows of one.
INDICATOR_TABLE = Layer(
    "indicators",
    ("table",),
    (
        *_INDICATOR_COLUMNS,
        _may("indicator", mark("Name of the indicator, where there are several")),
        _may("indicator_es", mark("Its name in Spanish, where there are both")),
        _may("low", mark("Lower end of the interval of the value"), "number"),
        _may("high", mark("Upper end of the interval of the value"), "number"),
        _may(
            "cases", mark("Number of ties, firms or other cases from which the value comes"), "number", min=0
        ),
        _may("expected", mark("Value that chance would give"), "number"),
        _may("q", mark("p-value of its distance from there, which allows for all tests"), "number", min=0),
    ),
    key=("territory", "indicator", "period"),
)
FIGURES = Layer(
    "figures",
    ("table",),
    (
        _TERRITORY,
        Column("value", "number", mark("Figure of the territory: an amount, or a rate or value per head")),
        _may("sector", mark("Code of the sector, or whatever else tells figures of one territory apart")),
        _PERIOD,
    ),
    key=("territory", "sector", "period"),
)
DIRECTIONS = (mark("higher"), mark("lower"))
CAPITAL_INDICATORS = Layer(
    "capital_indicators",
    ("table",),
    (
        Column("indicator", "text", mark("Name of the indicator, as the table of indicators writes it")),
        Column("capital", "text", mark("Capital of which it speaks, from their vocabulary")),
        _may("direction", mark("Which is better, higher (also where empty) or lower"), options=DIRECTIONS),
        _may("weight", mark("Weight within its capital; 1 where empty"), "number", min=0),
        _may("goal", mark("Figure of the whole, or target, that it may be compared with"), "number"),
        _may("least", mark("Lowest figure it can have, such as 0 of a share"), "number"),
        _may("most", mark("Highest figure it can have, such as 1 of a share"), "number"),
    ),
    key=("indicator",),
)
ROADS = Layer(
    "roads",
    ("line",),
    (
        _may("road", mark("Identifier of the stretch of road")),
        _may("minutes", mark("Time from end to end, in minutes"), "number", min=0),
        _may("length", mark("Length in metres; by default that of the line"), "number", min=0),
        _may("speed", mark("Speed in kilometres an hour; 0 where the road is closed"), "number", min=0),
        _may(
            "oneway",
            mark("Whether it is open only as drawn: yes, no, or reverse (only against it)"),
            options=(*FLAGS, REVERSE),
        ),
        _may("road_class", mark("Class of the road, such as motorway or residential street")),
    ),
    key=("road",),
)
SPEEDS = Layer(
    "speeds",
    ("table",),
    (
        Column("road_class", "text", mark("Class of the roads, as the layer of roads names it")),
        Column(
            "speed",
            "number",
            mark("Speed on roads of the class, in kilometres an hour; 0 where they are closed"),
            min=0,
        ),
    ),
    key=("road_class",),
)
EVIDENCE = Layer(
    "evidence",
    ("table",),
    (
        _TERRITORY,
        Column("item", "text", mark("Item assessed, from a vocabulary")),
        _may("rating", mark("Rating of the item by the coder"), "number"),
        _may("statement", mark("What the source says, in words")),
        _may("statement_es", mark("The same in Spanish")),
        _may("source", mark("Source of the statement")),
        _may("date", mark("Day, month or year of the statement"), "date"),
        _may("coder", mark("Who rated it")),
        _may("confidence", mark("Confidence of the coder, from 0 to 1"), "number", min=0),
    ),
)
ACTIONS = Layer(
    "actions",
    ("point", "table"),
    (
        Column("action", "text", mark("Identifier of the action")),
        _may("name", mark("Name of the action")),
        _NAME_ES,
        _IN_TERRITORY,
        _may("kind", mark("Kind of innovative action, from its vocabulary")),
        _may("phase", mark("Phase: animation, structuring or consolidation"), options=PHASES),
        _may("actors", mark("Actors, separated by semicolons")),
        _may("budget", mark("Budget in the currency of the source"), "number", min=0),
        _may("funder", mark("Who pays")),
        _may("public_share", mark("Share of the budget that is public, from 0 to 1"), "number", min=0),
        _PERIOD,
        *PLACING,
    ),
    key=("action", "period"),
)
PLACES = Layer(
    "places",
    ("point", "table"),
    (
        Column("postcode", "text", mark("Postcode")),
        _may("territory", mark("Territory of the postcode")),
        *PLACING[:2],
    ),
    key=("postcode",),
)
CORRESPONDENCE = Layer(
    "correspondence",
    ("table",),
    (
        Column("source", "text", mark("Code to be replaced")),
        Column(
            "target",
            "text",
            mark("Code that replaces it; a source with several targets stands in several rows"),
        ),
        _may("share", mark("Share of the source that goes to the target, from 0 to 1"), "number", min=0),
    ),
)
CLUSTER_ROLES = (mark("core"), mark("supplier"), mark("service"))
DEFINITIONS = Layer(
    "definitions",
    ("table",),
    (
        Column("sector", "text", mark("Code of the sector in a classification")),
        Column("group", "text", mark("Group of related industries to which the sector belongs")),
        _may("group_name", mark("Name of the group")),
        _may(
            "role",
            mark("Part of the sector in the group: core, supplier or service; core where empty"),
            options=CLUSTER_ROLES,
        ),
    ),
    key=("sector", "group"),
)
SIMILARITY_FORMS = (mark("similarity"), mark("exchange"), mark("occupation"))
SIMILARITIES = Layer(
    "similarities",
    ("table",),
    (
        Column("sector", "text", mark("Code of the sector in a classification")),
        Column("other", "text", mark("Code of the other sector; of the form occupation, the occupation")),
        Column(
            "value",
            "number",
            mark("Similarity of the two, sales of the first to the second, or jobs in the occupation"),
        ),
        _may("matrix", mark("Name of the matrix, where there are several")),
        _may(
            "form",
            mark("What the value is: similarity, exchange (sales) or occupation (jobs)"),
            options=SIMILARITY_FORMS,
        ),
    ),
    key=("sector", "other", "matrix"),
)
_GRID_KINDS = ("friction", "elevation", "population_grid", "density", "land_cover", "travel_time", "values")
GRIDS = tuple(Layer(kind, ("raster",)) for kind in _GRID_KINDS)  # values: any numbers
FRICTION, ELEVATION, POPULATION_GRID, DENSITY, LAND_COVER, TRAVEL_TIME, VALUES = GRIDS
COVER_SPEEDS = Layer(
    "cover_speeds",
    ("table",),
    (
        Column("cover", "number", mark("Class of land cover, as the raster numbers it")),
        _may(
            "speed",
            mark("Speed in kilometres an hour; 0 or empty where impassable, as water"),
            "number",
            min=0,
        ),
        _may("name", mark("Name of the class")),
    ),
    key=("cover",),
)
QUALITY = Layer(
    "register_quality",
    ("table",),
    (
        Column("check", "text", "What was looked for"),
        Column("count", "number", "Establishments found; empty where the register cannot be checked for it"),
        Column("share", "number", "Share of all establishments"),
        Column("employment", "number", "Their jobs; empty where the register has no employment"),
        Column("severity", "text", "serious, doubtful or note; untested where columns are missing"),
        Column("meaning", "text", "What it means for later work"),
    ),
    key=("check",),
)
DOUBTFUL = Layer(
    "doubtful_firms",
    ("point", "table"),
    (
        *(replace(c, required=False) for c in _FIRM_COLUMNS),
        Column(
            "problems", "text", "Names of the checks that found the establishment, separated by semicolons"
        ),
    ),
)
KINDS = {
    layer.kind: layer
    for layer in (
        TERRITORY_VERSIONS,
        HISTORY,
        BOUNDARY_EVENTS,
        FIRMS,
        REGISTER,
        COUNTS_PERIODS,
        REFERENCE_AREAS,
        INSTITUTIONS,
        FLOWS,
        COMMUTING_TOTALS,
        COSTS,
        LINKS,
        POPULATION,
        CENTRES_DATED,
        AREAS,
        INDICATOR_TABLE,
        FIGURES,
        CAPITAL_INDICATORS,
        ROADS,
        COVER_SPEEDS,
        SPEEDS,
        EVIDENCE,
        ACTIONS,
        GATES,
        PLACES,
        CORRESPONDENCE,
        DEFINITIONS,
        SIMILARITIES,
        *GRIDS,
    )
}

Territories = Annotated[gpd.GeoDataFrame, TERRITORIES]
TerritoryVersions = Annotated[gpd.GeoDataFrame, TERRITORY_VERSIONS]
History = Annotated[gpd.GeoDataFrame, HISTORY]
BoundaryEvents = Annotated[pd.DataFrame, BOUNDARY_EVENTS]
Firms = Annotated[gpd.GeoDataFrame, FIRMS]
FirmsParts = Annotated[gpd.GeoDataFrame, FIRMS_PARTS]
Register = Annotated[gpd.GeoDataFrame, REGISTER]
Counts = Annotated[pd.DataFrame, COUNTS]
CountsPeriods = Annotated[pd.DataFrame, COUNTS_PERIODS]
CountsBounds = Annotated[pd.DataFrame, COUNTS_BOUNDS]
CountsSizes = Annotated[pd.DataFrame, COUNTS_SIZES]
Reference = Annotated[pd.DataFrame, REFERENCE]
ReferenceSizes = Annotated[pd.DataFrame, REFERENCE_SIZES]
ReferenceAreas = Annotated[pd.DataFrame, REFERENCE_AREAS]
Institutions = Annotated[gpd.GeoDataFrame, INSTITUTIONS]
Flows = Annotated[pd.DataFrame, FLOWS]
CommutingTotals = Annotated[pd.DataFrame, COMMUTING_TOTALS]
Costs = Annotated[pd.DataFrame, COSTS]
Links = Annotated[pd.DataFrame, LINKS]
Population = Annotated[gpd.GeoDataFrame, POPULATION]
Centres = Annotated[gpd.GeoDataFrame, CENTRES]
CentresDated = Annotated[gpd.GeoDataFrame, CENTRES_DATED]
Areas = Annotated[gpd.GeoDataFrame, AREAS]
Indicators = Annotated[pd.DataFrame, INDICATORS]
IndicatorTable = Annotated[pd.DataFrame, INDICATOR_TABLE]
Figures = Annotated[pd.DataFrame, FIGURES]
CapitalIndicators = Annotated[pd.DataFrame, CAPITAL_INDICATORS]
Roads = Annotated[gpd.GeoDataFrame, ROADS]
CoverSpeeds = Annotated[pd.DataFrame, COVER_SPEEDS]
Speeds = Annotated[pd.DataFrame, SPEEDS]
Evidence = Annotated[pd.DataFrame, EVIDENCE]
Actions = Annotated[gpd.GeoDataFrame, ACTIONS]
Gates = Annotated[pd.DataFrame, GATES]
Places = Annotated[pd.DataFrame, PLACES]
Definitions = Annotated[pd.DataFrame, DEFINITIONS]
Similarities = Annotated[pd.DataFrame, SIMILARITIES]
Correspondence = Annotated[pd.DataFrame, CORRESPONDENCE]
Quality = Annotated[pd.DataFrame, QUALITY]
DoubtfulFirms = Annotated[gpd.GeoDataFrame, DOUBTFUL]
