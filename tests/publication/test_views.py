"""What a reader meets in every view of the map: names, rings of focus, targets, sheets of paper, nothing covered."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from geoterritorio.publication import (
    Beside,
    Look,
    StoryView,
    firm_layer,
    flow_layer,
    further_layer,
    history_layer,
    quotient_layer,
    territory_map,
)

CROSS = "() => getComputedStyle(document.querySelector('#cross')).display"
RING = "() => document.querySelector('#map').matches(':focus-visible')"
PRINT = "() => dispatchEvent(new Event('beforeprint'))"
SHEET = rb"/Type\s*/Page\b"
# controls that a finger cannot meet, but for those that are words in a line of text
SMALL = """() => [...document.querySelectorAll('button, select, summary, label, input')].map((node) => {
    const target = node.type === 'checkbox' ? node.closest('label') : node;
    const { width, height } = target.getBoundingClientRect();
    const small = node.offsetParent && Math.min(width, height) < 23.5;
    return small && !node.closest('tbody, .over')
        ? node.outerHTML.slice(0, 90) + ' ' + width + ' x ' + height : '';
}).filter(Boolean)"""
VIEWS = (
    StoryView("First", "One view.", territory="004"),
    StoryView("Both", "Two sectors.", sector="C15", compare=Beside(sector="J62")),
)


def plants(towns):
    where = shapely.get_coordinates(shapely.centroid(towns.geometry.array))
    columns = {"firm": [f"E{k}" for k in range(9)], "sector": ["15", "13", "13"] * 3, "employment": 12.0}
    columns |= {"opened": "1990", "closed": [None, "2001", None] * 3}
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(*where.T), crs=4326)


@pytest.fixture(scope="module")
def full(towns, quotients, tmp_path_factory):
    """Quotients, a filled layer over flows, points, single plants and a story of two views."""
    ids = towns["territory"]
    flows = pd.DataFrame({"origin": ids[1:], "destination": ids[0], "flow": np.arange(8) * 10.0 + 40})
    points = towns.assign(geometry=shapely.centroid(towns.geometry.array))
    layers = [
        quotient_layer(towns, quotients, name="Towns"),
        flow_layer(towns, flows, name="Commuters"),
        further_layer(
            towns.assign(grade="high"), name="Filled", kinds="grade", look=Look(colours=("#20c020",))
        ),
        further_layer(points, name="Points"),
        firm_layer(plants(towns), name="Plants", why_shown="Invented."),
    ]
    path = tmp_path_factory.mktemp("full") / "map.html"
    territory_map(towns, *layers, title="Everything", sources=["Office"], story=VIEWS).save(path)
    return path


def near(content: bytes, colour: str, far: int = 40) -> int:
    """Pixels of nearly a colour."""
    image = np.asarray(Image.open(BytesIO(content)).convert("RGB")).astype(int)
    return int((np.abs(image - list(bytes.fromhex(colour[1:]))).max(axis=2) < far).sum())


def test_cross_and_ring_are_for_the_keyboard(opened, map_file):
    page = opened(map_file).page
    page.mouse.click(900, 500)
    assert (page.evaluate(RING), page.evaluate(CROSS)) == (False, "none"), "a press needs no cross"
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.id") == "map"
    assert (page.evaluate(RING), page.evaluate(CROSS)) == (True, "block")


def test_escape_in_a_closed_list_closes_the_territory(opened, map_file):
    page = opened(map_file, "#territory=004").page
    page.focus("#find")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert page.locator("#find-list").is_hidden()
    assert page.locator("#card").is_visible(), "the first press closes the list alone"
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()


def test_filled_areas_lie_under_flows_whichever_was_ticked_last(opened, full):
    page = opened(full, "#further=0").page
    alone = near(page.locator("#map").screenshot(), "#5f4b8b")
    page.get_by_label("Filled (9)").check()
    page.mouse.move(5, 5)
    assert near(page.locator("#map").screenshot(), "#20c020") > 5000
    assert near(page.locator("#map").screenshot(), "#5f4b8b") > alone / 2 > 100
    page.get_by_label("Commuters (8)").uncheck()
    page.get_by_label("Commuters (8)").check()
    assert near(page.locator("#map").screenshot(), "#5f4b8b") > alone / 2


def test_filters_of_plants_stand_in_the_address(opened, full):
    seen = opened(full, "#further=3")
    page = seen.page
    assert "data-" not in page.url, "what is not filtered is not told"
    page.locator("#further .key", has_text="15").click()
    page.locator("#further [type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    told, address = seen.text("#further .hint"), page.url
    assert told == "6 of 9 establishments shown"
    again = opened(full, "#" + address.split("#")[1])
    assert again.text("#further .hint") == told
    assert again.text("#further output") == seen.text("#further output") == "1991 to 2000"
    pressed = again.page.locator("#further .key", has_text="15")
    assert pressed.get_attribute("aria-pressed") == "false"
    again.page.locator("#further .key", has_text="15").click()
    again.page.locator("#further [type=range]").first.focus()
    again.page.keyboard.press("ArrowLeft")
    assert "data-" not in again.page.url
    nonsense = opened(full, re.sub(r"(data-\d+)=[^&]*", r"\1=x;99;y", "#" + address.split("#")[1]))
    assert nonsense.text("#further .hint") == "9 of 9 establishments shown"
    nonsense.clean(full)


def test_both_maps_say_what_they_show(opened, map_file):
    page = opened(map_file, "#layer2=0&sector2=C15&territory=004").page
    assert page.locator("#name2").inner_text() == "Second map: Leather and footwear"
    assert page.locator("#map2").get_attribute("aria-label") == "Second map: Leather and footwear"
    order = page.evaluate(
        """() => ['card-name', 'both', 'card-sector', 'figures']
            .map((id) => document.getElementById(id).getBoundingClientRect())
            .every(({ top }, k, all) => !k || all[k - 1].bottom <= top + 1)"""
    )
    assert order, "the sector stands over the figures that are its own"


@pytest.mark.parametrize("landscape", [True, False])
def test_two_maps_are_side_by_side_on_paper_and_a_story_has_a_sheet_for_each_view(opened, full, landscape):
    page = opened(full, "#story=0").page
    sheets = len(re.findall(SHEET, page.pdf(format="A4", landscape=landscape)))
    assert len(VIEWS) <= sheets <= len(VIEWS) + 1, "notes and origin, once at the end, may need one more"
    page.evaluate(PRINT)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1046, "height": 718} if landscape else {"width": 718, "height": 1046})
    left, right = (m.bounding_box() for m in page.locator("#pages section:last-of-type > svg").all())
    assert left["y"] == pytest.approx(right["y"], abs=1)
    assert left["x"] + left["width"] <= right["x"] + 1
    assert right["x"] + right["width"] <= page.viewport_size["width"] + 1
    rows = [row.bounding_box() for row in page.locator("#pages section:last-of-type .key").all()]
    pairs = [
        (a, b) for k, a in enumerate(rows) for b in rows[k + 1 :] if abs(a["y"] - b["y"]) < a["height"] - 1
    ]
    assert pairs, "the legend stands in columns"
    for a, b in pairs:
        assert a["x"] + a["width"] <= b["x"] + 1 or b["x"] + b["width"] <= a["x"] + 1, (
            "rows lie on one another"
        )


def test_further_layers_have_no_heading_in_a_picture_while_none_is_on(opened, full):
    page = opened(full).page
    page.evaluate(PRINT)
    assert "Further layers" not in page.locator("#pages").text_content()
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    page.get_by_label("Points (9)").check()
    page.evaluate(PRINT)
    assert "Further layers" in page.locator("#pages").text_content()
    assert "Points (9)" in page.locator("#pages").text_content()
    assert page.locator("#pages").locator("input, button, select").count() == 0


def test_last_day_keeps_the_focus_at_the_slider(opened, tmp_path):
    shapes = [shapely.box(0, 40, 2, 41), shapely.box(0, 40, 1, 41), shapely.box(1, 40, 2, 41)]
    days = {"valid_from": [None, "2001", "2001"], "valid_to": ["2001", None, None]}
    versions = gpd.GeoDataFrame({"territory": list("aab"), **days}, geometry=shapes, crs=4326)
    path = tmp_path / "map.html"
    territory_map(versions.iloc[1:][["territory", "geometry"]], history_layer(versions, name="Then")).save(
        path
    )
    page = opened(path).page
    page.focus("#earlier")
    page.keyboard.press("Enter")
    assert page.locator("#earlier").is_disabled()
    assert page.evaluate("() => document.activeElement.id") == "step"


@pytest.mark.parametrize(
    "where", ["", "#territory=004&table=1", "#story=0&further=0,1,2,3", "#layer2=0&lang=es"]
)
def test_targets_are_large_enough_for_a_finger(opened, full, where):
    page = opened(full, where, size=(360, 740), is_mobile=True, has_touch=True).page
    page.evaluate("() => document.querySelectorAll('details').forEach((node) => { node.open = true; })")
    assert page.evaluate(SMALL) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


def violations(page) -> list[tuple[str, list[str]]]:
    axe = import_module("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    # paper has no landmarks to jump to
    of_screens = {"landmark-one-main", "region"} if page.locator("#pages section").count() else set()
    return [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found if v["id"] not in of_screens]


@pytest.mark.parametrize("size", [(1400, 900), (360, 740)])
@pytest.mark.parametrize(
    ("where", "opens"),
    [
        ("#further=0,1,2,3", ""),
        ("#further=2&view=40.15,0.15,11", "Enter"),
        ("#layer2=0&territory=004&table=1", ""),
        ("#story=1&territory=004", ""),
        ("#lang=es&parted=quantiles&colours=1", ""),
        ("#further=2&territory=004", "print"),
        ("#story=0", "print"),
    ],
)
def test_no_accessibility_violations_in_any_state(opened, full, needs, where, opens, size):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    seen = opened(full, where, size=size, bypass_csp=True)
    if opens == "print":
        seen.page.evaluate(PRINT)
        seen.page.emulate_media(media="print")
    elif opens:
        seen.page.focus("#map")
        seen.page.keyboard.press(opens)
        assert seen.page.locator(".leaflet-popup").is_visible()
    assert violations(seen.page) == []


def test_every_control_is_reached_by_tab_and_shows_it(opened, full):
    page = opened(full, "#further=0").page
    page.focus("#tell")
    reached, bare = [], []
    for _ in range(60):
        name, ring = page.evaluate(
            """() => {
                const node = document.activeElement;
                const { outlineStyle, outlineWidth } = getComputedStyle(node);
                const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) > 1;
                return [node.id || node.textContent.slice(0, 20) || node.type, ring];
            }"""
        )
        if name in reached[:1] and len(reached) > 1:
            break
        reached.append(name)
        if not ring and name:
            bare.append(name)
        page.keyboard.press("Tab")
    assert {"sector", "map", "find", "table-button", "in", "png", "print", "parted", "tiles"} <= set(reached)
    assert reached.index("sector") < reached.index("parted") < reached.index("map") < reached.index("in")
    assert [name for name in bare[1:] if name != reached[-1]] == []
