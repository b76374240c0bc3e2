"""Delimitation on layers. Importing files the tools."""

from geoterritorio.delimitation.tools.comparison import (
    AgreementResult,
    CommunityResult,
    division_agreement,
    flow_communities,
)
from geoterritorio.delimitation.tools.grid import regular_grid
from geoterritorio.delimitation.tools.labour import LabourMarketResult, labour_markets
from geoterritorio.delimitation.tools.stability import StabilityResult, labour_market_stability

__all__ = [
    "AgreementResult",
    "CommunityResult",
    "LabourMarketResult",
    "StabilityResult",
    "division_agreement",
    "flow_communities",
    "labour_market_stability",
    "labour_markets",
    "regular_grid",
]
