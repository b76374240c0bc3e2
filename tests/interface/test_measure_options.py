"""Options of the measures of concentration, reached through the command line."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geoterritorio import concentration
from geoterritorio.concentration import ClusterWhole, presence, tabulate
from geoterritorio.interface.cli import main
from geoterritorio.layers import write_layers

CODES = {"territory": str, "sector": str, "period": str}
GROUPS = pd.Series(list("xyxyzz"), index=list("abcdef"))


@pytest.fixture
def folder(tmp_path, territories, firms):
    areas = territories.assign(province=GROUPS.to_numpy())
    write_layers({str(tmp_path / "areas.gpkg"): areas, str(tmp_path / "firms.gpkg"): firms})
    return tmp_path


@pytest.fixture
def table(territories, firms) -> pd.DataFrame:
    return tabulate(firms, territories)


def run(folder, tool, *words, data=("--firms", "firms.gpkg")) -> pd.DataFrame:
    """First output of a tool; words that name files are in the folder."""
    said = ["--territories", "areas.gpkg", *data, *words, "--output", "out.csv", "--overwrite"]
    assert main([tool, *(str(folder / w) if w.count(".") == 1 else w for w in said)]) == 0
    return pd.read_csv(folder / "out.csv", dtype=CODES)


@pytest.fixture
def whole(folder) -> pd.Series:
    """A distribution that has more territories than the layer."""
    jobs = pd.Series([9.0, 1, 2, 3, 4, 5, 20], index=list("abcdefg"))
    rows = jobs.rename("employment").rename_axis("territory").reset_index().assign(sector="people")
    rows.to_csv(folder / "whole.csv", index=False)
    return jobs


@pytest.mark.parametrize("name", ["krugman_concentration", "hoover", "locational_gini", "theil"])
def test_sectors_are_compared_with_a_distribution_given(folder, table, whole, name):
    words = ("--reference", "whole.csv", "--replicates", "0")
    found = run(folder, name.replace("_", "-"), *words)
    np.testing.assert_allclose(found["value"], getattr(concentration, name)(table, reference=whole))
    assert set(found["reference"]) == {"reference"}


def test_nothing_advised_that_cannot_be_done(folder, capsys):
    one = gpd.read_file(folder / "areas.gpkg")[:1]
    write_layers({str(folder / "one.gpkg"): one})
    counts = pd.DataFrame({"territory": "a", "sector": ["15", "25"], "employment": [5, 7]})
    counts.to_csv(folder / "counts.csv", index=False)
    for tool, advised in (("herfindahl", False), ("hoover", True)):
        words = ["--territories", "one.gpkg", "--counts", "counts.csv", "--output", f"{tool}.csv"]
        assert main([tool, *(str(folder / w) if "." in w else w for w in words)]) == 0
        told = capsys.readouterr().err
        assert "only one territory" in told
        assert ("a reference of a larger area" in told) == advised


def test_a_cluster_index_against_a_larger_whole(folder, table, territories, firms):
    sums = pd.DataFrame({"employment": [4e3, 5e3, 6e3], "establishments": [400.0, 500, 600]})
    sums.assign(sector=["15", "25", "47"]).to_csv(folder / "nation.csv", index=False)
    people = pd.DataFrame({"territory": list("abcdef"), "population": [100.0, 200, 300, 400, 500, 600]})
    people.to_csv(folder / "people.csv", index=False)
    words = ["--reference", "nation.csv", "--whole-area", "100", "--whole-population", "9000"]
    found = run(folder, "cluster-index", "--population", "people.csv", *words)
    sums.index = pd.Index(["15", "25", "47"])
    area = found.drop_duplicates("territory").set_index("territory")["area"]
    expected = concentration.cluster_index(
        table,
        tabulate(firms, territories, measure="establishments"),
        area,
        people.set_index("territory")["population"],
        reference=ClusterWhole(sums["employment"], sums["establishments"], 100, 9000),
    )
    values = found.pivot_table(index="territory", columns="sector", values="index")
    np.testing.assert_allclose(values, expected)
    assert set(found["reference"]) == {"reference"}


@pytest.mark.parametrize(
    ("name", "words", "options"),
    [
        ("herfindahl", ["--normalised"], {"normalised": True}),
        ("herfindahl", [], {}),
        ("hoover", [], {}),
        ("locational_gini", ["--definition", "weighted"], {"definition": "weighted"}),
        ("locational_gini", ["--definition", "area"], {"definition": "area"}),
        ("locational_gini", ["--definition", "unweighted"], {"definition": "unweighted"}),
    ],
)
def test_forms_and_territories(folder, table, name, words, options):
    words = [*words, "--replicates", "0", "--areas", "indices.gpkg"]
    found = run(folder, name.replace("_", "-"), *words)
    measure = getattr(concentration, name)
    np.testing.assert_allclose(found["value"], measure(table, **options))
    areas = gpd.read_file(folder / "indices.gpkg").set_index("territory")
    np.testing.assert_allclose(areas["value"], measure(table, of="territories", **options))
    if "definition" in options:
        assert set(found["definition"]) == set(areas["definition"]) == {options["definition"]}


@pytest.mark.parametrize("against", ["activity", "area"])
def test_theil_divides_over_groups(folder, table, against):
    words = ["--against", against, "--groups", "province", "--replicates", "0", "--parts", "parts.csv"]
    found = run(folder, "theil", *words).set_index("sector")
    parts = pd.read_csv(folder / "parts.csv", dtype=CODES)
    even = None if against == "activity" else pd.Series(1.0, index=table.index)
    exact = concentration.theil(table, reference=even, groups=GROUPS)
    between = parts[parts["part"] == "between"].set_index("sector")["value"]
    np.testing.assert_allclose(between, exact.between, rtol=1e-3)
    np.testing.assert_allclose(parts.groupby("sector")["value"].sum(), found["value"])
    assert parts[parts["part"] == "within"]["group"].tolist() == ["x", "y", "z"] * 3


def test_groups_that_are_not_there(folder, capsys):
    words = [
        "--territories",
        "areas.gpkg",
        "--firms",
        "firms.gpkg",
        "--groups",
        "region",
        "--output",
        "x.csv",
    ]
    assert main(["theil", *(str(folder / w) if "." in w else w for w in words)]) == 1
    assert "no column “region”, named as their groups" in capsys.readouterr().err
    assert not (folder / "x.csv").exists()


@pytest.mark.parametrize("method", ["inclusion", "correlation", "association"])
def test_density_by_other_measures(folder, table, method):
    found = run(folder, "relatedness-density", "--method", method)
    matrix = concentration.sector_relatedness(table, method=method)
    expected = concentration.relatedness_density(presence(table), matrix, own=False)
    np.testing.assert_allclose(found["density"], expected.to_numpy().ravel())


@pytest.mark.filterwarnings("ignore:.*groups that share nothing")
def test_complexity_by_reflections(folder, table):
    words = ["--method", "reflections", "--iterations", "6", "--scale", "each", "--sectors", "sectors.csv"]
    found = run(folder, "complexity", *words)
    exact = concentration.complexity(table, method="reflections", iterations=6, scale="each")
    np.testing.assert_allclose(found["eci"], exact.territories["eci"])
    sectors = pd.read_csv(folder / "sectors.csv", dtype=CODES)
    np.testing.assert_allclose(sectors["pci"], exact.sectors["pci"])


def test_shift_share_by_step_and_with_what_is_missing(folder, table):
    years = {"2010": table, "2011": table * 1.1 + 3, "2012": (table * 1.3 + 1).drop(index="f")}
    rows = pd.concat(
        [
            t.rename_axis(index="territory", columns="sector")
            .melt(ignore_index=False, value_name="employment")
            .reset_index()
            .assign(period=year)
            for year, t in years.items()
        ]
    )
    rows.to_csv(folder / "panel.csv", index=False)
    data = ("--counts", "panel.csv")
    found = run(folder, "shift-share", "--missing", "zero", data=data)
    exact = concentration.shift_share(years, missing="zero")
    np.testing.assert_allclose(found["regional"], exact.cells["regional"])
    words = ["--method", "dynamic", "--step", "arcelus", "--end", "2011"]
    found = run(folder, "shift-share", *words, data=data)
    exact = concentration.shift_share(dict(list(years.items())[:2]), method="dynamic", step="arcelus")
    for name in exact.components:
        np.testing.assert_allclose(found[name], exact.cells[name], atol=1e-9)
