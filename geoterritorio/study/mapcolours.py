"""What do layers of the map in the colours of their codes have in common?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.headings import SHARES, heading, worded
from geoterritorio.publication.names import with_own_half
from geoterritorio.publication.nearness import near_to_far
from geoterritorio.publication.qgis.brushes import SEQUENCE
from geoterritorio.publication.webmap.further import PLAIN
from geoterritorio.publication.webmap.palette import mix
from geoterritorio.study.withholding import WITHHELD

Words = dict[Language, str]

# Near is dark, as in QGIS; the palest of the sequence would not be seen on the page.
_NEAR, _MIDDLE, _FAR = near_to_far((*SEQUENCE[1:3], SEQUENCE[-1]))
# The palest colour, from 0 (near) to 2 (far): that of a dot must be seen on pale ground.
PALE, PALE_DOT = 2.0, 1.2
_DIVISIONS = ("functional", "natural", "travel")
# Jobs are not told: those of an area may be the jobs of one establishment.
FACTS = {
    "isochrones": ("area_km2", "length_km"),
    "reached_land": ("places", "area_km2"),
    "service_areas": ("centres", "area_km2", "establishments", "population"),
    "nearest_areas": ("nearest_by", "area_km2", "establishments", "population"),
    "access": ("relative", "in_reach", "nearest_cost", "population"),
    "availability": ("relative", "in_reach", "nearest_cost", "population"),
    "opportunities": ("available", "within", "in_reach", "nearest_cost", "population"),
    "centre_loads": ("people_in_reach", "capacity", "service_ratio", "reached_by"),
    "snapped_places": ("role", "road", "distance", "leg"),
    "market_areas": ("share", "rivals", "in_reach", "population"),
    "market_centres": ("customers", "share", "first_at"),
    "candidate_gains": ("centre_kind", "up_to", "newly", "gaining", "most_in", "saved", "rank"),
    "chosen_candidates": ("turn", "centre_kind", "up_to", "newly", "saved", "reached_share", "jobs_share"),
    "zonal_sums": ("sum", "mean", "covered", "outside"),
    "basins": ("area_km2", "upstream_km2", "elevation"),
    "travel_basins": ("mean_minutes", "most_minutes", "area_km2"),
    "limit_areas": tuple(
        f"{d}_{fact}" for d in _DIVISIONS for fact in ("along", "ratio", "match_name", "match")
    ),
    "reach_areas": ("up_to", "number", "reached_share", "jobs_share", "median", "several"),
}
_COSTS = frozenset(("up_to", "cost", "median", "saved", "nearest_cost", "within", "leg"))
_ROUNDED = frozenset(("mean_minutes", "most_minutes", "elevation", *(f"{d}_ratio" for d in _DIVISIONS)))
# What shares within every budget tell better.
_OF_ONE_BUDGET = frozenset(("up_to", "reached_share", "jobs_share"))
# Its heading elsewhere names both units that are possible.
_UP_TO = mark("Up to")


def coloured(
    rows: gpd.GeoDataFrame,
    kind: str,
    name: Mapping[Language, str],
    labels: Mapping[str, Words],
    colours: Sequence[str],
    *,
    filled: bool = True,
    more: Look = PLAIN,
) -> FurtherLayer:
    """
    Areas or points in the colours of their codes, with the facts of the kind.

    Parameters
    ----------
    rows
        Areas or points, with a column `code`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.
    labels
        Headings of the codes, in the order of the legend.
    colours
        Colours of the codes.
    filled
        Whether areas are filled; else their rims have the colours.
    more
        Further facts, which stand first and take the place of the budget and its shares; and what the layer is folded
        under.

    Returns
    -------
    layer
        The layer; only codes that occur have a heading.
    """
    there = [k for k, code in enumerate(labels) if rows["code"].eq(code).any()]
    columns = [c for c in (*FACTS[kind], WITHHELD) if c in rows.columns and rows[c].notna().any()]
    if more.words:
        columns = [c for c in columns if c not in _OF_ONE_BUDGET | set(more.facts)]
    # A row that is named by its only centre need not tell it twice.
    columns = [c for c in columns if c != "centres" or not rows[c].equals(rows["name"].rename(c))]
    unit = unit_of(rows)
    shares = [c for c in columns if c in SHARES]
    rounded = [c for c in columns if c in _COSTS | _ROUNDED]
    told = rows.assign(
        **{c: (100 * rows[c]).round(1) for c in shares},
        **{c: rows[c].astype(float).round(1) for c in rounded},
    )
    texts = [c for c in (*more.facts, *columns) if not pd.api.types.is_numeric_dtype(told[c])]
    said = {str(v): _said(c, str(v), kind) for c in texts for v in told[c].dropna().unique()} | {**more.words}
    facts = {**more.facts} | {c: headed(c, kind, unit) for c in columns}
    codes = list(labels)
    shades = tuple(colours[k] for k in there)
    look = Look(facts, shades, filled=filled, words=said, fold=more.fold, title=more.title)
    return further_layer(
        told, name=name, kinds="code", labels={codes[k]: labels[codes[k]] for k in there}, look=look
    )


def headed(column: str, kind: str, unit: str | None) -> Words:
    """
    Heading of a fact, with its unit: shares are told in percent, costs in what they count.

    Parameters
    ----------
    column
        Its column.
    kind
        Kind of the layer.
    unit
        What costs count.

    Returns
    -------
    heading
        By language.
    """
    plain = {lang: heading(column, kind, translator(lang)) for lang in LANGUAGES}
    if column in SHARES:
        return {lang: f"{text} (%)" for lang, text in plain.items()}
    if column not in _COSTS or unit is None:
        return plain
    first = both(_UP_TO) if column == "up_to" else plain
    # the unit in place of those that it may be
    return {lang: f"{text.partition(' (')[0]} ({unit_word(unit, lang)})" for lang, text in first.items()}


def unit_of(rows: pd.DataFrame) -> str | None:
    """
    What costs count, where all rows say the same.

    Parameters
    ----------
    rows
        Rows that may have a column `unit`.

    Returns
    -------
    unit
        Its code.
    """
    found = set(rows["unit"].dropna()) if "unit" in rows.columns else set()
    return str(found.pop()) if len(found) == 1 else None


def unit_word(unit: str, lang: Language) -> str:
    """
    Unit of costs in words.

    Parameters
    ----------
    unit
        Its code.
    lang
        Language of the reader.

    Returns
    -------
    word
        In the plural.
    """
    return worded("unit", unit, "reach_areas", translator(lang))


def _said(column: str, text: str, kind: str) -> Words:
    column = "by" if column == "nearest_by" else column
    found = {lang: worded(column, text, kind, translator(lang)) for lang in LANGUAGES}
    return found if found[LANGUAGES[0]] != text else both_halves(text)


def both_halves(text: str) -> Words:
    """
    Name of the user's in every language, where it has a half for each.

    Parameters
    ----------
    text
        The name, as it is.

    Returns
    -------
    words
        By language.
    """
    table = pd.DataFrame({"name": [text]})
    return {lang: str(with_own_half(table, lang)["name"].iloc[0]) for lang in LANGUAGES}


def both(text: str) -> Words:
    """
    Text of ours in every language.

    Parameters
    ----------
    text
        In English.

    Returns
    -------
    words
        By language.
    """
    return {lang: translator(lang)(text) for lang in LANGUAGES}


def ramp(number: int, palest: float = PALE) -> tuple[str, ...]:
    """
    Colours from dark to pale.

    Parameters
    ----------
    number
        How many.
    palest
        The last of them, from 0 (near) to 2 (far).

    Returns
    -------
    colours
        The darkest first.
    """
    parts = np.linspace(0, palest, max(number, 2))[:number]
    return tuple(mix(_NEAR, _MIDDLE, t) if t <= 1 else mix(_MIDDLE, _FAR, t - 1) for t in parts)
