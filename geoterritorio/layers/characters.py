"""Characters that no text should hold: control characters, and letters read in the wrong encoding."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, Message, message
from geoterritorio.layers.findings import first_row, listing
from geoterritorio.registry import Column

_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"  # not tab and ends of lines, which statements may hold
_SECOND = range(0x80, 0xC0)  # second byte of a letter of two bytes in UTF-8
# “ñ” is two bytes in UTF-8; read as Windows-1252 or Latin-1, it becomes “Ã±”.
_MISREAD = re.compile(
    "[ÂÃ](?:["
    + re.escape("".join(chr(b) + bytes([b]).decode("cp1252", errors="ignore") for b in _SECOND))
    + "])"
)


def control_characters(texts: pd.Series, column: Column, layer: str) -> Iterator[Message]:
    """
    Refusal of texts with control characters, which no one sees and which make two of one code.

    Parameters
    ----------
    texts
        Values as text, missing where blank.
    column, layer
        What they are called in messages.

    Yields
    ------
    problem
        One message, if any text has one.
    """
    rows = texts.astype("string").str.contains(_CONTROL, regex=True).fillna(value=False).to_numpy(dtype=bool)
    if rows.any():
        yield message(
            "{layer}: column “{column}” holds control characters, which cannot be seen (rows: {count}, first: {row}): "
            "{values}. Remove them; the file may be damaged.",
            layer=layer,
            column=column.name,
            count=int(rows.sum()),
            row=first_row(rows),
            values=listing(re.sub(_CONTROL, _escaped, str(v)) for v in texts[rows].unique()),
        )


def _escaped(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]):02x}"


def tell_misread(texts: pd.Series, column: Column, layer: str) -> None:
    """Say so where letters were read in the wrong encoding, as “Ã±” for “ñ”."""
    rows = texts.astype("string").str.contains("[ÂÃ]", regex=True).fillna(value=False).to_numpy(dtype=bool)
    changed = {
        str(v): cured
        for v in texts[rows].unique()
        # What would become control characters was no letter either.
        if (cured := _MISREAD.sub(_read_again, v)) != v and cured.isprintable()
    }
    if not changed:
        return
    wrong = texts.isin(list(changed)).to_numpy()
    example = next(iter(changed))
    text = message(
        "{layer}: column “{column}” holds letters that were read in the wrong encoding (rows: {count}, first: {row}): "
        "“{example}” should be “{cured}”. Save the file again, all of it in UTF-8.",
        layer=layer,
        column=column.name,
        count=int(wrong.sum()),
        row=first_row(wrong),
        example=example,
        cured=changed[example],
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _read_again(found: re.Match[str]) -> str:
    first, second = found[0][0], found[0][1]
    code = ord(second) if ord(second) in _SECOND else second.encode("cp1252")[0]
    return bytes([ord(first), code]).decode("utf-8", errors="replace")
