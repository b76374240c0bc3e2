"""Which tests make a family: those that could have told a figure from chance, whatever was observed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
UNTESTED, UNTESTABLE, UNCLEAR, HIGH, LOW = "untested", "untestable", "unclear", "high", "low"


def adjusted(p: Floats, least: Floats, level: float) -> Floats:
    r"""
    p-values adjusted for all tests that could decide anything (Benjamini-Hochberg).

    Parameters
    ----------
    p
        One p-value for each test; NaN where there is none.
    least
        The smallest that each could have been, whatever was observed; NaN where that is not known.
    level
        Level of the tests.

    Returns
    -------
    q
        NaN outside the family.

    Notes
    -----
    Where figures are counts, a test may be unable to fall below :math:`\alpha = 1 - level` whatever is observed. Such
    tests can cause no false claim, so they are not counted among those for which one pays [1]_, also where the share of
    false claims is held [2]_. They are told by margins alone, never by what was observed, which keeps the p-values
    of the others what they are. Tarone's further step, to leave out those that cannot fall below :math:`\alpha / K`, is
    not taken: it would leave out tests that Benjamini and Hochberg's own rule can claim, and q would depend on it.

    References
    ----------
    .. [1] Tarone, R. E. (1990). A modified Bonferroni method for discrete data. Biometrics 46, 515-522.
    .. [2] Gilbert, P. B. (2005). A modified false discovery rate multiple-comparisons procedure for discrete data,
       applied to human immunodeficiency virus genetics. Journal of the Royal Statistical Society C 54, 143-158.

    Examples
    --------
    >>> adjusted(np.array([0.02, 1.0, 0.6]), np.array([0.001, 1.0, 0.01]), 0.95).tolist()
    [0.04, nan, 0.6]
    """
    found = np.full(len(p), np.nan)
    family = ~np.isnan(p) & (least <= 1 - level)
    if family.any():
        found[family] = stats.false_discovery_control(p[family])
    return found


def certainty(
    p: Floats, q: Floats, level: float, *, more: npt.NDArray[np.bool_] | bool
) -> npt.NDArray[np.object_]:
    """
    Words for what a family of tests tells.

    Parameters
    ----------
    p, q
        p-values, and adjusted ones.
    level
        Level of the tests.
    more
        Where the figure lies above what chance gives.

    Returns
    -------
    words
        high or low where q tells the figure from chance, unclear, untestable where no figure could be told from it,
        untested where there is none.

    Examples
    --------
    >>> p, q = np.array([0.01, 1, np.nan, 0.4]), np.array([0.02, np.nan, np.nan, 0.4])
    >>> certainty(p, q, 0.95, more=True).tolist()
    ['high', 'untestable', 'untested', 'unclear']
    """
    sure = q <= 1 - level
    words: npt.NDArray[np.object_] = np.select(
        [np.isnan(p), np.isnan(q), sure & more, sure], [UNTESTED, UNTESTABLE, HIGH, LOW], UNCLEAR
    ).astype(object)
    return words
