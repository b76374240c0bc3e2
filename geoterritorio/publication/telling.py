"""How is a table of territories told in sentences: names, counts, and what is not known of them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from geoterritorio.errors import Message, Translate, message
from geoterritorio.i18n import Language, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import worded
from geoterritorio.publication.numbers import Numbers

# q from which on chance is not told from what was found, and territories that a sentence names.
LEVEL = 0.05
NAMED = 3
# Kinds whose chapter begins with what stands out, which is told among the findings too.
LED = frozenset(
    (
        "innovation_areas",
        "institutional_thickness",
        "training_match",
        "triple_helix",
        "network_figures",
        "network_whole",
        "institution_brokers",
        "actor_brokers",
    )
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

    def places(self, rows: pd.DataFrame) -> str:
        """Territories of these rows by name; those beyond the first are counted."""
        names = list(dict.fromkeys(place(row) for row in rows.to_dict("records")))
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
