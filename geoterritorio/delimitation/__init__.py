"""Where does the territory begin and end?"""

from geoterritorio.delimitation.containment import (
    PRESETS,
    LabourMarketRules,
    Preset,
    self_containment,
    validity,
)
from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.delimitation.markets import LabourMarkets, between, labour_markets

__all__ = [
    "PRESETS",
    "LabourMarketRules",
    "LabourMarkets",
    "Preset",
    "between",
    "labour_markets",
    "regular_cells",
    "self_containment",
    "validity",
]
