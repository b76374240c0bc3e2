"""Friction from land covers, slopes and roads; sums of rasters by territory."""

from __future__ import annotations

import importlib

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import Affine

from geoterritorio.errors import CRSError, DependencyError, GeoterritorioWarning, LayerError
from geoterritorio.layers.grids import Grid
from geoterritorio.proximity import friction as measure
from geoterritorio.proximity import tobler_speed
from geoterritorio.proximity.friction import LEVEL_SPEED, mean_steepness, slopes
from geoterritorio.proximity.tools import friction_surface, zonal_sums


def grid(values, cell=100.0, crs=25830):
    return Grid(np.asarray(values, dtype=np.float32), Affine(cell, 0, 6e5, 0, -cell, 4.4e6), crs)


def road(*places, **columns):
    line = shapely.LineString([(6e5 + x, 4.4e6 - y) for x, y in places])
    return gpd.GeoDataFrame({k: [v] for k, v in columns.items()}, geometry=[line], crs=25830)


SPEEDS = pd.DataFrame({"cover": [1, 2, 3], "speed": [5.0, 2.5, 0.0], "name": ["field", "wood", "water"]})


def test_tobler_is_the_published_table():
    """Speeds at slopes in degrees, as recomputed from Tobler (1993)."""
    slope = np.tan(np.radians([-20, -10, -5, -2.8624, 0, 5, 10, 20, 30]))
    known = [2.00, 3.86, 5.26, 6.00, 5.04, 3.71, 2.72, 1.41, 0.67]
    assert tobler_speed(slope).round(2).tolist() == known
    assert tobler_speed(-0.05) == 6
    assert tobler_speed(0) == pytest.approx(5.036742124615245, rel=1e-12)
    assert tobler_speed(0) == LEVEL_SPEED


@given(st.floats(0, 3))
def test_mean_over_directions_is_no_faster_than_level_ground_much(slope):
    mean = mean_steepness(slope)
    up, down = (LEVEL_SPEED / tobler_speed(s) for s in (slope, -slope))
    assert LEVEL_SPEED / 6 <= mean <= max(up, down) + 1e-12
    assert mean_steepness(0) == pytest.approx(1)


def test_slopes_are_those_of_a_plane():
    rows, columns = np.mgrid[:5, :6]
    height = 3.0 * columns + 4.0 * rows
    np.testing.assert_allclose(slopes(height, 100.0), 0.05)
    height[2, 2] = np.nan
    found = slopes(height, 100.0)
    np.testing.assert_allclose(np.delete(found.ravel(), 14), 0.05)


def test_covers_by_their_speeds():
    found = friction_surface(land_cover=grid([[1, 2, 3], [2, 1, np.nan]]), speeds=SPEEDS).friction
    expected = [[0.012, 0.024, np.nan], [0.024, 0.012, np.nan]]
    np.testing.assert_allclose(found.values, np.float32(expected))
    assert found.tags["unit"] == "minutes per metre"


def test_covers_in_blocks(monkeypatch):
    cover = grid(np.random.default_rng(1).integers(1, 4, (50, 40)))
    height = grid(np.random.default_rng(2).normal(0, 30, (50, 40)))
    whole = friction_surface(height, cover, speeds=SPEEDS).friction.values
    monkeypatch.setattr(measure, "_BLOCK", 120)
    np.testing.assert_array_equal(friction_surface(height, cover, speeds=SPEEDS).friction.values, whole)


def test_slopes_slow_the_walk():
    tilted = grid(np.arange(12).reshape(1, 12) * 10.0)
    found = friction_surface(tilted, speed=5).friction.values
    np.testing.assert_allclose(found, 0.012 * mean_steepness(0.1), rtol=1e-4)


def test_the_sea_is_impassable_but_for_bridges():
    height = grid([[0, 0, 5], [0, 0, 5]])
    bridge = road((50, 50), (250, 50), speed=60.0)
    found = friction_surface(height, None, bridge, sea_level=0).friction.values
    assert np.isnan(found[1, :2]).all()
    np.testing.assert_allclose(found[0], 0.001, rtol=1e-6)


def test_the_fastest_road_has_the_cell():
    flat = grid(np.zeros((3, 5)))
    slow, fast = road((50, 150), (450, 150), speed=30.0), road((250, 50), (250, 250), speed=90.0)
    for roads in (pd.concat([slow, fast]), pd.concat([fast, slow])):
        found = friction_surface(flat, None, roads, speed=5).friction.values
        assert found[1, 2] == pytest.approx(60 / 90e3)
        assert found[1, 0] == pytest.approx(60 / 30e3)
        assert found[0, 0] == pytest.approx(0.012)


def test_speeds_of_roads_from_minutes():
    roads = pd.concat(
        [road((0, 0), (1000, 0), minutes=1.0), road((0, 0), (1000, 0), minutes=1.0, length=2000.0)]
    )
    assert measure.road_speeds(roads).tolist() == pytest.approx([60, 120])


def test_roads_alone():
    found = friction_surface(roads=road((0, 0), (1000, 300), speed=50.0), speed=0, cell=100).friction
    assert found.cell == (100, 100)
    assert 0 < np.isfinite(found.values).mean() < 1


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, "nothing is given"),
        ({"roads": road((0, 0), (100, 0), speed=5.0)}, "Give it, in metres"),
        ({"roads": road((0, 0), (1e4, 1e4), speed=5.0), "cell": 0.1}, "Take larger ones"),
        ({"elevation": grid([[1.0, 2.0]]), "cell": 10}, "cells are those of elevation"),
        ({"elevation": grid([[1.0, 2.0]]), "speeds": SPEEDS}, "but no land cover"),
        ({"elevation": grid([[-1.0, -2.0]]), "sea_level": 0}, "no cell is passable"),
        ({"elevation": grid([[-1.0, -2.0]]), "sea_level": np.nan}, "sea_level: it is no number"),
        ({"elevation": grid([[1.0, 2.0]]), "road_speeds": SPEEDS}, "but no roads"),
        ({"land_cover": grid([[1, 2]])}, "no speeds are given"),
        (
            {"land_cover": grid([[1, 7, 7]]), "speeds": SPEEDS},
            r"without a speed in the table: “7” \(cells: 2\)",
        ),
        ({"land_cover": grid([[1, 2]]), "speeds": SPEEDS.assign(speed=-1)}, "infinite or below 0: 3 of 3"),
        ({"land_cover": grid([[1, 2]]), "speeds": pd.concat([SPEEDS, SPEEDS[:1]])}, "stand there twice: “1”"),
        (
            {"elevation": grid([[1, 2]]), "roads": road((0, 0), (9, 9), speed=np.nan)},
            r"1 of 1 have neither a time nor a speed.*speeds by class \(road_speeds\)",
        ),
        (
            {"elevation": grid([[1, 2]]), "roads": road((0, 0), (9, 9), minutes=0.0)},
            "1 of 1 have neither a time nor a speed",
        ),
        ({"elevation": grid([[1, 2]]), "roads": road((9e4, 0), (9e4, 9), speed=9.0)}, "crosses the raster"),
    ],
)
def test_refusals(asked, told):
    with pytest.raises(LayerError, match=told):
        friction_surface(**asked)


def test_degrees_are_refused():
    with pytest.raises(CRSError, match="in degrees"):
        friction_surface(Grid(np.ones((2, 2)), Affine(0.1, 0, 0, 0, -0.1, 40), "EPSG:4326"))


def test_closed_and_one_way_roads_are_told():
    flat, roads = grid(np.zeros((3, 5))), road((50, 150), (450, 150), speed=30.0, oneway="yes")
    with pytest.warns(GeoterritorioWarning, match="one-way, but open both ways on a raster: 1"):
        friction_surface(flat, None, roads)
    both = pd.concat([road((50, 150), (450, 150), speed=0.0), road((9e4, 150), (9e4, 450), speed=9.0)])
    with (
        pytest.warns(GeoterritorioWarning, match=r"closed \(speed 0\), and left out: 1 of 2"),
        pytest.raises(LayerError, match="no open road"),
    ):
        friction_surface(flat, None, both)
    with pytest.raises(LayerError, match="all 1 are closed"):
        friction_surface(flat, None, road((50, 150), (450, 150), speed=0.0))


def test_roads_by_class():
    flat = grid(np.zeros((3, 5)))
    roads = pd.concat(
        [
            road((50, 50), (450, 50), road_class="track"),
            road((50, 150), (450, 150), road_class="street"),
            road((50, 250), (450, 250), road_class="street", speed=90.0),
        ]
    )
    speeds = pd.DataFrame({"road_class": ["street", "track"], "speed": [30.0, 10.0]})
    found = friction_surface(flat, None, roads, road_speeds=speeds).friction.values
    assert found[:, 2].tolist() == pytest.approx([0.06 / 10, 0.06 / 30, 0.06 / 90])
    with pytest.raises(LayerError, match=r"1 of 3 have neither .* row 1.*Classes without speed: “track”"):
        friction_surface(flat, None, roads, road_speeds=speeds[:1])
    with pytest.raises(LayerError, match=r"2 of 3 have neither .* or give speeds by class"):
        friction_surface(flat, None, roads)
    with pytest.raises(LayerError, match="need the column “road_class”"):
        friction_surface(flat, None, roads.drop(columns="road_class"), road_speeds=speeds)


@pytest.mark.parametrize("speed", [-5.0, np.nan, np.inf, 1e300, 1e-300])
def test_no_speed_makes_friction_of_nothing(speed):
    cover, roads = grid([[1, 2, 3]]), road((50, 50), (450, 50), speed=9.0)
    for ground in ({"elevation": grid([[1.0, 2]])}, {"roads": roads, "cell": 100}):
        with pytest.raises(LayerError, match=r"speed: .* is no speed of 0 or more"):
            friction_surface(**ground, speed=speed)
    if not np.isnan(speed):
        with pytest.raises(LayerError, match="infinite or below 0: 3 of 3"):
            friction_surface(None, cover, speeds=SPEEDS.assign(speed=speed))
    with pytest.raises(LayerError, match="roads: 1 of 1"):
        friction_surface(None, cover, roads.assign(speed=speed), speeds=SPEEDS)


@pytest.mark.parametrize("cell", [-10.0, 0.0, np.nan, np.inf])
def test_cells_have_a_size(cell):
    with pytest.raises(LayerError, match=r"cell: .* is no length above 0"):
        friction_surface(roads=road((50, 50), (450, 50), speed=9.0), cell=cell)


@pytest.fixture
def exact():
    pytest.importorskip("exactextract", reason="exactextract is not installed")


@pytest.fixture
def areas():
    shapes = [shapely.box(6e5, 4.3998e6, 600_150, 4.4e6), shapely.box(600_150, 4.3998e6, 600_500, 4.4e6)]
    return gpd.GeoDataFrame({"territory": ["a", "b"], "name": ["A", "B"]}, geometry=shapes, crs=25830)


@pytest.mark.usefixtures("exact")
def test_sums_by_the_share_of_each_cell(areas):
    with pytest.warns(GeoterritorioWarning, match="only in part: 1; not at all: 0"):
        found = zonal_sums(grid([[1, 2, 3, np.nan], [5, 6, 7, 8]]), areas)
    assert found["sum"].tolist() == pytest.approx([1 + 5 + 1 + 3, 1 + 3 + 3 + 7 + 8])
    assert found["cells"].tolist() == pytest.approx([3, 4])
    assert found["mean"].tolist() == pytest.approx([10 / 3, 22 / 4])
    assert found["covered"].tolist() == pytest.approx([1, 4 / 7])
    assert found["nodata"].tolist() == pytest.approx([0, 1 / 7])
    assert found["outside"].tolist() == pytest.approx([0, 2 / 7])
    assert found.crs == areas.crs
    assert found["name"].tolist() == ["A", "B"]


@pytest.mark.usefixtures("exact")
def test_sums_of_parts_are_those_of_the_whole(areas):
    values = grid(np.random.default_rng(1).uniform(0, 9, (2, 5)))
    parts = zonal_sums(values, areas)
    whole = gpd.GeoDataFrame({"territory": ["ab"]}, geometry=[areas.union_all()], crs=25830)
    assert parts["sum"].sum() == pytest.approx(values.values.sum(dtype=float))
    assert zonal_sums(values, whole)["sum"][0] == pytest.approx(parts["sum"].sum())


@pytest.mark.parametrize("across", [0, 6e-11, 1.2e-10, 1e-9, 1e-7, 1e-3])
def test_a_corner_just_across_a_side_counts_no_whole_cell(across):
    corners = [(100 + across, 500), (0, 400), (0, 500)]
    area = shapely.Polygon([(6e5 + x, 4.4e6 - 2000 + y) for x, y in corners])
    areas = gpd.GeoDataFrame({"territory": ["a"]}, geometry=[area], crs=25830)
    assert zonal_sums(grid(np.ones((20, 20))), areas)["sum"][0] == pytest.approx(0.5, abs=1e-4)


@pytest.mark.usefixtures("exact")
def test_where_nothing_is_known_nothing_is_summed(areas):
    values = np.ones((2, 5))
    values[:, :2] = np.nan
    with pytest.warns(GeoterritorioWarning, match="not at all: 1"):
        found = zonal_sums(grid(values), areas)
    assert found["sum"].isna().tolist() == [True, False]
    assert found["mean"].isna().tolist() == [True, False]
    assert found["nodata"][0] == 1


@pytest.mark.usefixtures("exact")
def test_points_and_degrees(areas):
    with pytest.raises(LayerError, match="not polygons: 2"):
        zonal_sums(grid([[1.0, 2.0]]), areas.set_geometry(areas.centroid))
    degrees = Grid(np.ones((20, 20), np.float32), Affine(0.01, 0, -1.9, 0, -0.01, 39.8), "EPSG:4326")
    with (
        pytest.warns(GeoterritorioWarning, match="reprojected"),
        pytest.warns(GeoterritorioWarning, match="in degrees"),
    ):
        assert zonal_sums(degrees, areas)["mean"].tolist() == [1, 1]


def test_without_exactextract(monkeypatch, areas):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(DependencyError, match="pip install exactextract"):
        zonal_sums(grid([[1.0, 2.0]]), areas)
