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
from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.delimitation.history import as_of, lineage, lineage_events
from geoterritorio.delimitation.market_stability import MarketStability, adjusted_rand, market_stability
from geoterritorio.delimitation.markets import LabourMarkets, between, labour_markets
from geoterritorio.delimitation.panels import Panel, harmonised_panel, version_panel
from geoterritorio.delimitation.soundness import HistoryChecks, history_checks
from geoterritorio.delimitation.transfers import Transfer, transfer

__all__ = [
    "PRESETS",
    "Crosswalk",
    "DivisionAgreement",
    "FlowCommunities",
    "HistoryChecks",
    "LabourMarketRules",
    "LabourMarkets",
    "MarketStability",
    "Panel",
    "Preset",
    "Transfer",
    "adjusted_rand",
    "apply_events",
    "as_of",
    "between",
    "crosswalk",
    "division_agreement",
    "flow_communities",
    "harmonised_panel",
    "history_checks",
    "labour_markets",
    "lineage",
    "lineage_events",
    "market_stability",
    "regular_cells",
    "self_containment",
    "transfer",
    "validity",
    "version_panel",
]
