"""Pictures of the ladder: conditions by territory with their signs, gates on the map, and both dates side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    INK,
    MUTED,
    PAPER,
    RULE,
    canvas,
    headline,
    labels_of,
    legend_below,
    name_rows,
    nothing,
    styled,
    without_common_start,
    wrapped,
)
from geoterritorio.publication.headings import worded
from geoterritorio.publication.ladder_words import RUNG_COLOURS, date_told
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import filled, sheet
from geoterritorio.publication.plots._rows import OF_TERRITORIES, named, part_shown, unknown
from geoterritorio.registry import plot

PROPOSAL = mark(
    "Gates and thresholds are this software's proposal, or the reader's own table; there is no score."
)
# Told apart by sign too, for readers who confuse colours.
_SIGNS: Mapping[str, tuple[str, str, str]] = {
    "yes": ("#00796b", PAPER, "+"),
    "no": ("#e9c9b6", INK, "\N{MINUS SIGN}"),
    "unknown": ("#eceef1", MUTED, "?"),
    "withheld": (PAPER, MUTED, "\N{MULTIPLICATION SIGN}"),
}
_COLUMNS, _ROWS, _NAMED = 24, 40, 60
_THEN: Mapping[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 6,
    "color": "#a86a1e",
    "markerfacecolor": PAPER,
}
_NOW: Mapping[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 6, "color": "#33658a"}
_HALF = 0.42
_HATCH = "#6d7783"


@plot("ladder")
@styled
def ladder_matrix(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Conditions of the gates, territory by territory.

    Parameters
    ----------
    outputs
        Outputs of `ladder` by name.
    focus
        Identifier of a territory, which is drawn alone; by default all, up to twenty-four.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Conditions by territories, gate by gate: met, not met or unknown. Squares in a frame are required; the row of
        each gate says what they make together.
    """
    areas, conditions = outputs["areas"], outputs["conditions"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty or conditions.empty:
        return nothing(lang)
    say = translator(lang)
    shown = _foremost(areas, _COLUMNS) if focus is None else areas[areas["territory"] == focus]
    places = shown["territory"].tolist()
    rows = conditions.drop_duplicates("condition").sort_values("rung", kind="stable").to_dict("records")
    lines = _lines(rows, say)
    figure, axes = canvas(2.3 + 0.235 * len(lines))
    _squares(axes, lines, places, conditions, outputs["gate_verdicts"])
    _frame(axes, lines, labels_of(_short(shown), 24))
    _key(figure, say, withheld=bool(conditions["passed"].eq("withheld").any()))
    much = part_shown(OF_TERRITORIES, len(shown), len(areas), lang)
    title = say(mark("Conditions from firm network to territorial project"))
    headline(figure, title, _as_of(areas, say), much)
    return figure


def _foremost(areas: pd.DataFrame, most: int) -> pd.DataFrame:
    """Territories that are furthest, in their own order, so that pictures of two dates can be laid side by side."""
    order = areas.sort_values(["rung", "rung_most"], ascending=False, kind="stable").head(most)
    return areas[areas["territory"].isin(order["territory"])]


def _as_of(areas: pd.DataFrame, say: Translate, *, then: bool = False) -> str:
    """Date of the run, or of the earlier one, in words."""
    blank = pd.Series(None, index=areas.index, dtype=object)
    if then:
        return date_told(areas["earlier_on"], blank, say)
    return date_told(areas.get("on", blank), areas.get("latest", blank), say)


def _short(areas: pd.DataFrame) -> list[str]:
    """Names of the territories without the words that all of them begin with."""
    return list(without_common_start(named(areas, "territory", "name").tolist(), 14))


def _lines(rows: Sequence[Mapping[str, Any]], say: Translate) -> list[tuple[str, str, str]]:
    """Lines of the picture: gates, each above its conditions; kind of line, code and label."""
    found: list[tuple[str, str, str]] = []
    for row in rows:
        if ("gate", row["gate"]) not in [line[:2] for line in found]:
            found.append(("gate", row["gate"], worded("gate", row["gate"], "ladder_gates", say)))
        title = row["title"] if isinstance(row["title"], str) else row["condition"]
        found.append((row["required"], row["condition"], say(title)))
    return found


def _squares(
    axes: Axes,
    lines: Sequence[tuple[str, str, str]],
    places: Sequence[str],
    conditions: pd.DataFrame,
    gates: pd.DataFrame,
) -> None:
    """A square with a sign for each condition and gate; what decides has a frame."""
    known = conditions.set_index(["condition", "territory"])["passed"].to_dict()
    passed = gates.set_index(["gate", "territory"])["passed"].to_dict()
    boxes: dict[str, list[Rectangle]] = {}
    frames = []
    for y, (kind, code, _) in enumerate(lines):
        for x, place in enumerate(places):
            colour, ink, sign = _SIGNS[(passed if kind == "gate" else known)[code, place]]
            box = (x - _HALF, y - _HALF), 2 * _HALF, 2 * _HALF
            boxes.setdefault(colour, []).append(Rectangle(*box))
            if kind != "no":
                frames.append(Rectangle(*box))
            weight = "bold" if kind == "gate" else "normal"
            axes.text(x, y, sign, ha="center", va="center_baseline", fontsize=7.5, color=ink, weight=weight)
    for colour, squares in boxes.items():
        axes.add_collection(PatchCollection(squares, facecolor=colour, edgecolor=PAPER, linewidth=0.8))
    axes.add_collection(PatchCollection(frames, facecolor="none", edgecolor=INK, linewidth=0.9))


def _frame(axes: Axes, lines: Sequence[tuple[str, str, str]], names: Sequence[str]) -> None:
    labels = [text if kind == "gate" else wrapped([text], 46, 2)[0] for kind, _, text in lines]
    axes.set(xlim=(-0.55, len(names) - 0.45), ylim=(len(lines) - 0.45, -0.55))
    name_rows(axes, np.arange(len(lines)), labels)
    for label, (kind, _, _) in zip(axes.get_yticklabels(), lines, strict=True):
        label.set(fontsize=8.0 if kind == "gate" else 6.6, weight="bold" if kind == "gate" else "normal")
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(names)), labels=list(names), parse_math=False)
    axes.tick_params(axis="x", length=0, labelsize=7.0, labelrotation=60)
    for label in axes.get_xticklabels():
        label.set(ha="left", rotation_mode="anchor")
    for side in ("top", "bottom", "left", "right"):
        axes.spines[side].set_visible(False)


def _key(figure: Figure, say: Translate, *, withheld: bool) -> None:
    words = {"yes": mark("met"), "no": mark("not met"), "unknown": mark("unknown")}
    words |= {"withheld": mark("withheld")} if withheld else {}
    handles: list[Any] = [Patch(facecolor=_SIGNS[w][0], edgecolor=RULE, linewidth=0.6) for w in words]
    labels = [f"{_SIGNS[w][2]}  {say(text)}" for w, text in words.items()]
    square = Line2D([], [], linestyle="none", marker="s", markersize=8, color=INK)
    square.set(markerfacecolor="none", markeredgewidth=0.9)
    handles.append(square)
    legend_below(figure, handles, [*labels, say(mark("framed: required"))], note=say(PROPOSAL))


@plot("ladder")
@styled
def ladder_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Gates that territories have passed, on the map.

    Parameters
    ----------
    outputs
        Outputs of `ladder` by name.
    focus
        Identifier of a territory, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by the highest gate that is surely passed; hatched where a higher one may be too, which the label
        names.
    """
    areas = outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    figure, axes = sheet(near.total_bounds, areas.crs, {}, numbers, room=1.0)
    order = areas.sort_values("rung").drop_duplicates("rung")
    looks = {
        row["at_least"]: RUNG_COLOURS[min(int(row["rung"]), len(RUNG_COLOURS) - 1)]
        for row in order.to_dict("records")
    }
    _fill(axes, areas, [looks[code] for code in areas["at_least"]], "")
    unsure = areas[areas["certain"] == "no"]
    if len(unsure):
        _fill(axes, unsure, ["none"] * len(unsure), "////")
    _names(axes, areas, say)
    handles: list[Any] = [
        Patch(facecolor=colour, edgecolor=_HATCH, linewidth=0.6) for colour in looks.values()
    ]
    labels = [worded("gate", code, "ladder_gates", say) for code in looks]
    if len(unsure):
        handles.append(Patch(facecolor=PAPER, hatch="////", edgecolor=_HATCH, linewidth=0.6))
        labels.append(say(mark("may be further: unknown conditions")))
    legend_below(figure, handles, labels, note=say(PROPOSAL))
    told = message(
        "certain: {certain} of {total}",
        certain=numbers.count(int((areas["certain"] == "yes").sum())),
        total=numbers.count(len(areas)),
    )
    alone = "" if focus is None else named(near, "territory", "name").iloc[0]
    title = say(mark("From firm network to territorial project"))
    headline(figure, title, _as_of(areas, say), alone, told.render(say))
    return figure


def _fill(axes: Axes, parts: gpd.GeoDataFrame, colours: list[str], hatch: str) -> None:
    if not parts.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        if not hatch:
            axes.scatter(parts.geometry.x, parts.geometry.y, s=30, c=colours, edgecolors=INK, linewidths=0.5)
        return
    line = (
        {"hatch": hatch, "edgecolors": _HATCH, "linewidths": 0}
        if hatch
        else {"edgecolors": INK, "linewidths": 0.7}
    )
    filled(axes, parts.geometry, colours, zorder=0.4 if hatch else 0.3, **line)


def _names(axes: Axes, areas: gpd.GeoDataFrame, say: Translate) -> None:
    """Names of the territories, and below them how far they may have come where that is not certain."""
    inside = areas.geometry.representative_point()
    places = np.column_stack([inside.x, inside.y])
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    seen = ((places > low) & (places < high)).all(axis=1)
    names = wrapped(_short(areas), 18)
    texts = {}
    for i, row in enumerate(areas.to_dict("records")):
        further = message("to {gate}?", gate=worded("gate", row["at_most"], "ladder_gates", say)).render(say)
        if seen[i]:
            texts[i] = names[i] if row["certain"] == "yes" else f"{names[i]}\n{wrapped([further], 18)[0]}"
    near_labels(axes, places, np.zeros(len(areas)), texts, covered=0, most=_NAMED, centred=True)


@plot("ladder")
@styled
def ladder_change(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Rungs at two dates, side by side.

    Parameters
    ----------
    outputs
        Outputs of `ladder` by name, of a run that was given an earlier one.
    focus
        Identifier of a territory, which is drawn alone; by default all, up to forty.
    lang
        Language of the labels.

    Returns
    -------
    figure
        For each territory the gates it had passed then (above) and now (below): a dot where that is certain, else a
        line from the least to the most; in bold, with an arrow, those that certainly rose or fell.
    """
    areas = outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    say = translator(lang)
    if areas.empty or "climbed" not in areas.columns:
        return nothing(lang, say(mark("No earlier run of the ladder to set it beside.")))
    shown = _foremost(areas, _ROWS) if focus is None else areas[areas["territory"] == focus]
    figure, axes = canvas(2.0 + 0.36 * len(shown))
    rows = np.arange(len(shown))
    for then, shift in ((True, -0.17), (False, 0.17)):
        _spans(axes, shown, rows + shift, then=then)
    _arrows(axes, shown, rows)
    name_rows(axes, rows, labels_of(_short(shown), 26))
    for label, way in zip(axes.get_yticklabels(), shown["climbed"], strict=True):
        label.set(weight="bold" if way in ("rose", "fell") else "normal")
    gates = outputs["gate_verdicts"].drop_duplicates("rung").sort_values("rung")["gate"].tolist()
    ticks = [worded("gate", code, "ladder_gates", say) for code in ("none", *gates)]
    axes.set_xticks(range(len(ticks)), labels=wrapped(ticks, 14, 3), parse_math=False)
    axes.set(xlim=(-0.4, len(gates) + 0.4), ylim=(len(shown) - 0.45, -0.55))
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)
    handles = [Line2D([], [], **look) for look in (_THEN, _NOW)]
    words = [_as_of(areas, say, then=True), _as_of(areas, say)]
    words = [text[:1].upper() + text[1:] for text in words]
    note = say(
        mark(
            "A dot where the gate is certain, a line from the least to the most where conditions are unknown. Bold "
            "names, with an arrow: certainly risen or fallen."
        )
    )
    legend_below(figure, handles, words, note=note)
    much = part_shown(OF_TERRITORIES, len(shown), len(areas), lang)
    headline(figure, say(mark("Gates passed at two dates")), f"{words[0]}; {_as_of(areas, say)}", much)
    return figure


def _spans(axes: Axes, shown: pd.DataFrame, at: np.ndarray, *, then: bool) -> None:
    """Lines from the least to the most rung, dots where both are one."""
    prefix, look = ("earlier_", _THEN) if then else ("", _NOW)
    least, most = (shown[f"{prefix}{end}"].to_numpy(dtype=float) for end in ("rung", "rung_most"))
    axes.hlines(at, least, most, color=look["color"], linewidth=3.2, alpha=0.55, zorder=2)
    sure = least == most
    axes.plot(least[sure], at[sure], **look, zorder=3)


def _arrows(axes: Axes, shown: pd.DataFrame, at: np.ndarray) -> None:
    """From the nearest rung then to the nearest now, where the change is certain."""
    for y, row in zip(at, shown.to_dict("records"), strict=True):
        ends = {"rose": ("earlier_rung_most", "rung"), "fell": ("earlier_rung", "rung_most")}.get(
            row["climbed"]
        )
        if ends:
            start, end = (float(row[c]) for c in ends)
            look = {"arrowstyle": "-|>", "color": INK, "linewidth": 1.1, "shrinkA": 2, "shrinkB": 4}
            axes.annotate("", (end, y + 0.17), xytext=(start, y - 0.17), arrowprops=look, zorder=4)
