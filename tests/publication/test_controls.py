"""Each control does what it says, by pointer and by keyboard, on a desk and on a phone."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geoterritorio.publication import quotient_layer, territory_map
from geoterritorio.publication.webmap import palette

PIXEL = """([lat, lng]) => {
    const canvas = document.querySelector('.leaflet-overlay-pane canvas');
    const map = document.querySelector('#map').getBoundingClientRect();
    const box = canvas.getBoundingClientRect();
    const scale = canvas.width / box.width;
    const [x, y] = [map.x + lng - box.x, map.y + lat - box.y];
    return Array.from(canvas.getContext('2d').getImageData(x * scale, y * scale, 1, 1).data);
}"""


def at(page, column: float, row: float) -> tuple[float, float]:
    """Position on the map of a place of the chessboard, read from the drawn outline of its extent."""
    box = page.evaluate(
        """() => {
            const canvas = document.querySelector('.leaflet-overlay-pane canvas');
            const context = canvas.getContext('2d');
            const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
            let [west, north, east, south] = [width, height, 0, 0];
            for (let i = 3; i < data.length; i += 4) if (data[i] > 250) {
                const [x, y] = [(i >> 2) % width, Math.floor((i >> 2) / width)];
                west = Math.min(west, x); east = Math.max(east, x);
                north = Math.min(north, y); south = Math.max(south, y);
            }
            const map = document.querySelector('#map').getBoundingClientRect();
            const own = canvas.getBoundingClientRect();
            const scale = own.width / width;
            const shift = [own.x - map.x, own.y - map.y];
            return [west, north, east, south].map((v, k) => v * scale + shift[k % 2]);
        }"""
    )
    west, north, east, south = box
    return west + (east - west) * column / 3, south - (south - north) * row / 3


def colour(page, column: float, row: float) -> str:
    x, y = at(page, column, row)
    red, green, blue, _ = page.evaluate(PIXEL, [y, x])
    return f"#{red:02x}{green:02x}{blue:02x}"


def test_colours_of_the_map_are_those_of_the_classes(opened, map_file):
    page = opened(map_file).page
    # bottom row: 0.3 low, 0.7 unclear; middle row starts with 1.0 untested; 1.2 and 1.5 clear
    assert colour(page, 0.5, 0.5) == palette.COLOURS[0]
    assert colour(page, 1.5, 0.5) == palette.mix(palette.COLOURS[1], palette.GROUND, palette.FADE)
    assert colour(page, 1.5, 1.5) == palette.COLOURS[4]
    assert colour(page, 2.5, 1.5) == palette.COLOURS[5]


def test_hatching_and_dots_are_not_plain(opened, map_file):
    page = opened(map_file).page
    for column, row in [(2.5, 0.5), (1.5, 2.5)]:  # few; withheld
        x, y = at(page, column, row)
        seen = {tuple(page.evaluate(PIXEL, [y + d, x + 2 * d])) for d in range(9)}
        assert len(seen) > 1


def test_click_opens_the_territory_and_escape_closes_it(opened, map_file):
    seen = opened(map_file)
    page = seen.page
    x, y = at(page, 2.5, 1.5)
    page.locator("#map").click(position={"x": x, "y": y})
    assert seen.text("#card h2") == "Zürich"
    card = seen.text("#card")
    assert "1.50" in card
    assert "interval 1.20 to 1.88" in card
    assert "Clearly above 1" in card
    assert page.locator("#card .top li").count() == 3
    assert "territory=005" in page.url
    page.keyboard.press("Escape")
    assert not page.locator("#card").is_visible()
    seen.clean(map_file)


def test_enter_on_the_map_opens_the_territory_under_the_cross(opened, map_file):
    seen = opened(map_file)
    seen.page.focus("#map")
    seen.page.keyboard.press("Enter")
    assert seen.text("#card h2") == "O'Grove"
    assert seen.page.evaluate("() => document.activeElement.id") == "card"
    seen.page.keyboard.press("Escape")
    assert seen.page.evaluate("() => document.activeElement.id") == "map"


def test_pointer_over_a_territory_names_it(opened, map_file):
    seen = opened(map_file)
    x, y = at(seen.page, 0.5, 0.5)
    seen.page.mouse.move(5 + x, 5)
    seen.page.locator("#map").hover(position={"x": x, "y": y})
    seen.page.locator(".tip").wait_for()
    assert seen.text(".tip") == "ÁvilaLQ 0.30"


def test_legend_counts_and_hides(opened, map_file, quotients):
    seen = opened(map_file)
    page = seen.page
    rows = page.locator("#classes button")
    counts = [int(text) for text in page.locator("#classes .count").all_text_contents()]
    assert sum(counts) == 9
    first = quotients[(quotients.sector == "C13") & (quotients.certainty != "withheld")]
    expected = np.bincount(palette.classify(first.lq.to_numpy()), minlength=9)[:7][::-1]
    assert counts[:7] == expected.tolist()
    before = colour(page, 0.5, 0.5)
    lowest = rows.filter(has_text="under 0.5")
    lowest.focus()
    page.keyboard.press("Space")
    seen.settle()
    assert lowest.get_attribute("aria-pressed") == "false"
    assert page.evaluate("() => document.activeElement.textContent").startswith("under 0.5")
    assert colour(page, 1.5, 1.5) != before
    page.click("#table-button")
    names = page.locator("#table tbody button").all_text_contents()
    assert "Ávila" not in names
    assert len(names) == 9 - counts[6]
    lowest.click()
    assert page.locator("#table tbody tr").count() == 9


def test_certainty_rows_hide_too(opened, map_file):
    seen = opened(map_file)
    seen.page.click("#table-button")
    seen.page.locator("#sure button").filter(has_text="Not clear").click()
    names = seen.page.locator("#table tbody button").all_text_contents()
    assert "Alcoi/Alcoy" not in names


def test_sector_is_found_without_accents_and_by_keyboard(opened, map_file):
    seen = opened(map_file)
    page = seen.page
    page.click("#sector")
    assert page.locator("#sector-list li").count() == 3
    page.keyboard.type("ceram")
    assert seen.attribute("#sector", "aria-expanded") == "true"
    page.keyboard.press("Enter")
    assert page.locator("#sector").input_value() == "Cerámica"
    assert "sector=J62" in page.url
    page.click("#next")
    assert page.locator("#sector").input_value() == "Textiles"
    page.click("#previous")
    assert page.locator("#sector").input_value() == "Cerámica"
    page.fill("#sector", "nowhere")
    assert seen.text("#sector-list li") == "No match"
    page.keyboard.press("Escape")
    assert page.locator("#sector").input_value() == "Cerámica"


@pytest.mark.parametrize(
    ("typed", "found"), [("avila", "Ávila"), ("ZURICH", "Zürich"), ("alcoy", "Alcoi/Alcoy")]
)
def test_territory_is_found_without_accents(opened, map_file, typed, found):
    seen = opened(map_file)
    seen.page.fill("#find", typed)
    seen.page.keyboard.press("Enter")
    assert seen.text("#card h2") == found
    assert seen.page.evaluate("() => document.activeElement.id") == "card"


def test_table_sorts_and_opens_territories(opened, map_file):
    seen = opened(map_file)
    page = seen.page
    page.click("#table-button")
    assert page.evaluate("() => document.activeElement.id") == "table"
    values = page.locator("#table tbody td:nth-child(2)").all_text_contents()
    known = [float(v) for v in values if v[0].isdigit()]
    assert known == sorted(known, reverse=True)
    assert len(known) == 8
    assert values[8:] == ["Withheld"]
    page.click("#table [data-column=employment]")
    page.click("#table [data-column=employment]")
    assert page.locator("#table th[aria-sort=ascending]").text_content().startswith("Employment")
    assert page.locator("#table tbody button").first.text_content() == "Ávila"
    page.click("#table [data-column=territory]")
    assert page.locator("#table tbody button").all_text_contents()[:3] == ["Alcoi/Alcoy", "Ávila", "Łódź"]
    page.locator("#table tbody button").first.press("Enter")
    assert seen.text("#card h2") == "Alcoi/Alcoy"
    assert page.locator("#table tr.now th").all_text_contents()[0].startswith("Alcoi/Alcoy")
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.textContent") == "Alcoi/Alcoy"
    assert page.locator("#table tr.now").count() == 0
    page.click("#table .close")
    assert not page.locator("#table").is_visible()


def test_csv_holds_all_territories(opened, map_file, quotients):
    page = opened(map_file).page
    page.click("#table-button")
    with page.expect_download() as download:
        page.click("#csv")
    assert download.value.suggested_filename == "towns-sectors_lq_C13.csv"
    frame = pd.read_csv(download.value.path(), dtype={"Code": str})
    mine = quotients[quotients.sector == "C13"]
    shown = mine.lq.where(mine.certainty != "withheld").to_numpy()
    assert frame["Code"].tolist() == mine.territory.tolist()
    assert frame["Location quotient"].to_numpy() == pytest.approx(shown, abs=5e-3, nan_ok=True)


def test_csv_has_the_rows_that_the_legend_shows(opened, map_file):
    page = opened(map_file).page
    page.click("#table-button")
    caption = page.locator("#table caption")
    whole = len(page.locator("#table tbody tr").all())
    page.locator("#classes .key").first.click()
    left = len(page.locator("#table tbody tr").all())
    assert f"{left} of {whole} territories" in caption.text_content()
    assert left < whole
    with page.expect_download() as download:
        page.click("#csv")
    assert len(pd.read_csv(download.value.path(), dtype={"Code": str})) == left


def test_language_switch_changes_words_numbers_and_lang(opened, map_file):
    seen = opened(map_file)
    page = seen.page
    page.fill("#find", "zurich")
    page.keyboard.press("Enter")
    assert "1.50" in seen.text("#card .reading")
    page.click("#lang [lang=es]")
    assert seen.attribute("html", "lang") == "es"
    assert "1,50" in seen.text("#card .reading")
    assert "lang=es" in page.url
    assert seen.text("#title") == "Towns & sectors"
    page.click("#lang [lang=en]")
    assert seen.attribute("html", "lang") == "en"


def test_layers_switch_by_keyboard(opened, map_file):
    seen = opened(map_file)
    page = seen.page
    page.focus("#layers [aria-checked=true]")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.textContent") == "Centres"
    assert seen.attribute("#layers button:nth-child(2)", "aria-checked") == "true"
    assert page.locator("#sizes svg").count() == 3
    assert page.locator("#sizes svg").first.is_visible()
    assert "layer=1" in page.url


def test_circle_area_is_proportional_to_employment(opened, map_file):
    seen = opened(map_file, "#layer=1")
    radii = seen.page.evaluate("() => [100, 400, 1600].map((v) => GT.draw.radius(v, 1600, 30))")
    assert radii == [7.5, 15, 30]


def test_address_brings_the_state_back(opened, map_file):
    seen = opened(map_file, "#layer=1&sector=J62&lang=es&table=1&territory=005&view=40.2,0.1,8.5")
    page = seen.page
    assert seen.attribute("html", "lang") == "es"
    assert page.locator("#sector").input_value() == "Cerámica"
    assert page.locator("#table").is_visible()
    assert seen.text("#card h2") == "Zürich"
    nonsense = opened(map_file, "#layer=9&sector=<img>&lang=__proto__&view=a,b,c&territory=zz&table=2")
    assert nonsense.page.locator("#sector").input_value() == "Textiles"
    nonsense.clean(map_file)


def test_link_to_another_state_of_the_same_file_is_followed(opened, map_file):
    seen = opened(map_file, "#sector=C13")
    seen.page.evaluate("() => { location.hash = '#sector=J62&lang=es'; }")
    seen.page.wait_for_selector("html[lang=es][data-ready]", state="attached", timeout=10_000)
    assert seen.page.locator("#sector").input_value() == "Cerámica"
    seen.clean(map_file)


def test_tiles_are_asked_for_only_when_ticked_and_given_up_when_absent(opened, map_file):
    seen = opened(map_file)
    assert {url.partition("#")[0] for url in seen.requests} == {map_file.as_uri()}
    seen.page.click("#tiles")
    seen.page.locator("#tiles-state:not(:empty)").wait_for(timeout=10_000)
    hosts = {url.split("/")[2] for url in seen.requests if url.startswith("https")}
    assert hosts == {"tile.openstreetmap.org"}
    assert not seen.page.is_checked("#tiles")


def test_zoom_buttons_and_whole_map(opened, map_file):
    seen = opened(map_file)
    page = seen.page

    def zoom() -> float:
        return float(page.url.split("view=")[1].split("&")[0].split("%2C")[-1])

    start = zoom()
    page.click("#in")
    page.wait_for_timeout(500)
    assert zoom() == pytest.approx(start + 1)
    page.click("#whole")
    page.wait_for_timeout(300)
    assert zoom() == pytest.approx(start)


@pytest.mark.parametrize("width", [360, 390])
def test_phone_shows_everything_without_sideways_scroll(opened, map_file, width):
    seen = opened(map_file, size=(width, 760), is_mobile=True, has_touch=True)
    page = seen.page
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0
    assert page.locator("#map").bounding_box()["height"] >= 300
    page.fill("#find", "zurich")
    page.keyboard.press("Enter")
    card = page.locator("#card").bounding_box()
    assert card["width"] == width
    assert card["y"] + card["height"] == pytest.approx(760, abs=1)
    page.keyboard.press("Escape")
    page.tap("#table-button")
    assert page.locator("#table").bounding_box() == {"x": 0, "y": 0, "width": width, "height": 760}
    assert page.evaluate(wide) <= 0
    seen.clean(map_file)


@pytest.mark.parametrize(
    ("where", "size"),
    [
        ("", (1400, 900)),
        ("#layer=1&lang=es&table=1&territory=005", (1400, 900)),
        ("#territory=004", (390, 800)),
        ("#table=1", (390, 800)),
    ],
)
def test_no_accessibility_violations(opened, map_file, needs, where, size):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    seen = opened(map_file, where, size=size, bypass_csp=True)
    seen.page.evaluate("() => { document.querySelector('#notes').open = true; }")
    results = axe.Axe().run(seen.page).response
    found = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]]
    assert found == []


def test_map_without_layers_and_map_without_certainty(opened, towns, tmp_path):
    bare = tmp_path / "bare.html"
    territory_map(towns, title="Outlines").save(bare)
    seen = opened(bare)
    assert seen.text("#summary") == "", "there is no list to choose from"
    assert not seen.page.locator("#sector").is_visible()
    seen.clean(bare)
    plain = tmp_path / "plain.html"
    table = pd.DataFrame({"territory": towns["territory"], "sector": "A", "lq": 1.0})
    territory_map(towns, quotient_layer(towns, table, name="x"), lang="es").save(plain)
    seen = opened(plain)
    assert seen.attribute("html", "lang") == "es"
    assert not seen.page.locator("#sure").is_visible()
    seen.clean(plain)


def test_printed_page_keeps_map_and_legend(opened, map_file):
    page = opened(map_file).page
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#pages > section > svg").is_visible()
    assert page.locator("#pages > section > svg path").count() > 9
    row = page.locator("#pages .key", has_text="over 2")
    assert row.is_visible()
    assert row.evaluate("(node) => parseFloat(getComputedStyle(node).fontSize)") >= 12, "nine points on paper"
    assert not page.locator("#bar").is_visible()


def test_phone_opens_a_territory_from_the_table(opened, map_file):
    seen = opened(map_file, "#table=1", size=(390, 760), is_mobile=True, has_touch=True)
    page = seen.page
    page.locator("#table tbody button").first.tap()
    page.locator("#card .close").tap(timeout=3000)
    assert not page.locator("#card").is_visible()
    assert page.locator("#table").is_visible()


def test_title_and_layers_follow_the_language(opened, tmp_path):
    areas = gpd.GeoDataFrame(
        {"territory": ["a", "b"]}, geometry=[box(0, 40, 1, 41), box(1, 40, 2, 41)], crs=4326
    )
    table = pd.DataFrame({"territory": ["a", "b"] * 2, "sector": list("xxyy"), "lq": [0.5, 2, 3, 4]})
    table["certainty"] = ["low", "unclear", "high", "high"]
    layers = [
        quotient_layer(areas, table, name={"en": n, "es": s})
        for n, s in (("Big", "Grande"), ("Small", "Chico"))
    ]
    path = tmp_path / "map.html"
    territory_map(areas, *layers, title={"en": "Work", "es": "Trabajo"}).save(path)
    seen = opened(path)
    assert seen.text("#title") == "Work"
    assert seen.page.locator("#sector").input_value() == "y", "the sector with most to tell comes first"
    seen.page.click("#lang [lang=es]")
    assert seen.text("#title") == "Trabajo"
    assert [b.text_content() for b in seen.page.locator("#layers button").all()] == ["Grande", "Chico"]


def test_each_tab_opens_with_a_sector_of_its_own(towns, quotients, tmp_path, opened):
    other = quotients.assign(certainty=quotients["certainty"].where(quotients["sector"] == "J62", "unclear"))
    layers = [quotient_layer(towns, table, name=name) for table, name in ((quotients, "One"), (other, "Two"))]
    path = tmp_path / "map.html"
    territory_map(towns, *layers).save(str(path))
    page = opened(path).page
    first = page.locator("#sector").input_value()
    page.get_by_role("radio", name="Two").click()
    assert page.locator("#sector").input_value() == "Cerámica" != first
    page.locator("#next").click()
    chosen = page.locator("#sector").input_value()
    page.get_by_role("radio", name="One").click()
    assert page.locator("#sector").input_value() == first
    page.get_by_role("radio", name="Two").click()
    assert page.locator("#sector").input_value() == chosen, "a tab keeps what its reader chose"
