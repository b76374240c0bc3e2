"""What the tools of reach start from: who is where, which centres are open, and what ways between them cost."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.assignment import OUTSIDE, assign
from geoterritorio.layers.choosing import open_on as open_rows
from geoterritorio.layers.crs import align, has_geometry, require_metres
from geoterritorio.proximity._cutting import Floats, Indices
from geoterritorio.proximity._ways import ROAD, STRAIGHT, TABLE, StraightWays, Ways, road_ways, table_ways
from geoterritorio.proximity.network import (
    Direction,
    KilometresAnHour,
    NetworkRules,
    RoadNetwork,
    road_network,
)
from geoterritorio.proximity.reach import Members, small_and_medium
from geoterritorio.proximity.snapping import Snapped, SnapRules, snap
from geoterritorio.registry import Ratio

ESTABLISHMENTS, RESIDENTS = WHO = ("establishments", "residents")
PLANT, ENTERPRISE = SIZES = ("plant", "enterprise")
ENDS = ("origin", "destination")
ALL = "all kinds"
# Metres in a minute at one kilometre an hour.
_METRES = 1000 / 60

# Of fewer establishments no middle is told: it would be the place of one.
SECRET = 3


@dataclass(frozen=True)
class WayRules(NetworkRules, SnapRules):
    """
    How ways are found, and who counts; beside the rules of networks and of places on roads.

    Parameters
    ----------
    direction
        Ways "to" the centres, or "from" them, as those of an ambulance: one-way roads tell them apart.
    straight_speed
        Speed of straight ways, where neither roads nor costs are given.
    small_below
        Establishments count whose enterprise has fewer jobs in the layer than this; 0 takes all.
    on
        Day on which centres and establishments are open; without it all are taken.
    """

    direction: Direction = "to"
    straight_speed: KilometresAnHour = 30.0
    small_below: Ratio = 250.0
    on: str = ""


@dataclass(frozen=True)
class Group:
    """Those whose reach is told: where they are, how many, and in which territory."""

    who: str
    ids: npt.NDArray[np.object_]
    shapes: gpd.GeoDataFrame | None
    members: Members
    area: Indices
    size_of: str = ""
    # Territory of each as their layer has it, whichever territories are given.
    stated: pd.Series | None = None


@dataclass(frozen=True)
class Routes:
    """Ways from any places to any centres."""

    by: str
    unit: str
    rules: WayRules
    crs: Any
    network: RoadNetwork | None = None
    costs: pd.DataFrame | None = None

    def between(self, group: Group, centres: gpd.GeoDataFrame, *, name: str) -> Ways:
        """Ways between those of a group and centres."""
        label = "firms" if group.who == ESTABLISHMENTS else "population"
        if self.costs is not None:
            ids = centres["centre"].to_numpy(object)
            ways = table_ways(self.costs, group.ids, ids, self.rules.direction)
            ours, theirs = ENDS if self.rules.direction == "to" else ENDS[::-1]
            # Candidates are looked at after the centres: of the places it was then told.
            if name == "centres":
                _say_unnamed(group.ids, self.costs[ours], label)
            _say_unnamed(ids, self.costs[theirs], name)
            return ways
        return self._on_land(_located(group.shapes, label), _located(centres, name), (label, name))

    def _on_land(
        self,
        places: gpd.GeoDataFrame,
        centres: gpd.GeoDataFrame,
        names: tuple[str, str],
        *,
        exact: bool = False,
    ) -> Ways:
        if self.network is None:
            return StraightWays(_xy(places), _xy(centres), self._price())
        far = replace(self.rules, max_distance=1e12) if exact else self.rules
        first = snap(places, self.network, name=names[0], rules=far)
        second = snap(centres, self.network, name=names[1], rules=self.rules)
        return road_ways(self.network, _without_leg(first) if exact else first, second, self.rules.direction)

    def from_spots(self, spots: gpd.GeoDataFrame, centres: gpd.GeoDataFrame) -> Ways | None:
        """Ways from points of territories, put on the nearest road; of a table, from territories it names."""
        if self.costs is None:
            return self._on_land(spots, _located(centres, "centres"), ("territories", "centres"), exact=True)
        ours = self.costs["origin" if self.rules.direction == "to" else "destination"]
        if not ours.isin(spots["centre"]).any():
            return None
        ids = spots["centre"].to_numpy(object)
        return table_ways(self.costs, ids, centres["centre"].to_numpy(object), self.rules.direction)

    def _price(self) -> float:
        return 1.0 if self.rules.cost == "metres" else 1 / (self.rules.straight_speed * _METRES)


def routes(
    roads: gpd.GeoDataFrame | None,
    costs: pd.DataFrame | None,
    speeds: pd.DataFrame | None,
    centres: gpd.GeoDataFrame,
    rules: WayRules,
) -> Routes:
    """By table where there is one, by road where there are some, otherwise straight."""
    if not 0 < rules.straight_speed < np.inf:
        raise LayerError(
            message("{name}: {value} is no speed above 0.", name="straight_speed", value=rules.straight_speed)
        )
    if costs is not None and roads is not None:
        raise LayerError(message("roads and costs: ways come from one of them. Give only one."))
    if costs is not None:
        crs = centres.crs if has_geometry(centres) else None
        return Routes(TABLE, "cost", rules, crs, costs=costs)
    if roads is not None:
        found = road_network(roads, speeds, rules=rules)
        return Routes(ROAD, rules.cost, rules, roads.crs, network=found)
    require_metres(_located(centres, "centres"), name="centres")
    return Routes(STRAIGHT, rules.cost, rules, centres.crs)


def _say_unnamed(ids: npt.NDArray[np.object_], named: pd.Series, name: str) -> None:
    """Tell how many a table of costs does not name."""
    unnamed = int((~pd.Index(ids).isin(named)).sum())
    if not unnamed:
        return
    text = message(
        "{layer}: {count} of {number} are in no row of the table of costs: no way leads to or from them, and they "
        "count as not reached. Add their rows, unless they are truly out of reach.",
        layer=name,
        count=unnamed,
        number=len(ids),
    )
    warnings.warn(GeoterritorioWarning(text), stacklevel=5)


def _without_leg(found: Snapped) -> Snapped:
    return replace(found, leg=np.zeros_like(found.leg))


def _xy(places: gpd.GeoDataFrame) -> Floats:
    return np.column_stack([places.geometry.x, places.geometry.y])


def _located(places: gpd.GeoDataFrame | None, name: str) -> gpd.GeoDataFrame:
    """Points of places; refused where some have none."""
    if places is None or not has_geometry(places):
        raise LayerError(
            message(
                "{layer}: no places. Give points, or coordinates, or a table of costs that names them.",
                layer=name,
            )
        )
    lost = int((places.geometry.isna() | places.geometry.is_empty).sum())
    if lost:
        raise LayerError(
            message("{layer}: {count} rows have no place. Place or remove them.", layer=name, count=lost)
        )
    return places.set_geometry(places.geometry.representative_point())


def groups(
    firms: pd.DataFrame | None,
    population: pd.DataFrame | None,
    territories: gpd.GeoDataFrame | None,
    found: Routes,
) -> list[Group]:
    """Establishments, and residents, whichever are there."""
    if firms is None and population is None:
        raise LayerError(
            message("firms, population: neither is given. Give the one whose reach is asked for.")
        )
    return [
        make(rows, territories, found)
        for rows, make in ((firms, _establishments), (population, _residents))
        if rows is not None
    ]


def _establishments(firms: pd.DataFrame, territories: gpd.GeoDataFrame | None, found: Routes) -> Group:
    rows = open_on(firms, found.rules.on, name="firms")
    ids = _ids(rows, "firm")
    members = small_and_medium(
        rows.get("employment"), rows.get("group"), number=len(rows), below=found.rules.small_below
    )
    if members.doubt.any() or np.isinf(members.most).any():
        count = int(rows["employment"].isna().sum())
        text = message(
            "firms: of {count} of {number} establishments jobs are not known. Shares are those of the others, and lie "
            "between the bounds told.",
            count=count,
            number=len(rows),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)
    joined = "group" in rows.columns and rows["group"].notna().any()
    shapes = _points(rows, ids, territories, found, "firms")
    area = _areas(rows, shapes, territories, "firms")
    return Group(
        ESTABLISHMENTS, ids, shapes, members, area, ENTERPRISE if joined else PLANT, rows.get("territory")
    )


def _residents(population: pd.DataFrame, territories: gpd.GeoDataFrame | None, found: Routes) -> Group:
    if not len(population):
        raise LayerError(
            message("{layer}: the layer is empty. Choose a layer with rows.", layer="population")
        )
    if "period" in population.columns and len(population["period"].unique()) > 1:
        raise LayerError(message("population: several periods. Keep the rows of one."))
    rows = population[population["population"].notna()].reset_index(drop=True)
    if len(rows) < len(population):
        text = message(
            "population: {count} places have no number of people and are left out.",
            count=len(population) - len(rows),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)
    ids = _ids(rows, "place") if "place" in rows.columns else _ids(rows, "territory")
    none = np.zeros(len(rows))
    members = Members(rows["population"].to_numpy(dtype=float), none, none, none, sized=False)
    shapes = _points(rows, ids, territories, found, "population")
    return Group(
        RESIDENTS,
        ids,
        shapes,
        members,
        _areas(rows, shapes, territories, "population"),
        stated=rows.get("territory"),
    )


def _ids(rows: pd.DataFrame, column: str) -> npt.NDArray[np.object_]:
    number = np.arange(1, len(rows) + 1).astype(str).astype(object)
    if column not in rows.columns:
        return np.asarray(number, dtype=object)
    own = rows[column].to_numpy(dtype=object)
    return np.where(pd.isna(own), number, own)


def _points(
    rows: pd.DataFrame, ids: Any, territories: gpd.GeoDataFrame | None, found: Routes, name: str
) -> gpd.GeoDataFrame | None:
    """Points of rows: their own, or, where none has one, a point of their territory."""
    if has_geometry(rows):
        shapes = gpd.GeoDataFrame({"centre": ids}, geometry=rows.geometry.to_numpy(), crs=rows.crs)
    elif territories is not None and "territory" in rows.columns:
        points = territories.geometry.representative_point()
        at = pd.Index(territories["territory"]).get_indexer(rows["territory"])
        shapes = gpd.GeoDataFrame(
            {"centre": ids},
            geometry=points.take(np.maximum(at, 0)).where(at >= 0).to_numpy(),
            crs=territories.crs,
        )
    else:
        return None
    if found.crs is None:
        return shapes
    return align(shapes, gpd.GeoDataFrame(geometry=[], crs=found.crs), name=name)


def _areas(
    rows: pd.DataFrame, shapes: gpd.GeoDataFrame | None, territories: gpd.GeoDataFrame | None, name: str
) -> Indices:
    """Place of each row's territory in their layer; -1 for none."""
    if territories is None:
        return np.zeros(len(rows), dtype=np.int64)
    solid = territories.geom_type.isin(["Polygon", "MultiPolygon"]).all()
    if shapes is not None and has_geometry(rows) and solid:
        points = shapes.set_geometry(shapes.geometry.representative_point())
        area = assign(align(points, territories, name=name), territories).position
    elif "territory" in rows.columns:
        area = pd.Index(territories["territory"]).get_indexer(rows["territory"])
    else:
        raise LayerError(
            message(
                "{layer}: neither places nor a territory column. Give places, or name the column.", layer=name
            )
        )
    outside = int((area == OUTSIDE).sum())
    if outside:
        text = message(
            "{layer}: {count} of {number} rows lie in no territory; they count in totals only.",
            layer=name,
            count=outside,
            number=len(rows),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=5)
    return np.asarray(area, dtype=np.int64)


def open_on(rows: Any, on: str, *, name: str) -> Any:
    """
    Rows that are open on a day.

    A day of opening counts from its first possible day, one of closing too; missing ends are open. Without a day all
    rows are taken, and those with a day of closing are told of.
    """
    if not len(rows):
        raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer=name))
    if not on:
        closed = int(rows["closed"].notna().sum()) if "closed" in rows.columns else 0
        if closed:
            text = message(
                "{layer}: {count} of {number} rows have a day of closing and are taken as open. Give the day (on).",
                layer=name,
                count=closed,
                number=len(rows),
            )
            warnings.warn(GeoterritorioWarning(text), stacklevel=5)
        return rows.reset_index(drop=True)
    return open_rows(rows, on, name=name)


def kinds_of(centres: pd.DataFrame) -> tuple[Indices, list[str]]:
    """Kind of each centre, by number, and their names; those without one are together."""
    names = centres.get("kind", pd.Series(None, index=centres.index, dtype=object)).fillna(ALL)
    code, found = pd.factorize(names, sort=True)
    return np.asarray(code, dtype=np.int64), [str(k) for k in found]


def _weights(
    group: Group, inside: npt.NDArray[np.bool_], number: int
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What each member inside weighs in the middle of its territory, and which territories may have one told."""
    members, area = group.members, group.area[inside]
    weight = np.asarray((members.jobs if members.sized else members.number)[inside], dtype=np.float64)
    if group.who != ESTABLISHMENTS:
        return weight, np.ones(number, dtype=bool)
    most = np.zeros(number)
    np.maximum.at(most, area, np.nan_to_num(weight))
    lopsided = most > np.bincount(area, np.nan_to_num(weight), number) / 2
    return np.where(lopsided[area], 1.0, weight), np.bincount(area, minlength=number) >= SECRET


def spots_of(group: Group, territories: gpd.GeoDataFrame, crs: Any) -> gpd.GeoDataFrame:
    """
    Of each territory the middle of its jobs, else of its members; where there are none, a point of its own.

    No middle gives a single establishment away: of fewer than three none is told, and where one has most of the jobs
    each counts as one.
    """
    land = (
        territories
        if crs is None
        else align(territories, gpd.GeoDataFrame(geometry=[], crs=crs), name="territories")
    )
    own = land.geometry.representative_point()
    xy = np.column_stack([own.x, own.y])
    if group.shapes is not None:
        points = group.shapes.geometry.representative_point()
        at = np.column_stack([points.x, points.y])
        inside = (group.area >= 0) & np.isfinite(at).all(axis=1)
        weight, told = _weights(group, inside, len(land))
        sums = [
            np.bincount(group.area[inside], w, len(land))
            for w in (weight, weight * at[inside, 0], weight * at[inside, 1])
        ]
        some = told & (sums[0] > 0)
        xy[some] = np.column_stack(sums[1:])[some] / sums[0][some, None]
    return gpd.GeoDataFrame(
        {"centre": territories["territory"].to_numpy(object)}, geometry=shapely.points(xy), crs=land.crs
    )
