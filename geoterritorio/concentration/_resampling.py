"""Bootstrap intervals of statistics of territories: which of them are drawn how often."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Ends = Literal["bca", "percentile"]
Random = int | np.random.Generator | None

# Numbers drawn at a time, which bounds memory.
_BLOCK = 4_000_000
# With fewer territories resampling says nothing.
_LEAST = 3


def intervals(
    statistic: Callable[[Floats], Floats], n: int, *, replicates: int, level: float, ends: Ends, rng: Random
) -> tuple[Floats, Floats]:
    """
    Ends of bootstrap intervals.

    Parameters
    ----------
    statistic
        Takes how often each territory counts, replicates by territories; returns replicates by figures.
    n
        Number of territories.
    replicates
        How often they are drawn.
    level
        Level of the intervals.
    ends
        "percentile" takes the percentiles of the replicates; "bca" corrects them for bias and acceleration.
    rng
        Generator of the draws or its seed.

    Returns
    -------
    low, high
        One end of each figure; NaN where it is undefined, or there are fewer than three territories.

    References
    ----------
    .. [1] Efron, B. (1987). Better bootstrap confidence intervals. Journal of the American Statistical Association
       82, 171-185.
    """
    found = statistic(np.ones((1, n)))[0]
    if n < _LEAST or replicates < 1:
        return np.full_like(found, np.nan), np.full_like(found, np.nan)
    generator = np.random.default_rng(rng)
    block = max(1, _BLOCK // n)
    sizes = [min(block, replicates - start) for start in range(0, replicates, block)]
    drawn = np.concatenate([statistic(multiplicities(n, size, generator)) for size in sizes])
    half = (1 - level) / 2
    wanted = np.broadcast_to([[half], [1 - half]], (2, len(found)))
    if ends == "bca":
        wanted = _corrected(found, drawn, _left_out(statistic, n, block), half)
    low, high = (
        np.array(
            [_quantile(drawn[:, k], row[k]) if known else np.nan for k, known in enumerate(~np.isnan(found))]
        )
        for row in wanted
    )
    return low, high


def multiplicities(n: int, size: int, rng: np.random.Generator) -> Floats:
    """How often each of n territories is among n drawn with replacement, for each of `size` replicates."""
    drawn = rng.integers(n, size=(size, n)) + n * np.arange(size)[:, None]
    return np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)


def _quantile(values: Floats, share: float) -> float:
    known = values[~np.isnan(values)]
    return float(np.quantile(known, share)) if len(known) else np.nan


def _left_out(statistic: Callable[[Floats], Floats], n: int, block: int) -> Floats:
    """Figures without each territory in turn."""
    rows = np.arange(n)
    pieces = []
    for start in range(0, n, block):
        some = rows[start : start + block]
        counts = np.ones((len(some), n))
        counts[np.arange(len(some)), some] = 0
        pieces.append(statistic(counts))
    return np.concatenate(pieces)


def _corrected(found: Floats, drawn: Floats, left: Floats, half: float) -> Floats:
    """Shares of the replicates at which the two ends lie."""
    bias = special.ndtri(_share_below(found, drawn))
    gaps = np.nan_to_num(left.mean(axis=0) - left)
    spread = (gaps**2).sum(axis=0) ** 1.5
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.where(spread > 0, (gaps**3).sum(axis=0) / (6 * spread), 0.0)
    z = special.ndtri(np.array([[half], [1 - half]])) + bias
    shares: Floats = special.ndtr(bias + z / (1 - skew * z))
    return shares


def _share_below(found: Floats, drawn: Floats) -> Floats:
    """Share of the replicates below the figure, never quite none or all."""
    known = np.maximum((~np.isnan(drawn)).sum(axis=0), 1)
    share = ((drawn < found) + 0.5 * (drawn == found)).sum(axis=0) / known
    below: Floats = np.clip(share, 0.5 / known, 1 - 0.5 / known)
    return below
