"""Maps of open ground: minutes to the nearest centre, which centre it is, and the ways with the fewest minutes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import INK, MUTED, PAPER, headline, legend_below, nothing, styled
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels, titles
from geoterritorio.publication.plots._maps import (
    FILLS,
    filled,
    near_colours,
    sheet,
    stripes,
    unlike,
    without_roads,
)
from geoterritorio.publication.plots._rows import named, unknown
from geoterritorio.publication.plots.maps import thinned
from geoterritorio.registry import plot

# Minutes at which colours change: those that catchments are told in, and twice as much on.
_STEPS = (5, 10, 15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
_MOST_BANDS, _DOTS = 7, 400
_BLOCKED, _DOT = "#d5d8dc", 9.0
_CENTRE: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 3.4, "color": "#b3390e"}
# Colour of other basins than the one in focus, and most labels.
_FAINT, _NAMED = "#eef0f2", 24
_TITLES: Mapping[str, str] = {
    "from": mark("Minutes from the nearest centre"),
    "to": mark("Minutes to the nearest centre"),
}


@plot("cost_distance")
@styled
def reach(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Minutes to the nearest centre on the map.

    Parameters
    ----------
    outputs
        Outputs of `cost_distance` by name; `territories` become the ground.
    focus
        Nothing: minutes are those to whichever centre is the nearest.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The nearer, the darker; dots are centres. Grey ground is not reached.
    """
    if focus is not None:
        raise LayerError(message("plot: this picture is about all centres together. Leave its focus out."))
    grid = outputs["minutes"]
    values, sides = thinned(grid.values)
    if not np.isfinite(values).any():
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(
        _view(outputs, grid.bounds, grid.crs), grid.crs, without_roads(outputs), numbers, room=0.75
    )
    steps = _bands(values)
    colours = near_colours(len(steps) + 1, 0.08, 0.95)
    _painted(axes, grid, values, sides, BoundaryNorm([0, *steps, np.inf], len(steps) + 1), colours)
    dots = _centres(grid)
    axes.plot(*dots, **_CENTRE, markeredgecolor=PAPER, markeredgewidth=0.6, zorder=2)
    words = _in_words(steps, bool(np.nanmax(values) > steps[-1]), numbers)
    rows: dict[str, Any] = {
        text.render(say): Patch(facecolor=colour) for text, colour in zip(words, colours, strict=False)
    }
    if np.isnan(grid.values).any():
        rows[say(mark("not reached, or impassable"))] = Patch(facecolor=_BLOCKED)
    if len(dots[0]):
        rows[say(mark("centre"))] = Line2D([], [], **_CENTRE)
    legend_below(figure, list(rows.values()), list(rows))
    headline(figure, say(_TITLES[_direction(grid)]), _of(outputs["report"], numbers).render(say))
    return figure


def _painted(
    axes: Axes,
    grid: Any,
    values: npt.NDArray[np.float64],
    sides: tuple[float, float],
    norm: BoundaryNorm,
    colours: list[str],
) -> None:
    """Cells in the colours of their bands; what is shown of the map, and its shape, stay."""
    limits = axes.get_xlim(), axes.get_ylim()
    west, _, _, north = grid.bounds
    extent = (west, west + sides[1] * grid.cell[0], north - sides[0] * grid.cell[1], north)
    axes.imshow(
        np.ma.masked_invalid(values),
        extent=extent,
        norm=norm,
        cmap=ListedColormap(colours).with_extremes(bad=_BLOCKED),
        interpolation="none",
        zorder=0.2,
        aspect=axes.get_aspect(),
    )
    axes.set(xlim=limits[0], ylim=limits[1])


def _direction(grid: Any) -> str:
    """Where ways lead, as the raster says; of one that does not say, to the centre."""
    told = str(grid.tags.get("direction", "to"))
    return told if told in _TITLES else "to"


def _view(outputs: Mapping[str, Any], bounds: Any, crs: Any) -> Any:
    """What is shown: the territories, where they are given and on the raster; else all of it."""
    layer = outputs.get("territories")
    if not isinstance(layer, gpd.GeoDataFrame) or layer.crs is None or layer.empty:
        return bounds
    mine = layer.to_crs(crs).total_bounds
    low, high = np.maximum(mine[:2], bounds[:2]), np.minimum(mine[2:], bounds[2:])
    return np.concatenate([low, high]) if (low < high).all() else bounds


def _bands(values: npt.NDArray[np.float64]) -> list[float]:
    """Limits of the bands: not more than colours can be told apart, and all below the farthest."""
    most = float(np.nanmax(values))
    steps = [float(s) for s in _STEPS if s < most] or [max(round(most / 2, 1), 0.1)]
    while len(steps) >= _MOST_BANDS:
        far = [s for s in steps if s in {15, 30, 60, 120, 240, 480, 1440}]
        steps = far if len(far) < len(steps) else steps[-_MOST_BANDS + 1 :]
    return steps


def _in_words(steps: list[float], beyond: bool, numbers: Numbers) -> list[Message]:  # noqa: FBT001
    ends = [numbers.plain(s) for s in steps]
    first = message("up to {to} min", to=ends[0])
    between = [message("{from_}–{to} min", from_=a, to=b) for a, b in pairwise(ends)]
    return [first, *between, *([message("more than {from_} min", from_=ends[-1])] if beyond else [])]


def _centres(grid: Any) -> tuple[Any, Any]:
    """Middles of the cells from which it takes no time, unless these are areas."""
    rows, columns = np.nonzero(grid.values == 0)
    if len(rows) > _DOTS:
        return np.zeros(0), np.zeros(0)
    to = grid.transform
    return to.c + (columns + 0.5) * to.a, to.f + (rows + 0.5) * to.e


def _of(report: Any, numbers: Numbers) -> Message:
    row = report.iloc[0]
    return message(
        "centres: {centres}; half of the ground that is reached lies within {median} min; minutes are too many by up "
        "to {error} %",
        centres=numbers.count(int(row["centres"])),
        median=numbers.plain(round(float(row["median_minutes"]))),
        error=numbers.plain(round(100 * float(row["direction_error"]), 1)),
    )


@plot("allocation")
@styled
def travel_basins(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Travel-cost basins on the map.

    Parameters
    ----------
    outputs
        Outputs of `allocation` by name; `territories` become the ground.
    focus
        Identifier of a centre, whose basin is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The ground of each centre in a colour unlike its neighbours'; dots are the centres. What is in no basin stays
        white: impassable, or too far.
    """
    areas = outputs["basins"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    view = _view(outputs, areas.total_bounds, areas.crs) if focus is None else near.total_bounds
    figure, axes = sheet(view, areas.crs, without_roads(outputs), numbers, room=0.55)
    colours = unlike(areas) if focus is None else np.where(areas["territory"] == focus, FILLS[0], _FAINT)
    filled(axes, areas.geometry, list(colours), edgecolors="none", zorder=0.3)
    for some, line in ((areas, INK if focus is None else MUTED), (near, INK)):
        filled(axes, some.geometry, ["none"] * len(some), edgecolors=line, linewidths=0.8, zorder=1)
    places = areas[["centre_x", "centre_y"]].to_numpy(dtype=float)
    axes.plot(*places.T, linestyle="none", marker="o", markersize=3, color=INK, zorder=2)
    mine = areas["territory"].to_numpy()
    texts = {k: name for k, name in _names(areas).items() if focus in (None, mine[k])}
    near_labels(axes, places, np.full(len(places), _DOT), texts, most=_NAMED)
    rows = {
        say(
            mark("basins of one centre each: colours tell neighbours apart")
            if focus is None
            else mark("basin of the centre")
        ): stripes(colours if focus is None else FILLS[:1], edgecolor=INK, linewidth=0.5),
        say(mark("centre")): Line2D([], [], linestyle="none", marker="o", markersize=3, color=INK),
    }
    legend_below(figure, list(rows.values()), list(rows))
    headline(figure, say(mark("Travel-cost basins")), _about(near, numbers).render(say))
    return figure


def _names(areas: gpd.GeoDataFrame) -> dict[int, str]:
    """Names by the position of the basin, the largest first."""
    short = titles(areas, "territory")
    order = np.argsort(-areas["area_km2"].to_numpy(), kind="stable")
    return {int(k): short[k] for k in order}


def _about(areas: gpd.GeoDataFrame, numbers: Numbers) -> Message:
    mean = float(np.average(areas["mean_minutes"], weights=areas["area_km2"]))
    return message(
        "basins: {count}; minutes to the centre: {mean} on average of the ground, {most} at most",
        count=numbers.count(len(areas)),
        mean=numbers.plain(round(mean)),
        most=numbers.plain(round(float(areas["most_minutes"].max()))),
    )


@plot("least_cost_paths")
@styled
def path_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Ways with the fewest minutes, on the map.

    Parameters
    ----------
    outputs
        Outputs of `least_cost_paths` by name; `territories` become the ground.
    focus
        A centre, from which alone the ways are drawn; by default from all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Ways across open ground, those of fewest minutes the darkest, with the minutes of each.
    """
    paths = outputs["output"]
    if focus is not None:
        if focus not in set(paths["origin"]):
            raise unknown(focus, paths["origin"])
        paths = paths[paths["origin"] == focus]
    drawn = paths[paths["minutes"].notna() & ~paths.geometry.is_empty & paths.geometry.notna()]
    if drawn.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(drawn.total_bounds, drawn.crs, without_roads(outputs), numbers, room=0.75)
    minutes = drawn["minutes"].to_numpy(dtype=np.float64)
    steps = _bands(minutes)
    colours = near_colours(len(steps) + 1, 0.35, 0.95)
    band = np.searchsorted(steps, minutes)
    ends = [shapely.get_coordinates(line) for line in drawn.geometry]
    look: dict[str, Any] = {"linewidths": 1.5, "zorder": 1.2}
    axes.add_collection(LineCollection(ends, colors=[colours[k] for k in band], **look), autolim=False)
    begin, end = (np.array([line[k] for line in ends]) for k in (0, -1))
    axes.plot(*begin.T, **{**_CENTRE, "color": INK}, zorder=2)
    axes.plot(*end.T, **_CENTRE, markeredgecolor=PAPER, markeredgewidth=0.6, zorder=2.1)
    near_labels(axes, begin, np.full(len(begin), _DOT), _ways_in_words(drawn, numbers), most=_NAMED)
    words = _in_words(steps, bool(minutes.max() > steps[-1]), numbers)
    rows: dict[str, Any] = {
        text.render(say): Line2D([], [], color=colour, linewidth=1.8)
        for text, colour in zip(words, colours, strict=False)
    }
    rows[say(mark("beginning of a way, with its minutes"))] = Line2D([], [], **{**_CENTRE, "color": INK})
    rows[say(mark("end of a way"))] = Line2D([], [], **_CENTRE)
    legend_below(figure, list(rows.values()), list(rows))
    alone = str(named(drawn, "origin", "origin_name").iloc[0]) if focus is not None else ""
    headline(figure, say(mark("Ways with the fewest minutes")), alone, _walked(paths, numbers).render(say))
    return figure


def _ways_in_words(paths: gpd.GeoDataFrame, numbers: Numbers) -> dict[int, str]:
    """Where ways begin and what they take, the longest first; of a place from which several lead, the shortest."""
    names = titles(paths, "origin", "origin_name")
    order = np.argsort(-paths["minutes"].to_numpy(), kind="stable")
    first = paths.groupby("origin")["minutes"].transform("min").eq(paths["minutes"]).to_numpy()
    minutes = paths["minutes"].to_numpy()
    return {int(k): f"{names[k]}: {numbers.plain(float(f'{minutes[k]:.2g}'))}" for k in order if first[k]}


def _walked(paths: gpd.GeoDataFrame, numbers: Numbers) -> Message:
    return message(
        "ways: {count}; minutes: {median} in the middle, {most} at most; without any way: {lost}",
        count=numbers.count(int(paths["minutes"].notna().sum())),
        median=numbers.plain(float(f"{paths['minutes'].median():.2g}")),
        most=numbers.plain(float(f"{paths['minutes'].max():.3g}")),
        lost=numbers.count(int(paths["minutes"].isna().sum())),
    )
