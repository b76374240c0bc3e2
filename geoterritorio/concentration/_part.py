"""The part of a presence that can be ranked, and why the rest cannot."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph

from geoterritorio.errors import GeoterritorioWarning, message

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

EMPTY = "empty"
UNKNOWN = "unknown"
APART = "apart"
ALIKE = "alike"
SWINGS = "swings"


@dataclass(frozen=True)
class Part:
    """Presence of the rows and columns kept, which these are, and why the others are not."""

    values: Floats
    rows: Bools
    columns: Bools
    row_reason: Objects
    column_reason: Objects

    def by_territory(self, values: Floats) -> Floats:
        """Values of the kept territories among all, NaN for the others."""
        return _spread(values, self.rows)

    def by_sector(self, values: Floats) -> Floats:
        """Values of the kept sectors among all, NaN for the others and where cells are unknown."""
        found = _spread(values, self.columns)
        found[self.column_reason == UNKNOWN] = np.nan
        return found


def part_of(here: pd.DataFrame, unknown: Bools, *, connected: bool = True) -> Part:
    """What can be ranked: territories known, nothing empty, and (if asked) the largest group that hangs together."""
    values = here.to_numpy(np.float64)
    known = np.where(unknown[:, None], 0.0, values)
    rows, columns = np.asarray(known.any(axis=1)), np.asarray(known.any(axis=0))
    row_reason, column_reason = np.full(len(rows), None, object), np.full(len(columns), None, object)
    row_reason[~rows], column_reason[~columns] = EMPTY, EMPTY
    row_reason[unknown], column_reason[np.isnan(values).any(axis=0)] = UNKNOWN, UNKNOWN
    if connected and rows.any():
        groups, of_row, of_column = _groups(known, rows, columns)
        # The largest group; among equal ones that of the first territory.
        largest = np.bincount(of_row[rows]).argmax()
        if groups > 1:
            row_reason[rows & (of_row != largest)] = APART
            column_reason[columns & (of_column != largest)] = APART
            _warn_apart(groups, row_reason, column_reason)
        rows, columns = rows & (of_row == largest), columns & (of_column == largest)
    return Part(known[np.ix_(rows, columns)], rows, columns, row_reason, column_reason)


def ranked(labels: pd.Index, columns: dict[str, Floats], reason: Objects) -> pd.DataFrame:
    """Table of the columns, the rank of the last one from the top, and the reason where it is empty."""
    table = pd.DataFrame(columns, index=labels)
    values = table.iloc[:, -1]
    table["rank"] = values.rank(ascending=False, method="min")
    given = pd.Series(reason, index=labels, dtype=object)
    table["reason"] = given.mask(given.isna() & values.isna(), ALIKE)
    return table


def diversity(here: pd.DataFrame) -> Floats:
    """Number of sectors present in each territory; NaN where cells are unknown."""
    found: Floats = here.to_numpy(np.float64).sum(axis=1)
    return found


def ubiquity(here: pd.DataFrame) -> Floats:
    """Number of territories without unknown cells in which each sector is present; NaN where its own are unknown."""
    values = here.to_numpy(np.float64)
    left_out = np.isnan(values).any(axis=1)
    found: Floats = values.sum(axis=0) - np.nansum(values[left_out], axis=0)
    return found


def _groups(
    known: Floats, rows: Bools, columns: Bools
) -> tuple[int, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number of groups of territories and sectors that hang together, and to which each belongs."""
    kept = sparse.csr_array(known[np.ix_(rows, columns)])
    both = sparse.block_array([[None, kept], [kept.T, None]])
    number, labels = csgraph.connected_components(both, directed=False)
    of_row, of_column = np.full(len(rows), -1), np.full(len(columns), -1)
    of_row[rows], of_column[columns] = labels[: rows.sum()], labels[rows.sum() :]
    return int(number), of_row, of_column


def _warn_apart(groups: int, row_reason: Objects, column_reason: Objects) -> None:
    text = message(
        "Territories and sectors fall into {groups} groups that share nothing: {territories} territories and "
        "{sectors} sectors outside the largest cannot be compared with it, and are left empty.",
        groups=groups,
        territories=int((row_reason == APART).sum()),
        sectors=int((column_reason == APART).sum()),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _spread(values: Floats, kept: Bools) -> Floats:
    found = np.full(len(kept), np.nan)
    found[kept] = values
    return found
