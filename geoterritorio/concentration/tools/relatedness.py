"""Relatedness of sectors on layers: which belong together, and what is near to what a territory has."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Annotated

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.concentration import relatedness, significance, tabulation
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration.tools._cells import Cells, Measure, cells_of, whole_of
from geoterritorio.concentration.tools._quotients import status_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.checks import listing
from geoterritorio.layers.result_schema import RESULT_STATUS
from geoterritorio.layers.schema import Counts, FirmsParts, Reference, Territories
from geoterritorio.registry import Column, Count, Layer, Progress, no_progress, tool

# Random tables are the same at every run.
_SEED = 1
_WHOLE = Column("reference", "text", mark("The whole compared with: own sums, or reference"))
PAIRS = Layer(
    "sector_pairs",
    ("table",),
    (
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        Column("other", "text", mark("Code of the other sector")),
        Column("other_name", "text", mark("Name of the other sector"), required=False),
        Column("ubiquity", "number", mark("Territories specialised in the sector")),
        Column("other_ubiquity", "number", mark("Territories specialised in the other sector")),
        Column("cooccurrences", "number", mark("Territories specialised in both sectors")),
        Column(
            "expected", "number", mark("Mean of the same in random tables with the same sums"), required=False
        ),
        Column("relatedness", "number", mark("Relatedness by the method chosen")),
        Column(
            "z",
            "number",
            mark("Deviations of the co-occurrences from their mean in random tables"),
            required=False,
        ),
        Column(
            "p",
            "number",
            mark("One-sided p-value: share of random tables with as many co-occurrences"),
            required=False,
        ),
        Column(
            "q", "number", mark("p-value adjusted for all pairs tested (Benjamini-Hochberg)"), required=False
        ),
        _WHOLE,
    ),
    key=("sector", "other"),
)
DENSITIES = Layer(
    "relatedness_densities",
    ("table",),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("sector", "text", "Code of the sector"),
        Column("sector_name", "text", "Name of the sector", required=False),
        Column("presence", "number", mark("1 where the territory is specialised in the sector, else 0")),
        Column(
            "density",
            "number",
            mark("Share of what is related to the sector that the territory has, from 0 to 1"),
        ),
        RESULT_STATUS,
        _WHOLE,
    ),
    key=("territory", "sector"),
)
DENSITY_AREAS = Layer(
    "relatedness_density_areas",
    ("polygon", "point"),
    (
        Column("territory", "text", "Identifier of the territory"),
        Column("name", "text", "Name of the territory", required=False),
        *DENSITIES.columns[1:],
    ),
    key=("territory",),
)
Pairs = Annotated[pd.DataFrame, PAIRS]
Densities = Annotated[pd.DataFrame, DENSITIES]
DensityAreas = Annotated[gpd.GeoDataFrame, DENSITY_AREAS]


@dataclass(frozen=True)
class DensityResult:
    """
    Density of what is related, as a table and on the map.

    Attributes
    ----------
    densities
        One row per territory and sector.
    areas
        One row per territory: the chosen sector, or the densest of those the territory lacks.
    """

    densities: Densities
    areas: DensityAreas


@dataclass(frozen=True)
class DensityRules:
    """
    What counts as related to a sector.

    Parameters
    ----------
    own
        Whether a sector counts among what it is related to; then it vouches for itself where it is present.
    method
        Measure of relatedness.
    """

    own: bool = False
    method: relatedness.Method = "proximity"


_RULES = DensityRules()


@tool
def sector_relatedness(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    method: relatedness.Method = "proximity",
    replicates: Count = 999,
    progress: Progress = no_progress,
) -> Pairs:
    """
    Relatedness of sectors.

    Two sectors are related if the same territories are specialised in them (location quotient from 1 on). The test
    compares with random tables in which every territory has as many sectors, and every sector as many territories,
    as in the data.

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
    method
        Measure of relatedness.
    replicates
        Number of random tables; 0 leaves the test out.
    progress
        Callback.

    Returns
    -------
    output
        One row per two sectors.

    Raises
    ------
    LayerError
        As for location quotients.

    References
    ----------
    .. [1] Hidalgo, C. A., Klinger, B., Barabási, A.-L. & Hausmann, R. (2007). The product space conditions the
       development of nations. Science 317, 482-487.
    .. [2] Strona, G. et al. (2014). A fast and unbiased procedure to randomize ecological binary matrices with fixed
       row and column totals. Nature Communications 5, 4114.
    """
    progress(0, mark("Counting"))
    cells = cells_of(territories, firms, counts, measure=measure, total=total)
    whole = whole_of(reference, cells, measure=measure, total=total, among=True)
    here = relatedness.presence(cells.table, reference=whole, totals=cells.totals)
    matrix = _matrix(cells, here, whole, method)
    with warnings.catch_warnings():
        # Which sectors stay empty was said with their relatedness.
        warnings.filterwarnings("ignore", ".*sectors are left empty", GeoterritorioWarning)
        pairs = _pairs(here, replicates, progress)
    pairs["relatedness"] = matrix.to_numpy()[np.triu_indices(len(matrix), 1)]
    ubiquity = here.sum(skipna=False)
    pairs["ubiquity"], pairs["other_ubiquity"] = (pairs[end].map(ubiquity) for end in ("sector", "other"))
    return _named(pairs, cells, here)[[c.name for c in PAIRS.columns if c.name in pairs.columns]]


@tool
def relatedness_density(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    sector: str | None = None,
    rules: DensityRules = _RULES,
    progress: Progress = no_progress,
) -> DensityResult:
    """
    Density of related sectors in each territory.

    How much of what is related to a sector (by proximity or another measure) a territory is already specialised in.
    Sectors of high density that a territory lacks are near to what it can do.

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
    sector
        Sector of the map layer; by default the densest of those a territory lacks.
    rules
        What counts as related to a sector.
    progress
        Callback.

    Returns
    -------
    result
        Table of all cells, and the territories with the density of one sector.

    Raises
    ------
    LayerError
        As for location quotients, if the sector is unknown, or if a sector should vouch for itself by a measure that
        knows no relatedness of a sector with itself.

    References
    ----------
    .. [1] Hidalgo, C. A., Klinger, B., Barabási, A.-L. & Hausmann, R. (2007). The product space conditions the
       development of nations. Science 317, 482-487.
    """
    progress(0, mark("Counting"))
    cells = cells_of(territories, firms, counts, measure=measure, total=total)
    whole = whole_of(reference, cells, measure=measure, total=total, among=True)
    here = relatedness.presence(cells.table, reference=whole, totals=cells.totals)
    matrix = _matrix(cells, here, whole, rules.method)
    progress(0.5, mark("Drawing up results"))
    density = relatedness.relatedness_density(here, matrix, own=rules.own)
    table = tabulation.long_table(presence=here, density=density)
    table["status"] = status_of(table, cells, whole)
    table = _named(table, cells, here)[[c.name for c in DENSITIES.columns]]
    return DensityResult(table, _areas(territories, table, sector))


def _matrix(
    cells: Cells, here: pd.DataFrame, whole: Whole | None, method: relatedness.Method
) -> pd.DataFrame:
    """Relatedness of every two sectors; correlation is that of the quotients, not of the presence."""
    source = cells.table if method == "correlation" else here
    return relatedness.sector_relatedness(source, method=method, reference=whole, totals=cells.totals)


def _pairs(here: pd.DataFrame, replicates: int, progress: Progress) -> pd.DataFrame:
    if replicates:
        return significance.relatedness_significance(
            here, replicates=replicates, rng=_SEED, progress=progress
        )
    first, second = np.triu_indices(here.shape[1], 1)
    # Unknown cells leave their sectors' numbers unknown, as the test does.
    together = here.to_numpy().T @ here.to_numpy()
    names = here.columns
    return pd.DataFrame(
        {"sector": names[first], "other": names[second], "cooccurrences": together[first, second]}
    )


def _named(table: pd.DataFrame, cells: Cells, here: pd.DataFrame) -> pd.DataFrame:
    table["sector_name"] = table["sector"].map(cells.names)
    if "other" in table.columns:
        table["other_name"] = table["other"].map(cells.names)
    table["reference"] = here.attrs["reference"]
    return table


def _areas(territories: gpd.GeoDataFrame, table: pd.DataFrame, sector: str | None) -> gpd.GeoDataFrame:
    if sector is not None:
        chosen = table[table["sector"] == sector]
        if chosen.empty:
            raise LayerError(
                message(
                    "sector: no code “{sector}” in the data. There are: {values}.",
                    sector=sector,
                    values=listing(sorted(table["sector"].unique())),
                )
            )
    else:
        lacking = table[(table["presence"] == 0) & table["density"].notna()]
        ranked = lacking.sort_values(["density", "sector"], ascending=[False, True], kind="stable")
        chosen = ranked.drop_duplicates("territory")
    joined = territories.merge(
        chosen, on="territory", how="left", validate="one_to_one", suffixes=("_own", "")
    )
    return ordered(joined, DENSITY_AREAS)


def ordered(layer: gpd.GeoDataFrame, schema: Layer) -> gpd.GeoDataFrame:
    """Layer with the columns of the schema first and the geometry last."""
    first = [c.name for c in schema.columns if c.name in layer.columns]
    rest = [c for c in layer.columns if c not in {*first, layer.geometry.name}]
    return layer[[*first, *rest, layer.geometry.name]]
