"""Density surfaces: exact sums, mass, bandwidths of peers, edges, quotients, bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.ndimage import gaussian_filter
from sklearn.model_selection import GridSearchCV, LeaveOneOut
from sklearn.neighbors import KernelDensity

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.patterns import _smoothing as smoothing
from geoterritorio.patterns.bandwidths import EQUIVALENT, surface_bandwidth
from geoterritorio.patterns.surfaces import SurfaceRules, density_surface

KERNELS = ("gaussian", "quartic")


def plants(n=300, seed=1, spread=2000.0, sectors=("10", "62")):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "x": rng.normal(5000, spread, n),
            "y": rng.normal(3000, spread / 2, n),
            "sector": rng.choice(sectors, n),
            "employment": np.ceil(rng.lognormal(1, 1, n)),
        }
    )


def centres(found):
    rows, columns = found.values.shape
    t = found.grid.transform
    return np.meshgrid(t.c + t.a * (np.arange(columns) + 0.5), t.f + t.e * (np.arange(rows) + 0.5))


def summed(points, found, weight):
    """The sum of kernels, written once more."""
    x, y = centres(found)
    h = found.bandwidth
    total = np.zeros(x.shape)
    for px, py, w in zip(points["x"], points["y"], weight, strict=True):
        u = np.hypot(x - px, y - py) / h
        one = (
            np.exp(-(u**2) / 2) / (2 * np.pi)
            if found.kernel == "gaussian"
            else 3 / np.pi * (1 - u**2) ** 2 * (u < 1)
        )
        total += w * one / h**2 * 1e6
    return total


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("weighted", [False, True])
def test_exact_sum(kernel, weighted):
    points = plants(80)
    rules = SurfaceRules(cell=150, bandwidth=600, kernel=kernel, mode="exact")
    found = density_surface(points, weighted=weighted, rules=rules)
    weight = points["employment"] if weighted else np.ones(len(points))
    expected = summed(points, found, weight)
    np.testing.assert_allclose(found.values, expected, atol=1e-12 * expected.max(), rtol=1e-9)
    assert (found.method, found.deviation) == ("exact", 0)


@pytest.mark.parametrize(("kernel", "near"), [("gaussian", 1e-6), ("quartic", 6e-5)])
@pytest.mark.parametrize("cells", [1.3, 4, 16, 60])
def test_transformed_equals_exact_sum(kernel, near, cells):
    points = plants(80)
    found, exact = (
        density_surface(points, rules=SurfaceRules(cell=100, bandwidth=100 * cells, kernel=kernel, mode=mode))
        for mode in ("fft", "exact")
    )
    gap = np.abs(found.values - exact.values).max() / exact.values.max()
    assert gap < near
    assert found.deviation <= gap * 1.0001
    assert found.method == "fft"


def test_smooths_plants_at_nodes_as_scipy_does():
    counts = np.random.default_rng(1).poisson(0.05, (200, 260)).astype(float)
    row, column = np.nonzero(counts)
    spots = smoothing.Spots(column.astype(float), row.astype(float), counts[row, column])
    found = smoothing.transformed(spots, counts.shape, 8, "gaussian")
    expected = gaussian_filter(counts, 8, mode="constant", truncate=8)
    np.testing.assert_allclose(found, expected, atol=1e-9 * expected.max())


def test_tiles_make_no_seam(monkeypatch):
    spots = smoothing.Spots(*(np.random.default_rng(2).uniform(0, 150, (2, 400))), np.ones(400))
    land = np.random.default_rng(3).uniform(size=(150, 160)) < 0.7
    whole = (
        smoothing.transformed(spots, (150, 160), 7, "gaussian"),
        smoothing.mass_inside(land, 7, "gaussian"),
    )
    monkeypatch.setattr(smoothing, "_TILE", 64)
    parts = (
        smoothing.transformed(spots, (150, 160), 7, "gaussian"),
        smoothing.mass_inside(land, 7, "gaussian"),
    )
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6 * one.max())


def test_wide_gaussian_of_one_plant(monkeypatch):
    """Worst where one plant is alone; nodes fewer than cells make no seam between tiles."""
    spots = smoothing.Spots(np.array([70.3]), np.array([48.8]), np.array([3.0]))
    expected = smoothing.exact(spots, (150, 160), 90.7, "gaussian")
    assert smoothing.nodes(90.7, "gaussian") < 1
    for tile in (4096, 16):
        monkeypatch.setattr(smoothing, "_TILE", tile)
        found = smoothing.transformed(spots, (150, 160), 90.7, "gaussian")
        np.testing.assert_allclose(found, expected, atol=5e-7 * expected.max(), rtol=0)


def test_cells_take_the_values_of_polynomials():
    places = np.random.default_rng(4).uniform(3, 16, 50)
    for power in range(8):
        values = (np.arange(21.0) / 20) ** power
        np.testing.assert_allclose(
            smoothing._between(places, 21) @ values, (places / 20) ** power, atol=1e-13
        )


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    kernel=st.sampled_from(KERNELS),
    cells=st.floats(2, 12),
    mode=st.sampled_from(["exact", "fft"]),
)
def test_mass_is_kept(seed, kernel, cells, mode):
    points = plants(40, seed)
    rules = SurfaceRules(cell=100, bandwidth=100 * cells, kernel=kernel, mode=mode)
    found = density_surface(points, rules=rules)
    near = 1.5e-4 if kernel == "gaussian" else 0.01 / cells
    assert found.values.sum() * 0.1**2 == pytest.approx(len(points), rel=near)
    assert (found.values >= 0).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), mode=st.sampled_from(["exact", "fft"]), scale=st.floats(0.1, 20))
def test_moved_reordered_scaled(seed, mode, scale):
    points = plants(30, seed)
    rules = SurfaceRules(cell=200, bandwidth=700, mode=mode)
    found = density_surface(points, weighted=True, rules=rules)
    moved = points.assign(x=points["x"] + 4000, y=points["y"] - 600).sample(frac=1, random_state=seed)
    again = density_surface(moved, weighted=True, rules=rules)
    np.testing.assert_allclose(again.values, found.values, atol=1e-9 * found.values.max())
    assert again.grid.transform.c - found.grid.transform.c == pytest.approx(4000)
    more = density_surface(points.assign(employment=points["employment"] * scale), weighted=True, rules=rules)
    np.testing.assert_allclose(more.values, scale * found.values, atol=1e-9 * more.values.max())


def test_bandwidths_of_peers():
    points = plants(500)
    places = points[["x", "y"]].to_numpy()
    for weight in (None, points["employment"].to_numpy()):
        peer = stats.gaussian_kde(places.T, weights=weight)
        expected = np.sqrt(np.trace(peer.covariance) / 2)
        assert surface_bandwidth(places, "scott", weight=weight) == pytest.approx(expected)
    assert peer.silverman_factor() == pytest.approx(peer.scotts_factor())
    quartic = surface_bandwidth(places, "scott", kernel="quartic")
    assert quartic / surface_bandwidth(places, "scott") == pytest.approx(
        2.78, abs=0.005
    )  # Silverman, table 4.1


def test_silverman_is_not_blurred_by_a_few_far_away():
    points = plants(500)[["x", "y"]].to_numpy()
    far = np.vstack([points, [[9e5, 9e5]] * 5])
    assert surface_bandwidth(far, "silverman") < 1.1 * surface_bandwidth(points, "silverman")
    assert surface_bandwidth(far, "scott") > 10 * surface_bandwidth(points, "scott")


def test_bandwidth_by_likelihood_is_that_of_scikit_learn():
    places = plants(80)[["x", "y"]].to_numpy()
    tried = np.geomspace(300, 2000, 30)
    peer = GridSearchCV(KernelDensity(), {"bandwidth": tried}, cv=LeaveOneOut()).fit(places)
    step = tried[1] / tried[0]
    found = surface_bandwidth(places, "likelihood")
    assert peer.best_params_["bandwidth"] / step <= found <= peer.best_params_["bandwidth"] * step
    doubled = surface_bandwidth(np.repeat(places, 2, axis=0), "likelihood")
    assert doubled == pytest.approx(found, rel=1e-6)


def test_bandwidth_by_neighbours():
    row = np.column_stack([np.arange(10) * 100.0, np.zeros(10)])
    # Inner plants have two at 100 m; of the ends the second is at 200 m.
    assert surface_bandwidth(row, "nearest", neighbour=1) == pytest.approx(100)
    assert surface_bandwidth(row, "nearest", neighbour=2) == pytest.approx((8 * 100 + 2 * 200) / 10)


def test_bandwidth_named_in_result():
    points = plants()
    found = density_surface(points, "10", rules=SurfaceRules(bandwidth="scott"))
    places = points.loc[points["sector"] == "10", ["x", "y"]].to_numpy()
    assert found.rule == "scott"
    assert found.bandwidth == pytest.approx(surface_bandwidth(places, "scott"))
    assert found.rules.bandwidth == found.bandwidth
    assert found.unit == "establishments per km2"
    assert found.plants == len(places)
    assert density_surface(points, rules=SurfaceRules(bandwidth=500)).rule == "given"
    assert set(EQUIVALENT) == set(KERNELS)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("edge", ["places", "plants"])
def test_uniform_plants_have_uniform_density_up_to_the_edge(kernel, edge):
    axis = np.arange(25, 10_000, 50.0)
    x, y = np.meshgrid(axis, axis)
    points = pd.DataFrame({"x": x.ravel(), "y": y.ravel(), "sector": "10"})
    window = shapely.box(0, 0, 10_000, 10_000)
    rules = SurfaceRules(cell=100, bandwidth=800, kernel=kernel, edge=edge)
    found = density_surface(points, window=window, rules=rules)
    assert found.values.shape == (100, 100)
    if edge == "places":
        np.testing.assert_allclose(found.values, 400, rtol=0.003)
    assert found.values.sum() * 0.01 == pytest.approx(40_000, rel=0.003)
    lost = density_surface(points, window=window, rules=SurfaceRules(cell=100, bandwidth=800, kernel=kernel))
    assert lost.values[0, 0] < 0.6 * found.values[0, 0]


def test_plants_outside_the_window_do_not_count_and_are_told():
    points = plants(100)
    window = shapely.Point(5000, 3000).buffer(1500)
    inside = np.hypot(points["x"] - 5000, points["y"] - 3000) < 1490
    with pytest.warns(GeoterritorioWarning, match=r"of 100 establishments lie outside"):
        found = density_surface(
            points, window=window, rules=SurfaceRules(cell=50, bandwidth=300, edge="plants")
        )
    assert found.plants == pytest.approx(inside.sum(), abs=2)
    assert np.isnan(found.values[0, 0])
    assert np.nansum(found.values) * 0.05**2 == pytest.approx(found.plants, rel=0.02)


@pytest.mark.parametrize("weighted", [False, True])
def test_quotient_of_all_is_one(weighted):
    points = plants(400)
    rules = SurfaceRules(cell=200, bandwidth=600)
    found = density_surface(points, relative=True, weighted=weighted, rules=rules)
    known = found.values[np.isfinite(found.values)]
    np.testing.assert_allclose(known, 1, rtol=1e-9)
    assert found.unit == "location quotient"


def test_quotient_is_undefined_where_few_plants_are():
    points = plants(400)
    rules = SurfaceRules(cell=200, bandwidth=600, minimum_plants=5)
    found = density_surface(points, "10", relative=True, rules=rules)
    dense = summed(points, found, np.ones(len(points))) * 4 * np.pi * 0.6**2
    np.testing.assert_array_equal(np.isfinite(found.values), dense >= 5)
    own = density_surface(points, "10", rules=rules)
    share = (points["sector"] == "10").mean()
    expected = np.where(dense >= 5, own.values / dense * 4 * np.pi * 0.6**2 / share, np.nan)
    np.testing.assert_allclose(found.values, expected, rtol=1e-6)


def test_quotient_averages_one_over_plants():
    points = plants(400)
    rules = SurfaceRules(cell=100, bandwidth=600, minimum_plants=0)
    found = density_surface(points, "10", relative=True, rules=rules)
    whole = summed(points, found, np.ones(len(points)))
    mean = np.nansum(found.values * whole) / np.nansum(whole)
    assert mean == pytest.approx(1, rel=0.01)


def test_one_plant():
    one = pd.DataFrame({"x": [100.0], "y": [50.0], "sector": ["10"]})
    found = density_surface(one, rules=SurfaceRules(bandwidth=1000))
    assert found.values.max() == pytest.approx(1 / (2 * np.pi), rel=0.02)
    with pytest.raises(LayerError, match="give no bandwidth"):
        density_surface(one)


REFUSED = {
    "coincident": ({"points": plants(20).assign(x=1.0, y=1.0)}, "at one point give no bandwidth"),
    "no weight": (
        {"points": plants(20).assign(employment=0.0), "weighted": True},
        "no establishment has jobs, which are to weigh",
    ),
    "empty": ({"points": plants(20).iloc[:0]}, "no establishments"),
    "no place": ({"points": plants(20).assign(x=np.nan)}, "20 of 20 establishments have no"),
    "unknown sector": ({"points": plants(20), "sector": "99"}, "no code"),
    "edge without window": ({"points": plants(20), "rules": SurfaceRules(edge="plants")}, "needs a window"),
    "cells too large": (
        {"points": plants(20), "rules": SurfaceRules(cell=500, bandwidth=100)},
        "larger than",
    ),
    "cells too many": ({"points": plants(20), "rules": SurfaceRules(cell=0.1, bandwidth=5000)}, "too many"),
    "no width": ({"points": plants(20), "rules": SurfaceRules(bandwidth=0.0)}, "metres above 0"),
    "window elsewhere": (
        {"points": plants(20).assign(x=0.0), "window": shapely.box(5e6, 5e6, 6e6, 6e6)},
        "window: no establishment lies in it",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore:points:geoterritorio.errors.GeoterritorioWarning")
def test_refused(name):
    given, match = REFUSED[name]
    points = given["points"]
    options = {k: v for k, v in given.items() if k != "points"}
    with pytest.raises(LayerError, match=match):
        density_surface(points, **options)


def test_too_many_cells_name_a_cure_that_works():
    points = plants(20)
    with pytest.raises(LayerError) as refusal:
        density_surface(points, rules=SurfaceRules(cell=0.1, bandwidth=5000))
    cure = dict(refusal.value.problems[0].values)["cure"]
    assert 1 < cure < 10
