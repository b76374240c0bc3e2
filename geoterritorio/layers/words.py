"""Words of lists at the door: code, English, Spanish or a word held for it become the code."""

from __future__ import annotations

import re
import tomllib
import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from types import MappingProxyType

import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, Message, message, worded
from geoterritorio.i18n import LANGUAGES, mark, translator
from geoterritorio.layers.findings import first_row, listing, together
from geoterritorio.layers.vocabularies import DATA, vocabularies, vocabulary
from geoterritorio.registry import Column, Layer

# Lists that may be left: by kind of layer and column, the vocabularies of which a value should be.
_OPEN = {
    ("institutions", "kind"): ("institution_kinds",),
    ("actions", "kind"): ("innovative_actions",),
    ("capital_indicators", "capital"): ("capitals",),
    ("evidence", "item"): (
        "leader_features",
        "development_elements",
        "innovative_actions",
        "innovation_components",
        "innovation_social_features",
        "capitals",
        "action_phases",
    ),
}
# Headings of the tables that this program makes to be filled in, by kind of layer: either language is understood.
HEADINGS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "evidence": MappingProxyType(
            {
                "territory": mark("Territory"),
                "item": mark("Item"),
                "rating": mark("Rating"),
                "statement": mark("Statement"),
                "statement_es": mark("Statement in Spanish"),
                "source": mark("Source of the statement"),
                "date": mark("Date"),
                "coder": mark("Coder"),
                "confidence": mark("Confidence"),
            }
        )
    }
)
_NEAR = 3  # words that are offered for an unknown one
_ALIKE = 0.6  # similarity from which a word is near


def recognised(texts: pd.Series, column: Column, *, kind: str, layer: str) -> tuple[pd.Series, list[Message]]:
    """
    Values of a column of a list as its codes, and what is wrong with them.

    Parameters
    ----------
    texts
        Values as text, missing where blank.
    column
        Column; its options are a closed list.
    kind
        Kind of layer; some of its columns hold an open list.
    layer
        What the layer is called in messages.

    Returns
    -------
    codes
        Codes where code, English or Spanish title or another word held for it was written, in whatever case and with
        or without accents; other values as they were.
    problems
        One message where values are not on a closed list.

    Warns
    -----
    GeoterritorioWarning
        Where values are not on an open list.
    """
    lists = _OPEN.get((kind, column.name), ())
    if not column.options and not lists:
        return texts, []
    words = _closed_words(column.options) if column.options else _open_words(lists)
    found = {value: words.get(folded(value)) for value in texts.dropna().unique()}
    strange = [value for value, code in found.items() if code is None]
    codes = texts.map({v: v if c is None else c for v, c in found.items()}).astype(object)
    codes = codes.where(texts.notna(), None)
    if not strange:
        return codes, []
    told = {"layer": layer, "column": column.name, **_places(texts.isin(strange)), "values": listing(strange)}
    if lists:
        _tell_open(told, strange, words, lists)
        return codes, []
    options = {code: Message(code) for code in column.options}
    return codes, [
        message(
            "{layer}: column “{column}” holds values outside its vocabulary (rows: {count}, first: {row}): "
            "{values}.{hint} Use one of: {options}.",
            **told,
            hint=_nearest(strange, words, options),
            options=together(options.values()),
        )
    ]


def words_of(schema: Layer, column: str) -> Mapping[str, str]:
    """
    Codes of the list that a column holds, by the words that mean them.

    Parameters
    ----------
    schema
        Kind of layer.
    column
        Fixed name of a column, or any other, which holds no list.

    Returns
    -------
    words
        Words without case and accents (`folded`) -> code; empty without a list.
    """
    options = next((c.options for c in schema.columns if c.name == column), ())
    lists = _OPEN.get((schema.kind, column), ())
    if options:
        return _closed_words(options)
    return _open_words(lists) if lists else {}


def headed(found: Iterable[str], schema: Layer, columns: Mapping[str, str | None]) -> dict[str, str | None]:
    """
    Columns of a table by their headings in words, where its kind has such and nobody named another column.

    Parameters
    ----------
    found
        Names of the columns that the table has.
    schema
        Kind of layer.
    columns
        Fixed name -> column that the user named.

    Returns
    -------
    columns
        The same, and the fixed names of which there is a heading in English or Spanish.

    Examples
    --------
    >>> from geoterritorio.layers.schema import EVIDENCE
    >>> headed(["Territorio", "item", "VALORACION"], EVIDENCE, {})
    {'territory': 'Territorio', 'rating': 'VALORACION'}
    """
    names = list(found)
    by_word = {folded(str(name)): name for name in reversed(names)}
    told = dict(columns)
    for fixed, words in HEADINGS.get(schema.kind, {}).items():
        if fixed in told or fixed in names:
            continue
        own = [by_word.get(folded(translator(lang)(words))) for lang in LANGUAGES]
        if name := next((n for n in own if n is not None and n not in told.values()), None):
            told[fixed] = name
    return told


def _places(rows: pd.Series) -> dict[str, object]:
    return {"count": int(rows.sum()), "row": first_row(rows)}


def _tell_open(
    told: Mapping[str, object], strange: list[str], words: Mapping[str, str], lists: tuple[str, ...]
) -> None:
    text = message(
        "{layer}: column “{column}” holds values outside its vocabulary, {list} (rows: {count}, first: {row}): "
        "{values}.{hint} They are kept as they are and counted under none of its entries.",
        **told,
        hint=_nearest(strange, words, _open_titles(lists)),
        list=_names(lists),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def folded(text: str) -> str:
    """Text without case, accents, and differences of spaces, hyphens and underscores."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"(?<=\w)[\s_-]+", " ", plain).strip()


@cache
def _closed_words(options: tuple[str, ...]) -> dict[str, str]:
    spanish = translator("es")
    return _by_word((code, (code, spanish(code))) for code in options)


@cache
def _open_words(lists: tuple[str, ...]) -> dict[str, str]:
    rows = pd.concat([vocabulary(name) for name in lists])
    # “Animation: ties, trust …” is also called “Animation”.
    return _by_word(
        (code, (code, en, es, en.partition(":")[0], es.partition(":")[0]))
        for code, en, es in rows[["code", "en", "es"]].itertuples(index=False)
    )


def _by_word(entries: Iterable[tuple[str, tuple[str, ...]]]) -> dict[str, str]:
    """Code by folded word; the first entry of a word counts, and those of the list before those held beside it."""
    known = list(entries)
    words: dict[str, str] = {}
    for code, names in [*known, *((c, _also().get(c, ())) for c, _ in known)]:
        for name in names:
            words.setdefault(folded(name), code)
    return words


@cache
def _also() -> dict[str, tuple[str, ...]]:
    held = tomllib.loads((DATA / "words.toml").read_text(encoding="utf-8"))
    return {code: tuple(words) for code, words in held.items()}


def _open_titles(lists: tuple[str, ...]) -> dict[str, Message]:
    rows = pd.concat([vocabulary(name) for name in lists])
    return {
        code: worded(f"{code} ({en})", f"{code} ({es})")
        for code, en, es in rows[["code", "en", "es"]].itertuples(index=False)
    }


def _names(lists: tuple[str, ...]) -> Message | str:
    heads = vocabularies().set_index("name").loc[list(lists)]
    return together(worded(f"“{en}”", f"«{es}»") for en, es in heads[["en", "es"]].itertuples(index=False))


def _nearest(strange: list[str], words: Mapping[str, str], shown: Mapping[str, Message]) -> Message | str:
    """Entries whose words are like the unknown ones."""
    near = [
        words[word]
        for value in strange[:_NEAR]
        for word in get_close_matches(folded(value), words, n=1, cutoff=_ALIKE)
    ]
    entries = [shown[code] for code in dict.fromkeys(near)]
    return message(" Near: {entries}.", entries=together(entries)) if entries else ""
