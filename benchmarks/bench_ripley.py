"""K in a rectangle beside pointpats, and corrected for the edges of a coast."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.patterns import WindowRules, k_function

SIDE = 100_000.0
SQUARE = shapely.box(0, 0, SIDE, SIDE)


def plants(number: int, window: shapely.Polygon = SQUARE) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    places = rng.uniform(0, SIDE, (3 * number, 2))
    places = places[shapely.contains_xy(window, *places.T)][:number]
    return pd.DataFrame(places, columns=["x", "y"]).assign(sector="15")


def coast(corners: int) -> shapely.Polygon:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    radius = SIDE * (0.4 + 0.08 * np.sin(5 * angle) + 0.015 * np.sin(37 * angle))
    places = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + SIDE / 2
    return shapely.Polygon(places)


@pytest.mark.parametrize(("number", "simulations"), [(5000, 0), (1000, 99)])
def test_k_in_a_rectangle(compare, number, simulations):
    statistics = pytest.importorskip("pointpats").distance_statistics
    points = plants(number)
    support = np.linspace(0, SIDE / 4, 101)
    rules = WindowRules(farthest=SIDE / 4, simulations=simulations, correction="none", null="position")
    places = points[["x", "y"]].to_numpy()
    # The peer takes the rectangle around the places.
    window = shapely.box(*places.min(axis=0), *places.max(axis=0))

    def peer() -> np.ndarray:
        if simulations:
            return statistics.k_test(places, support, hull=window, n_simulations=simulations).statistic
        return statistics.k(places, support)[1]

    found, expected = compare(
        f"K of {number} places, {simulations} simulations, no correction, pointpats",
        lambda: k_function(points, window=window, rules=rules, rng=1),
        peer,
    )
    # The peer divides by n² instead of n (n - 1).
    theirs = found.table["value"] * (number - 1) / number
    np.testing.assert_allclose(theirs, expected, rtol=1e-9)


@pytest.mark.parametrize("corners", [200, 1000])
def test_k_within_a_coast(compare, corners):
    window = coast(corners)
    points = plants(1000, window)
    compare(
        f"K of 1000 places, 99 simulations, isotropic, coast of {corners} corners",
        lambda: k_function(points, window=window, rules=WindowRules(simulations=99), rng=1),
    )
