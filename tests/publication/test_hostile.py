"""Whatever a text says, it is shown as it stands and nothing of it runs."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoterritorio.publication import flow_layer, quotient_layer, territory_map
from geoterritorio.publication.webmap import codec

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "<svg onload=alert(1)>",
    "{{ 7*7 }}",
    "{{ cycler.__init__.__globals__.os.getpid() }}",
    "{% x",
    "{# y",
    "`${alert(1)}`",
    "${7*7}",
    "</script></title></style><script>alert(1)</script>",
    "line\u2028paragraph\u2029end",
    "=1+1",
    "&lt;b&gt; &#123; \\u003c ]]> <!-- -->",
    "javascript:alert(1)",
]
# a reader sees separators as white space; the comparison is of the text itself
WHERE = ("title", "layer", "other layer", "source", "note", "name", "id", "sector", "code")


def hostile_map(payload: str):
    text = {where: f"{payload}{where}" for where in WHERE}
    shapes = [shapely.box(0, 40, 1, 41), shapely.box(1, 40, 2, 41)]
    towns = gpd.GeoDataFrame(
        {"territory": [text["id"], "plain"], "name": [text["name"], "Plain"]}, geometry=shapes, crs=4326
    )
    table = pd.DataFrame(
        {
            "territory": [text["id"], "plain"],
            "sector": text["code"],
            "sector_name": text["sector"],
            "lq": [2.5, 0.5],
            "certainty": ["high", "low"],
        }
    )
    other = table.assign(sector="Z", sector_name="Z")
    layers = [
        quotient_layer(towns, pd.concat([table, other]), name=text["layer"]),
        quotient_layer(towns, table, name=text["other layer"]),
    ]
    chart = territory_map(towns, *layers, title=text["title"], sources=[text["source"]], notes=[text["note"]])
    return chart, text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_every_text_is_shown_literally(payload, opened, tmp_path):
    chart, text = hostile_map(payload)
    path = tmp_path / "map.html"
    chart.save(path)
    seen = opened(path)
    page = seen.page
    assert page.title().split() == text["title"].split()
    assert seen.text("#title") == text["title"]
    assert page.locator("#layers button").all_text_contents() == [text["layer"], text["other layer"]]
    assert seen.text("#sources li") == text["source"]
    assert seen.text("#notes-list li") == text["note"]
    assert page.locator("#sector").input_value().split() == text["sector"].split()

    page.click("#sector")
    assert seen.text("#sector-list li").startswith(text["sector"])
    assert seen.text("#sector-list .detail") == text["code"]
    page.keyboard.press("Escape")

    page.fill("#find", "name")
    assert seen.text("#find-list li") == text["name"] + text["id"]
    page.keyboard.press("Enter")
    assert seen.text("#card h2") == text["name"]
    assert seen.text("#card .sub") == text["sector"]
    assert seen.text("#card .top button") == text["sector"]

    page.click("#table-button")
    assert seen.text("#table tbody button") == text["name"]
    assert text["sector"] in seen.text("#table caption")
    with page.expect_download() as download:
        page.click("#csv")
    rows = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"), newline="")))
    guard = "'" if payload.startswith("=") else ""
    assert rows[1][:3] == [guard + text[k] for k in ("id", "name", "sector")]

    page.keyboard.press("Escape")
    page.click("#whole")
    # the western of two territories side by side, in the middle of the map's height
    box = page.locator("#map").bounding_box()
    page.hover("#map", position={"x": box["width"] * 0.3, "y": box["height"] / 2 + 26})
    page.locator(".tip").wait_for()
    assert seen.text(".tip strong") == text["name"]
    page.click("#lang [lang=es]")
    page.click("#layers button:nth-child(2)")
    seen.settle()
    assert "49" not in seen.text("#title").replace(payload, "")
    assert page.locator("img[src=x], svg[onload]").count() == 0
    seen.clean(path)


def test_policy_stops_what_a_page_might_be_made_to_hold(opened, map_file):
    seen = opened(map_file)
    failures = []
    seen.page.on("requestfailed", lambda request: failures.append((request.url, request.failure)))
    seen.page.evaluate(
        """() => {
            const image = document.createElement('img');
            image.setAttribute('onerror', 'document.title = "ran"');
            image.src = 'https://example.org/x.png';
            document.body.append(image);
            const script = document.createElement('script');
            script.textContent = 'document.title = "ran"';
            document.body.append(script);
        }"""
    )
    seen.page.wait_for_timeout(200)
    assert seen.page.title() == "Towns & sectors"
    assert any("Content Security Policy" in line for line in seen.said)
    # stopped by the policy, before any name was looked up
    assert failures == [("https://example.org/x.png", "csp")]


def test_notebook_frame_shows_texts_literally(opened, tmp_path):
    chart, text = hostile_map("<script>alert(1)</script>{{ 7*7 }}")
    path = tmp_path / "notebook.html"
    path.write_text(
        "<!DOCTYPE html><html data-ready lang='en'><title>n</title><body>" + chart._repr_html_(),
        encoding="utf-8",
    )
    seen = opened(path)
    frame = seen.page.frame_locator("iframe")
    frame.locator("html[data-ready]").wait_for(state="attached", timeout=15_000)
    assert frame.locator("#title").text_content() == text["title"]
    assert seen.said == []


def test_spreadsheet_never_meets_a_formula(opened, map_file):
    seen = opened(map_file)
    given = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "plain", 'say "hi"', "a,b"]
    guarded = seen.page.evaluate("texts => texts.map(GT.table.guarded)", given)
    read = next(csv.reader([",".join(guarded)]))
    assert read == ["'" + text for text in given[:6]] + given[6:]


def test_half_letters_do_not_break_a_file(towns, tmp_path):
    """What no encoding can hold is a question mark."""
    path = tmp_path / "map.html"
    half = "half \ud83d letter"
    layer = flow_layer(
        towns, pd.DataFrame({"origin": ["000"], "destination": "001", "flow": 9}), name="x", way=half
    )
    territory_map(towns, layer, title=half).save(path)
    assert "<title>half ? letter</title>" in path.read_text(encoding="utf-8")
    assert codec.unpack(codec.pack({}, {"name": half}))[1] == {"name": "half ? letter"}


@pytest.mark.parametrize("name", ["length", "map", "__proto__", "<img src=x onerror=alert(1)>", "-1", "0.5"])
def test_address_of_anyone_opens_the_map(opened, map_file, name):
    """What follows the sign # in a link is a text too: names of no layer, colour or view are passed over."""
    keys = (
        "layer",
        "layer2",
        "sector",
        "sector2",
        "further",
        "colours",
        "parted",
        "lang",
        "story",
        "territory",
        "day",
    )
    address = "#" + "&".join(f"{key}={quote(name)}" for key in keys)
    seen = opened(map_file, address)
    assert seen.page.locator("#sector").input_value()
    seen.clean(map_file)
