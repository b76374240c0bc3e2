"""What `docs/identification.md` says of planted clusters, on the invented territory of one seed."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CLAIMED = "clusters: cluster or possible cluster"
QUOTIENT, SECTOR = "*quotient above 1 alone*", "*sector alone (largest tenth of the groups)*"


@pytest.fixture(scope="module")
def shares(worlds):
    spec = util.spec_from_file_location("cluster_recovery", ROOT / "benchmarks" / "cluster_recovery.py")
    module = util.module_from_spec(spec)
    sys.modules["cluster_recovery"] = module
    spec.loader.exec_module(module)
    rows = module.recovered(lambda seed, *, scenario: worlds(seed, scenario), 1)
    sums = rows.groupby(["measure", "column"])[["hits", "asked"]].sum()
    return sums["hits"] / sums["asked"]


def test_planted_systems_are_claimed_and_nothing_else(shares):
    assert shares[CLAIMED, "clusters"] == 1
    assert shares[CLAIMED, "districts"] == 1
    assert shares[CLAIMED, "precision"] >= 0.9
    for column in ("false", "one plant", "size only", "dispersed", "nothing"):
        assert shares[CLAIMED, column] <= 0.01


def test_baselines_claim_much_that_is_not_there(shares):
    assert shares[QUOTIENT, "one plant"] == 1
    assert shares[QUOTIENT, "nothing"] > 0.2
    assert shares[QUOTIENT, "precision"] < 0.1
    assert shares[SECTOR, "precision"] < 0.2
    assert shares[SECTOR, "one plant"] == 1
