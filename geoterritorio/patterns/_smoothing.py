"""Sums of kernels on a lattice: exactly, or from plants shared among the nodes around them and a Fourier transform.

Lengths are in cells here: node (i, j) lies at v = i, u = j.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import fft, sparse

Floats = npt.NDArray[np.float64]
Kernel = Literal["gaussian", "quartic"]

# Bandwidths beyond which a kernel is nothing (Gaussian: 1.5e-8 of its peak).
REACH: dict[str, float] = {"gaussian": 6.0, "quartic": 1.0}
# Integral of the squared kernel of bandwidth 1: its inverse is the area over which it averages.
ROUGHNESS: dict[str, float] = {"gaussian": 1 / (4 * np.pi), "quartic": 9 / (5 * np.pi)}
# Nodes of a bandwidth from which plants may be shared among them.
_FINE: dict[str, float] = {"gaussian": 16.0, "quartic": 60.0}
# Nodes of a Gaussian's bandwidth where they are fewer than its cells, and those from which each cell takes its value.
_FEW, _TAKEN = 24.0, 8
# Beyond this frequency times the bandwidth a Gaussian holds less than 1e-17 of its mass.
_HIGHEST = 1.41
_TILE = 4096
_ROWS = 256  # of a tile, interpolated at a time
_CHUNK = 4_000_000
# Few enough that the numbers of one step stay near the processor.
_NEAR = 64_000


@dataclass(frozen=True)
class Spots:
    """
    Weighted points in cells.

    Attributes
    ----------
    u, v
        Column and row, not rounded.
    weight
        How much each counts.
    """

    u: Floats
    v: Floats
    weight: Floats

    def __len__(self) -> int:
        """Number of points."""
        return len(self.u)

    def part(self, chosen: npt.NDArray[np.bool_] | slice) -> Spots:
        """Some of them."""
        return Spots(self.u[chosen], self.v[chosen], self.weight[chosen])


def kernel_at(squared: Floats, kernel: Kernel) -> Floats:
    """Kernel of bandwidth 1 at squared distances; it integrates to 1 over the plane."""
    if kernel == "gaussian":
        value: Floats = np.exp(-squared / 2) / (2 * np.pi)
        return value
    inside: Floats = 3 / np.pi * np.maximum(1 - squared, 0) ** 2
    return inside


def sums_at(u: Floats, v: Floats, spots: Spots, width: float, kernel: Kernel) -> Floats:
    """Sum over all points at some places."""
    found = np.zeros(len(u))
    step = max(1, _NEAR // max(1, len(u)))
    for start in range(0, len(spots), step):
        near = spots.part(slice(start, start + step))
        squared = (u[:, None] - near.u) ** 2 + (v[:, None] - near.v) ** 2
        found += kernel_at(squared / width**2, kernel) @ near.weight
    return found / width**2


def work(number: int, shape: tuple[int, int], width: float, kernel: Kernel) -> float:
    """About how many times a kernel is looked at by the exact sum, in products of matrices."""
    if kernel == "gaussian":
        return float(number) * shape[0] * shape[1]
    return float(50 * number * (2 * np.ceil(width) + 1) ** 2)


def exact(spots: Spots, shape: tuple[int, int], width: float, kernel: Kernel) -> Floats:
    """Sum over all points at every node."""
    found = np.zeros(shape)
    each = sum(shape) if kernel == "gaussian" else int(2 * np.ceil(width) + 2) ** 2
    step = max(1, _CHUNK // each)
    add = _add_gaussian if kernel == "gaussian" else _add_quartic
    for start in range(0, len(spots), step):
        add(found, spots.part(slice(start, start + step)), width)
    return found / width**2


def _add_gaussian(found: Floats, spots: Spots, width: float) -> None:
    """Of a Gaussian, which is a product of one along rows and one along columns."""
    rows, columns = (np.arange(n, dtype=float) for n in found.shape)
    down = np.exp(-(((rows[:, None] - spots.v) / width) ** 2) / 2)
    across = np.exp(-(((spots.u[:, None] - columns) / width) ** 2) / 2)
    found += (down * (spots.weight / (2 * np.pi))) @ across


def _add_quartic(found: Floats, spots: Spots, width: float) -> None:
    """Of a quartic kernel, over the nodes that it reaches."""
    reach = int(np.ceil(width))
    steps = np.arange(-reach, reach + 2)
    rows = np.floor(spots.v).astype(np.int64)[:, None, None] + steps[:, None]
    columns = np.floor(spots.u).astype(np.int64)[:, None, None] + steps
    squared = ((rows - spots.v[:, None, None]) ** 2 + (columns - spots.u[:, None, None]) ** 2) / width**2
    value = kernel_at(squared, "quartic") * spots.weight[:, None, None]
    rows, columns = np.broadcast_arrays(rows, columns)
    inside = (rows >= 0) & (rows < found.shape[0]) & (columns >= 0) & (columns < found.shape[1])
    np.add.at(found, (rows[inside], columns[inside]), value[inside])


def transformed(spots: Spots, shape: tuple[int, int], width: float, kernel: Kernel) -> Floats:
    """
    Sum at every node from points shared among the nodes around them.

    Parameters
    ----------
    spots
        Points.
    shape
        Rows and columns of nodes.
    width
        Bandwidth in cells.
    kernel
        Kernel.

    Returns
    -------
    found
        Sums, of kernels that integrate to 1 over cells.

    Notes
    -----
    Each point is shared among 4 x 4 nodes as cubic interpolation does, which keeps its mass and its first three
    moments: the sum changes in the fourth power of the distance between nodes over the bandwidth. Where a bandwidth
    has few cells, nodes are put between those asked for. Where a Gaussian has many, nodes are fewer than cells, 24 to a
    bandwidth, and cells take their values by polynomials through 8 x 8 nodes, which changes them by less than 1e-10 of
    the peak. The lattice is worked on in tiles, so memory is bounded.
    """
    finer = nodes(width, kernel)
    found = np.empty(shape)
    for rows, columns in _tiles(shape, max(1, int(_TILE / finer))):
        _fill(found[rows, columns], spots, (rows, columns), width, kernel)
    return found


def _fill(found: Floats, spots: Spots, tile: tuple[slice, slice], width: float, kernel: Kernel) -> None:
    """Sums at the nodes of a tile, none below 0: far from all points a transform leaves noise of either sign."""
    rows, columns = tile
    finer = nodes(width, kernel)
    halo = int(np.ceil(REACH[kernel] * width * finer)) + _TAKEN // 2 + 1
    height, across = (int(np.ceil((s.stop - s.start - 1) * finer)) + 1 + 2 * halo for s in (rows, columns))
    near = _moved(spots, rows.start, columns.start, finer, halo, (height, across))
    smooth = convolved(shared(near, (height, across)), width * finer, kernel)
    smooth *= finer**2
    if finer >= 1:
        part = smooth[halo : height - halo : int(finer), halo : across - halo : int(finer)]
        np.maximum(part, 0, out=found)
        return
    down, along = (
        _between(np.arange(s.stop - s.start) * finer + halo, n)
        for s, n in ((rows, height), (columns, across))
    )
    wide = np.ascontiguousarray((along @ np.ascontiguousarray(smooth.T)).T)

    def between(start: int) -> None:
        block = slice(start, start + _ROWS)
        np.maximum(down[block] @ wide, 0, out=found[block])

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        list(threads.map(between, range(0, len(found), _ROWS)))


def _between(places: Floats, number: int) -> sparse.csr_array:
    """Matrix that gives values at places from those of nodes 0, 1, ... by polynomials through the nodes around them."""
    first = np.floor(places).astype(np.int64) - _TAKEN // 2 + 1
    steps = np.arange(_TAKEN)
    away = (places - first)[:, None] - steps
    parts = np.empty_like(away)
    for k in steps:
        others = steps != k
        parts[:, k] = away[:, others].prod(axis=1) / (k - steps[others]).prod()
    starts = np.arange(len(places) + 1) * _TAKEN
    return sparse.csr_array((parts.ravel(), (first[:, None] + steps).ravel(), starts), (len(places), number))


def mass_inside(land: npt.NDArray[np.bool_], width: float, kernel: Kernel) -> Floats:
    """Part of the kernel around each node that is on the land; beyond the lattice there is none."""
    halo = int(np.ceil(REACH[kernel] * width)) + 1
    padded = np.pad(land, halo)
    inside = np.empty(land.shape)
    for rows, columns in _tiles((land.shape[0], land.shape[1]), _TILE):
        wider = tuple(slice(s.start, s.stop + 2 * halo) for s in (rows, columns))
        inside[rows, columns] = convolved(padded[wider].astype(float), width, kernel)[halo:-halo, halo:-halo]
    # What nodes see of a quartic kernel is not quite 1.
    steps = np.arange(-halo, halo + 1)
    seen = 1.0 if kernel == "gaussian" else _quartic_sum(steps, width)
    return np.clip(inside / seen, 0, 1)


def _quartic_sum(steps: npt.NDArray[np.int64], width: float) -> float:
    squared = (steps[:, None] ** 2 + steps**2) / width**2
    return float(kernel_at(squared, "quartic").sum() / width**2)


def nodes(width: float, kernel: Kernel) -> float:
    """Nodes worked on for one of those asked for, along each side: a whole number, or, of a Gaussian, less than 1."""
    if kernel == "gaussian" and width > _FEW:
        return _FEW / width
    return max(1.0, float(np.ceil(_FINE[kernel] / width)))


def _tiles(shape: tuple[int, int], side: int) -> Iterator[tuple[slice, slice]]:
    for i in range(0, shape[0], side):
        for j in range(0, shape[1], side):
            yield slice(i, min(i + side, shape[0])), slice(j, min(j + side, shape[1]))


def _moved(spots: Spots, row: int, column: int, finer: float, halo: int, size: tuple[int, ...]) -> Spots:
    """Points in the finer lattice of a tile, those whose nodes it holds."""
    u, v = (spots.u - column) * finer + halo, (spots.v - row) * finer + halo
    inside = (u >= 1) & (u < size[1] - 2) & (v >= 1) & (v < size[0] - 2)
    return Spots(u[inside], v[inside], spots.weight[inside])


def shared(spots: Spots, shape: tuple[int, int]) -> Floats:
    """Points shared among the nodes around them; each must lie one node or more from the border."""
    found = np.zeros(shape)
    flat = found.ravel()
    for first in range(0, len(spots), _NEAR):
        some = spots.part(slice(first, first + _NEAR))
        column, row = np.floor(some.u).astype(np.int64), np.floor(some.v).astype(np.int64)
        across, down = cubic_shares(some.u - column), cubic_shares(some.v - row)
        for i, share in enumerate(down):
            start = (row + i - 1) * shape[1] + column - 1
            weight = share * some.weight
            for j, other in enumerate(across):
                np.add.at(flat, start + j, weight * other)
    return found


def cubic_shares(f: Floats) -> list[Floats]:
    """Shares of the nodes at -1, 0, 1 and 2 of a point between 0 and 1."""
    return [
        -f * (f - 1) * (f - 2) / 6,
        (f + 1) * (f - 1) * (f - 2) / 2,
        -(f + 1) * f * (f - 2) / 2,
        (f + 1) * f * (f - 1) / 6,
    ]


def convolved(values: Floats, width: float, kernel: Kernel) -> Floats:
    """
    Values of nodes under a kernel.

    Parameters
    ----------
    values
        One per node.
    width
        Bandwidth in cells.
    kernel
        Kernel.

    Returns
    -------
    smooth
        Shape of `values`; right from the kernel's reach inwards, as what leaves at one side enters at the other.
    """
    workers = os.cpu_count()
    length = tuple(fft.next_fast_len(n, real=True) for n in values.shape)
    across = fft.rfft(values, length[1], axis=1, workers=workers)
    if kernel == "gaussian":
        # Few frequencies pass a Gaussian; the others need no work.
        across = across[:, : int(_HIGHEST / width * length[1]) + 2]
        passed = _passed(length[0], width, fft.fft)[:, None] * _passed(length[1], width, fft.rfft)
        passed = passed[:, : across.shape[1]]
    else:
        squared = _around(length[0])[:, None] ** 2 + _around(length[1]) ** 2
        passed = fft.rfft2(kernel_at(squared / width**2, kernel) / width**2, workers=workers).real
    both = fft.fft(across, length[0], axis=0, workers=workers)
    both *= passed
    across = fft.ifft(both, axis=0, overwrite_x=True, workers=workers)
    smooth: Floats = fft.irfft(across, length[1], axis=1, workers=workers)
    return smooth[: values.shape[0], : values.shape[1]]


def _passed(length: int, width: float, transform: Callable[[Floats], npt.NDArray[np.complex128]]) -> Floats:
    one = np.exp(-((_around(length) / width) ** 2) / 2) / (width * np.sqrt(2 * np.pi))
    passed: Floats = transform(one).real
    return passed


def _around(length: int) -> Floats:
    """Distance of each node from the first on a ring."""
    steps = np.arange(length, dtype=float)
    near: Floats = np.minimum(steps, length - steps)
    return near
