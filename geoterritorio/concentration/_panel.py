"""Tables of several periods made comparable: the same labels, in order of time, each with its whole."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.concentration._margins import OWN as OWN_SUMS
from geoterritorio.concentration._margins import Whole
from geoterritorio.concentration.tabulation import counts_table
from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.layers.dates import earliest, parse_dates
from geoterritorio.layers.findings import crossed, listing

Floats = npt.NDArray[np.float64]
Missing: TypeAlias = Literal["refuse", "zero"]
Totals: TypeAlias = pd.Series | Whole
Reference: TypeAlias = Sequence[Totals] | Mapping[Any, Totals] | pd.DataFrame

_BEFORE, _AFTER = "before", "after"
_PAIR = 2
# Several years as one period, 2008-2010 or 2008/2010, stand at their first year.
_YEARS = re.compile(r"(\d{4})\s*[-–/]\s*\d{4}")


@dataclass(frozen=True)
class Step:
    """Cells at the start and the end of a span of time, and the sums of the whole by sector and in all."""

    start: str
    end: str
    base: Floats
    final: Floats
    sector_base: Floats
    sector_final: Floats
    total_base: float
    total_final: float


@dataclass(frozen=True)
class Panel:
    """Cells by period in order of time, their labels, and the whole of each period if one is given."""

    cells: dict[str, Floats]
    territories: pd.Index
    sectors: pd.Index
    wholes: list[tuple[Floats, float]] | None
    reference: str

    def step(self, start: str, end: str) -> Step:
        """What happened between two periods, against the whole given or the table's own sums."""
        base, final = self.cells[start], self.cells[end]
        if self.wholes is None:
            sums = _known_sums(base, final)
        else:
            periods = list(self.cells)
            sums = self.wholes[periods.index(start)], self.wholes[periods.index(end)]
        (sector_base, total_base), (sector_final, total_final) = sums
        return Step(start, end, base, final, sector_base, sector_final, total_base, total_final)

    def steps(self) -> list[Step]:
        """What happened between each period and the next."""
        return [self.step(start, end) for start, end in pairwise(self.cells)]


def _known_sums(base: Floats, final: Floats) -> tuple[tuple[Floats, float], tuple[Floats, float]]:
    # A cell unknown at one end is left out at both: like is compared with like.
    known = ~(np.isnan(base) | np.isnan(final))
    before, after = (np.where(known, cells, 0.0).sum(axis=0) for cells in (base, final))
    return (before, float(before.sum())), (after, float(after.sum()))


def counts_panel(counts: pd.DataFrame, *, value: str = "employment") -> dict[str, pd.DataFrame]:
    """
    Wide tables of a layer of counts of several periods, in order of time.

    Parameters
    ----------
    counts
        One row per territory, sector and period: `territory`, `sector`, `period`, the column named by `value`,
        and perhaps `status`.
    value
        Column that fills the cells.

    Returns
    -------
    panel
        Period -> territories by sectors that have rows in that period; 0 and NaN as for `counts_table`.

    Raises
    ------
    LayerError
        A needed column is missing, periods are missing or no dates, or a cell has several rows.

    Warns
    -----
    GeoterritorioWarning
        If cells have rows in some periods and none in others, where they count as 0.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"territory": "A", "sector": ["10", "62", "10"], "period": ["2020", "2020", "2010"],
    ...     "employment": [7.0, 3.0, 9.0]})
    >>> {period: table.loc["A"].to_dict() for period, table in counts_panel(rows).items()}
    {'2010': {'10': 9.0}, '2020': {'10': 7.0, '62': 3.0}}
    """
    periods = periods_of(counts)
    say_absent(counts)
    return {
        period: counts_table(counts[counts["period"].astype(str) == period], value=value)
        for period in periods
    }


def say_absent(counts: pd.DataFrame) -> None:
    """Warning of cells that have rows in some periods only, and so count as nothing in the others."""
    there = crossed(counts["territory"], counts["sector"], counts["period"].astype(str)) > 0
    # Territories and sectors that a period lacks altogether are another matter, told elsewhere.
    lost = ~there
    for label in ("territory", "sector"):
        lost &= there.groupby(level=label).transform("any")
    if lost.any(axis=None):
        text = message(
            "counts: {count} cells (territory and sector) have rows in some periods and none in others ({periods}): "
            "they count as 0 there, as if the sector had entered or left. If their figures are unknown, give rows with "
            "an empty figure.",
            count=int(lost.any(axis=1).sum()),
            periods=listing(in_order(lost.columns[lost.any()])),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=3)


def periods_of(counts: pd.DataFrame) -> list[str]:
    """Periods of a layer of counts, in order of time."""
    if "period" not in counts.columns:
        raise LayerError(
            message("counts: no column “period”. Change needs the figures of two periods or more.")
        )
    unknown = int(counts["period"].isna().sum())
    if unknown:
        raise LayerError(
            message("counts: {count} rows have no period. Complete or remove them.", count=unknown)
        )
    return in_order(counts["period"].astype(str).unique())


def in_order(periods: Iterable[Any]) -> list[Any]:
    """
    Periods in order of time.

    Parameters
    ----------
    periods
        Years, months or days as exact as they are known, or years from-to (``2008-2010``), which stand at their first.

    Returns
    -------
    ordered
        The same periods, the earliest first.

    Raises
    ------
    LayerError
        If some are no dates, or two begin on the same day.
    """
    given = list(periods)
    texts = pd.Series([_YEARS.sub(r"\1", str(p).strip()) for p in given], dtype=object)
    dates, problems = parse_dates(texts, column="period", layer="counts")
    if problems:
        raise LayerError(problems)
    days = earliest(dates)
    twice = days.duplicated(keep=False).to_numpy()
    if twice.any():
        raise LayerError(
            message(
                "counts: {count} periods begin on the same day: {values}. Keep one of them.",
                count=int(twice.sum()),
                values=listing([given[i] for i in np.flatnonzero(twice)]),
            )
        )
    return [given[i] for i in np.argsort(days.to_numpy(), kind="stable")]


def panel(
    before: pd.DataFrame | Mapping[Any, pd.DataFrame],
    after: pd.DataFrame | None,
    reference: Reference | None,
    missing: Missing,
) -> Panel:
    """Panel of two tables, of tables by period or of a long table, checked as a whole."""
    tables = _tables(before, after)
    problems = [p for period, table in tables.items() for p in _faults(table, period)]
    if problems:
        raise LayerError(problems)
    rows, columns = (_union(tables, axis) for axis in ("index", "columns"))
    if missing == "refuse":
        problems = [*_unbalanced(tables, rows, "index"), *_unbalanced(tables, columns, "columns")]
    wholes, name = None, OWN_SUMS
    if reference is not None:
        given = _references(reference, list(tables), pair=after is not None)
        wholes, found = _wholes(given, columns, missing)
        problems += found
        name = given[0].name or "reference"
    if problems:
        raise LayerError(problems)
    cells = {
        period: table.reindex(index=rows, columns=columns, fill_value=0.0).to_numpy(np.float64)
        for period, table in tables.items()
    }
    return Panel(cells, rows.rename("territory"), columns.rename("sector"), wholes, name)


def _tables(
    before: pd.DataFrame | Mapping[Any, pd.DataFrame], after: pd.DataFrame | None
) -> dict[str, pd.DataFrame]:
    if after is not None and isinstance(before, pd.DataFrame):
        return {_BEFORE: before, _AFTER: after}
    tables = before
    if isinstance(tables, pd.DataFrame):
        if "period" not in tables.columns:
            raise LayerError(
                message("Change needs two tables, tables by period, or counts with a column “period”.")
            )
        tables = counts_panel(tables)
    if after is not None or len(tables) < _PAIR:
        raise LayerError(
            message(
                "Change needs two periods or more; there are {count}.",
                count=len(tables) - (after is not None),
            )
        )
    return {str(period): tables[period] for period in in_order(tables)}


def _faults(table: pd.DataFrame, period: str) -> list[Message]:
    cells = table.to_numpy(np.float64)
    negative, endless = int((cells < 0).sum()), int(np.isinf(cells).sum())
    problems = []
    if negative or endless:
        problems.append(
            message(
                "Table of “{period}”: {count} cells are negative or infinite. Leave unknown figures empty.",
                period=period,
                count=negative + int((np.isinf(cells) & (cells > 0)).sum()),
            )
        )
    for labels in (table.index, table.columns):
        twice = labels[labels.duplicated()].unique()
        if len(twice):
            problems.append(
                message(
                    "Table of “{period}”: {count} territories or sectors stand in it several times: {values}. "
                    "Keep or add up their rows.",
                    period=period,
                    count=len(twice),
                    values=listing(twice),
                )
            )
    return problems


def _union(tables: Mapping[str, pd.DataFrame], axis: str) -> pd.Index:
    """Labels of the first table, then those that only later ones have."""
    labels = [getattr(table, axis) for table in tables.values()]
    found = labels[0]
    for other in labels[1:]:
        found = found.append(other.difference(found, sort=False))
    return found


def _unbalanced(tables: Mapping[str, pd.DataFrame], labels: pd.Index, axis: str) -> list[Message]:
    problems = []
    for period, table in tables.items():
        lost = labels.difference(getattr(table, axis), sort=False)
        if len(lost):
            found = {"period": period, **_found(lost)}
            problems.append(
                message(
                    "Table of “{period}”: {count} territories of other periods are missing: {values}. Bring all "
                    "periods to the same boundaries, or count what is missing as zero.",
                    **found,
                )
                if axis == "index"
                else message(
                    "Table of “{period}”: {count} sectors of other periods are missing: {values}. Bring all periods "
                    "to the same classification, or count what is missing as zero.",
                    **found,
                )
            )
    return problems


def _found(labels: Iterable[Any]) -> dict[str, object]:
    distinct = list(dict.fromkeys(labels))
    return {"count": len(distinct), "values": listing(distinct)}


def _references(reference: Reference, periods: list[str], *, pair: bool) -> list[Whole]:
    """Whole of each period, in order of time."""
    if isinstance(reference, pd.DataFrame):
        reference = {period: reference[period] for period in reference.columns}
    if isinstance(reference, Mapping):
        named = {str(period): totals for period, totals in reference.items()}
        lost = [period for period in periods if period not in named]
        if not lost:
            return [_whole(named[period]) for period in periods]
        if not (pair and len(named) == _PAIR):
            raise LayerError(
                message(
                    "reference: no totals of {count} periods of the data: {values}.",
                    count=len(lost),
                    values=listing(lost),
                )
            )
        reference = list(named.values())
    if not pair or isinstance(reference, (pd.Series, Whole)) or len(reference) != _PAIR:
        raise LayerError(
            message("reference: give the totals of both periods as a pair, or totals by period for more.")
        )
    return [_whole(totals) for totals in reference]


def _whole(totals: Totals) -> Whole:
    return totals if isinstance(totals, Whole) else Whole(totals, float(totals.sum(skipna=False)))


def _wholes(
    given: list[Whole], sectors: pd.Index, missing: Missing
) -> tuple[list[tuple[Floats, float]], list[Message]]:
    twice = [s for whole in given for s in whole.sectors.index[whole.sectors.index.duplicated()]]
    if twice:
        text = message("reference: {count} sectors stand in it several times: {values}.", **_found(twice))
        return [], [text]
    problems: list[Message] = []
    sums = [whole.sectors.reindex(sectors) for whole in given]
    absent = pd.concat([s.isna() for s in sums], axis=1)
    lost = absent.all(axis=1) if missing == "zero" else absent.any(axis=1)
    if lost.any():
        problems.append(
            message(
                "reference: {count} sectors of the data have no total in it: {values}. "
                "Check that both use the same classification.",
                count=int(lost.sum()),
                values=listing(sectors[lost.to_numpy()]),
            )
        )
    if any((s < 0).any() for s in sums) or any(not whole.total > 0 for whole in given):
        problems.append(message("reference: totals are negative, missing, or zero for all sectors together."))
    return [
        (s.fillna(0.0).to_numpy(np.float64), float(whole.total)) for s, whole in zip(sums, given, strict=True)
    ], problems
