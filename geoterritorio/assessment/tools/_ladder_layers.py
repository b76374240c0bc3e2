"""What the ladder gives and takes in again: areas, verdicts on gates, conditions, changes."""

from __future__ import annotations

from geoterritorio.assessment.rungs import MOVES, TURNS
from geoterritorio.i18n import mark
from geoterritorio.layers.gate_schema import GATE_KINDS, LOOKED_AT
from geoterritorio.layers.schema import FLAGS, UNKNOWN
from geoterritorio.registry import Column, Layer

_TOLD = (*FLAGS, UNKNOWN)


def _text(name: str, text: str, options: tuple[str, ...] = (), *, required: bool = True) -> Column:
    return Column(name, "text", text, required=required, options=options)


def _number(name: str, text: str, *, required: bool = True) -> Column:
    return Column(name, "number", text, required=required)


_TERRITORY = _text("territory", mark("Identifier of the territory"))
_NAME = _text("name", mark("Name of the territory"), required=False)
_GATE = _text("gate", mark("Gate"))
_RUNG = _number("rung", mark("Place of the gate on the ladder; 1 is the lowest"))
_CONDITION = _text("condition", mark("Code of the condition"))
_TITLE = _text("title", mark("The condition in words"))
_TITLE_ES = _text("title_es", mark("The condition in Spanish words"), required=False)
_CURE = _text("cure", mark("What would decide it"))
AREAS = Layer(
    "ladder_areas",
    ("polygon", "point"),
    (
        _TERRITORY,
        _NAME,
        _text("at_least", mark("Highest gate such that it and all below are passed")),
        _text("at_most", mark("Highest gate such that none up to it is known not to be passed")),
        _number("rung", mark("Place of the gate on the ladder; 1 is the lowest, 0 is below the first")),
        _number("rung_most", mark("Place of the highest gate that may be passed")),
        _text("certain", mark("Whether both are the same gate: yes or no"), FLAGS),
        _text("next_gate", mark("Gate after the one that is surely passed; empty on the highest")),
        _text("lacking", mark("Its required conditions that are not met")),
        _text("open_conditions", mark("Its required conditions of which it is unknown")),
        _CURE,
        _text("on", mark("Day on which it was looked at; empty: the latest of everything"), required=False),
        _text("latest", mark("Latest period or statement that was looked at"), required=False),
        _text(
            "climbed",
            mark("Whether it rose or fell since the earlier run, whatever is unknown"),
            MOVES,
            required=False,
        ),
        _text(
            "gained",
            mark("Required conditions that were not met in the earlier run and are met now"),
            required=False,
        ),
        _text(
            "lost",
            mark("Required conditions that were met in the earlier run and are not met now"),
            required=False,
        ),
        _text(
            "earlier_on", mark("Day of the earlier run, or the latest period it looked at"), required=False
        ),
        _text("earlier_at_least", mark("Gate surely passed in the earlier run"), required=False),
        _text("earlier_at_most", mark("Highest gate that may have been passed then"), required=False),
        _number(
            "earlier_rung", mark("Place of the gate surely passed then; 0 is below the first"), required=False
        ),
        _number(
            "earlier_rung_most",
            mark("Place of the highest gate that may have been passed then"),
            required=False,
        ),
    ),
    key=("territory",),
)
VERDICTS = Layer(
    "ladder_gates",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _RUNG,
        _GATE,
        _text("passed", mark("Whether its required conditions are met: yes, no, or unknown"), _TOLD),
        _text("up_to_here", mark("The same of it and all gates below"), _TOLD),
        _text("met", mark("Required conditions that are met")),
        _text("unmet", mark("Required conditions that are not met")),
        _text("open_conditions", mark("Required conditions of which it is unknown")),
        _text("supporting_met", mark("Supporting conditions that are met; they decide nothing")),
        _text("supporting_unmet", mark("Supporting conditions that are not met; they decide nothing")),
    ),
    key=("territory", "gate"),
)
CONDITIONS = Layer(
    "ladder_conditions",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _RUNG,
        _GATE,
        _CONDITION,
        _TITLE,
        _text("kind", mark("Whether the condition is quantitative or qualitative"), GATE_KINDS),
        _text("required", mark("Whether it must be met: yes, or no (supporting)"), FLAGS),
        _text("passed", mark("Whether it is met: yes, no, or unknown"), _TOLD),
        _text("looks_at", mark("What is looked at: a figure, a reading, or coded statements"), LOOKED_AT),
        _text("subject", mark("Which: name of an indicator, a reading, or a coded item")),
        _text("wanted", mark("What must hold: a number and on which side of it, or a verdict")),
        _text("found", mark("Verdict of the reading")),
        _number("value", mark("Figure of the territory")),
        _number("low", mark("Lower end of its interval; of statements the lowest rating")),
        _number("high", mark("Upper end of its interval; of statements the highest rating")),
        _number("threshold", mark("What it is held against")),
        _number("margin", mark("How far it is from there; above 0 speaks for it")),
        _number("cases", mark("Ties, firms or other cases from which the figure comes"), required=False),
        _number("expected", mark("Value that chance would give"), required=False),
        _number("q", mark("p-value of its distance from there, which allows for all tests"), required=False),
        _number("rated", mark("Statements with a rating")),
        _number("raters", mark("Their coders")),
        _text("reason", mark("Why it is unknown")),
        _CURE,
        _text("period", mark("Period of the figure, or day of the latest statement")),
        _text("given_by", mark("Step or file that gives it")),
        _text("source", mark("Tool that gives what is looked at")),
        _text("meaning", mark("Why it is a condition")),
        _text("on", mark("Day on which it was looked at; empty: the latest of everything"), required=False),
        _text("version", mark("Version of the table of gates")),
        _TITLE_ES,
        _text("meaning_es", mark("Why it is a condition, in Spanish"), required=False),
    ),
    key=("territory", "condition"),
)
# Conditions of an earlier run, taken in again: what a comparison needs.
_KEPT = {"territory", "condition", "passed"}
EARLIER = Layer(
    "ladder_conditions",
    ("table",),
    tuple(
        Column(c.name, c.dtype, c.help, required=c.name in _KEPT)
        for c in CONDITIONS.columns
        if c.name in {*_KEPT, "value", "wanted", "on", "period"}
    ),
    key=("territory", "condition"),
)
CHANGES = Layer(
    "ladder_changes",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        _RUNG,
        _GATE,
        _CONDITION,
        _TITLE,
        _text("before", mark("Whether it was met in the earlier run"), _TOLD),
        _text("after", mark("Whether it is met in this one"), _TOLD),
        _number("value_before", mark("Figure of the earlier run")),
        _number("value_after", mark("Figure of this one")),
        _text("date_before", mark("Day of the earlier run, or period of its figure")),
        _text("date_after", mark("Day of this one, or period of its figure")),
        _text("turn", mark("Why it turned"), TURNS),
        _TITLE_ES,
    ),
    key=("territory", "condition"),
)
