"""What a study's map shows first: as the study file says, on the page, and refused with what there is."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from geoterritorio.errors import StudyError
from geoterritorio.study import read_plan, run_study

STUDY = """
profiles.write = false
project.write = false
disclosure.off = "These figures are invented."

[study]
title = "Opens (invented)"
{opens}
[layers]
areas = {{ kind = "territories", path = "areas.gpkg" }}
table = {{ kind = "counts", path = "table.csv" }}

[steps.one]
tool = "location_quotient"
territories = "areas"
counts = "table"

[steps.two]
tool = "location_quotient"
territories = "areas"
counts = "table"
"""


def study(folder: Path, opens: str = "") -> Path:
    keys = ["t0", "t1", "t2", "t3"]
    shapes = [box(i, 40, i + 1, 41) for i in range(len(keys))]
    gpd.GeoDataFrame({"territory": keys}, geometry=shapes, crs=4326).to_file(folder / "areas.gpkg")
    rows = [(t, s, 10 + 7 * i * j, 5) for i, t in enumerate(keys) for j, s in enumerate(("A1", "B2", "C3"))]
    columns = ["territory", "sector", "employment", "establishments"]
    pd.DataFrame(rows, columns=columns).to_csv(folder / "table.csv", index=False)
    file = folder / "study.toml"
    told = f"\n[map]\nopens = {opens}\n" if opens else ""
    file.write_text(STUDY.format(opens=told), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("opens", "layer", "sector"),
    [
        ("", "one", "A1"),
        ('{ sector = "B2" }', "one", "B2"),
        ('{ layer = "two", sector = "C3" }', "two", "C3"),
        ('{ layer = "two" }', "two", "A1"),
    ],
)
def test_the_map_opens_as_the_study_says(tmp_path, chromium, opens, layer, sector):
    made = run_study(study(tmp_path, opens), tmp_path / "out")
    page = chromium.new_page()
    page.goto(made["map"].as_uri())
    page.wait_for_selector("html[data-ready]")
    shown = page.locator("#layers [aria-checked=true]").inner_text(), page.locator("#sector").input_value()
    page.close()
    assert shown[0] == layer
    assert sector in shown[1]


@pytest.mark.parametrize(
    ("opens", "told"),
    [
        ('{ layer = "three" }', "map.opens.layer: the map cannot show “three”. It can show: one, two."),
        ('{ sectr = "A1" }', "map.opens.sectr: unknown key. Did you mean “sector”?"),
        ('"A1"', "map.opens: must be a table"),
        ("{ sector = 1 }", "map.opens.sector: must be text"),
    ],
)
def test_a_wrong_key_is_refused_before_the_run(tmp_path, opens, told):
    with pytest.raises(StudyError) as caught:
        read_plan(study(tmp_path, opens))
    assert told in str(caught.value)


def test_a_sector_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    file = study(tmp_path, '{ sector = "D4" }')
    with pytest.raises(
        StudyError, match=r"map\.opens\.sector: the map cannot show “D4”. It can show: A1, B2, C3"
    ):
        run_study(file, tmp_path / "out")
