"""What maps in pictures share: the ground beneath, the part of it that is shown, its scale, and colours in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import LinearSegmentedColormap, LogNorm, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.path import Path
from pyproj import CRS

from geoterritorio.i18n import mark
from geoterritorio.publication.drawing import INK, PAPER, WIDTH, canvas, quotient_ticks
from geoterritorio.publication.nearness import near_to_far
from geoterritorio.publication.numbers import Numbers

Bounds = tuple[float, float, float, float]
# Layers beside a tool's outputs that maps draw as their ground, and how; later ones lie above.
_LINES: Mapping[str, dict[str, Any]] = {
    "roads": {"color": "#e8dfd2", "linewidth": 0.4},
    "territories": {"color": "#a4adb7", "linewidth": 0.35},
}
GROUND = (*_LINES, "history", "centres")
# Pale, told apart without colour vision, and with no order; neighbours never share one.
FILLS = ("#cfe0ee", "#f6dfc4", "#d8ead0", "#e6d8ea", "#f4efc0", "#d9d9d9", "#f3d1d3", "#c9e7e3")
# Purple is no darker than it must be: there is often much ground where a sector is not.
QUOTIENTS = LinearSegmentedColormap.from_list(
    "quotients", colormaps["PuOr_r"](np.concatenate([np.linspace(0.22, 0.5, 128), np.linspace(0.5, 1, 128)]))
)
# Where no number says more, and the least and largest height of a map in inches.
_LEAST_SIDE, _LOWEST, _HIGHEST = 100.0, 2.6, 7.2
# Room around what is shown, and more of it below for the scale, as shares of the longer side.
_MARGIN, _BELOW = 0.03, 0.08
# A line is drawn as finely as this share of the longer side.
_FINE = 1 / 1000
_KM = 1000
# Colours side by side in a piece of a legend.
_STRIPES = 5
_MANY = 30_000
# Polygons whose borders are put together in little time.
_TOGETHER = 2000
# Inches between dots of one place, the turn from one to the next, and how many keep that distance.
_APART, _GOLDEN, _BESIDE = 0.05, np.pi * (3 - np.sqrt(5)), 7


def sheet(
    bounds: npt.ArrayLike, crs: Any, outputs: Mapping[str, Any], numbers: Numbers, *, room: float = 1.0
) -> tuple[Figure, Axes]:
    """
    Figure for a map, with its ground and its scale.

    Parameters
    ----------
    bounds
        West, south, east and north of what is shown.
    crs
        System of these; scales are drawn where it is in metres.
    outputs
        What is drawn, by name; `territories` and `roads` among it become the ground.
    numbers
        Formatter.
    room
        Height in inches for what stands around the map.

    Returns
    -------
    figure, axes
        Axes without frame whose limits are set.
    """
    west, south, east, north = (float(b) for b in np.asarray(bounds))
    system = None if crs is None else CRS.from_user_input(crs)
    degrees = system is not None and system.is_geographic
    # a degree of longitude is shorter than one of latitude
    stretch = 1 / max(np.cos(np.radians((south + north) / 2)), 0.05) if degrees else 1.0
    long = max(east - west, north - south, _LEAST_SIDE / 1e5 if degrees else _LEAST_SIDE)
    view = (
        west - _MARGIN * long,
        south - (_MARGIN if degrees else _BELOW) * long,
        east + _MARGIN * long,
        north + _MARGIN * long,
    )
    tall = WIDTH * stretch * (view[3] - view[1]) / (view[2] - view[0])
    figure, axes = canvas(float(np.clip(tall, _LOWEST, _HIGHEST)) + room)
    axes.set(xlim=(view[0], view[2]), ylim=(view[1], view[3]), aspect=stretch)
    axes.set_axis_off()
    _ground(axes, outputs, view, system)
    if not degrees:
        _scale(axes, view, numbers)
    return figure, axes


def _ground(axes: Axes, outputs: Mapping[str, Any], view: Bounds, crs: CRS | None) -> None:
    for name, look in _LINES.items():
        layer = outputs.get(name)
        if not isinstance(layer, gpd.GeoDataFrame) or layer.crs is None or crs is None:
            continue
        shapes = layer.geometry if layer.crs == crs else layer.geometry.to_crs(crs)
        lines = shapes.boundary if name == "territories" else shapes
        whole, many = joined(lines.dropna().to_numpy(), view)
        axes.add_collection(LineCollection([whole], zorder=0.5, rasterized=many, **look), autolim=False)


def joined(lines: Any, view: Bounds) -> tuple[npt.NDArray[np.float64], bool]:
    """Lines of a map as one line with gaps, and whether they are so many that a picture of them is smaller."""
    shown = shapely.clip_by_rect(shapely.simplify(lines, _step(view)), *view)
    places, part = shapely.get_coordinates(shapely.get_parts(shown), return_index=True)
    # one line with gaps takes a sixth of the room in a file that one for each street takes
    return np.insert(places, np.flatnonzero(np.diff(part)) + 1, np.nan, axis=0), len(places) > _MANY


def borders(axes: Axes, shapes: gpd.GeoSeries) -> None:
    """Outlines of polygons, each border once however many polygons share it."""
    lines = shapely.boundary(shapes.dropna().to_numpy())
    if len(lines) <= _TOGETHER:
        lines = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
    sides = (high - low for low, high in (axes.get_xlim(), axes.get_ylim()))
    look = _LINES["territories"]
    parts = shapely.get_parts(shapely.simplify(lines, _FINE * max(sides)))
    # One path for all takes a third of the room that one for each takes in a file.
    whole = Path.make_compound_path(*(Path(shapely.get_coordinates(part)) for part in parts))
    axes.add_collection(
        PathCollection(
            [whole], facecolors="none", edgecolors=look["color"], linewidths=look["linewidth"], zorder=0.5
        ),
        autolim=False,
    )


def _step(view: Bounds) -> float:
    return _FINE * max(view[2] - view[0], view[3] - view[1])


def _scale(axes: Axes, view: Bounds, numbers: Numbers) -> None:
    """A line of a round length, below what is shown."""
    width, height = view[2] - view[0], view[3] - view[1]
    power = 10 ** np.floor(np.log10(width / 5))
    length = float(max(k for k in (1, 2, 5) if k * power <= width / 5) * power)
    left, below = view[0] + 0.02 * width, view[1] + 0.02 * height
    axes.plot([left, left + length], [below, below], color=INK, linewidth=1.4, solid_capstyle="butt")
    shown = f"{numbers.plain(length / _KM)} km" if length >= _KM else f"{numbers.plain(length)} m"
    axes.annotate(
        shown, (left + length, below), xytext=(4, 0), textcoords="offset points", va="center", fontsize=7.5
    )


def without_roads(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a map of coloured areas has beneath: boundaries of places; roads would hide the colours."""
    return {name: layer for name, layer in outputs.items() if name != "roads"}


def filled(axes: Axes, shapes: gpd.GeoSeries, colours: Sequence[str], **look: Any) -> None:
    """Polygons, each in its colour; `fine` is the share of the longer side as finely as which they are drawn."""
    fine = look.pop("fine", _FINE)
    limits = axes.get_xlim(), axes.get_ylim()
    step = fine * max(high - low for low, high in limits)
    paths = [_outline(shape) for shape in shapely.normalize(shapely.simplify(shapes.to_numpy(), step))]
    axes.add_collection(PathCollection(paths, facecolors=list(colours), **look), autolim=False)


def unlike(areas: gpd.GeoDataFrame) -> Any:
    """Pale colours that neighbours do not share."""
    shapes = areas.geometry.to_numpy()
    # Boundaries need not quite meet.
    reach = 0.005 * float(np.ptp(areas.total_bounds.reshape(2, 2), axis=0).max())
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=reach).T
    graph = nx.Graph()
    graph.add_nodes_from(range(len(areas)))
    graph.add_edges_from(pairs[pairs[:, 0] < pairs[:, 1]].tolist())
    dealt = nx.greedy_color(graph, strategy="DSATUR")
    return np.array([FILLS[dealt[i] % len(FILLS)] for i in range(len(areas))], dtype=object)


def near_colours(number: int, palest: float = 0.14, darkest: float = 0.75) -> list[str]:
    """Colours of so many steps, from near to far."""
    shades = [darkest] if number == 1 else np.linspace(palest, darkest, number)
    return list(near_to_far([to_hex(colormaps["YlGnBu"](shade)) for shade in shades]))


def stripes(colours: npt.ArrayLike, **look: Any) -> tuple[Patch, ...]:
    """Piece of a legend for colours that only tell neighbours apart: some of those that are drawn, side by side."""
    some = list(dict.fromkeys(map(str, np.asarray(colours))))[:_STRIPES]
    return tuple(Patch(facecolor=colour, **look) for colour in some)


def _outline(shape: shapely.Geometry) -> Path:
    """Outer and inner rings of a normalised polygon, which run against each other."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    paths = [Path(shapely.get_coordinates(ring), closed=True) for ring in rings]
    return Path.make_compound_path(*paths) if paths else Path(np.empty((0, 2)))


def side_by_side(
    axes: Axes, points: gpd.GeoSeries
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """
    Where points are drawn: those that would hide each other in a spiral, side by side.

    Parameters
    ----------
    axes
        Map whose limits are set.
    points
        Points; of those that would hide each other the last one keeps its place.

    Returns
    -------
    x, y
        Places in the order of the points, in their system. More than seven share the room of seven, so that none is
        drawn far from where it is.
    """
    x, y = (np.asarray(c, dtype=float) for c in (points.x, points.y))
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    stretch = 1.0 if isinstance(axes.get_aspect(), str) else float(axes.get_aspect())
    apart = _APART * max((east - west) / WIDTH, (north - south) * stretch / _HIGHEST)
    groups = pd.DataFrame({"x": x // apart, "y": y * stretch // apart}).groupby(["x", "y"])
    rank = groups.cumcount(ascending=False).to_numpy(dtype=float)
    number = groups["x"].transform("size").to_numpy(dtype=float)
    away = apart * np.sqrt(rank * np.minimum(1, _BESIDE / np.maximum(number, 1)))
    last = groups.ngroup().to_numpy()
    middle = np.zeros((2, int(last.max(initial=-1)) + 1))
    middle[:, last[rank == 0]] = x[rank == 0], y[rank == 0]
    return (
        middle[0][last] + away * np.cos(rank * _GOLDEN),
        middle[1][last] + away * np.sin(rank * _GOLDEN) / stretch,
    )


SIDE_BY_SIDE = mark("Establishments that would hide each other are drawn side by side.")


def quotient_norm(quotients: npt.NDArray[np.floating[Any]]) -> LogNorm:
    """Scale of quotients on which 1 is in the middle and the largest at the end."""
    known = quotients[np.isfinite(quotients)]
    most = float(max(known.max(initial=2), 2))
    return LogNorm(1 / most, most)


def colour_bar(
    figure: Figure,
    axes: Axes,
    drawn: ScalarMappable,
    text: str,
    numbers: Numbers,
    ticks: Sequence[float] = (),
) -> None:
    """Colours in figures and words below a map; ticks of quotients, unless others are given."""
    low, high = drawn.get_clim()
    bar = figure.colorbar(
        drawn,
        ax=axes,
        orientation="horizontal",
        fraction=0.05,
        pad=0.02,
        aspect=45,
        extend="neither" if ticks else "min",
        extendfrac=0.02,
    )
    places = list(ticks) or quotient_ticks(float(low or 0.5), float(high or 2))
    bar.set_ticks(places, labels=[numbers.plain(t) for t in places])
    bar.minorticks_off()
    bar.outline.set_visible(False)
    bar.set_label(text, fontsize=7.5)
    bar.ax.xaxis.label.set_parse_math(False)


DOT: Mapping[str, Any] = {"linestyle": "none", "marker": "o", "markeredgewidth": 0.4}
FAINT: Mapping[str, Any] = {"color": "#c9ced4", "s": 3, "linewidths": 0, "zorder": 0.8, "rasterized": True}
HALO: Mapping[str, Any] = {"facecolor": PAPER, "alpha": 0.75, "edgecolor": "none", "pad": 0.4}
