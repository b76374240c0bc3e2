"""Periods as first and last days: a day, a month, a year, or years from one to another."""

from __future__ import annotations

import pandas as pd

from geoterritorio.layers.dates import earliest, latest

_PART = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
# A dash between two years; between month and day it is part of the date.
_FROM_TO = rf"^\s*({_PART})\s*(?:/|–|—|\.\.|\s-\s)\s*({_PART})\s*$"
_YEARS = r"^\s*(\d{4})\s*-\s*(\d{4})\s*$"
_ONE = rf"^\s*({_PART})(?:\.0+)?\s*$"


def spans(periods: pd.Series) -> pd.DataFrame:
    """
    First and last day of periods.

    Parameters
    ----------
    periods
        Texts as `2012`, `2012-05`, `2012-05-17`, `2012-2015`, `2012/2015` or `2012-05/2013-02`.

    Returns
    -------
    days
        Columns `begin` and `end` with the index of `periods`; missing where it is none of these, or ends before it
        begins.

    Examples
    --------
    >>> days = spans(pd.Series(["2012/2015", "2014-02", "soon"]))
    >>> days["begin"].dt.strftime("%Y-%m-%d").tolist(), days["end"].dt.strftime("%Y-%m-%d").tolist()
    (['2012-01-01', '2014-02-01', nan], ['2015-12-31', '2014-02-28', nan])
    """
    texts = periods.astype("string")
    first = pd.Series(pd.NA, index=texts.index, dtype="string")
    last = first.copy()
    for pattern in (_FROM_TO, _YEARS):
        parts = texts.str.extract(pattern)
        first, last = first.fillna(parts[0]), last.fillna(parts[1])
    one = texts.str.extract(_ONE)[0]
    first, last = first.fillna(one), last.fillna(one)
    days = pd.DataFrame({"begin": _days(first, begin=True), "end": _days(last, begin=False)})
    return days.where(days["end"] >= days["begin"])


def _days(parts: pd.Series, *, begin: bool) -> pd.Series:
    """Days of dates, missing where there is no such day in the calendar."""
    real = pd.to_datetime(parts.str.ljust(10).str.strip(), format="ISO8601", errors="coerce").notna()
    given = parts.where(real).astype(object)
    given = given.where(given.notna(), None)
    return (earliest if begin else latest)(given)
