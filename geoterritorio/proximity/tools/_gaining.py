"""Which territories would gain by one more centre."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoterritorio.layers.assignment import assign
from geoterritorio.layers.crs import align, has_geometry
from geoterritorio.proximity._cutting import Indices
from geoterritorio.proximity.tools._reach_inputs import ESTABLISHMENTS, SECRET, Group

_AREAL = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Land:
    """Territories by which gains are told: their identifiers and names, and in which each place is; -1 for none."""

    ids: npt.NDArray[np.object_]
    names: npt.NDArray[np.object_]
    area: Indices
    members: npt.NDArray[np.float64]
    # Of fewer gained it is not told where they are: it would be the place of one.
    fewest: float = 0.0


def land_of(group: Group, candidates: gpd.GeoDataFrame) -> Land:
    """
    Territories that are told apart.

    Candidates that are areas are the territories themselves; else the column of the layer of those whose reach counts;
    without either there are none.
    """
    number = len(group.ids)
    ids = names = np.empty(0, dtype=object)
    area = np.full(number, -1)
    if _areal(candidates) and group.shapes is not None:
        ids = candidates["centre"].to_numpy(object)
        names = names_of(candidates)
        points = group.shapes.set_geometry(group.shapes.geometry.representative_point())
        shapes = candidates.rename(columns={"territory": "_own", "centre": "territory"})
        area = assign(align(points, candidates, name="candidates"), shapes).position
    elif group.stated is not None:
        code, found = pd.factorize(group.stated, sort=True)
        area, ids = code, np.asarray(found, dtype=object)
        names = np.full(len(ids), None, dtype=object)
    area = np.asarray(area, dtype=np.int64)
    inside = area >= 0
    members = np.bincount(area[inside], group.members.number[inside], len(ids)).astype(np.float64)
    return Land(ids, names, area, members, SECRET if group.who == ESTABLISHMENTS else 0.0)


def told(land: Land, sums: pd.DataFrame) -> pd.DataFrame:
    """Sums by area with identifiers and names, the members of each and the share of them that gains."""
    at = sums["area"].to_numpy(np.int64)
    number = land.members[at]
    table = sums.assign(territory=land.ids[at], name=land.names[at], number=number)
    order = table.assign(share=table["newly"] / np.where(number > 0, number, np.nan))
    return order.sort_values(["turn", "newly"], ascending=[True, False], kind="stable", ignore_index=True)


def of_each(land: Land, sums: pd.DataFrame, number: int) -> dict[str, Any]:
    """Of each candidate, how many territories gain by it, and the one where most of those are."""
    count = np.full(number, np.nan)
    most = np.full(number, None, dtype=object)
    if len(land.ids):
        count = np.bincount(sums["candidate"], minlength=number).astype(float)
        first = sums.sort_values("newly", ascending=False, kind="stable").drop_duplicates("candidate")
        at = first["area"].to_numpy(np.int64)
        most[first["candidate"]] = np.where(pd.isna(land.names[at]), land.ids[at], land.names[at])
        whole = np.bincount(sums["candidate"], sums["newly"], number)
        count[(whole > 0) & (whole < land.fewest)] = np.nan
        most[whole < land.fewest] = None
    return {"gaining": count, "most_in": most}


def _areal(candidates: gpd.GeoDataFrame) -> bool:
    return has_geometry(candidates) and bool(candidates.geom_type.isin(_AREAL).all())


def names_of(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Names of rows, none where the layer has none."""
    blank = pd.Series(None, index=rows.index, dtype=object)
    return np.asarray(rows.get("name", blank).astype(object).to_numpy(), dtype=object)
