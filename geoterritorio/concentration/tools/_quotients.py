"""What the tools of location quotients share: one row per territory and sector."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from geoterritorio.concentration import quotients, tabulation
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration.intervals import IntervalRules, Method, location_quotient_interval
from geoterritorio.concentration.tools._cells import Cells, Measure
from geoterritorio.concentration.withheld import location_quotient_ceiling
from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers.result_schema import QUOTIENTS
from geoterritorio.layers.schema import KNOWN, PARTIAL, UNKNOWN, WITHHELD


def quotient_rows(
    cells: Cells, whole: Whole | None, *, measure: Measure, level: float, method: Method = "auto"
) -> tuple[pd.DataFrame, IntervalRules]:
    """Every cell's quotient with all that is known of it, and how the intervals were made."""
    # Jobs are never trials: without plants, sizes or a sampling error they get no interval.
    sizes = {"establishments": cells.table * np.nan, **cells.other} if measure == "employment" else {}
    found = location_quotient_interval(
        cells.table,
        sizes.get("establishments"),
        sizes.get("squares"),
        relative_error=sizes.get("relative_error"),
        reference=whole,
        totals=cells.totals,
        level=level,
        method=method,
    )
    excess = quotients.excess_employment(cells.table, reference=whole, totals=cells.totals)
    shown = {c: cells.other[c] for c in ("employment", "establishments") if c in cells.other}
    frames = {"low": found.low, "high": found.high, "p": found.p, "q": found.q}
    missing = cells.table.isna()
    if missing.any(axis=None):
        frames["most"] = _ceiling(cells, whole).where(missing)
    rows = tabulation.long_table(
        **shown,
        lq=found.lq,
        **frames,
        effective_plants=found.effective_plants,
        certainty=found.certainty,
        excess=excess,
    )
    rows["symmetric"] = (rows["lq"] - 1) / (rows["lq"] + 1)
    rows["sector_name"] = rows["sector"].map(cells.names)
    rows["reference"] = found.rules.reference
    rows["status"] = status_of(rows, cells, whole)
    rows["certainty"] = rows["certainty"].mask(rows["status"] == UNKNOWN, UNKNOWN)
    return rows[[c.name for c in QUOTIENTS.columns if c.name in rows.columns]], found.rules


def _ceiling(cells: Cells, whole: Whole | None) -> pd.DataFrame:
    with warnings.catch_warnings():
        # Of totals that are only lower bounds the intervals have warned.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return location_quotient_ceiling(cells.table, reference=whole, totals=cells.totals)


def status_of(rows: pd.DataFrame, cells: Cells, whole: Whole | None) -> pd.Series:
    """
    Status of each cell: as the source says, but unknown where a figure is missing without being withheld.

    A known cell whose territory or sector is compared by a sum that lacks withheld cells has partial totals.
    """
    listed = pd.MultiIndex.from_frame(rows[["territory", "sector"]])
    given = cells.status.reindex(listed) if len(cells.status) else pd.Series(KNOWN, index=listed)
    status = np.array(given.fillna(KNOWN), dtype=object)
    missing = cells.table.isna().to_numpy()
    short_rows = missing.any(axis=1, keepdims=True) & (cells.totals is None)
    short_columns = missing.any(axis=0, keepdims=True) & (whole is None)
    status[(short_rows | short_columns).ravel() & (status == KNOWN)] = PARTIAL
    status[missing.ravel() & (status != WITHHELD)] = UNKNOWN
    return pd.Series(status, index=rows.index, dtype=object)
