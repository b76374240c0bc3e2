"""Parts of a market that lie within others are given to the market they touch and commute with most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.delimitation import contiguity
from geoterritorio.delimitation.commuting import Commuting, Links
from geoterritorio.delimitation.containment import LabourMarketRules, validity
from geoterritorio.errors import LayerError, message
from geoterritorio.i18n import mark

Codes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
ENCLAVE = mark("joined to what it touches")


def join_enclaves(
    flows: Commuting,
    label: Codes,
    trace: pd.DataFrame,
    places: gpd.GeoDataFrame | None,
    rules: LabourMarketRules,
) -> tuple[Codes, pd.DataFrame]:
    """
    Markets of which no part lies within another.

    Parameters
    ----------
    flows
        Commuting between units.
    label
        Market of each unit; -1 for none.
    trace
        Moves so far.
    places
        Polygons of the units, in their order.
    rules
        With the gap up to which boundaries meet.

    Returns
    -------
    label, trace
        With the moves of units outside the main part of their market, that touch the
        main part of another. Islands touch nothing, and stay.

    Raises
    ------
    LayerError
        There are no polygons.
    """
    if places is None:
        raise LayerError(message("enclaves: to join them, give the territories with their polygons."))
    pairs = contiguity.touching(places, snap=rules.snap)
    label = label.copy()
    rows: list[tuple[object, ...]] = []
    while moves := list(_moves(flows, label, pairs, rules, len(trace) + len(rows))):
        rows += moves
    return label, pd.concat([trace, pd.DataFrame(rows, columns=trace.columns)]) if rows else trace


def _moves(
    flows: Commuting, label: Codes, pairs: Any, rules: LabourMarketRules, done: int
) -> Iterator[tuple[object, ...]]:
    """One round: each unit off the main part of its market that touches the main part of others; labels change."""
    off = contiguity.minor(pairs, contiguity.pieces(pairs, label), label, flows.residents)
    main = ~off & (label >= 0)
    number = done
    for unit in np.flatnonzero(off).tolist():
        near = pairs.indices[pairs.indptr[unit] : pairs.indptr[unit + 1]]
        targets = np.unique(label[near[main[near]]])
        targets = targets[targets != label[unit]]
        if not len(targets):
            continue
        cohesion = np.array([_cohesion(flows, label, unit, int(t)) for t in targets])
        target, left, number = int(targets[np.argmax(cohesion)]), int(label[unit]), number + 1
        weak, before = _validity(flows, label, left, rules), _validity(flows, label, target, rules)
        label[unit] = target
        after = _validity(flows, label, target, rules)
        yield (number, left, weak, unit, target, cohesion.max(), before, after, ENCLAVE)


def _cohesion(flows: Commuting, label: Codes, unit: int, market: int) -> float:
    mine = label == market
    to, start = (_between(links, unit, mine) for links in (flows.out, flows.into))
    living, working = flows.residents[mine].sum(), flows.workers[mine].sum()
    return float(to**2 / (flows.residents[unit] * working) + start**2 / (living * flows.workers[unit]))


def _between(links: Links, unit: int, mine: npt.NDArray[np.bool_]) -> float:
    part = slice(links.start[unit], links.start[unit + 1])
    return float(links.flow[part][mine[links.other[part]]].sum())


def _validity(flows: Commuting, label: Codes, market: int, rules: LabourMarketRules) -> float:
    mine = label == market
    inside = sum(_between(flows.out, int(u), mine) for u in np.flatnonzero(mine))
    return float(validity(flows.residents[mine].sum(), flows.workers[mine].sum(), inside, rules))
