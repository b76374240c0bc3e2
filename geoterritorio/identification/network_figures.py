"""Figures of networks that are many at once: one for each group of actors."""

from __future__ import annotations

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


def distinct(keys: Ints) -> Ints:
    """Each number once, in order; by sorting, which is many times faster here than `numpy.unique`."""
    ranked = np.sort(keys)
    return ranked[np.r_[True, ranked[1:] != ranked[:-1]]] if len(ranked) else ranked


def among(values: Ints, ranked: Ints) -> npt.NDArray[np.bool_]:
    """Which numbers are among others that are in order."""
    if not len(ranked):
        return np.zeros(len(values), dtype=bool)
    at = np.minimum(np.searchsorted(ranked, values), len(ranked) - 1)
    return np.asarray(ranked[at] == values)


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
    Freeman's centralisation of betweenness, of all groups at once.

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
    number = counted(group, groups)
    between = _between(first, second, *_sources(group, groups, pivots, np.random.default_rng(seed)))
    # of a sample of starts, as if all had been counted
    of = np.maximum(group, 0)
    between *= over(number, np.minimum(number, pivots))[of] / np.maximum((number - 1) * (number - 2), 1)[of]
    here = group >= 0
    most = np.zeros(groups)
    np.maximum.at(most, group[here], between[here])
    gap = number * most - counted(group, groups, between)
    return np.where(number >= _STAR, over(gap, number - 1), np.nan)


def _sources(group: Ints, groups: int, pivots: int, rng: np.random.Generator) -> tuple[Ints, Ints, int]:
    """
    Actors from which shortest paths are counted, each with the round in which it is, and the number of actors.

    Groups are not tied with each other, so that one of each is looked at in the same round.
    """
    mixed = rng.permutation(len(group))
    order = mixed[np.argsort(group[mixed], kind="stable")]
    start = np.searchsorted(group[order], np.arange(groups))
    turn = np.arange(len(group)) - start[np.maximum(group[order], 0)]
    chosen = (group[order] >= 0) & (turn < pivots)
    return order[chosen], turn[chosen], len(group)


def _between(first: Ints, second: Ints, start: Ints, turn: Ints, size: int) -> Floats:
    """Shortest paths over each actor from the starts of all rounds, counted as Brandes does, rounds side by side."""
    ends = np.concatenate([first, second]), np.concatenate([second, first])
    matrix = csr_array((np.ones(2 * len(first)), ends), shape=(size, size))
    depth = np.full((size, int(turn.max(initial=0)) + 1), -1, dtype=np.int32)
    paths = np.zeros(depth.shape)
    depth[start, turn], paths[start, turn] = 0, 1
    front, level = paths.copy(), 0
    while front.any():
        level += 1
        front = matrix @ front
        front[depth >= 0] = 0
        depth[front > 0] = level
        paths += front
    rest = np.zeros(depth.shape)
    for k in range(level - 1, 0, -1):
        far = np.divide(1 + rest, paths, out=np.zeros(depth.shape), where=depth == k)
        rest += np.where(depth == k - 1, paths * (matrix @ far), 0)
    return np.asarray(np.where(depth > 0, rest, 0).sum(axis=1))


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
    """Largest k of which there is a k-core: actors who all have k ties or more with each other."""
    size = len(group)
    ends = np.concatenate([first, second]), np.concatenate([second, first])
    matrix = csr_array((np.ones(2 * len(first)), ends), shape=(size, size))
    most = np.where(counted(group, groups) > 0, 0.0, np.nan)
    left = np.bincount(ends[0], minlength=size).astype(float)
    there, k = left > 0, 1
    while there.any():
        out = there & (left < k)
        if out.any():
            there &= ~out
            left -= matrix @ out.astype(float)
            continue
        np.fmax.at(most, group[there], float(k))
        k += 1
    return most


def reciprocity(source: Ints, target: Ints, group: Ints, groups: int, size: int) -> Floats:
    """Share of the ties whose opposite is there too, by group; each ordered pair once."""
    keys = distinct(source * size + target)
    source, target = keys // size, keys % size
    whose = group[source]
    back = among(target * size + source, keys)
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
