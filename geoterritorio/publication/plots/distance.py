"""Functions of distance with their bands, and where the establishments behind them are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import CARETUP
from matplotlib.patches import Patch

from geoterritorio.errors import Message, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    PAPER,
    RULE,
    WIDTH,
    headline,
    legend_below,
    name_axis,
    nothing,
    styled,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import (
    FAINT,
    HALO,
    QUOTIENTS,
    SIDE_BY_SIDE,
    colour_bar,
    quotient_norm,
    sheet,
    side_by_side,
)
from geoterritorio.publication.plots._rows import OF_SECTORS, column, named, part_shown, plain_ticks, unknown
from geoterritorio.registry import plot

_MOST, _ABREAST = 6, 2
# From so many metres on distances are told in kilometres.
_FAR = 3000
_KM = 1000
# Beyond so many times what is usual a peak is cut, and marked: it would leave nothing of the rest to be read.
_TALL, _USUAL = 2, 0.9
_BAND, _LOCAL = "#c3ced9", "#6f87a0"
_RUN = {"localised": "#f8e3d0", "dispersed": "#dbe8f5"}
_KEY = ["sector", "neighbours"]
_ALONE: Mapping[str, Any] = {"s": 14, "marker": "x", "color": MUTED, "linewidths": 0.7, "zorder": 2}
_NONE: Mapping[str, Any] = {
    "s": 9,
    "facecolors": PAPER,
    "edgecolors": "#5e3c99",
    "linewidths": 0.6,
    "zorder": 2,
}
# Up to so many times what is usual a function is drawn to its top.
_LITTLE = 1.2
_COSTS = "costs"
_FORMS: Mapping[str, str] = {
    "k_density": mark("Density of distances, per metre"),
    "m_function": mark("M: 1 = share in all activity"),
    "m_density": mark("m: 1 = share in all activity"),
    "k": mark("K, in square metres"),
    "k_jobs": mark("K of jobs, in square metres"),
    "l": mark("L less the distance, in metres: 0 = even"),
    "l_jobs": mark("L of jobs less the distance, in metres"),
    "pcf": mark("Pair correlation: 1 = even"),
    "d": mark("K less that of the controls"),
    "d_between": mark("K less that of the controls around it"),
}


@plot("k_density", "m_function", "m_density", "k_function")
@styled
def bands(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Functions of distance with their bands.

    Parameters
    ----------
    outputs
        Outputs of `k_density`, `m_function`, `m_density` or `k_function` by name.
    focus
        Code of a sector; by default the sectors that are told from chance most surely.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Above the shaded global band establishments are more often that far apart than chance places them, or, of what
        counts all within a distance, have more neighbours; at the distances in colour that holds for all distances
        together.
    """
    verdicts, functions = outputs["verdicts"], outputs["functions"]
    shown = _chosen(verdicts, functions, focus)
    if shown.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    costs = "unit" in verdicts and bool((shown["unit"] == _COSTS).any())
    unit = _KM if not costs and functions["distance"].max() > _FAR else 1
    wide = min(len(shown), _ABREAST)
    tall = -(-len(shown) // wide)
    figure = Figure(figsize=(WIDTH, 2.3 * tall + 1.5 + (wide == 1)), layout="constrained", facecolor=PAPER)
    panels = np.atleast_1d(figure.subplots(tall, wide, sharex=True, squeeze=False)).ravel()
    for axes, row in zip(panels, shown.to_dict("records"), strict=False):
        table = functions[(functions[_KEY] == [row[k] for k in _KEY]).all(axis=1)]
        _panel(axes, table, row, unit, say, numbers)
    for axes in panels[len(shown) :]:
        axes.set_axis_off()
    _name(panels, wide, _across(unit, costs=costs), _upright(verdicts, costs=costs), say)
    tested = int((column(verdicts, "plants") > 0).sum())
    headline(
        figure,
        say(mark("Functions of distance with their bands")),
        _spent(verdicts, say),
        _part(verdicts, shown, lang) if len(shown) < tested else "",
    )
    _legend(figure, shown, functions, say)
    return figure


def _part(verdicts: pd.DataFrame, shown: pd.DataFrame, lang: Language) -> str:
    """How many sectors are drawn, and how many have no function to draw."""
    told = part_shown(OF_SECTORS, len(shown), int((column(verdicts, "plants") > 0).sum()), lang)
    numbers, say = Numbers(lang), translator(lang)
    reasons = {"small": mark("too few establishments: {count}"), "untested": mark("untested: {count}")}
    left = verdicts[~verdicts["sector"].isin(shown["sector"])]["verdict"]
    counts = {text: int((left == word).sum()) for word, text in reasons.items()}
    return "; ".join([told, *(say(text).format(count=numbers.count(n)) for text, n in counts.items() if n)])


def _spent(verdicts: pd.DataFrame, say: Any) -> str:
    """What the error of the bands is spent on, in words."""
    if "convention" not in verdicts or verdicts["convention"].dropna().empty:
        return ""
    word = verdicts["convention"].dropna().iloc[0]
    return str(
        say(mark("error on each side")) if word == "each_side" else say(mark("error on both sides together"))
    )


def _upright(verdicts: pd.DataFrame, *, costs: bool) -> str:
    """Name of what is drawn."""
    form = str(verdicts["form"].iloc[0]) if "form" in verdicts else ""
    if form == "k_density" and costs:
        return mark("Density of distances, per unit of the costs")
    return _FORMS.get(form, mark("Value"))


def _across(unit: int, *, costs: bool) -> str:
    """Name of the axis of distances."""
    if costs:
        return mark("Distance in the unit of the costs")
    return mark("Distance in kilometres") if unit == _KM else mark("Distance in metres")


def _chosen(verdicts: pd.DataFrame, functions: pd.DataFrame, focus: str | None) -> pd.DataFrame:
    known = verdicts[verdicts["sector"].isin(functions["sector"])].assign(
        label=lambda t: named(t, "sector", "sector_name")
    )
    if focus is not None:
        if focus not in set(verdicts["sector"]):
            raise unknown(focus, verdicts["sector"])
        return known[known["sector"] == focus]
    known["told"] = known["verdict"].isin(["localised", "dispersed"])
    known["strength"] = column(known, "gamma").fillna(0) + column(known, "psi").fillna(0)
    keys = ["told", "p", "strength", "sector"]
    order = known.sort_values(keys, ascending=[False, True, False, True], kind="stable")
    return order.head(_MOST)


def _panel(
    axes: Axes, table: pd.DataFrame, row: Mapping[str, Any], unit: int, say: Any, numbers: Numbers
) -> None:
    at = table["distance"].to_numpy() / unit
    _runs(axes, at, table)
    axes.fill_between(at, table["global_low"], table["global_high"], color=_BAND, linewidth=0, zorder=1)
    for side in ("low", "high"):
        axes.plot(at, table[side], color=_LOCAL, linewidth=0.7, linestyle=(0, (4, 2)), zorder=2)
    axes.plot(at, table["mean"], color=MUTED, linewidth=0.9, zorder=2)
    axes.plot(at, table["value"], color=INK, linewidth=1.6, zorder=3)
    axes.set_xlim(0, at.max() if len(at) else 1)
    cut = _limits(axes, table)
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    verdict = say(VALUES.get(row["verdict"], row["verdict"]))
    title = wrapped([row["label"]], 44)[0]
    count = message("{count} establishments", count=numbers.count(row["plants"])).render(say)
    axes.set_title(f"{title}\n{verdict} · {count}", fontsize=7.6, loc="left", parse_math=False)
    plain_ticks(axes, "x", numbers)
    _figures(axes, numbers)
    if cut:
        _say_cut(axes, at, table["value"].to_numpy(dtype=float), numbers)


def _limits(axes: Axes, table: pd.DataFrame) -> bool:
    """
    Height by what is usual: at the shortest distances few pairs make any function jump.

    Returns
    -------
    cut
        Whether the function goes beyond it.
    """
    lines = table[["value", "low", "high", "global_low", "global_high"]]
    later = lines.iloc[max(len(lines) // 50, 1) :].to_numpy(dtype=float)
    high, low = np.nanmax(later, initial=0), np.nanmin(later, initial=np.inf)
    if not high > 0:
        return False
    tops = np.nanmax(np.where(np.isnan(later), -np.inf, later), axis=1)
    high = min(high, _TALL * float(np.quantile(tops, _USUAL))) if np.isfinite(tops).all() else high
    # What is only a little higher is drawn, not cut.
    top = float(np.nanmax(table["value"], initial=high))
    high = top if top <= _LITTLE * high else high
    least = max(0.0, low - 0.1 * (high - low)) if low > 0.3 * high else min(low * 1.06, 0.0)
    axes.set_ylim(least, high * 1.06)
    return bool((table["value"] > high * 1.06).any())


def _say_cut(axes: Axes, at: np.ndarray[Any, Any], value: np.ndarray[Any, Any], numbers: Numbers) -> None:
    """An arrow where the function leaves the panel, with its highest value."""
    place = at[int(np.nanargmax(value))]
    top = axes.get_ylim()[1]
    axes.plot([place], [top], marker=CARETUP, color=INK, markersize=5, clip_on=False, zorder=6)
    axes.annotate(
        numbers.plain(float(f"{np.nanmax(value):.2g}")),
        (place, top),
        xytext=(5, -1),
        textcoords="offset points",
        ha="left",
        va="top",
        fontsize=6.8,
        bbox=dict(HALO),
        zorder=6,
    )


def _figures(axes: Axes, numbers: Numbers) -> None:
    """Ticks as they are; very small ones, of densities, in powers of ten."""
    low, high = axes.get_ylim()
    ticks = [t for t in axes.get_yticks() if low <= t <= high]
    power = int(np.floor(np.log10(high))) if high > 0 else 0
    if -2 <= power <= 4:  # noqa: PLR2004 - figures that are read without powers
        plain_ticks(axes, "y", numbers)
        return
    axes.set_yticks(ticks, labels=[numbers.plain(round(t / 10.0**power, 3)) for t in ticks])
    axes.set_ylim(low, high)
    raised = str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    axes.text(
        1, 1.0, f"×10{raised}", transform=axes.transAxes, fontsize=6.8, color=MUTED, ha="right", va="bottom"
    )


def _runs(axes: Axes, at: np.ndarray[Any, Any], table: pd.DataFrame) -> None:
    """Distances at which the function is outside the global band, in colour."""
    step = np.diff(at).max() / 2 if len(at) > 1 else 0.5
    for index, look in (("gamma", "localised"), ("psi", "dispersed")):
        inside = np.concatenate([[False], (column(table, index) > 0).to_numpy(), [False]])
        turns = np.flatnonzero(np.diff(inside.astype(int)))
        for first, last in zip(turns[::2], turns[1::2], strict=True):
            axes.axvspan(at[first] - step, at[last - 1] + step, color=_RUN[look], linewidth=0, zorder=0)


def _name(panels: Any, wide: int, across: str, upright: str, say: Any) -> None:
    for k, axes in enumerate(panels):
        if not axes.axison:
            continue
        if k % wide == 0:
            name_axis(axes, "y", say(upright))
        if k + wide >= len(panels) or not panels[k + wide].axison:
            name_axis(axes, "x", say(across))
        axes.tick_params(axis="x", labelbottom=True)


def _legend(figure: Figure, shown: pd.DataFrame, functions: pd.DataFrame, say: Any) -> None:
    drawn = functions.merge(shown[_KEY], on=_KEY)
    rows: dict[str, Any] = {
        mark("the sector"): Line2D([], [], color=INK, linewidth=1.6),
        mark("mean of chance"): Line2D([], [], color=MUTED, linewidth=0.9),
        mark("local band"): Line2D([], [], color=_LOCAL, linewidth=0.7, linestyle=(0, (4, 2))),
        mark("global band"): Patch(color=_BAND),
    }
    runs = {
        "gamma": (mark("localised here"), _RUN["localised"]),
        "psi": (mark("dispersed here"), _RUN["dispersed"]),
    }
    rows |= {
        t: Patch(color=colour) for index, (t, colour) in runs.items() if (column(drawn, index) > 0).any()
    }
    note = say(
        mark("The local band holds at each distance by itself; the global band at all distances together.")
    )
    legend_below(figure, list(rows.values()), [say(text) for text in rows], note=note, columns=3)


@plot("m_function", establishments="contributions")
@styled
def contributions(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Where a sector is concentrated: the quotient around each of its establishments.

    Parameters
    ----------
    outputs
        Outputs of `m_function` by name; `territories` and `roads` become the ground.
    focus
        Code of a sector; by default the one that is told from chance most surely.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Each establishment in the colour of the location quotient around it; a cross where it has no neighbour. Grey:
        establishments of the other sectors looked at.
    """
    points, verdicts = outputs["contributions"], outputs["verdicts"]
    shown = _chosen(verdicts, outputs["functions"], focus).head(1)
    if shown.empty or "geometry" not in points.columns:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    row = shown.iloc[0]
    points = points[points.geometry.notna() & ~points.geometry.is_empty]
    mine = points[(points[_KEY] == [row[k] for k in _KEY]).all(axis=1)]
    figure, axes = sheet(points.total_bounds, points.crs, outputs, numbers, room=1.25)
    _places(figure, axes, points, mine, say, numbers)
    number = verdicts["sector"].nunique()
    more = part_shown(OF_SECTORS, 1, number, lang) if number > 1 else ""
    at = _within(row, float(mine["distance"].iloc[0]), numbers).render(say)
    headline(
        figure, say(mark("Where it is concentrated")), str(row["label"]), "; ".join(filter(None, [at, more]))
    )
    return figure


def _within(row: pd.Series, distance: float, numbers: Numbers) -> Message:
    """Distance within which neighbours count, in its unit."""
    if row.get("unit") == _COSTS:
        return message(
            "quotients within {distance} in the unit of the costs", distance=numbers.significant(distance)
        )
    return message("quotients within {distance} m", distance=numbers.count(distance))


def _places(
    figure: Figure,
    axes: Axes,
    points: gpd.GeoDataFrame,
    mine: gpd.GeoDataFrame,
    say: Translate,
    numbers: Numbers,
) -> None:
    """Establishments of a sector above those of all others."""
    others = points[~points["firm"].isin(mine["firm"])].drop_duplicates("firm")
    axes.scatter(others.geometry.x, others.geometry.y, **FAINT)
    # The largest are drawn last.
    mine = mine.sort_values(["quotient", "firm"], kind="stable")
    (x, y), quotient = side_by_side(axes, mine.geometry), mine["quotient"].to_numpy(dtype=float)
    alone, none = ~np.isfinite(quotient), quotient == 0
    some = ~alone & ~none
    norm = quotient_norm(quotient)
    axes.scatter(x[alone], y[alone], **_ALONE)
    axes.scatter(x[none], y[none], **_NONE)
    drawn = axes.scatter(
        x[some],
        y[some],
        c=np.clip(quotient[some], norm.vmin, norm.vmax),
        s=16,
        cmap=QUOTIENTS,
        norm=norm,
        edgecolors=INK,
        linewidths=0.25,
        zorder=3,
    )
    text = mark("Share of the sector around the establishment over its share in all activity")
    colour_bar(figure, axes, drawn, say(text), numbers)
    looks = {
        mark("no neighbour"): (alone, axes.scatter([], [], **_ALONE)),
        mark("neighbours, none of the sector"): (none, axes.scatter([], [], **_NONE)),
        mark("establishments of other sectors"): (
            np.array([len(others) > 0]),
            axes.scatter([], [], **{**FAINT, "s": 9}),
        ),
    }
    there = {say(text): dot for text, (rows, dot) in looks.items() if rows.any()}
    moved = not (np.array_equal(x, mine.geometry.x) and np.array_equal(y, mine.geometry.y))
    if there or moved:
        note = say(SIDE_BY_SIDE) if moved else ""
        legend_below(figure, list(there.values()), list(there), note=note)
