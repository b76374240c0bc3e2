"""Flows between places: what is told, what is withheld, and what the controls do."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import CRSError, LayerError
from geoterritorio.publication import FlowLayer, flow_layer, quotient_layer, territory_map
from geoterritorio.publication.webmap import codec, flows

HOSTILE = "<img src=x onerror=alert(1)>{{ 7*7 }}"
WAY = {"en": "Wide where they live", "es": "Ancho donde viven"}


def commuters() -> pd.DataFrame:
    """Both ways between the middle and its neighbours, and to it from the corners."""
    pairs = [
        ("003", "005", 400),
        ("005", "003", 100),
        ("000", "004", 50),
        ("004", "000", 25),
        ("008", "004", 10),
    ]
    return pd.DataFrame(pairs, columns=["origin", "destination", "flow"])


def figures(layer: FlowLayer) -> dict[tuple[str, str], float]:
    columns, texts = codec.unpack(layer.block())
    ends = [np.array(texts["ids"])[columns[c].astype(int)] for c in ("from", "to")]
    return dict(zip(zip(*ends, strict=True), columns["flow"], strict=True))


def test_block_holds_the_flows_largest_first_and_the_places_they_need(towns):
    layer = flow_layer(towns, commuters().sample(frac=1, random_state=1), name="Commuters")
    told = commuters()
    assert list(figures(layer).values()) == [400, 100, 50, 25, 10]
    assert figures(layer) == {(a, b): f for a, b, f in told.itertuples(index=False)}
    assert layer.places.ids == ["000", "003", "004", "005", "008"]
    assert layer.total == 5
    tenths = flow_layer(towns, told.assign(flow=told["flow"] + 0.25), name="x", least=0)
    assert list(figures(tenths).values()) == [400.25, 100.25, 50.25, 25.25, 10.25]


def test_flows_within_a_place_unknown_ones_and_those_from_elsewhere_are_not_drawn(towns):
    more = pd.DataFrame(
        [("000", "000", 900), ("000", "001", 0), ("000", "002", np.nan), ("abroad", "000", 70)],
        columns=["origin", "destination", "flow"],
    )
    layer = flow_layer(towns, pd.concat([commuters(), more]), name="x")
    assert len(figures(layer)) == 5
    assert layer.total == 6
    assert layer.told[1]["en"] == "Flows that are not on the map: 1"
    assert layer.told[0]["es"] == "Ancho donde empieza el flujo, en punta donde termina"


def test_flows_of_one_or_two_people_are_withheld_and_do_not_follow_from_totals(towns):
    few = pd.DataFrame([("003", "004", 2), ("003", "008", 60)], columns=["origin", "destination", "flow"])
    table = pd.concat([commuters(), few])
    layer = flow_layer(towns, table, name="x")
    told = figures(layer)
    assert ("003", "004") not in told
    # from 003 the smallest other flow goes too, to 004 another: nobody gets the two by subtraction
    for end in ("origin", "destination"):
        gone = table[[pair not in told for pair in zip(table["origin"], table["destination"], strict=True)]]
        whole = table.groupby(end)["flow"].size()
        counts = gone.groupby(end)["flow"].size()
        assert ((counts > 1) | (whole[counts.index] == 1)).all()
    hidden = len(table) - len(told)
    assert layer.told[1]["en"].startswith("Withheld, because flows below 3 would tell of single persons: ")
    assert layer.told[1]["en"].split(": ")[1].startswith(f"{hidden}.")
    assert len(figures(flow_layer(towns, table, name="x", least=0))) == 7


def test_more_flows_than_a_browser_takes_are_counted(towns, monkeypatch):
    monkeypatch.setattr(flows, "MOST", 2)
    layer = flow_layer(towns, commuters(), name="x")
    assert list(figures(layer).values()) == [400, 100]
    assert layer.told[1]["en"] == "Flows that are not on the map: 3"


def test_what_cannot_be_drawn_is_refused(towns):
    table = commuters()
    with pytest.raises(LayerError, match="lack the column `flow`"):
        flow_layer(towns, table.drop(columns="flow"), name="x")
    with pytest.raises(LayerError, match="holds no numbers"):
        flow_layer(towns, table.astype({"flow": str}), name="x")
    with pytest.raises(LayerError, match="5 flows repeat the pair"):
        flow_layer(towns, pd.concat([table, table]), name="x")
    with pytest.raises(LayerError, match="1 flows are negative"):
        flow_layer(towns, table.assign(flow=[-1, 1, 1, 1, 1]), name="x")
    with pytest.raises(CRSError):
        flow_layer(towns.set_crs(None, allow_override=True), table, name="x")


@pytest.fixture
def file(towns, quotients, tmp_path):
    path = tmp_path / "map.html"
    layer = flow_layer(towns, commuters(), name={"en": "Commuters", "es": "Viajes"}, way=WAY)
    territory_map(towns, quotient_layer(towns, quotients, name="Towns"), layer).save(path)
    return path


def shown(page) -> list[str]:
    return page.locator("#further .key .count").all_text_contents()


def test_slider_and_place_choose_what_is_shown(opened, file):
    seen = opened(file, "#further=0")
    page = seen.page
    assert seen.text("#further label") == "Commuters (5)"
    assert seen.text("#further .hint") == "10 or more: 5 of 5 flows, 100\u00a0% of what flows. Widest: 400"
    assert "Wide where they live" in seen.text("#further")
    slider = page.locator("#further [type=range]")
    slider.focus()
    for _ in range(50):
        page.keyboard.press("ArrowRight")
    # half way by logarithms from 10 to 400 is 63
    assert seen.text("#further .hint") == "100 or more: 2 of 5 flows, 85\u00a0% of what flows. Widest: 400"
    assert slider.get_attribute("aria-valuetext") == seen.text("#further .hint")
    assert page.evaluate("() => document.activeElement.type") == "range"
    page.select_option("#further select", label="O'Grove")
    assert seen.text("#further .hint") == "10 or more: 3 of 3 flows, 100\u00a0% of what flows. Widest: 50"
    names = page.locator("#further .key .name").all_text_contents()
    assert (names, shown(page)) == (["From O'Grove", "To O'Grove"], ["1", "2"])
    page.locator("#further .key").first.click()
    assert seen.text("#further .hint").startswith("10 or more: 2 of 3 flows, 71")
    page.click("#lang [lang=es]")
    assert seen.text("#further .hint").startswith("10 o más: 2 de 3 flujos, 71\u00a0% ")
    assert page.locator("#further .key .name").all_text_contents() == ["Desde O'Grove", "Hacia O'Grove"]
    page.select_option("#further select", index=0)
    assert seen.text("#further .hint").startswith("10 o más: 5 de 5 flujos")
    seen.clean(file)


def test_address_brings_the_place_and_the_least_flow_back(opened, file):
    seen = opened(file, "#further=0")
    page = seen.page
    page.select_option("#further select", label="O'Grove")
    page.locator("#further [type=range]").focus()
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    told = seen.text("#further .hint")
    assert told.startswith("50 or more: 1 of 3 flows"), (
        "of the place's own flows, the largest is always shown"
    )
    again = opened(file, "#" + page.url.partition("#")[2])
    assert again.text("#further .hint") == told
    assert again.page.locator("#further select").evaluate("(n) => n.selectedOptions[0].text") == "O'Grove"
    name = next(part for part in page.url.split("&") if "2C" in part and not part.startswith("view")).split(
        "="
    )[0]
    for nonsense in ("length,x", "99,-5", ",", "constructor"):
        odd = opened(file, f"#further=0&{name}={nonsense}")
        assert "flows" in odd.text("#further .hint")
        odd.page.locator("#further .key").first.click()
        odd.clean(file)


def widths(page) -> list[float]:
    """How wide what is drawn of flows alone is, one seventh and six sevenths of the way from west to east."""
    return page.evaluate(
        """() => {
            const context = document.querySelectorAll('.leaflet-overlay-pane canvas')[0].getContext('2d');
            const { data, width, height } = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
            const wide = (x) => {
                let n = 0;
                for (let y = 0; y < height; y++) n += data[4 * (y * width + x) + 3] > 60;
                return n;
            };
            const [left, right] = [0, 1].map((end) => {
                for (let k = 0; k < width; k++) {
                    const x = end ? width - 1 - k : k;
                    if (wide(x)) return x;
                }
            });
            return [1, 6].map((part) => wide(Math.round(left + (right - left) * part / 7)));
        }"""
    )


@pytest.mark.parametrize(("way", "sign"), [(("003", "005"), 1), (("005", "003"), -1)])
def test_a_flow_is_wide_where_it_begins(opened, towns, tmp_path, way, sign):
    path = tmp_path / "map.html"
    one = pd.DataFrame({"origin": [way[0]], "destination": [way[1]], "flow": [40]})
    territory_map(towns, flow_layer(towns, one, name="x")).save(path)
    seen = opened(path)
    west, east = widths(seen.page)
    assert sign * (west - east) > 4
    seen.clean(path)


@pytest.mark.parametrize("latitude", [40.169, 40.131])
def test_both_directions_are_told_by_keyboard(opened, file, latitude):
    # each way bends to its own side of the line between west and east
    seen = opened(file, f"#further=0&view={latitude},0.15,12")
    seen.page.focus("#map")
    seen.page.keyboard.press("Enter")
    told = seen.text(".entry")
    assert "Peñíscola → Zürich: 400" in told
    assert "Zürich → Peñíscola: 100" in told
    assert "Peñíscola → Zürich: 400" in seen.text("#live")
    seen.clean(file)


def test_hostile_names_are_shown_literally(opened, towns, quotients, tmp_path):
    bad = towns.assign(name=[f"{HOSTILE}{k}" for k in range(9)])
    layer = flow_layer(bad, commuters(), name=HOSTILE, way=HOSTILE)
    path = tmp_path / "map.html"
    territory_map(bad, quotient_layer(bad, quotients, name="x"), layer).save(path)
    seen = opened(path, "#further=0")
    page = seen.page
    page.select_option("#further select", label=f"{HOSTILE}4")
    assert page.locator("#further .key .name").first.text_content() == f"From {HOSTILE}4"
    assert seen.text("#further label") == f"{HOSTILE} (5)"
    assert page.locator("img[src=x]").count() == 0
    seen.clean(path)


def test_thousands_of_flows_open_as_the_largest_alone(opened, tmp_path):
    rng = np.random.default_rng(5)
    west, south = (v.ravel() / 10 for v in np.meshgrid(np.arange(40), 400 + np.arange(40)))
    ids = [f"{k:04d}" for k in range(1600)]
    cells = shapely.box(west, south, west + 0.1, south + 0.1)
    many = gpd.GeoDataFrame({"territory": ids}, geometry=cells, crs=4326)
    pairs = pd.DataFrame(rng.choice(many["territory"], (6000, 2)), columns=["origin", "destination"])
    pairs = pairs[pairs["origin"] != pairs["destination"]].drop_duplicates().assign(flow=0)
    pairs["flow"] = np.round(3 + rng.pareto(1.2, len(pairs)) * 20)
    path = tmp_path / "map.html"
    territory_map(many, flow_layer(many, pairs, name="x")).save(path)
    seen = opened(path)
    count = int(seen.text("#further .hint").split(": ")[1].split(" of ")[0].replace(",", ""))
    assert 20 <= count <= 60
    slider = seen.page.locator("#further [type=range]")
    took = slider.evaluate(
        """(slider) => {
            const began = performance.now();
            slider.value = 0;
            slider.dispatchEvent(new Event('input'));
            return performance.now() - began;
        }"""
    )
    assert f"{len(pairs):,} of {len(pairs):,} flows" in seen.text("#further .hint")
    # a quiet machine takes a tenth of this
    assert took < 1500
    seen.clean(path)


@pytest.mark.parametrize(
    ("size", "options"), [((1400, 900), {}), ((360, 760), {"is_mobile": True, "has_touch": True})]
)
def test_no_accessibility_violations_and_no_sideways_scroll(opened, file, needs, size, options):
    needs(find_spec("axe_playwright_python"), "axe-playwright-python is not installed")
    axe = import_module("axe_playwright_python.sync_playwright")
    seen = opened(file, "#further=0&lang=es", size=size, bypass_csp=True, **options)
    page = seen.page
    assert (
        page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        <= 0
    )
    page.select_option("#further select", index=1)
    results = axe.Axe().run(page).response
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in results["violations"]] == []


def test_a_legend_row_in_use_fades_the_others(opened, map_file):
    seen = opened(map_file)
    page = seen.page
    faint = """() => {
        const canvas = document.querySelectorAll('.leaflet-overlay-pane canvas')[0];
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let n = 0;
        for (let i = 3; i < data.length; i += 4) n += data[i] > 20 && data[i] < 90;
        return n;
    }"""
    before = page.evaluate(faint)
    row = page.locator("#classes .key").filter(has_text="over 2")
    row.hover()
    seen.settle()
    assert page.evaluate(faint) > 20 * (before + 100)
    page.mouse.move(700, 5)
    seen.settle()
    assert page.evaluate(faint) == before
    page.focus("#classes .key")
    page.keyboard.press("Tab")
    seen.settle()
    assert page.evaluate(faint) > 20 * (before + 100)
    row.evaluate("(row) => row.blur()")
    page.locator("#sure .key").first.hover()
    seen.settle()
    assert page.evaluate(faint) > 20 * (before + 100)


def test_places_may_be_points_in_any_system(towns):
    points = towns.to_crs(3857)
    points["geometry"] = points.centroid
    layer = flow_layer(gpd.GeoDataFrame(points), commuters(), name="x")
    assert layer.places.shapes[0].x == pytest.approx(0.05)
