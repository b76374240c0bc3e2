"""What every tool of the room starts from: establishments as points in metres, with what makes them doubtful told."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import has_geometry, require_metres, scale_departure

# Word of registers for places that stand for an area.
_CENTROID = "centroid"


@dataclass(frozen=True)
class Plants:
    """Table of establishments, titles of their sectors, and the largest error of projected distances as a share."""

    points: pd.DataFrame
    names: pd.Series
    error: float


def plants_of(firms: pd.DataFrame, *, weighted: bool, placed: bool = True) -> Plants:
    """
    Establishments as measures take them.

    Parameters
    ----------
    firms
        Register with points, unless only a table of costs says how far they are.
    weighted
        Whether jobs are needed.
    placed
        Whether points are needed.

    Returns
    -------
    plants
        Table with `x`, `y`, `sector` and, if weighted, `employment`, by identifier of the establishment.

    Raises
    ------
    LayerError
        There are no points, or no jobs where they are needed.
    CRSError
        Metres cannot be measured in the layer's CRS.
    """
    problems = []
    if placed and not has_geometry(firms):
        problems.append(
            message("firms: distances need points. Give a point layer, or a table with coordinates.")
        )
    if weighted and "employment" not in firms.columns:
        problems.append(
            message("firms: weights need the column “employment”. Name it, or leave weights out.")
        )
    if not placed and "firm" not in firms.columns:
        problems.append(
            message("firms: a table of costs needs the column “firm” to find its establishments. Name it.")
        )
    if problems:
        raise LayerError(problems)
    columns = ["sector", *(["employment"] if weighted else [])]
    points = pd.DataFrame(firms[columns])
    error = 0.0
    if placed:
        require_metres(firms, name=mark("firms"))
        _say_centroids(firms)
        points["x"], points["y"] = firms.geometry.x.to_numpy(), firms.geometry.y.to_numpy()
        error = scale_departure(firms)
    points.index = pd.Index(firms["firm"] if "firm" in firms.columns else np.arange(len(firms)), name="firm")
    return Plants(points, _names(firms), error)


def _names(firms: pd.DataFrame) -> pd.Series:
    if "sector_name" not in firms.columns:
        return pd.Series(dtype=object)
    return firms.dropna(subset=["sector_name"]).drop_duplicates("sector").set_index("sector")["sector_name"]


def _say_centroids(firms: gpd.GeoDataFrame) -> None:
    if "precision" not in firms.columns:
        return
    number = int((firms["precision"] == _CENTROID).sum())
    if number:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "firms: {count} of {number} establishments stand at the centroid of an area. Distances between "
                    "them are no distances between establishments; leave them out, or look only at larger distances.",
                    count=number,
                    number=len(firms),
                )
            ),
            stacklevel=3,
        )
