import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from geoterritorio.errors import LayerError
from geoterritorio.i18n import translator
from geoterritorio.layers import as_firms, read_counts, read_firms, read_territories, write_layers
from geoterritorio.layers.grids import read_grid
from geoterritorio.layers.store import check_targets


def test_round_trip_in_every_format(tmp_path, territories):
    for suffix in ("gpkg", "geojson", "fgb", "parquet"):
        path = tmp_path / f"t.{suffix}"
        write_layers({str(path): territories})
        again = read_territories(path)
        assert list(again["territory"]) == list("abcdef")
        assert again.to_crs(25830).area.sum() == pytest.approx(6e6, rel=1e-3)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")], "no part is left behind"


def test_codes_in_text_files_keep_their_zeros(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("﻿code;cnae;empleo\n01;0111;5\n02;0111;\n", encoding="utf-8")
    counts = read_counts(path, territory="code", sector="cnae", employment="empleo")
    assert list(counts["territory"]) == ["01", "02"]
    assert counts["employment"].isna().tolist() == [False, True]


def test_a_package_of_several_layers_asks_which(tmp_path, territories):
    path = tmp_path / "all.gpkg"
    write_layers({f"{path}|one": territories, f"{path}|two": territories})
    with pytest.raises(LayerError, match="holds the layers one, two"):
        read_territories(path)
    assert len(read_territories(f"{path}|two")) == 6
    assert len(read_territories(f"{path}|layername=one")) == 6


def test_writing_one_layer_keeps_the_others(tmp_path, territories):
    path = tmp_path / "all.gpkg"
    write_layers({f"{path}|one": territories})
    write_layers({f"{path}|two": territories.iloc[:2]})
    assert set(pyogrio.list_layers(path)[:, 0]) == {"one", "two"}


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 40, b"SQLite format 3\x00broken"])
@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet", "xlsx"])
def test_broken_files_are_refused(tmp_path, content, suffix):
    path = tmp_path / f"broken.{suffix}"
    path.write_bytes(content)
    with pytest.raises(LayerError, match="cannot be read"):
        read_firms(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(LayerError, match="there is no file"):
        read_firms(tmp_path / "none.gpkg")


def test_targets_are_checked_together_before_anything(tmp_path):
    there = tmp_path / "there.csv"
    there.write_text("x")
    with pytest.raises(LayerError) as caught:
        check_targets(
            {"a": str(there), "b": str(tmp_path / "no" / "x.csv"), "c": "x.unknown"}, overwrite=False
        )
    text = str(caught.value)
    assert "exists" in text
    assert "not there or not writable" in text
    assert "no format is known for “.unknown”" in text
    check_targets({"a": str(there)}, overwrite=True)


def test_a_failed_write_leaves_the_old_files(tmp_path, territories):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.gpkg"
    good.write_text("old")
    twisted = gpd.GeoDataFrame(pd.DataFrame({"x": [1]}), geometry=territories.geometry[:1]).rename(
        columns={"x": "fid"}
    )
    twisted["fid"] = ["not a number"]
    with pytest.raises(LayerError, match="cannot be written"):
        write_layers({str(good): pd.DataFrame({"x": [1]}), f"{bad}|t": twisted})
    assert good.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["good.csv"]


def in_spanish(call, *args) -> str:
    with pytest.raises(LayerError) as caught:
        call(*args)
    return caught.value.render(translator("es"))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("broken.gpkg", b"no database", "GDAL dice: «"),
        ("broken.parquet", b"PAR1", "Arrow dice: «"),
        ("broken.xlsx", b"no archive", "está dañado o no es un archivo de Excel"),
    ],
)
def test_words_of_libraries_are_quoted_in_a_sentence_of_the_reader(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    text = in_spanish(read_firms, path)
    assert text.startswith("firms: no se puede leer")
    assert said in text
    assert "Compruebe que el archivo está entero" in text
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    assert "(es una carpeta)" in in_spanish(read_firms, folder)


def test_words_of_the_raster_library_are_quoted_too(tmp_path):
    path = tmp_path / "broken.tif"
    path.write_bytes(b"no raster")
    assert "GDAL dice: «" in in_spanish(read_grid, path)
    with pytest.raises(LayerError) as caught:
        read_grid(path)
    assert "GDAL says: “" in str(caught.value)


def test_kinds_of_geometries_and_counts_are_in_the_language_of_the_reader(firms):
    own = firms.copy()
    own.loc[0, "geometry"] = own.geometry.iloc[0].buffer(1)
    own.loc[1, "geometry"] = own.geometry.iloc[1].buffer(1).boundary
    text = in_spanish(as_firms, own)
    assert (
        "hay geometrías del tipo equivocado, líneas; polígonos (filas: 2, primera: 1). Se necesitan puntos."
        in text
    )
