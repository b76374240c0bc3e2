"""Every text that reaches a map, times every hostile payload: shown as it stands, and nothing of it runs."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio import publication
from geoterritorio.errors import GeoterritorioError
from geoterritorio.layers import result_schema, schema
from geoterritorio.publication import (
    Beside,
    Context,
    HistoryFigures,
    Look,
    Opening,
    StoryView,
    firm_layer,
    flow_layer,
    further_layer,
    history_layer,
    quotient_layer,
    territory_map,
)
from geoterritorio.publication.webmap import codec
from geoterritorio.registry import Layer

DOCS = Path(__file__).resolve().parents[2] / "docs/safety.md"
TRAP = """
window.broken = [];
document.addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective));
"""
# Argument of a public function, or column of its table -> where its text is read in the page.
SHOWN = {
    "territory_map(title)": "heading, title of the document",
    "territory_map(sources)": "panel",
    "territory_map(notes)": "panel",
    "territory_map(origin)": "panel of provenance",
    "Context(name)": "legend",
    "StoryView(title)": "story",
    "StoryView(text)": "story",
    "StoryView(layer)": "chosen layer",
    "StoryView(sector)": "chosen sector",
    "StoryView(territory)": "open card",
    "StoryView(further)": "ticked layer",
    "Beside(sector)": "chosen sector of the second map",
    "Beside(layer)": "chosen layer of the second map",
    "Beside(territory)": "territory of the second map",
    "quotient_layer(name)": "list of layers, drawing",
    "quotient_layer(titles)": "list of sectors",
    "quotient_layer(territories)[territory]": "search, CSV",
    "quotient_layer(territories)[name]": "search, card, tip, table, CSV",
    "quotient_layer(quotients)[sector]": "list of sectors",
    "quotient_layer(quotients)[sector_name]": "list of sectors, card, caption, CSV",
    "history_layer(name)": "list of layers",
    "HistoryFigures(name)": "list of indicators",
    "HistoryFigures(table)[sector]": "list of indicators",
    "history_layer(territories)[territory]": "search, CSV",
    "history_layer(territories)[name]": "what changed, table",
    "further_layer(name)": "legend",
    "further_layer(rows)[firm]": "what is told of a point",
    "further_layer(rows)[name]": "what is told of a point",
    "further_layer(rows)[name_es]": "the same in Spanish",
    "further_layer(rows)[sector]": "what is told of a point",
    "further_layer(rows)[sector_name]": "what is told of a point",
    "further_layer(rows)[sector_name_es]": "the same in Spanish",
    "further_layer(kinds)": "legend",
    "further_layer(labels)": "legend",
    "further_layer(why_shown)": "panel",
    "Look(facts)": "what is told of a point",
    "Look(facts) values": "what is told of a point",
    "Look(words)": "what is told of a point",
    "Look(called) values": "what is told of a point",
    "Look(fold)": "legend",
    "Look(title)": "legend",
    "flow_layer(name)": "legend",
    "flow_layer(way)": "legend",
    "flow_layer(territories)[name]": "list of places, legend, what is told of a flow",
    "firm_layer(name)": "legend",
    "firm_layer(why_shown)": "panel",
    "firm_layer(firms)[sector]": "legend",
    "firm_layer(firms)[sector_name]": "legend, what is told of an establishment",
    "firm_layer(firms)[sector_name_es]": "the same in Spanish",
    "firm_layer(firms)[size_class]": "legend",
    "firm_layer(firms)[name]": "search, what is told of an establishment",
    "firm_layer(firms)[firm]": "search, where there is no name",
}
# Held in the file for the page's own use, and read nowhere.
UNREAD = {"flow_layer(territories)[territory]"}
GROUND = gpd.GeoDataFrame(
    {"territory": ["a"], "level": ["a"]}, geometry=[shapely.box(0, 40, 1, 41)], crs=4326
)
ROWS = gpd.GeoDataFrame({"sector": ["15"]}, geometry=[shapely.Point(0, 40)], crs=4326)
VALUE = pd.DataFrame({"territory": ["a"], "value": [1.0]})


def told(view):
    return territory_map(GROUND, history_layer(GROUND, name="x"), story=[view])


def opened_with(opens):
    return territory_map(GROUND, history_layer(GROUND, name="x"), opens=opens)


# Arguments that choose among what there is, and are refused where they name nothing of it.
REFUSED = {
    "territory_map(lang)": lambda bad: territory_map(GROUND, lang=bad),
    "firm_layer(classification)": lambda bad: firm_layer(
        ROWS, name="x", classification=bad, level="division"
    ),
    "firm_layer(level)": lambda bad: firm_layer(ROWS, name="x", classification="nace2", level=bad),
    "history_layer(level)": lambda bad: history_layer(GROUND, name="x", level=bad),
    "HistoryFigures(day)": lambda bad: history_layer(GROUND, HistoryFigures(VALUE, "x", bad), name="x"),
    "StoryView(day)": lambda bad: told(StoryView("x", "x", day=bad)),
    "Beside(day)": lambda bad: told(StoryView("x", "x", compare=Beside(day=bad))),
    "Opening(layer)": lambda bad: opened_with(Opening(layer=bad)),
    "Opening(sector)": lambda bad: opened_with(Opening(sector=bad)),
    "Opening(day)": lambda bad: opened_with(Opening(day=bad)),
    "Opening(territory)": lambda bad: opened_with(Opening(territory=bad)),
    "Look(colours)": lambda bad: further_layer(ROWS, name="x", look=Look(colours=(bad,))),
}
LAYERS = (quotient_layer, history_layer, further_layer, flow_layer, firm_layer)
ROOM = (territory_map, *LAYERS, StoryView, Opening, Beside, Context, Look, HistoryFigures)
SECOND = "second sector"


def texts_of(payload: str) -> dict[str, str]:
    """One text for each argument, told apart by its end."""
    return {key: f"{payload}·{k:02d}" for k, key in enumerate([*SHOWN, *sorted(UNREAD)])}


def secret(*columns: str) -> dict[str, str]:
    """Every column that any layer may have but these, filled with what must not reach a page."""
    layers = [v for room in (schema, result_schema) for v in vars(room).values() if isinstance(v, Layer)]
    dated = {"valid_from", "valid_to", "opened", "closed", "period", "employment", "establishments", "split"}
    numbers = {c.name for layer in layers for c in layer.columns if c.dtype != "text"}
    return {
        c.name: "<SECRET>"
        for layer in layers
        for c in layer.columns
        if c.name not in {*columns, *dated, *numbers}
    }


def quotients(text: dict[str, str]) -> pd.DataFrame:
    """Two sectors, of which the first is hostile and the other goes to the second map."""
    ids = [text["quotient_layer(territories)[territory]"], "plain"]
    sectors = {
        text["quotient_layer(quotients)[sector]"]: text["quotient_layer(quotients)[sector_name]"],
        text["Beside(sector)"]: SECOND,
    }
    rows = [(place, code, name) for code, name in sectors.items() for place in ids]
    return pd.DataFrame(rows, columns=["territory", "sector", "sector_name"]).assign(
        lq=[2.5, 0.5, 0.5, 2.5], **secret("territory", "sector", "sector_name", "status", "certainty")
    )


def towns(text: dict[str, str], room: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "territory": [text[f"{room}(territories)[territory]"], "plain"],
            "name": [text[f"{room}(territories)[name]"], "Plain"],
            **secret("territory", "name"),
        },
        geometry=[shapely.box(0, 40, 1, 41), shapely.box(1, 40, 2, 41)],
        crs=4326,
    )


def history(text: dict[str, str]):
    """The hostile territory begins in 2000; its figures are of two indicators."""
    versions = towns(text, "history_layer").assign(valid_from=["2000", "1990"], valid_to=None)
    figures = pd.DataFrame(
        {
            "territory": versions["territory"],
            "sector": text["HistoryFigures(table)[sector]"],
            "value": [1.0, 2.0],
            **secret("territory", "sector", "value", "valid_from", "low", "high"),
        }
    )
    return history_layer(
        versions, HistoryFigures(figures, text["HistoryFigures(name)"]), name=text["history_layer(name)"]
    )


def further(text: dict[str, str]):
    """A point with everything, and one with names by language."""
    one = {
        "firm": text["further_layer(rows)[firm]"],
        "name": text["further_layer(rows)[name]"],
        "name_es": text["further_layer(rows)[name_es]"],
        "sector": text["further_layer(rows)[sector]"],
        "sector_name": text["further_layer(rows)[sector_name]"],
        "sector_name_es": text["further_layer(rows)[sector_name_es]"],
        "problems": "; ".join(("known", text["further_layer(kinds)"])),
        "fact": text["Look(facts) values"],
        "worded": "code",
    }
    other = {
        "firm": "2",
        "problems": "known",
        "called": text["Look(called) values"],
        "other": text["Look(called) values"],
    }
    point = [shapely.Point(0.25, 40.25)]
    look = Look(
        facts={"fact": text["Look(facts)"], "worded": "Worded"},
        words={"code": text["Look(words)"]},
        fold=text["Look(fold)"],
        title=text["Look(title)"],
    )
    rows = gpd.GeoDataFrame([{**secret(*one, "territory"), **one}], geometry=point, crs=4326)
    more = gpd.GeoDataFrame([other], geometry=[shapely.Point(0.75, 40.25)], crs=4326)
    return [
        further_layer(
            rows,
            name=text["further_layer(name)"],
            kinds="problems",
            labels={"known": text["further_layer(labels)"]},
            look=look,
            why_shown=text["further_layer(why_shown)"],
        ),
        further_layer(
            more,
            name="Called",
            look=Look(called={"en": "called", "es": "other"}),
            why_shown=text["further_layer(why_shown)"],
        ),
    ]


def firms(text: dict[str, str]):
    """Two establishments, of which one has no name, far enough apart to be opened one by one."""
    known = {
        "firm": ["1", text["firm_layer(firms)[firm]"]],
        "name": [text["firm_layer(firms)[name]"], None],
        "sector": text["firm_layer(firms)[sector]"],
        "sector_name": text["firm_layer(firms)[sector_name]"],
        "sector_name_es": text["firm_layer(firms)[sector_name_es]"],
        "size_class": text["firm_layer(firms)[size_class]"],
    }
    rows = gpd.GeoDataFrame(
        {**known, **secret(*known)}, geometry=shapely.points([(1.75, 40.25), (1.75, 40.75)]), crs=4326
    )
    return firm_layer(
        rows, name=text["firm_layer(name)"], names=True, why_shown=text["firm_layer(why_shown)"]
    )


def flows(text: dict[str, str]):
    table = pd.DataFrame(
        {"origin": [text["flow_layer(territories)[territory]"]], "destination": "plain", "flow": 50}
    ).assign(**secret("origin", "destination", "flow"))
    ground = towns(text, "flow_layer")
    return flow_layer(ground, table, name=text["flow_layer(name)"], way=text["flow_layer(way)"])


def story(text: dict[str, str]) -> list[StoryView]:
    """A view of everything, two maps side by side."""
    layer, place = text["quotient_layer(name)"], text["quotient_layer(territories)[territory]"]
    view = StoryView(
        text["StoryView(title)"],
        text["StoryView(text)"],
        layer=layer,
        sector=text["quotient_layer(quotients)[sector]"],
        territory=place,
        further=(text["further_layer(name)"],),
        compare=Beside(layer=layer, sector=text["Beside(sector)"], territory=place),
    )
    return [view]


def hostile_map(text: dict[str, str]):
    ground = towns(text, "quotient_layer")
    unseen = ground.assign(territory=["<SECRET>", "x"], name="<SECRET>")
    titles = {
        lang: {text["quotient_layer(quotients)[sector]"]: text["quotient_layer(titles)"]} for lang in ["es"]
    }
    layers = [
        quotient_layer(ground, quotients(text), name=text["quotient_layer(name)"], titles=titles),
        history(text),
        *further(text),
        flows(text),
        firms(text),
    ]
    return territory_map(
        unseen,
        *layers,
        title=text["territory_map(title)"],
        sources=[text["territory_map(sources)"]],
        notes=[text["territory_map(notes)"]],
        origin=[text["territory_map(origin)"]],
        story=story(text),
        context=Context(ground.assign(**secret()), text["Context(name)"]),
    )


class Walk:
    """A reader who looks at everything, and writes down where each text was read."""

    def __init__(self, seen, text):
        self.seen, self.page, self.text = seen, seen.page, text
        self.found: dict[str, list[bool]] = {key: [] for key in text}
        self.pictured = False

    def reads(self, selector: str, *keys: str, whole: bool = True) -> None:
        """What an element holds: exactly a text, or several among others."""
        told = self.page.locator(selector).all_text_contents()
        for key in keys:
            wanted = self.text[key]
            self.found[key].append(any(wanted == one if whole else wanted in one for one in told))

    def at(self, longitude: float, latitude: float, shift=(0, 0)) -> tuple[float, float]:
        """Pixels of the window where a place of the map is."""
        middle = re.search(r"view=([^&]*)", self.page.url)[1].replace("%2C", ",").split(",")
        lat, lon, zoom = map(float, middle)
        box = self.page.locator("#map").bounding_box()
        (x, x0), (y, y0) = codec.mercator(np.array([longitude, lon]), np.array([latitude, lat]))
        step = 256 * 2**zoom / codec.GRID
        return (
            box["x"] + box["width"] / 2 + (int(x) - int(x0)) * step + shift[0],
            box["y"] + box["height"] / 2 + (int(y) - int(y0)) * step + shift[1],
        )

    def tells(self, where, *keys: str, whole: bool = False) -> None:
        """What is told of a place, in an entry over the map."""
        self.page.mouse.click(*self.at(*where))
        self.opens(*keys, whole=whole)

    def opens(self, *keys: str, whole: bool = False) -> None:
        self.page.locator(".entry").wait_for()
        self.reads(".entry strong, .entry p", *keys, whole=whole)
        self.page.click(".entry .close")
        self.page.locator(".entry").wait_for(state="detached")


def told_by_story(walk: Walk) -> None:
    walk.page.click("#tell")
    walk.reads("#story-title", "StoryView(title)")
    walk.reads("#story-text", "StoryView(text)")
    checked = walk.page.locator("#layers [aria-checked=true]").text_content()
    walk.found["StoryView(layer)"].append(checked == walk.text["quotient_layer(name)"])
    # an input shows a line: it leaves out line ends alone
    sector = walk.page.locator("#sector").input_value()
    named = walk.text["quotient_layer(titles)"]
    walk.found["StoryView(sector)"].append(sector == re.sub("[\r\n]", "", named))
    walk.reads("#card h2", "quotient_layer(territories)[name]")
    walk.found["StoryView(territory)"].append(walk.found["quotient_layer(territories)[name]"][-1])
    walk.found["StoryView(further)"].append(walk.page.locator("#further input").first.is_checked())
    walk.reads("#layer2 option", "quotient_layer(name)", "history_layer(name)")
    walk.found["Beside(layer)"].append(walk.found["quotient_layer(name)"][-1])
    chosen = walk.page.locator("#sector2 option:checked").text_content()
    walk.found["Beside(sector)"].append(chosen == SECOND)
    walk.reads("#territory2 option", "quotient_layer(territories)[name]")
    chosen = walk.page.locator("#territory2 option:checked").text_content()
    walk.found["Beside(territory)"].append(chosen == walk.text["quotient_layer(territories)[name]"])
    walk.page.click("#story-close")
    walk.page.click("#compare")


def told_by_panel(walk: Walk) -> None:
    page, text = walk.page, walk.text
    walk.reads("#title", "territory_map(title)")
    walk.found["territory_map(title)"].append(plain(page.title()) == plain(text["territory_map(title)"]))
    walk.reads("#layers button", "quotient_layer(name)", "history_layer(name)")
    walk.reads("#sources li", "territory_map(sources)")
    walk.reads("#context", "Context(name)", whole=False)
    walk.reads("#notes-list li", "territory_map(notes)")
    walk.reads("#notes-list li", "firm_layer(why_shown)", "further_layer(why_shown)", whole=False)
    walk.reads("#origin-list li", "territory_map(origin)")
    page.click("#sector")
    walk.reads("#sector-list li", "quotient_layer(quotients)[sector_name]", whole=False)
    walk.reads("#sector-list .detail", "quotient_layer(quotients)[sector]", "Beside(sector)")
    page.keyboard.press("Escape")


def told_by_search_and_table(walk: Walk) -> None:
    page, text = walk.page, walk.text
    name, code = "quotient_layer(territories)[name]", "quotient_layer(territories)[territory]"
    page.fill("#find", "·")
    listed = page.locator("#find-list li").all_text_contents()
    walk.found[code].append(text[name] + text[code] in listed)
    for firm in ("firm_layer(firms)[name]", "firm_layer(firms)[firm]"):
        walk.found[firm].append(any(one.startswith(text[firm]) for one in listed))
    page.keyboard.press("Escape")
    page.click("#table-button")
    walk.reads("#table tbody button", name)
    walk.reads("#table caption", "quotient_layer(quotients)[sector_name]", whole=False)
    with page.expect_download() as download:
        page.click("#csv")
    assert re.fullmatch(r"[\w.-]+_lq_[\w.-]*\.csv", download.value.suggested_filename)
    content = download.value.path().read_bytes().decode("utf-8-sig")
    for row, key in enumerate((code, name, "quotient_layer(quotients)[sector_name]")):
        cell = next(r for r in csv.reader(io.StringIO(content, newline="")) if "·" in r[0])[row]
        # the guard against formulas adds apostrophes, and nothing else is changed
        walk.found[key].append(cell.replace("'", "") == text[key].replace("'", ""))
    assert computed(content) == []
    page.click("#table-close")


def computed(content: str) -> list[str]:
    """Cells that a spreadsheet would compute, whether lists are parted by commas or, as in Spain, by semicolons."""
    cells = [
        cell
        for sign in ",;"
        for row in csv.reader(io.StringIO(content, newline=""), delimiter=sign)
        for cell in row
    ]
    found = [cell for cell in cells if re.match(r"\s*[=+\-@\t\r]", cell)]
    return [cell for cell in found if not re.match(r"-[\d.]+(,|$)", cell)]


def told_by_legend(walk: Walk) -> None:
    page = walk.page
    walk.reads("#further summary", "Look(fold)")
    boxes = page.locator("#further label input")
    for k in range(boxes.count()):
        page.evaluate(
            "() => document.querySelectorAll('#further details').forEach((d) => { d.open = true; })"
        )
        boxes.nth(k).check()
    walk.reads(
        "#further label span", "further_layer(name)", "flow_layer(name)", "firm_layer(name)", whole=False
    )
    named = page.locator("#further [role=group]").first.get_attribute("aria-label")
    walk.found["Look(title)"].append(named == walk.text["Look(title)"])
    walk.reads("#further .key .name", "further_layer(kinds)", "further_layer(labels)")
    walk.reads("#further .hint", "flow_layer(way)")
    walk.reads("#further option", "flow_layer(territories)[name]")
    walk.reads(
        "#further .long .name", "firm_layer(firms)[sector]", "firm_layer(firms)[sector_name]", whole=False
    )
    walk.reads("#further .long .name", "firm_layer(firms)[size_class]")


def told_by_map(walk: Walk) -> None:
    page = walk.page
    rows = [f"further_layer(rows)[{c}]" for c in ("firm", "name", "sector", "sector_name")]
    facts = [
        "Look(facts)",
        "Look(facts) values",
        "Look(words)",
        "further_layer(kinds)",
        "further_layer(labels)",
    ]
    walk.tells((0.25, 40.25), *rows, *facts)
    walk.tells((0.75, 40.25), "Look(called) values", whole=True)
    walk.tells((0.5, 40.5, (9, -4)), "flow_layer(name)", "flow_layer(territories)[name]")
    page.mouse.click(*walk.at(0.2, 40.8))
    page.locator("#card").wait_for()
    walk.reads("#card h2", "quotient_layer(territories)[name]")
    walk.reads("#card .sub", "quotient_layer(quotients)[sector_name]")
    walk.reads("#card .top button", "quotient_layer(quotients)[sector_name]")
    page.click("#card-close")
    page.mouse.move(*walk.at(0.3, 40.7))
    page.locator(".tip").wait_for()
    walk.reads(".tip strong", "quotient_layer(territories)[name]")


def told_of_establishments(walk: Walk) -> None:
    """Found by their names, and opened."""
    name, unnamed = "firm_layer(firms)[name]", "firm_layer(firms)[firm]"
    others = [f"firm_layer(firms)[{c}]" for c in ("sector", "sector_name", "size_class")]
    for key, more in ((name, others), (unnamed, [])):
        walk.page.fill("#find", walk.text[key][-3:])
        walk.page.keyboard.press("Enter")
        walk.opens(key, *more)
    walk.page.click("#whole")


def told_by_exports(walk: Walk) -> None:
    """Drawing and picture; XML has no control characters, and a drawing parts lines at white space."""
    page = walk.page
    with page.expect_download() as download:
        page.click("#svg")
    root = ET.fromstring(download.value.path().read_bytes())  # noqa: S314 - a file that this test has made
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert tags <= {"svg", "rect", "path", "pattern", "text", "image", "circle"}
    assert not [a for node in root.iter() for a in node.attrib if a.startswith("on")]
    said = plain(" ".join(node.text or "" for node in root.iter()))
    for key in (
        "territory_map(title)",
        "territory_map(sources)",
        "quotient_layer(name)",
        "further_layer(name)",
    ):
        walk.found[key].append(plain(walk.text[key]) in said)
    if not walk.pictured:
        return
    with page.expect_download() as download:
        page.click("#png")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")


def plain(text: str) -> str:
    return re.sub(r"[\s\ufeff\x00-\x1f\x7f]+", "", text)


def told_in_spanish(walk: Walk) -> None:
    page = walk.page
    page.click("#lang [lang=es]")
    walk.reads("#title", "territory_map(title)")
    page.click("#sector")
    walk.reads("#sector-list li", "quotient_layer(titles)", whole=False)
    page.keyboard.press("Escape")
    walk.tells((0.25, 40.25), "further_layer(rows)[name_es]", "further_layer(rows)[sector_name_es]")
    walk.reads("#further .long .name", "firm_layer(firms)[sector_name_es]", whole=False)
    page.locator("#layers button").nth(1).click()
    walk.reads("#changes", "history_layer(territories)[name]", whole=False)
    page.click("#sector")
    walk.reads("#sector-list li", "HistoryFigures(name)", "HistoryFigures(table)[sector]", whole=False)
    page.keyboard.press("Escape")
    page.fill("#find", "·")
    name, code = (walk.text[f"history_layer(territories)[{c}]"] for c in ("name", "territory"))
    listed = page.locator("#find-list li").all_text_contents()
    walk.found["history_layer(territories)[territory]"].append(name + code in listed)


def held(path: Path) -> str:
    """Everything that a file carries, unpacked."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r'octet-stream" id="data-\d+">([^<]*)<', text)
    parts = [codec.unpack(block)[1] for block in blocks]
    parts.append(json.loads(re.search(r'id="page">(.*?)</script>', text, re.DOTALL)[1]))
    return json.dumps(parts, ensure_ascii=False)


@pytest.fixture(scope="module")
def shown(opened_once, payloads, tmp_path_factory):
    """Payload -> argument -> whether the text was read everywhere, with what else the page did."""
    folder = tmp_path_factory.mktemp("safety")
    found = {}
    for name, payload in payloads.items():
        text = texts_of(payload)
        path = folder / "map.html"
        hostile_map(text).save(path)
        # a long name makes panel and card high
        size = (1800, 2400) if name == "long" else (1400, 900)
        seen = opened_once(path, "#view=40.5,1,8", trap=TRAP, size=size)
        walk = Walk(seen, text)
        # slow, and of the very drawing that was read
        walk.pictured = name in ("onerror", "controls", "long")
        for look in (
            told_by_panel,
            told_by_search_and_table,
            told_by_legend,
            told_by_map,
            told_of_establishments,
            told_by_exports,
        ):
            look(walk)
        told_in_spanish(walk)
        told_by_story(walk)
        ran = seen.page.evaluate(
            "() => [window.__x, broken, document.querySelectorAll('iframe,base').length]"
        )
        requests = {url.partition("#")[0] for url in seen.requests}
        found[name] = {
            "read": walk.found,
            "ran": ran,
            "said": seen.said,
            "requests": requests - {path.as_uri()},
            "held": held(path),
        }
        seen.page.context.close()
    return found


@pytest.mark.parametrize("key", SHOWN)
def test_text_is_read_as_it_was_given(key, shown):
    failed = {
        name: found["read"][key]
        for name, found in shown.items()
        if not found["read"][key] or not all(found["read"][key])
    }
    assert failed == {}


def test_nothing_runs_is_asked_for_or_said(shown):
    for name, found in shown.items():
        assert found["ran"] == [None, [], 0], name
        assert found["said"] == [], name
        assert found["requests"] == set(), name


def test_no_other_column_reaches_a_page(shown):
    for found in shown.values():
        assert "SECRET" not in found["held"]


def test_every_argument_of_text_is_in_the_matrix(text_arguments):
    """A new argument of a function of the map, or a new column that it takes, must find its place above."""
    told = {key.partition(" ")[0].partition("[")[0] for key in SHOWN} | set(REFUSED)
    asked = {f"{function.__name__}({name})" for function in ROOM for name in text_arguments(function)}
    # of the ground only outlines are read, of flows only what they are between
    silent = {"territory_map(territories)", "flow_layer(flows)", "Context(rows)"}
    assert asked - told - silent == set()
    assert told - asked == set()
    assert {n for n in publication.__all__ if n.endswith(("_layer", "_map"))} <= {f.__name__ for f in ROOM}


@pytest.mark.parametrize("key", REFUSED)
def test_argument_that_names_nothing_is_refused(key, payloads):
    for payload in (*payloads.values(), "url(https://example.org/x)"):
        with pytest.raises(GeoterritorioError):
            REFUSED[key](payload)


def test_matrix_is_in_the_documentation(shown):
    """Seen with ``-s``; written with ``WRITE_SAFETY=1``."""
    lines = ["| argument | where it is read | " + " | ".join(shown) + " |", "|---" * (2 + len(shown)) + "|"]
    for key, where in SHOWN.items():
        cells = ["yes" if all(found["read"][key]) else "NO" for found in shown.values()]
        lines.append(f"| `{key}` | {where} | " + " | ".join(cells) + " |")
    table = "\n".join(lines)
    sys.stdout.write(f"\n{table}\n")
    before, begun, rest = DOCS.read_text(encoding="utf-8").partition("<!-- matrix -->\n")
    held, end, after = rest.partition("\n<!-- end -->")
    if os.environ.get("WRITE_SAFETY"):
        DOCS.write_text(f"{before}{begun}{table}{end}{after}", encoding="utf-8")
    else:
        assert held == table
