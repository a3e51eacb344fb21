"""The small map in a corner: where on Earth the large one is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap, QPolygonF

from console.desk import theme
from console.desk.landpath import RIM_M, Place, land_path, project, projection_around
from console.desk.viewport import Viewport
from console.recovery.coastlines import coast


class Overview:
    """Keeps the picture of the land; the frame of the large map and its places are drawn over it."""

    def __init__(self) -> None:
        self._overview: tuple[tuple[object, ...], QPixmap] | None = None

    def paint(
        self,
        painter: QPainter,
        box: QRectF,
        view: Viewport,
        places: Sequence[Place],
        words: str,
        ratio: float,
    ) -> None:
        """Draw it into a box, with its title; ``ratio`` is that of device pixels."""
        p = theme.palette
        centre = (round(view.centre[0] / 15) * 15.0, min(max(round(view.centre[1] / 15) * 15.0, -60), 60.0))
        projection = projection_around(centre)
        scale = RIM_M * 0.7 / box.width()
        key = (box.size().toTuple(), centre, p.name, ratio)
        if self._overview is None or self._overview[0] != key:
            picture = QPixmap((box.size() * ratio).toSize())
            picture.setDevicePixelRatio(ratio)
            picture.fill(p.sea)
            brush = QPainter(picture)
            brush.setRenderHint(QPainter.RenderHint.Antialiasing)
            brush.translate(box.width() / 2, box.height() / 2)
            brush.scale(1 / scale, -1 / scale)
            brush.setPen(Qt.PenStyle.NoPen)
            brush.setBrush(p.land)
            brush.drawPath(land_path(coast("110m"), centre, RIM_M, projection, scale))
            brush.end()
            self._overview = (key, picture)
        painter.drawPixmap(box.topLeft(), self._overview[1])
        painter.save()
        painter.setClipRect(box)
        middle = box.center()
        width, height = view.width, view.height
        corners = [
            view.place_at(QPointF(x, y)) for x, y in ((0, 0), (width, 0), (width, height), (0, height))
        ]
        told = [*corners, *places]
        x, y = project(projection, np.array([c[0] for c in told]), np.array([c[1] for c in told]))
        at = [
            QPointF(middle.x() + a / scale, middle.y() - b / scale)
            for a, b in zip(x.tolist(), y.tolist(), strict=True)
        ]
        painter.setPen(QPen(p.text, 1))
        painter.drawPolygon(QPolygonF(at[:4]))
        painter.setBrush(p.value)
        for point in at[4:]:
            painter.drawEllipse(point, 2.5, 2.5)
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(p.control_border, 1))
        painter.drawRect(box)
        painter.setFont(theme.font(12))
        ground = QRectF(0, 0, painter.fontMetrics().horizontalAdvance(words) + theme.px(10), theme.px(18))
        ground.moveBottomLeft(box.bottomLeft() + QPointF(1, -1))
        painter.fillRect(ground, p.sea)
        painter.setPen(p.label)
        painter.drawText(box.bottomLeft() + QPointF(theme.px(6), -theme.px(6)), words)
