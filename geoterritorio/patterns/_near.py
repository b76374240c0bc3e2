"""Who is within reach of whom? Neighbours of each plant with the distance they belong to, and sums over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geoterritorio.patterns._jit import kernel

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Bins = npt.NDArray[np.uint16] | npt.NDArray[np.uint32]

# Distances held at a time, without numba.
_BLOCK = 2_000_000


@dataclass(frozen=True)
class Near:
    """
    Neighbours of some plants, one after the other.

    Parameters
    ----------
    rows
        Plants whose neighbours they are.
    start
        Where those of each row begin; one more than the rows.
    other
        Neighbour.
    bin
        First of the distances it is within; of smooth neighbours the last it is beyond.
    part
        Of smooth neighbours, how far it is on the way to the next distance, from 0 to 1.
    """

    rows: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    other: npt.NDArray[np.int32]
    bin: Bins
    part: npt.NDArray[np.float32] | None = None


def near(x: Floats, y: Floats, rows: Codes, edges: Floats, *, smooth: bool = False) -> Near:
    """
    Neighbours within the largest of some distances.

    Parameters
    ----------
    x, y
        Coordinates of all plants.
    rows
        Plants whose neighbours are sought.
    edges
        Distances, ascending; a plant at exactly a distance is within it.
    smooth
        Whether a neighbour belongs to the two distances, of equal steps from 0, that it is between.

    Returns
    -------
    near
        All other plants within the last distance.
    """
    counts = _count(x, y, rows, edges[-1])
    start = np.concatenate([[0], np.cumsum(counts)])
    other, place = np.empty(start[-1], np.int32), np.empty(start[-1], _bin_type(edges))
    part = np.empty(start[-1] if smooth else 0, np.float32)
    _fill(x, y, rows, edges, start, other, place, part)
    return Near(rows, start, other, place, part if smooth else None)


def from_costs(
    pairs: tuple[Codes, Codes, Floats], number: int, edges: Floats, *, smooth: bool = False
) -> Near:
    """Neighbours of all plants as a table of costs has them: origins, destinations and costs."""
    within = pairs[2] <= edges[-1]
    origin, destination, cost = (v[within] for v in pairs)
    order = np.argsort(origin, kind="stable")
    start = np.searchsorted(origin[order], np.arange(number + 1))
    place, part = _filed(cost[order], edges, smooth=smooth)
    return Near(np.arange(number), start, destination[order].astype(np.int32), place, part)


def _filed(away: Floats, edges: Floats, *, smooth: bool) -> tuple[Bins, npt.NDArray[np.float32] | None]:
    """Distance that each one belongs to, and how far it is on the way to the next."""
    if not smooth:
        return np.searchsorted(edges, away, side="left").astype(_bin_type(edges)), None
    steps = away / edges[1]
    place = np.minimum(steps.astype(np.int64), len(edges) - 2)
    return place.astype(_bin_type(edges)), (steps - place).astype(np.float32)


def _bin_type(edges: Floats) -> Any:
    return np.uint16 if len(edges) <= np.iinfo(np.uint16).max else np.uint32


def gathered(found: Near, chosen: Codes, value: Floats, bins: int) -> Floats:
    """
    Values of the neighbours of some rows, summed by distance.

    Parameters
    ----------
    found
        Neighbours.
    chosen
        Rows of `found`, by their number.
    value
        Value at each place.
    bins
        Number of distances.

    Returns
    -------
    sums
        Rows by distances: of the neighbours within this distance and not within the one before; of smooth ones, each in
        parts at the two distances it is between.
    """
    lists = (found.start, found.other, found.bin)
    result: Floats = (
        _gather(*lists, chosen, value, bins)
        if found.part is None
        else _spread(*lists, found.part, chosen, value, bins)
    )
    return result


def _count_loop(x: Floats, y: Floats, rows: Codes, most: float) -> Any:
    found = np.zeros(rows.size, np.int64)
    for k in range(rows.size):
        i = rows[k]
        number = 0
        for j in range(x.size):
            dx, dy = x[i] - x[j], y[i] - y[j]
            number += np.sqrt(dx * dx + dy * dy) <= most
        # Each is within reach of itself.
        found[k] = number - 1
    return found


def _fill_loop(
    x: Floats, y: Floats, rows: Codes, edges: Floats, start: Codes, other: Any, place: Any, part: Any
) -> None:
    most, last = edges[-1], edges.size - 1
    scale, smooth = last / most if most > 0 else 0.0, part.size > 0
    for k in range(rows.size):
        i, at = rows[k], start[k]
        for j in range(x.size):
            dx, dy = x[i] - x[j], y[i] - y[j]
            away = np.sqrt(dx * dx + dy * dy)
            if away <= most and j != i:
                # Distances are mostly equal steps; whatever they are, the search ends at the right one.
                b = min(int(away * scale), last - 1 if smooth else last)
                if smooth:
                    part[at] = away * scale - b
                while not smooth and b > 0 and edges[b - 1] >= away:
                    b -= 1
                while not smooth and edges[b] < away:
                    b += 1
                other[at] = j
                place[at] = b
                at += 1


def _gather_loop(start: Codes, other: Any, place: Any, chosen: Codes, value: Floats, bins: int) -> Any:
    found = np.zeros((chosen.size, bins))
    for k in range(chosen.size):
        row = chosen[k]
        for at in range(start[row], start[row + 1]):
            found[k, place[at]] += value[other[at]]
    return found


def _spread_loop(
    start: Codes, other: Any, place: Any, part: Any, chosen: Codes, value: Floats, bins: int
) -> Any:
    found = np.zeros((chosen.size, bins))
    for k in range(chosen.size):
        row = chosen[k]
        for at in range(start[row], start[row + 1]):
            b, v = place[at], value[other[at]]
            found[k, b] += v * (1 - part[at])
            found[k, b + 1] += v * part[at]
    return found


def _count_blocks(x: Floats, y: Floats, rows: Codes, most: float) -> Any:
    step = max(1, _BLOCK // max(len(x), 1))
    parts = [(_away(x, y, rows[k : k + step]) <= most).sum(axis=1) - 1 for k in range(0, len(rows), step)]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _fill_blocks(
    x: Floats, y: Floats, rows: Codes, edges: Floats, start: Codes, other: Any, place: Any, part: Any
) -> None:
    step = max(1, _BLOCK // max(len(x), 1))
    for k in range(0, len(rows), step):
        few = rows[k : k + step]
        away = _away(x, y, few)
        within = away <= edges[-1]
        within[np.arange(len(few)), few] = False
        into = slice(start[k], start[k + len(few)])
        other[into] = np.nonzero(within)[1]
        place[into], parts = _filed(away[within], edges, smooth=part.size > 0)
        if parts is not None:
            part[into] = parts


def _gather_blocks(start: Codes, other: Any, place: Any, chosen: Codes, value: Floats, bins: int) -> Any:
    row, at = _listed(start, chosen)
    cell = row * bins + place[at]
    return np.bincount(cell, value[other[at]], minlength=len(chosen) * bins).reshape(len(chosen), bins)


def _spread_blocks(
    start: Codes, other: Any, place: Any, part: Any, chosen: Codes, value: Floats, bins: int
) -> Any:
    row, at = _listed(start, chosen)
    cell, values, size = row * bins + place[at], value[other[at]], len(chosen) * bins
    below = np.bincount(cell, values * (1 - part[at]), minlength=size)
    above = np.bincount(cell + 1, values * part[at], minlength=size)
    return (below + above).reshape(len(chosen), bins)


def _listed(start: Codes, chosen: Codes) -> tuple[Codes, Codes]:
    """Where the neighbours of the chosen rows are listed, with the row of each."""
    lengths = start[chosen + 1] - start[chosen]
    row = np.repeat(np.arange(len(chosen)), lengths)
    return row, np.arange(len(row)) + np.repeat(start[chosen] - (np.cumsum(lengths) - lengths), lengths)


def _away(x: Floats, y: Floats, rows: Codes) -> Floats:
    found: Floats = np.sqrt((x[rows, None] - x) ** 2 + (y[rows, None] - y) ** 2)
    return found


_count = kernel(_count_loop, _count_blocks)
_fill = kernel(_fill_loop, _fill_blocks)
_gather = kernel(_gather_loop, _gather_blocks)
_spread = kernel(_spread_loop, _spread_blocks)


def kernels_of(*, straight: bool, smooth: bool) -> list[Callable[..., Any]]:
    """Kernels that find neighbours, where lines are straight, and sum over them."""
    return [*((_count, _fill) if straight else ()), _spread if smooth else _gather]
