"""Which sectors belong together: they are at home in the same territories more often than others."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Literal

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration._margins import OWN as OWN_SUMS
from geoterritorio.concentration._margins import Whole, like, margins
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.registry import Ratio

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Method = Literal[
    "proximity",
    "correlation",
    "probability",
    "association",
    "cosine",
    "jaccard",
    "cosine_ubiquity",
    "jaccard_ubiquity",
    "inclusion",
]
Backbone = Literal["maximum_spanning_tree", "none"]

# A quotient this near below the threshold owes the difference to rounding.
_ROUNDING = 1e-12


def presence(
    counts: pd.DataFrame,
    *,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
    threshold: Ratio = 1.0,
) -> pd.DataFrame:
    r"""
    Sectors in which a territory is specialised, as ones and zeros.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.
    threshold
        Location quotient from which a sector counts as present; above 0.

    Returns
    -------
    presence
        Frame like `counts`: 1 present, 0 absent, NaN unknown because the cell is. A cell without jobs is
        absent, also in a territory or sector that has none anywhere.

    Raises
    ------
    LayerError
        Cells are negative, a territory or sector has no total, or the threshold is not above 0.

    Notes
    -----
    .. math:: M_{ri} = 1 \text{ if } LQ_{ri} \ge t, \text{ else } 0

    A quotient that reaches the threshold up to rounding (a relative 1e-12) has reached it. Nothing else is
    rounded.

    References
    ----------
    .. [1] Hidalgo, C. A., Klinger, B., Barabási, A.-L., Hausmann, R. (2007). The product space conditions the
       development of nations. Science 317, 482-487.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = pd.DataFrame({"10": [30.0, 10.0], "62": [10.0, 50.0]}, index=["A", "B"])
    >>> presence(counts)
        10   62
    A  1.0  0.0
    B  0.0  1.0
    """
    if not threshold > 0:
        raise LayerError(
            message("threshold: {value} is not above 0, and every cell would reach it.", value=threshold)
        )
    return _present(counts, reference, totals, threshold)


def sector_relatedness(
    counts: pd.DataFrame,
    *,
    method: Method = "proximity",
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
) -> pd.DataFrame:
    r"""
    Relatedness of every two sectors by the territories they share.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. A table of zeros and ones
        only is taken as a presence already; for another threshold than 1 give that of `presence`.
    method
        Measure of relatedness, see the notes.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    relatedness
        Sectors by sectors, symmetric, not below 0. NaN for sectors present nowhere or with unknown cells,
        and where a formula divides by zero.

    Raises
    ------
    LayerError
        Cells are negative, or a territory or sector has no total.

    Notes
    -----
    With the presence :math:`M`, co-occurrences :math:`C = M^T M`, ubiquities :math:`u_i = C_{ii}`, their sums
    without the diagonal :math:`S_i = \sum_{j \ne i} C_{ij}` and :math:`T = \sum_i S_i`:

    * proximity [1]_ :math:`C_{ij} / \max(u_i, u_j)`: the smaller of the two conditional probabilities;
    * inclusion [3]_ :math:`C_{ij} / \min(u_i, u_j)`;
    * cosine_ubiquity [3]_ :math:`C_{ij} / \sqrt{u_i u_j}`;
    * jaccard_ubiquity :math:`C_{ij} / (u_i + u_j - C_{ij})`: shared territories among those of either;
    * correlation :math:`(1 + r_{ij}) / 2` of the quotients (of the ones and zeros, where a presence is given);
    * association [3]_ :math:`C_{ij} T / (S_i S_j)`: 1 as expected by chance, unbounded above;
    * probability [2]_ :math:`2 C_{ij} / (S_i S_j / (T - S_i) + S_j S_i / (T - S_j))`, its refinement for a
      sector that cannot meet itself;
    * cosine :math:`C_{ij} / \sqrt{S_i S_j}` and jaccard :math:`C_{ij} / (S_i + S_j - C_{ij})`, the same two
      formulas on the sums of co-occurrences.

    The diagonal is 1 in the first five. In the last four it is NaN: they leave out a sector's meeting with
    itself before they sum. All but association and probability lie between 0 and 1.

    References
    ----------
    .. [1] Hidalgo, C. A., Klinger, B., Barabási, A.-L., Hausmann, R. (2007). The product space conditions the
       development of nations. Science 317, 482-487.
    .. [2] Steijn, M. P. A. (2021). Improvement on the association strength: implementing a probabilistic
       measure based on combinations without repetition. Quantitative Science Studies 2, 778-794.
    .. [3] van Eck, N. J., Waltman, L. (2009). How to normalize cooccurrence data? An analysis of some
       well-known similarity measures. Journal of the American Society for Information Science and Technology
       60, 1635-1651.

    Examples
    --------
    >>> import pandas as pd
    >>> present = pd.DataFrame({"10": [1, 1, 0], "11": [1, 1, 1], "62": [0, 1, 1]}, index=["A", "B", "C"])
    >>> sector_relatedness(present).round(3)
           10     11     62
    10  1.000  0.667  0.500
    11  0.667  1.000  0.667
    62  0.500  0.667  1.000
    """
    values = (
        _intensities(counts, reference, totals)
        if method == "correlation"
        else presence_of(counts, reference, totals)
    )
    unknown = unknown_sectors(values)
    return _square(matrix(values.to_numpy(np.float64), unknown, method), values)


def relatedness_density(
    counts: pd.DataFrame,
    relatedness: pd.DataFrame | None = None,
    *,
    own: bool = True,
    reference: pd.Series | Whole | None = None,
    totals: pd.Series | None = None,
) -> pd.DataFrame:
    r"""
    Share of what is related to a sector that a territory already has.

    Parameters
    ----------
    counts
        Jobs or establishments, territories by sectors; NaN is withheld or unknown. A table of zeros and ones
        only is taken as a presence already.
    relatedness
        Sectors by sectors, not negative; None takes the proximity of the table itself. A matrix of zeros and
        ones counts related sectors instead of weighing them.
    own
        Whether the sector itself is among what it is related to, as in [1]_; False leaves it out, so that a
        sector does not vouch for itself.
    reference
        Totals by sector of the whole compared with; None takes the table's own sums.
    totals
        Totals of the territories, where the table lacks sectors or has withheld cells; None takes its own
        sums.

    Returns
    -------
    density
        Frame like `counts`, from 0 (nothing related is here) to 1 (all of it). NaN for sectors related to
        nothing and for territories with unknown cells.

    Raises
    ------
    LayerError
        The relatedness lacks sectors, is negative, or has no diagonal where `own` needs it; cells are
        negative, or a territory or sector has no total.

    Notes
    -----
    .. math:: d_{ri} = \frac{\sum_j \phi_{ij} M_{rj}}{\sum_j \phi_{ij}}

    over all sectors, or over :math:`j \ne i` with ``own=False`` [2]_. Sectors without relatedness are left
    out of both sums. Other software prints percent.

    References
    ----------
    .. [1] Hidalgo, C. A., Klinger, B., Barabási, A.-L., Hausmann, R. (2007). The product space conditions the
       development of nations. Science 317, 482-487.
    .. [2] Boschma, R., Balland, P.-A., Kogler, D. F. (2015). Relatedness and technological change in cities.
       Industrial and Corporate Change 24, 223-250.

    Examples
    --------
    >>> import pandas as pd
    >>> present = pd.DataFrame({"10": [1, 1, 0], "11": [1, 1, 1], "62": [0, 1, 1]}, index=["A", "B", "C"])
    >>> relatedness_density(present).round(3)
          10     11     62
    A  0.769  0.714  0.538
    B  1.000  1.000  1.000
    C  0.538  0.714  0.769
    """
    here = presence_of(counts, reference, totals)
    values = here.to_numpy(np.float64)
    unknown = unknown_territories(here)
    if relatedness is None:
        phi = matrix(values, np.isnan(values).any(axis=0), "proximity")
    else:
        phi = _aligned(relatedness, here.columns, own=own)
    result = like(density(values, phi, own=own), here)
    result[unknown] = np.nan
    result.attrs.update(here.attrs)
    return result


def relatedness_network(
    relatedness: pd.DataFrame, *, threshold: Ratio = 0.55, backbone: Backbone = "maximum_spanning_tree"
) -> pd.DataFrame:
    """
    Network of sectors: the strongest links, and the tree that holds all together.

    Parameters
    ----------
    relatedness
        Sectors by sectors, symmetric.
    threshold
        Relatedness from which a link is kept. The default is that of [1]_ for proximity; other measures have
        other scales.
    backbone
        Links kept whatever their strength: those of the maximum spanning tree, or none.

    Returns
    -------
    links
        One row per link, strongest first: `sector`, `other`, `relatedness`, `backbone` (whether it belongs to
        the tree). Sectors without any relatedness have no row.

    Notes
    -----
    Where sectors fall into groups that share nothing, each group has its own tree. Among equal links the
    tree takes those whose sectors stand first in the table.

    References
    ----------
    .. [1] Hidalgo, C. A., Klinger, B., Barabási, A.-L., Hausmann, R. (2007). The product space conditions the
       development of nations. Science 317, 482-487.

    Examples
    --------
    >>> import pandas as pd
    >>> present = pd.DataFrame({"10": [1, 1, 0], "11": [1, 1, 1], "62": [0, 1, 1]}, index=["A", "B", "C"])
    >>> relatedness_network(sector_relatedness(present)).round(3)
      sector other  relatedness  backbone
    0     10    11        0.667      True
    1     11    62        0.667      True
    """
    values = relatedness.to_numpy(np.float64)
    first, second = np.triu_indices(len(values), 1)
    strength = values[first, second]
    linked = strength > 0
    first, second, strength = first[linked], second[linked], strength[linked]
    tree = np.zeros(len(first), np.bool_)
    if backbone == "maximum_spanning_tree":
        graph = nx.Graph()
        graph.add_weighted_edges_from(zip(first.tolist(), second.tolist(), strength.tolist(), strict=True))
        chosen = {(min(a, b), max(a, b)) for a, b in nx.maximum_spanning_edges(graph, data=False)}
        tree = np.array(
            [e in chosen for e in zip(first.tolist(), second.tolist(), strict=True)], dtype=np.bool_
        )
    names = relatedness.columns
    links = pd.DataFrame(
        {"sector": names[first], "other": names[second], "relatedness": strength, "backbone": tree}
    )
    kept = links[links["backbone"] | (links["relatedness"] >= threshold)]
    return kept.sort_values("relatedness", ascending=False, kind="stable").reset_index(drop=True)


def presence_of(
    counts: pd.DataFrame,
    reference: pd.Series | Whole | None,
    totals: pd.Series | None,
    *,
    stacklevel: int = 4,
) -> pd.DataFrame:
    """Presence of a table of counts; a table of zeros and ones (and gaps) is one already."""
    if is_presence(counts):
        return counts
    return _present(counts, reference, totals, 1.0, stacklevel=stacklevel)


def is_presence(counts: pd.DataFrame) -> bool:
    """Whether the table holds zeros, ones and gaps only."""
    values = counts.to_numpy(np.float64)
    return bool((np.isnan(values) | (values == 0) | (values == 1)).all())


def _present(
    counts: pd.DataFrame,
    reference: pd.Series | Whole | None,
    totals: pd.Series | None,
    threshold: float,
    *,
    stacklevel: int = 4,
) -> pd.DataFrame:
    sums = margins(counts, reference, totals, stacklevel=stacklevel + 1)
    quotients = sums.quotient()
    values = np.where(quotients >= threshold * (1 - _ROUNDING), 1.0, 0.0)
    values[np.isnan(quotients)] = np.nan
    # Nothing is here, whatever the totals.
    values[sums.cells == 0] = 0.0
    result = like(values, counts)
    result.attrs["reference"] = sums.name or OWN_SUMS
    return result


def _intensities(
    counts: pd.DataFrame, reference: pd.Series | Whole | None, totals: pd.Series | None
) -> pd.DataFrame:
    """Quotients of the territories that have anything, 0 in sectors that exist nowhere."""
    if is_presence(counts):
        return counts
    sums = margins(counts, reference, totals, stacklevel=4)
    values = sums.quotient()
    values[sums.cells == 0] = 0.0
    result = like(values, counts)[sums.territory.ravel() > 0]
    result.attrs["reference"] = sums.name or OWN_SUMS
    return result


def unknown_sectors(values: pd.DataFrame, *, stacklevel: int = 3) -> Bools:
    """Sectors with unknown cells, and a warning that counts them."""
    missing = values.isna().to_numpy()
    sectors = missing.any(axis=0)
    if sectors.any():
        text = message(
            "{cells} cells are withheld or unknown: results of their {sectors} sectors are left empty. "
            "Estimate the cells first, or leave the sectors out.",
            cells=int(missing.sum()),
            sectors=int(sectors.sum()),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=stacklevel)
    return np.asarray(sectors)


def unknown_territories(values: pd.DataFrame, *, stacklevel: int = 3) -> Bools:
    """Territories with unknown cells, and a warning that counts them."""
    missing = values.isna().to_numpy()
    territories = missing.any(axis=1)
    if territories.any():
        text = message(
            "{cells} cells are withheld or unknown: results of their {territories} territories are left "
            "empty. Estimate the cells first, or leave the territories out.",
            cells=int(missing.sum()),
            territories=int(territories.sum()),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=stacklevel)
    return np.asarray(territories)


def cooccurrences(values: Floats | Bools) -> Floats:
    """Number of territories in which both sectors are present."""
    # Counts below 2**24 are whole numbers in single precision too, at half the cost.
    single = np.nan_to_num(values.astype(np.float32))
    found: Floats = (single.T @ single).astype(np.float64)
    return found


def matrix(values: Floats, unknown: Bools, method: Method) -> Floats:
    """Relatedness of the columns; NaN for the unknown ones and the empty ones."""
    known = np.where(unknown, 0.0, values)
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "correlation":
            found = _correlation(known)
        else:
            pairs = cooccurrences(known)
            found = _FORMULAS[method](pairs, pairs.diagonal().copy())
    empty = unknown | ~(known != 0).any(axis=0)
    found[empty] = np.nan
    found[:, empty] = np.nan
    return found


def density(values: Floats, phi: Floats, *, own: bool) -> Floats:
    """Share of the relatedness of each sector (columns) that falls on the sectors present (rows)."""
    weights = np.nan_to_num(phi)
    if not own:
        np.fill_diagonal(weights, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.nan_to_num(values) @ weights.T / weights.sum(axis=1)
    # Rounding must not lift a share above one.
    found: Floats = np.minimum(shares, 1.0)
    return found


def _aligned(relatedness: pd.DataFrame, sectors: pd.Index, *, own: bool) -> Floats:
    lost = sectors.difference(relatedness.columns).union(sectors.difference(relatedness.index))
    if len(lost):
        raise LayerError(
            message(
                "relatedness: {number} sectors of the table are not in it, for example {name}.",
                number=len(lost),
                name=lost[0],
            )
        )
    phi: Floats = relatedness.loc[sectors, sectors].to_numpy(np.float64)
    if (phi < 0).any():
        raise LayerError(
            message(
                "relatedness: {number} values are negative. Give a measure that begins at 0.",
                number=int((phi < 0).sum()),
            )
        )
    alone = np.isnan(phi.diagonal()) & ~np.isnan(phi).all(axis=1)
    if own and alone.any():
        raise LayerError(
            message(
                "relatedness: {number} sectors have no relatedness with themselves. Leave it out with own=False.",
                number=int(alone.sum()),
            )
        )
    return phi


def _square(values: Floats, like_columns: pd.DataFrame) -> pd.DataFrame:
    names = like_columns.columns
    result = pd.DataFrame(values, index=names, columns=names)
    result.attrs.update(like_columns.attrs)
    return result


def _correlation(values: Floats) -> Floats:
    gaps = values - values.mean(axis=0) if len(values) else values
    spread = np.sqrt((gaps**2).sum(axis=0))
    # Equal quotients leave rounding noise, which would pass for a spread.
    flat = spread <= np.finfo(float).eps * 8 * np.abs(values).sum(axis=0, initial=0)
    spread[flat] = np.nan
    r = np.clip(gaps.T @ gaps / np.outer(spread, spread), -1, 1)
    np.fill_diagonal(r, np.where(flat, np.nan, 1.0))
    result: Floats = (1 + r) / 2
    return result


def _proximity(pairs: Floats, ubiquity: Floats) -> Floats:
    found: Floats = pairs / np.maximum.outer(ubiquity, ubiquity)
    return found


def _inclusion(pairs: Floats, ubiquity: Floats) -> Floats:
    found: Floats = pairs / np.minimum.outer(ubiquity, ubiquity)
    return found


def _cosine(pairs: Floats, sums: Floats) -> Floats:
    # One root of the product: equal sums give exactly one.
    found: Floats = pairs / np.sqrt(np.outer(sums, sums))
    return found


def _jaccard(pairs: Floats, sums: Floats) -> Floats:
    found: Floats = pairs / (np.add.outer(sums, sums) - pairs)
    return found


def _association(pairs: Floats, sums: Floats) -> Floats:
    found: Floats = pairs * sums.sum() / np.outer(sums, sums)
    return found


def _probability(pairs: Floats, sums: Floats) -> Floats:
    total = sums.sum()
    after = sums / (total - sums)
    found: Floats = 2 * pairs / (np.outer(after, sums) + np.outer(sums, after))
    return found


def _among_others(formula: Callable[[Floats, Floats], Floats]) -> Callable[[Floats, Floats], Floats]:
    """The formula on sums of co-occurrences with other sectors, the diagonal undefined."""

    def found(pairs: Floats, ubiquity: Floats) -> Floats:
        others = pairs - np.diag(ubiquity)
        result = formula(others, others.sum(axis=1))
        np.fill_diagonal(result, np.nan)
        return result

    return found


_FORMULAS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "proximity": _proximity,
    "inclusion": _inclusion,
    "cosine_ubiquity": _cosine,
    "jaccard_ubiquity": _jaccard,
    "association": _among_others(_association),
    "probability": _among_others(_probability),
    "cosine": _among_others(_cosine),
    "jaccard": _among_others(_jaccard),
}
