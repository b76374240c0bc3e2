"""Indices of concentration and specialisation: formulas, identities, bounds, degenerate tables."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.integrate import trapezoid

from geoterritorio.concentration import (
    Whole,
    entropy,
    hachman,
    herfindahl,
    hoover,
    krugman_concentration,
    krugman_specialisation,
    location_quotient,
    locational_gini,
    lorenz,
    relative_diversity,
    theil,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError

BY_SECTOR = [herfindahl, krugman_concentration, hoover, locational_gini, theil]
BY_TERRITORY = [krugman_specialisation, entropy, relative_diversity, hachman]
BOTH = [herfindahl, hoover, locational_gini, entropy]


@st.composite
def tables(draw: st.DrawFn, cells=(0, 0, 1, 2, 5, 40, 1000)) -> pd.DataFrame:
    shape = draw(st.tuples(st.integers(1, 7), st.integers(1, 6)))
    values = draw(arrays(np.float64, shape, elements=st.sampled_from(cells)))
    return frame(values)


def frame(values) -> pd.DataFrame:
    values = np.asarray(values, float)
    rows = pd.Index([f"r{k}" for k in range(values.shape[0])], name="territory")
    columns = pd.Index([f"s{k}" for k in range(values.shape[1])], name="sector")
    return pd.DataFrame(values, index=rows, columns=columns)


def parts(counts: pd.DataFrame, sector: str) -> tuple[np.ndarray, np.ndarray]:
    s = counts[sector].to_numpy() / counts[sector].sum()
    return s, counts.sum(axis=1).to_numpy() / counts.to_numpy().sum()


def pairwise_gini(s: np.ndarray, x: np.ndarray) -> float:
    # The mean difference of the quotients over all pairs of territories, weighted by size.
    return float(np.abs(np.outer(s, x) - np.outer(x, s)).sum() / 2)


@given(tables())
def test_indices_follow_their_formulas_sector_by_sector(counts):
    found = {f.__name__: f(counts) for f in BY_SECTOR}
    unweighted = locational_gini(counts, definition="unweighted")
    for sector in counts:
        if counts[sector].sum() == 0:
            assert all(np.isnan(values[sector]) for values in found.values())
            continue
        s, x = parts(counts, sector)
        some = s > 0
        expected = {
            "herfindahl": (s**2).sum(),
            "krugman_concentration": np.abs(s - x).sum(),
            "hoover": np.abs(s - x).sum() / 2,
            "locational_gini": pairwise_gini(s, x),
            "theil": (s[some] * np.log(s[some] / x[some])).sum(),
        }
        for name, value in expected.items():
            assert found[name][sector] == pytest.approx(value, abs=1e-12), name
        quotients = s[x > 0] / x[x > 0]
        n = len(quotients)
        gini = np.abs(np.subtract.outer(quotients, quotients)).sum() / (2 * n * n * quotients.mean())
        assert unweighted[sector] == pytest.approx(gini, abs=1e-12)


@given(tables())
def test_indices_follow_their_formulas_territory_by_territory(counts):
    found = {f.__name__: f(counts) for f in BY_TERRITORY}
    quotients = location_quotient(counts)
    for territory in counts.index:
        row = counts.loc[territory]
        if row.sum() == 0:
            assert all(np.isnan(values[territory]) for values in found.values())
            continue
        w, whole = row / row.sum(), counts.sum() / counts.to_numpy().sum()
        distance = (w - whole).abs().sum()
        some = w[w > 0]
        assert found["krugman_specialisation"][territory] == pytest.approx(distance, abs=1e-12)
        assert found["entropy"][territory] == pytest.approx(-(some * np.log2(some)).sum(), abs=1e-12)
        assert found["hachman"][territory] == pytest.approx(1 / (quotients.loc[territory] * w).sum())
        if distance > 1e-12:
            assert found["relative_diversity"][territory] == pytest.approx(1 / distance)
        else:
            assert found["relative_diversity"][territory] == np.inf


@given(tables(), st.sampled_from([*BY_SECTOR, *BY_TERRITORY]), st.randoms(use_true_random=False))
def test_scale_order_and_empty_rows_change_nothing(counts, measure, random):
    once = measure(counts)
    close = {"rtol": 1e-9, "atol": 1e-12}
    pd.testing.assert_series_equal(measure(counts * 3.5), once, **close)
    rows, columns = list(counts.index), list(counts.columns)
    random.shuffle(rows)
    random.shuffle(columns)
    moved = measure(counts.loc[rows, columns])
    pd.testing.assert_series_equal(moved, once.reindex(moved.index), **close)
    wider = pd.concat([counts, pd.DataFrame(0.0, index=["new"], columns=counts.columns)])
    pd.testing.assert_series_equal(measure(wider).reindex(once.index), once, check_names=False, **close)


@given(tables(), st.sampled_from(BOTH))
def test_territories_are_sectors_of_the_transposed_table(counts, measure):
    turned = measure(counts.T, of="sectors")
    pd.testing.assert_series_equal(measure(counts, of="territories"), turned)


@given(tables(), st.data())
def test_merging_territories_never_raises_an_index(counts, data):
    # Merging averages shares relative to the whole: every index of this kind falls or stays.
    group = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(counts), max_size=len(counts))))
    merged = counts.groupby(group).sum()
    for measure in (krugman_concentration, hoover, locational_gini, theil):
        before, after = measure(counts), measure(merged)
        assert ((after <= before + 1e-12) | before.isna()).all(), measure
    # The concentration itself rises: fewer, larger parts.
    assert ((herfindahl(merged) >= herfindahl(counts) - 1e-12) | herfindahl(counts).isna()).all()


@given(tables())
def test_bounds(counts):
    x = counts.sum(axis=1) / max(counts.to_numpy().sum(), 1)
    n, m = counts.shape
    some = counts.sum() > 0
    assert herfindahl(counts)[some].between(1 / n - 1e-12, 1 + 1e-12).all()
    assert krugman_concentration(counts)[some].between(0, 2).all()
    assert locational_gini(counts)[some].between(0, 1).all()
    if some.any():
        assert theil(counts)[some].between(-1e-12, -np.log(x[x > 0].min()) + 1e-12).all()
    rows = counts.sum(axis=1) > 0
    assert entropy(counts)[rows].between(0, np.log2(m) + 1e-12).all()
    assert hachman(counts)[rows].between(0, 1 + 1e-12).all()


@given(tables())
def test_gini_is_twice_the_area_between_lorenz_curve_and_diagonal(counts):
    curve = lorenz(counts)
    gini = locational_gini(counts)
    assert set(curve["sector"]) == set(gini.dropna().index)
    for sector, rows in curve.groupby("sector"):
        reference, share = np.append(0, rows["reference"]), np.append(0, rows["share"])
        assert reference[-1] == pytest.approx(1)
        assert share[-1] == pytest.approx(1)
        assert 1 - 2 * trapezoid(share, reference) == pytest.approx(gini[sector], abs=1e-12)
        # Hoover's index is the largest distance from the diagonal.
        assert (reference - share).max() == pytest.approx(hoover(counts)[sector], abs=1e-12)
        assert (rows["quotient"].dropna().diff().dropna() >= 0).all()
    np.testing.assert_allclose(locational_gini(counts, definition="area"), gini / 2)


@given(tables(), st.data())
def test_theil_splits_into_between_and_within(counts, data):
    names = data.draw(st.lists(st.sampled_from("abc"), min_size=len(counts), max_size=len(counts)))
    groups = pd.Series(names, index=counts.index)
    found = theil(counts, groups=groups)
    pd.testing.assert_series_equal(found.total, theil(counts))
    np.testing.assert_allclose(found.between + found.within, found.total, atol=1e-12)
    np.testing.assert_allclose(found.groups.sum(axis=1, skipna=False), found.within, atol=1e-12)
    # Between the groups it is the index of the table of groups.
    np.testing.assert_allclose(found.between, theil(counts.groupby(groups).sum()), atol=1e-12)


def test_theil_of_a_sector_where_the_whole_has_nothing():
    counts = frame([[1, 2], [3, 0], [0, 5]])
    whole = pd.Series([0.0, 6.0, 4.0], index=counts.index)
    groups = pd.Series(["a", "a", "b"], index=counts.index)
    assert theil(counts, reference=whole).tolist() == [np.inf, np.inf]
    split = theil(counts, reference=whole, groups=groups)
    # The group has something in the whole, so the infinity lies within it.
    assert np.isfinite(split.between).all()
    assert split.groups["a"].tolist() == [np.inf, np.inf]
    alone = theil(counts, reference=whole, groups=pd.Series(["a", "b", "b"], index=counts.index))
    assert alone.between.tolist() == [np.inf, np.inf]
    assert np.isfinite(alone.within).all()
    assert hachman(counts.T, reference=whole.rename(None)).tolist() == [0, 0]
    assert locational_gini(counts, reference=whole)["s0"] == pytest.approx(
        pairwise_gini(np.array([0.25, 0.75, 0]), np.array([0, 0.6, 0.4]))
    )
    assert locational_gini(counts, reference=whole, definition="unweighted").isna().all()


def test_against_area_theil_is_topographic():
    counts = frame([[4, 1], [4, 1]])
    area = pd.Series([30.0, 10.0], index=counts.index, name="area")
    found = theil(counts, reference=area)
    assert found["s0"] == pytest.approx(0.5 * np.log(0.5 / 0.75) + 0.5 * np.log(0.5 / 0.25))
    assert found.attrs["reference"] == "area"
    assert theil(counts).attrs["reference"] == "own sums"


def test_what_the_reference_has_beyond_the_table_is_absent_from_it():
    counts = frame([[4, 1], [4, 1]])
    nation = pd.Series({"s1": 20.0, "s0": 60.0, "s2": 20.0}, name="nation")
    expected = abs(0.8 - 0.6) + abs(0.2 - 0.2) + 0.2
    assert krugman_specialisation(counts, reference=nation).tolist() == pytest.approx([expected] * 2)
    listed = Whole(nation[["s0", "s1"]], 100.0, "nation")
    assert krugman_specialisation(counts, reference=listed).tolist() == pytest.approx([expected] * 2)
    zero = counts.assign(s2=0.0)
    for measure in (krugman_specialisation, relative_diversity, hachman):
        pd.testing.assert_series_equal(measure(counts, reference=nation), measure(zero, reference=nation))
    for definition in ("weighted", "area", "unweighted"):
        options = {"of": "territories", "reference": nation, "definition": definition}
        pd.testing.assert_series_equal(
            locational_gini(counts, **options), locational_gini(zero, **options), check_names=False
        )
    assert lorenz(counts, of="territories", reference=nation).columns[0] == "territory"


def test_normalised_herfindahl():
    assert herfindahl(frame([[1, 4], [1, 0]]), normalised=True).tolist() == [0, 1]
    assert herfindahl(frame([[3]]), normalised=True).isna().all()
    assert herfindahl(frame([[3]])).tolist() == [1]


def test_one_territory_and_proportional_rows():
    one = frame([[3, 0, 5]])
    assert krugman_specialisation(one).tolist() == [0]
    assert relative_diversity(one).tolist() == [np.inf]
    assert relative_diversity(frame([[0.1, 0.3], [0.2, 0.6], [0.7, 2.1]])).tolist() == [np.inf] * 3
    assert krugman_concentration(one).isna().tolist() == [False, True, False]
    assert theil(one)[["s0", "s2"]].tolist() == [0, 0]


@pytest.mark.parametrize("measure", [*BY_SECTOR, *BY_TERRITORY, locational_gini])
def test_empty_tables(measure):
    rows, columns = pd.Index([], name="territory", dtype=object), pd.Index([], name="sector", dtype=object)
    for table in (
        pd.DataFrame(index=rows, columns=columns, dtype=float),
        pd.DataFrame(index=["a"], columns=columns, dtype=float),
        pd.DataFrame(index=rows, columns=["10"], dtype=float),
    ):
        found = measure(table)
        assert found.isna().all()
        assert len(found) == (table.shape[1] if measure in BY_SECTOR else table.shape[0])
    assert measure(frame([[0, 0], [0, 0]])).isna().all()


def test_empty_lorenz():
    assert lorenz(frame([[0.0]])).empty
    assert list(lorenz(frame([[0.0]]))) == ["sector", "territory", "quotient", "reference", "share"]


def test_missing_cells_leave_their_sectors_undefined_and_are_counted():
    counts = frame([[1, np.nan, 2], [3, 4, 5], [1, 1, np.nan]])
    with pytest.warns(
        GeoterritorioWarning, match="2 cells .* 2 rows or columns .* Give published totals or a"
    ):
        found = krugman_concentration(counts)
    assert found.isna().tolist() == [False, True, True]
    whole = pd.Series([3.0, 12.0, 3.0], index=counts.index)
    with pytest.warns(GeoterritorioWarning, match="Bounds can be had"):
        found = theil(counts, reference=whole, groups=pd.Series(list("aab"), index=counts.index))
    assert found.total.isna().tolist() == [False, True, True]
    assert found.within.isna().tolist() == [False, True, True]
    with pytest.warns(GeoterritorioWarning, match="Bounds can be had"):
        assert herfindahl(counts, of="territories").isna().tolist() == [True, False, True]


def test_refusals():
    counts = frame([[1, 2], [3, 4]])
    with pytest.raises(LayerError, match="1 cells of the table are negative"):
        herfindahl(frame([[1, -2]]))
    with pytest.raises(LayerError, match="1 territories are not in the reference, for example r1"):
        krugman_concentration(counts, reference=pd.Series({"r0": 1.0}))
    with pytest.raises(LayerError, match="1 sectors are not in the reference, for example s0"):
        krugman_specialisation(counts, reference=pd.Series({"s1": 1.0}))
    with pytest.raises(LayerError, match="1 totals are negative or infinite, for example r1 with -1"):
        hoover(counts, reference=pd.Series({"r0": 1.0, "r1": -1.0}))
    with pytest.raises(LayerError, match="more than once"):
        hoover(counts, reference=pd.Series([1.0, 1.0, 2.0], index=["r0", "r0", "r1"]))
    with pytest.raises(LayerError, match="1 territories have none, for example r1"):
        theil(counts, groups=pd.Series({"r0": "a"}))
    with pytest.raises(LayerError, match="above 1, not 1"):
        entropy(counts, base=1)
    with pytest.raises(LayerError, match="weighted, area or unweighted, not full"):
        locational_gini(counts, definition="full")


def test_nothing_of_the_input_changes():
    counts = frame([[1, 2], [3, 4]])
    before = counts.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for measure in [*BY_SECTOR, *BY_TERRITORY]:
            result = measure(counts)
            assert result.index.name == ("sector" if measure in BY_SECTOR else "territory")
            assert result.name == measure.__name__
    pd.testing.assert_frame_equal(counts, before)
