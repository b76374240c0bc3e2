"""The names that others may rely on: of the rooms in Python, of commands with their options, outputs and columns.

``python scripts/public_names.py`` writes ``tests/release/public_names.txt``, which a test compares with the code:
a name that goes, or is called otherwise, is seen before it is released (``docs/stability.md``).
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoterritorio import registry
from geoterritorio.interface import describe

LIST = Path(__file__).parents[1] / "tests" / "release" / "public_names.txt"
ROOMS = (*describe.ROOMS, "study")


def in_python() -> Iterator[str]:
    """A line for each name of a room: parameters of functions, fields of classes."""
    for room in ROOMS:
        module = importlib.import_module(f"geoterritorio.{room}")
        for name in sorted(module.__all__):
            yield f"python {room}.{name}{_parameters(getattr(module, name))}"


def _parameters(thing: Any) -> str:
    """Names of what a function or class takes; those with a default are optional."""
    if not callable(thing):
        return ""
    try:
        taken = inspect.signature(thing).parameters.values()
    except ValueError:
        return ""
    words = []
    for one in taken:
        if one.kind is one.KEYWORD_ONLY and "*" not in words and not any(w.startswith("*") for w in words):
            words.append("*")
        star = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
        words.append(star + one.name + ("" if star or one.default is one.empty else "="))
    return f"({', '.join(words)})"


def of_commands() -> Iterator[str]:
    """A line for each command with its options, for each of its outputs with the columns, for each kind of layer."""
    described = {**registry.descriptions(), **registry.forms()}
    kinds: dict[str, set[str]] = {}
    for name, tool in described.items():
        command = f"command {name.replace('_', '-')}"
        yield f"{command} takes {' '.join(p['name'] + '=' * (not p['required']) for p in tool['parameters'])}"
        for one in tool["outputs"]:
            yield f"{command} gives {one['name']}: {' '.join(sorted(_columns(one)))}".rstrip()
        for one in tool["parameters"]:
            if one["type"] == "layer":
                kinds.setdefault(one["kind"], set()).update(_columns(one))
    yield from (f"layer {kind}: {' '.join(sorted(columns))}".rstrip() for kind, columns in kinds.items())


def _columns(part: dict[str, Any]) -> list[str]:
    """Names of the columns of an input or output."""
    return [column["name"] for column in part.get("columns") or ()]


def listed() -> str:
    """All lines."""
    describe.load_tools()
    return "".join(f"{line}\n" for line in [*in_python(), *sorted(of_commands())])


if __name__ == "__main__":
    LIST.write_text(listed(), encoding="utf-8")
