"""Sea and land under a map: one path in metres, only shifted or scaled until the view leaves it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QTransform

from console.desk import theme
from console.desk.landpath import RIM_M, Place, land_path, project
from console.desk.viewport import Viewport
from console.recovery.assets import GEOD
from console.recovery.coastlines import coast, level_for


@dataclass(slots=True)
class _Land:
    level: str
    centre: Place
    radius_m: float
    path: QPainterPath


class LandPainter:
    """Keeps the land it drew last."""

    def __init__(self) -> None:
        self._land: _Land | None = None

    def _land_around(self, view: Viewport) -> _Land:
        """Return land around the projection's middle, made anew where the view shows more or less of it."""
        projection, middle = view.reference(), view.projected_around
        half = view.metres_per_px * math.hypot(view.width, view.height) / 2
        reach = half + GEOD.inv(*middle, *view.centre)[2]
        level, land = level_for(view.metres_per_px), self._land
        fits = land is not None and land.level == level and land.centre == middle
        if land is None or not fits or not reach <= land.radius_m or half < 0.2 * min(land.radius_m, RIM_M):
            radius = min(1.5 * reach, RIM_M)
            path = land_path(coast(level), middle, radius, projection, view.metres_per_px)
            land = self._land = _Land(level, middle, math.inf if radius >= RIM_M else radius, path)
        return land

    def paint(self, painter: QPainter, view: Viewport) -> None:
        """Draw sea and land of a view."""
        p, land = theme.palette, self._land_around(view)
        painter.fillRect(
            QRectF(0, 0, view.width, view.height), p.gutter if land.radius_m == math.inf else p.sea
        )
        x, y = project(view.reference(), np.array([view.centre[0]]), np.array([view.centre[1]]))
        to_pixels = QTransform.fromTranslate(view.width / 2, view.height / 2)
        to_pixels.scale(1 / view.metres_per_px, -1 / view.metres_per_px)
        to_pixels.translate(-float(x[0]), -float(y[0]))
        painter.save()
        painter.setTransform(to_pixels, True)
        painter.setPen(Qt.PenStyle.NoPen)
        if land.radius_m == math.inf:
            painter.setBrush(p.sea)
            painter.drawEllipse(QPointF(0, 0), RIM_M, RIM_M)
        pen = QPen(p.track, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(p.land)
        painter.drawPath(land.path)
        painter.restore()
