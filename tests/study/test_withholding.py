"""What is published of reach tells of no one or two establishments: neither by itself nor by what is left of sums."""

import dataclasses
import itertools
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box

from geoterritorio.layers.store import write_layers
from geoterritorio.proximity.tools import nearest_areas, one_more_centre, reach, service_areas
from geoterritorio.proximity.tools.areas import ServiceRules
from geoterritorio.proximity.tools.reach import OneMoreRules, WithinRules
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.results import StepResult
from geoterritorio.study.withholding import FEW, WITHHELD, published

EAST, NORTH = 5e5, 4.5e6
SIDE = 10_000.0
BUDGETS = (4.0, 8.0, 16.0)


def safe(*counts):
    """Whether no count is one or two."""
    return all(abs(c) < 0.5 or c > 2.5 for c in counts)


def shown(tool, outputs, *given):
    step = SimpleNamespace(name="s", tool=tool, inputs=dict.fromkeys(given, "layer"))
    return published([StepResult(step, outputs, {})])[0]


def held(found):
    return {f.name: getattr(found, f.name) for f in dataclasses.fields(found)}


def points(column, xy, **columns):
    shapes = shapely.points(np.add(xy, (EAST, NORTH)))
    ids = [f"{column[0]}{k}" for k in range(len(xy))]
    return gpd.GeoDataFrame({column: ids, **columns}, geometry=shapes, crs=25830)


@pytest.fixture(scope="module", params=range(8))
def register(request):
    """Few establishments in six territories, and centres of two kinds."""
    rng = np.random.default_rng(request.param)
    number = int(rng.integers(8, 60))
    firms = points("firm", rng.uniform(0, SIDE, (number, 2)) * [1, 0.6], sector="1", employment=5.0)
    centres = points("centre", rng.uniform(0, SIDE, (6, 2)), kind=["training", "transfer"] * 3)
    cells = [
        box(x, y, x + SIDE / 3, y + SIDE / 2)
        for x, y in itertools.product(np.arange(3) * SIDE / 3, np.arange(2) * SIDE / 2)
    ]
    land = gpd.GeoDataFrame(
        {"territory": list("abcdef")}, geometry=gpd.GeoSeries(cells, crs=25830).translate(EAST, NORTH)
    )
    return firms, centres, land


@pytest.fixture(scope="module")
def told(register):
    firms, centres, land = register
    rules = WithinRules(budgets="; ".join(str(b) for b in BUDGETS))
    found = held(reach(centres, firms, territories=land, rules=rules))
    return found, shown("reach", found, "firms").outputs


def chain(row, number, unreachable):
    """Counts of a row that are told, from none to all."""
    within = [v for v in row if pd.notna(v)]
    reachable = [] if pd.isna(unreachable) else [number - unreachable]
    return np.diff([0, *within, *reachable, number])


@pytest.mark.parametrize(("table", "times"), [("shares", "times"), ("territory_shares", "areas")])
def test_budgets_that_lie_within_each_other_tell_of_nobody(told, table, times):
    _, after = told
    rows = after[table].assign(territory=after[table].get("territory", "all"))
    also = after[times].assign(territory=after[times].get("territory", "all"))
    without = also.set_index(["territory", "centre_kind"])["unreachable"]
    for key, part in rows.groupby(["territory", "centre_kind"]):
        number = part["number"].iloc[0]
        assert pd.isna(number) or safe(
            number, *chain(part.sort_values("up_to")["within_reach"], number, without[key])
        )
        for column in ("beyond_reach", "reached_share", "jobs_reached", "jobs_unreached", "jobs_share"):
            assert part[column][part["within_reach"].isna()].isna().all()


def test_totals_less_what_is_told_of_territories_tell_of_nobody(told):
    before, after = told
    totals = after["shares"].set_index(["centre_kind", "up_to"])["within_reach"]
    for (kind, budget), part in after["territory_shares"].groupby(["centre_kind", "up_to"]):
        if pd.isna(totals[kind, budget]):
            continue
        whole = before["territory_shares"].loc[part.index]
        lost = part["within_reach"].isna()
        inside, all_of_them = whole["within_reach"][lost].sum(), whole["number"][lost].sum()
        assert safe(inside, all_of_them - inside), budget
        assert safe(whole["number"][part["number"].isna()].sum())
        # What lies between two budgets, of those of which neither is told.
        for smaller in [b for b in BUDGETS if b < budget]:
            every = before["territory_shares"]
            rest = every[every["centre_kind"].eq(kind) & every["up_to"].eq(smaller)]
            mine = rest["territory"].isin(part["territory"][lost])
            seen = after["territory_shares"].loc[rest.index[mine], "within_reach"]
            if seen.notna().all():
                assert safe(inside - rest["within_reach"][mine].sum())


def test_choice_and_dependence_tell_of_nobody(told):
    before, after = told
    for name in ("times", "areas"):
        number = before[name]["number"]
        for column in ("several", "single", "main_share"):
            assert safe(*(after[name][column] * number).dropna()), (name, column)
    for _, part in after["by_centre"].groupby("centre_kind"):
        whole = before["by_centre"].loc[part.index]
        for column in ("nearest_to", "only"):
            assert safe(*part[column].dropna(), whole[column][part[column].isna()].sum())
        assert safe(*(part["nearest_to"] - part["only"]).dropna())
        assert part["only_jobs"][part["only"].isna()].isna().all()


def test_results_stay_whole_and_rows_say_why(told):
    before, after = told
    assert WITHHELD not in before["territory_shares"]
    rows = after["territory_shares"]
    lost = (before["territory_shares"].notna() & rows[before["territory_shares"].columns].isna()).any(axis=1)
    assert (rows.get(WITHHELD, pd.Series(None, index=rows.index)).eq(FEW) == lost).all()
    assert after["lines"] is before["lines"]


def test_much_that_may_be_told_is_told(register):
    firms, centres, land = register
    many = pd.concat([firms.assign(firm=firms["firm"] + f"-{k}") for k in range(3)], ignore_index=True)
    found = held(reach(centres, many, territories=land))
    result = shown("reach", found, "firms")
    assert result.outputs["territory_shares"] is found["territory_shares"]
    assert not result.notices


def test_residents_are_no_establishments(register):
    _, centres, land = register
    people = points("place", [(100.0, 100.0), (9000.0, 5000.0)], population=[1.0, 2.0])
    found = held(reach(centres, population=people, territories=land))
    assert shown("reach", found, "population").outputs is found
    firms = points("firm", [(100.0, 100.0)], sector="1", employment=5.0)
    both = held(reach(centres, firms, population=people, territories=land))
    after = shown("reach", both, "firms", "population").outputs["shares"]
    assert after.query("who == 'residents'")["within_reach"].notna().all()
    assert after.query("who == 'establishments'")["number"].isna().all()


@pytest.mark.parametrize("overlap", ["keep", "dissolve"])
def test_disks_within_disks_tell_of_nobody(register, overlap):
    firms, centres, _ = register
    limits = "500; 1500; 3000; 8000"
    found = held(service_areas(centres, firms=firms, distances=limits, rules=ServiceRules(overlap=overlap)))
    areas = shown("service_areas", found, "firms").outputs["areas"]
    assert safe(*areas["establishments"].dropna())
    assert areas["employment"][areas["establishments"].isna()].isna().all()
    # Each area, less the largest told pieces in it.
    for k, larger in enumerate(areas.geometry):
        if pd.isna(areas["establishments"].iloc[k]):
            continue
        smaller = areas[areas.geometry.within(larger.buffer(1)) & (areas["up_to"] < areas["up_to"].iloc[k])]
        if overlap == "keep":
            smaller = smaller[smaller["centre"] == areas["centre"].iloc[k]]
        rest = smaller.dropna(subset="establishments").sort_values("up_to", ascending=False)
        taken, left = [], areas["establishments"].iloc[k]
        for row in rest.itertuples():
            if not any(row.geometry.within(t.buffer(1)) for t in taken):
                taken.append(row.geometry)
                left -= row.establishments
        assert safe(left)


def test_land_shared_out_tells_of_nobody_and_contents_say_the_same(register):
    firms, centres, land = register
    found = held(nearest_areas(centres, land, firms=firms))
    after = shown("nearest_areas", found, "firms").outputs
    told = after["areas"]["establishments"]
    assert safe(*told.dropna(), found["areas"]["establishments"][told.isna()].sum())
    inside = after["contents"].query("figure == 'establishments'").set_index("area")
    assert (inside["sum"].reindex(after["areas"]["area"]).isna().to_numpy() == told.isna().to_numpy()).all()
    assert inside["counted"][inside["sum"].isna()].isna().all()


def test_known_jobs_of_one_among_many_are_withheld():
    firms = points("firm", [(100.0 * k, 0.0) for k in range(5)], sector="1", employment=[7.0] + [np.nan] * 4)
    centres = points("centre", [(200.0, 0.0)])
    found = held(service_areas(centres, firms=firms, distances="1000"))
    after = shown("service_areas", found, "firms").outputs
    assert found["areas"]["employment_known"].tolist() == [7.0]
    assert after["areas"]["establishments"].tolist() == [5.0]
    assert after["areas"]["employment_known"].isna().all()
    assert after["contents"].query("figure == 'employment'")["known"].isna().all()


def test_shares_after_a_hidden_turn_are_hidden():
    firms = points("firm", [(0, 0), (0, 10), (0, 20), (9000, 0), (5000, 0)], sector="1", employment=5.0)
    centres = points("centre", [(0.0, 6000.0)], kind=["training"])
    sites = points("centre", [(0.0, 0.0), (9000.0, 0.0), (5000.0, 0.0)])
    rules = OneMoreRules(budget=1.0, number=2)
    found = held(one_more_centre(centres, sites, firms, rules=rules))
    after = shown("one_more_centre", found, "firms").outputs
    assert after["chosen"]["newly"].isna().tolist() == [False, False, True]
    assert after["chosen"]["reached_share"].isna().tolist() == [False, False, True]
    assert after["gains"].set_index("candidate")["newly"].isna().to_dict() == {
        "c0": False,
        "c1": True,
        "c2": True,
    }


STUDY = """
[study]
title = "Few"
lang = "es"

[layers.register]
kind = "firms"
path = "firms.gpkg"

[layers.offices]
kind = "centres"
path = "centres.gpkg"

[steps.disks]
tool = "service_areas"
centres = "offices"
firms = "register"
distances = "1000; 3000"
"""


OFF = """
[disclosure]
off = "Nobody is told of here."
"""


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A study of four establishments, three of them near; and where its file and results are."""
    tmp_path = tmp_path_factory.mktemp("few")
    firms = points("firm", [(0, 0), (10, 0), (20, 0), (2000, 0)], sector="1", employment=4711.0)
    write_layers({str(tmp_path / "firms.gpkg"): firms})
    write_layers({str(tmp_path / "centres.gpkg"): points("centre", [(0.0, 0.0)])})
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "off.toml").write_text(STUDY + OFF, encoding="utf-8")
    return tmp_path


def test_where_control_is_off_nothing_is_withheld(few):
    made = run_study(few / "off.toml", few / "off")
    project = gpd.read_file(made["project"].with_suffix(".gpkg"), layer="disks_areas").sort_values("up_to")
    assert project["establishments"].tolist() == [3, 4]
    assert WITHHELD not in project
    assert pd.read_csv(few / "off" / "log" / "disclosure.csv").empty
    text = (made["report"].parent / "report.html").read_text(encoding="utf-8")
    assert "reservado: menos de" not in text
    assert "14.133" in text


def test_the_log_counts_the_rows_that_are_withheld(few):
    made = run_study(few / "study.toml", few / "logged")
    log = pd.read_csv(few / "logged" / "log" / "disclosure.csv").set_index(["step", "output"])
    project = gpd.read_file(made["project"].with_suffix(".gpkg"), layer="disks_areas")
    assert log.loc[("disks", "areas"), "rows"] == project[WITHHELD].notna().sum() == 1
    assert log.loc[("disks", "areas"), "reason"] == FEW


def test_a_study_withholds_in_what_is_published_and_keeps_its_tables(few):
    made = run_study(few / "study.toml", few / "made")
    table = pd.read_csv(made["tables"] / "disks_contents.csv")
    assert table["sum"].notna().all()
    assert sorted(gpd.read_file(made["layers"], layer="disks_areas")["establishments"]) == [3, 4]
    project = gpd.read_file(made["project"].with_suffix(".gpkg"), layer="disks_areas").sort_values("up_to")
    assert project["establishments"].isna().tolist() == [True, False]
    assert project[WITHHELD].fillna("").tolist() == [
        "reservado: revelaría datos de pocos establecimientos",
        "",
    ]
    for file, words in (
        ("report.html", "reservado: menos de 3"),
        ("report.en.html", "withheld: fewer than 3"),
    ):
        text = (made["report"].parent / file).read_text(encoding="utf-8")
        assert words in text
        assert "14.133" not in text
        assert "14,133" not in text
