"""What all tests share: small layers, and the rule that nothing may skip where everything is installed."""

from __future__ import annotations

import os

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from shapely.geometry import box

# Machines are shared: how long an example takes says nothing about whether it is right.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    optional = "parity" in item.path.parts
    if REQUIRE_ALL and report.skipped and not optional and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"REQUIRE_ALL=1, and this test was skipped: {report.longrepr[2]}"


@pytest.fixture
def territories() -> gpd.GeoDataFrame:
    """Two rows of three unit squares of 1 km in UTM 30N, sharing borders: a to f."""
    shapes = [box(x * 1000, y * 1000, (x + 1) * 1000, (y + 1) * 1000) for y in range(2) for x in range(3)]
    frame = {"territory": list("abcdef"), "name": [f"Área {c}" for c in "abcdef"]}
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=25830)


@pytest.fixture
def firms() -> gpd.GeoDataFrame:
    """300 establishments in three sectors inside the six squares, sizes from 1 to about 100."""
    rng = np.random.default_rng(7)
    n = 300
    x, y = rng.uniform(0, 3000, n), rng.uniform(0, 2000, n)
    sector = np.where(
        x < 1000, rng.choice(["15", "25", "47"], n, p=[0.6, 0.2, 0.2]), rng.choice(["15", "25", "47"], n)
    )
    size = np.round(np.exp(rng.normal(1.5, 1, n))) + 1
    frame = pd.DataFrame({"firm": [f"f{i}" for i in range(n)], "sector": sector, "employment": size})
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(x, y), crs=25830)
