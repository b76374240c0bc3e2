"""The study of everyday life in the invented territory: it finds the planted gap, and its products show it."""

import re
import sys
import tomllib
from importlib import util
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from geoterritorio.errors import GeoterritorioWarning, StudyError
from geoterritorio.study import run_study
from geoterritorio.study.config import Step
from geoterritorio.study.results import StepResult, hidden_outputs

FOLDER = Path(__file__).resolve().parents[2] / "sample_data" / "comarca"
STUDY = FOLDER / "everyday.toml"
LARGEST = 2_000_000
pytestmark = [
    pytest.mark.skipif(util.find_spec("pyflwdir") is None, reason="needs the extra terrain (pyflwdir)"),
    pytest.mark.skipif(util.find_spec("exactextract") is None, reason="needs the extra zonal (exactextract)"),
]


@pytest.fixture(scope="module")
def gap():
    (row,) = pd.read_csv(FOLDER / "truth" / "service_gap.csv").itertuples()
    return row


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("everyday") / "out"
    # One-way roads on a raster, and a town farther than half an hour from any doctor.
    with pytest.warns(GeoterritorioWarning):
        run_study(STUDY, out)
    return out


def table(made, name):
    return pd.read_csv(made / "tables" / f"{name}.csv")


def test_residents_of_the_market_left_without_a_doctor_reach_one_least(made, gap):
    shares = table(made, "reach_territory_shares")
    health = shares[(shares.centre_kind == gap.missing) & (shares.up_to == 15)].set_index("territory")
    assert health.reached_share.idxmin() == gap.market
    assert health.reached_share[gap.market] < 0.5
    assert health.reached_share.drop(gap.market).min() > 0.75
    assert health.number[gap.market] == gap.residents
    # Of what is not missing nothing else is out of their reach.
    others = shares[
        (shares.territory == gap.market) & (shares.up_to == 15) & (shares.centre_kind != gap.missing)
    ]
    assert others.reached_share.min() > 0.8


def test_one_more_centre_is_best_there_and_says_who_gains(made, gap):
    market = pd.read_csv(FOLDER / "truth" / "labour_markets.csv").set_index("territory").market
    gains = gpd.read_file(made / "study.gpkg", layer="one_more_gains").set_index("rank")
    assert market[gains.candidate[1]] == gap.market
    assert gains.candidate_name[1] == "Fonsarigo"
    told = table(made, "one_more_territories")
    first = told[told.turn == 1]
    assert (market[first.territory] == gap.market).all()
    assert first.newly.sum() == gains.newly[1] == 8481
    assert first.newly.is_monotonic_decreasing


def test_access_to_doctors_is_lowest_there(made, gap):
    access = table(made, "fairness_territories").set_index("territory").access
    assert access.idxmin() == gap.market
    groups = table(made, "fairness_by_group").set_index("group")
    # Small places are older, and farther from doctors.
    assert groups.access["older"] < groups.access["all"]
    assert groups.gini.between(0.1, 0.5).all()


def test_three_divisions_are_compared_side_by_side(made):
    divisions = table(made, "limits_divisions").set_index("division")
    assert divisions.index.tolist() == ["functional", "natural", "travel"]
    assert divisions.units["functional"] == divisions.units["travel"] == 12
    # Markets are made of municipalities: all of their limits are borders.
    assert divisions.bordered["functional"] == pytest.approx(1, abs=1e-6)
    assert divisions.along.between(0, 1).all()
    matches = table(made, "limits_table")
    travel = matches[matches.division == "travel"]
    towns = pd.read_csv(FOLDER / "market_towns.csv").set_index("town").name
    assert travel.match_name.dropna().tolist() == towns[travel.match.dropna()].tolist()


def test_map_and_reports_are_small_and_name_what_they_show(made):
    sizes = {p.name: p.stat().st_size for p in made.glob("*.html")}
    assert {n: size for n, size in sizes.items() if size > LARGEST} == {}
    english = (made / "report.html").read_text(encoding="utf-8")
    spanish = (made / "report.es.html").read_text(encoding="utf-8")
    assert "Borders along other limits, and what chance gives: functional: 30" in english
    assert "Cuenca de viaje más parecida" in spanish
    assert "Mercado de trabajo inventado de Fonsarigo" in spanish
    assert "Invented labour market" not in re.sub(r"<style.*?</style>", "", spanish, flags=re.DOTALL)
    page = (made / "map.html").read_text(encoding="utf-8")
    study = tomllib.loads(STUDY.read_text(encoding="utf-8"))
    for step in ("doctors", "travel", "water", "limits", "one_more"):
        assert study["steps"][step]["title"]["es"] in page


@pytest.mark.parametrize(
    ("package", "tool", "inputs"),
    [
        ("pyflwdir", "natural_basins", 'elevation = "relief"'),
        ("exactextract", "zonal_sums", 'grid = "relief"\nterritories = "markets"'),
    ],
)
def test_a_study_whose_extra_is_missing_is_refused_with_the_cure(
    tmp_path, monkeypatch, package, tool, inputs
):
    # What Python does where a package is not installed.
    monkeypatch.setitem(sys.modules, package, None)
    study = tmp_path / "study.toml"
    study.write_text(
        f"""[study]
title = "Extras"
[layers.relief]
kind = "elevation"
path = "{FOLDER / "elevation_200m.tif"}"
[layers.markets]
kind = "territories"
path = "{FOLDER / "labour_markets.gpkg"}"
[steps.one]
tool = "{tool}"
{inputs}
""",
        encoding="utf-8",
    )
    with pytest.raises(StudyError, match=f"steps.one: .*pip install {package}"):
        run_study(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_who_gains_among_establishments_is_internal_where_one_or_two_are_counted():
    def of(inputs, newly):
        step = Step("more", "one_more_centre", inputs, {}, {})
        return StepResult(step, {"territories": pd.DataFrame({"territory": ["a", "b"], "newly": newly})}, {})

    assert hidden_outputs(of({"firms": "plants"}, [5, 2]), frozenset()) == {"more.territories"}
    assert hidden_outputs(of({"firms": "plants"}, [5, 3]), frozenset()) == set()
    assert hidden_outputs(of({"population": "people"}, [5, 2]), frozenset()) == set()
