"""Indices of established packages on real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    entropy,
    hachman,
    herfindahl,
    hoover,
    krugman_concentration,
    krugman_specialisation,
    locational_gini,
    relative_diversity,
)


@pytest.fixture
def case(oracles, request) -> Path:
    return oracles / request.param


def matrix(case: Path, name: str = "matrix.csv") -> pd.DataFrame:
    return pd.read_csv(case / "inputs" / name, index_col=0).astype(float)


def expected(case: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(case / "expected" / name, index_col=0)


def same(found: pd.Series, peer: pd.Series, **tolerance: float) -> None:
    assert len(peer) > 0
    np.testing.assert_allclose(found.loc[peer.index], peer, **tolerance)


@pytest.mark.parametrize("case", ["econgeo_gini_hoover_german_states_2015"], indirect=True)
def test_econgeo_by_industry(case):
    counts, peer = matrix(case), expected(case, "by_industry.csv")
    people = pd.read_csv(case / "inputs/pop.csv", index_col=0)["pop"]
    even = pd.Series(1.0, index=counts.index)
    # The peer draws the area; its other Ginis are full, rounded to three decimals, its Hoover per cent to two.
    same(locational_gini(counts, definition="area"), peer["locational_gini"], rtol=1e-9)
    same(locational_gini(counts), peer["locational_gini_full_unrounded"], rtol=1e-9)
    gini, against_people = locational_gini(counts, reference=even), locational_gini(counts, reference=people)
    same(gini, peer["gini_unrounded"], rtol=1e-9)
    same(gini, peer["gini"], atol=6e-4)
    same(against_people, peer["hoover_gini_unrounded"], rtol=1e-9)
    same(against_people, peer["hoover_gini"], atol=6e-4)
    same(100 * hoover(counts, reference=people), peer["hoover_unrounded"], rtol=1e-9)
    same(100 * hoover(counts, reference=people), peer["hoover_index_pct"], atol=6e-3)
    same(100 * hoover(counts, reference=even), peer["hoover_index_equal_pct"], atol=6e-3)


@pytest.mark.parametrize("case", ["econgeo_lq_german_states_2015"], indirect=True)
def test_econgeo_by_region(case):
    counts, peer = matrix(case), expected(case, "by_region.csv")
    same(hachman(counts), peer["hachman"], rtol=1e-12)
    same(krugman_specialisation(counts), peer["krugman"], rtol=1e-12)
    same(hoover(counts, of="territories"), peer["spec_coeff"], rtol=1e-12)
    same(herfindahl(counts, of="territories"), peer["herfindahl"], rtol=1e-12)
    same(entropy(counts), peer["entropy_bits_unrounded"], rtol=1e-9)
    same(entropy(counts), peer["entropy"], atol=6e-4)


@pytest.mark.parametrize("case", ["econcomplex_german_states_2015"], indirect=True)
def test_econcomplex(case):
    counts, regions = matrix(case), expected(case, "regions.csv")
    same(hachman(counts), regions["hachman"], rtol=1e-12)
    same(krugman_specialisation(counts), regions["krugman"], rtol=1e-12)
    same(hoover(counts, of="territories"), regions["spec_coef"], rtol=1e-12)
    # The peer normalises by default.
    same(herfindahl(counts, of="territories", normalised=True), regions["hhi"], rtol=1e-10)
    same(entropy(counts), regions["entropy"], rtol=1e-9)
    industries = expected(case, "industries.csv")
    same(locational_gini(counts, definition="area"), industries["locational_gini"], rtol=1e-9)


@pytest.mark.parametrize("case", ["reat_gini_krugman_herf_durpug_states_2015"], indirect=True)
def test_reat_against_the_whole(case):
    counts = matrix(case, "employment_matrix.csv")
    industries, regions = expected(case, "by_industry.csv"), expected(case, "by_region.csv")
    same(locational_gini(counts, definition="unweighted"), industries["gini_conc"], rtol=1e-9)
    same(krugman_concentration(counts), industries["krugman_conc"], rtol=1e-9)
    same(herfindahl(counts), industries["herf"], rtol=1e-9)
    same(herfindahl(counts, normalised=True), industries["herf_norm"], rtol=1e-9)
    options = {"of": "territories"}
    same(locational_gini(counts, definition="unweighted", **options), regions["gini_spec"], rtol=1e-9)
    same(krugman_specialisation(counts), regions["krugman_spec"], rtol=1e-9)
    same(relative_diversity(counts), regions["durpug"], rtol=1e-9)
    same(herfindahl(counts, **options), regions["herf"], rtol=1e-9)
    same(herfindahl(counts, normalised=True, **options), regions["herf_norm"], rtol=1e-9)
    same(1 / herfindahl(counts, **options), regions["herf_eq"], rtol=1e-9)


@pytest.mark.parametrize("case", ["reat_conc_spec_german_states_2015"], indirect=True)
def test_reat_conc_and_spec(case):
    rows = pd.read_csv(case / "inputs/data.csv")
    counts = rows.pivot_table(index="region_code", columns="ind_code", values="emp_all", aggfunc="sum")
    industries, regions = expected(case, "conc_by_industry.csv"), expected(case, "spec_by_region.csv")
    same(hoover(counts), industries["H i"], rtol=1e-9)
    same(locational_gini(counts, definition="unweighted"), industries["G i"], rtol=1e-9)
    same(hoover(counts, of="territories"), regions["H j"], rtol=1e-9)
    same(locational_gini(counts, of="territories", definition="unweighted"), regions["G j"], rtol=1e-9)
    # The peer's K compares with the unweighted mean of the others' shares: the same index, another whole.
    same(_against_the_others(counts.T), industries["K i"], rtol=1e-9)
    same(_against_the_others(counts), regions["K j"], rtol=1e-9)


def _against_the_others(counts: pd.DataFrame) -> pd.Series:
    own = counts.div(counts.sum(axis=1), axis=0)
    found = {
        unit: krugman_specialisation(counts.loc[[unit]], reference=own.drop(unit).mean())[unit]
        for unit in own.index
    }
    return pd.Series(found)


@pytest.mark.parametrize("case", ["reat_spec_goettingen_2017"], indirect=True)
def test_reat_town_against_the_nation(case):
    rows = pd.read_csv(case / "inputs/goettingen.csv", index_col=0).astype(float)
    peer = expected(case, "measures.csv")["value"]
    town, nation = rows[["g"]].T, rows["n"]
    found = {
        "gini.spec": locational_gini(town, of="territories", reference=nation, definition="unweighted"),
        "krugman.spec": krugman_specialisation(town, reference=nation),
        "durpug": relative_diversity(town, reference=nation),
        "hoover": hoover(town, of="territories", reference=nation),
    }
    assert set(found) == set(peer.index)
    for name, value in found.items():
        assert value["g"] == pytest.approx(peer[name], rel=1e-9), name
