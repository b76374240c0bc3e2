"""A layer of single establishments: what it holds, what its controls do, and how large a million is."""

from __future__ import annotations

import shutil
import subprocess
from importlib import import_module
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.publication import firm_layer, further_layer, history_layer, quotient_layer, territory_map
from geoterritorio.publication.webmap import codec
from geoterritorio.publication.webmap.page import asset

HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}`${1}`</script>"
NAMES = {"en": "Plants", "es": "Plantas"}
WHY = "They are invented."


def register(number: int = 60) -> gpd.GeoDataFrame:
    """A lattice of plants over the towns, 0.02 degrees apart; sectors, sizes and years by turns."""
    k = np.arange(number)
    return gpd.GeoDataFrame(
        {
            "firm": k.astype(str),
            "name": [f"Peña {j}" for j in k],
            "sector": np.resize(["15.20", "15.20", "13.10"], number),
            "employment": np.resize([5.0, 20.0, np.nan, 300.0], number),
            "opened": np.resize(["1990", "2001-05", None], number),
            "closed": np.resize([None, "2010", None, None], number),
        },
        geometry=gpd.points_from_xy(0.05 + 0.02 * (k % 10), 40.05 + 0.02 * (k // 10)),
        crs=4326,
    )


def many(number: int) -> gpd.GeoDataFrame:
    """Plants around four hundred towns; names of two words of twenty, a number and a legal form."""
    rng = np.random.default_rng(1)
    weights = rng.lognormal(0, 1.6, 400)
    town = rng.choice(400, number, p=weights / weights.sum())
    xy = rng.uniform([-6, 37], [2, 43], (400, 2))[town]
    xy += rng.normal(0, 0.04, (number, 2)) * rng.gamma(1, 1, (number, 1))
    words = np.array(
        [f"{a}{b}" for a in ("Tall", "Peñ", "Gar", "Ñand", "Ruiz") for b in ("eres", "a", "ía", "o")]
    )
    first, second = words[rng.integers(0, 20, (2, number))]
    opened = rng.integers(1960, 2025, number)
    return gpd.GeoDataFrame(
        {
            "name": first + " " + second + " " + rng.integers(1, 9999, number).astype(str) + " SL",
            "sector": np.char.mod("%02d", np.minimum(88, rng.geometric(0.08, number))),
            "employment": np.ceil(rng.lognormal(1, 1.3, number)),
            "opened": opened,
            "closed": pd.array(np.where(rng.random(number) < 0.3, opened + rng.integers(1, 20, number), 0)),
        },
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=4326,
    ).assign(closed=lambda rows: rows["closed"].where(rows["closed"] > 0).astype("Int64"))


@given(st.lists(st.tuples(st.floats(-180, 179.9), st.floats(-85, 85)), min_size=1, max_size=50))
def test_places_come_back_to_a_step_of_the_grid(places):
    longitude, latitude = np.array(places).T
    x, y = codec.mercator(longitude, latitude)
    back = codec.degrees(x, y)
    assert np.abs(back[0] - longitude).max() <= 360 / codec.GRID
    assert np.abs(back[1] - latitude).max() <= 360 / codec.GRID
    assert ((x >= 0) & (x < codec.GRID) & (y >= 0) & (y < codec.GRID)).all()


@given(
    st.lists(st.tuples(*[st.integers(0, codec.GRID - 1)] * 2), min_size=1, max_size=50), st.integers(0, 16)
)
def test_tiles_are_slices_of_the_order(steps, zoom):
    x, y = np.array(steps).T
    order = np.argsort(codec.morton(x, y), kind="stable")
    tile = (x[order] >> (24 - zoom)) * 2**zoom + (y[order] >> (24 - zoom))
    assert len(np.unique(tile)) == 1 + np.count_nonzero(np.diff(tile))


def test_block_holds_what_is_told_of_each_plant_and_no_more():
    rows = register()
    layer = firm_layer(rows, name=NAMES, classification="nace2", level="division", names=True)
    columns, texts = codec.unpack(layer.block())
    assert set(columns) == {"low", "high", "sector", "size", "opened", "closed"}
    x, y = codec.mercator(rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy())
    order = np.argsort(codec.morton(x, y), kind="stable")
    steps = (columns["high"] * codec.GRID + columns["low"]).astype(np.int64)
    np.testing.assert_array_equal(np.cumsum(steps), codec.morton(x, y)[order])
    sectors, sizes = texts["names"]
    assert sectors["es"] == ["15 Fabricación de cuero y productos afines", "13 Fabricación de textiles"]
    assert sizes["en"] == ["Fewer than 10 jobs", "10 to 49 jobs", "250 jobs or more", "Size not known"]
    np.testing.assert_array_equal(columns["sector"], np.resize([0, 0, 1], 60)[order])
    np.testing.assert_array_equal(columns["size"], np.resize([0, 1, 3, 2], 60)[order])
    np.testing.assert_array_equal(columns["opened"], np.resize([1990, 2001, np.nan], 60)[order])
    # closed in 2010 is no longer open on its first day
    np.testing.assert_array_equal(columns["closed"], np.resize([np.nan, 2009, np.nan, np.nan], 60)[order])
    assert texts["years"] == [1990, 2009]
    spelling, words = codec.unpack(layer.names())
    told = [" ".join(words["words"][int(c)] for c in pair) for pair in zip(*spelling.values(), strict=True)]
    assert told == rows["name"].iloc[order].tolist()


def test_projected_rows_keep_their_places_and_those_without_one_are_counted():
    rows = register().to_crs(25831)
    before = rows.copy()
    rows.loc[3, "geometry"] = None
    layer = firm_layer(rows, name="x")
    assert (len(layer.table), layer.total) == (59, 60)
    assert shapely.total_bounds(layer.around) == pytest.approx([0.05, 40.05, 0.23, 40.15], abs=1e-4)
    assert rows.drop(3).equals(before.drop(3))


def test_classes_of_the_source_stand_in_their_order_and_sectors_without_code_are_told():
    rows = (
        register(4)
        .drop(columns="employment")
        .assign(
            size_class=["51 a 100", "11 a 50", None, "0 a 10"],
            sector=["a", None, "a", "b"],
            sector_name="Own",
        )
    )
    layer = firm_layer(rows, name="x")
    assert layer.sizes["es"] == ["0 a 10", "11 a 50", "51 a 100", "Tamaño desconocido"]
    assert layer.sectors["en"] == ["a Own", "b Own", "Sector not known"]
    assert firm_layer(rows[["geometry"]], name="x").sizes == {"en": [], "es": []}


def test_long_names_stay_whole():
    long = "una dos tres cuatro cinco seis siete ocho nueve diez"
    spelling, words = codec.unpack(firm_layer(register(1).assign(name=long), name="x", names=True).names())
    assert len(spelling) == 8
    assert " ".join(words["words"][int(c[0])] for c in spelling.values()) == long


def test_what_cannot_be_drawn_is_refused():
    rows = register()
    with pytest.raises(LayerError, match="holds points"):
        firm_layer(rows.set_geometry([shapely.box(0, 0, 1, 1)] * 60, crs=4326), name="x")
    with pytest.raises(CRSError):
        firm_layer(rows.set_crs(None, allow_override=True), name="x")
    for bare in (
        pd.DataFrame(rows.drop(columns="geometry")),
        gpd.GeoDataFrame(rows.drop(columns="geometry")),
    ):
        with pytest.raises(LayerError, match=r"have no places.*read_firms"):
            firm_layer(bare, name="x")
    with pytest.raises(LayerError, match="needs the classification"):
        firm_layer(rows, name="x", level="division")
    with pytest.raises(LayerError, match="no level"):
        firm_layer(rows, name="x", classification="nace2", level="storey")
    with pytest.raises(LayerError, match="opened"):
        firm_layer(rows.assign(opened="soon"), name="x")
    with pytest.raises(LayerError, match="territory_map"):
        firm_layer(rows, name="x").render()


def notes(opened, chart, path, lang):
    chart.save(path)
    seen = opened(path, f"#lang={lang}")
    return seen.page.locator("#notes-list li").all_text_contents()


def test_reason_for_single_establishments_is_told_once_and_without_warning(opened, towns, tmp_path):
    why = {"en": "The register is public.", "es": "El registro es público."}
    layers = [firm_layer(register(), name=name, why_shown=why) for name in "ab"]
    told = {
        "en": "This map shows single establishments. Why it may: The register is public.",
        "es": "Este mapa muestra establecimientos concretos. Por qué puede: El registro es público.",
    }
    for lang, note in told.items():
        # whoever tells it among the notes, as studies do, does not have it twice
        for also in ((), (told,)):
            found = notes(opened, territory_map(towns, *layers, notes=also), tmp_path / "map.html", lang)
            assert found.count(note) == 1
            assert not any("Intern" in text for text in found)


def test_map_of_single_establishments_without_reason_calls_itself_internal(opened, towns, tmp_path):
    rows = register()
    rows.loc[3, "geometry"] = None
    chart = territory_map(towns, firm_layer(rows, name="x"), firm_layer(rows, name="y", why_shown=" "))
    for lang, told in (("en", "Internal: this map holds"), ("es", "Interno: este mapa contiene")):
        with pytest.warns(GeoterritorioWarning, match=r"exact places of 118 establishments .*why_shown"):
            found = notes(opened, chart, tmp_path / "map.html", lang)
        assert sum(note.startswith(told) for note in found) == 1
        assert not any("Why it may" in note for note in found)
    # nothing is told of what is not there
    nowhere = firm_layer(rows[rows.geometry.isna()], name="x")
    assert not any(
        "Internal" in n for n in notes(opened, territory_map(towns, nowhere), tmp_path / "n.html", "en")
    )


def test_page_reads_a_squeezed_block(tmp_path, needs):
    node = shutil.which("node")
    needs(node, "no node on the path")
    values = np.arange(3000) % 977
    block = codec.pack({"x": codec.Column(values, delta=True)}, {"t": "ñ"}, repeats=False)
    script = tmp_path / "read.mjs"
    script.write_text(
        asset("assets/codec.js")
        + f"\nconst {{columns, texts}} = await GT.codec.unpack('{block}');"
        + "console.log(columns.x.every((v, i) => v === i % 977), columns.x.length, texts.t);",
        encoding="utf-8",
    )
    out = subprocess.run([node, script], capture_output=True, check=True, text=True).stdout
    assert out.split() == ["true", "3000", "ñ"]


@pytest.fixture
def file(towns, quotients, tmp_path):
    layer = firm_layer(
        register(), name=NAMES, classification="nace2", level="division", names=True, why_shown=WHY
    )
    path = tmp_path / "map.html"
    territory_map(towns, quotient_layer(towns, quotients, name="Towns"), layer).save(path)
    return path


def counts(page) -> dict[str, str]:
    rows = page.locator("#further .key")
    return dict(
        zip(
            rows.locator(".name").all_text_contents(), rows.locator(".count").all_text_contents(), strict=True
        )
    )


def inked(page) -> int:
    """Pixels of the tiles that are drawn on."""
    return page.evaluate(
        """() => [...document.querySelectorAll('canvas.firms')].reduce((sum, canvas) => {
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return sum + data.filter((v, i) => i % 4 === 3 && v).length;
        }, 0)"""
    )


def test_layer_is_off_until_ticked_and_dense_from_afar(opened, file):
    seen = opened(file, "#view=40.15,0.15,8")
    page = seen.page
    box = page.locator("#further input").first
    assert not box.is_checked()
    assert page.locator("canvas.firms").count() == 0
    box.check()
    assert seen.text("#further .hint") == "60 of 60 establishments shown"
    assert page.locator("#further .ramp").is_visible()
    assert inked(page) == 60 or 40 < inked(page) < 60  # some share a cell
    page.focus("#map")
    page.keyboard.press("Enter")
    # nothing is picked from a density: the territory opens
    assert page.locator("#card").is_visible()
    for _ in range(6):
        page.click("#in")
    page.wait_for_timeout(500)
    assert not page.locator("#further .ramp").is_visible()
    seen.clean(file)


def test_legend_counts_and_filters_by_sector_size_and_years(opened, file):
    seen = opened(file, "#further=0&view=40.1,0.14,11")
    page = seen.page
    before = inked(page)
    leather, textile = "15 Manufacture of leather and related products", "13 Manufacture of textiles"
    assert counts(page) == {
        leather: "40",
        textile: "20",
        "Fewer than 10 jobs": "15",
        "10 to 49 jobs": "15",
        "250 jobs or more": "15",
        "Size not known": "15",
    }
    page.locator("#further .key", has_text=leather).click()
    assert seen.text("#further .hint") == "20 of 60 establishments shown"
    assert seen.text("#live") == "20 of 60 establishments shown"
    # its own count stays, so that the reader knows what would come back
    assert (counts(page)[leather], counts(page)["10 to 49 jobs"]) == ("40", "5")
    assert page.evaluate("() => document.activeElement.className") == "key"
    seen.settle()
    assert 0 < inked(page) < before
    page.locator("#further .key", has_text="10 to 49 jobs").click()
    assert seen.text("#further .hint") == "15 of 60 establishments shown"
    page.click("text=Show all")
    assert seen.text("#further .hint") == "45 of 60 establishments shown"
    page.click("text=Hide all")
    assert seen.text("#further .hint") == "0 of 60 establishments shown"
    page.click("text=Show all")
    page.locator("#further .key", has_text="10 to 49 jobs").click()
    rows = register()
    last = page.locator("#further input[type=range]").nth(1)
    last.focus()
    for _ in range(19):
        page.keyboard.press("ArrowLeft")
    assert seen.text("#further output") == "1990 to 1990"
    open_then = (rows["opened"] == "1990") | rows["opened"].isna()
    assert seen.text("#further .hint") == f"{open_then.sum()} of 60 establishments shown"
    first = page.locator("#further input[type=range]").first
    first.focus()
    page.keyboard.press("ArrowRight")
    assert seen.text("#further output") == "1990 to 1991"  # either end may be the later
    page.click("#lang [lang=es]")
    assert "establecimientos" in seen.text("#further .hint")
    assert "13 Fabricación de textiles" in counts(page)
    seen.clean(file)


def test_every_pick_returns_the_plant_aimed_at(opened, file):
    seen = opened(file, "#further=0&view=40.1,0.14,11")
    page, rows = seen.page, register()
    page.wait_for_timeout(200)
    box = page.locator("#map").bounding_box()
    x, y = codec.mercator(rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy())
    middle = codec.mercator(np.array([0.14]), np.array([40.1]))
    right, down = (x - middle[0]) / 32, (y - middle[1]) / 32
    found = []
    for k in np.flatnonzero(abs(down) < 250)[:20]:
        # a popup may have moved the map
        moved = page.locator(".leaflet-map-pane").evaluate("({ _leaflet_pos: at }) => [at.x, at.y]")
        page.locator("#map").click(
            position={
                "x": box["width"] / 2 + right[k] + moved[0],
                "y": box["height"] / 2 + down[k] + moved[1],
            }
        )
        found.append((seen.text(".entry strong"), rows["name"][k]))
        page.click(".entry .close")
        page.locator(".entry").wait_for(state="detached")
        page.wait_for_timeout(300)
    assert len(found) == 20
    assert [a for a, _ in found] == [b for _, b in found]
    assert not page.locator("#card").is_visible()
    seen.clean(file)


def test_keyboard_and_search_open_plants(opened, file):
    seen = opened(file, "#view=40.1503,0.1502,12")
    page = seen.page
    assert page.locator("#find").get_attribute("placeholder") == "Find a territory or an establishment"
    page.fill("#find", "pena 37")
    assert seen.text("#find-list li").startswith("Peña 37")
    page.keyboard.press("Enter")
    # what is looked for is shown, whatever was ticked
    assert page.locator("#further input").first.is_checked()
    assert seen.text(".entry strong") == "Peña 37"
    assert "Fewer" not in seen.text(".entry")
    assert "Peña 37" in seen.text("#live")
    page.click(".entry .close")
    page.locator(".entry").wait_for(state="detached")
    page.focus("#map")
    page.keyboard.press("Enter")
    assert seen.text(".entry strong") == "Peña 37"
    page.fill("#find", "avila")
    assert "Ávila" in seen.text("#find-list li")
    seen.clean(file)


def test_search_finds_names_with_fewer_words_than_others_by_their_words_alone(
    opened, towns, quotients, tmp_path
):
    rows = register(4).assign(name=["Solo", "Dos Palabras", "Tres Palabras Largas", None])
    path = tmp_path / "map.html"
    layer = firm_layer(rows, name=NAMES, names=True, why_shown=WHY)
    territory_map(towns, quotient_layer(towns, quotients, name="Towns"), layer).save(path)
    seen = opened(path)
    found = {}
    for text in ("zzzz", "solo", "palabras", "largas"):
        seen.page.fill("#find", text)
        found[text] = seen.page.locator("#find-list li[role=option]").all_text_contents()
    assert found["zzzz"] == ["No match"]
    assert [len(found[text]) for text in ("solo", "palabras", "largas")] == [1, 2, 1], found
    seen.clean(path)


def test_plants_of_one_place_are_told_together(opened, towns, tmp_path):
    rows = register(3).set_geometry(shapely.points([(0.15, 40.15)] * 3), crs=4326)
    path = tmp_path / "map.html"
    territory_map(towns, firm_layer(rows, name=NAMES, names=True, why_shown=WHY)).save(path)
    seen = opened(path, "#view=40.15,0.15,11")
    # without quotients the layer greets the reader
    assert seen.page.locator("#further input").first.is_checked()
    seen.page.focus("#map")
    seen.page.keyboard.press("Enter")
    told = seen.text(".entry")
    assert "2 more on this point" in told
    assert all(f"Peña {k}" in told for k in range(3))
    assert "Open since 1990" in told
    seen.clean(path)


def test_years_follow_the_slider_of_boundaries(opened, tmp_path):
    shapes = [shapely.box(0, 40, 0.3, 40.3), shapely.box(0, 40, 0.2, 40.3), shapely.box(0.2, 40, 0.3, 40.3)]
    versions = gpd.GeoDataFrame(
        {
            "territory": ["a", "a", "b"],
            "valid_from": [None, "2001-01-01", "2001-01-01"],
            "valid_to": ["2001-01-01", None, None],
        },
        geometry=shapes,
        crs=4326,
    )
    path = tmp_path / "map.html"
    rows = register().assign(opened="1999", closed=np.resize([None, "2001"], 60))
    ground = versions.iloc[1:][["territory", "geometry"]]
    plants = firm_layer(rows, name=NAMES, why_shown=WHY)
    territory_map(ground, history_layer(versions, name="Through time"), plants).save(path)
    seen = opened(path, "#further=0&view=40.15,0.15,11")
    assert seen.text("#further .hint") == "30 of 60 establishments shown"
    assert not seen.page.locator("#further [type=range]").first.is_visible()
    seen.page.click("#earlier")
    assert seen.text("#further .hint") == "60 of 60 establishments shown"
    seen.clean(path)


def test_hostile_names_are_shown_literally(opened, towns, quotients, tmp_path):
    rows = register(1).set_geometry(shapely.points([(0.15, 40.15)]), crs=4326)
    bad = rows.assign(name=HOSTILE, sector=HOSTILE, sector_name=None, size_class=HOSTILE, employment=np.nan)
    path = tmp_path / "map.html"
    layer = firm_layer(bad, name=HOSTILE, names=True, why_shown=WHY)
    territory_map(towns, quotient_layer(towns, quotients, name="x"), layer).save(path)
    seen = opened(path, "#further=0&view=40.15,0.15,11")
    assert seen.text("#further label") == f"{HOSTILE} (1)"
    assert seen.page.locator("#further .name").all_text_contents() == [HOSTILE, HOSTILE]
    seen.page.fill("#find", "onerror")
    assert seen.text("#find-list li") == HOSTILE + HOSTILE
    seen.page.keyboard.press("Enter")
    assert seen.text(".entry strong") == HOSTILE
    assert seen.page.locator("img[src=x]").count() == 0
    seen.clean(path)


@pytest.mark.parametrize("size", [(1400, 900), (360, 740)])
def test_no_accessibility_violations(opened, file, needs, size):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    seen = opened(file, "#further=0&lang=es&view=40.15,0.15,11", size=size, bypass_csp=True)
    page = seen.page
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size[0]
    page.focus("#map")
    page.keyboard.press("Enter")
    page.locator(".entry").wait_for()
    results = axe.Axe().run(page).response
    found = [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in results["violations"]]
    assert found == []


def test_plants_do_not_hide_other_layers(opened, towns, quotients, tmp_path):
    path = tmp_path / "map.html"
    layers = [firm_layer(register(), name=NAMES, why_shown=WHY), further_layer(towns, name="Cells")]
    territory_map(towns, quotient_layer(towns, quotients, name="x"), *layers).save(path)
    seen = opened(path, "#further=0,1&view=40.15,0.15,11")
    assert seen.page.locator("#further label").all_text_contents() == ["Plants (60)", "Cells (9)"]
    seen.clean(path)


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    towns = gpd.GeoDataFrame({"territory": ["1"]}, geometry=[shapely.box(-6, 37, 2, 43)], crs=4326)
    rows = many(1_000_000)
    folder = tmp_path_factory.mktemp("million")
    for names in (False, True):
        layer = firm_layer(rows, name=NAMES, names=names, why_shown=WHY)
        territory_map(towns, layer).save(folder / f"{names}.html")
    return folder


def test_a_million_plants_fit_their_budget(opened, million):
    plain, named = (million / f"{names}.html" for names in (False, True))
    assert plain.stat().st_size <= 6_000_000
    assert named.stat().st_size <= 10_000_000
    seen = opened(named)
    assert seen.text("#further .hint") == "1,000,000 of 1,000,000 establishments shown"
    seen.page.fill("#find", "garia nando")
    assert seen.page.locator("#find-list li").count() == 300
    seen.clean(named)
