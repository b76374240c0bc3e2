from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Point, box

from geoterritorio.layers.assignment import assign, locate


def towns(names: list[str], boxes: list[tuple[float, float, float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"territory": names}, geometry=[box(*b) for b in boxes])


def by_rule(points: gpd.GeoSeries, layer: gpd.GeoDataFrame) -> list[str | None]:
    """The stated rule, point by point."""
    return [min(layer.loc[layer.intersects(p), "territory"], default=None) if p else None for p in points]


def test_points_follow_the_rule_on_a_random_layer_with_overlaps_and_borders():
    rng = np.random.default_rng(3)
    corner = rng.integers(0, 8, (40, 2))
    size = rng.integers(1, 4, (40, 2))
    names = [f"t{k}" for k in rng.permutation(40)]
    layer = towns(names, np.hstack([corner, corner + size]).tolist())
    # Half coordinates fall on borders and corners as often as inside.
    points = gpd.GeoSeries(gpd.points_from_xy(*(rng.integers(-2, 24, (2, 1500)) / 2)))
    found = assign(points, layer)
    expected = by_rule(points, layer)
    assert [None if pd.isna(t) else t for t in found.territory] == expected
    inside = np.array([layer.contains(p).sum() for p in points])
    touched = np.array([layer.intersects(p).sum() for p in points])
    assert found.outside == (touched == 0).sum()
    assert found.several == (inside > 1).sum()
    assert found.on_border == ((touched > 1) & (inside < 2)).sum()


def test_agrees_with_geopandas_inside_wiggly_cells():
    rng = np.random.default_rng(1)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(rng.uniform(0, 100, (60, 2)))))
    layer = gpd.GeoDataFrame({"territory": [f"{k:02d}" for k in range(60)]}, geometry=cells)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*rng.uniform(-20, 120, (2, 5000))))
    joined = gpd.sjoin(points, layer, predicate="intersects").sort_values("territory")
    peer = joined[~joined.index.duplicated()]["territory"].reindex(points.index)
    pd.testing.assert_series_equal(assign(points, layer).territory, peer, check_names=False)


def test_bands_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 10, (2, 3000))
    polygons = np.array([box(i, j, i + 1, j + 1) for i in range(10) for j in range(10)])
    whole = locate(x, y, polygons)
    monkeypatch.setattr("geoterritorio.layers.assignment._BAND", 70)
    np.testing.assert_array_equal(locate(x, y, polygons), whole)
    np.testing.assert_array_equal(whole, np.floor(x).astype(int) * 10 + np.floor(y).astype(int))


def test_index_is_kept_and_missing_points_are_outside():
    points = gpd.GeoSeries([Point(0.5, 0.5), None, Point(), Point(3, 3)], index=["d", "c", "b", "a"])
    found = assign(points, towns(["A"], [(0, 0, 1, 1)]))
    assert found.territory.index.tolist() == ["d", "c", "b", "a"]
    assert found.territory.isna().tolist() == [False, True, True, True]
    assert found.position.dtype == np.int32
    assert found.position.tolist() == [0, -1, -1, -1]
    assert found.outside == 3


def test_empty_layers():
    layer = towns(["A"], [(0, 0, 1, 1)])
    none = assign(gpd.GeoSeries([], dtype="geometry"), layer)
    assert (len(none.territory), none.outside) == (0, 0)
    nowhere = assign(gpd.GeoSeries([Point(0, 0)]), layer.iloc[:0])
    assert nowhere.outside == 1
    assert nowhere.territory.isna().all()


@pytest.mark.parametrize(
    ("snap", "expected"), [(0, [None, None, None]), (1, ["B", "A", None]), (10, ["B", "A", "B"])]
)
def test_snap_takes_the_nearest_and_the_first_of_equals(snap, expected):
    layer = towns(["B", "A"], [(0, 0, 2, 2), (3, 0, 5, 2)])
    points = gpd.GeoSeries([Point(-0.5, 1), Point(2.5, 1), Point(-5, 1)])
    found = assign(points, layer, snap=snap)
    assert [None if pd.isna(t) else t for t in found.territory] == expected
    assert found.snapped == sum(t is not None for t in expected)
    assert found.outside == 3 - found.snapped


def test_inputs_are_untouched_and_progress_may_cancel():
    layer, points = towns(["B", "A"], [(0, 0, 2, 2), (2, 0, 4, 2)]), gpd.GeoSeries([Point(1, 1)])
    before = layer.copy()
    seen: list[float] = []
    assign(points, layer, progress=lambda fraction, _text="": seen.append(fraction))
    assert seen[-1] == 1
    assert layer.equals(before)

    def cancel(_fraction: float, _text: str = "") -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        assign(points, layer, progress=cancel)
