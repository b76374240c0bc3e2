"""K, L, pair correlation and D in a window."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.patterns import ripley
from geoterritorio.patterns.ripley import k_function
from geoterritorio.patterns.window import WindowRules

SQUARE = shapely.box(0, 0, 1000, 1000)
# A bay, a hole and an island.
COAST = shapely.union(
    shapely.Polygon(
        [(0, 0), (1000, 0), (1000, 600), (600, 600), (500, 300), (400, 900), (0, 1000)],
        [[(100, 100), (300, 100), (300, 300), (100, 250)]],
    ),
    shapely.box(1100, 100, 1400, 700),
)
CORRECTIONS = ("isotropic", "translation", "border", "none")


def plants(number, seed=1, sectors=("10",), window=SQUARE):
    rng = np.random.default_rng(seed)
    west, south, east, north = window.bounds
    places = rng.uniform((west, south), (east, north), (20 * number, 2))
    places = places[shapely.contains_xy(window, *places.T)][:number]
    table = pd.DataFrame(places, columns=["x", "y"])
    table["sector"] = np.resize(sectors, number)
    table["employment"] = rng.integers(1, 50, number).astype(float)
    return table


def rules(**options):
    return WindowRules(**{"farthest": 200, "steps": 4, "simulations": 0, **options})


def values(points, *args, window=SQUARE, form="k", weighted=False, **options):
    found = k_function(points, *args, window=window, form=form, weighted=weighted, rules=rules(**options))
    return found.table["value"].to_numpy()


def test_four_plants_by_hand():
    points = pd.DataFrame({"x": [400.0, 500, 400, 900], "y": [400.0, 400, 500, 900], "sector": "10"})
    area, ordered = 1e6, 12
    # At 100 m two plants see one neighbour each and one sees two; nearer than 100 m there is none.
    with pytest.warns(GeoterritorioWarning, match="only 4 establishments"):
        found = values(points, farthest=150, steps=3)
    np.testing.assert_allclose(found, [0, 0, 0, 6 * area / ordered])


def test_edge_counts_by_hand():
    points = pd.DataFrame({"x": [500.0, 500], "y": [50.0, 150], "sector": "10"})
    with pytest.warns(GeoterritorioWarning, match="only 2 establishments"):
        found = [values(points, farthest=200, steps=1, correction=c)[1] for c in CORRECTIONS]
    inside = 1 - 2 * np.arccos(0.5) / (2 * np.pi)
    expected = [(1 / inside + 1) / 2, 1 / 0.9, np.nan, 1]
    np.testing.assert_allclose(np.array(found) / 1e6, expected, rtol=1e-12)


@pytest.mark.parametrize("form", ["k", "l", "pcf"])
@given(
    seed=st.integers(0, 10**6), angle=st.floats(0, 360), east=st.floats(-1e6, 1e6), north=st.floats(0, 5e6)
)
@settings(max_examples=15)
def test_moved_and_turned(form, seed, angle, east, north):
    points = plants(25, seed, window=COAST)
    moved = affinity.translate(affinity.rotate(COAST, angle, origin=(0, 0)), east, north)
    turned = affinity.translate(
        affinity.rotate(shapely.MultiPoint(points[["x", "y"]].to_numpy()), angle, origin=(0, 0)), east, north
    )
    again = points.assign(
        **dict(zip(["x", "y"], shapely.get_coordinates(turned).T, strict=True)), sector="other"
    )
    # Plants that lie on the edge after rounding are not asked for.
    moved = moved.buffer(1e-6, join_style="mitre")
    for correction in ("isotropic", "translation"):
        one = values(points, window=COAST, form=form, correction=correction)
        two = values(again, window=moved, form=form, correction=correction)
        np.testing.assert_allclose(two, one, rtol=1e-4, atol=1e-3)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=15)
def test_order_and_codes_do_not_matter(seed):
    points = plants(30, seed, ("10", "20"))
    mixed = points.sample(frac=1, random_state=1).assign(
        sector=lambda t: t["sector"].map({"10": "zz", "20": "aa"})
    )
    for form in ("k", "pcf", "d", "d_between"):
        np.testing.assert_allclose(
            values(points, "10", "20", form=form), values(mixed, "zz", "aa", form=form), rtol=1e-9
        )


@given(seed=st.integers(0, 10**6))
@settings(max_examples=10)
def test_far_from_the_edge_all_corrections_agree(seed):
    points = plants(25, seed)
    wide = shapely.box(-1e6, -1e6, 1e6, 1e6)
    one, two, three, four = (values(points, window=wide, correction=c) for c in CORRECTIONS)
    np.testing.assert_allclose(one, four)
    np.testing.assert_allclose(three, four)
    np.testing.assert_allclose(two, four, rtol=1e-3)


@given(seed=st.integers(0, 10**6), weight=st.floats(0.1, 1e3))
@settings(max_examples=10)
def test_equal_weights_are_none(seed, weight):
    points = plants(25, seed).assign(employment=weight)
    for form in ("k", "l", "pcf"):
        for correction in ("isotropic", "none"):
            one = values(points, form=form, weighted=True, correction=correction)
            np.testing.assert_allclose(one, values(points, form=form, correction=correction), rtol=1e-9)


def test_weights_count_pairs():
    points = plants(30)
    found = values(points, weighted=True, correction="none")
    away = np.hypot(*(points[c].to_numpy()[:, None] - points[c].to_numpy() for c in "xy"))
    product = np.outer(points["employment"], points["employment"])
    np.fill_diagonal(product, 0)
    expected = [1e6 * product[away < r].sum() / product.sum() for r in (0, 50, 100, 150, 200)]
    np.testing.assert_allclose(found, expected)


def test_pair_correlation_is_the_sum_of_its_kernels():
    points = plants(40)
    found = values(points, form="pcf", correction="none", bandwidth=30)
    away = np.hypot(*(points[c].to_numpy()[:, None] - points[c].to_numpy() for c in "xy"))
    away = away[~np.eye(40, dtype=bool)]
    for value, r in zip(found[1:], (50, 100, 150, 200), strict=True):
        bell = np.clip(1 - ((r - away) / 30) ** 2, 0, None).sum() * 0.75 / 30
        assert value == pytest.approx(1e6 * bell / (2 * np.pi * r * 40 * 39))
    assert np.isnan(found[0])


@pytest.mark.parametrize("second", [None, "20"])
def test_pairs_come_in_parts(second, monkeypatch):
    points = plants(60, sectors=("10", "20"), window=COAST)
    whole = {
        (f, c): values(points, "10", second, window=COAST, form=f, correction=c)
        for f in ("k", "pcf")
        for c in CORRECTIONS
        if (f, c) != ("pcf", "border")
    }
    monkeypatch.setattr(ripley, "_PAIRS", 20)
    for (form, correction), expected in whole.items():
        found = values(points, "10", second, window=COAST, form=form, correction=correction)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_differences_of_k():
    points = plants(60, sectors=("10", "20", "30"))
    cases, controls = values(points, "10"), values(points, "20")
    np.testing.assert_allclose(values(points, "10", "20", form="d"), cases - controls)
    np.testing.assert_allclose(
        values(points, "10", "20", form="d_between"), cases - values(points, "10", "20")
    )
    others = points.assign(sector=points["sector"].where(points["sector"] == "10", "other"))
    np.testing.assert_allclose(values(points, "10", form="d"), values(others, "10", "other", form="d"))


@pytest.mark.parametrize("window", [SQUARE, COAST])
@pytest.mark.parametrize("correction", ["isotropic", "translation", "border"])
@pytest.mark.parametrize("second", [None, "20"])
def test_chance_gives_the_circle(window, correction, second):
    points = plants(60, sectors=("10", "20"), window=window)
    found = k_function(
        points,
        "10",
        second,
        window=window,
        rules=rules(farthest=100, correction=correction, simulations=400, null="position"),
        rng=1,
    )
    curves = found.simulated[:, 1:]
    r = found.table.index.to_numpy()[1:]
    error = np.nanstd(curves, axis=0) / np.sqrt(len(curves))
    assert (np.abs(np.nanmean(curves, axis=0) - np.pi * r**2) < 4 * error).all()


def test_without_correction_the_edge_takes_neighbours():
    points = plants(60)
    found = k_function(points, window=SQUARE, rules=rules(correction="none", simulations=300), rng=1)
    curves = found.simulated[:, -1]
    assert curves.mean() + 4 * curves.std() / np.sqrt(300) < np.pi * 200**2


def test_chance_gives_pair_correlation_one_and_l_nought():
    points = plants(100)
    for form, expected, slack in (("pcf", 1, 0.05), ("l", 0, 3)):
        found = k_function(points, window=SQUARE, form=form, rules=rules(simulations=200), rng=1)
        np.testing.assert_allclose(found.table["mean"].iloc[1:], expected, atol=slack)


def test_five_percent_of_chance_is_found_out():
    p = [
        k_function(
            plants(30, seed, window=COAST), window=COAST, form="l", rules=rules(simulations=39), rng=seed
        ).p
        for seed in range(120)
    ]
    # 6 are expected; more than 13 would come once in 400 times.
    assert 1 <= (np.array(p) <= 0.05).sum() <= 13
    assert np.mean(p) == pytest.approx(0.51, abs=0.11)


def test_clusters_and_lattices():
    rng = np.random.default_rng(1)
    centres = rng.uniform(200, 800, (8, 2))
    town = (centres[:, None] + rng.normal(0, 15, (8, 6, 2))).reshape(-1, 2)
    step = np.arange(50, 1000, 100.0)
    lattice = np.array([(x, y) for x in step for y in step])
    for places, verdict in ((town, "localised"), (lattice, "dispersed")):
        points = pd.DataFrame(places, columns=["x", "y"]).assign(sector="10")
        found = k_function(
            points, window=SQUARE, form="l", rules=rules(farthest=90, steps=9, simulations=199), rng=1
        )
        assert found.verdict == verdict
        assert found.p == pytest.approx(0.005)


def test_places_of_all_industry_are_no_localisation():
    """A sector like all others, in a town: K against any place finds the town, against their places nothing."""
    rng = np.random.default_rng(5)
    points = pd.DataFrame(rng.normal(500, 80, (200, 2)), columns=["x", "y"])
    points["sector"] = np.resize(["10", "20", "30", "40"], 200)
    anywhere = k_function(points, "10", window=SQUARE, rules=rules(simulations=99, null="position"), rng=1)
    among = k_function(points, "10", window=SQUARE, rules=rules(simulations=99), rng=1)
    difference = k_function(points, "10", window=SQUARE, form="d", rules=rules(simulations=99), rng=1)
    assert anywhere.verdict == "localised"
    assert among.rules.null == "location"
    assert among.p > 0.05
    assert difference.p > 0.05


def test_chance_is_anywhere_where_there_are_no_others():
    found = k_function(plants(20), "10", window=SQUARE, rules=rules(simulations=19), rng=1)
    assert found.rules.null == "position"
    pair = k_function(
        plants(20, sectors=("a", "b")), "a", "b", window=SQUARE, rules=rules(simulations=19), rng=1
    )
    assert pair.rules.null == "location"
    marks = rules(simulations=19, null="location")
    found = k_function(plants(20), window=SQUARE, weighted=True, rules=marks, rng=1)
    assert found.simulated.std(axis=0)[-1] > 0


def test_independence_moves_the_neighbours_only():
    points = plants(60, sectors=("10", "20", "30"))
    found = k_function(
        points, "10", "20", window=SQUARE, rules=rules(simulations=99, null="independence"), rng=1
    )
    assert found.simulated.std(axis=0)[-1] > 0
    assert found.p > 0.01


def test_the_same_seed_gives_the_same():
    points = plants(30, window=COAST)
    before = points.copy()
    seen = []
    one, two = (
        k_function(
            points,
            window=COAST,
            rules=rules(simulations=30),
            rng=7,
            progress=lambda share, text: seen.append(share),  # noqa: ARG005 - the text is translated
        )
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.simulated, two.simulated)
    pd.testing.assert_frame_equal(points, before)
    assert max(seen) == 1


def test_result_says_how():
    points = plants(30, window=COAST)
    found = k_function(points, window=COAST, rules=WindowRules(simulations=0))
    assert found.table.attrs == {"area": pytest.approx(COAST.area), "window": "given", "null": "position"}
    assert (found.sector, found.neighbours, found.plants, found.verdict) == ("all", "all", 30, "untested")
    assert found.table.index[-1] == found.rules.farthest == 250
    assert found.rules.correction == "isotropic"
    wide = k_function(plants(30), window=SQUARE, form="pcf", rules=WindowRules(simulations=0))
    assert wide.bandwidth == pytest.approx(0.15 / np.sqrt(30 / 1e6))


def test_without_a_window_the_rectangle_is_taken():
    points = plants(30)
    with pytest.warns(GeoterritorioWarning, match="rectangle around all 30 establishments"):
        found = k_function(points, rules=rules())
    around = shapely.box(*points[["x", "y"]].min(), *points[["x", "y"]].max())
    np.testing.assert_allclose(found.table["value"], values(points, window=around))
    assert found.table.attrs["window"] == "rectangle"


@pytest.mark.parametrize("seed", range(10))
def test_plants_on_the_edge_and_in_corners(seed):
    """On a lattice circles touch edges and pass through corners; a window a hair wider gives the same."""
    points = plants(30, seed)
    points["x"], points["y"] = points["x"].round(-2) + 500_000, points["y"].round(-2) + 4_500_000
    around = shapely.box(*points[["x", "y"]].min(), *points[["x", "y"]].max())
    wider = around.buffer(1e-5, join_style="mitre")
    one, two = (values(points.drop_duplicates(["x", "y"]), window=w, farthest=400) for w in (around, wider))
    np.testing.assert_allclose(one, two, rtol=1e-5)


def test_plants_outside_are_left_out():
    points = plants(30)
    more = pd.concat([points, pd.DataFrame({"x": [2000.0], "y": [5.0], "sector": ["10"]})], ignore_index=True)
    with pytest.warns(GeoterritorioWarning, match="1 of 31 establishments lie outside"):
        found = values(more)
    np.testing.assert_array_equal(found, values(points))


def test_large_distances_are_said():
    with pytest.warns(GeoterritorioWarning, match="more than half the shorter side"):
        values(plants(30), farthest=600)


def test_border_is_unknown_where_nobody_is_far_enough():
    found = values(plants(30), correction="border", farthest=500, steps=5)
    assert np.isfinite(found[:4]).all()
    assert np.isnan(found[-1])


def test_plants_at_one_point():
    points = pd.DataFrame({"x": 500.0, "y": 500.0, "sector": ["10"] * 12})
    with pytest.warns(GeoterritorioWarning, match="12 of 12 establishments share their point"):
        found = values(points)
    np.testing.assert_allclose(found, [0, 1e6, 1e6, 1e6, 1e6])


BAD = [
    ({"points": plants(20).drop(columns="x")}, "A table of costs has none: use k-density"),
    ({"points": plants(20).assign(x=np.nan)}, "20 of 20 establishments have no “x”"),
    ({"points": plants(0)}, "no establishments"),
    ({"points": plants(1)}, "number of establishments: 1; needed: 2"),
    ({"sector": "99"}, "no code “99”"),
    ({"neighbours": "99", "sector": "10"}, "no code “99”"),
    ({"neighbours": "10"}, "name the sector"),
    ({"form": "d"}, "name the sector"),
    ({"form": "d", "sector": "10"}, "no establishments to compare with"),
    ({"form": "pcf", "rules": rules(correction="border")}, "no border correction"),
    ({"points": plants(20).assign(employment=0.0), "weighted": True}, "no jobs to weigh with"),
    ({"rules": rules(null="independence")}, "independence is that of two sectors"),
    ({"rules": rules(null="location", simulations=19)}, "no other establishments to exchange places"),
    ({"rules": rules(null="labelling", simulations=19), "weighted": True}, "no other establishments"),
    ({"window": shapely.box(5000, 5000, 6000, 6000)}, "none of the 20 establishments"),
    ({"window": shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 5)])}, "Self-intersection"),
    ({"window": shapely.Point(1, 1)}, "Point is no polygon"),
    ({"window": shapely.Polygon()}, "no area"),
    ({"points": plants(20).assign(y=5.0), "window": None}, "no area"),
]


@pytest.mark.parametrize(("bad", "said"), BAD)
def test_refusals(bad, said):
    given_ = {"points": plants(20), "window": SQUARE, "rules": rules(), **bad}
    points = given_.pop("points")
    with pytest.raises(LayerError, match=said):
        k_function(points, **given_)


@pytest.mark.parametrize("form", ["k", "l", "pcf", "d", "d_between"])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_table_of_costs_has_no_area(form, weighted):
    costs = pd.DataFrame({"origin": [0], "destination": [1], "cost": [5.0]})
    for points in (plants(20), plants(20).drop(columns=["x", "y"])):
        with pytest.raises(
            LayerError, match=r"area of a window, which a table of costs has not. Use k-density"
        ):
            k_function(points, "10", costs=costs, window=SQUARE, form=form, weighted=weighted)


def test_a_sector_that_is_all_outside_is_refused():
    points = plants(20)
    more = pd.concat([points, points.assign(x=points["x"] + 5000, sector="20")], ignore_index=True)
    with (
        pytest.warns(GeoterritorioWarning, match="20 of 40"),
        pytest.raises(LayerError, match="“20”: number of establishments: 0; needed: 2"),
    ):
        values(more, "20")


def test_a_form_that_is_no_choice_is_refused():
    points = pd.DataFrame({"x": [0.0, 9, 4], "y": [0.0, 9, 2], "sector": "a"})
    with pytest.raises(LayerError, match=r"form: “foo” is no choice\. There are: k, l, pcf, d, d_between"):
        k_function(points, form="foo")


@pytest.mark.filterwarnings("ignore:The largest distance")
@pytest.mark.parametrize("form", ["k", "l", "pcf"])
def test_nothing_is_told_at_distances_larger_than_the_window(form):
    points = pd.DataFrame(np.random.default_rng(1).uniform(0, 100, (40, 2)), columns=["x", "y"]).assign(
        sector="a"
    )
    rules = WindowRules(farthest=500, steps=50, simulations=39)
    window = shapely.box(0, 0, 100, 100)
    table = k_function(points, window=window, form=form, rules=rules, rng=1).table
    beyond = table.index > 100 * np.sqrt(2)
    assert table[beyond].isna().all(axis=None)
    assert table.loc[~beyond, "value"].iloc[1:].notna().all()


@pytest.mark.filterwarnings("ignore:The largest distance")
@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("form", ["k", "l", "pcf"])
def test_nothing_is_told_where_no_correction_holds(form, correction):
    if (form, correction) == ("pcf", "border"):
        return
    # Two crowds in opposite corners are many pairs far apart.
    rng = np.random.default_rng(1)
    crowds = np.vstack([rng.normal(100, 20, (15, 2)), rng.normal(900, 20, (15, 2))])
    points = pd.DataFrame(np.vstack([crowds, rng.uniform(0, 1000, (60, 2))]), columns=["x", "y"])
    points["sector"] = ["10"] * 30 + ["20"] * 60
    given = rules(farthest=1300, steps=26, simulations=99, correction=correction, bandwidth=60)
    found = k_function(points, "10", window=SQUARE, form=form, rules=given, rng=1)
    beyond = found.table.index > 500
    assert found.table.loc[beyond, ["mean", "global_low", "gamma", "psi"]].isna().all(axis=None)
    half = replace(given, farthest=500, steps=10)
    near = k_function(points, "10", window=SQUARE, form=form, rules=half, rng=1)
    assert (found.verdict, found.p, found.p_largest) == (near.verdict, near.p, near.p_largest)
    assert form == "pcf" or found.verdict == "localised"
