"""Surroundings of territories as a sparse matrix of weights, and the sums over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.spatial import cKDTree

from geoterritorio.concentration._margins import Margins
from geoterritorio.errors import LayerError, Message, message

Floats = npt.NDArray[np.float64]
Kernel = Literal["uniform", "bisquare", "gaussian", "inverse_distance"]

# Weight by distance in bandwidths, and how many bandwidths the kernel reaches.
_KERNELS: dict[str, tuple[Callable[[Floats], Floats], float]] = {
    "uniform": (np.ones_like, 1.0),
    "bisquare": (lambda u: (1 - u**2) ** 2, 1.0),
    "gaussian": (lambda u: np.exp(-(u**2) / 2), 4.0),
    "inverse_distance": (lambda u: 1 / (1 + u), 10.0),
}


def kernel_of(xy: Floats, bandwidth: float, kernel: Kernel) -> sparse.coo_array:
    """Weights above 0 between points, in order of rows."""
    n = len(xy)
    weight, reach = _KERNELS[kernel]
    pairs = np.empty((0, 2), np.intp)
    if bandwidth > 0 and n:
        pairs = cKDTree(xy).query_pairs(reach * bandwidth, output_type="ndarray")
    first, second = pairs.T
    apart = np.hypot(*(xy[first] - xy[second]).T) / bandwidth if len(pairs) else np.empty(0)
    values = weight(np.minimum(apart, reach))
    rows = np.concatenate([first, second, np.arange(n)])
    columns = np.concatenate([second, first, np.arange(n)])
    found = sparse.csr_array((np.concatenate([values, values, np.ones(n)]), (rows, columns)), shape=(n, n))
    found.sort_indices()
    found.eliminate_zeros()
    return found.tocoo()


def matrix_of(neighbours: pd.DataFrame, territories: pd.Index) -> sparse.csr_array:
    """Weights as a matrix in the order of the territories."""
    long = {"territory", "neighbour", "weight"} <= set(neighbours.columns)
    if not long:
        named = neighbours.rename_axis(index="territory", columns=None).reset_index()
        neighbours = named.melt("territory", var_name="neighbour", value_name="weight")
    weight = neighbours["weight"].to_numpy(np.float64)
    places = [_positions(neighbours[c], territories) for c in ("territory", "neighbour")]
    problems = _weight_problems(weight, places, neighbours)
    if problems:
        raise LayerError(problems)
    shape = (len(territories), len(territories))
    found = sparse.coo_array((weight, (places[0], places[1])), shape=shape).tocsr()
    found.eliminate_zeros()
    return found


def _positions(names: pd.Series, territories: pd.Index) -> npt.NDArray[np.intp]:
    kinds = pd.Categorical(names)
    at: npt.NDArray[np.intp] = np.append(territories.get_indexer(kinds.categories), -1)[kinds.codes]
    return at


def _weight_problems(
    weight: Floats, places: list[npt.NDArray[np.intp]], neighbours: pd.DataFrame
) -> list[Message]:
    problems: list[Message] = []
    wrong = int((~(weight >= 0) | np.isinf(weight)).sum())
    if wrong:
        text = message("neighbours: {number} weights are missing, negative or infinite.", number=wrong)
        problems.append(text)
    for column, at in zip(("territory", "neighbour"), places, strict=True):
        strange = neighbours[column][at < 0].unique()
        if len(strange):
            text = message(
                "neighbours: {number} territories are not in the table, for example {name}.",
                number=len(strange),
                name=strange[0],
            )
            problems.append(text)
    return problems


def smoothed(sums: Margins, kernel: sparse.csr_array) -> Margins:
    """Cells and territory totals as weighted sums over the surroundings; the whole stays what it is."""
    lower = kernel @ np.broadcast_to(sums.lower, sums.cells.shape).astype(np.float64) > 0
    # Nobody's neighbour has no surroundings: its sums are undefined, not 0.
    nobody = (np.diff(kernel.indptr) == 0)[:, None]
    cells = np.where(nobody, np.nan, kernel @ sums.cells)
    territory = np.where(nobody, np.nan, kernel @ sums.territory)
    return replace(sums, cells=cells, territory=territory, lower=lower)
