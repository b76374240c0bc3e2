"""Dartboard indices and coagglomeration of a national register."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geoterritorio.concentration import (
    coagglomerated_pairs,
    ellison_glaeser,
    maurel_sedillot,
    pairwise_coagglomeration,
    plant_colocation,
    plant_moments,
    tabulate,
)

SIZE = "10 M x 600 x 8 k"


@pytest.fixture(scope="module")
def counts(register):
    return tabulate(register)


@pytest.fixture(scope="module")
def moments(register):
    return plant_moments(register)


def test_moments_of_plants(compare, register):
    def peer() -> pd.Series:
        jobs = register.groupby("sector", observed=True)["employment"].transform("sum")
        return (register["employment"] / jobs).pow(2).groupby(register["sector"], observed=True).sum()

    found, expected = compare(
        f"moments of plants, {SIZE}, pandas groupby", lambda: plant_moments(register), peer
    )
    np.testing.assert_allclose(found["herfindahl"], expected, rtol=1e-9)


@pytest.mark.parametrize("index", [ellison_glaeser, maurel_sedillot])
def test_indices(compare, counts, moments, index):
    found, _ = compare(f"{index.__name__}, {SIZE}, from moments", lambda: index(counts, moments))
    assert found["p"].notna().all()


def test_throws(compare, register, counts):
    chances = counts.sum(axis=1)
    largest = counts.columns[np.argsort(-counts.sum().to_numpy())]
    few = list(largest[-50:])
    part = register[register["sector"].isin(few)]
    part = part.assign(sector=part["sector"].cat.remove_unused_categories())
    found, _ = compare(
        "999 throws of the plants of the 50 smallest of 600 sectors",
        lambda: ellison_glaeser(counts[few], part, reference=chances, method="simulated", rng=1),
    )
    assert found["p"].notna().all()
    # Plants of the register were placed by chance.
    assert (found["p"] < 0.05).mean() < 0.2


def test_pairs(compare, counts):
    def peer() -> np.ndarray:
        s = (counts / counts.sum()).to_numpy()
        x = s.mean(axis=1)
        rows = [((s[:, [i]] - x[:, None]) * (s - x[:, None])).sum(axis=0) for i in range(0, s.shape[1], 20)]
        return np.array(rows) / (1 - (x**2).sum())

    name = "pairwise coagglomeration, 600 x 600 x 8 k, peer: numpy, one sector in 20"
    found, expected = compare(name, lambda: pairwise_coagglomeration(counts), peer)
    np.testing.assert_allclose(found.to_numpy()[::20], expected, rtol=1e-9, atol=1e-12)


def test_pairs_tested(compare, counts, moments):
    found, _ = compare("tests of 179 700 pairs", lambda: coagglomerated_pairs(counts, moments))
    assert len(found) == 600 * 599 / 2


def test_colocation(compare, register):
    plants = tabulate(register, measure="establishments")
    found, _ = compare("colocation of plants, 179 700 pairs", lambda: plant_colocation(plants))
    # Sectors of the register were given by chance.
    assert found["z"].std() == pytest.approx(1, abs=0.05)
