"""Map of what flows between labour markets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    COLOURS,
    MUTED,
    PAPER,
    headline,
    legend_below,
    nothing,
    styled,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import filled, sheet
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

_GROUND, _BORDER = "#f4f5f6", "#9aa3ad"
_ARROW, _COMING = "#6b5a8e", "#1f5a8c"
# Share of the commuters that is enough, and the most arrows that a reader can follow.
_ENOUGH, _MOST = 0.85, 70
# Points that the widest arrow is wide, and the least one.
_WIDEST, _THINNEST = 7.0, 0.5
_NAMED = 60
_SMALLEST, _LARGEST = 12.0, 170.0
# How far arrows bend, so that two that run against each other lie apart.
_BEND = 0.16
# Where along an arrow a label is kept off, and the area in square points of what it is kept off there.
_ALONG, _THICK = np.linspace(0.08, 0.92, 13), 9.0


@plot("market_network")
@styled
def market_flows(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Flows between labour markets on the map.

    Parameters
    ----------
    outputs
        Outputs of `market_network` by name.
    focus
        Identifier of a market, whose own flows are drawn; by default the largest of all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Arrows as wide as the commuters are many, from where they live to where they work, the largest ones until most
        commuters are drawn. Dots are the centres, as large as there are jobs: orange where more work than live, blue
        where more live than work.
    """
    markets, links = outputs["markets"], outputs["links"]
    if focus is not None and focus not in set(markets["territory"]):
        raise unknown(focus, markets["territory"])
    if markets.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    mine = links if focus is None else links[(links["origin"] == focus) | (links["destination"] == focus)]
    drawn = _drawn(mine)
    near = markets if focus is None else markets[markets["territory"].isin({focus, *_ends(drawn)})]
    centres = _centres(markets, links)
    figure, axes = sheet(near.total_bounds, markets.crs, {}, numbers, room=0.95)
    if markets.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        look = {"edgecolors": _BORDER, "linewidths": 0.7, "zorder": 0.3}
        filled(axes, markets.geometry, [_GROUND] * len(markets), **look)
    most = float(links["flow"].max()) if len(links) else 1.0
    _arrows(axes, drawn, centres, most, focus)
    areas = _dots(axes, markets, centres, set(near["territory"]))
    _names(axes, markets, _beside(centres.loc[markets["territory"]].to_numpy(), areas, drawn, centres), near)
    _legend(figure, drawn, mine, most, focus, lang)
    alone = "" if focus is None else str(markets.loc[markets["territory"] == focus, "name"].iloc[0])
    headline(figure, say(mark("Flows between labour markets")), alone, _told(outputs["network"], lang))
    return figure


def _ends(links: pd.DataFrame) -> set[str]:
    return {*links["origin"], *links["destination"]}


def _drawn(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The largest flows, from the smallest of them up."""
    order = links.sort_values(["flow", "origin", "destination"], ascending=[False, True, True], kind="stable")
    before = order["flow"].cumsum().shift(fill_value=0.0)
    enough = before < _ENOUGH * order["flow"].sum()
    return order[enough].head(_MOST)[::-1]


def _centres(markets: gpd.GeoDataFrame, links: gpd.GeoDataFrame) -> pd.DataFrame:
    """Where lines begin and end; a point within the market where it has none."""
    inside = markets.geometry.representative_point()
    found = pd.DataFrame({"x": inside.x.to_numpy(), "y": inside.y.to_numpy()}, index=markets["territory"])
    for end, at in (("origin", 0), ("destination", -1)):
        points = shapely.get_point(links.geometry.to_numpy(), at)
        known = pd.DataFrame(shapely.get_coordinates(points), columns=["x", "y"]).set_axis(links[end])
        found.update(known[~known.index.duplicated()])
    return found


def _width(flow: float, most: float) -> float:
    return max(_WIDEST * flow / most, _THINNEST)


def _arrows(axes: Axes, links: pd.DataFrame, centres: pd.DataFrame, most: float, focus: str | None) -> None:
    for link in links.itertuples(index=False):
        width = _width(link.flow, most)
        head = width + 3.2
        axes.add_patch(
            FancyArrowPatch(
                tuple(centres.loc[link.origin]),
                tuple(centres.loc[link.destination]),
                connectionstyle=f"arc3,rad={_BEND}",
                arrowstyle=f"simple,tail_width={width},head_width={head},head_length={head}",
                facecolor=_colour(link.origin, focus),
                edgecolor=PAPER,
                linewidth=0.3,
                shrinkA=2,
                shrinkB=3.5,
                alpha=0.85,
                zorder=2,
            )
        )


def _colour(origin: str, focus: str | None) -> str:
    if focus is None:
        return _ARROW
    return COLOURS["high"] if origin == focus else _COMING


def _dots(axes: Axes, markets: gpd.GeoDataFrame, centres: pd.DataFrame, shown: set[str]) -> Any:
    """Centres of the markets that are shown; areas of those of all."""
    jobs = markets["workers"].to_numpy(dtype=float)
    areas = _SMALLEST + (_LARGEST - _SMALLEST) * jobs / max(float(np.nanmax(jobs)), 1.0)
    mine = markets["territory"].isin(shown).to_numpy()
    colours = np.where(markets["gain"] > 0, COLOURS["high"], COLOURS["low"])[mine]
    places = centres.loc[markets["territory"][mine]]
    axes.scatter(
        places["x"], places["y"], s=areas[mine], c=colours, edgecolors=PAPER, linewidths=0.8, zorder=3
    )
    return areas


def _beside(places: Any, areas: Any, links: pd.DataFrame, centres: pd.DataFrame) -> tuple[Any, Any]:
    """Centres with their areas, and points along the arrows that labels had better not cover."""
    start, end = (centres.loc[links[e]].to_numpy() for e in ("origin", "destination"))
    across = (end - start)[:, ::-1] * [1, -1]
    bend = (start + end) / 2 + _BEND * across
    along = [(1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end for t in _ALONG]
    every = np.concatenate([places, *along])
    return every, np.concatenate([areas, np.full(len(every) - len(places), _THICK)])


def _names(axes: Axes, markets: gpd.GeoDataFrame, dots: tuple[Any, Any], near: gpd.GeoDataFrame) -> None:
    order = markets["workers"].to_numpy(dtype=float).argsort(kind="stable")[::-1]
    shown = markets["territory"].isin(near["territory"]).to_numpy()
    texts = wrapped(markets["name"].astype(str).tolist(), 18, 3)
    chosen = {int(i): texts[i] for i in order if shown[i]}
    near_labels(axes, *dots, dict(list(chosen.items())[:_NAMED]), covered=len(dots[0]), most=_NAMED)


def _legend(
    figure: Figure, drawn: pd.DataFrame, links: pd.DataFrame, most: float, focus: str | None, lang: Language
) -> None:
    say, numbers = translator(lang), Numbers(lang)
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 6.5, "markeredgecolor": PAPER}
    rows: dict[str, Any] = {
        say(mark("centre: more work than live there")): Line2D([], [], color=COLOURS["high"], **dot),
        say(mark("centre: more live than work there")): Line2D([], [], color=COLOURS["low"], **dot),
    }
    if focus is not None:
        wide: dict[str, Any] = {"linewidth": 3.0, "solid_capstyle": "butt"}
        rows[say(mark("go to work from it"))] = Line2D([], [], color=COLOURS["high"], **wide)
        rows[say(mark("come to work in it"))] = Line2D([], [], color=_COMING, **wide)
    for flow in _round(most) if len(drawn) else ():
        line = Line2D([], [], color=_ARROW if focus is None else MUTED, linewidth=_width(flow, most))
        line.set_solid_capstyle("butt")
        rows[say(mark("{count} commuters")).format(count=numbers.count(flow))] = line
    note = ""
    if len(drawn):
        told = message(
            "Drawn: the {shown} largest of {all} flows, which hold {share} of the commuters; the smallest has {least}.",
            shown=numbers.count(len(drawn)),
            all=numbers.count(len(links)),
            share=numbers.percent(round(float(drawn["flow"].sum() / links["flow"].sum()), 2)),
            least=numbers.count(float(drawn["flow"].min())),
        )
        note = told.render(say)
    legend_below(figure, list(rows.values()), list(rows), note=note)


def _round(most: float) -> list[float]:
    """Two round sizes for the key, the larger one at most the largest flow."""
    power = 10 ** np.floor(np.log10(most))
    large = max(k * power for k in (1, 2, 5) if k * power <= most)
    return [float(large / 5), float(large)] if large >= 5 else [float(large)]  # noqa: PLR2004 - a fifth of fewer is no commuter


def _told(network: pd.DataFrame, lang: Language) -> str:
    """How many cross, and how much of it is returned."""
    say, numbers = translator(lang), Numbers(lang)
    figures = network.set_index("measure")
    value, chance = figures.loc["weighted_reciprocity", ["value", "null_mean"]].astype(float)
    told = message(
        "{between} of {all} commuters cross; returned: {share} (by chance {chance})",
        between=numbers.count(float(figures.loc["between_markets", "value"])),
        all=numbers.count(float(figures.loc["commuters", "value"])),
        share=numbers.percent(round(value, 2)) if np.isfinite(value) else "–",
        chance=numbers.percent(round(chance, 2)) if np.isfinite(chance) else "–",
    )
    return told.render(say)
