"""Huff's shares and their fit as MCI has them, on grocery stores."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from geoterritorio.proximity.choice import huff_shares
from geoterritorio.proximity.decay import DecayRules
from geoterritorio.proximity.market_fit import fit_huff

FORMS = {
    "p_pow": (1.0, DecayRules("power", exponent=2)),
    "p_exp": (0.8, DecayRules("exponential", half=np.log(2) / 0.3)),
    # 1 / (1 + exp(-3 + d/2)): one half at 6, steepness 3.
    "p_logistic": (0.9, DecayRules("logistic", half=6, exponent=3)),
}


@pytest.fixture(scope="module")
def freiburg(oracles):
    folder = oracles / "mci_huff_freiburg"
    od = pd.read_csv(folder / "inputs/od.csv")
    demand = pd.read_csv(folder / "inputs/demand.csv").set_index("district")["ppower"]
    supply = od.drop_duplicates("store").set_index("store")["salesarea"].astype(float)
    names = {"district": "origin", "store": "destination", "distance": "cost"}
    return demand, supply, od.rename(columns=names), folder / "expected"


@pytest.mark.parametrize("column", FORMS)
def test_mci_shares(freiburg, column):
    demand, supply, costs, expected = freiburg
    attraction, rules = FORMS[column]
    found = huff_shares(demand, supply, costs, rules=rules, attraction=attraction).pairs
    peer = pd.read_csv(expected / "p_ij.csv").set_index(["district", "store"])[column]
    mine = found.set_index(["place", "centre"])["share"].reindex(peer.index)
    assert mine.to_numpy() == pytest.approx(peer.to_numpy(), rel=1e-9)


def test_mci_customers(freiburg):
    demand, supply, costs, expected = freiburg
    found = huff_shares(demand, supply, costs).centres
    peer = pd.read_csv(expected / "shares_total.csv").set_index("suppliers_single")
    assert found["customers"].to_numpy() == pytest.approx(peer["sum_E_j"][found.index].to_numpy(), rel=1e-9)
    assert found["share"].to_numpy() == pytest.approx(peer["share_j"][found.index].to_numpy(), rel=1e-9)
    area = pd.read_csv(expected / "market_area.csv").set_index("store")["expected_sales_exp"]
    attraction, rules = FORMS["p_exp"]
    by_exp = huff_shares(demand, supply, costs, rules=rules, attraction=attraction).centres["customers"]
    assert by_exp.to_numpy() == pytest.approx(area[by_exp.index].to_numpy(), rel=1e-9)


def test_mci_huff_numeric_id_bug_is_not_copied(oracles, freiburg):
    """With numeric districts of one and two digits the peer's shares of a place sum to anything up to 37."""
    demand, supply, costs, _ = freiburg
    peer = pd.read_csv(oracles / "mci_huff_numeric_id_bug" / "expected/p_ij_sums.csv")
    assert peer["sum_p"].max() > 37
    number = {name: k + 1 for k, name in enumerate(demand.index)}
    numbered = costs.assign(origin=costs["origin"].map(number))
    for table in (numbered, numbered.sample(frac=1, random_state=1)):
        found = huff_shares(demand.rename(number), supply, table).pairs
        sums = found.groupby("place")["share"].sum()
        assert sums.to_numpy() == pytest.approx(1.0, abs=1e-12)
        named = huff_shares(demand, supply, costs).pairs.set_index(["place", "centre"])["share"]
        mine = found.assign(place=found["place"].map({k: n for n, k in number.items()}))
        mine = mine.set_index(["place", "centre"])["share"].reindex(named.index)
        assert mine.to_numpy() == pytest.approx(named.to_numpy(), rel=1e-12)


@pytest.fixture(scope="module")
def grocery(oracles):
    folder = oracles / "mci_fit_grocery2"
    names = {"plz_submarket": "place", "store_code": "centre", "p_ij_obs": "observed"}
    seen = pd.read_csv(folder / "inputs/data.csv").rename(columns=names)
    return fit_huff(seen, ["salesarea_qm", "dist_km"]), folder / "expected"


def test_mci_exponents(grocery):
    fit, expected = grocery
    peer = pd.read_csv(expected / "coefficients.csv")
    assert fit.terms["exponent"].to_numpy() == pytest.approx(peer["Estimate"].to_numpy(), rel=1e-8)
    # The peer does not count the means that were taken out: its degrees of freedom are the pairs less the terms.
    places, freedom = fit.statistics["places"], fit.statistics["freedom"]
    narrower = np.sqrt(freedom / (freedom + places))
    assert fit.terms["standard_error"].to_numpy() * narrower == pytest.approx(
        peer["Std. Error"].to_numpy(), rel=1e-8
    )
    assert fit.terms["t"].to_numpy() / narrower == pytest.approx(peer["t value"].to_numpy(), rel=1e-8)
    assert fit.statistics["r2"] == pytest.approx(
        json.loads((expected / "scalars.json").read_text())["r2"], rel=1e-8
    )


def test_mci_log_centred_figures(grocery):
    fit, expected = grocery
    peer = pd.read_csv(expected / "transformed.csv")
    # The peer centres logarithms to base 10.
    mine = fit.centred.to_numpy() / np.log(10)
    assert mine == pytest.approx(peer[["p_ij_obs_t", "salesarea_qm_t", "dist_km_t"]].to_numpy(), abs=1e-9)
