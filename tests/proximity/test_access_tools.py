"""Access and choice on layers: user columns, straight lines and tables, summaries, warnings, refusals."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers import as_centres, as_costs, as_flows, as_population
from geoterritorio.proximity import DecayRules
from geoterritorio.proximity.tools import (
    access_inequality,
    break_points,
    fit_huff,
    floating_catchments,
    gravity_access,
    huff_shares,
    opportunities_within,
    spatial_availability,
)

WITHIN = DecayRules(within=5000.0)


def layer(frame, crs=25830):
    shapes = gpd.points_from_xy(frame.pop("x") + 500_000, frame.pop("y") + 4_500_000, crs=crs)
    return gpd.GeoDataFrame(frame, geometry=shapes)


@pytest.fixture
def demand():
    frame = pd.DataFrame(
        {
            "code": ["01", "02", "03"],
            "people": [100, 300, 50],
            "young": [40, 100, 10],
            "zone": ["A", "A", "B"],
            "x": [0.0, 3000.0, 90_000.0],
            "y": 0.0,
        }
    )
    return as_population(layer(frame), place="code", population="people", territory="zone")


@pytest.fixture
def supply():
    frame = pd.DataFrame(
        {"id": ["x", "y"], "name": ["North", "South"], "capacity": [4, 2], "x": [1000.0, 7000.0], "y": 0.0}
    )
    return as_centres(layer(frame), centre="id")


@pytest.fixture
def costs():
    frame = pd.DataFrame(
        {"origin": ["01", "02", "02"], "destination": ["x", "x", "y"], "cost": [5.0, 8.0, 4.0]}
    )
    return as_costs(frame)


def test_straight_lines(demand, supply):
    found = floating_catchments(demand, supply, rules=WITHIN, per=1000)
    assert found.access["access"].round(6).tolist() == [10.0, round(1000 * (4 / 400 + 2 / 300), 6), 0.0]
    assert found.access["reached"].tolist() == ["yes", "yes", "no"]
    assert found.access["nearest_cost"].tolist()[:2] == [1000.0, 2000.0]
    assert found.access.crs == demand.crs
    # The user's own columns stay.
    assert found.access["young"].tolist() == [40, 100, 10]
    assert found.access["territory"].tolist() == ["A", "A", "B"]
    row = found.summary.iloc[0]
    assert (row["measured"], row["decay"], row["within"]) == ("straight lines", "within", 5000)
    assert (row["pairs"], row["places_listed"], row["shared_out"]) == (3, 2, pytest.approx(6))
    assert found.centres["people_in_reach"].tolist() == [400, 300]
    assert np.average(found.access["relative"], weights=found.access["population"]) == pytest.approx(1)


def test_table_of_costs(demand, supply, costs):
    with pytest.warns(GeoterritorioWarning, match="from 1 of 3 places of the demand no way is listed"):
        found = floating_catchments(demand, supply, costs, rules=WITHIN)
    assert found.summary["measured"].iloc[0] == "costs"
    assert found.access["access"].round(6).tolist() == [0.01, 0.016667, 0.0]
    tables = pd.DataFrame(demand.drop(columns="geometry")), pd.DataFrame(supply.drop(columns="geometry"))
    with pytest.warns(GeoterritorioWarning, match="no way is listed"):
        without = floating_catchments(*tables, costs, rules=WITHIN)
    assert not isinstance(without.access, gpd.GeoDataFrame)
    assert without.access["access"].equals(pd.Series(found.access["access"]))


@pytest.mark.filterwarnings("ignore:costs")
def test_the_end_of_a_table_is_told_where_it_is_the_limit(demand, supply, costs):
    for tool in (floating_catchments, gravity_access, spatial_availability):
        with pytest.warns(
            GeoterritorioWarning, match="all costs of the table count alike, up to the largest, 8"
        ):
            tool(demand, supply, costs)
        # a decay, or a limit, needs no word
        tool(demand, supply, costs, rules=WITHIN)
    gravity_access(demand, supply, costs, rules=DecayRules("exponential", half=5))


def test_an_empty_table_of_costs_is_called_empty(demand, supply, costs):
    with pytest.raises(LayerError, match="the table has no row"):
        floating_catchments(demand, supply, costs[:0])


@pytest.mark.filterwarnings("ignore:costs")
@pytest.mark.parametrize("attraction", [-1.0, float("nan"), 21.0, float("inf")])
def test_attractions_out_of_range_are_refused(demand, supply, costs, attraction):
    for tool in (huff_shares, gravity_access):
        with pytest.raises(LayerError, match="attraction: from 0 to 20, not"):
            tool(demand, supply, costs, attraction=attraction, rules=WITHIN)


@pytest.mark.filterwarnings("ignore:costs")
def test_capacities_without_end_are_refused(demand, supply, costs):
    for capacity, told in ((1e17, "large"), (1e-17, "small")):
        odd = supply.assign(capacity=capacity)
        with pytest.raises(LayerError, match=f"with 20, 2 capacities are too {told}"):
            gravity_access(demand, odd, costs, attraction=20, rules=WITHIN)
        # Shares need no power: they are those of equal centres.
        alike = huff_shares(demand, odd, costs, attraction=20).choices["share"]
        assert alike.tolist() == pytest.approx([1.0, 0.2, 0.8])


def test_inputs_are_left_alone(demand, supply, costs):
    before = demand.copy(), supply.copy(), costs.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        floating_catchments(demand, supply, costs)
        huff_shares(demand, supply, costs)
    assert all(b.equals(a) for a, b in zip((demand, supply, costs), before, strict=True))


def test_supply_in_another_system_and_areas(demand, supply):
    expected = floating_catchments(demand, supply, rules=WITHIN).access["access"]
    with pytest.warns(GeoterritorioWarning, match="supply: reprojected"):
        found = floating_catchments(demand, supply.to_crs(4258), rules=WITHIN)
    assert found.access["access"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)
    areas = demand.set_geometry(demand.buffer(100, cap_style="square"))
    boxed = floating_catchments(areas, supply, rules=WITHIN).access
    assert boxed["access"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)
    assert boxed.geom_type.eq("Polygon").all()


def test_without_capacities_each_counts_one(demand, supply):
    found = floating_catchments(demand, supply.drop(columns="capacity"), rules=WITHIN)
    assert found.centres["capacity"].tolist() == [1, 1]
    assert found.summary["capacity"].iloc[0] == 2


def test_unknown_amounts_are_told(demand, supply):
    lacking = demand.assign(population=[np.nan, 300.0, 50.0])
    with pytest.warns(GeoterritorioWarning, match="demand: 1 of 3 rows have no “population”"):
        found = floating_catchments(lacking, supply, rules=WITHIN)
    assert found.access["access"].isna().tolist() == [True, True, False]
    assert found.summary["unknown_people"].iloc[0] == 1


def test_potential_availability_and_budgets(demand, supply):
    potential = gravity_access(demand, supply, rules=DecayRules("power", within=5000), attraction=2)
    assert potential.access["access"].tolist() == pytest.approx([16e-6, 16 / 4e6 + 4 / 16e6, 0])
    shared = spatial_availability(demand, supply, rules=WITHIN)
    assert shared["available"].sum() == pytest.approx(6)
    within = opportunities_within(demand, supply, budgets="1500; 5000")
    assert within["available"].tolist() == [4, 0, 0, 4, 6, 0]
    assert within["place"].tolist() == ["01", "02", "03"] * 2
    assert within.geometry.iloc[3].equals(demand.geometry.iloc[0])


def test_inequality(demand, supply):
    access = floating_catchments(demand, supply, rules=WITHIN).access
    found = access_inequality(access, groups="young")
    assert found.by_group["group"].tolist() == ["all", "young"]
    assert found.by_group["without"].tolist() == pytest.approx([50 / 450, 10 / 150])
    assert found.territories["territory"].tolist() == ["A", "B"]
    assert found.territories["access"].iloc[1] == 0
    assert np.isnan(found.territories["gini"].iloc[1])
    with pytest.raises(LayerError, match="groups: the layer has no columns “old”"):
        access_inequality(access, groups="old")
    with pytest.raises(LayerError, match="hold what are no numbers"):
        access_inequality(access, groups="territory")


def test_market_areas(demand, supply):
    found = huff_shares(demand, supply, rules=WITHIN)
    assert found.rules.decay == found.summary["decay"].iloc[0] == "power"
    assert found.areas["centre"].fillna("").tolist() == ["x", "x", ""]
    assert found.areas["name"].fillna("").tolist() == ["North", "North", ""]
    share = (4 / 4e6) / (4 / 4e6 + 2 / 16e6)
    assert found.areas["share"].tolist()[:2] == pytest.approx([1.0, share])
    assert found.centres["customers"].tolist() == pytest.approx([100 + 300 * share, 300 * (1 - share)])
    assert len(found.choices) == 3
    on_top = supply.set_geometry(demand.geometry.iloc[:2].reset_index(drop=True))
    with pytest.raises(LayerError, match="power decay has no weight"):
        huff_shares(demand, on_top, rules=DecayRules("power", within=5000))


def test_fit_on_layers():
    rng = np.random.default_rng(1)
    ids = [f"{k:02d}" for k in range(12)]
    more = as_centres(
        pd.DataFrame({"centre": list("wxyz"), "capacity": [4.0, 2.0, 9.0, 5.0], "floors": [1.0, 2, 1, 3]})
    )
    ends = pd.MultiIndex.from_product([ids, more["centre"]], names=["origin", "destination"])
    costs = pd.DataFrame({"cost": rng.uniform(1, 9, len(ends))}, index=ends).reset_index()
    size = costs["destination"].map(more.set_index("centre")["capacity"])
    flows = costs.assign(flow=1000 * size**0.7 / costs["cost"] ** 1.3)[["origin", "destination", "flow"]]
    found = fit_huff(as_flows(flows), more, as_costs(costs))
    assert found.exponents["term"].tolist() == ["capacity", "cost"]
    assert found.exponents["exponent"].tolist() == pytest.approx([0.7, -1.3])
    assert found.fit["r2"].iloc[0] == pytest.approx(1)
    both = fit_huff(as_flows(flows), more, as_costs(costs), terms="capacity; floors")
    assert both.exponents["exponent"].tolist() == pytest.approx([0.7, 0, -1.3], abs=1e-9)
    with pytest.raises(LayerError, match=r"flows: 12 of 48 go to a centre[\s\S]*1 of 48 go a way"):
        fit_huff(as_flows(flows), more[more["centre"] != "w"], as_costs(costs.drop(index=1)))
    with pytest.raises(LayerError, match="terms: the supply has no columns “price”"):
        fit_huff(as_flows(flows), more, as_costs(costs), terms="price")


def test_break_points_between_neighbours():
    frame = pd.DataFrame(
        {
            "centre": list("abcd"),
            "capacity": [9.0, 1.0, 1.0, 1.0],
            "x": [0.0, 4000.0, 0.0, 4000.0],
            "y": [0.0, 0.0, 3000.0, 3500.0],
        }
    )
    found = break_points(as_centres(layer(frame)))
    first = found[(found["centre"] == "a") & (found["other_centre"] == "b")].iloc[0]
    assert (first["distance"], first["from_centre"], first["from_other"]) == (4000, 3000, 1000)
    assert shapely.equals_exact(first.geometry, shapely.Point(503_000, 4_500_000), 1e-6)
    assert len(found) == 5
    line = as_centres(
        layer(pd.DataFrame({"centre": list("cab"), "capacity": 1.0, "x": [5.0, 0, 2], "y": 0.0}))
    )
    assert break_points(line)[["centre", "other_centre"]].to_numpy().tolist() == [["a", "b"], ["b", "c"]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d, s, _: (d, s, None), "within: straight lines need a longest one"),
        (lambda d, s, _: (d.drop(columns="geometry"), s, WITHIN), "demand: straight lines need points"),
        (lambda d, s, c: (d.drop(columns="place"), s, c), "needs the column “place”"),
        (lambda d, s, c: (d.assign(place=["01", None, "03"]), s, c), "1 rows have no “place”"),
        (lambda d, s, c: (d.assign(place="01"), s, c), "“place” repeats"),
        (lambda d, s, c: (d.assign(population=-1.0), s, c), "demand: 3 amounts are below 0"),
        (lambda d, s, c: (d, s.assign(capacity=-1.0), c), "supply: 2 amounts are below 0"),
        (lambda d, s, c: (d, s, c.assign(origin="1")), "without zeros at the front"),
    ],
)
@pytest.mark.filterwarnings("ignore:costs. from 1 of 3 places of the demand no way is listed")
@pytest.mark.filterwarnings("ignore:within. no limit is given")
def test_bad_layers_are_refused(demand, supply, costs, change, told):
    first, second, third = change(demand, supply, costs)
    table = third if isinstance(third, pd.DataFrame) else None
    rules = third if isinstance(third, DecayRules) else DecayRules()
    with pytest.raises(LayerError, match=told):
        floating_catchments(first, second, table, rules=rules)


def test_degrees_numbers_and_centres_that_cannot_draw_are_refused(demand, supply):
    with pytest.raises(CRSError, match="degrees"):
        floating_catchments(demand.to_crs(4258), supply, rules=WITHIN)
    with pytest.raises(CRSError, match="does not measure metres"):
        floating_catchments(demand.to_crs(3857), supply, rules=WITHIN)
    with pytest.raises(LayerError, match="per: a number of people above 0"):
        floating_catchments(demand, supply, rules=WITHIN, per=0)
    for text in ("", "ten", "0; 5", "inf"):
        with pytest.raises(LayerError, match="budgets:"):
            opportunities_within(demand, supply, budgets=text)
    with pytest.raises(LayerError, match="“capacity”, known for each"):
        break_points(supply.assign(capacity=[1.0, np.nan]))
    with pytest.raises(LayerError, match="fewer than two"):
        break_points(supply.iloc[:1])


def test_costs_of_others_are_counted(demand, supply, costs):
    more = pd.concat([costs, costs.assign(destination="elsewhere")], ignore_index=True)
    with pytest.warns(GeoterritorioWarning) as told:
        found = floating_catchments(demand, supply, more)
    assert any("3 of 6 rows go from or to what is neither" in str(w.message) for w in told)
    assert found.summary["pairs_beyond"].iloc[0] == 3


@pytest.mark.filterwarnings("ignore:costs. from 1 of 3 places of the demand no way is listed")
def test_supply_that_reaches_nobody_is_named(demand, supply, costs):
    with pytest.warns(
        GeoterritorioWarning, match="to 1 of 2 centres of the supply no way is listed .“y”.*offer, 2,"
    ):
        floating_catchments(demand, supply, costs[costs["destination"] == "x"], rules=WITHIN)
    far = supply.set_geometry([supply.geometry.iloc[0], shapely.Point(580_000, 4_500_000)], crs=supply.crs)
    with pytest.warns(
        GeoterritorioWarning, match="1 of 2 centres of the supply are farther than the limit.*“y”"
    ):
        floating_catchments(demand.iloc[:2], far, rules=WITHIN)
