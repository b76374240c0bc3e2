"""Codes as people write them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoterritorio.layers.sector_codes import best_vocabulary, check_sectors, normalise_sectors
from geoterritorio.layers.vocabularies import vocabulary

CLASSIFICATIONS = ["nace2", "nace21", "isic4", "naics2022", "scian2018", "scian2023"]


@pytest.mark.parametrize("name", CLASSIFICATIONS)
def test_every_code_is_read_as_itself(name):
    codes = vocabulary(name)["code"]
    assert (normalise_sectors(codes, name) == codes).all()


@pytest.mark.parametrize("name", ["nace2", "nace21"])
def test_every_class_is_read_without_dot_and_with_its_section_letter(name):
    table = vocabulary(name).set_index("code")
    classes = pd.Series(table.index[table["level"] == "class"])
    letter = classes.str[:2].map(table["parent"])
    for written in (classes.str.replace(".", ""), letter + classes, letter + classes.str.replace(".", "")):
        assert (normalise_sectors(written, name) == classes).all()


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("nace2", "10.11", "10.11"),
        ("nace2", "C1011", "10.11"),
        ("nace2", "c 10.11", "10.11"),
        ("nace2", " 1011 ", "10.11"),
        ("nace2", "1011.0", "10.11"),
        ("nace2", "101100", "10.11"),  # ATECO's six digits
        ("nace2", "10.11.00", "10.11"),
        ("nace2", "1", "01"),
        ("nace2", "1.0", "01"),
        ("nace2", "111", "01.11"),
        ("nace2", "141", "14.1"),
        ("nace2", "1.11", "01.11"),
        ("nace2", "11.0", "11.0"),
        ("nace2", "c", "C"),
        ("nace2", "10.22", "10.20"),  # CNAE-2009
        ("cnae2009", "1044", "10.41"),
        ("isic4", "C1010", "1010"),
        ("isic4", "111", "0111"),
        ("isic4", "1", "01"),
        ("isic4", "0111.0", "0111"),
        ("isic4", "10.10", "1010"),
        ("naics2022", "31", "31-33"),
        ("naics2022", "31 – 33", "31-33"),
        ("naics2022", "311811.0", "311811"),
        ("scian2018", "46", "46"),
        ("istat_activities", "Manufacturing", "manufacturing"),
        ("isced_f_2013", "61", "061"),
    ],
)
def test_spellings(name, written, read):
    assert normalise_sectors(pd.Series([written]), name).tolist() == [read]


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        " ",
        "99.99",
        "ZZ",
        "10.11.zz",
        "{{ 7*7 }}",
        "<b>10</b>",
        "\u0661\u0660.\u0661\u0661",
        "10,11",
        "-10",
        "1e3",
        "C",
        "TOTAL",
        "." * 999,
    ],
)
def test_hostile_codes_are_unknown_not_guessed(hostile):
    expected = hostile if hostile == "C" else None
    assert normalise_sectors(pd.Series([hostile]), "nace2").tolist() == [expected]


def test_missing_and_numbers():
    read = normalise_sectors(pd.Series([None, np.nan, 1011, 10.2, 1], dtype=object), "nace2")
    assert read.isna().tolist() == [True, True, False, False, False]
    assert read[2:].tolist() == ["10.11", "10.2", "01"]
    assert normalise_sectors(pd.Series([], dtype=object), "nace2").empty


@given(st.lists(st.text(max_size=12), max_size=8), st.sampled_from(CLASSIFICATIONS))
def test_what_is_read_is_always_a_code_of_the_vocabulary(written, name):
    read = normalise_sectors(pd.Series(written, dtype=object), name)
    assert set(read.dropna()) <= set(vocabulary(name)["code"])


def test_unknown_codes_are_counted_with_the_nearest_known_ones():
    table = check_sectors(pd.Series(["10.11", "10.99", "10.99", None, "x"]), "nace2")
    assert table["code"].tolist() == ["10.99", "", "x"]
    assert table["count"].tolist() == [2, 1, 1]
    assert table["nearest"].tolist() == ["10.91, 10.92, 10.9", "", ""]
    assert table["title"][0] == "Manufacture of prepared feeds for farm animals"


def test_nothing_unknown_is_an_empty_table():
    table = check_sectors(pd.Series(["10.11"]), "nace2")
    assert table.empty
    assert list(table.columns) == ["code", "count", "nearest", "title"]


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("nace2", ["3111", "31183", "311830"], [None] * 3),  # SCIAN, of which two would become marine fishing
        ("nace2", ["461110"], [None]),  # SCIAN's grocers, not NACE's agents
        ("isic4", ["461110", "311830"], [None] * 2),
        (
            "nace2",
            ["461110", "101100", "620100"],
            ["46.11", "10.11", "62.01"],
        ),  # national detail, one code also SCIAN's
        ("nace2", ["10110", "62010"], ["10.11", "62.01"]),
        ("nace2", ["11100", "620100"], ["01.11", "62.01"]),
        ("nace2", ["46.11.10"], ["46.11"]),  # nobody else writes dots
        ("nace2", ["111", "0112"], [None, "01.12"]),  # zeros are kept here
        ("nace2", ["1", "62"], ["01", "62"]),
        ("nace2", ["1", "01"], [None, "01"]),
        ("nace2", ["1110"], [None]),  # an even number of digits has lost none
        ("isic4", ["111", "6201"], ["0111", "6201"]),
        ("isic4", ["111", "0112"], [None, "0112"]),
    ],
)
def test_zeros_and_detail_are_seen_in_the_whole_column(name, written, read):
    found = normalise_sectors(pd.Series(written), name)
    assert found.where(found.notna(), None).tolist() == read


@pytest.mark.parametrize("source", ["scian2018", "scian2023", "naics2022"])
def test_hardly_a_code_of_north_america_becomes_an_european_one(source):
    """Only groups of four digits or less look alike: the column as a whole tells."""
    codes = vocabulary(source)["code"]
    long = codes[codes.str.len() > 4]
    assert normalise_sectors(long, "nace2").isna().all()
    assert normalise_sectors(long, "isic4").isna().all()


@pytest.mark.parametrize("name", CLASSIFICATIONS)
def test_the_vocabulary_that_fits_best_is_the_codes_own(name):
    found, share = best_vocabulary(vocabulary(name)["code"])
    assert found == name
    assert share == 1
    assert best_vocabulary(pd.Series([None], dtype=object)) == ("", 0.0)
