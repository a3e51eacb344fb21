"""The map of the recovery: the capsule's GNSS track, ships and aircraft on their way, stations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from console.desk import theme
from console.desk.clocks import span_text, time_text
from console.desk.geotext import distance_text, minutes_text
from console.desk.mapping import Line, MapCanvas, Scene, Spot
from console.desk.panel import Desk, Panel
from console.desk.view import DeskView, Query, TrackQuery
from console.desk.whereabouts import Whereabouts, whereabouts
from console.desk.words import localised
from console.recovery.assets import circle, geodesic
from console.recovery.track import Fix, Track

NS = 1_000_000_000
TRACK_NS = 100 * 60 * NS
"""So long a way back is drawn: a little more than one orbit."""
STEP_NS = 30 * NS
RING_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class RecoveryPanel(Panel):
    """Follows the capsule and its assets until somebody pans or zooms."""

    id = "recovery"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._view: DeskView | None = None
        self._track: Track | None = None
        self._follows = "all"
        self.canvas = MapCanvas(self)
        self.canvas.setAccessibleName(self.tr("Map"))
        self.canvas.moved.connect(self._let_go)
        self.canvas.fit_wanted.connect(lambda: self._follow("all"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self.buttons = self._controls()

    def title(self) -> str:
        """Return the title of the tab."""
        return self.tr("Map")

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
        end = (view.instant_ns // STEP_NS + 1) * STEP_NS
        vehicle = next((v for v in view.mission.vehicles if v.position_ecef_m), None)
        return () if vehicle is None else (TrackQuery(vehicle.id, end - TRACK_NS, end),)

    def refresh(self, view: DeskView) -> None:
        """Draw what is known at the playhead."""
        self._view = view
        for query, track in view.tracks.items():
            if query in self.queries(view):
                self._track = track
        known = whereabouts(view)
        self.canvas.show_scene(self.scene(view, known))
        self._keep_in_sight(known)
        self.canvas.setAccessibleDescription(
            " · ".join(f"{spot.name} {spot.words}" for spot in self.canvas.scene.spots)
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

    def scene(self, view: DeskView, known: Whereabouts) -> Scene:
        """Return what is drawn of a view."""
        p = theme.palette
        lines: list[Line] = []
        legend: list[tuple[str, Any, bool]] = []
        rings = []
        track, fix = self._track, known.fix
        in_space = fix is not None and fix.in_space
        if track is not None and len(track.t_ns) > 1:
            colour = theme.curve(0)
            lines.append(_track_line(track, colour))
            legend.append((self._below_text(in_space), colour, False))
        usable = fix is not None and not fix.doubt
        if fix is not None and usable and known.assets:
            for each in known.assets:
                here = (each.at.longitude_deg, each.at.latitude_deg)
                along = geodesic(here, (fix.longitude_deg, fix.latitude_deg))
                lines.append(Line(*along, p.label, dashed=True, width=1.0))
            legend.append((self.tr("shortest way to the capsule"), p.label, True))
        if fix is not None and usable and not in_space:
            rings = _rings(fix, self.canvas.metres_per_px * self.canvas.width())
        return Scene(lines, self._spots(view, known), rings, legend)

    # inside

    def _spots(self, view: DeskView, known: Whereabouts) -> list[Spot]:
        spots: list[Spot] = []
        for each in known.assets:
            words = []
            if each.approach is not None:
                words.append(distance_text(each.approach.range_m))
            words.append(self.tr("{0} kn").format(f"{each.asset.speed_kn:g}"))
            if not each.at.moving and view.instant_ns - each.at.known_ns > 60 * NS:
                words.append(
                    self.tr("last told {0} ago").format(span_text(view.instant_ns - each.at.known_ns))
                )
            course = each.at.course_deg if each.at.moving else None
            place = (each.at.longitude_deg, each.at.latitude_deg)
            look = "aircraft" if each.asset.kind in ("aircraft", "helicopter", "drone") else "ship"
            name = localised(each.asset.title, each.asset.title_ja)
            spots.append(Spot(place, look, name, " · ".join(words), course))
        fix, vehicle = known.fix, known.vehicle
        if fix is not None and vehicle is not None and fix.latitude_deg == fix.latitude_deg:
            place = (fix.longitude_deg, fix.latitude_deg)
            look = "orbit" if fix.in_space else "capsule"
            name = localised(vehicle.title, vehicle.title_ja)
            spots.append(Spot(place, look, name, self._fix_words(view, fix), dim=bool(fix.doubt)))
        for station in view.mission.stations:
            place = (station.longitude_deg, station.latitude_deg)
            spots.append(Spot(place, "station", localised(station.name, station.name_ja)))
        return spots

    def _fix_words(self, view: DeskView, fix: Fix) -> str:
        if fix.doubt:
            why = {"no fix": self.tr("no GNSS fix"), "implausible": self.tr("implausible")}[fix.doubt]
            return self.tr("position not used: {0}").format(why)
        height = f"{fix.altitude_m:,.0f} m".replace(",", "\u202f")
        if fix.in_space:
            height = distance_text(fix.altitude_m)
        words = f"GNSS {time_text(fix.t_ns)} · {height}"
        if view.instant_ns - fix.t_ns > 5 * NS:
            words += " · " + self.tr("{0} ago").format(span_text(view.instant_ns - fix.t_ns))
        return words

    def _below_text(self, in_space: bool) -> str:
        if in_space:
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
        if self._follows in ("all", "capsule") and known.fix is not None and not known.fix.doubt:
            places.append((known.fix.longitude_deg, known.fix.latitude_deg))
        return places

    def _fit(self, known: Whereabouts) -> None:
        in_space = known.fix is not None and known.fix.in_space and self._follows != "assets"
        self.canvas.fit(self._followed(known), 6_000.0 if in_space else 60.0)

    def _keep_in_sight(self, known: Whereabouts) -> None:
        """Fit again where something followed leaves the sight, or has come so near that all is small."""
        places = self._followed(known)
        if not self._follows or not places or not self.isVisible():
            return
        if self.property("fitted") != [self.width(), self.height()] or not all(
            map(self.canvas.shows, places)
        ):
            self._fit(known)
            self.setProperty("fitted", [self.width(), self.height()])


def _track_line(track: Track, colour: Any) -> Line:
    space = bool(track.altitude_m[-1] > 120_000)
    every_ns = (300 if space else 60) * NS
    first = np.nonzero(np.diff(track.t_ns // every_ns))[0] + 1
    ticks = [(float(track.longitude_deg[i]), float(track.latitude_deg[i])) for i in first]
    return Line(track.longitude_deg, track.latitude_deg, colour, ticks=ticks)


def _rings(fix: Fix, wide_m: float) -> list[Any]:
    step = next((km for km in RING_KM if 3 * km * 1000 > 0.3 * wide_m), RING_KM[-1])
    return [
        (*circle(fix.longitude_deg, fix.latitude_deg, n * step * 1000.0), f"{n * step} km") for n in (1, 2, 3)
    ]
