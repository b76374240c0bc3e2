"""What do people look at? Map, charts, report."""

from geoterritorio.publication.webmap import QuotientLayer, TerritoryMap, quotient_layer, territory_map

__all__ = ["QuotientLayer", "TerritoryMap", "quotient_layer", "territory_map"]
