"""Relatedness and complexity on layers: what stands beside the measures."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    complexity,
    complexity_interval,
    complexity_outlook,
    fitness,
    presence,
    relatedness_density,
    relatedness_significance,
    sector_relatedness,
    tabulate_plants,
    tools,
)
from geoterritorio.concentration.tools import ComplexityRules, DensityRules
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_counts, as_firms, as_reference

CODES = ["10", "15", "25", "47", "62"]
# Small tables with few draws often are: what it says is tested with the measure.
coarse = pytest.mark.filterwarnings("ignore:.*too coarse")


@pytest.fixture
def firms() -> gpd.GeoDataFrame:
    """400 establishments in the six squares, five sectors with shares that drift eastward."""
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 3000, 400), rng.uniform(0, 2000, 400)
    sector = np.array(CODES)[np.clip((x / 700 + rng.normal(0, 1.5, 400)).astype(int), 0, 4)]
    frame = {"firm": [f"f{i}" for i in range(400)], "sector": sector, "employment": rng.integers(1, 60, 400)}
    names = pd.Series(sector).map(
        dict(zip(CODES, ["food", "leather", "metal", "retail", "software"], strict=True))
    )
    points = gpd.points_from_xy(x, y)
    return as_firms(gpd.GeoDataFrame({**frame, "sector_name": names}, geometry=points, crs=25830))


@coarse
def test_pairs(territories, firms):
    found = tools.sector_relatedness(territories, firms, replicates=99)
    here = presence(tabulate_plants(firms, territories).employment)
    assert len(found) == 10
    phi = sector_relatedness(here)
    for row in found.itertuples():
        assert row.relatedness == phi.loc[row.sector, row.other]
        together = (here[row.sector] * here[row.other]).sum()
        assert row.cooccurrences == together
    assert found["p"].tolist() == relatedness_significance(here, replicates=99, rng=1)["p"].tolist()
    assert found[["sector_name", "other_name", "reference"]].iloc[0].tolist() == [
        "food",
        "leather",
        "own sums",
    ]
    plain = tools.sector_relatedness(territories, firms, replicates=0)
    pd.testing.assert_frame_equal(plain, found[plain.columns], check_dtype=False)
    assert not {"p", "q", "z", "expected"} & set(plain.columns)


def test_correlation_is_of_the_quotients_not_of_the_presence(territories, firms):
    found = tools.sector_relatedness(territories, firms, method="correlation", replicates=0)
    expected = sector_relatedness(tabulate_plants(firms, territories).employment, method="correlation")
    np.testing.assert_allclose(found["relatedness"], expected.to_numpy()[np.triu_indices(5, 1)])


def test_density_and_its_map(territories, firms):
    found = tools.relatedness_density(territories, firms)
    here = presence(tabulate_plants(firms, territories).employment)
    cell = found.densities.set_index(["territory", "sector"])
    expected = relatedness_density(here, own=False)
    np.testing.assert_array_equal(cell["density"], expected.to_numpy().ravel())
    assert list(found.areas["territory"]) == list("abcdef")
    lacking = expected.where(here == 0)
    for row in found.areas.itertuples():
        assert row.density == pytest.approx(lacking.loc[row.territory].max(), nan_ok=True)
    chosen = tools.relatedness_density(territories, firms, sector="62", rules=DensityRules(own=True)).areas
    np.testing.assert_array_equal(chosen["density"], relatedness_density(here)["62"])
    assert chosen.crs == territories.crs
    with pytest.raises(LayerError, match=r"no code “99” in the data\. There are: “10”, “15”"):
        tools.relatedness_density(territories, firms, sector="99")


@pytest.mark.parametrize("method", ["jaccard_ubiquity", "correlation", "cosine"])
def test_density_by_other_measures(territories, firms, method):
    found = tools.relatedness_density(territories, firms, rules=DensityRules(method=method)).densities
    table = tabulate_plants(firms, territories).employment
    matrix = sector_relatedness(table, method=method)
    expected = relatedness_density(presence(table), matrix, own=False)
    np.testing.assert_allclose(found["density"], expected.to_numpy().ravel())


def test_complexity_by_reflections(territories, firms):
    rules = ComplexityRules("reflections", iterations=4, scale="each")
    found = tools.complexity(territories, firms, rules=rules)
    expected = complexity(
        presence(tabulate_plants(firms, territories).employment),
        method="reflections",
        iterations=4,
        scale="each",
    )
    np.testing.assert_allclose(found.areas["eci"], expected.territories["eci"])
    np.testing.assert_allclose(found.sectors["pci"], expected.sectors["pci"])
    assert "low" not in found.areas
    with pytest.raises(LayerError, match="3 reflections; an even number"):
        tools.complexity(territories, firms, rules=ComplexityRules("reflections", iterations=3))


def test_complexity_on_the_map(territories, firms):
    found = tools.complexity(territories, firms, replicates=20)
    here = presence(tabulate_plants(firms, territories).employment)
    whole, ends = complexity(here), complexity_interval(here, replicates=20, rng=1)
    areas = found.areas.set_index("territory")
    for name in ("diversity", "eci", "rank"):
        np.testing.assert_array_equal(areas[name], whole.territories[name])
    for name in ("low", "high", "rank_low", "rank_high"):
        np.testing.assert_array_equal(areas[name], ends[name])
    np.testing.assert_array_equal(areas["outlook"], complexity_outlook(here))
    sectors = found.sectors.set_index("sector")
    np.testing.assert_array_equal(sectors["pci"], whole.sectors["pci"])
    assert sectors["sector_name"].tolist() == ["food", "leather", "metal", "retail", "software"]
    assert "low" not in tools.complexity(territories, firms, replicates=0).areas.columns


def test_fitness_on_the_map(territories, firms):
    found = tools.fitness(territories, firms, measure="establishments")
    whole = fitness(presence(tabulate_plants(firms, territories).establishments))
    np.testing.assert_array_equal(found.areas["fitness"], whole.territories["fitness"])
    np.testing.assert_array_equal(found.sectors["complexity"], whole.sectors["complexity"])


def test_counts_with_withheld_cells_and_a_nation(territories):
    rows = [(t, s, 5 + 7 * ((i + 2 * j) % 5)) for i, t in enumerate("abcdef") for j, s in enumerate(CODES)]
    table = pd.DataFrame(rows, columns=["territory", "sector", "employment"]).astype({"employment": float})
    table.loc[0, "employment"] = np.nan
    nation = as_reference(pd.DataFrame({"sector": CODES, "employment": [1000, 2000, 1500, 1800, 900]}))
    with pytest.warns(GeoterritorioWarning) as told:
        found = tools.complexity(territories, counts=as_counts(table), reference=nation, replicates=5)
    assert len([w for w in told if "left empty" in str(w.message)]) == 1
    with pytest.warns(GeoterritorioWarning) as told:
        pairs = tools.sector_relatedness(territories, counts=as_counts(table), reference=nation, replicates=9)
    assert len([w for w in told if "left empty" in str(w.message)]) == 1
    assert (pairs["relatedness"].isna() == (pairs["sector"] == "10")).all()
    areas = found.areas.set_index("territory")
    assert areas.loc["a", "reason"] == "unknown"
    assert areas["eci"].isna().tolist() == [True, False, False, False, False, False]
    assert (areas["reference"] == "reference").all()


def test_territories_beside_the_data_keep_their_rows(territories, firms):
    far = territories.iloc[[0]].assign(
        territory="z", geometry=territories.geometry.iloc[[0]].translate(50_000)
    )
    both = pd.concat([territories, far], ignore_index=True)
    found = tools.complexity(both, firms, replicates=0).areas.set_index("territory")
    assert found.loc["z", "reason"] == "empty"
    assert found.loc["z", "diversity"] == 0
    near = tools.complexity(territories, firms, replicates=0).areas.set_index("territory")
    np.testing.assert_allclose(found.loc[list("abcdef"), "eci"], near["eci"])
