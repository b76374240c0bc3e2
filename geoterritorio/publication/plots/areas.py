"""Maps of areas around centres, and of those nearest to each."""

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
from geoterritorio.publication.drawing import INK, PAPER, headline, legend_below, nothing, styled
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels, titles
from geoterritorio.publication.plots._maps import filled, near_colours, sheet, stripes, unlike, without_roads
from geoterritorio.publication.plots._rows import named, unknown
from geoterritorio.registry import plot

_EDGE, _NONE, _ROAD = "#7d8893", "#ffffff", "#a08f78"
# Roads from which on they are drawn as a picture; share of the longer side as finely as which circles are drawn.
_MANY, _FINE = 5000, 1e-4
_NOTES = {
    "line": mark("Land belongs to the nearest centre; borders are as near to one as to the other."),
    "road": mark("Roads belong to the centre that is nearest along them, land to its nearest road."),
    "within": mark("Distances are straight lines from the centre."),
}
# Centres that labels can name without hiding the map.
_NAMED = 30
_DOT: dict[str, Any] = {"marker": "o", "markersize": 3.5, "color": INK, "markeredgecolor": PAPER}


@plot("service_areas", "nearest_areas")
@styled
def area_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Areas of centres, on the map.

    Parameters
    ----------
    outputs
        Outputs of `service_areas` or `nearest_areas` by name; `territories`, `roads` and `centres` become the ground.
    focus
        A centre, of which alone the areas are drawn; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Areas within distances, the nearer the darker; or areas nearest to each centre, neighbours in different colours,
        with white for land along roads that reach no centre.
    """
    areas = _chosen(outputs["areas"], focus)
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    nearest = "up_to" not in areas.columns
    bounds = _bounds(areas, outputs.get("territories") if focus is None else None)
    figure, axes = sheet(bounds, areas.crs, without_roads(outputs), numbers, room=0.9)
    rows = _nearest(axes, areas, say) if nearest else _within(axes, areas, numbers, say)
    by_road = nearest and (areas["nearest_by"] == "road").any()
    if by_road:
        _roads(axes, outputs.get("roads"), areas.crs)
    rows |= _dots(axes, outputs.get("centres"), areas, focus, say)
    note = _NOTES["road" if by_road else "line" if nearest else "within"]
    legend_below(figure, list(rows.values()), list(rows), note=say(note))
    title = mark("Land nearest to each centre") if nearest else mark("Land within straight distances")
    headline(
        figure,
        say(title),
        _called(areas, outputs.get("centres"), focus),
        _told(areas, numbers, nearest=nearest).render(say),
    )
    return figure


def _called(areas: gpd.GeoDataFrame, centres: Any, focus: str | None) -> str:
    """Name of the centre in focus, as far as it is known."""
    if focus is None:
        return ""
    for rows in (areas, centres):
        if isinstance(rows, gpd.GeoDataFrame) and "centre" in rows.columns:
            mine = rows[rows["centre"] == focus]
            if len(mine) and "name" in mine.columns:
                return str(named(mine, "centre", "name").iloc[0])
    return focus


def _bounds(areas: gpd.GeoDataFrame, territories: Any) -> Any:
    """What is shown: all areas, and the territories where they are known."""
    if not isinstance(territories, gpd.GeoDataFrame) or territories.crs is None:
        return areas.total_bounds
    both = np.vstack([areas.total_bounds, territories.to_crs(areas.crs).total_bounds])
    return [*both[:, :2].min(axis=0), *both[:, 2:].max(axis=0)]


def _roads(axes: Axes, roads: Any, crs: Any) -> None:
    if not isinstance(roads, gpd.GeoDataFrame) or roads.crs is None:
        return
    lines = shapely.get_parts(roads.geometry.to_crs(crs).dropna().to_numpy())
    parts = [shapely.get_coordinates(line) for line in lines]
    look: dict[str, Any] = {
        "colors": _ROAD,
        "linewidths": 0.35,
        "zorder": 0.55,
        "rasterized": len(parts) > _MANY,
    }
    axes.add_collection(LineCollection(parts, **look), autolim=False)


def _chosen(areas: gpd.GeoDataFrame, focus: str | None) -> gpd.GeoDataFrame:
    if focus is None:
        return areas
    mine = areas["centres"].fillna("").str.split("; ").map(lambda names: focus in names)
    if not mine.any():
        raise unknown(focus, areas["centres"].dropna().str.split("; ").explode())
    return areas[mine]


def _nearest(axes: Axes, areas: gpd.GeoDataFrame, say: Any) -> dict[str, Any]:
    lost = areas["centre"].isna().to_numpy()
    colours = np.where(lost, _NONE, unlike(areas))
    filled(axes, areas.geometry, list(colours), edgecolors=_EDGE, linewidths=0.5, zorder=0.4)
    rows: dict[str, Any] = {
        say(mark("nearest to one centre each: colours tell neighbours apart")): stripes(
            colours[~lost], edgecolor=_EDGE, linewidth=0.5
        )
    }
    if lost.any():
        rows[say(mark("no road leads to a centre"))] = Patch(facecolor=_NONE, edgecolor=_EDGE, linewidth=0.5)
    return rows


def _within(axes: Axes, areas: gpd.GeoDataFrame, numbers: Numbers, say: Any) -> dict[str, Any]:
    limits = np.sort(areas["up_to"].unique())[::-1]
    colours = near_colours(len(limits), darkest=0.58)[::-1]
    rows: dict[str, Any] = {}
    for rank, (limit, colour) in enumerate(zip(limits, colours, strict=True)):
        shapes = areas.loc[areas["up_to"] == limit].geometry
        look = {"linewidths": 0.4, "zorder": 0.6 + rank / 100}
        filled(axes, shapes, [colour] * len(shapes), fine=_FINE, edgecolors=_EDGE, **look)
    for limit, colour in reversed(list(zip(limits, colours, strict=True))):
        text = message("up to {amount} m", amount=numbers.plain(float(limit)))
        rows[text.render(say)] = Patch(facecolor=colour, edgecolor=_EDGE, linewidth=0.5)
    return rows


def _dots(axes: Axes, centres: Any, areas: gpd.GeoDataFrame, focus: str | None, say: Any) -> dict[str, Any]:
    """Where the centres are, if they are known, and the names of those for which there is room."""
    known = isinstance(centres, gpd.GeoDataFrame) and centres.crs is not None and "centre" in centres.columns
    if known:
        shown = centres if focus is None else centres[centres["centre"] == focus]
        # those that have much land by themselves first: beside others there is less room
        land = areas.drop_duplicates("centre").set_index("centre")["area_km2"]
        shown = shown.assign(_land=shown["centre"].map(land).fillna(0.0)).sort_values(
            "_land", ascending=False, kind="stable"
        )
        spots = shown.geometry.to_crs(areas.crs).representative_point()
        axes.plot(spots.x, spots.y, linestyle="none", zorder=2, **_DOT)
    else:
        shown = areas[areas["centre"].notna()].drop_duplicates("centre")
        spots = shown.geometry.representative_point()
    if len(shown):
        xy = np.column_stack([spots.x, spots.y])
        texts = dict(enumerate(titles(shown, "centre")))
        size = np.full(len(xy), 12.0 if known else 0.0)
        near_labels(axes, xy, size, texts, most=_NAMED, centred=not known)
    return {say(mark("centre")): Line2D([], [], linestyle="none", **_DOT)} if known else {}


def _told(areas: gpd.GeoDataFrame, numbers: Numbers, *, nearest: bool) -> Message:
    if nearest:
        return message(
            "areas: {count}; the largest {area} km²",
            count=numbers.count(len(areas)),
            area=numbers.plain(float(f"{areas['area_km2'].max():.3g}")),
        )
    widest = areas[areas["up_to"] == areas["up_to"].max()]
    return message(
        "areas: {count}; {area} km² in all within {amount} m",
        count=numbers.count(len(areas)),
        area=numbers.plain(float(f"{areas.union_all().area / 1e6:.3g}")),
        amount=numbers.plain(float(widest["up_to"].iloc[0])),
    )
