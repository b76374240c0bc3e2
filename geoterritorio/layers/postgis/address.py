"""Where a table lies: ``postgresql://user@host/db?table=schema.name``. Nothing is asked and no package loaded here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from geoterritorio.errors import LayerError, message

_SCHEME = re.compile(r"postgres(?:ql)?://", re.IGNORECASE)
# What libpq itself understands behind an address; anything else is ours, or a column.
_LIBPQ = frozenset(
    (
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "service",
        "passfile",
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslcrl",
        "gssencmode",
        "channel_binding",
        "target_session_attrs",
        "connect_timeout",
        "options",
    )
)
_SECRET = ("password", "sslpassword")
_OWN = ("table", "territories")
_ALIKE = 0.8  # of a word and the option that may be meant
_SIGNS = "&%?|#+"  # that mean something in an address
_QUOTED = re.compile(r'(?:"(?P<schema>(?:[^"]|"")+)"|(?P<plain>[^".]+))\."(?P<name>(?:[^"]|"")+)"')


@dataclass(frozen=True)
class TableName:
    """Name of a table; without a schema, the first of the search path that has it."""

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"

    def quoted(self) -> str:
        """Name as an address takes it, whatever it holds."""
        if self.schema is None:
            return self.name
        return ".".join('"' + part.replace('"', '""') + '"' for part in (self.schema, self.name))


@dataclass(frozen=True)
class Address:
    """
    A database, and perhaps a table in it.

    Attributes
    ----------
    server
        Address as libpq takes it; it holds no password.
    table
        Table, where one is named.
    territories
        Table of territories beside which a view shows a result that has no place of its own.
    """

    server: str
    table: TableName | None = None
    territories: TableName | None = None

    def __str__(self) -> str:
        mark = "&" if "?" in self.server else "?"
        if self.table is None:
            return self.server
        plain = table_name(str(self.table)) == self.table and not set(str(self.table)) & set(_SIGNS)
        return f"{self.server}{mark}table={self.table if plain else quote(self.table.quoted())}"


def is_address(source: str | Path) -> bool:
    """Whether a source or target is a table of a database, and no file."""
    return isinstance(source, str) and _SCHEME.match(source) is not None


def split_address(source: str) -> tuple[Address, dict[str, str]]:
    """
    Database and table, and the options that are neither.

    Parameters
    ----------
    source
        ``postgresql://user@host/db?table=schema.name``, also ``postgresql://user@host/db|schema.name``. A name that
        holds a point is written as in SQL: ``"my.schema"."a.b"``.

    Returns
    -------
    address
        Where the table is.
    options
        Others, such as `crs`, `on`, or columns with values of rows.

    Raises
    ------
    LayerError
        If the address holds a password, which everybody could read there, or is none.

    Examples
    --------
    >>> address, options = split_address("postgresql://ana@db/land?table=reg.firms&on=2025&sslmode=require")
    >>> str(address), str(address.table), options
    ('postgresql://ana@db/land?sslmode=require&table=reg.firms', 'reg.firms', {'on': '2025'})
    """
    base, _, query = source.partition("?")
    base, _, layer = base.partition("|")
    given = [part.partition("=") for part in query.split("&") if part]
    named = {unquote(key): unquote(value) for key, _, value in given}
    _refuse_secret(base, named)
    kept = "&".join(f"{key}={quote(v, safe='/:,')}" for key, v in named.items() if key in _LIBPQ)
    own = {key: table_name(named[key]) for key in _OWN if named.get(key)}
    if layer and "table" not in own:
        own["table"] = table_name(unquote(layer))
    options = {key: v for key, v in named.items() if key not in _LIBPQ and key not in _OWN}
    return Address(f"{base}?{kept}" if kept else base, own.get("table"), own.get("territories")), options


def target_address(target: str) -> Address:
    """
    Database and table into which something is written.

    Parameters
    ----------
    target
        As for `split_address`; options that choose rows or read in another way have no meaning here.

    Returns
    -------
    address
        Where the table is.

    Raises
    ------
    LayerError
        If the address holds a password, or an option that no output has.
    """
    address, options = split_address(target)
    problems = []
    for option in options:
        near = get_close_matches(option, [*_OWN, *sorted(_LIBPQ)], n=1, cutoff=_ALIKE)
        problems.append(
            message(
                "The address of an output has no option “{option}”.{hint} It may have {known}, and those of the "
                "connection: {more}.",
                option=option,
                hint=message(" Did you mean “{near}”?", near=near[0]) if near else "",
                known=", ".join(_OWN),
                more=", ".join(sorted(_LIBPQ)),
            )
        )
    if problems:
        raise LayerError(problems)
    return address


def _refuse_secret(base: str, named: dict[str, str]) -> None:
    try:
        secret = urlsplit(base).password is not None
    except ValueError as error:
        raise LayerError(
            message("The address of the database is not written as postgresql://user@host/database.")
        ) from error
    if secret or set(_SECRET) & named.keys():
        text = message(
            "The address of the database holds a password, which others could read in lists of processes, "
            "histories and logs. Leave it out: it is taken from PGPASSWORD, from the file ~/.pgpass or from a service "
            "(?service=name)."
        )
        raise LayerError(text)


def table_name(text: str) -> TableName:
    """
    Table that a text names: ``name``, ``schema.name``, or in quotation marks as in SQL.

    Examples
    --------
    >>> table_name("reg.Firms 2025"), table_name('"my.schema"."a""b"')
    (TableName(name='Firms 2025', schema='reg'), TableName(name='a"b', schema='my.schema'))
    """
    if found := _QUOTED.fullmatch(text):
        schema = found["plain"] or found["schema"].replace('""', '"')
        return TableName(found["name"].replace('""', '"'), schema)
    schema, point, name = text.partition(".")
    return TableName(name, schema) if point and schema and name else TableName(text)
