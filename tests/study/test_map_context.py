"""What lies beneath a study's map: a layer or a file of the study, told among its data."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, box

from geoterritorio.errors import StudyError
from geoterritorio.study import read_plan, run_study

STUDY = """
profiles.write = false
project.write = false
disclosure.off = "These figures are invented."

[study]
title = "Beneath (invented)"

[map]
context = "{context}"

[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.table]
kind = "counts"
path = "table.csv"

[layers.coast]
title = {{ en = "Coast", es = "Costa" }}
kind = "areas"
path = "coast.gpkg"

[steps.lq]
tool = "location_quotient"
territories = "areas"
counts = "table"
"""


def study(folder: Path, context: str) -> Path:
    keys = ["t0", "t1", "t2", "t3"]
    shapes = [box(i, 40, i + 1, 41) for i in range(len(keys))]
    gpd.GeoDataFrame({"territory": keys}, geometry=shapes, crs=4326).to_file(folder / "areas.gpkg")
    land = gpd.GeoDataFrame({"x": [1]}, geometry=[box(-3, 38, 2, 44)], crs=4326)
    land.to_crs(25830).to_file(folder / "coast.gpkg")
    road = gpd.GeoDataFrame({"x": [1]}, geometry=[LineString([(-1, 40), (5, 41)])], crs=4326)
    road.to_file(folder / "roads.geojson")
    rows = [(t, s, 10 + 7 * i * j, 5) for i, t in enumerate(keys) for j, s in enumerate(("A1", "B2", "C3"))]
    columns = ["territory", "sector", "employment", "establishments"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "table.csv", index=False)
    file = folder / "study.toml"
    file.write_text(STUDY.format(context=context), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("context", "layer", "told"),
    [
        ("coast", "coast", ("In grey: Coast", "En gris: Costa")),
        ("roads.geojson", "surroundings", ("In grey: Surroundings", "En gris: Alrededores")),
        ("coast.gpkg", "surroundings", ("In grey: Surroundings", "En gris: Alrededores")),
    ],
)
def test_a_layer_or_a_file_lies_beneath_the_map_and_is_told_among_its_data(
    tmp_path, chromium, context, layer, told
):
    file = study(tmp_path, context)
    plain = study_without(tmp_path)
    made = run_study(file, tmp_path / "out")
    without = run_study(plain, tmp_path / "plain")
    assert made["map"].stat().st_size - without["map"].stat().st_size < 2_000
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))
    assert len(account["inputs"][layer]["sha256"]) == 64
    page = chromium.new_page()
    page.goto(made["map"].as_uri())
    page.wait_for_selector("html[data-ready]")
    assert page.locator("#context").inner_text() == told[0]
    assert f"Data “{layer}”" in page.locator("#origin-list").text_content()
    page.click("#lang [lang=es]")
    assert page.locator("#context").inner_text() == told[1]
    page.close()


def study_without(folder: Path) -> Path:
    file = folder / "plain.toml"
    text = (folder / "study.toml").read_text(encoding="utf-8")
    file.write_text("\n".join(line for line in text.split("\n") if "context" not in line), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ("table", "map.context: the map cannot show “table”. It can show: areas, coast."),
        (
            "sea",
            "map.context: there is no file and no layer “sea”. Layers with polygons or lines: areas, coast.",
        ),
        ("nowhere.gpkg", "map.context: there is no file and no layer “nowhere.gpkg”."),
    ],
)
def test_what_cannot_lie_beneath_is_refused_before_the_run(tmp_path, context, told):
    with pytest.raises(StudyError) as caught:
        read_plan(study(tmp_path, context))
    assert told in str(caught.value)


def test_a_list_is_no_name(tmp_path):
    file = study(tmp_path, "coast")
    file.write_text(file.read_text(encoding="utf-8").replace('"coast"\n', '["coast"]\n', 1), encoding="utf-8")
    with pytest.raises(StudyError, match=r"map\.context: must be text"):
        read_plan(file)
