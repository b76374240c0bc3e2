"""What chance would give: bands around a function of distance, tests, and where it leaves the band."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.errors import LayerError, message
from geoterritorio.patterns._bounds import wrong_word
from geoterritorio.registry import Level

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Convention = Literal["both_sides", "each_side"]
Test = Literal["dclf", "mad", "integral"]
Band = Literal["rank", "dropping"]
Scaling = Literal["none", "quantile", "studentised"]

# Of the scaling by quantiles: the two ends of the simulations.
_TAIL = 0.025
# Share of the functions that may be undefined at a distance that is tested.
_UNDEFINED = 0.05
# Differences as small as this beside the values are rounding.
_ROUNDING = 1e-12
# Columns of a band beside the value itself.
BAND = ("mean", "low", "high", "global_low", "global_high")


def envelope(
    observed: pd.Series,
    simulated: npt.ArrayLike,
    *,
    level: Level = 0.95,
    convention: Convention = "each_side",
    band: Band = "rank",
) -> pd.DataFrame:
    r"""
    Local and global bands of simulated functions around an observed one.

    Parameters
    ----------
    observed
        Values by distance.
    simulated
        Values of the simulations, simulations by distances; NaN where undefined.
    level
        Level of the bands.
    convention
        Whether the error is spent on both sides together, or on each side by itself (`PatternRules`).
    band
        How the global band is found: "rank" or "dropping", see Notes.

    Returns
    -------
    band
        By distance: `value`, `mean` of the simulations, `low` and `high` of the local band, `global_low` and
        `global_high`. NaN where no simulation is defined; all but `value` are NaN without simulations.

    Raises
    ------
    LayerError
        The simulations are not of the same distances, `level` is not between 0 and 1, or convention or band is no
        choice.

    Notes
    -----
    At each distance by itself the local band leaves out the error; a curve of chance leaves it somewhere far more
    often. The global band is left *anywhere* with the probability of the error.

    "rank": at each distance the curves are ranked from outside; the curve with the smallest ranks, compared one
    after the other, is the most extreme (extreme rank length). The band is the range of the curves that are left
    without the error's share of the most extreme, the observed one among them, so that a pattern of chance leaves it
    with exactly this probability, whatever the number of simulations.

    "dropping", as dbmss does: all simulations that are the largest or the smallest at some distance are dropped again
    and again until no more than the level are left; the band is their range, moved towards the range before the last
    step by the share of curves dropped too many. One step may drop many, so the band is too narrow with few
    simulations.

    With "each_side" the largest and the smallest are looked at apart.

    References
    ----------
    .. [1] Duranton, G., Overman, H. G. (2005). Testing for localization using micro-geographic data. Review of
       Economic Studies 72, 1077-1106.
    .. [2] Marcon, E., Traissac, S., Puech, F., Lang, G. (2015). Tools to characterize point patterns: dbmss for R.
       Journal of Statistical Software 67(3), 1-15.
    .. [3] Myllymäki, M., Mrkvička, T., Grabarnik, P., Seijo, H., Hahn, U. (2017). Global envelope tests for spatial
       processes. Journal of the Royal Statistical Society B 79, 381-404.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> observed = pd.Series([1.0, 3.5], index=pd.Index([0.0, 10.0], name="distance"))
    >>> simulated = np.random.default_rng(1).normal(1, 1, (999, 2))
    >>> envelope(observed, simulated).round(1)
              value  mean  low  high  global_low  global_high
    distance
    0.0         1.0   1.0 -0.6   2.7        -0.9          3.0
    10.0        3.5   1.0 -0.7   2.6        -1.0          3.0
    """
    curves = _checked(observed, simulated, level)
    words = wrong_word("band", band, get_args(Band)) + wrong_word(
        "convention", convention, get_args(Convention)
    )
    if words:
        raise LayerError(words)
    found = pd.DataFrame({"value": observed.to_numpy(np.float64)}, index=observed.index)
    if not len(curves):
        return found.assign(**dict.fromkeys(BAND, np.nan))
    error = 1 - level
    tail = error / 2 if convention == "both_sides" else error
    defined = np.isfinite(curves).any(axis=0)
    found["mean"], found["low"], found["high"] = np.full((3, len(found)), np.nan)
    if defined.any():
        found.loc[defined, "mean"] = np.nanmean(curves[:, defined], axis=0)
        found.loc[defined, "low"], found.loc[defined, "high"] = np.nanquantile(
            curves[:, defined], [tail, 1 - tail], axis=0
        )
    if band == "rank":
        # Where no simulation is defined the observed function is no more extreme than they are.
        curves = np.vstack([found["value"].where(defined), curves])
    inner = _ranked if band == "rank" else _dropped
    if convention == "both_sides":
        found["global_low"], found["global_high"] = inner(curves, error, low=True, high=True)
    else:
        found["global_low"] = inner(curves, error, low=True, high=False)[0]
        found["global_high"] = inner(curves, error, low=False, high=True)[1]
    return found


def _checked(observed: pd.Series, simulated: npt.ArrayLike, level: float) -> Floats:
    curves = np.atleast_2d(np.asarray(simulated, np.float64))
    curves = curves.reshape(0, len(observed)) if not curves.size else curves
    problems = []
    if curves.shape[1] != len(observed):
        problems.append(
            message(
                "The simulations have {number} distances, the observed function {count}.",
                number=curves.shape[1],
                count=len(observed),
            )
        )
    if not 0 < level < 1:
        problems.append(message("The level of a band is between 0 and 1, not {level}.", level=level))
    if problems:
        raise LayerError(problems)
    return curves


def _ranked(curves: Floats, error: float, *, low: bool, high: bool) -> tuple[Floats, Floats]:
    """Range of the curves that are left without the most extreme by the length of their extreme ranks."""
    number = len(curves)
    # Equal values are all as far inside as the innermost of them; what is undefined is inside.
    ranks = np.full(curves.shape, float(number))
    for wanted, side in ((low, curves), (high, -curves)):
        if wanted:
            inside = np.where(np.isnan(side), np.inf, side)
            ranks = np.minimum(ranks, stats.rankdata(inside, method="max", axis=0))
    order = np.lexsort(np.sort(ranks, axis=1).T[::-1])
    left_out = int(np.floor(error * number + 1e-9))
    return _range(curves[order[min(left_out, number - 1) :]])


def _dropped(curves: Floats, error: float, *, low: bool, high: bool) -> tuple[Floats, Floats]:
    """Range of the curves that are left when extreme ones are dropped, moved to what the level asks for."""
    total, kept = len(curves), curves
    target = (1 - error) * total
    now = before = _range(kept)
    while len(kept) > target:
        before = now
        extreme = np.zeros(len(kept), bool)
        if low:
            extreme[np.argmin(np.where(np.isnan(kept), np.inf, kept), axis=0)] = True
        if high:
            extreme[np.argmax(np.where(np.isnan(kept), -np.inf, kept), axis=0)] = True
        if extreme.all():
            break
        kept = kept[~extreme]
        now = _range(kept)
    missing = (target - len(kept)) / total
    least, most = (new + (old - new) * missing for new, old in zip(now, before, strict=True))
    return least, most


def _range(curves: Floats) -> tuple[Floats, Floats]:
    unknown = np.isnan(curves)
    none = unknown.all(axis=0)
    least = np.where(unknown, np.inf, curves).min(axis=0, initial=np.inf)
    most = np.where(unknown, -np.inf, curves).max(axis=0, initial=-np.inf)
    return np.where(none, np.nan, least), np.where(none, np.nan, most)


def goodness_of_fit(
    observed: pd.Series,
    simulated: npt.ArrayLike,
    *,
    test: Test = "dclf",
    scaling: Scaling = "none",
    start: float = 0.0,
    end: float = np.inf,
) -> float:
    r"""
    Probability that chance gives a function as far from its mean as the observed one.

    Parameters
    ----------
    observed
        Values by distance.
    simulated
        Values of the simulations, simulations by distances.
    test
        "dclf": the squared difference from the mean, summed over distances (Diggle, Cressie, Loosmore, Ford); "mad":
        the largest absolute difference; "integral": the sum of the differences, in absolute value.
    scaling
        Of the differences at each distance: none; "studentised", by their standard deviation; "quantile", by the
        distance from the mean to the 2.5 % or 97.5 % quantile on their side.
    start, end
        Distances between which the function is tested.

    Returns
    -------
    p
        No less than one over the simulations plus one; NaN without simulations, or where no distance is tested.

    Raises
    ------
    LayerError
        The simulations are not of the same distances, or test or scaling is no choice.

    Notes
    -----
    With :math:`T_0` the observed and :math:`T_1 \dots T_s` the simulated functions, and mean and scale taken over all
    of them,

    .. math:: u_i = \sum_r \left(\frac{T_i(r) - \bar T(r)}{\sigma(r)}\right)^2, \qquad
       p = \frac{\#\{i \ge 0: u_i \ge u_0\}}{s + 1}

    so that under chance p is exact whatever the function. Distances at which more than 5 % of the functions, the
    observed one among them, are undefined are left out (`used`); at the others what is undefined is as at the mean. As
    all functions are treated alike, p stays exact; the observed function, where it is undefined, shows nothing.
    Where all functions differ by rounding alone they are the same.

    References
    ----------
    .. [1] Loosmore, N. B., Ford, E. D. (2006). Statistical inference using the G or K point pattern spatial statistics.
       Ecology 87, 1925-1931.
    .. [2] Myllymäki, M., Grabarnik, P., Seijo, H., Stoyan, D. (2015). Deviation test construction and power comparison
       for marked spatial point patterns. Spatial Statistics 11, 19-34.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> simulated = np.random.default_rng(1).normal(1, 1, (999, 20))
    >>> observed = pd.Series(np.full(20, 2.5), index=np.arange(20.0))
    >>> goodness_of_fit(observed, simulated)
    0.001
    """
    curves = _checked(observed, simulated, 0.5)
    words = wrong_word("test", test, get_args(Test)) + wrong_word("scaling", scaling, get_args(Scaling))
    if words:
        raise LayerError(words)
    chosen = used(observed, curves, start=start, end=end)
    if not chosen.any():
        return float("nan")
    away = _away(np.vstack([observed.to_numpy(np.float64), curves])[:, chosen])
    away = away / _scale(away, scaling)
    if test == "mad":
        far = np.abs(away).max(axis=1)
    else:
        distance = observed.index.to_numpy(np.float64)[chosen]
        step = np.gradient(distance) if len(distance) > 1 else np.ones(1)
        far = (away**2) @ step if test == "dclf" else np.abs(away @ step)
    # Rounding must not tell equal curves apart.
    return float((far >= far[0] * (1 - 1e-9)).mean())


def used(observed: pd.Series, simulated: npt.ArrayLike, *, start: float = 0.0, end: float = np.inf) -> Flags:
    """
    Distances that `goodness_of_fit` tests.

    Parameters
    ----------
    observed
        Values by distance.
    simulated
        Values of the simulations, simulations by distances.
    start, end
        Distances between which the function is tested.

    Returns
    -------
    used
        One per distance: whether no more than 5 % of the functions are undefined there. None is where there are no
        simulations, or where the observed function is undefined at all of them.

    Raises
    ------
    LayerError
        The simulations are not of the same distances.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> simulated = np.ones((39, 3))
    >>> simulated[:5, 0], simulated[0, 1] = np.nan, np.nan
    >>> used(pd.Series([1.0, 1.0, 1.0]), simulated).tolist()
    [False, True, True]
    """
    curves = _checked(observed, simulated, 0.5)
    distance, value = observed.index.to_numpy(np.float64), observed.to_numpy(np.float64)
    if not len(curves):
        return np.zeros(len(value), dtype=bool)
    undefined = ~np.isfinite(np.vstack([value, curves]))
    found: Flags = (distance >= start) & (distance <= end) & (undefined.mean(axis=0) <= _UNDEFINED)
    return found & bool((found & np.isfinite(value)).any())


def _away(curves: Floats) -> Floats:
    """Differences from the mean; none of what is undefined, and none of what is rounding."""
    known = np.where(np.isfinite(curves), curves, np.nan)
    away: Floats = np.nan_to_num(known - np.nanmean(known, axis=0))
    away[:, away.std(axis=0) <= _ROUNDING * np.nanmax(np.abs(known), axis=0)] = 0.0
    return away


def _scale(away: Floats, scaling: Scaling) -> Floats:
    if scaling == "none":
        return np.ones_like(away)
    if scaling == "studentised":
        spread = np.broadcast_to(away.std(axis=0), away.shape)
    else:
        low, high = np.quantile(away, [_TAIL, 1 - _TAIL], axis=0)
        spread = np.where(away < 0, -low, high)
    rounding = _ROUNDING * np.abs(away).max(axis=0)
    return np.where(spread > rounding, spread, 1.0)


def localisation(band: pd.DataFrame) -> pd.DataFrame:
    r"""
    How far a function leaves its global band, by distance.

    Parameters
    ----------
    band
        Result of `envelope`.

    Returns
    -------
    indices
        By distance: `gamma`, what is above the band, and `psi`, what is below it where nothing is above anywhere; NaN
        where value or band are undefined.

    Notes
    -----
    .. math:: \Gamma(d) = \max(K(d) - \bar K(d), 0), \qquad
       \Psi(d) = \max(\underline K(d) - K(d), 0) \text{ if } \Gamma(d) = 0 \text{ for all } d

    A sector with :math:`\Gamma > 0` at some distance is localised, one with :math:`\Psi > 0` dispersed. Being too
    much at some distances a density must be too little at others, so only a sector that is nowhere localised can be
    dispersed.

    References
    ----------
    .. [1] Duranton, G., Overman, H. G. (2005). Testing for localization using micro-geographic data. Review of
       Economic Studies 72, 1077-1106.

    Examples
    --------
    >>> import pandas as pd
    >>> band = pd.DataFrame({"value": [3.0, 1.0], "global_low": [0.5, 1.5], "global_high": [2.0, 2.5]})
    >>> localisation(band)
       gamma  psi
    0    1.0  0.0
    1    0.0  0.0
    """
    above = (band["value"] - band["global_high"]).clip(lower=0)
    below = (band["global_low"] - band["value"]).clip(lower=0)
    return pd.DataFrame({"gamma": above, "psi": below * 0 if (above > 0).any() else below})


def ranges(indices: pd.Series) -> list[tuple[float, float]]:
    """
    Runs of distances at which an index is positive.

    Parameters
    ----------
    indices
        Gamma or psi by distance.

    Returns
    -------
    runs
        First and last distance of each run.

    Examples
    --------
    >>> import pandas as pd
    >>> ranges(pd.Series([0.0, 1.0, 2.0, 0.0, 1.0], index=[0.0, 5.0, 10.0, 15.0, 20.0]))
    [(5.0, 10.0), (20.0, 20.0)]
    """
    inside = np.concatenate([[False], (indices > 0).to_numpy(), [False]])
    turns = np.flatnonzero(np.diff(inside.astype(np.int8)))
    distance = indices.index.to_numpy(np.float64)
    return [
        (float(distance[a]), float(distance[b - 1])) for a, b in zip(turns[::2], turns[1::2], strict=True)
    ]


def adjusted(p: pd.Series) -> pd.Series:
    """q-values of the p-values that are known (Benjamini-Hochberg), in their places."""
    q = p.astype(float).copy()
    known = q.notna()
    q[known] = stats.false_discovery_control(q[known]) if known.any() else q[known]
    return q
