"""Proximity on layers. Importing files the tools."""

from geoterritorio.proximity.tools.reach import OneMoreResult, ReachResult, one_more_centre, reach
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
    "OneMoreResult",
    "ReachResult",
    "TravelCostsResult",
    "isochrones",
    "one_more_centre",
    "reach",
    "road_network",
    "travel_costs",
]
