"""The front that spreads over a raster, as loops that numba compiles; `_fronts` is what others call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np

from geoterritorio.proximity._fronts import (
    BEST,
    BUCKET,
    CHUNKS,
    COMPILED,
    DONE,
    FREE,
    FULL,
    HEAPED,
    KINGS,
    PAUSED,
    REACHED,
    SPARE,
    STEEPNESS,
    WAITING,
    Chunks,
    Floats,
    Ground,
    Ints,
    Labels,
    Queue,
)

Function = TypeVar("Function", bound=Callable[..., Any])


def _compiled(function: Function) -> Function:
    if not COMPILED:
        return function
    import numba  # noqa: PLC0415 - takes a second, and is not always there

    made: Any = numba.njit(cache=True, nogil=True)(function)
    return cast("Function", made)


@_compiled
def _put(head: Labels, fill: Labels, pool: Chunks, after: Labels, state: Ints, node: int, place: int) -> None:
    """Node into a bucket."""
    chunk = head[place]
    if chunk < 0 or fill[place] == pool.shape[1]:
        above, chunk = chunk, np.int32(state[FREE])
        state[FREE] = after[chunk]
        state[CHUNKS] -= 1
        after[chunk] = above
        head[place] = chunk
        fill[place] = 0
    pool[chunk, fill[place]] = node
    fill[place] += 1
    state[WAITING] += 1


@_compiled
def _pile(keys: Floats, nodes: Labels, state: Ints, node: int, key: float) -> None:
    """Node onto the heap."""
    at = state[HEAPED]
    state[HEAPED] += 1
    while at > 0:
        above = (at - 1) >> 1
        if keys[above] <= key:
            break
        keys[at], nodes[at] = keys[above], nodes[above]
        at = above
    keys[at], nodes[at] = key, node


@_compiled
def _unpile(keys: Floats, nodes: Labels, state: Ints) -> int:
    """Nearest node of the heap, taken off it."""
    node = nodes[0]
    state[HEAPED] -= 1
    size = state[HEAPED]
    key, last = keys[size], nodes[size]
    at = 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and keys[child + 1] < keys[child]:
            child += 1
        if keys[child] >= key:
            break
        keys[at], nodes[at] = keys[child], nodes[child]
        at = child
    keys[at], nodes[at] = key, last
    return np.int64(node)  # type: ignore[return-value]  # one type for the compiler


@_compiled
def _found(queue: Queue) -> bool:
    """Whether there is a next bucket that holds a node; it is then the one in hand."""
    head, fill, pool, after, keys, nodes, state, scale = queue
    mask = head.size - 1
    while True:
        while state[HEAPED] > 0 and state[CHUNKS] > SPARE and np.int64(keys[0] * scale) <= state[BUCKET]:
            _put(head, fill, pool, after, state, _unpile(keys, nodes, state), state[BUCKET] & mask)
        if head[state[BUCKET] & mask] >= 0:
            return True
        if state[WAITING] > 0:
            state[BUCKET] += 1
        elif state[HEAPED] > 0:
            state[BUCKET] = np.int64(keys[0] * scale)
        else:
            return False


@_compiled
def steepness(rise: float) -> float:
    """Pace on a slope over that on level ground; 0.1 rises by a tenth of its length."""
    return float(np.exp(STEEPNESS * (abs(rise + BEST) - BEST)))


@_compiled
def sow(ground: Ground, queue: Queue, seeds: Ints, origins: Labels) -> None:
    """Seeds into the first bucket; of several in a cell the first stays."""
    cells, _, _, _, _, _, _ = ground
    head, fill, pool, after, _, _, state, _ = queue
    for k in range(seeds.size):
        v = seeds[k]
        if cells[v]["cost"] > 0:
            cells[v]["cost"] = 0
            cells[v]["origin"] = origins[k]
            state[REACHED] += 1
            _put(head, fill, pool, after, state, v, 0)


@_compiled
def advance(ground: Ground, queue: Queue, budget: int) -> int:  # noqa: C901, PLR0912, PLR0915 - see below
    """
    The front some way on.

    Cells of a bucket are taken in any order, and again where a cheaper way to them turns up in the same bucket, so that
    costs are those of Dijkstra whatever the width of the buckets. Of equal ways the one from the first origin stays.
    One body and no calls that take arrays: these would count who holds the arrays, and take twice the time.
    """
    cells, height, moves, length, limit, toward, trace = ground
    head, fill, pool, after, keys, nodes, state, scale = queue
    mask, size, steep, found = head.size - 1, head.size, height.size > 0, PAUSED
    bucket, waiting, free, chunks = state[BUCKET], state[WAITING], state[FREE], state[CHUNKS]
    new = 0
    for _ in range(budget):
        if chunks <= SPARE or keys.size - state[HEAPED] <= SPARE:
            found = FULL
            break
        if head[bucket & mask] < 0:
            state[BUCKET], state[WAITING], state[FREE], state[CHUNKS] = bucket, waiting, free, chunks
            if not _found(queue):
                found = DONE
                break
            bucket, waiting, free, chunks = state[BUCKET], state[WAITING], state[FREE], state[CHUNKS]
        # the last node of the bucket out of its first chunk
        place = bucket & mask
        chunk = np.int64(head[place])
        fill[place] -= 1
        v = np.int64(pool[chunk, fill[place]])
        waiting -= 1
        if fill[place] == 0:
            head[place] = after[chunk]
            fill[place] = pool.shape[1] if head[place] >= 0 else 0
            after[chunk] = free
            free = chunk
            chunks += 1
        reached = cells[v]["cost"]
        if np.int64(reached * scale) < bucket:
            continue
        origin = np.int32(v) if trace else cells[v]["origin"]
        here = np.float64(cells[v]["friction"])
        for q in range(length.size):
            u = v + moves[q, 0]
            known = cells[u]["cost"]
            if known <= reached:
                continue
            # the mean of the cells that a straight line crosses, each by as much of the line as is in it
            mean = (here + np.float64(cells[u]["friction"])) * 0.5
            if q >= KINGS:
                between = np.float64(cells[v + moves[q, 1]]["friction"])
                mean = (mean + (between + np.float64(cells[v + moves[q, 2]]["friction"])) * 0.5) * 0.5
            minutes = mean * length[q]
            if steep:
                rise = (np.float64(height[u]) - np.float64(height[v])) / length[q]
                minutes *= steepness(-rise if toward else rise)
            cost = reached + minutes
            if cost > known or cost > limit or cost == np.inf:
                continue
            if cost == known and (trace or origin >= cells[u]["origin"]):
                continue
            if known == np.inf:
                new += 1
            cells[u]["cost"] = cost
            cells[u]["origin"] = origin
            ahead = np.int64(cost * scale)
            if ahead - bucket >= size:
                _pile(keys, nodes, state, u, cost)
                continue
            # into its bucket
            place = ahead & mask
            if head[place] < 0 or fill[place] == pool.shape[1]:
                chunk = free
                free = np.int64(after[chunk])
                chunks -= 1
                after[chunk] = head[place]
                head[place] = chunk
                fill[place] = 0
            pool[head[place], fill[place]] = u
            fill[place] += 1
            waiting += 1
    state[BUCKET], state[WAITING], state[FREE], state[CHUNKS] = bucket, waiting, free, chunks
    state[REACHED] += new
    return found
