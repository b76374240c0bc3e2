"""Cells that are withheld beside the confidential ones, so that totals do not tell these."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geoterritorio.publication.disclosure._prices import Sheets, move_prices, sheets, square_prices, withhold
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
# Three finest cells cost about as much. What is dearer is weighed against moves that change totals of the finest rows,
# and these may go back in so many columns.
_CHEAP, _BACK = 10.0, 40
# What it counts at first that a partner lies in another division; what it costs is reckoned afterwards.
_APART = 10.0
# Small amounts may have to come from so many places at most.
_MOVES = 40
_TWO, _NEVER = 2, np.inf
_ROUNDED = 1e-9
# Given and taken at the corners of a move between two rows and two columns, and of one between two cells.
_SQUARE, _SINGLE = np.array([1, -1, -1, 1]), np.array([1, -1])


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
    """Jobs given to some of the finest cells (1) and taken from as many others (-1)."""

    rows: Codes
    columns: Codes
    signs: Codes
    amount: float


@dataclass(frozen=True)
class _Apart:
    """Where partners of a target may lie: rows and columns outside of it, and cells that no move of it uses yet."""

    rows: Mask
    columns: Mask
    able: Mask
    enough: Mask


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
    logarithm of their jobs) is taken; what is withheld already costs nothing.

    Where there is no such move, or only a dear one, two others are weighed. Jobs may go back in another column between
    other rows of the same two larger territories: totals of the finest rows change, those of the larger territories
    and of the columns do not. And they may go to any one cell: the totals in which both do not lie change.

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
    apart = _Apart(
        search.given.rows[level[0]] != target[0],
        search.given.columns[level[1]] != target[1],
        search.able.copy(),
        search.plants >= most,
    )
    for move in before:
        apart.able[move.rows, move.columns] = False
    enough = apart.able & apart.enough
    b = _first(search, apart.rows & enough[:, j], left, cell, rows=True)
    k = _first(search, apart.columns & enough[a], left, cell, rows=False)
    found = [_square(search, cell, b, k, left, apart.able)]
    if found[0][0] > _CHEAP:
        found += [_back(search, cell, b, left, apart), _single(search, cell, left, apart)]
    price, best = min(found, key=lambda x: x[0])
    return best if price < _NEVER else None


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
    search: _Search, cell: tuple[int, int], b: Codes, k: Codes, left: float, able: Mask
) -> tuple[float, _Move | None]:
    """Cheapest move that changes no total of the finest rows and columns."""
    a, j = cell
    if not len(b) or not len(k):
        return _NEVER, None
    amount, dearer = _amounts(
        left, search.jobs[b, j][:, None], search.jobs[a, k][None, :], search.jobs[b[:, None], k]
    )
    price = square_prices(search.sheets, cell, b, k)
    price = np.where(able[b[:, None], k], price * dearer + _ROUNDED * dearer, _NEVER)
    if left > _ROUNDED:
        price = np.where(amount > _ROUNDED, price, _NEVER)
    at = np.unravel_index(np.argmin(price), price.shape)
    other, across = int(b[at[0]]), int(k[at[1]])
    corners = np.array([a, other, a, other]), np.array([j, j, across, across])
    return float(price[at]), _Move(*corners, _SQUARE, float(amount[at]))


def _back(
    search: _Search, cell: tuple[int, int], b: Codes, left: float, apart: _Apart
) -> tuple[float, _Move | None]:
    """
    Cheapest move whose jobs go back in another column between other rows of the same territories of larger divisions.

    Totals of the finest rows change, those of larger territories and of columns do not.
    """
    a, j = cell
    columns = np.flatnonzero(apart.columns)
    if not len(b) or not len(columns):
        return _NEVER, None
    gives = _nearest(search, a, apart.able & apart.enough, left)
    takes = np.array([_nearest(search, int(other), apart.able, left) for other in b])
    alone = np.where(gives[columns] >= 0, search.cost[0, 0][gives[columns], columns], _NEVER)
    alone = np.where(search.hidden[0, 0][gives[columns], columns] & (gives[columns] >= 0), 0, alone)
    columns = columns[np.argsort(alone, kind="stable")[:_BACK]]
    m, n = (x.ravel() for x in np.meshgrid(np.arange(len(b)), columns, indexing="ij"))
    one, other = gives[n], takes[m, n]
    there = (one >= 0) & (other >= 0)
    m, n, one, other = m[there], n[there], one[there], other[there]
    rows = np.stack([np.full(len(m), a), b[m], one, other], axis=1)
    return _least(
        search, rows, np.stack([np.full(len(m), j), np.full(len(m), j), n, n], axis=1), _SQUARE, left
    )


def _nearest(search: _Search, row: int, able: Mask, left: float) -> Codes:
    """By column, the row of the same larger territories in which it costs least to withhold a cell; -1 for none."""
    own = np.ones(len(search.plants), dtype=bool)
    for division in search.given.rows[1:]:
        own &= division == division[row]
    rows = np.flatnonzero(own)
    whole = (0, len(search.given.columns) - 1)
    price = np.where(search.hidden[0, 0][rows], 0, search.cost[0, 0][rows])
    price = price + np.where(search.hidden[whole][rows], 0, search.cost[whole][rows]) * (rows != row)[:, None]
    good = able[rows] & ((search.jobs[rows] >= left) | (left <= _ROUNDED))
    price = np.where(good, price, _NEVER)
    best = np.argmin(price, axis=0)
    return np.where(good.any(axis=0), rows[best], OUTSIDE)


def _single(search: _Search, cell: tuple[int, int], left: float, apart: _Apart) -> tuple[float, _Move | None]:
    """Cheapest move between the cell and another one: the totals in which they do not both lie are withheld."""
    a, j = cell
    able = apart.able & apart.enough & (apart.rows[:, None] | apart.columns)
    able[a, j] = False
    rows, columns = np.nonzero(able)
    corners = [np.stack([np.full(len(x), own), x], axis=1) for own, x in ((a, rows), (j, columns))]
    return _least(search, corners[0], corners[1], _SINGLE, left)


def _least(
    search: _Search, rows: Codes, columns: Codes, signs: Codes, left: float
) -> tuple[float, _Move | None]:
    """Cheapest of some moves whose first corner is the cell itself."""
    if not len(rows):
        return _NEVER, None
    others = search.jobs[rows[:, 1:], columns[:, 1:]]
    amount, dearer = _amounts(left, *others.T)
    price = move_prices(search.sheets, rows, columns, signs) * dearer + _ROUNDED * dearer
    if left > _ROUNDED:
        price = np.where(amount > _ROUNDED, price, _NEVER)
    best = int(np.argmin(price))
    return float(price[best]), _Move(rows[best], columns[best], signs, float(amount[best]))


def _withhold(search: _Search, move: _Move) -> None:
    """Withhold every published cell that the move changes."""
    withhold(search.sheets, move.rows, move.columns, move.signs)
