"""One self-contained HTML map: data never pass a template."""

from geoterritorio.publication.webmap.layers import QuotientLayer, quotient_layer
from geoterritorio.publication.webmap.map import TerritoryMap, territory_map

__all__ = ["QuotientLayer", "TerritoryMap", "quotient_layer", "territory_map"]
