"""Cells that are withheld beside the confidential ones, so that totals do not tell these."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geoterritorio.publication.disclosure._prices import Sheets, sheets, square_prices, withhold
from geoterritorio.publication.disclosure.contributions import (
    OUTSIDE,
    Codes,
    Contributions,
    Level,
    Mask,
    Numbers,
    Table,
    targets,
)
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.registry import Progress, no_progress

# Of the possible partners of a cell, so many in its row and in its column are weighed against each other.
_ALONG, _ACROSS = 8, 24
# What it counts at first that a partner lies in another division; what it costs is reckoned afterwards.
_APART = 10.0
# Small amounts may have to come from so many places at most.
_MOVES = 40
_TWO, _NEVER = 2, np.inf
_ROUNDED = 1e-9


@dataclass(frozen=True)
class Pattern:
    """
    What is withheld of all published tables.

    Attributes
    ----------
    hidden
        By level: whether a cell is withheld.
    short
        Confidential cells for which no partners were found, as (level, row, column).
    """

    hidden: dict[Level, Mask]
    short: list[tuple[Level, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class _Search:
    """What looking for partners needs, drawn up once."""

    given: Contributions
    found: dict[Level, Table]
    hidden: dict[Level, Mask]
    cost: dict[Level, Numbers]
    jobs: Numbers
    plants: Numbers
    able: Mask  # finest cells of two contributors at least: none of them undoes a move with its own figure
    minimum: int
    sheets: Sheets


@dataclass(frozen=True)
class _Move:
    """Jobs taken from two finest cells and given to two others; -1 for a row or column that takes no part."""

    row: int
    column: int
    other_row: int
    other_column: int
    amount: float


def pattern(
    given: Contributions,
    found: dict[Level, Table],
    rules: DisclosureRules,
    *,
    progress: Progress = no_progress,
) -> Pattern:
    """
    Cells withheld in all published tables.

    Parameters
    ----------
    given
        Contributions and divisions.
    found
        Their tables.
    rules
        What an attacker must be left to guess.
    progress
        Callback.

    Returns
    -------
    pattern
        Confidential cells, their partners, and what could not be protected.

    Notes
    -----
    A move takes jobs from one finest cell and gives them to another of its row, and back in another row: where both
    rows lie in the same territory of a division, nothing changes there. What does change is withheld; a move in both
    directions, by as much as is demanded, is therefore two other tables that an attacker cannot tell from the true
    one. Cells that take part keep a count above zero, and are of two contributors at least, so that none of them can
    undo the move with its own figure. The cheapest move in cells that become withheld (their number, plus the
    logarithm of their jobs) is taken; what is withheld already costs nothing. If no other row or column will do,
    totals of rows or columns change.

    References
    ----------
    .. [1] Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley, ch. 4 (hypercube method).
    .. [2] Cox, L. H. (1980). Suppression methodology and statistical disclosure control. JASA 75, 377-385.
    """
    cost = {level: _dear(found, level) * (1 + np.log1p(table.jobs)) for level, table in found.items()}
    whole, hidden = sheets(given, {level: table.confidential for level, table in found.items()}, cost)
    jobs, plants, contributors = given.finest
    search = _Search(given, found, hidden, cost, jobs, plants, contributors >= _TWO, rules.minimum, whole)
    short = []
    todo = list(targets(found))
    # Each search sees what those before it have withheld: there is no way round the loop.
    for k, (level, row, column) in enumerate(todo):
        if not k % 500:
            progress(k / len(todo))
        if not _protected(search, level, row, column):
            short.append((level, row, column))
    return Pattern(hidden, short)


def _dear(found: dict[Level, Table], level: Level) -> float:
    """How much dearer cells of a table are, which has fewer of them: each tells of more."""
    return float(np.sqrt(found[0, 0].jobs.size / found[level].jobs.size))


def _protected(search: _Search, level: Level, row: int, column: int) -> bool:
    """Withhold partners of a confidential cell; whether they suffice."""
    table = search.found[level]
    left, needed = float(table.demanded[row, column]), float(table.plants[row, column])
    most = max(_TWO, search.minimum - 1, 1 + search.minimum - needed)
    rows = np.flatnonzero(search.given.rows[level[0]] == row)
    columns = np.flatnonzero(search.given.columns[level[1]] == column)
    inner = search.plants[rows[:, None], columns]
    order = np.argsort(-(search.jobs[rows[:, None], columns] + _ROUNDED * inner), axis=None, kind="stable")
    moves: list[_Move] = []
    for place in order[: min(len(order), _MOVES)]:
        a, j = int(rows[place // len(columns)]), int(columns[place % len(columns)])
        if search.plants[a, j] == 0:
            break
        room = float(search.jobs[a, j])
        while (left > _ROUNDED and room > _ROUNDED) or not moves:
            move = _cheapest(search, level, (row, column), (a, j), min(left, room), most, moves)
            if move is None:
                break
            moves.append(move)
            _withhold(search, move)
            left, room = left - move.amount, room - move.amount
        if moves and left <= _ROUNDED:
            return True
    return bool(moves) and left <= _ROUNDED


def _cheapest(
    search: _Search,
    level: Level,
    target: tuple[int, int],
    cell: tuple[int, int],
    left: float,
    most: float,
    before: list[_Move],
) -> _Move | None:
    """Cheapest move through one of the finest cells of the target, by what is left to move."""
    a, j = cell
    in_row = search.given.rows[level[0]] != target[0]
    in_column = search.given.columns[level[1]] != target[1]
    in_row[[m.other_row for m in before if m.other_row >= 0]] = False
    in_column[[m.other_column for m in before if m.other_column >= 0]] = False
    b = _first(search, in_row & _enough(search, (slice(None), j), most), left, cell, rows=True)
    k = _first(search, in_column & _enough(search, (a, slice(None)), most), left, cell, rows=False)
    price, move = _square(search, cell, b, k, left)
    if move is not None and price < _NEVER:
        return move
    found: list[tuple[float, _Move | None]] = [(_NEVER, None)]
    if search.given.rows[level[0]].max() > 0:
        found.append(_pair(search, cell, b, left, rows=True))
    if search.given.columns[level[1]].max() > 0:
        found.append(_pair(search, cell, k, left, rows=False))
    price, move = min(found, key=lambda x: x[0])
    return move if price < _NEVER else None


def _enough(search: _Search, where: tuple[slice | int, slice | int], most: float) -> Mask:
    """Cells that may give up establishments and keep some, of two contributors at least."""
    return np.asarray((search.plants[where] >= most) & search.able[where], dtype=bool)


def _first(search: _Search, able: Mask, left: float, cell: tuple[int, int], *, rows: bool) -> Codes:
    """Rows or columns that are looked at first: in the same divisions, withheld already, and cheap."""
    divisions = search.given.rows if rows else search.given.columns
    a, j = cell
    own = a if rows else j
    line = (slice(None), j) if rows else (a, slice(None))
    jobs = search.jobs[line]
    able = able & ((jobs > _ROUNDED) | (left <= _ROUNDED))
    able[own] = False
    chosen = np.flatnonzero(able)
    apart = sum((d[chosen] != d[own]).astype(float) for d in divisions)
    share = np.minimum(jobs[chosen], left) / left if left > _ROUNDED else np.ones(len(chosen))
    price = np.where(search.hidden[0, 0][line][chosen], 0, search.cost[0, 0][line][chosen]) + _APART * apart
    return chosen[np.argsort(price / share, kind="stable")[: _ACROSS if rows else _ALONG]]


def _amounts(left: float, *cells: Numbers) -> tuple[Numbers, Numbers]:
    """What can be moved through cells, and how much dearer that makes the whole."""
    amount = np.full(np.broadcast_shapes(*(c.shape for c in cells)), left)
    for cell in cells:
        amount = np.minimum(amount, cell)
    if left <= _ROUNDED:
        return amount, np.ones_like(amount)
    return amount, left / np.where(amount > _ROUNDED, amount, 1e-300)


def _square(
    search: _Search, cell: tuple[int, int], b: Codes, k: Codes, left: float
) -> tuple[float, _Move | None]:
    """Cheapest move that changes no total of the finest rows and columns."""
    a, j = cell
    if not len(b) or not len(k):
        return _NEVER, None
    amount, dearer = _amounts(
        left, search.jobs[b, j][:, None], search.jobs[a, k][None, :], search.jobs[b[:, None], k]
    )
    price = square_prices(search.sheets, cell, b, k)
    price = np.where(search.able[b[:, None], k], price * dearer + _ROUNDED * dearer, _NEVER)
    if left > _ROUNDED:
        price = np.where(amount > _ROUNDED, price, _NEVER)
    at = np.unravel_index(np.argmin(price), price.shape)
    return float(price[at]), _Move(a, j, int(b[at[0]]), int(k[at[1]]), float(amount[at]))


def _pair(
    search: _Search, cell: tuple[int, int], others: Codes, left: float, *, rows: bool
) -> tuple[float, _Move | None]:
    """Cheapest move between two rows in one column, or the reverse: totals of these change, and are withheld."""
    a, j = cell
    if not len(others):
        return _NEVER, None
    jobs = search.jobs[others, j] if rows else search.jobs[a, others]
    amount, dearer = _amounts(left, jobs)
    price = np.zeros(len(others))
    for (r, c), hidden in search.hidden.items():
        own, across = (search.given.rows[r], search.given.columns[c])
        divided, kept = (own, across[j]) if rows else (across, own[a])
        if kept == OUTSIDE:
            continue
        here = divided[a if rows else j]
        for one in (np.full(len(others), here), divided[others]):
            at = (one, np.full(len(one), kept)) if rows else (np.full(len(one), kept), one)
            apart = (divided[others] != here) & (one != OUTSIDE)
            price += np.where(apart & ~hidden[at], search.cost[r, c][at], 0)
    price = price * dearer + _ROUNDED * dearer
    if left > _ROUNDED:
        price = np.where(amount > _ROUNDED, price, _NEVER)
    best = int(np.argmin(price))
    other = int(others[best])
    move = (
        _Move(a, j, other, -1, float(amount[best])) if rows else _Move(a, j, -1, other, float(amount[best]))
    )
    return float(price[best]), move


def _withhold(search: _Search, move: _Move) -> None:
    """Withhold every published cell that the move changes."""
    ends_r = [move.row] if move.other_row < 0 else [move.row, move.other_row]
    ends_c = [move.column] if move.other_column < 0 else [move.column, move.other_column]
    withhold(search.sheets, np.array(ends_r), np.array(ends_c))
