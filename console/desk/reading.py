"""The desk's one reader thread: asks the archive at the playhead and delivers views by a queued signal.

The Qt thread never touches SQLite. One request is under way at a time; the display timer asks
again when the answer came, so a slow disk makes the picture slower and nothing else.
"""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal

from console.archive.errors import unreadable
from console.archive.reader import ArchiveReader
from console.archive.shapes import Extent, Point, Session
from console.desk.tracecache import Known, TraceCache
from console.desk.view import (
    CoverageQuery,
    DeskView,
    History,
    HistoryQuery,
    PointQuery,
    Query,
    TraceQuery,
    TrackQuery,
)
from console.mission import Mission
from console.playhead import Position
from decoders.engineering import context_names
from decoders.shapes import NO_TIME

if TYPE_CHECKING:
    from console.recovery.track import Track

log = logging.getLogger(__name__)

WAIT_FOR_ARCHIVE_S = 10.0
SLOW_PART_NS = 250_000_000
"""Alarms, links and the log are read again after this time even if no packet came."""
LOG_SHOWN = 500
COVERAGE_NS = 1_000_000_000
PHASE_SEEN_NS = 5_000_000_000
"""A playhead that moved farther between two views may have passed over a whole phase."""


@dataclass(frozen=True, slots=True)
class Request:
    """What one view must hold."""

    position: Position
    queries: Sequence[Query] = ()


@dataclass(slots=True)
class _SlowPart:
    """What changes slowly and is kept between two views."""

    key: tuple[int, bool] = (-1, False)
    instant_ns: int = 0
    read_at_ns: int = 0
    latest: dict[str, Any] = field(default_factory=dict)
    alarms: Sequence[Any] = ()
    links: dict[str, Any] = field(default_factory=dict)
    log: Sequence[Any] = ()
    phase: tuple[int, int] | None = None


class Reading(QObject):
    """The Qt side: ``request`` in, ``view_ready`` out. Signals arrive in the thread that made it."""

    opened = Signal(object, object, object)
    """mission, session, extent: the archive can be read"""
    view_ready = Signal(object, object)
    """DeskView and the Position it was read at"""
    waiting = Signal(str)
    """words about what is waited for, or what went wrong and is tried again"""
    refused = Signal(str)
    """this file will not do; nothing more comes"""

    def __init__(self, path: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path
        self.refusal = ""
        """Why this file will not do; set before anybody is told, so that an end told meanwhile knows it."""
        self._inbox: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._thread = _Thread(path, self._inbox, self)
        self._busy = False
        self.view_ready.connect(self._free)
        self.waiting.connect(self._free)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._busy

    def start(self) -> None:
        """Start the thread; it opens the archive first."""
        self._thread.start()

    def request(self, request: Request) -> bool:
        """Ask for a view; False (and nothing asked) while an answer is still to come."""
        if self._busy or not self._thread.isRunning():
            return False
        self._busy = True
        self._inbox.put(request)
        return True

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._thread.requestInterruption()
        self._inbox.put(None)
        self._thread.wait(5000)

    def _free(self, *_args: object) -> None:
        self._busy = False


class _Thread(QThread):
    def __init__(self, path: str, inbox: queue.SimpleQueue[Request | None], out: Reading) -> None:
        super().__init__(out)
        self._path, self._inbox, self._out = path, inbox, out

    def run(self) -> None:
        reader = self._open()
        if reader is None:
            return
        told = ""
        try:
            views = ViewMaker(reader, self._path)
            self._out.opened.emit(views.mission, views.session, reader.extent())
            while (request := self._inbox.get()) is not None:
                try:
                    view, position = views.make(request)
                except Exception as error:  # one question that fails must not end the desk
                    words = _words(error)
                    if words != told:  # what stays wrong is tried five times a second
                        log.warning("view not read: %s", words, exc_info=True)
                    told = words
                    self._out.waiting.emit(words)
                    self.msleep(200)
                else:
                    told = ""
                    self._out.view_ready.emit(view, position)
        except Exception as error:
            self._out.refusal = f"{type(error).__name__}: {error}"
            log.exception("reader stopped")
            self._out.refused.emit(self._out.refusal)
        finally:
            reader.close()

    def _open(self) -> ArchiveReader | None:
        """Open the archive; a recorder may still be making it, so wait and say so."""
        began = time.monotonic()
        while not self.isInterruptionRequested():
            try:
                reader = ArchiveReader(self._path)
                reader.mission()
                return reader
            except Exception as error:
                missing = not os.path.exists(self._path)
                if time.monotonic() - began > WAIT_FOR_ARCHIVE_S or _final(error):
                    self._out.refusal = str(error) or type(error).__name__
                    log.warning("archive not opened: %s", error)
                    self._out.refused.emit(self._out.refusal)
                    return None
                self._out.waiting.emit("" if missing else str(error))
                self.msleep(100)
        return None


def _words(error: Exception) -> str:
    """Say what went wrong with a view, where a damaged file is to blame in words that tell what to do."""
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return unreadable(error)
    return f"{type(error).__name__}: {error}"


def _final(error: Exception) -> bool:
    """Whether waiting cannot mend it: another program's file, a later version, no right to read."""
    return isinstance(error, PermissionError | IsADirectoryError) or getattr(error, "final", False)


class ViewMaker:
    """Reads views from an archive, in the thread that made it; no Qt here."""

    def __init__(self, reader: ArchiveReader, path: str, clock: Callable[[], int] = time.time_ns) -> None:
        self._reader, self._path, self._clock = reader, path, clock
        self.mission: Mission = reader.mission()
        self.session: Session = reader.session()
        self._packets = [p.name for p in self.mission.packets]
        self._slow = _SlowPart()
        self._growth: deque[tuple[int, int]] = deque()
        self._traces = TraceCache(reader, self.session.mission_offset_ns)
        self._covered: dict[CoverageQuery, tuple[int, Sequence[tuple[int, int]]]] = {}
        self._tracks: dict[TrackQuery, tuple[int, int, Track]] = {}
        self._happened: dict[HistoryQuery, tuple[int, History]] = {}
        phases = self.mission.phases
        self._phase_parameter = self._phase_packet = ""
        if phases is not None:
            packet, parameter = self.mission.home(phases.parameter)
            # Phases are told by whole numbers, one at a time; of anything else none is told.
            if parameter.data_type in ("uint", "int") and parameter.array_length is None:
                self._phase_packet, self._phase_parameter = packet.name, parameter.name

    def make(self, request: Request) -> tuple[DeskView, Position]:
        """Read one view; return it with the position it stands at (record and instant filled in)."""
        reader, offset, position = self._reader, self.session.mission_offset_ns, request.position
        extent = reader.extent()
        record, instant = self._find(position, extent, offset)
        upto = extent.last_record if position.as_known_now else record
        slow = self._slow_part(record, position, instant)
        known = Known(upto, instant, position.as_known_now)
        traces = self._traces.get((q for q in request.queries if isinstance(q, TraceQuery)), known)
        coverage: dict[CoverageQuery, Sequence[tuple[int, int]]] = {}
        histories: dict[HistoryQuery, History] = {}
        tracks: dict[TrackQuery, Track] = {}
        points: dict[PointQuery, Point | None] = {}
        for query in request.queries:
            if isinstance(query, HistoryQuery):
                histories[query] = self._history(query, extent.last_record, offset)
            elif isinstance(query, PointQuery):
                points[query] = self._point(query, upto, offset)
            elif isinstance(query, TrackQuery):
                tracks[query] = self._track(query, upto, offset)
            elif isinstance(query, CoverageQuery) and query not in coverage:
                coverage[query] = self._coverage(query, offset)
        now = self._clock()
        newest = reader.newest_record()
        view = DeskView(
            mission=self.mission,
            session=self.session,
            extent=extent,
            mode=position.mode,
            speed=position.speed,
            as_known_now=position.as_known_now,
            record=record,
            instant_ns=instant,
            now_ns=now + offset,
            latest=slow.latest,
            alarms=slow.alarms,
            links=slow.links,
            log=slow.log,
            phase=slow.phase,
            traces=traces,
            coverage=coverage,
            histories=histories,
            tracks=tracks,
            points=points,
            rate_packets_s=self._rate(now, extent.last_record),
            behind_ns=max(0, now - newest[2]) if newest and newest[2] else 0,
            archive_path=self._path,
            archive_octets=_size(self._path),
            in_place=reader.in_place(),
        )
        return view, replace(position, record=record, instant_ns=instant)

    def _find(self, position: Position, extent: Extent, offset: int) -> tuple[int, int]:
        reader = self._reader
        if position.mode == "live":
            return extent.last_record, position.instant_ns
        record = position.record
        if record is None:
            record = reader.record_at(position.instant_ns - offset)
        if not position.step:
            return record, position.instant_ns
        record = reader.step(record, position.step)
        return record, reader.reception_of(record) + offset

    def _slow_part(self, record: int, position: Position, instant: int) -> _SlowPart:
        key, now = (record, position.as_known_now), time.monotonic_ns()
        slow, reader = self._slow, self._reader
        fresh = now - slow.read_at_ns < SLOW_PART_NS
        if key == slow.key and fresh:
            return slow
        live = position.mode == "live"
        changed = key != slow.key
        latest = reader.latest(self._packets, record) if changed else slow.latest
        if live and fresh and slow.key[0] >= 0:
            again = replace(slow, key=key, instant_ns=instant, latest=latest)
            again.phase = self._phase(again, slow, record, instant)
            self._slow = again
            return again
        again = _SlowPart(
            key,
            instant,
            now,
            latest,
            reader.alarms(record),
            dict(reader.link_statuses(record)),
            reader.log(record, LOG_SHOWN),
        )
        again.phase = self._phase(again, slow, record, instant)
        self._slow = again
        return again

    def _phase(self, now: _SlowPart, before: _SlowPart, record: int, instant: int) -> tuple[int, int] | None:
        row = now.latest.get(self._phase_packet)
        value = None if row is None else row.raw.get(self._phase_parameter)
        if not isinstance(value, int):
            return None
        seen = record >= before.key[0] and 0 <= instant - before.instant_ns <= PHASE_SEEN_NS
        if before.phase is not None and before.phase[0] == value and seen:
            return before.phase
        return value, self._phase_since(value, record, instant)

    def _phase_since(self, value: int, record: int, instant: int) -> int:
        """Return when the phase began as far as the archive tells, 0 where it does not."""
        try:
            changes = self._reader.phases(0, instant, record)
        except (sqlite3.Error, LookupError, ValueError, TypeError) as error:
            log.debug("phases not read: %s", error)
            return 0
        since = 0
        for change in changes:
            since = change.at_ns if change.value == value else 0
        return since

    def _coverage(self, query: CoverageQuery, offset: int) -> Sequence[tuple[int, int]]:
        now = time.monotonic_ns()
        at, kept = self._covered.get(query, (0, ()))
        if at and now - at < COVERAGE_NS:
            return kept
        if len(self._covered) > 100:
            self._covered.clear()
        found = self._reader.coverage(query.link, query.t0_ns - offset, query.t1_ns - offset)
        kept = [(int(a) + offset, int(b) + offset) for a, b in found]
        self._covered[query] = (now, kept)
        return kept

    def _point(self, query: PointQuery, upto: int, offset: int) -> Point | None:
        shift = offset if query.axis == "reception" else 0
        found = self._reader.point(
            query.packet,
            query.parameter,
            query.t_ns - shift,
            within_ns=query.within_ns,
            upto_record=upto,
            axis=query.axis,
        )
        return replace(found, t_ns=found.t_ns + shift) if found is not None and shift else found

    def _track(self, query: TrackQuery, upto: int, offset: int) -> Track:
        from console.recovery.track import NO_TRACK, track_of  # PROJ is loaded where a map is open

        now = time.monotonic_ns()
        at, kept_upto, kept = self._tracks.get(query, (0, 0, NO_TRACK))
        if at and kept_upto <= upto and now - at < COVERAGE_NS:
            return kept
        if len(self._tracks) > 20:
            self._tracks.clear()
        vehicle = next((v for v in self.mission.vehicles if v.id == query.vehicle), None)
        track = NO_TRACK
        if vehicle is not None and vehicle.position_ecef_m:
            packet, _ = self.mission.home(vehicle.position_ecef_m[0])
            names = [*vehicle.position_ecef_m, *([vehicle.gnss_fix] if vehicle.gnss_fix else [])]
            contexts = (context_names(packet, packet.parameter(name)) for name in vehicle.position_ecef_m)
            names += set().union(*contexts) - set(names)
            rows = self._reader.sampled(packet.name, names, query.t0_ns - offset, query.t1_ns - offset, upto)
            untimed = rows.generation_ns == NO_TIME
            times = np.where(untimed, rows.reception_ns + offset, rows.generation_ns)
            track = track_of(self.mission, vehicle, rows.raw, times)
        self._tracks[query] = (now, upto, track)
        return track

    def _history(self, query: HistoryQuery, last_record: int, offset: int) -> History:
        now = time.monotonic_ns()
        at, kept = self._happened.get(query, (0, History()))
        if at and now - at < COVERAGE_NS:
            return kept
        if len(self._happened) > 20:
            self._happened.clear()
        t0, t1 = query.t0_ns, query.t1_ns
        history = History(
            self._reader.phases(t0, t1, last_record) if self._phase_packet else (),
            self._reader.alarm_transitions(t0 - offset, t1 - offset),
            [note for note in self._reader.notes() if t0 <= note.at_ns <= t1],
        )
        history = kept if history == kept else history
        self._happened[query] = (now, history)
        return history

    def _rate(self, now: int, last_record: int) -> float:
        growth = self._growth
        growth.append((now, last_record))
        while len(growth) > 2 and now - growth[0][0] > 3_000_000_000:
            growth.popleft()
        passed = now - growth[0][0]
        return max(0.0, (last_record - growth[0][1]) / (passed / 1e9)) if passed > 200_000_000 else 0.0


def _size(path: str) -> int:
    total = 0
    for name in (path, path + "-wal"):
        try:
            total += os.path.getsize(name)
        except OSError:
            continue
    return total
