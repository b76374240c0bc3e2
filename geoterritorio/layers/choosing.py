"""Which rows of a file are taken: those with certain values, or open on a day."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.dates import earliest, parse_dates
from geoterritorio.layers.findings import listing
from geoterritorio.layers.numerals import as_text
from geoterritorio.layers.schema import CENTRES
from geoterritorio.layers.words import folded, words_of
from geoterritorio.registry import Layer

# Values of a column that a refusal lists, which are what one would choose among.
_MOST = 30


def rows_with(
    frame: pd.DataFrame,
    schema: Layer,
    only: Mapping[str, Sequence[str]],
    *,
    columns: Mapping[str, str | None] | None = None,
    name: str = "",
) -> Any:
    """
    Rows of a table that have certain values.

    Parameters
    ----------
    frame
        Table as the user has it; not changed.
    schema
        What the layer will be.
    only
        Column -> values, one of which a row must have; rows must fit all columns. A column is a fixed one, or one of
        the user's own. Case and accents do not matter, and words of lists mean their codes.
    columns
        Fixed name -> the user's own column.
    name
        What the layer is called in messages; its kind by default.

    Returns
    -------
    rows
        Those that fit, in their order.

    Raises
    ------
    LayerError
        If there is no such column, none of its rows has one of the values, or no row fits all columns.

    Warns
    -----
    GeoterritorioWarning
        How many rows are kept.

    Examples
    --------
    >>> import warnings
    >>> from geoterritorio.layers.schema import INSTITUTIONS
    >>> table = pd.DataFrame({"institution": ["a", "b"], "kind": ["Cámara", "Universidad"]})
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     rows_with(table, INSTITUTIONS, {"kind": ["higher_education"]})["institution"].tolist()
    ['b']
    >>> str(told[0].message)
    'institutions: 1 of 2 rows are kept, chosen by “kind”.'
    """
    title = name or schema.kind
    there, problems = pd.Series(data=True, index=frame.index), []
    for column, values in only.items():
        own = (columns or {}).get(column) or column
        if own not in frame.columns:
            problems.append(_no_column(frame, own, title))
            continue
        texts, words = as_text(frame[own]), words_of(schema, column)
        known = {v: words.get(folded(v), folded(v)) for v in texts.dropna().unique()}
        wanted = {v: words.get(folded(v), folded(v)) for v in map(str, values)}
        lost = [v for v, word in wanted.items() if word not in set(known.values())]
        if lost or not wanted:
            problems.append(_no_value(lost, sorted(known, key=folded), own, title))
        there &= texts.map(known).isin(set(wanted.values()))
    if not problems and not there.any():
        problems.append(
            message("{layer}: no row has all that is asked of {columns}.", layer=title, columns=listing(only))
        )
    if problems:
        raise LayerError(problems)
    text = message(
        "{layer}: {count} of {number} rows are kept, chosen by {columns}.",
        layer=title,
        count=int(there.sum()),
        number=len(frame),
        columns=listing(only),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return frame[there]


def _no_column(frame: pd.DataFrame, column: str, layer: str) -> Message:
    found = [str(c) for c in frame.columns if c != "geometry"]
    near = get_close_matches(column, found, n=1)
    return message(
        "{layer}: there is no column “{column}” by which rows could be chosen. It has: {found}.{hint}",
        layer=layer,
        column=column,
        found=", ".join(found) or "–",
        hint=message(" Did you mean “{near}”?", near=near[0]) if near else "",
    )


def _no_value(lost: list[str], known: list[str], column: str, layer: str) -> Message:
    return message(
        "{layer}: no row has {values} in column “{column}”. It holds: {found}. Separate several by semicolons.",
        layer=layer,
        values=listing(lost or [""]),
        column=column,
        found=listing(known, most=_MOST),
    )


def open_on(rows: pd.DataFrame, on: str, *, name: str, part: bool = False) -> Any:
    """
    Rows that are open on a day.

    Parameters
    ----------
    rows
        Checked layer; `opened` and `closed`, where there, say when each row is open.
    on
        Day; a month or year stands for its first day.
    name
        What the layer is called in messages.
    part
        Whether they are a part of the layer, in which none may be open.

    Returns
    -------
    rows
        Those for which opened <= day < closed, in their order; missing ends are open.

    Raises
    ------
    LayerError
        If `on` is no date, or no row is open then.

    Examples
    --------
    >>> layer = pd.DataFrame({"centre": ["a", "b"], "opened": [None, "2020"], "closed": ["2019", None]})
    >>> open_on(layer, "2018", name="centres")["centre"].tolist(), open_on(layer, "2020", name="")["centre"].tolist()
    (['a'], ['b'])
    """
    dates, wrong = parse_dates(pd.Series([on], dtype=object))
    if wrong or dates.isna().all():
        raise LayerError(message("on: “{value}” is no date. Write it as 2025-01-01.", value=on))
    day = earliest(dates).iloc[0]
    there = pd.Series(data=True, index=rows.index)
    if "opened" in rows.columns:
        begin = earliest(rows["opened"])
        there &= begin.isna() | (begin <= day)
    if "closed" in rows.columns:
        end = earliest(rows["closed"])
        there &= end.isna() | (day < end)
    if not there.any() and not part:
        raise LayerError(message("{layer}: no row is open on {on}. Name another day.", layer=name, on=on))
    return rows[there].reset_index(drop=True)


def require_days(rows: pd.DataFrame, *, name: str) -> None:
    """Refusal of rows of which nothing says when they are open."""
    if not {"opened", "closed"} & set(rows.columns):
        text = message(
            "{layer}: there is neither a column “opened” nor “closed”, and nothing says which rows are open on a day. "
            "Leave “on” out, or call the columns so.",
            layer=name,
        )
        raise LayerError(text)


def tell_closed(rows: pd.DataFrame, schema: Layer, *, name: str) -> None:
    """
    Warning of centres with a day of closing that are taken as open.

    Parameters
    ----------
    rows
        Layer, of whatever kind; it may have a column `closed`.
    schema
        What the layer is to a tool. Nothing is told of tools that ask for the day, or of what has no days.
    name
        What the layer is called in messages.

    Warns
    -----
    GeoterritorioWarning
        If `closed` holds dates.
    """
    asked = {c.name for c in schema.columns}
    if schema.kind != CENTRES.kind or "closed" in asked or "closed" not in rows.columns:
        return
    with warnings.catch_warnings():
        # a column of the user's own, which may be no dates at all: nothing is told of how it is written
        warnings.simplefilter("ignore", GeoterritorioWarning)
        dates, wrong = parse_dates(rows["closed"])
    if wrong or not dates.notna().any():
        return
    text = message(
        "{layer}: {count} of {number} rows have a day of closing and are taken as open.{cure}",
        layer=name,
        count=int(dates.notna().sum()),
        number=len(rows),
        cure=message(
            ' Keep those open on one day: behind the file as ?on=2025-01-01 on the command line, as on = "2025-01-01" '
            "in the study file."
        ),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
