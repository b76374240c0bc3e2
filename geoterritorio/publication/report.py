"""Study report: one HTML file that stands alone, with findings, figures, doubts and methods.

Text of the reader's data reaches the page only as values of template variables, which Jinja
escapes; it is never part of a template. The page holds no script, and its content security
policy names the hash of its only style block.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from matplotlib.figure import Figure

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication import charts, drawing, on_paper
from geoterritorio.publication.accounts import account_of, notice_told, settings_rows
from geoterritorio.publication.brief import in_brief, reading_time
from geoterritorio.publication.chapter import CERTAINTIES, Chapter, Drawn, Listing, territory_names
from geoterritorio.publication.findings import Facts, Teller, facts
from geoterritorio.publication.headings import PROBABILITIES, heading, worded
from geoterritorio.publication.methods import Method, ToolUse, methods_used, tools_used, works_cited
from geoterritorio.publication.numbers import NOTHING, Numbers
from geoterritorio.publication.ordering import foremost, names_first
from geoterritorio.publication.shares import is_points, is_share
from geoterritorio.publication.silent import silence
from geoterritorio.publication.standouts import standout
from geoterritorio.publication.tool_limits import limits_of

ROWS = 20
PLACES = 12
SECTORS = 30
MAP_ROWS, MAP_COLUMNS = 60, 30
# Said in the language of the other report.
_TWIN = mark("This report in English")
_UNTOLD = mark("Nothing of this step is published; its notices say why.")

TEXTS: Mapping[str, str] = {
    "contents": mark("Contents"),
    "skip": mark("Skip to the text"),
    "brief": mark("In brief"),
    "findings": mark("Findings"),
    "strongest": mark("Strongest concentrations, by the lower end of their interval"),
    "doubtful": mark("Look high, but are unclear and not claimed"),
    "further": mark("What the further steps say"),
    "reading": mark("How to read the figures"),
    "figures": mark("Charts"),
    "overview": mark("Overview by sector"),
    "places": mark("Most specialised territories"),
    "largest": mark("Largest concentrations"),
    "missing": mark("What is missing"),
    "notices": mark("Notices of the run"),
    "methods": mark("Methods"),
    "rules": mark("Rules used"),
    "limits": mark("Limits"),
    "works": mark("References"),
    "sources": mark("Data sources"),
    "provenance": mark("Provenance"),
    "profiles": mark("Territorial profiles"),
    "map": mark("Map of these results"),
    "no_chapter": mark("The study has no results to report yet."),
    "no_sources": mark("No data source was named."),
    "no_provenance": mark("No provenance was recorded."),
    "no_findings": mark("No sentence sums up these results; they are:"),
    "no_clear": mark("No cell is clearly above 1."),
    "lq": mark("LQ"),
    "rule": mark("Rule"),
    "value": mark("Value"),
    "item": mark("Item"),
    "columns": mark("What the columns hold"),
    "table": mark("Table"),
    "record": mark("Versions, files and settings of the run"),
    "footer": mark("Made with geoterritorio."),
}
READING = (
    mark(
        "A location quotient (LQ) of 1 means that the sector has the same share of the territory as of "
        "the whole; 2 means twice that share, 0.5 half of it."
    ),
    mark(
        "A cell counts as concentrated only when its whole interval lies above 1, its q-value (where "
        "there is one) agrees, and enough establishments carry it."
    ),
    mark(
        "A quotient describes where activity is. It does not tell why it is there, nor that firms are "
        "linked, nor that one thing caused another."
    ),
    mark("Withheld, unknown and zero are different things: a withheld figure is neither low nor zero."),
)
PLANTS = mark(
    "The interval around a quotient reads: “if the process that placed the plants were repeated”. It is "
    "wide where few plants decide."
)
SURVEY = mark(
    "Where the figures come from a sample survey, the interval reads: “if the survey were repeated”. It "
    "does not tell whether another year would give the same."
)
LIMITS = (
    mark(
        "Quotients depend on the sectors, the boundaries and the whole they are compared with; other "
        "choices give others."
    ),
    mark(
        "A high quotient in a small territory may be few jobs, and a large excess in a large one a modest "
        "quotient."
    ),
    mark("The intervals hold no error of registration, classification or location of the establishments."),
    mark("Cells of one territory or one sector are not independent of each other: their shares add up."),
)
# Kinds of tables whose first rows say most, and how they are ordered.
ORDERED: Mapping[str, str] = {
    "sector_verdicts": mark(
        "Sectors whose verdict changes come first, then those whose share of establishments in areas above 1 "
        "differs most between the divisions."
    )
}
# Kinds of tables of which the first picture says most: it is open.
OPEN = frozenset(("reach_times",))
# A column with a longer text than this asks for room.
_LONG = 32


@dataclass(frozen=True)
class Table:
    """A table of the page: texts only, the first column being the row's heading."""

    caption: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numeric: frozenset[int]
    long: frozenset[int] = frozenset()
    paper: str = ""  # caption of what is printed of it


@dataclass(frozen=True)
class Picture:
    """A figure of the page with its title, its caption and its description for those who do not see it."""

    title: str
    uri: str
    alt: str
    caption: str
    large: bool = False  # letters that can be read where the figure is printed smaller


def report(
    chapters: Sequence[Chapter],
    *,
    title: str,
    lang: Language = "en",
    sources: Sequence[str] = (),
    provenance: Mapping[str, Any] | None = None,
    listings: Sequence[Listing] = (),
    profiles: str = "",
    map_page: str = "",
    twins: Mapping[Language, str] | None = None,
) -> str:
    """
    Study report as one HTML document that stands alone.

    Parameters
    ----------
    chapters
        Results in reading order; may be empty.
    title
        Title of the study.
    lang
        Language of the report.
    sources
        Data sources as they should be cited.
    provenance
        Versions, hashes of the inputs, rules, seed: any nested mapping of plain values.
    listings
        Further tables, such as the quality of a register.
    profiles
        Address of the index of the territories' profiles, relative to the report; empty where there are none.
    map_page
        Address of the study's map, likewise.
    twins
        Addresses of the same report in other languages, likewise.

    Returns
    -------
    html
        Complete document without script and without any request to elsewhere; figures are embedded.

    Notes
    -----
    Figures of withheld cells appear nowhere in the document. The same input gives the same text.

    Examples
    --------
    >>> page = report([], title="A study")
    >>> page.startswith("<!DOCTYPE html>"), "<script" in page
    (True, False)
    """
    say = translator(lang)
    loader = PackageLoader("geoterritorio.publication", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style = loader.get_source(environment, "report.css")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    found = [facts(chapter) for chapter in chapters]
    methods = methods_used(
        [chapter.rules for chapter in chapters], adjusted=any(f.cells["q"].notna().any() for f in found)
    )
    told = frozenset({"location_quotient"} if chapters else ())
    account = provenance or {}
    tools = tools_used(account.get("steps"), told=told)
    sections = [_section(c, f, lang, i) for i, (c, f) in enumerate(zip(chapters, found, strict=True), 1)]
    told_listings = [_listing(listing, lang, i) for i, listing in enumerate(listings, 1)]
    brief = in_brief(found, listings, lang)
    page = environment.get_template(
        "report.html"
    ).render(
        lang=lang,
        title=title,
        style=Markup(style),  # noqa: S704 - our own file, which holds no data
        style_hash=digest,
        t={key: say(text) for key, text in TEXTS.items()},
        sheet=on_paper.sheet_note(lang),
        wide=on_paper.WIDE,
        reading=[say(text) for text in _reading(methods)],
        limits=[say(text) for text in (*(LIMITS if chapters else ()), *limits_of(account.get("steps")))],
        brief=brief,
        minutes=reading_time([*brief, *_open_texts(sections, told_listings)], lang) if brief else "",
        made=Numbers(lang).day(str(account.get("started", ""))[:10]),
        chapters=sections,
        listings=told_listings,
        methods=[_method(method, lang) for method in methods],
        tools=[_tool(use, lang) for use in tools],
        works=works_cited(methods, tools),
        sources=[str(source) for source in sources],
        provenance=settings_rows(account_of(account, say), lang),
        profiles=profiles,
        map_page=map_page,
        twins=[(x, address, translator(x)(_TWIN)) for x, address in (twins or {}).items()],
    )
    # a lone surrogate in a name could not be written to a file
    return page.encode("utf-8", "replace").decode("utf-8")


def _open_texts(sections: Sequence[Mapping[str, Any]], listings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Texts of the findings."""
    told = [text for section in sections for text in section["opening"]]
    told += [part for section in sections for parts in section["strongest"] for part in parts]
    return told + [listing["standout"] for listing in listings if listing["standout"]]


def _listing(listing: Listing, lang: Language, position: int) -> dict[str, Any]:
    say, said = translator(lang), standout(listing, lang)
    told = listing.table.dropna(axis="columns", how="all") if len(listing.table) else listing.table
    rows = foremost(names_first(told), listing.kind)
    numeric = frozenset(i for i, c in enumerate(rows.columns) if pd.api.types.is_numeric_dtype(rows[c]))
    captions = [_where(listing, shown, lang) for shown in (len(rows), min(len(rows), on_paper.ROWS))]
    if listing.kind in ORDERED:
        captions = [f"{caption}. {say(ORDERED[listing.kind])}" for caption in captions]
    measured = rows["measure"] if "measure" in rows.columns else [None] * len(rows)
    head = tuple(listing.names.get(str(c)) or heading(str(c), listing.kind, say) for c in rows.columns)
    cells = [
        tuple(_told(str(c), v, listing.kind, lang, what) for c, v in zip(rows.columns, row, strict=True))
        for row, what in zip(rows.itertuples(index=False), measured, strict=True)
    ]
    long = frozenset(
        i for i in range(len(head)) if i not in numeric and any(len(row[i]) > _LONG for row in cells)
    )
    helps = [
        (name, say(listing.helps[column]))
        for name, column in zip(head, rows.columns, strict=True)
        if listing.helps.get(column) and say(listing.helps[column]) != name
    ]
    return {
        "id": f"table-{position}",
        "title": listing.title,
        "standout": said,
        "silent": silence(listing, lang),
        "open": listing.kind in OPEN,
        "table": Table(
            captions[0], head, cells, numeric, long, on_paper.narrowed(captions[1], len(head), lang)
        ),
        "pictures": [
            _picture(drawn, lang, raster=not head, said=said if i == 0 else None)
            for i, drawn in enumerate(listing.pictures)
        ],
        "helps": helps,
        "notices": [notice_told(n, lang) for n in listing.notices],
    }


def _where(listing: Listing, shown: int, lang: Language) -> str:
    """Where the whole of a table is, or of a raster, of which no rows can be shown; nowhere where it is internal."""
    if not listing.file:
        return translator(lang)(_UNTOLD)
    if not len(listing.table.columns):
        return message("The raster: {file}", file=listing.file).render(translator(lang))
    numbers = Numbers(lang)
    rows = {"shown": numbers.count(shown), "total": numbers.count(len(listing.table))}
    if listing.whole:
        told = message("{shown} of {total} rows; the whole table: {file}", file=listing.whole, **rows)
    else:
        told = message(
            "{shown} of {total} rows; the whole table is internal: {file}", file=listing.file, **rows
        )
    return told.render(translator(lang))


def _told(column: str, value: Any, kind: str, lang: Language, measure: object = None) -> str:
    numbers = Numbers(lang)
    if pd.isna(value):
        return NOTHING
    if not isinstance(value, int | float | np.number):
        return worded(column, str(value), kind, translator(lang))
    number = float(value)
    if is_share(column, kind, measure):
        return numbers.percent(round(number, 3))
    if is_points(column, kind):
        return message("{number} points", number=numbers.points(number)).render(translator(lang))
    if column in PROBABILITIES:
        return _small(number, numbers)
    return numbers.significant(number) if number % 1 else numbers.count(number)


def _reading(methods: Sequence[Method]) -> list[str]:
    formulas = {method.formula for method in methods}
    survey = [SURVEY] if "survey" in formulas else []
    plants = [] if survey and not formulas & {"midp", "exact", "variance", "compound"} else [PLANTS]
    return [*READING[:1], *plants, *survey, *READING[1:]] if methods else [*READING[-1:]]


def _section(chapter: Chapter, found: Facts, lang: Language, position: int) -> dict[str, Any]:
    teller = Teller(found, lang)
    say = translator(lang)
    return {
        "id": f"chapter-{position}",
        "name": chapter.name,
        "heading": message("Results: {name}", name=chapter.name).render(say),
        "opening": teller.opening(),
        "strongest": teller.strongest(),
        "doubtful": teller.doubtful(),
        "largest": _largest(teller),
        "places": _places(teller),
        "overview": _overview(teller),
        "pictures": _pictures(chapter, found, lang),
        "missing": teller.unknown(),
        "notices": [notice_told(notice, lang) for notice in chapter.notices],
        "rules": settings_rows(chapter.rules, lang),
        "rules_heading": message("Rules used: {name}", name=chapter.name).render(say),
    }


def _largest(teller: Teller) -> Table:
    found, numbers, say = teller.found, teller.numbers, teller.say
    rows = [
        (
            str(row["activity"]),
            str(row["place"]),
            teller.quotient(row),
            numbers.interval(row["low"], row["high"]),
            numbers.count(row[found.unit]),
            numbers.signed(row["excess"]),
            _small(row["q"], numbers),
        )
        for row in found.clear.head(ROWS).to_dict("records")
    ]
    told = _counted(
        mark("Cells clearly above 1, ordered by the lower end of the interval: {shown} of {all}."),
        len(rows),
        found.number("high"),
        teller,
    )
    size = say(mark("Establishments")) if found.unit == "establishments" else say(mark("Jobs"))
    head = (
        say(mark("Sector or occupation")),
        say(mark("Territory")),
        say(mark("LQ")),
        say(mark("Interval")),
        size,
        say(mark("Excess")),
        "q",
    )
    return Table(told[0], head, rows, frozenset(range(2, 7)), paper=told[1])


def _counted(text: str, shown: int, total: int, teller: Teller) -> list[str]:
    """Caption that counts the rows of a page, and that of its print."""
    count = teller.numbers.count
    return [
        message(text, shown=count(rows), all=count(total)).render(teller.say)
        for rows in (shown, min(shown, on_paper.ROWS))
    ]


def _small(value: float, numbers: Numbers) -> str:
    if np.isnan(value):
        return NOTHING
    return f"< {numbers.plain(0.001)}" if value < 0.001 else numbers.plain(round(value, 3))  # noqa: PLR2004 - smaller ones say no more


def _places(teller: Teller) -> Table:
    found, numbers, say = teller.found, teller.numbers, teller.say
    clear = found.clear
    by = "excess" if clear["excess"].notna().any() else "lq"
    best = clear.sort_values([by, "activity"], ascending=[False, True]).drop_duplicates("territory")
    best = best.assign(clear=best["territory"].map(clear["territory"].value_counts()))
    best = best.sort_values(["clear", by, "place"], ascending=[False, False, True])
    rows = [
        (
            str(row["place"]),
            numbers.count(row["clear"]),
            str(row["activity"]),
            teller.quotient(row),
            numbers.signed(row["excess"]),
        )
        for row in best.head(PLACES).to_dict("records")
    ]
    head = (
        say(mark("Territory")),
        say(mark("Sectors clearly above 1")),
        say(mark("Largest excess")) if by == "excess" else say(mark("Highest quotient")),
        say(mark("LQ")),
        say(mark("Excess")),
    )
    told = _counted(
        mark("Territories with most sectors clearly above 1: {shown} of {all}."), len(rows), len(best), teller
    )
    return Table(told[0], head, rows, frozenset((1, 3, 4)), paper=told[1])


def _overview(teller: Teller) -> Table:
    numbers, say = teller.numbers, teller.say
    counts = charts.certainty_by_sector(teller.found.cells)
    kinds = [kind for kind in CERTAINTIES if counts[kind].sum()]
    rows = [
        (str(row["activity"]), *(numbers.count(row[kind]) for kind in kinds))
        for row in counts.head(SECTORS).to_dict("records")
    ]
    told = _counted(
        mark("Number of territories by sector and certainty: {shown} of {all} sectors."),
        len(rows),
        len(counts),
        teller,
    )
    head = (say(mark("Sector or occupation")), *(_capital(say(CERTAINTIES[kind])) for kind in kinds))
    return Table(told[0], head, rows, frozenset(range(1, len(head))), paper=told[1])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _pictures(chapter: Chapter, found: Facts, lang: Language) -> list[Picture]:
    cells = found.cells
    if not cells["lq"].notna().any():
        return []
    say, names, quotients = translator(lang), territory_names(chapter.territories), chapter.quotients
    forest = charts.forest_plot(quotients, names=names, lang=lang)
    bars = charts.certainty_bars(quotients, lang=lang)
    pictures = [
        _shown(say(charts.FOREST), forest, *_told_forest(found, lang)),
        _shown(say(mark("How sure the quotients are")), bars, *_told_bars(found, lang)),
    ]
    sides = sorted((cells["sector"].nunique(), cells["territory"].nunique()))
    if sides[0] <= MAP_COLUMNS and sides[1] <= MAP_ROWS:
        drawn = charts.quotient_heatmap(quotients, names=names, lang=lang)
        pictures.append(_shown(say(mark("All quotients")), drawn, *_told_map(lang)))
    else:
        drawn = charts.size_quotient_scatter(quotients, names=names, lang=lang)
        pictures.append(
            _shown(say(mark("Size and quotient of all cells")), drawn, *_told_scatter(found, lang))
        )
    return [*pictures, *(_picture(drawn, lang) for drawn in chapter.pictures)]


def _picture(drawn: Drawn, lang: Language, *, raster: bool = False, said: str | None = None) -> Picture:
    """Picture; the first of a chapter is described by what stands out in it."""
    say = translator(lang)
    title = say(drawn.title)
    alt = message("Picture: {title}. The figures behind it are in the tables.", title=title)
    if raster:
        alt = message("Picture: {title}. The figures behind it are in the raster.", title=title)
    caption = f"{title}. {say(drawn.reading)}" if drawn.reading else f"{title}."
    text = " ".join(filter(None, (alt.render(say), said)))
    return _shown(title, drawn.figure, text, caption)


def _shown(title: str, figure: Figure, alt: str, caption: str) -> Picture:
    return Picture(title, drawing.svg_uri(figure), alt, caption, drawing.has_large_letters(figure))


def _told_forest(found: Facts, lang: Language) -> tuple[str, str]:
    say, numbers = translator(lang), Numbers(lang)
    drawn = charts.foremost(found.cells, ROWS)
    clear = int((drawn["certainty"] == "high").sum())
    alt = message(
        "Forest plot of {n} location quotients with intervals; {clear} lie clearly above 1.",
        n=numbers.count(len(drawn)),
        clear=numbers.count(clear),
    )
    caption = mark(
        "Highest location quotients with their intervals. Filled dots are clearly above 1; hollow dots "
        "are not, and are not claimed. The vertical line marks 1."
    )
    return alt.render(say), say(caption)


def _told_bars(found: Facts, lang: Language) -> tuple[str, str]:
    say, numbers = translator(lang), Numbers(lang)
    alt = message(
        "Stacked bars by sector: {high} cells clearly above 1, {low} clearly below, {unclear} not told "
        "apart from 1, {withheld} withheld.",
        **{kind: numbers.count(found.number(kind)) for kind in ("high", "low", "unclear", "withheld")},
    )
    caption = say(mark("How sure the quotients are: territories by sector and certainty."))
    if found.cells["sector"].nunique() > SECTORS:
        more = message(
            "Drawn: the {n} sectors with most territories clearly above 1.", n=numbers.count(SECTORS)
        )
        caption = f"{caption} {more.render(say)}"
    return alt.render(say), caption


def _told_map(lang: Language) -> tuple[str, str]:
    say = translator(lang)
    caption = mark(
        "Location quotients of all territories and sectors. Orange is above 1, blue below; faded colours "
        "are not told apart from 1 or rest on too little; a cross marks withheld cells; white means no "
        "figure."
    )
    return say(mark("Heat map of the location quotients; the tables hold its main figures.")), say(caption)


def _told_scatter(found: Facts, lang: Language) -> tuple[str, str]:
    say = translator(lang)
    alt = message(
        "Scatter of size against location quotient for {n} cells.",
        n=Numbers(lang).count(int(found.cells["lq"].notna().sum())),
    )
    caption = mark(
        "Size of the cell against its location quotient. Small cells reach extreme quotients easily: read "
        "the colour before the height. The horizontal line marks 1."
    )
    return alt.render(say), say(caption)


def _method(method: Method, lang: Language) -> dict[str, str]:
    say = translator(lang)
    return {"title": say(method.title), "formula": method.formula, "text": say(method.text)}


def _tool(use: ToolUse, lang: Language) -> dict[str, Any]:
    say = translator(lang)
    rules = [
        (f"{name} · {label}", value)
        for name, held in use.uses.items()
        for label, value in settings_rows(held, lang, use.parameters)
    ]
    return {
        "title": say(use.title),
        "steps": ", ".join(use.uses),
        "text": say(use.text),
        "works": use.works,
        "rules": rules,
    }
