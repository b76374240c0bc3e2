"""A table in parts: ranges of its primary key, each read on its own and in batches, so that memory stays bounded.

All parts are of one state of the table, whoever reads them: the connection that cuts it stays open and holds this
state, and others take it over by its number, as pg_dump does with several processes. What is written meanwhile is not
seen.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pyproj import CRS

from geoterritorio.errors import GeoterritorioError, LayerError, message
from geoterritorio.layers.postgis import holdings
from geoterritorio.layers.postgis.address import Address, TableName
from geoterritorio.layers.postgis.connection import connected, do, identifier
from geoterritorio.layers.postgis.holdings import Held, Relation
from geoterritorio.layers.postgis.reading import PLACES, digest, framed, query, rows_hashed, wanted

if TYPE_CHECKING:
    from psycopg.sql import Composable
    from sqlalchemy import Connection, Select

ROWS = 1_000_000  # of a part
_BATCH = 100_000  # rows that are in memory as the driver has them
_TYPES = ("int2", "int4", "int8", "text", "varchar", "uuid")
_KEY = """
select a.attname::text as name, t.typname::text as type from pg_index i
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) join pg_type t on t.oid = a.atttypid
where i.indrelid = cast(:oid as bigint)::oid and i.indisprimary
"""


class Keeper:
    """
    The connection that holds the state of a table, and what was asked of it; it ends with whoever has it.

    Parameters
    ----------
    stack
        The open connection.
    """

    def __init__(self, stack: ExitStack) -> None:
        self.hashed: dict[int, tuple[int, ...]] = {}
        weakref.finalize(self, _let_go, stack)


def _let_go(stack: ExitStack) -> None:
    with suppress(GeoterritorioError):  # a server that is gone holds nothing
        stack.close()


@dataclass(frozen=True)
class TableSource:
    """
    A table and the ranges of its key; picklable, so that workers elsewhere read it themselves.

    Attributes
    ----------
    address
        Database and table; every reader comes in with the password of its own surroundings.
    relation
        The table.
    held
        Its columns.
    key
        Column whose ranges are the parts.
    starts
        First key of each part, as text.
    crs
        System of its places, as text; None where it has none.
    layer
        What the layer is called in messages.
    snapshot
        Number of the state of the database that is read.
    keeper
        Holds this state; stays where the table was opened.
    """

    address: Address
    relation: Relation
    held: tuple[Held, ...]
    key: Held
    starts: tuple[str, ...]
    crs: str | None
    layer: str
    snapshot: str
    keeper: Keeper | None = field(default=None, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """What other processes get: all but the connection."""
        return {**self.__dict__, "keeper": None}

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns as the user has them."""
        return tuple(_called(c) for c in self.held)

    @property
    def geometry(self) -> str | None:
        """Column of places, if any."""
        return next((_called(c) for c in self.held if c.type in PLACES), None)

    def names(self) -> Sequence[str]:
        """What each part is called: table and number, since keys may be identifiers of somebody."""
        return [f"{self.relation.name} {k}/{len(self.starts)}" for k in range(1, len(self.starts) + 1)]

    def identity(self, part: int) -> Sequence[object]:
        """Number and hashes of the rows of a part, which the database computes."""
        return (str(self.relation.name), part, digest(self._hashed(part), self.held))

    def fingerprint(self) -> str:
        """Hash of all rows, the same as `reading.fingerprint` of this state of the table."""
        found = [self._hashed(part) for part in range(len(self.starts))]
        return digest(tuple(map(sum, zip(*found, strict=True))), self.held)

    def _hashed(self, part: int) -> tuple[int, ...]:
        known = {} if self.keeper is None else self.keeper.hashed
        if part not in known:
            with connected(self.address, snapshot=self.snapshot) as connection:
                known[part] = rows_hashed(connection, self.relation.name, self._condition(part))
        return known[part]

    def read(self, part: int, columns: Sequence[str]) -> Iterator[Any]:
        """Batches of a part with these columns, in the order of the key."""
        held = [c for c in self.held if _called(c) in columns]
        with connected(self.address, snapshot=self.snapshot) as connection:
            selected = self._ranged(query(self.relation, held), part)
            streamed = connection.execution_options(stream_results=True, yield_per=_BATCH)
            with streamed.execute(selected) as rows:
                for batch in rows.partitions():
                    frame = framed(connection, [tuple(row) for row in batch], held, name=self.layer)
                    yield self._placed(frame, self.names()[part])

    def _placed(self, frame: Any, part: str) -> Any:
        """Batch in the system of the table; without places it says none of itself."""
        if not hasattr(frame, "set_crs") or self.crs is None:
            return frame
        if frame.crs is None:
            return frame.set_crs(self.crs)
        if frame.crs != CRS(self.crs):
            raise LayerError(
                message(
                    "{layer}: the places of one table are in several reference systems ({values}). Bring them into one "
                    "(ST_Transform).",
                    layer=f"{self.layer} [{part}]",
                    values=f"{CRS(self.crs).name}, {frame.crs.name}",
                )
            )
        return frame

    def _ends(self, part: int) -> tuple[str | None, str | None]:
        """First key of a part and of the next; the first part has what lies before, the last all that follows."""
        last = part + 1 == len(self.starts)
        return (self.starts[part] if part else None), (None if last else self.starts[part + 1])

    def _ranged(self, select: Select[Any], part: int) -> Select[Any]:
        import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

        kinds: dict[str, Any] = {
            "int2": sa.SmallInteger,
            "int4": sa.Integer,
            "int8": sa.BigInteger,
            "uuid": sa.Uuid(as_uuid=False),
        }
        key: Any = sql_column(self.key)
        kind = kinds.get(self.key.type, sa.Text)
        first, after = self._ends(part)
        if first is not None:
            select = select.where(key >= sa.cast(sa.literal(first, sa.Text), kind))
        if after is not None:
            select = select.where(key < sa.cast(sa.literal(after, sa.Text), kind))
        return select.order_by(key)

    def _condition(self, part: int) -> Composable:
        from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

        key, kind = sql.Identifier(self.key.name), sql.Identifier(self.key.type)
        first, after = self._ends(part)
        found: list[Composable] = [sql.SQL("true")]
        if first is not None:
            found.append(sql.SQL("{} >= {}::text::{}").format(key, sql.Literal(first), kind))
        if after is not None:
            found.append(sql.SQL("{} < {}::text::{}").format(key, sql.Literal(after), kind))
        return sql.SQL(" and ").join(found)


def sql_column(held: Held) -> Any:
    """Column within a query."""
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    return sa.column(sa.quoted_name(held.name, quote=True))


def _called(held: Held) -> str:
    """Name of a column in the frames that are read."""
    return "geometry" if held.type in PLACES else held.name


def table_source(address: Address, *, name: str = "", kind: str = "", rows: int = ROWS) -> TableSource:
    """
    Table as a source in parts.

    Parameters
    ----------
    address
        Database and table.
    name
        What the layer is called in messages.
    kind
        Kind of layer, which chooses among several tables where none is named.
    rows
        Rows of a part.

    Returns
    -------
    source
        Parts by ranges of the primary key.

    Raises
    ------
    LayerError
        If the table has no primary key of one column, or no rows.
    """
    title = name or kind
    with connected(address) as connection:
        relation = holdings.chosen(connection, address, kind=kind, layer=title)
    with ExitStack() as stack:
        connection = stack.enter_context(connected(address, locked=relation.name))
        snapshot = do(connection, "select pg_export_snapshot()").fetchone()[0]
        held = holdings.columns(connection, relation.oid)
        key = _key(connection, relation, held, title)
        starts = _starts(connection, relation.name, key, rows)
        if not starts:
            raise LayerError(message("{layer}: the layer is empty. Choose a layer with rows.", layer=title))
        crs = _system(connection, relation, held, title)
        keeper = Keeper(stack.pop_all())
    return TableSource(address, relation, tuple(wanted(held)), key, starts, crs, title, snapshot, keeper)


def _key(connection: Connection, relation: Relation, held: list[Held], layer: str) -> Held:
    """Primary key of one column, of a type whose ranges are parts."""
    found = [r.name for r in holdings.rows(connection, _KEY, oid=relation.oid)]
    key = next((c for c in held if [c.name] == found and c.type in _TYPES), None)
    if key is None:
        raise LayerError(
            message(
                "{layer}: the table {table} has no primary key of one column (a whole number, text or UUID), by "
                "which it could be read in parts. Add one.",
                layer=layer,
                table=relation.name,
            )
        )
    return key


def _system(connection: Connection, relation: Relation, held: list[Held], layer: str) -> str | None:
    """System of the first place that there is, as text."""
    places = [c for c in held if c.type in PLACES][:1]
    if not places:
        return None
    there = sql_column(places[0]).isnot(None)
    first = list(connection.execute(query(relation, places).where(there).limit(1)))
    crs = framed(connection, first, places, name=layer).crs
    return None if crs is None else str(crs.to_string())


def _starts(connection: Any, table: TableName, key: Held, rows: int) -> tuple[str, ...]:
    """First key of each part, in the order of the database."""
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    column = sql.Identifier(key.name)
    found = do(
        connection,
        "select k::text from (select {} as k, row_number() over (order by {}) as n from {}) s "
        "where mod(n - 1, {}) = 0 order by n",
        column,
        column,
        identifier(table),
        sql.Literal(rows),
    )
    return tuple(r[0] for r in found)
