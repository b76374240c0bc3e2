"""Names in the reader's language: from a vocabulary, or from the data's own halves; others stay as they are."""

import pandas as pd
import pytest

from geoterritorio.interface.run import _in_words
from geoterritorio.publication.charts import cell_labels
from geoterritorio.publication.names import recognised, with_own_half
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots.dartboard import _stated

FOOTWEAR = {
    "sector": ["15.2", "23.3"],
    "sector_name": ["Manufacture of footwear", "Manufacture of clay building materials"],
}


@pytest.mark.parametrize(
    ("names", "english"),
    [
        (["Market of A / Mercado de A", "Market of B / Mercado de B"], ["Market of A", "Market of B"]),
        (["Mercado de A / Market of A", "Mercado de B / Market of B"], ["Market of A", "Market of B"]),
        # Two names of a place, neither of which tells its language.
        (["Alacant / Alicante", "Elx / Elche"], None),
        # One without halves, or with three parts.
        (["Market of A / Mercado de A", "Market of B"], None),
        (["Market of A / Mercado de A / x", "Market of B / Mercado de B / y"], None),
        ([None, "Market of A / Mercado de A"], [None, "Market of A"]),
        ([], None),
    ],
)
def test_names_with_a_half_in_each_language_are_told_by_the_readers(names, english):
    table = pd.DataFrame({"name": pd.Series(names, dtype=object)})
    found = with_own_half(table, "en")["name"]
    assert found.where(found.notna(), None).tolist() == (names if english is None else english)


def test_a_vocabulary_is_recognised_by_its_titles_only():
    table = pd.DataFrame(FOOTWEAR)
    plain = table.assign(sector=["152", "233"])
    assert recognised(table) == recognised(plain) == "nace2"
    assert recognised(table.assign(sector_name=["Shoes", "Bricks"])) is None
    assert recognised(table.drop(columns="sector_name")) is None
    assert recognised(table.assign(sector_name=None)) is None


def test_a_picture_of_the_command_line_names_sectors_in_its_language():
    table = pd.DataFrame(FOOTWEAR)
    spanish = ["Fabricación de calzado", "Fabricación de materiales cerámicos para la construcción"]
    assert _in_words({"output": table}, {}, "es")["output"]["sector_name"].tolist() == spanish
    own = table.assign(sector_name=["Shoes", "Bricks"])
    assert _in_words({"output": own}, {}, "es")["output"]["sector_name"].tolist() == ["Shoes", "Bricks"]
    counts = pd.DataFrame({"classification": ["NACE Rev. 2, groups"]})
    assert _in_words({"output": own}, {"counts": counts}, "es")["output"]["sector_name"].tolist() == spanish


def test_territories_of_a_common_beginning_are_whole_beside_a_long_sector():
    cells = pd.DataFrame(
        {
            "activity": [
                "Manufacture of instruments and appliances for measuring, testing and navigation; watches"
            ]
            * 2
            + ["Retail sale"],
            "place": [f"Invented labour market of {x}" for x in ("Alquercorla", "Bolsapelda", "Alquercorla")],
        }
    )
    labels = cell_labels(cells)
    assert [label.count("\n") <= 2 for label in labels] == [True] * 3
    assert [label.split()[-1] for label in labels] == ["…Alquercorla", "…Bolsapelda", "…Alquercorla"]


@pytest.mark.parametrize("length", range(1, 200, 7))
def test_a_name_gives_way_to_its_statistic(length):
    name = ("Manufacture of things " * 20)[:length].strip()
    text = _stated(name, 161.84, Numbers("es"))
    assert text.endswith("(z 161,8)")
    assert text.count("\n") <= 2


def test_groups_are_named_in_one_language_too():
    names = ["Food and drink / Alimentos y bebidas", "Machinery and tools / Maquinaria y herramientas", None]
    table = pd.DataFrame({"territory": ["a", "b", "c"], "name": ["A", "B", "C"], "group_name": names})
    told = with_own_half(table, "es")
    assert told["group_name"].tolist()[:2] == ["Alimentos y bebidas", "Maquinaria y herramientas"]
    assert told["group_name"].isna().tolist() == [False, False, True]
    assert told["name"].tolist() == ["A", "B", "C"]
    assert table["group_name"].tolist()[:2] == names[:2]
