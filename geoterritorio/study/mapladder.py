"""How are the rungs of the ladder and the actions told on the map of a study?"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from geoterritorio.assessment.actions import UNSTATED
from geoterritorio.i18n import LANGUAGES, Language, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.ladder_words import PHASE_COLOURS, RUNG_COLOURS, date_told
from geoterritorio.publication.names import called
from geoterritorio.study.mapfacts import looks_of, plain

_FACTS = ("at_least", "at_most", "next_gate", "lacking", "open_conditions")
_BEFORE = ("earlier_on", "earlier_at_least", "earlier_at_most", "climbed", "gained", "lost")
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
        Filled areas; opened, they tell the date, the gates at least and at most, what the next one lacks, and where
        the territory stood in an earlier run.
    """
    kind = "ladder_areas"
    dated, days = _dated(rows)
    order = rows.sort_values("rung").drop_duplicates("at_least")
    last = len(RUNG_COLOURS) - 1
    colours = tuple(RUNG_COLOURS[min(int(k), last)] for k in order["rung"])
    labels = {code: _words("at_least", code, kind) for code in order["at_least"]}
    told = (*_FACTS, *(c for c in _BEFORE if c in rows.columns and rows[c].notna().any()))
    facts = {c: _heading(c, kind) for c in ("on", *told)}
    words = {str(v): _words(c, str(v), kind) for c in told for v in rows[c].dropna()} | days
    return further_layer(
        dated, name=name, kinds="at_least", labels=labels, look=Look(facts, colours, words=words)
    )


def _dated(rows: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, dict[str, dict[Language, str]]]:
    """Rows with the date of the run in words; where none was asked for, how far the figures of the row go."""
    blank = pd.Series(None, index=rows.index, dtype=object)
    on, latest = (rows.get(c, blank).astype(object) for c in ("on", "latest"))
    texts: dict[Language, list[str]] = {
        lang: [date_told(on[[k]], latest[[k]], translator(lang)) for k in rows.index] for lang in LANGUAGES
    }
    keys = texts[LANGUAGES[0]]
    days = {key: {lang: texts[lang][k] for lang in LANGUAGES} for k, key in enumerate(keys)}
    return rows.assign(on=keys), days


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
    own = called(rows, "action", "action_name")
    spanish = rows.get("action_name_es", own)
    shown = rows.assign(
        phase=rows["phase"].fillna(UNSTATED), name=own, name_es=spanish.where(spanish.notna(), own)
    ).drop(columns="territory")
    used = [p for p in PHASE_COLOURS if shown["phase"].eq(p).any()]
    columns, facts, words = looks_of(shown, [plain(c, kind) for c in _ACTION_FACTS])
    shown = shown.assign(**columns)
    names: dict[Language, str] = {"en": "name", "es": "name_es"}
    look = Look(facts, tuple(PHASE_COLOURS[p] for p in used), words=words, called=names)
    return further_layer(
        shown, name=name, kinds="phase", labels={p: _words("phase", p, kind) for p in used}, look=look
    )


def _words(column: str, code: str, kind: str) -> dict[Language, str]:
    return {lang: worded(column, code, kind, translator(lang)) for lang in LANGUAGES}


def _heading(column: str, kind: str) -> dict[Language, str]:
    return {lang: heading(column, kind, translator(lang)) for lang in LANGUAGES}
