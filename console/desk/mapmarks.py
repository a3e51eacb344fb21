"""How lines, rings and spots of a map are drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from console.desk import theme
from console.desk.landpath import RIM_M, Floats
from console.desk.mapscene import Line, Spot
from console.desk.viewport import Viewport


def paint_ring(painter: QPainter, view: Viewport, longitude: Floats, latitude: Floats, words: str) -> None:
    """Draw a thin closed line with its words."""
    x, y = view.pixels(longitude, latitude)
    painter.setPen(QPen(theme.palette.control_border, 1))
    painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))
    painter.setFont(theme.font(12))
    painter.setPen(theme.palette.dim)
    aside = int(np.argmax(x + y))  # below and right, where no label of a spot stands
    painter.drawText(QPointF(float(x[aside]) + 4, float(y[aside]) + theme.px(12)), words)


def paint_line(painter: QPainter, view: Viewport, line: Line) -> None:
    """Draw a line in its parts, and its dots."""
    x, y = view.pixels(line.longitude_deg, line.latitude_deg)
    pen = QPen(line.colour, line.width)
    if line.dashed:
        pen.setDashPattern([4, 4])
    painter.setPen(pen)
    jump = np.hypot(np.diff(x), np.diff(y)) > RIM_M / view.metres_per_px
    starts = np.union1d(np.nonzero(jump)[0] + 1, np.asarray(line.breaks, np.int64)).astype(np.int64)
    for part_x, part_y in zip(np.split(x, starts), np.split(y, starts), strict=True):
        grid = np.rint(2 * np.stack((part_x, part_y)))
        apart = (np.diff(grid) != 0).any(axis=0)
        fresh = np.concatenate(([True], apart))[: len(part_x)]  # half a pixel is not seen
        points = zip(part_x[fresh].tolist(), part_y[fresh].tolist(), strict=True)
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in points]))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(line.colour)
    ticks = np.array(line.ticks, np.float64).reshape(-1, 2)
    for at in zip(*(each.tolist() for each in view.pixels(ticks[:, 0], ticks[:, 1])), strict=True):
        painter.drawEllipse(QPointF(*at), 2.5, 2.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_spot(painter: QPainter, spot: Spot, at: QPointF) -> None:
    """Draw the mark of a spot."""
    p = theme.palette
    colour = p.dim if spot.dim else p.value
    painter.save()
    painter.translate(at)
    painter.scale(theme.scale, theme.scale)
    painter.setPen(QPen(colour, 1.5))
    if spot.look == "capsule":
        painter.drawEllipse(QPointF(0, 0), 10, 10)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(0, 0), 5.5, 5.5)
    elif spot.look == "orbit":
        painter.drawEllipse(QPointF(0, 0), 9, 9)
        for turn in range(4):
            painter.save()
            painter.rotate(90 * turn)
            painter.drawLine(QPointF(0, -9), QPointF(0, -14))
            painter.restore()
    elif spot.look == "station":
        painter.setPen(QPen(p.label, 1))
        painter.drawRect(QRectF(-3, -3, 6, 6))
    else:
        if spot.course_deg is not None:
            painter.rotate(spot.course_deg)
            painter.drawLine(QPointF(0, -9), QPointF(0, -19))
        painter.setBrush(p.panel)
        painter.drawPolygon(
            QPolygonF([QPointF(0, -9), QPointF(6, -3), QPointF(6, 8), QPointF(-6, 8), QPointF(-6, -3)])
        )
    painter.restore()
