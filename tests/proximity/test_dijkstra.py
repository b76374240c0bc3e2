"""Bounded searches: equal to scipy and networkx, whatever the network."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from geoterritorio.patterns._jit import _COMPILED
from geoterritorio.proximity import _dijkstra
from geoterritorio.proximity._dijkstra import graph_of, searches, spatial_order


def arcs(seed, nodes, number):
    rng = np.random.default_rng(seed)
    tail, head = rng.integers(0, nodes, (2, number))
    cost = rng.choice([0.5, 1.0, 2.5, np.inf], number) * rng.uniform(0.5, 2, number)
    return tail, head, cost


def found(graph, start, spent, first, limit):
    """Costs, searches by nodes; infinite where nothing is reached."""
    costs = np.full((len(first) - 1, len(graph.first) - 1), np.inf)
    seeds = np.full(costs.shape, -1)
    for reach in searches(graph, start, spent, first, limit=limit):
        costs[reach.search, reach.node] = reach.cost
        seeds[reach.search, reach.node] = reach.seed
        for k in np.unique(reach.search):
            assert (np.diff(reach.cost[reach.search == k]) >= 0).all()
    return costs, seeds


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(0, 120), st.floats(0, 12))
def test_equal_to_scipy_and_networkx(seed, nodes, number, limit):
    tail, head, cost = arcs(seed, nodes, number)
    graph = graph_of(nodes, tail, head, cost)
    every = np.arange(nodes)
    costs, _ = found(graph, every, np.zeros(nodes), np.arange(nodes + 1), limit)
    network = nx.MultiDiGraph()
    network.add_nodes_from(range(nodes))
    network.add_weighted_edges_from(
        (a, b, c) for a, b, c in zip(tail, head, cost, strict=True) if np.isfinite(c)
    )
    for k in every:
        there = nx.single_source_dijkstra_path_length(network, k, cutoff=limit, weight="weight")
        expected = np.full(nodes, np.inf)
        expected[list(there)] = list(there.values())
        assert costs[k].tolist() == expected.tolist()
    matrix = sparse.csr_array(_dijkstra._lightest(graph.first, graph.head, graph.cost, nodes))
    assert costs.tolist() == dijkstra(matrix, indices=every, limit=limit).tolist()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(2, 40), st.integers(0, 120), st.floats(0, 12))
def test_loop_and_blocks_are_twins(seed, nodes, number, limit):
    """Several starts a search, each with what has been spent there."""
    graph = graph_of(nodes, *arcs(seed, nodes, number))
    rng = np.random.default_rng(seed)
    first = np.concatenate([[0], np.cumsum(rng.integers(0, 4, 5))])
    start, spent = rng.integers(0, nodes, first[-1]), rng.uniform(0, 3, first[-1])
    loop = _dijkstra._search_loop(graph.first, graph.head, graph.cost, start, spent, first, limit)
    blocks = _dijkstra._search_blocks(graph.first, graph.head, graph.cost, start, spent, first, limit)
    assert loop[3].tolist() == blocks[3].tolist()
    for k in range(5):
        part = slice(loop[3][k], loop[3][k + 1])
        one, two = (dict(zip(f[0][part].tolist(), f[1][part].tolist(), strict=True)) for f in (loop, blocks))
        assert one == pytest.approx(two, abs=1e-12)


@pytest.mark.skipif(not _COMPILED, reason="needs numba")
def test_many_searches_grow_what_holds_them():
    side = 90
    node = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    graph = graph_of(side**2, np.r_[tail, head], np.r_[head, tail], np.ones(2 * len(tail)))
    start = np.array([0, side**2 - 1, 4000] * 30)
    costs, seeds = found(graph, start, np.zeros(90), np.arange(91), 1e9)
    row, column = np.divmod(np.arange(side**2), side)
    assert costs[0].tolist() == (row + column).tolist()
    assert (seeds == np.arange(90)[:, None]).all()


def test_no_search_and_no_start():
    graph = graph_of(2, np.array([0]), np.array([1]), np.array([1.0]))
    none = np.empty(0, np.int64)
    assert list(searches(graph, none, np.empty(0), np.array([0]), limit=5)) == []
    (reach,) = searches(graph, none, np.empty(0), np.array([0, 0]), limit=5)
    assert len(reach.node) == 0


def test_a_watcher_stops_the_search():
    graph = graph_of(2, np.array([0]), np.array([1]), np.array([1.0]))
    texts = []

    def stop(fraction, text=""):
        texts.append(text)
        if fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(searches(graph, np.zeros(1000, int), np.zeros(1000), np.arange(1001), limit=5, progress=stop))
    assert len(texts) == 2


def test_neighbours_in_space_are_neighbours_in_memory():
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, 1000, (4000, 2))
    order = spatial_order(xy)
    assert sorted(order) == list(range(4000))
    step = np.hypot(*np.diff(xy[order], axis=0).T)
    assert np.median(step) < 25
    assert spatial_order(np.zeros((3, 2))).tolist() == [0, 1, 2]
