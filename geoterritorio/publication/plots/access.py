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
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    PAPER,
    headline,
    legend_below,
    nothing,
    styled,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import (
    DOT,
    FILLS,
    QUOTIENTS,
    colour_bar,
    filled,
    quotient_norm,
    sheet,
    unlike,
    without_roads,
)
from geoterritorio.publication.plots._rows import named, unknown
from geoterritorio.registry import plot

_NAMED = 18
# Square points of a dot where none is larger than others, and the faintest colour of areas and of dots.
_SMALL, _FAINTEST, _FAINTEST_DOT = 12.0, 0.15, 0.4
_RELATIVE = mark("Access over the mean of all people: 1 = as on average")
_NONE_LOOK: Mapping[str, Any] = {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "////", "linewidth": 0}
_UNKNOWN_LOOK: Mapping[str, Any] = {"facecolor": PAPER, "edgecolor": MUTED, "hatch": "....", "linewidth": 0}


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
    figure, axes = sheet(_bounds(places, centres), places.crs, without_roads(outputs), numbers, room=1.1)
    relative = places["relative"].to_numpy(dtype=np.float64)
    norm = quotient_norm(relative)
    drawn = ScalarMappable(norm, QUOTIENTS)
    colours = [to_hex(QUOTIENTS(norm(r))) if r > 0 else PAPER for r in relative]
    _coloured(axes, places, colours)
    none, lost = relative == 0, np.isnan(relative)
    for rows, look in ((none, _NONE_LOOK), (lost, _UNKNOWN_LOOK)):
        _hatched(axes, places[rows], look)
    sizes = _centres(axes, centres, "capacity", places)
    looks: list[Line2D | Patch] = [_dot()]
    equal = _alike(centres["capacity"].to_numpy(dtype=np.float64))
    texts = [say(mark("centre") if equal else mark("centre, the larger the more it offers"))]
    for rows, look, text in ((none, _NONE_LOOK, _NO_REACH), (lost, _UNKNOWN_LOOK, _NOT_KNOWN)):
        if rows.any():
            looks.append(Patch(**look))
            texts.append(say(text))
    legend_below(figure, looks, texts)
    colour_bar(figure, axes, drawn, say(_RELATIVE), numbers)
    _names(axes, centres, sizes, ["capacity", "people_in_reach"])
    headline(
        figure, say(mark("Access by floating catchments")), _how(outputs["summary"], numbers).render(say)
    )
    return figure


_NO_REACH = mark("nothing within reach")
_NOT_KNOWN = mark("not known")


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
        Places in the colour of the centre that draws most of their people, the stronger the larger its share; thick
        lines part the areas, and thin ones lead from points to their centre. Dots are centres, the larger the more
        customers are expected. With a centre in focus, its own share everywhere.
    """
    places, centres = outputs["areas"], outputs["centres"]
    if focus is not None and focus not in set(centres["centre"]):
        raise unknown(focus, centres["centre"])
    if not isinstance(places, gpd.GeoDataFrame) or places.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(_bounds(places, centres), places.crs, without_roads(outputs), numbers, room=0.8)
    leader = places["centre"]
    share = places["share"].to_numpy(dtype=np.float64)
    if focus is not None:
        leader, share = _alone(places, outputs["choices"], focus)
    _coloured(axes, places, _tints(places, leader, share))
    _hatched(axes, places[leader.isna().to_numpy()], _NONE_LOOK)
    _joined(axes, places, leader, centres)
    sizes = _centres(axes, centres, "customers", places)
    looks: list[Line2D | Patch] = [
        _dot(),
        Patch(facecolor=_mixed(_STRONG, 0.25)),
        Patch(facecolor=_mixed(_STRONG, 1.0)),
    ]
    texts = [
        say(mark("centre, the larger the more customers")),
        message("share {share}", share=numbers.percent(0.25)).render(say),
        message("share {share}", share=numbers.percent(1.0)).render(say),
    ]
    if leader.isna().any():
        looks.append(Patch(**_NONE_LOOK))
        texts.append(say(_NO_REACH if focus is None else mark("out of its reach")))
    legend_below(figure, looks, texts)
    _names(axes, centres, sizes, ["first_at", "customers"])
    alone = "" if focus is None else str(_titles(centres)[centres["centre"] == focus].iloc[0])
    headline(figure, say(mark("Market areas (Huff)")), alone, _how(outputs["summary"], numbers).render(say))
    return figure


_STRONG = "#4f4f4f"


def _dot() -> Line2D:
    return Line2D([], [], **{**DOT, "color": INK, "markeredgecolor": PAPER, "markersize": 5})


def _bounds(places: gpd.GeoDataFrame, centres: Any) -> npt.NDArray[np.float64]:
    """Bounds of places and centres."""
    layers = [places, *([centres] if isinstance(centres, gpd.GeoDataFrame) else [])]
    boxes = np.array([layer.to_crs(places.crs).total_bounds for layer in layers])
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _areal(places: gpd.GeoDataFrame) -> bool:
    return bool(places.geom_type.isin(["Polygon", "MultiPolygon"]).all())


def _coloured(axes: Axes, places: gpd.GeoDataFrame, colours: list[str]) -> None:
    if _areal(places):
        filled(axes, places.geometry, colours, edgecolors=PAPER, linewidths=0.3, zorder=0.3)
        return
    shown = places.geometry.representative_point()
    axes.scatter(shown.x, shown.y, s=_dots(places), c=colours, edgecolors=MUTED, linewidths=0.3, zorder=0.9)


def _hatched(axes: Axes, places: gpd.GeoDataFrame, look: Mapping[str, Any]) -> None:
    if places.empty:
        return
    if _areal(places):
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
        s=_dots(places),
        facecolors=look["facecolor"],
        edgecolors=look["edgecolor"],
        hatch=2 * look["hatch"],
        linewidths=0.5,
        zorder=0.95,
    )


def _dots(places: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Areas of dots by people."""
    return _areas(places["population"].to_numpy(dtype=np.float64), 260.0, 24.0)


def _areas(values: npt.NDArray[np.float64], most: float, least: float) -> npt.NDArray[np.float64]:
    known = np.where(np.isfinite(values), values, 0.0)
    return np.asarray(np.maximum(most * known / max(known.max(initial=0.0), 1e-300), least))


def _centres(axes: Axes, centres: Any, by: str, places: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Dots of the centres, and their areas; small where they would hide places, or none is larger than others."""
    if not isinstance(centres, gpd.GeoDataFrame):
        return np.zeros(0)
    values = centres[by].to_numpy(dtype=np.float64)
    sizes = (
        np.full(len(values), _SMALL)
        if _alike(values)
        else _areas(values, 110.0 if _areal(places) else 50.0, 7.0)
    )
    shown = centres.geometry.representative_point()
    axes.scatter(shown.x, shown.y, s=sizes, c=INK, edgecolors=PAPER, linewidths=0.5, zorder=3, alpha=0.9)
    return sizes


def _alike(values: npt.NDArray[np.float64]) -> bool:
    known = values[np.isfinite(values)]
    return bool(known.size == 0 or known.min() == known.max())


def _titles(centres: pd.DataFrame) -> pd.Series:
    return named(centres, "centre", "name")


def _names(axes: Axes, centres: Any, sizes: npt.NDArray[np.float64], by: list[str]) -> None:
    """Names of the foremost centres."""
    if not isinstance(centres, gpd.GeoDataFrame) or centres.empty:
        return
    shown = centres.geometry.representative_point()
    ranked = centres[by].reset_index(drop=True).sort_values(by, ascending=False, kind="stable")
    order = ranked.index.to_numpy()[:_NAMED]
    titles = wrapped(_titles(centres).iloc[order].tolist(), 20, 3)
    texts = dict(zip(order.tolist(), titles, strict=True))
    near_labels(axes, np.column_stack([shown.x, shown.y]), sizes, texts, covered=1, most=_NAMED)


def _how(summary: pd.DataFrame, numbers: Numbers) -> Any:
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
    if len(known) == 1 or not _areal(places):
        base[codes >= 0] = [_VIVID[c % len(_VIVID)] for c in codes[codes >= 0]]
    else:
        areas = places[codes >= 0].dissolve(codes[codes >= 0])
        pale = dict(zip(FILLS, _VIVID, strict=False))
        dealt = {code: pale[colour] for code, colour in zip(areas.index, unlike(areas), strict=True)}
        base[codes >= 0] = [dealt[c] for c in codes[codes >= 0]]
    least = _FAINTEST if _areal(places) else _FAINTEST_DOT
    return [
        _mixed(colour, float(s), least) if np.isfinite(s) else PAPER
        for colour, s in zip(base, share, strict=True)
    ]


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
    if not _areal(places):
        if isinstance(centres, gpd.GeoDataFrame):
            _spokes(axes, places, leader, centres)
        return
    codes = pd.factorize(leader)[0]
    areas = places[codes >= 0].dissolve(codes[codes >= 0])
    filled(axes, areas.geometry, ["none"] * len(areas), edgecolors=INK, linewidths=0.8, zorder=1)
