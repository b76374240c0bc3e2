"""Formulas of inequality on plain arrays: one row of weights, or many at once.

Values stand once, weights in the last axis of any number of axes before it, so that the same formula serves a
single figure and thousands of resamples. Values are 0 or more unless said otherwise; where the mean is 0, all is NaN.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message

Floats = npt.NDArray[np.float64]


def pairs(
    values: pd.Series, weights: pd.Series | None, *, negative: bool = False, stacklevel: int = 3
) -> tuple[Floats, Floats]:
    """
    Values and weights of the territories that count.

    Parameters
    ----------
    values
        Value of each territory; NaN is unknown.
    weights
        Weight of each territory; None weighs all the same. Territories of weight 0 are left out, also where their
        value is unknown.
    negative
        Whether values below 0 are allowed.
    stacklevel
        Of the warning that counts unknown values.

    Returns
    -------
    values, weights
        Arrays of the same length.

    Raises
    ------
    LayerError
        Values are infinite or negative, weights are negative or infinite.
    """
    x = values.to_numpy(np.float64)
    w = np.ones(len(x)) if weights is None else aligned(weights, values.index)
    problems = _problems(x, w, negative=negative)
    if problems:
        raise LayerError(problems)
    kept = w != 0
    x, w = x[kept], w[kept]
    unknown = int((np.isnan(x) | np.isnan(w)).sum())
    if unknown:
        text = message(
            "{number} of {all} territories have no value or no weight: the measure is undefined. Leave them out "
            "or give their figures.",
            number=unknown,
            all=len(x),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=stacklevel)
    return x, w


def aligned(weights: pd.Series, index: pd.Index) -> Floats:
    """Weights in the order of the territories; NaN where there is none."""
    if not weights.index.equals(index):
        if not (weights.index.is_unique and index.is_unique):
            raise LayerError(message("Values and weights cannot be matched: territories are repeated."))
        weights = weights.reindex(index)
    found: Floats = weights.to_numpy(np.float64)
    return found


def _problems(x: Floats, w: Floats, *, negative: bool) -> list[Message]:
    found: list[Message] = []
    below = 0 if negative else int((x < 0).sum())
    if below:
        text = message("{number} values are negative, for which the measure is not defined.", number=below)
        found.append(text)
    if np.isinf(x).any():
        found.append(message("{number} values are infinite.", number=int(np.isinf(x).sum())))
    wrong = int(((w < 0) | np.isinf(w)).sum())
    if wrong:
        found.append(message("{number} weights are negative or infinite.", number=wrong))
    return found


def shares(x: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Shares of the territories in all weights, and their values over the mean."""
    with np.errstate(divide="ignore", invalid="ignore"):
        part = w / w.sum(axis=-1, keepdims=True)
        mean = (part * x).sum(axis=-1, keepdims=True)
        return part, x / np.where(mean > 0, mean, np.nan)


def total(terms: Floats) -> Floats:
    """Sum over the territories; NaN, not 0, where there are none."""
    found: Floats = terms.sum(axis=-1) if terms.shape[-1] else np.full(terms.shape[:-1], np.nan)
    return found


def gini(x: Floats, w: Floats) -> Floats:
    """Half the mean absolute difference over the mean."""
    order = np.argsort(x, kind="stable")
    part, ratio = shares(x[order], w[..., order])
    below = np.cumsum(part, axis=-1)
    # Rounding must not make equality negative.
    return np.maximum(total(part * ratio * (2 * below - part - 1)), 0.0)


def pietra(x: Floats, w: Floats) -> Floats:
    """Share of everything that would have to move for all to have the mean."""
    part, ratio = shares(x, w)
    return total(part * np.abs(ratio - 1)) / 2


def theil_t(x: Floats, w: Floats) -> Floats:
    """Mean of r ln r, where r is the value over the mean."""
    part, ratio = shares(x, w)
    return np.maximum(total(part * special.xlogy(ratio, ratio)), 0.0)


def theil_l(x: Floats, w: Floats) -> Floats:
    """Mean of -ln r; NaN where a value is 0."""
    part, ratio = shares(x, w)
    logs = np.log(np.where(ratio > 0, ratio, np.nan))
    # A territory drawn no time has no part in the mean, whatever its value.
    return np.maximum(-total(np.where(part > 0, part * logs, 0.0 * part)), 0.0)


def atkinson(x: Floats, w: Floats, epsilon: float) -> Floats:
    """One less the equally distributed equivalent over the mean."""
    part, ratio = shares(x, w)
    if epsilon == 1:
        with np.errstate(divide="ignore"):
            logs = np.where(part > 0, part * np.log(ratio), 0.0 * part)
        limit: Floats = np.maximum(1 - np.exp(total(logs)), 0.0)
        return limit
    # Over the lowest, powers below 0 do not overflow.
    lowest = np.ones((*part.shape[:-1], 1))
    if epsilon > 1:
        lowest = np.where(part > 0, ratio, np.inf).min(axis=-1, keepdims=True, initial=np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = total(np.where(part > 0, part * (ratio / lowest) ** (1 - epsilon), 0.0 * part))
        equivalent = lowest[..., 0] * powers ** (1 / (1 - epsilon))
    saved: Floats = np.maximum(1 - np.where(lowest[..., 0] == 0, 0.0, equivalent), 0.0)
    return saved


def williamson(x: Floats, w: Floats) -> Floats:
    """Weighted standard deviation over the weighted mean; values may be negative if the mean is not."""
    part, ratio = shares(x, w)
    found: Floats = np.sqrt(total(part * (ratio - 1) ** 2))
    return found


def coulter(x: Floats, w: Floats) -> Floats:
    """Distance between shares in value and shares in weight."""
    part, ratio = shares(x, w)
    found: Floats = np.sqrt(total(part**2 * (ratio - 1) ** 2) / 2)
    return found


def variation(x: Floats, number: Floats) -> Floats:
    """Sample standard deviation over the mean of values of which each counts a number of times."""
    n = number.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = williamson(x, number) * np.sqrt(n / np.where(n > 1, n - 1, np.nan))
    return found


def between(index: str, group: npt.NDArray[np.intp], x: Floats, w: Floats) -> Floats:
    """Inequality if all territories of a group had its mean: Theil's T or L between groups numbered from 0."""
    part, ratio = shares(x, w)
    member = np.eye(int(group.max(initial=-1)) + 1)[group]
    weight, value = part @ member, np.where(part > 0, part * ratio, 0.0 * part) @ member
    return of_sums(index, weight, value)


def of_sums(index: str, weight: Floats, value: Floats) -> Floats:
    """Theil's T or L of groups given their shares in weight and in value."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(weight > 0, value / weight, 1.0)
    part = value if index == "t" else -weight
    logs = np.log(np.where(mean > 0, mean, np.nan))
    terms = np.where(part != 0, part * logs, 0.0 * part)
    return np.maximum(total(terms), 0.0)
