"""Boundary history from files to files, on the command line and in a study."""

import json

import geopandas as gpd
import pandas as pd
import pytest

from geoterritorio.delimitation import as_of, harmonised_panel
from geoterritorio.delimitation.tools import transfer
from geoterritorio.errors import LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import as_figures, read_grid
from geoterritorio.layers.schema import POPULATION_GRID


def run(*words):
    return main([str(w) for w in words])


def test_checks_lineage_and_a_day(samples, tmp_path):
    layer = samples / "valencia/municipalities.gpkg"
    places = tmp_path / "places.gpkg"
    assert run("history-checks", "--history", layer, "--output", tmp_path / "r.csv", "--places", places) == 0
    report = pd.read_csv(tmp_path / "r.csv")
    assert report["count"].sum() == 0
    assert len(report) == 8
    assert gpd.read_file(places).empty
    words = ("--output", tmp_path / "e.csv", "--links", tmp_path / "l.csv")
    assert run("lineage", "--territories", layer, *words) == 0
    assert pd.read_csv(tmp_path / "e.csv")["kind"].tolist() == ["secession"] * 3
    assert run("as-of", "--territories", layer, "--day", "1985", "--output", tmp_path / "then.gpkg") == 0
    assert len(gpd.read_file(tmp_path / "then.gpkg")) == 533


def test_checks_read_what_other_tools_refuse(samples, tmp_path, capsys):
    layer = gpd.read_file(samples / "valencia/municipalities.gpkg")
    layer.loc[layer["valid_to"] == "1986-07-30", "valid_to"] = "1990-01-01"
    layer.to_file(tmp_path / "bad.gpkg")
    assert run("lineage", "--territories", tmp_path / "bad.gpkg", "--output", tmp_path / "l.csv") == 1
    assert "still in force when the next one begins" in capsys.readouterr().err
    words = ("--output", tmp_path / "r.csv", "--places", tmp_path / "p.gpkg", "--times", tmp_path / "t.csv")
    assert run("history-checks", "--history", tmp_path / "bad.gpkg", *words) == 0
    found = pd.read_csv(tmp_path / "r.csv").set_index("fault")["count"]
    # Orihuela's old outline still holds Pilar de la Horadada, and its own new one.
    assert found[found > 0].to_dict() == {"time_overlap": 1, "space_overlap": 1}
    assert pd.read_csv(tmp_path / "t.csv")["days"].tolist() == [1251]
    assert gpd.read_file(tmp_path / "p.gpkg")["area_km2"].tolist() == pytest.approx([74.3058], abs=1e-3)


def test_events_on_the_command_line(samples, tmp_path, capsys):
    told = pd.read_csv(samples / "valencia/secessions.csv", dtype=str)
    told["after"] = told["from"] + ";" + told["new"]
    told.assign(kind="segregación").to_csv(tmp_path / "events.csv", index=False)
    today = samples / "valencia/municipalities_today.gpkg"
    words = (
        "apply-events",
        "--territories",
        today,
        "--events",
        tmp_path / "events.csv",
        "--events-before",
        "from",
    )
    out = ("--output", tmp_path / "v.gpkg")
    assert run(*words, *out, "--direction", "backward") == 0
    assert len(gpd.read_file(tmp_path / "v.gpkg")) == 539
    capsys.readouterr()
    assert run(*words, "--output", tmp_path / "no.gpkg", "--lang", "es") == 1
    assert "ya están en el mapa: «03902»" in capsys.readouterr().err
    assert not (tmp_path / "no.gpkg").exists()


def test_crosswalk_and_transfer_with_a_raster(samples, tmp_path):
    layer = samples / "comarca/municipalities.gpkg"
    people = samples / "comarca/population_1km.tif"
    sides = ("--source", f"{layer}?on=2001", "--target", f"{layer}?on=2025")
    out = ("--output", tmp_path / "p.csv", "--sources", tmp_path / "s.csv")
    assert run("crosswalk", *sides, "--grid", people, *out) == 0
    pairs = pd.read_csv(tmp_path / "p.csv", dtype={"source": str, "target": str})
    assert pairs.groupby("source")["share"].sum().to_numpy() == pytest.approx(1)
    assert set(pairs["basis"]) == {"raster"}
    figures = pd.read_csv(samples / "comarca/residents_jobs.csv", dtype=str)
    figures[figures["period"] == "2001"].to_csv(tmp_path / "f.csv", index=False)
    given = ("--figures", tmp_path / "f.csv", "--figures-value", "jobs")
    out = ("--output", tmp_path / "v.csv", "--areas", tmp_path / "a.gpkg", "--totals", tmp_path / "t.csv")
    assert run("transfer", *given, *sides, "--grid", people, *out) == 0
    areas = gpd.read_file(tmp_path / "a.gpkg").set_index("territory")
    jobs = figures.loc[figures["period"] == "2001"].set_index("territory")["jobs"].astype(float)
    assert areas["value"].sum() == pytest.approx(jobs.sum())
    share = pairs.set_index(["source", "target"])["share"][("INV0052", "INV0049")]
    assert areas.loc["INV0049", "value"] == pytest.approx(jobs["INV0049"] + share * jobs["INV0052"])
    assert areas.loc["INV0049", ["low", "high"]].tolist() == [
        jobs["INV0049"],
        jobs["INV0049"] + jobs["INV0052"],
    ]
    assert pd.read_csv(tmp_path / "t.csv")["difference"].abs().max() < 1e-6


def test_two_kinds_of_weights_are_refused(comarca, samples):
    areas = as_of(comarca, "2025")
    grid = read_grid(samples / "comarca/population_1km.tif", POPULATION_GRID)
    figures = as_figures(pd.DataFrame({"territory": areas["territory"], "value": 1.0}))
    points = areas.set_geometry(areas.representative_point()).assign(population=1.0)
    with pytest.raises(LayerError, match="not both"):
        transfer(figures, areas, areas, weights=points, grid=grid)
    told = transfer(figures.assign(period="2001"), areas, areas, quantity="intensive")
    assert told.areas["value"].tolist() == pytest.approx([1.0] * 150)
    assert told.totals[["source", "difference"]].isna().all(axis=None)


def test_panel_in_a_study_is_that_of_python(comarca, samples, tmp_path):
    (tmp_path / "study.toml").write_text(
        f'[layers.versions]\nkind = "territories"\npath = "{samples}/comarca/municipalities.gpkg"\n\n'
        f'[layers.jobs]\nkind = "figures"\npath = "{samples}/comarca/residents_jobs.csv"\n'
        'columns = { value = "jobs" }\n\n'
        f'[layers.people]\nkind = "population_grid"\npath = "{samples}/comarca/population_1km.tif"\n\n'
        '[steps.panel]\ntool = "harmonised_panel"\nterritories = "versions"\nfigures = "jobs"\ngrid = "people"\n'
        'day = "2025-01-01"\n'
    )
    assert run("study", tmp_path / "study.toml", "--output", tmp_path / "out") == 0
    found = pd.read_csv(tmp_path / "out/tables/panel_values.csv", dtype={"period": str})
    rows = pd.read_csv(samples / "comarca/residents_jobs.csv", dtype={"period": str}).rename(
        columns={"jobs": "value"}
    )
    grid = read_grid(samples / "comarca/population_1km.tif", POPULATION_GRID)
    mine = harmonised_panel(comarca, rows, grid, day="2025-01-01").panel
    both = found.merge(mine, on=["territory", "period"], suffixes=("", "_mine"))
    assert len(both) == len(mine) == 450
    assert both["value"].to_numpy() == pytest.approx(both["value_mine"].to_numpy())
    account = json.loads((tmp_path / "out/provenance.json").read_text(encoding="utf-8"))
    assert account["steps"][0]["settings"]["day"] == "2025-01-01"
