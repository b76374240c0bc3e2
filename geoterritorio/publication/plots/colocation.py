"""Colocation quotients drawn: which sectors are near which, and around which establishments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geoterritorio.errors import LayerError, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    PAPER,
    RULE,
    headline,
    legend_below,
    log_axis,
    name_axis,
    nothing,
    styled,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import (
    DOT,
    QUOTIENTS,
    SIDE_BY_SIDE,
    colour_bar,
    quotient_norm,
    sheet,
    side_by_side,
)
from geoterritorio.publication.plots._rows import dot_plot, handle, named, part_shown, unknown
from geoterritorio.registry import plot

_ROWS = 24
OF_PAIRS = mark("{shown} of {total} pairs of sectors")
OF_PAIRS_TESTED = mark("{shown} of {total} pairs of sectors; without those of too few establishments")
_TOLD = ("more than chance gives", "less than chance gives")
_SMALL = "small"
# How far the axis goes beyond the quotients, and where on it 0 is drawn, which has no place on a logarithmic one.
_BEYOND, _INSIDE = 1.15, 0.02
# Part of the axis between 0 and the least quotient that is not 0, which is broken.
_BREAK = 0.05


@plot("colocation_quotient")
@styled
def pairs(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Colocation quotients of sectors.

    Parameters
    ----------
    outputs
        Outputs of `colocation_quotient` by name.
    focus
        Code of a sector, whose pairs are drawn; by default the pairs told most surely.
    lang
        Language of the labels.

    Returns
    -------
    figure
        How many times as often as among all establishments the nearest neighbours of the first sector are of the
        second. Filled: told from chance; the stroke is what chance gives on average.
    """
    table: pd.DataFrame = outputs["pairs"]
    if focus is not None and focus not in {*table["sector"], *table["neighbours"]}:
        raise unknown(focus, {*table["sector"], *table["neighbours"]})
    if focus is not None:
        table = table[(table["sector"] == focus) | (table["neighbours"] == focus)]
    found = _surest(table)
    if found.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    one = len(table["sector"].unique()) == 1
    low, high = _limits(found)
    rows = pd.DataFrame(
        {
            "label": _names(found, one=one),
            "value": found["quotient"].clip(lower=low * (high / low) ** _INSIDE),
            "chance": found["expected"],
            "figure": [numbers.significant(float(q)) for q in found["quotient"]],
            "filled": found["verdict"].isin(_TOLD),
        }
    )
    figure, axes = dot_plot(rows.assign(low=np.nan, high=np.nan), numbers)
    log_axis(axes, "x", low, high, numbers)
    if (found["quotient"] == 0).any():
        _mark_zero(axes, low, high)
    axes.axvline(1, color=RULE, linewidth=1.2, zorder=1)
    name_axis(axes, "x", say(mark("Colocation quotient: 1 = as often as among all (logarithmic scale)")), 75)
    total = int(table["quotient"].notna().sum())
    shown = (
        OF_PAIRS_TESTED
        if (table["verdict"] == _SMALL).any() and (found["verdict"] != _SMALL).any()
        else OF_PAIRS
    )
    who = named(found, "sector", "sector_name").iloc[0] if one else ""
    title = say(mark("Colocation quotients of sectors"))
    headline(figure, title, who, part_shown(shown, len(rows), total, lang))
    texts = (mark("told from chance"), mark("not told from chance"), mark("mean of chance"))
    looks = [handle(name) for name in ("filled", "hollow", "chance")]
    legend_below(figure, looks, [say(text) for text in texts])
    return figure


def _surest(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs told from chance, then the likeliest, of these the ones that rest on most neighbours."""
    known = table[table["quotient"].notna()]
    large = known[known["verdict"] != _SMALL]
    known = large if len(large) else known
    known = known.assign(told=known["verdict"].isin(_TOLD))
    keys = ["told", "p", "found", "sector", "neighbours"]
    order = known.sort_values(keys, ascending=[False, True, False, True, True], kind="stable")
    return order.head(_ROWS).sort_values(
        ["quotient", "sector", "neighbours"], ascending=[False, True, True], kind="stable"
    )


def _names(table: pd.DataFrame, *, one: bool) -> pd.Series:
    """Pairs by name; of a sector with itself, or where all are of one sector, one name."""
    looks = named(table, "sector", "sector_name")
    sought = named(table, "neighbours", "neighbours_name")
    if one:
        return sought
    return (looks + " → " + sought).where(table["sector"] != table["neighbours"], looks)


def _limits(found: pd.DataFrame) -> tuple[float, float]:
    """Ends of the axis, with 1 between them."""
    shown = pd.concat([found["quotient"], found["expected"], pd.Series([1.0])])
    shown = shown[shown > 0]
    low, high = min(float(shown.min()) / _BEYOND, 0.5), max(float(shown.max()) * _BEYOND, 2.0)
    if (found["quotient"] == 0).any():
        low /= (high / low) ** (_INSIDE + 2 * _BREAK)
    return low, high


def _mark_zero(axes: Axes, low: float, high: float) -> None:
    """A tick for 0 where it is drawn, and a break of the axis, for it has no place on a logarithmic one."""
    span = high / low
    kept = [
        (float(t), text.get_text())
        for t, text in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
        if t > low * span ** (_INSIDE + _BREAK)
    ]
    places, labels = [low * span**_INSIDE, *(t for t, _ in kept)], ["0", *(text for _, text in kept)]
    axes.set_xticks(places, labels=labels, parse_math=False)
    for part in (_BREAK / 2 - 0.004, _BREAK / 2 + 0.004):
        axes.plot(
            [_INSIDE + part],
            [0],
            marker=(2, 0, -30),
            color=MUTED,
            markersize=7,
            transform=axes.transAxes,
            clip_on=False,
            zorder=5,
        )


@plot("colocation_quotient", establishments="establishments")
@styled
def around(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Colocation quotients around establishments.

    Parameters
    ----------
    outputs
        Outputs of `colocation_quotient` by name, both sectors having been named; `territories` and `roads` become the
        ground.
    focus
        Code of the sector whose establishments are drawn, which are those of no other.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Each establishment in the colour of the quotient around it, ringed where it is told from chance.
    """
    points = outputs["establishments"]
    if focus is not None and focus not in set(points["sector"]):
        raise unknown(focus, points["sector"])
    if outputs["pairs"].empty:
        return nothing(lang)
    if points.empty or not isinstance(points, gpd.GeoDataFrame):
        raise LayerError(
            message(
                "plot: there are no quotients around establishments. Name both sectors, and give places as points."
            )
        )
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(points.total_bounds, points.crs, outputs, numbers, room=1.25)
    known = points[points["quotient"].notna()].sort_values(["quotient", "firm"], kind="stable")
    _dots(figure, axes, known, say, numbers)
    first, second = (str(names.iloc[0]) for names in _sides(outputs["pairs"], points))
    title = message("{sector} near {neighbours}", sector=first, neighbours=second).render(say)
    headline(figure, say(mark("Colocation quotients around establishments")), title)
    return figure


def _sides(table: pd.DataFrame, points: gpd.GeoDataFrame) -> tuple[pd.Series, pd.Series]:
    """Names of the two sectors."""
    row = points.iloc[0]
    mine = table[(table["sector"] == row["sector"]) & (table["neighbours"] == row["neighbours"])]
    if mine.empty:
        return named(points, "sector", "sector_name"), points["neighbours"]
    return named(mine, "sector", "sector_name"), named(mine, "neighbours", "neighbours_name")


def _dots(figure: Figure, axes: Axes, known: gpd.GeoDataFrame, say: Translate, numbers: Numbers) -> None:
    told = known["verdict"].isin(_TOLD).to_numpy()
    quotient = known["quotient"].to_numpy(dtype=float)
    norm = quotient_norm(quotient)
    x, y = side_by_side(axes, known.geometry)
    for some, size, edge, width in ((~told, 9, MUTED, 0.2), (told, 26, INK, 0.9)):
        drawn = axes.scatter(
            x[some],
            y[some],
            c=np.clip(quotient[some], norm.vmin, norm.vmax),
            s=size,
            cmap=QUOTIENTS,
            norm=norm,
            edgecolors=edge,
            linewidths=width,
            zorder=2,
        )
    text = say(mark("Share of the other sector among the nearest neighbours over its share in all"))
    colour_bar(figure, axes, drawn, text, numbers)
    rows = {
        mark("told from chance"): Line2D(
            [], [], **{**DOT, "markeredgewidth": 0.9}, color=PAPER, markersize=5.5
        ),
        mark("not told from chance"): Line2D([], [], **DOT, color=PAPER, markersize=3),
    }
    for line, colour in zip(rows.values(), (INK, MUTED), strict=True):
        line.set_markeredgecolor(colour)
    moved = not (np.array_equal(x, known.geometry.x) and np.array_equal(y, known.geometry.y))
    note = say(SIDE_BY_SIDE) if moved else ""
    legend_below(figure, list(rows.values()), [say(text) for text in rows], note=note)
