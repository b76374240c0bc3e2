"""What does each column of a published table hold: heading, meaning, kind of value, unit, codes?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import pandas as pd

from geoterritorio.errors import Translate
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import PROBABILITIES, heading, worded
from geoterritorio.publication.shares import is_points, is_share
from geoterritorio.registry import descriptions

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
# Of columns that no tool declares: names that are put beside codes.
MEANINGS = {
    "name": mark("Name of the territory"),
    "sector_name": mark("Name of the sector"),
    "group_name": mark("Name of the group of sectors"),
    "industry_name": mark("Name of the industry"),
    "activity_name": mark("Name of the activity"),
}
_WORDS = ("text", "date", "datetime")
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
        What it holds; where nobody has said it, its heading.
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
            _meaning(column, listing, say),
            _holds(values, column, listing),
            _codes(values, column, listing.kind, say),
        )


def _meaning(column: str, listing: Listing, say: Translate) -> str:
    text = listing.helps.get(column) or MEANINGS.get(column)
    return say(text) if text else listing.names.get(column) or heading(column, listing.kind, say)


@lru_cache
def _declared() -> Mapping[tuple[str, str], str]:
    """Type of each column, by kind of its table, as the tools declare it."""
    outputs = (o for about in descriptions().values() for o in about["outputs"])
    return {(o.get("kind", ""), c["name"]): c["dtype"] for o in outputs for c in o.get("columns", ())}


def _holds(values: pd.Series[Any], column: str, listing: Listing) -> Holds:
    declared = _declared().get((listing.kind, column), "")
    if values.isna().all() and declared:
        # A column without a value says nothing of its type.
        values = values.astype(object if declared in _WORDS else float)
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
    there = values.dropna()
    whole = len(there) > 0 and there.mod(1).eq(0).all()
    return "probability" if column in PROBABILITIES else "whole" if whole else "number"


def _codes(values: pd.Series[Any], column: str, kind: str, say: Translate) -> dict[str, str]:
    """Codes that have a word; of cells with several, each by itself."""
    if pd.api.types.is_numeric_dtype(values):
        return {}
    given = [str(v) for v in values.dropna().unique()]
    alone = dict.fromkeys(part for text in given for part in _parted(text, column, kind, say))
    told = {code: worded(column, code, kind, say) for code in [*alone][: _CODES + 1]}
    return {code: word for code, word in told.items() if word != code} if len(told) <= _CODES else {}


def _parted(text: str, column: str, kind: str, say: Translate) -> list[str]:
    """Codes of a cell: several, if its words are those of its parts."""
    parts = text.split("; ")
    words = [worded(column, part, kind, say) for part in parts]
    return parts if worded(column, text, kind, say) == "; ".join(words) and words != parts else [text]
