"""What is within reach?"""

from geoterritorio.proximity.friction import friction_surface, mean_steepness, road_speeds, tobler_speed
from geoterritorio.proximity.paths import least_cost_paths
from geoterritorio.proximity.surface import Allocation, CostDistance, allocation, cost_distance
from geoterritorio.proximity.zonal import zonal_sums

__all__ = [
    "Allocation",
    "CostDistance",
    "allocation",
    "cost_distance",
    "friction_surface",
    "least_cost_paths",
    "mean_steepness",
    "road_speeds",
    "tobler_speed",
    "zonal_sums",
]
