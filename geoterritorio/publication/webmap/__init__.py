"""One self-contained HTML map: data never pass a template."""

from geoterritorio.publication.webmap.firms import FirmLayer, firm_layer
from geoterritorio.publication.webmap.further import FurtherLayer, Look, further_layer
from geoterritorio.publication.webmap.history import HistoryFigures, HistoryLayer, history_layer
from geoterritorio.publication.webmap.layers import QuotientLayer, quotient_layer
from geoterritorio.publication.webmap.map import TerritoryMap, territory_map

__all__ = [
    "FirmLayer",
    "FurtherLayer",
    "HistoryFigures",
    "HistoryLayer",
    "Look",
    "QuotientLayer",
    "TerritoryMap",
    "firm_layer",
    "further_layer",
    "history_layer",
    "quotient_layer",
    "territory_map",
]
