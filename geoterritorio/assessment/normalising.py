"""Indicators of any unit made comparable: ranks, deviations, ranges, distances from a goal."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.assessment._ranking import row_ranks
from geoterritorio.errors import LayerError, message
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.schema import DIRECTIONS

Floats = npt.NDArray[np.float64]
Normalisation = Literal["percentile", "zscore", "minmax", "reference"]
NORMALISATIONS: tuple[Normalisation, ...] = get_args(Normalisation)
HIGHER, LOWER = DIRECTIONS


def normalised(
    values: pd.DataFrame,
    *,
    method: Normalisation = "percentile",
    lower_is_better: pd.Series | None = None,
    goal: pd.Series | None = None,
) -> pd.DataFrame:
    r"""
    Indicators on one scale, on which more is better.

    Parameters
    ----------
    values
        Territories by indicators; NaN where missing.
    method
        percentile (place among the territories), zscore (standard deviations from their mean), minmax (part of the way
        from the worst to the best of them) or reference (distance from the goal, as a share of it).
    lower_is_better
        By indicator, whether less is better; by default nowhere.
    goal
        By indicator, the figure of the whole or the target; for the method reference.

    Returns
    -------
    normalised
        As `values`; NaN where a figure is missing, an indicator is the same everywhere (but for reference), or there is
        no goal.

    Raises
    ------
    LayerError
        Figures are texts or infinite, or the method is unknown.

    Notes
    -----
    With n territories that have a figure, their mean m and standard deviation s (divided by n), of an indicator of
    which more is better:

    .. math::
        p_r = \frac{\#\{x_q < x_r\} + \tfrac12 \#\{x_q = x_r\}}{n}, \qquad z_r = \frac{x_r - m}{s}, \qquad
        u_r = \frac{x_r - \min x}{\max x - \min x}, \qquad d_r = \frac{x_r - g}{|g|}

    Where less is better they are 1 - p, -z, 1 - u and -d. Percentiles do not change when an indicator is put on another
    scale that keeps the order, such as logarithms; the others do. z and u follow extreme figures, u most: one of them
    moves everyone else. What is the same everywhere tells no territory from another.

    References
    ----------
    .. [1] OECD, JRC (2008). Handbook on Constructing Composite Indicators: Methodology and User Guide. Paris: OECD
       Publishing, chapter 1.5.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"rate": [1.0, 2, 3, 10]}, index=list("ABCD"))
    >>> normalised(table)["rate"].tolist()
    [0.125, 0.375, 0.625, 0.875]
    >>> normalised(table, method="minmax")["rate"].round(2).tolist()
    [0.0, 0.11, 0.22, 1.0]
    """
    if method not in NORMALISATIONS:
        raise LayerError(
            message("normalise: “{value}” is none of {known}.", value=method, known=", ".join(NORMALISATIONS))
        )
    table = amounts(values, "indicators", signed=True)
    worse = pd.Series(data=False, index=table.columns) if lower_is_better is None else lower_is_better
    goals = pd.Series(np.nan, index=table.columns) if goal is None else goal
    columns = {
        name: on_scale(
            table[name].to_numpy(np.float64), method, lower=bool(worse[name]), goal=float(goals[name])
        )
        for name in table.columns
    }
    return pd.DataFrame(columns, index=table.index, columns=table.columns)


def on_scale(figures: Floats, method: Normalisation, *, lower: bool = False, goal: float = np.nan) -> Floats:
    """One indicator over its last axis on the scale of the method; what is missing is so in all rows."""
    found = np.full(figures.shape, np.nan)
    known = ~np.isnan(figures.reshape(-1, figures.shape[-1])[:1]).squeeze(0)
    told = figures if known.all() else figures[..., known]
    if not told.size:
        return found
    if method == "reference":
        away = (told - goal) / abs(goal) if goal else np.full(told.shape, np.nan)
        found[..., known] = -away if lower else away
        return found
    scaled = _among(told, method)
    if lower:
        scaled = -scaled if method == "zscore" else 1 - scaled
    found[..., known] = scaled
    found[_same(told)] = np.nan
    return found


def _same(told: Floats) -> npt.NDArray[np.bool_]:
    """Rows of equal figures; mostly the first and the last differ already."""
    rows = told.reshape(-1, told.shape[-1])
    same: npt.NDArray[np.bool_] = rows[:, 0] == rows[:, -1]
    if same.any():
        same[same] = rows[same].max(axis=1) == rows[same].min(axis=1)
    return same.reshape(told.shape[:-1])


def _among(told: Floats, method: Normalisation) -> Floats:
    """Figures placed among each other."""
    if method == "percentile":
        ranks: Floats = (row_ranks(told, average=True) - 0.5) / told.shape[-1]
        return ranks
    if method == "zscore":
        away, unit = told - told.mean(axis=-1, keepdims=True), told.std(axis=-1, keepdims=True)
    else:
        away, unit = told - told.min(axis=-1, keepdims=True), np.ptp(told, axis=-1, keepdims=True)
    scaled: Floats = np.divide(away, unit, out=np.full(told.shape, np.nan), where=unit > 0)
    return scaled
