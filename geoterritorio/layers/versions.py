"""Versions of territories: which of them are in force on a day."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.dates import earliest, parse_dates


def in_force(territories: pd.DataFrame, on: str, *, name: str = "territories") -> Any:
    """
    Versions of territories that are in force on a day.

    Parameters
    ----------
    territories
        Checked territories; `valid_from` and `valid_to`, where there, say when each version is in force.
    on
        Day; a month or year stands for its first day.
    name
        What the layer is called in messages.

    Returns
    -------
    territories
        Rows for which valid_from <= day < valid_to, in their order; a missing end is open, and so are both in a
        layer that has neither column.

    Raises
    ------
    LayerError
        If `on` is no date, or no version is in force then.

    Examples
    --------
    >>> history = pd.DataFrame({"territory": ["A", "A"], "valid_from": [None, "2020"], "valid_to": ["2020", None]})
    >>> in_force(history, "2019-12-31")["valid_to"].tolist()
    ['2020']
    >>> in_force(history, "2020-01-01")["valid_from"].tolist()
    ['2020']
    """
    dates, wrong = parse_dates(pd.Series([on], dtype=object))
    if wrong or dates.isna().all():
        raise LayerError(
            message(
                "{layer}: “{on}” is no date on which versions could be in force. Write it as 2025-01-01.",
                layer=name,
                on=on,
            )
        )
    day = earliest(dates).iloc[0]
    there = pd.Series(data=True, index=territories.index)
    if "valid_from" in territories.columns:
        begin = earliest(territories["valid_from"])
        there &= begin.isna() | (begin <= day)
    if "valid_to" in territories.columns:
        end = earliest(territories["valid_to"])
        there &= end.isna() | (day < end)
    if not there.any():
        raise LayerError(
            message("{layer}: no version is in force on {on}. Name another day.", layer=name, on=on)
        )
    return territories[there].reset_index(drop=True)
