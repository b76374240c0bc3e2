"""Rows of what is published and of what stays internal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.layers.schema import ESTIMATED, KNOWN, WITHHELD
from geoterritorio.publication.disclosure.contributions import Level, Numbers
from geoterritorio.publication.disclosure.rules import REASONS, Zeros
from geoterritorio.publication.disclosure.secured import Secured
from geoterritorio.publication.disclosure.whose import Source

FINEST, OF_TERRITORIES, OF_SECTORS, OF_ALL, OF_GROUPS = DIVISIONS = (
    mark("finest cells"),
    mark("totals of territories"),
    mark("totals of sectors"),
    mark("sum of all"),
    mark("larger areas or groups of sectors"),
)


@dataclass(frozen=True)
class Named:
    """Identifiers of the cells of each table."""

    source: Source

    def labels(self, level: Level) -> pd.DataFrame:
        """Territory and sector of every cell, in the order of rows and columns; missing where it is all of them."""
        rows, columns = (
            list(ids[k]) if k < len(ids) else [None]
            for ids, k in zip((self.source.territories, self.source.sectors), level, strict=True)
        )
        return pd.DataFrame(
            {
                "territory": np.repeat(np.array(rows, dtype=object), len(columns)),
                "sector": np.tile(np.array(columns, dtype=object), len(rows)),
            }
        )

    def division(self, level: Level) -> str:
        """What a table is."""
        last = (len(self.source.territories), len(self.source.sectors))
        of = {(0, 0): FINEST, (0, last[1]): OF_TERRITORIES, (last[0], 0): OF_SECTORS, last: OF_ALL}
        return of.get(level, OF_GROUPS)


def cell_rows(named: Named, safe: Secured, *, zeros: Zeros) -> pd.DataFrame:
    """
    Finest cells as counts.

    Parameters
    ----------
    named
        Identifiers.
    safe
        What is withheld.
    zeros
        Whether cells without establishments are left out, as absent means none, or withheld like the others.

    Returns
    -------
    counts
        One row per cell.
    """
    table, hidden = safe.found[0, 0], safe.hidden[0, 0].ravel()
    plants = table.plants.ravel()
    if zeros == "hide":
        hidden = hidden | (plants == 0)
    rows = _rows(named, (0, 0), table.jobs.ravel(), plants, hidden)[(plants > 0) | hidden]
    return _with_names(rows, named.source)


def total_rows(named: Named, safe: Secured) -> pd.DataFrame:
    """Sums of every division as rows."""
    parts = [
        _rows(named, level, t.jobs.ravel(), t.plants.ravel(), safe.hidden[level].ravel())
        for level, t in safe.found.items()
        if level != (0, 0)
    ]
    return pd.concat(parts, ignore_index=True)


def told_rows(
    named: Named, jobs: Mapping[Level, Numbers], plants: Mapping[Level, Numbers]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of rounded tables: finest cells, and sums."""
    parts = {
        level: _rows(
            named, level, jobs[level].ravel(), plants[level].ravel(), np.zeros(plants[level].size, bool)
        )
        for level in jobs
    }
    for part in parts.values():
        part["status"] = ESTIMATED
    cells = _with_names(parts.pop((0, 0)), named.source)
    return cells, pd.concat(parts.values(), ignore_index=True)


def _rows(named: Named, level: Level, jobs: Numbers, plants: Numbers, hidden: np.ndarray) -> pd.DataFrame:
    rows = named.labels(level)
    if named.source.sized:
        rows["employment"] = np.where(hidden, np.nan, jobs)
    rows["establishments"] = np.where(hidden, np.nan, plants)
    rows["status"] = np.where(hidden, WITHHELD, KNOWN)
    return rows


def _with_names(rows: pd.DataFrame, source: Source) -> pd.DataFrame:
    rows = rows.reset_index(drop=True)
    if len(source.names):
        rows.insert(2, "sector_name", rows["sector"].map(source.names))
    return rows


def audit_rows(named: Named, safe: Secured) -> pd.DataFrame:
    """What linear programming finds out, by territory and sector. Internal."""
    found = safe.audit
    parts = []
    for (r, c), part in found.groupby(["row_level", "column_level"], sort=False):
        level = (int(r), int(c))
        at = (part["row"].to_numpy(), part["column"].to_numpy())
        rows = named.labels(level).iloc[at[0] * safe.hidden[level].shape[1] + at[1]].reset_index(drop=True)
        rows["reason"] = safe.reasons(level)[at]
        rows["employment"], rows["establishments"] = part["jobs"].to_numpy(), part["plants"].to_numpy()
        rows["low"], rows["high"] = part["low"].to_numpy(), part["high"].replace(np.inf, np.nan).to_numpy()
        rows["demanded"] = part["demanded"].to_numpy()
        parts.append(rows)
    empty = {"territory": object, "sector": object, "reason": object}
    columns = [*empty, "employment", "establishments", "low", "high", "demanded"]
    if not parts:
        return pd.DataFrame({c: pd.Series(dtype=empty.get(c, float)) for c in columns})
    return pd.concat(parts, ignore_index=True)[columns]


def loss_rows(named: Named, safe: Secured) -> pd.DataFrame:
    """How much is withheld, and why. Internal."""
    rows = []
    for level, table in safe.found.items():
        reasons = safe.reasons(level)
        for reason in REASONS:
            here = reasons == reason
            if here.any():
                sums = [
                    x[here].sum() / max(x.sum(), 1e-300) for x in (table.plants > 0, table.plants, table.jobs)
                ]
                rows.append((named.division(level), reason, int(here.sum()), *sums))
    names = ["division", "reason", "cells", "cells_share", "establishments_share", "jobs_share"]
    found = pd.DataFrame(rows, columns=names)
    kinds = {n: object if n in names[:2] else float for n in names}
    return found.astype(kinds)
