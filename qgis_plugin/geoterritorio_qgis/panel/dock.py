"""The panel's window: what the user works on above, steps and results below."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

from qgis.core import (
    Qgis,
    QgsDateTimeRange,
    QgsFieldProxyModel,
    QgsMapLayerProxyModel,
    QgsProject,
    QgsTemporalNavigationObject,
)
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
from ..settings import PAGE
from ..texts import say, tr
from .choices import Wrapping, meant
from .outcome import Outcome, narrow
from .reading import Lane, Reading
from .state import HINTS, Work, filled, guessed, remember, remembered, suited
from .steps import STUDY, steps

_ANYWHERE = Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive
_ROLES = ("territories", "firms", "counts")
_COLUMNS = {
    "territories": ("territory", "name", "valid_from", "valid_to"),
    "firms": ("sector", "employment"),
    "counts": ("territory", "sector", "employment", "establishments"),
}
_DAY = "yyyy-MM-dd"
_PATIENCE = 300  # milliseconds
_YEAR = 367  # days; a longer span of the map is no day in force
# QGIS 3.36 and later have them in one place.
_MODES = getattr(Qgis, "TemporalNavigationMode", None) or QgsTemporalNavigationObject.NavigationMode
_OFF = _MODES.Disabled if hasattr(_MODES, "Disabled") else _MODES.NavigationOff


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
        self._rows: dict[str, QWidget] = {}
        self._lanes = {"territory": Lane(), "sector": Lane()}
        self._dialogs: dict[int, Any] = {}
        self._resting = (
            False  # while a project goes, what its layers' leaving changes is no choice of the user's
        )
        self._steering = False  # while the panel sets the map's time
        self._outcome = Outcome(self)
        self._build()
        self._restore()
        project = QgsProject.instance()
        project.removeAll.connect(self._rest)
        project.readProject.connect(self._restore)
        project.cleared.connect(self._restore)
        styling.made.append(self._result_made)
        iface.mapCanvas().temporalRangeChanged.connect(self._range_changed)
        project.layersAdded.connect(self._outcome.refresh)
        project.layersRemoved.connect(self._outcome.refresh)
        project.layersAdded.connect(self._mark_steps)
        project.layersRemoved.connect(self._mark_steps)

    def dismantle(self) -> None:
        """Disconnection from the project, before the panel goes."""
        project = QgsProject.instance()
        styling.made.remove(self._result_made)
        self.iface.mapCanvas().temporalRangeChanged.disconnect(self._range_changed)
        project.removeAll.disconnect(self._rest)
        project.readProject.disconnect(self._restore)
        project.cleared.disconnect(self._restore)
        project.layersAdded.disconnect(self._outcome.refresh)
        project.layersRemoved.disconnect(self._outcome.refresh)
        project.layersAdded.disconnect(self._mark_steps)
        project.layersRemoved.disconnect(self._mark_steps)
        for lane in self._lanes.values():
            lane.stop()
        self._outcome.stop()

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
        self._mark_steps()
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
            "firms": QgsMapLayerProxyModel.Filter.PointLayer | QgsMapLayerProxyModel.Filter.NoGeometry,
            "counts": QgsMapLayerProxyModel.Filter.VectorLayer,
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
        # A box that opens shows all it holds.
        box.collapsedStateChanged.connect(lambda _: self._hide_fields())
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
            combo.fieldChanged.connect(partial(self._field_chosen, role))
            self._fields[f"{role}.{name}"] = combo
            lane.addRow(tr(described[name]["label"]), combo)
        row.setVisible(False)
        self._rows[role] = row
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
        # What is typed counts as what is chosen, however the reader leaves the field.
        combo.lineEdit().editingFinished.connect(partial(self._typed, combo))
        return combo

    def _steps_tree(self) -> QWidget:
        tree = QTreeWidget()
        tree.setHeaderHidden(True)
        tree.setObjectName("steps")
        tree.setAccessibleName(say("Steps"))
        tree.setWordWrap(True)
        tree.setIndentation(14)
        tree.setItemDelegate(Wrapping(tree))
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        tree.header().sectionResized.connect(lambda *_: tree.scheduleDelayedItemsLayout())
        for number, step in enumerate(steps(), 1):
            icon = QIcon(str(texts.HERE / "icons" / f"{step.room}.svg"))
            top = QTreeWidgetItem([f"{number}. {step.title}"])
            top.setIcon(0, icon)
            top.setToolTip(0, step.question)
            for part in step.parts:
                above = top
                if part.question:
                    above = QTreeWidgetItem([part.question])
                    top.addChild(above)
                for tool in part.tools:
                    item = QTreeWidgetItem([tr(tool["title"])])
                    item.setData(0, Qt.ItemDataRole.UserRole, tool["name"])
                    above.addChild(item)
            tree.addTopLevelItem(top)
        tree.itemActivated.connect(lambda item, _column: self._activated(item))
        tree.itemClicked.connect(lambda item, _column: item.setExpanded(not item.isExpanded()))
        self._tree = tree
        return tree

    def _mark_steps(self, *_: Any) -> None:
        """A mark before each tool of which the project has a result."""
        layers = QgsProject.instance().mapLayers().values()
        done = {layer.customProperty(styling.TOOL) for layer in layers}
        if any(layer.customProperty(styling.TOOL) and _of_study(layer) for layer in layers):
            done.add(STUDY)
        titles = {t["name"]: t for step in steps() for part in step.parts for t in part.tools}
        for item in self._tree.findItems("", _ANYWHERE):
            tool = titles.get(item.data(0, Qt.ItemDataRole.UserRole))
            if tool is None:
                continue
            title, there = tr(tool["title"]), tool["name"] in done
            item.setText(0, f"✓ {title}" if there else title)
            told = [title, tr(tool["description"]), say("The project has a result of it.") if there else ""]
            item.setToolTip(0, "".join(f"<p>{html.escape(line)}</p>" for line in told if line))

    def _footer(self) -> QVBoxLayout:
        lane = QVBoxLayout()
        sample = QPushButton(say("Open the sample project"))
        sample.clicked.connect(self.open_sample)
        check = QPushButton(say("Check installation"))
        check.clicked.connect(lambda: self.iface.showOptionsDialog(self.iface.mainWindow(), PAGE))
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

    def _rest(self) -> None:
        self._resting = True
        QTimer.singleShot(0, self._wake)

    def _wake(self) -> None:
        self._resting = False

    def _restore(self) -> None:
        """The panel as the project remembers it."""
        self._resting = True
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
        self._resting = False
        # QGIS sets the map's time after it has told of the project.
        QTimer.singleShot(_PATIENCE, self._apply_date)

    def _field_chosen(self, role: str, *_: Any) -> None:
        """Another column: its codes are other ones, and its days perhaps."""
        if self._resting:
            return
        self._changed()
        self._read_codes(self.work())
        if role == "territories":
            self._apply_date()

    def _typed(self, combo: QComboBox) -> None:
        """The entry that the typed text means: a code, a name, or the first that holds it."""
        entries = [combo.itemText(i) for i in range(combo.count())]
        codes = [combo.itemData(i) or "" for i in range(combo.count())]
        text = combo.lineEdit().text().strip()
        at = meant(text, codes, entries)
        if at < 0 and len(codes) == 1:  # nothing was read that the text could be told against
            combo.addItem(text, text)
            at = 1
        if at < 0:
            told = say("“{text}” is none of the codes or names of the layer.").format(text=text)
            self.iface.messageBar().pushWarning("GeoTerritorio", told)
            at = combo.currentIndex()
        combo.setCurrentIndex(at)
        combo.lineEdit().setText(combo.itemText(at))
        combo.lineEdit().setCursorPosition(0)

    def _layer_chosen(self, role: str, layer: Any) -> None:
        self._show_fields(role, layer, Work())
        self._changed()
        self._read_codes(self.work())
        if role == "territories":
            self._apply_date()

    def _show_fields(self, role: str, layer: Any, kept: Work) -> None:
        self._rows[role].setVisible(layer is not None)
        names = [] if layer is None else layer.fields().names()
        for name in _COLUMNS[role]:
            combo = self._fields[f"{role}.{name}"]
            with QSignalBlocker(combo):
                combo.setLayer(layer)
                combo.setField(kept.column(role, name) or guessed(names, name, HINTS))

    def _hide_fields(self) -> None:
        for role, combo in self._layers.items():
            self._rows[role].setVisible(combo.currentLayer() is not None and not self._data.isCollapsed())

    def _changed(self, *_: Any) -> None:
        if self._resting:
            return
        work = self.work()
        remember(QgsProject.instance(), work)
        self._outcome.focus(work.territory, work.sector)

    def _dated_changed(self, *_: Any) -> None:
        self._changed()
        self._apply_date()

    def _range_changed(self) -> None:
        """The map shows another time: the panel's day is the one it shows, or none where it shows none."""
        span = self.iface.mapCanvas().temporalRange()
        first, last = span.begin().date(), span.end().date()
        dated = first.isValid() and last.isValid() and first.daysTo(last) < _YEAR
        same = dated == self._dated.isChecked() and (not dated or first == self._date.date())
        if self._steering or same:
            return
        with QSignalBlocker(self._dated), QSignalBlocker(self._date):
            self._dated.setChecked(dated)
            self._date.setEnabled(dated)
            if dated:
                self._date.setDate(first)
        self._changed()

    def _apply_date(self) -> None:
        """The map as on the day in force, or of all times; the temporal controller says the same."""
        canvas, dated = self.iface.mapCanvas(), self._dated.isChecked()
        day = self._date.date()
        span = QgsDateTimeRange(QDateTime(), QDateTime())
        if dated:
            span = QgsDateTimeRange(QDateTime(day, QTime(0, 0)), QDateTime(day, QTime(23, 59, 59)))
            self._date_versions()
        if not dated and canvas.temporalRange().isInfinite():
            return
        controller = canvas.temporalController()
        self._steering = True
        try:
            if hasattr(controller, "setNavigationMode"):
                controller.setNavigationMode(_MODES.FixedRange if dated else _OFF)
                if dated:
                    controller.setTemporalExtents(span)
            canvas.setTemporalRange(span)
        finally:
            self._steering = False

    def _date_versions(self) -> None:
        """Versions of the territories in the user's own layer follow the day too."""
        layer = self._layers["territories"].currentLayer()
        if layer is not None:
            ends = (self._fields[f"territories.{name}"].currentField() for name in ("valid_from", "valid_to"))
            styling.follow_time(layer, *ends)

    def _read_codes(self, kept: Work) -> None:
        """Codes of territories and sectors, read in the background."""
        layers = {role: combo.currentLayer() for role, combo in self._layers.items()}
        self._read("territory", self._territory, layers["territories"], "territories", "name", kept.territory)
        role = "firms" if layers["firms"] is not None else "counts"
        self._read("sector", self._sector, layers[role], role, "", kept.sector)

    def _read(self, name: str, combo: QComboBox, layer: Any, role: str, named: str, kept: str) -> None:
        self._lanes[name].stop()
        code = self._fields[f"{role}.{name}"].currentField() if layer is not None else ""
        if not code:
            self._offer(combo, kept, [])
            return
        title = self._fields[f"{role}.{named}"].currentField() if named else ""
        if not named and "sector_name" in layer.fields().names():
            title = "sector_name"
        self._lanes[name].start(Reading(layer, code, title, partial(self._offer, combo, kept)))

    def _offer(self, combo: QComboBox, kept: str, pairs: list[tuple[str, str]]) -> None:
        with QSignalBlocker(combo):
            combo.clear()
            combo.addItem(say("All"), "")
            for code, name in pairs:
                combo.addItem(f"{code} · {name}" if name and name != code else code, code)
            combo.setCurrentIndex(max(combo.findData(kept), 0))
            combo.lineEdit().setCursorPosition(0)
        self._outcome.focus(self._territory.currentData() or "", self._sector.currentData() or "")

    # What the user does

    def _activated(self, item: QTreeWidgetItem) -> None:
        name = item.data(0, Qt.ItemDataRole.UserRole)
        if name == STUDY:
            self.open_tool(name, {})
        elif name:
            tool = next(t for t in texts.tools() if t["name"] == name)
            work = self.work()
            # A register that is chosen stands for the counts too.
            others = suited(tool, QgsProject.instance(), {*work.layers, *_ROLES})
            self.open_tool(name, filled(tool, work, others))

    def open_tool(self, name: str, values: dict[str, Any]) -> None:
        """Dialog of a tool, filled with what the panel knows."""
        import processing  # noqa: PLC0415 - QGIS puts it on the path when its plugins load

        dialog = processing.createAlgorithmDialog(f"geoterritorio:{name}", values)
        if dialog is None:
            return
        number = max(self._dialogs, default=0) + 1
        self._dialogs[number] = dialog
        dialog.destroyed.connect(lambda *_: self._dialogs.pop(number, None))
        dialog.show()

    def _result_made(self) -> None:
        """A tool's result has become a layer."""
        QTimer.singleShot(0, self._show_results)

    def _show_results(self) -> None:
        self._mark_steps()
        if self._outcome.refresh(anew=True):
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


def _of_study(layer: Any) -> bool:
    """Whether a study wrote a result: it says whether it is shown, where tools say when it was made."""
    return layer.customProperty(styling.MADE) in {"0", "1"}


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
