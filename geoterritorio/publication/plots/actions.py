"""Pictures of actions: each on a timeline by phase, and budgets by phase and funder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from geoterritorio.assessment.actions import UNSTATED
from geoterritorio.errors import Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.layers.schema import PHASES
from geoterritorio.publication.drawing import (
    INK,
    RULE,
    canvas,
    headline,
    labels_of,
    legend_below,
    name_axis,
    name_rows,
    nothing,
    styled,
    wrapped,
)
from geoterritorio.publication.headings import worded
from geoterritorio.publication.ladder_words import PHASE_COLOURS
from geoterritorio.publication.names import with_own_half
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._rows import named, part_shown, plain_ticks, unknown
from geoterritorio.registry import plot

_ROWS = 60
_FUNDERS = ("#33658a", "#d2741f", "#86bbd8", "#758e4f", "#b56576", "#6d597a", "#c9ada7")
OF_ACTIONS = mark("{shown} of {total} actions")


@plot("action_register")
@styled
def action_timeline(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Actions on a timeline, by phase.

    Parameters
    ----------
    outputs
        Outputs of `action_register` by name.
    focus
        Identifier of a territory, whose actions are drawn alone; by default all, up to sixty.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bar for each action from its first to its last year, in the colour of its phase; as thick as its budget is
        large, and hollow where that is not known.
    """
    register = outputs["register"]
    if focus is not None and focus not in set(register["territory"].dropna()):
        raise unknown(focus, register["territory"].dropna())
    told = register if focus is None else register[register["territory"] == focus]
    rows = told[told["begin"].notna()]
    if rows.empty:
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    rows = rows.assign(phase=rows["phase"].fillna(UNSTATED))
    rank = rows["phase"].map({p: i for i, p in enumerate((*PHASES, UNSTATED))})
    rows = rows.assign(rank=rank).sort_values(["rank", "begin", "end"], kind="stable").head(_ROWS)
    figure, axes = canvas(1.6 + 0.15 * len(rows))
    _bars(axes, rows)
    labels = [_label(row, say) for row in with_own_half(pd.DataFrame(rows), lang).to_dict("records")]
    name_rows(axes, np.arange(len(rows)), labels_of(labels, 52))
    axes.tick_params(axis="y", labelsize=6.4)
    axes.set(ylim=(len(rows) - 0.3, -0.7))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="x", color=RULE, linewidth=0.5, zorder=0)
    used = [p for p in (*PHASES, UNSTATED) if (rows["phase"] == p).any()]
    handles = [Patch(facecolor=PHASE_COLOURS[p]) for p in used]
    note = _thickness(rows, say, numbers)
    legend_below(figure, handles, [worded("phase", p, "action_years", say) for p in used], note=note)
    undated = int(told["begin"].isna().sum())
    much = part_shown(OF_ACTIONS, len(rows), len(told), lang)
    lacking = (
        message("without a period: {count}", count=numbers.count(undated)).render(say) if undated else ""
    )
    alone = "" if focus is None else named(rows, "territory", "name").iloc[0]
    headline(figure, say(mark("Actions on their timeline")), alone, much, lacking)
    return figure


def _thickness(rows: pd.DataFrame, say: Translate, numbers: Numbers) -> str:
    """What the thickness of the bars stands for."""
    budget = rows["budget"].dropna()
    if budget.empty:
        return say(mark("All bars are hollow: no budget is known."))
    return message(
        "The thicker the bar, the larger the budget, from {least} to {most} in the currency of the source; hollow bars "
        "have none that is known.",
        least=numbers.count(budget.min()),
        most=numbers.count(budget.max()),
    ).render(say)


def _label(row: Mapping[str, Any], say: Translate) -> str:
    """Name of an action, else its kind and identifier."""
    kind, name = row.get("kind"), row.get("action_name")
    if isinstance(name, str) and name:
        return name
    return (
        f"{worded('kind', kind, 'action_places', say)} ({row['action']})"
        if isinstance(kind, str)
        else row["action"]
    )


def _bars(axes: Axes, rows: pd.DataFrame) -> None:
    budget = rows["budget"].to_numpy(dtype=float)
    largest = np.nanmax(budget) if np.isfinite(budget).any() else 1.0
    tall = np.where(
        np.isfinite(budget), 0.25 + 0.6 * np.sqrt(np.nan_to_num(budget) / max(largest, 1.0)), 0.45
    )
    colours = rows["phase"].map(PHASE_COLOURS).to_numpy()
    axes.barh(
        np.arange(len(rows)),
        rows["end"] - rows["begin"] + 1,
        left=rows["begin"],
        height=tall,
        color=np.where(np.isfinite(budget), colours, "none"),
        edgecolor=colours,
        linewidth=0.8,
        zorder=2,
    )


@plot("action_register")
@styled
def action_budgets(outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en") -> Figure:
    """
    Budgets of the phases, by funder.

    Parameters
    ----------
    outputs
        Outputs of `action_register` by name.
    focus
        A funder, which is drawn alone; by default all.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bar for each phase, parted by funder; at its end the number of actions, the public share, and the actions
        whose budget is not known.
    """
    table = outputs["phase_funders"]
    if focus is not None and focus not in set(table["funder"]):
        raise unknown(focus, table["funder"])
    rows = table if focus is None else table[table["funder"] == focus]
    if not rows["budget"].gt(0).any():
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    phases = [p for p in (*PHASES, UNSTATED) if (rows["phase"] == p).any()]
    order = rows.groupby("funder")["budget"].sum().sort_values(ascending=False, kind="stable").index.tolist()
    figure, axes = canvas(1.7 + 0.55 * len(phases))
    left = np.zeros(len(phases))
    for k, funder in enumerate(order):
        part = (
            rows[rows["funder"] == funder].set_index("phase")["budget"].reindex(phases).fillna(0).to_numpy()
        )
        axes.barh(
            np.arange(len(phases)),
            part,
            left=left,
            height=0.62,
            color=_FUNDERS[k % len(_FUNDERS)],
            edgecolor="white",
            zorder=2,
        )
        left = left + part
    _ends(axes, rows, phases, left, say, numbers)
    name_rows(axes, np.arange(len(phases)), [worded("phase", p, "action_years", say) for p in phases])
    axes.set(ylim=(len(phases) - 0.45, -0.55), xlim=(0, left.max() * 1.45))
    plain_ticks(axes, "x", numbers)
    axes.grid(axis="x", color=RULE, linewidth=0.5, zorder=0)
    name_axis(axes, "x", say(mark("Known budgets, in the currency of the source")))
    handles = [Patch(facecolor=_FUNDERS[k % len(_FUNDERS)]) for k in range(len(order))]
    legend_below(
        figure, handles, [worded("funder", wrapped([f], 40)[0], "action_phase_funders", say) for f in order]
    )
    headline(figure, say(mark("Budgets by phase and funder")))
    return figure


def _ends(
    axes: Axes, rows: pd.DataFrame, phases: list[str], ends: Any, say: Translate, numbers: Numbers
) -> None:
    """At the end of each bar how many actions it is, their public share, and what is missing."""
    for y, phase in enumerate(phases):
        part = rows[rows["phase"] == phase]
        share = part["public_budget"].sum() / part.loc[part["public_budget"].notna(), "budget"].sum()
        told = [message("actions: {count}", count=numbers.count(part["number"].sum())).render(say)]
        if np.isfinite(share):
            told.append(message("public: {share}", share=numbers.percent(round(share, 2))).render(say))
        if lacking := part["without_budget"].sum():
            told.append(message("without a budget: {count}", count=numbers.count(lacking)).render(say))
        axes.annotate(
            "\n".join(told),
            (ends[y], y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=6.8,
            color=INK,
            linespacing=1.05,
            parse_math=False,
        )
