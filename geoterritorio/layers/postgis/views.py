"""Views for QGIS: a result that is a table, on the land of the territories of which it tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.findings import listing
from geoterritorio.layers.postgis import holdings
from geoterritorio.layers.postgis.address import TableName
from geoterritorio.layers.postgis.columns import fitting
from geoterritorio.layers.postgis.connection import do, driver, identifier
from geoterritorio.layers.postgis.holdings import NUMBER, Relation

if TYPE_CHECKING:
    from psycopg.sql import Composable
    from sqlalchemy import Connection

_SAYS = "geoterritorio: for maps, each row on the land of its territory"

# Views that show something of a table, and the relations of which a view shows something.
_DEPENDENT = """
select distinct v.oid::bigint as oid, n.nspname::text as schema, v.relname::text as name, v.relkind::text as kind,
       coalesce(obj_description(v.oid, 'pg_class'), '') as said
from pg_depend d join pg_rewrite w on w.oid = d.objid join pg_class v on v.oid = w.ev_class
join pg_namespace n on n.oid = v.relnamespace
where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
  and d.refobjid = cast(:oid as bigint)::oid and v.oid <> d.refobjid order by schema, name
"""
_UNDER = """
select distinct n.nspname::text as schema, c.relname::text as name
from pg_rewrite w join pg_depend d on d.objid = w.oid join pg_class c on c.oid = d.refobjid
join pg_namespace n on n.oid = c.relnamespace
where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
  and w.ev_class = cast(:oid as bigint)::oid and c.oid <> w.ev_class
"""
# Columns that identify a row of a table by a unique index, missing ones too.
_KEYS = """
select array_agg(a.attname::text) as names
from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
where i.indrelid = cast(:oid as bigint)::oid and i.indisunique and i.indisvalid and i.indpred is null
  and i.indexprs is null
group by i.indexrelid, i.indnatts
having i.indnatts = 1 or bool_and(a.attnotnull) or pg_get_indexdef(i.indexrelid) like '%NULLS NOT DISTINCT%'
"""


def view_name(table: TableName) -> TableName:
    """
    View that shows a table on a map.

    Examples
    --------
    >>> str(view_name(TableName("quotients", "study")))
    'study.quotients_map'
    """
    return TableName(fitting(table.name, ending="_map"), table.schema)


def own_view(connection: Connection, table: TableName, *, drop: bool) -> bool:
    """Whether the view of a table is there and ours; it is dropped where it may be, and what is not ours refused."""
    view = view_name(table)
    there = holdings.find(connection, view)
    if there is None:
        return False
    said = holdings.rows(
        connection,
        "select coalesce(obj_description(cast(:oid as bigint)::oid, 'pg_class'), '') as said",
        oid=there.oid,
    )[0].said
    if there.kind != "v" or said != _SAYS:
        if drop:
            return False
        raise LayerError(
            message(
                "{table}: the place of its view, {view}, is taken by something else. Choose another name.",
                table=table,
                view=view,
            )
        )
    if drop:
        do(connection, "drop view {}", identifier(view))
    return True


def set_aside(connection: Connection, tables: Sequence[Relation]) -> dict[TableName, TableName]:
    """
    Our views off tables that will be dropped.

    Parameters
    ----------
    connection
        To the database, in the transaction in which the tables are written.
    tables
        Tables that are made anew.

    Returns
    -------
    views
        Table that a view showed -> its territories, by which `make_view` makes it again.
    """
    aside = {}
    for table in tables:
        for view in holdings.rows(connection, _DEPENDENT, oid=table.oid):
            if view.said != _SAYS or view.kind != "v":
                continue
            under = [TableName(r.name, r.schema) for r in holdings.rows(connection, _UNDER, oid=view.oid)]
            shown = [t for t in under if view_name(t) == TableName(view.name, view.schema)]
            lands = [t for t in under if t not in shown]
            if len(shown) == len(lands) == 1:
                aside[shown[0]] = lands[0]
                own_view(connection, shown[0], drop=True)
    return aside


def refuse_dependents(connection: Connection, table: Relation) -> None:
    """Refusal to drop a table on which others built views, which are named."""
    names = [str(TableName(r.name, r.schema)) for r in holdings.rows(connection, _DEPENDENT, oid=table.oid)]
    if names:
        raise LayerError(
            message(
                "{table} now has other columns and must be made anew, but other views depend on it: {names}. Drop "
                "them first, or write into another table. Nothing was changed.",
                table=table.name,
                names=listing(names),
            )
        )


def make_view(connection: Connection, table: TableName, territories: TableName) -> None:
    """
    View of a table beside the land of its territories; of several versions of one the latest.

    Parameters
    ----------
    connection
        To the database, in the transaction in which the table is written.
    table
        Result with a column `territory`.
    territories
        Table of territories.

    Raises
    ------
    LayerError
        If the table of territories has no column `territory` or no places, or the view's name is taken.
    """
    land, own = holdings.find(connection, territories), holdings.find(connection, table)
    held = holdings.columns(connection, land.oid) if land else []
    place = next((c.name for c in held if c.type == "geometry"), None)
    names = {c.name for c in held}
    if land is None or own is None or place is None or "territory" not in names:
        raise LayerError(
            message(
                "{table}: the view needs a table of territories with a column “territory” and places; {territories} is "
                "none.",
                table=table,
                territories=territories,
            )
        )
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    columns = [c for c in holdings.columns(connection, own.oid) if c.name != NUMBER]
    if any(c.type == "geometry" for c in columns):
        return
    shown: list[Composable] = [sql.SQL("r.{}").format(sql.Identifier(c.name)) for c in columns]
    if "name" in names and "name" not in {c.name for c in columns}:
        shown.append(sql.SQL("t.name"))
    query = sql.SQL(
        "select r.{}, {}, t.{} from {} r join {} t on t.territory::text = r.territory::text{}"
    ).format(
        sql.Identifier(NUMBER),
        sql.SQL(", ").join(shown),
        sql.Identifier(place),
        identifier(table),
        *_once(connection, land, names),
    )
    _made_anew(connection, table, query)


def _once(connection: Connection, land: Relation, names: set[str]) -> tuple[Composable, Composable]:
    """
    Territories, and a condition by which each is there once, in its latest version.

    Where an index says that they are, they are taken as they lie: what is asked of the view, such as a window of the
    map, then reaches the indexes of the tables. Others are sorted whenever the view is looked at.
    """
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    keys = {tuple(sorted(r.names)) for r in holdings.rows(connection, _KEYS, oid=land.oid)}
    if ("territory",) in keys:
        return identifier(land.name), sql.SQL("")
    if ("territory", "valid_from") in keys:
        later = sql.SQL(
            " where not exists (select from {} l where l.territory = t.territory and (l.valid_from > t.valid_from "
            "or (l.valid_from is not null and t.valid_from is null)))"
        )
        return identifier(land.name), later.format(identifier(land.name))
    latest = sql.SQL(", valid_from desc nulls last" if "valid_from" in names else "")
    whole = sql.SQL("(select distinct on (territory) * from {} order by territory{})")
    return whole.format(identifier(land.name), latest), sql.SQL("")


def _made_anew(connection: Connection, table: TableName, query: Composable) -> None:
    """View of a table by a query; one of ours that shows the same columns keeps its rights and what was built on it."""
    from psycopg import errors, sql  # noqa: PLC0415 - databases only where a table is asked for

    view = identifier(view_name(table))
    if own_view(connection, table, drop=False):
        try:
            with driver(connection).transaction():  # a savepoint: other columns are refused here
                do(connection, "create or replace view {} as {}", view, query)
        except errors.InvalidTableDefinition:
            own_view(connection, table, drop=True)
        else:
            return
    do(connection, "create view {} as {}", view, query)
    do(connection, "comment on view {} is {}", view, sql.Literal(_SAYS))
