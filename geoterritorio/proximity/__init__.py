"""What is within reach?"""

from geoterritorio.proximity.isochrones import Isochrones, ReachRules, isochrones
from geoterritorio.proximity.network import NetworkRules, RoadNetwork, road_network
from geoterritorio.proximity.snapping import Snapped, SnapRules, snap
from geoterritorio.proximity.travel_costs import TravelCosts, travel_costs

__all__ = [
    "Isochrones",
    "NetworkRules",
    "ReachRules",
    "RoadNetwork",
    "SnapRules",
    "Snapped",
    "TravelCosts",
    "isochrones",
    "road_network",
    "snap",
    "travel_costs",
]
