"""What the results say, in sentences with numbers and with their doubts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geoterritorio.concentration.tabulation import UNKNOWN_SIZES
from geoterritorio.errors import Message, Translate, message
from geoterritorio.i18n import Language, mark, translator
from geoterritorio.publication.chapter import Chapter, shown_cells, strongest_first, territory_names
from geoterritorio.publication.numbers import NOTHING, Numbers

LIST_LENGTH = 5
LOOKS_HIGH = 1.25  # a quotient nearer to 1 tempts nobody to claim it
_ESTABLISHMENTS = "establishments"
_INTERVAL = message("interval")
_BY_INTERVAL = mark(
    "For {high} of them the whole {interval} lies above 1, which counts here as concentrated; for {low} "
    "it lies below 1, and {unclear} are not told apart from 1."
)
_BY_BOTH = mark(
    "For {high} of them the whole {interval} lies above 1 and the q-value agrees, which counts here as "
    "concentrated; {low} are likewise below 1, and {unclear} are not told apart from 1."
)


@dataclass(frozen=True)
class Facts:
    """
    A chapter's cells and what is counted from them; figures of withheld cells are gone.

    Parameters
    ----------
    cells
        Output of `geoterritorio.publication.chapter.shown_cells`.
    level
        Confidence level of the intervals (0-1), NaN where the rules do not say.
    unit
        Column that the quotient compares: ``employment`` or ``establishments``.
    empty
        Names of territories without a single known quotient.
    unsized
        Establishments whose jobs are unknown, and all, where quotients of jobs leave some out.
    name
        The user's own name of the chapter's step.
    """

    cells: pd.DataFrame
    level: float
    unit: str
    empty: tuple[str, ...]
    unsized: tuple[int, int] | None = None
    name: str = ""

    def number(self, *kinds: str) -> int:
        """Number of cells of these certainties."""
        return int(self.cells["certainty"].isin(kinds).sum())

    @property
    def judged(self) -> int:
        """Number of cells whose interval decided."""
        return self.number("high", "low", "unclear")

    @property
    def clear(self) -> pd.DataFrame:
        """Cells clearly above 1, strongest first."""
        return strongest_first(self.cells[self.cells["certainty"] == "high"])

    @property
    def doubtful(self) -> pd.DataFrame:
        """Cells that look high but are not claimed, largest excess first."""
        doubt = self.cells["certainty"].isin(["unclear", "few", "untested"])
        return self.cells[doubt & (self.cells["lq"] >= LOOKS_HIGH)].sort_values(
            ["excess", "lq", "place", "activity"], ascending=[False, False, True, True], na_position="last"
        )

    @property
    def alpha(self) -> float:
        """Share of false discoveries tolerated: what the confidence level leaves."""
        return 0.05 if np.isnan(self.level) else round(1 - self.level, 10)

    @property
    def adjusted(self) -> bool:
        """Whether the q-values took part in the verdict: no clear cell of which it is known has one above `alpha`."""
        clear = self.cells["certainty"].isin(["high", "low"])
        known = self.cells["q"].notna()
        return bool(known.any() and (self.cells["q"][clear & known] <= self.alpha).all())

    @property
    def untold(self) -> int:
        """Number of cells that were judged, but whose q-value disclosure control keeps back."""
        return int((self.cells["certainty"].isin(["high", "low", "unclear"]) & self.cells["q"].isna()).sum())

    @property
    def discoveries(self) -> int:
        """Number of cells, above or below 1, whose adjusted p-value is at most `alpha`."""
        return int((self.cells["q"] <= self.alpha).sum())


def facts(chapter: Chapter) -> Facts:
    """
    Facts of a chapter.

    Parameters
    ----------
    chapter
        A chapter of the study.

    Returns
    -------
    facts
        Its cells without withheld figures, its level and unit, its territories without data.
    """
    names = territory_names(chapter.territories)
    cells = shown_cells(chapter.quotients, names)
    with_data = set(cells.loc[cells["lq"].notna(), "territory"])
    empty = tuple(str(name) for territory, name in names.items() if territory not in with_data)
    measure = str(chapter.rules.get("measure", ""))
    unit = _ESTABLISHMENTS if measure == _ESTABLISHMENTS else "employment"
    if cells["employment"].isna().all() and cells[_ESTABLISHMENTS].notna().any():
        unit = _ESTABLISHMENTS
    return Facts(cells, _level(chapter.rules), unit, empty, _unsized(chapter.notices, unit), chapter.name)


def _unsized(notices: Iterable[Message], unit: str) -> tuple[int, int] | None:
    told = (n.values for n in notices if n.text == UNKNOWN_SIZES and unit != _ESTABLISHMENTS)
    return next(((int(str(v["number"])), int(str(v["total"]))) for v in told), None)


def without_sizes(found: Facts, numbers: Numbers) -> list[Message]:
    """
    What unknown sizes mean for quotients of jobs.

    Parameters
    ----------
    found
        Facts of a chapter.
    numbers
        Formatter of figures.

    Returns
    -------
    sentences
        One, or none where all sizes are known.
    """
    if found.unsized is None:
        return []
    missing, total = (numbers.count(n) for n in found.unsized)
    return [
        message(
            "Of {total} establishments, {missing} have no known size: quotients of jobs leave them out, and can be "
            "too high or too low where they are.",
            total=total,
            missing=missing,
        )
    ]


def _level(rules: Mapping[str, object]) -> float:
    value = rules.get("level")
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        share = float(value) / 100 if value > 1 else float(value)
        return share if 0 < share < 1 else float("nan")
    return float("nan")


@dataclass(frozen=True)
class Teller:
    """
    Words for the facts of one chapter in one language.

    Parameters
    ----------
    found
        Facts of the chapter.
    lang
        Language of the reader.
    """

    found: Facts
    lang: Language

    @property
    def say(self) -> Translate:
        """Translation into the reader's language."""
        return translator(self.lang)

    @property
    def numbers(self) -> Numbers:
        """Formatter of figures."""
        return Numbers(self.lang)

    def opening(self) -> list[str]:
        """Two paragraphs: what was examined and stands out; how far chance could explain it."""
        cells = self.found.cells
        if cells.empty:
            return [self.say(mark("This step produced no cell: there is nothing to report."))]
        examined = message(
            "The table holds {cells} cells, each a sector in a territory (territories: {territories}, "
            "sectors: {sectors}).",
            cells=self.numbers.count(len(cells)),
            territories=self.numbers.count(cells["territory"].nunique()),
            sectors=self.numbers.count(cells["sector"].nunique()),
        )
        unsized = without_sizes(self.found, self.numbers)
        paragraphs = [[examined, *self._judged(), *unsized], [*self._chance(), *self._discoveries()]]
        return [" ".join(self._told(parts)) for parts in paragraphs if parts]

    def _judged(self) -> list[Message]:
        found, count = self.found, self.numbers.count
        if not found.cells["lq"].notna().any():
            return [
                message("None of them has a published quotient, so nothing can be said about concentration.")
            ]
        if not found.judged:
            return [
                message(
                    "None of them could be tested, so the quotients below are descriptions, not findings."
                )
            ]
        stated = not np.isnan(found.level)
        whole = message("{level} interval", level=self.numbers.percent(found.level)) if stated else _INTERVAL
        counts = {kind: count(found.number(kind)) for kind in ("high", "low", "unclear")}
        verdict = Message(_BY_BOTH if found.adjusted else _BY_INTERVAL, {"interval": whole, **counts})
        return [message("Cells that could be judged: {judged}.", judged=count(found.judged)), verdict]

    def _chance(self) -> list[Message]:
        found = self.found
        if found.adjusted or not found.judged or np.isnan(found.level):
            return []
        return [
            message(
                "If the quotient of every judged cell were really 1, about {expected} of the {judged} would "
                "still seem to lie above 1, by chance alone.",
                expected=self.numbers.decimal(found.judged * found.alpha / 2),
                judged=self.numbers.count(found.judged),
            )
        ]

    def _discoveries(self) -> list[Message]:
        found, count = self.found, self.numbers.count
        tests = int(found.cells["q"].notna().sum())
        if not tests:
            return []
        limit = f"q\N{NO-BREAK SPACE}≤\N{NO-BREAK SPACE}{self.numbers.plain(found.alpha)}"
        told = self._false(tests, limit)
        high = found.cells["certainty"] == "high"
        if found.adjusted:
            alone = int(((found.cells["low"] > 1) & ~high).sum())
            more = message(
                "Intervals that lie above 1 without being claimed, for want of {limit} or of enough "
                "establishments: {n}.",
                limit=limit,
                n=count(alone),
            )
        else:
            both = int((high & (found.cells["q"] <= found.alpha)).sum())
            more = message("Concentrated, and with {limit} too: {n}.", limit=limit, n=count(both))
        return [told, more]

    def _false(self, tests: int, limit: str) -> Message:
        """How many discoveries there are, and how many of them may be false."""
        found, count = self.found, self.numbers.count
        if found.untold:
            # Those told were not chosen by chance, so that their own share of false ones has no bound.
            return message(
                "q adjusts for all tests of the table, and is told of {tests} cells: {limit} holds for {discoveries} "
                "of them, above or below 1. Judged cells for which it is kept back, since few establishments or none "
                "are in them: {untold}. Of all with {limit}, told or not, at most about {share} are expected to be "
                "false discoveries.",
                tests=count(tests),
                limit=limit,
                discoveries=count(found.discoveries),
                untold=count(found.untold),
                share=self.numbers.percent(found.alpha),
            )
        return message(
            "q adjusts for all {tests} tests of the table: {limit} holds for {discoveries} cells, above "
            "or below 1, of which about {false} at most are expected to be false discoveries.",
            tests=count(tests),
            discoveries=count(found.discoveries),
            limit=limit,
            false=self.numbers.decimal(found.discoveries * found.alpha),
        )

    def strongest(self) -> list[tuple[str, ...]]:
        """One line, in parts, for each of the strongest concentrations."""
        return [self.cell(row) for row in self.found.clear.head(LIST_LENGTH).to_dict("records")]

    def doubtful(self) -> list[tuple[str, ...]]:
        """One line, in parts, for each of the cells that look high but are not claimed."""
        rows = self.found.doubtful.head(LIST_LENGTH).to_dict("records")
        return [(*self.cell(row), self.reason(row)) for row in rows]

    def cell(self, row: Mapping[str, object]) -> tuple[str, ...]:
        """A cell in words, in parts: sector, territory and quotient; interval; size."""
        low, high = _number(row["low"]), _number(row["high"])
        lq, size = self.quotient(row), _number(row[self.found.unit])
        parts = [
            message("{sector}, {territory}: LQ {lq}", sector=row["activity"], territory=row["place"], lq=lq)
        ]
        if not np.isnan(low + high):
            parts.append(message("interval {interval}", interval=self.numbers.interval(low, high)))
        if not np.isnan(size):
            parts.append(_sized(self.found.unit, self.numbers.count(size)))
        return tuple(self._told(parts))

    def quotient(self, row: Mapping[str, object]) -> str:
        """Quotient of a cell, with a word where the figure is an estimate."""
        figure = self.numbers.quotient(_number(row["lq"]))
        if row["status"] == "estimated" and figure != NOTHING:
            return message("{figure} (estimated)", figure=figure).render(self.say)
        return figure

    def reason(self, row: Mapping[str, object]) -> str:
        """Why a quotient above 1 is not claimed."""
        low = _number(row["low"])
        if row["certainty"] == "few":
            plants = _number(row["effective_plants"])
            if np.isnan(plants):
                return self.say(mark("rests on fewer than 5 effective establishments"))
            # Whole numbers are what disclosure control leaves of few.
            if plants == round(plants):
                return message(
                    "effective establishments it rests on: about {plants}",
                    plants=self.numbers.count(int(plants)),
                ).render(self.say)
            return message(
                "rests on {plants} effective establishments", plants=self.numbers.decimal(plants)
            ).render(self.say)
        if row["certainty"] == "unclear" and low <= 1:
            return self.say(mark("its interval reaches 1"))
        if row["certainty"] == "unclear" and low > 1:
            return self.say(mark("not clear once all tests are counted"))
        return self.say(mark("not tested")) if row["certainty"] == "untested" else self.say(mark("unclear"))

    def unknown(self) -> list[str]:
        """Sentences on what is missing."""
        found = self.found
        withheld = found.number("withheld")
        parts = []
        if withheld:
            parts.append(
                message(
                    "Withheld cells, of which no figure is shown here: {n}.", n=self.numbers.count(withheld)
                )
            )
            hidden = found.cells[found.cells["certainty"] == "withheld"]["place"].value_counts()
            most = ", ".join(
                f"{name} ({self.numbers.count(n)})" for name, n in hidden.head(LIST_LENGTH).items()
            )
            parts.append(message("Territories with most withheld cells: {names}.", names=most))
            parts.append(
                message("A concentration may hide among them; the report neither claims nor denies it.")
            )
            bounded = self._bounded()
            if bounded:
                parts.append(
                    message(
                        "Withheld cells that the published totals keep at or below 1: {n}.",
                        n=self.numbers.count(bounded),
                    )
                )
        for kind, text in _UNKNOWN.items():
            if found.number(kind):
                parts.append(Message(text, {"n": self.numbers.count(found.number(kind))}))
            if kind == "few" and (none := self._without_any()):
                parts.append(
                    message("Of these, cells without any establishment: {n}.", n=self.numbers.count(none))
                )
        if found.empty:
            parts.append(self._without_data())
        return self._told(parts)

    def _without_any(self) -> int:
        """Number of cells of few that are of none at all."""
        few = self.found.cells[self.found.cells["certainty"].eq("few")]
        return int(few[self.found.unit].eq(0).sum())

    def _bounded(self) -> int:
        """Number of withheld cells that cannot be concentrations."""
        cells = self.found.cells
        return int((cells["certainty"].eq("withheld") & cells["most"].le(1)).sum())

    def _without_data(self) -> Message:
        shown = ", ".join(found for found in self.found.empty[:_NAMED])
        if len(self.found.empty) > _NAMED:
            shown += " …"
        return message(
            "Territories without any known quotient: {n} ({names}).",
            n=self.numbers.count(len(self.found.empty)),
            names=shown,
        )

    def _told(self, parts: list[Message]) -> list[str]:
        return [part.render(self.say) for part in parts]


_NAMED = 12
_UNKNOWN = {
    "few": mark("Cells with fewer than 5 effective establishments, shown but not claimed: {n}."),
    "untested": mark("Cells without a test: {n}."),
}


def _sized(unit: str, size: str) -> Message:
    if unit == _ESTABLISHMENTS:
        return message("{n} establishments", n=size)
    return message("{n} jobs", n=size)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | np.number) else float("nan")
