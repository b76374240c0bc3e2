"""Dates of which the day or the month may be unknown: one text column, as exact as the source.

A date is the text ``1998``, ``1998-05`` or ``1998-05-17`` (ISO 8601, reduced): its length says how exact it is, it
sorts as it should, and every file format and every person can read it. `earliest` and `latest` turn it into days.
"""

from __future__ import annotations

import re
import warnings
from calendar import monthrange
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, Message, message
from geoterritorio.layers.findings import first_row, is_number, listing, strings

# A full stop separates three parts only: between two it may be a decimal point.
_ISO = re.compile(r"(\d{4})(?:[-/](\d{1,2})|[-/.](\d{1,2})[-/.](\d{1,2}))?(?:[T ]\d{2}:\d{2}.*)?")
_COMPACT = re.compile(r"([12]\d{3})(\d{2})(\d{2})")
_DAYS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T ]\d{2}:\d{2}.*)?")
_MONTH = re.compile(r"(\d{1,2})[-/](\d{4})")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_FIRST_SERIAL, _LAST_SERIAL = 10_000, 70_000
_MONTHS = 12
_DAY_FIRST, _MONTH_FIRST, _EITHER = "day", "month", "either"
_YEAR, _TO_MONTH, _TO_DAY = 4, 7, 10


def parse_dates(values: pd.Series, *, column: str = "", layer: str = "") -> tuple[pd.Series, list[Message]]:
    """
    Dates of a column as texts as exact as they are known, and what is wrong with them.

    Parameters
    ----------
    values
        Years, months and days as text, numbers or timestamps. 17/05/1998 is read where some value of the column
        tells the day from the month (which is said in a warning), and refused where none does.
    column, layer
        What they are called in messages.

    Returns
    -------
    dates
        Texts ``1998``, ``1998-05`` or ``1998-05-17`` with the index of `values`; missing where blank or wrong.
    problems
        One message for each kind of value that is no date.

    Examples
    --------
    >>> dates, problems = parse_dates(pd.Series(["1998", "05/1998", "17/5/1998", 1998.0, "", "1998-02-30"]))
    >>> dates.tolist()
    ['1998', '1998-05', '1998-05-17', '1998', None, None]
    >>> len(problems)
    1
    """
    codes, uniques = pd.factorize(_plain(values))
    texts = [str(u) for u in uniques]
    order, evidence = _order(texts)
    if order in (_DAY_FIRST, _MONTH_FIRST) and any(_sides(t) == _EITHER for t in texts):
        _say_order(order, evidence, column, layer)
    parsed = [_parsed(t, order) for t in texts]
    # Blank has code -1, which is the last place of both lists.
    dates = pd.Series(np.array([*parsed, None], dtype=object)[codes], index=values.index, dtype=object)
    wrong = np.array([*(p is None for p in parsed), False])[codes]
    return dates, _refusals(values, wrong, order, column, layer)


def _plain(values: pd.Series) -> pd.Series:
    """Values as stripped text, blank as missing; timestamps as days, whole numbers without their fraction."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.strftime("%Y-%m-%d").astype(object)
    if pd.api.types.is_bool_dtype(values) or not is_number(values):
        texts = strings(values).str.strip().str.replace(r"^(\d{4})\.0+$", r"\1", regex=True)
    else:
        numbers = pd.to_numeric(values, errors="coerce").astype(float)
        texts = numbers.map(lambda v: f"{v:.15g}", na_action="ignore").astype("string")
    return texts.mask(texts.isin(["", "NaT", "nan", "None"])).astype(object)


def _sides(text: str) -> str | None:
    """Which of the two first numbers of ``a/b/yyyy`` can be the day; None for other texts and for ``a/a/yyyy``."""
    found = _DAYS.fullmatch(text)
    if not found:
        return None
    first, second = int(found[1]), int(found[2])
    if first == second:
        return None
    if first > _MONTHS:
        return _DAY_FIRST
    return _MONTH_FIRST if second > _MONTHS else _EITHER


def _order(texts: list[str]) -> tuple[str | None, str]:
    """Order in which the column writes days and months, and a value that proves it; either where it does not tell."""
    known = {side: text for text in texts if (side := _sides(text))}
    sure = [s for s in (_DAY_FIRST, _MONTH_FIRST) if s in known]
    if len(sure) == 1:
        return sure[0], known[sure[0]]
    return (_EITHER if known else None), ""


def _say_order(order: str, evidence: str, column: str, layer: str) -> None:
    written = message("day/month/year") if order == _DAY_FIRST else message("month/day/year")
    text = message(
        "{layer}: dates in column “{column}” are read as {order}, because “{value}” can be nothing else.",
        layer=layer,
        column=column,
        order=written,
        value=evidence,
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _parsed(text: str, order: str | None) -> str | None:
    if found := _DAYS.fullmatch(text):
        first, second, year = (int(n) for n in found.groups()[:3])
        side = _sides(text) or _DAY_FIRST
        if side == _EITHER:
            if order == _EITHER:
                return None
            side = order or _DAY_FIRST
        day, month = (first, second) if side == _DAY_FIRST else (second, first)
        return _iso(year, month, day)
    if found := _MONTH.fullmatch(text):
        return _iso(int(found[2]), int(found[1]))
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if not found:
        return None
    numbers = [int(n) for n in found.groups() if n]
    return _iso(numbers[0], *numbers[1:])


def _iso(year: int, month: int | None = None, day: int | None = None) -> str | None:
    text = f"{year:04d}" + ("" if month is None else f"-{month:02d}") + ("" if day is None else f"-{day:02d}")
    try:
        np.datetime64(text)
    except ValueError:
        return None
    return text if year else None


def _excel_day(text: str) -> str | None:
    """Day of a serial number of Excel, where it lies between 1927 and 2091."""
    number = float(text)
    if not _FIRST_SERIAL <= number <= _LAST_SERIAL:
        return None
    return str(np.datetime64("1899-12-30") + np.timedelta64(int(number), "D"))


def _refusals(values: pd.Series, wrong: Any, order: str | None, column: str, layer: str) -> list[Message]:
    if not wrong.any():
        return []
    shown = list(dict.fromkeys(strings(values[wrong]).str.strip()))
    unsure = [t for t in shown if order == _EITHER and _sides(t) == _EITHER]
    serial = [t.removesuffix(".0") for t in shown if _SERIAL.fullmatch(t) and _excel_day(t) is not None]
    others = [t for t in shown if t not in unsure and t.removesuffix(".0") not in serial]
    found = {"layer": layer, "column": column, "count": int(wrong.sum()), "row": first_row(wrong)}
    problems = []
    if unsure:
        problems.append(
            message(
                "{layer}: column “{column}” holds dates of which day and month cannot be told apart: {values}. "
                "Write them as 1998-05-17.",
                layer=layer,
                column=column,
                values=listing(unsure),
            )
        )
    if serial:
        problems.append(
            message(
                "{layer}: column “{column}” holds day numbers of Excel instead of dates: {values}; {number} is {day}. "
                "Give the column a date format in Excel and save the file again.",
                layer=layer,
                column=column,
                values=listing(serial),
                number=serial[0],
                day=_excel_day(serial[0]),
            )
        )
    if others:
        problems.append(
            message(
                "{layer}: column “{column}” must hold dates, as 1998, 1998-05 or 1998-05-17 (rows that do not: "
                "{count}, first: {row}): {values}. Correct them, or leave unknown dates empty.",
                **found,
                values=listing(others),
            )
        )
    return problems


def earliest(dates: pd.Series) -> pd.Series:
    """
    First day that each date may mean.

    Parameters
    ----------
    dates
        Dates as `parse_dates` writes them.

    Returns
    -------
    days
        Days (datetime64), missing where the date is; with the index of `dates`.

    Examples
    --------
    >>> earliest(pd.Series(["1998", "1998-05", None])).dt.strftime("%Y-%m-%d").tolist()
    ['1998-01-01', '1998-05-01', nan]
    """
    return _days(dates, _first_day)


def latest(dates: pd.Series) -> pd.Series:
    """
    Last day that each date may mean.

    Parameters
    ----------
    dates
        Dates as `parse_dates` writes them.

    Returns
    -------
    days
        Days (datetime64), missing where the date is; with the index of `dates`.

    Examples
    --------
    >>> latest(pd.Series(["1998", "2000-02", "1998-05-17"])).dt.strftime("%Y-%m-%d").tolist()
    ['1998-12-31', '2000-02-29', '1998-05-17']
    """
    return _days(dates, _last_day)


def _days(dates: pd.Series, convert: Callable[[str], str]) -> pd.Series:
    codes, uniques = pd.factorize(dates)
    days = np.array([convert(str(u)) for u in uniques] + ["NaT"], dtype="datetime64[s]")
    return pd.Series(days[codes], index=dates.index, name=dates.name)


def _first_day(text: str) -> str:
    return text


def _last_day(text: str) -> str:
    if len(text) == _TO_DAY:
        return text
    year, month = int(text[:_YEAR]), int(text[_YEAR + 1 :] or _MONTHS)
    return f"{text[:_YEAR]}-{month:02d}-{monthrange(year, month)[1]}"


def exactness(dates: pd.Series) -> pd.Series:
    """
    How exactly each date is known.

    Parameters
    ----------
    dates
        Dates as `parse_dates` writes them.

    Returns
    -------
    exactness
        ``year``, ``month`` or ``day``, missing where the date is; with the index of `dates`.
    """
    return dates.str.len().map({_YEAR: "year", _TO_MONTH: "month", _TO_DAY: "day"})
