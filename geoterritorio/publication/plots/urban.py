"""Maps of functional urban areas: dense cells, cities, and the places that commute to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from geoterritorio.delimitation.urban_rules import CORE, ENCLAVE, EXCLAVE, ZONE
from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.drawing import INK, PAPER, headline, legend_below, nothing, styled
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import area_names, filled, sheet, without_roads
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

_CENTRE = "#a8480a"
# The darker, the nearer to the city; what contiguity added or dropped is hatched besides.
_PARTS: Mapping[str, dict[str, Any]] = {
    CORE: {"facecolor": "#7fa3c7", "edgecolor": "none"},
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
        Identifier of an area, which is drawn near to; None draws all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Cells of urban centres, the cities around them and the commuting zones; thick lines are the borders of the
        areas. Hatched places were added since an area surrounds them, or dropped since they lie apart from theirs.
    """
    areas, places, centres = outputs["areas"], outputs["membership"], outputs["centres"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus)
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    figure, axes = sheet(near.total_bounds, areas.crs, without_roads(outputs), numbers, room=0.75)
    _parts(axes, places)
    filled(axes, centres.geometry, [_CENTRE] * len(centres), edgecolors=PAPER, linewidths=0.3, zorder=0.9)
    filled(axes, areas.geometry, ["none"] * len(areas), edgecolors=INK, linewidths=1.0, zorder=1)
    area_names(axes, areas, "population")
    there = {_CENTRE: say(mark("urban centre"))} | {
        r: say(VALUES[r]) for r in _PARTS if (places["role"] == r).any()
    }
    looks = [Patch(facecolor=_CENTRE) if r == _CENTRE else Patch(**_PARTS[r]) for r in there]
    legend_below(figure, looks, list(there.values()))
    told = message(
        "areas: {areas}, of {centres} urban centres; territories in them: {places} of {all}",
        areas=numbers.count(len(areas)),
        centres=numbers.count(len(centres)),
        places=numbers.count(int(areas["units"].sum())),
        all=numbers.count(len(places)),
    )
    alone = "" if focus is None else str(near["name"].iloc[0])
    headline(figure, say(mark("Functional urban areas")), alone, told.render(say))
    return figure


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
