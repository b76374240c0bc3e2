"""Sectors planted together are related among themselves, and nothing is where nothing was planted."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    group_relatedness,
    presence,
    relatedness_significance,
    sector_relatedness,
    tabulate_plants,
)

FOLDER = Path(__file__).resolve().parents[2] / "sample_data" / "comarca"


@pytest.fixture(scope="module")
def planted() -> dict[str, list[str]]:
    tables = [pd.read_csv(FOLDER / "truth" / f"{name}.csv") for name in ("clusters", "districts")]
    return {row.structure: row.sectors.split(";") for row in pd.concat(tables).itertuples()}


@pytest.fixture(scope="module")
def jobs() -> dict[str, pd.DataFrame]:
    firms = gpd.read_parquet(FOLDER / "firms.parquet")
    return {
        name: tabulate_plants(firms, gpd.read_file(FOLDER / f"{name}.gpkg")).employment
        for name in ("municipalities_2025", "labour_markets")
    }


@pytest.mark.parametrize(("areas", "least"), [("municipalities_2025", 6), ("labour_markets", 3.5)])
def test_planted_sectors_share_more_territories_than_chance(jobs, planted, areas, least):
    found = group_relatedness(jobs[areas], planted, replicates=499, rng=1)
    assert (found["q"] < 0.02).all()
    assert (found["z"] > least).all()
    assert (found["cooccurrences"] > 1.7 * found["expected"]).all()


def test_their_proximity_is_a_multiple_of_that_of_all(jobs, planted):
    phi = sector_relatedness(jobs["municipalities_2025"])
    off = ~np.eye(len(phi), dtype=bool)
    usual = phi.to_numpy()[off].mean()
    for sectors in planted.values():
        own = phi.loc[sectors, sectors].to_numpy()[~np.eye(len(sectors), dtype=bool)].mean()
        assert own > 2.5 * usual


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_where_nothing_was_planted(worlds, planted, seed):
    world = worlds(seed, "nothing")
    table = tabulate_plants(world.firms(), world.today).employment
    groups = {k: [s for s in v if s in table.columns] for k, v in planted.items()}
    found = group_relatedness(table, groups, replicates=199, rng=1)
    # Sectors of like size meet in small territories without being related, which the margins do not hold: z
    # spreads somewhat more than 1 here. What was planted has 6.7 to 11.6.
    assert (found["z"] < 4).all()
    assert (found["cooccurrences"] < 1.6 * found["expected"]).all()


# The warning says what this test shows: so few tables cannot tell single pairs from chance.
@pytest.mark.filterwarnings("ignore:.*too coarse")
def test_single_pairs_among_thousands_stay_below_notice(jobs):
    # 35 778 pairs and counts of a few territories: the planted groups show, single pairs do not.
    pairs = relatedness_significance(presence(jobs["municipalities_2025"]), replicates=199, rng=1)
    assert len(pairs) == 268 * 267 / 2
    assert (pairs["q"] > 0.05).all()
    assert (pairs["p"] <= 0.05).mean() < 0.05
