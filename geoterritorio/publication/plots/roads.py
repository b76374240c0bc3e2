"""Pictures of networks: what hangs together and what was mended, and how far the nearest places are by road."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geoterritorio.errors import LayerError, Message, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.drawing import RULE, canvas, headline, legend_below, name_axis, nothing, styled
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import near_colours, sheet, without_roads
from geoterritorio.publication.plots._rows import plain_ticks, unknown
from geoterritorio.registry import plot

_MAIN, _APART, _TRAP = "#9b8f7d", "#b3390e", "#7a2a8f"
# Edges from which on they are drawn as a picture, and destinations one after the other of which curves tell.
_MANY, _CURVES = 5000, 3
_COUNTED = (mark("to the nearest place"), mark("to the second nearest"), mark("to the third nearest"))


@plot("road_network")
@styled
def network_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Network of roads, and what in it does not hang together.

    Parameters
    ----------
    outputs
        Outputs of `road_network` by name; `territories` become the ground.
    focus
        Number of a part of the network, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The longest part of the network in grey, all others and roads that one-ways shut in in colour; what was found in
        the lines, and what was done about it, stands below.
    """
    edges = outputs["edges"]
    if focus is not None and focus not in set(edges["component"].astype(str)):
        raise unknown(focus, edges["component"])
    if edges.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = edges if focus is None else edges[edges["component"].astype(str) == focus]
    figure, axes = sheet(near.total_bounds, edges.crs, without_roads(outputs), numbers, room=1.1)
    apart = (edges["component"] > 1).to_numpy()
    trap = ~apart & (edges["returns"] == "no").to_numpy()
    rows: dict[str, Any] = {}
    looks: dict[str, dict[str, Any]] = {
        mark("Main network"): {"color": _MAIN, "linewidth": 0.6},
        VALUES["other_components"]: {"color": _APART, "linewidth": 1.5},
        VALUES["one_way_traps"]: {"color": _TRAP, "linewidth": 1.5},
    }
    for some, (text, look) in zip((~apart & ~trap, apart, trap), looks.items(), strict=True):
        if some.any():
            _edges(axes, edges.geometry[some], look)
            rows[say(text)] = Line2D([], [], **look)
    legend_below(figure, list(rows.values()), list(rows), note=_mended(outputs["repairs"], numbers, say))
    headline(figure, say(mark("Network of roads")), _parts(outputs["components"], numbers).render(say))
    return figure


def _edges(axes: Axes, lines: gpd.GeoSeries, look: Mapping[str, Any]) -> None:
    parts = [shapely.get_coordinates(line) for line in lines]
    style: dict[str, Any] = {"colors": look["color"], "linewidths": look["linewidth"], "zorder": 1}
    axes.add_collection(LineCollection(parts, rasterized=len(parts) > _MANY, **style), autolim=False)


def _mended(repairs: pd.DataFrame, numbers: Numbers, say: Translate) -> str:
    """What was found in the lines, and what was done."""
    found = repairs[repairs["count"] > 0]
    if found.empty:
        return say(mark("Nothing had to be mended."))
    rows = [
        message(
            "{fault}: {count} ({treatment})",
            fault=worded("fault", str(row["fault"]), "road_repairs", say),
            count=numbers.count(int(row["count"])),
            treatment=worded("treatment", str(row["treatment"]), "road_repairs", say),
        ).render(say)
        for row in found.to_dict("records")
    ]
    return message("Found in the lines: {rows}.", rows="; ".join(rows)).render(say)


def _parts(components: pd.DataFrame, numbers: Numbers) -> Message:
    length = numbers.plain(float(f"{components['length_km'].sum():.3g}"))
    if len(components) == 1:
        return message("{length} km; all roads hang together", length=length)
    return message(
        "{length} km; parts that no road joins: {parts}; the longest has {share}",
        length=length,
        parts=numbers.count(len(components)),
        share=numbers.percent(float(components["share"].max())),
    )


@plot("travel_costs")
@styled
def cost_curves(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    How many have their nearest places within which cost.

    Parameters
    ----------
    outputs
        Outputs of `travel_costs` by name.
    focus
        Nothing: curves are those of all origins.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Share of the origins that reach one destination, two and three within each cost. Curves that end below the top
        tell of origins from which no more is within the cut-off.
    """
    if focus is not None:
        raise LayerError(message("plot: this picture is about all origins together. Leave its focus out."))
    costs, snapped = outputs["costs"], outputs["snapped"]
    origins = snapped.loc[snapped["role"] == "origin", "place"].astype(str)
    pairs = costs[costs["origin"].astype(str) != costs["destination"].astype(str)]
    if pairs.empty or origins.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    ranked = pairs.sort_values("cost", kind="stable")
    rank = ranked.groupby("origin").cumcount().to_numpy()
    most = float(pairs["cost"].max())
    figure, axes = canvas(3.6)
    rows: dict[str, Any] = {}
    reached = []
    for k, colour in enumerate(near_colours(_CURVES, 0.4, 0.9)):
        cost = np.sort(ranked["cost"].to_numpy(dtype=np.float64)[rank == k])
        if len(cost):
            _steps(axes, cost, len(origins), most, colour)
            rows[say(_COUNTED[k])] = Line2D([], [], color=colour, linewidth=1.7)
            reached.append(cost)
    axes.set(xlim=(0, most), ylim=(0, 1))
    axes.grid(color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_yticks(np.linspace(0, 1, 6), labels=[numbers.percent(t) for t in np.linspace(0, 1, 6)])
    plain_ticks(axes, "x", numbers)
    name_axis(axes, "x", say(mark("Cost of the way, in minutes or metres as the network counts")))
    name_axis(axes, "y", say(mark("Share of the origins")))
    legend_below(figure, list(rows.values()), list(rows))
    headline(
        figure,
        say(mark("Ways by road to the nearest places")),
        _near(reached[0], origins, numbers).render(say),
    )
    return figure


def _steps(axes: Axes, cost: npt.NDArray[np.float64], number: int, most: float, colour: str) -> None:
    """Share of all that lies within each cost, up to the largest one."""
    share = np.arange(len(cost) + 1) / number
    x = np.concatenate([[0.0], cost, [most]])
    y = np.concatenate([share, share[-1:]])
    axes.step(x, y, where="post", color=colour, linewidth=1.7)


def _near(cost: npt.NDArray[np.float64], origins: pd.Series, numbers: Numbers) -> Message:
    every = np.concatenate([cost, np.full(len(origins) - len(cost), np.inf)])
    middle = float(np.quantile(every, 0.5, method="inverted_cdf"))
    return (
        message(
            "origins: {count}; with none within the cut-off: {lost}; half have one within {median}",
            count=numbers.count(len(origins)),
            lost=numbers.count(len(origins) - len(cost)),
            median=numbers.plain(float(f"{middle:.3g}")),
        )
        if np.isfinite(middle)
        else message(
            "origins: {count}; with none within the cut-off: {lost}",
            count=numbers.count(len(origins)),
            lost=numbers.count(len(origins) - len(cost)),
        )
    )
