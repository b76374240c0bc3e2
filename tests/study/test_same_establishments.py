"""An attacker who takes groups of sectors less their sectors, and a register less counts that were made of it."""

import numpy as np
import pandas as pd
import pytest
from attacked import SECTORS, SIDE, TOWNS, register, squares, told

from geoterritorio.layers.store import write_layers
from geoterritorio.study.contributed import apart, contributions
from geoterritorio.study.kinship import kinship
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.systems import _filled

SEED = 7
# Suppliers of one group are of the core of another, and the third shares an industry with the second.
GROUPS = {
    "first": {"core": ["10", "13"], "supplier": ["16", "22"], "service": ["47"]},
    "second": {"core": ["16", "25"], "supplier": ["10"], "service": ["31"]},
    "third": {"core": ["16", "22"], "supplier": ["13"], "service": ["47"]},
}
HEAD = """
[study]
title = "Attacked"

[profiles]
write = false

[project]
write = false

[report]
csv = true

[layers.towns]
kind = "territories"
path = "towns.gpkg"

[layers.firms]
kind = "firms"
path = "firms.gpkg"

[layers.industries]
kind = "definitions"
path = "industries.csv"

[steps.clusters]
tool = "clusters"
territories = "towns"
firms = "firms"
definitions = "industries"
simulations = 19
"""
REGISTER = """
[steps.quotients]
tool = "location_quotient"
territories = "towns"
firms = "firms"
measure = "employment"
"""
COUNTS = """
[layers.counts]
kind = "counts"
path = "{path}"

[steps.quotients]
tool = "location_quotient"
territories = "towns"
counts = "counts"
measure = "employment"
"""


def counted(rows, place="town"):
    found = rows.groupby([place, "sector"]).agg(
        employment=("employment", "sum"), establishments=("firm", "size")
    )
    return found.rename_axis(["territory", "sector"]).reset_index()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("same")
    rows = register(SEED)
    towns = squares(SIDE, 2, 4, 3, "M")
    write_layers({str(found / "towns.gpkg"): towns, str(found / "firms.gpkg"): rows.drop(columns="town")})
    roles = [
        {"sector": s, "group": g, "role": role}
        for g, parts in GROUPS.items()
        for role, sectors in parts.items()
        for s in sectors
    ]
    pd.DataFrame(roles).to_csv(found / "industries.csv", index=False)
    counts = counted(rows)
    counts.to_csv(found / "counts.csv", index=False)
    # One establishment more in each of some cells of another year.
    other = counts.assign(establishments=counts["establishments"] + (np.arange(len(counts)) % 5 == 0))
    other.to_csv(found / "other.csv", index=False)
    counts.assign(sector=counts["sector"].map({s: f"Z{k}" for k, s in enumerate(SECTORS)})).to_csv(
        found / "strange.csv", index=False
    )
    return found


def run(folder, name, words):
    (folder / f"{name}.toml").write_text(HEAD + words, encoding="utf-8")
    return run_study(folder / f"{name}.toml", folder / name)["report"].parent


@pytest.fixture(scope="module")
def alone(folder):
    return run(folder, "alone", REGISTER)


@pytest.fixture(scope="module")
def beside(folder):
    return run(folder, "beside", COUNTS.format(path="counts.csv"))


def equations(folder):
    """Told jobs of cells and of groups of sectors, as sums of the finest cells."""
    lines, sums = [], []
    for name, key, of in (
        ("quotients_quotients", "sector", {s: [s] for s in SECTORS}),
        ("clusters_cells", "group", {g: parts["core"] for g, parts in GROUPS.items()}),
    ):
        if not (folder / "public_tables" / f"{name}.csv").exists():
            continue
        rows = told(folder, name).dropna(subset="employment")
        for row in rows.to_dict("records"):
            line = np.zeros((len(TOWNS), len(SECTORS)))
            line[TOWNS.index(row["territory"]), [SECTORS.index(s) for s in of[row[key]]]] = 1
            lines.append(line.ravel())
            sums.append(row["employment"])
    return np.array(lines), np.array(sums)


def few_determined(folder):
    """Cells of one or two establishments whose jobs follow from what is told."""
    lines, sums = equations(folder)
    cells = counted(register(SEED))
    few = cells[cells["establishments"].lt(3)]
    at = [
        TOWNS.index(t) * len(SECTORS) + SECTORS.index(s)
        for t, s in zip(few["territory"], few["sector"], strict=True)
    ]
    _, size, space = np.linalg.svd(lines)
    space = space[: int((size > 1e-9).sum())]
    known = (space[:, at] ** 2).sum(axis=0) > 1 - 1e-9
    solved = np.linalg.lstsq(lines, sums, rcond=None)[0][at]
    assert np.allclose(solved[known], few["employment"][known])
    return int(known.sum()), len(few)


def groups_of_few():
    """Cells of a town and a group with one or two establishments in the group's own industries."""
    rows = register(SEED)
    parts = [rows[rows["sector"].isin(p["core"])].assign(group=g) for g, p in GROUPS.items()]
    number = pd.concat(parts).groupby(["town", "group"]).size()
    return set(number[number.lt(3)].index)


@pytest.mark.parametrize("which", ["alone", "beside"])
def test_groups_of_few_are_withheld_as_they_are_counted(which, request):
    rows = told(request.getfixturevalue(which), "clusters_cells")
    few = [pair in groups_of_few() for pair in zip(rows["territory"], rows["group"], strict=True)]
    assert sum(few) > 3
    assert rows.loc[few, ["employment", "establishments"]].isna().all(axis=None)
    assert rows["employment"].notna().any()


@pytest.mark.parametrize("which", ["alone", "beside"])
def test_groups_less_their_sectors_give_no_cell_of_few(which, request):
    determined, number = few_determined(request.getfixturevalue(which))
    assert number > 15
    assert determined == 0


def test_counts_of_a_register_withhold_what_the_register_does(alone, beside):
    """Made of the same establishments, the same cells are told: no more, and no fewer."""
    mine, theirs = (
        told(f, "quotients_quotients").set_index(["territory", "sector"])["employment"]
        for f in (alone, beside)
    )
    theirs = theirs.reindex(mine.index)
    assert (mine.isna() == theirs.isna()).all()
    assert mine.notna().sum() > 20


def test_counts_of_another_year_withhold_what_the_register_does_and_the_other_way_round(folder):
    made = run(folder, "years", COUNTS.format(path="other.csv"))
    assert few_determined_of_all(made) == 0


def few_determined_of_all(folder):
    lines, _ = equations(folder)
    _, size, space = np.linalg.svd(lines)
    space = space[: int((size > 1e-9).sum())]
    cells = counted(register(SEED))
    few = cells[cells["establishments"].lt(3)]
    at = [
        TOWNS.index(t) * len(SECTORS) + SECTORS.index(s)
        for t, s in zip(few["territory"], few["sector"], strict=True)
    ]
    return int(((space[:, at] ** 2).sum(axis=0) > 1 - 1e-9).sum())


def test_counts_of_which_nobody_knows_whose_they_are_are_not_published(folder):
    made = run(folder, "strange", COUNTS.format(path="strange.csv"))
    assert not list((made / "public_tables").glob("quotients_*"))
    assert (made / "public_tables" / "clusters_cells.csv").exists()
    text = (made / "report.html").read_text(encoding="utf-8")
    assert "Nothing shows whether it holds the same establishments as firms" in text
    assert "published = [" in text
    free = COUNTS.format(path="strange.csv") + '[disclosure]\npublished = ["counts"]\n'
    assert list((run(folder, "free", free) / "public_tables").glob("quotients_*"))


# What two layers have in common -----------------------------------------------------------------------------------


def frame():
    return {"towns": squares(SIDE, 2, 4, 3, "M")}


def test_counts_are_recognised_as_those_of_a_register():
    rows = register(SEED)
    counts = counted(rows)
    found = kinship(rows, counts, frame())
    assert found.known
    assert found.shared
    assert found.leads
    assert found.periods == {""}
    years = pd.concat([counts.assign(period="2025"), counts.assign(period="2005", employment=1.0)])
    assert kinship(rows, years, frame()).periods == {"2025"}
    # rounded jobs are the same, more territories are more than the same, one establishment more is not
    rounded = kinship(rows, counts.assign(employment=counts["employment"] + 0.4), frame())
    assert rounded.periods == {""}
    part = kinship(rows[rows["town"] != "M00"], counts, frame())
    assert part.leads
    assert not part.periods
    more = counts.assign(establishments=counts["establishments"] + (counts.index == 0))
    assert kinship(rows, more, frame()).shared
    assert not kinship(rows, more, frame()).leads


def test_counts_by_divisions_are_recognised_as_those_of_a_register():
    rows = register(SEED)
    counts = counted(rows.assign(sector=rows["sector"].str[:1]))
    found = kinship(rows, counts, frame())
    assert found.leads
    assert found.periods == {""}
    assert found.groups["10"] == "1"
    # finer counts than the register tell more than it
    finer = kinship(rows.assign(sector=rows["sector"].str[:1]), counted(rows), frame())
    assert finer.shared
    assert not finer.leads


def test_what_lies_elsewhere_is_no_kin_and_other_codes_are_not_known():
    rows = register(SEED)
    elsewhere = counted(rows[rows["town"] == "M00"])
    found = kinship(rows[rows["town"] == "M01"], elsewhere, frame())
    assert found.known
    assert not found.shared
    assert not kinship(rows, counted(rows).assign(sector="Z"), frame()).known
    far = counted(rows).assign(territory="F1")
    away = squares(SIDE, 1, 1, 1, "F").assign(territory="F1").translate(1e6)
    away = squares(SIDE, 1, 1, 1, "F").assign(territory="F1").set_geometry(away)
    assert kinship(rows, far, {**frame(), "far": away}).known
    assert not kinship(pd.DataFrame(counted(rows)), far, {**frame(), "far": away}).known


def test_groups_stand_whole_in_their_division():
    """A sector in two groups, and two groups of one name, make divisions of their own."""
    groups = apart(
        [
            ("group", "a", frozenset({"10", "13"})),
            ("group", "b", frozenset({"13", "16"})),
            ("group", "c", frozenset({"22"})),
            ("group", "a", frozenset({"25"})),
        ]
    )
    members = [{n: set(g.index[g == n]) for n in set(g)} for _, g in groups]
    assert members == [{"a": {"10", "13"}, "c": {"22"}}, {"b": {"13", "16"}, "a": {"25"}}]
    rows = register(SEED)
    given, _, columns = contributions(rows, {"towns": rows["town"]}, groups)
    assert [list(ids) for _, ids in columns[1:]] == [["a", "c"], ["a", "b"]]
    assert len(given[""].columns) == 4


def test_groups_without_establishments_have_cells_too():
    """Their rows are zero, and are looked for in the tables of the others."""
    tables = {
        (0, 0): np.ones((2, 3), dtype=bool),
        (0, 1): np.ones((2, 1), dtype=bool),
        (0, 2): np.ones((2, 1)),
    }
    found = _filled(tables, [3, 2])
    assert [found[level].shape for level in tables] == [(2, 3), (2, 2), (2, 1)]
    assert not found[0, 1][:, 1].any()
