"""Access: by hand, identities, both engines, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import LayerError
from geoterritorio.proximity import _catchments
from geoterritorio.proximity.access_inequality import access_spread
from geoterritorio.proximity.decay import DecayRules, decay_weights
from geoterritorio.proximity.floating import floating_catchments
from geoterritorio.proximity.opportunities import gravity_access, opportunities_within, spatial_availability
from geoterritorio.proximity.pairs import pairs_from_costs, pairs_from_points

VARIANTS = ("2sfca", "e2sfca", "3sfca", "gaussian", "m2sfca", "balanced")
RULES = DecayRules(within=22)
CONSERVING = ("2sfca", "e2sfca", "3sfca", "gaussian")
FORMS = [
    DecayRules("within", within=20),
    DecayRules("steps", within=20),
    DecayRules("steps", steps="5: 1; 12: 0.5"),
    DecayRules("linear", within=20),
    DecayRules("gaussian", within=20),
    DecayRules("normal", half=8),
    DecayRules("exponential", half=8, exponent=1.5, within=25),
    DecayRules("power", exponent=1.2, least=1),
    DecayRules("pareto", half=8),
    DecayRules("logistic", half=8, exponent=4),
]


def world(seed, places=12, centres=7, density=0.5):
    rng = np.random.default_rng(seed)
    demand = pd.Series(rng.integers(0, 200, places).astype(float), index=[f"p{k}" for k in range(places)])
    supply = pd.Series(rng.integers(0, 30, centres).astype(float), index=[f"c{k}" for k in range(centres)])
    ends = np.indices((places, centres)).reshape(2, -1)
    table = pd.DataFrame(
        {
            "origin": demand.index.to_numpy()[ends[0]],
            "destination": supply.index.to_numpy()[ends[1]],
            "cost": rng.uniform(0, 40, places * centres),
        }
    )
    return demand, supply, table[rng.uniform(size=len(table)) < density]


def literal(demand, supply, table, variant):
    """The definitions, in loops over dense tables."""
    cost = table.pivot_table(index="origin", columns="destination", values="cost")
    cost = cost.reindex(index=demand.index, columns=supply.index).to_numpy()
    near = cost <= 22
    share = np.nan_to_num(cost / 22, nan=2.0)
    if variant == "2sfca":
        w = near.astype(float)
    elif variant == "e2sfca":
        w = np.select([share <= 1 / 3, share <= 2 / 3, share <= 1], [1, 0.68, 0.22], 0.0)
    elif variant == "3sfca":
        limits = [1 / 6, 1 / 3, 1 / 2, 1]
        w = np.select([share <= s for s in limits], [0.962, 0.704, 0.377, 0.042], 0.0)
    else:
        w = np.where(near, (np.exp(-0.5 * share**2) - np.exp(-0.5)) / (1 - np.exp(-0.5)), 0.0)
    people, offered = demand.to_numpy(), supply.to_numpy()
    rows = np.where(w.sum(1, keepdims=True) > 0, w.sum(1, keepdims=True), 1)
    columns = np.where(w.sum(0, keepdims=True) > 0, w.sum(0, keepdims=True), 1)
    first = {"3sfca": w * w / rows, "balanced": w / rows}.get(variant, w)
    second = {"3sfca": w * w / rows, "balanced": w / columns, "m2sfca": w * w}.get(variant, w)
    load = first.T @ people
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(load > 0, offered / load, np.nan)
    unknown = (second > 0) @ np.isnan(ratio) > 0
    return np.where(unknown, np.nan, second @ np.nan_to_num(ratio)), load


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("seed", range(4))
def test_variants_are_their_definitions(variant, seed):
    demand, supply, table = world(seed)
    found = floating_catchments(demand, supply, table, variant=variant, rules=RULES)
    access, load = literal(demand, supply, table, variant)
    assert found.places["access"].to_numpy() == pytest.approx(access, rel=1e-12, nan_ok=True)
    assert found.centres["people_in_reach"].to_numpy() == pytest.approx(load, rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(VARIANTS))
def test_what_is_had_is_what_is_offered(seed, variant):
    demand, supply, table = world(seed, density=0.4)
    found = floating_catchments(demand, supply, table, variant=variant, rules=RULES)
    served = found.centres["people_in_reach"] > 0
    had = (demand * found.places["access"]).sum()
    offered = supply[served].sum()
    if variant in CONSERVING:
        assert had == pytest.approx(offered, rel=1e-9, abs=1e-9)
    elif variant == "m2sfca":
        assert had <= offered + 1e-9
    else:
        reached = found.places["in_reach"] > 0
        assert found.centres["people_in_reach"].sum() == pytest.approx(demand[reached].sum(), rel=1e-9)
        if served[found.centres["reached_by"] > 0].all():
            assert found.places["access"].sum() == pytest.approx(
                found.centres["service_ratio"].sum(), rel=1e-9
            )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_availability_sums_to_supply_and_per_head_is_the_catchment(seed):
    demand, supply, table = world(seed)
    rules = DecayRules("exponential", half=9, within=30)
    found = spatial_availability(demand, supply, table, rules=rules)
    catchment = floating_catchments(demand, supply, table, variant="e2sfca", rules=rules)
    served = catchment.centres["people_in_reach"] > 0
    assert found["available"].sum() == pytest.approx(supply[served].sum(), rel=1e-9)
    # Where only places without people reach a centre, it has no ratio, but one person would have it.
    known = catchment.places["access"].notna()
    assert known[demand > 0].all()
    assert found["access"].notna().all()
    assert found["access"][known].to_numpy() == pytest.approx(
        catchment.places["access"][known].to_numpy(), rel=1e-12
    )
    assert (found["available"].fillna(0) >= 0).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from(VARIANTS))
def test_order_of_rows_and_names_do_not_matter(seed, variant):
    demand, supply, table = world(seed)
    first = floating_catchments(demand, supply, table, variant=variant, rules=RULES)
    rng = np.random.default_rng(seed + 1)
    mixed = floating_catchments(
        demand.iloc[rng.permutation(len(demand))],
        supply.iloc[rng.permutation(len(supply))],
        table.iloc[rng.permutation(len(table))],
        variant=variant,
        rules=RULES,
    )
    again = mixed.places["access"].reindex(demand.index)
    assert again.to_numpy() == pytest.approx(first.places["access"].to_numpy(), rel=1e-12, nan_ok=True)
    numbers = {name: k for k, name in enumerate(demand.index)}
    coded = floating_catchments(
        demand.rename(numbers),
        supply,
        table.assign(origin=table["origin"].map(numbers)),
        variant=variant,
        rules=RULES,
    )
    assert coded.places["access"].to_numpy() == pytest.approx(
        first.places["access"].to_numpy(), rel=1e-14, nan_ok=True
    )
    named = table.astype({"origin": "category", "destination": "category"})
    assert floating_catchments(demand, supply, named, variant=variant, rules=RULES).places.equals(
        first.places
    )


@pytest.mark.parametrize("form", range(4))
@pytest.mark.parametrize("as_flags", [False, True])
def test_both_engines_agree(form, as_flags):
    demand, supply, table = world(7, 40, 20)
    pairs = pairs_from_costs(table, demand.index, supply.index)
    weight = decay_weights(pairs.cost, rules=DecayRules("gaussian", within=22))
    weight = weight > 0 if as_flags else weight
    lists = (pairs.start, pairs.centre, weight)
    people = demand.to_numpy()
    loop = _catchments._demand_loop(*lists, pairs.cost, people, 20, form)
    blocks = _catchments._demand_blocks(*lists, pairs.cost, people, 20, form)
    fast = _catchments.demand_step(*lists, pairs.cost, people, 20, form)
    for one, other, third in zip(loop, blocks, fast, strict=True):
        assert one == pytest.approx(other, rel=1e-12, nan_ok=True)
        assert third == pytest.approx(other, rel=1e-12, nan_ok=True)
    ratio, columns = supply.to_numpy(), np.where(loop[1] > 0, loop[1], 1.0)
    step = _catchments._access_loop(*lists, ratio, columns, form)
    assert step == pytest.approx(_catchments._access_blocks(*lists, ratio, columns, form), rel=1e-12)
    assert step == pytest.approx(_catchments.access_step(*lists, ratio, columns, form), rel=1e-12)


@pytest.mark.parametrize("rules", FORMS, ids=lambda r: str(r.decay))
def test_weights_fall_and_end(rules):
    costs = np.linspace(0, 40, 401)
    weights = decay_weights(costs, rules=rules)
    assert (np.diff(weights) <= 1e-12).all()
    assert (weights >= 0).all()
    if rules.decay != "power":
        assert weights.max() <= 1
    if rules.half and rules.decay != "power":
        assert decay_weights([rules.half], rules=rules)[0] == pytest.approx(0.5, rel=1e-12)
    if rules.within:
        assert (weights[costs > rules.within] == 0).all()
    assert np.isnan(decay_weights([np.nan], rules=rules)).all()


def test_limits_are_inclusive():
    rules = DecayRules("steps", steps="10: 1; 20: 0.5", within=15)
    assert decay_weights([10, 10.0001, 15, 15.0001], rules=rules).tolist() == [1, 0.5, 0.5, 0]
    many = DecayRules("steps", steps="; ".join(f"{k}: {1 / k}" for k in range(1, 20)))
    assert decay_weights([3, 3.5, 19, 20], rules=many).tolist() == [1 / 3, 1 / 4, 1 / 19, 0]


def test_nothing_within_reach_is_no_access_and_unknown_people_stay_unknown():
    demand = pd.Series({"a": 10.0, "b": np.nan, "c": 5.0, "d": 8.0})
    supply = pd.Series({"x": 2.0, "y": 3.0})
    costs = pd.DataFrame(
        [("a", "x", 1.0), ("b", "x", 2.0), ("b", "y", 99.0), ("c", "y", 1.0)],
        columns=["origin", "destination", "cost"],
    )
    for variant in VARIANTS:
        found = floating_catchments(demand, supply, costs, variant=variant, rules=RULES)
        access = found.places["access"]
        # The unknown people of b share x with a; they do not reach y.
        assert np.isnan(access["a"]), variant
        assert access["c"] > 0, variant
        assert access["d"] == 0, variant
        assert found.places["in_reach"].tolist() == [1, 1, 1, 0]
        assert np.isnan(found.places["nearest_cost"]["d"])
    lacking = pd.Series({"x": np.nan, "y": 3.0})
    potential = gravity_access(demand.index, lacking, costs, rules=DecayRules(within=22))["access"]
    assert np.isnan(potential[["a", "b"]]).all()
    assert potential[["c", "d"]].tolist() == [3.0, 0.0]


def test_supply_without_demand_and_all_zero_demand():
    demand = pd.Series({"a": 0.0, "b": 4.0})
    supply = pd.Series({"x": 2.0, "y": 3.0, "z": 1.0})
    costs = pd.DataFrame([("a", "x", 1.0), ("b", "y", 1.0)], columns=["origin", "destination", "cost"])
    found = floating_catchments(demand, supply, costs, rules=DecayRules(within=5))
    assert np.isnan(found.places["access"]["a"])
    assert found.places["access"]["b"] == 0.75
    assert found.centres["service_ratio"].isna().tolist() == [True, False, True]
    shared = spatial_availability(demand, supply, costs, rules=DecayRules(within=5))
    assert shared["available"].tolist() == [0.0, 3.0]
    # One person at a would have all of x.
    assert shared["access"].tolist() == [2.0, 0.75]


def test_the_way_to_the_centre_counts():
    demand, supply = pd.Series({"a": 1.0, "b": 1.0}), pd.Series({"a": 1.0, "b": 1.0})
    costs = pd.DataFrame([("a", "b", 5.0), ("b", "a", 50.0)], columns=["origin", "destination", "cost"])
    found = floating_catchments(demand, supply, costs, rules=DecayRules(within=10)).places
    assert found["access"].to_dict() == {"a": 1.0, "b": 0.0}


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_straight_lines_are_the_table_of_distances(seed):
    rng = np.random.default_rng(seed)
    places = pd.DataFrame(rng.integers(0, 9, (9, 2)).astype(float), columns=["x", "y"])
    centres = pd.DataFrame(rng.integers(0, 9, (5, 2)).astype(float), columns=["x", "y"])
    pairs = pairs_from_points(places, centres, within=5.0)
    away = places.to_numpy()[:, None] - centres.to_numpy()[None]
    distance = np.sqrt((away**2).sum(axis=2))
    rows, columns = np.nonzero(distance <= 5.0)
    assert pairs.place().tolist() == rows.tolist()
    assert pairs.centre.tolist() == columns.tolist()
    assert pairs.cost.tolist() == distance[rows, columns].tolist()


def test_opportunities_grow_with_the_budget():
    demand, supply, table = world(3)
    found = opportunities_within(demand.index, supply, table, budgets=[5.0, 20.0, 40.0])
    wide = found.pivot_table(index="place", columns="within", values="available")
    assert (wide.diff(axis=1).iloc[:, 1:] >= 0).all().all()
    reachable = table.groupby("origin")["destination"].agg(lambda c: supply[c].sum())
    assert wide[40.0].reindex(reachable.index).to_numpy() == pytest.approx(reachable.to_numpy())


def table(*rows):
    return pd.DataFrame(rows, columns=["origin", "destination", "cost"])


DEMAND, SUPPLY = pd.Series({"01": 5.0, "02": 7.0}), pd.Series({"x": 2.0})


@pytest.mark.parametrize(
    ("costs", "told"),
    [
        (table((1, "x", 1.0)), "without zeros at the front"),
        (table(("x", "01", 1.0)), "swap the columns"),
        (table(("q", "x", 1.0)), "none of the 1 rows"),
        (table(("01", "x", 1.0), ("01", "x", 2.0)), "more than once"),
        (table(("02", "x", 3.0), ("01", "x", 1.0), ("02", "x", 2.0)), "more than once"),
        (table(("01", "x", np.nan)), "1 missing"),
        (table(("01", "x", np.inf)), "1 infinite"),
        (table(("01", "x", -1.0), ("02", "x", np.nan)), "1 missing, 1 below 0"),
    ],
)
def test_wrong_costs_are_refused(costs, told):
    with pytest.raises(LayerError, match=told):
        floating_catchments(DEMAND, SUPPLY, costs)


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (DecayRules("gaussian"), "within: gaussian decay ends at a limit"),
        (DecayRules("normal"), "half: normal decay needs"),
        (DecayRules("power", exponent=0), "exponent: from above 0 to 20"),
        (DecayRules("power", exponent=21), "exponent: from above 0 to 20"),
        (DecayRules("power"), "Set “least”"),
        (DecayRules(within=0), "within: a limit is above 0"),
        (DecayRules("within", within=1, least=2), "least: from 0 to the limit"),
        (DecayRules("steps"), "steps: give weights by cost"),
        (DecayRules("steps", steps="10; 20"), "are no weights by cost"),
        (DecayRules("steps", steps="10: 1; 5: 0.5"), "are no weights by cost"),
        (DecayRules("steps", steps="10: 0.5; 20: 0.9"), "are no weights by cost"),
        (DecayRules("steps", steps="10: nan"), "are no weights by cost"),
        (DecayRules("stairs"), "decay: within, steps"),
    ],
)
def test_wrong_weights_are_refused(rules, told):
    with pytest.raises(LayerError, match=told):
        gravity_access(DEMAND.index, SUPPLY, table(("01", "x", 0.0)), rules=rules)


def test_wrong_amounts_and_variants_are_refused():
    costs = table(("01", "x", 1.0))
    with pytest.raises(
        LayerError, match=r"demand: 1 amounts are below 0[\s\S]*supply: 1 amounts are infinite"
    ):
        floating_catchments(-DEMAND.iloc[:1], SUPPLY * np.inf, costs)
    with pytest.raises(LayerError, match="variant: 2sfca, e2sfca"):
        floating_catchments(DEMAND, SUPPLY, costs, variant="4sfca")
    with pytest.raises(LayerError, match="weights of its own"):
        floating_catchments(DEMAND, SUPPLY, costs, rules=DecayRules("power"))
    with pytest.raises(LayerError, match="identifiers repeat"):
        floating_catchments(pd.concat([DEMAND, DEMAND]), SUPPLY, costs)
    pairs = pairs_from_costs(costs, DEMAND.index, SUPPLY.index)
    with pytest.raises(LayerError, match="other places or centres"):
        floating_catchments(DEMAND.iloc[::-1], SUPPLY, pairs)
    points = pd.DataFrame({"x": [0.0, np.nan], "y": 0.0})
    with pytest.raises(LayerError, match="demand: 1 have no coordinates"):
        pairs_from_points(points, points.iloc[:1], within=5)
    with pytest.raises(LayerError, match="longest one"):
        pairs_from_points(points, points, within=0)


def test_inequality_is_that_of_the_people():
    rng = np.random.default_rng(4)
    access = pd.Series(rng.uniform(0, 3, 8))
    people = pd.DataFrame({"young": rng.integers(0, 9, 8), "old": rng.integers(1, 9, 8)}).astype(float)
    found = access_spread(access, people, territories=pd.Series(list("aabbccdd")))
    # Person by person.
    for group, column in (("all", people.sum(axis=1)), ("young", people["young"])):
        each = np.repeat(access.to_numpy(), column.astype(int))
        gini = np.abs(each[:, None] - each[None]).mean() / (2 * each.mean())
        assert found.groups["gini"][group] == pytest.approx(gini, rel=1e-9)
        theil = np.mean(each / each.mean() * np.log(each / each.mean()))
        assert found.groups["theil"][group] == pytest.approx(theil, rel=1e-9)
        assert found.groups["access"][group] == pytest.approx(each.mean(), rel=1e-12)
    assert 0 <= found.groups["between_territories"]["all"] <= 1
    inside = found.territories
    share = inside["people"] * inside["access"] / (inside["people"] * inside["access"]).sum()
    within = (share * inside["theil"]).sum() / found.groups["theil"]["all"]
    assert found.groups["between_territories"]["all"] == pytest.approx(1 - within, rel=1e-9)
    ends = found.curve.groupby("group")[["people", "access"]].last()
    assert ends.to_numpy() == pytest.approx(1.0)


def test_unknown_access_is_counted_not_taken_for_none():
    access = pd.Series([1.0, np.nan, 0.0])
    found = access_spread(access, pd.DataFrame({"all": [10.0, 20.0, 10.0]})).groups.loc["all"]
    assert found[["people", "unknown", "without", "access"]].tolist() == [20.0, 20.0, 0.5, 0.5]
    nobody = access_spread(access, pd.DataFrame({"all": [0.0, 0.0, 0.0]})).groups.loc["all"]
    assert nobody[["access", "gini", "without"]].isna().all()
    with pytest.raises(LayerError, match="below 0"):
        access_spread(-access, pd.DataFrame({"all": [1.0, 1.0, 1.0]}))
