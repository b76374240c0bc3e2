"""The location quotient and its family: how over-represented is a sector in a territory?"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special, stats

from geoterritorio.concentration._margins import Whole, like, margins
from geoterritorio.errors import GeoterritorioWarning, message
from geoterritorio.registry import Share

Floats = npt.NDArray[np.float64]
Transform = Literal["none", "log"]

# Up to this many territories the Shapiro-Wilk test holds; beyond, D'Agostino and Pearson's serves.
_SHAPIRO_LIMIT = 5000
# The test needs three values, a spread two.
_SHAPIRO_LEAST = 3
_SPREAD_LEAST = 2
_ROUNDING = 8 * float(np.finfo(float).eps)


def location_quotient(
    counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None, totals: pd.Series | None = None
) -> pd.DataFrame:
    r"""
    Location quotient of each territory and sector.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    quotients
        Frame like `counts`; NaN where the cell is, where the territory has nothing or the sector exists
        nowhere. `attrs["reference"]` names the whole.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: LQ_{ri} = \frac{x_{ri} / n_r}{T_i / N}

    1 means the share of the sector here is its share in the whole; the quotient weighted by the shares of the
    territories averages 1. It grows without bound in small territories: see `location_quotient_interval`.

    References
    ----------
    .. [1] Isard, W. (1960). Methods of Regional Analysis. MIT Press.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> location_quotient(counts).round(3)
          10     62
    A  1.875  0.417
    B  0.417  1.389
    """
    sums = margins(counts, reference, totals)
    return like(sums.quotient(), counts, sums)


def additive_location_quotient(
    counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None, totals: pd.Series | None = None
) -> pd.DataFrame:
    r"""
    Difference between a territory's share of a sector and its share of everything.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    differences
        Frame like `counts`, between -1 and 1; 0 where the location quotient is 1.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: A_{ri} = \frac{x_{ri}}{T_i} - \frac{n_r}{N}

    References
    ----------
    .. [1] Hoen, A. R., Oosterhaven, J. (2006). On the measurement of comparative advantage. Annals of
       Regional Science 40, 677-691.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> additive_location_quotient(counts).round(3)
         10     62
    A  0.35 -0.233
    B -0.35  0.233
    """
    sums = margins(counts, reference, totals)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = sums.cells / np.where(sums.sector > 0, sums.sector, np.nan)
        return like(shares - np.where(sums.territory > 0, sums.territory, np.nan) / sums.total, counts, sums)


def symmetric_location_quotient(
    counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None, totals: pd.Series | None = None
) -> pd.DataFrame:
    r"""
    Location quotient brought to the range from -1 to 1.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    quotients
        Frame like `counts`; -1 where the sector is absent, 0 where the location quotient is 1.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: S_{ri} = \frac{LQ_{ri} - 1}{LQ_{ri} + 1}

    References
    ----------
    .. [1] Dalum, B., Laursen, K., Villumsen, G. (1998). Structural change in OECD export specialisation
       patterns. International Review of Applied Economics 12, 423-443.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> symmetric_location_quotient(counts).round(3)
          10     62
    A  0.304 -0.412
    B -0.412  0.163
    """
    sums = margins(counts, reference, totals)
    quotients = sums.quotient()
    return like((quotients - 1) / (quotients + 1), counts, sums)


def excess_employment(
    counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None, totals: pd.Series | None = None
) -> pd.DataFrame:
    r"""
    Jobs (or establishments) above what the shares of the whole would give.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    excess
        Frame like `counts`, in its unit; positive exactly where the location quotient exceeds 1.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: HC_{ri} = x_{ri} - n_r T_i / N

    Also known as the horizontal cluster and as the prevalence index: the location quotient in absolute value.

    References
    ----------
    .. [1] Fingleton, B., Igliori, D., Moore, B. (2004). Employment growth of small high-technology firms and
       the role of horizontal clustering. Urban Studies 41, 773-799.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> excess_employment(counts)
         10    62
    A  14.0 -14.0
    B -14.0  14.0
    """
    sums = margins(counts, reference, totals)
    expected = sums.expected()
    excess = sums.cells - expected
    # A cell that is as expected differs by what rounding leaves.
    excess[np.abs(excess) <= _ROUNDING * expected] = 0.0
    return like(excess, counts, sums)


def standardised_location_quotient(
    counts: pd.DataFrame,
    *,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
    transform: Transform = "none",
) -> pd.DataFrame:
    r"""
    Location quotient in standard deviations from its sector's mean over the territories.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.
    transform
        "log" standardises the logarithm of the quotient, for sectors whose quotients are skewed. Zeros have
        none: they become NaN, stay out of mean and deviation, and are counted in a warning.

    Returns
    -------
    scores
        Frame like `counts`; NaN in sectors with fewer than two different quotients.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: z_{ri} = \frac{LQ_{ri} - \overline{LQ}_i}{s_i}

    with the sample deviation (divisor n-1) of the sector's quotients over the territories. Under normality
    1.65 marks the highest 5 %; `agglomeration_cutoffs` tests that and gives a cut-off that does not need it.

    References
    ----------
    .. [1] O'Donoghue, D., Gleave, B. (2004). A note on methods for measuring industrial agglomeration.
       Regional Studies 38, 419-427.
    .. [2] Tian, Z. (2013). Measuring agglomeration using the standardized location quotient with a bootstrap
       method. Journal of Regional Analysis and Policy 43, 186-197.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0, 10.0], "62": [10.0, 50.0, 20.0]}, index=["A", "B", "C"])
    >>> standardised_location_quotient(counts).round(2)
         10    62
    A  1.11 -1.11
    B -0.83  0.83
    C -0.28  0.28
    """
    sums = margins(counts, reference, totals)
    quotients = sums.quotient()
    if transform == "log":
        zeros = int((quotients == 0).sum())
        if zeros:
            warnings.warn(
                GeoterritorioWarning(
                    message(
                        "{number} location quotients are 0, without logarithm: their scores are undefined.",
                        number=zeros,
                    )
                ),
                stacklevel=2,
            )
    return like(_scores(_transformed(quotients, transform)), counts, sums)


def agglomeration_cutoffs(
    counts: pd.DataFrame,
    *,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
    transform: Transform = "none",
    level: Share = 0.95,
) -> pd.DataFrame:
    r"""
    Cut-off of the standardised location quotient above which a sector counts as agglomerated.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.
    transform
        As given to `standardised_location_quotient`.
    level
        Share of the territories below the cut-off.

    Returns
    -------
    cutoffs
        One row per sector: `territories` used, `zeros` left out by the logarithm, `normality` (p-value of the
        Shapiro-Wilk test; of D'Agostino and Pearson's beyond 5000 territories), `normal` (cut-off if normal),
        `cutoff` (mean of the bootstrap) and its 95 % interval `low`, `high`.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    The cut-off ranks territories; it tests nothing about the establishments. Some territory is always the highest: with
    few of them one is above the cut-off in nearly every sector, though all differences be chance.
    `location_quotient_interval` tests.

    The territories of a sector are resampled and the score of rank :math:`k = \lceil level \cdot n \rceil` is
    taken. The law of that score over all resamples is known in closed form, so nothing is drawn:

    .. math:: P(z^*_{(k)} \le z_{(j)}) = I_{j/n}(k,\, n - k + 1)

    References
    ----------
    .. [1] Tian, Z. (2013). Measuring agglomeration using the standardized location quotient with a bootstrap
       method. Journal of Regional Analysis and Policy 43, 186-197.
    .. [2] Hutson, A. D., Ernst, M. D. (2000). The exact bootstrap mean and variance of an L-estimator.
       Journal of the Royal Statistical Society B 62, 89-94.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10, 10, 5], "62": [10.0, 50, 20, 9]}, index=list("ABCD"))
    >>> agglomeration_cutoffs(counts, level=0.75)[["territories", "zeros", "cutoff"]].round(2)
        territories  zeros  cutoff
    10            4      0    0.17
    62            4      0    0.34
    """
    quotients = margins(counts, reference, totals).quotient()
    scores = _scores(_transformed(quotients, transform))
    rows = [_cutoff(np.sort(z[np.isfinite(z)]), level) for z in scores.T]
    zeros = (quotients == 0).sum(axis=0) if transform == "log" else np.zeros(scores.shape[1], np.int64)
    used = np.isfinite(scores).sum(axis=0)
    columns = ["normality", "cutoff", "low", "high"]
    table = pd.DataFrame(np.array(rows).reshape(-1, len(columns)), index=counts.columns, columns=columns)
    table.insert(0, "territories", used)
    table.insert(1, "zeros", zeros)
    table.insert(3, "normal", special.ndtri(level))
    return table


def _transformed(quotients: Floats, transform: Transform) -> Floats:
    if transform == "none":
        return quotients
    logs: Floats = np.log(np.where(quotients > 0, quotients, np.nan))
    return logs


def _scores(values: Floats) -> Floats:
    known = np.isfinite(values)
    number = known.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        gaps = values - np.where(known, values, 0).sum(axis=0) / number
        deviation = np.sqrt(np.where(known, gaps**2, 0).sum(axis=0) / (number - 1))
        # Equal quotients leave rounding noise, which would pass for a spread.
        flat = deviation <= np.finfo(float).eps * 8 * np.nanmax(
            np.where(known, np.abs(values), 0), axis=0, initial=0
        )
        scores: Floats = np.where(flat | (number < _SPREAD_LEAST), np.nan, gaps / deviation)
    return scores


def _cutoff(scores: Floats, level: float) -> tuple[float, float, float, float]:
    """Normality and exact bootstrap law of the upper score of one sector (sorted, without gaps)."""
    n = len(scores)
    if n < _SHAPIRO_LEAST:
        return (np.nan,) * 4
    test = stats.shapiro if n <= _SHAPIRO_LIMIT else stats.normaltest
    k = int(np.ceil(level * n - 1e-9))
    law = special.betainc(k, n - k + 1, np.arange(n + 1) / n)
    at = np.minimum(np.searchsorted(law[1:], [0.025, 0.975]), n - 1)
    return (
        float(test(scores).pvalue),
        float(np.diff(law) @ scores),
        float(scores[at[0]]),
        float(scores[at[1]]),
    )
