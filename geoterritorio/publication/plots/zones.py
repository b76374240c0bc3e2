"""Maps of sums by territory, and of the points at which neighbouring centres draw alike."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import INK, MUTED, OPEN, PAPER, headline, legend_below, nothing, styled
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels, titles
from geoterritorio.publication.plots._maps import filled, sheet, without_roads
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

_BANDS, _EDGE, _NAMED, _HALF = 5, "#a4adb7", 24, 0.5
_BREAK = "#b3390e"
# Points from which on they are drawn smaller.
_MANY = 100
_TITLES: Mapping[str, str] = {
    "sum": mark("Sum of the raster by territory"),
    "mean": mark("Mean of the raster by territory"),
}


@plot("zonal_sums")
@styled
def zonal_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Sums or means of a raster by territory, on the map.

    Parameters
    ----------
    outputs
        Outputs of `zonal_sums` by name.
    focus
        `sum` or `mean`; by default the sum.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The more, the darker, in classes with about as many territories each; hatched where less than half of the
        territory has a value, white where nothing has.
    """
    column = focus or "sum"
    if column not in _TITLES:
        raise unknown(column, _TITLES)
    areas = outputs["output"]
    values = areas[column].to_numpy(dtype=np.float64)
    known = np.isfinite(values)
    if not known.any():
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(areas.total_bounds, areas.crs, without_roads(outputs), numbers, room=0.9)
    limits = _limits(values[known])
    colours = [to_hex(colormaps["YlGnBu"](c)) for c in np.linspace(0.08, 0.7, len(limits) - 1)]
    band = np.clip(np.searchsorted(limits[1:-1], values[known], side="right"), 0, len(colours) - 1)
    look: dict[str, Any] = {"edgecolors": _EDGE, "linewidths": 0.4, "zorder": 0.4}
    filled(axes, areas.geometry[known], [colours[k] for k in band], **look)
    filled(axes, areas.geometry[~known], [PAPER] * int((~known).sum()), **look)
    partly = known & (areas["covered"].to_numpy(dtype=np.float64) < _HALF)
    hatched = {"edgecolors": MUTED, "hatch": OPEN["hatch"], "linewidths": 0.4, "zorder": 0.5}
    filled(axes, areas.geometry[partly], ["none"] * int(partly.sum()), **hatched)
    _called(axes, areas[known], values[known])
    rows: dict[str, Any] = {
        f"{numbers.plain(low)}–{numbers.plain(high)}": Patch(facecolor=colour, edgecolor=_EDGE, linewidth=0.4)
        for (low, high), colour in zip(pairwise(limits), colours, strict=True)
    }
    if partly.any():
        rows[say(mark("less than half of the territory has a value"))] = Patch(**OPEN)
    if not known.all():
        rows[say(mark("no value"))] = Patch(facecolor=PAPER, edgecolor=_EDGE, linewidth=0.4)
    legend_below(figure, list(rows.values()), list(rows))
    headline(figure, say(_TITLES[column]), _summed(areas, column, numbers).render(say))
    return figure


def _limits(values: npt.NDArray[np.float64]) -> list[float]:
    """Ends of classes with about as many territories each, at round numbers."""
    ends = np.quantile(values, np.linspace(0, 1, _BANDS + 1))
    inner = {float(f"{end:.2g}") for end in ends[1:-1]}
    low, high = (float(f"{end:.3g}") for end in (ends[0], ends[-1]))
    return [low, *sorted(end for end in inner if low < end < high), max(low, high)]


def _called(axes: Axes, areas: gpd.GeoDataFrame, values: npt.NDArray[np.float64]) -> None:
    """Names of territories, those with most first."""
    spots = areas.geometry.representative_point()
    texts = titles(areas, "territory")
    order = np.argsort(-values, kind="stable")
    xy = np.column_stack([spots.x, spots.y])
    named = {int(k): texts[k] for k in order}
    near_labels(axes, xy, np.zeros(len(xy)), named, most=_NAMED, centred=True)


def _summed(areas: pd.DataFrame, column: str, numbers: Numbers) -> Message:
    told = {"count": numbers.count(len(areas)), "lost": numbers.count(int(areas[column].isna().sum()))}
    if column == "sum":
        total = numbers.plain(float(f"{areas['sum'].sum():.4g}"))
        return message("{total} in all; territories: {count}, without a value: {lost}", total=total, **told)
    return message("territories: {count}, without a value: {lost}", **told)


@plot("break_points")
@styled
def break_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Points at which neighbouring centres draw alike, on the map.

    Parameters
    ----------
    outputs
        Outputs of `break_points` by name; `territories` and `centres` become the ground.
    focus
        A centre, of which alone the points are drawn; by default of all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Points between neighbours; where the centres are known they are drawn, the larger the more they offer, with
        lines to their neighbours.
    """
    points = outputs["output"]
    if focus is not None:
        mine = (points["centre"] == focus) | (points["other_centre"] == focus)
        if not mine.any():
            raise unknown(focus, [*points["centre"], *points["other_centre"]])
        points = points[mine]
    if points.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    centres = _ends(outputs.get("centres"), points)
    shown = np.vstack([points.total_bounds, *([] if centres is None else [centres.total_bounds])])
    bounds = [*shown[:, :2].min(axis=0), *shown[:, 2:].max(axis=0)]
    figure, axes = sheet(bounds, points.crs, without_roads(outputs), numbers, room=0.9)
    look: dict[str, Any] = {"linestyle": "none", "marker": "D", "color": _BREAK}
    look["markersize"] = 3.4 if len(points) <= _MANY else 2.2
    axes.plot(points.geometry.x, points.geometry.y, zorder=2, **look)
    rows: dict[str, Any] = {say(mark("both centres draw alike")): Line2D([], [], **look)}
    if centres is None:
        names = _pairs(points)
        xy = np.column_stack([points.geometry.x, points.geometry.y])
        near_labels(axes, xy, np.full(len(xy), 9.0), dict(enumerate(names)), most=_NAMED)
    else:
        _between(axes, centres, points)
        rows[say(mark("centre, the larger the more it offers"))] = Line2D(
            [], [], linestyle="none", marker="o", markersize=5, color=INK
        )
        rows[say(mark("straight line between neighbours"))] = Line2D([], [], color=MUTED, linewidth=0.7)
    legend_below(figure, list(rows.values()), list(rows))
    alone = "" if focus is None else _name_of(points, focus)
    headline(
        figure, say(mark("Where neighbouring centres draw alike")), alone, _apart(points, numbers).render(say)
    )
    return figure


def _ends(centres: Any, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Centres of the points, at points of their own, where the layer is known and holds all of them."""
    if not isinstance(centres, gpd.GeoDataFrame) or centres.crs is None:
        return None
    if not {"centre", "capacity"} <= set(centres.columns):
        return None
    needed = set(points["centre"]) | set(points["other_centre"])
    mine = centres[centres["centre"].isin(needed)].drop_duplicates("centre")
    if len(mine) < len(needed):
        return None
    spots = mine.geometry.to_crs(points.crs).representative_point()
    return gpd.GeoDataFrame(mine.drop(columns="geometry"), geometry=spots, crs=points.crs)


def _between(axes: Axes, centres: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> None:
    """Centres with their names, and lines between neighbours."""
    xy = pd.DataFrame({"x": centres.geometry.x.to_numpy(), "y": centres.geometry.y.to_numpy()})
    xy.index = pd.Index(centres["centre"])
    lines = np.stack([xy.loc[points[end]].to_numpy() for end in ("centre", "other_centre")], axis=1)
    axes.add_collection(LineCollection(list(lines), colors=MUTED, linewidths=0.7, zorder=0.8), autolim=False)
    offer = pd.to_numeric(centres["capacity"], errors="coerce").fillna(0.0).to_numpy()
    sizes = np.maximum(110.0 * offer / max(float(offer.max(initial=0.0)), 1e-300), 8.0)
    axes.scatter(xy["x"], xy["y"], s=sizes, c=INK, edgecolors=PAPER, linewidths=0.5, zorder=3, alpha=0.9)
    texts = titles(centres, "centre")
    order = np.argsort(-offer, kind="stable")
    near_labels(axes, xy.to_numpy(), sizes, {int(k): texts[k] for k in order}, most=_NAMED)


def _pairs(points: pd.DataFrame) -> list[str]:
    first, other = titles(points, "centre"), titles(points, "other_centre", "other_name")
    return [f"{a} | {b}" for a, b in zip(first, other, strict=True)]


def _name_of(points: pd.DataFrame, centre: str) -> str:
    for code, name in (("centre", "name"), ("other_centre", "other_name")):
        mine = points[points[code] == centre]
        if len(mine) and name in mine.columns:
            return str(mine[name].iloc[0])
    return centre


def _apart(points: pd.DataFrame, numbers: Numbers) -> Message:
    nearer = points[["from_centre", "from_other"]].min(axis=1) / 1000
    return message(
        "points: {count}; {low} to {high} km from the smaller centre",
        count=numbers.count(len(points)),
        low=numbers.plain(float(f"{nearer.min():.2g}")),
        high=numbers.plain(float(f"{nearer.max():.2g}")),
    )
