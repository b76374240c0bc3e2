"""Real streets: those of Bucaramanga (OpenStreetMap, 79 317 stretches, 1851 km), walked from 500 places."""

from __future__ import annotations

import logging
import resource
import time
import warnings

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy.sparse.csgraph import dijkstra

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers import as_centres, as_roads
from geoterritorio.proximity import NetworkRules, ReachRules, isochrones, road_network, snap
from geoterritorio.proximity._dijkstra import _lightest

PLACES, RADIUS, BUDGETS = 500, 50.0, (15, 30, 60)


@pytest.fixture(scope="module")
def streets(peer_data):
    """Network walked at 4.5 km/h, and 500 places beside streets all over the town."""
    path = peer_data / "bucaramanga_streets.parquet"
    if not path.exists():
        pytest.skip("the streets of Bucaramanga are not beside this checkout")
    lines = gpd.read_parquet(path)
    roads = as_roads(lines)
    rng = np.random.default_rng(7)
    points = shapely.get_coordinates(
        shapely.line_interpolate_point(
            lines.geometry.to_numpy()[rng.choice(len(lines), PLACES, replace=False)], 0.4, normalized=True
        )
    )
    points = shapely.points(points + rng.uniform(-30, 30, points.shape))
    places = as_centres(
        gpd.GeoDataFrame({"centre": [f"p{k}" for k in range(PLACES)]}, geometry=points, crs=lines.crs)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        network = road_network(roads, rules=NetworkRules(default_speed=4.5))
        return network, snap(places, network, name="origins")


def test_the_network_is_that_of_the_file(streets):
    network, snapped = streets
    assert network.metres.sum() == pytest.approx(1_851_260, abs=2)
    assert len(network.start) == pytest.approx(79_317, abs=5)
    parts = network.components()
    assert parts["share"].iloc[0] == pytest.approx(0.975, abs=0.001)
    assert snapped.near.all()


def test_costs_equal_scipys(streets):
    """Twenty places, each at the beginning of its stretch."""
    network, _ = streets
    graph = network.graph()
    matrix = _lightest(graph.first, graph.head, graph.cost, len(network.xy))
    start = network.start[:: len(network.start) // 20][:20]
    expected = dijkstra(matrix, indices=start, limit=30.0)
    from geoterritorio.proximity._dijkstra import searches

    found = np.full(expected.shape, np.inf)
    for reach in searches(graph, start, np.zeros(20), np.arange(21), limit=30.0):
        found[reach.search, reach.node] = reach.cost
    assert (np.isfinite(found) == np.isfinite(expected)).all()
    assert found[np.isfinite(found)] == pytest.approx(expected[np.isfinite(found)], rel=1e-12)


def test_no_polygon_holds_land_beyond_the_radius(streets):
    """
    Every corner of every polygon, and places drawn in it, lie within the radius of a street reached in time.

    Streets reached in time are the parts cut at the budget; that these are right, brute force and scipy show.
    """
    network, snapped = streets
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = isochrones(network, snapped, budgets=BUDGETS, rules=ReachRules(radius=RADIUS))
    taken = time.perf_counter() - start
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    # Seen with --log-cli-level=INFO.
    logging.getLogger(__name__).info("%d polygons in %.0f s, %.0f MB more", len(found.areas), taken, peak)
    assert len(found.areas) == PLACES * len(BUDGETS)
    assert found.areas.is_valid.all()
    few = np.arange(0, PLACES, 25)
    part = type(snapped)(*(getattr(snapped, name)[few] for name in snapped.__dataclass_fields__))
    rules = ReachRules(radius=RADIUS, per_origin="edges")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        streets_of = isochrones(network, part, budgets=BUDGETS, rules=rules).edges
    rng = np.random.default_rng(1)
    areas = found.areas[found.areas["origin"].isin(part.place)]
    assert len(areas) == len(few) * len(BUDGETS)
    checked = 0
    for row in areas.itertuples():
        mine = streets_of[(streets_of["origin"] == row.origin) & (streets_of["up_to"] <= row.up_to)]
        tree = shapely.STRtree(mine.geometry.to_numpy())
        corners = shapely.points(shapely.get_coordinates(row.geometry))
        west, south, east, north = row.geometry.bounds
        points = shapely.points(rng.uniform((west, south), (east, north), (2000, 2)))
        shapely.prepare(row.geometry)
        inside = points[shapely.contains(row.geometry, points)]
        for some in (corners, inside):
            if len(some):
                _, distance = tree.query_nearest(some, return_distance=True, all_matches=False)
                assert distance.max() <= RADIUS + 1e-6
                checked += len(some)
        _, apart = tree.query_nearest(points, return_distance=True, all_matches=False)
        assert shapely.contains(row.geometry, points[apart <= RADIUS * 0.98]).all()
    assert checked > 100_000
