"""Where does the territory begin and end?"""

from geoterritorio.delimitation.boundary_events import apply_events
from geoterritorio.delimitation.crosswalks import Crosswalk, crosswalk
from geoterritorio.delimitation.grid import regular_cells
from geoterritorio.delimitation.history import as_of, lineage, lineage_events
from geoterritorio.delimitation.panels import Panel, harmonised_panel
from geoterritorio.delimitation.soundness import HistoryChecks, history_checks
from geoterritorio.delimitation.transfers import Transfer, transfer

__all__ = [
    "Crosswalk",
    "HistoryChecks",
    "Panel",
    "Transfer",
    "apply_events",
    "as_of",
    "crosswalk",
    "harmonised_panel",
    "history_checks",
    "lineage",
    "lineage_events",
    "regular_cells",
    "transfer",
]
