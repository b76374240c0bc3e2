"""Delimitation on layers. Importing files the tools."""

from geoterritorio.delimitation.tools.crosswalks import (
    CrosswalkResult,
    PanelResult,
    TransferResult,
    crosswalk,
    harmonised_panel,
    transfer,
)
from geoterritorio.delimitation.tools.grid import regular_grid
from geoterritorio.delimitation.tools.versions import (
    ChecksResult,
    LineageResult,
    apply_events,
    as_of,
    history_checks,
    lineage,
)

__all__ = [
    "ChecksResult",
    "CrosswalkResult",
    "LineageResult",
    "PanelResult",
    "TransferResult",
    "apply_events",
    "as_of",
    "crosswalk",
    "harmonised_panel",
    "history_checks",
    "lineage",
    "regular_grid",
    "transfer",
]
