"""What is within reach?"""

from geoterritorio.proximity.areas import nearest_areas, service_areas
from geoterritorio.proximity.isochrones import Isochrones, ReachRules, isochrones
from geoterritorio.proximity.network import NetworkRules, RoadNetwork, road_network
from geoterritorio.proximity.road_areas import AllocatedRoads, allocated_roads, nearest_by_road
from geoterritorio.proximity.snapping import Snapped, SnapRules, snap
from geoterritorio.proximity.travel_costs import TravelCosts, travel_costs
from geoterritorio.proximity.within import Sources, contents

__all__ = [
    "AllocatedRoads",
    "Isochrones",
    "NetworkRules",
    "ReachRules",
    "RoadNetwork",
    "SnapRules",
    "Snapped",
    "Sources",
    "TravelCosts",
    "allocated_roads",
    "contents",
    "isochrones",
    "nearest_areas",
    "nearest_by_road",
    "road_network",
    "service_areas",
    "snap",
    "travel_costs",
]
