"""What `docs/recovery.md` says of measures, on the invented territory of one seed."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
TESTED = [
    "LQ surely above 1, labour markets",
    "Focal LQ surely above 1, municipalities",
    "Cluster index surely above 4, labour markets",
    "Ellison–Glaeser",
    "Maurel–Sédillot",
    "Locational Gini beyond chance",
    "Coagglomeration, labour markets",
]
BASELINES = [
    "*LQ above 1, labour markets*",
    "*Share of jobs, top tenth of a labour market*",
    "*Locational Gini, top tenth*",
    "Standardised LQ, labour markets",
]
GROUPS = "Relatedness of groups named beforehand"


@pytest.fixture(scope="module")
def recovery():
    """The script that makes the page."""
    spec = util.spec_from_file_location("recovery", ROOT / "benchmarks" / "recovery.py")
    module = util.module_from_spec(spec)
    sys.modules["recovery"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scores(recovery, worlds):
    def generate(seed, *, scenario):
        return worlds(seed, scenario)

    return recovery.recovered(recovery.cases(generate, 1, replicates=499), [*TESTED, *BASELINES, GROUPS])


def test_tested_measures_find_districts_and_clusters(scores):
    found = scores.loc[TESTED]
    single = found.drop(index="Coagglomeration, labour markets")
    assert (single["main district"] == 1).all()
    assert (single["main cluster"] == 1).all()
    assert (found["all district"] >= 0.5).all()
    assert (found["all cluster"] >= 0.4).all()
    assert (found["right"] >= 0.75).all()


def test_none_of_them_claims_a_decoy_or_much_where_nothing_is(scores):
    found = scores.loc[TESTED]
    assert (found["one plant"] <= 0.002).all()
    assert (found["dispersed"] <= 0.02).all()
    assert (found["nothing"] <= 0.005).all()
    assert found["size only"].max() <= 0.002


def test_none_of_them_sees_the_large_plant(scores):
    single = scores.loc[TESTED].drop(index="Coagglomeration, labour markets")
    assert (single["main large_firm_system"] == 0).all()
    assert (single["all large_firm_system"] >= 0.2).all()


def test_measures_without_chance_claim_the_decoys_too(scores):
    found = scores.loc[BASELINES]
    assert (found["one plant"] >= 0.5).all()
    assert (found["nothing"] >= 0.05).all()
    assert (found["right"] <= 0.2).all()


def test_groups_named_beforehand_are_told_apart_but_for_the_dispersed(scores):
    found = scores.loc[GROUPS]
    assert (found[["all district", "all cluster"]] == 1).all()
    assert found["one plant"] == 0
    assert found["dispersed"] == 1


def test_the_page_holds_the_tables(recovery):
    page = (ROOT / "docs" / "recovery.md").read_text(encoding="utf-8")
    for name in recovery.measures():
        assert page.count(f"| {name} |") == 2, name


def test_tables_are_written_between_their_marks(recovery):
    table = pd.DataFrame({"a": [1.0, 0.004], "b": [np.nan, 0.5]}, index=["x", "y"])
    text = recovery.told(table, {"a": "first", "b": "second"})
    assert text.splitlines()[2:] == ["| x | 100 | – |", "| y | 0.4 | 50 |"]
    page = "before\n<!-- t -->\nold\n<!-- /t -->\nafter\n"
    assert recovery.written(page, {"t": "new"}) == "before\n<!-- t -->\nnew\n<!-- /t -->\nafter\n"
