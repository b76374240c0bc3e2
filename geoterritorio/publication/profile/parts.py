"""What a profile is made of: exhibits of a study, and the sections, figures and open questions told of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.errors import Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import Listing
from geoterritorio.publication.headings import PROBABILITIES, heading, worded
from geoterritorio.publication.numbers import NOTHING, Numbers
from geoterritorio.publication.shares import is_share
from geoterritorio.publication.silent import silence

# Width of the small marks in the page's units, and the room left at both ends for a dot.
MARK_WIDTH, _END = 120.0, 6.0
_LEAST_P = 0.001
# From here on figures have no decimals; below, shares have two figures.
_LONG, _HUNDREDTH = 100, 0.01
# How many names stand in a row.
_NAMED = 6
# Fewer territories have no median worth comparing with.
_FEW = 3
# Column that says of a row whether its figures are parts of one.
SHARE_ROW = "_share"
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
    when
        Day or period that the rows are of, in words; empty where it is not known.
    earlier
        Whether another step of the same tool tells of a later day.
    """

    tool: str
    output: str
    kind: str
    title: str
    rows: pd.DataFrame
    helps: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    when: str = ""
    earlier: bool = False


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
    from_, to
        Ends of what chance gives; None where nothing was dealt by chance.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    at: float | None = None
    from_: float | None = None
    to: float | None = None


@dataclass(frozen=True)
class Figure:
    """
    A key figure in words: its label, value, interval, what it compares with, its drawing and where it is from.

    One of an earlier date than another is folded away.
    """

    label: str
    value: str
    interval: str = ""
    beside: str = ""
    source: str = ""
    drawing: Mark | None = None
    earlier: bool = False


@dataclass(frozen=True)
class Table:
    """
    A table of a section: texts only, the first column heading the row; one drawing a row, or none.

    One in the annex is folded away until the reader opens it, and printed only if it is open. Of one that is silent,
    since all its figures are withheld, a sentence is told instead.
    """

    caption: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    numeric: frozenset[int] = frozenset()
    drawings: Sequence[Mark | None] = ()
    annex: bool = False
    silent: str = ""


@dataclass(frozen=True)
class Open:
    """
    Something that is unknown of the territory.

    Parameters
    ----------
    what
        What is unknown, in words.
    why
        Why.
    cure
        What would decide it.
    tool
        Tool whose result would; empty where it is no tool that is missing.
    layers
        Kinds of the layers that would, where no tool says which.
    names
        What is unknown one by one, where it is several things of one step.
    title
        Title of that step.
    """

    what: str
    why: str
    cure: str
    tool: str = ""
    layers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    title: str = ""


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
    lead
        Sentences that stand at the head of the page, beneath the map.
    aside
        Sentences of earlier dates, which are folded away.
    """

    paragraphs: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    open: tuple[Open, ...] = ()
    lead: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it says nothing at all."""
        return not (self.paragraphs or self.tables or self.open or self.figures or self.lead)


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

    def dated(self, text: str, exhibit: Exhibit) -> str:
        """Text with the day or period of which an exhibit tells."""
        return f"{text} · {exhibit.when}" if exhibit.when and exhibit.when not in text else text

    def told(self, column: str, value: Any, kind: str) -> str:
        """Cell in words."""
        numbers = self.numbers
        if value is None or (np.isscalar(value) and pd.isna(value)):
            return NOTHING
        if not isinstance(value, int | float | np.number):
            return worded(column, str(value), kind, self.say)
        number = float(value)
        if is_share(column, kind):
            return self.percent(number)
        if column in PROBABILITIES or column.endswith("_q"):
            return f"< {numbers.plain(_LEAST_P)}" if number < _LEAST_P else numbers.index(number)
        return self.number(number)

    def number(self, value: float, *, shares: bool = False) -> str:
        """Figure in words: a share as a percentage, whole and large figures without decimals."""
        if shares:
            return self.percent(value)
        whole = not math.isfinite(value) or value % 1 == 0 or abs(value) >= _LONG
        return self.numbers.count(value) if whole else self.numbers.significant(value)

    def cell(self, row: Mapping[Any, Any], column: str, kind: str, *, shares: bool = False) -> str:
        """Cell of a row in words, in the reader's language where the data have it in a column of that language."""
        own = row.get(f"{column}_{self.lang}")
        if isinstance(own, str) and own:
            return own
        value = row.get(column)
        if shares and isinstance(value, int | float | np.number) and not pd.isna(value):
            return self.percent(float(value))
        return self.told(column, value, kind)

    def listing(
        self,
        exhibit: Exhibit,
        rows: pd.DataFrame,
        columns: Sequence[str],
        *,
        caption: str = "",
        drawings: Sequence[Mark | None] = (),
        shares: Collection[str] = (),
        ends: Mapping[str, tuple[str, str]] = MappingProxyType({}),
    ) -> Table:
        """
        Rows of an exhibit as a table of the page, with the columns that are there and not empty.

        Columns named in `shares` hold parts of one: of all rows, or of those whose `_share` is true. Columns of `ends`
        have an interval, whose two columns stand in brackets behind the figure.
        """
        kept = [c for c in columns if c in rows.columns and rows[c].notna().any()]
        if _lacks(rows, columns):
            kept = [*dict.fromkeys([*kept, _WITHHELD])]
        told = {c for c in kept if c in ends and set(ends[c]) <= set(rows.columns)}

        def written(row: Mapping[Any, Any], column: str) -> str:
            part = column in shares and bool(row.get(SHARE_ROW, True))
            cell = self.cell(row, column, exhibit.kind, shares=part)
            return cell + self.bracketed(row, ends[column], shares=part) if column in told else cell

        cells = [tuple(written(row, c) for c in kept) for row in rows.to_dict("records")]
        numeric = frozenset(i for i, c in enumerate(kept) if pd.api.types.is_numeric_dtype(rows[c]))
        also = self.say(mark(" (interval)"))
        head = tuple(heading(c, exhibit.kind, self.say) + (also if c in told else "") for c in kept)
        silent = self.silent_of(exhibit, rows, columns)
        titled = self.dated(caption or exhibit.title, exhibit)
        return Table(titled, head, cells, numeric, drawings, silent=silent)

    def silent_of(self, exhibit: Exhibit, rows: pd.DataFrame, columns: Sequence[str]) -> str:
        """Sentence in place of a table in which every row is withheld and none has a figure; else nothing."""
        if _WITHHELD not in rows.columns or rows[_WITHHELD].isna().any():
            return ""
        shown = [c for c in columns if c in rows.columns and c != _WITHHELD]
        return silence(Listing("", rows[[*shown, _WITHHELD]], "", kind=exhibit.kind), self.lang)

    def several(self, texts: Sequence[str]) -> str:
        """Texts in a row; of many the first, and how many more."""
        every = list(dict.fromkeys(texts))
        told, left = "; ".join(every[:_NAMED]), len(every) - _NAMED
        if left <= 0:
            return told
        return self.words(mark("{names}; and {count} more"), names=told, count=self.numbers.count(left))

    def bracketed(self, row: Mapping[Any, Any], ends: tuple[str, str], *, shares: bool = False) -> str:
        """Interval behind a figure; nothing where an end is unknown or both are the same."""
        low, high = (row[end] for end in ends)
        if pd.isna(low) or pd.isna(high):
            return ""
        least, most = (self.number(float(end), shares=shares) for end in (low, high))
        dash = "\N{EN DASH}" if low >= 0 else self.say(mark(" to "))
        return f" ({least}{dash}{most})" if least != most else ""

    def between(self, low: float, high: float, *, shares: bool = False) -> str:
        """Interval in words; empty where either end is unknown."""
        if pd.isna(low) or pd.isna(high):
            return ""
        least, most = (self.number(float(end), shares=shares) for end in (low, high))
        if least == most:
            return self.words(mark("the same at both ends when rounded"))
        return self.words(mark("between {low} and {high}"), low=least, high=most)

    def percent(self, share: float) -> str:
        """Share with one decimal, or two figures where it is smaller than one in a hundred; a dash if unknown."""
        if pd.isna(share):
            return NOTHING
        return self.numbers.percent(round(float(share), 3 if abs(share) >= _HUNDREDTH else 4))

    def median(self, values: pd.Series, *, shares: bool = False) -> str:
        """What all territories have in their middle; empty where fewer than three are known."""
        known = values.dropna()
        if len(known) < _FEW:
            return ""
        return self.words(
            mark("median of all {count}: {value}"),
            count=self.numbers.count(len(known)),
            value=self.number(float(known.median()), shares=shares),
        )


def along(
    value: float,
    low: float,
    high: float,
    *,
    least: float,
    most: float,
    at: float | None = None,
    chance: tuple[float, float] | None = None,
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
    chance
        Ends of what chance gives.

    Returns
    -------
    drawing
        None where there is neither a figure nor an interval, or the scale has no length.

    Examples
    --------
    >>> along(0.5, 0.25, 0.75, least=0, most=1)
    Mark(value=60.0, low=33.0, high=87.0, at=None, from_=None, to=None)
    """
    if not most > least or (math.isnan(value) and (math.isnan(low) or math.isnan(high))):
        return None

    def place(number: float | None) -> float | None:
        if number is None or math.isnan(number):
            return None
        share = min(max((number - least) / (most - least), 0.0), 1.0)
        return round(_END + share * (MARK_WIDTH - 2 * _END), 1)

    ends = (None, None) if chance is None else tuple(map(place, chance))
    return Mark(place(value), place(low), place(high), place(at), *ends)


def along_quotients(value: float, low: float, high: float, *, most: float) -> Mark | None:
    """Drawing of a quotient on a logarithmic scale with 1 in its middle."""
    far = math.log(max(most, 2.0))

    def logarithm(number: float) -> float:
        return math.log(max(number, 1e-9)) if not math.isnan(number) else math.nan

    return along(logarithm(value), logarithm(low), logarithm(high), least=-far, most=far, at=0.0)


def _lacks(rows: pd.DataFrame, columns: Sequence[str]) -> bool:
    """Whether rows lack one of these figures because it is withheld; of words alone, whether anything of them is."""
    if _WITHHELD not in rows.columns:
        return False
    noted = rows[rows[_WITHHELD].notna()]
    figures = [c for c in columns if c in rows.columns and pd.api.types.is_numeric_dtype(rows[c])]
    return len(noted) > 0 and (not figures or bool(noted[figures].isna().any(axis=None)))
