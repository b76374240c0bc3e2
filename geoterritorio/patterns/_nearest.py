"""Who are the nearest neighbours of each plant? Each plant shares one look among them; ties share a place evenly."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import cKDTree

from geoterritorio.errors import LayerError, message

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Kernel = Literal["even", "gaussian"]

# Distances that differ by less than this share of them are the same.
_TIE = 1e-9
_PAIR = 2


def nearest(x: Floats, y: Floats, number: int, *, kernel: Kernel = "even") -> Any:
    """
    Share of each plant's look that falls on each other plant, by straight lines.

    Parameters
    ----------
    x, y
        Coordinates of all plants.
    number
        How many nearest neighbours are looked at.
    kernel
        Whether they count alike, or less the farther away.

    Returns
    -------
    looks
        Sparse matrix, rows that look by those looked at; each row sums to 1.

    Raises
    ------
    LayerError
        There are not more plants than neighbours.
    """
    if len(x) < _PAIR:
        raise LayerError(
            message("points: one establishment alone has no neighbour. Give all establishments.")
        )
    if not 1 <= number < len(x):
        raise LayerError(
            message(
                "nearest: of {count} establishments each has {most} others, and {number} nearest are looked at. Give "
                "between 1 and {most}.",
                count=len(x),
                most=len(x) - 1,
                number=number,
            )
        )
    row, other, away = _candidates(np.column_stack([x, y]), number)
    return _shared(row, other, away, len(x), number, kernel)


def nearest_by_cost(
    pairs: tuple[Codes, Codes, Floats], size: int, number: int, *, kernel: Kernel = "even"
) -> Any:
    """The same by a table of costs: origins, destinations, costs; those with fewer listed look at what they have."""
    origin, destination, cost = pairs
    order = np.lexsort((destination, cost, origin))
    return _shared(origin[order], destination[order], cost[order], size, number, kernel)


def _candidates(places: Floats, number: int) -> tuple[Codes, Codes, Floats]:
    """Each plant's nearest others, as many as it takes to see all that are as near as the last one."""
    tree, size = cKDTree(places), len(places)
    rows, asked = np.arange(size), number + 2
    found: list[tuple[Codes, Codes, Floats]] = []
    while len(rows):
        away, other = tree.query(places[rows], k=np.arange(1, min(asked, size) + 1))
        # The first of the distances is that of a plant to itself, or to one at its very place.
        sure = (away[:, -1] > away[:, number] * (1 + _TIE)) | (asked >= size)
        row, others = np.repeat(rows[sure], away.shape[1]), other[sure].ravel().astype(np.int64)
        apart = row != others
        found.append((row[apart], others[apart], away[sure].ravel()[apart]))
        rows, asked = rows[~sure], 2 * asked
    row, others, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((others, distance, row))
    return row[order], others[order], distance[order]


def _shared(row: Codes, other: Codes, away: Floats, size: int, number: int, kernel: Kernel) -> Any:
    """Looks of rows that are sorted by row and distance."""
    start = np.searchsorted(row, np.arange(size + 1))
    length = np.diff(start)
    last = np.where(length > 0, start[:-1] + np.minimum(length, number) - 1, 0)
    reach = away[last] if len(away) else np.zeros(size)
    limit = reach[row]
    nearer, tied = away < limit * (1 - _TIE), away <= limit * (1 + _TIE)
    tied &= ~nearer
    before = np.bincount(row, nearer, minlength=size)
    ties = np.bincount(row, tied, minlength=size)
    left = np.minimum(length, number) - before
    weight = nearer + tied * (left / np.maximum(ties, 1))[row]
    if kernel == "gaussian":
        scaled = np.divide(away, limit, out=np.zeros(len(away)), where=limit > 0)
        weight = weight * np.exp(-(scaled**2) / 2)
    kept = weight > 0
    row, other, weight = row[kept], other[kept], weight[kept]
    weight = weight / np.bincount(row, weight, minlength=size)[row]
    return sparse.csr_array((weight, (row, other)), shape=(size, size))
