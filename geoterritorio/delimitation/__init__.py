"""Where does the territory begin and end?"""

from geoterritorio.delimitation.communities import (
    DivisionAgreement,
    FlowCommunities,
    division_agreement,
    flow_communities,
)
from geoterritorio.delimitation.containment import (
    PRESETS,
    LabourMarketRules,
    Preset,
    self_containment,
    validity,
)
from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.delimitation.market_stability import MarketStability, adjusted_rand, market_stability
from geoterritorio.delimitation.markets import LabourMarkets, between, labour_markets

__all__ = [
    "PRESETS",
    "DivisionAgreement",
    "FlowCommunities",
    "LabourMarketRules",
    "LabourMarkets",
    "MarketStability",
    "Preset",
    "adjusted_rand",
    "between",
    "division_agreement",
    "flow_communities",
    "labour_markets",
    "market_stability",
    "regular_cells",
    "self_containment",
    "validity",
]
