"""The classes of a layer and their words in the legend, from ``styles.json`` and what the layer holds.

This file and `qml` are also loaded by QGIS's own Python, without the package around them: they need each other and
the standard library of Python 3.9, nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

GREY = "#8a9299"
POLYGON, POINT, LINE, RASTER, TABLE = "polygon", "point", "line", "raster", "table"
_DIGITS = (2, 3, 4, 5, 6)


def mark(text: str) -> str:
    """The text itself; marks it for the catalogue."""
    return text


_ALL, _UNDER, _BETWEEN, _LEAST = mark("All"), mark("under {a}"), mark("{a} to {b}"), mark("{a} or more")
_UP_TO = mark("up to {a}")
_FEW = 12  # values that can each be a class
_ROAD = 0.6  # width of lines that are told apart by their colour, in millimetres

Say = Callable[[str], str]
Words = Any  # an English text of the catalogue, or texts by language


@dataclass(frozen=True)
class Holding:
    """
    What a layer holds, as far as its style depends on it.

    Parameters
    ----------
    geometry
        `polygon`, `point`, `line`, `raster` or `table`.
    columns
        Names of its columns.
    values
        Values of the expression that `Style.expression` names; of a raster, its cells.
    codes
        Codes that occur, by column.
    absent
        Filters of rules that no feature passes; their rules are left out.
    fractions
        Columns with numbers that are not whole.
    about
        What all of it is about, such as the name of a sector; it follows the heading of the legend.
    largest
        Largest value of columns that give points their size.
    alike
        Whether all rows are of one sector, which names on the map need not repeat.
    """

    geometry: str
    columns: Sequence[str] = ()
    values: Sequence[float] = ()
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    absent: Sequence[str] = ()
    fractions: Sequence[str] = ()
    about: str = ""
    largest: Mapping[str, float] = field(default_factory=dict)
    alike: bool = False


def chosen(kind: Mapping[str, Any], columns: Sequence[str], unit: str = "") -> Mapping[str, Any] | None:
    """
    Style that fits a layer of a kind.

    Parameters
    ----------
    kind
        Entry of the kind in ``styles.json``.
    columns
        Columns of the layer.
    unit
        Unit of a raster.

    Returns
    -------
    style
        First of the kind's styles whose columns the layer has; None where none does.
    """
    for style in kind.get("styles", ()):
        if set(style["needs"]) <= set(columns) and style.get("unit", unit) == unit:
            found: Mapping[str, Any] = style
            return found
    return None


def cuts(values: Iterable[float], classes: int, around: float | None = None) -> list[float]:
    """
    Rounded limits between classes that hold about as many values each.

    Parameters
    ----------
    values
        Numbers; what is missing is left out.
    classes
        Number of classes; fewer where there are few different values.
    around
        Middle around which limits are symmetric; the class about it is one.

    Returns
    -------
    limits
        Rising limits between the classes.

    Examples
    --------
    >>> cuts(range(100), 4)
    [25.0, 50.0, 74.0]
    >>> cuts([-4.0, -1.0, 0.1, 2.0, 3.0, 6.0], 5, around=0.0)
    [-3.0, -1.0, 1.0, 3.0]
    >>> cuts([2.0, 2.0, float("nan")], 5)
    []
    """
    known = sorted(float(v) for v in values if v is not None and math.isfinite(v))
    if around is not None:
        far = sorted(abs(v - around) for v in known)
        steps = _quantiles(far, [(2 * i + 1) / classes for i in range(classes // 2)])
        return [around - s for s in reversed(steps)] + [around + s for s in steps]
    return _quantiles(known, [i / classes for i in range(1, classes)])


def _quantiles(known: Sequence[float], shares: Sequence[float]) -> list[float]:
    """Rounded, different quantiles within the values, as few digits as tell them apart."""
    if not known or known[0] == known[-1]:
        return []
    found = sorted({_quantile(known, share) for share in shares} - {known[0]})
    for digits in _DIGITS:
        rounded = sorted({float(f"{v:.{digits}g}") for v in found} - {0.0})
        if len(rounded) >= len([v for v in found if v]):
            break
    return [v for v in rounded if known[0] < v <= known[-1]]


def _quantile(known: Sequence[float], share: float) -> float:
    at = share * (len(known) - 1)
    low = math.floor(at)
    high = min(low + 1, len(known) - 1)
    return known[low] + (known[high] - known[low]) * (at - low)


def number(value: float, lang: str) -> str:
    """
    Number of a legend.

    Parameters
    ----------
    value
        Number.
    lang
        Language.

    Returns
    -------
    text
        With the marks of the language.

    Examples
    --------
    >>> number(1 / 1.1, "en"), number(12345.6, "es"), number(-0.5, "es"), number(1234.0, "es"), number(2e-5, "en")
    ('0.91', '12.346', '−0,5', '1234', '0.00002')
    """
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 7  # noqa: PLR2004 - steps of a legend
    text = f"{size if digits < 7 else float(f'{size:.4g}'):,.{digits}f}"  # noqa: PLR2004
    text = text.rstrip("0").rstrip(".") if digits else text
    if lang == "es":
        whole, _, part = text.partition(".")
        whole = whole.replace(",", "") if size < 10_000 else whole.replace(",", ".")  # noqa: PLR2004
        text = f"{whole},{part}" if part else whole
    return ("−" if value < 0 and text.strip("0.,") else "") + text


@dataclass(frozen=True)
class Reader:
    """
    Who reads the style.

    Parameters
    ----------
    lang
        Language.
    say
        English text of the catalogue -> text in that language.
    """

    lang: str
    say: Say

    def words(self, text: Words, **values: float) -> str:
        """Text with its numbers."""
        told = text.get(self.lang, next(iter(text.values()))) if isinstance(text, Mapping) else self.say(text)
        return (
            str(told).format(**{k: number(v, self.lang) for k, v in values.items()}) if values else str(told)
        )


@dataclass(frozen=True)
class Rule:
    """
    Features drawn alike.

    Parameters
    ----------
    filter
        Expression of QGIS; empty for all.
    label
        Text of the legend.
    look
        `fill`, `veil`, `hatch`, `cross`, `bars`, `ring`, `dots`, `dashes` or `line`.
    colour
        Hexadecimal colour.
    width
        Of lines, in millimetres.
    part, within
        Name and filter of the part of the layer that it is a class of; empty where all rows are of one part.
    rare
        Whether the legend speaks of it only where it occurs, as of all that is no class.
    """

    filter: str
    label: str
    look: str
    colour: str
    width: float = 0.0
    part: str = ""
    within: str = ""
    rare: bool = False

    @property
    def apart(self) -> bool:
        """Whether the legend leaves it out where no feature is drawn so."""
        return self.rare or self.look != "fill"


def rules(style: Mapping[str, Any], held: Holding, reader: Reader) -> list[Rule]:
    """
    Rules of a style for what a layer holds.

    Parameters
    ----------
    style
        Entry of ``styles.json``, see `chosen`.
    held
        What the layer holds.
    reader
        Who reads it.

    Returns
    -------
    rules
        Classes first, the highest on top as in the legend; what is drawn over them last. Where rows of several parts
        lie on one another, all of them for each part.
    """
    found: list[Rule] = []
    if style.get("scale"):
        found += _scaled(style["scale"], held, reader)
    if style.get("kinds"):
        found += _by_kind(style["kinds"], held, reader)
    for rule in style.get("rules", ()):
        if set(rule.get("needs", ())) <= set(held.columns):
            label = reader.words(rule["label"], **rule.get("values", {}))
            drawn = (rule["look"], rule["colour"], rule.get("width", 0.0))
            found.append(Rule(rule["filter"], label, *drawn, rare=rule.get("rare", False)))
    shown = [replace(r, label=_capital(r.label)) for r in found if r.filter not in held.absent]
    parts = _parts(style.get("parts", {}), held, reader)
    return [replace(r, part=name, within=where) for name, where in parts for r in shown] if parts else shown


def _parts(words: Mapping[str, Mapping[str, Words]], held: Holding, reader: Reader) -> list[tuple[str, str]]:
    """Names and filters of the parts of a layer whose rows lie on one another; none where it is one part."""
    several = {
        c: _in_order(held.codes[c], words[c]) if words[c] else sorted(held.codes[c], key=float)  # budgets
        for c in words
        if len(held.codes.get(c, ())) > 1
    }

    def named(column: str, code: str) -> str:
        if not words[column]:
            return reader.words(_UP_TO, a=float(code))
        return reader.words(words[column].get(code, {reader.lang: code}))

    def where(column: str, code: str) -> str:
        return f'"{column}" = {quoted(code) if words[column] else repr(float(code))}'

    return [
        (
            _capital(": ".join(named(c, code) for c, code in zip(several, part))),
            " AND ".join(where(c, code) for c, code in zip(several, part)),
        )
        for part in (product(*several.values()) if several else ())
    ]


def _in_order(codes: Sequence[str], words: Mapping[str, Words]) -> list[str]:
    """Codes as the style names them, then the others."""
    return [*(c for c in words if c in codes), *(c for c in codes if c not in words)]


def spread(colours: Sequence[str], n: int) -> list[str]:
    """
    Some of the colours of a scale, from end to end.

    Parameters
    ----------
    colours
        Colours of the whole scale.
    n
        How many are wanted, at most all of them.

    Returns
    -------
    colours
        `n` of them.

    Examples
    --------
    >>> spread(["a", "b", "c", "d", "e"], 3)
    ['a', 'c', 'e']
    """
    return (
        [colours[round(i * (len(colours) - 1) / max(1, n - 1))] for i in range(n)] if n > 1 else [colours[-1]]
    )


def shades(colours: Sequence[str], n: int) -> list[str]:
    """
    Colours of a scale and between them.

    Parameters
    ----------
    colours
        Hexadecimal colours from end to end.
    n
        How many are wanted, also more than there are.

    Returns
    -------
    colours
        `n` of them, as far apart as can be.

    Examples
    --------
    >>> shades(["#000000", "#0000ff"], 3), shades(["#000000", "#0000ff"], 1)
    (['#000000', '#000080', '#0000ff'], ['#000000'])
    """
    scale = [bytes.fromhex(c[1:]) for c in colours]
    found = []
    for i in range(n):
        at = i * (len(scale) - 1) / max(1, n - 1)
        low = min(math.floor(at), len(scale) - 2)
        mixed = (round(a + (b - a) * (at - low)) for a, b in zip(scale[low], scale[low + 1]))
        found.append("#" + bytes(mixed).hex())
    return found


def heading(style: Mapping[str, Any], table: Mapping[str, Any], held: Holding, reader: Reader) -> str:
    """
    What the classes are classes of.

    Parameters
    ----------
    style
        Entry of ``styles.json``, see `chosen`.
    table
        The whole of it.
    held
        What the layer holds.
    reader
        Who reads it.

    Returns
    -------
    text
        Line above the legend; empty where the layer's name says it.
    """
    codes = held.codes.get(style.get("headed_by", ""), ())
    text = reader.words(style["heading"]) if style.get("heading") else ""
    if len(codes) == 1 and codes[0] in table["words"]:
        text = _capital(reader.words(table["words"][codes[0]]))
    return ": ".join(filter(None, (text, held.about)))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _each(scale: Mapping[str, Any], held: Holding, reader: Reader) -> list[Rule]:
    """A class for each of few values, the least first; none where they are many."""
    found = sorted({float(v) for v in held.values if v is not None and math.isfinite(v)})
    if not 0 < len(found) <= _FEW:
        return []
    colours = shades(scale["colours"], len(found))
    return [
        Rule(f"{scale['expression']} = {v!r}", reader.words(_UP_TO, a=v), _look(scale, held), colour, _ROAD)
        for v, colour in zip(found, colours)
    ]


def _look(scale: Mapping[str, Any], held: Holding) -> str:
    return str(scale.get("look", "line")) if held.geometry == LINE else "fill"


def _scaled(scale: Mapping[str, Any], held: Holding, reader: Reader) -> list[Rule]:
    each = _each(scale, held, reader) if scale.get("each") else []
    if each:
        return each
    limits = scale.get("limits") or cuts(held.values, len(scale["colours"]), scale.get("around"))
    whole = all(float(v).is_integer() for v in held.values if v is not None and math.isfinite(v))
    if whole and not scale.get("limits"):
        # Nobody counts in fractions: a class begins at the next whole number.
        limits = sorted({float(math.ceil(v)) for v in limits})
    colours = spread(scale["colours"], len(limits) + 1)
    even = scale.get("width")
    widths = [even or round(0.2 + 1.8 * (i + 1) / len(colours), 2) for i in range(len(colours))]
    look = _look(scale, held)
    told = zip(_filters(scale["expression"], limits), between(limits, reader))
    drawn = zip(colours, widths)
    return [Rule(where, label, look, *how, rare=not limits) for (where, label), how in zip(told, drawn)][::-1]


def between(limits: Sequence[float], reader: Reader) -> list[str]:
    """
    Labels of the classes between limits.

    Parameters
    ----------
    limits
        Rising limits.
    reader
        Who reads them.

    Returns
    -------
    labels
        One more than limits.

    Examples
    --------
    >>> between([1.0, 2.5], Reader("en", str))
    ['Under 1', '1 to 2.5', '2.5 or more']
    """
    if not limits:
        return [reader.words(_ALL)]
    inner = [reader.words(_BETWEEN, a=a, b=b) for a, b in zip(limits, limits[1:])]
    return [_capital(reader.words(_UNDER, a=limits[0])), *inner, reader.words(_LEAST, a=limits[-1])]


def _filters(expression: str, limits: Sequence[float]) -> list[str]:
    if not limits:
        return [f"{expression} IS NOT NULL"]
    ends = [*limits[1:], None]
    upper = [
        f"{expression} >= {a!r}" + (f" AND {expression} < {b!r}" if b is not None else "")
        for a, b in zip(limits, ends)
    ]
    return [f"{expression} < {limits[0]!r}", *upper]


def _by_kind(kinds: Mapping[str, Any], held: Holding, reader: Reader) -> list[Rule]:
    """One rule per kind that occurs, the known ones first; as many colours as can be told apart."""
    column, titles = kinds["column"], kinds["titles"]
    found = set(held.codes.get(column, ()))
    order = [*(c for c in titles if c in found), *sorted(found - set(titles))]
    colours = [*kinds["colours"], *[GREY] * len(order)]
    return [
        Rule(f'"{column}" = {quoted(code)}', reader.words(titles.get(code, {"en": code})), "fill", colour)
        for code, colour in zip(order, colours)
    ]


def quoted(text: str) -> str:
    """
    Text as a literal of QGIS's expressions.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    literal
        In quotation marks.

    Examples
    --------
    >>> print(quoted("d'Elx"))
    'd''Elx'
    """
    doubled = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def expression(style: Mapping[str, Any] | None) -> str:
    """
    Expression whose values the classes of a style depend on.

    Parameters
    ----------
    style
        Entry of ``styles.json``, or None.

    Returns
    -------
    expression
        Of QGIS; empty where no class depends on the values.
    """
    return str(((style or {}).get("scale") or {}).get("expression", ""))


def coded(table: Mapping[str, Any], kind: Mapping[str, Any], columns: Sequence[str]) -> list[str]:
    """
    Columns whose codes the style puts into words.

    Parameters
    ----------
    table
        ``styles.json``.
    kind
        Entry of the kind.
    columns
        Columns of the layer.

    Returns
    -------
    columns
        Those whose codes `Holding.codes` must tell.
    """
    by_kind = {s["kinds"]["column"] for s in kind.get("styles", ()) if s.get("kinds")}
    by_kind |= {c for s in kind.get("styles", ()) for c in s.get("parts", ())}
    ours = {*table["coded"], *kind.get("coded", ())} & set(kind["aliases"])
    return [c for c in columns if c in by_kind or c in ours]
