"""Vocabularies: sector classifications, groups of sectors, size classes, kinds of institutions and the like.

Texts and codes are data files (`data/`), each with its edition, source and licence; every code belongs to an edition.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import listing

DATA = Path(__file__).with_name("data")
_HEAD = ("name", "en", "es", "kind", "version", "date", "source", "licence")
_REMARKS = ("changed", "changed_es", "missing", "missing_es", "note", "note_es")
_TEXT = ("code", "parent", "level", "en", "es")


def vocabularies() -> pd.DataFrame:
    """
    Vocabularies that the package holds.

    Returns
    -------
    table
        One row per vocabulary: name, title in English and Spanish, kind (classification, grouping, scale or list),
        version, date of the edition, source, licence, what was changed, why titles are missing and notes (in English,
        and in Spanish in the columns that end in ``_es``).

    Examples
    --------
    >>> vocabularies().set_index("name").loc["isic4", "version"]
    'Rev. 4'
    """
    rows = [{"name": name, **head} for name, head in _heads("vocabularies").items()]
    return pd.DataFrame(rows).reindex(columns=[*_HEAD, *_REMARKS]).fillna("")


def vocabulary(name: str) -> pd.DataFrame:
    """
    Codes of a vocabulary with their titles.

    Parameters
    ----------
    name
        Name as `vocabularies` lists it, or the name of a national edition with the same codes (``cnae2009``).

    Returns
    -------
    table
        One row per code in tree order: code, parent (empty at the top), level, English and Spanish title (empty
        where no licensed source exists), then the vocabulary's own columns: `es_origin` and `en_origin` (who wrote
        the title, where not the source), `low` and `high` (jobs, both included) of size classes.

    Raises
    ------
    LayerError
        If there is no such vocabulary.

    Examples
    --------
    >>> table = vocabulary("nace2").set_index("code")
    >>> table.loc["10.7", ["parent", "level", "en"]].tolist()
    ['10', 'group', 'Manufacture of bakery and farinaceous products']
    """
    return _table(canonical_name(name)).copy()


def correspondences() -> pd.DataFrame:
    """
    Correspondence tables that the package holds.

    Returns
    -------
    table
        One row per table: source, target, kind (recoding, or relevance: a link along which nothing is moved), origin
        (whose table it is), licence, what was changed (English and Spanish).

    Examples
    --------
    >>> table = correspondences()
    >>> table.loc[table["source"] == "scian2018", "target"].tolist()
    ['isic4']
    """
    rows = []
    for name, head in _heads("correspondences").items():
        source, target = name.split("__")
        rows.append(
            {
                "source": source,
                "target": target,
                "kind": head["kind"],
                "origin": head["source"],
                "licence": head["licence"],
                "changed": head.get("changed", ""),
                "changed_es": head.get("changed_es", ""),
            }
        )
    return pd.DataFrame(rows)


def correspondence(source: str, target: str) -> pd.DataFrame:
    """
    Links between the codes of two vocabularies, at the most detailed level of the table.

    Parameters
    ----------
    source
        Vocabulary of the codes to be replaced.
    target
        Vocabulary of the codes that replace them; a table held in the other direction is turned round.

    Returns
    -------
    table
        Columns source, target, and `origin` (who assigned the link) or `relevance` (1 core, 0.5 supporting) where held.

    Raises
    ------
    LayerError
        If no such table is held: none is made up by joining others.

    Examples
    --------
    >>> correspondence("nace2", "nace21").query("source == '62.01'")["target"].tolist()
    ['62.10']
    """
    name, turned = find_correspondence(source, target)
    table = _links(name).copy()
    if turned:
        table = table.rename(columns={"source": "target", "target": "source"}).sort_values(
            ["source", "target"]
        )
    first = ["source", "target"]
    return table[first + [c for c in table.columns if c not in first]].reset_index(drop=True)


def find_correspondence(source: str, target: str) -> tuple[str, bool]:
    """Name of the table between two vocabularies, and whether it is held in the other direction."""
    one, other = canonical_name(source), canonical_name(target)
    held = _heads("correspondences")
    if f"{one}__{other}" in held:
        return f"{one}__{other}", False
    if f"{other}__{one}" in held:
        return f"{other}__{one}", True
    known = sorted(name.replace("__", " → ") for name in held)
    raise LayerError(
        message(
            "No correspondence between “{source}” and “{target}” is held, and none is made up. Give your own table "
            "with the columns source and target (and shares, if you have them). Held are: {known}.",
            source=source,
            target=target,
            known=", ".join(known),
        )
    )


def steps_between(source: str, target: str) -> list[str]:
    """
    Vocabularies on the shortest way from one to another along tables by which jobs may be moved.

    Parameters
    ----------
    source
        Where it begins.
    target
        Where it ends.

    Returns
    -------
    names
        Both ends included; the two alone where their own table is held.

    Raises
    ------
    LayerError
        If no tables lead there.

    Examples
    --------
    >>> steps_between("scian2018", "cnae2009")
    ['scian2018', 'isic4', 'nace2']
    """
    ends = canonical_name(source), canonical_name(target)
    held = _heads("correspondences")
    pairs = [name.split("__") for name, head in held.items() if head["kind"] == "recoding"]
    graph = nx.Graph(sorted(pairs))
    if ends[0] == ends[1] or not all(end in graph for end in ends) or not nx.has_path(graph, *ends):
        find_correspondence(source, target)
        return list(ends)
    return list(nx.shortest_path(graph, *ends))


def correspondence_head(source: str, target: str) -> dict[str, Any]:
    """Kind, source and licence of the table between two vocabularies."""
    return dict(_heads("correspondences")[find_correspondence(source, target)[0]])


def titles(name: str, language: str = "en") -> pd.Series:
    """
    Title of every code, in the other language where the wanted one is missing.

    Parameters
    ----------
    name
        Name of the vocabulary.
    language
        ``en`` or ``es``.

    Returns
    -------
    titles
        Text by code.

    Examples
    --------
    >>> titles("capitals", "es")["human"]
    'Capital humano'
    """
    table = _table(canonical_name(name)).set_index("code")
    other = "es" if language == "en" else "en"
    return table[language].where(table[language] != "", table[other])


def untitled(name: str, language: str = "en") -> frozenset[str]:
    """Codes of a vocabulary whose title is held only in the other language."""
    table = _table(canonical_name(name))
    return frozenset(table.loc[table[language] == "", "code"])


def edition(name: str, language: str = "en") -> str:
    """
    Vocabulary and its version in a word or two, as the column `classification` names them.

    Parameters
    ----------
    name
        Name of the vocabulary.
    language
        ``en`` or ``es``.

    Returns
    -------
    text
        Its title up to the colon.

    Examples
    --------
    >>> edition("isic4", "es")
    'CIIU Rev. 4'
    """
    return str(_heads("vocabularies")[canonical_name(name)][language]).partition(":")[0]


def vocabulary_named(text: str) -> str | None:
    """
    Vocabulary that a column `classification` speaks of.

    Parameters
    ----------
    text
        Name of a vocabulary, or its edition with perhaps more words (``NACE Rev. 2, groups``).

    Returns
    -------
    name
        Name under which it is held; None where none is meant.

    Examples
    --------
    >>> vocabulary_named("NACE Rev. 2, groups"), vocabulary_named("Plan 2030")
    ('nace2', None)
    """
    wanted = text.strip().lower()
    heads = _heads("vocabularies")
    for held, head in heads.items():
        if wanted == held or wanted in head.get("also", ()):
            return held
        for language in ("en", "es"):
            known = edition(held, language).lower()
            # A further number would be another edition: Rev. 2 and Rev. 2.1.
            if wanted == known or re.match(rf"{re.escape(known)}(?![\w.])", wanted):
                return held
    return None


def canonical_name(name: str) -> str:
    """Name under which a vocabulary is held; ``cnae2009`` is held as ``nace2``."""
    heads = _heads("vocabularies")
    wanted = name.strip().lower()
    for held, head in heads.items():
        if wanted == held or wanted in head.get("also", ()):
            return held
    raise LayerError(
        message(
            "There is no vocabulary “{name}”. There are: {known}.",
            name=name,
            known=", ".join([*heads, *(a for h in heads.values() for a in h.get("also", ()))]),
        )
    )


@cache
def own_codes(name: str) -> dict[str, str]:
    """Codes of national editions that the vocabulary lacks, with the code they are read as."""
    if name != "nace2":
        return {}
    table = pd.read_csv(DATA / "cnae2009_own.csv", dtype=str)
    return dict(zip(table["source"], table["target"], strict=True))


@cache
def _heads(file: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((DATA / f"{file}.toml").read_text(encoding="utf-8"))


@cache
def _table(name: str) -> pd.DataFrame:
    path = DATA / f"{name}.csv"
    if path.exists():
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    entry = _heads("lists")[name]
    table = pd.DataFrame(entry["rows"], columns=entry["columns"])
    for column in ("parent", "level"):
        if column not in table.columns:
            table[column] = "" if column == "parent" else "item"
    return table[[*_TEXT, *(c for c in table.columns if c not in _TEXT)]]


@cache
def _links(name: str) -> pd.DataFrame:
    table = pd.read_csv(DATA / f"{name}.csv", dtype=str, keep_default_na=False)
    return table.assign(relevance=table["relevance"].astype(float)) if "relevance" in table else table


def known_level(name: str, level: str) -> str:
    """The level itself if the vocabulary has it; a refusal that lists its levels if not."""
    levels = list(dict.fromkeys(_table(canonical_name(name))["level"]))
    if level in levels:
        return level
    raise LayerError(
        message(
            "“{vocabulary}” has no level “{level}”. Its levels are: {levels}.",
            vocabulary=name,
            level=level,
            levels=listing(levels),
        )
    )
