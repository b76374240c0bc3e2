"""The plugin's life in QGIS: what is added when it loads is removed when it unloads."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon

from . import texts
from .panel.dock import Panel
from .provider import Provider
from .texts import say


class Plugin:
    """Provider of algorithms and, in a window, the panel."""

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.provider: Provider | None = None
        self.panel: Panel | None = None
        self._action: Any = None

    def initProcessing(self) -> None:
        """Provider alone, as ``qgis_process`` wants it."""
        self.provider = Provider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:
        """Everything, for a window."""
        self.initProcessing()
        self.panel = Panel(self.iface)
        self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        self._action = self.panel.toggleViewAction()
        self._action.setIcon(QIcon(str(texts.HERE / "icons" / "geoterritorio.svg")))
        self._action.setToolTip(say("Panel of GeoTerritorio"))
        self.iface.addToolBarIcon(self._action)
        self.iface.addPluginToMenu("GeoTerritorio", self._action)

    def unload(self) -> None:
        """Removal of all that was added."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self.panel is not None:
            self.iface.removeToolBarIcon(self._action)
            self.iface.removePluginMenu("GeoTerritorio", self._action)
            self.panel.dismantle()
            self.iface.removeDockWidget(self.panel)
            self.panel.deleteLater()
            self.panel = None
