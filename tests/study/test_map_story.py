"""A study's story: refused key by key, shown on its map, and true to the results of the sample."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import GeoterritorioWarning, StudyError
from geoterritorio.layers import write_layers
from geoterritorio.study import read_plan, run_study

COMARCA = Path(__file__).resolve().parents[2] / "sample_data" / "comarca"
WANTED = {"markets_lq", "municipalities_lq", "districts", "jobs_panel"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The sample's study with the steps that its story tells of."""
    folder = tmp_path_factory.mktemp("study")
    for path in COMARCA.iterdir():
        if path.suffix in {".gpkg", ".csv", ".tif", ".parquet"}:
            (folder / path.name).symlink_to(path)
    blocks = re.split(r"(?m)^(?=\[)", (COMARCA / "study.toml").read_text(encoding="utf-8"))
    kept = [
        b
        for b in blocks
        if not b.startswith("[report]")
        and (not b.startswith("[steps.") or b.removeprefix("[steps.").partition("]")[0] in WANTED)
    ]
    text = re.sub(r"(?m)^show = \[.quality.*$", 'show = ["districts.areas"]', "".join(kept))
    file = folder / "study.toml"
    file.write_text(text, encoding="utf-8")
    assert set(tomllib.loads(text)["steps"]) == WANTED
    return file


@pytest.fixture(scope="module")
def made(study, tmp_path_factory):
    with pytest.warns(GeoterritorioWarning, match="not all of “istat2006_unconfirmed” is confirmed"):
        return run_study(study, tmp_path_factory.mktemp("out") / "out")


def table(made, name: str) -> pd.DataFrame:
    return pd.read_csv(made["map"].parent / f"tables/{name}.csv", dtype={"sector": str, "territory": str})


def cells(made, step: str, sector: str) -> pd.DataFrame:
    found = table(made, f"{step}_quotients")
    return found[found["sector"] == sector].set_index("territory")


def test_first_view_is_true(made):
    markets = cells(made, "markets_lq", "15.2")
    assert markets.loc["MINV10", "certainty"] == "high"
    assert markets.loc["MINV10", "low"] > 10, "many times that of the nation"
    others = markets.drop("MINV10")["certainty"]
    assert not others.isin(["high", "low"]).any()
    assert (others == "few").mean() > 0.5


def test_second_view_is_true(made):
    places = cells(made, "municipalities_lq", "15.2")["certainty"]
    assert (places == "high").sum() == 7
    assert (places == "few").sum() >= len(places) - 7 - 5, "nearly all others"


def test_third_view_is_true(made, study):
    plan = read_plan(study)
    assert next(s for s in plan.steps if s.name == "districts").options["preset"] == "istat2006_unconfirmed"
    areas = gpd.read_file(made["map"].parent / "study.gpkg", layer="districts_areas")
    districts = areas.loc[areas["verdict"] == "district", "name"].tolist()
    assert [re.search(r"of (\w+)", name)[1] for name in districts] == ["Bolsapelda", "Jorbazuelo"]


def test_fourth_and_fifth_view_are_true(made):
    clay, other = (cells(made, "markets_lq", code).loc["MINV06"] for code in ("23.3", "23.4"))
    assert [clay["certainty"], other["certainty"]] == ["high", "high"]
    assert clay["low"] > other["high"]
    fruit = cells(made, "markets_lq", "10.3").loc[["MINV11", "MINV05"]]
    assert (fruit["certainty"] == "high").all()
    assert fruit["low"].max() < fruit["high"].min()
    assert fruit["lq"].nunique() == 2


def test_sixth_view_is_true(made):
    jobs = table(made, "jobs_panel_values")
    divided = jobs[jobs["split"] > 0].groupby("period").size()
    assert divided.to_dict() == {2001: 2}


def test_story_is_on_the_map_in_both_languages(made, opened):
    for lang, first in (("en", "View 1 of 6"), ("es", "Vista 1 de 6")):
        seen = opened(made["map"], f"#story=0&lang={lang}")
        page = seen.page
        assert seen.text("#story-at") == first
        assert seen.text("#sector-label") == {"en": "Sector", "es": "Sector"}[lang]
        cards = []
        for _ in range(5):
            cards.append(seen.text("#card h2") if page.locator("#card").is_visible() else "")
            page.click("#story-on")
        assert [c[-10:] for c in cards] == ["Jorbazuelo", "", "Jorbazuelo", "Bolsapelda", "truvarasca"]
        assert page.locator("#map2").is_visible()
        assert page.locator("#day2").input_value() == "2001"
        seen.clean(made["map"])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('layer = "markets_lq"', 'layer = "markets"', "map.story[1].layer: the map cannot show “markets”"),
        ('layer = "markets_lq"', "layer = 1", "map.story[1].layer: must be text"),
        (
            'territory = "MINV10"',
            "teritory = 1",
            "map.story[1].teritory: unknown key. Did you mean “territory”?",
        ),
        ('territory = "MINV10"', "view = [1, 2]", "map.story[1].view: must be three numbers: latitude"),
        ('title = { en = "One', 'title = { fr = "One', "map.story[1].title.fr: unknown key"),
        (
            'text = { en = "In the',
            'txt = { en = "In the',
            "map.story[1].text: must be text, or a table of texts",
        ),
        ('["districts.areas"]\n\n', '["districts.area"]\n\n', "map.story[3].further: the map cannot show"),
        ('{ sector = "23.4" }', '{ sectr = "23.4" }', "map.story[4].compare.sectr: unknown key"),
        ('{ sector = "23.4" }', '"23.4"', "map.story[4].compare: must be a table"),
    ],
)
def test_refusals_name_the_key(study, old, new, told):
    head, sign, story = study.read_text(encoding="utf-8").partition("[[map.story]]")
    assert old in story
    file = study.parent / "wrong.toml"
    file.write_text(head + sign + story.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_plan(file)
    assert any(str(p).startswith(told) for p in caught.value.problems), caught.value.problems


def test_story_must_be_a_list_of_tables(study):
    head = study.read_text(encoding="utf-8").partition("[[map.story]]")[0]
    file = study.parent / "wrong.toml"
    file.write_text(head.replace("[map]\n", "[map]\nstory = 1\n"), encoding="utf-8")
    with pytest.raises(StudyError, match=r"map.story: must be a list of tables"):
        read_plan(file)


def test_what_did_not_come_onto_the_map_is_refused(study, tmp_path):
    text = study.read_text(encoding="utf-8").replace("[map]\n", '[map]\nleave_out = ["districts.areas"]\n')
    steps = [
        b for b in re.split(r"(?m)^(?=\[)", text) if "jobs_panel" not in b and "municipalities_lq" not in b
    ]
    file = study.parent / "left_out.toml"
    file.write_text("".join(steps).replace('show = ["districts.areas"]', ""), encoding="utf-8")
    told = r"map.story\[2\].further: “districts.areas” has not come onto the map\. .* leave_out keeps it off"
    with pytest.warns(GeoterritorioWarning, match="is confirmed"), pytest.raises(StudyError, match=told):
        run_study(file, tmp_path / "out")


SCATTERED = """
[study]
title = "No clump"
[layers]
areas = { kind = "territories", path = "areas.gpkg" }
register = { kind = "firms", path = "firms.gpkg" }
[steps.lq]
tool = "location_quotient"
territories = "areas"
firms = "register"
[steps.clumps]
tool = "clumps"
firms = "register"
[[map.story]]
title = "Clumps"
text = "Where they are."
layer = "lq"
further = ["clumps.areas"]
"""


@pytest.mark.parametrize("given_away", [True, False])
def test_result_that_is_not_there_is_left_out_of_its_view_with_a_warning(tmp_path, opened, given_away):
    places = shapely.points([(500_000 + 5000 * (k % 10), 4_400_000 + 5000 * (k // 10)) for k in range(40)])
    table = {"firm": [f"f{k}" for k in range(40)], "sector": ["15", "25"] * 20, "employment": 5.0}
    halves = [shapely.box(x, 4.39e6, x + 32_500, 4.43e6) for x in (490_000, 522_500)]
    areas = gpd.GeoDataFrame({"territory": ["a", "b"]}, geometry=halves, crs=25830)
    write_layers(
        {
            str(tmp_path / "firms.gpkg"): gpd.GeoDataFrame(table, geometry=places, crs=25830),
            str(tmp_path / "areas.gpkg"): areas,
        }
    )
    off = '[disclosure]\noff = "The establishments are invented."\n' if given_away else ""
    (tmp_path / "study.toml").write_text(SCATTERED + off, encoding="utf-8")
    told = "“clumps.areas” has no rows" if given_away else "disclosure control keeps “clumps.areas” back"
    with pytest.warns(
        GeoterritorioWarning, match=rf"map\.story\[1\]\.further: {re.escape(told)}, so it is not on the map"
    ):
        made = run_study(tmp_path / "study.toml", tmp_path / "out")
    seen = opened(made["map"], "#story=0")
    assert seen.text("#story-title") == "Clumps"
    assert seen.page.locator("#further input").count() == 0
