"""K-density, M and m: equal to what their formulas say, blind to units and labels, right about chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from scipy.spatial.distance import cdist, pdist

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.patterns import (
    PatternRules,
    _near,
    _pairs,
    contributions,
    goodness_of_fit,
    k_density,
    m_density,
    m_function,
    m_functions,
)
from geoterritorio.patterns.sites import median_distance, placed_anew, sites

pytestmark = [
    pytest.mark.filterwarnings("ignore:simulations. with"),
    pytest.mark.filterwarnings("ignore:farthest. no two"),
]
FEW = PatternRules(farthest=3000, steps=6, simulations=0, minimum_plants=0)


def pattern(seed=1, number=120, sectors=("15", "25", "62"), side=10_000.0):
    rng = np.random.default_rng(seed)
    points = pd.DataFrame(rng.uniform(0, side, (number, 2)), columns=["x", "y"])
    points["sector"] = rng.choice(sectors, number)
    points["employment"] = np.ceil(rng.lognormal(1, 1, number))
    return points


def costs_of(points):
    away = cdist(points[["x", "y"]], points[["x", "y"]])
    rows = pd.DataFrame(away, points.index, points.index).rename_axis(index="origin", columns="destination")
    return rows.reset_index().melt("origin", value_name="cost")


@pytest.mark.parametrize("weighted", [False, True])
def test_k_density_is_the_sum_over_pairs(weighted):
    points = pattern()
    found = k_density(points, "15", weighted=weighted, rules=FEW)
    mine = points[points["sector"] == "15"]
    away = pdist(mine[["x", "y"]])
    weight = mine["employment"].to_numpy() if weighted else np.ones(len(mine))
    product = np.outer(weight, weight)[np.triu_indices(len(mine), 1)]
    near = away[away <= 6000]
    spread = min(near.std(ddof=1), np.subtract(*np.quantile(near, [0.75, 0.25])) / 1.34)
    h = 0.9 * spread * len(near) ** -0.2
    assert found.bandwidth == pytest.approx(h, rel=1e-12)
    at = found.table.index.to_numpy()[:, None]
    bells = np.exp(-(((at - away) / h) ** 2) / 2) + np.exp(-(((at + away) / h) ** 2) / 2)
    expected = bells @ product / (np.sqrt(2 * np.pi) * h * product.sum())
    np.testing.assert_allclose(found.table["value"], expected, rtol=1e-10)


def test_k_density_integrates_to_one_over_all_distances():
    found = k_density(pattern(), "15", rules=PatternRules(farthest=30_000, steps=3000, simulations=0))
    assert trapezoid(found.table["value"], found.table.index) == pytest.approx(1, abs=1e-6)


def test_between_two_sectors_both_directions_are_one():
    points = pattern()
    one, two = (k_density(points, a, b, rules=FEW) for a, b in (("15", "25"), ("25", "15")))
    np.testing.assert_allclose(one.table["value"], two.table["value"], rtol=1e-12)


@pytest.mark.parametrize("function", [k_density, m_function, m_density])
def test_a_table_of_straight_lines_gives_what_straight_lines_give(function):
    points = pattern(number=60)
    rules = PatternRules(farthest=3000, steps=6, simulations=9, minimum_plants=0, bandwidth=400)
    straight = function(points, "15", weighted=True, rules=rules, rng=1)
    listed = function(points, "15", costs=costs_of(points), weighted=True, rules=rules, rng=1)
    np.testing.assert_allclose(straight.table["value"], listed.table["value"], rtol=1e-6)
    np.testing.assert_allclose(straight.simulated, listed.simulated, rtol=2e-3, atol=1e-9)


def test_pairs_out_of_reach_are_far_and_not_absent():
    points = pattern(number=60)
    costs = costs_of(points)
    whole = k_density(
        points, "15", costs=costs, rules=PatternRules(farthest=2000, bandwidth=200, simulations=0)
    )
    cut = costs[costs["cost"] < 3500]
    part = k_density(points, "15", costs=cut, rules=PatternRules(farthest=2000, bandwidth=200, simulations=0))
    np.testing.assert_allclose(whole.table["value"], part.table["value"], rtol=1e-9)


def by_hand(points, sector, target, r, weighted):
    """M and the contributions to it, as the formula reads."""
    weight = points["employment"].to_numpy() if weighted else np.ones(len(points))
    away = cdist(points[["x", "y"]], points[["x", "y"]])
    is_target = (points["sector"] == target).to_numpy()
    above = below = 0
    parts = {}
    for i in np.flatnonzero(points["sector"] == sector):
        near = (away[i] <= r) & (np.arange(len(points)) != i)
        if not weight[near].sum():
            parts[i] = np.nan
            continue
        share = weight[near & is_target].sum() / weight[near].sum()
        whole = (weight[is_target].sum() - weight[i] * is_target[i]) / (weight.sum() - weight[i])
        above, below, parts[i] = above + share, below + whole, share / whole
    return above / below if below else np.nan, parts


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("target", [None, "62"])
def test_m_is_what_its_formula_says(weighted, target):
    points = pattern()
    found = m_function(points, "15", target, weighted=weighted, rules=FEW)
    expected = [by_hand(points, "15", target or "15", r, weighted)[0] for r in found.table.index]
    np.testing.assert_allclose(found.table["value"], expected, rtol=1e-12)
    quotients = contributions(points, "15", target, distance=1500, weighted=weighted)
    _, parts = by_hand(points, "15", target or "15", 1500, weighted)
    np.testing.assert_allclose(quotients, pd.Series(parts), rtol=1e-12)


def test_m_density_is_the_ratio_of_kernel_sums():
    points = pattern(number=300)
    found = m_density(points, "15", rules=FEW)
    h, at = found.bandwidth, found.table.index.to_numpy()[:, None]
    away = cdist(points[["x", "y"]], points[["x", "y"]])
    mine = (points["sector"] == "15").to_numpy()
    above, below = np.zeros(7), 0.0
    for i in np.flatnonzero(mine):
        bells = np.exp(-(((at - away[i]) / h) ** 2) / 2)
        bells[:, i] = 0
        above += bells[:, mine].sum(axis=1) / bells.sum(axis=1)
        below += (mine.sum() - 1) / (len(points) - 1)
    np.testing.assert_allclose(found.table["value"], above / below, rtol=1e-3)


def test_sectors_looked_at_together_are_as_each_alone():
    points = pattern()
    rules = PatternRules(farthest=3000, steps=6, simulations=19, minimum_plants=0)
    together = m_functions(points, ["15", "62"], weighted=True, rules=rules, rng=1)
    alone = [m_function(points, s, weighted=True, rules=rules, rng=1) for s in ("15", "62")]
    for one, other in zip(together, alone, strict=True):
        pd.testing.assert_frame_equal(one.table, other.table)


@given(st.integers(0, 1000), st.floats(0.01, 100), st.floats(0, 6.28))
@settings(max_examples=15, deadline=None)
def test_patterns_may_be_moved_turned_scaled_and_shuffled(seed, scale, angle):
    points = pattern(seed, 50)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = points.sample(frac=1, random_state=seed)
    moved[["x", "y"]] = scale * (moved[["x", "y"]].to_numpy() @ turn) + 500_000
    rules = PatternRules(farthest=3000 * scale, steps=6, simulations=0, minimum_plants=0)
    for function, unit in ((k_density, scale), (m_function, 1)):
        one = function(points, "15", rules=FEW).table["value"].to_numpy()
        two = function(moved, "15", rules=rules).table["value"].to_numpy()
        np.testing.assert_allclose(one, unit * two, rtol=1e-4)


def test_compiled_kernels_and_their_twins_agree():
    rng = np.random.default_rng(1)
    x, y, weight = rng.uniform(0, 1000, (3, 300))
    single = [v.astype(np.float32) for v in (x, y)]
    scale = np.float32(1 / 7)
    np.testing.assert_allclose(
        _pairs._within_loop(*single, scale, 100), _pairs._within_blocks(*single, scale, 100)
    )
    np.testing.assert_allclose(
        _pairs._within_weighted_loop(*single, weight, scale, 100),
        _pairs._within_weighted_blocks(*single, weight, scale, 100),
    )
    both = (*single, weight, *(v[:50] for v in (*single, weight)), scale, 100)
    np.testing.assert_allclose(_pairs._across_loop(*both), _pairs._across_blocks(*both))
    edges, rows = np.array([0.0, 5, 30, 31, 200]), np.arange(10, 60)
    counts = _near._count_loop(x, y, rows, 200.0)
    np.testing.assert_array_equal(counts, _near._count_blocks(x, y, rows, 200.0))
    start = np.concatenate([[0], counts.cumsum()])
    for smooth, at in ((False, edges), (True, np.linspace(0, 200, 9))):
        made = []
        for fill in (_near._fill_loop, _near._fill_blocks):
            out = np.zeros(start[-1], np.int32), np.zeros(start[-1], np.uint16)
            part = np.zeros(start[-1] if smooth else 0, np.float32)
            fill(x, y, rows, at, start, *out, part)
            made.append((*out, part))
        for one, other in zip(*made, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-6)
        other, place, part = made[0]
        chosen = np.array([3, 0, 40])
        given = (start, other, place, *((part,) if smooth else ()), chosen, weight, len(at))
        loop, blocks = (
            (_near._spread_loop, _near._spread_blocks)
            if smooth
            else (_near._gather_loop, _near._gather_blocks)
        )
        np.testing.assert_allclose(loop(*given), blocks(*given))


@pytest.mark.parametrize("neighbours", [None, "25"])
def test_the_raster_of_plants_deviates_by_less_than_it_says(neighbours):
    points = pattern(number=1500)
    rules = {"farthest": 4000, "simulations": 0}
    exact, fast = (
        k_density(points, "15", neighbours, rules=PatternRules(mode=mode, **rules))
        for mode in ("exact", "fft")
    )
    assert exact.deviation <= 1e-4
    # Few pairs are summed one by one in either mode; simulations are what the mode changes.
    rules = {"farthest": 4000, "simulations": 5}
    exact, fast = (
        k_density(points, "15", neighbours, rules=PatternRules(mode=mode, **rules), rng=1)
        for mode in ("exact", "fft")
    )
    away = np.abs(exact.simulated - fast.simulated).max() / exact.simulated.max()
    assert away <= 0.01


def test_binned_distances_deviate_less_than_a_ten_thousandth():
    points = pattern(number=2500, sectors=("15", "25"))
    found = k_density(points, "15", rules=PatternRules(simulations=0))
    assert 0 < found.deviation <= 1e-4


def at_a_distance(away, width, at):
    """Density of a single pair, but for a factor."""
    bells = [np.exp(-(((at + side * away) / width) ** 2) / 2) for side in (-1, 1)]
    return bells[0] + bells[1]


@pytest.mark.parametrize("mode", ["exact", "fft"])
def test_no_pair_wherever_it_lies_deviates_by_more_than_is_said(mode):
    # What holds for each pair and distance holds for any number of them: all deviations may be of one sign.
    rng, width, at = np.random.default_rng(1), 1.0, np.linspace(0, 30, 601)
    nodes = np.arange(35 * 64) * width / 64
    kernel = np.array([at_a_distance(node, width, at) for node in nodes]).T
    for _ in range(100):
        away, angle, moved = (
            rng.choice([0, 0.3, rng.uniform(0, 28)]),
            rng.uniform(0, 6.3),
            rng.uniform(0, 1, 2),
        )
        x = np.array([0, moved[0], moved[0] + away * np.cos(angle)])
        y = np.array([0, moved[1], moved[1] + away * np.sin(angle)])
        options = {"width": width / 64, "bins": len(nodes)}
        if mode == "fft":
            raster = _pairs.Raster(x, y, cell=width / 4, **options)
            found = raster.histogram(np.array([1, 2]), np.ones(2), None, np.ones(2))
        else:
            found = _pairs.pair_histogram(x[1:], y[1:], None, **options)
        expected = at_a_distance(away, width, at)
        bound = 2e-3 if mode == "fft" else 1 / (8 * 64**2) + 1e-6
        assert np.abs(kernel @ found - expected).max() <= bound * expected.max()


@pytest.mark.parametrize(("mode", "most"), [("exact", 1e-4), ("fft", 1e-2)])
@pytest.mark.parametrize("weighted", [False, True])
def test_few_plants_deviate_no_more_than_many(mode, most, weighted):
    rules = PatternRules(simulations=1, mode=mode, minimum_plants=0)
    for seed in range(20):
        points = pattern(seed, 30)
        for neighbours in (None, "25"):
            found = k_density(points, "15", neighbours, weighted=weighted, rules=rules, rng=1)
            assert 0 < found.deviation <= most


def test_coordinates_far_apart_beside_the_bandwidth_keep_the_bound():
    points = pattern(5, 40, side=1_200_000.0)
    points.loc[0, ["x", "y", "sector"]] = [600_000.0, 600_000.0, "15"]
    points.loc[1, ["x", "y", "sector"]] = [600_031.0, 600_047.0, "15"]
    rules = PatternRules(farthest=500, bandwidth=10, simulations=1, minimum_plants=0)
    assert k_density(points, "15", rules=rules, rng=1).deviation <= 1e-4


def test_few_pairs_of_a_small_and_a_very_large_sector_are_all_summed():
    points = pattern(1, 3600, ("25",))
    points.loc[:4, "sector"] = "15"
    given_ = {"farthest": 3000, "steps": 6, "bandwidth": 300, "minimum_plants": 0}
    summed = k_density(points, "15", "25", rules=PatternRules(simulations=0, **given_)).table["value"]
    binned = k_density(points, "15", "25", rules=PatternRules(simulations=1, **given_), rng=1)
    np.testing.assert_allclose(binned.table["value"], summed, rtol=1e-3)
    assert binned.deviation <= 1e-4


@pytest.mark.parametrize("null", ["location", "labelling", "independence"])
def test_chance_keeps_what_it_says(null):
    plants = sites(pattern(), weighted=True)
    code, weight = placed_anew(plants, null, np.random.default_rng(1), fixed=0)
    assert np.bincount(code).tolist() == np.bincount(plants.code).tolist()
    assert sorted(weight) == sorted(plants.weight)
    assert (code != plants.code).any()
    if null == "labelling":
        assert (weight == plants.weight).all()
    else:
        pairs = [sorted(zip(c, w, strict=True)) for c, w in ((code, weight), (plants.code, plants.weight))]
        assert pairs[0] == pairs[1]
    if null == "independence":
        assert (code == 0).tolist() == (plants.code == 0).tolist()


@pytest.mark.parametrize("function", [k_density, m_function])
def test_chance_is_called_localised_no_more_often_than_the_level_says(function):
    rules = PatternRules(steps=20, simulations=39, level=0.9, minimum_plants=0)
    verdicts = [
        function(pattern(seed, 60, ("15", "25"), 1000), "15", rules=rules, rng=seed).verdict
        for seed in range(120)
    ]
    assert verdicts.count("localised") / 120 <= 0.1 + 3 * np.sqrt(0.09 / 120)
    assert verdicts.count("dispersed") / 120 <= 0.1 + 3 * np.sqrt(0.09 / 120)


@pytest.mark.parametrize("function", [k_density, m_function, m_density])
def test_a_planted_cluster_is_found(function):
    points = pattern(2, 200, ("25", "62"))
    rng = np.random.default_rng(7)
    town = pd.DataFrame(rng.normal(5000, 200, (15, 2)), columns=["x", "y"]).assign(
        sector="15", employment=1.0
    )
    spread = pd.DataFrame(rng.uniform(0, 1e4, (15, 2)), columns=["x", "y"]).assign(
        sector="15", employment=1.0
    )
    points = pd.concat([points, town, spread], ignore_index=True)
    found = function(points, "15", rules=PatternRules(simulations=99, steps=50), rng=1)
    assert found.verdict == "localised"
    assert found.table["gamma"].iloc[:10].max() > 0
    assert found.p <= 0.05


def test_the_same_seed_gives_the_same_bands():
    points, rules = pattern(), PatternRules(simulations=30)
    for function in (k_density, m_function):
        one, two = (function(points, "15", rules=rules, rng=4).table for _ in range(2))
        pd.testing.assert_frame_equal(one, two)


def test_work_can_be_watched_and_stopped():
    seen = []

    def stop(fraction, _text=""):
        seen.append(fraction)
        if fraction > 0.3:
            raise KeyboardInterrupt

    for function in (k_density, m_function):
        with pytest.raises(KeyboardInterrupt):
            function(pattern(), "15", rules=PatternRules(simulations=100), rng=1, progress=stop)
    assert all(0 <= f <= 1 for f in seen)


BAD = {
    "no column “y”": lambda p: p.drop(columns="y"),
    r"1 of 120 establishments have no “x”": lambda p: p.assign(x=p["x"].where(p.index != 4)),
    r"2 of 120 establishments have no “employment”": lambda p: p.assign(
        employment=p["employment"].where(p.index > 1)
    ),
    r"1 of 120 establishments have no “sector”": lambda p: p.assign(sector=p["sector"].where(p.index != 4)),
    r"120 establishments have negative employment": lambda p: p.assign(employment=-1.0),
    r"there are no establishments": lambda p: p.iloc[:0],
    r"no code “15” in the data": lambda p: p.assign(sector="62"),
    r"sector “15”: number of establishments: 1; needed: 2": lambda p: p.assign(
        sector=np.where(p.index == 3, "15", "62")
    ),
}


@pytest.mark.parametrize(("text", "spoil"), BAD.items())
@pytest.mark.parametrize("function", [k_density, m_function, m_density])
def test_bad_input_is_refused_with_its_number(function, text, spoil):
    with pytest.raises(LayerError, match=text):
        function(spoil(pattern()), "15", weighted=True)


def test_plants_without_jobs_or_at_one_point_have_no_density():
    points = pattern()
    with pytest.raises(LayerError, match="have no jobs to weigh with"):
        k_density(points.assign(employment=0.0), "15", weighted=True)
    with (
        pytest.warns(GeoterritorioWarning, match="share their point with another"),
        pytest.raises(LayerError, match="All establishments are at one point"),
    ):
        k_density(points.assign(x=1.0, y=2.0), "15")
    apart = points.assign(x=np.where(points["sector"] == "15", 1.0, points["x"]), y=2.0)
    with (
        pytest.warns(GeoterritorioWarning, match="share their point with another"),
        pytest.raises(LayerError, match="all distances between its establishments are alike"),
    ):
        k_density(apart, "15")
    with pytest.raises(LayerError, match="independence is that of two sectors"):
        k_density(points, "15", rules=PatternRules(null="independence"))
    with pytest.raises(LayerError, match="independence is that of two sectors"):
        m_function(points, "15", rules=PatternRules(null="independence"))


def test_costs_that_cannot_be_right_are_refused_together():
    points = pattern()
    costs = costs_of(points)
    costs.loc[0, "origin"], costs.loc[3, "cost"] = 999, -1
    doubled = pd.concat([costs, costs.tail(2)])
    with pytest.raises(LayerError) as error:
        k_density(points, "15", costs=doubled)
    assert len(error.value.problems) == 3
    with pytest.raises(LayerError, match="no column “cost”"):
        m_function(points, "15", costs=costs.drop(columns="cost"))


def test_few_plants_are_warned_of():
    points = pattern(number=20, sectors=("15", "25", "62", "70"))
    with pytest.warns(GeoterritorioWarning, match="only .* establishments. With fewer than 10"):
        m_function(points, "15", rules=PatternRules(simulations=5))


def test_median_distance():
    points = pattern(number=100)
    assert median_distance(sites(points)) == pytest.approx(np.median(pdist(points[["x", "y"]])))
    assert median_distance(sites(points.iloc[:1])) == 0
    many = sites(pattern(number=8000))
    # 8000 plants have 32 million pairs, of which five million are drawn.
    assert median_distance(many) == pytest.approx(np.median(pdist(np.c_[many.x, many.y][::4])), rel=0.01)


def test_where_chance_can_only_give_what_is_there_nothing_is_tested():
    points = pattern(number=80).assign(sector="15")
    for function in (k_density, m_function):
        with pytest.warns(GeoterritorioWarning, match="All 80 establishments are of the sector"):
            found = function(points, "15", rules=PatternRules(simulations=99))
        assert found.verdict == "untested"
        assert np.isnan(found.p)


@pytest.mark.parametrize("mode", ["exact", "fft"])
def test_value_and_simulations_are_found_in_the_same_way(mode):
    # By weights dealt over one sector chance gives nearly what is there: only the way of finding it could differ.
    points = pattern(number=150).assign(employment=1.0)
    points.loc[points.index[-1], "sector"] = "25"
    points.loc[points.index[:-1], "sector"] = "15"
    found = k_density(points, "15", rules=PatternRules(simulations=99, mode=mode), rng=1)
    assert found.verdict == "neither"
    assert found.deviation > 0


def test_bins_are_never_too_many_to_be_told_apart():
    points = pattern(number=60, side=500.0)
    at = [100.0, 250.0, 480.0]
    found = m_function(points, "15", rules=PatternRules(farthest=500, steps=70_000, simulations=0)).table[
        "value"
    ]
    expected = [by_hand(points, "15", "15", r, weighted=False)[0] for r in at]
    np.testing.assert_allclose([found.iloc[round(r / 500 * 70_000)] for r in at], expected, rtol=1e-12)


@pytest.mark.parametrize("function", [k_density, m_density])
def test_a_bandwidth_too_small_for_memory_is_refused(function):
    with pytest.raises(LayerError, match="is too small for distances up to"):
        function(pattern(side=1e6), "15", rules=PatternRules(bandwidth=0.5, simulations=0))


WRONG = {
    "bandwidth. -5 is no length above 0": {"bandwidth": -5.0},
    "farthest. nan is no length above 0": {"farthest": float("nan")},
    "mode. “FFT” is no choice. There are. exact, fft": {"mode": "FFT"},
    "convention. “each side” is no choice": {"convention": "each side"},
    "null. “labeling” is no choice": {"null": "labeling"},
    "the level is between 0 and 1": {"level": 95},
    r"test_from, test_to: 5 to 5 is no interval": {"test_from": 5, "test_to": 5},
    r"test_from, test_to: -1 to inf is no interval": {"test_from": -1},
    r"test_from, test_to: nan to 9 is no interval": {"test_from": float("nan"), "test_to": 9},
    "scaling: “wide” is no choice. There are: none, quantile, studentised": {"scaling": "wide"},
}


@pytest.mark.parametrize(("text", "rules"), WRONG.items())
@pytest.mark.parametrize("function", [k_density, m_function, m_density])
def test_rules_that_say_nothing_are_refused(function, text, rules):
    with pytest.raises(LayerError, match=text):
        function(pattern(), "15", rules=PatternRules(**rules))


def test_weights_of_nothing_and_points_of_one_place_are_refused():
    points = pattern()
    for function in (k_density, m_function, m_density):
        with pytest.raises(LayerError, match="sector “15”: its establishments have no jobs to weigh with"):
            function(
                points.assign(employment=np.where(points["sector"] == "15", 0.0, 2.0)), "15", weighted=True
            )
    with (
        pytest.warns(GeoterritorioWarning, match="share their point"),
        pytest.raises(LayerError, match="All establishments are at one point"),
    ):
        m_function(points.assign(x=0.0, y=0.0), "15")
    for distance in (-1.0, float("nan")):
        with pytest.raises(LayerError, match=r"distance: .* is no length above 0"):
            contributions(points, "15", distance=distance)


def test_costs_listed_in_one_direction_cost_the_same_in_the_other():
    points = pattern(number=60)
    both = costs_of(points)
    one_way = both[both["origin"] < both["destination"]]
    for function in (k_density, m_function):
        expected = function(points, "15", costs=both, rules=FEW).table["value"]
        with pytest.warns(GeoterritorioWarning, match="are listed in one direction only"):
            found = function(points, "15", costs=one_way, rules=FEW).table["value"]
        pd.testing.assert_series_equal(found, expected)


def test_a_table_of_costs_that_ends_has_the_bandwidth_of_the_whole():
    points = pattern(number=80)
    costs = costs_of(points)
    rules = PatternRules(farthest=1500, steps=6, simulations=0)
    whole = k_density(points, "15", costs=costs, rules=rules)
    part = k_density(points, "15", costs=costs[costs["cost"] <= 4500], rules=rules)
    assert part.bandwidth == pytest.approx(whole.bandwidth, rel=1e-12)
    np.testing.assert_allclose(part.table["value"], whole.table["value"], rtol=1e-6)


@pytest.mark.parametrize("function", [k_density, m_function, m_density])
@pytest.mark.parametrize("scaling", ["none", "quantile", "studentised"])
def test_scaling_and_interval_of_the_tests_are_the_rules(function, scaling):
    points = pattern(number=200)
    rules = PatternRules(
        farthest=3000, steps=30, simulations=39, scaling=scaling, test_from=500, test_to=1500, bandwidth=300
    )
    found = function(points, "15", rules=rules, rng=1)
    given_ = {"scaling": scaling, "start": 500, "end": 1500}
    assert found.p == goodness_of_fit(found.table["value"], found.simulated, test="dclf", **given_)
    assert found.p_largest == goodness_of_fit(found.table["value"], found.simulated, test="mad", **given_)
    # By hand, at these distances only, on the simulations with the observed one among them.
    inside = (found.table.index >= 500) & (found.table.index <= 1500)
    curves = np.vstack([found.table["value"], found.simulated])[:, inside]
    away = curves - curves.mean(axis=0)
    if scaling == "studentised":
        away = away / away.std(axis=0)
    elif scaling == "quantile":
        low, high = np.quantile(away, [0.025, 0.975], axis=0)
        away = away / np.where(away < 0, -low, high)
    largest = np.abs(away).max(axis=1)
    assert found.p_largest == (largest >= largest[0] * (1 - 1e-9)).mean()
    # Bands and value know nothing of the tests.
    plain = function(
        points, "15", rules=replace(rules, scaling="studentised", test_from=None, test_to=None), rng=1
    )
    pd.testing.assert_frame_equal(found.table, plain.table)


@pytest.mark.parametrize("function", [k_density, m_function, m_density])
def test_an_interval_without_distances_is_refused_before_the_work(function):
    def work(*_):
        raise AssertionError

    for given_ in ({"test_from": 1510, "test_to": 1590}, {"test_from": 3001}, {"test_to": 50}):
        rules = PatternRules(farthest=3000, steps=30, **given_)
        with pytest.raises(LayerError, match=r"at no distance from .*, but every 100 up to 3000. Widen"):
            function(pattern(), "15", rules=rules, progress=work)


def test_a_table_of_costs_that_ends_too_early_is_told():
    points = pattern(number=80)
    costs = costs_of(points)
    fixed = PatternRules(farthest=1500, steps=6, bandwidth=200, simulations=0)
    found = replace(fixed, bandwidth=None)
    for function, rules, needed in (
        (k_density, fixed, 2500),
        (m_density, fixed, 2500),
        (k_density, found, 3000),
        (m_density, found, 3000),
        (m_function, fixed, 1500),
    ):
        enough, ends = costs[costs["cost"] <= needed + 500], costs[costs["cost"] < needed - 100]
        function(points, "15", costs=enough, rules=rules)
        missing = 80 * 79 - int((ends["origin"] != ends["destination"]).sum())
        said = (
            rf"ends at .* on costs up to {needed}\. {missing} of 6320 pairs are not listed.* List all pairs"
        )
        with pytest.warns(GeoterritorioWarning, match=said) as told:
            function(points, "15", costs=ends, rules=rules)
        assert len(told) == 1
    with pytest.warns(GeoterritorioWarning, match="ends at") as told:
        m_functions(points, ["15", "62"], costs=ends, rules=fixed)
    assert len(told) == 1


def test_a_whole_table_of_costs_ends_nowhere():
    points = pattern(number=40)
    with pytest.warns(GeoterritorioWarning, match="no two establishments are known to be more than") as told:
        m_function(points, "15", costs=costs_of(points), rules=PatternRules(farthest=1e6, simulations=0))
    assert len(told) == 1


def test_too_few_simulations_and_too_far_distances_are_told():
    with pytest.warns(GeoterritorioWarning, match="with 5 no pattern is told from chance"):
        k_density(pattern(), "15", rules=PatternRules(simulations=5), rng=1)
    with pytest.warns(GeoterritorioWarning, match="no two establishments are known to be more than"):
        m_function(pattern(), "15", rules=PatternRules(farthest=1e6, simulations=0))


@pytest.mark.parametrize("function", [k_density, m_function, m_density])
def test_a_choice_that_is_another_function_s_is_refused(function):
    rules = PatternRules(null="position", minimum_plants=-5, simulations=1.5)
    with pytest.raises(LayerError) as refused:
        function(pattern(), "15", rules=rules)
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("column", ["x", "employment"])
def test_texts_in_place_of_numbers_are_refused(column):
    points = pattern().astype({column: object})
    points.loc[3, column] = "ten"
    with pytest.raises(LayerError, match=f"1 of 120 establishments have no number for “{column}”: “ten”"):
        m_function(points, "15", weighted=True)


def test_where_no_pair_is_near_enough_nothing_is_tested():
    with pytest.warns(GeoterritorioWarning, match="up to 1 no distance has both a value and a band"):
        found = m_function(pattern(), "15", rules=PatternRules(farthest=1, simulations=39), rng=1)
    assert found.verdict == "untested"
    assert np.isnan(found.p)
    assert found.table["global_high"].isna().all()


@pytest.mark.parametrize("function", [k_density, m_density, m_function])
def test_nothing_is_told_at_distances_that_no_two_plants_are_apart(function):
    points = pattern()
    most = pdist(points[["x", "y"]]).max()
    rules = PatternRules(farthest=500_000, steps=500, bandwidth=2000, simulations=99)
    table = function(points, "15", rules=rules, rng=1).table
    beyond = table.index > most
    assert table.loc[beyond, ["mean", "global_low", "gamma", "psi"]].isna().all(axis=None)
    assert table.loc[~beyond & (table.index > 0), "global_low"].notna().all()
    if function is not k_density:
        assert table.loc[beyond, "value"].isna().all()


def test_looking_farther_than_any_two_plants_are_apart_does_not_change_the_tests():
    points = pattern(side=1000.0)
    rules = PatternRules(farthest=1400, steps=28, simulations=99)
    near, far = (
        m_function(points, "15", weighted=True, rules=r, rng=1)
        for r in (rules, replace(rules, farthest=14_000, steps=280))
    )
    assert (near.p, near.p_largest) == (far.p, far.p_largest)


def test_m_of_a_table_of_costs_ends_with_the_table():
    points = pattern(number=60)
    costs = costs_of(points)
    costs = costs[costs["cost"] < 3000]
    rules = PatternRules(farthest=9000, steps=30, simulations=39, minimum_plants=0)
    with pytest.warns(GeoterritorioWarning, match="the table ends at"):
        table = m_function(points, "15", costs=costs, rules=rules, rng=1).table
    beyond = table.index > costs["cost"].max()
    assert table[beyond].isna().all(axis=None)
    assert table.loc[~beyond & (table.index > 600)].notna().all(axis=None)


@pytest.mark.parametrize("mode", ["exact", "fft"])
def test_a_density_of_nearly_nothing_has_a_deviation_and_no_p_of_rounding(mode):
    rng = np.random.default_rng(0)
    points = pd.DataFrame(rng.uniform(0, 1000, (60, 2)), columns=["x", "y"])
    points["sector"] = ["a"] * 3 + ["b"] * 57
    rules = PatternRules(simulations=39, bandwidth=5, farthest=50, minimum_plants=0, mode=mode)
    found = k_density(points, "a", rules=rules, rng=1)
    # No two plants of the sector are within 100 m of each other: nothing is there, however it is summed.
    assert pdist(points.loc[:2, ["x", "y"]]).min() > 100
    assert (found.table["value"] == 0).all()
    assert found.deviation < (0.0001 if mode == "exact" else 0.01)
    apart = points.assign(x=[0.0, 300, 600] + [1e4 * k for k in range(1, 58)], y=0.0)
    found = k_density(apart, "a", rules=rules, rng=1)
    assert (found.p, found.p_largest, found.verdict) == (1, 1, "neither")


@pytest.mark.parametrize("farthest", [60.0, 1200.0])
@pytest.mark.parametrize("mode", ["exact", "fft"])
def test_the_deviation_is_a_share_of_the_peak_over_all_distances(mode, farthest):
    rng = np.random.default_rng(3)
    points = pd.DataFrame(rng.uniform(0, 1000, (60, 2)), columns=["x", "y"])
    points["sector"] = ["a"] * 5 + ["b"] * 55
    rules = PatternRules(simulations=39, bandwidth=15, farthest=farthest, minimum_plants=0, mode=mode)
    found = k_density(points, "a", rules=rules, rng=1)
    exact = k_density(points, "a", rules=replace(rules, simulations=0), rng=1).table["value"]
    everywhere = replace(rules, simulations=0, farthest=1500, steps=3000)
    peak = k_density(points, "a", rules=everywhere, rng=1).table["value"].max()
    away = np.abs(found.table["value"] - exact).max() / peak
    assert found.deviation == pytest.approx(away, rel=0.01)


def test_where_no_pair_is_listed_the_deviation_is_none():
    points = pattern(number=40)
    costs = costs_of(points)
    mine = points.index[points["sector"] == "15"]
    costs = costs[~(costs["origin"].isin(mine) & costs["destination"].isin(mine))]
    rules = PatternRules(simulations=39, bandwidth=300, farthest=3000, minimum_plants=0)
    found = k_density(points, "15", costs=costs, rules=rules, rng=1)
    assert found.deviation == 0
