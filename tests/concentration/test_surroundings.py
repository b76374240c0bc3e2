"""Focal quotients and cluster indices: formulas, identities, coverage, what is refused."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from geoterritorio.concentration import (
    ClusterWhole,
    Whole,
    cluster_index,
    cluster_index_deviation,
    focal_location_quotient,
    focal_location_quotient_interval,
    kernel_weights,
    location_quotient,
    location_quotient_interval,
)
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 4)))
    values = draw(arrays(np.float64, shape, elements=st.sampled_from([0, 0, 1, 2, 5, 40, 1000])))
    index = pd.Index([f"r{k}" for k in range(shape[0])], name="territory")
    return pd.DataFrame(values, index, pd.Index([f"s{k}" for k in range(shape[1])], name="sector"))


@st.composite
def surrounded(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame]:
    counts = draw(tables())
    n = len(counts)
    weights = draw(arrays(np.float64, (n, n), elements=st.sampled_from([0, 0, 0.25, 1, 3])))
    return counts, pd.DataFrame(weights, counts.index, counts.index)


def alone(counts):
    return pd.DataFrame(np.eye(len(counts)), counts.index, counts.index)


@given(surrounded())
def test_the_formula_cell_by_cell(given_tables):
    counts, weights = given_tables
    found, total = focal_location_quotient(counts, weights), counts.to_numpy().sum()
    for r in counts.index:
        here = weights.loc[r] @ counts
        for s in counts.columns:
            if here.sum() == 0 or counts[s].sum() == 0:
                assert np.isnan(found.loc[r, s])
            else:
                assert found.loc[r, s] == pytest.approx(here[s] / here.sum() / (counts[s].sum() / total))


@given(tables())
def test_alone_with_itself_a_territory_has_its_plain_quotient(counts):
    pd.testing.assert_frame_equal(focal_location_quotient(counts, alone(counts)), location_quotient(counts))


@given(tables())
def test_with_everything_around_all_is_as_in_the_whole(counts):
    weights = alone(counts) * 0 + 2.5
    found = focal_location_quotient(counts, weights)
    assert found.loc[:, counts.sum() > 0].to_numpy() == pytest.approx(1)


@given(surrounded(), st.randoms(use_true_random=False), st.floats(0.01, 100))
def test_order_long_form_and_scale_do_not_matter(given_tables, random, factor):
    counts, weights = given_tables
    names = list(counts.index)
    random.shuffle(names)
    rows = weights.rename_axis(index="territory", columns=None).reset_index()
    long = rows.melt("territory", var_name="neighbour", value_name="weight")
    found = focal_location_quotient(counts.loc[names] * factor, long.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found.loc[counts.index], focal_location_quotient(counts, weights * factor))


@given(surrounded())
def test_an_empty_territory_around_changes_nothing(given_tables):
    counts, weights = given_tables
    more = pd.concat([counts, pd.DataFrame(0.0, index=["empty"], columns=counts.columns)])
    wider = weights.reindex(index=more.index, columns=more.index, fill_value=1.0)
    found = focal_location_quotient(more, wider).drop(index="empty")
    pd.testing.assert_frame_equal(found, focal_location_quotient(counts, weights), check_names=False)


def test_reference_and_totals():
    counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    near = pd.DataFrame(1.0, counts.index, counts.index)
    found = focal_location_quotient(counts, near, reference=Whole(pd.Series({"10": 200.0, "62": 100}), 1000))
    assert found.loc["A"].tolist() == pytest.approx([0.4 / 0.2, 0.6 / 0.1])
    totals = pd.Series({"A": 100.0, "B": 100.0})
    assert focal_location_quotient(counts, near, totals=totals).loc["A"].tolist() == pytest.approx([1, 1])


def test_missing_cells_and_no_surroundings():
    counts = pd.DataFrame({"10": [30.0, np.nan, 5.0], "62": [10.0, 50.0, 9.0]}, index=["A", "B", "C"])
    near = pd.DataFrame(
        {"territory": ["A", "B", "B"], "neighbour": ["A", "A", "B"], "weight": [1.0, 1.0, 1.0]}
    )
    with pytest.warns(GeoterritorioWarning, match="1 cells are withheld"):
        found = focal_location_quotient(counts, near)
    assert found["10"].isna().tolist() == [False, True, True]
    assert found.loc["C"].isna().all()
    with pytest.warns(GeoterritorioWarning):
        words = focal_location_quotient_interval(counts, near, counts).certainty
    assert words.loc["B", "10"] == "withheld"
    assert words.loc["C"].tolist() == ["untested", "untested"]
    empty = counts.iloc[:0]
    assert focal_location_quotient(empty, near.iloc[:0]).shape == (0, 2)
    assert focal_location_quotient_interval(empty, near.iloc[:0], empty).lq.shape == (0, 2)


def test_weights_are_checked_together():
    counts = pd.DataFrame({"10": [30.0, 10.0]}, index=["A", "B"])
    near = pd.DataFrame({"territory": ["A", "X"], "neighbour": ["Y", "B"], "weight": [-1.0, np.nan]})
    with pytest.raises(LayerError) as refused:
        focal_location_quotient(counts, near)
    text = str(refused.value)
    assert "2 weights are missing, negative or infinite" in text
    assert "for example X" in text
    assert "for example Y" in text


@pytest.fixture
def grid():
    x, y = np.meshgrid(np.arange(5) * 1000.0, np.arange(4) * 1000.0)
    points = gpd.points_from_xy(500_000 + x.ravel(), 4_400_000 + y.ravel(), crs=25830)
    return gpd.GeoDataFrame({"territory": [f"t{k:02d}" for k in range(20)]}, geometry=points)


@pytest.mark.parametrize(
    ("kernel", "formula", "reach"),
    [
        ("uniform", lambda u: 1.0 + 0 * u, 1),
        ("bisquare", lambda u: (1 - u**2) ** 2, 1),
        ("gaussian", lambda u: np.exp(-(u**2) / 2), 4),
        ("inverse_distance", lambda u: 1 / (1 + u), 10),
    ],
)
def test_kernels_by_all_pairs(grid, kernel, formula, reach):
    found = kernel_weights(grid, bandwidth=1500, kernel=kernel)
    xy = np.column_stack([grid.geometry.x, grid.geometry.y])
    u = np.hypot(*(xy[:, None] - xy[None, :]).transpose(2, 0, 1)) / 1500
    expected = np.where(u <= reach, formula(u), 0)
    wide = found.pivot_table(index="territory", columns="neighbour", values="weight", observed=False).fillna(
        0
    )
    np.testing.assert_allclose(wide, expected, atol=1e-15)


def test_bandwidths_without_end_and_of_nothing(grid):
    assert len(kernel_weights(grid, bandwidth=0)) == len(grid)
    twins = pd.concat([grid, grid.assign(territory=grid["territory"] + "'")], ignore_index=True)
    assert len(kernel_weights(twins, bandwidth=0)) == 40
    assert (kernel_weights(grid, bandwidth=1e9)["weight"] == 1).all()
    assert len(kernel_weights(grid, bandwidth=1e9)) == 400
    assert kernel_weights(grid.iloc[:0], bandwidth=10).empty
    with pytest.raises(LayerError, match="metres, 0 or more"):
        kernel_weights(grid, bandwidth=-1)
    with pytest.raises(CRSError):
        kernel_weights(grid.to_crs(4326), bandwidth=10)


def plants_of(rng, shape=(20, 3), mean=4.0, sigma=0.8):
    number = rng.poisson(mean, shape)
    sizes = [np.ceil(rng.lognormal(1, sigma, k)) for k in number.ravel()]
    jobs, squares = (np.array([(s**e).sum() for s in sizes]).reshape(shape) for e in (1, 2))
    index = pd.Index([f"t{k:02d}" for k in range(shape[0])], name="territory")
    columns = pd.Index([f"s{k}" for k in range(shape[1])], name="sector")
    return (pd.DataFrame(v.astype(float), index, columns) for v in (jobs, number, squares))


def test_alone_the_intervals_of_jobs_are_those_of_the_plain_quotient():
    jobs, number, squares = plants_of(np.random.default_rng(1))
    jobs.iloc[0, 0] = number.iloc[0, 0] = squares.iloc[0, 0] = 0
    found = focal_location_quotient_interval(jobs, alone(jobs), squares, plants=number)
    plain = location_quotient_interval(jobs, number, squares)
    some = jobs > 0
    for name in ("lq", "low", "high", "p", "effective_plants"):
        pd.testing.assert_frame_equal(getattr(found, name)[some], getattr(plain, name)[some])
    # Of none, the plain interval counts without replacement, which is a little sharper.
    assert found.high.iloc[0, 0] == pytest.approx(plain.high.iloc[0, 0], rel=0.25)
    assert found.high.iloc[0, 0] > plain.high.iloc[0, 0]


def test_the_variance_one_establishment_at_a_time(grid):
    """Sums of squares of what each establishment adds, from a register."""
    rng = np.random.default_rng(2)
    n = 400
    register = pd.DataFrame({"t": rng.integers(20, size=n), "s": rng.integers(3, size=n)})
    register["z"] = np.ceil(rng.lognormal(1, 0.8, n))
    near = kernel_weights(grid, bandwidth=1500, kernel="bisquare")
    k = near.pivot_table(index="territory", columns="neighbour", values="weight", observed=False).fillna(0)
    sizes = register.assign(squares=register["z"] ** 2)
    jobs, squares = (
        sizes.pivot_table(index="t", columns="s", values=c, aggfunc="sum", fill_value=0)
        .set_axis(k.index)
        .astype(float)
        for c in ("z", "squares")
    )
    found = focal_location_quotient_interval(jobs, near, squares)
    mean = squares.sum() / jobs.sum()
    # Cells whose establishments are smaller than the sector's are taken to have its squares.
    usual = (np.maximum(squares, jobs * mean) / squares).to_numpy()[register["t"], register["s"]]
    total = jobs.to_numpy().sum()
    for r in range(20):
        for s in range(3):
            weight = k.to_numpy()[r][register["t"]]
            here, sector = weight > 0, register["s"] == s
            x = (weight * register["z"])[sector].sum()
            around = (weight * register["z"]).sum()
            change = weight / x * sector - weight / around + 1 / total - sector / jobs[s].sum()
            seen = (register["z"] * change) ** 2
            variance = seen[here & sector].sum()
            for some, w in ((here & ~sector, weight), (~here & sector, 1), (~here & ~sector, 1)):
                size = (w * register["z"])[some]
                effective = max(size.sum() ** 2 / (size**2 * usual[some]).sum(), 4)
                variance += (seen * usual)[some].sum() * (effective - 1) / (effective - 3)
            lq = x / around / (jobs[s].sum() / total)
            low = stats.gamma.ppf(0.025, 1 / variance, scale=lq * variance)
            more = 1 + mean[s] / x
            scale = (variance + (seen * (usual - 1))[here & sector].sum() + (mean[s] / x) ** 2) / more
            high = stats.gamma.ppf(0.975, more / scale, scale=lq * scale)
            row = [f.iloc[r, s] for f in (found.lq, found.low, found.high)]
            if max(x / around, x / jobs[s].sum()) < 0.5:
                assert row == pytest.approx([lq, low, high])
            else:  # Much of a total: establishments are a sample of a share too, and limits no narrower.
                assert row[1] <= low * (1 + 1e-9)
                assert row[2] >= high * (1 - 1e-9)


def test_focal_intervals_cover_without_specialisation(grid):
    rng, near = np.random.default_rng(3), kernel_weights(grid, bandwidth=1500, kernel="bisquare")
    inside, told = [], 0
    for _ in range(150):
        jobs, number, squares = plants_of(rng, mean=16)
        found = focal_location_quotient_interval(jobs, near, squares, plants=number)
        inside.append(((found.low <= 1) & (found.high >= 1)).to_numpy().mean())
        told += found.certainty.isin(["high", "low"]).to_numpy().any()
    assert 0.93 <= np.mean(inside) <= 0.99
    # Some verdict of a table is wrong in no more than one table of twenty.
    assert told / 150 <= 0.1


def test_words():
    jobs, number, squares = plants_of(np.random.default_rng(4), mean=40)
    jobs.iloc[:4, 0] *= 4
    squares.iloc[:4, 0] *= 16
    jobs.iloc[10:14, 1] = squares.iloc[10:14, 1] = number.iloc[10:14, 1] = 0
    near = pd.DataFrame(np.eye(20) + np.eye(20, k=1) + np.eye(20, k=-1), jobs.index, jobs.index)
    found = focal_location_quotient_interval(jobs, near, squares, plants=number)
    assert (found.certainty.iloc[1:3, 0] == "high").all()
    assert (found.certainty.iloc[11:13, 1] == "low").all()
    assert (found.lq.iloc[11:13, 1] == 0).all()
    none = focal_location_quotient_interval(jobs, near)
    assert (none.certainty == "untested").all(axis=None)
    assert none.rules.method == "none"
    scarce = focal_location_quotient_interval(*(t.iloc[:, :2] / 1 for t in plants_of_few()), level=0.9)
    assert (scarce.certainty.iloc[0] == "few").all()


def plants_of_few():
    jobs = pd.DataFrame({"a": [10.0, 900.0], "b": [30.0, 900.0]}, index=["A", "B"])
    return jobs, alone(jobs), jobs * 10


@given(tables())
def test_the_cluster_index_as_written_in_the_paper(jobs):
    rng = np.random.default_rng(1)
    plants = np.ceil(jobs / 7)
    area, people = (pd.Series(rng.uniform(1, 9, len(jobs)), jobs.index) for _ in range(2))
    found = cluster_index(jobs, plants, area, people)
    for r in jobs.index:
        for s in jobs.columns:
            e, b, e_i, b_i = jobs.loc[r, s], plants.loc[r, s], jobs[s].sum(), plants[s].sum()
            if e_i == 0:
                assert np.isnan(found.loc[r, s])
            elif e == 0:
                assert found.loc[r, s] == 0
            else:
                density = (e / area[r]) / (e_i / area.sum())
                weight = (e / people[r]) / (e_i / people.sum())
                assert found.loc[r, s] == pytest.approx(density * weight / ((e / b) / (e_i / b_i)))


def test_the_example_of_farhauer_and_kroell():
    # As printed in the manual of the package REAT: 21.87491.
    whole = ClusterWhole(
        pd.Series({"i": 5740.0}), pd.Series({"i": 53.0}), area=576, population=4621, name="land"
    )
    jobs, plants = pd.DataFrame({"i": [1743.0]}, index=["j"]), pd.DataFrame({"i": [35.0]}, index=["j"])
    found = cluster_index(jobs, plants, pd.Series({"j": 50.0}), pd.Series({"j": 488.0}), reference=whole)
    assert found.loc["j", "i"] == pytest.approx(21.87491, abs=5e-6)
    assert found.attrs["reference"] == "land"


@given(tables(), st.floats(0.1, 10), st.floats(0.1, 10))
def test_units_do_not_matter(jobs, factor, land):
    area, people = pd.Series(2.0, jobs.index), pd.Series(np.arange(1.0, len(jobs) + 1), jobs.index)
    found = cluster_index(jobs * factor, jobs, area * land, people / land)
    pd.testing.assert_frame_equal(found, cluster_index(jobs, jobs, area, people))


def test_land_without_people_and_missing_cells():
    jobs = pd.DataFrame({"a": [3.0, 5.0, 2.0], "b": [1.0, np.nan, 2.0]}, index=list("xyz"))
    area, people = pd.Series({"x": 1.0, "y": 2, "z": 3}), pd.Series({"x": 0.0, "y": 5, "z": 5})
    with pytest.warns(GeoterritorioWarning, match="1 cells are withheld"):
        found = cluster_index(jobs, jobs, area, people)
    assert found["a"].isna().tolist() == [True, False, False]
    assert found["b"].isna().all()
    assert cluster_index(jobs.iloc[:0], jobs.iloc[:0], area, people).shape == (0, 2)


def test_jobs_without_establishments_are_told():
    jobs = pd.DataFrame({"a": [3.0, 5.0]}, index=list("xy"))
    plants, flat = pd.DataFrame({"a": [0.0, 2.0]}, index=list("xy")), pd.Series({"x": 1.0, "y": 1.0})
    with pytest.warns(GeoterritorioWarning, match="1 cells have jobs but no establishments"):
        assert cluster_index(jobs, plants, flat, flat)["a"].tolist() == [0, 2.5]


def test_what_the_cluster_index_refuses():
    jobs = pd.DataFrame({"a": [3.0, 5.0]}, index=list("xy"))
    area = pd.Series({"x": 1.0})
    with pytest.raises(LayerError) as refused:
        cluster_index(jobs, jobs.rename(columns={"a": "b"}), area, pd.Series({"x": -1.0, "y": 1}))
    text = str(refused.value)
    assert "1 figures are negative" in text
    assert "lacks territories or sectors" in text
    assert "1 territories have no area, for example y" in text
    whole = ClusterWhole(pd.Series({"b": 1.0}), pd.Series({"b": 1.0}), 1, 1)
    with pytest.raises(LayerError, match="1 sectors have no total, for example a"):
        cluster_index(jobs, jobs, area, area, reference=whole)


def test_intervals_of_the_cluster_index_cover():
    """Establishments come and go by chance around known expectations."""
    rng, inside, tried = np.random.default_rng(5), 0, 0
    mean, size = np.array([[12.0], [20.0], [40.0], [60.0]]), np.exp(1 + 0.8**2 / 2)
    truth = (mean * mean * size) / (mean.sum() * mean.sum() * size)
    for _ in range(300):
        number = rng.poisson(mean)
        sizes = [rng.lognormal(1, 0.8, k) for k in number.ravel()]
        jobs, squares = (pd.DataFrame([(s**e).sum() for s in sizes]) for e in (1, 2))
        plants = pd.DataFrame(number).astype(float)
        flat = pd.Series(1.0, jobs.index)
        index = cluster_index(jobs, plants, flat, flat) / 16
        spread = np.exp(1.96 * cluster_index_deviation(jobs, plants, squares))
        inside += ((index / spread <= truth) & (truth <= index * spread)).to_numpy().sum()
        tried += 4
    assert 0.90 <= inside / tried <= 0.98


def test_a_cell_without_jobs_has_no_deviation():
    jobs = pd.DataFrame({"a": [0.0, 5.0, 20.0]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cluster_index_deviation(jobs, np.ceil(jobs / 5), jobs * 5)
    assert found["a"].isna().tolist() == [True, False, False]
