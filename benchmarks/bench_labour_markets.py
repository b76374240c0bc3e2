"""Labour markets of an invented nation and of a tenth of it, and of Sardinia by municipalities and by cells."""

from __future__ import annotations

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.delimitation import labour_markets, market_network
from geoterritorio.errors import GeoterritorioWarning

# Kilometres over which commuting falls to 1/e, and how many more jobs than homes the larger places have.
DECAY, CENTRAL = 9.0, 1.15
REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "peers_and_flows"


def nation(units: int, flows: int) -> pd.DataFrame:
    """Commuters by gravity between towns of unlike size, evenly spread, each with as many destinations as fit."""
    rng = np.random.default_rng(1)
    side = np.sqrt(units * 40)  # 40 square kilometres each
    place = rng.uniform(0, side, (units, 2))
    people = np.round(rng.pareto(1.1, units) * 400 + 80)
    reach = flows // units
    rows = []
    for i in range(units):
        away = np.hypot(*(place - place[i]).T)
        pull = people**CENTRAL * np.exp(-away / DECAY)
        pull[i] *= 6
        near = np.argpartition(-pull, reach)[:reach]
        flow = np.maximum(1, np.round(people[i] * pull[near] / pull[near].sum()))
        rows.append(pd.DataFrame({"origin": i, "destination": near, "flow": flow}))
    table = pd.concat(rows, ignore_index=True)
    ids = np.array([f"U{i:05d}" for i in range(units)])
    return table.assign(origin=ids[table["origin"]], destination=ids[table["destination"]])


@pytest.mark.parametrize(("units", "number"), [(800, 100_000), (8000, 1_000_000)])
def test_nation(compare, units, number):
    flows = nation(units, number)
    found, _ = compare(f"labour markets, {units} places, {len(flows)} flows", lambda: labour_markets(flows))
    assert (found.quality["validity_before"] >= 1).all()


@pytest.fixture
def real():
    if not REAL.is_dir():
        pytest.skip("no comparison data beside this checkout")
    return REAL


def test_sardinia_with_outlines(compare, real):
    flows = pd.read_csv(real / "lma_sardinia_flows.csv", dtype={"origin": str, "destination": str})
    flows = flows.rename(columns={"commuters": "flow"})
    places = gpd.read_file(real / "lma_sardinia.gpkg").to_crs(32632)
    places = places.assign(territory=places["PRO_COM"].astype(str))
    name = "labour markets of Sardinia, 377 municipalities, with outlines"
    found, _ = compare(name, lambda: labour_markets(flows, places))
    assert len(found.areas) == 37


def test_cells_of_sardinia(compare, real):
    flows = pd.read_parquet(real / "lma_sardinia_grid_flows.parquet").rename(columns={"commuters": "flow"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        found, _ = compare("labour markets of Sardinia, cells of 1 km", lambda: labour_markets(flows))
    assert len(found.quality) == 25


def test_network(compare):
    flows = nation(8000, 1_000_000)
    places = flows["origin"].unique()
    market = pd.Series([f"M{i % 600:03d}" for i in range(len(places))], places)
    name = f"network of 600 markets, {len(places)} places, {len(flows)} flows, 199 networks by chance"
    found, _ = compare(name, lambda: market_network(flows, market))
    assert found.network.set_index("measure").loc["commuters", "value"] == flows["flow"].sum()
