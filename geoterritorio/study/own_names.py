"""Names that a study gives to its layers and steps: files and tables are named after them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from geoterritorio.errors import message
from geoterritorio.registry import descriptions
from geoterritorio.study.checks import Findings

_LONGEST = 120  # bytes; that of an output and of its format follow
_DEVICE = re.compile(r"con|prn|aux|nul|(?:com|lpt)[0-9¹²³]", re.IGNORECASE)


def check_own_name(found: Findings, name: str, where: str) -> None:
    """Note a name after which no file can be called."""
    if not re.fullmatch(r"\w[\w -]*", name):
        found.add(message("{key}: a name is made of letters, digits, spaces, “-” and “_”.", key=where))
    elif len(name.encode()) > _LONGEST or _DEVICE.fullmatch(name):
        found.add(
            message(
                "{key}: files are named after it, and no system takes that name. Choose a shorter or another one.",
                key=where,
            )
        )


def check_distinct(found: Findings, layers: Iterable[str], steps: Iterable[tuple[str, str]]) -> None:
    """
    Note layers and results that would be written under one name, of which databases and some disks do not see the case.

    Parameters
    ----------
    found
        Where it is noted.
    layers
        Names of layers.
    steps
        Name and tool of each step.
    """
    tools = descriptions()
    written: dict[str, str] = {}
    results = [
        (f"{name}_{o['name']}", f"steps.{name}") for name, tool in steps for o in tools[tool]["outputs"]
    ]
    for name, where in [*((name, f"layers.{name}") for name in layers), *results]:
        other = written.setdefault(name.casefold(), where)
        if other != where:
            found.add(
                message(
                    "{key}: is written under the same name as {other}. Rename one.", key=where, other=other
                )
            )
