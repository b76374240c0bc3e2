"""Costs of ways: by hand, beside networkx, and onwards to functions of distance."""

import warnings

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import as_centres
from geoterritorio.patterns import PatternRules
from geoterritorio.patterns.tools import k_density
from geoterritorio.proximity import NetworkRules, SnapRules, road_network, snap, tools, travel_costs

METRES = NetworkRules(cost="metres")


def table(origins, roads, destinations=None, **options):
    costs = tools.travel_costs(origins, roads, destinations, **options).costs
    return costs.set_index(["origin", "destination"])["cost"].round(9).to_dict()


def test_ways_by_hand(spots, cross):
    # 500 m of road to the middle and 500 m on, and 100 m on foot at 6 km/h.
    places = spots(a=(500, 0), b=(-500, 100))
    found = table(places, cross, access=SnapRules(walking_speed=6))
    assert found == {("a", "b"): 2.0, ("b", "a"): 2.0}
    assert table(places, cross, network=METRES, cutoff=5000) == {("a", "b"): 1100.0, ("b", "a"): 1100.0}
    assert table(places, cross, cutoff=1.99, access=SnapRules(walking_speed=6)) == {}
    # Within means up to, itself among it.
    assert len(table(places, cross, cutoff=1100, network=METRES)) == 2


def test_one_way_roads_and_places_on_one_stretch(lines, spots):
    ring = [[(0, 0), (1000, 0)], [(1000, 0), (1000, 1000)], [(1000, 1000), (0, 0)]]
    roads = lines(*ring, minutes=[10.0, 10.0, 10.0], oneway=["yes", "yes", "yes"])
    places = spots(a=(200, 0), b=(700, 0))
    assert table(places, roads) == {("a", "b"): 5.0, ("b", "a"): 25.0}
    assert table(places, roads, network=NetworkRules(oneways=False)) == {("a", "b"): 5.0, ("b", "a"): 5.0}
    roads["oneway"] = "reverse"
    assert table(places, roads) == {("a", "b"): 25.0, ("b", "a"): 5.0}


def test_two_places_at_one_point_cost_nothing(spots, cross):
    assert table(spots(a=(300, 0), b=(300, 0)), cross) == {("a", "b"): 0.0, ("b", "a"): 0.0}


def test_origins_and_destinations_may_share_names(spots, cross):
    places = spots(a=(300, 0), b=(0, 400))
    found = table(places, cross, places)
    assert found == {("a", "a"): 0.0, ("a", "b"): 0.7, ("b", "a"): 0.7, ("b", "b"): 0.0}


def test_fewer_destinations_are_searched_backwards_with_the_same_result(spots, random_roads):
    roads, xy, _ = random_roads(3, nodes=30, edges=70)
    places = spots(**{f"p{k}": p for k, p in enumerate(xy)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        network = road_network(roads)
        many = snap(places, network, name="origins")
        few = snap(places[:4], network, name="destinations")
        back = travel_costs(network, many, few, cutoff=40)
        whole = travel_costs(network, many, many, cutoff=40)
    kept = whole.destination < 4
    assert back.origin.tolist() == whole.origin[kept].tolist()
    assert back.destination.tolist() == whole.destination[kept].tolist()
    assert back.cost == pytest.approx(whole.cost[kept], abs=1e-9)


@pytest.mark.filterwarnings("ignore::geoterritorio.errors.GeoterritorioWarning")
@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.floats(1, 30))
@example(seed=779275, cutoff=2.0).via("a junction under a road that does not meet it")
def test_equal_to_networkx(spots, random_roads, seed, cutoff):
    """Lines that cross do not meet; costs between their ends are those of a graph drawn by another hand."""
    roads, xy, pairs = random_roads(seed)
    rules = NetworkRules(junctions="ends")
    used = np.unique(pairs)
    places = spots(**{str(k): xy[k] for k in used})
    found = tools.travel_costs(places, roads, network=rules, cutoff=cutoff).costs
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(used)
    for (a, b), minutes, way in zip(pairs, roads["minutes"], roads["oneway"], strict=True):
        if way != "reverse":
            graph.add_edge(a, b, weight=minutes)
        if way != "yes":
            graph.add_edge(b, a, weight=minutes)
    expected = {
        (str(a), str(b)): cost
        for a in used
        for b, cost in nx.single_source_dijkstra_path_length(graph, a, cutoff=cutoff + 1e-9).items()
        if a != b
    }
    mine = found.set_index(["origin", "destination"])["cost"].to_dict()
    slack = {k: v for k, v in expected.items() if abs(v - cutoff) > 1e-6}
    assert {k: v for k, v in mine.items() if k in slack} == pytest.approx(slack)


def test_places_far_from_roads_are_reported_not_moved(spots, cross):
    places = spots(a=(500, 0), far=(5000, 5000), b=(0, 300))
    with pytest.warns(
        GeoterritorioWarning, match="1 of 3 places are farther than 500 m .*not reached"
    ) as told:
        found = tools.travel_costs(places, cross)
    assert not any("“far”" in str(w.message) for w in told)
    assert set(found.costs["origin"]) == {"a", "b"}
    row = found.snapped.set_index("place").loc["far"]
    assert (row["snapped"], row.geometry) == ("no", places.geometry.iloc[1])
    assert np.isnan(row["leg"])
    assert row["distance"] == pytest.approx(np.hypot(4000, 5000))
    with pytest.raises(LayerError, match="all 1 places are farther than 500 m"):
        tools.travel_costs(places[1:2], cross)


def test_parts_that_no_road_joins_are_counted(lines, spots):
    roads = lines([(0, 0), (900, 0)], [(0, 500), (900, 500)], speed=[30.0, 30.0])
    places = spots(a=(100, 0), b=(700, 0), c=(100, 500))
    with pytest.warns(GeoterritorioWarning) as told:
        found = table(places, roads)
    assert found == {("a", "b"): 1.2, ("b", "a"): 1.2}
    texts = [str(w.message) for w in told]
    assert any("in 2 parts that no road joins; the largest has 50 % of its length" in t for t in texts)
    assert any("1 of 3 places are nearest to roads apart from the main network" in t for t in texts)
    assert any("4 of 6 pairs are not in the table; 4 of them lie in parts" in t for t in texts)
    with pytest.warns(GeoterritorioWarning, match="2 parts"):
        main = table(places, roads, access=SnapRules(main_only=True, max_distance=600, walking_speed=60))
    assert main[("a", "c")] == pytest.approx(0.5)


def test_snapped_to_the_exact_place_on_the_nearest_edge(spots, cross):
    network = road_network(cross)
    found = snap(spots(a=(250, 40), corner=(0, 0)), network, name="origins")
    assert found.on[0].tolist() == [500250.0, 4500000.0]
    assert found.distance.tolist() == [40.0, 0.0]
    assert found.along[0] in (0.25, 0.75)
    assert found.edge[1] == 0


def test_polygons_set_out_from_a_point_inside(spots, cross):
    places = spots(a=(300, 0), b=(0, 300))
    squares = places.set_geometry(shapely.buffer(places.geometry, 20, cap_style="square"))
    assert table(squares, cross) == table(places, cross)


def test_places_in_another_system_are_moved_and_said(spots, cross):
    places = spots(a=(300, 0), b=(0, 300))
    with pytest.warns(GeoterritorioWarning, match="reprojected"):
        found = table(places.to_crs(4326), cross)
    assert found == pytest.approx(table(places, cross), abs=1e-6)
    with pytest.raises(CRSError):
        table(places, cross.to_crs(4326))


def test_bad_places_and_budgets_are_refused(spots, cross):
    places = spots(a=(300, 0), b=(0, 300))
    for cutoff in (0, -1, np.nan, np.inf):
        with pytest.raises(LayerError, match="is no budget above 0"):
            table(places, cross, cutoff=cutoff)
    with pytest.raises(LayerError, match="the layer is empty"):
        table(places[:0], cross)
    with pytest.raises(LayerError, match="places on roads need points"):
        table(pd.DataFrame({"centre": ["a"]}), cross)
    for nowhere in (None, shapely.Point(), shapely.Polygon()):
        lost = places.copy()
        lost.loc[0, "geometry"] = nowhere
        with pytest.raises(LayerError, match="1 places have no point"):
            table(lost, cross)
    for rules in (SnapRules(walking_speed=0), SnapRules(max_distance=-1)):
        with pytest.raises(LayerError, match="is no"):
            table(places, cross, access=rules)


def test_the_table_feeds_functions_of_distance(lines, spots):
    """Where roads are straight and go everywhere, costs along them are distances, and the function is the same."""
    rng = np.random.default_rng(4)
    x = np.sort(rng.uniform(0, 4000, 40))
    roads = lines([(0, 0), (4000, 0)], road=["r"])
    firms = spots(**{f"f{k}": (v, 0) for k, v in enumerate(x)}).rename(columns={"centre": "firm"})
    firms["sector"] = np.where(np.arange(40) % 2, "25", "28")
    places = as_centres(firms[["firm", "geometry"]], centre="firm")
    costs = tools.travel_costs(places, roads, network=METRES, cutoff=1e5).costs
    assert len(costs) == 40 * 39
    by_road, straight = (
        k_density(
            firms, sector="25", rules=PatternRules(simulations=0, farthest=1500, bandwidth=100), **options
        ).functions
        for options in ({"costs": costs}, {})
    )
    assert by_road["value"].to_numpy() == pytest.approx(straight["value"].to_numpy(), rel=5e-3, abs=1e-7)
