"""Charts of location quotients: calm, safe for colour-blind readers, honest about what is not known.

Every function returns a `matplotlib.figure.Figure` made without pyplot, so nothing of the
caller's own plotting changes. Names are drawn literally: ``$x$`` is not read as mathematics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.findings import crossed
from geoterritorio.publication.chapter import CERTAINTIES, alphabetical, shown_cells, strongest_first
from geoterritorio.publication.drawing import (
    COLOURS,
    INK,
    MUTED,
    PAPER,
    RULE,
    canvas,
    headline,
    labels_of,
    legend_below,
    literal,
    log_axis,
    margin_labels,
    name_axis,
    name_rows,
    nothing,
    row_height,
    size_axis,
    styled,
    without_common_start,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers

DIVERGING = LinearSegmentedColormap.from_list(
    "quotient", ["#123f66", "#4f8fc0", "#b7d2e6", "#f5f2ec", "#f0c79e", "#d07a30", "#8a3505"]
)
UNITS = {"employment": mark("Jobs in the cell"), "establishments": mark("Establishments in the cell")}
FOREST = mark("Highest quotients with their intervals")
LOCATION_QUOTIENT = mark("Location quotient (logarithmic scale)")

# Beyond so many, shapes weigh more than pixels.
_SHAPES = 500
# Height in inches of a letter of a slanted column's name; columns that have room for two lines of it.
_SLANT, _WIDE_COLUMNS = 0.047, 14
_SPAN = 2.0  # the colour scale ends at LQ 1/4 and 4


@styled
def forest_plot(
    quotients: pd.DataFrame,
    *,
    names: Mapping[object, object] | None = None,
    top: int = 20,
    lang: Language = "en",
) -> Figure:
    """
    Forest plot: the highest location quotients with their intervals, on a logarithmic axis.

    Parameters
    ----------
    quotients
        Long table territory x sector with ``lq`` and, where known, ``low``, ``high``, ``certainty``.
    names
        Names of the territories by identifier.
    top
        Number of cells drawn; those clearly above 1 come first, ordered by the lower end of the interval.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Filled dots are clear, hollow dots are not; an interval that meets the frame goes on beyond it.
    """
    cells = foremost(shown_cells(quotients, names), top)
    if cells.empty:
        return nothing(lang)
    numbers, say = Numbers(lang), translator(lang)
    texts = cell_labels(cells)
    figure, axes = canvas(row_height(texts, 0.25) * len(cells) + 1.3)
    title_of(figure, cells, say(FOREST))
    rows = np.arange(len(cells))[::-1]
    left, right = _quotient_limits(cells)
    axes.axvline(1, color=MUTED, linewidth=1, zorder=1)
    for kind, part in cells.groupby("certainty", sort=False):
        where = rows[cells.index.get_indexer(part.index)]
        _intervals(axes, part, where, COLOURS["high"] if kind == "high" else MUTED, filled=kind == "high")
    name_rows(axes, rows, texts)
    axes.set_ylim(-0.7, len(cells) - 0.3)
    log_axis(axes, "x", left, right, numbers)
    name_axis(axes, "x", say(LOCATION_QUOTIENT))
    figures = [
        f"{numbers.quotient(c.lq)} ({numbers.interval(c.low, c.high)})"
        if not np.isnan(c.low + c.high)
        else numbers.quotient(c.lq)
        for c in cells.itertuples()
    ]
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(rows, labels=figures, parse_math=False)
    beside.tick_params(axis="y", length=0)
    beside.spines["right"].set_visible(False)
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)
    return figure


def foremost(cells: pd.DataFrame, top: int) -> pd.DataFrame:
    """
    Cells worth a line in a figure: the clear concentrations, then the highest of the others.

    Parameters
    ----------
    cells
        Output of `geoterritorio.publication.chapter.shown_cells`.
    top
        Number of cells.

    Returns
    -------
    cells
        At most `top` rows with a quotient above 0, strongest first, index renewed.
    """
    known = cells[cells["lq"] > 0]
    clear = strongest_first(known[known["certainty"] == "high"]).head(top)
    others = known[known["certainty"].isin(["unclear", "few", "untested"])]
    others = others.sort_values(["lq", "place", "activity"], ascending=[False, True, True])
    return pd.concat([clear, others.head(top - len(clear))], ignore_index=True)


def _intervals(axes: Axes, part: pd.DataFrame, rows: np.ndarray, colour: str, *, filled: bool) -> None:
    left, right = _quotient_limits(part)
    low = part["low"].clip(lower=left / 100).to_numpy()
    high = part["high"].clip(upper=right * 100).to_numpy()
    axes.hlines(rows, low, high, color=colour, linewidth=1.6, zorder=2)
    axes.plot(
        part["lq"],
        rows,
        linestyle="none",
        marker="o",
        markersize=5.5,
        color=colour,
        markerfacecolor=colour if filled else PAPER,
        zorder=3,
    )


def _quotient_limits(cells: pd.DataFrame) -> tuple[float, float]:
    # the dots decide; intervals may run a little beyond them, but not squeeze the picture
    points = cells["lq"][cells["lq"] > 0]
    lowest, highest = min(points.min(), 1.0), max(points.max(), 1.0)
    ends = cells[["low", "high"]].replace([0, np.inf], np.nan)
    left = max(lowest / 4, np.nanmin([ends["low"].min(), lowest]))
    right = min(highest * 4, np.nanmax([ends["high"].max(), highest]))
    return float(left) / 1.12, float(right) * 1.12


@styled
def certainty_bars(quotients: pd.DataFrame, *, top: int = 30, lang: Language = "en") -> Figure:
    """
    Bars of certainty: territories clearly above 1, clearly below, unclear or withheld, by sector.

    Parameters
    ----------
    quotients
        Long table territory x sector with ``lq`` and, where known, ``certainty``.
    top
        Number of sectors drawn, those with most territories clearly above 1 first.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One stacked bar per sector.
    """
    counts = certainty_by_sector(shown_cells(quotients)).head(top)
    if counts.empty:
        return nothing(lang)
    numbers, say = Numbers(lang), translator(lang)
    texts = wrapped(list(counts["activity"]), 44)
    figure, axes = canvas(row_height(texts) * len(counts) + 1.2)
    rows = np.arange(len(counts))[::-1]
    start = np.zeros(len(counts))
    used = [kind for kind in CERTAINTIES if counts[kind].sum()]
    for kind in used:
        some = (counts[kind] > 0).to_numpy()
        axes.barh(rows[some], counts[kind][some], left=start[some], height=0.72, **_swatch(kind))
        start = start + counts[kind].to_numpy()
    name_rows(axes, rows, texts)
    axes.set_ylim(-0.6, len(counts) - 0.4)
    axes.set_xlim(0, float(start.max()))
    ticks = sorted({int(t) for t in axes.get_xticks() if 0 <= t <= start.max()})
    axes.set_xticks(ticks, labels=[numbers.count(t) for t in ticks], parse_math=False)
    name_axis(axes, "x", say(mark("Number of territories")))
    handles = [Patch(**_swatch(kind)) for kind in used]
    legend_below(figure, handles, [say(CERTAINTIES[kind]) for kind in used])
    return figure


def certainty_by_sector(cells: pd.DataFrame) -> pd.DataFrame:
    """
    Number of territories of each certainty, by sector.

    Parameters
    ----------
    cells
        Output of `geoterritorio.publication.chapter.shown_cells`.

    Returns
    -------
    counts
        One row per sector: ``sector``, ``activity`` and one column per certainty; sectors with most
        territories clearly above 1 first.
    """
    table = crossed(cells["sector"], cells["certainty"]).reindex(columns=list(CERTAINTIES), fill_value=0)
    table.insert(0, "activity", cells.groupby("sector")["activity"].first().reindex(table.index))
    table = table.rename_axis(columns=None).reset_index()
    return table.sort_values(
        ["high", "unclear", "activity"], ascending=[False, False, True], ignore_index=True
    )


def _swatch(kind: str) -> dict[str, Any]:
    look: dict[str, Any] = {"facecolor": COLOURS[kind], "edgecolor": PAPER, "linewidth": 0.6}
    if kind == "withheld":
        look |= {"edgecolor": MUTED, "hatch": "////"}
    elif kind in {"untested", "unknown"}:
        look |= {"edgecolor": "#c3c8cf"}
    return look


@styled
def quotient_heatmap(
    quotients: pd.DataFrame, *, names: Mapping[object, object] | None = None, lang: Language = "en"
) -> Figure:
    """
    Heat map of the location quotients of all territories and sectors.

    Parameters
    ----------
    quotients
        Long table territory x sector with ``lq`` and, where known, ``certainty``.
    names
        Names of the territories by identifier.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Orange above 1, blue below; full colour where the interval excludes 1, faded where it does not;
        a cross marks withheld cells, blank means no figure. The longer side of the table runs down.
    """
    cells = shown_cells(quotients, names)
    if cells.empty:
        return nothing(lang)
    down, across = "territory", "sector"
    if cells["sector"].nunique() > cells["territory"].nunique():
        down, across = across, down
    rows, columns = _ordered(cells, down), _ordered(cells, across)
    i = rows.index.get_indexer(cells[down])
    j = columns.index.get_indexer(cells[across])
    picture = np.ones((len(rows), len(columns), 3))
    picture[i, j] = _heat_colours(cells)
    texts = wrapped(list(rows), 40)
    heads = _whole(list(columns))
    slant = _SLANT * max(len(line) for head in heads for line in head.split("\n"))
    figure, axes = canvas(row_height(texts, 0.165) * len(rows) + 1.2 + max(slant, 1.4))
    axes.imshow(picture, aspect="auto", interpolation="nearest")
    hidden = (cells["certainty"] == "withheld").to_numpy()
    axes.plot(j[hidden], i[hidden], linestyle="none", marker="x", markersize=3.5, color=MUTED)
    axes.set_xticks(range(len(columns)), labels=heads, parse_math=False)
    axes.set_yticks(range(len(rows)), labels=texts, parse_math=False)
    axes.tick_params(axis="x", rotation=60, labelsize=7, labeltop=True, labelbottom=False, length=0)
    for label in axes.get_xticklabels():
        label.set(ha="left", va="bottom", rotation_mode="anchor", color=INK, linespacing=1.0)
    axes.tick_params(axis="y", labelsize=7, length=0)
    axes.spines[:].set_visible(False)
    for edge in (axes.set_xticks, axes.set_yticks):
        count = len(columns) if edge == axes.set_xticks else len(rows)
        edge(np.arange(count + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=PAPER, linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    _heat_legend(figure, lang)
    return figure


def _whole(names: Sequence[object]) -> list[str]:
    """Names of columns: two lines where these are wide enough for it, else one long line."""
    return wrapped(names, 34) if len(names) <= _WIDE_COLUMNS else labels_of(names, 68)


def _ordered(cells: pd.DataFrame, key: str) -> pd.Series:
    if key == "territory":
        shown = cells.groupby(key)["place"].first()
        return shown.sort_values(key=lambda names: names.map(alphabetical))
    return cells.groupby(key)["activity"].first()  # sectors keep the order of their codes


def _heat_colours(cells: pd.DataFrame) -> np.ndarray:
    with np.errstate(divide="ignore"):
        position = np.log2(cells["lq"].to_numpy()).clip(-_SPAN, _SPAN) / (2 * _SPAN) + 0.5
    colours = DIVERGING(np.nan_to_num(position, nan=0.5))[:, :3]
    sure = cells["certainty"].isin(["high", "low"]).to_numpy()
    strength = np.where(sure, 1.0, 0.32)[:, None]
    colours = strength * colours + (1 - strength)
    colours[cells["lq"].isna()] = to_rgb(PAPER)
    colours[(cells["certainty"] == "withheld").to_numpy()] = to_rgb("#e6e8eb")
    return np.asarray(colours)


def _heat_legend(figure: Figure, lang: Language) -> None:
    numbers, say = Numbers(lang), translator(lang)
    stops = (0.25, 0.5, 1, 2, 4)
    handles: list[Any] = [
        Patch(facecolor=DIVERGING(np.log2(s) / (2 * _SPAN) + 0.5), edgecolor=RULE) for s in stops
    ]
    labels = [f"LQ {numbers.plain(s)}" for s in stops]
    labels[0], labels[-1] = f"LQ ≤ {numbers.plain(stops[0])}", f"LQ ≥ {numbers.plain(stops[-1])}"
    if lang == "es":
        labels = [text.replace("LQ", "CL") for text in labels]
    handles += [
        Patch(facecolor=(0.94, 0.82, 0.72), edgecolor=RULE),
        Line2D([], [], linestyle="none", marker="x", markersize=4, color=MUTED),
    ]
    labels += [say(mark("faded: not clear")), say(CERTAINTIES["withheld"])]
    legend_below(figure, handles, labels)


@styled
def size_quotient_scatter(
    quotients: pd.DataFrame,
    *,
    names: Mapping[object, object] | None = None,
    top: int = 8,
    lang: Language = "en",
) -> Figure:
    """
    Scatter of cell size against location quotient, both on logarithmic axes.

    Parameters
    ----------
    quotients
        Long table territory x sector with ``lq`` and ``employment`` or ``establishments``.
    names
        Names of the territories by identifier.
    top
        Number of clear concentrations that carry a label: the largest excess, else the strongest.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One dot per cell with a size and a quotient above 0, coloured by certainty.
    """
    cells = shown_cells(quotients, names)
    size = "employment" if cells["employment"].notna().any() else "establishments"
    cells = cells[(cells[size] > 0) & (cells["lq"] > 0)]
    if cells.empty:
        return nothing(lang)
    numbers, say = Numbers(lang), translator(lang)
    figure, axes = canvas(4.6)
    used = [kind for kind in CERTAINTIES if (cells["certainty"] == kind).any()]
    for kind in sorted(used, key=lambda k: k in ("high", "low")):
        part = cells[cells["certainty"] == kind]
        axes.scatter(
            part[size],
            part["lq"],
            s=13,
            color=COLOURS[kind] if kind != "untested" else MUTED,
            alpha=0.75 if kind in ("high", "low") else 0.5,
            linewidths=0,
            rasterized=len(part) > _SHAPES,
        )
    axes.axhline(1, color=MUTED, linewidth=1)
    size_axis(axes, "x", cells[size].min() / 1.4, cells[size].max() * 1.8, numbers)
    log_axis(axes, "y", cells["lq"].quantile(0.002) / 1.3, cells["lq"].max() * 1.4, numbers)
    name_axis(axes, "x", say(UNITS[size]))
    name_axis(axes, "y", say(LOCATION_QUOTIENT))
    _label_largest(axes, cells, size, top)
    handles = [Line2D([], [], linestyle="none", marker="o", markersize=4, color=COLOURS[k]) for k in used]
    legend_below(figure, handles, [say(CERTAINTIES[k]) for k in used])
    return figure


def _label_largest(axes: Axes, cells: pd.DataFrame, size: str, top: int) -> None:
    clear = cells[cells["certainty"] == "high"]
    chosen = clear.nlargest(top, "excess" if clear["excess"].notna().any() else "lq")
    margin_labels(axes, chosen[size], chosen["lq"], cell_labels(chosen, 42))


def title_of(figure: Figure, cells: pd.DataFrame, title: str, shown: str = "") -> None:
    """Title of a chart; with the name of the sector or of the territory where all cells are of one."""
    one = [c for c in ("activity", "place") if len(cells) > 1 and len(cells[c].unique()) == 1]
    headline(figure, title, *(literal(cells[c].iloc[0], 90) for c in one), shown)


def cell_labels(cells: pd.DataFrame, width: int = 48, lines: int = 3) -> list[str]:
    """Labels of cells: sector and territory; only what differs where all are of one sector or one territory."""
    for one, other in (("activity", "place"), ("place", "activity")):
        if len(cells) > 1 and len(cells[one].unique()) == 1:
            return wrapped(list(cells[other]), width, lines)
    # each part is cut on its own, so that a long sector never hides its territory
    places = labels_of(without_common_start(list(cells["place"]), width // 2), width)
    activities = wrapped(list(cells["activity"]), width, lines - 1)
    return [_together(a, p, width) for a, p in zip(activities, places, strict=True)]


def _together(activity: str, place: str, width: int) -> str:
    """Sector and territory, the latter in a line of its own where the last line of the former has no room for it."""
    last = activity.rsplit("\n", 1)[-1]
    joint = " · " if len(last) + len(place) + 3 <= width else "\n"
    return f"{activity}{joint}{place}"
