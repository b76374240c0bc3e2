"""What a table of gates is: conditions on the ladder from firm network to territorial project, one a row."""

from __future__ import annotations

from typing import Any

from geoterritorio.i18n import mark
from geoterritorio.registry import Column, Dtype, Layer


def _may(name: str, text: str, dtype: Dtype = "text", **options: Any) -> Column:
    """Column that a table may have."""
    return Column(name, dtype, text, required=False, **options)


LOOKED_AT = (mark("figure"), mark("reading"), mark("statements"))
GATE_KINDS = (mark("quantitative"), mark("qualitative"))
GATES = Layer(
    "gates",
    ("table",),
    (
        _may("version", mark("Version of the table")),
        Column("rung", "number", mark("Place of the gate on the ladder; 1 is the lowest"), min=1),
        Column("gate", "text", mark("Gate to which the condition belongs")),
        Column("condition", "text", mark("Code of the condition")),
        Column(
            "looks_at",
            "text",
            mark("What is looked at: a figure, a reading, or coded statements"),
            options=LOOKED_AT,
        ),
        Column("subject", "text", mark("Which: name of an indicator, a reading, or a coded item")),
        Column("comparison", "text", mark("How it is compared: ≥, ≤, or is")),
        Column("threshold", "text", mark("What it is compared with: a number; of a reading yes or no")),
        Column(
            "kind", "text", mark("Whether the condition is quantitative or qualitative"), options=GATE_KINDS
        ),
        Column(
            "required", "text", mark("Whether it must be met: yes, or no (supporting)"), options=("yes", "no")
        ),
        _may("statements", mark("Coded statements that decide it, at least"), "number", min=1),
        _may("coders", mark("Coders of whom they must be, at least"), "number", min=1),
        _may(
            "fewest", mark("Fewest ties, firms or other cases from which a figure may come"), "number", min=1
        ),
        _may(
            "beyond_chance",
            mark(
                "Whether a figure must also lie beyond what chance gives, with q of 0.05 or less: yes or no"
            ),
            options=("yes", "no"),
        ),
        _may("source", mark("Tool that gives what is looked at")),
        _may("title", mark("The condition in words")),
        _may("title_es", mark("The condition in Spanish words")),
        _may("meaning", mark("Why it is a condition")),
        _may("meaning_es", mark("Why it is a condition, in Spanish")),
    ),
    key=("condition",),
)
