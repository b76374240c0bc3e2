"""Random tables of ones and zeros that keep both margins of a given one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]

# Rounds of trades before the first table, and between two tables.
_FIRST = 20
_BETWEEN = 5


def tables(table: Bools, number: int, rng: np.random.Generator) -> Iterator[Bools]:
    """
    Tables with the row and column sums of `table`, each as likely as any other.

    Every round pairs all rows at random; the two of a pair put what only one of them has into a heap and draw
    from it as much as each put in. The yielded array is overwritten by the next.
    """
    # Few long rows mix faster than many short ones.
    turned = table.shape[0] > table.shape[1]
    current = np.array(table.T if turned else table, order="C")
    for k in range(number):
        for _ in range(_BETWEEN if k else _FIRST):
            trade(current, rng)
        yield current.T if turned else current


def trade(table: Bools, rng: np.random.Generator) -> None:
    """One round of trades, in place."""
    half = len(table) // 2
    order = rng.permutation(len(table))
    first, second = order[:half], order[half : 2 * half]
    ours, theirs = table[first], table[second]
    pair, column = np.nonzero(ours != theirs)
    if not len(pair):
        return
    put = np.bincount(pair[ours[pair, column]], minlength=half)
    shuffled = np.argsort(pair + rng.random(len(pair)))
    starts = np.searchsorted(pair, np.arange(half))
    rank = np.empty(len(pair), np.intp)
    # Pairs keep their places in the sorted order, so a rank within the pair is the place less its start.
    rank[shuffled] = np.arange(len(pair)) - starts[pair]
    ours[pair, column] = rank < put[pair]
    theirs[pair, column] = rank >= put[pair]
    table[first], table[second] = ours, theirs
