"""How many pairs of plants are how far apart? Histograms of distances, of all pairs at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import fft

from geoterritorio.errors import LayerError, message
from geoterritorio.patterns._jit import kernel
from geoterritorio.patterns._smoothing import cubic_shares

Floats = npt.NDArray[np.float64]
# In single or double precision.
Numbers = npt.NDArray[Any]

# Distances held at a time, without numba.
_BLOCK = 2_000_000
# Cells of a raster that memory may hold.
_RASTER = 50_000_000
# Distances a compiled kernel finds before it files them, as many as stay in the nearest memory.
_BUFFER = 512
# Rounding of a distance over the largest coordinate, in single precision, and the part of a bin it may reach.
_ROUNDED, _PART = 2.0**-22, 1 / 400
# Nodes that a plant of a raster is shared among, along each side.
_NODES = 4


def pair_histogram(x: Floats, y: Floats, weight: Floats | None, *, width: float, bins: int) -> Floats:
    """
    Pairs of plants by distance.

    Parameters
    ----------
    x, y
        Coordinates, best near 0: they are taken in single precision where that is fine enough for the bins.
    weight
        Weights, whose products are summed; None counts pairs.
    width
        Width of a bin.
    bins
        Number of distances 0, `width`, 2 `width` and so on; pairs farther apart are left out.

    Returns
    -------
    histogram
        Number, or sum of the products of the weights, of the pairs at each distance. Each pair is shared between the
        two it lies between, the nearer taking more: what is summed over it then deviates by no more than an eighth of
        the squared width times the second derivative.
    """
    kind = _precision(width, x, y)
    px, py, scale = x.astype(kind), y.astype(kind), kind(1 / width)
    found: Floats = (
        _within(px, py, scale, bins) if weight is None else _within_weighted(px, py, weight, scale, bins)
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
        Number of distances from 0 on.

    Returns
    -------
    histogram
        Sum of the products of the weights at each distance, each pair shared between the two it lies between.
    """
    kind = _precision(width, *first[:2], *second[:2])
    a, b = ((v[0].astype(kind), v[1].astype(kind), v[2]) for v in (first, second))
    found: Floats = _across(*a, *b, kind(1 / width), bins)
    return found


def shared_between(steps: Floats, weight: Floats, bins: int) -> Floats:
    """
    Weights at whole steps, each shared between the two its place lies between.

    Parameters
    ----------
    steps
        Places, 0 or more.
    weight
        Weight at each.
    bins
        Number of whole steps from 0 on; what is beyond is left out.

    Returns
    -------
    sums
        One per whole step.
    """
    near = steps < bins
    steps, weight = steps[near], weight[near]
    place = steps.astype(np.int64)
    later = weight * (steps - place)
    found = np.bincount(place, weight - later, minlength=bins + 1).astype(np.float64)
    found[1:] += np.bincount(place, later, minlength=bins)[:bins]
    return found[:bins]


def _precision(width: float, *coordinates: Floats) -> Any:
    """Single precision where rounding moves no pair by more than a small part of a bin; it is the faster one."""
    most = max((float(np.abs(v).max(initial=0)) for v in coordinates), default=0.0)
    return np.float32 if most * _ROUNDED <= width * _PART else np.float64


def _within_loop(x: Numbers, y: Numbers, scale: Any, bins: int) -> Any:
    n, most = x.size, np.float32(bins)
    # Number of pairs after each distance, and the sum of how far on they are.
    found = np.zeros((bins + 1, 2))
    place, part = np.empty(_BUFFER, np.int32), np.empty(_BUFFER, np.float32)
    for i in range(n):
        for start in range(i + 1, n, _BUFFER):
            size = min(_BUFFER, n - start)
            for j in range(size):
                dx, dy = x[i] - x[start + j], y[i] - y[start + j]
                step = min(np.sqrt(dx * dx + dy * dy) * scale, most)
                place[j] = np.int32(step)
                part[j] = step - np.float32(place[j])
            for j in range(size):
                found[place[j], 0] += 1
                found[place[j], 1] += part[j]
    sums = found[:bins, 0] - found[:bins, 1]
    sums[1:] += found[: bins - 1, 1]
    return sums


def _within_weighted_loop(x: Numbers, y: Numbers, weight: Floats, scale: Any, bins: int) -> Any:
    n, most = x.size, np.float32(bins)
    found = np.zeros((bins + 1, 2))
    place, part = np.empty(_BUFFER, np.int32), np.empty(_BUFFER, np.float32)
    for i in range(n):
        for start in range(i + 1, n, _BUFFER):
            size = min(_BUFFER, n - start)
            for j in range(size):
                dx, dy = x[i] - x[start + j], y[i] - y[start + j]
                step = min(np.sqrt(dx * dx + dy * dy) * scale, most)
                place[j] = np.int32(step)
                part[j] = step - np.float32(place[j])
            for j in range(size):
                product = weight[i] * weight[start + j]
                found[place[j], 0] += product
                found[place[j], 1] += product * part[j]
    sums = found[:bins, 0] - found[:bins, 1]
    sums[1:] += found[: bins - 1, 1]
    return sums


def _across_loop(
    x: Numbers, y: Numbers, w: Floats, u: Numbers, v: Numbers, z: Floats, scale: Any, bins: int
) -> Any:
    most = np.float32(bins)
    found = np.zeros((bins + 1, 2))
    place, part = np.empty(_BUFFER, np.int32), np.empty(_BUFFER, np.float32)
    for i in range(x.size):
        for start in range(0, u.size, _BUFFER):
            size = min(_BUFFER, u.size - start)
            for j in range(size):
                dx, dy = x[i] - u[start + j], y[i] - v[start + j]
                step = min(np.sqrt(dx * dx + dy * dy) * scale, most)
                place[j] = np.int32(step)
                part[j] = step - np.float32(place[j])
            for j in range(size):
                product = w[i] * z[start + j]
                found[place[j], 0] += product
                found[place[j], 1] += product * part[j]
    sums = found[:bins, 0] - found[:bins, 1]
    sums[1:] += found[: bins - 1, 1]
    return sums


def _within_blocks(x: Numbers, y: Numbers, scale: Any, bins: int) -> Any:
    return _within_weighted_blocks(x, y, np.ones(len(x)), scale, bins)


def _within_weighted_blocks(x: Numbers, y: Numbers, weight: Floats, scale: Any, bins: int) -> Any:
    n, found = len(x), np.zeros(bins)
    rows = max(1, _BLOCK // max(n, 1))
    for start in range(0, n, rows):
        end = min(start + rows, n)
        steps = _steps(x[start:end], y[start:end], x[start:], y[start:], scale)
        later = np.triu_indices(end - start, 1, n - start)
        found += shared_between(steps[later], np.outer(weight[start:end], weight[start:])[later], bins)
    return found


def _across_blocks(
    x: Numbers, y: Numbers, w: Floats, u: Numbers, v: Numbers, z: Floats, scale: Any, bins: int
) -> Any:
    found, rows = np.zeros(bins), max(1, _BLOCK // max(len(u), 1))
    for start in range(0, len(x), rows):
        end = start + rows
        steps = _steps(x[start:end], y[start:end], u, v, scale)
        found += shared_between(steps.ravel(), np.outer(w[start:end], z).ravel(), bins)
    return found


def _steps(x: Numbers, y: Numbers, u: Numbers, v: Numbers, scale: Any) -> Any:
    return np.sqrt((x[:, None] - u) ** 2 + (y[:, None] - v) ** 2) * scale


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
        Distance between nodes. Each plant is shared among the 4 x 4 around it as cubic interpolation does, so that what
        is summed over pairs changes in the fourth power of this distance.
    width
        Width of a bin.
    bins
        Number of distances 0, `width`, 2 `width` and so on.
    """

    def __init__(self, x: Floats, y: Floats, *, cell: float, width: float, bins: int) -> None:
        (self.column, self.across), (self.row, self.down) = (_nodes((v - v.min()) / cell) for v in (x, y))
        beyond = int(np.ceil(width * bins / cell)) + _NODES
        sides = [int(v.max()) + _NODES + beyond for v in (self.row, self.column)]
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
        away = (np.hypot(steps[0][:, None], steps[1]) * (cell / width)).ravel()
        self.near = np.flatnonzero(away < bins)
        self.away = away[self.near]
        self.bins = bins

    def histogram(
        self, first: npt.NDArray[np.intp], weight: Floats, second: npt.NDArray[np.intp] | None, other: Floats
    ) -> Floats:
        """Pairs of the plants at these places by distance; within the first where there are no second."""
        wave = self._wave(first, weight)
        pairs = wave * wave.conj() if second is None else wave.conj() * self._wave(second, other)
        counts = fft.irfft2(pairs, self.shape)
        if second is None:
            # Each plant met itself, and each pair was met twice.
            lags = np.arange(1 - _NODES, _NODES)
            counts[np.ix_(lags, lags)] -= self._itself(first, weight)[np.ix_(abs(lags), abs(lags))]
            counts /= 2
        return shared_between(self.away, counts.ravel()[self.near], self.bins)

    def _wave(self, chosen: npt.NDArray[np.intp], weight: Floats) -> npt.NDArray[np.complex128]:
        nodes = np.arange(_NODES)
        row, column = (v[chosen, None] + nodes for v in (self.row, self.column))
        place = row[:, :, None] * self.shape[1] + column[:, None, :]
        share = (weight[:, None] * self.down[chosen])[:, :, None] * self.across[chosen][:, None, :]
        cells = np.bincount(place.ravel(), share.ravel(), minlength=self.shape[0] * self.shape[1])
        wave: npt.NDArray[np.complex128] = fft.rfft2(cells.reshape(self.shape))
        return wave

    def _itself(self, chosen: npt.NDArray[np.intp], weight: Floats) -> Floats:
        """What plants add by meeting themselves, by how many nodes down and across."""
        down, across = (_overlaps(v[chosen]) for v in (self.down, self.across))
        found: Floats = (down * (weight**2)[:, None]).T @ across
        return found


def _nodes(steps: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """First of the nodes around each place, and the shares of all of them."""
    first = np.floor(steps).astype(np.int64)
    return first, np.column_stack(cubic_shares(steps - first))


def _overlaps(shares: Floats) -> Floats:
    """Products of the shares of nodes 0, 1, ... apart, summed."""
    return np.column_stack(
        [(shares[:, : _NODES - lag] * shares[:, lag:]).sum(axis=1) for lag in range(_NODES)]
    )


def kernel_of(*, weighted: bool, across: bool) -> Callable[..., Floats]:
    """Kernel that counts pairs: within one group of places, with weights or without, or between two."""
    if across:
        return _across
    return _within_weighted if weighted else _within
