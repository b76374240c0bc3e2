"""Layers that cannot be protected as they are given are refused with the cure before anything is computed."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from geoterritorio.errors import StudyError
from geoterritorio.layers.store import write_layers
from geoterritorio.study import check_study, run_study
from geoterritorio.study.disclosing import disclosed
from geoterritorio.study.kept import kept
from geoterritorio.study.sources import same

HEAD = """
[study]
title = "Sources"
[profiles]
write = false
[project]
write = false
[layers.areas]
kind = "territories"
path = "areas.gpkg"
"""


def layer(name, kind, path, more=""):
    return f'[layers.{name}]\nkind = "{kind}"\npath = "{path}"\n{more}\n'


def step(name, source):
    return f'[steps.{name}]\ntool = "location_quotient"\nterritories = "areas"\n{source}\n'


@pytest.fixture
def folder(tmp_path):
    """Synthetic: four areas, a register with kinds of firm, counts with and without establishments."""
    areas = gpd.GeoDataFrame(
        {"territory": list("abcd")}, geometry=[box(k, 0, k + 1, 1) for k in range(4)], crs=25830
    )
    write_layers({str(tmp_path / "areas.gpkg"): areas})
    rng = np.random.default_rng(1)
    firms = pd.DataFrame(
        {
            "firm": [f"f{k}" for k in range(200)],
            "territory": rng.choice(list("abcd"), 200),
            "sector": rng.choice(["10", "11", "12"], 200),
            "employment": rng.integers(1, 30, 200),
            "form": rng.choice(["one", "two"], 200),
        }
    )
    firms.to_csv(tmp_path / "firms.csv", index=False)
    counts = firms.groupby(["territory", "sector"]).agg(
        employment=("employment", "sum"), establishments=("firm", "size")
    )
    counts.reset_index().to_csv(tmp_path / "full.csv", index=False)
    counts.reset_index().drop(columns="establishments").to_csv(tmp_path / "jobs.csv", index=False)
    counts.reset_index().assign(establishments=lambda t: t["establishments"].where(t.index > 0)).to_csv(
        tmp_path / "some.csv", index=False
    )
    return tmp_path


def study(folder, *parts):
    (folder / "study.toml").write_text(HEAD + "".join(parts), encoding="utf-8")
    return folder / "study.toml"


@pytest.mark.parametrize(
    ("file", "said"),
    [("jobs.csv", "without a column “establishments”"), ("some.csv", "1 cells have no figure")],
)
def test_counts_without_establishments_are_refused(folder, file, said):
    parts = (layer("jobs", "counts", file), step("lq", 'counts = "jobs"'))
    path = study(folder, *parts)
    for tried in (lambda: check_study(path), lambda: run_study(path, folder / "out")):
        with pytest.raises(StudyError, match=said) as refused:
            tried()
        assert 'published = ["jobs"]' in str(refused.value)
    assert not (folder / "out").exists()
    for words in ('published = ["jobs"]', 'off = "Nobody is told of."'):
        check_study(study(folder, *parts, f"[disclosure]\n{words}\n"))
    check_study(study(folder, layer("jobs", "counts", "full.csv"), step("lq", 'counts = "jobs"')))


@pytest.mark.filterwarnings("ignore:.*rows are kept")
def test_parts_of_one_register_are_refused(folder):
    """The whole less one part is the other, whose cells nobody looked at."""
    parts = (
        layer("every", "firms", "firms.csv"),
        layer("some", "firms", "firms.csv", 'only = { form = ["one"] }'),
        step("lq", 'firms = "every"'),
        step("part", 'firms = "some"'),
    )
    with pytest.raises(StudyError, match="every, some: parts or versions of one file"):
        check_study(study(folder, *parts))
    check_study(study(folder, *parts, '[disclosure]\noff = "Nobody is told of."\n'))
    # what no step takes is told of nowhere
    check_study(study(folder, *parts[:3]))


def test_one_register_under_two_names_is_one_system(folder):
    path = study(
        folder,
        layer("every", "firms", "firms.csv"),
        layer("again", "firms", "firms.csv"),
        step("lq", 'firms = "every"\nmeasure = "employment"'),
        step("more", 'firms = "again"\nmeasure = "employment"'),
        "[disclosure]\nminimum = 14\n",
    )
    made = run_study(path, folder / "out")
    cells = pd.read_csv(made["log"] / "disclosure_cells.csv")
    assert set(cells["register"]) == {"every"}
    log = pd.read_csv(made["log"] / "disclosure.csv")
    rows = log.groupby("step")["rows"].sum()
    assert rows["lq"] == rows["more"] > 0
    assert json.loads(made["provenance"].read_text(encoding="utf-8"))["steps"]


def test_one_register_in_two_formats_is_one_system(folder):
    """What counts is what comes through the door, in whatever order its rows stand."""
    rows = pd.read_csv(folder / "firms.csv", dtype={"sector": str})
    rows.sample(frac=1, random_state=1).to_parquet(folder / "again.parquet")
    path = study(
        folder,
        layer("every", "firms", "firms.csv"),
        layer("again", "firms", "again.parquet"),
        step("lq", 'firms = "every"\nmeasure = "employment"'),
        step("more", 'firms = "again"\nmeasure = "employment"'),
        "[disclosure]\nminimum = 14\n",
    )
    made = run_study(path, folder / "out")
    assert set(pd.read_csv(made["log"] / "disclosure_cells.csv")["register"]) == {"every"}
    # the finished study withholds the same where its files are no more
    (folder / "firms.csv").unlink()
    finished = kept(folder / "out")
    again = disclosed(finished.plan, finished.layers, finished.results)
    assert set(again.cells["register"]) == {"every"}
    plan, other = finished.plan, dict(finished.layers)
    other["again"] = other["again"].assign(employment=other["again"]["employment"] + 1)
    assert same(plan, other) == {"every": "every", "again": "again"}
