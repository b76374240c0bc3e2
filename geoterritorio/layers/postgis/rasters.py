"""Rasters in and out: tiles in the binary form that PostGIS documents, packed and unpacked with numpy."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from rasterio.transform import Affine

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.postgis import holdings
from geoterritorio.layers.postgis.address import Address, TableName
from geoterritorio.layers.postgis.connection import connected, do, identifier

if TYPE_CHECKING:
    from sqlalchemy import Connection

_TILE = 256  # cells along the side of a tile
# byte order, version, bands; width and height of a cell, upper left corner, skews; number of the system, columns, rows
_HEAD = struct.Struct("<BHH6dIHH")
_HAS_NODATA, _KIND = 0x40, 0x0F
_TYPES = {
    0: "u1", 1: "u1", 2: "u1", 3: "i1", 4: "u1", 5: "<i2", 6: "<u2", 7: "<i4", 8: "<u4", 10: "<f4", 11: "<f8",
}  # fmt: skip
_FLOATS = {"float32": 10, "float64": 11}
_SAME = 1e-6  # of a cell: by how much tiles may lie beside the common raster


@dataclass(frozen=True)
class _Tile:
    """A tile: where it lies, and its bands."""

    transform: Affine
    srid: int
    bands: tuple[np.ndarray[Any, Any], ...]
    nodata: tuple[float | None, ...]


def packed(grid: Grid, srid: int) -> Iterator[str]:
    """Tiles of a raster as COPY reads them: number, tile in hexadecimal digits, what the raster says of itself."""
    values = np.ascontiguousarray(grid.values)
    kind = _FLOATS[values.dtype.name]
    nodata = np.array(np.nan, dtype=values.dtype).tobytes()
    said = json.dumps(dict(grid.tags), ensure_ascii=True).replace("\\", "\\\\")
    rows, columns = values.shape
    number = 0
    for row in range(0, rows, _TILE):
        for column in range(0, columns, _TILE):
            part = values[row : row + _TILE, column : column + _TILE]
            t = grid.transform
            x, y = t.c + t.a * column + t.b * row, t.f + t.d * column + t.e * row
            head = _HEAD.pack(1, 0, 1, t.a, t.e, x, y, t.b, t.d, srid, part.shape[1], part.shape[0])
            number += 1
            yield f"{number}\t{(head + bytes([kind | _HAS_NODATA]) + nodata + part.tobytes()).hex()}\t{said}\n"


def _unpacked(tile: bytes) -> _Tile:
    if tile[0] != 1:
        raise ValueError(tile[0])
    _, _, count, a, e, x, y, b, d, srid, columns, rows = _HEAD.unpack_from(tile)
    at, bands, nodata = _HEAD.size, [], []
    for _ in range(count):
        flags = tile[at]
        kind = np.dtype(_TYPES[flags & _KIND])
        none = np.frombuffer(tile, kind, 1, at + 1)[0]
        at += 1 + kind.itemsize
        bands.append(np.frombuffer(tile, kind, rows * columns, at).reshape(rows, columns))
        nodata.append(float(none) if flags & _HAS_NODATA else None)
        at += kind.itemsize * rows * columns
    return _Tile(Affine(a, b, x, d, e, y), srid, tuple(bands), tuple(nodata))


def raster_file(address: Address, folder: Path, *, name: str, kind: str) -> Path:
    """
    Raster of a table as a file, which the door of rasters then reads like any other.

    Parameters
    ----------
    address
        Database and table with a column of rasters.
    folder
        Where the file is put.
    name
        What the raster is called in messages.
    kind
        Kind of layer, which chooses among several tables where none is named.

    Returns
    -------
    path
        GeoTIFF.

    Raises
    ------
    LayerError
        If the database cannot be reached or read, the table has no rasters, or its tiles are not of one raster.
    """
    with connected(address) as connection:
        relation = holdings.chosen(connection, address, kind=kind, layer=name)
        held = holdings.columns(connection, relation.oid)
        column = next((c.name for c in held if c.type == "raster"), None)
        if column is None:
            raise LayerError(
                message(
                    "{layer}: the table {table} has no column of rasters.", layer=name, table=relation.name
                )
            )
        query = "select ST_AsBinary({}) from {} where {} is not null"
        place = identifier(TableName(column))
        tiles = [
            _unpacked(bytes(r[0])) for r in do(connection, query, place, identifier(relation.name), place)
        ]
        if not tiles:
            raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer=name))
        said = _said(connection, relation.name, held)
        crs = holdings.system(connection, {t.srid for t in tiles} - {0}, name)
    path = folder / "raster.tif"
    _put_together(tiles, path, crs, said, name)
    return path


def _said(connection: Connection, table: TableName, held: list[holdings.Held]) -> dict[str, str]:
    """What a raster of ours says of itself."""
    if not any(c.name == "tags" and c.type == "text" for c in held):
        return {}
    row = do(connection, "select tags from {} limit 1", identifier(table)).fetchone()
    try:
        found = json.loads(row[0])
    except (TypeError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _put_together(tiles: list[_Tile], path: Path, crs: Any, said: dict[str, str], name: str) -> None:
    first = tiles[0]
    corner = (min(t.transform.c for t in tiles), max(t.transform.f for t in tiles))
    whole = Affine(
        first.transform.a, first.transform.b, corner[0], first.transform.d, first.transform.e, corner[1]
    )
    places = [((t.transform.c - whole.c) / whole.a, (t.transform.f - whole.f) / whole.e) for t in tiles]
    alike = {(t.transform.a, t.transform.e, len(t.bands), t.nodata and t.bands[0].dtype.str) for t in tiles}
    askew = any(abs(v - round(v)) > _SAME for place in places for v in place)
    if askew or len(alike) > 1 or first.transform.b or first.transform.d:
        raise LayerError(
            message(
                "{layer}: the tiles of the table are not of one raster. Keep those of one in it.", layer=name
            )
        )
    rows = max(round(y) + t.bands[0].shape[0] for (_, y), t in zip(places, tiles, strict=True))
    columns = max(round(x) + t.bands[0].shape[1] for (x, _), t in zip(places, tiles, strict=True))
    none = first.nodata[0]
    kind = first.bands[0].dtype
    values = np.full(
        (len(first.bands), rows, columns), 0 if none is None else none, dtype=kind.newbyteorder("=")
    )
    for (x, y), tile in zip(places, tiles, strict=True):
        height, width = tile.bands[0].shape
        values[:, round(y) : round(y) + height, round(x) : round(x) + width] = tile.bands
    size = {"count": len(values), "height": rows, "width": columns, "dtype": values.dtype, "nodata": none}
    with rasterio.open(path, "w", driver="GTiff", crs=crs, transform=whole, **size) as file:
        file.write(values)
        file.update_tags(**said)
