"""Report, profile, workbook, text tables and QGIS project: hostile texts stay text in each of them."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import urllib.parse
import xml.etree.ElementTree as ET

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from matplotlib.figure import Figure

from geoterritorio.errors import message
from geoterritorio.publication import Atlas, Chapter, ProjectLayer, qgis_project, report
from geoterritorio.publication.chapter import Drawn, Listing
from geoterritorio.publication.described import csv_text, description, guarded
from geoterritorio.publication.drawing import literal
from geoterritorio.publication.evidence_sheet import writable
from geoterritorio.publication.profile import Case, Exhibit, Setting, profile, profile_index
from geoterritorio.publication.workbook import workbook

TRAP = """
window.broken = [];
document.addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective));
"""
# Argument -> where its text is; `[column]` is a column of its table.
REPORT = (
    "report(title)",
    "report(sources)",
    "report(provenance)",
    "report(provenance) name",
    "Chapter(name)",
    "Chapter(territories)[name]",
    "Chapter(quotients)[sector_name]",
    "Chapter(rules)",
    "Chapter(rules) name",
    "Chapter(notices)",
    "Listing(title)",
    "Listing(file)",
    "Listing(table)",
    "Listing(table) column",
    "Listing(names)",
    "Listing(helps)",
    "Listing(notices)",
    "Drawn(title)",
    "Drawn(reading)",
)
PROFILE = (
    "profile(alt)",
    "Case(name)",
    "Case(territory)",
    "Exhibit(title)",
    "Exhibit(rows)[sector_name]",
    "Exhibit(rows)[statement]",
    "Exhibit(rows)[source]",
    "Setting(title)",
    "Setting(sources)",
    "Setting(date)",
    "Setting(links)",
)
INDEX = ("Setting(title)", "Setting(links)", "profile_index(entries)")
BOOK = (
    "workbook(title)",
    "workbook(sources)",
    "workbook(notes)",
    "workbook(account)",
    "Listing(title)",
    "Listing(table)",
    "Listing(names)",
    "Listing(helps)",
)
PROJECT = (
    "qgis_project(title)",
    "qgis_project(sources)",
    "qgis_project(notes)",
    "ProjectLayer(title)",
    "ProjectLayer(group)",
    "ProjectLayer(about)",
    "Atlas(date)",
)


HEADING = "Listing(table) column"


def spoken(text: str) -> str:
    """As a heading of a column has it: without underscores, beginning with a capital."""
    return as_parsed(text).replace("_", " ").casefold()


def texts_of(payload: str, keys) -> dict[str, str]:
    return {key: f"{payload}·{k:02d}" for k, key in enumerate(keys)}


def as_parsed(text: str) -> str:
    """A text as any parser of HTML reads it: line ends are one, and there is no sign zero."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def quotients(name: str, territory: str = "T1") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "territory": [territory, "other"],
            "sector": ["15", "15"],
            "sector_name": name,
            "employment": [400.0, 10.0],
            "establishments": [40.0, 3.0],
            "status": "known",
            "lq": [3.2, 0.5],
            "low": [2.5, 0.2],
            "high": [4.1, 1.1],
            "certainty": ["high", "unclear"],
        }
    )


def drawn(text: dict[str, str]) -> Drawn:
    figure = Figure()
    figure.add_subplot().set_title(literal(text["Drawn(title)"], 90), parse_math=False)
    return Drawn(figure, text["Drawn(title)"], text["Drawn(reading)"])


def listing(text: dict[str, str], *pictures: Drawn) -> Listing:
    table = pd.DataFrame(
        {"named": [text["Listing(table)"]], "value": [1.5], text.get("Listing(table) column", "other"): ["x"]}
    )
    return Listing(
        text["Listing(title)"],
        table,
        text.get("Listing(file)", "table"),
        (message("Said: {x}", x=text["Listing(notices)"]),) if "Listing(notices)" in text else (),
        helps={"named": text["Listing(helps)"]},
        names={"named": text["Listing(names)"]},
        pictures=pictures,
    )


def reported(text: dict[str, str]) -> str:
    towns = gpd.GeoDataFrame(
        {"territory": ["T1", "other"], "name": [text["Chapter(territories)[name]"], "Other"]},
        geometry=[shapely.box(0, 40, 1, 41), shapely.box(1, 40, 2, 41)],
        crs=4326,
    )
    chapter = Chapter(
        text["Chapter(name)"],
        towns,
        quotients(text["Chapter(quotients)[sector_name]"]),
        {text["Chapter(rules) name"]: text["Chapter(rules)"]},
        (message("Said: {x}", x=text["Chapter(notices)"]),),
    )
    return report(
        [chapter],
        title=text["report(title)"],
        sources=[text["report(sources)"]],
        provenance={"inputs": {text["report(provenance) name"]: {"file": text["report(provenance)"]}}},
        listings=[listing(text, drawn(text))],
    )


def profiled(text: dict[str, str]) -> str:
    here = text["Case(territory)"]
    evidence = pd.DataFrame(
        {
            "territory": here,
            "item": ["bottom_up"],
            "rating": [3.0],
            "statement": [text["Exhibit(rows)[statement]"]],
            "source": [text["Exhibit(rows)[source]"]],
            "date": ["2024"],
            "coder": ["A"],
            "confidence": [0.5],
        }
    )
    told = quotients(text["Exhibit(rows)[sector_name]"], here)
    exhibits = (
        Exhibit(
            "location_quotient", "quotients", "quotients", text["Exhibit(title)"], told, {}, {"level": 0.95}
        ),
        Exhibit("", "evidence", "evidence", text["Exhibit(title)"], evidence, {}, {}),
    )
    case = Case(here, text["Case(name)"], exhibits, "en")
    return profile(case, setting(text), picture="data:image/svg+xml,%3Csvg/%3E", alt=text["profile(alt)"])


def setting(text: dict[str, str]) -> Setting:
    links = {text["Setting(links)"]: "javascript:window.__x=1"}
    return Setting(
        text["Setting(title)"],
        [text.get("Setting(sources)", "s")],
        date=text.get("Setting(date)", ""),
        links=links,
    )


def indexed(text: dict[str, str]) -> str:
    return profile_index([(text["profile_index(entries)"], "a.html")], setting(text))


PAGES = {"report": (reported, REPORT), "profile": (profiled, PROFILE), "index": (indexed, INDEX)}


@pytest.mark.parametrize("page", PAGES)
def test_pages_show_every_text_and_run_none(page, opened_page, payloads, tmp_path):
    made, keys = PAGES[page]
    for name, payload in payloads.items():
        text = texts_of(payload, keys)
        path = tmp_path / f"{page}.html"
        document = made(text)
        path.write_text(document, encoding="utf-8", newline="")
        seen = opened_page(path, trap=TRAP)
        told = seen.page.evaluate(
            "() => document.body.textContent + [...document.querySelectorAll('[alt]')].map((x) => x.alt).join()"
        )
        unseen = {key for key in keys if as_parsed(text[key]) not in told}
        if HEADING in unseen and spoken(text[HEADING]) in spoken(told):
            unseen.remove(HEADING)
        assert unseen == set(), name
        ran = seen.page.evaluate(
            "() => [window.__x, broken.length, document.querySelectorAll('script,iframe,base,svg[onload]').length]"
        )
        assert ran == [None, 0, 0], name
        seen.clean(path)
        assert {tag for uri in pictures(document) for tag in tags_of(uri)} & {
            "script",
            "foreignObject",
            "a",
        } == set()
        seen.page.context.close()


def pictures(document: str) -> list[str]:
    return re.findall(r'<img [^>]*?src="data:image/svg\+xml[^,]*,([^"]*)"', document)


def tags_of(uri: str) -> set[str]:
    text = urllib.parse.unquote(html.unescape(uri))
    root = ET.fromstring(text)  # noqa: S314 - a picture that this test has made
    assert not [a for node in root.iter() for a in node.attrib if a.startswith("on")]
    return {node.tag.rpartition("}")[2] for node in root.iter()}


@pytest.mark.parametrize("page", PAGES)
def test_policy_of_a_page_stops_what_it_might_be_made_to_hold(page, opened_page, tmp_path):
    made, keys = PAGES[page]
    path = tmp_path / "page.html"
    document = made(texts_of("x", keys))
    path.write_text(document, encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', document)[1]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]{44}';( img-src data:;)? base-uri 'none'; form-action 'none'",
        policy,
    )
    seen = opened_page(path, trap=TRAP)
    seen.page.evaluate(
        """() => {
            const add = (tag, values) => document.body.append(Object.assign(document.createElement(tag), values));
            add('script', { textContent: 'window.__x = 1' });
            add('img', { src: 'https://example.org/x.png', onerror: null });
            add('iframe', { src: 'https://example.org/' });
            add('div', { innerHTML: '<b onclick="window.__x = 1">b</b>' });
            document.querySelector('[onclick]').click();
            document.querySelector('a[href^=javascript]')?.click();
        }"""
    )
    seen.page.wait_for_timeout(200)
    assert seen.page.evaluate("() => window.__x") is None
    stopped = set(seen.page.evaluate("() => broken"))
    assert {"script-src-elem", "img-src", "frame-src", "script-src-attr"} <= stopped
    assert page == "report" or any("javascript" in line for line in seen.said)
    assert {url for url in seen.requests if url.startswith("http")} <= {"https://example.org/x.png"}


def test_workbook_holds_texts_and_no_formula(payloads, needs):
    try:
        import openpyxl
    except ImportError:
        needs(None, "openpyxl is not installed")
    for name, payload in payloads.items():
        text = texts_of(payload, BOOK)
        content = workbook(
            [listing(text)],
            title=text["workbook(title)"],
            sources=[text["workbook(sources)"]],
            notes=[text["workbook(notes)"]],
            account={
                "steps": [
                    {
                        "name": "s",
                        "tool": "location_quotient",
                        "settings": {"level": text["workbook(account)"]},
                    }
                ]
            },
        )
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} <= {"s", "n"}, name
        held = {as_parsed(cell.value) for cell in cells if cell.data_type == "s"}
        unseen = [k for k in BOOK if not any(as_parsed(writable(text[k])) in one for one in held)]
        assert unseen == [], name
        begun = [cell for cell in cells if cell.data_type == "s" and re.match(r"\s*[=+\-@\t\r]", cell.value)]
        assert all(cell.quotePrefix for cell in begun)


def test_text_tables_begin_no_formula_wherever_cells_are_parted(payloads):
    for name, payload in payloads.items():
        table = pd.DataFrame({payload: [payload, "x"], "other": ["a", payload]})
        content = csv_text(table)
        rows = list(csv.reader(io.StringIO(content, newline="")))
        plain = payload.replace("\0", "")
        assert rows == [[guarded(payload), "other"], [guarded(plain), "a"], ["x", guarded(plain)]], name
        assert guarded(plain).replace("'", "") == plain.replace("'", "")
        for sign in ",;":
            parted = [c for row in csv.reader(io.StringIO(content, newline=""), delimiter=sign) for c in row]
            assert [c for c in parted if re.match(r"\s*[=+\-@\t\r]", c)] == [], name


def test_description_of_tables_is_plain_data(payloads):
    for payload in payloads.values():
        text = texts_of(payload, (*BOOK, "description(titles)"))
        told = description(
            {lang: [listing(text)] for lang in ("en", "es")},
            titles=dict.fromkeys(("en", "es"), text["description(titles)"]),
            sources=[text["workbook(sources)"]],
        )
        read = json.loads(told)
        assert read["dc:title"][0]["@value"] == text["description(titles)"]
        assert read["dc:source"] == [text["workbook(sources)"]]


def test_project_is_well_formed_and_computes_nothing_of_others(payloads):
    for name, payload in {**payloads, "expression": "[% env('HOME') %]", "quote": "' || 1 || '%]"}.items():
        text = texts_of(payload, PROJECT)
        areas = gpd.GeoDataFrame(
            {"territory": ["T1"], "name": [payload], "sector": ["15"], "sector_name": [payload], "lq": [2.0]},
            geometry=[shapely.box(0, 40, 1, 41)],
            crs=4326,
        )
        layer = ProjectLayer(
            "areas",
            text["ProjectLayer(title)"],
            areas,
            "quotient_areas",
            text["ProjectLayer(group)"],
            shown=True,
            about=text["ProjectLayer(about)"],
        )
        project = qgis_project(
            [layer],
            title=text["qgis_project(title)"],
            sources=[text["qgis_project(sources)"]],
            notes=[text["qgis_project(notes)"]],
            atlas=Atlas("areas", date=text["Atlas(date)"]),
        )
        root = ET.fromstring(project.document)  # noqa: S314 - our own text
        held = [value for node in root.iter() for value in (node.text or "", *node.attrib.values())]
        joined = "\n".join(held).replace("\u2060", "")
        unseen = [k for k in PROJECT if as_parsed(writable(text[k])) not in as_parsed(joined)]
        assert unseen == [], name
        computed = [code for value in held for code in re.findall(r"\[%(.*?)%\]", value, re.DOTALL)]
        assert not any("env(" in code for code in computed), name
        assert {node.tag for node in root.iter()} & {"script", "img", "b", "iframe", "base"} == set()


def test_every_argument_of_text_is_looked_at(text_arguments):
    """A new argument of report, profile, workbook, description or project must find its place above."""
    told = {re.match(r"\w+\(\w+\)", key)[0] for key in (*REPORT, *PROFILE, *INDEX, *BOOK, *PROJECT)}
    elsewhere = {
        # a language, a kind or a tool of ours; an address or a name of a file; data that QGIS keeps as data
        *("report(lang)", "profile_index(lang)", "Case(lang)", "workbook(lang)", "qgis_project(lang)"),
        *("Listing(kind)", "Exhibit(kind)", "Exhibit(tool)", "Exhibit(output)", "ProjectLayer(kind)"),
        *(
            "ProjectLayer(tool)",
            "ProjectLayer(name)",
            "ProjectLayer(file)",
            "Listing(whole)",
            "Atlas(coverage)",
            "Atlas(figures)",
        ),
        *(
            "report(profiles)",
            "report(map_page)",
            "report(twins)",
            "profile(picture)",
            "ProjectLayer(rows)",
            "Exhibit(when)",
            "Setting(kinds)",
        ),
        # told as `Listing(helps)` and `report(provenance)` are
        *("Exhibit(helps)", "Exhibit(settings)", "Setting(steps)", "Setting(elsewhere)"),
        *("csv_text(table)", "description(titles)", "description(sources)", "description(account)"),
        "description(tables)",
    }
    kinds = (report, Chapter, Listing, Drawn, profile, profile_index, Setting, Case, Exhibit, workbook)
    kinds += (csv_text, description, qgis_project, ProjectLayer, Atlas)
    asked = {f"{kind.__name__}({name})" for kind in kinds for name in text_arguments(kind)}
    assert asked - told - elsewhere == set()
    assert (told | elsewhere) - asked == set()
