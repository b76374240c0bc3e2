"""Focal quotients with their intervals, and inequality with its own, of 8000 territories."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    disparities,
    focal_location_quotient,
    focal_location_quotient_interval,
    gini,
    kernel_weights,
)


@pytest.fixture(scope="module")
def plants(municipalities):
    rng = np.random.default_rng(1)
    mean = rng.lognormal(0, 1.5, (len(municipalities), 1)) * rng.lognormal(-1, 1.3, (1, 600))
    index = pd.Index(municipalities["territory"], name="territory")
    return pd.DataFrame(rng.poisson(mean).astype(float), index=index)


@pytest.fixture(scope="module")
def near(municipalities):
    return kernel_weights(municipalities, bandwidth=45_000, kernel="bisquare")


def test_focal_quotients(compare, plants, near):
    def peer() -> pd.DataFrame:
        wide = near.pivot_table(
            index="territory", columns="neighbour", values="weight", observed=False
        ).fillna(0)
        around = wide.loc[plants.index, plants.index] @ plants
        return around.div(around.sum(axis=1), axis=0) / (plants.sum() / plants.to_numpy().sum())

    name = f"focal quotients, 8 k x 600, {len(near) // len(plants)} neighbours each, dense product"
    found, expected = compare(name, lambda: focal_location_quotient(plants, near), peer)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_focal_intervals(compare, plants, near):
    found, _ = compare(
        "intervals of focal quotients, 8 k x 600",
        lambda: focal_location_quotient_interval(plants, near, plants),
    )
    assert found.low.notna().to_numpy().mean() > 0.99


def test_gini_of_heads(compare):
    rng = np.random.default_rng(1)
    values, heads = pd.Series(rng.lognormal(3, 0.4, 8000)), pd.Series(rng.lognormal(8, 1, 8000))

    def peer() -> float:
        x, w = values.to_numpy(), heads.to_numpy() / heads.sum()
        return float((np.abs(x[:, None] - x[None, :]) * w[:, None] * w[None, :]).sum() / (2 * w @ x))

    found, expected = compare("weighted Gini, 8 k, all pairs", lambda: gini(values, heads), peer)
    assert found == pytest.approx(expected)


def test_intervals_of_inequality(compare):
    rng = np.random.default_rng(1)
    values, heads = pd.Series(rng.lognormal(3, 0.4, 8000)), pd.Series(rng.lognormal(8, 1, 8000))
    table, _ = compare(
        "seven measures, 999 draws with jackknife, 8 k", lambda: disparities(values, heads, rng=1)
    )
    assert (table["low"] < table["high"]).all()
