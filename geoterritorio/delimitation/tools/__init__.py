"""Delimitation on layers. Importing files the tools."""

from geoterritorio.delimitation.tools.grid import regular_grid
from geoterritorio.delimitation.tools.labour import LabourMarketResult, labour_markets

__all__ = ["LabourMarketResult", "labour_markets", "regular_grid"]
