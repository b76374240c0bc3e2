"""What others may have of a study is copied to a folder of its own, whole or not at all."""

import json
import shutil

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoterritorio.errors import StudyError
from geoterritorio.interface.cli import main
from geoterritorio.layers.store import write_layers
from geoterritorio.study.handed_on import hand_on
from geoterritorio.study.pipeline import run_study

STUDY = """
[study]
title = "Towns"
sources = ["Invented data."]
[layers.towns]
kind = "territories"
path = "towns.gpkg"
[layers.register]
kind = "firms"
path = "firms.gpkg"
[steps.lq]
tool = "location_quotient"
territories = "towns"
firms = "register"
[report]
csv = true
"""
CORNER = np.array([440_000, 4_470_000])
INTERNAL = {"study.gpkg", "tables", "log", ".values"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    rng = np.random.default_rng(1)
    places = shapely.points(rng.uniform(0, 4000, (300, 2)) + CORNER)
    firms = {
        "firm": [f"F{k}" for k in range(300)],
        "sector": rng.choice(["10", "62", "15"], 300),
        "employment": 3.0,
    }
    towns = [shapely.box(x, 0, x + 1000, 4000) for x in range(0, 4000, 1000)]
    shapes = [shapely.transform(s, lambda xy: xy + CORNER) for s in towns]
    write_layers(
        {
            str(folder / "firms.gpkg"): gpd.GeoDataFrame(firms, geometry=places, crs=25830),
            str(folder / "towns.gpkg"): gpd.GeoDataFrame(
                {"territory": list("ABCD")}, geometry=shapes, crs=25830
            ),
        }
    )
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    run_study(folder / "study.toml", folder / "out")
    return folder / "out"


def parts(folder):
    return {path.name for path in folder.iterdir()}


def test_nothing_internal_is_handed_on(study, tmp_path):
    made = hand_on(study, tmp_path / "public")
    assert parts(study) >= INTERNAL
    assert not parts(tmp_path / "public") & INTERNAL
    assert {"map.html", "report.html", "report.es.html", "public_tables", "provenance.json"} <= parts(
        tmp_path / "public"
    )
    assert {p for p in (tmp_path / "public").rglob("*") if p.is_file()} == set(made)
    for path in made:
        assert path.read_bytes() == (study / path.relative_to(tmp_path / "public")).read_bytes()
    assert parts(tmp_path) == {"public"}


def test_a_folder_that_is_there_is_replaced_only_if_wanted(study, tmp_path):
    hand_on(study, tmp_path / "public")
    with pytest.raises(StudyError, match="overwrit"):
        hand_on(study, tmp_path / "public")
    (tmp_path / "public" / "map.html").unlink()
    hand_on(study, tmp_path / "public", overwrite=True)
    assert "map.html" in parts(tmp_path / "public")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(StudyError, match="left as it is"):
        hand_on(study, tmp_path / "mine", overwrite=True)
    assert parts(tmp_path / "mine") == {"letter.txt"}


@pytest.mark.parametrize("where", [".", "public", "..", "../out/public"])
def test_it_is_no_folder_of_the_study(study, where):
    with pytest.raises(StudyError, match="neither in that of the study nor around it"):
        hand_on(study, study / where)


def test_files_that_were_changed_or_are_missing_are_not_handed_on(study, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(study, copy)
    (copy / "map.html").write_text("mine")
    (copy / "report.html").unlink()
    with pytest.raises(StudyError) as refused:
        hand_on(copy, tmp_path / "public")
    assert [str(p) for p in refused.value.problems] == [
        f"{copy}: files are missing: “report.html”. Run the study again.",
        f"{copy}: files were changed after the run: “map.html”. Run the study again, or copy them by hand.",
    ]
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize("name", ["../secret.txt", "/etc/hostname", "tables/lq.csv", "tables/../study.gpkg"])
def test_an_account_cannot_lead_elsewhere(study, tmp_path, name):
    copy = tmp_path / "copy"
    shutil.copytree(study, copy)
    account = json.loads((copy / "provenance.json").read_text(encoding="utf-8"))
    account["products"][name] = None
    (copy / "provenance.json").write_text(json.dumps(account), encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret")
    made = hand_on(copy, tmp_path / "public")
    assert not {"secret.txt", "hostname", "study.gpkg"} & {path.name for path in made}
    assert not (tmp_path / "public" / "tables").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"products": []}', '{"products": {}, "confidentiality": 3}'])
def test_a_folder_of_no_study_is_refused(tmp_path, text):
    (tmp_path / "provenance.json").write_text(text)
    with pytest.raises(StudyError, match="not the folder of a finished study"):
        hand_on(tmp_path, tmp_path.with_name("public"))


def test_on_the_command_line(study, tmp_path, capsys):
    assert main(["publish", str(study), "--output", str(tmp_path / "public"), "--lang", "es"]) == 0
    assert "Público: " in capsys.readouterr().out
    assert main(["publish", str(study), "--output", str(tmp_path / "public"), "--lang", "es"]) == 1
