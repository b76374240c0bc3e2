"""Maps of limits: basins with their streams, and borders by which other limits they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import INK, PAPER, headline, legend_below, nothing, styled
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import FILLS, filled, sheet, unlike
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.publication.webmap.palette import LIMITS
from geoterritorio.registry import plot

_WATER, _EDGE, _FAINT = "#2f6f9f", "#8d99a6", "#eef0f2"
_LAND, _FOCUS = "#f7f7f4", "#e9e4d3"
# Width of a border with no other limit, of one with another, and of a stream of the first order.
_THIN, _THICK, _BROOK = 0.7, 1.9, 0.35


@plot("natural_basins")
@styled
def basins(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Basins and streams on the map.

    Parameters
    ----------
    outputs
        Outputs of `natural_basins` by name; `territories` become the ground.
    focus
        Identifier of a basin, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Each basin in a colour unlike its neighbours', hatched where the edge of what is known cuts it; streams are the
        wider, the higher their order.
    """
    areas, streams = outputs["basins"], outputs["streams"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    ground = {name: layer for name, layer in outputs.items() if name != "roads"}
    figure, axes = sheet(near.total_bounds, areas.crs, ground, numbers, room=0.7)
    colours = unlike(areas) if focus is None else np.where(areas["territory"] == focus, FILLS[0], _FAINT)
    filled(axes, areas.geometry, list(colours), edgecolors="none", zorder=0.3)
    cut = areas[areas["touches_edge"] == "yes"].geometry
    filled(
        axes, cut, ["none"] * len(cut), hatch="////", edgecolors=_EDGE, linewidths=0, alpha=0.5, zorder=0.4
    )
    filled(axes, areas.geometry, ["none"] * len(areas), edgecolors=INK, linewidths=0.7, zorder=1)
    order = streams["order"].to_numpy(dtype=float)
    _lines(axes, streams.geometry, _WATER, _BROOK * order, zorder=1.2)
    rows: dict[str, Any] = {
        say(mark("basin")): Patch(facecolor=FILLS[0], edgecolor=INK, linewidth=0.7),
        say(mark("cut by the edge of what is known")): Patch(
            facecolor=PAPER, edgecolor=_EDGE, hatch="////", linewidth=0
        ),
        say(mark("stream, by its order")): Line2D([], [], color=_WATER, linewidth=1.4),
    }
    legend_below(figure, list(rows.values()), list(rows))
    headline(
        figure, say(mark("Basins and streams")), focus or "", _told(outputs["report"], numbers).render(say)
    )
    return figure


def _told(report: Any, numbers: Numbers) -> Any:
    row = report.iloc[0]
    return message(
        "basins: {basins}; raised so that water runs off: {filled} % of the land",
        basins=numbers.count(int(row["basins"])),
        filled=numbers.plain(round(100 * float(row["raised"]), 1)),
    )


@plot("limit_agreement")
@styled
def borders(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Borders by which other limits they are.

    Parameters
    ----------
    outputs
        Outputs of `limit_agreement` by name; `roads` lie beneath.
    focus
        Identifier of a territory, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Borders of territories, coloured and wider where limits of daily life or of nature are the same; lengths and
        shares are those of all borders, or of the territory drawn near to.
    """
    lines, areas = outputs["borders"], outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    # The territories' own lines would lie beneath the coloured ones, simplified otherwise.
    ground = {name: layer for name, layer in outputs.items() if name != "territories"}
    figure, axes = sheet(near.total_bounds, areas.crs, ground, numbers, room=0.7)
    shade = np.where(areas["territory"] == focus, _FOCUS, _LAND)
    filled(axes, areas.geometry, list(shade), edgecolors="none", zorder=0.2)
    mine = lines if focus is None else lines[(lines["first"] == focus) | (lines["second"] == focus)]
    length = mine.groupby("limits")["length_km"].sum().reindex(lines["limits"].unique(), fill_value=0.0)
    rows: dict[str, Any] = {}
    for rank, (code, colour) in enumerate(LIMITS.items()):
        if code not in length.index:
            continue
        width = _THIN if code in {"none", "unknown"} else _THICK
        _lines(axes, lines.loc[lines["limits"] == code].geometry, colour, width, zorder=1 + rank / 10)
        told = f"{worded('limits', code, 'border_limits', say)}: {numbers.count(float(length[code]))} km"
        rows[told] = Line2D([], [], color=colour, linewidth=width)
    legend_below(figure, list(rows.values()), list(rows))
    alone = "" if focus is None else str(near["name" if "name" in near.columns else "territory"].iloc[0])
    shares = outputs["divisions"]
    if focus is not None:
        shares = outputs["table"].loc[outputs["table"]["territory"] == focus]
    headline(figure, say(mark("Borders and other limits")), alone, _compared(shares, say, numbers))
    return figure


def _compared(shares: Any, say: Any, numbers: Numbers) -> str:
    told = [
        message(
            "along {division} limits: {along} %, by chance {chance} %",
            division=worded("division", row["division"], "division_limits", say),
            along=numbers.count(100 * float(row["along"])),
            chance=numbers.count(100 * float(row["by_chance"])),
        ).render(say)
        for row in shares.dropna(subset=["along", "by_chance"]).to_dict("records")
    ]
    return "; ".join(told)


def _lines(axes: Axes, shapes: gpd.GeoSeries, colour: str, width: Any, **look: Any) -> None:
    parts, which = shapely.get_parts(shapes.to_numpy(), return_index=True)
    widths = np.broadcast_to(np.asarray(width, dtype=float), len(shapes))[which]
    drawn = [shapely.get_coordinates(part) for part in parts]
    axes.add_collection(
        LineCollection(drawn, colors=colour, linewidths=widths, capstyle="round", **look), autolim=False
    )
