"""Commuting as the delimitation of labour markets needs it: checked, sparse, with what crosses the border."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import FlowError, GeoterritorioWarning, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import distinct, first_row, is_number, listing, strings

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
ENDS = ("origin", "destination")

NO_FLOWS, NO_RESIDENTS, NO_WORKERS, NO_LINKS = LEFT_OUT = (
    mark("no flows"),
    mark("no residents"),
    mark("no workers"),
    mark("no links"),
)


@dataclass(frozen=True)
class Links:
    """
    Flows by the unit at one of their ends.

    Parameters
    ----------
    start
        Where the flows of each unit begin in the other two; one more than units.
    other
        Number of the unit at the other end.
    flow
        Commuters.
    """

    start: Codes
    other: Codes
    flow: Floats


@dataclass(frozen=True)
class Commuting:
    """
    Flows between numbered units.

    Parameters
    ----------
    units
        Identifiers, sorted.
    out, into
        Flows by the unit where commuters live, and by that where they work; those within a unit among them.
    residents, workers
        Employed who live, and who work, in each unit, those who cross the border of the study among them.
    own
        Employed who live and work in the unit.
    beyond
        Commuters of each unit across the border of the study, both ways together.
    left_out
        Why units take no part, by unit: "no flows", "no residents", "no workers" or "no links" to other units.
    """

    units: pd.Index
    out: Links
    into: Links
    residents: Floats
    workers: Floats
    own: Floats
    beyond: Floats
    left_out: pd.Series


@dataclass(frozen=True)
class Pairs:
    """
    Flows of which at least one end is a unit.

    Parameters
    ----------
    origin, destination
        Numbers of the units; -1 is outside.
    flow
        Commuters.
    """

    origin: Codes
    destination: Codes
    flow: Floats

    def where(self, kept: Mask) -> Pairs:
        """Flows of a mask."""
        return Pairs(self.origin[kept], self.destination[kept], self.flow[kept])


@dataclass(frozen=True)
class UnitFlows:
    """
    Flows between units, none of which is left out.

    Parameters
    ----------
    units
        Identifiers, sorted.
    pairs
        Flows of which both ends are units.
    residents, workers
        Employed who live, and who work, in each unit, those who cross the border of the study among them.
    """

    units: pd.Index
    pairs: Pairs
    residents: Floats
    workers: Floats


def commuting(
    flows: pd.DataFrame,
    units: Iterable[object] | None = None,
    *,
    outside: Sequence[str] = (),
    totals: pd.DataFrame | None = None,
) -> Commuting:
    """
    Flows between units, checked and numbered.

    Parameters
    ----------
    flows
        One row per pair: `origin` (where commuters live), `destination` (where they work), `flow`; those within a unit
        among them.
    units
        Identifiers of all units of the study; by default all that flows name, but `outside`.
    outside
        Names that flows give to what is across the border of the study.
    totals
        By unit: all employed `residents` and all `workers`, where they are more than the flows say.

    Returns
    -------
    commuting
        Units without residents, workers or links to others are left out, again and again until there is none.

    Raises
    ------
    FlowError
        With all that is wrong: columns, missing ends, flows that are no numbers or below 0, pairs given twice, several
        periods, no flow within any unit, units that are not those of the flows, totals below the flows.

    Warns
    -----
    GeoterritorioWarning
        If flows name units that the study does not have and `outside` does not say, if units have no flow within, or
        if any are left out.
    """
    known, pairs, beyond = numbered(flows, units, outside=outside, totals=totals)
    kept, reason = _taking_part(pairs, beyond, len(known))
    _say_left_out(known, reason, pairs)
    return _assembled(known, pairs, beyond, kept, pd.Series(reason[~kept], known[~kept], dtype=object))


def numbered(
    flows: pd.DataFrame,
    units: Iterable[object] | None = None,
    *,
    outside: Sequence[str] = (),
    totals: pd.DataFrame | None = None,
) -> tuple[pd.Index, Pairs, tuple[Floats, Floats]]:
    """
    Flows by the numbers of the units at their ends, checked.

    Parameters
    ----------
    flows, units, outside, totals
        As of `commuting`.

    Returns
    -------
    units
        Identifiers, sorted.
    pairs
        Flows with an end in a unit, those across the border among them.
    beyond
        By unit: residents who work, and workers who live, across the border; what totals have beyond the flows among
        them.
    """
    table = _checked(flows)
    known = _units(table, units, outside)
    pairs = _numbered(table, known, outside, given=units is not None)
    return known, pairs, _totals(totals, known, pairs)


def unit_flows(
    flows: pd.DataFrame,
    units: Iterable[object],
    *,
    outside: Sequence[str] = (),
    totals: pd.DataFrame | None = None,
) -> UnitFlows:
    """
    Flows between units, checked and numbered; no unit is left out.

    Parameters
    ----------
    flows
        One row per pair, as in `commuting`.
    units
        Identifiers of all units of the study.
    outside
        Names that flows give to what is across the border of the study.
    totals
        By unit: all employed `residents` and all `workers`, where they are more than the flows say.

    Returns
    -------
    flows
        Those between units, and all employed of each.

    Raises
    ------
    FlowError
        As `commuting`.

    Warns
    -----
    GeoterritorioWarning
        If flows name units that the study does not have and `outside` does not say, or units have no flow within.
    """
    known, pairs, beyond = numbered(flows, units, outside=outside, totals=totals)
    within = pairs.where((pairs.origin >= 0) & (pairs.destination >= 0))
    living, working = (
        sums(end, within.flow, None, len(known)) + across
        for end, across in zip((within.origin, within.destination), beyond, strict=True)
    )
    return UnitFlows(known, within, living, working)


def _checked(flows: pd.DataFrame) -> pd.DataFrame:
    missing = [c for c in (*ENDS, "flow") if c not in flows.columns]
    if missing:
        raise FlowError(
            message(
                "flows: there is no column {columns}. Needed are “origin”, “destination” and “flow”.",
                columns=listing(missing),
            )
        )
    table = flows.reset_index(drop=True)
    if not is_number(table["flow"]):
        raise FlowError(message("flows, column “flow”: these are no numbers."))
    table = table.assign(**{end: strings(table[end]) for end in ENDS}, flow=table["flow"].astype(float))
    if found := list(_problems(table)):
        raise FlowError(found)
    return table[table["flow"] > 0]


def _problems(table: pd.DataFrame) -> Iterable[Message]:
    periods = _periods(table)
    if periods > 1:
        yield message(
            "flows: there are several periods ({periods}). Name one (period), or keep the rows of one.",
            periods=distinct(table["period"]),
        )
    yield from _wrong_values(table)
    doubled = table.duplicated(list(ENDS)).to_numpy()
    if doubled.any() and periods <= 1:
        yield message(
            "flows: pairs given more than once: {count}, first: row {row}. Add their flows up, or keep one.",
            count=int(doubled.sum()),
            row=first_row(doubled),
        )
    if len(table) == 0 or not table["flow"].sum() > 0:
        yield message(
            "flows: nobody commutes. Give one row per pair of places, with the number of commuters."
        )


def _periods(table: pd.DataFrame) -> int:
    return len(table["period"].drop_duplicates()) if "period" in table.columns else 1


def _wrong_values(table: pd.DataFrame) -> Iterable[Message]:
    for end in ENDS:
        empty = table[end].isna().to_numpy()
        if empty.any():
            yield message(
                "flows, column “{column}”: empty (rows: {count}, first: {row}). Name the place, or what lies "
                "outside.",
                column=end,
                count=int(empty.sum()),
                row=first_row(empty),
            )
    wrong = ~(np.isfinite(table["flow"]) & (table["flow"] >= 0)).to_numpy()
    if wrong.any():
        yield message(
            "flows, column “flow”: missing, infinite or below 0 (rows: {count}, first: {row}). Leave out rows "
            "without commuters; what is withheld needs an estimate.",
            count=int(wrong.sum()),
            row=first_row(wrong),
        )


def _units(table: pd.DataFrame, units: Iterable[object] | None, outside: Sequence[str]) -> pd.Index:
    named = pd.unique(pd.concat([table[end] for end in ENDS], ignore_index=True))
    if units is None:
        known = pd.Index(named, dtype=object).difference(pd.Index(list(outside), dtype=object))
        return known.sort_values()
    known = pd.Index(strings(pd.Series(list(units), dtype=object)), dtype=object).sort_values()
    if not known.is_unique:
        raise FlowError(
            message(
                "territories: identifiers given more than once: {values}. Keep one row each.",
                values=distinct(known[known.duplicated()]),
            )
        )
    _refuse_other_spelling(known, named, outside)
    return known


def _refuse_other_spelling(known: pd.Index, named: Any, outside: Sequence[str]) -> None:
    unknown = pd.Index(named, dtype=object).difference(known.append(pd.Index(list(outside), dtype=object)))
    bare = set(known.str.lstrip("0")) - {""}
    alike = unknown[unknown.str.lstrip("0").isin(bare)]
    if len(alike):
        raise FlowError(
            message(
                "flows: {values} are territories but for zeros at the beginning. Read both as text, so that “01” stays "
                "“01”.",
                values=listing(alike),
            )
        )
    if not known.isin(named).any():
        raise FlowError(
            message(
                "flows: none of the territories ({territories}) is named; the flows name {values}. Use the same "
                "identifiers.",
                territories=listing(known),
                values=listing(unknown),
            )
        )


def _numbered(table: pd.DataFrame, known: pd.Index, outside: Sequence[str], *, given: bool) -> Pairs:
    origin, destination = (known.get_indexer(table[end]).astype(np.int64) for end in ENDS)
    flow = table["flow"].to_numpy()
    if given:
        ends = pd.concat([table["origin"][origin < 0], table["destination"][destination < 0]])
        stray = ends[~ends.isin(list(outside))]
        if len(stray):
            crossing = (origin < 0) != (destination < 0)
            text = message(
                "flows: places that are no territories of the study: {count} ({values}). They count as across its "
                "border, and commuters to and from them as residents and workers of the territories: {commuters}.",
                count=int(stray.nunique()),
                values=distinct(stray),
                commuters=float(flow[crossing].sum()),
            )
            warnings.warn(GeoterritorioWarning(text), stacklevel=5)
    pairs = Pairs(origin, destination, flow).where((origin >= 0) | (destination >= 0))
    _require_own(pairs, known)
    return pairs


def _require_own(pairs: Pairs, known: pd.Index) -> None:
    within = np.unique(pairs.origin[pairs.origin == pairs.destination])
    if not len(within):
        raise FlowError(
            message(
                "flows: nobody works where they live. Give also the flows from each place to itself; without them no "
                "self-containment is known."
            )
        )
    there = np.unique(pairs.origin[pairs.origin >= 0])
    lacking = np.setdiff1d(there, within)
    if len(lacking):
        text = message(
            "flows: places without a flow to themselves: {count} ({values}). Nobody is taken to live and work there.",
            count=len(lacking),
            values=listing(known[lacking]),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=6)


def _totals(totals: pd.DataFrame | None, known: pd.Index, pairs: Pairs) -> tuple[Floats, Floats]:
    """Residents who work, and workers who live, across the border, by unit."""
    found = []
    for column, here, there in (
        ("residents", pairs.origin, pairs.destination),
        ("workers", pairs.destination, pairs.origin),
    ):
        mine = here >= 0
        across = sums(here, pairs.flow, mine & (there < 0), len(known))
        if totals is not None:
            across = across + _rest(totals, known, column, sums(here, pairs.flow, mine, len(known)))
        found.append(across)
    return found[0], found[1]


def _rest(totals: pd.DataFrame, known: pd.Index, column: str, told: Floats) -> Floats:
    """What totals have beyond the flows; units without a total have what the flows say."""
    if column not in totals.columns:
        raise FlowError(message("totals: there is no column “{column}”.", column=column))
    values = totals[column].set_axis(totals.index.astype(str))
    if not values.index.is_unique:
        raise FlowError(
            message(
                "totals: places given more than once: {values}. Keep one row each.",
                values=distinct(values.index[values.index.duplicated()]),
            )
        )
    given = values.reindex(known).to_numpy(dtype=float)
    rest = np.where(np.isnan(given), 0, given - told)
    below = rest < -1e-9 * np.maximum(told, 1)
    if below.any():
        raise FlowError(
            message(
                "totals, column “{column}”: below what the flows add up to (places: {count}): {values}.",
                column=column,
                count=int(below.sum()),
                values=listing(known[below]),
            )
        )
    return np.maximum(rest, 0)


def _taking_part(pairs: Pairs, beyond: tuple[Floats, Floats], number: int) -> tuple[Mask, Any]:
    """Units that have residents, workers and links among those that have; why the others have not."""
    kept, reason = np.ones(number, dtype=bool), np.full(number, "", dtype=object)
    named = np.zeros(number, dtype=bool)
    for end in (pairs.origin, pairs.destination):
        named[end[end >= 0]] = True
    left = pairs.where((pairs.origin >= 0) & (pairs.destination >= 0))
    while True:
        living = sums(left.origin, left.flow, None, number) + beyond[0]
        working = sums(left.destination, left.flow, None, number) + beyond[1]
        away = left.origin != left.destination
        linked = np.zeros(number, dtype=bool)
        linked[left.origin[away]] = linked[left.destination[away]] = True
        empty = np.select(
            [~named, living == 0, working == 0, ~linked], [NO_FLOWS, NO_RESIDENTS, NO_WORKERS, NO_LINKS], ""
        )
        gone = kept & (empty != "")
        if not gone.any():
            return kept, reason
        reason[gone], kept = empty[gone], kept & ~gone
        left = left.where(kept[left.origin] & kept[left.destination])


def _say_left_out(known: pd.Index, reason: Any, pairs: Pairs) -> None:
    gone = reason != ""
    if gone.all():
        raise FlowError(
            message("flows: no place has residents, workers and commuters to or from another place.")
        )
    if not gone.any():
        return
    inside = (pairs.origin >= 0) & (pairs.destination >= 0)
    lost = inside & (gone[pairs.origin] | gone[pairs.destination])
    text = message(
        "flows: places that belong to no market, since they have no residents, no workers or no links to others: "
        "{count} ({values}). Their commuters are left out: {commuters}.",
        count=int(gone.sum()),
        values=listing(known[gone]),
        commuters=float(pairs.flow[lost].sum()),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _assembled(
    known: pd.Index, pairs: Pairs, beyond: tuple[Floats, Floats], kept: Mask, left_out: pd.Series
) -> Commuting:
    inside = (pairs.origin >= 0) & (pairs.destination >= 0)
    left = pairs.where(inside & kept[pairs.origin] & kept[pairs.destination])
    number = np.cumsum(kept) - 1
    origin, destination, size = number[left.origin], number[left.destination], int(kept.sum())
    own = origin == destination
    return Commuting(
        known[kept],
        _links(origin, destination, left.flow, size),
        _links(destination, origin, left.flow, size),
        sums(origin, left.flow, None, size) + beyond[0][kept],
        sums(destination, left.flow, None, size) + beyond[1][kept],
        sums(origin, left.flow, own, size),
        (beyond[0] + beyond[1])[kept],
        left_out,
    )


def redrawn(flows: Commuting, sampled: float, rng: np.random.Generator) -> Commuting:
    """
    Commuting of which every flow is drawn anew.

    Parameters
    ----------
    flows
        Commuting between units.
    sampled
        Share of the commuters that the flows were estimated from.
    rng
        Generator.

    Returns
    -------
    drawn
        Flows of Poisson distributions with the means of the given ones; units left without residents, workers or links
        take no part.
    """
    size = len(flows.units)
    origin = np.repeat(np.arange(size), np.diff(flows.out.start))
    out = flows.residents - sums(origin, flows.out.flow, None, size)
    into = flows.workers - sums(flows.out.other, flows.out.flow, None, size)
    drawn, out, into = (
        rng.poisson(np.maximum(mean, 0) * sampled) / sampled for mean in (flows.out.flow, out, into)
    )
    some = drawn > 0
    pairs = Pairs(origin[some], flows.out.other[some], drawn[some])
    kept, reason = _taking_part(pairs, (out, into), size)
    return _assembled(
        flows.units, pairs, (out, into), kept, pd.Series(reason[~kept], flows.units[~kept], dtype=object)
    )


def sums(code: Codes, values: Floats, where: Mask | None, size: int) -> Floats:
    """Sum of values by code, of those chosen."""
    if where is not None:
        code, values = code[where], values[where]
    return np.bincount(code, values, size).astype(float)


def _links(end: Codes, other: Codes, flow: Floats, size: int) -> Links:
    order = np.lexsort((other, end))
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(end, minlength=size), out=start[1:])
    return Links(start, other[order], flow[order])
