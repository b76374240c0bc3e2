"""The Processing provider: one algorithm a tool or form, whatever the core describes."""

from __future__ import annotations

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from . import handmade, texts
from .algorithm import ToolAlgorithm

ID = "geoterritorio"


class Provider(QgsProcessingProvider):
    """Algorithms of geoterritorio."""

    def id(self) -> str:
        """Stable name: models and scripts call ``geoterritorio:…``."""
        return ID

    def name(self) -> str:
        """Name in the toolbox."""
        return "GeoTerritorio"

    def longName(self) -> str:
        """Name where there is room."""
        return texts.say("GeoTerritorio: territories, their firms and institutions")

    def icon(self) -> QIcon:
        """Sign in the toolbox."""
        return QIcon(str(texts.HERE / "icons" / "geoterritorio.svg"))

    def loadAlgorithms(self) -> None:
        """Algorithms from the descriptions, and the few written by hand."""
        for tool in texts.tools():
            self.addAlgorithm(ToolAlgorithm(tool))
        for made in handmade.ALGORITHMS:
            self.addAlgorithm(made())

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """Rasters are written as GeoTIFF."""
        return ["tif"]
