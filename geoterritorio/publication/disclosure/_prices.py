"""What it costs to withhold the corners of a move: all published tables at once, compiled where numba is installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geoterritorio.patterns._jit import kernel
from geoterritorio.publication.disclosure.contributions import (
    OUTSIDE,
    Codes,
    Contributions,
    Level,
    Mask,
    Numbers,
)


@dataclass(frozen=True)
class Sheets:
    """
    Cells of all published tables one after the other.

    Attributes
    ----------
    rows, columns
        Divisions × finest territories or sectors: where each lies; -1 for outside.
    tables
        One row per table: division of territories, division of sectors, place of its first cell, number of its columns.
    hidden, cost
        Of every cell: whether it is withheld, and what it costs to withhold it.
    """

    rows: Codes
    columns: Codes
    tables: Codes
    hidden: Mask
    cost: Numbers


def sheets(
    given: Contributions, hidden: dict[Level, Mask], cost: dict[Level, Numbers]
) -> tuple[Sheets, dict[Level, Mask]]:
    """
    Tables put one after the other.

    Parameters
    ----------
    given
        Divisions.
    hidden, cost
        By level, in the order in which costs are added up.

    Returns
    -------
    sheets, hidden
        The whole, and each table's part of it: what is written there is seen in the whole.
    """
    flat = np.concatenate([mask.ravel() for mask in hidden.values()])
    first, tables, parts = 0, [], {}
    for (r, c), mask in hidden.items():
        tables.append((r, c, first, mask.shape[1]))
        parts[r, c] = flat[first : first + mask.size].reshape(mask.shape)
        first += mask.size
    whole = Sheets(
        np.array(given.rows, dtype=np.int64),
        np.array(given.columns, dtype=np.int64),
        np.array(tables, dtype=np.int64),
        flat,
        np.concatenate([cost[level].ravel() for level in hidden]),
    )
    return whole, parts


def square_prices(of: Sheets, cell: tuple[int, int], b: Codes, k: Codes) -> Numbers:
    """
    What every move between a row and others, and a column and others, makes to be withheld.

    Parameters
    ----------
    of
        All tables.
    cell
        Finest territory and sector that the move begins with.
    b, k
        Other finest territories and sectors.

    Returns
    -------
    prices
        Others × others: the costs of corners that change and are not withheld yet.
    """
    return np.asarray(_kernel(of.rows, of.columns, of.tables, of.hidden, of.cost, *cell, b, k))


def move_prices(of: Sheets, rows: Codes, columns: Codes, signs: Codes) -> Numbers:
    """
    What moves make to be withheld.

    Parameters
    ----------
    of
        All tables.
    rows, columns
        Moves × corners: finest territory and sector of each.
    signs
        By corner, whether jobs are given (1) or taken (-1) there.

    Returns
    -------
    prices
        By move: the costs of published cells that it changes and that are not withheld yet.
    """
    given = (of.rows, of.columns, of.tables, of.hidden, of.cost)
    return np.asarray(_mover(*given, rows, columns, signs))


def withhold(of: Sheets, rows: Codes, columns: Codes, signs: Codes) -> None:
    """
    Withhold every published cell that a move changes.

    Parameters
    ----------
    of
        All tables; their `hidden` is written.
    rows, columns, signs
        By corner: finest territory and sector, and whether jobs are given (1) or taken (-1) there. Of corners that lie
        in the same cell of a table only what is left of their sum changes it.
    """
    _writer(of.rows, of.columns, of.tables, of.hidden, rows, columns, signs)


def _write_loop(rows: Any, columns: Any, tables: Any, hidden: Any, a: Any, j: Any, sign: Any) -> None:
    for t in range(len(tables)):
        r, c, first, width = tables[t]
        for m in range(len(a)):
            p, q = rows[r, a[m]], columns[c, j[m]]
            change = 0
            for n in range(len(a)):
                if rows[r, a[n]] == p and columns[c, j[n]] == q:
                    change += sign[n]
            if p >= 0 and q >= 0 and change != 0:
                hidden[first + p * width + q] = True


def _write_blocks(rows: Any, columns: Any, tables: Any, hidden: Any, a: Any, j: Any, sign: Any) -> None:
    for r, c, first, width in tables:
        cell, changed = _changed(rows[r, a][None], columns[c, j][None], first, width, sign)
        hidden[cell[changed]] = True


def _changed(p: Any, q: Any, first: int, width: int, sign: Any) -> tuple[Any, Any]:
    """Cell of a table in which each corner of each move lies, and whether the move changes it."""
    cell = np.where((p != OUTSIDE) & (q != OUTSIDE), first + p * width + q, OUTSIDE)
    change = ((cell[:, :, None] == cell[:, None, :]) * sign).sum(axis=2)
    return cell, (cell != OUTSIDE) & (change != 0)


# 8 numbers and arrays: what numba compiles takes no classes.
def _move_loop(
    rows: Any, columns: Any, tables: Any, hidden: Any, cost: Any, a: Any, j: Any, sign: Any
) -> Any:
    price = np.zeros(len(a))
    for t in range(len(tables)):
        r, c, first, width = tables[t]
        for i in range(len(a)):
            for m in range(len(sign)):
                p, q = rows[r, a[i, m]], columns[c, j[i, m]]
                if p < 0 or q < 0 or hidden[first + p * width + q]:
                    continue
                change, before = 0, 0
                for n in range(len(sign)):
                    if rows[r, a[i, n]] == p and columns[c, j[i, n]] == q:
                        change += sign[n]
                        before += n < m
                if change != 0 and before == 0:
                    price[i] += cost[first + p * width + q]
    return price


def _move_blocks(
    rows: Any, columns: Any, tables: Any, hidden: Any, cost: Any, a: Any, j: Any, sign: Any
) -> Any:
    price = np.zeros(len(a))
    for r, c, first, width in tables:
        cell, changed = _changed(rows[r, a], columns[c, j], first, width, sign)
        again = np.tril(cell[:, :, None] == cell[:, None, :], -1).any(axis=2)
        due = changed & ~again & ~hidden[cell]
        for m in range(len(sign)):
            price += np.where(due[:, m], cost[cell[:, m]], 0)
    return price


# 9 numbers and arrays: what numba compiles takes no classes.
def _loop(
    rows: Any, columns: Any, tables: Any, hidden: Any, cost: Any, a: Any, j: Any, b: Any, k: Any
) -> Any:
    price = np.zeros((len(b), len(k)))
    for t in range(len(tables)):
        r, c, first, width = tables[t]
        here, there = rows[r, a], columns[c, j]
        for m in range(len(b)):
            x = rows[r, b[m]]
            if x == here:
                continue
            for n in range(len(k)):
                y = columns[c, k[n]]
                if y == there:
                    continue
                for corner in range(4):
                    p = here if corner % 2 == 0 else x
                    q = there if corner < 2 else y  # noqa: PLR2004 (two corners lie in the cell's own column)
                    if p >= 0 and q >= 0 and not hidden[first + p * width + q]:
                        price[m, n] += cost[first + p * width + q]
    return price


def _blocks(
    rows: Any, columns: Any, tables: Any, hidden: Any, cost: Any, a: Any, j: Any, b: Any, k: Any
) -> Any:
    price = np.zeros((len(b), len(k)))
    for r, c, first, width in tables:
        own, across = rows[r], columns[c]
        apart = (own[b] != own[a])[:, None] & (across[k] != across[j])[None, :]
        if not apart.any():
            continue
        corners = ((own[a], across[j]), (own[b], across[j]), (own[a], across[k]), (own[b], across[k]))
        for x, y in ((np.reshape(p, (-1, 1)), np.reshape(q, (1, -1))) for p, q in corners):
            there = (x != OUTSIDE) & (y != OUTSIDE)
            at = np.where(there, first + x * width + y, 0)
            price += np.where(apart & there & ~hidden[at], cost[at], 0)
    return price


_kernel = kernel(_loop, _blocks)
_mover = kernel(_move_loop, _move_blocks)
_writer = kernel(_write_loop, _write_blocks)
