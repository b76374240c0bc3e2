"""The tab of results: which layer, which column, its rows and its chart."""

from __future__ import annotations

from typing import Any

from qgis.PyQt.QtCore import QSignalBlocker
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QLabel,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from ..texts import say
from .chart import Chart
from .reading import Lane, Ranking, foremost
from .results import ROWS, Cell, bars, concerning, curve, main_column, numeric, result_layers, summary, words

_AT_ONCE = 20_000  # rows that are read without the window's standing still


def narrow(combo: QComboBox) -> None:
    """Let a list be narrower than its longest entry, so that the panel fits beside a map."""
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(8)


class Outcome(QWidget):
    """Results of the tools, for the territory and sector in focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._territory, self._sector = "", ""
        self._lane = Lane()
        self._layer, self._column = QComboBox(), QComboBox()
        for combo in (self._layer, self._column):
            narrow(combo)
        self._layer.currentIndexChanged.connect(self._layer_chosen)
        self._column.currentIndexChanged.connect(self._fill)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._table = QTableWidget()
        self._table.setObjectName("results")
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setAlternatingRowColors(True)
        self._table.verticalHeader().hide()
        self._table.setMinimumHeight(160)
        self._table.horizontalHeader().setResizeContentsPrecision(20)  # not by rows out of sight
        self._chart = Chart()
        form = QFormLayout()
        form.addRow(say("Result"), self._layer)
        form.addRow(say("Column"), self._column)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self._chart)
        column.addWidget(self._note)
        column.addWidget(self._table, 1)
        self.refresh()

    def refresh(self, *_: Any, anew: bool = False) -> bool:
        """List of results as they are now, from the newest on if `anew`; whether there is any."""
        before = None if anew else self._layer.currentData()
        found = result_layers()
        with QSignalBlocker(self._layer):
            self._layer.clear()
            for layer in found:
                self._layer.addItem(layer.name(), layer.id())
            kept = self._layer.findData(before)
            self._layer.setCurrentIndex(max(kept, 0) if found else -1)
        # Other layers that come and go change nothing of what is shown.
        if kept < 0 or before is None:
            self._layer_chosen()
        return bool(found)

    def stop(self) -> None:
        """End of what is still being read."""
        self._lane.stop()

    def focus(self, territory: str, sector: str) -> None:
        """Rows of other territories or sectors."""
        if (territory, sector) != (self._territory, self._sector):
            self._territory, self._sector = territory, sector
            self._fill()

    def _current(self) -> Any:
        identifier = self._layer.currentData()
        return next((layer for layer in result_layers() if layer.id() == identifier), None)

    def _layer_chosen(self, *_: Any) -> None:
        layer = self._current()
        with QSignalBlocker(self._column):
            self._column.clear()
            for name in numeric(layer) if layer is not None else []:
                self._column.addItem(layer.attributeDisplayName(layer.fields().lookupField(name)), name)
            wanted = main_column(layer) if layer is not None else ""
            self._column.setCurrentIndex(max(self._column.findData(wanted), 0))
        self._fill()

    def _fill(self, *_: Any) -> None:
        layer, column = self._current(), self._column.currentData() or ""
        self._lane.stop()
        if layer is None:
            self._clear(say("No results yet. Open a tool under “Steps” and run it."))
            return
        where = concerning(layer, self._territory, self._sector)
        if 0 <= layer.featureCount() <= _AT_ONCE:
            self._show(layer, column, foremost(layer, where, layer.fields().lookupField(column), ROWS))
            return
        self._clear(say("Reading the layer…"))
        identifier = layer.id()

        def shown(found: list[Any]) -> None:
            there = self._current()
            if there is not None and there.id() == identifier:
                self._show(there, column, found)

        self._lane.start(Ranking(layer, where, column, ROWS, shown))

    def _clear(self, note: str) -> None:
        self._table.setRowCount(0)
        self._table.setColumnCount(0)
        self._chart.show_bars([], "", "")
        self._note.setText(note)

    def _show(self, layer: Any, column: str, found: list[Any]) -> None:
        """Rows in the table and in the chart."""
        self._table.setSortingEnabled(False)
        names = [name for name in layer.fields().names() if name != "fid"]
        self._table.setColumnCount(len(names))
        self._table.setRowCount(len(found))
        titles = [layer.attributeDisplayName(layer.fields().lookupField(name)) for name in names]
        self._table.setHorizontalHeaderLabels(titles)
        told = [words(layer, name) for name in names]
        for i, row in enumerate(found):
            for j, name in enumerate(names):
                self._table.setItem(i, j, Cell(told[j].get(row[name], row[name]) if told[j] else row[name]))
        self._table.resizeColumnsToContents()
        for j in range(len(names)):
            self._table.setColumnWidth(j, min(self._table.columnWidth(j), 180))
        self._table.setSortingEnabled(True)
        self._note.setText(summary(len(found)))
        function = curve(layer, self._sector)
        if function is not None:
            self._chart.show_curve(function)
        else:
            self._chart.show_bars(bars(layer, found, column), self._column.currentText(), column)
