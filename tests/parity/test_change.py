"""Shift-share of REAT on Freiburg and Göttingen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import shift_share

FREIBURG, DYNAMIC = "reat_shift_freiburg_2008_2014", "reat_shiftd_goettingen_2008_2017"
BY_INDUSTRY = "reat_shifti_freiburg_peerbug"
METHODS = {"Dunn": "classic", "Esteban": "esteban_marquillas", "Gerfin": "gerfin"}
# The peer's names of what we call otherwise; its regional share of Esteban's method is the competitive part.
NAMES = {
    "Growth (t1-t)": "change",
    "National share": "national",
    "Industrial mix": "mix",
    "Allocation effect": "allocation",
}


def freiburg(oracles, case=FREIBURG, method="classic"):
    rows = pd.read_csv(oracles / case / "inputs/freiburg.csv", index_col=0)
    town = [rows[[f"e_Freiburg{year}"]].T.set_axis(["Freiburg"]) for year in (2008, 2014)]
    return shift_share(*town, method=method, reference=(rows["e_Germany2008"], rows["e_Germany2014"]))


def goettingen(oracles, step):
    rows = pd.read_csv(oracles / DYNAMIC / "inputs/goettingen.csv", index_col=0)
    years = range(2017, 2007, -1)  # out of order on purpose
    town = {year: rows[[f"Goettingen{year}"]].T.set_axis(["Göttingen"]) for year in years}
    nation = {year: rows[f"BRD{year}"] for year in years}
    return shift_share(town, method="dynamic", step=step, reference=nation)


def ours(row: Any, name: str, method: str) -> float:
    if name == "Net total shift":
        return row["mix"] * row["regional"] if method == "gerfin" else row["mix"] + row["regional"]
    if name == "Regional share":
        return row["competitive" if method == "esteban_marquillas" else "regional"]
    return row[NAMES[name]]


@pytest.mark.parametrize("name", METHODS)
def test_reat_shift(oracles, name):
    peer = pd.read_csv(oracles / FREIBURG / "expected/components.csv").query("method == @name")
    row = freiburg(oracles, method=METHODS[name]).totals.loc["Freiburg"]
    assert len(peer) >= 3
    for component, value in zip(peer["component"], peer["value"], strict=True):
        assert ours(row, component, METHODS[name]) == pytest.approx(value, rel=1e-9), component


@pytest.mark.parametrize("name", ["Dunn", "Esteban"])
def test_reat_shiftd(oracles, name):
    folder = oracles / DYNAMIC / "expected"
    peer = pd.read_csv(folder / f"components_{name.lower()}.csv", index_col=0)["Components"]
    found = goettingen(oracles, METHODS[name])
    for component, value in peer.items():
        assert ours(found.totals.loc["Göttingen"], component, METHODS[name]) == pytest.approx(value, rel=1e-9)
    yearly = pd.read_csv(folder / f"by_year_{name.lower()}.csv", index_col=0)
    steps = found.steps.set_index(found.steps["start"] + "-" + found.steps["end"])
    assert list(steps.index) == list(yearly.columns)
    for span in yearly:
        for component, value in yearly[span].items():
            assert ours(steps.loc[span], component, METHODS[name]) == pytest.approx(value, rel=1e-9, abs=1e-8)


def test_textbook_split_by_industry(oracles):
    peer = pd.read_csv(oracles / BY_INDUSTRY / "expected/textbook_dunn_by_industry.csv", index_col=0)
    found = freiburg(oracles, BY_INDUSTRY).cells.set_index("sector").loc[peer.index]
    np.testing.assert_allclose(found[peer.columns], peer, rtol=1e-9)


@pytest.mark.parametrize("name", ["dunn", "esteban"])
def test_reat_shifti_calls_nation_and_mix_together_national(oracles, name):
    peer = pd.read_csv(oracles / BY_INDUSTRY / f"expected/reat_{name}_by_industry.csv", index_col=0)
    found = freiburg(oracles, BY_INDUSTRY).cells.set_index("sector").loc[peer.index]
    np.testing.assert_allclose(found["national"] + found["mix"], peer["National share"], rtol=1e-9)
    np.testing.assert_allclose(found["regional"], peer["Regional share"], rtol=1e-9)
    np.testing.assert_allclose(found["change"], peer["Growth (t1-t)"], rtol=1e-9)
