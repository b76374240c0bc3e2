"""Bands and tests of functions of distance: they hold their level, whatever the function."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import LayerError
from geoterritorio.patterns import envelope, goodness_of_fit, localisation, ranges
from geoterritorio.patterns.envelopes import adjusted, used

AT = pd.Index(np.arange(40.0), name="distance")


def curves(rng, number, rough=0.5):
    """Curves whose values at neighbouring distances are alike."""
    steps = rng.normal(size=(number, len(AT)))
    for k in range(1, len(AT)):
        steps[:, k] = (1 - rough) * steps[:, k - 1] + np.sqrt(1 - (1 - rough) ** 2) * steps[:, k]
    return steps


@pytest.mark.parametrize(("convention", "share"), [("each_side", 0.1), ("both_sides", 0.05)])
def test_chance_leaves_the_band_by_ranks_as_often_as_it_says(convention, share):
    rng = np.random.default_rng(3)
    left = above = 0
    for _ in range(400):
        drawn = curves(rng, 100)
        band = envelope(pd.Series(drawn[0], AT), drawn[1:], convention=convention)
        up = (band["value"] > band["global_high"]).any()
        above += up
        left += up or (band["value"] < band["global_low"]).any()
    # Three standard errors of 400 trials.
    assert left / 400 == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / 400))
    assert above / 400 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_the_band_of_dropping_is_too_narrow_for_rough_curves():
    rng = np.random.default_rng(3)
    left = 0
    for _ in range(100):
        drawn = curves(rng, 100)
        band = envelope(pd.Series(drawn[0], AT), drawn[1:], convention="both_sides", band="dropping")
        left += ((band["value"] > band["global_high"]) | (band["value"] < band["global_low"])).any()
    assert left / 100 > 0.3


@pytest.mark.parametrize("test", ["dclf", "mad", "integral"])
@pytest.mark.parametrize("scaling", ["none", "studentised", "quantile"])
def test_p_is_uniform_under_chance_and_small_far_from_it(test, scaling):
    rng = np.random.default_rng(5)
    p = []
    for _ in range(200):
        drawn = curves(rng, 40)
        p.append(goodness_of_fit(pd.Series(drawn[0], AT), drawn[1:], test=test, scaling=scaling))
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.065)
    assert np.mean(p) == pytest.approx(0.5, abs=0.07)
    assert min(p) >= 1 / 40
    far = pd.Series(np.full(len(AT), 5.0), AT)
    assert goodness_of_fit(far, curves(rng, 99), test=test, scaling=scaling) == 0.01


@given(
    st.integers(0, 10_000),
    st.sampled_from(["rank", "dropping"]),
    st.sampled_from(["each_side", "both_sides"]),
)
@settings(max_examples=30, deadline=None)
def test_bands_follow_a_change_of_unit_and_contain_each_other(seed, band, convention):
    rng = np.random.default_rng(seed)
    drawn = curves(rng, 60)
    options = {"band": band, "convention": convention}
    one = envelope(pd.Series(drawn[0], AT), drawn[1:], **options)
    two = envelope(pd.Series(3 * drawn[0] + 7, AT), 3 * drawn[1:] + 7, **options)
    np.testing.assert_allclose(two, 3 * one + 7, atol=1e-9)
    mirrored = envelope(pd.Series(-drawn[0], AT), -drawn[1:], **options)
    np.testing.assert_allclose(mirrored["global_low"], -one["global_high"], atol=1e-12)
    np.testing.assert_allclose(mirrored["low"], -one["high"], atol=1e-12)
    assert (one["low"] <= one["high"]).all()
    wide = envelope(pd.Series(drawn[0], AT), drawn[1:], level=0.99, **options)
    assert (wide["global_high"] >= one["global_high"] - 1e-12).all()


def test_distances_at_which_nothing_is_defined_stay_empty():
    drawn = curves(np.random.default_rng(1), 50)
    drawn[:, 0] = np.nan
    drawn[5, 1] = np.nan
    band = envelope(pd.Series(drawn[0], AT), drawn[1:])
    assert band.iloc[0].isna().all()
    assert band.iloc[1:].notna().all(axis=None)
    assert 0 < goodness_of_fit(pd.Series(drawn[0], AT), drawn[1:]) <= 1
    assert np.isnan(goodness_of_fit(pd.Series(np.nan, AT), drawn[1:]))


def test_without_simulations_there_is_a_value_and_no_band():
    value = pd.Series(np.arange(40.0), AT)
    band = envelope(value, np.empty((0, 0)))
    assert band["value"].tolist() == value.tolist()
    assert band.drop(columns="value").isna().all(axis=None)
    assert np.isnan(goodness_of_fit(value, np.empty((0, 0))))


def test_what_does_not_fit_is_refused():
    value = pd.Series(np.arange(40.0), AT)
    with pytest.raises(
        LayerError, match=r"39 distances, the observed function 40.*\n?.*between 0 and 1, not 2"
    ):
        envelope(value, np.ones((5, 39)), level=2)


def test_only_what_is_nowhere_localised_is_dispersed():
    band = pd.DataFrame({"value": [3.0, 1, 0], "global_low": [0.5, 0.5, 0.5], "global_high": [2.0, 2, 2]})
    assert localisation(band).to_numpy().tolist() == [[1, 0], [0, 0], [0, 0]]
    band.loc[0, "value"] = 1.5
    assert localisation(band)["psi"].tolist() == [0, 0, 0.5]


def test_runs_of_distances():
    assert ranges(pd.Series([1.0, 0, 2, 3], index=[0.0, 1, 2, 3])) == [(0, 0), (2, 3)]
    assert ranges(pd.Series([0.0, np.nan], index=[0.0, 1])) == []


def test_q_values_of_the_known():
    q = adjusted(pd.Series([0.01, np.nan, 0.04]))
    assert q.round(3).tolist()[0] == 0.02
    assert np.isnan(q[1])
    assert adjusted(pd.Series([np.nan])).isna().all()


def test_a_test_that_does_not_exist_is_refused():
    value = pd.Series(np.arange(40.0), AT)
    with pytest.raises(LayerError, match=r"test: “nosuch” is no choice. There are: dclf, mad, integral"):
        goodness_of_fit(value, np.ones((5, 40)), test="nosuch")
    with pytest.raises(LayerError, match="scaling: “wide” is no choice"):
        goodness_of_fit(value, np.ones((5, 40)), scaling="wide")


@pytest.mark.parametrize("word", ["band", "convention"])
def test_words_that_are_no_choice_are_refused(word):
    with pytest.raises(LayerError, match=f"{word}: “foo” is no choice"):
        envelope(pd.Series([1.0, 2.0]), np.ones((9, 2)), **{word: "foo"})


def test_where_no_simulation_is_defined_there_is_no_band():
    band = envelope(pd.Series([np.nan, np.nan]), np.full((39, 2), np.nan))
    assert band.isna().all(axis=None)


@pytest.mark.parametrize("test", ["dclf", "mad", "integral"])
@pytest.mark.parametrize("scaling", ["none", "quantile", "studentised"])
def test_rounding_is_no_difference(test, scaling):
    rng = np.random.default_rng(1)
    curves = rng.normal(1, 0.1, (100, 5))
    flat = 1 + rng.choice([0, 2.2e-16, -1.1e-16], (100, 50))
    both = np.hstack([curves, flat])
    p, beside = (
        goodness_of_fit(pd.Series(c[0], index=np.arange(c.shape[1])), c[1:], test=test, scaling=scaling)
        for c in (curves, both)
    )
    assert beside == p
    assert goodness_of_fit(pd.Series(flat[0]), flat[1:], test=test, scaling=scaling) == 1


def test_distances_are_tested_where_few_functions_are_undefined():
    simulated = np.random.default_rng(1).normal(1, 0.1, (99, 4))
    simulated[:6, 1], simulated[:5, 2], simulated[:, 3] = np.nan, np.nan, np.nan
    observed = pd.Series([1.0, 9.0, 9.0, 9.0], index=[0.0, 10.0, 20.0, 30.0])
    assert used(observed, simulated).tolist() == [True, False, True, False]
    assert used(observed, simulated, start=5, end=30).tolist() == [False, False, True, False]
    for test in ("dclf", "mad", "integral"):
        assert goodness_of_fit(observed, simulated, test=test) == 0.01
        assert np.isnan(goodness_of_fit(observed, simulated, test=test, end=15, start=5))
    assert not used(observed, simulated[:0]).any()
    # Without a value nothing is told, however many simulations have one.
    assert not used(observed * np.nan, simulated).any()


def test_all_functions_are_as_likely_to_be_the_extreme_one():
    # Undefined values are treated alike in all: the ranks of p over which function is the observed one are those of
    # chance, whatever is undefined.
    rng = np.random.default_rng(2)
    curves = rng.normal(1, 0.1, (40, 6))
    curves[rng.uniform(size=curves.shape) < 0.03] = np.nan
    p = [goodness_of_fit(pd.Series(curves[k]), np.delete(curves, k, axis=0)) for k in range(40)]
    np.testing.assert_allclose(np.sort(p), np.arange(1, 41) / 40)


def test_where_no_simulation_is_defined_the_observed_function_is_not_extreme():
    rng = np.random.default_rng(1)
    simulated = curves(rng, 99)
    observed = pd.Series(simulated.mean(axis=0) + 3, index=AT)
    more = pd.concat([observed, pd.Series(1e9, index=AT + len(AT))])
    beside = np.hstack([simulated, np.full(simulated.shape, np.nan)])
    expected = envelope(observed, simulated)
    pd.testing.assert_frame_equal(envelope(more, beside).loc[AT], expected, check_names=False)
