"""Which rows of a table are withheld, by the system of all tables of a register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.layers.schema import WITHHELD as STATUS_WITHHELD
from geoterritorio.publication.disclosure.contributions import OUTSIDE, Codes, Level, Mask, Numbers
from geoterritorio.study.confidential import WHOLE_LINES, Confidential
from geoterritorio.study.ruled import LIMITS
from geoterritorio.study.withholding import CONFIDENTIAL, WITHHELD

# Columns that say of what a row tells beside the territory.
CODES = ("sector", "group", "industry", "activity", "class", "size_class")
# Figures of the whole, of rules, of land and of verdicts, which are nobody's.
_NOBODYS = frozenset(
    (
        "against",
        "area",
        "area_km2",
        "population",
        "period",
        "up_to",
        # Verdicts, and how many conditions or people they rest on.
        "rung",
        "rung_most",
        "earlier_rung",
        "earlier_rung_most",
        "rated",
        "raters",
        "axes_agree",
        "axes_differ",
        "axes_open",
    )
)
# What chance makes of a figure is no further equation in the cells.
DERIVED = frozenset(("p", "q", "z", "low", "high", "rank", "null_mean", "corrected", "plants"))
# Columns of tables that say which sector belongs where, or compare two.
_NO_LINE = frozenset(("other", "target", "role", "within"))
_SUMS = frozenset(("employment", "establishments"))


@dataclass(frozen=True)
class System:
    """All tables of a register or of counts: divisions by name, and cells withheld of each."""

    rows: Mapping[str, tuple[int, pd.Index]]
    columns: tuple[tuple[str, pd.Index], ...]
    hidden: Mapping[Level, Mask]
    # Contributors of each cell; none where counts say nothing of sizes.
    contributors: Mapping[Level, Numbers]
    asked: Confidential

    @property
    def last(self) -> tuple[int, int]:
        """Level of the sum of all."""
        return max(self.hidden)

    def column_levels(self, name: str, codes: pd.Series) -> list[int]:
        """
        Divisions of sectors to which the codes of a column belong.

        Parameters
        ----------
        name
            Name of the column.
        codes
            Codes of its rows.

        Returns
        -------
        levels
            All in which one of them stands, since several may call different sectors the same; -1 alone where one
            stands in none.
        """
        told = set(codes.dropna().astype(str))
        levels = [k for k, (kind, ids) in enumerate(self.columns) if kind == name and told & set(ids)]
        known: set[str] = set().union(*(self.columns[k][1] for k in levels))
        return levels if levels and told <= known else [-1]


def key_of(rows: pd.DataFrame) -> str:
    """Column that says of what a row tells beside the territory; empty where there is none."""
    return next((c for c in CODES if c in rows.columns), "")


def figures_of(rows: pd.DataFrame) -> list[str]:
    """Columns that may tell of establishments."""
    return [
        c
        for c in rows.columns
        if c not in _NOBODYS
        and c != "geometry"
        and pd.api.types.is_numeric_dtype(rows[c])
        and rows[c].dtype != bool
    ]


def line_of(rows: Any) -> str:
    """Whether rows tell of territories alone, of sectors alone, or of neither."""
    if not isinstance(rows, pd.DataFrame):
        return ""
    if "territory" in rows.columns:
        return "" if key_of(rows) else "territory"
    return "sector" if "sector" in rows.columns and not _NO_LINE & set(rows.columns) else ""


def masks_of(
    rows: pd.DataFrame, places: str, systems: Sequence[System], equations: Mapping[tuple[str, str], int]
) -> tuple[Mask, Mask, Numbers]:
    """Rows of which every figure is withheld, those of which ratios to a withheld total are, and their contributors."""
    whole_row, ratios = (np.zeros(len(rows), dtype=bool) for _ in range(2))
    fewest = np.full(len(rows), np.inf)
    key, line = key_of(rows), line_of(rows)
    for system in systems:
        r, ids = system.rows.get(places, (-1, pd.Index([])))
        last_r, last_c = system.last
        levels = system.column_levels(key, rows[key]) if key else [OUTSIDE]
        codes = [_codes(rows, key, system, c) for c in levels]
        known = np.any([code >= 0 for code in codes], axis=0)
        if line == "sector":
            for c, code in zip(levels, codes, strict=True):
                lost = lost_sectors(system, equations, places, c)
                # A row without a code is of all of them: no move keeps it.
                told = np.where(code >= 0, lost[code], ~known & (few_counted(rows, system) | lost.any()))
                whole_row |= np.asarray(told, dtype=bool)
                fewest = np.minimum(fewest, contributors_of(system, (last_r, c), np.zeros_like(code), code))
        if r < 0 or "territory" not in rows.columns:
            continue
        at = ids.get_indexer(rows["territory"].astype(object))
        totals = system.hidden[r, last_c].ravel()
        for c, code in zip(levels, codes, strict=True):
            if c >= 0:
                there = (at >= 0) & (code >= 0)
                whole_row |= there & system.hidden[r, c][at, code]
                ratios |= there & (totals[at] | system.hidden[last_r, c].ravel()[code])
                fewest = np.minimum(fewest, contributors_of(system, (r, c), at, code))
        # Indices of territories, sums by classes that are no division of the sectors, rows without a code.
        inside, cell = at >= 0, (at >= 0) & known
        unknown = _few_unknown(system.hidden[r, 0].sum(axis=1), equations, ("territory", places), system)
        whole_row |= inside & ~cell & (totals | unknown)[at]
        whole_row |= few_counted(rows, system) & ~cell if line != "territory" else False
        total = contributors_of(system, (r, last_c), at, np.zeros_like(at))
        fewest = np.where(cell, fewest, np.minimum(fewest, total))
    return whole_row, ratios & ~whole_row, fewest


def _codes(rows: pd.DataFrame, key: str, system: System, level: int) -> Codes:
    """Position of the code of each row in a division; -1 where it has none there."""
    if level < 0:
        return np.full(len(rows), OUTSIDE)
    return np.asarray(system.columns[level][1].get_indexer(rows[key].astype(str)))


def lost_sectors(system: System, equations: Mapping[tuple[str, str], int], places: str, level: int) -> Mask:
    """Sectors of a division of which no index is told; of a strange division, those of the finest."""
    c = max(level, 0)
    lost: Mask = system.hidden[system.last[0], c].ravel()
    for row_level, _ in system.rows.values():
        unknown = system.hidden[row_level, c].sum(axis=0)
        lost = lost | _few_unknown(unknown, equations, ("sector", places), system)
    return lost


def contributors_of(system: System, level: Level, row: Codes, column: Codes) -> Numbers:
    """Contributors of the cells of rows; without end where a row lies in no cell or nothing is told of sizes."""
    found = np.full(len(row), np.inf)
    there = (row >= 0) & (column >= 0)
    if level in system.contributors:
        found[there] = system.contributors[level][row[there], column[there]]
    return found


def _few_unknown(
    unknown: npt.NDArray[Any], equations: Mapping[tuple[str, str], int], line: tuple[str, str], system: System
) -> Mask:
    """Lines in which a cell is withheld; or, if the study asks, so few that the figures told would give them."""
    if system.asked.indices == WHOLE_LINES:
        return np.asarray(unknown > 0, dtype=bool)
    return np.asarray((unknown > 0) & (unknown <= equations.get(line, 0) + 1), dtype=bool)


def few_counted(rows: pd.DataFrame, system: System) -> Mask:
    """Rows of other divisions that count fewer establishments than the minimum."""
    if "establishments" not in rows.columns:
        return np.zeros(len(rows), dtype=bool)
    number = rows["establishments"].to_numpy(dtype=float)
    return np.asarray((number > 0) & (number < system.asked.rules.minimum), dtype=bool)


def without(rows: pd.DataFrame, whole_row: Mask, ratios: Mask, said: Mask) -> pd.DataFrame:
    """Rows without figures, and the reason; thresholds stay where they are said by rules."""
    told = rows.copy()
    for column in figures_of(rows):
        lost = whole_row if column in _SUMS else whole_row | ratios
        lost = lost & ~said if column in LIMITS else lost
        told[column] = told[column].astype(float).mask(lost)
    lost = whole_row | ratios
    if "certainty" in told.columns:
        told["certainty"] = told["certainty"].astype(object).mask(lost, STATUS_WITHHELD)
    if "status" in told.columns:
        told["status"] = told["status"].astype(object).mask(lost, STATUS_WITHHELD)
        return told
    return with_reason(told, lost)


def with_reason(rows: pd.DataFrame, lost: Mask) -> pd.DataFrame:
    """Rows that say why they have lost figures, where they say nothing of the kind yet."""
    before = rows[WITHHELD] if WITHHELD in rows.columns else pd.Series(None, index=rows.index, dtype=object)
    return rows.assign(**{WITHHELD: before.mask(lost & before.isna().to_numpy(), CONFIDENTIAL)})
