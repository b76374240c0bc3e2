"""Small networks whose costs can be worked out by hand, and random ones."""

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, Point


def _lines(*coordinates, crs=25830, **columns):
    """Roads from lists of coordinates, around 500 000 E, 4 500 000 N."""
    shapes = [LineString([(5e5 + p[0], 4.5e6 + p[1]) for p in c]) for c in coordinates]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def _spots(crs=25830, **where):
    """Places by name."""
    shapes = [Point(5e5 + x, 4.5e6 + y) for x, y in where.values()]
    return gpd.GeoDataFrame({"centre": list(where)}, geometry=shapes, crs=crs)


@pytest.fixture
def cross():
    """Four roads of 1 km that meet, at 60 km/h: a minute each."""
    arms = [[(0, 0), (1000, 0)], [(0, 0), (-1000, 0)], [(0, 0), (0, 1000)], [(0, 0), (0, -1000)]]
    return _lines(*arms, road=list("ewns"), speed=[60.0] * 4)


def _random_roads(seed, nodes=12, edges=20, *, oneways=True):
    """Straight roads between random points, some one-way, in one or several components."""
    rng = np.random.default_rng(seed)
    xy = rng.integers(0, 50, (nodes, 2)) * 100.0 + np.arange(nodes)[:, None]
    pairs = rng.integers(0, nodes, (edges, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    ways = rng.choice(["yes", "no", "reverse"], len(pairs)) if oneways else ["no"] * len(pairs)
    roads = _lines(
        *[[xy[a], xy[b]] for a, b in pairs], minutes=rng.integers(1, 9, len(pairs)) * 1.0, oneway=ways
    )
    return roads, xy, pairs


@pytest.fixture(scope="session")
def lines():
    """Draws roads."""
    return _lines


@pytest.fixture(scope="session")
def spots():
    """Places points."""
    return _spots


@pytest.fixture(scope="session")
def random_roads():
    """Draws random roads."""
    return _random_roads
