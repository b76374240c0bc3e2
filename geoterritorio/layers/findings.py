"""How findings are worded everywhere: the first few values, and the first row, counted from 1."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from geoterritorio.errors import Message, message, worded

_SHOWN = 5
_LIBRARIES = {"pyogrio": "GDAL", "rasterio": "GDAL", "pyarrow": "Arrow", "sqlite3": "SQLite"}
_SYSTEM = {
    errno.ENOSPC: message("the disk is full"),
    errno.EDQUOT: message("the quota of disk space is used up"),
    errno.EFBIG: message("the file would be larger than the system allows"),
    errno.EROFS: message("the disk can only be read"),
    errno.EACCES: message("the system does not permit it"),
    errno.EPERM: message("the system does not permit it"),
    errno.ENOENT: message("there is no such file or folder"),
    errno.ENOTDIR: message("a part of the path is not a folder"),
    errno.EISDIR: message("it is a folder"),
    errno.ENAMETOOLONG: message("the name is longer than the system allows"),
    errno.ELOOP: message("links lead to one another in a circle"),
    errno.EIO: message("the disk does not answer as it should"),
}


def listing(values: Iterable[object], *, most: int = _SHOWN) -> Message:
    """First few values, quoted as the reader's language quotes, and how many more there are."""
    texts = [str(v) for v in values]
    if not texts:
        return worded("", "")
    shown: dict[str, object] = {
        f"v{k}": message("“{value}”", value=text) for k, text in enumerate(texts[:most])
    }
    form = ", ".join(f"{{{name}}}" for name in shown)
    if len(texts) <= most:
        return Message(form, shown)
    return Message(f"{form} … (+{{more}})", {**shown, "more": len(texts) - most})


def distinct(values: Any) -> Message:
    """First few different values, quoted; missing ones left out."""
    return listing([v for v in dict.fromkeys(values) if not pd.isna(v)])


def together(texts: Iterable[Message]) -> Message | str:
    """Several texts as one, with commas between them."""
    first, *others = texts
    return message("{first}, {others}", first=first, others=together(others)) if others else first


def percentage(share: float) -> Message:
    """Share in percent, to one decimal, as the reader's language writes it."""
    return message("{percent}%", percent=round(100 * share, 1))


def reason_of(error: BaseException) -> Message:
    """Why a library or the system refused: in the reader's language where known, else quoted with who said it."""
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        return _SYSTEM[error.errno]
    if isinstance(error, MemoryError):
        return message("there is not enough memory")
    if isinstance(error, BadZipFile):
        return message("it is damaged, or no Excel file")
    lines = str(error).strip().splitlines()
    return message(
        "{library} says: “{said}”", library=_library(error), said=lines[0] if lines else type(error).__name__
    )


def _library(error: BaseException) -> str:
    """Name of the package that raised an error: that of its type, else that of its innermost call."""
    package = type(error).__module__.partition(".")[0]
    trace = error.__traceback__
    while package == "builtins" and trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if package == "builtins" and trace is not None:
        package = str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
    return _LIBRARIES.get(package, package if package not in {"", "builtins", "geoterritorio"} else "Python")


def first_row(mask: Any) -> int:
    """Number of the first row of a mask, counted from 1."""
    return int(np.flatnonzero(np.asarray(mask, dtype=bool))[0]) + 1


def is_number(values: pd.Series) -> bool:
    """Whether a column holds real numbers as such, not as text."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_complex_dtype(values)


def strings(values: pd.Series) -> pd.Series:
    """Values as text, missing as missing; bytes and characters that are none become “�”."""
    try:
        return values.astype("string")
    except (UnicodeError, ValueError, TypeError):
        return values.map(_string, na_action="ignore").astype("string")


def crossed(*keys: pd.Series) -> pd.DataFrame:
    """Number of rows by their keys, which lie beside each other; the last key goes across."""
    # pandas 3.0 refuses rows that share a label.
    *down, across = (key.reset_index(drop=True) for key in keys)
    return pd.crosstab(down if len(down) > 1 else down[0], across)


def _string(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")
