"""A study shows single establishments only where it says so: on the map, in pictures and in the report."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoterritorio.errors import GeoterritorioWarning, StudyError
from geoterritorio.layers.store import write_layers
from geoterritorio.registry import descriptions
from geoterritorio.study import read_plan
from geoterritorio.study.kept import kept as read_kept
from geoterritorio.study.maplayers import further
from geoterritorio.study.pipeline import run_study

STUDY = """
[study]
title = "Offices and shops"

[layers.register]
kind = "firms"
path = "firms.gpkg"

[steps.clumps]
tool = "clumps"
firms = "register"

[steps.m]
tool = "m_function"
firms = "register"
farthest = 2000.0
steps = 20
simulations = 159

[steps.near]
tool = "colocation_quotient"
firms = "register"
sector = "office"
neighbours = "shop"
simulations = 159
"""
SINGLE = {
    "clumps.establishments": "clumps.clumped.png",
    "m.contributions": "m.contributions.png",
    "near.establishments": "near.around.png",
}
WORDS = '[disclosure]\npublish_exact_points = "The owners of the shops agreed."\n'
PUBLIC = {"m.bands.png", "near.pairs.png"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rng = np.random.default_rng(1)
    places = np.vstack([rng.normal(5000, 200, (40, 2)), rng.uniform(0, 10_000, (80, 2))])
    table = {
        "firm": [f"secret-{k}" for k in range(120)],
        "name": [f"Hidden {k}" for k in range(120)],
        "sector": ["office"] * 40 + ["shop"] * 80,
        "employment": 3.0,
    }
    shapes = shapely.points(places + np.array([440_000, 4_470_000]))
    found = tmp_path_factory.mktemp("study")
    write_layers({str(found / "firms.gpkg"): gpd.GeoDataFrame(table, geometry=shapes, crs=25830)})
    return found


def made(folder, name, shown=()):
    path = folder / f"{name}.toml"
    listed = ", ".join(f'"{s}"' for s in shown)
    path.write_text(STUDY + (f"[map]\nshow = [{listed}]\n{WORDS}" if shown else ""), encoding="utf-8")
    return run_study(path, folder / name)


def drawn(result):
    return {path.name for path in result["plots"].iterdir()}


def internal(result):
    return set(
        json.loads(result["provenance"].read_text(encoding="utf-8"))["confidentiality"][
            "single_establishments"
        ]
    )


def reports(result):
    return [p.read_text(encoding="utf-8") for p in sorted(result["report"].parent.glob("report*.html"))]


def test_single_establishments_are_neither_drawn_nor_told(folder):
    result = made(folder, "public")
    assert drawn(result) == PUBLIC
    for text in reports(result):
        assert "secret-" not in text
        assert "Hidden " not in text
        assert text.count("<img ") == len(PUBLIC)
    assert not {"map.html", "report.html", "report.es.html"} & internal(result)
    for source, picture in SINGLE.items():
        step = source.partition(".")[0]
        told = (result["log"] / f"{step}.log").read_text(encoding="utf-8").splitlines()
        said = [line for line in told if line.startswith("left out:")]
        assert len(said) == 1
        assert f"plots/{picture}" in said[0]
        assert f'[map] show = ["{source}"]' in said[0]


def test_they_are_drawn_and_told_where_the_study_shows_them(folder):
    result = made(folder, "internal", SINGLE)
    assert drawn(result) == PUBLIC | set(SINGLE.values())
    assert all("secret-" in text for text in reports(result))
    assert {"report.html", "report.es.html"} <= internal(result)
    assert {f"plots/{picture}" for picture in SINGLE.values()} <= internal(result)
    for step in ("clumps", "m", "near"):
        assert "left out:" not in (result["log"] / f"{step}.log").read_text(encoding="utf-8")


def test_each_is_shown_by_its_own_name(folder):
    result = made(folder, "one", ["clumps.establishments"])
    assert drawn(result) == PUBLIC | {"clumps.clumped.png"}


def test_every_picture_of_single_establishments_names_a_result_of_its_tool():
    named = {
        (tool["name"], plot["name"]): plot["establishments"]
        for tool in descriptions().values()
        for plot in tool["plots"]
        if "establishments" in plot
    }
    assert set(named) == {
        ("clumps", "clumped"),
        ("m_function", "contributions"),
        ("colocation_quotient", "around"),
        ("actor_network", "ties_map"),
    }
    for (tool, _), output in named.items():
        assert output in [o["name"] for o in descriptions()[tool]["outputs"]]


def test_a_register_is_on_the_map_only_if_the_study_names_it(folder):
    result = made(folder, "register", ["register"])
    assert {"map.html"} <= internal(result)
    page = result["map"].read_text(encoding="utf-8")
    assert "This map shows single establishments. Why it may: The owners of the shops agreed." in page
    assert '"firms":true' in page
    # the report holds none of it
    assert not {"report.html", "report.es.html"} & internal(result)
    assert all("secret-" not in text for text in reports(result))
    assert '"firms":true' not in made(folder, "none")["report"].read_text(encoding="utf-8")


def test_a_study_says_what_is_ticked_as_the_map_opens(folder):
    path, rows = folder / "ticked.toml", gpd.read_file(folder / "firms.gpkg")
    shown = '[map]\nshow = ["register", "clumps.establishments"]\n'
    path.write_text(STUDY + shown + WORDS, encoding="utf-8")
    assert [layer.show for layer in further([], read_plan(path), {"register": rows})] == [False]
    names = 'ticked = ["register", "clumps.establishments"]\n'
    path.write_text(STUDY + shown + names + WORDS, encoding="utf-8")
    plan = read_plan(path)
    assert plan.ticked == {"register", "clumps.establishments"}
    with pytest.warns(
        GeoterritorioWarning, match=r"map.ticked: “clumps.establishments” has not come onto the map"
    ):
        made = further([], plan, {"register": rows})
    assert [(layer.show, layer.single, layer.reasoned) for layer in made] == [(True, True, True)]
    path.write_text(STUDY + '[map]\nticked = ["absent"]\n', encoding="utf-8")
    with pytest.raises(StudyError, match=r"map\.ticked"):
        read_plan(path)


def test_a_layer_that_is_no_register_is_refused(folder):
    with pytest.raises(StudyError, match="regster"):
        made(folder, "wrong", ["regster"])


BOTH = """
[study]
title = "Offices"
notes = ["For all.", { en = "For readers.", es = "Para lectores." }]
[layers.register]
kind = "firms"
path = "firms.gpkg"
[steps.clumps]
tool = "clumps"
firms = "register"
[map]
show = ["register"]
[disclosure]
publish_exact_points = { en = "The owners agreed.", es = "Los dueños lo aceptaron." }
"""


def test_notes_and_reasons_are_told_in_both_languages(folder, opened):
    path = folder / "both.toml"
    path.write_text(BOTH, encoding="utf-8")
    made = run_study(path, folder / "both")
    for lang, reason, note in (
        ("en", "This map shows single establishments. Why it may: The owners agreed.", "For readers."),
        (
            "es",
            "Este mapa muestra establecimientos concretos. Por qué puede: Los dueños lo aceptaron.",
            "Para lectores.",
        ),
    ):
        seen = opened(made["map"], f"#lang={lang}")
        found = seen.page.locator("#notes-list li").all_text_contents()
        assert [found.count(text) for text in (reason, note, "For all.")] == [1, 1, 1]
    # what a finished study kept of itself says the same
    told = read_kept(folder / "both").plan
    assert told.disclosure.why_shown == {"en": "The owners agreed.", "es": "Los dueños lo aceptaron."}
    assert told.notes == read_plan(path).notes


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('es = "Los dueños lo aceptaron."', 'es = "sí"', r"disclosure\.publish_exact_points: must say why"),
        (
            'es = "Los dueños lo aceptaron."',
            'fr = "Les maîtres veulent."',
            r"publish_exact_points: must say why",
        ),
        (
            'es = "Para lectores."',
            "es = 1",
            r"study\.notes: must be a list of texts, or of tables of texts by language",
        ),
        ('es = "Para lectores."', 'fr = "Pour."', r"study\.notes: must be a list of texts"),
    ],
)
def test_notes_and_reasons_that_are_no_texts_are_refused(folder, old, new, told):
    path = folder / "wrong.toml"
    path.write_text(BOTH.replace(old, new), encoding="utf-8")
    with pytest.raises(StudyError, match=told):
        read_plan(path)
