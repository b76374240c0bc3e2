"""A real study over the 62 counties of New York: jobs by residence in ten sectors, 2014-2018."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.study import run_study

STUDY = """
[study]
title = { en = "New York counties", es = "Condados de Nueva York" }
sources = ["US Census Bureau, American Community Survey 2014-2018"]

[layers.counties]
kind = "territories"
path = "counties.gpkg"
columns = { territory = "tile_id", name = "name" }

[layers.jobs]
kind = "counts"
path = "jobs.csv"

[layers.nation]
kind = "reference"
path = "nation.csv"

[steps.lq]
tool = "location_quotient"
territories = "counties"
counts = "jobs"
reference = "nation"
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory, peer_data):
    folder = tmp_path_factory.mktemp("new_york")
    acs = pd.read_parquet(peer_data / "us_counties_sectors_acs2014_18.parquet")
    sectors = [c for c in acs.columns if c.startswith("emp_")]
    counties = gpd.read_file(peer_data / "ny_counties_2011.gpkg")
    names = acs.set_index("fips")["name"]
    counties["name"] = counties["tile_id"].astype(str).map(names)
    counties.to_file(folder / "counties.gpkg")
    here = acs[acs["fips"].isin(counties["tile_id"].astype(str))]
    long = here.melt("fips", sectors, "sector", "employment").rename(columns={"fips": "territory"})
    long.to_csv(folder / "jobs.csv", index=False)
    acs[sectors].sum().rename_axis("sector").rename("employment").reset_index().to_csv(
        folder / "nation.csv", index=False
    )
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    made = run_study(folder / "study.toml", folder / "out")
    return folder, made, here.set_index("fips")[sectors], acs[sectors].sum()


def test_all_counties_and_sectors(study):
    _, made, here, nation = study
    table = pd.read_csv(made["tables"] / "lq_quotients.csv", dtype={"territory": str})
    assert len(table) == 62 * 10
    shares = here.div(here.sum(axis=1), axis=0)
    expected = shares.div(nation / nation.sum()).melt(ignore_index=False, var_name="sector")
    expected = expected.set_index("sector", append=True)["value"]
    found = table.set_index(["territory", "sector"])["lq"]
    np.testing.assert_allclose(found, expected.reindex(found.index), rtol=1e-12)


def test_without_plants_nothing_is_claimed_as_certain(study):
    _, made, _, _ = study
    table = pd.read_csv(made["tables"] / "lq_quotients.csv")
    assert set(table["certainty"]) == {"untested"}
    assert table["low"].isna().all()
    assert "map.html" in json.loads(made["provenance"].read_text(encoding="utf-8"))["products"]
