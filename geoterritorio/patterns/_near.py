"""Who is within reach of whom? Neighbours of each plant with the distance they belong to, and sums over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geoterritorio.patterns._jit import COMPILED, compiled

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

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
        First of the distances it is within.
    """

    rows: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    other: npt.NDArray[np.int32]
    bin: npt.NDArray[np.uint16]


def near(x: Floats, y: Floats, rows: Codes, edges: Floats) -> Near:
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

    Returns
    -------
    near
        All other plants within the last distance.
    """
    counts = _count(x, y, rows, edges[-1])
    start = np.concatenate([[0], np.cumsum(counts)])
    other, place = np.empty(start[-1], np.int32), np.empty(start[-1], np.uint16)
    _fill(x, y, rows, edges, start, other, place)
    return Near(rows, start, other, place)


def from_costs(origin: Codes, destination: Codes, cost: Floats, number: int, edges: Floats) -> Near:
    """Neighbours of all plants as a table of costs has them."""
    within = cost <= edges[-1]
    order = np.argsort(origin[within], kind="stable")
    source = origin[within][order]
    start = np.searchsorted(source, np.arange(number + 1))
    place = np.searchsorted(edges, cost[within][order], side="left")
    return Near(
        np.arange(number), start, destination[within][order].astype(np.int32), place.astype(np.uint16)
    )


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
        Rows by distances: of the neighbours within this distance and not within the one before.
    """
    result: Floats = _gather(found.start, found.other, found.bin, chosen, value, bins)
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
    x: Floats, y: Floats, rows: Codes, edges: Floats, start: Codes, other: Any, place: Any
) -> None:
    most, last = edges[-1], edges.size - 1
    scale = last / most if most > 0 else 0.0
    for k in range(rows.size):
        i, at = rows[k], start[k]
        for j in range(x.size):
            dx, dy = x[i] - x[j], y[i] - y[j]
            away = np.sqrt(dx * dx + dy * dy)
            if away <= most and j != i:
                # Distances are mostly equal steps; whatever they are, the search ends at the right one.
                b = min(int(away * scale), last)
                while b > 0 and edges[b - 1] >= away:
                    b -= 1
                while edges[b] < away:
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


def _count_blocks(x: Floats, y: Floats, rows: Codes, most: float) -> Any:
    step = max(1, _BLOCK // max(len(x), 1))
    parts = [
        (_away(x, y, rows[k : k + step]) <= most).sum(axis=1) - 1 for k in range(0, len(rows), step)
    ]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _fill_blocks(
    x: Floats, y: Floats, rows: Codes, edges: Floats, start: Codes, other: Any, place: Any
) -> None:
    step = max(1, _BLOCK // max(len(x), 1))
    for k in range(0, len(rows), step):
        part = rows[k : k + step]
        away = _away(x, y, part)
        within = away <= edges[-1]
        within[np.arange(len(part)), part] = False
        into = slice(start[k], start[k + len(part)])
        other[into] = np.nonzero(within)[1]
        place[into] = np.searchsorted(edges, away[within], side="left")


def _gather_blocks(start: Codes, other: Any, place: Any, chosen: Codes, value: Floats, bins: int) -> Any:
    lengths = start[chosen + 1] - start[chosen]
    row = np.repeat(np.arange(len(chosen)), lengths)
    at = np.arange(len(row)) + np.repeat(start[chosen] - (np.cumsum(lengths) - lengths), lengths)
    cell = row * bins + place[at]
    return np.bincount(cell, value[other[at]], minlength=len(chosen) * bins).reshape(len(chosen), bins)


def _away(x: Floats, y: Floats, rows: Codes) -> Floats:
    found: Floats = np.sqrt((x[rows, None] - x) ** 2 + (y[rows, None] - y) ** 2)
    return found


_count: Any = compiled(_count_loop) if COMPILED else _count_blocks
_fill: Any = compiled(_fill_loop) if COMPILED else _fill_blocks
_gather: Any = compiled(_gather_loop) if COMPILED else _gather_blocks
