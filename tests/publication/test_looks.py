"""How the map shares out its room, on screens of any size, by day and by night, and on paper."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from importlib import import_module
from importlib.util import find_spec

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.publication import (
    Look,
    StoryView,
    flow_layer,
    further_layer,
    history_layer,
    quotient_layer,
    territory_map,
)

PHONE = {"size": (360, 740), "is_mobile": True, "has_touch": True}
PRINT = "() => dispatchEvent(new Event('beforeprint'))"
# lightness of a colour, 0 to 255, as the eye weighs it
SHADE = """(node, name) => {
    const [r, g, b] = getComputedStyle(node)[name].match(/[\\d.]+/g).map(Number);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}"""
SVG = "{http://www.w3.org/2000/svg}"
PATH = "#5f4b8b"


@pytest.fixture(scope="module")
def full(towns, quotients, tmp_path_factory):
    """Quotients, boundaries through time, flows of very different size, a filled layer, points, a story."""
    ids = towns["territory"]
    flows = pd.DataFrame({"origin": ids[1:], "destination": ids[0], "flow": 4.0 * 3.0 ** np.arange(8)})
    versions = towns.assign(valid_from=["1990"] * 8 + ["2001"], valid_to=None)
    points = towns.assign(geometry=shapely.centroid(towns.geometry.array))
    grade = towns.assign(grade="high")
    layers = [
        quotient_layer(towns, quotients, name="Towns"),
        history_layer(versions, name="Then"),
        flow_layer(towns, flows, name="Commuters of all these towns, by where they live and work"),
        further_layer(grade, name="Filled", kinds="grade", look=Look({"name": "Name"}, ("#20c020",))),
        further_layer(points, name="Points"),
    ]
    text = " ".join(["All of them."] * 12)
    path = tmp_path_factory.mktemp("looks") / "map.html"
    territory_map(
        towns,
        *layers,
        title="A territory, its towns and their commuters",
        sources=["Office of statistics"],
        story=[StoryView("Begin", text, territory="004", further=(0,))],
    ).save(path)
    return path


def box(page, selector: str) -> dict[str, float]:
    return page.locator(selector).bounding_box()


@pytest.mark.parametrize("where", ["#table=1", "#table=1&layer=1", "#table=1&layer=1&lang=es"])
@pytest.mark.parametrize("size", [(800, 800), (1280, 800), (1440, 900), (1760, 900), (1920, 1080)])
def test_map_keeps_half_of_the_room_beside_or_above_the_table(opened, full, where, size):
    page = opened(full, where, size=size).page
    stage, table = box(page, "#stage"), box(page, "#table")
    beside = table["x"] > stage["x"] + 1
    assert beside == (size[0] >= 1760)
    if beside:
        assert stage["width"] >= (size[0] - 352) / 2 - 1
    else:
        assert stage["width"] == pytest.approx(size[0] - 352, abs=1)
        assert stage["height"] >= size[1] / 2
        assert table["y"] >= stage["y"] + stage["height"] - 1
    assert table["x"] + table["width"] <= size[0] + 1
    assert table["y"] + table["height"] <= size[1] + 1
    row = box(page, "#table tbody tr:nth-child(2)")
    assert row["y"] + row["height"] <= size[1], "rows are seen without scrolling"
    assert page.evaluate("() => document.documentElement.scrollHeight") <= size[1]


@pytest.mark.parametrize("size", [(800, 800), (1280, 800), (1760, 900)])
def test_card_covers_neither_search_nor_zoom(opened, full, size):
    for where in ("#territory=004", "#territory=004&table=1"):
        page = opened(full, where, size=size).page
        card = box(page, "#card")
        for other in ("#bar", "#zoom"):
            there = box(page, other)
            apart = (
                there["x"] + there["width"] <= card["x"] + 1
                or there["y"] + there["height"] <= card["y"] + 1
                or there["y"] >= card["y"] + card["height"] - 1
            )
            assert apart, (where, other)
        stage = box(page, "#stage")
        assert card["y"] + card["height"] <= stage["y"] + stage["height"] + 1


def test_zoom_is_above_the_card_of_a_phone(opened, full):
    page = opened(full, "#territory=004", **PHONE).page
    zoom, card = box(page, "#zoom"), box(page, "#card")
    assert zoom["y"] + zoom["height"] <= card["y"]


def test_second_map_of_a_phone_is_seen_above_the_card(opened, full):
    page = opened(full, "#layer2=0&sector2=C15&territory=004", **PHONE).page
    page.wait_for_timeout(300)
    second, card = box(page, "#map2"), box(page, "#card")
    assert card["y"] - second["y"] > second["height"] / 3


def test_names_in_a_wide_table_stay_on_their_line(opened, full):
    page = opened(full, "#table=1&lang=es", size=(1280, 800)).page
    page.evaluate(
        "() => { document.querySelector('tbody button').textContent = 'Mercado de trabajo inventado de Z'; }"
    )
    assert box(page, "tbody tr:first-child")["height"] < 45


def test_legend_has_room_beside_a_story(opened, full):
    page = opened(full, "#story=0", size=(1280, 800)).page
    assert box(page, "#panel")["height"] >= 300
    page.keyboard.press("Escape")
    assert page.locator("#sector").is_visible()


def test_caption_of_a_table_on_a_phone_stays_while_columns_move(opened, full):
    page = opened(full, "#table=1", **PHONE).page
    page.locator("#scroll").evaluate("(node) => { node.scrollLeft = 150; }")
    assert page.locator("#scroll").evaluate("(node) => node.scrollLeft") > 50
    caption = box(page, "#table caption")
    assert caption["x"] >= 0
    assert caption["x"] + caption["width"] <= 360


def test_name_of_what_covers_the_map_and_cross_give_way_to_a_popup(opened, full):
    page = opened(full, "#further=1").page
    assert page.locator("#cover").is_visible()
    page.focus("#map")
    page.keyboard.press("Enter")
    assert page.locator(".leaflet-popup").is_visible()
    for other in ("#cover", "#cross"):
        assert not page.locator(other).is_visible()
    page.keyboard.press("ArrowUp")
    page.locator(".leaflet-popup").wait_for(state="detached")
    for other in ("#cover", "#cross"):
        assert page.locator(other).is_visible()
    page.keyboard.press("Enter")
    page.locator(".leaflet-popup").wait_for()
    page.keyboard.press("Escape")
    page.locator(".leaflet-popup").wait_for(state="detached")


def test_edges_of_flows_are_in_proportion_and_narrower_than_they(opened, full):
    page = opened(full, "#further=0").page
    page.locator("#further [type=range]").fill("0")
    with page.expect_download() as download:
        page.click("#svg")
    root = ET.fromstring(download.value.path().read_bytes())  # noqa: S314 - a file that this test has made
    found = [
        node for node in root.iter(f"{SVG}path") if node.get("fill") == PATH and node.get("stroke-width")
    ]
    assert len(found) == 8
    edges = []
    for node in found:
        points = np.array(
            [[float(v) for v in p.split()] for p in re.findall(r"[ML]([-\d.e]+ [-\d.e]+)", node.get("d"))]
        )
        across = np.hypot(*(points[:11] - points[:-12:-1]).T).max()
        edges.append((across, float(node.get("stroke-width"))))
    wide, thin = max(edges), min(edges)
    assert all(edge <= across / 8 for across, edge in edges), edges
    assert thin[1] < 0.1
    assert wide[1] > 0.5


def page_of(page, *, landscape: bool) -> float:
    """Height of an A4 sheet within its margins, to which the page is made as wide."""
    page.evaluate(PRINT)
    page.emulate_media(media="print")
    width, height = (1046, 718) if landscape else (718, 1046)
    page.set_viewport_size({"width": width, "height": height})
    return height


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("landscape", [True, False])
def test_flows_of_one_place_are_one_sheet_with_all_that_is_told(opened, full, landscape, lang):
    page = opened(full, f"#further=0&lang={lang}", size=(1280, 800)).page
    page.select_option("#further select", label="Ávila")
    low = page_of(page, landscape=landscape)
    told, drawn = (box(page, f"#pages {part}") for part in (".told", "section > svg"))
    assert "Office of statistics" in page.locator("#pages .told").inner_text()
    assert told["y"] + told["height"] <= low
    assert drawn["height"] > 200
    last = page.locator("#pages .told > div").last.bounding_box()
    assert last["y"] + last["height"] <= low


def test_a_map_of_flows_alone_is_printed_on_one_sheet(opened, towns, tmp_path):
    path = tmp_path / "map.html"
    flows = pd.DataFrame({"origin": towns["territory"][1:], "destination": "000", "flow": 50.0})
    territory_map(towns, flow_layer(towns, flows, name="Commuters"), sources=["Office"]).save(path)
    page = opened(path, size=(1280, 800)).page
    page.select_option("#further select", label="Ávila")
    for landscape in (True, False):
        printed = page.pdf(format="A4", landscape=landscape)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


NIGHT = {"color_scheme": "dark"}
PARTS = ("body", "#table", "#card", "#find", "#zoom button", "#sector")


def test_panel_table_and_card_follow_a_dark_system_and_what_the_map_shows_does_not(opened, full):
    where = "#territory=004&table=1"
    day, night = opened(full, where).page, opened(full, where, **NIGHT).page
    for part in PARTS:
        assert day.locator(part).first.evaluate(SHADE, "backgroundColor") > 200, part
        assert night.locator(part).first.evaluate(SHADE, "backgroundColor") < 60, part
        assert night.locator(part).first.evaluate(SHADE, "color") > 180, part
    assert day.locator("#map").evaluate(SHADE, "backgroundColor") > 200
    assert night.locator("#map").evaluate(SHADE, "backgroundColor") < 60, "what lies around does not glare"
    colours = "() => GT.draw && [...document.querySelectorAll('#classes canvas')].map((n) => n.toDataURL())"
    assert day.evaluate(colours) == night.evaluate(colours)
    assert len(night.evaluate(colours)) >= 7


def test_prints_and_pictures_are_light_by_night(opened, full):
    page = opened(full, "#territory=004", **NIGHT).page
    with page.expect_download() as download:
        page.click("#svg")
    text = download.value.path().read_text(encoding="utf-8")
    with_day = opened(full, "#territory=004").page
    with with_day.expect_download() as download:
        with_day.click("#svg")
    assert text == download.value.path().read_text(encoding="utf-8")
    page_of(page, landscape=False)
    for part in ("body", "#card"):
        assert page.locator(part).evaluate(SHADE, "color") < 60
    assert page.locator("body").evaluate(SHADE, "backgroundColor") == pytest.approx(255)
    assert page.locator("#pages .told p").first.evaluate(SHADE, "color") < 110


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
@pytest.mark.parametrize(
    ("where", "opens"),
    [
        ("#further=0,1,2&territory=004&table=1", ""),
        ("#further=2&view=40.15,0.15,11", "Enter"),
        ("#layer=1&lang=es", ""),
        ("#layer2=0&territory=004", ""),
        ("#story=0", ""),
        ("#territory=004", "print"),
    ],
)
def test_no_accessibility_violations_by_night(opened, full, needs, where, opens, size):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    page = opened(full, where, size=size, bypass_csp=True, **NIGHT).page
    if opens == "print":
        page.evaluate(PRINT)
        page.emulate_media(media="print")
    elif opens:
        page.focus("#map")
        page.keyboard.press(opens)
    axe = import_module("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    # paper has no landmarks to jump to
    of_screens = {"landmark-one-main", "region"} if opens == "print" else set()
    assert [
        (v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found if v["id"] not in of_screens
    ] == []


def ticked(page) -> list[bool]:
    boxes = page.locator("#further [type=checkbox]")
    return [boxes.nth(k).is_checked() for k in range(boxes.count())]


def test_what_is_ticked_is_said_by_layer_and_address_and_nothing_else_is(opened, towns, quotients, tmp_path):
    path = tmp_path / "map.html"
    one, two = (further_layer(towns, name=name) for name in ("One", "Two"))
    two.show = True
    territory_map(towns, one, two).save(path)
    seen = opened(path)
    assert ticked(seen.page) == [False, True]
    seen.page.get_by_label("Two (9)").uncheck()
    address = "#" + seen.page.url.split("#")[1]
    assert ticked(opened(path, address).page) == [False, False], "what a reader takes off stays off"
    assert ticked(opened(path, "#further=0").page) == [True, False]
    territory_map(towns, quotient_layer(towns, quotients, name="Towns"), one, two).save(path)
    assert ticked(opened(path).page) == [False, True]
    seen.clean(path)


def test_a_map_with_an_open_layer_is_not_empty(opened, towns, tmp_path):
    path = tmp_path / "map.html"
    chart = territory_map(towns, further_layer(towns, name="One"))
    chart.add_open(folium.Marker([40.1, 0.1], tooltip="Town hall"))
    with pytest.warns(GeoterritorioWarning, match="Open map"):
        chart.save(path)
    assert ticked(opened(path).page) == [False]


def test_single_establishments_of_further_layers_need_a_reason_too(opened, towns, tmp_path):
    plants = gpd.GeoDataFrame(
        {"firm": ["a", "b", "c"]}, geometry=[*shapely.points([(0.1, 40.1), (0.2, 40.2)]), None], crs=4326
    )
    path = tmp_path / "map.html"
    with pytest.warns(GeoterritorioWarning, match=r"exact places of 2 establishments .* `further_layer`"):
        territory_map(towns, further_layer(plants, name="Doubtful")).save(path)
    notes = opened(path).page.locator("#notes-list li").all_text_contents()
    assert sum(note.startswith("Internal: this map holds") for note in notes) == 1
    why = {"en": "The register is public.", "es": "El registro es público."}
    territory_map(towns, further_layer(plants, name="Doubtful", why_shown=why)).save(path)
    notes = opened(path, "#lang=es").page.locator("#notes-list li").all_text_contents()
    told = "Este mapa muestra establecimientos concretos. Por qué puede: El registro es público."
    assert notes.count(told) == 1
    # rows of another kind tell of nobody
    territory_map(towns, further_layer(towns, name="Towns")).save(path)
    assert not any(
        "stablishments" in note for note in opened(path).page.locator("#notes-list li").all_text_contents()
    )
