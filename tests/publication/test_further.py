"""A layer of doubtful rows, and of any other points and areas: what it holds and what its controls do."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from urllib.parse import parse_qs

import geopandas as gpd
import pytest
import shapely

from geoterritorio.errors import CRSError, LayerError
from geoterritorio.publication import further_layer, quotient_layer, territory_map
from geoterritorio.publication.webmap import codec, further

PHONE = {"size": (360, 740), "is_mobile": True, "has_touch": True}
WHY = "They are invented."
HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}"
LABELS = {
    "outside": {"en": "Outside", "es": "Fuera"},
    "no_sector": {"en": "No sector", "es": "Sin sector"},
    "never": "Never",
}


def rows() -> gpd.GeoDataFrame:
    """Two on the middle of the map, one west of it, one far off, one without a place."""
    return gpd.GeoDataFrame(
        {
            "firm": ["A1", "A2", HOSTILE, "A4", "A5"],
            "sector": ["15.2", None, "13.1", "13.1", None],
            "sector_name": ["Footwear", None, HOSTILE, "Yarn", None],
            "employment": [424242.0] * 5,
            "problems": ["no_sector; outside", "no_sector", "mine", "outside", "outside"],
        },
        geometry=[*shapely.points([(0.15, 40.15)] * 2), *shapely.points([(0.05, 40.15), (20, 50)]), None],
        crs=4326,
    )


def test_block_holds_identifier_sector_and_problems_and_no_more():
    layer = further_layer(rows(), name="Doubtful", kinds="problems", labels=LABELS)
    columns, texts = codec.unpack(layer.block())
    assert texts["ids"] == ["A1", "A2", HOSTILE, "A4"]
    assert texts["titles"] == ["", "", "", ""]
    assert texts["sectors"] == ["15.2 Footwear", f"13.1 {HOSTILE}", "13.1 Yarn"]
    assert [kind["es"] for kind in layer.kinds] == ["Fuera", "Sin sector", "mine"]
    assert columns["kinds"].tolist() == [3, 2, 4, 1]
    assert set(columns) == {"kinds", "sector"}
    assert layer.total == 5


def test_projected_rows_come_in_degrees_and_the_input_stays():
    given = rows().to_crs(3857)
    before = given.copy()
    layer = further_layer(given, name="x")
    assert shapely.get_x(layer.places.shapes) == pytest.approx([0.15, 0.15, 0.05, 20])
    assert layer.kinds == ()
    assert given.equals(before)


def test_more_points_than_a_browser_takes_are_counted(monkeypatch):
    monkeypatch.setattr(further, "MOST", 2)
    layer = further_layer(rows(), name="x", kinds="problems")
    assert (len(layer.places.ids), layer.total) == (2, 5)


def test_what_cannot_be_drawn_is_refused():
    line = rows().assign(geometry=shapely.LineString([(0, 0), (1, 1)]))
    with pytest.raises(LayerError, match="polygons or points"):
        further_layer(line, name="x")
    with pytest.raises(LayerError, match="lack the column"):
        further_layer(rows(), name="x", kinds="absent")
    with pytest.raises(CRSError):
        further_layer(rows().set_crs(None, allow_override=True), name="x")
    with pytest.raises(LayerError, match="territory_map"):
        further_layer(rows(), name="x").render()


@pytest.fixture
def file(towns, quotients, tmp_path):
    layers = [
        quotient_layer(towns, quotients, name="Towns"),
        further_layer(
            rows(), name={"en": "Doubtful", "es": "Dudosos"}, kinds="problems", labels=LABELS, why_shown=WHY
        ),
        further_layer(towns.iloc[:2], name="Cells"),
    ]
    path = tmp_path / "map.html"
    territory_map(towns, *layers).save(path)
    return path


def test_layer_is_off_until_ticked_and_its_legend_counts_and_hides(opened, file):
    seen = opened(file)
    page = seen.page
    boxes = page.locator("#further input")
    assert page.locator("#further label").all_text_contents() == ["Doubtful (5)", "Cells (2)"]
    assert not boxes.first.is_checked()
    assert page.locator("#further .key").count() == 0
    assert not page.locator("#beyond").is_visible()
    boxes.first.check()
    assert page.evaluate("() => document.activeElement.type") == "checkbox"
    keys = page.locator("#further .key")
    assert keys.locator(".name").all_text_contents() == ["Outside", "No sector", "mine"]
    assert keys.locator(".count").all_text_contents() == ["2", "2", "1"]
    assert "Not on the map: 1" in seen.text("#further")
    assert "One row may count under several headings" in seen.text("#further")
    assert "further=0" in page.url
    assert seen.text("#beyond") == "Areas and points outside the first view: 1. Show all"
    keys.first.click()
    assert keys.first.get_attribute("aria-pressed") == "false"
    assert not page.locator("#beyond").is_visible()
    page.click("#lang [lang=es]")
    assert keys.first.locator(".name").text_content() == "Fuera"
    boxes.first.uncheck()
    assert keys.count() == 0
    boxes.nth(1).check()
    assert "further=1" in page.url
    seen.clean(file)


def test_points_open_by_keyboard_and_by_pointer(opened, file):
    seen = opened(file, "#further=0&view=40.15,0.15,11")
    page = seen.page
    page.focus("#map")
    page.keyboard.press("Enter")
    # the last of those on one point is on top or not: both are told
    told = seen.text(".entry")
    for part in ("A1", "15.2 Footwear", "Outside", "No sector", "A2", "1 more on this point"):
        assert part in told
    assert "424242" not in page.content()
    assert seen.text("#live")
    assert not page.locator("#card").is_visible()
    page.click(".entry .close")
    page.locator(".entry").wait_for(state="detached")
    page.click("#beyond")
    page.wait_for_timeout(600)
    longitude = float(parse_qs(page.url.partition("#")[2])["view"][0].split(",")[1])
    assert 5 < longitude < 15
    seen.clean(file)


def test_hostile_rows_are_shown_literally(opened, towns, quotients, tmp_path):
    bad = rows().iloc[[2]].set_geometry(shapely.points([(0.15, 40.15)]))
    layer = further_layer(
        bad.assign(problems=HOSTILE, name=HOSTILE), name=HOSTILE, kinds="problems", why_shown=WHY
    )
    path = tmp_path / "map.html"
    territory_map(towns, quotient_layer(towns, quotients, name="x"), layer).save(path)
    seen = opened(path, "#further=0&view=40.15,0.15,11")
    assert seen.text("#further .name") == HOSTILE
    assert seen.text("#further label") == f"{HOSTILE} (1)"
    # Rows of one kind cannot count under several.
    assert seen.page.locator("#further .hint").count() == 0
    seen.page.focus("#map")
    seen.page.keyboard.press("Enter")
    assert seen.text(".entry strong") == HOSTILE
    assert seen.page.locator("img[src=x]").count() == 0
    seen.clean(path)


@pytest.mark.parametrize("size", [(1400, 900), (390, 800)])
def test_no_accessibility_violations(opened, file, needs, size):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    seen = opened(file, "#further=0,1&lang=es&view=40.15,0.15,11", size=size, bypass_csp=True)
    seen.page.focus("#map")
    seen.page.keyboard.press("Enter")
    seen.page.locator(".entry").wait_for()
    results = axe.Axe().run(seen.page).response
    found = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in results["violations"]]
    assert found == []


def test_zero_has_its_own_class(opened, towns, tmp_path, quotients):
    table = quotients.assign(lq=quotients["lq"].where(quotients["territory"] != "000", 0.0))
    path = tmp_path / "zero.html"
    territory_map(towns, quotient_layer(towns, table, name="x")).save(path)
    seen = opened(path)
    row = seen.page.locator("#classes button").filter(has_text="none of the sector")
    assert row.locator(".count").text_content() == "1"
    # a known zero is no gap: it keeps its figure in the table
    seen.page.click("#table-button")
    line = seen.page.locator("#table tbody tr").filter(has_text="Ávila")
    assert line.locator("td").first.text_content() == "0.00"
    seen.clean(path)


def test_names_are_told_beside_numbers_and_outlines_differ(opened, towns, quotients, tmp_path):
    told = towns.assign(market=["Vale"] * 5 + [None] * 4, kept=0.5)
    look = further.Look({"market": {"en": "Market", "es": "Mercado"}, "kept": "Stays"})
    first, second = (further_layer(told, name=name, look=look) for name in ("One", "Two"))
    columns, texts = codec.unpack(first.block())
    assert texts["words"] == {"0": ["Vale"]}
    assert columns["fact0"][:5].tolist() == [0.0] * 5
    made = territory_map(towns, quotient_layer(towns, quotients, name="Towns"), first, second)
    path = tmp_path / "map.html"
    made.save(path)
    assert [layer["colours"][0] for layer in made.page.further] == list(further.COLOURS[:2])
    seen = opened(path, "#further=0,1")
    assert seen.page.locator("#further rect").count() == 2
    assert {seen.page.locator("#further rect").nth(k).get_attribute("rx") for k in range(2)} == {None}
    seen.page.focus("#map")
    seen.page.keyboard.press("Enter")
    assert "Market: Vale" in seen.text(".entry")
    assert "Stays: 0.5" in seen.text(".entry")
    seen.clean(path)


def test_a_map_of_further_layers_alone_opens_with_the_first(opened, towns, tmp_path):
    path = tmp_path / "map.html"
    territory_map(towns, further_layer(towns, name="One"), further_layer(towns, name="Two")).save(path)
    seen = opened(path)
    boxes = seen.page.locator("#further input")
    assert [boxes.nth(k).is_checked() for k in range(2)] == [True, False]
    seen.clean(path)


def test_kinds_beyond_those_a_page_can_tell_apart_share_the_last_heading():
    rows = gpd.GeoDataFrame(
        {"code": [str(k) for k in range(40)]}, geometry=gpd.points_from_xy(range(40), range(40)), crs=4326
    )
    labels = {str(k): {"en": f"up to {k}", "es": f"hasta {k}"} for k in range(40)}
    layer = further_layer(rows, name="Budgets", kinds="code", labels=labels)
    assert len(layer.kinds) == 31
    assert layer.kinds[-1] == {"en": "10 others", "es": "otros 10"}
    assert layer.table["kinds"].tolist() == [2 ** min(k, 30) for k in range(40)]


def test_a_layer_that_is_ticked_on_a_phone_is_seen(opened, towns, quotients, tmp_path):
    path = tmp_path / "map.html"
    territory_map(
        towns,
        quotient_layer(towns, quotients, name="x"),
        further_layer(rows(), name="Doubtful", why_shown=WHY),
    ).save(path)
    page = opened(path, **PHONE).page
    page.locator("#further input").tap()
    page.wait_for_timeout(300)
    box = page.locator("#stage").bounding_box()
    assert box["y"] >= -1
    assert box["y"] + box["height"] <= 741
    assert page.title() == "Location quotients"
    territory_map(towns, further_layer(rows(), name="Doubtful", why_shown=WHY)).save(path)
    assert opened(path).page.title() == "Map"
