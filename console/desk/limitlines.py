"""Limits in a plot: a line each, dashed by its severity, with its word, and a faint band beyond."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from console.desk import axes, theme
from console.desk.curves import Curve
from console.desk.words import severity_text
from decoders.mission.model import Band, Severity

BEYOND_ALPHA = 20
LIMIT_DASHES: dict[Severity, list[float]] = {
    Severity.CAUTION: [6, 4],
    Severity.SERIOUS: [2, 3],
    Severity.CRITICAL: [],
}


def draw_limits(
    painter: QPainter, area: QRectF, curves: Sequence[Curve], ranges: Sequence[axes.Range]
) -> None:
    """Draw the limits of the curves of the first axis that has any; those of a rate have no line.

    Several sets on one axis cannot be told apart: then none.
    """
    drawn: set[tuple[Severity, float, bool]] = set()
    limited = [c for c in curves if c.limits is not None and ranges[c.axis].known]
    limited = [c for c in limited if c.axis == min(x.axis for x in limited)]
    if len({c.limits for c in limited}) > 1:
        return
    painter.save()
    painter.setClipRect(area)
    for curve in limited:
        assert curve.limits is not None
        axis = ranges[curve.axis]
        for _, severity, band in curve.limits.levels:
            for value, upper in _ends(band):
                key = (severity, value, upper)
                if key not in drawn and axis.low < value < axis.high:
                    drawn.add(key)
                    y = area.bottom() - area.height() * axis.share(value)
                    _draw_limit(painter, area, y, severity, value, upper, curve.unit)
    painter.restore()


def with_near_limits(low: float, high: float, span: float, curves: Sequence[Curve]) -> tuple[float, float]:
    """Widen a range to a caution limit that is near, so that an operator sees what is left."""
    wide_low, wide_high = low, high
    for curve in curves:
        mildest = curve.limits.levels[:1] if curve.limits is not None else ()
        for value, upper in _ends(mildest[0].band) if mildest else ():
            if upper and high <= value <= high + 0.8 * span:
                wide_high = max(wide_high, value)
            elif not upper and low - 0.8 * span <= value <= low:
                wide_low = min(wide_low, value)
    return wide_low, wide_high


def _draw_limit(
    painter: QPainter, area: QRectF, y: float, severity: Severity, value: float, upper: bool, unit: str
) -> None:
    colour = theme.status_colour(severity)
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
    number = f"{value:g}".replace("-", "−")
    text = f"{severity_text(severity)} {'>' if upper else '<'} {number} {unit}".rstrip()
    height = theme.px(15)
    box = QRectF(area.left() + 6, y - height if upper else y + 1, theme.px(160), height)
    if box.top() < area.top():
        box.moveTop(y + 1)
    elif box.bottom() > area.bottom():
        box.moveBottom(y)
    if theme.palette.outline is not None:  # status colours are too faint for words on white
        painter.setPen(theme.palette.text)
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)


def _ends(band: Band) -> list[tuple[float, bool]]:
    ends = [(band.lo, False), (band.hi, True)]
    return [(value, upper) for value, upper in ends if value is not None]
