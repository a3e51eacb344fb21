"""Which vehicles are out of contact at the shown instant: one state for a link instead of 400 stale marks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from console.desk.clocks import span_text, time_text
from console.desk.view import DeskView
from console.desk.words import localised
from console.mission import Link, Mission

if TYPE_CHECKING:
    from console.desk.passplan import PassPlan

SILENT_PERIODS = 3.0
LEAST_SILENCE_NS = 2_000_000_000
"""Shorter than this nothing is called silence: reading and writing take their time too."""
AHEAD_NS = 86_400_000_000_000


@dataclass(frozen=True, slots=True)
class Silence:
    """A vehicle that nothing comes from; ``since_ns`` is mission time, ``None`` where nothing ever came."""

    vehicle: str
    since_ns: int | None


def silences(view: DeskView) -> dict[str, Silence]:
    """Return the silent vehicles of a view by id.

    Silent is a vehicle whose newest packet of any type is older than three of its shortest period.
    A vehicle none of whose packets tells a period is silent only while nothing ever came.
    """
    found: dict[str, Silence] = {}
    for vehicle, periods in _periods(view.mission).items():
        newest = [
            view.latest[packet.name].reception_ns
            for packet in view.mission.packets
            if packet.vehicle == vehicle and packet.name in view.latest
        ]
        if not newest:
            found[vehicle] = Silence(vehicle, None)
            continue
        since_ns = view.mission_time(max(newest))
        if periods and view.instant_ns - since_ns > silence_after_ns(min(periods)):
            found[vehicle] = Silence(vehicle, since_ns)
    return found


def silence_after_ns(period_s: float) -> int:
    """Return how long nothing may come before it is called silence."""
    return max(LEAST_SILENCE_NS, round(SILENT_PERIODS * period_s * 1e9))


def links_of(mission: Mission, vehicles: Iterable[str]) -> list[Link]:
    """Return the links that the vehicles are heard on."""
    wanted = set(vehicles)
    return [link for link in mission.links if link.vehicle in wanted]


def silence_text(view: DeskView, silence: Silence, plan: PassPlan | None = None) -> str:
    """Return the one line that stands for the link: since when nothing comes, and when that should end.

    ``plan`` tells the next AOS at a station that has a link of the vehicle; where a pass is in progress
    already its AOS is told, because then somebody has to look.
    """
    links, now_ns = links_of(view.mission, [silence.vehicle]), view.instant_ns
    titles = [localised(link.title, link.title_ja) for link in links]
    stations = {link.station for link in links}
    coming = [] if plan is None else plan.between(now_ns, now_ns + AHEAD_NS, silence.vehicle)
    aos_ns = next((p.aos_ns for p in coming if p.station in stations), None)
    if silence.since_ns is None:
        words = QCoreApplication.translate("Contact", "nothing received yet")
    else:
        since = time_text(silence.since_ns)
        words = QCoreApplication.translate("Contact", "no contact since {0}").format(since)
    if aos_ns is not None and aos_ns > now_ns:
        more = QCoreApplication.translate("Contact", "AOS {0}").format(time_text(aos_ns))
    elif aos_ns is not None:
        more = QCoreApplication.translate("Contact", "AOS was {0}").format(time_text(aos_ns))
    else:
        more = "" if silence.since_ns is None else span_text(now_ns - silence.since_ns)
    return " · ".join(x for x in [*titles, words, more] if x)


def uncovered(
    covered: Iterable[tuple[int, int]], t0_ns: int, t1_ns: int, least_ns: int
) -> list[tuple[int, int]]:
    """Return the stretches that no interval covers and that are longer than ``least_ns``, cut to a range.

    What lies before the range is not known: a stretch at its begin counts from there.
    """
    left: list[tuple[int, int]] = []
    reached = t0_ns
    for start, end in sorted(covered):
        if start - reached > least_ns:
            left.append((reached, min(start, t1_ns)))
        reached = max(reached, end)
        if reached >= t1_ns:
            return left
    if t1_ns - reached > least_ns:
        left.append((reached, t1_ns))
    return left


def _periods(mission: Mission) -> dict[str, list[float]]:
    periods: dict[str, list[float]] = {}
    for packet in mission.packets:
        own = periods.setdefault(packet.vehicle, [])
        if packet.period_s:
            own.append(packet.period_s)
    return periods
