"""Least-cost paths: the way across open ground that takes the fewest minutes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.i18n import mark
from geoterritorio.layers.findings import listing
from geoterritorio.layers.grids import Grid
from geoterritorio.proximity._fronts import MARGIN, Spread, Terrain, place_of, spread
from geoterritorio.proximity._ground import Placed, checked_friction, middles, placed, relief
from geoterritorio.proximity.surface import Neighbours, require_moves
from geoterritorio.registry import Metres, Minutes, Progress, no_progress

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Pairs = Literal["nearest", "all"]
# Fronts over the whole raster that one call may ask for.
_MOST = 2000


def least_cost_paths(
    friction: Grid,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    *,
    elevation: Grid | None = None,
    pairs: Pairs = "nearest",
    neighbours: Neighbours | int = "16",
    max_cost: Minutes | None = None,
    max_move: Metres | None = None,
    progress: Progress = no_progress,
) -> gpd.GeoDataFrame:
    """
    Ways across a raster that take the fewest minutes.

    Parameters
    ----------
    friction
        Minutes per metre, in a projected CRS in metres; NaN where impassable.
    origins, destinations
        Points or polygons with `centre`.
    elevation
        See `cost_distance`.
    pairs
        "nearest": from each origin to the destination that is the nearest in minutes; "all": to every one.
    neighbours, max_cost, max_move
        See `cost_distance`.
    progress
        Callback; it may raise to cancel.

    Returns
    -------
    paths
        One row per origin, or pair: `origin`, `destination`, `minutes`, `metres` (along the line, on the map), lines
        from middle to middle of cells. No line where both are in one cell; no minutes and no line where there is no
        way.

    Raises
    ------
    CRSError, LayerError, DependencyError
        See `cost_distance`.

    Warns
    -----
    GeoterritorioWarning
        If there is no way for some.

    Notes
    -----
    Each line is one of those with the fewest minutes; on even ground there are many, as long as each other.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import numpy as np
    >>> from rasterio.transform import Affine
    >>> from geoterritorio.layers import Grid
    >>> grid = Grid(np.full((1, 5), 0.012), Affine(100, 0, 600_000, 0, -100, 4_400_000), "EPSG:25830")
    >>> points = gpd.points_from_xy([600_050, 600_450], [4_399_950] * 2)
    >>> two = gpd.GeoDataFrame({"centre": ["a", "b"]}, geometry=points, crs=25830)
    >>> found = least_cost_paths(grid, two[:1], two[1:])
    >>> found[["origin", "destination", "minutes", "metres"]].round(1).values.tolist()
    [['a', 'b', 4.8, 400.0]]
    """
    require_moves(neighbours, "to", max_cost=max_cost, max_move=max_move)
    if pairs not in get_args(Pairs):
        raise LayerError(message("pairs: “nearest” or “all”, not {value}.", value=str(pairs)))
    ground = checked_friction(friction, elevation)
    height = relief(elevation, ground)
    open_ = np.isfinite(ground.values) if height is None else np.isfinite(ground.values) & np.isfinite(height)
    start, end = (
        placed(layer, ground, max_move=max_move, name=name, passable=open_)
        for layer, name in ((origins, "origins"), (destinations, "destinations"))
    )
    limit = np.inf if max_cost is None else max_cost
    # fronts run from destinations against the way, so that one finds the nearest of all origins
    terrain = Terrain(ground.values, ground.cell[0], int(neighbours), height, toward=True, limit=limit)
    search = _to_nearest if pairs == "nearest" else _to_all
    found = list(search(terrain, start, end, progress))
    return _layer(ground, origins, destinations, found)


@dataclass(frozen=True)
class _Ways:
    """Ways as places of cells, way by way: which way, place; and of each way its ends and minutes."""

    origin: Ints
    destination: Ints
    minutes: Floats
    way: Ints
    place: Ints


def _to_nearest(terrain: Terrain, start: Placed, end: Placed, progress: Progress) -> Iterator[_Ways]:
    """Ways of all origins at once: one front runs from all destinations, against the way."""
    at = place_of(start.rows, start.columns, terrain.friction.shape)
    front = spread(terrain, end.seeds, trace=True, until=at, progress=progress)
    yield _followed(front, start)


def _to_all(terrain: Terrain, start: Placed, end: Placed, progress: Progress) -> Iterator[_Ways]:
    """Ways of one destination after the other."""
    number = len(end.moved)
    if number > _MOST:
        raise LayerError(
            message(
                "destinations: {count} are too many for all pairs; at most {most}. Take the nearest, or fewer.",
                count=number,
                most=_MOST,
            )
        )
    at = place_of(start.rows, start.columns, terrain.friction.shape)
    for k in range(number):
        mine = end.index == k
        seeds = (end.rows[mine], end.columns[mine], end.index[mine])
        front = spread(terrain, seeds, trace=True, until=at)
        ways = _followed(front, start)
        yield replace(ways, destination=np.full_like(ways.destination, k))
        progress((k + 1) / number, mark("Following the ways"))


def _best_of(index: npt.NDArray[np.int32], minutes: Floats, number: int) -> Ints:
    """Of the cells of each centre the one with the fewest minutes, in the order of the centres."""
    order = np.lexsort((minutes, index))
    return order[np.searchsorted(index[order], np.arange(number))]


def _followed(front: Spread, start: Placed) -> _Ways:
    """The best way of each centre, cell by cell, to the seed that it leads to (-1: none)."""
    cost = front.cost[start.rows, start.columns]
    best = _best_of(start.index, cost, len(start.moved))
    minutes = np.where(np.isfinite(cost[best]), cost[best], np.nan)
    width = front.cost.shape[1] + 2 * MARGIN
    active = np.flatnonzero(np.isfinite(minutes))
    at = place_of(start.rows[best], start.columns[best], front.cost.shape)
    root = np.full(len(best), -1, dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    ways, places = [none], [none]
    while len(active):
        ways.append(active)
        places.append(at[active])
        row, column = np.divmod(at[active], width)
        before = front.origin[row - MARGIN, column - MARGIN]
        there = front.cost[row - MARGIN, column - MARGIN] == 0
        root[active[there]] = before[there]
        at[active] = before
        active = active[~there]
    way, place = np.concatenate(ways), np.concatenate(places)
    order = np.argsort(way, kind="stable")
    return _Ways(start.index[best].astype(np.int64), root, minutes, way[order], place[order])


def _layer(
    ground: Grid, origins: gpd.GeoDataFrame, destinations: gpd.GeoDataFrame, found: list[_Ways]
) -> gpd.GeoDataFrame:
    parts = [_table(ground, ways) for ways in found]
    table = pd.concat(parts, ignore_index=True).sort_values(["from", "to"], kind="stable", ignore_index=True)
    lost = table["minutes"].isna().to_numpy()
    ids = origins["centre"].to_numpy()[table["from"].to_numpy()]
    reached = table["to"].to_numpy()
    names = destinations["centre"].to_numpy()
    _tell_lost(ids[lost])
    return gpd.GeoDataFrame(
        {
            "origin": ids,
            "destination": np.where(reached >= 0, names[reached], None),
            "minutes": table["minutes"].to_numpy(),
            "metres": table["metres"].to_numpy(),
        },
        geometry=gpd.GeoSeries(table["line"].to_numpy(), crs=ground.crs),
    )


def _table(ground: Grid, ways: _Ways) -> pd.DataFrame:
    rows, columns = np.divmod(ways.place, ground.values.shape[1] + 2 * MARGIN)
    x, y = middles(ground, rows - MARGIN, columns - MARGIN)
    number = len(ways.minutes)
    line = np.full(number, None, dtype=object)
    metres = np.where(np.isfinite(ways.minutes), 0.0, np.nan)
    long = np.bincount(ways.way, minlength=number) > 1
    kept = long[ways.way] if len(ways.way) else np.zeros(0, dtype=bool)
    if kept.any():
        which = np.unique(ways.way[kept], return_inverse=True)[1]
        line[long] = shapely.linestrings(np.column_stack([x[kept], y[kept]]), indices=which)
        metres[long] = shapely.length(line[long])
    return pd.DataFrame(
        {
            "from": ways.origin,
            "to": ways.destination,
            "minutes": ways.minutes,
            "metres": metres,
            "line": pd.Series(line, dtype=object),
        }
    )


def _tell_lost(ids: Any) -> None:
    if len(ids):
        text = message(
            "origins: ways that are not there, for impassable ground or max_cost: {count} ({ids}).",
            count=len(ids),
            ids=listing(ids),
        )
        warnings.warn(GeoterritorioWarning(text), stacklevel=4)
