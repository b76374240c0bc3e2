"""Lines become a network: joined, cut, priced, reported."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, MultiLineString

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.proximity import NetworkRules, friction_surface, road_network, road_speeds
from geoterritorio.proximity.network import with_places

METRES = NetworkRules(cost="metres")


def count(network, check):
    return int(network.report.set_index("fault").loc[check, "count"])


def test_a_crossroads(cross):
    network = road_network(cross)
    assert len(network.xy) == 5
    assert network.minutes.tolist() == [1.0] * 4
    assert sorted(np.bincount(np.r_[network.start, network.end])) == [1, 1, 1, 1, 4]
    assert network.components().iloc[0].to_dict() == {
        "component": 1, "nodes": 5, "edges": 4, "length_km": 4.0, "share": 1.0,
    }  # fmt: skip


def test_ends_within_the_tolerance_are_joined_and_counted(lines):
    roads = lines([(0, 0), (100, 0)], [(100.05, 0), (200, 0)], [(100, 0.05), (100, 90)])
    assert count(road_network(roads, rules=METRES), "joined_ends") == 2
    assert road_network(roads, rules=METRES).component.max() == 1
    with pytest.warns(GeoterritorioWarning, match="3 parts that no road joins"):
        apart = road_network(roads, rules=NetworkRules(cost="metres", tolerance=0.01))
    assert count(apart, "joined_ends") == 0
    # Lines end where their nodes are.
    network = road_network(roads, rules=METRES)
    ends = shapely.get_coordinates(shapely.get_point(network.lines, 0))
    assert (ends == network.xy[network.start]).all()


def test_a_road_that_ends_on_another_cuts_it_unless_told_not_to(lines):
    roads = lines([(0, 0), (100, 0)], [(40, 0), (40, 50)], minutes=[10.0, 1.0])
    network = road_network(roads)
    assert sorted(network.minutes.round(9)) == [1.0, 4.0, 6.0]
    assert sorted(network.row) == [0, 0, 1]
    with pytest.warns(GeoterritorioWarning, match="2 parts"):
        kept = road_network(roads, rules=NetworkRules(junctions="ends"))
    assert len(kept.start) == 2
    assert count(kept, "touching_ends") == 1


def test_roads_that_cross_meet_only_where_asked(lines):
    roads = lines([(0, 0), (100, 0)], [(30, -50), (30, 50)], [(60, -50), (60, 50)])
    with pytest.warns(GeoterritorioWarning, match="3 parts"):
        bridges = road_network(roads, rules=METRES)
    assert (len(bridges.start), count(bridges, "crossings")) == (3, 2)
    network = road_network(roads, rules=NetworkRules(cost="metres", junctions="crossings"))
    assert (len(network.start), len(network.xy)) == (7, 8)
    assert sorted(network.metres.round(6)) == [30, 30, 40, 50, 50, 50, 50]
    assert count(network, "joined_ends") == 0


def test_lines_in_parts_with_heights_or_without_length_are_counted():
    shapes = [
        MultiLineString([[(5e5, 4.5e6), (500100, 4.5e6)], [(500100, 4.5e6), (500400, 4.5e6)]]),
        LineString([(5e5, 4.5e6, 10), (5e5, 4500300, 90)]),
        LineString([(5e5, 4.5e6), (5e5, 4.5e6)]),
        None,
    ]
    roads = gpd.GeoDataFrame({"minutes": [8.0, 1.0, 1.0, 1.0]}, geometry=shapes, crs=25830)
    network = road_network(roads)
    for check in ("multipart", "heights", "zero_length", "no_line"):
        assert count(network, check) == 1
    # The time of a row is shared among its parts by length.
    assert sorted(network.minutes) == [1.0, 2.0, 6.0]
    assert not shapely.has_z(network.lines).any()


def test_what_is_drawn_twice_counts_once_unless_it_differs(lines):
    there, back = [(0, 0), (50, 10), (100, 0)], [(100, 0), (50, 10), (0, 0)]
    network = road_network(lines(there, back, there, minutes=[2.0, 2.0, 3.0]))
    assert (len(network.start), count(network, "duplicates"), count(network, "unlike_duplicates")) == (
        2,
        1,
        1,
    )
    ways = road_network(lines(there, back, minutes=[2.0, 2.0], oneway=["yes", "yes"]))
    assert len(ways.start) == 2
    same = road_network(lines(there, back, minutes=[2.0, 2.0], oneway=["yes", "reverse"]))
    assert len(same.start) == 1


def test_times_come_from_minutes_then_speed_then_class_then_default(lines):
    roads = lines(
        *[[(0, 200 * k), (0, 200 * k + 200)] for k in range(5)],
        minutes=[7.0, np.nan, np.nan, np.nan, np.nan],
        speed=[1.0, 12.0, np.nan, np.nan, np.nan],
        road_class=["a", "a", "a", "b", None],
        length=[np.nan, np.nan, np.nan, np.nan, 400.0],
    )
    speeds = pd.DataFrame({"road_class": ["a", "c"], "speed": [6.0, 7.0]})
    with pytest.warns(GeoterritorioWarning, match="2 of 5 have neither a time nor a speed; .* 3 km/h"):
        network = road_network(roads, speeds, rules=NetworkRules(default_speed=3))
    by_row = pd.Series(network.minutes, network.row).sort_index()
    assert by_row.round(9).tolist() == [7.0, 1.0, 2.0, 4.0, 8.0]
    assert count(network, "default_speed") == 2
    with pytest.raises(LayerError, match=r"2 of 5 have neither .* Classes without speed: “b”, “–”"):
        road_network(roads, speeds)
    with pytest.raises(LayerError, match="need the column “road_class”"):
        road_network(roads.drop(columns="road_class"), speeds)


def test_a_speed_of_0_closes_a_road_whatever_its_class_and_is_told(lines):
    roads = lines(
        *[[(0, 0), (200 * np.cos(k), 200 * np.sin(k))] for k in range(4)],
        minutes=[7.0, np.nan, np.nan, np.nan],
        speed=[0.0, 0.0, np.nan, np.nan],
        road_class=["a", "a", "a", "path"],
    )
    speeds = pd.DataFrame({"road_class": ["a", "path"], "speed": [6.0, 0.0]})
    with pytest.warns(
        GeoterritorioWarning, match=r"closed \(speed 0\), and left out: 2 of 4.*leave it empty"
    ):
        network = road_network(roads, speeds, rules=NetworkRules(default_speed=3))
    # a time that is told counts whatever the speed
    assert pd.Series(network.minutes, network.row).to_dict() == pytest.approx({0: 7.0, 2: 2.0})
    assert count(network, "closed_roads") == 2
    with pytest.warns(GeoterritorioWarning, match=r"closed \(speed 0\), and left out: 2 of 4"):
        paces = 60 / 1000 / road_speeds_told(roads, speeds)
    assert paces[[0, 2]].tolist() == pytest.approx(
        (network.minutes / network.metres)[np.argsort(network.row)]
    )
    with pytest.raises(LayerError, match="all 2 are closed"):
        road_network(roads.iloc[[1, 3]], speeds)
    # nobody asks for speeds where ways cost metres
    assert len(road_network(roads, speeds, rules=METRES).start) == 4


def road_speeds_told(roads, speeds):
    """Speeds as they are burnt into rasters, with a word on closed roads; these are infinitely slow."""
    friction_surface(roads=roads, road_speeds=speeds, cell=50.0, speed=5.0)
    found = road_speeds(roads, speeds)
    assert found[[1, 3]].tolist() == [0, 0]
    return np.where(found > 0, found, np.nan)


@pytest.mark.parametrize("wrong", [-5.0, np.inf])
@pytest.mark.parametrize("measure", [road_network, road_speeds])
def test_impossible_speeds_times_and_lengths_are_refused(lines, measure, wrong):
    roads = lines([(0, 0), (900, 0)], [(900, 0), (900, 900)], speed=[wrong, 5.0], minutes=[wrong, np.nan])
    with pytest.raises(LayerError, match=r"1 of 2 rows .* in “minutes”(.|\n)*1 of 2 rows .* in “speed”"):
        measure(roads)
    roads = lines([(0, 0), (900, 0)], road_class=["a"], length=[wrong])
    speeds = pd.DataFrame({"road_class": ["a"], "speed": [wrong]})
    with pytest.raises(LayerError, match=r"roads: 1 of 1 .* in “length”(.|\n)*speeds: 1 of 1 .* in “speed”"):
        measure(roads, speeds)


def test_a_tolerance_longer_than_all_roads_is_refused(lines):
    with pytest.raises(LayerError, match="tolerance: all roads are shorter than 5000"):
        road_network(lines([(0, 0), (900, 0)], speed=[5.0]), rules=NetworkRules(tolerance=5000))


def test_times_of_nothing_are_told(lines):
    roads = lines([(0, 0), (900, 0)], minutes=[0.0], speed=[27.0])
    with pytest.warns(GeoterritorioWarning, match="1 of 1 take 0 minutes, which is no time"):
        network = road_network(roads)
    assert network.minutes.tolist() == [2.0]
    # nobody asks for times where ways cost metres
    assert road_network(roads, rules=NetworkRules(cost="metres")).metres.tolist() == [900.0]


def test_one_way_roads_that_let_nobody_out_are_reported(lines):
    ring = [[(0, 0), (100, 0)], [(100, 0), (50, 90)], [(50, 90), (0, 0)], [(100, 0), (300, 0)]]
    roads = lines(*ring, oneway=["yes", "yes", "yes", "yes"])
    network = road_network(roads, rules=METRES)
    assert count(network, "one_way_traps") == 1
    assert network.returns.sum() == 3
    free = road_network(roads, rules=NetworkRules(cost="metres", oneways=False))
    assert count(free, "one_way_traps") == 0
    assert free.back.all()


@pytest.mark.parametrize("crs", [3857, 4326])
def test_degrees_and_web_mercator_are_refused(lines, crs):
    with pytest.raises(CRSError):
        road_network(lines([(0, 0), (1, 1)]).to_crs(crs), rules=METRES)


def test_bad_lines_and_rules_are_refused(lines):
    with pytest.raises(LayerError, match="the layer is empty"):
        road_network(lines([(0, 0), (1, 1)])[:0])
    with pytest.raises(LayerError, match="no line is longer than 0"):
        road_network(lines([(0, 0), (0, 0)]))
    with np.errstate(invalid="ignore"):
        gaps = lines([(0, 0), (1, 1)], [(0, 0), (np.nan, 1), (5, 5)])
    with pytest.raises(LayerError, match="1 lines have coordinates that are missing"):
        road_network(gaps)
    for rules in (NetworkRules(tolerance=-1), NetworkRules(default_speed=0), NetworkRules(tolerance=np.nan)):
        with pytest.raises(LayerError, match="is no"):
            road_network(lines([(0, 0), (1, 1)]), rules=rules)


def test_places_become_nodes(cross):
    network = road_network(cross)
    at = np.array([0.25, 0.75, 0.25, 0.0, 1.0])
    cut, node, whole, part = with_places(network, np.array([0, 0, 0, 0, 0]), at)
    assert len(cut.xy) == len(network.xy) + 2
    assert node[0] == node[2]
    assert np.bincount(whole).tolist() == [3, 1, 1, 1]
    assert part[whole == 0].tolist() == [[0, 0.25], [0.25, 0.75], [0.75, 1]]
    assert cut.metres[whole == 0].tolist() == [250, 500, 250]
    expected = shapely.get_coordinates(
        shapely.line_interpolate_point(network.lines[[0] * 5], at, normalized=True)
    )
    assert cut.xy[node] == pytest.approx(expected)
    same, _, _, _ = with_places(network, np.empty(0, int), np.empty(0))
    assert same.metres.tolist() == network.metres.tolist()


def test_a_joined_network_says_nothing(cross):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        road_network(cross)
