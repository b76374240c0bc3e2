"""Presence, relatedness, density and network: formulas, bounds, and what is unknown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geoterritorio.concentration import (
    Whole,
    location_quotient,
    presence,
    relatedness_density,
    relatedness_network,
    sector_relatedness,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError

ON_DIAGONAL = ["proximity", "inclusion", "cosine_ubiquity", "jaccard_ubiquity", "correlation"]
AMONG_OTHERS = ["association", "probability", "cosine", "jaccard"]
UNBOUNDED = {"association", "probability"}


def frame(values: np.ndarray) -> pd.DataFrame:
    rows, columns = values.shape
    return pd.DataFrame(
        values.astype(float),
        index=pd.Index([f"r{k}" for k in range(rows)], name="territory"),
        columns=pd.Index([f"s{k}" for k in range(columns)], name="sector"),
    )


@st.composite
def tables(draw: st.DrawFn, elements: tuple[float, ...] = (0, 0, 1, 2, 5, 40, 1000)) -> pd.DataFrame:
    shape = draw(st.tuples(st.integers(1, 7), st.integers(1, 6)))
    return frame(draw(arrays(np.float64, shape, elements=st.sampled_from(elements))))


presences = tables(elements=(0, 1))


@given(tables(), st.sampled_from([0.5, 1.0, 2.0]))
def test_presence_is_the_quotient_cut(counts, threshold):
    found, lq = presence(counts, threshold=threshold).to_numpy(), location_quotient(counts).to_numpy()
    clear = np.abs(lq / threshold - 1) > 1e-9
    np.testing.assert_array_equal(found[clear], lq[clear] >= threshold)
    assert (found[(lq / threshold >= 1 - 1e-15)] == 1).all()
    assert (found[counts.to_numpy() == 0] == 0).all()


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(1, 999), st.integers(1, 999))
def test_a_share_equal_to_that_of_the_whole_is_present_whatever_the_rounding(first, second, a, b):
    # Both territories have exactly the shares of the whole, in numbers that do not divide evenly.
    counts = frame(np.outer([first, second], [a, b]))
    assert (presence(counts).to_numpy() == 1).all()


def test_rounding_is_not_generous():
    below = presence(frame(np.array([[9.95, 90.05], [10.05, 89.95]])))
    np.testing.assert_array_equal(below, [[0, 1], [1, 0]])


def test_withheld_is_neither_present_nor_absent():
    counts = frame(np.array([[30, 10, np.nan], [10, 50, 5], [0, 0, 0]]))
    totals = pd.Series([50, 65, 0], index=counts.index)
    whole = Whole(pd.Series([400, 600, 100], index=counts.columns), 2000, "nation")
    found = presence(counts, reference=whole, totals=totals)
    np.testing.assert_array_equal(found, [[1, 0, np.nan], [0, 1, 1], [0, 0, 0]])
    assert found.attrs["reference"] == "nation"
    with pytest.warns(GeoterritorioWarning, match="1 cells are withheld or unknown"):
        assert presence(counts).isna().to_numpy().sum() == 1


def test_presence_refuses_what_every_cell_reaches():
    with pytest.raises(LayerError, match="not above 0"):
        presence(frame(np.eye(2)), threshold=0)


@given(presences)
def test_every_formula_pair_by_pair(m):
    values = m.to_numpy()
    u = values.sum(axis=0)
    c = values.T @ values
    others = c - np.diag(u)
    s, t = others.sum(axis=1), others.sum()
    found = {name: sector_relatedness(m, method=name).to_numpy() for name in [*ON_DIAGONAL, *AMONG_OTHERS]}
    for i, j in zip(*np.triu_indices(len(u), 1), strict=True):
        if not u[i] * u[j]:
            assert all(np.isnan(f[i, j]) for f in found.values())
            continue
        x, y = u[i], u[j]
        assert found["proximity"][i, j] == pytest.approx(min(c[i, j] / x, c[i, j] / y))
        assert found["inclusion"][i, j] == pytest.approx(max(c[i, j] / x, c[i, j] / y))
        assert found["cosine_ubiquity"][i, j] == pytest.approx(c[i, j] / np.sqrt(x * y))
        either = ((values[:, i] + values[:, j]) > 0).sum()
        assert found["jaccard_ubiquity"][i, j] == pytest.approx(c[i, j] / either)
        if not s[i] * s[j]:
            assert np.isnan(found["association"][i, j])
            continue
        assert found["association"][i, j] == pytest.approx((c[i, j] / t) / (s[i] / t * s[j] / t))
        chance = s[i] / t * s[j] / (t - s[i]) + s[j] / t * s[i] / (t - s[j])
        assert found["probability"][i, j] == pytest.approx(c[i, j] / (chance * t / 2))
        assert found["cosine"][i, j] == pytest.approx(c[i, j] / np.sqrt(s[i] * s[j]))
        assert found["jaccard"][i, j] == pytest.approx(c[i, j] / (s[i] + s[j] - c[i, j]))


@given(tables(), st.sampled_from([*ON_DIAGONAL, *AMONG_OTHERS]))
def test_bounds_symmetry_diagonal_and_empty_territories(counts, method):
    found = sector_relatedness(counts, method=method)
    values = found.to_numpy()
    np.testing.assert_array_equal(values, values.T)
    known = values[~np.isnan(values)]
    assert (known >= 0).all()
    assert method in UNBOUNDED or (known <= 1).all()
    diagonal = np.diag(values)
    assert np.isnan(diagonal if method in AMONG_OTHERS else diagonal[diagonal != 1]).all()
    more = pd.concat([counts, frame(np.zeros((1, counts.shape[1]))).set_axis(["empty"])])
    is_presence = set(counts.to_numpy().ravel()) <= {0, 1}
    if method != "correlation" or not is_presence:
        np.testing.assert_allclose(sector_relatedness(more, method=method), found, rtol=1e-9, atol=1e-9)


@given(tables(), st.sampled_from([*ON_DIAGONAL, *AMONG_OTHERS]), st.randoms(use_true_random=False))
def test_order_and_scale_change_nothing(counts, method, random):
    rows, columns = list(counts.index), list(counts.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    if set(counts.to_numpy().ravel()) <= {0, 1}:
        return
    found = sector_relatedness(counts, method=method)
    moved = sector_relatedness(3.5 * counts.loc[rows, columns], method=method)
    np.testing.assert_allclose(moved, found.loc[columns, columns], rtol=1e-6, atol=1e-6)


def test_correlation_is_that_of_the_quotients():
    counts = frame(np.random.default_rng(1).integers(1, 50, (12, 5)))
    expected = (1 + np.corrcoef(location_quotient(counts).T)) / 2
    np.testing.assert_allclose(sector_relatedness(counts, method="correlation"), expected, rtol=1e-12)


@given(presences, st.booleans())
def test_density_is_a_share(m, own):
    phi, found = sector_relatedness(m).to_numpy(), relatedness_density(m, own=own).to_numpy()
    known = found[~np.isnan(found)]
    assert ((known >= 0) & (known <= 1)).all()
    for i in range(m.shape[1]):
        weights = np.nan_to_num(phi[i]) * (1 if own else np.arange(m.shape[1]) != i)
        if weights.sum():
            np.testing.assert_allclose(found[:, i], m.to_numpy() @ weights / weights.sum())
        else:
            assert np.isnan(found[:, i]).all()


def test_density_of_everything_is_one_and_of_nothing_zero():
    m = frame(np.array([[1, 1, 1], [0, 0, 0], [1, 1, 0]]))
    found = relatedness_density(m)
    np.testing.assert_array_equal(found.loc[["r0", "r1"]], [[1, 1, 1], [0, 0, 0]])


def test_density_refuses_matrices_that_do_not_fit():
    m = frame(np.array([[1, 1, 0], [1, 0, 1], [0, 1, 1]]))
    with pytest.raises(LayerError, match="own=False"):
        relatedness_density(m, sector_relatedness(m, method="association"))
    with pytest.raises(LayerError, match="1 sectors of the table are not in it, for example s2"):
        relatedness_density(m, sector_relatedness(m).iloc[:2, :2])
    with pytest.raises(LayerError, match="9 values are negative"):
        relatedness_density(m, sector_relatedness(m) - 2)


def test_unknown_cells_leave_their_sector_or_territory_empty():
    m = frame(np.array([[1, 1, 0], [1, np.nan, 1], [0, 1, 1]]))
    with pytest.warns(GeoterritorioWarning, match="1 cells .* their 1 sectors"):
        found = sector_relatedness(m)
    assert found["s1"].isna().all()
    assert found.loc["s0", "s2"] == 0.5
    with pytest.warns(GeoterritorioWarning, match="1 cells .* their 1 territories"):
        near = relatedness_density(m)
    assert near.loc["r1"].isna().all()
    np.testing.assert_allclose(near.loc["r0", ["s0", "s2"]], [2 / 3, 1 / 3])


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_tables_with_next_to_nothing(shape):
    m = frame(np.ones(shape))
    assert sector_relatedness(m).shape == (shape[1], shape[1])
    assert relatedness_density(m).shape == shape
    assert len(relatedness_network(sector_relatedness(m))) == 0
    assert list(relatedness_network(sector_relatedness(m)).columns) == [
        "sector",
        "other",
        "relatedness",
        "backbone",
    ]


def test_network_keeps_the_tree_and_the_strong():
    names = list("abcd")
    values = np.array([[1, 0.9, 0.8, 0.1], [0.9, 1, 0.7, 0.2], [0.8, 0.7, 1, 0.3], [0.1, 0.2, 0.3, 1]])
    links = relatedness_network(pd.DataFrame(values, names, names), threshold=0.65)
    assert [*zip(links["sector"], links["other"], links["backbone"], strict=True)] == [
        ("a", "b", True),
        ("a", "c", True),
        ("b", "c", False),
        ("c", "d", True),
    ]
    strong = relatedness_network(pd.DataFrame(values, names, names), threshold=0.65, backbone="none")
    assert len(strong) == 3
    assert not strong["backbone"].any()
