"""A connection to a database, and every way in which one refuses, in words of ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, LiteralString

from geoterritorio.errors import DependencyError, GeoterritorioError, LayerError, Message, masked, message
from geoterritorio.layers.postgis.address import Address, TableName

if TYPE_CHECKING:
    from psycopg.sql import Composable
    from sqlalchemy import Connection

_PATIENCE = 10  # seconds: for the server's answer, and for others to let go of a table
_CALLED = "geoterritorio"
# What a server says by its code, which is the same in every language.
_SAID = {
    "28P01": message("the password is wrong, or there is none"),
    "28000": message("this user may not come in"),
    "3D000": message("there is no such database"),
    "42501": message("this user has no right to do it"),
    "53100": message("the disk of the server is full"),
    "53200": message("the server has not enough memory"),
    "53300": message("the server has too many connections"),
    "53400": message("the server allows no more room for it"),
    "25006": message("this server can only be read"),
    "55P03": message("somebody else works with the table; try again when they are done"),
    "40P01": message("somebody else works with the table; try again when they are done"),
    "57014": message("the server stopped it, for example because it took too long"),
    "57P01": message("the server cut the connection"),
    "57P02": message("the server cut the connection"),
    "57P03": message("the server is starting or stopping"),
    "2BP01": message("other objects of the database, such as views, depend on the table"),
    "42P07": message("a table of this name was made in the meantime"),
    "42P01": message("the table is gone"),
}


def require_packages() -> None:
    """Refusal where the packages for databases are not installed."""
    try:
        import geoalchemy2  # noqa: F401, PLC0415 - only asked whether it is there, when a table is asked for
        import psycopg  # noqa: F401, PLC0415 - only asked whether it is there
        import sqlalchemy  # noqa: F401, PLC0415 - only asked whether it is there
    except ImportError as error:
        raise DependencyError(
            message(
                "Tables of a database need the package {package}. Install it: pip install 'geoterritorio[postgis]'",
                package=error.name or "psycopg",
            )
        ) from error


@contextmanager
def connected(
    address: Address, *, write: bool = False, locked: TableName | None = None, snapshot: str = ""
) -> Iterator[Connection]:
    """
    Connection in one transaction, of which nothing stays unless it is `committed`.

    Parameters
    ----------
    address
        Database.
    write
        Whether something is to be changed; else nothing can be.
    locked
        Table that nobody can empty, drop or rebuild while the connection lasts, and of which all rows are seen as they
        were when it began.
    snapshot
        Number of the state of the database that another connection holds, and that is seen here too.

    Yields
    ------
    connection
        Of SQLAlchemy, with the functions of PostGIS in reach, wherever they are installed.

    Raises
    ------
    LayerError
        If the database cannot be reached, or refuses what is asked of it.
    DependencyError
        If the packages are missing.
    """
    require_packages()
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    engine = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: _opened(address), poolclass=sa.pool.NullPool
    )
    try:
        with engine.connect() as connection:
            _as_it_was(connection, address, locked, snapshot)
            _prepared(connection, write=write)
            yield connection
    except (GeoterritorioError, MemoryError):
        raise
    except Exception as error:
        if not _of_database(error):
            raise
        raise LayerError(_refusal(address, error, write=write)) from None  # causes quote addresses and rows
    finally:
        engine.dispose()


def _opened(address: Address) -> Any:
    import psycopg  # noqa: PLC0415 - databases only where a table is asked for

    patience: dict[str, Any] = {} if "connect_timeout=" in address.server else {"connect_timeout": _PATIENCE}
    try:
        return psycopg.connect(
            address.server, application_name=_CALLED, client_encoding="UTF8", keepalives_idle=30, **patience
        )
    except psycopg.Error as error:
        text = message(
            "The database {address} cannot be reached: {reason}. Check host, database and user; the password is taken "
            "from PGPASSWORD, the file ~/.pgpass or a service.",
            address=masked(address.server),
            reason=reason(error),
        )
        raise LayerError(text) from None  # the cause quotes the address


def _as_it_was(connection: Connection, address: Address, locked: TableName | None, snapshot: str) -> None:
    """Beginning of a transaction that sees one state of the database throughout."""
    from psycopg import Error, sql  # noqa: PLC0415 - databases only where a table is asked for

    if locked is None and not snapshot:
        return
    do(connection, "set transaction isolation level repeatable read")
    if locked is not None:
        do(connection, "set local idle_in_transaction_session_timeout = 0")
        do(connection, "set local lock_timeout = {}", sql.Literal(f"{_PATIENCE}s"))
        do(connection, "lock table {} in access share mode", identifier(locked))
        return
    try:
        do(connection, "set transaction snapshot {}", sql.Literal(snapshot))
    except Error:
        text = message(
            "{address}: the table can no longer be read as it was when the work began: the server has ended the "
            "connection that held this state. Begin anew; parts that are kept and have not changed need not be counted "
            "again.",
            address=masked(address.server),
        )
        raise LayerError(text) from None  # causes quote addresses


def _prepared(connection: Connection, *, write: bool) -> None:
    """Settings of the session: exact numbers, rows as they lie, no endless waiting, PostGIS in reach."""
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    path = (
        "select set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''), "
        "(select string_agg(quote_ident(nspname::text), ', ') from pg_extension e join pg_namespace n "
        "on n.oid = e.extnamespace where extname in ('postgis', 'postgis_raster'))), true)"
    )
    for said in (
        "set local extra_float_digits = 1",
        "set local synchronize_seqscans = off",
        f"set local lock_timeout = '{_PATIENCE}s'",
        "set local client_min_messages = error",
        path,
        *(() if write else ("set transaction read only",)),
    ):
        connection.execute(sa.text(said))


def committed(connection: Connection, address: Address) -> None:
    """
    End of a transaction; where the connection breaks in it, the server is asked what became of it.

    Parameters
    ----------
    connection
        With the transaction.
    address
        Its database.

    Raises
    ------
    LayerError
        If it was not committed, or nobody can say whether it was.
    """
    import sqlalchemy as sa  # noqa: PLC0415 - databases only where a table is asked for

    number = ""
    try:
        number = str(connection.scalar(sa.text("select pg_current_xact_id()::text")))
        connection.commit()
    except Exception as error:
        if not _of_database(error):
            raise
        became = _became(address, number) if number else "aborted"
        if became == "aborted":
            raise LayerError(
                _refusal(address, error, write=True)
            ) from None  # causes quote addresses and rows
        if became != "committed":
            raise LayerError(
                message(
                    "{address}: the connection broke while the database was confirming what was written. Look whether "
                    "the tables are there: all of them are, or none.",
                    address=address.server,
                )
            ) from None  # as above


def _became(address: Address, transaction: str) -> str:
    """What a server says of a transaction; nothing where it does not answer."""
    try:
        with _opened(address) as again:
            row = again.execute("select pg_xact_status(%s::xid8)", (transaction,)).fetchone()
            return str(row[0])
    except Exception:  # noqa: BLE001 - whatever it is, nothing is known, and the first error is told
        return ""


def identifier(table: TableName) -> Composable:
    """Name of a table within a statement."""
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    return sql.Identifier(*([table.schema] if table.schema else []), table.name)


def do(connection: Connection, form: LiteralString, *parts: Composable) -> Any:
    """Cursor of a statement of a form of ours, whose names are identifiers, in the transaction of the connection."""
    from psycopg import sql  # noqa: PLC0415 - databases only where a table is asked for

    return driver(connection).execute(sql.SQL(form).format(*parts))


def driver(connection: Connection) -> Any:
    """Connection of psycopg that lies beneath."""
    return connection.connection.driver_connection


def _of_database(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in {"psycopg", "sqlalchemy", "psycopg_binary"}


def reason(error: BaseException) -> Message:
    """Why a database refused: by its code where we have words for it, else quoted; never with a password."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlstate", None)
    if code in _SAID:
        return _SAID[code]
    lines = str(cause).strip().splitlines()
    return message(
        "{library} says: “{said}”", library="PostgreSQL", said=_unspoken(lines[0] if lines else "?")
    )


def _unspoken(text: str) -> str:
    """Text without addresses' passwords and without that of the environment."""
    secret = os.environ.get("PGPASSWORD", "")
    return masked(text.replace(secret, "…") if secret else text)


def _refusal(address: Address, error: BaseException, *, write: bool) -> Message:
    if write:
        return message(
            "{address} cannot be written: {reason}. Nothing was changed.",
            address=address.server,
            reason=reason(error),
        )
    return message("{address} cannot be read: {reason}.", address=address.server, reason=reason(error))
