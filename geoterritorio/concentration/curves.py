"""Lorenz curves of sectors over territories, and the measures read off them: Gini and Theil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, overload

import numpy as np
import pandas as pd

from geoterritorio.concentration import _shares
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration._shares import Floats, Of, Shares, shares
from geoterritorio.errors import LayerError, message

Definition = Literal["weighted", "area", "unweighted"]


@dataclass(frozen=True)
class TheilParts:
    """
    Theil's index of each sector, split over groups of territories.

    Parameters
    ----------
    total
        The index, by sector: the sum of the next two.
    between
        What there is between the groups.
    within
        What there is within them: the sum of the columns of `groups`.
    groups
        Contribution of each group (columns) to `within`, by sector.
    """

    total: pd.Series
    between: pd.Series
    within: pd.Series
    groups: pd.DataFrame


def lorenz(
    counts: pd.DataFrame, *, of: Of = "sectors", reference: pd.Series | Whole | None = None
) -> pd.DataFrame:
    r"""
    Lorenz curve of each sector against the whole.

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
    curve
        One row per sector and territory, in the order of the curve: `sector`, `territory`, `quotient`
        (location quotient), `reference` and `share` (cumulative shares of the whole and of the sector, to the
        end of the territory's piece). Of territories: `territory` first, and their curves over the sectors.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a label of the table.

    Notes
    -----
    The curve starts at (0, 0); territories where the sector is weakest come first. Where it coincides with
    the diagonal the sector is spread like the whole. Twice the area between the two is the Gini of
    `locational_gini`. Sectors whose index is undefined have no rows; what a `Whole` holds beyond its listed
    sectors is a part without a name.

    References
    ----------
    .. [1] Lorenz, M. O. (1905). Methods of measuring the concentration of wealth. Publications of the American
       Statistical Association 9, 209-219.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> lorenz(counts).round(2)
      sector territory  quotient  reference  share
    0     10         B      0.42        0.6   0.25
    1     10         A      1.88        1.0   1.00
    2     62         A      0.42        0.4   0.17
    3     62         B      1.39        1.0   1.00
    """
    found = shares(counts, of, reference)
    defined = ~np.isnan(found.own).any(axis=1)
    own = found.own[defined]
    order = _shares.quotient_order(own, found.whole)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotients = np.take_along_axis(own / found.whole, order, axis=1)
    first, second = ("sector", "territory") if of == "sectors" else ("territory", "sector")
    return pd.DataFrame(
        {
            first: found.units[defined].repeat(order.shape[1]),
            second: found.parts.take(order.ravel()),
            "quotient": quotients.ravel(),
            "reference": np.cumsum(found.whole[order], axis=1).ravel(),
            "share": np.cumsum(np.take_along_axis(own, order, axis=1), axis=1).ravel(),
        }
    )


def locational_gini(
    counts: pd.DataFrame,
    *,
    of: Of = "sectors",
    reference: pd.Series | Whole | None = None,
    definition: Definition = "weighted",
) -> pd.Series:
    r"""
    Locational Gini of sectors over territories, or of territories over sectors.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    of
        Whose index: of the sectors over the territories, or of the territories over the sectors.
    reference
        Distribution compared with: by territory for sectors, by sector for territories; None takes the
        table's own sums.
    definition
        Which of the three measures of that name: "weighted", the Gini of the Lorenz curve against the whole;
        "area", the area between curve and diagonal, half of it; "unweighted", the Gini of the list of
        location quotients, in which every territory counts once whatever its size.

    Returns
    -------
    gini
        From 0 (spread like the whole) to below 1 (area: below 1/2); NaN where there is nothing, or a cell is
        missing.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a label of the table.

    Notes
    -----
    .. math:: G_i = 1 - \sum_k x_{(k)} (S_{(k)} + S_{(k-1)}), \qquad
        G_i^u = \frac{2 \sum_k k\, C_{(k)}}{n \sum_k C_{(k)}} - \frac{n+1}{n}

    territories in the order of their location quotients :math:`C_r = s_{ir} / x_r`, S the cumulative share of
    the sector. Krugman (1991) draws the curve and takes the area. The unweighted Gini lets a village with one
    large plant decide as much as the capital; n/(n-1) times it reaches 1. Territories without a share in the
    whole have no quotient and are left out of it; a sector with jobs there has none at all. Small sectors are
    far from the whole by chance alone: see `index_null`.

    References
    ----------
    .. [1] Krugman, P. (1991). Geography and Trade. MIT Press.
    .. [2] Gini, C. (1914). Sulla misura della concentrazione e della variabilità dei caratteri. Atti del Reale
       Istituto Veneto di Scienze, Lettere ed Arti 73, 1203-1248.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> pd.DataFrame({d: locational_gini(counts, definition=d) for d in ("weighted", "area", "unweighted")}).round(3)
        weighted   area  unweighted
    10     0.350  0.175       0.318
    62     0.233  0.117       0.269
    """
    if definition not in {"weighted", "area", "unweighted"}:
        raise LayerError(message("definition: weighted, area or unweighted, not {value}.", value=definition))
    found = shares(counts, of, reference)
    index = _shares.quotient_gini if definition == "unweighted" else _shares.locational_gini
    factor = 0.5 if definition == "area" else 1.0
    return found.series(factor * index(found.own, found.whole), "locational_gini")


@overload
def theil(counts: pd.DataFrame, *, reference: pd.Series | None = None, groups: None = None) -> pd.Series: ...


@overload
def theil(counts: pd.DataFrame, *, reference: pd.Series | None = None, groups: pd.Series) -> TheilParts: ...


def theil(
    counts: pd.DataFrame, *, reference: pd.Series | None = None, groups: pd.Series | None = None
) -> pd.Series | TheilParts:
    r"""
    Theil's index of concentration of each sector over the territories.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Distribution compared with, by territory (all activity, residents, area); None takes the table's own
        sums.
    groups
        Group of each territory (of the reference, too, if it has more); splits the index.

    Returns
    -------
    index
        By sector, from 0 (spread like the whole) to the logarithm of one over the smallest share of the
        whole; infinite where the sector has jobs in a territory in which the whole has none; NaN where there
        is nothing, or a cell is missing. With groups: the index and its parts.

    Raises
    ------
    LayerError
        Cells are negative, or the reference is, or lacks a territory of the table, or a territory has no
        group.

    Notes
    -----
    .. math:: T_i = \sum_r s_{ir} \ln\frac{s_{ir}}{x_r}
        = \sum_g s_{ig} \ln\frac{s_{ig}}{x_g}
        + \sum_g s_{ig} \sum_{r \in g} \frac{s_{ir}}{s_{ig}} \ln\frac{s_{ir}/s_{ig}}{x_r/x_g}

    with 0 ln 0 = 0. Against all activity it is relative concentration, against the areas of the territories
    topographic concentration: the divergence from an even spread over the land, also known as the D-index.

    References
    ----------
    .. [1] Theil, H. (1967). Economics and Information Theory. North-Holland.
    .. [2] Brülhart, M., Traeger, R. (2005). An account of geographic concentration patterns in Europe. Regional
       Science and Urban Economics 35, 597-624.
    .. [3] Mori, T., Nishikimi, K., Smith, T. E. (2005). A divergence statistic for industrial localization.
       Review of Economics and Statistics 87, 635-651.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> theil(counts).round(3).to_dict()
    {'10': 0.253, '62': 0.128}
    >>> theil(counts, reference=pd.Series({"A": 200.0, "B": 600.0})).round(3).to_dict()
    {'10': 0.549, '62': 0.02}
    """
    found = shares(counts, "sectors", reference)
    terms = _shares.divergence(found.own, found.whole)
    total = found.series(terms.sum(axis=1), "theil")
    return total if groups is None else _split(found, total, _codes(found, groups))


def _codes(found: Shares, groups: pd.Series) -> pd.Categorical:
    """Group of each part."""
    given = groups.reindex(found.parts)
    lost = found.parts[given.isna().to_numpy()]
    if len(lost):
        raise LayerError(
            message(
                "groups: {number} territories have none, for example {name}.", number=len(lost), name=lost[0]
            )
        )
    return pd.Categorical(given)


def _split(found: Shares, total: pd.Series, groups: pd.Categorical) -> TheilParts:
    """Parts of the index between and within the groups."""
    member = np.equal.outer(groups.codes, np.arange(len(groups.categories))).astype(np.float64)
    own, whole = _summed(found.own, member), found.whole @ member
    between = _shares.divergence(own, whole)
    terms = _shares.divergence(found.own, found.whole)
    within = _summed(terms, member)
    # An infinite term stands where the group has nothing in the whole (between), or else within it.
    with np.errstate(invalid="ignore"):
        within = np.where(np.isinf(between), 0.0, within - between)
    within = np.where(np.isnan(own), np.nan, within)
    columns = pd.Index(groups.categories, name="group")
    return TheilParts(
        total,
        found.series(between.sum(axis=1), "between"),
        found.series(within.sum(axis=1), "within"),
        pd.DataFrame(within, index=found.units, columns=columns),
    )


def _summed(values: Floats, member: Floats) -> Floats:
    """Sums over the parts of each group; infinite terms stay within theirs."""
    infinite = np.isinf(values)
    sums: Floats = np.where(infinite, 0.0, values) @ member
    return np.where(infinite.astype(np.float64) @ member > 0, np.inf, sums)
