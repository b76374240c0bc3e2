"""Sources and names that a study has in two languages reach every product in the language of its reader."""

import json

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import StudyError
from geoterritorio.layers.store import write_layers
from geoterritorio.study import run_study
from geoterritorio.study.config import read_plan

STUDY = """
[study]
title = { en = "Jobs", es = "Empleos" }
sources = [{ en = "The office of counts", es = "La oficina de recuentos" }, "Both"]
[layers.areas]
kind = "territories"
path = "areas.gpkg"
[layers.counted]
kind = "counts"
path = "counts.csv"
columns = { sector_name = "job", sector_name_es = "oficio" }
[steps.lq]
tool = "location_quotient"
territories = "areas"
counts = "counted"
measure = "employment"
[disclosure]
published = ["counted"]
[profiles]
territories = ["a"]
[report]
csv = true
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("languages")
    shapes = [shapely.box(x * 1000, 0, (x + 1) * 1000, 1000) for x in range(3)]
    areas = gpd.GeoDataFrame({"territory": list("abc"), "name": list("ABC")}, geometry=shapes, crs=25830)
    write_layers({str(folder / "areas.gpkg"): areas})
    rows = [
        (t, s, job, oficio, 10 * (i + 1) * (j + 1) + j)
        for i, t in enumerate("abc")
        for j, (s, job, oficio) in enumerate((("11", "Cook", "Cocina"), ("12", "Guard", None)))
    ]
    table = pd.DataFrame(rows, columns=["territory", "sector", "job", "oficio", "employment"])
    table.to_csv(folder / "counts.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    run_study(folder / "study.toml", folder / "done")
    return folder / "done"


@pytest.mark.parametrize("page", ["report", "profiles/a"])
def test_pages_tell_sources_and_sectors_in_their_own_language(done, page):
    english = (done / f"{page}.html").read_text(encoding="utf-8")
    spanish = (done / f"{page}.es.html").read_text(encoding="utf-8")
    assert "The office of counts" in english
    assert "oficina" not in english
    assert "La oficina de recuentos" in spanish
    assert "The office" not in spanish
    assert "Both" in english
    assert "Both" in spanish
    if page != "report":
        return  # of three places nothing is told apart from chance, and a profile names what is
    assert "Cook" in english
    assert "Cocina" not in english
    assert "Cocina" in spanish
    assert "Guard" in spanish  # what has no name in Spanish keeps the one it has


def test_map_and_accounts_hold_the_sources_in_both_languages(done):
    page = (done / "map.html").read_text(encoding="utf-8")
    assert "The office of counts" in page
    assert "La oficina de recuentos" in page
    told = json.loads((done / "provenance.json").read_text(encoding="utf-8"))
    assert told["sources"] == [{"en": "The office of counts", "es": "La oficina de recuentos"}, "Both"]
    described = json.loads((done / "public_tables" / "csv-metadata.json").read_text(encoding="utf-8"))
    assert described["dc:source"] == [
        {"@value": "The office of counts", "@language": "en"},
        {"@value": "La oficina de recuentos", "@language": "es"},
        "Both",
    ]


@pytest.mark.parametrize("sources", ["[1]", '[{ fr = "Un bureau" }]', "[{}]", '"One"'])
def test_sources_that_are_no_texts_are_refused(tmp_path, sources):
    file = tmp_path / "study.toml"
    head, _, rest = STUDY.partition("sources = ")
    file.write_text(head + f"sources = {sources}\n" + rest.partition("\n")[2], encoding="utf-8")
    with pytest.raises(StudyError, match=r"study\.sources: must be a list of texts"):
        read_plan(file)
