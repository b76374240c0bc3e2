"""Communities of flows, and how far two divisions of the same places agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.delimitation import market_quality
from geoterritorio.delimitation.commuting import Commuting, commuting
from geoterritorio.delimitation.containment import LabourMarketRules
from geoterritorio.delimitation.market_stability import adjusted_rand
from geoterritorio.errors import FlowError, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.registry import Count, Progress, Ratio, no_progress

Codes = npt.NDArray[np.int64]
Random = int | np.random.Generator | None
_SIZES = ("units", "residents", "workers", "internal", "supply", "demand")


@dataclass(frozen=True)
class FlowCommunities:
    """
    Communities of flows.

    Parameters
    ----------
    membership
        Community of each place, called by the place with most workers; NaN for places left out.
    communities
        By community: `units`, `residents`, `workers`, `internal`, `supply` and `demand`, as of labour markets.
    modularity
        Newman's modularity of the communities, directed.
    agreement
        Adjusted Rand index of the runs with the best one, on average: how far chance decides.
    """

    membership: pd.Series
    communities: pd.DataFrame
    modularity: float
    agreement: float


def flow_communities(
    flows: pd.DataFrame,
    units: Iterable[object] | None = None,
    *,
    resolution: Ratio = 1.0,
    runs: Count = 10,
    outside: Sequence[str] = (),
    rng: Random = 1,
    progress: Progress = no_progress,
) -> FlowCommunities:
    r"""
    Communities of flows by modularity.

    Parameters
    ----------
    flows
        Commuters by `origin`, `destination`, `flow`, those within a place among them.
    units
        Identifiers of the places of the study; by default all that flows name, but `outside`.
    resolution
        Above 1 communities are smaller, below 1 larger.
    runs
        How often they are looked for, in other orders; the best is kept.
    outside
        Names that flows give to what is across the border, whose flows count for nothing here.
    rng
        Generator, or its seed.
    progress
        Called after each run; may raise to cancel.

    Returns
    -------
    communities
        Membership, communities, modularity and agreement of the runs.

    Raises
    ------
    FlowError
        The flows are wrong, or the resolution or the number of runs is not above 0.

    Notes
    -----
    By the algorithm of Louvain (networkx) on directed flows, those within places among them:

    .. math:: Q = \sum_c \left[ \frac{F_{cc}}{F} - \gamma \frac{F_{c\cdot} F_{\cdot c}}{F^2} \right]

    Nothing is asked of size or self-containment, and the larger the network, the larger the communities that are put
    together though they are apart (Fortunato and Barthélemy 2007): a comparison for labour markets, not a substitute.

    References
    ----------
    .. [1] Blondel, V. D., Guillaume, J.-L., Lambiotte, R. & Lefebvre, E. (2008). Fast unfolding of communities in large
       networks. Journal of Statistical Mechanics, P10008.
    .. [2] Fortunato, S. & Barthélemy, M. (2007). Resolution limit in community detection. PNAS 104(1), 36-41.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": list("aabbccdd"), "destination": list("abbaccdc"), "flow": [40, 50] * 4})
    >>> flow_communities(flows.groupby(["origin", "destination"], as_index=False).sum()).membership.tolist()
    ['a', 'a', 'c', 'c']
    """
    for name, value in (("resolution", resolution), ("runs", runs)):
        if not value > 0:
            raise FlowError(message("{name}: {value} is not above 0.", name=name, value=value))
    known = commuting(flows, units, outside=outside)
    graph, found = _graph(known), []
    for i, generator in enumerate(np.random.default_rng(rng).spawn(int(runs))):
        seed = int(generator.integers(2**31))
        parts = nx.community.louvain_communities(graph, weight="flow", resolution=resolution, seed=seed)
        found.append(
            (nx.community.modularity(graph, parts, weight="flow", resolution=resolution), _label(parts))
        )
        progress((i + 1) / int(runs), mark("Looking for communities"))
    label = max(found, key=lambda run: run[0])[1]
    centre = market_quality.centres(known, label)
    ids = known.units[centre]
    table = market_quality.quality(known, label, LabourMarketRules())[list(_SIZES)].set_axis(ids)
    member = pd.Series(ids.to_numpy(dtype=object)[label], known.units)
    without = pd.Series(np.nan, known.left_out.index, dtype=object)
    return FlowCommunities(
        pd.concat([member, without]).sort_index().rename_axis("territory"),
        table.sort_index().rename_axis("community"),
        market_quality.modularity(known, label),
        float(np.mean([adjusted_rand(label, other) for _, other in found])),
    )


def _graph(known: Commuting) -> nx.DiGraph:
    origin = np.repeat(np.arange(len(known.units)), np.diff(known.out.start))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(len(known.units)))
    rows = zip(origin.tolist(), known.out.other.tolist(), known.out.flow.tolist(), strict=True)
    graph.add_weighted_edges_from(rows, weight="flow")
    return graph


def _label(parts: Sequence[set[int]]) -> Codes:
    label = np.empty(sum(map(len, parts)), dtype=np.int64)
    for number, part in enumerate(sorted(parts, key=min)):
        label[list(part)] = number
    return label


@dataclass(frozen=True)
class DivisionAgreement:
    """
    How far two divisions of the same places agree.

    Parameters
    ----------
    adjusted_rand
        1 where they are the same, 0 on average where they have nothing to do with each other.
    areas
        By area of the first: `match`, the area of the second that shares most with it, their `similarity` (Jaccard) and
        in how many `parts` the second divides it.
    places
        By place: `first` and `second`, its areas, and whether the two match (`agrees`: "yes" or "no").
    """

    adjusted_rand: float
    areas: pd.DataFrame
    places: pd.DataFrame


def division_agreement(
    first: pd.Series, second: pd.Series, *, weight: pd.Series | None = None
) -> DivisionAgreement:
    """
    Agreement of two divisions of the same places.

    Parameters
    ----------
    first, second
        Area of each place, by its identifier; places without area in either are left out.
    weight
        How much each place counts for matches and similarity, such as its employed residents; by default all alike. The
        Rand index counts places.

    Returns
    -------
    agreement
        Index, areas and places.

    Raises
    ------
    LayerError
        No place has an area in both.

    References
    ----------
    .. [1] Hubert, L. & Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218.

    Examples
    --------
    >>> one, other = pd.Series(list("xxyy"), list("abcd")), pd.Series(list("uuuv"), list("abcd"))
    >>> division_agreement(one, other).areas["similarity"].round(2).tolist()
    [0.67, 0.5]
    """
    table = pd.DataFrame({"first": first, "second": second}).dropna()
    if table.empty:
        raise LayerError(message("no place has an area in both divisions. Use the same identifiers."))
    size = (
        pd.Series(1.0, table.index) if weight is None else weight.reindex(table.index).fillna(0).astype(float)
    )
    shared = size.groupby([table["first"], table["second"]]).sum().rename("shared").reset_index()
    mine, theirs = (size.groupby(table[c]).sum() for c in ("first", "second"))
    both = shared["first"].map(mine) + shared["second"].map(theirs) - shared["shared"]
    shared["similarity"] = shared["shared"] / both.where(both > 0)
    order = ["first", "shared", "similarity", "second"]
    best = shared.sort_values(order, ascending=[True, False, False, True], kind="stable")
    best = best.drop_duplicates("first").set_index("first")
    areas = best[["second", "similarity"]].rename(columns={"second": "match"}).rename_axis("area")
    areas["parts"] = shared.groupby("first").size()
    agrees = table["first"].map(areas["match"]) == table["second"]
    return DivisionAgreement(
        adjusted_rand(table["first"], table["second"]),
        areas,
        table.assign(agrees=np.where(agrees, "yes", "no")).rename_axis("territory"),
    )
