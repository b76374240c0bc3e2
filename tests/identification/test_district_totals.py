"""Withheld cells are no larger than what the whole and the totals of markets leave them; each case by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geoterritorio.errors import LayerError
from geoterritorio.identification import PRESETS, districts

RULES = replace(PRESETS["istat2006_unconfirmed"].rules, classification="groups")
LEATHER, SHOPS, HOUSING = "leather_footwear", "consumer_services", "housing_goods"


def jobs_of(*rows):
    return pd.DataFrame(rows, columns=["territory", "sector", "size_class", "employment"])


def whole_of(*rows):
    return pd.DataFrame(rows, columns=["sector", "size_class", "employment"])


WITHHELD = jobs_of(
    ("A", LEATHER, "small", np.nan),
    ("A", SHOPS, "small", 200),
    ("B", LEATHER, "small", 30),
    ("B", SHOPS, "small", 900),
)
NATION = whole_of((LEATHER, "small", 430), (HOUSING, "large", 500), (SHOPS, "small", 9_000))


def industry(found, market, name=LEATHER):
    return found.industries.loc[(market, name)]


def test_no_cell_is_larger_than_what_the_whole_leaves():
    """430 in the nation less 30 in B leave A at most 400; without the nation nothing bounds it."""
    found = districts(WITHHELD, reference=NATION, rules=RULES)
    assert industry(found, "A")[["employment_low", "employment_high"]].tolist() == [0, 400]
    alone = industry(districts(WITHHELD, rules=RULES), "A")
    assert alone["employment_low"] == 0
    assert np.isnan(alone["employment_high"])


def test_other_cells_of_the_same_kind_leave_less():
    """Two withheld cells share what is left; one that is at least 150 leaves the other 250 at most."""
    jobs = pd.concat([WITHHELD, jobs_of(("C", LEATHER, "small", np.nan))], ignore_index=True)
    jobs["employment_low"] = np.where(jobs["territory"] == "C", 150.0, np.nan)
    found = districts(jobs, reference=NATION, rules=RULES)
    assert industry(found, "A")["employment_high"] == 250
    assert industry(found, "C")[["employment_low", "employment_high"]].tolist() == [150, 400]


def test_sizes_of_the_whole_bound_a_size():
    """Of 430 jobs in leather 130 are in small plants: less 30 in B, 100 are left for the small ones of A."""
    nation = whole_of((LEATHER, "small", 130), (LEATHER, "large", 300), (SHOPS, "small", 9_000))
    found = districts(WITHHELD, reference=nation, rules=RULES)
    assert industry(found, "A")["employment_high"] == 100
    # Enterprises may have plants beyond the markets, which makes their class another one there.
    enterprises = districts(WITHHELD, reference=nation, rules=replace(RULES, size_of="enterprise"))
    assert industry(enterprises, "A")["employment_high"] == 400


def test_a_plant_is_no_larger_than_the_whole_of_its_sector():
    """40 jobs are left in all the nation: what has no size class is small, and there are no large plants."""
    jobs = WITHHELD.assign(size_class=WITHHELD["size_class"].where(WITHHELD["employment"].notna(), None))
    nation = whole_of((LEATHER, "small", 70), (HOUSING, "large", 500), (SHOPS, "small", 9_000))
    found = districts(jobs, reference=nation, rules=RULES)
    assert industry(found, "A")["employment_high"] == 40
    assert found.sizes.loc[("A", "large"), "employment"] == 0


def test_coarse_codes_of_the_whole_bound_less():
    """What may be leather in the nation is 430 and 70 more of manufacturing that it does not tell apart."""
    nation = pd.concat([NATION, whole_of(("manufacturing", "small", 70))], ignore_index=True)
    found = districts(WITHHELD, reference=nation, rules=RULES)
    assert industry(found, "A")["employment_high"] == 470


def test_totals_of_markets_bound_what_they_withhold():
    """A has 260 jobs in all, 200 of them in shops: 60 at most are left."""
    totals = jobs_of(("A", "all", None, 260), ("B", "all", None, 930))
    jobs = pd.concat([WITHHELD, totals], ignore_index=True)
    found = districts(jobs, rules=replace(RULES, total="all"))
    assert industry(found, "A")[["employment_low", "employment_high"]].tolist() == [0, 60]
    assert "all" not in set(found.activities.index.get_level_values("activity"))
    # and with the nation the smaller bound of both
    both = districts(jobs, reference=NATION, rules=replace(RULES, total="all"))
    assert industry(both, "A")["employment_high"] == 60
    # a preset stays one, wherever totals are
    assert set(both.areas["preset"]) == {"istat2006_unconfirmed"}


def test_the_total_of_the_whole_is_no_sector():
    jobs = pd.concat([WITHHELD, jobs_of(("A", "all", None, np.nan))], ignore_index=True)
    nation = pd.concat([NATION, whole_of(("all", None, 9_930))], ignore_index=True)
    rules = replace(RULES, total="all")
    found = districts(jobs, reference=nation, rules=rules)
    plain = districts(WITHHELD, reference=NATION, rules=RULES)
    pd.testing.assert_frame_equal(found.activities, plain.activities)


def test_totals_that_contradict_are_refused():
    jobs = pd.concat([WITHHELD, jobs_of(("B", "all", None, 500))], ignore_index=True)
    with pytest.raises(LayerError, match="less than the jobs of the sectors in 1 territories: “B”"):
        districts(jobs, rules=replace(RULES, total="all"))
    with pytest.raises(LayerError, match="no row of jobs has the sector “sum”"):
        districts(jobs, rules=replace(RULES, total="sum"))


def test_a_size_class_that_the_whole_has_not_is_unknown():
    """Medium plants in A and none in the nation: 100 / 0 is no quotient, and may be above that of large ones."""
    jobs = jobs_of(("A", LEATHER, "medium", 100), ("A", LEATHER, "large", 300), ("A", SHOPS, "small", 100))
    nation = whole_of((LEATHER, "small", 500), (LEATHER, "large", 500), (SHOPS, "small", 9_000))
    found = districts(jobs, reference=nation, rules=RULES)
    row = found.evidence.query("territory == 'A' and asked == 'size_quotients'").iloc[0]
    # small: none here, 0; large: 0.75 / 0.5 = 1.5; medium: undefined
    assert row[["passed", "reason", "of"]].tolist() == ["unknown", "no share in the whole", "small; medium"]
    assert row["cure"] == "a whole that has some of it"
    assert row["threshold"] == 1.5
    assert np.isnan(found.sizes.loc[("A", "medium"), "lq"])
    # Where another class is above that of large ones, whatever the undefined one is, the step is passed.
    more = pd.concat([jobs, jobs_of(("A", LEATHER, "small", 2_000))], ignore_index=True)
    larger = nation.assign(employment=nation["employment"] * 10)
    found = districts(more, reference=larger, rules=RULES)
    assert found.evidence.query("territory == 'A' and asked == 'size_quotients'")["passed"].tolist() == [
        "yes"
    ]
    # and where the class is in neither, nothing is unknown
    found = districts(jobs[jobs["size_class"] != "medium"], reference=nation, rules=RULES)
    assert found.evidence.query("territory == 'A' and asked == 'size_quotients'")["passed"].tolist() == ["no"]
