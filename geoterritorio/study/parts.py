"""Registers in parts in a study file: counts by a layer of territories, and the cluster that makes them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geoterritorio.errors import GeoterritorioWarning, LayerError, message
from geoterritorio.layers.files import is_file
from geoterritorio.layers.partitions import Parts
from geoterritorio.layers.postgis.address import is_address
from geoterritorio.layers.postgis.parts import TableSource
from geoterritorio.layers.readers import in_parts
from geoterritorio.study.checks import Findings


def check_path(found: Findings, folder: Path, path: object, where: str, *, parts: bool, address: str) -> None:
    """File or table of a layer, which is in parts only where the layer is counts of them."""
    key = f"{where}.path"
    if path == "":
        return  # an address of which is told already what is wrong with it
    if not isinstance(path, str):
        found.add(message("{key}: must be the path of a file.", key=key))
    elif in_parts(address or folder / path) and not parts:
        found.add(
            message(
                "{key}: {path} is a register in parts, of which a study takes the counts: say kind = “counts”, and as "
                "within the layer of territories by which it is counted.",
                key=key,
                path=path if address else folder / path,
            )
        )
    elif not address and not (in_parts(folder / path) or is_file(folder / path)):
        found.add(message("{key}: there is no file {path}.", key=key, path=folder / path))


def check_within(found: Findings, layers: Mapping[str, Any]) -> None:
    """Registers in parts are counts by a layer of territories."""
    tables = {name: table for name, table in layers.items() if isinstance(table, dict)}
    for name, table in tables.items():
        if "within" not in table:
            continue
        if table.get("kind") != "counts":
            found.add(
                message("{key}: must be one of {options}.", key=f"layers.{name}.kind", options="counts")
            )
        if tables.get(str(table["within"]), {}).get("kind") != "territories":
            found.add(
                message(
                    "{key}: must name a layer of territories, by which the register is counted.",
                    key=f"layers.{name}.within",
                )
            )
        named = {"layer"} if is_address(str(table.get("path", ""))) else set()
        others = sorted(({"only", "layer"} - named) & set(table))
        if others:
            found.add(
                message(
                    "{key}: rows of a register in parts cannot be chosen; leave {names} out.",
                    key=f"layers.{name}",
                    names=", ".join(others),
                )
            )


def read_scheduler(found: Findings, table: dict[str, Any]) -> str | None:
    """Address of a cluster that works through registers in parts."""
    found.keys(table, ("scheduler",), "run.")
    address = table.get("scheduler")
    if address is not None and not isinstance(address, str):
        found.add(message("{key}: must be text.", key="run.scheduler"))
        return None
    return address


def tell_idle_scheduler(scheduler: str | None, *, used: bool) -> None:
    """
    Warning of a cluster that has nothing to do.

    Parameters
    ----------
    scheduler
        Address in the study file.
    used
        Whether any layer is a register in parts.
    """
    if scheduler and not used:
        warnings.warn(
            GeoterritorioWarning(
                message(
                    "{key}: no layer is a register in parts, so that no cluster works. A layer of kind = “counts” with "
                    "within = a layer of territories is one; its path is a folder of Parquet files, or has “?parts” "
                    "behind the name of one file.",
                    key="run.scheduler",
                )
            ),
            stacklevel=2,
        )


def require_unchanged(parts: Parts, fingerprint: str, *, name: str) -> None:
    """
    Refusal of a table that was changed between the begin of a study, which knows it by its hash, and its reading.

    Parameters
    ----------
    parts
        The register as it is read.
    fingerprint
        Hash of the rows at the begin.
    name
        What the layer is called in messages.

    Raises
    ------
    LayerError
        If the rows are others.
    """
    source = parts.reading.source
    if isinstance(source, TableSource) and source.fingerprint() != fingerprint:
        raise LayerError(
            message(
                "{layer}: somebody changed the table {table} while the study began. Run it again.",
                layer=name,
                table=source.relation.name,
            )
        )
