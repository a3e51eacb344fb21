"""Paints one line of the parameter table: shape, name, value, unit, limit bar, trend and age."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from console.desk import symbols, theme
from console.desk.models import ROW_ROLE, SPARK_NS, Line
from decoders.mission.model import Severity

SYMBOL, NAME, VALUE, UNIT, LIMITS, TREND, AGE = range(7)
WIDTHS = (22, 152, 94, 36, 74, 64, 50)
BAR = (66, 12)
SPARK = (58, 14)
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ParameterDelegate(QStyledItemDelegate):
    """Draws every column of the parameter table."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        line: Line | None = index.data(ROW_ROLE)
        if line is None:
            return
        rect = QRectF(option.rect)
        painter.save()
        if line.parameter is None:
            self._head(painter, rect, index.column(), line)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(rect, theme.palette.selected)
            self._cell(painter, rect, index.column(), line)
        painter.restore()

    def _head(self, painter: QPainter, rect: QRectF, column: int, line: Line) -> None:
        painter.setPen(theme.palette.hairline)
        painter.drawLine(rect.topLeft(), rect.topRight())
        painter.setFont(theme.font(12))
        painter.setPen(theme.palette.label)
        if column == NAME:
            painter.drawText(rect.adjusted(-14, 0, 90, 0), _LEFT, line.name)
        elif column == AGE:
            rate = "" if not line.packet.period_s else _rate(line.packet.period_s)
            text = f"{line.packet.name} · {rate}" if rate else line.packet.name
            painter.setPen(theme.palette.dim)
            painter.drawText(rect.adjusted(-200, 0, -8, 0), _RIGHT, text)

    def _cell(self, painter: QPainter, rect: QRectF, column: int, line: Line) -> None:
        palette = theme.palette
        abnormal = line.severity > Severity.NORMAL and line.row is not None and not line.stale
        dim = line.stale or line.row is None
        if column == SYMBOL and abnormal:
            box = QRectF(0, 0, 12, 12)
            box.moveCenter(rect.center())
            symbols.draw_status(painter, box, line.severity)
        elif column == NAME:
            painter.setFont(theme.font(13))
            painter.setPen(palette.dim if dim else palette.value if abnormal else palette.text)
            text = painter.fontMetrics().elidedText(
                line.name, Qt.TextElideMode.ElideRight, int(rect.width()) - 4
            )
            painter.drawText(rect, _LEFT, text)
        elif column == VALUE:
            self._value(painter, rect, line, abnormal, dim)
        elif column == UNIT and line.parameter is not None:
            painter.setFont(theme.font(12))
            painter.setPen(palette.label)
            painter.drawText(rect.adjusted(4, 0, 0, 0), _LEFT, _unit(line.parameter.unit))
        elif column == LIMITS:
            self._bar(painter, rect, line)
        elif column == TREND:
            self._spark(painter, rect, line)
        elif column == AGE:
            painter.setFont(theme.font(12))
            painter.setPen(palette.label if not line.stale else palette.text)
            painter.drawText(rect.adjusted(0, 0, -8, 0), _RIGHT, age_text(line))

    def _value(self, painter: QPainter, rect: QRectF, line: Line, abnormal: bool, dim: bool) -> None:
        palette = theme.palette
        font = theme.font(13, bold=abnormal)
        font.setItalic(line.stale)
        font.setStrikeOut(bool(line.invalid))
        painter.setFont(font)
        if abnormal:
            painter.fillRect(rect.adjusted(0, 1, 0, -1), theme.status_colour(line.severity))
            painter.setPen(palette.status_text)
        else:
            painter.setPen(palette.dim if dim else palette.value)
        text = line.text + (
            " ⌁" if line.no_time and line.row is not None and line.packet.time.code != "none" else ""
        )
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()) - 4)
        painter.drawText(rect.adjusted(4, 0, -4, 0), _RIGHT, shown)

    def _bar(self, painter: QPainter, rect: QRectF, line: Line) -> None:
        parameter = line.parameter
        if parameter is None or parameter.limits is None or line.row is None:
            return
        bounds = _bounds(line)
        if bounds is None:
            return
        lowest, highest, inner_lo, inner_hi, ticks = bounds
        width, height = BAR
        left = rect.left() + (rect.width() - width) / 2
        middle = rect.center().y()

        def x_of(value: float) -> float:
            return left + width * min(max((value - lowest) / (highest - lowest), 0.0), 1.0)

        painter.fillRect(QRectF(left, middle - 1, width, 2), theme.palette.track_normal)
        painter.fillRect(
            QRectF(x_of(inner_lo), middle - 2, x_of(inner_hi) - x_of(inner_lo), 4), theme.palette.track
        )
        painter.setPen(theme.palette.track)
        for tick in ticks:
            painter.drawLine(QPointF(x_of(tick), middle - 4), QPointF(x_of(tick), middle + 4))
        colour = theme.status_colour(line.severity) if line.severity else theme.palette.value
        mark = min(max(x_of(line.value) - 1.5, left), left + width - 3)
        painter.fillRect(
            QRectF(mark, middle - height / 2, 3, height), theme.palette.dim if line.stale else colour
        )

    def _spark(self, painter: QPainter, rect: QRectF, line: Line) -> None:
        if len(line.spark) < 2:
            return
        width, height = SPARK
        newest = line.spark[-1][0]
        points = [(t, v) for t, v in line.spark if newest - t <= SPARK_NS and v == v]
        if len(points) < 2:
            return
        low, high = min(v for _, v in points), max(v for _, v in points)
        span = high - low or 1.0
        # A value that only breathes within its quantisation is drawn flat, not as a storm.
        least = 4 * 10.0**-line.decimals
        if high - low < least:
            low, span = (low + high - least) / 2, least
        left, top = rect.left() + (rect.width() - width) / 2, rect.center().y() - height / 2
        polygon = QPolygonF(
            [
                QPointF(left + width * (1 - (newest - t) / SPARK_NS), top + height * (1 - (v - low) / span))
                for t, v in points
            ]
        )
        colour = theme.status_colour(line.severity) if line.severity else theme.palette.label
        painter.setPen(QPen(theme.palette.dim if line.stale else colour, 1))
        painter.drawPolyline(polygon)


def age_text(line: Line) -> str:
    """Return ``0.4 s``, or ``+42 s`` for a stale value; nothing where none came."""
    if line.age_ns is None or line.row is None:
        return ""
    seconds = line.age_ns / 1e9
    if seconds >= 3600:
        text = f"{seconds / 3600:.0f} h"
    elif seconds >= 100:
        text = f"{seconds / 60:.0f} min"
    else:
        text = f"{seconds:.0f} s" if line.stale else f"{seconds:.1f} s"
    return "+" + text if line.stale else text


def _rate(period_s: float) -> str:
    return f"{1 / period_s:g} Hz" if period_s <= 1 else f"{period_s:g} s"


def _unit(unit: str) -> str:
    return {"degC": "℃", "deg/s": "°/s", "deg": "°", "ohm": "Ω", "m/s²": "m/s²"}.get(unit, unit)


def _bounds(line: Line) -> tuple[float, float, float, float, list[float]] | None:
    """Return the ends of the bar, the normal part and the ticks, from the limits that exist."""
    assert line.parameter is not None
    assert line.parameter.limits is not None
    all_limits = line.parameter.limits
    bands = [b for b in (all_limits.caution, all_limits.serious, all_limits.critical) if b is not None]
    ends = [e for band in bands for e in (band.lo, band.hi) if e is not None]
    if not ends or line.value != line.value:
        return None
    first = bands[0]
    lowest, highest = min(ends), max(ends)
    one_sided = all(b.lo is None for b in bands) or all(b.hi is None for b in bands)
    if one_sided:
        reach = max(abs(highest), abs(highest - lowest), 1e-9)
        lowest = min(lowest, 0.0 if lowest >= 0 else lowest - reach)
        highest = max(highest, highest + (0.5 * reach if all(b.hi is None for b in bands) else 0.0))
    margin = 0.08 * (highest - lowest) or 1.0
    lowest, highest = lowest - margin, highest + margin
    inner_lo = first.lo if first.lo is not None else lowest
    inner_hi = first.hi if first.hi is not None else highest
    return lowest, highest, inner_lo, inner_hi, [e for e in (first.lo, first.hi) if e is not None]
