"""What chapters on institutions, networks and brokers say first: what holds, what does not, and what is not known."""

import numpy as np
import pandas as pd
import pytest

from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.report import _listing
from geoterritorio.publication.standouts import standout

TOWNS = {"territory": ["A", "B", "C"], "name": ["Alba", "Berro", "Cima"]}


def said(table, kind, lang="en"):
    return standout(Listing("T", table, "", kind=kind), lang)


def institutions(**more):
    known = {
        "kinds_present": [10.0, 4, 8],
        "missing_kinds": ["", "laboratory; chamber", "laboratory"],
        "kinds_p": [1.0, 0.6, 0.3],
        "density": [3.0, 9.0, 4.0],
        "low": [2.0, 3.0, 1.0],
        "high": [5.0, 19.0, 9.0],
        "reason": "",
        "cure": "",
    }
    return pd.DataFrame({**TOWNS, **known, **more})


def test_gaps_are_counted_and_not_claimed_where_chance_leaves_as_few():
    told = said(institutions(), "innovation_areas")
    assert told.startswith(
        "At least one kind of institution is missing in 2 of 3 territories; most of them, 2 of 10, in Berro. The kind "
        "missing most often is “laboratory”: in 2."
    )
    assert "In none of 3 tested are there fewer kinds" in told
    assert "from 3.00 (2.00–5.00) in Alba to 9.00 (3.00–19.0) in Berro; the intervals overlap" in told
    sure = said(institutions(kinds_p=[1.0, 0.001, 0.3]), "innovation_areas")
    assert "(q < 0.05): 1 of 3 tested, Berro." in sure
    apart = said(institutions(low=[2.0, 6.0, 1.0]), "innovation_areas")
    assert "the intervals lie apart, but these are the ends of 3 territories" in apart


def test_without_gaps_nothing_is_missing_and_what_is_unknown_says_what_would_decide_it():
    none = said(institutions(missing_kinds=""), "innovation_areas")
    assert none.startswith("None of 3 territories lacks a kind of institution")
    unknown = institutions(
        kinds_present=np.nan,
        density=np.nan,
        reason="not covered",
        cure="a layer of institutions that covers the territory",
    )
    assert said(unknown, "innovation_areas") == (
        "Not known in full of 3 of 3 territories: the layer of institutions does not cover the territory (it would be "
        "decided by: a layer of institutions that covers the territory)."
    )
    assert said(institutions().iloc[:0], "innovation_areas") is None


def thickness(q):
    parts = ("presence", "interaction", "coalition", "agenda")
    rows = [(t, n, p) for t, n in zip(*TOWNS.values(), strict=True) for p in parts]
    table = pd.DataFrame(rows, columns=["territory", "name", "part"]).assign(value=0.5, q=np.nan)
    table.loc[table["part"] == "interaction", "q"] = q
    return table.assign(reason="", cure="")


def test_parts_of_thickness_are_told_one_by_one():
    told = said(thickness([0.01, 0.5, np.nan]), "institutional_thickness")
    assert "links them (q < 0.05): 1 of 2 tested, Alba; too few links to test: 1." in told
    assert told.endswith("The four parts stand side by side and are not added up.")
    assert "In none of 2 tested" in said(thickness([0.2, 0.5, np.nan]), "institutional_thickness")
    assert "too few to be tested anywhere" in said(thickness(np.nan), "institutional_thickness")
    lone = thickness(np.nan)
    lone.loc[lone["part"] == "coalition", "value"] = 0.0
    assert "no coalition is seen" in said(lone, "institutional_thickness")


def training(q, certainty="unclear"):
    return pd.DataFrame(
        {
            **TOWNS,
            "purpose": "training",
            "jobs": 100.0,
            "no_field": 20.0,
            "match_share": [0.2, 0.5, 0.7],
            "expected": [0.6, 0.5, 0.7],
            "p_low": [0.01, 0.5, 0.6],
            "q": q,
            "certainty": certainty,
            "reason": "",
            "cure": "",
        }
    )


def test_training_is_claimed_only_where_it_is_told_from_chance():
    told = said(training([0.3, 1.0, 1.0]), "training_match")
    assert told.startswith("Training: the field is taught there for 20% of the jobs in Alba to 70% in Cima.")
    assert "None of 3 tested is told from chance" in told
    assert "no finding: Alba (20%; chance gives 60%; q = 0.30)" in told
    assert told.endswith("Jobs of sectors that no field serves are left out: 20%.")
    sure = said(training([0.01, 1.0, 1.0], ["low", "unclear", "unclear"]), "training_match")
    assert "1 of 3 tested; more than chance gives: –; less: Alba." in sure
    assert "no finding" not in sure


@pytest.mark.parametrize(
    ("p", "q", "whole", "places"),
    [
        (0.5, [0.5, 0.6], "not told from chance (p = 0.500)", "None of 2 territories tested"),
        (
            0.01,
            [0.01, 0.6],
            "more synergy than chance (p = 0.010)",
            "more synergy than chance (q < 0.05): 1 (Alba); less: 0",
        ),
    ],
)
def test_synergy_is_told_beside_chance(p, q, whole, places):
    table = pd.DataFrame(
        {
            "part": ["whole", "territory", "territory"],
            "territory": [None, "A", "B"],
            "name": [None, "Alba", "Berro"],
            "synergy": -0.09,
            "low": -0.1,
            "high": -0.08,
            "expected": -0.05,
            "p": p,
            "q": [np.nan, *q],
            "few": "no",
            "reason": "",
            "cure": "",
        }
    )
    told = said(table, "triple_helix")
    assert whole in told
    assert places in told
    assert "not who works with whom" in told


def network(q):
    return pd.DataFrame(
        {
            **TOWNS,
            "measure": "local_share",
            "value": [0.6, 0.1, 0.2],
            "expected": [0.1, 0.1, 0.2],
            "q": q,
            "reason": "",
            "cure": "",
        }
    )


def test_ties_that_stay_are_named_where_they_are_more_than_chance_keeps():
    told = said(network([0.01, 0.9, np.nan]), "network_figures")
    assert "ties that stay: more in 1, less in 0 of 2" in told
    assert "in 1 of 2 tested, most in Alba (60%; by chance 10%)" in told
    assert said(network(0.9), "network_figures").startswith("None of 3 figures tested is told from chance")


def test_what_all_actors_together_show_is_told_too():
    table = network([0.01, 0.9, np.nan]).drop(columns=["territory", "name"], errors="ignore")
    told = said(table.assign(measure=["type_assortativity", "repeated", "density"]), "network_whole")
    assert told == (
        "Of all actors together told from chance (q < 0.05): 1 of 2 figures tested: assortativity by type of actor "
        "(more than by chance)."
    )
    none = said(table.assign(q=0.9), "network_whole")
    assert none == "None of 3 figures tested of all actors together is told from chance (q < 0.05)."
    assert said(table.assign(q=np.nan), "network_whole") is None


def brokers(**more):
    known = {
        "actor": ["i1", "i2"],
        "actor_name": ["Institute", None],
        "strongest": ["gatekeeper", None],
        "linking": [60.0, 3.0],
        "linking_expected": [20.0, 3.0],
        "linking_q": [0.01, np.nan],
    }
    return pd.DataFrame({**known, **more})


def test_brokers_are_named_and_those_that_no_test_reaches_are_counted():
    told = said(brokers(), "institution_brokers")
    assert told.startswith(
        "In a role more often than chance (q < 0.05): 1 of 2 institutions; strongest role: gatekeeper: 1. "
        "Firms, which are not named, count with them in the figures of territories."
    )
    assert "1 of 2 actors; strongest role" in said(brokers(), "actor_brokers")
    assert "1 of 1 tested, foremost Institute (60 ways; by chance 20); too few ways to test: 1." in told
    nobody = said(brokers(strongest=None, linking_q=[0.4, np.nan]), "institution_brokers")
    assert nobody.startswith("None of 2 institutions stands in a role")
    assert "None of 1 tested links knowledge holders" in nobody


@pytest.mark.parametrize("kind", ["innovation_areas", "institutional_thickness"])
def test_sentences_are_spanish_and_begin_their_chapter(kind):
    table = institutions() if kind == "innovation_areas" else thickness([0.01, 0.5, np.nan])
    told = said(table, kind, "es")
    assert "tested" not in told
    assert "institución" in told
    section = _listing(Listing("T", table, "", kind=kind), "es", 1)
    assert section["standout"] == told


def test_shares_are_told_in_percent_by_kind_and_by_what_a_row_measures():
    table = network([0.01, 0.9, 0.9])
    table.loc[2, ["measure", "value"]] = ["components", 7.0]
    cells = _listing(Listing("T", table, "", kind="network_figures"), "en", 1)["table"].rows
    at = list(table.columns).index("value")
    assert [row[at] for row in cells] == ["60%", "10%", "7"]
    moved = pd.DataFrame({"sector": ["a"], "share_before": [0.0142], "share_change": [-0.027]})
    told = _listing(Listing("T", moved, "", kind="local_division"), "es", 1)["table"].rows
    assert told[0][1:] == ("1,4\N{NO-BREAK SPACE}%", "−2,7 puntos")
