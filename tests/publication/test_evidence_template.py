"""Spreadsheet and QGIS form for coded evidence: what they offer, and that what is filled in is read again as it was."""

import io
import sqlite3
import warnings
from contextlib import closing
from datetime import date
from xml.etree import ElementTree as ET

import openpyxl
import pandas as pd
import pyogrio
import pytest

from geoterritorio.assessment import ProfileRules
from geoterritorio.assessment.coded import assessed_items
from geoterritorio.assessment.profile_rules import ASSESSED
from geoterritorio.errors import DependencyError, GeoterritorioWarning, LayerError
from geoterritorio.interface.cli import main
from geoterritorio.layers import read_evidence
from geoterritorio.layers.schema import EVIDENCE
from geoterritorio.layers.words import headed
from geoterritorio.publication import evidence_sheet
from geoterritorio.publication.evidence_form import evidence_form, form_style
from geoterritorio.publication.evidence_sheet import evidence_workbook

MARKETS = "sample_data/comarca/labour_markets.gpkg"
PLACES = pd.DataFrame({"territory": ["A", "=1+1"], "name": ["Alpha {{ 7 }}", '<b>"Beta"\x07']})
COLUMNS = [c.name for c in EVIDENCE.columns]
FILLED = [
    [
        "A",
        "Networking and cooperation between projects",
        3,
        "They meet",
        "Se reúnen",
        "minutes",
        "2024-05",
        "K",
        0.5,
    ],
    ["A", "Peso dado a la innovación", "0", "Nothing new", None, "interview", 2024, "L", "0.9"],
    ["A", "ways_of_learning", 4, "áéñ €", None, "report", "2024-05-17", "K", None],
]


@pytest.fixture
def book():
    return openpyxl.load_workbook(io.BytesIO(evidence_workbook(PLACES)))


def test_what_is_filled_in_is_read_again(book, tmp_path):
    sheet = book["evidence"]
    for y, row in enumerate(FILLED, 2):
        for x, value in enumerate(row, 1):
            sheet.cell(y, x).value = value
    book.save(tmp_path / "filled.xlsx")
    read = read_evidence(f"{tmp_path / 'filled.xlsx'}|evidence")
    assert read["item"].tolist() == ["networking", "innovation", "ways_of_learning"]
    assert read["rating"].tolist() == [3, 0, 4]
    assert read["date"].tolist() == ["2024-05", "2024", "2024-05-17"]
    assert read["statement"].tolist() == [row[3] for row in FILLED]
    assert read["confidence"].tolist()[:2] == [0.5, 0.9]
    assert len(read) == 3


def test_an_empty_sheet_is_refused(book, tmp_path):
    book.save(tmp_path / "empty.xlsx")
    with pytest.raises(LayerError, match="the layer is empty"):
        read_evidence(f"{tmp_path / 'empty.xlsx'}|evidence")


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("ending", ["xlsx", "gpkg"])
def test_from_template_to_profile_on_the_command_line(lang, ending, tmp_path):
    file, told = tmp_path / f"evidence.{ending}", tmp_path / "statements.csv"
    words = ["--lang", lang]
    assert main([*words, "evidence-template", "--territories", MARKETS, "--output", str(file)]) == 0
    item = assessed_items(ASSESSED).set_index("item").loc["networking", lang]
    if ending == "xlsx":
        book = openpyxl.load_workbook(file)
        rows = [
            ["MINV01", item, 3, "They meet", "Se reúnen", "minutes", date(2024, 5, 17), "K", 0.5],
            ["MINV01", item, 1, "No", "No", "interview", "2024-06", "L", None],
        ]
        for y, row in enumerate(rows, 2):
            for x, value in enumerate(row, 1):
                book["evidence"].cell(y, x).value = value
        book.save(file)
    else:
        with closing(sqlite3.connect(file)) as data, data:
            data.executemany(
                "INSERT INTO evidence (territory, item, rating, source, date, coder) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    ("MINV01", "networking", r, "s", d, c)
                    for r, d, c in ((3, "2024-05-17", "K"), (1, "2024-06", "L"))
                ],
            )
    # The file as it is, without the name of its sheet or table.
    words += ["leader-profile", "--territories", MARKETS, "--evidence", str(file)]
    assert main([*words, "--output", str(tmp_path / "a.gpkg"), "--statements", str(told)]) == 0
    read = pd.read_csv(told, dtype=str)
    assert read[["item", "date", "coder", "standing"]].to_numpy().tolist() == [
        ["networking", "2024-05-17", "K", "counted"],
        ["networking", "2024-06", "L", "counted"],
    ]
    assert read["rating"].astype(float).tolist() == [3, 1]


def test_of_several_sheets_or_layers_only_that_of_the_kind_is_read(book, tmp_path):
    book["evidence"].title = "notes"
    for y, value in enumerate(("A", "networking"), 1):
        book["notes"].cell(2, y).value = value
    book.save(tmp_path / "renamed.xlsx")
    with pytest.raises(LayerError, match="holds several sheets: notes, guide, territories, items"):
        read_evidence(tmp_path / "renamed.xlsx")
    table = pd.DataFrame({"territory": ["A"], "item": ["networking"], "rating": [1]})
    path = tmp_path / "two.gpkg"
    for layer in ("first", "second"):
        pyogrio.write_dataframe(table, path, layer=layer, append=path.exists())
    with pytest.raises(LayerError, match="holds the layers first, second"):
        read_evidence(path)
    pyogrio.write_dataframe(table.assign(rating=2), path, layer="Evidence", append=True)
    assert read_evidence(path)["rating"].tolist() == [2]


def test_the_spanish_sheet_has_spanish_headings_that_either_language_reads():
    book = openpyxl.load_workbook(io.BytesIO(evidence_workbook(PLACES, lang="es")))
    heads = [c.value for c in book["evidence"][1]]
    assert heads[:3] == ["territorio", "elemento", "valoración"]
    assert list(headed(heads, EVIDENCE, {})) == COLUMNS
    # A column that somebody names is not taken for another one.
    assert headed(["Territorio", "zona"], EVIDENCE, {"territory": "zona"}) == {"territory": "zona"}


def test_formulas_are_told(book, tmp_path):
    sheet = book["evidence"]
    for y, row in enumerate(FILLED, 2):
        for x, value in enumerate(row, 1):
            sheet.cell(y, x).value = value
    sheet["D2"] = "=cmd|'/C calc'!A0"
    sheet["F3"] = '=HYPERLINK("http://example.org")'
    book.save(tmp_path / "filled.xlsx")
    with pytest.warns(GeoterritorioWarning, match="2 cells of the sheet “evidence” hold formulas"):
        read = read_evidence(f"{tmp_path / 'filled.xlsx'}|evidence")
    # Nobody computed them: what is not there is missing, and a rating without source counts for nothing later.
    assert read["statement"].isna().tolist() == [True, False, False]
    assert read["source"].isna().tolist() == [False, True, False]


def test_the_sheet_offers_lists_and_protects_its_heading(book):
    sheet = book["evidence"]
    assert [c.value for c in sheet[1]] == COLUMNS
    assert sheet.protection.sheet
    assert sheet["A1"].protection.locked
    assert not sheet["A2"].protection.locked
    assert sheet["D2"].number_format == "@"
    offered = {v.sqref.ranges.copy().pop().coord[0]: v for v in sheet.data_validations.dataValidation}
    assert offered["A"].formula1 == "=territories!$A$2:$A$3"
    assert offered["B"].formula1 == "=items!$B$2:$B$25"
    assert offered["C"].formula1 == '"0,1,2,3,4"'
    items = assessed_items(ASSESSED)
    assert [row[:3] for row in book["items"].iter_rows(min_row=2, values_only=True)] == [
        tuple(row) for row in items[["item", "en", "es"]].to_numpy()
    ]


def test_texts_of_the_data_are_never_formulas(book):
    place = book["territories"]
    assert [place["A3"].value, place["A3"].data_type] == ["=1+1", "s"]
    assert place["B3"].value == '<b>"Beta"'
    formulas = [c.coordinate for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert not formulas


def test_the_guide_explains_every_column_and_item_in_both_languages(book):
    rows = list(book["guide"].iter_rows(min_row=2, values_only=True))
    told = {row[0] for row in rows}
    assert {*COLUMNS, *assessed_items(ASSESSED)["item"], *(f"rating {k}" for k in range(5))} <= told
    assert all(english and spanish and english != spanish for _, english, spanish in rows)


def test_another_scale_and_another_language():
    made = evidence_workbook(PLACES, rules=ProfileRules(highest=10, lists="capitals"), lang="es")
    book = openpyxl.load_workbook(io.BytesIO(made))
    offered = [v.formula1 for v in book["evidence"].data_validations.dataValidation]
    assert "=elementos!$C$2:$C$5" in offered
    assert '"0,1,2,3,4,5,6,7,8,9,10"' in offered


def test_without_openpyxl_the_cure_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(DependencyError, match="pip install openpyxl"):
        evidence_sheet.evidence_workbook(PLACES)


def test_the_form_is_a_table_that_is_read_again(tmp_path):
    path = tmp_path / "form.gpkg"
    path.write_bytes(evidence_form(PLACES))
    assert pyogrio.list_layers(path)[:, 0].tolist()[0] == "evidence"
    assert pyogrio.read_info(path, layer="evidence")["fields"].tolist() == COLUMNS
    with closing(sqlite3.connect(path)) as file, file:
        file.execute(
            "INSERT INTO evidence (territory, item, rating, source, date) VALUES ('A', 'learning', 2, 'x', '2024')"
        )
        styles = file.execute("SELECT styleName, useAsDefault, f_table_name FROM layer_styles").fetchall()
    assert styles == [("evidence (en)", 1, "evidence"), ("evidence (es)", 0, "evidence")]
    read = read_evidence(f"{path}|evidence")
    assert read.loc[0, ["territory", "item", "rating"]].tolist() == ["A", "learning", 2]


def test_the_form_chooses_from_lists_and_refuses_what_has_no_source():
    root = ET.fromstring(form_style(PLACES, lang="es").split("\n", 1)[1])  # noqa: S314 - of our own making
    widgets = {f.get("name"): f.find("editWidget") for f in root.find("fieldConfiguration")}
    assert {n for n, w in widgets.items() if w.get("type") == "ValueMap"} == {"territory", "item", "rating"}
    maps = {
        n: {
            o.get("name"): o.get("value")
            for o in widgets[n].iter("Option")
            if o.get("value") and o.get("name") != "map"
        }
        for n in ("territory", "item", "rating")
    }
    assert maps["item"]["Peso dado a la innovación"] == "innovation"
    assert len(maps["item"]) == 24
    assert maps["territory"]["A · Alpha {{ 7 }}"] == "A"
    assert list(maps["rating"].values()) == ["0", "1", "2", "3", "4"]
    held = {c.get("field"): c for c in root.find("constraints")}
    assert held["source"].get("notnull_strength") == held["item"].get("notnull_strength") == "2"
    defaults = {d.get("field"): d.get("expression") for d in root.find("defaults")}
    assert defaults["date"] == "format_date(now(), 'yyyy-MM-dd')"


@pytest.mark.parametrize("name", ["form.gpkg", "sheet.xlsx"])
@pytest.mark.parametrize("lang", ["en", "es"])
def test_the_command_writes_either(tmp_path, name, lang, capsys):
    words = ["--lang", lang, "evidence-template", "--territories", MARKETS, "--output", str(tmp_path / name)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(words) == 0
        assert main(words) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert main([*words, "--overwrite"]) == 0
    assert [p.name for p in tmp_path.iterdir()] == [name]
    with pytest.raises(LayerError, match="the layer is empty"):
        read_evidence(f"{tmp_path / name}|evidence")


@pytest.mark.parametrize(("lang", "said"), [("en", "none of them"), ("es", "ninguna de ellas")])
def test_other_formats_and_lists_are_refused(tmp_path, lang, said, capsys):
    words = ["--lang", lang, "evidence-template", "--territories", MARKETS, "--output"]
    assert main([*words, str(tmp_path / "form.csv")]) == 1
    assert said in capsys.readouterr().err
    assert main([*words, str(tmp_path / "form.gpkg"), "--lists", "sins"]) == 1
    assert main([*words, str(tmp_path / "form.gpkg"), "--highest", "0"]) == 2
    assert not list(tmp_path.iterdir())
