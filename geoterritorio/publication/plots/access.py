"""Maps of access to centres, and of the areas in which each centre leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.schema import YES
from geoterritorio.publication.drawing import INK, MUTED, PAPER, headline, legend_below, nothing, styled
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import (
    FILLS,
    QUOTIENTS,
    colour_bar,
    filled,
    quotient_norm,
    sheet,
    stripes,
    unlike,
    without_roads,
)
from geoterritorio.publication.plots._places import (
    NO_REACH,
    NONE_LOOK,
    NOT_KNOWN,
    UNKNOWN_LOOK,
    alike,
    areal,
    bounds_of,
    centre_dots,
    centre_names,
    coloured,
    dot,
    hatched,
    how_far,
    titles,
)
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

# Faintest colour of areas and of dots.
_FAINTEST, _FAINTEST_DOT = 0.15, 0.4
# Share of the longer side of the map within which points of two centres lie side by side.
_BESIDE = 0.03
_RELATIVE = mark("Access over the mean of all people: 1 = as on average")
_CONTESTED_LOOK: Mapping[str, Any] = {
    "facecolor": "#ece8df",
    "edgecolor": MUTED,
    "hatch": "xx",
    "linewidth": 0,
}


@plot("floating_catchments")
@styled
def access_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Access on the map.

    Parameters
    ----------
    outputs
        Outputs of `floating_catchments` by name.
    focus
        Identifier of a place, which is named.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Orange where a person has more of the supply than on average, purple where less; hatched where nothing is within
        reach, dotted where it is unknown. Dots are centres, the larger the more they offer.
    """
    places, centres = outputs["access"], outputs["centres"]
    if focus is not None and focus not in set(places["place"]):
        raise unknown(focus, places["place"])
    if not isinstance(places, gpd.GeoDataFrame) or places.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(bounds_of(places, centres), places.crs, without_roads(outputs), numbers, room=1.1)
    relative = places["relative"].to_numpy(dtype=np.float64)
    norm = quotient_norm(relative)
    drawn = ScalarMappable(norm, QUOTIENTS)
    colours = [to_hex(QUOTIENTS(norm(r))) if r > 0 else PAPER for r in relative]
    coloured(axes, places, colours)
    none, lost = relative == 0, np.isnan(relative)
    for rows, look in ((none, NONE_LOOK), (lost, UNKNOWN_LOOK)):
        hatched(axes, places, rows, look)
    sizes = centre_dots(axes, centres, "capacity", places)
    looks: list[Line2D | Patch] = [dot()]
    equal = alike(centres["capacity"].to_numpy(dtype=np.float64))
    texts = [say(mark("centre") if equal else mark("centre, the larger the more it offers"))]
    for rows, look, text in ((none, NONE_LOOK, NO_REACH), (lost, UNKNOWN_LOOK, NOT_KNOWN)):
        if rows.any():
            looks.append(Patch(**look))
            texts.append(say(text))
    legend_below(figure, looks, texts)
    colour_bar(figure, axes, drawn, say(_RELATIVE), numbers)
    centre_names(axes, centres, sizes, ["capacity", "people_in_reach"], places)
    headline(
        figure, say(mark("Access by floating catchments")), how_far(outputs["summary"], numbers).render(say)
    )
    return figure


@plot("huff_shares")
@styled
def market_area_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Market areas on the map.

    Parameters
    ----------
    outputs
        Outputs of `huff_shares` by name.
    focus
        Identifier of a centre, which alone is drawn; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Places in the colour of the centre that draws most of their people, the stronger the larger its share;
        crossed where they are contested, as no centre has the least share asked for. Thick lines part the areas, and
        thin ones lead from points to their centre. Dots are centres, the larger the more customers are expected. With a
        centre in focus, its own share everywhere.
    """
    places, centres = outputs["areas"], outputs["centres"]
    if focus is not None and focus not in set(centres["centre"]):
        raise unknown(focus, centres["centre"])
    if not isinstance(places, gpd.GeoDataFrame) or places.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(bounds_of(places, centres), places.crs, without_roads(outputs), numbers, room=0.8)
    leader = places["centre"]
    share = places["share"].to_numpy(dtype=np.float64)
    contested = (places["contested"] == YES).to_numpy() & (focus is None)
    if focus is not None:
        leader, share = _alone(places, outputs["choices"], focus)
    coloured(axes, places, _tints(places, leader, share))
    for rows, look in ((leader.isna().to_numpy(), NONE_LOOK), (contested, _CONTESTED_LOOK)):
        hatched(axes, places, rows, look)
    leader = leader.mask(contested)
    _joined(axes, places, leader, centres)
    sizes = centre_dots(axes, centres, "customers", places)
    looks: list[Any] = [
        dot(),
        stripes(list(_VIVID)) if focus is None else stripes([_VIVID[0]]),
        Patch(facecolor=_mixed(_STRONG, 0.25)),
        Patch(facecolor=_mixed(_STRONG, 1.0)),
    ]
    texts = [
        say(mark("centre, the larger the more customers")),
        say(_LED if focus is None else mark("who chooses it")),
        message("share {share}", share=numbers.percent(0.25)).render(say),
        message("share {share}", share=numbers.percent(1.0)).render(say),
    ]
    if contested.any():
        looks.append(Patch(**_CONTESTED_LOOK))
        least = numbers.percent(float(outputs["summary"]["least_share"].iloc[0]))
        texts.append(message("contested: no centre has {share}", share=least).render(say))
    if (leader.isna() & ~contested).any():
        looks.append(Patch(**NONE_LOOK))
        texts.append(say(NO_REACH if focus is None else mark("out of its reach")))
    legend_below(figure, looks, texts)
    centre_names(axes, centres, sizes, ["first_at", "customers"], places)
    alone = "" if focus is None else str(titles(centres)[centres["centre"] == focus].iloc[0])
    headline(
        figure, say(mark("Market areas (Huff)")), alone, how_far(outputs["summary"], numbers).render(say)
    )
    return figure


_STRONG = "#4f4f4f"
_LED = mark("centre that most choose: colours tell neighbours apart")


def _alone(
    places: gpd.GeoDataFrame, choices: pd.DataFrame, focus: str
) -> tuple[pd.Series, npt.NDArray[np.float64]]:
    """The one centre wherever anybody chooses it, and its share there."""
    mine = choices[choices["centre"] == focus].set_index("place")["share"].reindex(places["place"])
    share = mine.to_numpy(dtype=np.float64)
    return pd.Series([focus if s > 0 else None for s in share], index=places.index, dtype=object), share


def _tints(places: gpd.GeoDataFrame, leader: pd.Series, share: npt.NDArray[np.float64]) -> list[str]:
    """Colours of the leading centres, paler where their share is smaller; neighbouring areas differ."""
    codes, known = pd.factorize(leader)
    base = np.full(len(places), PAPER, dtype=object)
    if len(known) == 1:
        base[codes >= 0] = _VIVID[0]
    elif len(known):
        areas = places[codes >= 0].dissolve(codes[codes >= 0])
        if not areal(places):
            areas = _around(areas)
        pale = dict(zip(FILLS, _VIVID, strict=False))
        dealt = {code: pale[colour] for code, colour in zip(areas.index, unlike(areas), strict=True)}
        base[codes >= 0] = [dealt[c] for c in codes[codes >= 0]]
    least = _FAINTEST if areal(places) else _FAINTEST_DOT
    return [
        _mixed(colour, float(s), least) if np.isfinite(s) else PAPER
        for colour, s in zip(base, share, strict=True)
    ]


def _around(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Land about the points of each centre, so that centres side by side are seen to be neighbours."""
    wide = _BESIDE * float(np.ptp(areas.total_bounds.reshape(2, 2), axis=0).max())
    return areas.set_geometry(areas.geometry.convex_hull.buffer(wide))


def _spokes(axes: Axes, places: gpd.GeoDataFrame, leader: pd.Series, centres: gpd.GeoDataFrame) -> None:
    middles = centres.to_crs(places.crs).geometry.representative_point().set_axis(centres["centre"])
    known = leader.notna().to_numpy()
    starts = places.geometry.representative_point()[known]
    ends = middles.reindex(leader[known])
    lines = np.stack([np.column_stack([starts.x, starts.y]), np.column_stack([ends.x, ends.y])], axis=1)
    axes.add_collection(
        LineCollection(list(lines), colors=MUTED, linewidths=0.6, alpha=0.6, zorder=0.6), autolim=False
    )


# One strong colour for each pale one that neighbours do not share.
_VIVID = ("#3f7fb5", "#d9822b", "#57a639", "#8e5aa6", "#b8a31a", "#7a7a7a", "#c9414a", "#2f9c8e")


def _mixed(colour: str, share: float, least: float = _FAINTEST) -> str:
    """Colour on paper, as strong as the share; never so pale that it is not seen."""
    part = least + (1 - least) * min(max(share, 0.0), 1.0)
    red, green, blue = np.array(to_rgb(colour)) * part + np.array(to_rgb(PAPER)) * (1 - part)
    return to_hex((red, green, blue))


def _joined(axes: Axes, places: gpd.GeoDataFrame, leader: pd.Series, centres: Any) -> None:
    """Borders between the areas of different centres; of points, lines to their centre."""
    if not areal(places):
        if isinstance(centres, gpd.GeoDataFrame):
            _spokes(axes, places, leader, centres)
        return
    codes = pd.factorize(leader)[0]
    areas = places[codes >= 0].dissolve(codes[codes >= 0])
    filled(axes, areas.geometry, ["none"] * len(areas), edgecolors=INK, linewidths=0.8, zorder=1)
