"""Network of related sectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    INK,
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
_LINKS: Mapping[bool, dict[str, Any]] = {
    False: {"color": "#d5d9de", "linewidth": 0.7},
    True: {"color": "#6b7480", "linewidth": 1.1},
}
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
Points = npt.NDArray[np.float64]


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
        One dot per sector; significant links are dark, the strongest link of each sector faint.
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
    sure = links["sure"].to_numpy()
    for kind, look in _LINKS.items():
        lines = LineCollection(ends[sure == kind], colors=look["color"], linewidths=look["linewidth"])
        axes.add_collection(lines)
    axes.scatter(
        *places.T, s=nodes["area"], c=nodes["colour"], edgecolors=PAPER, linewidths=0.6, zorder=3
    )
    axes.set(xlim=_room(places[:, 0]), ylim=_room(places[:, 1]))
    _legend(figure, nodes, links, lang)
    _label(figure, axes, nodes, places, _labelled(nodes, links, focus))
    return figure


def _links(pairs: pd.DataFrame) -> pd.DataFrame:
    """The significant links, and of the others those of the maximum spanning tree, which holds all together."""
    known = pairs[pairs["relatedness"] > 0].assign(sure=significant(pairs))
    strength = ["relatedness", *(["z"] if "z" in known.columns else [])]
    order = known.sort_values([*strength, "sector", "other"], ascending=False, kind="stable")
    order = order.reset_index(drop=True)
    # The place in the order is the weight: equal relatedness is then decided the same way every time.
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(order["sector"], order["other"], order.index, strict=True))
    tree = {data["weight"] for _, _, data in nx.minimum_spanning_edges(graph, data=True)}
    return order[order.index.isin(tree) | order["sure"]]


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
    ends = pd.concat([links.loc[links["sure"], end] for end in ("sector", "other")])
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
    length = np.where(links["sure"], 1.0, _FAR)
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
        return list(order.index[:_LABELLED])
    near = links[(links["sector"] == focus) | (links["other"] == focus)]
    codes = dict.fromkeys([focus, *near["sector"], *near["other"]])
    return [int(i) for i in nodes.index.get_indexer(list(codes)) if i >= 0]


def _label(figure: Figure, axes: Axes, nodes: pd.DataFrame, places: Points, chosen: list[int]) -> None:
    """Labels right, left, above or below their dots; one that would cover a label or leave the picture is left out."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw_without_rendering()
    inside = axes.get_window_extent(renderer)
    taken: list[Bbox] = []
    texts = labels_of(list(nodes["name"].iloc[chosen]), 30)
    for text, i in zip(texts, chosen, strict=True):
        away = np.sqrt(nodes["area"].iloc[i]) / 2 + 1.5
        for across, up in _SIDES:
            label = axes.annotate(
                text,
                places[i],
                xytext=(across * away, up * away),
                textcoords="offset points",
                ha={1: "left", -1: "right", 0: "center"}[across],
                va={1: "bottom", -1: "top", 0: "center"}[up],
                fontsize=6.5,
                color=INK,
                parse_math=False,
                annotation_clip=False,
                path_effects=[withStroke(linewidth=2, foreground=PAPER)],
            )
            label.set_in_layout(False)
            box = label.get_window_extent(renderer)
            fits = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
            if fits and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            label.remove()


def _legend(figure: Figure, nodes: pd.DataFrame, links: pd.DataFrame, lang: Language) -> None:
    say = translator(lang)
    colours = nodes.drop_duplicates("group").sort_values("group").set_index("group")["colour"]
    handles = [Line2D([], [], linestyle="none", marker="o", markersize=6, color=c) for c in colours]
    codes = say(mark("codes {first}…"))
    labels = [codes.format(first=literal(g, 2)) if g != _REST else say(mark("other codes")) for g in colours.index]
    kinds = {True: mark("significant (q < 0.05)"), False: mark("strongest of the others")}
    for sure, text in kinds.items():
        if (links["sure"] == sure).any():
            handles.append(Line2D([], [], **_LINKS[sure]))
            labels.append(say(text))
    known = nodes["size"].notna().any()
    area = mark("area: territories with the sector") if known else mark("area: significant links")
    handles.append(Line2D([], [], linestyle="none", marker="o", markersize=8, color=PAPER, markeredgecolor=MUTED))
    legend_below(figure, handles, [*labels, say(area)])
