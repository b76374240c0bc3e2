"""The plugin's life in QGIS: what is added when it loads is removed when it unloads."""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt

from .provider import ID, Provider
from .texts import say

MENU = "GeoTerritorio"


class Plugin:
    """Provider of algorithms and, in a window, menu and settings."""

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.provider: Provider | None = None
        self.panel: Any = None
        self.actions: list[Any] = []
        self.factory: Any = None

    def initProcessing(self) -> None:
        """Provider alone, as ``qgis_process`` wants it."""
        self.provider = Provider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:
        """Everything, for a window."""
        from . import settings  # noqa: PLC0415 - qgis_process has no window

        self.initProcessing()
        self._dock()
        self.factory = settings.Factory()
        self.iface.registerOptionsWidgetFactory(self.factory)
        self._add(say("Check installation"), lambda: self.run("check_installation"))
        self._add(say("Install the computing environment"), lambda: self.run("install_environment"))
        self._add(say("Settings…"), self.show_settings)
        self._add(say("Open the handbook"), self.open_handbook)

    def unload(self) -> None:
        """Removal of all that was added."""
        for action in self.actions:
            self.iface.removePluginMenu(MENU, action)
            action.deleteLater()
        self.actions = []
        if self.factory is not None:
            self.iface.unregisterOptionsWidgetFactory(self.factory)
            self.factory = None
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
        if self.panel is not None:
            self.iface.removeToolBarIcon(self.panel.toggleViewAction())
            self.iface.removePluginMenu(MENU, self.panel.toggleViewAction())
            self.panel.dismantle()
            self.iface.removeDockWidget(self.panel)
            self.panel.deleteLater()
            self.panel = None

    def _dock(self) -> None:
        from .panel.dock import Panel  # noqa: PLC0415 - qgis_process has no window
        from .settings import icon  # noqa: PLC0415 - the same

        self.panel = Panel(self.iface)
        self.iface.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.panel)
        action = self.panel.toggleViewAction()
        action.setIcon(icon())
        action.setToolTip(say("Panel of GeoTerritorio"))
        self.iface.addToolBarIcon(action)
        self.iface.addPluginToMenu(MENU, action)

    def _add(self, text: str, do: Callable[[], Any]) -> None:
        from qgis.PyQt.QtWidgets import QAction  # noqa: PLC0415 - qgis_process has no window

        from .settings import icon  # noqa: PLC0415 - the same

        action = QAction(icon(), text, self.iface.mainWindow())
        action.triggered.connect(lambda *_: do())
        self.iface.addPluginToMenu(MENU, action)
        self.actions.append(action)

    def run(self, name: str) -> None:
        """Dialog of an algorithm."""
        import processing  # noqa: PLC0415 - itself a plugin, loaded after this one perhaps

        processing.execAlgorithmDialog(f"{ID}:{name}", {})

    def show_settings(self) -> None:
        """Page of the settings, in the window of options."""
        from .settings import PAGE  # noqa: PLC0415 - qgis_process has no window

        self.iface.showOptionsDialog(self.iface.mainWindow(), PAGE)

    def open_handbook(self) -> None:
        """Handbook in the browser."""
        from qgis.PyQt.QtCore import QUrl  # noqa: PLC0415 - qgis_process has no window
        from qgis.PyQt.QtGui import QDesktopServices  # noqa: PLC0415 - the same

        from .installation import handbook  # noqa: PLC0415 - the same

        page = handbook()
        if page:
            QDesktopServices.openUrl(QUrl.fromLocalFile(page))
        else:
            self.iface.messageBar().pushWarning(
                MENU, say("The handbook is not part of this copy of the plugin.")
            )
