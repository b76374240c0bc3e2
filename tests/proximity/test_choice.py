"""Choice: shares by hand, identities, recovered exponents with their errors, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import LayerError
from geoterritorio.proximity.choice import break_point, huff_shares
from geoterritorio.proximity.decay import DecayRules
from geoterritorio.proximity.market_fit import fit_huff


def world(seed, places=9, centres=5, density=0.7):
    rng = np.random.default_rng(seed)
    demand = pd.Series(rng.integers(1, 200, places).astype(float), index=range(3, 3 + 5 * places, 5))
    supply = pd.Series(rng.uniform(1, 30, centres), index=[f"c{k}" for k in range(centres)])
    ends = np.indices((places, centres)).reshape(2, -1)
    table = pd.DataFrame(
        {
            "origin": demand.index.to_numpy()[ends[0]],
            "destination": supply.index.to_numpy()[ends[1]],
            "cost": rng.uniform(1, 40, places * centres),
        }
    )
    return demand, supply, table[rng.uniform(size=len(table)) < density]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.floats(0.3, 4), st.floats(0, 2))
def test_shares_sum_to_one_and_customers_to_demand(seed, exponent, attraction):
    demand, supply, table = world(seed)
    rules = DecayRules("power", exponent=exponent)
    found = huff_shares(demand, supply, table, rules=rules, attraction=attraction)
    sums = found.pairs.groupby("place")["share"].sum()
    assert sums.to_numpy() == pytest.approx(1.0, abs=1e-12)
    assert found.centres["customers"].sum() == pytest.approx(demand[sums.index].sum(), rel=1e-12)
    assert found.centres["share"].sum() == pytest.approx(1.0, rel=1e-12)
    best = found.pairs.sort_values("share").groupby("place")["centre"].last()
    assert found.places["centre"].dropna().to_dict() == best.to_dict()
    assert (found.places["rivals"].dropna() >= 1 - 1e-12).all()
    assert (found.places["rivals"].dropna() <= found.places["in_reach"][sums.index] + 1e-9).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000))
def test_order_of_rows_does_not_matter(seed):
    """The ids have one and two digits: sorted as text they come otherwise."""
    demand, supply, table = world(seed)
    rng = np.random.default_rng(seed)
    first = huff_shares(demand, supply, table).pairs.set_index(["place", "centre"])["share"]
    mixed = huff_shares(
        demand.iloc[rng.permutation(len(demand))], supply, table.iloc[rng.permutation(len(table))]
    ).pairs.set_index(["place", "centre"])["share"]
    assert mixed.reindex(first.index).to_numpy() == pytest.approx(first.to_numpy(), rel=1e-12)


def test_unknown_attraction_unknown_shares_and_nothing_in_reach():
    demand = pd.Series({"a": 10.0, "b": 20.0, "c": 5.0, "d": np.nan})
    supply = pd.Series({"x": np.nan, "y": 3.0, "z": 1.0})
    costs = pd.DataFrame(
        [("a", "x", 1.0), ("a", "y", 1.0), ("b", "y", 2.0), ("d", "z", 1.0)],
        columns=["origin", "destination", "cost"],
    )
    found = huff_shares(demand, supply, costs)
    assert found.places["centre"].fillna("").tolist() == ["", "y", "", "z"]
    assert found.places["in_reach"].tolist() == [2, 1, 0, 1]
    # a may go to y too, and nobody knows how many are in d.
    assert found.centres["customers"].isna().all()
    assert found.places["share"]["d"] == 1.0


def test_break_points():
    # Converse's own way of writing it.
    assert break_point(90_000, 10_000, 40.0) == pytest.approx(40 - 40 / (1 + np.sqrt(9)))
    assert break_point(5, 5, 10) == 5
    assert break_point(0, 5, 10) == 0
    assert np.isnan(break_point(0, 0, 10))
    demand, supply = pd.Series({"m": 1.0}), pd.Series({"a": 90.0, "b": 10.0})
    costs = pd.DataFrame({"origin": "m", "destination": ["a", "b"], "cost": [30.0, 10.0]})
    assert huff_shares(demand, supply, costs).pairs["share"].tolist() == [0.5, 0.5]
    with pytest.raises(LayerError, match="exponent: from above 0 to 20, not 0"):
        break_point(1, 1, 1, exponent=0)
    with pytest.raises(LayerError, match="below 0"):
        break_point(-1, 1, 1)


def sample(seed, places=25, centres=8, noise=0.3):
    rng = np.random.default_rng(seed)
    size = rng.uniform(1, 50, centres)
    rows = pd.DataFrame(
        {
            "place": np.repeat([f"p{k}" for k in range(places)], centres),
            "centre": np.tile([f"c{k}" for k in range(centres)], places),
            "size": np.tile(size, places),
            "cost": rng.uniform(1, 40, places * centres),
        }
    )
    pull = 0.8 * np.log(rows["size"]) - 1.5 * np.log(rows["cost"]) + rng.normal(0, noise, len(rows))
    rows["observed"] = np.exp(pull)
    return rows


def test_intervals_hold_the_exponents_as_often_as_they_say():
    """With the degrees of freedom of the peer they would hold them in 81 of 100."""
    held = []
    for seed in range(300):
        fit = fit_huff(sample(seed, places=20, centres=3), ["size", "cost"], level=0.9)
        truth = pd.Series({"size": 0.8, "cost": -1.5})
        held.append((fit.terms["low"] <= truth) & (truth <= fit.terms["high"]))
    assert np.mean(held) == pytest.approx(0.9, abs=0.03)


def test_fit_is_that_with_a_constant_for_each_place():
    rows = sample(1)
    fit = fit_huff(rows, ["size", "cost"])
    design = np.hstack([np.log(rows[["size", "cost"]]), pd.get_dummies(rows["place"]).to_numpy(dtype=float)])
    target = np.log(rows["observed"].to_numpy())
    found, rest, *_ = np.linalg.lstsq(design, target, rcond=None)
    assert fit.terms["exponent"].to_numpy() == pytest.approx(found[:2], rel=1e-9)
    variance = rest[0] / (len(rows) - design.shape[1])
    error = np.sqrt(np.diag(np.linalg.inv(design.T @ design))[:2] * variance)
    assert fit.terms["standard_error"].to_numpy() == pytest.approx(error, rel=1e-9)
    assert fit.statistics["freedom"] == len(rows) - design.shape[1]
    sums = fit.fitted.groupby("place")[["observed", "fitted"]].sum()
    assert sums.to_numpy() == pytest.approx(1.0, rel=1e-12)


def test_fit_takes_any_total_and_any_unit():
    rows = sample(2)
    first = fit_huff(rows, ["size", "cost"])
    factor = rows["place"].map({p: k + 1.0 for k, p in enumerate(rows["place"].unique())})
    other = fit_huff(
        rows.assign(observed=rows["observed"] * factor, cost=60 * rows["cost"]), ["size", "cost"]
    )
    assert other.terms.to_numpy() == pytest.approx(first.terms.to_numpy(), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cost": 0.0}, "column “cost” has 1 values"),
        ({"observed": np.nan}, "column “observed” has 1 values"),
        ({"size": -2.0}, "column “size” has 1 values"),
        ({"observed": 0.0}, "1 of 200 pairs have no choice"),
    ],
)
def test_figures_without_a_logarithm_are_refused(change, told):
    rows = sample(3)
    for column, value in change.items():
        rows.loc[5, column] = value
    with pytest.raises(LayerError, match=told):
        fit_huff(rows, ["size", "cost"])


def test_what_cannot_be_fitted_is_refused():
    rows = sample(4)
    zero = rows.assign(observed=np.where(rows.index == 5, 0.0, rows["observed"]))
    assert fit_huff(zero, ["size", "cost"], zeros="leave_out").statistics["left_out"] == 1
    with pytest.raises(LayerError, match="same for all centres"):
        fit_huff(rows.assign(size=3.0), ["size", "cost"])
    with pytest.raises(LayerError, match="cannot be told apart"):
        fit_huff(rows.assign(twice=rows["cost"] ** 2), ["cost", "twice"])
    with pytest.raises(LayerError, match="listed more than once"):
        fit_huff(pd.concat([rows, rows]), ["cost"])
    with pytest.raises(LayerError, match="name at least one"):
        fit_huff(rows, [])
    with pytest.raises(LayerError, match="no place has two centres"):
        fit_huff(rows.groupby("place").head(1), ["cost"])
    with pytest.raises(LayerError, match="too few"):
        fit_huff(rows.iloc[:2], ["cost"])
