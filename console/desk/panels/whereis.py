"""Where is it? The position in figures that can be read from across the room and over the radio."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.desk import theme
from console.desk.clocks import span_text, time_text
from console.desk.geotext import distance_text, minutes_text
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView
from console.desk.whereabouts import OnTheWay, Whereabouts, whereabouts
from console.desk.words import localised
from console.recovery.track import Fix

NS = 1_000_000_000
DRAWN = (728.0, 300.0)
"""The size the measures below are of; everything grows with the panel."""
STALE_NS = 10 * NS


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: what it is, the number and its unit, and a line below."""

    label: str
    value: str
    unit: str = ""
    below: str = ""


class WhereIsPanel(Panel):
    """Two lines of position, then age, source, height, speed, and the nearest asset's way there."""

    id = "whereis"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self._known = Whereabouts(None, None)
        self.setMinimumSize(280, 130)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def title(self) -> str:
        """Return the title of the tab."""
        return self.tr("Where is it?")

    def header_text(self) -> str:
        """Return whose position it is."""
        vehicle = self._known.vehicle
        return localised(vehicle.title, vehicle.title_ja) if vehicle is not None else ""

    def refresh(self, view: DeskView) -> None:
        """Show the position known at the playhead."""
        self._view, self._known = view, whereabouts(view)
        told = " · ".join(
            [*self.position(), *(f"{c.label} {c.value} {c.unit}".strip() for c in self.cells())]
        )
        if told != self.accessibleDescription():
            self.setAccessibleDescription(told)
            self.update()

    def position(self) -> tuple[str, str]:
        """Return latitude and longitude as read over the radio; dashes where nothing usable is known."""
        fix = self._known.fix
        if fix is None or fix.doubt:
            return "—", "—"
        return minutes_text(fix.latitude_deg, "NS"), minutes_text(fix.longitude_deg, "EW")

    def cells(self) -> list[Cell]:
        """Return the eight figures below the position, row by row."""
        view, fix = self._view, self._known.fix
        if view is None:
            return []
        return [*self._of_fix(view, fix), *self._of_asset(view, self._nearest())]

    # inside

    def _of_fix(self, view: DeskView, fix: Fix | None) -> list[Cell]:
        if fix is None:
            nothing = self.tr("nothing received yet")
            return [
                Cell(self.tr("Age"), "—", "", nothing),
                Cell(self.tr("Source"), "—"),
                Cell(self.tr("Height"), "—"),
                Cell(self.tr("Speed"), "—"),
            ]
        age_ns = max(0, view.instant_ns - fix.t_ns)
        age = (f"{age_ns / NS:.1f}", "s") if age_ns < 100 * NS else (span_text(age_ns), "")
        source = "GNSS" if not fix.doubt else "—"
        why = {"no fix": self.tr("no GNSS fix"), "implausible": self.tr("implausible, not used")}
        seen = why.get(fix.doubt, "")
        if not seen and fix.satellites is not None:
            seen = self.tr("{0} satellites").format(fix.satellites)
        height, speed = _height(fix), _speed(fix)
        below = self.tr("above ellipsoid")
        if fix.in_space:
            below = self.tr("in orbit: no landing place")
        moving = ""
        if math.isfinite(fix.climb_m_s):
            arrow = "↓" if fix.climb_m_s < 0 else "↑"
            moving = f"{arrow} {abs(fix.climb_m_s):.1f} m/s"
            moving += " · " + self.tr("course {0}°").format(f"{fix.course_deg:03.0f}")
        return [
            Cell(self.tr("Age"), *age, time_text(fix.t_ns)),
            Cell(self.tr("Source"), source, "", seen),
            Cell(self.tr("Height"), *height, below),
            Cell(self.tr("Speed"), *speed, moving),
        ]

    def _of_asset(self, view: DeskView, nearest: OnTheWay | None) -> list[Cell]:
        labels = self.tr("Nearest asset"), self.tr("Bearing to it"), self.tr("It arrives in"), self.tr("Fix")
        decimal = Cell(labels[3], *self._decimal())
        if nearest is None or nearest.approach is None:
            name = localised(nearest.asset.title, nearest.asset.title_ja) if nearest else ""
            return [Cell(labels[0], "—", "", name), Cell(labels[1], "—"), Cell(labels[2], "—"), decimal]
        name = localised(nearest.asset.title, nearest.asset.title_ja)
        way = nearest.approach
        number, unit = distance_text(way.range_m).rsplit(" ", 1)
        arrives, at = "—", self.tr("speed not known")
        if self._known.fix is not None and self._known.fix.in_space:
            at = self.tr("in orbit: no landing place")
        elif way.takes_s is not None:
            arrives = span_text(round(way.takes_s) * NS)
            at = self.tr("{0} at {1} kn").format(
                time_text(view.instant_ns + round(way.takes_s) * NS), f"{nearest.asset.speed_kn:g}"
            )
        return [
            Cell(labels[0], number, unit, name),
            Cell(labels[1], f"{way.bearing_deg:05.1f}°", "", self.tr("true, from {0}").format(name)),
            Cell(labels[2], arrives, "", at),
            decimal,
        ]

    def _decimal(self) -> tuple[str, str, str]:
        fix = self._known.fix
        if fix is None or fix.doubt:
            return "—", "", ""
        return "WGS 84", "", f"{fix.latitude_deg:.5f}  {fix.longitude_deg:.5f}".replace("-", "−")

    def _nearest(self) -> OnTheWay | None:
        known = [each for each in self._known.assets if each.approach is not None]
        if known:
            return min(known, key=lambda each: each.approach.range_m if each.approach else math.inf)
        return self._known.assets[0] if self._known.assets else None

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.palette.panel)
        scale = min(self.width() / DRAWN[0], self.height() / DRAWN[1])
        scale = max(0.4, min(scale, 1.6))
        wide, high = self.width() / scale, self.height() / scale
        painter.scale(scale, scale)
        view, fix = self._view, self._known.fix
        old = view is not None and fix is not None and view.instant_ns - fix.t_ns > STALE_NS
        colour = theme.palette.dim if old else theme.palette.value
        _line(painter, 18, 24, self.tr("Position"), 12, theme.palette.label)
        latitude, longitude = self.position()
        _line(painter, 18, 70, latitude, 46, colour)
        _line(painter, 18 + 0.505 * (wide - 36), 70, longitude, 46, colour)
        cells = self.cells()
        step = (high - 96) / 2
        for i, cell in enumerate(cells):
            left = 18 + (i % 4) * (wide - 36) / 4
            top = 96 + (i // 4) * step
            room = (wide - 36) / 4 - 8
            _line(painter, left, top + 12, cell.label, 12, theme.palette.label, room)
            size = 30.0 if _width(cell.value, 30) + _width(cell.unit, 14) + 6 <= room else 22.0
            end = _line(
                painter, left, top + 44, cell.value, size, colour if cell.value != "—" else theme.palette.dim
            )
            _line(painter, end + 6, top + 44, cell.unit, 14, theme.palette.label)
            _line(painter, left, top + 64, cell.below, 12, theme.palette.text, room)
        painter.end()


def _height(fix: Fix) -> tuple[str, str]:
    if not math.isfinite(fix.altitude_m):
        return "—", ""
    if fix.in_space:
        return f"{fix.altitude_m / 1000:.1f}", "km"
    return f"{fix.altitude_m:.0f}".replace("-", "−"), "m"


def _speed(fix: Fix) -> tuple[str, str]:
    if not math.isfinite(fix.speed_m_s):
        return "—", ""
    return (f"{fix.speed_m_s:.0f}" if fix.speed_m_s >= 1000 else f"{fix.speed_m_s:.1f}"), "m/s"


def _width(words: str, size: float) -> float:
    font = theme.font(12)
    font.setPixelSize(round(size))
    return QFontMetricsF(font).horizontalAdvance(words)


def _line(
    painter: QPainter, x: float, baseline: float, words: str, size: float, colour: QColor, fit: float = 0
) -> float:
    font = theme.font(12)
    font.setPixelSize(round(size))
    metrics = QFontMetricsF(font)
    if fit:
        words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, fit)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QPointF(x, baseline), words)
    return x + metrics.horizontalAdvance(words)
