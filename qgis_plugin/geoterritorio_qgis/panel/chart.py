"""The picture beside a table of results: bars with limits, or a function of distance with its band."""

from __future__ import annotations

import html
import math
from typing import Any

from qgis.PyQt.QtCore import QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF
from qgis.PyQt.QtWidgets import QSizePolicy, QWidget

from .results import AROUND_ONE, Bar, Curve, shown

_APART = 60  # pixels that part two numbers of an axis
_LINE, _BAND = QColor("#b2182b"), QColor(120, 120, 120, 70)


def _limits(bar: Bar) -> str:
    known = [shown(v) for v in (bar.low, bar.high) if v is not None]
    return f" ({' – '.join(known)})" if known else ""


class Chart(QWidget):
    """Bars with limits, drawn in the colours of the window."""

    ROW, LABEL = 20, 0.48

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: list[Bar] = []
        self._curve: Curve | None = None
        self._title, self._at, self._far = "", 0.0, 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, made: list[Bar], title: str, column: str) -> None:
        """Draw other bars; those of quotients start at 1."""
        self._bars, self._title, self._curve = made, title, None
        self._at = 1.0 if column in AROUND_ONE else 0.0
        lines = [f"{bar.label}: {shown(bar.value)}{_limits(bar)}" for bar in made]
        told = "; ".join(lines)
        # Names are data: as text that looks like HTML they would be a page, with pictures from anywhere.
        self.setToolTip(f"<p>{'<br>'.join(map(html.escape, lines))}</p>" if lines else "")
        self.setAccessibleName(f"{title}. {told}")
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def show_curve(self, made: Curve) -> None:
        """Draw a function of distance."""
        self._bars, self._title, self._curve = [], made.title, made
        self.setToolTip("")
        known = [v for v in made.value if v is not None]
        self.setAccessibleName(
            f"{made.title}. {shown(min(known))} – {shown(max(known))}" if known else made.title
        )
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        """Height of all bars, or of a curve."""
        if self._curve is not None:
            return QSize(300, self.ROW * 12 + 10)
        return QSize(300, self.ROW * (len(self._bars) + 2) if self._bars else 0)

    def paintEvent(self, event: Any) -> None:  # noqa: ARG002 - Qt calls it with one
        """Draw."""
        if not self._bars and self._curve is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = self.palette().color(QPalette.ColorRole.WindowText)
        if self._curve is not None:
            self._draw_curve(painter, self._curve, ink)
            painter.end()
            return
        painter.setPen(ink)
        painter.drawText(QRectF(0, 0, self.width(), self.ROW), int(Qt.AlignmentFlag.AlignLeft), self._title)
        figures = max(painter.fontMetrics().horizontalAdvance(shown(bar.value)) for bar in self._bars) + 6
        left, right = self.width() * self.LABEL, float(self.width() - figures)
        ends = [v for b in self._bars for v in (b.value, b.low, b.high, self._at) if v is not None]
        # Limits far out would flatten everything else: the axis ends a little beyond the largest value.
        most = max([b.value for b in self._bars] + [self._at])
        least = min([*ends, self._at, 0.0]) if min(ends) < 0 else min(self._at, 0.0)
        span = max(min(max(ends), most * 1.6 if most > 0 else max(ends)) - least, 1e-12)
        self._far = least + span

        def across(value: float) -> float:
            place: float = left + (right - left) * min(max((value - least) / span, 0.0), 1.0)
            return place

        for place, bar in enumerate(self._bars):
            self._draw(painter, bar, self.ROW * (place + 1), across, ink, figures)
        painter.setPen(QPen(ink, 1, Qt.PenStyle.DashLine))
        bottom = self.ROW * (len(self._bars) + 1)
        painter.drawLine(int(across(self._at)), self.ROW, int(across(self._at)), bottom)
        painter.setPen(ink)
        middle = int(Qt.AlignmentFlag.AlignHCenter)
        painter.drawText(QRectF(across(self._at) - 30, bottom, 60, self.ROW), middle, shown(self._at))
        if right - across(self._at) > _APART:
            painter.drawLine(int(right), bottom - 4, int(right), bottom)
            painter.drawText(QRectF(right - 40, bottom, 80, self.ROW), middle, shown(self._far))
        painter.end()

    def _draw(self, painter: QPainter, bar: Bar, top: int, across: Any, ink: QColor, figures: int) -> None:
        colour = QColor("#2166ac") if bar.value < self._at else QColor("#b2182b")
        colour.setAlpha(255 if bar.sure else 90)
        wide = self.width() * self.LABEL - 6
        middle = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(ink)
        elided = painter.fontMetrics().elidedText(bar.label, Qt.TextElideMode.ElideRight, int(wide))
        painter.drawText(QRectF(0, top, wide, self.ROW), middle, elided)
        start, end = sorted((across(self._at), across(bar.value)))
        painter.fillRect(QRectF(start, top + 4, max(end - start, 1.0), self.ROW - 8), colour)
        if bar.low is not None or bar.high is not None:
            low = across(bar.value if bar.low is None else bar.low)
            high = across(bar.value if bar.high is None else bar.high)
            painter.setPen(QPen(ink, 1.2))
            painter.drawLine(int(low), top + self.ROW // 2, int(high), top + self.ROW // 2)
            painter.drawLine(int(low), top + 6, int(low), top + self.ROW - 6)
            if bar.high is not None and bar.high > self._far:
                self._point(painter, high, top + self.ROW / 2, ink)
            else:
                painter.drawLine(int(high), top + 6, int(high), top + self.ROW - 6)
        painter.setPen(ink)
        painter.drawText(QRectF(self.width() - figures, top, figures, self.ROW), middle, shown(bar.value))

    def _point(self, painter: QPainter, at: float, middle: float, ink: QColor) -> None:
        """Arrow where an interval goes on beyond the axis."""
        painter.setBrush(ink)
        tip, back = QPointF(at + 3, middle), at - 4
        painter.drawPolygon(QPolygonF([tip, QPointF(back, middle - 4), QPointF(back, middle + 4)]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _draw_curve(self, painter: QPainter, made: Curve, ink: QColor) -> None:
        """Value over distance, with the mean of chance and the band that it stays in."""
        named = [v for part in (made.value, made.mean, made.low, made.high) for v in part if v is not None]
        top, bottom = max([*named, 0.0]), min([*named, 0.0])
        # Values near nothing may tower over the rest.
        usual = sorted(v for v in [*made.value, *made.high] if v is not None)
        top = min(top, 2 * usual[int(0.9 * (len(usual) - 1))]) if usual and usual[-1] > 0 else top
        box = QRectF(56, self.ROW, self.width() - 66, self.ROW * 8)
        far = max([*made.distance, 1e-12])

        def point(distance: float, value: float) -> QPointF:
            share = (min(value, top) - bottom) / (top - bottom or 1.0)
            return QPointF(box.left() + box.width() * distance / far, box.bottom() - box.height() * share)

        def line(values: list[float | None]) -> list[QPointF]:
            pairs = zip(made.distance, values)
            return [point(d, v) for d, v in pairs if v is not None and math.isfinite(v)]

        painter.setPen(ink)
        painter.drawText(QRectF(0, 0, self.width(), self.ROW), int(Qt.AlignmentFlag.AlignLeft), self._title)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_BAND)
        if line(made.low) and line(made.high):
            painter.drawPolygon(QPolygonF(line(made.low) + line(made.high)[::-1]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, 1, Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF(line(made.mean)))
        painter.setPen(QPen(_LINE, 2))
        painter.drawPolyline(QPolygonF(line(made.value)))
        painter.setPen(ink)
        painter.drawRect(box)
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(0, box.top(), 52, self.ROW), right, shown(top))
        painter.drawText(QRectF(0, box.bottom() - self.ROW, 52, self.ROW), right, shown(bottom))
        below = QRectF(box.left(), box.bottom() + 2, box.width(), self.ROW)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), "0")
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), shown(far))
        for line_below, text in enumerate((made.across, made.note), 1):
            place = QRectF(0, box.bottom() + 2 + self.ROW * line_below, self.width(), self.ROW)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignHCenter), text)
