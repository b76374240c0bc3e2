"""Report of the interpreter that runs this file, as JSON: what the core needs, what is there, what is too old.

Run by candidate interpreters, of any age: standard library alone, and no newer syntax than theirs.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from pathlib import Path
from typing import Any

LEAST_PYTHON = (3, 11)
LEAST_GDAL = (3, 9)


def numbers(version: str) -> tuple[Any, ...]:
    """Leading numbers of a version."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def requirement(line: str) -> tuple[Any, ...]:
    """Name of a package and its least version."""
    name, _, least = line.partition(">=")
    return name.strip(), least.strip()


def packages(lines: list[str]) -> list[dict[str, Any]]:
    """Each required package with its version here, None where it is absent, and whether that is enough."""
    from importlib import metadata  # noqa: PLC0415 - older interpreters have none, and are asked all the same

    found = []
    for line in lines:
        name, least = requirement(line)
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = None
        enough = version is not None and numbers(version) >= numbers(least)
        found.append({"name": name, "least": least, "version": version, "enough": enough})
    return found


def gdal() -> str:
    """Version of the library that will write the results; empty where it cannot be loaded."""
    try:
        import pyogrio  # noqa: PLC0415 - what may fail to load is what is asked
    except Exception:  # noqa: BLE001 - clashing libraries raise anything
        return ""
    return ".".join(str(part) for part in pyogrio.__gdal_version__)


def report(lines: list[str]) -> dict[str, Any]:
    """What this interpreter has of what the core needs."""
    enough = sys.version_info[:2] >= LEAST_PYTHON
    listed = packages(lines) if sys.version_info >= (3, 8) else []
    missing = [p for p in listed if not p["enough"]]
    library = gdal() if enough and not missing else ""
    ready = enough and not missing and numbers(library)[:2] >= LEAST_GDAL
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "least_python": ".".join(map(str, LEAST_PYTHON)),
        "python_enough": enough,
        "packages": listed,
        "gdal": library,
        "least_gdal": ".".join(map(str, LEAST_GDAL)),
        "ready": ready,
    }


if __name__ == "__main__":
    listed = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    wanted = [line.strip() for line in listed if line.strip()]
    sys.stdout.write(json.dumps(report(wanted)) + "\n")
