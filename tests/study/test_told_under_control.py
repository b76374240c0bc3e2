"""What a report says of its table with disclosure control on is what the table says."""

import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.numbers import Numbers
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.public_tables import _in_both

STUDY = """
[study]
title = "Squares"

[layers.squares]
kind = "territories"
path = "squares.gpkg"

[layers.register]
kind = "firms"
path = "register.gpkg"
classification = "nace2"

[steps.lq]
tool = "location_quotient"
territories = "squares"
firms = "register"
measure = "employment"

[report]
csv = true

[project]
write = false
"""
SECTORS = ["10.3", "15.2", "23.3", "31.0", "47.1"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Nine invented squares and sectors, of which one lies in one square, one lacks in four, none is of few."""
    folder, rng = tmp_path_factory.mktemp("told"), np.random.default_rng(3)
    corners = [(x, y) for x in range(3) for y in range(3)]
    shapes = [box(1000 * x, 1000 * y, 1000 * x + 1000, 1000 * y + 1000) for x, y in corners]
    gpd.GeoDataFrame(
        {"territory": list("abcdefghi"), "name": [f"Square {c}" for c in "abcdefghi"]},
        geometry=shapes,
        crs=25830,
    ).to_file(folder / "squares.gpkg")
    number = rng.integers(14, 60, (9, 5))
    number[:4, 1] = 0
    number[2, 2] += 200
    number[7, 3] += 60
    at = np.repeat(np.arange(45), number.ravel())
    x, y = np.array(corners)[at // 5].T * 1000 + rng.uniform(50, 950, (2, len(at)))
    gpd.GeoDataFrame(
        {
            "firm": [f"f{k}" for k in range(len(at))],
            "sector": np.array(SECTORS)[at % 5],
            "employment": np.round(np.exp(rng.normal(1.5, 0.9, len(at)))) + 1,
        },
        geometry=gpd.points_from_xy(x, y),
        crs=25830,
    ).to_file(folder / "register.gpkg")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return run_study(folder / "study.toml", folder / "out")["report"].parent


@pytest.fixture(scope="module")
def table(made):
    return pd.read_csv(made / "public_tables" / "lq_quotients.csv", dtype={"sector": str})


@pytest.fixture(scope="module")
def text(made):
    page = (made / "report.html").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("&lt;", "<")


def test_empty_cells_do_not_make_the_headline_say_what_the_table_does_not(table, text):
    assert table["q"].isna().sum() == 4
    high = int(table["certainty"].eq("high").sum())
    above = int((table["low"] > 1).sum())
    assert 0 < high < above  # an interval above 1 that q does not confirm tells the two rules apart
    assert f"For {high} of them the whole 95% interval lies above 1 and the q-value agrees" in text
    assert "by chance alone" not in text
    assert f"is told of {table['q'].notna().sum()} cells" in text
    assert f"holds for {(table['q'] <= 0.05).sum()} of them" in text


def test_rows_that_lost_figures_are_counted_and_say_why(made, table, text):
    log = pd.read_csv(made / "log" / "disclosure.csv")
    assert log[["rows", "reason"]].to_numpy().tolist() == [[4, "sizes of few"]]
    assert f"report, map, project and public tables: {Numbers('en').count(4)}." in text
    assert "study.gpkg" not in text.partition("Provenance")[0], "readers of the report do not have it"
    inside = (made / "log" / "lq.log").read_text(encoding="utf-8")
    assert "internal: tables/, rasters/ and study.gpkg have all figures" in inside
    assert table.loc[table["q"].isna(), "withheld"].tolist() == ["few establishments"] * 4
    assert table.loc[table["q"].notna(), "withheld"].isna().all()


def test_names_of_sectors_stand_in_both_languages_beside_their_codes(table):
    rows = table.drop_duplicates("sector").set_index("sector")
    assert rows.loc["15.2", "sector_name"] == "Manufacture of footwear"
    assert rows.loc["15.2", "sector_name_es"] == "Fabricación de calzado"
    assert "name_es" not in table.columns  # these names are of one language


def test_description_tells_the_columns_of_names(made):
    told = json.loads((made / "public_tables" / "csv-metadata.json").read_text(encoding="utf-8"))
    columns = {c["name"]: c for c in told["tables"][0]["tableSchema"]["columns"]}
    assert columns["sector_name_es"]["titles"]["en"][1].endswith(", in Spanish")
    assert "in Spanish" in columns["sector_name_es"]["dc:description"][0]["@value"]


def test_figures_are_told_in_full(made, table):
    inside = pd.read_csv(made / "tables" / "lq_quotients.csv", dtype={"sector": str})
    both = table.merge(inside, on=["territory", "sector"])
    assert np.array_equal(both["lq_x"], both["lq_y"], equal_nan=True)


def test_each_report_links_the_map_and_its_twin(made):
    for page, twin in (("report.html", "report.es.html"), ("report.es.html", "report.html")):
        text = (made / page).read_text(encoding="utf-8")
        assert 'href="map.html"' in text
        assert f'href="{twin}" hreflang=' in text
        assert (made / twin).exists()
    assert (made / "map.html").exists()


def test_names_of_two_languages_come_apart():
    names = pd.DataFrame({"territory": ["a"], "name": ["Market of A / Mercado de A"]})
    english, spanish = (names.assign(name=[name]) for name in ("Market of A", "Mercado de A"))
    raw, en, es = (Listing("T", rows, "t") for rows in (names, english, spanish))
    told = _in_both(raw, en, es).table
    assert told.to_dict("records") == [{"territory": "a", "name": "Market of A", "name_es": "Mercado de A"}]
    given = names.assign(name_es="Mío")
    assert _in_both(Listing("T", given, "t"), en, es).table["name_es"].tolist() == ["Mío"]
