"""Plants of a register as points in metres."""

from __future__ import annotations

import warnings

import geopandas as gpd
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.crs import has_geometry, require_metres


def points_of(firms: gpd.GeoDataFrame, *, weighted: bool) -> gpd.GeoDataFrame:
    """
    Plants with coordinates in metres.

    Parameters
    ----------
    firms
        Register with points.
    weighted
        Whether their jobs are needed.

    Returns
    -------
    points
        Rows that have a place (and jobs, where needed), with `x` and `y`.

    Raises
    ------
    LayerError
        If no establishment has a place, or jobs are needed and there is no such column.
    CRSError
        If metres cannot be measured.
    """
    if not has_geometry(firms):
        raise LayerError(
            message("firms: no establishment has a place. Give points, or columns of coordinates (x, y).")
        )
    require_metres(firms, name="firms")
    if weighted and "employment" not in firms.columns:
        raise LayerError(
            message("firms: no column “{column}”, which the measure “{column}” needs.", column="employment")
        )
    known = firms.geometry.notna() & ~firms.geometry.is_empty & firms["sector"].notna()
    if weighted:
        known &= firms["employment"].notna()
    left_out = int((~known).sum())
    if left_out:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "firms: {count} of {number} establishments without place, sector or jobs are left out.",
                    count=left_out,
                    number=len(firms),
                )
            ),
            stacklevel=3,
        )
    kept = firms[known].reset_index(drop=True)
    return kept.assign(x=kept.geometry.x, y=kept.geometry.y)


def sectors_of(text: str | None) -> list[str] | None:
    """Codes of a text in which semicolons stand between them."""
    codes = [code.strip() for code in (text or "").split(";")]
    return [code for code in codes if code] or None


def table_of(points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Columns that measures of points ask for."""
    return pd.DataFrame(points[[c for c in ("x", "y", "sector", "employment") if c in points.columns]])
