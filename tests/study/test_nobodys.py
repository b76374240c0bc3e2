"""What rests on no establishment is told beside withheld figures, column by column, and nothing else is."""

from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from geoterritorio.identification.tools import innovation_system
from geoterritorio.registry import descriptions
from geoterritorio.study.config import Step
from geoterritorio.study.disclosing import _carried
from geoterritorio.study.guarded import GUARDED, INDICATORS_OF, INTERNAL, NOBODYS, OF_NOBODY
from geoterritorio.study.nobodys import columns_of_nobody, in_order, nobodys, untold_indicators, way_here
from geoterritorio.study.results import StepResult
from geoterritorio.study.withholding import WITHHELD

TOWNS = gpd.GeoDataFrame(
    {"territory": list("ABC")},
    geometry=[box(9000 * k, 0, 9000 * k + 9000, 9000) for k in range(3)],
    crs=25830,
)
COMMUTERS = ("flows",)


def result(tool, inputs=(), name="step", **outputs):
    return StepResult(Step(name, tool, dict.fromkeys(inputs, "given"), {}, {"en": name}), outputs, {})


def masks(number, contributors=np.inf, *, lost=True):
    none = np.zeros(number, dtype=bool)
    return none | lost, none, np.full(number, float(contributors))


def given_back(made, name, untold=frozenset(), contributors=np.inf):
    """An output of which every row is withheld, as it is told."""
    rows, mask = made.outputs[name], masks(len(made.outputs[name]), contributors)
    free = nobodys(made, name, mask, untold)
    lost, _, _ = free.spared(mask)
    figures = rows.select_dtypes("number").columns
    bare = rows.assign(**{c: rows[c].astype(float).mask(lost) for c in figures})
    bare[WITHHELD] = pd.Series(None, rows.index, dtype=object).mask(lost, "confidential")
    return free.given_back(rows, bare)


def test_every_column_of_nobody_is_one_of_an_output_and_says_on_what_it_rests():
    known = {
        (tool, o["name"]): {c["name"] for c in o.get("columns", ())}
        for tool, about in descriptions().items()
        for o in about["outputs"]
    }
    for key, columns in OF_NOBODY.items():
        assert set(columns) <= known[key], key
        assert all(len(why) > 10 for why in columns.values()), key
        assert GUARDED[key[0]][key[1]] != NOBODYS, "else the list says nothing"


def establishments(number, seed):
    rng = np.random.default_rng(seed)
    points = [Point(*rng.uniform(0, (27000, 9000))) for _ in range(number)]
    return gpd.GeoDataFrame(
        {
            "firm": [f"f{k}" for k in range(number)],
            "sector": rng.choice(["10.1", "13.2", "25.1"], number),
            "employment": rng.integers(1, 90, number).astype(float),
        },
        geometry=points,
        crs=25830,
    )


def test_no_column_of_nobody_changes_with_the_register():
    kinds = ["chamber", "laboratory", "training", "chamber", "finance"]
    bodies = gpd.GeoDataFrame(
        {"institution": list("abcde"), "kind": kinds},
        geometry=[Point(1000 + 5000 * k, 4000) for k in range(5)],
        crs=25830,
    )
    one, other = (innovation_system(TOWNS, bodies, establishments(n, n)) for n in (60, 200))
    for name in ("areas", "presence"):
        mine, theirs = getattr(one, name), getattr(other, name)
        for column in OF_NOBODY["innovation_system", name]:
            pd.testing.assert_series_equal(mine[column], theirs[column])
    assert not one.areas["density"].equals(other.areas["density"])
    for indicator in INDICATORS_OF["innovation_system", "figures"]:
        told = [made.figures.loc[made.figures["indicator"] == indicator, "value"] for made in (one, other)]
        assert len(told[0]) == len(TOWNS)
        pd.testing.assert_series_equal(*told)


def people(**more):
    return pd.DataFrame(
        {
            "territory": ["A", "B"],
            "supply": [0.8, 0.9],
            "overlap": [0.5, 0.6],
            "main_share": [0.4, 0.3],
            **more,
        }
    )


def test_commuters_are_told_beside_withheld_jobs():
    made = result("community_of_people", COMMUTERS, areas=people())
    told = given_back(made, "areas")
    assert told["supply"].tolist() == [0.8, 0.9]
    assert told["overlap"].tolist() == [0.5, 0.6]
    assert told["main_share"].isna().all()
    assert told[WITHHELD].notna().all(), "the row still lacks a figure"


def test_where_jobs_of_places_are_those_of_counts_they_are_of_establishments():
    made = result("community_of_people", ("counts", "population"), areas=people())
    assert "overlap" not in columns_of_nobody(made, "areas")
    assert "supply" in columns_of_nobody(made, "areas")
    assert way_here(made, "homes_and_jobs") == INTERNAL
    assert way_here(result("community_of_people", COMMUTERS), "homes_and_jobs") == NOBODYS


def test_indicators_are_told_as_their_columns_are():
    names = [
        "Employed residents who work in it (share)",
        "Related variety (bits)",
        "Overlap of homes and jobs (share)",
    ]
    figures = pd.DataFrame({"territory": "A", "indicator": names, "value": [0.8, 1.5, 0.5]})
    told = given_back(result("community_of_people", COMMUTERS, figures=figures), "figures")
    assert told["value"].round(1).tolist()[::2] == [0.8, 0.5]
    assert np.isnan(told["value"].iloc[1])
    assert told[WITHHELD].isna().tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("contributors", "kept"), [(9, [True, False]), (10, [True, True]), (np.inf, [True, False])]
)
def test_distances_begin_in_the_land_or_in_the_middle_of_many(contributors, kept):
    gaps = pd.DataFrame(
        {
            "territory": ["A", "B"],
            "kind": "chamber",
            "distance": [5000.0, 7000.0],
            "none_by_chance": 0.4,
            "measured_from": ["middle of the territory", "middle of establishments"],
        }
    )
    told = given_back(result("innovation_system", gaps=gaps), "gaps", contributors=contributors)
    assert told["distance"].notna().tolist() == kept
    assert told["none_by_chance"].isna().all()


def four():
    asked = {"Income": "economic", "Variety": "human", "Schooling": "human", "Overlap": "social"}
    normalised = pd.DataFrame(
        {"territory": "A", "capital": asked.values(), "indicator": asked.keys(), "weight": 1.0, "value": 2.0}
    )
    scores = pd.DataFrame(
        {"territory": "A", "capital": ["human", "social", "economic"], "score": [1.0, 2.0, 3.0]}
    )
    areas = pd.DataFrame({"territory": ["A"], "human": [1.0], "social": [2.0], "economic": [3.0]})
    return result("capitals", normalised=normalised, scores=scores, areas=areas)


def test_a_capital_is_told_if_all_its_indicators_are():
    made, untold = four(), frozenset(["Variety"])
    assert given_back(made, "scores", untold)["score"].isna().tolist() == [True, False, False]
    assert given_back(made, "areas", untold)[["human", "social", "economic"]].isna().to_numpy().tolist() == [
        [True, False, False]
    ]
    normalised = given_back(made, "normalised", untold)
    assert normalised.loc[normalised["value"].isna(), "indicator"].tolist() == ["Variety"]
    assert normalised["weight"].notna().all(), "weights are those of a table that somebody gave"
    assert given_back(made, "scores", None)["score"].isna().all(), (
        "of indicators that are not known, none is told"
    )


def test_conditions_of_statements_and_of_told_figures_are_told():
    rows = pd.DataFrame(
        {
            "territory": "A",
            "looks_at": ["statements", "figure", "figure", "reading"],
            "subject": ["identity", "Overlap", "Variety", "cluster"],
            "value": [3.0, 0.5, 1.5, np.nan],
        }
    )
    told = given_back(result("ladder", conditions=rows), "conditions", frozenset(["Variety"]))
    assert told["value"].isna().tolist() == [False, False, True, True]
    assert told[WITHHELD].isna().tolist() == [True, True, False, False]


def test_indicators_are_untold_where_a_figure_or_a_row_of_them_is():
    plan = SimpleNamespace(
        layers={"files": SimpleNamespace(kind="indicators"), "jobs": SimpleNamespace(kind="firms")}
    )
    rows = pd.DataFrame({"territory": "A", "indicator": ["one", "two", "three"], "value": 1.0})
    shown = rows.assign(value=[1.0, np.nan, 1.0], withheld=[None, None, "few establishments"])
    before, after = ({"s": result("training_match", name="s", figures=t)} for t in (rows, shown))
    assert untold_indicators(["files", "s.figures"], plan, before, [*after.values()]) == {"two", "three"}
    assert untold_indicators(["files"], plan, before, [*after.values()]) == frozenset()
    assert untold_indicators(["files", "jobs"], plan, before, [*after.values()]) is None
    assert untold_indicators(["s.figures"], plan, before, []) is None
    assert untold_indicators(["s.figures"], plan, before, [result("training_match", name="s")]) is None
    alone = {"s": result("training_match", name="s", figures=rows.drop(columns="indicator"))}
    assert untold_indicators(["s.figures"], plan, alone, [*alone.values()]) is None


def test_results_follow_those_they_are_made_from_and_a_layer_may_be_called_as_a_step():
    first = result("community_of_people", name="people")
    second = StepResult(
        Step("actions", "capitals", {"more": "people.figures", "own": "actions"}, {}, {}), {}, {}
    )
    assert [r.step.name for r in in_order([second, first])] == ["people", "actions"]


def test_an_output_that_rests_on_nothing_confidential_stays_as_it_is():
    made = four()
    told, log = _carried(made, None, frozenset(["Variety"]))
    assert told is made
    assert log == []
