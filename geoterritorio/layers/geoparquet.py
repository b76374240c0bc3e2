"""What the head of a GeoParquet file says of its points: where they are, how they are written, and in which system."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pyarrow as pa

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.places import known_crs

_GEO = b"geo"
_DEFAULT = "OGC:CRS84"  # of GeoParquet, where a file says none
_ENCODINGS = ("WKB", "point")


class Placed(NamedTuple):
    """Column of points, how they are written, and their system as text; none of a table."""

    column: str | None = None
    encoding: str = ""
    crs: str | None = None


def placed(columns: pa.Schema, name: str) -> Placed:
    """
    What a head says of its points.

    Parameters
    ----------
    columns
        Columns of the file, with its metadata.
    name
        What the layer and part are called in messages.

    Returns
    -------
    points
        Nothing of a file that is plain Parquet.

    Raises
    ------
    LayerError
        If the metadata are not those of GeoParquet, or points are written otherwise than is read in parts.
    """
    metadata = columns.metadata or {}
    if _GEO not in metadata:
        return Placed()
    try:
        geo = json.loads(metadata[_GEO])
    except (ValueError, RecursionError) as error:
        raise _none(name) from error
    if not isinstance(geo, dict) or not isinstance(geo.get("columns"), dict):
        raise _none(name)
    column = geo.get("primary_column")
    if not isinstance(column, str) or columns.names.count(column) != 1:
        raise _none(name)
    about = geo["columns"].get(column)
    if not isinstance(about, dict):
        raise _none(name)
    encoding = _encoding(about, columns.field(column).type, name)
    crs = about.get("crs", _DEFAULT)
    if crs is None:
        return Placed(column, encoding)
    return Placed(column, encoding, _system(crs, name))


def _encoding(about: dict[str, Any], kind: pa.DataType, name: str) -> str:
    encoding = about.get("encoding", "WKB")
    if not isinstance(encoding, str):
        raise _none(name)
    if encoding not in _ENCODINGS:
        raise LayerError(
            message(
                "{layer}: points are written as “{encoding}”, which is not read in parts. Write WKB.",
                layer=name,
                encoding=encoding,
            )
        )
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if not (_pairs(kind) if encoding == "point" else _bytes(kind)):
        raise _none(name)
    return encoding


def _bytes(kind: pa.DataType) -> bool:
    return any(test(kind) for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_null))


def _pairs(kind: pa.DataType) -> bool:
    if not pa.types.is_struct(kind):
        return False
    x_and_y = [pa.types.is_floating(kind.field(k).type) for k in range(kind.num_fields)][:2]
    return x_and_y == [True, True]


def _system(crs: object, name: str) -> str:
    if not isinstance(crs, str | dict):
        raise _none(name)
    text = crs if isinstance(crs, str) else json.dumps(crs)
    try:
        known_crs(text, name)
    except LayerError:
        raise
    except (ValueError, TypeError, RecursionError) as error:  # signs that no name of a system can hold
        raise _none(name) from error
    return text


def _none(name: str) -> LayerError:
    return LayerError(
        message(
            "{layer}: what its head says of places (“geo”) is not as GeoParquet has it. Write the file anew, for "
            "example with geopandas or GDAL.",
            layer=name,
        )
    )
