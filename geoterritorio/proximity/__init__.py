"""What is within reach?"""

# Access and choice.
from geoterritorio.proximity.access_inequality import AccessInequality, access_spread
from geoterritorio.proximity.choice import HuffShares, break_point, huff_shares
from geoterritorio.proximity.decay import DecayRules, decay_weights
from geoterritorio.proximity.floating import FloatingCatchments, floating_catchments
from geoterritorio.proximity.market_fit import HuffFit, fit_huff
from geoterritorio.proximity.opportunities import gravity_access, opportunities_within, spatial_availability
from geoterritorio.proximity.pairs import Pairs, pairs_from_costs, pairs_from_points

__all__ = [
    "AccessInequality",
    "DecayRules",
    "FloatingCatchments",
    "HuffFit",
    "HuffShares",
    "Pairs",
    "access_spread",
    "break_point",
    "decay_weights",
    "fit_huff",
    "floating_catchments",
    "gravity_access",
    "huff_shares",
    "opportunities_within",
    "pairs_from_costs",
    "pairs_from_points",
    "spatial_availability",
]
