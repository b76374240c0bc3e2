"""The picture of a profile: the territory in its surroundings, with neighbours, roads and institutions by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geoterritorio.i18n import Language, translator
from geoterritorio.layers.vocabularies import vocabulary
from geoterritorio.publication.drawing import INK, labels_of, legend_below, styled, without_common_start
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import filled, sheet, side_by_side
from geoterritorio.publication.webmap.further import COLOURS

_HERE = "#e6eef6"
_OUTLINE = "#1f5a8c"
# Surroundings shown on each side, as a share of the territory's longer side.
_AROUND = 0.12
# Width of the map over its height.
_SHAPE = 1.7
# Width of the picture, and the height of a line of its legend, in inches.
_INCHES, _LINE = 4.2, 0.16
# Share of its height at the lower edge without names.
_SCALE = 0.1
_NAMED, _LETTERS = 14, 22
# Area of a dot in square points, dots that a name may cover where nothing else is left, and how many places are tried
# along each side of a shape; a name is as many times as wide as it is high.
_DOT, _COVERED, _STEPS, _WIDE = 25.0, 2, 15, 2.5
# Shapes of dots: kinds are told apart by colour and by shape.
_SHAPES = ("o", "s", "^", "D", "v", "P", "X")
Points = npt.NDArray[np.float64]


@styled
def surroundings(
    territory: str,
    layers: Mapping[str, Any],
    *,
    lang: Language = "en",
    institution_kinds: Mapping[str, str] | None = None,
) -> Figure:
    """
    A territory in its surroundings.

    Parameters
    ----------
    territory
        Its identifier.
    layers
        `territories` of its level; `roads` and `institutions` where there are some, in any system.
    lang
        Language of the labels.
    institution_kinds
        Names of kinds by code, beside those of the vocabulary held.

    Returns
    -------
    figure
        The territory in colour, borders and names of its neighbours, roads, and institutions by kind with a legend.
    """
    areas = layers["territories"]
    say, numbers = translator(lang), Numbers(lang)
    mine = areas[areas["territory"].astype(str) == territory]
    bounds = _wide(mine.total_bounds, areas.total_bounds)
    ground = {"territories": areas, "roads": layers.get("roads")}
    figure, axes = sheet(bounds, areas.crs, ground, numbers, room=0.0)
    # beside the key figures there is room for half a page: letters keep their size
    kinds = _kinds(areas, layers.get("institutions"), axes)
    height = figure.get_size_inches()[1] * _INCHES / figure.get_size_inches()[0]
    figure.set_size_inches(_INCHES, height + _LINE * len(kinds))
    polygons = mine[mine.geom_type.isin(["Polygon", "MultiPolygon"])]
    filled(axes, polygons.geometry, [_HERE] * len(polygons), edgecolors=_OUTLINE, linewidths=1.6, zorder=0.4)
    points = mine[mine.geom_type == "Point"]
    axes.scatter(points.geometry.x, points.geometry.y, s=60, c=_OUTLINE, zorder=1)
    _institutions(axes, layers.get("institutions"), areas.crs)
    _names(axes, areas, layers.get("institutions"), territory)
    if kinds:
        held = dict(vocabulary("institution_kinds").set_index("code")[lang]) | dict(institution_kinds or {})
        handles = [Line2D([], [], **_look(i)) for i in range(len(kinds))]
        words = [say(str(held.get(k, k.replace("_", " ")))) for k in kinds]
        legend_below(figure, handles, words, columns=1)
    return figure


def _wide(mine: Points, all_areas: Points) -> Points:
    """Bounds with surroundings on each side, as wide as the page has room for, moved to where there is something."""
    sides = mine[2:] - mine[:2]
    wanted = sides + 2 * _AROUND * sides.max()
    wanted[0] = max(wanted[0], _SHAPE * wanted[1])
    low = (mine[:2] + mine[2:] - wanted) / 2
    margin = _AROUND * sides.max()
    furthest = np.maximum(all_areas[2:] + margin - wanted, all_areas[:2] - margin)
    low = np.clip(low, all_areas[:2] - margin, furthest)
    return np.concatenate([low, low + wanted])


def _look(order: int) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": _SHAPES[order % len(_SHAPES)],
        "markersize": 5,
        "markerfacecolor": COLOURS[order % len(COLOURS)],
        "markeredgecolor": INK,
        "markeredgewidth": 0.4,
    }


def _kinds(areas: gpd.GeoDataFrame, institutions: Any, axes: Axes) -> list[str]:
    """Kinds of the institutions that are drawn, in the order of their looks."""
    return sorted(_open(axes, institutions, areas.crs)["kind"].astype(str).unique())


def _open(axes: Axes, institutions: Any, crs: Any) -> gpd.GeoDataFrame:
    """Institutions that are open and within the map."""
    if not isinstance(institutions, gpd.GeoDataFrame) or institutions.crs is None:
        return gpd.GeoDataFrame({"kind": []}, geometry=[], crs=crs)
    rows = institutions.dropna(subset=["kind"]).to_crs(crs)
    rows = rows[(rows.geom_type == "Point") & ~rows.geometry.is_empty]
    if "closed" in rows.columns:
        rows = rows[rows["closed"].isna() | (rows["closed"].astype(str) == "")]
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    return rows[rows.geometry.x.between(west, east) & rows.geometry.y.between(south, north)]


def _institutions(axes: Axes, institutions: Any, crs: Any) -> None:
    """Institutions by kind, those at one place side by side."""
    rows = _open(axes, institutions, crs)
    kinds = sorted(rows["kind"].astype(str).unique())
    if not kinds:
        return
    x, y = side_by_side(axes, rows.geometry)
    for order, kind in enumerate(kinds):
        here = (rows["kind"].astype(str) == kind).to_numpy()
        axes.plot(x[here], y[here], zorder=3, **_look(order))


def _names(axes: Axes, areas: gpd.GeoDataFrame, institutions: Any, territory: str) -> None:
    """Names of the territory and of its neighbours where there is room, beside the dots of institutions."""
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    # the scale stands at the lower edge
    low = low + np.array([0.0, _SCALE]) * (high - low)
    seen = areas.geometry.intersection(shapely.box(*low, *high))
    rows = _open(axes, institutions, areas.crs)
    dots: Points = np.column_stack(side_by_side(axes, rows.geometry)) if len(rows) else np.empty((0, 2))
    places: Points = np.array([_room(shape, dots) for shape in seen]).reshape(-1, 2)
    mine = (areas["territory"].astype(str) == territory).to_numpy()
    names = areas["name"] if "name" in areas.columns else areas["territory"]
    # what all names begin with is in the page's title
    short = without_common_start(names.fillna(areas["territory"]).astype(str).tolist(), 18)
    texts = labels_of([name.removeprefix("…") for name in short], _LETTERS)
    order = np.argsort(~mine, kind="stable")
    shown = {int(i): texts[i] for i in order if not np.isnan(places[i]).any()}
    sizes = np.r_[np.zeros(len(areas)), np.full(len(dots), _DOT)]
    every = np.vstack([np.nan_to_num(places, nan=-1e12), dots])
    near_labels(axes, every, sizes, shown, covered=_COVERED, most=_NAMED, centred=True)


def _room(shape: Any, dots: Points) -> Points:
    """Place in a shape as far as can be from its border and from the dots."""
    if shape.is_empty:
        return np.full(2, np.nan)
    inside = shape.representative_point()
    west, south, east, north = shape.bounds
    steps = (np.arange(_STEPS) + 0.5) / _STEPS
    x, y = (c.ravel() for c in np.meshgrid(west + steps * (east - west), south + steps * (north - south)))
    grid = shapely.points(np.r_[inside.x, x], np.r_[inside.y, y])
    grid = grid[shapely.intersects(shape, grid)]
    # names are wide: what lies above or below is nearer than what lies beside
    away = np.where(shape.area > 0, shapely.distance(shape.boundary, grid), np.inf)
    if len(dots):
        across, up = (
            np.subtract.outer(get(grid), dots[:, i]) for i, get in enumerate((shapely.get_x, shapely.get_y))
        )
        away = np.minimum(away, np.hypot(across / _WIDE, up).min(axis=1))
    best = grid[int(np.argmax(away))]
    return np.array([best.x, best.y])
