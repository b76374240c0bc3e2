"""Which way water runs on a raster of elevation: what pyflwdir finds, in arrays."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geoterritorio.errors import DependencyError, message

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Labels = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
NOWHERE = -1


@dataclass(frozen=True)
class Flow:
    """
    Directions of flow over the cells of a raster, row after row.

    Attributes
    ----------
    land
        Whether a cell has land.
    below
        Cell into which each cell runs off; itself where the water leaves the land, -1 off the land.
    cells
        How many cells run through it, itself among them; 0 off the land.
    raised
        Metres by which a cell had to be raised for its water to run off.
    undecided
        Whether the relief does not say which way the water runs: no lower neighbour, once hollows are filled.
    shape
        Rows and columns.
    """

    land: Mask
    below: Indices
    cells: Indices
    raised: Floats
    undecided: Mask
    shape: tuple[int, int]
    network: Any

    def units(self, least: float) -> tuple[Labels, Indices]:
        """
        Parts of basins that begin where so much land has come together.

        Parameters
        ----------
        least
            Cells from which on a tributary has a part of its own; infinite for whole basins.

        Returns
        -------
        label
            Part of each cell, from 0; -1 off the land.
        outlet
            Last cell of each part.
        """
        if np.isinf(least):
            found, outlet = self.network.basins(), self.network.idxs_pit
        else:
            drained = self.cells.reshape(self.shape).astype(float)
            found, outlet = self.network.subbasins_area(least, uparea=drained)
        return np.where(self.land, found.ravel().astype(np.int32) - 1, NOWHERE).astype(np.int32), outlet

    def order(self, stream: Mask) -> Indices:
        """Strahler's order of the cells of streams."""
        found = self.network.stream_order(mask=stream.reshape(self.shape))
        return np.asarray(found.ravel(), dtype=np.int64)


def flow(elevation: npt.NDArray[np.floating[Any]]) -> Flow:
    """
    Directions in which water runs off.

    Parameters
    ----------
    elevation
        Metres by row and column; NaN off the land, where water may leave as it may at the raster's edge.

    Returns
    -------
    flow
        Direction, cells drained and what had to be filled.

    Raises
    ------
    DependencyError
        If pyflwdir is not installed.
    """
    library = _library()
    # In single precision, as the library compares: with more, rounding alone would look like a hollow.
    height = np.ascontiguousarray(elevation, dtype=np.float32)
    land = ~np.isnan(height)
    filled, direction = library.fill_depressions(height, nodata=np.nan)
    network = library.from_array(direction, ftype="d8", check_ftype=False)
    below = np.where(land.ravel(), network.idxs_ds.astype(np.int64), NOWHERE)
    cells = np.where(land, network.upstream_area("cell"), 0).ravel().astype(np.int64)
    raised = np.where(land, filled - height, 0).ravel().astype(float)
    level = filled.ravel()
    own = np.arange(height.size)
    undecided = land.ravel() & (below != own) & (level[below] >= level)
    return Flow(land.ravel(), below, cells, raised, undecided, (height.shape[0], height.shape[1]), network)


def _library() -> Any:
    try:
        return importlib.import_module("pyflwdir")
    except ImportError as error:
        raise DependencyError(
            message(
                "Basins need the package {package}. Install it: pip install {package}",
                package=error.name or "pyflwdir",
            )
        ) from error
