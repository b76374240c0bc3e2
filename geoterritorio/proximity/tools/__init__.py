"""Reach on layers. Importing files the tools."""

from geoterritorio.proximity.tools.access import (
    AccessInequalityResult,
    FloatingCatchmentsResult,
    PotentialResult,
    access_inequality,
    floating_catchments,
    gravity_access,
    opportunities_within,
    spatial_availability,
)
from geoterritorio.proximity.tools.areas import (
    NearestAreasResult,
    ServiceAreasResult,
    SumsWithinResult,
    nearest_areas,
    service_areas,
    sums_within,
)
from geoterritorio.proximity.tools.choice import (
    HuffFitResult,
    HuffSharesResult,
    break_points,
    fit_huff,
    huff_shares,
)
from geoterritorio.proximity.tools.rational import RationalAccessResult, rational_agent_access
from geoterritorio.proximity.tools.reach import OneMoreResult, ReachResult, one_more_centre, reach
from geoterritorio.proximity.tools.roads import (
    IsochronesResult,
    NetworkResult,
    TravelCostsResult,
    isochrones,
    road_network,
    travel_costs,
)
from geoterritorio.proximity.tools.surface import (
    AllocationResult,
    CostDistanceResult,
    FrictionResult,
    allocation,
    cost_distance,
    friction_surface,
    least_cost_paths,
    zonal_sums,
)

__all__ = [
    "AccessInequalityResult",
    "AllocationResult",
    "CostDistanceResult",
    "FloatingCatchmentsResult",
    "FrictionResult",
    "HuffFitResult",
    "HuffSharesResult",
    "IsochronesResult",
    "NearestAreasResult",
    "NetworkResult",
    "OneMoreResult",
    "PotentialResult",
    "RationalAccessResult",
    "ReachResult",
    "ServiceAreasResult",
    "SumsWithinResult",
    "TravelCostsResult",
    "access_inequality",
    "allocation",
    "break_points",
    "cost_distance",
    "fit_huff",
    "floating_catchments",
    "friction_surface",
    "gravity_access",
    "huff_shares",
    "isochrones",
    "least_cost_paths",
    "nearest_areas",
    "one_more_centre",
    "opportunities_within",
    "rational_agent_access",
    "reach",
    "road_network",
    "service_areas",
    "spatial_availability",
    "sums_within",
    "travel_costs",
    "zonal_sums",
]
