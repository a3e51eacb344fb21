"""A map without a network: land, graticule, lines and spots in an azimuthal equidistant projection.

Projected by PROJ on the ellipsoid around the middle of the view, so that north is up there; land becomes one
path in metres of that projection, which is only shifted while somebody drags and only scaled while zooming.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from console.desk import theme
from console.desk.geotext import distance_text, position_text
from console.desk.graticule import paint_graticule
from console.desk.landpath import RIM_M, Place
from console.desk.maplabels import mark_box, paint_label
from console.desk.mapland import LandPainter
from console.desk.mapmarks import paint_line, paint_ring, paint_spot
from console.desk.mapscene import Scene
from console.desk.overview import Overview
from console.desk.viewport import Viewport

NOT_FOR_NAVIGATION = "Not for navigation · 航行には使えません"
"""In both languages always, as the words of the banner."""
FOOT = 50
"""High enough for the scale and the angles below it (px)."""
SCALE_BAR_M = tuple(m * 10**n for n in range(1, 8) for m in (1, 2, 5))


class MapCanvas(QWidget):
    """Pans by dragging, zooms by the wheel around the mouse; ``moved`` tells when somebody did."""

    moved = Signal()
    fit_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self.inset = True
        self.covered: Sequence[QRectF] = ()
        """Where other widgets lie over the map: no words there."""
        self._viewport = Viewport()
        self._land = LandPainter()
        self._overview = Overview()
        self._base: QPixmap | None = None
        self._base_key: tuple[object, ...] = ()
        self._drag: QPointF | None = None
        self.setMinimumSize(240, 160)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)

    # what is shown

    @property
    def centre(self) -> Place:
        """The place in the middle."""
        return self._viewport.centre

    @property
    def metres_per_px(self) -> float:
        """The scale."""
        return self._viewport.metres_per_px

    def show_scene(self, scene: Scene) -> None:
        """Draw this from now on."""
        self.scene = scene
        self.update()

    def look_at(self, centre: Place, metres_per_px: float) -> None:
        """Show a place at a scale."""
        self._viewport.look_at(centre, metres_per_px)
        self.update()

    def fit(self, places: Sequence[Place], finest_m_px: float = 60.0) -> None:
        """Show all places, none of them at the edge."""
        if places:
            self.look_at(*self.fitting(places, finest_m_px))

    def fitting(self, places: Sequence[Place], finest_m_px: float) -> tuple[Place, float]:
        """Return the centre and the scale (metres a pixel, not finer than that) that ``fit`` would take."""
        return self._sight().fitting(places, finest_m_px)

    def shows(self, place: Place, margin: float = 0.04) -> bool:
        """Whether a place is in sight, and not at the edge."""
        return self._sight().shows(place, margin)

    def pixel_of(self, place: Place) -> QPointF:
        """Return where a place is drawn."""
        return self._sight().pixel_of(place)

    def place_at(self, at: QPointF) -> Place:
        """Return the place under a pixel."""
        return self._sight().place_at(at)

    def _sight(self) -> Viewport:
        """Return the part of the Earth that is shown, with the size of now."""
        view = self._viewport
        view.width, view.height, view.held = self.width(), self.height(), self._drag is not None
        return view

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._cached_base())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view, room = self._sight(), self.rect().toRectF()
        for longitude, latitude, words in self.scene.rings:
            paint_ring(painter, view, longitude, latitude, words)
        for line in self.scene.lines:
            paint_line(painter, view, line)
        places = np.array([spot.at for spot in self.scene.spots], np.float64).reshape(-1, 2)
        pixels = zip(*(each.tolist() for each in view.pixels(places[:, 0], places[:, 1])), strict=True)
        drawn = [(spot, QPointF(*at)) for spot, at in zip(self.scene.spots, pixels, strict=True)]
        drawn = [(spot, at) for spot, at in drawn if room.contains(at)]
        for spot, at in reversed(drawn):
            paint_spot(painter, spot, at)
        foot = QRectF(0, self.height() - theme.px(FOOT), self.width(), theme.px(FOOT))
        boxes = [box for box in (self._legend_box(), self._inset_box(), *self.covered) if not box.isNull()]
        taken = [foot, *(box.adjusted(-8, -8, 8, 8) for box in boxes)]
        taken += [mark_box(spot, at) for spot, at in drawn]
        strokes = [view.pixels(line.longitude_deg, line.latitude_deg) for line in self.scene.lines]
        rank = {"capsule": 0, "orbit": 0, "station": 2}
        for spot, at in sorted(drawn, key=lambda each: rank.get(each[0].look, 1)):
            paint_label(painter, room, spot, at, taken, strokes)
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
            self._land.paint(painter, self._sight())
            paint_graticule(painter, self._sight(), [self._inset_box(), *self.covered])
            painter.end()
            self._base, self._base_key = base, key
        return self._base

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
        box = self._inset_box()
        if not box.isNull():
            places = [s.at for s in self.scene.spots if s.look != "station"]
            ratio = self.devicePixelRatioF()
            self._overview.paint(painter, box, self._sight(), places, self.tr("Overview"), ratio)

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
        self._sight().zoom(factor, around)
        self.update()
        self.moved.emit()
