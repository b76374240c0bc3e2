"""Edges drawn one on another, as the two directions of a road: a place on one is on all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoterritorio.proximity._cutting import Floats, Indices, Lines

# Lines, and points on them, no farther apart than this are at one place, in metres.
SAME = 1e-6


@dataclass(frozen=True)
class Twins:
    """
    Edges between the same nodes along the same line.

    Parameters
    ----------
    first
        Of each edge, the first that lies where it does; itself where there is no other.
    turned
        Whether it runs against that.
    """

    first: Indices
    turned: npt.NDArray[np.bool_]

    def on_first(self, edge: Indices, at: Floats) -> tuple[Indices, Floats]:
        """Places on edges as places on the first of their twins."""
        return self.first[edge], np.where(self.turned[edge], 1 - at, at)

    def on_all(self, edge: Indices, at: Floats) -> tuple[Indices, Floats, Indices]:
        """Places on first edges as places on all that lie there, and the number of each place."""
        order = np.argsort(self.first, kind="stable")
        begin, end = (np.searchsorted(self.first[order], edge, side=side) for side in ("left", "right"))
        size = end - begin
        number = np.repeat(np.arange(len(edge)), size)
        mine = order[np.arange(size.sum()) + np.repeat(begin - (np.cumsum(size) - size), size)]
        return mine, np.where(self.turned[mine], 1 - at[number], at[number]), number


def twins(start: Indices, end: Indices, lines: Lines) -> Twins:
    """
    Edges that lie one on another.

    Parameters
    ----------
    start, end
        Nodes of each edge.
    lines
        Its line, in metres.

    Returns
    -------
    twins
        Which lie together. Those between other nodes do not, however near: a place on both would join them where no
        road does, as a bridge to what is below.
    """
    number = np.arange(len(start))
    first, turned = number.copy(), np.zeros(len(start), dtype=bool)
    ends = pd.DataFrame({"a": np.minimum(start, end), "b": np.maximum(start, end), "edge": number})
    ends = ends[ends.duplicated(["a", "b"], keep=False)]
    pairs = ends.merge(ends, on=["a", "b"], suffixes=("", "_other"))
    one, two = pairs["edge"].to_numpy(np.int64), pairs["edge_other"].to_numpy(np.int64)
    one, two = one[one < two], two[one < two]
    alike = np.abs(shapely.length(lines[one]) - shapely.length(lines[two])) <= SAME
    one, two = one[alike], two[alike]
    alike = shapely.hausdorff_distance(lines[one], lines[two]) <= SAME
    np.minimum.at(first, two[alike], one[alike])
    first = first[first]
    other = np.flatnonzero(first != number)
    turned[other] = start[other] != start[first[other]]
    rings = other[start[other] == end[other]]
    # Of rings the nodes do not tell the direction, but a point a quarter of the way does.
    spot = shapely.line_interpolate_point(lines[first[rings]], 0.25, normalized=True)
    ahead, back = (shapely.line_interpolate_point(lines[rings], k, normalized=True) for k in (0.25, 0.75))
    turned[rings] = shapely.distance(spot, back) < shapely.distance(spot, ahead)
    return Twins(first, turned)
