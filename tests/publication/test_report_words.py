"""What a report says in words: where a table is silent, what is printed of it, kinds of layers, names in Spanish."""

import gettext
import re

import numpy as np
import pandas as pd
import pytest

from geoterritorio.errors import Message
from geoterritorio.i18n import LANGUAGES, LOCALES, translator
from geoterritorio.layers.schema import KINDS
from geoterritorio.publication import on_paper, report
from geoterritorio.publication.accounts import notice_told, settings_rows
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import worded
from geoterritorio.publication.layer_words import LAYER_KINDS
from geoterritorio.publication.names import Titles, titled
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.silent import silence
from geoterritorio.publication.standouts import standout
from geoterritorio.registry import descriptions


def withheld(rows=3):
    return pd.DataFrame(
        {
            "territory": list("abc")[:rows],
            "up_to": 30,
            "share": np.full(rows, np.nan),
            "withheld": ["few establishments"] * (rows - 1) + [None],
        }
    )


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "none of its 3 rows has a figure (withheld: it would tell of few establishments: 2)"),
        (
            "es",
            "sus 3 filas no tienen ninguna cifra (reservado: revelaría datos de pocos establecimientos: 2)",
        ),
    ],
)
def test_a_table_without_a_single_figure_is_a_sentence(lang, said):
    page = report([], title="T", lang=lang, listings=[Listing("L", withheld(), "tables/x.csv")])
    assert said in page
    assert "<td" not in page
    known = withheld().assign(share=[0.0, np.nan, np.nan])
    assert "<td" in report([], title="T", lang=lang, listings=[Listing("L", known, "tables/x.csv")])


def test_tables_of_words_are_not_silent_and_empty_ones_are():
    words = pd.DataFrame({"territory": ["a"], "verdict": ["unknown"]})
    assert silence(Listing("L", words, ""), "en") == ""
    assert silence(Listing("L", words.iloc[:0], ""), "es") == "La tabla no tiene ninguna fila."
    assert silence(Listing("L", pd.DataFrame(), ""), "en") == ""


def test_only_so_many_reasons_are_told():
    table = pd.DataFrame({"value": np.full(6, np.nan), "reason": list("aabcde")})
    assert silence(Listing("L", table, ""), "en").endswith("(a: 2; b: 1; c: 1; +2).")


def test_kinds_of_layers_are_told_in_words_of_the_reader():
    assert set(LAYER_KINDS) == set(KINDS)
    account = {"inputs": {"kind": {"kind": "firms", "columns": {"firm": "id", "kind": "roads"}}}}
    rows = dict(settings_rows(account, "es"))
    assert rows == {
        "Entradas · kind · Tipo": "establecimientos",
        "Entradas · kind · Columnas · firm": "id",
        "Entradas · kind · Columnas · kind": "roads",
    }
    say = translator("es")
    same = {"áreas", "densidad"}  # no word is as in English
    assert not [text for text in LAYER_KINDS.values() if say(text) == text and say(text) not in same]


def test_land_is_not_transferred_by_an_institution():
    say = translator("es")
    assert worded("kind", "transfer", "lineage_events", say) == say("transfer")
    assert worded("kind", "transfer", "institution_presence", say) == "transferencia tecnológica"


def test_sets_of_rules_are_called_as_their_tools_call_them():
    given = [p for tool in descriptions().values() for p in tool["parameters"] if p["name"] == "preset"]
    for parameter in given:
        for code, name in zip(parameter["options"], parameter["labels"], strict=True):
            assert worded("preset", code, "district_areas", str) == name
    assert worded("preset", "mine", "district_areas", str) == "mine"


def test_the_order_that_a_sentence_names_is_that_of_its_rows():
    table = pd.DataFrame({"sector": list("abc"), "index": [1.0, 3.0, 2.0], "low": [0.9, 0.1, 0.5]})
    said = standout(Listing("L", table, "", kind="cluster_indices"), "en")
    assert said.startswith("Foremost of 3, by the lower end of the interval of Cluster index: a (1.0")


def test_spanish_names_of_the_data_stand_where_no_vocabulary_has_one():
    table = pd.DataFrame(
        {
            "sector": ["15.2", "own"],
            "sector_name": ["Shoes", "Mine"],
            "indicator": ["Jobs", "Rent"],
            "main_centre": ["c", "d"],
            "main_centre_name": ["School", "Library"],
        }
    )
    titles = Titles("nace2", {"15.2": "Zapatos", "own": "Lo mío"}, {"Jobs": "Empleos"}, {"c": "Escuela"})
    told = titled(table, titles, "es")
    assert told["sector_name"].tolist() == ["Fabricación de calzado", "Lo mío"]
    assert told["indicator"].tolist() == ["Empleos", "Rent"]
    assert told["main_centre_name"].tolist() == ["Escuela", "Library"]
    assert titled(table, titles, "en")["indicator"].tolist() == ["Jobs", "Rent"]
    assert titled(table, Titles(None, {"own": "Lo mío"}), "es")["sector_name"].tolist() == ["Shoes", "Lo mío"]
    assert titled(table, Titles(), "es").equals(table)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_paper_has_the_first_rows_and_says_so_and_the_page_has_all(lang):
    wide = pd.DataFrame({f"c{i}": np.arange(20.0) for i in range(15)})
    page = report([], title="T", lang=lang, listings=[Listing("L", wide, "tables/x.csv")])
    assert page.count("<tr>") == 21
    (caption,) = re.findall(r'<span class="paper">([^<]*)</span>', page)
    say = translator(lang)
    assert caption == on_paper.narrowed(
        say("{shown} of {total} rows; the whole table is internal: {file}").format(
            shown=on_paper.ROWS, total=20, file="tables/x.csv"
        ),
        15,
        lang,
    )
    assert on_paper.sheet_note(lang) in page
    # what the style hides is what is told
    assert f".short tbody tr:nth-child(n + {on_paper.ROWS + 1})" in page
    assert f".wide tr > :nth-child(n + {on_paper.COLUMNS + 1})" in page


def test_a_print_has_the_first_rows_and_few_pages(chromium):
    wide = pd.DataFrame({f"c{i}": np.arange(40.0) for i in range(15)})
    listings = [Listing(f"Step {i}", wide, "tables/x.csv") for i in range(12)]
    page = chromium.new_page()
    page.set_content(report([], title="T", listings=listings))
    page.emulate_media(media="print")
    assert page.locator("table >> nth=0 >> tbody tr:visible").count() == on_paper.ROWS
    assert page.locator("table >> nth=0 >> thead th:visible").count() == on_paper.COLUMNS
    assert page.locator("caption .screen:visible").count() == 0
    printed = page.pdf(prefer_css_page_size=True)
    # a title sheet, the brief part, three or four steps on a page, methods
    assert len(re.findall(rb"/Type ?/Page\b", printed)) <= 9
    page.emulate_media(media="screen")
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    assert page.locator("table >> nth=0 >> tbody tr:visible").count() == 40
    page.close()


def test_what_rests_on_few_establishments_is_not_counted_as_found():
    table = pd.DataFrame(
        {
            "sector": list("abc"),
            "focal_lq": [9.0, 8.0, 1.0],
            "low": [4.0, 3.0, 0.5],
            "q": [0.001, 0.001, 0.9],
            "certainty": ["few", "high", "unclear"],
        }
    )
    said = standout(Listing("L", table, "", kind="focal_quotients"), "en")
    assert said.startswith("Clearly above 1: 1 of 3 cells. Foremost, with Focal LQ: b (8")


def test_no_spanish_sentence_counts_none_of_some():
    with (LOCALES / "es" / "LC_MESSAGES" / "geoterritorio.mo").open("rb") as file:
        texts = list(gettext.GNUTranslations(file)._catalog.values())
    # of one or of no territory “ninguno de los 1 territorios” would be said
    assert len(texts) > 1000
    assert not [t for t in texts if re.search(r"[Nn]ingun[oa] de (los|las) \{total\}", str(t))]


def test_rules_of_checks_levels_and_shares_are_told_in_words():
    given = {"chance": 0.001, "min_sector": 20, "warn_share": 0.01, "heap": 0.1}
    for lang in ("en", "es"):
        labels = [label for label, _ in settings_rows(given, lang)]
        assert not {*given} & {*labels}
    assert settings_rows({"shares": "equal"}, "es")[0][1] == "partes iguales"
    assert settings_rows({"shares": "share"}, "es")[0][1] == "share"  # a column of the reader's own
    (row,) = settings_rows({"levels": "section, division,group"}, "es")
    assert row[1] == "sección, división, grupo de la clasificación"
    assert settings_rows({"levels": "mine,other"}, "es")[0][1] == "mine,other"


def test_large_counts_of_notices_are_written_as_in_tables():
    notice = Message("{pairs} pairs in {year}; {text}", {"pairs": 35778, "year": 2025, "text": "35778"})
    assert notice_told(notice, "en") == "35,778 pairs in 2025; 35778"
    assert notice_told(notice, "es").startswith("35.778 pairs in 2025")


def test_ends_of_intervals_have_no_more_figures_than_they_can_bear():
    numbers = Numbers("es")
    assert numbers.interval(14.69, 17727.47) == "14,7–17.700"
    assert numbers.interval(0.912, 1.304) == "0,91–1,30"
    assert numbers.interval(99.96, 123.4) == "100–123"
    assert numbers.interval(0.0, float("inf")) == "0,00–∞"
    assert numbers.interval(float("nan"), 2.0) == "–"


def test_a_report_links_what_was_written_beside_it_and_nothing_else():
    page = report([], title="T", map_page="map.html", twins={"es": "report.es.html"})
    assert '<a href="map.html">Map of these results</a>' in page
    assert '<a href="report.es.html" hreflang="es" lang="es">Este informe en español</a>' in page
    assert 'href="map.html' not in report([], title="T")
    assert "hreflang" not in report([], title="T")
