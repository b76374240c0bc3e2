"""Copies of a report: a PDF that can be read aloud, a workbook and text that explain themselves, none with a secret."""

import csv
import io
import json
import re
import shutil

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from geoterritorio.errors import DependencyError, GeoterritorioWarning, StudyError
from geoterritorio.interface.cli import main
from geoterritorio.layers.store import write_layers
from geoterritorio.publication import workbook as books
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.columns import columns_told
from geoterritorio.publication.described import csv_text, guarded
from geoterritorio.publication.printing import NAMES
from geoterritorio.publication.tool_limits import LIMITS_OF
from geoterritorio.publication.workbook import sheet_names, workbook
from geoterritorio.registry import descriptions
from geoterritorio.study import run_study
from geoterritorio.study.config import read_plan

HOSTILE = '=HYPERLINK("http://x")<script>window.pwned = 1</script>{{ 7*7 }}\'\x01'
STUDY = """
[study]
title = { en = "Counts", es = "Recuentos" }
sources = ["Invented, CC BY 4.0", "@SUM(1)"]
seed = 7
[layers.areas]
kind = "territories"
path = "areas.gpkg"
[layers.counted]
kind = "counts"
path = "counts.csv"
[steps.lq]
title = { en = "Quotients", es = "Coeficientes" }
tool = "location_quotient"
territories = "areas"
counts = "counted"
measure = "employment"
[steps.spread]
title = { en = "Spread", es = "Reparto" }
tool = "variety"
territories = "areas"
counts = "counted"
measure = "employment"
[disclosure]
published = ["counted"]
[profiles]
write = false
[project]
write = false
[report]
excel = true
csv = true
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A study of four towns, one with a hostile name and a withheld cell, with workbook and text."""
    folder = tmp_path_factory.mktemp("copies")
    shapes = [shapely.box(x * 1000, 0, (x + 1) * 1000, 1000) for x in range(4)]
    names = ["A", "B", HOSTILE.replace("\x01", ""), "-D"]
    write_layers(
        {
            str(folder / "areas.gpkg"): gpd.GeoDataFrame(
                {"territory": list("abcd"), "name": names}, geometry=shapes, crs=25830
            )
        }
    )
    rows = [
        (t, s, 10.0 * (i + 1) * (j + 1) + j, "withheld" if (t, s) == ("b", "15.2") else "known")
        for i, t in enumerate("abcd")
        for j, s in enumerate(("15.2", "25.1"))
    ]
    counts = pd.DataFrame(rows, columns=["territory", "sector", "employment", "status"])
    counts.to_csv(folder / "counts.csv", index=False)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    # One cell is withheld: that is told, and is what the tests look for.
    with pytest.warns(GeoterritorioWarning, match="withheld or unknown"):
        made = run_study(folder / "study.toml", folder / "done")
    assert made["excel"] == folder / "done" / "public_tables.xlsx"
    assert made["csv"] == folder / "done" / "public_tables"
    return folder


def book(place, name="public_tables.xlsx"):
    return openpyxl.load_workbook(place / "done" / name)


def rows_of(sheet):
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows()]


def test_a_workbook_says_what_it_is_in_both_languages(place):
    for name, sheets, words in (
        ("public_tables.xlsx", ["Metadata", "Columns"], {"Counts", "Invented, CC BY 4.0", "@SUM(1)", "7"}),
        (
            "public_tables.es.xlsx",
            ["Metadatos", "Columnas"],
            {"Recuentos", "Coeficientes", "Semilla aleatoria"},
        ),
    ):
        read = book(place, name)
        assert read.sheetnames == [*sheets, "lq_quotients", "spread_output"] or read.sheetnames[:3] == [
            *sheets,
            "lq_quotients",
        ]
        said = {value for row in rows_of(read[sheets[0]]) for value in row}
        assert words <= said
        assert any(str(value).startswith("lq · ") for value in said)
        links = [cell.hyperlink for row in read[sheets[0]].iter_rows() for cell in row if cell.hyperlink]
        assert "lq_quotients" in str(links[0].location or links[0].target)


def test_tables_of_a_workbook_have_frozen_heads_filters_formats_and_no_formula(place):
    read = book(place)
    for sheet in read.worksheets:
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f"], sheet.title
    sheet = read["lq_quotients"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).column_letter}{sheet.max_row}"
    heads = [cell.value for cell in sheet[1]]
    names = {cell.value: cell for cell in sheet[2]}
    assert heads[0] == "Territory"
    at = heads.index("Jobs") + 1
    assert sheet.cell(2, at).number_format == "#,##0"
    assert names
    hostile = [c for row in sheet.iter_rows() for c in row if str(c.value).startswith("=HYPERLINK")]
    assert hostile
    assert all(c.quotePrefix and c.data_type == "s" for c in hostile)


def test_workbook_and_text_hold_the_same_figures_and_no_withheld_one(place):
    table = pd.read_csv(
        place / "done" / "public_tables" / "lq_quotients.csv", dtype={"sector": str, "sector_name": str}
    )
    sheet = rows_of(book(place)["lq_quotients"])
    told = {c.name: c.heading for c in columns_told(Listing("", table, "", kind="quotients"), "en")}
    at = sheet[0].index(told["lq"])
    figures = pd.Series([row[at] for row in sheet[1:]], dtype=float)
    pd.testing.assert_series_equal(figures, table["lq"], check_names=False)
    secret = table[(table["territory"] == "b") & (table["sector"] == "15.2")].iloc[0]
    figures = table.select_dtypes("number").columns.difference(["most"])
    assert secret[figures].isna().all()
    assert table.loc[table["territory"] == "a", "lq"].notna().all()


def test_the_description_fits_every_file(place):
    folder = place / "done" / "public_tables"
    told = json.loads((folder / "csv-metadata.json").read_text(encoding="utf-8"))
    assert told["@context"][0] == "http://www.w3.org/ns/csvw"
    assert {table["url"] for table in told["tables"]} == {p.name for p in folder.glob("*.csv")}
    assert {t["@language"]: t["@value"] for t in told["dc:title"]} == {"en": "Counts", "es": "Recuentos"}
    reads = {
        "integer": int,
        "double": lambda t: float(t.lower()),
        "boolean": {"true": True, "false": False}.__getitem__,
        "string": str,
    }
    for table in told["tables"]:
        text = (folder / table["url"]).read_text(encoding="utf-8")
        head, *rows = csv.reader(io.StringIO(text, newline=""))
        columns = table["tableSchema"]["columns"]
        assert [c["titles"]["en"][0] for c in columns] == [c["titles"]["es"][0] for c in columns] == head
        assert len(rows) == int(table["dc:extent"])
        for row in rows:
            for value, column in zip(row, columns, strict=True):
                assert value == column["null"] or reads[column["datatype"]](value) is not None


def test_texts_that_look_like_formulas_are_none():
    assert [guarded(t) for t in ("=1", "+1", "-1", "@x", " =1", "\t=1", "a=1")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@x",
        "' =1",
        "'\t=1",
        "a=1",
    ]
    table = pd.DataFrame(
        {"n": [float("inf"), -0.5, None], "t": ["a\r\nb", 'c"d', "ñ"], "f": [True, False, True]}
    )
    assert list(csv.reader(io.StringIO(csv_text(table), newline=""))) == [
        ["n", "t", "f"],
        ["INF", "a\r\nb", "true"],
        ["-0.5", 'c"d', "false"],
        ["", "ñ", "true"],
    ]


def test_sheets_keep_apart_and_a_long_table_says_that_it_is_cut(monkeypatch):
    names = sheet_names(["x" * 40, "X" * 40, "a/b", "a?b", "history", "'"], "es")
    assert len({n.casefold() for n in names}) == len(names)
    assert all(len(n) <= 31 and not set("[]:*?/\\'") & set(n) for n in names)
    monkeypatch.setattr(books, "ROWS", 4)
    made = workbook(
        [Listing("T", pd.DataFrame({"n": range(9)}), "t"), Listing("E", pd.DataFrame(), "e")], title="S"
    )
    read = openpyxl.load_workbook(io.BytesIO(made))
    assert read["t"].max_row == 4
    assert any("the first 3 rows" in str(v) for row in rows_of(read["Metadata"]) for v in row)


def test_shares_among_other_measures_have_their_own_format():
    rows = pd.DataFrame(
        {"measure": ["reciprocity", "components"], "value": [0.25, 3.0], "share": [0.5, None]}
    )
    read = openpyxl.load_workbook(
        io.BytesIO(workbook([Listing("N", rows, "n", kind="network_figures")], title="S"))
    )
    assert [read["n"].cell(y, 2).number_format for y in (2, 3)] == ["0.0%", "#,##0.00"]
    assert read["n"]["C2"].number_format == "0.0%"
    assert read["n"]["C3"].value is None


def test_limits_are_of_tools_that_there_are():
    assert set(LIMITS_OF) <= set(descriptions())


def test_forms_that_cannot_be_made_are_refused_before_anything_is_computed(place, monkeypatch, tmp_path):
    monkeypatch.setattr("geoterritorio.publication.printing._ELSEWHERE", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GEOTERRITORIO_BROWSER", raising=False)
    text = STUDY.replace("excel = true", "pdf = true")
    (place / "printed.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DependencyError, match="none was found"):
        run_study(place / "printed.toml", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert main(["report", str(place / "done"), "--pdf", "--output", str(tmp_path / "out")]) == 1
    (place / "wrong.toml").write_text(STUDY.replace("excel = true", 'excel = "yes"'), encoding="utf-8")
    with pytest.raises(StudyError, match=r"report\.excel: must be true or false"):
        read_plan(place / "wrong.toml")


def test_a_report_is_taken_out_of_a_study_and_printed(place, tmp_path, capsys, needs):
    needs(any(shutil.which(name) for name in NAMES), "no Chromium, Chrome or Edge on the path")
    words = [
        "report",
        str(place / "done"),
        "--pdf",
        "--excel",
        "--csv",
        "--lang",
        "es",
        "--output",
        str(tmp_path),
    ]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert re.search(r"report\.pdf \(\d,\d MB\)", said)
    assert {p.name for p in tmp_path.iterdir()} == {
        "report.html",
        "report.pdf",
        "public_tables.xlsx",
        "public_tables",
    }
    assert '<html lang="es">' in (tmp_path / "report.html").read_text(encoding="utf-8")
    printed = (tmp_path / "report.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    for mark in (b"/StructTreeRoot", b"/Marked true", b"/Lang (es)", b"/Outlines"):
        assert mark in printed, mark
    assert b"file://" not in printed
    assert main(words) == 1
    assert "--overwrite" in capsys.readouterr().err
    assert main([*words, "--overwrite"]) == 0


@pytest.mark.parametrize("size", [(1400, 900), (360, 740)])
@pytest.mark.parametrize("name", ["report.html", "report.es.html"])
def test_a_report_has_no_violations_and_fits_the_window(place, chromium, name, size, needs):
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        needs(None, "axe is not installed")
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto((place / "done" / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    # the page's policy lets no script in: axe runs as the browser's own
    found = Axe().run(page)
    assert found.response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate("window.pwned") is None
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert 1 <= page.locator("#brief li").count() <= 6
    page.close()
