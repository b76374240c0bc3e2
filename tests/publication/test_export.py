"""What leaves the map: drawing, picture, printed page, and where its figures come from."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from geoterritorio.publication import StoryView, further_layer, quotient_layer, territory_map
from geoterritorio.publication.webmap import palette

HOSTILE = "</text><script>alert(1)</script>{{ 7*7 }} & \u2028 \x0b`${1}"
SVG = "{http://www.w3.org/2000/svg}"


def kept(page, button: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.click(button)
    return download.value.suggested_filename, download.value.path().read_bytes()


def texts(root) -> list[str]:
    return [node.text for node in root.iter(f"{SVG}text")]


def test_drawing_holds_map_title_legend_scale_and_sources(opened, map_file):
    seen = opened(map_file)
    name, content = kept(seen.page, "#svg")
    assert name == "towns-sectors_map.svg"
    root = ET.fromstring(content)  # noqa: S314 - a file that this test has made
    said = texts(root)
    for text in ("Towns & sectors", "Towns", "Textiles", "over 2", "Withheld"):
        assert text in said
    assert "Clear: told apart from 1, with all tests counted" in " ".join(said), "in two lines"
    assert "Statistics office" in said
    assert any(re.fullmatch(r"\d+ k?m", text) for text in said)
    fills = {node.get("fill") for node in root.iter(f"{SVG}path")}
    assert {palette.COLOURS[0], palette.COLOURS[5]} <= fills
    used = {fill[5:-1] for fill in fills if fill and fill.startswith("url(")}
    assert used
    assert used <= {node.get("id") for node in root.iter(f"{SVG}pattern")}
    assert {node.tag for node in root.iter()} <= {
        SVG + tag for tag in ("svg", "rect", "path", "pattern", "text", "image", "circle")
    }
    addresses = [node.get("href") for node in root.iter(f"{SVG}image")]
    assert all(address.startswith("data:image/png") for address in addresses)
    seen.clean(map_file)


def test_outlines_are_closed_in_a_drawing(opened, map_file):
    seen = opened(map_file, "#territory=004")
    root = ET.fromstring(kept(seen.page, "#svg")[1])  # noqa: S314 - a file that this test has made
    marks = [
        node for node in root.iter(f"{SVG}path") if node.get("stroke") == "#22303a" and "L" in node.get("d")
    ]
    assert marks
    assert all(node.get("d").endswith("Z") for node in marks)


def test_hidden_classes_and_layers_that_are_off_are_not_in_the_legend(opened, map_file):
    seen = opened(map_file, "#layer=1&lang=es")
    seen.page.locator("#classes .key").first.click()
    said = texts(ET.fromstring(kept(seen.page, "#svg")[1]))  # noqa: S314 - a file that this test has made
    assert "Centres" in said
    assert "más de 2" not in said
    assert "1,25 a 2" in said
    assert "Área del círculo: empleo" in said


def test_two_maps_side_by_side_are_both_in_the_drawing(opened, map_file):
    seen = opened(map_file, "#layer2=0&sector2=C15&view=40.15,0.15,9")
    root = ET.fromstring(kept(seen.page, "#svg")[1])  # noqa: S314 - a file that this test has made
    said = texts(root)
    assert "Textiles" in said
    assert any(text.startswith("Second map:") for text in said)
    assert said.count("over 2") == 2, "each map has its legend"
    assert "Classes" not in said
    assert said.count("Textiles") == 2, "in the panel, and over its map"
    assert "Leather and footwear" in said
    maps = [box for box in root.findall(f"{SVG}svg") if float(box.get("width")) > 400]
    assert len(maps) == 2
    assert all(len(list(box.iter(f"{SVG}path"))) > 9 for box in maps)
    assert float(maps[1].get("x")) >= float(maps[0].get("x")) + float(maps[0].get("width"))
    assert float(root.get("width")) >= float(maps[1].get("x")) + float(maps[1].get("width"))
    names = [node.get("id") for node in root.iter(f"{SVG}pattern")]
    assert len(names) == len(set(names))
    seen.clean(map_file)


@pytest.mark.parametrize(
    ("size", "options"), [((1400, 900), {}), ((360, 760), {"is_mobile": True, "has_touch": True})]
)
def test_picture_has_the_colours_of_the_map(opened, map_file, size, options):
    seen = opened(map_file, size=size, **options)
    name, content = kept(seen.page, "#png")
    assert name == "towns-sectors_map.png"
    image = Image.open(BytesIO(content)).convert("RGB")
    box = seen.page.locator("#map").bounding_box()
    assert image.width == 2 * (310 + round(box["width"]))
    assert image.height >= 2 * round(box["height"])
    pixels = np.asarray(image)[:, 620:].reshape(-1, 3)
    for colour in (palette.COLOURS[0], palette.COLOURS[5]):
        # as many points as a territory has, or nearly
        wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        assert (np.abs(pixels.astype(int) - wanted).max(axis=1) <= 2).sum() > 2000
    # the panel beside the map holds text and swatches
    assert np.asarray(image)[:, :600].min() < 60
    seen.clean(map_file)


def test_hostile_texts_stay_text(opened, towns, quotients, tmp_path):
    path = tmp_path / "map.html"
    layer = quotient_layer(towns, quotients.assign(sector_name=HOSTILE), name=HOSTILE)
    outlines = further_layer(towns, name=HOSTILE)
    territory_map(towns, layer, outlines, title=HOSTILE, sources=[HOSTILE], origin=[HOSTILE]).save(path)
    seen = opened(path, "#further=0")
    root = ET.fromstring(kept(seen.page, "#svg")[1])  # noqa: S314 - a file that this test has made
    said = " ".join(texts(root))
    assert "<script>alert(1)</script>" in said
    assert "{{ 7*7 }}" in said
    assert "\x0b" not in said
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    assert kept(seen.page, "#png")[1].startswith(b"\x89PNG")
    seen.page.pdf(format="A4")
    seen.page.click("#origin summary")
    assert seen.text("#origin li").startswith("</text><script>")
    seen.clean(path)


@pytest.mark.parametrize("landscape", [True, False])
def test_printed_page_has_map_legend_and_card_and_screen_comes_back(opened, map_file, landscape):
    seen = opened(map_file, "#territory=005")
    page = seen.page
    printed = page.pdf(format="A4", landscape=landscape)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
    # hatching as pictures of each territory would fill many megabytes
    assert len(printed) < 2_000_000
    assert page.locator("#map").is_visible()
    assert page.locator("#pages section").count() == 0
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#pages h1").text_content() == "Towns & sectors"
    assert page.locator("#pages section > svg").is_visible()
    assert page.locator("#pages section > svg text").first.text_content().endswith("km")
    assert "Statistics office" in page.locator("#pages .told").inner_text()
    assert page.locator("#card").is_visible()
    for part in ("#bar", "#zoom", "#panel", "#map"):
        assert not page.locator(part).is_visible()
    seen.clean(map_file)


def test_notes_and_origin_are_printed_once_at_the_end_and_groups_hold_together(
    opened, towns, quotients, tmp_path
):
    path = tmp_path / "map.html"
    layer = quotient_layer(towns, quotients, name="Towns")
    views = [StoryView("First", "One", layer="Towns"), StoryView("Second", "Two", layer="Towns")]
    territory_map(towns, layer, title="Study", origin=["Register"], notes=["A note"], story=views).save(path)
    seen = opened(path, "#story=0")
    page = seen.page
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#pages section .over").first.text_content() == "Study"
    said = page.locator("#pages").text_content()
    assert said.count("A note") == said.count("Where the figures come from") == said.count("Register") == 1
    assert said.index("Two") < said.index("A note") < said.index("Register")
    heads = page.locator("#pages .told > div").evaluate_all(
        "all => all.map((n) => n.querySelectorAll('h2').length)"
    )
    assert max(heads) == 1
    page.emulate_media(media="print")
    assert not page.locator("#time").is_visible()
    seen.clean(path)


def test_print_button_opens_the_dialog_of_the_browser(opened, map_file):
    page = opened(map_file).page
    page.evaluate("() => { window.print = () => { document.title = 'printing'; }; }")
    page.click("#print")
    assert page.title() == "printing"


def test_origin_is_told_in_the_readers_language_and_absent_without_one(opened, map_file, towns, tmp_path):
    assert not opened(map_file).page.locator("#origin").is_visible()
    path = tmp_path / "map.html"
    territory_map(towns, origin=[{"en": "Register of 2024", "es": "Registro de 2024"}]).save(path)
    seen = opened(path, "#lang=es")
    seen.page.click("#origin summary")
    assert seen.text("#origin") == "De dónde proceden las cifrasRegistro de 2024"
    seen.page.click("#lang [lang=en]")
    assert seen.text("#origin-list") == "Register of 2024"
    seen.clean(path)


PRINT = "() => dispatchEvent(new Event('beforeprint'))"
SHEET = rb"/Type\s*/Page\b"
BOX = rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)"


@pytest.mark.parametrize("lang", ["en", "es"])
def test_two_maps_and_their_legends_are_printed_on_one_broad_sheet(opened, towns, quotients, tmp_path, lang):
    path = tmp_path / "map.html"
    line = "Invented areas: tool location_quotient. Measure: Employment; Level: 95%; Territories: towns; Firms: firms"
    layer = quotient_layer(towns, quotients, name="Towns")
    # as many steps as a study of a whole region has
    made = [f"{k}. {line}" for k in range(90)]
    territory_map(towns, layer, title="Towns", sources=["Office"], notes=["A note"], origin=made).save(path)
    seen = opened(path, f"#layer2=0&sector2=C15&lang={lang}", size=(1280, 800))
    page = seen.page
    # whatever paper the browser has
    for landscape in (False, True):
        sheets = page.pdf(format="A4", landscape=landscape)
        assert len(re.findall(SHEET, sheets)) == 2, "maps and legends; notes and origin"
        assert all(float(wide) > float(high) for wide, high in re.findall(BOX, sheets))
    page.evaluate(PRINT)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1046, "height": 718})
    left, right = (one.bounding_box() for one in page.locator("#pages section > svg").all())
    assert left["y"] == pytest.approx(right["y"], abs=1)
    assert 0 < right["x"] - left["x"] - left["width"] < 20
    told = page.locator("#pages .told").bounding_box()
    assert told["y"] >= left["y"] + left["height"] - 1
    assert told["y"] + told["height"] <= 718
    assert page.locator("#pages .told").inner_text().count("2") > 2, "each map has its legend"
    assert page.locator("#pages .told h2").count() == 5
    seen.clean(path)


def test_on_paper_two_maps_show_their_territories_and_not_what_lies_around(opened, map_file):
    page = opened(map_file, "#layer2=0&sector2=C15", size=(1280, 800)).page
    share = """() => [...document.querySelectorAll('#pages svg:has(path[fill^="url"])')].map((box) => {
        const own = [...box.querySelectorAll('path[fill^="#"]')].map((path) => path.getBBox());
        const wide = Math.max(...own.map((b) => b.x + b.width)) - Math.min(...own.map((b) => b.x));
        return wide / box.viewBox.baseVal.width;
    }).filter((part) => part > 0)"""
    page.evaluate(PRINT)
    page.emulate_media(media="print")
    whole = page.evaluate(share)
    assert min(whole) > 0.7
    page.emulate_media(media="screen")
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    # one who looks closer has what is seen
    page.click("#in")
    page.wait_for_timeout(600)
    page.evaluate(PRINT)
    box = page.locator("#pages section > svg").first
    shown = page.locator("#map").bounding_box()
    assert [float(x) for x in box.get_attribute("viewBox").replace(",", " ").split()][2:] == [
        pytest.approx(shown["width"], abs=1),
        pytest.approx(shown["height"], abs=1),
    ]


def test_one_map_is_printed_on_the_paper_that_there_is(opened, map_file):
    page = opened(map_file, "#layer2=0&sector2=C15").page
    page.pdf(format="A4")
    page.click("#compare")
    sheets = page.pdf(format="A4")
    assert all(float(wide) < float(high) for wide, high in re.findall(BOX, sheets))
