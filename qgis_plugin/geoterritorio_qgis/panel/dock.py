"""The panel's window: what the user works on above, steps and results below."""

from __future__ import annotations

from functools import partial
from typing import Any

from qgis.core import QgsApplication, QgsDateTimeRange, QgsFieldProxyModel, QgsMapLayerProxyModel, QgsProject
from qgis.gui import QgsCollapsibleGroupBox, QgsFieldComboBox, QgsMapLayerComboBox
from qgis.PyQt.QtCore import QDate, QDateTime, QSignalBlocker, Qt, QTime, QTimer
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QDateEdit,
    QDockWidget,
    QFormLayout,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from .. import styling, texts
from ..texts import say, tr
from .outcome import Outcome, narrow
from .reading import Reading
from .state import HINTS, Work, filled, guessed, remember, remembered
from .steps import steps

_ROLES = ("territories", "firms", "counts")
_COLUMNS = {
    "territories": ("territory", "name"),
    "firms": ("sector", "employment"),
    "counts": ("territory", "sector", "employment", "establishments"),
}
_DAY = "yyyy-MM-dd"


class Panel(QDockWidget):
    """
    The panel of GeoTerritorio.

    Parameters
    ----------
    iface
        QGIS's window.
    """

    def __init__(self, iface: Any) -> None:
        super().__init__("GeoTerritorio", iface.mainWindow())
        self.setObjectName("GeoTerritorioPanel")
        self.iface = iface
        self._layers: dict[str, QgsMapLayerComboBox] = {}
        self._fields: dict[str, QgsFieldComboBox] = {}
        # QGIS forgets what Python no longer holds, and deletes what has ended: tasks are held, and asked for by number.
        self._tasks: dict[str, tuple[int, Reading]] = {}
        self._dialogs: list[Any] = []
        self._outcome = Outcome(self)
        self._build()
        self._restore()
        project = QgsProject.instance()
        project.readProject.connect(self._restore)
        project.cleared.connect(self._restore)
        project.layersAdded.connect(self._outcome.refresh)
        project.layersRemoved.connect(self._outcome.refresh)

    def dismantle(self) -> None:
        """Disconnection from the project, before the panel goes."""
        project = QgsProject.instance()
        project.readProject.disconnect(self._restore)
        project.cleared.disconnect(self._restore)
        project.layersAdded.disconnect(self._outcome.refresh)
        project.layersRemoved.disconnect(self._outcome.refresh)
        for name in list(self._tasks):
            self._stop_reading(name)

    # Building

    def _build(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(6, 6, 6, 6)
        self._data = self._data_box()
        column.addWidget(self._data)
        column.addWidget(self._focus_box())
        tabs = QTabWidget()
        tabs.addTab(self._steps_tree(), say("Steps"))
        tabs.addTab(self._outcome, say("Results"))
        self._tabs = tabs
        column.addWidget(tabs, 1)
        column.addLayout(self._footer())
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        self.setWidget(area)
        self.setMinimumWidth(340)

    def _data_box(self) -> QgsCollapsibleGroupBox:
        box = QgsCollapsibleGroupBox(say("What you work on"))
        form = QFormLayout(box)
        filters = {
            "territories": QgsMapLayerProxyModel.Filter.PolygonLayer
            | QgsMapLayerProxyModel.Filter.PointLayer,
            "firms": QgsMapLayerProxyModel.Filter.PointLayer,
            "counts": QgsMapLayerProxyModel.Filter.NoGeometry,
        }
        labels = {"territories": say("Territories"), "firms": say("Establishments"), "counts": say("Counts")}
        for role in _ROLES:
            combo = QgsMapLayerComboBox()
            combo.setFilters(filters[role])
            combo.setAllowEmptyLayer(True)
            combo.setObjectName(f"layer_{role}")
            narrow(combo)
            combo.layerChanged.connect(partial(self._layer_chosen, role))
            self._layers[role] = combo
            form.addRow(labels[role], combo)
            form.addRow(self._field_row(role))
        return box

    def _field_row(self, role: str) -> QWidget:
        row = QWidget()
        lane = QFormLayout(row)
        lane.setContentsMargins(18, 0, 0, 6)
        described = {c["name"]: c for c in _described(role)}
        for name in _COLUMNS[role]:
            combo = QgsFieldComboBox()
            combo.setAllowEmptyFieldName(True)
            narrow(combo)
            if described[name]["dtype"] == "number":
                combo.setFilters(QgsFieldProxyModel.Filter.Numeric)
            combo.setToolTip(tr(described[name]["help"]))
            combo.setObjectName(f"field_{role}_{name}")
            combo.fieldChanged.connect(self._changed)
            self._fields[f"{role}.{name}"] = combo
            lane.addRow(tr(described[name]["label"]), combo)
        row.setVisible(False)
        row.setObjectName(f"fields_{role}")
        return row

    def _focus_box(self) -> QWidget:
        box = QgsCollapsibleGroupBox(say("What you look at"))
        form = QFormLayout(box)
        self._dated = QCheckBox(say("Date in force"))
        self._dated.setToolTip(
            say("Only the versions of territories in force on this day are used and shown.")
        )
        self._date = QDateEdit(QDate.currentDate())
        self._date.setCalendarPopup(True)
        self._date.setDisplayFormat("dd/MM/yyyy")
        self._date.setEnabled(False)
        self._dated.toggled.connect(self._date.setEnabled)
        self._dated.toggled.connect(self._dated_changed)
        self._date.dateChanged.connect(self._dated_changed)
        form.addRow(self._dated, self._date)
        self._territory, self._sector = self._codes("territory"), self._codes("sector")
        form.addRow(say("Territory"), self._territory)
        form.addRow(say("Sector"), self._sector)
        return box

    def _codes(self, name: str) -> QComboBox:
        combo = QComboBox()
        combo.setObjectName(name)
        combo.setEditable(True)
        combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        narrow(combo)
        combo.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        combo.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        combo.addItem(say("All"), "")
        combo.currentIndexChanged.connect(self._changed)
        # A long name is read from its beginning.
        combo.currentIndexChanged.connect(lambda _: combo.lineEdit().setCursorPosition(0))
        return combo

    def _steps_tree(self) -> QWidget:
        tree = QTreeWidget()
        tree.setHeaderHidden(True)
        tree.setObjectName("steps")
        tree.setAccessibleName(say("Steps"))
        for number, step in enumerate(steps(), 1):
            icon = QIcon(str(texts.HERE / "icons" / f"{step.room}.svg"))
            top = QTreeWidgetItem([f"{number}. {step.title}"])
            top.setIcon(0, icon)
            top.setToolTip(0, step.question)
            for tool in step.tools:
                item = QTreeWidgetItem([tr(tool["title"])])
                item.setToolTip(0, tr(tool["description"]) or tr(tool["title"]))
                item.setData(0, Qt.ItemDataRole.UserRole, tool["name"])
                top.addChild(item)
            tree.addTopLevelItem(top)
        tree.itemActivated.connect(lambda item, _column: self._activated(item))
        tree.itemClicked.connect(lambda item, _column: item.setExpanded(not item.isExpanded()))
        return tree

    def _footer(self) -> QVBoxLayout:
        lane = QVBoxLayout()
        sample = QPushButton(say("Open the sample project"))
        sample.clicked.connect(self.open_sample)
        check = QPushButton(say("Check installation"))
        check.clicked.connect(lambda: self.open_tool("check_installation", {}))
        lane.addWidget(sample)
        lane.addWidget(check)
        return lane

    # What the user works on

    def work(self) -> Work:
        """What the user works on now."""
        chosen = {role: combo.currentLayer() for role, combo in self._layers.items()}
        columns = {key: c.currentField() for key, c in self._fields.items() if chosen[key.split(".")[0]]}
        return Work(
            {role: layer.id() for role, layer in chosen.items() if layer is not None},
            {key: text for key, text in columns.items() if text},
            self._date.date().toString(_DAY) if self._dated.isChecked() else "",
            self._territory.currentData() or "",
            self._sector.currentData() or "",
        )

    def parts(self) -> list[QWidget]:
        """Widgets that tell of a change when they are set."""
        return [*self._layers.values(), *self._fields.values(), self._dated, self._date]

    def _restore(self) -> None:
        """The panel as the project remembers it."""
        kept = remembered(QgsProject.instance())
        with _Quiet(self):
            for role, combo in self._layers.items():
                layer = QgsProject.instance().mapLayer(kept.layers.get(role, "")) or _input(role)
                combo.setLayer(layer)
                self._show_fields(role, layer, kept)
            self._dated.setChecked(bool(kept.date))
            self._date.setEnabled(bool(kept.date))
            if kept.date:
                self._date.setDate(QDate.fromString(kept.date, _DAY))
        self._read_codes(kept)
        self._outcome.focus(kept.territory, kept.sector)
        self._outcome.refresh(anew=True)
        self._data.setCollapsed(self._layers["territories"].currentLayer() is not None)

    def _layer_chosen(self, role: str, layer: Any) -> None:
        self._show_fields(role, layer, Work())
        self._changed()
        self._read_codes(self.work())

    def _show_fields(self, role: str, layer: Any, kept: Work) -> None:
        row = (
            self.findChild(QWidget, f"fields_{role}") or self._fields[f"{role}.{_COLUMNS[role][0]}"].parent()
        )
        row.setVisible(layer is not None)
        names = [] if layer is None else layer.fields().names()
        for name in _COLUMNS[role]:
            combo = self._fields[f"{role}.{name}"]
            with QSignalBlocker(combo):
                combo.setLayer(layer)
                combo.setField(kept.column(role, name) or guessed(names, name, HINTS))

    def _changed(self, *_: Any) -> None:
        work = self.work()
        remember(QgsProject.instance(), work)
        self._outcome.focus(work.territory, work.sector)

    def _dated_changed(self, *_: Any) -> None:
        self._changed()
        canvas = self.iface.mapCanvas()
        if self._dated.isChecked():
            day = self._date.date()
            span = QgsDateTimeRange(QDateTime(day, QTime(0, 0)), QDateTime(day, QTime(23, 59, 59)))
            canvas.setTemporalRange(span)
        else:
            canvas.setTemporalRange(QgsDateTimeRange())

    def _read_codes(self, kept: Work) -> None:
        """Codes of territories and sectors, read in the background."""
        layers = {role: combo.currentLayer() for role, combo in self._layers.items()}
        self._read("territory", self._territory, layers["territories"], "territories", "name", kept.territory)
        role = "firms" if layers["firms"] is not None else "counts"
        self._read("sector", self._sector, layers[role], role, "", kept.sector)

    def _read(self, name: str, combo: QComboBox, layer: Any, role: str, named: str, kept: str) -> None:
        self._stop_reading(name)
        code = self._fields[f"{role}.{name}"].currentField() if layer is not None else ""
        if not code:
            self._offer(combo, kept, [])
            return
        title = self._fields[f"{role}.{named}"].currentField() if named else ""
        if not named and "sector_name" in layer.fields().names():
            title = "sector_name"
        task = Reading(layer, code, title, partial(self._offer, combo, kept))
        self._tasks[name] = (QgsApplication.taskManager().addTask(task), task)

    def _stop_reading(self, name: str) -> None:
        """End of a reading that still runs; those that ended are gone, and only their numbers are known."""
        number, _ = self._tasks.pop(name, (0, None))
        task = QgsApplication.taskManager().task(number)
        if task is not None:
            task.cancel()

    def _offer(self, combo: QComboBox, kept: str, pairs: list[tuple[str, str]]) -> None:
        with QSignalBlocker(combo):
            combo.clear()
            combo.addItem(say("All"), "")
            for code, name in pairs:
                combo.addItem(f"{code} · {name}" if name and name != code else code, code)
            combo.setCurrentIndex(max(combo.findData(kept), 0))
            combo.lineEdit().setCursorPosition(0)
        self._changed()

    # What the user does

    def _activated(self, item: QTreeWidgetItem) -> None:
        name = item.data(0, Qt.ItemDataRole.UserRole)
        if name:
            tool = next(t for t in texts.tools() if t["name"] == name)
            self.open_tool(name, filled(tool, self.work()))

    def open_tool(self, name: str, values: dict[str, Any]) -> None:
        """Dialog of a tool, filled with what the panel knows."""
        import processing  # noqa: PLC0415 - QGIS puts it on the path when its plugins load

        dialog = processing.createAlgorithmDialog(f"geoterritorio:{name}", values)
        if dialog is None:
            return
        self._dialogs = [d for d in self._dialogs if d.isVisible()] + [dialog]
        dialog.algorithmFinished.connect(lambda *_: QTimer.singleShot(500, self._show_results))
        dialog.show()

    def _show_results(self) -> None:
        if self._outcome.refresh():
            self._data.setCollapsed(True)
            self._tabs.setCurrentWidget(self._outcome)

    def open_sample(self) -> None:
        """The invented territory, copied to where it can be changed, as a project."""
        from ..sample import project_file  # noqa: PLC0415 - files are copied only when asked for

        place = project_file()
        if place is None:
            text = say("The sample project is not part of this copy of the plugin.")
            self.iface.messageBar().pushWarning("GeoTerritorio", text)
        else:
            self.iface.addProject(str(place))


def _input(role: str) -> Any:
    """Layer of a project written by a study that is of a kind, unless a tool made it; None where there is none."""
    # A study numbers its layers in the order in which it names them.
    layers = sorted(QgsProject.instance().mapLayers().items(), key=lambda pair: pair[0].rpartition("_")[2])
    found = (
        layer
        for _, layer in layers
        if layer.customProperty(styling.KIND) == role and not layer.customProperty(styling.TOOL)
    )
    return next(found, None)


def _described(role: str) -> list[dict[str, Any]]:
    """Columns of a kind of layer, as any tool that takes it describes them."""
    for tool in texts.tools():
        for parameter in tool["parameters"]:
            if parameter["type"] == "layer" and parameter["kind"] == role:
                found: list[dict[str, Any]] = parameter["columns"]
                return found
    return []


class _Quiet:
    """Widgets of the panel silenced while it is restored."""

    def __init__(self, panel: Panel) -> None:
        parts = panel.parts()
        self._blockers = [QSignalBlocker(part) for part in parts]

    def __enter__(self) -> None:
        for blocker in self._blockers:
            blocker.reblock()

    def __exit__(self, *_: object) -> None:
        for blocker in self._blockers:
            blocker.unblock()
