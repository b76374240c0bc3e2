"""Counts of establishments: limits and tests given the smaller of the two totals.

Given the sector's total T, the cell is binomial with the territory's share of the sector; given the
territory's total n, with the sector's share of the territory. Either leaves a factor out of the variance of
ln LQ: 1 - X/n the first, 1 - X/T the second. Given the smaller total, the larger factor is in, and what is
left out is X over the larger total; which one is smaller does not depend on the cell.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

Floats = npt.NDArray[np.float64]

_STEPS = 12
_PRECISION = 1e-10
_MIDDLE = 0.5


def limits(x: Floats, size: Floats, *, level: float, exact: bool) -> tuple[Floats, Floats]:
    """
    Limits of a binomial share from `x` of `size`, computed once per distinct pair.

    At 0 (and at `size`) the limit that remains has the whole error on its side.
    """
    back, pairs = pd.factorize(x + 1j * size)
    x, size = pairs.real, pairs.imag
    tail = np.where((x == 0) | (x == size), 1 - level, (1 - level) / 2)
    if exact:
        low = special.betaincinv(np.maximum(x, 1), size - np.maximum(x, 1) + 1, tail)
        high = special.betaincinv(np.minimum(x, size - 1) + 1, np.maximum(size - x, 1), 1 - tail)
    else:
        # Half of the outcome itself makes the whole error at the ends the same as half of it elsewhere.
        half = np.full(len(x), (1 - level) / 2)
        low, high = _middle_limit(x, size, half), _middle_limit(x, size, 1 - half)
    low, high = np.where(x > 0, low, 0.0), np.where(x < size, high, 1.0)
    return low[back], high[back]


def p_values(x: Floats, size: Floats, share: Floats, *, exact: bool) -> Floats:
    """Twice the smaller tail of a binomial share; at 0 and at `size` the one tail there is."""
    above = x > size * share
    # The lower tail is the upper tail of the failures.
    tail = np.empty(len(x))
    zero = x == 0
    tail[zero] = 0.5 * np.exp(size[zero] * np.log1p(-np.minimum(share[zero], 1 - 1e-16)))
    rest = ~zero
    y = np.where(above, x, size - x)[rest]
    chance = np.where(above, share, 1 - share)[rest]
    reached, beyond = _tails(y, size[rest], chance)
    tail[rest] = np.where(exact & (y < size[rest]), reached, (reached + beyond) / 2)
    return np.minimum(2 * tail, 1.0)


def _tails(x: Floats, size: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Chance of at least `x`, and of more than `x`."""
    reached = np.where(x > 0, special.betainc(np.maximum(x, 0.5), size - x + 1, share), 1.0)
    beyond = np.where(x < size, special.betainc(x + 1, np.maximum(size - x, 0.5), share), 0.0)
    return reached, beyond


def _middle_limit(x: Floats, size: Floats, target: Floats) -> Floats:
    """Share at which the chance of more than `x` and half the chance of `x` make `target`."""
    goal = special.ndtri(target)
    # The limit of a Jeffreys prior is near; Newton's steps on logit and probit scales finish.
    share = np.clip(special.betaincinv(x + 0.5, size - x + 0.5, target), 1e-12, 1 - 1e-12)
    logit = special.logit(share)
    open_ = np.flatnonzero(np.where(target > _MIDDLE, x < size, x > 0))
    for _ in range(_STEPS):
        if not len(open_):
            break
        a, m, s = x[open_], size[open_], special.expit(logit[open_])
        reached, beyond = _tails(a, m, s)
        z = special.ndtri(np.clip((reached + beyond) / 2, 1e-300, 1 - 1e-16))
        slope = (reached - beyond) * (a * (1 - s) + (m - a) * s) / 2
        step = (goal[open_] - z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi) / np.maximum(slope, 1e-300)
        step = np.clip(step, -2, 2)
        logit[open_] += step
        open_ = open_[np.abs(step) > _PRECISION]
    found: Floats = special.expit(logit)
    return found


def benjamini_hochberg(p: Floats, *, any_dependence: bool = False) -> Floats:
    """
    Adjusted p-values, NaN left out of the family; with `any_dependence` those of Benjamini and Yekutieli.

    References
    ----------
    .. [1] Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
       Statistical Society B 57, 289-300.
    .. [2] Benjamini, Y., Yekutieli, D. (2001). The control of the false discovery rate in multiple testing
       under dependency. Annals of Statistics 29, 1165-1188.
    """
    q = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested], method="by" if any_dependence else "bh")
    return q
