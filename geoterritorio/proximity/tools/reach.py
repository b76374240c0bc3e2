"""Reach on layers: who reaches which kind of centre, and what one more centre would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.findings import listing
from geoterritorio.layers.schema import (
    Centres,
    CentresDated,
    Costs,
    Firms,
    Population,
    Roads,
    Speeds,
    Territories,
)
from geoterritorio.proximity import one_more as choice
from geoterritorio.proximity import reach as measures
from geoterritorio.proximity._cutting import Indices
from geoterritorio.proximity.tools._gaining import Land, land_of, names_of, of_each, told
from geoterritorio.proximity.tools._named import with_names
from geoterritorio.proximity.tools._reach_inputs import (
    Group,
    Routes,
    WayRules,
    groups,
    kinds_of,
    open_on,
    routes,
    spots_of,
)
from geoterritorio.proximity.tools._reach_layers import (
    AREAS,
    BY_CENTRE,
    CHOSEN,
    GAINING,
    GAINS,
    LINES,
    PLACES,
    SHARES,
    TERRITORY_SHARES,
    TIMES,
    CandidateGains,
    ChosenCandidates,
    GainingTerritories,
    NearestLines,
    ReachAreas,
    ReachCentres,
    ReachPlaces,
    ReachShares,
    ReachTimes,
    TerritoryShares,
)
from geoterritorio.proximity.tools.roads import budgets_of
from geoterritorio.registry import Count, Layer, Progress, Ratio, no_progress, tool


@dataclass(frozen=True)
class WithinRules(WayRules):
    """
    Budgets, how ways are found, and who counts.

    Parameters
    ----------
    budgets
        Minutes or metres, with semicolons between them; the middle one is that of choice and dependence.
    each
        Whether the nearest centre of every establishment or place is listed, too; single ones can be recognised in it.
    """

    budgets: str = "15; 30; 60"
    each: bool = False


@dataclass(frozen=True)
class OneMoreRules(WayRules):
    """
    One more of what, and how ways are found.

    Parameters
    ----------
    kind
        Kind of centre of which there would be one more; without it, any.
    budget
        Cost within which a centre counts as reached, in minutes or metres.
    number
        How many are chosen one after the other, each given those before it.
    rank_by
        What is best: most establishments or residents newly within the budget ("number"), most of their "jobs", or most
        cost "saved".
    """

    kind: str = ""
    budget: Ratio = 30.0
    number: Count = 1
    rank_by: choice.RankBy = "number"


_WITHIN, _ONE_MORE = WithinRules(), OneMoreRules()


@dataclass(frozen=True)
class ReachResult:
    """
    Who reaches what.

    Attributes
    ----------
    times
        How far the nearest is, how many have a choice, and on which centre most depend.
    shares
        Shares of establishments, jobs and residents within each budget of each kind of centre.
    territory_shares
        The same shares by territory; empty without territories.
    areas
        Territories with their share within the middle budget, and their times.
    by_centre
        Centres with how many have no other within the middle budget.
    lines
        From the middle of each territory's jobs to the nearest centre of each kind.
    places
        Nearest centre of every establishment and place; empty unless asked for.
    """

    times: ReachTimes
    shares: ReachShares
    territory_shares: TerritoryShares
    areas: ReachAreas
    by_centre: ReachCentres
    lines: NearestLines
    places: ReachPlaces


@dataclass(frozen=True)
class OneMoreResult:
    """
    What one more centre would change.

    Attributes
    ----------
    gains
        Every candidate with what it alone would change, and its rank.
    chosen
        Today, and then the best ones, one after the other.
    territories
        Of the chosen, the territories that would gain; empty where none are known.
    """

    gains: CandidateGains
    chosen: ChosenCandidates
    territories: GainingTerritories


@tool
def reach(
    centres: CentresDated,
    firms: Firms | None = None,
    roads: Roads | None = None,
    *,
    population: Population | None = None,
    territories: Territories | None = None,
    costs: Costs | None = None,
    speeds: Speeds | None = None,
    rules: WithinRules = _WITHIN,
    progress: Progress = no_progress,
) -> ReachResult:
    """
    Who reaches which kind of centre, and within which time.

    Of small and medium establishments and their jobs, and of residents: the share that has a centre of each kind
    (institutions, schools, health, services) within each budget, who does not reach any, who has a choice, and who
    would lose reach if one centre closed; in total and by territory. Ways go by road, by a table of costs, or straight.

    Parameters
    ----------
    centres
        Institutions or services, with their kinds.
    firms
        Establishments whose reach is told.
    roads
        Lines in a projected system in metres; without them and without costs, ways are straight lines.
    population
        People whose reach is told, beside or instead of establishments.
    territories
        Territories by which reach is told, too.
    costs
        Costs of ways between establishments or places and centres, instead of roads; pairs that are absent have no way.
    speeds
        Speeds by class, for roads without a time or speed of their own.
    rules
        How ways are found and who counts.
    progress
        Callback.

    Returns
    -------
    result
        Shares, times, territories, centres, lines.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layers.
    LayerError
        If nobody's reach is asked for, a budget is no number above 0, no centre is open, places are missing, roads have
        no speed, or costs join no place to a centre.
    """
    budgets = _budgets(rules.budgets)
    there = open_on(centres, rules.on, name="centres")
    found = routes(roads, costs, speeds, there, rules)
    there = _aligned(there, found)
    parts = [
        _Part(group, there, territories, found, budgets, progress)
        for group in groups(firms, population, territories, found)
    ]
    return ReachResult(
        _joined([p.times(total=True) for p in parts], TIMES),
        _joined([p.shares(total=True) for p in parts], SHARES),
        _joined([p.shares(total=False) for p in parts], TERRITORY_SHARES),
        _joined([p.areas() for p in parts], AREAS, crs=getattr(territories, "crs", None)),
        _joined([p.by_centre() for p in parts], BY_CENTRE, crs=getattr(there, "crs", None)),
        _joined([p.lines() for p in parts], LINES, crs=found.crs),
        _joined([p.places() for p in parts] if rules.each else [], PLACES, crs=found.crs),
    )


def _with_none(values: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Values, and nothing as the last, which is where -1 points."""
    return np.array([*values, None], dtype=object)


def _budgets(text: str) -> list[float]:
    budgets = sorted(set(budgets_of(text)))
    if not budgets or not all(0 < b < np.inf for b in budgets):
        raise LayerError(
            message(
                "budgets: “{value}” has no budget, or one that is not above 0. Write 15; 30; 60.", value=text
            )
        )
    return budgets


def _aligned(centres: gpd.GeoDataFrame, found: Routes) -> gpd.GeoDataFrame:
    if found.crs is None or not has_geometry(centres):
        return centres
    return align(centres, gpd.GeoDataFrame(geometry=[], crs=found.crs), name="centres")


def _joined(parts: list[Any], layer: Layer, *, crs: Any = None) -> Any:
    """Rows of all groups, with the columns of the layer in their order."""
    spatial = layer.geometry != ("table",)
    rows = [p for p in parts if p is not None and len(p)]
    if not rows:
        empty = {c.name: pd.Series(dtype=float if c.dtype == "number" else object) for c in layer.columns}
        return gpd.GeoDataFrame(empty, geometry=[], crs=crs) if spatial else pd.DataFrame(empty)
    found = pd.concat(rows, ignore_index=True)
    needed = [c.name for c in layer.columns if c.required or c.name in found.columns]
    return found[[*needed, *(["geometry"] if spatial else [])]]


class _Part:
    """Reach of one group: what is near is looked up once, and told in several ways."""

    def __init__(
        self,
        group: Group,
        centres: gpd.GeoDataFrame,
        territories: gpd.GeoDataFrame | None,
        found: Routes,
        budgets: list[float],
        progress: Progress,
    ) -> None:
        self.group, self.centres, self.land, self.found, self.budgets = (
            group,
            centres,
            territories,
            found,
            budgets,
        )
        self.code, self.kinds = kinds_of(centres)
        self.middle = budgets[(len(budgets) - 1) // 2]
        ways = found.between(group, centres, name="centres")
        self.near = measures.near_centres(
            ways, self.code, len(self.kinds), middle=self.middle, progress=progress
        )

    def _told(self, table: Any) -> Any:
        """Table with names for numbers, and how ways were found."""
        table = table.assign(
            who=self.group.who, unit=self.found.unit, by=self.found.by, size_of=self.group.size_of or None
        )
        if "kind" in table.columns:
            table["centre_kind"] = np.array(self.kinds, dtype=object)[table["kind"]]
        if "up_to" not in table.columns:
            table["up_to"] = self.middle
        if "area" in table.columns and self.land is not None:
            table["territory"] = self.land["territory"].to_numpy(object)[table["area"]]
        if "main_centre" in table.columns:
            table["main_centre"] = self._named(table["main_centre"].to_numpy())
            table = with_names(table, self.centres, key="main_centre", column="main_centre_name")
        if "centre" in table.columns:
            table = with_names(table, self.centres, key="centre", column="centre_name")
        return table if self.land is None or "territory" not in table.columns else self._of_land(table)

    def _of_land(self, table: Any) -> Any:
        return with_names(table, self.land, key="territory", of="territory")

    def _named(self, number: Indices) -> npt.NDArray[np.object_]:
        return _with_none(self.centres["centre"].to_numpy(object))[number]

    def _where(self, *, total: bool) -> tuple[Indices, int] | None:
        if total:
            return np.zeros_like(self.group.area), 1
        return None if self.land is None else (self.group.area, len(self.land))

    def shares(self, *, total: bool) -> pd.DataFrame | None:
        where = self._where(total=total)
        if where is None:
            return None
        return self._told(measures.reach_shares(self.near, self.group.members, *where, budgets=self.budgets))

    def times(self, *, total: bool) -> pd.DataFrame | None:
        where = self._where(total=total)
        return (
            None if where is None else self._told(measures.reach_times(self.near, self.group.members, *where))
        )

    def areas(self) -> gpd.GeoDataFrame | None:
        shares, times = self.shares(total=False), self.times(total=False)
        if shares is None or times is None or self.land is None:
            return None
        shares = shares[shares["up_to"] == self.middle]
        chosen = ["area", "kind", "reached_share", "jobs_share", "beyond_reach"]
        table = times.merge(shares[chosen], on=["area", "kind"], how="left")
        return gpd.GeoDataFrame(
            table, geometry=self.land.geometry.to_numpy()[table["area"]], crs=self.land.crs
        )

    def by_centre(self) -> gpd.GeoDataFrame:
        table = measures.centre_dependence(self.near, self.group.members, self.code)
        told = self._told(table.assign(kind=self.code, centre=self.centres["centre"].to_numpy(object)))
        points = np.full(len(told), None)
        if has_geometry(self.centres):
            points = self.centres.geometry.representative_point().to_numpy()
        return gpd.GeoDataFrame(told, geometry=points, crs=getattr(self.centres, "crs", None))

    def lines(self) -> gpd.GeoDataFrame | None:
        if self.land is None or not has_geometry(self.centres):
            return None
        spots = spots_of(self.group, self.land, self.found.crs)
        ways = self.found.from_spots(spots, self.centres)
        if ways is None:
            return None
        cost, who = ways.nearest(self.code, len(self.kinds))
        kind, area = np.nonzero(who >= 0)
        ends = self.centres.geometry.representative_point().to_numpy()[who[kind, area]]
        begin = spots.geometry.to_numpy()[area]
        pairs = np.stack([shapely.get_coordinates(begin), shapely.get_coordinates(ends)], axis=1)
        table = pd.DataFrame(
            {"area": area, "kind": kind, "centre": self._named(who[kind, area]), "cost": cost[kind, area]}
        )
        return gpd.GeoDataFrame(self._told(table), geometry=shapely.linestrings(pairs), crs=spots.crs)

    def places(self) -> gpd.GeoDataFrame:
        kinds, number = self.near.cost.shape
        kind, place = np.repeat(np.arange(kinds), number), np.tile(np.arange(number), kinds)
        cost = self.near.cost.ravel()
        table = pd.DataFrame(
            {
                "firm": self.group.ids[place],
                "kind": kind,
                "centre": self._named(self.near.centre.ravel()),
                "cost": np.where(np.isfinite(cost), cost, np.nan),
                "centres": self.near.number.ravel(),
            }
        )
        shapes = self.group.shapes
        points = np.full(len(table), None)
        if shapes is not None:
            points = shapes.geometry.representative_point().to_numpy()[place]
        return gpd.GeoDataFrame(self._told(table), geometry=points, crs=getattr(shapes, "crs", None))


@tool
def one_more_centre(
    centres: CentresDated,
    candidates: Centres,
    firms: Firms | None = None,
    *,
    population: Population | None = None,
    roads: Roads | None = None,
    costs: Costs | None = None,
    speeds: Speeds | None = None,
    rules: OneMoreRules = _ONE_MORE,
    progress: Progress = no_progress,
) -> OneMoreResult:
    """
    What one more centre would change, wherever it could be.

    Of every candidate: how many establishments (or residents) and jobs would newly reach a centre of the kind within
    the budget, and what all others would save; ranked. And where several would best be, one after the other, and which
    territories would gain: the candidates, if they are areas, otherwise those the layer of who counts names.

    Parameters
    ----------
    centres
        Centres of today.
    candidates
        Places where one more could be; territories serve as well, each by a point in it.
    firms
        Establishments whose reach counts.
    population
        People whose reach counts, instead of establishments.
    roads
        Lines in a projected system in metres; without them and without costs, ways are straight lines.
    costs
        Costs of ways between establishments or places, centres and candidates, instead of roads.
    speeds
        Speeds by class, for roads without a time or speed of their own.
    rules
        Kind, budget, number, and how ways are found.
    progress
        Callback.

    Returns
    -------
    result
        Candidates, and the choice of the best.

    Raises
    ------
    CRSError
        If metres cannot be measured on the layers.
    LayerError
        If not exactly one of firms and population is given, no centre is of the kind, or more centres are asked for
        than there are candidates.

    References
    ----------
    .. [1] Nemhauser, G. L., Wolsey, L. A. & Fisher, M. L. (1978). An analysis of approximations for maximizing
       submodular set functions I. Mathematical Programming 14, 265-294.
    """
    choice.require_choice(rules.budget, rules.number, len(candidates), rules.rank_by)
    _one_of(firms, population, rules)
    there = _of_kind(open_on(centres, rules.on, name="centres"), rules.kind)
    found = routes(roads, costs, speeds, there, rules)
    there, new = _aligned(there, found), _aligned(candidates.reset_index(drop=True), found)
    group = groups(firms, population, None, found)[0]
    land = land_of(group, new)
    ways = found.between(group, there, name="centres")
    today = ways.nearest(np.zeros(len(there), dtype=np.int64), 1)[0][0]
    result = choice.one_more_centre(
        today,
        found.between(group, new, name="candidates"),
        group.members,
        candidates=len(new),
        budget=rules.budget,
        number=rules.number,
        rank_by=rules.rank_by,
        area=land.area,
        progress=progress,
    )
    return _changes(result, new, found, rules, land)


def _one_of(firms: Any, population: Any, rules: OneMoreRules) -> None:
    if firms is not None and population is not None:
        raise LayerError(
            message("firms, population: both are given, and one rank cannot serve both. Give one.")
        )
    if rules.rank_by == "jobs" and (firms is None or "employment" not in firms.columns):
        raise LayerError(
            message(
                "rank_by: jobs are not known. Give establishments with employment, or rank by number or saved."
            )
        )


def _of_kind(centres: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    if not kind:
        return centres
    kinds = centres.get("kind", pd.Series(None, index=centres.index, dtype=object))
    if not (kinds == kind).any():
        raise LayerError(
            message(
                "kind: no open centre is of the kind “{value}”. Kinds: {kinds}.",
                value=kind,
                kinds=listing(sorted(set(kinds.dropna()))),
            )
        )
    return centres[kinds == kind].reset_index(drop=True)


def _changes(
    found: choice.OneMore, candidates: gpd.GeoDataFrame, ways: Routes, rules: OneMoreRules, land: Land
) -> OneMoreResult:
    names, titles = candidates["centre"].to_numpy(object), names_of(candidates)
    ways_told = {"centre_kind": rules.kind or None, "up_to": rules.budget, "unit": ways.unit, "by": ways.by}
    shapes = candidates.geometry.to_numpy() if has_geometry(candidates) else np.full(len(names), None)
    crs = getattr(candidates, "crs", None)
    alone = found.areas[found.areas["turn"] == 0]
    each = {"candidate": names, "candidate_name": titles, **of_each(land, alone, len(names))}
    gains = gpd.GeoDataFrame(found.candidates.assign(**each, **ways_told), geometry=shapes, crs=crs)
    chosen = found.chosen.rename(columns={"candidate": "at"})
    at = np.where(chosen["turn"] > 0, chosen["at"], len(names)).astype(np.int64)
    rows = chosen.assign(candidate=_with_none(names)[at], candidate_name=_with_none(titles)[at], **ways_told)
    spots = gpd.GeoDataFrame(rows, geometry=_with_none(shapes)[at], crs=crs)
    areas = told(land, found.areas[found.areas["turn"] > 0])
    at = areas["candidate"].to_numpy(np.int64)
    areas = areas.assign(candidate=names[at], candidate_name=titles[at], **ways_told)
    return OneMoreResult(_joined([gains], GAINS), _joined([spots], CHOSEN), _joined([areas], GAINING))
