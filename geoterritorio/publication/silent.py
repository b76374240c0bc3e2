"""Which tables of a report say nothing, and the sentence that stands in their place."""

from __future__ import annotations

import pandas as pd

from geoterritorio.errors import Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers

# Numbers that stand in a row before anything is measured: what was asked for, not what was found.
_ASKED = frozenset(
    (
        "budget",
        "cutoff",
        "lag",
        "step",
        "threshold",
        "threshold_low",
        "threshold_high",
        "up_to",
        "weight",
        "year",
    )
)
# Columns that say why a row has no figure, the most telling first.
_REASONS = ("withheld", "reason", "status", "certainty")
# Reasons that a sentence has room for.
_TOLD = 3


def silence(listing: Listing, lang: Language) -> str:
    """
    Sentence in place of a table that has no row, or rows without a single figure.

    Parameters
    ----------
    listing
        A table of the study.
    lang
        Language of the reader.

    Returns
    -------
    sentence
        How many rows there are and why they have no figure, where they say; empty where the table has figures, or
        never holds any.

    Examples
    --------
    >>> table = pd.DataFrame({"territory": ["a", "b"], "value": [None, None], "status": "withheld"})
    >>> silence(Listing("", table.astype({"value": float}), ""), "en")
    'The table is left out, since none of its 2 rows has a figure (withheld: 2).'
    >>> silence(Listing("", table.assign(value=[1.0, None]), ""), "en")
    ''
    """
    table, say = listing.table, translator(lang)
    if not len(table.columns):
        return ""
    if table.empty:
        return message("The table has no row.").render(say)
    figures = [c for c in table.columns if _is_figure(table, c)]
    if not figures or table[figures].notna().any(axis=None):
        return ""
    numbers = Numbers(lang)
    told = {"count": numbers.count(len(table)), "reasons": _reasons(listing, say, numbers)}
    text = mark("The table is left out, since none of its {count} rows has a figure ({reasons}).")
    if not told["reasons"]:
        text = mark("The table is left out, since none of its {count} rows has a figure.")
    return message(text, **told).render(say)


def _is_figure(table: pd.DataFrame, column: str) -> bool:
    """Whether a column holds what was found in numbers."""
    values = table[column]
    return bool(
        pd.api.types.is_numeric_dtype(values)
        and not pd.api.types.is_bool_dtype(values)
        and column not in _ASKED
    )


def _reasons(listing: Listing, say: Translate, numbers: Numbers) -> str:
    """Why rows have no figure, and how many for each reason, from the first column that says so."""
    table = listing.table
    for column in _REASONS:
        if column not in table.columns:
            continue
        given = table[column].dropna().astype(str)
        words = given[given != ""].map(lambda code, c=column: worded(c, code, listing.kind, say))
        counted = words.value_counts(sort=True)
        if len(counted):
            more = [f"+{numbers.count(int(counted.iloc[_TOLD:].sum()))}"] if len(counted) > _TOLD else []
            told = [f"{word}: {numbers.count(int(n))}" for word, n in counted.head(_TOLD).items()]
            return "; ".join([*told, *more])
    return ""
