"""The real samples: their files, their origin, and the published quotients as witness."""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geoterritorio import patterns
from geoterritorio.layers import read_firms
from geoterritorio.patterns import tools as pattern_tools

ROOT = Path(__file__).resolve().parents[2] / "sample_data"
US, HELSINKI = ROOT / "us_states", ROOT / "helsinki"
SAMPLES = (US, HELSINKI)
COUNTS = [
    "area_code",
    "occ_code",
    "occupation",
    "employment",
    "relative_error",
    "status",
    "published_lq",
    "note",
]
COLUMNS = {
    "us_states/states.gpkg": ["area_code", "name"],
    "us_states/metros.gpkg": ["area_code", "name", "city", "state", "geonames_id"],
    "us_states/employment_states.csv": COUNTS,
    "us_states/employment_metros.csv": COUNTS,
    "us_states/employment_states_detailed.csv.gz": COUNTS,
    "us_states/nation.csv": ["occ_code", "occupation", "employment", "relative_error"],
    "us_states/nation_detailed.csv": ["occ_code", "occupation", "employment", "relative_error"],
    "us_states/published_lq.csv": [
        "areas",
        "level",
        "employment",
        "cells",
        "within_001",
        "within_rounding",
        "largest_difference",
    ],
    "helsinki/establishments.gpkg": ["osm_id", "name", "kind", "group", "group_name", "group_name_es"],
    "helsinki/groceries.gpkg": ["osm_id", "name", "kind", "group"],
    "helsinki/streets.gpkg": [
        "edge",
        "osm_id",
        "name",
        "highway",
        "oneway",
        "maxspeed",
        "length_m",
        "foot",
        "access",
    ],
    "helsinki/grid.gpkg": ["cell", "name", "covered_share"],
}
TOTAL = "000000"
FACTS = {  # coverage of OEWS as BLS describes it
    "major groups": 22,
    "states and territories": 54,
    "metropolitan areas": 393,
}


def table(name, folder=US):
    text = {"area_code": "str", "occ_code": "str", "note": "str"}
    return pd.read_csv(folder / name, dtype=text)


def sources(folder):
    return json.loads((folder / "SOURCES.json").read_text(encoding="utf-8"))


def recomputed(counts, nation):
    """Quotients and what is needed to compare them with the published ones, known cells but the total."""
    total = counts[counts.occ_code == TOTAL].set_index("area_code").employment
    cells = counts[(counts.status == "known") & (counts.occ_code != TOTAL)]
    whole = nation.set_index("occ_code").employment
    parts = pd.DataFrame(
        {
            "cell": cells.employment,
            "area": cells.area_code.map(total),
            "sector": cells.occ_code.map(whole),
            "published": cells.published_lq,
        }
    ).assign(whole=float(whole[TOTAL]))
    return parts.assign(lq=parts.cell / parts.area / (parts.sector / parts.whole))


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_files_are_those_of_the_recorded_build(folder):
    files = sources(folder)["files"]
    shipped = {p.name for p in folder.iterdir()} - {"SOURCES.json", "study.toml"}
    assert shipped == set(files)
    found = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    assert found == {name: entry["sha256"] for name, entry in files.items()}


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_every_package_is_pinned_and_names_provider_and_licence(folder):
    packages = sources(folder)["packages"]
    assert packages
    for package in packages:
        assert len(package["sha256"]) == 64
        assert package["version"] in package["file"]
        assert all(package[key] for key in ("provider", "licence", "used_for"))


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_study_repeats_every_attribution(folder):
    wanted = {p["attribution"] for p in sources(folder)["packages"]} - {""}
    study = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    assert {source["en"] for source in study["study"]["sources"]} == wanted
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(line in " ".join(readme.split()) for line in wanted)


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda folder: folder.name)
def test_study_names_files_columns_and_layers_that_exist(folder):
    study = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    for layer in study["layers"].values():
        assert set(layer.get("columns", {}).values()) <= set(COLUMNS[f"{folder.name}/{layer['path']}"])
    for step in study["steps"].values():
        named = {step[role] for role in ("territories", "counts", "firms", "reference") if role in step}
        # An output of a step is named after the step.
        assert {name.partition(".")[0] for name in named} <= set(study["layers"]) | set(study["steps"])


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_rows_and_crs_are_as_documented(name):
    folder, file = name.split("/")
    path = ROOT / name
    entry = sources(ROOT / folder)["files"][file]
    if path.suffix == ".gpkg":
        frame = gpd.read_file(path)
        assert [c for c in frame.columns if c != "geometry"] == COLUMNS[name]
        assert pyogrio.list_layers(path)[:, 0].tolist() == [path.stem]
        assert frame.crs.to_epsg() == (4326 if folder == "us_states" else 3067)
        assert frame.is_valid.all()
        assert not frame.is_empty.any()
    else:
        frame = pd.read_csv(path, dtype="str")
        assert list(frame.columns) == COLUMNS[name]
    assert len(frame) == entry["rows"] > 0


def test_every_file_and_column_stands_in_both_readmes():
    for readme in ("README.md", "README.es.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        missing = [name for name in COLUMNS if f"`{name.split('/')[1]}`" not in text]
        missing += [column for columns in COLUMNS.values() for column in columns if f"`{column}`" not in text]
        assert missing == []


def test_samples_are_small():
    size = sum(p.stat().st_size for folder in SAMPLES for p in folder.iterdir())
    assert size <= 6_000_000
    assert sum(p.stat().st_size for p in HELSINKI.iterdir()) <= 2_500_000


@pytest.mark.parametrize(
    ("counts", "areas", "expected"),
    [
        ("employment_states.csv", "states.gpkg", FACTS["states and territories"]),
        ("employment_metros.csv", "metros.gpkg", FACTS["metropolitan areas"]),
    ],
)
def test_every_area_and_major_group_has_one_row_and_a_geometry(counts, areas, expected):
    rows = table(counts)
    places = gpd.read_file(US / areas)
    unplaced = set(sources(US)["notes"]["metros_without_point"])
    assert rows.area_code.nunique() == expected
    assert rows.occ_code.nunique() == FACTS["major groups"] + 1
    assert len(rows) == expected * (FACTS["major groups"] + 1)
    assert not rows.duplicated(["area_code", "occ_code"]).any()
    assert places.area_code.is_unique
    assert set(places.area_code) | unplaced >= set(rows.area_code)
    assert set(places.area_code) <= set(rows.area_code)


@pytest.mark.parametrize(
    "name", ["employment_states.csv", "employment_metros.csv", "employment_states_detailed.csv.gz"]
)
def test_withheld_is_missing_and_never_zero(name):
    rows = table(name)
    assert set(rows.status) == {"known", "withheld"}
    withheld = rows.status == "withheld"
    numbers = rows[["employment", "relative_error", "published_lq"]]
    assert numbers[withheld].isna().all(axis=None)
    assert numbers[~withheld].notna().all(axis=None)
    assert (rows.employment[~withheld] > 0).all()
    assert set(rows.note[withheld]) <= {"not released", "absent"}
    assert rows.note[~withheld].isna().all()
    assert (rows.occ_code[withheld] != TOTAL).all()


def test_codes_keep_their_leading_zeros():
    states, metros = table("employment_states.csv"), table("employment_metros.csv")
    for rows in (states, metros):
        assert rows.area_code.str.fullmatch(r"\d{7}").all()
        assert rows.occ_code.str.fullmatch(r"\d{6}").all()
    assert "0100000" in set(states.area_code)
    assert metros.area_code.str.startswith("00").all()


def test_nation_is_the_fifty_states_and_the_district_without_the_territories():
    rows = table("employment_states.csv")
    totals = rows[rows.occ_code == TOTAL].set_index("area_code").employment
    nation = table("nation.csv").set_index("occ_code").employment
    territories = ["6600000", "7200000", "7800000"]
    # Each of 51 published totals is rounded to 10, the nation's too.
    assert totals.drop(territories).sum() == pytest.approx(nation[TOTAL], abs=52 * 5)
    assert nation.drop(TOTAL).sum() == pytest.approx(nation[TOTAL], abs=23 * 5)


@pytest.mark.parametrize(
    ("counts", "nation", "cells", "share"),
    [
        ("employment_states.csv", "nation.csv", 1_162, 1.0),
        ("employment_metros.csv", "nation.csv", 7_112, 0.9983),
        ("employment_states_detailed.csv.gz", "nation_detailed.csv", 15_337, 0.9900),
    ],
)
def test_recomputed_quotients_agree_with_the_published_ones(counts, nation, cells, share):
    parts = recomputed(table(counts), table(nation))
    large = parts[parts.cell >= 1_000]
    near = (large.lq - large.published).abs() <= 0.01 + 1e-9
    assert len(large) == cells
    assert near.mean() == pytest.approx(share, abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "nation"),
    [
        ("employment_states.csv", "nation.csv"),
        ("employment_metros.csv", "nation.csv"),
        ("employment_states_detailed.csv.gz", "nation_detailed.csv"),
    ],
)
def test_rounding_explains_every_difference_from_the_published_quotients(counts, nation):
    parts = recomputed(table(counts), table(nation))
    names = ["cell", "area", "sector", "whole"]
    less, more = parts[names] - 5, parts[names] + 5
    low = less.cell / more.area / (more.sector / less.whole)
    high = more.cell / less.area / (less.sector / more.whole)
    assert parts.published.between(low - 0.005 - 1e-9, high + 0.005 + 1e-9).all()


def test_stated_agreement_is_what_the_shipped_counts_give():
    stated = table("published_lq.csv").set_index(["areas", "level", "employment"])
    for areas, counts in (("states", "employment_states.csv"), ("metros", "employment_metros.csv")):
        parts = recomputed(table(counts), table("nation.csv"))
        large = parts[parts.cell >= 1_000]
        difference = (large.lq - large.published).abs()
        row = stated.loc[(areas, "major", "1000 and more")]
        assert row.cells == len(large)
        assert row.within_001 == pytest.approx((difference <= 0.01 + 1e-9).mean(), abs=5e-5)
        assert row.largest_difference == pytest.approx(difference.max(), abs=5e-5)


def test_metropolitan_points_lie_in_the_first_state_of_their_title():
    metros, states = gpd.read_file(US / "metros.gpkg"), gpd.read_file(US / "states.gpkg")
    # The outline is generalised: a city on the shore or on a border river may fall just outside.
    joined = gpd.sjoin_nearest(metros.to_crs(5070), states.to_crs(5070), distance_col="metres")
    inland = joined[~joined.state.isin(["AK", "HI", "PR"])]
    assert (inland.metres < 5_000).all()
    by_state = joined.groupby("state").name_right.agg(lambda names: names.mode()[0])
    assert by_state["TX"] == "Texas"
    assert by_state.is_unique
    assert (joined.name_right == joined.state.map(by_state)).mean() > 0.97


def test_metropolitan_points_bear_the_name_of_the_first_city_of_their_title():
    metros = gpd.read_file(US / "metros.gpkg")
    whole = metros.name.str.rsplit(", ", n=1).str[0]
    heads = [title.startswith(city) for title, city in zip(whole, metros.city, strict=True)]
    assert set(metros.city[~np.array(heads)]) == {
        "Honolulu",
        "Mayagüez",
        "New York City",
        "Port Saint Lucie",
        "Saint Cloud",
        "Saint George",
        "Saint Joseph",
        "Washington, D.C.",
    }
    # A double name is a city of its own: Winston-Salem, not Winston.
    assert metros.set_index("area_code").city["0049180"] == "Winston-Salem"


def test_establishments_are_single_points_in_one_cell_of_the_grid():
    places, grid = gpd.read_file(HELSINKI / "establishments.gpkg"), gpd.read_file(HELSINKI / "grid.gpkg")
    assert places.osm_id.is_unique
    assert places.osm_id.str.fullmatch(r"(node|way|relation)/\d+").all()
    assert set(places.group) == {"shop", "food", "craft", "office"}
    key = places.kind.str.split("=").str[0].replace({"amenity": "food"})
    assert (key == places.group).all()
    assert not places.kind.isin(["shop=mall", "shop=vacant", "office=business_park"]).any()
    assert (gpd.sjoin(places, grid, predicate="within").groupby("osm_id").size() == 1).all()
    assert len(gpd.sjoin(places, grid, predicate="within")) == len(places)


def test_no_two_establishments_of_one_name_and_kind_stand_side_by_side():
    places = gpd.read_file(HELSINKI / "establishments.gpkg").dropna(subset="name")
    first, second = places.sindex.query(places.geometry, predicate="dwithin", distance=25)
    pair = first < second
    same = (places.name.to_numpy()[first] == places.name.to_numpy()[second]) & (
        places.kind.to_numpy()[first] == places.kind.to_numpy()[second]
    )
    assert not (pair & same).any()


def test_grid_is_a_grid():
    grid = gpd.read_file(HELSINKI / "grid.gpkg")
    assert grid.cell.is_unique
    np.testing.assert_allclose(grid.area, 250.0**2)
    np.testing.assert_allclose(grid.bounds % 250, 0)
    assert grid.covered_share.between(0, 1).all()
    assert grid.union_all().area == pytest.approx(grid.area.sum())


def test_streets_meet_at_their_ends_only():
    streets = gpd.read_file(HELSINKI / "streets.gpkg")
    assert streets.edge.is_unique
    assert set(streets.oneway) == {"yes", "no"}
    np.testing.assert_allclose(streets.length_m, streets.length, atol=0.006)
    assert (streets.length > 0).all()
    xy, line = shapely.get_coordinates(streets.geometry.to_numpy(), return_index=True)
    _, where, uses = np.unique(xy, axis=0, return_inverse=True, return_counts=True)
    end = np.r_[True, line[1:] != line[:-1]] | np.r_[line[1:] != line[:-1], True]
    assert (uses[where.ravel()][~end] == 1).all()


def test_groceries_are_establishments_that_their_names_tell_apart():
    every = gpd.read_file(HELSINKI / "establishments.gpkg").set_index("osm_id")
    shops = gpd.read_file(HELSINKI / "groceries.gpkg").set_index("osm_id")
    assert set(shops.index) == set(every.index[every.kind.isin(["shop=supermarket", "shop=convenience"])])
    assert shops.name.is_unique
    assert shops.name.notna().all()
    assert (shops.geometry == every.geometry[shops.index]).all()


def test_a_seed_below_zero_is_wrong_usage(tmp_path):
    command = [sys.executable, str(ROOT / "generate.py"), "--seed", "-1", "--output", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--seed must be 0 or more" in done.stderr
    assert "Traceback" not in done.stderr


def test_offices_of_helsinki_stand_beside_offices():
    firms = read_firms(HELSINKI / "establishments.gpkg", firm="osm_id", sector="group")
    verdicts = pattern_tools.k_density(firms, rules=patterns.PatternRules(simulations=199)).verdicts
    found = verdicts.set_index("sector")["verdict"].to_dict()
    assert found == {"food": "dispersed", "office": "localised", "shop": "localised", "craft": "small"}
    pairs = pattern_tools.colocation_quotient(firms).pairs.set_index(["sector", "neighbours"])
    assert pairs.loc[("office", "office"), "quotient"] > 3
    assert pairs.loc[("office", "office"), "verdict"] == "more than chance gives"
