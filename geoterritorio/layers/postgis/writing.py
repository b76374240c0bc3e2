"""Tables out: all of a run in one transaction, staged beside their names, with keys, indexes and comments."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from geoterritorio.errors import LayerError, Message, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.grids import Grid
from geoterritorio.layers.postgis import holdings
from geoterritorio.layers.postgis.address import Address, TableName
from geoterritorio.layers.postgis.columns import Filled, copied, filled, fitting
from geoterritorio.layers.postgis.connection import committed, connected, do, driver, identifier
from geoterritorio.layers.postgis.holdings import NUMBER, Relation
from geoterritorio.layers.postgis.rasters import packed
from geoterritorio.layers.postgis.views import make_view, own_view, refuse_dependents, set_aside
from geoterritorio.registry import Layer

if TYPE_CHECKING:
    from psycopg.sql import Composable
    from sqlalchemy import Connection, Table

_ROWS = 50_000  # that are sent together
_NULLS_ALIKE = 150_000  # version from which missing values can count as the same in a unique index


@dataclass(frozen=True)
class Sheet:
    """
    What goes into a table.

    Attributes
    ----------
    frame
        Table, layer or raster.
    layer
        What its columns mean and which of them identify a row; None where nobody has said it.
    comment
        What the table says of itself.
    """

    frame: pd.DataFrame | Grid
    layer: Layer | None = None
    comment: str = ""


def check_tables(targets: Mapping[str, Address], *, overwrite: bool) -> Iterator[Message]:
    """
    Refusals of tables that cannot or must not be written, before anything is computed.

    Parameters
    ----------
    targets
        Name of the output -> its table.
    overwrite
        Whether tables that are there may be replaced.

    Yields
    ------
    problem
        One for each table that will not do.
    """
    servers = {address.server for address in targets.values()}
    if len(servers) > 1:
        yield message("All tables of a run go into one database, so that all of them are written or none.")
        return
    unnamed = [name for name, address in targets.items() if address.table is None]
    for name in unnamed:
        yield message(
            "{output}: name the table: {address}?table=schema.name", output=name, address=targets[name].server
        )
    if unnamed:
        return
    with connected(next(iter(targets.values()))) as connection:
        for name, address in targets.items():
            yield from _check(connection, name, address, overwrite=overwrite)


def _check(connection: Connection, output: str, address: Address, *, overwrite: bool) -> Iterator[Message]:
    try:
        table = _placed(connection, address)
        _may_take(connection, table, overwrite=overwrite, output=output)
    except LayerError as error:
        yield from error.problems
        return
    if address.territories and not holdings.find(connection, address.territories):
        yield message(
            "{output}: there is no table of territories {table} for the view.",
            output=output,
            table=address.territories,
        )


def _placed(connection: Connection, address: Address) -> TableName:
    """Whole name of a table that is written: in its schema, else in the first of the search path."""
    wanted = address.table or TableName("")
    schema = wanted.schema or holdings.rows(connection, "select current_schema()::text as s")[0].s
    rights = holdings.rows(
        connection,
        "select nspname::text as s, has_schema_privilege(oid, 'create') as may from pg_namespace "
        "where nspname not like 'pg\\_%' and nspname <> 'information_schema' order by 1",
    )
    may = {r.s: r.may for r in rights}
    if schema not in may:
        raise LayerError(
            message(
                "{table}: the database has no schema “{schema}”. It has: {names}. Name one of them, or let one be made "
                "(create schema).",
                table=wanted,
                schema=schema,
                names=listing(may),
            )
        )
    if not may[schema]:
        raise LayerError(
            message(
                "{table}: this user may not make tables in the schema “{schema}”. Name one of these: {names}; or let "
                "the right be given (grant create on schema).",
                table=wanted,
                schema=schema,
                names=listing([s for s, allowed in may.items() if allowed]) or "–",
            )
        )
    return TableName(fitting(wanted.name), schema)


def _may_take(connection: Connection, table: TableName, *, overwrite: bool, output: str) -> Relation | None:
    """What is there under the name and may be replaced; None where nothing is."""
    there = holdings.find(connection, table)
    if there is None:
        return None
    if there.kind != "r":
        raise LayerError(
            message(
                "{output}: {table} is a view, or a table in parts or of another server, and is not replaced. Choose "
                "another name.",
                output=output,
                table=table,
            )
        )
    if not overwrite:
        raise LayerError(
            message(
                "{output}: {path} exists. Choose another name, or allow overwriting (--overwrite).",
                output=output,
                path=table,
            )
        )
    return there


@contextmanager
def tables_written(
    items: Mapping[str, tuple[Address, Sheet]], *, overwrite: bool
) -> Iterator[Callable[[], None]]:
    """
    Tables written together: all of them are there at the end, or none.

    Parameters
    ----------
    items
        Name of the output -> table and what goes into it.
    overwrite
        Whether tables that are there may be replaced.

    Yields
    ------
    commit
        Everything is written and not yet to be seen; this makes it so. What fails before leaves the database as it was.

    Raises
    ------
    LayerError
        If the database refuses, or another run is writing one of the tables.
    """
    if not items:
        yield lambda: None
        return
    first = next(iter(items.values()))[0]
    with connected(first, write=True) as connection:
        places = {name: _placed(connection, address) for name, (address, _) in items.items()}
        _locked(connection, places)
        before = {
            name: _may_take(connection, table, overwrite=overwrite, output=name)
            for name, table in places.items()
        }
        staged = {name: _staged(connection, places[name], items[name][1]) for name in items}
        # Short and last: from here on others wait for the tables that are replaced.
        anew = {
            n: there
            for n, there in before.items()
            if there is not None and _form(connection, staged[n]) != _form(connection, there.name)
        }
        aside = set_aside(connection, list(anew.values()))
        for name, table in places.items():
            if before[name] is not None and name not in anew:
                _refilled(connection, staged[name], table)
            else:
                _renamed(connection, staged[name], table, anew.get(name))
        for table, land in aside.items():
            if table not in places.values():
                make_view(connection, table, land)
        for name, (address, sheet) in items.items():
            if address.territories and "territory" in getattr(sheet.frame, "columns", ()):
                make_view(connection, places[name], address.territories)
            else:  # one of an earlier run lies on the territories of that run
                own_view(connection, places[name], drop=True)
        yield partial(committed, connection, first)


def _locked(connection: Connection, places: Mapping[str, TableName]) -> None:
    """Hold of the names until the end of the transaction; refusal where another run has one of them."""
    for table in sorted(set(places.values()), key=str):
        got = holdings.rows(
            connection,
            "select pg_try_advisory_xact_lock(hashtextextended(:name, 7303)) as got",
            name=str(table),
        )
        if not got[0].got:
            raise LayerError(message("Another run is writing the table {table}. Wait for it.", table=table))


def _staged(connection: Connection, table: TableName, sheet: Sheet) -> TableName:
    """Table under a passing name, with everything that the final one is to have."""
    if isinstance(sheet.frame, Grid):
        return _staged_raster(connection, table, sheet.frame, sheet.comment)
    spatial = isinstance(sheet.frame, gpd.GeoDataFrame)
    srid = _srid(connection, sheet.frame.crs, table) if isinstance(sheet.frame, gpd.GeoDataFrame) else 0
    if spatial:
        _require_postgis(connection, table)
    columns = filled(sheet.frame, srid=srid, layer=str(table))
    made = TableName(f"_new_{secrets.token_hex(8)}", table.schema)
    key = _key(columns, sheet.frame, sheet.layer)
    # rows of a table that is shown on its territories need a number, by which QGIS asks for one of them
    shown = not spatial and any(c.name == "territory" for c in columns)
    _create(connection, made, columns, sheet, numbered=shown or key.form != "primary")
    _fill(connection, made, columns)
    _index(connection, made, columns, key, shown=shown)
    return made


def _staged_raster(connection: Connection, table: TableName, grid: Grid, comment: str) -> TableName:
    """Tiles of a raster under a passing name."""
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    srid = _srid(connection, grid.crs, table)
    if not holdings.rows(connection, "select to_regtype('raster') is not null as there")[0].there:
        raise LayerError(
            message(
                "{table}: the database holds no rasters. Let what it takes be put in: create extension postgis_raster",
                table=table,
            )
        )
    made = TableName(f"_new_{secrets.token_hex(8)}", table.schema)
    do(
        connection,
        "create table {} (rid integer primary key, rast raster not null, tags text)",
        identifier(made),
    )
    if comment:
        do(connection, "comment on table {} is {}", identifier(made), sql.Literal(comment))
    with (
        driver(connection).cursor() as cursor,
        cursor.copy(sql.SQL("copy {} from stdin").format(identifier(made))) as copy,
    ):
        for tile in packed(grid, srid):
            copy.write(tile)
    do(connection, "create index on {} using gist (ST_ConvexHull(rast))", identifier(made))
    names = (sql.Literal(made.schema), sql.Literal(made.name))
    do(connection, "select AddRasterConstraints({}::name, {}::name, 'rast'::name)", *names)
    do(connection, "analyze {}", identifier(made))
    return made


def _require_postgis(connection: Connection, table: TableName) -> None:
    if not holdings.rows(connection, "select to_regtype('geometry') is not null as there")[0].there:
        raise LayerError(
            message(
                "{table}: the database holds no places, since PostGIS is not in it. Let it be put in: create extension "
                "postgis",
                table=table,
            )
        )


def _srid(connection: Connection, crs: Any, table: TableName) -> int:
    """Number of a reference system in the database; 0 where there is none."""
    if crs is None:
        return 0
    _require_postgis(connection, table)
    name, _, code = ":".join(CRS(crs).to_authority() or ("", "")).partition(":")
    found = holdings.rows(
        connection,
        "select srid from spatial_ref_sys where auth_name = :name and auth_srid = cast(:code as integer)",
        name=name or "-",
        code=code if code.isdigit() else "-1",
    )
    if found:
        return int(found[0].srid)
    raise LayerError(
        message(
            "{table}: the database does not know the reference system “{crs}”. Bring the layer into one with an EPSG "
            "code.",
            table=table,
            crs=CRS(crs).name,
        )
    )


@dataclass(frozen=True)
class Key:
    """Columns that identify a row, and how the database can hold them to it."""

    columns: tuple[str, ...]
    form: Literal["primary", "unique", "plain", "none"]


def _key(columns: list[Filled], frame: pd.DataFrame, layer: Layer | None) -> Key:
    """Key of a layer: a primary one where no part is ever missing; else rows are numbered."""
    there = {c.source: c for c in columns}
    wanted = [name for name in (layer.key if layer else ()) if name in there]
    if not wanted or not len(frame):
        return Key((), "none") if not wanted else Key(tuple(there[n].name for n in wanted), "primary")
    names = tuple(there[n].name for n in wanted)
    if frame[wanted].duplicated().any():
        return Key(names, "plain")
    return Key(names, "unique" if frame[wanted].isna().any(axis=None) else "primary")


def _create(
    connection: Connection, made: TableName, columns: list[Filled], sheet: Sheet, *, numbered: bool
) -> None:
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    helps = {c.name: c.help for c in sheet.layer.columns} if sheet.layer else {}
    described = [
        sa.Column(sa.quoted_name(c.name, quote=True), _type(c.type), comment=helps.get(c.source) or None)
        for c in columns
    ]
    if numbered:
        described.append(
            sa.Column(
                NUMBER, sa.BigInteger, sa.Identity(always=True), comment="Number of the row", nullable=False
            )
        )
    table: Table = sa.Table(
        made.name,
        sa.MetaData(),
        *described,
        schema=sa.quoted_name(made.schema or "public", quote=True),
        comment=sheet.comment or None,
    )
    connection.execute(sa.schema.CreateTable(table))
    if table.comment:
        connection.execute(sa.schema.SetTableComment(table))
    for column in table.columns:
        if column.comment:
            connection.execute(sa.schema.SetColumnComment(column))


def _type(name: str) -> Any:
    """Type of SQLAlchemy, of GeoAlchemy where it is a place."""
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    if name.startswith("geometry:"):
        from geoalchemy2 import Geometry  # noqa: PLC0415 - databases only where a table is asked for

        _, kind, srid = name.split(":")
        high = kind.endswith("Z")
        return Geometry(kind.upper(), srid=int(srid), dimension=3 if high else 2, spatial_index=False)
    return {
        "boolean": sa.Boolean,
        "bigint": sa.BigInteger,
        "numeric": sa.Numeric(60, 0),
        "double": sa.Double,
        "timestamp": sa.DateTime,
        "timestamptz": sa.DateTime(timezone=True),
        "date": sa.Date,
        "text": sa.Text,
    }[name]


def _fill(connection: Connection, made: TableName, columns: list[Filled]) -> None:
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    if not columns:
        return
    names = _list(c.name for c in columns)
    statement = sql.SQL("copy {} ({}) from stdin").format(identifier(made), names)
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for begin in range(0, len(columns[0].values), _ROWS):
            copy.write(copied(columns, begin, begin + _ROWS))


def _index(connection: Connection, made: TableName, columns: list[Filled], key: Key, *, shown: bool) -> None:
    """Primary key, and indexes on the key, on the number by which a view is asked, and on the place."""
    identified = key.columns if key.form == "primary" else (NUMBER,)
    do(connection, "alter table {} add primary key ({})", identifier(made), _list(identified))
    if shown and key.form == "primary":
        do(connection, "create unique index on {} ({})", identifier(made), _list([NUMBER]))
    if key.form in ("unique", "plain"):
        version = holdings.rows(connection, "select current_setting('server_version_num')::int as n")[0].n
        if key.form == "unique" and version >= _NULLS_ALIKE:
            do(
                connection,
                "create unique index on {} ({}) nulls not distinct",
                identifier(made),
                _list(key.columns),
            )
        else:
            do(connection, "create index on {} ({})", identifier(made), _list(key.columns))
    for column in columns:
        if column.type.startswith("geometry:"):
            do(connection, "create index on {} using gist ({})", identifier(made), _list([column.name]))
    do(connection, "analyze {}", identifier(made))


def _list(names: Iterable[str]) -> Composable:
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    return sql.SQL(", ").join(map(sql.Identifier, names))


def _refilled(connection: Connection, made: TableName, table: TableName) -> None:
    """Table that keeps its columns, its rights and what depends on it, with the rows and comments of the staged one."""
    there = holdings.find(connection, table)
    names = _list(c.name for c in holdings.columns(connection, there.oid if there else 0) if not c.numbered)
    old, new = identifier(table), identifier(made)
    said, before = _comments(connection, made), _comments(connection, table)
    do(connection, "truncate {} restart identity", old)
    do(connection, "insert into {} ({}) select {} from {}", old, names, names, new)
    do(connection, "drop table {}", new)
    for column in said.keys() | before.keys():
        if said.get(column) != before.get(column):
            _comment(connection, table, column, said.get(column))


def _comment(connection: Connection, table: TableName, column: str, said: str | None) -> None:
    """Comment of a column, or of the table where no column is named."""
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    text = sql.Literal(said)
    if column:
        do(connection, "comment on column {}.{} is {}", identifier(table), sql.Identifier(column), text)
    else:
        do(connection, "comment on table {} is {}", identifier(table), text)


def _renamed(connection: Connection, made: TableName, table: TableName, before: Relation | None) -> None:
    """Staged table under its final name, in the place of one that is there."""
    if before is not None:
        refuse_dependents(connection, before)
        do(connection, "drop table {}", identifier(before.name))
    for index, name in _index_names(connection, made, table):
        do(connection, "alter index {} rename to {}", identifier(index), _list([name]))
    do(connection, "alter table {} rename to {}", identifier(made), _list([table.name]))


def _form(connection: Connection, table: TableName) -> list[tuple[str, ...]]:
    """Columns with types, and primary key of a table: what makes two of them interchangeable."""
    found = holdings.find(connection, table)
    oid = found.oid if found else 0
    keys = holdings.rows(
        connection,
        "select pg_get_constraintdef(oid) as said from pg_constraint "
        "where conrelid = cast(:oid as bigint)::oid and contype = 'p'",
        oid=oid,
    )
    return [(c.name, c.words) for c in holdings.columns(connection, oid)] + [(r.said,) for r in keys]


def _comments(connection: Connection, table: TableName) -> dict[str, str]:
    """What a table says of itself, under no name, and of its columns."""
    found = holdings.find(connection, table)
    said = holdings.rows(
        connection,
        "select coalesce(attname::text, '') as name, description as said from pg_description "
        "left join pg_attribute on attrelid = objoid and attnum = objsubid and objsubid > 0 "
        "where classoid = 'pg_class'::regclass and objoid = cast(:oid as bigint)::oid",
        oid=found.oid if found else 0,
    )
    return {r.name: r.said for r in said}


def _index_names(connection: Connection, made: TableName, table: TableName) -> list[tuple[TableName, str]]:
    """Indexes of a staged table, and what they are to be called, where no other relation is called so."""
    found = holdings.rows(
        connection,
        "select i.relname::text as name from pg_index x join pg_class i on i.oid = x.indexrelid "
        "join pg_class c on c.oid = x.indrelid join pg_namespace n on n.oid = c.relnamespace "
        "where c.relname = :name and n.nspname = :schema",
        name=made.name,
        schema=table.schema,
    )
    taken = {
        r.name
        for r in holdings.rows(
            connection,
            "select c.relname::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where n.nspname = :schema",
            schema=table.schema,
        )
    }
    new = [
        (TableName(r.name, table.schema), fitting(table.name, ending=r.name[len(made.name) :])) for r in found
    ]
    return [(old, name) for old, name in new if name not in taken]
