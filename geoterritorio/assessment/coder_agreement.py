"""How far several coders agree: Krippendorff's alpha, with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.amounts import amounts
from geoterritorio.registry import Count, Level

Floats = npt.NDArray[np.float64]
Metric = Literal["nominal", "ordinal", "interval"]
METRICS: tuple[Metric, ...] = get_args(Metric)
# Agreement needs two ratings of the same.
PAIR = 2
# Cells of the weights of draws that are in memory at once.
_CELLS = 10_000_000
# Share of the draws that may be without variation before the interval would speak of the others only.
_UNDEFINED = 0.05


@dataclass(frozen=True)
class Agreement:
    """
    Agreement of coders on one set of units.

    Parameters
    ----------
    alpha
        Krippendorff's alpha: 1 where all agree, 0 where they agree as by chance, below 0 where less; NaN where it is
        undefined.
    low, high
        Ends of its interval; NaN where there is none.
    units
        Units that two coders or more rated.
    ratings
        Ratings of those units.
    coders
        Coders of those ratings.
    reason
        Why alpha or its interval is missing, by the words of `cures.AGREEMENT`; empty where neither is.
    by_coder
        Each coder with the number of all units that he or she rated, in common or not.
    """

    alpha: float
    low: float
    high: float
    units: int
    ratings: int
    coders: int
    reason: str = ""
    by_coder: str = ""


def krippendorff_alpha(ratings: pd.DataFrame, *, metric: Metric = "ordinal") -> float:
    """
    Krippendorff's alpha, the agreement of coders beyond chance.

    Parameters
    ----------
    ratings
        Units (rows) by coders (columns); missing where a coder did not rate. Units rated once do not count.
    metric
        How two ratings differ: nominal (they do or not), ordinal (by the ratings between them), interval (by the
        square of their difference).

    Returns
    -------
    alpha
        1 where all agree, 0 as by chance, below 0 where less; NaN where no unit was rated twice, or where all ratings
        are the same, so that nothing could have been mistaken.

    Raises
    ------
    LayerError
        If ratings are no numbers.

    Notes
    -----
    alpha = 1 - (N - 1) sum o_ck d_ck / sum n_c n_k d_ck, with o the coincidences of all pairs of ratings of a unit,
    each weighted by one over the unit's ratings less one, n their margins and N their sum; d_ck is 0 or 1 (nominal),
    the squared number of ratings from the middle of c to the middle of k (ordinal), or the squared difference
    (interval).

    References
    ----------
    .. [1] Krippendorff, K. (2004). Content analysis: an introduction to its methodology (2nd ed.). Sage.
    .. [2] Hayes, A. F., Krippendorff, K. (2007). Answering the call for a standard reliability measure for coding data.
       Communication Methods and Measures 1(1), 77-89.

    Examples
    --------
    >>> ratings = pd.DataFrame({"A": [1, 2, 3, None], "B": [1, 2, 4, 4]})
    >>> round(krippendorff_alpha(ratings, metric="interval"), 3)
    0.878
    """
    pairs, values = _coincidences(_numbers(ratings))
    return float(_alphas(pairs.sum(axis=0)[None], values, metric)[0])


def agreement(
    ratings: pd.DataFrame,
    *,
    metric: Metric = "ordinal",
    least: Count = 15,
    draws: Count = 999,
    level: Level = 0.95,
    rng: int | np.random.Generator = 1,
) -> Agreement:
    """
    Krippendorff's alpha with a percentile interval, or why there is none.

    Parameters
    ----------
    ratings
        Units (rows) by coders (columns); missing where a coder did not rate.
    metric
        As for `krippendorff_alpha`.
    least
        Units rated by two coders or more that are enough; below the default, intervals hold the truth less often than
        they say (`docs/assessment.md`).
    draws
        Draws of the bootstrap; 0 gives no interval.
    level
        Level of the interval.
    rng
        Generator, or its seed.

    Returns
    -------
    agreement
        Alpha, interval, units, ratings, coders and reason.

    Raises
    ------
    LayerError
        If ratings are no numbers.

    Notes
    -----
    Units are drawn with replacement and alpha computed anew, with the margins of the draw: what one coder and another
    say of the same unit stays together. The interval is between the quantiles of the draws. Draws without variation
    have no alpha; where more than 5 % are such, there is no interval. It reads "if other units of the same kind had
    been rated by the same coders".

    References
    ----------
    .. [1] Zapf, A., Castell, S., Morawietz, L., Karch, A. (2016). Measuring inter-rater reliability for nominal data:
       which coefficients and confidence intervals are appropriate? BMC Medical Research Methodology 16, 93.

    Examples
    --------
    >>> found = agreement(pd.DataFrame({"A": [1, None], "B": [None, 2]}))
    >>> found.alpha, found.reason, found.by_coder
    (nan, 'nothing rated in common', 'A: 1; B: 1')
    """
    numbers = _numbers(ratings)
    known = ~np.isnan(numbers)
    common = known.sum(axis=1) >= PAIR
    coders = int(known[common].any(axis=0).sum())
    told: dict[str, Any] = {
        "units": int(common.sum()),
        "ratings": int(known[common].sum()),
        "coders": coders,
        "by_coder": "; ".join(
            f"{c}: {n}" for c, n in zip(ratings.columns, known.sum(axis=0), strict=True) if n
        ),
    }
    reason = _missing(known, told["units"], least)
    if reason:
        return Agreement(np.nan, np.nan, np.nan, **told, reason=reason)
    pairs, values = _coincidences(numbers)
    alpha = float(_alphas(pairs.sum(axis=0)[None], values, metric)[0])
    if np.isnan(alpha):
        return Agreement(np.nan, np.nan, np.nan, **told, reason="all ratings the same")
    low, high = _interval(pairs, values, metric, draws, level, np.random.default_rng(rng))
    return Agreement(
        alpha, low, high, **told, reason="too little variation" if draws and np.isnan(low) else ""
    )


def _missing(known: npt.NDArray[np.bool_], units: int, least: int) -> str:
    """Why there is nothing to compare; empty where there is enough."""
    if not known.any():
        return "nothing rated"
    if known.any(axis=0).sum() < PAIR:
        return "one coder"
    if not units:
        return "nothing rated in common"
    return "too few rated in common" if units < least else ""


def _numbers(ratings: pd.DataFrame) -> Floats:
    found: Floats = amounts(ratings, "ratings", signed=True).to_numpy(dtype=float)
    return found


def _coincidences(numbers: Floats) -> tuple[Floats, Floats]:
    """By unit rated twice or more, weighted pairs of ratings (units, values, values); and the values."""
    numbers = numbers[(~np.isnan(numbers)).sum(axis=1) >= PAIR]
    values, codes = np.unique(numbers[~np.isnan(numbers)], return_inverse=True)
    counts = np.zeros((len(numbers), len(values)))
    np.add.at(counts, (np.nonzero(~np.isnan(numbers))[0], codes), 1.0)
    pairs = counts[:, :, None] * counts[:, None, :]
    at = np.arange(len(values))
    pairs[:, at, at] -= counts
    pairs /= (counts.sum(axis=1) - 1)[:, None, None]
    return pairs, values


def _alphas(pairs: Floats, values: Floats, metric: Metric) -> Floats:
    """Alpha of each table of coincidences, shape (tables, values, values)."""
    margins = pairs.sum(axis=2)
    total = margins.sum(axis=1)
    apart = _distances(margins, values, metric)
    expected = np.einsum("tc,tk,tck->t", margins, margins, apart)
    observed = np.einsum("tck,tck->t", pairs, apart)
    defined = expected > 0
    alphas: Floats = np.full(len(pairs), np.nan)
    alphas[defined] = 1 - (total[defined] - 1) * observed[defined] / expected[defined]
    return alphas


def _distances(margins: Floats, values: Floats, metric: Metric) -> Floats:
    """Squared difference of each pair of values, by table; that of ordinal ones hangs on the margins."""
    if metric == "nominal":
        apart = (values[:, None] != values[None, :]).astype(float)[None]
    elif metric == "interval":
        apart = ((values[:, None] - values[None, :]) ** 2)[None]
    elif metric == "ordinal":
        middle = margins.cumsum(axis=1) - margins / 2
        return (middle[:, :, None] - middle[:, None, :]) ** 2
    else:
        raise LayerError(
            message(
                "metric: “{value}” is none of nominal, ordinal and interval. Use one of them.", value=metric
            )
        )
    spread: Floats = np.broadcast_to(apart, (len(margins), len(values), len(values)))
    return spread


def _interval(
    pairs: Floats, values: Floats, metric: Metric, draws: int, level: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Quantiles of alpha over draws of units; NaN where too many draws have none."""
    if not draws:
        return np.nan, np.nan
    units = len(pairs)
    flat = pairs.reshape(units, -1)
    step = max(1, _CELLS // units)
    found = []
    for start in range(0, draws, step):
        size = min(step, draws - start)
        weights = rng.multinomial(units, np.full(units, 1 / units), size=size).astype(float)
        found.append(_alphas((weights @ flat).reshape(size, *pairs.shape[1:]), values, metric))
    alphas = np.concatenate(found)
    if np.isnan(alphas).mean() > _UNDEFINED:
        return np.nan, np.nan
    tail = (1 - level) / 2
    low, high = np.nanquantile(alphas, [tail, 1 - tail])
    return float(low), float(high)
