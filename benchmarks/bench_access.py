"""Floating catchments over five million pairs, beside PySAL's access."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoterritorio.proximity import (
    DecayRules,
    floating_catchments,
    huff_shares,
    pairs_from_costs,
    pairs_from_points,
)

PLACES, CENTRES, PAIRS = 20_000, 2_000, 5_000_000
STEPS = {10: 1.0, 20: 0.68, 30: 0.22}
RULES = {
    "2sfca": DecayRules(within=30),
    "e2sfca": DecayRules(within=30),
    "3sfca": DecayRules("steps", steps="10: 1; 20: 0.68; 30: 0.22"),
}


@pytest.fixture(scope="module")
def world() -> tuple[pd.Series, pd.Series, pd.DataFrame]:
    """Places, centres and costs of up to an hour, half of them within the limit."""
    rng = np.random.default_rng(1)
    demand = pd.Series(rng.integers(1, 500, PLACES).astype(float), index=np.arange(PLACES))
    supply = pd.Series(rng.integers(1, 20, CENTRES).astype(float), index=np.arange(CENTRES))
    chosen = np.sort(rng.choice(PLACES * CENTRES, PAIRS, replace=False))
    ends = {"origin": chosen // CENTRES, "destination": chosen % CENTRES}
    return demand, supply, pd.DataFrame({**ends, "cost": rng.uniform(0, 60, PAIRS)})


@pytest.fixture(scope="module")
def peer(world: tuple[pd.Series, pd.Series, pd.DataFrame]) -> Any:
    """The same, as the peer keeps it."""
    access = pytest.importorskip("access")
    demand, supply, costs = world
    # The peer's use of pandas is on the way out.
    warnings.simplefilter("ignore")
    return access.Access(
        demand_df=demand.rename("value").rename_axis("id").reset_index(),
        demand_index="id",
        demand_value="value",
        supply_df=supply.rename("value").rename_axis("id").reset_index(),
        supply_index="id",
        supply_value="value",
        cost_df=costs.rename(columns={"destination": "dest"}),
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    )


@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")  # by the peer
@pytest.mark.parametrize("prepared", [True, False], ids=["pairs", "table"])
@pytest.mark.parametrize("variant", list(RULES))
def test_catchments(compare: Any, world: Any, peer: Any, variant: str, prepared: bool) -> None:  # noqa: FBT001 - given by parametrize
    demand, supply, costs = world
    pairs = pairs_from_costs(costs, demand.index, supply.index) if prepared else costs
    name = f"floating catchments, {variant}, 5 M pairs, {'pairs looked up once' if prepared else 'from the table'}"
    found, expected = compare(
        name,
        lambda: floating_catchments(demand, supply, pairs, variant=variant, rules=RULES[variant]),
        partial(_peer, peer, variant),
    )
    theirs = expected.iloc[:, 0].reindex(demand.index).to_numpy()
    assert found.places["access"].to_numpy() == pytest.approx(theirs, rel=1e-12)


def _peer(peer: Any, variant: str) -> pd.DataFrame:
    from access import weights  # noqa: PLC0415 - where it is installed

    if variant == "2sfca":
        return peer.two_stage_fca(name="a", max_cost=30)
    step = weights.step_fn(STEPS)
    if variant == "e2sfca":
        return peer.enhanced_two_stage_fca(name="b", max_cost=30, weight_fn=step)
    return peer.three_stage_fca(name="c", max_cost=30, weight_fn=step)


def test_huff(compare: Any, world: Any) -> None:
    demand, supply, costs = world
    pairs = pairs_from_costs(costs, demand.index, supply.index)
    found, _ = compare(
        "Huff shares, 5 M pairs",
        lambda: huff_shares(demand, supply, pairs, rules=DecayRules("power", least=1)),
    )
    assert found.centres["customers"].sum() == pytest.approx(demand.sum())


def test_straight_lines(compare: Any) -> None:
    rng = np.random.default_rng(1)
    places = pd.DataFrame(rng.uniform(0, 100_000, (200_000, 2)), columns=["x", "y"])
    centres = pd.DataFrame(rng.uniform(0, 100_000, (2_000, 2)), columns=["x", "y"])
    found, _ = compare(
        "straight lines up to 6 km, 200 k places, 2 k centres",
        lambda: pairs_from_points(places, centres, within=6_000),
    )
    assert found.cost.max() <= 6_000
