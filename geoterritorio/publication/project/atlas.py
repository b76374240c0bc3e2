"""The atlas of a project: a page for each territory with its map, its foremost figures, legend, scale and sources."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, parse

import numpy as np
import pandas as pd

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import UNSURE, VALUES
from geoterritorio.publication.heading_words import HEADINGS
from geoterritorio.publication.headings import heading
from geoterritorio.publication.project.markup import clean, element, literal, quoted
from geoterritorio.publication.qgis.qml import PART

_TEMPLATES = Path(__file__).parent / "templates"
NAME = mark("Atlas: a page for each territory")
_LEGEND = mark("Legend")
_HIGHEST = mark("Highest location quotients, by the lower end of their interval")
_LARGEST = mark("Highest location quotients")
_LEADING = mark("Colours: location quotient of the sector that stands under each name")
_FIGURES = mark("Figures of the territory")
_INTERVAL = mark("Interval")
_HERE = mark("On this page: {sector}, {quotient}")
_REACHES = mark("≈ not told from 1, as hatched on the map")
_NEAR = "≈\N{NO-BREAK SPACE}"
# Items of the page as their list in QGIS names them.
_ITEMS = {
    "map": mark("Map"),
    "north": mark("North arrow"),
    "scale": mark("Scale"),
    "caption": mark("What the colours are"),
    "territory": mark("Territory"),
    "study": mark("Study"),
    "page": mark("Number of the page"),
    "heading": mark("Heading of the table"),
    "note": mark("Note on the table"),
    "figures": _FIGURES,
    "legend": _LEGEND,
    "sources": mark("Sources"),
    "date": mark("Day"),
    "rows": mark("Table"),
}
# What names a territory or its period is said elsewhere on the page.
_NO_FIGURES = frozenset(("territory", "sector", "level", "parent", "valid_from", "valid_to", "name"))
_MOST_FIGURES = 16
_LARGE = 100  # figures above it are shown without decimals
_FIXED = "0"
_LINE, _SMALLEST = 48, 8  # letters that the title's line holds at its full size, and its smallest size
# Of the caption at a size in points: letters of a line times size, lines times size, and the smallest size.
_LETTERS_OF_LINE, _HEIGHT, _TINIEST = 495, 30, 5
_LETTERS_OF_FIGURES = 10  # of a quotient with its interval, beyond the words they stand in for
HEADING = "{heading}"  # key of the rule that heads a legend
_PART = 4  # of places without an area, a page shows this part of the whole, across


@dataclass(frozen=True)
class Atlas:
    """
    What an atlas shows.

    Attributes
    ----------
    coverage
        Name of the layer whose every row has a page.
    figures
        Name of a table of location quotients, of which each page lists the territory's highest; without it the
        page lists the figures of the row.
    date
        Day that is printed.
    """

    coverage: str
    figures: str = ""
    date: str = ""


@dataclass(frozen=True)
class Sheet:
    """Layer as the atlas refers to it."""

    key: str
    title: str
    source: str
    rows: pd.DataFrame
    kind: str


def layout(
    coverage: Sheet,
    outline: Sheet,
    figures: Sheet | None,
    *,
    texts: Mapping[str, str],
    lang: Language,
    area: bool,
) -> Element:
    """
    Print layout with its atlas.

    Parameters
    ----------
    coverage
        Layer whose every row has a page.
    outline
        The same rows, drawn as the outline of the page's territory.
    figures
        Table of location quotients; None where there is none.
    texts
        ``title``, ``sources`` (lines), ``date``.
    lang
        Language of the page.
    area
        Whether the rows are areas, on which a page zooms in.

    Returns
    -------
    element
        The ``Layout``.
    """
    page = parse(_TEMPLATES / "atlas.xml").getroot()  # noqa: S314 - our own file
    say = translator(lang)
    items = {item.get("id", ""): item for item in page.findall("LayoutItem")}
    named = quoted("name" if _named(coverage.rows) else "territory")
    page.set("name", clean(say(NAME)))
    said = {
        "territory": f"[% {named} %]",
        "study": clean(texts["title"]),
        "heading": clean(say(_heading(figures))),
        "note": clean(say(_REACHES)),
        "caption": _caption(coverage, lang),
        "figures": "" if figures else _own_figures(coverage, lang),
        "sources": clean(texts["sources"]),
        "date": clean(texts["date"]),
    }
    for name, text in said.items():
        items[name].set("labelText", text)
    _fit(items["territory"], coverage.rows)
    _fit_caption(items["caption"], coverage.rows, lang)
    items["north"].set("file", _picture("north.svg"))
    items["legend"].set("title", clean(say(_LEGEND)))
    _tree(items["legend"]).append(tree_layer(coverage.key, coverage.title, coverage.source))
    _map(items["map"], coverage, outline, area=area)
    _pages(page, coverage, named)
    _rows(page, items, figures, lang)
    for name, item in items.items():
        if name:
            item.set("id", clean(say(_ITEMS[name])))
    return page


def _rows(page: Element, items: Mapping[str, Element], figures: Sheet | None, lang: Language) -> None:
    """Table of the page's quotients, or the figures of its row."""
    gone = ["figures"] if figures else ["rows"]
    if figures is None:
        page.remove(_part(page, "LayoutMultiFrame"))
    else:
        _table(_part(page, "LayoutMultiFrame"), figures, lang)
    if figures is None or not {"low", "high"} <= set(figures.rows.columns):
        gone.append("note")
    for name in gone:
        page.remove(items[name])


def _fit(item: Element, rows: pd.DataFrame) -> None:
    """Make the type of the title as small as its longest text needs."""
    longest = _longest(rows, "name" if _named(rows) else "territory")
    size = int(_type(item)[1])
    _set_in(item, min(size, max(_SMALLEST, size * _LINE // max(longest, 1))))


def _fit_caption(item: Element, rows: pd.DataFrame, lang: Language) -> None:
    """Make the type of the caption so small that the longest name of a sector leaves room for its figures."""
    say = translator(lang)
    longest = max(_longest(rows, c) for c in ("sector_name", "sector", "territory"))
    letters = [len(say(_LEADING)), len(say(_HERE)) + longest + _LETTERS_OF_FIGURES]
    size = float(_type(item)[1])
    while size > _TINIEST and sum(-(-n // int(_LETTERS_OF_LINE / size)) for n in letters) > int(
        _HEIGHT / size
    ):
        size -= 0.5
    _set_in(item, size)


def _longest(rows: pd.DataFrame, column: str) -> int:
    return max((len(str(v)) for v in rows[column]), default=0) if column in rows.columns else 0


def _type(item: Element) -> list[str]:
    return _part(item, "LabelFont").get("description", "").split(",")


def _set_in(item: Element, size: float) -> None:
    family, _, *others = _type(item)
    _part(item, "LabelFont").set("description", ",".join([family, f"{size:g}", *others]))


def _heading(figures: Sheet | None) -> str:
    if figures is None:
        return _FIGURES
    return _HIGHEST if "low" in figures.rows.columns else _LARGEST


def _caption(coverage: Sheet, lang: Language) -> str:
    """What the colours tell, and the page's own quotient with its interval: the table may not hold it."""
    has, say = coverage.rows.columns.__contains__, translator(lang)
    if not (has("sector") and has("lq")):
        return ""
    figure = _number("lq", 2, lang)
    if has("low") and has("high"):
        figure = f"{_near(has)} || {figure} || coalesce(' (' || {_between(lang)} || ')', '')"
    told = {"sector": f"[% {_sector(has)} %]", "quotient": f"[% coalesce({figure}, '–') %]"}
    return f"{clean(say(_LEADING))}\n{clean(say(_HERE)).format(**told)}"


def _sector(has: Callable[[object], bool]) -> str:
    return 'coalesce("sector_name", "sector")' if has("sector_name") else '"sector"'


def _between(lang: Language) -> str:
    return f"{_number('low', 2, lang)} || ' – ' || {_number('high', 2, lang)}"


def _near(has: Callable[[object], bool]) -> str:
    """Sign before a quotient that is not told from 1: by the codes that the map hatches by, else by its interval."""
    codes = ", ".join(map(literal, UNSURE["certainty"]))
    unsure = f'"certainty" IN ({codes})' if has("certainty") else '"low" <= 1 AND "high" >= 1'
    return f"if({unsure}, '{_NEAR}', '')"


def tree_layer(
    key: str, title: str, source: str, *, provider: str = "ogr", shown: bool = True, head: str = ""
) -> Element:
    """Layer in a tree of layers; ``head`` stands above its legend where QGIS has the name of a raster's band."""
    opened = Element("Option", type="StringList", name="expandedLegendNodes")
    # Classes are seen as soon as the layer is opened, also those around which a rule lies.
    opened.extend(Element("Option", type="QString", value=key) for key in (HEADING, PART.format(0)))
    said = [opened]
    if head:
        said.append(element("Option", type="QString", name="legend/label-0", value=clean(head)))
    settings = element("Option", type="Map", children=said)
    return element(
        "layer-tree-layer",
        id=key,
        name=clean(title),
        source=source,
        providerKey=provider,
        checked="Qt::Checked" if shown else "Qt::Unchecked",
        expanded=int(shown),
        children=[element("customproperties", children=[settings])],
    )


def _named(rows: pd.DataFrame) -> bool:
    return "name" in rows.columns and bool(rows["name"].notna().all())


def _part(parent: Element, tag: str) -> Element:
    found = parent.find(tag)
    assert found is not None, tag  # noqa: S101 - the template has it
    return found


def _tree(legend: Element) -> Element:
    return _part(legend, "layer-tree-group")


def _picture(name: str) -> str:
    return "base64:" + base64.b64encode((_TEMPLATES / name).read_bytes()).decode()


def _map(item: Element, coverage: Sheet, outline: Sheet, *, area: bool) -> None:
    layers = _part(item, "LayerSet")
    for sheet in (outline, coverage):
        layers.append(
            element("Layer", sheet.key, source=sheet.source, name=clean(sheet.title), provider="ogr")
        )
    west, south, east, north = np.asarray(coverage.rows.total_bounds, dtype=float)
    middle, half = (west + east) / 2, max(east - west, (north - south) * 172 / 150, 1e-9) / 2
    if not area:
        half /= _PART
        _part(item, "AtlasMap").set("scalingMode", _FIXED)
    high = half * 150 / 172
    level = (south + north) / 2
    edges = {"xmin": middle - half, "ymin": level - high, "xmax": middle + half, "ymax": level + high}
    for name, value in edges.items():
        _part(item, "Extent").set(name, repr(float(value)))


def _pages(page: Element, coverage: Sheet, named: str) -> None:
    said = {
        "coverageLayer": coverage.key,
        "coverageLayerName": clean(coverage.title),
        "coverageLayerSource": coverage.source,
        "pageNameExpression": named,
        "filenamePattern": quoted("territory"),
        "sortKey": named,
    }
    for name, value in said.items():
        _part(page, "Atlas").set(name, value)


def _table(table: Element, figures: Sheet, lang: Language) -> None:
    said = {
        "vectorLayer": figures.key,
        "vectorLayerName": clean(figures.title),
        "vectorLayerSource": figures.source,
        "featureFilter": '"territory" = attribute(@atlas_feature, \'territory\') AND "lq" IS NOT NULL',
    }
    for name, value in said.items():
        table.set(name, value)
    columns = _columns(figures, lang)
    _part(table, "displayColumns").extend(
        _column(title, text, width, right=i > 0) for i, (title, text, width) in enumerate(columns)
    )
    first = '"low"' if "low" in figures.rows.columns else '"lq"'
    _part(table, "sortColumns").append(_column("", f"coalesce({first}, -1)", 0, falling=True))


def _columns(figures: Sheet, lang: Language) -> list[tuple[str, str, float]]:
    """Heading, expression and width in mm of each column."""
    say, has = translator(lang), figures.rows.columns.__contains__
    found = [
        (heading("sector_name", "", say), _sector(has), 43.0),
        (heading("lq", "", say), _number("lq", 2, lang), 11.0),
    ]
    if has("low") and has("high"):
        found.append((say(_INTERVAL), f"coalesce({_near(has)} || {_between(lang)}, '–')", 23.0))
    size = next(
        (c for c in ("employment", "establishments") if has(c) and figures.rows[c].notna().any()), None
    )
    if size is not None:
        found.append((heading(size, "", say), f"coalesce({_number(size, 0, lang)}, '–')", 14.0))
    return found


def _number(column: object, decimals: int, lang: Language) -> str:
    """Expression of a number in the marks of the page's language, whatever those of the machine are."""
    return f"format_number({quoted(column)}, {decimals}, '{lang}')"


def _column(title: str, text: str, width: float, *, right: bool = False, falling: bool = False) -> Element:
    return element(
        "column",
        heading=title,
        attribute=text,
        width=width,
        hAlignment=2 if right else 1,
        vAlignment=128,
        sortOrder=int(falling),
        sortByRank=0,
        children=[element("backgroundColor", red=0, green=0, blue=0, alpha=0)],
    )


def _own_figures(coverage: Sheet, lang: Language) -> str:
    """Lines with the figures and words of the page's row; of columns of ours, as others' names may be anything."""
    say = translator(lang)
    lines = []
    for column in coverage.rows.columns:
        if column in _NO_FIGURES or column not in HEADINGS:
            continue
        name, values = quoted(column), coverage.rows[column]
        if pd.api.types.is_numeric_dtype(values):
            large = bool((values.abs() > _LARGE).any())
            shown = _number(column, 0 if large else 3, lang)
        else:
            shown = _in_words(name, values, lang)
        lines.append(f"{clean(heading(str(column), coverage.kind, say))}: [% coalesce({shown}, '–') %]")
    return "\n".join(lines[:_MOST_FIGURES])


def _in_words(name: str, values: pd.Series, lang: Language) -> str:
    """Expression of a text, codes of ours as words."""
    codes = sorted({str(v) for v in values.dropna().unique()} & set(VALUES))
    say = translator(lang)
    if not codes:
        return name
    cases = " ".join(f"WHEN {name} = {literal(code)} THEN {literal(say(VALUES[code]))}" for code in codes)
    return f"CASE {cases} ELSE {name} END"


def sources_line(sources: Sequence[str], notes: Sequence[str], lang: Language) -> str:
    """Sources and notes as the foot of a page has them."""
    say = translator(lang)
    told: list[Message] = [message("Sources: {sources}", sources=" · ".join(sources))] if sources else []
    return "\n".join([*(m.render(say) for m in told), *notes])
