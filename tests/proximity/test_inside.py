"""Lists of pairs within a limit: both engines, and every way in which a table may come."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.proximity import _inside, pairs
from geoterritorio.proximity.decay import DecayRules
from geoterritorio.proximity.floating import floating_catchments
from geoterritorio.proximity.pairs import pairs_from_costs


def table(seed, places=9, centres=6):
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(places * centres, rng.integers(1, places * centres), replace=False))
    costs = rng.uniform(0, 40, len(chosen)).round(0)
    return pd.DataFrame({"origin": chosen // centres, "destination": chosen % centres, "cost": costs})


PLACES, CENTRES = pd.RangeIndex(9), pd.RangeIndex(6)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 12.0, 40.0, np.inf]))
def test_both_engines_find_the_same(seed, limit):
    found = pairs_from_costs(table(seed), PLACES, CENTRES)
    lists = found.start, found.centre, found.cost, limit
    one, other = _inside._inside_compiled(*lists), _inside._inside_blocks(*lists)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    rng = np.random.default_rng(seed)
    people, ratio = rng.uniform(0, 9, 9), rng.uniform(0, 9, 6)
    for sums, values, size in (
        ((_inside._gather_loop, _inside._gather_blocks, _inside._gather), ratio, 9),
        ((_inside._spread_loop, _inside._spread_blocks, _inside._spread), people, 6),
    ):
        results = []
        for step in sums:
            amounts, more = np.zeros(size), np.zeros(size, np.int64)
            step(one.start, one.centre, values, amounts, *([more] if values is people else []))
            results.append(np.concatenate([amounts, more]))
        assert results[0] == pytest.approx(results[1], rel=1e-12)
        assert results[2] == pytest.approx(results[1], rel=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_however_the_table_comes_pairs_are_the_same(seed):
    rows = table(seed)
    labels = pd.Index([f"p{k}" for k in PLACES]), pd.Index([f"c{k}" for k in CENTRES])
    text = rows.assign(
        origin="p" + rows["origin"].astype(str), destination="c" + rows["destination"].astype(str)
    )
    first = pairs_from_costs(rows, PLACES, CENTRES)
    forms = [
        (rows.astype({"origin": np.int32, "destination": np.int16}), PLACES, CENTRES),
        (rows.astype({"origin": "category", "destination": "category"}), PLACES, CENTRES),
        (rows.astype({"origin": "category"}), PLACES, CENTRES),
        (rows.astype({"cost": np.float32}), PLACES, CENTRES),
        (text, *labels),
        (text.astype({"origin": "category", "destination": "category"}), *labels),
    ]
    for frame, places, centres in forms:
        found = pairs_from_costs(frame, places, centres)
        for column in ("start", "centre", "cost"):
            np.testing.assert_array_equal(getattr(found, column), getattr(first, column))
    mixed = rows.sample(frac=1, random_state=seed)
    assert _as_set(pairs_from_costs(mixed, PLACES, CENTRES)) == _as_set(first)
    assert _as_set(pairs_from_costs(rows[::-1], PLACES, CENTRES)) == _as_set(first)


def _as_set(found):
    return set(zip(found.place().tolist(), found.centre.tolist(), found.cost.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_without_a_compiler_the_same(seed, monkeypatch):
    rows = table(seed).sample(frac=1, random_state=seed)
    demand, supply = pd.Series(np.arange(9.0)), pd.Series(np.arange(1, 7.0))
    rules = DecayRules(within=20)
    expected = floating_catchments(demand, supply, rows, rules=rules)
    monkeypatch.setattr(_inside, "_spread", _inside._spread_blocks)
    monkeypatch.setattr(_inside, "_gather", _inside._gather_blocks)
    monkeypatch.setattr("geoterritorio.proximity.floating.inside", _inside._inside_blocks)
    monkeypatch.setattr(pairs, "orderly", _inside._orderly_blocks)
    monkeypatch.setattr(pairs, "arranged", _inside._arranged_blocks)
    found = floating_catchments(demand, supply, rows, rules=rules)
    pd.testing.assert_frame_equal(found.places, expected.places, rtol=1e-12)
    pd.testing.assert_frame_equal(found.centres, expected.centres, rtol=1e-12)


def test_ends_of_others_are_left_out_and_counted_in_order_too():
    rows = pd.DataFrame({"origin": [0, 0, 8, 9, -1], "destination": [1, 99, 2, 0, 0], "cost": 1.0})
    with pytest.warns(GeoterritorioWarning, match="3 of 5 rows go from or to"):
        found = pairs_from_costs(rows, PLACES, CENTRES)
    assert (found.centre.tolist(), found.beyond) == ([1, 2], 3)
    far = rows.assign(origin=[0, 0, 8, np.iinfo(np.int64).min, np.iinfo(np.int64).max])
    with pytest.warns(GeoterritorioWarning, match="3 of 5 rows go from or to"):
        assert pairs_from_costs(far, PLACES, CENTRES).beyond == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cost": [1.0, -1.0]}, "1 below 0"),
        ({"cost": [1.0, np.nan]}, "1 missing"),
        ({"cost": [np.inf, 1.0]}, "1 infinite"),
        ({"destination": [1, 1]}, "1 pairs of place and centre are listed more than once"),
    ],
)
@pytest.mark.parametrize("kind", ["int64", "category"])
def test_tables_in_order_are_refused_as_others_are(change, told, kind):
    rows = pd.DataFrame({"origin": [0, 0], "destination": [0, 1], "cost": [1.0, 2.0]}).assign(**change)
    with pytest.raises(LayerError, match=told):
        pairs_from_costs(rows.astype({"origin": kind, "destination": kind}), PLACES, CENTRES)


def test_no_cost_is_the_least_whatever_its_sign():
    rows = pd.DataFrame({"origin": [0, 0], "destination": [0, 1], "cost": [-0.0, 3.0]})
    found = floating_catchments(pd.Series([5.0]), pd.Series([1.0, 1.0]), rows, rules=DecayRules(within=2))
    assert found.places["nearest_cost"].tolist() == [0]
    assert found.places["in_reach"].tolist() == [1]
