"""Random tables with given margins, and the tests that use them."""

from __future__ import annotations

from collections import Counter
from itertools import islice, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from geoterritorio.concentration import _curveball, group_relatedness, relatedness_significance
from geoterritorio.errors import GeoterritorioWarning, LayerError

# Small tables with few draws often are: what it says is tested once.
coarse = pytest.mark.filterwarnings("ignore:.*too coarse")


def uneven(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Presence with territories and sectors of very different sums."""
    rng = np.random.default_rng(seed)
    chance = rng.lognormal(0, 0.6, (shape[0], 1)) * rng.lognormal(0, 0.8, shape[1]) * 0.2
    return rng.random(shape) < np.clip(chance, 0.02, 0.9)


@given(arrays(np.bool_, st.tuples(st.integers(0, 7), st.integers(0, 7))), st.integers(0, 99))
def test_both_margins_stay(table, seed):
    before = table.copy()
    for drawn in _curveball.tables(table, 3, np.random.default_rng(seed)):
        np.testing.assert_array_equal(drawn.sum(axis=0), table.sum(axis=0))
        np.testing.assert_array_equal(drawn.sum(axis=1), table.sum(axis=1))
    np.testing.assert_array_equal(table, before)


def test_every_table_is_as_likely_as_any_other():
    table = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1], [1, 0, 0, 0]], dtype=bool)
    every = [
        np.array(bits, dtype=bool).reshape(4, 4)
        for bits in product([0, 1], repeat=16)
        if sum(bits) == table.sum()
    ]
    possible = {
        t.tobytes()
        for t in every
        if (t.sum(axis=0) == table.sum(axis=0)).all() and (t.sum(axis=1) == table.sum(axis=1)).all()
    }
    # Tables that follow each other are alike; every fourth is nearly independent.
    draws = _curveball.tables(table, 16_000, np.random.default_rng(3))
    drawn = Counter(np.ascontiguousarray(t).tobytes() for t in islice(draws, 0, None, 4))
    assert set(drawn) == possible
    assert stats.chisquare(list(drawn.values())).pvalue > 0.01


@coarse
def test_level_is_kept_on_random_tables():
    # Each table is itself drawn with the margins given, so no two sectors are related.
    start = uneven((60, 20), 0)
    rates, false, z = [], 0, []
    for seed, drawn in enumerate(_curveball.tables(start, 30, np.random.default_rng(1))):
        found = relatedness_significance(pd.DataFrame(drawn.astype(float)), replicates=199, rng=seed)
        rates.append((found["p"] <= 0.05).mean())
        false += int((found["q"] <= 0.05).any())
        z.append(found["z"])
    # Counts are few and discrete, so the test is on the safe side: 1.6 % of 5700 pairs.
    assert 0.005 < np.mean(rates) <= 0.05
    assert false <= 1
    assert np.nanmean(np.concatenate(z)) == pytest.approx(0, abs=0.05)
    assert np.nanstd(np.concatenate(z)) == pytest.approx(1, abs=0.05)


def test_planted_pairs_are_found_whatever_the_size_of_territories():
    table = uneven((150, 20), 2)
    table[:, 1] = table[:, 0]
    found = relatedness_significance(pd.DataFrame(table.astype(float)), replicates=4999, rng=1)
    assert found.loc[found["q"] <= 0.05, ["sector", "other"]].to_numpy().tolist() == [[0, 1]]
    assert found["z"].idxmax() == 0


def test_expected_cooccurrences_have_a_closed_form_where_sectors_are_alike():
    # Every territory has two of four sectors, each sector the same number of territories: all pairs share evenly.
    table = np.array([[1, 1, 0, 0], [0, 0, 1, 1]] * 20, dtype=float)
    found = relatedness_significance(pd.DataFrame(table), replicates=400, rng=1)
    np.testing.assert_allclose(found["expected"], 40 / 6, rtol=0.03)
    assert found["cooccurrences"].tolist() == [20, 0, 0, 0, 0, 20]


def test_benjamini_yekutieli_is_stricter_by_its_constant():
    table = pd.DataFrame(uneven((60, 8), 4).astype(float))
    plain = relatedness_significance(table, replicates=199, rng=1)
    strict = relatedness_significance(table, replicates=199, rng=1, adjustment="benjamini_yekutieli")
    constant = (1 / np.arange(1, len(plain) + 1)).sum()
    np.testing.assert_allclose(strict["q"], np.minimum(plain["q"] * constant, 1))
    pd.testing.assert_series_equal(plain["p"], strict["p"])


def test_what_cannot_vary_and_what_is_unknown():
    table = pd.DataFrame(
        {"all": [1.0] * 6, "none": [0.0] * 6, "gap": [1, 0, np.nan, 1, 0, 1], "some": [1, 1, 0, 0, 1, 0]}
    )
    with pytest.warns(GeoterritorioWarning, match="1 sectors are left empty"):
        found = relatedness_significance(table, replicates=50, rng=1).set_index(["sector", "other"])
    assert found.loc[("all", "some"), "p"] == 1
    assert np.isnan(found.loc[("all", "some"), "z"])
    assert found.drop(index=("all", "some")).isna().all(axis=None)


def test_too_few_random_tables_are_told():
    table = np.kron(np.eye(2), np.ones((30, 1))).astype(bool)
    table = np.hstack([table, table, uneven((60, 30), 5)])
    with pytest.warns(GeoterritorioWarning, match="too coarse for q below 0.05"):
        relatedness_significance(pd.DataFrame(table.astype(float)), replicates=99, rng=1)


@coarse
def test_groups_pool_their_pairs():
    table = uneven((80, 12), 6)
    for k in range(4):
        table[:, k] = np.where(np.random.default_rng(k).random(80) < 0.6, table[:, 0], table[:, k])
    frame = pd.DataFrame(table.astype(float), columns=list("abcdefghijkl"))
    groups = {"planted": "abcd", "rest": "efgh", "one": "i", "pair": "ab"}
    found = group_relatedness(frame, groups, rng=1)
    pairs = relatedness_significance(frame, rng=1)
    assert found.loc["pair", "cooccurrences"] == pairs.loc[0, "cooccurrences"]
    assert found.loc["pair", "p"] == pairs.loc[0, "p"]
    assert found.loc["pair", "z"] == pytest.approx(pairs.loc[0, "z"])
    assert found.loc["planted", "p"] < 0.05 < found.loc["rest", "p"]
    assert found.loc["one"].drop("pairs").isna().all()


def test_refusals_come_together():
    frame = pd.DataFrame(np.eye(3), columns=list("abc"))
    with pytest.raises(LayerError, match="0 random tables") as caught:
        group_relatedness(frame, {"g": ["a", "z"]}, replicates=0)
    assert "1 sectors are not in the table, for example z" in str(caught.value)
    with pytest.raises(LayerError, match="0 random tables"):
        relatedness_significance(frame, replicates=0)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1), (1, 4)])
def test_tables_with_next_to_nothing(shape):
    found = relatedness_significance(pd.DataFrame(np.ones(shape)), replicates=9, rng=1)
    assert len(found) == shape[1] * (shape[1] - 1) // 2
    assert list(found.columns) == ["sector", "other", "cooccurrences", "expected", "z", "p", "q"]


def test_progress_ends_at_one_and_may_cancel():
    seen = []
    relatedness_significance(
        pd.DataFrame(np.eye(4)), replicates=5, rng=1, progress=lambda f, _="": seen.append(f)
    )
    assert seen == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
