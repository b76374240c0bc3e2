"""Complexity, fitness, outlook and gain: identities, signs, and tables that cannot be ranked."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geoterritorio.concentration import (
    complexity,
    complexity_gain,
    complexity_interval,
    complexity_outlook,
    fitness,
    presence,
    relatedness_density,
    sector_relatedness,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError


def frame(values: np.ndarray) -> pd.DataFrame:
    rows, columns = values.shape
    return pd.DataFrame(
        values.astype(float),
        index=pd.Index([f"r{k}" for k in range(rows)], name="territory"),
        columns=pd.Index([f"s{k}" for k in range(columns)], name="sector"),
    )


@st.composite
def presences(draw: st.DrawFn) -> pd.DataFrame:
    shape = draw(st.tuples(st.integers(2, 8), st.integers(2, 8)))
    return frame(draw(arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0]))))


def quietly(work, *args, **options):
    """Result, where warnings of what cannot be ranked are beside the point."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return work(*args, **options)


def nested(rows: int = 12, columns: int = 9, seed: int = 1) -> pd.DataFrame:
    """Diverse territories have the rare sectors; some noise."""
    reach = np.linspace(1, 0.2, rows)[:, None] >= np.linspace(0, 0.95, columns)
    values = reach ^ (np.random.default_rng(seed).random((rows, columns)) < 0.12)
    # The first sector is everywhere and the first territory has everything: nothing is empty or apart.
    values[0], values[:, 0] = True, True
    return frame(values)


@given(presences())
def test_identities(m):
    found = quietly(complexity, m)
    eci, pci = found.territories["eci"], found.sectors["pci"]
    rows, columns = eci.notna(), pci.notna()
    assume(rows.any())
    part, k, p = m.loc[rows, columns].to_numpy(), eci[rows].to_numpy(), pci[columns].to_numpy()
    d, u, second = part.sum(axis=1), part.sum(axis=0), found.eigenvalues[0]
    np.testing.assert_allclose([k.mean(), k.std()], [0, 1], atol=1e-7)
    # A territory's value is the mean of its sectors' ...
    np.testing.assert_allclose(part @ p / d, k, atol=1e-6)
    # ... and up to the eigenvalue and a constant the other way round.
    centre = (d @ k) / d.sum()
    np.testing.assert_allclose(part.T @ (k - centre) / u, second * (p - centre), atol=1e-6)
    assert 0 < second <= 1 + 1e-9
    assert k @ (d - d.mean()) >= -1e-6 * len(d)


@given(presences(), st.randoms(use_true_random=False))
def test_order_changes_nothing(m, random):
    found = quietly(complexity, m)
    second, third = found.eigenvalues
    gap = second - third > 1e-3
    d = found.territories["diversity"][found.territories["eci"].notna()]
    eci = found.territories["eci"].dropna()
    assume(gap and abs(np.nan_to_num(np.corrcoef(eci, d)[0, 1] if d.std() > 0 else 0)) > 1e-3)
    reasons = [*found.territories["reason"], *found.sectors["reason"]]
    # Of two largest groups that of the first territory is taken, whatever its name.
    assume("apart" not in reasons)
    rows, columns = list(m.index), list(m.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    moved = quietly(complexity, m.loc[rows, columns])
    pd.testing.assert_series_equal(moved.territories["eci"], found.territories["eci"].loc[rows], atol=1e-6)
    pd.testing.assert_series_equal(moved.sectors["pci"], found.sectors["pci"].loc[columns], atol=1e-6)


@pytest.mark.parametrize("shape", [(12, 9), (9, 12)])
def test_the_plain_eigenvector(shape):
    m = nested(*shape).to_numpy()
    d, u = m.sum(axis=1), m.sum(axis=0)
    values, vectors = np.linalg.eig((m / d[:, None]) @ (m / u).T)
    order = np.argsort(-values.real)
    k = vectors[:, order[1]].real
    k = np.sign(np.corrcoef(k, d)[0, 1]) * (k - k.mean()) / k.std()
    found = complexity(nested(*shape))
    np.testing.assert_allclose(found.territories["eci"], k, atol=1e-10)
    np.testing.assert_allclose(found.eigenvalues, values.real[order[1:3]], atol=1e-12)


def test_rare_sectors_of_diverse_territories_are_complex():
    found = complexity(nested())
    assert found.territories["eci"].corr(found.territories["diversity"]) > 0.5
    assert found.sectors["pci"].corr(found.sectors["ubiquity"]) < 0
    assert found.territories["rank"].min() == 1
    assert found.territories["eci"].idxmax() == found.territories["rank"].idxmin()


def test_reflections_approach_the_eigenvector():
    eigen = complexity(nested()).territories["eci"]
    gaps = [
        (complexity(nested(), method="reflections", iterations=n).territories["eci"] - eigen).abs().max()
        for n in (2, 10, 100)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-6


@pytest.mark.parametrize("iterations", [0, 1, 17])
def test_odd_reflections_are_refused(iterations):
    with pytest.raises(LayerError, match="an even number"):
        complexity(nested(), method="reflections", iterations=iterations)


def test_each_on_its_own_scale():
    found = complexity(nested(), scale="each").sectors["pci"]
    np.testing.assert_allclose([found.mean(), found.std(ddof=0)], [0, 1], atol=1e-12)


def test_groups_that_share_nothing():
    first = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0]])
    m = frame(np.block([[first, np.zeros((3, 2))], [np.zeros((2, 3)), np.array([[1, 1], [1, 0]])]]))
    with pytest.warns(GeoterritorioWarning, match="2 groups that share nothing: 2 territories and 2 sectors"):
        found = complexity(m)
    assert found.territories["reason"].tolist() == [None, None, None, "apart", "apart"]
    assert found.sectors["reason"].tolist() == [None, None, None, "apart", "apart"]
    alone = complexity(frame(first))
    pd.testing.assert_series_equal(found.territories["eci"].iloc[:3], alone.territories["eci"])


def test_empty_and_unknown_territories_and_sectors():
    m = nested()
    more = m.assign(nowhere=0.0)
    more.loc["empty"] = 0.0
    more.loc["gap"] = 1.0
    more.loc["gap", "s0"] = np.nan
    more.loc["gap", "nowhere"] = 0.0
    with pytest.warns(GeoterritorioWarning, match="1 cells .* their 1 territories"):
        found = complexity(more)
    assert found.territories["reason"].dropna().to_dict() == {"empty": "empty", "gap": "unknown"}
    assert found.sectors["reason"].dropna().to_dict() == {"s0": "unknown", "nowhere": "empty"}
    assert np.isnan(found.territories.loc["gap", "diversity"])
    assert np.isnan(found.sectors.loc["s0", "ubiquity"])
    np.testing.assert_allclose(found.territories["eci"].loc[m.index], complexity(m).territories["eci"])


@pytest.mark.parametrize("table", [np.ones((1, 4)), np.ones((4, 1)), np.ones((3, 3))])
def test_nothing_tells_territories_apart(table):
    with pytest.warns(GeoterritorioWarning, match="nothing tells them apart"):
        found = complexity(frame(table))
    assert found.territories["eci"].isna().all()
    assert (found.territories["reason"] == "alike").all()
    assert (found.sectors["reason"] == "alike").all()


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_tables_without_cells(shape):
    m = frame(np.ones(shape))
    assert list(complexity(m).territories.columns) == ["diversity", "eci", "rank", "reason"]
    assert len(fitness(m).territories) == shape[0]
    assert complexity_outlook(m).shape == (shape[0],)
    assert complexity_gain(m).shape == shape
    assert complexity_interval(m, replicates=3, rng=1).shape == (shape[0], 7)


def test_equal_eigenvalues_are_told():
    # A ring: the second eigenvalue comes twice, and any order of the territories would do.
    ring = np.eye(6) + np.roll(np.eye(6), 1, axis=1)
    with pytest.warns(GeoterritorioWarning, match="second and third eigenvalue are equal"):
        complexity(frame(ring))


def test_two_territories():
    found = complexity(frame(np.array([[1, 1, 1], [1, 0, 0]])))
    np.testing.assert_allclose(found.territories["eci"], [1, -1])
    np.testing.assert_allclose(found.sectors["pci"].iloc[1:], found.sectors["pci"].iloc[1])


def test_sign_without_diversity_is_arbitrary_and_told():
    path = np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])
    with pytest.warns(GeoterritorioWarning, match="the sign of complexity is arbitrary"):
        found = complexity(frame(path)).territories["eci"]
    assert found.iloc[0] > 0


@given(presences())
def test_fitness_is_a_fixed_point_of_mean_one(m):
    found = quietly(fitness, m, iterations=300)
    f, q = found.territories["fitness"], found.sectors["complexity"]
    rows, columns = f.notna(), q.notna()
    assume(rows.any())
    np.testing.assert_allclose([f.mean(), q.mean()], 1)
    assert (f[rows] >= 0).all()
    if found.converged:
        part = m.loc[rows, columns].to_numpy()
        again = part @ q[columns].to_numpy()
        np.testing.assert_allclose(again / again.mean(), f[rows], atol=1e-8)
    assert (f.notna() == (m.sum(axis=1) > 0)).all()


def test_fitness_of_more_sectors_is_higher():
    m = frame(np.tril(np.ones((5, 5)))[::-1])
    found = quietly(fitness, m)
    assert found.territories["rank"].tolist() == [1, 2, 3, 4, 5]
    # Of a triangle the fittest takes all in the end: ranks settle, values do not.
    assert not found.converged
    assert found.ranks_stable_from <= 1
    with pytest.warns(GeoterritorioWarning, match="has not settled after 50 steps"):
        fitness(m, iterations=50)
    ranks = fitness(m, until="ranks")
    assert ranks.iterations == ranks.ranks_stable_from + 20


def test_fitness_by_hand():
    m = frame(np.array([[1, 1], [1, 0]]))
    found = fitness(m, iterations=1, tolerance=0)
    np.testing.assert_allclose(found.territories["fitness"], [4 / 3, 2 / 3])
    np.testing.assert_allclose(found.sectors["complexity"], [2 / 3, 4 / 3])
    with pytest.raises(LayerError, match="0 steps"):
        fitness(m, iterations=0)


def test_outlook_and_gain_by_definition():
    m = nested()
    found = complexity(m)
    u = m.sum()
    pci = (found.sectors["pci"] - (u @ found.sectors["pci"]) / u.sum()).to_numpy()
    phi, d = sector_relatedness(m).to_numpy(), relatedness_density(m).to_numpy()
    absent = 1 - m.to_numpy()
    np.testing.assert_allclose(complexity_outlook(m, standardise=False), (absent * d * pci).sum(axis=1))
    scores = complexity_outlook(m)
    np.testing.assert_allclose([scores.mean(), scores.std(ddof=0)], [0, 1], atol=1e-12)
    gain, net = complexity_gain(m).to_numpy(), complexity_gain(m, net=True).to_numpy()
    for r, i in zip(*np.nonzero(absent), strict=True):
        expected = sum(phi[i, j] / phi[:, j].sum() * absent[r, j] * pci[j] for j in range(len(pci)))
        assert gain[r, i] == pytest.approx(expected)
        assert net[r, i] == pytest.approx(expected - d[r, i] * pci[i])
    assert (gain[absent == 0] == 0).all()


def test_net_gain_is_the_change_of_the_outlook():
    # With relatedness and complexity held, the outlook changes by the net gain when a sector is added.
    m = nested()
    u = m.sum()
    pci = complexity(m).sectors["pci"]
    pci = (pci - (u @ pci) / u.sum()).to_numpy()
    phi = sector_relatedness(m).to_numpy()
    values = m.to_numpy()

    def outlook(row: np.ndarray) -> float:
        return float(((1 - row) * (row @ phi / phi.sum(axis=0)) * pci).sum())

    # Up to the sector's own weight: once there, it is no longer near to itself.
    r, i = np.argwhere(values == 0)[0]
    added = values[r].copy()
    added[i] = 1
    weights = phi[i] / phi.sum(axis=0)
    expected = (weights * (1 - added) * pci).sum() - (values[r] @ phi[:, i] / phi[:, i].sum()) * pci[i]
    assert outlook(added) - outlook(values[r]) == pytest.approx(expected)
    net = complexity_gain(m, net=True).to_numpy()[r, i]
    assert net == pytest.approx(expected + weights[i] * pci[i])


def test_intervals_hold_what_they_are_about():
    m = nested(20, 40)
    found = complexity_interval(m, replicates=100, rng=1)
    np.testing.assert_allclose(found["eci"], complexity(m).territories["eci"])
    assert (found["low"] <= found["high"]).all()
    assert (found["rank_low"] <= found["rank_high"]).all()
    assert ((found["low"] < found["eci"]) & (found["eci"] < found["high"])).mean() > 0.9
    assert (found["replicates"] == 100).all()
    # Four times the sectors of the same kind, half the width.
    many = complexity_interval(pd.concat([m] * 4, axis=1), replicates=100, rng=1)
    ratio = (many["high"] - many["low"]).mean() / (found["high"] - found["low"]).mean()
    assert ratio == pytest.approx(0.5, abs=0.1)
    pd.testing.assert_frame_equal(found, complexity_interval(m, replicates=100, rng=1))
    with pytest.raises(LayerError, match="0 samples"):
        complexity_interval(m, replicates=0)


def test_counts_are_cut_at_one_and_the_whole_is_named():
    counts = frame(np.random.default_rng(2).integers(0, 60, (10, 8)))
    found, cut = complexity(counts), complexity(presence(counts))
    pd.testing.assert_frame_equal(found.territories, cut.territories)
    assert found.reference == "own sums"
    whole = pd.Series(np.arange(1.0, 9) * 1000, index=counts.columns, name="nation")
    assert complexity(counts, reference=whole).reference == "nation"
    assert fitness(counts, reference=whole).reference == "nation"


def test_a_swing_between_two_states_has_no_fitness():
    """Parts that share nothing: from ones, A goes 0.6, 1, 0.6, 1 and so on."""
    apart = pd.DataFrame([[1, 0, 0], [0, 1, 1], [0, 1, 1]], index=list("ABC"), columns=list("xyz"))
    with pytest.warns(
        GeoterritorioWarning, match=r"Fitness swings between two states, 0.5 apart, after 1000 steps"
    ):
        found = fitness(apart)
    for table in (found.territories, found.sectors):
        assert table["rank"].isna().all()
        assert (table["reason"] == "swings").all()
    assert not found.converged


def test_ubiquity_does_not_count_territories_left_out():
    present = pd.DataFrame([[1, 1, 1], [1, 1, 0], [1, np.nan, 1]], index=list("ABC"), columns=list("xyz"))
    with pytest.warns(GeoterritorioWarning, match="withheld or unknown"):
        found = fitness(present, iterations=20, tolerance=0)
    assert found.sectors["ubiquity"].tolist()[::2] == [2, 1]
    assert np.isnan(found.sectors["ubiquity"].iloc[1])
