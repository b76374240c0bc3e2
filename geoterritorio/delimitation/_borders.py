"""Borders as lines: which territories they part, and which stretches of them lie by the limits of another division."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Shapes = npt.NDArray[np.object_]
_MILLIMETRE = 1e-3
# Gaps between units of a division that are none, in metres: borders of different sources seldom meet.
_GAP = 10.0
# Corners of a quarter of a circle around the end of a line, and of one piece of a limit.
_ROUND, _PIECE = 8, 16
UNSEEN, AWAY, ALONG = -1, 0, 1


@dataclass(frozen=True)
class Borders:
    """
    Borders of territories.

    Attributes
    ----------
    lines
        Lines between two points where three territories meet, or between two at the edge.
    line, territory
        Positions of lines and of the territories whose borders they are: two, or one at the edge of all.
    """

    lines: Shapes
    line: Indices
    territory: Indices


def borders(polygons: Shapes) -> Borders:
    """Borders of polygons, each stretch once, even if two of them have it."""
    edges = shapely.boundary(polygons)
    # To the millimetre, so that borders drawn twice with other roundings are one.
    lines = shapely.get_parts(shapely.line_merge(shapely.union_all(edges, grid_size=_MILLIMETRE)))
    lines = lines[shapely.length(lines) > 0]
    middle = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    line, territory = shapely.STRtree(edges).query(middle, predicate="dwithin", distance=2 * _MILLIMETRE)
    order = np.lexsort((territory, line))
    return Borders(lines, line[order], territory[order])


@dataclass(frozen=True)
class Limits:
    """
    Limits of a division.

    Attributes
    ----------
    inner
        Short pieces of what parts two of its units.
    outer
        Short pieces of where it ends, beyond which nothing is known of it.
    cover
        Where it is.
    """

    inner: Shapes
    outer: Shapes
    cover: shapely.Geometry


def limits(polygons: Shapes) -> Limits:
    """Limits between units, and where the division ends; gaps of metres between units are none."""
    look = {"quad_segs": 1, "join_style": "mitre"}
    whole = shapely.union_all(polygons)
    cover = whole
    if not shapely.coverage_is_valid(polygons, _GAP):
        cover = shapely.buffer(shapely.buffer(whole, _GAP / 2, **look), -_GAP / 2, **look)
    outer = pieces(shapely.boundary(cover))
    every = pieces(shapely.union_all(shapely.boundary(polygons), grid_size=_MILLIMETRE))
    _, inside = parted(every, outer, 10 * _MILLIMETRE)
    inner = pieces(shapely.union_all(inside[shapely.length(inside) > 10 * _MILLIMETRE]))
    shapely.prepare(cover)
    return Limits(inner, outer, cover)


def pieces(lines: shapely.Geometry) -> Shapes:
    """Lines cut where they have many corners, so that only what is near is looked at."""
    parts = shapely.get_parts(shapely.line_merge(lines)) if not shapely.is_empty(lines) else np.array([])
    if not len(parts):
        return np.empty(0, dtype=object)
    at, part = shapely.get_coordinates(parts, return_index=True)
    start = np.searchsorted(part, part)  # of each corner: where its line begins
    piece = (np.arange(len(part)) - start) // _PIECE
    first = np.flatnonzero((np.diff(part, prepend=-1) != 0) | (np.diff(piece, prepend=-1) != 0))
    # A piece ends with the corner with which the next one of its line begins.
    shared = first[(first > 0) & (part[first] == part[first - 1])]
    number = np.repeat(np.arange(len(first)), np.diff(first, append=len(part)))
    which = np.concatenate([number, number[shared] - 1])
    order = np.argsort(which, kind="stable")
    which = which[order]
    several = np.bincount(which)[which] > 1  # a last corner on its own ends the piece before
    renumbered = np.unique(which[several], return_inverse=True)[1]
    found: Shapes = shapely.linestrings(np.concatenate([at, at[shared]])[order][several], indices=renumbered)
    return found


def parted(lines: Shapes, others: Shapes, tolerance: float) -> tuple[Shapes, Shapes]:
    """
    Lines in two parts: within a distance of others, and farther.

    Parameters
    ----------
    lines
        Lines.
    others
        Short lines.
    tolerance
        The distance.

    Returns
    -------
    near, far
        Parts of each line; empty where there is none.
    """
    near = np.full(len(lines), shapely.LineString(), dtype=object)
    far = np.array(lines, dtype=object)
    if not len(lines) or not len(others):
        return near, far
    line, piece = shapely.STRtree(others).query(lines, predicate="dwithin", distance=tolerance)
    if not len(line):
        return near, far
    order = np.argsort(line, kind="stable")
    which, place = np.unique(line[order], return_inverse=True)
    zones = shapely.buffer(
        shapely.multilinestrings(others[piece[order]], indices=place),
        tolerance + _MILLIMETRE / 10,
        quad_segs=_ROUND,
    )
    near[which] = shapely.intersection(lines[which], zones)
    far[which] = shapely.difference(lines[which], zones)
    return near, far


def stretches(
    lines: Shapes, division: Limits, tolerance: float
) -> tuple[Shapes, Indices, npt.NDArray[np.int8]]:
    """
    Stretches of lines by whether a division has a limit there.

    Parameters
    ----------
    lines
        Lines.
    division
        Limits of the division.
    tolerance
        Distance in metres up to which a limit is there.

    Returns
    -------
    stretch
        Lines without branches.
    line
        Of which line each is a stretch.
    state
        Along a limit (1), away from all (0), or where the division ends or is not (-1).
    """
    ends, rest = parted(lines, division.outer, tolerance)
    inside, line = single(rest)
    middle = shapely.line_interpolate_point(inside, 0.5, normalized=True)
    known = shapely.contains(division.cover, middle) if len(middle) else np.zeros(0, dtype=bool)
    along, away = parted(inside[known], division.inner, tolerance)
    found = [
        (*single(ends), UNSEEN),
        (inside[~known], line[~known], UNSEEN),
        *(
            (parts, line[known][of], state)
            for (parts, of), state in ((single(along), ALONG), (single(away), AWAY))
        ),
    ]
    stretch = np.concatenate([parts for parts, _, _ in found])
    state = np.repeat(np.array([s for *_, s in found], dtype=np.int8), [len(parts) for parts, _, _ in found])
    return stretch, np.concatenate([of for _, of, _ in found]), state


def single(lines: Shapes) -> tuple[Shapes, Indices]:
    """Parts that are lines, and of which each is one; overlays also leave points."""
    merged = shapely.line_merge(lines)
    parts, which = shapely.get_parts(merged, return_index=True)
    long = shapely.length(parts) > 0
    return np.asarray(parts[long], dtype=object), which[long]


def share_by_chance(ground: shapely.Geometry, division: Limits, tolerance: float) -> float:
    """
    Share of any line that lies by a limit of a division, if the line has nothing to do with it.

    Parameters
    ----------
    ground
        Land of the study.
    division
        Limits of the division.
    tolerance
        Distance in metres up to which a limit is there.

    Returns
    -------
    share
        Share of the land, without where the division ends, that is so near to a limit; NaN where no land is left.

    Notes
    -----
    The expected length of a line within a set, over its expected length, is the share of the set in the land, if the
    line is placed evenly over the land, whatever its form (Santaló 2004, I.8).
    """
    land = shapely.intersection(ground, division.cover)
    reach = tolerance + _MILLIMETRE / 10
    land = shapely.difference(land, _zone(division.outer, reach))
    whole = float(shapely.area(land))
    if not whole:
        return float("nan")
    return float(shapely.area(shapely.intersection(land, _zone(division.inner, reach)))) / whole


def _zone(lines: Shapes, reach: float) -> shapely.Geometry:
    return shapely.union_all(shapely.buffer(lines, reach, quad_segs=_ROUND))
