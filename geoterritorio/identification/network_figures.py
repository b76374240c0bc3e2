"""Figures of networks that are many at once: one for each group of actors."""

from __future__ import annotations

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_STAR = 3


def over(part: Floats | Ints, whole: Floats | Ints) -> Floats:
    """Quotient, NaN where nothing can be divided by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(whole) > 0, np.asarray(part, dtype=float) / whole, np.nan)


def counted(group: Ints, groups: int, weight: Floats | None = None) -> Floats:
    """Number, or sum of weights, by group; those without a group (-1) are left out."""
    here = group >= 0
    found = np.bincount(
        group[here],
        weights=None if weight is None else np.asarray(weight, dtype=float)[here],
        minlength=groups,
    )
    return found.astype(float)


def density(ties: Floats, actors: Floats) -> Floats:
    """Pairs that are tied over all pairs, by group."""
    return over(ties, actors * (actors - 1) / 2)


def degree_centralisation(degree: Ints, group: Ints, groups: int) -> Floats:
    r"""
    Freeman's centralisation of degrees, by group.

    Parameters
    ----------
    degree
        Ties of each actor with others of its group.
    group
        Group of each actor; -1 for none.
    groups
        Number of groups.

    Returns
    -------
    centralisation
        0 where all have as many ties, 1 in a star; NaN with fewer than three actors.

    Notes
    -----
    .. math:: C = \frac{\sum_i (d_{max} - d_i)}{(n - 1)(n - 2)}

    References
    ----------
    .. [1] Freeman, L. C. (1979). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.

    Examples
    --------
    >>> degree_centralisation(np.array([3, 1, 1, 1]), np.zeros(4, dtype=int), 1).tolist()
    [1.0]
    """
    here = group >= 0
    most = np.zeros(groups)
    np.maximum.at(most, group[here], degree[here])
    number = counted(group, groups)
    gap = number * most - counted(group, groups, degree.astype(float))
    return np.where(number >= _STAR, over(gap, (number - 1) * (number - 2)), np.nan)


def betweenness_centralisation(
    first: Ints, second: Ints, group: Ints, groups: int, *, pivots: int, seed: int
) -> Floats:
    r"""
    Freeman's centralisation of betweenness, by group, with networkx.

    Parameters
    ----------
    first, second
        Ends of the pairs, both in the same group.
    group
        Group of each actor; -1 for none.
    groups
        Number of groups.
    pivots
        Actors from which shortest paths are counted where a group has more; else all, which is exact.
    seed
        Of the sample of pivots.

    Returns
    -------
    centralisation
        0 where all lie between as many, 1 in a star; NaN with fewer than three actors.

    Notes
    -----
    .. math:: C = \frac{\sum_i (b_{max} - b_i)}{n - 1}

    with b betweenness over its most, that of the middle of a star.

    References
    ----------
    .. [1] Freeman, L. C. (1979). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
    .. [2] Brandes, U. & Pich, C. (2007). Centrality estimation in large networks. International Journal of Bifurcation
       and Chaos 17, 2303-2318.

    Examples
    --------
    >>> star = np.array([0, 0, 0]), np.array([1, 2, 3])
    >>> betweenness_centralisation(*star, np.zeros(4, dtype=int), 1, pivots=9, seed=1).tolist()
    [1.0]
    """
    found = np.full(groups, np.nan)
    whose = group[first]
    for g in np.unique(group[group >= 0]):
        members, edges = np.flatnonzero(group == g), whose == g
        if len(members) < _STAR:
            continue
        graph = nx.Graph()
        graph.add_nodes_from(members.tolist())
        graph.add_edges_from(zip(first[edges].tolist(), second[edges].tolist(), strict=True))
        k = pivots if len(members) > pivots else None
        between = np.array(list(nx.betweenness_centrality(graph, k=k, seed=seed).values()))
        found[g] = (between.max() - between).sum() / (len(members) - 1)
    return found


def components(first: Ints, second: Ints, group: Ints, groups: int) -> tuple[Floats, Floats]:
    """Number of parts that hang together, and the share of the actors in the largest, by group."""
    size = len(group)
    matrix = csr_array((np.ones(len(first)), (first, second)), shape=(size, size))
    part = connected_components(matrix, directed=False)[1]
    here = group >= 0
    _, index, sizes = np.unique(part[here], return_index=True, return_counts=True)
    of = group[here][index]
    most = np.zeros(groups)
    np.maximum.at(most, of, sizes)
    return counted(of, groups), over(most, counted(group, groups))


def main_core(first: Ints, second: Ints, group: Ints, groups: int) -> Floats:
    """Largest k of which there is a k-core: actors who all have k ties or more with each other; with networkx."""
    graph = nx.Graph()
    graph.add_edges_from(zip(first.tolist(), second.tolist(), strict=True))
    core = nx.core_number(graph)
    most = np.where(counted(group, groups) > 0, 0.0, np.nan)
    if core:
        np.fmax.at(
            most, group[np.fromiter(core.keys(), dtype=np.int64)], np.array(list(core.values()), dtype=float)
        )
    return most


def reciprocity(source: Ints, target: Ints, group: Ints, groups: int, size: int) -> Floats:
    """Share of the ties whose opposite is there too, by group; each ordered pair once."""
    keys = np.unique(source * size + target)
    source, target = keys // size, keys % size
    whose = group[source]
    back = np.isin(target * size + source, keys)
    return over(counted(whose, groups, back.astype(float)), counted(whose, groups))


def external_internal(outside: Floats, inside: Floats) -> Floats:
    """
    Index of Krackhardt and Stern: ties with others less ties with one's like, over both.

    References
    ----------
    .. [1] Krackhardt, D. & Stern, R. N. (1988). Informal networks and organizational crises. Social Psychology
       Quarterly 51, 123-140.
    """
    return over(outside - inside, outside + inside)


def assortativity(labels: Ints, first: Ints, second: Ints, whose: Ints, groups: int) -> Floats:
    r"""
    Assortativity by label, by group of pairs.

    Parameters
    ----------
    labels
        Label of each actor, from 0.
    first, second
        Ends of the pairs.
    whose
        Group of each pair; -1 for none.
    groups
        Number of groups.

    Returns
    -------
    assortativity
        1 where only actors of one label are tied with each other, 0 as the ends would give, below 0 where unlike
        ones are; NaN where all ends have one label.

    Notes
    -----
    .. math:: r = \frac{\sum_a e_{aa} - \sum_a a_a^2}{1 - \sum_a a_a^2}

    References
    ----------
    .. [1] Newman, M. E. J. (2003). Mixing patterns in networks. Physical Review E 67, 026126.
    """
    here = whose >= 0
    kinds = int(labels.max(initial=0)) + 1
    one, two, of = labels[first[here]], labels[second[here]], whose[here]
    same = over(counted(of, groups, (one == two).astype(float)), counted(of, groups))
    ends = np.bincount(
        np.concatenate([of, of]) * kinds + np.concatenate([one, two]), minlength=groups * kinds
    ).reshape(groups, kinds)
    share = over(ends, ends.sum(axis=1, keepdims=True))
    alike = (share**2).sum(axis=1)
    return np.where(alike < 1 - 1e-12, over(same - alike, 1 - alike), np.nan)


def within_steps(
    first: Ints, second: Ints, start: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Actors tied with one of some actors, and those tied with them or with one who is."""
    size = len(start)

    def near(who: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        found = np.zeros(size, dtype=bool)
        found[second[who[first]]] = True
        found[first[who[second]]] = True
        return found

    one = near(start)
    return one, one | near(one | start)
