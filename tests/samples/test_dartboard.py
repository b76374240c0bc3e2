"""What dartboard indices find of what was planted in the invented territory, and what they refuse."""

from __future__ import annotations

import itertools
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geoterritorio.concentration import tools

FOLDER = Path(__file__).resolve().parents[2] / "sample_data" / "comarca"
INDICES = ["ellison_glaeser", "maurel_sedillot"]
# Offices of the capital: head offices, accountants, estate agents follow towns in the generator, and in life.
TOWN = {"68.2", "69.2", "70.1"}


@pytest.fixture(scope="module")
def firms():
    return gpd.read_parquet(FOLDER / "firms.parquet")


@pytest.fixture(scope="module")
def areas():
    return {
        "markets": gpd.read_file(FOLDER / "labour_markets.gpkg"),
        "municipalities": gpd.read_file(FOLDER / "municipalities_2025.gpkg"),
    }


@pytest.fixture(scope="module")
def structures():
    """Planted structures: main sector and all sectors."""
    files = [FOLDER / "truth" / f"{name}.csv" for name in ("districts", "clusters", "large_firm_systems")]
    rows = pd.concat([pd.read_csv(f, dtype="str") for f in files])
    return {row.structure: (row.main_sector, row.sectors.split(";")) for row in rows.itertuples()}


@pytest.fixture(scope="module")
def found(firms, areas):
    """Indices by name of index and of areas, each made once."""
    return {
        (index, name): getattr(tools, index)(layer, firms).set_index("sector")
        for index, (name, layer) in itertools.product(INDICES, areas.items())
    }


def decoys(kind: str) -> list[str]:
    rows = pd.read_csv(FOLDER / "truth" / "decoys.csv", dtype="str")
    return rows.loc[rows["kind"] == kind, "sector"].tolist()


def significant(table: pd.DataFrame) -> set[str]:
    return set(table.index[(table["q"] < 0.05) & (table["gamma"] > 0)])


@pytest.mark.parametrize("index", INDICES)
def test_main_sectors_of_districts_and_clusters_are_found_on_labour_markets(index, found, structures):
    table = found[index, "markets"]
    main = [first for name, (first, _) in structures.items() if not name.startswith("L1")]
    assert len(main) == 5
    assert table.loc[main, "q"].max() < 0.01
    assert table.loc[main, "gamma"].min() > 0.3
    assert table.loc[main, "z"].min() > 9


def test_the_large_firm_system_is_left_to_its_suppliers(found):
    """Of seven plants one has most of the jobs: gamma is high, but so it would often be by chance."""
    table = found["ellison_glaeser", "markets"]
    assert table.loc["29.1", "gamma"] > 0.7
    assert table.loc["29.1", "p"] > 0.05
    assert table.loc["29.3", "q"] < 0.01


def test_what_is_found_was_planted(found, structures):
    planted = {sector for _, sectors in structures.values() for sector in sectors}
    assert len(planted) == 35
    expected = {
        ("ellison_glaeser", "markets"): (25, 5),
        ("maurel_sedillot", "markets"): (21, 3),
        ("ellison_glaeser", "municipalities"): (13, 5),
        ("maurel_sedillot", "municipalities"): (5, 3),
    }
    for key, (least, strangers) in expected.items():
        hits = significant(found[key])
        assert len(hits & planted) >= least, key
        assert len(hits - planted) <= strangers, key
    assert significant(found["maurel_sedillot", "markets"]) - planted <= TOWN


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("name", ["markets", "municipalities"])
def test_towns_of_one_plant_are_refused_though_their_sectors_look_concentrated(index, name, found):
    table = found[index, name]
    assert table.loc[decoys("one_plant"), "p"].min() > 0.2
    # Without the size of plants they stand among the most concentrated of the 268 sectors.
    assert table["g"].rank(pct=True)[decoys("one_plant")].median() > 0.85


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("name", ["markets", "municipalities"])
def test_dispersed_sectors_are_not_found(index, name, found):
    table = found[index, name].loc[decoys("dispersed_sector")]
    assert table["p"].min() > 0.05
    assert table["gamma"].abs().max() < 0.07
    assert table["z"].abs().max() < 2


def test_dispersed_sectors_are_below_0_where_they_were_spread(found):
    gamma = found["ellison_glaeser", "municipalities"]["gamma"]
    assert (gamma[decoys("dispersed_sector")] < 0).tolist() == [True, False, True]
    assert found["ellison_glaeser", "markets"].loc["25.1", "gamma"] < 0


def test_normal_p_values_find_more_strangers(firms, areas, found, structures):
    planted = {sector for _, sectors in structures.values() for sector in sectors}
    for index, name in itertools.product(INDICES, areas):
        normal = getattr(tools, index)(areas[name], firms, replicates=0).set_index("sector")
        thrown = found[index, name]
        pd.testing.assert_series_equal(normal["z"], thrown["z"])
        assert len(significant(normal) - planted) >= 2 * len(significant(thrown) - planted)


def test_sectors_of_one_structure_are_found_in_pairs(firms, areas, structures):
    together = {frozenset(pair) for _, s in structures.values() for pair in itertools.combinations(s, 2)}
    pairs = tools.pairwise_coagglomeration(areas["markets"], firms)
    inside = pd.Series([frozenset(p) in together for p in zip(pairs["sector"], pairs["other"], strict=True)])
    hit = (pairs["q"] < 0.05) & (pairs["gamma"] > 0)
    assert inside.sum() == 111
    assert (hit & inside).sum() >= 50
    assert (hit & ~inside).sum() <= 10
    assert pairs["gamma"].rank(pct=True)[inside].median() > 0.95
    leather = tools.coagglomeration(areas["markets"], firms).set_index("group").loc["15"]
    assert leather["sectors"] == 2
    assert leather["gamma"] > 0.4
