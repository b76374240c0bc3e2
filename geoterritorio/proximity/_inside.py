"""
Lists of pairs, where all that count do so alike: read from a table in one pass, and cut at a limit.

What bounds a sum over millions of pairs is how often they are read, and how long each waits for the one before it. So
no weights are made, numbers are told apart by their bits where that needs no order, and indices have no sign, as signs
would be looked at for each.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geoterritorio.patterns._jit import kernel

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Starts = npt.NDArray[np.int64]


class Inside(NamedTuple):
    """
    Pairs within a limit, place after place.

    Attributes
    ----------
    start
        Where the pairs of each place begin; one more than the places.
    centre
        Centre of each pair, by its number.
    nearest
        Least cost from each place; NaN where nothing is within the limit.
    """

    start: Starts
    centre: Codes
    nearest: Floats


def _count_loop(start: Starts, bits: Any, limit: Any, ends: Starts, nearest: Any) -> None:
    for i in range(nearest.size):
        row = bits[start[i] : start[i + 1]]
        least, number = np.int64(9223372036854775807), np.int64(0)
        for k in range(row.size):
            least = min(least, row[k])
            number += np.int64(row[k] <= limit)
        nearest[i] = least
        ends[i + 1] = ends[i] + number


def _keep_loop(bits: Any, centre: Any, limit: Any, kept: Any) -> None:
    number = np.uint64(0)
    # No branch, which would be past telling: what is beyond the limit is written over by the next.
    for k in range(bits.size):
        kept[number] = centre[k]
        number += np.uint64(bits[k] <= limit)


def _inside_compiled(start: Starts, centre: Codes, cost: Floats, limit: float) -> Inside:
    # Of numbers from 0 up the order is that of their bits, and whole numbers are compared many at a time.
    bits, most = cost.view(np.int64), np.array([limit]).view(np.int64)[0]
    ends, nearest = np.zeros(len(start), np.int64), np.empty(len(start) - 1, np.int64)
    _count(start, bits, most, ends, nearest)
    kept = np.empty(int(ends[-1]) + 1, np.uint32)
    _keep(bits, centre.view(np.uint32), most, kept)
    found = np.where(np.diff(ends) > 0, nearest.view(np.float64), np.nan)
    return Inside(ends, kept[:-1].view(np.int32), found)


def _inside_blocks(start: Starts, centre: Codes, cost: Floats, limit: float) -> Inside:
    kept = cost <= limit
    ends = np.concatenate([[0], np.cumsum(kept)])[start]
    there = np.diff(ends) > 0
    nearest = np.full(len(there), np.nan)
    if there.any():
        nearest[there] = np.minimum.reduceat(cost[kept], ends[:-1][there])
    return Inside(ends, centre[kept], nearest)


def _spread_loop(start: Starts, centre: Any, people: Floats, load: Floats, reached: Starts) -> None:
    for i in range(people.size):
        for k in range(np.uint64(start[i]), np.uint64(start[i + 1])):
            load[centre[k]] += people[i]
            reached[centre[k]] += 1


def _spread_blocks(start: Starts, centre: Any, people: Floats, load: Floats, reached: Starts) -> None:
    load += np.bincount(centre, np.repeat(people, np.diff(start)), minlength=len(load))
    reached += np.bincount(centre, minlength=len(load))


def _gather_loop(start: Starts, centre: Any, values: Floats, sums: Floats) -> None:
    one, two, three = np.uint64(1), np.uint64(2), np.uint64(3)
    for i in range(sums.size):
        first, last = np.uint64(start[i]), np.uint64(start[i + 1])
        # Four sums, as each addition waits for the one before it.
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        fours = last - (last - first) % np.uint64(4)
        for k in range(first, fours, np.uint64(4)):
            a += values[centre[k]]
            b += values[centre[k + one]]
            c += values[centre[k + two]]
            d += values[centre[k + three]]
        for k in range(fours, last):
            a += values[centre[k]]
        sums[i] = (a + b) + (c + d)


def _gather_blocks(start: Starts, centre: Any, values: Floats, sums: Floats) -> None:
    rows = np.repeat(np.arange(len(sums)), np.diff(start))
    sums += np.bincount(rows, values[centre], minlength=len(sums))


def _orderly_loop(ends: Any, cost: Floats, start: Starts, centre: Codes, width: int) -> bool:
    (origin, first, places), (destination, second, centres) = ends
    here, before = 0, np.int64(-1)
    for k in range(cost.size):
        i, j = np.uint64(origin[k] - first), np.uint64(destination[k] - second)
        if i >= places.size or j >= centres.size:
            return False
        place, to = places[i], centres[j]
        code = np.int64(place) * width + to
        if place < 0 or to < 0 or code <= before or not 0 <= cost[k] < np.inf:
            return False
        while here < place:
            here += 1
            start[here] = k
        before, centre[k] = code, to
    start[here + 1 :] = cost.size
    return True


def _orderly_blocks(*_: Any) -> bool:
    # Without a compiler the parts of one pass are passes of their own, and no faster.
    return False


def _arranged_loop(origin: Codes, destination: Codes, cost: Floats, number: int) -> Any:
    place = np.zeros(number + 1, np.int64)
    for k in range(origin.size):
        place[origin[k] + 1] += 1
    for i in range(number):
        place[i + 1] += place[i]
    first, second, costs = np.empty_like(origin), np.empty_like(destination), np.empty_like(cost)
    for k in range(origin.size):
        at = place[origin[k]]
        first[at], second[at], costs[at] = origin[k], destination[k], cost[k]
        place[origin[k]] += 1
    return first, second, costs


def _arranged_blocks(origin: Codes, destination: Codes, cost: Floats, _number: int) -> Any:
    order = np.argsort(origin, kind="stable")
    return origin[order], destination[order], cost[order]


_count = kernel(_count_loop, _count_loop)
_keep = kernel(_keep_loop, _keep_loop)
_spread = kernel(_spread_loop, _spread_blocks)
_gather = kernel(_gather_loop, _gather_blocks)
# Whether ends, given as codes, the least of them and the number that each stands for, are of pairs in order, each known
# and listed once, with costs that are costs; start and centre then hold the lists.
orderly = kernel(_orderly_loop, _orderly_blocks)
# Pairs by origin, those of one in their order.
arranged = kernel(_arranged_loop, _arranged_blocks)
inside = _inside_blocks if orderly is _orderly_blocks else _inside_compiled


def spread(near: Inside, people: Floats, width: int) -> tuple[Floats, Starts]:
    """People within reach of each centre, unknown where some are; and the places that reach it."""
    load, reached = np.zeros(width), np.zeros(width, np.int64)
    to, unknown = near.centre.view(np.uint32), np.isnan(people)
    _spread(near.start, to, np.where(unknown, 0.0, people), load, reached)
    if unknown.any():
        touched = np.zeros(width)
        _spread(near.start, to, unknown.astype(np.float64), touched, np.zeros(width, np.int64))
        load = np.where(touched > 0, np.nan, load)
    return load, reached


def gather(near: Inside, values: Floats) -> Floats:
    """Sums of the values of centres within reach, unknown where one of them is."""
    sums, unknown = np.zeros(len(near.nearest)), np.isnan(values)
    to = near.centre.view(np.uint32)
    _gather(near.start, to, np.where(unknown, 0.0, values), sums)
    if unknown.any():
        touched = np.zeros(len(sums))
        _gather(near.start, to, unknown.astype(np.float64), touched)
        sums = np.where(touched > 0, np.nan, sums)
    return sums
