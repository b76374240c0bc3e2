"""Withheld cells as numbers between limits: what the totals of their rows and columns leave them.

A withheld cell is a place in the vectors here; `row` and `column` say which totals it is part of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import mark

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

_ROUNDS = 500
# Where nearly nothing is left of a row, scaling comes near slowly; small tables can afford more rounds.
_MANY_ROUNDS, _EFFORT = 20_000, 20_000_000
# Differences below this share of the largest total are what rounding of doubles leaves.
_PRECISION = 1e-9


@dataclass(frozen=True)
class Side:
    """
    Totals of the rows or of the columns.

    `totals` are as published, or sums where no cell is missing; NaN where neither is to be had. `rest` is what
    the known cells leave of them, and `slack` how far it may be off by the rounding of the figures.
    """

    totals: Floats
    known: Floats
    rest: Floats
    slack: Floats


@dataclass(frozen=True)
class Withheld:
    """Withheld cells of a table, and the totals they are part of."""

    row: Codes
    column: Codes
    rows: Side
    columns: Side


def withheld(
    counts: pd.DataFrame, totals: pd.Series | None, sector_totals: pd.Series | None, rounding: float
) -> Withheld:
    """Withheld cells; refuses totals that their cells contradict."""
    cells = counts.to_numpy(np.float64)
    missing = np.isnan(cells)
    problems: list[Message] = []
    number = int((cells < 0).sum())
    if number:
        problems.append(message("{number} cells of the table are negative.", number=number))
    rows = _side(cells, missing, counts.index, totals, rounding)
    columns = _side(cells.T, missing.T, counts.columns, sector_totals, rounding)
    problems += _contradicted(
        rows,
        missing.any(axis=1),
        counts.index,
        mark(
            "The cells of {number} territories exceed their totals, for example {name}, by {amount}. If the figures "
            "are rounded, say by how much (“rounding”)."
        ),
        mark(
            "{number} territories without a withheld cell hold less than their totals, for example {name}, by "
            "{amount}: give totals of the sectors of the table. If the figures are rounded, say by how much "
            "(“rounding”)."
        ),
    )
    problems += _contradicted(
        columns,
        missing.any(axis=0),
        counts.columns,
        mark(
            "The cells of {number} sectors exceed their totals, for example {name}, by {amount}. If the figures "
            "are rounded, say by how much (“rounding”)."
        ),
        mark(
            "{number} sectors without a withheld cell hold less than their totals, for example {name}, by "
            "{amount}: give totals of the territories of the table. If the figures are rounded, say by how much "
            "(“rounding”)."
        ),
    )
    if problems:
        raise LayerError(problems)
    _check_sums(rows, columns)
    row, column = np.nonzero(missing)
    return Withheld(row, column, rows, columns)


def _side(
    cells: Floats, missing: npt.NDArray[np.bool_], labels: pd.Index, totals: pd.Series | None, rounding: float
) -> Side:
    known = np.where(missing, 0.0, cells).sum(axis=1)
    sums = np.where(missing.any(axis=1), np.nan, known)
    if totals is not None:
        given = totals.reindex(labels).to_numpy(np.float64)
        sums = np.where(np.isnan(given), sums, given)
    # Each figure is off by at most this much, the total as well.
    slack = rounding * (np.full(len(labels), cells.shape[1]) + 1)
    return Side(sums, known, sums - known, slack)


def _contradicted(
    side: Side, holding: npt.NDArray[np.bool_], labels: pd.Index, over: str, under: str
) -> list[Message]:
    tolerance = side.slack + _PRECISION * np.maximum(side.known, 1)
    problems = []
    for text, wrong in ((over, side.rest < -tolerance), (under, ~holding & (side.rest > tolerance))):
        if wrong.any():
            worst = int(np.argmax(np.where(wrong, np.abs(side.rest), -1)))
            problems.append(
                message(
                    text, number=int(wrong.sum()), name=labels[worst], amount=f"{abs(side.rest[worst]):g}"
                )
            )
    return problems


def _check_sums(rows: Side, columns: Side) -> None:
    if np.isnan(rows.rest).any() or np.isnan(columns.rest).any():
        return
    first, second = rows.totals.sum(), columns.totals.sum()
    if abs(first - second) > rows.slack.sum() + columns.slack.sum() + _PRECISION * max(first, 1):
        raise LayerError(
            message(
                "The totals of the territories add up to {first}, those of the sectors to {second}: they are not of "
                "the same table. If the figures are rounded, say by how much (“rounding”).",
                first=f"{first:g}",
                second=f"{second:g}",
            )
        )


def limits(cells: Withheld) -> tuple[Floats, Floats]:
    """Least and most each withheld cell can hold; infinite where neither total is known."""
    low, high = np.zeros(len(cells.row)), np.full(len(cells.row), np.inf)
    groups, sides = (cells.row, cells.column), (cells.rows, cells.columns)
    least = [np.where(np.isnan(s.rest), -np.inf, s.rest - s.slack) for s in sides]
    most = [np.where(np.isnan(s.rest), np.inf, s.rest + s.slack) for s in sides]
    precision = _precision(cells)
    for _ in range(_ROUNDS):
        before = low, high
        for group, top in zip(groups, most, strict=True):
            high = np.minimum(high, np.maximum(top[group] - _others(low, group, len(top)), 0.0))
        for group, bottom in zip(groups, least, strict=True):
            low = np.maximum(low, bottom[group] - _others(high, group, len(bottom)))
        if not len(low) or max(_change(low, before[0]), _change(high, before[1])) <= precision:
            break
    wrong = low > high + precision
    if wrong.any():
        raise LayerError(
            message(
                "The totals contradict each other: no value fits {number} withheld cells. If the figures are "
                "rounded, say by how much (“rounding”).",
                number=int(wrong.sum()),
            )
        )
    return np.minimum(low, high), high


def _precision(cells: Withheld) -> float:
    totals = np.concatenate([cells.rows.totals, cells.columns.totals, [1.0]])
    return _PRECISION * float(np.nanmax(totals))


def _change(new: Floats, old: Floats) -> float:
    # What still is infinite has not changed.
    moved = np.subtract(new, old, out=np.zeros_like(new), where=new != old)
    return float(np.abs(moved).max())


def _others(values: Floats, group: Codes, size: int) -> Floats:
    """Sum of the other cells of the same row or column."""
    infinite = np.isinf(values)
    finite = np.where(infinite, 0.0, values)
    sums = np.bincount(group, finite, size)[group] - finite
    unbounded = np.bincount(group[infinite], minlength=size)[group] > infinite
    return np.where(unbounded, np.inf, sums)


def spread(cells: Withheld, low: Floats, high: Floats) -> tuple[Floats, float]:
    """
    What the totals leave, spread in proportion to rows and columns, and how far the totals are missed.

    Parameters
    ----------
    cells
        Withheld cells.
    low, high
        Their limits.

    Returns
    -------
    values, difference
        NaN where a cell has no limit; the difference is the largest between a sum and its total, as a share of
        the largest total.
    """
    values = _weight(cells.rows)[cells.row] * _weight(cells.columns)[cells.column]
    values[high == 0] = 0.0
    # Cells that the totals settle are taken off them: scaled along, they would keep the others from coming near.
    free = high - low > _precision(cells)
    values[~free] = low[~free]
    row, column = cells.row[free], cells.column[free]
    row_rest = _left(cells.rows, cells.row[~free], low[~free])
    column_rest = _left(cells.columns, cells.column[~free], low[~free])
    some, difference = values[free], np.inf
    for _ in range(max(_ROUNDS, min(_MANY_ROUNDS, _EFFORT // max(len(some), 1)))):
        some = _fitted(some, row, row_rest)
        some = _fitted(some, column, column_rest)
        difference = _missed(some, row, row_rest) / max(_precision(cells) / _PRECISION, 1.0)
        if difference <= _PRECISION:
            break
    values[free] = some
    values = np.clip(values, low, high)
    return np.where(np.isinf(high), np.nan, values), difference


def _left(side: Side, group: Codes, settled: Floats) -> Floats:
    """What is left of the totals without the settled cells."""
    rest: Floats = np.maximum(side.rest - np.bincount(group, settled, len(side.rest)), 0.0)
    return rest


def _weight(side: Side) -> Floats:
    """What is left of the total; where it is unknown, the known cells, or their mean where there are none."""
    mean = side.known.mean() if len(side.known) else 1.0
    size = np.where(side.known > 0, side.known, mean if mean > 0 else 1.0)
    return np.where(np.isnan(side.rest), size, np.maximum(side.rest, 0.0))


def _fitted(values: Floats, group: Codes, rest: Floats) -> Floats:
    sums = np.bincount(group, values, len(rest))
    factor = np.ones(len(rest))
    known = ~np.isnan(rest) & (sums > 0)
    factor[known] = np.maximum(rest[known], 0.0) / sums[known]
    result: Floats = values * factor[group]
    return result


def _missed(values: Floats, group: Codes, rest: Floats) -> float:
    sums = np.bincount(group, values, len(rest))
    held = np.bincount(group, minlength=len(rest)) > 0
    off = np.abs(sums - np.maximum(rest, 0.0))[held & ~np.isnan(rest)]
    return float(off.max()) if len(off) else 0.0
