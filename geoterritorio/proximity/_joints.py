"""Where lines meet: taken apart, cut where others touch or cross them, their ends joined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geoterritorio.errors import LayerError, message
from geoterritorio.proximity._cutting import Cutter, Floats, Indices, Lines

Junctions = Literal["ends", "touches", "crossings"]
# What was looked for, how many were found, their metres, and what was done.
Finding = tuple[str, int, float, str]
# Ends on lines, and crossings on both, are seldom there to the last bit: metres that are none.
_ROUNDED = 1e-6


@dataclass(frozen=True)
class Stretches:
    """
    Simple lines longer than 0.

    Parameters
    ----------
    lines
        LineStrings without heights.
    row
        Place of each in the layer.
    share
        Its share of the length of its row.
    findings
        What was taken apart or left out.
    """

    lines: Lines
    row: Indices
    share: Floats
    findings: list[Finding]

    def taken(self, which: npt.NDArray[np.bool_]) -> Stretches:
        """Some of the stretches."""
        return replace(self, lines=self.lines[which], row=self.row[which], share=self.share[which])


@dataclass(frozen=True)
class Joints:
    """
    Lines between nodes.

    Parameters
    ----------
    xy
        Coordinates of the nodes.
    start, end
        Nodes of each line.
    lines
        LineStrings from node to node.
    part
        Stretch of which it is a piece.
    row
        Place of that in the layer.
    share
        Its share of the stretch.
    findings
        What was found and done, from the beginning on.
    """

    xy: Floats
    start: Indices
    end: Indices
    lines: Lines
    part: Indices
    row: Indices
    share: Floats
    findings: list[Finding]


def stretches(roads: gpd.GeoDataFrame) -> Stretches:
    """
    Simple lines of a layer.

    Parameters
    ----------
    roads
        Lines, in any number of parts.

    Returns
    -------
    stretches
        Without heights, missing lines and lines without length.

    Raises
    ------
    LayerError
        If coordinates are missing, or no line is left.
    """
    given = roads.geometry.to_numpy()
    absent = shapely.is_missing(given) | shapely.is_empty(given)
    high = shapely.has_z(given) & ~absent
    parts, row = shapely.get_parts(shapely.force_2d(given[~absent]), return_index=True)
    row = np.flatnonzero(~absent)[row]
    _refuse_gaps(parts)
    length = shapely.length(parts)
    whole = np.bincount(row, length, len(given))
    kept = length > 0
    if not kept.any():
        raise LayerError(
            message("roads: no line is longer than 0. Choose the layer with the lines of the roads.")
        )
    several = np.bincount(row, minlength=len(given)) > 1
    findings = [
        ("no_line", int(absent.sum()), 0.0, "left_out"),
        ("heights", int(high.sum()), float(whole[high].sum()), "unused"),
        ("multipart", int(several.sum()), float(whole[several].sum()), "taken_apart"),
        ("zero_length", int((~kept).sum()), 0.0, "left_out"),
    ]
    return Stretches(parts[kept], row[kept], length[kept] / whole[row[kept]], findings)


def _refuse_gaps(parts: Lines) -> None:
    xy, owner = shapely.get_coordinates(parts, return_index=True)
    bad = np.unique(owner[~np.isfinite(xy).all(axis=1)])
    if len(bad):
        raise LayerError(
            message(
                "roads: {count} lines have coordinates that are missing or infinite. Mend or remove these lines.",
                count=len(bad),
            )
        )


def joints(given: Stretches, *, tolerance: float, junctions: Junctions) -> Joints:
    """
    Lines cut where they meet, and their ends joined.

    Parameters
    ----------
    given
        Lines.
    tolerance
        Ends so near to each other, or to another line, are joined.
    junctions
        Where lines are cut.

    Returns
    -------
    joints
        Nodes and what lies between.
    """
    touching = _touching(given.lines, tolerance)
    crossing = _crossing(given.lines, tolerance)
    wanted = {"ends": [], "touches": [touching], "crossings": [touching, crossing]}[junctions]
    lines, part, share = _cut(given, pd.concat(wanted) if wanted else touching[:0])
    xy, start, end, moved = _nodes(lines, given.lines, tolerance)
    length = shapely.length(lines)
    lines = _moved(lines, xy, start, end)
    # Ends may be farther apart than the tolerance and joined by way of others: nothing is left of a line between them.
    gone = (start == end) & ((length <= tolerance) | (shapely.length(lines) == 0))
    said = "cut" if junctions != "ends" else "not_cut"
    findings = [
        *given.findings,
        ("touching_ends", len(touching), 0.0, said),
        ("crossings", len(crossing) // 2, 0.0, "cut" if junctions == "crossings" else "not_cut"),
        ("joined_ends", moved, 0.0, "joined"),
        ("shorter_than_tolerance", int(gone.sum()), float(length[gone].sum()), "left_out"),
    ]
    kept = ~gone
    return Joints(
        xy, start[kept], end[kept], lines[kept], part[kept], given.row[part[kept]], share[kept], findings
    )


def _places(lines: Lines, line: Indices, points: Any, tolerance: float) -> pd.DataFrame:
    """Where points lie on lines, as shares of their length, but those at the ends."""
    along, length = shapely.line_locate_point(lines[line], points), shapely.length(lines[line])
    # Nearer to an end than this the joining of ends is enough.
    near = np.maximum(tolerance, 1e-9 * length)
    inside = (along > near) & (along < length - near)
    return pd.DataFrame({"line": line[inside], "at": along[inside] / length[inside]})


def _touching(lines: Lines, tolerance: float) -> pd.DataFrame:
    """Where lines have the end of another on them."""
    ends = shapely.points(np.unique(_ends(lines), axis=0))
    tree = shapely.STRtree(lines)
    point, line = tree.query(ends, predicate="dwithin", distance=max(tolerance, _ROUNDED))
    return _places(lines, line.astype(np.int64), ends[point], tolerance)


def _crossing(lines: Lines, tolerance: float) -> pd.DataFrame:
    """Where lines cross, on both."""
    first, second = shapely.STRtree(lines).query(lines, predicate="crosses")
    once = first < second
    first, second = first[once].astype(np.int64), second[once].astype(np.int64)
    shared, pair = shapely.get_parts(shapely.intersection(lines[first], lines[second]), return_index=True)
    point = shapely.get_type_id(shared) == shapely.GeometryType.POINT
    shared, pair = shared[point], pair[point]
    found = [_places(lines, side[pair], shared, tolerance) for side in (first, second)]
    return pd.concat(found)


def _cut(given: Stretches, places: pd.DataFrame) -> tuple[Lines, Indices, Floats]:
    """Lines cut at places: pieces, the line of each and its share of that."""
    number = np.arange(len(given.lines))
    if places.empty:
        return given.lines, number, np.ones(len(number))
    whole = np.concatenate([number, places["line"].to_numpy(np.int64)])
    begin = np.concatenate([np.zeros(len(number)), places["at"].to_numpy(np.float64)])
    order = np.lexsort((begin, whole))
    whole, begin = whole[order], begin[order]
    last = np.diff(whole, append=-1) != 0
    finish = np.where(last, 1.0, np.append(begin[1:], 1.0))
    real = finish > begin
    whole, begin, finish = whole[real], begin[real], finish[real]
    lines = given.lines[whole].copy()
    part = (begin > 0) | (finish < 1)
    lines[part] = Cutter(given.lines).pieces(whole[part], begin[part], finish[part])
    return lines, whole, finish - begin


def _nodes(lines: Lines, drawn: Lines, tolerance: float) -> tuple[Floats, Indices, Indices, int]:
    """Nodes, those of each line, and the number of different ends, as drawn, that were joined to another."""
    ends = _ends(lines)
    places, which = np.unique(ends, axis=0, return_inverse=True)
    which = which.ravel()
    pairs = cKDTree(places).query_pairs(max(tolerance, _ROUNDED), output_type="ndarray")
    links = sparse.coo_array((np.ones(len(pairs)), tuple(pairs.T)), shape=(len(places), len(places)))
    _, label = connected_components(links, directed=False)
    _, first = np.unique(label, return_index=True)
    node = label[which].astype(np.int64)
    old = pd.MultiIndex.from_arrays(places.T).isin(pd.MultiIndex.from_arrays(_ends(drawn).T))
    joined = int(old.sum()) - len(np.unique(label[old]))
    return places[first], node[: len(lines)], node[len(lines) :], joined


def _ends(lines: Lines) -> Floats:
    """Coordinates of the first points, then of the last."""
    return np.asarray(
        shapely.get_coordinates(np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)]))
    )


def _moved(lines: Lines, xy: Floats, start: Indices, end: Indices) -> Lines:
    """Lines whose ends are where their nodes are."""
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines) + 1))
    head, tail = first[:-1], first[1:] - 1
    moved = (coordinates[head] != xy[start]).any(axis=1) | (coordinates[tail] != xy[end]).any(axis=1)
    if not moved.any():
        return lines
    coordinates[head], coordinates[tail] = xy[start], xy[end]
    return np.asarray(shapely.linestrings(coordinates, indices=owner))
