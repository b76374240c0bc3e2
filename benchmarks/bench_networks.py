"""Networks of fifty thousand actors with two hundred thousand ties: figures, brokers, and networkx beside them."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from geoterritorio.identification import actor_ties, broker_roles, network_measures, structural_holes
from geoterritorio.identification import network_figures as figures
from geoterritorio.identification.actor_ties import Ties, pairs
from geoterritorio.identification.holes import holes_of_pairs

ACTORS, TIES, PLACES, STAY = 50_000, 200_000, 100, 0.7
KINDS = ["supply", "supply", "cooperation", "membership", "project"]
BODIES = ["laboratory", "training", "chamber", "association", "transfer", "higher_education"]
# Actors of whom networkx is asked: of fifty thousand, three minutes were not enough for fifty.
FEW = 3000


def network(actors: int = ACTORS, links: int = TIES) -> Ties:
    """Ties of actors who are sought after unequally, seven in ten with others of the same place."""
    rng = np.random.default_rng(1)
    place = np.arange(actors) * PLACES // actors
    sought = rng.pareto(2.2, actors) + 1
    order = np.cumsum(sought)
    source = np.searchsorted(order, rng.random(links) * order[-1])
    first = np.searchsorted(place, place[source])
    last = np.searchsorted(place, place[source], side="right")
    low = np.where(first > 0, order[first - 1], 0)
    near = np.searchsorted(order, low + rng.random(links) * (order[last - 1] - low))
    target = np.where(rng.random(links) < STAY, near, np.searchsorted(order, rng.random(links) * order[-1]))
    names = np.char.add("a", np.arange(actors).astype(str)).astype(object)
    table = pd.DataFrame({"source": names[source], "target": names[target]})
    table = table.assign(kind=rng.choice(KINDS, links), period=rng.choice(["2022", "2023", "2024"], links))
    types = rng.choice(["firm"] * 40 + BODIES, actors)
    where = np.char.add("T", place.astype(str)).astype(object)
    return actor_ties(table, pd.DataFrame({"actor": names, "type": types, "territory": where}))


@pytest.fixture(scope="module")
def ties() -> Ties:
    return network()


def test_figures(compare, ties):
    places = pd.Index(sorted(ties.actors["territory"].unique()))
    name = f"figures of networks, {ACTORS} actors, {TIES} ties, 99 networks by chance"
    found, _ = compare(name, lambda: network_measures(ties, places))
    assert found.draws >= 99


def test_brokers(compare, ties):
    found, _ = compare(f"brokers, {ACTORS} actors, {TIES} ties, 100 draws", lambda: broker_roles(ties))
    assert found.draws >= 99


def test_holes(compare, ties):
    first, second = pairs(ties.source, ties.target, ties.size)
    found, _ = compare(f"structural holes, {ACTORS} actors", lambda: holes_of_pairs(first, second, ties.size))
    assert len(found) == ties.size


def test_holes_beside_networkx(compare):
    few = network(FEW, 4 * FEW)
    first, second = pairs(few.source, few.target, few.size)
    graph = nx.Graph(list(zip(first.tolist(), second.tolist(), strict=True)))
    found, peer = compare(
        f"structural holes, {FEW} actors, networkx",
        lambda: holes_of_pairs(first, second, few.size),
        lambda: structural_holes(graph),
    )
    pd.testing.assert_frame_equal(found, peer.sort_index(), check_names=False)


def test_main_core(compare, ties):
    first, second = pairs(ties.source, ties.target, ties.size)
    graph = nx.Graph(list(zip(first.tolist(), second.tolist(), strict=True)))
    group = np.zeros(ties.size, dtype=np.int64)
    found, peer = compare(
        f"largest k-core, {ACTORS} actors, networkx",
        lambda: figures.main_core(first, second, group, 1),
        lambda: max(nx.core_number(graph).values()),
    )
    assert found[0] == peer
