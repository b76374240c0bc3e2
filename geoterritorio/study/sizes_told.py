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
# Criteria of clusters: the effective number, the lower end of the quotient's interval, and how many there are.
_PLANTS, _LOWER_END, _COUNT = "plants", "specialisation", "mass"
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
    return any(c in rows.columns for c in _SQUARES) or _criteria(rows) != ""


def _criteria(rows: pd.DataFrame) -> str:
    """Column in which evidence names the effective number of establishments; empty where there is none."""
    for column in ("criterion", "piece"):
        if column in rows.columns and {"value", "margin"} <= set(rows.columns):
            return column if rows[column].isin([_PLANTS]).any() else ""
    return ""


def fewest_of(rows: pd.DataFrame, contributors: Numbers) -> Numbers:
    """
    Contributors of the cell that each row tells of, where the rows themselves say that there are fewer.

    Parameters
    ----------
    rows
        A table that tells sizes.
    contributors
        What is known of them besides.

    Returns
    -------
    contributors
        The smaller of both: a row of a strange division has no more contributors than establishments.
    """
    found = contributors
    if "establishments" in rows.columns:
        found = np.fmin(found, rows["establishments"].to_numpy(dtype=float))
    column = _criteria(rows)
    if column and {"territory", "group"} <= set(rows.columns):
        counted = rows[rows[column].eq(_COUNT)].drop_duplicates(["territory", "group"])
        number = counted.set_index(["territory", "group"])["value"]
        keys = pd.MultiIndex.from_frame(rows[["territory", "group"]])
        found = np.fmin(found, number.reindex(keys).to_numpy(dtype=float))
    return np.asarray(found, dtype=np.float64)


def _coarse_evidence(rows: pd.DataFrame, contributors: Numbers, minimum: int) -> tuple[pd.DataFrame, Mask]:
    """Evidence whose effective numbers, and ends of intervals that follow from these, are coarse or withheld."""
    column = _criteria(rows)
    plants, end = (rows[column].eq(c).to_numpy(dtype=bool) for c in (_PLANTS, _LOWER_END))
    fewer = (plants | end) & (contributors < _MANY) & rows["value"].notna().to_numpy()
    if not fewer.any():
        return rows, fewer
    very = fewer & (contributors < max(minimum + _MORE, _SMALLEST))
    told = rows.copy()
    value = told["value"].astype(float).mask(very)
    value = value.mask(plants & fewer, _coarser(value, "effective_plants"))
    told["value"] = value.mask(end & fewer, _coarser(value, "low"))
    told["margin"] = told["margin"].astype(float).mask(fewer, told["value"] - told["threshold"])
    if "q" in told.columns:
        told["q"] = told["q"].astype(float).mask(fewer)
    return _with_few(told, fewer), fewer


def _with_few(rows: pd.DataFrame, fewer: Mask) -> pd.DataFrame:
    before = rows[WITHHELD] if WITHHELD in rows.columns else pd.Series(None, index=rows.index, dtype=object)
    return rows.assign(**{WITHHELD: before.mask(fewer & before.isna().to_numpy(), FEW)})


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
        A sum of squares or a Herfindahl index of fewer than ten, and what comes with it, is empty. In evidence the same
        is done to the criteria that are these figures. A column `withheld` says so of each such row.
    fewer
        Rows that lost or coarsened figures.

    Notes
    -----
    Jobs are whole numbers. Their sum and the effective number, which is the square of the sum over the sum of squares,
    leave one set of sizes for three establishments in three of four invented cells, and one of the establishments
    always finds out the others. Intervals and tests follow from the effective number.
    """
    if _criteria(rows):
        return _coarse_evidence(rows, contributors, minimum)
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
    return _with_few(told, fewer), fewer


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
