"""
What every tool of the room starts from: establishments as points in metres, with what makes them doubtful told.

One rule for what a register lacks. An establishment without place or sector can be part of no distance and of no
sector: it is left out, and told by layer, column and number. One without jobs, where jobs weigh, has both: left out it
would count as none, and the sector, the whole and the places of chance would be others than they are. It is refused,
and the reader decides.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.crs import has_geometry, require_metres, scale_departure
from geoterritorio.layers.findings import together

# Word of registers for places that stand for an area.
_CENTROID = "centroid"


@dataclass(frozen=True)
class Plants:
    """
    Establishments as measures take them.

    Parameters
    ----------
    layer
        Rows of the register that are looked at, numbered from 0.
    points
        The same rows: `sector`, `employment` if the register has it, and `x` and `y` where places are needed, by
        identifier of the establishment.
    names
        Titles of the sectors, by code.
    error
        Largest error of projected distances, as a share.
    left_out
        Identifiers of the establishments left out.
    """

    layer: pd.DataFrame
    points: pd.DataFrame
    names: pd.Series
    error: float
    left_out: pd.Index

    def numbered(self) -> pd.DataFrame:
        """Points by their row in the layer."""
        return self.points.reset_index(drop=True)

    def costs(self, costs: pd.DataFrame | None) -> pd.DataFrame | None:
        """Rows of a table of costs without those of establishments left out."""
        if costs is None or not len(self.left_out) or not {"origin", "destination"} <= set(costs.columns):
            return costs
        return costs[~(costs["origin"].isin(self.left_out) | costs["destination"].isin(self.left_out))]


def plants_of(firms: pd.DataFrame, *, weighted: bool, placed: bool = True) -> Plants:
    """
    Establishments of a register that have what a tool needs.

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
        Those with a sector and, if needed, a place.

    Raises
    ------
    LayerError
        There are no points, no jobs where they are needed, or no establishment is left.
    CRSError
        Metres cannot be measured in the layer's CRS.

    Warns
    -----
    GeoterritorioWarning
        If establishments without place or sector are left out, or stand at the centroid of an area.
    """
    _refuse_what_lacks(firms, weighted=weighted, placed=placed)
    if placed:
        require_metres(gpd.GeoDataFrame(firms), name=mark("firms"))
    known = _known(firms, placed=placed)
    kept = firms[known].reset_index(drop=True)
    if weighted:
        refuse_unknown_jobs(kept)
    labels = pd.Index(firms["firm"] if "firm" in firms.columns else np.arange(len(firms)), name="firm")
    points = pd.DataFrame(kept[[c for c in ("sector", "employment") if c in kept.columns]])
    error = 0.0
    if placed:
        _say_centroids(kept)
        points = points.assign(x=kept.geometry.x.to_numpy(), y=kept.geometry.y.to_numpy())
        error = scale_departure(kept)
    return Plants(kept, points.set_axis(labels[known]), _names(kept), error, labels[~known])


def sectors_of(text: str | None) -> list[str] | None:
    """Codes of a text in which semicolons stand between them."""
    codes = [code.strip() for code in (text or "").split(";")]
    return [code for code in codes if code] or None


def _refuse_what_lacks(firms: pd.DataFrame, *, weighted: bool, placed: bool) -> None:
    problems = []
    if placed and not has_geometry(firms):
        problems.append(
            message("firms: distances need points. Give a point layer, or a table with coordinates.")
        )
    if weighted and "employment" not in firms.columns:
        problems.append(
            message("firms: weights need the column “employment”. Name it, or count establishments.")
        )
    if not placed and "firm" not in firms.columns:
        problems.append(
            message("firms: a table of costs needs the column “firm” to find its establishments. Name it.")
        )
    if problems:
        raise LayerError(problems)


def _known(firms: pd.DataFrame, *, placed: bool) -> npt.NDArray[np.bool_]:
    """Which rows have a sector and, if needed, a place; the others are told."""
    lacking = {"sector": firms["sector"].isna().to_numpy()}
    if placed:
        places = gpd.GeoDataFrame(firms).geometry
        lacking["geometry"] = (places.isna() | places.is_empty).to_numpy()
    known: npt.NDArray[np.bool_] = ~np.logical_or.reduce(list(lacking.values()))
    if len(firms) and not known.any():
        raise LayerError(message("firms: no establishment has both a sector and a place. Complete them."))
    if not known.all():
        counts = [
            message("{count} without “{column}”", count=int(flags.sum()), column=column)
            for column, flags in lacking.items()
            if flags.any()
        ]
        found = message(
            "firms: {count} of {number} establishments are left out: {reasons}.",
            count=int((~known).sum()),
            number=len(firms),
            reasons=together(counts),
        )
        warnings.warn(GeoterritorioWarning(found), stacklevel=4)
    return known


def refuse_unknown_jobs(firms: pd.DataFrame) -> None:
    """
    Refusal of a register in which jobs are to weigh and some are unknown.

    Parameters
    ----------
    firms
        Rows that are looked at, with the column `employment`.

    Raises
    ------
    LayerError
        With the number of the establishments without it.
    """
    unknown = int(firms["employment"].isna().sum())
    if unknown:
        raise LayerError(
            message(
                "firms: {count} of {number} establishments have no “employment”, which is to weigh; left out they "
                "would count as if they were not there. Complete them, remove them from the register, or count "
                "establishments in place of jobs.",
                count=unknown,
                number=len(firms),
            )
        )


def _names(firms: pd.DataFrame) -> pd.Series:
    if "sector_name" not in firms.columns:
        return pd.Series(dtype=object)
    return firms.dropna(subset=["sector_name"]).drop_duplicates("sector").set_index("sector")["sector_name"]


def _say_centroids(firms: pd.DataFrame) -> None:
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
