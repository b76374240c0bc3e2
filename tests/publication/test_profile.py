"""Profiles: every text of the data stays text, what is withheld is nowhere, what is missing is named with its cure."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.text import Text

from geoterritorio.i18n import LANGUAGES, translator
from geoterritorio.publication.methods import DISCOVERIES, ToolUse, works_cited
from geoterritorio.publication.profile import (
    PARTS,
    Case,
    Exhibit,
    Setting,
    profile,
    profile_index,
    surroundings,
)
from geoterritorio.publication.profile.chosen import CHOSEN
from geoterritorio.publication.profile.page import TEXTS
from geoterritorio.publication.profile.parts import MARK_WIDTH, along, along_quotients
from geoterritorio.publication.profile.surroundings import _room
from geoterritorio.publication.profile.unlooked import _TAKES, needed
from geoterritorio.registry import descriptions

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "{{ 7*7 }}",
    "{{ cycler.__init__.__globals__.os.getpid() }}",
    "{% x",
    "{# y",
    "${7*7}",
    "</style></title><script>alert(1)</script>",
    "line\u2028paragraph\u2029end",
    "=1+1",
    "{name.__class__}",
    "&lt;b&gt; &#123;",
    "$x$ 東京",
]
VOID = {"meta", "img", "br", "hr", "link", "input", "circle", "line"}


class Page(HTMLParser):
    """Tags and texts of a document, read as a browser would."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open, self.style = [], [], [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.texts.append(data)

    @property
    def text(self):
        return "".join(self.texts)


def texts_of(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def quotients(territory="T1", name="Leather", **columns):
    rows = {
        "territory": [territory, territory, territory, "other"],
        "sector": ["15", "25", "47", "15"],
        "sector_name": [name, "Metal", "Trade", name],
        "employment": [400.0, 31.0, 77777.0, 10.0],
        "establishments": [40.0, 9.0, 2.0, 3.0],
        "status": ["known", "known", "withheld", "known"],
        "lq": [3.21, 1.4, 8.8888, 0.5],
        "low": [2.5, 0.7, 6.6666, 0.2],
        "high": [4.1, 2.6, 9.9999, 1.1],
        "certainty": ["high", "unclear", "withheld", "unclear"],
    }
    return pd.DataFrame(rows | columns)


def exhibit(tool, output, kind, rows, title="Towns", **settings):
    return Exhibit(tool, output, kind, title, rows, {}, settings)


def case(*exhibits, lang="en", territory="T1", name="Town"):
    return Case(territory, name, exhibits, lang)


def of_quotients(**columns):
    return exhibit("location_quotient", "quotients", "quotients", quotients(**columns), level=0.95)


def statements(text="Firms meet", source="Interview 3"):
    return exhibit(
        "",
        "evidence",
        "evidence",
        pd.DataFrame(
            {
                "territory": "T1",
                "item": ["bottom_up", "bottom_up", "identity"],
                "rating": [0.0, 3.0, 2.0],
                "statement": [text, "They do not", "Old"],
                "statement_es": ["Las empresas se reúnen", "No lo hacen", "Vieja"],
                "source": [source, "Interview 4", None],
                "date": ["2024-04", "2024-05", None],
                "coder": ["A", "B", "A"],
                "confidence": [0.6, 0.3, np.nan],
            }
        ),
        "Statements",
    )


def test_readings_without_any_statements_are_told_without_their_column():
    row = {"territory": "T1", "axis": "A", "title": "Methods", "district_reading": "yes", "because": ""}
    rows = pd.DataFrame([row | {"cluster_reading": "yes", "agrees": "yes"}])
    bare, coded = (
        profile(case(exhibit("contrast", "axes", "contrast_axes", table)), Setting("A study"))
        for table in (rows, rows.assign(statements=3, rating_least=1.0, rating_most=2.0))
    )
    assert "Both readings, axis by axis" in bare
    assert "Coded statements</th>" not in bare
    assert "Coded statements</th>" in coded
    assert "3, rated 1 to 2" in coded


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_stays_text(payload, lang):
    told = case(
        exhibit(
            "location_quotient", "quotients", "quotients", quotients(payload, payload), payload, level=0.95
        ),
        statements(payload, payload),
        exhibit(
            "",
            "indicators",
            "indicators",
            pd.DataFrame({"territory": [payload], "indicator": [payload], "value": [1.0]}),
            payload,
        ),
        exhibit(
            "",
            "actions",
            "actions",
            pd.DataFrame(
                {"territory": [payload], "action": [payload], "kind": [payload], "funder": [payload]}
            ),
            payload,
        ),
        lang=lang,
        territory=payload,
        name=payload,
    )
    page = Page(profile(told, Setting(payload, [payload], links={payload: "index.html"}), alt=payload))
    assert page.open == []
    assert {tag for tag, _ in page.tags} & {"script", "img", "b", "iframe"} == set()
    assert page.text.count(payload) >= 8
    assert not any(name.startswith("on") for _, attrs in page.tags for name in attrs)
    assert Page(profile_index([(payload, "a.html")], Setting(payload), lang=lang)).text.count(payload) >= 2


def test_the_policy_names_the_only_style_and_nothing_is_fetched():
    html = profile(case(of_quotients()), Setting("A study"))
    page = Page(html)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    [policy] = [a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r'(src|href)="(https?:)?//', html)
    assert not any("style" in attrs for _, attrs in page.tags)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_in_one_language(lang):
    other = next(x for x in LANGUAGES if x != lang)
    text = Page(profile(case(of_quotients(), statements(), lang=lang), Setting("X"))).text
    for english in (TEXTS["key"], TEXTS["unknown"], TEXTS["command"], "Specialisations", "clearly above 1"):
        assert translator(lang)(english) in text
        assert translator(other)(english) not in text
    assert ("Las empresas se reúnen" in text) is (lang == "es")
    assert ("Firms meet" in text) is (lang == "en")


def test_figures_of_withheld_cells_are_nowhere():
    html = profile(case(of_quotients()), Setting("X"))
    for figure in ("77,777", "77777", "8.89", "6.67", "10.00", "9.9999"):
        assert figure not in html
    text = Page(html).text
    assert "≥ 431" in text
    assert "at least: 1 sectors are withheld or unknown" in text
    assert "figures of the withheld cells, or totals that bound them" in text


def test_quotients_come_with_interval_level_and_drawing():
    text = Page(html := profile(case(of_quotients()), Setting("X"))).text
    assert "sectors clearly above 1, by the lower end of the interval (95%)" in text
    assert "2.50–4.10" in text
    assert html.count('<line class="bar"') == 1
    none = of_quotients(certainty=["few", "unclear", "withheld", "few"])
    text = Page(profile(case(none), Setting("X"))).text
    assert "none is claimed" in text
    assert "0 of 2" in text


def test_contradictions_are_kept_and_said():
    text = Page(profile(case(statements()), Setting("X"))).text
    assert "3 statements on 2 items" in text
    assert "without a source: 1" in text
    assert (
        "Ratings more than one step apart, kept as they are: Bottom-up: local actors take part in deciding."
        in text
    )
    assert "0 / 3" in text
    assert "Firms meet (Interview 3, 2024-04, A, confidence 0.6)" in text
    assert "no source" in text
    assert "1.5" not in text


def test_what_was_not_looked_at_is_named_with_its_layer_and_its_command():
    text = Page(profile(case(), Setting("X"))).text
    assert "The study holds no figure of this territory." in text
    for part in PARTS:
        known = [tool for tool in part.tools if tool in descriptions()]
        if known:
            assert known[0].replace("_", "-") in text
        assert part.title in text or not (known or part.layers)
    other = Page(profile(case(), Setting("X", elsewhere={"reach": "Markets"}))).text
    assert "the same step for these territories (it looked at “Markets”)" in other
    had = Page(profile(case(), Setting("X", kinds=frozenset({"flows", "counts"})))).text
    assert "the step alone: the study has its layers" in had
    assert "commuting flows" in text
    assert "commuting flows" not in had


def test_what_a_tool_needs_is_what_it_cannot_do_without():
    counts = {"territories", "counts"}
    assert needed("districts", counts) == ("firms", "reference")
    assert needed("clusters", counts) == ("firms", "definitions")
    assert needed("contrast", counts | {"firms"}) == ("reference", "definitions")
    assert needed("location_quotient", counts) == ()
    assert needed("location_quotient", {"territories"}) == ("counts",)
    for tool in _TAKES:
        kinds = {p.get("kind") for p in descriptions()[tool]["parameters"]}
        assert set(needed(tool, ())) & kinds or tool == "contrast"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_of_which_most_is_unknown_says_so_and_which_layers_open_most(lang):
    say = translator(lang)
    told = case(of_quotients(), ladder_without_sources(), lang=lang)
    text = Page(profile(told, Setting("X", kinds=frozenset({"counts"})))).text
    lead = say("Nearly everything is unknown here: {told} of {total} sections have figures.")
    assert lead.format(told=2, total=len(PARTS)) in text
    # what the ladder lacks stands with the section that the same layer feeds: two of each
    assert say("links between actors") + " (3)" in text
    assert "`" not in text
    assert "column" not in text
    assert "Networks of actors" in text or lang == "es"


def ladder_without_sources():
    rows = pd.DataFrame(
        {
            "territory": "T1",
            "title": ["Ties stay", "Somebody mediates", "Networking is rated"],
            "title_es": ["Se quedan vínculos", "Alguien media", "Se valora la red"],
            "passed": "unknown",
            "required": "yes",
            "value": np.nan,
            "reason": ["no such figure", "no such figure", "no statements"],
            "source": ["actor_network", "brokerage", None],
            "subject": ["a", "b", "networking"],
            "cure": ["`actor-network`: links (layer links, columns source)"] * 3,
        }
    )
    return exhibit("ladder", "conditions", "ladder_conditions", rows, "Ladder")


def test_the_foot_of_a_printed_page_names_the_territory_and_cannot_end_the_style():
    name = '"}</style><b>ñ'
    page = Page(profile(case(name=name), Setting("X")))
    assert page.open == []
    assert "counter(page)" in page.style
    assert "".join(f"\\{ord(letter):x} " for letter in name) in page.style
    assert "</" not in page.style


def test_a_section_that_has_no_row_of_the_territory_says_so():
    text = Page(profile(case(of_quotients(), territory="nowhere"), Setting("X"))).text
    assert "The study looked at this and has nothing to tell of this territory: Towns." in text


def test_indicators_tell_the_latest_period_with_its_interval_and_missing_ones_their_cure():
    rows = pd.DataFrame(
        {
            "territory": ["T1", "T1", "T1", "T2"],
            "indicator": ["Firms (share)", "Firms (share)", "Patents", "Firms (share)"],
            "value": [0.2, 0.25, np.nan, 0.5],
            "low": [0.1, 0.2, np.nan, np.nan],
            "high": [0.3, 0.3, np.nan, np.nan],
            "period": ["2010", "2020", "2020", "2020"],
        }
    )
    text = Page(
        profile(case(exhibit("", "indicators", "indicators", rows, "Own figures")), Setting("X"))
    ).text
    assert "Firms (share) · 2020" in text
    assert "between 20% and 30%" in text
    assert "2010" not in text
    assert "a figure of it in “Own figures”" in text


def test_a_tool_without_words_of_its_own_is_told_as_it_is():
    rows = pd.DataFrame(
        {
            "territory": ["T1", "T2"],
            "kind": ["training", "training"],
            "present": ["unknown", "yes"],
            "reason": ["withheld cells", ""],
            "cure": ["numbers of establishments", ""],
        }
    )
    told = exhibit("innovation_system", "presence", "presence", rows, "Innovation")
    text = Page(profile(case(told), Setting("X"))).text
    assert "Innovation system and its gaps" in text
    assert text.count("training") == 2
    assert "numbers of establishments" in text


def test_tools_of_the_project_show_chosen_columns_and_list_what_is_open():
    scores = pd.DataFrame(
        {
            "territory": "T1",
            "capital": ["human", "natural"],
            "score": [0.61, np.nan],
            "score_low": [0.5, np.nan],
            "score_high": [0.7, np.nan],
            "missing": ["", "Forest (share)"],
            "reason": [None, "withheld cells"],
            "cure": [None, "more territories"],
        }
    )
    normalised = pd.DataFrame({"territory": ["T1"], "indicator": ["not told here"], "normalised": [0.123]})
    conditions = pd.DataFrame(
        {
            "territory": "T1",
            "title": ["Ties exist"],
            "title_es": ["Hay vínculos"],
            "passed": ["unknown"],
            "cure": ["a layer of links between firms and institutions"],
        }
    )
    told = [
        exhibit("capitals", "scores", "capital_scores", scores, "Four capitals"),
        exhibit("capitals", "normalised", "normalised_indicators", normalised, "Four capitals"),
        exhibit("ladder", "conditions", "ladder_conditions", conditions, "Ladder"),
    ]
    html = profile(case(*told, lang="es"), Setting("X"))
    text = Page(html).text
    assert "not told here" not in text
    assert html.count('<line class="bar"') == 1
    assert "Hay vínculos" in text
    assert "Ladder: Hay vínculos" in text
    assert "Ties exist" not in text
    assert "más territorios" in text


def test_columns_that_a_profile_chooses_are_those_of_the_tools():
    for tool, output in CHOSEN:
        if tool not in descriptions():
            continue
        found = next(o for o in descriptions()[tool]["outputs"] if o["name"] == output)
        look = CHOSEN[tool, output]
        # Titles of sectors come from the vocabulary.
        wanted = {*look.columns, *look.drawn, *(c.removeprefix("-") for c in look.order)} - {"sector_name"}
        assert wanted <= {c["name"] for c in found["columns"]}, (tool, output)


def test_drawings_stay_within_their_room():
    drawn = along(5, -9, 99, least=0, most=1, at=0.5)
    assert (drawn.value, drawn.low, drawn.high, drawn.at) == (
        MARK_WIDTH - 6,
        6,
        MARK_WIDTH - 6,
        MARK_WIDTH / 2,
    )
    assert along(1, 1, 1, least=1, most=1) is None
    assert along(np.nan, np.nan, np.nan, least=0, most=1) is None
    quotient = along_quotients(2, 1, 4, most=4)
    assert quotient.at == quotient.low == MARK_WIDTH / 2
    assert quotient.high == MARK_WIDTH - 6
    assert quotient.value == pytest.approx(MARK_WIDTH * 0.75, abs=3)
    assert along_quotients(0, 0, 0.5, most=4).value == 6


def test_names_on_the_map_stand_beside_institutions_and_neighbours_that_are_cut_off_are_named():
    shapes = [shapely.box(x * 1e4, 0, (x + 1) * 1e4, 1e4) for x in range(3)]
    towns = gpd.GeoDataFrame(
        {"territory": list("abc"), "name": ["Left", "Middle", "Right"]}, geometry=shapes, crs=25830
    )
    dot = np.array([[15e3, 5e3]])
    place = _room(shapes[1], dot)
    assert shapely.Point(place).within(shapes[1])
    assert np.hypot(*(place - dot[0])) > 2e3
    middle = _room(shapes[1], np.empty((0, 2)))
    assert middle == pytest.approx([15e3, 5e3], abs=400)
    assert np.isnan(_room(shapely.Polygon(), dot)).all()
    places = gpd.GeoDataFrame({"kind": ["training"]}, geometry=shapely.points(dot), crs=25830)
    assert {"Left", "Middle", "Right"} <= set(
        texts_of(surroundings("b", {"territories": towns, "institutions": places}))
    )


def test_the_map_shows_the_territory_its_neighbours_and_open_institutions():
    shapes = [shapely.box(x * 1e4, 0, (x + 1) * 1e4, 1e4) for x in range(3)]
    towns = gpd.GeoDataFrame(
        {"territory": ["a", "b", "c"], "name": ["$x$", "Middle", None]}, geometry=shapes, crs=25830
    )
    places = gpd.GeoDataFrame(
        {"kind": ["training", "chamber", "own kind"], "closed": [None, "2001", None]},
        geometry=shapely.points([[15e3, 5e3], [16e3, 5e3], [14e3, 5e3]]),
        crs=25830,
    )
    drawn = texts_of(surroundings("b", {"territories": towns, "institutions": places}))
    assert {"$x$", "Middle", "c"} <= set(drawn)
    assert "own kind" in drawn
    assert len([t for t in drawn if "hamber" in t]) == 0
    alone = towns.iloc[[0]].set_geometry(shapely.points([[0, 0]]), crs=25830)
    assert "$x$" in texts_of(surroundings("a", {"territories": alone}, lang="es"))


def test_a_work_that_is_cited_in_two_ways_is_named_once():
    other = "Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57, 289-300."
    use = ToolUse("", "", (other, "Burt, R. S. (1992). Structural Holes."), {}, {})
    works = works_cited([DISCOVERIES], [use])
    assert [w[:9] for w in works] == ["Benjamini", "Burt, R. "]
    assert "practical" in works[0]
    later = ToolUse("", "", (other.replace("1995", "2000"),), {}, {})
    assert len(works_cited([DISCOVERIES], [later])) == 2


def test_contrast_that_was_given_no_statements_says_nothing_of_them():
    row = {
        "axis": "A",
        "title": "Territory",
        "district_reading": "yes",
        "cluster_reading": "no",
        "agrees": "no",
    }
    axes = exhibit(
        "contrast", "axes", "contrast_axes", pd.DataFrame([{"territory": "T1", **row, "because": None}])
    )
    assert "Both readings, axis by axis" in Page(profile(case(axes), Setting("A study"))).text
