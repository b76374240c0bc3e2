"""What the written file holds, and what the map refuses."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoterritorio.concentration.intervals import IntervalRules
from geoterritorio.concentration.tools.quotients import QuotientResult
from geoterritorio.errors import CRSError, GeoterritorioWarning, LayerError
from geoterritorio.i18n import LANGUAGES
from geoterritorio.publication import TerritoryMap, quotient_layer, territory_map
from geoterritorio.publication.webmap import classes, codec, page, palette
from geoterritorio.publication.webmap.texts import TEXTS, dictionaries

HERE = Path(page.__file__).parent


def hashes(kind: str, text: str) -> set[str]:
    return set(re.findall(r"'(sha256-[^']+)'", re.search(kind + r" ([^;]*)", text)[1]))


def fingerprint(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_policy_names_exactly_the_scripts_and_styles_of_the_file(map_file):
    text = map_file.read_text(encoding="utf-8")
    content = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    assert tuple(scripts) == page.scripts()
    assert hashes("script-src", content) == {fingerprint(s) for s in scripts}
    assert hashes("style-src", content) == {fingerprint(s) for s in styles}
    assert content.startswith("default-src 'none';")
    assert "unsafe" not in content


def test_policy_does_not_depend_on_what_the_user_gives(towns):
    hostile = territory_map(towns, title="</title><script>alert(1)</script>").render()
    plain = territory_map(towns).render()
    found = [re.search(r'Policy" content="([^"]*)"', text)[1] for text in (hostile, plain)]
    assert found[0] == found[1]


def test_vendored_files_are_those_of_the_manifest():
    for library in json.loads((HERE / "vendor/manifest.json").read_text(encoding="utf-8")).values():
        assert library["version"]
        assert library["licence"]
        assert library["licence_file"] in library["files"]
        for name, entry in library["files"].items():
            assert hashlib.sha256((HERE / "vendor" / name).read_bytes()).hexdigest() == entry["sha256"], name


def test_own_assets_stay_small():
    own = [*HERE.glob("assets/*.js"), *HERE.glob("assets/*.css")]
    assert {f"assets/{p.name}" for p in own} == {
        p for p in (*page.SCRIPTS, *page.STYLES) if "vendor" not in p
    }
    carried = [page.scripts()[-1], page.asset("assets/style.css")]
    assert "Leaflet" not in carried[0][:200], "libraries come first, and are not ours"
    assert sum(len(text.encode()) for text in carried) <= 60_000


def test_own_scripts_never_parse_text_as_markup_or_code():
    for path in HERE.glob("assets/*.js"):
        text = path.read_text(encoding="utf-8")
        for word in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ):
            assert word not in text, (path.name, word)


def test_file_names_no_foreign_address(map_file):
    text = map_file.read_text(encoding="utf-8")
    own = re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL)
    assert set(re.findall(r"https?://[\w./-]+", own)) == {
        "https://tile.openstreetmap.org",
        "https://tile.openstreetmap.org/",
    }
    assert not re.search(r"<(link|img|iframe)|src=", own)


def test_texts_come_in_every_language(map_file):
    assert set(dictionaries()) == set(LANGUAGES)
    text = map_file.read_text(encoding="utf-8")
    contents = json.loads(re.search(r'id="page">(.*?)</script>', text, re.DOTALL)[1])
    assert all(set(contents["texts"][lang]) == set(TEXTS) for lang in LANGUAGES)
    scripts = "".join(p.read_text(encoding="utf-8") for p in HERE.glob("assets/*.*"))
    ways = {classes.AROUND, *classes.METHODS, *(f"colours{k}" for k in range(len(palette.palettes())))}
    called = (
        ways
        | set(re.findall(r"\bt\('(\w+)'", scripts))
        | set(re.findall(r'data-(?:text|label|hint)="(\w+)"', scripts))
    )
    assert called <= set(TEXTS)
    for key in set(TEXTS) - called:
        # maps of figures have words of their own for some keys
        plain = key.removesuffix("_figure")
        quoted = f"'{plain.removesuffix('_words').removesuffix('_short')}'"
        assert plain in called or quoted in scripts or plain in scripts or key == "no_script", key


def test_blocks_hold_the_table(map_file, towns, quotients):
    text = map_file.read_text(encoding="utf-8")
    blocks = re.findall(r'octet-stream" id="(data-\d)">([^<]*)<', text)
    assert [name for name, _ in blocks] == ["data-0", "data-1", "data-2"]
    # the outlines of the ground are those of the first layer, and stand there once
    contents = json.loads(re.search(r'id="page">(.*?)</script>', text, re.DOTALL)[1])
    assert contents["ground"] == contents["layers"][0]["shape"] == "data-0"
    assert contents["layers"][1] == {
        "name": {"en": "Centres", "es": "Centres"},
        "shape": "data-2",
        "table": "data-1",
    }
    columns, texts = codec.unpack(blocks[1][1])
    assert texts["names"] == towns["name"].tolist()
    assert texts["sector_names"]["es"] == ["Textiles", "Leather and footwear", "Cerámica"]
    shown = quotients.where(quotients["certainty"] != "withheld")
    assert columns["employment"] == pytest.approx(shown["employment"].to_numpy(), nan_ok=True)
    assert columns["lq"] == pytest.approx(shown["lq"].to_numpy(), abs=5e-3, nan_ok=True)


def test_withheld_figures_never_reach_the_file(towns):
    table = pd.DataFrame(
        {
            "territory": towns["territory"],
            "sector": "C13",
            "lq": 1.5,
            "employment": 4242.0,
            "excess": 1234.0,
            "status": ["withheld"] + ["known"] * (len(towns) - 1),
        }
    )
    table.loc[1:, ["employment", "excess"]] = 7.0
    columns, _ = codec.unpack(quotient_layer(towns, table, name="x").block())
    assert columns["class"][0] == palette.HIDDEN
    assert pd.isna([columns[name][0] for name in ("lq", "employment", "excess")]).all()
    assert columns["employment"][1] == columns["excess"][1] == 7.0


def test_rendering_twice_gives_the_same_file(towns, quotients):
    chart = territory_map(towns, quotient_layer(towns, quotients, name="Towns"))
    assert chart.render() == chart.render()


def test_inputs_stay_as_they_were(towns, quotients):
    before = towns.copy(), quotients.copy()
    territory_map(towns, quotient_layer(towns, quotients, name="Towns")).render()
    pd.testing.assert_frame_equal(pd.DataFrame(towns), pd.DataFrame(before[0]))
    pd.testing.assert_frame_equal(quotients, before[1])


def test_projected_territories_are_brought_to_degrees(towns):
    metric = territory_map(towns.to_crs(25830))
    block = re.search(r'id="data-0">([^<]*)<', metric.render())[1]
    columns, _ = codec.unpack(block)
    assert columns["x"].min() == pytest.approx(0, abs=1e-4)
    assert columns["y"].max() == pytest.approx(40.3, abs=1e-4)


def test_map_is_a_folium_map_and_shows_in_a_notebook(towns):
    chart = territory_map(towns, title='A "quoted" <title>')
    assert isinstance(chart, folium.Map)
    shown = chart._repr_html_()
    inside = html.unescape(re.search(r'srcdoc="([^"]*)"', shown)[1])
    assert inside == chart.render()


def test_saving_is_whole_or_not_at_all(towns, tmp_path, monkeypatch):
    path = tmp_path / "map.html"
    path.write_text("old", encoding="utf-8")
    chart = territory_map(towns)
    monkeypatch.setattr(page.os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        chart.save(path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["map.html"]
    monkeypatch.undo()
    chart.save(str(path))
    assert path.read_text(encoding="utf-8") == chart.render()
    assert [p.name for p in tmp_path.iterdir()] == ["map.html"]


def test_saving_to_an_open_file(towns):
    file = io.BytesIO()
    territory_map(towns).save(file, close_file=False)
    assert file.getvalue().startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize(
    "child",
    [folium.Marker([0, 0], popup="{{ 7*7 }}"), folium.LayerControl(), folium.TileLayer("OpenStreetMap")],
)
def test_layers_that_pass_a_template_are_refused(towns, child):
    with pytest.raises(LayerError, match=type(child).__name__):
        territory_map(towns).add_child(child)


def test_layer_on_a_plain_folium_map_is_refused(towns, quotients):
    plain = folium.Map(tiles=None)
    quotient_layer(towns, quotients, name="Towns").add_to(plain)
    with pytest.raises(LayerError, match="territory_map"):
        plain.get_root().render()


def test_markup_added_to_the_page_or_layer_is_refused(towns, quotients):
    for part in ("html", "header", "script"):
        chart = territory_map(towns)
        getattr(chart.get_root(), part).add_child(folium.Element("<b>{{ 7*7 }}</b>"))
        with pytest.raises(LayerError, match="title, sources or notes"):
            chart.render()
    layer = quotient_layer(towns, quotients, name="Towns")
    layer.add_child(folium.Popup("{{ 7*7 }}"))
    with pytest.raises(LayerError, match="children"):
        territory_map(towns, layer).render()


def test_column_types_do_not_matter(towns, quotients):
    other = quotients.convert_dtypes().astype(
        {"certainty": "category", "sector": "category", "sector_name": "category"}
    )
    other["status"] = pd.array(["known", None, "estimated"] * 9, dtype="string")
    plain = quotients.assign(status=["known", None, "estimated"] * 9)
    there, here = (codec.unpack(quotient_layer(towns, t, name="x").block()) for t in (other, plain))
    assert there[1] == here[1]
    for name, values in here[0].items():
        assert there[0][name] == pytest.approx(values, nan_ok=True), name


def test_sectors_given_as_numbers_and_as_text_are_the_same(towns):
    table = pd.DataFrame({"territory": "000", "sector": [13, "13"], "lq": [1.0, 2.0]})
    with pytest.raises(LayerError, match="repeat"):
        quotient_layer(towns, table, name="x")


def test_refusals_come_together_and_name_the_cure(towns):
    wrong = gpd.GeoDataFrame(
        {"territory": ["1", "1", "2"]},
        geometry=[shapely.box(0, 0, 1, 1), shapely.Point(0, 0), None],
        crs=4326,
    )
    with pytest.raises(LayerError) as caught:
        territory_map(wrong)
    assert len(caught.value.problems) == 3
    with pytest.raises(CRSError, match="set_crs"):
        territory_map(towns.set_crs(None, allow_override=True))
    with pytest.raises(LayerError, match="territory"):
        territory_map(towns.drop(columns="territory"))
    with pytest.raises(LayerError, match="GeoDataFrame"):
        territory_map(pd.DataFrame({"territory": []}))
    with pytest.raises(LayerError, match="fr"):
        territory_map(towns, lang="fr")


def test_tables_that_contradict_themselves_are_refused(towns, quotients):
    with pytest.raises(LayerError, match="repeat"):
        quotient_layer(towns, pd.concat([quotients, quotients.head(2)]), name="x")
    with pytest.raises(LayerError, match="`lq`"):
        quotient_layer(towns, quotients.drop(columns="lq"), name="x")


def test_rows_without_a_territory_are_left_off_and_said_so(towns, quotients):
    with pytest.warns(GeoterritorioWarning, match="3 rows"):
        layer = quotient_layer(towns.iloc[1:], quotients, name="x")
    assert len(layer.quotients) == len(quotients) - 3


def test_empty_layers_still_make_a_map(towns, quotients):
    nothing = territory_map(towns, quotient_layer(towns.iloc[:0], quotients.iloc[:0], name="x"))
    assert isinstance(nothing, TerritoryMap)
    assert nothing.render().startswith("<!DOCTYPE html>")


def test_territories_without_rows_are_refused(towns):
    with pytest.raises(LayerError, match="have no rows: there is nothing to map"):
        territory_map(towns.iloc[:0])


def test_whole_result_of_a_tool_is_refused_with_the_table_to_give(towns, quotients):
    whole = QuotientResult(quotients=quotients, areas=towns, rules=IntervalRules(0.95, "none"))
    with pytest.raises(LayerError, match=r"give `result\.quotients`"):
        quotient_layer(towns, whole, name="x")
    assert quotient_layer(towns, whole.quotients, name="x").layer_name == "x"
    with pytest.raises(LayerError, match="a table, not list"):
        quotient_layer(towns, [1.0], name="x")


def test_folder_that_is_not_there_is_named(towns, tmp_path):
    for place in (tmp_path / "nowhere" / "map.html", str(tmp_path / "nowhere" / "map.html")):
        with pytest.raises(
            LayerError, match=r"map\.html: there is no folder .*nowhere; make it first"
        ) as refused:
            territory_map(towns).save(place)
        assert ".part" not in str(refused.value)
    with pytest.raises(LayerError, match="is a folder"):
        territory_map(towns).save(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(LayerError, match="no folder"):
        territory_map(towns).save(tmp_path / "file" / "map.html")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
