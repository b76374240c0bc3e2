"""Stability of labour markets: what is firm stays, what lies between two does not, and the same seed says the same."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from geoterritorio.delimitation import LabourMarketRules, adjusted_rand, labour_markets, market_stability
from geoterritorio.delimitation.commuting import commuting, redrawn
from geoterritorio.delimitation.tools import labour_market_stability
from geoterritorio.delimitation.tools.labour import LabourMarketOptions
from geoterritorio.errors import FlowError, LayerError
from geoterritorio.layers import check_layer
from geoterritorio.registry import descriptions, layer_of

RULES = LabourMarketRules(200, 0.6, 900, 0.8)
# Two towns with a suburb each, and a village that sends as many to the one as to the other.
TOWNS = [[900, 20, 5, 0, 0], [200, 150, 0, 0, 0], [5, 0, 900, 20, 0], [0, 0, 200, 150, 0], [30, 0, 30, 0, 25]]


def flows_of(matrix, names="abcde"):
    matrix = np.asarray(matrix, dtype=float)
    rows, columns = np.nonzero(matrix)
    names = np.array(list(names), dtype=object)
    return pd.DataFrame({"origin": names[rows], "destination": names[columns], "flow": matrix[rows, columns]})


@pytest.fixture(scope="module")
def found():
    return market_stability(
        flows_of([[*r[:4], r[4]] for r in TOWNS[:4]] + [[30, 2, 30, 0, 25]]), rules=RULES, draws=200
    )


def test_what_lies_between_two_markets_is_told(found):
    places = found.places
    assert (places.loc[["a", "b", "c", "d"], "kept"] == 1).all()
    assert 0.2 < places.loc["e", "kept"] < 0.8
    assert places.loc["e", "kept"] + places.loc["e", "share_elsewhere"] == pytest.approx(1)
    assert {places.loc["e", "market"], places.loc["e", "elsewhere"]} == {"a", "c"}
    assert places["elsewhere"].isna().tolist() == [True] * 4 + [False]


def test_pairs_are_those_that_share_a_market(found):
    share = found.pairs.set_index(["place", "other"])["share"]
    assert share["a", "b"] == 1
    assert ("a", "c") not in share.index
    assert share["a", "e"] + share["c", "e"] == pytest.approx(1)
    assert share["a", "e"] == share["b", "e"]


def test_runs_say_how_far_they_agree(found):
    runs = found.runs
    assert (runs["setting"] == "draw").sum() == 200
    assert set(runs["setting"]) - {"draw"} == {
        "min_size",
        "target_size",
        "min_containment",
        "target_containment",
    }
    agree = runs.loc[runs["setting"] == "draw", "adjusted_rand"]
    assert (agree == 1).mean() == pytest.approx(found.places.loc["e", "kept"])
    assert (runs["markets"] == 2).all()
    assert (found.markets["found_again"] == 1).all()


def test_the_seed_decides():
    flows = flows_of(TOWNS)
    first, again, other = (market_stability(flows, rules=RULES, draws=30, rng=r) for r in (3, 3, 4))
    pd.testing.assert_frame_equal(first.places, again.places)
    assert not first.runs.equals(other.runs) or first.places["kept"].equals(other.places["kept"])


def test_survey_flows_are_looser_than_census_flows():
    flows = flows_of(TOWNS)
    flows.loc[(flows["origin"] == "e") & (flows["destination"] == "a"), "flow"] += 14
    kept = [
        market_stability(flows, rules=RULES, draws=200, sampled=s).places.loc["e", "kept"] for s in (1.0, 0.2)
    ]
    assert kept[0] > kept[1]


def test_draws_have_the_mean_and_variance_of_counts():
    known = commuting(flows_of(TOWNS))
    rng = np.random.default_rng(5)
    drawn = np.array([redrawn(known, 0.5, rng).own for _ in range(2000)])
    assert drawn.mean(axis=0) == pytest.approx(known.own, rel=0.02)
    assert drawn.var(axis=0) == pytest.approx(known.own / 0.5, rel=0.15)


def test_no_draws_leave_only_settings():
    found = market_stability(flows_of(TOWNS), rules=RULES, draws=0)
    assert found.places["kept"].isna().all()
    assert found.places["kept_settings"].notna().all()
    assert found.pairs.empty
    assert len(found.runs) == 8


def test_refusals():
    with pytest.raises(FlowError, match="sampled: 0 is no share above 0"):
        market_stability(flows_of(TOWNS), sampled=0)
    with pytest.raises(LayerError, match="not below"):
        market_stability(flows_of(TOWNS), rules=LabourMarketRules(5, 0.5, 5, 0.6))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=30), st.permutations(range(5)))
def test_agreement_does_not_hang_on_names(label, names):
    assert adjusted_rand(label, [names[i] for i in label]) == 1
    other = label[::-1]
    assert adjusted_rand(label, other) == pytest.approx(adjusted_rand(other, label))
    assert adjusted_rand(label, other) <= 1


def test_agreement_by_hand_and_without_area():
    # By hand: pairs together in both 1, expected 3 * 4 / 15, largest 3.5.
    assert adjusted_rand([1, 1, 2, 2, 3, 3], [1, 1, 1, 2, 3, 2]) == pytest.approx(
        (1 - 3 * 4 / 15) / (3.5 - 3 * 4 / 15)
    )
    assert adjusted_rand(["a", None, None], ["a", "b", "c"]) == 1
    assert adjusted_rand([0, -1, -1], [0, 1, 1]) < 1


def test_tool_says_what_its_outputs_hold():
    shapes = [box(1000 * i, 0, 1000 * i + 1000, 1000) for i in (0, 1, 3, 4, 2, 9)]
    places = gpd.GeoDataFrame(
        {"territory": list("abcdef"), "name": list("ABCDEF")}, geometry=shapes, crs=25830
    )
    options = LabourMarketOptions("euro", 200, 0.6, 900, 0.8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = labour_market_stability(places, flows_of(TOWNS), rules=options, draws=20)
        market = labour_markets(flows_of(TOWNS), places, rules=RULES).membership["market"]
    for output in descriptions()["labour_market_stability"]["outputs"]:
        check_layer(getattr(found, output["name"]), layer_of(output))
    assert found.places["territory"].tolist() == list("abcdef")
    assert found.places["market"].fillna("").tolist() == market.fillna("").tolist()
    assert found.places.loc[0, "market_name"] == "A"
    assert found.places.loc[5, ["market", "kept"]].isna().all()
