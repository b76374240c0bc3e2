"""Every column of a result has a heading, and every code of ours a word, in both languages."""

from __future__ import annotations

import pandas as pd
import pytest

from geoterritorio.i18n import translator
from geoterritorio.layers import quality
from geoterritorio.publication import code_words, headings, report
from geoterritorio.publication.chapter import Listing
from geoterritorio.registry import descriptions

OUTPUTS = [o for tool in descriptions().values() for o in tool["outputs"] if o["type"] == "layer"]


def test_every_column_of_every_result_has_a_heading():
    without = {
        (output["kind"], column["name"])
        for output in OUTPUTS
        for column in output.get("columns", ())
        if column["name"] not in headings.HEADINGS
        and (output["kind"], column["name"]) not in headings.OWN_HEADINGS
    }
    assert without == set(), "add them to publication/headings.py"


def test_headings_are_short_and_differ_within_a_layer():
    for output in OUTPUTS:
        columns = [c["name"] for c in output.get("columns", ())]
        for say in (translator("en"), translator("es")):
            told = [headings.heading(c, output["kind"], say) for c in columns]
            assert max(map(len, told), default=0) <= 36
            assert len(set(told)) == len(told), (output["kind"], told)


def test_every_code_has_a_word():
    for output in OUTPUTS:
        for column in output.get("columns", ()):
            for option in column["options"]:
                assert option in code_words.VALUES, (output["kind"], column["name"])


def test_problems_are_those_of_the_register_the_serious_first():
    found = {check.name: check.severity for check in quality._CHECKS}
    assert set(code_words.PROBLEMS) == set(found)
    grave = ["serious", "doubtful", "note"]
    ranks = [grave.index(found[name]) for name in code_words.PROBLEMS]
    assert ranks == sorted(ranks)


def test_texts_of_the_reader_are_left_alone():
    say = translator("es")
    assert headings.worded("name", "serious", "territories", say) == "serious"
    assert headings.worded("level", "region", "territories", say) == "region"
    assert headings.worded("level", "region", "reference", say) == "región"
    assert headings.worded("group", "all", "group_access", say) == "toda la población"
    assert headings.worded("group", "all", "firms", say) == "all"
    rule = "The main industry is mainly of small firms"
    assert headings.worded("rule", rule, "district_evidence", say) != rule
    source = "ISTAT (2006), Distretti industriali e sistemi locali del lavoro 2001, as quoted by Boix (2008)"
    assert headings.worded("source", source, "district_evidence", say).endswith("según lo cita Boix (2008)")
    assert headings.worded("source", source, "links", say) == source
    assert headings.heading("cluster", "contrast_areas", say) == "Es un cluster"
    assert headings.worded("confirmed", "reading", "district_areas", say).startswith("publicadas, en parte")
    assert headings.worded("correction", "none", "window_verdicts", say) == "ninguna"
    assert headings.worded("scaling", "none", "pattern_verdicts", say) == "ninguna"
    assert headings.worded("verdict", "none", "sector_verdicts", say) == "en ningún área por encima de 1"
    assert (
        headings.worded("problems", "outside; mine", "doubtful_firms", say)
        == "Fuera de todo territorio; mine"
    )


def shown(lang: str) -> str:
    table = pd.DataFrame(
        {
            "sector": ["15.2"],
            "sector_name": ["Footwear"],
            "severity": ["serious"],
            "share_high": [0.5],
            "high": [3.0],
            "largest": [12345.678],
            "my_own": ["high"],
        }
    )
    listing = Listing(
        "Verdicts", table, "t.csv", kind="verdicts", helps={"high": "Areas clearly above 1", "sector": ""}
    )
    return report([], title="T", lang=lang, listings=[listing])


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Areas above 1", "Areas clearly above 1", "serious", "50%", "12,345.68", "my own")),
        (
            "es",
            ("Áreas por encima de 1", "Áreas claramente por encima de 1", "grave", "50\xa0%", "12.345,68"),
        ),
    ],
)
def test_further_table_speaks_the_readers_language(lang, words):
    page = shown(lang)
    for word in words:
        assert f">{word}<" in page, word
    assert "share_high" not in page
    assert ">high<" in page  # the reader's own value
    # what a row is called comes first, its code after it
    assert page.index(">Footwear<") < page.index(">15.2<")
    assert '<th scope="row">Footwear</th>' in page


def test_names_the_reader_gave_are_not_taken_for_words_of_ours():
    account = {
        "steps": [
            {
                "name": "lq",
                "settings": {"firms": "establishments", "measure": "employment", "total": None, "none": {}},
                "notices": ["one notice"],
            }
        ],
        "sources": ["a source"],
    }
    page = report([], title="T", lang="es", provenance=account)
    assert "<td>establishments</td>" in page
    assert "<td>empleo</td>" in page
    for gone in ("settings.total", "settings.none", "one notice", "a source"):
        assert gone not in page


def test_contents_follow_the_order_of_the_page():
    page = shown("en")
    links = [page.index(f'href="#{name}"') for name in ("findings", "table-1", "methods", "provenance")]
    parts = [page.index(f'id="{name}"') for name in ("findings", "table-1", "methods", "provenance")]
    assert links == sorted(links)
    assert parts == sorted(parts)
