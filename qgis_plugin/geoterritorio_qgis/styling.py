"""Ready styles for results, applied when QGIS loads them as layers."""

from __future__ import annotations

from typing import Any

from .texts import Description


def follow(tool: Description, output: Description, place: str, context: Any) -> None:
    """Style of an output's layer, where it will be loaded."""
    del tool, output, place, context
