"""How far is every cell of a raster? Fronts that spread from seeds, cheapest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from geoterritorio.errors import DependencyError, message
from geoterritorio.i18n import mark
from geoterritorio.proximity import _fronts_compiled as fast
from geoterritorio.proximity._fronts_compiled import Ground, Queue
from geoterritorio.registry import Progress, no_progress

Floats = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Labels = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

NOBODY = -1
# Rows and columns of impassable cells around the raster, as far as the longest move goes.
MARGIN = 2
# Rows and columns of each move; the knight's are followed by the two cells that it crosses between.
_KING = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_KNIGHT = ((1, 2), (1, -2), (-1, 2), (-1, -2), (2, 1), (2, -1), (-2, 1), (-2, -1))
# By how much the way in the worst direction is longer than the straight line: 1 / cos of half the widest angle between
# moves, which is 45 degrees, or atan(1/2) with those of the knight.
DIRECTION_ERROR = {8: 1 / np.cos(np.pi / 8) - 1, 16: 1 / np.cos(np.arctan(0.5) / 2) - 1}
# Buckets, at most; cells of a chunk; cells that are taken between two words to the watcher.
_BUCKETS, _CHUNK, _STEP = 1 << 16, 64, 2_000_000
# Bucket over the cheapest moves; how few of the cells may be cheaper than these.
_WIDTH, _FEW = 2.0, 1e-4
# Widest range of costs that the numbers of buckets can hold.
_RANGE = 1e-9
# Cells up to which a graph of all moves fits into memory.
_GRAPH = 4_000_000


@dataclass(frozen=True)
class Spread:
    """
    What a front found.

    Attributes
    ----------
    cost
        Shape (rows, columns), minutes; infinite where it did not come.
    origin
        Index of the seed whose way is the cheapest, -1 where none; of a traced front the cell before, counted through
        the raster with its margin.
    """

    cost: Floats
    origin: Labels


def spread(
    friction: npt.NDArray[Any],
    seeds: tuple[Ints, Ints, Labels],
    *,
    cell: float,
    neighbours: int = 8,
    height: npt.NDArray[Any] | None = None,
    toward: bool = False,
    limit: float = np.inf,
    trace: bool = False,
    progress: Progress = no_progress,
) -> Spread:
    """
    Cheapest ways over a raster.

    Parameters
    ----------
    friction
        Shape (rows, columns), minutes per metre, above 0; NaN where impassable.
    seeds
        Rows, columns and indices of the cells set out from.
    cell
        Side of a cell in metres.
    neighbours
        8 or 16.
    height
        Elevation in metres on the same cells, by which Tobler's function slows the walk; NaN is impassable.
    toward
        Whether ways lead to the seeds and not from them; only with `height` is there a difference.
    limit
        Minutes beyond which no way is followed.
    trace
        Whether the cell before is kept and not the seed.
    progress
        Callback; called every few million cells, and it may raise.

    Returns
    -------
    spread
        Cost and origin of every cell.
    """
    length, moves = _moves(friction.shape[1] + 2 * MARGIN, neighbours, cell)
    cells, high = _with_margin(friction, height)
    ground = Ground(cells, high, moves, length, float(limit), bool(toward), bool(trace))
    rows, columns, origins = seeds
    at = (rows + MARGIN) * (friction.shape[1] + 2 * MARGIN) + columns + MARGIN
    if fast.COMPILED:
        _run(ground, at, origins, progress)
    else:
        _graph(ground, at, origins)
    progress(1)
    shape = tuple(side + 2 * MARGIN for side in friction.shape)
    inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    return Spread(cells["cost"].reshape(shape)[inner], cells["origin"].reshape(shape)[inner])


def _moves(width: int, neighbours: int, cell: float) -> tuple[Floats, Ints]:
    """Lengths of the moves, and how far on the cells that they lead to and cross stand."""
    steps = np.array(_KING if neighbours == len(_KING) else _KING + _KNIGHT)
    length = cell * np.hypot(*steps.T)
    # towards the longer side, the line crosses the next cell straight ahead and then the one beside it
    ahead = np.where(np.abs(steps) > 1, np.sign(steps), 0)
    crossed = np.stack([steps, ahead, steps - ahead], axis=1)
    return length, (crossed[:, :, 0] * width + crossed[:, :, 1]).astype(np.int64)


def _with_margin(friction: npt.NDArray[Any], height: npt.NDArray[Any] | None) -> tuple[Any, Single]:
    shape = tuple(side + 2 * MARGIN for side in friction.shape)
    inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    cells = np.empty(shape, dtype=fast.CELL)
    cells["cost"], cells["friction"], cells["origin"] = np.inf, np.inf, NOBODY
    within = cells["friction"][inner]
    within[:] = friction
    within[np.isnan(within)] = np.inf
    if height is None:
        return cells.ravel(), np.zeros(0, dtype=np.float32)
    within[~np.isfinite(height)] = np.inf
    high = np.zeros(shape, dtype=np.float32)
    high[inner] = np.nan_to_num(height, nan=0.0, posinf=0.0, neginf=0.0)
    return cells.ravel(), high.ravel()


def _run(ground: Ground, seeds: Ints, origins: Labels, progress: Progress) -> None:
    passable = max(int(np.count_nonzero(ground.cells["friction"] < np.inf)), 1)
    queue = _queue(ground, len(seeds))
    fast.sow(ground, queue, seeds, origins)
    while (found := fast.advance(ground, queue, _STEP)) != fast.DONE:
        if found == fast.FULL:
            queue = _roomier(queue)
        progress(
            min(float(queue.state[fast.REACHED]) / passable, 1.0), mark("Spreading from cell to cell")
        )


def _queue(ground: Ground, seeds: int) -> Queue:
    friction = ground.cells["friction"]
    known = friction[:: max(len(friction) // 1_000_000, 1)]
    known = known[known < np.inf]
    if not known.size:
        known = friction[friction < np.inf]
    cheap, dear = float(np.quantile(known, _FEW, method="lower")), _dearest(ground)
    width = max(_WIDTH * cheap * float(ground.length.min()), dear * _RANGE)
    buckets = 1 << int(np.ceil(np.log2(min(max(dear / width + 2, 2), _BUCKETS))))
    chunks = 4096 + -(-seeds // _CHUNK)
    state = np.zeros(6, dtype=np.int64)
    state[fast.CHUNKS] = chunks
    return Queue(
        head=np.full(buckets, -1, dtype=np.int32),
        fill=np.zeros(buckets, dtype=np.int32),
        pool=np.empty((chunks, _CHUNK), dtype=np.int32),
        after=np.arange(1, chunks + 1, dtype=np.int32),
        keys=np.empty(4096),
        nodes=np.empty(4096, dtype=np.int32),
        state=state,
        scale=1 / width,
    )


def _dearest(ground: Ground) -> float:
    """Cost that a move can hardly exceed: on the level, or up a slope of one in one."""
    friction = ground.cells["friction"]
    most = float(np.max(friction, where=friction < np.inf, initial=0.0)) * float(ground.length.max())
    return most * (float(np.exp(fast.STEEPNESS)) if ground.height.size else 1.0)


def _roomier(queue: Queue) -> Queue:
    """Queue with twice the room."""
    chunks, places = len(queue.pool), len(queue.keys)
    state = queue.state.copy()
    after = np.concatenate([queue.after, np.arange(chunks + 1, 2 * chunks + 1, dtype=np.int32)])
    after[-1] = state[fast.FREE]
    state[fast.FREE] = chunks
    state[fast.CHUNKS] += chunks
    return queue._replace(
        pool=np.concatenate([queue.pool, np.empty_like(queue.pool)]),
        after=after,
        keys=np.concatenate([queue.keys, np.empty(places)]),
        nodes=np.concatenate([queue.nodes, np.empty(places, dtype=np.int32)]),
        state=state,
    )


def _graph(ground: Ground, seeds: Ints, origins: Labels) -> None:
    """The same by scipy, on a graph of all moves: without numba, and for rasters that are not large."""
    passable = np.flatnonzero(ground.cells["friction"] < np.inf)
    if len(passable) > _GRAPH:
        raise DependencyError(
            message(
                "friction: {count} cells are too many without numba. Install it, with “pip install geoterritorio[fast]”, "
                "or take larger cells.",
                count=len(passable),
            )
        )
    start, end, minutes = _edges(ground, passable)
    size = len(passable)
    place = np.full(len(ground.cells), NOBODY, dtype=np.int64)
    place[passable] = np.arange(size)
    graph = sparse.csr_array((minutes, (place[start], place[end])), shape=(size, size))
    first = np.unique(seeds, return_index=True)[1]
    from_, label = place[seeds[first]], origins[first]
    cost, before, source = sparse.csgraph.dijkstra(
        graph, indices=from_, min_only=True, return_predecessors=True, limit=ground.limit
    )
    ground.cells["cost"][passable] = cost
    came = np.isfinite(cost)
    if ground.trace:
        led = came & (before >= 0)
        ground.cells["origin"][passable[led]] = passable[before[led]]
        ground.cells["origin"][seeds[first]] = label
        return
    of = np.full(size, NOBODY, dtype=np.int32)
    by_node = np.full(size, NOBODY, dtype=np.int32)
    by_node[from_] = label
    of[came] = by_node[source[came]]
    ground.cells["origin"][passable] = _first_of_equals(graph, cost, of)


def _edges(ground: Ground, passable: Ints) -> tuple[Ints, Ints, Floats]:
    """Moves between passable cells, and their minutes."""
    found = list(_by_move(ground, passable))
    start, end, minutes = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return start, end, minutes


def _by_move(ground: Ground, passable: Ints) -> Iterator[tuple[Ints, Ints, Floats]]:
    friction = ground.cells["friction"].astype(np.float64)
    for (to, *between), length in zip(ground.moves, ground.length, strict=True):
        end = passable + to
        mean = friction[passable] + friction[end]
        if length > 2 * ground.length.min():
            mean = (mean + friction[passable + between[0]] + friction[passable + between[1]]) * 0.5
        open_ = np.isfinite(mean)
        start, end, minutes = passable[open_], end[open_], mean[open_] * 0.5 * length
        if ground.height.size:
            high = ground.height.astype(np.float64)
            rise = (high[end] - high[start]) / length * (-1 if ground.toward else 1)
            minutes = minutes * np.exp(fast.STEEPNESS * (np.abs(rise + fast.BEST) - fast.BEST))
        yield start, end, minutes


def _first_of_equals(graph: Any, cost: Floats, of: Labels) -> Labels:
    """Origins, of equal ways the first one's, however scipy chose among them."""
    ways = graph.tocoo()
    start, end = ways.coords
    tight = np.isfinite(cost[start]) & (cost[start] + ways.data == cost[end]) & (ways.data > 0)
    start, end = start[tight], end[tight]
    while True:
        better = of.copy()
        np.minimum.at(better, end, of[start])
        if (better == of).all():
            return of
        of = better
