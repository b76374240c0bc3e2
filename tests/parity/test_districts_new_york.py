"""Counties of New York in ten broad sectors without sizes: which steps of districts that decides, and why not more."""

import pandas as pd
import pytest

from geoterritorio.i18n import translator
from geoterritorio.identification import districts, own_rules
from geoterritorio.identification.open_steps import open_steps

FINER = "finer or missing codes of sectors"
CURES = {"main_industry": FINER, "sme_manufacturing": "jobs by size class; jobs of the whole by size class"}

# Which of the groups of the method each sector of the survey may belong to.
GROUPS = {
    "emp_agriculture": "agriculture",
    "emp_mining": "extractive",
    "emp_construction": "construction",
    "emp_manufacturing": "manufacturing",
    "emp_trade": "business_services; consumer_services",
    "emp_trans": "business_services; consumer_services; extractive",
    "emp_information": "business_services; consumer_services",
    "emp_fire": "business_services; consumer_services",
    "emp_services": "business_services; consumer_services; social_services; traditional_services",
    "emp_govt": "social_services",
}


@pytest.fixture(scope="module")
def tables(peer_data):
    acs = pd.read_parquet(peer_data / "us_counties_sectors_acs2014_18.parquet")
    long = acs.melt("fips", list(GROUPS), "sector", "employment").rename(columns={"fips": "territory"})
    long["sector"] = long["sector"].map(GROUPS)
    long = long.groupby(["territory", "sector"], as_index=False)["employment"].sum()
    nation = long.groupby("sector", as_index=False)["employment"].sum()
    return long[long["territory"].str.startswith("36")], nation


def by_step(found):
    rows = found.evidence.reset_index()
    return pd.crosstab(rows["asked"], rows["passed"]), rows


def test_shares_of_manufacturing_are_decided_and_sizes_never(tables):
    counties, nation = tables
    found = districts(counties, reference=nation, rules=own_rules("istat1997", classification="groups"))
    counts, rows = by_step(found)
    assert counts.loc["manufacturing_share", "unknown"] == 0
    wide = counties.pivot_table("employment", "territory", "sector")
    work = wide.drop(columns="agriculture")
    whole = nation.set_index("sector")["employment"]
    share = work["manufacturing"] / work.sum(axis=1)
    expected = share > whole["manufacturing"] / whole.drop("agriculture").sum()
    told = rows[rows["asked"] == "manufacturing_share"].set_index("territory")["passed"]
    assert (told == "yes").equals(expected.rename("passed"))
    for step, reason in {
        "main_industry": "coarse codes",
        "sme_manufacturing": "no size classes; whole without size classes",
    }.items():
        some = rows[rows["asked"] == step]
        assert set(some["passed"]) == {"unknown"}
        assert set(some["reason"]) == {reason}
        assert set(some["cure"]) == {CURES[step]}
    # No county is a district, and none that manufactures little can be: the others are undecidable.
    areas = found.areas
    assert set(areas.loc[told == "no", "district"]) == {"no"}
    assert set(areas.loc[told == "yes", "district"]) == {"unknown"}


def test_services_that_may_be_of_either_kind_leave_more_open(tables):
    counties, nation = tables
    rules = own_rules("istat2006_unconfirmed", classification="groups")
    counts, rows = by_step(districts(counties, reference=nation, rules=rules))
    assert counts.loc["prevails", "unknown"] > 0
    reasons = rows[(rows["asked"] == "prevails") & (rows["passed"] == "unknown")]["reason"]
    assert set(reasons) == {"coarse codes"}
    assert counts.loc["size_quotients", "unknown"] == 62
    open_ = rows[rows["passed"] == "unknown"].groupby("asked")["cure"].agg(set)
    assert open_.to_dict() == {
        "specialised": {FINER},
        "prevails": {FINER},
        "size_quotients": {"jobs by size class; jobs of the whole by size class"},
        "main_industry": {FINER},
        "sme_industry": {f"jobs by size class; {FINER}"},
        "one_medium_firm": {f"jobs by size class; {FINER}"},
    }


def test_without_the_nation_other_counties_must_have_sizes_too(tables):
    counties, _ = tables
    found = districts(counties, rules=own_rules("istat1997", classification="groups"))
    rows = found.evidence.reset_index()
    open_ = rows[(rows["passed"] == "unknown") & (rows["asked"] == "sme_manufacturing")]
    assert set(open_["cure"]) == {"jobs by size class; sizes in all markets, or a reference by size class"}
    assert set(found.areas.loc[open_["territory"], "cure"].str.contains("a reference by size class")) == {
        True
    }


def test_that_steps_are_open_is_told_in_a_sentence(tables):
    counties, nation = tables
    rules = own_rules("istat1997", classification="groups")
    told = open_steps(districts(counties, reference=nation, rules=rules).evidence)
    assert str(told) == (
        "124 of 186 steps unknown, most for: codes fit several groups or none, or are missing (62); would decide: "
        "finer or missing codes of sectors."
    )
    assert told.render(translator("es")).startswith("Pasos sin decidir: 124 de 186; ")
