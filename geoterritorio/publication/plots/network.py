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
from matplotlib.transforms import Bbox

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    PAPER,
    canvas,
    labels_of,
    legend_below,
    literal,
    nothing,
    styled,
)
from geoterritorio.publication.plots._rows import named, significant, unknown
from geoterritorio.registry import plot

_NODES = 300
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
    axes.add_collection(LineCollection(ends[~sure], colors="#d5d9de", linewidths=0.7, zorder=1))
    axes.add_collection(LineCollection(ends[sure], colors="#6b7480", linewidths=1.1, zorder=2))
    axes.scatter(
        *places.T, s=nodes["area"], c=nodes["colour"], edgecolors=PAPER, linewidths=0.6, zorder=3
    )
    axes.set(xlim=_room(places[:, 0]), ylim=_room(places[:, 1]))
    _legend(figure, nodes, links, lang)
    _label(figure, axes, nodes, places, _labelled(nodes, links, focus))
    return figure
