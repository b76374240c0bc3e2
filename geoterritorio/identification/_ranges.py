"""Figures of which only bounds may be known: shares, quotients, excess jobs, and what is surely larger than what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Answers = npt.NDArray[np.int8]
NO, YES, OPEN, MOOT = 0, 1, -1, -2
# What differs by less is the same: sums of the same jobs in another order.
SAME = 1e-12


@dataclass(frozen=True)
class Range:
    """What a figure is at least and at most; both NaN where it is undefined."""

    low: Floats
    high: Floats

    def __getitem__(self, key: Any) -> Range:
        return Range(self.low[key], self.high[key])

    @property
    def exact(self) -> Flags:
        """Whether the figure is known."""
        known: Flags = self.low == self.high
        return known

    @property
    def value(self) -> Floats:
        """The figure where it is known, else NaN."""
        return np.where(self.exact, self.low, np.nan)


def point(value: npt.ArrayLike) -> Range:
    """Range of a known figure."""
    known = np.asarray(value, dtype=np.float64)
    return Range(known, known)


def counted(low: Floats, high: Floats, surely: Flags, perhaps: Flags) -> Range:
    """
    Sums over cells (last axis) that count surely, or perhaps.

    Parameters
    ----------
    low, high
        Bounds of the cells; the upper ones may be infinite.
    surely, perhaps
        Sums by cells: which belong to each sum whatever happens, and which may.

    Returns
    -------
    sums
        Bounds, with the sums as last axis.
    """
    unbounded = np.isinf(high)
    finite = np.where(unbounded, 0.0, high)
    most = finite @ perhaps.T.astype(np.float64)
    if unbounded.any():
        most = np.where(unbounded.astype(np.float64) @ perhaps.T.astype(np.float64) > 0, np.inf, most)
    return Range(low @ surely.T.astype(np.float64), most)


def share(part: Range, rest: Range) -> Range:
    """Share of a part in itself and the rest; undefined where there can be nothing of either."""
    nothing = (part.high == 0) & (rest.high == 0)
    low = _over(part.low, part.low + rest.high)
    with np.errstate(invalid="ignore"):
        high = np.where(np.isinf(part.high), 1.0, _over(part.high, part.high + rest.low))
    return Range(np.where(nothing, np.nan, low), np.where(nothing, np.nan, high))


def quotient(here: Range, whole: Range) -> Range:
    """Share here over share in the whole; undefined where the whole has none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(whole.high > 0, here.low / whole.high, np.nan)
        high = np.where(whole.low > 0, here.high / whole.low, np.where(here.high > 0, np.inf, 0.0))
    unknown = np.isnan(low) | np.isnan(here.high)
    return Range(np.where(unknown, np.nan, low), np.where(unknown, np.nan, high))


def opened(figures: Range, jobs: Range) -> Range:
    """Quotients of which those that are undefined, though there may be jobs, can be anything: the whole has none."""
    untold = np.isnan(figures.high) & (jobs.high > 0)
    return Range(np.where(untold, 0.0, figures.low), np.where(untold, np.inf, figures.high))


def excess(part: Range, rest: Range, whole: Range) -> Range:
    """Jobs above those that the share of the whole would give."""
    low = part.low * (1 - whole.high) - _times(rest.high, whole.high)
    high = _times(part.high, 1 - whole.low) - rest.low * whole.low
    return Range(low, high)


def larger(one: Range, other: Range, *, scale: npt.ArrayLike = 0.0, equal: bool = False) -> Answers:
    """
    Whether one figure is larger than another, whatever both are within their bounds.

    Parameters
    ----------
    one, other
        The figures.
    scale
        Size of the numbers they were made of, where they are differences of these.
    equal
        Whether the same is enough.

    Returns
    -------
    answers
        `YES`, `NO`, or `OPEN`, also where one is undefined.
    """
    with np.errstate(invalid="ignore"):
        same = SAME * np.maximum(
            np.asarray(scale), np.fmax(np.abs(_finite(one.high)), np.abs(_finite(other.high)))
        )
        if equal:
            yes, no = one.low >= other.high - same, one.high < other.low - same
        else:
            yes, no = one.low > other.high + same, one.high <= other.low + same
    answers: Answers = np.where(yes, YES, np.where(no, NO, OPEN)).astype(np.int8)
    return answers


def every(answers: Answers, axis: int = -1) -> Answers:
    """Yes if all are, no if one is, else open."""
    found: Answers = np.where(
        (answers == NO).any(axis=axis), NO, np.where((answers == YES).all(axis=axis), YES, OPEN)
    ).astype(np.int8)
    return found


def agreed(answers: Answers, asked: Flags) -> Answers:
    """What those asked (last axis) answer together; `MOOT` where none is asked."""
    yes = ((answers == YES) | ~asked).all(axis=-1)
    no = ((answers == NO) | ~asked).all(axis=-1)
    found = np.where(yes, YES, np.where(no, NO, OPEN))
    told: Answers = np.where(asked.any(axis=-1), found, MOOT).astype(np.int8)
    return told


def spread(figures: Range, asked: Flags) -> Range:
    """Bounds over those asked (last axis), undefined where none is."""
    low = np.where(asked, figures.low, np.inf).min(axis=-1)
    high = np.where(asked, figures.high, -np.inf).max(axis=-1)
    none = ~asked.any(axis=-1)
    return Range(np.where(none, np.nan, low), np.where(none, np.nan, high))


def _over(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)


def _times(one: Floats, other: Floats) -> Floats:
    """Product in which nothing of the infinite is nothing."""
    with np.errstate(invalid="ignore"):
        return np.where((one == 0) | (other == 0), 0.0, one * other)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, 0.0)
