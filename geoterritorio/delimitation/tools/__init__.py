"""Delimitation on layers. Importing files the tools."""

from geoterritorio.delimitation.tools.comparison import (
    AgreementResult,
    CommunityResult,
    division_agreement,
    flow_communities,
)
from geoterritorio.delimitation.tools.crosswalks import (
    CrosswalkResult,
    PanelResult,
    TransferResult,
    crosswalk,
    harmonised_panel,
    transfer,
    version_panel,
)
from geoterritorio.delimitation.tools.grid import regular_grid
from geoterritorio.delimitation.tools.labour import LabourMarketResult, labour_markets
from geoterritorio.delimitation.tools.stability import StabilityResult, labour_market_stability
from geoterritorio.delimitation.tools.versions import (
    ChecksResult,
    LineageResult,
    apply_events,
    as_of,
    history_checks,
    lineage,
)

__all__ = [
    "AgreementResult",
    "ChecksResult",
    "CommunityResult",
    "CrosswalkResult",
    "LabourMarketResult",
    "LineageResult",
    "PanelResult",
    "StabilityResult",
    "TransferResult",
    "apply_events",
    "as_of",
    "crosswalk",
    "division_agreement",
    "flow_communities",
    "harmonised_panel",
    "history_checks",
    "labour_market_stability",
    "labour_markets",
    "lineage",
    "regular_grid",
    "transfer",
    "version_panel",
]
