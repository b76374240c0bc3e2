"""Sectors found together: definitions, sums, chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geoterritorio.concentration import (
    coagglomerated_pairs,
    coagglomeration,
    ellison_glaeser,
    pairwise_coagglomeration,
    plant_colocation,
    plant_moments,
    tabulate,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError


@st.composite
def tables(draw: st.DrawFn, least: int = 2) -> pd.DataFrame:
    """Tables without empty sectors, of at least two territories with jobs."""
    shape = draw(st.tuples(st.integers(2, 7), st.integers(least, 6)))
    values = draw(arrays(np.float64, shape, elements=st.sampled_from([0, 0, 1, 2, 5, 40, 1000])))
    values[0] += 1
    values[1, 0] += 1
    return pd.DataFrame(
        values, index=[f"r{k}" for k in range(shape[0])], columns=[f"s{k}" for k in range(shape[1])]
    )


def scattered(rng, x, numbers):
    """Register of sectors of so many plants, placed by chance."""
    sector = np.repeat(np.arange(len(numbers)), numbers)
    return pd.DataFrame(
        {
            "territory": rng.choice(len(x), len(sector), p=x),
            "sector": sector,
            "employment": np.ceil(rng.lognormal(1, 1, len(sector))),
        }
    )


@given(tables())
def test_pairs_follow_the_definition(counts):
    s = counts / counts.sum()
    x = s.mean(axis=1)
    found = pairwise_coagglomeration(counts)
    apart = 1 - (x**2).sum()
    for i in counts:
        for j in counts:
            assert found.loc[i, j] * apart == pytest.approx(((s[i] - x) * (s[j] - x)).sum(), abs=1e-12)
    np.testing.assert_array_equal(found, found.T)
    assert found.attrs["reference"] == "mean of the sectors"


@given(tables())
def test_rows_sum_to_zero(counts):
    np.testing.assert_allclose(pairwise_coagglomeration(counts).sum(), 0, atol=1e-10)
    against_jobs = pairwise_coagglomeration(counts, reference=counts.sum(axis=1))
    np.testing.assert_allclose(against_jobs @ (counts.sum() / counts.to_numpy().sum()), 0, atol=1e-10)


@given(tables(), st.randoms(use_true_random=False))
def test_scale_of_sectors_order_and_names_change_nothing(counts, random):
    found = pairwise_coagglomeration(counts)
    pd.testing.assert_frame_equal(
        pairwise_coagglomeration(counts * np.arange(1.0, counts.shape[1] + 1)), found
    )
    rows, columns = list(counts.index), list(counts.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    pd.testing.assert_frame_equal(
        pairwise_coagglomeration(counts.loc[rows, columns]), found.loc[columns, columns]
    )


@given(tables())
def test_a_group_is_the_mean_of_its_pairs(counts):
    reference = counts.sum(axis=1)
    pairs = pairwise_coagglomeration(counts, reference=reference).to_numpy()
    w = (counts.sum() / counts.to_numpy().sum()).to_numpy()
    weights = np.outer(w, w) * (1 - np.eye(len(w)))
    found = coagglomeration(counts, None, pd.Series("all", index=counts.columns))
    assert found.loc["all", "gamma"] == pytest.approx((weights * pairs).sum() / weights.sum(), abs=1e-9)
    # All sectors together are the whole itself: what pairs have in common is what single sectors lack.
    alone = ((w**2) * np.diagonal(pairs)).sum()
    assert found.loc["all", "gamma"] * weights.sum() == pytest.approx(-alone, abs=1e-9)


def test_a_group_by_the_published_formula_with_its_plants():
    rng = np.random.default_rng(4)
    firms = scattered(rng, np.array([0.4, 0.3, 0.2, 0.1]), [5, 9, 30, 60])
    counts = tabulate(firms)
    x = counts.sum(axis=1) / counts.to_numpy().sum()
    group = counts[[0, 1, 2]]
    w, h = group.sum() / group.to_numpy().sum(), plant_moments(firms)["herfindahl"]
    single = ellison_glaeser(counts, firms)["gamma"]
    g = ((group.sum(axis=1) / group.to_numpy().sum() - x) ** 2).sum()
    hh, apart = (w**2 * h).sum(), 1 - (x**2).sum()
    published = (g / apart - hh - (single * w**2 * (1 - h)).sum()) / (1 - (w**2).sum())
    found = coagglomeration(counts, firms, pd.Series(["three"] * 3 + [None], index=range(4)))
    assert found.loc["three", "gamma"] == pytest.approx(published, rel=1e-10)
    assert found.loc["three", "sectors"] == 3


def test_sectors_without_a_group_are_told():
    counts = pd.DataFrame({"10": [30.0, 10, 0], "11": [20.0, 5, 1], "62": [10.0, 50, 40]}, index=list("ABC"))
    groups = pd.Series({"10": "food", "11": "food"})
    with pytest.warns(
        GeoterritorioWarning, match="1 sectors of the table are not in it and were left out: “62”"
    ):
        found = coagglomeration(counts, None, groups)
    pd.testing.assert_frame_equal(found, coagglomeration(counts, None, groups.reindex(counts.columns)))


def test_z_of_groups_has_variance_1_under_chance():
    rng = np.random.default_rng(8)
    x = rng.dirichlet(np.ones(40))
    firms = scattered(rng, x, rng.integers(2, 40, 1600))
    groups = pd.Series(np.arange(1600) // 4, index=range(1600))
    found = coagglomeration(
        tabulate(firms).reindex(range(40), fill_value=0.0), firms, groups, reference=pd.Series(x)
    )
    assert len(found) == 400
    assert abs(found["z"].mean()) < 0.2
    assert found["z"].std() == pytest.approx(1, abs=0.15)
    assert (found["p"] < 0.05).mean() == pytest.approx(0.05, abs=0.04)
    assert found["gamma"].mean() == pytest.approx(0, abs=4 * found["gamma"].std() / 20)


def test_chance_seldom_joins_a_sector_to_a_concentrated_one():
    rng = np.random.default_rng(9)
    x = rng.dirichlet(np.ones(40))
    x.sort()
    firms = scattered(rng, x, [60] * 401)
    # The last sector is gathered in three places of middling size.
    firms.loc[firms["sector"] == 400, "territory"] = rng.choice([18, 20, 22], 60)
    counts = tabulate(firms).reindex(range(40), fill_value=0.0)
    pairs = coagglomerated_pairs(counts, firms, reference=pd.Series(x))
    with_it = pairs[pairs["other"] == 400]
    assert len(with_it) == 400
    assert (with_it["p"] < 0.05).mean() <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 400)
    assert with_it["z"].std() == pytest.approx(1, abs=0.15)
    # As if both were placed by chance, a fifth of them and more would seem linked.
    h = plant_moments(firms)["herfindahl"]
    turbulence = (x**2).sum() - 2 * (x**3).sum() + (x**2).sum() ** 2
    naive = with_it["gamma"] * (1 - (x**2).sum()) / np.sqrt(h.loc[:399].to_numpy() * h[400] * turbulence)
    assert (np.abs(naive) > 1.96).mean() > 0.2
    rest = pairs[pairs["other"] != 400]
    assert 0.01 <= (rest["p"] < 0.05).mean() <= 0.06


def test_sectors_in_the_same_towns_are_found_together():
    rng = np.random.default_rng(10)
    x = np.full(30, 1 / 30)
    firms = scattered(rng, x, [40] * 60)
    together = firms["sector"] < 2
    firms.loc[together, "territory"] = rng.choice([3, 7, 8], together.sum())
    found = coagglomerated_pairs(tabulate(firms).reindex(range(30), fill_value=0.0), firms)
    best = found.sort_values("p").iloc[0]
    assert (best["sector"], best["other"]) == (0, 1)
    assert best["gamma"] > 0.2
    assert best["q"] < 1e-6
    places = plant_colocation(tabulate(firms, measure="establishments"))
    assert places.loc[places["q"].idxmin(), ["sector", "other"]].tolist() == [0, 1]


@given(tables())
def test_colocation_is_a_share_of_pairs_and_its_mean_that_of_exchanges(plants):
    plants = plants.clip(upper=4)
    cells = plants.melt(var_name="sector", ignore_index=False).reset_index(names="territory")
    rows = cells.loc[cells.index.repeat(cells["value"].astype(int))]
    found = plant_colocation(plants).set_index(["sector", "other"])
    for (i, j), row in found.iterrows():
        a, b = (rows.loc[rows["sector"] == k, "territory"].to_numpy() for k in (i, j))
        assert row["colocation"] == pytest.approx((a[:, None] == b).mean())
    place = rows["territory"].to_numpy()
    same = (place[:, None] == place).sum() - len(place)
    assert found["expected"].to_numpy() == pytest.approx(same / (len(place) * (len(place) - 1)))


def test_variance_of_colocation_is_that_of_exchanged_labels():
    rng = np.random.default_rng(11)
    place = rng.integers(0, 5, 40)
    label = np.repeat([0, 1, 2], [6, 10, 24])
    drawn = []
    for _ in range(20_000):
        n = np.bincount(place * 3 + rng.permutation(label), minlength=15).reshape(5, 3)
        drawn.append(n[:, 0] @ n[:, 1] / 60)
    counts = pd.DataFrame(np.bincount(place * 3 + label, minlength=15).reshape(5, 3).astype(float))
    found = plant_colocation(counts).iloc[0]
    assert np.mean(drawn) == pytest.approx(found["expected"], abs=4 * np.std(drawn) / np.sqrt(20_000))
    deviation = found["excess"] / found["z"]
    assert np.std(drawn) == pytest.approx(deviation, rel=0.03)


def test_exchanged_labels_are_found_linked_as_often_as_chance_has_it():
    rng = np.random.default_rng(12)
    place = rng.choice(40, 6000, p=rng.dirichlet(np.ones(40)))
    table = np.bincount(place * 60 + rng.permutation(np.repeat(np.arange(60), 100)), minlength=2400).reshape(
        40, 60
    )
    found = plant_colocation(pd.DataFrame(table.astype(float)))
    assert found["z"].std() == pytest.approx(1, abs=0.1)
    assert (found["p"] < 0.05).mean() == pytest.approx(0.05, abs=0.015)


def test_withheld_empty_and_single():
    counts = pd.DataFrame(
        {"10": [3.0, 1, 2], "11": [np.nan, 1, 1], "62": [0.0, 0, 0], "25": [1.0, 5, 2]}, index=list("ABC")
    )
    moments = pd.DataFrame({"herfindahl": 0.2}, index=counts.columns)
    with pytest.warns(GeoterritorioWarning, match="1 cells are withheld"):
        found = pairwise_coagglomeration(counts)
    assert found.loc[["10", "25"], ["10", "25"]].notna().all(axis=None)
    assert found[["11", "62"]].isna().all(axis=None)
    with pytest.warns(GeoterritorioWarning, match="1 cells are withheld"):
        pairs = coagglomerated_pairs(counts, moments)
    assert pairs[["sector", "other"]].to_numpy().tolist() == [
        ["10", "11"], ["10", "62"], ["10", "25"], ["11", "62"], ["11", "25"], ["62", "25"],
    ]  # fmt: skip
    assert pairs["reason"].tolist() == ["withheld", "no jobs", "", "withheld", "withheld", "no jobs"]
    assert pairs["gamma"].notna().tolist() == (pairs["reason"] == "").tolist() == pairs["q"].notna().tolist()
    with pytest.warns(GeoterritorioWarning, match="1 cells are withheld"):
        places = plant_colocation(counts)
    assert places["colocation"].notna().sum() == places["excess"].notna().sum() == 1
    assert places["reason"].tolist() == pairs["reason"].tolist()
    groups = pd.Series({"10": "a", "25": "a", "62": "b", "11": "c", "99": "d"})
    with pytest.warns(GeoterritorioWarning, match="1 cells are withheld"):
        by_group = coagglomeration(counts, moments, groups)
    assert by_group["gamma"].notna().to_dict() == {"a": True, "b": False, "c": False, "d": False}
    assert by_group["z"].notna().to_dict() == {"a": True, "b": False, "c": False, "d": False}
    assert by_group["sectors"].to_dict() == {"a": 2, "b": 0, "c": 1, "d": 0}
    one = counts[["10", "25"]].iloc[:1]
    assert pairwise_coagglomeration(one).isna().all(axis=None)
    assert coagglomerated_pairs(one, moments)["reason"].tolist() == ["one territory"]
    assert coagglomeration(one, moments, groups)[["gamma", "z"]].isna().all(axis=None)
    assert list(coagglomerated_pairs(one, moments)) == ["sector", "other", "gamma", "z", "p", "q", "reason"]
    with pytest.raises(LayerError, match="some sectors occur more than once"):
        coagglomeration(one, moments, pd.Series(["a", "b"], index=["10", "10"]))


def test_nothing_gives_nothing():
    empty = pd.DataFrame(
        index=pd.Index([], name="territory"), columns=pd.Index([], name="sector"), dtype=float
    )
    moments = plant_moments(pd.DataFrame({"sector": [], "employment": []}))
    assert pairwise_coagglomeration(empty).shape == (0, 0)
    assert coagglomerated_pairs(empty, moments).empty
    assert plant_colocation(empty).empty
    assert coagglomeration(empty, moments, pd.Series(dtype=object)).empty
