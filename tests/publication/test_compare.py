"""Two maps side by side: one view, one scale, one marked territory, and whether its two figures are apart."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoterritorio.publication import (
    Beside,
    HistoryFigures,
    StoryView,
    history_layer,
    quotient_layer,
    territory_map,
)
from geoterritorio.publication.webmap import palette

SIZES = """() => [...document.querySelectorAll('#map, #map2')].map((node) => {
    const { width, height } = node.getBoundingClientRect();
    return [Math.round(width), Math.round(height)];
})"""
MARKS = """() => ['#map', '#map2'].map((id) => {
    const canvas = document.querySelector(id + ' .leaflet-mark-pane canvas');
    if (!canvas) return 0;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((v, i) => i % 4 === 3 && v).length;
})"""
# colour in the middle of the map, or of another place as a share of its width and height
MIDDLE = """([id, x, y]) => {
    const box = document.querySelector(id).getBoundingClientRect();
    const canvas = document.querySelector(id + ' .leaflet-overlay-pane canvas');
    const own = canvas.getBoundingClientRect();
    const scale = canvas.width / own.width;
    const at = [box.x + box.width * x - own.x, box.y + box.height * y - own.y];
    const [r, g, b] = canvas.getContext('2d').getImageData(at[0] * scale, at[1] * scale, 1, 1).data;
    return '#' + [r, g, b].map((v) => v.toString(16).padStart(2, '0')).join('');
}"""

# pixel of a place of the territories, as a share of their box, on one of the maps; and which map is pressed there
PLACE = """([id, x, y]) => {
    const box = document.getElementById(id).getBoundingClientRect();
    const canvas = document.querySelector(`#${id} .leaflet-overlay-pane canvas`);
    const own = canvas.getBoundingClientRect();
    const [w, h] = [canvas.width, canvas.height];
    const { data } = canvas.getContext('2d').getImageData(0, 0, w, h);
    let [left, right, top, low] = [w, 0, h, 0];
    for (let i = 0; i < w * h; i++) if (data[4 * i + 3] === 255) {
        left = Math.min(left, i % w); right = Math.max(right, i % w);
        top = Math.min(top, i / w | 0); low = Math.max(low, i / w | 0);
    }
    const scale = own.width / w;
    return [own.x + scale * (left + x * (right - left)), own.y + scale * (top + y * (low - top))];
}"""
UNDER = "([x, y]) => document.elementFromPoint(x, y)?.closest('#map, #map2')?.id"


def alike(page, x: float, y: float) -> bool:
    """Whether both maps have one colour at a place, but for lines of hatching that begin at another pixel."""
    two = [bytes.fromhex(page.evaluate(MIDDLE, [box, x, y])[1:]) for box in ("#map", "#map2")]
    return max(abs(a - b) for a, b in zip(*two, strict=True)) < 40


@pytest.fixture(scope="module")
def dated_file(tmp_path_factory):
    """A gives its east to B in 2000; figures of 1991 on the boundaries of 2001 are estimates for A and B."""
    rows = [
        ("A", "Alba", None, "2000", shapely.box(0, 40, 2, 41)),
        ("A", "Alba", "2000", None, shapely.box(0, 40, 1, 41)),
        ("B", "Brezo", "2000", None, shapely.box(1, 40, 2, 41)),
        ("C", "Ceniza", None, None, shapely.box(2, 40, 3, 41)),
    ]
    columns = ["territory", "name", "valid_from", "valid_to", "geometry"]
    areas = gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=4326)
    panel = pd.DataFrame(
        {
            "territory": list("ABCABC"),
            "period": ["1991"] * 3 + ["2001"] * 3,
            "value": [60.0, 40, 10, 90, 70, 12],
            "low": [50.0, 0, 10, 90, 70, 12],
            "high": [100.0, 50, 10, 90, 70, 12],
            "split": [0.4, 1, 0, 0, 0, 0],
        }
    )
    path = tmp_path_factory.mktemp("dated") / "map.html"
    ground = areas[areas["valid_to"].isna()]
    late = panel[panel["period"] == "2001"]
    moving = history_layer(
        areas, HistoryFigures(panel, "Jobs", "2001"), HistoryFigures(late, "Homes"), name="Then"
    )
    table = pd.DataFrame({"territory": ["A", "B"], "sector": "x", "lq": [1.0, 2.0]})
    territory_map(ground, quotient_layer(ground, table, name="Now"), moving).save(path)
    return path


def verdict(seen) -> str:
    return seen.text("#both p")


def test_compare_begins_with_the_next_sector_and_ends(opened, map_file):
    seen = opened(map_file)
    page = seen.page
    assert not page.locator("#map2").is_visible()
    page.focus("#compare")
    page.keyboard.press("Enter")
    assert seen.attribute("#compare", "aria-pressed") == "true"
    left, right = page.evaluate(SIZES)
    assert abs(left[0] - right[0]) <= 3
    assert left[1] == right[1]
    assert page.locator("#sector2").input_value() == "C15"
    assert seen.attribute("#map2", "aria-label") == "Second map: Leather and footwear"
    assert "layer2=0" in page.url
    assert "sector2=C15" in page.url
    page.keyboard.press("Enter")
    assert seen.attribute("#compare", "aria-pressed") == "false"
    assert not page.locator("#map2").is_visible()
    assert "layer2" not in page.url
    seen.clean(map_file)


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)])
def test_compare_that_is_opened_again_keeps_the_view(opened, map_file, size):
    seen = opened(map_file, size=size)
    page = seen.page
    page.click("#compare")
    page.wait_for_timeout(300)
    view = page.url.partition("view=")[2].partition("&")[0]
    for _ in range(2):
        page.click("#compare")
    page.wait_for_timeout(300)
    after = page.url.partition("view=")[2].partition("&")[0]
    assert [round(float(x), 1) for x in after.split("%2C")[:2]] == [
        round(float(x), 1) for x in view.split("%2C")[:2]
    ]
    seen.clean(map_file)


def test_views_move_together_and_colours_have_one_scale(opened, map_file):
    seen = opened(map_file, "#layer2=0&sector2=C15&view=40.15,0.15,9")
    page = seen.page
    # the middle one of nine: 1.2 of textiles, 1.0 of leather and footwear, which is not tested
    assert page.evaluate(MIDDLE, ["#map", 0.5, 0.5]) == palette.COLOURS[4]
    page.select_option("#sector2", "C13")
    seen.settle()
    assert page.evaluate(MIDDLE, ["#map2", 0.5, 0.5]) == palette.COLOURS[4]
    page.click("#in")
    page.wait_for_timeout(600)
    page.focus("#map")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    for x in (0.2, 0.5, 0.8):
        assert alike(page, x, 0.5)
    box = page.locator("#map2").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 300)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 380, steps=4)
    page.mouse.up()
    page.wait_for_timeout(700)
    for x in (0.2, 0.5, 0.8):
        assert alike(page, x, 0.4)


def test_both_legends_count_and_one_scale_hides_on_both(opened, map_file):
    seen = opened(map_file, "#layer2=0&sector2=J62&view=40.15,0.15,9")
    page = seen.page
    counts = [page.locator(f"{box} .count").all_text_contents() for box in ("#classes", "#classes2")]
    assert [sum(map(int, own)) for own in counts] == [9, 9]
    page.locator("#classes2 button").filter(has_text="1.1 to 1.25").click()
    seen.settle()
    assert seen.attribute("#classes button[aria-pressed=false] .name", "class") == "name"
    assert page.evaluate(MIDDLE, ["#map", 0.5, 0.5]) == palette.GROUND


def test_the_second_map_has_its_certainty_in_words_of_its_own(opened, dated_file):
    seen = opened(dated_file, "#layer=1&layer2=0")
    assert "division" not in seen.text("#sure-rows2")
    assert "divided" not in seen.text("#sure-rows2")
    assert "divided" in seen.text("#sure-rows")
    seen.clean(dated_file)


def test_a_row_of_either_legend_stands_out_on_its_own_map(opened, map_file):
    seen = opened(map_file, "#layer2=0&sector2=C13&view=40.15,0.15,9")
    page = seen.page
    page.mouse.move(5, 5)
    before = [page.evaluate(MIDDLE, [box, 0.5, 0.5]) for box in ("#map", "#map2")]
    for at, box in enumerate(("#classes", "#classes2")):
        page.locator(f"{box} button").filter(has_text="over 2").hover()
        seen.settle()
        faded = [page.evaluate(MIDDLE, [m, 0.5, 0.5]) for m in ("#map", "#map2")]
        assert faded[at] != before[at]
        assert faded[1 - at] == before[1 - at]
        page.mouse.move(5, 5)
        seen.settle()
        assert [page.evaluate(MIDDLE, [m, 0.5, 0.5]) for m in ("#map", "#map2")] == before


def test_two_sectors_of_a_territory_are_apart_or_not(opened, map_file):
    # Zürich: textiles 1.5 (1.20 to 1.88), leather 1.2 (0.96 to 1.50)
    seen = opened(map_file, "#layer2=0&sector2=C15&territory=005")
    page = seen.page
    told = page.locator("#both dd").all_text_contents()
    assert told == ["1.50 (1.20–1.88)", "1.20 (0.96–1.50)"]
    assert verdict(seen) == "Their intervals overlap: a difference is neither shown nor ruled out."
    assert all(count > 0 for count in page.evaluate(MARKS))
    # Łódź: 3.0 (2.40 to 3.75) against 1.5 (1.20 to 1.88)
    page.fill("#find", "006")
    page.keyboard.press("Enter")
    assert verdict(seen) == "The difference is beyond their intervals."
    # Ünye is withheld in textiles
    page.fill("#find", "007")
    page.keyboard.press("Enter")
    assert page.locator("#both dd").all_text_contents()[0] == "Withheld"
    assert verdict(seen) == "Not known whether they differ: a figure or its interval is missing."
    page.click("#lang [lang=es]")
    assert verdict(seen) == "No se sabe si difieren: falta una cifra o su intervalo."


def test_two_territories_are_each_marked_on_a_map(opened, map_file):
    seen = opened(map_file, "#territory=006&layer2=0&sector2=C13")
    page = seen.page
    page.select_option("#territory2", "000")
    assert "territory2=000" in page.url
    names = page.locator("#both dt").all_text_contents()
    assert [name.split(":")[0] for name in names] == ["Łódź", "Ávila"]
    assert page.locator("#both dd").all_text_contents() == ["3.00 (2.40–3.75)", "0.30 (0.24–0.38)"]
    assert verdict(seen) == "The difference is beyond their intervals."
    page.keyboard.press("Escape")
    assert page.evaluate(MARKS)[1] > 0, "the one chosen in the list stays marked"


def test_a_territory_pressed_on_the_second_map_is_chosen(opened, map_file):
    seen = opened(map_file, "#layer2=1&sector2=C13&view=40.15,0.15,9")
    box = seen.page.locator("#map2").bounding_box()
    seen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert seen.text("#card h2") == "O'Grove"
    assert "territory=004" in seen.page.url


def test_circles_of_both_maps_have_one_size(opened, map_file):
    seen = opened(map_file, "#layer=1&sector=C13&layer2=1&sector2=C15&view=40.15,0.15,9")
    middle = [seen.page.evaluate(MIDDLE, [box, 0.5, 0.5]) for box in ("#map", "#map2")]
    assert middle[0] != middle[1], "1.2 and 1.0"
    assert seen.page.locator("#sizes svg").count() == 3


def test_two_dates_of_a_history_and_their_bounds(opened, dated_file):
    seen = opened(dated_file, "#layer=1")
    page = seen.page
    page.click("#compare")
    assert page.locator("#day2 option").count() == 4
    assert page.locator("#day2").input_value() == "1991", "the first day with figures"
    page.select_option("#day2", "1991")
    assert "day2=1991" in page.url
    page.fill("#find", "alba")
    page.keyboard.press("Enter")
    assert page.locator("#both dd").all_text_contents() == ["90", "60 (50–100)"]
    assert verdict(seen) == "Their intervals overlap: a difference is neither shown nor ruled out."
    page.fill("#find", "brezo")
    page.keyboard.press("Enter")
    assert page.locator("#both dd").all_text_contents() == ["70", "40 (0–50)"]
    assert verdict(seen) == "The difference is beyond their intervals."
    # two indicators are two measures
    page.select_option("#sector2", "1")
    assert verdict(seen) == "Two different measures: no difference is told."
    page.select_option("#layer2", "0")
    assert verdict(seen) == "Two different measures: no difference is told."
    seen.clean(dated_file)


def test_a_history_that_is_chosen_for_the_second_map_says_its_day(opened, dated_file):
    page = opened(dated_file, "#layer2=1&day2=1066").page
    chosen = page.locator("#day2").evaluate("(node) => node.selectedOptions[0]?.textContent")
    assert chosen == "The beginning"


def test_address_brings_both_maps_back_and_nonsense_is_left_alone(opened, map_file):
    seen = opened(map_file, "#layer=1&sector=J62&layer2=0&sector2=C15&territory=005&territory2=001&lang=es")
    page = seen.page
    values = [page.locator(f"#{key}").input_value() for key in ("layer2", "sector2", "territory2")]
    assert values == ["0", "C15", "001"]
    assert page.locator("#both dd").count() == 2
    nonsense = opened(map_file, "#layer2=<img>&sector2=zz&day2=x&territory2=__proto__")
    assert not nonsense.page.locator("#map2").is_visible()
    other = opened(map_file, "#layer2=0&sector2=zz&day2=x&territory2=__proto__&territory=005")
    assert other.page.locator("#sector2").input_value() == "C13"
    other.clean(map_file)


def test_address_keeps_what_the_second_map_hides_of_its_own_classes(opened, dated_file):
    seen = opened(dated_file, "#layer2=1")
    seen.page.locator("#classes2 .key").first.click()
    again = opened(dated_file, "#" + seen.page.url.partition("#")[2])
    assert again.attribute("#classes2 .key", "aria-pressed") == "false"
    assert again.attribute("#classes .key", "aria-pressed") == "true"
    again.clean(dated_file)


def test_maps_are_stacked_on_a_phone(opened, map_file):
    seen = opened(map_file, "#layer2=0&sector2=C15", size=(360, 760), is_mobile=True, has_touch=True)
    page = seen.page
    upper, lower = (page.locator(box).bounding_box() for box in ("#map", "#map2"))
    assert upper["width"] == lower["width"] == 360
    assert upper["y"] + upper["height"] <= lower["y"] + 1
    assert min(upper["height"], lower["height"]) >= 240
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.tap("#compare")
    assert not page.locator("#map2").is_visible()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("told", [False, True])
def test_both_maps_are_whole_and_named_on_a_small_phone(opened, towns, quotients, tmp_path, lang, told):
    text = "Both maps show one year. " * 12
    view = StoryView("Two sectors", text, compare=Beside(sector="C15"))
    path = tmp_path / "map.html"
    territory_map(towns, quotient_layer(towns, quotients, name="Towns"), title="Towns", story=[view]).save(
        path
    )
    address = f"#lang={lang}&" + ("story=0" if told else "layer2=0&sector2=C15")
    seen = opened(path, address, size=(360, 740), is_mobile=True, has_touch=True)
    page = seen.page
    if not told:
        page.evaluate("() => document.querySelector('#main').scrollIntoView()")
    upper, strip, lower, zoom = (
        page.locator(f"#{box}").bounding_box() for box in ("map", "name2", "map2", "zoom")
    )
    assert abs(upper["height"] - lower["height"]) <= 2
    free = 740 - (page.locator("#story").bounding_box() if told else {"y": 0, "height": 0})["height"]
    free -= page.locator("#head").bounding_box()["height"] if told else 0
    assert min(upper["height"], lower["height"]) >= 0.4 * free
    assert lower["y"] + lower["height"] <= 741, "both without scrolling"
    assert strip["height"] <= 28
    assert upper["y"] + upper["height"] <= strip["y"] + 1, "the name lies on neither map"
    assert strip["y"] + strip["height"] <= lower["y"] + 1
    assert page.locator("#name1").is_visible() == told
    if told:
        assert page.locator("#name1").inner_text() == "Textiles"
    seen.clean(path)
    for x, y in ((0.02, 0.02), (0.98, 0.5), (0.98, 0.98)):
        for side in ("map", "map2"):
            at = page.evaluate(PLACE, [side, x, y])
            assert page.evaluate(UNDER, at) == side, "nothing lies on the territories"
    assert zoom["width"] < 60


def test_the_cross_of_the_keyboard_is_in_the_middle_of_the_first_map(opened, map_file):
    page = opened(map_file, "#layer2=0&sector2=C15").page
    page.focus("#map")
    page.keyboard.press("ArrowUp")
    cross, box = (page.locator(name).bounding_box() for name in ("#cross", "#map"))
    assert abs(cross["x"] + cross["width"] / 2 - box["x"] - box["width"] / 2) <= 2


@pytest.mark.parametrize(
    ("where", "size"), [("territory=005&lang=es", (1400, 900)), ("territory=004&table=1", (390, 800))]
)
def test_no_accessibility_violations(opened, map_file, needs, where, size):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    seen = opened(map_file, "#layer2=0&sector2=C15&" + where, size=size, bypass_csp=True)
    results = axe.Axe().run(seen.page).response
    assert [(v["id"], [n["target"] for n in v["nodes"]]) for v in results["violations"]] == []
    assert seen.said == []
