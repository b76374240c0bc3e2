"""Technology and knowledge drawn: their shares in the jobs of each territory, and what is open of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.code_words import VALUES
from geoterritorio.publication.drawing import (
    OPEN,
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
from geoterritorio.publication.numbers import Numbers
from geoterritorio.publication.plots._rows import OF_TERRITORIES, column, named, part_shown, unknown
from geoterritorio.registry import plot

_ROWS = 36
_CLASSES: Mapping[str, str] = {
    "high_tech": "#10305a",
    "medium_high_tech": "#2b7480",
    "kis_high_tech": "#5e3a87",
    "kis_market": "#9484b5",
    "kis_financial": "#c3b8d9",
    "kis_other": "#e2dcee",
}
_REST = ("medium_low_tech", "low_tech", "lkis_market", "lkis_other")


@plot("knowledge_content")
@styled
def knowledge_shares(
    outputs: Mapping[str, Any], *, focus: str | None = None, lang: Language = "en"
) -> Figure:
    """
    Technology and knowledge in the jobs of each territory.

    Parameters
    ----------
    outputs
        Outputs of `knowledge_content` by name.
    focus
        Identifier of a territory, set in bold.
    lang
        Language of the labels.

    Returns
    -------
    figure
        One bar per territory: shares of high and medium-high technology and of knowledge-intensive services in its
        jobs; the highest first. What codes or withheld cells leave open is hatched, and then nothing is ranked.
    """
    table = outputs["content"]
    if focus is not None and focus not in set(table["territory"]):
        raise unknown(focus, table["territory"])
    ends = _shares(table)
    if ends["most"].max() <= 0 or ends["most"].isna().all():
        return nothing(lang)
    say, numbers = translator(lang), Numbers(lang)
    rows, ranked = _by_share(ends, focus)
    wide = ends["parts"].reindex(rows)
    wide = wide[[c for c in wide.columns if ends["highest"].get(c, 0) > 0]]
    names = named(table.drop_duplicates("territory"), "territory", "name").set_axis(
        table.drop_duplicates("territory")["territory"]
    )
    labels = wrapped([names[t] for t in wide.index], 44, 2)
    figure, axes = canvas(0.26 * len(wide) + 1.8)
    places = np.arange(len(wide))[::-1]
    left = np.zeros(len(wide))
    for name in wide.columns:
        part = wide[name].to_numpy()
        axes.barh(places, part, left=left, height=0.66, color=_CLASSES[name], edgecolor=PAPER, linewidth=0.4)
        left += part
    open_ = (ends["most"].reindex(rows).to_numpy() - left).clip(min=0)
    some = open_ > 0  # a bar of no width would still have an edge
    axes.barh(places[some], open_[some], left=left[some], height=0.66, **OPEN)
    name_rows(axes, places, labels)
    for tick, territory in zip(axes.get_yticklabels(), wide.index, strict=True):
        tick.set_fontweight("bold" if territory == focus else "normal")
    axes.set_ylim(-0.7, len(wide) - 0.3)
    end = min(max((left + open_).max() * 1.02, 0.01), 1)
    ticks = [t for t in axes.get_xticks() if 0 <= t <= end]
    axes.set_xticks(ticks, labels=[f"{numbers.plain(round(100 * t, 1))} %" for t in ticks])
    axes.set_xlim(0, end)
    name_axis(axes, "x", say(mark("Share of the territory's jobs")))
    handles = [Patch(facecolor=_CLASSES[c]) for c in wide.columns]
    words, note = [say(VALUES[c]) for c in wide.columns], ""
    if not ranked:
        handles, words = [*handles, Patch(**OPEN)], [*words, say(mark("open: these data cannot tell"))]
        note = say(
            mark(
                "Plain: jobs that are surely of the class; hatched: jobs that may be, since codes are short or cells "
                "withheld. The rows are not ranked."
            )
        )
    legend_below(figure, handles, words, columns=2, note=note)
    part = part_shown(OF_TERRITORIES, len(wide), len(ends["most"]), lang)
    headline(figure, say(mark("Technology and knowledge")), part)
    return figure


def _shares(table: pd.DataFrame) -> dict[str, Any]:
    """Sure shares of the classes drawn, by territory; what they come to at most; the most that each class can be."""
    known = table.assign(
        least=column(table, "share_low").fillna(table["share"]),
        most=column(table, "share_high").fillna(table["share"]),
    )
    # Rows without jobs have no share.
    known = known[known["most"].notna()]
    drawn = known["class"].isin(_CLASSES)
    parts = known[drawn].pivot_table(
        index="territory", columns="class", values="least", aggfunc="first", sort=False
    )
    # The other classes take what is surely theirs.
    rest = known[known["class"].isin(_REST)].groupby("territory")["least"].sum()
    sums = known[drawn].groupby("territory", sort=False)["most"].sum()
    return {
        "parts": parts.reindex(columns=[c for c in _CLASSES if c in parts.columns]).fillna(0.0),
        "most": sums.clip(upper=1 - rest.reindex(sums.index).fillna(0)),
        "highest": known[drawn].groupby("class")["most"].max(),
    }


def _by_share(ends: Mapping[str, Any], focus: str | None) -> tuple[list[str], bool]:
    """Territories drawn and whether they are ranked: only where all shares are known, else as they come."""
    sure, most = ends["parts"].sum(axis=1), ends["most"]
    ranked = bool(np.allclose(sure.reindex(most.index), most))
    order = most.sort_values(ascending=False, kind="stable").index if ranked else most.index
    rows = order[:_ROWS].tolist()
    if focus in set(order) - set(rows):
        rows = [*rows[:-1], str(focus)]
    return rows, ranked
