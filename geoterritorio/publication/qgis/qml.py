"""A style of QGIS (QML) for a layer, from its description in ``styles.json`` and what the layer holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET  # written, never parsed

from .legend import (
    LINE,
    POINT,
    POLYGON,
    RASTER,
    TABLE,
    Holding,
    Reader,
    Rule,
    Words,
    between,
    chosen,
    coded,
    cuts,
    heading,
    rules,
    spread,
)

VERSION = "3.22.0"
INK, RIM, GROUND = "#22272e", "#6b7178", "#fbfaf7"
PART = "{{part {}}}"  # key of the rule around a part
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
_FLOOR = 50.0  # a surface below this part of its peak is not drawn
_PROBABILITIES = ("p", "q", "p_largest", "normality_p")
# pixels of a table's columns
_NARROWEST, _LETTER, _WIDE = 70, 9, {"name": 220, "sector_name": 260, "main_sectors": 260}
_IN_BOTH = ("title", "meaning")  # columns with a twin in Spanish
_WIDE |= {f"{column}{end}": 320 for column in _IN_BOTH for end in ("", "_es")}
_WORDS_LETTER, _WIDEST = 7, 320  # of what stands in the cells
_NULL = "{2839923C-8B7D-419E-B84B-CA2FE9B80EC7}"  # as QGIS names a missing value in such a list
_APART = 1.5
# QGIS hides what has no end; these are far enough for maps and near enough for its slider of the whole range
_ALWAYS, _STILL = "make_datetime(1800, 1, 1, 0, 0, 0)", "now() + to_interval('10 years')"
_DATED = 'to_datetime(left("{0}", 10) || right(\'2000-01-01\', 10 - length(left("{0}", 10))))'


def compose(table: Mapping[str, Any], name: str, held: Holding, reader: Reader, unit: str = "") -> str:
    """
    Style of a layer.

    Parameters
    ----------
    table
        ``styles.json``.
    name
        Kind of the layer.
    held
        What the layer holds.
    reader
        Who reads it.
    unit
        Unit of a raster.

    Returns
    -------
    qml
        Text that QGIS reads with ``importNamedStyle``. It holds only what is known of the kind, and leaves the rest
        of a layer's style as it is.
    """
    kind = table["kinds"][name]
    style = chosen(kind, held.columns, unit)
    root = ET.Element("qgis", version=VERSION)
    categories = ["Fields", "Forms", "AttributeTable"]
    if held.geometry == RASTER:
        categories = ["Symbology"]
        _raster(root, style, held, reader)
    else:
        _fields(root, table, kind, held, reader)
        if held.geometry != TABLE and style is not None:
            categories += ["Symbology", "Labeling", "Temporal"]
            _renderer(root, table, style, held, reader)
            _labels(root, style, held, reader)
            _temporal(root, held)
    root.set("styleCategories", "|".join(categories))
    _strip(root)
    return _DOCTYPE + ET.tostring(root, encoding="unicode")


def _strip(root: ET.Element) -> None:
    """Texts of data without the signs that XML cannot hold."""
    for node in root.iter():
        node.text = _FORBIDDEN.sub("", node.text) if node.text else node.text
        for name, text in node.attrib.items():
            node.set(name, _FORBIDDEN.sub("", text))


def _fields(
    root: ET.Element, table: Mapping[str, Any], kind: Mapping[str, Any], held: Holding, reader: Reader
) -> None:
    """Headings in words, and words for codes."""
    aliases = ET.SubElement(root, "aliases")
    settings = ET.SubElement(root, "fieldConfiguration")
    words = set(coded(table, kind, held.columns))
    titles = {s["kinds"]["column"]: s["kinds"]["titles"] for s in kind.get("styles", ()) if s.get("kinds")}
    titles.update(
        (c, known) for s in kind.get("styles", ()) for c, known in s.get("parts", {}).items() if known
    )
    shown = ET.SubElement(
        ET.SubElement(root, "attributetableconfig", actionWidgetStyle="dropDown"), "columns"
    )
    for at, column in enumerate(held.columns):
        alias = reader.words(kind["aliases"][column]) if column in kind["aliases"] else column
        told = {}
        if column in words:
            known = titles.get(column) or {**table["words"], **table["own_words"].get(column, {})}
            told = _told(held.codes.get(column, ()), known, reader)
        longest = min(_WIDEST, _WORDS_LETTER * max(map(len, told.values()), default=0))
        width = max(_NARROWEST, _LETTER * len(alias), _WIDE.get(column, 0), longest)
        hidden = str(int(column in _other_language(held.columns, reader.lang)))
        ET.SubElement(shown, "column", type="field", name=column, hidden=hidden, width=str(width))
        if column in kind["aliases"]:
            ET.SubElement(aliases, "alias", field=column, index=str(at), name=alias)
        if told:
            _value_map(settings, column, told)
        elif column in held.fractions:
            _rounded(settings, column)


def _other_language(columns: Sequence[str], lang: str) -> set[str]:
    """Columns that say in another language what a table of ours says in the reader's."""
    both = [column for column in _IN_BOTH if column in columns and f"{column}_es" in columns]
    return {column if lang == "es" else f"{column}_es" for column in both}


def _told(codes: Iterable[str], known: Mapping[str, Words], reader: Reader) -> dict[str, str]:
    """Words of the codes that have some, also of several in a cell."""
    parts = {code: [code] if code in known else code.split("; ") for code in codes}
    return {
        code: "; ".join(reader.words(known[one]) if one in known else one for one in several)
        for code, several in parts.items()
        if set(several) & set(known)
    }


def _value_map(settings: ET.Element, column: str, told: Mapping[str, str]) -> None:
    pairs = ET.SubElement(_widget(settings, column, "ValueMap"), "Option", type="List", name="map")
    # QGIS puts what it does not find here in brackets, also what is empty.
    for code, word in {**told, "": "", _NULL: ""}.items():
        pair = ET.SubElement(pairs, "Option", type="Map")
        ET.SubElement(pair, "Option", type="QString", name=word, value=code)


def _rounded(settings: ET.Element, column: str) -> None:
    """Numbers of a table as long as they are read, in the reader's marks."""
    digits = 4 if column in _PROBABILITIES else 3
    ET.SubElement(
        _widget(settings, column, "Range"), "Option", type="int", name="Precision", value=str(digits)
    )


def _widget(settings: ET.Element, column: str, kind: str) -> ET.Element:
    one = ET.SubElement(settings, "field", configurationFlags="None", name=column)
    return ET.SubElement(
        ET.SubElement(ET.SubElement(one, "editWidget", type=kind), "config"), "Option", type="Map"
    )


def _renderer(
    root: ET.Element, table: Mapping[str, Any], style: Mapping[str, Any], held: Holding, reader: Reader
) -> None:
    """Rules below their heading; a rule that is drawn over others comes after them."""
    top = {"type": "RuleRenderer", "symbollevels": "0", "forceraster": "0"}
    renderer = ET.SubElement(root, "renderer-v2", top, enableorderby=str(int("order" in style)))
    parent = ET.SubElement(renderer, "rules", key="{root}")
    title = heading(style, table, held, reader)
    if title:
        ET.SubElement(
            parent, "rule", key="{heading}", label=title
        )  # not around the others: QGIS would fold them
    symbols = ET.SubElement(renderer, "symbols")
    make = {POLYGON: _area, POINT: _marker, LINE: _line}[held.geometry]
    parts: dict[str, ET.Element] = {}
    for at, rule in enumerate(rules(style, held, reader)):
        named = {"key": f"{{{at}}}", "symbol": str(at), "label": rule.label}
        ET.SubElement(_part(parent, parts, rule), "rule", named, filter=rule.filter)
        make(symbols, str(at), rule, _size(style, held))
    if "order" in style:
        order = ET.SubElement(renderer, "orderby")
        ET.SubElement(order, "orderByClause", asc="1", nullsFirst="1").text = style["order"]


def _part(parent: ET.Element, parts: dict[str, ET.Element], rule: Rule) -> ET.Element:
    """Rule around the classes of a part; the first part is shown, the others can be ticked instead."""
    if not rule.within:
        return parent
    if rule.within not in parts:
        named = {"key": PART.format(len(parts)), "label": rule.part, "checkstate": str(int(not parts))}
        parts[rule.within] = ET.SubElement(parent, "rule", named, filter=rule.within)
    return parts[rule.within]


def _size(style: Mapping[str, Any], held: Holding) -> tuple[float, str]:
    """Diameter of points in millimetres, and the expression that makes their area that of a column."""
    least, column = style.get("diameter", 2.4), style.get("size")
    largest = held.largest.get(str(column), 0.0)
    if column not in held.columns or not largest > 0:
        return least, ""
    # A number, not an aggregate: QGIS 3.22 may crash where a layer that is drawn asks its project for one.
    share = f'sqrt(coalesce("{column}", 0) / {largest!r})'
    return least, f"coalesce({least} + {style.get('growth', 8.0)} * {share}, {least})"


def _symbol(parent: ET.Element, name: str, kind: str, alpha: float = 1.0) -> ET.Element:
    return ET.SubElement(
        parent, "symbol", name=name, type=kind, alpha=f"{alpha:g}", clip_to_extent="1", force_rhr="0"
    )


def _layer(symbol: ET.Element, kind: str, **properties: str) -> ET.Element:
    layer = ET.SubElement(symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    options = ET.SubElement(layer, "Option", type="Map")
    for name, value in properties.items():
        ET.SubElement(options, "Option", type="QString", name=name, value=value)
    return layer


def rgba(colour: str, alpha: int = 255) -> str:
    """
    Colour as QGIS writes it.

    Parameters
    ----------
    colour
        Hexadecimal colour.
    alpha
        Opacity, 0 to 255.

    Returns
    -------
    text
        Red, green, blue and opacity.

    Examples
    --------
    >>> rgba("#ff8000", 128)
    '255,128,0,128'
    """
    return ",".join(map(str, (*bytes.fromhex(colour[1:]), alpha)))


_FAINT = {
    "outline_color": rgba(RIM),
    "outline_width": "0.16",
    "outline_width_unit": "MM",
    "joinstyle": "bevel",
}
_NO_RIM = {"outline_style": "no"}
_ANGLES = {"hatch": ("45",), "cross": ("45", "135"), "bars": ("0",)}


def _area(symbols: ET.Element, name: str, rule: Rule, _: tuple[float, str]) -> None:
    symbol = _symbol(symbols, name, "fill")
    if rule.look == "fill":
        _layer(symbol, "SimpleFill", color=rgba(rule.colour), style="solid", outline_style="solid", **_FAINT)
    elif rule.look == "veil":
        _layer(
            symbol, "SimpleFill", color=rgba(rule.colour, 110), style="solid", outline_style="solid", **_FAINT
        )
    elif rule.look == "ring":
        thick = {**_FAINT, "outline_color": rgba(rule.colour), "outline_width": "0.6"}
        _layer(symbol, "SimpleFill", color=rgba(rule.colour, 0), style="no", outline_style="solid", **thick)
    elif rule.look == "outline":
        _layer(symbol, "SimpleFill", color=rgba(rule.colour, 0), style="no", outline_style="solid", **_FAINT)
    elif rule.look == "dashes":
        _layer(symbol, "SimpleFill", color=rgba(GROUND), style="solid", outline_style="dash", **_FAINT)
    elif rule.look == "dots":
        _layer(symbol, "SimpleFill", color=rgba("#ffffff"), style="solid", outline_style="solid", **_FAINT)
        _layer(symbol, "SimpleFill", color=rgba(rule.colour), style="dense6", **_NO_RIM)
    else:
        _hatched(symbol, rule)


def _hatched(symbol: ET.Element, rule: Rule) -> None:
    """Lines over a light veil: dark and pale classes can both be told apart under them."""
    _layer(symbol, "SimpleFill", color=rgba(GROUND, 90), style="solid", outline_style="solid", **_FAINT)
    for angle in _ANGLES[rule.look]:
        layer = _layer(
            symbol, "LinePatternFill", angle=angle, distance="2.2", distance_unit="MM", line_width="0.18"
        )
        line = _symbol(layer, f"@{symbol.get('name')}@{len(symbol) - 1}", "line")
        _layer(line, "SimpleLine", line_color=rgba(rule.colour), line_width="0.18", line_width_unit="MM")


def _marker(symbols: ET.Element, name: str, rule: Rule, size: tuple[float, str]) -> None:
    symbol = _symbol(symbols, name, "marker")
    shape = {"name": "circle", "size": f"{size[0]:g}", "size_unit": "MM"}
    if rule.look in _ANGLES:
        layer = _layer(symbol, "FilledMarker", **shape)
        _hatched(_symbol(layer, f"@{name}@0", "fill"), rule)
    else:
        see_through = rule.look in {"ring", "dashes", "outline"}
        rim = rule.colour if see_through else RIM
        layer = _layer(
            symbol,
            "SimpleMarker",
            color=rgba(rule.colour, 0 if see_through else 230),
            outline_color=rgba(rim),
            outline_style="dot" if rule.look == "dashes" else "solid",
            outline_width="0.6" if rule.look == "ring" else "0.16",
            outline_width_unit="MM",
            **shape,
        )
    if size[1]:
        _defined(layer, "size", size[1])


def _defined(layer: ET.Element, what: str, expression: str) -> None:
    """Property that an expression gives, feature by feature."""
    top = ET.SubElement(ET.SubElement(layer, "data_defined_properties"), "Option", type="Map")
    ET.SubElement(top, "Option", type="QString", name="name", value="")
    every = ET.SubElement(top, "Option", type="Map", name="properties")
    one = ET.SubElement(every, "Option", type="Map", name=what)
    ET.SubElement(one, "Option", type="bool", name="active", value="true")
    ET.SubElement(one, "Option", type="QString", name="expression", value=expression)
    ET.SubElement(one, "Option", type="int", name="type", value="3")
    ET.SubElement(top, "Option", type="QString", name="type", value="collection")


def _line(symbols: ET.Element, name: str, rule: Rule, _: tuple[float, str]) -> None:
    if rule.look == "arrow":
        _half_arrow(symbols, name, rule)
        return
    drawn = {"line_width": f"{rule.width or 0.3:g}", "line_width_unit": "MM", "capstyle": "round"}
    _layer(_symbol(symbols, name, "line"), "SimpleLine", line_color=rgba(rule.colour), **drawn)


def _half_arrow(symbols: ET.Element, name: str, rule: Rule) -> None:
    """One half of an arrow, so that two lines that run against each other lie side by side."""
    width = rule.width or 0.3
    sizes = {
        "arrow_width": width,
        "arrow_start_width": width,
        "head_length": 2 + width,
        "head_thickness": width,
    }
    drawn = {key: f"{value:g}" for key, value in sizes.items()}
    units = {f"{key}_unit": "MM" for key in sizes}
    kind = {"arrow_type": "2", "head_type": "0", "is_curved": "0", "is_repeated": "0"}
    layer = _layer(_symbol(symbols, name, "line"), "ArrowLine", **drawn, **units, **kind)
    inner = _symbol(layer, f"@{name}@0", "fill")
    _layer(inner, "SimpleFill", color=rgba(rule.colour), outline_style="no")


def _labels(root: ET.Element, style: Mapping[str, Any], held: Holding, reader: Reader) -> None:
    """Names where they fit: more of them, the closer one looks."""
    text = _label_text(style, held, reader)
    root.set("labelsEnabled", "1" if text else "0")
    if not text:
        return
    settings = ET.SubElement(ET.SubElement(root, "labeling", type="simple"), "settings", calloutType="simple")
    written = ET.SubElement(
        settings,
        "text-style",
        fieldName=text,
        isExpression="1",
        fontSize="8",
        fontSizeUnit="Point",
        textColor=rgba(INK),
        textOpacity="1",
        fontWeight="50",
        namedStyle="Regular",
        multilineHeight="0.9",
    )
    ET.SubElement(
        written,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.9",
        bufferSizeUnits="MM",
        bufferColor=rgba("#ffffff", 235),
        bufferOpacity="1",
        bufferNoFill="1",
    )
    ET.SubElement(
        settings, "text-format", autoWrapLength="20", multilineAlign="1", useMaxLineLengthForAutoWrap="1"
    )
    area = held.geometry == POLYGON
    ET.SubElement(
        settings,
        "placement",
        placement="4" if area else "6",
        fitInPolygonOnly=str(int(area and not style.get("overflow"))),
        priority="5",
        dist="0.5",
        distUnits="MM",
    )
    ET.SubElement(settings, "rendering", drawLabels="1", obstacle="1", obstacleType="1")


def _label_text(style: Mapping[str, Any], held: Holding, reader: Reader) -> str:
    """Name in the reader's half, and below it the sector where it is not the same everywhere."""
    column = next((c for c in style.get("labels", ()) if c in held.columns), None)
    if column is None:
        return ""
    half = 1 if reader.lang == "es" else 0
    own = f"{column}_{reader.lang}"  # a layer may have its names in several languages
    named = f'coalesce("{own}", "{column}")' if own in held.columns else f'"{column}"'
    halved = f"string_to_array({named}, ' / ')"
    text = f"if(array_length({halved}) = 2, trim(array_get({halved}, {half})), {named})"
    if style.get("labelled"):
        text = f"if({style['labelled']}, {text}, NULL)"
    sector = next((c for c in ("sector_name", "sector") if c in held.columns), None)
    if not style.get("sectors") or sector is None or held.alike:
        return text
    return f"{text} || if(\"{sector}\" IS NOT NULL, '\n' || \"{sector}\", '')"


def in_force(start: str, end: str) -> tuple[str, str]:
    """
    Expressions of the first and the last moment of a version.

    Parameters
    ----------
    start, end
        Columns with days, months or years; empty where there is none.

    Returns
    -------
    expressions
        Of QGIS, two.

    Examples
    --------
    >>> in_force("", "until")[0]
    'make_datetime(1800, 1, 1, 0, 0, 0)'
    """
    pairs = ((start, _ALWAYS), (end, _STILL))
    first, last = (f"coalesce({_DATED.format(c)}, {without})" if c else without for c, without in pairs)
    return first, last


def _temporal(root: ET.Element, held: Holding) -> None:
    """Versions of territories in QGIS's temporal controller: from their first day to the day before their last."""
    if not {"valid_from", "valid_to"} & set(held.columns):
        return
    first, last = in_force(*(c if c in held.columns else "" for c in ("valid_from", "valid_to")))
    ET.SubElement(
        root,
        "temporal",
        enabled="1",
        mode="4",
        limitMode="0",
        accumulate="0",
        fixedDuration="0",
        durationUnit="min",
        startField="",
        endField="",
        durationField="",
        startExpression=first,
        endExpression=last,
    )


def _raster(root: ET.Element, style: Mapping[str, Any] | None, held: Holding, reader: Reader) -> None:
    """Classes of a surface; what is next to nothing is see-through."""
    if style is None:
        return
    limits, colours = _raster_classes(style["scale"], held)
    drawn = ET.SubElement(
        ET.SubElement(root, "pipe"),
        "rasterrenderer",
        type="singlebandpseudocolor",
        band="1",
        opacity="1",
        alphaBand="-1",
        classificationMin=repr(limits[0] if limits else 0.0),
        classificationMax=repr(limits[-1] if limits else 1.0),
    )
    shader = ET.SubElement(
        ET.SubElement(drawn, "rastershader"),
        "colorrampshader",
        colorRampType="DISCRETE",
        classificationMode="1",
        clip="0",
    )
    ends = [*map(repr, limits), "inf"]
    see_through = style["scale"].get("floor") and bool(limits)
    for at, (end, label, colour) in enumerate(zip(ends, between(limits, reader), colours)):
        alpha = "0" if see_through and at == 0 else "215"
        ET.SubElement(shader, "item", value=end, label=label, color=colour, alpha=alpha)


def _raster_classes(scale: Mapping[str, Any], held: Holding) -> tuple[list[float], list[str]]:
    if scale.get("limits"):
        return scale["limits"], scale["colours"]
    known = [v for v in held.values if v > 0]
    if not scale.get("floor") or not known:
        limits = cuts(held.values, len(scale["colours"]))
        return limits, spread(scale["colours"], len(limits) + 1)
    floor = max(known) / _FLOOR
    limits = cuts([v for v in known if v >= floor], len(scale["colours"]) + 1)
    lowest = float(f"{floor:.1g}")
    limits = [lowest, *[v for v in limits if v > _APART * lowest][1 - len(scale["colours"]) :]]
    return limits, ["#ffffff", *spread(scale["colours"], len(limits))]
