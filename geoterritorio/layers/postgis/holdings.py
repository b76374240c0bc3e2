"""What a database holds: its tables, and the columns of one."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pyproj import CRS
from pyproj.exceptions import CRSError as UnknownSystem

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.postgis.address import Address, TableName
from geoterritorio.layers.tables import like_kind

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Column that numbers the rows of a table of ours that no other column identifies.
NUMBER = "_row"
_MOST = 30  # tables that a refusal lists
_OF_OTHERS = ("spatial_ref_sys", "layer_styles", "qgis_projects")
_TABLES = """
select n.nspname::text as schema, c.relname::text as name, c.oid::bigint as oid, c.relkind::text as kind,
       array_position(current_schemas(false), n.nspname) as rank
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
  and n.nspname not like 'pg\\_temp\\_%' and has_schema_privilege(n.oid, 'usage')
  and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
order by rank nulls last, schema, name
"""
_COLUMNS = """
select a.attname::text as name, t.typname::text as type, a.atttypmod as modifier,
       a.attidentity::text <> '' as numbered, t.typtype::text as family,
       format_type(a.atttypid, a.atttypmod) as words
from pg_attribute a join pg_type t on t.oid = a.atttypid
where a.attrelid = cast(:oid as bigint)::oid and a.attnum > 0 and not a.attisdropped order by a.attnum
"""


@dataclass(frozen=True)
class Relation:
    """A table, view or the like that is there."""

    name: TableName
    oid: int
    kind: str


@dataclass(frozen=True)
class Held:
    """A column that is there: its type by name, the modifier of the type, and whether the database numbers it."""

    name: str
    type: str
    modifier: int
    numbered: bool
    family: str
    words: str


def rows(connection: Connection, query: str, **values: Any) -> list[Any]:
    """Rows of a query whose values are bound."""
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    return list(connection.execute(sa.text(query), values))


def relations(connection: Connection) -> list[tuple[Relation, int | None]]:
    """Tables and views of which this user sees the schema, and the place of each schema in the search path."""
    return [
        (Relation(TableName(r.name, r.schema), r.oid, r.kind), r.rank)
        for r in rows(connection, _TABLES)
        if r.name not in _OF_OTHERS
    ]


def columns(connection: Connection, oid: int) -> list[Held]:
    """Columns of a table, in order."""
    return [
        Held(r.name, r.type, r.modifier, r.numbered, r.family, r.words)
        for r in rows(connection, _COLUMNS, oid=oid)
    ]


def find(connection: Connection, wanted: TableName) -> Relation | None:
    """Table of a name: in its schema, else in the first of the search path that has it."""
    for relation, rank in relations(connection):
        here = rank is not None if wanted.schema is None else relation.name.schema == wanted.schema
        if here and relation.name.name == wanted.name:
            return relation
    return None


def chosen(connection: Connection, address: Address, *, kind: str, layer: str) -> Relation:
    """
    Table that is meant.

    Parameters
    ----------
    connection
        To the database.
    address
        Its table; where none is named, the only one counts, or that which is called as the kind of layer.
    kind
        Kind of layer.
    layer
        What the layer is called in messages.

    Returns
    -------
    relation
        The table.

    Raises
    ------
    LayerError
        If there is no such table, or several may be meant; those that are there are offered.
    """
    there = [relation for relation, _ in relations(connection)]
    names = [str(relation.name) for relation in there]
    if address.table is not None:
        found = find(connection, address.table)
        if found is not None:
            return found
        near = get_close_matches(str(address.table), names, n=1) or get_close_matches(
            address.table.name, [r.name.name for r in there], n=1
        )
        raise LayerError(
            message(
                "{layer}: the database has no table “{table}” that you may see.{hint} It has: {names}.",
                layer=layer,
                table=address.table,
                hint=message(" Did you mean “{near}”?", near=near[0]) if near else "",
                names=listing(names, most=_MOST) if names else "–",
            )
        )
    called = like_kind([r.name.name for r in there], kind)
    only = [r for r in there if r.name.name == called] if called else there
    if len(only) == 1:
        return only[0]
    raise LayerError(
        message(
            "{layer}: the database has several tables, or none: {names}. Name one: {address}?table=schema.name",
            layer=layer,
            names=listing(names, most=_MOST) if names else "–",
            address=address.server.partition("?")[0],
        )
    )


def system(connection: Connection, ids: set[int], name: str) -> CRS | None:
    """Reference system of the places, by the tables of PostGIS."""
    if not ids:
        return None
    if len(ids) > 1:
        raise LayerError(
            message(
                "{layer}: the places of one table are in several reference systems ({values}). Bring them into one "
                "(ST_Transform).",
                layer=name,
                values=", ".join(map(str, sorted(ids))),
            )
        )
    number = ids.pop()
    found = rows(
        connection, "select auth_name, auth_srid, srtext from spatial_ref_sys where srid = :srid", srid=number
    )
    for said in [f"{r.auth_name}:{r.auth_srid}" for r in found] + [r.srtext for r in found]:
        try:
            return CRS(said)
        except UnknownSystem:
            continue
    raise LayerError(
        message(
            "{layer}: nobody knows the reference system {number}. Set the right one: UpdateGeometrySRID.",
            layer=name,
            number=number,
        )
    )
