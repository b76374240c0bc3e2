"""Small basins are joined to what they run into, until each is large enough."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from geoterritorio.delimitation._flow import NOWHERE, Flow, Indices, Labels

Borders = dict[int, int]


@dataclass
class _Units:
    """Units as they now are, by number; those joined to another have its number as `into`."""

    size: list[int]
    below: list[int]
    borders: list[Borders]
    into: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.into = list(range(len(self.size)))

    def now(self, unit: int) -> int:
        """Number of what a unit has become part of."""
        while self.into[unit] != unit:
            self.into[unit] = self.into[self.into[unit]]
            unit = self.into[unit]
        return unit

    def lower(self, unit: int) -> int:
        """Unit into which one runs; -1 where its water leaves the land."""
        return NOWHERE if self.below[unit] == NOWHERE else self.now(self.below[unit])

    def target(self, unit: int) -> int:
        """What a small unit joins; -1 for an island."""
        lower = self.lower(unit)
        if lower != NOWHERE:
            return lower
        around = self.borders[unit]
        feeding = [n for n in around if self.lower(n) == unit]
        return min(feeding or around, key=lambda n: (-around[n], n), default=NOWHERE)

    def join(self, unit: int, target: int) -> None:
        """Make a unit part of another."""
        if self._runs_into(
            target, unit
        ):  # it was the end of the way on which both lie, and so is the whole now
            self.below[target] = NOWHERE
        self.into[unit] = target
        self.size[target] += self.size[unit]
        for other, length in self.borders[unit].items():
            self.borders[other].pop(unit)
            if other != target:
                self.borders[other][target] = self.borders[other].get(target, 0) + length
                self.borders[target][other] = self.borders[target].get(other, 0) + length
        self.borders[unit] = {}

    def _runs_into(self, unit: int, end: int) -> bool:
        while unit not in (end, NOWHERE):
            unit = self.lower(unit)
        return unit == end


def joined(flow: Flow, label: Labels, outlet: Indices, least: float) -> Labels:
    """
    Units of which none is small, but islands.

    Parameters
    ----------
    flow
        Directions.
    label
        Unit of each cell, from 0; -1 off the land.
    outlet
        Last cell of each unit.
    least
        Cells that a unit must have. The smallest is joined first: to the unit into which it runs; if its water leaves
        the land, to one that runs into it, else to any that it touches, in both cases the one with the longest border
        in common.

    Returns
    -------
    label
        Unit of each cell, numbered anew from the largest.
    """
    number = len(outlet)
    units = _units(flow, label, outlet, number)
    waiting = [(size, unit) for unit, size in enumerate(units.size) if size < least]
    heapq.heapify(waiting)
    while waiting:
        size, unit = heapq.heappop(waiting)
        if units.into[unit] != unit or units.size[unit] != size:
            continue
        target = units.target(unit)
        if target == NOWHERE:
            continue
        units.join(unit, target)
        if units.size[target] < least:
            heapq.heappush(waiting, (units.size[target], target))
    now = np.array([units.now(unit) for unit in range(number)], dtype=np.int64)
    return _renumbered(label, now)


def _units(flow: Flow, label: Labels, outlet: Indices, number: int) -> _Units:
    last = flow.below[outlet]
    below = np.where(last == outlet, NOWHERE, label[last])
    table = _borders(label.reshape(flow.shape), number)
    borders: list[Borders] = [
        dict(zip(table.indices[a:b].tolist(), table.data[a:b].tolist(), strict=True))
        for a, b in zip(table.indptr[:-1], table.indptr[1:], strict=True)
    ]
    size = np.bincount(label[label >= 0], minlength=number)
    return _Units(size.tolist(), below.tolist(), borders)


def _borders(label: Labels, number: int) -> sparse.csr_array:
    """Sides of cells that two units have in common."""
    pairs = [(label[:, :-1], label[:, 1:]), (label[:-1], label[1:])]
    one = np.concatenate([a.ravel() for a, _ in pairs])
    other = np.concatenate([b.ravel() for _, b in pairs])
    kept = (one != other) & (one >= 0) & (other >= 0)
    one, other = one[kept], other[kept]
    sides = np.ones(2 * len(one), dtype=np.int64)
    at = (np.concatenate([one, other]), np.concatenate([other, one]))
    table = sparse.coo_array((sides, at), shape=(number, number)).tocsr()
    table.sort_indices()
    return table


def _renumbered(label: Labels, now: Indices) -> Labels:
    land = label >= 0
    merged = now[label[land]]
    size = np.bincount(merged, minlength=len(now))
    rank = np.empty(len(now), dtype=np.int32)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(now), dtype=np.int32)
    found = np.full(label.shape, NOWHERE, dtype=np.int32)
    found[land] = rank[merged]
    return found
