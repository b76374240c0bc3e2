"""How does the map show results that have one figure for each territory?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication import FurtherLayer, Look, further_layer
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.numbers import NOTHING, Numbers
from geoterritorio.publication.shares import is_share
from geoterritorio.publication.webmap.palette import BREAKS, COLOURS, FIGURES, GROUND, mix
from geoterritorio.study.mapcolours import both_halves
from geoterritorio.study.mapfacts import (
    KEPT_BACK,
    KEPT_BACK_COLOUR,
    Fact,
    Row,
    kept_back,
    looks_of,
    number,
    plain,
    share,
)
from geoterritorio.study.withholding import WITHHELD

Words = dict[Language, str]


@dataclass(frozen=True)
class _Drawn:
    """
    What is drawn of a kind of areas.

    Parameters
    ----------
    column
        Column of the figure.
    what
        What it is and in which unit; empty where the rows say so.
    beside
        What is told beside it.
    intervals
        Columns of the ends of an interval, by that of the figure whose interval it is.
    quotient
        Whether 1 is the middle, and rows say how sure it is that a figure is not 1.
    """

    column: str
    what: str = ""
    beside: tuple[str, ...] = ()
    intervals: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    quotient: bool = False


_ENDS = ("low", "high")
# Kinds of areas with figures, and which of their figures is drawn.
DRAWN: Mapping[str, _Drawn] = {
    # The interval is that of the index without what chance adds to it, not that of the index.
    "territory_indices": _Drawn("value", "", ("corrected", "null_mean", "q"), {"corrected": _ENDS}),
    "cluster_areas": _Drawn(
        "index", mark("cluster index, 1 where the sector is evenly spread"), (), {"index": _ENDS}
    ),
    "complexity_areas": _Drawn(
        "eci",
        mark("complexity (ECI), in standard deviations from the mean"),
        ("rank",),
        {"eci": _ENDS, "rank": ("rank_low", "rank_high")},
    ),
    "fitness_areas": _Drawn("fitness", mark("fitness, with a mean of 1"), ("rank",)),
    "variety": _Drawn("related", mark("related variety, in bits"), ("unrelated", "total")),
    "shift_share_areas": _Drawn("regional", "", ("competitive", "change", "national", "mix")),
    "knowledge_areas": _Drawn(
        "lq", mark("location quotient"), ("class", "q", "certainty", "share"), {"lq": _ENDS}, quotient=True
    ),
    "cluster_star_areas": _Drawn("total", mark("stars of all groups"), ("group_name", "stars")),
    "strong_cluster_areas": _Drawn("strong_groups", mark("number of strong clusters"), ("strong_share",)),
    "relatedness_density_areas": _Drawn("density", mark("relatedness density, from 0 to 1")),
    "focal_areas": _Drawn(
        "focal_lq",
        mark("focal location quotient, surroundings included"),
        ("q", "certainty", "lq"),
        {"focal_lq": _ENDS},
        quotient=True,
    ),
}
_REGIONAL = {
    "employment": mark("regional component, in jobs"),
    "establishments": mark("regional component, in establishments"),
}
_ABOVE = mark("over {a}")
_NUMBERS = {"over": mark("{a} or more"), "under": mark("under {a}"), "between": mark("{a} to {b}")}
_SURE = frozenset(("high", "low"))
_CHANCE = mark("{what}; not told from chance")
_FAINT = 0.55
# Larger whole numbers are amounts, of which three digits are enough.
_COUNTED = 1000
# What the page tells of probabilities below which three decimals are none.
_LEAST = 0.001
# From here on figures have no decimals.
_LARGE = 100


def figured(rows: gpd.GeoDataFrame, kind: str, name: Mapping[Language, str]) -> list[FurtherLayer]:
    """
    Territories filled the darker the higher their figure is, which is told with its own interval.

    Parameters
    ----------
    rows
        Areas of a kind in `DRAWN`.
    kind
        Kind of the layer.
    name
        Name of the layer by language.

    Returns
    -------
    layers
        The layer, whose key says which figure of which unit and sector it is; none where a territory has several rows,
        as of sectors or pairs, or no figure is known. Quotients are in classes around 1, paler where chance may explain
        them. Territories whose figure is withheld are a class of their own.
    """
    drawn = DRAWN[kind]
    finite = np.isfinite(rows[drawn.column].to_numpy(dtype=float, na_value=np.nan))
    known, hidden = rows[finite], rows[~finite & kept_back(rows)]
    if known.empty or rows["territory"].duplicated().any():
        return []
    parts, labels, colours = (_around if drawn.quotient else _parted)(known, drawn.column)
    columns, headings, words = looks_of(known, _facts(known, kind, drawn))
    what = _what(known, kind, drawn)
    title = {lang: f"{words}: {what[lang]}" for lang, words in name.items()}
    filled = known.assign(part=parts, **columns)
    if len(hidden):
        labels[WITHHELD] = {lang: translator(lang)(KEPT_BACK) for lang in LANGUAGES}
        colours = (*colours, KEPT_BACK_COLOUR)
        filled = pd.concat([filled, hidden.assign(part=WITHHELD)])
    look = Look(headings, colours, words=words, title=title)
    return [further_layer(filled, name=name, kinds="part", labels=labels, look=look)]


_Parts = tuple[list[str], dict[str, Words], tuple[str, ...]]


def _parted(rows: gpd.GeoDataFrame, column: str) -> _Parts:
    """As many territories in each class as figures allow: class by row, words of the classes, and their colours."""
    values = rows[column].to_numpy(dtype=float)
    parts = np.quantile(values, np.arange(1, len(FIGURES)) / len(FIGURES))
    whole = bool((values == values.round()).all() and np.abs(values).max() < _COUNTED)
    # between whole numbers there is nothing
    parts = np.ceil(parts) if whole else parts
    # as the key writes them, so that no figure stands in a class that its own words exclude
    breaks = sorted({float(f"{b:.3g}") for b in parts if values.min() < float(f"{b:.3g}") <= values.max()})
    place = np.searchsorted(breaks, values, side="right")
    there = [k for k in range(len(breaks), -1, -1) if (place == k).any()]
    shade = np.linspace(0, len(FIGURES) - 1, max(2, len(breaks) + 1)).round().astype(int)
    labels = {f"part {k}": (_numbers(values[place == k]) if whole else _words(breaks, k)) for k in there}
    return [f"part {k}" for k in place], labels, tuple(FIGURES[shade[k]] for k in there)


def _numbers(values: npt.NDArray[np.float64]) -> Words:
    """Whole numbers of a class: the one, or the first and the last."""
    ends = {"a": float(values.min()), "b": float(values.max())}
    return {
        lang: _number(ends["a"], lang)
        if ends["a"] == ends["b"]
        else translator(lang)(_NUMBERS["between"]).format(**{e: _number(x, lang) for e, x in ends.items()})
        for lang in LANGUAGES
    }


def _around(rows: gpd.GeoDataFrame, column: str) -> _Parts:
    """Quotients in the classes around 1 that all quotients of the page have, pale where they are not told from 1."""
    values = rows[column].to_numpy(dtype=float)
    # A quotient on a limit belongs to the class nearer to 1, as everywhere.
    half = len(BREAKS) // 2
    low, high = np.array(BREAKS[:half]), np.array(BREAKS[half:])
    place = np.searchsorted(low, values, side="right") + np.searchsorted(high, values, side="left")
    sure = np.ones(len(rows), dtype=bool)
    if "certainty" in rows.columns:
        sure = rows["certainty"].isin(_SURE).to_numpy() | rows["certainty"].isna().to_numpy()
    labels: dict[str, Words] = {}
    colours = []
    for k in range(len(COLOURS) - 1, -1, -1):
        words = _words([round(bound, 2) for bound in BREAKS], k, over=_ABOVE)
        for clear in (True, False):
            if ((place == k) & (sure == clear)).any():
                labels[_part(k, clear=clear)] = words if clear else _by_chance(words)
                colours.append(COLOURS[k] if clear else mix(COLOURS[k], GROUND, _FAINT))
    parts = [_part(k, clear=clear) for k, clear in zip(place, sure, strict=True)]
    return parts, labels, tuple(colours)


def _part(k: int, *, clear: bool) -> str:
    return f"part {k}" + ("" if clear else " by chance")


def _by_chance(words: Words) -> Words:
    return {lang: message(_CHANCE, what=text).render(translator(lang)) for lang, text in words.items()}


def _what(rows: gpd.GeoDataFrame, kind: str, drawn: _Drawn) -> Words:
    """Which figure is drawn, in which unit, and of whom."""
    return {lang: _what_in(rows, kind, drawn, lang) for lang in LANGUAGES}


def _what_in(rows: gpd.GeoDataFrame, kind: str, drawn: _Drawn, lang: Language) -> str:
    say = translator(lang)
    text = say(drawn.what) if drawn.what else heading(drawn.column, kind, say)
    if kind == "shift_share_areas":
        # of Gerfin, components are indices
        measure = "" if "growth" in rows and rows["growth"].notna().any() else _only(rows, "measure")
        text = say(_REGIONAL[measure]) if measure in _REGIONAL else text
    elif kind == "territory_indices" and _only(rows, "measure"):
        text = worded("measure", _only(rows, "measure"), kind, say)
    elif kind == "knowledge_areas" and _only(rows, "class"):
        of = worded("class", _only(rows, "class"), kind, say)
        return message("{what}, {whom}", what=text, whom=of).render(say)
    if "sector" not in rows.columns:
        return text
    if _only(rows, "sector"):
        return message("{what}, {whom}", what=text, whom=_sector(rows.iloc[0], lang)).render(say)
    return message("{what}, of the sector that stands out most in each territory", what=text).render(say)


def _only(rows: pd.DataFrame, column: str) -> str:
    """What all rows say in a column; nothing where they say different things."""
    found = rows[column].dropna().unique() if column in rows.columns else []
    return str(found[0]) if len(found) == 1 else ""


def _sector(row: pd.Series, lang: Language) -> str:
    names = [row.get(c) for c in (*(["sector_name_es"] if lang == "es" else []), "sector_name", "sector")]
    return next((n for n in names if isinstance(n, str) and n), "")


def _facts(rows: gpd.GeoDataFrame, kind: str, drawn: _Drawn) -> Sequence[Fact]:
    """The figure and those beside it, each with its own interval where it has one."""
    columns = [c for c in (drawn.column, *drawn.beside) if c in rows and rows[c].notna().any()]
    return [_fact(c, kind, drawn.intervals.get(c)) for c in columns]


def _fact(column: str, kind: str, ends: tuple[str, str] | None) -> Fact:
    one = plain(column, kind)

    def told(row: Row, lang: Language) -> str:
        text = row.get(column)
        if isinstance(text, str):
            return both_halves(text)[lang] if column == "group_name" else one.told(row, lang)
        figures = [number(row, c) for c in (column, *(ends or ()))]
        if np.isnan(figures[0]):
            return ""
        value, *bounds = (_figure(x, column, kind, lang) for x in figures)
        if not bounds or np.isnan(figures).any():
            return value
        low, high = bounds
        return message("{value} (interval {low} to {high})", value=value, low=low, high=high).render(
            translator(lang)
        )

    return Fact(one.heading, told)


def _figure(value: float, column: str, kind: str, lang: Language) -> str:
    """Figure of three digits; what is larger is whole."""
    if np.isnan(value):
        return ""
    if column == "q":
        return _probability(value, lang)
    if is_share(column, kind):
        return share(value, lang)
    numbers = Numbers(lang)
    text = numbers.count(value) if abs(value) >= _LARGE else numbers.plain(float(f"{value:.3g}"))
    return text.replace("-", "−")


def _probability(value: float, lang: Language) -> str:
    return f"< {Numbers(lang).index(_LEAST)}" if value < _LEAST else Numbers(lang).index(value)


def _words(breaks: Sequence[float], k: int, *, over: str = _NUMBERS["over"]) -> Words:
    """Between which numbers a class lies."""
    if not breaks:
        return dict.fromkeys(LANGUAGES, NOTHING)
    text = _NUMBERS["under"] if k == 0 else over if k == len(breaks) else _NUMBERS["between"]
    ends = {"a": breaks[max(k - 1, 0)], "b": breaks[min(k, len(breaks) - 1)]}
    return {
        lang: translator(lang)(text).format(**{end: _number(x, lang) for end, x in ends.items()})
        for lang in LANGUAGES
    }


def _number(value: float, lang: Language) -> str:
    text = np.format_float_positional(value, trim="-").replace("-", "−")
    return text.replace(".", ",") if lang == "es" else text
