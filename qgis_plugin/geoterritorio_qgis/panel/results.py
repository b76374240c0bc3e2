"""What came out: a table of the rows that concern the territory or sector, and a chart of one column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from qgis.core import QgsApplication, QgsExpression, QgsFeatureRequest, QgsProject
from qgis.PyQt.QtCore import QLocale, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPalette, QPen
from qgis.PyQt.QtWidgets import QSizePolicy, QTableWidgetItem, QWidget

from .. import styling
from ..texts import say

ROWS = 500
BARS = 10
_THOUSAND = 1000  # from here on whole figures say enough
_AROUND_ONE = {"lq", "focal_lq", "quotient", "colocation", "most"}
_UNSURE = {"untested", "withheld", "uncertain", "even", "not significant"}


@dataclass(frozen=True)
class Bar:
    """A row of the chart."""

    label: str
    value: float
    low: float | None
    high: float | None
    sure: bool


def result_layers() -> list[Any]:
    """Layers of the project that tools made, the newest first."""
    layers = QgsProject.instance().mapLayers().values()
    found = [layer for layer in layers if layer.customProperty(styling.TOOL) and hasattr(layer, "fields")]
    return sorted(found, key=lambda layer: str(layer.customProperty(styling.MADE) or ""), reverse=True)


def numeric(layer: Any) -> list[str]:
    """Columns of a layer that can be drawn."""
    return [f.name() for f in layer.fields() if f.isNumeric() and f.name() not in {"fid", "p", "q"}]


def main_column(layer: Any) -> str:
    """Column that a result is about: the one its style draws, else its first that is no size."""
    kind = styling.table()["kinds"].get(layer.customProperty(styling.KIND) or "", {})
    drawn = [name for style in kind.get("styles", ()) for name in style["needs"]]
    names = numeric(layer)
    usual = [*drawn, "lq", "value", "index", "quotient", "excess"]
    sizes = {"employment", "establishments", "plants", "jobs"}
    return next((n for n in [*usual, *(n for n in names if n not in sizes)] if n in names), "")


def rows(layer: Any, territory: str, sector: str, column: str) -> list[Any]:
    """Rows of a result that concern the focus, those with the highest values first."""
    names = set(layer.fields().names())
    parts = [
        f"{QgsExpression.quotedColumnRef(name)} = {QgsExpression.quotedString(code)}"
        for name, code in (("territory", territory), ("sector", sector))
        if code and name in names
    ]
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.Flag.NoGeometry)
    if parts:
        request.setFilterExpression(" AND ".join(parts))
    if column in names:
        request.addOrderBy(QgsExpression.quotedColumnRef(column), False, False)
    return list(layer.getFeatures(request.setLimit(ROWS)))


def shown(value: Any) -> str:
    """Value of a cell for people: numbers to three significant digits, in the reader's writing."""
    if value is None or (hasattr(value, "isNull") and value.isNull()):
        return ""
    if isinstance(value, float):
        locale = QLocale(QgsApplication.locale())
        if value == int(value) or abs(value) >= _THOUSAND:
            return str(locale.toString(round(value)))
        return str(locale.toString(value, "g", 3))
    return str(value)


class Cell(QTableWidgetItem):
    """A cell that sorts numbers as numbers."""

    def __init__(self, value: Any) -> None:
        super().__init__(shown(value))
        self._number = float(value) if isinstance(value, (int, float)) else None
        if self._number is not None:
            self.setTextAlignment(int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter))

    def __lt__(self, other: Any) -> bool:
        if self._number is not None and getattr(other, "_number", None) is not None:
            return bool(self._number < other._number)
        return bool(self.text() < other.text())


def bars(layer: Any, found: list[Any], column: str) -> list[Bar]:
    """Rows as bars of one column, with their limits where the result has them."""
    names = layer.fields().names()
    label = next((n for n in _label_columns(layer, found) if n in names), names[0])
    limits = ("low", "high") if column in _AROUND_ONE else (f"{column}_low", f"{column}_high")
    made = []
    for row in found:
        value = _number(row[column])
        if value is None:
            continue
        low, high = (_number(row[n]) if n in names else None for n in limits)
        certainty = shown(row["certainty"]) if "certainty" in names else ""
        made.append(Bar(shown(row[label]), value, low, high, certainty not in _UNSURE))
        if len(made) == BARS:
            break
    return made


def _label_columns(layer: Any, found: list[Any]) -> list[str]:
    """Columns that tell rows apart: sectors where all rows are of one territory, else territories."""
    names = layer.fields().names()
    several = "territory" not in names or len({shown(row["territory"]) for row in found[:ROWS]}) > 1
    sectors = ["sector_name", "sector", "other_name"]
    places = ["name", "territory"]
    return places + sectors if several and "territory" in names else sectors + places


def _number(value: Any) -> float | None:
    if isinstance(value, (int, float)) and not math.isnan(value):
        return float(value)
    return None


class Chart(QWidget):
    """Bars with limits, drawn in the colours of the window."""

    ROW, LABEL = 20, 0.48

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: list[Bar] = []
        self._title, self._at = "", 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, made: list[Bar], title: str, column: str) -> None:
        """Draw other bars; those of quotients start at 1."""
        self._bars, self._title = made, title
        self._at = 1.0 if column in _AROUND_ONE else 0.0
        told = "; ".join(f"{bar.label}: {shown(bar.value)}" for bar in made)
        self.setAccessibleName(f"{title}. {told}")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """Height of all bars."""
        return QSize(300, self.ROW * (len(self._bars) + 2) if self._bars else 0)

    def paintEvent(self, event: Any) -> None:  # noqa: ARG002 - Qt calls it with one
        """Draw."""
        if not self._bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        painter.setPen(ink)
        painter.drawText(QRectF(0, 0, self.width(), self.ROW), int(Qt.AlignmentFlag.AlignLeft), self._title)
        left, right = self.width() * self.LABEL, self.width() - 46.0
        ends = [v for b in self._bars for v in (b.value, b.low, b.high, self._at) if v is not None]
        # Limits far out would flatten everything else: the axis ends a little beyond the largest value.
        most = max([b.value for b in self._bars] + [self._at])
        least = min([*ends, self._at, 0.0]) if min(ends) < 0 else min(self._at, 0.0)
        span = max(min(max(ends), most * 1.6 if most > 0 else max(ends)) - least, 1e-12)

        def across(value: float) -> float:
            place: float = left + (right - left) * min(max((value - least) / span, 0.0), 1.0)
            return place

        for place, bar in enumerate(self._bars):
            self._draw(painter, bar, self.ROW * (place + 1), across, ink)
        painter.setPen(QPen(ink, 1, Qt.PenStyle.DashLine))
        bottom = self.ROW * (len(self._bars) + 1)
        painter.drawLine(int(across(self._at)), self.ROW, int(across(self._at)), bottom)
        painter.setPen(ink)
        painter.drawText(
            QRectF(across(self._at) - 30, bottom, 60, self.ROW),
            int(Qt.AlignmentFlag.AlignHCenter),
            shown(self._at),
        )
        painter.end()

    def _draw(self, painter: QPainter, bar: Bar, top: int, across: Any, ink: QColor) -> None:
        colour = QColor("#2166ac") if bar.value < self._at else QColor("#b2182b")
        colour.setAlpha(255 if bar.sure else 90)
        wide = self.width() * self.LABEL - 6
        middle = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(ink)
        elided = painter.fontMetrics().elidedText(bar.label, Qt.TextElideMode.ElideMiddle, int(wide))
        painter.drawText(QRectF(0, top, wide, self.ROW), middle, elided)
        start, end = sorted((across(self._at), across(bar.value)))
        painter.fillRect(QRectF(start, top + 4, max(end - start, 1.0), self.ROW - 8), colour)
        if bar.low is not None or bar.high is not None:
            low = across(bar.value if bar.low is None else bar.low)
            high = across(bar.value if bar.high is None else bar.high)
            painter.setPen(QPen(ink, 1.2))
            painter.drawLine(int(low), top + self.ROW // 2, int(high), top + self.ROW // 2)
            for end in (low, high):
                painter.drawLine(int(end), top + 6, int(end), top + self.ROW - 6)
        painter.setPen(ink)
        painter.drawText(QRectF(self.width() - 44, top, 44, self.ROW), middle, shown(bar.value))


def summary(count: int) -> str:
    """How many rows are shown."""
    if count >= ROWS:
        return say("The first {count} rows; the layer's attribute table has all.").format(count=ROWS)
    return say("{count} rows").format(count=count)
