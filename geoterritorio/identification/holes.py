"""Structural holes around actors: Burt's constraint and effective size of their ties, beside chance."""

from __future__ import annotations

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.identification._dealing import dealt_ends
from geoterritorio.identification._open_ways import closed_ways
from geoterritorio.identification.actor_ties import Ties, pairs
from geoterritorio.registry import Progress, no_progress

Ints = npt.NDArray[np.int64]
# Above so many actors the dense matrix of networkx would not fit; then actor by actor, which gives the same.
_DENSE = 4000
# Networks by chance, and ties to deal in all of them together.
_DRAWS, _LEAST_DRAWS, _WORK = 99, 9, 2_000_000


def structural_holes(graph: nx.Graph, *, weight: str | None = None) -> pd.DataFrame:
    """
    Constraint and effective size of each actor's ties, by networkx.

    Parameters
    ----------
    graph
        Network, directed or not.
    weight
        Attribute with the strength of the ties; None counts all alike.

    Returns
    -------
    holes
        By actor: `constraint`, near 0 where the others are many and not tied with each other, `effective_size`, the
        number of others less what they have in common. NaN without ties.

    References
    ----------
    .. [1] Burt, R. S. (1992). Structural Holes. Harvard University Press.
    .. [2] Borgatti, S. P. (1997). Structural holes: unpacking Burt's redundancy measures. Connections 20(1), 35-38.

    Examples
    --------
    >>> structural_holes(nx.star_graph(3)).loc[0].round(3).tolist()
    [0.333, 3.0]
    """
    # The way of networkx 3.6 for all at once departs from published values where ties have strengths or directions.
    plain = weight is None and not graph.is_directed()
    wanted = None if plain and len(graph) <= _DENSE else list(graph)
    # Isolated actors have no sum to divide by; networkx makes them NaN afterwards.
    with np.errstate(invalid="ignore", divide="ignore"):
        constraint = nx.constraint(graph, weight=weight)
        size = nx.effective_size(graph, nodes=wanted, weight=weight)
    return pd.DataFrame({"constraint": pd.Series(constraint), "effective_size": pd.Series(size)})


def holes_of_pairs(first: npt.ArrayLike, second: npt.ArrayLike, size: int) -> pd.DataFrame:
    r"""
    Constraint and effective size where ties are all alike and without direction, of all actors at once.

    Parameters
    ----------
    first, second
        Ends of the pairs, each once.
    size
        Number of actors.

    Returns
    -------
    holes
        By number of the actor: `constraint` and `effective_size`; NaN without ties.

    Notes
    -----
    .. math:: c_i = \sum_j (p_{ij} + \sum_q p_{iq} p_{qj})^2, \quad e_i = d_i - 2 t_i / d_i

    with p one over the degree d, and t the ties among those with whom i is tied.

    References
    ----------
    .. [1] Burt, R. S. (1992). Structural Holes. Harvard University Press.
    .. [2] Borgatti, S. P. (1997). Structural holes: unpacking Burt's redundancy measures. Connections 20(1), 35-38.

    Examples
    --------
    >>> holes_of_pairs([0, 0, 0], [1, 2, 3], 4).loc[0].round(3).tolist()
    [0.333, 3.0]
    """
    one, other = (np.asarray(x, dtype=np.int64) for x in (first, second))
    keys = np.sort(np.concatenate([one * size + other, other * size + one]))
    source, target = keys // size, keys % size
    degree = np.bincount(source, minlength=size)
    ego, middle, last = closed_ways(source, target, keys, size)
    share = 1 / np.maximum(degree, 1)
    over = np.bincount(
        np.searchsorted(keys, ego * size + last), weights=share[ego] * share[middle], minlength=len(keys)
    )
    constraint = np.bincount(source, weights=(share[source] + over) ** 2, minlength=size)
    effective = degree - np.bincount(ego, minlength=size) * share
    table = pd.DataFrame({"constraint": constraint, "effective_size": effective})
    return table.where(pd.Series(degree > 0))


def holes_by_chance(
    ties: Ties, draws: int, random: np.random.Generator, progress: Progress = no_progress
) -> pd.DataFrame:
    """
    Structural holes, and what they are where ends are dealt anew among ties of a kind and period.

    Parameters
    ----------
    ties
        Ties among known actors.
    draws
        Networks by chance: at most 99, and fewer (9 at least) where there are many ties.
    random
        Generator.
    progress
        Callback.

    Returns
    -------
    holes
        By number: `degree`, `constraint`, `effective_size`, and the means of both in networks by chance
        (`constraint_expected`, `effective_size_expected`).
    """
    kept = ~ties.echo
    source, target = ties.chosen(kept)
    first, second = pairs(source, target, ties.size)
    found = holes_of_pairs(first, second, ties.size)
    found.insert(0, "degree", np.bincount(np.concatenate([first, second]), minlength=ties.size))
    sums, count = np.zeros((ties.size, 2)), np.zeros((ties.size, 2))
    draws = min(draws, _DRAWS, max(_LEAST_DRAWS, _WORK // max(len(source), 1)))
    for k in range(draws):
        progress(k / draws)
        one, other = (ends[kept] for ends in ties.either_way(random))
        dealt = dealt_ends((one, other), ties.cells[kept], ties.mutual[kept], ties.size, random)
        drawn = holes_of_pairs(*pairs(one, dealt, ties.size), ties.size).to_numpy(dtype=float)
        sums += np.nan_to_num(drawn)
        count += ~np.isnan(drawn)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(count > 0, sums / count, np.nan)
    return found.assign(constraint_expected=mean[:, 0], effective_size_expected=mean[:, 1])
