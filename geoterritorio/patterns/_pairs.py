"""How many pairs of plants are how far apart? Histograms of distances, of all pairs at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from geoterritorio.errors import LayerError, message
from geoterritorio.patterns._jit import kernel

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

# Distances held at a time, without numba.
_BLOCK = 2_000_000
# Cells of a raster that memory may hold.
_RASTER = 50_000_000
# Distances a compiled kernel finds before it files them, as many as stay in the nearest memory.
_BUFFER = 512


def pair_histogram(x: Floats, y: Floats, weight: Floats | None, *, width: float, bins: int) -> Floats:
    """
    Pairs of plants by distance.

    Parameters
    ----------
    x, y
        Coordinates, best near 0: they are taken in single precision.
    weight
        Weights, whose products are summed; None counts pairs.
    width
        Width of a bin.
    bins
        Number of bins from 0 on; pairs farther apart are left out.

    Returns
    -------
    histogram
        Number, or sum of the products of the weights, of the pairs in each bin.
    """
    px, py = x.astype(np.float32), y.astype(np.float32)
    scale = np.float32(1 / width)
    found: Floats = (
        _within(px, py, scale, bins).astype(np.float64)
        if weight is None
        else _within_weighted(px, py, weight, scale, bins)
    )
    return found


def cross_histogram(
    first: tuple[Floats, Floats, Floats], second: tuple[Floats, Floats, Floats], *, width: float, bins: int
) -> Floats:
    """
    Pairs of a plant of one set and a plant of another by distance.

    Parameters
    ----------
    first, second
        Coordinates and weights of each set.
    width
        Width of a bin.
    bins
        Number of bins from 0 on.

    Returns
    -------
    histogram
        Sum of the products of the weights in each bin.
    """
    a, b = ((v[0].astype(np.float32), v[1].astype(np.float32), v[2]) for v in (first, second))
    found: Floats = _across(*a, *b, np.float32(1 / width), bins)
    return found


def _within_loop(x: Singles, y: Singles, scale: Any, bins: int) -> Any:
    n, most = x.size, np.float32(bins)
    # Four histograms, so that two pairs in a row seldom wait for the same place.
    found = np.zeros((4, bins + 1), np.int64)
    place = np.empty(_BUFFER, np.int32)
    for i in range(n):
        for start in range(i + 1, n, _BUFFER):
            size = min(_BUFFER, n - start)
            for j in range(size):
                dx, dy = x[i] - x[start + j], y[i] - y[start + j]
                place[j] = np.int32(min(np.sqrt(dx * dx + dy * dy) * scale, most))
            whole = size - size % 4
            for j in range(0, whole, 4):
                found[0, place[j]] += 1
                found[1, place[j + 1]] += 1
                found[2, place[j + 2]] += 1
                found[3, place[j + 3]] += 1
            for j in range(whole, size):
                found[0, place[j]] += 1
    return found.sum(axis=0)[:bins]


def _within_weighted_loop(x: Singles, y: Singles, weight: Floats, scale: Any, bins: int) -> Any:
    n, most = x.size, np.float32(bins)
    found = np.zeros(bins + 1)
    place = np.empty(_BUFFER, np.int32)
    for i in range(n):
        for start in range(i + 1, n, _BUFFER):
            size = min(_BUFFER, n - start)
            for j in range(size):
                dx, dy = x[i] - x[start + j], y[i] - y[start + j]
                place[j] = np.int32(min(np.sqrt(dx * dx + dy * dy) * scale, most))
            for j in range(size):
                found[place[j]] += weight[i] * weight[start + j]
    return found[:bins]


def _across_loop(
    x: Singles, y: Singles, w: Floats, u: Singles, v: Singles, z: Floats, scale: Any, bins: int
) -> Any:
    most = np.float32(bins)
    found = np.zeros(bins + 1)
    place = np.empty(_BUFFER, np.int32)
    for i in range(x.size):
        for start in range(0, u.size, _BUFFER):
            size = min(_BUFFER, u.size - start)
            for j in range(size):
                dx, dy = x[i] - u[start + j], y[i] - v[start + j]
                place[j] = np.int32(min(np.sqrt(dx * dx + dy * dy) * scale, most))
            for j in range(size):
                found[place[j]] += w[i] * z[start + j]
    return found[:bins]


def _within_blocks(x: Singles, y: Singles, scale: Any, bins: int) -> Any:
    return _within_weighted_blocks(x, y, None, scale, bins)


def _within_weighted_blocks(x: Singles, y: Singles, weight: Floats | None, scale: Any, bins: int) -> Any:
    n, found = len(x), np.zeros(bins)
    rows = max(1, _BLOCK // max(n, 1))
    for start in range(0, n, rows):
        end = min(start + rows, n)
        place = _places(x[start:end], y[start:end], x[start:], y[start:], scale, bins)
        later = np.triu(np.ones(place.shape, bool), 1) & (place < bins)
        product = None if weight is None else np.outer(weight[start:end], weight[start:])[later]
        found += np.bincount(place[later], product, minlength=bins)
    return found


def _across_blocks(
    x: Singles, y: Singles, w: Floats, u: Singles, v: Singles, z: Floats, scale: Any, bins: int
) -> Any:
    found, rows = np.zeros(bins), max(1, _BLOCK // max(len(u), 1))
    for start in range(0, len(x), rows):
        end = start + rows
        place = _places(x[start:end], y[start:end], u, v, scale, bins)
        near = place < bins
        found += np.bincount(place[near], np.outer(w[start:end], z)[near], minlength=bins)
    return found


def _places(x: Singles, y: Singles, u: Singles, v: Singles, scale: Any, bins: int) -> Any:
    away = np.sqrt((x[:, None] - u) ** 2 + (y[:, None] - v) ** 2) * scale
    return np.minimum(away, np.float32(bins)).astype(np.int64)


_within = kernel(_within_loop, _within_blocks)
_within_weighted = kernel(_within_weighted_loop, _within_weighted_blocks)
_across = kernel(_across_loop, _across_blocks)


class Raster:
    """
    Pairs by distance from a raster of the plants, in a time that does not grow with their number.

    Parameters
    ----------
    x, y
        Coordinates of all places that plants may be at.
    cell
        Side of a cell; distances are those between centres of cells.
    width
        Width of a bin.
    bins
        Number of bins from 0 on.
    """

    def __init__(self, x: Floats, y: Floats, *, cell: float, width: float, bins: int) -> None:
        self.column = ((x - x.min()) / cell).astype(np.int64)
        self.row = ((y - y.min()) / cell).astype(np.int64)
        beyond = int(np.ceil(width * bins / cell)) + 1
        sides = [int(v.max()) + 1 + beyond for v in (self.row, self.column)]
        if sides[0] * sides[1] > _RASTER:
            raise LayerError(
                message(
                    "mode: a raster of cells of {cell} m would have {count} cells. Take the mode “exact”, shorter "
                    "distances, or a larger bandwidth.",
                    cell=float(f"{cell:.3g}"),
                    count=sides[0] * sides[1],
                )
            )
        self.shape = tuple(fft.next_fast_len(side, real=True) for side in sides)
        steps = [np.minimum(np.arange(side), side - np.arange(side)) for side in self.shape]
        away = np.hypot(steps[0][:, None], steps[1]) * cell / width
        self.place = np.minimum(away, bins).astype(np.int64).ravel()
        self.bins = bins

    def histogram(
        self, first: npt.NDArray[np.intp], weight: Floats, second: npt.NDArray[np.intp] | None, other: Floats
    ) -> Floats:
        """Pairs of the plants at these places by distance; within the first where there are no second."""
        wave = self._wave(first, weight)
        pairs = wave * wave.conj() if second is None else wave.conj() * self._wave(second, other)
        counts = fft.irfft2(pairs, self.shape).ravel()
        found = np.bincount(self.place, counts, minlength=self.bins + 1)[: self.bins].astype(np.float64)
        if second is None:
            # Each plant met itself, and each pair was met twice.
            found[0] -= (weight**2).sum()
            found /= 2
        return np.maximum(found, 0)

    def _wave(self, chosen: npt.NDArray[np.intp], weight: Floats) -> npt.NDArray[np.complex128]:
        place = self.row[chosen] * self.shape[1] + self.column[chosen]
        cells = np.bincount(place, weight, minlength=self.shape[0] * self.shape[1])
        wave: npt.NDArray[np.complex128] = fft.rfft2(cells.reshape(self.shape))
        return wave
