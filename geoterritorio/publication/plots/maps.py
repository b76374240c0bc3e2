"""Maps of patterns: density surfaces, clumps of establishments, hot and cold spots."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import Message, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.drawing import (
    COLOURS,
    INK,
    MUTED,
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
from geoterritorio.publication.plots._maps import (
    DOT,
    HALO,
    QUOTIENTS,
    colour_bar,
    filled,
    quotient_norm,
    sheet,
)
from geoterritorio.publication.plots._rows import column, named, unknown
from geoterritorio.registry import plot

# Most cells of a raster along its longer side that a picture can show.
_CELLS = 700
# Share of the peak below which an unbounded surface is not drawn.
_FAINT = 0.002
UNITS: Mapping[str, str] = {
    "establishments per km2": mark("Establishments per square kilometre"),
    "jobs per km2": mark("Jobs per square kilometre"),
    "location quotient": mark("Share of the sector here over its share in all: 1 = as everywhere"),
}
_QUOTIENT = "location quotient"
_WHITE = mark("White: the kernel averages over fewer than five establishments")
_STABLE: Mapping[str, dict[str, Any]] = {
    "stable": {"facecolor": "#e8b48a", "edgecolor": COLOURS["high"], "linestyle": "-"},
    "partly": {"facecolor": "#f8e3d0", "edgecolor": COLOURS["high"], "linestyle": "-"},
    "unstable": {"facecolor": "none", "edgecolor": MUTED, "linestyle": (0, (3, 2))},
    "untested": {"facecolor": "none", "edgecolor": MUTED, "linestyle": "-"},
}
_UNTOLD, _UNDEFINED = "not told from chance", ""
_CLUSTERS: Mapping[str, str] = {
    "hot spot": COLOURS["high"],
    "cold spot": COLOURS["low"],
    "high-high": COLOURS["high"],
    "low-low": COLOURS["low"],
    "high-low": "#e0a458",
    "low-high": "#8fb8da",
    _UNTOLD: COLOURS["untested"],
    _UNDEFINED: PAPER,
}
_NAMED = 14
# Points that a label is high, with what parts it from others.
_LABEL = 10.0


@plot("density_surface")
@styled
def surface(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Density surface.

    Parameters
    ----------
    outputs
        Outputs of `density_surface` by name; `territories` and `roads` become the ground.
    focus
        Code of the sector of the surface, which has no other.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The darker, the more establishments or jobs there are around a place; a quotient is orange where the sector has
        a larger share than in all, and purple where it has a smaller one. The bandwidth below says how far “around” is.
    """
    grid = outputs["surface"]
    sector = grid.tags.get("sector", "all")
    if focus is not None and focus != sector:
        raise unknown(focus, [sector])
    values, sides = thinned(grid.values)
    if not np.isfinite(values).any():
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    unit = grid.tags.get("unit", "")
    west, _, _, north = grid.bounds
    # blocks at the edge may hold fewer cells than the others
    reach = (west, west + sides[1] * grid.cell[0], north - sides[0] * grid.cell[1], north)
    # roads would hide the colours
    ground = {name: layer for name, layer in outputs.items() if name != "roads"}
    figure, axes = sheet(_part(values, reach, grid.tags), grid.crs, ground, numbers, room=0.95)
    limits = axes.get_xlim(), axes.get_ylim()
    norm, ticks = _norm(values, unit)
    drawn = axes.imshow(
        np.ma.masked_invalid(values),
        extent=reach,
        norm=norm,
        cmap=QUOTIENTS if unit == _QUOTIENT else "YlOrBr",
        interpolation="none",
        zorder=0.2,
        aspect=axes.get_aspect(),
    )
    axes.set(xlim=limits[0], ylim=limits[1])
    colour_bar(figure, axes, drawn, _in_words(grid.tags, say, numbers), numbers, ticks)
    name = grid.tags.get("sector_name", sector)
    what = say(mark("all sectors")) if sector == "all" else name
    if what == sector:
        what = message("sector {sector}", sector=sector).render(say)
    headline(figure, say(mark("Density surface")), what)
    return figure


def thinned(
    values: npt.NDArray[np.floating[Any]], most: int = _CELLS
) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    """
    Raster with no more cells than a picture can show, each the mean of a square block.

    Parameters
    ----------
    values
        Shape (rows, columns); NaN where there is no value.
    most
        Most cells along the longer side.

    Returns
    -------
    values, sides
        Means of the values of each block, NaN where it has none, and how many rows and columns whole blocks span.
    """
    rows, columns = values.shape
    side = max(-(-max(rows, columns) // most), 1)
    starts = np.arange(0, columns, side)
    found = np.full((-(-rows // side), len(starts)), np.nan)
    for i in range(len(found)):
        block = values[i * side : (i + 1) * side]
        known = np.isfinite(block)
        count = np.add.reduceat(known.sum(axis=0), starts)
        total = np.add.reduceat(np.where(known, block, 0).sum(axis=0, dtype=float), starts)
        np.divide(total, count, out=found[i], where=count > 0)
    return found, (len(found) * side, len(starts) * side)


def _part(
    values: npt.NDArray[np.float64], reach: tuple[float, float, float, float], tags: Mapping[str, str]
) -> tuple[float, float, float, float]:
    """Bounds of what is drawn: all land, or where no land is known, all but the ends of the kernel."""
    west, east, south, north = reach
    low = 0.0 if tags.get("edge") != "none" else _FAINT * float(np.nanmax(values))
    shown = np.isfinite(values) & (values >= low)
    rows, columns = (np.flatnonzero(shown.any(axis=axis)) for axis in (1, 0))
    tall, wide = (north - south) / values.shape[0], (east - west) / values.shape[1]
    return (
        west + columns[0] * wide,
        north - (rows[-1] + 1) * tall,
        west + (columns[-1] + 1) * wide,
        north - rows[0] * tall,
    )


def _norm(values: npt.NDArray[np.float64], unit: str) -> tuple[Normalize, list[float]]:
    """Scale of the colours and its ticks; densities by their square root, so that more than the peak is seen."""
    if unit == _QUOTIENT:
        return quotient_norm(values), []
    most = float(np.nanmax(values)) or 1.0
    power = 10 ** np.floor(np.log10(most))
    ticks = [0.0]
    for tick in (k * power / 10**n for n in (3, 2, 1, 0) for k in (1, 2, 5)):
        if tick <= most and np.sqrt(tick / most) - np.sqrt(ticks[-1] / most) > 0.08:  # noqa: PLR2004 - room of a number
            ticks.append(float(tick))
    return PowerNorm(0.5, 0, most), ticks


def _in_words(tags: Mapping[str, str], say: Translate, numbers: Numbers) -> str:
    """Unit and bandwidth."""
    unit = say(UNITS.get(tags.get("unit", ""), mark("Value")))
    told = re.fullmatch(r"([\d.e+]+) m(?: \((\w+)\))?", tags.get("bandwidth", ""))
    if told is None:
        return unit
    at = message(
        "Bandwidth (standard deviation of the kernel): {metres} m", metres=numbers.count(float(told[1]))
    ).render(say)
    rule = "" if told[2] in (None, "given") else f" ({told[2]})"
    white = say(_WHITE) if tags.get("unit") == _QUOTIENT else ""
    return f"{unit}\n{at}{rule}\n{white}".rstrip()


@plot("clumps", establishments="establishments")
@styled
def clumped(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Clumps of establishments on the map.

    Parameters
    ----------
    outputs
        Outputs of `clumps` by name; `territories` and `roads` become the ground.
    focus
        Number of a clump, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Outlines filled where the clump is found again under other settings and without some establishments, broken
        where it is not; the number is that of the table. Dots are the establishments looked at, pale outside clumps.
    """
    areas, points = outputs["areas"], outputs["establishments"]
    if focus is not None and focus not in set(areas["clump"]):
        raise unknown(focus, areas["clump"])
    if points.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = points if focus is None else areas[areas["clump"] == focus]
    figure, axes = sheet(near.total_bounds, points.crs, outputs, numbers, room=0.7)
    for name, look in _STABLE.items():
        some = areas[areas["stability"] == name]
        filled(axes, some.geometry, [look["facecolor"]] * len(some), **_edge(look), linewidths=0.9, zorder=1)
    inside = points["clump"].notna().to_numpy()
    size = 5 if focus is None else 14
    for within, colour in ((False, "#9aa3ad"), (True, COLOURS["high"])):
        some = points[inside == within].geometry
        axes.scatter(some.x, some.y, s=size, color=colour, linewidths=0, zorder=2 + within)
    _numbered(axes, areas)
    _clump_legend(figure, areas, say)
    found = message(
        "clumps: {clumps}, with {inside} of {total} establishments",
        inside=numbers.count(int(inside.sum())),
        total=numbers.count(len(points)),
        clumps=numbers.count(len(areas)),
    )
    names = named(points, "sector", "sector_name").unique()
    alone = str(names[0]) if len(names) == 1 else ""
    headline(figure, say(mark("Clumps of establishments")), alone, found.render(say))
    return figure


def _edge(look: Mapping[str, Any]) -> dict[str, Any]:
    return {"edgecolors": look["edgecolor"], "linestyles": [look["linestyle"]]}


def _numbered(axes: Axes, areas: gpd.GeoDataFrame) -> None:
    """Numbers of the clumps above their outlines."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    for clump, (left, _, right, top) in zip(areas["clump"], areas.bounds.to_numpy(), strict=True):
        place = ((left + right) / 2, top)
        if west <= place[0] <= east and south <= place[1] <= north:
            axes.annotate(
                str(clump),
                place,
                xytext=(0, 2.5),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=7.5,
                fontweight="bold",
                color=INK,
                bbox=dict(HALO),
                parse_math=False,
                zorder=5,
            ).set_in_layout(False)


def _clump_legend(figure: Figure, areas: gpd.GeoDataFrame, say: Translate) -> None:
    there = [name for name in _STABLE if (areas["stability"] == name).any()]
    rows: dict[str, Any] = {say(VALUES[name]): Patch(**_STABLE[name], linewidth=0.9) for name in there}
    dots = {
        mark("establishment of a clump"): COLOURS["high"],
        mark("establishment outside clumps"): "#9aa3ad",
    }
    rows |= {say(text): Line2D([], [], **DOT, color=colour, markersize=3) for text, colour in dots.items()}
    legend_below(figure, list(rows.values()), list(rows))


@plot("hotspots", "local_moran")
@styled
def spots(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Where high and low values are together.

    Parameters
    ----------
    outputs
        Outputs of `hotspots` or `local_moran` by name.
    focus
        Code of a territory, whose outline is strong; by default the territories told most surely, where they
        have names and room.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Each territory in the colour of its kind; grey where its values and its neighbours' are not told from chance.
    """
    rows = outputs["output"]
    if focus is not None and focus not in set(rows["territory"]):
        raise unknown(focus, rows["territory"])
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    kind = rows["cluster"].astype(object).where(rows["cluster"].notna(), _UNDEFINED)
    ground = {name: layer for name, layer in outputs.items() if name != "territories"}
    figure, axes = sheet(rows.total_bounds, rows.crs, ground, numbers, room=0.7)
    colours = [_CLUSTERS.get(word, PAPER) for word in kind]
    if (rows.geom_type == "Point").all():
        axes.scatter(rows.geometry.x, rows.geometry.y, s=22, c=colours, edgecolors=MUTED, linewidths=0.4)
    else:
        # streets of the ground are seen on it
        filled(axes, rows.geometry, colours, edgecolors="#aab2bb", linewidths=0.4, zorder=0.4)
    strong = rows[rows["territory"] == focus]
    if len(strong):
        look = {"edgecolors": INK, "linewidths": 1.4, "zorder": 2}
        _ring(axes, strong, look)
    told = int((~kind.isin([_UNTOLD, _UNDEFINED])).sum())
    count = message(
        "told from chance: {told} of {total} territories tested",
        told=numbers.count(told),
        total=numbers.count(int((kind != _UNDEFINED).sum())),
    )
    headline(figure, say(_title(rows)), _whose(rows, say), count.render(say))
    present = [word for word in _CLUSTERS if (kind == word).any()]
    handles = [Patch(facecolor=_CLUSTERS[w], edgecolor="#aab2bb", linewidth=0.5) for w in present]
    words = [VALUES[word or "untested"] for word in present]
    legend_below(
        figure,
        handles,
        [say(word) for word in words],
        note=_alone(rows, numbers).render(say) if "" in present else "",
    )
    _names(axes, rows.assign(kind=kind), focus)
    return figure


def _title(rows: gpd.GeoDataFrame) -> str:
    """Which of the two statistics is drawn."""
    titles = {
        "hotspots": mark("Hot and cold spots (G*)"),
        "local_moran": mark("High and low among their neighbours (local Moran)"),
    }
    form = str(rows["form"].iloc[0]) if "form" in rows else ""
    return titles.get(form, mark("Where high and low values are together"))


def _whose(rows: gpd.GeoDataFrame, say: Translate) -> str:
    """Sector whose rate is drawn, and what is counted; nothing of an indicator."""
    if "sector" not in rows or not isinstance(rows["sector"].iloc[0], str):
        return ""
    name = str(named(rows, "sector", "sector_name").iloc[0])
    jobs = "measure" in rows and rows["measure"].iloc[0] == "employment"
    text = mark("{sector}: share in jobs") if jobs else mark("{sector}: share in establishments")
    return message(text, sector=name).render(say)


def _alone(rows: gpd.GeoDataFrame, numbers: Numbers) -> Message:
    """Why territories are untested."""
    alone = int((column(rows, "neighbours") == 0).sum())
    if not alone:
        return message(
            "Untested: territories without a value, and all where no simulations are made or all values are the same."
        )
    return message(
        "Untested: territories without a value or without neighbours that have one (without neighbours: {count}).",
        count=numbers.count(alone),
    )


def _ring(axes: Axes, strong: gpd.GeoDataFrame, look: Mapping[str, Any]) -> None:
    """Strong outline of a territory."""
    if (strong.geom_type == "Point").all():
        axes.scatter(strong.geometry.x, strong.geometry.y, s=40, facecolors="none", **look)
    else:
        filled(axes, strong.geometry, ["none"] * len(strong), **look)


def _names(axes: Axes, rows: gpd.GeoDataFrame, focus: str | None) -> None:
    """Names of the territories told most surely, or of the one asked for; no codes, and none where they are crowded."""
    told = rows["kind"] != _UNTOLD if focus is None else rows["territory"] == focus
    some = rows[told & ((rows["kind"] != _UNDEFINED) | (focus is not None))]
    some = some.sort_values(["q", "territory"], kind="stable").head(_NAMED)
    some = some[named(some, "territory", "name").astype(str) != some["territory"].astype(str)]
    if some.empty or (focus is None and _crowded(axes, some)):
        return
    inner = some.geometry.representative_point()
    texts = dict(enumerate(wrapped(list(named(some, "territory", "name")), 22)))
    places = np.column_stack([inner.x, inner.y])
    near_labels(axes, places, np.full(len(some), 4.0), texts, covered=len(some))


def _crowded(axes: Axes, some: gpd.GeoDataFrame) -> bool:
    """Whether most territories are lower than a label, which would lie across its neighbours."""
    if (some.geom_type == "Point").all():
        return False
    width = WIDTH * 72 / np.ptp(axes.get_xlim())
    side = float(np.median(np.sqrt(shapely.area(some.geometry.to_numpy()))))
    return bool(side * width < _LABEL)
