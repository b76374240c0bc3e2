"""Refusal of what is no number, or none that can be: texts, infinite and negative figures, several periods in one."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.findings import listing

Table = TypeVar("Table", pd.DataFrame, pd.Series)


def amounts(values: Table, name: str, *, signed: bool = False, endless: bool = False) -> Table:
    """
    The same figures as numbers.

    Parameters
    ----------
    values
        Table or column; missing is unknown.
    name
        What it is called in refusals.
    signed
        Whether figures may be below 0.
    endless
        Whether they may be infinite, as upper bounds may.

    Returns
    -------
    amounts
        As `values`, of floats; itself where it has nothing else.

    Raises
    ------
    LayerError
        Some figures are texts, infinite or negative.

    Examples
    --------
    >>> amounts(pd.Series([1, None, 3]), "counts").tolist()
    [1.0, nan, 3.0]
    >>> amounts(pd.Series(["1", "2,5"]), "counts")
    Traceback (most recent call last):
    geoterritorio.errors.LayerError: counts: 2 figures are texts, for example “1”, “2,5”. Turn them into numbers ...
    """
    problems = _texts(values, name)
    if problems:
        raise LayerError(problems)
    found = values.astype(np.float64)
    numbers = found.to_numpy()
    endings = int(np.isinf(numbers).sum()) if not endless else int((numbers == -np.inf).sum())
    if endings:
        problems.append(
            message(
                "{layer}: {count} figures are infinite. Correct them; leave what is unknown missing.",
                layer=name,
                count=endings,
            )
        )
    below = int(((numbers < 0) & ~np.isinf(numbers)).sum())
    if below and not signed:
        problems.append(
            message(
                "{layer}: {count} figures are below 0. Correct them; leave what is unknown missing.",
                layer=name,
                count=below,
            )
        )
    if problems:
        raise LayerError(problems)
    return values if found.equals(values) else found


def _texts(values: pd.DataFrame | pd.Series, name: str) -> list[Message]:
    columns = (
        [values] if isinstance(values, pd.Series) else [values.iloc[:, k] for k in range(values.shape[1])]
    )
    words: list[str] = []
    for column in columns:
        if not pd.api.types.is_numeric_dtype(column.dtype):
            known = column.dropna()
            words += [str(v) for v in known if not isinstance(v, int | float | np.number)]
    if not words:
        return []
    return [
        message(
            "{layer}: {count} figures are texts, for example {values}. Turn them into numbers (mind the decimal sign); "
            "leave what is unknown missing.",
            layer=name,
            count=len(words),
            values=listing(list(dict.fromkeys(words))),
        )
    ]


def refuse_periods(table: pd.DataFrame, name: str) -> None:
    """
    Refusal of a table of several periods, whose figures would be added up as if they were of one.

    Parameters
    ----------
    table
        With a column `period`, or without.
    name
        What it is called in the refusal.

    Raises
    ------
    LayerError
        There are several.

    Examples
    --------
    >>> refuse_periods(pd.DataFrame({"period": ["2019", "2023"]}), "jobs")
    Traceback (most recent call last):
    geoterritorio.errors.LayerError: jobs: 2 periods (“2019”, “2023”), which cannot be added up. Keep the rows of one.
    """
    if "period" not in table.columns:
        return
    known = sorted(map(str, table["period"].dropna().unique()))
    if len(known) > 1:
        raise LayerError(
            message(
                "{layer}: {count} periods ({values}), which cannot be added up. Keep the rows of one.",
                layer=name,
                count=len(known),
                values=listing(known),
            )
        )
