"""What the whole, and the totals of markets, leave for cells of which only bounds are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.identification._district_cells import (
    ACTIVITIES,
    MANUFACTURING,
    Codes,
    Flags,
    Floats,
    Kinds,
    ranges_of,
    size_ranges,
)
from geoterritorio.identification.district_rules import DistrictRules
from geoterritorio.layers.findings import listing

# Jobs by which sums of a table may differ from its totals: rounding.
ROUNDING = 1.0


@dataclass(frozen=True)
class Totals:
    """Rows that stand for all sectors: jobs of each market, and of the whole (infinite where not given)."""

    markets: pd.Series
    whole: float


NO_TOTALS = Totals(pd.Series(dtype=float), np.inf)


@dataclass(frozen=True)
class _Sets:
    """
    Sets of kinds by ranges of sizes in which sums are known.

    Parameters
    ----------
    touch
        Whether a kind may lie in a set of kinds, and a range in a set of ranges: sets by kinds, and by ranges.
    inside
        Whether it surely does.
    """

    touch: tuple[Flags, Flags]
    inside: tuple[Flags, Flags]


def without_totals(
    rows: pd.DataFrame, beyond: pd.DataFrame | None, total: str | None
) -> tuple[pd.DataFrame, pd.DataFrame | None, Totals]:
    """
    Tables without the rows that stand for all sectors, and what these say.

    Parameters
    ----------
    rows
        Jobs of the markets, as `checked` returns them.
    beyond
        Jobs of the whole.
    total
        Sector that stands for all; None has none.

    Returns
    -------
    rows, beyond, totals
        Of totals by size class the sums.

    Raises
    ------
    LayerError
        The markets have no such row, or a total is less than what its sectors have.
    """
    if total is None:
        return rows, beyond, NO_TOTALS
    mine = rows["sector"] == total
    if not mine.any():
        raise LayerError(
            message(
                "total: no row of jobs has the sector “{total}”. Name the code of the rows that stand for all "
                "sectors, or leave it out.",
                total=total,
            )
        )
    rest = rows[~mine].reset_index(drop=True)
    markets = rows[mine].groupby("territory")["high"].sum()
    least = rest.groupby("territory")["low"].sum().reindex(markets.index, fill_value=0.0)
    whole, others = np.inf, beyond
    if beyond is not None:
        same = beyond["sector"] == total
        others = beyond[~same].reset_index(drop=True)
        whole = float(beyond.loc[same, "high"].sum()) if same.any() else np.inf
    short = least.index[(markets + ROUNDING < least).to_numpy()]
    if len(short):
        raise LayerError(
            message(
                "total: “{total}” is less than the jobs of the sectors in {count} territories: {values}. Correct "
                "either.",
                total=total,
                count=len(short),
                values=listing(sorted(map(str, short))),
            )
        )
    return rest, others, Totals(markets, whole)


def bounded(
    rows: pd.DataFrame, beyond: pd.DataFrame | None, kinds: Kinds, rules: DistrictRules, totals: Totals
) -> pd.DataFrame:
    """
    Rows whose upper bounds are no more than others leave of the totals they are part of.

    Parameters
    ----------
    rows
        Jobs of the markets, as `checked` returns them.
    beyond
        Jobs of the whole, which contains the markets; or None.
    kinds
        Kinds of the sectors of both.
    rules
        Ends of size classes, and whose jobs they are about.
    totals
        Totals of all sectors.

    Returns
    -------
    rows
        With `high` and `units_high` no larger than before.

    Notes
    -----
    A cell that lies within a set of sectors and sizes whatever it is has no more than all that may lie in the set in
    the whole, less what other cells that surely lie in it have at least. Sets are those of each kind of sectors, each
    activity and all sectors, by each range of sizes. Of enterprises sizes and numbers set no bounds: one with plants in
    several markets is counted in each, and the whole may know more of its plants than the markets.
    """
    found = rows.copy()
    if len(totals.markets):
        found["high"] = np.minimum(found["high"], rows["low"] + _left_in_markets(rows, totals.markets))
    if beyond is None or not (rows["low"] < rows["high"]).any():
        return found
    kind = kinds.of.reindex(rows["sector"]).to_numpy(dtype=np.int64)
    size = ranges_of(rows, rules, whole=False)
    theirs = kinds.of.reindex(beyond["sector"]).to_numpy(dtype=np.float64)
    placed = ~np.isnan(theirs)
    there = (theirs[placed].astype(np.int64), ranges_of(beyond, rules, whole=True)[placed])
    plants = rules.size_of == "plant"
    sets = _sets(kinds, len(rules.classes), by_size=plants)
    for low, high in (("low", "high"), *([("units_low", "units_high")] if plants else [])):
        shape = (len(kinds.activity), len(size_ranges(len(rules.classes))))
        mine = _table((kind, size), rows[low], shape)
        most = _table(there, beyond.loc[placed, high], shape)
        # What has no sector in the whole may lie in any set.
        more = float(beyond.loc[~placed, high].sum())
        left = _left(sets, mine, most, (more, totals.whole if low == "low" else np.inf))
        found[high] = np.minimum(found[high], rows[low] + left[kind, size])
    return found


def _left_in_markets(rows: pd.DataFrame, markets: pd.Series) -> Floats:
    """What the total of its market leaves each row beside what all rows have at least."""
    least = rows.groupby("territory")["low"].transform("sum")
    total = rows["territory"].map(markets).astype(float).fillna(np.inf)
    left: Floats = (total - least).clip(lower=0).to_numpy(dtype=np.float64)
    return left


def _table(cells: tuple[Codes, Codes], values: pd.Series, shape: tuple[int, int]) -> Floats:
    """Sums by kind and range of sizes."""
    table = np.zeros(shape)
    np.add.at(table, cells, values.to_numpy(dtype=np.float64))
    return table


def _sets(kinds: Kinds, classes: int, *, by_size: bool) -> _Sets:
    """Each kind, each activity and all sectors; each range of sizes, or all of them."""
    atoms = _atoms(kinds)
    activity = np.zeros((len(ACTIVITIES), atoms.shape[1]), dtype=bool)
    others = [i for i in range(len(ACTIVITIES)) if i != MANUFACTURING]
    activity[others, np.arange(len(others))] = True
    activity[MANUFACTURING, len(others) :] = True
    groups = np.vstack([atoms, activity, np.ones((1, atoms.shape[1]), dtype=bool)])
    ranges = size_ranges(classes)
    spans = ranges if by_size else np.array([[0, classes - 1]])
    a, b = spans[:, :1], spans[:, 1:]
    return _Sets(
        ((groups.astype(int) @ atoms.T.astype(int)) > 0, (ranges[:, 0] <= b) & (ranges[:, 1] >= a)),
        (((~groups).astype(int) @ atoms.T.astype(int)) == 0, (ranges[:, 0] >= a) & (ranges[:, 1] <= b)),
    )


def _atoms(kinds: Kinds) -> Flags:
    """What each kind may be: an activity but manufacturing, or an industry of this, or none of them."""
    making = kinds.activity[:, [MANUFACTURING]]
    industries = kinds.industry & making
    rest = making & ~industries.any(axis=1, keepdims=True)
    others = np.delete(kinds.activity, MANUFACTURING, axis=1)
    found: Flags = np.hstack([others, industries, rest])
    return found


def _left(sets: _Sets, mine: Floats, most: Floats, beside: tuple[float, float]) -> Floats:
    """By kind and range of sizes, the least that any set leaves beside what its cells have at least."""
    endless = np.isinf(most)
    finite = np.where(endless, 0.0, most)
    (kind, size), (sure, within) = sets.touch, sets.inside
    number = (kind.astype(float), size.astype(float).T)
    more, total = beside
    there = number[0] @ finite @ number[1] + more
    there[(number[0] @ endless.astype(float) @ number[1]) > 0] = np.inf
    there[-1] = np.minimum(there[-1], total)
    here = sure.astype(float) @ mine @ within.astype(float).T
    # Where the markets have more than the whole, both mean something else by it, and nothing follows.
    left = np.where(here > there + ROUNDING, np.inf, np.maximum(there - here, 0.0))
    found = np.full(mine.shape, np.inf)
    for group, row in zip(sure, left, strict=True):
        for span, value in zip(within, row, strict=True):
            inside = np.outer(group, span)
            found[inside] = np.minimum(found[inside], value)
    return found
