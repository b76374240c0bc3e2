"""Whether two layers of a study can hold the same establishments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.layers.crs import has_geometry
from geoterritorio.study.contributed import placed

# Counts are rounded to whole jobs.
_ROUNDED = 0.5 + 1e-6
_EVERY = ""
Cells = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Kinship:
    """
    What two layers have in common.

    Attributes
    ----------
    known
        Whether both can be counted by the same territories and sectors: only then what is withheld of one can be
        withheld of the other.
    shared
        Whether both have establishments of a sector in a territory: these may be the same.
    leads
        Whether the first has the cells of a period of the second, which was counted from it, then.
    periods
        Periods of the second that have no other cells than the first.
    groups
        Where one has coarser codes of sectors: that of each sector of the other.
    """

    known: bool
    shared: bool = False
    leads: bool = False
    periods: frozenset[str] = frozenset()
    groups: pd.Series = field(default_factory=lambda: pd.Series(dtype=object))


@dataclass(frozen=True)
class _Codes:
    """Sectors of two layers in common codes; those of the finer one in those of the coarser."""

    first: pd.Series
    second: pd.Series
    groups: pd.Series
    second_finer: bool = False


def kinship(first: pd.DataFrame, second: pd.DataFrame, frames: Mapping[str, gpd.GeoDataFrame]) -> Kinship:
    """
    What a register, or counts, has in common with another layer of establishments.

    Parameters
    ----------
    first, second
        Layers of a study; a register comes before counts.
    frames
        Territories that results on either tell of.

    Returns
    -------
    kinship
        Layers that meet in no territory, or in no sector there, share no establishment.
    """
    codes = _codes(first, second)
    known, shared, leads = False, False, True
    periods: frozenset[str] | None = None
    for frame in frames.values():
        places = [p if p.notna().any() else None for p in (placed(first, frame), placed(second, frame))]
        one, other = places
        if one is None or other is None:
            # Of points it is known that none lies there; other codes of territories may be of the same places.
            lacking = [rows for rows, place in ((first, one), (second, other)) if place is None]
            known = known or (len(lacking) == 1 and has_geometry(lacking[0]))
            leads = leads and other is None
            continue
        known = True
        if not set(one.dropna()) & set(other.dropna()):
            leads = False
            continue
        if codes is None:
            return Kinship(known=False)
        mine, theirs = _cells(first, one, codes.first), _cells(second, other, codes.second)
        if not any(_meet(a, b) for a in mine.values() for b in theirs.values()):
            leads = False
            continue
        shared = True
        own = next(iter(mine.values()))
        alike = {p for p, t in theirs.items() if len(mine) == 1 and _alike(own, t)}
        whole = frozenset(p for p in alike if _equal(own, theirs[p]))
        leads = leads and bool(alike)
        periods = whole if periods is None else periods & whole
    leads = leads and shared and codes is not None and not codes.second_finer and "firm" not in second.columns
    groups = codes.groups if codes is not None else pd.Series(dtype=object)
    return Kinship(known, shared, leads, (periods or frozenset()) if leads else frozenset(), groups)


def _codes(first: pd.DataFrame, second: pd.DataFrame) -> _Codes | None:
    """Common codes of sectors: the same ones, or those with which finer ones begin."""
    mine, theirs = (sorted(set(rows["sector"].dropna().astype(str))) for rows in (first, second))
    none = pd.Series(dtype=object)
    if set(mine) & set(theirs):
        first_codes, second_codes = (pd.Series(own, own, dtype=object) for own in (mine, theirs))
        return _Codes(first_codes, second_codes, none)
    for finer, coarser, second_finer in ((mine, theirs, False), (theirs, mine, True)):
        above = {c: max((k for k in coarser if c.startswith(k)), key=len, default=None) for c in finer}
        if any(k is not None for k in above.values()):
            groups, alone = pd.Series(above, dtype=object).dropna(), pd.Series(coarser, coarser, dtype=object)
            one, other = (alone, groups) if second_finer else (groups, alone)
            return _Codes(one, other, groups, second_finer)
    return None


def _cells(rows: pd.DataFrame, place: pd.Series, codes: pd.Series) -> Cells:
    """Establishments and jobs by territory and sector, of each period."""
    register = "firm" in rows.columns
    plants = np.ones(len(rows)) if register else rows["establishments"].fillna(0).to_numpy(float)
    jobs = rows["employment"].to_numpy(float) if "employment" in rows.columns else np.full(len(rows), np.nan)
    period = rows["period"].astype(str) if "period" in rows.columns and not register else _EVERY
    each = pd.DataFrame({"territory": place.to_numpy(), "sector": rows["sector"].map(codes).to_numpy()})
    each = each.assign(plants=plants, jobs=jobs, period=np.asarray(period)).dropna(
        subset=["territory", "sector"]
    )
    keys = ["period", "territory", "sector"]
    sums = each.groupby(keys, observed=True).agg(
        plants=("plants", "sum"), jobs=("jobs", lambda x: x.sum(min_count=1))
    )
    sums = sums[sums["plants"].gt(0)]
    return {str(p): sums.xs(p) for p in sums.index.get_level_values(0).unique()}


def _meet(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return bool(len(one.index.intersection(other.index)))


def _alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether cells are the same over the territories and sectors that both have."""
    territories, sectors = (
        one.index.get_level_values(k).intersection(other.index.get_level_values(k)) for k in (0, 1)
    )
    kept = [
        t[t.index.get_level_values(0).isin(territories) & t.index.get_level_values(1).isin(sectors)]
        for t in (one, other)
    ]
    return bool(len(kept[0])) and _equal(*kept)


def _equal(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether cells are the same, jobs rounded to whole ones."""
    if not one.index.sort_values().equals(other.index.sort_values()):
        return False
    apart = (one - other.reindex(one.index)).abs()
    return bool(apart["plants"].lt(_ROUNDED - 0.5 + 1e-6).all() and not apart["jobs"].gt(_ROUNDED).any())
