"""Relatedness, density, complexity and fitness of established packages on real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import location_quotient
from geoterritorio.concentration._part import diversity, ubiquity
from geoterritorio.concentration.economic_complexity import complexity
from geoterritorio.concentration.fitness_complexity import fitness
from geoterritorio.concentration.outlook import complexity_gain, complexity_outlook
from geoterritorio.concentration.relatedness import presence, relatedness_density, sector_relatedness

ORACLES = Path(__file__).parents[3] / "shared" / "oracles"
pytestmark = pytest.mark.skipif(
    not ORACLES.is_dir(), reason="results of the peers are not beside the repository"
)
ECONGEO, ECONCOMPLEX = "econgeo_relatedness_german_states_2015", "econcomplex_german_states_2015"
KCI, HARVARD = "econgeo_complexity_german_states_2015", "ecomplexity_german_states_2015"
R_STATES, R_WORLD = "economiccomplexity_german_states", "economiccomplexity_world_trade"


def expected(case: str, name: str) -> pd.DataFrame:
    return pd.read_csv(
        ORACLES / case / "expected" / name, index_col=0, dtype={"product": str}, keep_default_na=False
    )


def given(case: str, name: str = "binary.csv") -> pd.DataFrame:
    return pd.read_csv(ORACLES / case / "inputs" / name, index_col=0).astype(float)


def states() -> pd.DataFrame:
    return given(ECONCOMPLEX, "matrix.csv")


@pytest.fixture(scope="module")
def world() -> pd.DataFrame:
    path = ORACLES / "data/economiccomplexity/world_trade_avg_1998_to_2000.csv"
    rows = pd.read_csv(path, dtype={"product": str}, keep_default_na=False)
    wide = rows.pivot_table(index="country", columns="product", values="value", aggfunc="sum")
    return wide.fillna(0.0)


def same(found: pd.DataFrame, peer: pd.DataFrame, rtol: float, atol: float = 0) -> None:
    assert peer.size > 0
    np.testing.assert_allclose(found.loc[peer.index, peer.columns], peer, rtol=rtol, atol=atol)


def like_r(values: pd.Series) -> pd.Series:
    """Deviations in R: divisor n - 1."""
    return (values - values.mean()) / values.std(ddof=1)


def test_presence_of_three_packages():
    same(presence(states()), given(ECONGEO), 0)
    cells = expected(HARVARD, "cells.csv").reset_index()
    same(presence(states()), cells.pivot_table(index="region_code", columns="ind_code", values="mcp"), 0)


@pytest.mark.parametrize(
    ("name", "method"),
    [("prob", "probability"), ("association", "association"), ("cosine", "cosine"), ("jaccard", "jaccard")],
)
def test_econgeo_relatedness(name, method):
    found = sector_relatedness(given(ECONGEO), method=method)
    assert np.isnan(np.diag(found)).all()
    # The peer prints 0 where a sector's meeting with itself was left out.
    same(found.fillna(0), expected(ECONGEO, f"relatedness_{name}.csv"), 1e-9)


def test_econgeo_density_of_binary_relatedness():
    table = given(ECONGEO)
    related = (sector_relatedness(table, method="probability") >= 1).astype(float)
    found = 100 * relatedness_density(table, related, own=False)
    # Percent with two decimals.
    same(found, expected(ECONGEO, "density_pct.csv"), 0, 6e-3)


def test_econcomplex_proximity_and_density():
    found = sector_relatedness(states())
    np.testing.assert_array_equal(np.diag(found), 1)
    same(found - np.eye(len(found)), expected(ECONCOMPLEX, "proximity.csv"), 1e-12)
    same(100 * relatedness_density(states(), own=False), expected(ECONCOMPLEX, "density.csv"), 1e-8)


def test_ecomplexity():
    cells = expected(HARVARD, "cells.csv").reset_index()
    regions, industries = expected(HARVARD, "regions.csv"), expected(HARVARD, "industries.csv")
    table = cells.pivot_table(index="region_code", columns="ind_code", values="val").astype(float)
    found = complexity(table)
    same(found.territories, regions[["eci", "diversity"]], 1e-6)
    same(found.sectors, industries[["pci", "ubiquity"]], 1e-6)
    same(
        relatedness_density(table),
        cells.pivot_table(index="region_code", columns="ind_code", values="density"),
        1e-12,
    )
    same(complexity_outlook(table).to_frame("coi"), regions[["coi"]], 1e-6)
    same(
        complexity_gain(table), cells.pivot_table(index="region_code", columns="ind_code", values="cog"), 1e-6
    )


def test_econcomplex_complexity():
    found, regions = complexity(states()), expected(ECONCOMPLEX, "regions.csv")
    same(found.territories, regions[["eci", "diversity"]], 1e-8)
    industries = expected(ECONCOMPLEX, "industries.csv")
    # The peer's sectors have the sign of ubiquity, here the opposite of that of the territories.
    each = complexity(states(), scale="each").sectors
    same(-each[["pci"]], industries[["pci"]], 1e-8)
    peer = given(ECONGEO) @ industries["pci"] / given(ECONGEO).sum(axis=1)
    assert np.corrcoef(peer, regions["eci"])[0, 1] == pytest.approx(-1)


def test_econcomplex_fitness():
    found = fitness(states(), iterations=20, tolerance=0)
    same(found.territories, expected(ECONCOMPLEX, "regions.csv")[["fitness"]], 1e-4)
    settled = fitness(states())
    assert settled.converged
    same(settled.territories, expected(ECONCOMPLEX, "regions.csv")[["fitness"]], 1e-8)
    same(settled.sectors, expected(ECONCOMPLEX, "industries.csv")[["complexity", "ubiquity"]], 1e-8)


@pytest.mark.parametrize(
    ("case", "names", "columns"),
    [
        (R_STATES, ("regions.csv", "industries.csv"), ("fitness", "reflections", "eigenvalues")),
        (R_WORLD, ("countries.csv", "products.csv"), ("fitness20", "reflections20", "eigen")),
    ],
)
def test_economiccomplexity(case, names, columns, world):
    table = states() if case == R_STATES else world
    territories, sectors = (expected(case, name) for name in names)
    table = table.loc[territories.index, sectors.index]
    # Twenty columns there: the first is the beginning.
    steps = fitness(table, iterations=19, tolerance=0)
    same(steps.territories, territories[[columns[0]]].set_axis(["fitness"], axis=1), 1e-6)
    same(steps.sectors, sectors[[columns[0]]].set_axis(["complexity"], axis=1), 1e-6)
    # The peer does not centre and loses digits as reflections draw together. It takes the 18th of the territories
    # and the 19th of the sectors, of which our 20th are the means.
    for method, column in (("reflections", columns[1]), ("eigen", columns[2])):
        eci = complexity(table, method=method, iterations=18).territories["eci"]
        pci = complexity(table, method=method, iterations=20).sectors["pci"]
        np.testing.assert_allclose(like_r(eci), territories[column], rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(like_r(pci), sectors[column], rtol=1e-6, atol=1e-7)
    if case == R_WORLD:
        same(steps.territories, territories[["diversity"]], 0)
        same(steps.sectors, sectors[["ubiquity"]], 0)


def test_balassa_index(world):
    same(location_quotient(world), expected("economiccomplexity_balassa_sample", "balassa.csv"), 1e-9)


def test_econgeo_complexity():
    table = given(KCI)
    regions, industries = expected(KCI, "regions.csv"), expected(KCI, "industries.csv")
    found = complexity(table)
    np.testing.assert_array_equal(diversity(table), regions["diversity"])
    np.testing.assert_array_equal(ubiquity(table), industries["ubiquity"])
    kci, tci = (like_r(v).to_numpy() for v in (regions["KCI"], industries["TCI"]))
    # The peer rounds its matrix to four decimals; its scale is arbitrary, and the sign of TCI that of ubiquity.
    np.testing.assert_allclose(like_r(found.territories["eci"]), kci, atol=1e-2)
    np.testing.assert_allclose(-like_r(found.sectors["pci"]), tci, atol=1e-2)


def test_econgeo_reflections():
    table = given(KCI)
    regions, industries = expected(KCI, "regions.csv"), expected(KCI, "industries.csv")
    found = complexity(table, method="reflections", iterations=2)
    np.testing.assert_allclose(found.territories["eci"], _z(regions["MORc2"]), rtol=1e-9, atol=1e-9)
    # Sectors take the reflection of which the territories are the mean, on the same scale.
    scaled = (industries["MORt1"] - regions["MORc2"].mean()) / regions["MORc2"].std(ddof=0)
    np.testing.assert_allclose(found.sectors["pci"], scaled, rtol=1e-9, atol=1e-9)


def _z(values: pd.Series) -> pd.Series:
    return (values - values.mean()) / values.std(ddof=0)
