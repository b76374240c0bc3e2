"""Local Moran's I and hot spots on layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import geopandas as gpd
import pandas as pd

from geoterritorio.concentration.tools._cells import Measure, cells_of, names_of
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.checks import listing
from geoterritorio.layers.crs import has_geometry, require_metres
from geoterritorio.layers.schema import Counts, Firms, Indicators, Territories
from geoterritorio.patterns import local
from geoterritorio.patterns._nearest import nearest
from geoterritorio.patterns.local import LocalPattern, LocalRules, standardised_rates
from geoterritorio.patterns.tools._plants import refuse_unknown_jobs
from geoterritorio.registry import Column, Count, Layer, Level, Metres, Progress, no_progress, tool

Neighbours = Literal["contiguity", "nearest", "within"]

_BEFORE = (
    Column("territory", "text", "Identifier of the territory"),
    Column("name", "text", "Name of the territory", required=False),
    Column(
        "value", "number", "Value of the territory: the indicator, or the standardised rate of the sector"
    ),
    Column("neighbours", "number", "Number of neighbours with a value"),
)
_CHANCE = (
    Column("expected", "number", "Value of the statistic that chance gives on average"),
    Column("variance", "number", "Variance of the statistic by chance"),
    Column("z", "number", "Deviation of the statistic from what chance gives, in standard deviations"),
    Column("p", "number", "Two-sided p-value: chance of a statistic at least as far out, on either side"),
    Column("q", "number", "p-value adjusted for all territories (Benjamini-Hochberg)"),
)
_AFTER = (
    Column("form", "text", "Statistic found: local_moran or hotspots"),
    Column("sector", "text", "Code of the sector whose rate is looked at", required=False),
    Column("sector_name", "text", "Name of the sector", required=False),
    Column("measure", "text", "What is counted: employment or establishments", required=False),
    Column("contact", "text", "Who is a neighbour: contiguity, so many nearest, or within a distance"),
    Column("simulations", "number", "How often the values of the others were dealt anew"),
)
LOCAL_MORAN = Layer(
    "local_moran",
    ("polygon", "point"),
    (
        *_BEFORE,
        Column("lag", "number", "Mean value of the neighbours"),
        Column("statistic", "number", "Local Moran's I: above 0 among others like it, below 0 unlike it"),
        *_CHANCE,
        Column(
            "cluster",
            "text",
            "high-high, low-low, high-low, low-high, not told from chance, or empty where undefined or untested",
        ),
        *_AFTER,
    ),
    key=("territory",),
)
HOTSPOTS = Layer(
    "hotspots",
    ("polygon", "point"),
    (
        *_BEFORE,
        Column("lag", "number", "Sum of the values of the territory and its neighbours"),
        Column(
            "statistic",
            "number",
            "G* in standard form: deviation of that sum from what chance gives if it deals all values",
        ),
        *_CHANCE,
        Column(
            "cluster",
            "text",
            "hot spot, cold spot, not told from chance, or empty where undefined or untested",
        ),
        *_AFTER,
    ),
    key=("territory",),
)


@dataclass(frozen=True)
class NeighbourRules:
    """
    Who is a neighbour, and what is told from chance.

    Parameters
    ----------
    contact
        "contiguity": territories that share a border or a corner; "nearest": those whose centroids are nearest;
        "within": those whose centroids are within a distance.
    number
        How many nearest ones; at equal distances they share the last places.
    distance
        Distance between centroids within which territories are neighbours, in metres.
    simulations
        How often the values of the other territories are dealt anew. The smallest p is 2 over one more than this, so
        few draws tell no single territory among many from chance; with 0 nothing is tested.
    level
        Level from which on a territory is told from chance, by the adjusted p.
    seed
        Seed of the random draws.
    """

    contact: Neighbours = "contiguity"
    number: Count = 8
    distance: Metres = 10_000
    simulations: Count = 9999
    level: Level = 0.95
    seed: Count = 1


_RULES = NeighbourRules()


@tool
def local_moran(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    indicators: Indicators | None = None,
    sector: str | None = None,
    measure: Measure = "establishments",
    total: str | None = None,
    rules: NeighbourRules = _RULES,
    progress: Progress = no_progress,
) -> Annotated[gpd.GeoDataFrame, LOCAL_MORAN]:
    """
    Local Moran's I: territories with high or low values among others like them, and unlike them.

    The value is an indicator, or the rate of a sector: its share in the establishments or jobs of the territory,
    standardised so that small territories, whose rates jump by chance, do not stand out (empirical Bayes). Chance
    leaves each territory its value and deals those of all others anew.

    Parameters
    ----------
    territories
        Territories to compare; polygons where contiguity makes neighbours.
    firms
        Register of establishments; give this, counts or indicators.
    counts
        Jobs or establishments by territory and sector; give this, firms or indicators.
    indicators
        Value of each territory, of one period; give this, firms or counts.
    sector
        Sector whose rate is looked at; needed with firms or counts.
    measure
        What is counted: jobs or establishments. Jobs come by whole establishments, so their rates jump more than the
        standardisation takes away.
    total
        Sector code of counts that stands for all sectors together, if they have one.
    rules
        Neighbours and chance.
    progress
        Callback.

    Returns
    -------
    output
        Territories with their statistic and cluster.

    Raises
    ------
    LayerError
        None or several of firms, counts and indicators are given, there is no sector of this code, jobs that are
        counted are missing from the register, or neighbours cannot be found.
    CRSError
        Metres cannot be measured in the layer's CRS, where neighbours are found by distance.

    References
    ----------
    .. [1] Anselin, L. (1995). Local indicators of spatial association - LISA. Geographical Analysis 27, 93-115.
    .. [2] Assunção, R. M. & Reis, E. A. (1999). A new proposal to adjust Moran's I for population density. Statistics
       in Medicine 18, 2147-2162.
    """
    values = _values(territories, (firms, counts, indicators), sector, measure=measure, total=total)
    asked = LocalRules(simulations=rules.simulations, level=rules.level)
    pairs = _neighbours(territories, rules)
    found = local.local_moran(values, pairs, rules=asked, rng=rules.seed, progress=progress)
    asked_of = _asked(firms if counts is None else counts, sector, measure)
    return _mapped(territories, found, LOCAL_MORAN, {**asked_of, **_told(rules)})


@tool
def hotspots(
    territories: Territories,
    firms: Firms | None = None,
    counts: Counts | None = None,
    *,
    indicators: Indicators | None = None,
    sector: str | None = None,
    measure: Measure = "establishments",
    total: str | None = None,
    rules: NeighbourRules = _RULES,
    progress: Progress = no_progress,
) -> Annotated[gpd.GeoDataFrame, HOTSPOTS]:
    """
    Hot and cold spots: where high values are together, and where low ones (Getis and Ord's G*).

    The value is an indicator, or the rate of a sector: its share in the establishments or jobs of the territory,
    standardised so that small territories, whose rates jump by chance, do not stand out (empirical Bayes). Chance
    leaves each territory its value and deals those of all others anew.

    Parameters
    ----------
    territories
        Territories to compare; polygons where contiguity makes neighbours.
    firms
        Register of establishments; give this, counts or indicators.
    counts
        Jobs or establishments by territory and sector; give this, firms or indicators.
    indicators
        Value of each territory, of one period; give this, firms or counts.
    sector
        Sector whose rate is looked at; needed with firms or counts.
    measure
        What is counted: jobs or establishments. Jobs come by whole establishments, so their rates jump more than the
        standardisation takes away.
    total
        Sector code of counts that stands for all sectors together, if they have one.
    rules
        Neighbours and chance.
    progress
        Callback.

    Returns
    -------
    output
        Territories with their statistic and cluster.

    Raises
    ------
    LayerError
        None or several of firms, counts and indicators are given, there is no sector of this code, jobs that are
        counted are missing from the register, or neighbours cannot be found.
    CRSError
        Metres cannot be measured in the layer's CRS, where neighbours are found by distance.

    References
    ----------
    .. [1] Ord, J. K. & Getis, A. (1995). Local spatial autocorrelation statistics: distributional issues and an
       application. Geographical Analysis 27, 286-306.
    """
    values = _values(territories, (firms, counts, indicators), sector, measure=measure, total=total)
    asked = LocalRules(weighting="as_given", simulations=rules.simulations, level=rules.level)
    pairs = _neighbours(territories, rules)
    found = local.hotspots(values, pairs, standardised=True, rules=asked, rng=rules.seed, progress=progress)
    asked_of = _asked(firms if counts is None else counts, sector, measure)
    return _mapped(territories, found, HOTSPOTS, {**asked_of, **_told(rules)})


def _values(
    territories: gpd.GeoDataFrame,
    given: tuple[pd.DataFrame | None, pd.DataFrame | None, pd.DataFrame | None],
    sector: str | None,
    *,
    measure: Measure,
    total: str | None,
) -> pd.Series:
    """Value of each territory, in the order of the layer."""
    firms, counts, indicators = given
    if sum(layer is not None for layer in given) != 1:
        raise LayerError(message("Give one of firms (a register), counts (a table) and indicators."))
    if indicators is not None:
        return _indicator(territories, indicators)
    if firms is not None and "employment" in firms.columns:
        firms = _counted(firms, measure)
    cells = cells_of(territories, firms, counts, measure=measure, total=total)
    table = cells.table
    if sector is None:
        raise LayerError(
            message(
                "sector: none is named, and the rate looked at is that of one. There are: {values}.",
                values=listing(list(table.columns)),
            )
        )
    if sector not in table.columns:
        raise LayerError(
            message(
                "sector: no code “{sector}” in the data. There are: {values}.",
                sector=sector,
                values=listing(list(table.columns)),
            )
        )
    sums = table.sum(axis=1, skipna=False) if cells.totals is None else cells.totals
    return standardised_rates(table[sector], sums).reindex(territories["territory"])


def _counted(firms: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """The register, all jobs known where these are counted; where they are not, without them."""
    if measure != "employment":
        return firms.drop(columns="employment")
    refuse_unknown_jobs(_located(firms))
    return firms


def _located(firms: pd.DataFrame) -> pd.DataFrame:
    """Establishments that count in a territory: with a sector, and with a place or the code of a territory."""
    known = firms["sector"].notna()
    if has_geometry(firms):
        shapes = gpd.GeoDataFrame(firms).geometry
        return firms[known & shapes.notna() & ~shapes.is_empty]
    return firms[known & firms["territory"].notna()] if "territory" in firms.columns else firms[known]


def _indicator(territories: gpd.GeoDataFrame, indicators: pd.DataFrame) -> pd.Series:
    problems = []
    if indicators["territory"].duplicated().any():
        problems.append(
            message("indicators: some territories have several rows. Keep one period, one row per territory.")
        )
    strange = sorted(set(indicators["territory"]) - set(territories["territory"]))
    if strange:
        problems.append(
            message(
                "indicators: {count} territories are not in the layer of territories: {values}. "
                "Check that both use the same codes (leading zeros?).",
                count=len(strange),
                values=listing(strange),
            )
        )
    if problems:
        raise LayerError(problems)
    return indicators.set_index("territory")["value"].reindex(territories["territory"])


def _neighbours(territories: gpd.GeoDataFrame, rules: NeighbourRules) -> pd.DataFrame:
    """Pairs of territories that are neighbours."""
    # Imported here: it takes seconds, and only tools of neighbours need it.
    from libpysal.graph import Graph  # noqa: PLC0415 - takes seconds, and only neighbours of territories need it

    shapes = territories.set_index("territory").geometry
    if rules.contact == "contiguity":
        if not shapes.geom_type.isin(["Polygon", "MultiPolygon"]).all():
            raise LayerError(
                message(
                    "territories: neighbours that touch can only be found among polygons. Take the nearest."
                )
            )
        return _table(Graph.build_fuzzy_contiguity(shapes, predicate="intersects"))
    require_metres(territories, name=mark("territories"))
    centres = shapes.centroid
    if rules.contact == "within":
        return _table(Graph.build_distance_band(centres, float(rules.distance)))
    number = int(rules.number)
    if not 0 < number < len(centres):
        raise LayerError(
            message(
                "number: {number} nearest neighbours of {count} territories. Give at least 1, but fewer than these.",
                number=number,
                count=len(centres),
            )
        )
    looks = nearest(centres.x.to_numpy(), centres.y.to_numpy(), number).tocoo()
    names = centres.index.to_numpy()
    pairs = {"territory": names[looks.row], "neighbour": names[looks.col], "weight": looks.data * number}
    return pd.DataFrame(pairs)


def _table(graph: Any) -> pd.DataFrame:
    """Pairs of a graph; territories without neighbours have none."""
    links: pd.DataFrame = graph.adjacency.reset_index().set_axis(["territory", "neighbour", "weight"], axis=1)
    return links[links["weight"] > 0].reset_index(drop=True)


def _asked(register: pd.DataFrame | None, sector: str | None, measure: Measure) -> dict[str, Any]:
    """Whose rate is looked at; nothing of an indicator."""
    if register is None:
        return {}
    name = names_of(register).get(sector, sector)
    return {"sector": sector, **({} if name == sector else {"sector_name": name}), "measure": measure}


def _told(rules: NeighbourRules) -> dict[str, Any]:
    """How it was found, as the result tells it."""
    by = {"nearest": f"nearest, {int(rules.number)}", "within": f"within, {float(rules.distance):.0f} m"}
    return {"contact": by.get(rules.contact, rules.contact), "simulations": int(rules.simulations)}


def _mapped(
    territories: gpd.GeoDataFrame, found: LocalPattern, layer: Layer, told: dict[str, Any]
) -> gpd.GeoDataFrame:
    """Territories with the columns of the pattern, and how it was found."""
    shape = territories.geometry.name
    kept = [c for c in ("territory", "name", shape) if c in territories.columns]
    rows = territories[kept].reset_index(drop=True).join(found.table.reset_index(drop=True))
    rows = rows.assign(form=layer.kind, **told)
    return rows[[*(c.name for c in layer.columns if c.name in rows.columns), shape]]
