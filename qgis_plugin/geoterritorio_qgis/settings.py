"""Settings in QGIS's own window of options: which Python computes, whether it can, and a diagnosis to copy."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsApplication, QgsTask
from qgis.gui import QgsFileWidget, QgsOptionsPageWidget, QgsOptionsWidgetFactory
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from . import diagnosis, installation, interpreter, texts, worker
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
        self._running: _Examination | None = None
        self.installer = QPushButton(say("Install the computing environment") + "…", self)
        self.installer.clicked.connect(self.install)
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
        buttons.addWidget(self.installer)
        buttons.addWidget(self.copy)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addLayout(buttons)
        layout.addWidget(self.told, 1)

    def showEvent(self, event: Any) -> None:
        """The page tells how things stand as soon as it is seen."""
        super().showEvent(event)
        if not self.told.toPlainText() and self._running is None:
            self.examine()

    def examine(self) -> None:
        """Look at the interpreters as if the page had been accepted, or end of that look; the setting stays."""
        if self._running is not None:
            self._running.cancel()
            return
        task = _Examination(self.file.filePath().strip())
        task.taskCompleted.connect(self._answered)
        task.taskTerminated.connect(self._ended)
        self.destroyed.connect(task.cancel)
        self._running = task
        self.check.setText(say("Cancel"))
        self.told.setPlainText(say("Examining the interpreters…"))
        QgsApplication.taskManager().addTask(task)

    def install(self) -> None:
        """Dialog that makes the environment, and another look afterwards."""
        import processing  # noqa: PLC0415 - itself a plugin, loaded after this one perhaps

        processing.execAlgorithmDialog("geoterritorio:install_environment", {})
        if self._running is None:
            self.examine()

    def _answered(self) -> None:
        found = None if self._running is None else self._running.found
        self._ended()
        if found is not None:
            self.told.setPlainText(diagnosis.text(found, say))
            self.copy.setEnabled(True)

    def _ended(self) -> None:
        self._running = None
        self.check.setText(say("Check"))
        self.told.setPlainText("")

    def copied(self) -> None:
        """Diagnosis into the clipboard."""
        QgsApplication.clipboard().setText(self.told.toPlainText())

    def apply(self) -> None:
        """Acceptance of the page."""
        interpreter.choose(self.file.filePath())


class _Examination(QgsTask):
    """A look at the interpreters while the window stays alive; they may take a minute to answer."""

    def __init__(self, chosen: str) -> None:
        super().__init__(say("Check installation"), QgsTask.Flag.CanCancel)
        self.chosen = chosen
        self.found: diagnosis.Diagnosis | None = None
        _tasks.add(self)  # QGIS keeps its own half only

    def run(self) -> bool:
        """The look, in a thread."""
        try:
            self.found = installation.diagnosed(self.chosen, self)
        except worker.CancelledError:
            return False
        return True

    def finished(self, result: bool) -> None:  # noqa: ARG002, FBT001 - QGIS calls it with this
        """End, in the thread of the window."""
        _tasks.discard(self)


_tasks: set[_Examination] = set()


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
