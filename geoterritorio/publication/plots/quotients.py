"""Location quotients drawn: how sure, how large."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geoterritorio.errors import LayerError, message
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
    nothing,
    size_axis,
    styled,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.registry import plot

_LARGEST_BUBBLE, _SMALLEST_BUBBLE = 1500.0, 14.0
_LEGEND_BUBBLE = 16.0
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
        Code of the territory or sector drawn; None takes the highest of all.
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
        Code of the territory or sector drawn; None takes the cells with the largest excess of all.
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
    cells = cells[(cells[size] > 0) & (cells["lq"] > 0)].nlargest(_MANY, [size, "lq"])
    if cells.empty:
        return nothing(lang)
    numbers, say = Numbers(lang), translator(lang)
    figure, axes = canvas(5.2)
    largest = max(float(cells["excess"].max()), 1.0)
    for kind in (k for k in _BACK_TO_FRONT if (cells["certainty"] == k).any()):
        part = cells[cells["certainty"] == kind]
        axes.scatter(
            part["lq"],
            part[size],
            s=_SMALLEST_BUBBLE + _LARGEST_BUBBLE * (part["excess"].clip(lower=0) / largest),
            facecolor=COLOURS[kind],
            alpha=0.7,
            edgecolor=PAPER if kind in ("high", "low") else MUTED,
            linewidth=0.8,
        )
    axes.axvline(1, color=MUTED, linewidth=1, zorder=0)
    log_axis(axes, "x", cells["lq"].min() / 1.6, cells["lq"].max() * 1.8, numbers)
    size_axis(axes, "y", cells[size].min() / 1.4, cells[size].max() * 1.8, numbers)
    axes.set_xlabel(say(charts.LOCATION_QUOTIENT), parse_math=False)
    axes.set_ylabel(say(charts.UNITS[size]), parse_math=False)
    notable = cells[cells["certainty"] == "high"].nlargest(_LABELLED, "excess")
    margin_labels(axes, notable["lq"], notable[size], cell_labels(notable, 34, 22))
    title_of(figure, cells)
    _legend(figure, cells, size, largest, lang)
    return figure


def _legend(figure: Figure, cells: pd.DataFrame, size: str, largest: float, lang: Language) -> None:
    say, numbers = translator(lang), Numbers(lang)
    used = [kind for kind in CERTAINTIES if (cells["certainty"] == kind).any()]
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=6, color=COLOURS[k], markeredgecolor=MUTED)
        for k in used
    ]
    # A round excess whose bubble fits the legend.
    shown = 10.0 ** np.floor(np.log10(max(largest * _LEGEND_BUBBLE**2 / _LARGEST_BUBBLE, 1.0)))
    area = _SMALLEST_BUBBLE + _LARGEST_BUBBLE * shown / largest
    handles.append(
        Line2D([], [], linestyle="none", marker="o", markersize=area**0.5, color=PAPER, markeredgecolor=INK)
    )
    units = {
        "employment": mark("excess of {number} jobs"),
        "establishments": mark("excess of {number} establishments"),
    }
    labels = [say(CERTAINTIES[k]) for k in used] + [say(units[size]).format(number=numbers.count(shown))]
    legend_below(figure, handles, labels)


def _chosen(outputs: Mapping[str, Any], focus: str | None) -> tuple[pd.DataFrame, Mapping[object, object]]:
    table: pd.DataFrame = outputs["quotients"]
    names = territory_names(outputs["areas"])
    if focus is None:
        return table, names
    chosen = table[(table["territory"] == focus) | (table["sector"] == focus)]
    if chosen.empty:
        raise LayerError(message("plot: “{focus}” is no territory and no sector of the result.", focus=focus))
    return chosen, names
