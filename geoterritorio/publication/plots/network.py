"""Network of related sectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
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
    headline,
    legend_below,
    literal,
    nothing,
    styled,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import Points, near_labels
from geoterritorio.publication.plots._rows import OF_SECTORS, column, named, part_shown, significant, unknown
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
# The least that 999 random tables can tell.
_LIKELY = 0.001
# Strongest links that the backbone has beside its tree, for each sector.
_BESIDE = 0.5
_STRONG: dict[str, Any] = {"color": "#3d4650", "linewidth": 1.2}
_WEAK: dict[str, Any] = {"color": "#8b949e", "linewidth": 0.9, "linestyle": (0, (3, 2))}
# Kind of the links that a picture shows: how they look, their name, and the rule by which they were chosen.
_LINKS: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "sure": (
        _STRONG,
        mark("unlike chance (q < 0.05)"),
        mark(
            "Drawn: all {links} of {pairs} pairs that are unlike chance. Sectors without such a pair are left out: "
            "{out}."
        ),
    ),
    "likely": (
        _WEAK,
        mark("p ≤ 0.001, but q ≥ 0.05"),
        mark(
            "No pair is unlike chance once all are tested together. Drawn: the {links} of {pairs} pairs with p ≤ "
            "0.001; chance alone would give about {expected}. Sectors without such a pair are left out: {out}."
        ),
    ),
    "backbone": (
        _WEAK,
        mark("backbone, may be chance"),
        mark(
            "No pair is known to differ from chance. Drawn is the backbone: the maximum spanning tree of relatedness "
            "and the strongest other pairs (as Hidalgo et al., 2007), {links} of {pairs}."
        ),
    ),
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
        One dot per sector and one line per pair that holds against chance; where none was tested or none holds, the
        note below says by which rule the lines were chosen.
    """
    pairs: pd.DataFrame = outputs["output"]
    if focus is not None and focus not in {*pairs["sector"], *pairs["other"]}:
        raise unknown(focus, {*pairs["sector"], *pairs["other"]})
    kind, links = _links(pairs)
    if links.empty:
        return nothing(lang)
    nodes = _nodes(links, pairs, focus)
    places = _places(links, list(nodes.index))
    figure, axes = canvas(7.6)
    axes.set_axis_off()
    ends = np.stack([places[nodes.index.get_indexer(links[end])] for end in ("sector", "other")], axis=1)
    axes.add_collection(LineCollection(list(ends), zorder=1, **_LINKS[kind][0]))
    chosen = _labelled(nodes, links, focus)
    bright = np.full(len(nodes), fill_value=True) if focus is None else _among(len(nodes), chosen)
    dots = {"s": nodes["area"], "c": nodes["colour"], "alpha": np.where(bright, 1.0, 0.35)}
    axes.scatter(*places.T, **dots, edgecolors=PAPER, linewidths=0.6, zorder=3)
    axes.set(xlim=_room(places[:, 0], 0.14), ylim=_room(places[:, 1], 0.06))
    _legend(figure, nodes, kind, _note(kind, links, pairs, lang), lang)
    title = translator(lang)(mark("Network of related sectors"))
    headline(figure, title, part_shown(OF_SECTORS, len(nodes), len(_sectors(pairs)), lang))
    texts = dict(zip(chosen, wrapped(list(nodes["name"].iloc[chosen]), 26), strict=True))
    near_labels(
        axes, places, nodes["area"].to_numpy(), texts, most=_LABELLED, covered=0 if focus is None else _ANY
    )
    return figure


_ANY = 999


def _among(count: int, chosen: list[int]) -> npt.NDArray[np.bool_]:
    return np.isin(np.arange(count), chosen)


def _sectors(pairs: pd.DataFrame) -> set[Any]:
    return {*pairs["sector"], *pairs["other"]}


def _links(pairs: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """
    The links drawn, strongest first, and what they are.

    Where chance is known, the strongest are those furthest from it: two rare sectors in the same territory are as near
    to each other as can be, and mean nothing.
    """
    known = pairs[pairs["relatedness"] > 0]
    strength = "z" if column(known, "z").notna().any() else "relatedness"
    order = known.sort_values([strength, "sector", "other"], ascending=[False, True, True], kind="stable")
    order = order[order[strength].notna()].reset_index(drop=True)
    above = order["z"] > 0 if strength == "z" else pd.Series(data=True, index=order.index)
    for kind, some in (("sure", significant(order)), ("likely", column(order, "p") <= _LIKELY)):
        if (some & above).any():
            return kind, order[some & above]
    return "backbone", _backbone(order)


def _backbone(order: pd.DataFrame) -> pd.DataFrame:
    """Links of the maximum spanning tree, which hold all sectors together, and the strongest others."""
    # The place in the order is the weight: equal strength is then decided the same way every time.
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(order["sector"], order["other"], order.index, strict=True))
    tree = {data["weight"] for _, _, data in nx.minimum_spanning_edges(graph, data=True)}
    beside = int(_BESIDE * graph.number_of_nodes())
    return order[order.index.isin(tree) | (order.index < beside)]


def _note(kind: str, links: pd.DataFrame, pairs: pd.DataFrame, lang: Language) -> str:
    """By which rule the links were chosen, and what it leaves out."""
    numbers = Numbers(lang)
    tested = column(pairs, "p").notna().sum()
    figures = {
        "links": len(links),
        "pairs": len(pairs),
        "out": len(_sectors(pairs)) - len(_sectors(links)),
        "expected": _LIKELY * tested,
    }
    written = {name: numbers.count(figure) for name, figure in figures.items()}
    say = translator(lang)
    colours = say(mark("A colour for the codes that begin alike: 1… are all that begin with 1."))
    return f"{say(_LINKS[kind][2]).format(**written)} {colours}"


def _nodes(links: pd.DataFrame, pairs: pd.DataFrame, focus: str | None) -> pd.DataFrame:
    """Sectors that have links or were asked for, with name, area of the dot, group of codes and colour."""
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
    nodes = known.loc[sorted(_sectors(links) | ({focus} if focus is not None else set()))]
    ends = pd.concat([links["sector"], links["other"]])
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
    network = csr_array((np.ones(len(links)), ends), shape=(len(nodes), len(nodes)))
    ways = shortest_path(network, directed=False)
    longest = ways[np.isfinite(ways)].max()
    # parts that nothing links stand apart, yet not so far that each becomes a point
    ways = np.where(np.isfinite(ways), ways, longest / 2 + 2.5)
    distances = dict(enumerate(map(dict, map(enumerate, ways.tolist()))))
    graph = nx.empty_graph(len(nodes))
    found = nx.kamada_kawai_layout(graph, dist=distances)
    return np.array([found[i] for i in range(len(nodes))])


def _room(values: Points, share: float) -> tuple[float, float]:
    """Limits of an axis around the dots, and room for their labels."""
    room = share * max(float(np.ptp(values)), 1e-9)
    return float(values.min()) - room, float(values.max()) + room


def _labelled(nodes: pd.DataFrame, links: pd.DataFrame, focus: str | None) -> list[int]:
    """Positions of the sectors that carry a label if there is room, the most important first."""
    if focus is None:
        order = nodes.reset_index().sort_values(["links", "size", "sector"], ascending=[False, False, True])
        return [int(i) for i in order.index]
    near = links[(links["sector"] == focus) | (links["other"] == focus)]
    codes = dict.fromkeys([focus, *near["sector"], *near["other"]])
    return [int(i) for i in nodes.index.get_indexer(list(codes)) if i >= 0]


def _legend(figure: Figure, nodes: pd.DataFrame, kind: str, note: str, lang: Language) -> None:
    say = translator(lang)
    colours = nodes.drop_duplicates("group").sort_values("group").set_index("group")["colour"]
    handles = [Line2D([], [], linestyle="none", marker="o", markersize=6, color=c) for c in colours]
    labels = [f"{literal(g, 2)}…" if g != _REST else say(mark("others")) for g in colours.index]
    look, text, _ = _LINKS[kind]
    known = nodes["size"].notna().any()
    area = mark("area: territories") if known else mark("area: number of links")
    dot: dict[str, Any] = {
        "linestyle": "none",
        "marker": "o",
        "markersize": 8,
        "color": PAPER,
        "markeredgecolor": MUTED,
    }
    handles = [Line2D([], [], **look), Line2D([], [], **dot), *handles]
    legend_below(figure, handles, [say(text), say(area), *labels], note=note)
