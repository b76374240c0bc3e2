"""Who contributes what to which cell: a register or counts on all divisions that a study tells of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.publication.disclosure.contributions import OUTSIDE, Codes, Contributions, whole
from geoterritorio.publication.disclosure.whose import place_of
from geoterritorio.study.results import StepResult

# Groups count the industries that make them; suppliers and services are told by other ways than cells.
_CORE = "core"
_WHOLE_SHARE = 1 - 1e-9
Group = tuple[str, str, frozenset[str]]


def placed(source: pd.DataFrame, frame: gpd.GeoDataFrame) -> pd.Series:
    """
    Territory of each row of a register or of counts, in one division.

    Parameters
    ----------
    source
        Register or counts.
    frame
        Territories.

    Returns
    -------
    territory
        Identifier, missing outside all of them.
    """
    if "firm" in source.columns:
        return place_of(source, frame)
    return source["territory"].where(source["territory"].isin(frame["territory"]))


def groupings(results: Sequence[StepResult], frames: Iterable[Any]) -> list[tuple[str, pd.Series]]:
    """
    Groups of sectors that results tell of, as divisions in which no two groups overlap.

    Parameters
    ----------
    results
        Results that rest on a register or on counts.
    frames
        Definitions of groups that their steps take.

    Returns
    -------
    groups
        The column that names groups, and the group of each sector. A group stands whole in one division: of a sector in
        two groups, or of groups that are called the same, there are several.
    """
    found: dict[Group, None] = {}
    for rows in (rows for r in results for rows in r.outputs.values()):
        columns = set(getattr(rows, "columns", ()))
        if {"sector", "target", "share"} <= columns:
            alone = rows[rows["share"].ge(_WHOLE_SHARE)].drop_duplicates("sector")
            found |= dict.fromkeys(_members("sector", alone["sector"], alone["target"]))
        elif {"sector", "group", "role"} <= columns:
            found |= dict.fromkeys(_core(rows))
    for rows in frames:
        if {"sector", "group"} <= set(getattr(rows, "columns", ())):
            found |= dict.fromkeys(_core(rows))
    return apart(found)


def _core(rows: pd.DataFrame) -> Iterator[Group]:
    """Groups of definitions by the industries that they count; those that have no role are of the core."""
    core = rows[rows["role"].fillna(_CORE).eq(_CORE)] if "role" in rows.columns else rows
    yield from _members("group", core["sector"], core["group"])


def _members(kind: str, sector: pd.Series, group: pd.Series) -> Iterator[Group]:
    given = pd.DataFrame({"sector": sector.to_numpy(), "group": group.to_numpy()}).dropna().astype(str)
    for name, mine in given.groupby("group", sort=False)["sector"]:
        yield kind, str(name), frozenset(mine)


def apart(groups: Iterable[Group]) -> list[tuple[str, pd.Series]]:
    """
    Divisions in which no two groups overlap.

    Parameters
    ----------
    groups
        Kind, name and sectors of each.

    Returns
    -------
    divisions
        The kind, and the group of each sector: each group is whole in the first division in which it has room.
    """
    divisions: list[tuple[str, dict[str, str]]] = []
    for kind, name, members in groups:
        free = (
            of for k, of in divisions if k == kind and name not in of.values() and not members & of.keys()
        )
        home = next(free, None)
        if home is None:
            home = {}
            divisions.append((kind, home))
        home |= dict.fromkeys(sorted(members), name)
    return [(kind, pd.Series(of, dtype=object)) for kind, of in divisions]


def contributions(
    source: pd.DataFrame, divisions: Mapping[str, pd.Series], groups: Sequence[tuple[str, pd.Series]]
) -> tuple[dict[str, Contributions], dict[str, tuple[int, pd.Index]], tuple[tuple[str, pd.Index], ...]]:
    """
    Contributions of each period, on common divisions, the finest of which are where all of them cross.

    Parameters
    ----------
    source
        Register or counts.
    divisions
        Territory of each row, by division.
    groups
        Groups of sectors: the column that names them, and the group of each sector.

    Returns
    -------
    contributions, rows, columns
        By period; level and identifiers of each division of territories; kind and identifiers of each of sectors.
    """
    places = pd.DataFrame(dict(divisions))
    kept = (places.notna().any(axis=1) & source["sector"].notna()).to_numpy()
    places, inside = places[kept].astype(object), source[kept]
    finest = pd.MultiIndex.from_frame(places.fillna(""))
    crossed = finest.unique().sort_values()
    rows: dict[str, tuple[int, pd.Index]] = {}
    row_levels: list[Codes] = [np.arange(len(crossed))]
    for k, name in enumerate(places.columns):
        own = crossed.get_level_values(k)
        ids = pd.Index(sorted(set(own) - {""}))
        codes = ids.get_indexer(own)
        if len(ids) == len(crossed) and (codes >= 0).all():
            # The finest cells in another order of names: each such division keeps theirs.
            rows[name] = (0, own)
        else:
            rows[name] = (len(row_levels), ids)
            row_levels.append(np.where(codes < 0, OUTSIDE, codes))
    sectors = pd.Index(sorted(set(inside["sector"].astype(str))))
    columns: list[tuple[str, pd.Index]] = [("sector", sectors)]
    column_levels: list[Codes] = [np.arange(len(sectors))]
    for kind, group in groups:
        ids = pd.Index(sorted(set(group.astype(str))))
        codes = ids.get_indexer(group.astype(str).reindex(sectors).fillna("\x00"))
        if (codes >= 0).any() and not any(
            kind == k and ids.equals(i) and np.array_equal(codes, c)
            for (k, i), c in zip(columns, column_levels, strict=True)
        ):
            columns.append((kind, ids))
            column_levels.append(codes)
    levels = whole(row_levels, len(crossed)), whole(column_levels, len(sectors))
    at = crossed.get_indexer(finest), sectors.get_indexer(inside["sector"].astype(str))
    return dict(_periods(inside, *at, *levels)), rows, tuple(columns)


def _periods(
    inside: pd.DataFrame, row: Codes, column: Codes, rows: tuple[Codes, ...], columns: tuple[Codes, ...]
) -> Iterator[tuple[str, Contributions]]:
    """Contributions of a register, or of counts in each period."""
    jobs = np.zeros(len(inside))
    if "employment" in inside.columns:
        jobs = inside["employment"].fillna(0).to_numpy(float)
    if "firm" in inside.columns:
        who = inside["firm"].astype(str)
        if "group" in inside.columns:
            who = inside["group"].astype(object).where(inside["group"].notna(), "\x00" + who)
        yield "", Contributions(row, column, pd.factorize(who)[0], jobs, rows, columns)
        return
    number = inside["establishments"].fillna(0).round().to_numpy(np.intp)
    jobs = jobs / np.maximum(number, 1)
    period = inside["period"].astype(str) if "period" in inside.columns else pd.Series("", index=inside.index)
    for when in period.unique():
        here = np.flatnonzero((period == when).to_numpy() & (number > 0))
        if len(here):
            each = np.repeat(here, number[here])
            yield (
                str(when),
                Contributions(row[each], column[each], np.arange(len(each)), jobs[each], rows, columns),
            )
