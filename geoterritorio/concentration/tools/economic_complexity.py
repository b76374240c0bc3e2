"""Complexity on layers: territories on the map, sectors in a table."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import pandas as pd

from geoterritorio.concentration import economic_complexity, fitness_complexity, outlook, relatedness
from geoterritorio.concentration.tools._cells import Measure, cells_of, whole_of
from geoterritorio.concentration.tools.relatedness import ordered
from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import Counts, FirmsParts, Reference, Territories
from geoterritorio.registry import Column, Count, Layer, Level, Progress, no_progress, tool

# Resampled sectors are the same at every run.
_SEED = 1
_WHOLE = Column("reference", "text", mark("The whole compared with: own sums, or reference"))
_REASON = Column(
    "reason",
    "text",
    mark(
        "Why there is no value: empty, unknown (withheld cells), apart (shares nothing with the others), alike, or "
        "swings (between two states)"
    ),
    required=False,
)
_AREA = (
    Column("territory", "text", "Identifier of the territory"),
    Column("name", "text", "Name of the territory", required=False),
    Column("diversity", "number", mark("Sectors in which the territory is specialised")),
)
_SECTOR = (
    Column("sector", "text", "Code of the sector"),
    Column("sector_name", "text", "Name of the sector", required=False),
    Column("ubiquity", "number", mark("Territories specialised in the sector")),
)
COMPLEXITY_AREAS = Layer(
    "complexity_areas",
    ("polygon", "point"),
    (
        *_AREA,
        Column("eci", "number", mark("Complexity of the territory, in deviations from the mean")),
        Column("low", "number", "Lower end of the interval", required=False),
        Column("high", "number", "Upper end of the interval", required=False),
        Column("rank", "number", mark("Rank from the top")),
        Column("rank_low", "number", mark("Best rank of the interval"), required=False),
        Column("rank_high", "number", mark("Worst rank of the interval"), required=False),
        Column(
            "outlook", "number", mark("Complexity of the near sectors it lacks, in deviations from the mean")
        ),
        _REASON,
        _WHOLE,
    ),
    key=("territory",),
)
COMPLEXITY_SECTORS = Layer(
    "complexity_sectors",
    ("table",),
    (
        *_SECTOR,
        Column("pci", "number", mark("Complexity of the sector, on the scale chosen")),
        Column("rank", "number", mark("Rank from the top")),
        _REASON,
        _WHOLE,
    ),
    key=("sector",),
)
FITNESS_AREAS = Layer(
    "fitness_areas",
    ("polygon", "point"),
    (
        *_AREA,
        Column("fitness", "number", mark("Fitness of the territory; their mean is 1")),
        Column("rank", "number", mark("Rank from the top")),
        _REASON,
        _WHOLE,
    ),
    key=("territory",),
)
FITNESS_SECTORS = Layer(
    "fitness_sectors",
    ("table",),
    (
        *_SECTOR,
        Column("complexity", "number", mark("Complexity of the sector by fitness; their mean is 1")),
        Column("rank", "number", mark("Rank from the top")),
        _REASON,
        _WHOLE,
    ),
    key=("sector",),
)
ComplexityAreas = Annotated[gpd.GeoDataFrame, COMPLEXITY_AREAS]
ComplexitySectors = Annotated[pd.DataFrame, COMPLEXITY_SECTORS]
FitnessAreas = Annotated[gpd.GeoDataFrame, FITNESS_AREAS]
FitnessSectors = Annotated[pd.DataFrame, FITNESS_SECTORS]


@dataclass(frozen=True)
class ComplexityResult:
    """
    Complexity on the map and by sector.

    Attributes
    ----------
    areas
        One row per territory: diversity, complexity with interval, rank, outlook.
    sectors
        One row per sector: ubiquity, complexity, rank.
    """

    areas: ComplexityAreas
    sectors: ComplexitySectors


@dataclass(frozen=True)
class FitnessResult:
    """
    Fitness on the map, and complexity by sector.

    Attributes
    ----------
    areas
        One row per territory: diversity, fitness, rank.
    sectors
        One row per sector: ubiquity, complexity, rank.
    """

    areas: FitnessAreas
    sectors: FitnessSectors


@dataclass(frozen=True)
class ComplexityRules:
    """
    How complexity is computed, and the level of its intervals.

    Parameters
    ----------
    method
        At once (eigen), or by the reflections that approach it (reflections), which have no intervals.
    iterations
        Number of reflections, even.
    scale
        Scale of the sectors: that of the territories, of which each then has the mean of its sectors (territories), or
        mean 0 and deviation 1 for both (each).
    level
        Confidence level of the intervals.
    """

    method: economic_complexity.Method = "eigen"
    iterations: Count = 18
    scale: economic_complexity.Scale = "territories"
    level: Level = 0.95


_RULES = ComplexityRules()


@tool
def complexity(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    replicates: Count = 200,
    rules: ComplexityRules = _RULES,
    progress: Progress = no_progress,
) -> ComplexityResult:
    """
    Complexity of territories and sectors.

    Complex territories are specialised (location quotient from 1 on) in sectors that few territories have, and those
    diverse ones. The interval tells how much a territory's value hangs on single sectors: these are resampled.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole; by default the table's own sums.
    measure
        What is counted: jobs or establishments.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    replicates
        Number of times sectors are resampled for the intervals; 0 leaves them out.
    rules
        How complexity is computed, and the level of its intervals.
    progress
        Callback.

    Returns
    -------
    result
        Territories with their complexity, and a table of the sectors.

    Raises
    ------
    LayerError
        As for location quotients, or if the number of reflections is odd or below 2.

    References
    ----------
    .. [1] Hidalgo, C. A. & Hausmann, R. (2009). The building blocks of economic complexity. Proceedings of the
       National Academy of Sciences 106, 10570-10575.
    """
    progress(0, mark("Counting"))
    here, names = _presence(territories, firms, counts, reference, measure=measure, total=total)
    found = economic_complexity.complexity(
        here, method=rules.method, iterations=rules.iterations, scale=rules.scale
    )
    # What is resampled is the eigenvector.
    draws = replicates if rules.method == "eigen" else 0
    areas = found.territories.join(_beside(here, draws, rules.level, progress))
    return ComplexityResult(
        _on_map(territories, areas, here, COMPLEXITY_AREAS),
        _by_sector(found.sectors, names, here, COMPLEXITY_SECTORS),
    )


@tool
def fitness(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    iterations: Count = 1000,
    until: fitness_complexity.Until = "values",
    progress: Progress = no_progress,
) -> FitnessResult:
    """
    Fitness of territories and complexity of sectors.

    A territory is fit if it is specialised (location quotient from 1 on) in many complex sectors; a sector is complex
    if no unfit territory has it. Both are found together, step by step.

    Parameters
    ----------
    territories
        Territories to compare.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole; by default the table's own sums.
    measure
        What is counted: jobs or establishments.
    total
        Sector code that stands for all sectors together, if counts and reference have one.
    iterations
        Steps taken at most.
    until
        Whether to stop when the values have settled or when the ranks have.
    progress
        Callback.

    Returns
    -------
    result
        Territories with their fitness, and a table of the sectors.

    Raises
    ------
    LayerError
        As for location quotients.

    References
    ----------
    .. [1] Tacchella, A., Cristelli, M., Caldarelli, G., Gabrielli, A. & Pietronero, L. (2012). A new metrics for
       countries' fitness and products' complexity. Scientific Reports 2, 723.
    """
    progress(0, mark("Counting"))
    here, names = _presence(territories, firms, counts, reference, measure=measure, total=total)
    progress(0.5, mark("Drawing up results"))
    found = fitness_complexity.fitness(here, iterations=iterations, until=until)
    return FitnessResult(
        _on_map(territories, found.territories, here, FITNESS_AREAS),
        _by_sector(found.sectors, names, here, FITNESS_SECTORS),
    )


def _beside(here: pd.DataFrame, replicates: int, level: float, progress: Progress) -> pd.DataFrame:
    """Outlook and intervals."""
    with warnings.catch_warnings():
        # What cannot be ranked was said when the complexity was found.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        values = outlook.complexity_outlook(here).to_frame("outlook")
        if replicates:
            ends = economic_complexity.complexity_interval(
                here, replicates=replicates, level=level, rng=_SEED, progress=progress
            )
            values = values.join(ends[["low", "high", "rank_low", "rank_high"]])
    return values


def _presence(
    territories: gpd.GeoDataFrame,
    firms: pd.DataFrame | None,
    counts: pd.DataFrame | None,
    reference: pd.DataFrame | None,
    *,
    measure: Measure,
    total: str | None,
) -> tuple[pd.DataFrame, pd.Series]:
    cells = cells_of(territories, firms, counts, measure=measure, total=total)
    whole = whole_of(reference, cells, measure=measure, total=total, among=True)
    return relatedness.presence(cells.table, reference=whole, totals=cells.totals), cells.names


def _on_map(
    territories: gpd.GeoDataFrame, values: pd.DataFrame, here: pd.DataFrame, schema: Layer
) -> gpd.GeoDataFrame:
    rows = values.rename_axis(index="territory").reset_index().assign(reference=here.attrs["reference"])
    joined = territories.merge(rows, on="territory", how="left", validate="one_to_one", suffixes=("_own", ""))
    return ordered(joined, schema)


def _by_sector(values: pd.DataFrame, names: pd.Series, here: pd.DataFrame, schema: Layer) -> pd.DataFrame:
    rows = values.rename_axis(index="sector").reset_index().assign(reference=here.attrs["reference"])
    rows["sector_name"] = rows["sector"].map(names)
    return rows[[c.name for c in schema.columns]]
