"""Sector codes as people write them, read as the codes of an edition.

``10.11``, ``1011``, ``C1011``, ``C10.11``, ``10.11.00`` and a number 1011.0 from a spreadsheet are one class; a
leading zero that a spreadsheet dropped is restored where only that makes a known code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import takewhile

import pandas as pd

from geoterritorio.layers.vocabularies import canonical_name, own_codes, titles, vocabulary

_CLASS_DIGITS = 4
_LOOKED_AT = 200  # unknown codes for which near ones are sought, the most frequent first
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

    Examples
    --------
    >>> normalise_sectors(pd.Series(["1011", "C10.11", "111", 10.2, "99.99"]), "nace2").fillna("?").tolist()
    ['10.11', '10.11', '01.11', '10.2', '?']
    """
    name = canonical_name(vocabulary)
    known, spellings = _known(name), _spellings(name)
    distinct = codes.dropna().unique()
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


def _known(name: str) -> dict[str, str]:
    codes = vocabulary(name)["code"]
    return {**dict(zip(codes, codes, strict=True)), **own_codes(name)}


def _read(text: str, known: dict[str, str], spellings: Callable[[str], Iterator[str]]) -> str | None:
    return next((known[s] for s in spellings(text.strip()) if s in known), None)


def _spellings(name: str) -> Callable[[str], Iterator[str]]:
    if name in {"nace2", "nace21"}:
        return _nace
    if name == "isic4":
        return _isic
    return _naics if name in {"naics2022", "scian2018", "scian2023"} else _plain


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


def _nace(text: str) -> Iterator[str]:
    capitals, bare = _digits(text)
    yield capitals
    yield _LETTER.sub("", capitals, count=1)
    parts = bare.split(".")
    digits: tuple[str, ...]
    if not all(p.isdigit() and p.isascii() for p in parts):
        return
    if len(parts) > 1:
        parts[0] = parts[0].zfill(2)
        digits = ("".join(parts)[:_CLASS_DIGITS],)
    else:
        digits = (bare[:_CLASS_DIGITS], bare.zfill(2)[:_CLASS_DIGITS], f"0{bare}"[:_CLASS_DIGITS])
    for d in digits:
        yield d if len(d) <= 2 else f"{d[:2]}.{d[2:]}"  # noqa: PLR2004 - the digits of a division


def _isic(text: str) -> Iterator[str]:
    capitals, bare = _digits(text)
    yield capitals
    digits = bare.replace(".", "").replace("-", "")
    if digits.isdigit() and digits.isascii():
        yield digits[:_CLASS_DIGITS]
        yield f"0{digits}"


def _naics(text: str) -> Iterator[str]:
    bare = re.sub(r"\s*[-–]\s*", "-", text)
    number = _FLOAT.fullmatch(bare)
    code = number[1] if number else bare
    yield code
    ranges = {"31-33": ("31", "32", "33"), "44-45": ("44", "45"), "48-49": ("48", "49")}
    yield from (whole for whole, parts in ranges.items() if code in parts)
