"""Versions of territories in force on a day: in Python, on the command line, in a study."""

import json

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from geoterritorio.errors import LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import as_territories, in_force, read_counts, read_territories, write_layers
from geoterritorio.study import run_study

HISTORY = gpd.GeoDataFrame(
    {
        "territory": ["a", "a", "b", "c"],
        "valid_from": pd.Series([None, "2010", "1990-05", None], dtype=object),
        "valid_to": pd.Series(["2010", None, "2005-03-02", None], dtype=object),
    },
    geometry=[box(0, 0, 1000, 1000), box(0, 0, 900, 900), box(1000, 0, 2000, 1000), box(2000, 0, 3000, 1000)],
    crs=25830,
)


@pytest.mark.parametrize(
    ("on", "rows"),
    [
        ("1980", [0, 3]),
        ("1990-04-30", [0, 3]),
        ("1990-05-01", [0, 2, 3]),
        ("2005-03-01", [0, 2, 3]),
        ("2005-03-02", [0, 3]),
        ("2009-12-31", [0, 3]),
        ("2010", [1, 3]),
        ("01/01/2010", [1, 3]),
    ],
)
def test_a_version_is_in_force_from_its_first_day_until_the_day_before_its_last(on, rows):
    found = as_territories(HISTORY, on=on)
    assert found["valid_from"].tolist() == [HISTORY["valid_from"].tolist()[i] for i in rows]
    assert found["territory"].tolist() == HISTORY["territory"].iloc[rows].tolist()
    assert len(HISTORY) == 4


def test_open_ends_and_days_without_a_version():
    ended = pd.DataFrame({"territory": ["a"], "valid_to": ["2000"]})
    assert len(in_force(ended, "1999-12-31")) == 1
    with pytest.raises(LayerError, match="no version is in force on 2000-01-01"):
        in_force(ended, "2000-01-01")
    assert len(in_force(pd.DataFrame({"territory": ["a", "b"]}), "2000")) == 2
    with pytest.raises(LayerError, match="“soon” is no date"):
        in_force(ended, "soon")


@pytest.fixture
def folder(tmp_path):
    write_layers({str(tmp_path / "areas.gpkg"): HISTORY})
    (tmp_path / "counts.csv").write_text("territory,sector,employment\na,15,5\nc,15,7\na,20,1\nc,20,3\n")
    return tmp_path


def words(folder, source):
    return [
        "location-quotient",
        *("--territories", f"{folder / 'areas.gpkg'}{source}"),
        *("--counts", str(folder / "counts.csv"), "--output", str(folder / "out.csv")),
    ]


def test_a_day_behind_the_file(folder, capsys):
    assert main(words(folder, "")) == 1
    assert "?on=2025-01-01" in capsys.readouterr().err
    assert main(words(folder, "?on=2025-01-01")) == 0
    assert len(pd.read_csv(folder / "out.csv")) == 4
    assert len(read_territories(f"{folder}/areas.gpkg?crs=EPSG:25830&on=2025-01-01")) == 2
    with pytest.raises(LayerError, match="neither in force nor open on a day"):
        read_counts(f"{folder}/counts.csv?on=2025-01-01")


def test_a_day_in_a_study(folder):
    (folder / "study.toml").write_text(
        '[layers.areas]\nkind = "territories"\npath = "areas.gpkg"\non = "2025-01-01"\n\n'
        '[layers.jobs]\nkind = "counts"\npath = "counts.csv"\n\n'
        '[steps.lq]\ntool = "location_quotient"\nterritories = "areas"\ncounts = "jobs"\n\n'
        '[disclosure]\npublished = ["jobs"]\n'
    )
    made = run_study(folder / "study.toml", folder / "out")
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))
    assert account["inputs"]["areas"]["on"] == "2025-01-01"
    assert account["inputs"]["jobs"]["on"] is None
