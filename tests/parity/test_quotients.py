"""Location quotients of established packages on real data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    Whole,
    additive_location_quotient,
    excess_employment,
    location_quotient,
    standardised_location_quotient,
)
from geoterritorio.errors import GeoterritorioWarning

ORACLES = Path(__file__).parents[3] / "shared" / "oracles"
pytestmark = pytest.mark.skipif(
    not ORACLES.is_dir(), reason="results of the peers are not beside the repository"
)


def german_states() -> pd.DataFrame:
    rows = pd.read_csv(ORACLES / "reat_locq2_german_states_2015/inputs/data.csv")
    return rows.pivot_table(index="region_code", columns="ind_code", values="emp_all", aggfunc="sum")


def expected(case: str, name: str) -> pd.DataFrame:
    return pd.read_csv(ORACLES / case / "expected" / name, index_col=0)


def same(found: pd.DataFrame, peer: pd.DataFrame, rtol: float) -> None:
    assert peer.size > 0
    np.testing.assert_allclose(found.loc[peer.index, peer.columns], peer, rtol=rtol, equal_nan=True)


def test_reat_locq2():
    same(location_quotient(german_states()).T, expected("reat_locq2_german_states_2015", "lq.csv"), 1e-9)


@pytest.mark.parametrize(
    ("case", "name", "rtol"),
    [("econgeo_lq_german_states_2015", "lq.csv", 1e-12), ("econcomplex_german_states_2015", "rca.csv", 1e-8)],
)
def test_matrices_of_regions_by_industries(case, name, rtol):
    matrix = pd.read_csv(ORACLES / case / "inputs/matrix.csv", index_col=0).astype(float)
    same(location_quotient(matrix), expected(case, name), rtol)


def test_econgeo_presence_and_mean():
    case = "econgeo_lq_german_states_2015"
    matrix = pd.read_csv(ORACLES / case / "inputs/matrix.csv", index_col=0).astype(float)
    found = location_quotient(matrix)
    same((found >= 1).astype(int), expected(case, "lq_binary.csv"), 0)
    regions = expected(case, "by_region.csv")
    # The peer's mean weights each quotient by the share of its sector in the region.
    mean = found.mul(matrix.div(matrix.sum(axis=1), axis=0)).sum(axis=1)
    np.testing.assert_allclose(mean.loc[regions.index], regions["lq_avg"], rtol=1e-12)


def test_ecomplexity_rca():
    case = "ecomplexity_german_states_2015"
    rows = pd.read_csv(ORACLES / case / "inputs/data.csv")
    matrix = rows.pivot_table(index="region_code", columns="ind_code", values="val", aggfunc="sum").fillna(0)
    cells = pd.read_csv(ORACLES / case / "expected/cells.csv")
    peer = cells.pivot_table(index="region_code", columns="ind_code", values="rca", aggfunc="sum")
    same(location_quotient(matrix), peer, 1e-6)


def test_reat_locq_with_published_totals():
    case = "reat_locq_goettingen_2017"
    rows = pd.read_csv(ORACLES / case / "inputs/goettingen.csv", index_col="ind")
    totals = json.loads((ORACLES / case / "expected/scalars.json").read_text())
    town = rows[["e_ij"]].T.astype(float)
    whole = {
        "reference": Whole(rows["e_i"], totals["e_total"], "Germany"),
        "totals": pd.Series({"e_ij": totals["e_j_total"]}),
    }
    peer = expected(case, "lq.csv")
    np.testing.assert_allclose(
        location_quotient(town, **whole).loc["e_ij", peer.index], peer["LQ"], rtol=1e-9
    )
    additive = additive_location_quotient(town, **whole).loc["e_ij", peer.index]
    np.testing.assert_allclose(additive, peer["LQ_additive"], rtol=1e-9)
    # Jobs above expectation are the additive quotient on the scale of the sector.
    excess = excess_employment(town, **whole).loc["e_ij", peer.index]
    np.testing.assert_allclose(excess, peer["LQ_additive"] * rows["e_i"], rtol=1e-9)


def test_textbook_standardisation_where_the_peer_errs():
    case = "reat_locq2_norm_OG_T_german_states_2015"
    same(standardised_location_quotient(german_states()).T, expected(case, "textbook_SLQ.csv"), 1e-9)
    with pytest.warns(GeoterritorioWarning, match="1 location quotients are 0"):
        logs = standardised_location_quotient(german_states(), transform="log").T
    peer = expected(case, "textbook_SLLQ.csv")
    # A zero leaves the textbook without the whole sector; here the other territories keep their scores.
    same(logs.loc[peer.notna().all(axis=1)], peer.dropna(), 1e-9)
    assert peer.index[peer.isna().any(axis=1)].tolist() == ["WZ08-B"]
    assert logs.loc["WZ08-B"].isna().sum() == 1
