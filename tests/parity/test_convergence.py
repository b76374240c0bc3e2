"""Convergence of German counties as a package's manual prints it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import beta_convergence, sigma_convergence


@pytest.fixture
def counties(peer_data):
    return pd.read_csv(peer_data / "reat_G.counties.gdp.csv", dtype={"region_code": str}).set_index(
        "region_code"
    )


def test_beta_and_speed_in_the_manual_of_reat(counties):
    # The manual's example of the speed of convergence takes the slope of its example of the regression.
    found = beta_convergence(counties["gdppc2010"], counties["gdppc2011"], years=1)
    assert found.beta == pytest.approx(-0.008070533, abs=5e-10)
    assert found.speed == pytest.approx(-np.log(1 - 0.008070533), rel=1e-7)
    assert found.territories == 402


def test_east_and_west_tend_to_different_levels(counties):
    west = pd.DataFrame({"west": (counties["regional"] == "West").astype(float)})
    absolute = beta_convergence(counties["gdppc2000"], counties["gdppc2014"], years=14)
    conditional = beta_convergence(counties["gdppc2000"], counties["gdppc2014"], west, years=14)
    x = np.column_stack([np.ones(402), np.log(counties["gdppc2000"]), west["west"]])
    y = np.log(counties["gdppc2014"] / counties["gdppc2000"]) / 14
    slopes = np.linalg.solve(x.T @ x, x.T @ y)
    np.testing.assert_allclose(conditional.coefficients["estimate"], slopes, rtol=1e-9)
    assert absolute.beta < 0 < absolute.speed


def test_dispersion_of_the_counties(counties):
    years = [2000, 2008, 2014]
    panel = counties[[f"gdppc{y}" for y in years]].set_axis(years, axis=1)
    found = sigma_convergence(panel, rng=1)
    np.testing.assert_allclose(found.periods["log_deviation"], np.log(panel).std(ddof=0), rtol=1e-12)
    assert found.low < found.change < found.high
