"""Sector codes as people write them, read as the codes of an edition.

``10.11``, ``1011``, ``C1011``, ``C10.11``, ``10.11.00`` and a number 1011.0 from a spreadsheet are one class. A
leading zero that a spreadsheet dropped, and national detail beyond the class, are seen only in the column as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import takewhile

import pandas as pd

from geoterritorio.errors import LayerError
from geoterritorio.layers.vocabularies import canonical_name, own_codes, titles, vocabularies, vocabulary

_CLASS_DIGITS, _DIVISION_DIGITS = 4, 2
_LONG = ("naics2022", "scian2018", "scian2023")
_LOOKED_AT = 200  # unknown codes for which near ones are sought, the most frequent first
_EDITION = re.compile(r"(nace|cnae|ateco|isic|ciiu|scian|naics)[^0-9;,()]{0,20}(\d+(?:\.[1-9]\d*)?)")
_FLOAT = re.compile(r"(\d+)\.0+")
_LETTER = re.compile(r"^[A-V][ .-]?(?=\d)")


def normalise_sectors(codes: pd.Series, vocabulary: str) -> pd.Series:
    """
    Codes of a column in the spelling of their vocabulary.

    Parameters
    ----------
    codes
        Codes as written: text or numbers, with or without dots, section letter, leading zero, national detail
        beyond four digits (NACE, ISIC).
    vocabulary
        Name of the vocabulary.

    Returns
    -------
    codes
        Same index; missing where the code is not in the vocabulary.

    Notes
    -----
    NACE and ISIC: a leading zero is restored to codes of one, three or five digits, if no code of the column begins
    with zero. Undotted codes of five digits and more are cut to their class if more of them then have one than are,
    as they stand, codes of SCIAN or NAICS.

    Examples
    --------
    >>> normalise_sectors(pd.Series(["1011", "C10.11", "111", 10.2, "99.99"]), "nace2").fillna("?").tolist()
    ['10.11', '10.11', '01.11', '10.2', '?']
    """
    name = canonical_name(vocabulary)
    distinct = codes.dropna().unique()
    known = _known(name)
    spellings = _spellings(name, known, [str(c).strip() for c in distinct])
    read = {code: _read(str(code), known, spellings) for code in distinct}
    return codes.map(read).astype(object).where(codes.notna(), None)


def check_sectors(codes: pd.Series, vocabulary: str) -> pd.DataFrame:
    """
    Codes of a column that a vocabulary does not have, with the nearest it has.

    Parameters
    ----------
    codes
        Codes as written.
    vocabulary
        Name of the vocabulary.

    Returns
    -------
    table
        One row per unknown code, the most frequent first: code, count, nearest (up to three codes, best first;
        sought for the 200 most frequent), title of the best one in English. Missing codes stand as an empty text.

    Examples
    --------
    >>> check_sectors(pd.Series(["10.11", "10.99", "10.99"]), "nace2")[["code", "count", "nearest"]].values.tolist()
    [['10.99', 2, '10.91, 10.92, 10.9']]
    """
    name = canonical_name(vocabulary)
    unknown = codes[normalise_sectors(codes, name).isna()]
    counts = unknown.map(str, na_action="ignore").fillna("").value_counts()
    pool = list(_known(name))
    near = [_nearest(str(c), pool) for c in counts.index[:_LOOKED_AT]]
    near += [[] for _ in counts.index[_LOOKED_AT:]]
    names = titles(name)
    return pd.DataFrame(
        {
            "code": pd.Series(counts.index, dtype=object),
            "count": counts.to_numpy(),
            "nearest": pd.Series([", ".join(n) for n in near], dtype=object),
            "title": pd.Series([names[n[0]] if n else "" for n in near], dtype=object),
        }
    )


def _nearest(code: str, pool: list[str]) -> list[str]:
    """Up to three codes that begin like this one, the longest common beginning and most equal length first."""
    text = _digits(code.strip())[1] if code[-1:].isdigit() else code.strip().lower()
    length = {c: _alike(c, text) for c in pool}
    alike = [c for c in pool if length[c] > 0]
    return sorted(alike, key=lambda c: (-length[c], abs(len(c) - len(text)), c))[:3]


def _alike(one: str, other: str) -> int:
    """Number of characters with which both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def best_vocabulary(codes: pd.Series) -> tuple[str, float]:
    """
    Classification held that reads most of the codes.

    Parameters
    ----------
    codes
        Codes as written.

    Returns
    -------
    name, share
        Its name and the share of the different codes that it reads; 0 where none reads any.

    Examples
    --------
    >>> best_vocabulary(pd.Series(["3111", "31183", "461110"]))
    ('scian2018', 1.0)
    """
    distinct = codes.dropna().drop_duplicates()
    heads = vocabularies()
    names = heads.loc[heads["kind"] == "classification", "name"]
    shares = (
        {name: float(normalise_sectors(distinct, name).notna().mean()) for name in names}
        if len(distinct)
        else {}
    )
    return max(shares.items(), key=lambda item: item[1], default=("", 0.0))


def named_vocabularies(text: str) -> set[str]:
    """
    Vocabularies that a text such as “NACE Rev. 2.1” or “CNAE-2009” names; an edition that is not held as it stands.

    Parameters
    ----------
    text
        What a column `classification` says.

    Returns
    -------
    names
        Names as they are held; empty where the text names no known classification.

    Examples
    --------
    >>> sorted(named_vocabularies("NACE Rev. 2 (CNAE-2009)")), sorted(named_vocabularies("CNAE-93"))
    (['nace2'], ['cnae93'])
    """
    found = _EDITION.findall(text.casefold())
    return {_held(f"{family}{number.replace('.', '')}") for family, number in found}


def _held(name: str) -> str:
    try:
        return canonical_name(name)
    except LayerError:
        return name


def _known(name: str) -> dict[str, str]:
    codes = vocabulary(name)["code"]
    return {**dict(zip(codes, codes, strict=True)), **own_codes(name)}


def _read(text: str, known: dict[str, str], spellings: Callable[[str], Iterator[str]]) -> str | None:
    return next((known[s] for s in spellings(text.strip()) if s in known), None)


@dataclass(frozen=True)
class _Habits:
    """How the codes of a column are written: leading zeros lost, national detail behind the class."""

    zeros_lost: bool
    detailed: bool


def _habits(known: dict[str, str], texts: Iterable[str], write: Callable[[str], str]) -> _Habits:
    bare = [_digits(text)[1] for text in texts]
    habits = _Habits(zeros_lost=not any(b.startswith("0") for b in bare), detailed=True)
    long = [b for b in bare if b.isdigit() and b.isascii() and len(b) > _CLASS_DIGITS]
    read = sum(any(write(d) in known for d in _classes(b, habits)) for b in long)
    foreign = sum(b in _long_codes() for b in long)
    return replace(habits, detailed=read > foreign)


@cache
def _long_codes() -> frozenset[str]:
    """Codes of the classifications that have more than four digits of their own."""
    return frozenset(code for name in _LONG for code in vocabulary(name)["code"])


def _classes(digits: str, habits: _Habits) -> Iterator[str]:
    """Digits of the class, group or division that an undotted code may mean."""
    if habits.detailed or len(digits) <= _CLASS_DIGITS:
        yield digits[:_CLASS_DIGITS]
        if habits.zeros_lost and len(digits) % 2:
            yield f"0{digits}"[:_CLASS_DIGITS]


def _with_dot(digits: str) -> str:
    return (
        digits
        if len(digits) <= _DIVISION_DIGITS
        else f"{digits[:_DIVISION_DIGITS]}.{digits[_DIVISION_DIGITS:]}"
    )


def _spellings(name: str, known: dict[str, str], texts: Iterable[str]) -> Callable[[str], Iterator[str]]:
    if name in {"nace2", "nace21"}:
        return partial(_nace, habits=_habits(known, texts, _with_dot))
    if name == "isic4":
        return partial(_isic, habits=_habits(known, texts, str))
    return _naics if name in _LONG else _plain


def _plain(text: str) -> Iterator[str]:
    yield text
    yield text.lower()
    if number := _FLOAT.fullmatch(text):
        yield number[1]
    yield text.zfill(2)
    yield text.zfill(3)


def _digits(text: str) -> tuple[str, str]:
    """Text in capitals and the code in it without section letter."""
    bare = _LETTER.sub("", text.upper(), count=1) if _LETTER.match(text.upper()) else text.upper()
    number = _FLOAT.fullmatch(bare)
    # A spreadsheet's 1011.0 is 1011, its 1.0 is 1; "11.0" as text is a group and is tried before.
    return text.upper(), number[1] if number else bare


def _nace(text: str, habits: _Habits) -> Iterator[str]:
    capitals, bare = _digits(text)
    yield capitals
    yield _LETTER.sub("", capitals, count=1)
    parts = bare.split(".")
    if not all(p.isdigit() and p.isascii() for p in parts):
        return
    if len(parts) > 1:
        yield _with_dot("".join([parts[0].zfill(_DIVISION_DIGITS), *parts[1:]])[:_CLASS_DIGITS])
    else:
        yield from map(_with_dot, _classes(bare, habits))


def _isic(text: str, habits: _Habits) -> Iterator[str]:
    capitals, bare = _digits(text)
    yield capitals
    digits = bare.replace(".", "").replace("-", "")
    if digits.isdigit() and digits.isascii():
        yield from _classes(digits, habits)


def _naics(text: str) -> Iterator[str]:
    bare = re.sub(r"\s*[-–]\s*", "-", text)
    number = _FLOAT.fullmatch(bare)
    code = number[1] if number else bare
    yield code
    ranges = {"31-33": ("31", "32", "33"), "44-45": ("44", "45"), "48-49": ("48", "49")}
    yield from (whole for whole, parts in ranges.items() if code in parts)
