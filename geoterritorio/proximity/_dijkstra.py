"""Shortest ways up to a limit, from many starts at once: compiled, or by scipy where numba is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from os import cpu_count
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from geoterritorio.i18n import mark
from geoterritorio.patterns._jit import _COMPILED, kernel
from geoterritorio.registry import Progress, no_progress

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
# Searches between two words on how far the work is, and between two chances to stop it.
_BATCH = 32
# Cells of the grid whose curve orders the nodes, along each side.
_CELLS = 2**16 - 1


@dataclass(frozen=True)
class Graph:
    """
    Directed arcs by the node from which they go.

    Parameters
    ----------
    first
        Place of each node's first arc, and the number of arcs; nodes + 1.
    head
        Node to which each arc goes.
    cost
        Its cost, above 0.
    """

    first: npt.NDArray[np.int32]
    head: npt.NDArray[np.int32]
    cost: Floats


@dataclass(frozen=True)
class Reach:
    """
    What searches reached.

    Parameters
    ----------
    search
        Number of the search; all that one search reached stands together.
    node
        Node reached; in each search from the nearest to the farthest.
    cost
        Cost of the cheapest way to it.
    seed
        Start from which that way comes.
    """

    search: Indices
    node: Indices
    cost: Floats
    seed: Indices


def graph_of(nodes: int, tail: Indices, head: Indices, cost: Floats) -> Graph:
    """
    Graph of arcs in any order.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head, cost
        Arcs; those whose cost is infinite are closed and left out.

    Returns
    -------
    graph
        Arcs by tail; of several between the same two nodes all are kept.
    """
    kept = np.flatnonzero(np.isfinite(cost))
    kept = kept[np.argsort(tail[kept], kind="stable")]
    first = np.searchsorted(tail[kept], np.arange(nodes + 1)).astype(np.int32)
    return Graph(first, head[kept].astype(np.int32), cost[kept].astype(np.float64))


def spatial_order(xy: Floats) -> Indices:
    """
    Order in which neighbours in space are mostly neighbours in memory (Morton's curve).

    Parameters
    ----------
    xy
        Points by 2.

    Returns
    -------
    order
        Numbers of the points.
    """
    low, span = xy.min(axis=0), np.ptp(xy, axis=0)
    cells = ((xy - low) / np.where(span > 0, span, 1) * _CELLS).astype(np.uint64)
    key = _spread(cells[:, 0]) | (_spread(cells[:, 1]) << np.uint64(1))
    return np.argsort(key, kind="stable").astype(np.int64)


def _spread(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Sixteen bits with a zero after each."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def searches(
    graph: Graph,
    start: Indices,
    spent: Floats,
    first: Indices,
    *,
    limit: float,
    progress: Progress = no_progress,
) -> Iterator[Reach]:
    """
    Cheapest ways up to a limit, search after search.

    Parameters
    ----------
    graph
        Arcs.
    start
        Nodes from which ways go.
    spent
        What has been spent there; a start at which this is above the limit reaches nothing.
    first
        Place of each search's first start, and the number of starts: searches + 1.
    limit
        Largest cost, itself within.
    progress
        Called after every batch; may raise to cancel.

    Yields
    ------
    reach
        Of a batch of searches; few batches are held at a time. Searches follow each other in space, not by number,
        so that what one has read is still at hand for the next.
    """
    number = len(first) - 1
    turn = np.argsort(np.append(start, 0)[first[:-1]], kind="stable")
    batches = [(low, min(low + _BATCH, number)) for low in range(0, number, _BATCH)]
    progress(0, mark("Compiling and searching") if _COMPILED else mark("Searching"))

    def work(batch: tuple[int, int]) -> Reach:
        mine = turn[batch[0] : batch[1]]
        size = first[mine + 1] - first[mine]
        part = np.concatenate([[0], np.cumsum(size)])
        seeds = np.repeat(first[mine] - part[:-1], size) + np.arange(part[-1])
        parts = (start[seeds].astype(np.int32), spent[seeds], part)
        node, cost, seed, offset = _searched(graph.first, graph.head, graph.cost, *parts, float(limit))
        return Reach(np.repeat(mine, np.diff(offset)), node.astype(np.int64), cost, seeds[seed])

    threads = cpu_count() or 1
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[Reach]] = []
        try:
            for k, batch in enumerate(batches):
                waiting.append(pool.submit(work, batch))
                if len(waiting) > 2 * threads:
                    yield waiting.pop(0).result()
                    progress((k + 1 - len(waiting)) / len(batches), mark("Searching"))
            while waiting:
                yield waiting.pop(0).result()
                progress(1 - len(waiting) / len(batches), mark("Searching"))
        finally:
            for future in waiting:
                future.cancel()


def _search_loop(  # noqa: C901, PLR0912, PLR0915 - one loop, so that it is compiled as one
    begin: Any, head: Any, arc: Any, start: Any, spent: Any, first: Any, limit: float
) -> Any:
    nodes = begin.size - 1
    best, by = np.full(nodes, np.inf), np.empty(nodes, np.int32)
    touched = np.empty(nodes, np.int32)
    # Heap of ways still to be followed, each with its cost and its last node.
    key, value = np.empty(1024), np.empty(1024, np.int32)
    node, cost, seed = np.empty(4096, np.int32), np.empty(4096), np.empty(4096, np.int32)
    offset, total = np.zeros(first.size, np.int64), 0
    for search in range(first.size - 1):
        heap = seen = 0
        # The starts first, as if they were arcs; then the arcs of the cheapest node, and so on.
        here, base, low, high = -1, 0.0, first[search], first[search + 1]
        while True:
            for k in range(low, high):
                to = start[k] if here < 0 else head[k]
                new = spent[k] if here < 0 else base + arc[k]
                if new > limit or new >= best[to]:
                    continue
                if best[to] == np.inf:
                    touched[seen] = to
                    seen += 1
                best[to], by[to] = new, k if here < 0 else by[here]
                if heap == key.size:
                    key, value = np.append(key, np.empty(heap)), np.append(value, np.empty(heap, np.int32))
                place = heap
                heap += 1
                while place > 0 and key[(place - 1) >> 2] > new:
                    key[place], value[place] = key[(place - 1) >> 2], value[(place - 1) >> 2]
                    place = (place - 1) >> 2
                key[place], value[place] = new, to
            here = -1
            while heap > 0 and here < 0:
                base, here = key[0], value[0]
                heap -= 1
                last, moved, place = key[heap], value[heap], 0
                while True:
                    child = 4 * place + 1
                    if child >= heap:
                        break
                    least = child
                    for other in range(child + 1, min(child + 4, heap)):
                        if key[other] < key[least]:
                            least = other
                    if key[least] >= last:
                        break
                    key[place], value[place] = key[least], value[least]
                    place = least
                key[place], value[place] = last, moved
                if base > best[here]:  # a cheaper way has come since
                    here = -1
            if here < 0:
                break
            if total == node.size:
                node, seed = (
                    np.append(node, np.empty(total, np.int32)),
                    np.append(seed, np.empty(total, np.int32)),
                )
                cost = np.append(cost, np.empty(total))
            node[total], cost[total], seed[total] = here, base, by[here]
            total += 1
            low, high = begin[here], begin[here + 1]
        for k in range(seen):
            best[touched[k]] = np.inf
        offset[search + 1] = total
    return node[:total].copy(), cost[:total].copy(), seed[:total].copy(), offset


def _search_blocks(begin: Any, head: Any, arc: Any, start: Any, spent: Any, first: Any, limit: float) -> Any:
    """The same by scipy, one start after the other."""
    nodes = len(begin) - 1
    matrix = _lightest(begin, head, arc, nodes)
    found: list[tuple[Any, Any, Any]] = []
    for low, high in pairwise(first.tolist()):
        best, by = np.full(nodes, np.inf), np.zeros(nodes, np.int32)
        for k in range(low, high):
            left = limit - spent[k]
            if left < 0:
                continue
            way = spent[k] + dijkstra(matrix, indices=int(start[k]), limit=left)
            nearer = way < best
            best[nearer], by[nearer] = way[nearer], k
        node = np.flatnonzero(np.isfinite(best))
        node = node[np.argsort(best[node], kind="stable")]
        found.append((node.astype(np.int32), best[node], by[node]))
    offset = np.concatenate([[0], np.cumsum([len(f[0]) for f in found])]).astype(np.int64)
    node, cost, seed = (np.concatenate([f[k] for f in found]) for k in range(3))
    return node, cost, seed, offset


def _lightest(begin: Any, head: Any, arc: Any, nodes: int) -> Any:
    """Matrix of the cheapest arc between any two nodes; a plain matrix would add several."""
    tail = np.repeat(np.arange(nodes), np.diff(begin))
    order = np.lexsort((arc, head, tail))
    tail, to = tail[order], head[order]
    kept = np.ones(len(order), dtype=bool)
    kept[1:] = (np.diff(tail) != 0) | (np.diff(to) != 0)
    return sparse.csr_array((arc[order][kept], (tail[kept], to[kept])), shape=(nodes, nodes))


_searched = kernel(_search_loop, _search_blocks)
