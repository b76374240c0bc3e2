"""How does a layer of the map tell of a row: with unit, beside chance, and paler where chance may explain it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
from geoterritorio.publication.webmap.palette import GROUND, mix
from geoterritorio.study.withholding import WITHHELD

# Column, by language, of the name of the territory in which a point lies.
WHERE = "where"
Row = Mapping[str, object]
# How far colours fade where chance may explain what is found: the classes must still be told apart.
_FAINT = 0.55
# Class of rows whose figures are withheld, as pale as ground of which nothing is known.
KEPT_BACK, KEPT_BACK_COLOUR = mark("Withheld to protect confidentiality"), "#c9ced4"
_BY_CHANCE = " \N{WHITE CIRCLE}"
_PAIR = mark("{value} (by chance {expected})")
_TESTED = mark("{value} (by chance {expected}; q = {q})")


@dataclass(frozen=True)
class Fact:
    """
    What is told of an opened row.

    Parameters
    ----------
    heading
        Its heading, in English.
    told
        The text for a row in a language; an empty one is a dash.
    """

    heading: str
    told: Callable[[Row, Language], str]


def number(row: Row, column: str) -> float:
    """Number of a row; NaN where it has none."""
    value = row.get(column)
    return float(value) if isinstance(value, int | float | np.number) else float("nan")


def share(value: float, lang: Language) -> str:
    """Share in percent, a dash where it is not known."""
    return NOTHING if np.isnan(value) else Numbers(lang).percent(round(value, 3))


def beside(
    row: Row, value: str, expected: str, lang: Language, *, written: Callable[[float, Language], str] = share
) -> str:
    """
    A figure beside what chance gives, with its q-value where it was tested.

    Parameters
    ----------
    row
        The row.
    value, expected
        Columns of the figure and of what chance gives.
    lang
        Language of the reader.
    written
        How figures are written.

    Returns
    -------
    text
        A dash where the figure is not known.
    """
    known, chance, q = number(row, value), number(row, expected), number(row, "q")
    if np.isnan(known) or np.isnan(chance):
        return written(known, lang)
    told = {"value": written(known, lang), "expected": written(chance, lang)}
    if np.isnan(q):
        return message(_PAIR, **told).render(translator(lang))
    return message(_TESTED, **told, q=Numbers(lang).positive(q)).render(translator(lang))


def plain(column: str, kind: str) -> Fact:
    """
    A column as it is: counts as whole numbers, codes in words.

    Parameters
    ----------
    column
        Name of the column.
    kind
        Kind of the layer.

    Returns
    -------
    fact
        With the heading of the column.
    """

    def told(row: Row, lang: Language) -> str:
        value = row.get(column)
        if isinstance(value, str):
            return worded(column, value, kind, translator(lang)) if value else ""
        figure = number(row, column)
        if is_share(column, kind):
            return share(figure, lang)
        return (
            Numbers(lang).count(figure)
            if np.isnan(figure) or figure == round(figure)
            else Numbers(lang).significant(figure)
        )

    return Fact(heading(column, kind, str), told)


def where() -> Fact:
    """
    Territory of a point by its name.

    Returns
    -------
    fact
        Empty where no name is known.
    """
    return Fact(mark("Territory"), lambda row, lang: _text(row.get(f"{WHERE}_{lang}")))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def deciding(kind: str) -> Fact:
    """
    What would decide what is not known of a row.

    Parameters
    ----------
    kind
        Kind of the layer.

    Returns
    -------
    fact
        Reason and cure.
    """

    def told(row: Row, lang: Language) -> str:
        reason, cure = row.get("reason"), row.get("cure")
        if not (isinstance(reason, str) and reason):
            return ""
        say = translator(lang)
        words = (worded("reason", reason, kind, say), worded("cure", str(cure or ""), kind, say))
        return message("{reason}; it would be decided by: {cure}", reason=words[0], cure=words[1]).render(say)

    return Fact(mark("Not known"), told)


def kept_back(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """
    Rows of which figures are withheld, and of which nothing else says why they are unknown.

    Parameters
    ----------
    rows
        What is drawn.

    Returns
    -------
    withheld
        Of each row.
    """
    if WITHHELD not in rows.columns:
        return np.zeros(len(rows), dtype=bool)
    reason = rows["reason"] if "reason" in rows.columns else pd.Series("", index=rows.index)
    return np.asarray(rows[WITHHELD].notna() & reason.fillna("").eq(""), dtype=bool)


def keeps_all_back(layer: object) -> bool:
    """
    Whether a layer shows nothing but rows that are withheld.

    Parameters
    ----------
    layer
        A layer of the map.

    Returns
    -------
    all
        Never so of layers without classes.
    """
    own = {lang: translator(lang)(KEPT_BACK) for lang in LANGUAGES}
    return isinstance(layer, FurtherLayer) and [dict(kind) for kind in layer.kinds] == [own]


def graded(
    rows: gpd.GeoDataFrame,
    name: Mapping[Language, str],
    grades: Sequence[str] | npt.NDArray[np.object_],
    colours: Mapping[str, str],
    facts: Sequence[Fact],
    faint: Sequence[bool] | npt.NDArray[np.bool_] | None = None,
) -> FurtherLayer:
    """
    Areas or points in the colour of their grade, paler where chance may explain it.

    Parameters
    ----------
    rows
        What is drawn.
    name
        Name of the layer by language.
    grades
        Grade of each row: a text of `colours`.
    colours
        Colour by grade, in the order of the legend; the last is of rows of which the figure is not known.
    facts
        What is told of an opened row; those that are empty for every row are left out.
    faint
        Whether chance may explain the grade of a row.

    Returns
    -------
    layer
        Filled areas or points; paler grades have entries of their own in the legend, and so have rows of which the
        figure is withheld: these are not unknown.
    """
    pale = np.zeros(len(rows), dtype=bool) if faint is None else np.asarray(faint, dtype=bool)
    keys = pd.Series(np.asarray(grades, dtype=object), index=rows.index)
    keys = keys.mask(keys.eq([*colours][-1]) & kept_back(rows), KEPT_BACK)
    colours = {**colours, KEPT_BACK: KEPT_BACK_COLOUR}
    keys = keys.where(~pale, keys + _BY_CHANCE)
    there = [k for grade in colours for k in (grade, grade + _BY_CHANCE) if keys.eq(k).any()]
    columns, headings, words = looks_of(rows, (*facts, _why_kept_back()))
    look = Look(headings, tuple(_shade(key, colours) for key in there), words=words)
    labels = {key: {lang: _label(key, lang) for lang in LANGUAGES} for key in there}
    drawn = rows.assign(grade=keys, **columns)
    return further_layer(drawn, name=name, kinds="grade", labels=labels, look=look)


def _why_kept_back() -> Fact:
    """Why figures of a row are withheld."""

    def told(row: Row, lang: Language) -> str:
        why = row.get(WITHHELD)
        return worded(WITHHELD, why, "", translator(lang)) if isinstance(why, str) else ""

    return Fact(heading(WITHHELD, "", str), told)


def _shade(key: str, colours: Mapping[str, str]) -> str:
    own = colours[key.removesuffix(_BY_CHANCE)]
    return mix(own, GROUND, _FAINT) if key.endswith(_BY_CHANCE) else own


def _label(key: str, lang: Language) -> str:
    say = translator(lang)
    words = say(key.removesuffix(_BY_CHANCE))
    if not key.endswith(_BY_CHANCE):
        return words
    return message("{what}; not told from chance", what=words).render(say)


def looks_of(
    rows: pd.DataFrame, facts: Sequence[Fact]
) -> tuple[dict[str, list[str | None]], dict[str, dict[Language, str]], dict[str, dict[Language, str]]]:
    """
    What is told of rows, as a layer of the map takes it.

    Parameters
    ----------
    rows
        What is drawn.
    facts
        What is told of a row; those that are empty for every row are left out.

    Returns
    -------
    columns, headings, words
        Columns of texts, their headings, and what each text says in each language.
    """
    records = rows.drop(columns="geometry", errors="ignore").to_dict("records")
    columns: dict[str, list[str | None]] = {}
    headings: dict[str, dict[Language, str]] = {}
    words: dict[str, dict[Language, str]] = {}
    for k, fact in enumerate(facts):
        texts = {lang: [fact.told(row, lang) for row in records] for lang in LANGUAGES}
        if set(texts[LANGUAGES[0]]) <= {"", NOTHING}:
            continue
        # Two rows may say the same in one language only: both together are the key.
        keys = [" | ".join(both) for both in zip(*texts.values(), strict=True)]
        columns[f"told{k}"] = [key if texts[LANGUAGES[0]][i] else None for i, key in enumerate(keys)]
        headings[f"told{k}"] = {lang: translator(lang)(fact.heading) for lang in LANGUAGES}
        words |= {key: {lang: texts[lang][i] for lang in LANGUAGES} for i, key in enumerate(keys)}
    return columns, headings, words
