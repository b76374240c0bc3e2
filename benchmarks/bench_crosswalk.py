"""Crosswalks beside tobler, the package people use for areal interpolation."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.delimitation import crosswalk, history_checks, transfer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    area_weighted = pytest.importorskip("tobler.area_weighted", reason="pip install -e '.[bench]'")


@pytest.fixture(scope="module")
def jobs(municipalities: gpd.GeoDataFrame) -> pd.Series:
    """Jobs of the municipalities."""
    rng = np.random.default_rng(2)
    return pd.Series(rng.lognormal(6, 2, len(municipalities)), index=municipalities["territory"], name="jobs")


@pytest.fixture(scope="module")
def shifted(municipalities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The same outlines elsewhere: everybody is divided."""
    return municipalities.set_geometry(municipalities.translate(3000, 2000))


def told(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, jobs: pd.Series) -> pd.Series:
    return transfer(jobs, crosswalk(source, target, outside="spread")).values["jobs"]


def peer(source: gpd.GeoDataFrame, target: gpd.GeoDataFrame, jobs: pd.Series, **options: int) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = source.assign(jobs=jobs.to_numpy())
        return area_weighted.area_interpolate(given, target, extensive_variables=["jobs"], **options)["jobs"]


def test_shifted(compare, municipalities, shifted, jobs):
    found, expected = compare(
        "crosswalk and transfer, 8 k x 8 k shifted polygons, tobler",
        lambda: told(municipalities, shifted, jobs),
        lambda: peer(municipalities, shifted, jobs),
    )
    # The peer keeps its shares in single precision.
    reached = found.notna().to_numpy()
    np.testing.assert_allclose(found[reached], expected[reached], rtol=1e-5)


def test_shifted_on_processes(compare, municipalities, shifted, jobs):
    compare(
        "the same, tobler on two processes",
        lambda: told(municipalities, shifted, jobs),
        lambda: peer(municipalities, shifted, jobs, n_jobs=2),
    )


def test_dense(compare, municipalities, jobs):
    dense = municipalities.set_geometry(shapely.segmentize(municipalities.geometry.to_numpy(), 100))
    moved = dense.set_geometry(dense.translate(3000, 2000))
    found, expected = compare(
        "the same, outlines of ten times the points, tobler",
        lambda: told(dense, moved, jobs),
        lambda: peer(dense, moved, jobs),
    )
    reached = found.notna().to_numpy()
    np.testing.assert_allclose(found[reached], expected[reached], rtol=1e-5)


def test_same_outlines(compare, municipalities, jobs):
    found, _ = compare(
        "crosswalk and transfer, 8 k x 8 k, nobody changed, tobler",
        lambda: told(municipalities, municipalities, jobs),
        lambda: peer(municipalities, municipalities, jobs),
    )
    np.testing.assert_allclose(found, jobs, rtol=1e-9)


def test_checks(compare, municipalities):
    found, _ = compare("checks of 8 k versions", lambda: history_checks(municipalities))
    assert found.report["count"].sum() == 0
