"""Pictures of industrial districts: the verdicts on the map, and the evidence step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from geoterritorio.errors import Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.identification.open_steps import open_steps
from geoterritorio.publication.code_words import VALUES
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
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import filled, sheet
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

# Strong enough to stand out of the pale rest, and told apart without full colour vision.
_INDUSTRIES = {
    "textile_clothing": "#cc6677",
    "leather_footwear": "#b5561f",
    "housing_goods": "#d9a441",
    "jewellery_music_toys": "#aa4499",
    "food_beverages": "#4c8b3f",
    "machinery": "#3a5fa0",
    "metals": "#3fa39a",
    "chemicals_plastics": "#7a4fa3",
    "transport_equipment": "#7fb2d9",
    "paper_printing": "#9aa24a",
    "other_manufactures": "#8a6d5a",
}
_REST = {
    "large firm system": ("#d8d1e4", "xxx"),
    "residual": ("#f1e6d6", ""),
    "services": ("#e4eef3", ""),
    "other system": ("#e9f0e1", ""),
    "no district": ("#eceef0", ""),
    "undecidable": (PAPER, "///"),
    "empty": (PAPER, ""),
}
_ORDER = (
    "district",
    "undecidable",
    "no district",
    "large firm system",
    "residual",
    "services",
    "other system",
)
_HATCH = "#8d99a6"
_NAMED, _ROWS = 60, 40
_FIRM, _NEAR = 0.9, 0.1
# From so many times the threshold on, percentages are no longer read.
_FOLD = 10
_YES, _NEAR_YES, _NO, _NEAR_NO = "#3d8f86", "#b9dcd7", "#c96f33", "#f3d3bd"
_FIRM_TEXT = mark("district in fewer than nine of ten runs")


@plot("districts")
@styled
def district_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Industrial districts on the map.

    Parameters
    ----------
    outputs
        Outputs of `districts` by name.
    focus
        Identifier of a market, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Districts in the colour of their main industry, hatched where they are districts in fewer than nine of ten runs
        with plants redrawn and thresholds changed; other markets pale, by what they are; white and hatched where that
        cannot be decided.
    """
    areas = outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    # The markets are their own ground: a second drawing of their boundaries would only weigh.
    figure, axes = sheet(near.total_bounds, areas.crs, {}, numbers, room=0.95)
    rows: dict[str, Any] = {}
    for parts, label, look in _layers(areas, say):
        _fill(axes, parts, look)
        rows[label] = Patch(
            facecolor=look[0],
            edgecolor=INK if look[1] == "\\\\\\\\" else _HATCH,
            hatch=look[1],
            linewidth=0.6,
        )
    _names(axes, areas)
    legend_below(figure, list(rows.values()), list(rows), note=_note(areas, say, outputs.get("evidence")))
    told = message(
        "districts: {count} of {total} markets; undecidable: {open}",
        count=numbers.count(int((areas["district"] == "yes").sum())),
        total=numbers.count(len(areas)),
        open=numbers.count(int((areas["district"] == "unknown").sum())),
    )
    alone = "" if focus is None else str(near["name"].iloc[0])
    headline(figure, say(mark("Industrial districts")), alone, told.render(say))
    return figure


_RULED: Mapping[str, str] = {
    "yes": mark("Rules: {preset}; compared with {reference}; sizes by {size_of}."),
    "reading": mark(
        "Rules: {preset}, published, in part as this project reads them; compared with {reference}; sizes by {size_of}."
    ),
    "no": mark("Rules: {preset}, not all of them confirmed; compared with {reference}; sizes by {size_of}."),
}


def _note(areas: pd.DataFrame, say: Translate, evidence: pd.DataFrame | None) -> str:
    """Which rules, whether they are confirmed, what was compared with what, and what would decide what is unknown."""
    first = areas.iloc[0]
    text = _RULED[first["confirmed"]]
    preset, reference, size_of = (
        say(VALUES.get(code, code)) for code in first[["preset", "reference", "size_of"]].tolist()
    )
    told = message(text, preset=preset, reference=reference, size_of=size_of).render(say)
    unknown_steps = None if evidence is None or evidence.empty else open_steps(evidence)
    return told if unknown_steps is None else f"{told} {unknown_steps.render(say)}"


def _layers(areas: gpd.GeoDataFrame, say: Translate) -> list[tuple[gpd.GeoDataFrame, str, tuple[str, str]]]:
    """Parts of the map that are there, with their label, colour and hatch."""
    found = []
    district = areas["verdict"] == "district"
    for code, colour in _INDUSTRIES.items():
        text = message("district: {industry}", industry=say(VALUES[code])).render(say)
        found.append((areas[district & (areas["main_industry"] == code)], text, (colour, "")))
    unnamed = areas[district & areas["main_industry"].isna()]
    found.append((unnamed, say(mark("district, main industry open")), ("#8b8f96", "")))
    if "share_all_low" in areas:
        # Runs that are undecidable are none that it is surely a district in.
        shaky = district & (areas["share_all_low"] < _FIRM)
        found.append((areas[shaky], say(_FIRM_TEXT), ("none", "\\\\\\\\")))
    found += [(areas[areas["verdict"] == code], say(VALUES[code]), look) for code, look in _REST.items()]
    return [part for part in found if len(part[0])]


def _fill(axes: Axes, parts: gpd.GeoDataFrame, look: tuple[str, str]) -> None:
    colour, hatch = look
    if not parts.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        if colour != "none":
            axes.scatter(parts.geometry.x, parts.geometry.y, s=24, c=colour, edgecolors=INK, linewidths=0.4)
        return
    if colour != "none":
        filled(axes, parts.geometry, [colour] * len(parts), edgecolors=INK, linewidths=0.7, zorder=0.3)
    if hatch:
        line = {"hatch": hatch, "edgecolors": INK if colour == "none" else _HATCH, "linewidths": 0}
        filled(axes, parts.geometry, ["none"] * len(parts), zorder=0.4, **line)


def _short(areas: pd.DataFrame) -> list[str]:
    """Names of the markets without the words that all of them begin with."""
    return list(without_common_start(areas["name"].astype(str).tolist(), 18))


def _names(axes: Axes, areas: gpd.GeoDataFrame) -> None:
    """Names of the markets, the districts first."""
    order = np.lexsort((-areas["employment"].fillna(0).to_numpy(), areas["verdict"].ne("district")))[:_NAMED]
    inside = areas.geometry.representative_point()
    places = np.column_stack([inside.x, inside.y])
    low, high = np.transpose([axes.get_xlim(), axes.get_ylim()])
    seen = ((places > low) & (places < high)).all(axis=1).tolist()
    texts = wrapped(_short(areas), 18)
    near_labels(
        axes,
        places,
        np.zeros(len(areas)),
        {int(i): texts[i] for i in order if seen[i]},
        covered=0,
        most=_NAMED,
        centred=True,
    )


@plot("districts")
@styled
def district_evidence(
    outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en"
) -> Figure:
    """
    Evidence of districts, step by step.

    Parameters
    ----------
    outputs
        Outputs of `districts` by name.
    focus
        Identifier of a market, which is drawn alone; by default all, up to forty.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Markets by steps: passed or failed, with the margin as a part of the threshold (of excess jobs: of all jobs);
        paler within a tenth of it; hatched where unknown. Districts come first, then what is undecidable.
    """
    areas, rows = outputs["areas"], outputs["evidence"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    shown = areas[areas["verdict"] != "empty"] if focus is None else areas[areas["territory"] == focus]
    if shown.empty or rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    rank = shown["verdict"].map({v: i for i, v in enumerate(_ORDER)})
    shown = shown.assign(rank=rank).sort_values(["rank", "margin"], ascending=[True, False], kind="stable")
    total, shown = len(shown), shown.head(_ROWS)
    steps = rows.drop_duplicates("asked").sort_values("step")["asked"].tolist()
    table = rows[rows["territory"].isin(shown["territory"])].set_index(["territory", "asked"])
    figure, axes = canvas(1.75 + 0.27 * len(shown))
    _matrix(axes, table, shown["territory"].tolist(), steps, numbers)
    _frame(axes, shown, steps, say)
    source = message("Source of the rules: {source}.", source=say(str(rows["source"].iloc[0] or "–"))).render(
        say
    )
    note = " ".join([_percentages(steps, say), _note(shown, say, rows), source])
    legend_below(figure, *_key(table, say), note=note)
    told = message("markets: {shown} of {total}", shown=numbers.count(len(shown)), total=numbers.count(total))
    headline(figure, say(mark("Evidence of industrial districts")), told.render(say))
    return figure


def _percentages(steps: list[str], say: Translate) -> str:
    """What the percentages of the squares are of."""
    text = (
        mark(
            "Percentages: how far the figure is above (+) or below (−) what it must exceed, as a part of that; where "
            "manufacturing prevails, as a part of all jobs; from tenfold on, how many times it is that."
        )
        if "prevails" in steps
        else mark(
            "Percentages: how far the figure is above (+) or below (−) what it must exceed, as a part of that; from "
            "tenfold on, how many times it is that."
        )
    )
    return say(text)


def _matrix(axes: Axes, table: pd.DataFrame, markets: list[str], steps: list[str], numbers: Numbers) -> None:
    looks: dict[tuple[str, str], list[Rectangle]] = {}
    for y, market in enumerate(markets):
        for x, step in enumerate(steps):
            cell = table.loc[(market, step)]
            look = _look(cell["passed"], cell["distance"])
            looks.setdefault(look, []).append(Rectangle((x - 0.47, y - 0.43), 0.94, 0.86))
            dark = look[0] in {_YES, _NO}
            axes.text(
                x,
                y,
                _margin(cell["passed"], cell["distance"], numbers),
                ha="center",
                va="center",
                fontsize=7,
                color=PAPER if dark else INK,
                parse_math=False,
            )
    for (colour, hatch), boxes in looks.items():
        axes.add_collection(
            PatchCollection(boxes, facecolor=colour, edgecolor=RULE, hatch=hatch, linewidth=0.4, zorder=0.5)
        )


def _look(passed: str, distance: float) -> tuple[str, str]:
    near = abs(distance) < _NEAR
    if passed == "yes":
        return (_NEAR_YES if near else _YES), ""
    if passed == "no":
        return (_NEAR_NO if near else _NO), ""
    return PAPER, "////" if passed == "unknown" else ""


def _margin(passed: str, distance: float, numbers: Numbers) -> str:
    """Margin in percent; a sign alone where there is none."""
    if passed in {"unknown", "not asked"}:
        return "?" if passed == "unknown" else "–"
    if np.isnan(distance):
        return "✓" if passed == "yes" else "✗"
    if distance + 1 >= _FOLD:
        return message("{count} times", count=numbers.count(distance + 1)).render(translator(numbers.lang))
    percent, whole = abs(100 * distance), 10
    sign = "+" if distance >= 0 else "−"
    return f"{sign}{numbers.count(percent) if percent >= whole else numbers.decimal(percent)} %"


def _header(texts: list[str]) -> list[str]:
    """Names of the steps, no word of which is broken."""
    return [wrapped([text], max(12, *map(len, text.split())), 4)[0] for text in texts]


def _frame(axes: Axes, shown: pd.DataFrame, steps: list[str], say: Translate) -> None:
    axes.set(xlim=(-0.5, len(steps) - 0.5), ylim=(len(shown) - 0.5, -0.5))
    name_rows(axes, np.arange(len(shown)), labels_of(_short(shown), 30))
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(steps)), labels=_header([say(VALUES[s]) for s in steps]), parse_math=False)
    axes.tick_params(axis="x", length=0, labelsize=6, labelcolor=MUTED)
    for side in ("top", "bottom", "left", "right"):
        axes.spines[side].set_visible(False)
    for y, row in enumerate(shown.itertuples()):
        industry = row.main_industry if isinstance(row.main_industry, str) else None
        said = say(VALUES[row.verdict])
        if row.verdict == "district" and industry:
            said = message("district: {industry}", industry=say(VALUES[industry])).render(say)
        axes.annotate(
            wrapped([said], 32)[0],
            (1.01, y),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=7,
            linespacing=1.0,
            fontweight="bold" if row.verdict == "district" else "normal",
            parse_math=False,
        )


def _key(table: pd.DataFrame, say: Translate) -> tuple[list[Patch], list[str]]:
    rows = {
        say(mark("passed")): (_YES, ""),
        say(mark("passed, within a tenth")): (_NEAR_YES, ""),
        say(mark("failed")): (_NO, ""),
        say(mark("failed, within a tenth")): (_NEAR_NO, ""),
    }
    if (table["passed"] == "unknown").any():
        rows[say(VALUES["unknown"])] = (PAPER, "////")
    if (table["passed"] == "not asked").any():
        rows[say(VALUES["not asked"])] = (PAPER, "")
    return [Patch(facecolor=c, hatch=h, edgecolor=RULE) for c, h in rows.values()], list(rows)
