"""Lorenz curves: how unequally something is spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import (
    COLOURS,
    INK,
    MUTED,
    RULE,
    canvas,
    labels_of,
    margin_labels,
    nothing,
    styled,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._rows import column, named, plain_ticks, significant, unknown
from geoterritorio.registry import plot

_MOST, _LEAST = 4, 2
_SECTOR_COLOURS = ("#8a3505", "#c8691f", "#d9a441", "#7a6f5a")
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
        Code of a sector, or a period; None takes the most and the least concentrated sectors, or all periods.
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
    figure, axes = canvas(4.6)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1)
    keys = [key for key in labels if (curves["key"] == key).any()]
    colours = _colours(len(keys), sectors=sectors)
    for key, colour in zip(keys, colours, strict=True):
        curve = curves[curves["key"] == key]
        axes.plot(curve["x"], curve["y"], color=colour, linewidth=1.7)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.grid(color=RULE, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in "xy":
        plain_ticks(axes, side, numbers)
    whole, part = (
        (mark("Share of the whole"), mark("Share of the sector"))
        if sectors
        else (mark("Share of the heads, the poorest first"), mark("Share of everything there is"))
    )
    axes.set_xlabel(say(whole), parse_math=False)
    axes.set_ylabel(say(part), parse_math=False)
    _label(axes, curves, {key: labels[key] for key in keys}, colours)
    return figure


def _colours(number: int, *, sectors: bool) -> list[Any]:
    if sectors:
        least = [COLOURS["low"], "#6fa3cf"]
        return [*_SECTOR_COLOURS, *least][:number] if number > 1 else [COLOURS["high"]]
    return [colormaps["cividis"](0.85 - 0.8 * k / max(number - 1, 1)) for k in range(number)]


def _label(axes: Axes, curves: pd.DataFrame, labels: Mapping[str, str], colours: list[Any]) -> None:
    """Labels from where each curve is furthest from the diagonal."""
    furthest = [
        part.loc[(part["x"] - part["y"]).idxmax(), ["x", "y"]].astype(float)
        for part in (curves[curves["key"] == key].reset_index(drop=True) for key in labels)
    ]
    axes.scatter([p["x"] for p in furthest], [p["y"] for p in furthest], s=16, c=colours, zorder=4)
    margin_labels(axes, [p["x"] for p in furthest], [p["y"] for p in furthest], list(labels.values()))
    for text, colour in zip(axes.texts, _by_height(colours, furthest), strict=True):
        text.set(color=INK, bbox={"facecolor": "none", "edgecolor": colour, "linewidth": 1.2, "pad": 1.5})


def _by_height(colours: list[Any], points: list[pd.Series]) -> list[Any]:
    order = np.argsort([-p["y"] for p in points], kind="stable")
    return [colours[i] for i in order]


def _sectors(
    outputs: Mapping[str, Any], focus: str | None, lang: Language
) -> tuple[pd.DataFrame, dict[str, str]]:
    table, curves = outputs["indices"], outputs["curves"]
    known = table[table["value"].notna() & table["sector"].isin(curves["sector"])]
    if focus is None:
        tested = known[significant(known)]
        pool = tested if len(tested) > 1 else known
        ranked = pool.sort_values(["value", "sector"], ascending=[False, True], kind="stable")
        most = ranked.head(_MOST)
        rest = known.drop(most.index).sort_values(["value", "sector"], kind="stable")
        known = pd.concat([most, rest.head(_LEAST).iloc[::-1]])
    elif focus in set(table["sector"]):
        known = known[known["sector"] == focus]
    else:
        raise unknown(focus)
    names = labels_of(list(named(known, "sector", "sector_name")), 38)
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
    text = f"{name}\nGini {numbers.quotient(row['value'])}"
    if not np.isnan(row.get("low", np.nan)):
        text += f" ({numbers.interval(row['low'], row['high'])})"
    if not np.isnan(row.get("null_mean", np.nan)):
        text += "; " + say(mark("by chance {number}")).format(number=numbers.quotient(row["null_mean"]))
    return text


def _periods(
    outputs: Mapping[str, Any], focus: str | None, lang: Language
) -> tuple[pd.DataFrame, dict[str, str]]:
    curves, measures = outputs["lorenz"], outputs["measures"]
    ginis = measures[measures["measure"] == "gini"]
    ginis = ginis.assign(key=ginis["period"].astype(object).where(ginis["period"].notna(), "").astype(str))
    if focus is not None:
        ginis = ginis[ginis["key"] == focus]
        if ginis.empty:
            raise LayerError(message("plot: “{focus}” is no period of the result.", focus=focus))
    ginis = ginis[ginis["value"].notna()].assign(low=column(ginis, "low"), high=column(ginis, "high"))
    labels = {row["key"]: _stated(row["key"], row, lang).strip() for row in ginis.to_dict("records")}
    keys = curves["period"].astype(object).where(curves["period"].notna(), "").astype(str)
    points = curves.assign(key=keys).rename(columns={"weight": "x", "value": "y"})[_CURVE]
    return points[points["key"].isin(list(labels))].dropna(), labels
