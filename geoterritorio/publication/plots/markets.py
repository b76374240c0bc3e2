"""Maps of delimitations: labour markets with their centres, and which of them hold by the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from geoterritorio.delimitation.outlines import outlines
from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import INK, PAPER, headline, legend_below, nothing, styled, wrapped
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import FILLS, colour_bar, filled, sheet, unlike, without_roads
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

_WEAK = "#8d99a6"
_FAINT = "#eef0f2"
_NAMED = 60
_FIRM = 0.9
_LEAVES = mark("Share of draws in which a place is in another market")


@plot("labour_markets")
@styled
def markets(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Labour markets on the map.

    Parameters
    ----------
    outputs
        Outputs of `labour_markets` by name; `territories` become the ground.
    focus
        Identifier of a market, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Each market in a colour unlike its neighbours', with the name of its centre; hatched where it is less
        self-contained than the rules ask of its size. Places that belong to no market stay white.
    """
    areas = outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    figure, axes = sheet(near.total_bounds, areas.crs, without_roads(outputs), numbers, room=0.7)
    colours = unlike(areas) if focus is None else np.where(areas["territory"] == focus, FILLS[1], _FAINT)
    if (areas.geom_type.isin(["Polygon", "MultiPolygon"])).all():
        filled(axes, areas.geometry, list(colours), edgecolors="none", zorder=0.3)
        weak = areas[areas["valid"] == "no"].geometry
        filled(axes, weak, ["none"] * len(weak), hatch="////", edgecolors=_WEAK, linewidths=0, zorder=0.4)
        filled(axes, areas.geometry, ["none"] * len(areas), edgecolors=INK, linewidths=0.9, zorder=1)
    else:
        points = areas.explode(index_parts=False)
        shade = list(colours[areas.index.get_indexer(points.index)])
        axes.scatter(points.geometry.x, points.geometry.y, s=14, c=shade, edgecolors=INK, linewidths=0.3)
    area_names(axes, areas)
    _legend(figure, areas, say)
    told = message(
        "markets: {markets}, of {places} places; valid by the rules: {valid}",
        markets=numbers.count(len(areas)),
        places=numbers.count(int(areas["units"].sum())),
        valid=numbers.count(int((areas["valid"] == "yes").sum())),
    )
    alone = "" if focus is None else str(near["name"].iloc[0])
    headline(figure, say(mark("Labour markets")), alone, told.render(say))
    return figure


@plot("labour_market_stability")
@styled
def market_places(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    How firmly places belong to their labour market.

    Parameters
    ----------
    outputs
        Outputs of `labour_market_stability` by name; `roads` are left out.
    focus
        Identifier of a market, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The darker, the oftener a place leaves its market when commuters are drawn anew; thick lines are the borders of
        the markets. White places stay always, dotted ones belong to no market.
    """
    rows, markets_of = outputs["places"], outputs["markets"]
    if focus is not None and focus not in set(markets_of["market"]):
        raise unknown(focus, markets_of["market"])
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = rows if focus is None else rows[rows["market"] == focus]
    figure, axes = sheet(near.total_bounds, rows.crs, {}, numbers, room=0.95)
    norm, tints = Normalize(0, 1), colormaps["YlOrBr"]
    leaves = 1 - rows["kept"].to_numpy(dtype=float)
    colours = [PAPER if np.isnan(v) else to_hex(tints(norm(0.85 * v))) if v > 0 else PAPER for v in leaves]
    if rows.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        filled(axes, rows.geometry, colours, edgecolors="#c3c9d0", linewidths=0.3, zorder=0.3)
        without = rows[rows["market"].isna()].geometry
        filled(
            axes, without, ["none"] * len(without), hatch="....", edgecolors=_WEAK, linewidths=0, zorder=0.4
        )
        code, known = pd.factorize(rows["market"])
        areas = outlines(rows, code.astype(np.int64), len(known))
        filled(axes, areas, ["none"] * len(areas), edgecolors=INK, linewidths=0.9, zorder=1)
    else:
        axes.scatter(rows.geometry.x, rows.geometry.y, s=14, c=colours, edgecolors=INK, linewidths=0.3)
    drawn = ScalarMappable(norm, LinearSegmentedColormap.from_list("leaves", tints(np.linspace(0, 0.85, 64))))
    colour_bar(figure, axes, drawn, say(_LEAVES), numbers, [0, 0.25, 0.5, 0.75, 1])
    told = message(
        "places that stay in nine of ten draws: {firm} of {places}",
        firm=numbers.count(int((rows["kept"] >= _FIRM).sum())),
        places=numbers.count(int(rows["kept"].notna().sum())),
    )
    headline(figure, say(mark("Stability of labour markets")), told.render(say))
    return figure


def area_names(axes: Axes, areas: gpd.GeoDataFrame) -> None:
    """Names of areas within them, those with most jobs first."""
    order = areas["workers"].to_numpy(dtype=float).argsort(kind="stable")[::-1][:_NAMED]
    inside = areas.geometry.representative_point()
    places = np.column_stack([inside.x, inside.y])
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    seen: list[bool] = ((places > low) & (places < high)).all(axis=1).tolist()
    texts = wrapped(areas["name"].tolist(), 18)
    near_labels(
        axes,
        places,
        np.zeros(len(areas)),
        {int(i): texts[i] for i in order if seen[i]},
        covered=0,
        most=_NAMED,
        centred=True,
    )


def _legend(figure: Figure, areas: gpd.GeoDataFrame, say: Any) -> None:
    rows: dict[str, Any] = {
        say(mark("labour market, named after its centre")): Patch(
            facecolor=FILLS[0], edgecolor=INK, linewidth=0.9
        )
    }
    if (areas["valid"] == "no").any():
        rows[say(mark("less self-contained than the rules ask"))] = Patch(
            facecolor=PAPER, edgecolor=_WEAK, hatch="////", linewidth=0
        )
    legend_below(figure, list(rows.values()), list(rows))
