"""A reader goes back, hides classes, compares, and lays layers over the quotients: the map says one thing at a time."""

from __future__ import annotations

import pytest

from geoterritorio.publication import Beside, Look, StoryView, further_layer, quotient_layer, territory_map

PHONE = {"size": (360, 740), "is_mobile": True, "has_touch": True}
VIEWS = (
    StoryView("First", "One."),
    StoryView("Second", "A longer text. " * 9, sector="C15", territory="004"),
    StoryView("Third", "Both.", compare=Beside(sector="J62"), territory="004"),
)


@pytest.fixture(scope="module")
def read_file(towns, quotients, tmp_path_factory):
    graded = towns.assign(grade="high", share=[float(k) + 0.5 for k in range(9)])
    look = Look({"share": "Share"}, ("#20c020",))
    path = tmp_path_factory.mktemp("reading") / "map.html"
    territory_map(
        towns,
        quotient_layer(towns, quotients, name="Towns"),
        further_layer(graded, name="Grades", kinds="grade", look=look),
        title="Towns",
        story=VIEWS,
    ).save(path)
    return path


@pytest.fixture(scope="module")
def layers_file(towns, quotients, tmp_path_factory):
    """Two layers, of which the second begins with another sector and has no class in common with the first."""
    path = tmp_path_factory.mktemp("layers") / "map.html"
    other = quotients.assign(sector=quotients["sector"] + "x", sector_name=quotients["sector_name"] + " else")
    layers = [quotient_layer(towns, rows, name=name) for name, rows in (("One", quotients), ("Two", other))]
    territory_map(towns, *layers).save(path)
    return path


def shade(seen, selector: str) -> int:
    return len(
        set(
            seen.page.locator(selector).first.evaluate(
                "(n) => [...new Uint32Array(n.getContext('2d').getImageData(8, 8, 12, 16).data.buffer)]"
            )
        )
    )


def test_story_buttons_stay_in_their_place_and_back_goes_a_view_back(opened, read_file):
    seen = opened(read_file, "#story=0", size=(1280, 800))
    page = seen.page
    before = page.evaluate("history.length")
    places = []
    for _ in range(2):
        places.append(page.locator("#story-on").bounding_box())
        page.click("#story-on")
    assert places[0] == places[1] == page.locator("#story-on").bounding_box()
    assert page.evaluate("history.length") == before + 2
    page.go_back()
    page.get_by_text("View 2 of 3").wait_for()
    assert page.locator("#sector").input_value() == "Leather and footwear"
    assert not page.locator("#map2").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("history.length") == before + 2, "a print is no step"
    seen.clean(read_file)


def test_sector_and_second_map_can_be_gone_back_from(opened, read_file):
    seen = opened(read_file)
    page = seen.page
    first = page.locator("#sector").input_value()
    page.click("#next")
    page.click("#compare")
    page.go_back()
    page.locator("#map2").wait_for(state="hidden")
    assert page.locator("#sector").input_value() != first
    page.go_back()
    page.wait_for_function("(name) => document.querySelector('#sector').value === name", arg=first)
    seen.clean(read_file)


def test_back_leads_to_the_first_layer_and_its_sector(opened, layers_file):
    seen = opened(layers_file)
    page = seen.page
    first = page.locator("#sector").input_value()
    page.locator("#layers button").nth(1).click()
    page.click("#next")
    page.go_back()
    page.go_back()
    page.wait_for_function("() => document.querySelector('#layers button').ariaChecked === 'true'")
    assert page.locator("#sector").input_value() == first
    seen.clean(layers_file)


def test_a_territory_says_beside_its_quotient_in_which_class_a_layer_has_it(opened, read_file):
    seen = opened(read_file, "#further=0&territory=004", size=(1280, 800))
    chip = seen.page.locator("#also svg").first.bounding_box()
    words = seen.page.locator("#also p:has(svg)").first.bounding_box()
    assert chip["width"] < 40
    assert words["height"] < 40, "the words stand in a line"
    seen.clean(read_file)


def test_address_keeps_what_the_legend_hides(opened, read_file):
    seen = opened(read_file)
    seen.page.locator("#classes .key").first.click()
    seen.page.locator("#sure-rows .key").first.click()
    again = opened(read_file, "#" + seen.page.url.partition("#")[2])
    for box in ("#classes", "#sure-rows"):
        assert again.attribute(f"{box} .key", "aria-pressed") == "false"
    nonsense = opened(read_file, "#hidden=<img>;1;;;7;9,9")
    nonsense.clean(read_file)


def test_two_maps_of_one_measure_have_the_same_classes(opened, read_file):
    page = opened(read_file, "#parted=quantiles&sector=C13&layer2=0&sector2=J62").page
    left, right = (page.locator(f"{box} .name").all_text_contents() for box in ("#classes", "#classes2"))
    assert left == right


def test_what_is_not_clear_is_striped_on_both_sides_of_one(opened, read_file):
    seen = opened(read_file)
    assert shade(seen, "#classes canvas") == 1
    unclear = "#sure-rows .key:has-text('Not clear') canvas, #sure-rows .key:nth-child(2) canvas"
    assert shade(seen, unclear) > 1


def test_list_of_sectors_does_not_scroll_the_page(opened, read_file):
    page = opened(read_file, size=(1280, 560)).page
    page.click("#sector")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("[scrollY, document.documentElement.scrollHeight <= innerHeight]") == [0, True]


def test_key_of_what_covers_comes_first_and_one_thing_is_told(opened, read_file):
    seen = opened(read_file, "#further=0")
    page = seen.page
    above, below = (page.locator(s).bounding_box()["y"] for s in ("#above .key", "#classes"))
    assert above < below
    assert not page.locator("#summary").is_visible()
    page.fill("#find", "Zürich")
    page.keyboard.press("Enter")
    assert "Share: 5.5" in seen.text("#also")
    box = page.locator("#map").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    assert page.locator(".leaflet-popup").count() == 1
    assert not page.locator("#card").is_visible()
    page.keyboard.press("Escape")
    page.locator(".leaflet-popup").wait_for(state="detached")
    page.uncheck("#further input")
    assert page.locator("#summary").is_visible()
    assert page.locator("#above *").count() == 0
    seen.clean(read_file)


@pytest.mark.parametrize("look", [PHONE, {"size": (1280, 800)}])
def test_second_map_of_a_story_is_in_sight_beside_its_card(opened, read_file, look):
    page = opened(read_file, "#story=2", **look).page
    maps = [page.locator(s).bounding_box() for s in ("#map", "#map2")]
    card = page.locator("#card").bounding_box()
    assert all(box["height"] >= 150 for box in maps)
    if look is not PHONE:
        assert all(box["y"] + box["height"] <= card["y"] + 1 for box in maps)
    assert float(page.url.partition("view=")[2].split("%2C")[2].split("&")[0]) > 6
