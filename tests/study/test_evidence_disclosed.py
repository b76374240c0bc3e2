"""Evidence of districts and clusters tells nothing that tables withhold: thresholds, subjects, pieces, plants."""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from attacked import BOTTOM, LEFT, SIDE, Tables, register, sizes, squares
from scipy.optimize import linprog
from shapely import points

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers.store import write_layers
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.registry import descriptions
from geoterritorio.study.confidential import Confidential
from geoterritorio.study.config import Step
from geoterritorio.study.disclosing import _sized_behind
from geoterritorio.study.given import write_pages
from geoterritorio.study.guarded import CELLS, GUARDED, LINES, MANY, PAIRS, ROWS, WHOLE
from geoterritorio.study.guarding import Guard
from geoterritorio.study.kept import kept
from geoterritorio.study.masking import CODES, System
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.results import StepResult
from geoterritorio.study.sizes_told import coarse, fewest_of

SEED = 11
STUDY = """
[study]
title = "Attacked"

[layers.towns]
kind = "territories"
path = "towns.gpkg"

[layers.firms]
kind = "firms"
path = "firms.gpkg"
classification = "nace2"

[layers.nation]
kind = "reference"
path = "nation.csv"

[layers.groups]
kind = "definitions"
path = "groups.csv"

[steps.districts]
tool = "districts"
territories = "towns"
firms = "firms"
reference = "nation"
preset = "istat2006_unconfirmed"
draws = 9

[steps.stability]
tool = "district_stability"
territories = "towns"
firms = "firms"
reference = "nation"
preset = "istat2006_unconfirmed"
draws = 9

[steps.clusters]
tool = "clusters"
territories = "towns"
firms = "firms"
definitions = "groups"
simulations = 0

[steps.contrast]
tool = "contrast"
district_areas = "districts.areas"
district_evidence = "districts.evidence"
cluster_evidence = "clusters.evidence"
definitions = "clusters.groups"

[steps.ladder]
tool = "ladder"
territories = "towns"
figures = ["districts.figures"]
readings = "contrast.areas"

[profiles]
write = false
"""
GROUPS = {
    "food": ["10"],
    "fashion": ["13", "15"],
    "metal": ["25", "22"],
    "homes": ["16", "31"],
    "shops": ["47"],
}
# A whole that is a hundred times as large, whose shares by size are all the same.
CLASSES = {"small": 70.0, "medium": 20.0, "large": 10.0}


@dataclass(frozen=True)
class Run:
    """What was published, what is internal, and the register behind both."""

    told: object
    whole: object
    firms: pd.DataFrame
    folder: Path


def finished(folder, firms, towns):
    """A study of a register of towns, with what others may have of it and what is internal."""
    sectors = sorted(set(firms["sector"]))
    write_layers({str(folder / "towns.gpkg"): towns, str(folder / "firms.gpkg"): firms.drop(columns="town")})
    rows = [(s, c, 100 * jobs) for s in sectors for c, jobs in CLASSES.items()]
    pd.DataFrame(rows, columns=["sector", "size_class", "employment"]).to_csv(
        folder / "nation.csv", index=False
    )
    rows = [(s, group, "core") for group, some in GROUPS.items() for s in some if s in sectors]
    pd.DataFrame(rows, columns=["sector", "group", "role"]).to_csv(folder / "groups.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoterritorioWarning)
        made = run_study(folder / "study.toml", folder / "made")["report"].parent

    def told(name):
        return pyogrio.read_dataframe(made / "project.gpkg", layer=name, read_geometry=False)

    def whole(name):
        table = made / "tables" / f"{name}.csv"
        if table.is_file():
            return pd.read_csv(table)
        return pyogrio.read_dataframe(made / "study.gpkg", layer=name, read_geometry=False)

    return Run(told, whole, pd.DataFrame(firms.drop(columns="geometry")), made)


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Twelve towns, all of them with cells of one or two establishments."""
    return finished(tmp_path_factory.mktemp("few"), register(SEED), squares(5000, 2, 4, 3, "M"))


def medium_plants(run):
    """Jobs of the only medium plant of an industry, which no table may tell."""
    rows = run.whole("districts_industries")
    return rows[rows["medium_firms"].eq(1)].set_index(["territory", "industry"])["employment_medium"]


def test_no_threshold_tells_the_only_medium_plant(few):
    plants = medium_plants(few)
    whole, told = few.whole("districts_evidence"), few.told("districts_evidence")
    asked = whole["asked"].eq("one_medium_firm")
    keys = pd.MultiIndex.from_frame(whole.loc[asked, ["territory", "of"]])
    # The threshold is the plant.
    assert keys.isin(plants.index).any()
    found = told.loc[told["asked"].isin(["one_medium_firm", "size_quotients", "prevails"])]
    assert found["threshold"].isna().all()
    assert found.filter(like="threshold_").isna().all(axis=None)


def test_thresholds_of_rules_are_told(few):
    told = few.told("districts_evidence")
    assert (told.loc[told["asked"].eq("specialised"), "threshold"] == 1).all()
    assert few.told("clusters_evidence")["threshold"].notna().any()


def test_main_industries_are_told_by_no_step(few):
    assert few.whole("districts_evidence")["of"].notna().all()
    told = few.told("districts_evidence")
    areas = few.told("districts_areas").set_index("territory")["main_industry"]
    lost = told["territory"].map(areas).eq("withheld")
    assert lost.any()
    assert told.loc[lost, ["of", "against"]].isin(["withheld"]).all(axis=None)


def test_profiles_tell_no_withheld_threshold(few, tmp_path):
    write_pages(kept(few.folder), tmp_path)
    limits = few.whole("districts_evidence").query("asked == 'one_medium_firm'").set_index("territory")
    seen = 0
    for place, plant in limits["threshold"].dropna().items():
        text = (tmp_path / f"{place}.html").read_text(encoding="utf-8")
        page = Tables()
        page.feed(text)
        steps = next((t for t in page.tables if "Must exceed" in t[0]), None)
        if steps is None:
            assert "Steps of the district procedure. The table is left out" in re.sub(
                r"<[^>]+>|\s+", " ", text
            )
            continue
        seen += 1
        asked = [row[steps[0].index("Must exceed")] for row in steps[1:]]
        assert asked.count("withheld") == 3
        assert f"{plant:,.0f}" not in asked
    assert seen < len(limits)


# Rows without a code ----------------------------------------------------------------------------------------------

WAYS_OF_ROWS = (CELLS, LINES, ROWS, PAIRS, WHOLE, MANY)


def keyed_outputs():
    """Outputs of which a row has a code beside its territory, or in place of one, and the way of each."""
    for tool, outputs in GUARDED.items():
        described = {
            o["name"]: [c["name"] for c in o.get("columns", ())] for o in descriptions()[tool]["outputs"]
        }
        for name, way in outputs.items():
            keys = [c for c in CODES if c in described[name]]
            if way in WAYS_OF_ROWS and keys:
                yield pytest.param(tool, name, way, described[name], keys[0], id=f"{tool}.{name}")


def system():
    """Two towns by three sectors in two groups, of which one cell of the first town is withheld."""
    columns = (("sector", pd.Index(["10", "13", "15"])), ("group", pd.Index(["g", "h"])))
    shapes = {
        (r, c): (rows, number) for r, rows in ((0, 2), (1, 1)) for c, number in ((0, 3), (1, 2), (2, 1))
    }
    hidden = {level: np.zeros(shape, dtype=bool) for level, shape in shapes.items()}
    hidden[0, 0][0, 0] = True
    rules = DisclosureRules()
    return System({"towns": (0, pd.Index(["a", "b"]))}, columns, hidden, {}, Confidential(rules=rules))


@pytest.mark.parametrize(("tool", "output", "way", "columns", "key"), list(keyed_outputs()))
def test_a_row_without_a_code_is_of_the_whole_line(tool, output, way, columns, key):
    """Denied by default: of a market as a whole there are more rows than any list knows."""
    codes = {"sector": "13", "group": "h"}.get(key, "x")
    rows = pd.DataFrame({key: [None, codes], "figure": 5.0})
    rows["territory"] = ["a", "b"]
    rows = rows if "territory" in columns else rows.drop(columns="territory")
    for other in {"other"} & set(columns):
        rows[other] = "13"
    guard = Guard(
        "towns", [system()], complete=True, equations={}, sizes=[pd.Series({"13": 99.0})], minimum=3
    )
    masks = guard.masks(rows, way)
    assert masks is None or masks[0][0], (tool, output)


def test_pieces_of_both_readings_tell_nothing_of_markets_with_withheld_cells(few):
    whole, told = few.whole("contrast_pieces"), few.told("contrast_pieces")
    areas = few.told("contrast_areas").set_index("territory")["group"]
    lost = told["territory"].map(areas).eq("withheld")
    assert lost.any()
    assert whole["value"].notna().sum() > 50
    assert told.loc[lost, ["value", "margin"]].isna().all(axis=None)
    # What is read as the cluster is named by no row of it.
    assert set(told.loc[lost, "group"]) == {"withheld"}
    of_rules = told["piece"].isin(["specialised", "mass"])
    assert told.loc[of_rules, "threshold"].notna().all()
    assert (
        told.loc[lost & ~of_rules & told["piece"].isin(["prevails", "one_medium_firm"]), "threshold"]
        .isna()
        .all()
    )


# Size classes -----------------------------------------------------------------------------------------------------

CLASSES_OF = ("small", "medium", "large")


def even_register():
    """Six small plants and more in each cell of four towns; two have one medium or one large plant besides."""
    rng = np.random.default_rng(5)
    rows = []
    for town in range(4):
        for sector in ("10", "13", "15", "22", "25", "28", "31", "47", "62"):
            jobs = rng.integers(3, 40, int(rng.integers(6, 14)))
            if town == 0 and sector in {"13", "25"}:
                # Many of a class.
                jobs[:4] = 60, 70, 90, 120
            jobs[0] = {(1, "15"): 137, (2, "28"): 300}.get((town, sector), jobs[0])
            rows += [(town, sector, int(j)) for j in jobs]
    frame = pd.DataFrame(rows, columns=["town", "sector", "employment"])
    x, y = rng.uniform(100, 4900, (2, len(frame)))
    return gpd.GeoDataFrame(
        frame.assign(firm=[f"f{k}" for k in frame.index], employment=frame["employment"].astype(float)),
        geometry=points(LEFT + frame["town"] * SIDE + x, BOTTOM + y),
        crs=25830,
    )


@pytest.fixture(scope="module")
def even(tmp_path_factory):
    """Four towns of which no cell by sector is withheld, though a size class of two industries is one plant."""
    return finished(tmp_path_factory.mktemp("even"), even_register(), squares(5000, 2, 4, 1, "M"))


def classes_found(run, market):
    """Jobs by industry and class that the published tables leave, least and most, by industry and class."""
    rows, sums = (
        run.told(f"districts_{n}").set_index("territory").loc[market] for n in ("industries", "sizes")
    )
    rows, sums = rows.set_index("industry"), sums.set_index("size_class")["employment"]
    number, width = len(rows), len(CLASSES_OF)
    equations, right = [], []

    def tell(cells, value):
        if np.isfinite(value):
            equations.append(cells.ravel())
            right.append(value)

    for k, row in enumerate(rows.to_dict("records")):
        cells = np.zeros((number, width))
        cells[k] = 1
        tell(cells, row["employment"])
        for c, name in enumerate(CLASSES_OF):
            one = np.zeros((number, width))
            one[k, c] = 1
            tell(one, row[f"employment_{name}"])
    for c, name in enumerate(CLASSES_OF):
        column = np.zeros((number, width))
        column[:, c] = 1
        tell(column, sums[name])
    for goal in np.eye(number * width):
        least, most = (
            sign * linprog(sign * goal, A_eq=np.array(equations), b_eq=right).fun for sign in (1, -1)
        )
        k, c = np.unravel_index(goal.argmax(), (number, width))
        yield rows.index[k], CLASSES_OF[c], least, most


def test_no_size_class_of_one_plant_is_found(even):
    """By sums over classes and over industries: what no cell by sector asks to withhold."""
    assert even.told("districts_activities")["employment"].notna().all()
    whole = even.whole("districts_industries").set_index(["territory", "industry"])
    for market, industry, size, jobs in (
        ("M01", "leather_footwear", "medium", 137),
        ("M02", "machinery", "large", 300),
    ):
        assert whole.loc[(market, industry), f"employment_{size}"] == jobs
        ends = {(i, c): (a, b) for i, c, a, b in classes_found(even, market)}
        least, most = ends[industry, size]
        assert least < 0.9 * jobs
        assert most > 1.1 * jobs


def test_size_classes_of_many_are_told(even):
    rows = even.told("districts_industries").set_index(["territory", "industry"])
    assert rows.loc[("M00", "textile_clothing"), "employment_medium"] == 340
    assert even.told("districts_sizes").query("territory == 'M00'")["employment"].notna().all()
    assert rows["employment"].notna().all()
    lost = rows.loc[[("M01", "leather_footwear"), ("M02", "machinery")]]
    assert (
        lost[["employment_small", "employment_medium", "medium_firms", "share_smaller"]].isna().all(axis=None)
    )
    assert lost["withheld"].notna().all()


def test_verdicts_that_rest_on_size_classes_are_withheld_with_them(even):
    areas = even.told("districts_areas").set_index("territory")
    assert areas.loc["M02", "verdict"] == "withheld"
    assert areas.loc["M00", "verdict"] != "withheld"
    assert areas.loc[["M02"], ["share_small", "share_large", "share_all"]].isna().all(axis=None)
    assert areas["manufacturing"].notna().all()
    steps = even.told("districts_evidence").query("territory == 'M02'").set_index("asked")
    assert np.isnan(steps.loc["size_quotients", "value"])
    assert np.isnan(steps.loc["size_quotients", "threshold"])
    assert np.isfinite(steps.loc["prevails", "threshold"])
    pieces = even.told("contrast_pieces").query("territory == 'M02'").set_index("piece")
    assert pieces["value"].isna().all()


# Effective number of establishments -------------------------------------------------------------------------------


def effective(rows):
    """Effective number of each group of a market in the evidence."""
    return rows[rows["criterion"].eq("plants")].set_index(["territory", "group"])["value"]


def test_evidence_of_few_plants_does_not_give_their_sizes(few):
    """The jobs of a cell and the effective number of its establishments are the sum and the sum of squares."""
    whole = few.whole("clusters_cells").set_index(["territory", "group"])
    exact, told = effective(few.whole("clusters_evidence")), effective(few.told("clusters_evidence"))
    some = whole[whole["establishments"].isin([3, 4])]
    solved = [
        len(sizes(int(row.establishments), int(row.employment), round(row.employment**2 / exact[key])))
        for key, row in some.iterrows()
    ]
    assert solved.count(1) > 3
    number = whole["establishments"].reindex(told.index)
    assert told[number < 5].isna().all()
    assert (told[number < 10].dropna() % 1 == 0).all()
    assert told[number >= 10].notna().any()


def test_ends_of_intervals_are_as_coarse_in_evidence(few):
    """The interval of a quotient follows from the effective number."""
    number = few.whole("clusters_cells").set_index(["territory", "group"])["establishments"]
    rows = few.told("clusters_evidence")
    rows = rows[rows["criterion"].eq("specialisation")].set_index(["territory", "group"])
    number = number.reindex(rows.index)
    assert rows.loc[number < 5, ["value", "margin", "q"]].isna().all(axis=None)
    assert rows.loc[number < 10, "q"].isna().all()


def test_effective_numbers_of_a_strange_division_are_coarse_too():
    """Where the division is unknown, the contributors are those of the whole territory: too many."""
    rows = pd.DataFrame(
        {"territory": "a", "class": ["x", "y"], "establishments": [3, 7], "effective_plants": 2.4}
    )
    told, fewer = coarse(rows, fewest_of(rows, np.array([90.0, 90.0])), 3)
    assert told["effective_plants"].fillna(0).tolist() == [0, 2]
    assert fewer.all()


# Verdicts that are repeated ---------------------------------------------------------------------------------------


def test_the_ladder_repeats_no_withheld_verdict(few):
    lost = set(few.told("districts_areas").query("verdict == 'withheld'")["territory"])
    assert lost
    rows = few.told("ladder_conditions")
    rows = rows[rows["condition"].isin(["cluster_verdict", "district_verdict", "district_holds"])]
    rows = rows[rows["territory"].isin(lost)]
    assert rows["passed"].eq("withheld").all()
    assert few.whole("ladder_conditions")["passed"].isin(["yes", "no"]).any()
    gates = few.told("ladder_gate_verdicts")
    gates = gates[gates["territory"].isin(lost) & gates["gate"].isin(["cluster", "district"])]
    assert not gates["passed"].isin(["yes"]).any()
    listed = gates[["met", "unmet", "open_conditions"]].fillna("").agg(" ".join, axis=1)
    assert not listed.str.contains("verdict|district_holds").any()
    # A rung is told as far as the other conditions decide it.
    areas = few.told("ladder_areas").set_index("territory")
    assert (areas.loc[sorted(lost), "rung"] <= areas.loc[sorted(lost), "rung_most"]).all()


def test_other_verdicts_of_draws_are_withheld_too(few):
    lost = few.told("stability_areas").query("verdict == 'withheld'")
    assert few.whole("stability_areas")["other"].notna().any()
    assert set(lost["other"]) == {"withheld"}


def test_a_step_may_be_called_like_the_layer_that_it_takes():
    """What stands behind it is looked for among results alone."""
    result = StepResult(Step("actions", "action_register", {"actions": "actions"}, {}, {}), {}, {})
    assert not _sized_behind(result, {}, {"actions": result})
