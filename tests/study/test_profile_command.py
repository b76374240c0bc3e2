"""The command of profiles: out of a finished study, without a study, as PDF, and what it refuses."""

import json
import re
import shutil
import zlib

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from geoterritorio.interface.cli import main
from geoterritorio.layers.store import write_layers
from geoterritorio.publication.printing import NAMES
from geoterritorio.study import run_study
from geoterritorio.study.kept import kept

HOSTILE = '<script>window.pwned = 1</script>{{ 7*7 }}"><img src=x onerror=b>'
STUDY = """
[study]
title = {{ en = "Boundaries and counts", es = "Límites y recuentos" }}
sources = ["A source"]
[layers.areas]
title = "Towns"
kind = "territories"
path = "areas.gpkg"
[layers.counted]
kind = "counts"
path = "counts.csv"
[steps.lq]
title = {{ en = "Quotients", es = "Coeficientes" }}
tool = "location_quotient"
territories = "areas"
counts = "counted"
measure = "employment"
[disclosure]
published = ["counted"]
[profiles]
{profiles}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files of three towns, and a study that has written the profile of one of them."""
    place = tmp_path_factory.mktemp("command")
    shapes = [shapely.box(x * 1000, 0, (x + 1) * 1000, 1000) for x in range(3)]
    towns = gpd.GeoDataFrame(
        {"territory": list("abc"), "name": ["A", "B", HOSTILE]}, geometry=shapes, crs=25830
    )
    write_layers({str(place / "areas.gpkg"): towns})
    rows = [
        (t, s, 10.0 * (i + 1) * (j + 1) + j)
        for i, t in enumerate("abc")
        for j, s in enumerate(("15.2", "25.1"))
    ]
    pd.DataFrame(rows, columns=["territory", "sector", "employment"]).to_csv(
        place / "counts.csv", index=False
    )
    (place / "study.toml").write_text(STUDY.format(profiles='territories = ["a"]'), encoding="utf-8")
    run_study(place / "study.toml", place / "done")
    gaps = pd.DataFrame(
        {
            "territory": ["c"],
            "kind": [HOSTILE],
            "expected": [1.5],
            "none_by_chance": [0.1],
            "nearest_name": [HOSTILE],
            "nearest": [None],
            "distance": [1200.0],
        }
    )
    gaps.to_csv(place / "gaps.csv", index=False)
    told = {
        "territory": "c",
        "item": HOSTILE,
        "rating": 2.0,
        "statement": HOSTILE,
        "source": HOSTILE,
        "coder": HOSTILE,
    }
    pd.DataFrame([told]).to_csv(place / "evidence.csv", index=False)
    acted = {
        "action": HOSTILE,
        "territory": "c",
        "kind": "training",
        "phase": "animation",
        "funder": HOSTILE,
        "period": "2015",
    }
    pd.DataFrame([acted]).to_csv(place / "actions.csv", index=False)
    values = {"territory": "c", "indicator": HOSTILE, "value": 1.0}
    pd.DataFrame([values]).to_csv(place / "indicators.csv", index=False)
    return place


def run(*words):
    return main(["profile", *map(str, words)])


def test_a_finished_study_gives_the_page_of_a_territory_that_had_none(folder, tmp_path, capsys):
    assert not (folder / "done" / "profiles" / "b.html").exists()
    before = {p: p.stat().st_mtime_ns for p in folder.rglob("*")}
    assert (
        run(folder / "done", "--territory", "b", "--lang", "es", "--output", tmp_path / "new" / "place") == 0
    )
    assert "Perfiles" in capsys.readouterr().out
    page = (tmp_path / "new" / "place" / "b.html").read_text(encoding="utf-8")
    assert 'lang="es"' in page
    assert "<h1>B</h1>" in page
    assert "Límites y recuentos" in page
    assert "<nav" not in page
    assert "Coeficientes" in page
    # the study stays as it is
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*")} == before


def test_the_page_of_a_study_and_that_of_the_command_say_the_same(folder, tmp_path):
    assert run(folder / "done", "--territory", "a", "--lang", "en", "--output", tmp_path) == 0
    own = (folder / "done" / "profiles" / "a.html").read_text(encoding="utf-8")
    without = re.sub(r"<nav.*?</nav>\n", "", own, flags=re.DOTALL)
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == without


def test_all_territories_by_default_and_files_are_not_replaced_unasked(folder, tmp_path, capsys):
    assert run(folder / "done", "--output", tmp_path) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"a.html", "b.html", "c.html"}
    assert run(folder / "done", "--output", tmp_path) == 1
    assert "files are there already (3)" in capsys.readouterr().err
    assert run(folder / "done", "--output", tmp_path, "--overwrite") == 0


def test_results_without_a_study_and_every_text_stays_text(folder, tmp_path, chromium):
    words = [
        "--territories",
        folder / "areas.gpkg",
        "--result",
        f"innovation_system.gaps={folder / 'gaps.csv'}",
        "--title",
        HOSTILE,
        *(
            w
            for kind in ("evidence", "actions", "indicators")
            for w in ("--layer", f"{kind}={folder / f'{kind}.csv'}")
        ),
    ]
    assert run(*words, "--territory", "c", "--output", tmp_path) == 0
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "49" not in re.findall(r"<h1>(.*?)</h1>", page)[0]
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto((tmp_path / "c.html").as_uri())
    assert tab.evaluate("() => window.pwned") is None
    assert tab.locator("script, img[src=x]").count() == 0
    # name, title, kind and name of the nearest, item, statement, source, coder, action, funder, indicator
    assert tab.evaluate("() => document.documentElement.textContent").count(HOSTILE) >= 10
    context.close()


def test_a_sparse_profile_prints_on_one_page(folder, tmp_path, needs):
    needs(any(map(shutil.which, NAMES)), "no Chromium, Chrome or Edge on the path")
    assert run(folder / "done", "--territory", "b", "--pdf", "--output", tmp_path) == 0
    assert pages_of((tmp_path / "b.pdf").read_bytes()) == 1
    assert {p.name for p in tmp_path.iterdir()} == {"b.html", "b.pdf"}


def pages_of(pdf):
    """Number of pages, from the objects of a PDF, packed ones among them."""
    texts = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            texts.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return sum(len(re.findall(rb"/Type\s*/Page\b", text)) for text in texts)


def test_a_study_prints_its_profiles_if_asked(folder, tmp_path, needs):
    needs(any(map(shutil.which, NAMES)), "no Chromium, Chrome or Edge on the path")
    for name in ("areas.gpkg", "counts.csv"):
        shutil.copy(folder / name, tmp_path / name)
    file = tmp_path / "study.toml"
    file.write_text(STUDY.format(profiles='territories = ["a"]\npdf = true'), encoding="utf-8")
    made = run_study(file, tmp_path / "out")
    assert {p.name for p in made["profiles"].glob("a*")} == {"a.html", "a.es.html", "a.pdf", "a.es.pdf"}
    assert 'href="a.es.pdf"' in (made["profiles"] / "a.es.html").read_text(encoding="utf-8")
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))
    assert "profiles/a.pdf" in account["products"]


def test_a_study_without_a_browser_is_refused_before_anything_is_computed(
    folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("GEOTERRITORIO_BROWSER", "nowhere")
    file = folder / "printed.toml"
    file.write_text(STUDY.format(profiles="pdf = true"), encoding="utf-8")
    assert main(["study", str(file), "--output", str(tmp_path / "out")]) == 1
    assert "“nowhere” is no program" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name the folder of a finished study, or the territories"),
        (
            ["{done}", "--territories", "{areas}", "--title", "x"],
            "leave out --territories, --title, or the study",
        ),
        (["{areas}"], "is not the folder of a finished study"),
        (["{done}", "--territory", "nowhere"], "profiles.territories: 1 are not in"),
        (["{done}", "--pdf", "--browser", "nowhere"], "“nowhere” is no program"),
        (["--territories", "{areas}", "--result", "gaps.csv"], "“gaps.csv” is not TOOL.OUTPUT=FILE"),
        (["--territories", "{areas}", "--result", "magic.gaps=x.csv"], "nothing of the tool of “magic.gaps”"),
        (
            ["--territories", "{areas}", "--result", "capitals.gaps=x.csv"],
            "“capitals” has no output of “capitals.gaps”",
        ),
        (["--territories", "{areas}", "--layer", "firms=x.csv"], "no layer of the kind “firms”"),
        (["--territories", "{areas}", "--layer", "indicators=nowhere.csv"], "nowhere.csv"),
        (
            ["--territories", "{areas}", "--result", "actor_network.summary={ties}"],
            "the output “areas” is missing",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_cure(words, said, folder, tmp_path, capsys):
    ties = tmp_path / "ties.csv"
    columns = {
        "territory": ["a"],
        "measure": ["density"],
        "value": [0.1],
        "expected": [0.1],
        "low": [0.0],
        "high": [0.2],
    }
    pd.DataFrame(columns).to_csv(ties, index=False)
    filled = [w.format(done=folder / "done", areas=folder / "areas.gpkg", ties=ties) for w in words]
    assert run(*filled, "--output", tmp_path / "out") == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_study_whose_values_are_gone_is_refused(folder, tmp_path, capsys):
    for name in ("provenance.json",):
        shutil.copy(folder / "done" / name, tmp_path / name)
    assert run(tmp_path, "--output", tmp_path / "out") == 1
    assert "Run the study again with --overwrite" in capsys.readouterr().err


def test_what_is_kept_is_the_study_as_it_was(folder):
    found = kept(folder / "done")
    assert found.plan.titles == {"en": "Boundaries and counts", "es": "Límites y recuentos"}
    assert [r.step.name for r in found.results] == ["lq"]
    assert found.results[0].settings["measure"] == "employment"
    assert set(found.layers) == {"areas", "counted"}


def test_a_study_that_goes_on_keeps_the_newer_plan(folder, tmp_path):
    for name in ("areas.gpkg", "counts.csv"):
        shutil.copy(folder / name, tmp_path / name)
    file = tmp_path / "study.toml"
    for title in ("First", "Second"):
        text = STUDY.format(profiles="write = false").replace("Boundaries and counts", title)
        file.write_text(text, encoding="utf-8")
        run_study(file, tmp_path / "out", overwrite=True)
        assert kept(tmp_path / "out").plan.titles["en"] == title
