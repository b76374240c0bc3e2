"""What the register of actions gives: actions on the map, budgets, years, territories, figures."""

from __future__ import annotations

from geoterritorio.assessment.actions import BY, FAULTS, NOT_BOTH
from geoterritorio.i18n import mark
from geoterritorio.layers.schema import FLAGS, INDICATOR_TABLE, PHASES, UNKNOWN
from geoterritorio.registry import Column, Layer

PLACED = ("its own point", "its place", "its territory", "nowhere")


def _text(name: str, text: str, options: tuple[str, ...] = (), *, required: bool = True) -> Column:
    return Column(name, "text", text, required=required, options=options)


def _number(name: str, text: str, *, required: bool = True) -> Column:
    return Column(name, "number", text, required=required)


_TERRITORY = _text("territory", mark("Identifier of the territory"))
_NAME = _text("name", mark("Name of the territory"), required=False)
_PHASE = _text("phase", mark("Phase: animation, structuring or consolidation"))
_FUNDER = _text("funder", mark("Who pays"))
_MONEY = (
    _number("number", mark("Actions")),
    _number("budget", mark("Sum of the budgets that are known, in the currency of the source")),
    _number("without_budget", mark("Actions without a budget, or their periods")),
    _number("public_budget", mark("Public money in it, where its share is known")),
    _number("public_share", mark("Share of the budget that is public, weighted by budget")),
)
REGISTER = Layer(
    "action_places",
    ("point",),
    (
        _text("action", mark("Identifier of the action")),
        _text("action_name", mark("Name of the action"), required=False),
        _text("action_name_es", mark("Its name in Spanish, where there are both"), required=False),
        _TERRITORY,
        _NAME,
        _text("kind", mark("Kind of innovative action, from its vocabulary")),
        _PHASE,
        _number("actors", mark("Actors that are named")),
        _number("budget", mark("Budget in the currency of the source")),
        _FUNDER,
        _number("public_share", mark("Share of the budget that is public, from 0 to 1")),
        _number("public_budget", mark("Public money in it, where its share is known")),
        _text("period", mark("Period of the figure: a year, a month or years as the source names them")),
        _number("begin", mark("First year")),
        _number("end", mark("Last year")),
        _text("placed_by", mark("What tells where it is"), PLACED),
        _text("faults", mark("What it does not say, with semicolons between"), FAULTS),
    ),
    key=("action", "period"),
)
BUDGETS = Layer(
    "action_budgets",
    ("table",),
    (
        _text("by", mark("What actions are told apart by"), BY),
        _text("group", mark("Phase, kind, funder or territory")),
        *_MONEY,
        _number("share_of_budget", mark("Share of all known budgets")),
    ),
    key=("by", "group"),
)
PHASE_FUNDERS = Layer("action_phase_funders", ("table",), (_PHASE, _FUNDER, *_MONEY), key=("phase", "funder"))
YEARS = Layer(
    "action_years",
    ("table",),
    (
        _number("year", mark("Year")),
        _PHASE,
        _number("number", mark("Actions that run in it")),
        _number("budget", mark("Known budgets, spread evenly over the years of each action")),
        _number("without_budget", mark("Actions without a budget, or their periods")),
        _number("public_budget", mark("Public money in it, where its share is known")),
    ),
    key=("year", "phase"),
)
AREAS = Layer(
    "action_areas",
    ("polygon", "point"),
    (
        _TERRITORY,
        _NAME,
        *_MONEY,
        *(
            _number(phase, text)
            for phase, text in zip(
                PHASES,
                (
                    mark("Actions of animation"),
                    mark("Actions of structuring"),
                    mark("Actions of consolidation"),
                ),
                strict=True,
            )
        ),
        *(
            _number(f"{phase}_from", text)
            for phase, text in zip(
                PHASES,
                (
                    mark("First year of animation"),
                    mark("First year of structuring"),
                    mark("First year of consolidation"),
                ),
                strict=True,
            )
        ),
        _number("unphased", mark("Actions without a phase")),
        _text(
            "order",
            mark("Whether animation began before consolidation; not both where there is none of one of them"),
            (*FLAGS, UNKNOWN, NOT_BOTH),
        ),
        _number("actors", mark("Different actors that are named")),
        _number("without_actors", mark("Actions that name no actor")),
    ),
    key=("territory",),
)
FIGURES = Layer(
    "indicators",
    ("table",),
    (
        _TERRITORY,
        _text("indicator", mark("Name of the indicator, where there are several")),
        _number("value", mark("Figure of the territory; empty where it is missing")),
        _number("low", mark("Lower end of the interval of the value")),
        _number("high", mark("Upper end of the interval of the value")),
    ),
    key=INDICATOR_TABLE.key,
)
