"""Where is it? The position in figures that can be read from across the room and over the radio."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.desk import theme
from console.desk.clocks import span_text, time_text
from console.desk.geotext import decimal_text, distance_text, minutes_text
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView, Query
from console.desk.whereabouts import OnTheWay, Whereabouts, lander, whereabouts, whereabouts_queries
from console.desk.words import QT_TRANSLATE_NOOP, localised
from console.recovery.track import Fix

NS = 1_000_000_000
DRAWN = (728.0, 310.0)
"""The size the measures below are of; everything grows with the panel."""
FOOT = 34


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: what it is, the number and its unit, and a line below."""

    label: str
    value: str
    unit: str = ""
    below: str = ""


class WhereIsPanel(Panel):
    """The position, then age, source, height, speed, the nearest asset's way there, and decimal degrees."""

    id = "whereis"
    caption = QT_TRANSLATE_NOOP("WhereIsPanel", "Where is it?")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self._known = Whereabouts(None, None)
        self.setMinimumSize(280, 130)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def header_text(self) -> str:
        """Return whose position it is."""
        vehicle = self._known.vehicle
        return localised(vehicle.title, vehicle.title_ja) if vehicle is not None else ""

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Ask for the last usable position where the newest is none."""
        return whereabouts_queries(view)

    def refresh(self, view: DeskView) -> None:
        """Show the position known at the playhead."""
        self._view, self._known = view, whereabouts(view)
        cells = [" ".join(filter(None, (c.label, c.value, c.unit, c.below))) for c in self.cells()]
        told = " · ".join([self.heading(), *self.position(), *cells, self.note()])
        if told != self.accessibleDescription():
            self.setAccessibleDescription(told)
            self.update()

    def heading(self) -> str:
        """Return what the position is of: the capsule, or the point below it while it is in orbit."""
        fix = self._known.fix
        if fix is not None and fix.in_space:
            return self.tr("Point below the orbit · no landing place")
        return self.tr("Last position") if self._known.old else self.tr("Position")

    def note(self) -> str:
        """Return why the newest position is not used, else the position in decimal degrees."""
        fix, unused, view = self._known.fix, self._known.unused, self._view
        if unused is not None:
            why = {"no fix": self.tr("no GNSS fix"), "implausible": self.tr("implausible")}[unused.doubt]
            return self.tr("position of {0} not used: {1}").format(time_text(unused.t_ns), why)
        if fix is not None:
            return f"{decimal_text(fix.latitude_deg, fix.longitude_deg)}    WGS 84"
        if view is not None and lander(view.mission) is None:
            return self.tr("The mission names no parameters that tell a position")
        return ""

    def position(self) -> tuple[str, str]:
        """Return latitude and longitude as read over the radio; dashes where nothing usable is known."""
        fix = self._known.fix
        if fix is None:
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
            unused = self._known.unused is not None
            nothing = self.tr("no usable position yet") if unused else self.tr("nothing received yet")
            return [
                Cell(self.tr("Age"), "—", "", nothing),
                Cell(self.tr("Source"), "—"),
                Cell(self.tr("Height"), "—"),
                Cell(self.tr("Speed"), "—"),
            ]
        age_ns = max(0, view.instant_ns - fix.t_ns)
        age = (f"{age_ns / NS:.1f}", "s") if age_ns < 100 * NS else (span_text(age_ns), "")
        seen = "" if fix.satellites is None else self.tr("{0} satellites").format(fix.satellites)
        height, speed = _height(fix), _speed(fix)
        moving = ""
        if math.isfinite(fix.climb_m_s):
            arrow = "↓" if fix.climb_m_s < 0 else "↑"
            moving = f"{arrow} {abs(fix.climb_m_s):.1f} m/s"
            moving += " · " + self.tr("course {0}°").format(f"{fix.course_deg:03.0f}")
        return [
            Cell(self.tr("Age"), *age, time_text(fix.t_ns)),
            Cell(self.tr("Source"), f"GNSS {fix.mode}".strip(), "", seen),
            Cell(self.tr("Height"), *height, self.tr("above ellipsoid")),
            Cell(self.tr("Speed"), *speed, moving),
        ]

    def _of_asset(self, view: DeskView, nearest: OnTheWay | None) -> list[Cell]:
        labels = (
            self.tr("Nearest asset"),
            self.tr("Bearing from it"),
            self.tr("It arrives in"),
            self.tr("Its course"),
        )
        if nearest is None:
            return [Cell(labels[0], "—", "", self.tr("no asset known")), *(Cell(x, "—") for x in labels[1:])]
        standing = self._standing(view, labels[3], nearest)
        if nearest.approach is None:
            name = localised(nearest.asset.title, nearest.asset.title_ja)
            return [Cell(labels[0], "—", "", name), *(Cell(x, "—") for x in labels[1:3]), standing]
        name = localised(nearest.asset.title, nearest.asset.title_ja)
        way = nearest.approach
        number, unit = distance_text(way.range_m).rsplit(" ", 1)
        arrives, at = "—", self.tr("speed not known")
        if self._known.fix is not None and self._known.fix.in_space:
            at = self.tr("not while it is in orbit")
        elif way.takes_s is not None:
            arrives = span_text(round(way.takes_s) * NS)
            at = self.tr("{0} at {1} kn").format(
                time_text(view.instant_ns + round(way.takes_s) * NS), f"{nearest.asset.speed_kn:g}"
            )
        return [
            Cell(labels[0], number, unit, name),
            Cell(labels[1], f"{way.bearing_deg:05.1f}°", "", self.tr("true")),
            Cell(labels[2], arrives, "", at),
            standing,
        ]

    def _standing(self, view: DeskView, label: str, each: OnTheWay) -> Cell:
        """Return what the asset does, and how old that is."""
        if each.at.moving:
            return Cell(label, f"{each.at.course_deg:03.0f}°", "", self.tr("place by its track"))
        since_ns = view.instant_ns - each.at.known_ns
        if since_ns <= 60 * NS:
            return Cell(label, self.tr("waits"), "", self.tr("place by its track"))
        return Cell(self.tr("Its place is old"), span_text(since_ns), "", self.tr("since its last report"))

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
        old = self._known.old
        colour = theme.palette.dim if old else theme.palette.value
        _line(painter, 18, 24, self.heading(), 12, theme.palette.label)
        for place, words in zip((18.0, 18 + 0.505 * (wide - 36)), self.position(), strict=True):
            _line(painter, place, 70, words, 46, colour if words != "—" else theme.palette.dim)
        top, step = 92.0, (high - 92 - FOOT) / 2
        for i, cell in enumerate(self.cells()):
            left = 18 + (i % 4) * (wide - 36) / 4
            # Its age is the news of an old position, and what the asset does is no older for it
            bright = i in (0, 7)
            self._paint_cell(painter, left, top + (i // 4) * step, (wide - 36) / 4 - 8, cell,
                             theme.palette.value if bright else colour)  # fmt: skip
        painter.fillRect(QRectF(18, high - FOOT, wide - 36, 1), theme.palette.hairline)
        _line(painter, 18, high - 12, self.note(), 14, theme.palette.text, wide - 36)
        painter.end()

    def _paint_cell(
        self, painter: QPainter, left: float, top: float, room: float, cell: Cell, colour: QColor
    ) -> None:
        _line(painter, left, top + 12, cell.label, 12, theme.palette.label, room)
        fits = (x for x in (30.0, 26.0, 22.0) if _width(cell.value, x) + _width(cell.unit, 14) + 6 <= room)
        shown = colour if cell.value != "—" else theme.palette.dim
        end = _line(painter, left, top + 42, cell.value, next(fits, 18.0), shown)
        _line(painter, end + 6, top + 42, cell.unit, 14, theme.palette.label)
        _line(painter, left, top + 62, cell.below, 12, theme.palette.text, room)


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
