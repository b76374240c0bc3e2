"""What do people look at? Map, charts, report."""

from geoterritorio.publication.chapter import Chapter
from geoterritorio.publication.report import report
from geoterritorio.publication.webmap import (
    FurtherLayer,
    QuotientLayer,
    TerritoryMap,
    further_layer,
    quotient_layer,
    territory_map,
)

__all__ = [
    "Chapter",
    "FurtherLayer",
    "QuotientLayer",
    "TerritoryMap",
    "further_layer",
    "quotient_layer",
    "report",
    "territory_map",
]
