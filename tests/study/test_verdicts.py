"""Words, first rows and order that follow from withheld figures."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.publication import StoryView
from geoterritorio.study.confidential import read_confidential
from geoterritorio.study.story import Hidden, on_the_map
from geoterritorio.study.verdicts import first_of_told, in_no_order, without_verdicts, without_withheld

DISTRICTS = ("districts", "areas")


def districts():
    return pd.DataFrame(
        {
            "territory": ["a", "b"],
            "name": ["A", "B"],
            "verdict": ["district", "services"],
            "main_industry": ["machinery", None],
            "activity": ["manufacturing", "business_services"],
            "cure": ["more", None],
            "preset": ["istat1997"] * 2,
            "nature": ["invented"] * 2,
        }
    )


def test_words_of_rows_that_rest_on_withheld_cells_are_withheld():
    told, some = without_verdicts(districts(), np.array([True, False]), DISTRICTS)
    assert some.tolist() == [True, False]
    # What the row is of, its rules, and what territories bring along, are no verdict.
    assert told.loc[0].drop("withheld").tolist() == [
        "a",
        "A",
        *["withheld"] * 3,
        None,
        "istat1997",
        "invented",
    ]
    assert told["withheld"].fillna("").tolist() == ["confidential", ""]
    assert told.loc[1].drop("withheld").fillna("").tolist() == districts().loc[1].fillna("").tolist()


def test_that_there_is_no_main_industry_is_withheld_too():
    told, _ = without_verdicts(districts(), np.array([True, True]), DISTRICTS)
    assert told["main_industry"].tolist() == ["withheld"] * 2


def test_rows_that_are_there_because_of_a_verdict_are_left_out():
    rows = pd.DataFrame({"territory": ["a", "b"], "group": ["g", "h"], "verdict": ["cluster"] * 2})
    told, some = without_verdicts(rows, np.array([True, False]), ("clusters", "areas"))
    assert told["territory"].tolist() == ["b"]
    assert some.sum() == 1


def test_pictures_draw_no_withheld_verdict():
    told, _ = without_verdicts(districts(), np.array([True, False]), DISTRICTS)
    assert without_withheld("districts", {"areas": told})["areas"]["territory"].tolist() == ["b"]
    none, _ = without_verdicts(districts(), np.array([True, True]), DISTRICTS)
    assert without_withheld("districts", {"areas": none}) == {}


def test_order_by_a_figure_tells_nothing_of_rows_without_it():
    """Between its neighbours a figure would lie between two others."""
    rows = pd.DataFrame({"territory": ["a"] * 3, "sector": ["31", "10", "22"], "lq": [3.0, np.nan, 1.0]})
    lost = rows["lq"].isna().to_numpy()
    assert in_no_order(rows, lost)["sector"].tolist() == ["31", "22", "10"]
    by_name = rows.sort_values("sector", ignore_index=True)
    assert in_no_order(by_name, by_name["lq"].isna().to_numpy()) is by_name


def test_the_first_of_a_territory_is_the_first_of_what_is_told():
    areas = gpd.GeoDataFrame(
        {
            "territory": ["a", "b"],
            "sector": ["10", "10"],
            "excess": [np.nan, np.nan],
            "status": ["known"] * 2,
        },
        geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)],
        crs=25830,
    )
    table = pd.DataFrame(
        {
            "territory": ["a", "a", "a", "b"],
            "sector": ["10", "22", "31", "10"],
            "excess": [np.nan, 5.0, 9.0, np.nan],
            "status": ["withheld", "known", "known", "withheld"],
        }
    )
    told = first_of_told(areas, table, "excess")
    assert told["sector"].fillna("").tolist() == ["31", ""]
    assert told["excess"].fillna(0).tolist() == [9.0, 0.0]
    assert told["status"].tolist() == ["known", "withheld"]


@pytest.mark.parametrize(("hidden", "said"), [(1, "left out"), (0, "")])
def test_a_view_of_a_withheld_figure_is_left_out(hidden, said):
    view = StoryView({"en": "T", "es": "T"}, {"en": "x", "es": "x"}, layer="lq", sector="10", territory="a")

    def story():
        return on_the_map([view], ["lq"], [], {}, withheld=lambda *_: Hidden(hidden, 1))

    if said:
        with pytest.warns(GeoterritorioWarning, match=rf"map.story\[1\].*{said}"):
            assert story() == []
    else:
        assert len(story()) == 1


def test_a_view_of_a_sector_that_is_told_in_part_is_warned_of():
    view = StoryView({"en": "T", "es": "T"}, {"en": "x", "es": "x"}, layer="lq", sector="10")
    with pytest.warns(
        GeoterritorioWarning, match="2 of the 5 figures that it shows are withheld. Read its text"
    ):
        assert len(on_the_map([view], ["lq"], [], {}, withheld=lambda *_: Hidden(2, 5))) == 1


def test_the_study_file_may_tell_verdicts():
    found, problems = read_confidential({"verdicts": "told"}, [])
    assert found.verdicts == "told"
    assert not problems
    assert read_confidential({}, [])[0].verdicts == "withheld"
    _, problems = read_confidential({"verdicts": "some"}, [])
    assert [str(p) for p in problems] == ["disclosure.verdicts: must be one of: withheld, told."]
