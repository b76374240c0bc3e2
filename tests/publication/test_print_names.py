"""On paper names are parted between words, and only what has no room between its letters is parted anywhere."""

import io
from pathlib import Path

import pandas as pd
import pytest

import geoterritorio.publication
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.columns import columns_told
from geoterritorio.publication.report import report
from geoterritorio.publication.workbook import workbook

CSS = (Path(geoterritorio.publication.__file__).parent / "templates/report.css").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("Labour market of Bolsapelda (invented)", 'class="long"'),
        ("https://example.org/a/very/long/address.csv", 'class="long unbroken"'),
        ("Town", ""),
    ],
)
def test_words_of_names_are_whole(text, look):
    table = pd.DataFrame({"territory": ["A", "B"], "note": [text, ""], "jobs": [1.0, 2.0]})
    page = report([], title="T", listings=[Listing("Invented", table, "tables/t.csv")])
    cell = next(part for part in page.split("<td") if f">{text}<" in part)
    assert cell.startswith(f" {look}>" if look else ">")


def test_only_what_has_no_words_breaks_anywhere():
    anywhere = [line for line in CSS.splitlines() if "overflow-wrap: anywhere" in line and ".listing" in line]
    assert [line.split("{")[0].strip() for line in anywhere] == [".listing .unbroken"]


def test_codes_of_a_column_stand_each_by_itself():
    table = pd.DataFrame({"missing_kinds": ["chamber; finance", "finance; laboratory", "labour"]})
    (told,) = columns_told(Listing("T", table, "t", kind="innovation_areas"), "en")
    assert list(told.codes) == ["chamber", "finance", "labour"], "what is its own word needs none"
    assert told.codes["chamber"] == "chamber of commerce"


def test_numbers_of_rules_are_numbers_in_the_workbook():
    openpyxl = pytest.importorskip("openpyxl")
    settings = {"draws": 999, "seed": 0, "on": "2014-12-31"}
    steps = [{"name": "kinds", "tool": "innovation_system", "settings": settings}]
    made = workbook([Listing("T", pd.DataFrame({"a": [1.0]}), "t")], title="T", account={"steps": steps})
    sheet = openpyxl.load_workbook(io.BytesIO(made)).worksheets[0]
    values = [row[1].value for row in sheet.iter_rows(max_col=2) if row[0].value and "·" in str(row[0].value)]
    assert 999 in values
    assert 0 in values
    assert "2014-12-31" in values
