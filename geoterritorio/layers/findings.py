"""How findings are worded everywhere: the first few values, and the first row, counted from 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

_SHOWN = 5


def listing(values: Iterable[object]) -> str:
    """First few values, quoted, and how many more there are."""
    texts = [f"“{v}”" for v in values]
    shown = ", ".join(texts[:_SHOWN])
    return shown if len(texts) <= _SHOWN else f"{shown} … (+{len(texts) - _SHOWN})"


def distinct(values: Any) -> str:
    """First few different values, quoted; missing ones left out."""
    return listing([v for v in dict.fromkeys(values) if v is not None and v == v])  # noqa: PLR0124 - NaN is not itself


def first_row(mask: Any) -> int:
    """Number of the first row of a mask, counted from 1."""
    return int(np.flatnonzero(np.asarray(mask, dtype=bool))[0]) + 1
