"""Inequality across territories: identities, bounds, published examples, coverage of the intervals."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from scipy.integrate import trapezoid

from geoterritorio.concentration import (
    atkinson,
    coefficient_of_variation,
    coulter,
    disparities,
    gini,
    lorenz_curve,
    pietra,
    spatial_gini,
    theil_decomposition,
    theil_l,
    theil_t,
    williamson,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError


def atkinson_2(values, weights=None):
    return atkinson(values, weights, epsilon=2)


# Those that count heads: equal for a territory and for its copies with half the weight.
HEADS = [gini, pietra, theil_t, theil_l, atkinson, atkinson_2, williamson]
ALL = [*HEADS, coulter]

amounts = st.floats(0.01, 1e6, allow_subnormal=False)


@st.composite
def regions(draw: st.DrawFn, least: int = 1) -> tuple[pd.Series, pd.Series]:
    n = draw(st.integers(least, 12))
    values = draw(st.lists(amounts, min_size=n, max_size=n))
    weights = draw(st.lists(st.floats(0.1, 1000), min_size=n, max_size=n))
    index = pd.Index([f"r{k}" for k in range(n)], name="territory")
    return pd.Series(values, index=index), pd.Series(weights, index=index)


def brute(values, weights):
    """Every formula as the papers write it, on all pairs or one by one."""
    x, w = values.to_numpy(), weights.to_numpy()
    p, mean = w / w.sum(), (w * x).sum() / w.sum()
    s = w * x / (w * x).sum()
    gaps = (np.outer(p, p) * np.abs(x[:, None] - x[None, :])).sum()
    return {
        gini: gaps / (2 * mean),
        pietra: np.abs(s - p).sum() / 2,
        theil_t: (s * np.log(s / p)).sum(),
        theil_l: (p * np.log(p / s)).sum(),
        atkinson: 1 - (p * np.sqrt(x)).sum() ** 2 / mean,
        atkinson_2: 1 - 1 / (p / x).sum() / mean,
        williamson: np.sqrt((p * (x - mean) ** 2).sum()) / mean,
        coulter: np.sqrt(((s - p) ** 2).sum() / 2),
    }


@given(regions())
def test_the_formulas_of_the_papers(given_regions):
    for measure, expected in brute(*given_regions).items():
        assert measure(*given_regions) == pytest.approx(expected, rel=1e-6, abs=1e-7), measure


@given(regions(), st.sampled_from(ALL), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_neither_the_currency_nor_the_unit_of_heads_matters(given_regions, measure, money, heads):
    values, weights = given_regions
    assert measure(values * money, weights * heads) == pytest.approx(measure(values, weights), abs=1e-7)


@given(regions(), st.sampled_from(ALL), st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(given_regions, measure, random):
    values, weights = given_regions
    names = list(values.index)
    random.shuffle(names)
    assert measure(values, weights.loc[names]) == measure(values, weights)
    assert measure(values.loc[names], weights) == pytest.approx(measure(values, weights), abs=1e-7)


@given(regions(), st.sampled_from(HEADS))
def test_replication_changes_nothing(given_regions, measure):
    values, weights = given_regions
    twice = pd.concat([values, values.rename(lambda k: f"{k}'")])
    heads = pd.concat([weights, weights.rename(lambda k: f"{k}'")])
    assert measure(twice, heads) == pytest.approx(measure(values, weights), abs=1e-7)


@given(regions(), st.sampled_from(ALL))
def test_a_territory_without_heads_changes_nothing(given_regions, measure):
    values, weights = given_regions
    more = pd.concat([values, pd.Series({"desert": np.nan})])
    assert measure(more, pd.concat([weights, pd.Series({"desert": 0.0})])) == measure(values, weights)


@given(regions(least=2), st.sampled_from(HEADS), st.floats(0.05, 0.5))
def test_a_transfer_from_rich_to_poor_never_raises_inequality(given_regions, measure, part):
    values, weights = given_regions
    rich, poor = values.idxmax(), values.idxmin()
    # What moves, a part of what would make the two equal.
    moved = part * (values[rich] - values[poor]) / (1 / weights[rich] + 1 / weights[poor])
    after = values.copy()
    after[rich] -= moved / weights[rich]
    after[poor] += moved / weights[poor]
    assert measure(after, weights) <= measure(values, weights) + 1e-7


@given(regions(), st.sampled_from(ALL))
def test_equality_is_zero_and_bounds_hold(given_regions, measure):
    values, weights = given_regions
    assert measure(values * 0 + values.iloc[0], weights) == pytest.approx(0, abs=1e-7)
    assert measure(values, weights) >= 0
    if measure in {gini, pietra, atkinson, atkinson_2, coulter}:
        assert measure(values, weights) <= 1


@given(regions())
def test_the_area_under_the_lorenz_curve_is_the_gini(given_regions):
    values, weights = given_regions
    curve = lorenz_curve(values, weights)
    area = trapezoid(curve["value"], curve["weight"])
    assert gini(values, weights) == pytest.approx(1 - 2 * area, abs=1e-9)
    assert pietra(values, weights) == pytest.approx((curve["weight"] - curve["value"]).max(), abs=1e-9)
    assert (curve["value"] <= curve["weight"] + 1e-9).all()
    assert (curve[["weight", "value"]].iloc[0] == 0).all()
    np.testing.assert_allclose(curve[["weight", "value"]].iloc[-1], 1)
    assert set(curve["territory"].dropna()) == set(values.index)


@given(regions(), st.data(), st.sampled_from("tl"))
def test_between_and_within_make_the_whole(given_regions, data, index):
    values, weights = given_regions
    n = len(values)
    groups = pd.Series(
        data.draw(st.lists(st.sampled_from("ABC"), min_size=n, max_size=n)), index=values.index
    )
    found = theil_decomposition(values, groups, weights, index=index, permutations=0)
    total = (theil_t if index == "t" else theil_l)(values, weights)
    assert found.total == total
    assert found.between + found.within == pytest.approx(total, abs=1e-12 * max(1, total))
    assert found.groups["between"].sum() == pytest.approx(found.between, abs=1e-12 * max(1, total))
    assert found.groups[["weight", "value"]].sum().tolist() == pytest.approx([1, 1])
    assert found.groups["territories"].sum() == n
    own = {
        g: (theil_t if index == "t" else theil_l)(values[groups == g], weights[groups == g])
        for g in set(groups)
    }
    for group, row in found.groups.iterrows():
        assert row["theil"] == pytest.approx(own[group], abs=1e-12)


def test_atkinson_of_one_is_that_of_the_mean_log_deviation():
    values, weights = pd.Series([3.0, 1, 8, 2]), pd.Series([1.0, 5, 2, 2])
    assert atkinson(values, weights, epsilon=1) == pytest.approx(1 - np.exp(-theil_l(values, weights)))
    assert atkinson(values, epsilon=0) == 0
    assert atkinson(values, epsilon=1e9) == pytest.approx(1 - 1 / 3.5)
    assert atkinson(values, epsilon=1 + 1e-7) == pytest.approx(atkinson(values, epsilon=1), rel=1e-5)


def test_textbook_ginis():
    # Doersam's examples and the product of the German states in 2015, as printed in the manual of the package REAT.
    sales = pd.Series([20.0, 50, 20, 10])
    assert gini(sales) == pytest.approx(0.3)
    assert gini(sales, unbiased=True) == pytest.approx(0.4)
    income, size = [500, 1500, 2500, 4000, 7500, 15000], [1000, 1200, 1600, 400, 200, 600]
    assert round(gini(pd.Series(income), pd.Series(size)), 4) == 0.5278
    product = [460.69, 549.19, 124.16, 65.29, 31.59, 109.27, 263.44, 39.87, 258.53, 645.59]
    product += [131.95, 35.03, 112.66, 56.22, 85.61, 56.81]
    assert round(gini(pd.Series(product)), 4) == 0.5009


def test_all_to_one():
    values = pd.Series([0.0, 0, 0, 12])
    assert gini(values) == pytest.approx(3 / 4)
    assert gini(values, unbiased=True) == pytest.approx(1)
    assert pietra(values) == pytest.approx(3 / 4)
    assert theil_t(values) == pytest.approx(np.log(4))
    assert coefficient_of_variation(values) == pytest.approx(2)
    assert williamson(values) == pytest.approx(np.sqrt(3))
    assert atkinson(values, epsilon=1) == 1
    assert atkinson(values, epsilon=2) == 1
    with pytest.warns(GeoterritorioWarning, match="3 values are 0"):
        assert np.isnan(theil_l(values))


@pytest.mark.parametrize("measure", ALL)
def test_degenerate(measure):
    empty = pd.Series([], dtype=float)
    assert np.isnan(measure(empty, empty))
    assert measure(pd.Series([5.0]), None) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        assert np.isnan(measure(pd.Series([0.0, 0.0]), None))
    assert np.isnan(measure(pd.Series([1.0, 2.0]), pd.Series([0.0, 0.0])))
    with pytest.warns(GeoterritorioWarning, match="1 of 3 territories have no value or no weight"):
        assert np.isnan(measure(pd.Series([1.0, np.nan, 2.0]), None))
    with pytest.warns(GeoterritorioWarning, match="1 of 2 territories"):
        assert np.isnan(measure(pd.Series([1.0, 2.0], index=["a", "b"]), pd.Series({"a": 1.0})))


@pytest.mark.parametrize("measure", ALL)
def test_refused(measure):
    with pytest.raises(LayerError) as refused:
        measure(pd.Series([np.inf, 1.0]), pd.Series([-1.0, 1.0]))
    assert len(refused.value.problems) == 2
    with pytest.raises(LayerError, match="repeated"):
        measure(pd.Series([1.0, 2.0], index=["a", "a"]), pd.Series([1.0, 2.0], index=["a", "b"]))


@pytest.mark.parametrize("measure", [m for m in ALL if m is not williamson])
def test_negative_values_are_refused(measure):
    with pytest.raises(LayerError, match="1 values are negative"):
        measure(pd.Series([-1.0, 2.0]), None)


def test_variation_bears_negative_values_but_not_a_negative_mean():
    values = pd.Series([-1.0, 2.0, 5.0])
    assert coefficient_of_variation(values) == pytest.approx(1.5)
    assert williamson(values) == pytest.approx(np.sqrt(6) / 2)
    assert np.isnan(coefficient_of_variation(-values))
    assert np.isnan(coefficient_of_variation(pd.Series([3.0])))
    assert np.isnan(gini(pd.Series([3.0]), unbiased=True))


def test_aversion_below_zero_is_refused():
    with pytest.raises(LayerError, match="epsilon is 0 or more"):
        atkinson(pd.Series([1.0, 2.0]), epsilon=-1)


def test_groups_must_cover_the_territories():
    values = pd.Series({"a": 1.0, "b": 2.0})
    with pytest.raises(LayerError, match="1 territories have no group"):
        theil_decomposition(values, pd.Series({"a": "north"}))


def test_no_territories():
    empty = pd.Series([], dtype=float)
    found = theil_decomposition(empty, pd.Series([], dtype=object))
    assert np.isnan([found.total, found.between, found.within, found.share_between, found.p]).all()
    assert list(found.groups.columns) == [
        "territories",
        "weight",
        "value",
        "mean",
        "theil",
        "within",
        "between",
    ]
    table = disparities(empty, groups=pd.Series([], dtype=object))
    assert table["value"].isna().all()
    assert (table["territories"] == 0).all()
    assert lorenz_curve(empty)["value"].tolist() == [0]


def test_a_group_that_has_nothing():
    values = pd.Series([0.0, 0.0, 4.0, 4.0])
    groups = pd.Series(list("AABB"))
    found = theil_decomposition(values, groups, permutations=0)
    assert found.within == 0
    assert found.between == pytest.approx(np.log(2))
    assert np.isnan(theil_decomposition(values, groups, index="l", permutations=0).between)


@pytest.mark.parametrize("index", ["t", "l"])
def test_p_between_is_the_share_of_all_regroupings(index):
    # Three territories of six can be the first group in 20 ways; only one of them, and its mirror, parts as much.
    values = pd.Series([10.0, 11, 12, 20, 21, 22])
    found = theil_decomposition(values, pd.Series(list("AAABBB")), index=index, permutations=4000, rng=5)
    assert found.p == pytest.approx(2 / 20, abs=0.015)
    mixed = theil_decomposition(values, pd.Series(list("ABABAB")), index=index, permutations=4000, rng=5)
    assert mixed.p > 0.3


def test_neighbours_that_are_alike():
    # On a line of 4 the two orders from poor to rich have the least between neighbours: 2 of 24 arrangements.
    values = pd.Series([10.0, 12, 27, 30])
    line = pd.DataFrame({"territory": [0, 1, 2, 1], "neighbour": [1, 2, 3, 0], "weight": [1.0, 3, 0.5, 1]})
    found = spatial_gini(values, line, permutations=4000, rng=1)
    assert found.p == pytest.approx(2 / 24, abs=0.015)
    assert found.neighbours == pytest.approx((2 + 15 + 3) / (16 * values.mean()))
    assert found.neighbours + found.others == pytest.approx(gini(values))
    assert found.expected == pytest.approx(gini(values) / 2)
    everybody = pd.DataFrame(1.0, values.index, values.index)
    assert spatial_gini(values, everybody, permutations=9).others == pytest.approx(0)
    assert spatial_gini(values, everybody, permutations=9).p == 1
    alone = spatial_gini(values.iloc[:1], line.iloc[:0], permutations=9)
    assert [alone.total, alone.neighbours] == [0, 0]
    assert np.isnan(alone.expected)
    none = spatial_gini(values.iloc[:0], line.iloc[:0])
    assert np.isnan([none.total, none.neighbours, none.p]).all()
    with pytest.raises(LayerError, match="not in the table"):
        spatial_gini(values.iloc[:2], line)
    with pytest.warns(GeoterritorioWarning, match="no value"):
        assert np.isnan(spatial_gini(values.replace(10.0, np.nan), line, permutations=9).p)


def test_p_between_is_uniform_where_groups_mean_nothing():
    rng = np.random.default_rng(3)
    groups = pd.Series(np.repeat(list("ABCDE"), 6))
    p = [
        theil_decomposition(pd.Series(rng.lognormal(size=30)), groups, permutations=199, rng=rng).p
        for _ in range(300)
    ]
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_the_table_holds_every_measure():
    rng = np.random.default_rng(2)
    values, weights = pd.Series(rng.lognormal(3, 0.4, 40)), pd.Series(rng.lognormal(8, 1, 40))
    groups = pd.Series(rng.choice(list("NSE"), 40))
    table = disparities(values, weights, groups, epsilon=1, replicates=400, rng=8)
    found = theil_decomposition(values, groups, weights, permutations=400, rng=1)
    expected = {
        "gini": gini(values, weights),
        "pietra": pietra(values, weights),
        "theil_t": theil_t(values, weights),
        "theil_l": theil_l(values, weights),
        "atkinson": atkinson(values, weights, epsilon=1),
        "williamson": williamson(values, weights),
        "coefficient_of_variation": coefficient_of_variation(values),
        "theil_t_between": found.between,
        "theil_t_within": found.within,
        "theil_t_share_between": found.share_between,
    }
    assert table["value"].loc[list(expected)].to_dict() == pytest.approx(expected)
    inside = (table["low"] <= table["value"]) & (table["value"] <= table["high"])
    assert inside.drop(index=[k for k in table.index if "between" in k or "within" in k]).all()
    assert table["p"].notna().sum() == 4
    assert table.loc["theil_t_between", "p"] == pytest.approx(found.p, abs=0.1)
    assert (table["territories"] == 40).all()
    pd.testing.assert_frame_equal(
        table, disparities(values, weights, groups, epsilon=1, replicates=400, rng=8)
    )
    assert list(disparities(values, replicates=0).index) == list(expected)[:7]
    assert disparities(values, replicates=0)["low"].isna().all()
    assert disparities(values.iloc[:2], rng=1)["low"].isna().all()


@pytest.mark.parametrize("ends", ["bca", "percentile"])
def test_intervals_cover(ends):
    """Lognormal incomes, of which the true figures are known."""
    sigma, rng = 0.4, np.random.default_rng(11)
    truth = pd.Series(
        {
            "gini": 2 * special.ndtr(sigma / np.sqrt(2)) - 1,
            "pietra": 2 * special.ndtr(sigma / 2) - 1,
            "theil_t": sigma**2 / 2,
            "theil_l": sigma**2 / 2,
            "atkinson": 1 - np.exp(-(sigma**2) / 4),
            "williamson": np.sqrt(np.expm1(sigma**2)),
            "coefficient_of_variation": np.sqrt(np.expm1(sigma**2)),
        }
    )
    trials, covered = 300, 0
    for _ in range(trials):
        table = disparities(pd.Series(rng.lognormal(0, sigma, 100)), replicates=399, ends=ends, rng=rng)
        covered = covered + ((table["low"] <= truth) & (truth <= table["high"])).loc[truth.index].astype(int)
    # The percentile form is known to fall short for skewed figures; the corrected one does so less.
    least = {"bca": 0.86, "percentile": 0.82}[ends]
    assert ((covered / trials).between(least, 0.99)).all(), covered / trials
