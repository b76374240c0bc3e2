"""Access to a register in parts: its sums by place or area are supply or demand, equal to those of one file."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.interface import cli
from geoterritorio.proximity import DecayRules, tools

PARTS = 4


@pytest.fixture
def cells(territories):
    """The six squares, called as areas are."""
    return territories[["territory", "geometry"]].rename(columns={"territory": "area"})


@pytest.fixture
def register(firms, tmp_path):
    """Register in parts, with jobs that are no whole numbers."""
    firms["employment"] = firms["employment"] * 1.1
    (tmp_path / "register").mkdir()
    for k, rows in enumerate(np.array_split(np.arange(len(firms)), PARTS)):
        firms.iloc[rows].to_parquet(tmp_path / "register" / f"{k}.parquet")
    return tmp_path / "register"


@pytest.fixture
def jobs(cells, firms, register):  # noqa: ARG001 - of the register as it is written
    """Jobs by area, as pandas sums them at once."""
    joined = gpd.sjoin(firms, cells, predicate="intersects")
    joined = joined[~joined.index.duplicated()]
    return cells["area"].map(joined.groupby("area")["employment"].sum()).fillna(0.0)


def run(*words):
    assert cli.main([*map(str, words), "--progress", "none"]) == 0


def summed(cells, register, folder):
    """What the first command writes."""
    cells.to_parquet(folder / "cells.parquet")
    run(
        "sums-within",
        "--areas",
        folder / "cells.parquet",
        "--firms",
        register,
        "--output",
        folder / "jobs.gpkg",
    )
    return folder / "jobs.gpkg"


def people(cells):
    rng = np.random.default_rng(3)
    return cells.rename(columns={"area": "place"}).assign(
        population=rng.integers(5, 90, len(cells)).astype(float)
    )


def test_supply_from_a_register_in_parts(cells, register, jobs, tmp_path):
    demand = people(cells)
    demand.to_parquet(tmp_path / "people.parquet")
    supply = summed(cells, register, tmp_path)
    ends = ["--demand", tmp_path / "people.parquet", "--supply", supply]
    ends += ["--supply-centre", "area", "--supply-capacity", "employment"]
    run("floating-catchments", *ends, "--within", 1500, "--output", tmp_path / "access.csv")
    run("gravity-access", *ends, "--within", 1500, "--output", tmp_path / "potential.csv")
    whole = cells.rename(columns={"area": "centre"}).assign(capacity=jobs)
    expected = tools.floating_catchments(demand, whole, rules=DecayRules(within=1500)).access
    same(tmp_path / "access.csv", expected)
    same(
        tmp_path / "potential.csv", tools.gravity_access(demand, whole, rules=DecayRules(within=1500)).access
    )


def test_demand_from_a_register_in_parts_by_a_table_of_costs(cells, register, jobs, tmp_path):
    rng = np.random.default_rng(5)
    names = cells["area"].tolist()
    costs = pd.DataFrame([(a, c, rng.uniform(1, 60)) for a in names for c in "xy"])
    costs.columns = ["origin", "destination", "cost"]
    centres = pd.DataFrame({"centre": ["x", "y"], "capacity": [3.0, 8.0]})
    costs.to_csv(tmp_path / "costs.csv", index=False)
    centres.to_csv(tmp_path / "centres.csv", index=False)
    demand = summed(cells, register, tmp_path)
    ends = ["--demand", demand, "--demand-place", "area", "--demand-population", "employment"]
    given = ["--supply", tmp_path / "centres.csv", "--costs", tmp_path / "costs.csv"]
    run("floating-catchments", *ends, *given, "--within", 40, "--output", tmp_path / "access.csv")
    whole = cells.rename(columns={"area": "place"}).assign(population=jobs)
    expected = tools.floating_catchments(whole, centres, costs, rules=DecayRules(within=40)).access
    same(tmp_path / "access.csv", expected)


def same(file, expected):
    found = pd.read_csv(file, dtype={"place": str}).set_index("place")["access"]
    expected = expected.astype({"place": str}).set_index("place")["access"]
    assert expected.gt(0).any()
    pd.testing.assert_series_equal(found, expected.loc[found.index], rtol=1e-9, check_exact=False)
