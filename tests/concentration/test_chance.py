"""Indices under chance: the level of the test, the coverage of the intervals, what small sectors look like."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from geoterritorio.concentration import (
    _shares,
    herfindahl,
    index_intervals,
    index_null,
    krugman_concentration,
    krugman_specialisation,
    tabulate,
    theil,
)
from geoterritorio.errors import LayerError

TOWNS = [f"{k:02d}" for k in range(12)]
WHOLE = pd.Series(np.arange(1.0, 13), index=TOWNS, name="whole")


def placed(
    sectors: int, plants: int, chances: np.ndarray, rng: np.random.Generator, *, spread: float = 1
) -> pd.DataFrame:
    """Plants of sectors, each in a town drawn with the chances of its sector (rows)."""
    towns = np.concatenate(
        [rng.choice(TOWNS, plants, p=row) for row in np.broadcast_to(chances, (sectors, 12))]
    )
    jobs = np.ceil(rng.lognormal(0, spread, len(towns)))
    return pd.DataFrame(
        {"territory": towns, "sector": np.repeat(np.arange(sectors), plants), "employment": jobs}
    )


@pytest.mark.parametrize(
    "measure", ["herfindahl", "krugman_concentration", "locational_gini", "theil", "entropy", "hachman"]
)
@pytest.mark.parametrize("plants", [1, 4, 40])
def test_the_test_keeps_its_level_where_chance_placed_the_plants(measure, plants):
    rng = np.random.default_rng(2)
    firms = placed(300, plants, WHOLE / WHOLE.sum(), rng)
    found = index_null(firms, measure, reference=WHOLE, rng=rng, replicates=99)
    for level in (0.05, 0.2):
        number = int((found["p"] <= level).sum())
        # Ties make the test careful, never bold.
        assert number <= stats.binom.ppf(0.999, 300, level)
        if plants == 40:
            assert number >= stats.binom.ppf(0.001, 300, level)


def test_small_sectors_look_concentrated_by_chance_and_are_told_apart_from_those_that_are():
    rng = np.random.default_rng(3)
    even = WHOLE.to_numpy() / WHOLE.sum()
    hub = np.where(np.arange(12) < 2, 0.5, 0.0)
    small = placed(40, 3, even, rng)
    large = placed(5, 150, 0.7 * even + 0.3 * hub, rng)
    firms = pd.concat([small, large.assign(sector=large["sector"] + 100)])
    found = index_null(firms, "krugman_concentration", reference=WHOLE, rng=1, replicates=199)
    little, much = found[found["plants"] == 3], found[found["plants"] == 150]
    # Chance alone makes the small ones larger than the ones that are concentrated.
    assert little["value"].mean() > much["value"].mean()
    assert little["null_mean"].mean() == pytest.approx(little["value"].mean(), rel=0.05)
    # Where nothing reaches the value, ten times as many throws are made.
    assert (much["p"] == 1 / 1991).all()
    assert (much["q"] < 0.05).all()
    assert (little["q"] > 0.05).all()


def test_null_moments_against_their_formula():
    # Of equal plants the squared shares have a known mean: 1/k + (1 - 1/k) times the sum of squared chances.
    firms = pd.DataFrame({"territory": TOWNS, "sector": "a"})
    found = index_null(firms, "herfindahl", reference=WHOLE, rng=5, replicates=4000).loc["a"]
    chances = WHOLE / WHOLE.sum()
    exact = 1 / 12 + (1 - 1 / 12) * (chances**2).sum()
    assert found["null_mean"] == pytest.approx(exact, abs=4 * found["null_sd"] / np.sqrt(4000))
    assert found["value"] == pytest.approx(1 / 12)
    # Many plants of one size are drawn by their number in each town: the same law.
    many = pd.concat([firms] * 50)
    found = index_null(many, "herfindahl", reference=WHOLE, rng=5, replicates=4000).loc["a"]
    exact = 1 / 600 + (1 - 1 / 600) * (chances**2).sum()
    assert found["null_mean"] == pytest.approx(exact, abs=4 * found["null_sd"] / np.sqrt(4000))


def test_parts_taken_together_change_nothing():
    # With more towns than darts only the towns hit are looked at.
    rng = np.random.default_rng(4)
    whole = pd.Series(rng.uniform(1, 5, 3000), index=[f"{k:04d}" for k in range(3000)])
    firms = pd.DataFrame({"territory": whole.index[:3], "sector": "a", "employment": [5.0, 2, 1]})
    for measure, index in _shares.INDICES.items():
        if measure == "krugman_specialisation":
            continue
        few = index_null(firms, measure, reference=whole, rng=6, replicates=20)["null_mean"]["a"]
        at = np.searchsorted(
            np.cumsum(whole / whole.sum()), np.random.default_rng(6).random((20, 3)), side="right"
        )
        own = np.zeros((20, 3000))
        # Runs of plants are drawn by size, in the order in which sizes are first seen.
        for k, size in enumerate([5.0, 2, 1]):
            np.add.at(own, (np.arange(20), at[:, k]), size / 8)
        assert few == pytest.approx(index(own, (whole / whole.sum()).to_numpy()).mean(), rel=1e-9), measure


@pytest.mark.parametrize(
    "measure", ["herfindahl", "krugman_concentration", "locational_gini", "theil", "entropy"]
)
@pytest.mark.parametrize(("plants", "depart"), [(6, 0.5), (40, 0), (40, 1)])
def test_intervals_hold_the_truth(measure, plants, depart):
    rng = np.random.default_rng(8)
    chances = WHOLE.to_numpy() * rng.lognormal(0, depart, (150, 12))
    chances /= chances.sum(axis=1, keepdims=True)
    firms = placed(150, plants, chances, rng)
    # One more sector that is everywhere makes every town part of the table.
    everywhere = pd.DataFrame({"territory": TOWNS, "sector": 999, "employment": 1.0})
    found = index_intervals(
        pd.concat([firms, everywhere]), measure, reference=WHOLE, rng=rng, replicates=99
    ).drop(999)
    truth = _shares.INDICES[measure](chances, (WHOLE / WHOLE.sum()).to_numpy())
    held = found["low"].le(truth + 1e-9) & found["high"].ge(truth - 1e-9)
    assert held.mean() >= 0.86
    # What chance adds is taken off.
    assert abs((found["corrected"] - truth).mean()) < abs((found["value"] - truth).mean()) / 2


def test_values_are_those_of_the_table():
    rng = np.random.default_rng(9)
    firms = placed(6, 30, WHOLE / WHOLE.sum(), rng)
    table = tabulate(firms)
    null = index_null(firms, "krugman_concentration", rng=1, replicates=9)
    np.testing.assert_allclose(null["value"], krugman_concentration(table))
    interval = index_intervals(firms, "theil", rng=1, replicates=9)
    np.testing.assert_allclose(interval["value"], theil(table))
    towns = index_null(firms, "krugman_specialisation", of="territories", rng=1, replicates=9)
    pd.testing.assert_series_equal(towns["value"], krugman_specialisation(table), check_names=False)
    assert towns["plants"].sum() == len(firms)
    again = index_null(firms, "krugman_concentration", rng=np.random.default_rng(1), replicates=9)
    pd.testing.assert_frame_equal(again, null)
    without = index_null(firms.drop(columns="employment"), "herfindahl", rng=1, replicates=9)
    np.testing.assert_allclose(without["value"], herfindahl(tabulate(firms, measure="establishments")))


def test_relative_diversity_is_krugman_turned_over():
    firms = placed(6, 30, WHOLE / WHOLE.sum(), np.random.default_rng(9))
    options = {"of": "territories", "rng": 1, "replicates": 19}
    krugman = index_intervals(firms, "krugman_specialisation", **options)
    turned = index_intervals(firms, "relative_diversity", **options)
    np.testing.assert_allclose(turned["low"], 1 / krugman["high"])
    assert (turned["low"] <= turned["high"]).all()
    null = index_null(firms, "relative_diversity", **options)
    assert null["p"].tolist() == index_null(firms, "krugman_specialisation", **options)["p"].tolist()


def test_a_single_plant_tells_nothing():
    firms = pd.DataFrame({"territory": ["a", "b", "b"], "sector": ["1", "2", "2"], "employment": [9.0, 1, 1]})
    whole = pd.Series({"a": 0.5, "b": 0.5})
    null = index_null(firms, "herfindahl", reference=whole, rng=1)
    assert null.loc["1", "p"] == 1
    interval = index_intervals(firms, "herfindahl", reference=whole, rng=1)
    # One plant is in one place whatever the chances were: they may be even, or all on it.
    assert interval.loc["1", ["value", "low", "high"]].tolist() == pytest.approx([1, 0.5, 1])


def test_unknown_and_empty():
    firms = pd.DataFrame({"territory": ["a", "b"], "sector": ["1", "2"], "employment": [np.nan, 3]})
    found = index_null(firms, "theil", rng=1, replicates=9)
    assert found.loc["1", ["value", "p", "q"]].isna().all()
    assert found["plants"].tolist() == [0, 1]
    none = index_null(firms.iloc[:0], "theil", rng=1)
    assert list(none) == ["value", "plants", "null_mean", "null_sd", "p", "q"]
    assert none.empty
    assert index_intervals(firms.iloc[:0], "theil", rng=1).empty
    beyond = pd.Series({"a": 0.0, "b": 0.0, "c": 5.0})
    infinite = index_intervals(firms.iloc[1:], "theil", reference=beyond, rng=1, replicates=9)
    assert infinite.loc["2", "value"] == np.inf
    assert infinite.loc["2", ["corrected", "low", "high"]].isna().all()
    assert index_null(firms.iloc[1:], "theil", reference=beyond, rng=1, replicates=9)["p"].tolist() == [
        1 / 91
    ]
    with pytest.raises(LayerError, match="one at least, not 0"):
        index_null(firms, "theil", replicates=0)
    with pytest.raises(LayerError, match="no index “gini”"):
        index_intervals(firms, "gini")
    with pytest.raises(LayerError, match="“krugman_specialisation” does not go with of=“sectors”"):
        index_null(firms, "krugman_specialisation")
    with pytest.raises(LayerError, match="“krugman_concentration” does not go with of=“territories”"):
        index_intervals(firms, "krugman_concentration", of="territories")


def test_progress_is_told_and_may_cancel():
    firms = placed(5, 3, WHOLE / WHOLE.sum(), np.random.default_rng(1))
    told = []
    index_null(firms, "theil", rng=1, replicates=9, progress=lambda f, _="": told.append(f))
    index_intervals(firms, "theil", rng=1, replicates=9, progress=lambda f, _="": told.append(f))
    assert told == pytest.approx([0.2, 0.4, 0.6, 0.8, 1] * 2)

    def cancel(fraction: float, text: str = "") -> None:
        raise KeyboardInterrupt(text, fraction)

    with pytest.raises(KeyboardInterrupt):
        index_null(firms, "theil", rng=1, progress=cancel)
