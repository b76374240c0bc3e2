"""A story leads through views with text; its reader may wander off, come back, leave and print it."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from urllib.parse import parse_qs

import numpy as np
import pytest
import shapely
from PIL import Image

from geoterritorio.errors import LayerError
from geoterritorio.publication import Beside, Opening, StoryView, further_layer, quotient_layer, territory_map
from geoterritorio.publication.webmap import palette

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}{% x `${1}` \u2028"
VIEWS = (
    StoryView({"en": "First", "es": "Primera"}, {"en": "One.\n\nTwo.", "es": "Uno."}),
    StoryView(
        "Second", "Circles", layer="Centres", sector="Cerámica", territory="005", further=("Doubtful",)
    ),
    StoryView(
        "Third", "Both", sector="C15", territory="004", view=(40.15, 0.15, 9), compare=Beside(sector="J62")
    ),
)


def layers_of(towns, quotients):
    centres = towns.assign(geometry=shapely.centroid(towns.geometry.array))
    return [
        quotient_layer(towns, quotients, name={"en": "Towns", "es": "Municipios"}),
        quotient_layer(centres, quotients, name="Centres"),
        further_layer(centres.iloc[:3], name="Doubtful"),
    ]


@pytest.fixture(scope="module")
def told_file(towns, quotients, tmp_path_factory):
    path = tmp_path_factory.mktemp("story") / "map.html"
    territory_map(towns, *layers_of(towns, quotients), title="Towns", story=VIEWS).save(path)
    return path


def position(seen) -> str:
    return seen.text("#story-at")


def test_a_map_without_story_offers_none(opened, map_file):
    seen = opened(map_file)
    assert not seen.page.locator("#tell").is_visible()
    assert not seen.page.locator("#story").is_visible()


def test_story_is_gone_through_by_keyboard(opened, told_file):
    seen = opened(told_file)
    page = seen.page
    page.focus("#tell")
    page.keyboard.press("Enter")
    assert position(seen) == "View 1 of 3"
    assert seen.text("#story-text") == "One.\n\nTwo."
    assert page.locator("#story-back").is_disabled()
    page.focus("#story-on")
    page.keyboard.press("Enter")
    assert position(seen) == "View 2 of 3"
    assert seen.attribute("#layers button:nth-child(2)", "aria-checked") == "true"
    assert page.locator("#sector").input_value() == "Cerámica"
    assert seen.text("#card h2") == "Zürich"
    assert page.locator("#further input").is_checked()
    assert page.evaluate("() => document.activeElement.id") == "story-on"
    page.keyboard.press("Enter")
    assert position(seen) == "View 3 of 3"
    assert not page.locator("#further input").is_checked()
    assert page.locator("#sector2").input_value() == "J62"
    assert "view=40.150%2C0.150%2C9" in page.url
    assert page.locator("#story-on").is_disabled()
    assert page.evaluate("() => document.querySelector('#story').contains(document.activeElement)")
    page.click("#story-back")
    assert position(seen) == "View 2 of 3"
    assert not page.locator("#map2").is_visible()
    seen.clean(told_file)


def test_reader_wanders_off_comes_back_and_leaves(opened, told_file):
    seen = opened(told_file, "#story=1")
    page = seen.page
    assert position(seen) == "View 2 of 3"
    page.click("#next")
    page.get_by_role("radio", name="Towns").click()
    page.select_option("#colours", "1")
    assert position(seen) == "View 2 of 3", "the text stays while the reader looks around"
    page.click("#story-here")
    assert seen.attribute("#layers button:nth-child(2)", "aria-checked") == "true"
    assert page.locator("#sector").input_value() == "Cerámica"
    assert page.locator("#colours").input_value() == "1", "what a reader sees best is kept"
    page.focus("#story-here")
    page.keyboard.press("Escape")
    assert not page.locator("#story").is_visible()
    assert page.locator("#card").is_visible(), "the map stays as it was"
    assert page.evaluate("() => document.activeElement.id") == "tell"
    assert "story=" not in page.url
    page.keyboard.press("Enter")
    assert position(seen) == "View 2 of 3", "it goes on where it was left"
    seen.clean(told_file)


def test_address_of_a_story_keeps_what_the_reader_did(opened, told_file):
    seen = opened(told_file, "#story=2&sector=C13&view=40.1,0.1,9&lang=es")
    assert position(seen) == "Vista 3 de 3"
    assert seen.page.locator("#sector").input_value() == "Textiles"
    assert not seen.page.locator("#map2").is_visible()
    first = opened(told_file, "#story=0&lang=es")
    assert first.text("#story-title") == "Primera"
    first.page.click("#lang [lang=en]")
    assert first.text("#story-title") == "First"
    nonsense = opened(told_file, "#story=<img>")
    assert not nonsense.page.locator("#story").is_visible()
    nonsense.clean(told_file)


def test_screen_readers_hear_each_view(opened, told_file):
    page = opened(told_file, "#story=0").page
    assert page.locator("[aria-live=polite]:has(#story-text)").count() == 1
    assert page.get_by_role("region", name="Story").count() == 1
    assert page.get_by_role("button", name="Next view").count() == 1


def test_story_prints_as_pages(opened, told_file):
    seen = opened(told_file, "#story=1&parted=quantiles")
    page = seen.page
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    pages = page.locator("#pages section")
    assert pages.locator("h1:first-child").all_text_contents() == ["First", "Second", "Third"]
    assert [pages.nth(k).locator(":scope > svg").count() for k in range(3)] == [1, 1, 2]
    assert all(pages.nth(k).locator(".key").count() > 5 for k in range(3))
    darkest = [int(palette.FIGURES[-1][k : k + 2], 16) for k in (1, 3, 5)]
    for map_ in pages.locator(":scope > svg").all():
        image = Image.open(BytesIO(map_.screenshot())).convert("RGB")
        # circles let a little of the ground through
        far = np.abs(np.asarray(image).astype(int) - darkest).max(axis=2)
        assert (far < 20).sum() > 400, "each map has the fill of the highest class, not lines alone"
    assert not page.locator("#gt").is_visible()
    page.emulate_media(media="screen")
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.locator("#pages section").count() == 0
    assert position(seen) == "View 2 of 3"
    assert seen.text("#card h2") == "Zürich"
    page.emulate_media(media="null")
    assert page.pdf().count(b"/Type /Page\n") >= 3
    seen.clean(told_file)


def test_story_fits_a_phone(opened, told_file):
    seen = opened(told_file, "#story=0", size=(360, 760), is_mobile=True, has_touch=True)
    page = seen.page
    page.tap("#story-on")
    page.tap("#story-on")
    assert position(seen) == "View 3 of 3"
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    top = page.locator("#story-title").bounding_box()["y"]
    assert 0 <= top < 400, "the text is in sight"


@pytest.mark.parametrize("where", ["#story=0", "#story=2&lang=es"])
@pytest.mark.parametrize("size", [(1400, 900), (390, 800)])
def test_no_accessibility_violations(opened, told_file, needs, where, size):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    seen = opened(told_file, where, size=size, bypass_csp=True)
    results = axe.Axe().run(seen.page).response
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]] == []


def test_text_and_map_share_the_screen_of_a_phone(opened, told_file):
    for k in range(len(VIEWS)):
        seen = opened(told_file, f"#story={k}", size=(360, 740), is_mobile=True, has_touch=True)
        page = seen.page
        story, chart = (page.locator(node).bounding_box() for node in ("#story", "#stage"))
        assert story["y"] + story["height"] <= chart["y"] + 1
        assert chart["height"] > 250
        assert chart["y"] + chart["height"] <= 740
        assert not page.locator("#sector").is_visible()
        if page.locator("#card").is_visible():
            assert page.locator("#card").bounding_box()["height"] <= 60
    page.tap("#story-close")
    assert page.locator("#sector").is_visible()
    seen.clean(told_file)


@pytest.mark.parametrize("view", ["95,0,9", "40,9999,9", "1e99,0,9", "40,0,x"])
def test_a_view_out_of_the_world_is_left_alone(opened, told_file, view):
    urls = [opened(told_file, address).page.url for address in ("", f"#view={view}")]
    plain, given = (parse_qs(url.partition("#")[2])["view"] for url in urls)
    assert given == plain


def test_an_address_with_a_view_that_is_not_there_loses_it(opened, told_file):
    for given in ("99", "length", "<b>"):
        seen = opened(told_file, f"#story={given}")
        assert not seen.page.locator("#story").is_visible()
        assert "story=" not in seen.page.url
        seen.clean(told_file)


def test_texts_of_a_story_are_only_ever_text(opened, towns, quotients, tmp_path):
    path = tmp_path / "map.html"
    view = StoryView(HOSTILE + "title", HOSTILE + "text")
    territory_map(towns, quotient_layer(towns, quotients, name="x"), story=[view]).save(path)
    seen = opened(path, "#story=0")
    assert seen.text("#story-title") == HOSTILE + "title"
    assert seen.text("#story-text") == HOSTILE + "text"
    seen.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert seen.page.locator("#pages h1").first.text_content() == HOSTILE + "title"
    assert seen.page.locator("#pages p").first.text_content() == HOSTILE + "text"
    assert seen.page.locator("img[src=x]").count() == 0
    seen.clean(path)


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (StoryView("a", "b", layer="Nowhere"), "the map has no layer “Nowhere”. It has: Towns; Centres"),
        (StoryView("", "b"), "its title is empty; say what the reader sees"),
        (StoryView("a", {"en": "b", "es": " "}), "its text is empty"),
        (StoryView("a", "b", layer=7), "no layer “7”"),
        (StoryView("a", "b", sector="Z"), "layer “Towns” has no sector or indicator “Z”"),
        (StoryView("a", "b", day="2001"), "layer “Towns” has no day “2001”"),
        (StoryView("a", "b", territory="x"), "layer “Towns” has no territory “x”"),
        (StoryView("a", "b", further=("Nothing",)), "the map has no layer “Nothing”. It has: Doubtful"),
        (StoryView("a", "b", view=(95, 0, 9)), "latitude, longitude and zoom"),
        (StoryView("a", "b", compare=Beside(sector="Z")), "no sector or indicator “Z”"),
        (StoryView("a", "b", compare=Beside(territory="x")), "no territory “x”"),
        (StoryView("a", "b", compare=Beside(layer="y")), "no layer “y”"),
    ],
)
def test_what_a_map_does_not_have_is_refused_by_view(towns, quotients, view, told):
    with pytest.raises(LayerError) as caught:
        territory_map(towns, *layers_of(towns, quotients), story=[VIEWS[0], view, view])
    problems = [str(p) for p in caught.value.problems]
    assert len(problems) == 2
    assert told in problems[0]
    assert problems[0].startswith("Story, view 2:")


def test_layers_of_one_name_are_told_apart_by_their_place(towns, quotients):
    twice = [quotient_layer(towns, quotients, name="Same") for _ in range(2)]
    with pytest.raises(LayerError, match="several layers are called “Same”"):
        territory_map(towns, *twice, story=[StoryView("a", "b", layer="Same")])
    assert territory_map(towns, *twice, story=[StoryView("a", "b", layer=1)]).story


def test_a_map_of_further_layers_alone_has_its_story_and_no_comparison(opened, towns, quotients, tmp_path):
    path = tmp_path / "map.html"
    above = layers_of(towns, quotients)[2]
    views = [StoryView("a", "b"), StoryView("c", "d", further=("Doubtful",))]
    territory_map(towns, above, story=views).save(path)
    seen = opened(path)
    seen.page.click("#tell")
    seen.page.click("#story-on")
    assert seen.text("#story-title") == "c"
    assert seen.page.locator("#further input").is_checked()
    assert not seen.page.locator("#compare").is_visible()
    seen.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert seen.page.locator("#pages section").count() == 2
    seen.page.keyboard.press("Escape")
    assert not seen.page.locator("#story").is_visible()
    seen.clean(path)


def test_a_map_opens_with_a_view_of_its_story_or_with_what_it_is_told(opened, towns, quotients, tmp_path):
    layers = layers_of(towns, quotients)
    for k, (opens, shown) in enumerate(
        (
            (Opening(story=3), "Third"),
            (Opening("Centres", "Cerámica", compare=Beside(layer="Municipios"), table=True), ""),
        )
    ):
        path = tmp_path / f"map{k}.html"
        territory_map(towns, *layers, story=VIEWS, opens=opens).save(path)
        seen = opened(path)
        assert (seen.text("#story-title") if shown else "") == shown
        assert seen.page.locator("#story").is_visible() == bool(shown)
        assert seen.page.locator("#map2").is_visible(), "both say a second map"
        assert seen.page.locator("#table").is_visible() != bool(shown)
        seen.clean(path)


@pytest.mark.parametrize(
    ("opens", "told"),
    [
        (Opening("Nowhere"), "the map has no layer “Nowhere”. It has: Towns; Centres"),
        (Opening(sector="Z"), "layer “Towns” has no sector or indicator “Z”"),
        (Opening(view=(1, 2, 99)), "latitude, longitude and zoom"),
        (Opening(compare=Beside(territory="x")), "no territory “x”"),
        (Opening(story=4), "the story has no view 4; it has 3"),
        (Opening(story=1, table=True), "a view of the story says all that is shown: name nothing else"),
    ],
)
def test_an_opening_that_the_map_does_not_have_is_refused(towns, quotients, opens, told):
    with pytest.raises(LayerError) as caught:
        territory_map(towns, *layers_of(towns, quotients), story=VIEWS, opens=opens)
    assert str(caught.value).startswith("Opening of the map: ")
    assert told in str(caught.value)
