"""Pictures of assessments: both readings axis by axis and on the map, and a territory beside its peers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from geoterritorio.errors import Translate, message
from geoterritorio.i18n import Language, mark, translator
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
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import filled, sheet
from geoterritorio.publication.plots._rows import (
    OF_TERRITORIES,
    column,
    named,
    part_shown,
    plain_ticks,
    unknown,
)
from geoterritorio.registry import plot

# What is known of both readings is a colour, what is open is hatched; told apart without full colour vision.
CLASSES: Mapping[str, tuple[str, str]] = {
    "district and cluster": ("#5b2a6e", ""),
    "district only": ("#d2741f", ""),
    "cluster only": ("#2d7f95", ""),
    "district, cluster open": ("#f0b97a", "////"),
    "cluster, district open": ("#9ccbd6", "////"),
    "both open": (PAPER, "////"),
    "no district, cluster open": ("#eeece7", "\\\\\\\\"),
    "no cluster, district open": ("#eeece7", "...."),
    "neither": ("#d9d7d2", ""),
}
_HATCH = "#6d7783"
_NAMED, _ROWS = 60, 40
# Told apart by sign too, for readers who confuse colours.
_TOLD: Mapping[str, tuple[str, str, str]] = {
    "yes": ("#00796b", PAPER, "+"),
    "no": ("#e9c9b6", INK, "\N{MINUS SIGN}"),
    "unknown": ("#eceef1", MUTED, "?"),
    "not asked": (PAPER, MUTED, "–"),
}
# Half the width of a pair of squares, their half height, and how far a figure is drawn from the peers.
_HALF, _TALL, _FAR = 0.4, 0.4, 5.0
# Figures from which on decimals say nothing.
_WHOLE = 1000


@plot("contrast")
@styled
def contrast_matrix(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Both readings of each territory, axis by axis.

    Parameters
    ----------
    outputs
        Outputs of `contrast` by name.
    focus
        Identifier of a territory, which is drawn alone; by default all, up to forty.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by axes: at the left of each pair what the district says, at the right what the cluster says; a
        frame where they disagree. Beside each row what both say of the whole.
    """
    areas, axes_ = outputs["areas"], outputs["axes"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty or axes_.empty:
        return nothing(lang)
    say = translator(lang)
    rank = areas["readings"].map({c: i for i, c in enumerate(CLASSES)})
    shown = areas.assign(rank=rank).sort_values(
        ["rank", "axes_differ"], ascending=[True, False], kind="stable"
    )
    shown = (shown if focus is None else shown[shown["territory"] == focus]).head(_ROWS)
    letters = sorted(axes_["axis"].unique())
    labels = labels_of(_short(shown), 26)
    figure, axes = canvas(1.95 + 0.27 * len(shown))
    _pairs(axes, axes_.set_index(["territory", "axis"]), shown["territory"].tolist(), letters)
    titles = axes_.drop_duplicates("axis").set_index("axis")["title"]
    _frame(axes, [f"{a}. {say(titles[a])}" for a in letters], labels)
    for y, (reading, group) in enumerate(
        zip(shown["readings"], named(shown, "group", "group_name"), strict=True)
    ):
        told = message("{class}: {group}", **{"class": _class(reading, say), "group": group}).render(say)
        text = told if "cluster" in reading.split(",")[0].replace("no cluster", "") else _class(reading, say)
        axes.annotate(
            wrapped([text], 34)[0],
            (1.01, y),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=6.8,
            linespacing=1.0,
            parse_math=False,
        )
    note = mark(
        "Left: as a district; right: as a cluster (its foremost group). Framed: they disagree. No layer tells of "
        "trust, history or community: those axes stay open. The cluster's E is a test of the whole group: the same in "
        "every territory that reads it."
    )
    _told_legend(figure, axes_, say, say(note))
    much = part_shown(OF_TERRITORIES, len(shown), len(areas), lang)
    headline(figure, say(mark("District and cluster, axis by axis")), much)
    return figure


def _class(reading: str, say: Translate) -> str:
    return worded("readings", reading, "contrast_areas", say)


def _short(areas: pd.DataFrame) -> list[str]:
    """Names of the territories without the words that all of them begin with."""
    return list(without_common_start(named(areas, "territory", "name").tolist(), 18))


def _pairs(axes: Axes, table: pd.DataFrame, places: list[str], letters: list[str]) -> None:
    """A square for each reading, and a frame around those that disagree."""
    looks: dict[str, list[Rectangle]] = {}
    frames = []
    for y, place in enumerate(places):
        for x, letter in enumerate(letters):
            row = table.loc[(place, letter)]
            for left, told in ((-_HALF, row["district_reading"]), (0.0, row["cluster_reading"])):
                colour, ink, sign = _TOLD[told]
                looks.setdefault(colour, []).append(Rectangle((x + left, y - _TALL), _HALF, 2 * _TALL))
                middle = x + left + _HALF / 2
                axes.text(middle, y, sign, ha="center", va="center_baseline", fontsize=7.5, color=ink)
            if row["agrees"] == "no":
                frames.append(Rectangle((x - _HALF, y - _TALL), 2 * _HALF, 2 * _TALL))
    for colour, boxes in looks.items():
        axes.add_collection(
            PatchCollection(boxes, facecolor=colour, edgecolor=PAPER, linewidth=1.0, zorder=0.5)
        )
    if frames:
        axes.add_collection(PatchCollection(frames, facecolor="none", edgecolor=INK, linewidth=1.6, zorder=2))


def _frame(axes: Axes, titles: list[str], labels: list[str]) -> None:
    axes.set(xlim=(-0.5, len(titles) - 0.5), ylim=(len(labels) - 0.45, -0.55))
    name_rows(axes, np.arange(len(labels)), labels)
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(titles)), labels=wrapped(titles, 15, 5), parse_math=False)
    axes.tick_params(axis="x", length=0, labelsize=6.8, labelcolor=MUTED)
    for side in ("top", "bottom", "left", "right"):
        axes.spines[side].set_visible(False)


def _told_legend(figure: Figure, table: pd.DataFrame, say: Translate, note: str) -> None:
    words = {
        "yes": mark("holds"),
        "no": mark("does not hold"),
        "unknown": mark("unknown"),
        "not asked": mark("not asked"),
    }
    used = [w for w in words if table[["district_reading", "cluster_reading"]].eq(w).any(axis=None)]
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker="s",
            markersize=9,
            color=_TOLD[w][0],
            markeredgecolor=RULE,
            label=_TOLD[w][2],
        )
        for w in used
    ]
    legend_below(figure, handles, [f"{_TOLD[w][2]}  {say(words[w])}" for w in used], note=note)


@plot("contrast")
@styled
def contrast_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Agreement of both readings on the map.

    Parameters
    ----------
    outputs
        Outputs of `contrast` by name.
    focus
        Identifier of a territory, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by what both readings say together; hatched where one of them is open. Letters are the axes on
        which they disagree.
    """
    areas = outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    figure, axes = sheet(near.total_bounds, areas.crs, {}, numbers, room=1.0)
    used = [c for c in CLASSES if (areas["readings"] == c).any()]
    for code in used:
        _fill(axes, areas[areas["readings"] == code], CLASSES[code])
    _letters(axes, areas)
    handles = [
        Patch(facecolor=CLASSES[c][0], hatch=CLASSES[c][1], edgecolor=_HATCH, linewidth=0.6) for c in used
    ]
    note = say(
        mark("Letters: axes on which both readings disagree. Open: the data cannot decide one of them.")
    )
    legend_below(figure, handles, [_class(c, say) for c in used], note=note)
    told = message(
        "both: {both}; one of them: {one}; neither: {neither}; open: {open}",
        both=numbers.count(int((areas["readings"] == "district and cluster").sum())),
        one=numbers.count(int(areas["readings"].isin(["district only", "cluster only"]).sum())),
        neither=numbers.count(int((areas["readings"] == "neither").sum())),
        open=numbers.count(int(areas["readings"].str.contains("open").sum())),
    )
    alone = "" if focus is None else named(near, "territory", "name").iloc[0]
    headline(figure, say(mark("District or cluster?")), alone, told.render(say))
    return figure


def _fill(axes: Axes, parts: gpd.GeoDataFrame, look: tuple[str, str]) -> None:
    colour, hatch = look
    if not parts.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        axes.scatter(parts.geometry.x, parts.geometry.y, s=30, c=colour, edgecolors=INK, linewidths=0.5)
        return
    filled(axes, parts.geometry, [colour] * len(parts), edgecolors=INK, linewidths=0.7, zorder=0.3)
    if hatch:
        line = {"hatch": hatch, "edgecolors": _HATCH, "linewidths": 0}
        filled(axes, parts.geometry, ["none"] * len(parts), zorder=0.4, **line)


def _letters(axes: Axes, areas: gpd.GeoDataFrame) -> None:
    """Names of the territories, and below them the axes on which both readings disagree."""
    inside = areas.geometry.representative_point()
    places = np.column_stack([inside.x, inside.y])
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    seen = ((places > low) & (places < high)).all(axis=1)
    order = np.argsort(-areas["axes_differ"].to_numpy(), kind="stable")[:_NAMED]
    names = wrapped(_short(areas), 18)
    letters = areas["differ_on"].fillna("").str.replace("; ", " ").tolist()
    texts = [f"{n}\n{at}" if at else n for n, at in zip(names, letters, strict=True)]
    shown = {int(i): texts[i] for i in order if seen[i]}
    near_labels(axes, places, np.zeros(len(areas)), shown, covered=0, most=_NAMED, centred=True)


@plot("benchmark")
@styled
def beside_peers(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    A territory beside its peers, indicator by indicator.

    Parameters
    ----------
    outputs
        Outputs of `benchmark` by name.
    focus
        Identifier of the territory; by default the first.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One row for each indicator: the peers' usual range as a box around their median, all of them as a line, and the
        territory as a dot with its own interval where it has one; at the right its figure and its rank. All rows are
        in halves of the usual range, so that indicators of any unit stand in one picture.
    """
    table = outputs["comparison"]
    if focus is not None and focus not in set(table["territory"]):
        raise unknown(focus, table["territory"])
    rows = table[table["territory"] == (focus or table["territory"].iloc[0])] if len(table) else table
    rows = rows[rows["value"].notna() & rows["median"].notna()].reset_index(drop=True)
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    scaled = _in_ranges(rows)
    labels = wrapped(rows["indicator"].astype(str).tolist(), 34, 3)
    figure, axes = canvas(max(row_height(labels), 0.3) * len(rows) + 1.7)
    places = np.arange(len(rows))
    _boxes(axes, scaled, places)
    name_rows(axes, places, labels)
    axes.set(ylim=(len(rows) - 0.4, -0.6), xlim=_limits(scaled))
    plain_ticks(axes, "x", numbers)
    _ranks(axes, rows, places, say, numbers)
    name_axis(axes, "x", say(mark("Distance from the peers' median, in halves of their usual range")))
    _key(figure, rows, say)
    whose = named(rows, "territory", "name").iloc[0]
    much = message("peers: {count}", count=numbers.count(float(rows["peers"].max()))).render(say)
    headline(figure, say(mark("Beside its peers")), whose, much)
    return figure


def _in_ranges(rows: pd.DataFrame) -> pd.DataFrame:
    """Figures as distances from the peers' median, in halves of their usual range, or of all."""
    half, whole = ((rows[b] - rows[a]) / 2 for a, b in (("lower", "upper"), ("least", "most")))
    unit = half.where(half > 0, whole).where((half > 0) | (whole > 0), 1.0)
    names = ["value", "low", "high", "lower", "upper", "least", "most"]
    return pd.DataFrame({n: (column(rows, n) - rows["median"]) / unit for n in names})


def _limits(scaled: pd.DataFrame) -> tuple[float, float]:
    low = max(float(scaled.min(axis=None, skipna=True)), -_FAR)
    high = min(float(scaled.max(axis=None, skipna=True)), _FAR)
    return min(low, -1.2) - 0.25, max(high, 1.2) + 0.25


def _boxes(axes: Axes, scaled: pd.DataFrame, places: Any) -> None:
    at = scaled.clip(-_FAR, _FAR)
    axes.hlines(places, at["least"], at["most"], color=MUTED, linewidth=0.9, zorder=1)
    axes.barh(
        places,
        at["upper"] - at["lower"],
        left=at["lower"],
        height=0.5,
        color="#dfe4e9",
        edgecolor=MUTED,
        zorder=2,
    )
    axes.vlines(np.zeros(len(at)), places - 0.25, places + 0.25, color=INK, linewidth=1.3, zorder=3)
    axes.hlines(places, at["low"], at["high"], color=COLOURS["high"], linewidth=1.8, zorder=4)
    for marker, some in (
        ("o", scaled["value"].abs() <= _FAR),
        ("<", scaled["value"] < -_FAR),
        (">", scaled["value"] > _FAR),
    ):
        axes.plot(
            at["value"][some],
            places[some.to_numpy()],
            linestyle="none",
            marker=marker,
            markersize=6,
            color=COLOURS["high"],
            zorder=5,
        )
    # A line that goes on beyond the picture ends in an arrow.
    for name, marker, cut in (("least", "<", scaled["least"] < -_FAR), ("most", ">", scaled["most"] > _FAR)):
        axes.plot(
            at[name][cut], places[cut.to_numpy()], linestyle="none", marker=marker, markersize=4, color=MUTED
        )
    axes.grid(axis="x", color=RULE, linewidth=0.5, zorder=0)


def _ranks(axes: Axes, rows: pd.DataFrame, places: Any, say: Translate, numbers: Numbers) -> None:
    """Figure and rank at the right of each row, with the interval of the rank where there is one."""
    texts = []
    for row in rows.to_dict("records"):
        span = ""
        if row.get("rank_low") == row.get("rank_low") and row.get("rank_low") != row.get("rank_high"):
            span = f" ({numbers.count(row['rank_low'])}–{numbers.count(row['rank_high'])})"
        told = message(
            "{value}; rank {rank}{span} of {total}",
            value=(numbers.count if abs(row["value"]) >= _WHOLE else numbers.significant)(row["value"]),
            rank=numbers.count(row["rank"]),
            span=span,
            total=numbers.count(row["peers"] + 1),
        )
        texts.append(told.render(say))
    beside = axes.secondary_yaxis("right")
    beside.set_yticks(places, labels=texts, parse_math=False)
    beside.tick_params(axis="y", length=0, labelsize=7.5)
    beside.spines["right"].set_visible(False)


def _key(figure: Figure, rows: pd.DataFrame, say: Translate) -> None:
    dot = Line2D([], [], linestyle="none", marker="o", markersize=6, color=COLOURS["high"])
    handles: list[Any] = [
        dot,
        Patch(facecolor="#dfe4e9", edgecolor=MUTED),
        Line2D([], [], color=MUTED, linewidth=0.9),
    ]
    words = [mark("the territory"), mark("usual range of the peers, with their median"), mark("all peers")]
    if column(rows, "low").notna().any():
        handles.insert(1, Line2D([], [], color=COLOURS["high"], linewidth=1.8))
        words.insert(1, mark("its own interval"))
    alone = (rows["rests_on"] == "spread of peers only").all()
    note = (
        mark(
            "The indicators come without intervals: only the spread of the peers is known, and ranks say nothing of "
            "chance."
        )
        if alone
        else mark("In parentheses: ranks that the indicators' own intervals allow. 1 is the highest figure.")
    )
    legend_below(figure, handles, [say(w) for w in words], note=say(note))
