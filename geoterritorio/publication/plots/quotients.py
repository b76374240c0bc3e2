"""Location quotients drawn: how sure, how large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication import charts
from geoterritorio.publication.chapter import CERTAINTIES, shown_cells, territory_names
from geoterritorio.publication.charts import cell_labels, title_of
from geoterritorio.publication.drawing import (
    COLOURS,
    INK,
    MUTED,
    PAPER,
    canvas,
    legend_below,
    log_axis,
    margin_labels,
    name_axis,
    nothing,
    size_axis,
    styled,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._rows import OF_CELLS, part_shown, unknown
from geoterritorio.registry import plot

_LARGEST_BUBBLE, _SMALLEST_BUBBLE = 1500.0, 14.0
# Where the bubbles of the key stand beside the axes, as shares of its width and height.
_KEY_PLACES, _KEY_MIDDLE, _KEY_TOP = (1.06, 1.17, 1.35), 0.11, 0.3
_MANY = 120
_LABELLED = 12
_BACK_TO_FRONT = ("unknown", "untested", "few", "unclear", "low", "high")


@plot("location_quotient")
def forest(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Highest quotients with their intervals.

    Parameters
    ----------
    outputs
        Outputs of `location_quotient` by name.
    focus
        Code of the territory or sector drawn; by default the highest of all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Filled dots are clearly above 1, hollow dots are not.
    """
    table, names = _chosen(outputs, focus)
    return charts.forest_plot(table, names=names, lang=lang)


@plot("location_quotient")
@styled
def bubbles(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Sectors by size, specialisation and excess.

    Parameters
    ----------
    outputs
        Outputs of `location_quotient` by name.
    focus
        Code of the territory or sector drawn; by default the cells with the largest excess of all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bubble per cell: its quotient across, its jobs up, its excess as area.
    """
    table, names = _chosen(outputs, focus)
    cells = shown_cells(table, names)
    size = "employment" if cells["employment"].notna().any() else "establishments"
    every = cells[(cells[size] > 0) & (cells["lq"] > 0)]
    cells = every.nlargest(_MANY, [size, "lq"])
    if cells.empty:
        return nothing(lang)
    numbers, say = Numbers(lang), translator(lang)
    figure, axes = canvas(6.2)
    largest = max(1.0, float(cells["excess"].max()))
    for kind in (k for k in _BACK_TO_FRONT if (cells["certainty"] == k).any()):
        part = cells[cells["certainty"] == kind]
        axes.scatter(
            part["lq"],
            part[size],
            s=_area(part["excess"].clip(lower=0).fillna(0), largest),
            facecolor=COLOURS[kind],
            alpha=0.7,
            edgecolor=PAPER if kind in ("high", "low") else MUTED,
            linewidth=0.8,
        )
    axes.axvline(1, color=MUTED, linewidth=1, zorder=0)
    log_axis(axes, "x", cells["lq"].min() / 1.6, cells["lq"].max() * 1.8, numbers)
    size_axis(axes, "y", cells[size].min() / 1.4, cells[size].max() * 1.8, numbers)
    name_axis(axes, "x", say(charts.LOCATION_QUOTIENT))
    name_axis(axes, "y", say(charts.UNITS[size]))
    notable = cells[cells["certainty"] == "high"].nlargest(_LABELLED, "excess")
    margin_labels(axes, notable["lq"], notable[size], cell_labels(notable, 42), floor=_KEY_TOP)
    title = say(mark("Sectors by size, specialisation and excess"))
    title_of(figure, cells, title, part_shown(OF_CELLS, len(cells), len(every), lang))
    _size_key(axes, largest, size, lang)
    used = [kind for kind in CERTAINTIES if (cells["certainty"] == kind).any()]
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=6, color=COLOURS[k], markeredgecolor=MUTED)
        for k in used
    ]
    legend_below(figure, handles, [say(CERTAINTIES[k]) for k in used])
    return figure


def _area(excess: Any, largest: float) -> Any:
    return _SMALLEST_BUBBLE + _LARGEST_BUBBLE * (excess / largest)


def _size_key(axes: Axes, largest: float, size: str, lang: Language) -> None:
    """Bubbles of round excesses beside the axes, below the labels."""
    say, numbers = translator(lang), Numbers(lang)
    shown = list(dict.fromkeys(_round(largest * share) for share in (0.05, 0.3, 1.0)))
    texts = {
        "employment": mark("Area: excess of jobs"),
        "establishments": mark("Area: excess of establishments"),
    }
    beside: dict[str, Any] = {"transform": axes.transAxes, "clip_on": False}
    for x, excess in zip(_KEY_PLACES, shown, strict=False):
        axes.scatter(
            [x],
            [_KEY_MIDDLE],
            s=_area(excess, largest),
            facecolor=PAPER,
            edgecolor=INK,
            linewidth=0.8,
            **beside,
        )
        label = axes.text(x, 0.0, numbers.count(excess), ha="center", va="bottom", fontsize=7, **beside)
        label.set_parse_math(False)
    axes.text(
        1.03, _KEY_TOP - 0.06, say(texts[size]), va="top", fontsize=7, color=MUTED, parse_math=False, **beside
    )


def _round(value: float) -> float:
    """Largest of 1, 2, 5, 10, 20 … up to some value; at least 1."""
    power = 10.0 ** np.floor(np.log10(max(value, 1.0)))
    return float(power * max(step for step in (1, 2, 5) if step * power <= max(value, 1.0)))


def _chosen(outputs: Mapping[str, Any], focus: str | None) -> tuple[pd.DataFrame, Mapping[object, object]]:
    table: pd.DataFrame = outputs["quotients"]
    names = territory_names(outputs["areas"])
    if focus is None:
        return table, names
    chosen = table[(table["territory"] == focus) | (table["sector"] == focus)]
    if chosen.empty:
        raise unknown(focus, {*table["territory"], *table["sector"]})
    return chosen, names
