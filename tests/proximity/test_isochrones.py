"""Isochrones: cut exactly at the budget, no land beyond the radius, equal to brute force."""

import warnings
from importlib import import_module

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.proximity import NetworkRules, ReachRules, SnapRules, isochrones, road_network, snap
from geoterritorio.proximity._cutting import Cutter
from geoterritorio.proximity._outlines import Outlines

EAST, NORTH = 5e5, 4.5e6
HOME = np.array([EAST, NORTH])


def found(roads, places, *, network=None, access=None, **options):
    built = road_network(roads, rules=network)
    snapped = snap(places, built, name="origins", rules=access)
    return isochrones(built, snapped, budgets=options.pop("budgets", (15,)), rules=ReachRules(**options))


def told(edges):
    """Parts of roads as text that can be read: their ends, and the cost there."""
    rows = []
    for line, start, end in zip(edges.geometry, edges["cost_start"], edges["cost_end"], strict=True):
        (a, b), (c, d) = line.coords[0], line.coords[-1]
        place = [round(v, 6) for v in (a - EAST, b - NORTH, c - EAST, d - NORTH)]
        rows.append((*place, round(start, 9), round(end, 9)))
    return sorted(rows)


def test_cut_exactly_at_the_budget(cross, spots):
    # A minute a kilometre; half of it is left at the middle.
    result = found(cross, spots(a=(500, 0)), budgets=[1], per_origin="edges")
    assert told(result.edges) == [
        (0, 0, -500, 0, 0.5, 1),
        (0, 0, 0, -500, 0.5, 1),
        (0, 0, 0, 500, 0.5, 1),
        (0, 0, 500, 0, 0.5, 0),
        (500, 0, 1000, 0, 0, 0.5),
    ]
    assert result.areas["length_km"].tolist() == pytest.approx([2.5])


def test_the_leg_is_spent_first(cross, spots):
    access = SnapRules(walking_speed=6)
    result = found(cross, spots(a=(500, 50)), budgets=[1], access=access)
    assert result.areas["length_km"].tolist() == pytest.approx([1.0])
    with pytest.warns(GeoterritorioWarning, match="for 1 of 2 the way to the road alone costs 1 or more"):
        result = found(cross, spots(a=(500, 50), b=(300, 400)), budgets=[1, 0.7], access=access)
    assert result.areas[["origin", "up_to"]].to_numpy().tolist() == [["a", 1.0], ["a", 0.7]]


def test_nothing_in_reach_is_refused_and_a_dead_end_is_empty(cross, lines, spots):
    with pytest.raises(LayerError, match="for 1 of 1 the way to the road alone"):
        found(cross, spots(a=(500, 400)), budgets=[0.5])
    away = lines([(0, 0), (100, 0)], minutes=[1.0], oneway=["yes"])
    result = found(away, spots(a=(100, 0)), budgets=[5])
    assert (len(result.areas), len(result.merged), len(result.edges)) == (0, 0, 0)


def test_budgets_share_roads_among_them(cross, spots):
    result = found(cross, spots(a=(0, 0)), budgets=[0.75, 0.25, 0.5], per_origin="none")
    assert result.areas.empty
    east = [r for r in told(result.edges) if r[2] > 0]
    assert east == [(0, 0, 250, 0, 0, 0.25), (250, 0, 500, 0, 0.25, 0.5), (500, 0, 750, 0, 0.5, 0.75)]
    assert result.edges.groupby("up_to")["length"].sum().to_dict() == pytest.approx(
        {0.25: 1000, 0.5: 1000, 0.75: 1000}
    )


def test_ways_from_both_sides_meet(lines, spots):
    square = [[(0, 0), (100, 0)], [(100, 0), (100, 100)], [(100, 100), (0, 100)], [(0, 100), (0, 0)]]
    roads = lines(*square, minutes=[1.0] * 4)
    result = found(roads, spots(a=(50, 0)), budgets=[9])
    assert told(result.edges) == [
        (0, 0, 50, 0, 0.5, 0),
        (0, 100, 0, 0, 1.5, 0.5),
        (50, 0, 100, 0, 0, 0.5),
        (50, 100, 0, 100, 2, 1.5),
        (100, 0, 100, 100, 0.5, 1.5),
        (100, 100, 50, 100, 1.5, 2),
    ]
    assert result.edges["length"].sum() == pytest.approx(400)
    assert result.edges[["cost_start", "cost_end"]].to_numpy().max() == 2.0


def test_from_and_to_differ_on_one_way_roads(lines, spots):
    roads = lines([(0, 0), (1000, 0)], minutes=[10.0], oneway=["yes"])
    ahead, back = (
        found(roads, spots(a=(400, 0)), budgets=[2], direction=d, per_origin="none").edges
        for d in ("from", "to")
    )
    assert told(ahead) == [(400, 0, 600, 0, 0, 2)]
    assert told(back) == [(200, 0, 400, 0, 2, 0)]


def test_merged_land_keeps_whose_it_is(lines, spots):
    roads = lines([(0, 0), (10_000, 0)], minutes=[100.0])
    places = spots(a=(1000, 0), b=(2000, 0), c=(8000, 0))
    result = found(roads, places, budgets=[4, 6, 100], radius=50)
    rows = result.merged[["up_to", "part", "origins", "places"]].to_numpy().tolist()
    assert rows == [
        [100.0, 1, "a; b; c", 3],
        [6.0, 1, "a; b", 2],
        [6.0, 2, "c", 1],
        [4.0, 1, "a", 1],
        [4.0, 2, "b", 1],
        [4.0, 3, "c", 1],
    ]
    nearest = result.edges.set_index(result.edges["origin"])["length"].groupby(level=0).sum()
    assert nearest.to_dict() == pytest.approx({"a": 1500, "b": 3500, "c": 5000})
    # 1 % a minute: 600 m each way, and half a circle at both ends of the merged land.
    area = result.merged["area_km2"].iloc[2] * 1e6
    circle = Outlines(np.array([shapely.LineString([(0, 0), (1e-3, 0)])]), 50).of(
        np.array([0]), np.array([0.0]), np.array([1.0])
    )
    assert area == pytest.approx(1200 * 100 + circle.area, abs=1)


@pytest.mark.filterwarnings("ignore::geoterritorio.errors.GeoterritorioWarning")
@settings(deadline=None, max_examples=30, phases=[Phase.explicit, Phase.generate])
@given(st.integers(0, 10**6), st.floats(0.5, 15), st.sampled_from(["from", "to"]))
@example(seed=1191, budget=14.591594789133948, direction="from").via("on two roads that lie one on another")
def test_equal_to_brute_force(random_roads, spots, seed, budget, direction):
    """What lies within the budget at forty places on every road, by networkx, is what the parts hold, at that cost."""
    roads, _, _ = random_roads(seed)
    network = road_network(roads, rules=NetworkRules(junctions="ends"))
    rng = np.random.default_rng(seed)
    home, at = int(rng.integers(len(network.lines))), float(rng.uniform(0.05, 0.95))
    point = network.lines[home].interpolate(at, normalized=True)
    places = spots(a=(point.x - EAST, point.y - NORTH))
    snapped = snap(places, network, name="origins")
    home, at = int(snapped.edge[0]), float(snapped.along[0])
    edges = isochrones(
        network,
        snapped,
        budgets=[budget / 2, budget],
        rules=ReachRules(direction=direction, per_origin="none"),
    ).edges
    there, back = network.costs()
    if direction == "to":
        there, back = back, there
    graph = nx.MultiDiGraph()
    graph.add_nodes_from([*range(len(network.xy)), "home"])
    for k, (a, b) in enumerate(zip(network.start, network.end, strict=True)):
        graph.add_edge(a, b, weight=there[k])
        graph.add_edge(b, a, weight=back[k])
    # Roads are straight: all between the same two ends lie one on another, and the place is on all of them.
    ends = np.sort(np.column_stack([network.start, network.end]), axis=1)
    same = {
        int(k): at if network.start[k] == network.start[home] else 1 - at
        for k in np.flatnonzero((ends == ends[home]).all(axis=1))
    }
    for k, here in same.items():
        graph.add_edge("home", network.end[k], weight=(1 - here) * there[k])
        graph.add_edge("home", network.start[k], weight=here * back[k])
    cost = dict.fromkeys(graph, np.inf)
    cost |= nx.single_source_dijkstra_path_length(graph, "home", weight="weight")
    for k, line in enumerate(network.lines):
        share = (np.arange(40) + 0.5) / 40
        expected = np.minimum(
            cost[network.start[k]] + share * there[k], cost[network.end[k]] + (1 - share) * back[k]
        )
        if k in same:
            ahead = np.where(share >= same[k], (share - same[k]) * there[k], np.inf)
            behind = np.where(share <= same[k], (same[k] - share) * back[k], np.inf)
            expected = np.minimum(expected, np.minimum(np.nan_to_num(ahead, nan=np.inf), behind))
        mine = edges[edges["row"] == network.row[k]]
        held = np.full(40, np.inf)
        for part, low, high in zip(mine.geometry, mine["cost_start"], mine["cost_end"], strict=True):
            begin, end = (line.project(shapely.Point(part.coords[j]), normalized=True) for j in (0, -1))
            inside = (share >= begin) & (share <= end)
            value = low + (high - low) * (share[inside] - begin) / (end - begin)
            held[inside] = np.minimum(held[inside], value)
        clear = np.abs(expected - budget) > 1e-5
        assert np.isfinite(held[clear]).tolist() == (expected[clear] <= budget).tolist()
        both = np.isfinite(held) & clear
        assert held[both] == pytest.approx(expected[both], abs=1e-5)


@pytest.fixture(scope="module")
def town():
    """Streets of a town with blocks, cul-de-sacs, a one-way ring and an island, walked."""
    rng = np.random.default_rng(5)
    side, step = 15, 120.0
    node = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) * step
    node = node + rng.uniform(-30, 30, node.shape) + HOME
    number = np.arange(side**2).reshape(side, side)
    pairs = np.vstack(
        [
            np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()]),
            np.column_stack([number[:-1].ravel(), number[1:].ravel()]),
        ]
    )
    pairs = pairs[rng.random(len(pairs)) < 0.7]
    middle = node[pairs].mean(axis=1) + rng.uniform(-25, 25, (len(pairs), 2))
    shapes = [shapely.LineString([node[a], m, node[b]]) for (a, b), m in zip(pairs, middle, strict=True)]
    roads = gpd.GeoDataFrame({"speed": [5.0] * len(shapes)}, geometry=shapes, crs=25830)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        network = road_network(roads)
    places = gpd.GeoDataFrame(
        {"centre": [f"p{k}" for k in range(25)]},
        geometry=shapely.points(rng.uniform(200, 1500, (25, 2)) + HOME),
        crs=25830,
    )
    return network, snap(places, network, name="origins")


def test_no_land_beyond_the_radius(town):
    network, snapped = town
    radius = 20.0
    result = isochrones(
        network, snapped, budgets=[4, 8, 15], rules=ReachRules(radius=radius, per_origin="edges")
    )
    parts = result.edges.assign(search=np.cumsum(np.diff(result.edges.index, prepend=-1) < 0))
    rng = np.random.default_rng(1)
    holes = 0
    for row in result.areas.itertuples():
        mine = parts[(parts["origin"] == row.origin) & (parts["up_to"] <= row.up_to)]
        reached = shapely.union_all(mine.geometry.to_numpy())
        # Every corner, which is farthest, and places anywhere inside.
        corners = shapely.points(shapely.get_coordinates(row.geometry))
        assert shapely.distance(corners, reached).max() <= radius + 1e-6
        west, south, east, north = row.geometry.bounds
        points = shapely.points(rng.uniform((west, south), (east, north), (400, 2)))
        inside, distance = shapely.contains(row.geometry, points), shapely.distance(points, reached)
        assert (distance[inside] <= radius + 1e-6).all()
        assert inside[distance <= radius * 0.98].all()
        holes += sum(len(p.interiors) for p in shapely.get_parts(row.geometry))
        assert row.length_km == pytest.approx(mine["length"].sum() / 1000)
    assert holes > 20


def test_larger_budgets_hold_the_smaller(town):
    network, snapped = town
    result = isochrones(network, snapped, budgets=[4, 8, 15], rules=ReachRules(radius=20))
    for _, rows in result.areas.groupby("origin"):
        wide, middle, small = rows.geometry
        assert middle.difference(wide).area < 1e-3
        assert small.difference(middle).area < 1e-3
    # What is reached from any place is what is reached from each, together.
    for within, rows in result.areas.groupby("up_to"):
        merged = shapely.union_all(result.merged.loc[result.merged["up_to"] == within, "geometry"].to_numpy())
        each = shapely.union_all(rows.geometry.to_numpy())
        assert merged.symmetric_difference(each).area < 1e-4 * merged.area
    assert result.merged.groupby("up_to")["places"].sum().to_dict() == {4.0: 25, 8.0: 25, 15.0: 25}


def test_blocks_put_together_once_give_the_same_land(town):
    network, _ = town
    outlines = Outlines(network.lines, 20)
    every = np.arange(len(network.lines))
    for some in (every, every[::2], every[: len(every) // 2]):
        whole = outlines.of(some, np.zeros(len(some)), np.ones(len(some)))
        plain = shapely.union_all(shapely.buffer(network.lines[some], 20, quad_segs=4))
        assert whole.symmetric_difference(plain).area < 1e-3
    assert outlines.blocks


def test_metres(cross, spots):
    result = found(cross, spots(a=(0, 40)), budgets=[300], network=NetworkRules(cost="metres"))
    assert result.areas["length_km"].tolist() == pytest.approx([0.3 + 0.04 + 3 * 0.26])


def test_bad_budgets_are_refused_together(cross, spots):
    for budgets, radius in (([0, 15], 50), ([np.nan], 50), ([], 50), ([5], 0), ([5], np.inf), ([-1], -1)):
        with pytest.raises(LayerError, match=r"budget|radius"):
            found(cross, spots(a=(0, 0)), budgets=budgets, radius=radius)


def test_too_many_parts_are_refused_before_memory_is(cross, spots, monkeypatch):
    monkeypatch.setattr(import_module("geoterritorio.proximity.isochrones"), "_PARTS", 3)
    with pytest.raises(LayerError, match="more than 3"):
        found(cross, spots(a=(0, 0)), per_origin="edges")


def test_a_watcher_hears_and_stops(town):
    network, snapped = town
    heard = []
    isochrones(network, snapped, budgets=[5], progress=lambda f, _t="": heard.append(f))
    assert heard[-1] == 1

    def stop(fraction, _text=""):
        if fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        isochrones(network, snapped, budgets=[5], progress=stop)


def test_lines_are_cut_where_they_bend_and_between():
    lines = np.array(
        [shapely.LineString([(0, 0), (0, 0), (4, 0), (4, 6)]), shapely.LineString([(9, 9), (9, 19)])]
    )
    cutter = Cutter(lines)
    line, start, end = (
        np.array([0, 0, 0, 1, 1]),
        np.array([0, 0.2, 0.4, 0, 0.5]),
        np.array([1, 0.7, 0.8, 0.1, 1]),
    )
    pieces = cutter.pieces(line, start, end)
    expected = ["0 0, 4 0, 4 6", "2 0, 4 0, 4 3", "4 0, 4 4", "9 9, 9 10", "9 14, 9 19"]
    for piece, text in zip(pieces, expected, strict=True):
        assert shapely.distance(piece, other := shapely.from_wkt(f"LINESTRING ({text})")) == 0
        assert shapely.hausdorff_distance(piece, other) < 1e-9
    assert len(cutter.pieces(line[:0], start[:0], end[:0])) == 0


def test_lines_much_shorter_than_the_others_are_cut_too():
    ends = ([(0, 0), (3e9, 0)], [(1, 1), (1, 1 + 1e-9)], [(0, 0), (1, 0), (3, 0)])
    cutter = Cutter(np.array([shapely.LineString(line) for line in ends]))
    found = cutter.points(np.array([0, 1, 1, 2]), np.array([0.5, 0.0, 1.0, 0.5]))
    expected = [[1.5e9, 0], [1, 1], [1, 1 + 1e-9], [1.5, 0]]
    assert found == pytest.approx(np.array(expected), rel=1e-12)
