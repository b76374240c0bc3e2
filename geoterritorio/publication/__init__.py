"""What do people look at? Map, charts, report."""

from geoterritorio.publication.chapter import Chapter
from geoterritorio.publication.report import report
from geoterritorio.publication.webmap import QuotientLayer, TerritoryMap, quotient_layer, territory_map

__all__ = ["Chapter", "QuotientLayer", "TerritoryMap", "quotient_layer", "report", "territory_map"]
