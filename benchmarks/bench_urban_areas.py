"""Functional urban areas of an invented country: a fine raster of people, municipalities, and their commuters."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from scipy.spatial import cKDTree

from geoterritorio.delimitation import UrbanAreas, functional_urban_areas, urban_centres
from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers.grids import Grid

CELLS, TOWNS, NEAR, DECAY = 4000, 1500, 125, 15_000.0


@pytest.fixture(scope="module")
def people(municipalities: gpd.GeoDataFrame) -> Grid:
    """Towns of unlike size that thin out from their middle, on a raster of cells of 250 m; three in four are empty."""
    rng = np.random.default_rng(3)
    side = float(municipalities.total_bounds[2])
    values = np.zeros((CELLS, CELLS), dtype=np.float32)
    reach = np.minimum(4 + rng.pareto(1.2, TOWNS) * 4, 50).astype(int)
    for r, (row, column) in zip(reach, rng.integers(0, CELLS, (TOWNS, 2)), strict=True):
        rows, columns = (np.arange(max(k - 3 * r, 0), min(k + 3 * r, CELLS)) for k in (row, column))
        away = np.hypot(rows[:, None] - row, columns[None, :] - column) / r
        part = values[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        part += rng.poisson(500 * np.exp(-3 * away)).astype(np.float32)
    values += (rng.random(values.shape) < 0.15).astype(np.float32)
    return Grid(values, Affine(side / CELLS, 0, 0, 0, -side / CELLS, side), municipalities.crs)


@pytest.fixture(scope="module")
def commuters(municipalities: gpd.GeoDataFrame) -> pd.DataFrame:
    """A million flows, which fall with distance."""
    rng = np.random.default_rng(4)
    middle = municipalities.representative_point()
    away, near = cKDTree(np.column_stack([middle.x, middle.y])).query(
        np.column_stack([middle.x, middle.y]), NEAR
    )
    size = rng.lognormal(7, 1.2, len(middle))
    flow = np.ceil(0.1 * size[:, None] * np.exp(-away / DECAY) * rng.uniform(0.2, 1, away.shape))
    ids = municipalities["territory"].to_numpy()
    ends = {"origin": np.repeat(ids, NEAR), "destination": ids[near.ravel()]}
    return pd.DataFrame({**ends, "flow": flow.ravel()})


def test_centres(compare, people):
    found, _ = compare(f"urban centres, raster of {CELLS} x {CELLS}", lambda: urban_centres(people))
    assert found.table["population"].sum() == people.values[found.label > 0].sum(dtype=float)


def test_country(compare, people, municipalities, commuters):
    some = int((people.values > 0).sum())
    found, _ = compare(
        f"functional urban areas, {len(municipalities)} places, {some / 1e6:.0f} M of 16 M cells inhabited, "
        f"{len(commuters)} flows",
        lambda: _drawn(commuters, municipalities, people),
    )
    assert found.membership["population"].sum() == pytest.approx(people.values.sum(dtype=float), rel=1e-6)
    assert len(found.areas) > 50


def _drawn(flows: pd.DataFrame, places: gpd.GeoDataFrame, grid: Grid) -> UrbanAreas:
    """Areas; that some centres have no city, in towns put anywhere, is of no interest here."""
    with warnings.catch_warnings(action="ignore", category=GeoterritorioWarning):
        return functional_urban_areas(flows, places, grid)
