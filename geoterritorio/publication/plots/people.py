"""Pictures of communities of people and of the capitals of territories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import OWN_VALUES
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
    name_axis,
    name_rows,
    nothing,
    row_height,
    styled,
    without_common_start,
    wrapped,
)
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import QUOTIENTS, borders, colour_bar, filled, sheet
from geoterritorio.publication.plots._rows import (
    OF_SECTORS,
    OF_TERRITORIES,
    SIGNIFICANT,
    named,
    part_shown,
    plain_ticks,
    unknown,
)
from geoterritorio.registry import plot

_CAPITALS = ("human", "social", "natural", "economic")
_ROWS, _SECTORS = 40, 16
_HATCH = "#6d7783"
# Pale enough for ink on all of it.
_SCORES = LinearSegmentedColormap.from_list("scores", colormaps["YlGnBu"](np.linspace(0.02, 0.62, 128)))


@plot("capitals")
@styled
def capitals_matrix(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Capitals of each territory, side by side.

    Parameters
    ----------
    outputs
        Outputs of `capitals` by name.
    focus
        Identifier of a territory, of which each indicator is drawn; by default the capitals of all, up to forty.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by capitals: the darker the higher, with the score, its interval where there is one, and how many
        indicators are known; hatched where too little is. Of one territory, each indicator made comparable.
    """
    scores, table = outputs["scores"], outputs["normalised"]
    if focus is not None:
        return _of_one(table, focus, lang)
    if scores["score"].notna().sum() == 0:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    places = scores["territory"].unique()[:_ROWS]
    shown = scores[scores["territory"].isin(places)]
    first = shown.drop_duplicates("territory")
    figure, axes = canvas(2.1 + 0.38 * len(places))
    _cells(axes, shown, places, numbers)
    labels = labels_of(without_common_start(named(first, "territory", "name").tolist(), 22), 26)
    name_rows(axes, np.arange(len(places)), labels)
    axes.set(xlim=(-0.5, 3.5), ylim=(len(places) - 0.45, -0.55))
    axes.xaxis.tick_top()
    titles = [say(OWN_VALUES["capital", c]) for c in _CAPITALS]
    axes.set_xticks(range(len(_CAPITALS)), labels=wrapped(titles, 18, 3), parse_math=False)
    axes.tick_params(axis="x", length=0, labelsize=7.5)
    axes.spines[:].set_visible(False)
    way = worded("normalisation", str(shown["normalisation"].iloc[0]), "capital_scores", say)
    note = message(
        "Mean of the indicators of each capital, made comparable by: {way}. Below it: interval where figures have "
        "one, and indicators known of those assigned. Capitals are not added up.",
        way=way,
    ).render(say)
    unknown_ = Patch(facecolor=PAPER, hatch="////", edgecolor=_HATCH, linewidth=0.6)
    pale, dark = (Patch(facecolor=_SCORES(s), edgecolor=RULE) for s in (0.05, 0.95))
    words = [mark("low score"), mark("high score"), mark("unknown: too little is known")]
    legend_below(figure, [pale, dark, unknown_], [say(w) for w in words], note=note)
    much = part_shown(OF_TERRITORIES, len(places), scores["territory"].nunique(), lang)
    headline(figure, say(mark("The four capitals")), much)
    return figure


def _cells(axes: Axes, shown: pd.DataFrame, places: Any, numbers: Numbers) -> None:
    """A square for each score, hatched where it is unknown."""
    row, col = (
        pd.Index(order).get_indexer(shown[c]) for order, c in ((places, "territory"), (_CAPITALS, "capital"))
    )
    known = shown["score"].dropna()
    norm = Normalize(min(0.0, known.min()), max(1.0, known.max()))
    for y, x, cell in zip(row, col, shown.to_dict("records"), strict=True):
        there = not pd.isna(cell["score"])
        look: dict[str, Any] = (
            {"facecolor": _SCORES(norm(cell["score"]))} if there else {"facecolor": PAPER, "hatch": "////"}
        )
        edge = PAPER if there else _HATCH
        axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, edgecolor=edge, linewidth=0.6, **look))
        told = f"{numbers.count(cell['known'])}/{numbers.count(cell['indicators'])}"
        if not there:
            box = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.2}
            axes.text(x, y, told, ha="center", va="center", fontsize=7, color=INK, bbox=box)
            continue
        axes.text(x, y - 0.17, numbers.score(cell["score"]), ha="center", va="center", fontsize=8)
        if not pd.isna(cell["score_low"]):
            ends = (numbers.score(cell[f"score_{e}"]) for e in ("low", "high"))
            told = "{}–{}; {}".format(*ends, told)
        axes.text(x, y + 0.25, told, ha="center", va="center", fontsize=7, color=INK)


def _of_one(table: pd.DataFrame, focus: str, lang: Language) -> Figure:
    """Indicators of one territory by capital, made comparable."""
    if focus not in set(table["territory"]):
        raise unknown(focus, table["territory"])
    say, numbers = translator(lang), Numbers(lang)
    order = {c: k for k, c in enumerate(_CAPITALS)}
    rows = table[table["territory"] == focus]
    rows = rows.sort_values("capital", key=lambda c: c.map(order), kind="stable").reset_index(drop=True)
    texts = [
        f"{worded('indicator', str(r['indicator']), 'normalised_indicators', say)} "
        f"({say(OWN_VALUES['direction', r['direction']])})"
        for r in rows.to_dict("records")
    ]
    labels = wrapped(texts, 40, 3)
    figure, axes = canvas(max(row_height(labels), 0.3) * len(rows) + 1.8)
    places, known = np.arange(len(rows)), rows["normalised"].notna()
    colours = [COLOURS["high"], "#2d7f95", "#5b8a3a", "#5b2a6e"]
    axes.hlines(places, rows["normalised_low"], rows["normalised_high"], color=MUTED, linewidth=2.4)
    for capital, colour in zip(_CAPITALS, colours, strict=True):
        own = (rows["capital"] == capital) & known
        axes.plot(rows["normalised"][own], places[own.to_numpy()], "o", markersize=6, color=colour)
    low, high = _ends(rows[["normalised", "normalised_low", "normalised_high"]])
    gone: dict[str, Any] = {"facecolor": PAPER, "hatch": "////", "edgecolor": _HATCH, "linewidth": 0}
    for y in places[~known.to_numpy()]:
        axes.add_patch(Rectangle((low, y - 0.3), high - low, 0.6, **gone))
    name_rows(axes, places, labels)
    axes.set(xlim=(low, high), ylim=(len(rows) - 0.4, -0.6))
    plain_ticks(axes, "x", numbers)
    way = str(rows["normalisation"].iloc[0])
    name_axis(axes, "x", worded("normalisation", way, "normalised_indicators", say))
    axes.grid(axis="x", color=RULE, linewidth=0.5, zorder=0)
    handles = [Line2D([], [], linestyle="none", marker="o", color=c) for c in colours]
    words = [say(OWN_VALUES["capital", c]) for c in _CAPITALS]
    note = say(
        mark("To the right is better; in brackets which figure is. Lines: intervals. Hatched: missing.")
    )
    legend_below(figure, handles, words, note=note, columns=2)
    headline(figure, say(mark("Indicators of the four capitals")), named(rows, "territory", "name").iloc[0])
    return figure


def _ends(table: pd.DataFrame) -> tuple[float, float]:
    """Ends of the axis: from 0 to 1 at least."""
    figures = table.to_numpy(np.float64)
    low, high = (float(f(figures[~np.isnan(figures)], initial=i)) for f, i in ((np.min, 0.0), (np.max, 1.0)))
    return low - 0.02, high + 0.02


@plot("community_of_people")
@styled
def homes_and_jobs_map(
    outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en"
) -> Figure:
    """
    Where jobs are beside where people live.

    Parameters
    ----------
    outputs
        Outputs of `community_of_people` by name.
    focus
        Identifier of a territory, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Smaller places by their share of the territory's jobs less their share of its people, and borders of the
        territories.
    """
    areas, places = outputs["areas"], outputs["homes_and_jobs"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    known = places[places["difference"].notna()]
    near = areas if focus is None else areas[areas["territory"] == focus]
    if known.empty or (focus is not None and not (known["territory"] == focus).any()):
        return nothing(lang, translator(lang)(mark("Homes and jobs by place are not known.")))
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(near.total_bounds, areas.crs, {}, numbers, room=1.2)
    most = max(float(known["difference"].abs().max()), 0.01) * 100
    colours = ScalarMappable(Normalize(-most, most), QUOTIENTS)
    paint = list(colours.to_rgba(100 * known["difference"].to_numpy(np.float64)))
    _drawn(axes, known, paint)
    if areas.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        borders(axes, areas.geometry)
        areas.boundary.plot(ax=axes, color=INK, linewidth=0.9, zorder=1.5, aspect=None)
    text = say(mark("Share of the territory's jobs less share of its people, percentage points"))
    colour_bar(figure, axes, colours, text, numbers, ticks=_round_ticks(most))
    alone = "" if focus is None else named(near, "territory", "name").iloc[0]
    overlaps = near["overlap"].dropna()
    much = message(
        "overlap of homes and jobs: {least} to {most}",
        least=numbers.percent(round(overlaps.min(), 2)),
        most=numbers.percent(round(overlaps.max(), 2)),
    )
    headline(figure, say(mark("Jobs beside people")), alone, much.render(say) if len(overlaps) else "")
    return figure


def _drawn(axes: Axes, places: gpd.GeoDataFrame, paint: list[Any]) -> None:
    if places.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        filled(axes, places.geometry, paint, edgecolors="#a4adb7", linewidths=0.3, zorder=0.4)
        return
    inside = places.geometry.representative_point()
    axes.scatter(inside.x, inside.y, s=26, c=paint, edgecolors=INK, linewidths=0.4, zorder=2)


def _round_ticks(most: float) -> list[float]:
    power = 10 ** np.floor(np.log10(most))
    step = float(max(k for k in (0.2, 0.5, 1, 2, 5) if k * power <= most) * power)
    return [-step, 0.0, step]


@plot("community_of_people")
@styled
def division_change(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    How the division of labour changed.

    Parameters
    ----------
    outputs
        Outputs of `community_of_people` by name.
    focus
        Identifier of a territory, of which the sectors are drawn; by default all territories, up to forty.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Share of the work that is in other sectors than before, as a dot, beside what chance alone would move, as a
        stroke. Of one territory: jobs beyond the growth of the sector in the whole.
    """
    areas = outputs["areas"]
    if focus is not None:
        return _gained(outputs["division"], focus, lang)
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    known = areas[areas["moved"].notna()].sort_values("moved", ascending=False, kind="stable")
    if known.empty:
        return nothing(lang, say(mark("No second period with jobs by sector.")))
    shown = known.head(_ROWS)
    labels = labels_of(without_common_start(named(shown, "territory", "name").tolist(), 22), 26)
    figure, axes = canvas(1.9 + 0.24 * len(shown))
    places = np.arange(len(shown))
    sure = (shown["q_moved"] < SIGNIFICANT).to_numpy()
    axes.hlines(places, 0, 100 * shown["moved"], color=RULE, linewidth=1)
    chance_ = 100 * shown["moved_chance"].to_numpy(np.float64)
    axes.vlines(chance_, places - 0.3, places + 0.3, color=INK, linewidth=1.6, zorder=3)
    for mask, face in ((sure, COLOURS["high"]), (~sure, PAPER)):
        dots: dict[str, Any] = {
            "marker": "o",
            "markersize": 7,
            "markeredgecolor": COLOURS["high"],
            "markerfacecolor": face,
        }
        axes.plot(100 * shown["moved"][mask], places[mask], linestyle="none", zorder=4, **dots)
    name_rows(axes, places, labels)
    axes.set(ylim=(len(shown) - 0.4, -0.6), xlim=(0, None))
    plain_ticks(axes, "x", numbers)
    name_axis(axes, "x", say(mark("Work in other sectors than before, % of jobs")))
    handles = [
        Line2D([], [], linestyle="none", marker="o", color=COLOURS["high"], markerfacecolor=face)
        for face in (COLOURS["high"], PAPER)
    ]
    stroke = Line2D([], [], linestyle="none", marker="|", markersize=9, markeredgewidth=1.6, color=INK)
    words = (
        mark("more than chance moves (q below 0.05)"),
        mark("not told from chance"),
        mark("by chance alone"),
    )
    legend_below(figure, [*handles, stroke], [say(w) for w in words])
    much = part_shown(OF_TERRITORIES, len(shown), len(areas), lang)
    headline(figure, say(mark("Change of the division of labour")), much)
    return figure


def _gained(table: pd.DataFrame, focus: str, lang: Language) -> Figure:
    """Sectors of one territory that gained or lost beyond the whole's growth."""
    if focus not in set(table["territory"]):
        raise unknown(focus, table["territory"])
    say, numbers = translator(lang), Numbers(lang)
    rows = table[table["territory"] == focus]
    known = rows[rows["beyond"].notna()] if "beyond" in rows.columns else rows.head(0)
    if known.empty:
        return nothing(lang, say(mark("No second period with jobs by sector.")))
    top = known.loc[known["beyond"].abs().sort_values(ascending=False, kind="stable").index[:_SECTORS]]
    top = top.sort_values("beyond", ascending=False, kind="stable").reset_index(drop=True)
    texts = [
        f"{r['sector']} {r['sector_name']}" if isinstance(r.get("sector_name"), str) else str(r["sector"])
        for r in top.to_dict("records")
    ]
    labels = wrapped(texts, 44, 2)
    figure, axes = canvas(max(row_height(labels), 0.24) * len(top) + 1.6)
    places = np.arange(len(top))
    colours = np.where(top["beyond"] > 0, COLOURS["high"], COLOURS["low"])
    axes.barh(places, top["beyond"], height=0.6, color=colours)
    axes.axvline(0, color=INK, linewidth=0.8)
    for y, r in enumerate(top.to_dict("records")):
        told = f"{numbers.count(r['before'])} → {numbers.count(r['after'])}"
        side: dict[str, Any] = {
            "ha": "left" if r["beyond"] > 0 else "right",
            "va": "center",
            "fontsize": 6.5,
            "color": MUTED,
        }
        offset = (3 if r["beyond"] > 0 else -3, 0)
        axes.annotate(told, (r["beyond"], y), xytext=offset, textcoords="offset points", **side)
    name_rows(axes, places, labels)
    axes.margins(x=0.16)
    axes.set(ylim=(len(top) - 0.4, -0.6))
    plain_ticks(axes, "x", numbers)
    name_axis(
        axes,
        "x",
        say(mark("Jobs beyond the sector's growth in the whole; beside them jobs before and after")),
    )
    much = part_shown(OF_SECTORS, len(top), len(known), lang)
    headline(
        figure, say(mark("Sectors that gained and lost")), named(rows, "territory", "name").iloc[0], much
    )
    return figure
