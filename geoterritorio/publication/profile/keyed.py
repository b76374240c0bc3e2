"""Key figures of tools: each with its interval or what chance gives, and with what it compares."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geoterritorio.i18n import mark
from geoterritorio.publication.profile.parts import Case, Exhibit, Figure, Mark, along

_NO_INTERVAL = mark("no interval is known")
_COUNTED = mark("none: a count of the register")
_OF_TIES = mark("none: ties are counted")


@dataclass(frozen=True)
class Key:
    """
    A key figure of an output.

    Parameters
    ----------
    label
        What it is, in English.
    output
        Output of the tool.
    value
        Column of the figure.
    ends
        Columns of its interval; empty where it has none.
    why
        Why it has none, in English.
    chance
        Column of what chance gives.
    band
        Columns of both ends of what chance gives.
    q
        Column of how surely it departs from chance.
    where
        Column and value of the row; the territory's only one by default.
    share
        Whether it is a part of one.
    """

    label: str
    output: str
    value: str
    ends: tuple[str, ...] = ()
    why: str = _NO_INTERVAL
    chance: str = ""
    band: tuple[str, ...] = ()
    q: str = ""
    where: tuple[str, str] | None = None
    share: bool = False


def _of_ties(label: str, measure: str, *, share: bool = True) -> Key:
    """A measure of the network beside networks by chance."""
    where = ("measure", measure)
    return Key(label, "summary", "value", (), _OF_TIES, "expected", ("low", "high"), "q", where, share)


def _of_jobs(label: str, purpose: str) -> Key:
    """Jobs whose field is served, for one purpose."""
    ends, where = ("match_low", "match_high"), ("purpose", purpose)
    band = ("expected_low", "expected_high")
    return Key(label, "areas", "match_share", ends, _COUNTED, "expected", band, "q", where, share=True)


def _contained(label: str, side: str) -> Key:
    ends = (f"{side}_low", f"{side}_high")
    return Key(label, "areas", side, ends, chance=f"{side}_chance", share=True)


KEYS: Mapping[str, tuple[Key, ...]] = {
    "innovation_system": (
        Key(mark("Institutions per 1000 establishments"), "areas", "density", ("low", "high")),
        Key(
            mark("Kinds of institution present (share)"),
            "areas",
            "kinds_share",
            why=mark("none: kinds are counted"),
            share=True,
        ),
    ),
    "training_match": (
        _of_jobs(mark("Jobs whose sector has its field taught (share)"), "training"),
        _of_jobs(mark("Jobs whose sector has its field researched (share)"), "research"),
    ),
    "triple_helix": (
        Key(
            mark("Triple-helix synergy (bits; below 0 is synergy)"),
            "areas",
            "synergy",
            ("low", "high"),
            chance="expected",
            band=("expected_low", "expected_high"),
            q="q",
        ),
    ),
    "actor_network": (
        _of_ties(mark("Density of the network of actors"), "density"),
        _of_ties(mark("Ties that stay in the territory (share)"), "local_share"),
        _of_ties(mark("Linked firms within two steps of a knowledge holder (share)"), "two_steps"),
        _of_ties(mark("Ties between types of actors: E-I index"), "ei_type", share=False),
    ),
    "community_of_people": (
        Key(mark("Inhabitants"), "areas", "inhabitants", why=mark("none: a count")),
        _contained(mark("Employed residents who work in it (share)"), "supply"),
        _contained(mark("Workers who live in it (share)"), "demand"),
    ),
    "action_register": (
        Key(mark("Actions"), "areas", "number", why=mark("none: a count")),
        Key(
            mark("Budget of the actions that is public (share)"),
            "areas",
            "public_share",
            why=mark("none: a sum of money"),
            share=True,
        ),
    ),
}
# Tools whose figures stand in their sections, with intervals and scales of their own.
TOLD_ELSEWHERE = frozenset(("capitals", "leader_profile", "ladder", "brokerage", "institutional_thickness"))


def keyed(case: Case, exhibit: Exhibit) -> list[Figure]:
    """Key figures of one exhibit."""
    found = []
    for key in KEYS.get(exhibit.tool, ()):
        if key.output != exhibit.output or key.value not in exhibit.rows.columns:
            continue
        rows = _rows(exhibit.rows, key)
        mine = rows[rows["territory"].astype(str) == case.territory].dropna(subset=[key.value])
        found += [_figure(case, exhibit, key, row, rows) for row in mine.head(1).to_dict("records")]
    return found


def _rows(rows: pd.DataFrame, key: Key) -> pd.DataFrame:
    if key.where is None:
        return rows
    column, value = key.where
    return rows[rows[column].astype(str) == value] if column in rows.columns else rows.iloc[:0]


def _figure(case: Case, exhibit: Exhibit, key: Key, row: Mapping[Any, Any], rows: pd.DataFrame) -> Figure:
    value = _number(row, key.value)
    low, high = _ends(row, key.ends)
    interval = case.between(low, high, shares=key.share) if low < high else case.say(_reason(key, low, high))
    beside = _beside(case, key, row) or case.median(rows[key.value].astype(float), shares=key.share)
    return Figure(
        case.dated(case.say(key.label), exhibit),
        case.number(value, shares=key.share),
        interval,
        beside,
        exhibit.title,
        _drawing(key, row, rows),
        exhibit.earlier,
    )


def _reason(key: Key, low: float, high: float) -> str:
    """Why there is no interval; both ends of one that is known are the same."""
    return _COUNTED if low == high else key.why


def _beside(case: Case, key: Key, row: Mapping[Any, Any]) -> str:
    """What chance gives, with its band, and how surely the figure departs from it."""
    expected = _number(row, key.chance)
    if math.isnan(expected):
        return ""
    told = case.number(expected, shares=key.share)
    if key.band and set(key.band) <= set(row):
        told += case.bracketed(row, (key.band[0], key.band[1]), shares=key.share)
    q = _number(row, key.q)
    if math.isnan(q):
        return case.words(mark("by chance: {value}"), value=told)
    return case.words(mark("by chance: {value}; q {q}"), value=told, q=case.told("q", q, ""))


def _drawing(key: Key, row: Mapping[Any, Any], rows: pd.DataFrame) -> Mark | None:
    """Figure, interval, chance or median on the scale of all territories, which holds 0."""
    value, (low, high), band = _number(row, key.value), _ends(row, key.ends), _ends(row, key.band)
    at = _number(row, key.chance)
    if math.isnan(at):
        at = float(rows[key.value].median())
    here = [value, low, high, at, *band, 0.0, float(rows[key.value].min()), float(rows[key.value].max())]
    known = [x for x in here if not math.isnan(x)]
    return along(value, low, high, least=min(known), most=max(known), at=at, chance=band)


def _ends(row: Mapping[Any, Any], columns: tuple[str, ...]) -> tuple[float, float]:
    if not columns:
        return math.nan, math.nan
    return _number(row, columns[0]), _number(row, columns[1])


def _number(row: Mapping[Any, Any], column: str) -> float:
    value = row.get(column)
    return float(value) if value is not None and not pd.isna(value) else math.nan
