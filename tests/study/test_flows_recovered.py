"""Flows of few commuters that other tables of a project would give back: raw flows, and flows between drawn markets."""

import numpy as np
import pandas as pd
import pyogrio
import pytest
from attacked import squares

from geoterritorio.layers.store import write_layers
from geoterritorio.study.kept import kept
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.withheld_flows import pairs_of_drawn, pairs_of_markets

SIDE, ACROSS = 4000, 8
STUDY = """
[study]
title = "Commuters"

[profiles]
write = false

[layers.towns]
kind = "territories"
path = "towns.gpkg"

[layers.commuting]
kind = "flows"
path = "commuting.csv"

[steps.drawn]
tool = "labour_markets"
territories = "towns"
flows = "commuting"
outside = "X"

[steps.net]
tool = "market_network"
territories = "towns"
flows = "commuting"
areas = "drawn.areas"
outside = "X"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Invented commuters between 64 towns in 16 groups of four, and across the border."""
    found = tmp_path_factory.mktemp("flows")
    towns = squares(SIDE, 2, ACROSS, ACROSS, "T")
    write_layers({str(found / "towns.gpkg"): towns})
    rng = np.random.default_rng(5)
    k = np.arange(len(towns))
    group = k % ACROSS // 2 + ACROSS // 2 * (k // ACROSS // 2)
    people = rng.poisson(0.015, (len(k), len(k))) + np.where(
        group[:, None] == group, rng.poisson(150, (len(k), len(k))), 0
    )
    np.fill_diagonal(people, rng.poisson(2500, len(k)))
    names = towns["territory"].to_numpy()
    a, b = np.nonzero(people)
    rows = pd.DataFrame({"origin": names[a], "destination": names[b], "flow": people[a, b]})
    out = pd.DataFrame({"origin": names, "destination": "X", "flow": rng.poisson(9, len(k)) + 1})
    into = pd.DataFrame({"origin": "X", "destination": names, "flow": rng.poisson(9, len(k)) + 1})
    pd.concat([rows, out, into]).to_csv(found / "commuting.csv", index=False)
    return found


def run(folder, name, words=""):
    (folder / f"{name}.toml").write_text(STUDY + words, encoding="utf-8")
    return run_study(folder / f"{name}.toml", folder / name)["report"].parent


@pytest.fixture(scope="module")
def safe(folder):
    return run(folder, "safe")


def tables(folder):
    project = folder / "project.gpkg"
    return {
        name: pyogrio.read_dataframe(project, layer=name, read_geometry=False)
        for name in pyogrio.list_layers(project)[:, 0]
    }


def given_back(told):
    """Flows between markets that are withheld, and those of them that tables of the project give back."""
    links = told["net_links"]
    gone = links.loc[links["flow"].isna(), ["origin", "destination"]]
    withheld = set(zip(gone["origin"], gone["destination"], strict=True))
    market = told["drawn_membership"].set_index("territory")["market"]
    found = set()
    for rows in told.values():
        if {"origin", "destination", "flow"} <= set(rows.columns):
            ends = rows[["origin", "destination"]]
            for known in (ends, ends.apply(lambda column: column.map(market))):
                there = known.assign(flow=rows["flow"]).dropna()
                found |= set(zip(there["origin"], there["destination"], strict=True))
    return withheld, found & withheld


def test_no_table_of_the_project_gives_a_withheld_flow_back(safe):
    withheld, found = given_back(tables(safe))
    assert len(withheld) > 10
    assert not found


def test_raw_flows_are_not_in_the_project_and_readers_are_told(safe):
    told = tables(safe)
    assert not {"commuting", "commuting_lines"} & set(told)
    assert told["drawn_between"]["flow"].notna().any()
    text = (safe / "report.html").read_text(encoding="utf-8")
    assert "not in the QGIS project" in text
    assert "no están en el proyecto de QGIS" in (safe / "report.es.html").read_text(encoding="utf-8")


def test_markets_as_drawn_and_as_a_network_withhold_the_same_flows(safe):
    """Two tables of the same flows with different partners would give each other's back."""
    results = {r.step.name: r.outputs for r in kept(safe).results}
    assert pairs_of_drawn(results["drawn"], 3) == pairs_of_markets(results["net"], 3)
    told = tables(safe)
    ends = ["origin", "destination"]
    both = told["drawn_between"].merge(told["net_links"], on=ends, suffixes=("", "_net"))
    assert (both["flow"].isna() == both["flow_net"].isna()).all()


def test_strengths_of_commuting_between_places_are_not_told(safe):
    told = tables(safe)
    for name in ("drawn_trace", "drawn_reserve"):
        assert name not in told or told[name]["cohesion"].isna().all()


def test_flows_that_others_have_published_are_told_whole(folder):
    told = tables(run(folder, "open", '[disclosure]\npublished = ["commuting"]\n'))
    assert {"commuting", "commuting_lines"} <= set(told)
    assert told["net_links"]["flow"].notna().all()
    assert told["drawn_between"]["flow"].notna().all()
