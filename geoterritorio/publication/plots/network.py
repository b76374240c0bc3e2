"""Network of related sectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    MUTED,
    PAPER,
    RULE,
    canvas,
    labels_of,
    legend_below,
    literal,
    nothing,
    styled,
)
from geoterritorio.publication.plots._labels import Points, near_labels
from geoterritorio.publication.plots._rows import column, named, significant, unknown
from geoterritorio.registry import plot

_LABELLED = 40
_SMALLEST, _LARGEST = 14.0, 190.0
_COLOURS = (
    "#1f5a8c",
    "#d9a441",
    "#2f7f6b",
    "#a8480a",
    "#8fb8da",
    "#c98aa8",
    "#6b4c8a",
    "#7c8a2e",
    "#5b3a1e",
    "#9aa3ad",
)
_REST = "~"
# How much longer a link is drawn that may be chance.
_FAR = 1.6
_ANY = 999
# The least that 999 random tables can tell.
_LIKELY = 0.001
_LINKS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "rest": (mark("may be chance"), {"color": "#d5d9de", "linewidth": 0.7}),
    "likely": (
        mark("p ≤ 0.001, but q ≥ 0.05"),
        {"color": "#8b949e", "linewidth": 0.9, "linestyle": (0, (3, 2))},
    ),
    "sure": (mark("q < 0.05"), {"color": "#3d4650", "linewidth": 1.2}),
}


@plot("sector_relatedness")
@styled
def network(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Network of related sectors.

    Parameters
    ----------
    outputs
        Outputs of `sector_relatedness` by name.
    focus
        Code of a sector: only it and the sectors linked with it carry labels.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One dot per sector; significant links are solid, those that may be chance dashed or faint.
    """
    pairs: pd.DataFrame = outputs["output"]
    if focus is not None and focus not in {*pairs["sector"], *pairs["other"]}:
        raise unknown(focus)
    links = _links(pairs)
    if links.empty:
        return nothing(lang)
    nodes = _nodes(links, pairs)
    places = _places(links, list(nodes.index))
    figure, axes = canvas(7.6)
    axes.set_axis_off()
    ends = np.stack([places[nodes.index.get_indexer(links[end])] for end in ("sector", "other")], axis=1)
    for kind, (_, look) in _LINKS.items():
        some = (links["kind"] == kind).to_numpy()
        axes.add_collection(LineCollection(ends[some], zorder=1, **look))
    chosen = _labelled(nodes, links, focus)
    bright = nodes["links"] > 0 if focus is None else nodes.index.isin(nodes.index[chosen])
    dots = {"s": nodes["area"], "c": nodes["colour"], "alpha": np.where(bright, 1.0, 0.35)}
    axes.scatter(*places.T, **dots, edgecolors=PAPER, linewidths=0.6, zorder=3)
    axes.set(xlim=_room(places[:, 0]), ylim=_room(places[:, 1]))
    _legend(figure, nodes, links, lang)
    texts = dict(zip(chosen, labels_of(list(nodes["name"].iloc[chosen]), 34), strict=True))
    near_labels(axes, places, nodes["area"].to_numpy(), texts, covered=1 if focus is None else _ANY)
    return figure


def _links(pairs: pd.DataFrame) -> pd.DataFrame:
    """
    The links drawn, strongest first, with their kind.

    Those of the maximum spanning tree hold all together. Where chance is known, the strongest are those furthest from
    it: two rare sectors in the same territory are as near to each other as can be, and mean nothing.
    """
    known = pairs[pairs["relatedness"] > 0]
    strength = "z" if column(known, "z").notna().any() else "relatedness"
    order = known.sort_values([strength, "sector", "other"], ascending=[False, True, True], kind="stable")
    order = order[order[strength].notna()].reset_index(drop=True)
    # The place in the order is the weight: equal strength is then decided the same way every time.
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(order["sector"], order["other"], order.index, strict=True))
    tree = {data["weight"] for _, _, data in nx.minimum_spanning_edges(graph, data=True)}
    likely = order.index[column(order, "p") <= _LIKELY][: graph.number_of_nodes()]
    order["kind"] = np.where(order.index.isin(likely), "likely", "rest")
    order.loc[significant(order), "kind"] = "sure"
    return order[order.index.isin(tree) | (order["kind"] != "rest")]


def _nodes(links: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Sectors that have links, with name, area of the dot, group of codes and colour."""
    halves = [
        pd.DataFrame(
            {
                "sector": pairs[code],
                "name": named(pairs, code, f"{code}_name"),
                "size": column(pairs, ubiquity),
            }
        )
        for code, ubiquity in (("sector", "ubiquity"), ("other", "other_ubiquity"))
    ]
    known = pd.concat(halves).drop_duplicates("sector").set_index("sector")
    nodes = known.loc[sorted({*links["sector"], *links["other"]})]
    telling = links[links["kind"] != "rest"]
    ends = pd.concat([telling["sector"], telling["other"]])
    nodes["links"] = ends.value_counts().reindex(nodes.index).fillna(0)
    size = nodes["size"].fillna(nodes["links"])
    nodes["area"] = _SMALLEST + (_LARGEST - _SMALLEST) * size / max(float(size.max()), 1.0)
    first = nodes.index.astype(str).str[:1].to_series(index=nodes.index)
    common = sorted(first.value_counts().sort_index().nlargest(len(_COLOURS)).index)
    nodes["group"] = first.where(first.isin(common), _REST)
    nodes["colour"] = nodes["group"].map(dict(zip(common, _COLOURS, strict=False))).fillna(RULE)
    return nodes


def _places(links: pd.DataFrame, nodes: list[Any]) -> Points:
    """Places at which the ways along the links are as long as in the network (Kamada-Kawai); the same every time."""
    index = pd.Index(nodes)
    ends = [index.get_indexer(links[end]) for end in ("sector", "other")]
    length = np.where(links["kind"] != "rest", 1.0, _FAR)
    network = csr_array((length, ends), shape=(len(nodes), len(nodes)))
    ways = shortest_path(network, directed=False)
    longest = ways[np.isfinite(ways)].max()
    ways = np.where(np.isfinite(ways), ways, longest + 1)
    distances = dict(enumerate(map(dict, map(enumerate, ways.tolist()))))
    graph = nx.empty_graph(len(nodes))
    found = nx.kamada_kawai_layout(graph, dist=distances)
    return np.array([found[i] for i in range(len(nodes))])


def _room(values: Points) -> tuple[float, float]:
    """Limits of an axis around the dots."""
    room = 0.06 * max(float(np.ptp(values)), 1e-9)
    return float(values.min()) - room, float(values.max()) + room


def _labelled(nodes: pd.DataFrame, links: pd.DataFrame, focus: str | None) -> list[int]:
    """Positions of the sectors that carry a label if there is room, the most important first."""
    if focus is None:
        order = nodes.reset_index().sort_values(["links", "size", "sector"], ascending=[False, False, True])
        telling = order[order["links"] > 0]
        return [int(i) for i in (order if telling.empty else telling).index[:_LABELLED]]
    near = links[(links["sector"] == focus) | (links["other"] == focus)]
    codes = dict.fromkeys([focus, *near["sector"], *near["other"]])
    return [int(i) for i in nodes.index.get_indexer(list(codes)) if i >= 0]


def _legend(figure: Figure, nodes: pd.DataFrame, links: pd.DataFrame, lang: Language) -> None:
    say = translator(lang)
    colours = nodes.drop_duplicates("group").sort_values("group").set_index("group")["colour"]
    handles = [Line2D([], [], linestyle="none", marker="o", markersize=6, color=c) for c in colours]
    codes = say(mark("codes {first}…"))
    labels = [
        codes.format(first=literal(g, 2)) if g != _REST else say(mark("other codes")) for g in colours.index
    ]
    for kind, (text, look) in _LINKS.items():
        if (links["kind"] == kind).any():
            handles.append(Line2D([], [], **look))
            labels.append(say(text))
    known = nodes["size"].notna().any()
    area = mark("area: territories") if known else mark("area: number of links")
    handles.append(
        Line2D([], [], linestyle="none", marker="o", markersize=8, color=PAPER, markeredgecolor=MUTED)
    )
    legend_below(figure, handles, [*labels, say(area)])
