"""Proximity on layers. Importing files the tools."""

from geoterritorio.proximity.tools.roads import (
    IsochronesResult,
    NetworkResult,
    TravelCostsResult,
    isochrones,
    road_network,
    travel_costs,
)

__all__ = [
    "IsochronesResult",
    "NetworkResult",
    "TravelCostsResult",
    "isochrones",
    "road_network",
    "travel_costs",
]
