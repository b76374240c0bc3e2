"""Networks of actors and brokers: published and worked examples, networkx, brute force, chance, bad input."""

from __future__ import annotations

import warnings
from itertools import permutations
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geoterritorio.assessment import ladder
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.identification import (
    actor_ties,
    broker_roles,
    gould_fernandez,
    network_measures,
    structural_holes,
)
from geoterritorio.identification import network_figures as figures
from geoterritorio.identification._dealing import Switching, beyond, dealt_ends, told_by
from geoterritorio.identification._open_ways import ROLES
from geoterritorio.identification.holes import holes_of_pairs
from geoterritorio.identification.tools import actor_network, brokerage

# Arcs and classes with all five roles; R package sna 2.7-1 (brokerage) gives these counts.
ARCS = "12 23 14 43 24 45 56 61 35 26 65"
CLASSES = "FFFUUG"
COUNTS = [
    [0, 0, 0, 1, 1],
    [1, 0, 1, 0, 0],
    [0, 0, 1, 0, 0],
    [0, 1, 0, 2, 0],
    [0, 0, 1, 0, 1],
    [0, 1, 0, 0, 2],
]
# Borgatti's example of structural holes (UCINET; R package igraph).
HOLES = "AB AF AG AE EG FG BG BD DG GC"
CONSTRAINT = {
    "A": 0.595486,
    "B": 0.642747,
    "C": 1,
    "D": 0.784722,
    "E": 0.730903,
    "F": 0.730903,
    "G": 0.400270,
}
SIZE = {"A": 2.5, "B": 5 / 3, "C": 1, "D": 1, "E": 1, "F": 1, "G": 14 / 3}
STRENGTHS = (2, 3, 5, 2, 8, 3, 4, 1, 3, 10)
STRONG = {"A": 0.794955, "B": 0.812748, "C": 1, "D": 0.913413, "E": 0.883455, "F": 0.833233, "G": 0.298852}
STRONG_SIZE = {"A": 2.475, "B": 1.671429, "C": 1, "D": 1.15, "E": 1.1, "F": 1.25, "G": 5.471717}


def by_force(arcs: set[tuple[int, int]], labels: list[Any]) -> list[list[int]]:
    """Roles counted way by way."""
    found = [[0] * 5 for _ in labels]
    for i, j, k in permutations(range(len(labels)), 3):
        if (i, j) in arcs and (j, k) in arcs and (i, k) not in arcs:
            a, b, c = labels[i], labels[j], labels[k]
            role = (0 if a == b else 1) if a == c else 2 if a == b else 3 if b == c else 4
            found[j][role] += 1
    return found


def test_five_roles_of_the_worked_example() -> None:
    source, target = zip(*((int(a) - 1, int(b) - 1) for a, b in ARCS.split()), strict=True)
    table = gould_fernandez(source, target, list(CLASSES))
    assert table.to_numpy().tolist() == COUNTS
    assert table.sum().tolist() == [1, 2, 3, 3, 4]
    assert list(table) == list(ROLES)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(3, 9).flatmap(
        lambda n: st.tuples(
            st.sets(
                st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda a: a[0] != a[1]),
                min_size=1,
            ),
            st.lists(st.sampled_from("abc"), min_size=n, max_size=n),
        )
    )
)
def test_roles_are_those_counted_way_by_way(case: tuple[set[tuple[int, int]], list[str]]) -> None:
    arcs, labels = case
    source, target = zip(*sorted(arcs), strict=True)
    assert gould_fernandez(source, target, labels).to_numpy().tolist() == by_force(arcs, labels)


def test_structural_holes_of_the_published_example() -> None:
    found = structural_holes(nx.Graph([tuple(e) for e in HOLES.split()]))
    for name, value in CONSTRAINT.items():
        assert found.loc[name, "constraint"] == pytest.approx(value, abs=5e-7)
        assert found.loc[name, "effective_size"] == pytest.approx(SIZE[name], abs=1e-12)


def test_structural_holes_with_strengths_and_directions() -> None:
    graph = nx.Graph()
    graph.add_weighted_edges_from((*e, w) for e, w in zip(HOLES.split(), STRENGTHS, strict=True))
    found = structural_holes(graph, weight="weight")
    for name, value in STRONG.items():
        assert found.loc[name, "constraint"] == pytest.approx(value, abs=5e-7)
        assert found.loc[name, "effective_size"] == pytest.approx(STRONG_SIZE[name], abs=5e-7)
    arcs = [(0, 1), (0, 2), (1, 0), (2, 1)]
    plain = structural_holes(nx.DiGraph(arcs))
    assert plain["constraint"].round(3).tolist() == [1.003, 1.003, 1.389]
    assert plain["effective_size"].round(3).tolist() == [1.167, 1.167, 1]
    weighed = nx.DiGraph()
    weighed.add_weighted_edges_from((a, b, w) for (a, b), w in zip(arcs, (2, 2, 1, 1), strict=True))
    strong = structural_holes(weighed, weight="weight")
    assert strong["constraint"].round(3).tolist() == [0.840, 1.143, 1.378]
    assert strong["effective_size"].round(3).tolist() == [1.567, 1.083, 1]


def test_actor_by_actor_holes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = nx.gnm_random_graph(30, 60, seed=3)
    whole = structural_holes(graph)
    monkeypatch.setattr("geoterritorio.identification.holes._DENSE", 3)
    pd.testing.assert_frame_equal(whole, structural_holes(graph))


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 25), st.integers(3, 60), st.integers(0, 99))
def test_figures_equal_networkx(size: int, ties: int, seed: int) -> None:
    graph = nx.gnm_random_graph(size, ties, seed=seed)
    first, second = (np.array(x, dtype=np.int64) for x in zip(*graph.edges, strict=True))
    group = np.zeros(size, dtype=np.int64)
    degree = np.bincount(np.concatenate([first, second]), minlength=size)
    labels = np.arange(size) % 3
    nx.set_node_attributes(graph, dict(enumerate(labels.tolist())), "label")
    parts, largest = figures.components(first, second, group, 1)
    assert parts[0] == nx.number_connected_components(graph)
    assert largest[0] == max(map(len, nx.connected_components(graph))) / size
    assert figures.main_core(first, second, group, 1)[0] == max(nx.core_number(graph).values())
    assert figures.density(np.array([graph.size()]), np.array([size]))[0] == pytest.approx(nx.density(graph))
    central = np.array(list(nx.degree_centrality(graph).values()))
    freeman = (central.max() - central).sum() / (size - 2)
    assert figures.degree_centralisation(degree, group, 1)[0] == pytest.approx(freeman)
    told = figures.assortativity(labels, first, second, np.zeros(len(first), dtype=np.int64), 1)[0]
    if not np.isnan(told):
        assert told == pytest.approx(nx.attribute_assortativity_coefficient(graph, "label"))
    arcs = nx.gnm_random_graph(size, ties, seed=seed, directed=True)
    source, target = (np.array(x, dtype=np.int64) for x in zip(*arcs.edges, strict=True))
    assert figures.reciprocity(source, target, group, 1, size)[0] == pytest.approx(
        nx.overall_reciprocity(arcs)
    )


def test_a_star_is_central_and_a_ring_is_not() -> None:
    group, hub = np.zeros(6, dtype=np.int64), np.zeros(5, dtype=np.int64)
    ring = np.arange(6)
    args = {"pivots": 99, "seed": 1}
    assert figures.betweenness_centralisation(hub, np.arange(1, 6), group, 1, **args)[0] == pytest.approx(1)
    assert figures.betweenness_centralisation(ring, (ring + 1) % 6, group, 1, **args)[0] == pytest.approx(0)


@pytest.mark.parametrize("ties", [240, 1000])
def test_dealt_ends_keep_what_goes_from_and_comes_to_each(ties: int) -> None:
    """No tie is lost, goes to itself or is there twice, also where a network is so dense that dealing seldom fits."""
    rng = np.random.default_rng(5)
    graph = nx.gnm_random_graph(40, ties, seed=5, directed=True)
    source, target = (np.array(x, dtype=np.int64) for x in zip(*graph.edges, strict=True))
    cell = rng.integers(0, 2, len(source)) if ties < 300 else np.zeros(ties, dtype=np.int64)
    new = dealt_ends((source, target), cell, np.zeros(ties, dtype=bool), 40, rng)
    for c in np.unique(cell):
        assert sorted(new[cell == c]) == sorted(target[cell == c])
    assert (new != target).mean() > 0.3
    assert not (source == new).any()
    assert not pd.DataFrame({"c": cell, "s": source, "t": new}).duplicated().any()


def test_dealt_ties_without_direction_are_as_many_different_pairs() -> None:
    rng = np.random.default_rng(5)
    graph = nx.gnm_random_graph(30, 150, seed=5)
    source, target = (np.array(x, dtype=np.int64) for x in zip(*graph.edges, strict=True))
    cell = np.zeros(150, dtype=np.int64)
    for _ in range(20):
        new = dealt_ends((source, target), cell, np.ones(150, dtype=bool), 30, rng)
        assert len({frozenset(e) for e in zip(source.tolist(), new.tolist(), strict=True)}) == 150


def actors_of(types: list[str], territories: list[str]) -> pd.DataFrame:
    names = [f"a{k:03d}" for k in range(len(types))]
    return pd.DataFrame({"actor": names, "type": types, "territory": territories})


def chance(seed: int, size: int = 120, ties: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Actors and links that mean nothing."""
    rng = np.random.default_rng(seed)
    types = rng.choice(["firm", "firm", "firm", "laboratory", "training", "chamber"], size).tolist()
    actors = actors_of(types, rng.choice(["T", "U", "V"], size).tolist())
    graph = nx.gnm_random_graph(size, ties, seed=seed, directed=True)
    links = pd.DataFrame([(f"a{i:03d}", f"a{j:03d}") for i, j in graph.edges], columns=["source", "target"])
    links["kind"] = rng.choice(["supply", "cooperation", "project"], len(links))
    links["period"] = rng.choice(["2023", "2024"], len(links))
    return links, actors


def test_expected_roles_are_those_of_dealing() -> None:
    """Mean of the draws beside its closed form for a broker between two others that are not tied."""
    types = ["firm"] * 4 + ["chamber"] * 3 + ["laboratory"] * 2
    links = pd.DataFrame(
        {"source": ["a004", "a000", "a007", "a001"], "target": ["a000", "a008", "a002", "a003"]}
    )
    links = pd.concat([links, pd.DataFrame({"source": ["a005", "a006"], "target": ["a001", "a001"]})])
    ties = actor_ties(links, actors_of(types, ["T"] * 9))
    found = broker_roles(ties, draws=4000, least=1).roles
    mine = found[(found["actor"] == 0) & (found["by"] == "type")].set_index("role")
    # of 5 institutions (3 chambers, 2 laboratories) two are dealt to the ends: alike with (3 + 1) / 10
    assert mine.loc["itinerant", "expected"] == pytest.approx(0.4, abs=0.03)
    assert mine.loc["liaison", "expected"] == pytest.approx(0.6, abs=0.03)
    assert mine.loc["coordinator", "expected"] == 0


def test_nothing_planted_next_to_nothing_claimed() -> None:
    """In 100 such networks (199 draws) 7 had a claim over territories, 4 over types, 3 of knowledge; 5 is nominal."""
    claims, tests, low = 0, 0, 0
    for seed in range(5):
        links, actors = chance(seed)
        ties = actor_ties(links, actors)
        table = network_measures(ties, pd.Index(["T", "U", "V"]), draws=99, rng=seed).summary
        roles = broker_roles(ties, draws=99, rng=seed).roles
        p = np.concatenate([table["p"].dropna(), roles["p"].dropna()])
        assert not (table["q"] <= 0.05).any()
        claims, tests, low = claims + (roles["q"] <= 0.05).sum(), tests + len(p), low + (p <= 0.05).sum()
    assert claims / tests < 0.005
    assert low / tests < 0.07


def local(seed: int, *, traders: bool) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Ties of which nine in ten stay in their territory; where asked for, two sell what others make to elsewhere."""
    rng = np.random.default_rng(seed)
    names = np.array([f"a{k:03d}" for k in range(240)])
    where = np.repeat(["T", "U", "V", "W"], 60)
    source = rng.integers(0, 240, 900)
    near = where.searchsorted(where[source]) + rng.integers(0, 60, 900)
    target = np.where(rng.random(900) < 0.9, near, rng.integers(0, 240, 900))
    parts = [pd.DataFrame({"source": names[source], "target": names[target]})]
    for k in (5, 70) if traders else ():
        home = k // 60 * 60
        sellers, away = (
            rng.choice(np.arange(home, home + 60), 20),
            rng.choice((k + np.arange(60, 180)) % 240, 12),
        )
        parts += [pd.DataFrame({"source": names[sellers], "target": names[k]})]
        parts += [pd.DataFrame({"source": names[k], "target": names[away]})]
    links = pd.concat(parts)
    links = links[links["source"] != links["target"]].drop_duplicates().assign(kind="supply", period="2024")
    actors = pd.DataFrame({"actor": names, "type": "firm", "territory": where})
    return links, actors, names[[5, 70]].tolist() if traders else []


@pytest.mark.parametrize("seed", [1, 2])
def test_that_ties_stay_makes_nobody_a_broker(seed: int) -> None:
    links, actors, _ = local(seed, traders=False)
    found = broker_roles(actor_ties(links, actors), draws=199).roles
    over = found[found["by"] == "territory"]
    assert (over["role"].eq("coordinator") & over["p"].notna()).sum() > 40
    assert (over["q"] <= 0.05).mean() < 0.01
    # labels dealt anew, as chance without place, would call many of them so
    same = over[over["role"] == "coordinator"]
    assert (same["count"].sum() / same["expected"].sum()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("seed", [1, 2])
def test_traders_stand_out_where_ties_stay(seed: int) -> None:
    links, actors, traders = local(seed, traders=True)
    ties = actor_ties(links, actors)
    found = broker_roles(ties, draws=199).roles
    sure = found[(found["by"] == "territory") & (found["q"] <= 0.05)]
    named = ties.actors["actor"].to_numpy()[sure["actor"].to_numpy(dtype=int)]
    assert {*zip(traders, ["representative"] * 2, strict=True)} <= {*zip(named, sure["role"], strict=True)}
    assert len({*named} - {*traders}) <= 1


def test_exchanged_ends_keep_degrees_and_the_ties_of_groups() -> None:
    links, actors, _ = local(3, traders=True)
    links["kind"] = np.where(np.arange(len(links)) % 3 == 0, "project", "supply")
    ties = actor_ties(links, actors)
    label = np.unique(ties.actors["territory"], return_inverse=True)[1].astype(np.int64)
    both = ties.kind == "project"
    switching = Switching(ties.source, ties.cells, both, label)
    new = switching.after(ties.target, 12, np.random.default_rng(1))
    before, after = (
        pd.DataFrame({"c": ties.cells, "s": ties.source, "t": t, "a": label[ties.source], "b": label[t]})
        for t in (ties.target, new)
    )
    assert (new != ties.target).mean() > 0.5
    for keys in (["c", "s"], ["c", "t"], ["c", "a", "b"]):
        pd.testing.assert_series_equal(
            before.value_counts(keys).sort_index(), after.value_counts(keys).sort_index()
        )
    assert not (after["s"] == after["t"]).any()
    assert not after.duplicated(["c", "s", "t"]).any()
    ends = np.sort(after.loc[both, ["s", "t"]], axis=1)
    assert len(np.unique(ends, axis=0)) == len(ends)


def test_what_chance_cannot_change_has_no_distance_from_it() -> None:
    """Draws that differ by rounding alone are the same: z, p and q are empty, and the mean is the value."""
    value = np.array([1 / 3, 0.5, 0.5])
    noise = np.array([[1e-17, 1e-16, 0], [-1e-16, -1e-16, -0.25], [0, 0, 0.25]])
    drawn = value + noise
    told = told_by(value, drawn)
    assert np.isnan(told["z"]).tolist() == [True, True, False]
    assert np.isnan(told["p"]).tolist() == [True, True, False]
    assert told["expected"][:2].tolist() == value[:2].tolist()
    # all draws alike and another value: p says how rare it is, no distance can be told
    other = told_by(np.array([1.0]), np.zeros((19, 1)))
    assert np.isnan(other["z"][0])
    assert other["p"][0] == pytest.approx(0.1)
    counts = beyond(np.array([7.0, 3.0]), np.array([[7, 1], [7, 2], [7, 3]], dtype=np.float32))
    assert np.isnan([counts[name][0] for name in ("z", "p", "q")]).all()
    assert counts["p"][1] == pytest.approx(0.5)
    assert counts["q"][1] >= counts["p"][1]


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 30), st.integers(2, 80), st.integers(0, 99))
def test_holes_and_betweenness_of_all_at_once_equal_networkx(size: int, ties: int, seed: int) -> None:
    graph = nx.gnm_random_graph(size, ties, seed=seed)
    first, second = (np.array(x, dtype=np.int64) for x in zip(*graph.edges, strict=True))
    pd.testing.assert_frame_equal(
        holes_of_pairs(first, second, size), structural_holes(graph).sort_index(), check_names=False
    )
    group = np.arange(size) % 2
    same = group[first] == group[second]
    found = figures.betweenness_centralisation(first[same], second[same], group, 2, pivots=99, seed=1)
    for g in range(2):
        part = graph.subgraph(np.flatnonzero(group == g).tolist())
        if len(part) > 2:
            between = np.array(list(nx.betweenness_centrality(part).values()))
            wanted = (between.max() - between).sum() / (len(part) - 1)
            assert found[g] == pytest.approx(wanted, abs=1e-12)


def test_one_tie_stated_twice_is_one() -> None:
    """Projects have no direction; cooperation that both ends state is one tie, and mutual."""
    actors = actors_of(["firm"] * 4, ["T"] * 4)
    once = pd.DataFrame(
        {"source": ["a000", "a001", "a002"], "target": ["a001", "a002", "a003"], "kind": "project"}
    ).assign(period="2024")
    turned = once.rename(columns={"source": "target", "target": "source"})
    again = pd.concat([once, turned, once])
    one, two = (actor_ties(x, actors) for x in (once, again))
    assert len(one.source) == len(two.source) == 3
    assert "6." in str(two.notices[0])
    coop = actor_ties(again.assign(kind="cooperation"), actors)
    assert coop.echo.tolist() == [False] * 3 + [True] * 3
    plain = actor_ties(once.assign(kind="cooperation"), actors)
    tables = [
        network_measures(t, pd.Index(["T"]), draws=49).whole.set_index("measure") for t in (plain, coop)
    ]
    assert [t.loc["reciprocity", "value"] for t in tables] == [0, 1]
    others = [t.drop(index="reciprocity")["value"] for t in tables]
    pd.testing.assert_series_equal(*others)
    assert np.isnan(tables[1].loc["density", ["expected", "p", "q"]].astype(float)).all()
    roles = [broker_roles(t, draws=0, least=1).roles for t in (plain, coop)]
    pd.testing.assert_frame_equal(*roles)


def test_large_networks_get_fewer_draws_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    links, actors = chance(3)
    ties = actor_ties(links, actors)
    monkeypatch.setattr("geoterritorio.identification.brokers._STEPS", 3000)
    assert broker_roles(ties, draws=120).draws == 99
    monkeypatch.setattr("geoterritorio.identification.actor_figures._STEPS", 1)
    good = pd.DataFrame({"source": ["f1"], "target": ["f2"]})
    with pytest.warns(GeoterritorioWarning, match="99 instead of 4000 were made"):
        actor_network(LAND, good, FIRMS, draws=4000)


def test_a_broker_between_laboratories_and_firms_is_found() -> None:
    links, actors = chance(1)
    labs, firms = (actors.loc[actors["type"] == t, "actor"].tolist() for t in ("laboratory", "firm"))
    broker = actors.loc[actors["type"] == "chamber", "actor"].iloc[0]
    links = links[(links["source"] != broker) & (links["target"] != broker)]
    planted = pd.DataFrame({"source": broker, "target": [*labs[:9], *firms[:12]], "kind": "project"})
    ties = actor_ties(pd.concat([links, planted]), actors)
    found = broker_roles(ties, draws=999).roles
    found["name"] = ties.actors["actor"].to_numpy()[found["actor"]]
    best = found[found["role"] == "knowledge"].sort_values(["q", "z"], ascending=[True, False]).iloc[0]
    assert best["name"] == broker
    assert best["q"] <= 0.05


def test_the_same_seed_gives_the_same_and_measures_are_between_their_bounds() -> None:
    links, actors = chance(3)
    ties = actor_ties(links, actors)
    one, two = (network_measures(ties, pd.Index(["T", "U", "V", "W"]), draws=9).summary for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    value = one.pivot_table(index="territory", columns="measure", values="value")
    shares = ["density", "local_share", "largest_share", "one_step", "two_steps", "repeated", "project_share"]
    known = value[shares].dropna()
    assert ((known >= 0) & (known <= 1)).all(axis=None)
    assert value["ei_territory"].dropna().to_numpy() == pytest.approx(1 - 2 * value["local_share"].dropna())
    assert (value["two_steps"].dropna() >= value["one_step"].dropna()).all()
    lost = one[one["territory"] == "W"]
    assert lost["value"].isna().all()
    assert (lost["reason"] != "").all()
    assert (lost["cure"] != "").all()


def test_one_period_leaves_repetition_unknown_with_its_cure() -> None:
    links, actors = chance(3)
    table = network_measures(actor_ties(links.assign(period="2024"), actors), pd.Index(["T"]), draws=3).whole
    row = table.set_index("measure").loc["repeated"]
    assert np.isnan(row["value"])
    assert (row["reason"], row["cure"]) == (
        "one period",
        "links of two periods or more, with the period of each",
    )


def test_shared_actions_are_project_ties() -> None:
    links = pd.DataFrame({"source": ["a000"], "target": ["a001"], "kind": ["supply"]})
    actions = pd.DataFrame({"actors": ["a000; a001;a002", None, "a002"], "period": ["2020", "2020", "2021"]})
    ties = actor_ties(links, actors_of(["firm"] * 3, ["T"] * 3), actions)
    assert (ties.kind == "project").sum() == 3
    value = network_measures(ties, pd.Index(["T"]), draws=3).whole.set_index("measure")["value"]
    assert value["project_share"] == 1
    assert value["project_overlap"] == pytest.approx(1 / 3)


def clubs(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Chance customers, clubs with many members, groups of firms, actions of institutions drawn at random."""
    rng = np.random.default_rng(seed)
    firms, bodies = (
        np.array([f"{x}{k:03d}" for k in range(n)], dtype=object) for x, n in (("f", 120), ("i", 30))
    )
    heads = rng.choice(firms, 6, replace=False)
    plants = rng.permutation(np.setdiff1d(firms, heads))[:40]
    parts = [
        (rng.choice(firms, 100), rng.choice(firms, 100), "supply"),
        (rng.choice(firms, 60), rng.choice(bodies[:4], 60), "membership"),
        (rng.choice(heads, 40), plants, "ownership"),
    ]
    links = pd.concat(
        [pd.DataFrame({"source": a, "target": b, "kind": k}) for a, b, k in parts]
    ).drop_duplicates()
    links = links[links["source"] != links["target"]].assign(period="2024")
    acts = [";".join(rng.choice(bodies, rng.integers(2, 6), replace=False)) for _ in range(15)]
    actions = pd.DataFrame({"actors": acts, "period": rng.integers(2001, 2020, 15).astype(str)})
    kinds = np.array(["association", "chamber", "laboratory", "training"])[np.arange(30) // 3 % 4]
    where = rng.choice(["T", "U", "V"], 150)
    actors = pd.DataFrame(
        {"actor": [*firms, *bodies], "type": ["firm"] * 120 + kinds.tolist(), "territory": where}
    )
    return links, actors, actions


def test_clubs_groups_and_actions_make_no_finding() -> None:
    """Of ten such networks hardly one has a claim by q of 0.05; what dealing cannot change is not tested."""
    claimed, p = 0, []
    for seed in range(10):
        links, actors, actions = clubs(seed)
        found = network_measures(
            actor_ties(links, actors, actions), pd.Index(["T", "U", "V"]), draws=99, rng=seed
        )
        claimed += bool((found.whole["q"] <= 0.05).any())
        p += found.whole["p"].dropna().tolist()
        untold = found.whole.set_index("measure").loc[["density", "degree_centralisation", "project_share"]]
        assert untold["value"].notna().all()
        assert untold[["expected", "p", "q"]].isna().all(axis=None)
        assert set(untold["baseline"]) == {"no test"}
    assert claimed <= 1
    assert np.mean(np.array(p) <= 0.05) < 0.1


def test_ends_that_are_not_placed_leave_bounds() -> None:
    """Where half of the firms have no place nobody knows what stays; elsewhere is not the same as unknown."""
    names = [f"a{k}" for k in range(8)]
    actors = pd.DataFrame({"actor": names, "type": "firm", "territory": [*"AAAA", "B", None, None, None]})
    links = pd.DataFrame(
        [("a0", "a1"), ("a1", "a2"), ("a2", "a4"), ("a3", "a5"), ("a0", "a6")], columns=["source", "target"]
    ).assign(kind="supply")
    columns = ["value", "value_low", "value_high", "ties", "outward", "unplaced", "cases"]

    def rows(given: pd.DataFrame, links: pd.DataFrame = links) -> pd.DataFrame:
        return network_measures(actor_ties(links, given), pd.Index(["A"]), draws=19).summary.set_index(
            "measure"
        )

    share = rows(actors).loc["local_share"]
    assert share[columns].tolist() == [pytest.approx(2 / 3), 0.4, 0.8, 2, 1, 2, 3]
    index = rows(actors).loc["ei_territory"]
    assert index[columns[:3]].tolist() == pytest.approx([-1 / 3, -0.6, 0.2])
    # with more ties that are not placed than ties that are, only the bounds are told
    more = pd.concat(
        [links, pd.DataFrame({"source": ["a1", "a2"], "target": ["a7", "a7"], "kind": "supply"})]
    )
    few = rows(actors, more).loc["local_share"]
    assert few[columns].tolist() == [pytest.approx(np.nan, nan_ok=True), 2 / 7, 6 / 7, 2, 1, 4, 3]
    assert few["reason"] == "ends not placed"
    assert few["cure"] == "places of the linked actors, or the territory of each"
    # who is known to be elsewhere makes a tie outward
    known = rows(actors.assign(placed=True), more).loc["local_share"]
    assert known[columns].tolist() == [
        pytest.approx(2 / 7),
        *[pytest.approx(np.nan, nan_ok=True)] * 2,
        2,
        5,
        0,
        7,
    ]


def test_the_ladder_leaves_open_what_places_would_decide() -> None:
    names = [f"f{k}" for k in range(60)]
    firms = pd.DataFrame({"firm": names, "sector": "10", "territory": ["T"] * 20 + ["U"] * 10 + [None] * 30})
    rng = np.random.default_rng(1)
    links = pd.DataFrame(
        {"source": rng.choice(names, 150), "target": rng.choice(names, 150), "kind": "supply"}
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", GeoterritorioWarning)
        result = actor_network(LAND, links, firms, draws=19)
    assert any("not known where they are: 30 of 60" in str(w.message) for w in caught)
    row = result.figures[result.figures["indicator"] == "Ties that stay in the territory (share)"].iloc[0]
    assert row["low"] < 0.5 < row["high"]
    condition = (
        ladder(pd.Index(["T"]), figures=result.figures).conditions.set_index("condition").loc["local_ties"]
    )
    assert condition["passed"] == "unknown"
    assert (result.ties["local"] == "unknown").any()


@pytest.mark.parametrize("period", ["2012/2013", "2012-05", "2012", "2010-2014"])
def test_periods_that_overlap_are_no_repetition(period: str) -> None:
    actors = actors_of(["firm"] * 4, ["T"] * 4)
    links = pd.DataFrame(
        {"source": ["a000", "a001", "a002"], "target": ["a001", "a002", "a003"], "kind": "supply"}
    )
    links["period"] = ["2012", "2012", "2016"]
    actions = pd.DataFrame({"actors": ["a000;a001", "a002;a003"], "period": [period, "2018"]})
    value = network_measures(actor_ties(links, actors, actions), pd.Index(["T"]), draws=9).whole
    assert value.set_index("measure").loc["repeated", "value"] == pytest.approx(1 / 3)


def test_a_period_that_is_none_repeats_nothing_and_is_told() -> None:
    actors = actors_of(["firm"] * 3, ["T"] * 3)
    links = pd.DataFrame(
        {"source": "a000", "target": "a001", "kind": "supply", "period": ["2012", "wave 1", "wave 2"]}
    )
    ties = actor_ties(links, actors)
    assert "neither day, month, year nor from one to another: 2, for example “wave 1”" in str(ties.notices[0])
    row = network_measures(ties, pd.Index(["T"]), draws=9).whole.set_index("measure").loc["repeated"]
    assert row["reason"] == "one period"


LAND = gpd.GeoDataFrame(
    {"territory": ["T", "U"]}, geometry=[box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)], crs="EPSG:25830"
)
FIRMS = gpd.GeoDataFrame(
    {"firm": ["f1", "f2", "f3"], "sector": "10"},
    geometry=[Point(100, 100), Point(200, 200), Point(1500, 500)],
    crs="EPSG:25830",
)
BODIES = gpd.GeoDataFrame(
    {"institution": ["i1"], "kind": ["laboratory"], "name": ["Lab"]},
    geometry=[Point(1200, 100)],
    crs="EPSG:25830",
)


def test_faults_of_links_are_counted_and_told() -> None:
    links = pd.DataFrame(
        {
            "source": ["f1", "f1", "f1", "f2", "x", "i1"],
            "target": ["f2", "f2", "f1", "f3", "f1", "f2"],
            "kind": "supply",
            "period": "2024",
        }
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", GeoterritorioWarning)
        result = actor_network(LAND, links, FIRMS, institutions=BODIES, draws=3)
    said = [str(w.message) for w in caught]
    assert any("neither firms nor institutions have: 1 of 6" in s and "Add these actors" in s for s in said)
    assert any("Links from an actor to itself: 1, for example “f1”" in s for s in said)
    assert any("Links that repeat another of the same ends, kind and period: 1." in s for s in said)
    assert len(result.ties) == 3
    assert result.ties["local"].tolist() == ["yes", "no", "no"]
    assert result.between[["origin", "destination", "ties", "firms"]].to_numpy().tolist() == [
        ["T", "U", 2.0, 2.0]
    ]


@pytest.mark.parametrize("tool", [actor_network, brokerage])
def test_bad_input_is_refused_with_its_cure(tool: Any) -> None:
    good = pd.DataFrame({"source": ["f1"], "target": ["f2"]})
    with pytest.raises(LayerError, match="links: no rows"):
        tool(LAND, good.iloc[:0], FIRMS)
    with pytest.raises(LayerError, match=r"none of 1 is between two actors.*identifiers of the register"):
        tool(LAND, pd.DataFrame({"source": ["x"], "target": ["y"]}), FIRMS)
    with pytest.raises(LayerError, match=r"every one of them \(rows: 2\) goes from an actor to itself.*f1"):
        tool(LAND, pd.DataFrame({"source": ["f1", "f1"], "target": ["f1", "f1"]}), FIRMS)
    with pytest.raises(LayerError, match=r"none of 2 .*from an actor to itself: 1\."):
        tool(LAND, pd.DataFrame({"source": ["x", "f1"], "target": ["y", "f1"]}), FIRMS)
    with pytest.raises(LayerError, match="No actors"):
        tool(LAND, good)
    with pytest.raises(LayerError, match=r"firms: no column “firm”.* 3 establishments"):
        tool(LAND, good, FIRMS.drop(columns="firm"))
    with pytest.raises(LayerError, match=r"identifiers of several actors: 1, for example.*f1"):
        tool(LAND, good, FIRMS, institutions=BODIES.assign(institution="f1"))
