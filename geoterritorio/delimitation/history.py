"""Versions of territories in time: which are in force, which followed which, and what kind of event that was."""

from __future__ import annotations

from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geoterritorio.delimitation._pieces import overlay
from geoterritorio.errors import LayerError, message
from geoterritorio.layers.crs import require_areas
from geoterritorio.layers.dates import earliest
from geoterritorio.layers.findings import distinct
from geoterritorio.layers.versions import in_force
from geoterritorio.registry import Metres, Progress, no_progress

BEGINNING, END = pd.Timestamp("1000-01-01").as_unit("s"), pd.Timestamp("9999-12-31").as_unit("s")
SLIVER = 10.0  # metres: thinner pieces come of how borders were drawn
_SQUARE_KM = 1e6
LINKS = (
    "event",
    "date",
    "kind",
    "predecessor",
    "successor",
    "predecessor_name",
    "successor_name",
    "area_km2",
    "share_of_predecessor",
    "share_of_successor",
)


def as_of(territories: gpd.GeoDataFrame, day: str | date) -> gpd.GeoDataFrame:
    """
    Territories in force on a day.

    Parameters
    ----------
    territories
        Versions of territories with `valid_from` and `valid_to` (exclusive; empty ends are open).
    day
        Day; a year or month stands for its first day.

    Returns
    -------
    territories
        The versions in force, one row each, in their order.

    Raises
    ------
    LayerError
        If `day` is no date, no version is in force then, or two versions of one territory are.

    Examples
    --------
    >>> history = gpd.GeoDataFrame({"territory": ["A", "A"], "valid_from": ["1981", "2020"],
    ...     "valid_to": ["2020", None]}, geometry=[shapely.box(0, 0, 2, 1), shapely.box(0, 0, 1, 1)], crs=25830)
    >>> as_of(history, "2019-12-31").area.tolist()
    [2.0]
    """
    now: gpd.GeoDataFrame = in_force(territories, str(day))
    twice = now["territory"].duplicated(keep=False)
    if twice.any():
        raise LayerError(
            message(
                "territories: several versions of a territory are in force on {on} (rows: {count}): {values}. Let each "
                "version end (valid_to) on the day on which the next begins (valid_from).",
                on=str(day),
                count=int(twice.sum()),
                values=distinct(now["territory"][twice]),
            )
        )
    return now


def spans(territories: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """
    First day of each version, and the first on which it is no longer in force; days far away where open.

    Parameters
    ----------
    territories
        Versions of territories.

    Returns
    -------
    begin, end
        Days, with the index of the versions.
    """
    days = []
    for column, far in (("valid_from", BEGINNING), ("valid_to", END)):
        if column in territories.columns:
            days.append(earliest(territories[column]).fillna(far))
        else:
            days.append(pd.Series(far, index=territories.index))
    return days[0], days[1]


def lineage(
    territories: gpd.GeoDataFrame, *, sliver: Metres = SLIVER, progress: Progress = no_progress
) -> pd.DataFrame:
    """
    Territories that became others.

    Versions that end on a day are compared with those that begin on it. Two are linked where they have land in common;
    what is linked, directly or through others, is one event.

    Parameters
    ----------
    territories
        Versions of territories, checked.
    sliver
        Mean width in metres below which land in common comes of how borders were drawn, and links nothing.
    progress
        Callback.

    Returns
    -------
    links
        One row per event, predecessor and successor: `event` (number), `date`, `kind`, `predecessor`, `successor`
        (missing where there is none), their names, `area_km2` in common, and its share of the `predecessor` and of the
        `successor`. Kinds: ``creation`` (a new one out of several that stay), ``secession`` (out of one that stays),
        ``division`` (one ends, several begin), ``merger`` (several end, one begins), ``absorption`` (several become
        one of them), ``transfer`` (land changes hands between territories that stay), ``renaming``, ``recoding`` (the
        same land under another identifier), ``redrawing`` (another outline, and nobody else's changed), ``unchanged``,
        ``appearance`` and ``disappearance`` (land that nobody had before, or has after), ``rearrangement`` (all else).
        What is in force from the first day of the layer, or until no known end, is no event.

    Raises
    ------
    CRSError
        If areas cannot be measured on the layer.

    Examples
    --------
    >>> history = gpd.GeoDataFrame({"territory": ["A", "A", "B"], "valid_from": ["1981", "2020", "2020"],
    ...     "valid_to": ["2020", None, None]}, crs=25830,
    ...     geometry=[shapely.box(0, 0, 2000, 1000), shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)])
    >>> lineage(history)[["date", "kind", "predecessor", "successor", "share_of_predecessor"]].values.tolist()
    [['2020-01-01', 'secession', 'A', 'A', 0.5], ['2020-01-01', 'secession', 'A', 'B', 0.5]]
    """
    require_areas(territories, name="territories")
    rows = territories.reset_index(drop=True)
    begin, end = spans(rows)
    old = np.flatnonzero((end < END).to_numpy())
    new = np.flatnonzero((begin > begin.min()).to_numpy())
    shapes = rows.geometry.to_numpy()
    found = overlay(shapes[old], shapes[new], widths=True, progress=progress)
    before, after = old[found.first], new[found.second]
    same = (end[before].to_numpy() == begin[after].to_numpy()) & (found.width >= sliver)
    return _links(rows, (before[same], after[same], found.area[same]), old, new)


def _links(
    rows: gpd.GeoDataFrame, pairs: tuple[Any, Any, Any], old: npt.NDArray[Any], new: npt.NDArray[Any]
) -> pd.DataFrame:
    before, after, area = pairs
    begin, end = spans(rows)
    number = len(rows)
    # The same version may be a successor on one day and a predecessor on another: two nodes.
    graph = coo_array((np.ones(len(before)), (before, after + number)), shape=(2 * number, 2 * number))
    label = connected_components(graph, directed=False)[1]
    lost, came = np.setdiff1d(old, before), np.setdiff1d(new, after)
    none = np.full
    table = pd.DataFrame(
        {
            "event": label[np.concatenate([before, lost, came + number])],
            "before": np.concatenate([before, lost, none(len(came), -1)]),
            "after": np.concatenate([after, none(len(lost), -1), came]),
            "area": np.concatenate([area, shapely.area(rows.geometry.to_numpy()[np.r_[lost, came]])]),
        }
    )
    for side in ("before", "after"):
        at = table[side].to_numpy()
        for column in ("territory", "name"):
            values = (
                rows[column] if column in rows.columns else pd.Series(None, index=rows.index, dtype=object)
            )
            table[f"{side}_{column}"] = values.reindex(at).to_numpy(dtype=object)
        table[f"{side}_area"] = rows.area.reindex(at).to_numpy()
    table["day"] = np.where(table["before"] >= 0, end.reindex(table["before"]), begin.reindex(table["after"]))
    return _told(table)


def _told(table: pd.DataFrame) -> pd.DataFrame:
    kinds = {event: _kind(rows) for event, rows in table.groupby("event")}
    table = table.assign(kind=table["event"].map(kinds)).sort_values(
        ["day", "event", "before_territory", "after_territory"], kind="stable", ignore_index=True
    )
    one_sided = table["kind"].isin(["appearance", "disappearance"])
    links = pd.DataFrame(
        {
            "event": pd.factorize(table["event"])[0] + 1,
            "date": pd.to_datetime(table["day"]).dt.strftime("%Y-%m-%d").astype(object),
            "kind": table["kind"].astype(object),
            "predecessor": table["before_territory"],
            "successor": table["after_territory"],
            "predecessor_name": table["before_name"],
            "successor_name": table["after_name"],
            "area_km2": table["area"] / _SQUARE_KM,
            "share_of_predecessor": (table["area"] / table["before_area"]).mask(one_sided),
            "share_of_successor": (table["area"] / table["after_area"]).mask(one_sided),
        }
    )
    return links[list(LINKS)]


def _kind(rows: pd.DataFrame) -> str:
    """What an event was, from who was there before and after it."""
    before, after = (set(rows[f"{s}_territory"].dropna()) for s in ("before", "after"))
    if not before or not after:
        return "disappearance" if before else "appearance"
    if before == after:
        return "transfer" if len(before) > 1 else _alone(rows)
    if before < after:
        return "secession" if len(before) == 1 else "creation"
    if after < before:
        return "absorption" if len(after) == 1 else "rearrangement"
    return _replaced(before, after)


def _replaced(before: set[str], after: set[str]) -> str:
    """Kind of an event after which none has stayed, or only some have."""
    if before & after:
        return "rearrangement"
    sides = len(before) > 1, len(after) > 1
    kinds = {(False, False): "recoding", (True, False): "merger", (False, True): "division"}
    return kinds.get(sides, "rearrangement")


def _alone(rows: pd.DataFrame) -> str:
    """Kind of the event of a territory that shares it with no other."""
    row = rows.iloc[0]
    common = row["area"] / max(row["before_area"], row["after_area"])
    if common < 1 - 1e-6:
        return "redrawing"
    return "unchanged" if str(row["before_name"]) == str(row["after_name"]) else "renaming"


def lineage_events(links: pd.DataFrame) -> pd.DataFrame:
    """
    Events of a lineage, one row each.

    Parameters
    ----------
    links
        As `lineage` gives them.

    Returns
    -------
    events
        `event`, `date`, `kind`, `before` and `after` (identifiers, separated by semicolons), and `area_km2` that
        changed hands.

    Examples
    --------
    >>> links = pd.DataFrame({"event": [1, 1], "date": "2020-01-01", "kind": "secession", "predecessor": ["A", "A"],
    ...     "successor": ["A", "B"], "area_km2": [3.0, 2.0]})
    >>> lineage_events(links)[["before", "after", "area_km2"]].values.tolist()
    [['A', 'A;B', 2.0]]
    """
    moved = links["area_km2"].where((links["predecessor"] != links["successor"]), 0.0)
    moved = moved.where(links["kind"] != "recoding", 0.0)
    told = links.assign(area_km2=moved).groupby("event", sort=True)
    events = told.agg(
        date=("date", "first"),
        kind=("kind", "first"),
        before=("predecessor", _joined),
        after=("successor", _joined),
        area_km2=("area_km2", "sum"),
    )
    return events.reset_index()


def _joined(names: pd.Series) -> str:
    return ";".join(sorted(names.dropna().unique()))
