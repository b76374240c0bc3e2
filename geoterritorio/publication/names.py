"""Names of sectors and territories in the reader's language, where a vocabulary or the data themselves have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pandas as pd

from geoterritorio.i18n import LANGUAGES, Language
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.vocabularies import vocabularies, vocabulary, vocabulary_named

_Table = TypeVar("_Table", bound=pd.DataFrame)
_HALVES = " / "
# Columns of names that may come in both languages.
_MATCHES = ("match_name", "functional_match_name", "natural_match_name", "travel_match_name")
_PLACES = ("centre_name", "main_centre_name", "origin_name", "destination_name", "candidate_name", "most_in")
_BODIES = ("nearest_name", "actor_name", "action_name")
_NAMED = ("name", "group_name", "peer_name", *_PLACES, *_BODIES, *_MATCHES)
# Columns of texts beside which a second one, with this ending, may hold them in Spanish.
_BOTH, _SPANISH = ("title", "meaning"), "_es"
# Codes of a second sector of a row.
_OTHERS = ("other", "neighbours")
# Codes of a centre beside which its name stands.
_CENTRES = ("centre", "main_centre")
# Words that tell one language from the other.
_TELLING: Mapping[str, frozenset[str]] = {
    "en": frozenset(("of", "the", "and", "in", "for")),
    "es": frozenset(("de", "del", "la", "el", "los", "las", "y", "en", "para")),
}
# Share of the names in a table that must be titles of a vocabulary, word for word.
_MOST = 0.9


@dataclass(frozen=True)
class Titles:
    """
    What the codes and names of a table are called in a reader's language.

    Parameters
    ----------
    vocabulary
        Vocabulary of the sectors; None where nothing tells.
    sectors
        The data's own Spanish names of sectors, by code; a title of the vocabulary goes before them.
    indicators
        Spanish names of indicators, by their names.
    centres
        Spanish names of centres, by their identifiers.
    """

    vocabulary: str | None = None
    sectors: Mapping[str, str] = field(default_factory=dict)
    indicators: Mapping[str, str] = field(default_factory=dict)
    centres: Mapping[str, str] = field(default_factory=dict)


def in_language(
    outputs: Mapping[str, Any], lang: Language, vocabulary_names: Mapping[str, Titles | str | None]
) -> dict[str, Any]:
    """
    Outputs of a tool with the names of sectors and territories in one language.

    Parameters
    ----------
    outputs
        Outputs by name; a raster says its sector, what else is no table stays as it is.
    lang
        Language of the reader.
    vocabulary_names
        Vocabulary of the sectors by output, or all titles; None where nothing tells.

    Returns
    -------
    outputs
        The same, with sectors titled by their vocabulary and territories by their half in that language.
    """
    return {name: _told(rows, vocabulary_names.get(name), lang) for name, rows in outputs.items()}


def _told(rows: Any, vocabulary_name: Titles | str | None, lang: Language) -> Any:
    if isinstance(rows, Grid):
        code = pd.DataFrame({"sector": [rows.tags.get("sector", "")]})
        name = titled(code, vocabulary_name, lang).get("sector_name")
        return rows if name is None else replace(rows, tags={**rows.tags, "sector_name": str(name[0])})
    if not isinstance(rows, pd.DataFrame):
        return rows
    return with_own_half(titled(rows, vocabulary_name, lang), lang)


def titled(table: pd.DataFrame, vocabulary_name: Titles | str | None, lang: Language) -> pd.DataFrame:
    """Table with the titles of its sectors in one language; its own names where the vocabulary has none."""
    given = vocabulary_name if isinstance(vocabulary_name, Titles) else Titles(vocabulary_name)
    spanish = lang == "es"
    table = _own_spanish(table, given) if spanish else table
    pairs = {"sector": "sector_name"} | {k: f"{k}_name" for k in _OTHERS if f"{k}_name" in table.columns}
    own_names = given.sectors if spanish else {}
    if "sector" not in table.columns or not (given.vocabulary or own_names):
        return table
    for code, name in pairs.items():
        codes = table[code].astype(str)
        own = _or_else(codes.map(own_names), table[name] if name in table.columns else codes)
        table = table.assign(**{name: _or_else(_called_by(given.vocabulary, codes, lang), own)})
    return table


def groups_titled(table: pd.DataFrame, vocabulary_name: Titles | str | None, lang: Language) -> pd.DataFrame:
    """
    Table whose groups of sectors that begin alike have the titles of the codes that they are.

    Parameters
    ----------
    table
        Table with ``group``, the first characters of codes.
    vocabulary_name
        Vocabulary of the sectors, or all titles; None where nothing tells.
    lang
        Language of the reader.

    Returns
    -------
    table
        With ``group_name`` beside the codes; the same where not every group is a code of the vocabulary.

    Examples
    --------
    >>> groups_titled(pd.DataFrame({"group": ["25"]}), "nace2", "en")["group_name"].item()
    'Manufacture of fabricated metal products, except machinery and equipment'
    """
    given = vocabulary_name if isinstance(vocabulary_name, Titles) else Titles(vocabulary_name)
    if "group" not in table.columns or "group_name" in table.columns:
        return table
    names = _called_by(given.vocabulary, table["group"].astype(str), lang)
    if names.isna().any() or names.empty:
        return table
    told = table.copy()
    told.insert(int(told.columns.get_indexer(["group"])[0]) + 1, "group_name", names)
    return told


def _or_else(names: pd.Series, others: pd.Series) -> pd.Series:
    """Names, and others where there is none."""
    return names.astype(object).where(names.notna(), others.astype(object))


def _own_spanish(table: pd.DataFrame, given: Titles) -> pd.DataFrame:
    """Table with the Spanish names that layers have for indicators and centres."""
    if given.indicators and "indicator" in table.columns:
        named = table["indicator"]
        table = table.assign(indicator=_or_else(named.map(given.indicators), named))
    for code in _CENTRES:
        name = f"{code}_name"
        if given.centres and {code, name} <= set(table.columns):
            table = table.assign(**{name: _or_else(table[code].map(given.centres), table[name])})
    return table


def _called_by(vocabulary_name: str | None, codes: pd.Series, lang: Language) -> pd.Series:
    """Titles that a vocabulary has for codes, as it writes them or without points."""
    if vocabulary_name is None:
        return pd.Series(None, index=codes.index, dtype=object)
    titles, plain = _titles(vocabulary_name, lang)
    return codes.map(titles).fillna(codes.map(plain))


def _titles(vocabulary_name: str, lang: Language) -> tuple[pd.Series, pd.Series]:
    """Titles by code, and by code without points, as registers often write them."""
    held = vocabulary(vocabulary_name).set_index("code")[lang]
    titles = held[held != ""]
    plain = titles.set_axis(titles.index.str.replace(".", "", regex=False))
    return titles, plain[~plain.index.duplicated()]


def classification_of(table: object) -> str | None:
    """Vocabulary that the table's own column `classification` tells of."""
    if not isinstance(table, pd.DataFrame) or "classification" not in table.columns:
        return None
    given = table["classification"].dropna().unique()
    return vocabulary_named(str(given[0])) if len(given) == 1 else None


def recognised(table: object) -> str | None:
    """
    Vocabulary from which a table has its names of sectors.

    Parameters
    ----------
    table
        Any table with ``sector`` and ``sector_name``.

    Returns
    -------
    name
        The classification of which nearly all names are titles, word for word, of the same codes; else None.

    Examples
    --------
    >>> table = pd.DataFrame({"sector": ["15.2"], "sector_name": ["Manufacture of footwear"]})
    >>> recognised(table), recognised(table.assign(sector_name="Shoes"))
    ('nace2', None)
    """
    if not isinstance(table, pd.DataFrame) or not {"sector", "sector_name"} <= set(table.columns):
        return None
    pairs = table[["sector", "sector_name"]].dropna().drop_duplicates().astype(str)
    if pairs.empty:
        return None
    heads = vocabularies()
    for name in heads.loc[heads["kind"] == "classification", "name"]:
        for lang in LANGUAGES:
            titles, plain = _titles(name, lang)
            found = pairs["sector"].map(titles).fillna(pairs["sector"].map(plain))
            if (found == pairs["sector_name"]).mean() >= _MOST:
                return str(name)
    return None


def called(rows: pd.DataFrame, code: str, name: str = "") -> pd.Series:
    """
    Names of what a column identifies, identifiers where there are none.

    Parameters
    ----------
    rows
        Any rows.
    code
        Column of identifiers.
    name
        Column of names; by default that of the identifiers with ``_name``, else ``name``.

    Returns
    -------
    names
        A name or an identifier for each row.

    Examples
    --------
    >>> called(pd.DataFrame({"centre": ["a", "b"], "name": ["School", None]}), "centre").tolist()
    ['School', 'b']
    """
    named = name or next((c for c in (f"{code}_name", "name") if c in rows.columns), code)
    return rows[named].fillna(rows[code]) if named in rows.columns else rows[code]


def with_own_half(table: _Table, lang: Language) -> _Table:
    """
    Table whose territories and groups have the half of their names that is in one language.

    Parameters
    ----------
    table
        Any table; its columns of names are read.
    lang
        Language of the reader.

    Returns
    -------
    table
        The same where not every name has two halves, or where their words do not tell which is which.

    Examples
    --------
    >>> table = pd.DataFrame({"name": ["Market of A / Mercado de A", "Market of B / Mercado de B"]})
    >>> with_own_half(table, "es")["name"].tolist()
    ['Mercado de A', 'Mercado de B']
    """
    table = _own_sentences(table, lang)
    halves = {c: _half(table[c], lang) for c in _NAMED if c in table.columns}
    told: _Table = table.copy() if halves else table
    for column, names in halves.items():
        told[column] = names
    return told


def _own_sentences(table: _Table, lang: Language) -> _Table:
    """Table whose sentences and names are those of one language, where it holds both in two columns."""
    there = [c for c in (*_BOTH, *_NAMED) if c in table.columns and c + _SPANISH in table.columns]
    if not there:
        return table
    told: _Table = table.drop(columns=[c + _SPANISH for c in there])
    for column in there if lang == "es" else ():
        spanish = table[column + _SPANISH]
        told[column] = spanish.where(spanish.notna(), table[column])
    return told


def by_language(names: list[str], spanish: list[str] | None = None) -> list[str] | dict[Language, list[str]]:
    """
    Names as a page that changes its language needs them.

    Parameters
    ----------
    names
        Names of territories or of what lies in them.
    spanish
        The same in Spanish, where these are told apart.

    Returns
    -------
    names
        As they are, or one list for each language where there are both or they have two halves.

    Examples
    --------
    >>> by_language(["Market of A / Mercado de A"])
    {'en': ['Market of A'], 'es': ['Mercado de A']}
    >>> by_language(["A"])
    ['A']
    """
    if spanish is not None:
        return {"en": names, "es": spanish}
    table = pd.DataFrame({"name": pd.Series(names, dtype=object)})
    told: dict[Language, list[str]] = {
        lang: with_own_half(table, lang)["name"].tolist() for lang in LANGUAGES
    }
    return names if told[LANGUAGES[0]] == names else told


def _half(names: pd.Series, lang: Language) -> pd.Series:
    """Names in one language; as they are where nothing tells."""
    known = names.dropna().astype(str)
    if known.empty or not (known.str.count(_HALVES) == 1).all():
        return names
    halves = known.str.split(_HALVES, expand=True)
    english = [_telling(halves[i], "en") - _telling(halves[i], "es") for i in (0, 1)]
    if english[0] * english[1] >= 0:
        return names
    first = "en" if english[0] > 0 else "es"
    return halves[0 if lang == first else 1].str.strip().reindex(names.index).astype(object)


def _telling(names: pd.Series, lang: Language) -> int:
    """In how many names a word tells of a language."""
    words = names.str.lower().str.split()
    return int(words.map(lambda found: not _TELLING[lang].isdisjoint(found)).sum())
