"""Lorenz curves: how unequally something is spread."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from geoterritorio.errors import Message, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    MUTED,
    RULE,
    canvas,
    headline,
    name_axis,
    nothing,
    styled,
    wrapped,
)
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import NOTHING, Numbers
from geoterritorio.publication.plots._rows import column, foremost, named, plain_ticks, significant, unknown
from geoterritorio.registry import plot

_MOST, _LEAST = 4, 2
_SECTOR_COLOURS = ("#a8480a", "#d9a441", "#6b4c8a", "#2f7f6b", "#1f5a8c", "#8fb8da")
_DASHES: tuple[Any, ...] = ("-", (0, (6, 1.5)), (0, (3, 1.5)), (0, (6, 1.5, 1, 1.5)), (0, (1, 1)))
# Letters in a line of the note above the legend, and height of the picture in inches.
_NOTE, _SQUARE = 46, 4.3
_CURVE = ["key", "x", "y"]


@plot("locational_gini", "disparities")
@styled
def lorenz(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Lorenz curves with their Gini.

    Parameters
    ----------
    outputs
        Outputs of `locational_gini` or of `disparities` by name.
    focus
        Code of a sector, or a period; by default the most and the least concentrated sectors, or all periods.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The further a curve hangs below the diagonal, the less equal; its label states the Gini.
    """
    sectors = "curves" in outputs
    curves, labels = _sectors(outputs, focus, lang) if sectors else _periods(outputs, focus, lang)
    if curves.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    keys = [key for key in labels if (curves["key"] == key).any()]
    note = say(_BY_CHANCE if sectors else _INTERVAL) if any("(" in labels[key] for key in keys) else ""
    figure, axes = canvas(_height([labels[key] for key in keys], note))
    looks = _looks(len(keys), sectors=sectors)
    _square(axes, curves, dict(zip(keys, looks, strict=True)), numbers)
    whole, part = (
        (mark("Share of the whole"), mark("Share of the sector"))
        if sectors
        else (mark("Share of the heads, the poorest first"), mark("Share of everything there is"))
    )
    name_axis(axes, "x", say(whole), 48)
    name_axis(axes, "y", say(part))
    headline(figure, say(mark("Lorenz curves with their Gini")))
    _legend(figure, {key: labels[key] for key in keys}, looks, note)
    return figure


@plot("access_inequality")
@styled
def access_lorenz(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Lorenz curves of access by group of people, with their Gini.

    Parameters
    ----------
    outputs
        Outputs of `access_inequality` by name.
    focus
        Group that is drawn beside all; by default the first groups.
    lang
        Language of the labels.

    Returns
    -------
    figure
        People from those with least access to those with most, and what part of all access they have together. On the
        diagonal all have the same; a curve that begins on the floor tells of people without any access.
    """
    table, curves = outputs["by_group"], outputs["curves"]
    if focus is not None and focus not in set(table["group"]):
        raise unknown(focus, table["group"])
    known = table[table["gini"].notna() & table["group"].isin(curves["group"])]
    if focus is not None:
        known = known[known["group"].isin([known["group"].iloc[0], focus])]
    if known.empty:
        return nothing(lang)
    known = known.head(len(_SECTOR_COLOURS))
    say, numbers = translator(lang), Numbers(lang)
    names = wrapped([worded("group", str(g), "group_access", say) for g in known["group"]], 40, 3)
    labels = {
        row["group"]: f"{name}\n{_has(row, numbers).render(say)}"
        for name, row in zip(names, known.to_dict("records"), strict=True)
    }
    points = curves.rename(columns={"group": "key", "people_share": "x", "access_share": "y"})[_CURVE]
    origin = pd.DataFrame({"key": list(labels), "x": 0.0, "y": 0.0})
    note = say(_LOWER)
    figure, axes = canvas(_height(list(labels.values()), note))
    looks = _looks(len(labels), sectors=True)
    _square(axes, pd.concat([origin, points]), dict(zip(labels, looks, strict=True)), numbers)
    name_axis(axes, "x", say(mark("Share of the people, those with least access first")), 48)
    name_axis(axes, "y", say(mark("Share of the access they have together")))
    part = "" if len(labels) == len(table) else _groups(len(labels), len(table), numbers).render(say)
    headline(figure, say(mark("Inequality of access")), part)
    _legend(figure, labels, looks, note, equal=say(mark("the same access for all")))
    return figure


_LOWER = mark(
    "Gini: 0 is the same for all, 1 all for one. All at a place are given its access, so that the Gini between persons "
    "is at least this."
)


def _has(row: Mapping[str, Any], numbers: Numbers) -> Message:
    return message(
        "Gini {gini}; without any access: {without}",
        gini=numbers.index(row["gini"]),
        without=numbers.percent(row["without"]),
    )


def _groups(shown: int, total: int, numbers: Numbers) -> Message:
    return message(
        "{shown} of {total} groups of people", shown=numbers.count(shown), total=numbers.count(total)
    )


def _square(axes: Axes, curves: pd.DataFrame, looks: Mapping[str, dict[str, Any]], numbers: Numbers) -> None:
    """Curves of shares against shares, and the line on which both are the same."""
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1)
    for key, look in looks.items():
        curve = curves[curves["key"] == key]
        axes.plot(curve["x"], curve["y"], **look)
    # kept at the left, where the room for the name of the upright axis is
    axes.set(xlim=(0, 1), ylim=(0, 1), box_aspect=1, anchor="NW")
    axes.grid(color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in "xy":
        plain_ticks(axes, side, numbers)


def _height(labels: Sequence[str], note: str) -> float:
    """Height of the picture in inches: that of a square beside the legend, or of the legend where it is longer."""
    lines = sum(label.count("\n") + 1 for label in labels) + len(textwrap.wrap(note, _NOTE))
    return max(_SQUARE, 0.128 * lines + 0.1 * len(labels) + 0.3)


def _looks(number: int, *, sectors: bool) -> list[dict[str, Any]]:
    """Lines told apart by colour and by dashes, since curves often run together."""
    if sectors:
        colours: list[Any] = list(_SECTOR_COLOURS[:number])
    else:
        colours = [colormaps["cividis"](0.85 - 0.8 * k / max(number - 1, 1)) for k in range(number)]
    return [
        {"color": colour, "linewidth": 1.7, "linestyle": _DASHES[k % len(_DASHES)]}
        for k, colour in enumerate(colours)
    ]


def _legend(
    figure: Figure, labels: Mapping[str, str], looks: list[dict[str, Any]], note: str, equal: str = ""
) -> None:
    handles = [Line2D([], [], **look) for look in looks]
    texts = list(labels.values())
    if equal:
        handles.append(Line2D([], [], color=MUTED, linewidth=1))
        texts.append(equal)
    legend = figure.legend(
        handles,
        texts,
        loc="outside right upper",
        fontsize=7.5,
        labelspacing=0.8,
        handlelength=2.2,
        title="\n".join(textwrap.wrap(note, _NOTE)) or None,
        title_fontproperties={"size": 7.0},
        alignment="left",
    )
    legend.get_title().set(color=MUTED, parse_math=False)
    for text in legend.get_texts():
        text.set_parse_math(False)


def _sectors(
    outputs: Mapping[str, Any], focus: str | None, lang: Language
) -> tuple[pd.DataFrame, dict[str, str]]:
    table, curves = outputs["indices"], outputs["curves"]
    known = table[table["value"].notna() & table["sector"].isin(curves["sector"])]
    if focus is None:
        tested = known[significant(known)]
        pool = tested if len(tested) > 1 else known
        most = foremost(pool, "value", _MOST, None, "sector")
        rest = known[~known["sector"].isin(most["sector"])].sort_values(["value", "sector"], kind="stable")
        known = pd.concat([most, rest.head(_LEAST).iloc[::-1]])
    elif focus in set(table["sector"]):
        known = known[known["sector"] == focus]
    else:
        raise unknown(focus, table["sector"])
    names = wrapped(list(named(known, "sector", "sector_name")), 40, 3)
    labels = {
        row["sector"]: _stated(name, row, lang)
        for name, row in zip(names, known.to_dict("records"), strict=True)
    }
    kept = curves[curves["sector"].isin(list(labels))]
    origin = pd.DataFrame({"key": list(labels), "x": 0.0, "y": 0.0})
    points = kept.rename(columns={"sector": "key", "reference": "x", "share": "y"})[_CURVE]
    return pd.concat([origin, points], ignore_index=True), labels


def _stated(name: str, row: Mapping[str, Any], lang: Language) -> str:
    say, numbers = translator(lang), Numbers(lang)
    low, high, chance = (row.get(name, np.nan) for name in ("low", "high", "null_mean"))
    gini, low, high, mean, corrected = (
        numbers.index(figure) for figure in (row["value"], low, high, chance, row.get("corrected", np.nan))
    )
    text = f"{name}\nGini {gini}"
    between = "" if low == NOTHING else f" ({low}–{high})"
    if mean == NOTHING:
        return f"{text}{between}"
    parts = message("by chance {mean}; without it {corrected}", mean=mean, corrected=corrected)
    return f"{text}\n{parts.render(say)}{between}"


# What the figures of a label are.
_BY_CHANCE = mark(
    "By chance: mean Gini of the same establishments placed at random. Without it: what is left of the Gini, and in "
    "brackets its interval."
)
_INTERVAL = mark("In brackets: interval of the Gini.")


def _periods(
    outputs: Mapping[str, Any], focus: str | None, lang: Language
) -> tuple[pd.DataFrame, dict[str, str]]:
    curves, measures = outputs["lorenz"], outputs["measures"]
    ginis = measures[measures["measure"] == "gini"]
    ginis = ginis.assign(key=ginis["period"].astype(object).where(ginis["period"].notna(), "").astype(str))
    if focus is not None:
        if focus not in set(ginis["key"]):
            raise unknown(focus, ginis["key"])
        ginis = ginis[ginis["key"] == focus]
    ginis = ginis[ginis["value"].notna()].assign(low=column(ginis, "low"), high=column(ginis, "high"))
    labels = {row["key"]: _stated(row["key"], row, lang).strip() for row in ginis.to_dict("records")}
    keys = curves["period"].astype(object).where(curves["period"].notna(), "").astype(str)
    points = curves.assign(key=keys).rename(columns={"weight": "x", "value": "y"})[_CURVE]
    return points[points["key"].isin(list(labels))].dropna(), labels
