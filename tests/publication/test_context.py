"""What lies around the territories: small, grey, beneath everything, pressed by nobody, and named."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoterritorio.errors import CRSError, LayerError
from geoterritorio.publication import Context, quotient_layer, territory_map
from geoterritorio.publication.webmap import codec
from geoterritorio.publication.webmap.context import MOST, context_block

NAME = {"en": "Coast", "es": "Costa"}
# colour and opacity of a pixel of what lies around, at a share of the first map's width and height
GREY = """([x, y]) => {
    const box = document.querySelector('#map').getBoundingClientRect();
    const canvas = document.querySelector('#map .leaflet-around-pane canvas');
    const own = canvas.getBoundingClientRect();
    const scale = canvas.width / own.width;
    const at = [box.x + box.width * x - own.x, box.y + box.height * y - own.y];
    return [...canvas.getContext('2d').getImageData(at[0] * scale, at[1] * scale, 1, 1).data];
}"""
VIEW = (0.0, 40.0, 0.3, 40.3)


def rough(a, b, n: int = 40_000) -> np.ndarray:
    """A line with far more vertices than anybody sees."""
    rng = np.random.default_rng(5)
    s = np.linspace(0, 1, n)[:, None]
    line = (1 - s) * np.array(a) + s * np.array(b)
    line[1:-1] += rng.normal(0, 0.00005, (n - 2, 2))
    return line


@pytest.fixture(scope="module")
def land() -> gpd.GeoDataFrame:
    """Land that reaches from the west over half of the map, in metres, with a column that is nobody's business."""
    coast = rough((0.2, 38.0), (0.2, 42.0))
    shape = shapely.Polygon([*coast, (-9, 42), (-9, 38)])
    return gpd.GeoDataFrame({"secret": ["SECRET"]}, geometry=[shape], crs=4326).to_crs(25830)


@pytest.fixture(scope="module")
def around(towns, quotients, land, tmp_path_factory):
    path = tmp_path_factory.mktemp("around") / "map.html"
    layer = quotient_layer(towns, quotients, name="Towns")
    territory_map(towns, layer, title="Towns", context=Context(land, NAME)).save(path)
    return path


def test_a_coast_is_cut_to_what_is_near_and_no_finer_than_can_be_seen(land):
    block = context_block(Context(land, NAME), VIEW, 0.15)
    assert len(block) <= MOST
    columns, _ = codec.unpack(block)
    assert 50 < len(columns["x"]) < 10_000
    x, y = np.asarray(columns["x"]), np.asarray(columns["y"])
    assert x.min() >= -0.7
    assert y.min() >= 39.3
    assert y.max() <= 41.0
    near = (y > 40) & (y < 40.3) & (x > 0)
    assert np.abs(x[near] - 0.2).max() < 0.01


def test_a_coast_finer_than_the_room_that_it_has_is_drawn_more_coarsely():
    rng = np.random.default_rng(1)
    at = rng.uniform((0, 40), (0.3, 40.3), (40_000, 2))
    islands = gpd.GeoDataFrame(geometry=shapely.buffer(shapely.points(at), 0.0006, quad_segs=3), crs=4326)
    roads = gpd.GeoDataFrame(geometry=[shapely.LineString(rough((0, 40), (0.3, 40.3)))], crs=4326)
    assert len(context_block(Context(roads, "x"), VIEW, 0.15)) <= MOST
    assert len(context_block(Context(islands.iloc[:100], "x"), VIEW, 0.15)) <= MOST


def test_lines_are_drawn_there_and_back():
    ways = [[(0, 40), (0.1, 40.2), (0.3, 40.3)], [(0, 40.1), (0.3, 40.1)]]
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString(way) for way in ways], crs=4326)
    columns, texts = codec.unpack(context_block(Context(lines, NAME), VIEW, 0.15))
    assert texts["kind"] == "area"
    seen = {(round(x, 2), round(y, 2)) for x, y in zip(columns["x"], columns["y"], strict=True)}
    assert {at for way in ways for at in way} <= seen
    assert len(columns["sizes"]) == 2


def test_it_lies_beneath_everything_and_is_pressed_by_nobody(opened, around):
    seen = opened(around, size=(1280, 800))
    page = seen.page
    seen.clean(around)
    grey = page.evaluate(GREY, [0.03, 0.53])
    assert 0 < grey[3] < 128, "the ground shines through"
    assert max(grey[:3]) - min(grey[:3]) < 30
    assert page.evaluate(GREY, [0.97, 0.53])[3] < 20, "the sea"
    order = page.evaluate(
        """() => ['around', 'ground', 'overlay', 'mark'].map((name) =>
            +getComputedStyle(document.querySelector('#map .leaflet-' + name + '-pane')).zIndex)"""
    )
    assert order == sorted(order)
    assert order[0] < 200, "tiles cover it"
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + 0.03 * box["width"], box["y"] + 0.53 * box["height"])
    assert not page.locator("#card").is_visible()
    assert not page.locator(".leaflet-popup").is_visible()


def test_the_legend_and_what_is_printed_name_it_in_the_readers_language(opened, around):
    page = opened(around, "#lang=es").page
    assert page.locator("#context").inner_text() == "En gris: Costa"
    page.click("#lang [lang=en]")
    assert page.locator("#context").inner_text() == "In grey: Coast"
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert "In grey: Coast" in page.locator("#pages .told").text_content()
    greys = page.locator('#pages section > svg path[fill="#8d959b"]')
    assert greys.count() == 1
    first = """() => [...document.querySelectorAll('#pages section > svg > path')]
        .findIndex((path) => path.getAttribute('fill') === '#8d959b')"""
    others = first.replace("=== '#8d959b'", ".match(/^url|^#(?!8d959b)/)")
    assert page.evaluate(first) < page.evaluate(others), "beneath the others"


def test_no_column_of_it_is_in_the_file(around):
    text = around.read_text(encoding="utf-8")
    assert "SECRET" not in text
    for block in re.findall(r'octet-stream" id="data-\d">([^<]*)<', text):
        assert "SECRET" not in str(codec.unpack(block))


def test_by_night_what_lies_around_does_not_glare(opened, around):
    light = (
        "(node) => Math.max(...getComputedStyle(node).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))"
    )
    for given, low, high in (({}, 220, 255), ({"color_scheme": "dark"}, 0, 60)):
        seen = opened(around, "#layer2=0", **given)
        for box in ("#map", "#map2"):
            assert low <= seen.page.locator(box).evaluate(light) <= high
        part = "() => getComputedStyle(document.querySelector('.leaflet-around-pane')).opacity"
        assert (float(seen.page.evaluate(part)) < 1) == bool(given)


def test_a_map_without_it_names_nothing(opened, map_file):
    assert opened(map_file).page.locator("#context").inner_text() == ""


@pytest.mark.parametrize(
    ("rows", "error", "told"),
    [
        (gpd.GeoDataFrame(geometry=[shapely.Point(0, 40)], crs=4326), LayerError, "not Point"),
        (gpd.GeoDataFrame(geometry=[], crs=4326), LayerError, "not –"),
        (gpd.GeoDataFrame(geometry=[shapely.box(0, 40, 1, 41)]), CRSError, "states no CRS"),
        (None, LayerError, "polygons or lines"),
    ],
)
def test_what_cannot_be_drawn_is_refused(towns, rows, error, told):
    with pytest.raises(error, match=told):
        territory_map(towns, context=Context(rows, NAME))
