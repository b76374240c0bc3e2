"""Limits of nature on layers: basins of a relief, and whether borders follow them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.delimitation import drainage
from geoterritorio.delimitation.drainage import Elevation, Parts, SquareKilometres, Void
from geoterritorio.delimitation.limits import limit_agreement as agreement_of_limits
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import align, require_metres
from geoterritorio.layers.grids import ElevationGrid
from geoterritorio.layers.schema import FLAGS, UNKNOWN, Territories
from geoterritorio.registry import Column, Layer, Metres, Progress, Ratio, Share, no_progress, tool

FUNCTIONAL, NATURAL, TRAVEL = DIVISIONS = (mark("functional"), mark("natural"), mark("travel"))
_TOGETHER = (
    *(" + ".join(some) for number in (3, 2, 1) for some in combinations(DIVISIONS, number)),
    "none",
    UNKNOWN,
)
_SAID = (*FLAGS, UNKNOWN)
_DIVISION = Column(
    "division",
    "text",
    mark("Division with which the borders are compared: functional, natural or travel"),
    options=DIVISIONS,
)
_BY_CHANCE = Column(
    "by_chance",
    "number",
    mark("The share that chance alone gives: that of the land so near to a limit"),
    required=False,
)
_RATIO = Column("ratio", "number", mark("How many times what chance gives the share is"), required=False)
BASINS = Layer(
    "basins",
    ("polygon",),
    (
        Column("territory", "text", mark("Identifier of the basin; the first is the largest")),
        Column("area_km2", "number", mark("Area in square kilometres")),
        Column(
            "upstream_km2", "number", mark("Land that drains through its outlet, itself among it, in km²")
        ),
        Column(
            "flows_to",
            "text",
            mark("Basin into which its water runs; empty where it leaves the land"),
            required=False,
        ),
        Column(
            "outlets",
            "number",
            mark("Places where water leaves it; several where small basins were put together"),
        ),
        Column("outlet_x", "number", mark("Easting of the outlet through which most land drains")),
        Column("outlet_y", "number", mark("Northing of that outlet")),
        Column("elevation", "number", mark("Mean elevation in metres")),
        Column(
            "touches_edge",
            "text",
            mark("Whether it is cut by the edge of what is known, so that it may be part of a larger one"),
            options=FLAGS,
        ),
        Column("raised", "number", mark("Share of its cells that had to be raised for water to run off")),
        Column("deepest", "number", mark("Metres by which a cell was raised at most")),
    ),
    key=("territory",),
)
STREAMS = Layer(
    "streams",
    ("line",),
    (
        Column("stream", "text", mark("Identifier of the stretch between two confluences")),
        Column("territory", "text", mark("Basin in which it ends")),
        Column("order", "number", mark("Order by Strahler; 1 where no other stream joined")),
        Column("upstream_km2", "number", mark("Land drained at its end, in square kilometres")),
        Column("length_km", "number", mark("Length in kilometres, from cell to cell")),
    ),
    key=("stream",),
)
RELIEF = Layer(
    "relief_report",
    ("table",),
    (
        Column("land_km2", "number", mark("Land in square kilometres")),
        Column("sea_km2", "number", mark("Sea in square kilometres")),
        Column("void_km2", "number", mark("Cells without value, in square kilometres")),
        Column("basins", "number", mark("Number of basins")),
        Column("raised", "number", mark("Share of the land that had to be raised for water to run off")),
        Column("mean_depth", "number", mark("Metres by which it was raised, on average"), required=False),
        Column("deepest", "number", mark("Metres by which a cell was raised at most")),
        Column(
            "undecided",
            "number",
            mark("Share of the land on which the relief does not say which way water runs"),
        ),
        Column("at_edge", "number", mark("Share of the land in basins that are cut by the edge")),
    ),
)
TERRITORY_LIMITS = Layer(
    "territory_limits",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory"),
        _DIVISION,
        Column("border_km", "number", mark("Length of border on both sides of which the division is known")),
        Column("left_out", "number", mark("Share of the border where it is not, left out of all else")),
        Column("along", "number", mark("Share of the border along the division's limits"), required=False),
        _BY_CHANCE,
        _RATIO,
        Column(
            "agrees",
            "text",
            mark("Whether share and ratio are large enough: yes, no, or unknown"),
            options=_SAID,
        ),
        Column("match", "text", mark("Unit of the division that is most like it"), required=False),
        Column("match_name", "text", mark("Name of that unit"), required=False),
        Column("share_in_match", "number", mark("Share of the territory in that unit"), required=False),
        Column("share_of_match", "number", mark("Share of that unit in the territory"), required=False),
        Column("overlap", "number", mark("Likeness of the two (Jaccard), by their land"), required=False),
        Column(
            "parts",
            "number",
            mark("Effective number of units among which its land is: 1 if it is in one"),
            required=False,
        ),
        Column("outside", "number", mark("Share of its land that is in no unit")),
    ),
    key=("territory", "division"),
)
LIMIT_AREAS = Layer(
    "limit_areas",
    ("polygon",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        Column(
            "functional_along", "number", mark("Share of the border along functional limits"), required=False
        ),
        Column(
            "functional_ratio",
            "number",
            mark("How many times what chance gives that share is, of functional limits"),
            required=False,
        ),
        Column("functional_match", "text", mark("Functional unit that is most like it"), required=False),
        Column("functional_match_name", "text", mark("Name of that functional unit"), required=False),
        Column(
            "functional_overlap", "number", mark("Likeness to that functional unit (Jaccard)"), required=False
        ),
        Column("natural_along", "number", mark("Share of the border along natural limits"), required=False),
        Column(
            "natural_ratio",
            "number",
            mark("How many times what chance gives that share is, of natural limits"),
            required=False,
        ),
        Column("natural_match", "text", mark("Natural unit that is most like it"), required=False),
        Column("natural_match_name", "text", mark("Name of that natural unit"), required=False),
        Column("natural_overlap", "number", mark("Likeness to that natural unit (Jaccard)"), required=False),
        Column("travel_along", "number", mark("Share of the border along limits of travel"), required=False),
        Column(
            "travel_ratio",
            "number",
            mark("How many times what chance gives that share is, of limits of travel"),
            required=False,
        ),
        Column("travel_match", "text", mark("Travel-cost basin that is most like it"), required=False),
        Column("travel_match_name", "text", mark("Name of the centre of that basin"), required=False),
        Column("travel_overlap", "number", mark("Likeness to that basin (Jaccard)"), required=False),
        Column(
            "agrees_with",
            "text",
            mark("Divisions whose limits its border follows, oftener than by chance"),
            options=_TOGETHER,
        ),
    ),
    key=("territory",),
)
BORDER_LIMITS = Layer(
    "border_limits",
    ("line",),
    (
        Column("first", "text", mark("Territory on one side")),
        Column(
            "second", "text", mark("Territory on the other side; empty at the edge of all"), required=False
        ),
        Column("limits", "text", mark("Which other limits the border is there"), options=_TOGETHER),
        Column(
            "functional",
            "text",
            mark("Whether a functional limit is there: yes, no, or unknown"),
            required=False,
            options=_SAID,
        ),
        Column(
            "natural",
            "text",
            mark("Whether a natural limit is there: yes, no, or unknown"),
            required=False,
            options=_SAID,
        ),
        Column(
            "travel",
            "text",
            mark("Whether a limit of travel is there: yes, no, or unknown"),
            required=False,
            options=_SAID,
        ),
        Column("length_km", "number", mark("Length in kilometres")),
    ),
)
DIVISION_LIMITS = Layer(
    "division_limits",
    ("table",),
    (
        _DIVISION,
        Column("units", "number", mark("Units of the division")),
        Column("limits_km", "number", mark("Length of its limits on the land of the territories")),
        Column("along", "number", mark("Share of all borders along its limits, each once"), required=False),
        _BY_CHANCE,
        _RATIO,
        Column(
            "bordered",
            "number",
            mark("Share of its limits along which territories have a border"),
            required=False,
        ),
    ),
    key=("division",),
)


@dataclass(frozen=True)
class NaturalBasinResult:
    """
    Basins and streams.

    Attributes
    ----------
    basins
        Basins, the largest first; their layer may stand for territories.
    streams
        Streams with their order and the land they drain.
    report
        How much of the relief had to be filled, and what lies at the edge.
    """

    basins: Annotated[gpd.GeoDataFrame, BASINS]
    streams: Annotated[gpd.GeoDataFrame, STREAMS]
    report: Annotated[pd.DataFrame, RELIEF]


@dataclass(frozen=True)
class LimitResult:
    """
    How far borders follow the limits of daily life and of nature.

    Attributes
    ----------
    table
        One row per territory and division.
    areas
        Territories with the divisions that they agree with.
    borders
        Borders by which other limits they are.
    divisions
        One row per division: all borders together.
    """

    table: Annotated[pd.DataFrame, TERRITORY_LIMITS]
    areas: Annotated[gpd.GeoDataFrame, LIMIT_AREAS]
    borders: Annotated[gpd.GeoDataFrame, BORDER_LIMITS]
    divisions: Annotated[pd.DataFrame, DIVISION_LIMITS]


@tool
def natural_basins(
    elevation: ElevationGrid,
    *,
    min_area: SquareKilometres = 25.0,
    stream_area: SquareKilometres = 5.0,
    parts: Parts = "subbasins",
    sea_level: Elevation = 0.0,
    void: Void = "unknown",
    progress: Progress = no_progress,
) -> NaturalBasinResult:
    """
    Basins and streams.

    The land whose water runs together, from a raster of elevation: the limits that nature draws. Hollows are filled,
    and the report says how many; small basins are joined to the one into which they run.

    Parameters
    ----------
    elevation
        Raster of elevation in metres, in a projected system in metres.
    min_area
        Land that a basin must have; islands may have less.
    stream_area
        Land that must have come together for a stream to begin.
    parts
        Whole basins, or these parted where tributaries of that size meet, and wherever so much more has come together.
    sea_level
        Cells at or below this are sea.
    void
        What cells without value are: land of which nothing is known, or sea.
    progress
        Callback.

    Returns
    -------
    result
        Basins, streams and report.

    Raises
    ------
    CRSError
        If metres cannot be measured on the raster.
    LayerError
        If no cell is above the sea.
    DependencyError
        If pyflwdir is not installed.

    References
    ----------
    .. [1] Wang, L. & Liu, H. (2006). An efficient method for identifying and filling surface depressions in digital
       elevation models. International Journal of Geographical Information Science 20(2), 193-213.
    .. [2] Strahler, A. N. (1957). Quantitative analysis of watershed geomorphology. Transactions of the American
       Geophysical Union 38(6), 913-920.
    """
    found = drainage.natural_basins(
        elevation,
        min_area=min_area,
        stream_area=stream_area,
        parts=parts,
        sea_level=sea_level,
        void=void,
        progress=progress,
    )
    return NaturalBasinResult(found.basins, found.streams, found.report)


@tool
def limit_agreement(
    territories: Territories,
    functional: Territories | None = None,
    natural: Territories | None = None,
    *,
    travel: Territories | None = None,
    tolerance: Metres = 500,
    min_share: Share = 0.5,
    min_ratio: Ratio = 2,
    progress: Progress = no_progress,
) -> LimitResult:
    """
    Agreement of historical, functional and natural limits.

    Where the borders that history drew are also limits of daily life, such as those of labour markets, or of nature,
    such as those of basins, or of travel, such as those of travel-cost basins; how much oftener than chance would have
    it, side by side, and which unit of each division is most like each territory.

    Parameters
    ----------
    territories
        Territories whose borders are examined, in a projected system in metres.
    functional
        Functional areas, such as labour markets.
    natural
        Natural areas, such as basins.
    travel
        Areas whose limits travel draws, such as travel-cost basins.
    tolerance
        Distance up to which a border and a limit are the same; at least as much as both are exact.
    min_share
        Share of a border along limits from which the two agree.
    min_ratio
        How many times what chance gives that share must be, too.
    progress
        Callback.

    Returns
    -------
    result
        Table, areas, borders, divisions.

    Raises
    ------
    CRSError
        If metres cannot be measured on the territories.
    LayerError
        If no division is given, or a layer is not of polygons.

    References
    ----------
    .. [1] Santaló, L. A. (2004). Integral Geometry and Geometric Probability. Cambridge University Press, I.8.
    """
    require_metres(territories, name="territories")
    given = dict(zip(DIVISIONS, (functional, natural, travel), strict=True))
    found = agreement_of_limits(
        territories,
        {name: align(layer, territories, name=name) for name, layer in given.items() if layer is not None},
        tolerance=tolerance,
        min_share=min_share,
        min_ratio=min_ratio,
        progress=progress,
    )
    return LimitResult(found.table, found.territories, found.borders, found.divisions)
