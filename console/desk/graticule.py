"""Meridians and parallels of a map, with their angles at its edges."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QPolygonF

from console.desk import theme
from console.desk.geotext import angle_text
from console.desk.landpath import EARTH_RADIUS_M, RIM_M, Floats
from console.desk.viewport import Viewport, wrapped

GRATICULE_DEG = (1 / 60, 1 / 30, 1 / 12, 1 / 6, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)


def paint_graticule(painter: QPainter, view: Viewport, keep_out: Sequence[QRectF]) -> None:
    """Draw meridians and parallels; no words in ``keep_out``, where something else stands."""
    p = theme.palette
    span_deg = math.degrees(view.metres_per_px * view.width / EARTH_RADIUS_M)
    step = next((s for s in GRATICULE_DEG if s >= span_deg / 7), GRATICULE_DEG[-1])
    longitude, latitude = view.centre
    reach = min(90.0, span_deg)
    wide = min(180.0, reach / max(0.15, math.cos(math.radians(latitude))))
    south, north = max(-88.0, latitude - reach), min(88.0, latitude + reach)
    painter.setFont(theme.font(12))
    painter.setPen(p.grid)
    samples = 73 if wide > 40 else 25
    first = math.ceil((longitude - wide) / step)
    meridians = [(first + i) * step for i in range(int(2 * wide / step) + 1)]
    first = math.ceil(south / step)
    parallels = [(first + i) * step for i in range(int((north - south) / step) + 1)]
    height, width = view.height, view.width
    for meridian in meridians[: round(360 / step)]:
        along = np.linspace(south, north, samples)
        _paint_grid_line(painter, view, np.full(samples, meridian), along)
    for parallel in parallels:
        along = np.linspace(longitude - wide, longitude + wide, samples)
        _paint_grid_line(painter, view, along, np.full(samples, parallel))
    painter.setPen(p.label)
    metrics = QFontMetricsF(painter.font())
    bottom, left = height - theme.px(6), theme.px(6)
    taken = [box.adjusted(-8, -8, 8, 20) for box in keep_out if not box.isNull()]
    across, downs = np.linspace(0.0, width, 48), np.linspace(0.0, height, 48)
    along, _ = view.places(across, np.full(48, float(bottom)))
    _, beside = view.places(np.full(48, float(left)), downs)
    for meridian in meridians[: round(360 / step)]:
        words = angle_text(wrapped(meridian), "EW", step)
        for x in _crossings(across, (along - meridian + 180.0) % 360.0 - 180.0):
            if theme.px(4) < x + 3 and x + 3 + metrics.horizontalAdvance(words) < width:
                painter.drawText(QPointF(x + 3, bottom), words)
    for parallel in parallels:
        for y in _crossings(downs, beside - parallel):
            free = not any(box.contains(left, y - 8) for box in taken)
            if free and theme.px(20) < y < height - theme.px(20):
                painter.drawText(QPointF(left, y - 3), angle_text(parallel, "NS", step))


def _paint_grid_line(painter: QPainter, view: Viewport, longitude: Floats, latitude: Floats) -> None:
    x, y = view.pixels(longitude, latitude)
    far = np.hypot(x - view.width / 2, y - view.height / 2) > 40 * max(view.width, view.height)
    jump = np.hypot(np.diff(x), np.diff(y)) > 1.2 * RIM_M / view.metres_per_px
    if far.all() or jump.any():
        return
    painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))


def _crossings(at: Floats, values: Floats) -> list[float]:
    """Return where a sampled curve goes through 0; a jump of an angle is no crossing."""
    a, b = values[:-1], values[1:]
    through = np.nonzero((a * b <= 0) & (np.abs(a - b) < 90) & (a != b))[0]
    return [float(at[i] + (at[i + 1] - at[i]) * a[i] / (a[i] - b[i])) for i in through]
