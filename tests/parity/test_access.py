"""Access as PySAL's access, REAT and SpatialPosition have it, on doctors, pharmacies and hospitals."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.proximity.choice import huff_shares
from geoterritorio.proximity.decay import DecayRules, decay_weights
from geoterritorio.proximity.floating import floating_catchments
from geoterritorio.proximity.opportunities import gravity_access, spatial_availability
from geoterritorio.proximity.pairs import pairs_from_costs, pairs_from_points
from geoterritorio.proximity.rational import RationalRules, rational_agent_access

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


@pytest.fixture(scope="module")
def doctors(oracles):
    """People, doctors, kilometres from each to each, and what the peer found."""
    folder = oracles / "access_raam_goettingen"
    demand, supply, peer = (
        pd.read_csv(folder / name, index_col="id").iloc[:, 0]
        for name in ("inputs/demand.csv", "inputs/supply.csv", "expected/access.csv")
    )
    places = pd.read_csv(oracles / "data/reat/GoettingenHealth2.csv").set_index("district")
    points = gpd.GeoSeries.from_xy(places["lon"], places["lat"], index=places.index, crs=4326).to_crs(25832)
    ends = demand.index.repeat(len(supply)), np.tile(supply.index, len(demand))
    away = points.loc[ends[0]].distance(points.loc[ends[1]], align=False).to_numpy() / 1000
    costs = pd.DataFrame({"origin": ends[0], "destination": ends[1], "cost": away})
    return demand.astype(float), supply.astype(float), costs, peer


def test_pysal_rational_agents(doctors):
    """The peer stops on its way: its mean is near, its single places are not."""
    demand, supply, costs, peer = doctors
    found = rational_agent_access(demand, supply, costs, tau=60, rules=RationalRules(tolerance=1e-9))
    mine = found.places["rational_cost"]
    assert found.converged
    assert peer.mean() == pytest.approx(mine.mean(), rel=0.02)
    assert np.average(peer, weights=demand) == pytest.approx(np.average(mine, weights=demand), rel=0.005)
    assert (peer - mine).abs().max() == pytest.approx(0.254, abs=0.001)
    assert peer.corr(mine, method="spearman") == pytest.approx(0.882, abs=0.001)


@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.set_index")  # by the peer
@pytest.mark.parametrize(
    ("cycles", "half_life", "least", "rank", "most"),
    [(150, 50, 0.005, 0.85, 0.3), (3000, 300, 1e-4, 0.999, 0.02)],
)
def test_pysal_comes_nearer_the_longer_it_runs(doctors, cycles, half_life, least, rank, most):
    """The peer's own run, in thousandths of people and with smaller and smaller steps, ends where ours does."""
    peer = pytest.importorskip("access.raam")
    demand, supply, costs, kept = doctors
    many = 1 if cycles == 150 else 1000
    theirs = peer.raam(
        (many * demand).astype(int).to_frame("demand"),
        supply.astype(int).to_frame("supply"),
        costs.rename(columns={"destination": "dest"}),
        tau=60,
        max_cycles=cycles,
        half_life=half_life,
        min_step=least,
    ).reindex(demand.index)
    if cycles == 150:
        assert theirs.to_numpy() == pytest.approx(kept.to_numpy(), rel=1e-12)
    rules = RationalRules(tolerance=1e-9)
    mine = rational_agent_access(demand, supply, costs, tau=60, rules=rules).places["rational_cost"]
    assert theirs.corr(mine, method="spearman") > rank
    assert (theirs - mine).abs().max() < most
