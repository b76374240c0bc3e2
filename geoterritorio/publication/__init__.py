"""What do people look at? Map, charts, report."""

from geoterritorio.publication.chapter import Chapter
from geoterritorio.publication.disclosure import DisclosureRules
from geoterritorio.publication.project import Atlas, ProjectLayer, QgisProject, qgis_project
from geoterritorio.publication.report import report
from geoterritorio.publication.webmap import (
    Beside,
    FirmLayer,
    FlowLayer,
    FurtherLayer,
    HistoryFigures,
    HistoryLayer,
    Look,
    Opening,
    QuotientLayer,
    StoryView,
    TerritoryMap,
    firm_layer,
    flow_layer,
    further_layer,
    history_layer,
    quotient_layer,
    territory_map,
)

__all__ = [
    "Atlas",
    "Beside",
    "Chapter",
    "DisclosureRules",
    "FirmLayer",
    "FlowLayer",
    "FurtherLayer",
    "HistoryFigures",
    "HistoryLayer",
    "Look",
    "Opening",
    "ProjectLayer",
    "QgisProject",
    "QuotientLayer",
    "StoryView",
    "TerritoryMap",
    "firm_layer",
    "flow_layer",
    "further_layer",
    "history_layer",
    "qgis_project",
    "quotient_layer",
    "report",
    "territory_map",
]
