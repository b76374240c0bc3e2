"""Pictures of boundary history: who became whom, what is doubtful, what was in force on a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.dates import earliest
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    PAPER,
    RULE,
    canvas,
    headline,
    legend_below,
    name_rows,
    nothing,
    row_height,
    styled,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import borders, filled, sheet
from geoterritorio.publication.plots._rows import OF_TERRITORIES, part_shown, unknown
from geoterritorio.registry import plot

# Kinds of events by what becomes of territories; each group has a colour.
_GROUPS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    mark("new ones appear"): ("#2f7f6b", ("creation", "secession", "division", "appearance")),
    mark("some end"): ("#a8480a", ("merger", "absorption", "disappearance")),
    mark("land changes hands"): ("#6b4c8a", ("transfer", "redrawing", "rearrangement")),
    mark("the same land, otherwise called"): ("#1f5a8c", ("renaming", "recoding")),
}
_COLOUR = {kind: colour for colour, kinds in _GROUPS.values() for kind in kinds}
_LIFE = "#c3c9d0"
_ROWS = 48
# Share of the span of time left free at both ends, and room for the word of an event.
_BEFORE, _AFTER = 0.04, 0.16
_FAULTS: Mapping[str, str] = {
    "space_overlap": "#7a2a8f",
    "overlap_sliver": "#c48fd0",
    "gap": "#b3541e",
    "gap_sliver": "#e8b48a",
    "thin_part": "#00796b",
}
# Share of a map's side below which a fault is ringed, since it would not be seen.
_TINY = 0.012
_GROUND_FILL = "#f1efe9"
_NAMED = 60


@plot("lineage")
@styled
def lineages(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Territories that became others, in the order of time.

    Parameters
    ----------
    outputs
        Outputs of `lineage` by name.
    focus
        Identifier of a territory: only those are drawn that share events with it, directly or by way of others.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One row per territory that has events, from the day on which it is there to the one on which it is no more; an
        upright line joins those of one event; full dots get land, crosses end. Territories without events are left
        out, and of very many those whose events moved least land.
    """
    events, links = outputs["events"], outputs["links"]
    events = events[events["kind"] != "unchanged"]
    if focus is not None and focus not in {*links["predecessor"].dropna(), *links["successor"].dropna()}:
        raise unknown(focus, {*links["predecessor"].dropna(), *links["successor"].dropna()})
    if events.empty:
        return nothing(lang)
    links = links[links["event"].isin(events["event"])]
    chosen, rows = _chosen(events, links, focus)
    say = translator(lang)
    texts = wrapped(_called(rows, links), 40)
    figure, axes = canvas(row_height(texts, 0.24) * len(rows) + 1.6)
    place = {territory: len(rows) - 1 - k for k, territory in enumerate(rows)}
    when = dict(zip(chosen["event"], _years(chosen["date"]), strict=True))
    span = max(max(when.values()) - min(when.values()), 1.0)
    ends = min(when.values()) - _BEFORE * span, max(when.values()) + _AFTER * span
    _lives(axes, links[links["event"].isin(when)], place, when, ends)
    for event in chosen.itertuples(index=False):
        _event(axes, event, links[links["event"] == event.event], place, when[event.event], say)
    name_rows(axes, list(place.values()), texts)
    axes.set(xlim=ends, ylim=(-0.8, len(rows) - 0.1))
    round_years = MaxNLocator(8, integer=True, steps=[1, 2, 5, 10]).tick_values(*ends)
    ticks = [int(t) for t in round_years if ends[0] <= t <= ends[1]]
    axes.set_xticks(ticks, labels=[str(t) for t in ticks])
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)
    _legend(figure, chosen, say)
    everybody = len({*links["predecessor"].dropna(), *links["successor"].dropna()})
    count = Numbers(lang).count
    told = message("events: {count} of {all}", count=count(len(chosen)), all=count(len(events)))
    headline(
        figure,
        say(mark("Territories that became others")),
        told.render(say),
        part_shown(OF_TERRITORIES, len(rows), everybody, lang),
    )
    return figure


def _years(dates: pd.Series) -> list[float]:
    """Days as years with their fraction."""
    days = earliest(dates)
    return [float(y) for y in days.dt.year + (days.dt.day_of_year - 1) / 366]


def _chosen(events: pd.DataFrame, links: pd.DataFrame, focus: str | None) -> tuple[pd.DataFrame, list[str]]:
    """Events that are drawn, and their territories: those that share events lie together, in the order of time."""
    members = {
        event: [t for t in dict.fromkeys([*rows["predecessor"], *rows["successor"]]) if pd.notna(t)]
        for event, rows in links.groupby("event", sort=True)
    }
    members = {event: group for event, group in members.items() if group}
    graph = nx.Graph()
    for group in members.values():
        nx.add_path(graph, group)
    clans = [sorted(part) for part in nx.connected_components(graph)]
    clan_of = {member: number for number, clan in enumerate(clans) for member in clan}
    known = events[events["event"].isin(members)].sort_values(["date", "event"], kind="stable")
    known = known.assign(clan=[clan_of[members[event][0]] for event in known["event"]])
    kept = _most_moved(known, clans) if focus is None else {clan_of[focus]}
    shown = known[known["clan"].isin(kept)]
    # Clans in the order of their first event, and in each its territories in the order of theirs.
    place = pd.Series(np.arange(len(shown)), shown.index)
    first = place.groupby(shown["clan"]).transform("min")
    order = shown.assign(first=first).sort_values("first", kind="stable")["event"]
    return shown, list(dict.fromkeys(member for event in order for member in members[event]))


def _most_moved(events: pd.DataFrame, clans: list[list[str]]) -> set[int]:
    """Clans of territories that moved most land, as many as there are rows for."""
    moved = events.groupby("clan")["area_km2"].sum().sort_values(ascending=False, kind="stable")
    size = np.cumsum([len(clans[clan]) for clan in moved.index])
    return set(moved.index[: max(int((size <= _ROWS).sum()), 1)])


def _called(rows: list[str], links: pd.DataFrame) -> list[str]:
    """Last name of each territory with its identifier."""
    names: dict[str, str] = {}
    for end in ("predecessor", "successor"):
        if f"{end}_name" in links.columns:
            known = links[[end, f"{end}_name"]].dropna()
            names |= dict(zip(known[end], known[f"{end}_name"].astype(str), strict=True))
    return [f"{names[t]} ({t})" if t in names and names[t] != t else str(t) for t in rows]


def _lives(
    axes: Axes,
    links: pd.DataFrame,
    place: Mapping[str, int],
    when: Mapping[Any, float],
    ends: tuple[float, float],
) -> None:
    """From when to when each territory is there, as far as its events tell."""
    day = links["event"].map(when)
    for territory, row in place.items():
        before, after = links["predecessor"] == territory, links["successor"] == territory
        first, last = day[before | after].min(), day[before | after].max()
        begins = ends[0] if (before & (day == first)).any() else first
        stops = ends[1] if (after & (day == last)).any() else last
        axes.plot([begins, stops], [row, row], color=_LIFE, linewidth=3.2, solid_capstyle="butt", zorder=1)


def _event(
    axes: Axes, event: Any, links: pd.DataFrame, place: Mapping[str, int], day: float, say: Any
) -> None:
    colour = _COLOUR.get(event.kind, MUTED)
    before, after = (
        {place[t] for t in links[end].dropna() if t in place} for end in ("predecessor", "successor")
    )
    every = before | after
    if not every:
        return
    axes.plot([day, day], [min(every), max(every)], color=colour, linewidth=1.2, zorder=2)
    got = links[(links["predecessor"] != links["successor"]) & links["successor"].notna()]
    getting = {place[t] for t in got["successor"] if t in place}
    looks: tuple[tuple[set[int], dict[str, Any]], ...] = (
        (getting, {"marker": "o", "color": colour}),
        (before - after, {"marker": "X", "color": colour}),
        (every - getting - (before - after), {"marker": "o", "color": colour, "markerfacecolor": PAPER}),
    )
    for some, look in looks:
        axes.plot([day] * len(some), sorted(some), linestyle="none", markersize=5.5, zorder=3, **look)
    axes.annotate(
        say(VALUES.get(event.kind, event.kind)),
        (day, max(every)),
        xytext=(5, 4),
        textcoords="offset points",
        fontsize=6.8,
        color=colour,
        parse_math=False,
        zorder=4,
    )


def _legend(figure: Figure, events: pd.DataFrame, say: Any) -> None:
    used = {_COLOUR.get(kind) for kind in events["kind"]}
    rows: dict[str, Any] = {
        say(text): Line2D([], [], color=colour, linewidth=2.0)
        for text, (colour, _) in _GROUPS.items()
        if colour in used
    }
    dot: dict[str, Any] = {"linestyle": "none", "markersize": 5.5, "color": MUTED}
    rows[say(mark("gets land, or is new"))] = Line2D([], [], marker="o", **dot)
    rows[say(mark("goes on"))] = Line2D([], [], marker="o", markerfacecolor=PAPER, **dot)
    rows[say(mark("ends"))] = Line2D([], [], marker="X", **dot)
    legend_below(figure, list(rows.values()), list(rows), columns=4)


@plot("history_checks")
@styled
def faults(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Doubtful places of a boundary history.

    Parameters
    ----------
    outputs
        Outputs of `history_checks` by name; `history` becomes the ground.
    focus
        Identifier of a territory, whose places are drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Gaps, overlaps and left-overs over the outlines of all versions, those too small to be seen in a ring; the
        number of each below.
    """
    places, report = outputs["places"], outputs["report"]
    if focus is not None and focus not in {*places["territory"].dropna(), *places["other"].dropna()}:
        raise unknown(focus, {*places["territory"].dropna(), *places["other"].dropna()})
    if report.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    if focus is not None:
        places = places[(places["territory"] == focus) | (places["other"] == focus)]
    ground = outputs.get("history")
    whole = places if focus is not None or not isinstance(ground, gpd.GeoDataFrame) else ground
    if whole.empty:
        return _sound(report, lang)
    figure, axes = sheet(whole.total_bounds, whole.crs, {}, numbers, room=1.0)
    if isinstance(ground, gpd.GeoDataFrame):
        borders(axes, ground.geometry.to_crs(whole.crs) if ground.crs else ground.geometry)
    _places(axes, places)
    _fault_legend(figure, places, report, lang)
    headline(figure, say(mark("Doubtful places of the history")), _counted(report, lang))
    return figure


def _sound(report: pd.DataFrame, lang: Language) -> Figure:
    say = translator(lang)
    figure, axes = canvas(1.6)
    axes.set_axis_off()
    axes.text(
        0.5, 0.5, say(mark("No place of the history is doubtful")), ha="center", color=MUTED, parse_math=False
    )
    headline(figure, say(mark("Doubtful places of the history")), _counted(report, lang))
    return figure


def _counted(report: pd.DataFrame, lang: Language) -> str:
    """Faults of time, which have no place."""
    say, numbers = translator(lang), Numbers(lang)
    of_time = report[~report["fault"].isin(_FAULTS) & (report["count"] > 0)]
    if of_time.empty:
        return say(mark("no fault of time"))
    told = [
        f"{say(VALUES[f])}: {numbers.count(n)}"
        for f, n in zip(of_time["fault"], of_time["count"], strict=True)
    ]
    return "; ".join(told)


def _places(axes: Axes, places: gpd.GeoDataFrame) -> None:
    side = max(high - low for low, high in (axes.get_xlim(), axes.get_ylim()))
    for fault, colour in _FAULTS.items():
        some = places[places["fault"] == fault]
        if some.empty:
            continue
        filled(axes, some.geometry, [colour] * len(some), edgecolors=colour, linewidths=1.0, zorder=2)
        box = some.bounds
        small = (box["maxx"] - box["minx"]).combine(box["maxy"] - box["miny"], max) < _TINY * side
        middle = some.geometry[small].representative_point()
        look: dict[str, Any] = {
            "facecolors": "none",
            "edgecolors": colour,
            "linewidths": 1.1,
            "s": 70,
            "zorder": 3,
        }
        axes.scatter(middle.x, middle.y, **look)


def _fault_legend(figure: Figure, places: gpd.GeoDataFrame, report: pd.DataFrame, lang: Language) -> None:
    say, numbers = translator(lang), Numbers(lang)
    number = report.set_index("fault")["count"]
    rows = {
        f"{say(VALUES[fault])}: {numbers.count(number.get(fault, 0))}": Patch(color=colour)
        for fault, colour in _FAULTS.items()
    }
    note = say(mark("Rings stand around places that are too small to be seen.")) if len(places) else ""
    legend_below(figure, list(rows.values()), list(rows), note=note)


@plot("as_of")
@styled
def in_force(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Territories in force on a day.

    Parameters
    ----------
    outputs
        Outputs of `as_of` by name.
    focus
        Identifier of a territory, which is set off; by default none is.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Outlines with names, the largest territories first where there is no room for all.
    """
    areas = outputs["output"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = sheet(areas.total_bounds, areas.crs, {}, numbers, room=0.4)
    if areas.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        colours = np.where(areas["territory"] == focus, "#f6dfc4", _GROUND_FILL)
        filled(axes, areas.geometry, list(colours), edgecolors=MUTED, linewidths=0.5, zorder=0.3)
    inside = areas.geometry.representative_point()
    places = np.column_stack([inside.x, inside.y])
    if not areas.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        axes.scatter(places[:, 0], places[:, 1], s=10, color=INK, zorder=1)
    names = areas["name"] if "name" in areas.columns else areas["territory"]
    texts = wrapped(names.astype(object).where(names.notna(), areas["territory"]).astype(str).tolist(), 16)
    size = areas.area.to_numpy() + np.where(areas["territory"] == focus, np.inf, 0)
    order = np.argsort(-size, kind="stable")
    look = {"covered": len(areas), "most": _NAMED}
    near_labels(axes, places, np.zeros(len(areas)), {int(i): texts[i] for i in order}, centred=True, **look)
    told = message("territories: {count}", count=numbers.count(len(areas)))
    headline(figure, say(mark("Territories in force")), told.render(say))
    return figure
