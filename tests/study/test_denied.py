"""Outputs that nothing guards are not published, and figures of others' cells are told of whole sectors alone."""

import json
import re
import sqlite3
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely
from attacked import OFF, SECTORS, TOWNS, register, sizes, squares, told
from scipy.ndimage import maximum_filter
from scipy.spatial import KDTree

from geoterritorio.errors import GeoterritorioWarning
from geoterritorio.layers.store import write_layers
from geoterritorio.publication.disclosure.rules import DisclosureRules
from geoterritorio.registry import descriptions
from geoterritorio.study import guarded
from geoterritorio.study.config import Step
from geoterritorio.study.disclosing import UNGUARDED, _carried, disclosed
from geoterritorio.study.guarded import GUARDED, INTERNAL, WAYS, confidential_tools, way_of
from geoterritorio.study.guarding import Guard
from geoterritorio.study.handed_on import hand_on
from geoterritorio.study.kept import kept
from geoterritorio.study.pipeline import run_study
from geoterritorio.study.results import StepResult

SEED = 11
STUDY = """
[study]
title = "Attacked"

[layers.towns]
kind = "territories"
path = "towns.gpkg"

[layers.squares]
kind = "territories"
path = "squares.gpkg"

[layers.firms]
kind = "firms"
path = "firms.gpkg"

[steps.quotients]
tool = "location_quotient"
territories = "towns"
firms = "firms"

[steps.table]
tool = "tabulate"
territories = "towns"
firms = "firms"

[steps.focal]
tool = "focal_location_quotient"
territories = "towns"
firms = "firms"
bandwidth = 6000
kernel = "uniform"

[steps.standard]
tool = "standardised_location_quotient"
territories = "towns"
firms = "firms"
transform = "none"

[steps.moran]
tool = "local_moran"
territories = "towns"
firms = "firms"
sector = "13"
measure = "employment"
simulations = 99

[steps.inside]
tool = "sums_within"
areas = "squares"
firms = "firms"

[steps.density]
tool = "density_surface"
firms = "firms"
territories = "towns"
sector = "16"
bandwidth = "200"
cell = 200

[steps.clumps]
tool = "clumps"
firms = "firms"
least = 5
distance = "500"

[steps.checks]
tool = "register_quality"
firms = "firms"

[steps.pairs]
tool = "pairwise_coagglomeration"
territories = "towns"
firms = "firms"

[profiles]
write = false

[report]
csv = true
"""
CLOSED = ("inside", "clumps", "density")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("denied")
    write_layers(
        {
            str(found / "towns.gpkg"): squares(5000, 2, 4, 3, "M"),
            str(found / "squares.gpkg"): squares(1000, 3, 20, 15, "r"),
            str(found / "firms.gpkg"): register(SEED).drop(columns="town"),
        }
    )
    return found


def run(folder, name, words=""):
    (folder / f"{name}.toml").write_text(STUDY + words, encoding="utf-8")
    with warnings.catch_warnings():
        # Twelve towns are few for most tools: no matter here.
        warnings.simplefilter("ignore", GeoterritorioWarning)
        return run_study(folder / f"{name}.toml", folder / name)["report"].parent


@pytest.fixture(scope="module")
def bare(folder):
    return run(folder, "bare", OFF)


@pytest.fixture(scope="module")
def safe(folder):
    return run(folder, "safe")


@pytest.fixture(scope="module")
def cells():
    """True jobs by town and sector, and which cells have one or two establishments."""
    rows = register(SEED)
    jobs = rows.pivot_table(index="town", columns="sector", values="employment", aggfunc="sum", fill_value=0)
    number = rows.pivot_table(index="town", columns="sector", values="firm", aggfunc="count", fill_value=0)
    return jobs, (number > 0) & (number < DisclosureRules.minimum)


def near(reach):
    """Which towns lie around each, themselves not: sharing a side, or a corner too."""
    x, y = np.arange(12) % 4, np.arange(12) // 4
    across, down = (np.abs(a[:, None] - a[None, :]) for a in (x, y))
    found = (across + down == 1) if reach == "side" else (np.maximum(across, down) == 1)
    return found.astype(float)


def solved(matrix, sums):
    """Unknowns that linear equations fix, others empty."""
    inverse = np.linalg.pinv(matrix)
    free = np.abs(np.eye(matrix.shape[1]) - inverse @ matrix).max(axis=1) > 1e-9
    return np.where(free, np.nan, inverse @ sums)


def focal_cells(folder, cells):
    """Cells of one or two that sums of neighbours give back, the cells themselves being hidden by hand."""
    jobs, few = cells
    rows = told(folder, "focal_quotients").pivot_table(
        index="territory", columns="sector", values="focal_lq", dropna=False
    )
    rows = rows.reindex(index=TOWNS, columns=SECTORS)
    around, totals = near("side") + np.eye(12), jobs.sum(axis=1).to_numpy()
    found = 0
    for sector in SECTORS:
        lost = few[sector].to_numpy()
        known = rows[sector].notna().to_numpy()
        if not lost.any() or not known.any():
            continue
        share = jobs[sector].sum() / totals.sum()
        sums = rows[sector].to_numpy() * share * (around @ totals)
        rest = sums - around[:, ~lost] @ jobs[sector].to_numpy()[~lost]
        back = solved(around[known][:, lost], rest[known])
        found += int(np.isclose(back, jobs[sector].to_numpy()[lost], rtol=1e-3).sum())
    return found


def test_sums_of_neighbours_give_cells_back(bare, safe, cells):
    assert focal_cells(bare, cells) >= 14
    assert focal_cells(safe, cells) == 0


def moran_cells(folder, cells):
    rows = told(folder, "moran_output").set_index("territory").reindex(TOWNS)
    lost, around = cells[1]["13"].to_numpy(), near("corner")
    known = ~lost & rows[["value", "lag"]].notna().all(axis=1).to_numpy()
    if not known.any():
        return 0
    sums = (rows["lag"] * around.sum(axis=1)).to_numpy()
    rest = sums - around[:, ~lost] @ rows["value"].to_numpy()[~lost]
    back = solved(around[known][:, lost], rest[known])
    whole = told(folder, "moran_output").set_index("territory").loc[TOWNS, "value"].to_numpy()[lost]
    return int(np.isclose(back, whole, atol=1e-6).sum())


def test_lags_give_values_back(bare, safe, cells):
    assert cells[1]["13"].sum() >= 1
    assert moran_cells(bare, cells) >= 1
    assert moran_cells(safe, cells) == 0
    rows = told(safe, "moran_output")
    assert rows[[c for c in ("value", "lag", "statistic", "z", "p") if c in rows]].isna().all(axis=None)


def test_moments_of_all_territories_are_no_way_round(bare, safe, cells):
    """Two standardised quotients of a sector tell mean and spread of all its quotients, withheld ones too."""
    few = cells[1]
    assert told(bare, "standard_output")["z"].notna().all()
    rows = told(safe, "standard_output")
    lost = rows["sector"].map(few.any())
    assert rows.loc[lost, ["lq", "z"]].isna().all(axis=None)


def test_pairs_of_sectors_are_told_of_whole_sectors(bare, safe, cells):
    few = cells[1].any()
    assert told(bare, "pairs_output")["gamma"].notna().any()
    rows = told(safe, "pairs_output")
    rows["other"] = rows["other"].astype(str)
    lost = rows["sector"].map(few) | rows["other"].map(few)
    assert lost.any()
    assert rows.loc[lost, "gamma"].isna().all()


def read_off(folder):
    """Of cells with three or four establishments, how many sets of sizes the sum of squares leaves."""
    rows = told(folder, "table_output")
    rows = rows[rows["establishments"].isin([3, 4]) & rows["squares"].notna()]
    return [
        len(sizes(*map(int, row)))
        for row in rows[["establishments", "employment", "squares"]].to_numpy().tolist()
    ]


def test_sums_of_squares_tell_the_size_of_each(bare, safe):
    found = read_off(bare)
    assert len(found) > 5
    assert np.mean(np.array(found) == 1) > 0.4
    assert read_off(safe) == []
    rows = told(safe, "table_output")
    assert rows.loc[rows["establishments"].lt(10), "squares"].isna().all()
    assert rows["squares"].notna().any()


def tables_of_project(folder):
    with sqlite3.connect(folder / "project.gpkg") as store:
        return {row[0] for row in store.execute("select table_name from gpkg_contents")}


def test_squares_with_one_establishment_are_published_nowhere(bare, safe):
    inside = told(bare, "inside_sums")
    assert (inside["establishments"] == 1).sum() > 50
    assert not list((safe / "public_tables").glob("inside*"))
    assert {"inside_sums", "clumps_areas"} <= tables_of_project(bare)
    assert not any(name.startswith(CLOSED) for name in tables_of_project(safe))
    # Inside, everything is there.
    assert (safe / "tables" / "inside_contents.csv").is_file()


def test_rasters_and_pictures_of_density_are_internal(bare, safe):
    closed = json.loads((safe / "provenance.json").read_text(encoding="utf-8"))["confidentiality"]
    assert "rasters/density_surface.tif" in closed["internal"]
    free = json.loads((bare / "provenance.json").read_text(encoding="utf-8"))["confidentiality"]
    assert "rasters/density_surface.tif" not in free["internal"]
    assert [p for p in (bare / "plots").iterdir() if p.name.startswith(CLOSED)]
    plots = safe / "plots"
    assert not plots.exists() or not [p for p in plots.iterdir() if p.name.startswith(CLOSED)]
    assert "density_surface.tif" in (bare / "report.html").read_text(encoding="utf-8")
    assert "The raster: rasters" not in (safe / "report.html").read_text(encoding="utf-8")


def test_who_reads_is_told_what_is_not_published(safe):
    for name, words in (("report.html", "not published"), ("report.es.html", "no se publica")):
        text = re.sub(r"\s+", " ", (safe / name).read_text(encoding="utf-8"))
        assert text.count(f"{words}, ") >= len(CLOSED)
    log = pd.read_csv(safe / "log" / "disclosure.csv")
    assert set(log.loc[log["reason"].eq(UNGUARDED), "step"]) == set(CLOSED)
    for step in CLOSED:
        assert "not published: " in (safe / "log" / f"{step}.log").read_text(encoding="utf-8")


def test_faults_of_few_establishments_are_not_counted(safe):
    rows = told(safe, "checks_summary")
    assert not rows["count"].between(1, DisclosureRules.minimum - 1).any()


# Where establishments are ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["bare", "safe"])
def others(request, tmp_path_factory):
    """What others have of a study that withholds nothing, and of one that does; and whether it does."""
    made = request.getfixturevalue(request.param)
    copies = tmp_path_factory.mktemp("others") / request.param
    hand_on(made, copies)
    return copies, request.param == "safe"


def near_establishments(found, metres, sector=None):
    """Establishments that lie as near to one of the places found."""
    rows = register(SEED)
    rows = rows if sector is None else rows[rows["sector"].eq(sector)]
    if not len(found):
        return 0, len(rows)
    distance = KDTree(found).query(shapely.get_coordinates(rows.geometry))[0]
    return int((distance <= metres).sum()), len(rows)


def peaks(folder):
    """Middles of cells that are above all around them, in every raster of a folder."""
    places = []
    for file in folder.rglob("*.tif"):
        with rasterio.open(file) as raster:
            values = np.nan_to_num(raster.read(1).astype(float))
            row, column = np.nonzero((values == maximum_filter(values, 3)) & (values > 0))
            places.append(np.column_stack(raster.xy(row, column)))
    return np.concatenate(places) if places else np.empty((0, 2))


def test_establishments_lie_under_the_peaks_of_densities(others):
    folder, safe = others
    found, number = near_establishments(peaks(folder), 200 / np.sqrt(2), sector="16")
    assert number > 10
    assert found == 0 if safe else found > 0.8 * number
    assert safe != bool([*folder.rglob("density*")])


def middles(folder):
    """Middles of the arcs of all outlines in the layers of a folder: three points of a circle give its middle."""
    places = []
    for file in folder.rglob("*.gpkg"):
        for layer, kind in pyogrio.list_layers(file):
            if kind is None or "Polygon" not in kind:
                continue
            for shape in pyogrio.read_dataframe(file, layer=layer).explode().geometry:
                ring = np.array(shape.exterior.coords)[:-1]
                a, b, c = (np.roll(ring, -k, axis=0) for k in range(3))
                across = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
                bent = np.abs(across) > 1e-3
                u, v = (b - a)[bent], (c - a)[bent]
                squares_of = [(x**2).sum(axis=1) for x in (u, v)]
                x = (v[:, 1] * squares_of[0] - u[:, 1] * squares_of[1]) / (2 * across[bent])
                y = (u[:, 0] * squares_of[1] - v[:, 0] * squares_of[0]) / (2 * across[bent])
                places.append(a[bent] + np.column_stack([x, y]))
    return np.concatenate(places) if places else np.empty((0, 2))


def test_establishments_lie_in_the_middle_of_arcs(others):
    folder, safe = others
    found, _ = near_establishments(middles(folder), 1.0)
    assert found == 0 if safe else found >= 3


# The list itself --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", confidential_tools())
def test_every_output_that_rests_on_establishments_says_how_it_is_made_safe(tool):
    outputs = {o["name"] for o in descriptions()[tool]["outputs"]}
    assert outputs == set(GUARDED.get(tool, {}))


def test_the_list_names_tools_outputs_and_ways_that_there_are():
    assert len(confidential_tools()) > 50
    for tool, outputs in GUARDED.items():
        assert set(outputs) <= {o["name"] for o in descriptions()[tool]["outputs"]}
        assert set(outputs.values()) <= set(WAYS)
    assert way_of("location_quotient", "invented") == INTERNAL
    assert way_of("invented", "output") == INTERNAL


def test_an_output_on_no_list_is_not_published(safe, monkeypatch):
    """A tool that is made tomorrow."""
    monkeypatch.setattr(guarded, "GUARDED", {k: v for k, v in GUARDED.items() if k != "tabulate"})
    study = kept(safe)
    made = disclosed(study.plan, study.layers, study.results)
    result = next(r for r in made.results if r.step.name == "table")
    assert not result.outputs
    assert result.unpublished == {"output"}
    assert "tabulate, location_quotient" in str(result.notices[-1])


def test_rows_of_no_division_of_the_system_are_not_published(safe):
    """Cells of territories that no step counts in."""
    study = kept(safe)
    strange = [
        replace(r, outputs={"output": r.outputs["output"].assign(territory="elsewhere")})
        if r.step.name == "table"
        else r
        for r in study.results
    ]
    made = disclosed(study.plan, study.layers, strange)
    assert not next(r for r in made.results if r.step.name == "table").outputs


# Single ways ------------------------------------------------------------------------------------------------------


def guard(**changes):
    sizes = pd.Series({"10": 40.0, "13": 9.0})
    return Guard(
        "towns", [], **{"complete": True, "equations": {}, "sizes": [sizes], "minimum": 3, **changes}
    )


def test_distances_between_few_are_not_told():
    rows = pd.DataFrame(
        {"sector": ["10", "13", "10", None, "99"], "neighbours": [None, None, "13", None, None]}
    )
    lost = guard().masks(rows, guarded.MANY)[0]
    assert lost.tolist() == [False, True, True, False, True]
    # Where nobody knows how many there are, nothing is told.
    assert guard(sizes=[]).masks(rows, guarded.MANY)[0].all()


def test_what_rests_on_counts_that_nobody_can_judge_is_not_published():
    rows = pd.DataFrame({"territory": ["M00"], "sector": ["10"], "employment": [5.0]})
    for way in (guarded.CELLS, guarded.LINES, guarded.PAIRS, guarded.ROWS, guarded.WHOLE):
        assert guard(complete=False).masks(rows, way) is None


def invented(tool, outputs):
    return StepResult(Step("step", tool, {"firms": "firms"}, {}, {"en": "Step", "es": "Paso"}), outputs, {})


def test_lines_from_the_middle_of_few_are_left_out():
    shares = pd.DataFrame(
        {
            "who": ["establishments"] * 3 + ["residents"],
            "territory": ["A", "B", "C", "A"],
            "number": [10, 9, np.nan, 4],
        }
    )
    lines = shares[["who", "territory"]].assign(cost=1.0)
    told, log = _carried(invented("reach", {"territory_shares": shares, "lines": lines}), guard())
    left = told.outputs["lines"]
    assert left.to_numpy().tolist() == [["establishments", "A", 1.0], ["residents", "A", 1.0]]
    assert log == [("step", "lines", 2, "confidential")]


def test_firms_that_mediate_are_told_only_where_the_study_shows_them():
    roles = pd.DataFrame({"actor": ["f1", "u1"], "actor_type": ["firm", "institution"], "ways": [4, 5]})
    told, _ = _carried(invented("brokerage", {"roles": roles}), guard())
    assert told.outputs["roles"]["actor"].tolist() == ["u1"]
    shown, log = _carried(invented("brokerage", {"roles": roles}), guard(shown=frozenset(["step.roles"])))
    assert len(shown.outputs["roles"]) == 2
    assert not log


def test_shift_share_without_a_spatial_part_has_none_to_withhold():
    """Only the spatial method tells of neighbours; the classic one has no such column."""
    guard = Guard("towns", [], complete=True, equations={}, sizes=[], minimum=3)
    object.__setattr__(guard, "_anything", lambda: True)
    rows = pd.DataFrame({"territory": ["a"], "sector": ["10"], "regional": [2.0]})
    told, lost = guard.columns(rows, ("shift_share", "components"))
    assert told["regional"].tolist() == [2.0]
    assert not lost.any()
