"""Land along reached roads: many buffers put together in little time."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from geoterritorio.proximity._cutting import Cutter, Floats, Indices, Lines
from geoterritorio.proximity._dijkstra import spatial_order

# Corners of a quarter of a circle; they lie on it, so that outlines are nowhere farther than the radius.
_CORNERS = 4
# Edges of blocks whose land is put together once, as powers of 2, the largest first.
_BLOCKS = (14, 12, 10, 8, 6, 4)
# Shares of an edge that are rounding.
_NOTHING = 1e-9


class Outlines:
    """
    Land within a radius of parts of edges.

    Parameters
    ----------
    lines
        Edges.
    radius
        Metres.

    Notes
    -----
    Edges that lie together are in blocks. Where all edges of a block are reached, its land is put together once, for
    whatever search comes next. May be called from several threads.
    """

    def __init__(self, lines: Lines, radius: float) -> None:
        self.lines, self.radius = lines, float(radius)
        self.cutter = Cutter(lines)
        middle = shapely.get_coordinates(shapely.line_interpolate_point(lines, 0.5, normalized=True))
        self.order = spatial_order(middle)
        self.rank = np.empty_like(self.order)
        self.rank[self.order] = np.arange(len(self.order))
        self.blocks: dict[tuple[int, int], Any] = {}

    def of(self, edge: Indices, begin: Floats, finish: Floats, *, smaller: Any = None) -> Any:
        """
        Land along parts of edges.

        Parameters
        ----------
        edge, begin, finish
            Parts that do not overlap.
        smaller
            Land of some of these parts, which must not lose the corners it has where a part ended.

        Returns
        -------
        land
            Polygon or multipolygon.
        """
        reached, which = np.unique(edge, return_inverse=True)
        share = np.bincount(which, finish - begin, len(reached))
        full = share > 1 - _NOTHING
        part = ~full[which]
        pieces = [self._buffer(self.cutter.pieces(edge[part], begin[part], finish[part]))]
        left = np.sort(self.rank[reached[full]])
        for level in _BLOCKS:
            block, count = np.unique(left >> level, return_counts=True)
            size = np.minimum((block + 1) << level, len(self.order)) - (block << level)
            whole = block[count == size]
            pieces.append(np.array([self._block(level, int(b)) for b in whole], dtype=object))
            left = left[~np.isin(left >> level, whole)]
        pieces.append(self._buffer(self.lines[self.order[left]]))
        return shapely.union_all(np.concatenate([*pieces, [smaller]]))

    def _buffer(self, lines: Lines) -> Any:
        return shapely.buffer(lines, self.radius, quad_segs=_CORNERS)

    def _block(self, level: int, block: int) -> Any:
        """Land along all edges of a block."""
        key = (level, block)
        if key not in self.blocks:
            if level == _BLOCKS[-1]:
                parts = self._buffer(self.lines[self.order[block << level : (block + 1) << level]])
            else:
                below = _BLOCKS[_BLOCKS.index(level) + 1]
                first = block << (level - below)
                last = min((block + 1) << (level - below), (len(self.order) - 1 >> below) + 1)
                parts = [self._block(below, b) for b in range(first, last)]
            self.blocks[key] = shapely.union_all(parts)
        return self.blocks[key]
