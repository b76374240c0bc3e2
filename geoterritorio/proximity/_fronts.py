"""How far is every cell of a raster? Fronts that spread from seeds, cheapest first."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from geoterritorio.errors import DependencyError, message
from geoterritorio.i18n import mark
from geoterritorio.registry import Progress, no_progress

Floats = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Labels = npt.NDArray[np.int32]
Chunks = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

COMPILED = importlib.util.find_spec("numba") is not None
# Cells behind each other in memory are read together: all that is known of one stands in one place.
CELL = np.dtype([("cost", np.float64), ("friction", np.float32), ("origin", np.int32)])
# Numbers of the queue that outlive a call: bucket in hand, nodes in buckets and in the heap, first free chunk and how
# many there are, and cells that have been reached.
BUCKET, WAITING, HEAPED, FREE, CHUNKS, REACHED = range(6)
# Chunks, or places of the heap, that one cell may use up at most.
SPARE = 17
# What a call found: nothing is left, or it has done its share, or the queue has no room.
DONE, PAUSED, FULL = range(3)
# Moves to the eight cells around come first, then those of a knight in chess.
KINGS = 8
# Tobler: pace over that on level ground is exp(3.5 (|slope + 0.05| - 0.05)).
STEEPNESS, BEST = 3.5, 0.05
NOBODY = -1
# Rows and columns of impassable cells around the raster, as far as the longest move goes.
MARGIN = 2
# Rows and columns of each move; the knight's are followed by the two cells that it crosses between.
_KING = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
_KNIGHT = ((1, 2), (1, -2), (-1, 2), (-1, -2), (2, 1), (2, -1), (-2, 1), (-2, -1))
# By how much the way in the worst direction is longer than the straight line: 1 / cos of half the widest angle between
# moves, which is 45 degrees, or atan(1/2) with those of the knight.
DIRECTION_ERROR = {8: 1 / np.cos(np.pi / 8) - 1, 16: 1 / np.cos(np.arctan(0.5) / 2) - 1}
# Buckets, at most; cells of a chunk; cells that are taken between two words to the watcher, and fewer
# where the front may stop early.
_BUCKETS, _CHUNK, _STEP = 1 << 16, 64, 2_000_000
# Bucket over the cheapest moves; how few of the cells may be cheaper than these.
_WIDTH, _FEW = 2.0, 1e-4
# Widest range of costs that the numbers of buckets can hold.
_RANGE = 1e-9
_SHORT = 200_000
# Chunks, and places of the heap, to begin with.
_ROOM = 4096
# Cells up to which a graph of all moves fits into memory.
_GRAPH = 4_000_000


class Ground(NamedTuple):
    """
    A raster with a margin of impassable cells, row after row, and how it is crossed.

    Attributes
    ----------
    cells
        Of `CELL`: cost so far, friction (infinite where impassable), origin.
    height
        Elevation of each cell; empty where the ground is level.
    moves
        One row per move: how far on the cell that it leads to stands, and the two that it crosses between.
    length
        Metres of each move.
    limit
        Cost beyond which the front does not go.
    toward
        Whether ways lead to the seeds and not from them.
    trace
        Whether `origin` is the cell from which the front came, and not the seed.
    """

    cells: Any
    height: Single
    moves: Ints
    length: Floats
    limit: float
    toward: bool
    trace: bool


class Queue(NamedTuple):
    """
    Cells that wait: a ring of buckets by cost, each a chain of chunks, and a heap of those too far ahead for the ring.

    Attributes
    ----------
    head, fill
        First chunk of each bucket, and how many cells it holds.
    pool, after
        Chunks, and the next of the chain of each.
    keys, nodes
        The heap.
    state
        See `BUCKET` and those after it.
    scale
        Buckets per unit of cost.
    """

    head: Labels
    fill: Labels
    pool: Chunks
    after: Labels
    keys: Floats
    nodes: Labels
    state: Ints
    scale: float


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


@dataclass(frozen=True)
class Terrain:
    """
    What is crossed, and how.

    Attributes
    ----------
    friction
        Shape (rows, columns), minutes per metre, above 0; NaN where impassable.
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
    """

    friction: npt.NDArray[Any]
    cell: float
    neighbours: int = 8
    height: npt.NDArray[Any] | None = None
    toward: bool = False
    limit: float = np.inf


def spread(
    terrain: Terrain,
    seeds: tuple[Ints, Ints, Labels],
    *,
    trace: bool = False,
    until: Ints | None = None,
    progress: Progress = no_progress,
) -> Spread:
    """
    Cheapest ways over a raster.

    Parameters
    ----------
    terrain
        What is crossed, and how.
    seeds
        Rows, columns and indices of the cells set out from.
    trace
        Whether the cell before is kept and not the seed.
    until
        Cells (counted through the raster with its margin) after which the front may stop, once all are reached; what
        is farther may then not be final.
    progress
        Callback; called every few million cells, and it may raise.

    Returns
    -------
    spread
        Cost and origin of every cell.
    """
    friction = terrain.friction
    length, moves = _moves(friction.shape[1] + 2 * MARGIN, terrain.neighbours, terrain.cell)
    cells, high = _with_margin(friction, terrain.height)
    ground = Ground(cells, high, moves, length, float(terrain.limit), bool(terrain.toward), trace)
    rows, columns, origins = seeds
    at = place_of(rows, columns, friction.shape)
    if COMPILED:
        _run(ground, at, origins, until, progress)
    else:
        _graph(ground, at, origins)
    progress(1)
    shape = tuple(side + 2 * MARGIN for side in friction.shape)
    inner = (slice(MARGIN, -MARGIN), slice(MARGIN, -MARGIN))
    return Spread(cells["cost"].reshape(shape)[inner], cells["origin"].reshape(shape)[inner])


def place_of(rows: Ints, columns: Ints, shape: tuple[int, ...]) -> Ints:
    """
    Places of cells in a raster with its margin, row after row.

    Parameters
    ----------
    rows, columns
        Of the raster without its margin.
    shape
        Of the raster without its margin.

    Returns
    -------
    places
        As they stand in a traced `Spread.origin`.
    """
    found: Ints = (np.asarray(rows, np.int64) + MARGIN) * (shape[1] + 2 * MARGIN) + columns + MARGIN
    return found


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
    cells = np.empty(shape, dtype=CELL)
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


def _loops() -> ModuleType:
    # Numba takes a second to start: imported when a raster is there to be crossed.
    from geoterritorio.proximity import _fronts_compiled  # noqa: PLC0415 - needs numba

    return _fronts_compiled


def _run(ground: Ground, seeds: Ints, origins: Labels, until: Ints | None, progress: Progress) -> None:
    passable = max(int(np.count_nonzero(ground.cells["friction"] < np.inf)), 1)
    queue, loops = _queue(ground, len(seeds)), _loops()
    loops.sow(ground, queue, seeds, origins)
    step = _STEP if until is None else _SHORT
    while (found := loops.advance(ground, queue, step)) != DONE:
        if found == FULL:
            queue = _roomier(queue)
        if until is not None and (ground.cells["cost"][until] * queue.scale < queue.state[BUCKET]).all():
            return
        progress(min(float(queue.state[REACHED]) / passable, 1.0), mark("Spreading from cell to cell"))


def _queue(ground: Ground, seeds: int) -> Queue:
    friction = ground.cells["friction"]
    known = friction[:: max(len(friction) // 1_000_000, 1)]
    known = known[known < np.inf]
    if not known.size:
        known = friction[friction < np.inf]
    cheap, dear = float(np.quantile(known, _FEW, method="lower")), _dearest(ground)
    width = max(_WIDTH * cheap * float(ground.length.min()), dear * _RANGE)
    buckets = 1 << int(np.ceil(np.log2(min(max(dear / width + 2, 2), _BUCKETS))))
    chunks = _ROOM + -(-seeds // _CHUNK)
    state = np.zeros(6, dtype=np.int64)
    state[CHUNKS] = chunks
    return Queue(
        head=np.full(buckets, -1, dtype=np.int32),
        fill=np.zeros(buckets, dtype=np.int32),
        pool=np.empty((chunks, _CHUNK), dtype=np.int32),
        after=np.arange(1, chunks + 1, dtype=np.int32),
        keys=np.empty(_ROOM),
        nodes=np.empty(_ROOM, dtype=np.int32),
        state=state,
        scale=1 / width,
    )


def _dearest(ground: Ground) -> float:
    """Cost that a move can hardly exceed: on the level, or up a slope of one in one."""
    friction = ground.cells["friction"]
    most = float(np.max(friction, where=friction < np.inf, initial=0.0)) * float(ground.length.max())
    return most * (float(np.exp(STEEPNESS)) if ground.height.size else 1.0)


def _roomier(queue: Queue) -> Queue:
    """Queue with twice the room."""
    chunks, places = len(queue.pool), len(queue.keys)
    state = queue.state.copy()
    after = np.concatenate([queue.after, np.arange(chunks + 1, 2 * chunks + 1, dtype=np.int32)])
    after[-1] = state[FREE]
    state[FREE] = chunks
    state[CHUNKS] += chunks
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
                "friction: {count} cells are too many without numba. Install it, with “pip install "
                "geoterritorio[fast]”, or take larger cells.",
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
            minutes = minutes * np.exp(STEEPNESS * (np.abs(rise + BEST) - BEST))
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
