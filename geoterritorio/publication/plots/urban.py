"""Maps of functional urban areas: dense cells, cities, and the places that commute to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from geoterritorio.delimitation.urban_rules import ADDED, CORE, ENCLAVE, EXCLAVE, SIZES, ZONE
from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.drawing import (
    INK,
    PAPER,
    WIDTH,
    headline,
    legend_below,
    nothing,
    styled,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import filled, sheet, without_roads
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

_CENTRE = "#a8480a"
_NAMED = 60
# The darker, the nearer to the city; what was added or dropped is hatched besides.
_PARTS: Mapping[str, dict[str, Any]] = {
    CORE: {"facecolor": "#7fa3c7", "edgecolor": "none"},
    ADDED: {"facecolor": "#7fa3c7", "edgecolor": "#35597f", "hatch": "....", "linewidth": 0},
    ZONE: {"facecolor": "#d5e3ef", "edgecolor": "none"},
    ENCLAVE: {"facecolor": "#d5e3ef", "edgecolor": "#4f6f92", "hatch": "....", "linewidth": 0},
    EXCLAVE: {"facecolor": PAPER, "edgecolor": "#8d99a6", "hatch": "////", "linewidth": 0},
}


@plot("functional_urban_areas")
@styled
def urban_areas(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Functional urban areas on the map.

    Parameters
    ----------
    outputs
        Outputs of `functional_urban_areas` by name; `territories` become the ground.
    focus
        Identifier of an area, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Cells of urban centres, the cities around them and the commuting zones; thick lines are the borders of the
        areas. Hatched places were added since too little of a centre was in cities or an area surrounds them, or
        dropped since they lie apart from theirs.
    """
    areas, places, centres = outputs["areas"], outputs["membership"], outputs["centres"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if places.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(_view(areas, places, focus), areas.crs, without_roads(outputs), numbers, room=0.75)
    _parts(axes, places if focus is None else places[places["towards"] == focus])
    filled(axes, centres.geometry, [_CENTRE] * len(centres), edgecolors=PAPER, linewidths=0.3, zorder=0.9)
    filled(axes, areas.geometry, ["none"] * len(areas), edgecolors=INK, linewidths=1.0, zorder=1)
    _names(axes, areas, centres)
    if len(centres):
        there = [r for r in _PARTS if (places["role"] == r).any()]
        looks = [Patch(facecolor=_CENTRE), *(Patch(**_PARTS[r]) for r in there)]
        legend_below(figure, looks, [say(mark("urban centre")), *(say(VALUES[r]) for r in there)])
    alone = "" if focus is None else str(areas.loc[areas["territory"] == focus, "name"].iloc[0])
    headline(figure, say(mark("Functional urban areas")), alone, _counted(areas, places, numbers).render(say))
    return figure


def _view(areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame, focus: str | None) -> Any:
    """Bounds of the areas and of what was dropped from them; of all the land where no area was found."""
    if areas.empty:
        return places.total_bounds
    dropped = places[places["role"] == EXCLAVE]
    if focus is not None:
        areas, dropped = areas[areas["territory"] == focus], dropped[dropped["towards"] == focus]
    bounds = np.vstack([areas.bounds.to_numpy(), dropped.bounds.to_numpy()])
    return np.append(bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0))


def _counted(areas: gpd.GeoDataFrame, places: gpd.GeoDataFrame, numbers: Numbers) -> Message:
    if areas.empty:
        return message("no area found")
    figures = {
        "areas": numbers.count(len(areas)),
        "places": numbers.count(int(areas["units"].sum())),
        "all": numbers.count(len(places)),
    }
    under = int((areas["area_size"] == SIZES[0]).sum())
    if not under:
        return message("areas: {areas}; territories in them: {places} of {all}", **figures)
    return message(
        "areas: {areas}, under 50 000 people: {under}; territories in them: {places} of {all}",
        **figures,
        under=numbers.count(under),
    )


def _parts(axes: Axes, places: gpd.GeoDataFrame) -> None:
    for role, look in _PARTS.items():
        mine = places[places["role"] == role].geometry
        if len(mine):
            hatched = {"hatch": look["hatch"], "linewidths": 0} if "hatch" in look else {"linewidths": 0.3}
            filled(
                axes,
                mine,
                [look["facecolor"]] * len(mine),
                edgecolors=look["edgecolor"],
                zorder=0.3,
                **hatched,
            )


def _names(axes: Axes, areas: gpd.GeoDataFrame, centres: gpd.GeoDataFrame) -> None:
    """Names of the largest areas beside their largest centre, so that its cells are seen."""
    if areas.empty:
        return
    box = centres.geometry.bounds
    middle = np.column_stack([box[["minx", "maxx"]].mean(axis=1), box[["miny", "maxy"]].mean(axis=1)])
    points = WIDTH * 72 / np.ptp(axes.get_xlim())
    size = (points * np.hypot(box["maxx"] - box["minx"], box["maxy"] - box["miny"]).to_numpy()) ** 2
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    seen = np.all((middle > (west, south)) & (middle < (east, north)), axis=1)
    shown = areas.sort_values("population", ascending=False, kind="stable").head(_NAMED)
    # the one in the territory the area is called after, if there is one; centres come with the largest first
    name = shown[["territory"]].to_numpy(dtype=object)
    mine, home = (
        np.asarray(name == centres[c].to_numpy(dtype=object), dtype=int) for c in ("area", "territory")
    )
    at = (mine + mine * home).argmax(axis=1).tolist()
    inside = set(np.flatnonzero(seen).tolist())
    texts = {i: text for i, text in zip(at, wrapped(shown["name"].tolist(), 18), strict=True) if i in inside}
    near_labels(axes, middle, size, texts, covered=1, most=_NAMED)
