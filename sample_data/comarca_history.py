"""Boundary history of the invented municipalities, 1981 to today, told in whole parishes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import comarca_codes as codes
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from comarca_land import EPSG, Array, Land
from comarca_names import invented

BEGINNING = "1981-01-01"
TODAY = "2025-01-01"
LEVEL = "municipality"
# Newest first: the history is told backwards from today's map.
EVENTS = (
    ("2019-01-01", "merger"),
    ("2013-07-01", "absorption"),
    ("2008-01-01", "renaming"),
    ("2003-05-01", "transfer"),
    ("1998-01-01", "merger"),
    ("1996-01-01", "secession"),
    ("1991-01-01", "transfer"),
    ("1989-01-01", "secession"),
    ("1987-06-01", "creation"),
    ("1984-01-01", "absorption"),
)
ENOUGH = 4  # parishes of a municipality that was once two


@dataclass(frozen=True)
class History:
    """
    Who every parish belonged to, and when.

    Attributes
    ----------
    starts
        First day of each epoch, ascending; an epoch lasts until the next begins.
    owners
        Municipality of each parish (columns) in each epoch (rows).
    ids
        Identifier of every municipality there ever was; today's come first.
    names
        Name of every municipality (columns) in each epoch (rows).
    events
        What happened: date, kind, before, after, area that changed hands.
    """

    starts: tuple[str, ...]
    owners: Array
    ids: tuple[str, ...]
    names: Array
    events: pd.DataFrame

    def at(self, date: str) -> Array:
        """Municipality of each parish on a day."""
        return np.asarray(self.owners[np.searchsorted(self.starts, date, side="right") - 1])


@dataclass(frozen=True)
class _Change:
    kind: str
    before: tuple[int, ...]
    after: tuple[int, ...]
    moved: Array  # parishes that changed hands


def history(land: Land, seed: int) -> History:
    """Events drawn for a territory, and the map they leave in every epoch."""
    rng = np.random.default_rng([seed, 2])
    today = len(land.seats)
    area = shapely.area(land.parishes)
    names = invented(rng, today + 2 * len(EVENTS))
    ids = [f"INV{i + 1:04d}" for i in range(len(names))]
    owner, label = land.owner.copy(), np.array(names, dtype=object)
    free = _candidates(land, rng)
    owners, labels, starts, rows, former = [owner], [label], [], [], today
    for date, kind in EVENTS:
        owner, label = owner.copy(), label.copy()
        change = _back(kind, owner, free, land, former)
        if change is None:
            continue
        former = max(former, *(i + 1 for i in change.before))
        if kind == "renaming":
            label[change.before[0]] = f"{names[former + 1]} del Rey"
        owners.append(owner)
        labels.append(label)
        starts.append(date)
        rows.append(_row(date, change, ids, area[change.moved].sum()))
    return History(
        (BEGINNING, *starts[::-1]),
        np.array(owners[::-1]),
        tuple(ids),
        np.array(labels[::-1]),
        pd.DataFrame(rows[::-1], columns=["date", "kind", "before", "after", "area_km2", "nature"]),
    )


def _candidates(land: Land, rng: np.random.Generator) -> list[int]:
    """Municipalities that may take part, in random order: no centres, and several parishes."""
    size = np.bincount(land.owner, minlength=len(land.seats))
    able = np.flatnonzero(size >= ENOUGH)
    return [int(i) for i in rng.permutation(able[able >= land.markets])]


def _row(date: str, change: _Change, ids: list[str], area: float) -> tuple[object, ...]:
    before, after = (";".join(ids[i] for i in side) for side in (change.before, change.after))
    return date, change.kind, before, after, round(area / 1e6, 3), codes.NATURE


def _back(kind: str, owner: Array, free: list[int], land: Land, former: int) -> _Change | None:
    """Undoing of one event on the map; None where the territory is too small for it."""
    if not free:
        return None
    one = free.pop(0)
    own = np.flatnonzero(owner == one)
    if kind == "renaming":
        return _Change(kind, (one,), (one,), np.array([], dtype=int))
    if kind in {"merger", "absorption"}:
        first, second = _halves(own, land)
        before = (former, former + 1) if kind == "merger" else (one, former)
        owner[first], owner[second] = before
        return _Change(kind, before, (one,), second if kind == "absorption" else own)
    near = [int(i) for i in _neighbours(one, land) if i in free]
    if not near or (kind == "creation" and len(near) < 2):  # noqa: PLR2004 - a pair of parents
        return _back(kind, owner, free, land, former)
    return _give_back(kind, owner, one, near, land, free)


def _give_back(
    kind: str, owner: Array, one: int, near: list[int], land: Land, free: list[int]
) -> _Change | None:
    """Parishes returned to those who had them before a secession, a creation or a transfer."""
    own = np.flatnonzero(owner == one)
    parents = near[: 2 if kind == "creation" else 1]
    for parent in parents:
        free.remove(parent)
    if kind == "secession":
        owner[own] = parents[0]
        return _Change(kind, (parents[0],), (parents[0], one), own)
    if kind == "creation":
        near, far = (np.hypot(*(land.points[own] - land.seats[p]).T) for p in parents)
        # Half of it came from each, by which parent is nearer.
        first = np.argsort(np.argsort(near - far)) < len(own) / 2
        owner[own] = np.where(first, *parents)
        return _Change(kind, tuple(parents), (*parents, one), own)
    # The parish nearest to the other town, never the one with the seat.
    others = own[own != one]
    moved = others[np.hypot(*(land.points[others] - land.seats[parents[0]]).T).argmin()]
    owner[moved] = parents[0]
    return _Change(kind, (parents[0], one), (parents[0], one), np.array([moved]))


def _halves(own: Array, land: Land) -> tuple[Array, Array]:
    """Parishes nearer to the seat, and those nearer to the parish farthest from it."""
    here = land.points[own]
    far = here[np.hypot(*(here - here[0]).T).argmax()]
    second = np.hypot(*(here - far).T) < np.hypot(*(here - here[0]).T)
    return own[~second], own[second]


def _neighbours(one: int, land: Land) -> Array:
    links = land.links.tocoo()
    a, b = links.coords
    return np.concatenate([b[a == one], a[b == one]])


def versions(land: Land, past: History, parents: Array) -> gpd.GeoDataFrame:
    """
    Every version of every municipality.

    Parameters
    ----------
    land
        The parishes.
    past
        Their history.
    parents
        Province of every municipality today; a former one has that of its land.

    Returns
    -------
    GeoDataFrame
        One row per municipality and version, `valid_to` exclusive and empty while in force.
    """
    rows = [row for one in np.unique(past.owners) for row in _spans(past, int(one))]
    frame = pd.DataFrame(rows, columns=["one", "first", "last"])
    shapes = [
        shapely.coverage_union_all(land.parishes[past.owners[first] == one])
        for one, first, last in frame.itertuples(index=False)
    ]
    ends = (*past.starts[1:], None)
    today = land.owner
    parent = [
        parents[today[np.flatnonzero(past.owners[f] == o)[0]]] for o, f, _ in frame.itertuples(index=False)
    ]
    return gpd.GeoDataFrame(
        {
            "territory": [past.ids[i] for i in frame["one"]],
            "name": [past.names[f, i] for i, f in zip(frame["one"], frame["first"], strict=True)],
            "valid_from": [past.starts[i] for i in frame["first"]],
            "valid_to": [ends[i] for i in frame["last"]],
            "level": LEVEL,
            "parent": parent,
            "nature": codes.NATURE,
        },
        geometry=shapes,
        crs=EPSG,
    ).sort_values(["territory", "valid_from"], ignore_index=True)


def _spans(past: History, one: int) -> Iterator[tuple[int, int, int]]:
    """Runs of epochs in which a municipality kept its parishes and its name: municipality, first, last."""
    held = past.owners == one
    first = None
    for epoch in range(len(past.starts)):
        new = (
            first is None
            or (held[epoch] != held[epoch - 1]).any()
            or past.names[epoch, one] != past.names[epoch - 1, one]
        )
        if first is not None and (new or not held[epoch].any()):
            yield one, first, epoch - 1
            first = None
        if first is None and held[epoch].any():
            first = epoch
    if first is not None:
        yield one, first, len(past.starts) - 1
