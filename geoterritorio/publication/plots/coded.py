"""Pictures of coded assessments: ratings as given, agreement of coders, shares of actions, where evidence is."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from geoterritorio.assessment.profile_rules import RULES, ProfileRules
from geoterritorio.errors import Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.dates import earliest
from geoterritorio.publication.drawing import (
    COLOURS,
    INK,
    MUTED,
    OPEN,
    PAPER,
    RULE,
    canvas,
    headline,
    legend_below,
    name_axis,
    name_rows,
    nothing,
    row_height,
    styled,
    wrapped,
)
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._labels import near_labels
from geoterritorio.publication.plots._maps import filled, sheet
from geoterritorio.publication.plots._rows import column, named, plain_ticks, unknown
from geoterritorio.publication.profile_words import COVERED, coverage
from geoterritorio.registry import plot

_LETTERS = 46
# Area of a dot for one rating, in square points; more ratings of the same make it grow by as much.
_DOT = 34.0
_MARK: Mapping[str, Any] = {
    "linestyle": "none",
    "marker": "D",
    "markersize": 5,
    "color": PAPER,
    "markeredgecolor": COLOURS["high"],
}
# Earlier statements are paler.
_TIMES = LinearSegmentedColormap.from_list("times", colormaps["YlGnBu"](np.linspace(0.38, 0.95, 128)))
_METRICS = {"ordinal": "o", "nominal": "s", "interval": "^"}


@plot("leader_profile")
@styled
def rated_items(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Ratings of each item of a territory, as they were given.

    Parameters
    ----------
    outputs
        Outputs of `leader_profile` by name.
    focus
        Identifier of the territory; by default the one with most statements.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One row for each item: a dot at each rating, the larger the more often it was given, in the colour of the years
        of the statements; of each of these a line from the lowest to the highest and a stroke at the middle one, and an
        arrow from the middle of earlier years to that of later ones where they are far apart. A diamond marks
        contradictions, which are of the same years; hatched where nothing is known. At the right the numbers of
        statements, sources and coders. No rating is averaged.
    """
    items, statements = outputs["items"], outputs["statements"]
    if focus is not None and focus not in set(items["territory"]):
        raise unknown(focus, items["territory"])
    if items.empty:
        return nothing(lang)
    said = items.groupby("territory", sort=False)["statements"].sum()
    place = focus or said.idxmax()
    rows = items[items["territory"] == place].reset_index(drop=True)
    say, numbers = translator(lang), Numbers(lang)
    labels = wrapped([worded("item", i, "profile_items", say) for i in rows["item"]], _LETTERS)
    figure, axes = canvas(max(row_height(labels), 0.27) * (len(rows) + rows["list"].nunique()) + 1.6)
    at = _places(rows["list"])
    own = statements[(statements["territory"] == place) & (statements["standing"] == "counted")]
    top = max(float(column(items, "highest").max()), 4.0)
    own, rounds = _rounds(own, RULES)
    _ground(axes, rows, at, top)
    _ratings(axes, own.assign(at=own["item"].map(dict(zip(rows["item"], at, strict=True)))), rounds)
    torn = (rows["contradictions"] > 0).to_numpy()
    axes.plot(np.full(torn.sum(), top + 0.3), at[torn], **_MARK, zorder=5)
    _lists(axes, rows["list"], at, say)
    name_rows(axes, at, labels)
    axes.set(xlim=(-0.45, top + 0.45), ylim=(at[-1] + 0.6, -1.7))
    axes.set_xticks(range(int(top) + 1))
    name_axis(axes, "x", say(mark("Rating by the coders, from 0 to the highest")))
    _beside(axes, at, [_sources(r, say, numbers) for r in rows.to_dict("records")])
    _rating_legend(figure, rows, rounds, say)
    headline(
        figure, say(mark("What is said of each item, and by whom")), named(rows, "territory", "name").iloc[0]
    )
    return figure


def _places(lists: pd.Series) -> np.ndarray:
    """Height of each row; a line is left free above each list."""
    above = np.asarray((lists != lists.shift()).cumsum(), dtype=int)
    places: np.ndarray = np.arange(len(lists)) + above - 1
    return places


def _rounds(own: pd.DataFrame, rules: ProfileRules) -> tuple[pd.DataFrame, list[str]]:
    """
    Statements with the number of the round to which they belong, and the years of each round.

    Statements between which lie more months than are of the same time begin a round; those without a date have their
    own, which comes first.
    """
    rated = own.dropna(subset=["rating"])
    days = earliest(rated["date"]).sort_values(kind="stable")
    months = (days.dt.year * 12 + days.dt.month).dropna()
    begun = (months.diff() > rules.same_time).cumsum()
    number = begun.reindex(rated.index)
    years = days.dropna().dt.year.groupby(begun)
    spans = [f"{a}" if a == b else f"{a}–{b}" for a, b in zip(years.min(), years.max(), strict=True)]
    if number.isna().any():
        return rated.assign(round=number.add(1).fillna(0).astype(int)), ["", *spans]
    return rated.assign(round=number.astype(int)), spans


def _round_look(number: int, rounds: list[str]) -> tuple[str, float]:
    """Colour of a round, the darker the later, and how far above or below the middle of the row it is."""
    if len(rounds) < 2:  # noqa: PLR2004 - one round has nothing to be told from
        return COLOURS["low"], 0.0
    share = number / (len(rounds) - 1)
    return to_hex(_TIMES(share)), 0.36 * (share - 0.5)


def _ground(axes: Axes, rows: pd.DataFrame, at: np.ndarray, top: float) -> None:
    """Lines of the scale, and hatched bands where there are no ratings."""
    axes.vlines(np.arange(top + 1), -0.6, at[-1] + 0.6, color=RULE, linewidth=0.6, zorder=0)
    bare = (rows["status"] == "unknown").to_numpy()
    axes.barh(at[bare], top + 0.7, left=-0.35, height=0.62, zorder=1, **OPEN)


def _ratings(axes: Axes, rated: pd.DataFrame, rounds: list[str]) -> None:
    """Dots of the ratings of each round, their span and middle, and arrows between rounds."""
    for number in range(len(rounds)):
        colour, shift = _round_look(number, rounds)
        part = rated[rated["round"] == number]
        ends = part.groupby("at")["rating"].agg(["min", "max"])
        axes.hlines(ends.index + shift, ends["min"], ends["max"], color=MUTED, linewidth=1.2, zorder=2)
        counts = part.groupby(["at", "rating"]).size().reset_index(name="count")
        look: dict[str, Any] = {"color": colour, "edgecolors": PAPER, "linewidths": 0.8}
        axes.scatter(counts["rating"], counts["at"] + shift, s=_DOT * counts["count"], **look, zorder=3)
        for upper in (False, True):
            middle = _middle(part, upper=upper)
            y = middle.index.to_numpy(dtype=float) + shift
            axes.vlines(middle, y - 0.2, y + 0.2, color=INK, linewidth=1.5, zorder=4)
    _arrows(axes, rated, rounds)


def _middle(part: pd.DataFrame, *, upper: bool) -> pd.Series:
    """Rating in the middle by row, one that was given; of two the lower or the upper one."""
    order = part.sort_values(["at", "rating"], kind="stable").groupby("at")["rating"]
    return order.agg(lambda given: given.iloc[(len(given) - (0 if upper else 1)) // 2])


def _arrows(axes: Axes, rated: pd.DataFrame, rounds: list[str]) -> None:
    """From the middle of dated statements to that of the next round, where they differ."""
    dated = range(1 if rounds and not rounds[0] else 0, len(rounds))
    look = {"arrowstyle": "-|>", "color": INK, "linewidth": 0.9, "shrinkA": 3, "shrinkB": 3}
    for first, second in pairwise(dated):
        ends = [_middle(rated[rated["round"] == k], upper=False) for k in (first, second)]
        shifts = [_round_look(k, rounds)[1] for k in (first, second)]
        both = pd.concat(ends, axis=1, keys=["then", "now"]).dropna()
        for at, then, now in both[both["then"] != both["now"]].itertuples():
            axes.annotate("", (now, at + shifts[1]), xytext=(then, at + shifts[0]), arrowprops=look, zorder=4)


def _lists(axes: Axes, lists: pd.Series, at: np.ndarray, say: Translate) -> None:
    for k in np.flatnonzero((lists != lists.shift()).to_numpy()):
        axes.annotate(
            worded("list", lists[k], "profile_items", say),
            (-0.4, at[k] - 0.85),
            fontsize=7.5,
            fontweight="bold",
            color=MUTED,
            va="center",
            annotation_clip=False,
            parse_math=False,
        )


def _sources(row: Mapping[str, Any], say: Translate, numbers: Numbers) -> str:
    if row["status"] == "unknown":
        return worded("reason", row["reason"], "profile_items", say)
    told = message(
        "{statements} st., {sources} so., {coders} co., {latest}",
        statements=numbers.count(row["statements"]),
        sources=numbers.count(row["sources"]),
        coders=numbers.count(row["coders"]),
        latest=row["latest"] if isinstance(row["latest"], str) else "–",
    )
    return told.render(say)


def _beside(axes: Axes, at: np.ndarray, texts: list[str]) -> None:
    """Words at the right of the rows."""
    for y, text in zip(at, wrapped(texts, 34, 3), strict=True):
        axes.annotate(
            text,
            (1.01, y),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=6.8,
            linespacing=1.0,
            parse_math=False,
        )


def _rating_legend(figure: Figure, rows: pd.DataFrame, rounds: list[str], say: Translate) -> None:
    dot: dict[str, Any] = {"linestyle": "none", "marker": "o", "markeredgecolor": PAPER}
    handles: list[Any] = [
        Line2D([], [], **dot, color=_round_look(k, rounds)[0], markersize=np.sqrt(_DOT))
        for k in range(len(rounds))
    ]
    labels = [years or say(mark("without date")) for years in rounds]
    handles += [
        Line2D([], [], **dot, color=MUTED, markersize=np.sqrt(3 * _DOT)),
        Line2D([], [], linestyle="none", marker="|", markersize=10, color=INK, markeredgewidth=1.5),
    ]
    labels += [say(mark("given three times")), say(mark("middle"))]
    if len([years for years in rounds if years]) > 1:
        handles.append(Line2D([], [], linestyle="-", marker=">", markersize=4, color=INK, linewidth=0.9))
        labels.append(say(mark("change between the years")))
    if (rows["contradictions"] > 0).any():
        handles.append(Line2D([], [], **_MARK))
        labels.append(say(mark("contradiction in the same years: see their table")))
    if (rows["status"] == "unknown").any():
        handles.append(Patch(**OPEN))
        labels.append(say(mark("unknown")))
    note = say(
        mark(
            "Each dot is a rating somebody gave; ratings are never averaged. At the right: statements (st.), sources "
            "(so.), coders (co.), latest date."
        )
    )
    legend_below(figure, handles, labels, note=note)


@plot("leader_profile")
@styled
def coders_agree(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Agreement of the coders, by list and by item.

    Parameters
    ----------
    outputs
        Outputs of `leader_profile` by name.
    focus
        Name of a list, of which also the items are drawn; by default lists, and items that are known.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Krippendorff's alpha with its interval, for differences by order, same or not, and by steps; hatched where
        nothing is known, with the reason.
    """
    table = outputs["coding"]
    if focus is not None and focus not in set(table["list"]):
        raise unknown(focus, table["list"])
    whole = table["item"].isna()
    shown = table[whole | table["alpha"].notna()] if focus is None else table[table["list"] == focus]
    if shown.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    keys = shown[["list", "item"]].drop_duplicates().reset_index(drop=True)
    labels = wrapped(
        [
            worded("list", k["list"], "coder_agreement", say)
            if pd.isna(k["item"])
            else worded("item", k["item"], "coder_agreement", say)
            for k in keys.to_dict("records")
        ],
        _LETTERS,
    )
    figure, axes = canvas(max(row_height(labels), 0.42) * len(keys) + 1.9)
    at = np.arange(len(keys))
    rows = shown.merge(keys.assign(at=at), on=["list", "item"])
    low = min(float(column(rows, "low").min()), 0.0) if rows["low"].notna().any() else 0.0
    _alphas(axes, rows, low)
    name_rows(axes, at, labels)
    axes.set(xlim=(low - 0.05, 1.05), ylim=(len(keys) - 0.4, -0.6))
    plain_ticks(axes, "x", numbers)
    name_axis(axes, "x", say(mark("Krippendorff's alpha: 1 all agree, 0 as by chance")))
    first = rows[rows["metric"] == "ordinal"].sort_values("at")
    _beside(axes, at, [_common(r, say, numbers) for r in first.to_dict("records")])
    handles: list[Any] = [
        Line2D([], [], linestyle="none", marker=sign, markersize=6, color=_colour(metric))
        for metric, sign in _METRICS.items()
    ]
    words = [worded("metric", metric, "coder_agreement", say) for metric in _METRICS]
    if first["alpha"].isna().any():
        handles.append(Patch(**OPEN))
        words.append(say(mark("unknown")))
    note = say(
        mark("Lines: interval from draws of territories and items. Few ratings in common give no interval.")
    )
    legend_below(figure, handles, words, note=note)
    headline(figure, say(mark("How far the coders agree")))
    return figure


def _colour(metric: str) -> str:
    return COLOURS["low"] if metric == "ordinal" else MUTED


def _alphas(axes: Axes, rows: pd.DataFrame, low: float) -> None:
    for k, (metric, marker) in enumerate(_METRICS.items()):
        part = rows[rows["metric"] == metric]
        y = part["at"] + 0.22 * (k - 1)
        axes.hlines(y, part["low"], part["high"], color=_colour(metric), linewidth=1.5, zorder=2)
        axes.plot(
            part["alpha"], y, linestyle="none", marker=marker, markersize=5.5, color=_colour(metric), zorder=3
        )
    bare = rows[(rows["metric"] == "ordinal") & rows["alpha"].isna()]
    axes.barh(bare["at"], 1.1 - low, left=low - 0.05, height=0.62, zorder=1, **OPEN)
    axes.axvline(0, color=RULE, linewidth=0.8, zorder=0)
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)


def _common(row: Mapping[str, Any], say: Translate, numbers: Numbers) -> str:
    much = message(
        "{count} in common, coders: {coders}",
        count=numbers.count(row["rated_in_common"]),
        coders=numbers.count(row["coders"]),
    ).render(say)
    if not row["reason"]:
        return much
    why = worded("reason", row["reason"], "coder_agreement", say)
    return f"{much}: {why}" if row["rated_in_common"] else why


@plot("leader_profile")
@styled
def action_shares(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Shares of a territory's actions, of their actors and their money.

    Parameters
    ----------
    outputs
        Outputs of `leader_profile` by name.
    focus
        Identifier of the territory; by default the first of which a share is known.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One row for each share: its value with its interval, a box from the least to the most it can be where some are
        undecided, hatched where nothing is known. At the right numerator and denominator. They stand beside ratings and
        are never joined with them.
    """
    table = outputs["spokes"]
    if focus is not None and focus not in set(table["territory"]):
        raise unknown(focus, table["territory"])
    if table.empty:
        return nothing(lang)
    known = table.loc[table["status"] == "known", "territory"]
    place = focus or (known.iloc[0] if len(known) else table["territory"].iloc[0])
    rows = table[table["territory"] == place].reset_index(drop=True)
    say, numbers = translator(lang), Numbers(lang)
    labels = wrapped([worded("spoke", s, "profile_spokes", say) for s in rows["spoke"]], _LETTERS)
    figure, axes = canvas(0.42 * len(rows) + 1.8)
    at = np.arange(len(rows))
    _shares(axes, rows, at)
    name_rows(axes, at, labels)
    axes.set(xlim=(-0.03, 1.03), ylim=(len(rows) - 0.4, -0.6))
    axes.set_xticks(
        np.linspace(0, 1, 6), labels=[numbers.percent(t) for t in np.linspace(0, 1, 6)], parse_math=False
    )
    _beside(axes, at, [_fraction(r, say, numbers) for r in rows.to_dict("records")])
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=6, color=COLOURS["low"]),
        Line2D([], [], color=COLOURS["low"], linewidth=1.6),
        Patch(facecolor="#dfe4e9", edgecolor=MUTED),
        Patch(**OPEN),
    ]
    words = [mark("share"), mark("interval"), mark("what is undecided leaves open"), mark("unknown")]
    kept = [True, True, bool((rows["open_cases"] > 0).any()), bool(_bare(rows).any())]
    handles = [h for h, k in zip(handles, kept, strict=True) if k]
    words = [w for w, k in zip(words, kept, strict=True) if k]
    note = say(
        mark("Shares of what a register of actions records; they stand beside ratings, never among them.")
    )
    legend_below(figure, handles, [say(w) for w in words], note=note)
    headline(figure, say(mark("What the actions tell")), named(rows, "territory", "name").iloc[0])
    return figure


def _bounded(rows: pd.DataFrame) -> pd.Series:
    """Shares of which undecided cases leave bounds."""
    return (rows["open_cases"] > 0) & rows["least"].notna()


def _bare(rows: pd.DataFrame) -> pd.Series:
    """Shares of which nothing is known."""
    return (rows["status"] == "unknown") & ~_bounded(rows)


def _shares(axes: Axes, rows: pd.DataFrame, at: np.ndarray) -> None:
    bounded, bare = _bounded(rows), _bare(rows)
    axes.barh(at[bare], 1.0, height=0.5, zorder=1, **OPEN)
    wide = rows["most"] - rows["least"]
    axes.barh(
        at[bounded],
        wide[bounded],
        left=rows["least"][bounded],
        height=0.44,
        color="#dfe4e9",
        edgecolor=MUTED,
        zorder=2,
    )
    axes.hlines(at, rows["low"], rows["high"], color=COLOURS["low"], linewidth=1.6, zorder=3)
    axes.plot(rows["value"], at, linestyle="none", marker="o", markersize=6, color=COLOURS["low"], zorder=4)
    axes.grid(axis="x", color=RULE, linewidth=0.6, zorder=0)


def _fraction(row: Mapping[str, Any], say: Translate, numbers: Numbers) -> str:
    if row["status"] == "unknown":
        told = worded("reason", row["reason"], "profile_spokes", say)
        if not row["open_cases"] > 0:
            return told
        return message(
            "{numerator} surely, {open} open: {reason}",
            numerator=numbers.count(row["numerator"]),
            open=numbers.count(row["open_cases"]),
            reason=told,
        ).render(say)
    parts = {
        "numerator": numbers.count(round(row["numerator"])),
        "denominator": numbers.count(round(row["denominator"])),
    }
    if row["share_of"] == "money":
        return message("{numerator} of {denominator}", **parts).render(say)
    what = worded("share_of", row["share_of"], "profile_spokes", say)
    return message("{numerator} of {denominator} {what}", **parts, what=what).render(say)


@plot("leader_profile")
@styled
def evidence_map(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Where there is evidence, on the map.

    Parameters
    ----------
    outputs
        Outputs of `leader_profile` by name.
    focus
        Identifier of a territory, which is drawn near to; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by how many items have evidence, not by what it says; hatched where there is none.
    """
    areas = outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if areas.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    near = areas if focus is None else areas[areas["territory"] == focus]
    figure, axes = sheet(near.total_bounds, areas.crs, {}, numbers, room=1.0)
    grade = coverage(areas)
    polygons = areas.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    if polygons:
        filled(
            axes, areas.geometry, [COVERED[g][1] for g in grade], edgecolors=INK, linewidths=0.7, zorder=0.3
        )
        bare = areas[(grade == "none").to_numpy()]
        filled(
            axes,
            bare.geometry,
            ["none"] * len(bare),
            hatch="////",
            edgecolors=MUTED,
            linewidths=0,
            zorder=0.4,
        )
    else:
        at = areas.geometry
        axes.scatter(at.x, at.y, s=40, c=[COVERED[g][1] for g in grade], edgecolors=INK, linewidths=0.6)
    _numbers_on(axes, areas, numbers)
    used = [g for g in COVERED if (grade == g).any()]
    handles = [
        Patch(facecolor=COVERED[g][1], hatch="////" if g == "none" else "", edgecolor=MUTED, linewidth=0.6)
        for g in used
    ]
    legend_below(
        figure,
        handles,
        [say(COVERED[g][2]) for g in used],
        note=say(
            mark("How much evidence there is, not what it says. Numbers: items with evidence of all items.")
        ),
    )
    alone = "" if focus is None else named(near, "territory", "name").iloc[0]
    headline(figure, say(mark("Where there is evidence")), alone)
    return figure


def _numbers_on(axes: Axes, areas: pd.DataFrame, numbers: Numbers) -> None:
    inside = areas.geometry.representative_point()
    places = np.column_stack([inside.x, inside.y])
    every = areas["rated_items"] + areas["unknown_items"]
    texts = {
        i: f"{numbers.count(int(a))}/{numbers.count(int(b))}"
        for i, (a, b) in enumerate(zip(areas["rated_items"], every, strict=True))
    }
    near_labels(axes, places, np.zeros(len(areas)), texts, covered=0, most=60, centred=True)
