"""What goes into a block comes out of it, and borders keep their shape."""

from __future__ import annotations

import json
import shutil
import subprocess

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, box

from geoterritorio.publication.webmap import codec
from geoterritorio.publication.webmap.page import asset


def polygons(lines: codec.Outlines) -> list[shapely.Geometry]:
    """Even-odd reading of the rings, as the page fills them."""
    vertex = ring = 0
    out = []
    for count in lines.rings:
        shape = shapely.Polygon()
        for _ in range(int(count)):
            size = int(lines.sizes[ring])
            at = slice(vertex, vertex + size)
            shape = shape.symmetric_difference(
                Polygon(np.column_stack([lines.x[at], lines.y[at]]) / lines.scale)
            )
            vertex, ring = vertex + size, ring + 1
        out.append(shape)
    return out


@given(
    hnp.arrays(
        np.float64,
        st.integers(0, 60),
        elements=st.one_of(st.floats(-1e6, 1e6), st.just(np.nan), st.just(np.inf)),
    ),
    st.sampled_from([1, 10, 100, 1000]),
)
def test_numbers_come_back_on_their_grid(values, scale):
    columns, texts = codec.unpack(codec.pack({"v": codec.Column(values, scale)}, {"t": ["é", "</script>"]}))
    assert texts == {"t": ["é", "</script>"]}
    np.testing.assert_array_equal(np.isnan(columns["v"]), np.isnan(values))
    np.testing.assert_array_equal(np.isinf(columns["v"]), np.isinf(values))
    known = np.isfinite(values)
    np.testing.assert_allclose(columns["v"][known], values[known], atol=0.5 / scale + 1e-9, rtol=0)


@given(hnp.arrays(np.int64, st.integers(0, 60), elements=st.integers(-(10**7), 10**7)))
def test_differences_lose_nothing(steps):
    columns, _ = codec.unpack(codec.pack({"x": codec.Column(steps / 1e4, 10_000, delta=True)}, {}))
    np.testing.assert_array_equal(np.round(columns["x"] * 1e4).astype(int), steps)


@given(hnp.arrays(np.float64, 20, elements=st.floats(-1e5, 1e5)))
def test_block_holds_nothing_html_could_read(values):
    block = codec.pack({"v": codec.Column(values, 1000)}, {"name": "<script>{{ 7*7 }}"})
    assert set(block) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


def test_page_reads_what_python_writes(tmp_path, needs):
    node = shutil.which("node")
    needs(node, "no node on the path")
    values = np.array([0.0, -3.2, np.nan, np.inf, 70000.125, -1e6])
    block = codec.pack(
        {"v": codec.Column(values, 1000), "d": codec.Column([5, 3, 9], 10, delta=True)}, {"n": ["ñ"]}
    )
    script = tmp_path / "read.mjs"
    script.write_text(
        asset("assets/codec.js")
        + f"\nconst {{columns, texts}} = await GT.codec.unpack('{block}');"
        + "console.log(JSON.stringify([Array.from(columns.v, String), Array.from(columns.d), texts]));",
        encoding="utf-8",
    )
    out = json.loads(subprocess.run([node, script], capture_output=True, check=True, text=True).stdout)
    assert out[0] == ["0", "-3.2", "NaN", "Infinity", "70000.125", "-1000000"]
    assert out[1:] == [[5, 3, 9], {"n": ["ñ"]}]


def test_holes_and_parts_survive():
    shape = MultiPolygon([box(0, 0, 4, 4).difference(box(1, 1, 2, 2)), box(10, 0, 11, 1)])
    lines = codec.outlines(np.array([shape, box(4, 0, 5, 4)], dtype=object), 5.0)
    back = polygons(lines)
    assert lines.rings.tolist() == [3, 1]
    assert back[0].symmetric_difference(shape).area < 1e-6
    assert back[1].symmetric_difference(box(4, 0, 5, 4)).area < 1e-6
    np.testing.assert_allclose(lines.bounds, [[0, 0, 11, 4], [4, 0, 5, 4]])


@given(st.integers(3, 40), st.floats(0.05, 2.0), st.floats(-170, 170), st.floats(-70, 70))
def test_borders_move_less_than_the_grain(corners, radius, x, y):
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    shape = Polygon(np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)]))
    lines = codec.outlines(np.array([shape], dtype=object), x)
    assert shapely.hausdorff_distance(polygons(lines)[0], shape) <= 1 / lines.scale


def test_repeated_grid_points_go_and_tiny_territories_stay():
    speck = box(0, 0, 1e-7, 1e-7)
    wiggly = Polygon([(1, 1), (1.0000001, 1), (2, 1), (2, 2), (1, 2), (1, 1.0000001)])
    lines = codec.outlines(np.array([speck, wiggly], dtype=object), 1.0)
    assert lines.rings.tolist() == [1, 1]
    assert lines.sizes.tolist() == [1, 4]


def test_territory_cut_by_the_antimeridian_is_one_piece():
    cut = MultiPolygon([box(-180, 50, -130, 70), box(178, 51, 180, 53)])
    lines = codec.outlines(np.array([cut], dtype=object), -100.0)
    np.testing.assert_allclose(lines.bounds, [[-182, 50, -130, 70]])


def test_ring_drawn_across_the_antimeridian_is_unwound():
    across = Polygon([(175, 0), (-175, 0), (-175, 5), (175, 5)])
    lines = codec.outlines(np.array([across], dtype=object), 180.0)
    np.testing.assert_allclose(lines.bounds, [[175, 0, 185, 5]])
    assert polygons(lines)[0].area == pytest.approx(50)


def test_whole_territories_move_to_the_side_of_the_rest():
    guam = box(144.6, 13.2, 145.0, 13.7)
    lines = codec.outlines(np.array([guam], dtype=object), -98.0)
    np.testing.assert_allclose(lines.bounds, [[-215.4, 13.2, -215.0, 13.7]])


def test_no_polygons_no_rings():
    lines = codec.outlines(np.array([], dtype=object), 0.0)
    assert len(lines.x) == len(lines.rings) == len(lines.bounds) == 0


def test_view_leaves_far_islands_out_only_where_that_pays():
    mainland = [shapely.bounds(box(k, 40, k + 1, 50)) for k in range(20)]
    island = shapely.bounds(box(-60, 10, -59, 11))
    bounds = np.array([*mainland, island])
    assert codec.bulk(bounds, [1.0] * 20 + [0.1]) == (0, 40, 20, 50)
    heavy = codec.bulk(bounds, [1.0] * 21)
    assert heavy == (-60, 10, 20, 50)
    near = np.array([*mainland, shapely.bounds(box(-1, 40, 0, 41))])
    assert codec.bulk(near, [1.0] * 20 + [0.1]) == (-1, 40, 20, 50)


@given(st.floats(-180, 180), st.floats(-720, 720))
def test_longitudes_keep_their_place(centre, longitude):
    moved = codec.around(np.array([longitude]), centre)[0]
    assert abs(moved - centre) <= 180 + 1e-9
    assert (moved - longitude) / 360 == pytest.approx(round((moved - longitude) / 360), abs=1e-9)


def test_rotating_the_globe_rotates_the_outlines():
    shapes = np.array([box(0, 0, 2, 2), box(2, 0, 4, 3)], dtype=object)
    turned = np.array([affinity.translate(s, 178) for s in shapes], dtype=object)
    here, there = codec.outlines(shapes, 2.0), codec.outlines(turned, 180.0)
    np.testing.assert_array_equal(there.x - 178 * there.scale, here.x)
    assert gpd.GeoSeries(polygons(here)).area.tolist() == pytest.approx([4, 6])
