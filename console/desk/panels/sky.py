"""The sky over a station: the pass that leads or was chosen, its mask, and where the spacecraft is now."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.desk import theme
from console.desk.clocks import countdown_text, time_text
from console.desk.panel import Desk, Panel
from console.desk.passplan import AHEAD_NS
from console.desk.skydome import Arc, arc_of, paint_arc, paint_dome, point_of
from console.desk.view import DeskView
from console.desk.words import QT_TRANSLATE_NOOP
from console.mission import Station
from console.passes.orbit import Look, Orbit, Site
from console.passes.predict import Pass

READINGS_WIDTH = 216
ROW = 21
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Reading:
    """One line beside the plot."""

    label: str
    value: str
    unit: str = ""
    dim: bool = False


class SkyPanel(Panel):
    """Follows the pass that leads; a chosen one stays until it is over or the plot is clicked."""

    id = "sky"
    caption = QT_TRANSLATE_NOOP("SkyPanel", "Sky")
    every_ms = 500

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self._chosen: Pass | None = None
        self.shown: Pass | None = None
        """The pass on the plot."""
        self._arc: Arc | None = None
        self.setMinimumSize(theme.px(300), theme.px(150))
        self.setAccessibleName(self.name())
        desk.selection.pass_chosen.connect(self._choose)

    def title(self) -> str:
        """Return the title of the tab, with the station."""
        if self.shown is None:
            return self.name()
        return self.tr("Sky · {0}").format(self.desk.pass_plan.station_title(self.shown.station))

    def header_text(self) -> str:
        """Return whether the spacecraft is up, else the time until it is."""
        view, shown = self._view, self.shown
        if view is None or shown is None:
            return ""
        if shown.holds(view.instant_ns):
            return self.tr("IN PASS")
        return self.tr("AOS {0}").format(countdown_text(shown.aos_ns - view.instant_ns))

    def refresh(self, view: DeskView) -> None:
        """Draw the sky at the view's instant."""
        self._view = view
        if self._chosen is not None and view.instant_ns >= self._chosen.los_ns:
            self._chosen = None
            self.desk.selection.pass_chosen.emit(None)
        self.shown = self._chosen or self.desk.pass_plan.leading(view.instant_ns)
        words = [self.title(), *(f"{r.label} {r.value} {r.unit}".strip() for r in self.readings())]
        self.setAccessibleDescription("; ".join(words))
        self.update()

    def look(self) -> Look | None:
        """Return where the station sees the spacecraft at the shown instant."""
        orbit, station = self._orbit_and_station()
        if self._view is None or orbit is None or station is None:
            return None
        return Site.of(station).look(*orbit.ecef(self._view.instant_ns))

    def readings(self) -> list[Reading]:
        """Return the lines beside the plot."""
        view, shown, look = self._view, self.shown, self.look()
        if view is None or shown is None or look is None:
            return []
        plan, up = self.desk.pass_plan, shown.holds(view.instant_ns)
        soon = shown.los_ns if up else shown.aos_ns
        highest = f"{shown.max_elevation_deg:.1f}° · {time_text(shown.tca_ns)}"
        lines = [
            Reading(self.tr("Vehicle"), plan.vehicle_title(shown.vehicle)),
            Reading(self.tr("LOS in") if up else self.tr("AOS in"), countdown_text(soon - view.instant_ns)),
            Reading(self.tr("Azimuth"), f"{float(look.azimuth_deg):.1f}", "°", not up),
            Reading(self.tr("Elevation"), _signed(float(look.elevation_deg), 1, ""), "°", not up),
            Reading(self.tr("Highest"), highest),
            Reading(self.tr("Range"), f"{float(look.range_km):,.0f}", "km", not up),
            Reading(self.tr("Range rate"), _signed(float(look.range_rate_km_s), 3), "km/s", not up),
        ]
        if not up:
            lines.insert(2, Reading(self.tr("Azimuth at AOS"), f"{shown.aos_azimuth_deg:.1f}", "°"))
        link = plan.link_of(shown)
        if link is not None:
            shift = _signed(float(look.doppler_hz(link.frequency_mhz)) / 1e3, 1)
            lines.append(Reading(self.tr("Doppler"), shift, "kHz", not up))
            lines.append(Reading(self.tr("Carrier"), f"{link.frequency_mhz:.1f}", "MHz", not up))
        return [*lines, self._light(view, shown)]

    def _light(self, view: DeskView, shown: Pass) -> Reading:
        eclipses = self.desk.pass_plan.eclipses(shown.vehicle, view.instant_ns, view.instant_ns + AHEAD_NS)
        if not eclipses:
            return Reading(self.tr("Sunlit"), "")
        entry, leave = eclipses[0]
        if entry <= view.instant_ns:
            return Reading(self.tr("Eclipse"), self.tr("until {0}").format(time_text(leave)))
        return Reading(self.tr("Sunlit"), self.tr("until {0}").format(time_text(entry)))

    def dome(self) -> tuple[QPointF, float]:
        """Return the plot's middle, the zenith, and the radius of its rim, the horizon, in pixels."""
        width, height = self.width() - theme.px(READINGS_WIDTH), self.height()
        centre = QPointF(width / 2 + theme.px(2), height / 2)
        return centre, max(1.0, min(width / 2 - theme.px(24), height / 2 - theme.px(20)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go back from a chosen pass to the one that leads."""
        if self._chosen is not None:
            self.desk.selection.pass_chosen.emit(None)

    def _choose(self, chosen: Pass | None) -> None:
        self._chosen = chosen
        if self._view is not None and (chosen is None or self._view.instant_ns < chosen.los_ns):
            self.refresh(self._view)

    def _orbit_and_station(self) -> tuple[Orbit | None, Station | None]:
        plan, shown = self.desk.pass_plan, self.shown
        return (None, None) if shown is None else (plan.orbit(shown.vehicle), plan.station(shown.station))

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plot at the left, the readings at the right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.palette.panel)
        room = QRectF(0, 0, self.width() - theme.px(READINGS_WIDTH), self.height())
        centre, radius = self.dome()
        station = self._station_below()
        letters = (self.tr("N"), self.tr("E"), self.tr("S"), self.tr("W"))
        paint_dome(painter, centre, radius, station, letters)
        if self.shown is None or self._view is None:
            self._paint_nothing(painter, room)
            return
        arc = self._arc_of(self.shown)
        if arc is not None:
            now_ns = self._view.instant_ns
            live = self._live_spot(centre, radius, arc, now_ns)
            paint_arc(painter, centre, radius, arc, now_ns, live, (self.tr("AOS"), self.tr("LOS")))
        beside = QRectF(room.right(), 0, theme.px(READINGS_WIDTH - 10), self.height())
        self._paint_readings(painter, beside)
        if self._chosen is not None:
            painter.setFont(theme.font(12))
            painter.setPen(theme.palette.label)
            foot = QRectF(theme.px(8), self.height() - theme.px(18), room.width(), theme.px(16))
            painter.drawText(foot, _LEFT, self.tr("chosen · click: back"))

    def _station_below(self) -> Station | None:
        """Return the station of the pass; without one, the first that a link names."""
        plan = self.desk.pass_plan
        names = (
            [self.shown.station] if self.shown is not None else [x.station for x in self.desk.mission.links]
        )
        return next((s for name in names if (s := plan.station(name)) is not None), None)

    def _paint_nothing(self, painter: QPainter, room: QRectF) -> None:
        plan, view = self.desk.pass_plan, self._view
        if view is None:
            return
        if not plan.predicts:
            words = self.tr("No passes: the mission names no stations, or no orbit of a vehicle")
        elif not plan.known(view.instant_ns, view.instant_ns + AHEAD_NS):
            words = self.tr("Predicting …")
        else:
            words = self.tr("No pass in the next 24 hours")
        painter.setFont(theme.font(12))
        painter.setPen(theme.palette.text)
        beside = QRectF(room.right(), 0, self.width() - room.right() - theme.px(10), self.height())
        painter.drawText(beside, int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap), words)

    def _arc_of(self, shown: Pass) -> Arc | None:
        if self._arc is not None and self._arc.shown == shown:
            return self._arc
        orbit, station = self._orbit_and_station()
        if orbit is None or station is None:
            return None
        self._arc = arc_of(shown, orbit, station)
        return self._arc

    def _live_spot(self, centre: QPointF, radius: float, arc: Arc, now_ns: int) -> QPointF:
        """Return the place of the mark: the live position; before AOS the place where it will rise."""
        look = self.look()
        if look is None or not arc.shown.holds(now_ns):
            return centre + arc.points[0] * radius
        return point_of(float(look.azimuth_deg), float(look.elevation_deg), centre, radius)

    def _paint_readings(self, painter: QPainter, box: QRectF) -> None:
        palette, y = theme.palette, theme.px(5)
        lines = self.readings()
        for line in lines:
            row = QRectF(box.left(), y, box.width(), theme.px(ROW))
            unit = row.adjusted(row.width() - theme.px(38), 0, 0, 0)
            painter.setFont(theme.font(12))
            painter.setPen(palette.label)
            painter.drawText(row, _LEFT, line.label)
            painter.drawText(unit.adjusted(theme.px(5), 0, 0, 0), _LEFT, line.unit)
            painter.setFont(theme.font(14 if line.unit else 13))
            painter.setPen(palette.dim if line.dim else palette.value)
            painter.drawText(
                row if not line.unit else row.adjusted(0, 0, -unit.width(), 0), _RIGHT, line.value
            )
            y += theme.px(ROW)
        if self.shown is not None and self._view is not None and box.height() - y > theme.px(34):
            self._paint_progress(
                painter, QRectF(box.left(), box.bottom() - theme.px(34), box.width(), theme.px(28))
            )

    def _paint_progress(self, painter: QPainter, box: QRectF) -> None:
        assert self.shown is not None
        assert self._view is not None
        palette, shown = theme.palette, self.shown
        share = (self._view.instant_ns - shown.aos_ns) / max(1, shown.duration_ns)
        bar = QRectF(box.left(), box.top(), box.width(), theme.px(5))
        painter.fillRect(bar, palette.control_border)
        painter.fillRect(
            QRectF(bar.left(), bar.top(), bar.width() * min(max(share, 0.0), 1.0), bar.height()),
            palette.value,
        )
        words = box.adjusted(0, theme.px(8), 0, 0)
        painter.setFont(theme.font(12))
        painter.setPen(palette.text)
        painter.drawText(words, _LEFT, self.tr("AOS {0}").format(time_text(shown.aos_ns)))
        painter.drawText(words, _RIGHT, self.tr("LOS {0}").format(time_text(shown.los_ns)))


def _signed(value: float, decimals: int, plus: str = "+") -> str:
    return f"{value:{plus}.{decimals}f}".replace("-", "−")
