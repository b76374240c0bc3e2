"""Studies of registers in parts: counts like any, made part by part, and what is wrong with them told by key."""

from __future__ import annotations

import json
import warnings

import pandas as pd
import pytest

from geoterritorio.concentration.tools import tabulate
from geoterritorio.errors import GeoterritorioWarning, StudyError
from geoterritorio.study import read_plan, run_study
from geoterritorio.study.pipeline import read_layers

STUDY = """
[study]
title = "Register in parts"
[layers.towns]
kind = "territories"
path = "towns.gpkg"
[layers.counted]
kind = "counts"
path = "register"
within = "towns"
columns = { sector = "CNAE" }
[steps.lq]
tool = "location_quotient"
territories = "towns"
counts = "counted"
"""


@pytest.fixture
def folder(tmp_path, territories, firms):
    territories.to_file(tmp_path / "towns.gpkg")
    (tmp_path / "register").mkdir()
    named = firms.rename(columns={"sector": "CNAE"})
    for k in range(3):
        named.iloc[100 * k : 100 * (k + 1)].to_parquet(tmp_path / "register" / f"{k}.parquet")
    return tmp_path


def study(folder, text=STUDY):
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


@pytest.mark.filterwarnings("ignore")
def test_a_study_counts_a_register_in_parts(folder, territories, firms):
    run_study(study(folder), folder / "out")
    table = next((folder / "out" / "tables").glob("lq*quotients*"))
    found = pd.read_csv(table, dtype={"sector": str})
    counts = tabulate(territories, firms)
    told = found[found["establishments"] > 0].set_index(["territory", "sector"])["employment"]
    expected = counts.set_index(["territory", "sector"])["employment"]
    assert told.to_dict() == expected.to_dict()
    account = json.loads((folder / "out" / "log" / "provenance.json").read_text(encoding="utf-8"))
    before = account["inputs"]["counted"]
    assert before["within"] == "towns"
    (folder / "register" / "2.parquet").unlink()
    run_study(study(folder), folder / "out", overwrite=True)
    account = json.loads((folder / "out" / "log" / "provenance.json").read_text(encoding="utf-8"))
    assert account["inputs"]["counted"]["sha256"] != before["sha256"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('within = "towns"\ncolumns = { sector = "CNAE" }', "", "is a register in parts"),
        ('kind = "counts"', 'kind = "firms"', "layers.counted.kind"),
        ('within = "towns"', 'within = "villages"', "must name a layer of territories"),
        ('within = "towns"', 'within = "towns"\nonly = { x = "y" }', "cannot be chosen; leave only out"),
        ("[study]", "[run]\nscheduler = 3\n[study]", "run.scheduler: must be text"),
        ('path = "register"', 'path = "nothing"', "there is no file"),
    ],
    ids=["not within", "kind", "territories", "only", "scheduler", "path"],
)
def test_what_is_wrong_is_told_by_key(folder, old, new, words):
    assert old in STUDY
    with pytest.raises(StudyError) as refused:
        read_plan(study(folder, STUDY.replace(old, new)))
    assert words in str(refused.value)


def test_progress_is_told_while_a_register_in_parts_is_counted(folder, tmp_path):
    (tmp_path / "store").mkdir()
    seen = []
    read_layers(
        read_plan(study(folder)),
        tmp_path / "store",
        progress=lambda share, text="": seen.append((share, text)),
    )
    shares = [share for share, text in seen if text == "Working through the parts"]
    assert len(shares) == 3
    assert shares == sorted(shares)
    assert 0.5 <= shares[0] < shares[-1] < 1


def test_a_cluster_without_parts_is_told(folder, firms, tmp_path):
    firms.to_parquet(folder / "one.parquet")
    (tmp_path / "store").mkdir()
    text = STUDY.replace('"counts"', '"firms"').replace("register", "one.parquet")
    text = text.replace('within = "towns"\ncolumns = { sector = "CNAE" }\n', "").replace(
        "counts =", "firms ="
    )
    text = '[run]\nscheduler = "tcp://127.0.0.1:9"\n' + text
    with pytest.warns(GeoterritorioWarning, match=r"run\.scheduler: no layer is a register in parts"):
        read_layers(read_plan(study(folder, text)), tmp_path / "store")


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_is_not_there_stops_the_study(folder):
    pytest.importorskip("distributed", reason="the extra “scale” is not installed")
    text = '[run]\nscheduler = "tcp://127.0.0.1:9"\n' + STUDY
    assert read_plan(study(folder, text)).scheduler == "tcp://127.0.0.1:9"
    from geoterritorio.layers import cluster

    with pytest.MonkeyPatch.context() as patched, warnings.catch_warnings():
        patched.setattr(cluster, "_REACH", 1)
        with pytest.raises(StudyError, match="no Dask scheduler"):
            run_study(study(folder, text), folder / "out")
    assert not (folder / "out").exists()
