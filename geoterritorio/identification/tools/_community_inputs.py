"""Who lives and works where, and in what sectors: layers as tables by place and by territory."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.concentration.tabulation import counts_table
from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.amounts import refuse_periods
from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.layers.findings import listing


@dataclass(frozen=True)
class Divided:
    """Jobs and establishments by sector, territories in rows, in one or two periods, and the names of the sectors."""

    after: pd.DataFrame
    before: pd.DataFrame | None
    units: tuple[pd.DataFrame, pd.DataFrame] | None
    names: pd.Series
    start: str
    end: str
    here: pd.Index
    by_place: pd.Series | None


def membership_of(territories: gpd.GeoDataFrame, places: gpd.GeoDataFrame | None) -> pd.Series:
    """Territory of each place; without places each territory is its own."""
    if places is None:
        own = territories["territory"].astype(str)
        return pd.Series(own.to_numpy(), index=own.to_numpy(), name="territory")
    inside = align(places, territories, name="places").geometry.representative_point()
    _require_polygons(territories, "places")
    found = assign(gpd.GeoSeries(inside), territories)
    if found.outside:
        _say(
            message(
                "places: {count} of {number} lie in no territory and are left out.",
                count=found.outside,
                number=len(places),
            )
        )
    if found.outside == len(places):
        raise LayerError(
            message("places: none of the {count} lies in a territory. Check the layers.", count=len(places))
        )
    return pd.Series(
        found.territory.to_numpy(), index=places["territory"].astype(str).to_numpy(), name="territory"
    )


def _require_polygons(territories: gpd.GeoDataFrame, layer: str) -> None:
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(
            message("territories: {layer} cannot be found in points. Give polygons.", layer=layer)
        )


def inhabitants_of(
    population: pd.DataFrame | None, territories: gpd.GeoDataFrame, period: str | None
) -> pd.DataFrame | None:
    """Population with its territory, of one period."""
    if population is None:
        return None
    rows = population
    if "period" in rows.columns and period is not None and (rows["period"].astype(str) == period).any():
        rows = rows[rows["period"].astype(str) == period]
    refuse_periods(rows, "population")
    if "territory" in rows.columns and rows["territory"].notna().any():
        return _known(rows, territories)
    if not has_geometry(rows):
        raise LayerError(
            message(
                "population: neither points nor a territory column. Give a point layer, or name the column."
            )
        )
    _require_polygons(territories, "population")
    inside = align(rows, territories, name="population").geometry.representative_point()
    found = assign(gpd.GeoSeries(inside), territories)
    if found.outside:
        _say(
            message(
                "population: {count} of {number} places lie in no territory and are left out.",
                count=found.outside,
                number=len(rows),
            )
        )
    return rows.assign(territory=found.territory.to_numpy())


def _known(rows: pd.DataFrame, territories: gpd.GeoDataFrame) -> pd.DataFrame:
    strange = sorted(set(rows["territory"].dropna().astype(str)) - set(territories["territory"].astype(str)))
    if strange:
        raise LayerError(
            message(
                "population: {count} territories are not in the layer of territories: {values}. Check that both use "
                "the same codes (leading zeros?).",
                count=len(strange),
                values=listing(strange),
            )
        )
    return rows


def by_place(
    flows: pd.DataFrame | None, totals: pd.DataFrame | None, places: pd.Index
) -> tuple[pd.Series | None, pd.Series | None]:
    """Employed residents and workers of each place: those of the totals, else of the flows."""
    found: list[pd.Series | None] = []
    for column, end in (("residents", "origin"), ("workers", "destination")):
        told = None if flows is None else flows.groupby(end)["flow"].sum().reindex(places, fill_value=0.0)
        if totals is not None:
            given = totals[column].reindex(places).astype(float)
            told = given if told is None else given.fillna(told)
        found.append(told)
    return found[0], found[1]


def divided(
    counts: pd.DataFrame | None,
    membership: pd.Series,
    territories: pd.Index,
    *,
    start: str | None,
    end: str | None,
    total: str | None,
) -> Divided | None:
    """Jobs by sector of the first and the last period, or of those named, added up to territories."""
    if counts is None:
        return None
    rows = counts if total is None else counts[counts["sector"].astype(str) != total]
    if "size_class" in rows.columns:
        rows = rows.drop(columns="size_class")
    rows = rows.assign(period="" if "period" not in rows.columns else rows["period"].fillna("").astype(str))
    rows = _in_territories(rows, membership, territories)
    known = sorted(rows["period"].unique())
    first, last = (_named(p, known, d) for p, d in ((start, known[0]), (end, known[-1])))
    tables = {p: _tables(rows[rows["period"] == p], territories) for p in {first, last}}
    jobs = {p: t["employment"] for p, t in tables.items()}
    after, before = jobs[last], None if first == last else jobs[first]
    units = (
        (tables[first]["establishments"], tables[last]["establishments"])
        if before is not None and all("establishments" in t for t in tables.values())
        else None
    )
    here = pd.Index(rows.loc[rows["period"] == last, "_in"].unique())
    return Divided(
        after, before, units, _names(rows), first, last, here, _jobs_by_place(rows, last, membership)
    )


def _jobs_by_place(rows: pd.DataFrame, period: str, membership: pd.Series) -> pd.Series | None:
    """Jobs of all sectors, where counts are told by place."""
    now = rows[rows["period"] == period]
    if not now["territory"].astype(str).isin(membership.index).any():
        return None
    return counts_table(now).sum(axis=1, skipna=False)


def _named(asked: str | None, known: list[str], default: str) -> str:
    if asked is None or asked in known:
        return asked or default
    raise LayerError(
        message("counts: no period “{value}”; there are {known}.", value=asked, known=listing(known))
    )


def _in_territories(rows: pd.DataFrame, membership: pd.Series, territories: pd.Index) -> pd.DataFrame:
    """Rows with the territory they count for: the one they name, or that of the place they name."""
    own = rows["territory"].astype(str)
    direct = own.isin(territories)
    inside = own.map(membership[~membership.index.duplicated()]).where(~direct, own)
    if (direct & own.isin(membership.index)).sum() < direct.sum() and (~direct & inside.notna()).any():
        raise LayerError(
            message(
                "counts: some rows are of territories and others of their places, which would count twice. Keep those "
                "of one."
            )
        )
    if not inside.notna().any():
        raise LayerError(
            message(
                "counts: none of {values} is a territory or a place of the layers. Check that all use the same codes "
                "(leading zeros?).",
                values=listing(sorted(own.unique())),
            )
        )
    lost = own[inside.isna()].unique()
    if len(lost):
        _say(
            message(
                "counts: {count} codes are no territory and no place in one, and are left out: {values}.",
                count=len(lost),
                values=listing(sorted(lost)),
            )
        )
    return rows.assign(_in=inside)[inside.notna()]


def _tables(rows: pd.DataFrame, territories: pd.Index) -> dict[str, pd.DataFrame]:
    """Jobs, and establishments where they are known, territories by sectors; one unknown part makes a sum unknown."""
    found = {}
    sectors = sorted(rows["sector"].astype(str).unique())
    for value in ("employment", "establishments"):
        if value == "establishments" and value not in rows.columns:
            continue
        wide = counts_table(rows.assign(sector=rows["sector"].astype(str)), value=value, sectors=sectors)
        target = pd.Series(rows["_in"].to_numpy(), index=rows["territory"].astype(str).to_numpy())
        target = target[~target.index.duplicated()].reindex(wide.index.astype(str)).to_numpy()
        summed = wide.groupby(target).sum().mask(wide.isna().groupby(target).any())
        found[value] = summed.reindex(territories)
    return found


def _names(rows: pd.DataFrame) -> pd.Series:
    if "sector_name" not in rows.columns:
        return pd.Series(dtype=object)
    told = rows.dropna(subset=["sector_name"]).drop_duplicates("sector")
    return told.set_index(told["sector"].astype(str))["sector_name"]


def _say(text: Any) -> None:
    warnings.warn(GeoterritorioWarning(text), stacklevel=4)
