"""Whatever withheld cells, coarse codes and unknown sizes turn out to be, no verdict that was told becomes another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from geoterritorio.identification import PRESETS, districts

SECTORS = [
    "leather_footwear",
    "housing_goods",
    "transport_equipment",
    "jewellery_music_toys",
    "business_services",
    "consumer_services",
    "agriculture",
]
# Codes that say less, each with what it may be.
COARSE = {
    "leather_footwear": "leather_footwear; housing_goods",
    "housing_goods": "manufacturing",
    "jewellery_music_toys": "jewellery_music_toys; traditional_services",
    "business_services": "business_services; consumer_services",
    "consumer_services": "business_services; consumer_services; social_services",
}
# Small begins at ten jobs, or rules with micro firms would be told two things of one plant.
SIZES = [(10, 49, "small"), (50, 249, "medium"), (250, 900, "large")]
PEOPLE = pd.Series({"A": 900.0, "B": 800.0, "C": 1000.0, "whole": 50_000.0})


def plants(rng, number):
    size = rng.integers(0, 3, number)
    jobs = [rng.integers(SIZES[s][0], SIZES[s][1] + 1) for s in size]
    return pd.DataFrame(
        {
            "territory": rng.choice(["A", "B", "C"], number),
            "sector": rng.choice(SECTORS, number),
            "size_class": [SIZES[s][2] for s in size],
            "employment": np.array(jobs, dtype=float),
            "establishments": 1.0,
        }
    )


def table(firms):
    return firms.groupby(["territory", "sector", "size_class"], as_index=False).sum()


def veiled(jobs, rng, how):
    """Table of which something is hidden that the whole one answers to."""
    jobs = jobs.copy()
    if "jobs" in how:
        some = rng.random(len(jobs)) < 0.25
        jobs["employment_low"] = np.floor(jobs["employment"] * rng.uniform(0.5, 1, len(jobs)))
        jobs["employment_high"] = np.ceil(jobs["employment"] * rng.uniform(1, 1.5, len(jobs)))
        jobs.loc[rng.random(len(jobs)) < 0.1, "employment_high"] = np.nan
        jobs.loc[some, "employment"] = np.nan
    if "units" in how:
        jobs.loc[rng.random(len(jobs)) < 0.5, "establishments"] = np.nan
    if "sizes" in how:
        jobs.loc[rng.random(len(jobs)) < 0.3, "size_class"] = None
    if "codes" in how:
        some = rng.random(len(jobs)) < 0.4
        jobs["sector"] = jobs["sector"].mask(some, jobs["sector"].replace(COARSE))
    return jobs


@pytest.mark.filterwarnings("ignore:reference")  # one market may be alone
@pytest.mark.parametrize("preset", PRESETS)
@settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    seed=st.integers(0, 10**6),
    number=st.integers(3, 60),
    how=st.sets(st.sampled_from(["jobs", "units", "sizes", "codes"]), min_size=1),
    own=st.booleans(),
    beyond=st.sampled_from([0, 5, 400]),
    total=st.booleans(),
)
def test_what_is_told_of_part_of_the_truth_holds_for_all_of_it(preset, seed, number, how, own, beyond, total):
    rng = np.random.default_rng(seed)
    jobs = table(plants(rng, number))
    whole = (
        pd.concat([table(plants(rng, beyond)), jobs])
        .groupby(["sector", "size_class"], as_index=False)
        .sum(numeric_only=True)
    )
    reference = (
        None
        if own
        else pd.concat(
            [
                whole,
                pd.DataFrame(
                    {"sector": SECTORS, "size_class": "small", "employment": 9.0, "establishments": 2.0}
                ),
            ]
        )
    )
    rules = replace(PRESETS[preset].rules, classification="groups")
    options = {"reference": reference, "rules": rules, "people": PEOPLE}
    true = districts(jobs, **options)
    seen = veiled(jobs, rng, how)
    if total:
        sums = jobs.groupby("territory", as_index=False)["employment"].sum()
        seen = pd.concat([seen, sums.assign(sector="all", size_class=None)], ignore_index=True)
        options["rules"] = replace(rules, total="all")
    told = districts(seen, **options)
    index = told.areas.index
    both = pd.DataFrame({"told": told.evidence["passed"], "true": true.evidence["passed"]})
    sure = both[both.isin(["yes", "no"]).all(axis=1)]
    assert (sure["told"] == sure["true"]).all(), both
    for column in ("district", "verdict"):
        known = ~told.areas[column].isin(["unknown", "undecidable", "no district"])
        compared = true.areas.loc[index, column]
        sure = known & ~compared.isin(["unknown", "undecidable", "no district"])
        assert (told.areas.loc[sure, column] == compared[sure]).all()
    # and where the truth itself is open, so is what is told of a part
    assert not (
        told.areas["district"].isin(["yes"]) & true.areas.loc[index, "district"].isin(["unknown"])
    ).any()
