"""What does each column of a published table hold: heading, meaning, kind of value, unit, codes?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from geoterritorio.errors import Translate
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import PROBABILITIES, heading, worded
from geoterritorio.publication.shares import is_points, is_share

Holds = Literal["text", "flag", "whole", "number", "share", "points", "probability", "mixed"]
HOLDS = {
    "text": mark("text"),
    "flag": mark("true or false"),
    "whole": mark("whole number"),
    "number": mark("number"),
    "share": mark("share, from 0 to 1; shown in percent"),
    "points": mark("difference of shares, from -1 to 1; shown in percent"),
    "probability": mark("probability, from 0 to 1"),
    "mixed": mark("number; a share where the measure of its row is one"),
}
# A column with more different codes than this holds names.
_CODES = 40


@dataclass(frozen=True)
class ColumnTold:
    """
    A column as it is described beside its table.

    Attributes
    ----------
    name
        Its name in files for programs.
    heading
        Its heading in the reader's language.
    meaning
        What it holds; empty where nobody has said it.
    holds
        Which kind of value.
    codes
        Codes that occur in it, and their words.
    """

    name: str
    heading: str
    meaning: str
    holds: Holds
    codes: dict[str, str]


def columns_told(listing: Listing, lang: Language) -> Iterator[ColumnTold]:
    """
    Columns of a table, described.

    Parameters
    ----------
    listing
        The table, with its codes, its kind and what its columns are.
    lang
        Language of the reader.

    Returns
    -------
    columns
        One for each column, in order.

    Examples
    --------
    >>> table = pd.DataFrame({"sector": ["15"], "share": [0.4]})
    >>> [(c.heading, c.holds) for c in columns_told(Listing("T", table, "t"), "en")]
    [('Sector code', 'text'), ('Share', 'share')]
    """
    say = translator(lang)
    for column in map(str, listing.table.columns):
        values = listing.table[column]
        yield ColumnTold(
            column,
            listing.names.get(column) or heading(column, listing.kind, say),
            say(listing.helps.get(column, "")) if listing.helps.get(column) else "",
            _holds(values, column, listing),
            _codes(values, column, listing.kind, say),
        )


def _holds(values: pd.Series[Any], column: str, listing: Listing) -> Holds:
    if pd.api.types.is_bool_dtype(values):
        return "flag"
    if not pd.api.types.is_numeric_dtype(values):
        return "text"
    if is_points(column, listing.kind):
        return "points"
    measures = listing.table["measure"].unique() if "measure" in listing.table.columns else [None]
    shares = {is_share(column, listing.kind, measure) for measure in measures}
    if True in shares:
        return "share" if shares == {True} else "mixed"
    whole = values.dropna().mod(1).eq(0).all()
    return "probability" if column in PROBABILITIES else "whole" if whole else "number"


def _codes(values: pd.Series[Any], column: str, kind: str, say: Translate) -> dict[str, str]:
    """Codes that have a word; lists of several codes are not taken apart."""
    if pd.api.types.is_numeric_dtype(values):
        return {}
    told = {str(v): worded(column, str(v), kind, say) for v in values.dropna().unique()[: _CODES + 1]}
    return {code: word for code, word in told.items() if word != code} if len(told) <= _CODES else {}
