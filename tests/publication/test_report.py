"""Report: sentences equal the table, hostile text stays text, withheld figures appear nowhere."""

import base64
import hashlib
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from geoterritorio.errors import Message, message
from geoterritorio.i18n import LANGUAGES, LOCALES, translator
from geoterritorio.publication import Chapter, report
from geoterritorio.publication.accounts import account_of, settings_rows
from geoterritorio.publication.brief import in_brief
from geoterritorio.publication.chapter import Drawn, Listing
from geoterritorio.publication.drawing import svg_uri
from geoterritorio.publication.numbers import Numbers

PAYLOADS = [
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "{% x",
    "{#",
    "${alert(1)}",
    "`x`",
    "</style><b>",
    "$x$",
    "\"'><img src=x onerror=alert(1)>",
    "&amp;&lt;",
    "Ñandú — 東京",
    "{name.__class__}",
]
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Tags, attributes and texts of a document, read as a browser would."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.open, self.style, self.attributes = [], [], [], "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.attributes += [value for _, value in attrs if value]
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

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def tables(html):
    """Tables of the page as frames; figures with thousands separators become numbers."""
    frames = []
    for body in re.findall(r"<table.*?</table>", html, re.DOTALL):
        rows = [
            [Page(cell).text for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL)]
            for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
        ]
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        numbers = frame.apply(lambda c: pd.to_numeric(c.str.replace(",", ""), errors="coerce"))
        frames.append(numbers.where(numbers.notna(), frame).infer_objects())
    return frames


def table(rng, territories=12, sectors=9):
    index = pd.MultiIndex.from_product(
        [[f"t{i:02}" for i in range(territories)], [f"s{i:02}" for i in range(sectors)]],
        names=["territory", "sector"],
    )
    cells = index.to_frame(index=False)
    cells["sector_name"] = "Sector " + cells["sector"]
    cells["lq"] = np.exp(rng.normal(0, 0.9, len(cells)))
    half = rng.uniform(1.1, 3, len(cells))
    cells["low"], cells["high"] = cells["lq"] / half, cells["lq"] * half
    cells["employment"] = rng.integers(10, 90000, len(cells)).astype(float)
    cells["excess"] = cells["employment"] * (1 - 1 / cells["lq"])
    cells["effective_plants"] = rng.uniform(1, 60, len(cells))
    cells["p"] = rng.uniform(0, 0.2, len(cells))
    cells["q"] = (cells["p"] * 1.5).clip(upper=1)
    cells["status"] = "known"
    cells["certainty"] = np.select(
        [cells["effective_plants"] < 5, cells["low"] > 1, cells["high"] < 1],
        ["few", "high", "low"],
        "unclear",
    )
    return cells


def places(cells, extra=0):
    ids = [*cells["territory"].unique(), *[f"empty{i}" for i in range(extra)]]
    names = [f"Place {i}" for i in ids]
    return gpd.GeoDataFrame(
        {"territory": ids, "name": names}, geometry=gpd.points_from_xy([0.0] * len(ids), [0.0] * len(ids))
    )


RULES = {"measure": "employment", "level": 0.95, "method": "compound", "reference": None}


def chapter(cells, rules=RULES, **kwargs):
    return Chapter(
        kwargs.pop("name", "step_one"), places(cells, kwargs.pop("extra", 0)), cells, rules, **kwargs
    )


@pytest.fixture
def cells():
    return table(np.random.default_rng(11))


@pytest.mark.parametrize(("payload", "lang"), list(zip(PAYLOADS, LANGUAGES * 6, strict=True)))
def test_hostile_text_stays_text(cells, payload, lang):
    names = places(cells)
    names.loc[:5, "name"] = payload
    cells["sector_name"] = payload
    html = report(
        [
            Chapter(
                payload,
                names,
                cells,
                {payload: payload, "reference": payload, "nested": {payload: [payload]}},
                (Message(payload), message("Left out: {name}", name=payload)),
            )
        ],
        title=payload,
        lang=lang,
        sources=(payload,),
        provenance={payload: {"hash": payload}},
    )
    page = Page(html)
    assert page.open == []
    assert not {"script", "b", "iframe", "object", "link"} & {tag for tag, _ in page.tags}
    assert not any(key.startswith("on") or key == "style" for _, attrs in page.tags for key in attrs)
    assert all(attrs["src"].startswith("data:image/svg+xml,") for attrs in page.of("img"))
    # title twice, findings, sources, notices, rules, provenance: all there, letter by letter
    assert page.text.count(payload) > 20
    assert html.count("<style>") == html.count("</style>") == 1


def test_policy_names_the_style_block_and_nothing_else(cells):
    page = Page(report([chapter(cells)], title="T"))
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    (policy,) = [m["content"] for m in page.of("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy.split("; ")[:3] == ["default-src 'none'", f"style-src 'sha256-{digest}'", "img-src data:"]
    assert page.tags[3][1]["http-equiv"]  # after html, head and charset: before anything it must rule
    assert "url(" not in page.style
    assert "http" not in " ".join(a for a in page.attributes if not a.startswith("data:")).replace(
        "http-equiv", ""
    )


def test_sentences_equal_the_table(cells):
    cells.loc[:3, "certainty"] = "withheld"
    text = Page(report([chapter(cells, extra=2)], title="T")).text
    kinds = cells["certainty"].value_counts()
    judged = kinds["high"] + kinds["low"] + kinds["unclear"]
    known = cells[cells["certainty"] != "withheld"]
    passed = known["q"] <= 0.05
    both = (passed & (known["certainty"] == "high")).sum()
    assert "The table holds 108 cells, each a sector in a territory (territories: 12, sectors: 9)." in text
    assert f"Cells that could be judged: {judged}." in text
    assert (
        f"For {kinds['high']} of them the whole 95% interval lies above 1, which counts here as "
        f"concentrated; for {kinds['low']} it lies below 1, and {kinds['unclear']} are not told" in text
    )
    # babel rounds a half to the even digit
    assert f"about {judged * 25 / 1000:.1f} of the {judged} would" in text
    assert f"all {len(known)} tests of the table" in text
    assert (
        f"holds for {passed.sum()} cells, above or below 1, of which about {passed.sum() / 20:.1f} at" in text
    )
    assert f"too: {both}." in text
    assert "no figure is shown here: 4." in text
    assert "Territories without any known quotient: 2 (Place empty0, Place empty1)." in text


def test_verdicts_that_count_all_tests_are_told_so(cells):
    by_interval = cells["certainty"].isin(["high", "low"])
    cells.loc[by_interval & (cells["q"] > 0.05), "certainty"] = "unclear"
    text = Page(report([chapter(cells)], title="T")).text
    kinds = cells["certainty"].value_counts()
    assert f"For {kinds['high']} of them the whole 95% interval lies above 1 and the q-value agrees" in text
    assert f"{kinds['low']} are likewise below 1, and {kinds['unclear']} are not told apart from 1." in text
    unclaimed = ((cells["low"] > 1) & (cells["certainty"] != "high")).sum()
    assert f"or of enough establishments: {unclaimed}." in text
    assert "by chance alone" not in text
    assert "not clear once all tests are counted" in text


def test_strongest_and_doubtful_cells_are_the_right_ones(cells):
    text = Page(report([chapter(cells)], title="T")).text
    strongest = cells[cells["certainty"] == "high"].nlargest(5, "low")
    found = [text.index(_told(row)) for row in strongest.itertuples()]
    assert found == sorted(found)
    doubt = cells[cells["certainty"].isin(["few", "unclear"]) & (cells["lq"] >= 1.25)].nlargest(5, "excess")
    claimed = text[: text.index("Look high, but")]
    for row in doubt.itertuples():
        assert _told(row) in text
        assert _told(row) not in claimed


def _told(row):
    return (
        f"Sector {row.sector}, Place {row.territory}: LQ {row.lq:.2f}; "
        f"interval {_end(row.low)}\N{EN DASH}{_end(row.high)}; {row.employment:,.0f} jobs"
    )


def _end(value):
    """End of an interval: two decimals, from 10 on three figures."""
    if value < 10:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 99.95 else f"{float(f'{value:.3g}'):,.0f}"


@pytest.mark.parametrize("flag", ["status", "certainty"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_withheld_figures_leave_no_trace(cells, flag, lang):
    hidden = cells["lq"].nlargest(7).index
    cells.loc[hidden, flag] = "withheld"
    other = cells.copy()
    figures = ["lq", "low", "high", "employment", "excess", "p", "q", "effective_plants"]
    other.loc[hidden, figures] = other.loc[hidden, figures] * 1.9 + 0.123
    assert report([chapter(cells)], title="T", lang=lang) == report([chapter(other)], title="T", lang=lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_withheld_cells_that_cannot_be_concentrations_are_counted(cells, lang):
    cells.loc[:4, "certainty"] = "withheld"
    cells.loc[:4, "most"] = [0.2, 1.0, 1.01, 7.0, np.nan]
    text = Page(report([chapter(cells)], title="T", lang=lang)).text
    said = {
        "en": "Withheld cells that the published totals keep at or below 1: 2.",
        "es": "Celdas reservadas que los totales publicados dejan en 1 o menos: 2.",
    }
    assert said[lang] in text
    assert (
        said[lang].split(":")[0]
        not in Page(report([chapter(cells.drop(columns="most"))], title="T", lang=lang)).text
    )


def test_largest_table_equals_the_cells(cells):
    html = report([chapter(cells)], title="T")
    first = tables(html)[0]
    clear = cells[cells["certainty"] == "high"].nlargest(20, "low")
    assert first["LQ"].tolist() == clear["lq"].round(2).tolist()
    assert first["Jobs"].tolist() == clear["employment"].tolist()
    assert first["Territory"].tolist() == ("Place " + clear["territory"]).tolist()


def test_territories_are_ranked_by_their_clear_sectors(cells):
    second = tables(report([chapter(cells)], title="T"))[1]
    clear = cells[cells["certainty"] == "high"]
    expected = ("Place " + clear["territory"]).value_counts()
    shown = second.set_index("Territory")["Sectors clearly above 1"]
    assert shown.to_dict() == expected.loc[shown.index].to_dict()
    assert shown.iloc[0] == expected.max()


def test_overview_counts_every_cell(cells):
    cells.loc[:8, "status"] = "withheld"
    third = tables(report([chapter(cells)], title="T"))[2]
    assert third.drop(columns="Sector or occupation").to_numpy().sum() == len(cells)
    assert third["Withheld"].sum() == 9


@pytest.mark.parametrize("lang", LANGUAGES)
def test_empty_and_odd_results_still_give_a_report(cells, lang):
    bare = cells[["territory", "sector", "lq"]]
    cases = {
        "none": [],
        "no cell": [chapter(cells.iloc[:0])],
        "bare columns": [chapter(bare, rules={})],
        "all withheld": [chapter(cells.assign(status="withheld"))],
        "all undefined": [chapter(cells.assign(lq=np.nan))],
        "one sector": [chapter(cells[cells["sector"] == "s00"])],
        "one cell": [chapter(cells.iloc[:1])],
        "endless": [chapter(cells.assign(high=np.inf, low=0.0))],
        "numbers as codes": [chapter(cells.assign(territory=cells["territory"].str[1:].astype(int)))],
        "no names": [
            Chapter(
                "x", gpd.GeoDataFrame({"territory": [], "geometry": []}), cells, {"level": 95, "method": None}
            )
        ],
    }
    for case in cases.values():
        page = Page(report(case, title="T", lang=lang))
        assert page.open == []
        assert page.of("html") == [{"lang": lang}]
    assert "nothing can be said" in Page(report(cases["all withheld"], title="T")).text
    assert "This step produced no cell" in Page(report(cases["no cell"], title="T")).text
    assert "descriptions, not findings" in Page(report(cases["bare columns"], title="T")).text


def test_page_can_be_read_without_seeing_it(cells):
    page = Page(report([chapter(cells), chapter(cells, name="two")], title="T"))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert all(attrs.get("alt") for attrs in page.of("img"))
    assert len(page.of("caption")) == len(page.of("table"))
    assert all(attrs.get("scope") in ("row", "col") for attrs in page.of("th"))
    targets = [a["href"][1:] for a in page.of("a")]
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert set(targets) == set(ids)


def test_every_word_of_ours_passes_through_the_catalogue(cells, monkeypatch):
    def marked(lang):
        del lang
        return lambda text: f"⟦{text}⟧"

    for name in ("report", "findings", "charts", "accounts", "brief", "on_paper", "silent"):
        monkeypatch.setattr(sys.modules[f"geoterritorio.publication.{name}"], "translator", marked)
    cells["sector_name"], cells["status"] = "§", "known"
    names = places(cells).assign(name="§")
    cells.loc[:3, "status"] = "withheld"
    html = report(
        [Chapter("§", names, cells, {"method": "mid compound rse", "level": 0.9})], title="§", sources=["§"]
    )
    html = re.sub(r'<div lang="en" class="works">.*?</div>', "", html, flags=re.DOTALL)
    html = re.sub(r"<math.*?</math>", "", html, flags=re.DOTALL)
    page = Page(html)
    shown = page.texts + [a.get("alt", "") + a.get("aria-label", "") for _, a in page.tags]
    previous = None
    joined = "\n".join(shown)
    while previous != joined:  # marks may be nested
        previous, joined = joined, re.sub(r"⟦[^⟦⟧]*⟧", "", joined)
    assert set(re.findall(r"[^\W\d_]{2,}", joined)) <= {"mid", "compound", "rse"}


def test_spanish_catalogue_has_every_text(cells, monkeypatch):
    if not list(LOCALES.glob("es/LC_MESSAGES/*.mo")):
        pytest.skip("the Spanish catalogue is not compiled")
    seen = set()

    def recording(lang):
        return lambda text: seen.add(text) or translator(lang)(text)

    for name in ("report", "findings", "charts", "accounts", "brief", "on_paper", "silent"):
        monkeypatch.setattr(sys.modules[f"geoterritorio.publication.{name}"], "translator", recording)
    for method in ("compound", "mid_p", "exact", "delta", "survey standardised"):
        report([chapter(cells, {**RULES, "method": method})], title="T", lang="es")
    assert len(seen) > 80
    assert {text for text in seen if translator("es")(text) == text} == set()


def test_numbers_follow_the_language(cells):
    spanish = Page(report([chapter(cells)], title="T", lang="es")).text
    best = cells[cells["certainty"] == "high"].nlargest(1, "low").iloc[0]
    assert f"{best['lq']:.2f}".replace(".", ",") in spanish
    assert "95\N{NO-BREAK SPACE}%" in spanish
    assert Numbers("en").quotient(1.0004) == "1.0004"
    assert Numbers("es").quotient(0.9996) == "0,9996"
    assert Numbers("en").quotient(1.0) == "1.00"
    assert Numbers("en").signed(-1234.4) == "\N{MINUS SIGN}1,234"
    assert Numbers("es").count(float("nan")) == Numbers("en").interval(float("nan"), 2) == "\N{EN DASH}"
    assert Numbers("en").count(float("inf")) == "∞"


@pytest.mark.parametrize(
    ("method", "named"),
    [
        ("mid_p", "Interval: conditional mid-p"),
        ("exact", "Interval: conditional exact"),
        ("delta", "Interval: large samples, delta method"),
        ("compound", "Interval: establishments of unequal size"),
        ("survey", "Interval: published relative standard error"),
        ("none", None),
    ],
)
def test_methods_are_those_of_the_rules(cells, method, named):
    text = Page(report([chapter(cells, {**RULES, "method": method})], title="T")).text
    assert re.findall(r"Interval: [\w ,-]+", text) == ([named] if named else [])
    assert ("Moineddin" in text) == (named is not None)
    assert "Benjamini, Y." in text
    without = Page(report([chapter(cells.drop(columns="q"), {"method": method})], title="T")).text
    assert "Benjamini, Y." not in without


def test_rules_and_provenance_are_listed(cells):
    text = Page(
        report(
            [chapter(cells, {**RULES, "some_rule": 5})],
            title="T",
            provenance={"seed": 20251, "inputs": {"firms.gpkg": "sha256:ab12"}, "rules": {"level": 0.95}},
        )
    ).text
    for part in ("some_rule", "20251", "Inputs · firms.gpkg", "sha256:ab12", "95%"):
        assert part in text


def test_same_input_gives_the_same_page_and_stays_untouched(cells):
    before = cells.copy(deep=True)
    assert report([chapter(cells)], title="T") == report([chapter(cells)], title="T")
    pd.testing.assert_frame_equal(cells, before)


def test_broken_characters_can_be_written(cells):
    broken = "lone \ud800 half"
    html = report([chapter(cells, name=broken)], title=broken, sources=[broken])
    assert "lone ? half" in html.encode("utf-8").decode()


def test_pictures_of_a_step_are_shown_with_their_reading():
    figure = Figure(figsize=(1, 1))
    name = "<b>{{ 7*7 }}"
    drawn = Drawn(figure, "Lorenz curves with their Gini", "The further below, the less equal.")
    table = pd.DataFrame({"sector": ["a"], "value": [0.2]})
    for lang in LANGUAGES:
        html = report(
            [], title="T", lang=lang, listings=[Listing(name, table, "tables/x.csv", pictures=(drawn,))]
        )
        (image,) = Page(html).of("img")
        assert image["src"] == svg_uri(figure)
        assert translator(lang)(drawn.title) in image["alt"]
        assert f"{translator(lang)(drawn.title)}. {translator(lang)(drawn.reading)}" in Page(html).text


def test_pictures_of_a_chapter_follow_its_own(cells):
    drawn = Drawn(Figure(figsize=(1, 1)), "Sectors by size")
    own = Page(report([chapter(cells)], title="T")).of("img")
    more = Page(report([replace(chapter(cells), pictures=(drawn,))], title="T")).of("img")
    assert [image["src"] for image in more] == [*(image["src"] for image in own), svg_uri(drawn.figure)]


class Folds(HTMLParser):
    """How many folds stand around each table and figure, and which of them are open."""

    def __init__(self, html):
        super().__init__()
        self.folds, self.found = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "details":
            self.folds.append("open" in dict(attrs))
        if tag in ("table", "figure"):
            self.found.append((tag, list(self.folds)))

    def handle_endtag(self, tag):
        if tag == "details":
            self.folds.pop()


def test_tables_and_figures_are_folded_but_for_the_first_figure(cells):
    listing = Listing("L", pd.DataFrame({"sector": ["a"], "value": [0.2]}), "tables/x.csv")
    html = report([chapter(cells), chapter(cells)], title="T", listings=[listing], provenance={"seed": 1})
    found = Folds(html).found
    assert all(len(folds) == 1 for _, folds in found)
    assert [tag for tag, folds in found if folds == [True]] == ["figure"]
    # Three tables of each chapter, the listing, the rules of each chapter, the record.
    assert [tag for tag, _ in found].count("table") == 2 * 3 + 1 + 2 + 1


def test_a_report_of_many_cells_is_light():
    rng = np.random.default_rng(4)
    index = pd.MultiIndex.from_product([range(150), range(260)], names=["territory", "sector"])
    many = index.to_frame(index=False).astype(str).assign(status="known")
    many["sector_name"] = "Manufacture of things of kind " + many["sector"]
    many["lq"] = np.exp(rng.normal(0, 1, len(many)))
    many["low"], many["high"] = many["lq"] / 2, many["lq"] * 2
    many["employment"] = rng.integers(1, 900, len(many)).astype(float)
    html = report([chapter(many)], title="T")
    assert len(html) < 700_000


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_report_without_quotients_has_its_brief_and_its_day_in_words(lang):
    areas = pd.DataFrame(
        {"territory": list("ab"), "kinds_present": [10, 6], "missing_kinds": ["", "laboratory"]}
    )
    ladder = pd.DataFrame({"territory": list("ab"), "certain": ["yes", "no"]})
    told = in_brief(
        [],
        [
            Listing("Ladder", ladder, "", kind="ladder_areas"),
            Listing("I", areas, "", kind="innovation_areas"),
        ],
        lang,
    )
    assert len(told) == 3, "what institutions lack, what is open on the ladder, and what no figure says"
    assert re.search(r"\b1 (of|de) 2\b", told[0])
    assert re.search(r"\b1 (of|de) 2\b", told[1])
    plain = in_brief([], [Listing("Any", areas, "", kind="other")], lang)
    assert len(plain) == 2
    page = report(
        [],
        title="A",
        lang=lang,
        listings=[Listing("Any", areas, "", kind="other")],
        provenance={"started": "2026-03-05T10:00"},
    )
    assert {"en": "5 March 2026", "es": "5 de marzo de 2026"}[lang] in page
    assert 'id="brief"' in page
    assert in_brief([], [Listing("Any", areas.iloc[:0], "", kind="other")], lang) == []


def test_settings_of_a_run_are_told_in_the_readers_words():
    account = {
        "steps": [
            {
                "name": "near",
                "tool": "tabulate",
                "computed": "before",
                "settings": {"snap": 5, "outside": "drop"},
            }
        ]
    }
    rows = dict(settings_rows(account_of(account, translator("es")), "es"))
    told = " ".join([*rows, *rows.values()])
    assert "en una ejecución anterior" in told
    assert not {"snap", "outside", "before", "drop"} & set(re.findall(r"\w+", told))
