"""How are the rungs of the ladder and the actions told on the map of a study?"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd

from geoterritorio.assessment.actions import UNSTATED
from geoterritorio.i18n import LANGUAGES, Language, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.ladder_words import PHASE_COLOURS, RUNG_COLOURS
from geoterritorio.publication.names import called

_FACTS = ("at_least", "at_most", "lacking", "open_conditions")
_ACTION_FACTS = ("kind", "budget", "period", "funder", "public_share")


def rungs(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Territories in the colour of the gate that they have surely passed.

    Parameters
    ----------
    rows
        Areas of `ladder`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Filled areas; opened, they tell the gates at least and at most, and what the next one lacks.
    """
    kind = "ladder_areas"
    order = rows.sort_values("rung").drop_duplicates("at_least")
    last = len(RUNG_COLOURS) - 1
    colours = tuple(RUNG_COLOURS[min(int(k), last)] for k in order["rung"])
    labels = {code: _words("at_least", code, kind) for code in order["at_least"]}
    facts = {c: _heading(c, kind) for c in _FACTS}
    words = {str(v): _words(c, str(v), kind) for c in _FACTS for v in rows[c].dropna()}
    return further_layer(
        rows, name=name, kinds="at_least", labels=labels, look=Look(facts, colours, words=words)
    )


def acted(rows: gpd.GeoDataFrame, name: Mapping[Language, str]) -> FurtherLayer:
    """
    Actions as dots by phase.

    Parameters
    ----------
    rows
        Register of `action_register`.
    name
        Name of the layer by language.

    Returns
    -------
    layer
        Dots; opened, they tell kind, budget, period, funder and public share.
    """
    kind = "action_places"
    # A dot is called after its action, not after the territory in which it lies.
    named = {"name": called(rows, "action", "action_name")}
    if "action_name_es" in rows.columns:
        named["name_es"] = rows["action_name_es"]
    shown = rows.assign(phase=rows["phase"].fillna(UNSTATED), **named).drop(columns="territory")
    used = [p for p in PHASE_COLOURS if shown["phase"].eq(p).any()]
    facts = {c: _heading(c, kind) for c in _ACTION_FACTS}
    words = {str(v): _words("kind", str(v), kind) for v in rows["kind"].dropna()}
    look = Look(facts, tuple(PHASE_COLOURS[p] for p in used), words=words)
    return further_layer(
        shown, name=name, kinds="phase", labels={p: _words("phase", p, kind) for p in used}, look=look
    )


def _words(column: str, code: str, kind: str) -> dict[Language, str]:
    return {lang: worded(column, code, kind, translator(lang)) for lang in LANGUAGES}


def _heading(column: str, kind: str) -> dict[Language, str]:
    return {lang: heading(column, kind, translator(lang)) for lang in LANGUAGES}
