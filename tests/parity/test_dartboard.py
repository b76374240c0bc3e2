"""Dartboard indices of REAT on its textbook data, and the textbook where the peer errs."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    coagglomerated_pairs,
    coagglomeration,
    ellison_glaeser,
    pairwise_coagglomeration,
    plant_colocation,
    tabulate,
)

RENAMED = {"region": "territory", "industry": "sector", "emp_firm": "employment"}


@pytest.fixture
def plants(oracles: Path) -> pd.DataFrame:
    path = oracles / "reat_ellison_a2_fk2014/inputs/firms.csv"
    return pd.read_csv(path, dtype={"region": "str"}).rename(columns=RENAMED)


def expected(oracles: Path, case: str, name: str) -> pd.DataFrame:
    return pd.read_csv(oracles / case / "expected" / name)


def test_ellison_glaeser_within_the_table(oracles, plants):
    peer = expected(oracles, "reat_ellison_a2_fk2014", "eg.csv").set_index("industry")
    found = ellison_glaeser(tabulate(plants), plants).loc[peer.index]
    names = {"gamma": "Gamma i", "g": "G i", "z": "z Gi", "plants": "K i", "herfindahl": "HHI i"}
    for ours, theirs in names.items():
        np.testing.assert_allclose(found[ours], peer[theirs], rtol=1e-12)


def test_ellison_glaeser_beside_totals_of_regions(oracles, plants):
    peer = expected(oracles, "reat_ellison_a_fk2014_regiontotals", "eg.csv").set_index("industry")
    regions = plants.drop_duplicates("territory").set_index("territory")["emp_region"]
    found = ellison_glaeser(tabulate(plants), plants, reference=regions).loc[peer.index]
    assert found.attrs["reference"] == "emp_region"
    for ours, theirs in {"gamma": "gamma", "g": "G", "z": "z", "plants": "K", "herfindahl": "H"}.items():
        np.testing.assert_allclose(found[ours], peer[theirs], rtol=1e-12)


def test_coagglomeration_by_the_textbook_where_the_peer_errs(oracles, plants):
    case = "reat_ellison_c_fk2014_peerbug"
    textbook = expected(oracles, case, "textbook_pairs.csv")
    counts = tabulate(plants)
    own = counts.sum(axis=1)
    matrix = pairwise_coagglomeration(counts, reference=own)
    pairs = coagglomerated_pairs(counts, plants, reference=own).set_index(["sector", "other"])["gamma"]
    for row in textbook.itertuples():
        assert matrix.loc[row.industry1, row.industry2] == pytest.approx(row.egk2010, rel=1e-11)
        assert pairs[(row.industry1, row.industry2)] == pytest.approx(row.egk2010, rel=1e-11)
        group = pd.Series("pair", index=[row.industry1, row.industry2]).reindex(counts.columns)
        assert coagglomeration(counts, plants, group)["gamma"].item() == pytest.approx(row.eg1997, rel=1e-11)
    scalars = json.loads((oracles / case / "expected/scalars.json").read_text())
    whole = coagglomeration(counts, plants, pd.Series("all", index=counts.columns))["gamma"].item()
    assert whole == pytest.approx(scalars["textbook_eg1997_all"], rel=1e-11)
    # The peer's values are beyond any coagglomeration of shares.
    assert abs(scalars["reat_c"]) > 1
    assert abs(whole) < 1


def test_colocation_of_plants(oracles, plants):
    peer = expected(oracles, "reat_howard_cl_fk2014", "cl.csv").set_index(["industry1", "industry2"])["CL"]
    found = plant_colocation(tabulate(plants, measure="establishments"))
    assert list(found.set_index(["sector", "other"]).index) == list(
        itertools.combinations(sorted(set(plants["sector"])), 2)
    )
    values = found.set_index(["sector", "other"])["colocation"]
    np.testing.assert_allclose(values.loc[peer.index], peer, rtol=1e-12)
