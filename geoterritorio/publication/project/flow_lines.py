"""Flows as lines: a table of them has no place, and a map of all of them would be black."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

FLOW_LINES = "flow_lines"
MOST = 300
_ENDS = ("origin", "destination")


def flow_lines(flows: pd.DataFrame, places: gpd.GeoDataFrame, *, most: int = MOST) -> gpd.GeoDataFrame | None:
    """
    Largest flows of the latest period between different places, as lines between inner points.

    Parameters
    ----------
    flows
        ``origin``, ``destination``, ``flow``, perhaps ``period``.
    places
        Areas or points with the column ``territory``, each once.
    most
        How many lines.

    Returns
    -------
    lines
        ``origin``, ``destination``, ``flow`` and ``period`` where given, the largest first; None where no flow has
        both its ends among the places.
    """
    if not {*_ENDS, "flow"} <= set(flows.columns) or places["territory"].duplicated().any():
        return None
    points = pd.Series(
        places.geometry.representative_point().to_numpy(), index=places["territory"].astype(str)
    )
    kept = flows[[c for c in (*_ENDS, "flow", "period") if c in flows.columns]]
    if "period" in kept.columns and kept["period"].notna().any():
        kept = kept[kept["period"] == kept["period"].max()]
    ends = [kept[end].astype(str) for end in _ENDS]
    drawn = (
        ends[0].isin(points.index) & ends[1].isin(points.index) & (ends[0] != ends[1]) & (kept["flow"] > 0)
    )
    kept = kept[drawn].nlargest(most, "flow")
    if kept.empty:
        return None
    first, last = (shapely.get_coordinates(points.loc[kept[end].astype(str)].to_numpy()) for end in _ENDS)
    lines = shapely.linestrings(np.stack([first, last], axis=1))
    return gpd.GeoDataFrame(kept.reset_index(drop=True), geometry=lines, crs=places.crs)


def places_of(flows: pd.DataFrame, candidates: Iterable[gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    """
    Of several divisions the one that most ends of flows belong to.

    Parameters
    ----------
    flows
        ``origin`` and ``destination``.
    candidates
        Areas or points with the column ``territory``.

    Returns
    -------
    places
        The first of the best; None where none has an end.
    """
    ends = pd.unique(pd.concat([flows[end].astype(str) for end in _ENDS]))
    found = [(int(np.isin(ends, places["territory"].astype(str)).sum()), places) for places in candidates]
    most = max((count for count, _ in found), default=0)
    return next((places for count, places in found if count == most), None) if most else None
