"""A withheld verdict is neither a yes nor a no: sentences do not count it among those that are not."""

import pandas as pd
import pytest

from geoterritorio.publication.brief import in_brief
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.standouts import standout
from geoterritorio.publication.telling import told_rows


def districts(*verdicts):
    return pd.DataFrame(
        {
            "territory": [f"M{k}" for k in range(len(verdicts))],
            "district": verdicts,
            "main_industry": ["15.2" if v == "yes" else v for v in verdicts],
            "preset": "istat2006",
            "confirmed": "yes",
        }
    )


@pytest.mark.parametrize(
    ("lang", "none", "words"),
    [
        ("en", "o industrial district", "neither a yes nor a no"),
        ("es", "ingún distrito", "ni un sí ni un no"),
    ],
)
def test_no_district_is_denied_where_all_are_withheld(lang, none, words):
    kind = "district_areas"
    assert none in standout(Listing("D", districts("no", "no"), "", kind=kind), lang)
    listing = Listing("D", districts("withheld", "withheld"), "", kind=kind)
    for told in (standout(listing, lang), " ".join(in_brief([], [listing], lang))):
        assert none not in told
        assert words in told
        assert "2" in told
        assert "0" not in told


def test_withheld_rows_are_no_part_of_the_total():
    listing = Listing("D", districts("yes", "no", "withheld"), "", kind="district_areas")
    assert in_brief([], [listing], "en")[:2] == [
        "By the rules used, 1 of 2 labour markets are industrial districts; undecided for want of data: 0.",
        (
            "D. Withheld, since they follow from withheld figures: the verdicts of 1 of 3 rows. That is neither a yes "
            "nor a no."
        ),
    ]


def test_no_cluster_is_denied_where_all_are_withheld():
    table = pd.DataFrame({"territory": ["a", "b"], "group": ["x", "x"], "verdict": "withheld"})
    listing = Listing("C", table, "", kind="cluster_cells")
    assert in_brief([], [listing], "en")[0].startswith("C. Withheld")
    assert "None" not in standout(listing, "en")


def test_a_withheld_figure_beside_a_told_word_loses_no_row():
    table = districts("yes", "no").assign(status="withheld", certainty="withheld")
    rows, untold = told_rows(table)
    assert untold == 0
    assert rows is table
