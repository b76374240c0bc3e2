"""What is within reach?"""

from geoterritorio.proximity.access_inequality import AccessInequality, access_spread
from geoterritorio.proximity.areas import nearest_areas, service_areas
from geoterritorio.proximity.choice import HuffShares, break_point, huff_shares
from geoterritorio.proximity.decay import DecayRules, decay_weights
from geoterritorio.proximity.floating import FloatingCatchments, floating_catchments
from geoterritorio.proximity.friction import friction_surface, mean_steepness, road_speeds, tobler_speed
from geoterritorio.proximity.isochrones import Isochrones, ReachRules, isochrones
from geoterritorio.proximity.market_fit import HuffFit, fit_huff
from geoterritorio.proximity.network import NetworkRules, RoadNetwork, road_network
from geoterritorio.proximity.one_more import OneMore, one_more_centre
from geoterritorio.proximity.opportunities import gravity_access, opportunities_within, spatial_availability
from geoterritorio.proximity.pairs import Pairs, pairs_from_costs, pairs_from_points
from geoterritorio.proximity.paths import least_cost_paths
from geoterritorio.proximity.rational import RationalAccess, RationalRules, rational_agent_access
from geoterritorio.proximity.reach import (
    Members,
    Within,
    centre_dependence,
    near_centres,
    reach_shares,
    reach_times,
    small_and_medium,
)
from geoterritorio.proximity.road_areas import AllocatedRoads, allocated_roads, nearest_by_road
from geoterritorio.proximity.snapping import Snapped, SnapRules, snap
from geoterritorio.proximity.surface import Allocation, CostDistance, allocation, cost_distance
from geoterritorio.proximity.travel_costs import TravelCosts, travel_costs
from geoterritorio.proximity.within import Sources, contents
from geoterritorio.proximity.zonal import zonal_sums

__all__ = [
    "AccessInequality",
    "AllocatedRoads",
    "Allocation",
    "CostDistance",
    "DecayRules",
    "FloatingCatchments",
    "HuffFit",
    "HuffShares",
    "Isochrones",
    "Members",
    "NetworkRules",
    "OneMore",
    "Pairs",
    "RationalAccess",
    "RationalRules",
    "ReachRules",
    "RoadNetwork",
    "SnapRules",
    "Snapped",
    "Sources",
    "TravelCosts",
    "Within",
    "access_spread",
    "allocated_roads",
    "allocation",
    "break_point",
    "centre_dependence",
    "contents",
    "cost_distance",
    "decay_weights",
    "fit_huff",
    "floating_catchments",
    "friction_surface",
    "gravity_access",
    "huff_shares",
    "isochrones",
    "least_cost_paths",
    "mean_steepness",
    "near_centres",
    "nearest_areas",
    "nearest_by_road",
    "one_more_centre",
    "opportunities_within",
    "pairs_from_costs",
    "pairs_from_points",
    "rational_agent_access",
    "reach_shares",
    "reach_times",
    "road_network",
    "road_speeds",
    "service_areas",
    "small_and_medium",
    "snap",
    "spatial_availability",
    "tobler_speed",
    "travel_costs",
    "zonal_sums",
]
