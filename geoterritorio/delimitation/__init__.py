"""Where does the territory begin and end?"""

from geoterritorio.delimitation.boundary_events import apply_events
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
from geoterritorio.delimitation.crosswalks import Crosswalk, crosswalk
from geoterritorio.delimitation.dense_cells import UrbanCentres, urban_centres
from geoterritorio.delimitation.drainage import NaturalBasins, natural_basins
from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.delimitation.history import as_of, lineage, lineage_events
from geoterritorio.delimitation.limits import LimitAgreement, limit_agreement
from geoterritorio.delimitation.market_links import MarketNetwork, market_network
from geoterritorio.delimitation.market_stability import MarketStability, adjusted_rand, market_stability
from geoterritorio.delimitation.markets import LabourMarkets, between, labour_markets
from geoterritorio.delimitation.panels import Panel, harmonised_panel, version_panel
from geoterritorio.delimitation.soundness import HistoryChecks, history_checks
from geoterritorio.delimitation.transfers import Transfer, transfer
from geoterritorio.delimitation.urban_areas import UrbanAreas, functional_urban_areas
from geoterritorio.delimitation.urban_rules import UrbanAreaRules

__all__ = [
    "PRESETS",
    "Crosswalk",
    "DivisionAgreement",
    "FlowCommunities",
    "HistoryChecks",
    "LabourMarketRules",
    "LabourMarkets",
    "LimitAgreement",
    "MarketNetwork",
    "MarketStability",
    "NaturalBasins",
    "Panel",
    "Preset",
    "Transfer",
    "UrbanAreaRules",
    "UrbanAreas",
    "UrbanCentres",
    "adjusted_rand",
    "apply_events",
    "as_of",
    "between",
    "crosswalk",
    "division_agreement",
    "flow_communities",
    "functional_urban_areas",
    "harmonised_panel",
    "history_checks",
    "labour_markets",
    "limit_agreement",
    "lineage",
    "lineage_events",
    "market_network",
    "market_stability",
    "natural_basins",
    "regular_cells",
    "self_containment",
    "transfer",
    "urban_centres",
    "validity",
    "version_panel",
]
