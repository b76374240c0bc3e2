"""What is within reach?"""

from geoterritorio.proximity.access_inequality import AccessInequality, access_spread
from geoterritorio.proximity.choice import HuffShares, break_point, huff_shares
from geoterritorio.proximity.decay import DecayRules, decay_weights
from geoterritorio.proximity.floating import FloatingCatchments, floating_catchments
from geoterritorio.proximity.friction import friction_surface, mean_steepness, road_speeds, tobler_speed
from geoterritorio.proximity.market_fit import HuffFit, fit_huff
from geoterritorio.proximity.opportunities import gravity_access, opportunities_within, spatial_availability
from geoterritorio.proximity.pairs import Pairs, pairs_from_costs, pairs_from_points
from geoterritorio.proximity.paths import least_cost_paths
from geoterritorio.proximity.surface import Allocation, CostDistance, allocation, cost_distance
from geoterritorio.proximity.zonal import zonal_sums

__all__ = [
    "AccessInequality",
    "Allocation",
    "CostDistance",
    "DecayRules",
    "FloatingCatchments",
    "HuffFit",
    "HuffShares",
    "Pairs",
    "access_spread",
    "allocation",
    "break_point",
    "cost_distance",
    "decay_weights",
    "fit_huff",
    "floating_catchments",
    "friction_surface",
    "gravity_access",
    "huff_shares",
    "least_cost_paths",
    "mean_steepness",
    "opportunities_within",
    "pairs_from_costs",
    "pairs_from_points",
    "road_speeds",
    "spatial_availability",
    "tobler_speed",
    "zonal_sums",
]
