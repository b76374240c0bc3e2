"""The plugin's life in QGIS: what is added when it loads is removed when it unloads."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication

from .provider import Provider


class Plugin:
    """Provider of algorithms and, in a window, the panel."""

    def __init__(self, iface: Any) -> None:
        self.iface = iface
        self.provider: Provider | None = None

    def initProcessing(self) -> None:
        """Provider alone, as ``qgis_process`` wants it."""
        self.provider = Provider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self) -> None:
        """Everything, for a window."""
        self.initProcessing()

    def unload(self) -> None:
        """Removal of all that was added."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
