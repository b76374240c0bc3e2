"""What the pictures share: which rows are drawn, and dots in rows with all that is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.findings import listing
from geoterritorio.publication.drawing import (
    COLOURS,
    INK,
    MUTED,
    PAPER,
    RULE,
    canvas,
    name_rows,
    row_height,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers

SIGNIFICANT = 0.05
# Codes that a refusal lists, which are what one would choose among.
_LISTED = 30
# How much of a result a picture shows, by what it is made of.
OF_SECTORS = mark("{shown} of {total} sectors")
OF_TERRITORIES = mark("{shown} of {total} territories")
OF_CELLS = mark("{shown} of {total} cells")


def named(table: pd.DataFrame, code: str, name: str) -> pd.Series:
    """Names of the rows; the code where there is no name."""
    codes = table[code].astype(object)
    if name not in table.columns:
        return codes.astype(str)
    return table[name].astype(object).where(table[name].notna(), codes).astype(str)


def unknown(focus: str, known: Iterable[object]) -> LayerError:
    """Refusal of a code that is not among those that a picture can be about."""
    codes = sorted({str(code) for code in known if not pd.isna(code)})
    return LayerError(
        message(
            "plot: “{focus}” is none of those that this picture can be about: {codes}.",
            focus=focus,
            codes=listing(codes, most=_LISTED),
        )
    )


def significant(table: pd.DataFrame) -> pd.Series:
    """Which rows differ from chance after adjustment for all tests; none where nothing was tested."""
    if "q" not in table.columns:
        return pd.Series(data=False, index=table.index)
    return pd.to_numeric(table["q"], errors="coerce") < SIGNIFICANT


def column(table: pd.DataFrame, name: str) -> pd.Series:
    """Figures of a column that may be absent."""
    if name not in table.columns:
        return pd.Series(np.nan, index=table.index)
    return pd.to_numeric(table[name], errors="coerce").astype(float)


def foremost(table: pd.DataFrame, by: str, top: int, focus: str | None, code: str) -> pd.DataFrame:
    """Rows with a value: the significant ones first, then by the lower end; one that was asked for is among them."""
    known = table[table[by].notna()].assign(sure=significant(table))
    if focus is not None and focus not in set(table[code]):
        raise unknown(focus, table[code])
    # The lower end ranks what is surely high before what is only perhaps very high.
    known["lower"] = column(known, "low").fillna(column(known, "least")).fillna(known[by])
    keys = ["sure", "lower", by, code]
    order = known.sort_values(keys, ascending=[False, False, False, True], kind="stable")
    kept = order.head(top)
    if focus is not None and focus not in set(kept[code]):
        kept = pd.concat([kept.head(top - 1), order[order[code] == focus]])
    return kept.reset_index(drop=True)


def part_shown(text: str, shown: int, total: int, lang: Language) -> str:
    """How much of a result a picture shows, in words."""
    numbers = Numbers(lang)
    return translator(lang)(text).format(shown=numbers.count(shown), total=numbers.count(total))


def dot_plot(rows: pd.DataFrame, numbers: Numbers, *, strong: str | None = None) -> tuple[Figure, Axes]:
    """
    Dots in rows, first row at the top.

    Parameters
    ----------
    rows
        Columns ``label``, ``value``, ``figure`` (text at the right), ``filled`` and, where known, ``low``, ``high``,
        ``chance`` (what chance gives) and ``corrected`` (the value without it).
    numbers
        Formatter of the figures on the axis.
    strong
        Label of the row that is set in bold.

    Returns
    -------
    figure, axes
        The picture without legend and title of the axis.
    """
    texts = wrapped(list(rows["label"]), 48, 3)
    figure, axes = canvas(row_height(texts) * len(rows) + 1.5)
    places = np.arange(len(rows))[::-1]
    colours = np.where(rows["filled"], COLOURS["high"], MUTED)
    axes.hlines(places, column(rows, "low"), column(rows, "high"), color=colours, linewidth=1.6, zorder=2)
    for name in ("chance", "corrected"):
        axes.plot(column(rows, name), places, **LOOKS[name], zorder=3)
    for filled in (False, True):
        some = (rows["filled"] == filled).to_numpy()
        look = LOOKS["filled" if filled else "hollow"]
        axes.plot(rows["value"][some], places[some], **look, zorder=4)
    name_rows(axes, places, texts)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    for tick, label in zip(axes.get_yticklabels(), rows["label"], strict=True):
        tick.set_fontweight("bold" if strong is not None and label == strong else "normal")
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(places, labels=list(rows["figure"]), parse_math=False)
    beside.tick_params(axis="y", length=0)
    beside.spines["right"].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)
    plain_ticks(axes, "x", numbers)
    return figure, axes


LOOKS: Mapping[str, dict[str, Any]] = {
    "filled": {"linestyle": "none", "marker": "o", "markersize": 5.5, "color": COLOURS["high"]},
    "hollow": {
        "linestyle": "none",
        "marker": "o",
        "markersize": 5.5,
        "color": MUTED,
        "markerfacecolor": PAPER,
    },
    "corrected": {"linestyle": "none", "marker": "s", "markersize": 3.2, "color": MUTED},
    "bounds": {"color": MUTED, "linewidth": 1.6},
    "chance": {"linestyle": "none", "marker": "|", "markersize": 10, "color": INK, "markeredgewidth": 1.4},
}


def handle(name: str) -> Line2D:
    """Piece of a legend that looks like the dots of that name."""
    return Line2D([], [], **LOOKS[name])


def plain_ticks(axes: Axes, side: str, numbers: Numbers) -> None:
    """Ticks as they are, written in the reader's language."""
    axis = axes.xaxis if side == "x" else axes.yaxis
    low, high = sorted(axis.get_view_interval())
    ticks = [t for t in axis.get_ticklocs() if low <= t <= high]
    axis.set_ticks(ticks, labels=[written(numbers.plain(round(t, 6))) for t in ticks], parse_math=False)
    axes.set(**{f"{side}lim": (low, high)})


def written(number: str) -> str:
    """Number with the sign that printers use."""
    return number.replace("-", "\N{MINUS SIGN}", 1) if number.startswith("-") else number
