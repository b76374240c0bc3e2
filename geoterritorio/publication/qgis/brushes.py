"""What are looks in QGIS made of? Rules, scales and the colours that all share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from geoterritorio.i18n import mark
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.webmap.palette import COLOURS, FADE, GROUND, NONE, UPPER, mix

Style = dict[str, Any]
# pale to dark, apart from each other for readers who confuse colours, and unlike blue and orange around 1
SEQUENCE = ("#f7f1da", "#c5dca6", "#73b08e", "#2b7480", "#10305a")
PALE_NONE = mix(NONE, GROUND, FADE)
PLAIN, INK, TEAL = "#e4e3df", "#22272e", "#00796b"
LINE_INK = "#5b4a7d"
FIVE = (COLOURS[0], COLOURS[2], COLOURS[3], COLOURS[4], COLOURS[6])
HOT, COLD = COLOURS[-1], COLOURS[0]


def rule(label: str, expression: str, look: str, colour: str, *needs: str, **values: float) -> Style:
    """Rows that a condition holds for, and how they look."""
    return {
        "label": label,
        "filter": expression,
        "look": look,
        "colour": colour,
        "needs": list(needs),
        "values": values,
    }


def style(*needs: str, rules: Iterator[Style] | list[Style] | None = None, **other: Any) -> Style:
    """Look of a kind of layer, with the columns that it needs."""
    return {"needs": list(needs), "rules": list(rules or []), **other}


def around_one(column: str, upper: tuple[float, ...] = UPPER) -> Iterator[Style]:
    """Classes of a quotient; a value on a limit belongs to the class nearer to 1."""
    it = f'"{column}"'
    lower = [1 / b for b in reversed(upper)]
    n = len(upper)
    yield rule(mark("over {a}"), f"{it} > {upper[-1]!r}", "fill", COLOURS[-1], a=upper[-1])
    for i in reversed(range(n - 1)):
        a, b = upper[i], upper[i + 1]
        yield rule(
            mark("{a} to {b}"), f"{it} > {a!r} AND {it} <= {b!r}", "fill", COLOURS[n + 1 + i], a=a, b=b
        )
    a, b = lower[-1], upper[0]
    label = mark("{a} to {b}, around 1")
    yield rule(label, f"{it} >= {a!r} AND {it} <= {b!r}", "fill", COLOURS[n], a=a, b=b)
    for i in reversed(range(n - 1)):
        a, b = lower[i], lower[i + 1]
        yield rule(mark("{a} to {b}"), f"{it} >= {a!r} AND {it} < {b!r}", "fill", COLOURS[i + 1], a=a, b=b)
    yield rule(mark("under {a}"), f"{it} > 0 AND {it} < {lower[0]!r}", "fill", COLOURS[0], a=lower[0])
    yield rule(mark("0: none of the sector here"), f"{it} = 0", "fill", PALE_NONE)


def missing(column: str, *, withheld: bool = False) -> Iterator[Style]:
    """What has no value, and what was withheld."""
    gone = f'"{column}" IS NULL'
    if withheld:
        hidden = "coalesce(\"status\", '') = 'withheld'"
        yield rule(mark("Withheld"), f"{gone} AND {hidden}", "dots", NONE, "status")
        gone += f" AND NOT {hidden}"
    yield rule(mark("No data"), gone, "dashes", NONE, *(("status",) if withheld else ()))


def uncertain(column: str) -> Iterator[Style]:
    """Hatching; where there is none of a sector there is nothing to be unsure of."""
    texts = {
        "unclear": (mark("Not clear: not told apart from 1, with all tests counted"), "hatch"),
        "few": (mark("Too few establishments to say"), "cross"),
        "untested": (mark("Not tested"), "bars"),
    }
    for code, (label, look) in texts.items():
        where = f'"certainty" = \'{code}\' AND "{column}" > 0'
        yield rule(label, where, look, INK, "certainty")


def sequence(column: str, *rules: Style, **other: Any) -> Style:
    """Amounts from pale to dark."""
    scale = {"expression": f'"{column}"', "colours": list(SEQUENCE)}
    return style(
        column,
        rules=[*missing(column), *rules],
        scale=scale,
        labels=["name", "territory"],
        diameter=4.0,
        **other,
    )


def around_zero(heading: str, expression: str, *needs: str, rules: tuple[Style, ...] = ()) -> Style:
    """What grows and what shrinks."""
    gone = rule(mark("No data"), f"{expression} IS NULL", "dashes", NONE)
    scale = {"expression": expression, "colours": list(FIVE), "around": 0.0}
    return style(
        *needs, rules=[gone, *rules], scale=scale, labels=["name", "territory"], diameter=4.0, heading=heading
    )


def codes(column: str, colours: Mapping[str, str], **other: Any) -> Style:
    """A colour for each code of a column."""
    rules = [rule(VALUES[c], f"\"{column}\" = '{c}'", "fill", colour) for c, colour in colours.items()]
    return style(
        column, rules=[*rules, *missing(column)], labels=["name", "territory"], diameter=4.0, **other
    )


def everything(label: str, look: str, colour: str, **other: Any) -> Style:
    """All rows alike."""
    return style(rules=[rule(label, "", look, colour)], **other)


def chance(column: str) -> Style:
    """Hatching of what chance may have made."""
    return rule(VALUES["not told from chance"], f'"{column}" > 0.05', "hatch", INK, column)


def holds(low: str, high: str, value: float, label: str) -> Style:
    """Hatching where an interval holds a value."""
    return rule(label, f'"{low}" <= {value:g} AND "{high}" >= {value:g}', "hatch", INK, low, high)


# Verdicts by colours that a reader who confuses colours tells apart; what is not known is no colour.
