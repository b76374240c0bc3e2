"""Measures beside the packages people use for them; the results are the same where the definitions are."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    complexity,
    disparities,
    fitness,
    herfindahl,
    krugman_specialisation,
    location_quotient,
    locational_gini,
    presence,
    relatedness_density,
    sector_relatedness,
    theil_decomposition,
)
from geoterritorio.concentration.disparity import gini

econcomplex = pytest.importorskip("econcomplex", reason="pip install -e '.[bench]'")
ecomplexity = pytest.importorskip("ecomplexity", reason="pip install -e '.[bench]'")
inequality = pytest.importorskip("inequality", reason="pip install -e '.[bench]'")


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    """Jobs of 8000 territories in 600 sectors, diverse and less diverse ones."""
    rng = np.random.default_rng(1)
    mean = np.outer(rng.lognormal(0, 1.6, 8000), rng.lognormal(0, 1.3, 600))
    jobs = rng.poisson(mean * rng.gamma(0.3, 1 / 0.3, mean.shape))
    table = pd.DataFrame(jobs.astype(float)).rename_axis(index="territory", columns="sector")
    return table.loc[table.sum(axis=1) > 0, table.sum() > 0]


@pytest.fixture(scope="module")
def fewer(counts) -> pd.DataFrame:
    """A part of them: the peers decompose a matrix of territories by territories."""
    table = counts.iloc[:1500, :300]
    return table.loc[table.sum(axis=1) > 0, table.sum() > 0]


def test_quotients(compare, counts):
    found, expected = compare(
        "location quotients, 8 k x 600, econcomplex",
        lambda: location_quotient(counts),
        lambda: econcomplex.location_quotient(counts),
    )
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_indices_of_sectors(compare, counts):
    def peer() -> tuple[pd.Series, pd.Series]:
        # The peer takes units in rows and normalises by default.
        return econcomplex.herfindahl(counts.T, normalize=False), econcomplex.locational_gini(counts)

    found, expected = compare(
        "Herfindahl and locational Gini, 8 k x 600, econcomplex",
        lambda: (herfindahl(counts), locational_gini(counts, definition="area")),
        peer,
    )
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, np.asarray(b), rtol=1e-8)


def test_specialisation(compare, counts):
    found, expected = compare(
        "Krugman's specialisation, 8 k x 600, econcomplex",
        lambda: krugman_specialisation(counts),
        lambda: econcomplex.krugman_index(counts),
    )
    np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-9)


def test_complexity(compare, fewer):
    found, expected = compare(
        "complexity, 1.5 k x 300, econcomplex", lambda: complexity(fewer), lambda: econcomplex.eci_pci(fewer)
    )
    ours, peer = found.territories["eci"], expected[0]
    np.testing.assert_allclose(
        ours.loc[peer.index], (peer - peer.mean()) / peer.std(ddof=0), rtol=1e-5, atol=1e-7
    )


def test_fitness(compare, fewer):
    compare(
        "fitness, 1.5 k x 300, econcomplex",
        lambda: fitness(fewer),
        lambda: econcomplex.eci_pci(fewer, method="fitness"),
    )


def test_relatedness(compare, fewer):
    def ours() -> pd.DataFrame:
        here = presence(fewer)
        return relatedness_density(here, sector_relatedness(here))

    def peer() -> pd.DataFrame:
        rows = (
            fewer.rename_axis(index="place").reset_index().melt("place", var_name="what", value_name="value")
        )
        names = {"time": "year", "loc": "place", "prod": "what", "val": "value"}
        with warnings.catch_warnings():
            # It warns of the table's shape and of pandas to come; neither is a matter of speed.
            warnings.simplefilter("ignore")
            found = ecomplexity.ecomplexity(rows.assign(year=2025), names, verbose=False)
        return found.pivot_table(index="place", columns="what", values="density")

    found, expected = compare(
        "proximity, density (and ECI, PCI, COI, COG there), 1.5 k x 300, ecomplexity", ours, peer
    )
    np.testing.assert_allclose(found.loc[expected.index, expected.columns], expected, rtol=1e-5, atol=1e-6)


def test_gini(compare):
    values = pd.Series(np.random.default_rng(1).lognormal(0, 1, 100_000))
    found, expected = compare(
        "Gini of 100 k values, inequality",
        lambda: gini(values),
        lambda: inequality.gini.Gini(values.to_numpy()).g,
    )
    assert found == pytest.approx(expected, rel=1e-9)


def test_decomposition(compare):
    rng = np.random.default_rng(1)
    values, groups = pd.Series(rng.lognormal(0, 1, 8000)), pd.Series(rng.integers(0, 50, 8000))
    found, expected = compare(
        "Theil between 50 groups with 99 permutations, 8 k values, inequality",
        lambda: theil_decomposition(values, groups, permutations=99, rng=1),
        lambda: inequality.theil.TheilDSim(values.to_numpy(), groups.to_numpy(), 99),
    )
    assert found.between == pytest.approx(float(np.ravel(expected.bg)[0]), rel=1e-9)
    assert disparities(values, replicates=0).loc["theil_t", "value"] == pytest.approx(found.total, rel=1e-9)
