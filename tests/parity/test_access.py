"""Access as PySAL's access, REAT and SpatialPosition have it, on doctors, pharmacies and hospitals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.proximity.choice import huff_shares
from geoterritorio.proximity.decay import DecayRules, decay_weights
from geoterritorio.proximity.floating import floating_catchments
from geoterritorio.proximity.opportunities import gravity_access, spatial_availability
from geoterritorio.proximity.pairs import pairs_from_costs, pairs_from_points

STEPS = DecayRules("steps", steps="5: 1; 10: 0.68; 20: 0.22")
BELL = DecayRules("normal", within=30, half=8 * np.sqrt(2 * np.log(2)))


@pytest.fixture(scope="module")
def goettingen(oracles):
    folder = oracles / "access_2sfca_goettingen"
    ids = {"id": str, "origin": str, "dest": str}
    demand, supply, costs, peer = (
        pd.read_csv(folder / name, dtype=ids)
        for name in ("inputs/demand.csv", "inputs/supply.csv", "inputs/cost.csv", "expected/access.csv")
    )
    return (
        demand.set_index("id")["pop"].astype(float),
        supply.set_index("id")["phys_gen"].astype(float),
        costs.rename(columns={"dest": "destination"}),
        peer.set_index("id"),
    )


@pytest.mark.parametrize(
    ("column", "variant", "rules"),
    [
        ("2sfca_10km", "2sfca", DecayRules(within=10)),
        ("2sfca_20km", "2sfca", DecayRules(within=20)),
        ("e2sfca_step", "e2sfca", STEPS),
        ("e2sfca_gauss8", "e2sfca", BELL),
        ("e2sfca_default", "e2sfca", DecayRules(within=30)),
        ("3sfca_step", "3sfca", STEPS),
    ],
)
def test_pysal_catchments(goettingen, column, variant, rules):
    demand, supply, costs, peer = goettingen
    found = floating_catchments(demand, supply, costs, variant=variant, rules=rules).places
    expected = peer[column].reindex(demand.index)
    # The peer leaves out who reaches nothing.
    assert (found["in_reach"] == 0).equals(expected.isna())
    assert found["access"].to_numpy() == pytest.approx(expected.fillna(0.0).to_numpy(), rel=1e-9)


def test_pysal_shares_of_the_mean(goettingen):
    demand, supply, costs, peer = goettingen
    access = floating_catchments(demand, supply, costs, rules=DecayRules(within=20)).places["access"]
    expected = peer["2sfca_20km_normalized"].dropna()
    mean = np.average(access[expected.index], weights=demand[expected.index])
    assert (access[expected.index] / mean).to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)


def test_pysal_gravity(goettingen):
    demand, supply, costs, peer = goettingen
    rules = DecayRules("power", within=30, exponent=1.5, least=1)
    found = gravity_access(demand.index, supply, costs, rules=rules)["access"]
    expected = peer["catch_gravity"].reindex(demand.index).fillna(0.0)
    assert found.to_numpy() * 10**1.5 == pytest.approx(expected.to_numpy(), rel=1e-9)


def test_available_per_head_is_the_catchment_of_the_peer(goettingen):
    demand, supply, costs, peer = goettingen
    found = spatial_availability(demand, supply, costs, rules=STEPS)
    expected = peer["e2sfca_step"].reindex(demand.index).fillna(0.0)
    assert found["access"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)
    assert found["available"].sum() == pytest.approx(supply.sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("acc_exp", DecayRules("exponential", half=np.log(2) / 0.1)),
        ("acc_pow", DecayRules("power", exponent=2)),
    ],
)
def test_reat_hansen(oracles, name, rules):
    folder = oracles / "reat_hansen_pharmacies"
    od = pd.read_csv(folder / "inputs/od.csv", dtype={"from": str, "to": str})
    expected = pd.read_csv(folder / f"expected/{name}.csv", dtype={"from": str}).set_index("from")
    supply = od.drop_duplicates("to").set_index("to")["pharm"].astype(float)
    costs = od.rename(columns={"from": "origin", "to": "destination", "distance": "cost"})
    found = gravity_access(expected.index, supply, costs, rules=rules)["access"]
    assert found.to_numpy() == pytest.approx(expected["accessibility"].to_numpy(), rel=1e-9)


@pytest.fixture(scope="module")
def hospitals(oracles):
    folder = oracles / "spatialposition_stewart_hospital"
    points = pd.read_csv(folder / "inputs/points.csv", dtype={"id": str}).set_index("id")
    peer = pd.read_csv(folder / "expected/values.csv", dtype={"id": str, "reilly_id": str}).set_index("id")
    return points, peer, pairs_from_points(points, points, within=1e6)


@pytest.mark.parametrize(
    ("column", "rules"),
    [
        ("stewart_exp", DecayRules("exponential", half=1250, exponent=3)),
        ("stewart_pareto", DecayRules("pareto", half=1500, exponent=2)),
    ],
)
def test_stewart_potential(hospitals, column, rules):
    points, peer, pairs = hospitals
    found = gravity_access(points.index, points["capacity"], pairs, rules=rules)["access"]
    assert found.to_numpy() == pytest.approx(peer[column].to_numpy(), rel=1e-7)
    # The peer rounds its weights to eight decimals.
    table = pd.DataFrame({"place": pairs.place(), "centre": pairs.centre, "cost": pairs.cost})
    weight = np.round(decay_weights(table["cost"], rules=rules), 8)
    sums = np.bincount(table["place"], weight * points["capacity"].to_numpy()[table["centre"]])
    assert sums == pytest.approx(peer[column].to_numpy(), rel=1e-9)


def test_first_centre_and_its_share(hospitals):
    points, peer, pairs = hospitals
    rules = DecayRules("exponential", half=750, exponent=2)
    found = huff_shares(points["capacity"], points["capacity"], pairs, rules=rules).places
    assert 100 * found["share"].to_numpy() == pytest.approx(peer["huff_max_share_pct"].to_numpy(), rel=1e-7)
    assert found["centre"].tolist() == peer["reilly_id"].tolist()


@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.set_index")  # by the peer
def test_pysal_itself_with_other_costs_each_way():
    """The peer's own run on a table whose way back costs otherwise: only the way to the centre counts."""
    access = pytest.importorskip("access")
    rng = np.random.default_rng(2)
    demand = pd.Series(rng.integers(1, 90, 30).astype(float), index=range(30))
    supply = pd.Series(rng.integers(1, 9, 30).astype(float), index=range(30))
    ends = np.indices((30, 30)).reshape(2, -1)
    costs = pd.DataFrame({"origin": ends[0], "destination": ends[1], "cost": rng.uniform(0, 60, 900)})
    peer = access.Access(
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
    ).two_stage_fca(name="found", max_cost=25)
    pairs = pairs_from_costs(costs, demand.index, supply.index)
    mine = floating_catchments(demand, supply, pairs, rules=DecayRules(within=25)).places["access"]
    expected = peer.iloc[:, 0].reindex(demand.index).fillna(0.0)
    assert mine.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)
