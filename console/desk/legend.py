"""The row above a plot's curves: their newest values, whether they are decimated, where the plot looks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.desk import symbols, theme
from console.desk.curves import Curve

HEIGHT, ENTRY, GAP = 22, 29, 14
TOLD_MS = 6000
READ_MS = 200


class Plotted(Protocol):
    """What the row tells about."""

    @property
    def curves(self) -> list[Curve]:
        """The curves, in the order of their colours."""
        ...

    def chip(self) -> str:
        """Return where the plot looks, in a word."""
        ...


class Legend(QWidget):
    """The row above the curves: their newest values, whether decimated, and where the plot looks."""

    chip_clicked = Signal()

    def __init__(self, panel: Plotted, parent: QWidget) -> None:
        super().__init__(parent)
        self._panel = panel
        self._chip = QRectF()
        self._told = ""
        self._telling = QTimer(self, singleShot=True, interval=TOLD_MS)
        self._telling.timeout.connect(lambda: self.tell(""))
        self._words: tuple[object, ...] = ()
        self._values: tuple[str, ...] = ()
        self._reading = QTimer(self, singleShot=True, interval=READ_MS)
        self._reading.timeout.connect(self.refresh)

    def refresh(self) -> None:
        """Paint the row again where what it says has changed; values no faster than they can be read."""
        curves = self._panel.curves
        words = (
            self._panel.chip(), _any_decimated(curves), tuple((c.name, c.colour.rgba()) for c in curves),
        )  # fmt: skip
        if words == self._words and self._reading.isActive():
            return
        values = tuple(curve.newest() for curve in curves)
        if (words, values) != (self._words, self._values):
            self._words, self._values = words, values
            self._reading.start()
            self.update()

    def tell(self, words: str) -> None:
        """Say something for some seconds in place of the values; empty: no more."""
        self._told = words
        if words:
            self._telling.start()
        self.update()

    @property
    def told(self) -> str:
        """What is said at present; empty while the values stand here."""
        return self._told

    def sizeHint(self) -> QSize:
        """Return the row's height."""
        return QSize(200, theme.px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Return the row's height."""
        return QSize(60, theme.px(HEIGHT))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Follow the playhead again where the chip is clicked."""
        if self._chip.contains(event.position()):
            self.chip_clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row."""
        painter = QPainter(self)
        self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """Draw the row; also what an export calls."""
        palette = theme.palette
        painter.fillRect(self.rect(), palette.panel)
        middle = self.height() / 2
        right = self._draw_chip(painter, self._panel.chip(), middle)
        left = 10.0
        if self._told:
            painter.setFont(theme.font(12))
            painter.setPen(palette.value)
            box = QRectF(left, 0, right - left, self.height())
            metrics = painter.fontMetrics()
            words = metrics.elidedText(self._told, Qt.TextElideMode.ElideMiddle, int(box.width()))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
            return
        if not self._panel.curves:
            painter.setFont(theme.font(12))
            painter.setPen(palette.dim)
            painter.drawText(
                QRectF(left, 0, right - left, self.height()), Qt.AlignmentFlag.AlignVCenter,
                self.tr("drag a parameter here"),
            )  # fmt: skip
        if _any_decimated(self._panel.curves):
            text = self.tr("min/max shown")
            painter.setFont(theme.font(12))
            width = painter.fontMetrics().horizontalAdvance(text)
            if right - width > self.width() * 0.55:
                painter.setPen(palette.dim)
                painter.drawText(
                    QRectF(right - width - 8, 0, width + 2, self.height()),
                    Qt.AlignmentFlag.AlignVCenter,
                    text,
                )
                right -= width + 14
        names = self._name_room(painter, right - left + GAP)
        for curve in self._panel.curves:
            left = self._draw_entry(painter, curve, left, middle, names)

    def _draw_chip(self, painter: QPainter, text: str, middle: float) -> float:
        painter.setFont(theme.font(12))
        width = painter.fontMetrics().horizontalAdvance(text) + 12
        self._chip = QRectF(self.width() - width - 8, middle - theme.px(8), width, theme.px(16))
        if text:
            symbols.draw_chip(painter, self._chip, text)
        return self._chip.left() - 6

    def _name_room(self, painter: QPainter, room: float) -> float:
        """Return how wide a name may be so that every value stays readable."""
        painter.setFont(theme.font(12))
        metrics, curves = painter.fontMetrics(), self._panel.curves
        if not curves:
            return 0.0
        values = sum(metrics.horizontalAdvance(" " + curve.newest()) + ENTRY for curve in curves)
        names = sorted(metrics.horizontalAdvance(curve.name) for curve in curves)
        left, count = room - values, len(names)
        for width in names:
            # Short names take what they need, the long ones share the rest.
            if width * count > left:
                return max(0.0, left / count)
            left, count = left - width, count - 1
        return float(names[-1])

    def _draw_entry(
        self, painter: QPainter, curve: Curve, left: float, middle: float, name_room: float
    ) -> float:
        metrics = painter.fontMetrics()
        name = metrics.elidedText(curve.name, Qt.TextElideMode.ElideRight, math.ceil(name_room))
        text = f"{name} {curve.newest()}"
        width = metrics.horizontalAdvance(text)
        painter.fillRect(QRectF(left, middle - 1, 10, 2), curve.colour)
        painter.setPen(theme.palette.text)
        box = QRectF(left + 15, 0, width + 2, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        return left + ENTRY + width


def _any_decimated(curves: Sequence[Curve]) -> bool:
    return any(c.trace is not None and c.trace.decimated for c in curves)
