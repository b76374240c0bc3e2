"""Firms to territories."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.layers.assignment import assign


def scattered(layer: gpd.GeoDataFrame, number: int) -> gpd.GeoDataFrame:
    """Points over the country and a little beyond, some exactly on the vertices of borders."""
    rng = np.random.default_rng(5)
    west, south, east, north = layer.total_bounds
    x, y = rng.uniform(west - 1000, east + 1000, number), rng.uniform(south - 1000, north + 1000, number)
    corners = layer.get_coordinates().to_numpy()
    x[:1000], y[:1000] = corners[rng.integers(0, len(corners), 1000)].T
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y, crs=layer.crs))


def test_a_million_points(compare, municipalities):
    points = scattered(municipalities, 1_000_000)
    found, joined = compare(
        "assignment, 1 M x 8 k polygons, geopandas.sjoin",
        lambda: assign(points, municipalities),
        lambda: gpd.sjoin(points, municipalities, predicate="intersects"),
    )
    first = joined.groupby(level=0)["territory"].min().reindex(points.index)
    pd.testing.assert_series_equal(found.territory, first, check_dtype=False)
    assert found.on_border > 500


def test_ten_million_points(compare, municipalities):
    points = scattered(municipalities, 10_000_000)
    found, _ = compare("assignment, 10 M x 8 k polygons", lambda: assign(points, municipalities))
    assert len(found.position) == len(points)
