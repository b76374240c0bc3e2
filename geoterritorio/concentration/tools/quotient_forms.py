"""Forms of the location quotient on layers, each by itself: interval, symmetric quotient, excess."""

from __future__ import annotations

from typing import Annotated

import pandas as pd

from geoterritorio.concentration import quotients, tabulation
from geoterritorio.concentration._margins import OWN, Whole
from geoterritorio.concentration.intervals import Method
from geoterritorio.concentration.tools._cells import Cells, Measure, cells_of, whole_of
from geoterritorio.concentration.tools._quotients import quotient_rows, status_of
from geoterritorio.i18n import mark
from geoterritorio.layers.result_schema import QUOTIENTS
from geoterritorio.layers.schema import Counts, FirmsParts, Reference, Territories
from geoterritorio.registry import Column, Layer, Level, Progress, no_progress, tool, within

_OF = {c.name: c for c in QUOTIENTS.columns}
_CELL = (_OF["territory"], _OF["sector"], _OF["sector_name"])
_SOUGHT = ("lq", "low", "high", "most", "p", "q", "effective_plants", "certainty", "status", "reference")
INTERVALS = Layer(
    "quotient_intervals",
    ("table",),
    (*_CELL, *(_OF[name] for name in _SOUGHT), Column("method", "text", "How the intervals were made")),
    key=("territory", "sector"),
)
SYMMETRIC = Layer(
    "symmetric_quotients",
    ("table",),
    (*_CELL, _OF["lq"], _OF["symmetric"], _OF["status"], _OF["reference"]),
    key=("territory", "sector"),
)
EXCESS = Layer(
    "excess_employment",
    ("table",),
    (
        *_CELL,
        Column("observed", "number", "Jobs or establishments in the cell"),
        Column("expected", "number", "Jobs or establishments that the whole's shares would give"),
        _OF["excess"],
        _OF["status"],
        _OF["reference"],
    ),
    key=("territory", "sector"),
)
QuotientIntervalRows = Annotated[pd.DataFrame, INTERVALS]
SymmetricQuotients = Annotated[pd.DataFrame, SYMMETRIC]
ExcessEmployment = Annotated[pd.DataFrame, EXCESS]


@tool
def location_quotient_interval(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    method: Method = "auto",
    level: Level = 0.95,
    progress: Progress = no_progress,
) -> QuotientIntervalRows:
    """
    Intervals of location quotients by the method of your choice.

    As location quotients give them, without a map: where they begin and end, p against 1, q for all cells tested, and
    whether the sector is clearly over- or under-represented.

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
    method
        How intervals are made: auto takes what the data allow; mid_p, exact (wider) or delta (large samples) for
        establishments; compound by the sizes of plants, or survey by the published error, for jobs.
    level
        Confidence level of the intervals.
    progress
        Callback.

    Returns
    -------
    output
        One row per territory and sector.

    Raises
    ------
    LayerError
        As for location quotients, or the data lack what the method needs.

    References
    ----------
    .. [1] Moineddin, R., Beyene, J. & Boyle, E. (2003). On the location quotient confidence interval. Geographical
       Analysis 35, 249-256.
    .. [2] Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
       Statistical Society B 57, 289-300.
    """
    cells, whole = _compared(territories, firms, counts, reference, measure, total, progress)
    progress(0.4, mark("Intervals"))
    rows, rules = quotient_rows(cells, whole, measure=measure, level=level, method=method)
    return _listed(rows.assign(method=rules.method), INTERVALS)


@tool
def symmetric_location_quotient(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    progress: Progress = no_progress,
) -> SymmetricQuotients:
    """
    Location quotients brought to the range from -1 to 1.

    (LQ - 1) / (LQ + 1): -1 where the sector is absent, 0 where its share is that of the whole.

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
    .. [1] Dalum, B., Laursen, K. & Villumsen, G. (1998). Structural change in OECD export specialisation patterns.
       International Review of Applied Economics 12, 423-443.
    """
    cells, whole = _compared(territories, firms, counts, reference, measure, total, progress)
    options = {"reference": whole, "totals": cells.totals}
    lq = quotients.location_quotient(cells.table, **options)
    rows = tabulation.long_table(lq=lq, symmetric=(lq - 1) / (lq + 1))
    return _named(rows, cells, whole, SYMMETRIC)


@tool
def excess_employment(
    territories: Territories,
    firms: FirmsParts | None = None,
    counts: Counts | None = None,
    *,
    reference: Reference | None = None,
    measure: Measure = "employment",
    total: str | None = None,
    progress: Progress = no_progress,
) -> ExcessEmployment:
    """
    Jobs or establishments above what the shares of the whole would give.

    The location quotient in absolute value, also known as the horizontal cluster.

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
    .. [1] Fingleton, B., Igliori, D. & Moore, B. (2004). Employment growth of small high-technology firms and the
       role of horizontal clustering. Urban Studies 41, 773-799.
    """
    cells, whole = _compared(territories, firms, counts, reference, measure, total, progress)
    excess = quotients.excess_employment(cells.table, reference=whole, totals=cells.totals)
    rows = tabulation.long_table(observed=cells.table, expected=cells.table - excess, excess=excess)
    return _named(rows, cells, whole, EXCESS)


def _compared(
    territories: Territories,
    firms: FirmsParts | None,
    counts: Counts | None,
    reference: Reference | None,
    measure: Measure,
    total: str | None,
    progress: Progress,
) -> tuple[Cells, Whole | None]:
    progress(0, mark("Counting"))
    cells = cells_of(
        territories, firms, counts, measure=measure, total=total, progress=within(progress, 0, 0.3)
    )
    return cells, whole_of(reference, cells, measure=measure, total=total)


def _named(rows: pd.DataFrame, cells: Cells, whole: Whole | None, layer: Layer) -> pd.DataFrame:
    rows["sector_name"] = rows["sector"].map(cells.names)
    rows["status"] = status_of(rows, cells, whole)
    return _listed(rows.assign(reference=OWN if whole is None else whole.name or "reference"), layer)


def _listed(rows: pd.DataFrame, layer: Layer) -> pd.DataFrame:
    return rows[[c.name for c in layer.columns if c.name in rows.columns]]
