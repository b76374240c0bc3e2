"""Tables in: a table, view or part of one as a frame, places decoded at once, nothing changed in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import reason_of
from geoterritorio.layers.postgis import holdings
from geoterritorio.layers.postgis.address import Address, TableName
from geoterritorio.layers.postgis.connection import connected, do, identifier
from geoterritorio.layers.postgis.holdings import NUMBER, Held, Relation

if TYPE_CHECKING:
    from psycopg.sql import Composable
    from sqlalchemy import ColumnElement, Connection, Select

PLACES = ("geometry", "geography")
_WHOLE = ("int2", "int4", "int8")
_FLOATS = ("float4", "float8")
_DAYS = ("date", "timestamp", "timestamptz")
_DIGITS = 15  # of whole numbers that a double holds exactly
_EXACT = 2**53
_MODIFIER = 4  # of numeric: precision and scale stand behind it


def read_table(address: Address, *, name: str = "", kind: str = "") -> Any:
    """
    Unchecked table or GeoDataFrame of a table or view.

    Parameters
    ----------
    address
        Database and table.
    name
        What the layer is called in messages.
    kind
        Kind of layer, which chooses among several tables where none is named.

    Returns
    -------
    frame
        Rows in the order of the table; its place is called `geometry`.

    Raises
    ------
    LayerError
        If the database cannot be reached or read, or has no such table.
    DependencyError
        If the packages are missing.
    """
    with connected(address) as connection:
        relation = holdings.chosen(connection, address, kind=kind, layer=name or kind)
        held = wanted(holdings.columns(connection, relation.oid))
        if not held:
            raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer=name))
        fetched = list(connection.execute(query(relation, held)))
        return framed(connection, fetched, held, name=name)


def fingerprint(address: Address, *, name: str = "", kind: str = "") -> str:
    """
    Hash of the columns and rows of a table, in whatever order: another one means that something has changed.

    Parameters
    ----------
    address
        Database and table.
    name
        What the layer is called in messages.
    kind
        Kind of layer, which chooses among several tables where none is named.

    Returns
    -------
    hash
        SHA-256 of names, types, number and hashes of the rows, which the database computes.
    """
    with connected(address) as connection:
        relation = holdings.chosen(connection, address, kind=kind, layer=name or kind)
        held = wanted(holdings.columns(connection, relation.oid))
        return digest(rows_hashed(connection, relation.name), held)


def rows_hashed(connection: Connection, table: TableName, where: Composable | None = None) -> tuple[int, ...]:
    """Number of the rows of a table, and two sums of their hashes, which the database computes."""
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    found = do(
        connection,
        "select count(*), sum(hashtextextended(t::text, 1)), sum(hashtextextended(t::text, 2)) from {} t where {}",
        identifier(table),
        where or sql.SQL("true"),
    ).fetchone()
    return tuple(int(value or 0) for value in found)


def digest(hashed: tuple[int, ...], held: Sequence[Held]) -> str:
    """SHA-256 of number and hashes of rows, and of names and types of the columns."""
    said = [*hashed, *(f"{c.name}\t{c.words}" for c in held)]
    return hashlib.sha256("\n".join(map(str, said)).encode()).hexdigest()


def wanted(held: list[Held]) -> list[Held]:
    """Columns that are somebody's data, and not the number that a table of ours gives its rows."""
    return [c for c in held if not (c.name == NUMBER and c.numbered)]


def query(relation: Relation, held: list[Held]) -> Select[Any]:
    """Query of all rows; names are identifiers of SQLAlchemy, never text of a statement."""
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    table = sa.table(
        sa.quoted_name(relation.name.name, quote=True),
        *(sa.column(sa.quoted_name(c.name, quote=True)) for c in held),
        schema=sa.quoted_name(relation.name.schema or "public", quote=True),
    )
    read = [_read_as(table.c[c.name], c).label(f"c{k}") for k, c in enumerate(held)]
    srid = next((table.c[c.name] for c in held if c.type == "geometry"), None)
    if srid is not None:
        read.append(sa.func.ST_SRID(srid).label("srid"))
    return sa.select(*read).select_from(table)


def _read_as(column: ColumnElement[Any], held: Held) -> ColumnElement[Any]:
    """What is asked of the database for a column, so that it can be told what came."""
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    if held.type in PLACES:
        return sa.func.ST_AsBinary(column)
    if held.type in _DAYS:  # “infinity” means without end, which is what a missing day says
        return sa.case((sa.func.isfinite(column), column))
    if held.type == "numeric":
        return sa.cast(column, sa.Text if _is_long(held) else sa.Double)
    if held.type in (*_WHOLE, *_FLOATS, "bool", "text", "varchar"):
        return column
    return sa.cast(column, sa.Text)


def _is_long(held: Held) -> bool:
    """Whether a decimal number is a whole one that a double might not hold."""
    precision, scale = divmod(held.modifier - _MODIFIER, 1 << 16)
    return held.modifier >= _MODIFIER and scale == 0 and precision > _DIGITS


def framed(connection: Connection, fetched: list[Any], held: list[Held], *, name: str) -> Any:
    """Frame of fetched rows; the first column of places becomes its geometry."""
    values = list(zip(*fetched, strict=True)) or [()] * len(held)
    data = {c.name: _column(values[k], c) for k, c in enumerate(held) if c.type not in PLACES}
    frame = pd.DataFrame(data)
    places = [k for k, c in enumerate(held) if c.type in PLACES]
    if not places:
        return frame
    first = places[0]
    named = held[first].name
    if "geometry" in data:
        frame = frame.drop(columns="geometry")  # a place goes before a text of that name
    try:
        shapes = shapely.from_wkb(np.array(values[first], dtype=object))
    except shapely.errors.GEOSException as error:
        raise LayerError(
            message(
                "{layer}: the places in column “{column}” cannot be read ({reason}).",
                layer=name,
                column=named,
                reason=reason_of(error),
            )
        ) from error
    frame["geometry"] = pd.Series(shapes, dtype=object)
    ids = {4326} if held[first].type == "geography" else set(values[-1]) if fetched else set()
    return gpd.GeoDataFrame(
        frame, geometry="geometry", crs=holdings.system(connection, ids - {None, 0}, name)
    )


def _column(values: tuple[Any, ...], held: Held) -> pd.Series[Any]:
    if held.type in _WHOLE:
        return _whole(values)
    if held.type == "numeric" and _is_long(held):
        return pd.Series([None if v is None else int(v) for v in values], dtype=object)
    if held.type in (*_FLOATS, "numeric"):
        return pd.Series(np.array(values, dtype=float))
    if held.type in _DAYS:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=held.type == "timestamptz"))
    if held.type == "bool":
        return pd.Series(values, dtype=object if None in values else bool)
    return pd.Series(values, dtype="str")


def _whole(values: tuple[Any, ...]) -> pd.Series[Any]:
    """Whole numbers, exact also where some are missing."""
    if None not in values:
        return pd.Series(values, dtype="int64")
    there = [v for v in values if v is not None]
    if all(abs(v) <= _EXACT for v in there):
        return pd.Series(np.array(values, dtype=float))
    return pd.Series(values, dtype=object)
