"""One self-contained HTML map: data never pass a template."""

from geoterritorio.publication.webmap.further import FurtherLayer, further_layer
from geoterritorio.publication.webmap.layers import QuotientLayer, quotient_layer
from geoterritorio.publication.webmap.map import TerritoryMap, territory_map

__all__ = [
    "FurtherLayer",
    "QuotientLayer",
    "TerritoryMap",
    "further_layer",
    "quotient_layer",
    "territory_map",
]
