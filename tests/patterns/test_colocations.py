"""Colocation quotients: by hand, by a literal loop, their identities, what chance gives, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.patterns.colocations import ColocationRules, colocation_quotient, local_colocation_quotient
from geoterritorio.patterns.envelopes import adjusted

UNTESTED = ColocationRules(simulations=0)


def scattered(seed, number=60, sectors=4, side=1000.0):
    rng = np.random.default_rng(seed)
    place = rng.uniform(0, side, (number, 2))
    sector = rng.choice([f"s{k}" for k in range(sectors)], number)
    return pd.DataFrame({"x": place[:, 0], "y": place[:, 1], "sector": sector})


def away(points):
    xy = points[["x", "y"]].to_numpy()
    return np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))


def looks(distance, nearest, kernel):
    """Share of each look, plant by plant, as the definition says it."""
    n = len(distance)
    found = np.zeros((n, n))
    for i in range(n):
        others = [j for j in range(n) if j != i and np.isfinite(distance[i, j])]
        if not others:
            continue
        ordered = sorted(distance[i, j] for j in others)
        last = ordered[min(nearest, len(ordered)) - 1]
        inside = [
            j for j in others if distance[i, j] < last and not np.isclose(distance[i, j], last, rtol=1e-9)
        ]
        tied = [j for j in others if np.isclose(distance[i, j], last, rtol=1e-9, atol=0)]
        places = min(nearest, len(ordered)) - len(inside)
        for j in inside + tied:
            share = 1.0 if j in inside else places / len(tied)
            near = np.exp(-0.5 * (distance[i, j] / last) ** 2) if kernel == "gaussian" and last > 0 else 1.0
            found[i, j] = share * near
        found[i] /= found[i].sum()
    return found


def quotient(shares, sector, a, b):
    """The definition, in a loop."""
    n = len(sector)
    look = [i for i in range(n) if sector[i] == a and shares[i].sum() > 0]
    found = sum(shares[i, j] for i in look for j in range(n) if sector[j] == b)
    met = sum(s == b for s in sector) - (a == b)
    return found / len(look) / (met / (n - 1)) if look and met else np.nan


@pytest.mark.parametrize("nearest", [1, 3])
@pytest.mark.parametrize("kernel", ["even", "gaussian"])
@pytest.mark.parametrize("grid", [False, True])
def test_equals_the_definition_in_a_loop(nearest, kernel, grid):
    points = scattered(3)
    if grid:
        # Whole steps of a lattice: coincident plants, and neighbours tied by twos and fours.
        points[["x", "y"]] = (points[["x", "y"]] / 120).round() * 120
    rules = ColocationRules(nearest=nearest, kernel=kernel, simulations=0)
    shares, sector = looks(away(points), nearest, kernel), points["sector"].tolist()
    if grid:
        with pytest.warns(GeoterritorioWarning, match="share their point"):
            square = colocation_quotient(points, rules=rules).square
        with pytest.warns(GeoterritorioWarning, match="share their point"):
            local = local_colocation_quotient(points, "s0", "s1", rules=rules)["quotient"]
    else:
        square = colocation_quotient(points, rules=rules).square
        local = local_colocation_quotient(points, "s0", "s1", rules=rules)["quotient"]
    for a in square.index:
        for b in square.columns:
            assert square.loc[a, b] == pytest.approx(quotient(shares, sector, a, b), rel=1e-12)
    expected = [
        quotient(shares, ["own" if k == i else s for k, s in enumerate(sector)], "own", "s1")
        for i in local.index
    ]
    np.testing.assert_allclose(local, expected, rtol=1e-12)
    assert local.mean() == pytest.approx(square.loc["s0", "s1"], rel=1e-12)


def test_by_hand():
    row = pd.DataFrame({"x": [0.0, 2, 3, 10, 11], "y": 0.0, "sector": list("abbab")})
    found = colocation_quotient(row, rules=UNTESTED)
    # Both of a look at a b: (2/2) / (3/4). One of three of b looks at an a: (1/3) / (2/4); two at a b: (2/3) / (2/4).
    assert found.pairs["quotient"].tolist() == pytest.approx([0, 4 / 3, 2 / 3, 4 / 3])
    assert found.pairs["found"].tolist() == [0, 2, 1, 2]
    assert found.pairs["establishments"].tolist() == [2, 2, 3, 3]
    assert found.pairs["p"].isna().all()
    assert found.pairs["verdict"].isna().all()
    # The one in the middle has two nearest neighbours: half of its look falls on each.
    tied = pd.DataFrame({"x": [-1.0, 0, 1], "y": 0.0, "sector": list("bac")})
    assert colocation_quotient(tied, "a", rules=UNTESTED).pairs["quotient"].tolist()[1:] == [1.0, 1.0]


def test_a_may_be_near_b_without_b_being_near_a():
    # Each shop stands by an inn; most inns stand by inns.
    inns = pd.DataFrame({"x": np.arange(40) // 2 * 100.0 + np.arange(40) % 2, "y": 0.0, "sector": "inn"})
    shops = pd.DataFrame({"x": inns["x"][:20:2] + 5, "y": 0.0, "sector": "shop"})
    square = colocation_quotient(pd.concat([inns, shops], ignore_index=True), rules=UNTESTED).square
    assert square.loc["shop", "inn"] == pytest.approx(49 / 40)
    assert square.loc["inn", "shop"] == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from(["even", "gaussian"]))
def test_identities(seed, nearest, kernel):
    points = scattered(seed, number=40)
    rules = ColocationRules(nearest=nearest, kernel=kernel, simulations=0)
    square = colocation_quotient(points, rules=rules).square
    numbers = points["sector"].value_counts().sort_index()
    for a in square.index:
        met = (numbers - (numbers.index == a)) / (len(points) - 1)
        assert (square.loc[a].fillna(0) * met).sum() == pytest.approx(1)
    # Neither where, nor how large, nor in which order, nor how the sectors are called.
    moved = points.assign(x=7 - 3 * points["y"], y=3 * points["x"], sector=points["sector"].str.upper())
    again = colocation_quotient(moved.sample(frac=1, random_state=seed), rules=rules).square
    np.testing.assert_allclose(again, square, rtol=1e-9)


def test_costs_equal_to_distances_give_the_same():
    points = scattered(5).rename(index=lambda k: f"f{k}")
    distance = away(points)
    one, other = np.nonzero(~np.eye(len(points), dtype=bool))
    costs = pd.DataFrame(
        {"origin": points.index[one], "destination": points.index[other], "cost": distance[one, other]}
    )
    rules = ColocationRules(nearest=3, kernel="gaussian", simulations=199)
    straight = colocation_quotient(points, rules=rules, rng=1)
    by_cost = colocation_quotient(points.drop(columns=["x", "y"]), costs=costs, rules=rules, rng=1)
    pd.testing.assert_frame_equal(straight.pairs, by_cost.pairs)
    local = [
        local_colocation_quotient(points, "s0", "s1", costs=c, rules=rules, rng=1) for c in (None, costs)
    ]
    pd.testing.assert_frame_equal(*local)


def test_costs_from_one_side_hold_for_both():
    points = scattered(5).rename(index=lambda k: f"f{k}")
    distance = away(points)
    one, other = np.nonzero(~np.eye(len(points), dtype=bool))
    costs = pd.DataFrame(
        {"origin": points.index[one], "destination": points.index[other], "cost": distance[one, other]}
    )
    half = costs[one < other]
    rules = ColocationRules(nearest=3, simulations=199)
    whole = colocation_quotient(points, costs=costs, rules=rules, rng=1)
    said = "1770 of 1770 pairs are listed in one direction only"
    with pytest.warns(GeoterritorioWarning, match=said):
        found = colocation_quotient(points, costs=half, rules=rules, rng=1)
    pd.testing.assert_frame_equal(found.pairs, whole.pairs)
    with pytest.warns(GeoterritorioWarning, match=said):
        local = local_colocation_quotient(points, "s0", "s1", costs=half, rules=rules, rng=1)
    expected = local_colocation_quotient(points, "s0", "s1", costs=costs, rules=rules, rng=1)
    pd.testing.assert_frame_equal(local, expected)


@pytest.mark.filterwarnings("ignore:sector")
def test_costs_ties_and_unlisted():
    points = pd.DataFrame({"sector": list("abcc")}, index=list("pqrs"))
    costs = pd.DataFrame({"origin": ["p", "p", "q"], "destination": ["q", "r", "p"], "cost": [4.0, 4.0, 1.0]})
    with pytest.warns(GeoterritorioWarning) as told:
        square = colocation_quotient(points, costs=costs, rules=UNTESTED).square
    assert [str(w.message)[:40] for w in told] == [
        "costs: 1 of 3 pairs are listed in one di",
        "costs: 1 of 4 establishments have no lis",
    ]
    # Half of the look of a falls on either; q and r look at p, s at nobody.
    assert square.loc["a"].tolist()[1:] == pytest.approx([0.5 * 3, 0.5 * 3 / 2])
    assert square.loc["b", "a"] == square.loc["c", "a"] == 3
    both = pd.concat([costs, costs[1:2].rename(columns={"origin": "destination", "destination": "origin"})])
    with pytest.warns(GeoterritorioWarning, match="no listed way"):
        local = local_colocation_quotient(points, "c", "a", costs=both)
    assert local["quotient"].tolist() == pytest.approx([3, np.nan], nan_ok=True)


def test_sectors_of_few_establishments_are_listed_or_told():
    points = scattered(6, number=100, sectors=3)
    points.loc[:4, "sector"] = "few"
    found = colocation_quotient(points, rng=1).pairs
    rare = [i for i in found.index if "few" in i]
    assert len(rare) == 7
    assert found.loc[rare, ["p", "q"]].isna().all(axis=None)
    assert set(found.loc[rare, "verdict"]) == {"small"}
    assert found.loc[rare, "quotient"].notna().all()
    # The family of the adjusted p is that of the others.
    others = found.drop(index=rare)
    np.testing.assert_allclose(others["q"], adjusted(others["p"]))
    every = colocation_quotient(points, rules=ColocationRules(minimum_plants=0), rng=1).pairs
    pd.testing.assert_series_equal(every.loc[others.index, "p"], others["p"])
    assert every.loc[rare, "p"].notna().all()
    said = "sector “few”: only 5 establishments. With fewer than 10"
    with pytest.warns(GeoterritorioWarning, match=said):
        named = colocation_quotient(points, "few", "s0", rng=1).pairs
    assert named["p"].notna().all()
    with pytest.warns(GeoterritorioWarning, match=said):
        local_colocation_quotient(points, "s0", "few", rng=1)
    # Where nothing is tested nothing is told, and nothing small.
    assert colocation_quotient(points, "few", rules=UNTESTED).pairs["verdict"].isna().all()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (19, "with 19 no pattern is told from chance at the level of 0.95. Take 159 or more"),
        (99, "the smallest p is 0.02, and of 16 tests together none is told .* unless 7 are as clear"),
    ],
)
def test_draws_that_are_too_few_are_told(number, said):
    with pytest.warns(GeoterritorioWarning, match=said):
        colocation_quotient(scattered(5), rules=ColocationRules(simulations=number), rng=1)
    # A single test is told from chance by its own p.
    colocation_quotient(scattered(5), "s0", "s1", rules=ColocationRules(simulations=99), rng=1)


@pytest.mark.filterwarnings("ignore:simulations. with 1 no pattern")
def test_expected_is_the_mean_of_chance():
    rng = np.random.default_rng(2)
    crowded = rng.normal(500, 15, (30, 2))
    points = scattered(2, number=90, sectors=3)
    points.loc[:29, ["x", "y"]], points.loc[:29, "sector"] = crowded, "s0"
    for null in ("conditional", "labelling"):
        rules = ColocationRules(nearest=2, null=null, simulations=1)
        means = [colocation_quotient(points, rules=rules, rng=k).pairs["expected"] for k in range(2)]
        pd.testing.assert_series_equal(*means)
    # By the loop: those that look stay, the other sectors are dealt anew.
    shares, sector = looks(away(points), 2, "even"), points["sector"].to_numpy()
    found = colocation_quotient(points, "s0", "s1", rules=ColocationRules(nearest=2, simulations=0))
    drawn = []
    for _ in range(300):
        dealt = sector.copy()
        dealt[sector != "s0"] = rng.permutation(sector[sector != "s0"])
        drawn.append(quotient(shares, dealt, "s0", "s1"))
    assert found.pairs["expected"].item() == pytest.approx(np.mean(drawn), abs=4 * np.std(drawn) / 300**0.5)
    assert found.pairs["expected"].item() < 0.7


def test_p_is_that_of_the_loop():
    points, rules = scattered(11, number=40, sectors=2), ColocationRules(nearest=2, simulations=4999)
    shares, sector = looks(away(points), 2, "even"), points["sector"].to_numpy()
    rng = np.random.default_rng(3)
    drawn = [quotient(shares, rng.permutation(sector), "s0", "s0") for _ in range(1500)]
    value = quotient(shares, sector, "s0", "s0")
    tail = min(np.mean(np.array(drawn) >= value - 1e-9), np.mean(np.array(drawn) <= value + 1e-9))
    found = colocation_quotient(points, "s0", "s0", rules=rules, rng=1).pairs["p"].item()
    assert found == pytest.approx(min(1, 2 * tail), abs=0.05)
    # One plant keeps its sector, and those of all others are dealt anew.
    one = local_colocation_quotient(points, "s0", "s1", rules=rules, rng=1).iloc[0]
    i = int(np.flatnonzero(sector == "s0")[0])
    others, drawn = np.delete(np.arange(40), i), []
    for _ in range(1500):
        dealt = sector.copy()
        dealt[others] = rng.permutation(sector[others])
        drawn.append(shares[i] @ (dealt == "s1"))
    value = shares[i] @ (sector == "s1")
    tail = min(np.mean(np.array(drawn) >= value - 1e-9), np.mean(np.array(drawn) <= value + 1e-9))
    assert one["p"] == pytest.approx(min(1, 2 * tail), abs=0.05)


@pytest.mark.parametrize("null", ["conditional", "labelling"])
def test_nothing_is_found_where_nothing_is(null):
    rules = ColocationRules(nearest=3, null=null, simulations=199)
    p = pd.concat(
        [colocation_quotient(scattered(k, 150, 3), rules=rules, rng=k).pairs["p"] for k in range(60)]
    )
    assert (p <= 0.05).mean() < 0.07
    local = pd.concat(
        [local_colocation_quotient(scattered(k, 150, 3), "s0", "s1", rng=k)["p"] for k in range(20)]
    )
    assert (local <= 0.05).mean() < 0.06


def test_crowding_is_no_avoidance():
    # A sector in one crowd meets few others; labelling reads that as keeping apart, the conditional null does not.
    hits = {"conditional": 0, "labelling": 0}
    for seed in range(20):
        points = scattered(seed, number=200, sectors=3)
        chosen = points["sector"] == "s0"
        points.loc[chosen, ["x", "y"]] = np.random.default_rng(seed).normal(500, 40, (chosen.sum(), 2))
        for null in hits:
            rules = ColocationRules(nearest=3, null=null, simulations=199)
            hits[null] += (
                colocation_quotient(points, "s0", "s1", rules=rules, rng=seed).pairs["p"].item() <= 0.05
            )
    assert hits["labelling"] == 20
    assert hits["conditional"] <= 4


def test_planted_pairs_are_found():
    rng = np.random.default_rng(8)
    points = scattered(8, number=300, sectors=5)
    near = points[points["sector"] == "s0"]
    points = pd.concat(
        [points, near.assign(x=near["x"] + rng.normal(0, 3, len(near)), sector="mate")], ignore_index=True
    )
    found = colocation_quotient(points, rng=1).pairs
    assert found.loc[("mate", "s0"), "verdict"] == "more than chance gives"
    assert found.loc[("s0", "mate"), "verdict"] == "more than chance gives"
    assert set(found.loc[("mate", ["s1", "s2", "s3", "s4"]), "verdict"]) <= {
        "less than chance gives",
        "not told from chance",
    }
    # Pairs stand close, so others meet one of the two only: their own quotients rise, but far less.
    assert set(found["quotient"].nlargest(2).index) == {("s0", "mate"), ("mate", "s0")}
    assert found["quotient"].nlargest(3).iloc[2] < 2
    # Planted in one corner only: local quotients find it there.
    corner = near[(near["x"] < 500)]
    around = [corner.assign(x=corner["x"] + rng.normal(0, 3, len(corner)), sector="kin") for _ in range(5)]
    points = pd.concat([points, *around], ignore_index=True)
    rules = ColocationRules(nearest=6, kernel="gaussian", simulations=1999)
    local = local_colocation_quotient(points, "s0", "kin", rules=rules, rng=1)
    assert (local.loc[corner.index, "p"] <= 0.05).mean() > 0.9
    assert (local.loc[corner.index, "verdict"] == "more than chance gives").mean() > 0.7
    far = near.index[near["x"] > 600]
    assert (local.loc[far, "verdict"] == "more than chance gives").mean() < 0.1


def test_degenerate_patterns():
    # All on one point: everybody is everybody's neighbour.
    heap = pd.DataFrame({"x": 1.0, "y": 1.0, "sector": list("aabbb")})
    with pytest.warns(GeoterritorioWarning, match="share their point"):
        found = colocation_quotient(heap, rules=ColocationRules(minimum_plants=1), rng=1).pairs
    np.testing.assert_allclose(found["quotient"], 1)
    np.testing.assert_allclose(found["p"], 1)
    with pytest.warns(GeoterritorioWarning, match="share their point"):
        local = local_colocation_quotient(
            heap, "a", "b", rules=ColocationRules(nearest=2, kernel="gaussian", minimum_plants=1), rng=1
        )
    np.testing.assert_allclose(local["quotient"], 1)
    # One sector: nothing to be told from.
    with pytest.warns(GeoterritorioWarning, match="are of the sector: chance can only give what is there"):
        only = colocation_quotient(scattered(1, sectors=1), rng=1).pairs
    assert only["quotient"].item() == pytest.approx(1)
    assert np.isnan(only["p"].item())
    # A sector of one plant cannot meet itself.
    lone = scattered(1, number=20, sectors=2)
    lone.loc[0, "sector"] = "lone"
    found = colocation_quotient(lone, rules=ColocationRules(minimum_plants=1), rng=1).pairs
    assert np.isnan(found.loc[("lone", "lone"), "quotient"])
    assert np.isnan(found.loc[("lone", "lone"), "p"])
    assert found.loc[("lone", "lone"), "verdict"] is None
    assert found.drop(index=("lone", "lone"))["p"].notna().all()


def test_pairs_are_the_family():
    points = scattered(4, number=120, sectors=6)
    one = colocation_quotient(points, "s0", "s1", rng=1).pairs
    assert one["q"].item() == one["p"].item()
    row = colocation_quotient(points, "s0", rng=1).pairs
    assert row.index.tolist() == [("s0", f"s{k}") for k in range(6)]
    assert (row["q"] >= row["p"]).all()
    again = colocation_quotient(points, "s0", rng=1).pairs
    pd.testing.assert_frame_equal(row, again)


def test_what_is_refused():
    points = scattered(1, number=3)
    with pytest.raises(LayerError, match="of 3 establishments each has 2 others, and 3 nearest"):
        colocation_quotient(points, rules=ColocationRules(nearest=3))
    with pytest.raises(LayerError, match="no code “x9”"):
        colocation_quotient(points, "x9")
    with pytest.raises(LayerError, match="1 of 3 establishments have no “x”"):
        colocation_quotient(points.assign(x=[np.nan, 1, 2]))
    costs = pd.DataFrame({"origin": [0], "destination": [1], "cost": [np.nan]})
    with pytest.raises(LayerError, match="1 costs are missing"):
        colocation_quotient(points, costs=costs)
    with pytest.raises(LayerError, match="there are no establishments"):
        colocation_quotient(points.iloc[:0])


@pytest.mark.parametrize("number", [199, 210])
def test_progress_ends_at_the_end(number):
    rules, said = ColocationRules(simulations=number), []
    points = scattered(1, sectors=2)
    colocation_quotient(points, rules=rules, rng=1, progress=lambda share, _: said.append(share))
    assert said[0] <= 0.11
    assert said[-1] == 1
    said.clear()
    local_colocation_quotient(
        points, "s0", "s1", rules=rules, rng=1, progress=lambda share, _: said.append(share)
    )
    assert said[-1] == 1


def test_progress_may_cancel():
    def stop(*_said):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        colocation_quotient(scattered(1), rng=1, progress=stop)
    with pytest.raises(KeyboardInterrupt):
        local_colocation_quotient(scattered(1), "s0", "s1", rng=1, progress=stop)


def test_rules_that_say_nothing_are_refused_together():
    points = pd.DataFrame({"x": [0.0, 2, 3, 10, 11], "y": 0.0, "sector": list("abbab")})
    rules = ColocationRules(null="foo", kernel="foo", level=2, simulations=-1, nearest=1.5)
    for refused_by in (
        lambda: colocation_quotient(points, rules=rules),
        lambda: local_colocation_quotient(points, "a", "b", rules=rules),
    ):
        with pytest.raises(LayerError) as refused:
            refused_by()
        assert len(refused.value.problems) == 5


def test_where_there_is_one_sector_nothing_is_tested():
    points = pd.DataFrame({"x": [0.0, 2, 3, 10, 11], "y": 0.0, "sector": "a"})
    with pytest.warns(GeoterritorioWarning, match="All 5 establishments are of the sector"):
        found = colocation_quotient(points, rng=1).pairs
    assert found[["p", "q"]].isna().all(axis=None)
    assert found["verdict"].isna().all()
