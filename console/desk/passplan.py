"""What is predicted: passes and eclipses of every vehicle with an orbit, shared by all of a desk.

One UTC day of mission time at a time, in a thread of its own, and kept: the Qt thread never waits. What is
asked for and not there yet is begun, and ``changed`` tells when it came.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from console.desk.clockbar import Countdown
from console.desk.words import localised
from console.mission import Link, Mission, Station
from console.passes.orbit import DAY_NS, Orbit
from console.passes.predict import Pass, find_eclipses, find_passes, join_passes

log = logging.getLogger(__name__)

AHEAD_NS = DAY_NS
"""How far a desk looks ahead."""
DAYS_KEPT = 40
Eclipse = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day: passes in order of AOS, eclipses by vehicle, and why a vehicle has none."""

    passes: Sequence[Pass]
    eclipses: Mapping[str, Sequence[Eclipse]]
    problems: Mapping[str, str]


def predict_day(mission: Mission, number: int) -> Day:
    """Predict a day, counted from 1970-01-01; passes are cut at both ends of it."""
    t0_ns, t1_ns = number * DAY_NS, (number + 1) * DAY_NS
    passes: list[Pass] = []
    eclipses: dict[str, Sequence[Eclipse]] = {}
    problems: dict[str, str] = {}
    for vehicle in mission.vehicles:
        stations = [s for s in mission.stations if not s.vehicles or vehicle.id in s.vehicles]
        try:
            orbit = read_orbit(mission, vehicle.id)
            if orbit is not None:
                passes += find_passes(orbit, stations, t0_ns, t1_ns, vehicle.id)
                eclipses[vehicle.id] = find_eclipses(orbit, t0_ns, t1_ns)
        except ValueError as error:
            problems[vehicle.id] = str(error)
    return Day(sorted(passes, key=lambda p: p.aos_ns), eclipses, problems)


def read_orbit(mission: Mission, vehicle: str) -> Orbit | None:
    """Return a vehicle's orbit, None where the mission gives none; raise ``ValueError`` for a bad TLE."""
    name = next((v.orbit for v in mission.vehicles if v.id == vehicle), "")
    return Orbit.from_tle(mission.files[name].decode("utf-8", "replace")) if name else None


class PassPlan(QObject):
    """The passes of a mission, as far as somebody has asked for them; call it from the Qt thread."""

    changed = Signal()
    """More is known than before."""
    _made = Signal(int, object)

    def __init__(self, mission: Mission, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mission = mission
        self._days: dict[int, Day] = {}
        self._begun: set[int] = set()
        self._joined: dict[tuple[int, int], Sequence[Pass]] = {}
        self._orbits: dict[str, Orbit] = {}
        for vehicle in mission.vehicles:
            try:
                orbit = read_orbit(mission, vehicle.id)
            except ValueError as error:
                log.warning("vehicle %s: %s", vehicle.id, error)
                continue
            if orbit is not None:
                self._orbits[vehicle.id] = orbit
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="passes")
        self._made.connect(self._take)

    @property
    def predicts(self) -> bool:
        """Whether any vehicle has an orbit, and any station is there to see it."""
        return bool(self.mission.stations) and any(v.orbit for v in self.mission.vehicles)

    def between(self, t0_ns: int, t1_ns: int, vehicle: str = "", station: str = "") -> list[Pass]:
        """Return the passes that overlap two instants, by AOS; empty names: all vehicles, all stations.

        Passes at the ends are whole as far as the day before or after is known.
        """
        return [
            p
            for p in self._passes(t0_ns, t1_ns)
            if p.los_ns > t0_ns
            and p.aos_ns < t1_ns
            and vehicle in ("", p.vehicle)
            and station in ("", p.station)
        ]

    def eclipses(self, vehicle: str, t0_ns: int, t1_ns: int) -> list[Eclipse]:
        """Return when a vehicle is in the Earth's shadow, as (entry, exit), overlapping two instants."""
        whole: list[Eclipse] = []
        for number in self._ask(t0_ns, t1_ns):
            for entry, leave in self._days[number].eclipses.get(vehicle, ()):
                if whole and whole[-1][1] == entry:
                    whole[-1] = (whole[-1][0], leave)
                else:
                    whole.append((entry, leave))
        return [(entry, leave) for entry, leave in whole if leave > t0_ns and entry < t1_ns]

    def problems(self, t0_ns: int, t1_ns: int) -> dict[str, str]:
        """Return why a vehicle cannot be predicted between two instants, by vehicle."""
        found: dict[str, str] = {}
        for number in self._ask(t0_ns, t1_ns):
            for vehicle, words in self._days[number].problems.items():
                found.setdefault(vehicle, words)
        return found

    def known(self, t0_ns: int, t1_ns: int) -> bool:
        """Whether everything between two instants is predicted; what is not is begun."""
        return len(self._ask(t0_ns, t1_ns)) == len(_day_numbers(t0_ns, t1_ns)) or not self.predicts

    def orbit(self, vehicle: str) -> Orbit | None:
        """Return a vehicle's orbit, for the Qt thread alone."""
        return self._orbits.get(vehicle)

    def station(self, name: str) -> Station | None:
        """Return the station of that name."""
        return next((s for s in self.mission.stations if s.name == name), None)

    def link_of(self, chosen: Pass) -> Link | None:
        """Return the link whose frequency a pass is heard on: the station's own, or any of the vehicle."""
        links = [x for x in self.mission.links if x.vehicle == chosen.vehicle and x.frequency_mhz > 0]
        return next((x for x in links if x.station == chosen.station), links[0] if links else None)

    def leading(self, instant_ns: int) -> Pass | None:
        """Return the pass that matters most: one in progress, else the next one of the first vehicle."""
        coming = self.between(instant_ns, instant_ns + AHEAD_NS)
        present = [p for p in coming if p.holds(instant_ns)]
        if present:
            return min(present, key=self._rank)
        for vehicle in self.mission.vehicles:
            for each in coming:
                if each.vehicle == vehicle.id:
                    return each
        return None

    def countdowns(self, instant_ns: int) -> list[Countdown]:
        """Return what comes next of the leading vehicle: LOS of the present pass, then the next AOS."""
        lead = self.leading(instant_ns)
        if lead is None:
            return []
        found = []
        if lead.holds(instant_ns):
            found.append(Countdown(self.tr("LOS {0}").format(self._where(lead)), lead.los_ns))
        coming = self.between(instant_ns, instant_ns + AHEAD_NS, lead.vehicle)
        later = next((p for p in coming if p.aos_ns > instant_ns), None)
        if later is not None:
            found.append(Countdown(self.tr("AOS {0}").format(self._where(later)), later.aos_ns))
        return found

    def vehicle_title(self, vehicle: str) -> str:
        """Return what an operator calls a vehicle."""
        titles = {v.id: localised(v.title, v.title_ja) for v in self.mission.vehicles}
        return titles.get(vehicle, vehicle)

    def station_title(self, name: str) -> str:
        """Return what an operator calls a station."""
        found = self.station(name)
        return name if found is None else localised(found.name, found.name_ja)

    def stop(self) -> None:
        """End the thread; nothing more comes."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _where(self, each: Pass) -> str:
        """Return the station, and the vehicle where it is not the mission's first."""
        place = self.station_title(each.station)
        if each.vehicle == self.mission.vehicles[0].id:
            return place
        return f"{place} · {self.vehicle_title(each.vehicle)}"

    def _rank(self, each: Pass) -> tuple[int, bool, float]:
        """Return what orders passes in progress: by vehicle, then where a link listens, then by height."""
        vehicles = [v.id for v in self.mission.vehicles]
        heard = any((x.vehicle, x.station) == (each.vehicle, each.station) for x in self.mission.links)
        return vehicles.index(each.vehicle), not heard, -each.max_elevation_deg

    def _passes(self, t0_ns: int, t1_ns: int) -> Sequence[Pass]:
        numbers = self._ask(t0_ns, t1_ns)
        key = (t0_ns // DAY_NS, t1_ns // DAY_NS)
        if key not in self._joined:
            self._joined[key] = join_passes([p for n in numbers for p in self._days[n].passes])
        return self._joined[key]

    def _ask(self, t0_ns: int, t1_ns: int) -> list[int]:
        """Return the days between two instants that are there; begin the others."""
        wanted = _day_numbers(t0_ns, t1_ns)
        for number in wanted:
            if number not in self._begun and self.predicts:
                self._begun.add(number)
                try:
                    future = self._worker.submit(predict_day, self.mission, number)
                    future.add_done_callback(partial(self._done, number))
                except RuntimeError:
                    log.debug("day %d is asked for after the end", number)
        return [number for number in wanted if number in self._days]

    def _done(self, number: int, future: Future[Day]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            log.error("passes of day %d", number, exc_info=error)
        else:
            self._made.emit(number, future.result())

    def _take(self, number: int, day: Day) -> None:
        while len(self._days) >= DAYS_KEPT:
            far = max(self._days, key=lambda each: abs(each - number))
            del self._days[far]
            self._begun.discard(far)
        self._days[number] = day
        self._joined.clear()
        self.changed.emit()


def _day_numbers(t0_ns: int, t1_ns: int) -> range:
    """Return the days that two instants span, as many as are kept."""
    first = t0_ns // DAY_NS
    return range(first, min(t1_ns // DAY_NS, first + DAYS_KEPT - 1) + 1)
