"""Parts of edges that searches reach, each with the cost at both its ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._dijkstra import Reach
from geoterritorio.proximity.network import Direction, RoadNetwork

# Costs of nodes held at a time.
_HELD = 4_000_000
# Shares of an edge that are rounding.
_NOTHING = 1e-12


@dataclass(frozen=True)
class Parts:
    """
    Parts of edges, along each of which the cost rises or falls evenly.

    Parameters
    ----------
    search
        Search that reached it.
    seed
        Start from which it was reached.
    edge
        Edge.
    begin, finish
        Where on it, from 0 to 1.
    cost_begin, cost_finish
        Cost there.
    """

    search: Indices
    seed: Indices
    edge: Indices
    begin: Floats
    finish: Floats
    cost_begin: Floats
    cost_finish: Floats

    def taken(self, which: object) -> Parts:
        """Some of them."""
        return Parts(*(getattr(self, f.name)[which] for f in fields(self)))

    @staticmethod
    def together(several: Sequence[Parts]) -> Parts:
        """All of several."""
        return Parts(*(np.concatenate([getattr(p, f.name) for p in several]) for f in fields(Parts)))


class Edges:
    """
    Edges by the node at which they begin, and by that at which they end.

    Parameters
    ----------
    network
        Network.
    direction
        Whether ways go from the starts of the searches, or to them.
    """

    def __init__(self, network: RoadNetwork, direction: Direction) -> None:
        there, back = network.costs()
        self.there, self.back = (there, back) if direction == "from" else (back, there)
        self.start, self.end = network.start, network.end
        self.nodes = len(network.xy)
        self.sides = [self._sorted(self.start), self._sorted(self.end)]

    def _sorted(self, node: Indices) -> tuple[Indices, Indices]:
        order = np.argsort(node, kind="stable")
        return order, np.searchsorted(node[order], np.arange(self.nodes + 1))

    def _at(self, side: int, node: Indices) -> tuple[Indices, Indices]:
        """Edges at nodes, and the place of the node of each."""
        order, first = self.sides[side]
        size = first[node + 1] - first[node]
        ends = np.cumsum(size)
        place = np.repeat(first[node] - (ends - size), size) + np.arange(size.sum())
        return order[place], np.repeat(np.arange(len(node)), size)

    def reached(self, reach: Reach, limit: float) -> Iterator[Parts]:
        """
        Parts of edges that a batch of searches reached.

        Parameters
        ----------
        reach
            Nodes that they reached, each search's together.
        limit
            Largest cost.

        Yields
        ------
        parts
            Of some searches; an edge reached from both ends is in two parts that meet where both cost the same.
        """
        if not len(reach.node):
            return
        rank = np.cumsum(np.diff(reach.search, prepend=reach.search[0]) != 0)
        few = max(1, _HELD // self.nodes)
        cost = np.full((min(few, int(rank[-1]) + 1), self.nodes), np.inf)
        seed = np.zeros(cost.shape, dtype=np.int64)
        for low in range(0, int(rank[-1]) + 1, few):
            part = slice(*np.searchsorted(rank, [low, low + few]))
            mine, node = rank[part] - low, reach.node[part]
            cost[mine, node], seed[mine, node] = reach.cost[part], reach.seed[part]
            edge, row = self._at(0, node)
            other, place = self._at(1, node)
            # Those with both ends reached have been found by their beginning.
            alone = np.isinf(cost[mine[place], self.start[other]])
            edge, row = np.concatenate([edge, other[alone]]), np.concatenate([row, place[alone]])
            held, search = mine[row], reach.search[part][row]
            begin, end = (held, self.start[edge]), (held, self.end[edge])
            yield self._parts(search, edge, (cost[begin], cost[end]), (seed[begin], seed[end]), limit)
            cost[mine, node] = np.inf

    def _parts(
        self,
        search: Indices,
        edge: Indices,
        cost: tuple[Floats, Floats],
        seed: tuple[Indices, Indices],
        limit: float,
    ) -> Parts:
        there, back = self.there[edge], self.back[edge]
        ahead, behind = np.isfinite(cost[0]) & np.isfinite(there), np.isfinite(cost[1]) & np.isfinite(back)
        # How far ways from the beginning come, and how far back those from the end.
        to, fro = np.zeros(len(edge)), np.ones(len(edge))
        to[ahead] = np.minimum(1, (limit - cost[0][ahead]) / there[ahead])
        fro[behind] = np.maximum(0, 1 - (limit - cost[1][behind]) / back[behind])
        both = np.flatnonzero(ahead & behind)
        meet = (cost[1][both] + back[both] - cost[0][both]) / (there[both] + back[both])
        meet = np.where(meet < _NOTHING, 0.0, np.where(meet > 1 - _NOTHING, 1.0, meet))
        to[both], fro[both] = np.minimum(to[both], meet), np.maximum(fro[both], meet)
        first, last = np.flatnonzero(to > _NOTHING), np.flatnonzero(fro < 1 - _NOTHING)
        return Parts.together(
            [
                Parts(
                    search[first],
                    seed[0][first],
                    edge[first],
                    np.zeros(len(first)),
                    to[first],
                    cost[0][first],
                    cost[0][first] + to[first] * there[first],
                ),
                Parts(
                    search[last],
                    seed[1][last],
                    edge[last],
                    fro[last],
                    np.ones(len(last)),
                    cost[1][last] + (1 - fro[last]) * back[last],
                    cost[1][last],
                ),
            ]
        )


def bands(parts: Parts, budgets: Sequence[float]) -> tuple[Parts, Indices]:
    """
    Parts cut exactly where the cost is one of the budgets.

    Parameters
    ----------
    parts
        Parts of edges.
    budgets
        Ascending.

    Returns
    -------
    parts
        Pieces of them.
    band
        Place of the smallest budget within which each lies.
    """
    found, band = [], []
    near, far = (
        np.minimum(parts.cost_begin, parts.cost_finish),
        np.maximum(parts.cost_begin, parts.cost_finish),
    )
    low = -np.inf
    for k, high in enumerate(budgets):
        mine = parts.taken((near < high) & (far > low))
        rise = mine.cost_finish - mine.cost_begin
        rise = np.where(rise == 0, 1.0, rise)  # of parts so short that their ends cost the same
        costs, places = [], []
        for cost, place in ((mine.cost_begin, mine.begin), (mine.cost_finish, mine.finish)):
            clipped = np.clip(cost, low, high)
            inner = mine.begin + (clipped - mine.cost_begin) / rise * (mine.finish - mine.begin)
            costs.append(clipped)
            places.append(np.where(clipped == cost, place, inner))
        real = places[1] - places[0] > _NOTHING
        cut = Parts(mine.search, mine.seed, mine.edge, places[0], places[1], costs[0], costs[1])
        found.append(cut.taken(real))
        band.append(np.full(int(real.sum()), k))
        low = high
    return Parts.together(found), np.concatenate(band)


def on_whole(parts: Parts, whole: Indices, offset: Floats) -> Parts:
    """
    Parts of pieces of edges as parts of the edges.

    Parameters
    ----------
    parts
        Parts.
    whole, offset
        Edge of each piece, and where on it the piece begins and ends.

    Returns
    -------
    parts
        The same places.
    """
    base, size = offset[parts.edge, 0], offset[parts.edge, 1] - offset[parts.edge, 0]
    begin, finish = base + parts.begin * size, base + parts.finish * size
    # To the last bit where the piece ends.
    finish = np.where(parts.finish == 1, offset[parts.edge, 1], finish)
    return Parts(
        parts.search, parts.seed, whole[parts.edge], begin, finish, parts.cost_begin, parts.cost_finish
    )
