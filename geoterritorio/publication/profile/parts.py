"""What a profile is made of: exhibits of a study, and the sections, figures and open questions told of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.errors import Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.headings import PROBABILITIES, heading, worded
from geoterritorio.publication.numbers import NOTHING, Numbers
from geoterritorio.publication.shares import is_share

# Width of the small marks in the page's units, and the room left at both ends for a dot.
MARK_WIDTH, _END = 120.0, 6.0
_LEAST_P = 0.001
# Column that says in a published row why figures are withheld.
_WITHHELD = "withheld"


@dataclass(frozen=True)
class Exhibit:
    """
    One table of a study that a profile reads.

    Parameters
    ----------
    tool
        Tool of the step; empty where the table is a layer of the study.
    output
        Name of the output, or kind of the layer.
    kind
        Kind of the table, by which its columns are headed.
    title
        The study's title of the step or layer, in the reader's language.
    rows
        The rows, with names in the reader's language; a column `territory` tells whose they are.
    helps
        What the columns hold, in English.
    settings
        Settings of the step.
    """

    tool: str
    output: str
    kind: str
    title: str
    rows: pd.DataFrame
    helps: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Mark:
    """
    A figure and its interval as a small drawing: places along a line of `MARK_WIDTH` units.

    Parameters
    ----------
    value, low, high
        Place of the figure and of the ends of its interval; None where unknown.
    at
        Place of what the figure is compared with, such as 1 of a quotient.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    at: float | None = None


@dataclass(frozen=True)
class Figure:
    """A key figure in words: its label, value, interval, drawing and where it is from."""

    label: str
    value: str
    interval: str = ""
    source: str = ""
    drawing: Mark | None = None


@dataclass(frozen=True)
class Table:
    """A table of a section: texts only, the first column heading the row; one drawing a row, or none."""

    caption: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numeric: frozenset[int] = frozenset()
    drawings: Sequence[Mark | None] = ()


@dataclass(frozen=True)
class Open:
    """Something that is unknown of the territory: what, why, and what would decide it."""

    what: str
    why: str
    cure: str


@dataclass(frozen=True)
class Told:
    """
    What one section says.

    Parameters
    ----------
    paragraphs
        Sentences.
    tables
        Tables.
    figures
        Figures that stand among the key ones.
    open
        What stays unknown.
    """

    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    open: tuple[Open, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it says nothing at all."""
        return not (self.paragraphs or self.tables or self.open or self.figures)


@dataclass(frozen=True)
class Case:
    """
    A territory, and the exhibits that tell of it.

    Parameters
    ----------
    territory
        Identifier.
    name
        Name in the reader's language.
    exhibits
        Tables of the study.
    lang
        Language of the reader.
    """

    territory: str
    name: str
    exhibits: tuple[Exhibit, ...]
    lang: Language

    @property
    def say(self) -> Translate:
        """Translator."""
        return translator(self.lang)

    @property
    def numbers(self) -> Numbers:
        """Formatter."""
        return Numbers(self.lang)

    def words(self, text: str, **values: Any) -> str:
        """Sentence in the reader's language."""
        return message(text, **values).render(self.say)

    def all_of(self, tool: str, output: str) -> list[Exhibit]:
        """Exhibits of a tool's output, one for each step."""
        return [x for x in self.exhibits if (x.tool, x.output) == (tool, output)]

    def mine(self, exhibit: Exhibit) -> pd.DataFrame:
        """Rows of the territory."""
        rows = exhibit.rows
        if "territory" not in rows.columns:
            return rows.iloc[:0]
        return rows[rows["territory"].astype(str) == self.territory]

    def told(self, column: str, value: Any, kind: str) -> str:
        """Cell in words."""
        numbers = self.numbers
        if value is None or (np.isscalar(value) and pd.isna(value)):
            return NOTHING
        if not isinstance(value, int | float | np.number):
            return worded(column, str(value), kind, self.say)
        number = float(value)
        if is_share(column, kind):
            return numbers.percent(round(number, 3))
        if column in PROBABILITIES:
            return f"< {numbers.plain(_LEAST_P)}" if number < _LEAST_P else numbers.index(number)
        return numbers.significant(number) if number % 1 else numbers.count(number)

    def cell(self, row: Mapping[Any, Any], column: str, kind: str) -> str:
        """Cell of a row in words, in the reader's language where the data have it in a column of that language."""
        own = row.get(f"{column}_{self.lang}")
        if isinstance(own, str) and own:
            return own
        return self.told(column, row.get(column), kind)

    def listing(
        self,
        exhibit: Exhibit,
        rows: pd.DataFrame,
        columns: Sequence[str],
        *,
        caption: str = "",
        drawings: Sequence[Mark | None] = (),
    ) -> Table:
        """Rows of an exhibit as a table of the page, with the columns that are there and not empty."""
        kept = [c for c in columns if c in rows.columns and rows[c].notna().any()]
        if _WITHHELD in rows.columns and rows[_WITHHELD].notna().any():
            kept = [*dict.fromkeys([*kept, _WITHHELD])]
        cells = [tuple(self.cell(row, c, exhibit.kind) for c in kept) for row in rows.to_dict("records")]
        numeric = frozenset(i for i, c in enumerate(kept) if pd.api.types.is_numeric_dtype(rows[c]))
        head = tuple(heading(c, exhibit.kind, self.say) for c in kept)
        return Table(caption or exhibit.title, head, cells, numeric, drawings)

    def between(self, low: float, high: float, *, shares: bool = False) -> str:
        """Interval in words; empty where either end is unknown."""
        if pd.isna(low) or pd.isna(high):
            return ""
        write = self.percent if shares else self.numbers.significant
        if write(float(low)) == write(float(high)):
            return self.words(mark("the same at both ends when rounded"))
        return self.words(mark("between {low} and {high}"), low=write(float(low)), high=write(float(high)))

    def percent(self, share: float) -> str:
        """Share with one decimal at most; a dash where it is unknown."""
        return NOTHING if pd.isna(share) else self.numbers.percent(round(float(share), 3))


def along(
    value: float, low: float, high: float, *, least: float, most: float, at: float | None = None
) -> Mark | None:
    """
    Drawing of a figure on a linear scale.

    Parameters
    ----------
    value, low, high
        The figure and its interval, NaN where unknown.
    least, most
        Ends of the scale.
    at
        What it is compared with.

    Returns
    -------
    drawing
        None where there is neither a figure nor an interval, or the scale has no length.

    Examples
    --------
    >>> along(0.5, 0.25, 0.75, least=0, most=1)
    Mark(value=60.0, low=33.0, high=87.0, at=None)
    """
    if not most > least or (math.isnan(value) and (math.isnan(low) or math.isnan(high))):
        return None

    def place(number: float | None) -> float | None:
        if number is None or math.isnan(number):
            return None
        share = min(max((number - least) / (most - least), 0.0), 1.0)
        return round(_END + share * (MARK_WIDTH - 2 * _END), 1)

    return Mark(place(value), place(low), place(high), place(at))


def along_quotients(value: float, low: float, high: float, *, most: float) -> Mark | None:
    """Drawing of a quotient on a logarithmic scale with 1 in its middle."""
    far = math.log(max(most, 2.0))

    def logarithm(number: float) -> float:
        return math.log(max(number, 1e-9)) if not math.isnan(number) else math.nan

    return along(logarithm(value), logarithm(low), logarithm(high), least=-far, most=far, at=0.0)
