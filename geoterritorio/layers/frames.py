"""Layers from frames that are in memory: each kind has a twin of its reader."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd

from geoterritorio.layers import schema as kinds
from geoterritorio.layers.checks import as_layer
from geoterritorio.layers.gate_schema import GATES
from geoterritorio.layers.versions import in_force


def as_territories(
    frame: gpd.GeoDataFrame, /, *, crs: str | None = None, on: str | None = None, **columns: str | None
) -> gpd.GeoDataFrame:
    """Territories, all versions or those in force on a day, from a frame; keywords name the user's columns."""
    layer = as_layer(frame, kinds.TERRITORY_VERSIONS, columns=columns, crs=crs)
    return layer if on is None else in_force(layer, on)


def as_history(
    frame: gpd.GeoDataFrame, /, *, crs: str | None = None, **columns: str | None
) -> gpd.GeoDataFrame:
    """Versions of territories as they come, faults included; keywords name the user's columns."""
    return as_layer(frame, kinds.HISTORY, columns=columns, crs=crs)


def as_boundary_events(frame: pd.DataFrame, /, *, crs: str | None = None, **columns: str | None) -> Any:
    """Events that changed boundaries, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.BOUNDARY_EVENTS, columns=columns, crs=crs)


def as_firms(
    frame: pd.DataFrame,
    /,
    *,
    crs: str | None = None,
    places: pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Firms (establishments), from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.FIRMS, columns=columns, crs=crs, places=places)


def as_register(
    frame: pd.DataFrame,
    /,
    *,
    crs: str | None = None,
    places: pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Register of establishments as it comes, faults included; keywords name the user's columns."""
    return as_layer(frame, kinds.REGISTER, columns=columns, crs=crs, places=places)


def as_counts(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Counts by territory and sector in long form, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.COUNTS_PERIODS, columns=columns)


def as_reference(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Totals by sector of one whole or several, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.REFERENCE_AREAS, columns=columns)


def as_institutions(
    frame: pd.DataFrame,
    /,
    *,
    crs: str | None = None,
    places: pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Institutions, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.INSTITUTIONS, columns=columns, crs=crs, places=places)


def as_flows(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Flows between territories, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.FLOWS, columns=columns)


def as_commuting_totals(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """All employed residents and workers by territory, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.COMMUTING_TOTALS, columns=columns)


def as_costs(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Distances, minutes or money between places, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.COSTS, columns=columns)


def as_links(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Links between firms and institutions, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.LINKS, columns=columns)


def as_population(
    frame: pd.DataFrame,
    /,
    *,
    crs: str | None = None,
    places: pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Population, or demand, by place, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.POPULATION, columns=columns, crs=crs, places=places)


def as_centres(
    frame: pd.DataFrame,
    /,
    *,
    crs: str | None = None,
    places: pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Places that offer something, or from which ways begin, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.CENTRES_DATED, columns=columns, crs=crs, places=places)


def as_areas(
    frame: gpd.GeoDataFrame, /, *, crs: str | None = None, **columns: str | None
) -> gpd.GeoDataFrame:
    """Areas of any kind, such as isochrones or basins, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.AREAS, columns=columns, crs=crs)


def as_indicators(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Values per head by territory and period, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.INDICATOR_TABLE, columns=columns)


def as_figures(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Figures by territory, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.FIGURES, columns=columns)


def as_cover_speeds(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Speeds by class of land cover, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.COVER_SPEEDS, columns=columns)


def as_roads(
    frame: gpd.GeoDataFrame, /, *, crs: str | None = None, **columns: str | None
) -> gpd.GeoDataFrame:
    """Roads, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.ROADS, columns=columns, crs=crs)


def as_speeds(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Speeds by class of road, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.SPEEDS, columns=columns)


def as_evidence(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Coded evidence on territories, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.EVIDENCE, columns=columns)


def as_capital_indicators(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Indicators and the capital each speaks of, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.CAPITAL_INDICATORS, columns=columns)


def as_actions(
    frame: pd.DataFrame,
    /,
    *,
    crs: str | None = None,
    places: pd.DataFrame | None = None,
    **columns: str | None,
) -> Any:
    """Innovative actions, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.ACTIONS, columns=columns, crs=crs, places=places)


def as_gates(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Gates of the ladder and their conditions, from a frame; keywords name the user's columns."""
    return as_layer(frame, GATES, columns=columns)


def as_correspondence(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Correspondence between the codes of two classifications, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.CORRESPONDENCE, columns=columns)


def as_definitions(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Groups of related industries and their sectors, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.DEFINITIONS, columns=columns)


def as_similarities(frame: pd.DataFrame, /, **columns: str | None) -> pd.DataFrame:
    """Similarities of sectors, from a frame; keywords name the user's columns."""
    return as_layer(frame, kinds.SIMILARITIES, columns=columns)
