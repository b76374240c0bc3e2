"""Units are put together until every market is valid: the harmonised European algorithm, one move at a time.

Only single units move, so that what they commute with each market is summed from their own flows: time and memory grow
with flows, and no table of markets by markets is ever made.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.delimitation.commuting import Commuting, Links
from geoterritorio.delimitation.containment import LabourMarketRules, validity
from geoterritorio.i18n import mark
from geoterritorio.registry import Progress

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
_RESERVE = -1
# Moves between two words on how far the work is.
_BATCH = 200
MOVED, FALLS, UNLINKED, CIRCLE, FILLED, ALONE = OUTCOMES = (
    mark("moved"),
    mark("would weaken its target"),
    mark("no target"),
    mark("moves in circles"),
    mark("filled from the reserve"),
    mark("still without market"),
)
TRACE = (
    "iteration",
    "market",
    "validity",
    "unit",
    "target",
    "cohesion",
    "target_before",
    "target_after",
    "outcome",
)
_Row = tuple[int, int, float, int, int, float, float, float, str]


@dataclass
class _State:
    """Markets as they are now; those without units have an infinite validity."""

    flows: Commuting
    rules: LabourMarketRules
    label: Codes = field(init=False)
    residents: Floats = field(init=False)
    workers: Floats = field(init=False)
    internal: Floats = field(init=False)
    drawn: Floats = field(init=False)
    count: Codes = field(init=False)
    validity: Floats = field(init=False)

    def __post_init__(self) -> None:
        size = len(self.flows.units)
        self.label, self.count = np.arange(size), np.ones(size, dtype=np.int64)
        self.residents, self.workers = self.flows.residents.copy(), self.flows.workers.copy()
        self.internal, self.drawn = self.flows.own.copy(), self.flows.own.copy()
        self.validity = validity(self.residents, self.workers, self.internal, self.rules)


def dissolve(flows: Commuting, rules: LabourMarketRules, progress: Progress) -> tuple[Codes, pd.DataFrame]:
    """
    Market of each unit.

    Parameters
    ----------
    flows
        Commuting between units.
    rules
        When a market is valid.
    progress
        Called now and then; may raise to cancel.

    Returns
    -------
    label, trace
        Number of the unit with which the market began, -1 for units without market; one row per move.
    """
    state = _State(flows, rules)
    rows: list[_Row] = []
    size = len(flows.units)
    seen, mark_now = {0}, 0
    while True:
        market = int(np.argmin(state.validity))
        valid = np.isfinite(state.validity)
        if state.validity[market] >= 1 or valid.sum() <= 1:
            break
        row, mark_now = _move(state, market, len(rows) + 1, seen, mark_now)
        rows.append(row)
        if len(rows) % _BATCH == 0:
            share = float((state.validity[valid] >= 1).mean())
            progress(0.9 * min(share, len(rows) / size), mark("Putting places together"))
    rows += _fill(state, len(rows))
    return state.label, pd.DataFrame(rows, columns=list(TRACE))


def _move(state: _State, market: int, number: int, seen: set[int], now: int) -> tuple[_Row, int]:
    """One unit of the weakest market goes to the market it commutes with most, or to the reserve."""
    weak = float(state.validity[market])
    members = np.flatnonzero(state.label == market)
    unit = int(members[np.argmax(_crossing(state, members))])
    _leave(state, unit, market)
    target, cohesion, after = _best(state, unit, without=market)
    before = float(state.validity[target]) if target >= 0 else np.nan
    left = now ^ _sign(unit, market)
    moved = left ^ _sign(unit, target)
    if target < 0:
        outcome = UNLINKED
    elif after < before:
        outcome = FALLS
    elif moved in seen:
        outcome = CIRCLE
    else:
        outcome = MOVED
        _join(state, unit, target)
    now = moved if outcome == MOVED else left ^ _sign(unit, _RESERVE)
    seen.add(now)
    return (number, market, weak, unit, target, cohesion, before, after, outcome), now


def _sign(unit: int, market: int) -> int:
    """Number of a unit's being in a market; all of them together, by exclusive or, tell a partition from others."""
    return 0 if unit == market else hash((unit, market))


def _crossing(state: _State, members: Codes) -> Floats:
    """Commuters who come to each unit from outside its market, and those who leave the unit."""
    flows = state.flows
    coming = flows.workers[members] - state.drawn[members]
    going = flows.residents[members] - flows.own[members]
    crossing: Floats = coming + going
    return crossing


def _of(links: Links, unit: int) -> tuple[Codes, Floats]:
    part = slice(links.start[unit], links.start[unit + 1])
    return links.other[part], links.flow[part]


def _leave(state: _State, unit: int, market: int) -> None:
    _shift(state, unit, market, -1)
    state.label[unit] = _RESERVE
    state.drawn[unit] = state.flows.own[unit]


def _join(state: _State, unit: int, market: int) -> None:
    state.label[unit] = market
    _shift(state, unit, market, 1)


def _shift(state: _State, unit: int, market: int, sign: int) -> None:
    """Sums of a market with a unit more (1) or less (-1), which is labelled as of it."""
    flows = state.flows
    (to, going), (start, coming) = _of(flows.out, unit), _of(flows.into, unit)
    there, here = state.label[to] == market, state.label[start] == market
    inflow = coming[here].sum()
    state.drawn[to[there]] += sign * going[there]
    state.drawn[unit] = inflow
    state.internal[market] += sign * (going[there].sum() + inflow - flows.own[unit])
    state.residents[market] += sign * flows.residents[unit]
    state.workers[market] += sign * flows.workers[unit]
    state.count[market] += sign
    state.validity[market] = _validity(state, market)


def _validity(state: _State, market: int) -> float:
    if not state.count[market]:
        state.residents[market] = state.workers[market] = state.internal[market] = 0
        return np.inf
    return float(
        validity(state.residents[market], state.workers[market], state.internal[market], state.rules)
    )


def _best(state: _State, unit: int, *, without: int = _RESERVE) -> tuple[int, float, float]:
    """Market of greatest cohesion with a unit of the reserve, the cohesion, and its validity with it."""
    flows, size = state.flows, len(state.label)
    to, start = (
        np.bincount(state.label[other] + 1, flow, size + 1)[1:]
        for other, flow in (_of(flows.out, unit), _of(flows.into, unit))
    )
    linked = np.flatnonzero(to + start)
    linked = linked[linked != without]
    if not len(linked):
        return -1, np.nan, np.nan
    cohesion = to[linked] ** 2 / (flows.residents[unit] * state.workers[linked]) + start[linked] ** 2 / (
        state.residents[linked] * flows.workers[unit]
    )
    # Of equal ones the last, as the software of the algorithm does.
    at = len(linked) - 1 - int(np.argmax(cohesion[::-1]))
    market = int(linked[at])
    after = validity(
        state.residents[market] + flows.residents[unit],
        state.workers[market] + flows.workers[unit],
        state.internal[market] + to[market] + start[market] + flows.own[unit],
        state.rules,
    )
    return market, float(cohesion[at]), float(after)


def _fill(state: _State, done: int) -> list[_Row]:
    """Units of the reserve go to the market they commute with most, whatever becomes of it."""
    rows: list[_Row] = []
    while True:
        found: list[_Row] = []
        # The order decides where some belong; the last comes first in the software of the algorithm too.
        for unit in np.flatnonzero(state.label == _RESERVE)[::-1].tolist():
            target, cohesion, after = _best(state, unit)
            if target < 0:
                continue
            before = float(state.validity[target])
            _join(state, unit, target)
            number = done + len(rows) + len(found) + 1
            found.append((number, _RESERVE, np.nan, unit, target, cohesion, before, after, FILLED))
        rows += found
        if not found:
            break
    left = np.flatnonzero(state.label == _RESERVE).tolist()
    return rows + [
        (done + len(rows) + i + 1, _RESERVE, np.nan, unit, -1, np.nan, np.nan, np.nan, ALONE)
        for i, unit in enumerate(left)
    ]
