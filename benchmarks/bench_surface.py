"""Density of a million plants on 4000 x 4000 cells beside `scipy.ndimage.gaussian_filter`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.ndimage import gaussian_filter

from geoterritorio.patterns.surfaces import SurfaceRules, density_surface

SIDE, CELL, CELLS = 4000, 50.0, 50


@pytest.fixture(scope="module")
def plants():
    rng = np.random.default_rng(1)
    towns = rng.uniform(0, SIDE * CELL, (400, 2))
    size = rng.lognormal(0, 1.5, 400)
    town = rng.choice(400, 1_000_000, p=size / size.sum())
    places = np.abs(towns[town] + rng.normal(0, 3000, (1_000_000, 2)))
    places = SIDE * CELL - np.abs(SIDE * CELL - places)
    return pd.DataFrame(places, columns=["x", "y"]).assign(sector="10")


def counted(plants):
    at = [((SIDE * CELL - plants["y"]) / CELL).astype(int), (plants["x"] / CELL).astype(int)]
    flat = np.ravel_multi_index(at, (SIDE, SIDE))
    return np.bincount(flat, minlength=SIDE * SIDE).reshape(SIDE, SIDE).astype(float)


def surface(plants):
    window = shapely.box(0, 0, SIDE * CELL, SIDE * CELL)
    return density_surface(plants, window=window, rules=SurfaceRules(cell=CELL, bandwidth=CELLS * CELL))


@pytest.mark.parametrize("truncate", [4, 6])
def test_surface(compare, plants, truncate):
    """The peer counts plants in cells, which alone moves each by up to half a cell."""

    def peer():
        return gaussian_filter(counted(plants), CELLS, mode="constant", truncate=truncate) * 1e6 / CELL**2

    name = f"density surface, 1 M plants, {SIDE}², sigma {CELLS} px, peer cut at {truncate} sigma"
    found, expected = compare(name, lambda: surface(plants), peer)
    gap = np.abs(found.values - expected).max() / expected.max()
    print(f"\n{name}: deviation {found.deviation:.1e} of the exact sum, {gap:.1e} of the peer")
    assert found.method == "fft"
    assert found.deviation < 1e-6
    assert gap < 1e-3
