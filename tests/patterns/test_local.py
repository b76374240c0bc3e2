"""Local Moran and G: by hand, by a literal loop, their identities, what chance gives, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.patterns.local import LocalRules, hotspots, local_moran, standardised_rates

ANALYTIC = LocalRules(inference="analytic")
SUMS = LocalRules(inference="analytic", weighting="as_given")
TESTED = LocalRules(simulations=999)


def lattice(side=12):
    """Pairs of cells that touch, by side or corner."""
    row, column = (v.ravel() for v in np.indices((side, side)))
    apart = np.maximum(abs(row[:, None] - row), abs(column[:, None] - column))
    one, other = np.nonzero(apart == 1)
    return pd.DataFrame({"territory": one, "neighbour": other})


def drawn(seed, side=12, kind="normal"):
    rng = np.random.default_rng(seed)
    made = rng.normal(10, 2, side**2) if kind == "normal" else rng.lognormal(0, 1.2, side**2)
    return pd.Series(made, name="value")


def matrix(values, pairs, itself=0.0):
    found = np.zeros((len(values), len(values)))
    place = {t: k for k, t in enumerate(values.index)}
    for row in pairs.itertuples():
        found[place[row.territory], place[row.neighbour]] = getattr(row, "weight", 1.0)
    return found + itself * np.eye(len(values))


def test_by_hand():
    # Mean 5, deviations 4 3 4 -4 -3 -4, squares 82: the first is 5 x 4 x 3 / 82, the third 5 x 4 x (3 - 4) / 2 / 82.
    line = pd.Series([9.0, 8, 9, 1, 2, 1], index=list("ABCDEF"))
    pairs = pd.DataFrame({"territory": list("ABCDEBCDEF"), "neighbour": list("BCDEFABCDE")})
    found = local_moran(line, pairs, rules=ANALYTIC).table
    assert found["statistic"].tolist() == pytest.approx(
        [60 / 82, 60 / 82, -10 / 82, -10 / 82, 60 / 82, 60 / 82]
    )
    assert found["lag"].tolist() == [8, 9, 4.5, 5.5, 1, 2]
    assert found["neighbours"].tolist() == [1, 2, 2, 2, 2, 1]
    told = local_moran(line, pairs, rules=LocalRules(inference="analytic", level=0)).table["cluster"]
    assert told.tolist() == ["high-high", "high-high", "high-low", "low-high", "low-low", "low-low"]
    assert hotspots(line, pairs, rules=SUMS).table["statistic"].iloc[0] == pytest.approx(17 / 30)
    assert hotspots(line, pairs, star=False, rules=SUMS).table["statistic"].iloc[0] == pytest.approx(8 / 21)


@pytest.mark.parametrize("weighted", [False, True])
def test_equals_the_definitions_in_a_loop(weighted):
    rng = np.random.default_rng(1)
    values, pairs = drawn(1, 5), lattice(5)
    if weighted:
        pairs["weight"] = rng.uniform(0.1, 2, len(pairs))
    x, n, w = values.to_numpy(), 25, matrix(values, pairs)
    z = x - x.mean()
    rows = w / w.sum(axis=1, keepdims=True)
    moran = local_moran(values, pairs, rules=ANALYTIC).table
    np.testing.assert_allclose(
        moran["statistic"], [(n - 1) * z[i] * (rows[i] @ z) / (z @ z) for i in range(n)]
    )
    plain = hotspots(values, pairs, star=False, rules=SUMS).table
    star = hotspots(values, pairs, rules=SUMS).table
    for i in range(n):
        others = np.delete(np.arange(n), i)
        mean, deviation = x[others].mean(), x[others].std()
        spread = ((n - 1) * (w[i] ** 2).sum() - w[i].sum() ** 2) / (n - 2)
        assert plain["z"][i] == pytest.approx((w[i] @ x - w[i].sum() * mean) / (deviation * spread**0.5))
        own = w[i].copy()
        own[i] = w[i].max()
        spread = (n * (own**2).sum() - own.sum() ** 2) / (n - 1)
        assert star["z"][i] == pytest.approx((own @ x - own.sum() * x.mean()) / (x.std() * spread**0.5))
        assert star["statistic"][i] == pytest.approx(own @ x / x.sum())


def test_moments_are_those_of_all_arrangements():
    # Five values: 24 arrangements of the other four around each.
    from itertools import permutations

    values = pd.Series([1.0, 2, 4, 8, 3])
    pairs = pd.DataFrame(
        {"territory": [0, 0, 1, 2, 3, 4], "neighbour": [1, 2, 0, 3, 2, 0], "weight": [2.0, 1, 1, 1, 1, 1]}
    )
    x, w = values.to_numpy(), matrix(values, pairs)
    rows = w / w.sum(axis=1, keepdims=True)
    z = x - x.mean()
    found = local_moran(values, pairs, rules=ANALYTIC).table
    plain = hotspots(values, pairs, star=False, rules=SUMS).table
    with pytest.warns(GeoterritorioWarning, match="with 1 no pattern is told from chance"):
        conditional = hotspots(
            values, pairs, rules=LocalRules(weighting="as_given", simulations=1), rng=1
        ).table
    for i in range(5):
        others = np.delete(np.arange(5), i)
        sums, lags = [], []
        for order in permutations(others):
            dealt = x.copy()
            dealt[others] = x[list(order)]
            sums.append(4 * z[i] * (rows[i] @ (dealt - x.mean())) / (z @ z))
            lags.append(w[i] @ dealt / x[others].sum())
        assert found["expected"][i] == pytest.approx(np.mean(sums))
        assert found["variance"][i] == pytest.approx(np.var(sums), abs=1e-12)
        assert plain["expected"][i] == pytest.approx(np.mean(lags))
        assert plain["variance"][i] == pytest.approx(np.var(lags))
        # G* with the territory's own value kept is G but for a constant.
        assert conditional["z"][i] == pytest.approx(plain["z"][i])


def test_p_is_that_of_all_arrangements():
    values = pd.Series([1.0, 2, 4, 8, 3, 9, 5])
    pairs = pd.DataFrame({"territory": [0, 0, 5], "neighbour": [3, 5, 3]})
    with pytest.warns(GeoterritorioWarning, match="5 of 7 territories have none"):
        p = local_moran(values, pairs, rules=LocalRules(simulations=40000), rng=1).table["p"]
    # 15 pairs of six others: 8 + 9 is the largest sum; of six single ones 8 is the largest.
    assert p[0] == pytest.approx(2 / 15, abs=0.01)
    assert p[5] == pytest.approx(2 / 6, abs=0.01)
    assert p[[1, 2, 3, 4, 6]].isna().all()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 1000), st.floats(-100, 100))
def test_identities(seed, scale, shift):
    values, pairs = drawn(seed, 5), lattice(5)
    moran = local_moran(values, pairs, rules=TESTED, rng=1).table
    moved = local_moran(values * scale + shift, pairs, rules=TESTED, rng=1).table
    columns = ["statistic", "expected", "variance", "z", "p", "q"]
    np.testing.assert_allclose(moved[columns], moran[columns], rtol=1e-6, atol=1e-9)
    # Turned over, high is low and nothing else changes.
    turned = local_moran(-values, pairs, rules=TESTED, rng=1).table
    np.testing.assert_allclose(turned[columns], moran[columns], rtol=1e-9)
    # By permutation Moran and G ask the same.
    for star in (True, False):
        spots = hotspots(
            values, pairs, star=star, rules=LocalRules(weighting="as_given", simulations=999), rng=1
        ).table
        np.testing.assert_allclose(spots["p"], moran["p"])
    # The weighted sum of the local ones is the global one.
    z = values - values.mean()
    rows = matrix(values, pairs) / matrix(values, pairs).sum(axis=1, keepdims=True)
    assert moran["statistic"].sum() / 24 == pytest.approx(z @ rows @ z / (z @ z))
    # All around is everything.
    everyone = pd.DataFrame(
        [(a, b) for a in range(25) for b in range(25) if a != b], columns=["territory", "neighbour"]
    )
    g = hotspots(values.abs(), everyone, star=False, rules=SUMS).table
    np.testing.assert_allclose(g["statistic"], 1)
    assert g["z"].isna().all()


def test_order_and_names_do_not_matter():
    values, pairs = drawn(3, 6), lattice(6)
    named = values.rename(index=lambda k: f"t{k:02d}")
    renamed = pairs.map(lambda k: f"t{k:02d}").sample(frac=1, random_state=1)
    shuffled = named.sample(frac=1, random_state=2)
    one = local_moran(values, pairs, rules=ANALYTIC).table
    other = local_moran(shuffled, renamed, rules=ANALYTIC).table
    assert other.index.equals(shuffled.index)
    np.testing.assert_allclose(other.loc[named.index, "z"], one["z"])


def test_graph_and_own_pairs():
    from libpysal.graph import Graph

    values, pairs = drawn(4, 5), lattice(5)
    graph = Graph.from_arrays(pairs["territory"], pairs["neighbour"], np.ones(len(pairs)))
    own = pd.concat([pairs, pd.DataFrame({"territory": range(25), "neighbour": range(25)})])
    table = hotspots(values, pairs, rules=SUMS).table
    pd.testing.assert_frame_equal(hotspots(values, graph, rules=SUMS).table, table)
    pd.testing.assert_frame_equal(hotspots(values, own, rules=SUMS).table, table)


def test_missing_values_and_islands():
    values, pairs = drawn(5, 5), lattice(5)
    values[7] = np.nan
    cut = pairs[(pairs["territory"] != 24) & (pairs["neighbour"] != 24)]
    with pytest.warns(GeoterritorioWarning) as said:
        found = local_moran(values, cut, rng=1)
    texts = [str(w.message) for w in said]
    assert any("1 of 25 territories have no value" in t for t in texts)
    assert any("1 of 25 territories have none" in t for t in texts)
    assert (found.missing, found.islands) == (1, 1)
    tests = ["statistic", "expected", "variance", "z", "p", "q"]
    assert found.table.loc[[7, 24], tests].isna().all(axis=None)
    assert found.table.loc[24, "value"] == values[24]
    assert found.table.loc[24, "neighbours"] == 0
    assert found.table["cluster"][[7, 24]].isna().all()
    assert found.table.drop(index=[7, 24])[tests].notna().all(axis=None)
    # As if the one without value were not there.
    kept = cut[(cut["territory"] != 7) & (cut["neighbour"] != 7)]
    with pytest.warns(GeoterritorioWarning, match="have none"):
        without = local_moran(values.drop(7), kept, rng=1)
    pd.testing.assert_frame_equal(found.table.drop(index=7), without.table, check_dtype=False)


@pytest.mark.parametrize("measure", [local_moran, hotspots])
def test_degenerate_values(measure):
    pairs = lattice(3)
    with pytest.warns(GeoterritorioWarning, match="all 9 territories are the same, so nothing can be tested"):
        flat = measure(pd.Series(np.full(9, 0.1)), pairs, rng=1).table
    assert flat[["statistic", "z", "p", "q"]].isna().all(axis=None)
    assert flat["cluster"].isna().all()
    with pytest.warns(
        GeoterritorioWarning, match="number of territories that have one: 3. It takes 4 to test"
    ):
        few = measure(pd.Series([1.0, 2, 3]), pairs[(pairs < 3).all(axis=1)], rng=1).table
    assert few["p"].isna().all()
    empty = measure(pd.Series(dtype=float), pairs.iloc[:0], rng=1).table
    assert empty.empty
    assert list(empty.columns) == list(flat.columns)
    with pytest.warns(GeoterritorioWarning, match="9 of 9 territories have none"):
        alone = measure(drawn(1, 3), pairs.iloc[:0], rng=1).table
    assert alone["p"].isna().all()
    with pytest.warns(GeoterritorioWarning, match="9 of 9 territories have no value"):
        unknown = measure(pd.Series(np.nan, range(9)), pairs, rng=1).table
    assert unknown["value"].isna().all()
    # One at the mean has no side to be on.
    middle = measure(pd.Series([0.0, 1, 2, 3, 4, 5, 6, 7, 8]), pairs, rng=1).table
    assert middle["p"].notna().all()


def test_sums_below_zero_have_a_z_but_no_share():
    found = hotspots(drawn(1, 5) - 100, lattice(5), rules=SUMS).table
    assert found["statistic"].isna().all()
    np.testing.assert_allclose(found["z"], hotspots(drawn(1, 5), lattice(5), rules=SUMS).table["z"])


@pytest.mark.parametrize("star", [True, False])
@pytest.mark.parametrize("inference", ["permutation", "analytic"])
def test_the_standard_form_is_that_of_ord_and_getis_for_values_of_any_sign(star, inference):
    values, pairs = drawn(1, 5) - 10, lattice(5)
    rules = LocalRules(inference=inference, weighting="as_given", simulations=199)
    found = hotspots(values, pairs, star=star, standardised=True, rules=rules, rng=1).table
    expected = hotspots(values, pairs, star=star, rules=SUMS).table["z"]
    np.testing.assert_allclose(found["statistic"], expected)
    # Its own moments are those of the test: they give the same z.
    away = (found["statistic"] - found["expected"]) / np.sqrt(found["variance"])
    np.testing.assert_allclose(away, found["z"])


def test_standardised_rates_have_a_statistic_and_no_share():
    rng = np.random.default_rng(1)
    population = pd.Series(rng.integers(20, 500, 25).astype(float))
    rates = standardised_rates(pd.Series(rng.binomial(population.astype(int), 0.2)), population)
    assert hotspots(rates, lattice(5), rng=1).table["statistic"].isna().all()
    assert hotspots(rates, lattice(5), standardised=True, rng=1).table["statistic"].notna().all()


@pytest.mark.parametrize("measure", [local_moran, hotspots])
def test_no_simulations_are_no_test(measure):
    found = measure(drawn(1, 5), lattice(5), rules=LocalRules(simulations=0)).table
    assert found[["p", "q"]].isna().all(axis=None)
    assert found["cluster"].isna().all()
    assert found["z"].notna().all()


@pytest.mark.parametrize("measure", [local_moran, hotspots])
def test_rules_that_say_nothing_are_refused_together(measure):
    rules = LocalRules(inference="foo", weighting="bar", level=2, simulations=-5)
    with pytest.raises(LayerError) as refused:
        measure(drawn(1, 3), lattice(3), rules=rules)
    assert len(refused.value.problems) == 4


def test_rates_that_do_not_differ_are_none():
    assert standardised_rates(pd.Series([3.0]), pd.Series([9.0])).tolist() == [0]
    assert standardised_rates(pd.Series([3.0, 3.0]), pd.Series([9.0, 9.0])).tolist() == [0, 0]


def test_what_is_refused():
    values, pairs = drawn(1, 3), lattice(3)
    with pytest.raises(LayerError) as refused:
        local_moran(
            pd.Series([1.0, np.inf, 3], index=["a", "b", "b"]),
            pd.DataFrame(
                {"territory": ["a", "a", "x"], "neighbour": ["b", "b", "a"], "weight": [1, np.nan, -1]}
            ),
        )
    text = str(refused.value)
    for part in (
        "1 territories have more than one row",
        "1 are infinite",
        "2 weights",
        "1 pairs are listed",
        "1 pairs name",
    ):
        assert part in text
    with pytest.raises(LayerError, match="no column “neighbour”"):
        hotspots(values, pairs.rename(columns={"neighbour": "other"}))


def test_rates_by_hand():
    e, n = np.array([30.0, 25, 25, 15, 0]), np.array([100.0, 100, 110, 90, 5])
    b = e.sum() / n.sum()
    a = (n * (e / n - b) ** 2).sum() / n.sum() - b / n.mean()
    noise = np.where(a + b / n < 0, b / n, a + b / n)
    found = standardised_rates(pd.Series(e), pd.Series(n))
    np.testing.assert_allclose(found, (e / n - b) / noise**0.5)
    gaps = standardised_rates(pd.Series([*e, 1, np.nan, 0]), pd.Series([*n, np.nan, 3, 0]))
    np.testing.assert_allclose(gaps[:5], found)
    assert gaps[5:].isna().all()
    assert standardised_rates(pd.Series([0.0, 0]), pd.Series([5.0, 6])).isna().all()
    with pytest.raises(LayerError, match="2 territories have negative"):
        standardised_rates(pd.Series([-1.0, 1]), pd.Series([5.0, np.inf]))
    with pytest.raises(LayerError, match="not the same territories"):
        standardised_rates(pd.Series([1.0], index=["a"]), pd.Series([5.0], index=["b"]))


def test_q_tells_what_the_cut_off_of_esda_tells():
    from esda import fdr

    values, pairs = drawn(6) + 5 * (np.arange(144) % 12 < 4) * (np.arange(144) < 60), lattice()
    found = local_moran(values, pairs, rng=1).table
    assert found["cluster"].eq("high-high").sum() >= 8
    assert ((found["q"] <= 0.05) == (found["p"] <= fdr(found["p"].to_numpy(), 0.05))).all()
    planted = (np.arange(144) % 12 < 5) & (np.arange(144) < 72)
    assert (found["cluster"][~planted] != "high-high").all()
    spots = hotspots(values, pairs, rng=1).table
    inner = (np.arange(144) % 12 < 3) & (np.arange(144) < 48)
    assert (spots["cluster"][inner] == "hot spot").mean() > 0.8
    assert (spots["cluster"][~planted] != "hot spot").all()


@pytest.mark.parametrize("kind", ["normal", "lognormal"])
def test_nothing_is_found_where_nothing_is(kind):
    pairs = lattice()
    tables = [local_moran(drawn(k, kind=kind), pairs, rules=TESTED, rng=k).table for k in range(30)]
    p = pd.concat([t["p"] for t in tables])
    assert 0.035 < (p <= 0.05).mean() < 0.06
    assert sum((t["q"] <= 0.05).any() for t in tables) <= 5
    # The normal distribution tells a lot from chance where values are skewed: why permutation is the default.
    told = [(hotspots(drawn(k, kind=kind), pairs, rules=SUMS).table["q"] <= 0.05).any() for k in range(30)]
    assert sum(told) >= 8 if kind == "lognormal" else sum(told) <= 4


def test_rates_of_small_territories_are_not_taken_for_clusters():
    pairs, column = lattice(), np.arange(144) % 12
    low = {"raw": 0, "standardised": 0}
    for seed in range(30):
        rng = np.random.default_rng(seed)
        population = pd.Series(rng.lognormal(3 + 5 * (column >= 6), 0.5).round() + 1)
        events = pd.Series(rng.poisson(0.03 * population).astype(float))
        rates = {"raw": events / population, "standardised": standardised_rates(events, population)}
        for name, values in rates.items():
            low[name] += (local_moran(values, pairs, rules=TESTED, rng=seed).table["p"] <= 0.05).mean() / 30
    assert low["standardised"] < 0.06
    assert low["raw"] > 0.065


def test_same_seed_same_result_and_cancelling():
    values, pairs = drawn(1), lattice()
    one, other = (local_moran(values, pairs, rng=5).table for _ in range(2))
    pd.testing.assert_frame_equal(one, other)

    def stop(*_said):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local_moran(values, pairs, rng=1, progress=stop)


def test_import_is_quick():
    code = "import sys, geoterritorio.patterns.local; print([m for m in ('esda', 'libpysal') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
