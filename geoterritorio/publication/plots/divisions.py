"""Maps of divisions compared: communities of flows, and the places in which two divisions agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from geoterritorio.delimitation.outlines import outlines
from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import COLOURS, INK, headline, legend_below, nothing, styled
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import FILLS, filled, sheet, unlike, without_roads
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.publication.plots.markets import area_names
from geoterritorio.registry import plot

_FAINT = "#eef0f2"
_LINE = "#c3c9d0"


@plot("flow_communities")
@styled
def communities(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Communities of flows on the map.

    Parameters
    ----------
    outputs
        Outputs of `flow_communities` by name; `territories` become the ground.
    focus
        Identifier of a community, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Each community in a colour unlike its neighbours', with the name of the place with most jobs.
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
    _drawn(axes, areas, list(colours), INK, 0.9)
    area_names(axes, areas)
    key = Patch(facecolor=FILLS[0], edgecolor=INK, linewidth=0.9)
    legend_below(figure, [key], [say(mark("community, named after the place with most jobs"))])
    figures = outputs["figures"].set_index("measure")["value"]
    told = message(
        "communities: {count}; modularity {modularity}; agreement of the runs {agreement}",
        count=numbers.count(len(areas)),
        modularity=numbers.plain(round(float(figures["modularity"]), 2)),
        agreement=numbers.plain(round(float(figures["agreement_of_runs"]), 2)),
    )
    alone = "" if focus is None else str(near["name"].iloc[0])
    headline(figure, say(mark("Communities of flows")), alone, told.render(say))
    return figure


@plot("division_agreement")
@styled
def agreement(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Places in which two divisions agree.

    Parameters
    ----------
    outputs
        Outputs of `division_agreement` by name; `territories` become the ground.
    focus
        Identifier of an area of the first division, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Places coloured by whether their areas in both divisions answer to each other, with the adjusted Rand index;
        thick lines are the borders of the first division.
    """
    rows = outputs["places"]
    if focus is not None and focus not in set(rows["first"]):
        raise unknown(focus, rows["first"])
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = rows if focus is None else rows[rows["first"] == focus]
    figure, axes = sheet(near.total_bounds, rows.crs, without_roads(outputs), numbers, room=0.7)
    agrees = (rows["agrees"] == "yes").to_numpy()
    _drawn(axes, rows, list(np.where(agrees, FILLS[0], COLOURS["high"])), _LINE, 0.3)
    if rows.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        code, known = pd.factorize(rows["first"])
        areas = outlines(rows, code.astype(np.int64), len(known))
        filled(axes, areas, ["none"] * len(areas), edgecolors=INK, linewidths=0.9, zorder=1)
    keys = {
        say(mark("the divisions agree")): Patch(facecolor=FILLS[0], edgecolor=_LINE),
        say(mark("the divisions differ")): Patch(facecolor=COLOURS["high"], edgecolor=_LINE),
    }
    legend_below(figure, list(keys.values()), list(keys))
    figures = outputs["figures"].set_index("measure")["value"]
    told = message(
        "adjusted Rand index: {rand}; the divisions agree in {agreeing} of {all} places",
        rand=numbers.plain(round(float(figures["adjusted_rand"]), 2)),
        agreeing=numbers.count(int(figures["places_agreeing"])),
        all=numbers.count(int(figures["places_compared"])),
    )
    headline(figure, say(mark("Agreement of two divisions")), focus or "", told.render(say))
    return figure


def _drawn(axes: Axes, rows: gpd.GeoDataFrame, colours: list[str], edge: str, width: float) -> None:
    if rows.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        filled(axes, rows.geometry, colours, edgecolors=edge, linewidths=width, zorder=0.5)
        return
    points = rows.explode(index_parts=False)
    shade = np.asarray(colours, dtype=object)[rows.index.get_indexer(points.index)]
    axes.scatter(points.geometry.x, points.geometry.y, s=14, c=list(shade), edgecolors=INK, linewidths=0.3)
