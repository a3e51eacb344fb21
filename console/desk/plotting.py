"""The drawing of plots: a cached background, and curves as polylines that are decimated already.

A plain widget with a cached background costs less than half of a pyqtgraph scene for the same
curves (measured: ``tests/benchmarks/bench_desk.py``), so plots are widgets.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import shiboken6
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
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from console.archive.shapes import Point, Trace
from console.desk import axes, symbols, theme
from console.desk.clocks import span_text, time_text
from console.desk.curves import Curve
from decoders.mission.model import Band, Severity

LEFT, RIGHT, RIGHT_SECOND, TOP, BOTTOM = 48, 10, 44, 4, 20
NS = 1_000_000_000
BEYOND_ALPHA = 20
_memory: Any = shiboken6.VoidPtr  # its own type hints are wrong
LIMIT_DASHES: dict[Severity, list[float]] = {
    Severity.CAUTION: [6, 4],
    Severity.SERIOUS: [2, 3],
    Severity.CRITICAL: [],
}


class PlotCanvas(QWidget):
    """Draws curves over time; knows nothing of archives. Times are mission time in ns."""

    hovered = Signal(object)
    """instant under the mouse, or None"""
    panned = Signal(object, object)
    """new begin and end: somebody looks elsewhere"""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.curves: list[Curve] = []
        self.t0_ns, self.t1_ns = 0, 300 * NS
        self.relative = True
        self.watermark = ""
        self.silences: Sequence[tuple[int, int]] = ()
        self.cursor_ns: int | None = None
        self.pointed = False
        """Whether the mouse is here: a linked cursor tells less."""
        self.anchor_ns: int | None = None
        self.ranges = [axes.Range(), axes.Range()]
        self._background: QPixmap | None = None
        self._background_key: tuple[object, ...] = ()
        self._shown: tuple[Trace | None, ...] = ()
        self._picture: tuple[object, ...] = ()
        self._drag: tuple[float, int, int] | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(120, 70)

    # what is shown

    def show_range(self, t0_ns: int, t1_ns: int) -> None:
        """Show this stretch from now on and let the Y ranges follow it."""
        self.t0_ns, self.t1_ns = t0_ns, max(t1_ns, t0_ns + 1)
        now_s = time.monotonic()
        for curve in self.curves:
            curve.axis = self.units.index(curve.unit)
        for number, axis in enumerate(self.ranges):
            own = [c for c in self.curves if c.axis == number and c.trace is not None and len(c.trace.t_ns)]
            spans = [span for span in (c.known().extent for c in own) if span is not None]
            if spans:
                low, high = min(s[0] for s in spans), max(s[1] for s in spans)
                least = max(c.least_span for c in own)
                low, high = _with_near_limits(low, high, max(high - low, least), own)
                axis.follow(low, high, least, now_s)
        traces = tuple(curve.trace for curve in self.curves)
        same = len(traces) == len(self._shown) and all(
            a is b for a, b in zip(traces, self._shown, strict=True)
        )
        picture = (self._moved(), *self._background_of())
        if not same or picture != self._picture:
            self._shown, self._picture = traces, picture
            self.update()

    @property
    def units(self) -> list[str]:
        """The units of the axes, left and right; there are at most two."""
        return list(dict.fromkeys(curve.unit for curve in self.curves))

    def fit(self) -> None:
        """Fit the Y ranges to what is shown."""
        for axis in self.ranges:
            axis.forget()
        self.show_range(self.t0_ns, self.t1_ns)

    @property
    def area(self) -> QRectF:
        """Where curves are drawn."""
        right = RIGHT_SECOND if any(c.axis for c in self.curves) else RIGHT
        left, top, bottom = theme.px(LEFT), theme.px(TOP), theme.px(BOTTOM)
        return QRectF(
            left, top, max(1, self.width() - left - theme.px(right)), max(1, self.height() - top - bottom)
        )

    def x_of(self, t_ns: int) -> float:
        """Return the pixel column of an instant."""
        area = self.area
        return area.left() + area.width() * (t_ns - self.t0_ns) / (self.t1_ns - self.t0_ns)

    def instant_at(self, x: float) -> int:
        """Return the instant at a pixel column."""
        area = self.area
        return self.t0_ns + round((x - area.left()) / area.width() * (self.t1_ns - self.t0_ns))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw background, curves and cursors."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._cached_background())
        self.draw_curves(painter)
        self._draw_cursor(painter)

    def draw_curves(self, painter: QPainter) -> None:
        """Draw the curves alone; also what an export calls."""
        area = self.area
        painter.save()
        painter.setClipRect(area)
        for curve in self.curves:
            if curve.trace is not None and len(curve.trace.t_ns) and self.ranges[curve.axis].known:
                painter.setPen(QPen(curve.colour, 1))
                for polyline in self._polylines(curve.trace, self.ranges[curve.axis], area):
                    painter.drawPolyline(polyline)
        painter.restore()

    def draw_background(self, painter: QPainter) -> None:
        """Draw panel, grid, axes, limits, silences and watermark; also what an export calls."""
        palette, area = theme.palette, self.area
        painter.fillRect(self.rect(), palette.panel)
        painter.fillRect(area, palette.field)
        painter.setFont(theme.font(12))
        for start, end in self.silences:
            x0, x1 = max(self.x_of(start), area.left()), min(self.x_of(end), area.right())
            if x1 > x0:
                self._draw_silence(painter, QRectF(x0, area.top(), x1 - x0, area.height()))
        self._draw_watermark(painter, area)
        self._draw_time_axis(painter, area)
        for number, axis in enumerate(self.ranges):
            own = [c for c in self.curves if c.axis == number]
            if axis.known and own:
                self._draw_value_axis(painter, area, axis, number, own[0].unit)
        if self.curves and self.ranges[0].known:
            self._draw_limits(painter, area)

    def _moved(self) -> int:
        """Return the instant at the right end in quarters of a pixel: less is not seen."""
        return self.t1_ns * 4 * self.width() // (self.t1_ns - self.t0_ns)

    def _background_of(self) -> tuple[object, ...]:
        """Return all that the background depends on."""
        return (
            self.size(), self.devicePixelRatioF(), theme.palette.name, theme.px(100), self.watermark,
            self.t1_ns - self.t0_ns, None if self.relative else self._moved(),
            tuple((r.low, r.high) for r in self.ranges), tuple((c.parameter, c.axis) for c in self.curves),
            tuple((round(self.x_of(a)), round(self.x_of(b))) for a, b in self.silences),
        )  # fmt: skip

    def _cached_background(self) -> QPixmap:
        ratio, key = self.devicePixelRatioF(), self._background_of()
        if self._background is None or key != self._background_key:
            pixmap = QPixmap(self.size() * ratio)
            pixmap.setDevicePixelRatio(ratio)
            painter = QPainter(pixmap)
            self.draw_background(painter)
            painter.end()
            self._background, self._background_key = pixmap, key
        return self._background

    def _draw_silence(self, painter: QPainter, box: QRectF) -> None:
        symbols.hatch(painter, box, theme.palette.hairline)
        words = self.tr("no contact")
        room = painter.fontMetrics().boundingRect(words).adjusted(-4, 0, 6, 0)
        if room.width() + 8 <= box.width() and room.height() + 8 <= box.height():
            ground = QRectF(0, 0, room.width(), room.height())
            ground.moveCenter(QPointF(box.center().x(), box.bottom() - room.height()))
            painter.fillRect(ground, theme.palette.field)
            painter.setPen(theme.palette.label)
            painter.drawText(ground, Qt.AlignmentFlag.AlignCenter, words)

    def _draw_watermark(self, painter: QPainter, area: QRectF) -> None:
        if not self.watermark:
            return
        painter.save()
        size = min(30.0, area.height() / 5)
        wide = QFontMetricsF(theme.font(size, bold=True)).horizontalAdvance(self.watermark)
        painter.setFont(theme.font(min(size, 0.92 * size * area.width() / max(wide, 1.0)), bold=True))
        colour = QColor(theme.palette.track)
        colour.setAlpha(46)
        painter.setPen(colour)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.watermark)
        painter.restore()

    def _draw_time_axis(self, painter: QPainter, area: QRectF) -> None:
        palette = theme.palette
        span_s = (self.t1_ns - self.t0_ns) / NS
        step_s = axes.time_step_s(span_s, max(2, int(area.width() / theme.px(90))))
        step_ns = int(step_s * NS)
        bottom = QRectF(0, area.bottom() + 2, theme.px(80), theme.px(BOTTOM) - 2)
        first = self.t1_ns if self.relative else self.t1_ns // step_ns * step_ns
        # The unit of a second axis stands in the corner.
        second = any(c.axis for c in self.curves)
        rightmost = area.right() - theme.px(14) if second else self.width() - theme.px(18)
        instant = first
        while instant >= self.t0_ns:
            x = self.x_of(instant)
            painter.setPen(palette.grid)
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(palette.label)
            text = self._time_text(instant, step_s)
            bottom.moveCenter(QPointF(min(x, rightmost), bottom.center().y()))
            if x > area.left() + theme.px(34 if self.curves and not self.relative else 16):
                painter.drawText(bottom, Qt.AlignmentFlag.AlignCenter, text)
            instant -= step_ns

    def _time_text(self, instant: int, step_s: float) -> str:
        if not self.relative:
            text = time_text(instant)
            return text if step_s < 60 else text[:5] + "Z"
        back_s = (self.t1_ns - instant) // NS
        if back_s == 0:
            return self.tr("now")
        if back_s >= 3600:
            return f"−{back_s // 3600}:{back_s // 60 % 60:02d}:{back_s % 60:02d}"
        return f"−{back_s // 60}:{back_s % 60:02d}"

    def _draw_value_axis(
        self, painter: QPainter, area: QRectF, axis: axes.Range, number: int, unit: str
    ) -> None:
        palette = theme.palette
        marks = axes.ticks(axis.low, axis.high, max(2, int(area.height() / theme.px(42))))
        step = marks[1] - marks[0] if len(marks) > 1 else 1.0
        height = theme.px(14)
        power = axes.thousands(axis.low, axis.high)
        unit = axes.scaled_unit(unit, power)
        for mark in marks:
            words = axes.tick_text(mark / 10**power, step / 10**power)
            y = _y_of(mark, axis, area)
            if number == 0:
                painter.setPen(palette.grid)
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(palette.label)
            if number == 0:
                box = QRectF(0, y - height / 2, area.left() - 6, height)
                painter.drawText(
                    box,
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                    words,
                )
            else:
                box = QRectF(area.right() + 5, y - height / 2, theme.px(RIGHT_SECOND), height)
                painter.drawText(
                    box,
                    Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                    words,
                )
        painter.setPen(palette.label)
        side, wide = Qt.AlignmentFlag.AlignRight, theme.px(60)
        right = area.left() - 6 if number == 0 else self.width() - theme.px(4)
        box = QRectF(right - wide, area.bottom() + 2, wide, theme.px(BOTTOM) - 2)
        painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, unit)

    def _draw_limits(self, painter: QPainter, area: QRectF) -> None:
        drawn: set[tuple[Severity, float, bool]] = set()
        painter.save()
        painter.setClipRect(area)
        limited = [c for c in self.curves if c.limits is not None and self.ranges[c.axis].known]
        # Those of the first axis that has any; several sets on one axis cannot be told apart: then none.
        limited = [c for c in limited if c.axis == min(x.axis for x in limited)]
        if len({c.limits for c in limited}) > 1:
            limited = []
        for curve in limited:
            assert curve.limits is not None
            axis = self.ranges[curve.axis]
            for severity in (Severity.CAUTION, Severity.SERIOUS, Severity.CRITICAL):
                band = curve.limits.band(severity)
                for value, upper in _ends(band):
                    key = (severity, value, upper)
                    if key not in drawn and axis.low < value < axis.high:
                        drawn.add(key)
                        self._draw_limit(painter, area, axis, severity, value, upper, curve.unit)
        painter.restore()

    def _draw_limit(
        self,
        painter: QPainter,
        area: QRectF,
        axis: axes.Range,
        severity: Severity,
        value: float,
        upper: bool,
        unit: str,
    ) -> None:
        colour = theme.status_colour(severity)
        y = _y_of(value, axis, area)
        faint = QColor(colour)
        faint.setAlpha(BEYOND_ALPHA)
        beyond = QRectF(area.left(), area.top(), area.width(), y - area.top())
        if not upper:
            beyond = QRectF(area.left(), y, area.width(), area.bottom() - y)
        painter.fillRect(beyond, faint)
        pen = QPen(colour, 1)
        if LIMIT_DASHES[severity]:
            pen.setDashPattern(LIMIT_DASHES[severity])
        painter.setPen(pen)
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        word = {
            Severity.CAUTION: self.tr("caution"),
            Severity.SERIOUS: self.tr("serious"),
            Severity.CRITICAL: self.tr("critical"),
        }[severity]
        number = f"{value:g}".replace("-", "−")
        text = f"{word} {'>' if upper else '<'} {number} {unit}".rstrip()
        height = theme.px(15)
        box = QRectF(area.left() + 6, y - height if upper else y + 1, theme.px(160), height)
        if box.top() < area.top():
            box.moveTop(y + 1)
        if theme.palette.outline is not None:  # status colours are too faint for words on white
            painter.setPen(theme.palette.text)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _polylines(self, trace: Trace, axis: axes.Range, area: QRectF) -> list[QPolygonF]:
        x = area.left() + area.width() * ((trace.t_ns - self.t0_ns) / (self.t1_ns - self.t0_ns))
        scale = area.height() / (axis.high - axis.low)
        lo, hi = area.bottom() - (trace.lo - axis.low) * scale, area.bottom() - (trace.hi - axis.low) * scale
        # A decimated point is a stroke from its minimum to its maximum: both stay visible. Every second
        # one goes down, so that what joins two strokes does not cross their whole height.
        xs, ys = x, lo
        if trace.decimated or bool(np.any(lo != hi)):
            xs, strokes = np.repeat(x, 2), np.empty((len(x), 2))
            strokes[::2, 0], strokes[::2, 1] = lo[::2], hi[::2]
            strokes[1::2, 0], strokes[1::2, 1] = hi[1::2], lo[1::2]
            ys = strokes.ravel()
        fine = np.isfinite(ys)
        if fine.all():
            return [_polygon(xs, ys)]
        starts = [0, *(np.flatnonzero(~fine) + 1).tolist()]
        ends = [*(start - 1 for start in starts[1:]), len(ys)]
        return [_polygon(xs[a:b], ys[a:b]) for a, b in zip(starts, ends, strict=True) if b > a]

    def _draw_cursor(self, painter: QPainter) -> None:
        area = self.area
        for instant in (self.anchor_ns, self.cursor_ns):
            if instant is not None and self.t0_ns <= instant <= self.t1_ns:
                x = self.x_of(instant)
                painter.setPen(QPen(theme.palette.value, 1))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        if self.cursor_ns is None or not self.t0_ns <= self.cursor_ns <= self.t1_ns:
            return
        lines = self.read_out(self.cursor_ns)
        painter.setFont(theme.font(12))
        metrics = painter.fontMetrics()
        width = min(max(metrics.horizontalAdvance(text) for text, _ in lines) + 12, area.width() - 4)
        height = metrics.height() * len(lines) + 6
        x = self.x_of(self.cursor_ns)
        left = x + 6 if x + 6 + width < area.right() else max(x - 6 - width, area.left() + 2)
        box = QRectF(left, area.top() + 4, width, height)
        painter.setPen(theme.palette.control_border)
        painter.setBrush(theme.palette.control)
        painter.drawRect(box)
        for i, (text, colour) in enumerate(lines):
            painter.setPen(colour)
            words = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(width) - 12)
            painter.drawText(
                QPointF(box.left() + 6, box.top() + 2 + metrics.ascent() + i * metrics.height()), words
            )

    def read_out(self, instant: int) -> list[tuple[str, QColor]]:
        """Return what the cursor says: the instant, and each curve's value or difference."""
        head = time_text(instant)
        if self.anchor_ns is not None:
            head = f"{head}  " + self.tr("Δ {0}").format(_difference_text(instant - self.anchor_ns))
        lines = [(head, theme.palette.value)]
        for curve in self.curves:
            found = curve.at(instant)
            if found is None:
                lines.append((self.tr("{0} no data").format(curve.name), theme.palette.dim))
                continue
            text = f"{curve.name} {curve.text(found[1])}"
            before = curve.at(self.anchor_ns) if self.anchor_ns is not None else None
            if before is not None:
                text += f"  Δ {curve.text(found[1] - before[1])}"
            lines.append((text, curve.colour))
            if curve.point is not None and before is None and self.pointed:
                lines.append((self._origin(curve.point), theme.palette.label))
        return lines

    def _origin(self, point: Point) -> str:
        """Return how a sample came: raw value (whole numbers in hex too) and sequence count."""
        raw = f"{point.raw:g}" if isinstance(point.raw, float) else str(point.raw)
        if isinstance(point.raw, int) and point.raw > 9:
            raw += f" (0x{point.raw:X})"
        return self.tr("raw {0} · count {1}").format(raw.replace("-", "−"), point.sequence_count)

    # hands

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the cursor, or the picture where a button is held."""
        if self._drag is not None:
            x, t0, t1 = self._drag
            shift = round((event.position().x() - x) / self.area.width() * (t1 - t0))
            if abs(event.position().x() - x) > 3:
                self.panned.emit(t0 - shift, t1 - shift)
            return
        inside = self.pointed = self.area.contains(event.position())
        self.hovered.emit(self.instant_at(event.position().x()) if inside else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan; with Shift set the second cursor."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            instant = self.instant_at(event.position().x())
            self.anchor_ns = None if self.anchor_ns is not None else instant
            self.update()
        else:
            self._drag = (event.position().x(), self.t0_ns, self.t1_ns)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a pan."""
        self._drag = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit the Y ranges."""
        self.fit()

    def leaveEvent(self, event: object) -> None:
        """Take the cursor away."""
        self.pointed = False
        self.hovered.emit(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in time round the mouse."""
        factor = 0.8 ** (event.angleDelta().y() / 120)
        centre = self.instant_at(event.position().x())
        t0 = centre - round((centre - self.t0_ns) * factor)
        t1 = centre + round((self.t1_ns - centre) * factor)
        self.panned.emit(t0, t1)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw the background anew."""
        self._background = None


def _polygon(xs: np.ndarray, ys: np.ndarray) -> QPolygonF:
    """Return the points as Qt keeps them, written into its memory: no object a point."""
    polygon = QPolygonF()
    polygon.resize(len(xs))
    if len(xs):
        points = np.frombuffer(_memory(polygon.data(), 16 * len(xs), True), np.float64).reshape(-1, 2)
        points[:, 0], points[:, 1] = xs, ys
    return polygon


def _difference_text(ns: int) -> str:
    """Write the time between two cursors, in parts of a second while it is short."""
    if abs(ns) >= 60 * NS:
        return span_text(ns)
    return f"{ns / NS:.2f} s".replace("-", "−")


def _y_of(value: float, axis: axes.Range, area: QRectF) -> float:
    return area.bottom() - area.height() * (value - axis.low) / (axis.high - axis.low)


def _ends(band: Band | None) -> list[tuple[float, bool]]:
    if band is None:
        return []
    ends = [(band.lo, False), (band.hi, True)]
    return [(value, upper) for value, upper in ends if value is not None]


def _with_near_limits(low: float, high: float, span: float, curves: Sequence[Curve]) -> tuple[float, float]:
    """Widen a range to a caution limit that is near, so that an operator sees what is left."""
    wide_low, wide_high = low, high
    for curve in curves:
        for value, upper in _ends(curve.limits.caution) if curve.limits is not None else ():
            if upper and high <= value <= high + 0.8 * span:
                wide_high = max(wide_high, value)
            elif not upper and low - 0.8 * span <= value <= low:
                wide_low = min(wide_low, value)
    return wide_low, wide_high
