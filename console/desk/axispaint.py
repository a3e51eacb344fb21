"""The axes of a plot as they are painted: grid lines, ticks, units in the corners."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from console.desk import axes, theme
from console.desk.clocks import time_text

LEFT, RIGHT, RIGHT_SECOND, TOP, BOTTOM = 48, 10, 44, 4, 20
"""Margins of the curves' area: the right one is wider where a second axis stands."""
NS = 1_000_000_000
TICK_EVERY = 42
GAP = 4
"""Between words and the area (px)."""
_MIDDLE = Qt.AlignmentFlag.AlignVCenter


def draw_time_axis(
    painter: QPainter, area: QRectF, t0_ns: int, t1_ns: int, relative: bool, room: tuple[float, float]
) -> None:
    """Draw the grid of a time axis and its words, as time before the end or as UTC.

    ``room`` is where words may begin and end: in the corners stand units.
    """
    palette = theme.palette
    span_s = (t1_ns - t0_ns) / NS
    step_s = axes.time_step_s(span_s, max(2, int(area.width() / theme.px(90))))
    step_ns = int(step_s * NS)
    bottom = QRectF(0, area.bottom() + 2, theme.px(80), theme.px(BOTTOM) - 2)
    instant = t1_ns if relative else t1_ns // step_ns * step_ns
    while instant >= t0_ns:
        x = area.left() + area.width() * (instant - t0_ns) / (t1_ns - t0_ns)
        painter.setPen(palette.grid)
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setPen(palette.label)
        words = _ago_text((t1_ns - instant) // NS) if relative else _utc_text(instant, step_s)
        half = painter.fontMetrics().horizontalAdvance(words) / 2
        if x - half >= room[0]:
            bottom.moveCenter(QPointF(min(x, room[1] - half), bottom.center().y()))
            painter.drawText(bottom, Qt.AlignmentFlag.AlignCenter, words)
        instant -= step_ns


def draw_left_axis(painter: QPainter, area: QRectF, axis: axes.Range, unit: str) -> None:
    """Draw the first axis of values, with its grid; its unit stands in the corner below."""
    marks = _marks(axis, area)
    height, right = theme.px(14), area.left() - GAP
    for y, words in marks:
        painter.setPen(theme.palette.grid)
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(theme.palette.label)
        box = QRectF(0, _inside(y, area, height), right, height)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | _MIDDLE, words)
    _draw_unit(painter, area, right, scaled_unit(axis, unit))


def draw_right_axis(painter: QPainter, area: QRectF, axis: axes.Range, unit: str) -> None:
    """Draw the second axis of values, at the right."""
    marks = _marks(axis, area)
    height = theme.px(14)
    painter.setPen(theme.palette.label)
    for y, words in marks:
        box = QRectF(area.right() + GAP, _inside(y, area, height), theme.px(RIGHT_SECOND), height)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | _MIDDLE, words)
    _draw_unit(painter, area, right_end(area), scaled_unit(axis, unit))


def scaled_unit(axis: axes.Range, unit: str) -> str:
    """Return the unit of an axis with the power of ten that its ticks leave out."""
    return axes.scaled_unit(unit, axes.thousands(axis.low, axis.high))


def right_end(area: QRectF) -> float:
    """Return where the unit of the second axis ends (px)."""
    return area.right() + theme.px(RIGHT_SECOND - 4)


def _inside(y: float, area: QRectF, height: float) -> float:
    """Return the top of a tick's words: beside it, but not below the area, where the unit stands."""
    return min(y - height / 2, area.bottom() - height + 2)


def _marks(axis: axes.Range, area: QRectF) -> list[tuple[float, str]]:
    """Return where ticks stand and what they say."""
    marks = axes.ticks(axis.low, axis.high, max(2, int(area.height() / theme.px(TICK_EVERY))))
    step = marks[1] - marks[0] if len(marks) > 1 else 1.0
    power = axes.thousands(axis.low, axis.high)
    return [
        (
            area.bottom() - area.height() * axis.share(mark),
            axes.tick_text(mark / 10**power, step / 10**power),
        )
        for mark in marks
    ]


def _draw_unit(painter: QPainter, area: QRectF, right: float, unit: str) -> None:
    wide = theme.px(60)
    painter.setPen(theme.palette.label)
    box = QRectF(right - wide, area.bottom() + 2, wide, theme.px(BOTTOM) - 2)
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | _MIDDLE, unit)


def _utc_text(instant: int, step_s: float) -> str:
    text = time_text(instant)
    return text if step_s < 60 else text[:5] + "Z"


def _ago_text(back_s: int) -> str:
    if back_s == 0:
        return QCoreApplication.translate("PlotCanvas", "now")
    if back_s >= 3600:
        return f"−{back_s // 3600}:{back_s // 60 % 60:02d}:{back_s % 60:02d}"
    return f"−{back_s // 60}:{back_s % 60:02d}"
