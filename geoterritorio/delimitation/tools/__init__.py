"""Delimitation on layers. Importing files the tools."""

from geoterritorio.delimitation.tools.grid import regular_grid
from geoterritorio.delimitation.tools.labour import LabourMarketResult, labour_markets
from geoterritorio.delimitation.tools.stability import StabilityResult, labour_market_stability

__all__ = [
    "LabourMarketResult",
    "StabilityResult",
    "labour_market_stability",
    "labour_markets",
    "regular_grid",
]
