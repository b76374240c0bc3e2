"""K-density, M, m and their bands beside dbmss."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from geoterritorio.patterns import PatternRules, envelope, k_density, m_density, m_function

RULES = PatternRules(farthest=50, steps=50, simulations=0)
pytestmark = pytest.mark.filterwarnings("ignore:.*share their point")


def trees(case):
    points = pd.read_csv(case / "inputs" / "points.csv")
    return points.rename(columns={"PointType": "sector", "PointWeight": "employment"})


@pytest.mark.parametrize(
    ("column", "sectors", "weighted"),
    [
        ("Kd_QRosea_exact", ("Q. Rosea", None), False),
        ("Kd_QRosea_weighted_exact", ("Q. Rosea", None), True),
        ("Kd_VA_QR_exact", ("V. Americana", "Q. Rosea"), False),
    ],
)
def test_k_density_equals_the_sum_of_kernels(oracles, column, sectors, weighted):
    case = oracles / "dbmss_Kdhat_paracou16"
    expected = pd.read_csv(case / "expected" / "kd.csv")
    scalars = json.loads((case / "expected" / "scalars.json").read_text())
    found = k_density(trees(case), *sectors, weighted=weighted, rules=RULES)
    np.testing.assert_allclose(found.table["value"], expected[column], rtol=1e-9)
    # The package itself bins on a grid and interpolates.
    np.testing.assert_allclose(
        found.table["value"],
        expected[column.replace("_exact", "").replace("VA_QR", "VAmericana_QRosea")],
        rtol=2e-3,
    )
    assert found.bandwidth == pytest.approx(scalars["VA_QR_bw" if sectors[1] else "QRosea_bw"], rel=1e-12)


@pytest.mark.parametrize(
    ("sectors", "name"), [(("V. Americana", "Q. Rosea"), "VA_QR"), (("Q. Rosea", None), "QR")]
)
def test_m_equals_that_of_dbmss(oracles, sectors, name):
    case = oracles / "dbmss_Mhat_mhat_paracou16"
    points = trees(case)
    cumulative = pd.read_csv(case / "expected" / "M.csv")[f"M_{name}"]
    density = pd.read_csv(case / "expected" / "m.csv")[f"m_{name}"]
    found = m_function(points, *sectors, weighted=True, rules=RULES)
    np.testing.assert_allclose(found.table["value"], cumulative, rtol=1e-9)
    found = m_density(points, *sectors, weighted=True, rules=RULES)
    # dbmss interpolates densities on a grid of 512.
    np.testing.assert_allclose(found.table["value"], density, rtol=1e-3)


@pytest.mark.parametrize("case", ["dbmss_KdEnvelope_global_paracou16", "dbmss_MEnvelope_global_paracou16"])
def test_bands_of_given_simulations_are_those_of_dbmss(oracles, case):
    folder = oracles / case
    expected = pd.read_csv(folder / "expected" / "envelope.csv", index_col="r")
    simulated = pd.read_csv(folder / "inputs" / "simulated_functions.csv", index_col="r").T
    found = envelope(expected["obs"], simulated, convention="both_sides", band="dropping")
    names = {
        "mean": "mmean",
        "global_low": "global_lo",
        "global_high": "global_hi",
        "low": "local_lo",
        "high": "local_hi",
    }
    for ours, theirs in names.items():
        if theirs in expected:
            np.testing.assert_allclose(found[ours], expected[theirs], rtol=1e-9, err_msg=ours)


@pytest.mark.parametrize(
    ("case", "function", "sectors", "weighted"),
    [
        ("dbmss_KdEnvelope_global_paracou16", k_density, ("Q. Rosea", None), False),
        ("dbmss_MEnvelope_global_paracou16", m_function, ("V. Americana", "Q. Rosea"), True),
    ],
)
def test_simulations_of_our_own_have_the_mean_of_those_of_dbmss(oracles, case, function, sectors, weighted):
    folder = oracles / case
    simulated = pd.read_csv(folder / "inputs" / "simulated_functions.csv", index_col="r").T.iloc[:, 10:]
    rules = PatternRules(farthest=50, steps=50, simulations=400)
    found = function(trees(folder), *sectors, weighted=weighted, rules=rules, rng=1).simulated[:, 10:]
    error = np.sqrt(simulated.var() / len(simulated) + found.var(axis=0) / len(found))
    assert (np.abs(found.mean(axis=0) - simulated.mean()) <= 4 * error).all()
