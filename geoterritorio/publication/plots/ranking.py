"""Rankings: complexity, fitness, and indices of concentration, with how sure they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.drawing import MUTED, headline, legend_below, name_axis, nothing, styled
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._rows import (
    LOOKS,
    OF_SECTORS,
    OF_TERRITORIES,
    column,
    dot_plot,
    foremost,
    handle,
    named,
    part_shown,
    significant,
    unknown,
)
from geoterritorio.registry import plot

_ROWS = 30
_ENDS = 12
VALUES: Mapping[str, str] = {
    "eci": mark("Complexity of the territory, in deviations from the mean"),
    "pci": mark("Complexity of the sector, on the scale of the territories"),
    "fitness": mark("Fitness of the territory; their mean is 1"),
    "complexity": mark("Complexity of the sector by fitness; their mean is 1"),
}
# Of these the mean is 1 and nothing is below 0.
_POSITIVE = ("fitness", "complexity")
_TITLES: Mapping[str, tuple[str, str]] = {
    "territory": (mark("Territories from the most to the least complex"), OF_TERRITORIES),
    "sector": (mark("Sectors from the most to the least complex"), OF_SECTORS),
}
INDICES: Mapping[str, str] = {
    "herfindahl": mark("Herfindahl index"),
    "hoover": mark("Hoover index"),
    "krugman_concentration": mark("Krugman's index of concentration"),
    "theil": mark("Theil index"),
    "locational_gini": mark("Locational Gini"),
}


@plot("complexity", "fitness")
@styled
def ranking(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Territories from the most to the least complex.

    Parameters
    ----------
    outputs
        Outputs of `complexity` or `fitness` by name.
    focus
        Code of a territory, set in bold, or of a sector: then sectors are ranked.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One dot per row with its interval, where there is one, and its rank.
    """
    areas, sectors = outputs["areas"], outputs["sectors"]
    if focus is None or focus in set(areas["territory"]):
        return _ranked(areas, "territory", "name", focus, lang)
    if focus not in set(sectors["sector"]):
        raise unknown(focus, {*areas["territory"], *sectors["sector"]})
    return _ranked(sectors, "sector", "sector_name", focus, lang)


@plot("complexity", "fitness")
@styled
def sector_ranking(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Sectors from the most to the least complex.

    Parameters
    ----------
    outputs
        Outputs of `complexity` or `fitness` by name.
    focus
        Code of a sector, set in bold.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One dot per sector: those of the top and of the end, and the one asked for.
    """
    sectors = outputs["sectors"]
    if focus is not None and focus not in set(sectors["sector"]):
        raise unknown(focus, sectors["sector"])
    return _ranked(sectors, "sector", "sector_name", focus, lang)


def _ranked(table: pd.DataFrame, code: str, name: str, focus: str | None, lang: Language) -> Figure:
    value = next(v for v in VALUES if v in table.columns)
    known = table[table[value].notna()]
    if known.empty:
        return nothing(lang)
    rows = known.sort_values([value, code], ascending=[False, True], kind="stable").reset_index(drop=True)
    if len(rows) > _ROWS:
        rows = rows[(rows.index < _ENDS) | (rows.index >= len(rows) - _ENDS) | (rows[code] == focus)]
    say, numbers = translator(lang), Numbers(lang)
    dots = pd.DataFrame(
        {
            "label": named(rows, code, name),
            "value": rows[value],
            "low": column(rows, "low"),
            "high": column(rows, "high"),
            "figure": [_placed(row, value, lang) for row in rows.to_dict("records")],
        }
    )
    usual = 1.0 if value in _POSITIVE else 0.0
    dots["filled"] = (dots["low"] > usual) | (dots["high"] < usual) | dots["low"].isna().all()
    strong = dots["label"][rows[code] == focus]
    figure, axes = dot_plot(dots, numbers, strong=None if strong.empty else strong.iloc[0])
    for place in np.flatnonzero(np.diff(rows.index) > 1):
        axes.axhline(len(rows) - place - 1.5, color=MUTED, linewidth=0.8, linestyle=(0, (2, 3)))
    axes.axvline(usual, color=MUTED, linewidth=1, zorder=1)
    name_axis(axes, "x", say(VALUES[value]))
    title, of = _TITLES[code]
    headline(figure, say(title), part_shown(of, len(rows), len(known), lang))
    if dots["low"].notna().any():
        texts = {"filled": mark("interval without the mean"), "hollow": mark("interval with the mean")}
        used = [name for name in texts if (dots["filled"] == (name == "filled")).any()]
        legend_below(figure, [handle(name) for name in used], [say(texts[name]) for name in used])
    return figure


def _placed(row: Mapping[str, Any], value: str, lang: Language) -> str:
    say, numbers = translator(lang), Numbers(lang)
    low, high = (row.get(end, np.nan) for end in ("rank_low", "rank_high"))
    rank = numbers.count(row["rank"])
    if not np.isnan(low + high):
        rank += f" ({numbers.count(low)}–{numbers.count(high)})"
    text = say(mark("{value}; rank {rank}"))
    figure = (numbers.positive if value in _POSITIVE else numbers.score)(row[value])
    return text.format(value=figure, rank=rank)


@plot("herfindahl", "hoover", "krugman_concentration", "theil", "locational_gini")
@styled
def concentration(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Most concentrated sectors.

    Parameters
    ----------
    outputs
        Outputs of the index by name.
    focus
        Code of a sector, set in bold.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One dot per sector, filled where it differs from chance, which the upright line marks.
    """
    table: pd.DataFrame = next(t for name, t in outputs.items() if name in ("output", "indices"))
    rows = foremost(table, "value", _ROWS, focus, "sector")
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    bounds = {"low": column(rows, "least"), "high": column(rows, "most")}
    dots = pd.DataFrame(
        {
            "label": named(rows, "sector", "sector_name"),
            "value": rows["value"],
            **{end: column(rows, end).fillna(bound) for end, bound in bounds.items()},
            "chance": column(rows, "null_mean"),
            "corrected": column(rows, "corrected"),
            "filled": significant(rows),
        }
    )
    dots["figure"] = [_stated(row, numbers) for row in dots.to_dict("records")]
    strong = dots["label"][rows["sector"] == focus]
    figure, axes = dot_plot(dots, numbers, strong=None if strong.empty else strong.iloc[0])
    index = str(rows["measure" if "measure" in rows.columns else "index"].iloc[0])
    name_axis(axes, "x", say(INDICES[index]) if index in INDICES else index)
    total = int(table["value"].notna().sum())
    headline(figure, say(mark("Most concentrated sectors")), part_shown(OF_SECTORS, len(rows), total, lang))
    _legend(figure, dots, lang)
    return figure


def _stated(row: Mapping[str, Any], numbers: Numbers) -> str:
    """Figures of a row, all with two decimals."""
    text = numbers.score(row["value"])
    if np.isnan(row["low"] + row["high"]) or row["low"] == row["high"]:
        return text
    between = f"({numbers.score(row['low'])}–{numbers.score(row['high'])})"
    corrected = row["corrected"]
    return f"{text} {between}" if np.isnan(corrected) else f"{text}; {numbers.score(corrected)} {between}"


def _legend(figure: Figure, dots: pd.DataFrame, lang: Language) -> None:
    say = translator(lang)
    texts = {
        "filled": mark("unlike chance (q < 0.05)"),
        "hollow": mark("not told apart from chance, or not tested"),
        "chance": mark("mean under chance"),
        "corrected": mark("without what chance adds, with its interval"),
        "bounds": mark("what withheld cells leave open"),
    }
    there = {
        "filled": dots["filled"].any(),
        "hollow": (~dots["filled"]).any(),
        "chance": dots["chance"].notna().any(),
        "corrected": dots["corrected"].notna().any(),
        "bounds": (dots["corrected"].isna() & (dots["low"] < dots["high"])).any(),
    }
    used = [name for name in LOOKS if there[name]]
    note = (
        mark(
            "At the right: the index; then what is left of it without what chance adds, and in brackets its interval."
        )
        if there["corrected"]
        else mark(
            "At the right: the index, and in brackets the least and the most that withheld cells allow."
        )
        if there["bounds"]
        else mark("At the right: the index.")
    )
    legend_below(figure, [handle(name) for name in used], [say(texts[name]) for name in used], note=say(note))
