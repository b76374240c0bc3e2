"""Centres, spread and direction of sectors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from geoterritorio.errors import LayerError
from geoterritorio.patterns.centres import centrography


def plants(places, employment=1.0):
    return pd.DataFrame(places, columns=["x", "y"]).assign(sector="15", employment=employment)


def test_by_hand():
    row = centrography(plants([(0.0, 0), (8, 0), (0, 2), (8, 2)])).loc["15"]
    assert row[["plants", "mean_x", "mean_y"]].tolist() == [4, 4, 1]
    assert row[["median_x", "median_y"]].tolist() == pytest.approx([4, 1])
    assert row["standard_distance"] == pytest.approx(np.sqrt(17))
    assert row[["major", "minor", "angle"]].tolist() == pytest.approx([8, 2, 90])


@given(st.integers(0, 10**6), st.floats(0, 179))
def test_turned_and_moved(seed, angle):
    places = np.random.default_rng(seed).normal(0, (100, 30), (20, 2))
    turn = np.radians(angle)
    turned = places @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) + 5000
    one, two = (centrography(plants(p)).loc["15"] for p in (places, turned))
    same = ["standard_distance", "major", "minor"]
    np.testing.assert_allclose(two[same].astype(float), one[same].astype(float), rtol=1e-9)
    assert np.cos(np.radians(2 * (two["angle"] - one["angle"] - angle))) == pytest.approx(1)


@given(st.integers(0, 10**6))
def test_the_median_has_the_least_sum_of_distances(seed):
    rng = np.random.default_rng(seed)
    places, weight = rng.uniform(0, 100, (12, 2)), rng.integers(1, 9, 12).astype(float)

    def sums(at):
        return weight @ np.hypot(*(places - at).T)

    row = centrography(plants(places, weight), weighted=True).loc["15"]
    median = row[["median_x", "median_y"]].to_numpy(float)
    best = min(
        minimize(sums, places.mean(axis=0), method="Nelder-Mead").fun, *(sums(place) for place in places)
    )
    assert sums(median) <= best * (1 + 1e-6)


def test_a_plant_that_outweighs_the_others_is_the_median():
    row = centrography(plants([(0.0, 0), (10, 0), (0, 10), (7, 7)], [20.0, 1, 1, 1]), weighted=True).loc["15"]
    assert row[["median_x", "median_y"]].tolist() == pytest.approx([0, 0], abs=1e-3)


def test_jobs_are_as_many_plants():
    places, jobs = np.random.default_rng(1).uniform(0, 100, (9, 2)), np.arange(1, 10)
    one = centrography(plants(places, jobs), weighted=True).loc["15"]
    two = centrography(plants(np.repeat(places, jobs, axis=0))).loc["15"]
    same = ["mean_x", "mean_y", "median_x", "median_y", "standard_distance", "angle"]
    np.testing.assert_allclose(one[same].astype(float), two[same].astype(float), rtol=1e-6)


def test_little_to_say():
    table = pd.concat(
        [
            plants([(1.0, 2.0)]).assign(sector="one"),
            plants([(1.0, 2.0), (3.0, 2.0)]).assign(sector="two"),
            plants([(1.0, 2.0), (3.0, 2.0)], 0.0).assign(sector="no jobs"),
            plants([(5.0, 5.0)] * 4).assign(sector="same"),
        ],
        ignore_index=True,
    )
    found = centrography(table, weighted=True)
    assert list(found.index) == ["no jobs", "one", "same", "two"]
    assert found.index.name == "sector"
    assert found.loc["no jobs"].drop("plants").isna().all()
    assert found.loc["one", ["median_x", "median_y", "standard_distance"]].tolist() == [1, 2, 0]
    assert found.loc[["one", "two"], ["major", "minor", "angle"]].isna().all(axis=None)
    assert found.loc["same", ["standard_distance", "major", "minor"]].tolist() == [0, 0, 0]
    assert np.isnan(found.loc["same", "angle"])
    with pytest.raises(LayerError, match="no column"):
        centrography(table.drop(columns="x"))
