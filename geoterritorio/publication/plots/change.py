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

from geoterritorio.errors import LayerError, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import territory_names
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    PAPER,
    RULE,
    canvas,
    headline,
    legend_below,
    literal,
    log_axis,
    margin_labels,
    name_axis,
    name_rows,
    nothing,
    row_height,
    styled,
    without_common_start,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._rows import named, plain_ticks, unknown
from geoterritorio.registry import plot

_ROWS = 24
# Territories of a kind that carry a name: those that gained most, and those that lost most.
_LABELLED = 4
_WHOLE, _MIX, _OWN, _OTHER = "#9aa3ad", "#d9a441", "#1f5a8c", "#a8480a"
_GAINED, _LOST, _FAINT = _OWN, _OTHER, "#ccd1d7"
COMPONENTS: Mapping[str, tuple[str, str]] = {
    "national": (mark("growth of the whole"), _WHOLE),
    "mix": (mark("mix of sectors"), _MIX),
    "neighbours": (mark("growth of the neighbours"), _MIX),
    "regional": (mark("own to the territory"), _OWN),
    "competitive": (mark("own, with the whole's shares of sectors"), _OWN),
    "allocation": (mark("own, by specialisation"), "#8fb8da"),
    "national_homothetic": (mark("growth of the whole"), _WHOLE),
    "national_differential": (mark("growth of the whole"), _WHOLE),
    "mix_homothetic": (mark("mix of sectors"), _MIX),
    "mix_differential": (mark("mix of sectors"), _MIX),
    "regional_growth_homothetic": (mark("growth of the territory"), _OWN),
    "regional_growth_differential": (mark("growth of the territory"), _OWN),
    "regional_mix_homothetic": (mark("growth of its sectors"), _OTHER),
    "regional_mix_differential": (mark("growth of its sectors"), _OTHER),
    "unsplit": (mark("not divided, for want of a base"), PAPER),
}
_DIFFERENTIAL = "_differential"
DIFFERENTIAL = mark("hatched: on what it has beyond or below the whole's shares of sectors")
_OWN_PARTS = ("regional", "competitive", "allocation")
TOTAL = mark("all the change")
CHANGES: Mapping[str, str] = {
    "employment": mark("Jobs gained or lost"),
    "establishments": mark("Establishments gained or lost"),
    "": mark("Jobs or establishments gained or lost"),
}
OWN_CHANGES: Mapping[str, str] = {
    "employment": mark("Jobs gained or lost since the start that are own to the territory"),
    "establishments": mark("Establishments gained or lost since the start that are own to the territory"),
    "": mark("Jobs or establishments gained or lost since the start that are own to the territory"),
}
STEPS = mark("Change step by step")
# Width of the lines that carry a name, and of the others.
_WIDTHS = (1.6, 0.9)
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
        Code of a territory, whose sectors are drawn, or of a sector, drawn by territory; by default territories.
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
    texts = wrapped(list(rows["label"]), 46, 3)
    figure, axes = canvas(row_height(texts, 0.25) * len(rows) + 1.8)
    places = np.arange(len(rows))[::-1]
    if "growth" in rows.columns:
        _indices(figure, axes, rows, places, lang)
    else:
        _bars(figure, axes, rows, places, lang)
    name_rows(axes, places, texts)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    say = translator(lang)
    title = say(mark("Components of change, most growth first"))
    headline(figure, title, say(_method(outputs)), *_subject(outputs, focus), _span(outputs["steps"]))
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
    raise unknown(focus, {*cells["territory"], *cells["sector"]})


def _foremost(rows: pd.DataFrame, by: str) -> pd.DataFrame:
    """Rows with the largest change, most growth first."""
    known = rows[rows["change"].notna() & rows[by].notna()]
    largest = known["change"].abs().sort_values(ascending=False, kind="stable").index[:_ROWS]
    return known.loc[largest].sort_values(by, ascending=False, kind="stable")


def _subject(outputs: Mapping[str, Any], focus: str | None) -> list[str]:
    """Name of the territory or of the sector that was asked for."""
    cells = outputs["components"]
    names = territory_names(outputs["areas"])
    sectors = dict(zip(cells["sector"], named(cells, "sector", "sector_name"), strict=True))
    subject = None if focus is None else names.get(focus, sectors.get(focus))
    return [] if subject is None else [literal(subject, 80)]


# A column that only one method gives, and how its method is called; the classic one has none of them.
_METHODS: Mapping[str, str] = {
    "growth": mark("factors of Gerfin"),
    "national_homothetic": mark("method of Arcelus"),
    "competitive": mark("method of Esteban-Marquillas"),
    "neighbours": mark("spatial method of Nazara and Hewings"),
}


def _method(outputs: Mapping[str, Any]) -> str:
    """Name of the method, told by the components that it gives."""
    columns = outputs["areas"].columns
    found = next((text for column, text in _METHODS.items() if column in columns), None)
    if found:
        return found
    several = len(outputs["steps"]["start"].unique()) > 1
    return mark("dynamic method") if several else mark("classic method")


def _span(steps: pd.DataFrame) -> str:
    return literal(f"{steps['start'].iloc[0]}–{steps['end'].iloc[-1]}", 30) if len(steps) else ""


def _measured(rows: pd.DataFrame) -> str:
    """What is counted; nothing where the table does not say."""
    given = rows["measure"].dropna().unique() if "measure" in rows.columns else []
    return str(given[0]) if len(given) == 1 and given[0] in CHANGES else ""


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
    name_axis(axes, "x", say(CHANGES[_measured(rows)]))
    _legend(figure, parts, say)


def _legend(figure: Figure, parts: list[str], say: Translate) -> None:
    """One piece of legend per component; its two halves share a colour, and one piece says what hatching means."""
    kept = {COMPONENTS[part][0]: part for part in reversed(parts)}
    texts = list(dict.fromkeys(COMPONENTS[part][0] for part in parts))
    handles: list[Any] = [
        Patch(**_swatch(kept[text].replace(_DIFFERENTIAL, "_homothetic"))) for text in texts
    ]
    if any(part.endswith(_DIFFERENTIAL) for part in parts):
        handles.append(Patch(facecolor=PAPER, edgecolor=MUTED, hatch=_HATCH, linewidth=0.6))
        texts.append(DIFFERENTIAL)
    legend_below(figure, [*handles, Line2D([], [], **_DIAMOND)], [say(text) for text in (*texts, TOTAL)])


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
    if part.endswith(_DIFFERENTIAL):
        return look | {"hatch": _HATCH}
    return look | {"edgecolor": MUTED, "hatch": "xxxx"} if part == "unsplit" else look


_HATCH = "//////"


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
    name_axis(axes, "x", say(INDEX))
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
        Code of the territory whose steps are drawn in pieces; by default the own part of all territories, cumulated.
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
        raise unknown(focus, table["territory"])
    figure, axes = canvas(0.4 * len(rows) + 1.5)
    places = np.arange(len(rows))[::-1]
    _bars(figure, axes, rows, places, lang)
    labels = [literal(f"{a}–{b}", 30) for a, b in zip(rows["start"], rows["end"], strict=True)]
    name_rows(axes, places, labels)
    axes.grid(axis="x", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    headline(figure, translator(lang)(STEPS), literal(names.get(focus, focus), 80), _span(rows))
    return figure


def _lines(table: pd.DataFrame, names: Mapping[object, object], lang: Language) -> Figure:
    say, numbers = translator(lang), Numbers(lang)
    paths = _paths(table)
    figure, axes = canvas(4.9)
    last = paths.iloc[:, -1].dropna()
    gained = last[last > 0].nlargest(_LABELLED)
    lost = last[last < 0].nsmallest(_LABELLED)
    looks = {
        _FAINT: paths.drop(index=[*gained.index, *lost.index]),
        _LOST: paths.loc[lost.index],
        _GAINED: paths.loc[gained.index],
    }
    for colour, some in looks.items():
        dots: dict[str, Any] = {"marker": "o", "markersize": 3} if colour != _FAINT else {}
        axes.plot(
            range(paths.shape[1]),
            some.to_numpy().T,
            color=colour,
            linewidth=_WIDTHS[colour == _FAINT],
            **dots,
        )
    axes.axhline(0, color=INK, linewidth=0.9)
    ends = [table["start"].iloc[0], *table.drop_duplicates("start")["end"]]
    axes.set_xticks(range(len(ends)), labels=[literal(e, 20) for e in ends], parse_math=False)
    plain_ticks(axes, "y", numbers)
    axes.grid(axis="y", color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    name_axis(axes, "y", say(OWN_CHANGES[_measured(table)]))
    headline(figure, say(STEPS), _span(table))
    shown = pd.concat([gained, lost])
    texts = wrapped(without_common_start([str(names.get(t, t)) for t in shown.index], 36), 36)
    margin_labels(axes, [len(ends) - 1] * len(shown), list(shown), texts)
    kinds = {_GAINED: mark("gained most"), _LOST: mark("lost most"), _FAINT: mark("others ({count})")}
    used = [colour for colour in kinds if len(looks[colour])]
    labels = [say(kinds[c]).format(count=numbers.count(len(looks[c]))) for c in used]
    legend_below(figure, [Line2D([], [], color=c, linewidth=1.6) for c in used], labels)
    return figure


def _paths(table: pd.DataFrame) -> pd.DataFrame:
    """What is own to each territory, added up from the start."""
    own = [c for c in table.columns if c in _OWN_PARTS or c.startswith("regional_")]
    order = list(dict.fromkeys(table["start"]))
    wide = table.assign(own=table[own].sum(axis=1, skipna=False)).pivot_table(
        index="territory", columns="start", values="own", dropna=False
    )
    paths = wide.reindex(columns=order).cumsum(axis=1, skipna=False)
    paths.insert(0, "", 0.0)
    return paths
