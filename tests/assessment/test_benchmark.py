"""A territory beside its peers: by hand, beside scikit-learn, and what must never change."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis
from scipy.stats import norm
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from geoterritorio.assessment import BenchmarkRules, benchmark, similar_peers
from geoterritorio.assessment import tools as assessment
from geoterritorio.assessment.beside_peers import _quantiles
from geoterritorio.concentration.tools import disparities
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import read_indicators
from geoterritorio.registry import descriptions, layer_of

DISTANCES = ("standardised", "robust", "mahalanobis")


def table(n=30, k=3, seed=5):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, k)) @ rng.normal(size=(k, k))
    return pd.DataFrame(values, index=[f"t{i:02d}" for i in range(n)], columns=[f"x{j}" for j in range(k)])


def pairs(found):
    return found[["territory", "peer"]].to_numpy().tolist()


def test_by_hand():
    """A: 9 beside 1, 2, 3, 4: median 2.5, quartiles 1.75 and 3.25, first of five."""
    values = pd.DataFrame({"rate": [9.0, 1, 2, 3, 4], "gap": [1.0, np.nan, 1, 1, 5]}, index=list("ABCDE"))
    found = benchmark(values, territories=["A"], peers=list("ABCDE"))
    rate, gap = found.comparison.to_dict("records")
    assert [rate[k] for k in ("value", "peers", "median", "lower", "upper", "least", "most")] == [
        9,
        4,
        2.5,
        1.75,
        3.25,
        1,
        4,
    ]
    assert [rate[k] for k in ("difference", "place", "rank", "rests_on")] == [
        6.5,
        "above peers",
        1,
        "spread of peers only",
    ]
    # B has no figure; C and D have the same as A, which shares the better rank; the quartile of 1, 1, 5 is 3.
    assert [gap[k] for k in ("peers", "median", "upper", "rank", "place")] == [3, 1, 3, 2, "among peers"]
    assert found.peers["peer"].tolist() == list("BCDE")
    assert found.comparison[["rank_low", "rank_high", "median_low", "same_place"]].isna().all(axis=None)


@pytest.mark.parametrize("distance", ["standardised", "robust"])
def test_peers_are_those_of_scikit_learn(distance):
    values = table(60, 4)
    raw = values.to_numpy()
    if distance == "standardised":
        points = StandardScaler().fit_transform(raw)
    else:
        median = np.median(raw, axis=0)
        points = (raw - median) / np.median(np.abs(raw - median), axis=0)
    near = NearestNeighbors(n_neighbors=6).fit(points).kneighbors(points, return_distance=False)[:, 1:]
    found = similar_peers(values, number=5, distance=distance)
    assert found["peer"].tolist() == values.index[near.ravel()].tolist()


def test_mahalanobis_is_that_of_scipy():
    values = table(40, 3)
    inverse = np.linalg.inv(np.cov(values.to_numpy().T))
    found = similar_peers(values, number=3, distance="mahalanobis")
    for row in found.head(12).itertuples():
        told = mahalanobis(values.loc[row.territory], values.loc[row.peer], inverse)
        assert row.distance == pytest.approx(told, abs=1e-8)


def test_what_repeats_another_indicator_counts_once():
    values = table(25, 2)
    double = values.assign(copy=3 * values["x0"] + 7)
    assert pairs(similar_peers(double, number=4, distance="mahalanobis")) == pairs(
        similar_peers(values, number=4, distance="mahalanobis")
    )


@given(
    seed=st.integers(0, 50),
    factor=st.sampled_from([-4.0, 0.001, 2.0, 1e6]),
    shift=st.sampled_from([0.0, -3.0, 1000.0]),
    distance=st.sampled_from(DISTANCES),
)
@settings(max_examples=30, deadline=None)
def test_the_unit_of_an_indicator_changes_no_peer(seed, factor, shift, distance):
    values = table(20, 3, seed)
    other = values.assign(x1=factor * values["x1"] + shift)
    a, b = (similar_peers(v, number=4, distance=distance) for v in (values, other))
    assert pairs(a) == pairs(b)
    np.testing.assert_allclose(a["distance"], b["distance"], atol=1e-6)


@given(seed=st.integers(0, 50), distance=st.sampled_from(DISTANCES))
@settings(max_examples=20, deadline=None)
def test_a_duplicate_is_the_nearest_peer(seed, distance):
    values = table(15, 3, seed)
    both = pd.concat([values, values.iloc[[4]].rename(index={"t04": "twin"})])
    first = similar_peers(both, number=1, distance=distance).set_index("territory")
    assert first.loc["t04"].tolist() == ["twin", 1, 0.0]
    assert first.loc["twin"].tolist() == ["t04", 1, 0.0]


@given(seed=st.integers(0, 50), turned=st.permutations(range(12)))
@settings(max_examples=20, deadline=None)
def test_names_and_order_change_nothing(seed, turned):
    values = table(12, 3, seed)
    names = dict(zip(values.index, [f"n{i:02d}" for i in range(12)], strict=True))
    keys = ["territory", "indicator"]
    rules = BenchmarkRules(number=4)
    base = benchmark(values, rules=rules).comparison.set_index(keys).sort_index()
    found = benchmark(values.iloc[turned].rename(index=names), rules=rules).comparison
    found["territory"] = found["territory"].map({v: k for k, v in names.items()})
    pd.testing.assert_frame_equal(found.set_index(keys).sort_index(), base)


@given(seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_ranks_and_places_hold_together(seed):
    rng = np.random.default_rng(seed)
    values = pd.DataFrame(rng.integers(0, 5, (9, 2)).astype(float), columns=["a", "b"]).rename(index=str)
    values.iloc[2, 0] = np.nan
    low, high = values - 1, values + rng.uniform(0, 2, values.shape)
    peers = [str(i) for i in range(5)]
    rules = BenchmarkRules(draws=99)
    found = benchmark(values, low, high, peers=peers, rules=rules).comparison
    known = found["rank"].notna()
    assert known.equals(found["value"].notna())
    assert (found.loc[known, "rank"].between(1, found.loc[known, "peers"] + 1)).all()
    told = found[known]
    assert (told["rank_low"] <= told["rank_high"]).all()
    assert (told["lower"] <= told["median"]).all()
    assert (told["median"] <= told["upper"]).all()
    assert ((told["place"] == "above peers") == (told["value"] > told["upper"])).all()
    assert told["same_place"].between(0, 1).all()
    assert set(told["rests_on"]) == {"own intervals"}


def test_intervals_are_those_of_two_normal_figures():
    """One peer: the territory is above it in a share of draws that is known."""
    values = pd.DataFrame({"x": [1.0, 0.0]}, index=["A", "B"])
    half = pd.DataFrame({"x": [1.0, 2.0]}, index=["A", "B"])
    sd = half["x"].to_numpy() / norm.ppf(0.975)
    found = benchmark(
        values,
        values - half,
        values + half,
        territories=["A"],
        peers=["B"],
        rules=BenchmarkRules(draws=40_000),
    ).comparison.iloc[0]
    assert found["same_place"] == pytest.approx(norm.cdf(1 / np.hypot(*sd)), abs=0.01)
    assert found[["median_low", "median_high"]].tolist() == pytest.approx([-2, 2], abs=0.05)
    assert found[["rank_low", "rank_high"]].tolist() == [1, 2]


def test_the_interval_of_a_rank_is_no_wider_than_its_figures_are_open():
    values = pd.DataFrame({"x": [10.0, 1, 2, 3]}, index=list("ABCD"))
    narrow = benchmark(values, values - 0.1, values + 0.1, peers=list("BCD")).comparison
    assert (narrow["rank_low"] == narrow["rank"]).all()
    assert (narrow["rank_high"] == narrow["rank"]).all()
    only = (values - 5).where(values.index.to_series() == "B", axis=0)
    high = (values + 5).where(values.index.to_series() == "B", axis=0)
    some = benchmark(values, only, high, peers=list("BCD")).comparison
    assert set(some["rests_on"]) == {"some intervals"}
    none = benchmark(
        values, values - 5, values + 5, peers=list("BCD"), rules=BenchmarkRules(draws=0)
    ).comparison
    assert set(none["rests_on"]) == {"spread of peers only"}
    assert none["rank_low"].isna().all()


@given(seed=st.integers(0, 99), quantile=st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9]))
@settings(max_examples=30, deadline=None)
def test_quantiles_are_those_of_numpy(seed, quantile):
    rng = np.random.default_rng(seed)
    figures = rng.normal(size=(6, 4, 7))
    figures[rng.random(figures.shape) < 0.4] = np.nan
    figures[0, 0], figures[..., 0][1:] = np.nan, 1.0
    wanted = [0.5, min(quantile, 1 - quantile), max(quantile, 1 - quantile)]
    some = figures[1:]
    for found, share in zip(_quantiles(figures, quantile), wanted, strict=True):
        assert np.isnan(found[0, 0])
        np.testing.assert_allclose(found[1:], np.nanquantile(some, share, axis=-1))


def test_constant_indicators_are_left_out_and_said():
    values = table(8, 2).assign(same=1.0)
    with pytest.warns(GeoterritorioWarning, match="“same”: the same in every territory"):
        found = similar_peers(values, number=2)
    assert pairs(found) == pairs(similar_peers(values[["x0", "x1"]], number=2))
    with pytest.raises(LayerError, match="all 1 indicators are the same"):
        similar_peers(values, match=["same"])


def test_a_deviation_of_0_is_replaced():
    values = pd.DataFrame({"x": [0.0, 0, 0, 0, 8], "y": [0.0, 1, 2, 3, 4]}, index=list("ABCDE"))
    found = similar_peers(values, number=1, distance="robust")
    assert np.isfinite(found["distance"]).all()


def test_missing_figures():
    values = table(6, 2)
    values.loc["t02", "x1"] = np.nan
    with pytest.warns(GeoterritorioWarning, match=r"1 territories lack an indicator.*t02"):
        found = benchmark(values, rules=BenchmarkRules(number=3))
    assert "t02" not in set(found.peers["territory"]) | set(found.peers["peer"])
    lone = found.comparison[found.comparison["territory"] == "t02"]
    assert lone["peers"].tolist() == [0, 0]
    assert lone[["median", "rank"]].isna().all(axis=None)
    assert lone["place"].isna().all()
    empty = values.assign(x1=np.nan)
    with pytest.raises(LayerError, match="fewer than two territories have all 2 indicators; x1 lacks most"):
        benchmark(empty)
    assert benchmark(empty, match=["x0"]).comparison.query("indicator == 'x1'")["median"].isna().all()


def test_bad_input_is_refused_in_words():
    values = table(4, 2)
    with pytest.raises(LayerError, match="1 territories: there is none to compare with"):
        benchmark(values.head(1))
    with pytest.raises(LayerError, match=r"territory: “zz”: no indicators(.|\n)*peers: “yy”"):
        benchmark(values, territories=["zz"], peers=["t01", "yy"])
    with pytest.raises(LayerError, match="match: “nn”: there is no such indicator"):
        benchmark(values, match=["nn"])
    low = values - 1
    low.loc["t00", "x0"] += 5
    with pytest.raises(LayerError, match=r"1 figures lie outside their own interval: “t00 \(x0\)”"):
        benchmark(values, low, values + 1)
    alone = benchmark(values, territories=["t01"], peers=["t01"]).comparison
    assert alone["peers"].tolist() == [0, 0]
    assert alone["rank"].isna().all()


def long(values, **columns):
    rows = values.rename_axis("territory").reset_index().melt("territory", var_name="indicator")
    return rows.assign(**columns)


def test_the_tool():
    values = table(12, 3)
    rows = long(values, period="2025")
    rows = rows.assign(low=rows["value"] - 0.5, high=rows["value"] + 0.5)
    found = assessment.benchmark(
        rows, territory="t03", match="x0; x1", rules=BenchmarkRules(number=4, draws=99)
    )
    assert found.comparison["indicator"].tolist() == ["x0", "x1", "x2"]
    known = similar_peers(values, number=4, match=["x0", "x1"])
    assert found.chosen_peers["peer"].tolist() == known.loc[known["territory"] == "t03", "peer"].tolist()
    names = pd.DataFrame({"territory": values.index, "name": "Place " + values.index})
    named = assessment.benchmark(rows, names, territory="t03", peers="t01;t02 ; t04")
    assert set(named.comparison["name"]) == {"Place t03"}
    assert named.chosen_peers["peer_name"].tolist() == ["Place t01", "Place t02", "Place t04"]
    two = pd.concat([rows, rows.assign(period="2015")])
    with pytest.raises(LayerError, match=r"period: –: choose one of the periods.*2015.*2025"):
        assessment.benchmark(two)
    again = assessment.benchmark(two, territory="t03", period="2025", match="x0;x1", rules=found.rules)
    pd.testing.assert_frame_equal(again.comparison, found.comparison)
    with pytest.raises(LayerError, match="period: 1999"):
        assessment.benchmark(two, period="1999")
    plain = assessment.benchmark(long(values[["x0"]]).drop(columns="indicator"), territory="t03")
    assert plain.comparison["indicator"].tolist() == ["value"]


def test_tables_of_several_indicators_are_read_and_refused_where_one_is_asked_for(tmp_path):
    rows = long(table(5, 2).abs())
    rows.to_csv(tmp_path / "i.csv", index=False)
    read = read_indicators(tmp_path / "i.csv")
    assert len(read) == 10
    with pytest.raises(LayerError, match="Keep the rows of one indicator"):
        disparities(read, replicates=0)
    described = next(p for p in descriptions()["benchmark"]["parameters"] if p["name"] == "indicators")
    assert layer_of(described).key == ("territory", "indicator", "period")
