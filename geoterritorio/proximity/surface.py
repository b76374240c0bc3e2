"""Minutes across open ground: how far every place is, which centre is the nearest, and by which way."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio.features
import shapely
from shapely.geometry import shape

from geoterritorio.errors import GeoterritorioWarning, LayerError, Message, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import listing
from geoterritorio.layers.grids import Grid
from geoterritorio.proximity._fronts import DIRECTION_ERROR, Spread, Terrain, spread
from geoterritorio.proximity._ground import Placed, checked_friction, placed, relief
from geoterritorio.registry import Metres, Minutes, Progress, no_progress

Labels = npt.NDArray[np.int32]
Neighbours = Literal["8", "16"]
Direction = Literal["from", "to"]
_KM2 = 1e6
_NOT_DRAWN = -1


@dataclass(frozen=True)
class CostDistance:
    """
    Minutes between every cell and the nearest centre.

    Parameters
    ----------
    minutes
        Raster of minutes; NaN where no centre is reached.
    report
        One row: `centres`, `moved`, `reached_km2`, `unreached_km2` (passable, but not reached), `impassable_km2`,
        `mean_minutes`, `median_minutes`, `most_minutes` (of what is reached), `neighbours`, `direction_error` (share by
        which minutes are too long in the worst direction).
    """

    minutes: Grid
    report: pd.DataFrame


@dataclass(frozen=True)
class Allocation:
    """
    The nearest centre of every cell.

    Parameters
    ----------
    nearest
        Raster: position of the centre in its layer, from 1; NaN where none is reached.
    basins
        One row per centre that is the nearest of any cell: `territory` and `centre` (both its identifier), `name`
        where it has one, `area_km2`, `mean_minutes`, `most_minutes`, `centre_x`, `centre_y` (of the cell it
        stands on), `moved_m`, polygons.
    report
        As that of `cost_distance`, with `basins` (centres that are the nearest anywhere).
    """

    nearest: Grid
    basins: gpd.GeoDataFrame
    report: pd.DataFrame


@dataclass(frozen=True)
class _Found:
    """Checked layers, and what the front found on them."""

    ground: Grid
    open: npt.NDArray[np.bool_]
    centres: Placed
    front: Spread


def cost_distance(
    friction: Grid,
    sources: gpd.GeoDataFrame,
    *,
    elevation: Grid | None = None,
    neighbours: Neighbours | int = "16",
    direction: Direction = "from",
    max_cost: Minutes | None = None,
    max_move: Metres | None = None,
    progress: Progress = no_progress,
) -> CostDistance:
    """
    Minutes between every cell of a raster and the nearest centre.

    Parameters
    ----------
    friction
        Minutes per metre, in a projected CRS in metres; NaN where impassable.
    sources
        Centres: points or polygons with `centre`. A polygon is left, or entered, at any of its cells.
    elevation
        Metres. Every move is then slowed or sped up by Tobler's function of its slope, up or down, and `friction` is
        what it takes on level ground. For walking: no wheel follows it.
    neighbours
        8: moves to the cells around; 16: those of a knight in chess too.
    direction
        Ways lead "from" the centres or "to" them; with `elevation`, uphill and downhill differ.
    max_cost
        Minutes beyond which no way is followed.
    max_move
        Metres by which a centre on impassable ground is moved to the nearest passable cell; None: two cells.
    progress
        Callback; it may raise to cancel.

    Returns
    -------
    cost_distance
        Raster and report.

    Raises
    ------
    CRSError
        If metres cannot be measured on the raster.
    LayerError
        If friction is 0 or less, infinite or nowhere known, holds slopes already although elevation is given, cells are
        not square, a centre lies outside the raster, or is farther from passable ground than it may be moved, or an
        option is none of those that there are.
    DependencyError
        If the raster is large and numba is not installed.

    Notes
    -----
    A move costs its length times the mean friction of the cells that the straight line crosses, each by its part:
    half of either of two cells, or a quarter of each of four for the move of a knight. With 8 neighbours that is
    `MCP_Geometric` of scikit-image. On even ground the way is longer than the straight line by up to 8.2 % (1 /
    cos(22.5°) - 1) with 8 neighbours, where it should go between two directions, and by up to 2.7 % with 16. Diagonal
    moves pass between two impassable cells that touch at a corner; those of a knight do not.

    Tobler's speed is 6 exp(-3.5 abs(slope + 0.05)) km/h: 6 on a slope of -5 %, 5.04 on the level. It is applied to the
    map distance, as its slope from middle to middle of cells. Minutes are summed in double precision.

    References
    ----------
    .. [1] Tobler, W. (1993). Three presentations on geographical analysis and modeling. NCGIA Technical Report 93-1.
    .. [2] Goodchild, M. F. (1977). An evaluation of lattice solutions to the problem of corridor location. Environment
       and Planning A 9, 727-738.
    .. [3] Dial, R. B. (1969). Algorithm 360: shortest-path forest with topological ordering. Communications of the ACM
       12(11), 632-633.

    Examples
    --------
    Four cells of 100 m in a row, walked at 0.012 minutes per metre, from the first:

    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from rasterio.transform import Affine
    >>> from geoterritorio.layers import Grid
    >>> grid = Grid(np.full((1, 4), 0.012), Affine(100, 0, 600_000, 0, -100, 4_400_000), "EPSG:25830")
    >>> one = gpd.GeoDataFrame({"centre": ["a"]}, geometry=gpd.points_from_xy([600_050], [4_399_950]), crs=25830)
    >>> cost_distance(grid, one).minutes.values.astype(float).round(2).tolist()
    [[0.0, 1.2, 2.4, 3.6]]
    """
    found = _spread(friction, sources, elevation, neighbours, direction, max_cost, max_move, progress)
    minutes = _minutes(found.front)
    tags = {
        "unit": "minutes",
        "direction": direction,
        "neighbours": str(neighbours),
        "slope": "none" if elevation is None else "Tobler",
    }
    grid = Grid(minutes, friction.transform, friction.crs, None, tags)
    return CostDistance(grid, _report(found, minutes, int(neighbours)))


def allocation(
    friction: Grid,
    sources: gpd.GeoDataFrame,
    *,
    elevation: Grid | None = None,
    neighbours: Neighbours | int = "16",
    direction: Direction = "to",
    max_cost: Minutes | None = None,
    max_move: Metres | None = None,
    progress: Progress = no_progress,
) -> Allocation:
    """
    The nearest centre of every cell in minutes, and the basins so drawn.

    Parameters
    ----------
    friction, sources, elevation
        See `cost_distance`.
    neighbours, direction, max_cost, max_move
        See `cost_distance`.
    progress
        Callback; it may raise to cancel.

    Returns
    -------
    allocation
        Raster, basins, report.

    Raises
    ------
    CRSError, LayerError, DependencyError
        See `cost_distance`.

    Warns
    -----
    GeoterritorioWarning
        If centres are the nearest of no cell, as where several stand on one.

    Notes
    -----
    Where two centres are equally near, the one that stands first in its layer has the cell. A basin is not always in
    one piece: what lies between its parts is drawn by the same rule, cell by cell.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from rasterio.transform import Affine
    >>> from geoterritorio.layers import Grid
    >>> grid = Grid(np.full((1, 5), 0.012), Affine(100, 0, 600_000, 0, -100, 4_400_000), "EPSG:25830")
    >>> points = gpd.points_from_xy([600_050, 600_450], [4_399_950] * 2)
    >>> two = gpd.GeoDataFrame({"centre": ["a", "b"]}, geometry=points, crs=25830)
    >>> found = allocation(grid, two)
    >>> found.nearest.values.tolist()
    [[1.0, 1.0, 1.0, 2.0, 2.0]]
    >>> found.basins["area_km2"].tolist()
    [0.03, 0.02]
    """
    found = _spread(friction, sources, elevation, neighbours, direction, max_cost, max_move, progress)
    minutes = _minutes(found.front)
    of = np.ascontiguousarray(found.front.origin)
    report = _report(found, minutes, int(neighbours))
    progress(0.95, mark("Drawing basins"))
    basins = _basins(of, minutes, sources, found)
    nearest = np.where(of >= 0, of + 1, np.nan).astype(np.float32)
    grid = Grid(nearest, friction.transform, friction.crs, None, {"unit": "position of the centre, from 1"})
    report.insert(1, "basins", len(basins))
    return Allocation(grid, basins, report)


def _spread(
    friction: Grid,
    sources: gpd.GeoDataFrame,
    elevation: Grid | None,
    neighbours: Neighbours | int,
    direction: Direction,
    max_cost: float | None,
    max_move: float | None,
    progress: Progress,
) -> _Found:
    require_moves(neighbours, direction, max_cost=max_cost, max_move=max_move)
    ground = checked_friction(friction, elevation)
    height = relief(elevation, ground)
    open_ = np.isfinite(ground.values) if height is None else np.isfinite(ground.values) & np.isfinite(height)
    centres = placed(sources, ground, max_move=max_move, name="sources", passable=open_)
    limit = np.inf if max_cost is None else max_cost
    terrain = Terrain(ground.values, ground.cell[0], int(neighbours), height, direction == "to", limit)
    front = spread(terrain, centres.seeds, progress=lambda share, text="": progress(0.9 * share, text))
    return _Found(ground, open_, centres, front)


def require_moves(
    neighbours: Neighbours | int, direction: str, *, max_cost: float | None, max_move: float | None
) -> None:
    """
    Refusal of options by which no front can spread.

    Parameters
    ----------
    neighbours
        8 or 16.
    direction
        "from" or "to".
    max_cost
        Minutes, 0 or more, or None.
    max_move
        Metres, 0 or more and not without end, or None.

    Raises
    ------
    LayerError
        If one is none of these.
    """
    problems: list[Message] = []
    # text that is no number would stop a comparison of numbers
    if str(neighbours) not in get_args(Neighbours):
        problems.append(message("neighbours: {value} is neither 8 nor 16.", value=str(neighbours)))
    if direction not in get_args(Direction):
        problems.append(
            message(
                "direction: ways lead “from” the centres or “to” them, not {value}.", value=str(direction)
            )
        )
    # comparisons that no number fails but NaN
    if max_cost is not None and not max_cost >= 0:
        problems.append(
            message(
                "max_cost: minutes are 0 or more, not {value}. Leave it out for no limit.",
                value=float(max_cost),
            )
        )
    if max_move is not None and not 0 <= max_move < np.inf:
        problems.append(
            message(
                "max_move: metres are 0 or more, and a number, not {value}. Leave it out for two cells.",
                value=float(max_move),
            )
        )
    if problems:
        raise LayerError(problems)


def _minutes(front: Spread) -> npt.NDArray[np.float32]:
    minutes = front.cost.astype(np.float32)
    minutes[np.isinf(minutes)] = np.nan
    return minutes


def _report(found: _Found, minutes: npt.NDArray[np.float32], neighbours: int) -> pd.DataFrame:
    cell = found.ground.cell[0] * found.ground.cell[1] / _KM2
    known = minutes[np.isfinite(minutes)]
    passable = int(np.count_nonzero(found.open))
    return pd.DataFrame(
        {
            "centres": [len(found.centres.moved)],
            "moved": [int(np.count_nonzero(found.centres.moved))],
            "reached_km2": [known.size * cell],
            "unreached_km2": [(passable - known.size) * cell],
            "impassable_km2": [(minutes.size - passable) * cell],
            "mean_minutes": [float(known.mean(dtype=float))],
            "median_minutes": [float(np.median(known))],
            "most_minutes": [float(known.max())],
            "neighbours": [neighbours],
            "direction_error": [DIRECTION_ERROR[neighbours]],
        }
    )


def _basins(
    of: Labels, minutes: npt.NDArray[np.float32], sources: gpd.GeoDataFrame, found: _Found
) -> gpd.GeoDataFrame:
    number = len(sources)
    reached = of >= 0
    mine = of[reached]
    cells = np.bincount(mine, minlength=number)
    total = np.bincount(mine, minutes[reached], minlength=number)
    most = np.zeros(number, dtype=np.float32)
    np.maximum.at(most, mine, minutes[reached])
    ids = sources["centre"].to_numpy()
    kept = np.flatnonzero(cells > 0)
    _tell_empty(ids[cells == 0])
    table = pd.DataFrame(
        {
            "territory": ids[kept],
            "centre": ids[kept],
            **({"name": sources["name"].to_numpy()[kept]} if "name" in sources else {}),
            "area_km2": cells[kept] * (found.ground.cell[0] * found.ground.cell[1] / _KM2),
            "mean_minutes": total[kept] / cells[kept],
            "most_minutes": most[kept].astype(float),
            "centre_x": found.centres.x[kept],
            "centre_y": found.centres.y[kept],
            "moved_m": found.centres.moved[kept],
        }
    )
    return gpd.GeoDataFrame(table, geometry=_polygons(of, found.ground), crs=found.ground.crs)


def _tell_empty(ids: Any) -> None:
    if len(ids):
        text = message(
            "sources: centres that are the nearest of no cell, and have no basin: {count} ({ids}). Others stand on the "
            "same cell.",
            count=len(ids),
            ids=listing(ids),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)


def _polygons(of: Labels, ground: Grid) -> Any:
    """Multipolygons in the order of their labels; cells that meet at a corner are parts of their own."""
    drawn = rasterio.features.shapes(of, mask=of > _NOT_DRAWN, transform=ground.transform)
    pieces, values = zip(*drawn, strict=True)
    which = np.unique(np.array(values).astype(np.int64), return_inverse=True)[1]
    order = np.argsort(which, kind="stable")
    polygons = np.array([shape(piece) for piece in pieces], dtype=object)
    return shapely.multipolygons(polygons[order], indices=which[order])


def level_pace(grid: Grid, minutes_per_metre: float) -> Grid:
    """
    Raster of friction on which it takes the same everywhere, where another raster has values.

    Parameters
    ----------
    grid
        Raster whose cells are taken.
    minutes_per_metre
        Friction.

    Returns
    -------
    friction
        Minutes per metre; NaN where the other raster has no value.
    """
    values = np.where(np.isfinite(grid.values), np.float32(minutes_per_metre), np.float32(np.nan))
    return replace(grid, values=values, tags={"unit": "minutes per metre"})
