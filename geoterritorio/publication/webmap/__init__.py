"""One self-contained HTML map: data never pass a template."""

from geoterritorio.publication.webmap.firms import FirmLayer, firm_layer
from geoterritorio.publication.webmap.flows import FlowLayer, flow_layer
from geoterritorio.publication.webmap.further import FurtherLayer, Look, further_layer
from geoterritorio.publication.webmap.history import HistoryFigures, HistoryLayer, history_layer
from geoterritorio.publication.webmap.layers import QuotientLayer, quotient_layer
from geoterritorio.publication.webmap.map import TerritoryMap, territory_map
from geoterritorio.publication.webmap.story import Beside, Opening, StoryView

__all__ = [
    "Beside",
    "FirmLayer",
    "FlowLayer",
    "FurtherLayer",
    "HistoryFigures",
    "HistoryLayer",
    "Look",
    "Opening",
    "QuotientLayer",
    "StoryView",
    "TerritoryMap",
    "firm_layer",
    "flow_layer",
    "further_layer",
    "history_layer",
    "quotient_layer",
    "territory_map",
]
