"""Ranks within each of many rows, and quantiles of many columns: figures and scores are drawn thousands of times."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from geoterritorio.assessment._intervals import blocks

Floats = npt.NDArray[np.float64]
# Numbers that are looked at together: as many as a processor holds near.
_AT_ONCE = 100_000
# From so many parts on they are shared among processors.
_WORTH_IT = 8


def row_ranks(values: Floats, *, average: bool) -> Floats:
    """
    Ranks over the last axis, 1 for the smallest.

    Parameters
    ----------
    values
        Numbers, none of them missing.
    average
        Whether equal numbers share the mean of their ranks; else they have the smallest.

    Returns
    -------
    ranks
        As `values`.

    Examples
    --------
    >>> row_ranks(np.array([[2.0, -1, 2]]), average=True).tolist()
    [[2.5, 1.0, 2.5]]
    """
    rows = values.reshape(math.prod(values.shape[:-1]), values.shape[-1])
    places = np.arange(1.0, rows.shape[1] + 1)
    found = np.empty(rows.shape)

    def rank(part: slice) -> None:
        for row, ranks in zip(rows[part], found[part], strict=True):
            order = np.argsort(row)
            ordered = row[order]
            equal = ordered[1:] == ordered[:-1]
            ranks[order] = _shared(places, equal, average=average) if equal.any() else places

    side_by_side(rank, len(rows), rows.shape[1])
    return found.reshape(values.shape)


def side_by_side(work: Callable[[slice], None], number: int, each: int) -> None:
    """Parts of `number` rows of `each` numbers, on all processors: numpy lets others work while it sorts."""
    parts = list(blocks(number, each, _AT_ONCE))
    if len(parts) < _WORTH_IT:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, parts))


def _shared(places: Floats, equal: npt.NDArray[np.bool_], *, average: bool) -> Floats:
    """Ranks of ordered numbers, each of which may be equal to the one before."""
    begin = np.flatnonzero(np.r_[True, ~equal])
    size = np.diff(np.r_[begin, len(places)])
    rank = places[begin] + (size - 1) / 2 if average else places[begin]
    shared: Floats = np.repeat(rank, size)
    return shared


def column_quantiles(values: Floats, shares: tuple[float, ...], *, between: bool = True) -> Floats:
    """
    Quantiles over the first axis.

    Parameters
    ----------
    values
        Draws by what is drawn, none of them missing.
    shares
        Which quantiles.
    between
        Whether they lie between two draws in proportion (numpy's linear), or are draws (inverted_cdf).

    Returns
    -------
    quantiles
        Shares by columns.

    Examples
    --------
    >>> column_quantiles(np.array([[1.0], [2], [4]]), (0.25, 0.5)).tolist()
    [[1.5], [2.0]]
    >>> column_quantiles(np.array([[1.0], [2], [4]]), (0.25, 0.5), between=False).tolist()
    [[1.0], [2.0]]
    """
    found = np.empty((len(shares), values.shape[1]))
    method = "linear" if between else "inverted_cdf"

    def read(part: slice) -> None:
        # In order along the memory, from which quantiles are then only read.
        ordered = np.sort(np.ascontiguousarray(values[:, part].T), axis=1)
        found[:, part] = _read(ordered, shares, method)

    side_by_side(read, values.shape[1], len(values))
    return found


def _read(ordered: Floats, shares: tuple[float, ...], method: str) -> Floats:
    """Quantiles of rows in order."""
    n = ordered.shape[1]
    if method == "inverted_cdf":
        at = np.maximum(np.ceil(np.array(shares) * n).astype(np.int64) - 1, 0)
        return ordered[:, at].T
    place = np.array(shares) * (n - 1)
    low = np.floor(place).astype(np.int64)
    part = place - low
    lower, upper = ordered[:, low], ordered[:, np.minimum(low + 1, n - 1)]
    found: Floats = (lower + (upper - lower) * part).T
    return found
