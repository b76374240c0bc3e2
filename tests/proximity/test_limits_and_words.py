"""What is given counts or is refused: options, words, limits, costs that vanish, places at one spot."""

from __future__ import annotations

import warnings
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.proximity import road_network, service_areas, snap
from geoterritorio.proximity.access_inequality import access_spread
from geoterritorio.proximity.areas import nearest_areas
from geoterritorio.proximity.choice import break_point, huff_shares
from geoterritorio.proximity.decay import DecayRules, check_decay, decay_weights, log_weights
from geoterritorio.proximity.floating import floating_catchments
from geoterritorio.proximity.isochrones import ReachRules, isochrones
from geoterritorio.proximity.market_fit import fit_huff
from geoterritorio.proximity.network import NetworkRules
from geoterritorio.proximity.opportunities import gravity_access, opportunities_within, spatial_availability
from geoterritorio.proximity.pairs import pairs_from_costs, pairs_from_points
from geoterritorio.proximity.road_areas import allocated_roads
from geoterritorio.proximity.snapping import SnapRules
from geoterritorio.proximity.tools import choice as choice_tools
from geoterritorio.proximity.travel_costs import travel_costs

DEMAND, SUPPLY = pd.Series({"a": 100.0, "b": 300.0}), pd.Series({"x": 4.0, "y": 2.0})
UNBOUNDED = ("normal", "exponential", "power", "pareto", "logistic")


def table(*rows):
    return pd.DataFrame(rows, columns=["origin", "destination", "cost"])


COSTS = table(("a", "x", 5.0), ("b", "x", 8.0), ("b", "y", 4.0))


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (DecayRules(half=3), "half: within decay does not use it, only these do: normal, exponential"),
        (DecayRules(steps="5: 1; 10: 0.1"), "steps: within decay does not use it, only these do: steps"),
        (DecayRules(exponent=2), "exponent: within decay does not use it"),
        (DecayRules("gaussian", within=9, half=2), "half: gaussian decay does not use it"),
        (DecayRules("normal", half=2, exponent=2), "exponent: normal decay does not use it"),
        (DecayRules("power", half=2), "half: power decay does not use it"),
    ],
)
def test_options_that_a_form_does_not_use_are_refused(rules, told):
    for call in (
        lambda: gravity_access(DEMAND.index, SUPPLY, COSTS, rules=rules),
        lambda: spatial_availability(DEMAND, SUPPLY, COSTS, rules=rules),
        lambda: decay_weights([1.0], rules=rules),
    ):
        with pytest.raises(LayerError, match=told):
            call()


def test_shares_and_catchments_refuse_what_their_decay_does_not_use():
    with pytest.raises(LayerError, match="half: power decay does not use it"):
        huff_shares(DEMAND, SUPPLY, COSTS, rules=DecayRules(half=3))
    for rules in (DecayRules(half=3), DecayRules(steps="5: 1")):
        with pytest.raises(LayerError, match="2sfca has weights of its own, which do not use it"):
            floating_catchments(DEMAND, SUPPLY, COSTS, rules=rules)
    # Of e2sfca they are the weights.
    floating_catchments(DEMAND, SUPPLY, COSTS, variant="e2sfca", rules=DecayRules(steps="5: 1; 10: 0.1"))


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (DecayRules(within=-1), "within: a limit is above 0, not -1."),
        (DecayRules("steps", steps="10: inf; 20: 1"), "are no weights by cost"),
        (DecayRules("exponential", half=np.inf), "half: exponential decay needs"),
        (DecayRules(least=np.nan), "least: from 0"),
    ],
)
def test_numbers_out_of_range_are_told_once(rules, told):
    with pytest.raises(LayerError) as refused:
        check_decay(rules)
    assert told in str(refused.value)
    assert len(refused.value.problems) == 1


def test_the_three_steps_speak_of_their_own_limits():
    with pytest.raises(LayerError, match="up to a sixth, a third, half and all of a limit"):
        floating_catchments(DEMAND, SUPPLY, COSTS, variant="3sfca")


@pytest.mark.parametrize("exponent", [0, -1, 20.5, np.inf, np.nan])
def test_exponents_of_break_points_are_bounded(exponent):
    with pytest.raises(LayerError, match="exponent: from above 0 to 20"):
        break_point(9, 1, 40, exponent=exponent)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-9, 20), st.floats(1e-6, 1e9), st.floats(1e-6, 1e9))
def test_break_points_lie_between_the_centres(exponent, one, other):
    """Both centres draw alike there, and from both sides it is the same point."""
    here, there = (break_point(*s, 40.0, exponent=exponent) for s in ((one, other), (other, one)))
    assert 0 <= here <= 40
    assert here + there == pytest.approx(40)
    if 1e-3 < here < 39.999:
        pull = np.log(one) - exponent * np.log(here), np.log(other) - exponent * np.log(40 - here)
        assert pull[0] == pytest.approx(pull[1], abs=1e-6)


def centres(*capacity, at=((0, 0), (4000, 0), (0, 3000))):
    points = [Point(5e5 + x, 4.5e6 + y) for x, y in at[: len(capacity)]]
    frame = {"centre": list("abc")[: len(capacity)], "capacity": list(capacity)}
    return gpd.GeoDataFrame(frame, geometry=points, crs=25830)


def test_neighbours_without_a_point_between_them_are_named():
    with pytest.warns(
        GeoterritorioWarning, match="of 1 of 3 pairs of neighbours both have no capacity.*“b – c”"
    ):
        found = choice_tools.break_points(centres(1.0, 0.0, 0.0))
    assert found.geometry.is_empty.sum() == 1
    with pytest.raises(LayerError, match="exponent: from above 0 to 20"):
        choice_tools.break_points(centres(1.0, 2.0), exponent=np.inf)
    # With next to no exponent the larger has it all.
    flat = choice_tools.break_points(centres(1.0, 2.0), exponent=1e-9)
    assert flat[["from_centre", "from_other"]].to_numpy().tolist() == [[0.0, 4000.0]]
    with pytest.raises(LayerError, match="below 0 or infinite"):
        choice_tools.break_points(centres(1.0, np.inf))


@pytest.mark.parametrize("form", UNBOUNDED)
def test_logarithms_are_those_of_the_weights(form):
    half = None if form == "power" else 7.0
    rules = DecayRules(form, half=half, exponent=None if form == "normal" else 1.7, within=30)
    costs = np.array([0.5, 3.0, 7.0, 29.0, 30.0, 31.0])
    with np.errstate(divide="ignore"):
        assert log_weights(costs, rules) == pytest.approx(
            np.log(decay_weights(costs, rules=rules)), rel=1e-12
        )


def test_shares_are_right_however_far_all_centres_are():
    """Of costs 1100 and 1090 the odds are two to the power of the difference over the half."""
    demand, supply = pd.Series({"a": 10.0}), pd.Series({"x": 1.0, "y": 1.0})
    costs = table(("a", "x", 1100.0), ("a", "y", 1090.0))
    found = huff_shares(demand, supply, costs, rules=DecayRules("exponential", half=1))
    assert found.pairs["share"].tolist() == pytest.approx([1 / 1025, 1024 / 1025], rel=1e-9)
    assert found.places["in_reach"].tolist() == [2]
    for half in (0.001, 0.004):
        found = huff_shares(DEMAND, SUPPLY, COSTS, rules=DecayRules("exponential", half=half))
        assert found.places["in_reach"].tolist() == [1, 2]
        assert found.places["centre"].tolist() == ["x", "y"]
    with pytest.raises(LayerError, match="3 of 3, from 4 on, are so far beyond the half"):
        huff_shares(DEMAND, SUPPLY, COSTS, rules=DecayRules("exponential", half=1e-20, exponent=20))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(UNBOUNDED), st.floats(0.3, 3))
def test_shares_are_those_of_the_weights(seed, form, attraction):
    rng = np.random.default_rng(seed)
    demand, supply = pd.Series(1.0, index=list("abcd")), pd.Series(rng.uniform(1, 30, 5), index=list("vwxyz"))
    ends = pd.MultiIndex.from_product([demand.index, supply.index], names=["origin", "destination"])
    costs = pd.DataFrame({"cost": rng.uniform(1, 40, len(ends))}, index=ends).reset_index()
    rules = DecayRules(form, half=None if form == "power" else 9.0)
    found = huff_shares(demand, supply, costs, rules=rules, attraction=attraction).pairs["share"]
    pull = decay_weights(costs["cost"], rules=rules) * costs["destination"].map(supply) ** attraction
    assert found.to_numpy() == pytest.approx(
        (pull / pull.groupby(costs["origin"]).transform("sum")).to_numpy()
    )


def test_weights_that_vanish_in_sums_are_refused():
    rules = DecayRules("exponential", half=0.001)
    told = "3 of 3, from 4 on, are so far beyond the half, 0.001.*metres and the half in minutes"
    with pytest.raises(LayerError, match=told):
        gravity_access(DEMAND.index, SUPPLY, COSTS, rules=rules)
    for variant in ("e2sfca", "3sfca", "m2sfca", "balanced"):
        with pytest.raises(LayerError, match=told):
            floating_catchments(DEMAND, SUPPLY, COSTS, variant=variant, rules=rules)
    # Squares vanish before the weights do.
    rules = DecayRules("exponential", half=0.012)
    gravity_access(DEMAND.index, SUPPLY, COSTS, rules=rules)
    with pytest.raises(LayerError, match="1 of 3, from 8 on"):
        floating_catchments(DEMAND, SUPPLY, COSTS, variant="m2sfca", rules=rules)
    # Beyond a limit they are no matter.
    near = gravity_access(DEMAND.index, SUPPLY, COSTS, rules=DecayRules("exponential", half=0.012, within=5))
    assert near["in_reach"].tolist() == [1, 1]
    with pytest.raises(LayerError, match="1 are so small that their weights by power decay have no bounds"):
        gravity_access(DEMAND.index, SUPPLY, table(("a", "x", 1e-20)), rules=DecayRules("power", exponent=15))


def test_costs_at_a_limit_are_within_it():
    sums = table(("a", "x", 0.1 + 0.2), ("b", "y", 0.30001))
    assert gravity_access(DEMAND.index, SUPPLY, sums, rules=DecayRules(within=0.3))["in_reach"].tolist() == [
        1,
        0,
    ]
    assert opportunities_within(DEMAND.index, SUPPLY, sums, budgets=[0.3])["in_reach"].tolist() == [1, 0]
    found = floating_catchments(DEMAND, SUPPLY, sums, rules=DecayRules(within=0.3))
    assert found.places["in_reach"].tolist() == [1, 0]
    stepped = DecayRules("steps", steps="0.3: 1; 0.6: 0.5")
    assert decay_weights([0.1 + 0.2, 0.30001], rules=stepped).tolist() == [1, 0.5]
    for form in ("exponential", "pareto"):
        assert decay_weights([0.1 + 0.2], rules=DecayRules(form, half=1, within=0.3))[0] > 0
    points = pd.DataFrame({"x": [0.1 + 0.2], "y": 0.0})
    assert len(pairs_from_points(points, pd.DataFrame({"x": [0.0], "y": 0.0}), within=0.3)) == 1


@pytest.mark.parametrize("limit", [0.5, 1, 10, 20, 50, 100, 1000])
def test_costs_written_to_four_decimals_stay_in_their_third(limit):
    costs = [round(limit / 3, 4), round(2 * limit / 3, 4), limit]
    assert decay_weights(costs, rules=DecayRules("steps", within=limit)).tolist() == [1, 0.68, 0.22]
    beyond = np.array([limit / 3, 2 * limit / 3, limit]) * 1.002
    assert decay_weights(beyond, rules=DecayRules("steps", within=limit)).tolist() == [0.68, 0.22, 0]


def street(*lengths, speed=6.0):
    """A straight street of 100 m a minute."""
    ends = np.cumsum([0.0, *lengths])
    lines = [LineString([(5e5 + a, 4.5e6), (5e5 + b, 4.5e6)]) for a, b in pairwise(ends)]
    return gpd.GeoDataFrame(
        {"minutes": [n / 100 for n in lengths], "speed": speed}, geometry=lines, crs=25830
    )


def places(*along):
    points = [Point(5e5 + x, 4.5e6) for x in along]
    return gpd.GeoDataFrame({"centre": [f"p{k}" for k in range(len(along))]}, geometry=points, crs=25830)


def test_ways_at_the_cut_off_are_listed_and_reached():
    network = road_network(street(10.0, 20.0))
    spots = snap(places(0, 30), network, name="origins")
    found = travel_costs(network, spots, cutoff=0.3)
    assert found.cost == pytest.approx([0.3, 0.3])
    assert found.cost.max() > 0.3
    assert len(travel_costs(network, spots, cutoff=0.2999).cost) == 0
    reached = isochrones(network, spots, budgets=[0.3]).areas
    assert reached["length_km"].to_numpy() == pytest.approx([0.03, 0.03], rel=1e-9)


def test_places_less_than_a_millimetre_apart_are_at_one_spot():
    network = road_network(street(100.0, 200.0))
    one, other = (snap(places(x), network, name="origins") for x in (50.0, 50.0 + 9e-10))
    assert travel_costs(network, one, other, cutoff=1).cost.tolist() == [0.0]
    off = places(50.0).set_geometry([Point(5e5 + 50, 4.5e6 + 9e-10)], crs=25830)
    assert snap(off, network, name="origins").leg.tolist() == [0.0]
    here, there = (pd.DataFrame({"x": [x], "y": 0.0}, index=[name]) for x, name in ((0.0, "a"), (9e-10, "x")))
    pairs = pairs_from_points(here, there, within=5)
    assert pairs.cost.tolist() == [0.0]
    with pytest.raises(LayerError, match="power decay has no weight"):
        gravity_access(pairs.places, SUPPLY[:1], pairs, rules=DecayRules("power"))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda _n, _s: road_network(street(9.0), rules=NetworkRules(cost="seconds")),
            "cost: “seconds” is no choice",
        ),
        (
            lambda _n, _s: road_network(street(9.0), rules=NetworkRules(junctions="cross")),
            "There are: ends, touches",
        ),
        (
            lambda _n, _s: road_network(street(9.0), rules=NetworkRules(oneways="no")),
            "oneways: “no” is no choice",
        ),
        (lambda n, s: isochrones(n, s, rules=ReachRules(direction="too")), "direction: “too” is no choice"),
        (lambda n, s: isochrones(n, s, rules=ReachRules(per_origin="edge")), "There are: areas, edges, none"),
        (lambda n, s: isochrones(n, s, budgets="15"), "budgets: “15” is no list of numbers"),
        (lambda n, s: isochrones(n, s, budgets=15), "budgets: “15” is no list of numbers"),
        (lambda n, s: allocated_roads(n, s, direction="too"), "direction: “too” is no choice"),
        (lambda _n, _s: service_areas(places(1), overlap="dissolv"), "overlap: “dissolv” is no choice"),
        (lambda _n, _s: service_areas(places(1), distances="500"), "distances: “500” is no list"),
        (
            lambda n, _s: snap(places(1), n, name="origins", rules=SnapRules(main_only="no")),
            "main_only: “no”",
        ),
        (
            lambda _n, _s: opportunities_within(DEMAND.index, SUPPLY, COSTS, budgets="15"),
            "budgets: “15” is no list",
        ),
    ],
)
def test_words_that_are_no_choice_are_refused(call, told):
    network = road_network(street(10.0, 20.0))
    with pytest.raises(LayerError, match=told):
        call(network, snap(places(0), network, name="origins"))


@pytest.mark.parametrize("word", [True, "maybe", "Yes"])
def test_strange_one_ways_are_refused(word):
    roads = street(10.0, 20.0).assign(oneway=pd.Series([word, None], dtype=object))
    with pytest.raises(
        LayerError, match=f"column “oneway” has 1 values that are no choice: “{word}”. There are: yes"
    ):
        road_network(roads)


@pytest.mark.parametrize(
    ("speeds", "told"),
    [
        ({"road_class": ["r", "r"], "speed": [5.0, 6.0]}, "speeds: classes stand in several rows .1.: “r”"),
        ({"road_class": ["r"], "speed": ["fast"]}, "speeds: column “speed” holds what are no numbers"),
        ({"class": ["r"], "speed": [5.0]}, "speeds: the table has no columns “road_class”"),
    ],
)
def test_speeds_that_are_none_are_refused(speeds, told):
    with pytest.raises(LayerError, match=told):
        road_network(street(10.0).assign(road_class="r"), pd.DataFrame(speeds))


def test_figures_of_roads_that_are_text_are_refused():
    with pytest.raises(LayerError, match="roads: column “speed” holds what are no numbers"):
        road_network(street(10.0, speed="fast"))


def test_layers_without_a_system_are_refused():
    bare = places(0, 10).set_crs(None, allow_override=True)
    for call in (
        lambda: road_network(street(10.0).set_crs(None, allow_override=True)),
        lambda: service_areas(bare),
        lambda: nearest_areas(bare),
    ):
        with pytest.raises(CRSError, match="no coordinate reference system"):
            call()


def test_tables_and_figures_that_lack_something_are_refused():
    with pytest.raises(LayerError, match="costs: the table has no columns “cost”"):
        pairs_from_costs(COSTS.rename(columns={"cost": "time"}), DEMAND.index, SUPPLY.index)
    with pytest.raises(LayerError, match="costs: column “cost” holds what are no numbers"):
        pairs_from_costs(COSTS.assign(cost="far"), DEMAND.index, SUPPLY.index)
    rows = pd.DataFrame(
        {"place": list("aabb"), "centre": list("xyxy"), "observed": 1.0, "cost": [1.0, 2, 3, 5]}
    )
    with pytest.raises(LayerError, match="observed: the table has no columns “price”"):
        fit_huff(rows, ["cost", "price"])
    for level in (1.5, -1, np.nan):
        with pytest.raises(LayerError, match="level: the level is between 0 and 1"):
            fit_huff(rows, ["cost"], level=level)
    with pytest.raises(LayerError, match="zeros: “drop” is no choice"):
        fit_huff(rows, ["cost"], zeros="drop")
    with pytest.raises(LayerError, match="access: 1 values are infinite"):
        access_spread(pd.Series([1.0, np.inf]), pd.DataFrame({"all": [1.0, 1.0]}))


def test_measures_say_what_tools_say_of_tables():
    with pytest.warns(GeoterritorioWarning, match="1 of 4 rows go from or to what is neither"):
        pairs_from_costs(pd.concat([COSTS, table(("q", "x", 1.0))]), DEMAND.index, SUPPLY.index)
    for call in (
        lambda: gravity_access(DEMAND.index, SUPPLY, COSTS),
        lambda: floating_catchments(DEMAND, SUPPLY, COSTS),
        lambda: spatial_availability(DEMAND, SUPPLY, COSTS),
        lambda: huff_shares(DEMAND, SUPPLY, COSTS, rules=DecayRules("within")),
    ):
        with pytest.warns(GeoterritorioWarning, match="no limit is given") as told:
            call()
        assert len(told) == 1
    points = pd.DataFrame({"x": [0.0, 9.0], "y": 0.0}, index=list("ab"))
    lines = pairs_from_points(points, points.set_axis(list("xy")), within=20)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gravity_access(points.index, SUPPLY, lines)


def test_one_person_alone_would_have_all():
    """The centre z is reached by c alone, where nobody is; x is shared with others."""
    demand, supply = pd.Series({"a": 100.0, "c": 0.0}), pd.Series({"x": 4.0, "z": 9.0})
    costs = table(("a", "x", 5.0), ("c", "x", 8.0), ("c", "z", 4.0))
    found = spatial_availability(demand, supply, costs, rules=DecayRules(within=10))
    assert found["access"].tolist() == pytest.approx([0.04, 9.04])
    assert found["available"].tolist() == pytest.approx([4.0, 0.0])


def test_market_areas_by_a_threshold():
    demand, supply = pd.Series({"a": 10.0, "b": 10.0, "c": 10.0}), pd.Series({"x": 1.0, "y": 1.0})
    costs = table(("a", "x", 1.0), ("a", "y", 1.2), ("b", "y", 1.0), ("b", "x", 3.0))
    plain = huff_shares(demand, supply, costs)
    found = huff_shares(demand, supply, costs, least_share=0.6)
    assert found.places["contested"].fillna("").tolist() == ["yes", "no", ""]
    assert plain.places["contested"].fillna("").tolist() == ["no", "no", ""]
    assert found.centres["held_at"].tolist() == [0, 1]
    assert found.centres["first_at"].tolist() == [1, 1]
    # Below one half areas overlap.
    assert huff_shares(demand, supply, costs, least_share=0.4).centres["held_at"].tolist() == [1, 2]
    for share in (-0.1, 1.1, np.nan):
        with pytest.raises(LayerError, match="least_share: from 0 to 1"):
            huff_shares(demand, supply, costs, least_share=share)
