from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from geoterritorio.concentration import (
    Whole,
    additive_location_quotient,
    agglomeration_cutoffs,
    excess_employment,
    location_quotient,
    standardised_location_quotient,
    symmetric_location_quotient,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError

FAMILY = [location_quotient, additive_location_quotient, symmetric_location_quotient, excess_employment]


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    shape = draw(st.tuples(st.integers(1, 7), st.integers(1, 6)))
    values = draw(arrays(np.float64, shape, elements=st.sampled_from([0, 0, 1, 2, 5, 40, 1000])))
    return pd.DataFrame(
        values, index=[f"r{k}" for k in range(shape[0])], columns=[f"s{k}" for k in range(shape[1])]
    )


@given(tables())
def test_quotients_follow_the_formula_cell_by_cell(counts):
    found = location_quotient(counts)
    total = counts.to_numpy().sum()
    for r in counts.index:
        for s in counts.columns:
            n, t = counts.loc[r].sum(), counts[s].sum()
            if n == 0 or t == 0:
                assert np.isnan(found.loc[r, s])
            else:
                assert found.loc[r, s] == pytest.approx((counts.loc[r, s] / n) / (t / total))


@given(tables(), st.sampled_from(FAMILY))
def test_scale_leaves_quotients_alone(counts, measure):
    factor = 3.5 if measure is excess_employment else 1
    pd.testing.assert_frame_equal(measure(counts * 3.5), measure(counts) * factor)


@given(tables(), st.sampled_from(FAMILY), st.randoms(use_true_random=False))
def test_order_and_names_carry_through(counts, measure, random):
    rows, columns = list(counts.index), list(counts.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    pd.testing.assert_frame_equal(measure(counts.loc[rows, columns]), measure(counts).loc[rows, columns])


@given(tables(), st.sampled_from(FAMILY))
def test_an_empty_territory_changes_nothing_elsewhere(counts, measure):
    more = pd.concat([counts, pd.DataFrame(0.0, index=["empty"], columns=counts.columns)])
    pd.testing.assert_frame_equal(measure(more).drop(index="empty"), measure(counts))


@given(tables())
def test_identities_and_bounds(counts):
    lq, total = location_quotient(counts), counts.to_numpy().sum()
    used = counts.columns[counts.sum() > 0]
    shares = counts.sum(axis=1) / total if total else counts.sum(axis=1)
    np.testing.assert_allclose(lq[used].mul(shares, axis=0).sum(), 1)
    np.testing.assert_allclose(additive_location_quotient(counts)[used].sum(), 0, atol=1e-12)
    np.testing.assert_allclose(excess_employment(counts)[used].sum(), 0, atol=1e-9)
    known = lq.notna().to_numpy()
    symmetric = symmetric_location_quotient(counts).to_numpy()
    assert (np.abs(symmetric[known]) <= 1).all()
    assert np.isnan(symmetric[~known]).all()
    above = np.sign(np.round(lq.to_numpy()[known] - 1, 12))
    np.testing.assert_array_equal(np.sign(np.round(excess_employment(counts).to_numpy()[known], 9)), above)


@given(tables())
def test_own_sums_given_from_outside_change_nothing(counts):
    own = location_quotient(counts)
    outside = location_quotient(counts, reference=counts.sum(), totals=counts.sum(axis=1))
    pd.testing.assert_frame_equal(own, outside)


def test_the_whole_may_be_larger_than_the_table():
    counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    nation = Whole(pd.Series({"62": 200.0, "10": 100.0, "99": 50.0}), 1000, "nation")
    found = location_quotient(counts, reference=nation, totals=pd.Series({"B": 80, "A": 50}))
    np.testing.assert_allclose(found, [[30 / 50 / 0.1, 10 / 50 / 0.2], [10 / 80 / 0.1, 50 / 80 / 0.2]])
    series = location_quotient(counts, reference=pd.Series({"10": 100.0, "62": 200.0, "99": 700}))
    np.testing.assert_allclose(series, [[30 / 40 / 0.1, 10 / 40 / 0.2], [10 / 60 / 0.1, 50 / 60 / 0.2]])


def test_withheld_cells_stay_withheld_and_totals_become_lower_bounds():
    counts = pd.DataFrame({"10": [30.0, np.nan], "62": [10.0, 50.0]}, index=["A", "B"])
    with pytest.warns(GeoterritorioWarning, match="1 cells .* 1 territories and 1 sectors"):
        assert np.isnan(location_quotient(counts).loc["B", "10"])
    reference = pd.Series({"10": 40.0, "62": 60.0})
    with pytest.warns(GeoterritorioWarning, match="1 territories and 0 sectors"):
        location_quotient(counts, reference=reference)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = location_quotient(counts, reference=reference, totals=pd.Series({"A": 40.0, "B": 60.0}))
    np.testing.assert_allclose(found, [[1.875, 10 / 24], [np.nan, 50 / 36]])


@pytest.mark.parametrize("bad", [-3.0, np.inf])
def test_totals_that_no_count_can_have_are_refused(bad):
    table = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], index=["A", "B"], columns=["W", "Y"])
    series = pd.Series({"W": 4.0, "X": 5.0, "Y": bad})
    for reference in (series, Whole(series, 90.0), Whole(series.clip(1, 9), bad)):
        with pytest.raises(LayerError, match=r"reference: 1 totals .*for example .* with .*Correct them"):
            location_quotient(table, reference=reference)
        with pytest.raises(LayerError, match="reference: 1 totals"):
            excess_employment(table, reference=reference)
    with pytest.raises(LayerError, match=f"totals: 1 totals .* B with {bad:g}"):
        location_quotient(table, totals=pd.Series({"A": 9.0, "B": bad}))


def test_refusals_come_together():
    counts = pd.DataFrame({"10": [-1.0, 1], "62": [1.0, 1]}, index=["A", "B"])
    with pytest.raises(LayerError) as refusal:
        location_quotient(counts, reference=pd.Series({"10": 1.0}), totals=pd.Series({"A": 1.0}))
    assert len(refusal.value.problems) == 3


def test_empty_tables_stay_empty():
    empty = pd.DataFrame(np.empty((0, 2)), columns=["a", "b"])
    for measure in (*FAMILY, standardised_location_quotient):
        assert measure(empty).shape == (0, 2)
        assert measure(empty.T).shape == (2, 0)


def test_scores_are_scipy_zscores_of_each_sector():
    rng = np.random.default_rng(1)
    counts = pd.DataFrame(rng.integers(1, 90, (30, 5)).astype(float))
    lq = location_quotient(counts)
    np.testing.assert_allclose(standardised_location_quotient(counts), stats.zscore(lq, ddof=1))
    logs = standardised_location_quotient(counts, transform="log")
    np.testing.assert_allclose(logs, stats.zscore(np.log10(lq), ddof=1))


def test_zeros_have_no_logarithm_and_are_counted():
    counts = pd.DataFrame({"a": [0.0, 2, 5, 9], "b": [5.0, 1, 2, 7]})
    with pytest.warns(GeoterritorioWarning, match="1 location quotients are 0"):
        scores = standardised_location_quotient(counts, transform="log")
    lq = location_quotient(counts)
    np.testing.assert_allclose(scores["a"], [np.nan, *stats.zscore(np.log(lq["a"][1:]), ddof=1)])
    assert agglomeration_cutoffs(counts, transform="log")["zeros"].tolist() == [1, 0]


def test_equal_quotients_have_no_scores():
    counts = pd.DataFrame(np.outer([1.0, 3, 7], [0.1, 0.3, 0.7]))
    assert standardised_location_quotient(counts).isna().to_numpy().all()


def test_cutoff_is_what_resampling_converges_to():
    rng = np.random.default_rng(5)
    counts = pd.DataFrame(rng.lognormal(3, 1, (40, 2)))
    scores = standardised_location_quotient(counts, transform="log").to_numpy()
    found = agglomeration_cutoffs(counts, transform="log")
    drawn = np.sort(scores[rng.integers(0, 40, (20_000, 40))], axis=1)[:, int(np.ceil(0.95 * 40)) - 1]
    np.testing.assert_allclose(found["cutoff"], drawn.mean(axis=0), atol=0.01)
    np.testing.assert_allclose(
        found[["low", "high"]].T, np.quantile(drawn, [0.025, 0.975], axis=0), atol=1e-9
    )
    np.testing.assert_allclose(found["normality"], [stats.shapiro(z).pvalue for z in scores.T])
    np.testing.assert_allclose(found["normal"], 1.6448536)


@pytest.mark.parametrize(
    "measure", [location_quotient, symmetric_location_quotient, additive_location_quotient, excess_employment]
)
def test_the_whole_is_named(measure):
    counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    nation = pd.Series({"10": 400.0, "62": 600.0})
    assert measure(counts).attrs["reference"] == "own sums"
    assert measure(counts, reference=nation).attrs["reference"] == "reference"
    assert measure(counts, reference=nation.rename("Spain 2025")).attrs["reference"] == "Spain 2025"


def test_an_excess_of_nothing_is_nothing():
    for values in ([0.1, 0.2, 0.3], [7.3, 41.7, 13.9]):
        one = excess_employment(pd.DataFrame([values]))
        assert (one == 0).all(axis=None)
    even = pd.DataFrame(np.outer([1.0, 3, 7], [0.1, 0.3, 0.7]))
    assert (excess_employment(even) == 0).all(axis=None)
