"""The two steps of floating catchments over lists of pairs: loops to be compiled, and the same in numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from geoterritorio.patterns._jit import kernel

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Starts = npt.NDArray[np.int64]
# Whether weights stand on their own, or are lessened by the chance of choosing a centre, by distance once more, or
# shared out.
PLAIN, CHOSEN, LOST, SHARED = range(4)


def _demand_loop(
    start: Starts, centre: Codes, weight: Any, cost: Floats, people: Floats, width: int, form: int
) -> Any:
    load, columns, reached = np.zeros(width), np.zeros(width), np.zeros(width, np.int64)
    centres, nearest = np.zeros(people.size, np.int64), np.full(people.size, np.nan)
    # No branches on weights, which are past telling: what is beyond reach adds 0. As weights do not rise with costs,
    # the nearest is within reach if any is.
    for i in range(people.size):
        row, least, found = 0.0, np.inf, 0
        for k in range(start[i], start[i + 1]):
            w = 1.0 * weight[k]
            row += w
            found += w != 0
            least = min(least, cost[k])
        if found == 0:
            continue
        centres[i], nearest[i] = found, least
        each = people[i] / row if form in (CHOSEN, SHARED) else people[i]
        for k in range(start[i], start[i + 1]):
            w, j = 1.0 * weight[k], centre[k]
            load[j] += (w * w if form == CHOSEN else w) * each
            reached[j] += w != 0
            if form == SHARED:
                columns[j] += w
    return load, columns, reached, centres, nearest


def _access_loop(start: Starts, centre: Codes, weight: Any, ratio: Floats, columns: Floats, form: int) -> Any:
    access = np.zeros(start.size - 1)
    for i in range(access.size):
        row, total = 0.0, 0.0
        for k in range(start[i], start[i + 1]):
            w, j = 1.0 * weight[k], centre[k]
            row += w
            second = w * w if form in (CHOSEN, LOST) else w
            total += second * (ratio[j] / columns[j] if form == SHARED else ratio[j])
        access[i] = total / row if form == CHOSEN and row > 0 else total
    return access


def _demand_blocks(
    start: Starts, centre: Codes, weight: Any, cost: Floats, people: Floats, width: int, form: int
) -> Any:
    weights, costs = _matrix(start, centre, weight, cost, width)
    number = np.diff(weights.indptr)
    reached = np.bincount(weights.indices, minlength=width)
    columns: Floats = np.zeros(width)
    if form == SHARED:
        columns = np.asarray(np.bincount(weights.indices, weights.data, minlength=width), dtype=np.float64)
    first = weights.data
    if form in (CHOSEN, SHARED):
        first = first * np.repeat(1 / _by_row(np.add, first, weights.indptr), number)
    if form == CHOSEN:
        first = first * weights.data
    load = np.bincount(weights.indices, first * np.repeat(people, number), minlength=width)
    return load, columns, reached, number.astype(np.int64), _by_row(np.minimum, costs, weights.indptr)


def _access_blocks(
    start: Starts, centre: Codes, weight: Any, ratio: Floats, columns: Floats, form: int
) -> Any:
    weights, _ = _matrix(start, centre, weight, weight, len(ratio))
    second = weights.data
    if form == SHARED:
        second = second / columns[weights.indices]
    if form in (CHOSEN, LOST):
        second = second**2
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    total = np.bincount(rows, second * ratio[weights.indices], minlength=weights.shape[0])
    if form != CHOSEN:
        return total
    return np.where(np.diff(weights.indptr) > 0, total / _by_row(np.add, weights.data, weights.indptr), 0.0)


def _matrix(start: Starts, centre: Codes, weight: Any, cost: Any, width: int) -> tuple[csr_array, Any]:
    """Pairs whose weight is not 0: what is unknown beyond reach is no matter."""
    kept = weight != 0
    ends = np.concatenate([[0], np.cumsum(kept)])[start]
    values = (weight[kept].astype(np.float64), centre[kept], ends)
    return csr_array(values, shape=(len(start) - 1, width)), cost[kept]


def _by_row(summed: Any, values: Floats, ends: Any) -> Floats:
    """Sum or least of the values of each row; NaN of an empty one."""
    found = np.full(len(ends) - 1, np.nan)
    there = np.diff(ends) > 0
    if there.any():
        found[there] = summed.reduceat(values, ends[:-1][there])
    return found


# First step: weighted demand, sum of weights (if shared) and number of places of each centre; number of centres of each
# place, and the least cost to one. Second step: access of each place by the ratios of the centres.
demand_step = kernel(_demand_loop, _demand_blocks)
access_step = kernel(_access_loop, _access_blocks)


def demanded(lists: tuple[Starts, Codes, Any], cost: Floats, people: Floats, width: int, form: int) -> Any:
    """What `demand_step` finds, with an unknown load where a place with unknown people is within reach."""
    unknown = np.isnan(people)
    if not unknown.any():
        return demand_step(*lists, cost, people, width, form)
    known = demand_step(*lists, cost, np.where(unknown, 0.0, people), width, form)
    touched = demand_step(*lists, cost, unknown.astype(np.float64), width, form)[0] > 0
    return np.where(touched, np.nan, known[0]), *known[1:]


def accessed(
    lists: tuple[Starts, Codes, Any], ratio: Floats, columns: Floats | None = None, form: int = PLAIN
) -> Floats:
    """What `access_step` finds, unknown where a centre with an unknown ratio is within reach."""
    sums = np.ones(len(ratio)) if columns is None else np.where(columns > 0, columns, 1.0)
    unknown = np.isnan(ratio)
    found: Floats = access_step(*lists, np.where(unknown, 0.0, ratio), sums, form)
    if not unknown.any():
        return found
    return np.where(access_step(*lists, unknown.astype(np.float64), sums, PLAIN) > 0, np.nan, found)
