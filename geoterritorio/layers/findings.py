"""How findings are worded everywhere: the first few values, and the first row, counted from 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

_SHOWN = 5


def listing(values: Iterable[object]) -> str:
    """First few values, quoted, and how many more there are."""
    texts = [f"“{v}”" for v in values]
    shown = ", ".join(texts[:_SHOWN])
    return shown if len(texts) <= _SHOWN else f"{shown} … (+{len(texts) - _SHOWN})"


def distinct(values: Any) -> str:
    """First few different values, quoted; missing ones left out."""
    return listing([v for v in dict.fromkeys(values) if not pd.isna(v)])


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


def _string(value: object) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")
