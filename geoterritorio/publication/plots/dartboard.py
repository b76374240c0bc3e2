"""Concentration beyond plants: gamma against the number of plants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from geoterritorio.errors import Translate
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    COLOURS,
    INK,
    MUTED,
    PAPER,
    canvas,
    headline,
    legend_below,
    literal,
    name_axis,
    nothing,
    size_axis,
    styled,
    wrapped,
)
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._rows import (
    OF_SECTORS,
    handle,
    named,
    part_shown,
    significant,
    unknown,
    written,
)
from geoterritorio.registry import plot

_LABELLED = 12
# Below this, the axis of gamma is linear: differences there mean nothing.
_LINEAR = 0.01
_LISTED = 12
# Letters in a line of the list beside the axes, and lines of an entry.
_ACROSS, _LINES = 36, 3
_AREA = 22.0


@plot("ellison_glaeser", "maurel_sedillot")
@styled
def dartboard(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Concentration beyond plants against the number of establishments.

    Parameters
    ----------
    outputs
        Outputs of the tool by name.
    focus
        Code of a sector that carries a label; by default those furthest from chance.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One dot per sector, filled where it differs from chance; sectors without a value are listed below.
    """
    table: pd.DataFrame = outputs["output"]
    if focus is not None and focus not in set(table["sector"]):
        raise unknown(focus, table["sector"])
    rows = table[table["gamma"].notna() & (table["plants"] > 0)]
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    sure = significant(rows)
    figure, axes = canvas(6.4)
    axes.axhline(0, color=MUTED, linewidth=1, zorder=1)
    axes.scatter(
        rows["plants"][~sure],
        rows["gamma"][~sure],
        s=_AREA,
        facecolor=PAPER,
        edgecolor=MUTED,
        linewidth=0.8,
        zorder=2,
    )
    axes.scatter(
        rows["plants"][sure],
        rows["gamma"][sure],
        s=_AREA,
        color=COLOURS["high"],
        zorder=3,
        edgecolor=PAPER,
        linewidth=0.5,
    )
    size_axis(axes, "x", rows["plants"].min() / 1.25, rows["plants"].max() * 1.25, numbers)
    _gamma_axis(axes, rows["gamma"], numbers)
    name_axis(axes, "x", say(mark("Establishments (logarithmic scale)")))
    name_axis(axes, "y", say(mark("Gamma: concentration beyond plants; 0 is chance")))
    title = say(mark("Concentration beyond plants against the number of establishments"))
    headline(figure, title, part_shown(OF_SECTORS, len(rows), len(table), lang))
    _below(axes, table, say)
    texts = (mark("unlike chance (q < 0.05)"), mark("not told apart from chance, or not tested"))
    legend_below(figure, [handle("filled"), handle("hollow")], [say(text) for text in texts])
    _label(axes, rows, sure, focus, numbers)
    return figure


def _gamma_axis(axes: Axes, gamma: pd.Series, numbers: Numbers) -> None:
    """Linear between the small values and logarithmic beyond, on both sides of 0."""
    lowest, highest = float(min(gamma.min(), -_LINEAR)) * 1.4, float(max(gamma.max(), _LINEAR)) * 1.4
    axes.set_yscale("symlog", linthresh=_LINEAR, linscale=0.6)
    axes.set_ylim(lowest, highest)
    ticks = [sign * t for t in (0.01, 0.03, 0.1, 0.3, 1, 3) for sign in (-1, 1)]
    kept = sorted(t for t in (0.0, *ticks) if lowest <= t <= highest)
    axes.yaxis.set_ticks(kept, labels=[written(numbers.plain(t)) for t in kept], parse_math=False)
    axes.yaxis.set_minor_locator(NullLocator())


def _label(axes: Axes, rows: pd.DataFrame, sure: pd.Series, focus: str | None, numbers: Numbers) -> None:
    """Numbers at the dots, and beside the axes whose they are."""
    chosen = rows[sure].nlargest(_LABELLED, "z") if focus is None else rows[rows["sector"] == focus]
    for k, (name, z) in enumerate(zip(named(chosen, "sector", "sector_name"), chosen["z"], strict=True)):
        for x, text, side in ((1.05, f"{k + 1}", "right"), (1.06, _stated(name, z, numbers), "left")):
            axes.text(
                x,
                0.99 - 0.082 * k,
                text,
                transform=axes.transAxes,
                ha=side,
                va="top",
                fontsize=7,
                linespacing=1.0,
                parse_math=False,
            )
    where = rows.index.get_indexer(chosen.index)
    places = rows[["plants", "gamma"]].to_numpy(dtype=float)
    texts = {int(i): str(k + 1) for k, i in enumerate(where)}
    near_labels(axes, places, np.full(len(rows), _AREA), texts, covered=len(rows))


def _stated(name: str, z: float, numbers: Numbers) -> str:
    """Name and statistic in three lines, of which the name gives way."""
    lines = wrapped([name], _ACROSS, _LINES)[0].split("\n")
    if not np.isfinite(z):
        return "\n".join(lines)
    statistic = f"(z {written(numbers.decimal(z))})"
    room = _ACROSS - len(statistic) - 1
    if len(lines[-1]) > room and len(lines) < _LINES:
        return "\n".join([*lines, statistic])
    return "\n".join([*lines[:-1], f"{literal(lines[-1], room)} {statistic}"])


def _below(axes: Axes, table: pd.DataFrame, say: Translate) -> None:
    """Sectors that have no value, by the reason."""
    lost = table[table["gamma"].isna()]
    if lost.empty:
        return
    reasons = lost["reason"].astype(object).where(lost["reason"].notna(), "")
    lines = []
    for reason, part in lost.groupby(reasons, sort=True):
        names = [literal(name, 60) for name in named(part, "sector", "sector_name")]
        more = f" +{len(names) - _LISTED}" if len(names) > _LISTED else ""
        word = literal(worded("reason", str(reason), "dartboard", say), 40)
        lines.append(f"{word} ({len(names)}): {'; '.join(names[:_LISTED])}{more}")
    text = "\n".join(
        [say(mark("Without a value:")), *(line for whole in lines for line in _wrapped(whole, 140))]
    )
    axes.annotate(
        text,
        (0, 0),
        xycoords=("figure fraction", "axes fraction"),
        xytext=(6, -44),
        textcoords="offset points",
        va="top",
        fontsize=7,
        color=INK,
        parse_math=False,
        annotation_clip=False,
    )


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) + 1 > width:
            lines.append("   " + word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return lines
