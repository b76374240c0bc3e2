"""How rare and how diverse is what a territory can do? Complexity by eigenvector and by reflections."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import linalg

from geoterritorio.concentration._margins import OWN as OWN_SUMS
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration._part import diversity, part_of, ranked, ubiquity
from geoterritorio.concentration.relatedness import presence_of, unknown_territories
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.registry import Count, Level, Progress, no_progress

Floats = npt.NDArray[np.float64]
Method = Literal["eigen", "reflections"]
Scale = Literal["territories", "each"]

# Eigenvalues and correlations nearer than this are equal but for rounding.
_NEAR = 1e-9
# Two territories or sectors have a second eigenvalue, three a third.
_SECOND, _THIRD = 2, 3


@dataclass(frozen=True)
class Complexity:
    """
    Complexity of territories and sectors.

    Parameters
    ----------
    territories
        By territory: `diversity` (sectors present), `eci`, `rank` (1 the most complex), `reason` where `eci`
        is empty: empty (nothing present), unknown (withheld cells), apart (no sector shared with the
        largest group), alike (nothing tells the territories apart).
    sectors
        By sector: `ubiquity` (territories where present), `pci`, `rank`, `reason` where `pci` is empty.
    eigenvalues
        Second and third eigenvalue: the nearer to each other, the less the order is worth.
    method
        How it was computed.
    reference
        Name of the whole compared with.
    """

    territories: pd.DataFrame
    sectors: pd.DataFrame
    eigenvalues: tuple[float, float]
    method: Method
    reference: str


def complexity(
    counts: pd.DataFrame,
    *,
    method: Method = "eigen",
    iterations: Count = 18,
    scale: Scale = "territories",
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
) -> Complexity:
    r"""
    Complexity of territories and of sectors.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. A table of zeros and ones
        only is taken as a presence already; for another threshold than 1 give that of `presence`.
    method
        "eigen" solves at once what the "reflections" of [1]_ approach.
    iterations
        Number of reflections, even: odd ones measure something else. Not used by "eigen".
    scale
        "territories" puts the sectors on the scale of the territories, so that a territory's value is the
        mean of its sectors' values; "each" gives both mean 0 and deviation 1.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    complexity
        Values, ranks and eigenvalues.

    Raises
    ------
    LayerError
        The number of reflections is odd or below 2, cells are negative, or a territory or sector has no
        total.

    Notes
    -----
    With presence :math:`M`, diversity :math:`D = diag(M 1)` and ubiquity :math:`U = diag(M^T 1)`, the values
    of the territories are the eigenvector of the second largest eigenvalue of

    .. math:: D^{-1} M U^{-1} M^T

    and those of the sectors the means over the territories where they are present, up to scale. Both are
    found from one symmetric matrix. Values are centred and divided by the population deviation over the
    territories. The sign makes the correlation with diversity positive; sectors take theirs from the
    territories, never from ubiquity. A value says where a territory stands among those compared; it is not a
    test.

    Territories with unknown cells, and territories and sectors that share nothing with the largest connected
    group, are left out and counted in a warning. A sector with unknown cells has a part in the values of the
    known territories, but none of its own.

    References
    ----------
    .. [1] Hidalgo, C. A., Hausmann, R. (2009). The building blocks of economic complexity. Proceedings of the
       National Academy of Sciences 106, 10570-10575.
    .. [2] Hausmann, R., Hidalgo, C. A., Bustos, S., Coscia, M., Simoes, A., Yildirim, M. A. (2014). The Atlas
       of Economic Complexity. MIT Press.
    .. [3] Mealy, P., Farmer, J. D., Teytelboym, A. (2019). Interpreting economic complexity. Science Advances
       5, eaau1705.

    Examples
    --------
    >>> import pandas as pd
    >>> present = pd.DataFrame([[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 1]], index=list("ABC"), columns=list("wxyz"))
    >>> complexity(present).territories[["diversity", "eci", "rank"]].round(2)
       diversity   eci  rank
    A        3.0  0.86   1.0
    B        2.0  0.54   2.0
    C        2.0 -1.40   3.0
    """
    if method == "reflections" and (iterations < _SECOND or iterations % 2):
        raise LayerError(
            message(
                "iterations: {number} reflections; an even number from 2 on is needed.", number=iterations
            )
        )
    here = presence_of(counts, reference, totals)
    part = part_of(here, unknown_territories(here))
    eci, pci, values = _second(part.values)
    if method == "reflections" and not np.isnan(eci).any():
        eci, pci = _reflected(part.values, iterations)
    eci, pci = _standardised(eci, pci, part.values.sum(axis=1), scale)
    _warn_undecided(eci, values, part.values.sum(axis=1))
    return Complexity(
        ranked(here.index, {"diversity": diversity(here), "eci": part.by_territory(eci)}, part.row_reason),
        ranked(here.columns, {"ubiquity": ubiquity(here), "pci": part.by_sector(pci)}, part.column_reason),
        values,
        method,
        here.attrs.get("reference", OWN_SUMS),
    )


def complexity_interval(
    counts: pd.DataFrame,
    *,
    replicates: Count = 200,
    level: Level = 0.95,
    rng: int | np.random.Generator | None = None,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    r"""
    Interval of each territory's complexity and rank over resampled sectors.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. A table of zeros and ones
        only is taken as a presence already.
    replicates
        Number of times the sectors are resampled.
    level
        Level of the intervals, such as 0.95.
    rng
        Seed or generator of the draws.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    intervals
        By territory: `eci`, `low`, `high`, `rank`, `rank_low`, `rank_high`, `replicates` (those in which the
        territory has any sector and the sectors hold together). NaN where `complexity` has NaN.

    Raises
    ------
    LayerError
        There are no replicates, cells are negative, or a territory or sector has no total.

    Notes
    -----
    Sectors are drawn with replacement, as if the classification could have been cut otherwise; presence is
    not computed anew. Each replicate takes the sign in which it agrees with the whole table. The ends are
    percentiles. They say how much the order hangs on single sectors, not how well the counts are known.

    References
    ----------
    .. [1] Efron, B., Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> table = np.tril(np.ones((8, 8)))[:, ::-1]
    >>> found = complexity_interval(pd.DataFrame(table), replicates=50, rng=1)
    >>> bool((found["rank_low"] <= found["rank_high"]).all())
    True
    """
    if replicates < 1:
        raise LayerError(message("replicates: {number} samples give no interval.", number=replicates))
    here = presence_of(counts, reference, totals)
    part = part_of(here, unknown_territories(here))
    eci, pci, values = _second(part.values)
    eci, _ = _standardised(eci, pci, part.values.sum(axis=1), "territories")
    _warn_undecided(eci, values, part.values.sum(axis=1))
    draws = _resampled(part.values, eci, replicates, np.random.default_rng(rng), progress)
    ranks = pd.DataFrame(draws).rank(axis=1, ascending=False, method="min").to_numpy(np.float64)
    ends = ((1 - level) / 2, (1 + level) / 2)
    columns = {
        "eci": eci,
        **dict(zip(("low", "high"), _quantiles(draws, ends), strict=True)),
        "rank": pd.Series(eci).rank(ascending=False, method="min").to_numpy(np.float64),
        **dict(zip(("rank_low", "rank_high"), _quantiles(ranks, ends), strict=True)),
        "replicates": np.isfinite(draws).sum(axis=0).astype(np.float64),
    }
    table = {name: part.by_territory(values) for name, values in columns.items()}
    return pd.DataFrame(table, index=here.index)


def _second(values: Floats, weights: Floats | None = None) -> tuple[Floats, Floats, tuple[float, float]]:
    """Second eigenvector for rows and columns, unscaled, with the second and third eigenvalue."""
    w = np.ones(values.shape[1]) if weights is None else weights
    d, u = values @ w, values.sum(axis=0)
    a = values * np.sqrt(w / u) / np.sqrt(d)[:, None]
    by_rows = len(a) <= a.shape[1]
    square = a @ a.T if by_rows else a.T @ a
    n, none = len(square), (np.full(len(a), np.nan), np.full(a.shape[1], np.nan), (np.nan, np.nan))
    if n < _SECOND:
        return none
    found, vectors = linalg.eigh(square, subset_by_index=[max(n - _THIRD, 0), n - 1])
    second, third = float(found[-2]), float(max(found[-_THIRD], 0.0)) if n >= _THIRD else 0.0
    if second < _NEAR:
        return none
    k = (vectors[:, -2] if by_rows else a @ vectors[:, -2]) / np.sqrt(d)
    return k, values.T @ k / u / second, (second, third)


def _reflected(values: Floats, iterations: int) -> tuple[Floats, Floats]:
    """Even reflection of the territories and the odd one of the sectors of which it is the mean."""
    d, u = values.sum(axis=1), values.sum(axis=0)
    k, p = d, u
    for _ in range(iterations // 2):
        # The constant part carries no order and would drown the rest in rounding.
        k = k - k.mean()
        p = values.T @ k / u
        k = values @ p / d
    return k, p


def _standardised(eci: Floats, pci: Floats, d: Floats, scale: Scale) -> tuple[Floats, Floats]:
    """Mean 0, population deviation 1, and the sign of diversity."""
    if not len(eci) or np.isnan(eci).any():
        return eci, pci
    centre, spread = eci.mean(), eci.std()
    covariance = float((eci - centre) @ (d - d.mean()))
    if _undecided(eci, d):
        # Any fixed rule will do: the first territory that is not average stands above it.
        covariance = float((eci - centre)[np.argmax(np.abs(eci - centre) > _NEAR * spread)])
    spread = np.copysign(spread, covariance)
    eci, pci = (eci - centre) / spread, (pci - centre) / spread
    if scale == "each":
        pci = (pci - pci.mean()) / pci.std()
    return eci, pci


def _undecided(eci: Floats, d: Floats) -> bool:
    gaps, others = eci - eci.mean(), d - d.mean()
    return bool(abs(gaps @ others) <= _NEAR * np.sqrt((gaps @ gaps) * (others @ others)))


def _resampled(
    values: Floats, eci: Floats, replicates: int, rng: np.random.Generator, progress: Progress
) -> Floats:
    """Complexity of the territories in every replicate; NaN where a replicate says nothing of them."""
    draws = np.full((replicates, len(values)), np.nan)
    number = values.shape[1]
    if not number or np.isnan(eci).any():
        return draws
    for k in range(replicates):
        weights = rng.multinomial(number, np.full(number, 1 / number)).astype(np.float64)
        rows, columns = values @ weights > 0, weights > 0
        found, _, (second, _) = _second(values[np.ix_(rows, columns)], weights[columns])
        # An eigenvalue of one means that the replicate falls apart.
        if second < 1 - _NEAR and found.std() > 0:
            found = (found - found.mean()) / found.std()
            draws[k, rows] = np.copysign(1.0, found @ (eci[rows] - eci[rows].mean())) * found
        progress((k + 1) / replicates, mark("Resampling"))
    return draws


def _quantiles(draws: Floats, ends: tuple[float, float]) -> Floats:
    found = np.full((2, draws.shape[1]), np.nan)
    some = np.isfinite(draws).any(axis=0)
    if some.any():
        found[:, some] = np.nanquantile(draws[:, some], ends, axis=0)
    return found


def _warn_undecided(eci: Floats, values: tuple[float, float], d: Floats) -> None:
    second, third = values
    if not len(eci):
        return
    if np.isnan(eci).any():
        text = message(
            "{territories} territories: nothing tells them apart, and their complexity is undefined.",
            territories=len(eci),
        )
    elif second - third <= _NEAR * second:
        text = message(
            "The second and third eigenvalue are equal ({value}): the order of complexity is undetermined.",
            value=float(second),
        )
    elif _undecided(eci, d):
        text = message("Complexity and diversity are not correlated: the sign of complexity is arbitrary.")
    else:
        return
    warnings.warn(GeoterritorioWarning(text), stacklevel=3)
