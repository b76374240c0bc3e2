"""What figures of clusters can be where something is not given: bounds, and what they decide."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from geoterritorio.identification.cluster_quotients import Sizes, summed

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.object_]

# What the figure is where only a bound of it is known, and decides.
AT_LEAST, AT_MOST = "at least this", "at most this"


def effective_between(sizes: Sizes, member: Floats) -> tuple[Floats, Floats]:
    r"""
    Least and most that the effective number of establishments can be.

    Parameters
    ----------
    sizes
        Jobs, and what is known of the establishments.
    member
        Sectors by groups, 1 for members.

    Returns
    -------
    low, high
        Territories by groups; NaN where the jobs are missing, infinite where nothing bounds them.

    Notes
    -----
    Of a sector with x jobs in n establishments the sum of squares lies between :math:`x^2 / n` (all alike) and
    :math:`x^2` (one has all). Where only establishments are known, n of them are one effective one or more, and n at
    most.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame([[300.0, 100.0]])
    >>> [b.round(2).tolist() for b in effective_between(Sizes(two, two / 50), np.ones((2, 1)))]
    [[[1.6]], [[8.0]]]
    """
    amount = sizes.amount.to_numpy(np.float64)
    total = summed(amount, member)
    if sizes.plants:
        return np.minimum(total, 1.0), total
    squares, plants = (
        np.full(amount.shape, np.nan) if t is None else t.to_numpy(np.float64)
        for t in (sizes.squares, sizes.establishments)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        alike = np.where(plants > 0, amount**2 / plants, np.where(np.isnan(amount), np.nan, 0.0))
        unseen = np.isnan(squares)
        ends = (np.where(unseen, bound, squares) for bound in (amount**2, alike))
        low, high = (total**2 / summed(end, member) for end in ends)
    return np.where(total == 0, 0.0, low), np.where(total == 0, 0.0, high)


def decided(low: Floats, high: Floats, threshold: float) -> tuple[Floats, Words]:
    """
    Figure that is at least, or below, a threshold whatever it is between its bounds.

    Parameters
    ----------
    low, high
        Bounds; NaN where there are none.
    threshold
        What the figure must reach.

    Returns
    -------
    figure, words
        The figure where it is known, else the bound that decides, else NaN; and which bound it is, else "".

    Examples
    --------
    >>> figure, words = decided(np.array([2.0, 6, 1, 1]), np.array([2.0, 9, 4, 9]), 5)
    >>> figure.tolist(), words.tolist()
    ([2.0, 6.0, 4.0, nan], ['', 'at least this', 'at most this', ''])
    """
    exact, over, under = low == high, low >= threshold, high < threshold
    figure: Floats = np.select([exact, over, under], [low, low, high], np.nan)
    words: Words = np.select([exact, over, under], ["", AT_LEAST, AT_MOST], "").astype(object)
    return figure, words


def adjusted(p: Floats) -> Floats:
    """
    p-values allowing for the number of tests (Benjamini-Hochberg).

    Parameters
    ----------
    p
        p-values in any shape; NaN where nothing was tested.

    Returns
    -------
    q
        Same shape.

    References
    ----------
    .. [1] Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal Statistical
       Society B 57, 289-300.

    Examples
    --------
    >>> adjusted(np.array([0.01, np.nan, 0.04])).tolist()
    [0.02, nan, 0.04]
    """
    found = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        found[tested] = stats.false_discovery_control(p[tested])
    return found
