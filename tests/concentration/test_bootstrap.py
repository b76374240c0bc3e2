from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    Whole,
    bootstrap_intervals,
    location_quotient,
    location_quotient_interval,
    tabulate,
    tabulate_plants,
)
from geoterritorio.concentration.bootstrap import _TABLED, _outcomes, _poisson
from geoterritorio.errors import GeoterritorioWarning, LayerError


def register(n: int = 3000, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "territory": rng.choice(list("ABCDEF"), n, p=[0.02, 0.08, 0.1, 0.2, 0.3, 0.3]),
            "sector": rng.choice(["10", "14", "62"], n, p=[0.1, 0.3, 0.6]),
            "employment": np.ceil(rng.lognormal(1, 0.8, n)),
        }
    )


def every_cell(firms: pd.DataFrame) -> pd.DataFrame:
    return (
        firms[["territory", "sector"]]
        .drop_duplicates()
        .sort_values(["territory", "sector"], ignore_index=True)
    )


def naive(firms: pd.DataFrame, cells: pd.DataFrame, replicates: int) -> np.ndarray:
    """Every establishment a Poisson number of times, and the whole table again."""
    rng = np.random.default_rng(9)
    drawn = []
    for _ in range(replicates):
        again = firms.assign(employment=firms["employment"] * rng.poisson(1, len(firms)))
        table = location_quotient(tabulate(again))
        drawn.append([table.loc[row.territory, row.sector] for row in cells.itertuples()])
    return np.array(drawn)


def test_ends_are_those_of_resampling_everything():
    firms = register()
    cells = every_cell(firms)
    found = bootstrap_intervals(firms, cells, rng=np.random.default_rng(1), replicates=20_000)
    drawn = naive(firms, cells, 2500)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    width = high - low
    # A percentile of 2500 draws is uncertain by about 4 % of the width.
    np.testing.assert_array_less(np.abs(found["low"] - low), 0.15 * width)
    np.testing.assert_array_less(np.abs(found["high"] - high), 0.15 * width)
    assert np.abs((found["high"] - found["low"]) / width - 1).mean() < 0.05
    assert (found["low"] - low).mean() == pytest.approx(0, abs=0.03 * width.mean())


def test_agrees_with_the_analytic_interval_where_there_are_many():
    firms = register(60_000)
    cells = every_cell(firms)
    found = bootstrap_intervals(firms, cells, rng=np.random.default_rng(1), replicates=5000)
    plants = tabulate_plants(firms)
    analytic = location_quotient_interval(plants.employment, plants.establishments, plants.squares)
    # Resampling knows only the sizes seen; above, the other takes at least the sector's, which is a little wider.
    for end, tolerance in (("low", 0.03), ("high", 0.04)):
        table = getattr(analytic, end)
        expected = [table.loc[row.territory, row.sector] for row in cells.itertuples()]
        np.testing.assert_allclose(found[end], expected, rtol=tolerance)


def test_seed_index_order_and_repeats():
    firms = register()
    cells = every_cell(firms).iloc[[5, 2, 5]].set_axis(["x", "y", "z"])
    one = bootstrap_intervals(firms, cells, rng=np.random.default_rng(3))
    two = bootstrap_intervals(firms.astype({"sector": "category"}), cells, rng=np.random.default_rng(3))
    pd.testing.assert_frame_equal(one, two)
    assert one.index.tolist() == ["x", "y", "z"]
    assert one.loc["x", "lq"] == one.loc["z", "lq"]
    assert one.loc["x", "low"] == pytest.approx(one.loc["z", "low"], rel=0.1)
    lq = location_quotient(tabulate(firms))
    assert one.loc["y", "lq"] == pytest.approx(lq.loc[cells.loc["y", "territory"], cells.loc["y", "sector"]])


def test_blocks_change_only_the_draws(monkeypatch):
    firms = register()
    cells = every_cell(firms)
    whole = bootstrap_intervals(firms, cells, rng=np.random.default_rng(1), replicates=4000)
    monkeypatch.setattr("geoterritorio.concentration.bootstrap._BLOCK", 1)
    parts = bootstrap_intervals(firms, cells, rng=np.random.default_rng(1), replicates=4000)
    width = whole["high"] - whole["low"]
    assert (np.abs(whole[["low", "high"]] - parts[["low", "high"]]).max(axis=1) < 0.15 * width).all()


@pytest.mark.parametrize("mean", [1, 3, _TABLED - 1, _TABLED, 400])
def test_counts_have_poisson_mean_and_variance(mean):
    table = np.stack([_outcomes(k) for k in range(_TABLED)]).ravel()
    drawn = _poisson(np.full(20, mean), 20_000, table, np.random.default_rng(0))
    assert drawn.mean() == pytest.approx(mean, rel=0.01)
    assert drawn.var() == pytest.approx(mean, rel=0.02)


def test_unknown_employment_and_empty_cells():
    firms = register(300)
    firms.loc[:4, "employment"] = np.nan
    firms = firms[(firms["territory"] != "F") | (firms["sector"] != "10")]
    cells = pd.DataFrame({"territory": ["F", "F"], "sector": ["10", "62"]})
    found = bootstrap_intervals(firms, cells, rng=np.random.default_rng(0))
    assert found.loc[0, "lq"] == 0
    assert found.loc[0, ["low", "high"]].isna().all()
    assert found.loc[1, "low"] < found.loc[1, "lq"] < found.loc[1, "high"]
    with pytest.raises(LayerError, match="1 cells"):
        bootstrap_intervals(firms, cells.assign(sector=["99", "62"]), rng=np.random.default_rng(0))
    none = bootstrap_intervals(firms, cells.iloc[:0], rng=np.random.default_rng(0))
    assert none.columns.tolist() == ["territory", "sector", "lq", "low", "high"]


def test_a_larger_whole_and_progress():
    firms = register()
    jobs = tabulate(firms).sum()
    seen: list[float] = []
    found = bootstrap_intervals(
        firms,
        every_cell(firms),
        rng=np.random.default_rng(0),
        reference=Whole(jobs * 30, float(jobs.sum() * 30), "nation"),
        progress=lambda fraction, _text="": seen.append(fraction),
    )
    own = location_quotient(tabulate(firms)).to_numpy().ravel()
    np.testing.assert_allclose(found["lq"], own)
    assert seen[-1] == 1
    with pytest.warns(GeoterritorioWarning, match="in no territory"):
        bootstrap_intervals(
            firms.assign(territory=firms["territory"].where(firms.index > 3)),
            every_cell(firms),
            rng=np.random.default_rng(0),
        )
