"""Local Moran's I and Getis-Ord G beside esda 2.9, on all its cases."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geoterritorio.patterns._nearest import nearest
from geoterritorio.patterns.local import LocalRules, hotspots, local_moran

ANALYTIC = LocalRules(inference="analytic")
BINARY = LocalRules(inference="analytic", weighting="as_given")
# The peer drew 999 times; ours are as good as exact, so the difference is the peer's error.
DRAWN = LocalRules(simulations=40000)
SARDINIA, MEXICO = "esda_sardinia_jobratio_knn8", "esda_mexico_pcgdp2000"
# What esda calls a quadrant, by number.
WORDS = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}


def case(oracles, name):
    folder = oracles / name
    table = "points" if name == SARDINIA else "states"
    rows = pd.read_csv(folder / "inputs" / f"{table}.csv")
    links = pd.read_csv(folder / "inputs" / "adjacency.csv")
    links = links.rename(columns={"i": "territory", "j": "neighbour", "w": "weight"})
    expected = pd.read_csv(folder / "expected" / "local.csv")
    scalars = json.loads((folder / "expected" / "scalars.json").read_text())
    if name == MEXICO:
        # The peer's file of neighbours lists these states in another order than the values, and the peer goes by order.
        swapped = {10: 11, 11: 10, 23: 24, 24: 23}
        links[["territory", "neighbour"]] = links[["territory", "neighbour"]].replace(swapped)
    column = "job_ratio" if name == SARDINIA else "pcgdp2000"
    return rows[column].astype(float), links, expected, scalars


def equal(found, expected, rtol=1e-9):
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=1e-12)


def folded(table):
    """One-sided p of two-sided ones, as far as 1 allows."""
    return table["p"] / 2


@pytest.mark.parametrize("name", [SARDINIA, MEXICO])
def test_local_moran(oracles, name):
    values, links, expected, scalars = case(oracles, name)
    found = local_moran(values, links, rules=ANALYTIC).table
    equal(found["statistic"], expected["local_I"])
    quadrant = expected["quadrant" if name == SARDINIA else "q"]
    all_told = local_moran(values, links, rules=LocalRules(inference="analytic", level=0)).table
    assert all_told["cluster"].tolist() == [WORDS[q] for q in quadrant]
    # The mean of the local ones is the global one but for (n - 1) / n.
    n = len(values)
    equal(found["statistic"].sum() / (n - 1), scalars["moran_I"])
    drawn = local_moran(values, links, rules=DRAWN, rng=1).table
    peer = expected["local_I_p_sim" if name == SARDINIA else "p_sim"]
    np.testing.assert_allclose(folded(drawn), peer, atol=0.05)


def test_moments_of_local_moran(oracles):
    values, links, expected, _ = case(oracles, SARDINIA)
    found = local_moran(values, links, rules=ANALYTIC).table
    # The peer's moments are those of n z lag / sum z^2, its statistic is (n - 1) z lag / sum z^2: ours belong to it.
    n = len(values)
    equal(found["expected"] * n / (n - 1), expected["EIc"])
    equal(found["variance"] * (n / (n - 1)) ** 2, expected["VIc"])
    drawn = local_moran(values, links, rules=DRAWN, rng=1).table
    # z of the peer's simulations, of which there were 999.
    np.testing.assert_allclose(drawn["z"], expected["local_I_z_sim"], rtol=0.1, atol=0.15)


@pytest.mark.parametrize("name", [SARDINIA, MEXICO])
def test_hotspots(oracles, name):
    values, links, expected, _ = case(oracles, name)
    found = hotspots(values, links, rules=BINARY).table
    if name == MEXICO:
        equal(found["z"], expected["Gi_star_z"])
        return
    equal(found["statistic"], expected["Gi_star_B"])
    equal(found["z"], expected["Gi_star_B_z"])
    # The peer's is one-sided.
    equal(found["p"] / 2, expected["Gi_star_B_p_norm"])
    drawn = hotspots(values, links, rules=replace(DRAWN, weighting="as_given"), rng=1).table
    np.testing.assert_allclose(folded(drawn), expected["Gi_star_B_p_sim"], atol=0.05)
    without = hotspots(values, links, star=False, rules=BINARY).table
    equal(without["statistic"], expected["Gi_B"])
    equal(without["z"], expected["Gi_B_z"])


def test_averaging_neighbours_changes_no_z(oracles):
    values, links, expected, _ = case(oracles, SARDINIA)
    summed, averaged = (hotspots(values, links, rules=r).table for r in (BINARY, ANALYTIC))
    # Nine with weight 1/9 are nine with weight 1: the statistic is divided by 9, and so is its deviation.
    equal(averaged["statistic"] * 9, summed["statistic"])
    equal(averaged["z"], summed["z"])
    # The peer takes the weights' sum for the sum of their squares, as of binary weights: its z is too small.
    n = len(values)
    equal(averaged["z"] / expected["Gi_star_R_z"], np.sqrt((n - 1) / (n / 9 - 1)))


def test_nearest_neighbours_are_those_of_the_peer(oracles):
    points = pd.read_csv(oracles / SARDINIA / "inputs" / "points.csv")
    links = pd.read_csv(oracles / SARDINIA / "inputs" / "adjacency.csv")
    looks = nearest(points["x"].to_numpy(), points["y"].to_numpy(), 8).tocoo()
    assert set(zip(looks.row, looks.col, strict=True)) == set(zip(links["i"], links["j"], strict=True))
