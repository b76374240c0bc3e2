"""Proximity on layers. Importing files the tools."""

from geoterritorio.proximity.tools.areas import (
    NearestAreasResult,
    ServiceAreasResult,
    nearest_areas,
    service_areas,
)
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
    "NearestAreasResult",
    "NetworkResult",
    "ServiceAreasResult",
    "TravelCostsResult",
    "isochrones",
    "nearest_areas",
    "road_network",
    "service_areas",
    "travel_costs",
]
