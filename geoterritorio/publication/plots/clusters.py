"""Clusters drawn: where they are claimed, what speaks for and against each, stars and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.errors import message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import OWN_VALUES, VALUES
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    OPEN,
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
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import filled, sheet
from geoterritorio.publication.plots._rows import OF_CELLS, OF_SECTORS, named, part_shown, unknown
from geoterritorio.registry import plot

_ROWS = 36
_CRITERIA = (
    "specialisation",
    "breadth",
    "mass",
    "plants",
    "gathering",
    "related",
    "suppliers",
    "institutions",
    "links",
)
_VERDICTS: Mapping[str, tuple[str, str]] = {
    "cluster": ("#7a2a0a", PAPER),
    "possible cluster": ("#dd8a3c", INK),
    "concentration only": ("#9fc1dc", INK),
    "undecided": ("#e4e6e9", INK),
    "no cluster": (PAPER, INK),
}
# Told apart by sign too, for readers who confuse colours.
_TOLD: Mapping[str, tuple[str, str, str]] = {
    "yes": ("#00796b", PAPER, "+"),
    "no": ("#e9c9b6", INK, "\N{MINUS SIGN}"),
    "unknown": ("#eceef1", MUTED, "?"),
}
_STARS = ("size", "specialisation", "focus", "productivity", "growth")
_MEASURES: Mapping[str, str] = {
    "size": "employment",
    "specialisation": "lq",
    "focus": "focus",
    "productivity": "productivity",
    "growth": "growth",
}
_FIGURES: Mapping[str, str] = {
    "size": mark("jobs"),
    "specialisation": mark("location quotient"),
    "focus": mark("share in the jobs of the territory"),
    "productivity": mark("value added per job"),
    "growth": mark("change of jobs"),
}
_SOURCES: Mapping[str, str] = {
    "eco": mark("European Cluster Observatory (2007-2011)"),
    "panorama": mark("European Cluster Panorama (2014-2016)"),
}
_COLOURS = ("#1f5a8c", "#d9a441", "#2f7f6b", "#a8480a", "#8fb8da", "#c98aa8", "#6b4c8a", "#7c8a2e", "#5b3a1e")
_TOPMOST = 60
# Squares of few columns are no wider than those of so many.
_LEAST_WIDE = 2
# Letters in a line of the names, beside many squares or so few.
_FEW, _BESIDE_MANY, _BESIDE_FEW = 3, 36, 58
# From here on figures have no decimals.
_LONG = 100
# p-values below are not told more exactly.
_SHORT = 0.001


@plot("clusters")
@styled
def cluster_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Clusters on the map.

    Parameters
    ----------
    outputs
        Outputs of `clusters` by name; `territories` become the ground.
    focus
        Group of industries, or a territory; by default the surest verdict of each territory.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by their verdict, with the groups it is of.
    """
    areas, cells = outputs["areas"], outputs["cells"]
    _known(focus, cells)
    shown = areas if focus is None else areas[(areas["group"] == focus) | (areas["territory"] == focus)]
    if cells.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    ground = outputs.get("territories")
    frame = ground if isinstance(ground, gpd.GeoDataFrame) and len(ground) else areas
    if not len(frame):
        return nothing(lang)
    frame = frame if areas.crs is None or not len(areas) else frame.to_crs(areas.crs)
    figure, axes = sheet(
        frame.total_bounds, frame.crs, {k: v for k, v in outputs.items() if k != "roads"}, numbers
    )
    order = {word: k for k, word in enumerate(_VERDICTS)}
    rows = shown.assign(rank=shown["verdict"].map(order)).sort_values(["rank", "group"], kind="stable")
    surest = rows.drop_duplicates("territory")
    _shade(axes, surest)
    _groups_named(axes, surest, rows)
    used = [word for word in _VERDICTS if (surest["verdict"] == word).any()]
    handles = [Patch(facecolor=_VERDICTS[w][0], edgecolor=INK, linewidth=0.6) for w in used]
    note = f"{_what_lacks(cells, outputs['evidence'], lang)} {_whose(cells, lang)}".strip()
    legend_below(figure, handles, [say(VALUES[w]) for w in used], note=note)
    told = message(
        "{clusters} clusters, {possible} possible ones",
        clusters=numbers.count(int((cells["verdict"] == "cluster").sum())),
        possible=numbers.count(int((cells["verdict"] == "possible cluster").sum())),
    )
    headline(figure, say(mark("Clusters of related industries")), focus or "", told.render(say))
    return figure


def _what_lacks(cells: pd.DataFrame, evidence: pd.DataFrame, lang: Language) -> str:
    """What keeps possible clusters from being clusters, most often."""
    say = translator(lang)
    possible = cells.loc[cells["verdict"] == "possible cluster", ["territory", "group"]]
    gaps = evidence.merge(possible, on=["territory", "group"])
    gaps = gaps[gaps["passed"] == "unknown"]
    if gaps.empty:
        return say(mark("What is white is no cluster by these rules; the table of evidence says why."))
    commonest = gaps["criterion"].value_counts().index[0]
    cure = gaps.loc[gaps["criterion"] == commonest, "cure"].iloc[0]
    text = message(
        "Unknown of most possible clusters: {criterion}. It would take {cure}.",
        criterion=say(_called(commonest)),
        cure=say(VALUES.get(cure, cure)),
    )
    return text.render(say)


def _whose(cells: pd.DataFrame, lang: Language) -> str:
    """Whose cut-offs they are, in words."""
    own = "origin" in cells.columns and (cells["origin"] == "own choice").any()
    texts = {
        False: mark("All cut-offs are this project's own: no published method has any."),
        True: mark("All cut-offs are this project's own or the user's: no published method has any."),
    }
    return translator(lang)(texts[bool(own)])


def _shade(axes: Axes, surest: gpd.GeoDataFrame) -> None:
    colours = [_VERDICTS[v][0] for v in surest["verdict"]]
    if len(surest) and surest.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        filled(axes, surest.geometry, colours, edgecolors=INK, linewidths=0.7, zorder=0.6)
    elif len(surest):
        axes.scatter(surest.geometry.x, surest.geometry.y, s=40, c=colours, edgecolors=INK, linewidths=0.5)


def _groups_named(axes: Axes, surest: gpd.GeoDataFrame, rows: pd.DataFrame) -> None:
    """Names of the groups in each territory, those of its surest verdict."""
    if not len(surest):
        return
    inside = surest.geometry.representative_point()
    places = np.column_stack([inside.x, inside.y])
    labels = named(rows, "group", "group_name")
    best = rows["rank"] == rows.groupby("territory")["rank"].transform("min")
    short = pd.Series(wrapped(labels[best].tolist(), 24, 3), index=labels.index[best])
    names = short.groupby(rows.loc[best, "territory"]).agg("\n".join)
    texts = [names[t] for t in surest["territory"]]
    near_labels(
        axes, places, np.zeros(len(surest)), dict(enumerate(texts)), covered=0, most=_TOPMOST, centred=True
    )


@plot("clusters")
@styled
def cluster_evidence(
    outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en"
) -> Figure:
    """
    Evidence for clusters, criterion by criterion.

    Parameters
    ----------
    outputs
        Outputs of `clusters` by name.
    focus
        Group of industries, or a territory: then all its rows are drawn.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One row for each group in a territory, the surest first, and a square for each criterion: met, failed, or
        unknown.
    """
    cells, evidence = outputs["cells"], outputs["evidence"]
    _known(focus, cells)
    if cells.empty:
        return nothing(lang)
    if focus is None:
        chosen = cells[cells["verdict"] != "no cluster"]
        chosen = chosen if len(chosen) else cells
    else:
        chosen = cells[(cells["group"] == focus) | (cells["territory"] == focus)]
    order = {word: k for k, word in enumerate(_VERDICTS)}
    rows = chosen.assign(rank=chosen["verdict"].map(order))
    rows = rows.sort_values(["rank", "met", "lq"], ascending=[True, False, False], kind="stable").head(_ROWS)
    told = _wide(evidence, "passed", rows)
    figures = _figures(_wide(evidence, "value", rows).astype(float), Numbers(lang))
    say = translator(lang)
    titles = [say(_called(c)) for c in _CRITERIA]
    figure, axes = _squares(told, _pair_names(rows, _BESIDE_MANY), titles, figures)
    side = axes.secondary_yaxis("right")
    words = wrapped([say(VALUES[v]) for v in rows["verdict"]], 20, 2)
    side.set_yticks(axes.get_yticks(), labels=words, parse_math=False)
    side.tick_params(axis="y", length=0, labelsize=7.5)
    side.spines["right"].set_visible(False)
    # The first five are of firms and jobs, the others of the system around them.
    axes.axvline(4.5, color=MUTED, linewidth=0.8)
    note = say(
        mark(
            "Figures: what was found; of specialisation, the lower end of the interval of the quotient; of nearness "
            "and sectors in the same places, p adjusted for all groups tested (q); of links, p."
        )
    )
    _told_legend(figure, lang, f"{note} {_whose(cells, lang)}".strip())
    headline(
        figure,
        say(mark("Evidence for clusters")),
        focus or "",
        part_shown(OF_CELLS, len(rows), len(cells), lang),
    )
    return figure


@plot("cluster_stars")
@styled
def cluster_ratings(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Stars of clusters.

    Parameters
    ----------
    outputs
        Outputs of `cluster_stars` by name.
    focus
        Group of industries, or a territory: then only its rows are drawn.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One row for each group in a territory, those with most stars first, and a square for each star: earned, missed,
        or unknown.
    """
    table = outputs["stars"]
    _known(focus, table)
    if table.empty:
        return nothing(lang)
    rows = table if focus is None else table[(table["group"] == focus) | (table["territory"] == focus)]
    earned = rows[rows["stars"] > 0]
    rows = earned if focus is None and len(earned) else rows
    keys = ["stars", "stars_possible", "lq"]
    rows = rows.sort_values(keys, ascending=False, kind="stable", na_position="last").head(_ROWS)
    shown = [s for s in _STARS if f"star_{s}" in table.columns]
    say = translator(lang)
    titles = [say(_called(s)) for s in shown]
    figures = _figures(rows[[_MEASURES[s] for s in shown]].to_numpy(dtype=float), Numbers(lang))
    told = rows[[f"star_{s}" for s in shown]].to_numpy()
    # Few squares leave room for the names, which else would lose their territory.
    many = len(shown) > _FEW
    labels = _pair_names(rows, _BESIDE_MANY if many else _BESIDE_FEW)
    figure, axes = _squares(told, labels, titles, figures, room=0.6)
    numbers = Numbers(lang)
    for place, a, b in zip(axes.get_yticks(), rows["stars"], rows["stars_possible"], strict=True):
        total = numbers.count(a) if a == b else f"{numbers.count(a)}–{numbers.count(b)}"
        axes.text(len(shown) - 0.35, place, total, va="center_baseline", fontsize=8)
    words = {"yes": mark("earned"), "no": mark("missed"), "unknown": mark("unknown: these data cannot tell")}
    _told_legend(figure, lang, f"{_basis(rows, shown, lang)} {_unconfirmed(rows, lang)}".strip(), words)
    headline(
        figure,
        say(mark("Stars of clusters")),
        str(rows["preset"].iloc[0]),
        part_shown(OF_CELLS, len(rows), len(table), lang),
    )
    return figure


@plot("strong_clusters")
@styled
def strong_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Strong clusters of each territory.

    Parameters
    ----------
    outputs
        Outputs of `strong_clusters` by name.
    focus
        Group of industries, or a territory: then only its rows are drawn.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One row for each territory and group that is strong or may be, with its quotient; hatched where withheld cells
        leave it open.
    """
    table = outputs["clusters"]
    _known(focus, table)
    if table.empty:
        return nothing(lang)
    rows = table[table["strong"] != "no"]
    if focus is not None:
        rows = table[(table["group"] == focus) | (table["territory"] == focus)]
    rows = _with_ends(rows, outputs.get("evidence"))
    # What has neither a quotient nor limits of it has nothing to draw: the note counts it.
    told = rows[rows["most"].notna()].sort_values(["most", "least"], ascending=False, kind="stable")
    shown, say, numbers = told.head(_ROWS), translator(lang), Numbers(lang)
    note = " ".join(_strong_notes(rows, shown, int(rows["most"].isna().sum()), lang))
    if shown.empty:
        return nothing(lang, note) if len(rows) else nothing(lang)
    labels = _pair_names(shown, _BESIDE_FEW)
    figure, axes = canvas(max(0.24, row_height(labels)) * len(shown) + 1.6)
    places = np.arange(len(shown))[::-1]
    colours = [_TOLD[s][0] for s in shown["strong"]]
    least, most = shown["least"].to_numpy(), shown["most"].to_numpy()
    axes.barh(places, least, height=0.62, color=colours, edgecolor="none")
    open_ = most > least  # a bar of no width would still have an edge
    axes.barh(places[open_], (most - least)[open_], left=least[open_], height=0.62, **OPEN)
    axes.axvline(1, color=MUTED, linewidth=0.9)
    name_rows(axes, places, labels)
    axes.set_ylim(-0.7, len(shown) - 0.3)
    ticks = [t for t in axes.get_xticks() if t >= 0]
    axes.set_xticks(ticks, labels=[numbers.plain(t) for t in ticks])
    name_axis(axes, "x", say(mark("Location quotient of the group")))
    used = [w for w in _TOLD if (shown["strong"] == w).any()]
    texts = {"yes": mark("strong"), "no": mark("not strong"), "unknown": mark("unknown")}
    handles = [Patch(facecolor=_TOLD[w][0]) for w in used]
    words = [say(texts[w]) for w in used]
    if open_.any():
        handles, words = [*handles, Patch(**OPEN)], [*words, say(mark("open: these data cannot tell"))]
    legend_below(figure, handles, words, note=note)
    title = say(mark("Strong clusters"))
    headline(figure, title, str(shown["preset"].iloc[0]), part_shown(OF_CELLS, len(shown), len(table), lang))
    return figure


def _with_ends(rows: pd.DataFrame, evidence: pd.DataFrame | None) -> pd.DataFrame:
    """Rows with the least and the most their quotient can be; NaN where nothing bounds it."""
    rows = rows.assign(least=rows["lq"], most=rows["lq"])
    if evidence is None or "high" not in evidence.columns:
        return rows
    asked = evidence[evidence["criterion"] == "specialisation"].set_index(["territory", "group"])
    keys = pd.MultiIndex.from_frame(rows[["territory", "group"]])
    low, high = (asked[end].reindex(keys).to_numpy(dtype=float) for end in ("low", "high"))
    bounded = rows["lq"].isna().to_numpy() & ~np.isnan(low) & ~np.isnan(high)
    return rows.assign(least=np.where(bounded, low, rows["lq"]), most=np.where(bounded, high, rows["lq"]))


def _strong_notes(rows: pd.DataFrame, shown: pd.DataFrame, lost: int, lang: Language) -> list[str]:
    say = translator(lang)
    notes = [_unconfirmed(rows, lang)] if len(rows) else []
    if ((shown["strong"] == "yes") & (shown["lq"] <= 1)).any():
        notes.append(say(mark("By rank alone some are strong with a quotient of 1 or less.")))
    if lost:
        text = message(
            "{count} are unknown and have no limits to draw: figures of the withheld cells, or totals that bound "
            "them, would decide.",
            count=Numbers(lang).count(lost),
        )
        notes.append(text.render(say))
    return [note for note in notes if note]


@plot("cluster_groups")
@styled
def group_network(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Groups of related industries as a network.

    Parameters
    ----------
    outputs
        Outputs of `cluster_groups` by name.
    focus
        Code of a sector, or a group: only these carry labels.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One dot per sector with a link, in the colour of its group, and one line per strong link; links between groups
        are pale.
    """
    sectors, links = outputs["sectors"].drop_duplicates("sector"), outputs["network"]
    if focus is not None and focus not in {*sectors["sector"], *sectors["group"]}:
        raise unknown(focus, {*sectors["sector"], *sectors["group"]})
    if sectors.empty or links.empty:
        return nothing(lang)
    say = translator(lang)
    nodes = sectors.set_index("sector").loc[
        sorted({*links["sector"], *links["other"]} & set(sectors["sector"]))
    ]
    links = links[links["sector"].isin(nodes.index) & links["other"].isin(nodes.index)]
    places = _spring(links, nodes)
    sizes = nodes["group"].value_counts()
    shown = sizes.index[: len(_COLOURS)]
    colour = nodes["group"].map(dict(zip(shown, _COLOURS, strict=False))).fillna(RULE)
    figure, axes = canvas(7.4)
    axes.set_axis_off()
    ends = np.stack([places[nodes.index.get_indexer(links[end])] for end in ("sector", "other")], axis=1)
    tint = np.where(links["together"] == "yes", "#8b949e", "#e3e6ea")
    axes.add_collection(LineCollection(list(ends), colors=list(tint), linewidths=0.7, zorder=1))
    axes.scatter(places[:, 0], places[:, 1], s=46, c=list(colour), edgecolors=PAPER, linewidths=0.6, zorder=3)
    axes.margins(0.12, 0.05)
    handles = [Line2D([], [], linestyle="none", marker="o", color=c) for c in [*_COLOURS[: len(shown)], RULE]]
    words = [*map(str, shown), say(mark("other groups"))]
    used = len(shown) + int(len(sizes) > len(shown))
    legend_below(figure, handles[:used], wrapped(words[:used], 30))
    title = say(mark("Groups of related industries"))
    headline(figure, title, focus or "", part_shown(OF_SECTORS, len(nodes), len(sectors), lang))
    wanted = [
        i for i, (s, g) in enumerate(zip(nodes.index, nodes["group"], strict=True)) if focus in (None, s, g)
    ]
    texts = wrapped([named(nodes.reset_index(), "sector", "sector_name")[i] for i in wanted], 26)
    # Sectors with most links first; a label never covers a dot.
    ends_of = (
        pd.concat([links["sector"], links["other"]]).value_counts().reindex(nodes.index).fillna(0).to_numpy()
    )
    order = sorted(range(len(wanted)), key=lambda i: -ends_of[wanted[i]])
    near_labels(axes, places, np.full(len(nodes), 46.0), {wanted[i]: texts[i] for i in order}, covered=0)
    return figure


def _known(focus: str | None, table: pd.DataFrame) -> None:
    if focus is not None and focus not in {*table["territory"], *table["group"]}:
        raise unknown(focus, {*table["territory"], *table["group"]})


def _pair_names(rows: pd.DataFrame, width: int) -> list[str]:
    """Group and territory of each row: in one line where both fit, else the territory in a line of its own."""
    groups = named(rows, "group", "group_name").tolist()
    places = labels_of(without_common_start(named(rows, "territory", "name").tolist(), 24), width)
    one = [f"{g} – {t}" for g, t in zip(groups, places, strict=True)]
    if max(map(len, one), default=0) <= width:
        return wrapped(one, width, 1)
    return [f"{g}\n{t}" for g, t in zip(wrapped(groups, width, 2), places, strict=True)]


def _wide(evidence: pd.DataFrame, column: str, rows: pd.DataFrame) -> npt.NDArray[Any]:
    """Column of the evidence, rows by criteria."""
    keys = pd.MultiIndex.from_frame(rows[["territory", "group"]])
    wide = evidence.pivot_table(
        index=["territory", "group"], columns="criterion", values=column, aggfunc="first", dropna=False
    )
    found: npt.NDArray[Any] = wide.reindex(index=keys, columns=list(_CRITERIA)).to_numpy()
    return found


def _figures(values: npt.NDArray[np.float64], numbers: Numbers) -> npt.NDArray[np.object_]:
    """Values in two figures or so."""
    texts = [
        ""
        if np.isnan(v)
        else numbers.count(v)
        if v >= _LONG
        else f"<{numbers.plain(_SHORT)}"
        if 0 <= v < _SHORT
        else numbers.plain(float(f"{v:.2g}"))
        for v in values.ravel().tolist()
    ]
    return np.array(texts, dtype=object).reshape(values.shape)


def _squares(
    told: npt.NDArray[Any],
    labels: Sequence[str],
    titles: Sequence[str],
    figures: npt.NDArray[np.object_] | None = None,
    room: float = 0.0,
) -> tuple[Figure, Axes]:
    """One square for each row and column, with its sign and what was found; room for more at the right, in squares."""
    count, wide = told.shape
    figure, axes = canvas(max(0.27, row_height(labels)) * count + 2.1)
    places = np.arange(count)[::-1]
    for word, (colour, ink, sign) in _TOLD.items():
        rows, columns = np.nonzero(told == word)
        axes.barh(places[rows], 0.92, left=columns - 0.46, height=0.86, color=colour, edgecolor="none")
        for row, place in zip(rows.tolist(), columns.tolist(), strict=True):
            text = sign
            if figures is not None and figures[row, place]:
                # The figure takes the place of the plus; what fails keeps its sign.
                text = figures[row, place] if word == "yes" else f"{sign} {figures[row, place]}"
            axes.text(place, places[row], text, ha="center", va="center_baseline", color=ink, fontsize=7)
    name_rows(axes, places, labels)
    axes.set(xlim=(-0.55, max(wide, _LEAST_WIDE) + room - 0.45), ylim=(-0.6, count - 0.4))
    axes.xaxis.tick_top()
    axes.set_xticks(range(wide), labels=list(titles), parse_math=False)
    axes.tick_params(axis="x", length=0, labelsize=7.5, labelrotation=38, labelcolor=INK)
    for label in axes.get_xticklabels():
        label.set(ha="left", rotation_mode="anchor")
    axes.tick_params(axis="y", length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure, axes


_HOLDS: Mapping[str, str] = {
    "yes": mark("holds"),
    "no": mark("does not hold"),
    "unknown": mark("unknown: these data cannot tell"),
}


def _told_legend(figure: Figure, lang: Language, note: str = "", words: Mapping[str, str] = _HOLDS) -> None:
    say = translator(lang)
    handles = [Patch(facecolor=_TOLD[w][0]) for w in words]
    labels = [f"{_TOLD[w][2]}  {say(text)}" for w, text in words.items()]
    legend_below(figure, handles, labels, note=note)


def _basis(rows: pd.DataFrame, shown: Sequence[str], lang: Language) -> str:
    """What the figures of stars are, what they are compared with, and which institution rated so."""
    say = translator(lang)
    told = message(
        "Figures: {figures}.", figures=", ".join(f"{say(_called(s))}: {say(_FIGURES[s])}" for s in shown)
    )
    texts = [told.render(say)]
    if "reference" in rows.columns:
        beside = say(VALUES.get(rows["reference"].iloc[0], rows["reference"].iloc[0]))
        texts.append(message("Compared with {reference}.", reference=beside).render(say))
    source = _SOURCES.get(str(rows["preset"].iloc[0]).split("_")[0])
    if source:
        texts.append(message("Source of the rules: {source}.", source=say(source)).render(say))
    return " ".join(texts)


def _unconfirmed(rows: pd.DataFrame, lang: Language) -> str:
    """Which cut-offs are not confirmed, in words."""
    say = translator(lang)
    codes = [c for c in str(rows["unconfirmed"].iloc[0] or "").split("; ") if c]
    if not codes:
        return ""
    text = message(
        "Not confirmed by any published page seen: the cut-offs of {values}.",
        values=", ".join(say(VALUES.get(c, c)) for c in codes),
    )
    return text.render(say)


def _spring(links: pd.DataFrame, nodes: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Places by springs, sectors of a group held together; the same every time."""
    graph = nx.Graph()
    graph.add_nodes_from(nodes.index)
    weight = np.where(links["together"] == "yes", 3.0, 0.6)
    graph.add_weighted_edges_from(zip(links["sector"], links["other"], weight, strict=True))
    found = nx.spring_layout(graph, seed=1, iterations=120, k=1.6 / np.sqrt(max(len(nodes), 1)))
    return np.array([found[n] for n in nodes.index])


def _called(criterion: str) -> str:
    return OWN_VALUES.get(("criterion", criterion)) or VALUES[criterion]
