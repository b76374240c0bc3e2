"""What ways cost between places and centres: by road, in a straight line, or as a table says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from geoterritorio.errors import LayerError, message
from geoterritorio.patterns._bounds import wrong_word
from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._dijkstra import Graph, searches
from geoterritorio.proximity.network import Direction, RoadNetwork, with_places
from geoterritorio.proximity.pairs import require_columns
from geoterritorio.proximity.snapping import Snapped
from geoterritorio.proximity.travel_costs import _met
from geoterritorio.registry import Progress, no_progress

Pairs = tuple[Indices, Indices, Floats]
ROAD, STRAIGHT, TABLE = BY = ("road", "straight line", "table")
UNITS = ("minutes", "metres", "cost")
# Pairs whose distances are held at a time.
_HELD = 4_000_000


class Ways(Protocol):
    """Costs from each of a number of places to each of a number of centres, or from these."""

    @property
    def places(self) -> int:
        """Number of places."""

    def nearest(
        self, kind: Indices, kinds: int, *, progress: Progress = no_progress
    ) -> tuple[Floats, Indices]:
        """Cost of the nearest centre of each kind (kinds by places; infinite where none) and its number, or -1."""

    def pairs(self, limit: float, *, progress: Progress = no_progress) -> Iterator[Pairs]:
        """Centres, places and costs up to a limit, itself within; each pair once."""


@dataclass(frozen=True)
class RoadWays:
    """Ways on a network in which places and centres are nodes."""

    graph: Graph
    centre: Indices
    start: Indices
    spent: Floats
    places: int
    place: Indices
    leg: Floats
    begin: Indices

    def nearest(
        self, kind: Indices, kinds: int, *, progress: Progress = no_progress
    ) -> tuple[Floats, Indices]:
        """One search of all centres of a kind together."""
        order = np.argsort(kind[self.centre], kind="stable")
        first = np.searchsorted(kind[self.centre][order], np.arange(kinds + 1)).astype(np.int64)
        cost, who = np.full((kinds, self.places), np.inf), np.full((kinds, self.places), -1)
        ways = searches(
            self.graph, self.start[order], self.spent[order], first, limit=np.inf, progress=progress
        )
        for reach in ways:
            numbered = replace(reach, cost=np.arange(len(reach.node), dtype=np.float64))
            rows, at, which = _met(numbered, self.begin)
            row = which.astype(np.int64)
            cost[rows, self.place[at]] = reach.cost[row] + self.leg[at]
            who[rows, self.place[at]] = self.centre[order[reach.seed[row]]]
        return cost, who

    def pairs(self, limit: float, *, progress: Progress = no_progress) -> Iterator[Pairs]:
        """One search up to the limit from each centre."""
        first = np.arange(len(self.start) + 1)
        for reach in searches(self.graph, self.start, self.spent, first, limit=limit, progress=progress):
            one, two, cost = _met(reach, self.begin)
            cost = cost + self.leg[two]
            kept = cost <= limit
            yield self.centre[one[kept]], self.place[two[kept]], cost[kept]


def road_ways(network: RoadNetwork, places: Snapped, centres: Snapped, direction: Direction) -> RoadWays:
    """
    Ways by road.

    Parameters
    ----------
    network
        Network.
    places, centres
        Put on it; those too far from every road have no ways.
    direction
        "to" the centres, or "from" them.

    Returns
    -------
    ways
        Their costs.
    """
    mine, theirs = np.flatnonzero(centres.near), np.flatnonzero(places.near)
    edge = np.concatenate([centres.edge[mine], places.edge[theirs]])
    cut, node, _, _ = with_places(network, edge, np.concatenate([centres.along[mine], places.along[theirs]]))
    start, end = node[: len(mine)], node[len(mine) :]
    order = np.argsort(end, kind="stable")
    begin = np.searchsorted(end[order], np.arange(len(cut.xy) + 1))
    place = theirs[order]
    return RoadWays(
        cut.graph(direction),
        mine,
        start,
        centres.leg[mine],
        len(places.near),
        place,
        places.leg[place],
        begin,
    )


@dataclass(frozen=True)
class StraightWays:
    """Straight lines, each metre at the same price."""

    xy: Floats
    centres: Floats
    price: float

    @property
    def places(self) -> int:
        """Number of places."""
        return len(self.xy)

    def nearest(
        self, kind: Indices, kinds: int, *, progress: Progress = no_progress
    ) -> tuple[Floats, Indices]:
        """By a tree of the centres of each kind."""
        cost, who = np.full((kinds, self.places), np.inf), np.full((kinds, self.places), -1)
        for k in range(kinds):
            progress(k / kinds)
            mine = np.flatnonzero(kind == k)
            if len(mine):
                metres, at = cKDTree(self.centres[mine]).query(self.xy)
                cost[k], who[k] = metres * self.price, mine[at]
        return cost, who

    def pairs(self, limit: float, *, progress: Progress = no_progress) -> Iterator[Pairs]:
        """By trees of blocks of centres."""
        tree, step = cKDTree(self.xy), max(1, _HELD // max(1, self.places))
        for low in range(0, len(self.centres), step):
            progress(low / len(self.centres))
            block = cKDTree(self.centres[low : low + step])
            # A little more than the limit, which is then applied to the costs themselves.
            near = block.sparse_distance_matrix(tree, limit / self.price * (1 + 1e-9), output_type="ndarray")
            cost = near["v"] * self.price
            kept = cost <= limit
            yield near["i"][kept] + low, near["j"][kept].astype(np.int64), cost[kept]


@dataclass(frozen=True)
class TableWays:
    """Costs of a table; pairs that it lacks have no way."""

    centre: Indices
    place: Indices
    cost: Floats
    places: int

    def nearest(
        self, kind: Indices, kinds: int, *, progress: Progress = no_progress
    ) -> tuple[Floats, Indices]:
        """First of the sorted rows."""
        progress(0)
        cost, who = np.full((kinds, self.places), np.inf), np.full((kinds, self.places), -1)
        row = kind[self.centre]
        order = np.lexsort((self.centre, self.cost, self.place, row))
        cell = row[order] * self.places + self.place[order]
        order = order[np.diff(cell, prepend=-1) != 0]
        cost[row[order], self.place[order]] = self.cost[order]
        who[row[order], self.place[order]] = self.centre[order]
        return cost, who

    def pairs(self, limit: float, *, progress: Progress = no_progress) -> Iterator[Pairs]:
        """All at once."""
        progress(0)
        kept = self.cost <= limit
        yield self.centre[kept], self.place[kept], self.cost[kept]


def table_ways(
    costs: pd.DataFrame,
    places: npt.NDArray[np.object_],
    centres: npt.NDArray[np.object_],
    direction: Direction,
) -> TableWays:
    """
    Ways of a table.

    Parameters
    ----------
    costs
        `origin`, `destination`, `cost`.
    places
        Identifier of each place; several places may share one.
    centres
        Identifier of each centre.
    direction
        "to" the centres, which are then destinations, or "from" them.

    Returns
    -------
    ways
        Their costs; rows on other places or centres are left out.

    Raises
    ------
    LayerError
        If columns are missing, the direction is no choice, there is no row, none joins a place and a centre, or a cost
        is missing.
    """
    words = wrong_word("direction", direction, get_args(Direction))
    if words:
        raise LayerError(words)
    require_columns(costs, ("origin", "destination", "cost"))
    ours, theirs = ("origin", "destination") if direction == "to" else ("destination", "origin")
    if costs.empty:
        raise LayerError(
            message("costs: the table has no row. Was its cut-off too low, or no place near a road?")
        )
    if costs["cost"].isna().any():
        raise LayerError(
            message(
                "costs: {count} costs are missing. Give a number, or leave the row out where there is no way.",
                count=int(costs["cost"].isna().sum()),
            )
        )
    centre = pd.Index(centres).get_indexer(costs[theirs])
    number, names = pd.factorize(places)
    name = pd.Index(names).get_indexer(costs[ours])
    known = np.flatnonzero((centre >= 0) & (name >= 0))
    if not len(known):
        raise LayerError(
            message(
                "costs: no row joins a place to a centre. {ours} must name places (firm or place), {theirs} centres; "
                "the other way round, change direction.",
                ours=ours,
                theirs=theirs,
            )
        )
    # Places of each name stand together, so that rows are repeated for all of them.
    order = np.argsort(number, kind="stable")
    begin = np.searchsorted(number[order], np.arange(len(names) + 1))
    size = np.diff(begin)[name[known]]
    ends = np.cumsum(size)
    at = np.repeat(begin[name[known]] - (ends - size), size) + np.arange(size.sum())
    row = np.repeat(known, size)
    return TableWays(
        centre[row].astype(np.int64),
        order[at].astype(np.int64),
        costs["cost"].to_numpy(dtype=float)[row],
        len(places),
    )
