"""A map without a network: land, graticule, lines and spots in an azimuthal equidistant projection.

Projected by PROJ on the ellipsoid around the middle of the view, so that north is up there; land becomes one
path in metres of that projection, which is only shifted while somebody drags and only scaled while zooming.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyproj
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from console.desk import theme
from console.desk.geotext import angle_text, distance_text, position_text
from console.desk.landpath import EARTH_RADIUS_M, RIM_M, Floats, Place, land_path, project, projection_around
from console.recovery.assets import GEOD
from console.recovery.coastlines import coast, level_for

FINEST_M_PX, COARSEST_M_PX = 2.0, 40_000.0
GRATICULE_DEG = (1 / 60, 1 / 30, 1 / 12, 1 / 6, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0)
NOT_FOR_NAVIGATION = "Not for navigation · 航行には使えません"
"""In both languages always, as the words of the banner."""
SCALE_BAR_M = tuple(m * 10**n for n in range(1, 8) for m in (1, 2, 5))


@dataclass(frozen=True, slots=True)
class Line:
    """A line over the ground; ``ticks`` are places with a dot on it, ``breaks`` where a new part begins."""

    longitude_deg: Floats
    latitude_deg: Floats
    colour: QColor
    dashed: bool = False
    width: float = 1.5
    ticks: Sequence[Place] = ()
    breaks: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Something at a place, with its name and what is told of it, in one or more lines."""

    at: Place
    look: str
    """``capsule``, ``orbit`` (the point below a spacecraft), ``ship``, ``aircraft`` or ``station``"""
    name: str = ""
    words: str = ""
    course_deg: float | None = None
    dim: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands on the map, ``rings`` are closed thin lines with a label at their first point."""

    lines: Sequence[Line] = ()
    spots: Sequence[Spot] = ()
    rings: Sequence[tuple[Floats, Floats, str]] = ()
    legend: Sequence[tuple[str, QColor, bool]] = ()


@dataclass(slots=True)
class _Land:
    level: str
    centre: Place
    radius_m: float
    path: QPainterPath


class MapCanvas(QWidget):
    """Pans by dragging, zooms by the wheel around the mouse; ``moved`` tells when somebody did."""

    moved = Signal()
    fit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.centre: Place = (150.0, 30.0)
        self.metres_per_px = 12_000.0
        self.scene = Scene()
        self.inset = True
        self._land: _Land | None = None
        self._projection: tuple[Place, pyproj.Proj] | None = None
        self._overview: tuple[tuple[object, ...], QPixmap] | None = None
        self._base: QPixmap | None = None
        self._base_key: tuple[object, ...] = ()
        self._drag: QPointF | None = None
        self.setMinimumSize(240, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    # what is shown

    def show_scene(self, scene: Scene) -> None:
        """Draw this from now on."""
        self.scene = scene
        self.update()

    def look_at(self, centre: Place, metres_per_px: float) -> None:
        """Show a place at a scale."""
        self.centre = (_wrapped(centre[0]), min(max(centre[1], -89.0), 89.0))
        self.metres_per_px = min(max(metres_per_px, FINEST_M_PX), COARSEST_M_PX)
        self.update()

    def fit(self, places: Sequence[Place], finest_m_px: float = 60.0) -> None:
        """Show all places, none of them at the edge."""
        if places:
            self.look_at(*self.fitting(places, finest_m_px))

    def fitting(self, places: Sequence[Place], finest_m_px: float) -> tuple[Place, float]:
        """Return the centre and the scale (metres a pixel, not finer than that) that ``fit`` would take."""
        longitude, latitude = (np.array(each) for each in zip(*places, strict=True))
        a, b = np.radians(longitude), np.radians(latitude)
        middle = np.mean([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)], axis=1)
        centre = (
            math.degrees(math.atan2(middle[1], middle[0])),
            math.degrees(math.atan2(middle[2], math.hypot(middle[0], middle[1]))),
        )
        x, y = project(projection_around(centre), longitude, latitude)
        wide, high = 2 * float(np.abs(x).max()), 2 * float(np.abs(y).max())
        scale = max(wide / (0.72 * max(self.width(), 1)), high / (0.66 * max(self.height(), 1)), finest_m_px)
        return centre, scale

    def shows(self, place: Place, margin: float = 0.04) -> bool:
        """Whether a place is in sight, and not at the edge."""
        at = self.pixel_of(place)
        mx, my = margin * self.width(), margin * self.height()
        return mx <= at.x() <= self.width() - mx and my <= at.y() <= self.height() - my

    def pixel_of(self, place: Place) -> QPointF:
        """Return where a place is drawn."""
        x, y = self._pixels(np.array([place[0]]), np.array([place[1]]))
        return QPointF(float(x[0]), float(y[0]))

    def place_at(self, at: QPointF) -> Place:
        """Return the place under a pixel."""
        longitude, latitude = self._places(np.array([at.x()]), np.array([at.y()]))
        return float(longitude[0]), float(latitude[0])

    def _places(self, across: Floats, down: Floats) -> tuple[Floats, Floats]:
        projection = self._reference()
        cx, cy = project(projection, np.array([self.centre[0]]), np.array([self.centre[1]]))
        x = cx[0] + (across - self.width() / 2) * self.metres_per_px
        y = cy[0] - (down - self.height() / 2) * self.metres_per_px
        longitude, latitude = projection(x, y, inverse=True)
        fine = np.isfinite(longitude)
        return np.where(fine, longitude, self.centre[0]), np.where(fine, latitude, self.centre[1])

    def _pixels(self, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
        x, y = project(
            self._reference(), np.append(longitude, self.centre[0]), np.append(latitude, self.centre[1])
        )
        across = self.width() / 2 + (x[:-1] - x[-1]) / self.metres_per_px
        down = self.height() / 2 - (y[:-1] - y[-1]) / self.metres_per_px
        return across, down

    def _reference(self) -> pyproj.Proj:
        """Return the projection around the middle of the view; while somebody drags the one it began with."""
        kept = self._projection
        if kept is not None and (kept[0] == self.centre or self._drag is not None):
            apart = GEOD.inv(*kept[0], *self.centre)[2]
            if apart < self.metres_per_px * self.width():
                return kept[1]
        self._projection = self.centre, projection_around(self.centre)
        return self._projection[1]

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._cached_base())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for longitude, latitude, words in self.scene.rings:
            self._paint_ring(painter, longitude, latitude, words)
        for line in self.scene.lines:
            self._paint_line(painter, line)
        taken: list[QRectF] = [self._legend_box()]
        taken.append(self._inset_box())
        places = np.array([spot.at for spot in self.scene.spots], np.float64).reshape(-1, 2)
        pixels = zip(*(each.tolist() for each in self._pixels(places[:, 0], places[:, 1])), strict=True)
        drawn = [(spot, QPointF(*at)) for spot, at in zip(self.scene.spots, pixels, strict=True)]
        drawn = [(spot, at) for spot, at in drawn if self.rect().toRectF().contains(at)]
        for spot, at in reversed(drawn):
            self._paint_spot(painter, spot, at)
        for spot, at in sorted(drawn, key=lambda each: each[0].look == "station"):
            self._paint_label(painter, spot, at, taken)
        self._paint_legend(painter)
        self._paint_scale(painter)
        self._paint_inset(painter)
        painter.end()

    def _cached_base(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        key = (self.size().toTuple(), ratio, self.centre, self.metres_per_px, theme.palette.name)
        if self._base is None or key != self._base_key:
            base = QPixmap(self.size() * ratio)
            base.setDevicePixelRatio(ratio)
            painter = QPainter(base)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_land(painter)
            self._paint_graticule(painter)
            painter.end()
            self._base, self._base_key = base, key
        return self._base

    def _land_around(self) -> _Land:
        """Return land around the projection's middle, made anew where the view shows more or less of it."""
        projection = self._reference()
        assert self._projection is not None
        middle = self._projection[0]
        half = self.metres_per_px * math.hypot(self.width(), self.height()) / 2
        reach = half + GEOD.inv(*middle, *self.centre)[2]
        level, land = level_for(self.metres_per_px), self._land
        fits = land is not None and land.level == level and land.centre == middle
        if land is None or not fits or not reach <= land.radius_m or half < 0.2 * min(land.radius_m, RIM_M):
            radius = min(1.5 * reach, RIM_M)
            path = land_path(coast(level), middle, radius, projection, self.metres_per_px)
            land = self._land = _Land(level, middle, math.inf if radius >= RIM_M else radius, path)
        return land

    def _paint_land(self, painter: QPainter) -> None:
        p, land = theme.palette, self._land_around()
        painter.fillRect(self.rect(), p.gutter if land.radius_m == math.inf else p.sea)
        x, y = project(self._reference(), np.array([self.centre[0]]), np.array([self.centre[1]]))
        to_pixels = QTransform.fromTranslate(self.width() / 2, self.height() / 2)
        to_pixels.scale(1 / self.metres_per_px, -1 / self.metres_per_px)
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

    def _paint_graticule(self, painter: QPainter) -> None:
        p = theme.palette
        span_deg = math.degrees(self.metres_per_px * self.width() / EARTH_RADIUS_M)
        step = next((s for s in GRATICULE_DEG if s >= span_deg / 7), GRATICULE_DEG[-1])
        longitude, latitude = self.centre
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
        height, width = self.height(), self.width()
        for meridian in meridians[: round(360 / step)]:
            along = np.linspace(south, north, samples)
            self._paint_grid_line(painter, np.full(samples, meridian), along)
        for parallel in parallels:
            along = np.linspace(longitude - wide, longitude + wide, samples)
            self._paint_grid_line(painter, along, np.full(samples, parallel))
        painter.setPen(p.label)
        metrics = QFontMetricsF(painter.font())
        bottom, left = height - theme.px(6), theme.px(6)
        inset = self._inset_box().adjusted(-8, -8, 8, 20)
        across, downs = np.linspace(0.0, width, 48), np.linspace(0.0, height, 48)
        along, _ = self._places(across, np.full(48, float(bottom)))
        _, beside = self._places(np.full(48, float(left)), downs)
        for meridian in meridians[: round(360 / step)]:
            words = angle_text(_wrapped(meridian), "EW", step)
            for x in _crossings(across, (along - meridian + 180.0) % 360.0 - 180.0):
                if theme.px(4) < x + 3 and x + 3 + metrics.horizontalAdvance(words) < width:
                    painter.drawText(QPointF(x + 3, bottom), words)
        for parallel in parallels:
            for y in _crossings(downs, beside - parallel):
                if theme.px(44) < y < height - theme.px(20) and not inset.contains(left, y - 8):
                    painter.drawText(QPointF(left, y - 3), angle_text(parallel, "NS", step))

    def _paint_grid_line(self, painter: QPainter, longitude: Floats, latitude: Floats) -> None:
        x, y = self._pixels(longitude, latitude)
        far = np.hypot(x - self.width() / 2, y - self.height() / 2) > 40 * max(self.width(), self.height())
        jump = np.hypot(np.diff(x), np.diff(y)) > 1.2 * RIM_M / self.metres_per_px
        if far.all() or jump.any():
            return
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))

    def _paint_ring(self, painter: QPainter, longitude: Floats, latitude: Floats, words: str) -> None:
        x, y = self._pixels(longitude, latitude)
        painter.setPen(QPen(theme.palette.control_border, 1))
        painter.drawPolyline(QPolygonF([QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))
        painter.setFont(theme.font(12))
        painter.setPen(theme.palette.dim)
        aside = int(np.argmax(x + y))  # below and right, where no label of a spot stands
        painter.drawText(QPointF(float(x[aside]) + 4, float(y[aside]) + theme.px(12)), words)

    def _paint_line(self, painter: QPainter, line: Line) -> None:
        x, y = self._pixels(line.longitude_deg, line.latitude_deg)
        pen = QPen(line.colour, line.width)
        if line.dashed:
            pen.setDashPattern([4, 4])
        painter.setPen(pen)
        jump = np.hypot(np.diff(x), np.diff(y)) > RIM_M / self.metres_per_px
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
        for at in zip(*(each.tolist() for each in self._pixels(ticks[:, 0], ticks[:, 1])), strict=True):
            painter.drawEllipse(QPointF(*at), 2.5, 2.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_spot(self, painter: QPainter, spot: Spot, at: QPointF) -> None:
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

    def _paint_label(self, painter: QPainter, spot: Spot, at: QPointF, taken: list[QRectF]) -> None:
        small = spot.look == "station"
        bold, plain = theme.font(12 if small else 13), theme.font(12)
        lines = [(spot.name, bold), *((words, plain) for words in spot.words.splitlines())]
        widths = [QFontMetricsF(f).horizontalAdvance(w) for w, f in lines]
        size = max(widths), theme.px(16) * len(lines)
        gap = theme.px(7 if small else 16 if spot.course_deg is None else 23)
        left, top = at.x() - size[0] / 2, at.y() - size[1] / 2
        spots = (
            QPointF(at.x() + gap, top), QPointF(at.x() - gap - size[0], top),
            QPointF(left, at.y() + gap), QPointF(left, at.y() - gap - size[1]),
        )  # fmt: skip
        inside = self.rect().toRectF().adjusted(2, 2, -2, -2)
        boxes = [QRectF(corner.x(), corner.y(), *size) for corner in spots]
        free = [b for b in boxes if inside.contains(b) and not any(b.intersects(t) for t in taken)]
        if not free and small:
            return
        box = free[0] if free else boxes[0]
        taken.append(box)
        for i, (words, font) in enumerate(lines):
            painter.setFont(font)
            dim = small or spot.dim or i
            painter.setPen(
                theme.palette.label if small else theme.palette.text if dim else theme.palette.value
            )
            painter.drawText(QPointF(box.left(), box.top() + theme.px(13 + 16 * i)), words)

    def _legend_box(self) -> QRectF:
        metrics = QFontMetricsF(theme.font(12))
        wide = max((metrics.horizontalAdvance(w) for w, _, _ in self.scene.legend), default=0.0)
        size = wide + theme.px(54), theme.px(18) * len(self.scene.legend) + theme.px(10)
        if not self.scene.legend:
            return QRectF()
        return QRectF(self.width() - size[0] - theme.px(8), theme.px(8), *size)

    def _paint_legend(self, painter: QPainter) -> None:
        box = self._legend_box()
        if box.isNull():
            return
        ground = QColor(theme.palette.panel)
        ground.setAlpha(215)
        painter.fillRect(box, ground)
        painter.setFont(theme.font(12))
        for i, (words, colour, dashed) in enumerate(self.scene.legend):
            y = box.top() + theme.px(5 + 18 * i + 9)
            pen = QPen(colour, 2)
            if dashed:
                pen.setDashPattern([3, 3])
            painter.setPen(pen)
            painter.drawLine(QPointF(box.left() + theme.px(10), y), QPointF(box.left() + theme.px(34), y))
            painter.setPen(theme.palette.text)
            painter.drawText(QPointF(box.left() + theme.px(44), y + theme.px(4)), words)

    def _paint_scale(self, painter: QPainter) -> None:
        wanted = 0.18 * self.width() * self.metres_per_px
        length = next((s for s in reversed(SCALE_BAR_M) if s <= wanted), SCALE_BAR_M[0])
        pixels = length / self.metres_per_px
        left = max(0.5 * self.width() - pixels, self._inset_box().right() + theme.px(24))
        y = self.height() - theme.px(28)
        painter.setFont(theme.font(12))
        painter.setPen(QPen(theme.palette.value, 1.5))
        painter.drawLine(QPointF(left, y), QPointF(left + pixels, y))
        for share in (0.0, 0.5, 1.0):
            x = left + share * pixels
            painter.drawLine(QPointF(x, y - 4), QPointF(x, y))
        painter.setPen(theme.palette.text)
        painter.drawText(
            QRectF(left - 60, y - theme.px(22), pixels + 120, theme.px(16)),
            Qt.AlignmentFlag.AlignCenter,
            distance_text(length),
        )
        painter.setFont(theme.font(12, bold=True))
        painter.setPen(theme.palette.value)
        painter.drawText(QPointF(left + pixels + theme.px(28), y + theme.px(2)), NOT_FOR_NAVIGATION)

    # the overview

    def _inset_box(self) -> QRectF:
        if not self.inset or self.metres_per_px * self.width() > 0.4 * RIM_M:
            return QRectF()  # the map itself is an overview
        wide = min(theme.px(250), 0.3 * self.width())
        high = 0.66 * wide
        return QRectF(theme.px(8), self.height() - high - theme.px(30), wide, high)

    def _paint_inset(self, painter: QPainter) -> None:
        box, p = self._inset_box(), theme.palette
        if box.isNull():
            return
        centre = (round(self.centre[0] / 15) * 15.0, min(max(round(self.centre[1] / 15) * 15.0, -60), 60.0))
        projection = projection_around(centre)
        scale = RIM_M * 0.7 / box.width()
        key = (box.size().toTuple(), centre, p.name, self.devicePixelRatioF())
        if self._overview is None or self._overview[0] != key:
            ratio = self.devicePixelRatioF()
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
        width, height = self.width(), self.height()
        corners = [
            self.place_at(QPointF(x, y)) for x, y in ((0, 0), (width, 0), (width, height), (0, height))
        ]
        places = [*corners, *(s.at for s in self.scene.spots if s.look != "station")]
        x, y = project(projection, np.array([c[0] for c in places]), np.array([c[1] for c in places]))
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
        painter.setPen(p.label)
        painter.setFont(theme.font(12))
        painter.drawText(box.bottomLeft() + QPointF(theme.px(6), -theme.px(6)), self.tr("Overview"))

    # hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._drag = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag is None:
            longitude, latitude = self.place_at(event.position())
            self.setToolTip(position_text(latitude, longitude))
            return
        step = event.position() - self._drag
        middle = QPointF(self.width() / 2, self.height() / 2)
        self._drag = event.position()
        self.look_at(self.place_at(middle - step), self.metres_per_px)
        self.moved.emit()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._drag = None
        self._base = None
        self.update()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.fit_wanted.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turns = event.angleDelta().y() / 120
        if turns:
            self.zoom(0.8**turns, event.position())
        event.accept()

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """Make a pixel ``factor`` times as wide; the place under ``around`` stays where it is."""
        middle = QPointF(self.width() / 2, self.height() / 2)
        around = middle if around is None else around
        held = self.place_at(around)
        self.look_at(self.centre, self.metres_per_px * factor)
        for _ in range(3):  # the projection turns a little with its middle
            self.look_at(self.place_at(middle + self.pixel_of(held) - around), self.metres_per_px)
        self.moved.emit()


def _crossings(at: Floats, values: Floats) -> list[float]:
    """Return where a sampled curve goes through 0; a jump of an angle is no crossing."""
    a, b = values[:-1], values[1:]
    through = np.nonzero((a * b <= 0) & (np.abs(a - b) < 90) & (a != b))[0]
    return [float(at[i] + (at[i + 1] - at[i]) * a[i] / (a[i] - b[i])) for i in through]


def _wrapped(longitude_deg: float) -> float:
    return (longitude_deg + 180.0) % 360.0 - 180.0
