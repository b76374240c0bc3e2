"""Which day or period every exhibit of a profile is of, and which of them are of an earlier date than another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from geoterritorio.layers.dates import latest, parse_dates
from geoterritorio.publication.profile.parts import Case, Exhibit

# Settings that say of which day or period a step tells, the foremost first.
_SETTINGS = ("on", "period", "end")


def day_of(text: Any) -> pd.Timestamp:
    """
    Last day of a date or period, for putting steps in order.

    Parameters
    ----------
    text
        Day, month, year, or two of them with a slash between.

    Returns
    -------
    day
        The end of time where there is no date, or none that can be read: such a step looks at the latest figures.

    Examples
    --------
    >>> day_of("2014") < day_of("2021-05") < day_of(None)
    True
    """
    if not isinstance(text, str) or not text:
        return pd.Timestamp.max
    days, problems = parse_dates(pd.Series([text.split("/")[-1]]), column="on", layer="profile")
    return pd.Timestamp.max if problems else latest(days).iloc[0]


def in_order(case: Case) -> Case:
    """
    The same territory with dated exhibits, of several steps of one tool the latest first.

    Parameters
    ----------
    case
        The territory and the exhibits that tell of it.

    Returns
    -------
    case
        Each exhibit says its date, or the title of its step where another step of the tool has the same date; steps
        before the latest one are marked as earlier.
    """
    steps: dict[str, dict[str, Exhibit]] = {}
    for exhibit in case.exhibits:
        if exhibit.tool and not case.mine(exhibit).empty:
            steps.setdefault(exhibit.tool, {}).setdefault(exhibit.title, exhibit)
    last = {tool: max(day_of(_day(x)) for x in found.values()) for tool, found in steps.items()}

    def told(exhibit: Exhibit) -> Exhibit:
        others = [x for title, x in steps.get(exhibit.tool, {}).items() if title != exhibit.title]
        when = exhibit.when or _day(exhibit)
        alike = any(_day(x) == _day(exhibit) for x in others)
        return replace(
            exhibit,
            when=" · ".join(filter(None, (exhibit.title if alike else "", when))),
            earlier=bool(others) and day_of(_day(exhibit)) < last[exhibit.tool],
        )

    return replace(case, exhibits=tuple(_latest_first([told(x) for x in case.exhibits])))


def _latest_first(exhibits: Sequence[Exhibit]) -> list[Exhibit]:
    """Tools in the order of the study; of each, what is of an earlier date stands last, the latest of it first."""
    place = {tool: i for i, tool in reversed([*enumerate(x.tool for x in exhibits)])}
    return sorted(
        exhibits, key=lambda x: (place[x.tool], -day_of(_day(x)).value if x.earlier else -float("inf"))
    )


def _day(exhibit: Exhibit) -> str:
    """Day or period that the step was told to look at; empty where it looks at whatever is the latest."""
    return next((str(exhibit.settings[s]) for s in _SETTINGS if exhibit.settings.get(s)), "")
