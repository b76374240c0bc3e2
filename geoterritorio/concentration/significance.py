"""Do two sectors share more territories than their sizes alone would make them?"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from geoterritorio.concentration import _curveball
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration.relatedness import cooccurrences, presence_of, unknown_sectors
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.registry import Count, Progress, no_progress

Floats = npt.NDArray[np.float64]
Adjustment = Literal["benjamini_hochberg", "benjamini_yekutieli"]
_SCIPY: dict[str, Literal["bh", "by"]] = {"benjamini_hochberg": "bh", "benjamini_yekutieli": "by"}
_LEVEL = 0.05


def relatedness_significance(
    counts: pd.DataFrame,
    *,
    replicates: Count = 999,
    rng: int | np.random.Generator | None = None,
    adjustment: Adjustment = "benjamini_hochberg",
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    r"""
    Test of every two sectors for sharing more territories than chance.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. A table of zeros and ones
        only is taken as a presence already.
    replicates
        Number of random tables compared with.
    rng
        Seed or generator of the random tables.
    adjustment
        How q allows for the number of pairs: Benjamini and Hochberg [2]_, or Benjamini and Yekutieli [3]_,
        which holds under any dependence and finds less.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.
    progress
        Called with the share of the work done; may raise to cancel.

    Returns
    -------
    pairs
        One row per two sectors: `sector`, `other`, `cooccurrences` (territories with both), `expected` (mean
        of the random tables), `z`, `p`, `q`. NaN for sectors present nowhere or with unknown cells; z is NaN
        and p 1 where the margins leave no choice.

    Raises
    ------
    LayerError
        There are no replicates, cells are negative, or a territory or sector has no total.

    Notes
    -----
    The random tables hold as many sectors in each territory and as many territories of each sector as the
    table itself (curveball trades [1]_): neither diverse territories nor ubiquitous sectors count as
    relatedness. p is one-sided,

    .. math:: p = \frac{1 + \#\{C^*_{ij} \ge C_{ij}\}}{1 + \text{replicates}}

    and cannot be below 1 / (1 + replicates). The test is on co-occurrences: it is the same for every measure
    that, for given ubiquities, grows with them (proximity, inclusion, cosine_ubiquity, jaccard_ubiquity). The
    family of q are all tested pairs of the table.

    References
    ----------
    .. [1] Strona, G., Nappo, D., Boccacci, F., Fattorini, S., San-Miguel-Ayanz, J. (2014). A fast and unbiased
       procedure to randomize ecological binary matrices with fixed row and column totals. Nature
       Communications 5, 4114.
    .. [2] Benjamini, Y., Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal
       Statistical Society B 57, 289-300.
    .. [3] Benjamini, Y., Yekutieli, D. (2001). The control of the false discovery rate in multiple testing
       under dependency. Annals of Statistics 29, 1165-1188.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> present = pd.DataFrame(np.kron(np.eye(2), np.ones((6, 2))), columns=["10", "11", "62", "63"])
    >>> pairs = relatedness_significance(present, rng=1)
    >>> pairs.loc[pairs["p"] < 0.05, ["sector", "other", "cooccurrences"]]
      sector other  cooccurrences
    0     10    11            6.0
    5     62    63            6.0
    """
    if replicates < 1:
        raise LayerError(message("replicates: {number} random tables test nothing.", number=replicates))
    here = presence_of(counts, reference, totals)
    unknown = unknown_sectors(here)
    table = np.where(unknown, 0.0, here.to_numpy(np.float64))
    untested = unknown | (table.sum(axis=0) == 0)
    first, second = np.triu_indices(table.shape[1], 1)
    seen = cooccurrences(table)[first, second]
    mean, spread, reached = _null(table > 0, seen, replicates, np.random.default_rng(rng), progress)
    out = untested[first] | untested[second]
    p = np.where(out, np.nan, (1 + reached) / (1 + replicates))
    pairs = pd.DataFrame(
        {
            "sector": here.columns[first],
            "other": here.columns[second],
            "cooccurrences": np.where(out, np.nan, seen),
            "expected": np.where(out, np.nan, mean),
            "z": np.where(
                out, np.nan, np.divide(seen - mean, spread, out=np.full(len(seen), np.nan), where=spread > 0)
            ),
            "p": p,
            "q": _adjusted(p, adjustment),
        }
    )
    _warn_coarse(int((~out).sum()), int((reached[~out] == 0).sum()), replicates)
    return pairs


def _null(
    table: npt.NDArray[np.bool_], seen: Floats, replicates: int, rng: np.random.Generator, progress: Progress
) -> tuple[Floats, Floats, Floats]:
    """Mean and deviation of the co-occurrences in random tables, and how many reached those seen."""
    first, second = np.triu_indices(table.shape[1], 1)
    total, squares, reached = np.zeros((3, len(first)))
    for k, drawn in enumerate(_curveball.tables(table, replicates, rng)):
        # Differences from what was seen keep the squares small, and so exact.
        gap = cooccurrences(drawn)[first, second] - seen
        total += gap
        squares += gap**2
        reached += gap >= 0
        progress((k + 1) / replicates, mark("Random tables"))
    mean = total / replicates
    variance = np.maximum(squares / replicates - mean**2, 0) * replicates / max(replicates - 1, 1)
    # Sums of whole numbers: a variance is either nothing or well above rounding.
    fixed = replicates * squares == total**2
    return mean + seen, np.where(fixed, 0.0, np.sqrt(variance)), reached


def _adjusted(p: Floats, adjustment: Adjustment) -> Floats:
    q, tested = np.full(len(p), np.nan), np.isfinite(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested], method=_SCIPY[adjustment])
    return q


def _warn_coarse(pairs: int, smallest: int, replicates: int) -> None:
    """Tell when the smallest p there can be is too coarse for the number of pairs."""
    if smallest and pairs / (1 + replicates) / smallest > _LEVEL:
        text = message(
            "{pairs} pairs are tested with {replicates} random tables, and {smallest} have the smallest p there "
            "can be: too coarse for q below 0.05. About {needed} tables would do.",
            pairs=pairs,
            replicates=replicates,
            smallest=smallest,
            needed=int(np.ceil(pairs / smallest / _LEVEL)),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)
