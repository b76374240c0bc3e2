"""An attacker who has what a study publishes: succeeds without disclosure control, fails with it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
import pytest
from scipy.optimize import linprog

from geoterritorio.errors import StudyError
from geoterritorio.study.config import read_plan
from geoterritorio.study.pipeline import run_study

SAMPLE = Path(__file__).parents[2] / "sample_data" / "comarca"
FILES = ("labour_markets.gpkg", "firms.parquet", "nation.csv")
STUDY = """
[study]
title = "Attacked"

[layers.markets]
kind = "territories"
path = "labour_markets.gpkg"

[layers.establishments]
kind = "firms"
path = "firms.parquet"
classification = "nace2"

[layers.nation]
kind = "reference"
path = "nation.csv"

[steps.counts]
tool = "tabulate"
territories = "markets"
firms = "establishments"

[steps.activities]
tool = "recode_sectors"
counts = "counts.output"
source = "nace2"
target = "istat_activities"

[steps.lq]
tool = "location_quotient"
territories = "markets"
firms = "establishments"
reference = "nation"
measure = "employment"

[profiles]
write = false
"""
OFF = '[disclosure]\noff = "Nobody is told of here."\n'


def run(folder, name, words=""):
    for file in FILES:
        if not (folder / file).exists():
            shutil.copy(SAMPLE / file, folder / file)
    path = folder / f"{name}.toml"
    path.write_text(STUDY + words, encoding="utf-8")
    return run_study(path, folder / name)["report"].parent


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("attack")


@pytest.fixture(scope="module")
def bare(folder):
    return run(folder, "bare", OFF)


@pytest.fixture(scope="module")
def safe(folder):
    return run(folder, "safe")


def published(folder, table):
    rows = pyogrio.read_dataframe(folder / "project.gpkg", layer=table, read_geometry=False)
    return rows.assign(sector=rows["sector"].astype(str).str.split().str[0])


@pytest.fixture(scope="module")
def truth(bare):
    """Jobs and establishments as the internal table has them."""
    rows = pd.read_csv(bare / "tables" / "counts_output.csv", dtype={"sector": str})
    return rows.set_index(["territory", "sector"])[["employment", "establishments"]]


@pytest.fixture(scope="module")
def single(truth):
    return truth.loc[truth["establishments"].eq(1) & truth["employment"].gt(0), "employment"]


def nation():
    return pd.read_csv(SAMPLE / "nation.csv", dtype={"sector": str}).set_index("sector")["employment"]


def solved(rows):
    """Jobs by back-solving quotients: what one told cell gives of the total of its territory gives the others."""
    whole = nation()
    share = rows["sector"].map(whole) / whole.sum()
    total = (rows["employment"] / (rows["lq"] * share)).where(rows["lq"] > 0)
    known = total.groupby(rows["territory"]).transform("median")
    jobs = rows["employment"].fillna(rows["lq"] * share * known)
    return jobs.set_axis(pd.MultiIndex.from_frame(rows[["territory", "sector"]])), known


def found(jobs, single):
    """Single establishments whose jobs are found out to within a tenth."""
    near = (jobs.reindex(single.index) / single - 1).abs() < 0.1
    return int(near.sum())


def test_without_control_single_establishments_are_read(bare, single):
    jobs, _ = solved(published(bare, "lq_quotients"))
    assert len(single) > 100
    assert found(jobs, single) == len(single)


def test_hiding_jobs_alone_falls_to_quotients_solved_back(bare, single):
    rows = published(bare, "lq_quotients")
    rows["employment"] = rows["employment"].mask(rows["establishments"].lt(3) & rows["establishments"].gt(0))
    jobs, _ = solved(rows)
    assert found(jobs, single) == len(single)


def bounds(rows, single):
    """Single establishments found by rows' totals, column totals and linear programming on both."""
    whole = nation()
    share = rows["sector"].map(whole) / whole.sum()
    total = (
        (rows["employment"] / (rows["lq"] * share)).where(rows["lq"] > 0).groupby(rows["territory"]).median()
    )
    lost = rows[rows["employment"].isna()].reset_index(drop=True)
    told = rows.groupby("territory")["employment"].sum()
    lines, sums = [], []
    for territory, left in (total - told).items():
        lines.append(lost["territory"].eq(territory).to_numpy(float))
        sums.append(max(left, 0.0))
    columns = rows.attrs["columns"]
    for sector, left in (columns - rows.groupby("sector")["employment"].sum()).dropna().items():
        lines.append(lost["sector"].eq(sector).to_numpy(float))
        sums.append(max(left, 0.0))
    keep = [k for k, line in enumerate(lines) if line.any() and np.isfinite(sums[k])]
    matrix, right = np.array(lines)[keep], np.array(sums)[keep]
    caught = 0
    for k, row in lost.iterrows():
        cell = (row["territory"], row["sector"])
        if cell not in single.index or (k % 8 and len(single) > 400):
            continue
        goal = np.zeros(len(lost))
        goal[k] = 1.0
        # A little room for what is printed with few digits.
        ends = [
            linprog(
                s * goal,
                A_ub=np.vstack([matrix, -matrix]),
                b_ub=np.r_[right + 0.01, 0.01 - right],
                bounds=(0, None),
            )
            for s in (1, -1)
        ]
        if all(e.status == 0 for e in ends):
            low, high = ends[0].fun, -ends[1].fun
            true = single[cell]
            caught += low > 0.9 * true + 0.05 and high < 1.1 * true - 0.05
    return caught


def with_columns(rows, truth, hidden=()):
    """Rows, with the totals of sectors that are published beside them."""
    sums = truth["employment"].groupby("sector").sum()
    rows.attrs["columns"] = sums.drop(index=[s for s in hidden if s in sums.index])
    return rows


def test_hiding_the_cells_alone_falls_to_differences(bare, truth, single):
    rows = published(bare, "lq_quotients")
    few = rows["establishments"].lt(3) & rows["establishments"].gt(0)
    rows.loc[few, ["employment", "lq"]] = np.nan
    assert bounds(with_columns(rows, truth), single) > 0


def test_with_control_nothing_is_found(safe, truth, single):
    rows = published(safe, "lq_quotients")
    jobs, _ = solved(rows)
    assert found(jobs, single) == 0
    lost = rows["status"].eq("withheld")
    assert (
        rows.loc[lost & rows["employment"].isna(), ["lq", "low", "high", "excess", "effective_plants"]]
        .isna()
        .all(axis=None)
    )
    told = rows[rows["employment"].notna() & rows["establishments"].gt(0)]
    assert told["establishments"].min() >= 3
    cells = pd.read_csv(safe / "log" / "disclosure_cells.csv")
    assert {"few contributors", "totals would tell"} <= set(cells["reason"])
    # Totals of sectors of which two cells or fewer are lost would be solved: the pattern takes them as published.
    hidden = rows.groupby("sector")["employment"].apply(lambda x: x.isna().sum())
    alone = hidden[hidden.eq(1)].index
    assert bounds(with_columns(rows, truth, alone), single) == 0


def test_what_was_done_is_told_inside_and_outside(safe, bare):
    account = json.loads((safe / "provenance.json").read_text(encoding="utf-8"))["confidentiality"]
    log = pd.read_csv(safe / "log" / "disclosure.csv")
    assert account["disclosure"] == {"minimum": 3, "rows_withheld": int(log["rows"].sum())}
    assert {"log", "tables", "study.gpkg"} <= set(account["internal"])
    off = json.loads((bare / "provenance.json").read_text(encoding="utf-8"))["confidentiality"]["disclosure"]
    assert off == {"off": "Nobody is told of here."}
    assert "would tell of single establishments" in (safe / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("[disclosure]\noff = true\n", "disclosure.off: must say why"),
        ('[disclosure]\noff = "because"\n', "disclosure.off: must say why"),
        ("[disclosure]\nminimum = 1\n", "disclosure.minimum: at least 2"),
        ('[disclosure]\nminimum = "3"\n', "disclosure.minimum: must be a number"),
        ("[disclosure]\nminimun = 4\n", "Did you mean “minimum”"),
        ('[disclosure]\npublished = ["strange"]\n', "disclosure.published"),
        ('[project]\nshow = ["establishments"]\n', "establishments: shows single establishments"),
    ],
)
def test_refusals_of_the_study_file(folder, words, said):
    for file in FILES:
        shutil.copy(SAMPLE / file, folder / file)
    path = folder / "bad.toml"
    path.write_text(STUDY + words, encoding="utf-8")
    with pytest.raises(StudyError) as refused:
        read_plan(path)
    assert said in str(refused.value)


def hashes(folder):
    """Hashes of what nobody outside may guess at."""
    inside = json.loads((folder / "log" / "provenance.json").read_text(encoding="utf-8"))
    made = [h for n, h in inside["products"].items() if n.startswith(("tables/", "study.gpkg", "log/"))]
    return [*(inside["inputs"][name]["sha256"] for name in ("establishments", "nation")), *made]


def test_no_published_hash_confirms_a_guess_of_what_is_withheld(safe, bare):
    """A few hundred candidates for the withheld cells, hashed, would find the file that they come from."""
    private = hashes(safe)
    assert len(private) > 8
    assert all(len(h) == 64 for h in private)
    outside = [p for p in safe.rglob("*") if p.suffix in {".html", ".json", ".csv"} and "log" not in p.parts]
    assert safe / "provenance.json" in outside
    for path in outside:
        if "tables" not in path.parts and not {".values"} & set(path.parts):
            text = path.read_text(encoding="utf-8")
            assert not [h for h in private if h[:12] in text], path
    account = json.loads((safe / "provenance.json").read_text(encoding="utf-8"))
    assert account["confidentiality"]["hashes"] == "log/provenance.json"
    assert len(account["inputs"]["markets"]["sha256"]) == 64
    assert account["products"]["map.html"]
    assert "SHA-256 kept internally" in (safe / "map.html").read_text(encoding="utf-8")
    told = json.loads((bare / "provenance.json").read_text(encoding="utf-8"))
    assert all(told["inputs"][name]["sha256"] for name in told["inputs"])
    assert not (bare / "log" / "provenance.json").exists()
