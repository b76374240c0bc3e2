"""Settings in QGIS's own window of options: which Python computes, whether it can, and a diagnosis to copy."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication
from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QApplication,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from . import diagnosis, installation, interpreter, texts
from .texts import say

PAGE = "geoterritorioOptions"


class Page(QgsOptionsPageWidget):
    """
    Page of the settings.

    Parameters
    ----------
    parent
        Window of options.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(PAGE)
        self.file = QgsFileWidget(self)
        self.file.setDialogTitle(say("Python interpreter"))
        self.file.setFilePath(interpreter.setting())
        self.file.lineEdit().setPlaceholderText(say("automatic: the plugin's own, else that of QGIS"))
        self.told = QPlainTextEdit(self)
        self.told.setReadOnly(True)
        self.told.setPlaceholderText(say("“Check” examines the interpreters and says what is missing."))
        self.check = QPushButton(say("Check"), self)
        self.check.clicked.connect(self.examine)
        self.copy = QPushButton(say("Copy diagnosis"), self)
        self.copy.setEnabled(False)
        self.copy.clicked.connect(self.copied)
        self._laid_out()

    def _laid_out(self) -> None:
        form = QFormLayout()
        form.addRow(say("Python interpreter"), self.file)
        about = QLabel(
            say(
                "The tools compute outside QGIS, in a Python with their packages. Leave this empty as a rule."
            ),
            self,
        )
        about.setWordWrap(True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.check)
        buttons.addWidget(self.copy)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self.told, 1)

    def examine(self) -> None:
        """Look at the interpreters as if the page had been accepted; the setting stays until it is."""
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            found = installation.diagnosed(self.file.filePath().strip())
        finally:
            QApplication.restoreOverrideCursor()
        self.told.setPlainText(diagnosis.text(found, say))
        self.copy.setEnabled(True)

    def copied(self) -> None:
        """Diagnosis into the clipboard."""
        QgsApplication.clipboard().setText(self.told.toPlainText())

    def apply(self) -> None:
        """Acceptance of the page."""
        interpreter.choose(self.file.filePath())


class Factory(QgsOptionsWidgetFactory):
    """Maker of the page, registered while the plugin is loaded."""

    def __init__(self) -> None:
        super().__init__("GeoTerritorio", icon())

    def icon(self) -> QIcon:
        """Sign in the list of pages."""
        return icon()

    def createWidget(self, parent: Any = None) -> Page:
        """Page for a window of options."""
        return Page(parent)


def icon() -> QIcon:
    """Sign of the plugin."""
    return QIcon(str(texts.HERE / "icons" / "geoterritorio.svg"))
