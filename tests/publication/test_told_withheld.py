"""Sentences and tables of report and profile where figures are withheld: none breaks, and none calls them unknown."""

import numpy as np
import pandas as pd
import pytest

from geoterritorio.i18n import LANGUAGES
from geoterritorio.publication.brief import in_brief
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.profile import Case, Exhibit
from geoterritorio.publication.profile.climbed import ladder
from geoterritorio.publication.profile.readings import contrast, districts
from geoterritorio.publication.profile.sections import innovation
from geoterritorio.publication.standouts import standout

WITHHELD = {"withheld": "confidential"}


def brief_of(kind, lang, **columns):
    return " ".join(in_brief([], [Listing("T", pd.DataFrame(columns), "t", kind=kind)], lang))


def case(*tables, lang="en"):
    exhibits = [
        Exhibit(tool, name, kind, "Towns", pd.DataFrame(rows), {}, {}) for tool, name, kind, rows in tables
    ]
    return Case("A", "Town", exhibits, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_brief_counts_nothing_of_nothing(lang):
    none = brief_of(
        "innovation_areas", lang, territory=["A", "B"], kinds_present=[np.nan] * 2, missing_kinds=["", ""]
    )
    sure = brief_of("ladder_areas", lang, territory=["A", "B"], certain=["yes", "yes"])
    for text in (none, sure):
        assert " 0 " not in text
        assert "2" in text
    some = brief_of(
        "innovation_areas", "en", territory=["A", "B"], kinds_present=[3.0, np.nan], missing_kinds=["x", ""]
    )
    assert "In 1 of 1 territories" in some
    assert "of 1 of 2 it is not certain" in brief_of(
        "ladder_areas", "en", territory=["A", "B"], certain=["yes", "no"]
    )


@pytest.mark.parametrize(
    ("certain", "said"), [("yes", "Of none of 2 is it unknown"), ("no", "Of 1 of 2 it is unknown")]
)
def test_of_none_it_is_unknown_how_far_it_is(certain, said):
    rows = {
        "territory": ["A", "B"],
        "rung": [0.0, 1.0],
        "at_least": ["none", "district"],
        "certain": ["yes", certain],
    }
    text = " ".join(
        str(sentence)
        for sentence in [standout(Listing("T", pd.DataFrame(rows), "t", kind="ladder_areas"), "en")]
    )
    assert said in text


def row(**columns):
    return {"territory": ["A"], **{c: [v] for c, v in columns.items()}}


@pytest.mark.parametrize(
    ("rung", "most", "words"),
    [
        (0.0, 0.0, "Towns: no gate is passed yet, whatever is unknown; next gate: "),
        (2.0, 2.0, "Towns: passed up to "),
        (0.0, 2.0, "Towns: at least "),
    ],
)
def test_gates_of_which_nothing_is_open_are_told_once(rung, most, words):
    areas = row(
        at_least="none", at_most="district", rung=rung, rung_most=most, next_gate="cluster", certain="yes"
    )
    told = ladder(case(("ladder", "areas", "ladder_areas", areas)))
    assert any(text.startswith(words) for text in told.lead), told.lead


@pytest.mark.parametrize(("lang", "word"), [("en", "withheld"), ("es", "reservad")])
def test_institutions_are_withheld_or_unknown_and_never_a_dash(lang, word):
    gone = row(number=np.nan, kinds_present=np.nan, missing_kinds="chamber")
    for extra in ({}, {"withheld": ["confidential"]}):
        exhibit = ("innovation_system", "areas", "innovation_areas", gone | extra)
        (text,) = innovation(case(exhibit, lang=lang)).paragraphs
        assert "\N{EN DASH}" not in text
        assert (word in text) == bool(extra)
    known = row(number=3.0, kinds_present=2.0, missing_kinds="chamber")
    (text,) = innovation(case(("innovation_system", "areas", "innovation_areas", known))).paragraphs
    assert text.startswith("Towns: 3 institutions of 2 kinds")


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "is withheld to protect"), ("es", "está reservado por secreto")]
)
def test_readings_that_are_withheld_are_one_sentence(lang, said):
    words = dict.fromkeys(
        ("readings", "district", "cluster", "cluster_verdict", "chosen_by", "group_name"), "withheld"
    )
    (text,) = contrast(case(("contrast", "areas", "contrast_areas", row(**words)), lang=lang)).lead
    assert said in text
    assert text.count("withheld") <= 2


def test_a_table_of_withheld_figures_alone_is_a_sentence():
    rows = pd.DataFrame({"territory": "A", "kind": ["chamber", "finance"], "number": np.nan, **WITHHELD})
    exhibit = Exhibit("innovation_system", "presence", "institution_presence", "Towns", rows, {}, {})
    made = Case("A", "Town", [exhibit], "en")
    silent = made.listing(exhibit, rows, ("kind", "number")).silent
    assert silent == (
        "The table is left out, since none of its 2 rows has a figure (withheld: it would tell of single "
        "establishments: 2)."
    )
    assert not made.listing(exhibit, rows, ("kind",)).silent, "words alone are no figures"
    some = rows.assign(number=[1.0, np.nan])
    assert not made.listing(exhibit, some, ("kind", "number")).silent
    assert not made.listing(exhibit, rows.assign(withheld=None), ("kind", "number")).silent, (
        "unknown is not withheld"
    )


def test_a_row_that_lacks_nothing_of_what_is_shown_has_no_note():
    rows = pd.DataFrame(
        {"territory": "A", "kind": ["chamber"], "distance": 500.0, "expected": np.nan, **WITHHELD}
    )
    exhibit = Exhibit("innovation_system", "gaps", "institution_gaps", "Towns", rows, {}, {})
    made = Case("A", "Town", [exhibit], "en")
    assert "Note" not in made.listing(exhibit, rows, ("kind", "distance")).head
    assert "Note" in made.listing(exhibit, rows, ("kind", "distance", "expected")).head
    assert "Note" in made.listing(exhibit, rows, ("kind",)).head


def test_a_withheld_district_is_a_sentence_and_its_steps_are_another():
    words = dict.fromkeys(("verdict", "main_industry"), "withheld") | {
        "confirmed": "no",
        "preset": "istat2006",
    }
    steps = {
        "asked": "prevails",
        "passed": "withheld",
        "value": np.nan,
        "low": np.nan,
        "high": np.nan,
        "threshold": 1.0,
    }
    told = districts(
        case(
            ("districts", "areas", "district_areas", row(**words)),
            ("districts", "evidence", "district_evidence", row(**steps, withheld="confidential")),
        )
    )
    assert "its verdict and the main industry are withheld" in told.paragraphs[0]
    assert told.tables[0].silent.startswith("The table is left out, since none of its 1 rows")
