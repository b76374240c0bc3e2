"""Tables and location quotients on layers: registers or counts and boundaries in, tables and maps out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.concentration import quotients, tabulation
from geoterritorio.concentration.intervals import IntervalRules
from geoterritorio.concentration.tools._cells import Measure, cells_of, tabulated, whole_of
from geoterritorio.concentration.tools._quotients import quotient_rows, status_of
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.checks import listing
from geoterritorio.layers.result_schema import (
    QUOTIENT_AREAS,
    STANDARDISED,
    QuotientAreas,
    Quotients,
    StandardisedQuotients,
)
from geoterritorio.layers.schema import KNOWN, PARTIAL, Counts, FirmsParts, Reference, Territories
from geoterritorio.registry import Layer, Level, Metres, Progress, no_progress, tool, within

# Below as many territories a cut-off says nothing.
_FEW = 30
# Share of the work of a table that is done when the register is read.
_COUNTED = 0.8


@dataclass(frozen=True)
class QuotientResult:
    """
    Location quotients as a table and on the map.

    Attributes
    ----------
    quotients
        One row per territory and sector, with interval, p, q and certainty.
    areas
        One row per territory: the chosen sector, or the one with the largest excess among the territory's sectors.
    rules
        How the intervals were made.
    """

    quotients: Quotients
    areas: QuotientAreas
    rules: IntervalRules


@tool
def tabulate(
    territories: Territories,
    firms: FirmsParts,
    *,
    outside: Literal["drop", "raise"] = "drop",
    snap: Metres = 0,
    progress: Progress = no_progress,
) -> Counts:
    """
    Establishments and jobs by territory and sector.

    A point belongs to the territory that contains or touches it; where several do, to the one whose identifier
    sorts first. Establishments outside every territory are counted and reported.

    Parameters
    ----------
    territories
        Territories in which establishments are counted; each becomes rows, even if empty.
    firms
        Establishments: points, or a table with a territory column.
    outside
        What to do with establishments outside every territory: drop them and say how many, or refuse.
    snap
        Establishments outside, but within this distance of a territory, go to the nearest one.
    progress
        Callback.

    Returns
    -------
    output
        One row per territory and sector with at least one establishment.

    Raises
    ------
    LayerError
        If firms have neither points nor territories, or some lie outside and must not.
    CRSError
        If `snap` is asked for on a layer in which metres cannot be measured.
    """
    progress(0, mark("Assigning establishments to territories"))
    table, names = tabulated(
        territories, firms, outside=outside, snap=snap, progress=within(progress, 0, _COUNTED)
    )
    progress(_COUNTED, mark("Counting"))
    rows = tabulation.long_table(
        employment=table.employment, establishments=table.establishments, squares=table.squares
    )
    rows = rows[rows["establishments"] > 0].reset_index(drop=True)
    rows.insert(2, "sector_name", rows["sector"].map(names))
    rows["status"] = KNOWN
    return rows


@tool
def location_quotient(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    sector: str | None = None,
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> QuotientResult:
    """
    Location quotients with intervals.

    How many times larger a sector's share is in a territory than in the whole, and how surely: establishments by the
    conditional mid-p interval, employment by the sizes of the plants or by the published sampling error. p tests the
    quotient against 1; q adjusts p for all cells tested in the table.

    Parameters
    ----------
    territories
        Territories to compare; polygons or points.
    firms
        Register of establishments; give this or counts.
    counts
        Jobs or establishments by territory and sector; give this or firms.
    reference
        Totals by sector of the whole, possibly of a larger area; by default the table's own sums.
    measure
        What is counted: jobs or establishments.
    total
        Sector code of counts and reference that stands for all sectors together, if they have one.
    sector
        Sector of the map layer; by default each territory's sector with the largest excess.
    level
        Confidence level of the intervals.
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

    References
    ----------
    .. [1] Moineddin, R., Beyene, J. & Boyle, E. (2003). On the location quotient confidence interval. Geographical
       Analysis 35, 249-256.
    .. [2] Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
       Statistical Society B 57, 289-300.
    """
    progress(0, mark("Counting"))
    reading = within(progress, 0, 0.4)
    cells = cells_of(territories, firms, counts, measure=measure, total=total, progress=reading)
    whole = whole_of(reference, cells, measure=measure, total=total)
    progress(0.4, mark("Intervals"))
    table, rules = quotient_rows(cells, whole, measure=measure, level=level)
    progress(0.9, mark("Drawing up results"))
    return QuotientResult(table, _areas(territories, table, sector), rules)


@tool
def standardised_location_quotient(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    transform: Literal["none", "log"] = "log",
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> StandardisedQuotients:
    """
    Standardised location quotients of each sector over the territories.

    Deviations of each quotient from the sector's mean in standard deviations, a test of normality, and the cut-off
    above which a territory counts as agglomerated in the sector. This ranks territories and tests nothing about the
    establishments: some territory is always the highest, by chance too. For a test take location quotients.

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
    transform
        Whether quotients are standardised as they are or as logarithms (zeros are then left out).
    level
        Confidence level of the cut-off.
    progress
        Callback.

    Returns
    -------
    output
        One row per territory and sector.

    Raises
    ------
    LayerError
        As for location quotients.

    References
    ----------
    .. [1] O'Donoghue, D. & Gleave, B. (2004). A note on methods for measuring industrial agglomeration. Regional
       Studies 38, 419-427.
    .. [2] Tian, Z. (2013). Measuring agglomeration using the standardized location quotient with a bootstrap method.
       Journal of Regional Analysis and Policy 43, 186-197.
    """
    progress(0, mark("Counting"))
    cells = cells_of(territories, firms, counts, measure=measure, total=total)
    whole = whole_of(reference, cells, measure=measure, total=total)
    _say_few(len(cells.table))
    options = {"reference": whole, "totals": cells.totals}
    lq = quotients.location_quotient(cells.table, **options)
    z = quotients.standardised_location_quotient(cells.table, transform=transform, **options)
    progress(0.3, mark("Cut-offs"))
    limits = quotients.agglomeration_cutoffs(cells.table, transform=transform, level=level, **options)
    rows = tabulation.long_table(lq=lq, z=z)
    rows["sector_name"] = rows["sector"].map(cells.names)
    rows["normality_p"] = rows["sector"].map(limits["normality"])
    rows["cutoff"] = rows["sector"].map(limits["cutoff"])
    rows["status"] = status_of(rows, cells, whole)
    rows["reference"] = lq.attrs["reference"]
    above = np.where(rows["z"] > rows["cutoff"], "yes", "no")
    told = rows["z"].notna() & rows["cutoff"].notna() & (rows["status"] != PARTIAL)
    rows["agglomerated"] = pd.Series(above, dtype=object).where(told, None)
    return rows[[c.name for c in STANDARDISED.columns]]


def _say_few(territories: int) -> None:
    if 1 < territories < _FEW:
        text = message(
            "{number} territories are few for a cut-off: in nearly every sector one is above it by chance alone. "
            "Take “agglomerated” as a ranking, and location quotients for a test.",
            number=territories,
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def _areas(territories: gpd.GeoDataFrame, table: pd.DataFrame, sector: str | None) -> gpd.GeoDataFrame:
    if sector is not None:
        chosen = table[table["sector"] == sector]
        if chosen.empty:
            known = sorted(table["sector"].unique())
            raise LayerError(
                message(
                    "sector: no code “{sector}” in the data. There are: {values}.",
                    sector=sector,
                    values=listing(known),
                )
            )
    else:
        ranked = table.sort_values(["excess", "sector"], ascending=[False, True], kind="stable")
        chosen = ranked.drop_duplicates("territory")
    joined = territories.merge(
        chosen, on="territory", how="left", validate="one_to_one", suffixes=("_own", "")
    )
    return _ordered(joined, QUOTIENT_AREAS)


def _ordered(layer: gpd.GeoDataFrame, schema: Layer) -> gpd.GeoDataFrame:
    first = [c.name for c in schema.columns if c.name in layer.columns]
    rest = [c for c in layer.columns if c not in {*first, layer.geometry.name}]
    return layer[[*first, *rest, layer.geometry.name]]
