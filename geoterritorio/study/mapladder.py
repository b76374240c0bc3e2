"""How are the rungs of the ladder and the actions told on the map of a study?"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.assessment.actions import UNSTATED
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.ladder_words import PHASE_COLOURS, RUNG_COLOURS, date_told
from geoterritorio.publication.names import called
from geoterritorio.publication.numbers import Numbers
from geoterritorio.study.mapfacts import Fact, Row, looks_of, number, plain

_FACTS = ("at_least", "at_most", "next_gate", "lacking", "open_conditions")
_BEFORE = ("earlier_on", "earlier_at_least", "earlier_at_most", "climbed", "gained", "lost")
# Dots around a place: how many fit on the first circle, and its radius beside the width of the map.
_ROUND, _RADIUS = 8, 1 / 160


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
        Dots, those of one place on circles around it; opened, they tell kind, budget, years, funder, public share and
        how many there are at the place.
    """
    kind = "action_places"
    # A dot is called after its action, not after the territory in which it lies.
    own = called(rows, "action", "action_name")
    spanish = rows.get("action_name_es", own)
    shown = rows.assign(
        phase=rows["phase"].fillna(UNSTATED), name=own, name_es=spanish.where(spanish.notna(), own)
    ).drop(columns="territory")
    used = [p for p in PHASE_COLOURS if shown["phase"].eq(p).any()]
    shown, together = _apart(shown)
    told = (
        *(plain(c, kind) for c in ("kind", "budget")),
        Fact(mark("Years"), _years),
        *(plain(c, kind) for c in ("funder", "public_share")),
        Fact(mark("Actions at this place; dots stand around it"), _together),
    )
    columns, facts, words = looks_of(shown.assign(together=together), told)
    shown = shown.assign(**columns)
    names: dict[Language, str] = {"en": "name", "es": "name_es"}
    look = Look(facts, tuple(PHASE_COLOURS[p] for p in used), words=words, called=names)
    return further_layer(
        shown, name=name, kinds="phase", labels={p: _words("phase", p, kind) for p in used}, look=look
    )


def _apart(rows: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Dots of one place on circles around it, and how many there are at each place."""
    drawn = rows[rows.geometry.notna()]
    keys = [drawn.geometry.x.round(6), drawn.geometry.y.round(6)]
    groups = drawn.groupby(keys, sort=False)
    order, size = groups.cumcount().to_numpy(), groups["phase"].transform("size")
    west, south, east, north = drawn.total_bounds if len(drawn) else (0.0, 0.0, 0.0, 0.0)
    ring, place = order // _ROUND, order % _ROUND
    # The last ring is shared out among those that are left for it.
    on_ring = np.minimum(size.to_numpy() - ring * _ROUND, _ROUND)
    away = np.where(size > 1, (ring + 1) * _RADIUS * max(east - west, north - south), 0.0)
    angle = 2 * np.pi * place / np.maximum(on_ring, 1)
    x, y = (drawn.geometry.x + away * np.cos(angle), drawn.geometry.y + away * np.sin(angle))
    moved = drawn.set_geometry(gpd.points_from_xy(x, y, crs=drawn.crs))
    return moved, size


def _years(row: Row, lang: Language) -> str:  # noqa: ARG001 - facts are told in a language, and years have none
    begin, end = number(row, "begin"), number(row, "end")
    if np.isnan(begin):
        return ""
    return f"{begin:.0f}" if begin == end else f"{begin:.0f}\N{EN DASH}{end:.0f}"


def _together(row: Row, lang: Language) -> str:
    count = number(row, "together")
    return Numbers(lang).count(count) if count > 1 else ""


def _words(column: str, code: str, kind: str) -> dict[Language, str]:
    return {lang: worded(column, code, kind, translator(lang)) for lang in LANGUAGES}


def _heading(column: str, kind: str) -> dict[Language, str]:
    return {lang: heading(column, kind, translator(lang)) for lang in LANGUAGES}
