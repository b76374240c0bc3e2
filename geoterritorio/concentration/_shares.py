"""Distributions and what they are compared with, and the indices as functions of the two.

A *unit* is what an index belongs to: a sector spread over territories, or a territory over sectors. Its *parts*
are the territories or the sectors. Every index here is a function of the shares of a unit in its parts (rows) and
of the shares of the whole in the same parts, of all units or of each (rows).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration._margins import OWN, Whole, unsound_reference
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message

Floats = npt.NDArray[np.float64]
Of = Literal["sectors", "territories"]
Function = Callable[[Floats, Floats], Floats]
Index = Literal[
    "herfindahl",
    "krugman_concentration",
    "krugman_specialisation",
    "hoover",
    "locational_gini",
    "theil",
    "entropy",
    "relative_diversity",
    "hachman",
]

# Units are sorted some at a time, so that memory stays that of a few tables.
_BLOCK = 4_000_000
# Distances below this are what rounding leaves of 0.
_ROUNDING = 1e-13


@dataclass(frozen=True)
class Shares:
    """
    Shares of units (rows) in their parts, and those of the whole in the same parts.

    `own` has a row of NaN where a unit has nothing or holds missing cells. Parts of the whole that the table
    lacks are columns of 0 at the end. `name` says which whole it is.
    """

    own: Floats
    whole: Floats
    units: pd.Index
    parts: pd.Index
    name: str

    def plain(self, values: Floats, name: str) -> pd.Series:
        """Values of the units as a series; a unit without parts has nothing, and so no index."""
        known = values if self.own.shape[1] else np.full(len(self.units), np.nan)
        return pd.Series(known, index=self.units, name=name)

    def series(self, values: Floats, name: str) -> pd.Series:
        """Values of the units as a series that says what they were compared with."""
        result = self.plain(values, name)
        result.attrs["reference"] = self.name
        return result


def shares(
    counts: pd.DataFrame,
    of: Of,
    reference: pd.Series | Whole | None,
    *,
    compared: bool = True,
    stacklevel: int = 3,
) -> Shares:
    """Shares of the sectors over the territories, or the reverse, and those of the whole if it is compared with."""
    cells, units, parts = oriented(counts, of)
    check_cells(cells)
    missing = np.isnan(cells)
    totals, names, label = whole_of(cells, parts, of, reference)
    if missing.any():
        _tell_missing(missing, own=compared and reference is None, stacklevel=stacklevel + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = cells.sum(axis=1, keepdims=True)
        own = cells / np.where(sums > 0, sums, np.nan)
        whole = totals / np.where(totals.sum() > 0, totals.sum(), np.nan)
    if len(totals) > len(parts):
        absent = np.where(np.isnan(own[:, :1]), np.nan, 0.0) if own.shape[1] else np.nan
        own = np.hstack([own, np.broadcast_to(absent, (len(own), len(totals) - len(parts)))])
    return Shares(own, whole, units, names, label)


def oriented(counts: pd.DataFrame, of: Of) -> tuple[Floats, pd.Index, pd.Index]:
    """Cells with units as rows, units and parts."""
    cells = counts.to_numpy(np.float64)
    if of == "sectors":
        return cells.T, counts.columns, counts.index
    return cells, counts.index, counts.columns


def check_cells(cells: Floats) -> None:
    """Refuse cells below 0."""
    number = int((cells < 0).sum())
    if number:
        raise LayerError(message("{number} cells of the table are negative.", number=number))


def whole_of(
    cells: Floats, parts: pd.Index, of: Of, reference: pd.Series | Whole | None
) -> tuple[Floats, pd.Index, str]:
    """Totals of the whole in the parts of the table and, after them, in those the table lacks."""
    if reference is None:
        return np.nansum(cells, axis=0), parts, OWN
    given = reference.sectors if isinstance(reference, Whole) else reference
    label = str((reference.name if isinstance(reference, Whole) else given.name) or "reference")
    _check_reference(given, parts, of)
    order = parts.append(given.index.difference(parts, sort=False))
    totals = given.reindex(order).to_numpy(np.float64)
    beyond = float(reference.total) - totals.sum() if isinstance(reference, Whole) else 0.0
    if beyond > _ROUNDING * totals.sum():
        return np.append(totals, beyond), order.append(pd.Index([None], dtype=object)), label
    return totals, order, label


def _check_reference(given: pd.Series, parts: pd.Index, of: Of) -> None:
    problems: list[Message] = []
    if not given.index.is_unique:
        problems.append(message("reference: some labels occur more than once."))
        raise LayerError(problems)
    values = given.reindex(parts.append(given.index.difference(parts, sort=False))).to_numpy(np.float64)
    lost = parts[np.isnan(values[: len(parts)])]
    if len(lost) and of == "sectors":
        problems.append(
            message(
                "{number} territories are not in the reference, for example {name}.",
                number=len(lost),
                name=lost[0],
            )
        )
    elif len(lost):
        problems.append(
            message(
                "{number} sectors are not in the reference, for example {name}.",
                number=len(lost),
                name=lost[0],
            )
        )
    problems += unsound_reference(given, parts)
    if problems:
        raise LayerError(problems)


def _tell_missing(missing: npt.NDArray[np.bool_], *, own: bool, stacklevel: int) -> None:
    values = {"cells": int(missing.sum()), "number": int(missing.any(axis=1).sum())}
    text = message(
        "{cells} cells are withheld or unknown: the values of the {number} rows or columns that hold them are "
        "undefined. Bounds can be had from published totals.",
        **values,
    )
    if own:
        text = message(
            "{cells} cells are withheld or unknown: the values of the {number} rows or columns that hold them are "
            "undefined, and the own sums that the others are compared with leave them out. Give published totals or a "
            "reference.",
            **values,
        )
    warnings.warn(GeoterritorioWarning(text), stacklevel=stacklevel)


def herfindahl(own: Floats, whole: Floats | None = None) -> Floats:
    """Sum of squared shares; the whole plays no part."""
    del whole
    result: Floats = np.einsum("ij,ij->i", own, own)
    return result


def krugman(own: Floats, whole: Floats) -> Floats:
    """Sum of the absolute differences of the shares."""
    result: Floats = np.abs(own - whole).sum(axis=1)
    return result


def hoover(own: Floats, whole: Floats) -> Floats:
    """Half the sum of the absolute differences of the shares."""
    return krugman(own, whole) / 2


def theil(own: Floats, whole: Floats) -> Floats:
    """Sum of the logarithms of the quotients weighted by the shares; infinite where the whole has nothing."""
    result: Floats = divergence(own, whole).sum(axis=1)
    return result


def divergence(own: Floats, whole: Floats) -> Floats:
    """Terms of Theil's index."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = own * np.log(own / whole)
    return np.where(own == 0, 0.0, terms)


def entropy(own: Floats, whole: Floats | None = None) -> Floats:
    """Entropy in bits; the whole plays no part."""
    del whole
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = own * np.log2(own)
    result: Floats = -np.where(own == 0, 0.0, terms).sum(axis=1)
    return result + 0.0


def relative_diversity(own: Floats, whole: Floats) -> Floats:
    """Reciprocal of the sum of absolute differences; infinite where there is none."""
    distance = krugman(own, whole)
    with np.errstate(divide="ignore"):
        return 1 / np.where(distance < _ROUNDING, 0.0, distance)


def hachman(own: Floats, whole: Floats) -> Floats:
    """Reciprocal of the mean quotient weighted by the shares; 0 where the whole has nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = own * (own / whole)
        result: Floats = 1 / np.where(own == 0, 0.0, terms).sum(axis=1)
    return result


def locational_gini(own: Floats, whole: Floats) -> Floats:
    """Gini of shares against those of the whole, from 0 to 1."""
    result, each = np.empty(len(own)), np.broadcast_to(whole, own.shape)
    for rows in blocks(own):
        s, x = lorenz_order(own[rows], each[rows])
        reached = np.cumsum(s, axis=1)
        # Twice the area under the curve: each piece is a trapezium.
        result[rows] = 1 - np.einsum("ij,ij->i", x, 2 * reached - s)
    return np.where(np.isnan(result), np.nan, np.maximum(result, 0.0))


def quotient_gini(own: Floats, whole: Floats) -> Floats:
    """Gini of the list of location quotients, each counted once; parts the whole lacks have none."""
    present = whole > 0
    n = int(present.sum())
    strange = (own[:, ~present] > 0).any(axis=1)
    result = np.empty(len(own))
    for rows in blocks(own):
        quotients = np.sort(own[rows][:, present] / whole[present], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            ranked = quotients @ np.arange(1.0, n + 1)
            result[rows] = 2 * ranked / (n * quotients.sum(axis=1)) - (n + 1) / n if n else np.nan
    return np.where(strange, np.nan, result)


def lorenz_order(own: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """Shares of the units and of the whole, parts of the smallest quotient first."""
    order = quotient_order(own, whole)
    return np.take_along_axis(own, order, axis=1), np.take_along_axis(whole, order, axis=1)


def quotient_order(own: Floats, whole: Floats) -> npt.NDArray[np.intp]:
    """Order of the parts of each unit by their quotient."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = own / whole
    # Where neither has anything there is no step of the curve, wherever it stands.
    return np.argsort(np.where(own == 0, 0.0, quotients), axis=1, kind="stable")


def blocks(own: Floats) -> list[slice]:
    """Rows in blocks of bounded size."""
    step = max(1, _BLOCK // max(own.shape[1], 1))
    return [slice(start, start + step) for start in range(0, len(own), step)]


INDICES: dict[str, Function] = {
    "herfindahl": herfindahl,
    "krugman_concentration": krugman,
    "krugman_specialisation": krugman,
    "hoover": hoover,
    "locational_gini": locational_gini,
    "theil": theil,
    "entropy": entropy,
    "relative_diversity": relative_diversity,
    "hachman": hachman,
}
# The more a distribution departs from the whole, the smaller these are.
FALLING = frozenset({"entropy", "relative_diversity", "hachman"})
# These compare with the same share in every part.
EVEN = frozenset({"herfindahl", "entropy"})
# Krugman's index has a name for each.
KRUGMAN: dict[Of, Index] = {"sectors": "krugman_concentration", "territories": "krugman_specialisation"}


def function_of(measure: str, of: Of) -> Function:
    """Index of this name."""
    if measure not in INDICES:
        raise LayerError(
            message(
                "measure: no index “{name}”. There are: {values}.", name=measure, values=", ".join(INDICES)
            )
        )
    if measure in KRUGMAN.values() and measure != KRUGMAN[of]:
        raise LayerError(
            message(
                "measure: “{name}” does not go with of=“{of}”. Take “{other}”.",
                name=measure,
                of=of,
                other=KRUGMAN[of],
            )
        )
    return INDICES[measure]
