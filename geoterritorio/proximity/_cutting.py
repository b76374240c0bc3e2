"""Many lines cut at many places at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Lines = npt.NDArray[Any]


class Cutter:
    """
    Lines to be cut.

    Parameters
    ----------
    lines
        LineStrings, all longer than 0.
    """

    def __init__(self, lines: Lines) -> None:
        self.xy, owner = shapely.get_coordinates(lines, return_index=True)
        self.first = np.searchsorted(owner, np.arange(len(lines) + 1))
        step = np.hypot(*np.diff(self.xy, axis=0, prepend=self.xy[:1]).T)
        step[self.first[:-1]] = 0
        # In parts of the own line: beside the sum of all metres, a very short line would have no length.
        length = np.add.reduceat(step, self.first[:-1]) if len(lines) else np.zeros(0)
        step /= length[owner]
        along = np.cumsum(step)
        # Place of each vertex on its line, from 0 to 1.
        along -= along[self.first[:-1]][owner]
        self.share = along / along[self.first[1:] - 1][owner]
        # One ascending row of numbers, line after line, in which all cuts are looked up at once.
        self.place = owner + np.clip(self.share, 0, 1) / 2

    def points(self, line: Indices, at: Floats) -> Floats:
        """
        Points on lines.

        Parameters
        ----------
        line
            Line of each point.
        at
            Its place there, from 0 (start) to 1 (end).

        Returns
        -------
        xy
            Coordinates, points by 2.
        """
        after = np.searchsorted(self.place, line + at / 2, side="right")
        after = np.clip(after, self.first[line] + 1, self.first[line + 1] - 1)
        before = after - 1
        span = self.share[after] - self.share[before]
        part = np.where(span > 0, (at - self.share[before]) / np.where(span > 0, span, 1), 0.0)
        # The ends themselves, to the last bit, where the part is 0 or 1.
        return np.asarray(
            (1 - part)[:, None] * self.xy[before] + part[:, None] * self.xy[after], dtype=np.float64
        )

    def pieces(self, line: Indices, start: Floats, end: Floats) -> Lines:
        """
        Parts of lines.

        Parameters
        ----------
        line
            Line of each part; one line may have any number of parts.
        start, end
            Where the part begins and ends there, from 0 to 1, start < end.

        Returns
        -------
        pieces
            LineStrings in the direction of their line.
        """
        if not len(line):
            return np.empty(0, dtype=object)
        low = np.searchsorted(self.place, line + start / 2, side="right")
        high = np.searchsorted(self.place, line + end / 2, side="left")
        inner = np.maximum(high - low, 0)
        offset = np.concatenate([[0], np.cumsum(inner + 2)])
        xy = np.empty((offset[-1], 2))
        xy[offset[:-1]] = self.points(line, start)
        xy[offset[1:] - 1] = self.points(line, end)
        counted = np.arange(inner.sum()) - np.repeat(np.cumsum(inner) - inner, inner)
        xy[np.repeat(offset[:-1] + 1, inner) + counted] = self.xy[np.repeat(low, inner) + counted]
        return np.asarray(shapely.linestrings(xy, indices=np.repeat(np.arange(len(line)), inner + 2)))
