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
from geoterritorio.delimitation.tools.natural import (
    LimitResult,
    NaturalBasinResult,
    limit_agreement,
    natural_basins,
)
from geoterritorio.delimitation.tools.network import NetworkResult, market_network
from geoterritorio.delimitation.tools.stability import StabilityResult, labour_market_stability
from geoterritorio.delimitation.tools.urban import UrbanAreaResult, functional_urban_areas
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
    "LimitResult",
    "LineageResult",
    "NaturalBasinResult",
    "NetworkResult",
    "PanelResult",
    "StabilityResult",
    "TransferResult",
    "UrbanAreaResult",
    "apply_events",
    "as_of",
    "crosswalk",
    "division_agreement",
    "flow_communities",
    "functional_urban_areas",
    "harmonised_panel",
    "history_checks",
    "labour_market_stability",
    "labour_markets",
    "limit_agreement",
    "lineage",
    "market_network",
    "natural_basins",
    "regular_grid",
    "transfer",
    "version_panel",
]
