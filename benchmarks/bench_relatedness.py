"""Relatedness and complexity beside the published formulas written down in numpy and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    complexity,
    complexity_gain,
    complexity_interval,
    fitness,
    presence,
    relatedness_density,
    relatedness_significance,
    sector_relatedness,
)


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    """Jobs of 8000 territories in 600 sectors, diverse and less diverse ones."""
    rng = np.random.default_rng(1)
    mean = np.outer(rng.lognormal(0, 1.6, 8000), rng.lognormal(0, 1.3, 600))
    jobs = rng.poisson(mean * rng.gamma(0.3, 1 / 0.3, mean.shape))
    return pd.DataFrame(jobs.astype(float)).rename_axis(index="territory", columns="sector")


def cut(counts: pd.DataFrame) -> pd.DataFrame:
    lq = counts.div(counts.sum(axis=1), axis=0) / (counts.sum() / counts.to_numpy().sum())
    return (lq >= 1).astype(float)


def test_relatedness_and_density(compare, counts):
    def peer() -> tuple[pd.DataFrame, pd.DataFrame]:
        m = cut(counts)
        u = m.sum()
        phi = m.T @ m / np.maximum.outer(u.to_numpy(), u.to_numpy())
        return phi, m @ phi / phi.sum()

    def ours() -> tuple[pd.DataFrame, pd.DataFrame]:
        m = presence(counts)
        phi = sector_relatedness(m)
        return phi, relatedness_density(m, phi)

    found, expected = compare("presence, proximity and density, 8 k x 600, pandas", ours, peer)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_complexity(compare, counts):
    def peer() -> np.ndarray:
        m = cut(counts).to_numpy()
        m = m[m.sum(axis=1) > 0]
        d, u = m.sum(axis=1), m.sum(axis=0)
        # The smaller of the two matrices, as the packages do not.
        values, vectors = np.linalg.eig((m / u).T @ (m / d[:, None]))
        p = vectors[:, np.argsort(-values.real)[1]].real
        k = m @ p / d
        return np.sign(np.corrcoef(k, d)[0, 1]) * (k - k.mean()) / k.std()

    found, expected = compare(
        "complexity, 8 k x 600, numpy eig of 600 x 600", lambda: complexity(counts), peer
    )
    np.testing.assert_allclose(found.territories["eci"].dropna(), expected, atol=1e-8)


def test_fitness(compare, counts):
    m = presence(counts)

    def peer() -> np.ndarray:
        f, q = pd.Series(1.0, m.index), pd.Series(1.0, m.columns)
        for _ in range(50):
            f, q = m @ q, 1 / (m.T @ (1 / f))
            f, q = f / f.mean(), q / q.mean()
        return f.to_numpy()

    m = m[m.sum(axis=1) > 0]
    name = "fitness, 50 steps, 8 k x 600, pandas"
    found, expected = compare(name, lambda: fitness(m, iterations=50, tolerance=0), peer)
    np.testing.assert_allclose(found.territories["fitness"], expected, rtol=1e-8)


def test_gain(compare, counts):
    found, _ = compare("complexity gain, 8 k x 600", lambda: complexity_gain(counts))
    assert np.isfinite(found.to_numpy()[counts.sum(axis=1) > 0]).all()


# Nine tables are timed, not believed.
@pytest.mark.filterwarnings("ignore:.*too coarse")
def test_significance(compare, counts):
    m = presence(counts)
    name = "relatedness against 9 random tables, 8 k x 600"
    found, _ = compare(name, lambda: relatedness_significance(m, replicates=9, rng=1))
    assert found["p"].notna().all()


def test_interval(compare, counts):
    m = presence(counts)
    name = "complexity over 5 resamples, 8 k x 600"
    found, _ = compare(name, lambda: complexity_interval(m, replicates=5, rng=1))
    assert (found["low"] <= found["high"]).sum() > 0
