"""Addresses of databases in a study file, checked without asking any database."""

from __future__ import annotations

from typing import Any

from geoterritorio.errors import GeoterritorioError, message
from geoterritorio.layers.postgis.address import is_address, split_address, target_address
from geoterritorio.study.checks import Findings


def read_address(found: Findings, text: str, layer: str | None, where: str) -> str:
    """Address of a table as readers take it, from the path of a layer and its key `layer`; nothing where it is none."""
    base, mark, query = text.partition("?")
    address = f"{base}|{layer}{mark}{query}" if layer and "|" not in base else text
    try:
        split_address(address)
    except GeoterritorioError as error:
        for problem in error.problems:
            found.add(message("{key}: {problem}", key=where, problem=problem))
        return ""
    return address


def read_output(found: Findings, table: dict[str, Any]) -> tuple[str, str]:
    """Database and schema into which a study also puts its layers and results; nothing where it names none."""
    found.keys(table, ("postgis", "schema"), "output.")
    address, schema = table.get("postgis", ""), table.get("schema", "")
    for key, value in (("postgis", address), ("schema", schema)):
        if not isinstance(value, str):
            found.add(message("{key}: must be text.", key=f"output.{key}"))
    if not isinstance(address, str) or not isinstance(schema, str) or not address:
        return "", ""
    if not is_address(address):
        found.add(
            message(
                "{key}: must be the address of a database: postgresql://user@host/database.",
                key="output.postgis",
            )
        )
        return "", ""
    try:
        server = target_address(address)
    except GeoterritorioError as error:
        for problem in error.problems:
            found.add(message("{key}: {problem}", key="output.postgis", problem=problem))
        return "", ""
    return server.server, schema
