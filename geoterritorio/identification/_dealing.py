"""Networks by chance: ends dealt anew, ties dealt evenly; and what draws say of a value."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
_TRIES = 25


def dealt_ends(
    source: Ints, target: Ints, cell: Ints, size: int, rng: np.random.Generator
) -> tuple[Ints, Flags]:
    """
    Targets dealt anew among the ties of each cell.

    Every actor keeps how many ties of each cell go from it and how many come to it. Self-links and repetitions are
    dealt again with others of the cell, and those that remain after 25 rounds are left out.

    Parameters
    ----------
    source, target
        Ends of the ties.
    cell
        Ties that may exchange ends.
    size
        Number of actors.
    rng
        Generator.

    Returns
    -------
    targets, sound
        New targets, and which ties are neither self-links nor repetitions.
    """
    new = _permuted(target, cell, rng)
    key = cell * size + source
    for _ in range(_TRIES):
        bad = _faulty(source, new, key, size)
        if not bad.any():
            break
        # as many sound ones again, so that the faulty have someone to exchange with
        some = bad | (rng.random(len(new)) < max(4 * bad.mean(), 8 / len(new)))
        new[some] = _permuted(new[some], cell[some], rng)
    return new, ~_faulty(source, new, key, size)


def _permuted(values: Ints, cell: Ints, rng: np.random.Generator) -> Ints:
    found = np.empty_like(values)
    found[np.argsort(cell, kind="stable")] = values[np.lexsort((rng.random(len(values)), cell))]
    return found


def _faulty(source: Ints, target: Ints, key: Ints, size: int) -> Flags:
    """Self-links, and all but the first of those that are alike."""
    first = np.zeros(len(target), dtype=bool)
    first[np.unique(key * size + target, return_index=True)[1]] = True
    return np.asarray(~first | (source == target))


def even_ties(actors: Ints, ties: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """
    As many different pairs as each group has ties, dealt evenly among its actors.

    Parameters
    ----------
    actors, ties
        Number of actors and of ties by group.
    rng
        Generator.

    Returns
    -------
    group, first, second
        Group of each pair and its ends, numbered through all groups.
    """
    start = np.concatenate([[0], np.cumsum(actors)[:-1]])
    group = np.repeat(np.arange(len(ties)), ties)
    count = actors[group]
    first, second = np.zeros(len(group), dtype=np.int64), np.zeros(len(group), dtype=np.int64)
    again = np.ones(len(group), dtype=bool)
    total = int(actors.sum())
    # nearly full groups need many rounds: what repeats after them stays out
    for _ in range(8 * _TRIES):
        n = count[again]
        one = (rng.random(len(n)) * n).astype(np.int64)
        other = (one + 1 + (rng.random(len(n)) * (n - 1)).astype(np.int64)) % n
        base = start[group[again]]
        first[again], second[again] = base + np.minimum(one, other), base + np.maximum(one, other)
        kept = np.zeros(len(group), dtype=bool)
        kept[np.unique(first * total + second, return_index=True)[1]] = True
        again = ~kept
        if not again.any():
            break
    return group[~again], first[~again], second[~again]


def told_by(value: Floats, drawn: Floats) -> dict[str, Floats]:
    """
    What draws say of values: mean, band of 95 %, standardised distance and two-sided p.

    Parameters
    ----------
    value
        Values.
    drawn
        Draws by values; NaN where a draw has none.

    Returns
    -------
    told
        `expected`, `low`, `high`, `z`, `p`. NaN where there is no value or no draw.
    """
    count = (~np.isnan(drawn)).sum(axis=0)
    asked = ~np.isnan(value) & (count > 0)
    empty = np.full(value.shape, np.nan)
    told = {name: empty.copy() for name in ("expected", "low", "high", "z", "p")}
    if not asked.any():
        return told
    part, mine = drawn[:, asked], value[asked]
    told["expected"][asked] = np.nanmean(part, axis=0)
    told["low"][asked], told["high"][asked] = np.nanpercentile(part, [2.5, 97.5], axis=0)
    spread = np.nanstd(part, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        told["z"][asked] = np.where(spread > 0, (mine - told["expected"][asked]) / spread, np.nan)
    # rounding must not part what is equal
    slack = 1e-9 * np.maximum(1.0, np.abs(mine))
    above, below = (part >= mine - slack).sum(axis=0), (part <= mine + slack).sum(axis=0)
    p = np.minimum(1.0, 2 * (1 + np.minimum(above, below)) / (1 + count[asked]))
    # where chance can give one value only, nothing is tested
    fixed = (np.nanmax(np.abs(part - mine), axis=0)) <= slack
    told["p"][asked] = np.where(fixed, np.nan, p)
    return told


def adjusted(p: Floats) -> Floats:
    """p-values that allow for all tests of the table (Benjamini-Hochberg)."""
    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested])
    return q
