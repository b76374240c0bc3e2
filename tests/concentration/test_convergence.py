"""Convergence: closed forms, planted coefficients, coverage of the intervals, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from geoterritorio.concentration import beta_convergence, sigma_convergence
from geoterritorio.errors import GeoterritorioWarning, LayerError


def growing(rng, n=60, beta=-0.02, years=10, noise=0.01):
    start = pd.Series(rng.lognormal(3, 0.5, n), index=[f"r{k}" for k in range(n)])
    growth = 0.1 + beta * np.log(start) + rng.normal(0, 1, n) * noise * np.log(start)
    return start, start * np.exp(years * growth)


@pytest.mark.parametrize("beta", [-0.03, -0.001, 0.02])
def test_a_planted_beta_is_found(beta):
    start, end = growing(np.random.default_rng(1), beta=beta, noise=0)
    found = beta_convergence(start, end, years=10)
    assert found.beta == pytest.approx(beta)
    assert found.coefficients.loc["constant", "estimate"] == pytest.approx(0.1)
    assert found.speed == pytest.approx(-np.log(1 + 10 * beta) / 10)
    assert found.r_squared == pytest.approx(1)
    if beta < 0:
        assert found.half_life == pytest.approx(np.log(2) / found.speed)
    else:
        assert np.isnan(found.half_life)
        assert np.isnan(found.half_life_high)


def test_the_simple_regression_in_closed_form():
    start, end = growing(np.random.default_rng(2))
    x, y = np.log(start), np.log(end / start) / 10
    peer = stats.linregress(x, y)
    found = beta_convergence(start, end, years=10)
    assert found.beta == pytest.approx(peer.slope)
    assert found.r_squared == pytest.approx(peer.rvalue**2)
    gap, rest, n = x - x.mean(), y - peer.intercept - peer.slope * x, len(x)
    free = 1 - 1 / n - gap**2 / (gap**2).sum()
    error = np.sqrt((gap**2 * (rest / free) ** 2).sum()) / (gap**2).sum()
    row = found.coefficients.loc["initial"]
    assert row["standard_error"] == pytest.approx(error)
    reach = stats.t.ppf(0.975, n - 2) * error
    assert [found.low, found.high] == pytest.approx([peer.slope - reach, peer.slope + reach])
    assert found.p == pytest.approx(2 * stats.t.sf(abs(peer.slope) / error, n - 2))
    assert found.speed_low == pytest.approx(-np.log(1 + 10 * found.high) / 10)
    assert found.half_life_high == pytest.approx(np.log(2) / found.speed_low)
    assert found.half_life_low < found.half_life < found.half_life_high


def test_plain_errors_are_those_of_other_packages():
    start, end = growing(np.random.default_rng(2))
    peer = stats.linregress(np.log(start), np.log(end / start) / 10)
    found = beta_convergence(start, end, years=10, errors="plain")
    row = found.coefficients["standard_error"]
    assert row["initial"] == pytest.approx(peer.stderr, rel=1e-9)
    assert row["constant"] == pytest.approx(peer.intercept_stderr, rel=1e-9)
    assert found.p == pytest.approx(peer.pvalue)
    robust = beta_convergence(start, end, years=10)
    assert robust.beta == found.beta
    assert robust.coefficients["standard_error"]["initial"] != pytest.approx(row["initial"], rel=1e-3)


def test_errors_are_those_of_leaving_each_territory_out():
    """HC3 is the jackknife: a territory's term is how far the slope moves without it."""
    start, end = growing(np.random.default_rng(15), n=12)
    found = beta_convergence(start, end, years=10)
    moved = [beta_convergence(start.drop(r), end.drop(r), years=10).beta - found.beta for r in start.index]
    assert found.coefficients["standard_error"]["initial"] == pytest.approx(np.sqrt(np.square(moved).sum()))


def test_a_term_that_one_territory_determines_has_no_error():
    start, end = growing(np.random.default_rng(16), n=10)
    alone = pd.DataFrame({"alone": (start.index == "r3").astype(float)}, index=start.index)
    found, without = (
        beta_convergence(start, end, alone, years=10),
        beta_convergence(start.drop("r3"), end.drop("r3"), years=10),
    )
    assert np.isnan(found.coefficients.loc["alone", ["standard_error", "low", "p"]].to_numpy(float)).all()
    assert found.beta == pytest.approx(without.beta)
    assert found.coefficients["standard_error"]["initial"] == pytest.approx(
        without.coefficients["standard_error"]["initial"]
    )
    level = pd.Series([1.0, 1, 1, 1, 9], index=list("abcde"))
    found = beta_convergence(level, level * [1.1, 1.2, 1.3, 1.2, 1.5], years=1)
    assert found.beta > 0
    assert np.isnan([found.low, found.p, found.speed_low, found.speed_high, found.half_life_high]).all()


def test_controls_by_first_taking_them_out_of_both_sides():
    """Frisch, Waugh and Lovell: the conditional slope is that of the residuals."""
    rng = np.random.default_rng(3)
    start, end = growing(rng)
    control = pd.DataFrame({"schooling": rng.normal(0, 1, 60) + np.log(start.to_numpy())}, index=start.index)
    end = end * np.exp(0.05 * control["schooling"])
    found = beta_convergence(start, end, control, years=10)
    z = np.column_stack([np.ones(60), control["schooling"]])
    x, y = (v - z @ np.linalg.lstsq(z, v, rcond=None)[0] for v in (np.log(start), np.log(end / start) / 10))
    assert found.beta == pytest.approx((x @ y) / (x @ x))
    assert list(found.coefficients.index) == ["constant", "initial", "schooling"]
    assert found.coefficients["estimate"]["schooling"] == pytest.approx(0.005, abs=0.02)


@given(st.floats(0.01, 100), st.randoms(use_true_random=False))
def test_currency_and_order_do_not_matter(money, random):
    start, end = growing(np.random.default_rng(4), n=12)
    names = list(start.index)
    random.shuffle(names)
    found = beta_convergence(start[names] * money, end * money, years=10)
    expected = beta_convergence(start, end, years=10)
    assert found.beta == pytest.approx(expected.beta)
    assert found.coefficients["standard_error"]["initial"] == pytest.approx(
        expected.coefficients["standard_error"]["initial"]
    )


@pytest.mark.parametrize("n", [12, 40])
def test_intervals_of_beta_cover_with_unequal_variances(n):
    rng = np.random.default_rng(5)
    inside = 0
    for _ in range(600):
        found = beta_convergence(*growing(rng, n, noise=0.004), years=10)
        inside += found.low <= -0.02 <= found.high
    assert 0.93 <= inside / 600 <= 0.97


def test_more_than_the_gap():
    start = pd.Series([1.0, 2, 4, 8], index=list("abcd"))
    end = pd.Series([8.0, 4.1, 2, 1], index=list("abcd"))
    found = beta_convergence(start, end, years=5)
    assert found.beta < -1 / 5
    assert np.isnan(found.speed)
    assert np.isnan(found.half_life)
    assert found.speed_high == np.inf


def test_what_beta_refuses():
    start, end = growing(np.random.default_rng(6), n=5)
    with pytest.raises(LayerError, match=r"1 values are 0, negative or infinite .column “value”., the first"):
        beta_convergence(start.replace(start.iloc[0], 0.0), end, years=10)
    with pytest.raises(LayerError, match="2 territories are known at both ends, but 3 are needed"):
        beta_convergence(start.iloc[:2], end.iloc[:2], years=10)
    with pytest.raises(LayerError, match="do not vary independently"):
        beta_convergence(start * 0 + 3, end, years=10)
    with pytest.raises(LayerError, match="do not vary independently"):
        beta_convergence(start, end, pd.DataFrame({"again": 2 * np.log(start)}), years=10)
    with pytest.raises(LayerError, match="years: a number above 0"):
        beta_convergence(start, end, years=0)
    with pytest.raises(LayerError, match="territories are repeated"):
        beta_convergence(pd.concat([start, start]), end, years=1)
    with pytest.warns(GeoterritorioWarning, match="1 of 5 territories are not known throughout"):
        assert beta_convergence(start, end.iloc[1:], years=10).territories == 4


def panel(rng, n=80, before=0.5, after=0.35, link=0.9):
    logs = rng.multivariate_normal([0, 0], [[1, link], [link, 1]], n) * [before, after]
    return pd.DataFrame(np.exp(3 + logs), columns=[2000, 2010], index=[f"r{k}" for k in range(n)])


def test_sigma_is_the_deviation_of_the_logarithms():
    values = panel(np.random.default_rng(7))
    weights = pd.Series(np.random.default_rng(8).lognormal(8, 1, 80), index=values.index)
    found = sigma_convergence(values, weights, replicates=0)
    for period in values.columns:
        logs, mean = np.log(values[period]), np.average(np.log(values[period]), weights=weights)
        expected = np.sqrt(np.average((logs - mean) ** 2, weights=weights))
        assert found.periods.loc[period, "log_deviation"] == pytest.approx(expected)
    plain = sigma_convergence(values, replicates=0)
    np.testing.assert_allclose(plain.periods["log_deviation"], np.log(values).std(ddof=0))
    np.testing.assert_allclose(plain.periods["variation"], values.std(ddof=0) / values.mean())
    assert plain.change == pytest.approx(np.diff(plain.periods["log_deviation"])[0])
    assert plain.trend == pytest.approx(plain.change / 10)
    assert np.isnan([plain.low, plain.high, found.p]).all()


def test_pitman_and_morgan_in_closed_form():
    values = panel(np.random.default_rng(9))
    a, b = np.log(values).to_numpy().T
    ratio, r, n = a.var() / b.var(), np.corrcoef(a, b)[0, 1], len(a)
    t = (ratio - 1) * np.sqrt((n - 2) / (4 * ratio * (1 - r**2)))
    assert sigma_convergence(values, replicates=0).p == pytest.approx(2 * stats.t.sf(abs(t), n - 2))


def test_unordered_periods_and_text():
    values = panel(np.random.default_rng(10)).assign(x=30.0).rename(columns={"x": 2005})
    values[2005] = np.sqrt(values[2000] * values[2010])
    found, text = (
        sigma_convergence(v[v.columns[[1, 0, 2]]], rng=1, replicates=99)
        for v in (values, values.rename(columns=str))
    )
    assert list(found.periods.index) == [2000, 2005, 2010]
    assert list(text.periods.index) == ["2000", "2005", "2010"]
    assert text.trend == pytest.approx(5 * found.trend)
    assert found.trend_low <= found.trend <= found.trend_high
    assert found.change == text.change < 0


def test_a_change_of_territories_is_not_convergence():
    values = panel(np.random.default_rng(12))
    entered = pd.concat([values, pd.DataFrame({2010: [1e6]}, index=["new"])])
    with pytest.warns(GeoterritorioWarning, match="1 of 81 territories are not known throughout"):
        found = sigma_convergence(entered, rng=1, replicates=99)
    assert found.change == sigma_convergence(values, rng=1, replicates=99).change


def test_intervals_of_the_change_cover():
    rng, inside, rejected = np.random.default_rng(13), 0, 0
    for _ in range(300):
        found = sigma_convergence(panel(rng), replicates=399, rng=rng)
        inside += found.low <= 0.35 - 0.5 <= found.high
        rejected += sigma_convergence(panel(rng, after=0.5), replicates=0).p < 0.05
    assert 0.90 <= inside / 300 <= 0.98
    assert 0.02 <= rejected / 300 <= 0.09


def test_degenerate_panels():
    values = panel(np.random.default_rng(14), n=4)
    with pytest.raises(LayerError, match="1 periods: at least two"):
        sigma_convergence(values[[2000]])
    with pytest.raises(LayerError, match=r"^indicators: 4 values .* the first that of .* in 2020: they"):
        sigma_convergence(values.assign(x=-1.0).rename(columns={"x": 2020}))
    with pytest.raises(LayerError, match="1 weights are negative"):
        sigma_convergence(values, pd.Series([1.0, 1, 1, -1], index=values.index))
    none = sigma_convergence(values.iloc[:0], rng=1)
    assert none.periods["log_deviation"].isna().all()
    assert np.isnan([none.change, none.low, none.p, none.trend]).all()
    one = sigma_convergence(values.iloc[:1], rng=1)
    assert one.change == 0
    assert np.isnan([one.low, one.p]).all()
    still = sigma_convergence(values[[2000]].assign(x=values[2000]).rename(columns={"x": 2020}), rng=1)
    assert [still.change, still.low, still.high] == pytest.approx([0, 0, 0])
    assert np.isnan(still.p)
