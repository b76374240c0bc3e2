"""Rational agents: by hand, at rest by definition, both engines, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.proximity import _rational
from geoterritorio.proximity.pairs import pairs_from_costs
from geoterritorio.proximity.rational import RationalRules, rational_agent_access


def world(seed, places=12, centres=5, density=0.7):
    rng = np.random.default_rng(seed)
    demand = pd.Series(rng.integers(0, 200, places).astype(float), index=[f"p{k}" for k in range(places)])
    demand.iloc[0] = 50.0
    supply = pd.Series(rng.integers(0, 9, centres).astype(float), index=[f"c{k}" for k in range(centres)])
    supply.iloc[0] = 3.0
    ends = np.indices((places, centres)).reshape(2, -1)
    table = pd.DataFrame(
        {
            "origin": demand.index.to_numpy()[ends[0]],
            "destination": supply.index.to_numpy()[ends[1]],
            "cost": rng.uniform(0, 40, places * centres).round(1),
        }
    )
    # All reach the first centre, which has supply.
    return demand, supply, table[(rng.uniform(size=len(table)) < density) | (ends[1] == 0)]


def test_two_places_by_hand():
    demand, supply = pd.Series({"a": 300.0, "b": 100.0}), pd.Series({"x": 1.0, "y": 1.0})
    costs = pd.DataFrame(
        {"origin": ["a", "a", "b"], "destination": ["x", "y", "y"], "cost": [0.0, 30.0, 0.0]}
    )
    found = rational_agent_access(demand, supply, costs, tau=60)
    # Of 300, 50 go on to y: 250 / 200 = 1/2 + 150 / 200.
    assert found.centres["people_served"].tolist() == pytest.approx([250, 150])
    assert found.centres["congestion"].tolist() == pytest.approx([1.25, 0.75])
    assert found.places["rational_cost"].tolist() == pytest.approx([1.25, 0.75])
    assert found.places["nearest_cost"].tolist() == [0, 0]
    assert (found.usual_load, found.converged) == (200, True)
    # Where travel costs much, everybody stays.
    near = rational_agent_access(demand, supply, costs, tau=20)
    assert near.centres["people_served"].tolist() == pytest.approx([300, 100])
    # Twice the usual load: crowding costs half.
    eased = rational_agent_access(demand, supply, costs, tau=60, rules=RationalRules(usual_load=400))
    assert eased.places["rational_cost"].tolist() == pytest.approx([0.75, 0.25])


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.sampled_from([5.0, 20.0, 60.0]))
def test_nobody_gains_by_going_elsewhere(seed, tau):
    demand, supply, table = world(seed)
    found = rational_agent_access(demand, supply, table, tau=tau, rules=RationalRules(tolerance=1e-10))
    assert found.converged
    assert 0 <= found.remaining_gain <= 1e-10
    load, crowd = found.centres["people_served"], found.centres["congestion"]
    assert load.sum() == pytest.approx(demand.sum(), rel=1e-12)
    assert (load[supply == 0] == 0).all()
    open_ = supply > 0
    assert np.average(crowd[open_], weights=supply[open_]) == pytest.approx(1)
    # Cost of a place: the least over centres, by definition.
    price = table["cost"] / tau + table["destination"].map(crowd)
    least = price.groupby(table["origin"]).min().reindex(demand.index)
    assert found.places["rational_cost"].to_numpy() == pytest.approx(least.to_numpy(), rel=1e-12)
    # What all pay is crowding, and travel besides.
    paid = (demand * found.places["rational_cost"]).sum()
    crowding = (load * crowd.fillna(0)).sum()
    assert paid >= crowding - 1e-9


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_order_units_and_copies_do_not_matter(seed):
    demand, supply, table = world(seed)
    rules = RationalRules(tolerance=1e-11)
    first = rational_agent_access(demand, supply, table, tau=20, rules=rules).places["rational_cost"]
    rng = np.random.default_rng(seed + 1)
    mixed = rational_agent_access(
        demand.iloc[rng.permutation(len(demand))],
        supply.iloc[rng.permutation(len(supply))],
        table.iloc[rng.permutation(len(table))],
        tau=20,
        rules=rules,
    ).places["rational_cost"]
    assert mixed.reindex(demand.index).to_numpy() == pytest.approx(first.to_numpy(), rel=1e-8)
    scaled = rational_agent_access(
        1000 * demand, 7 * supply, table.assign(cost=60 * table["cost"]), tau=1200, rules=rules
    )
    assert scaled.places["rational_cost"].to_numpy() == pytest.approx(first.to_numpy(), rel=1e-8)
    # A place in two halves, and a centre in two halves, are the same place and centre.
    half = demand.copy()
    half["p0"] /= 2
    halves = pd.concat([half, pd.Series({"twin": half["p0"]})])
    rooms = supply.copy()
    rooms["c0"] /= 2
    parts = pd.concat([rooms, pd.Series({"part": rooms["c0"]})])
    both = pd.concat([table, table[table["origin"] == "p0"].assign(origin="twin")])
    both = pd.concat([both, both[both["destination"] == "c0"].assign(destination="part")])
    again = rational_agent_access(halves, parts, both, tau=20, rules=rules).places["rational_cost"]
    assert again[demand.index].to_numpy() == pytest.approx(first.to_numpy(), rel=1e-8)
    assert again["twin"] == pytest.approx(again["p0"])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.floats(1.05, 3))
def test_more_supply_everywhere_with_the_same_usual_load_costs_no_more(seed, factor):
    demand, supply, table = world(seed)
    rules = RationalRules(usual_load=20, tolerance=1e-10)
    before = rational_agent_access(demand, supply, table, tau=20, rules=rules).places["rational_cost"]
    after = rational_agent_access(demand, factor * supply, table, tau=20, rules=rules).places["rational_cost"]
    assert (after <= before + 1e-8).all()


def test_the_rest_is_where_beckmanns_sum_is_least():
    """A general optimiser finds the same loads."""
    demand, supply, table = world(3, places=5, centres=3, density=1)
    demand, supply = demand + 1, supply + 1
    usual, tau = demand.sum() / supply.sum(), 15.0
    cost = table["cost"].to_numpy().reshape(5, 3) / tau

    def summed(shares):
        going = shares.reshape(5, 3) * demand.to_numpy()[:, None]
        load = going.sum(0)
        return ((going * cost).sum() + (load**2 / (2 * usual * supply.to_numpy())).sum()) / demand.sum()

    even = [{"type": "eq", "fun": lambda s, i=i: s.reshape(5, 3)[i].sum() - 1} for i in range(5)]
    best = minimize(
        summed,
        np.full(15, 1 / 3),
        bounds=[(0, 1)] * 15,
        constraints=even,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    load = (best.x.reshape(5, 3) * demand.to_numpy()[:, None]).sum(0)
    found = rational_agent_access(demand, supply, table, tau=tau)
    assert found.centres["people_served"].to_numpy() == pytest.approx(load, rel=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_both_engines_find_the_same(seed, monkeypatch):
    demand, supply, table = world(seed, places=30, centres=8)
    rules = RationalRules(tolerance=1e-10)
    compiled = rational_agent_access(demand, supply, table, tau=20, rules=rules)
    monkeypatch.setattr(_rational, "settle", _rational._settle_blocks)
    monkeypatch.setattr(_rational, "exchange", _rational._exchange_loop)
    plain = rational_agent_access(demand, supply, table, tau=20, rules=rules)
    for one, other in ((compiled.places, plain.places), (compiled.centres, plain.centres)):
        assert one.to_numpy(float) == pytest.approx(other.to_numpy(float), rel=1e-8, abs=1e-8, nan_ok=True)
    # Round by round they do the same.
    assert compiled.iterations == plain.iterations


def test_same_input_same_bits():
    demand, supply, table = world(1)
    one, other = (rational_agent_access(demand, supply, table, tau=20) for _ in range(2))
    assert one.places.equals(other.places)
    assert one.centres.equals(other.centres)


def test_places_without_people_have_a_cost_or_none():
    demand, supply = pd.Series({"a": 10.0, "b": 0.0, "c": 0.0}), pd.Series({"x": 1.0, "y": 0.0})
    costs = pd.DataFrame(
        {"origin": ["a", "b", "c"], "destination": ["x", "x", "y"], "cost": [6.0, 12.0, 1.0]}
    )
    found = rational_agent_access(demand, supply, costs, tau=60)
    assert found.places["rational_cost"].tolist() == pytest.approx([1.1, 1.2, np.nan], nan_ok=True)
    # A centre without supply is none.
    assert found.places["in_reach"].tolist() == [1, 1, 0]
    assert np.isnan(found.centres["congestion"].iloc[1])


def test_few_people_beside_many_are_kept():
    demand, supply = pd.Series({"a": 1e9, "b": 1e-12}), pd.Series({"x": 1.0, "y": 1.0})
    costs = pd.DataFrame({"origin": ["a", "b", "b"], "destination": ["x", "x", "y"], "cost": [0.0, 0.0, 1e6]})
    found = rational_agent_access(demand, supply, costs, tau=1)
    assert np.isfinite(found.places["rational_cost"]).all()
    assert found.centres["people_served"].sum() == pytest.approx(1e9)


def test_rest_not_found_is_told():
    demand, supply, table = world(2, places=40, centres=8)
    with pytest.warns(GeoterritorioWarning, match="after 1 rounds some would still gain"):
        found = rational_agent_access(
            demand, supply, table, tau=60, rules=RationalRules(iterations=1, tolerance=1e-300)
        )
    assert not found.converged
    assert found.remaining_gain > 0


def test_the_search_can_be_stopped():
    demand, supply, table = world(0)

    def stop(fraction, _text=""):
        if fraction > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rational_agent_access(demand, supply, table, tau=60, progress=stop)


@pytest.mark.parametrize(
    ("change", "options", "told"),
    [
        ({}, {"tau": 0.0}, "tau: a number above 0, not 0"),
        ({}, {"tau": float("nan")}, "tau: a number above 0"),
        ({}, {"rules": RationalRules(within=-1)}, "within: a number above 0"),
        ({}, {"rules": RationalRules(usual_load=0)}, "usual_load: a number above 0"),
        ({}, {"rules": RationalRules(tolerance=0)}, "tolerance: a number above 0"),
        ({}, {"rules": RationalRules(iterations=0)}, "iterations: a whole number from 1"),
        ({"demand": -1.0}, {}, "demand: 2 amounts are below 0"),
        ({"demand": np.nan}, {}, "demand: 2 of 2 rows have no “population”"),
        ({"demand": 0.0}, {}, "demand: nobody is there"),
        ({"supply": np.nan}, {}, "supply: 2 of 2 rows have no “capacity”"),
        ({"supply": 0.0}, {}, "supply: no centre offers anything"),
        ({"supply": np.inf}, {}, "supply: 2 amounts are infinite"),
        ({"cost": -1.0}, {}, "costs: column “cost” has values that are no costs"),
        (
            {},
            {"rules": RationalRules(within=1)},
            "demand: 2 of 2 places have people and no centre with supply",
        ),
    ],
)
def test_refusals(change, options, told):
    demand, supply = pd.Series({"a": 30.0, "b": 10.0}), pd.Series({"x": 1.0, "y": 1.0})
    costs = pd.DataFrame({"origin": ["a", "b"], "destination": ["x", "y"], "cost": [4.0, 5.0]})
    demand = demand * 0 + change["demand"] if "demand" in change else demand
    supply = supply * 0 + change["supply"] if "supply" in change else supply
    costs = costs.assign(cost=change.get("cost", costs["cost"]))
    with pytest.raises(LayerError, match=told):
        rational_agent_access(demand, supply, costs, **{"tau": 60.0, **options})


def test_pairs_of_others_are_refused():
    demand, supply, table = world(0)
    pairs = pairs_from_costs(table, demand.index, supply.index)
    with pytest.raises(LayerError, match="the pairs are of other places or centres"):
        rational_agent_access(demand[::-1], supply, pairs, tau=60)
