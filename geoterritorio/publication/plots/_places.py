"""What maps of places and centres share: places in colours, hatched or dotted, centres with their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from geoterritorio.errors import message
from geoterritorio.i18n import mark
from geoterritorio.publication.drawing import INK, MUTED, PAPER, wrapped
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import DOT, filled
from geoterritorio.publication.plots._rows import named

_NAMED = 18
# Square points of a dot of a centre and of a place where none is larger than others.
_SMALL, _EVEN = 12.0, 60.0
NONE_LOOK: Mapping[str, Any] = {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "////", "linewidth": 0}
UNKNOWN_LOOK: Mapping[str, Any] = {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "....", "linewidth": 0}
NO_REACH = mark("nothing within reach")
NOT_KNOWN = mark("not known")


def dot() -> Line2D:
    return Line2D([], [], **{**DOT, "color": INK, "markeredgecolor": PAPER, "markersize": 5})


def bounds_of(places: gpd.GeoDataFrame, centres: Any) -> npt.NDArray[np.float64]:
    """Bounds of places and centres."""
    layers = [places, *([centres] if isinstance(centres, gpd.GeoDataFrame) else [])]
    boxes = np.array([layer.to_crs(places.crs).total_bounds for layer in layers])
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def areal(places: gpd.GeoDataFrame) -> bool:
    return bool(places.geom_type.isin(["Polygon", "MultiPolygon"]).all())


def coloured(axes: Axes, places: gpd.GeoDataFrame, colours: list[str]) -> None:
    if areal(places):
        filled(axes, places.geometry, colours, edgecolors=PAPER, linewidths=0.3, zorder=0.3)
        return
    shown = places.geometry.representative_point()
    axes.scatter(
        shown.x, shown.y, s=place_dots(places), c=colours, edgecolors=MUTED, linewidths=0.3, zorder=0.9
    )


def hatched(
    axes: Axes, every: gpd.GeoDataFrame, rows: npt.NDArray[np.bool_], look: Mapping[str, Any]
) -> None:
    """Some of the places, in the sizes that they have among all."""
    places = every[rows]
    if places.empty:
        return
    if areal(places):
        filled(
            axes,
            places.geometry,
            [look["facecolor"]] * len(places),
            edgecolors=look["edgecolor"],
            hatch=look["hatch"],
            linewidths=0,
            zorder=0.4,
        )
        return
    shown = places.geometry.representative_point()
    axes.scatter(
        shown.x,
        shown.y,
        s=place_dots(every)[rows],
        facecolors=look["facecolor"],
        edgecolors=look["edgecolor"],
        hatch=2 * look["hatch"],
        linewidths=0.5,
        zorder=0.95,
    )


def place_dots(places: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Areas of dots by people; all the same where these are not told."""
    if "population" not in places.columns:
        return np.full(len(places), _EVEN)
    return _areas(places["population"].to_numpy(dtype=np.float64), 260.0, 24.0)


def _areas(values: npt.NDArray[np.float64], most: float, least: float) -> npt.NDArray[np.float64]:
    known = np.where(np.isfinite(values), values, 0.0)
    return np.asarray(np.maximum(most * known / max(known.max(initial=0.0), 1e-300), least))


def centre_dots(axes: Axes, centres: Any, by: str, places: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Dots of the centres, and their areas; small where they would hide places, or none is larger than others."""
    if not isinstance(centres, gpd.GeoDataFrame):
        return np.zeros(0)
    values = centres[by].to_numpy(dtype=np.float64)
    sizes = (
        np.full(len(values), _SMALL)
        if alike(values)
        else _areas(values, 110.0 if areal(places) else 50.0, 7.0)
    )
    shown = centres.geometry.representative_point()
    axes.scatter(shown.x, shown.y, s=sizes, c=INK, edgecolors=PAPER, linewidths=0.5, zorder=3, alpha=0.9)
    return sizes


def alike(values: npt.NDArray[np.float64]) -> bool:
    known = values[np.isfinite(values)]
    return bool(known.size == 0 or known.min() == known.max())


def titles(centres: pd.DataFrame) -> pd.Series:
    return named(centres, "centre", "name")


def centre_names(
    axes: Axes, centres: Any, sizes: npt.NDArray[np.float64], by: list[str], places: gpd.GeoDataFrame
) -> None:
    """Names of the foremost centres beside which there is room."""
    if not isinstance(centres, gpd.GeoDataFrame) or centres.empty:
        return
    shown = centres.geometry.representative_point()
    ranked = centres[by].reset_index(drop=True).sort_values(by, ascending=False, kind="stable")
    order = ranked.index.to_numpy()
    texts = dict(zip(order.tolist(), wrapped(titles(centres).iloc[order].tolist(), 20, 3), strict=True))
    dots, areas = np.column_stack([shown.x, shown.y]), sizes
    # A name hides neither a centre nor, where places are dots, a place.
    if not areal(places):
        others = places.geometry.representative_point()
        dots = np.vstack([dots, np.column_stack([others.x, others.y])])
        areas = np.concatenate([sizes, place_dots(places)])
    near_labels(axes, dots, areas, texts, covered=0, most=_NAMED)


def how_far(summary: pd.DataFrame, numbers: Numbers) -> Any:
    """How far, and on what way, in words."""
    row = summary.iloc[0]
    if row["measured"] == "straight lines":
        return message(
            "straight lines up to {km} km; places: {places}, centres: {centres}",
            km=numbers.plain(float(row["within"]) / 1000),
            places=numbers.count(int(row["places"])),
            centres=numbers.count(int(row["centres_found"])),
        )
    return message(
        "by the table of costs; places: {places}, centres: {centres}",
        places=numbers.count(int(row["places"])),
        centres=numbers.count(int(row["centres_found"])),
    )
