"""What ways by road cost, between places within reach of each other."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._dijkstra import Reach, searches
from geoterritorio.proximity._limits import NOWHERE, up_to
from geoterritorio.proximity.network import Direction, RoadNetwork, with_places
from geoterritorio.proximity.snapping import Snapped
from geoterritorio.registry import Progress, no_progress

# Costs that are none, as between places at one spot that come from two systems: a millimetre, on foot.
_NO_WAY = {"metres": NOWHERE, "minutes": NOWHERE * 0.06 / 5}
# Pairs that a table may have.
_PAIRS = 100_000_000


@dataclass(frozen=True)
class TravelCosts:
    """
    Sparse table of costs.

    Parameters
    ----------
    origin, destination
        Numbers of the places, by origin and then destination.
    cost
        Cost of the cheapest way, with the ways to and from the road.
    pairs
        Number of pairs asked for.
    apart
        Of these, pairs in different components, which no budget would join.
    """

    origin: Indices
    destination: Indices
    cost: Floats
    pairs: int
    apart: int


def travel_costs(
    network: RoadNetwork,
    origins: Snapped,
    destinations: Snapped | None = None,
    *,
    cutoff: float,
    progress: Progress = no_progress,
) -> TravelCosts:
    """
    Costs of the cheapest ways between places.

    Parameters
    ----------
    network
        Network.
    origins
        Places from which ways go.
    destinations
        Places to which they go; without them, the origins, each to all others.
    cutoff
        Largest cost, itself within, in minutes or metres as the network's; a billionth more is rounding.
    progress
        Callback.

    Returns
    -------
    travel_costs
        Pairs within the cut-off; all others are absent.

    Raises
    ------
    LayerError
        If the cut-off is not above 0, or the pairs are too many for a table.

    Notes
    -----
    A way is the straight leg from the origin to its point on the nearest road, the cheapest way by road, and the
    straight leg to the destination. Two places on the same stretch are joined along it; less than a millimetre apart
    they are at one spot, and the way costs 0. Where there are fewer
    destinations than origins, the search goes backwards from them.

    References
    ----------
    .. [1] Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import LineString, Point
    >>> from geoterritorio.proximity import road_network, snap
    >>> roads = gpd.GeoDataFrame({"speed": [30]}, geometry=[LineString([(0, 0), (900, 0)])], crs=25830)
    >>> points = gpd.GeoDataFrame({"centre": ["a", "b"]}, geometry=[Point(100, 0), Point(600, 0)], crs=25830)
    >>> network = road_network(roads)
    >>> travel_costs(network, snap(points, network, name="origins"), cutoff=5).cost.round(6).tolist()
    [1.0, 1.0]
    """
    if not 0 < cutoff < np.inf:
        raise LayerError(message("{name}: {value} is no budget above 0.", name="cutoff", value=float(cutoff)))
    other = origins if destinations is None else destinations
    backwards = int(other.near.sum()) < int(origins.near.sum())
    first, second = (other, origins) if backwards else (origins, other)
    direction: Direction = "to" if backwards else "from"
    start, end, cost = _pairs(network, first, second, cutoff, direction, progress)
    if backwards:
        start, end = end, start
    if destinations is None:
        kept = start != end
        start, end, cost = start[kept], end[kept], cost[kept]
    order = np.lexsort((end, start))
    pairs, apart = _asked(network, origins, other, alone=destinations is None)
    _say_missing(pairs - len(cost), apart, pairs)
    return TravelCosts(start[order], end[order], cost[order], pairs, apart)


def _pairs(
    network: RoadNetwork,
    first: Snapped,
    second: Snapped,
    cutoff: float,
    direction: Direction,
    progress: Progress,
) -> tuple[Indices, Indices, Floats]:
    """Places of the first, of the second, and the cost between, within the cut-off."""
    mine, theirs = np.flatnonzero(first.near), np.flatnonzero(second.near)
    edge = np.concatenate([first.edge[mine], second.edge[theirs]])
    at = np.concatenate([first.along[mine], second.along[theirs]])
    cut, node, _, _ = with_places(network, edge, at)
    start, end = node[: len(mine)], node[len(mine) :]
    # Places at each node.
    order = np.argsort(end, kind="stable")
    begin = np.searchsorted(end[order], np.arange(len(cut.xy) + 1))
    theirs, leg = theirs[order], second.leg[theirs[order]]
    found: list[tuple[Indices, Indices, Floats]] = []
    number = 0
    for reach in searches(
        cut.graph(direction),
        start,
        first.leg[mine],
        np.arange(len(mine) + 1),
        limit=up_to(cutoff),
        progress=progress,
    ):
        one, two, cost = _met(reach, begin)
        cost = cost + leg[two]
        cost[cost < _NO_WAY[network.cost]] = 0.0
        kept = cost <= up_to(cutoff)
        found.append((mine[one[kept]], theirs[two[kept]], cost[kept]))
        number += int(kept.sum())
        _refuse_many(number)
    a, b, c = zip(*found, strict=True) if found else ((), (), ())
    empty = np.empty(0, np.int64)
    return np.concatenate([empty, *a]), np.concatenate([empty, *b]), np.concatenate([np.empty(0), *c])


def _met(reach: Reach, begin: Indices) -> tuple[Indices, Indices, Floats]:
    """Searches and the places at the nodes they reached, in the order of the nodes, with the cost of these."""
    size = begin[reach.node + 1] - begin[reach.node]
    some = size > 0
    size = size[some]
    ends = np.cumsum(size)
    place = np.repeat(begin[reach.node[some]] - (ends - size), size) + np.arange(size.sum())
    return np.repeat(reach.search[some], size), place, np.repeat(reach.cost[some], size)


def _refuse_many(number: int) -> None:
    if number > _PAIRS:
        raise LayerError(
            message(
                "cutoff: more than {count} pairs are within it. Lower the cutoff, or take fewer places at a time.",
                count=_PAIRS,
            )
        )


def _asked(network: RoadNetwork, one: Snapped, two: Snapped, *, alone: bool) -> tuple[int, int]:
    """Pairs of places on roads, and those of them in different components."""
    here, there = (network.component[network.start[s.edge[s.near]]] for s in (one, two))
    number = int(network.component.max()) + 1
    joined = int(np.bincount(here, minlength=number) @ np.bincount(there, minlength=number))
    whole = len(here) * len(there)
    return whole - (len(here) if alone else 0), whole - joined


def _say_missing(missing: int, apart: int, pairs: int) -> None:
    if not apart:
        return
    text = message(
        "{missing} of {pairs} pairs are not in the table; {apart} of them lie in parts of the network that no road "
        "joins, the others are farther than the cut-off or behind one-way roads.",
        missing=missing,
        pairs=pairs,
        apart=apart,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def costs_table(found: TravelCosts, origins: Snapped, destinations: Snapped | None = None) -> pd.DataFrame:
    """
    Table of costs by name.

    Parameters
    ----------
    found
        Costs by number.
    origins, destinations
        Places.

    Returns
    -------
    table
        `origin`, `destination`, `cost`.
    """
    other = origins if destinations is None else destinations
    return pd.DataFrame(
        {
            "origin": origins.place[found.origin],
            "destination": other.place[found.destination],
            "cost": found.cost,
        }
    )
