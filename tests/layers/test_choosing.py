"""Rows that are taken: by the values of columns, and open on a day; behind the file, and in a study."""

from __future__ import annotations

import json
import warnings

import geopandas as gpd
import pandas as pd
import pytest

from geoterritorio.errors import GeoterritorioWarning, LayerError, StudyError
from geoterritorio.interface.cli import main
from geoterritorio.layers import read_centres, read_counts, read_firms, read_institutions
from geoterritorio.layers.readers import read_layer
from geoterritorio.layers.schema import CENTRES, COUNTS, ELEVATION
from geoterritorio.study import run_study

PLACES = gpd.GeoDataFrame(
    {
        "institution": ["a", "b", "c", "d", "e"],
        "kind": ["Cámara", "Universidad", "transfer", "Universidad", None],
        "opened": [None, "1990", "2001-05", "2024", None],
        "closed": [None, "2020-06", None, None, "2010"],
    },
    geometry=gpd.points_from_xy([0.0, 1000.0, 2000.0, 3000.0, 4000.0], [0.0] * 5),
    crs=25830,
)


@pytest.fixture
def folder(tmp_path):
    PLACES.to_file(tmp_path / "places.gpkg")
    return tmp_path


def words(folder, options, *more):
    return [
        "service-areas",
        *("--centres", f"{folder / 'places.gpkg'}{options}", "--centres-centre", "institution"),
        *("--output", str(folder / "out.gpkg"), "--overwrite", *more),
    ]


def drawn(folder):
    return gpd.read_file(folder / "out.gpkg")["centre"].tolist()


def test_one_kind_behind_the_file(folder, capsys):
    assert main(words(folder, "?kind=transfer")) == 0
    assert drawn(folder) == ["c"]
    assert "centres: 1 of 5 rows are kept, chosen by “kind”." in capsys.readouterr().err
    assert main(words(folder, "?kind=camara; universidad&on=2021")) == 0
    assert drawn(folder) == ["a"]


def test_kinds_are_chosen_by_code_and_by_word(folder):
    for asked in ("higher_education", "universidad", "Higher education"):
        with pytest.warns(GeoterritorioWarning, match="2 of 5 rows are kept"):
            found = read_institutions(f"{folder}/places.gpkg?institution=b;c;d&kind={asked}")
        assert found["institution"].tolist() == ["b", "d"]
        assert found["kind"].tolist() == ["higher_education"] * 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("?kind=chamber", ["no row has “chamber” in column “kind”", "“Cámara”, “transfer”, “Universidad”"]),
        ("?sort=chamber", ["no column “sort”", "institution, kind, opened, closed"]),
        ("?kinds=x", ["Did you mean “kind”?"]),
        ("?kind=transfer&institution=a", ["no row has all that is asked of “kind”, “institution”"]),
        ("?kind=; ", ["no row has “” in column “kind”"]),
        ("?on=1980-13", ["“1980-13” is no date"]),
        ("?kind=universidad&institution=b&on=2022", ["no row is open on 2022"]),
    ],
)
def test_what_nothing_can_be_chosen_by_is_refused(folder, capsys, options, told):
    assert main(words(folder, options)) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert all(text in said for text in told), said
    assert not (folder / "out.gpkg").exists()


def test_closed_centres_are_told_of_once_and_cut_by_a_day(folder, capsys):
    assert main(words(folder, "")) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert (
        said.count("2 of 5 rows have a day of closing and are taken as open. Keep those open on one day") == 1
    )
    assert main(words(folder, "?on=2015")) == 0
    assert drawn(folder) == ["a", "b", "c"]
    assert "closing" not in capsys.readouterr().err
    assert main(words(folder, "", "--lang", "es")) == 0
    assert "tienen fecha de cierre" in " ".join(capsys.readouterr().err.split())


def test_a_column_that_is_no_date_says_nothing(tmp_path):
    PLACES.assign(closed=["no", "yes", "no", "no", "no"], centre=PLACES["institution"]).drop(
        columns="opened"
    ).to_file(tmp_path / "own.gpkg")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(read_layer(tmp_path / "own.gpkg", CENTRES)) == 5


def test_a_day_needs_columns_of_days(tmp_path):
    bare = PLACES[["institution", "geometry"]].rename(columns={"institution": "centre"})
    bare.to_file(tmp_path / "bare.gpkg")
    with pytest.raises(LayerError, match="neither a column “opened” nor “closed”"):
        read_centres(f"{tmp_path}/bare.gpkg?on=2020")
    with pytest.raises(LayerError, match="neither in force nor open"):
        read_counts("counts.csv?on=2020")
    with pytest.raises(LayerError, match="a raster has no rows"):
        read_layer("height.tif?kind=a", ELEVATION)


def test_one_period_of_a_table_is_chosen(tmp_path):
    table = pd.DataFrame(
        {"area": ["1", "1"], "nace": ["10", "10"], "employment": [3, 4], "period": [2020, 2021]}
    )
    table.to_csv(tmp_path / "jobs.csv", index=False)
    own = {"territory": "area", "sector": "nace"}
    with pytest.warns(GeoterritorioWarning, match="1 of 2 rows"):
        found = read_layer(f"{tmp_path}/jobs.csv?period=2021", COUNTS, columns=own)
    assert found["employment"].tolist() == [4]
    with pytest.warns(GeoterritorioWarning, match="1 of 2 rows"):
        found = read_layer(
            tmp_path / "jobs.csv", COUNTS, columns=own, only={"sector": ["10"], "period": ["2020"]}
        )
    assert found["employment"].tolist() == [3]


def test_establishments_open_on_a_day(tmp_path):
    table = pd.DataFrame(
        {"firm": ["x", "y"], "sector": ["10", "10"], "territory": ["1", "1"], "closed": ["2010", None]}
    )
    table.to_csv(tmp_path / "firms.csv", index=False)
    assert read_firms(f"{tmp_path}/firms.csv?on=2015")["firm"].tolist() == ["y"]


def study(folder, keys):
    (folder / "study.toml").write_text(
        f'[layers.offered]\nkind = "centres"\npath = "places.gpkg"\ncolumns = {{ centre = "institution" }}\n{keys}\n\n'
        '[steps.near]\ntool = "service_areas"\ncentres = "offered"\n',
        encoding="utf-8",
    )
    return folder / "study.toml"


def test_in_a_study(folder):
    keys = 'only = { kind = ["Universidad", "transfer"] }\non = "2015"'
    with pytest.warns(GeoterritorioWarning, match="3 of 5 rows are kept"):
        made = run_study(study(folder, keys), folder / "out")
    account = json.loads(made["provenance"].read_text(encoding="utf-8"))
    assert account["inputs"]["offered"]["only"] == {"kind": ["Universidad", "transfer"]}
    assert gpd.read_file(made["layers"], layer="near_areas")["centre"].tolist() == ["b", "c"]


def test_a_study_tells_of_closed_centres(folder):
    with pytest.warns(GeoterritorioWarning, match="2 of 5 rows have a day of closing"):
        run_study(study(folder, ""), folder / "out")


def test_keys_of_a_study_that_choose_nothing(folder):
    with pytest.raises(StudyError, match=r"layers.offered.only.kind: must be text, or a list of texts"):
        run_study(study(folder, "only = { kind = [1] }"), folder / "out")
    with pytest.raises(StudyError, match=r"layers.offered.only: must be a table"):
        run_study(study(folder, 'only = "transfer"'), folder / "out")
    with pytest.raises(StudyError, match="no row has “chamber”"):
        run_study(study(folder, 'only = { kind = "chamber" }'), folder / "out")
