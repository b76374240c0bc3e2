"""What a window hides: how much of a circle around a plant lies in it, and how much of it a shift leaves in itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon

from geoterritorio.patterns._jit import kernel

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

# Pairs times edges held at a time, without numba.
_BLOCK = 2_000_000
_TURN = 2 * np.pi
# Of an angle, in radians.
_ROUNDING = 1e-9


def edges_of(polygon: Polygon | MultiPolygon, origin: tuple[float, float]) -> Floats:
    """
    Edges of a polygon and its holes, with the inside on their left.

    Parameters
    ----------
    polygon
        Polygon or polygons.
    origin
        Point that becomes 0, 0.

    Returns
    -------
    edges
        One row each: x and y of the beginning, x and y of the end.
    """
    rings = []
    for part in shapely.get_parts(polygon):
        for number, ring in enumerate([part.exterior, *part.interiors]):
            points = shapely.get_coordinates(ring) - origin
            points = points if shapely.is_ccw(ring) == (number == 0) else points[::-1]
            rings.append(np.hstack([points[:-1], points[1:]]))
    edges = np.vstack(rings)
    proper: Floats = edges[(edges[:, :2] != edges[:, 2:]).any(axis=1)]
    return proper


def inner_share(edges: Floats, centres: Floats, start: Codes, others: Floats, away: Floats) -> Floats:
    """
    Share of the circle around one plant, through another, that lies in the window.

    Parameters
    ----------
    edges
        Edges of the window (`edges_of`).
    centres
        Coordinates of the plants looked from.
    start
        Where the pairs of each of them begin; one more than these plants.
    others
        Coordinates of the other plant of each pair; it is in the window.
    away
        Distance of each pair.

    Returns
    -------
    share
        Of each pair, from 0 to 1.
    """
    result: Floats = _share(edges, centres, start, others, away)
    return result


def shifted_overlap(edges: Floats, shift: Floats) -> Floats:
    """
    Area that a window has in common with itself when it is shifted.

    Parameters
    ----------
    edges
        Edges of the window (`edges_of`).
    shift
        One row per shift: eastwards and northwards.

    Returns
    -------
    area
        One for each shift.
    """
    result: Floats = _overlap(*_spans(edges), shift)
    return result


def _spans(edges: Floats) -> tuple[Floats, Floats]:
    """Edges from west to east (beginning, height there, end, slope), and whether what is below adds to the area."""
    # What is below an edge that leads west is inside, unless it is below one that leads east too; nothing is below
    # upright edges.
    sloping = edges[edges[:, 0] != edges[:, 2]]
    west = sloping[:, 0] > sloping[:, 2]
    x, y, end, height = np.where(west[:, None], sloping[:, [2, 3, 0, 1]], sloping).T
    order = np.argsort(x)
    spans = np.column_stack([x, y, end, (height - y) / (end - x)])
    return spans[order], np.where(west, 1.0, -1.0)[order]


def _share_loop(edges: Floats, centres: Floats, start: Codes, others: Floats, away: Floats) -> Any:
    share, seen = np.ones(away.size), np.empty(edges.shape)
    for i in range(start.size - 1):
        x, y, most, number = centres[i, 0], centres[i, 1], 0.0, 0
        for k in range(start[i], start[i + 1]):
            most = max(most, away[k])
        # Edges that some circle around this plant can meet.
        for e in range(edges.shape[0]):
            ax, ay, ex, ey = (
                edges[e, 0] - x,
                edges[e, 1] - y,
                edges[e, 2] - edges[e, 0],
                edges[e, 3] - edges[e, 1],
            )
            foot = min(max(-(ax * ex + ay * ey) / (ex * ex + ey * ey), 0.0), 1.0)
            if (ax + foot * ex) ** 2 + (ay + foot * ey) ** 2 < most * most:
                seen[number, 0], seen[number, 1], seen[number, 2], seen[number, 3] = ax, ay, ex, ey
                number += 1
        for k in range(start[i], start[i + 1]):
            # The angle inside, beginning at the other plant. The inside is on the left of an edge: where the edge
            # enters the circle, the circle leaves the window.
            turn, ux, uy, squared = _TURN, others[k, 0] - x, others[k, 1] - y, away[k] * away[k]
            for e in range(number):
                ax, ay, ex, ey = seen[e, 0], seen[e, 1], seen[e, 2], seen[e, 3]
                length = ex * ex + ey * ey
                foot = -(ax * ex + ay * ey) / length
                depth = squared - (ax + foot * ex) ** 2 - (ay + foot * ey) ** 2
                half = np.sqrt(max(depth, 0.0) / length)
                a, b = ax * ax + ay * ay >= squared, (ax + ex) ** 2 + (ay + ey) ** 2 >= squared
                passes = 0 < foot < 1 and depth > 0
                for beyond, other, side in ((a, b, -1.0), (b, a, 1.0)):
                    if beyond and (passes or not other):
                        at = min(max(foot + side * half, 0.0), 1.0)
                        px, py = ax + at * ex, ay + at * ey
                        angle = np.arctan2(ux * py - uy * px, ux * px + uy * py)
                        turn -= side * (angle + _TURN if angle < 0 else angle)
            # The other plant may be on the edge itself.
            turn = turn - _TURN if turn > _TURN + _ROUNDING else turn
            share[k] = min(max(turn / _TURN, 0.0), 1.0)
    return share


def _share_blocks(edges: Floats, centres: Floats, start: Codes, others: Floats, away: Floats) -> Any:
    centre = np.repeat(centres, np.diff(start), axis=0)
    step = max(1, _BLOCK // len(edges))
    parts = [
        _turns(edges, centre[k : k + step], others[k : k + step], away[k : k + step])
        for k in range(0, len(away), step)
    ]
    return np.clip(np.concatenate([np.zeros(0), *parts]) / _TURN, 0, 1)


def _turns(edges: Floats, centre: Floats, others: Floats, away: Floats) -> Floats:
    """Angles of the circles that are inside, pairs against edges."""
    a, b = edges[:, :2] - centre[:, None], edges[:, 2:] - centre[:, None]
    along, squared = b - a, (away**2)[:, None]
    length = (along**2).sum(axis=2)
    foot = -(a * along).sum(axis=2) / length
    beyond_a, beyond_b = (a**2).sum(axis=2) >= squared, (b**2).sum(axis=2) >= squared
    depth = squared - ((a + foot[..., None] * along) ** 2).sum(axis=2)
    passes = (foot > 0) & (foot < 1) & (depth > 0)
    half, unit = np.sqrt(np.maximum(depth, 0) / length), others - centre

    def angle(at: Floats, crossed: npt.NDArray[np.bool_]) -> Floats:
        p = a + np.clip(at, 0, 1)[..., None] * along
        found = np.arctan2(
            unit[:, :1] * p[..., 1] - unit[:, 1:] * p[..., 0],
            unit[:, :1] * p[..., 0] + unit[:, 1:] * p[..., 1],
        )
        total: Floats = (np.where(found < 0, found + _TURN, found) * crossed).sum(axis=1)
        return total

    turn = _TURN + angle(foot - half, beyond_a & (~beyond_b | passes))
    turn = turn - angle(foot + half, beyond_b & (~beyond_a | passes))
    return np.where(turn > _TURN + _ROUNDING, turn - _TURN, turn)


def _overlap_loop(spans: Floats, sign: Floats, shift: Floats) -> Any:
    area, n = np.zeros(shift.shape[0]), sign.size
    widest = (spans[:, 2] - spans[:, 0]).max()
    for k in range(shift.shape[0]):
        east, north, first = shift[k, 0], shift[k, 1], 0
        for e in range(n):
            # Edges come from west to east: those before the first end west of this one and all that follow.
            while first < n and spans[first, 0] + east + widest <= spans[e, 0]:
                first += 1
            f = first
            while f < n and spans[f, 0] + east < spans[e, 2]:
                low = max(spans[e, 0], spans[f, 0] + east)
                high = min(spans[e, 2], spans[f, 2] + east)
                one = spans[e, 1] + spans[e, 3] * (low - spans[e, 0])
                one_end = spans[e, 1] + spans[e, 3] * (high - spans[e, 0])
                two = spans[f, 1] + spans[f, 3] * (low - spans[f, 0] - east) + north
                two_end = spans[f, 1] + spans[f, 3] * (high - spans[f, 0] - east) + north
                lead, lead_end = one - two, one_end - two_end
                # Twice the mean height of what is below both.
                height = (
                    min(one, two) + min(one_end, two_end)
                    if lead * lead_end >= 0
                    else one + one_end - max(lead, lead_end) ** 2 / abs(lead - lead_end)
                )
                area[k] += sign[e] * sign[f] * max(high - low, 0.0) * height / 2
                f += 1
    return area


def _overlap_blocks(spans: Floats, sign: Floats, shift: Floats) -> Any:
    step = max(1, _BLOCK // len(sign) ** 2)
    parts = [_overlaps(spans, sign, shift[k : k + step]) for k in range(0, len(shift), step)]
    return np.concatenate([np.zeros(0), *parts])


def _overlaps(spans: Floats, sign: Floats, shift: Floats) -> Floats:
    """Areas in common, shifts against edges against shifted edges."""
    x, y, end, slope = spans.T
    east, north = shift[:, 0, None, None], shift[:, 1, None, None]
    low, high = np.maximum(x[:, None], x + east), np.minimum(end[:, None], end + east)
    width = np.maximum(high - low, 0)
    one, one_end = (y[:, None] + slope[:, None] * (at - x[:, None]) for at in (low, high))
    two, two_end = (y + slope * (at - x - east) + north for at in (low, high))
    lead, lead_end = one - two, one_end - two_end
    higher, apart = np.maximum(lead, lead_end), np.abs(lead - lead_end)
    plain = np.minimum(one, two) + np.minimum(one_end, two_end)
    crossing = one + one_end - higher**2 / np.where(apart > 0, apart, 1)
    below = width * np.where(lead * lead_end >= 0, plain, crossing) / 2
    total: Floats = (below * sign[:, None] * sign).sum(axis=(1, 2))
    return total


_share = kernel(_share_loop, _share_blocks)
_overlap = kernel(_overlap_loop, _overlap_blocks)


def kernels_of(correction: str) -> list[Callable[..., Any]]:
    """Kernels of a correction for edges."""
    return {"isotropic": [_share], "translation": [_overlap]}.get(correction, [])
