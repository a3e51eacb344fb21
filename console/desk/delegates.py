"""Paints one line of the parameter table: shape, name, value, unit, limit bar, trend and age."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from console.desk import symbols, theme
from console.desk.contact import SILENT_PERIODS
from console.desk.models import ROW_ROLE, SPARK_ASKED, SPARK_NS, Line, ParameterModel, unit_text
from decoders.mission.model import Severity

SYMBOL, NAME, VALUE, UNIT, LIMITS, TREND, AGE = range(7)
WIDTHS = (22, 152, 94, 36, 74, 64, 50)
SYMBOL_WIDTH = WIDTHS[SYMBOL]
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
            model = index.model()
            folded = isinstance(model, ParameterModel) and model.is_folded(line)
            self._head(painter, rect, index.column(), line, folded)
        else:
            if option.state & QStyle.StateFlag.State_Selected:
                painter.fillRect(rect, theme.palette.selected)
            self._cell(painter, rect, index.column(), line)
        painter.restore()

    def _head(self, painter: QPainter, rect: QRectF, column: int, line: Line, folded: bool) -> None:
        """Draw a head over the whole width, each cell its own part of it."""
        left = rect.left() - sum(theme.px(width) for width in WIDTHS[:column])
        row = QRectF(left, rect.top(), sum(theme.px(width) for width in WIDTHS), rect.height())
        palette = theme.palette
        painter.setClipRect(rect)
        of_vehicle = line.vehicle is not None
        if of_vehicle:
            painter.fillRect(row, palette.header)
            if line.silent:
                symbols.hatch(painter, row.adjusted(0, 1, 0, 0), palette.control_border)
        painter.setPen(palette.hairline)
        painter.drawLine(row.topLeft(), row.topRight())
        _fold_mark(painter, QPointF(row.left() + 11, row.center().y()), folded)
        name_box = row.adjusted(theme.px(SYMBOL_WIDTH), 0, -8, 0)
        painter.setFont(theme.font(13 if of_vehicle else 12, bold=of_vehicle))
        painter.setPen(palette.value if of_vehicle else palette.label)
        self._on_ground(painter, name_box, _LEFT, line.name, line.silent and of_vehicle)
        taken = painter.fontMetrics().horizontalAdvance(line.name) + theme.px(14)
        if of_vehicle:
            note, colour = line.text, palette.value
        else:
            rate = "" if not line.packet.period_s else _rate(line.packet.period_s)
            note = f"{line.packet.name} · {rate}" if rate else line.packet.name
            colour = palette.dim
        painter.setFont(theme.font(12))
        painter.setPen(colour)
        note_box = name_box.adjusted(taken, 0, 0, 0)
        note = painter.fontMetrics().elidedText(note, Qt.TextElideMode.ElideLeft, int(note_box.width()))
        self._on_ground(painter, note_box, _RIGHT, note, line.silent and of_vehicle)

    def _on_ground(
        self, painter: QPainter, box: QRectF, side: Qt.AlignmentFlag, text: str, hatched: bool
    ) -> None:
        """Draw a text, on a plain ground of its own where the row is hatched."""
        if hatched and text:
            ground = painter.boundingRect(box, side, text).adjusted(-5, 0, 5, 0)
            painter.fillRect(ground, theme.palette.header)
        painter.drawText(box, side, text)

    def _cell(self, painter: QPainter, rect: QRectF, column: int, line: Line) -> None:
        palette = theme.palette
        old = line.stale or line.silent
        abnormal = line.severity > Severity.NORMAL and line.row is not None
        alarming = abnormal and not old
        dim = old or line.row is None
        if column == SYMBOL and abnormal:
            box = QRectF(0, 0, theme.px(12), theme.px(12))
            box.moveCenter(rect.center())
            symbols.draw_status(painter, box, line.severity, hollow=old)
        elif column == NAME:
            painter.setFont(theme.font(13))
            painter.setPen(palette.dim if dim else palette.value if abnormal else palette.text)
            text = painter.fontMetrics().elidedText(
                line.name, Qt.TextElideMode.ElideRight, int(rect.width()) - 4
            )
            painter.drawText(rect, _LEFT, text)
        elif column == VALUE:
            self._value(painter, rect, line, alarming, dim)
        elif column == UNIT and line.parameter is not None:
            painter.setFont(theme.font(12))
            painter.setPen(palette.dim if dim else palette.label)
            painter.drawText(rect.adjusted(4, 0, 0, 0), _LEFT, unit_text(line.parameter.unit))
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
        font.setItalic(line.stale or line.silent)
        font.setStrikeOut(bool(line.invalid))
        painter.setFont(font)
        if abnormal:
            painter.fillRect(rect.adjusted(0, 1, 0, -1), theme.status_colour(line.severity))
            painter.setPen(palette.status_text)
        else:
            painter.setPen(palette.dim if dim else palette.value)
        room, metrics = int(rect.width()) - 4, painter.fontMetrics()
        marked = f"{line.text} ⌁" if line.no_time and line.row is not None else line.text
        fits = metrics.horizontalAdvance(marked) <= room  # a digit is worth more than the mark
        shown = marked if fits else metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(rect.adjusted(4, 0, -4, 0), _RIGHT, shown)

    def _bar(self, painter: QPainter, rect: QRectF, line: Line) -> None:
        parameter = line.parameter
        if parameter is None or line.limits is None or line.row is None or line.invalid:
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
        old = line.stale or line.silent
        painter.fillRect(QRectF(mark, middle - height / 2, 3, height), theme.palette.dim if old else colour)

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
        colour = theme.status_colour(line.severity) if line.severity else theme.palette.label
        painter.setPen(QPen(theme.palette.dim if line.stale or line.silent else colour, 1))
        for run in _runs(points, line.packet.period_s):
            polygon = [
                QPointF(left + width * (1 - (newest - t) / SPARK_NS), top + height * (1 - (v - low) / span))
                for t, v in run
            ]
            painter.drawPolyline(QPolygonF(polygon))


def age_text(line: Line) -> str:
    """Return ``0.4 s``, or ``+42 s`` for a stale value; nothing where none came or the link is silent."""
    if line.age_ns is None or line.row is None or line.silent:
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


def _runs(points: list[tuple[int, float]], period_s: float | None) -> list[list[tuple[int, float]]]:
    """Break a trend where samples are missing: a gap is a gap."""
    if not period_s:
        return [points]
    # What was read of the archive is thinned: points are farther apart than samples.
    apart_ns = max(SILENT_PERIODS * period_s * 1e9, 2 * SPARK_NS / SPARK_ASKED)
    runs = [[points[0]]]
    for before, point in pairwise(points):
        if point[0] - before[0] > apart_ns:
            runs.append([])
        runs[-1].append(point)
    return runs


def _fold_mark(painter: QPainter, centre: QPointF, folded: bool) -> None:
    x, y = centre.x(), centre.y()
    corners = [(-2, -4), (-2, 4), (3, 0)] if folded else [(-4, -2), (4, -2), (0, 3)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.palette.label)
    painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners]))
    painter.restore()


def _bounds(line: Line) -> tuple[float, float, float, float, list[float]] | None:
    """Return the ends of the bar, the normal part and the ticks, from the limits that exist."""
    assert line.limits is not None
    bands = [level.band for level in line.limits.levels]
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
