"""Draws the time strip: a ruler, a lane each for links, passes, phases, alarms, and the playhead.

What stands still between two views is painted once into a pixmap; the playhead goes over it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from console.desk import symbols, theme
from console.desk.axes import time_step_s
from console.desk.clockbar import text
from console.desk.clocks import clock_text, time_text
from console.desk.timerange import TimeRange

NS = 1_000_000_000
LEFT, RIGHT, RULER, LANE = 126.0, 62.0, 20.0, 26.0
SYMBOL = 9.0
ECLIPSE = 3.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a lane; ``words`` stand in it where they fit."""

    t0_ns: int
    t1_ns: int
    words: str = ""
    look: str = "data"
    """``data`` received, ``pass`` predicted, ``booked`` a pass still to come, ``phase``, ``eclipse``"""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at one instant: an alarm's severity (hollow where it went back to normal), or a note."""

    at_ns: int
    severity: int
    hollow: bool = False
    words: str = ""
    note: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """One row: its name, what is drawn in it, and a word at its right end."""

    name: str
    bars: Sequence[Bar] = ()
    marks: Sequence[Mark] = ()
    share: str = ""


@dataclass(slots=True)
class _Drag:
    kind: str
    """``seek`` moves the playhead, ``pan`` the stretch"""
    x: float
    moved: bool = field(default=False)


class LanesCanvas(QWidget):
    """Lanes over a time range; dragging moves the playhead, the ruler pans, the wheel zooms."""

    sought = Signal(object)
    """mission time in ns that the playhead was dragged to"""
    ranged = Signal()
    """the operator changed the range"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.range = TimeRange()
        self.lanes: list[Lane] = []
        self.playhead_ns: int | None = None
        self.now_ns: int | None = None
        self._picture: QPixmap | None = None
        self._key: tuple[object, ...] = ()
        self._drag: _Drag | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(300, theme.px(80))

    def show_lanes(self, lanes: list[Lane], playhead_ns: int | None, now_ns: int | None) -> None:
        """Draw these lanes with the playhead; ``now_ns`` is None where nothing is recorded."""
        if lanes != self.lanes:
            self.lanes = lanes
            self._key = ()
        before = self._x(self.playhead_ns), self._x(self.now_ns), self._key
        self.playhead_ns, self.now_ns = playhead_ns, now_ns
        if before != (self._x(playhead_ns), self._x(now_ns), self._wanted_key()):
            self.update()

    def instant_at(self, x: float) -> int:
        """Return the instant under a pixel column."""
        width = self._width()
        share = (x / theme.scale - LEFT) / width
        return self.range.t0_ns + round(share * self.range.span_ns)

    def column_of(self, t_ns: int) -> float:
        """Return the pixel column of an instant."""
        return self._at(t_ns) * theme.scale

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        key = self._wanted_key()
        if self._picture is None or key != self._key:
            self._picture, self._key = self._paint_lanes(), key
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.scale(theme.scale, theme.scale)
        height = self.height() / theme.scale
        bottom = min(height, RULER + self._lane_height() * len(self.lanes) + 4)
        x = self._x(self.playhead_ns)
        if x is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.palette.value)
            painter.drawPolygon(
                QPolygonF([QPointF(x - 5, RULER - 9), QPointF(x + 6, RULER - 9), QPointF(x + 0.5, RULER - 2)])
            )
            painter.drawRect(QRectF(x, RULER - 4, 1.5, bottom - RULER + 4))
        painter.end()

    def _wanted_key(self) -> tuple[object, ...]:
        return (
            self.size().toTuple(), self.range.t0_ns, self.range.t1_ns, theme.palette.name, theme.scale,
            self._x(self.now_ns),
        )  # fmt: skip

    def _paint_lanes(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(theme.palette.panel)
        painter = QPainter(picture)
        painter.scale(theme.scale, theme.scale)
        lane = self._lane_height()
        bottom = RULER + lane * len(self.lanes)
        self._paint_ruler(painter, bottom)
        for i, each in enumerate(self.lanes):
            top = RULER + i * lane
            middle = top + lane / 2
            text(painter, 8, middle + 4.5, each.name, 12, theme.palette.label, fit=LEFT - 14)
            if each.share:
                right = self.width() / theme.scale
                painter.setFont(theme.font(12))
                painter.setPen(theme.palette.text)
                box = QRectF(right - RIGHT, top, RIGHT - 8, lane)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, each.share)
            painter.save()
            painter.setClipRect(QRectF(LEFT, top, self._width(), lane))
            for bar in each.bars:
                self._paint_bar(painter, bar, top, lane)
            self._paint_marks(painter, each.marks, middle)
            painter.restore()
        painter.end()
        return picture

    def _paint_ruler(self, painter: QPainter, bottom: float) -> None:
        span_s = self.range.span_ns / NS
        step_s = time_step_s(span_s, max(2, int(self._width() / 84)))
        step = round(step_s * NS)
        now = self._x(self.now_ns)
        if now is not None:
            ahead = QRectF(now, RULER, LEFT + self._width() - now, bottom - RULER)
            painter.fillRect(ahead, _blend(theme.palette.panel, theme.palette.gutter, 0.5))
        t = -(-self.range.t0_ns // step) * step
        painter.setFont(theme.font(12))
        while t <= self.range.t1_ns:
            x = self._at(t)
            painter.setPen(theme.palette.grid)
            painter.drawLine(QPointF(x, RULER), QPointF(x, bottom))
            painter.setPen(theme.palette.label)
            midnight = t % (86_400 * NS) == 0
            words = (
                clock_text(t)[:8]
                if midnight or step_s >= 86_400
                else time_text(t)[: 5 if step_s >= 60 else 8]
            )
            painter.drawText(QRectF(x - 45, 0, 90, RULER - 5), Qt.AlignmentFlag.AlignCenter, words)
            t += step

    def _paint_bar(self, painter: QPainter, bar: Bar, top: float, lane: float) -> None:
        x0 = max(self._at(bar.t0_ns), LEFT - 2)
        x1 = min(self._at(bar.t1_ns), LEFT + self._width() + 2)
        if x1 < LEFT or x0 > LEFT + self._width():
            return
        p = theme.palette
        if bar.look == "eclipse":
            painter.fillRect(QRectF(x0, top + lane - ECLIPSE - 1, max(x1 - x0, 1), ECLIPSE), p.eclipse)
            return
        box = QRectF(x0, top + 3, max(x1 - x0, 1.0), lane - 6)
        if bar.look == "data":
            painter.fillRect(box, p.data)
        elif bar.look == "phase":
            high = lane - ECLIPSE - 3  # what is below belongs to the eclipse
            painter.fillRect(QRectF(x0, top + 1, max(x1 - x0, 1), high), p.control)
            painter.fillRect(QRectF(x0, top + 1, 1, high), p.track)
            base = top + 1 + high / 2 + 4
            text(painter, x0 + 5, base, bar.words, 12, p.text, fit=max(x1 - x0 - 8, 1))
        else:
            painter.setPen(QPen(p.data if bar.look == "pass" else p.track, 1))
            painter.setBrush(p.control)
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            if bar.words:
                colour = p.text if bar.look == "pass" else p.dim
                room = x1 - max(x0, LEFT) - 10
                inside = QFontMetricsF(theme.font(12)).horizontalAdvance(bar.words) <= room * theme.scale
                x = max(x0, LEFT) + 5 if inside else x1 + 4
                text(painter, x, top + lane / 2 + 4.5, bar.words, 12, colour)

    def _paint_marks(self, painter: QPainter, marks: Sequence[Mark], middle: float) -> None:
        for mark in sorted(marks, key=lambda m: m.severity):
            x = self._at(mark.at_ns)
            box = QRectF(x - SYMBOL / 2, middle - SYMBOL / 2, SYMBOL, SYMBOL)
            if mark.note:
                painter.setPen(QPen(theme.palette.interactive, 1.4))
                painter.drawLine(QPointF(x, middle - 7), QPointF(x, middle + 7))
                painter.fillRect(QRectF(x, middle - 7, 6, 5), theme.palette.interactive)
            else:
                symbols.draw_status(painter, box, mark.severity, hollow=mark.hollow)

    def _width(self) -> float:
        return max(1.0, self.width() / theme.scale - LEFT - RIGHT)

    def _lane_height(self) -> float:
        room = self.height() / theme.scale - RULER - 4
        return max(13.0, min(LANE, room / max(1, len(self.lanes))))

    def _at(self, t_ns: int) -> float:
        return LEFT + (t_ns - self.range.t0_ns) / self.range.span_ns * self._width()

    def _x(self, t_ns: int | None) -> float | None:
        """Return the column of an instant in half pixels, None outside the range."""
        if t_ns is None or not self.range.t0_ns <= t_ns <= self.range.t1_ns:
            return None
        return math.floor(2 * self._at(t_ns)) / 2

    # hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x, y = event.position().x(), event.position().y()
        if x < LEFT * theme.scale or event.button() not in (
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.MiddleButton,
        ):
            return
        pans = y < RULER * theme.scale or event.button() is Qt.MouseButton.MiddleButton
        self._drag = _Drag("pan" if pans else "seek", x)
        self.setCursor(Qt.CursorShape.ClosedHandCursor if pans else Qt.CursorShape.SizeHorCursor)
        if not pans:
            self.sought.emit(self.instant_at(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x, y = event.position().x(), event.position().y()
        if self._drag is None:
            self.setToolTip(self._words_at(x, y))
            return
        if self._drag.kind == "seek":
            self.sought.emit(self.instant_at(x))
        elif x != self._drag.x:
            self.range.pan(self.instant_at(self._drag.x) - self.instant_at(x))
            self._drag.x = x
            self.ranged.emit()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Follow again after a zoom or a pan."""
        if event.position().y() < RULER * theme.scale:
            self.range.own = False
            self.ranged.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if turns:
            self.range.zoom(self.instant_at(event.position().x()), 0.8**turns)
            self.ranged.emit()
            self.update()
        event.accept()

    def _words_at(self, x: float, y: float) -> str:
        lane = int((y / theme.scale - RULER) // self._lane_height())
        if not 0 <= lane < len(self.lanes) or x < LEFT * theme.scale:
            return ""
        at = self.instant_at(x)
        near = abs(self.instant_at(x + 6 * theme.scale) - at)
        shown = self.lanes[lane]
        words = [m.words for m in shown.marks if abs(m.at_ns - at) <= near and m.words]
        words += [b.words for b in shown.bars if b.t0_ns - near <= at <= b.t1_ns + near and b.words]
        return "\n".join([clock_text(at), *words])


def _blend(a: QColor, b: QColor, share: float) -> QColor:
    mixed = [
        round((1 - share) * p + share * q)
        for p, q in ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    ]
    return QColor(*mixed)
