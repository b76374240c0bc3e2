"""Figures that rest on the sizes of single establishments, coarse or withheld where these are few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.study.withholding import FEW, WITHHELD

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
# What the log says of it.
NO_SIZES = "sizes of few"
_SQUARES = ("effective_plants", "herfindahl", "squares")
_INTERVALS, _TESTS = ("low", "high"), ("p", "q", "z")
# Whole-number sizes of nearly as few as the minimum are read off their sum and the sum of their squares.
_MORE = 2
# Up to here squares are told coarsely: of ten sizes two sums leave many.
_MANY = 10


def tells_sizes(rows: pd.DataFrame) -> bool:
    """
    Whether a table tells how unequal establishments are.

    Parameters
    ----------
    rows
        A table of a study.

    Returns
    -------
    tells
        Whether sums of squares can be worked out from it.
    """
    return any(c in rows.columns for c in _SQUARES)


def coarse(rows: pd.DataFrame, contributors: Numbers, minimum: int) -> tuple[pd.DataFrame, Mask]:
    """
    A table whose sums of squares of few sizes are withheld, and those of more are coarse.

    Parameters
    ----------
    rows
        Table with effective establishments, sums of squares, or a Herfindahl index of plants.
    contributors
        Contributors of the cell that each row tells of; infinite where there is none.
    minimum
        Fewest contributors of a cell that is told.

    Returns
    -------
    rows
        Where there are fewer than `minimum` plus two contributors, effective numbers, intervals and tests are empty;
        below ten, effective numbers are whole, intervals have one digit and are never narrower, and tests are empty.
        A sum of squares or a Herfindahl index of fewer than ten, and what comes with it, is empty. A column `withheld`
        says so of each such row.
    fewer
        Rows that lost or coarsened figures.

    Notes
    -----
    Jobs are whole numbers. Their sum and the effective number, which is the square of the sum over the sum of squares,
    leave one set of sizes for three establishments in three of four invented cells, and one of the establishments
    always finds out the others. Intervals and tests follow from the effective number.
    """
    known = rows[[c for c in _SQUARES if c in rows.columns]].notna().any(axis=1).to_numpy()
    fewer = known & (contributors < _MANY)
    if not fewer.any():
        return rows, fewer
    told = rows.copy()
    very = known & (contributors < max(minimum + _MORE, _SMALLEST))
    alone = "effective_plants" not in told.columns
    for column in told.columns.intersection([*_SQUARES, *_INTERVALS, *_TESTS, *(_BESIDE if alone else ())]):
        lost = fewer if alone or column in _TESTS else very
        values = told[column].astype(float).mask(lost)
        told[column] = _coarser(values, column).where(fewer & ~lost, values)
    before = told[WITHHELD] if WITHHELD in told.columns else pd.Series(None, index=rows.index, dtype=object)
    told[WITHHELD] = before.mask(fewer & before.isna().to_numpy(), FEW)
    return told, fewer


_SMALLEST = 5
# What comes with a Herfindahl index of plants, and would give it back.
_BESIDE = ("gamma", "g", "variance", "null_mean", "corrected")


def _coarser(values: pd.Series, column: str) -> pd.Series:
    """Whole effective numbers; ends of intervals with one digit, outwards."""
    if column not in _INTERVALS:
        return values.round()
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 10.0 ** np.floor(np.log10(values.abs()))
    outwards = np.floor if column == "low" else np.ceil
    return (outwards(values / unit) * unit).where((values > 0) & np.isfinite(values), values)
