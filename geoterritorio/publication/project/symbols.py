"""Plain symbols for layers of which nothing else says how they look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np
import pandas as pd

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.headings import heading
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.project.markup import clean, element, literal, options, quoted
from geoterritorio.publication.webmap.palette import BREAKS, COLOURS

IN_FORCE = mark("in force")
FORMER = mark("no longer in force")
NO_VALUE = mark("no value")
_FILL, _LINE, _MARKER = "fill", "line", "marker"
_SHAPES = {"Polygon": _FILL, "Line": _LINE, "Point": _MARKER}
# Light to dark, and told apart without colours; the qualitative ones are Okabe and Ito's.
_RAMP = ("#f3eed9", "#c3d9b5", "#7db8a4", "#37858f", "#1c4e6b")
_KINDS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#666666")
_PAPER, _EDGE, _INK = "#f4f1ea", "#8c8577", "#3b3b3b"
_MOST_KINDS = 24
# The figure that a layer of results is about, where it has one of these.
_FIGURES = (
    "focal_lq",
    "lq",
    "index",
    "eci",
    "fitness",
    "density",
    "corrected",
    "regional",
    "related",
    "total",
    "population",
    "stability",
    "value",
    "share",
    "quotient",
    "statistic",
    "flow",
)
_AT_ONE = frozenset(("lq", "focal_lq", "quotient"))


@dataclass(frozen=True)
class Entry:
    """Line of a legend: rows for which an expression holds, their word and colour."""

    where: str
    words: str
    colour: str
    hollow: bool = False


def symbology(rows: pd.DataFrame, kind: str, geometry: str, lang: Language) -> list[Element]:
    """
    Renderer and labels of a layer.

    Parameters
    ----------
    rows
        Its rows.
    kind
        Kind of the layer, as in the schema.
    geometry
        Point, Line or Polygon.
    lang
        Language of the legend.

    Returns
    -------
    elements
        What the ``maplayer`` of the project holds of it.
    """
    entries = _entries(rows, kind, lang)
    drawn = _rules(entries, geometry) if entries else _single(kind, geometry, rows)
    return [drawn, *([_label(rows)] if geometry == "Polygon" and "name" in rows.columns else [])]


def _entries(rows: pd.DataFrame, kind: str, lang: Language) -> list[Entry]:
    say = translator(lang)
    if "valid_to" in rows.columns and rows["valid_to"].notna().any():
        to = quoted("valid_to")
        return [
            Entry(f"{to} IS NULL", say(IN_FORCE), _PAPER),
            Entry(f"{to} IS NOT NULL", say(FORMER), "#d55e00", hollow=True),
        ]
    if kind == "institutions":
        return _kinds(rows, "kind", dict(vocabulary("institution_kinds").set_index("code")[lang]))
    if kind in {"hotspots", "local_moran"}:
        return _kinds(rows, "cluster", {code: say(word) for code, word in VALUES.items()})
    column = next((c for c in _FIGURES if c in rows.columns and pd.api.types.is_numeric_dtype(rows[c])), None)
    return (
        [] if column is None or kind in {"population", "territories"} else _classes(rows, column, kind, lang)
    )


def _kinds(rows: pd.DataFrame, column: str, words: Mapping[str, str]) -> list[Entry]:
    found = sorted(rows[column].dropna().astype(str).unique())[:_MOST_KINDS]
    return [
        Entry(
            f"{quoted(column)} = {literal(code)}",
            clean(words.get(code) or code.replace("_", " ")),
            _KINDS[i % len(_KINDS)],
        )
        for i, code in enumerate(found)
    ]


def _classes(rows: pd.DataFrame, column: str, kind: str, lang: Language) -> list[Entry]:
    """Five classes: around 1 for quotients, else of as many rows each."""
    known = rows[column].dropna().to_numpy(dtype=float)
    known, say = known[np.isfinite(known)], translator(lang)
    if not len(known):
        return []
    shares = (0.2, 0.4, 0.6, 0.8)
    breaks = BREAKS if column in _AT_ONE else tuple(np.unique(np.quantile(known, shares)))
    colours = COLOURS if column in _AT_ONE else _RAMP
    ends = [-np.inf, *(float(b) for b in breaks), np.inf]
    title, name = clean(heading(column, kind, say)), quoted(column)
    entries = []
    for low, high, colour in zip(ends[:-1], ends[1:], colours, strict=False):
        parts = [f"{name} >= {low!r}"] if np.isfinite(low) else []
        parts += [f"{name} < {high!r}"] if np.isfinite(high) else []
        entries.append(
            Entry(
                " AND ".join(parts) or f"{name} IS NOT NULL",
                f"{title} {_between(low, high, Numbers(lang))}",
                colour,
            )
        )
    missing = (
        [Entry(f"{name} IS NULL", say(NO_VALUE), "#7d868c", hollow=True)] if rows[column].isna().any() else []
    )
    return [*entries, *missing]


def _between(low: float, high: float, numbers: Numbers) -> str:
    if not np.isfinite(low):
        return f"< {numbers.significant(high)}"
    first = numbers.significant(low)
    return f"≥ {first}" if not np.isfinite(high) else f"{first} – {numbers.significant(high)}"


def _rules(entries: Sequence[Entry], geometry: str) -> Element:
    rules = [
        element("rule", key=f"rule{i}", filter=e.where, label=e.words, symbol=i)
        for i, e in enumerate(entries)
    ]
    symbols = [_symbol(i, geometry, e.colour, hollow=e.hollow) for i, e in enumerate(entries)]
    return element(
        "renderer-v2",
        type="RuleRenderer",
        symbollevels=0,
        children=[element("rules", key="root", children=rules), element("symbols", children=symbols)],
    )


def _single(kind: str, geometry: str, rows: pd.DataFrame) -> Element:
    colour = {"Polygon": _PAPER, "Line": "#7a6a58", "Point": "#0072b2"}[geometry]
    if kind == "doubtful_firms":
        colour = "#d55e00"
    symbol = _symbol(0, geometry, colour, small="firm" in rows.columns)
    most = rows["population"].max() if kind == "population" and geometry == "Point" else None
    if most is not None and most > 0:
        size = f'coalesce(scale_exp("population", 0, {float(most)!r}, 0.8, 8, 0.57), 0)'
        symbol.find("layer").append(_defined({"size": size}))  # type: ignore[union-attr]
    return element("renderer-v2", type="singleSymbol", children=[element("symbols", children=[symbol])])


def highlight(geometry: str) -> Element:
    """The feature of an atlas' page in an outline, the others faded; nothing where no page is drawn."""
    kind = "SimpleFill" if geometry == "Polygon" else "SimpleMarker"
    line = {"outline_color": "30,30,30,255", "outline_width": "0.8", "joinstyle": "round", "style": "no"}
    veil = {"color": "255,255,255,150", "outline_style": "no"}
    if kind == "SimpleMarker":
        line |= {"name": "circle", "color": "0,0,0,0", "size": "6"}
        veil |= {"name": "circle", "size": "3"}
    symbols = [
        element(
            "symbol",
            type=_SHAPES[geometry],
            name=name,
            alpha=1,
            children=[element("layer", class_=kind, enabled=1, pass_=name, children=[options(values)])],
        )
        for name, values in enumerate((veil, line))
    ]
    rules = [
        element("rule", key=f"page{name}", filter=f"$id {sign} @atlas_featureid", symbol=name)
        for name, sign in enumerate(("<>", "="))
    ]
    return element(
        "renderer-v2",
        type="RuleRenderer",
        symbollevels=1,
        children=[element("rules", key="root", children=rules), element("symbols", children=symbols)],
    )


def _symbol(
    name: object, geometry: str, colour: str, *, hollow: bool = False, small: bool = False
) -> Element:
    shape = _SHAPES[geometry]
    values: Mapping[str, object]
    if shape == _FILL:
        kind = "SimpleFill"
        values = {
            "color": _rgb(colour),
            "style": "no" if hollow else "solid",
            "outline_color": _rgb(colour if hollow else _EDGE),
            "outline_style": "dash" if hollow else "solid",
            "outline_width": "0.2",
            "outline_width_unit": "MM",
        }
    elif shape == _LINE:
        kind = "SimpleLine"
        values = {
            "line_color": _rgb(colour),
            "line_width": "0.4",
            "line_width_unit": "MM",
            "capstyle": "round",
        }
    else:
        kind = "SimpleMarker"
        values = {
            "name": "circle",
            "color": _rgb(colour),
            "outline_color": "255,255,255,255",
            "outline_width": "0.1" if small else "0.2",
            "size": "1.2" if small else "2.4",
            "size_unit": "MM",
        }
    layer = element("layer", class_=kind, enabled=1, pass_=0, locked=0, children=[options(values)])
    return element("symbol", type=shape, name=name, alpha=1, clip_to_extent=1, force_rhr=0, children=[layer])


def _rgb(colour: str) -> str:
    return ",".join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5)) + ",255"


def _defined(expressions: Mapping[str, str]) -> Element:
    """Properties of a symbol that an expression gives."""
    found = {name: {"active": True, "expression": text, "type": 3} for name, text in expressions.items()}
    return element(
        "data_defined_properties", children=[options({"name": "", "properties": found, "type": "collection"})]
    )


def _label(rows: pd.DataFrame) -> Element:
    """Name of the territory and, where its row is about a sector, that sector."""
    sector = next((c for c in ("sector_name", "sector") if c in rows.columns), None)
    shown = quoted("name") if sector is None else f"concat({quoted('name')}, '\n', {quoted(sector)})"
    buffer = element(
        "text-buffer",
        bufferDraw=1,
        bufferSize=0.8,
        bufferSizeUnits="MM",
        bufferColor="255,255,255,220",
        bufferOpacity=1,
    )
    style = element(
        "text-style",
        fieldName=shown,
        isExpression=1,
        fontSize=8,
        fontSizeUnit="Point",
        fontWeight=50,
        textColor=_rgb(_INK),
        textOpacity=1,
        multilineHeight=1,
        children=[buffer],
    )
    settings = element(
        "settings",
        calloutType="simple",
        children=[
            style,
            element("text-format", wrapChar="", autoWrapLength=24, multilineAlign=1),
            element("placement", placement=4, centroidInside=1, priority=5, fitInPolygonOnly=0),
            element("rendering", drawLabels=1, obstacle=1, obstacleType=1),
        ],
    )
    return element("labeling", type="simple", children=[settings])


def surface(low: float, high: float, lang: Language) -> Element:
    """Renderer of a raster: light to dark from its lowest to its highest value."""
    numbers = Numbers(lang)
    values = [low + (high - low) * i / (len(_RAMP) - 1) for i in range(len(_RAMP))]
    items = [
        element("item", value=repr(value), label=numbers.significant(value), color=colour, alpha=255)
        for value, colour in zip(values, _RAMP, strict=True)
    ]
    shader = element(
        "colorrampshader", colorRampType="INTERPOLATED", classificationMode=1, clip=0, children=items
    )
    return element(
        "rasterrenderer",
        type="singlebandpseudocolor",
        band=1,
        opacity=1,
        alphaBand=-1,
        classificationMin=repr(low),
        classificationMax=repr(high),
        children=[element("rastershader", children=[shader])],
    )
