"""Plain layers of folium: refused unless the maker says so, then checked, then nothing else runs beside them."""

from __future__ import annotations

import base64
import hashlib
import re

import folium
import pytest
from folium import plugins

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.publication import quotient_layer, territory_map
from geoterritorio.publication.webmap import page

SQUARE = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"label": "Peña 'n' \"Roll\" & Co"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[0.2, 40.2], [0.28, 40.2], [0.28, 40.28], [0.2, 40.2]]],
            },
        }
    ],
}


def of(label="x", key="label"):
    feature = {**SQUARE["features"][0], "properties": {key: label}}
    return {"type": "FeatureCollection", "features": [feature]}


# what a text may come in by
WAYS = {
    "tooltip": lambda text: folium.Marker([40.1, 0.1], tooltip=text),
    "popup": lambda text: folium.Marker([40.1, 0.1], popup=text),
    "lazy popup": lambda text: folium.Marker([40.1, 0.1], popup=folium.Popup(text, lazy=True)),
    "option": lambda text: folium.CircleMarker([40.1, 0.1], class_name=text),
    "title": lambda text: folium.Marker([40.1, 0.1], title=text),
    "value": lambda text: folium.GeoJson(of(text), tooltip=folium.GeoJsonTooltip(["label"])),
    "alias": lambda text: folium.GeoJson(of(), tooltip=folium.GeoJsonTooltip(["label"], aliases=[text])),
    "name of a value": lambda text: folium.GeoJson(of(key=text)),
    "name": folium.FeatureGroup,
    "child": lambda text: folium.Marker([40.1, 0.1], tooltip=text).add_to(folium.FeatureGroup("g"))._parent,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "text",
    ["{{ 7*7 }}", "{% x", "{# y", "${alert(1)}", "`", "<img src=x onerror=alert(1)>", "\\u003cb\\u003e"],
)
def test_texts_that_could_be_read_otherwise_are_refused_with_a_cure(towns, way, text):
    with pytest.raises(LayerError, match=r"further_layer|rename it") as caught:
        territory_map(towns).add_open(WAYS[way](text))
    told = str(caught.value)
    assert re.match(r"[A-Z]\w+", told)
    assert text in told


@pytest.mark.parametrize(
    "child",
    [
        folium.TileLayer("OpenStreetMap"),
        folium.LayerControl(),
        plugins.MarkerCluster(),
        plugins.HeatMap([[40, 0]]),
        folium.Marker([40, 0], icon=folium.Icon("red")),
        folium.Marker([40, 0], icon=folium.DivIcon("x")),
        folium.Marker([40, 0], popup=folium.Popup(folium.IFrame("x"))),
        folium.GeoJson(SQUARE, on_each_feature=folium.JsCode("alert")),
        folium.Element("x"),
    ],
)
def test_what_needs_scripts_from_elsewhere_or_is_code_is_refused(towns, child):
    with pytest.raises(LayerError):
        territory_map(towns).add_open(child)


def test_what_is_added_later_is_checked_when_the_map_is_written(towns):
    marker = folium.Marker([40.1, 0.1])
    chart = territory_map(towns).add_open(marker)
    marker.add_child(folium.Tooltip("{{ 7*7 }}"))
    with pytest.raises(LayerError, match="Marker"):
        chart.render()
    with pytest.raises(LayerError, match="add_open"):
        territory_map(towns).add_child(folium.Marker([40.1, 0.1]))


@pytest.fixture
def file(towns, quotients, tmp_path):
    chart = territory_map(towns, quotient_layer(towns, quotients, name="Towns"), title="Open")
    group = folium.FeatureGroup("Group")
    folium.Marker([40.05, 0.05], tooltip="Town hall", popup="It's {a} 100 % plain; text").add_to(group)
    chart.add_open(group)
    chart.add_open(folium.CircleMarker([40.25, 0.05], radius=9, popup=folium.Popup("Lazy", lazy=True)))
    tip = folium.GeoJsonTooltip(["label"])
    style = {"fillColor": "#d81b60", "fillOpacity": 1, "className": "own"}
    chart.add_open(folium.GeoJson(SQUARE, tooltip=tip, style_function=lambda _: style))
    path = tmp_path / "map.html"
    with pytest.warns(GeoterritorioWarning, match="Open map"):
        chart.save(path)
    assert path.read_text(encoding="utf-8") == chart.render()
    return path


def test_open_map_shows_its_layers_says_so_and_runs_nothing_else(opened, file):
    seen = opened(file)
    page_ = seen.page
    page_.wait_for_selector("html[data-open]", state="attached")
    note = page_.locator("[data-text=opened]")
    assert note.is_visible()
    assert note.text_content().startswith("Open map")
    page_.click("#lang [lang=es]")
    assert note.text_content().startswith("Mapa abierto")
    page_.locator(".leaflet-marker-icon").hover()
    assert seen.text(".leaflet-tooltip").strip() == "Town hall"
    page_.locator(".leaflet-marker-icon").click()
    assert seen.text(".leaflet-popup-content").strip() == "It's {a} 100 % plain; text"
    shape = page_.locator(".leaflet-popup-content").bounding_box()
    assert shape["width"] > 150
    assert shape["height"] < 40, "one line"
    page_.locator("path.own").hover()
    told = page_.locator(".leaflet-tooltip", has_text="Peña").text_content()
    assert "Peña 'n' \"Roll\" & Co" in told
    # our own layers answer beside and under them
    page_.keyboard.press("Escape")
    box = page_.locator("#map").bounding_box()
    page_.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + 26)
    assert page_.locator("#card").is_visible()
    assert [line for line in seen.said if "style" not in line] == []
    assert {url.partition("#")[0] for url in seen.requests} - {file.as_uri()} <= {
        url for url in seen.requests if url.startswith("data:image/svg")
    }


def test_policy_of_an_open_map_names_one_script_more(file):
    text = file.read_text(encoding="utf-8")
    content = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    sums = {"sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts}
    named = set(re.findall(r"'(sha256-[^']+)'", re.search(r"script-src ([^;]*)", content)[1]))
    assert named == sums
    assert len(sums) == len(page.scripts()) + 1
    assert "unsafe" not in content
    assert "cdn" not in text.lower()
    assert content.startswith("default-src 'none';")
