"""How unevenly sectors lie over territories, and how one-sided territories are: distances between shares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geoterritorio.concentration import _shares
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration._shares import Of, shares
from geoterritorio.errors import LayerError, message
from geoterritorio.registry import Ratio


def herfindahl(counts: pd.DataFrame, *, of: Of = "sectors", normalised: bool = False) -> pd.Series:
    r"""
    Herfindahl index of sectors over territories, or of territories over sectors.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    of
        Whose index: of the sectors over the territories, or of the territories over the sectors.
    normalised
        Whether 0 is the even distribution over all parts of the table, instead of one over their number.

    Returns
    -------
    index
        From 1/n (even) to 1 (all in one part); NaN where there is nothing, or a cell is missing.

    Raises
    ------
    LayerError
        Cells are negative.

    Notes
    -----
    .. math:: H_i = \sum_r s_{ir}^2, \qquad H_i^* = \frac{H_i - 1/n}{1 - 1/n}

    with n all parts of the table, also those where there is nothing; of a single part the normalised index is
    undefined. 1/H is the equivalent number: that many parts of equal size have the same index. The index takes
    no account of how large the parts are: to compare with them, see `theil` and `locational_gini`.

    References
    ----------
    .. [1] Herfindahl, O. C. (1950). Concentration in the steel industry. Columbia University.
    .. [2] Adelman, M. A. (1969). Comment on the "H" concentration measure as a numbers-equivalent. Review of
       Economics and Statistics 51, 99-101.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> herfindahl(counts).round(3).tolist()
    [0.625, 0.722]
    >>> (1 / herfindahl(counts, of="territories")).round(2).to_dict()
    {'A': 1.6, 'B': 1.38}
    """
    found = shares(counts, of, None, compared=False)
    index = _shares.herfindahl(found.own)
    if normalised:
        even = 1 / max(len(found.parts), 1)
        index = (index - even) / (1 - even) if even < 1 else np.full_like(index, np.nan)
    return found.plain(index, "herfindahl")


def krugman_specialisation(counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None) -> pd.Series:
    r"""
    Krugman's index of specialisation of each territory.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.

    Returns
    -------
    index
        By territory, from 0 (the shares of the whole) to below 2 (nothing in common with it); NaN where there
        is nothing, or a cell is missing.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a label of the table.

    Notes
    -----
    .. math:: K_r = \sum_i |w_{ir} - w_i|

    Half of it is the share of the territory's jobs that would have to change sector to make it like the whole
    (`hoover`). The whole includes the territory, unless a reference leaves it out.
    Sectors that the reference has and the table lacks count as absent from the territories.

    References
    ----------
    .. [1] Krugman, P. (1991). Geography and Trade. MIT Press.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> krugman_specialisation(counts).round(2).to_dict()
    {'A': 0.7, 'B': 0.47}
    """
    found = shares(counts, "territories", reference)
    return found.series(_shares.krugman(found.own, found.whole), "krugman_specialisation")


def krugman_concentration(counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None) -> pd.Series:
    r"""
    Krugman's index of concentration of each sector.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Distribution compared with, by territory (all activity, residents, area); None takes the table's own
        sums.

    Returns
    -------
    index
        By sector, from 0 (spread like the whole) to below 2; NaN where there is nothing, or a cell is missing.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a label of the table.

    Notes
    -----
    .. math:: K_i = \sum_r |s_{ir} - x_r|

    Small sectors are far from the whole by chance alone: see `index_null`.
    Territories that the reference has and the table lacks count as having nothing of the sectors.

    References
    ----------
    .. [1] Krugman, P. (1991). Geography and Trade. MIT Press.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> krugman_concentration(counts).round(2).to_dict()
    {'10': 0.7, '62': 0.47}
    """
    found = shares(counts, "sectors", reference)
    return found.series(_shares.krugman(found.own, found.whole), "krugman_concentration")


def hoover(
    counts: pd.DataFrame, *, of: Of = "sectors", reference: pd.Series | Whole | None = None
) -> pd.Series:
    r"""
    Hoover's index of sectors over territories, or of territories over sectors.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    of
        Whose index: of the sectors over the territories, or of the territories over the sectors.
    reference
        Distribution compared with: by territory for sectors, by sector for territories; None takes the
        table's own sums.

    Returns
    -------
    index
        Share, from 0 to below 1, that would have to move for the shares to be those of the whole; NaN where
        there is nothing, or a cell is missing.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a label of the table.

    Notes
    -----
    .. math:: H_i = \tfrac12 \sum_r |s_{ir} - x_r|

    Half of Krugman's index, and the largest distance of the Lorenz curve from its diagonal. Of territories it
    is also known as the coefficient of specialisation. Parts that the reference has and the table lacks count
    as having nothing.

    References
    ----------
    .. [1] Hoover, E. M. (1936). The measurement of industrial localization. Review of Economics and Statistics
       18, 162-171.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> hoover(counts).round(3).to_dict()
    {'10': 0.35, '62': 0.233}
    """
    found = shares(counts, of, reference)
    return found.series(_shares.hoover(found.own, found.whole), "hoover")


def entropy(counts: pd.DataFrame, *, of: Of = "territories", base: Ratio = 2) -> pd.Series:
    r"""
    Entropy of territories over sectors, or of sectors over territories.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    of
        Whose index: of the sectors over the territories, or of the territories over the sectors.
    base
        Base of the logarithm: 2 gives bits, e (2.718...) nats; above 1.

    Returns
    -------
    entropy
        From 0 (all in one part) to the logarithm of the number of parts (even); NaN where there is nothing, or
        a cell is missing.

    Raises
    ------
    LayerError
        Cells are negative, or the base is not above 1.

    Notes
    -----
    .. math:: E_r = -\sum_i w_{ir} \log_b w_{ir}

    with 0 log 0 = 0. The larger, the more diverse.

    References
    ----------
    .. [1] Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27,
       379-423.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> entropy(counts).round(3).to_dict()
    {'A': 0.811, 'B': 0.65}
    """
    if not base > 1:
        raise LayerError(message("base: a logarithm needs one above 1, not {value}.", value=base))
    found = shares(counts, of, None, compared=False)
    return found.plain(_shares.entropy(found.own) / np.log2(base), "entropy")


def relative_diversity(counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None) -> pd.Series:
    r"""
    Relative diversity of each territory.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.

    Returns
    -------
    index
        By territory, from above 1/2 up; infinite where the shares are those of the whole; NaN where there is
        nothing, or a cell is missing.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a label of the table.

    Notes
    -----
    .. math:: D_r = \frac{1}{\sum_i |w_{ir} - w_i|}

    The reciprocal of `krugman_specialisation`. A territory that is the whole (a table of one row, say) is
    infinitely diverse.
    Sectors that the reference has and the table lacks count as absent from the territories.

    References
    ----------
    .. [1] Duranton, G., Puga, D. (2000). Diversity and specialisation in cities: why, where and when does it
       matter? Urban Studies 37, 533-555.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> relative_diversity(counts).round(2).to_dict()
    {'A': 1.43, 'B': 2.14}
    """
    found = shares(counts, "territories", reference)
    return found.series(_shares.relative_diversity(found.own, found.whole), "relative_diversity")


def hachman(counts: pd.DataFrame, *, reference: pd.Series | Whole | None = None) -> pd.Series:
    r"""
    Hachman's index of likeness of each territory to the whole.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.

    Returns
    -------
    index
        By territory, from 0 (nothing in common) to 1 (the shares of the whole); NaN where there is nothing, or
        a cell is missing.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a label of the table.

    Notes
    -----
    .. math:: M_r = \frac{1}{\sum_i LQ_{ir} w_{ir}}

    A territory with jobs in a sector of which the whole has none has nothing in common with it: 0.

    References
    ----------
    .. [1] Benway, D. J. (2020). Measuring Economic Diversity: The Hachman Index, 2018. Kem C. Gardner Policy
       Institute, University of Utah.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> hachman(counts).round(3).to_dict()
    {'A': 0.662, 'B': 0.815}
    """
    found = shares(counts, "territories", reference)
    return found.series(_shares.hachman(found.own, found.whole), "hachman")
