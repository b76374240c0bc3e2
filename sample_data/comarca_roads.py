"""Roads of the invented territory: least-effort ways between the towns, over the relief."""

from __future__ import annotations

from itertools import pairwise

import comarca_codes as codes
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from comarca_land import BOTTOM, EPSG, HEIGHT, LEFT, WIDTH, Array, Land, sample
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

STEP = 1_000.0
CLASSES = ("motorway", "regional", "local")
SPEED = np.array([105.0, 70.0, 45.0])  # km/h
CARRIAGEWAY = 15.0  # half the distance between the two directions of a motorway, metres
UPHILL = 26.0  # extra cost of the way per unit of slope


def roads(land: Land) -> gpd.GeoDataFrame:
    """
    Road network, cut where roads meet.

    Motorways link the centres of the labour markets and have one line for each direction; every town is on the
    network.
    """
    nodes, graph, shape = _ways(land)
    towns = _nodes_of(land.seats, shape)
    nodes[towns] = land.seats
    nodes = np.round(nodes, 1)
    rank = np.full(graph.nnz, len(CLASSES))
    keys = _Edges.of(graph)
    for level, pairs in ((2, _triangles(land.seats)), (1, land.links), (0, _trunk(land))):
        wanted = pairs if isinstance(pairs, np.ndarray) else _tree(pairs)
        for path in _paths(graph, towns, wanted):
            rank[keys.find(path[:-1], path[1:])] = level
    used = np.flatnonzero(rank < len(CLASSES))
    a, b = keys.ends(used)
    return _lines(nodes, np.c_[a, b], rank[used], towns)


class _Edges:
    """Positions of edges in a sparse graph."""

    def __init__(self, keys: Array, count: int) -> None:
        self.keys, self.count = keys, count

    @classmethod
    def of(cls, graph: csr_array) -> _Edges:
        rows = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
        return cls(rows * graph.shape[0] + graph.indices, graph.shape[0])

    def find(self, a: Array, b: Array) -> Array:
        """Position of each edge, in the direction of ascending nodes."""
        return np.searchsorted(self.keys, np.minimum(a, b) * self.count + np.maximum(a, b))

    def ends(self, position: Array) -> tuple[Array, Array]:
        """Nodes of edges."""
        return np.divmod(self.keys[position], self.count)


def _ways(land: Land) -> tuple[Array, csr_array, tuple[int, int]]:
    """Grid of possible ways with eight directions; cost grows with slope, water cannot be crossed."""
    shape = (int(HEIGHT / STEP), int(WIDTH / STEP))
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    wobble = np.random.default_rng(7).uniform(-0.28, 0.28, (2, *shape)) * STEP
    nodes = np.c_[
        (LEFT + (x + 0.5) * STEP + wobble[0]).ravel(),
        (BOTTOM + HEIGHT - (y + 0.5) * STEP + wobble[1]).ravel(),
    ]
    number = np.arange(x.size).reshape(shape)
    pairs = np.concatenate(
        [
            np.c_[number[:, :-1].ravel(), number[:, 1:].ravel()],
            np.c_[number[:-1].ravel(), number[1:].ravel()],
            np.c_[number[:-1, :-1].ravel(), number[1:, 1:].ravel()],
            np.c_[number[:-1, 1:].ravel(), number[1:, :-1].ravel()],
        ]
    )
    height = sample(land.elevation, nodes).astype(float)
    length = np.hypot(*(nodes[pairs[:, 0]] - nodes[pairs[:, 1]]).T)
    slope = np.abs(height[pairs[:, 0]] - height[pairs[:, 1]]) / length
    wet = (height[pairs] <= 0).any(axis=1)
    cost = length * (1 + UPHILL * slope) * np.where(wet, 50.0, 1.0)
    return (
        nodes,
        csr_array((cost, (pairs[:, 0], pairs[:, 1])), shape=(x.size, x.size)).sorted_indices(),
        shape,
    )


def _nodes_of(xy: Array, shape: tuple[int, int]) -> Array:
    column = np.clip(((xy[:, 0] - LEFT) / STEP).astype(int), 0, shape[1] - 1)
    row = np.clip(((BOTTOM + HEIGHT - xy[:, 1]) / STEP).astype(int), 0, shape[0] - 1)
    return row * shape[1] + column


def _triangles(seats: Array) -> Array:
    """Pairs of neighbouring towns with no other town in the circle between them (Gabriel graph)."""
    simplices = Delaunay(seats).simplices
    pairs = np.unique(np.sort(simplices[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2), axis=1), axis=0)
    middle = seats[pairs].mean(axis=1)
    radius = np.hypot(*(seats[pairs[:, 0]] - seats[pairs[:, 1]]).T) / 2
    gap = np.hypot(middle[:, None, 0] - seats[:, 0], middle[:, None, 1] - seats[:, 1]).min(axis=1)
    return np.asarray(pairs[gap > 0.98 * radius])


def _tree(links: csr_array) -> Array:
    """Cheapest tree through all towns."""
    return np.stack(minimum_spanning_tree(links).nonzero(), axis=1)


def _trunk(land: Land) -> Array:
    """Pairs of market centres: the shortest tree, and one more way out of every centre."""
    centres = land.seats[: land.markets]
    pairs = _triangles(centres) if land.markets > 3 else np.array([[0, 1]])  # noqa: PLR2004 - a triangle
    length = np.hypot(*(centres[pairs[:, 0]] - centres[pairs[:, 1]]).T)
    return np.asarray(pairs[length < 1.15 * np.median(length)])


def _paths(graph: csr_array, towns: Array, pairs: Array) -> list[Array]:
    """Least-effort way between each pair of towns, as nodes of the grid."""
    found = []
    for start in np.unique(pairs[:, 0]):
        before = dijkstra(graph, directed=False, indices=towns[start], return_predecessors=True)[1]
        for end in towns[pairs[pairs[:, 0] == start, 1]]:
            way, node = [], int(end)
            while node >= 0:
                way.append(node)
                node = int(before[node])
            found.append(np.array(way))
    return found


def _lines(nodes: Array, edges: Array, rank: Array, towns: Array) -> gpd.GeoDataFrame:
    """Edges of one class joined into lines between junctions, smoothed, with length, speed and minutes."""
    degree = np.bincount(edges.ravel(), minlength=len(nodes))
    degree[towns] = 3
    stops = {tuple(xy) for xy in nodes[degree > 2]}  # noqa: PLR2004 - a line passes through
    parts = []
    for level, name in enumerate(CLASSES):
        own = shapely.linestrings(nodes[edges[rank == level]])
        merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(own)))
        lines = _split(merged, stops)
        parts.append(
            gpd.GeoDataFrame({"class": [name] * len(lines), "level": level}, geometry=lines, crs=EPSG)
        )
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=EPSG)
    table["geometry"] = _smooth(table.geometry.to_numpy())
    twin = table["level"] == 0
    back = table[twin].assign(geometry=shapely.reverse(table.geometry[twin].to_numpy()))
    both = pd.concat([table[twin], back]).assign(oneway="yes")
    both["geometry"] = _beside(both.geometry.to_numpy())
    table = pd.concat([both, table[~twin].assign(oneway="no")], ignore_index=True)
    length = table.geometry.length
    minutes = length / 1_000 / SPEED[table["level"].to_numpy()] * 60
    table = table.assign(
        road=[f"RINV{i + 1:05d}" for i in range(len(table))],
        length=length.round(1),
        speed=SPEED[table["level"].to_numpy()],
        minutes=minutes.round(3),
        nature=codes.NATURE,
    )
    return table[["road", "class", "length", "speed", "minutes", "oneway", "nature", "geometry"]]


def _split(lines: Array, stops: set[tuple[float, ...]]) -> Array:
    """Lines cut at towns and wherever more than two edges of any class meet."""
    parts = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        cut = [i for i in range(1, len(xy) - 1) if tuple(xy[i]) in stops]
        parts += [shapely.linestrings(xy[a : b + 1]) for a, b in pairwise([0, *cut, len(xy) - 1])]
    return np.array(parts)


def _smooth(lines: Array, rounds: int = 2) -> Array:
    """Corners cut (Chaikin), ends kept."""
    for _ in range(rounds):
        lines = np.array([_chaikin(shapely.get_coordinates(line)) for line in lines])
    return lines


def _chaikin(xy: Array) -> shapely.LineString:
    if len(xy) == 2:  # noqa: PLR2004 - straight
        return shapely.linestrings(xy)
    inner = np.stack([0.75 * xy[:-1] + 0.25 * xy[1:], 0.25 * xy[:-1] + 0.75 * xy[1:]], axis=1).reshape(-1, 2)
    return shapely.linestrings(np.round(np.r_[xy[:1], inner[1:-1], xy[-1:]], 1))


def _beside(lines: Array) -> Array:
    """Carriageways to the right of the axis; the ends stay, so that the network hangs together."""
    moved = []
    for line in lines:
        xy = shapely.get_coordinates(line)
        if len(xy) > 2:  # noqa: PLR2004 - there is an inside
            ahead = xy[2:] - xy[:-2]
            right = np.c_[ahead[:, 1], -ahead[:, 0]] / np.hypot(*ahead.T)[:, None]
            xy[1:-1] = np.round(xy[1:-1] + CARRIAGEWAY * right, 1)
        moved.append(shapely.linestrings(xy))
    return np.array(moved)
