"""Pictures of systems of innovation: institutions by kind, thickness, fields beside jobs, triple-helix synergy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from geoterritorio.errors import Translate
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.schema import WITHHELD
from geoterritorio.layers.vocabularies import titles
from geoterritorio.publication.code_words import OWN_VALUES, VALUES
from geoterritorio.publication.drawing import (
    INK,
    MUTED,
    OPEN,
    PAPER,
    canvas,
    headline,
    labels_of,
    legend_below,
    name_axis,
    name_rows,
    nothing,
    styled,
    without_common_start,
    wrapped,
)
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._rows import (
    OF_TERRITORIES,
    dot_plot,
    handle,
    named,
    part_shown,
    unknown,
    written,
)
from geoterritorio.registry import plot

_ROWS = 36
_SHORT = 24
_LEVEL = 5  # heads that fit beside each other
_PRESENT, _MISSING, _SURE = "#b9d8d3", "#f3d9c9", "#00796b"
# Of what is there, the comparison with chance is withheld.
_UNTOLD: Mapping[str, Any] = {"facecolor": _PRESENT, "edgecolor": PAPER, "hatch": "....", "linewidth": 0.4}
_SIGN = "\N{MULTIPLICATION SIGN}"
_STATES = {"served": "#8cc5bd", "unserved": "#efc9a6"}
_SHADES = ("#eef3f2", "#0b5d53")
_DARK = 0.67  # from this value on white is read more easily than ink


@plot("innovation_system")
@styled
def institution_matrix(
    outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en"
) -> Figure:
    """
    Kinds of institution of each territory, and which are missing.

    Parameters
    ----------
    outputs
        Outputs of `innovation_system` by name.
    focus
        Identifier of a territory, set in bold.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by kinds: the number of institutions, a cross where there is none, hatched where the layer does not
        cover the territory; dark where there are more than chance gives.
    """
    table, areas = outputs["presence"], outputs["areas"]
    if focus is not None and focus not in set(areas["territory"]):
        raise unknown(focus, areas["territory"])
    if table.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    rows = _first(areas.sort_values(["kinds_share", "number"], ascending=False, kind="stable"), focus)
    kinds = list(dict.fromkeys(table["kind"]))
    cells = table.set_index(["territory", "kind"])
    figure, axes = canvas(2.3 + 0.27 * len(rows))
    for y, place in enumerate(rows["territory"]):
        for x, kind in enumerate(kinds):
            row = cells.loc[(place, kind)]
            number = "" if np.isnan(row["number"]) else numbers.count(row["number"])
            told = {"yes": number, "no": _SIGN}.get(row["present"], "?")
            sure = row["certainty"] in {"high", "low"}
            look = _look(row["present"], sure=sure)
            if row["present"] == "yes" and row["certainty"] == WITHHELD:
                look = dict(_UNTOLD)
            _square(axes, x, y, look, told, strong=sure and row["present"] == "yes")
    _grid(
        axes,
        wrapped([say(OWN_VALUES.get(("centre_kind", k)) or VALUES[k]) for k in kinds], 18, 2),
        _labels(rows),
        rows,
        focus,
    )
    entries = [
        (Patch(facecolor=_PRESENT), mark("present: how many")),
        (Patch(facecolor=_SURE), mark("more than chance gives")),
        (Patch(facecolor=_MISSING), mark("none")),
        (Patch(**OPEN), mark("unknown: not covered")),
    ]
    untold = table["present"].eq("yes") & table["certainty"].eq(WITHHELD)
    if untold.any():
        told = table["present"].eq("yes") & ~untold
        word = mark("present; whether more than chance is withheld")
        entries = [*(entries[:2] if told.any() else []), (Patch(**_UNTOLD), word), *entries[2:]]
    note = mark(
        "Chance: institutions of a kind dealt in proportion to establishments. That a small territory has none of a "
        "rare kind is what chance gives, too."
    )
    handles = [handle for handle, _ in entries]
    legend_below(figure, handles, [say(word) for _, word in entries], columns=4, note=say(note))
    headline(
        figure, say(mark("Institutions by kind")), part_shown(OF_TERRITORIES, len(rows), len(areas), lang)
    )
    return figure


@plot("institutional_thickness")
@styled
def thickness_parts(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Parts of institutional thickness side by side.

    Parameters
    ----------
    outputs
        Outputs of `institutional_thickness` by name.
    focus
        Identifier of a territory, set in bold.
    lang
        Language of the labels.

    Returns
    -------
    figure
        Territories by parts, each from 0 (pale) to 1 (dark); what is unknown is hatched.
    """
    table = outputs["parts"]
    if focus is not None and focus not in set(table["territory"]):
        raise unknown(focus, table["territory"])
    if table.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    places = table.drop_duplicates("territory")
    # Parts are not added up: those that have most kinds come first.
    present = table[table["part"] == "presence"].set_index("territory")["value"]
    by = places["territory"].map(present)
    rows = _first(places.assign(by=by).sort_values("by", ascending=False, kind="stable"), focus)
    parts = list(dict.fromkeys(table["part"]))
    cells = table.set_index(["territory", "part"])["value"]
    figure, axes = canvas(2.0 + 0.27 * len(rows))
    for y, place in enumerate(rows["territory"]):
        for x, part in enumerate(parts):
            value = float(cells.loc[(place, part)])
            known = not np.isnan(value)
            look = {"facecolor": _mixed(value)} if known else dict(OPEN)
            told = numbers.percent(round(value, 2)) if known else "?"
            _square(axes, x, y, look, told, strong=known and value > _DARK)
    words = [say(OWN_VALUES.get(("part", p)) or VALUES[p]) for p in parts]
    _grid(axes, wrapped(words, 22, 2), _labels(rows), rows, focus)
    steps = np.linspace(0, 1, 5)
    handles = [*(Patch(facecolor=_mixed(step)) for step in steps), Patch(**OPEN)]
    note = mark(
        "Presence: share of the kinds; interaction: institutions linked with another one, of the territory or "
        "elsewhere; coalition: institutions in the largest group linked within the territory; agenda: institutions in "
        "a shared project. The parts are not added up."
    )
    shades = [numbers.percent(step) for step in steps]
    legend_below(figure, handles, [*shades, say(mark("unknown"))], columns=6, note=say(note))
    headline(
        figure,
        say(mark("Institutional thickness, part by part")),
        part_shown(OF_TERRITORIES, len(rows), len(places), lang),
    )
    return figure


@plot("training_match")
@styled
def training_bars(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Jobs whose sector has its field taught in the territory.

    Parameters
    ----------
    outputs
        Outputs of `training_match` by name.
    focus
        Identifier of a territory, set in bold.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bar per territory: share of the jobs served and unserved by training, bold where it is told from chance;
        beside it what chance gives when the same fields are dealt anew among the institutions of each kind.
    """
    table = pd.DataFrame(outputs["areas"])
    if focus is not None and focus not in set(table["territory"]):
        raise unknown(focus, table["territory"])
    own = table[(table["purpose"] == "training") & table["match_high"].notna()]
    if own.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    rows = _first(own.sort_values("match_low", ascending=False, kind="stable"), focus)
    figure, axes = canvas(0.28 * len(rows) + 2.1)
    places = np.arange(len(rows))[::-1]
    low, high = rows["match_low"].to_numpy(), rows["match_high"].to_numpy()
    axes.barh(places, low, height=0.62, color=_STATES["served"])
    axes.barh(places, 1 - high, left=high, height=0.62, color=_STATES["unserved"])
    some = high > low
    axes.barh(places[some], (high - low)[some], left=low[some], height=0.62, **OPEN)
    axes.hlines(places, rows["expected_low"], rows["expected_high"], color=INK, linewidth=1.4, zorder=3)
    axes.plot(rows["expected"], places, linestyle="none", marker="|", markersize=8, color=INK, zorder=4)
    name_rows(axes, places, _labels(rows))
    _bold(axes, rows, focus)
    axes.set(xlim=(0, 1), ylim=(-0.7, len(rows) - 0.3))
    ticks = np.linspace(0, 1, 6)
    axes.set_xticks(ticks, labels=[numbers.percent(round(t, 2)) for t in ticks])
    name_axis(axes, "x", say(mark("Share of the jobs that a field could serve")))
    for y, share, word in zip(places, rows["match_share"], rows["certainty"], strict=True):
        text = "?" if np.isnan(share) else numbers.percent(round(share, 2))
        weight = "bold" if word in {"high", "low"} else "normal"
        axes.text(1.01, y, text, va="center", fontsize=8, color=INK, weight=weight)
    handles = [
        Patch(facecolor=_STATES["served"]),
        Patch(facecolor=_STATES["unserved"]),
        Line2D([], [], color=INK, marker="|", markersize=8, linewidth=1.4),
    ]
    words = [
        mark("field taught here"),
        mark("not taught here"),
        mark("same fields dealt anew among their kind"),
    ]
    if some.any():
        handles, words = [*handles, Patch(**OPEN)], [*words, mark("open: fields are not known")]
    # Where one value is drawn nearly always, a few others pull the mean out of the interval.
    how = mark(
        "Bold figures: told from chance. Black: what chance gives, its mean (stroke) and the interval of most draws "
        "(line); where nearly every draw gives the same, the mean may lie beside it."
    )
    note = " ".join(text for text in (say(how), _largest(outputs, rows, say, lang)) if text)
    legend_below(figure, handles, [say(w) for w in words], columns=2, note=note)
    headline(
        figure,
        say(mark("Training beside local jobs")),
        part_shown(OF_TERRITORIES, len(rows), own["territory"].nunique(), lang),
    )
    return figure


def _largest(outputs: Mapping[str, Any], rows: pd.DataFrame, say: Translate, lang: Language) -> str:
    """The largest gap that institutions elsewhere could fill, in words."""
    fields = outputs["fields"]
    lost = fields[
        (fields["purpose"] == "training") & (fields["taught"] == "no") & (fields["taught_elsewhere"] > 0)
    ]
    lost = lost[lost["territory"].isin(rows["territory"]) & (lost["jobs_only"] > 0)]
    if lost.empty:
        return ""
    row = lost.loc[lost["jobs_only"].idxmax()]
    text = mark("Largest gap in a field that is taught elsewhere: {field} in {place}, {jobs} jobs.")
    place = named(lost.loc[[row.name]], "territory", "name").iloc[0]
    return say(text).format(
        field=titles("isced_f_2013", lang)[row["field"]],
        place=place,
        jobs=Numbers(lang).count(row["jobs_only"]),
    )


@plot("triple_helix")
@styled
def helix_bars(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Triple-helix synergy within and between territories.

    Parameters
    ----------
    outputs
        Outputs of `triple_helix` by name.
    focus
        Identifier of a territory, set in bold.
    lang
        Language of the labels.

    Returns
    -------
    figure
        The whole, within, between and each territory: T with its interval, and what chance gives; filled where they are
        told apart.
    """
    table = outputs["helix"]
    if focus is not None and focus not in set(table["territory"].dropna()):
        raise unknown(focus, table["territory"].dropna())
    known = table[table["synergy"].notna()]
    if known.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    first = known[known["part"] != "territory"]
    own = known[known["part"] == "territory"].sort_values("synergy", kind="stable")
    shown = pd.concat([first, _first(own, focus)])
    names = [say(OWN_VALUES["part", p]) for p in first["part"]] + _labels(shown[len(first) :])
    level = shown["q"].fillna(shown["p"])
    rows = pd.DataFrame(
        {
            "label": names,
            "value": shown["synergy"].to_numpy(),
            "low": shown["low"].to_numpy(),
            "high": shown["high"].to_numpy(),
            "chance": shown["expected"].to_numpy(),
            "filled": (level <= 1 / 20).to_numpy(),
            "figure": [written(numbers.plain(round(v, 3))) for v in shown["synergy"]],
        }
    )
    mine = None if focus is None else names[shown["territory"].tolist().index(focus)]
    figure, axes = dot_plot(rows, numbers, strong=mine)
    axes.axvline(0, color=MUTED, linewidth=0.8, zorder=1)
    name_axis(axes, "x", say(mark("T in bits; below 0 is synergy")))
    words = [mark("told from chance"), mark("not told from chance"), mark("what chance gives")]
    handles = [handle(k) for k in ("filled", "hollow", "chance")]
    note = mark(
        "Few establishments look like synergy: compare each dot with its bar of chance, not with the other dots. At "
        "the left of the bar: more synergy than chance."
    )
    legend_below(figure, handles, [say(w) for w in words], columns=3, note=say(note))
    headline(
        figure,
        say(mark("Triple helix: places, technologies, sizes")),
        part_shown(OF_TERRITORIES, len(shown) - len(first), len(own), lang),
    )
    return figure


def _first(table: pd.DataFrame, focus: str | None) -> pd.DataFrame:
    """Rows that are drawn, the one that was asked for among them."""
    kept = table.head(_ROWS)
    if focus is not None and focus not in set(kept["territory"]):
        kept = pd.concat([kept.head(_ROWS - 1), table[table["territory"] == focus]])
    return kept


def _labels(rows: pd.DataFrame) -> list[str]:
    names = named(rows, "territory", "name").tolist()
    return labels_of(list(without_common_start(names, _SHORT)), _SHORT) if names else []


def _look(present: str, *, sure: bool) -> dict[str, Any]:
    if present == "unknown":
        return dict(OPEN)
    if present == "no":
        return {"facecolor": _MISSING}
    return {"facecolor": _SURE if sure else _PRESENT}


def _square(axes: Axes, x: int, y: int, look: Mapping[str, Any], told: str, *, strong: bool) -> None:
    box = {"edgecolor": PAPER, "linewidth": 1.0, "zorder": 0.5, **look}
    axes.add_patch(Rectangle((x - 0.5, y - 0.42), 1.0, 0.84, **box))
    colour = PAPER if strong else INK
    axes.text(x, y, told, ha="center", va="center_baseline", fontsize=7.5, color=colour, parse_math=False)


def _grid(
    axes: Axes, heads: Sequence[str], labels: Sequence[str], rows: pd.DataFrame, focus: str | None
) -> None:
    axes.set(xlim=(-0.5, len(heads) - 0.5), ylim=(len(labels) - 0.45, -0.55))
    name_rows(axes, np.arange(len(labels)), labels)
    _bold(axes, rows, focus)
    axes.xaxis.tick_top()
    many = {"rotation": 40, "ha": "left", "fontsize": 7} if len(heads) > _LEVEL else {"fontsize": 8}
    axes.set_xticks(np.arange(len(heads)), labels=list(heads), parse_math=False, **many)
    axes.tick_params(axis="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _bold(axes: Axes, rows: pd.DataFrame, focus: str | None) -> None:
    for tick, territory in zip(axes.get_yticklabels(), rows["territory"], strict=True):
        tick.set_fontweight("bold" if territory == focus else "normal")


def _mixed(value: float) -> tuple[float, float, float]:
    """Shade between pale and dark."""
    ends = [np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) / 255 for c in _SHADES]
    red, green, blue = ends[0] + (ends[1] - ends[0]) * min(max(value, 0.0), 1.0)
    return float(red), float(green), float(blue)
