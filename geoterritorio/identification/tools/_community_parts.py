"""Each part of the account of a community: what is found by territory, and why it is unknown where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from geoterritorio.concentration.related_variety import variety
from geoterritorio.identification.homes_and_jobs import containment_intervals, home_job_overlap
from geoterritorio.identification.local_division import division_of_labour
from geoterritorio.identification.tools import _community_layers as told
from geoterritorio.identification.tools._community_inputs import Divided, by_place


@dataclass(frozen=True)
class Part:
    """Figures by territory; a reason for each part that is unknown, else nothing; and the rows beneath."""

    table: pd.DataFrame
    reasons: pd.DataFrame
    rows: pd.DataFrame


@dataclass(frozen=True)
class Living:
    """Who lives and works where: territory of each place, flows, totals by place, and inhabitants."""

    membership: pd.Series
    flows: pd.DataFrame | None
    totals: pd.DataFrame | None
    people: pd.DataFrame | None
    given: bool


def _part(table: pd.DataFrame, name: str, reason: Any, rows: pd.DataFrame | None = None) -> Part:
    return Part(
        table, pd.DataFrame({name: reason}, index=table.index), pd.DataFrame() if rows is None else rows
    )


def _nothing(index: pd.Index, columns: Sequence[Any]) -> pd.DataFrame:
    """The columns without a figure or a word."""
    blank = {c.name: np.nan if c.dtype == "number" else None for c in columns if c.required}
    return pd.DataFrame(blank, index=index)


def inhabitants(people: pd.DataFrame | None, index: pd.Index) -> Part:
    """Inhabitants of each territory; unknown where those of a place are."""
    table = pd.DataFrame({"inhabitants": np.nan}, index=index)
    if people is not None:
        where = people["territory"].astype(str)
        sums = people["population"].groupby(where).sum(min_count=1)
        gaps = people["population"].isna().groupby(where).any()
        table["inhabitants"] = sums.mask(gaps).reindex(index)
    return _part(table, told.PEOPLE, np.where(table["inhabitants"].isna(), "no inhabitants given", ""))


def commuting(living: Living, index: pd.Index, outside: Sequence[str], level: float) -> Part:
    """Employed residents, workers, and how many are both."""
    columns = ["residents", "workers", "internal", *(c.name for c in told.SIDES)]
    if living.flows is None:
        table = pd.DataFrame(np.nan, index=index, columns=columns)
        if living.totals is not None:
            where = living.membership.reindex(living.totals.index).to_numpy()
            sums = living.totals.groupby(where).sum().reindex(index)
            table[["residents", "workers"]] = sums[["residents", "workers"]]
        return _part(table, told.COMMUTING, "no commuting given")
    found = containment_intervals(
        living.flows, living.membership.dropna(), outside=tuple(outside), totals=living.totals, level=level
    )
    table = found.reindex(index)[columns]
    return _part(
        table, told.COMMUTING, np.where(table["containment"].isna(), "nobody lives or works there", "")
    )


def homes_and_jobs(
    living: Living, worked: Divided | None, index: pd.Index, draws: int, random: np.random.Generator
) -> Part:
    """How far people and jobs share the same smaller places."""
    nothing = _nothing(index, told.OVERLAP)
    rows = pd.DataFrame(columns=[c.name for c in told.COMMUNITY_PLACES.columns])
    if not living.given:
        return _part(nothing, told.PLACES, "no smaller places given", rows)
    homes, jobs, basis = _ends(living, worked)
    if homes is None or jobs is None:
        return _part(nothing, told.PLACES, "no residents and jobs given", rows)
    found = home_job_overlap(homes, jobs, living.membership, draws=draws, rng=random).reindex(index)
    table = found.assign(overlap_of=pd.Series(basis, index=index).where(found["overlap"].notna(), None))
    # A territory in which no place lies has none, and is not told apart from one that is a single place.
    reason = found["reason"].fillna("no smaller places given")
    return _part(
        table[[c.name for c in told.OVERLAP]],
        told.PLACES,
        reason.to_numpy(),
        _shares(homes, jobs, living.membership),
    )


def _ends(living: Living, worked: Divided | None) -> tuple[pd.Series | None, pd.Series | None, str]:
    """People and jobs of each place, and who the people are: those employed if they are known."""
    places = pd.Index(living.membership.index)
    homes, jobs = by_place(living.flows, living.totals, places)
    if homes is not None:
        return homes, jobs, told.EMPLOYED
    jobs = None if worked is None else worked.by_place
    if living.people is None or "place" not in living.people.columns:
        return None, jobs, told.INHABITANTS
    named = living.people["place"].astype(str)
    found = living.people["population"].groupby(named).sum(min_count=1)
    return (found if found.index.isin(places).any() else None), jobs, told.INHABITANTS


def _shares(homes: pd.Series, jobs: pd.Series, membership: pd.Series) -> pd.DataFrame:
    """One row per place: its part of the territory's people and jobs."""
    known = membership.dropna()
    table = pd.DataFrame({"place": known.index, "territory": known.to_numpy()})
    for name, values in (("homes", homes), ("jobs", jobs)):
        table[name] = values.reindex(known.index, fill_value=0.0).to_numpy(np.float64)
        whole = table[name].groupby(table["territory"]).transform(lambda v: v.sum(skipna=False))
        table[f"share_of_{name}"] = table[name] / whole.where(whole > 0)
    return table.assign(difference=table["share_of_jobs"] - table["share_of_homes"])


def division(
    worked: Divided | None,
    index: pd.Index,
    classification: str | None,
    levels: str,
    draws: int,
    random: np.random.Generator,
) -> Part:
    """How the work is divided among sectors, and how that changed."""
    if worked is None:
        rows = pd.DataFrame(columns=[c.name for c in told.COMMUNITY_DIVISION.columns if c.required])
        reasons = dict.fromkeys((told.DIVISION, told.CHANGE), "no counts given")
        return Part(_nothing(index, told.DIVIDED), pd.DataFrame(reasons, index=index), rows)
    found = division_of_labour(worked.after, worked.before, units=worked.units, draws=draws, rng=random)
    table = found.territories
    if classification is not None:
        chain = tuple(name.strip() for name in levels.split(","))
        table = table.join(
            variety(worked.after, groups=classification, levels=chain).drop(columns=["total", "sectors"])
        )
    absent = ~index.isin(worked.here)
    told_why = {told.DIVISION: table["reason"], told.CHANGE: table["change_reason"]}
    reasons = pd.DataFrame(told_why, index=index)
    reasons.loc[absent] = "no counts here"
    rows = found.sectors[found.sectors["territory"].isin(worked.here)]
    kept = [c.name for c in told.DIVIDED if c.name in table.columns]
    return Part(table[kept], reasons, rows)
