"""The status shapes: one per severity, so that colour is never alone (OPERATOR.md).

All shapes are drawn by us, inside the rectangle they are given; 12 px in rows, 14 px in the bar.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from console.desk import theme
from decoders.mission.model import Severity


def draw_status(
    painter: QPainter,
    rect: QRectF,
    severity: Severity | int,
    *,
    hollow: bool = False,
    corners: bool = False,
    colour: QColor | None = None,
) -> None:
    """Draw a severity's shape centred in ``rect``.

    Critical is a triangle pointing down, serious a diamond, caution a square, normal a circle.
    ``hollow`` draws the outline only (zero counts, returned to normal); ``corners`` adds the four
    marks of "not yet acknowledged" (the part that blinks); ``colour`` overrides the status colour.
    """
    severity = Severity(severity)
    if colour is None:
        colour = theme.palette.normal if severity is Severity.NORMAL else theme.status_colour(severity)
    side = min(rect.width(), rect.height())
    centre = rect.center()
    radius = side / 2
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = colour if hollow else theme.palette.outline
    painter.setPen(QPen(outline, 1.4 if hollow else 1.0) if outline is not None else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else colour)
    inset = 0.7 if hollow or outline is not None else 0.0
    _shape(painter, centre, radius - inset, severity)
    if corners:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.4))
        _corners(painter, centre, radius + 2.5)
    painter.restore()


def draw_chip(painter: QPainter, rect: QRectF, text: str) -> None:
    """Draw a chip (LIVE, PAUSED +00:41, HISTORY) filling ``rect``; it is 16 px high at scale 1."""
    painter.save()
    painter.setPen(QPen(theme.palette.text, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
    painter.setFont(theme.font(12))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def hatch(painter: QPainter, rect: QRectF, colour: QColor | None = None, step: float = 8.0) -> None:
    """Fill ``rect`` with the 45° hatching that means "no contact"."""
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(colour or theme.palette.hairline, 1))
    x = rect.left() - rect.height()
    while x < rect.right():
        painter.drawLine(QPointF(x, rect.bottom()), QPointF(x + rect.height(), rect.top()))
        x += step
    painter.restore()


def _shape(painter: QPainter, centre: QPointF, radius: float, severity: Severity) -> None:
    x, y = centre.x(), centre.y()
    if severity is Severity.CRITICAL:
        top, bottom = y - 0.8 * radius, y + 0.9 * radius
        painter.drawPolygon(
            QPolygonF([QPointF(x - radius, top), QPointF(x + radius, top), QPointF(x, bottom)])
        )
    elif severity is Severity.SERIOUS:
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(x, y - radius),
                    QPointF(x + radius, y),
                    QPointF(x, y + radius),
                    QPointF(x - radius, y),
                ]
            )
        )
    elif severity is Severity.CAUTION:
        half = 0.8 * radius
        painter.drawRect(QRectF(x - half, y - half, 2 * half, 2 * half))
    else:
        painter.drawEllipse(centre, 0.8 * radius, 0.8 * radius)


def _corners(painter: QPainter, centre: QPointF, reach: float) -> None:
    arm = max(3.0, reach * 0.45)
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = centre.x() + sx * reach, centre.y() + sy * reach
            painter.drawPolyline([QPointF(x - sx * arm, y), QPointF(x, y), QPointF(x, y - sy * arm)])
