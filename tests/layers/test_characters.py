"""Values that no file should hold: unseen characters, misread letters, numbers of Excel, numbers beyond measure."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import LayerError
from geoterritorio.layers import as_counts, as_firms, as_territories, read_counts


def refusal(call, *args, **options) -> str:
    with pytest.raises(LayerError) as found:
        call(*args, **options)
    return str(found.value)


def warned(call, *args, **options) -> list[str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call(*args, **options)
    return [str(w.message) for w in said]


def counts(**columns) -> pd.DataFrame:
    size = max(len(v) for v in columns.values())
    base = {"territory": [str(i) for i in range(size)], "sector": ["15"] * size}
    return pd.DataFrame(base | columns)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\x1b"])
def test_control_characters_in_a_code(character):
    said = refusal(as_counts, counts(territory=["a", f"0{character}1", f"0{character}1"]))
    shown = f"“0\\x{ord(character):02x}1”"
    assert f"“territory” holds control characters, which cannot be seen (rows: 2, first: 2): {shown}" in said


def test_a_nul_in_a_text_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"territory,sector\n01,15\n0\x002,15\n")
    assert "control characters" in refusal(read_counts, path)


def test_ends_of_lines_stay():
    as_counts(counts(sector_name=["Comida\ny bebida\t(todas)"]))


@pytest.mark.parametrize("letter", "ñáéíóúüÑÁÉÍÓÚÜçºª¿")
def test_letters_read_in_the_wrong_encoding(letter):
    for encoding in ("cp1252", "latin-1"):
        wrong = letter.encode().decode(encoding, errors="replace")
        if "�" in wrong:
            continue
        (said,) = warned(as_counts, counts(sector_name=["Peña", f"Ca{wrong}a"]))
        assert f"(rows: 1, first: 2): “Ca{wrong}a” should be “Ca{letter}a”" in said


def test_letters_that_are_meant():
    assert (
        warned(as_counts, counts(sector_name=["Peña", "MAÇÃ", "Âncora", "São João", "Ã", "PAÇOS DE ÂNGELO"]))
        == []
    )


def test_a_file_of_two_encodings(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"territory,sector\n" + "Peña 1,15\n".encode() + "Peña 2,15\n".encode("cp1252"))
    western, misread = warned(read_counts, path)
    assert "Windows-1252" in western
    assert "(rows: 1, first: 1): “PeÃ±a 1” should be “Peña 1”" in misread


@pytest.mark.parametrize("value", [1e308, "1e308", 2e12])
def test_numbers_beyond_all_measure(value):
    said = refusal(as_counts, counts(employment=[1, value, value]))
    assert (
        "“employment” holds numbers beyond 1,000,000,000,000, which cannot be meant (rows: 2, first: 2)"
        in said
    )
    as_counts(counts(employment=[1e12]))
    as_counts(counts(squares=[1e24]))
    assert "beyond 1e+24" in refusal(as_counts, counts(squares=[1e25]))


@pytest.mark.parametrize("values", [[37000, 38000, None], ["37000", "38000", "1998-05-17"]])
def test_day_numbers_of_excel(values):
    said = refusal(as_firms, pd.DataFrame({"sector": "15", "territory": "T", "opened": values}))
    assert "holds day numbers of Excel instead of dates: “37000”" in said
    assert "37000 is 2001-04-19" in said
    assert "must hold dates" not in said


def test_polygons_without_a_surface():
    shapes = [
        shapely.box(0, 0, 1, 1),
        shapely.Polygon([(3, 3)] * 4),
        shapely.Polygon([(3, 3), (4, 4), (5, 5), (3, 3)]),
        shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1), (0, 0)]),
    ]
    areas = gpd.GeoDataFrame({"territory": list("abcd")}, geometry=shapes, crs=25830)
    said = refusal(as_territories, areas)
    assert "have no surface, all their corners lie on one point or line (rows: 2, first: 2)" in said
    assert "they cross themselves (rows: 1, first: 4)" in said
    assert np.isfinite(as_territories(areas.head(1)).area).all()
