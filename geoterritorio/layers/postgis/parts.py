"""A table in parts: ranges of its primary key, each read on its own and in batches, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geoterritorio.errors import LayerError, message
from geoterritorio.layers.postgis import holdings
from geoterritorio.layers.postgis.address import Address, TableName
from geoterritorio.layers.postgis.connection import connected, do, identifier
from geoterritorio.layers.postgis.holdings import Held, Relation
from geoterritorio.layers.postgis.reading import PLACES, framed, query, wanted

if TYPE_CHECKING:
    from psycopg.sql import Composable
    from sqlalchemy import Select

ROWS = 1_000_000  # of a part
_BATCH = 100_000  # rows that are in memory as the driver has them
_TYPES = ("int2", "int4", "int8", "text", "varchar", "uuid")
_KEY = """
select a.attname::text as name, t.typname::text as type from pg_index i
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey) join pg_type t on t.oid = a.atttypid
where i.indrelid = cast(:oid as bigint)::oid and i.indisprimary
"""


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
    """

    address: Address
    relation: Relation
    held: tuple[Held, ...]
    key: Held
    starts: tuple[str, ...]
    crs: str | None
    layer: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns as the user has them."""
        return tuple(_called(c) for c in self.held)

    @property
    def geometry(self) -> str | None:
        """Column of places, if any."""
        return next((_called(c) for c in self.held if c.type in PLACES), None)

    def names(self) -> Sequence[str]:
        """What each part is called: table and first key."""
        return [f"{self.relation.name} {self.key.name} ≥ {start}" for start in self.starts]

    def identity(self, part: int) -> Sequence[object]:
        """Number and hashes of the rows of a part, which the database computes."""
        with connected(self.address) as connection:
            found = do(
                connection,
                "select count(*), sum(hashtextextended(t::text, 1)), sum(hashtextextended(t::text, 2)) from {} t "
                "where {}",
                identifier(self.relation.name),
                self._condition(part),
            ).fetchone()
        return (str(self.relation.name), part, *map(str, found), *(f"{c.name} {c.words}" for c in self.held))

    def read(self, part: int, columns: Sequence[str]) -> Iterator[Any]:
        """Batches of a part with these columns, in the order of the key."""
        held = [c for c in self.held if _called(c) in columns]
        with connected(self.address) as connection:
            rows = connection.execution_options(stream_results=True, yield_per=_BATCH).execute(
                self._ranged(query(self.relation, held), part)
            )
            for batch in rows.partitions():
                yield framed(connection, [tuple(row) for row in batch], held, name=self.layer)

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
        key: Any = sa.column(sa.quoted_name(self.key.name, quote=True))
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
    with connected(address) as connection:
        relation = holdings.chosen(connection, address, kind=kind, layer=name or kind)
        found = holdings.rows(connection, _KEY, oid=relation.oid)
        held = holdings.columns(connection, relation.oid)
        key = next((c for c in held if [c.name] == [r.name for r in found] and c.type in _TYPES), None)
        if key is None:
            raise LayerError(
                message(
                    "{layer}: the table {table} has no primary key of one column (a whole number, text or UUID), by "
                    "which it could be read in parts. Add one.",
                    layer=name or kind,
                    table=relation.name,
                )
            )
        starts = _starts(connection, relation.name, key, rows)
        if not starts:
            raise LayerError(
                message("{layer}: the layer is empty. Choose a layer with rows.", layer=name or kind)
            )
        first = framed(connection, list(connection.execute(query(relation, held).limit(1))), held, name=name)
        crs = getattr(first, "crs", None)
    kept = tuple(wanted(held))
    return TableSource(address, relation, kept, key, starts, crs.to_string() if crs else None, name or kind)


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
