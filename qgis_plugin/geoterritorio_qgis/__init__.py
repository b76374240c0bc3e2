"""geoterritorio inside QGIS: every tool as a Processing algorithm, computed in a process of its own.

Nothing in this package imports more than QGIS, Qt and the standard library, so it loads whatever is installed.
"""

from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:
    """Plugin object for QGIS's plugin manager."""
    from .plugin import Plugin  # noqa: PLC0415 - QGIS imports the package to read its name

    return Plugin(iface)
