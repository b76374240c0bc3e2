from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from geoterritorio.concentration import Whole, _compound, location_quotient, location_quotient_interval
from geoterritorio.concentration._compound import Part, Sizes, Spread
from geoterritorio.concentration._conditional import benjamini_hochberg, limits, p_values
from geoterritorio.concentration._margins import Margins
from geoterritorio.errors import GeoterritorioWarning, LayerError

SIMULATION = Path(__file__).parents[2] / "benchmarks" / "interval_coverage.py"


def mid_tail(x: int, size: int, share: float) -> float:
    return stats.binom.sf(x, size, share) + stats.binom.pmf(x, size, share) / 2


def above_target(share: float, x: int, size: int, target: float) -> float:
    return mid_tail(x, size, share) - target


def pairs(count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    size = np.round(np.exp(rng.uniform(0, 11, count)))
    return np.floor(size * rng.uniform(0, 1, count) ** 4), size


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_exact_limits_are_clopper_and_pearsons(level):
    x, size = pairs()
    low, high = limits(x, size, level=level, exact=True)
    for k, m, a, b in zip(x.astype(int), size.astype(int), low, high, strict=True):
        if 0 < k < m:
            peer = stats.binomtest(k, m).proportion_ci(level, "exact")
            assert (a, b) == (pytest.approx(peer.low, rel=1e-6), pytest.approx(peer.high, rel=1e-6))
        elif k == 0:
            assert (a, b) == (0, pytest.approx(1 - (1 - level) ** (1 / m)))
        else:
            assert (a, b) == (pytest.approx((1 - level) ** (1 / m)), 1)


def test_mid_p_limits_solve_their_equation():
    x, size = pairs()
    low, high = limits(x, size, level=0.95, exact=False)
    for k, m, a, b in zip(x, size, low, high, strict=True):
        for end, target, open_ in ((a, 0.025, k > 0), (b, 0.975, k < m)):
            if open_:
                root = optimize.brentq(above_target, 1e-14, 1 - 1e-15, args=(k, m, target), xtol=1e-16)
                assert end == pytest.approx(root, rel=1e-8)
    assert low[x == 0].sum() == 0


def test_p_values_are_scipy_tails():
    x, size = pairs(200)
    share = np.random.default_rng(1).uniform(0, 1, 200) ** 3
    upper = np.array([mid_tail(*args) for args in zip(x, size, share, strict=True)])
    np.testing.assert_allclose(
        p_values(x, size, share, exact=False), 2 * np.minimum(upper, 1 - upper), atol=1e-12
    )
    inner = (x > 0) & (x < size)
    tails = np.minimum(stats.binom.sf(x - 1, size, share), stats.binom.cdf(x, size, share))
    np.testing.assert_allclose(
        p_values(x, size, share, exact=True)[inner], np.minimum(2 * tails, 1)[inner], atol=1e-12
    )


@given(st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), max_size=30))
def test_benjamini_hochberg_is_scipys_and_monotone(values):
    p = np.array(values, dtype=float)
    q = benjamini_hochberg(p)
    known = ~np.isnan(p)
    np.testing.assert_array_equal(np.isnan(q), ~known)
    if known.any():
        np.testing.assert_allclose(q[known], stats.false_discovery_control(p[known]), atol=1e-15)
        assert (np.diff(q[known][np.argsort(p[known], kind="stable")]) >= -1e-15).all()
        assert (q[known] >= p[known]).all()


def register(rows: int = 25, columns: int = 8, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    expected = np.outer(rng.lognormal(2, 1, rows), rng.lognormal(0, 1, columns))
    expected *= rng.lognormal(0, 1.5, expected.shape)
    return pd.DataFrame(rng.poisson(expected).astype(float)).rename(index="r{}".format, columns="s{}".format)


def jobs_of(plants: pd.DataFrame, spread: float = 1.0, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    cell = np.repeat(np.arange(plants.size), plants.to_numpy().ravel().astype(int))
    sizes = np.exp(1 + spread * np.random.default_rng(seed).standard_normal(len(cell)))
    jobs, squares = (np.bincount(cell, sizes**k, plants.size).reshape(plants.shape) for k in (1, 2))
    return tuple(pd.DataFrame(v, index=plants.index, columns=plants.columns) for v in (jobs, squares))


def all_intervals() -> list:
    plants = register()
    jobs, squares = jobs_of(plants)
    error = pd.DataFrame(20.0, index=plants.index, columns=plants.columns)
    return [
        location_quotient_interval(plants),
        location_quotient_interval(plants, method="exact"),
        location_quotient_interval(plants, method="delta"),
        location_quotient_interval(jobs, plants, squares),
        location_quotient_interval(jobs, squares=squares),
        location_quotient_interval(jobs, relative_error=error),
    ]


@pytest.mark.parametrize(
    "found", all_intervals(), ids=["mid_p", "exact", "delta", "jobs", "squares", "survey"]
)
def test_every_interval_holds_its_quotient_and_agrees_with_its_p(found):
    lq, low, high, p, q = (t.to_numpy() for t in (found.lq, found.low, found.high, found.p, found.q))
    tested = ~np.isnan(p)
    assert tested.sum() > 150
    assert ((low <= lq) & (lq <= high))[tested].all()
    excludes = (low > 1) | (high < 1)
    np.testing.assert_array_equal(excludes[tested], (p < 0.05)[tested])
    assert (q >= p)[tested].all()
    words = found.certainty.to_numpy()
    assert ((low > 1) & (q <= 0.05))[words == "high"].all()
    assert ((high < 1) & (q <= 0.05))[words == "low"].all()
    assert (found.effective_plants.to_numpy() >= 5)[words == "high"].all() or found.rules.method == "survey"
    assert {"high", "low", "unclear"} <= set(words.ravel())


def test_counts_condition_on_the_smaller_total():
    counts = pd.DataFrame({"a": [2.0, 28.0], "b": [48.0, 9922.0]})
    found = location_quotient_interval(counts)
    ends = (0.025, 0.975)
    root = [optimize.brentq(above_target, 1e-9, 1 - 1e-9, args=(2, 30, t)) for t in ends]
    ends = [found.low.loc[0, "a"], found.high.loc[0, "a"]]
    np.testing.assert_allclose(ends, np.array(root) * 10_000 / 50)
    # Given the smaller total, what is neglected is 2 of 50 in the variance: close to the test given both.
    both = stats.hypergeom.sf(1, 10_000, 50, 30) + stats.hypergeom.sf(2, 10_000, 50, 30)
    assert found.p.loc[0, "a"] == pytest.approx(both, rel=0.05)


def test_an_empty_cell_has_an_upper_limit_only():
    counts = pd.DataFrame({"a": [0.0, 60.0], "b": [200.0, 9740.0]})
    found = location_quotient_interval(counts)
    assert found.low.loc[0, "a"] == 0
    assert found.high.loc[0, "a"] == pytest.approx((1 - 0.05 ** (1 / 60)) * 10_000 / 200)
    jobs = location_quotient_interval(counts * 7, counts, counts * 49)
    # With equal sizes jobs say what establishments say.
    assert jobs.high.loc[0, "a"] == pytest.approx(found.high.loc[0, "a"])
    assert jobs.p.loc[0, "a"] == pytest.approx(found.p.loc[0, "a"])


def test_equal_sizes_make_jobs_and_establishments_agree():
    plants = register() * 5
    few = location_quotient_interval(plants)
    many = location_quotient_interval(plants * 10, plants, plants * 100)
    np.testing.assert_allclose(many.effective_plants, plants)
    enough = (plants >= 20).to_numpy()
    assert enough.sum() > 100
    for name in ("low", "high"):
        a, b = (getattr(t, name).to_numpy()[enough] for t in (few, many))
        np.testing.assert_allclose(a, b, rtol=0.06)


def test_units_and_order_do_not_matter():
    plants = register()
    jobs, squares = jobs_of(plants)
    one = location_quotient_interval(jobs, plants, squares)
    two = location_quotient_interval(jobs * 1000, plants, squares * 1e6)
    three = location_quotient_interval(jobs.iloc[::-1], plants, squares)
    for name in ("lq", "low", "high", "p", "q", "effective_plants"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-9)
        np.testing.assert_allclose(getattr(one, name), getattr(three, name).iloc[::-1], rtol=1e-9)
    pd.testing.assert_frame_equal(one.lq, location_quotient(jobs))


def test_a_large_whole_given_or_tabulated_makes_little_difference():
    plants = register(80)
    jobs, squares = jobs_of(plants, 0.5)
    inside = location_quotient_interval(jobs, plants, squares)
    part = jobs.index[:20]
    outside = location_quotient_interval(
        jobs.loc[part], plants, squares, reference=Whole(jobs.sum(), jobs.to_numpy().sum(), "all")
    )
    assert outside.rules.reference == "all"
    pd.testing.assert_frame_equal(outside.lq, inside.lq.loc[part])
    held = (jobs.loc[part] > 0).to_numpy()
    wide = np.log((outside.high / outside.low).to_numpy()[held])
    usual = np.log((inside.high / inside.low).loc[part].to_numpy()[held])
    assert np.abs(wide / usual - 1).max() < 0.35
    assert np.median(np.abs(wide / usual - 1)) < 0.05


def test_published_errors_make_a_log_normal_interval():
    jobs = pd.DataFrame({"a": [40.0, 20], "b": [60.0, 880]})
    error = pd.DataFrame({"a": [10.0, np.nan], "b": [25.0, 0.0]})
    found = location_quotient_interval(jobs, relative_error=error)
    deviation = np.sqrt(np.log(1 + 0.1**2))
    law = stats.lognorm(deviation, scale=found.lq.loc[0, "a"])
    assert found.low.loc[0, "a"] == pytest.approx(law.ppf(0.025))
    assert found.high.loc[0, "a"] == pytest.approx(law.ppf(0.975))
    assert found.certainty.to_numpy().tolist() == [["high", "unclear"], ["untested", "untested"]]


def test_words_for_what_cannot_be_said():
    plants = pd.DataFrame({"a": [3.0, np.nan, 0.0], "b": [1.0, 40.0, 0.0], "c": [0.0, 2000.0, 0.0]})
    with pytest.warns(GeoterritorioWarning, match="lower bounds"):
        found = location_quotient_interval(plants)
    assert found.certainty.loc[1, "a"] == "withheld"
    assert (found.certainty.loc[2] == "untested").all()
    assert found.certainty.loc[0, "a"] == "untested", "the sector's total is only a lower bound"
    assert found.certainty.loc[0, "b"] == "few"
    # Nothing where 500 would be expected is certainly low, however few establishments that is.
    expected = pd.DataFrame({"a": [0.0, 500.0], "b": [500.0, 0.0]})
    assert location_quotient_interval(expected).certainty.loc[0, "a"] == "low"


def test_a_withheld_neighbour_makes_no_cell_high():
    """A total that lacks a withheld cell inflates every quotient of its territory; nothing may be claimed there."""
    whole = pd.DataFrame({"10": [60.0, 40.0], "20": [40.0, 60.0], "30": [300.0, 300.0]})
    assert location_quotient_interval(whole).certainty.loc[0, "20"] in {"unclear", "low"}
    gap = whole.copy()
    gap.loc[0, "30"] = np.nan
    with pytest.warns(GeoterritorioWarning, match="lower bounds"):
        found = location_quotient_interval(gap)
    assert found.lq.loc[0, "20"] > 1.3
    assert (found.certainty.loc[0, ["10", "20"]] == "untested").all()
    totals = pd.Series([400.0, 400.0])
    known = location_quotient_interval(gap, totals=totals, reference=whole.sum())
    assert (known.certainty.loc[0, ["10", "20"]] != "untested").all()


def test_a_whole_compared_with_itself_is_not_tested():
    one_sector = pd.DataFrame({"a": [30.0, 70.0, 11.0]})
    for table in (one_sector, one_sector.T):
        found = location_quotient_interval(table)
        assert (found.certainty == "untested").to_numpy().all()
        assert found.low.isna().to_numpy().all()


def test_small_tables_claim_no_more_than_they_may():
    """Rejections of a true hypothesis where a cell is much of a small territory: three sectors, 22 of 300 plants."""
    rng = np.random.default_rng(3)
    rejected = []
    for _ in range(300):
        sectors = rng.multinomial(300, [0.36, 0.34, 0.3])
        inside = rng.multivariate_hypergeometric(sectors, 22)
        table = pd.DataFrame([inside, sectors - inside], columns=list("abc"), dtype=float)
        rejected.append((location_quotient_interval(table).p.loc[0] < 0.05).to_numpy())
    assert np.mean(rejected) <= 0.055


def test_jobs_without_sizes_are_not_tested():
    plants = register()
    jobs, _ = jobs_of(plants)
    found = location_quotient_interval(jobs, plants)
    assert found.rules.method == "none"
    assert found.p.isna().to_numpy().all()
    assert set(found.certainty.to_numpy().ravel()) <= {"few", "untested"}


def test_refusals():
    counts = pd.DataFrame({"a": [5.0, 1.0]})
    with pytest.raises(LayerError) as refusal:
        location_quotient_interval(
            counts, counts.iloc[:1], method="compound", level=1.0, totals=pd.Series([4.0, 9])
        )
    assert len(refusal.value.problems) == 4
    with pytest.raises(LayerError, match="fractions"):
        location_quotient_interval(counts + 0.5)
    assert location_quotient_interval(counts + 0.5, method="exact").rules.method == "exact"
    with pytest.raises(LayerError, match="must contain"):
        location_quotient_interval(counts, reference=pd.Series({"a": 2.0}))


def test_empty_tables():
    empty = pd.DataFrame(np.empty((0, 3)), columns=list("abc"))
    assert location_quotient_interval(empty).certainty.shape == (0, 3)
    assert location_quotient_interval(empty, empty, empty).low.shape == (0, 3)
    assert (
        location_quotient_interval(pd.DataFrame(0.0, index=[0], columns=["a"])).certainty.loc[0, "a"]
        == "untested"
    )


@pytest.mark.parametrize(
    ("world", "method", "spread", "least", "most"),
    [
        ("narrow", "mid_p", 0.0, 0.94, 1.0),
        ("narrow", "exact", 0.0, 0.95, 1.0),
        ("narrow", "compound", 1.0, 0.94, 1.0),
        ("narrow", "compound", 1.5, 0.94, 1.0),
        ("broad", "mid_p", 0.0, 0.935, 0.97),
        ("broad", "compound", 1.0, 0.93, 0.99),
        ("narrow", "jobs as trials", 1.0, 0.0, 0.96),
    ],
)
def test_intervals_cover_the_truth_in_repetition(world, method, spread, least, most):
    made = runpy.run_path(str(SIMULATION))
    rng = np.random.default_rng(12)
    cells = made["coverage"](made[world](rng), method, spread, 15 if world == "narrow" else 900, rng)
    held = made["summary"](cells)
    assert (held["cells"] > 3000).all()
    assert held["held"].between(least, most).all(), held
    if method == "jobs as trials":
        assert (held["held"][held.index >= 1] < 0.6).all()


def share_of_tables_with_a_claim(world, method: str, spread: float, tables: int, seed: int) -> float:
    made = runpy.run_path(str(SIMULATION))
    rng = np.random.default_rng(seed)
    world = made[world](rng) if isinstance(world, str) else made["table"](np.array(world, dtype=float))
    return made["false_claims"](made["coverage"](world, method, spread, tables, rng))["either"]


@pytest.mark.parametrize(("method", "spread"), [("mid_p", 0.0), ("compound", 1.0)])
def test_tables_without_deviation_seldom_raise_an_alarm(method, spread):
    alarms = share_of_tables_with_a_claim("skewed", method, spread, 200, 4)
    # Five in a hundred, and three standard errors of 200 tables.
    assert alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize("spread", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("sectors", [(8, 8, 8), (16, 16, 16), (64, 8, 8)])
def test_small_tables_of_jobs_without_deviation_seldom_raise_an_alarm(sectors, spread):
    """Twenty territories of three sectors, and three of twenty: what is compared with has few establishments too."""
    tall = np.outer(np.ones(20), sectors)
    for number, expected in enumerate((tall, tall.T)):
        alarms = share_of_tables_with_a_claim(expected, "compound", spread, 100, number)
        assert alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


def test_variance_is_the_gradient_of_the_logarithm_squared():
    parts, squares = np.array([40.0, 60, 90, 310]), np.array([300.0, 500, 700, 4000])

    def log_quotient(a: float, b: float, c: float, d: float) -> float:
        return np.log(a * (a + b + c + d) / ((a + b) * (a + c)))

    steps = np.eye(4) * 1e-4
    slopes = [(log_quotient(*(parts + e)) - log_quotient(*(parts - e))) / 2e-4 for e in steps]
    sums = Margins(
        parts[:1, None],
        parts[:2].sum(keepdims=True)[:, None],
        parts[[0, 2]].sum(),
        parts.sum(),
        "",
        np.zeros((1, 1), bool),
    )
    q = squares.reshape(2, 2)
    known = Sizes(q[:1, :1], q[:1].sum(), q[:, :1].sum(), q.sum(), np.ones(1), np.ones(1))
    inside = np.ones((1, 1), bool)
    found = _compound.variance(_compound.parts(sums, known, q[:1, :1], inside))
    np.testing.assert_allclose(found, np.square(slopes) @ squares, rtol=1e-6)
    # Squares that the cell has not, but its totals, are taken from the rests.
    wider = _compound.parts(sums, replace(known, squares=q[:1, :1] + 80), q[:1, :1], inside)
    moved = np.square(slopes) * (squares + np.array([0, -80, -80, 80]))
    np.testing.assert_allclose([part.moved[0] for part in wider], moved, rtol=1e-6)


def test_few_where_many_were_expected_is_low_for_counts_and_few_for_jobs():
    plants = pd.DataFrame({"a": [3.0, 997.0], "b": [497.0, 8503.0]})
    assert location_quotient_interval(plants).certainty.loc[0, "a"] == "low"
    jobs = location_quotient_interval(plants * 10, plants, plants * 100)
    assert jobs.certainty.loc[0, "a"] == "few"


def test_what_is_compared_with_is_as_uncertain_as_students_t():
    jobs, moved = np.array([30.0, 12.0, 5.0]), np.array([0.02, 0.1, 0.3])
    # As many effective establishments as jobs where all are of size 1.
    part = Part(jobs, jobs, moved)
    np.testing.assert_allclose(part.allowed(), moved * stats.t.var(jobs - 1))
    np.testing.assert_allclose(Part(jobs / 9, jobs, moved).allowed(), moved * stats.t.var(3))
    found = _compound.spread([Part(jobs, jobs * 99, moved), part, part], np.array([0.0, 1.0, 2.0]))
    np.testing.assert_allclose(found.low, moved * (1 + 2 * stats.t.var(jobs - 1)))
    np.testing.assert_allclose(found.high - found.low, [0, 1, 2])


def test_limits_of_jobs_are_those_of_a_weighted_sum():
    lq, jobs, size = np.array([3.0, 0.4]), np.array([50.0, 20.0]), np.array([4.0, 6.0])
    variances = Spread(np.array([0.09, 0.2]), np.array([0.1, 0.3]))
    low, high, p = _compound.limits(lq, jobs, variances, size, 0.9)
    below = stats.gamma(1 / variances.low, scale=lq * variances.low)
    more = 1 + size / jobs
    scale = (variances.high + (size / jobs) ** 2) / more
    above = stats.gamma(more / scale, scale=lq * scale)
    np.testing.assert_allclose(low, below.ppf(0.05))
    np.testing.assert_allclose(high, above.ppf(0.95))
    np.testing.assert_allclose(p, 2 * np.array([below.cdf(1)[0], above.sf(1)[1]]))


def test_usual_squares_are_at_least_those_of_the_sectors_jobs():
    sums = Margins(
        np.array([[10.0, 5.0], [30.0, np.nan], [0.0, 5.0]]),
        np.ones((3, 1)),
        np.ones((1, 2)),
        1.0,
        "",
        np.zeros((3, 1), bool),
    )
    squares = np.array([[400.0, 25.0], [100.0, np.nan], [0.0, 75.0]])
    np.testing.assert_allclose(_compound.usual(sums, squares), [[400.0, 50.0], [375.0, np.nan], [0.0, 75.0]])


@pytest.mark.parametrize("spread", [0.5, 1.0, 1.5])
@pytest.mark.parametrize("expected", [2, 4, 8, 16, 64, 256])
def test_limits_of_jobs_cover_in_small_tables(expected, spread):
    made = runpy.run_path(str(SIMULATION))
    world = made["table"](np.full((20, 3), float(expected)))
    cells = made["coverage"](world, "compound", spread, 60, np.random.default_rng(expected))
    tested = cells[cells["seen"] > 0]
    assert 0.94 <= 1 - (tested["above"] | tested["below"]).mean() <= 1
    # Either side misses little more than half of the error; of two establishments, "few" anyway, the lower does.
    assert tested["above"].mean() <= 0.033
    assert tested["below"].mean() <= (0.033 if expected > 2 else 0.045)


def placed_by_chance(number: int, share: float, spread: float) -> list[pd.DataFrame]:
    """Jobs, establishments and squares of 800 sectors of `number` establishments, and of two large ones, by chance."""
    rng = np.random.default_rng(number)
    shares = np.array([share, *([(1 - share) / 4] * 4)])
    plants = np.hstack([rng.multinomial(4000, shares, 2).T, rng.multinomial(number, shares, 800).T])
    jobs, squares = jobs_of(pd.DataFrame(plants.astype(float)), spread, number)
    return [jobs, pd.DataFrame(plants.astype(float)), squares]


@pytest.mark.parametrize("share", [0.2, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 8, 20])
def test_sectors_of_few_establishments_claim_no_more_than_they_may(number, share):
    """Where a few establishments are most of a sector, or of a territory, their jobs are no surer than they are."""
    for spread in (0.0, 1.5):
        tables = placed_by_chance(number, share, spread)
        for given_ in (tables, [table.T for table in tables]):
            p = location_quotient_interval(*given_).p
            few = (p if given_ is tables else p.T).iloc[:, 2:]
            assert ((few <= 0.05).mean(axis=1) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 800)).all()


def test_the_only_establishment_of_a_sector_is_as_sure_as_its_territory_is_large():
    plants = pd.DataFrame({"x": [3.0, 6, 5, 1], "y": [4.0, 5, 9, 2], "z": [1.0, 0, 0, 0]})
    jobs, squares = plants * 5, plants * 25
    jobs.loc[0, "z"], squares.loc[0, "z"] = 20.0, 400.0
    found = location_quotient_interval(jobs, plants, squares)
    share = jobs.loc[0].sum() / jobs.to_numpy().sum()
    assert found.p.loc[0, "z"] == pytest.approx(share)
    # The chance of it lying here is 5 % where the share is 5 %.
    assert found.low.loc[0, "z"] == pytest.approx(0.05 / share)
    assert found.p.loc[0, "z"] >= location_quotient_interval(plants).p.loc[0, "z"]
    without = location_quotient_interval(jobs, squares=squares)
    assert without.p.loc[0, "z"] >= share
