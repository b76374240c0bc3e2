"""Establishments counted in cells of a grid, as fine as their number allows, instead of shown where they are."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely import box

from geoterritorio.publication.disclosure.contributions import Codes

Numbers = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
# A cell is divided if no more than this share of its establishments comes to lie in parts of too few.
_LOST = 0.1
# The earth's surface has fewer halvings than this down to a metre.
_LEVELS = 26


def gridded(firms: gpd.GeoDataFrame, *, cell: float, minimum: int) -> gpd.GeoDataFrame:
    """
    Cells of a quadtree with establishments of enough contributors.

    Parameters
    ----------
    firms
        Points in metres, with `firm` or `group` where they are known; each point is one establishment.
    cell
        Side of the finest cells in metres; the others are 2, 4, 8 … times as wide. All begin at multiples of their
        width, as the grid of the European statistical offices does in EPSG:3035.
    minimum
        Fewest contributors of a cell that is told.

    Returns
    -------
    cells
        `side` (m), `establishments` and squares. Where no cell lies there are none, or too few to be told.

    Notes
    -----
    From the top a cell is divided in four if it has enough contributors and at most a tenth of its establishments
    comes to lie in parts of too few. Parts of too few are left out; what they have is not told of the whole either, so
    that no difference of cells tells them: no two cells overlap.

    References
    ----------
    .. [1] Behnisch, M., Meinel, G., Tramsen, S. & Diesselmann, M. (2013). Using quadtree representations in building
       stock visualization and analysis. Erdkunde 67, 151-166.

    Examples
    --------
    >>> points = gpd.points_from_xy([100, 200, 300, 1500, 1600, 1700], [100] * 6)
    >>> gridded(gpd.GeoDataFrame(geometry=points, crs=25830), cell=1000, minimum=3)["establishments"].tolist()
    [3, 3]
    """
    there = firms[~(firms.geometry.isna() | firms.geometry.is_empty)]
    x, y = there.geometry.x.to_numpy(), there.geometry.y.to_numpy()
    level, told = _levels(x, y, _contributor(there), cell, minimum)
    side = cell * 2.0**level
    rows = pd.DataFrame({"side": side, "column": np.floor(x / side), "row": np.floor(y / side)})[told]
    cells = rows.groupby(["side", "row", "column"]).size().rename("establishments").reset_index()
    west, south = cells["column"] * cells["side"], cells["row"] * cells["side"]
    shapes = box(west, south, west + cells["side"], south + cells["side"])
    return gpd.GeoDataFrame(cells[["side", "establishments"]], geometry=shapes, crs=firms.crs)


def _contributor(firms: gpd.GeoDataFrame) -> Codes:
    """Who answers for each establishment: its group, itself where it has none."""
    alone = pd.Series(np.arange(len(firms)), index=firms.index).astype(str)
    if "firm" in firms.columns:
        alone = firms["firm"].astype(object).where(firms["firm"].notna(), "\x00" + alone).astype(str)
    if "group" in firms.columns:
        alone = firms["group"].astype(object).where(firms["group"].notna(), "\x00" + alone).astype(str)
    return np.asarray(pd.factorize(alone)[0])


def _levels(x: Numbers, y: Numbers, who: Codes, cell: float, minimum: int) -> tuple[Codes, Mask]:
    """How often the finest cell is doubled for each point, and whether its cell is told."""
    extent = max(np.ptp(x), np.ptp(y), cell) if len(x) else cell
    top = min(int(np.ceil(np.log2(extent / cell))) + 1, _LEVELS)
    level = np.full(len(x), top)
    own, many = _in_cells(x, y, who, cell * 2.0**top)
    told = many >= minimum
    going = told.copy()
    for below in range(top - 1, -1, -1):
        inner, contributors = _in_cells(x, y, who, cell * 2.0**below)
        lost = np.bincount(own, contributors < minimum, minlength=own.max(initial=-1) + 1)
        size = np.bincount(own, minlength=len(lost))
        going = going & (lost <= _LOST * size)[own]
        level = np.where(going, below, level)
        told = np.where(going, contributors >= minimum, told)
        going = going & told
        own = inner
    return level, told


def _in_cells(x: Numbers, y: Numbers, who: Codes, side: float) -> tuple[Codes, Numbers]:
    """Cell of each point, and how many contributors it has."""
    column, row = (np.floor(v / side).astype(np.int64) for v in (x, y))
    column, row = (v - v.min(initial=0) for v in (column, row))
    own = pd.factorize(column * (int(row.max(initial=0)) + 1) + row)[0].astype(np.intp)
    pairs = pd.unique(own * (int(who.max(initial=0)) + 1) + who)
    of = pairs // (int(who.max(initial=0)) + 1)
    return own, np.bincount(of, minlength=int(own.max(initial=-1)) + 1)[own].astype(float)
