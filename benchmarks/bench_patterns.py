"""Functions of distance beside the same by established libraries, on the sizes at which dbmss was timed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from geoterritorio.patterns import PatternRules, _pairs, k_density, m_density, m_function

SIDE = 100_000.0


def plants(number: int, chosen: int) -> pd.DataFrame:
    """Places of all plants, some of which are of the sector."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(rng.uniform(0, SIDE, (number, 2)), columns=["x", "y"])
    return table.assign(sector=np.where(np.arange(number) < chosen, "15", "25"))


@pytest.mark.parametrize(
    ("number", "chosen", "mode"), [(5000, 1000, "exact"), (50_000, 5000, "exact"), (50_000, 5000, "fft")]
)
def test_k_density(compare, number, chosen, mode):
    points, rules = plants(number, chosen), PatternRules(simulations=1000, mode=mode)
    found, _ = compare(
        f"K-density, global band of 1000 simulations, {chosen} of {number} places, {mode}",
        lambda: k_density(points, "15", rules=rules, rng=1),
    )
    assert found.deviation <= (1e-4 if mode == "exact" else 1e-2)


def test_histogram_of_distances(compare):
    points = plants(5000, 5000)
    x, y = points["x"].to_numpy(), points["y"].to_numpy()
    # Around each distance, as far as to the middle between two.
    edges = np.concatenate([[0], np.arange(2500) * 20.0 + 10])

    def peer() -> np.ndarray:
        tree = cKDTree(np.c_[x, y])
        return np.diff(tree.count_neighbors(tree, edges)) / 2

    found, expected = compare(
        "histogram of 12.5 M distances, scipy cKDTree",
        lambda: _pairs.pair_histogram(x, y, None, width=20.0, bins=2500),
        peer,
    )
    # A pair is shared between two distances here, and belongs to the nearer one there.
    assert np.abs(found[1:] - expected[1:]).sum() / expected.sum() < 2e-2
    assert found.sum() == pytest.approx(expected.sum(), rel=1e-3)


def test_m(compare):
    points, rules = plants(5000, 1000), PatternRules(simulations=100)
    compare(
        "M, global band of 100 simulations, 1000 of 5000 places",
        lambda: m_function(points, "15", rules=rules, rng=1),
    )


def test_relative_density(compare):
    points, rules = plants(5000, 1000), PatternRules(simulations=100)
    compare(
        "m, global band of 100 simulations, 1000 of 5000 places",
        lambda: m_density(points, "15", rules=rules, rng=1),
    )
