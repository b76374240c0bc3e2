"""How is a table of territories told in sentences: names, counts, and what is not known of them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

import pandas as pd

from geoterritorio.errors import Message, Translate, message
from geoterritorio.i18n import Language, translator
from geoterritorio.layers.schema import WITHHELD
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers

# q from which on chance is not told from what was found, and territories that a sentence names.
LEVEL = 0.05
NAMED = 3


# Columns in which withheld rows say so beside a figure; elsewhere the word stands for another.
_OF_FIGURES = ("status", "certainty", "withheld")


def told_rows(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """
    Rows of which no word is withheld: of others nothing is counted, since none of them is a “no”.

    Parameters
    ----------
    table
        A table as others have it.

    Returns
    -------
    rows, untold
        Rows that are told, and how many are not.

    Examples
    --------
    >>> rows, untold = told_rows(pd.DataFrame({"district": ["yes", "withheld"], "status": ["withheld", "known"]}))
    >>> list(rows["district"]), untold
    (['yes'], 1)
    """
    words = [
        c for c in table.columns if c not in _OF_FIGURES and c != "geometry" and table[c].dtype == object
    ]
    words += [c for c in table.columns if c not in _OF_FIGURES and isinstance(table[c].dtype, pd.StringDtype)]
    lost = table[words].eq(WITHHELD).any(axis=1) if words else pd.Series(data=False, index=table.index)
    return (table[~lost], int(lost.sum())) if lost.any() else (table, 0)


def untold_rows(untold: int, total: int, lang: Language) -> Message:
    """
    That rows say nothing because what they would say is withheld.

    Parameters
    ----------
    untold, total
        Rows that are withheld, and all rows.
    lang
        Language of the reader.

    Returns
    -------
    message
        A sentence.
    """
    count = Numbers(lang).count
    return message(
        "Withheld, since they follow from withheld figures: the verdicts of {count} of {total} rows. That is neither a "
        "yes nor a no.",
        count=count(untold),
        total=count(total),
    )


@dataclass(frozen=True)
class Telling:
    """
    How a table is told: its rows, its kind, and words and numbers of one language.

    Parameters
    ----------
    listing
        The table, and how the report names it.
    lang
        Language of the reader.
    """

    listing: Listing
    lang: Language

    @property
    def table(self) -> pd.DataFrame:
        """Rows of the table."""
        return self.listing.table

    @property
    def say(self) -> Translate:
        """Translation into the reader's language."""
        return translator(self.lang)

    @property
    def numbers(self) -> Numbers:
        """Formatter of figures."""
        return Numbers(self.lang)

    def word(self, column: str, code: object) -> str:
        """Word for a code of a column."""
        return worded(column, str(code), self.listing.kind, self.say)

    def share(self, value: float) -> str:
        """Share in whole percent."""
        return self.numbers.percent(round(float(value), 2))

    def count(self, rows: Sequence[object] | pd.DataFrame) -> str:
        """Number of rows."""
        return self.numbers.count(len(rows))

    @cached_property
    def _short(self) -> Mapping[str, str]:
        """Names without the words that all of them begin with, by name."""
        names = list(dict.fromkeys(place(row) for row in self.table.to_dict("records")))
        return dict(zip(names, without_kind(names), strict=True))

    def place(self, row: Mapping[str, object]) -> str:
        """Territory of a row, without the words that the names of all begin with."""
        name = place(row)
        return self._short.get(name, name)

    def places(self, rows: pd.DataFrame) -> str:
        """Territories of these rows by name; those beyond the first are counted."""
        names = list(dict.fromkeys(self.place(row) for row in rows.to_dict("records")))
        more = len(names) - NAMED
        return "; ".join(names[:NAMED]) + (f"; +{self.numbers.count(more)}" if more > 0 else "")

    def open(self) -> list[Message]:
        """What is not known in full, why, and what would decide it."""
        if "reason" not in self.table.columns:
            return []
        reasons = self.table["reason"].astype(object).where(self.table["reason"].notna(), "")
        unknown = self.table[reasons != ""]
        if unknown.empty:
            return []
        told = [
            message(
                "{reason} (it would be decided by: {cure})",
                reason=self.word("reason", reason),
                cure=self.word("cure", rows["cure"].iloc[0]),
            ).render(self.say)
            for reason, rows in unknown.groupby("reason", sort=False)
        ]
        return [
            message(
                "Not known in full of {count} of {total} territories: {reasons}.",
                count=self.numbers.count(unknown["territory"].nunique()),
                total=self.numbers.count(self.table["territory"].nunique()),
                reasons="; ".join(told[:NAMED]),
            )
        ]

    def together(self, sentences: Sequence[Message]) -> Message | None:
        """Sentences one after another; None where there is none."""
        text = " ".join(sentence.render(self.say) for sentence in sentences)
        return Message("{text}", {"text": text}) if text else None


def place(row: Mapping[str, object]) -> str:
    """
    Name of a row's territory, else its identifier.

    Parameters
    ----------
    row
        Row of a table of territories.

    Returns
    -------
    name
        As the reader is told it.

    Examples
    --------
    >>> place({"territory": "a", "name": None}), place({"territory": "a", "name": "Alba"})
    ('a', 'Alba')
    """
    name = row.get("name")
    return name if isinstance(name, str) else str(row["territory"])


def without_kind(names: Sequence[str]) -> list[str]:
    """
    Names without what all of them begin with, where that says what they are of, as “Labour market of”.

    Parameters
    ----------
    names
        Names of territories, each once.

    Returns
    -------
    names
        The same where they begin with nothing in common, or with a part of the name itself, such as “San”.

    Examples
    --------
    >>> without_kind(["Labour market of Alba", "Labour market of Bolsa"])
    ['Alba', 'Bolsa']
    >>> without_kind(["San Juan", "San Pedro"]), without_kind(["Labour market of Alba"])
    (['San Juan', 'San Pedro'], ['Labour market of Alba'])
    """
    words = [name.split() for name in names]
    common = [column[0] for column in takewhile(lambda c: len(set(c)) == 1, zip(*words, strict=False))]
    # The name itself begins after a word as “of”, and nothing may be left without a word.
    while common and not common[-1].islower():
        common.pop()
    least = min((len(parts) for parts in words), default=0)
    if len(names) < 2 or not common or len(common) >= least:  # noqa: PLR2004 - one name has nothing in common with another
        return list(names)
    return [" ".join(parts[len(common) :]) for parts in words]
