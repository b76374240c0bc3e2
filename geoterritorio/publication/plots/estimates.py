"""Pictures of figures told for other boundaries: how territories are divided, estimates with bounds, what is sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    COLOURS,
    INK,
    MUTED,
    PAPER,
    RULE,
    WIDTH,
    canvas,
    headline,
    legend_below,
    literal,
    name_axis,
    name_rows,
    nothing,
    row_height,
    styled,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import colour_bar, filled, sheet
from geoterritorio.publication.plots._rows import (
    OF_TERRITORIES,
    column,
    dot_plot,
    named,
    part_shown,
    plain_ticks,
    unknown,
)
from geoterritorio.registry import plot

_ROWS = 28
_PANELS, _ACROSS = 6, 3
# Inches that colours in words and two lines of a legend take below rows.
_BELOW = 0.9
# White is left to what is exact.
_SPLIT = LinearSegmentedColormap.from_list("split", colormaps["YlOrBr"](np.linspace(0.12, 0.9, 64)))
_FIRST, _FURTHER = "#1f5a8c", ("#d9a441", "#ecd3a0")
# Letters of a target that a whole bar has room for.
_LETTERS = 75
_DIVIDED = mark("Share of the figure that rests on an assumption")
_EXACT = mark("exact: nothing assumed")
_BOUNDS = mark("between the least and the most it can be, however the divided territories were shared out")


@plot("crosswalk")
@styled
def divided(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    How territories are divided among those of another division.

    Parameters
    ----------
    outputs
        Outputs of `crosswalk` by name.
    focus
        Identifier of a territory of the first division, which is drawn alone.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bar per divided territory, the most evenly divided first: its shares in the targets, the largest at the
        left, and hatched what lies in none. Territories that lie wholly in one target are left out.
    """
    pairs, sources = outputs["pairs"], outputs["sources"]
    if focus is not None and focus not in set(sources["territory"]):
        raise unknown(focus, sources["territory"])
    if sources.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    largest = pairs.groupby("source")["share"].max().reindex(sources["territory"]).fillna(0.0)
    order = largest[largest < 1 - 1e-9].sort_values(kind="stable")
    rows = list(order.index[:_ROWS]) if focus is None else [focus]
    shown = say(mark("Divided territories"))
    told = message(
        "divided: {count} of {all}", count=numbers.count(len(order)), all=numbers.count(len(sources))
    )
    if not rows:
        figure, axes = canvas(1.6)
        axes.set_axis_off()
        axes.text(0.5, 0.5, say(mark("No territory is divided")), ha="center", color=MUTED, parse_math=False)
        headline(figure, shown, told.render(say))
        return figure
    texts = wrapped(rows, 36)
    figure, axes = canvas(row_height(texts, 0.24) * len(rows) + 1.5)
    for place, source in zip(range(len(rows))[::-1], rows, strict=True):
        mine = pairs[(pairs["source"] == source) & (pairs["share"] > 0)].sort_values(
            "share", ascending=False, kind="stable"
        )
        _bar(axes, place, mine)
    name_rows(axes, np.arange(len(rows))[::-1], texts)
    axes.set(xlim=(0, 1), ylim=(-0.7, len(rows) - 0.3))
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], labels=[numbers.percent(t) for t in (0, 0.25, 0.5, 0.75, 1)])
    name_axis(axes, "x", say(mark("Share of the territory")))
    legend = {
        say(mark("largest share, with its target")): Patch(facecolor=_FIRST),
        say(mark("further shares")): Patch(facecolor=_FURTHER[0]),
        say(mark("in no target")): Patch(facecolor=PAPER, edgecolor=MUTED, hatch="////", linewidth=0.6),
    }
    legend_below(figure, list(legend.values()), list(legend))
    headline(
        figure,
        shown,
        told.render(say),
        part_shown(OF_TERRITORIES, len(rows), max(len(order), 1), lang) if focus is None else "",
    )
    return figure


def _bar(axes: Axes, place: int, shares: pd.DataFrame) -> None:
    left = 0.0
    for number, (target, share) in enumerate(zip(shares["target"], shares["share"], strict=True)):
        colour = _FURTHER[number % 2 - 1] if number else _FIRST
        axes.barh(place, share, left=left, height=0.68, color=colour, edgecolor=PAPER, linewidth=0.6)
        if len(str(target)) < _LETTERS * share:
            axes.text(
                left + share / 2,
                place,
                literal(target, _LETTERS),
                ha="center",
                va="center",
                fontsize=6.3,
                color=INK if number else PAPER,
                parse_math=False,
            )
        left += share
    if left < 1 - 1e-9:
        axes.barh(
            place, 1 - left, left=left, height=0.68, color=PAPER, edgecolor=MUTED, hatch="////", linewidth=0.6
        )


@plot("transfer")
@styled
def estimates(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Figures told for other boundaries, with their bounds.

    Parameters
    ----------
    outputs
        Outputs of `transfer` by name.
    focus
        Identifier of a territory: its figures of every sector and period.
    lang
        Language of the labels.

    Returns
    -------
    figure
        A dot per figure of the last period, and a line between the least and the most it can be; the darker the dot,
        the more of it rests on an assumption. Of very many the widest lines are drawn, the largest figures at
        the top.
    """
    known = outputs["areas"] if focus is None else outputs["values"]
    if focus is not None:
        if focus not in set(outputs["areas"]["territory"]):
            raise unknown(focus, outputs["areas"]["territory"])
        known = known[known["territory"] == focus]
    known = known[known["value"].notna()].reset_index(drop=True)
    if known.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    width = (column(known, "high") - column(known, "low")).fillna(0.0)
    keys = known.assign(width=width, code=known["territory"].astype(str))
    widest = keys.sort_values(["width", "value", "code"], ascending=[False, False, True], kind="stable")
    rows = widest.head(_ROWS).sort_values(["value", "code"], ascending=[False, True], kind="stable")
    labels = named(rows, "territory", "name") if focus is None else _cell(rows)
    dots = pd.DataFrame(
        {
            "label": labels.to_numpy(),
            "value": rows["value"].to_numpy(),
            "low": column(rows, "low").to_numpy(),
            "high": column(rows, "high").to_numpy(),
            "filled": False,
            "figure": [_between(row, numbers) for row in rows.to_dict("records")],
        }
    )
    figure, axes = dot_plot(dots, numbers)
    figure.set_figheight(figure.get_figheight() + _BELOW)
    name_axis(axes, "x", say(mark("Figure")))
    split = column(rows, "split").fillna(0.0).to_numpy()
    colours = [to_hex(_SPLIT(s)) if s > 0 else PAPER for s in split]
    places = np.arange(len(rows))[::-1]
    axes.scatter(dots["value"], places, s=34, c=colours, edgecolors=INK, linewidths=0.7, zorder=5)
    drawn = ScalarMappable(Normalize(0, 1), _SPLIT)
    colour_bar(figure, axes, drawn, say(_DIVIDED), numbers, [0, 0.25, 0.5, 0.75, 1])
    legend = {
        say(_EXACT): Line2D(
            [], [], linestyle="none", marker="o", markersize=6, color=INK, markerfacecolor=PAPER
        ),
        say(_BOUNDS): Line2D([], [], color=MUTED, linewidth=1.6),
    }
    legend_below(figure, list(legend.values()), list(legend), columns=1)
    whose = (
        ""
        if focus is None
        else str(
            named(outputs["areas"], "territory", "name")[
                (outputs["areas"]["territory"] == focus).to_numpy()
            ].iloc[0]
        )
    )
    part = part_shown(OF_TERRITORIES, len(rows), len(known), lang) if focus is None else ""
    headline(
        figure,
        say(mark("Figures told for other boundaries")),
        whose,
        _period(rows) if focus is None else "",
        part,
    )
    return figure


def _cell(rows: pd.DataFrame) -> pd.Series:
    """Sector and period of a figure."""
    parts = [
        rows[c].astype(object).where(rows[c].notna(), "").astype(str)
        for c in ("sector", "period")
        if c in rows.columns
    ]
    return pd.Series([" · ".join(p for p in told if p) or "–" for told in zip(*parts, strict=True)])


def _period(rows: pd.DataFrame) -> str:
    known = rows["period"].dropna() if "period" in rows.columns else rows["territory"][:0]
    return "" if known.empty else str(known.iloc[0])


def _between(row: Mapping[str, Any], numbers: Numbers) -> str:
    large = np.nanmax(np.abs([row["value"], row["high"]])) >= 100  # noqa: PLR2004 - from three figures on decimals say nothing
    write = numbers.count if large else numbers.significant
    if not row["low"] < row["high"]:
        return write(row["value"])
    return f"{write(row['value'])} ({write(row['low'])}–{write(row['high'])})"


@plot("transfer")
@styled
def certainty(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    How much of each figure rests on an assumption.

    Parameters
    ----------
    outputs
        Outputs of `transfer`, or of `harmonised_panel`, by name.
    focus
        Identifier of a territory, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The darker, the larger the share of the figure that rests on an assumption, in the period in which it is
        largest; white is exact in every period, hatched is missing.
    """
    areas = outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    figure, axes = sheet(near.total_bounds, areas.crs, {}, numbers, room=1.15)
    split = _largest_split(outputs["values"]).reindex(areas["territory"]).to_numpy()
    colours = [to_hex(_SPLIT(s)) if s > 0 else PAPER for s in split]
    filled(axes, areas.geometry, colours, edgecolors="#c3c9d0", linewidths=0.4, zorder=0.3)
    missing = areas[np.isnan(split)].geometry
    filled(axes, missing, ["none"] * len(missing), hatch="////", edgecolors=MUTED, linewidths=0, zorder=0.4)
    colour_bar(
        figure, axes, ScalarMappable(Normalize(0, 1), _SPLIT), say(_DIVIDED), numbers, [0, 0.25, 0.5, 0.75, 1]
    )
    legend = {say(_EXACT): Patch(facecolor=PAPER, edgecolor="#c3c9d0")}
    if len(missing):
        legend[say(mark("missing"))] = Patch(facecolor=PAPER, edgecolor=MUTED, hatch="////", linewidth=0)
    legend_below(figure, list(legend.values()), list(legend))
    told = message(
        "exact in every period: {exact} of {all} territories",
        exact=numbers.count(int((split == 0).sum())),
        all=numbers.count(int(np.isfinite(split).sum())),
    )
    headline(figure, say(mark("What rests on an assumption")), told.render(say))
    return figure


def _largest_split(values: pd.DataFrame) -> pd.Series:
    """Share that rests on an assumption by territory, all sectors together, in the period in which it is largest."""
    size = column(values, "value").abs()
    rows = values[["territory"]].assign(size=size, part=size * column(values, "split"))
    rows["period"] = values["period"].astype(object) if "period" in values.columns else None
    sums = rows.groupby(["territory", "period"], dropna=False)[["size", "part"]].agg(
        lambda v: v.sum(skipna=False)
    )
    share = (sums["part"] / sums["size"]).where(sums["size"] != 0, 0.0).where(sums["size"].notna())
    return share.groupby("territory").max()


@plot("harmonised_panel")
@styled
def panel(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Figures of many periods on the boundaries of one day.

    Parameters
    ----------
    outputs
        Outputs of `harmonised_panel` by name.
    focus
        Identifier of a territory, which is drawn alone; by default those that changed most.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One small picture per territory: its figure, all sectors added up, in every period, and a band between the least
        and the most it can be. Territories that changed most come first; where none of them was divided, those with the
        widest band stand last.
    """
    values, areas = outputs["values"], outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    sums = _sums(values)
    if sums.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    change = sums["value"].unstack("period")  # noqa: PD010 - periods side by side, each pair once
    change = (change.iloc[:, -1] - change.iloc[:, 0]).dropna()
    order = change.abs().sort_values(ascending=False, kind="stable").index
    chosen = _shown(list(order), sums) if focus is None else [focus]
    name = named(areas, "territory", "name").set_axis(areas["territory"])
    figure = _panels(sums, chosen, name, numbers)
    legend: dict[str, Any] = {
        say(mark("figure told")): Line2D([], [], color=COLOURS["low"], marker="o", markersize=4)
    }
    drawn = sums.loc[chosen]
    if (drawn["low"] < drawn["high"]).any():
        legend[say(_BOUNDS)] = Patch(facecolor=COLOURS["low"], alpha=0.22)
    else:
        legend[say(mark("exact: nothing is assumed of these territories"))] = Line2D([], [], linestyle="none")
    legend_below(figure, list(legend.values()), list(legend), columns=1)
    title = say(mark("Figures on the boundaries of one day"))
    if focus is not None:
        headline(figure, title, str(name.get(focus, focus)))
    else:
        part = part_shown(OF_TERRITORIES, len(chosen), len(areas), lang)
        most = mark("those that changed most")
        some = mark("those that changed most, and the least certain ones")
        headline(figure, title, say(most if chosen == list(order[:_PANELS]) else some), part)
    return figure


def _shown(order: list[str], sums: pd.DataFrame) -> list[str]:
    """Those that changed most; if their figures are all exact, the least certain of the others take the last places."""
    band = (sums["high"] - sums["low"]).groupby(level="territory").max().reindex(order)
    foremost = order[:_PANELS]
    if (band.loc[foremost] > 0).any():
        return foremost
    widest = list(band[band > 0].nlargest(_PANELS // 3).index)
    return [*foremost[: _PANELS - len(widest)], *widest]


def _sums(values: pd.DataFrame) -> pd.DataFrame:
    """Figures with bounds by territory and period; a missing part makes the sum missing."""
    rows = values[values["period"].notna()] if "period" in values.columns else values[:0]
    keys = ["territory", "period"]
    figures = rows[[*keys, "value", "low", "high"]].astype(dict.fromkeys(("value", "low", "high"), float))
    return figures.groupby(keys, sort=True)[["value", "low", "high"]].agg(lambda v: v.sum(skipna=False))


def _panels(sums: pd.DataFrame, chosen: list[str], name: pd.Series, numbers: Numbers) -> Figure:
    across = min(len(chosen), _ACROSS)
    down = -(-len(chosen) // across)
    figure = Figure(
        figsize=(WIDTH, 1.75 * down + 1.2 if across > 1 else 3.8), layout="constrained", facecolor=PAPER
    )
    grid = figure.subplots(down, across, squeeze=False).ravel()
    texts = wrapped([name.get(t, t) for t in chosen], 30 if across > 1 else 80)
    for axes, territory, text in zip(grid, chosen, texts, strict=False):
        rows = sums.loc[territory]
        place = np.arange(len(rows))
        axes.fill_between(place, rows["low"], rows["high"], color=COLOURS["low"], alpha=0.22, linewidth=0)
        axes.plot(place, rows["value"], color=COLOURS["low"], linewidth=1.4, marker="o", markersize=4)
        axes.set_title(text, fontsize=8, color=INK, loc="left", parse_math=False)
        least, most = float(np.nanmin(rows["low"])), float(np.nanmax(rows["high"]))
        axes.set_ylim(min(0.0, 1.05 * least), 1.08 * most if most > 0 else 1.0)
        step = -(-len(rows) // 6)
        axes.set_xticks(place[::step], labels=[literal(p, 12) for p in rows.index[::step]], parse_math=False)
        axes.set_xlim(-0.25, len(rows) - 0.75)
        axes.grid(axis="y", color=RULE, linewidth=0.6, zorder=0)
        axes.tick_params(labelsize=7)
        plain_ticks(axes, "y", numbers)
    for axes in grid[len(chosen) :]:
        axes.set_axis_off()
    return figure
