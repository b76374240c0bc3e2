"""Filled areas over the quotients: the map, its legend, its picture and its print name what is seen."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from geoterritorio.publication import further_layer, quotient_layer, territory_map
from geoterritorio.publication.webmap.further import Look

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def covered(towns, quotients, tmp_path_factory):
    path = tmp_path_factory.mktemp("covered") / "map.html"
    filled = [further_layer(towns, name=name, look=Look(colours=("#123456",))) for name in ("Spots", "Zones")]
    outlines = further_layer(towns, name="Outlines", look=Look(colours=("#654321",), filled=False))
    territory_map(towns, quotient_layer(towns, quotients, name="Towns"), *filled, outlines).save(path)
    return path


def test_the_uppermost_filled_layer_is_named_on_the_map_and_the_legend_says_what_it_covers(opened, covered):
    seen = opened(covered)
    page = seen.page
    box = page.locator("#further")
    assert not page.locator("#cover").is_visible()
    assert seen.text("#lq") == "Location quotient"
    box.get_by_role("checkbox", name="Outlines").click()
    assert not page.locator("#cover").is_visible(), "lines cover nothing"
    box.get_by_role("checkbox", name="Zones").click()
    box.get_by_role("checkbox", name="Spots").click()
    assert seen.text("#cover") == "On top: Zones"
    assert page.locator("#cover").is_visible()
    assert seen.text("#lq") == "Location quotient, where “Zones” does not cover it"
    page.click("#lang [lang=es]")
    assert seen.text("#cover") == "Encima: Zones"
    box.get_by_role("checkbox", name="Zones").click()
    assert seen.text("#cover") == "Encima: Spots"
    box.get_by_role("checkbox", name="Spots").click()
    assert not page.locator("#cover").is_visible()
    assert seen.text("#lq") == "Coeficiente de localización"
    seen.clean(covered)


def test_picture_and_print_begin_with_what_covers(opened, covered):
    seen = opened(covered, "#further=1")
    page = seen.page
    with page.expect_download() as download:
        page.click("#svg")
    root = ET.fromstring(download.value.path().read_text(encoding="utf-8"))  # noqa: S314 - made by this test
    said = [node.text for node in root.iter(f"{SVG}text")]
    assert said.count("On top: Zones") == 1
    panel = " ".join(said)
    assert panel.index("Zones (9)") < panel.index("Location quotient, where")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#pages h2").first.text_content() == "On top: Zones"
    told = page.locator("#pages .told").text_content()
    assert told.index("Zones (9)") < told.index("Location quotient, where")
