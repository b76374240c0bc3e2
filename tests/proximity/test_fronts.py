"""Cheapest ways over a raster: those of scikit-image, of scipy, and of pencil and paper."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio.transform import Affine

from geoterritorio.errors import DependencyError
from geoterritorio.layers import Grid
from geoterritorio.proximity import _fronts, cost_distance
from geoterritorio.proximity._fronts import DIRECTION_ERROR, Terrain, place_of, spread

SIDES = st.tuples(st.integers(1, 12), st.integers(1, 12))
FRICTION = st.one_of(
    st.floats(2.0**-10, 10, width=32), st.sampled_from([2.0**-20, 0.5, 1.0, 2.0**20, np.nan])
)
SURFACES = SIDES.flatmap(lambda shape: arrays(np.float32, shape, elements=FRICTION))


def seeds(*cells):
    rows, columns = np.array(cells).T
    return rows, columns, np.arange(len(cells), dtype=np.int32)


def drawn(values, data, most=3):
    """Some passable cells."""
    open_ = np.argwhere(np.isfinite(values))
    chosen = data.draw(
        st.lists(st.integers(0, len(open_) - 1), min_size=1, max_size=most, unique=True), label="seeds"
    )
    return seeds(*open_[chosen])


@given(SURFACES, st.data())
@settings(max_examples=150)
def test_eight_neighbours_are_those_of_scikit_image(values, data):
    mcp = pytest.importorskip("skimage.graph", reason="scikit-image is not installed").MCP_Geometric
    values[0, 0] = 1
    start = drawn(values, data)
    peer = mcp(np.where(np.isnan(values), -1, values), fully_connected=True)
    expected = peer.find_costs(list(zip(*start[:2], strict=True)))[0]
    np.testing.assert_allclose(spread(Terrain(values, 1.0), start).cost, expected, rtol=1e-12)


def test_minutes_are_handed_out_in_single_precision():
    mcp = pytest.importorskip("skimage.graph", reason="scikit-image is not installed").MCP_Geometric
    values = np.random.default_rng(0).uniform(0.01, 1, (60, 60))
    ground = Grid(values, Affine(1, 0, 5e5, 0, -1, 4.4e6), "EPSG:25830")
    corner = gpd.GeoDataFrame(
        {"centre": ["a"]}, geometry=gpd.points_from_xy([5e5 + 0.5], [4.4e6 - 0.5]), crs=25830
    )
    expected = mcp(values, fully_connected=True).find_costs([(0, 0)])[0]
    found = cost_distance(ground, corner, neighbours="8").minutes.values
    assert found.dtype == np.float32
    # two roundings to 24 bits: that of friction and that of minutes
    np.testing.assert_allclose(found, expected, rtol=2 * 2.0**-24)


@given(SURFACES, st.data(), st.sampled_from([8, 16]), st.booleans())
@settings(max_examples=150)
def test_loops_and_graph_find_the_same(values, data, neighbours, toward):
    values[0, 0] = 1
    start = drawn(values, data)
    steep = data.draw(st.booleans(), label="steep")
    height = np.random.default_rng(1).normal(0, 5, values.shape) if steep else None
    limit = data.draw(st.sampled_from([np.inf, 5.0]), label="limit")
    terrain = Terrain(values, 2.0, neighbours, height, toward, limit)
    compiled, plain = both(terrain, start)
    np.testing.assert_allclose(compiled.cost, plain.cost, rtol=1e-12)
    # of equal ways that of the first seed, but equal to the last bit they may be for one of the two only
    differs = compiled.origin != plain.origin
    if differs.any():
        alone = [spread(terrain, tuple(part[k : k + 1] for part in start)).cost for k in range(len(start[0]))]
        one, two = (
            np.choose(found.origin[differs], [a[differs] for a in alone]) for found in (compiled, plain)
        )
        np.testing.assert_allclose(one, two, rtol=1e-12)


def both(terrain, start, **options):
    found = []
    for there in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not there:
                patch.setattr(_fronts, "COMPILED", False)
            found.append(spread(terrain, start, **options))
    return found


def test_the_way_back_is_traced_by_both():
    values = np.random.default_rng(2).uniform(0.5, 3, (15, 20))
    for found in both(Terrain(values, 1.0, 16), seeds((3, 4), (12, 15)), trace=True):
        assert sorted(found.origin[found.cost == 0]) == [0, 1]
        rows, columns = np.nonzero(found.cost > 0)
        before = np.divmod(found.origin[rows, columns], 20 + 2 * _fronts.MARGIN)
        earlier = found.cost[before[0] - _fronts.MARGIN, before[1] - _fronts.MARGIN]
        assert (earlier < found.cost[rows, columns]).all()


def test_hand_computed_with_a_wall():
    values = np.array([[1.0, np.nan, 1.0], [1.0, np.nan, 1.0], [1.0, 3.0, 1.0]])
    cost = spread(Terrain(values, 10.0), seeds((0, 0))).cost
    # down twice, or down and diagonally through the gap of 3 minutes a metre
    gap = 10 + 10 * np.sqrt(2) * 2
    assert cost[2, 0] == pytest.approx(20)
    assert cost[2, 1] == pytest.approx(gap)
    assert cost[0, 2] == pytest.approx(gap + 10 * np.sqrt(2) * 2 + 10)
    assert np.isinf(cost[:2, 1]).all()


def test_a_diagonal_passes_between_corners_and_a_knight_does_not():
    corner = np.array([[1.0, np.nan], [np.nan, 1.0]])
    assert spread(Terrain(corner, 1.0), seeds((0, 0))).cost[1, 1] == pytest.approx(np.sqrt(2))
    river = np.array([[1.0, 1.0], [np.nan, np.nan], [1.0, 1.0]])
    assert np.isinf(spread(Terrain(river, 1.0, 16), seeds((0, 0))).cost[2]).all()


def test_a_knight_pays_a_quarter_of_each_cell_it_crosses():
    values = np.array([[1.0, 2.0, 9.0], [9.0, 4.0, 8.0]])
    found = spread(Terrain(values, 1.0, 16), seeds((0, 0))).cost[1, 2]
    assert found == pytest.approx(np.sqrt(5) * (1 + 2 + 4 + 8) / 4)


@pytest.mark.parametrize(("neighbours", "worst"), [(8, 0.0824), (16, 0.0275)])
def test_the_stated_error_of_direction_is_met_and_not_exceeded(neighbours, worst):
    side = 101
    found = spread(Terrain(np.ones((side, side)), 1.0, neighbours), seeds((50, 50))).cost
    rows, columns = np.mgrid[:side, :side] - 50
    straight = np.hypot(rows, columns)
    error = np.max(found[straight > 0] / straight[straight > 0]) - 1
    assert DIRECTION_ERROR[neighbours] == pytest.approx(worst, abs=1e-4)
    assert worst - 1e-3 < error <= DIRECTION_ERROR[neighbours] + 1e-9


def test_there_and_back_swap_on_a_slope():
    values, height = np.full((9, 9), 0.012), np.arange(81.0).reshape(9, 9)
    out = spread(Terrain(values, 10.0, 16, height), seeds((0, 0))).cost[8, 8]
    back = spread(Terrain(values, 10.0, 16, height, toward=True), seeds((8, 8))).cost[0, 0]
    other = spread(Terrain(values, 10.0, 16, height), seeds((8, 8))).cost[0, 0]
    assert out == pytest.approx(back, rel=1e-12)
    assert out != pytest.approx(other, rel=0.01)


@given(SURFACES, st.data())
@settings(max_examples=50)
def test_level_ground_is_the_same_both_ways(values, data):
    values[0, 0] = 1
    start = drawn(values, data, most=1)
    cost = spread(Terrain(values, 1.0, 16), start).cost
    far = np.argwhere(np.isfinite(cost))[-1]
    back = spread(Terrain(values, 1.0, 16), seeds(far)).cost[start[0][0], start[1][0]]
    assert back == pytest.approx(cost[tuple(far)], rel=1e-12)


def test_nine_orders_of_magnitude_go_over_the_heap():
    values = np.random.default_rng(3).uniform(1, 2, (60, 60))
    values[::7, ::5] = 1e-9
    values[3::11] = 1e5
    compiled, plain = both(Terrain(values, 1.0), seeds((30, 30)))
    np.testing.assert_allclose(compiled.cost, plain.cost, rtol=1e-12)


def test_the_queue_grows_when_it_is_full(monkeypatch):
    grown = []
    roomier = _fronts._roomier
    monkeypatch.setattr(_fronts, "_roomier", lambda queue: grown.append(1) or roomier(queue))
    monkeypatch.setattr(_fronts, "_ROOM", 20)
    values = np.random.default_rng(4).uniform(0.01, 1, (300, 300))
    edge = [(0, k) for k in range(300)] + [(k, 0) for k in range(1, 300)]
    found = spread(Terrain(values, 1.0, 16), seeds(*edge)).cost
    monkeypatch.undo()
    np.testing.assert_array_equal(found, spread(Terrain(values, 1.0, 16), seeds(*edge)).cost)
    assert grown or not _fronts.COMPILED


def test_the_first_of_equals_has_the_cell():
    found = spread(Terrain(np.ones((1, 5)), 1.0), seeds((0, 4), (0, 0)))
    assert found.origin.tolist() == [[1, 1, 0, 0, 0]]


def test_the_watcher_may_stop_it(monkeypatch):
    monkeypatch.setattr(_fronts, "_STEP", 100)

    def stop(share, text=""):  # noqa: ARG001
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spread(Terrain(np.ones((50, 50)), 1.0), seeds((0, 0)), progress=stop)


def test_the_front_stops_where_all_that_is_asked_for_is_reached(monkeypatch):
    monkeypatch.setattr(_fronts, "_SHORT", 50)
    values = np.ones((200, 200))
    near = place_of(np.array([0]), np.array([3]), values.shape)
    found = spread(Terrain(values, 1.0), seeds((0, 0)), until=near).cost
    assert found[0, 3] == 3
    assert np.isinf(found[-1, -1]) or not _fronts.COMPILED


def test_large_rasters_need_numba(monkeypatch):
    monkeypatch.setattr(_fronts, "COMPILED", False)
    monkeypatch.setattr(_fronts, "_GRAPH", 10)
    with pytest.raises(DependencyError, match=r"16 cells are too many without numba.*\[fast\]"):
        spread(Terrain(np.ones((4, 4)), 1.0), seeds((0, 0)))
