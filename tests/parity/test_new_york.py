"""A real study over the 62 counties of New York: jobs by residence in ten sectors, 2014-2018."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.identification import tools as identification
from geoterritorio.layers import read_counts, read_reference, read_territories
from geoterritorio.study import run_study

STUDY = """
[study]
title = { en = "New York counties", es = "Condados de Nueva York" }
sources = ["US Census Bureau, American Community Survey 2014-2018"]

[disclosure]
published = ["jobs"]

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


def test_of_clusters_these_counties_say_little_and_why(study):
    """Ten broad sectors by residence, no establishments: nothing is claimed, each line says what would decide."""
    folder, *_ = study
    given = {"counts": read_counts(folder / "jobs.csv"), "reference": read_reference(folder / "nation.csv")}
    counties = read_territories(folder / "counties.gpkg", territory="tile_id", name="name")
    sectors = sorted(given["counts"]["sector"].unique())
    groups = pd.DataFrame({"sector": sectors, "group": sectors})
    found = identification.clusters(counties, definitions=groups, **given)
    # Where there are no jobs there are no establishments of weight; of all others nothing is decided.
    empty = found.cells["employment"] == 0
    assert (found.cells["verdict"] == np.where(empty, "no cluster", "undecided")).all()
    decided = found.evidence[found.evidence["passed"] != "unknown"]
    assert decided[["criterion", "value"]].to_numpy().tolist() == [["plants", 0.0]] * int(empty.sum())
    assert empty.sum() <= 3
    open_ = found.evidence[found.evidence["passed"] == "unknown"]
    reasons = open_.drop_duplicates(["criterion", "reason"]).set_index("criterion")["reason"].to_dict()
    assert reasons == {
        "specialisation": "not tested",
        "breadth": "one sector",
        "mass": "no establishments given",
        "plants": "no sizes given",
        "gathering": "no places given",
        "related": "no sizes given",
        "suppliers": "no roles given",
        "institutions": "no institutions given",
        "links": "no links given",
    }
    assert (open_["cure"] != "").all()


def test_stars_of_counties_are_those_of_ranks(study):
    folder, _, here, nation = study
    counties = read_territories(folder / "counties.gpkg", territory="tile_id", name="name")
    jobs, whole = read_counts(folder / "jobs.csv"), read_reference(folder / "nation.csv")
    stars = identification.cluster_stars(counties, counts=jobs, reference=whole).stars
    size = stars[stars["star_size"] == "yes"].groupby("group")["territory"].agg(set)
    lq = (here.div(here.sum(axis=1), axis=0)) / (nation / nation.sum())
    for sector in here.columns:
        # Of 62 counties a tenth is six.
        assert size[sector] == set(here[sector].nlargest(6, keep="all").index.astype(str))
        told = stars[(stars["group"] == sector) & (stars["star_specialisation"] == "yes")]
        assert set(told["territory"]) == set(lq.index[lq[sector] >= 2].astype(str))
    with pytest.warns(GeoterritorioWarning, match="us_unconfirmed"):
        strong = identification.strong_clusters(counties, counts=jobs, reference=whole).clusters
    strong = strong[strong["strong"] == "yes"].groupby("group")["territory"].agg(set)
    for sector in here.columns:
        assert strong[sector] == set(lq[sector].nlargest(15, keep="all").index.astype(str))
