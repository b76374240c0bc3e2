"""Boundaries through time on the map: what the page carries, what the steps mean, what a reader sees and hears."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.layers.versions import in_force
from geoterritorio.publication import (
    HistoryFigures,
    Look,
    further_layer,
    history_layer,
    quotient_layer,
    territory_map,
)
from geoterritorio.publication.webmap import codec, palette
from geoterritorio.publication.webmap.history import versions_of
from geoterritorio.publication.webmap.page import asset

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
PAYLOAD = "</script><img src=x onerror=alert(1)>{{ 7*7 }}`${1}`"


def square(west: float, east: float) -> shapely.Polygon:
    return shapely.box(west, 40, east, 41)


@pytest.fixture
def history() -> gpd.GeoDataFrame:
    """A gives its east to the new B in 2000; B and C become D in 2010."""
    rows = [
        ("A", "Alba", "1981", "2000-05-01", square(0, 2)),
        ("A", "Alba", "2000-05-01", None, square(0, 1)),
        ("B", "Brezo", "2000-05-01", "2010", square(1, 2)),
        ("C", "Ceniza", "1981", "2010", square(2, 3)),
        ("D", "Dalia", "2010", None, square(1, 3)),
    ]
    columns = ["territory", "name", "valid_from", "valid_to", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=4326)


@pytest.fixture
def panel() -> pd.DataFrame:
    """Jobs on the boundaries of 2010: A was divided in 2000, so its figure of 1991 is an estimate."""
    return pd.DataFrame(
        {
            "territory": ["A", "D"] * 2,
            "period": ["1991", "1991", "2005", "2005"],
            "value": [60.0, 140.0, 70.0, 150.0],
            "low": [0.0, 80.0, 70.0, 150.0],
            "high": [120.0, 200.0, 70.0, 150.0],
            "split": [1.0, 60 / 140, 0.0, 0.0],
        }
    )


@pytest.fixture
def counted() -> pd.DataFrame:
    """Jobs as they were counted, each on the boundaries of its year."""
    return pd.DataFrame(
        {
            "territory": ["A", "C", "A", "B", "C"],
            "period": ["1991", "1991", "2005", "2005", "2005"],
            "value": [120.0, 80.0, 70.0, 60.0, 90.0],
        }
    )


def layer_of(history, panel, counted):
    return history_layer(
        history,
        HistoryFigures(panel, {"en": "Jobs, boundaries of 2010", "es": "Empleo, límites de 2010"}, "2010"),
        HistoryFigures(counted, "Jobs as counted"),
        name={"en": "Towns through time", "es": "Pueblos en el tiempo"},
    )


@pytest.fixture
def file(history, panel, counted, tmp_path):
    path = tmp_path / "map.html"
    ground = in_force(history, "2020")
    territory_map(ground, layer_of(history, panel, counted), title="Towns").save(path)
    return path


def test_steps_are_the_days_on_which_something_changed(history, panel, counted):
    columns, texts = codec.unpack(layer_of(history, panel, counted).block())
    assert texts["steps"] == ["1981", "1991", "2000-05-01", "2005", "2010"]
    assert texts["ids"] == ["A", "A", "B", "C", "D"]
    assert list(zip(texts["from"], texts["to"], strict=True)) == [(0, 2), (2, 5), (2, 4), (0, 4), (4, 5)]
    assert texts["fixed"] == [[4, "2010"], [None, ""]]
    assert texts["slices"] == [
        [0, 0, ""],
        [0, 1, "1991"],
        [0, 3, "2005"],
        [1, 0, ""],
        [1, 1, "1991"],
        [1, 3, "2005"],
    ]
    values = columns["value"].reshape(6, 5)
    assert np.isnan(values[[0, 3]]).all()
    assert values[1].tolist()[1::3] == [60, 140]
    # what was counted belongs to the version of its year alone
    np.testing.assert_equal(values[4], [120, np.nan, np.nan, 80, np.nan])
    np.testing.assert_equal(values[5], [np.nan, 70, 60, 90, np.nan])
    # bounds only where something was divided
    assert np.isfinite(columns["low"]).sum() == 2
    assert columns["sure"].reshape(6, 5)[1].tolist()[1::3] == [palette.FEW] * 2
    assert columns["sure"].reshape(6, 5)[2].tolist()[1::3] == [palette.SURE] * 2


def test_each_version_is_drawn_once_however_many_days_there_are(history):
    found = [history_layer(history, name="x")]
    moving = pd.DataFrame({"territory": "D", "period": [f"{y}" for y in range(2011, 2025)], "value": 1.0})
    found.append(history_layer(history, HistoryFigures(moving, "y"), name="x"))
    charts = [territory_map(in_force(history, "2020"), layer) for layer in found]
    blocks = []
    for chart in charts:
        text = chart.render()
        page = json.loads(re.search(r'id="page">(.*?)</script>', text, re.DOTALL)[1])
        shape = page["layers"][0]["shape"]
        blocks.append(re.search(rf'id="{shape}">([^<]*)<', text)[1])
    assert blocks[0] == blocks[1]
    assert len(codec.unpack(blocks[0])[0]["rings"]) == len(history)


def test_three_secessions_do_not_multiply_a_region():
    versions = gpd.read_file(SAMPLES / "valencia/municipalities.gpkg")
    today = gpd.read_file(SAMPLES / "valencia/municipalities_today.gpkg")
    chart = territory_map(today, history_layer(versions, name="x"))
    text = chart.render()
    page = json.loads(re.search(r'id="page">(.*?)</script>', text, re.DOTALL)[1])
    size = {key: len(re.search(rf'id="{key}">([^<]*)<', text)[1]) for key in ("data-0", page["ground"])}
    assert page["layers"][0]["shape"] == "data-0"
    assert size["data-0"] < 1.03 * size[page["ground"]]
    assert len(text) < 330_000


def test_without_figures_the_area_is_shown(history):
    columns, texts = codec.unpack(history_layer(history, name="x").block())
    assert texts["sector_names"]["en"] == ["Area in km²"]
    metric = history.to_crs(25831).area.to_numpy() / 1e6
    assert columns["value"] == pytest.approx(metric, rel=5e-3)
    assert set(columns["sure"]) == {palette.UNSTATED}


def test_a_beginning_without_a_date_is_the_first_step(history):
    since = history["valid_from"].where(history["valid_from"] != "1981", None)
    versions = versions_of(history.assign(valid_from=since))
    assert versions.labels == ("", "2000-05-01", "2010")
    assert versions.at(versions.days[0]).tolist() == [0, 3]
    plain = versions_of(history[["territory"]].iloc[[0, 2]], ["2001", "2011"])
    assert plain.labels == ("", "2001", "2011")
    assert plain.spans() == ([0, 0], [3, 3])


dates = st.one_of(st.none(), st.integers(1950, 1953).map(str), st.dates().map(str))


@given(st.lists(st.tuples(dates, dates), min_size=1, max_size=8))
def test_what_is_in_force_at_a_step_is_what_is_in_force_on_its_day(spans):
    frame = pd.DataFrame(spans, columns=["valid_from", "valid_to"], dtype=object)
    frame.insert(0, "territory", [f"t{k}" for k in range(len(frame))])
    versions = versions_of(frame)
    start, stop = versions.spans()
    for step, day in enumerate(versions.days):
        rows = [k for k in range(len(frame)) if start[k] <= step < stop[k]]
        if not pd.isna(day):
            assert (
                rows == in_force(frame, f"{day:%Y-%m-%d}".zfill(10))["territory"].str[1:].astype(int).tolist()
            )
        assert rows == versions.at(day).tolist()


def test_refusals_name_the_cure(history, counted):
    with pytest.raises(LayerError, match="must hold dates"):
        history_layer(history.assign(valid_from=PAYLOAD), name="x")
    with pytest.raises(
        LayerError, match=r"1 territories have two versions in force on 2000-05-01.*history-checks"
    ):
        history_layer(history.assign(valid_to=[None, *history["valid_to"][1:]]), name="x")
    with pytest.raises(LayerError, match="`value`"):
        history_layer(history, HistoryFigures(counted.drop(columns="value"), "y"), name="x")
    with pytest.raises(LayerError, match="must hold dates"):
        history_layer(history, HistoryFigures(counted.assign(period=PAYLOAD), "y"), name="x")
    with pytest.raises(LayerError, match="5 rows of the figures repeat"):
        history_layer(history, HistoryFigures(pd.concat([counted, counted]), "y"), name="x")
    with pytest.raises(LayerError, match="territory"):
        history_layer(history.drop(columns="territory"), name="x")
    with pytest.raises(LayerError, match="drawn from polygons"):
        history_layer(history.set_geometry(history.representative_point()), name="x")
    for day in (PAYLOAD, ""):
        with pytest.raises(LayerError, match="day"):
            history_layer(history, HistoryFigures(counted, "y", day), name="x")
    with pytest.raises(LayerError, match="No version"):
        history_layer(history.iloc[:0], name="x")
    with pytest.raises(CRSError):
        history_layer(history.set_crs(None, allow_override=True), name="x")
    with pytest.raises(LayerError, match="territory_map"):
        history_layer(history, name="x").render()


def test_figures_of_territories_not_there_are_left_off_and_said_so(history, counted):
    with pytest.warns(GeoterritorioWarning, match="2 figures of “y”"):
        history_layer(history, HistoryFigures(counted.replace({"territory": {"C": "D"}}), "y"), name="x")


def test_days_are_told_one_way_however_they_are_written(history, panel):
    layer = history_layer(history, HistoryFigures(panel, "y", "31/12/2010"), name="x")
    assert codec.unpack(layer.block())[1]["fixed"] == [[4, "2010-12-31"]]


def test_one_level_of_several_is_shown(history):
    whole = history.dissolve().assign(territory="P", name="Province", valid_from=None, valid_to=None)
    both = pd.concat(
        [history.assign(level="municipality"), whole.assign(level="province")], ignore_index=True
    )
    found = history_layer(both, name="x", level="municipality")
    assert found.places.ids == history["territory"].tolist()


def test_figures_of_a_version_are_found_by_its_first_day(history):
    table = pd.DataFrame({"territory": ["A", "A"], "valid_from": ["1981", "2000-05-01"], "value": [3.0, 1.5]})
    columns, texts = codec.unpack(history_layer(history, HistoryFigures(table, "y"), name="x").block())
    np.testing.assert_equal(columns["value"], [3, 1.5, np.nan, np.nan, np.nan])
    assert texts["slices"] == [[0, 0, ""]]


@pytest.mark.parametrize(
    "values", [[1e-6, 2e-6, 5e-6], [3e12, 4e12, 9e12], [-5.5, 0.0, 7.25], [0.0] * 3, [np.nan] * 3]
)
def test_figures_of_any_size_keep_their_digits(history, values):
    table = pd.DataFrame({"territory": ["A", "D", "D"], "period": ["2011", "2011", "2015"], "value": values})
    columns, texts = codec.unpack(history_layer(history, HistoryFigures(table, "y"), name="x").block())
    told = columns["value"][np.isfinite(columns["value"])]
    known = np.array(values)[np.isfinite(values)]
    assert sorted(told) == pytest.approx(sorted(known), rel=1e-5, abs=1e-3)
    assert all(len(own) >= 1 and list(own) == sorted(set(own)) for own in texts["quantiles"])


def run(script: str, tmp_path: Path, node: str) -> object:
    path = tmp_path / "read.mjs"
    parts = [asset(f"assets/{name}.js") for name in ("codec", "text", "history", "cells")]
    path.write_text(";\n".join([*parts, script]), encoding="utf-8")
    return json.loads(subprocess.run([node, path], capture_output=True, check=True, text=True).stdout)


def test_the_page_finds_versions_slices_and_changes(tmp_path, needs, history, panel, counted):
    node = shutil.which("node")
    needs(node, "no node on the path")
    block = layer_of(history, panel, counted).block()
    script = f"""
        const {{ columns, texts }} = await GT.codec.unpack('{block}');
        const scale = {{ veiled: new Set(), hiddenSure: new Set() }};
        const data = {{ ...texts, columns, scales: [scale, scale], main: 'value' }};
        const {{ inForce, changes, rows, sliceOf }} = GT.history;
        const all = texts.steps.map((_, step) => [0, 1].map((sector) => {{
            Object.assign(data, {{ step, sector }});
            GT.cells.refresh(data);
            return [inForce(data, step), rows(data), sliceOf(data), rows(data).map((row) => String(data.cells[row].x))];
        }}));
        const changed = texts.steps.map((_, step) => changes(data, step));
        console.log(JSON.stringify([all, changed]));
    """
    steps, changed = run(script, tmp_path, node)
    assert [step[0][0] for step in steps] == [[0, 3], [0, 3], [1, 2, 3], [1, 2, 3], [1, 4]]
    # figures of a harmonised panel stay on its boundaries, the others go with the day
    assert all(step[0][1] == [1, 4] for step in steps)
    assert all(step[1][1] == step[1][0] for step in steps)
    assert [step[0][2] for step in steps] == [0, 1, 1, 2, 2]
    assert [step[0][3] for step in steps][1:4] == [["60", "140"]] * 2 + [["70", "150"]]
    assert [step[1][3] for step in steps] == [
        ["NaN", "NaN"],
        ["120", "80"],
        ["NaN", "NaN", "80"],
        ["70", "60", "90"],
        ["70", "NaN"],
    ]
    assert [c["begun"] for c in changed] == [[], [], [1, 2], [], [4]]
    assert [c["ended"] for c in changed] == [[], [], [], [], [2, 3]]


def test_dates_are_told_as_exactly_as_they_are_known(tmp_path, needs):
    node = shutil.which("node")
    needs(node, "no node on the path")
    script = """
        const told = ['en', 'es'].map((lang) => {
            GT.text.language = () => lang;
            return ['1998', '1998-05', '1998-05-17'].map(GT.history.dayWords);
        });
        console.log(JSON.stringify(told));
    """
    assert run(script, tmp_path, node) == [
        ["1998", "May 1998", "17 May 1998"],
        ["1998", "mayo de 1998", "17 de mayo de 1998"],
    ]


def values(page) -> list[str]:
    return page.locator("#table tbody tr td:nth-child(2)").all_text_contents()


def test_slider_moves_boundaries_figures_and_table(opened, file):
    seen = opened(file, "#table=1")
    page = seen.page
    slider = page.locator("#step")
    assert seen.text("#sector-label") == "Indicator"
    assert seen.text("#day") == "Boundaries of 2010"
    assert seen.text("#in-force") == "2 territories in force"
    assert seen.text("#shown") == "Figures of 2005 on boundaries of 2010"
    assert seen.text("#changes") == "new or changed: Dalia; no longer: Brezo, Ceniza"
    assert values(page) == ["150", "70"]
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "Boundaries of 1 May 2000"
    assert seen.text("#in-force") == "3 territories in force"
    assert seen.text("#shown") == "Figures of 1991 on boundaries of 2010"
    assert values(page) == ["140", "60"]
    live = seen.text("#live")
    assert live.startswith("Boundaries of 1 May 2000. 3 territories in force. new or changed: Alba, Brezo.")
    page.keyboard.press("Home")
    assert seen.text("#day") == "Boundaries of 1981"
    assert seen.text("#shown") == "No figures before 1991"
    assert values(page) == ["No data", "No data"]
    assert page.locator("#earlier").is_disabled()
    page.click("#later")
    page.click("#later")
    assert "day=2000-05-01" in page.url
    page.click("#next")
    assert page.locator("#sector").input_value() == "Jobs as counted"
    assert seen.text("#shown") == "Figures of 1991 on boundaries of 1 May 2000"
    assert values(page) == ["80", "No data", "No data"]
    page.click("#lang [lang=es]")
    assert seen.text("#day") == "Límites vigentes: 1 de mayo de 2000"
    assert seen.text("#in-force") == "3 territorios vigentes"
    seen.clean(file)


DRAWN = """([lng, pane]) => {
    const map = document.querySelector('#map').getBoundingClientRect();
    const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
    const box = canvas.getBoundingClientRect();
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
        if (data[i] > 150 && data[i + 1] < 60 && data[i + 2] < 130 && data[i + 3] > 200) count += 1;
    return count;
}"""


def test_changed_territories_are_emphasised(opened, file):
    red = []
    for day in ("1981", "2000-05-01", "2005"):
        page = opened(file, f"#day={day}").page
        red.append(page.evaluate(DRAWN, [0, "lines"]))
    assert red[0] == red[2] == 0
    assert red[1] > 500


def test_card_tells_bounds_span_and_periods(opened, file):
    seen = opened(file, "#day=1991&territory=D")
    page = seen.page
    card = seen.text("#card")
    for part in ("Dalia", "140", "between 80 and 200", "An estimate", "43", "In force since2010"):
        assert part in card, part
    bars = page.locator("#card .top li")
    assert bars.locator("button").all_text_contents() == ["1991", "2005"]
    bars.nth(1).locator("button").click()
    assert seen.text("#shown") == "Figures of 2005 on boundaries of 2010"
    assert "Exact" in seen.text("#card .words")
    hatched = page.locator("#sure button")
    assert hatched.locator(".name").all_text_contents() == [
        "From whole territories",
        "Partly from divided territories",
    ]


def test_the_chosen_territory_is_followed_through_its_versions(opened, file):
    seen = opened(file, "#sector=1&day=2005&territory=A")
    assert seen.text("#card .reading strong") == "70"
    seen.page.click("#earlier")
    seen.page.click("#earlier")
    assert seen.text("#card .reading strong") == "120"
    assert "In force until1 May 2000" in seen.text("#card")
    gone = opened(file, "#sector=1&day=2005&territory=B")
    gone.page.click("#later")
    assert not gone.page.locator("#card").is_visible()
    assert "&territory=" not in gone.page.url


def test_address_brings_the_day_back_and_nonsense_does_not_matter(opened, file):
    seen = opened(file, "#day=2005&lang=es&sector=1")
    assert seen.text("#day") == "Límites vigentes: 2005"
    assert seen.page.locator("#step").input_value() == "3"
    between = opened(file, "#day=2004-12-31")
    assert between.text("#day") == "Boundaries of 1 May 2000", "the last change not after it"
    assert opened(file, "#day=1066").text("#day") == "Boundaries of 1981", "before all, the first"
    other = opened(file, "#day=<img>&sector=9&territory=zz")
    assert other.text("#day") == "Boundaries of 2010"
    other.clean(file)


def test_reader_is_told_that_classes_are_those_of_all_periods(opened, file):
    seen = opened(file, "#lang=en")
    assert "As many in each class, all periods together (quantiles)" in seen.text("#parted")
    assert "one set of classes for all periods" in seen.page.locator("#notes").text_content()


def test_csv_says_of_when_and_on_which_boundaries(opened, file):
    page = opened(file, "#table=1&day=1991").page
    with page.expect_download() as download:
        page.click("#csv")
    frame = pd.read_csv(download.value.path())
    assert download.value.suggested_filename == "towns_value_0.csv"
    assert frame["Figure"].tolist() == [60, 140]
    assert frame["Share divided"].round(3).tolist() == [1, 0.429]
    assert set(frame["Indicator"]) == {"Jobs, boundaries of 2010. Figures of 1991 on boundaries of 2010"}


def test_quotients_and_history_share_a_map(opened, history, panel, counted, towns, quotients, tmp_path):
    path = tmp_path / "map.html"
    territory_map(
        towns, quotient_layer(towns, quotients, name="Towns"), layer_of(history, panel, counted)
    ).save(path)
    seen = opened(path)
    page = seen.page
    assert not page.locator("#time").is_visible()
    page.get_by_role("radio", name="through time").click()
    assert page.locator("#time").is_visible()
    assert seen.text("#panel h2") == "Classes of the figures"
    page.locator("#classes button").first.click()
    page.get_by_role("radio", name="Towns", exact=True).click()
    assert not page.locator("#time").is_visible()
    assert page.locator("#classes [aria-pressed=false]").count() == 0
    assert seen.text("#panel h2") == "Location quotient"
    page.evaluate("() => { document.querySelector('#notes').open = true; }")
    notes = " ".join(page.locator("#notes-list li").all_text_contents())
    assert "Slide through the days" in notes
    assert "A location quotient" in notes
    seen.clean(path)


def test_hostile_names_are_shown_literally(opened, history, counted, tmp_path):
    layer = history_layer(
        history.assign(name=PAYLOAD), HistoryFigures(counted.assign(sector=PAYLOAD), PAYLOAD), name=PAYLOAD
    )
    path = tmp_path / "map.html"
    territory_map(in_force(history, "2020"), layer).save(path)
    seen = opened(path, "#day=2000-05-01&territory=A&table=1")
    assert seen.text("#changes") == f"new or changed: {PAYLOAD}, {PAYLOAD}"
    assert seen.text("#card h2") == PAYLOAD
    assert seen.page.locator("#sector").input_value() == f"{PAYLOAD}: {PAYLOAD}"
    assert seen.page.locator("img[src=x]").count() == 0
    seen.clean(path)


@pytest.mark.parametrize("width", [360, 390])
def test_phone_shows_map_and_slider_without_sideways_scroll(opened, file, width):
    seen = opened(file, size=(width, 760), is_mobile=True, has_touch=True)
    page = seen.page
    assert (
        page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        <= 0
    )
    assert page.locator("#map").bounding_box()["height"] >= 250
    page.tap("#earlier")
    assert seen.text("#day") == "Boundaries of 2005"
    assert page.locator("#earlier").bounding_box()["width"] >= 44
    assert page.locator("#step").bounding_box()["width"] >= 100
    seen.clean(file)


@pytest.mark.parametrize(
    ("where", "size"),
    [
        ("", (1400, 900)),
        ("#day=1991&territory=D&table=1&lang=es", (1400, 900)),
        ("#day=2000-05-01", (390, 800)),
    ],
)
def test_no_accessibility_violations(opened, file, needs, where, size):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    seen = opened(file, where, size=size, bypass_csp=True)
    results = axe.Axe().run(seen.page).response
    found = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in results["violations"]]
    assert found == []


def test_areas_with_facts_are_opened_and_filled_ones_have_a_legend(opened, towns, quotients, tmp_path):
    graded = towns.assign(grade=["firm"] * 6 + ["loose"] * 3, kept=np.linspace(0.9, 0.1, 9), secret=424242)
    look = Look({"kept": {"en": "Stays", "es": "Permanece"}}, ("#123456", "#abcdef"))
    layer = further_layer(
        graded, name="Firmness", kinds="grade", labels={"firm": "Firm", "loose": "Loose"}, look=look
    )
    path = tmp_path / "map.html"
    territory_map(towns, quotient_layer(towns, quotients, name="Towns"), layer).save(path)
    seen = opened(path, "#further=0")
    page = seen.page
    assert page.locator("#above .count").all_text_contents() == ["6", "3"]
    assert page.locator("#above .hint").count() == 0
    page.focus("#map")
    page.keyboard.press("Enter")
    assert seen.text(".entry strong") == "O'Grove"
    assert "Stays: 0.5" in seen.text(".entry")
    assert "424242" not in page.content()
    page.click(".entry .close")
    page.locator("#above .key").first.click()
    page.focus("#map")
    page.keyboard.press("Enter")
    # what is hidden no longer stands before the territory
    assert seen.text("#card h2") == "O'Grove"
    with pytest.raises(LayerError, match="`kept`"):
        further_layer(towns, name="x", look=look)
    seen.clean(path)


def test_the_least_of_an_unknown_figure_is_told(opened, history, tmp_path):
    told = pd.DataFrame({"territory": ["A", "D"], "period": ["2015"] * 2, "value": [np.nan, 5.0]})
    figures = HistoryFigures(told.assign(low=[11745.0, 5.0], high=[np.nan, 5.0]), "Jobs")
    path = tmp_path / "map.html"
    territory_map(in_force(history, "2020"), history_layer(history, figures, name="Towns")).save(path)
    seen = opened(path, "#lang=en")
    seen.page.fill("#find", "alba")
    seen.page.keyboard.press("Enter")
    assert seen.text("#card .span-text") == "≥ 11,745"
    seen.clean(path)
