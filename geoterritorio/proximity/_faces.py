"""Land nearest to labelled points: Voronoi cells joined by label, drawn from the borders between labels alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import Voronoi, cKDTree

from geoterritorio.proximity._cutting import Floats, Indices

Shapes = npt.NDArray[Any]
# Where the four points lie that close the outermost cells, in lengths of the whole; uneven, so that no two pairs tie.
_CORNERS = np.array([[-10.0, -10.0], [10.0, -10.3], [10.1, 10.0], [-10.0, 10.2]])


def nearest_faces(xy: Floats, label: Indices, land: Any) -> Shapes:
    """
    Land nearest to the points of each label.

    Parameters
    ----------
    xy
        Points, shape (points, 2), metres.
    label
        Label of each point, from 0.
    land
        Polygon to which the answer is cut.

    Returns
    -------
    faces
        One polygon per label, shape (largest label + 1,); empty where nothing of the land is nearest.

    Notes
    -----
    Of points at one place the smallest label counts. Cells are not joined one by one: only their sides between two
    labels are kept, and what these enclose are the faces.
    """
    number = int(label.max()) + 1
    order = np.lexsort((label, xy[:, 1], xy[:, 0]))
    _, first = np.unique(xy[order], axis=0, return_index=True)
    xy, label = xy[order][first], label[order][first]
    bounds = np.array(land.bounds)
    low, high = np.minimum(xy.min(axis=0), bounds[:2]), np.maximum(xy.max(axis=0), bounds[2:])
    middle = (low + high) / 2
    # around 0, so that no digits are lost to false eastings and northings
    here, corners = xy - middle, _CORNERS * np.hypot(*(high - low))
    cells = Voronoi(np.vstack([here, corners]))
    labels = np.append(label, [-1] * len(corners))
    a, b = cells.ridge_points.T
    side = np.asarray(cells.ridge_vertices)
    border = (labels[a] != labels[b]) & (side >= 0).all(axis=1) & (side[:, 0] != side[:, 1])
    lines = shapely.linestrings(cells.vertices[side[border]])
    faces = shapely.get_parts(shapely.polygonize(lines))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    owner = label[cKDTree(here).query(inside)[1]]
    moved = shapely.transform(faces, lambda c: c + middle)
    return solid(shapely.intersection(_joined(moved, owner, number), land))


def _joined(faces: Shapes, owner: Indices, number: int) -> Shapes:
    """Faces of each label as one; they meet in points at most, so that nothing is to be dissolved."""
    order = np.argsort(owner, kind="stable")
    found = np.full(number, shapely.MultiPolygon(), dtype=object)
    which = np.unique(owner)
    parts = shapely.multipolygons(faces[order], indices=np.searchsorted(which, owner[order]))
    found[which] = parts
    return found


def solid(shapes: Shapes) -> Shapes:
    """Polygons of shapes, without the lines and points in which shapes only touch."""
    shapes = np.array(shapes, dtype=object)
    mixed = np.flatnonzero(
        ~np.isin(
            shapely.get_type_id(shapes), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
        )
    )
    for k in mixed:
        parts = shapely.get_parts(shapely.get_parts(shapes[k]))
        flat = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
        shapes[k] = shapely.multipolygons(flat) if len(flat) else shapely.Polygon()
    return shapes
