"""No English is left in what the doors say in Spanish."""

import re
import warnings

import pandas as pd
import pytest

from geoterritorio.errors import GeoterritorioError, GeoterritorioWarning, Message, message, worded
from geoterritorio.i18n import translator
from geoterritorio.layers import read_layer
from geoterritorio.layers.findings import distinct, listing
from geoterritorio.layers.schema import KINDS

spanish = translator("es")
ENGLISH = re.compile(r"\b(is|the|of|are|rows|first|should|with|not|Keep|Write)\b")
FILES = {
    "empty.csv": b"",
    "western.csv": "territory,sector\nPeña,15\n".encode("cp1252"),
    "mixed.csv": b"territory,sector\n" + "Peña 1,15\n".encode() + "Peña 2,15\n".encode("cp1252"),
    "bytes.csv": b"territory,sector\n\x81\xf1,15\n",
    "nul.csv": b"territory,sector\n0\x001,15\n",
    "twice.csv": b"territory,sector,sector\n01,15,16\n",
    "title.csv": b"Empleo\nterritory,sector\n01,15\n02,15\n",
    "ragged.csv": b"territory,sector\n01,15\n02,15,3\n",
    "status.csv": b"territory,sector,status\n01,15,reservad\n",
    "large.csv": b"territory,sector,employment\n01,15,1e308\n",
    "text.csv": b"territory,sector,employment\n01,15,muchos\n02,15,-3\n",
    "period.csv": b"territory,sector,period\n01,15,2001-1999\n",
    "same.csv": b"territory,sector\n01,15\n01,15\n",
    "column.csv": b"territory,sectr\n01,15\n",
    "no.xlsx": b"no workbook",
}


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_told_in_spanish(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(FILES[name])
    said = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            read_layer(path, KINDS["counts"], name="empleo")
        except GeoterritorioError as error:
            said += [p.render(spanish) for p in error.problems]
    assert all(isinstance(w.message, GeoterritorioWarning) for w in caught)
    said += [w.message.message.render(spanish) for w in caught]
    assert said
    for text in said:
        assert not ENGLISH.search(text.replace(str(path), "")), text
        assert "“" not in text


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("institutions", {"institution": ["a"], "kind": ["zzz"]}),
        ("evidence", {"territory": ["a"], "item": ["zzz"], "rating": ["900"], "date": ["2999"]}),
        ("firms", {"sector": ["15"], "territory": ["a"], "opened": ["37000"]}),
        ("actions", {"action": ["a"], "kind": ["nada"], "period": ["2001-1999"], "phase": ["nada"]}),
    ],
)
def test_bad_words_are_told_in_spanish(tmp_path, kind, table):
    pd.DataFrame(table).to_csv(tmp_path / "t.csv", index=False)
    said = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            read_layer(tmp_path / "t.csv", KINDS[kind], name="capa")
        except GeoterritorioError as error:
            said += [p.render(spanish) for p in error.problems]
    said += [w.message.message.render(spanish) for w in caught]
    assert said
    assert not [text for text in said if ENGLISH.search(text)]


def test_numbers_and_words_follow_the_language():
    figure = message("{key}: must lie between {low} and {high}.", key="level", low=0.5, high=0.9999)
    assert str(figure) == "level: must lie between 0.5 and 0.9999."
    assert "0,5 y 0,9999" in figure.render(spanish)
    assert Message("{n}", {"n": 1234.5}).render(spanish) == "1234,5"
    assert Message("{n}", {"n": 3}).render(spanish) == "3"
    assert [worded("Chamber", "Cámara").render(t) for t in (str, spanish)] == ["Chamber", "Cámara"]


def test_listed_values_are_quoted_as_the_reader_quotes():
    few = message("There are: {values}.", values=listing(["a“b", 1.0, None]))
    assert str(few) == "There are: “a“b”, “1.0”, “None”."
    assert few.render(spanish) == "There are: «a“b», «1.0», «None»."
    many = listing(range(7))
    assert str(many) == "“0”, “1”, “2”, “3”, “4” … (+2)"
    assert many.render(spanish) == "«0», «1», «2», «3», «4» … (+2)"
    assert str(listing([])) == listing([]).render(spanish) == ""
    assert str(distinct(["{0}", None, "{0}"])) == "“{0}”"


def test_commas_read_as_decimal_are_shown_as_the_reader_quotes(tmp_path):
    (tmp_path / "t.csv").write_text("territory;sector;employment\n01;15;12,5\n02;15;1.234,5\n", "utf-8")
    with pytest.warns(GeoterritorioWarning) as told:
        read_layer(tmp_path / "t.csv", KINDS["counts"], name="capa")
    said = " ".join(w.message.message.render(spanish) for w in told)
    assert "«12,5» → 12" in said
    assert "“" not in said
