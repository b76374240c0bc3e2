"""Headings, words and colours of the ladder and of actions."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geoterritorio.errors import Translate, message
from geoterritorio.i18n import mark

# From below the first gate to the last: darker is further, told apart in grey too.
RUNG_COLOURS = ("#f4f1ea", "#f3d9a4", "#e3a857", "#b8622b", "#6b2d3c")
PHASE_COLOURS: Mapping[str, str] = {
    "animation": "#e6b23c",
    "structuring": "#33658a",
    "consolidation": "#6b2d3c",
    "not stated": "#a4adb7",
}
_GATES: Mapping[str, str] = {
    "none": mark("no gate"),
    "firm_network": mark("firm network"),
    "cluster": mark("cluster of firms"),
    "district": mark("district"),
    "territorial_project": mark("territorial project"),
}
_CONDITIONS: Mapping[str, str] = {
    "local_ties": mark("ties that stay"),
    "reciprocity": mark("mutual ties"),
    "networking": mark("networking"),
    "cluster_verdict": mark("a cluster by its criteria"),
    "institution_kinds": mark("kinds of institution"),
    "near_knowledge": mark("firms near knowledge"),
    "district_verdict": mark("a district by its steps"),
    "lives_and_works": mark("living and working here"),
    "workers_live_here": mark("workers live here"),
    "division_of_labour": mark("local division of labour"),
    "intermediaries": mark("versatile intermediaries"),
    "brokers": mark("brokers beyond chance"),
    "identity": mark("identity"),
    "all_phases": mark("actions of all phases"),
    "integrated": mark("integrated approach"),
    "public_private": mark("public–private cooperation"),
    "shared_money": mark("public and other money"),
    "bottom_up": mark("bottom-up approach"),
    "public_private_actors": mark("public and private actors"),
    "training_fit": mark("training that fits"),
    "training_match": mark("fields taught for its jobs"),
    "district_holds": mark("firm as a district"),
}
# Figures that the proposed gates look at, by their names in other tools.
_FIGURES: Mapping[str, str] = {
    name: name
    for name in (
        mark("Ties that stay in the territory (share)"),
        mark("Reciprocity of supply and cooperation (share)"),
        mark("Kinds of institution present (share)"),
        mark("Linked firms within two steps of a knowledge holder (share)"),
        mark("Employed residents who work in it (share)"),
        mark("Workers who live in it (share)"),
        mark("Actions with public and private actors (share)"),
        mark("Jobs whose sector has its field taught (share)"),
        mark("Phases with actions"),
        mark("Brokers beyond chance (number)"),
        mark("District in all draws and under all thresholds (share)"),
        mark("Actions paid by public and other money (share)"),
    )
}
_ACTIONS: Mapping[str, str] = {
    "sme_support": mark("support for small firms"),
    "business_services": mark("business services"),
    "links": mark("links between firms and knowledge"),
    "resources": mark("local resources"),
    "participation": mark("participation"),
    "finance_governance": mark("finance and governance"),
    "information": mark("information"),
    "labour_markets": mark("labour markets"),
    "environment_heritage": mark("environment and heritage"),
}
_PHASES: Mapping[str, str] = {
    "animation": mark("animation"),
    "structuring": mark("structuring"),
    "consolidation": mark("consolidation"),
    "not stated": mark("not stated"),
}
_CLIMBED: Mapping[str, str] = {
    "rose": mark("certainly risen"),
    "fell": mark("certainly fallen"),
    "stayed": mark("on the same rung"),
    "not certain": mark("neither a rise nor a fall is certain"),
}
_TOLD_OF_GATES = ("at_least", "at_most", "next_gate", "gate", "earlier_at_least", "earlier_at_most")
_TOLD_OF_CONDITIONS = (
    "condition",
    "lacking",
    "open_conditions",
    "gained",
    "lost",
    "met",
    "unmet",
    "supporting_met",
    "supporting_unmet",
    "subject",
)
# Words of codes that may stand in several columns, as words of any column.
WORDS: Mapping[str, str] = {
    **_CLIMBED,
    "all actions": mark("all actions"),
    "figure": mark("figure"),
    "statements": mark("coded statements"),
    "quantitative": mark("quantitative"),
    "qualitative": mark("qualitative"),
    "figure or statements": mark("figure or statements moved"),
    "the condition reads otherwise": mark("the condition reads otherwise"),
    "became known": mark("became known"),
    "became unknown": mark("became unknown"),
    "phase": mark("phase"),
    "kind": mark("kind"),
    "funder": mark("funder"),
    "its own point": mark("its own point"),
    "its place": mark("its place"),
    "its territory": mark("its territory"),
    "nowhere": mark("nowhere"),
    "no period": mark("no period"),
    "no phase": mark("no phase"),
    "no kind": mark("no kind"),
    "no funder": mark("no funder"),
    "no budget": mark("no budget"),
    "no public share": mark("no public share"),
    "no territory": mark("no territory"),
    "not both": mark("not both phases"),
    "no such figure": mark("no such figure given"),
    "no value here": mark("no value here"),
    "too close to tell": mark("only one end of the figure is known, and it does not decide"),
    "met by the figure alone": mark("met by the figure, but its interval allows that it is not"),
    "missed by the figure alone": mark("not met by the figure, but its interval allows that it is"),
    "from too few": mark("from too few ties or firms"),
    "no further than chance": mark("chance would give as much"),
    "not held against chance": mark("not held against chance"),
    "no such reading": mark("no such reading given"),
    "reading open": mark("the reading is open"),
    "no statements": mark("no rated statements"),
    "too few statements": mark("too few statements or coders"),
    "statements contradict": mark("statements contradict each other"),
}
OWN_WORDS: Mapping[tuple[str, str], str] = {
    ("by", "territory"): mark("territory"),
    ("looks_at", "reading"): mark("reading"),
    **{(column, code): word for column in _TOLD_OF_GATES for code, word in _GATES.items()},
    **{
        (column, code): word
        for column in _TOLD_OF_CONDITIONS
        for code, word in {**_CONDITIONS, **_FIGURES}.items()
    },
    ("subject", "cluster"): mark("as a cluster"),
    ("subject", "district"): mark("as a district"),
    **{(column, code): word for column in ("kind", "group") for code, word in _ACTIONS.items()},
    **{(column, code): word for column in ("phase", "group", "funder") for code, word in _PHASES.items()},
}
_AREAS, _VERDICTS, _CONDITIONS_OF, _CHANGES = (
    "ladder_areas",
    "ladder_gates",
    "ladder_conditions",
    "ladder_changes",
)
_PLACES, _BUDGETS, _FUNDERS, _YEARS, _ACTED = (
    "action_places",
    "action_budgets",
    "action_phase_funders",
    "action_years",
    "action_areas",
)
# Columns that hold codes of ours, with their kinds of layers.
CODED_COLUMNS = frozenset(
    (
        *((c, _AREAS) for c in ("at_least", "at_most", "next_gate", "certain", "lacking", "open_conditions")),
        *((c, _AREAS) for c in ("climbed", "gained", "lost", "earlier_at_least", "earlier_at_most")),
        *((c, _VERDICTS) for c in ("gate", "up_to_here", "met", "unmet", "open_conditions")),
        *((c, _VERDICTS) for c in ("supporting_met", "supporting_unmet")),
        *((c, _CONDITIONS_OF) for c in ("gate", "condition", "kind", "required", "looks_at", "subject")),
        *((c, _CONDITIONS_OF) for c in ("wanted", "found")),
        *((c, _CHANGES) for c in ("gate", "condition", "before", "after", "turn")),
        *((c, _PLACES) for c in ("kind", "phase", "placed_by", "faults")),
        *((c, _BUDGETS) for c in ("by", "group")),
        *(("phase", kind) for kind in (_FUNDERS, _YEARS)),
        ("funder", _FUNDERS),
        ("order", _ACTED),
        *((c, "gates") for c in ("gate", "condition", "looks_at", "kind", "required", "subject")),
    )
)
_ONE_GATE = {"gate": mark("Gate"), "rung": mark("Rung"), "condition": mark("Condition")}
_EVIDENCE = {
    **_ONE_GATE,
    "title": mark("In words"),
    "title_es": mark("In Spanish words"),
    "kind": mark("Kind of condition"),
    "required": mark("Required"),
    "looks_at": mark("Looks at"),
    "subject": mark("Which one"),
    "source": mark("Tool that gives it"),
    "meaning": mark("Why"),
    "meaning_es": mark("Why, in Spanish"),
    "version": mark("Version of the gates"),
}
_MONEY = {
    "number": mark("Actions"),
    "budget": mark("Budget of the actions"),
    "without_budget": mark("Without a budget"),
    "public_budget": mark("Public money"),
    "public_share": mark("Public share"),
}
_OF_KINDS: Mapping[str, Mapping[str, str]] = {
    _AREAS: {
        "at_least": mark("At least"),
        "at_most": mark("At most"),
        "rung": mark("Rung, at least"),
        "rung_most": mark("Rung, at most"),
        "certain": mark("Certain"),
        "next_gate": mark("Next gate"),
        "lacking": mark("Not met for it"),
        "open_conditions": mark("Unknown for it"),
        "on": mark("As of"),
        "latest": mark("Latest"),
        "climbed": mark("Since the earlier date"),
        "gained": mark("Met now, not then"),
        "lost": mark("Met then, not now"),
        "earlier_on": mark("Earlier date"),
        "earlier_at_least": mark("At least, then"),
        "earlier_at_most": mark("At most, then"),
        "earlier_rung": mark("Rung, at least, then"),
        "earlier_rung_most": mark("Rung, at most, then"),
    },
    _VERDICTS: {
        **{k: _ONE_GATE[k] for k in ("gate", "rung")},
        "up_to_here": mark("Passed up to here"),
        "met": mark("Met"),
        "unmet": mark("Not met"),
        "open_conditions": mark("Unknown"),
        "supporting_met": mark("Supporting, met"),
        "supporting_unmet": mark("Supporting, not met"),
    },
    _CONDITIONS_OF: {
        **_EVIDENCE,
        "wanted": mark("What must hold"),
        "found": mark("Verdict found"),
        "expected": mark("By chance"),
        "rated": mark("Rated statements"),
        "raters": mark("Their coders"),
        "given_by": mark("Given by"),
        "on": mark("As of"),
    },
    _CHANGES: {
        **_ONE_GATE,
        "title": mark("In words"),
        "title_es": mark("In Spanish words"),
        "before": mark("Before"),
        "after": mark("After"),
        "value_before": mark("Figure before"),
        "value_after": mark("Figure after"),
        "date_before": mark("Date before"),
        "date_after": mark("Date after"),
        "turn": mark("Why it turned"),
    },
    "gates": {
        **_EVIDENCE,
        "comparison": mark("Comparison"),
        "threshold": mark("Threshold"),
        "statements": mark("Statements, at least"),
        "coders": mark("Coders, at least"),
        "fewest": mark("n, at least"),
        "beyond_chance": mark("Beyond chance"),
    },
    _PLACES: {
        "action": mark("Action"),
        "action_name": mark("Name of the action"),
        "action_name_es": mark("Name of the action in Spanish"),
        "kind": mark("Kind of action"),
        "phase": mark("Phase"),
        "actors": mark("Actors"),
        "budget": mark("Budget of the action"),
        "funder": mark("Funder"),
        "public_share": mark("Public share"),
        "public_budget": mark("Public money"),
        "begin": mark("First year"),
        "end": mark("Last year"),
        "placed_by": mark("Placed by"),
        "faults": mark("Not stated"),
    },
    _BUDGETS: {
        "by": mark("Told apart by"),
        "group": mark("Group"),
        **_MONEY,
        "share_of_budget": mark("Share of known budgets"),
    },
    _FUNDERS: {"phase": mark("Phase"), "funder": mark("Funder"), **_MONEY},
    _YEARS: {"year": mark("Year"), "phase": mark("Phase"), **_MONEY},
    _ACTED: {
        **_MONEY,
        "animation": mark("Animation"),
        "structuring": mark("Structuring"),
        "consolidation": mark("Consolidation"),
        "animation_from": mark("Animation from"),
        "structuring_from": mark("Structuring from"),
        "consolidation_from": mark("Consolidation from"),
        "unphased": mark("Without a phase"),
        "order": mark("Animation first"),
        "actors": mark("Actors"),
        "without_actors": mark("Without actors"),
    },
}
LADDER_HEADINGS: Mapping[tuple[str, str], str] = {
    (kind, column): text for kind, columns in _OF_KINDS.items() for column, text in columns.items()
}
LADDER_SHARES = frozenset(("public_share", "share_of_budget"))


def date_told(days: pd.Series, latest: pd.Series, say: Translate) -> str:
    """
    Date that territories of a run are looked at, in words.

    Parameters
    ----------
    days
        Day that was asked for, of each; empty where it was the latest of everything.
    latest
        Latest period that was looked at, of each.
    say
        Translation into the reader's language.

    Returns
    -------
    date
        The day; else how far the latest figures go.

    Examples
    --------
    >>> none = pd.Series([None], dtype=object)
    >>> date_told(pd.Series(["2014"]), none, str), date_told(none, pd.Series(["2025-03"]), str)
    ('2014', 'the latest figures (up to 2025-03)')
    """
    known = days.dropna().astype(str)
    if len(known):
        return str(known.max())
    last = latest.dropna().astype(str)
    if len(last):
        return message("the latest figures (up to {date})", date=last.max()).render(say)
    return say(mark("the latest figures"))
