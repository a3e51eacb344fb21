"""The drawing of plots: a cached background, and curves as polylines that are decimated already.

A plain widget with a cached background costs less than half of a pyqtgraph scene for the same
curves (measured: ``tests/benchmarks/bench_desk.py``), so plots are widgets.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from console.archive.shapes import Point, Trace
from console.desk import axes, symbols, theme
from console.desk.axispaint import (
    BOTTOM,
    LEFT,
    NS,
    RIGHT,
    RIGHT_SECOND,
    TOP,
    draw_left_axis,
    draw_right_axis,
    draw_time_axis,
    right_end,
    scaled_unit,
)
from console.desk.clocks import span_text, time_text
from console.desk.curves import Curve
from console.desk.limitlines import draw_limits, with_near_limits
from console.desk.polyline import polylines


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
        self.note = ""
        """What an empty plot says."""
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
                low, high = with_near_limits(low, high, max(high - low, least), own)
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
                axis = self.ranges[curve.axis]
                for line in polylines(curve.trace, axis, area, self.t0_ns, self.t1_ns):
                    painter.drawPolyline(line)
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
        if self.note:
            painter.setPen(theme.palette.label)
            top = area.adjusted(4, 4, -4, 0)
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(top, flags, self.note)
        room = (area.left() + 4 if self.curves else 0.0), self._words_end(area)
        draw_time_axis(painter, area, self.t0_ns, self.t1_ns, self.relative, room)
        for number, axis in enumerate(self.ranges):
            own = [c for c in self.curves if c.axis == number]
            if axis.known and own:
                if number == 0:
                    draw_left_axis(painter, area, axis, own[0].unit)
                else:
                    draw_right_axis(painter, area, axis, own[0].unit)
        if self.curves and self.ranges[0].known:
            draw_limits(painter, area, self.curves, self.ranges)

    def _words_end(self, area: QRectF) -> float:
        """Return where words of the time axis have to end: before the unit of a second axis."""
        own = next((c for c in self.curves if c.axis), None)
        if own is None:
            return self.width() - 4.0
        unit = scaled_unit(self.ranges[1], own.unit)
        wide = QFontMetricsF(theme.font(12)).horizontalAdvance(unit)
        return min(right_end(area) - wide - theme.px(8), area.right() + theme.px(12))

    def _moved(self) -> int:
        """Return the instant at the right end in quarters of a pixel: less is not seen."""
        return self.t1_ns * 4 * self.width() // (self.t1_ns - self.t0_ns)

    def _background_of(self) -> tuple[object, ...]:
        """Return all that the background depends on."""
        return (
            self.size(), self.devicePixelRatioF(), theme.palette.name, theme.px(100), self.watermark,
            self.note, self.t1_ns - self.t0_ns, None if self.relative else self._moved(),
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
            # Qt rounds: a text exactly as wide as its room would be cut.
            words = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(width) - 10)
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
        raw = raw.replace("-", "−")
        if point.sequence_count < 0:  # of a control word or a beacon: nothing counts them
            return self.tr("raw {0}").format(raw)
        return self.tr("raw {0} · count {1}").format(raw, point.sequence_count)

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


def _difference_text(ns: int) -> str:
    """Write the time between two cursors, in parts of a second while it is short."""
    if abs(ns) >= 60 * NS:
        return span_text(ns)
    return f"{ns / NS:.2f} s".replace("-", "−")
