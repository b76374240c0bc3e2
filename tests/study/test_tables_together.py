"""A step that takes several tables of indicators: all rows, each with the step or layer that gives it."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from geoterritorio.errors import StudyError
from geoterritorio.study import read_plan, run_study

STUDY = """
[study]
title = "Ladder"

[project]
write = false

[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.one]
kind = "indicators"
path = "one.csv"

[layers.other]
kind = "indicators"
path = "other.csv"

[layers.actions_of_ours]
kind = "actions"
path = "actions.csv"

[steps.ladder]
tool = "ladder"
territories = "areas"
figures = ["one", "acted.figures", "other"]

[steps.acted]
tool = "action_register"
actions = "actions_of_ours"
territories = "areas"
"""


@pytest.fixture
def folder(tmp_path):
    shapes = [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)]
    gpd.GeoDataFrame({"territory": ["T", "U"]}, geometry=shapes, crs=25830).to_file(tmp_path / "areas.gpkg")
    for name, indicator in (
        ("one", "Ties that stay in the territory (share)"),
        ("other", "Kinds of institution present (share)"),
    ):
        table = pd.DataFrame({"territory": ["T", "U"], "indicator": indicator, "value": [0.7, 0.2]})
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    (tmp_path / "actions.csv").write_text("action,territory,phase\na,T,animation\n", encoding="utf-8")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def test_rows_of_all_tables_with_the_step_that_gives_them(folder):
    run_study(folder / "study.toml", folder / "out")
    found = pd.read_csv(folder / "out" / "tables" / "ladder_conditions.csv")
    of_t = found[found["territory"] == "T"].set_index("condition")
    given = of_t["given_by"].dropna().to_dict()
    assert given == {"local_ties": "one", "all_phases": "acted", "institution_kinds": "other"}
    assert of_t.loc[["local_ties", "all_phases"], "passed"].tolist() == ["unknown", "no"]


def test_steps_wait_for_all_tables_and_only_indicators_are_joined(folder):
    plan = read_plan(folder / "study.toml")
    assert [s.name for s in plan.steps] == ["acted", "ladder"]
    text = STUDY.replace('territories = "areas"\nfigures', 'territories = ["areas", "areas"]\nfigures')
    (folder / "study.toml").write_text(text.replace('"other"]', '"another"]'), encoding="utf-8")
    with pytest.raises(StudyError) as refused:
        read_plan(folder / "study.toml")
    told = str(refused.value)
    assert "steps.ladder.territories: takes one name. Only indicators may be a list" in told
    assert "steps.ladder.figures: there is no layer or result “another”" in told
