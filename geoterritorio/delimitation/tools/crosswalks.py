"""Crosswalks on layers: figures of one division or day told for another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.delimitation import crosswalks, panels
from geoterritorio.errors import LayerError, message
from geoterritorio.layers.grids import PopulationGrid
from geoterritorio.layers.schema import Figures, Population, Territories, TerritoryVersions
from geoterritorio.registry import Column, Layer, Metres, Progress, no_progress, tool

Quantity = Literal["extensive", "intensive"]
Outside = Literal["remainder", "spread"]

_SECTOR = Column("sector", "text", "Code of the sector, or what else tells figures apart", required=False)
_PERIOD = Column("period", "text", "Period of the figure; empty where the table has none", required=False)
_TERRITORY = Column("territory", "text", "Identifier of the territory")
_NAME = Column("name", "text", "Name of the territory", required=False)
_ESTIMATES = (
    Column("value", "number", "Figure on these boundaries; empty where it is missing", required=False),
    Column(
        "low", "number", "The least it can be, however divided territories were shared out", required=False
    ),
    Column(
        "high", "number", "The most it can be, however divided territories were shared out", required=False
    ),
    Column(
        "split",
        "number",
        "Share of the figure that rests on an assumption: on divided territories, or on a mean of several; 0 is exact",
        required=False,
    ),
)
PAIRS = Layer(
    "crosswalk",
    ("table",),
    (
        Column("source", "text", "Territory from which figures come"),
        Column("target", "text", "Territory to which they go"),
        Column("share", "number", "Share of the source's figures that goes to the target, from 0 to 1"),
        Column("share_of_target", "number", "Share of the target's land that the source has"),
        Column("area_km2", "number", "Land in common in square kilometres"),
        Column("basis", "text", "What the share is one of: area, points, polygons or raster"),
    ),
    key=("source", "target"),
)
SOURCES = Layer(
    "crosswalk_sources",
    ("table",),
    (
        _TERRITORY,
        Column("targets", "number", "Number of targets among which it is divided"),
        Column("size", "number", "What its shares are shares of: square kilometres, or its weight"),
        Column("basis", "text", "What its shares are made of: area, points, polygons or raster"),
        Column("outside", "number", "Share of it that lies in no target"),
    ),
    key=("territory",),
)
TOLD = Layer(
    "figures_told",
    ("table",),
    (_TERRITORY, _NAME, _SECTOR, _PERIOD, *_ESTIMATES),
    key=("territory", "sector", "period"),
)
TOLD_AREAS = Layer(
    "told_areas",
    ("polygon",),
    (_TERRITORY, _NAME, Column("period", "text", "Last period of the figures", required=False), *_ESTIMATES),
    key=("territory",),
)
TOLD_VERSIONS = Layer(
    "figures_of_versions",
    ("table",),
    (
        _TERRITORY,
        _NAME,
        Column("valid_from", "text", "First day of the version; empty where it is not known", required=False),
        Column(
            "valid_to",
            "text",
            "First day on which it is no longer in force; empty: it still is",
            required=False,
        ),
        _SECTOR,
        _PERIOD,
        *_ESTIMATES,
    ),
    key=("territory", "valid_from", "sector", "period"),
)
REMAINDER = Layer(
    "remainder",
    ("table",),
    (
        _TERRITORY,
        _SECTOR,
        _PERIOD,
        Column("value", "number", "Amount that lies in none of the wanted territories"),
    ),
)
TOTALS = Layer(
    "transfer_totals",
    ("table",),
    (
        _SECTOR,
        _PERIOD,
        Column("source", "number", "Sum of the figures given; empty for rates", required=False),
        Column("target", "number", "Sum of the figures told", required=False),
        Column("remainder", "number", "Sum of what lies in none of the wanted territories", required=False),
        Column("difference", "number", "What is left between them, by rounding", required=False),
    ),
)


@dataclass(frozen=True)
class CrosswalkResult:
    """
    Shares of the territories of one division in those of another.

    Attributes
    ----------
    pairs
        One row per source and target with land in common.
    sources
        One row per source: into how many it is divided, and what lies in none.
    """

    pairs: Annotated[pd.DataFrame, PAIRS]
    sources: Annotated[pd.DataFrame, SOURCES]


@dataclass(frozen=True)
class TransferResult:
    """
    Figures of one division told for another.

    Attributes
    ----------
    values
        One row per target, sector and period, with bounds and the share that rests on an assumption.
    areas
        Targets with the figures of the last period, those of all sectors added up.
    remainder
        Amounts of sources that lie in no target.
    totals
        Sums before and after; none of rates, which have no sum.
    """

    values: Annotated[pd.DataFrame, TOLD]
    areas: Annotated[gpd.GeoDataFrame, TOLD_AREAS]
    remainder: Annotated[pd.DataFrame, REMAINDER]
    totals: Annotated[pd.DataFrame, TOTALS]


@dataclass(frozen=True)
class PanelResult:
    """
    Figures of many periods on the boundaries of one day.

    Attributes
    ----------
    values
        One row per territory of that day, sector and period, with bounds and the share that rests on an assumption.
    areas
        Territories of that day with the figures of the last period, those of all sectors added up.
    remainder
        Amounts of territories, as they then were, that lie in none of that day.
    totals
        Sums before and after, by period and sector.
    """

    values: Annotated[pd.DataFrame, TOLD]
    areas: Annotated[gpd.GeoDataFrame, TOLD_AREAS]
    remainder: Annotated[pd.DataFrame, REMAINDER]
    totals: Annotated[pd.DataFrame, TOTALS]


@tool
def crosswalk(
    source: Territories,
    target: Territories,
    weights: Population | None = None,
    *,
    grid: PopulationGrid | None = None,
    sliver: Metres = 0,
    outside: Outside = "remainder",
    progress: Progress = no_progress,
) -> CrosswalkResult:
    """
    Crosswalk between two divisions.

    Which share of each territory of one division lies in which of the other: of its land, or of its people where
    points, areas or a raster of them are given.

    Parameters
    ----------
    source
        Territories from which figures come.
    target
        Territories to which they go.
    weights
        Points or areas with their population, which is even within each area.
    grid
        Raster of population.
    sliver
        Mean width below which land in common comes of how borders were drawn and is left out.
    outside
        What becomes of the part of a source that lies in no target: a remainder, or spread over its targets.
    progress
        Callback.

    Returns
    -------
    result
        Pairs with their shares, and what lies in no target.

    Raises
    ------
    CRSError
        If areas cannot be measured on the source.
    LayerError
        If targets overlap, or the layers are no polygons.

    References
    ----------
    .. [1] Goodchild, M. F. & Lam, N. S.-N. (1980). Areal interpolation: a variant of the traditional spatial problem.
       Geo-Processing 1, 297-312.
    """
    weight = _one(weights, grid)
    cross = crosswalks.crosswalk(source, target, weight, sliver=sliver, outside=outside, progress=progress)
    sources = pd.DataFrame(
        {
            "territory": cross.sources.to_numpy(dtype=object),
            "targets": np.diff(cross.shares.indptr),
            "size": cross.size.to_numpy(),
            "basis": cross.basis.to_numpy(),
            "outside": cross.outside.to_numpy(),
        }
    )
    return CrosswalkResult(cross.table(), sources)


@tool
def transfer(
    figures: Figures,
    source: Territories,
    target: Territories,
    *,
    weights: Population | None = None,
    grid: PopulationGrid | None = None,
    quantity: Quantity = "extensive",
    sliver: Metres = 0,
    outside: Outside = "remainder",
    progress: Progress = no_progress,
) -> TransferResult:
    """
    Figures of one division told for another.

    Amounts are divided by a crosswalk and added; rates and values per head are averaged. Totals are kept, what lies in
    no target is told, and every figure has the bounds between which it lies however divided territories were shared
    out.

    Parameters
    ----------
    figures
        Figures by territory of the source; several sectors and periods are told apart.
    source
        Territories of the figures.
    target
        Territories for which they are wanted.
    weights
        Points or areas with their population, by which divided figures are shared out.
    grid
        Raster of population, by which divided figures are shared out.
    quantity
        Amounts (extensive), or rates and values per head (intensive).
    sliver
        Mean width below which land in common comes of how borders were drawn and is left out.
    outside
        What becomes of the part of a source that lies in no target: a remainder, or spread over its targets.
    progress
        Callback.

    Returns
    -------
    result
        Figures told, as table and areas, remainder and totals.

    Raises
    ------
    CRSError
        If areas cannot be measured on the source.
    LayerError
        If figures name territories that are no sources, or leave some out; or targets overlap.

    References
    ----------
    .. [1] Goodchild, M. F. & Lam, N. S.-N. (1980). Areal interpolation: a variant of the traditional spatial problem.
       Geo-Processing 1, 297-312.
    """
    cross = crosswalks.crosswalk(
        source, target, _one(weights, grid), sliver=sliver, outside=outside, progress=progress
    )
    periods = figures["period"] if "period" in figures.columns else pd.Series(None, figures.index, object)
    told = panels.joined(
        [
            panels.transferred(
                rows, cross, quantity=quantity, period=None if pd.isna(period) else str(period)
            )
            for period, rows in figures.groupby(periods.astype(object), dropna=False)
        ],
        target,
    )
    return TransferResult(told.panel, _areas(told, quantity), told.remainder, told.totals)


@tool
def harmonised_panel(
    territories: TerritoryVersions,
    figures: Figures,
    *,
    day: str,
    weights: Population | None = None,
    grid: PopulationGrid | None = None,
    quantity: Quantity = "extensive",
    sliver: Metres = 0,
    progress: Progress = no_progress,
) -> PanelResult:
    """
    Figures of many periods on the boundaries of one day.

    The figures of each period, given for the territories in force on its first day, are told for those of one day, so
    that they can be compared.

    Parameters
    ----------
    territories
        Versions of territories.
    figures
        Figures by territory and period, and by sector if there are several.
    day
        Day whose boundaries are wanted, as 2025-01-01; a year or month stands for its first day.
    weights
        Points or areas with their population, by which divided figures are shared out.
    grid
        Raster of population, by which divided figures are shared out.
    quantity
        Amounts (extensive), or rates and values per head (intensive).
    sliver
        Mean width below which land in common comes of how borders were drawn and is left out.
    progress
        Callback.

    Returns
    -------
    result
        Panel, areas, remainder and totals.

    Raises
    ------
    CRSError
        If areas cannot be measured on the layer.
    LayerError
        If periods are missing or no dates, or figures name territories that were not in force then, or leave some out.
    """
    told = panels.harmonised_panel(
        territories,
        figures,
        _one(weights, grid),
        day=day,
        quantity=quantity,
        sliver=sliver,
        progress=progress,
    )
    return PanelResult(told.panel, _areas(told, quantity), told.remainder, told.totals)


@tool
def version_panel(
    territories: TerritoryVersions,
    figures: Figures,
    *,
    weights: Population | None = None,
    grid: PopulationGrid | None = None,
    quantity: Quantity = "extensive",
    sliver: Metres = 0,
    progress: Progress = no_progress,
) -> Annotated[pd.DataFrame, TOLD_VERSIONS]:
    """
    Figures on the boundaries of every day.

    The figures of each period, given for the territories in force on its first day, are told for every version of the
    territories: what those of today would have been on the boundaries of then.

    Parameters
    ----------
    territories
        Versions of territories.
    figures
        Figures by territory, and by period and sector if there are several; figures without a period are those of the
        territories in force last.
    weights
        Points with their population, by which divided figures are shared out.
    grid
        Raster of population, by which divided figures are shared out.
    quantity
        Amounts (extensive), or rates and values per head (intensive).
    sliver
        Mean width below which land in common comes of how borders were drawn and is left out.
    progress
        Callback.

    Returns
    -------
    panel
        One row per version, sector and period, with bounds and the share that rests on an assumption.

    Raises
    ------
    CRSError
        If areas cannot be measured on the layer.
    LayerError
        If figures name territories that were not in force then, or leave some out.
    """
    return panels.version_panel(
        territories, figures, _one(weights, grid), quantity=quantity, sliver=sliver, progress=progress
    )


def _one(weights: gpd.GeoDataFrame | None, grid: Any) -> Any:
    if weights is not None and grid is not None:
        raise LayerError(message("weights: give points or areas, or a raster, not both."))
    if weights is not None and not isinstance(weights, gpd.GeoDataFrame):
        raise LayerError(
            message("{layer}: the rows have no places. Give a layer of points.", layer="weights")
        )
    return grid if weights is None else weights


def _areas(told: panels.Panel, quantity: Quantity) -> gpd.GeoDataFrame:
    """Territories with the figures of the last period; rates of several sectors have no sum."""
    last = told.panel["period"].iloc[-1] if len(told.panel) else None
    rows = told.panel if last is None else told.panel[told.panel["period"] == last]
    rows = rows.assign(split=rows["split"] * rows["value"].abs(), size=rows["value"].abs())
    sums = rows.groupby("territory")[["value", "low", "high", "split", "size"]].agg(
        lambda v: v.sum(skipna=False)
    )
    sums["split"] = (sums["split"] / sums["size"]).fillna(0.0).where(sums["value"].notna())
    if quantity == "intensive":
        single = rows.groupby("territory").size() == 1
        first = told.panel.loc[rows.index].groupby("territory")[["value", "low", "high", "split"]].first()
        sums = first.where(single, np.nan)
    columns = ["territory", *(["name"] if "name" in told.territories.columns else []), "geometry"]
    areas = told.territories[columns].assign(period=last)
    figures = sums[["value", "low", "high", "split"]].reindex(areas["territory"]).set_axis(areas.index)
    return areas.join(figures)
