"""The dome of the sky plot and the way of a pass over it.

North is up and east is right, as on a map and on the polar plots of ground stations; the zenith is the
middle, the rim the horizon. The way behind is solid, the way ahead dashed, dimmed where the spacecraft is
in the Earth's shadow; a dot stands at each whole minute.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from console.desk import theme
from console.desk.clocks import time_text
from console.mission import Station
from console.passes.orbit import Orbit, Site, shadow_depth_km
from console.passes.predict import SECOND_NS, Pass, horizon_deg

ARC_STEP_S = 5
TICK_LABELS = 4
MINUTE_NS = 60 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Arc:
    """A pass on the unit disc: (x right, y down) and sunlight at instants some seconds apart."""

    shown: Pass
    t_ns: list[int]
    points: list[QPointF]
    sunlit: list[bool]


def arc_of(shown: Pass, orbit: Orbit, station: Station) -> Arc:
    """Return the way of a pass over its station."""
    count = max(3, shown.duration_ns // (ARC_STEP_S * SECOND_NS))
    times = np.linspace(shown.aos_ns, shown.los_ns, count).astype(np.int64)
    position, velocity = orbit.ecef(times)
    look = Site.of(station).look(position, velocity)
    origin = QPointF(0.0, 0.0)
    points = [point_of(a, e, origin, 1.0) for a, e in zip(look.azimuth_deg, look.elevation_deg, strict=True)]
    sunlit = (shadow_depth_km(position, times) <= 0).tolist()
    return Arc(shown, times.tolist(), points, sunlit)


def paint_dome(
    painter: QPainter, centre: QPointF, radius: float, station: Station | None, letters: Sequence[str]
) -> None:
    """Draw rim, cross, rings of 30° and 60°, and what the station's mask hides.

    ``letters`` are the words for north, east, south and west.
    """
    palette = theme.palette
    painter.setPen(QPen(palette.grid, 1))
    painter.drawLine(centre + QPointF(-radius, 0), centre + QPointF(radius, 0))
    painter.drawLine(centre + QPointF(0, -radius), centre + QPointF(0, radius))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for elevation in (30, 60):
        painter.drawEllipse(centre, radius * (1 - elevation / 90), radius * (1 - elevation / 90))
    if station is not None:
        azimuths = np.arange(0.0, 361.0)
        mask = [
            point_of(a, e, centre, radius)
            for a, e in zip(azimuths, horizon_deg(station, azimuths), strict=True)
        ]
        hidden = QPainterPath()
        hidden.addEllipse(centre, radius, radius)
        hidden.moveTo(mask[0])
        for point in mask[1:]:
            hidden.lineTo(point)
        hidden.closeSubpath()
        painter.setPen(QPen(palette.track_normal, 1))
        painter.setBrush(palette.hairline)
        painter.drawPath(hidden)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(palette.track, 1))
    painter.drawEllipse(centre, radius, radius)
    painter.setFont(theme.font(12))
    painter.setPen(palette.label)
    for azimuth, letter in zip((0, 90, 180, 270), letters, strict=True):
        _text_at(painter, point_of(azimuth, 0, centre, radius + theme.px(11)), letter)
    painter.setPen(palette.dim)
    for elevation in (30, 60):
        _text_at(
            painter,
            point_of(180, elevation, centre, radius) + QPointF(theme.px(11), theme.px(-7)),
            str(elevation),
        )


def paint_arc(
    painter: QPainter,
    centre: QPointF,
    radius: float,
    arc: Arc,
    now_ns: int,
    live: QPointF,
    words: tuple[str, str],
) -> None:
    """Draw the way behind and ahead, the minutes, ``words`` at both ends, and the mark at ``live``."""
    palette = theme.palette
    spots = [centre + point * radius for point in arc.points]
    for past in (False, True):
        for sunlit in (False, True):
            path = QPainterPath()
            for i, (a, b) in enumerate(pairwise(spots)):
                if (arc.t_ns[i] < now_ns) is past and arc.sunlit[i] is sunlit:
                    if path.currentPosition() != a:
                        path.moveTo(a)
                    path.lineTo(b)
            colour = palette.value if sunlit else palette.dim
            painter.setPen(_line(colour, theme.px(2)) if past else _line(colour, 1.2, dashed=True))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(path)
    _paint_ticks(painter, centre, radius, spots, arc, live)
    painter.setFont(theme.font(12))
    for word, azimuth, over in (
        (words[0], arc.shown.aos_azimuth_deg, now_ns >= arc.shown.aos_ns),
        (words[1], arc.shown.los_azimuth_deg, now_ns >= arc.shown.los_ns),
    ):
        painter.setPen(palette.dim if over else palette.text)
        _text_at(painter, point_of(_beside_letters(azimuth), 0, centre, radius + theme.px(13)), word)
    painter.setPen(QPen(palette.panel, 2) if arc.shown.holds(now_ns) else QPen(palette.value, 1.5))
    painter.setBrush(palette.value if arc.shown.holds(now_ns) else palette.panel)
    painter.drawEllipse(live, theme.px(5), theme.px(5))


def _paint_ticks(
    painter: QPainter,
    centre: QPointF,
    radius: float,
    spots: list[QPointF],
    arc: Arc,
    live: QPointF,
) -> None:
    """Draw a dot each whole minute, and the time beside some of them."""
    minutes = range(-(-arc.shown.aos_ns // MINUTE_NS), arc.shown.los_ns // MINUTE_NS + 1)
    every = next((n for n in (1, 2, 5, 10, 20, 60) if len(minutes) / n <= TICK_LABELS), 240)
    painter.setFont(theme.font(12))
    metrics = QFontMetricsF(theme.font(12))
    for minute in minutes if len(minutes) <= 60 else range(0):
        share = (minute * MINUTE_NS - arc.shown.aos_ns) / max(1, arc.shown.duration_ns) * (len(spots) - 1)
        i = min(int(share), len(spots) - 2)
        spot = spots[i] + (spots[i + 1] - spots[i]) * (share - i)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.palette.text)
        painter.drawEllipse(spot, 1.8, 1.8)
        near = min(_distance(spot, each) for each in (live, spots[0], spots[-1]))
        if minute % every or near < theme.px(30):
            continue
        along = spots[i + 1] - spots[i]
        length = math.hypot(along.x(), along.y()) or 1.0
        aside = QPointF(-along.y(), along.x()) / length
        if QPointF.dotProduct(aside, spot - centre) < 0:
            aside = -aside
        words = time_text(minute * MINUTE_NS)[:5]
        reach = metrics.horizontalAdvance(words) / 2 * abs(aside.x()) + theme.px(8)
        place = spot + aside * reach
        if _distance(place, centre) > radius - theme.px(20):
            place = spot - aside * reach
        painter.setPen(theme.palette.label)
        _text_at(painter, place, words)


def point_of(azimuth_deg: float, elevation_deg: float, centre: QPointF, radius: float) -> QPointF:
    """Return a direction on the plot: distance from the zenith is distance from the middle."""
    away, azimuth = radius * (1 - elevation_deg / 90), math.radians(azimuth_deg)
    return centre + QPointF(away * math.sin(azimuth), -away * math.cos(azimuth))


def _beside_letters(azimuth_deg: float) -> float:
    """Return the azimuth, moved where its label would cover N, E, S or W."""
    off = (azimuth_deg + 45) % 90 - 45
    return azimuth_deg if abs(off) > 14 else azimuth_deg - off + math.copysign(14, off)


def _distance(a: QPointF, b: QPointF) -> float:
    return math.hypot(a.x() - b.x(), a.y() - b.y())


def _text_at(painter: QPainter, middle: QPointF, words: str) -> None:
    box = QRectF(0, 0, theme.px(80), theme.px(18))
    box.moveCenter(middle)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)


def _line(colour: QColor, width: float, dashed: bool = False) -> QPen:
    pen = QPen(colour, width)
    if dashed:
        pen.setDashPattern([3, 3])
    return pen
