"""The map of the recovery: the capsule's GNSS track, ships and aircraft on their way, stations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from console.desk import theme
from console.desk.clocks import span_text, time_text
from console.desk.geotext import distance_text, minutes_text
from console.desk.mapping import MapCanvas
from console.desk.mapscene import Line, Scene, Spot
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView, Query, TrackQuery
from console.desk.whereabouts import (
    OnTheWay,
    Whereabouts,
    position_period_s,
    track_query,
    whereabouts,
    whereabouts_queries,
)
from console.desk.words import QT_TRANSLATE_NOOP, localised
from console.recovery.assets import circle, geodesic
from console.recovery.track import NO_TRACK, SPACE_ABOVE_M, Fix, Track

NS = 1_000_000_000
TRACK_NS = 100 * 60 * NS
"""So long a way back is drawn: a little more than one orbit."""
STALE_NS = 5 * NS
"""An older position is drawn with its age."""
RING_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class RecoveryPanel(Panel):
    """Follows the capsule and its assets until somebody pans or zooms."""

    id = "recovery"
    caption = QT_TRANSLATE_NOOP("RecoveryPanel", "Map")

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self._track = NO_TRACK
        self._asked: TrackQuery | None = None
        self._drawn: tuple[Any, ...] = ()
        self._follows = "all"
        self._fitted = (0, 0)
        """Size of the canvas that the view was last fitted to."""
        self.canvas = MapCanvas(self)
        self.canvas.setAccessibleName(self.name())
        self.canvas.moved.connect(self._let_go)
        self.canvas.fit_wanted.connect(lambda: self._follow("all"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.buttons = self._controls()

    def header_text(self) -> str:
        """Return where the map looks, and how it is projected."""
        longitude, latitude = self.canvas.centre
        return self.tr("Centre {0} {1} · azimuthal equidistant").format(
            minutes_text(latitude, "NS"), minutes_text(longitude, "EW")
        )

    def queries(self, view: DeskView | None) -> Sequence[Query]:
        """Ask for the way of the last orbit."""
        if view is None:
            return ()
        self._asked = track_query(view, TRACK_NS)
        return () if self._asked is None else (self._asked, *whereabouts_queries(view))

    def refresh(self, view: DeskView) -> None:
        """Draw what is known at the playhead."""
        self._view = view
        if self._asked is not None:
            self._track = view.tracks.get(self._asked, self._track)
        known = whereabouts(view)
        self._keep_in_sight(known)
        spots = self._spots(view, known)
        seen = self._seen(spots)
        if seen == self._drawn:
            return
        self._drawn = seen
        self.canvas.show_scene(self._scene(view, known, spots))
        self.canvas.setAccessibleDescription(
            " · ".join(f"{spot.name} {spot.words}".replace("\n", " · ") for spot in spots)
        )

    def save(self) -> dict[str, Any]:
        """Return where the map looks."""
        longitude, latitude = self.canvas.centre
        scale = self.canvas.metres_per_px
        return {"follows": self._follows, "longitude_deg": longitude, "latitude_deg": latitude, "m_px": scale}

    def restore(self, state: dict[str, Any]) -> None:
        """Bring back where the map looked."""
        self._follow(str(state.get("follows", "all")))
        try:
            place = float(state["longitude_deg"]), float(state["latitude_deg"])
            self.canvas.look_at(place, float(state["m_px"]))
        except (KeyError, TypeError, ValueError):
            self._follow("all")

    # inside

    def _seen(self, spots: Sequence[Spot]) -> tuple[Any, ...]:
        """Return what a picture depends on, places to a quarter of a pixel: the same needs no new one."""
        scale, track = self.canvas.metres_per_px, self._track
        step = 0.25 * scale / 111_000
        places = [(round(s.at[0] / step), round(s.at[1] / step), s.name, s.words, s.dim) for s in spots]
        return scale, theme.palette.name, theme.scale, len(track.t_ns), track.t_ns[-1:].tolist(), places

    def _scene(self, view: DeskView, known: Whereabouts, spots: Sequence[Spot]) -> Scene:
        p = theme.palette
        lines: list[Line] = []
        legend: list[tuple[str, Any, bool]] = []
        rings = []
        track, fix = self._track.until(view.instant_ns), known.fix
        in_space = fix is not None and fix.in_space
        if len(track.t_ns) > 1:
            colour = theme.curve(0)
            lines.append(_track_line(track, position_period_s(view.mission), colour))
            legend.append((self._track_text(track), colour, False))
        if fix is not None and known.assets:
            for each in known.assets:
                here = (each.at.longitude_deg, each.at.latitude_deg)
                along = geodesic(here, (fix.longitude_deg, fix.latitude_deg))
                lines.append(Line(*along, p.label, dashed=True, width=1.0))
            words = (
                self.tr("shortest way to the point below")
                if in_space
                else self.tr("shortest way to the capsule")
            )
            legend.append((words, p.label, True))
        if fix is not None and not in_space:
            rings = _rings(fix, self.canvas.metres_per_px * self.canvas.width())
        return Scene(lines, spots, rings, legend)

    def _spots(self, view: DeskView, known: Whereabouts) -> list[Spot]:
        spots: list[Spot] = []
        for each in known.assets:
            course = each.at.course_deg if each.at.moving else None
            place = (each.at.longitude_deg, each.at.latitude_deg)
            look = "aircraft" if each.asset.kind in ("aircraft", "helicopter", "drone") else "ship"
            name = localised(each.asset.title, each.asset.title_ja)
            spots.append(Spot(place, look, name, self._asset_words(view, known.fix, each), course))
        fix, vehicle = known.fix, known.vehicle
        if fix is not None and vehicle is not None:
            place = (fix.longitude_deg, fix.latitude_deg)
            look = "orbit" if fix.in_space else "capsule"
            name = localised(vehicle.title, vehicle.title_ja)
            spots.append(Spot(place, look, name, self._fix_words(view, known, fix), dim=known.old))
        for station in view.mission.stations:
            place = (station.longitude_deg, station.latitude_deg)
            spots.append(Spot(place, "station", localised(station.name, station.name_ja)))
        return spots

    def _asset_words(self, view: DeskView, fix: Fix | None, each: OnTheWay) -> str:
        way, lines = each.approach, []
        words = [] if way is None else [distance_text(way.range_m), f"{way.bearing_deg:03.0f}°"]
        if each.asset.speed_kn > 0:
            words.append(self.tr("{0} kn").format(f"{each.asset.speed_kn:g}"))
        lines.append(" · ".join(words))
        if way is not None and way.takes_s is not None and fix is not None and not fix.in_space:
            takes_ns = round(way.takes_s) * NS
            lines.append(
                self.tr("there in {0}, {1}").format(
                    span_text(takes_ns), time_text(view.instant_ns + takes_ns)
                )
            )
        since_ns = view.instant_ns - each.at.known_ns
        if not each.at.moving and since_ns > 60 * NS:
            lines.append(self.tr("last told {0} ago").format(span_text(since_ns)))
        return "\n".join(line for line in lines if line)

    def _fix_words(self, view: DeskView, known: Whereabouts, fix: Fix) -> str:
        height = f"{fix.altitude_m:,.0f} m".replace(",", "\u202f")
        if fix.in_space:
            height = distance_text(fix.altitude_m)
        words = f"GNSS {time_text(fix.t_ns)} · {height}"
        if view.instant_ns - fix.t_ns > STALE_NS:
            words += " · " + self.tr("{0} ago").format(span_text(view.instant_ns - fix.t_ns))
        if fix.in_space:
            words += "\n" + self.tr("in orbit: the point below it")
        if known.unused is not None:
            why = {"no fix": self.tr("no GNSS fix"), "implausible": self.tr("implausible")}[
                known.unused.doubt
            ]
            told = time_text(known.unused.t_ns)
            words += "\n" + self.tr("position of {0} not used: {1}").format(told, why)
        return words

    def _track_text(self, track: Track) -> str:
        if track.altitude_m[-1] > SPACE_ABOVE_M:
            return self.tr("point below the orbit, dot each 5 min")
        return self.tr("GNSS track, dot each minute")

    def _controls(self) -> dict[str, QToolButton]:
        row = QHBoxLayout()
        bar = QWidget(self)
        bar.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(4))
        made: dict[str, QToolButton] = {}
        for name, words in (
            ("all", self.tr("All")),
            ("capsule", self.tr("Capsule")),
            ("assets", self.tr("Ships")),
            ("in", "+"),
            ("out", "−"),
        ):
            button = QToolButton(bar)
            button.setText(words)
            button.setAccessibleName({"in": self.tr("Zoom in"), "out": self.tr("Zoom out")}.get(name, words))
            button.setCheckable(name not in ("in", "out"))
            row.addWidget(button)
            made[name] = button
        for name in ("all", "capsule", "assets"):
            made[name].clicked.connect(lambda _on=False, name=name: self._follow(name))
        made["in"].clicked.connect(lambda: self.canvas.zoom(0.64))
        made["out"].clicked.connect(lambda: self.canvas.zoom(1 / 0.64))
        bar.move(theme.px(8), theme.px(8))
        bar.adjustSize()
        self.canvas.covered = [bar.geometry().toRectF()]
        made["all"].setChecked(True)
        return made

    def _follow(self, what: str) -> None:
        self._follows = what
        for name in ("all", "capsule", "assets"):
            self.buttons[name].setChecked(name == what)
        if self._view is not None and what:
            self._fit(whereabouts(self._view))

    def _let_go(self) -> None:
        self._follow("")

    def _followed(self, known: Whereabouts) -> list[tuple[float, float]]:
        places = []
        if self._follows in ("all", "assets"):
            places += [(each.at.longitude_deg, each.at.latitude_deg) for each in known.assets]
        if self._follows in ("all", "capsule") and known.fix is not None:
            places.append((known.fix.longitude_deg, known.fix.latitude_deg))
        return places

    def _finest_m_px(self, known: Whereabouts) -> float:
        in_space = known.fix is not None and known.fix.in_space and self._follows != "assets"
        return 6_000.0 if in_space else 60.0

    def _fit(self, known: Whereabouts) -> None:
        self.canvas.fit(self._followed(known), self._finest_m_px(known))
        self._fitted = self.canvas.width(), self.canvas.height()

    def _keep_in_sight(self, known: Whereabouts) -> None:
        """Fit again where something followed leaves the sight, or has come so near that all is small."""
        places = self._followed(known)
        if not self._follows or not places or not self.isVisible():
            return
        _, scale = self.canvas.fitting(places, self._finest_m_px(known))
        if (
            self._fitted != (self.canvas.width(), self.canvas.height())
            or scale < 0.4 * self.canvas.metres_per_px
            or not all(map(self.canvas.shows, places))
        ):
            self._fit(known)


def _track_line(track: Track, period_s: float, colour: Any) -> Line:
    every_ns = (300 if track.altitude_m[-1] > SPACE_ABOVE_M else 60) * NS
    first = np.nonzero(np.diff(track.t_ns // every_ns))[0] + 1
    ticks = [(float(track.longitude_deg[i]), float(track.latitude_deg[i])) for i in first]
    breaks = track.breaks(period_s).tolist()
    return Line(track.longitude_deg, track.latitude_deg, colour, ticks=ticks, breaks=breaks)


def _rings(fix: Fix, wide_m: float) -> list[Any]:
    step = next((km for km in RING_KM if 3 * km * 1000 > 0.3 * wide_m), RING_KM[-1])
    return [
        (*circle(fix.longitude_deg, fix.latitude_deg, n * step * 1000.0), f"{n * step} km") for n in (1, 2, 3)
    ]
