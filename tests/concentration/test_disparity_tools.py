"""Tools of inequality and convergence: several periods, groups, missing figures, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid

from geoterritorio.concentration import (
    beta_convergence,
    gini,
    sigma_convergence,
    theil_decomposition,
    theil_t,
    tools,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.layers import as_indicators, read_indicators


@pytest.fixture
def indicators():
    rng = np.random.default_rng(1)
    names = [f"{k:02d}" for k in range(30)]
    start = rng.lognormal(3, 0.5, 30)
    end = start**0.8 * np.exp(rng.normal(0, 0.05, 30) + 1)
    frame = pd.DataFrame(
        {
            "code": names * 2,
            "value": [*end, *start],
            "weight": np.tile(rng.lognormal(8, 1, 30), 2),
            "group": ["north", "south", "east"] * 20,
            "period": ["2010"] * 30 + ["2000"] * 30,
        }
    )
    return as_indicators(frame, territory="code")


def of(indicators, period):
    return indicators[indicators["period"] == period].set_index("territory")


def test_territories_without_a_row_in_some_period_are_told(indicators):
    gone = indicators.drop([0, 1, 33])
    with pytest.warns(
        GeoterritorioWarning, match=r"3 territories have rows in some .* \(“2000”, “2010”\)"
    ) as told:
        found = tools.disparities(gone, replicates=0)
    assert len(told) == 1
    used = found.measures.drop_duplicates("period").set_index("period")["territories"]
    assert used.to_dict() == {"2000": 29, "2010": 28}
    with pytest.warns(GeoterritorioWarning, match="3 of 30 territories are not known throughout"):
        tools.convergence(gone, replicates=0)


def test_every_period_is_measured_apart(indicators):
    found = tools.disparities(indicators, replicates=99)
    value = found.measures.set_index(["period", "measure"])["value"]
    assert list(dict.fromkeys(found.measures["period"])) == ["2000", "2010"]
    for period in ("2000", "2010"):
        table = of(indicators, period)
        assert value[period, "gini"] == gini(table["value"], table["weight"])
        parts = theil_decomposition(table["value"], table["group"], table["weight"], permutations=0)
        assert value[period, "theil_t_between"] == pytest.approx(parts.between)
        rows = found.groups[(found.groups["period"] == period) & (found.groups["index"] == "t")]
        np.testing.assert_allclose(rows.set_index("group")["within"], parts.groups["within"])
        curve = found.lorenz[found.lorenz["period"] == period]
        assert len(curve) == 31
        assert 1 - 2 * trapezoid(curve["value"], curve["weight"]) == pytest.approx(value[period, "gini"])
    again = tools.disparities(indicators, replicates=99)
    pd.testing.assert_frame_equal(found.measures, again.measures)
    assert found.measures["low"].notna().all()


def test_without_periods_weights_and_groups(indicators):
    plain = of(indicators, "2000").reset_index()[["territory", "value"]]
    found = tools.disparities(plain, replicates=0)
    assert found.groups.empty
    assert list(found.groups.columns)[:3] == ["period", "index", "group"]
    value = found.measures.set_index("measure")["value"]
    assert value["theil_t"] == theil_t(plain["value"])
    assert found.measures["period"].isna().all()


def test_missing_figures_undefine_or_are_left_out(indicators):
    gap = indicators.copy()
    gap.loc[gap.index[35], "value"] = np.nan
    with pytest.warns(
        GeoterritorioWarning, match="1 of 30 territories have no value or no weight: the measure"
    ):
        found = tools.disparities(gap, replicates=0).measures.set_index(["period", "measure"])["value"]
    assert np.isnan(found["2000", "gini"])
    assert found["2010", "gini"] > 0
    with pytest.warns(GeoterritorioWarning, match="were left out"):
        found = tools.disparities(gap, missing="left_out", replicates=0).measures
    kept = of(gap, "2000").dropna(subset=["value"])
    row = found.set_index(["period", "measure"]).loc[("2000", "gini")]
    assert row["value"] == gini(kept["value"], kept["weight"])
    assert row["territories"] == 29


def test_convergence_is_that_of_the_measures(indicators):
    found = tools.convergence(indicators, replicates=99)
    before, after = (of(indicators, p)["value"] for p in ("2000", "2010"))
    beta = beta_convergence(before, after, years=10)
    sigma = sigma_convergence(pd.DataFrame({2000.0: before, 2010.0: after}), replicates=99, rng=1)
    rows = found.summary.set_index("measure")
    assert rows.loc["beta", "value"] == pytest.approx(beta.beta)
    assert rows.loc["half_life", ["low", "high"]].tolist() == pytest.approx(
        [beta.half_life_low, beta.half_life_high]
    )
    assert rows.loc["sigma_change", ["low", "value", "high"]].tolist() == pytest.approx(
        [sigma.low, sigma.change, sigma.high]
    )
    assert (found.summary["start"] == "2000").all()
    assert (found.summary["end"] == "2010").all()
    assert found.dispersion["period"].tolist() == ["2000", "2010"]
    assert found.coefficients["term"].tolist() == ["constant", "initial"]


def test_groups_may_tend_to_their_own_levels(indicators):
    found = tools.convergence(indicators, by_group=True, weighted=True, replicates=0)
    assert found.coefficients["term"].tolist() == ["constant", "initial", "north", "south"]
    table = of(indicators, "2000")
    logs = np.log(table["value"])
    mean = np.average(logs, weights=table["weight"])
    expected = np.sqrt(np.average((logs - mean) ** 2, weights=table["weight"]))
    assert found.dispersion["log_deviation"].iloc[0] == pytest.approx(expected)


def test_months_count(indicators):
    monthly = indicators.assign(period=indicators["period"].map({"2000": "2000-01", "2010": "2002-07"}))
    found = tools.convergence(monthly, replicates=0).coefficients.set_index("term")["estimate"]
    yearly = tools.convergence(indicators, replicates=0).coefficients.set_index("term")["estimate"]
    assert found["initial"] == pytest.approx(yearly["initial"] * 4)


def test_what_convergence_refuses(indicators):
    with pytest.raises(LayerError, match="no column “period”"):
        tools.convergence(indicators.drop(columns="period"))
    with pytest.raises(LayerError, match="boom"):
        tools.convergence(indicators.assign(period=["boom"] * 30 + ["2000"] * 30))
    with pytest.raises(LayerError, match="begin in the same month"):
        tools.convergence(indicators.assign(period=["2000-01"] * 30 + ["2000"] * 30))
    with pytest.raises(LayerError, match="1 periods: at least two"):
        tools.convergence(indicators.iloc[:30])
    with pytest.raises(LayerError, match="no column “group”"):
        tools.convergence(indicators.drop(columns="group"), by_group=True)


def test_indicators_from_a_file(indicators, tmp_path):
    indicators.rename(columns={"territory": "code"}).to_csv(tmp_path / "gdp.csv", index=False)
    found = read_indicators(tmp_path / "gdp.csv", territory="code")
    pd.testing.assert_frame_equal(found, indicators, check_dtype=False)
    with pytest.raises(LayerError, match="share their identifier"):
        as_indicators(pd.concat([indicators, indicators]))
