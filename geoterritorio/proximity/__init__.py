"""What is within reach?"""

from geoterritorio.proximity.isochrones import Isochrones, ReachRules, isochrones
from geoterritorio.proximity.network import NetworkRules, RoadNetwork, road_network
from geoterritorio.proximity.one_more import OneMore, one_more_centre
from geoterritorio.proximity.reach import (
    Members,
    Within,
    centre_dependence,
    reach_shares,
    reach_times,
    small_and_medium,
    within,
)
from geoterritorio.proximity.snapping import Snapped, SnapRules, snap
from geoterritorio.proximity.travel_costs import TravelCosts, travel_costs

__all__ = [
    "Isochrones",
    "Members",
    "NetworkRules",
    "OneMore",
    "ReachRules",
    "RoadNetwork",
    "SnapRules",
    "Snapped",
    "TravelCosts",
    "Within",
    "centre_dependence",
    "isochrones",
    "one_more_centre",
    "reach_shares",
    "reach_times",
    "road_network",
    "small_and_medium",
    "snap",
    "travel_costs",
    "within",
]
