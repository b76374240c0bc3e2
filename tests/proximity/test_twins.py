"""Places on roads drawn one on another, and on roads equally near: what is found hangs on no order of the rows."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.proximity import allocated_roads, isochrones, road_network, snap, travel_costs
from geoterritorio.proximity._twins import twins
from geoterritorio.proximity._ways import road_ways
from geoterritorio.proximity.network import with_places

THERE, BACK = [(0, 0), (10_000, 0)], [(10_000, 0), (0, 0)]
AGAINST = {"yes": "reverse", "reverse": "yes", "no": "no"}


def costs(roads, places):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        network = road_network(roads)
        on = snap(places, network, name="origins")
        found = travel_costs(network, on, cutoff=1e6)
    names = on.place
    return pd.Series(found.cost, index=[names[found.origin], names[found.destination]]).sort_index(), on


def turned(roads, which):
    """Roads drawn from their other end, open as before."""
    geometry = np.where(which, shapely.reverse(roads.geometry.to_numpy()), roads.geometry.to_numpy())
    ways = [AGAINST[way] if turn else way for way, turn in zip(roads["oneway"], which, strict=True)]
    return gpd.GeoDataFrame(roads.assign(oneway=ways), geometry=geometry, crs=roads.crs)


@pytest.mark.parametrize("order", [(THERE, BACK), (BACK, THERE)])
@pytest.mark.parametrize("side", [0, 30, -30])
def test_a_place_on_two_opposite_one_way_roads_leaves_and_arrives_by_both(lines, spots, order, side):
    roads = lines(*order, minutes=[10.0, 10.0], oneway=["yes", "yes"])
    places = spots(firm=(1000, side), hospital=(0, 0))
    found, on = costs(roads, places)
    leg = abs(side) / (5 * 1000 / 60)
    assert found.tolist() == pytest.approx([1 + leg, 1 + leg])
    network = road_network(roads)
    for direction in ("to", "from"):
        cost, _ = road_ways(network, on, snap(places[1:], network, name="centres"), direction).nearest(
            np.zeros(1, np.int64), 1
        )
        assert cost[0].tolist() == pytest.approx([1 + leg, 0])


@pytest.mark.parametrize("order", [(THERE, BACK), (BACK, THERE)])
def test_land_and_roads_are_reached_on_both_sides_of_such_a_place(lines, spots, order):
    network = road_network(lines(*order, minutes=[10.0, 10.0], oneway=["yes", "yes"]))
    firm = snap(spots(firm=(5000, 0)), network, name="origins")
    found = isochrones(network, firm, budgets=[2])
    assert found.merged.total_bounds[[0, 2]] == pytest.approx([5e5 + 2950, 5e5 + 7050], abs=1)
    roads = allocated_roads(network, firm)
    # Each direction ends at the place, and, past it, leads on to its end and back by the other.
    ends = np.column_stack([roads.cost_begin, roads.cost_finish]).round(6)
    assert sorted(ends.tolist()) == [[5, 0], [5, 0], [10, 5], [10, 5]]


def test_directions_may_cost_differently(lines, spots):
    roads = lines(THERE, BACK, minutes=[10.0, 30.0], oneway=["yes", "yes"])
    found, _ = costs(roads, spots(a=(2000, 0), b=(7000, 0)))
    assert found[("a", "b")] == pytest.approx(5)
    assert found[("b", "a")] == pytest.approx(15)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), oneways=st.booleans())
def test_costs_hang_on_no_order_and_no_direction_of_drawing(spots, random_roads, seed, oneways):
    rng = np.random.default_rng(seed)
    roads, xy, _ = random_roads(seed, oneways=oneways)
    # On junctions, on roads, where they cross without meeting, and anywhere.
    first, second = rng.integers(0, len(roads), (2, 12))
    shapes = roads.geometry.to_numpy()
    shared = shapely.get_parts(shapely.intersection(shapes[first], shapes[second]))
    some = [shapely.get_point(g, 0) if g.geom_type == "LineString" else g for g in shared]
    at = shapely.get_coordinates(some) - [5e5, 4.5e6]
    free = rng.uniform(0, 5000, (4, 2))
    places = spots(**{f"p{k}": p for k, p in enumerate([*xy[:4], *at, *free])})
    expected, _ = costs(roads, places)
    order = rng.permutation(len(roads))
    other = turned(roads, rng.random(len(roads)) < 0.5).iloc[order].reset_index(drop=True)
    pd.testing.assert_series_equal(costs(other, places)[0], expected, rtol=1e-6, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_two_opposite_one_way_roads_are_one_road(spots, random_roads, seed):
    rng = np.random.default_rng(seed)
    roads, _, _ = random_roads(seed, oneways=False)
    places = spots(**{f"p{k}": p for k, p in enumerate(rng.uniform(0, 5000, (8, 2)))})
    expected, _ = costs(roads, places)
    there = roads.assign(oneway="yes")
    back = there.assign(geometry=there.geometry.reverse())
    both = pd.concat([there, back], ignore_index=True).iloc[rng.permutation(2 * len(roads))]
    found, _ = costs(both.reset_index(drop=True), places)
    pd.testing.assert_series_equal(found, expected, rtol=1e-6, atol=1e-6)


def test_of_roads_equally_near_that_farthest_west_whatever_the_order(lines, spots):
    pair = [[(0, 0), (0, 1000)], [(100, 0), (100, 1000)]]
    for order in (pair, pair[::-1]):
        roads = lines(*order, [(0, 1000), (100, 1000)], minutes=[1.0] * 3)
        on = snap(spots(a=(50, 500)), road_network(roads), name="origins")
        assert on.on[0].tolist() == [500_000.0, 4_500_500.0]


def test_next_to_a_junction_is_the_junction(lines, spots):
    roads = lines([(0, 0), (300, 100)], [(300, 100), (900, 100)], minutes=[1.0, 1.0])
    on = snap(spots(a=(300 - 1e-8, 100), b=(300, 100)), road_network(roads), name="origins")
    assert set(on.along) <= {0.0, 1.0}


def test_which_edges_lie_together(lines):
    bend = [(0, 0), (50, 10), (100, 0)]
    drawn = [bend, bend[::-1], [(0, 0), (25, 5), (50, 10), (100, 0)], [(0, 0), (50, -10), (100, 0)]]
    ring = [(500, 0), (600, 0), (600, 90), (500, 0)]
    roads = lines(*drawn, ring, ring[::-1])
    start, end = np.array([0, 1, 0, 0, 2, 2]), np.array([1, 0, 1, 1, 2, 2])
    found = twins(start, end, roads.geometry.to_numpy())
    assert found.first.tolist() == [0, 0, 0, 3, 4, 4]
    assert found.turned.tolist() == [False, True, False, False, False, True]
    edge, at, number = found.on_all(np.array([0, 4]), np.array([0.2, 0.5]))
    assert edge.tolist() == [0, 1, 2, 4, 5]
    assert at.tolist() == [0.2, 0.8, 0.2, 0.5, 0.5]
    assert number.tolist() == [0, 0, 0, 1, 1]


def test_the_length_stays_and_a_bridge_joins_nothing(lines):
    roads = lines(
        THERE, BACK, [(5000, -500), (5000, 500)], minutes=[10.0, 10.0, 1.0], oneway=["yes", "yes", "no"]
    )
    with pytest.warns(GeoterritorioWarning, match="2 parts"):
        network = road_network(roads)
    cut, node, whole, _ = with_places(network, np.array([0, 1]), np.array([0.5, 0.2]))
    assert np.bincount(whole, cut.metres).tolist() == pytest.approx(network.metres.tolist())
    assert cut.component[node].tolist() == [1, 1]
    assert len(cut.xy) == len(network.xy) + 2
