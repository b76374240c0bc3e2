"""Which shares reach a centre of each kind within each budget, told in few columns?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoterritorio.errors import message
from geoterritorio.i18n import LANGUAGES, Language, mark, translator
from geoterritorio.publication.headings import heading, worded
from geoterritorio.publication.numbers import NOTHING, Numbers
from geoterritorio.study.withholding import WITHHELD

Words = dict[Language, str]

# What is measured: of whom, and by which columns of shares.
_MEASURES = {
    "establishments": ("establishments", "reached"),
    "jobs": ("establishments", "jobs"),
    "residents": ("residents", "reached"),
}
_RESIDENTS = mark("Residents")
# Three digits are what a reader compares; all is said only where it is all.
_DIGITS, _NEARLY = 3, 0.999


def measured(measure: str, lang: Language) -> str:
    """
    What a share is one of.

    Parameters
    ----------
    measure
        Establishments, jobs or residents.
    lang
        Language of the reader.

    Returns
    -------
    text
        As a heading.
    """
    say = translator(lang)
    return say(_RESIDENTS) if measure == "residents" else heading(measure, "reach_shares", say)


def shares_in_words(shares: pd.DataFrame, by: Sequence[str]) -> tuple[pd.DataFrame, dict[str, Words]]:
    """
    Shares within all budgets as one text for each row and measure.

    Parameters
    ----------
    shares
        Shares of `reach`, by territory or in total.
    by
        Columns that tell the rows apart.

    Returns
    -------
    table, words
        Columns `by` and those of the measures that are known, missing where nobody is there; and the texts in every
        language by what stands in the cells.
    """
    told = shares[[*by]].drop_duplicates()
    words: dict[str, Words] = {}
    for measure, (who, of) in _MEASURES.items():
        rows = shares[shares["who"].eq(who) & shares["number"].ne(0)].sort_values("up_to", kind="stable")
        if not rows[f"{of}_share"].notna().any():
            continue
        texts = {
            lang: rows.assign(text=_texts(rows, of, lang)).groupby([*by], sort=False)["text"].agg(" · ".join)
            for lang in LANGUAGES
        }
        own = texts[LANGUAGES[0]]
        words |= {text: {lang: texts[lang][at] for lang in LANGUAGES} for at, text in own.items()}
        told = told.merge(own.rename(measure).reset_index(), on=[*by], how="left")
    return told, words


def reach_table(shares: pd.DataFrame, lang: Language) -> tuple[pd.DataFrame, dict[str, str]]:
    """
    Table of the shares that reach each kind of centre, with a column for each budget.

    Parameters
    ----------
    shares
        Shares of `reach` in total.
    lang
        Language of the reader.

    Returns
    -------
    table, headings
        For each kind, that which fewest reach within the middle budget first, a row for establishments, jobs and
        residents, as far as they are known; and the headings of its columns.

    Notes
    -----
    Shares of which establishments of unknown size make it unsure what they are stand with their bounds; rows of which a
    share is withheld say so.
    """
    budgets = np.sort(shares["up_to"].unique())
    middle = budgets[(len(budgets) - 1) // 2]
    first = shares[shares["who"].eq(shares["who"].iloc[0]) & shares["up_to"].eq(middle)]
    kinds = first.sort_values("reached_share", kind="stable")["centre_kind"]
    parts = []
    for measure, (who, of) in _MEASURES.items():
        rows = shares[shares["who"].eq(who)]
        if not rows[f"{of}_share"].notna().any():
            continue
        wide = rows.assign(text=_texts(rows, of, lang)).pivot_table(
            index="centre_kind", columns="up_to", values="text", aggfunc="first"
        )
        wide = wide.set_axis([f"up_to_{k}" for k in range(len(budgets))], axis=1)
        if WITHHELD in rows.columns:
            wide[WITHHELD] = rows.groupby("centre_kind")[WITHHELD].first()
        parts.append(wide.loc[kinds].reset_index().assign(measure=measured(measure, lang)))
    table = pd.concat(parts)
    order = table["centre_kind"].map({kind: k for k, kind in enumerate(kinds)})
    table = table.iloc[np.argsort(order.to_numpy(), kind="stable")]
    columns = [
        "centre_kind",
        "measure",
        *(c for c in table.columns if c.startswith("up_to_") or c == WITHHELD),
    ]
    return table[columns].reset_index(drop=True), _headings(shares, budgets, lang)


def _headings(shares: pd.DataFrame, budgets: np.ndarray, lang: Language) -> dict[str, str]:
    say, numbers = translator(lang), Numbers(lang)
    units = shares["unit"].dropna().unique()
    unit = worded("unit", str(units[0]), "reach_shares", say) if len(units) == 1 else ""
    named = {
        f"up_to_{k}": message("up to {amount} {unit}", amount=numbers.plain(float(b)), unit=unit).render(say)
        for k, b in enumerate(budgets)
    }
    return {"measure": say(mark("Share of")), **named}


def _texts(rows: pd.DataFrame, of: str, lang: Language) -> list[str]:
    """Shares in percent, with their bounds where these say something else."""
    columns = rows.reindex(columns=[f"{of}_share", f"{of}_low", f"{of}_high"]).to_numpy(dtype=float)
    return [_text(share, low, high, Numbers(lang)) for share, low, high in columns]


def _text(share: float, low: float, high: float, numbers: Numbers) -> str:
    if np.isnan(share):
        return NOTHING
    bounds = [_percent(x, numbers) for x in (low, high) if not np.isnan(x)]
    told = _percent(share, numbers)
    return told if set(bounds) <= {told} else f"{told} ({' – '.join(bounds)})"


def _percent(share: float, numbers: Numbers) -> str:
    rounded = round(share, _DIGITS)
    return numbers.percent(min(rounded, _NEARLY) if share < 1 else rounded)
