"""Which territories are most alike: distances over chosen indicators, each on the same footing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial.distance import cdist
from scipy.stats import median_abs_deviation

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.amounts import amounts
from geoterritorio.layers.findings import listing

Floats = npt.NDArray[np.float64]
Distance = Literal["standardised", "robust", "mahalanobis"]

# Territories whose distances are held at once, and digits beyond which distances are ties.
_BLOCK, _DIGITS = 512, 9
# One alone has no other to be like.
_LEAST = 2


def similar_peers(
    values: pd.DataFrame,
    *,
    number: int = 10,
    distance: Distance = "standardised",
    match: Sequence[str] | None = None,
) -> pd.DataFrame:
    r"""
    Territories most similar to each territory.

    Parameters
    ----------
    values
        Territories by indicators.
    number
        How many of them.
    distance
        "standardised": Euclidean distance of deviations from the mean in standard deviations; "robust": from the median
        in median absolute deviations; "mahalanobis": standardised, and what indicators have in common counts once.
    match
        Indicators by which they are matched; by default all.

    Returns
    -------
    peers
        One row per territory and peer, the nearest first: `territory`, `peer`, `order`, `distance`.

    Raises
    ------
    LayerError
        If indicators are unknown, or nothing is left to match by.

    Notes
    -----
    :math:`d_{ab} = \sqrt{\sum_k ((x_{ak} - x_{bk}) / s_k)^2}`; Mahalanobis with the inverse of the correlations, or
    their pseudo-inverse where indicators repeat each other. A deviation of 0 that is not constant is replaced by the
    standard deviation. A territory without one of the indicators has no similar peers and is nobody's; an indicator
    that is the same everywhere tells nothing. Both are said. Ties go by identifier.

    References
    ----------
    .. [1] Mahalanobis, P. C. (1936). On the generalised distance in statistics. Proceedings of the National Institute
       of Sciences of India 2, 49-55.

    Examples
    --------
    >>> table = pd.DataFrame({"x": [0.0, 1, 5], "y": [0.0, 1, 5]}, index=["A", "B", "C"])
    >>> similar_peers(table, number=1)[["territory", "peer"]].values.tolist()
    [['A', 'B'], ['B', 'A'], ['C', 'B']]
    """
    table = _matched(values, match).sort_index()
    points = scaled(table, distance)
    names = table.index.to_numpy()
    number = min(number, max(len(names) - 1, 0))
    parts = list(_nearest(points, number))
    near = np.concatenate([p[0] for p in parts]) if parts else np.empty((0, 0), dtype=np.int64)
    far = np.concatenate([p[1] for p in parts]) if parts else np.empty((0, 0))
    return pd.DataFrame(
        {
            "territory": np.repeat(names, number),
            "peer": names[near.ravel()],
            "order": np.tile(np.arange(1, number + 1), len(names)),
            "distance": far.ravel(),
        }
    )


def _nearest(points: Floats, number: int) -> Iterator[tuple[npt.NDArray[np.int64], Floats]]:
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK]
        far = np.round(cdist(block, points), _DIGITS)
        far[np.arange(len(block)), np.arange(start, start + len(block))] = np.inf
        near = np.argsort(far, axis=1, kind="stable")[:, :number]
        yield near, np.take_along_axis(far, near, axis=1)


def scaled(table: pd.DataFrame, distance: Distance) -> Floats:
    """
    Indicators on the same footing: Euclidean distances between the rows are those asked for.

    Parameters
    ----------
    table
        Territories by indicators without gaps, none of them constant.
    distance
        Which distance.

    Returns
    -------
    points
        Territories by coordinates.
    """
    raw = table.to_numpy(dtype=np.float64)
    spread = raw.std(axis=0, ddof=1)
    if distance == "robust":
        robust = median_abs_deviation(raw, axis=0, scale="normal")
        points: Floats = (raw - np.median(raw, axis=0)) / np.where(robust > 0, robust, spread)
        return points
    points = (raw - raw.mean(axis=0)) / spread
    if distance == "standardised":
        return points
    # With coordinates along the axes of the correlations; those without any spread are what indicators repeat.
    sizes, axes = np.linalg.eigh(points.T @ points / (len(points) - 1))
    held = sizes > sizes.max() * len(sizes) * np.finfo(float).eps * 100
    turned: Floats = points @ axes[:, held] / np.sqrt(sizes[held])
    return turned


def _matched(values: pd.DataFrame, match: Sequence[str] | None) -> pd.DataFrame:
    """Indicators and territories that can be matched; says what cannot."""
    wanted = list(values.columns) if match is None else list(dict.fromkeys(match))
    strange = [m for m in wanted if m not in values.columns]
    if strange:
        raise LayerError(
            message(
                "match: {values}: there is no such indicator. There are: {known}.",
                values=listing(strange),
                known=listing(sorted(map(str, values.columns))),
            )
        )
    table = amounts(values[wanted], "indicators", signed=True)
    whole = table.notna().all(axis=1)
    if int(whole.sum()) < _LEAST:
        raise LayerError(
            message(
                "match: fewer than two territories have all {count} indicators; {worst} lacks most. Match by others, "
                "or name the peers.",
                count=len(wanted),
                worst=str(table.isna().sum().idxmax()) if len(wanted) else "–",
            )
        )
    if not whole.all():
        text = message(
            "match: {count} territories lack an indicator to be matched by, so they have no similar peers and are "
            "nobody's: {values}.",
            count=int((~whole).sum()),
            values=listing(sorted(map(str, table.index[~whole]))),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
    return _differing(table[whole])


def _differing(table: pd.DataFrame) -> pd.DataFrame:
    """Indicators that are not the same everywhere."""
    same = table.max() == table.min()
    if same.all():
        raise LayerError(
            message(
                "match: all {count} indicators are the same in every territory, so none is more similar than another. "
                "Match by others, or name the peers.",
                count=table.shape[1],
            )
        )
    if same.any():
        text = message(
            "match: {values}: the same in every territory, and left out of the matching.",
            values=listing(sorted(map(str, table.columns[same]))),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)
    return table.loc[:, ~same]
