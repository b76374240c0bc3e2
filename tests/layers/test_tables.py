"""Text and Excel files that are not plain tables: each refusal says what to do, in the reader's language."""

import warnings

import openpyxl
import pandas as pd
import pytest

from geoterritorio.errors import GeoterritorioWarning, LayerError
from geoterritorio.i18n import translator
from geoterritorio.layers import read_counts, read_firms

spanish = translator("es")
GOOD = [["territory", "sector", "employment"], ["01", "15", 5], ["02", "15", 7]]


def csv(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def book(tmp_path, **sheets):
    path = tmp_path / "t.xlsx"
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def refusal(source, read=read_counts) -> str:
    with pytest.raises(LayerError) as found:
        read(source)
    return found.value.render(spanish)


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file(tmp_path, content):
    assert refusal(csv(tmp_path, content)) == "t.csv: el archivo está vacío. Elija un archivo con filas."


def test_an_empty_workbook(tmp_path):
    assert refusal(book(tmp_path, a=[], b=[])) == "t.xlsx: el archivo está vacío. Elija un archivo con filas."


def test_bytes_that_no_encoding_has(tmp_path):
    path = csv(tmp_path, "territory,sector\n01,15\nPe\xf1a".encode("cp1252") + b"\x81,15\n")
    assert "la línea 3 (byte 28) no está en UTF-8 ni en Windows-1252" in refusal(path)


def test_a_repeated_heading_is_not_told_apart_silently(tmp_path):
    said = "varias columnas tienen el mismo nombre: «sector». Cámbieles"
    assert said in refusal(csv(tmp_path, "territory,sector,sector\n01,15,16\n"))
    assert said in refusal(book(tmp_path, a=[["territory", "sector", "sector"], ["01", "15", "16"]]))


def test_a_workbook_of_several_sheets(tmp_path):
    path = book(tmp_path, notas=[], empleo=GOOD, otros=GOOD[:2])
    assert "varias hojas: empleo, otros. Nombre una: t.xlsx|empleo" in refusal(path)
    assert read_counts(f"{path}|empleo")["employment"].tolist() == [5, 7]
    assert read_counts(f"{path}|otros")["employment"].tolist() == [5]
    assert "no tiene la hoja «Empleo». Sus hojas son: notas, empleo, otros." in refusal(f"{path}|Empleo")
    assert len(read_counts(book(tmp_path, notas=[], empleo=GOOD))) == 2


def test_titles_above_the_heading(tmp_path):
    said = "hay un título encima de la tabla; su cabecera parece estar en la fila {row}."
    titles = [["Empleo por municipio"], [], *GOOD]
    assert said.format(row=3) in refusal(book(tmp_path, a=titles))
    text = "territory{s}sector{s}employment\n01{s}15{s}5\n02{s}15{s}7\n"
    for separator in ",;\t":
        table = text.format(s=separator)
        assert said.format(row=3) in refusal(csv(tmp_path, "Empleo por municipio\n\n" + table))
        assert said.format(row=2) in refusal(csv(tmp_path, f"Empleo{separator * 2}\n" + table))
        assert len(read_counts(csv(tmp_path, table))) == 2


def test_one_column_of_text_is_no_title(tmp_path):
    path = csv(tmp_path, "sector;territory\n15;a, b\n16;c, d\n")
    assert read_firms(path)["territory"].tolist() == ["a, b", "c, d"]


def test_rows_with_more_cells(tmp_path):
    said = refusal(csv(tmp_path, "territory,sector\n01,15\n02,15,3\n"))
    assert "hay filas con más celdas que nombres tiene la cabecera (2)" in said


def test_a_file_that_is_no_workbook(tmp_path):
    path = tmp_path / "t.xlsx"
    path.write_text("territory,sector\n")
    assert "está dañado o no es un archivo de Excel" in refusal(path)


def test_what_the_door_says_is_translated(tmp_path):
    path = csv(tmp_path, "territory,sector\nPe\xf1a,15\n".encode("cp1252"))
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        frame = read_counts(path)
    assert frame["territory"].tolist() == ["Peña"]
    assert all(isinstance(w.message, GeoterritorioWarning) for w in said)
    assert [w.message.message.render(spanish)[:24] for w in said] == ["t.csv no está en UTF-8; "]


def test_excel_cells_that_are_blank_stay_missing(tmp_path):
    frame = read_counts(book(tmp_path, a=[*GOOD, ["03", "15", None]]))
    assert frame["employment"].isna().tolist() == [False, False, True]
    assert pd.api.types.is_float_dtype(frame["employment"])
