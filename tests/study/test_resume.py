"""A study interrupted anywhere loses nothing and repeats nothing; one that is changed repeats what depends on it."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys

import pytest

from geoterritorio.errors import StudyError
from geoterritorio.layers import write_layers
from geoterritorio.study import pipeline, run_study, steps
from geoterritorio.study.workshop import workshop

pytestmark = pytest.mark.filterwarnings("ignore:.*few for a cut-off")

STUDY = """
[layers.areas]
kind = "territories"
path = "areas.gpkg"

[layers.register]
kind = "firms"
path = "firms.gpkg"

[steps.table]
tool = "tabulate"
territories = "areas"
firms = "register"

[steps.lq]
tool = "location_quotient"
territories = "areas"
counts = "table.output"
level = 0.95

[steps.scores]
tool = "standardised_location_quotient"
territories = "areas"
counts = "table.output"

[steps.plants]
tool = "location_quotient"
territories = "areas"
firms = "register"
measure = "establishments"
"""
NAMES = ["table", "lq", "scores", "plants"]
KILLED = """
import os, signal, sys
from pathlib import Path
from geoterritorio.study import pipeline, steps

true, stop = steps.compute, sys.argv[2]

def compute(task, folder, progress):
    if task.step.name == stop:
        os.kill(os.getpid(), signal.SIGKILL)
    true(task, folder, progress)

def write(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

steps.compute = compute
if stop == "writing":
    pipeline._write_data = write
if stop == "drawing":
    pipeline.publish = write
pipeline.run_study(Path(sys.argv[1]) / "study.toml", Path(sys.argv[1]) / "out")
"""


@pytest.fixture
def folder(tmp_path, territories, firms):
    write_layers({str(tmp_path / "areas.gpkg"): territories, str(tmp_path / "firms.gpkg"): firms})
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


def run(folder, **options):
    made = run_study(folder / "study.toml", folder / "out", **options)
    account = json.loads((made["log"] / "provenance.json").read_text(encoding="utf-8"))
    return account, {s["name"] for s in account["steps"] if s["computed"] == "now"}


def tables(account):
    return {k: v for k, v in account["products"].items() if k.startswith("tables/")}


@pytest.mark.parametrize("stop", [*NAMES, "writing", "drawing"])
def test_killed_anywhere_goes_on_from_there(folder, tmp_path_factory, stop):
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder), stop], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (folder / "out").exists(), "whole or not at all"
    account, computed = run(folder)
    # Steps run as soon as what they need is there; the account tells them in the order of the file.
    order = ["table", "plants", "lq", "scores"]
    missing = set(order[order.index(stop) :]) if stop in order else set()
    assert computed == missing
    assert not (folder / ".out.work").exists()
    other = tmp_path_factory.mktemp("fresh")
    for name in ("areas.gpkg", "firms.gpkg", "study.toml"):
        (other / name).write_bytes((folder / name).read_bytes())
    assert tables(run(other)[0]) == tables(account), "the same as without the interruption"


def test_an_unchanged_study_computes_nothing(folder):
    first, computed = run(folder)
    assert computed == set(NAMES)
    again, computed = run(folder, overwrite=True)
    assert computed == set()
    assert tables(again) == tables(first)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("level = 0.95", "level = 0.9", {"lq"}),
        ('measure = "establishments"', 'measure = "employment"', {"plants"}),
        ('tool = "tabulate"', 'tool = "tabulate"\nsnap = 0.0', {"table"}),
    ],
)
def test_a_change_repeats_what_depends_on_it(folder, old, new, expected):
    run(folder)
    (folder / "study.toml").write_text(STUDY.replace(old, new))
    _, computed = run(folder, overwrite=True)
    assert computed == expected | ({"lq", "scores"} if "table" in expected else set())


def test_a_changed_layer_repeats_everything(folder, firms):
    run(folder)
    write_layers({str(folder / "firms.gpkg"): firms.iloc[:200]})
    assert run(folder, overwrite=True)[1] == set(NAMES)


def test_files_deleted_or_altered_by_hand(folder):
    first, _ = run(folder)
    (folder / "out" / "map.html").unlink()
    (folder / "out" / "tables" / "lq_quotients.csv").write_text("mine")
    again, computed = run(folder, overwrite=True)
    assert computed == set()
    assert tables(again) == tables(first)
    value = next((folder / "out" / ".values").glob("step-*/quotients.parquet"))
    value.write_bytes(b"broken")
    for junk in ("{", "[]", '{"frames": []}', "7", ""):
        (value.parent / "value.json").write_text(junk)
        assert run(folder, overwrite=True)[1] == {name_of(folder, value.parent.name)}
        value = next((folder / "out" / ".values").glob("step-*/quotients.parquet"))
    value.write_bytes(b"broken")
    again, computed = run(folder, overwrite=True)
    assert len(computed) == 1
    assert tables(again) == tables(first)


def test_cancelling_keeps_finished_steps(folder):
    def stop(fraction, _text=""):
        if fraction > 0.7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_study(folder / "study.toml", folder / "out", progress=stop)
    assert not (folder / "out").exists()
    assert run(folder)[1] == set()


def test_steps_beside_each_other_give_the_same(folder, tmp_path_factory):
    account, computed = run(folder, jobs=2)
    assert computed == set(NAMES)
    other = tmp_path_factory.mktemp("alone")
    for name in ("areas.gpkg", "firms.gpkg", "study.toml"):
        (other / name).write_bytes((folder / name).read_bytes())
    assert tables(run(other, jobs=1)[0]) == tables(account)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 on: this test wants a fork
def test_a_step_that_crashes_is_named_and_the_others_kept(folder, monkeypatch):
    true = steps.compute

    def compute(task, place, progress):
        if task.step.name == "plants":
            os.kill(os.getpid(), signal.SIGKILL)
        true(task, place, progress)

    monkeypatch.setattr(steps, "compute", compute)
    fork = multiprocessing.get_context("fork")
    monkeypatch.setattr(steps.multiprocessing, "get_context", lambda _kind: fork)
    with pytest.raises(StudyError, match=r"steps.plants: ended without a result \(exit code -9\)"):
        run_study(folder / "study.toml", folder / "out", jobs=2)
    monkeypatch.undo()
    assert "plants" in run(folder)[1]


def test_two_studies_on_one_folder(folder):
    with workshop(folder / "out"), pytest.raises(StudyError, match="Another study is being written"):
        run_study(folder / "study.toml", folder / "out")
    assert run(folder)[1] == set(NAMES)


def test_a_refused_study_leaves_nothing(folder, firms):
    write_layers({str(folder / "firms.gpkg"): firms.assign(employment=-1.0)})
    before = sorted(folder.iterdir())
    with pytest.raises(StudyError):
        run(folder)
    assert sorted(folder.iterdir()) == before


def test_logs_say_what_was_done(folder):
    run(folder)
    text = (folder / "out" / "log" / "lq.log").read_text()
    assert "tool: location_quotient" in text
    assert "computed: now" in text
    assert "setting level: 0.95" in text
    assert "output quotients: 18 rows" in text


def test_large_layers_use_the_processors(folder, monkeypatch):
    plan = pipeline.read_plan(folder / "study.toml")
    assert pipeline._jobs(plan) == 1
    monkeypatch.setattr(pipeline, "_LARGE", 0)
    assert pipeline._jobs(plan) == min(4, os.cpu_count())


def name_of(folder, key):
    logs = (folder / "out" / "log").glob("*.log")
    return next(log.stem for log in logs if f"key: {key}" in log.read_text())
