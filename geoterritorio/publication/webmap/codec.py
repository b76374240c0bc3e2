"""How do borders and tables travel inside the page, small and exact to the stated grain?

Numbers become integers on a stated grid (coordinates additionally differences along the
line), are split into byte planes, compressed and written as base64: a form that holds no
character with a meaning in HTML. `assets/codec.js` is the reading half.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

Array = np.ndarray[Any, Any]
MISSING, INFINITE, FIRST = 0, 1, 2
_LARGEST = 2**30
_FINE, _COARSE = 100_000, 10_000
_WIDE = 3.0
GRID = 2**24
_GAPS = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


@dataclass(frozen=True)
class Outlines:
    """
    Borders on an integer grid, whole rings in a row.

    Parameters
    ----------
    scale
        Grid steps per degree.
    x, y
        Longitude and latitude of the vertices in grid steps; a ring is not closed.
    sizes
        Vertices per ring.
    rings
        Rings per territory.
    bounds
        West, south, east, north of each territory, degrees.
    """

    scale: int
    x: Array
    y: Array
    sizes: Array
    rings: Array
    bounds: Array


def meridian(longitudes: Array) -> float:
    """
    Circular mean of longitudes: the middle a layer is drawn around.

    Parameters
    ----------
    longitudes
        Longitudes, degrees.

    Returns
    -------
    meridian
        Degrees in (-180, 180]; 0 for none.
    """
    angle = np.deg2rad(longitudes[np.isfinite(longitudes)])
    return float(np.rad2deg(np.arctan2(np.sin(angle).sum(), np.cos(angle).sum()))) if angle.size else 0.0


def around(longitudes: Array, centre: float | Array) -> Array:
    """
    Longitudes moved by whole turns to within half a turn of `centre`.

    Parameters
    ----------
    longitudes
        Longitudes, degrees.
    centre
        Longitude to stay near, degrees.

    Returns
    -------
    moved
        Degrees.
    """
    return longitudes + 360.0 * np.round((centre - longitudes) / 360.0)


def grid_scale(west: float, south: float, east: float, north: float) -> int:
    """Grid steps per degree: about 1 m for a small extent, 11 m for one over 3 degrees."""
    return _COARSE if max(east - west, north - south) > _WIDE else _FINE


def outlines(polygons: Array, centre: float) -> Outlines:
    """
    Polygons as rings on an integer grid.

    Parameters
    ----------
    polygons
        Polygons and multipolygons in longitude and latitude; none empty.
    centre
        Meridian the layer is drawn around; whole territories move to it, so that one cut or
        crossed by the antimeridian stays in one piece.

    Returns
    -------
    outlines
        Rings without repeated vertices. Rings under three grid points are left out, but never
        the largest ring of a territory.

    Notes
    -----
    Holes need no mark: filled by the even-odd rule, rings give parts and holes alike.
    """
    parts, owner = shapely.get_parts(polygons, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    owner = owner[part]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if len(xy) == 0:
        none = np.zeros(0, np.int64)
        return Outlines(_COARSE, none, none, none, none, np.zeros((0, 4)))
    open_end = np.diff(ring, append=-1) == 0
    xy, ring = xy[open_end], ring[open_end]
    start = np.flatnonzero(np.diff(ring, prepend=-1))
    x = _unwrapped(xy[:, 0], ring, start)
    y = xy[:, 1]
    largest = _largest(x, y, ring, owner, start)
    middle = (np.minimum.reduceat(x, start) + np.maximum.reduceat(x, start)) / 2
    home = around(middle[largest], centre)
    x = x + (around(middle, home[owner]) - middle)[ring]
    low, high = ((f.reduceat(x, start), f.reduceat(y, start)) for f in (np.minimum, np.maximum))
    bounds = _by_owner(low, high, owner)
    scale = grid_scale(*bounds[:, :2].min(0), *bounds[:, 2:].max(0))
    keep = np.zeros(len(start), bool)
    keep[largest] = True
    return _quantised((x, y, ring, owner), keep, bounds, scale)


def _by_owner(low: tuple[Array, Array], high: tuple[Array, Array], owner: Array) -> Array:
    start = np.flatnonzero(np.diff(owner, prepend=-1))
    sides = [np.minimum.reduceat(v, start) for v in low] + [np.maximum.reduceat(v, start) for v in high]
    return np.stack(sides, axis=1)


def _unwrapped(x: Array, ring: Array, start: Array) -> Array:
    # a step of more than half a turn is a step over the antimeridian
    step = np.diff(x, prepend=x[:1])
    step[start] = 0.0
    turns = np.cumsum(-360.0 * np.round(step / 360.0))
    return x + turns - turns[start][ring]


def _largest(x: Array, y: Array, ring: Array, owner: Array, start: Array) -> Array:
    following = _following(start, len(x))
    area = np.abs(np.bincount(ring, x * y[following] - x[following] * y))
    order = np.lexsort((-area, owner))
    return order[np.flatnonzero(np.diff(owner[order], prepend=-1))]


def _following(start: Array, count: int) -> Array:
    following = np.arange(1, count + 1)
    following[np.append(start[1:], count) - 1] = start
    return following


def _quantised(vertices: tuple[Array, ...], keep: Array, bounds: Array, scale: int) -> Outlines:
    x, y, ring, owner = vertices
    qx, qy = (np.round(v * scale).astype(np.int64) for v in (x, y))
    start = np.flatnonzero(np.diff(ring, prepend=-1))
    # around the ring, the last of a run of equal points stands for all of them
    following = _following(start, len(ring))
    new = (qx != qx[following]) | (qy != qy[following])
    new[start[~np.logical_or.reduceat(new, start)]] = True
    sizes = np.bincount(ring, new, minlength=len(start)).astype(np.int64)
    kept = keep | (sizes >= 3)  # noqa: PLR2004 - a ring encloses something from three points on
    new &= kept[ring]
    return Outlines(
        scale, qx[new], qy[new], sizes[kept], np.bincount(owner[kept], minlength=len(bounds)), bounds
    )


@dataclass(frozen=True)
class Column:
    """
    Numbers on a grid.

    Parameters
    ----------
    values
        Numbers; NaN is missing, positive infinity stays.
    scale
        Grid steps per unit.
    delta
        Whether differences along the array are stored.
    """

    values: Array
    scale: float = 1
    delta: bool = False


def mercator(longitudes: Array, latitudes: Array) -> tuple[Array, Array]:
    """
    Places on the square grid of web maps, 2²⁴ steps wide: a step is a pixel of zoom 16.

    Parameters
    ----------
    longitudes, latitudes
        Degrees; latitudes beyond the square (85.05 degrees) come to its edge.

    Returns
    -------
    x, y
        Whole numbers from the antimeridian eastwards and from the northern edge southwards.
    """
    x = np.floor((longitudes + 180.0) / 360.0 * GRID).astype(np.int64) % GRID
    sine = np.sin(np.deg2rad(np.clip(latitudes, -89.0, 89.0)))
    y = np.floor((0.5 - np.arctanh(sine) / (2 * np.pi)) * GRID)
    return x, np.clip(y, 0, GRID - 1).astype(np.int64)


def degrees(x: Array, y: Array) -> tuple[Array, Array]:
    """Longitudes and latitudes of the middles of grid steps, the reverse of `mercator`."""
    return (x + 0.5) / GRID * 360.0 - 180.0, np.rad2deg(np.arctan(np.sinh(np.pi * (1 - (2 * y + 1) / GRID))))


def morton(x: Array, y: Array) -> Array:
    """
    Numbers whose order keeps every tile of every zoom together: bits of `x` and `y` by turns.

    Parameters
    ----------
    x, y
        Whole numbers below 2²⁴.

    Returns
    -------
    code
        Whole numbers below 2⁴⁸.

    References
    ----------
    Morton, G. M. (1966). A computer oriented geodetic data base and a new technique in file sequencing. IBM, Ottawa.

    Examples
    --------
    >>> morton(np.array([0, 1, 0, 1, 2]), np.array([0, 0, 1, 1, 0])).tolist()
    [0, 1, 2, 3, 4]
    """
    code: Array = _spread(x) | (_spread(y) << 1)
    return code


def _spread(values: Array) -> Array:
    """Bits with a gap after each."""
    spread: Array = np.asarray(values, dtype=np.int64)
    for step, kept in _GAPS:
        spread = (spread | (spread << step)) & kept
    return spread


def pack(columns: Mapping[str, Column], texts: Mapping[str, Any], *, repeats: bool = True) -> str:
    """
    Columns and texts as one compressed base64 block.

    Parameters
    ----------
    columns
        Numeric columns by name.
    texts
        JSON-ready values by name.
    repeats
        Whether sequences of bytes are likely to come again; looking for them takes long where they do not.

    Returns
    -------
    block
        Base64 text (letters, digits, plus, slash, equals sign).

    Notes
    -----
    Layout before compression: length of the header (4 bytes, little-endian), header (JSON:
    `texts` and `columns` as name, length, scale, delta, bytes per value), then per column its
    byte planes, lowest byte first. A code is 0 for missing, 1 for infinite, else
    2 + zigzag(round(value x scale)).
    """
    header: list[list[Any]] = []
    planes: list[bytes] = []
    for name, column in columns.items():
        codes = _codes(column)
        width = 1
        while codes.size and int(codes.max()) >> (8 * width):
            width += 1
        header.append([name, len(codes), column.scale, int(column.delta), width])
        raw = codes.astype("<u4").view(np.uint8).reshape(-1, 4)
        planes.append(np.ascontiguousarray(raw[:, :width].T).tobytes())
    # half a letter in a name could not be written to a file
    head = json.dumps({"texts": texts, "columns": header}, ensure_ascii=False).encode("utf-8", "replace")
    body = len(head).to_bytes(4, "little") + head + b"".join(planes)
    return base64.b64encode(gzip.compress(body, 9, mtime=0) if repeats else _squeezed(body)).decode("ascii")


def _squeezed(body: bytes) -> bytes:
    """The same format from frequencies and runs alone: of a million places a tenth smaller, in a tenth of the time."""
    with_gzip_header = 31
    packer = zlib.compressobj(9, zlib.DEFLATED, with_gzip_header, 9, zlib.Z_RLE)
    return packer.compress(body) + packer.flush()


def _codes(column: Column) -> Array:
    values = np.asarray(column.values, dtype=np.float64)
    known = np.isfinite(values)
    steps = np.zeros(len(values), np.int64)
    # beyond the grid's reach a number stops at its end; no employment figure comes near
    steps[known] = np.clip(np.round(values[known] * column.scale), -_LARGEST, _LARGEST).astype(np.int64)
    if column.delta:
        steps = np.diff(steps, prepend=0)
    codes = np.where(steps < 0, -2 * steps - 1, 2 * steps) + FIRST
    codes[np.isposinf(values)] = INFINITE
    codes[~known & ~np.isposinf(values)] = MISSING
    return codes


def unpack(block: str) -> tuple[dict[str, Array], dict[str, Any]]:
    """
    Columns and texts of a block: what the page reads, for checks and for other programs.

    Parameters
    ----------
    block
        What `pack` returned.

    Returns
    -------
    columns
        Numeric columns by name, on their grid.
    texts
        JSON values by name.
    """
    body = gzip.decompress(base64.b64decode(block))
    end = 4 + int.from_bytes(body[:4], "little")
    head = json.loads(body[4:end])
    columns: dict[str, Array] = {}
    for name, length, scale, delta, width in head["columns"]:
        planes = np.frombuffer(body, np.uint8, width * length, end).reshape(width, length)
        end += width * length
        codes = sum((planes[k].astype(np.int64) << (8 * k) for k in range(width)), np.zeros(length, np.int64))
        steps = codes - FIRST
        values = np.where(steps & 1, -(steps + 1) // 2, steps // 2).astype(np.float64)
        values = (np.cumsum(values) if delta else values) / scale
        values[codes == MISSING] = np.nan
        values[codes == INFINITE] = np.inf
        columns[name] = values
    return columns, head["texts"]


def outline_columns(lines: Outlines) -> dict[str, Column]:
    """Columns that carry `lines` in a block."""
    return {
        "x": Column(lines.x / lines.scale, lines.scale, delta=True),
        "y": Column(lines.y / lines.scale, lines.scale, delta=True),
        "sizes": Column(lines.sizes),
        "rings": Column(lines.rings),
    }


def bulk(bounds: Array, weights: Sequence[float] | Array) -> tuple[float, float, float, float]:
    """
    Extent of the bulk of a layer, so that far-off islands do not shrink the rest.

    Parameters
    ----------
    bounds
        West, south, east, north of each territory, degrees.
    weights
        What each territory counts for, such as its employment.

    Returns
    -------
    extent
        West, south, east, north, degrees.

    Notes
    -----
    From the box around all, the territory that touches a side and whose loss gives back most
    area per weight is taken off, until the next would bring what is taken off over 2 % of the
    weight. The smaller box is used only where it has less than six tenths of the area.
    """
    if len(bounds) == 0:
        return -180.0, -60.0, 180.0, 75.0
    weight = np.nan_to_num(np.asarray(weights, dtype=float))
    weight = weight if weight.sum() > 0 else np.ones(len(bounds))
    left = np.ones(len(bounds), bool)
    spare = 0.02 * weight.sum()
    for _ in range(64):
        best = _costliest(bounds, left, weight)
        if best is None or weight[best] > spare:
            break
        left[best] = False
        spare -= weight[best]
    whole, part = (_box(bounds[m]) for m in (np.ones(len(bounds), bool), left))
    west, south, east, north = part if _area(part) < 0.6 * _area(whole) else whole
    return float(west), float(south), float(east), float(north)


def _box(bounds: Array) -> Array:
    return np.concatenate([bounds[:, :2].min(0), bounds[:, 2:].max(0)])


def _area(box: Array) -> float:
    latitude = np.deg2rad(np.clip(box[[1, 3]], -85.0, 85.0))
    height = np.diff(np.arctanh(np.sin(latitude)))[0]
    return float(max(box[2] - box[0], 1e-6) * max(height, 1e-6))


def _costliest(bounds: Array, left: Array, weight: Array) -> int | None:
    at = np.flatnonzero(left)
    if len(at) < 2:  # noqa: PLR2004 - one territory is its own bulk
        return None
    signed = bounds[at] * [1, 1, -1, -1]
    touching = np.unique(at[signed.argmin(0)])
    area = _area(_box(bounds[at]))
    gains = [(area - _area(_box(bounds[at[at != k]]))) / (weight[k] + 1e-9) for k in touching]
    return int(touching[int(np.argmax(gains))])
