"""Focal quotients and cluster indices on layers: a territory with its neighbours, its land and its people."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import special

from geoterritorio.concentration import quotients, surroundings, tabulation
from geoterritorio.concentration._margins import OWN as OWN_SUMS
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration._surroundings import Kernel
from geoterritorio.concentration.intervals import MINIMUM_PLANTS, IntervalRules
from geoterritorio.concentration.surroundings_intervals import (
    cluster_index_deviation,
    focal_location_quotient_interval,
)
from geoterritorio.concentration.tools._cells import Cells, Measure, cells_of, say_alone, whole_of
from geoterritorio.concentration.tools._quotients import status_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.checks import listing
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.result_schema import QUOTIENTS
from geoterritorio.layers.schema import Counts, FirmsParts, Population, Reference, Territories
from geoterritorio.registry import Column, Layer, Level, Metres, Number, Progress, Ratio, no_progress, tool

# Equal-area on the ellipsoid, everywhere.
_EQUAL_AREA = 6933
_KM2 = 1e6
SquareKilometres = Annotated[float, Number("km²", 0.0)]
REFERENCE = "reference"

_QUOTIENT = {c.name: c for c in QUOTIENTS.columns}
_REFERENCE = Column("reference", "text", "The whole compared with: own sums or reference")
_SURE = [_QUOTIENT[c] for c in ("low", "high")]
FOCAL = Layer(
    "focal_quotients",
    ("table",),
    (
        *(_QUOTIENT[c] for c in ("territory", "sector", "sector_name", "employment", "establishments")),
        Column("focal_lq", "number", "Focal location quotient: that of the territory with its surroundings"),
        *_SURE,
        _QUOTIENT["p"],
        _QUOTIENT["q"],
        replace(
            _QUOTIENT["effective_plants"],
            help="Effective number of establishments of the sector in the surroundings",
        ),
        _QUOTIENT["certainty"],
        Column("lq", "number", "Location quotient of the territory alone"),
        _QUOTIENT["status"],
        _REFERENCE,
    ),
    key=("territory", "sector"),
)
_NAME = Column("name", "text", "Name of the territory", required=False)
FOCAL_AREAS = Layer(
    "focal_areas", ("polygon", "point"), (FOCAL.columns[0], _NAME, *FOCAL.columns[1:]), key=("territory",)
)
CLUSTER_INDICES = Layer(
    "cluster_indices",
    ("table",),
    (
        *(_QUOTIENT[c] for c in ("territory", "sector", "sector_name", "employment", "establishments")),
        Column("area", "number", "Area of the territory in square kilometres"),
        Column("population", "number", "Inhabitants of the territory"),
        Column("index", "number", "Cluster index: 1 if the sector were evenly spread, 0 where it is absent"),
        *_SURE,
        _QUOTIENT["effective_plants"],
        _REFERENCE,
    ),
    key=("territory", "sector"),
)
CLUSTER_AREAS = Layer(
    "cluster_areas",
    ("polygon",),
    (CLUSTER_INDICES.columns[0], _NAME, *CLUSTER_INDICES.columns[1:]),
    key=("territory",),
)


@dataclass(frozen=True)
class FocalResult:
    """
    Focal location quotients as a table and on the map.

    Attributes
    ----------
    quotients
        One row per territory and sector, with interval, p, q and certainty.
    areas
        One row per territory: the chosen sector, or the one whose interval begins highest.
    rules
        How the intervals were made.
    """

    quotients: Annotated[pd.DataFrame, FOCAL]
    areas: Annotated[gpd.GeoDataFrame, FOCAL_AREAS]
    rules: IntervalRules


@dataclass(frozen=True)
class ClusterResult:
    """
    Cluster indices as a table and on the map.

    Attributes
    ----------
    indices
        One row per territory and sector.
    areas
        One row per territory: the chosen sector, or the one with the largest index.
    """

    indices: Annotated[pd.DataFrame, CLUSTER_INDICES]
    areas: Annotated[gpd.GeoDataFrame, CLUSTER_AREAS]


@dataclass(frozen=True)
class ClusterRules:
    """
    Land and people of the whole that cluster indices are compared with, and the level of their intervals.

    Parameters
    ----------
    whole_area
        Area that the totals of the reference are of, in square kilometres; needed with a reference.
    whole_population
        Inhabitants of that area; needed with a reference.
    level
        Confidence level of the intervals, which need the sizes of the establishments and 5 effective ones.
    """

    whole_area: SquareKilometres | None = None
    whole_population: Ratio | None = None
    level: Level = 0.95


_RULES = ClusterRules()


@tool
def focal_location_quotient(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    bandwidth: Metres,
    kernel: Kernel = "bisquare",
    reference: Reference | None = None,
    measure: Measure = "employment",
    sector: str | None = None,
    progress: Progress = no_progress,
) -> FocalResult:
    """
    Focal location quotients: specialisation of each territory together with its surroundings.

    Neighbours within reach of the kernel count by their distance, so that a concentration cut by a border is seen, and
    so that small territories lean on those around them. With 95 % intervals from the sizes of the establishments in
    the surroundings. Counts must not have a row for all sectors together; a row that looks like one is warned of.

    Parameters
    ----------
    territories
        Territories to compare; polygons or points.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    bandwidth
        Distance that scales the kernel; 0 gives the plain location quotient.
    kernel
        How weights fall with distance: uniform within the bandwidth, bisquare to 0 at it, gaussian, or inverse
        distance.
    reference
        Totals by sector of the whole, possibly of a larger area; by default the table's own sums.
    measure
        What is counted: jobs or establishments.
    sector
        Sector of the map layer; by default each territory's sector whose interval begins highest.
    progress
        Callback.

    Returns
    -------
    result
        Table of all cells, and the territories with the quotient of one sector.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, the measure is missing, counts or reference name
        territories or sectors that the other layers do not have, or the sector is unknown.
    CRSError
        If metres cannot be measured on the territories.

    References
    ----------
    .. [1] Cromley, R. G. & Hanink, D. M. (2012). Focal location quotients: specification and applications.
       Geographical Analysis 44, 398-410.
    .. [2] Fay, M. P. & Feuer, E. J. (1997). Confidence intervals for directly standardized rates: a method based on the
       gamma distribution. Statistics in Medicine 16, 791-801.
    """
    near = surroundings.kernel_weights(territories, bandwidth=bandwidth, kernel=kernel)
    progress(0.1, mark("Counting"))
    cells = cells_of(territories, firms, counts, measure=measure, total=None)
    whole = whole_of(reference, cells, measure=measure, total=None)
    progress(0.4, mark("Intervals"))
    plants = cells.table if measure == "establishments" else cells.other.get("establishments")
    squares = cells.table if measure == "establishments" else cells.other.get("squares")
    found = focal_location_quotient_interval(cells.table, near, squares, plants=plants, reference=whole)
    plain = quotients.location_quotient(cells.table, reference=whole)
    progress(0.9, mark("Drawing up results"))
    frames = {c: getattr(found, c) for c in ("low", "high", "p", "q", "effective_plants", "certainty")}
    rows = _rows(cells, FOCAL, whole, focal_lq=found.lq, **frames, lq=plain)
    return FocalResult(rows, _areas(territories, rows, FOCAL_AREAS, sector, by="low"), found.rules)


@tool
def cluster_index(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    population: Population,
    reference: Reference | None = None,
    total: str | None = None,
    sector: str | None = None,
    rules: ClusterRules = _RULES,
    progress: Progress = no_progress,
) -> ClusterResult:
    """
    Cluster index of Sternberg and Litzenberger.

    Density of jobs on the land, weight of jobs among the inhabitants, and smallness of the establishments, each over
    that of the whole, in one figure: 1 if the sector were evenly spread. The authors read values above 4 as a cluster.
    A reference takes its area and its inhabitants besides.

    Parameters
    ----------
    territories
        Territories to compare: polygons, whose areas are measured on the ellipsoid.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs and establishments by territory and sector; give this or firms.
    population
        Inhabitants: of territories by their code, or of places, which count in the territory they lie in.
    reference
        Jobs and establishments by sector of the whole, possibly of a larger area; by default the table's own sums.
    total
        Sector code of counts and reference that stands for all sectors together, if they have one.
    sector
        Sector of the map layer; by default each territory's sector with the largest index.
    rules
        Land and people of the whole, and the level of the intervals.
    progress
        Callback.

    Returns
    -------
    result
        Table of all cells, and the territories with the index of one sector.

    Raises
    ------
    LayerError
        If both or neither of firms and counts are given, jobs or establishments are missing, territories are points
        or have no inhabitants given, the reference lacks sectors, its area or its inhabitants, or the sector is
        unknown.

    References
    ----------
    .. [1] Sternberg, R. & Litzenberger, T. (2004). Regional clusters in Germany: their geography and their relevance
       for entrepreneurial activities. European Planning Studies 12, 767-791.
    """
    progress(0, mark("Counting"))
    cells = cells_of(territories, firms, counts, measure="employment", total=total)
    whole = _cluster_whole(reference, cells, rules, total=total)
    plants = _establishments(cells)
    area, people = _square_kilometres(territories), _inhabitants(population, territories)
    progress(0.5, mark("Intervals"))
    index = surroundings.cluster_index(cells.table, plants, area, people, reference=whole)
    low, high, effective = _index_interval(index, cells, plants, rules.level, fixed=whole is not None)
    progress(0.9, mark("Drawing up results"))
    frames = {"index": index, "low": low, "high": high, "effective_plants": effective}
    rows = _rows(cells, CLUSTER_INDICES, whole, **frames, area=area, population=people)
    return ClusterResult(rows, _areas(territories, rows, CLUSTER_AREAS, sector, by="index"))


def _cluster_whole(
    reference: pd.DataFrame | None, cells: Cells, rules: ClusterRules, *, total: str | None
) -> surroundings.ClusterWhole | None:
    """The whole compared with; None is the table's own sums."""
    beside = {"whole_area": rules.whole_area, "whole_population": rules.whole_population}
    if reference is None:
        say_alone(cells, sector=False)
        idle = [name for name, value in beside.items() if value is not None]
        if idle:
            text = message(
                "{values}: there is no reference to which this belongs. Give one, or leave this out.",
                values=listing(idle),
            )
            raise LayerError(text)
        return None
    problems = [
        message("{name}: a cluster index against a reference needs this above 0.", name=name)
        for name, value in beside.items()
        if not value
    ]
    if "establishments" not in reference.columns:
        problems.append(
            message("reference: the cluster index needs jobs and establishments; name both columns.")
        )
    if problems:
        raise LayerError(problems)
    # Of the sectors of the whole more is asked than that they are there: see the other tools.
    whole_of(reference, cells, measure="employment", total=total)
    sums = reference.set_index("sector")
    return surroundings.ClusterWhole(
        sums["employment"],
        sums["establishments"],
        rules.whole_area or 0.0,
        rules.whole_population or 0.0,
        REFERENCE,
    )


def _rows(
    cells: Cells,
    schema: Layer,
    whole: Whole | surroundings.ClusterWhole | None,
    **values: pd.DataFrame | pd.Series,
) -> pd.DataFrame:
    """Long table of the cells with the columns of a schema; series are by territory."""
    shown = {c: cells.other[c] for c in ("employment", "establishments") if c in cells.other}
    wide = {name: v for name, v in values.items() if isinstance(v, pd.DataFrame)}
    rows = tabulation.long_table(**shown, **wide)
    rows["sector_name"] = rows["sector"].map(cells.names)
    rows["reference"] = OWN_SUMS if whole is None else REFERENCE
    rows["status"] = status_of(rows, cells, whole if isinstance(whole, Whole) else None)
    for name, v in values.items():
        if isinstance(v, pd.Series):
            rows[name] = rows["territory"].map(v)
    return rows[[c.name for c in schema.columns if c.name in rows.columns]]


def _areas(
    territories: gpd.GeoDataFrame, rows: pd.DataFrame, schema: Layer, sector: str | None, *, by: str
) -> gpd.GeoDataFrame:
    if sector is not None and not (rows["sector"] == sector).any():
        raise LayerError(
            message(
                "sector: no code “{sector}” in the data. There are: {values}.",
                sector=sector,
                values=listing(sorted(rows["sector"].unique())),
            )
        )
    some = rows if sector is None else rows[rows["sector"] == sector]
    ranked = some.sort_values([by, "sector"], ascending=[False, True], kind="stable")
    joined = territories.merge(
        ranked.drop_duplicates("territory"),
        on="territory",
        how="left",
        validate="one_to_one",
        suffixes=("_own", ""),
    )
    first = [c.name for c in schema.columns if c.name in joined.columns]
    rest = [c for c in joined.columns if c not in {*first, joined.geometry.name}]
    return joined[[*first, *rest, joined.geometry.name]]


def _establishments(cells: Cells) -> pd.DataFrame:
    if "establishments" not in cells.other:
        raise LayerError(
            message("counts: the cluster index needs jobs and establishments; name both columns.")
        )
    return cells.other["establishments"]


def _square_kilometres(territories: gpd.GeoDataFrame) -> pd.Series:
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: points have no area. Give polygons."))
    area = territories.geometry.to_crs(_EQUAL_AREA).area / _KM2
    return pd.Series(area.to_numpy(), index=territories["territory"])


def _inhabitants(population: gpd.GeoDataFrame, territories: gpd.GeoDataFrame) -> pd.Series:
    """Sum of the people of each territory; missing where the source names territories, and not this one."""
    if "period" in population.columns and len(population["period"].unique()) > 1:
        raise LayerError(message("population: several periods. Keep the rows of one."))
    known = territories["territory"]
    if "territory" in population.columns and population["territory"].notna().all():
        strange = sorted(set(population["territory"]) - set(known))
        if strange:
            found = message(
                "population: {count} territory codes are not in the layer of territories: {values}.",
                count=len(strange),
                values=listing(strange),
            )
            warnings.warn(GeoterritorioWarning(found), stacklevel=3)
        return _sums(population["population"], population["territory"]).reindex(known)
    if not has_geometry(population):
        raise LayerError(
            message("population: neither places nor a territory column. Give places, or name the column.")
        )
    places = align(population, territories, name="population")
    assigned = assign(places.geometry.representative_point(), territories)
    if assigned.outside:
        found = message(
            "population: {number} places are in no territory and were left out.", number=assigned.outside
        )
        warnings.warn(GeoterritorioWarning(found), stacklevel=3)
    return _sums(places["population"], assigned.territory).reindex(known, fill_value=0.0)


def _sums(people: pd.Series, territory: pd.Series) -> pd.Series:
    """Sums by territory; missing where a part is, for unknown is not 0."""
    sums, known = people.groupby(territory).sum(), people.notna().groupby(territory).all()
    return sums.where(known)


def _index_interval(
    index: pd.DataFrame, cells: Cells, plants: pd.DataFrame, level: float, *, fixed: bool
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Ends of the intervals where the establishments allow them, and their effective number."""
    squares = cells.other.get("squares", cells.table * np.nan)
    effective = (cells.table**2 / squares.where(squares > 0)).mask(cells.table == 0, 0.0)
    deviation = cluster_index_deviation(cells.table, plants, squares, fixed=fixed).where(
        effective >= MINIMUM_PLANTS
    )
    spread = np.exp(special.ndtri((1 + level) / 2) * deviation)
    return index / spread, index * spread, effective
