"""Networks of actors drawn: ties on the map, what stays and what goes outward, and roles of brokers beside chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.actor_words import ACTOR_VALUES
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
    name_axis,
    name_rows,
    nothing,
    styled,
    without_common_start,
)
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._maps import sheet
from geoterritorio.publication.plots._rows import named, unknown, written
from geoterritorio.publication.qgis.actor_looks import ROLE_COLOURS, TIE_COLOURS
from geoterritorio.registry import plot

_OTHER = "#c3c9cf"
_LOCAL, _OUTWARD = "#2f7f6b", "#d9a441"
_SURE = 0.05
_WIDEST = 4.0
_PALE = 0.35
_GAP = 0.5
_DARK = 2.6


@plot("actor_network", establishments="ties")
@styled
def ties_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Ties between actors on the map, by kind.

    Parameters
    ----------
    outputs
        Outputs of `actor_network` by name; `territories` become the ground.
    focus
        Identifier of an actor: its ties alone are drawn.
    lang
        Language of the labels.

    Returns
    -------
    figure
        A line for every two actors and kind of tie, and a dot for every actor, the larger the more it is tied with.
    """
    ties, actors = outputs["ties"], outputs["actors"]
    if focus is not None and focus not in set(actors["actor"]):
        raise unknown(focus, actors["actor"])
    if focus is not None:
        ties = ties[(ties["source_actor"] == focus) | (ties["target_actor"] == focus)]
        actors = actors[actors["actor"].isin({*ties["source_actor"], *ties["target_actor"]})]
    actors, drawn = actors[actors.geometry.notna()], ties[ties.geometry.notna()]
    if actors.empty or drawn.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    areas = outputs.get("areas")
    ground = areas if isinstance(areas, gpd.GeoDataFrame) and len(areas) else actors
    beneath = {"territories": ground, **{k: v for k, v in outputs.items() if k != "roads"}}
    figure, axes = sheet(ground.total_bounds, ground.crs, beneath, numbers)
    handles, labels = [], []
    for kind in (*TIE_COLOURS, ""):
        rows = drawn[drawn["tie"].fillna("") == kind]
        if rows.empty:
            continue
        ends = shapely.get_coordinates(rows.geometry.array).reshape(-1, 2, 2)
        colour = TIE_COLOURS.get(kind, _OTHER)
        axes.add_collection(LineCollection(list(ends), colors=colour, linewidths=0.45, alpha=0.55, zorder=1))
        handles.append(Line2D([], [], color=colour, linewidth=1.4))
        labels.append(
            f"{say(VALUES[kind]) if kind else say(mark('Kind not told'))} ({numbers.count(len(rows))})"
        )
    firm = (actors["actor_type"] == "firm").to_numpy()
    for chosen, colour, word in ((firm, "#5f6b77", ACTOR_VALUES["firm"]), (~firm, INK, mark("institution"))):
        if not chosen.any():
            continue
        size = 1.5 + 1.2 * np.sqrt(actors["degree"].to_numpy(dtype=float)[chosen])
        places = actors.geometry[chosen]
        mark_ = "o" if word == ACTOR_VALUES["firm"] else "D"
        axes.scatter(
            places.x,
            places.y,
            s=size**1.5,
            marker=mark_,
            color=colour,
            edgecolor=PAPER,
            linewidth=0.2,
            zorder=2,
        )
        handles.append(Line2D([], [], marker=mark_, color=colour, linestyle="none", markersize=4))
        labels.append(say(word))
    legend_below(figure, handles, labels)
    local = drawn["local"].eq("yes").mean()
    told = message("{share} of the ties are local", share=numbers.percent(local))
    headline(figure, say(mark("Ties between actors")), focus or "", told.render(say))
    return figure


@plot("actor_network")
@styled
def local_and_outward(
    outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en"
) -> Figure:
    """
    Local and outward ties of each territory.

    Parameters
    ----------
    outputs
        Outputs of `actor_network` by name.
    focus
        Identifier of a territory, set in bold.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bar per territory: the share of its ties that stay, with what chance would leave there.
    """
    rows = pd.DataFrame(outputs["areas"].drop(columns="geometry"))
    if focus is not None and focus not in set(rows["territory"]):
        raise unknown(focus, rows["territory"])
    rows = rows[rows["local_share"].notna()].sort_values("local_share", kind="stable")
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    figure, axes = canvas(0.28 * len(rows) + 1.8)
    places, share = np.arange(len(rows)), rows["local_share"].to_numpy()
    sure = (rows["q"] <= _SURE).to_numpy()
    shade = np.where(sure, 1.0, _PALE)
    for left, wide, colour in ((0 * share, share, _LOCAL), (share, 1 - share, _OUTWARD)):
        for k, place in enumerate(places):
            axes.barh(
                place, wide[k], left=left[k], height=0.66, color=colour, alpha=shade[k], edgecolor=PAPER
            )
    axes.vlines(rows["expected"], places - 0.3, places + 0.3, color=INK, linewidth=1.6, zorder=3)
    for place, row in zip(places, rows.to_dict("records"), strict=True):
        text = f"{numbers.percent(round(row['local_share'], 2))} ({numbers.count(row['ties'])})"
        axes.text(1.01, float(place), text, va="center", fontsize=7.5, color=INK, parse_math=False)
    names = without_common_start(named(rows, "territory", "name").tolist(), 22)
    name_rows(axes, places, labels_of(names, 26))
    if focus is not None:
        axes.get_yticklabels()[int(np.flatnonzero(rows["territory"] == focus)[0])].set_fontweight("bold")
    axes.set(xlim=(0, 1), ylim=(-0.7, len(rows) - 0.3))
    name_axis(
        axes,
        "x",
        say(mark("Share of the ties of linked actors; at the right the share that stays and the ties")),
    )
    ticks = np.linspace(0, 1, 6)
    axes.set_xticks(ticks, labels=[numbers.percent(tick) for tick in ticks], parse_math=False)
    handles = [
        Patch(color=_LOCAL),
        Patch(color=_OUTWARD),
        Line2D([], [], color=INK, linestyle="none", marker="|", markersize=9, markeredgewidth=1.6),
        Patch(color=_LOCAL, alpha=_PALE),
    ]
    words = (
        mark("within the territory"),
        mark("outward"),
        mark("within, by chance (mean)"),
        mark("pale: not told from chance (q above 0.05)"),
    )
    legend_below(figure, handles, [say(w) for w in words])
    headline(figure, say(mark("Local and outward ties")), say(mark("ends dealt anew, near or far")))
    return figure


@plot("brokerage")
@styled
def broker_roles(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Roles of brokers by type of actor, beside chance.

    Parameters
    ----------
    outputs
        Outputs of `brokerage` by name.
    focus
        A type of actor: it alone is drawn.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One field per type of actor and role: open ways, and how far they are from chance.
    """
    rows = outputs["by_type"]
    if focus is not None and focus not in set(rows["actor_type"]):
        raise unknown(focus, rows["actor_type"])
    rows = rows if focus is None else rows[rows["actor_type"] == focus]
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    types = list(dict.fromkeys(rows["actor_type"]))
    columns = [(b, r) for b in ("type", "territory") for r in list(ROLE_COLOURS)[:-1]]
    columns += [("knowledge", "knowledge")]
    groups = ("type", "territory", "knowledge")
    at = {
        **{t: k for k, t in enumerate(types)},
        **{c: k + _GAP * groups.index(c[0]) for k, c in enumerate(columns)},
    }
    figure, axes = canvas(0.36 * len(types) + 3.0)
    y = rows["actor_type"].map(at).to_numpy()
    x = np.array([at[pair] for pair in zip(rows["over"], rows["role"], strict=True)], dtype=float)
    z = rows["z"].to_numpy(dtype=float)
    sure = (rows["q"] <= _SURE).to_numpy()
    shown = np.clip(np.nan_to_num(z), -_WIDEST, _WIDEST)
    fields = axes.scatter(
        x,
        y,
        c=shown,
        cmap="PuOr_r",
        vmin=-_WIDEST,
        vmax=_WIDEST,
        marker="s",
        s=420,
        edgecolor=MUTED,
        linewidth=0.3,
    )
    paints = np.asarray(fields.cmap(fields.norm(shown)))
    paints[np.isnan(z)] = 1.0
    fields.set(facecolor=paints)
    axes.scatter(x[np.isnan(z)], y[np.isnan(z)], marker="x", s=60, color=RULE, linewidth=0.8)
    for a, b, count, told, depth in zip(x, y, rows["ways"], sure, shown, strict=True):
        axes.text(
            a,
            b,
            numbers.count(int(count)),
            ha="center",
            va="center",
            fontsize=5.5,
            fontweight="bold" if told else "normal",
            color=PAPER if abs(depth) > _DARK else INK,
        )
    name_rows(axes, np.arange(len(types)), [worded("actor_type", t, "actor_roles", say) for t in types])
    ticks = [at[c] for c in columns]
    axes.set_xticks(ticks)
    axes.set_xticklabels(
        [say(VALUES[r]) if r != b else "" for b, r in columns], rotation=55, ha="right", fontsize=7
    )
    axes.set(xlim=(-0.7, max(ticks) + 0.7), ylim=(len(types) - 0.4, -1.2))
    for place, word in (
        (2, mark("over types of actors")),
        (7.5, mark("over territories")),
        (11, mark("knowledge to firms")),
    ):
        axes.text(place, -0.9, say(word), ha="center", va="bottom", fontsize=8, color=MUTED)
    shades = (-_WIDEST, -_WIDEST / 2, 0.0, _WIDEST / 2, _WIDEST)
    patches: list[Any] = [
        Patch(facecolor=to_hex(tuple(paint)), edgecolor=MUTED, linewidth=0.3)
        for paint in np.asarray(fields.to_rgba(np.array(shades))).tolist()
    ]
    patches.append(Line2D([], [], linestyle="none", marker="x", markersize=7, color=MUTED))
    signs = [written(numbers.plain(z)) for z in shades]
    scale = [
        message("z {z}: fewer than by chance", z=f"≤ {signs[0]}").render(say),
        f"z = {signs[1]}",
        message("z = {z}: as by chance", z=signs[2]).render(say),
        f"z = {signs[3]}",
        message("z {z}: more than by chance", z=f"≥ {signs[4]}").render(say),
        say(mark("not tested")),
    ]
    note = say(
        mark(
            "Numbers are open ways over actors of the type; bold where q is 0.05 or less (more than by chance). Chance "
            "deals the types of the others anew, and over territories exchanges ends of ties."
        )
    )
    legend_below(figure, patches, scale, note=note, columns=3)
    headline(figure, say(mark("Roles of brokers")))
    return figure
