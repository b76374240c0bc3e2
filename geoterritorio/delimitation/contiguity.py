"""Which places touch, on boundaries that do not quite meet; parts of areas, enclaves, and the outer edge."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse
from scipy.sparse import csgraph

from geoterritorio.errors import LayerError, message
from geoterritorio.registry import Metres

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def touching(territories: gpd.GeoDataFrame, *, snap: Metres = 50) -> Any:
    """
    Pairs of territories that touch.

    Parameters
    ----------
    territories
        Polygons in a projected CRS in metres.
    snap
        Metres up to which a gap is none; overlaps touch in any case.

    Returns
    -------
    pairs
        Sparse symmetric matrix of booleans, without the diagonal.

    Raises
    ------
    LayerError
        If the territories are points.

    Examples
    --------
    >>> boxes = [shapely.box(0, 0, 10, 10), shapely.box(10.5, 0, 20, 10), shapely.box(40, 0, 50, 10)]
    >>> touching(gpd.GeoDataFrame(geometry=boxes, crs=25830), snap=1).sum(axis=1).tolist()
    [1, 1, 0]
    """
    if not territories.geom_type.isin(["Polygon", "MultiPolygon"]).all():
        raise LayerError(message("territories: who touches whom is told of polygons, these are points."))
    shapes = territories.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    # Without a distance to measure, prepared predicates are many times faster.
    found = (
        tree.query(shapes, predicate="dwithin", distance=snap)
        if snap > 0
        else tree.query(shapes, "intersects")
    )
    apart = found[0] != found[1]
    size = len(shapes)
    pairs = sparse.coo_array(
        (np.ones(int(apart.sum()), dtype=np.int64), (found[0][apart], found[1][apart])), (size, size)
    )
    return pairs.tocsr()


def pieces(pairs: Any, label: Codes) -> Codes:
    """
    Part of its area in which each place lies.

    Parameters
    ----------
    pairs
        Which places touch.
    label
        Area of each place; those below 0 are of none.

    Returns
    -------
    piece
        Number of the part, unlike in different areas; -1 for places of no area.
    """
    each = pairs.tocoo()
    same = (label[each.row] == label[each.col]) & (label[each.row] >= 0)
    graph = sparse.coo_array((each.data[same], (each.row[same], each.col[same])), pairs.shape)
    piece = csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
    return np.where(label >= 0, piece, -1)


def minor(pairs: Any, piece: Codes, label: Codes, weight: npt.NDArray[np.float64]) -> Mask:
    """
    Places in parts of their area other than its main part.

    Parameters
    ----------
    pairs
        Which places touch.
    piece
        Part in which each place lies; -1 for places of no area.
    label
        Area of each place.
    weight
        By which the main part is the largest, of those that touch other parts: what lies across water from an island
        does not lie within another area.

    Returns
    -------
    minor
        Whether each place lies in another part.
    """
    number = int(piece.max(initial=-1)) + 1
    inside = piece >= 0
    size = np.bincount(piece[inside], weight[inside], number)
    area = np.full(number, -1, dtype=np.int64)
    area[piece[inside]] = label[inside]
    each = pairs.tocoo()
    meets = np.zeros(number, dtype=bool)
    meets[piece[each.row[(piece[each.row] != piece[each.col]) & inside[each.row]]]] = True
    order = np.lexsort((np.arange(number), -size, ~meets, area))
    first = np.ones(number, dtype=bool)
    first[1:] = area[order][1:] != area[order][:-1]
    main = np.zeros(number, dtype=bool)
    main[order[first]] = True
    found: Mask = inside & ~main[piece]
    return found


def edge(territories: gpd.GeoDataFrame, *, snap: Metres = 50) -> Mask:
    """Territories on the outer edge of their layer, its coasts among it; gaps up to `snap` are none."""
    shapes = territories.geometry.to_numpy()
    half = snap / 2 or 1e-6
    whole = shapely.union_all(shapely.buffer(shapes, half, quad_segs=1, join_style="mitre"))
    rings = shapely.get_exterior_ring(shapely.get_parts(whole))
    tree = shapely.STRtree(shapes)
    near = tree.query(rings, predicate="dwithin", distance=2.5 * half)[1]
    found = np.zeros(len(shapes), dtype=bool)
    found[near] = True
    return found
