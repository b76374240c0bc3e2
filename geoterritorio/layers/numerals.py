"""Texts and numbers at the door: identifiers, text that is no number, decimal commas, thousands, bounds."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, Message, message
from geoterritorio.layers.findings import distinct, first_row, is_number, listing, strings, together
from geoterritorio.registry import Column

# No count of people, jobs or establishments is larger; squares of sizes and sums of money may be.
_MOST_COUNTED, _MOST = 1e12, 1e24
_COUNTED = ("employment", "establishments", "flow", "population")
_EXACT = 2.0**53  # above this, floats no longer name every whole number
_COMMA = r"[-+]?\d+,\d+"
_COMMA_THOUSANDS = r"[-+]?[1-9]\d{0,2}(?:,\d{3})+"
_POINT_THOUSANDS = r"[1-9]\d{0,2}(?:\.\d{3})+"
_BELOW_THOUSAND = r"\d{1,3}"
# Whole styles of writing with a decimal comma: without separators of thousands, with points, with spaces.
_DECIMAL_COMMA = (
    r"[-+]?\d+(?:,\d+)?(?:[eE][-+]?\d+)?",
    r"[-+]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?",
    r"[-+]?(?:\d+|[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+)(?:,\d+)?",
)
_GROUPED = r"[-+]?\d{1,3}(?:[.,\s'\u2019]\d{3})+(?:[.,]\d+)?"
# Columns that no tool takes with gaps.
_FILLED = frozenset({"flow"})


def parse_numbers(
    values: pd.Series, column: Column, layer: str, *, grouped: bool = True
) -> tuple[pd.Series, list[Message]]:
    """
    Numbers of a column, and what is wrong with them.

    Parameters
    ----------
    values
        Numbers, or texts that write decimals with a point and thousands without a separator, or all with a decimal
        comma.
    column
        Column with its bound.
    layer
        What the layer is called in messages.
    grouped
        Whether to suspect separators of thousands.

    Returns
    -------
    numbers
        Floats with the index of `values`; missing where blank or wrong.
    problems
        One message for each kind of value that is no number or out of bounds.

    Warns
    -----
    GeoterritorioWarning
        If the column was read with decimal commas.
    """
    problems: list[Message] = []
    if is_number(values):
        numeric = values.astype("Float64").astype(float)
    else:
        texts = texts_of(values)
        points = with_decimal_points(texts)
        if points is not None and grouped:
            _tell_commas(texts, points, column, layer)
        numeric, problems = _from_text(
            texts if points is None else points, column, layer, grouped=grouped and points is None
        )
    infinite = pd.Series(np.isinf(numeric), index=values.index)
    problems += _too_large(numeric.mask(infinite), column, layer)
    low = numeric < (-np.inf if column.min is None else column.min)
    if infinite.any():
        problems.append(
            message(
                "{layer}: column “{column}” holds infinite values (rows: {count}, first: {row}). Leave unknown "
                "figures empty.",
                **_found(infinite, column, layer),
            )
        )
    if low.any():
        problems.append(_too_low(numeric[low].unique(), low, column, layer))
    return numeric, problems


def _too_low(values: Iterable[float], low: pd.Series, column: Column, layer: str) -> Message:
    # An empty flow would be refused in its turn.
    cure = (
        message("Correct them.")
        if column.name in _FILLED
        else message("Correct them, or leave unknown figures empty.")
    )
    return message(
        "{layer}: column “{column}” must not be below {minimum} (rows below: {count}, first: {row}): {values}. {cure}",
        **_found(low, column, layer),
        minimum=float(column.min or 0),
        values=listing([f"{v:g}" for v in values]),
        cure=cure,
    )


def _too_large(numbers: pd.Series, column: Column, layer: str) -> list[Message]:
    """Numbers that nothing can have, and of which sums would end in infinity."""
    most = _MOST_COUNTED if column.name.startswith(_COUNTED) else _MOST
    large = numbers.abs() > most
    if not large.any():
        return []
    return [
        message(
            "{layer}: column “{column}” holds numbers beyond {most}, which cannot be meant (rows: {count}, first: "
            "{row}): {values}. Correct them, or leave unknown figures empty.",
            **_found(large, column, layer),
            most=most,
            values=listing([f"{v:g}" for v in numbers[large].unique()]),
        )
    ]


def _from_text(
    texts: pd.Series, column: Column, layer: str, *, grouped: bool
) -> tuple[pd.Series, list[Message]]:
    numeric = pd.to_numeric(texts.astype(object), errors="coerce").astype(float)
    wrong = numeric.isna() & texts.notna()
    if wrong.any():
        return numeric, [
            message(
                "{layer}: column “{column}” must hold numbers (rows that do not: {count}, first: {row}): {values}. "
                "Correct them, or leave unknown figures empty.{hint}",
                **_found(wrong, column, layer),
                values=distinct(texts[wrong]),
                hint=_hint(texts[wrong]),
            )
        ]
    if not (grouped and _looks_grouped(texts)):
        return numeric, []
    rows = _matches(texts, _POINT_THOUSANDS)
    return numeric, [
        message(
            "{layer}: column “{column}” seems to separate thousands by points (rows: {count}, first: {row}): "
            "{values}. Write 1234, or 1.2340 where a decimal is meant.",
            **_found(rows, column, layer),
            values=distinct(texts[rows]),
        )
    ]


def with_decimal_points(texts: pd.Series) -> pd.Series | None:
    """
    Numbers of a column of decimal commas, written with decimal points.

    Parameters
    ----------
    texts
        Stripped texts, missing where blank.

    Returns
    -------
    points
        Texts with the same index; None unless every value is written in one style with decimal commas, and a value
        is there that can be nothing else, as “12,5” or “1.234,50” can, but “1,234” and “1.234” cannot.
    """
    commas = texts.str.contains(",", regex=False).fillna(value=False).astype(bool)
    if not (commas & ~_matches(texts, _COMMA_THOUSANDS)).any():
        return None
    known = texts.dropna()
    if not any(_matches(known, style).all() for style in _DECIMAL_COMMA):
        return None
    return texts.str.replace(r"[. \u00a0\u202f]", "", regex=True).str.replace(",", ".", regex=False)


def _tell_commas(texts: pd.Series, points: pd.Series, column: Column, layer: str) -> None:
    """Say that commas were read as decimal; grouped thousands, which may surprise, are the example where there are."""
    changed = (texts != points).fillna(value=False).astype(bool)
    grouped = changed & ~texts.str.contains(",", regex=False).fillna(value=False).astype(bool)
    examples = [int(np.flatnonzero(rows)[0]) for rows in (changed & ~grouped, grouped) if rows.any()]
    told = [message("“{value}” → {meant}", value=texts.iloc[i], meant=points.iloc[i]) for i in examples]
    text = message(
        "{layer}: column “{column}” is written with decimal commas and was read so (rows: {count}): {examples}.",
        layer=layer,
        column=column.name,
        count=int(changed.sum()),
        examples=together(told),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=6)


def texts_of(values: pd.Series) -> pd.Series:
    """Values as text, stripped, blank as missing."""
    texts = strings(values).str.strip()
    return texts.mask(values.isna() | (texts == "").fillna(value=True))


def as_text(values: pd.Series) -> pd.Series:
    """Identifiers as text: 1 and 1.0 become “1”, “01” stays, blank becomes missing."""
    if pd.api.types.is_float_dtype(values):
        known = values.dropna()
        whole = (known.abs() < _EXACT) & (known % 1 == 0)
        values = values.astype("Int64") if whole.all() else values
    texts = strings(values).str.strip()
    return texts.mask(texts == "").astype(object).where(texts.notna() & (texts != ""), None)


def _matches(texts: pd.Series, pattern: str) -> pd.Series:
    return texts.str.fullmatch(pattern).fillna(value=False).astype(bool)


def _hint(texts: pd.Series) -> Message | str:
    if (_matches(texts, _GROUPED) | _matches(texts, _COMMA)).any():
        return message(
            " Decimals or thousands cannot be told apart here: write decimals with a point and thousands without a "
            "separator, 1234.5."
        )
    return ""


def _looks_grouped(texts: pd.Series) -> bool:
    """Whether 1234 seems to be written 1.234: every point has three digits behind it, and only from 1000 on."""
    dotted = texts.str.contains(".", regex=False).fillna(value=False).astype(bool)
    plain = texts[~dotted].dropna()
    if not dotted.any() or plain.empty:
        return False
    return bool(_matches(texts[dotted], _POINT_THOUSANDS).all() and _matches(plain, _BELOW_THOUSAND).all())


def parse_coordinates(values: pd.Series, *, column: str, layer: str) -> tuple[pd.Series, list[Message]]:
    """
    Coordinates of a column, decimal commas included where they can be nothing else.

    Parameters
    ----------
    values
        Numbers or texts.
    column, layer
        What they are called in messages.

    Returns
    -------
    coordinates
        Floats with the index of `values`; missing where blank or wrong.
    problems
        One message where some are no numbers, or commas may mean thousands.
    """
    if not is_number(values):
        texts = texts_of(values)
        points = with_decimal_points(texts)
        texts = texts if points is None else points
        commas = texts[texts.str.contains(",", regex=False).fillna(value=False).astype(bool)]
        if _matches(commas, _COMMA).all() and not _matches(commas, _COMMA_THOUSANDS).all():
            texts = texts.str.replace(",", ".", regex=False)
        values = texts
    return parse_numbers(values, Column(column, "number", column, required=False), layer, grouped=False)


def _found(rows: pd.Series, column: Column, layer: str) -> dict[str, object]:
    return {"layer": layer, "column": column.name, "count": int(rows.sum()), "row": first_row(rows)}
