"""Clumps: those of scikit-learn, planted ones, none in noise, invariances, bad input."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial import KDTree
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.metrics import adjusted_rand_score

from geoterritorio.errors import LayerError
from geoterritorio.layers import as_firms
from geoterritorio.patterns import tools
from geoterritorio.patterns.clumping import ClumpRules, clumps

COMARCA = Path(__file__).resolve().parents[2] / "sample_data" / "comarca"
COINCIDENT = "ignore:.*share their point:geoterritorio.errors.GeoterritorioWarning"


def towns(seed=1, noise=60):
    """Three towns of 60, 40 and 20 plants, and plants anywhere."""
    rng = np.random.default_rng(seed)
    placed = [rng.normal(c, 300, (n, 2)) for c, n in (((5e3, 5e3), 60), ((2e4, 8e3), 40), ((1e4, 2e4), 20))]
    places = np.vstack([*placed, rng.uniform(0, 25_000, (noise, 2))])
    return pd.DataFrame(places, columns=["x", "y"]).assign(
        sector=rng.choice(["10", "62"], len(places)), employment=np.ceil(rng.lognormal(1, 1, len(places)))
    )


def codes(found):
    return found.plants["clump"].fillna("0").astype(int).to_numpy()


def even(n, seed, side=100_000.0):
    places = np.random.default_rng(seed).uniform(0, side, (n, 2))
    return pd.DataFrame(places, columns=["x", "y"]).assign(sector="10")


def test_labels_are_those_of_scikit_learn():
    points = towns()
    places = points[["x", "y"]].to_numpy()
    found = clumps(points, rules=ClumpRules(least=8, distance=600, draws=0, factors=()))
    peer = DBSCAN(eps=600, min_samples=8).fit(places)
    np.testing.assert_array_equal(codes(found) > 0, peer.labels_ >= 0)
    assert adjusted_rand_score(codes(found), peer.labels_) == 1
    core = np.zeros(len(points), dtype=bool)
    core[peer.core_sample_indices_] = True
    np.testing.assert_array_equal(found.plants["probability"] == 1, core)
    assert (found.clumps["stability"] == "untested").all()
    found = clumps(points, rules=ClumpRules(method="hdbscan", least=8, draws=0, factors=()))
    peer = HDBSCAN(min_cluster_size=8, copy=True).fit(places)
    assert adjusted_rand_score(codes(found), peer.labels_) == 1
    np.testing.assert_allclose(found.plants["probability"], peer.probabilities_)


@pytest.mark.parametrize("least", [3, 4, 8])
@pytest.mark.parametrize("weighted", [False, True])
def test_labels_and_probability_are_those_of_all_pairs(least, weighted):
    """Counting plants that all weigh the same gives what summing their weights gives."""
    points = towns()
    rules = ClumpRules(least=least, distance=600, draws=0, factors=())
    found = clumps(points, weighted=weighted, rules=rules)
    weight = points["employment"].to_numpy() if weighted else np.ones(len(points))
    relative = np.minimum(weight / weight.mean(), least / 3)
    peer = DBSCAN(eps=600, min_samples=least).fit(points[["x", "y"]], sample_weight=relative)
    size = np.bincount(peer.labels_[peer.labels_ >= 0])
    inside = (peer.labels_ >= 0) & (size[peer.labels_] >= 3)
    np.testing.assert_array_equal(codes(found) > 0, inside)
    assert adjusted_rand_score(codes(found)[inside], peer.labels_[inside]) == 1
    x, y = (points[c].to_numpy() for c in ("x", "y"))
    within = (np.hypot(x[:, None] - x, y[:, None] - y) <= 600) @ relative
    expected = np.where(inside, np.minimum(within / least, 1), 0)
    np.testing.assert_allclose(found.plants["probability"], expected, rtol=1e-12)


@pytest.mark.parametrize(("method", "most"), [("dbscan", 1.3), ("hdbscan", 1.6)])
def test_planted_towns_are_found_and_stable(method, most):
    points = towns()
    found = clumps(points, rules=ClumpRules(method=method))
    table = found.clumps
    assert list(table.index) == ["1", "2", "3"]
    for name, start, end in (("1", 0, 60), ("2", 60, 100), ("3", 100, 120)):
        inside = found.plants["clump"].to_numpy() == name
        assert inside[start:end].mean() >= 0.8
        assert inside.sum() <= (end - start) * most
    assert (table["stability"].iloc[:2] == "stable").all()
    assert (table["found_again"].iloc[:2] == 1).all()


def test_what_a_clump_holds_adds_up():
    points = towns()
    found = clumps(points)
    joined = points.join(found.plants)
    for name, row in found.clumps.iterrows():
        mine = joined[joined["clump"] == name]
        assert row["plants"] == len(mine)
        assert row["jobs"] == mine["employment"].sum()
        assert row["share_plants"] == len(mine) / len(points)
        assert row["share_jobs"] == pytest.approx(mine["employment"].sum() / points["employment"].sum())
        assert (row["x"], row["y"]) == pytest.approx((mine["x"].mean(), mine["y"].mean()))
        share = (mine["sector"] == "10").mean()
        assert f"10 ({100 * share:.0f} %)" in row["main_sectors"]
    assert (found.plants.loc[found.plants["clump"].isna(), "probability"] == 0).all()


def test_distance_of_chance_is_its_formula():
    points = even(200, 1)
    found = clumps(points, rules=ClumpRules(ground=1e10, draws=0, factors=()))
    assert found.rules.least == 14
    expected = 199 * np.pi * found.rules.distance**2 / 1e10
    assert stats.poisson.sf(found.rules.least - 2, expected) == pytest.approx(0.05 / 200)


def test_distance_at_the_knee():
    points = towns()
    found = clumps(points, rules=ClumpRules(least=5, distance="knee", draws=0, factors=()))
    places = points[["x", "y"]].to_numpy()
    away = np.sort(KDTree(places).query(places, k=5)[0][:, 4])
    assert found.rules.distance in away
    assert 200 < found.rules.distance < 3000


def test_few_clumps_where_nothing_is_planted():
    claimed = [
        len(clumps(even(n, seed), rules=ClumpRules(draws=0)).clumps) > 0
        for n in (50, 150)
        for seed in range(50)
    ]
    assert np.mean(claimed) <= 0.05


def test_clumps_of_noise_by_hdbscan_are_hardly_stable():
    rules = ClumpRules(method="hdbscan", draws=20)
    tables = [clumps(even(100, seed), rules=rules).clumps for seed in range(12)]
    assert np.mean([(t["stability"] == "stable").any() for t in tables]) <= 0.25


@pytest.mark.filterwarnings(COINCIDENT)
def test_planted_districts_of_the_sample():
    firms = gpd.read_parquet(COMARCA / "firms.parquet")
    planted = pd.read_csv(COMARCA / "truth" / "planted_establishments.csv.gz").set_index("firm")["structure"]
    points = pd.DataFrame({"x": firms.geometry.x, "y": firms.geometry.y, "sector": firms["sector"]})
    truth = firms["firm"].map(planted)
    for row in pd.read_csv(COMARCA / "truth" / "districts.csv", dtype=str).itertuples():
        for sectors in ([row.main_sector], row.sectors.split(";")):
            found = clumps(points, sectors, rules=ClumpRules(draws=20))
            first = found.plants["clump"] == "1"
            own = truth.loc[found.plants.index] == row.structure
            assert (first & own).sum() >= 0.99 * own.sum()
            assert (first & own).sum() >= 0.88 * first.sum()
            assert found.clumps.loc["1", "stability"] == "stable"


def test_jobs_weigh():
    points = towns(noise=0).assign(employment=1.0)
    rules = ClumpRules(least=8, distance=600, draws=0, factors=())
    equal = clumps(points, weighted=True, rules=rules)
    np.testing.assert_array_equal(codes(equal), codes(clumps(points, rules=rules)))
    # Where all jobs are in the third town, the first two are thin.
    large = points.assign(employment=np.r_[np.full(100, 0.01), np.full(20, 5.0)])
    found = clumps(large, weighted=True, rules=rules)
    assert set(found.plants["clump"].dropna().index) <= set(range(100, 120))


def test_a_single_large_plant_is_no_clump():
    points = even(50, 3).assign(employment=np.r_[np.ones(49), 10_000.0])
    found = clumps(points, weighted=True, rules=ClumpRules(draws=0))
    assert len(found.clumps) == 0
    assert list(found.clumps.columns)[:2] == ["plants", "jobs"]
    assert found.plants["clump"].isna().all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 500), turn=st.floats(0, 6.28), scale=st.floats(0.2, 5))
def test_turned_moved_scaled_reordered(seed, turn, scale):
    points = towns(seed)
    rules = ClumpRules(draws=0, factors=())
    first = clumps(points, rules=rules)
    # A distance of one more part in a million leaves rounding no pair to decide.
    rules = ClumpRules(draws=0, factors=(), distance=first.rules.distance * scale * (1 + 1e-9))
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = points.assign(**dict(zip("xy", matrix @ points[["x", "y"]].to_numpy().T + 1000, strict=True)))
    again = clumps(moved.sample(frac=1, random_state=seed), rules=rules)
    joined = first.plants.join(again.plants.add_suffix("_again"))
    core = (joined["probability"] == 1) & (joined["probability_again"] == 1)
    assert core.sum() == (joined["probability"] == 1).sum()
    assert adjusted_rand_score(joined.loc[core, "clump"], joined.loc[core, "clump_again"]) == 1


def test_same_draws_same_result():
    points = towns()
    one, other = (clumps(points, rng=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.clumps, other.clumps)


def test_plants_on_a_line_and_many_at_one_point():
    rng = np.random.default_rng(1)
    line = pd.DataFrame(
        {"x": np.r_[rng.normal(0, 10, 30), rng.uniform(0, 1e5, 30)], "y": 0.0, "sector": "10"}
    )
    with pytest.raises(LayerError, match="distance: the data give none"):
        clumps(line)
    found = clumps(line, rules=ClumpRules(distance=50))
    assert found.clumps["plants"].iloc[0] >= 30


REFUSED = {
    "one plant": ({"points": even(1, 1)}, "establishments: 1; to make a clump: 3"),
    "two plants": ({"points": even(2, 1)}, "establishments: 2; to make a clump: 3"),
    "fewer than make a clump": (
        {"points": even(9, 1), "rules": ClumpRules(least=10)},
        "establishments: 9; to make a clump: 10",
    ),
    "coincident": ({"points": even(9, 1).assign(x=1.0, y=2.0)}, "all 9 establishments are at one point"),
    "no weight": (
        {"points": even(9, 1).assign(employment=0.0), "weighted": True},
        "no establishment has jobs",
    ),
    "empty": ({"points": even(0, 1)}, "there are no establishments"),
    "weights and hdbscan": (
        {"points": towns(), "weighted": True, "rules": ClumpRules(method="hdbscan")},
        "jobs cannot weigh",
    ),
    "no such sector": ({"points": even(9, 1), "sector": "99"}, "no code"),
    "no distance": ({"points": even(9, 1), "rules": ClumpRules(distance=0.0)}, "metres above 0"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    given, match = REFUSED[name]
    points = given["points"]
    with pytest.raises(LayerError, match=match):
        clumps(points, **{k: v for k, v in given.items() if k != "points"})


def test_rules_that_say_nothing_are_refused_together():
    points = pd.DataFrame(np.random.default_rng(1).uniform(0, 99, (30, 2)), columns=["x", "y"]).assign(
        sector="a"
    )
    with pytest.raises(LayerError) as refused:
        clumps(points, rules=ClumpRules(method="foo", least=-1, draws=-1))
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize("least", [-1, 0, 1, 2])
@pytest.mark.parametrize("method", ["dbscan", "hdbscan"])
def test_fewer_than_three_are_no_clump_and_are_refused(least, method):
    points = towns()
    with pytest.raises(LayerError, match=f"least: {least} is no whole number of 3 or more"):
        clumps(points, rules=ClumpRules(method=method, least=least))
    places = gpd.points_from_xy(points["x"] + 440_000, points["y"] + 4_470_000)
    firms = as_firms(gpd.GeoDataFrame(points[["sector", "employment"]], geometry=places, crs=25830))
    with pytest.raises(LayerError, match=f"least: {least} is no whole number of 3 or more"):
        tools.clumps(firms, method=method, least=least)
