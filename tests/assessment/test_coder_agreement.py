"""Krippendorff's alpha: published data, its peer, identities, and whether its interval holds what it says."""

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geoterritorio.assessment import agreement, krippendorff_alpha
from geoterritorio.assessment.coder_agreement import METRICS
from geoterritorio.errors import LayerError
from geoterritorio.identification.cures import AGREEMENT

X = np.nan
# Units by coders: the data of Krippendorff's own examples (irr, DescTools).
FOUR = pd.DataFrame(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, X, X, X],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, X, 3],
        [X, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, X],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, X],
    ]
).T
THREE = pd.DataFrame(
    [
        [X, X, X, X, X, 3, 4, 1, 2, 1, 1, 3, 3, X, 3],
        [1, X, 2, 1, 3, 3, 4, 3, X, X, X, X, X, X, X],
        [X, X, 2, 1, 3, 4, 4, X, 2, 1, 1, 3, 3, X, 4],
    ]
).T
KNOWN = {
    ("four", "nominal"): 0.743421052631579,
    ("four", "ordinal"): 0.8153875037548814,
    ("four", "interval"): 0.8491071428571428,
    ("three", "nominal"): 0.691358024691358,
    ("three", "ordinal"): 0.8067214199413153,
    ("three", "interval"): 0.8108448928121059,
}
RATED = st.lists(
    st.lists(st.sampled_from([X, 0.0, 1.0, 2.0, 3.0, 4.0]), min_size=3, max_size=3), min_size=2, max_size=12
)


def comparable(table):
    pairs = table[table.notna().sum(axis=1) >= 2]
    return len(pairs) and len(np.unique(pairs.to_numpy()[pairs.notna().to_numpy()])) > 1


@pytest.mark.parametrize(("data", "metric"), list(KNOWN))
def test_published_data(data, metric):
    table = FOUR if data == "four" else THREE
    assert krippendorff_alpha(table, metric=metric) == pytest.approx(KNOWN[data, metric], abs=1e-13)


def test_a_rating_that_stands_alone_counts_for_nothing():
    moved = FOUR.copy()
    moved.loc[11] = [X, X, 3, X]
    assert krippendorff_alpha(moved) == krippendorff_alpha(FOUR)


@pytest.mark.parametrize("metric", METRICS)
@given(rows=RATED)
@settings(max_examples=120, deadline=None)
def test_its_peer_finds_the_same(metric, rows):
    table = pd.DataFrame(rows)
    assume(comparable(table))
    peer = krippendorff.alpha(table.T.to_numpy(), level_of_measurement=metric)
    assert krippendorff_alpha(table, metric=metric) == pytest.approx(peer, abs=1e-12)


@given(rows=RATED, order=st.permutations(range(3)))
@settings(max_examples=60, deadline=None)
def test_order_names_and_stretching_change_nothing(rows, order):
    table = pd.DataFrame(rows)
    assume(comparable(table))
    turned = table.iloc[::-1, list(order)]
    for metric in METRICS:
        assert krippendorff_alpha(turned, metric=metric) == pytest.approx(
            krippendorff_alpha(table, metric=metric), abs=1e-12
        )
    # Order alone counts for ordinal ratings, distance up to its scale for those by steps.
    assert krippendorff_alpha(table**3, metric="ordinal") == pytest.approx(
        krippendorff_alpha(table), abs=1e-12
    )
    assert krippendorff_alpha(3 * table + 7, metric="interval") == pytest.approx(
        krippendorff_alpha(table, metric="interval"), abs=1e-9
    )


def test_all_agree_and_nobody_does():
    same = pd.DataFrame({"A": [0, 1, 2, 3], "B": [0, 1, 2, 3]})
    assert [krippendorff_alpha(same, metric=m) for m in METRICS] == [1.0, 1.0, 1.0]
    turned = pd.DataFrame({"A": [0, 4, 0, 4], "B": [4, 0, 4, 0]})
    assert krippendorff_alpha(turned) < 0


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"A": [X, X]}, "nothing rated"),
        ({"A": [1, 2], "B": [X, X]}, "one coder"),
        ({"A": [1, X], "B": [X, 2]}, "nothing rated in common"),
        ({"A": [1, 2], "B": [1, 2]}, "too few rated in common"),
        ({"A": [1] * 20, "B": [1] * 20}, "all ratings the same"),
        ({"A": [1] * 40 + [2], "B": [1] * 41}, "too little variation"),
    ],
)
def test_why_there_is_none_is_said_with_its_cure(table, reason):
    found = agreement(pd.DataFrame(table))
    assert found.reason == reason
    assert np.isnan([found.low, found.high]).all()
    assert AGREEMENT[reason]


def test_no_coder_at_all():
    assert agreement(pd.DataFrame(index=[1, 2])).reason == "nothing rated"


def test_ratings_are_numbers_and_metrics_known():
    with pytest.raises(LayerError, match="texts"):
        krippendorff_alpha(pd.DataFrame({"A": ["much"], "B": ["little"]}))
    with pytest.raises(LayerError, match="metric"):
        krippendorff_alpha(FOUR, metric="ratio")


def test_draws_repeat_by_their_seed_and_can_be_left_out():
    one, again, other = (agreement(FOUR, least=2, rng=seed) for seed in (1, 1, 2))
    assert (one.low, one.high) == (again.low, again.high) != (other.low, other.high)
    assert one.low < one.alpha < one.high
    bare = agreement(FOUR, least=2, draws=0)
    assert np.isnan(bare.low)
    assert not bare.reason


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(7)

    def rated(units):
        true = rng.choice(5, units, p=[0.2, 0.25, 0.25, 0.2, 0.1])
        return pd.DataFrame(
            {
                coder: np.clip(true + np.where(rng.random(units) < 0.4, rng.choice([-1, 1], units), 0), 0, 4)
                for coder in "AB"
            }
        ).astype(float)

    truth = krippendorff_alpha(rated(200_000))
    held = []
    for seed in range(300):
        found = agreement(rated(20), draws=299, rng=seed)
        held.append(found.low <= truth <= found.high)
    assert 0.90 <= np.mean(held) <= 0.985
