"""Shift-share drawn: what a change is made of, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import territory_names
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    PAPER,
    RULE,
    canvas,
    labels_of,
    legend_below,
    literal,
    log_axis,
    margin_labels,
    nothing,
    styled,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._rows import named, plain_ticks, unknown
from geoterritorio.registry import plot

_ROWS = 24
_LABELLED = 12
_WHOLE, _MIX, _OWN, _OTHER = "#9aa3ad", "#d9a441", "#1f5a8c", "#8fb8da"
COMPONENTS: Mapping[str, tuple[str, str]] = {
    "national": (mark("growth of the whole"), _WHOLE),
    "mix": (mark("mix of sectors"), _MIX),
    "neighbours": (mark("growth of the neighbours"), _MIX),
    "regional": (mark("own to the territory"), _OWN),
    "competitive": (mark("own, with the whole's shares of sectors"), _OWN),
    "allocation": (mark("own, by specialisation"), _OTHER),
    "national_homothetic": (mark("growth of the whole, shares of the whole"), "#7d8792"),
    "national_differential": (mark("growth of the whole, own shares"), "#c5cbd2"),
    "mix_homothetic": (mark("mix of sectors, shares of the whole"), "#b47f1c"),
    "mix_differential": (mark("mix of sectors, own shares"), "#ecd08f"),
    "regional_growth_homothetic": (mark("growth of the territory, shares of the whole"), "#1f5a8c"),
    "regional_growth_differential": (mark("growth of the territory, own shares"), "#8fb8da"),
    "regional_mix_homothetic": (mark("growth of its sectors, shares of the whole"), "#8a3505"),
    "regional_mix_differential": (mark("growth of its sectors, own shares"), "#dd9a6c"),
    "unsplit": (mark("not divided, for want of a base"), PAPER),
}
_OWN_PARTS = ("regional", "competitive", "allocation")
TOTAL = mark("all the change")
CHANGE = mark("Jobs or establishments gained or lost")
INDEX = mark("Factor of growth (logarithmic scale)")


@plot("shift_share")
@styled
def components(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Components of change, most growth first.

    Parameters
    ----------
    outputs
        Outputs of `shift_share` by name.
    focus
        Code of a territory, whose sectors are drawn, or of a sector, drawn by territory; None draws territories.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bar per row in pieces left and right of 0 that add up to the diamond; indices as dots around 1.
    """
    rows = _chosen(outputs, focus)
    rows = _foremost(rows, "growth" if "growth" in rows.columns else "change")
    if rows.empty:
        return nothing(lang)
    figure, axes = canvas(0.25 * len(rows) + 1.5)
    places = np.arange(len(rows))[::-1]
    if "growth" in rows.columns:
        _indices(figure, axes, rows, places, lang)
    else:
        _bars(figure, axes, rows, places, lang)
    axes.set_yticks(places, labels=labels_of(list(rows["label"]), 40), parse_math=False)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    figure.suptitle(_title(outputs, focus), x=0.01, ha="left", fontsize=9.5, color=INK, parse_math=False)
    return figure


def _chosen(outputs: Mapping[str, Any], focus: str | None) -> pd.DataFrame:
    cells, areas = outputs["components"], outputs["areas"]
    if focus is None:
        return areas.assign(label=named(areas, "territory", "name"))
    if (cells["territory"] == focus).any():
        found = cells[cells["territory"] == focus]
        return found.assign(label=named(found, "sector", "sector_name"))
    if (cells["sector"] == focus).any():
        found = cells[cells["sector"] == focus]
        return found.assign(label=found["territory"].map(territory_names(areas)).fillna(found["territory"]))
    raise unknown(focus)


def _foremost(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Rows with the largest change, most growth first."""
    known = rows[rows["change"].notna() & rows[by].notna()]
    largest = known["change"].abs().sort_values(ascending=False, kind="stable").index[:_ROWS]
    return known.loc[largest].sort_values(by, ascending=False, kind="stable")


def _title(outputs: Mapping[str, Any], focus: str | None) -> str:
    cells, steps = outputs["components"], outputs["steps"]
    span = f"{steps['start'].iloc[0]}–{steps['end'].iloc[-1]}" if len(steps) else ""
    names = territory_names(outputs["areas"])
    sectors = dict(zip(cells["sector"], named(cells, "sector", "sector_name"), strict=True))
    subject = names.get(focus, sectors.get(focus)) if focus is not None else None
    return literal(span if subject is None else f"{literal(subject, 70)} · {span}", 90)


def _parts(rows: pd.DataFrame) -> list[str]:
    """Components that the method has and that are not 0 everywhere, up to rounding."""
    size = max(float(rows[["before", "after"]].abs().max(axis=None)), 1.0)
    return [c for c in COMPONENTS if c in rows.columns and rows[c].abs().max() > size * 1e-9]


def _bars(figure: Figure, axes: Axes, rows: pd.DataFrame, places: np.ndarray, lang: Language) -> None:
    say, numbers = translator(lang), Numbers(lang)
    parts = _parts(rows)
    ends = {sign: np.zeros(len(rows)) for sign in (-1, 1)}
    for part in parts:
        values = rows[part].fillna(0).to_numpy()
        for sign, start in ends.items():
            piece = np.where(np.sign(values) == sign, values, 0.0)
            some = piece != 0
            axes.barh(places[some], piece[some], left=start[some], height=0.7, **_swatch(part))
            ends[sign] = start + piece
    axes.axvline(0, color=INK, linewidth=0.9)
    axes.plot(rows["change"], places, **_DIAMOND)
    plain_ticks(axes, "x", numbers)
    axes.set_xlabel(say(CHANGE), parse_math=False)
    handles: list[Any] = [Patch(**_swatch(part)) for part in parts] + [Line2D([], [], **_DIAMOND)]
    legend_below(figure, handles, [*(say(COMPONENTS[part][0]) for part in parts), say(TOTAL)])


_DIAMOND: dict[str, Any] = {
    "linestyle": "none",
    "marker": "D",
    "markersize": 5,
    "color": INK,
    "markeredgecolor": PAPER,
    "markeredgewidth": 0.8,
}


def _swatch(part: str) -> dict[str, Any]:
    look = {"facecolor": COMPONENTS[part][1], "edgecolor": PAPER, "linewidth": 0.6}
    return look | {"edgecolor": MUTED, "hatch": "////"} if part == "unsplit" else look


# Dots of the same value stay apart.
_APART: Mapping[str, float] = {"mix": 0.17, "regional": -0.17}


def _indices(figure: Figure, axes: Axes, rows: pd.DataFrame, places: np.ndarray, lang: Language) -> None:
    say, numbers = translator(lang), Numbers(lang)
    looks = {
        part: {"linestyle": "none", "marker": "o", "markersize": 6, "color": COMPONENTS[part][1]}
        for part in ("national", "mix", "regional")
    } | {"growth": _DIAMOND}
    figures = rows[list(looks)].where(rows[list(looks)] > 0)
    axes.hlines(places, figures.min(axis=1), figures.max(axis=1), color=RULE, linewidth=1.4, zorder=1)
    for part, look in looks.items():
        axes.plot(figures[part], places + _APART.get(part, 0.0), **look)
    axes.axvline(1, color=INK, linewidth=0.9, zorder=0)
    lowest, highest = figures.min(axis=None), figures.max(axis=None)
    log_axis(axes, "x", min(float(lowest), 1.0) / 1.05, max(float(highest), 1.0) * 1.05, numbers)
    axes.set_xlabel(say(INDEX), parse_math=False)
    labels = [*(say(COMPONENTS[part][0]) for part in looks if part != "growth"), say(TOTAL)]
    legend_below(figure, [Line2D([], [], **look) for look in looks.values()], labels)


@plot("shift_share")
@styled
def steps(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Change step by step.

    Parameters
    ----------
    outputs
        Outputs of `shift_share` by name, by the dynamic method.
    focus
        Code of the territory whose steps are drawn in pieces; None draws the own part of all territories, cumulated.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Bars of one territory, or one line per territory.

    Raises
    ------
    LayerError
        If there is one step only, or no such territory.
    """
    table: pd.DataFrame = outputs["steps"]
    if table.empty:
        return nothing(lang)
    if len(table["start"].unique()) == 1:
        raise LayerError(
            message("plot: the change has one step only. Use the dynamic method with more periods.")
        )
    names = territory_names(outputs["areas"])
    if focus is None:
        return _lines(table, names, lang)
    rows = table[table["territory"] == focus]
    if rows.empty:
        raise unknown(focus)
    figure, axes = canvas(0.4 * len(rows) + 1.5)
    places = np.arange(len(rows))[::-1]
    _bars(figure, axes, rows, places, lang)
    labels = [literal(f"{a}–{b}", 30) for a, b in zip(rows["start"], rows["end"], strict=True)]
    axes.set_yticks(places, labels=labels, parse_math=False)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    title = literal(names.get(focus, focus), 90)
    figure.suptitle(title, x=0.01, ha="left", fontsize=9.5, color=INK, parse_math=False)
    return figure


def _lines(table: pd.DataFrame, names: Mapping[object, object], lang: Language) -> Figure:
    say, numbers = translator(lang), Numbers(lang)
    own = [c for c in table.columns if c in _OWN_PARTS or c.startswith("regional_")]
    order = list(dict.fromkeys(table["start"]))
    wide = table.assign(own=table[own].sum(axis=1, skipna=False)).pivot_table(
        index="territory", columns="start", values="own", dropna=False
    )
    paths = wide.reindex(columns=order).cumsum(axis=1, skipna=False)
    paths.insert(0, "", 0.0)
    figure, axes = canvas(4.6)
    last = paths.iloc[:, -1]
    notable = last.abs().sort_values(ascending=False, kind="stable").index[:_LABELLED]
    for territory, path in paths.iterrows():
        colour = _WHOLE if territory not in notable else COMPONENTS["regional"][1]
        if territory in notable and last[territory] < 0:
            colour = "#a8480a"
        axes.plot(range(len(path)), path.to_numpy(), color=colour, linewidth=1.3, marker="o", markersize=3)
    axes.axhline(0, color=INK, linewidth=0.9)
    ends = [order[0], *table.drop_duplicates("start")["end"]]
    axes.set_xticks(range(len(ends)), labels=[literal(e, 20) for e in ends], parse_math=False)
    plain_ticks(axes, "y", numbers)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    label = mark("Own to the territory, cumulated (jobs or establishments)")
    axes.set_ylabel(say(label), parse_math=False)
    shown = last[notable].dropna()
    texts = labels_of([names.get(t, t) for t in shown.index], 34)
    margin_labels(axes, [len(order)] * len(shown), list(shown), texts)
    return figure
