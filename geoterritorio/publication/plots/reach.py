"""Maps of reach: land and roads within budgets of places."""

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

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import INK, PAPER, RESOLUTION, headline, legend_below, nothing, styled
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels, titles
from geoterritorio.publication.plots._maps import filled, joined, near_colours, sheet, without_roads
from geoterritorio.publication.plots._rows import named, unknown
from geoterritorio.registry import plot

_FAR, _ROAD, _BEYOND = "#a8480a", "#5d6a75", "#d5cfc4"
# Dots of a saved picture from a road to the end of its land, from which on budgets are told apart by the land.
_DOTS = 2.0
# Most places that are named: more names would hide the roads.
_NAMED = 24
# Share by which the land of a budget is larger than that of the one before, below which nothing of it is seen.
_NOTHING = 0.001


@plot("isochrones")
@styled
def isochrone_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    What is within reach, on the map.

    Parameters
    ----------
    outputs
        Outputs of `isochrones` by name; `territories` and `roads` become the ground.
    focus
        A place, of which alone the reach is drawn; by default what is reached from any.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Land within each budget, the nearer the darker, with the reached roads and the places from which they are
        reached; crosses are places too far from every road. Where the land along roads would be too narrow for its
        colours to be seen, the roads are coloured.
    """
    land, places = _land(outputs, focus), outputs["snapped"]
    if land.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    if focus is not None:
        places = places[places["place"] == focus]
    shown = np.vstack([land.total_bounds, places.total_bounds])
    bounds = [*shown[:, :2].min(axis=0), *shown[:, 2:].max(axis=0)]
    figure, axes = sheet(bounds, land.crs, without_roads(outputs), numbers, room=0.9)
    budgets = np.sort(land["up_to"].unique())[::-1]
    narrow = _narrow(figure, axes, land)
    colours = near_colours(len(budgets), *((0.36, 1.0) if narrow else (0.14, 0.58)))
    looks = dict(zip(budgets, colours[::-1], strict=True))
    (_as_roads if narrow else _as_land)(axes, outputs, land, focus, looks)
    _dots(axes, places)
    unit = worded("unit", str(land["unit"].iloc[0]), "isochrones", say)
    rows = _rows(land, looks, unit, numbers, say, narrow=narrow)
    if (places["snapped"] == "no").any():
        rows[say(mark("too far from every road"))] = _cross()
    told = _coloured(numbers.plain(float(land["radius"].iloc[0])), narrow=narrow)
    legend_below(figure, list(rows.values()), list(rows), note=told.render(say))
    title = say(mark("Within reach by road"))
    alone = "" if focus is None else str(named(places, "place", "name").iloc[0])
    headline(figure, title, alone, _told(land, places, budgets, unit, numbers).render(say))
    return figure


def _narrow(figure: Figure, axes: Axes, land: gpd.GeoDataFrame) -> bool:
    """Whether land along roads is so narrow on the map that the colours of budgets could not be told apart."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    across, down = figure.get_size_inches()
    dots = RESOLUTION * min(across / (east - west), down / (north - south))
    return bool(land["radius"].iloc[0] * dots < _DOTS)


def _coloured(radius: str, *, narrow: bool) -> Message:
    if narrow:
        return message(
            "Coloured are the reached roads: the land within {radius} m of them, which is reached, is too narrow to be "
            "drawn.",
            radius=radius,
        )
    return message(
        "Coloured is the land within {radius} m of a reached road; land without colour is not reached.",
        radius=radius,
    )


def _as_land(
    axes: Axes,
    outputs: Mapping[str, Any],
    land: gpd.GeoDataFrame,
    focus: str | None,
    looks: Mapping[float, str],
) -> None:
    """The land of each budget, the larger beneath, and roads on it."""
    for rank, (budget, colour) in enumerate(looks.items()):
        shapes = land.loc[land["up_to"] == budget].geometry
        filled(axes, shapes, [colour] * len(shapes), edgecolors="none", zorder=0.6 + rank / 100)
    _roads(axes, outputs, land, focus)


def _as_roads(
    axes: Axes,
    outputs: Mapping[str, Any],
    land: gpd.GeoDataFrame,
    focus: str | None,
    looks: Mapping[float, str],
) -> None:
    """The reached roads of each budget, the larger beneath and thinner, on all roads."""
    known, edges = outputs.get("roads"), outputs["edges"]
    if isinstance(known, gpd.GeoDataFrame):
        _lines(axes, known.geometry.to_crs(land.crs), _BEYOND, 0.4, 0.55)
    widths = np.linspace(0.9, 1.7, len(looks))
    for rank, (budget, colour) in enumerate(looks.items()):
        if focus is None:
            mine = edges[edges["up_to"] == budget].geometry
        else:
            # the nearest place has each edge, so that those of one are only known by its land
            area = land.geometry[land["up_to"] == budget].union_all()
            shapely.prepare(area)
            mine = edges.geometry[shapely.intersects(area, edges.geometry.to_numpy())].intersection(area)
        _lines(axes, mine, colour, float(widths[rank]), 0.6 + rank / 100)


def _parts(shapes: gpd.GeoSeries) -> Any:
    """Lines one by one, without the points at which others are only touched."""
    parts = shapely.get_parts(shapely.get_parts(shapes.dropna().to_numpy()))
    return parts[(shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(parts)]


def _roads(axes: Axes, outputs: Mapping[str, Any], land: gpd.GeoDataFrame, focus: str | None) -> None:
    """All roads, pale, and those within reach; of one place, those on its land."""
    known = outputs.get("roads")
    if isinstance(known, gpd.GeoDataFrame):
        every = known.geometry.to_crs(land.crs)
        _lines(axes, every, _BEYOND, 0.4, 0.55)
        if focus is not None:
            widest = land.geometry.iloc[int(np.argmax(land["up_to"]))]
            shapely.prepare(widest)
            near = every[shapely.intersects(widest, every.to_numpy())]
            _lines(axes, near.intersection(widest), _ROAD, 0.3, 0.9)
    if focus is None:
        _lines(axes, outputs["edges"].geometry, _ROAD, 0.3, 0.9)


def _land(outputs: Mapping[str, Any], focus: str | None) -> gpd.GeoDataFrame:
    if focus is None:
        return outputs["merged"]
    if focus not in set(outputs["snapped"]["place"]):
        raise unknown(focus, outputs["snapped"]["place"])
    areas = outputs["areas"]
    return areas[areas["origin"] == focus]


def _lines(axes: Axes, shapes: gpd.GeoSeries, colour: str, width: float, order: float) -> None:
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    view = (west, south, east, north)
    whole, many = joined(shapely.line_merge(shapely.multilinestrings(_parts(shapes))), view)
    look: dict[str, Any] = {"colors": colour, "linewidths": width, "zorder": order, "rasterized": many}
    axes.add_collection(LineCollection([whole], **look), autolim=False)


def _cross() -> Line2D:
    return Line2D([], [], color=_FAR, marker="x", linestyle="none", markersize=5)


def _dots(axes: Axes, places: gpd.GeoDataFrame) -> None:
    near = places[places["snapped"] == "yes"]
    far = places[places["snapped"] == "no"]
    look: dict[str, Any] = {"linestyle": "none", "zorder": 2}
    axes.plot(
        near.geometry.x, near.geometry.y, marker="o", markersize=4, color=INK, markeredgecolor=PAPER, **look
    )
    axes.plot(far.geometry.x, far.geometry.y, marker="x", markersize=5, color=_FAR, **look)
    spots = list(zip(places.geometry.x, places.geometry.y, strict=True))
    near_labels(
        axes,
        np.array(spots),
        np.full(len(spots), 12.0),
        dict(enumerate(titles(places, "place"))),
        most=_NAMED,
    )


def _rows(
    land: gpd.GeoDataFrame,
    colours: Mapping[float, str],
    unit: str,
    numbers: Numbers,
    say: Any,
    *,
    narrow: bool,
) -> dict[str, Any]:
    """Colours in words, with the land of each, so that a budget that adds none is not looked for in vain."""
    rows: dict[str, Any] = {}
    nearer = 0.0
    for budget, colour in sorted(colours.items()):
        words = {"amount": numbers.plain(float(budget)), "unit": unit}
        area = float(land.loc[land["up_to"] == budget, "area_km2"].sum())
        if nearer and area - nearer < _NOTHING * nearer:
            # what is nowhere to be seen has no colour
            text = message("up to {amount} {unit}: no more land", **words)
            rows[text.render(say)] = Patch(facecolor="none", edgecolor="none")
            continue
        text = message("up to {amount} {unit}: {area} km²", area=_area(land, budget, numbers), **words)
        rows[text.render(say)] = (
            Line2D([], [], color=colour, linewidth=2.2)
            if narrow
            else Patch(facecolor=colour, edgecolor="none")
        )
        nearer = area
    rows[say(mark("place"))] = Line2D([], [], color=INK, marker="o", linestyle="none", markersize=4)
    return rows


def _area(land: gpd.GeoDataFrame, budget: float, numbers: Numbers) -> str:
    return numbers.plain(float(f"{land.loc[land['up_to'] == budget, 'area_km2'].sum():.4g}"))


def _told(land: gpd.GeoDataFrame, places: Any, budgets: Any, unit: str, numbers: Numbers) -> Message:
    return message(
        "places: {places}; {area} km² within {amount} {unit}",
        places=numbers.count(len(places)),
        area=_area(land, budgets[0], numbers),
        amount=numbers.plain(float(budgets[0])),
        unit=unit,
    )
