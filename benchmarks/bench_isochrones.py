"""Bounded shortest ways and isochrones beside scipy, networkx and pandana, on one synthetic country of roads."""

from __future__ import annotations

import warnings

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Delaunay

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.proximity import NetworkRules, ReachRules, isochrones, road_network, snap
from geoterritorio.proximity._dijkstra import graph_of, searches, spatial_order

NODES, SEARCHES, BUDGET = 500_000, 1000, 30.0
# Searches that networkx does of the thousand, its time scaled up; those compared one by one.
PART = 20


@pytest.fixture(scope="module")
def country() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """
    Half a million junctions in a square of 500 km, 748 000 roads at 30 to 110 km/h, and a thousand starts.

    Junctions are numbered at random, as they come in files.
    """
    rng = np.random.default_rng(0)
    xy = rng.random((NODES, 2)) * 500_000
    corners = Delaunay(xy).simplices
    pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    kept = (rng.random(len(pairs)) < 0.5) & (length < 2500)
    pairs, length = pairs[kept], length[kept]
    minutes = length * 60 / 1000 / rng.choice([30, 50, 80, 110], len(pairs), p=[0.5, 0.3, 0.15, 0.05])
    links = sparse.coo_array((minutes, tuple(pairs.T)), shape=(NODES, NODES))
    _, label = connected_components(links, directed=False)
    starts = rng.choice(np.flatnonzero(label == np.bincount(label).argmax()), SEARCHES, replace=False)
    return xy, pairs, minutes, starts


def both_ways(pairs: np.ndarray, minutes: np.ndarray) -> sparse.csr_array:
    links = sparse.coo_array((minutes, tuple(pairs.T)), shape=(NODES, NODES)).tocsr()
    return links + links.T


def ours(country):
    """The search as a network does it: junctions along a curve through space."""
    xy, pairs, minutes, starts = country
    number = np.empty(NODES, dtype=np.int64)
    number[spatial_order(xy)] = np.arange(NODES)
    a, b = number[pairs].T
    graph = graph_of(NODES, np.r_[a, b], np.r_[b, a], np.r_[minutes, minutes])

    def work():
        found = searches(graph, number[starts], np.zeros(SEARCHES), np.arange(SEARCHES + 1), limit=BUDGET)
        return [(r.search, r.node, r.cost) for r in found]

    work()  # compiled, or read from where the compiled lies
    return number, work


def sizes(found) -> np.ndarray:
    return np.bincount(np.concatenate([f[0] for f in found]), minlength=SEARCHES)


def test_beside_scipy(country, compare):
    _, pairs, minutes, starts = country
    matrix = both_ways(pairs, minutes)
    number, work = ours(country)
    found, expected = compare(
        "1000 searches of 30 min; scipy dijkstra(limit), 4 GB of costs",
        work,
        lambda: dijkstra(matrix, indices=starts, limit=BUDGET),
    )
    for search in range(PART):
        node, cost = next((n[s == search], c[s == search]) for s, n, c in found if (s == search).any())
        reached = np.flatnonzero(np.isfinite(expected[search]))
        assert sorted(node) == sorted(number[reached])
        mine = np.full(NODES, np.inf)
        mine[node] = cost
        assert mine[number[reached]] == pytest.approx(expected[search][reached], rel=1e-12)


def test_beside_networkx(country, compare):
    _, pairs, minutes, starts = country
    graph = nx.from_scipy_sparse_array(both_ways(pairs, minutes))
    _, work = ours(country)
    found, expected = compare(
        f"1000 searches of 30 min; networkx, {PART} of them",
        work,
        lambda: [nx.single_source_dijkstra_path_length(graph, int(s), cutoff=BUDGET) for s in starts[:PART]],
        part=PART / SEARCHES,
    )
    assert sizes(found)[:PART].tolist() == [len(e) for e in expected]


def test_beside_pandana(country, compare):
    pandana = pytest.importorskip("pandana")
    xy, pairs, minutes, starts = country
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = pandana.Network(
            pd.Series(xy[:, 0]),
            pd.Series(xy[:, 1]),
            pd.Series(pairs[:, 0]),
            pd.Series(pairs[:, 1]),
            pd.DataFrame({"minutes": minutes}),
            twoway=True,
        )
        _, work = ours(country)
        found, expected = compare(
            "1000 searches of 30 min; pandana nodes_in_range, without its build",
            work,
            lambda: network.nodes_in_range([int(s) for s in starts], BUDGET),
        )
    # Contraction hierarchies count in whole thousandths, so that a few junctions at the edge differ.
    assert sizes(found).sum() == pytest.approx(len(expected), rel=5e-3)


@pytest.fixture(scope="module")
def part_of_country(country) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Roads of a tenth of the country, and two hundred places on them."""
    xy, pairs, minutes, _ = country
    near = (xy[pairs] < 500_000 / np.sqrt(10)).all(axis=(1, 2))
    pairs, minutes = pairs[near], minutes[near]
    roads = gpd.GeoDataFrame({"minutes": minutes}, geometry=shapely.linestrings(xy[pairs]), crs=25830)
    places = gpd.GeoDataFrame(
        {"centre": [f"p{k}" for k in range(200)]},
        geometry=shapely.points(xy[pairs[::150, 0]][:200]),
        crs=25830,
    )
    return roads, places


def network_of(roads: gpd.GeoDataFrame):
    with warnings.catch_warnings():
        # Roads drawn at random fall into parts, which a network tells: here they are meant.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return road_network(roads, rules=NetworkRules(junctions="ends"))


def test_from_lines_to_network(part_of_country, compare):
    roads, _ = part_of_country
    network, _ = compare(f"network of {len(roads)} lines", lambda: network_of(roads))
    assert len(network.start) >= len(roads)


def test_from_network_to_land(part_of_country, compare):
    roads, places = part_of_country
    network = network_of(roads)
    with warnings.catch_warnings():
        # Places in small parts of the network reach nothing beyond them, and are told.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        snapped = snap(places, network, name="origins")
        found, _ = compare(
            "isochrones of 200 places, 10, 20 and 30 min",
            lambda: isochrones(network, snapped, budgets=(10, 20, 30), rules=ReachRules(radius=100)),
        )
    assert len(found.areas) >= 500
