"""Withheld cells: the truth lies within the bounds, the estimate contradicts nothing."""

from __future__ import annotations

import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geoterritorio.concentration import (
    Whole,
    cell_bounds,
    entropy,
    hachman,
    herfindahl,
    hoover,
    index_bounds,
    krugman_concentration,
    krugman_specialisation,
    location_quotient,
    location_quotient_bounds,
    location_quotient_ceiling,
    locational_gini,
    relative_diversity,
    theil,
)
from geoterritorio.errors import GeoterritorioWarning, LayerError

OF_SECTORS = {
    "herfindahl": herfindahl,
    "krugman_concentration": krugman_concentration,
    "hoover": hoover,
    "locational_gini": locational_gini,
    "theil": theil,
}
OF_TERRITORIES = {
    "herfindahl": lambda table: herfindahl(table, of="territories"),
    "krugman_specialisation": krugman_specialisation,
    "locational_gini": lambda table: locational_gini(table, of="territories"),
    "entropy": entropy,
    "relative_diversity": relative_diversity,
    "hachman": hachman,
}


def frame(values) -> pd.DataFrame:
    values = np.asarray(values, float)
    rows = pd.Index([f"r{k}" for k in range(values.shape[0])], name="territory")
    columns = pd.Index([f"s{k}" for k in range(values.shape[1])], name="sector")
    return pd.DataFrame(values, index=rows, columns=columns)


@st.composite
def hidden(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A table and the same with cells withheld."""
    shape = draw(st.tuples(st.integers(1, 5), st.integers(1, 5)))
    truth = frame(draw(arrays(np.float64, shape, elements=st.sampled_from([0, 0, 1, 2, 5, 40, 1000]))))
    return truth, truth.mask(draw(arrays(np.bool_, shape)))


def bounds_quietly(function, *args, **options):
    with warnings.catch_warnings():
        # Totals that leave some cells 0 are met slowly; how far off the estimates are does not matter here.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return function(*args, **options)


@given(hidden(), st.booleans(), st.booleans(), st.data())
def test_the_truth_lies_within_the_bounds_whichever_totals_are_known(tables, by_row, by_column, data):
    truth, counts = tables
    totals = truth.sum(axis=1) if by_row else None
    if totals is not None:
        unknown = data.draw(arrays(np.bool_, len(totals)))
        totals = totals.mask(unknown)
    columns = truth.sum() if by_column else None
    found = bounds_quietly(cell_bounds, counts, totals=totals, sector_totals=columns)
    assert (found.low <= truth + 1e-6).all(axis=None)
    assert ((found.high >= truth - 1e-6) | found.high.isna()).all(axis=None)
    pd.testing.assert_frame_equal(found.high.isna(), found.estimate.isna())
    known = counts.notna()
    for table in (found.low, found.high, found.estimate):
        pd.testing.assert_frame_equal(table[known], counts)
    inside = (found.estimate >= found.low) & (found.estimate <= found.high)
    assert (inside | found.estimate.isna()).all(axis=None)


@given(hidden())
def test_estimates_keep_both_totals(tables):
    truth, counts = tables
    truth, counts = truth + 1, counts + 1
    found = bounds_quietly(cell_bounds, counts, totals=truth.sum(axis=1), sector_totals=truth.sum())
    close = {"rtol": 1e-5}
    # Where the mask leaves rests that only zeros could meet, scaling comes near, and no nearer.
    np.testing.assert_allclose(found.estimate.sum(axis=1), truth.sum(axis=1), **close)
    np.testing.assert_allclose(found.estimate.sum(), truth.sum(), **close)
    one = cell_bounds(counts, totals=truth.sum(axis=1))
    np.testing.assert_allclose(one.estimate.sum(axis=1), truth.sum(axis=1), rtol=1e-12)


def tightest(counts: pd.DataFrame, rows: pd.Series, columns: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of small tables by trying every whole number."""
    free = counts.isna().to_numpy()
    values = np.array(list(product(range(5), repeat=int(free.sum()))), float)
    tables = np.broadcast_to(counts.to_numpy(), (len(values), *counts.shape)).copy()
    tables[:, free] = values
    fitting = (tables.sum(axis=2) == rows.to_numpy()).all(axis=1)
    fitting &= (tables.sum(axis=1) == columns.to_numpy()).all(axis=1)
    return values[fitting].min(axis=0), values[fitting].max(axis=0)


@given(
    arrays(np.float64, (3, 3), elements=st.sampled_from([0, 1, 2])),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=5, unique=True),
)
def test_bounds_against_all_tables_with_the_same_totals(values, free):
    truth = frame(values)
    counts = truth.copy()
    for cell in free:
        counts.iloc[cell] = np.nan
    found = bounds_quietly(cell_bounds, counts, totals=truth.sum(axis=1), sector_totals=truth.sum())
    low, high = tightest(counts, truth.sum(axis=1), truth.sum())
    where = counts.isna().to_numpy()
    assert (found.low.to_numpy()[where] <= low + 1e-9).all()
    assert (found.high.to_numpy()[where] >= np.minimum(high, 4) - 1e-9).all()


@pytest.mark.parametrize(
    ("of", "name", "measure"),
    [
        *(("sectors", n, f) for n, f in OF_SECTORS.items()),
        *(("territories", n, f) for n, f in OF_TERRITORIES.items()),
    ],
)
@given(tables=hidden())
def test_the_true_index_lies_within_its_bounds(of, name, measure, tables):
    truth, counts = tables
    options = {"totals": truth.sum(axis=1), "sector_totals": truth.sum()}
    found = bounds_quietly(index_bounds, counts, name, of=of, **options)
    exact = measure(truth)
    assert ((found["low"] <= exact + 1e-9) | exact.isna()).all()
    assert ((found["high"] >= exact - 1e-9) | exact.isna()).all()
    assert (found["estimate"].isna() == exact.isna()).all()
    assert (found["estimate"].between(found["low"], found["high"]) | exact.isna()).all()
    known = found["status"] == "known"
    np.testing.assert_allclose(found["estimate"][known], exact[known], atol=1e-12)
    np.testing.assert_allclose(found["low"][known], found["high"][known], atol=1e-12)
    axis = 0 if of == "sectors" else 1
    assert (known == counts.notna().all(axis=axis)).all()


@given(arrays(np.float64, (3,), elements=st.sampled_from([0, 1, 2, 7])), st.integers(1, 9))
def test_bounds_are_reached_by_some_table(known, rest):
    # One sector, two withheld territories: the bounds are the extremes over all ways to split what is withheld.
    counts = frame([*known[:, None], [np.nan], [np.nan]])
    whole = pd.Series([3.0, 2, 5, 4, 1], index=counts.index)
    total = pd.Series({"s0": known.sum() + rest})
    splits = np.union1d(np.linspace(0, 1, 101), [0.8])
    tables = frame([*np.repeat(known[:, None], len(splits), axis=1), rest * splits, rest * (1 - splits)])
    for name, measure in OF_SECTORS.items():
        options = {} if name == "herfindahl" else {"reference": whole}
        values = measure(tables, **options)
        found = index_bounds(counts, name, sector_totals=total, reference=whole).loc["s0"]
        assert found["high"] == pytest.approx(max(values))
        assert found["low"] == pytest.approx(min(values))


def test_without_the_total_of_the_sector_nothing_is_said():
    counts = frame([[1, np.nan], [3, 4]])
    found = index_bounds(counts, "krugman_concentration", totals=pd.Series({"r0": 6.0, "r1": 7.0}))
    # The total of the territory leaves 5 for the cell, and so 9 for the sector.
    whole = krugman_concentration(frame([[1, 5], [3, 4]]))
    assert found["status"].tolist() == ["known", "estimated"]
    for column in ("low", "high", "estimate"):
        np.testing.assert_allclose(found[column], whole)
    # Herfindahl looks at no whole; the others do.
    assert index_bounds(counts, "herfindahl")["status"].tolist() == ["known", "undefined"]
    with pytest.raises(LayerError, match=r"1 totals are missing. Give totals or a reference"):
        index_bounds(counts, "krugman_concentration")
    with pytest.raises(LayerError, match="no index “gini”"):
        index_bounds(counts, "gini")


def test_cells_that_totals_bound_only_have_an_estimate_without_bounds():
    counts = frame([[1, np.nan, np.nan], [3, 4, 5]])
    found = index_bounds(counts, "herfindahl", totals=pd.Series({"r0": 7.0}))
    assert found["status"].tolist() == ["known", "estimated", "estimated"]
    assert found.loc[["s1", "s2"], ["low", "high"]].isna().all(axis=None)
    filled = cell_bounds(counts, totals=pd.Series({"r0": 7.0})).estimate
    np.testing.assert_allclose(found["estimate"], (filled**2).sum() / filled.sum() ** 2)


def test_quotients_of_withheld_cells():
    truth = frame([[1, 2, 6], [3, 4, 9], [8, 5, 0]])
    counts = truth.mask(truth.isin([2, 4, 6, 9]))
    options = {"totals": truth.sum(axis=1), "sector_totals": truth.sum()}
    found = location_quotient_bounds(counts, **options)
    exact = location_quotient(truth)
    assert (found.low <= exact + 1e-9).all(axis=None)
    assert (found.high >= exact - 1e-9).all(axis=None)
    np.testing.assert_allclose(found.low["s0"], exact["s0"])
    nation = Whole(pd.Series({"s0": 50.0, "s1": 70.0, "s2": 80.0}), 400.0, "nation")
    against = location_quotient_bounds(counts, reference=nation, **options)
    exact = location_quotient(truth, reference=nation)
    np.testing.assert_allclose(against.high["s0"], exact["s0"])
    assert ((against.low <= exact + 1e-9) & (against.high >= exact - 1e-9)).all(axis=None)
    half = location_quotient_bounds(counts, totals=options["totals"])
    assert half.low["s1"].isna().all()


@given(hidden(), st.floats(0, 50), st.floats(0, 50))
def test_no_quotient_of_a_withheld_cell_is_above_its_ceiling(tables, more, beyond):
    truth, counts = tables
    # Totals may be of more sectors, the whole of more territories than the table has.
    totals = truth.sum(axis=1) + more
    sectors = truth.sum() + beyond
    whole = Whole(sectors, float(totals.sum()) + beyond * len(sectors), "nation")
    exact = location_quotient(truth, totals=totals, reference=whole)
    ceiling = location_quotient_ceiling(counts, totals=totals, reference=whole)
    assert (exact.isna() == ceiling.isna()).all(axis=None)
    assert ((exact <= ceiling + 1e-9) | exact.isna()).all(axis=None)
    known = exact.where(counts.notna())
    np.testing.assert_allclose(ceiling.where(counts.notna()), known)
    # Never narrower than what the totals of the very table allow.
    tight = location_quotient_bounds(counts, totals=truth.sum(axis=1), sector_totals=truth.sum()).high
    loose = location_quotient_ceiling(counts, totals=truth.sum(axis=1), reference=truth.sum())
    assert ((tight <= loose + 1e-6) | tight.isna()).all(axis=None)


def test_without_totals_a_withheld_cell_has_no_ceiling():
    counts = frame([[1, np.nan], [3, 4]])
    with pytest.warns(GeoterritorioWarning, match="lower bounds"):
        found = location_quotient_ceiling(counts)
    assert found["s1"].isna().all()
    assert np.isnan(found.loc["r0", "s0"])


def test_totals_that_their_cells_contradict_are_refused_by_name():
    counts = frame([[1, np.nan, 2], [3, 4, 5]])
    with pytest.raises(
        LayerError, match="The cells of 1 territories exceed their totals, for example r0, by 1"
    ):
        cell_bounds(counts, totals=pd.Series({"r0": 2.0, "r1": 12.0}))
    with pytest.raises(LayerError, match=r"1 territories without a withheld cell .* for example r1, by 8"):
        cell_bounds(counts, totals=pd.Series({"r0": 5.0, "r1": 20.0}))
    with pytest.raises(LayerError, match=r"The cells of 1 sectors exceed .* s1, by 1"):
        cell_bounds(counts, sector_totals=pd.Series({"s0": 4.0, "s1": 3.0, "s2": 7.0}))
    with pytest.raises(LayerError, match=r"1 sectors without .* s2, by 2"):
        cell_bounds(counts, sector_totals=pd.Series({"s2": 9.0}))
    with pytest.raises(LayerError, match="add up to 20, those of the sectors to 19"):
        cell_bounds(
            counts,
            totals=pd.Series({"r0": 8.0, "r1": 12.0}),
            sector_totals=pd.Series({"s0": 4.0, "s1": 8.0, "s2": 7.0}),
        )
    with pytest.raises(LayerError, match="1 cells of the table are negative"):
        cell_bounds(frame([[-1, np.nan]]))
    # Row r0 needs 9 of columns that have 1 and 2 left.
    blocked = frame([[np.nan, np.nan, 0], [0, 0, np.nan]])
    totals, sectors = pd.Series({"r0": 9.0, "r1": 1.0}), pd.Series({"s0": 1.0, "s1": 2.0, "s2": 7.0})
    with pytest.raises(LayerError, match="contradict each other: no value fits"):
        cell_bounds(blocked, totals=totals, sector_totals=sectors)


def test_rounded_figures():
    counts = frame([[10, np.nan, 20], [10, 30, 20]])
    totals = pd.Series({"r0": 30.0, "r1": 50.0})
    with pytest.raises(LayerError, match="exceed their totals, for example r1, by 10"):
        cell_bounds(counts, totals=totals)
    found = cell_bounds(counts, totals=totals, rounding=5)
    assert found.low.loc["r0", "s1"] == 0
    assert found.high.loc["r0", "s1"] == 20
    assert found.estimate.loc["r0", "s1"] == 0


def test_estimates_that_miss_their_totals_say_by_how_much():
    counts = frame([[np.nan, np.nan, 0], [np.nan, 0, np.nan], [0, np.nan, np.nan]])
    # The rest of s0 fills r0 to the brim: s1 of r0 is 0, which scaling approaches without end.
    totals, sectors = (
        pd.Series({"r0": 5.0, "r1": 4.0, "r2": 6.0}),
        pd.Series({"s0": 9.0, "s1": 3.0, "s2": 3.0}),
    )
    found = bounds_quietly(cell_bounds, counts, totals=totals, sector_totals=sectors)
    assert found.high.loc["r2", "s2"] == 3
    assert found.estimate.loc["r2"].sum() == pytest.approx(6)
    assert found.estimate.loc["r0", "s0"] == pytest.approx(5, rel=1e-3)


def test_tables_without_withheld_cells_and_empty_ones():
    counts = frame([[1, 2], [3, 4]])
    for table in vars(cell_bounds(counts)).values():
        pd.testing.assert_frame_equal(table, counts)
    found = index_bounds(counts, "theil")
    np.testing.assert_allclose(found["estimate"], theil(counts))
    empty = frame(np.empty((0, 2)))
    assert cell_bounds(empty).estimate.shape == (0, 2)
    assert index_bounds(empty, "krugman_concentration")["estimate"].isna().tolist() == [True, True]
    assert list(index_bounds(frame(np.empty((2, 0))), "hoover")) == ["low", "high", "estimate", "status"]
    nothing = index_bounds(frame([[0, 0], [0, 0]]), "locational_gini")
    assert nothing["estimate"].isna().all()
