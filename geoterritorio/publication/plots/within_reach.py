"""Pictures of who reaches what: bars by kind of centre, and a map of one kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import LayerError, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    PAPER,
    canvas,
    headline,
    legend_below,
    name_axis,
    name_rows,
    nothing,
    styled,
    wrapped,
)
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels, titles
from geoterritorio.publication.plots._maps import filled, near_colours, sheet, without_roads
from geoterritorio.publication.plots._rows import unknown
from geoterritorio.registry import plot

_LINE, _CENTRE, _NOBODY = "#3b2f5c", "#a8480a", "#efece6"
_FEW = "few establishments"
_WITHHELD: dict[str, Any] = {"facecolor": PAPER, "edgecolor": "#8b939c", "hatch": "////", "linewidth": 0.0}
_DOT: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 5,
    "markerfacecolor": PAPER,
    "markeredgecolor": INK,
}
_WHOSE: Mapping[str, str] = {
    "establishments": mark("Small and medium establishments within reach"),
    "residents": mark("Residents within reach"),
}
# What colours and figures of the map are, and what lines lead from.
_READ: Mapping[str, str] = {
    "establishments": mark(
        "Colour: share within {amount} {unit} of the nearest centre; figures: {unit} to it from the middle of the "
        "jobs."
    ),
    "residents": mark(
        "Colour: share of the residents within {amount} {unit} of the nearest centre; figures: {unit} to it from the "
        "middle of where they live."
    ),
}
_MIDDLE: Mapping[str, str] = {
    "establishments": mark("middle of the jobs, and way to the nearest"),
    "residents": mark("middle of where residents live, and way to the nearest"),
}
_RESIDENTS = "residents"


@plot("reach")
@styled
def reach_bars(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Who reaches which kind of centre.

    Parameters
    ----------
    outputs
        Outputs of `reach` by name.
    focus
        Kind of centre whose row is emphasised.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bar per kind of centre: shares that have one within each budget, the nearer the darker; the kind that
        fewest reach within the middle budget first. A line spans what establishments of unknown size leave open, the
        figures at the right count those beyond the largest budget, and dots are residents.
    """
    every = outputs["shares"]
    if focus is not None and focus not in set(every["centre_kind"]):
        raise unknown(focus, every["centre_kind"])
    shares = every[every["who"] == every["who"].iloc[0]]
    shares = shares[shares["centre_kind"].isin(shares.loc[shares["reached_share"].notna(), "centre_kind"])]
    if shares.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    budgets = np.sort(shares["up_to"].unique())
    wide = shares.set_index(["centre_kind", "up_to"])["reached_share"].unstack()  # noqa: PD010 - keeps empty cells
    order = wide.sort_values([*_middle_first(budgets)], kind="stable").index
    figure, axes = canvas(0.28 * len(order) + 1.9)
    places = np.arange(len(order))[::-1]
    colours = near_colours(len(budgets), 0.22)
    _bars(axes, wide.loc[order], places, colours)
    beside = _residents(axes, every, order, places, budgets)
    unsure = _open_ends(axes, shares, order, places, budgets)
    _beyond(axes, shares[shares["up_to"] == budgets[-1]].set_index("centre_kind").loc[order], places, numbers)
    name_rows(
        axes, places, wrapped([worded("centre_kind", str(k), "reach_shares", say) for k in order], 34, 2)
    )
    for tick, kind in zip(axes.get_yticklabels(), order, strict=True):
        tick.set_fontweight("bold" if kind == focus else "normal")
    axes.set(xlim=(0, 1), ylim=(-0.7, len(order) - 0.3))
    axes.set_xticks(np.linspace(0, 1, 6), labels=[numbers.percent(t) for t in np.linspace(0, 1, 6)])
    name_axis(axes, "x", say(mark("Share of them that has a centre within the limit")))
    unit = worded("unit", str(shares["unit"].iloc[0]), "reach_shares", say)
    looks = dict(zip(budgets, colours, strict=True))
    rows = _swatches(looks, unit, numbers, say, beside=beside, unsure=unsure)
    if wide.isna().any(axis=None):
        rows[say(VALUES[_FEW])] = Patch(**_WITHHELD)
    legend_below(figure, list(rows.values()), list(rows), note=_note(shares, budgets, unit, numbers, say))
    headline(figure, say(_WHOSE[str(shares["who"].iloc[0])]), _counted(shares, numbers, say))
    return figure


def _bars(axes: Axes, wide: pd.DataFrame, places: Any, colours: list[str]) -> None:
    """Bars up to the share within each budget; what larger budgets would add is hatched where it is withheld."""
    left, withheld = np.zeros(len(wide)), np.zeros(len(wide), dtype=bool)
    for budget, colour in zip(wide.columns, colours, strict=True):
        ends = wide[budget].to_numpy()
        withheld = np.isnan(ends)
        ends = np.where(withheld, left, ends)
        axes.barh(places, ends - left, left=left, height=0.66, color=colour, edgecolor=PAPER, linewidth=0.4)
        left = ends
    axes.barh(places[withheld], 1 - left[withheld], left=left[withheld], height=0.62, **_WITHHELD)


def _swatches(
    looks: Mapping[float, str], unit: str, numbers: Numbers, say: Translate, *, beside: bool, unsure: bool
) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for budget, colour in looks.items():
        text = message("up to {amount} {unit}", amount=numbers.plain(float(budget)), unit=unit)
        rows[text.render(say)] = Patch(facecolor=colour)
    if beside:
        middle = numbers.plain(_middle_first(list(looks))[0])
        text = message("residents, up to {amount} {unit}", amount=middle, unit=unit)
        rows[text.render(say)] = Line2D([], [], **_DOT)
    if unsure:
        rows[say(mark("what unknown sizes leave open"))] = Line2D([], [], color=INK, linewidth=1.1)
    return rows


def _middle_first(budgets: Any) -> list[float]:
    middle = float(budgets[(len(budgets) - 1) // 2])
    return [middle, *(float(b) for b in budgets if b != middle)]


def _residents(axes: Axes, every: pd.DataFrame, order: Any, places: Any, budgets: Any) -> bool:
    """Dots of the residents who reach one within the middle budget, beside establishments; whether there are any."""
    second = every[(every["who"] != every["who"].iloc[0]) & (every["up_to"] == _middle_first(budgets)[0])]
    if second.empty:
        return False
    axes.plot(second.set_index("centre_kind").loc[order, "reached_share"], places, clip_on=False, **_DOT)
    return True


def _open_ends(axes: Axes, shares: pd.DataFrame, order: Any, places: Any, budgets: Any) -> bool:
    """Lines over what the middle budget leaves open; whether there are any."""
    middle = shares[shares["up_to"] == _middle_first(budgets)[0]].set_index("centre_kind").loc[order]
    low, high = middle["reached_low"].to_numpy(), middle["reached_high"].to_numpy()
    some = high - low > 1e-9  # noqa: PLR2004 - rounding
    axes.hlines(places[some], low[some], high[some], color=INK, linewidth=1.1)
    return bool(some.any())


def _beyond(axes: Axes, last: pd.DataFrame, places: Any, numbers: Numbers) -> None:
    for place, number in zip(places, last["beyond_reach"], strict=True):
        axes.annotate(
            numbers.count(number),
            (1.0, place),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=INK if number else MUTED,
            annotation_clip=False,
        )


def _note(shares: pd.DataFrame, budgets: Any, unit: str, numbers: Numbers, say: Translate) -> str:
    by = worded("by", str(shares["by"].iloc[0]), "reach_shares", say)
    return message(
        "Ways by {by}. At the right: how many reach none within {amount} {unit}.",
        by=by,
        amount=numbers.plain(float(budgets[-1])),
        unit=unit,
    ).render(say)


def _counted(shares: pd.DataFrame, numbers: Numbers, say: Translate) -> str:
    return message("{number} in all", number=numbers.count(float(shares["number"].iloc[0]))).render(say)


@plot("reach")
@styled
def reach_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Who reaches a kind of centre, on the map.

    Parameters
    ----------
    outputs
        Outputs of `reach` by name; `territories` become the ground.
    focus
        Kind of centre; by default the one that fewest reach.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by the share that has a centre within the middle budget, the centres, and lines from the middle of
        each territory's jobs to its nearest one, with the cost of the way. Establishments where there are any, else
        residents.
    """
    return _map(outputs, str(outputs["shares"]["who"].iloc[0]), focus, lang)


@plot("reach")
@styled
def reach_map_residents(
    outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en"
) -> Figure:
    """
    Which residents reach a kind of centre, on the map.

    Parameters
    ----------
    outputs
        Outputs of `reach` by name, with establishments and residents; `territories` become the ground.
    focus
        Kind of centre; by default the one that fewest residents reach.
    lang
        Language of the labels.

    Returns
    -------
    figure
        As the map of who reaches a kind of centre, of residents where that is of establishments.
    """
    who = list(outputs["shares"]["who"].unique())
    if who == [_RESIDENTS]:
        raise LayerError(
            message("plot: only residents' reach is told, which reach-map draws. Take that one.")
        )
    if _RESIDENTS not in who:
        raise LayerError(message("plot: residents' reach is not told. Give the layer population."))
    return _map(outputs, _RESIDENTS, focus, lang)


def _map(outputs: Mapping[str, Any], who: str, focus: str | None, lang: Language) -> Figure:
    areas = outputs["areas"]
    areas = areas[areas["who"] == who]
    if focus is not None and focus not in set(outputs["shares"]["centre_kind"]):
        raise unknown(focus, outputs["shares"]["centre_kind"])
    if areas["reached_share"].isna().all() or not areas.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    kind = focus or _fewest(outputs["shares"], who)
    shown = areas[areas["centre_kind"] == kind]
    some = shown["number"].ne(0)
    lost = shown["reached_share"].isna() & some
    figure, axes = sheet(shown.total_bounds, shown.crs, without_roads(outputs), numbers, room=0.9)
    ramp, norm = colormaps["YlGnBu"].with_extremes(bad=_NOBODY), Normalize(0, 1)
    # Half of the ramp, so that lines and names stay readable.
    colours = [_NOBODY if pd.isna(v) else to_hex(ramp(0.05 + 0.55 * norm(v))) for v in shown["reached_share"]]
    filled(axes, shown.geometry, colours, edgecolors="#a4adb7", linewidths=0.35, zorder=0.6)
    hatched = {"hatch": _WITHHELD["hatch"], "edgecolors": _WITHHELD["edgecolor"], "linewidths": 0.35}
    filled(axes, shown.geometry[lost], [PAPER] * int(lost.sum()), zorder=0.65, **hatched)
    lines = _rows_of(outputs["lines"], kind, who, shown.crs)
    _ways(axes, lines[lines["territory"].isin(shown.loc[some, "territory"])], shown, numbers)
    _centres(axes, _rows_of(outputs["by_centre"], kind, who, shown.crs))
    rows = _legend(ramp, numbers, say, who, empty=not some.all(), few=bool(lost.any()))
    told = {
        "amount": numbers.plain(float(shown["up_to"].iloc[0])),
        "unit": worded("unit", str(shown["unit"].iloc[0]), "reach_areas", say),
    }
    read = _READ[who]
    legend_below(figure, list(rows.values()), list(rows), note=message(read, **told).render(say))
    title = worded("centre_kind", str(kind), "reach_areas", say)
    headline(figure, say(_WHOSE[who]), title, message("up to {amount} {unit}", **told).render(say))
    return figure


def _fewest(shares: pd.DataFrame, who: str) -> str:
    """Kind that fewest reach within the middle budget; where that is withheld of all, the first."""
    mine = shares[shares["who"] == who]
    middle = mine[mine["up_to"] == _middle_first(np.sort(mine["up_to"].unique()))[0]].set_index("centre_kind")
    order = middle["reached_share"].sort_values(kind="stable", na_position="last")
    return str(order.index[0])


def _rows_of(layer: gpd.GeoDataFrame, kind: str, who: str, crs: Any) -> gpd.GeoDataFrame:
    rows = layer[(layer["centre_kind"] == kind) & (layer["who"] == who) & layer.geometry.notna()]
    return rows if rows.crs is None or rows.empty else rows.to_crs(crs)


def _ways(axes: Axes, lines: gpd.GeoDataFrame, shown: gpd.GeoDataFrame, numbers: Numbers) -> None:
    """Ways to the nearest centre, and the names of territories with what their way costs."""
    called = dict(zip(shown["territory"], titles(shown, "territory"), strict=True))
    rest = shown[~shown["territory"].isin(lines["territory"])]
    own = rest.geometry.representative_point()
    names = [called[code] for code in rest["territory"]]
    if lines.empty:
        near_labels(
            axes, np.column_stack([own.x, own.y]), np.zeros(len(own)), dict(enumerate(names)), centred=True
        )
        return
    ends = [shapely.get_coordinates(line) for line in lines.geometry]
    axes.add_collection(LineCollection(ends, colors=_LINE, linewidths=1.1, zorder=1.5), autolim=False)
    spots = np.array([end[0] for end in ends])
    axes.plot(spots[:, 0], spots[:, 1], linestyle="none", marker="o", markersize=2.6, color=_LINE, zorder=1.6)
    costs = [numbers.plain(float(f"{cost:.2g}")) for cost in lines["cost"]]
    texts = [f"{called[code]}: {cost}" for code, cost in zip(lines["territory"], costs, strict=True)]
    every = np.concatenate([spots, np.column_stack([own.x, own.y])])
    near_labels(axes, every, np.full(len(every), 9.0), dict(enumerate([*texts, *names])))


def _centres(axes: Axes, centres: gpd.GeoDataFrame) -> None:
    x, y = centres.geometry.x, centres.geometry.y
    axes.plot(
        x, y, linestyle="none", marker="s", markersize=5, color=_CENTRE, markeredgecolor=PAPER, zorder=2
    )


def _legend(
    ramp: Any, numbers: Numbers, say: Translate, who: str, *, empty: bool, few: bool
) -> dict[str, Any]:
    rows: dict[str, Any] = {
        numbers.percent(v): Patch(facecolor=ramp(0.05 + 0.55 * v)) for v in (0.0, 0.25, 0.5, 0.75, 1.0)
    }
    if empty:
        rows[say(mark("nobody there"))] = Patch(facecolor=_NOBODY)
    if few:
        rows[say(VALUES[_FEW])] = Patch(**_WITHHELD)
    rows[say(mark("centre"))] = Line2D([], [], color=_CENTRE, marker="s", linestyle="none", markersize=5)
    rows[say(_MIDDLE[who])] = Line2D([], [], color=_LINE, marker="o", markersize=2.6, linewidth=1.1)
    return rows
