"""The recorder: links → Decoder → archive and alarms, in a process that never draws.

One thread a link only takes bytes from its socket. The main thread takes them from memory every
50 ms, decodes, writes, judges limits and commits, so that what has come is on disk within 250 ms.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.ma

from console import runlog
from console.alarms import AlarmEngine
from console.archive.errors import ArchiveError, ArchiveNotReady
from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from console.linkchannel import LinkChannel, unusable
from console.links import make_link
from console.links.base import Link
from console.links.framing import link_format, packets_of
from console.links.receiver import MEMORY_OCTETS, Notice, Receiver
from console.linkwatch import LinkWatch
from console.mission import Mission
from console.phasewatch import PhaseWatch
from decoders.derived import Derived
from decoders.mission.model import CONTROL_WORD_APID
from decoders.pipeline import Decoder
from decoders.sequence import PacketMemory
from decoders.shapes import Decoded

TURN_S = 0.05
STATUS_S = 1.0
RETRY_STORING_S = 1.0
RETRY_RESCUE_S = 10.0
CLOCK_STEP_NS = 500_000_000


@dataclass(frozen=True, slots=True)
class Summary:
    """What a recording brought: counts over all links of this run."""

    octets: int = 0
    received: int = 0
    packets: int = 0
    """Packets with values."""
    stored: int = 0
    frames_bad: int = 0
    frames_missing: int = 0
    packets_bad: int = 0
    packets_missing: int = 0
    passed_over: int = 0
    """Octets of streams and files in no frame and no packet."""
    dropped: int = 0
    links_failed: tuple[str, ...] = ()
    unstored_octets: int = 0
    """What was received and is in memory still, because the disk did not take it to the end."""
    archive_lost: bool = False
    """Whether the archive was moved or deleted and could not be copied to its place."""

    @property
    def damaged(self) -> bool:
        """Whether something was lost or could not be used."""
        return bool(
            self.frames_bad
            or self.frames_missing
            or self.packets_bad
            or self.packets_missing
            or self.passed_over
            or self.dropped
            or self.links_failed
            or self.unstored_octets
            or self.archive_lost
        )


class Recorder:
    """Records the links of a mission into one archive until it is told to stop."""

    def __init__(
        self,
        mission: Mission,
        archive: Path,
        *,
        kind: str = "live",
        mission_offset_ns: int = 0,
        folder: Path | None = None,
        links: Sequence[Link] | None = None,
        clock: Callable[[], int] = time.time_ns,
        memory_octets: int = MEMORY_OCTETS,
    ) -> None:
        """Open the archive; raises ``ArchiveError`` where that cannot be.

        ``links`` stand in for the mission's own, in their order; ``folder`` is the mission's.
        """
        self._mission, self._path, self._clock = mission, archive, clock
        self._kind, self._offset_ns = kind, mission_offset_ns
        self._resume = _octets_read_before(archive)
        self._open_archive()
        self._channels = list(self._make_channels(links, folder, memory_octets))
        self._stored = 0
        self._notices: list[Notice] = [runlog.began(archive, clock())]
        self._storing_failed_s: float | None = None
        self._rescue_failed_s: float | None = None
        self._next_status_s = 0.0
        self._wall_less_monotonic_ns = time.time_ns() - time.monotonic_ns()

    @property
    def path(self) -> Path:
        """The archive: the one asked for, or its copy where that was moved or deleted."""
        return self._path

    @property
    def links(self) -> list[Link]:
        """The links, in the mission's order."""
        return [channel.receiver.link for channel in self._channels]

    def run(self, stop: threading.Event, ready: Callable[[], None] | None = None) -> Summary:
        """Record until ``stop`` is set or every link has ended; ``ready`` is called once all are open."""
        for channel in self._channels:
            channel.receiver.start()
        for channel in self._channels:
            channel.receiver.tried.wait(5.0)
        if ready is not None:
            ready()
        try:
            while not stop.is_set() and not self._all_ended():
                started_s = time.monotonic()
                self._turn()
                stop.wait(max(0.0, TURN_S - (time.monotonic() - started_s)))
        finally:
            self._finish()
        return self.summary()

    def summary(self) -> Summary:
        """Return what this run brought so far."""
        counters = [channel.decoder.counters for channel in self._channels]
        return Summary(
            octets=sum(c.decoder.counters.octets + c.receiver.waiting_octets for c in self._channels),
            received=sum(
                each.packets
                + each.packets_bad
                + each.packets_truncated
                + each.packets_unknown
                + each.packets_duplicate
                for each in counters
            ),
            packets=sum(each.packets for each in counters),
            stored=self._stored,
            frames_bad=sum(each.frames_bad for each in counters),
            frames_missing=sum(each.frames_missing for each in counters),
            packets_bad=sum(each.packets_bad for each in counters),
            packets_missing=sum(each.packets_missing for each in counters),
            passed_over=sum(
                max(0, c.decoder.counters.octets_passed_over - c.unfinished_octets) for c in self._channels
            ),
            dropped=sum(c.receiver.link.dropped + c.receiver.discarded for c in self._channels),
            links_failed=tuple(c.settings.id for c in self._channels if c.receiver.link.state == "failed"),
            unstored_octets=sum(
                c.receiver.waiting_octets
                + sum((d.frames if len(d.frames) else d.packets).data.nbytes for d in c.pending)
                for c in self._channels
            ),
            archive_lost=self._rescue_failed_s is not None,
        )

    def _make_channels(
        self, links: Sequence[Link] | None, folder: Path | None, memory_octets: int
    ) -> Iterable[LinkChannel]:
        memory = PacketMemory()  # one for all: a packet relayed on another link is known as a duplicate
        derived = Derived(self._mission.packets)
        phase = PhaseWatch(self._mission, _phase_before(self._path, self._mission))
        for i, settings in enumerate(self._mission.links):
            link = links[i] if links else make_link(settings, folder, self._resume.get(settings.id, 0))
            packets = packets_of(self._mission, settings, self._mission.packets)
            decoder = Decoder(link_format(self._mission, settings), packets, memory, derived)
            yield LinkChannel(
                settings,
                Receiver(settings.id, link, memory_octets),
                decoder,
                LinkWatch(decoder, live=link.live),
                phase,
                resumed_octets=self._resume.get(settings.id, 0) if settings.kind == "file" else 0,
            )

    def _open_archive(self) -> ArchiveWriter:
        writer = ArchiveWriter(self._path, self._mission, kind=self._kind, mission_offset_ns=self._offset_ns)
        self._writer: ArchiveWriter | None = writer
        self._alarms = AlarmEngine(self._mission.packets, self._clock, _standing(self._path))
        for change in self._alarms.close_orphans(writer.newest_record):
            writer.alarm(**asdict(change))
        return writer

    def _all_ended(self) -> bool:
        return all(each.receiver.ended and not each.receiver.waiting_octets for each in self._channels)

    def _turn(self) -> None:
        """Take, decode, write, judge and commit once; while the disk takes nothing, only try that again."""
        if self._storing_failed_s is None:
            for channel in self._channels:
                channel.take(self._clock())
        elif time.monotonic() - self._storing_failed_s < RETRY_STORING_S:
            return
        self._watch_clock()
        self._store()

    def _finish(self) -> None:
        """Take what the sockets still hold, and leave one complete file."""
        for channel in self._channels:
            channel.receiver.stop()
        for channel in self._channels:
            channel.receiver.join(5.0)
        waiting = True
        while waiting:
            for channel in self._channels:
                channel.take(self._clock())
            waiting = any(channel.receiver.waiting_octets for channel in self._channels)
            if not waiting:
                for channel in self._channels:
                    channel.finish(self._clock())
                self._next_status_s = 0.0
            self._store()
            waiting = waiting and self._storing_failed_s is None
        if self._storing_failed_s is None:
            self._notices.append(runlog.ended(self._clock()))
            self._store()
        if self._writer is not None:
            try:
                self._writer.close()
            except (sqlite3.Error, OSError) as error:
                self._storing_fails(error)

    def _watch_clock(self) -> None:
        """Note a step of the machine's clock: reception times before and after it do not compare."""
        now_ns = time.time_ns() - time.monotonic_ns()
        step_ns = now_ns - self._wall_less_monotonic_ns
        if abs(step_ns) > CLOCK_STEP_NS:
            text = f"the machine's clock was set by {step_ns / 1e9:+.3f} s"
            self._notices.append(Notice(self._clock(), "clock-step", text, 1, {"seconds": step_ns / 1e9}))
            self._wall_less_monotonic_ns = now_ns

    def _store(self) -> None:
        """Write and commit what waits; on any refusal of the disk keep it and try again later."""
        self._statuses_due = time.monotonic() >= self._next_status_s
        if self._statuses_due and self._writer is not None:
            if self._writer.in_place():
                self._rescue_failed_s = None
            else:
                self._rescue(self._writer)
        while True:
            try:
                self._write(self._writer or self._open_archive())
                break
            except _Unstorable as refused:
                self._set_aside(refused)
            except (sqlite3.Error, OSError, ArchiveError) as error:
                self._storing_fails(error)
                return
        if self._statuses_due:
            self._next_status_s = time.monotonic() + STATUS_S
        self._notices.clear()
        for channel in self._channels:
            self._stored += sum(_packets(decoded) for decoded in channel.pending)
            channel.pending.clear()
            channel.notices.clear()
            channel.findings.clear()
        if self._storing_failed_s is not None:
            self._storing_failed_s = None
            text = "the archive takes data again; what came meanwhile is in it"
            print(f"okaeri: {text}", file=sys.stderr, flush=True)
            self._notices.append(Notice(self._clock(), "storing-resumed", text, 1))

    def _write(self, writer: ArchiveWriter) -> None:
        """Put everything that waits into one transaction and commit it."""
        dirty = False
        for notice in self._notices:
            _tell(writer, "", notice)
            dirty = True
        for channel in self._channels:
            name = channel.settings.id
            for notice in channel.notices:
                _tell(writer, name, notice)
            for i, decoded in enumerate(channel.pending):
                try:
                    self._write_one(writer, channel, decoded)
                except (sqlite3.OperationalError, OSError):
                    raise
                except Exception as error:  # not the disk's fault but the data's, or a fault of ours
                    if not len(decoded.packets) and not len(decoded.frames):
                        raise OSError(repr(error)) from error  # nothing is left to set aside
                    raise _Unstorable(channel, i, error) from error
            for notice in channel.findings:
                _tell(writer, name, notice)
            dirty = dirty or bool(channel.notices or channel.pending or channel.findings)
            dirty = self._tell_status(writer, channel) or dirty
        if dirty:
            writer.commit()

    def _write_one(self, writer: ArchiveWriter, channel: LinkChannel, decoded: Decoded) -> None:
        first, _ = writer.write(channel.settings.id, decoded, self._clock())
        if channel.receiver.link.live:
            for change in self._alarms.feed(decoded, first):
                writer.alarm(**asdict(change))

    def _set_aside(self, refused: _Unstorable) -> None:
        """Keep the octets of a batch that cannot be stored as values; everything else goes on."""
        decoded = refused.channel.pending[refused.index]
        text = f"cannot be stored: {refused.error!r}"
        print(f"okaeri: link {refused.channel.settings.id}: {text}", file=sys.stderr, flush=True)
        octets = (decoded.frames if len(decoded.frames) else decoded.packets).data.tobytes()
        refused.channel.pending[refused.index] = unusable("not-stored", text, octets)
        self._let_go()

    def _tell_status(self, writer: ArchiveWriter, channel: LinkChannel) -> bool:
        """Write a link's counters if they changed and it is time; a file's always, to go on from there."""
        status = channel.status()
        due = self._statuses_due or bool(channel.settings.kind == "file" and channel.pending)
        if not due or status == channel.told:
            return False
        writer.link_status(channel.settings.id, known_at_ns=self._clock(), **status)
        channel.told = status
        return True

    def _rescue(self, writer: ArchiveWriter) -> None:
        """Go on in a copy of an archive that somebody moved or deleted: its file ends with this process."""
        if self._rescue_failed_s is not None and time.monotonic() - self._rescue_failed_s < RETRY_RESCUE_S:
            return
        place = _free_place(self._path)
        try:
            writer.move_to(place)
        except (sqlite3.Error, OSError) as error:
            text = f"{self._path} is no longer in its place, and cannot be copied to {place}: {error}"
            if self._rescue_failed_s is None:
                print(f"okaeri: {text}. Make room there; trying again", file=sys.stderr, flush=True)
            self._rescue_failed_s = time.monotonic()
            return
        text = f"{self._path} was moved or deleted: all that is recorded is in {place} and goes on there"
        print(f"okaeri: {text}", file=sys.stderr, flush=True)
        self._notices.append(Notice(self._clock(), "archive-moved", text, 2))
        self._rescue_failed_s = None
        self._writer, self._path = None, place
        for channel in self._channels:
            channel.told = {}

    def _storing_fails(self, error: Exception) -> None:
        """Let go of the archive; nothing that waits is lost, and links are drained on into memory."""
        if self._storing_failed_s is None:
            full = (isinstance(error, OSError) and error.errno == errno.ENOSPC) or "full" in str(error)
            why = "the disk is full" if full else str(error)
            text = f"cannot write {self._path}: {why}. Receiving goes on into memory; trying again"
            print(f"okaeri: {text}", file=sys.stderr, flush=True)
            self._notices.append(Notice(self._clock(), "disk-full" if full else "storing-failed", text, 3))
        self._storing_failed_s = time.monotonic()
        self._let_go()

    def _let_go(self) -> None:
        """Close the archive without what was not committed; it is opened again for the next write."""
        for channel in self._channels:
            channel.told = {}
        if self._writer is not None:
            with contextlib.suppress(sqlite3.Error, OSError):
                self._writer.abandon()
        self._writer = None


class _Unstorable(Exception):
    """A batch that the archive refuses for what is in it."""

    def __init__(self, channel: LinkChannel, index: int, error: Exception) -> None:
        self.channel, self.index, self.error = channel, index, error


def _free_place(path: Path) -> Path:
    """Return the path itself where nothing of an archive is left there, else one beside it."""
    beside = (path.with_name(f"{path.stem}-rescued-{n}{path.suffix}") for n in itertools.count(1))
    return next(
        place
        for place in itertools.chain([path], beside)
        if not any(Path(f"{place}{end}").exists() for end in ("", "-wal", "-shm"))
    )


def _tell(writer: ArchiveWriter, link: str, notice: Notice) -> None:
    writer.event(
        link, notice.code, notice.severity, notice.text, known_at_ns=notice.at_ns, details=notice.details
    )


def _phase_before(archive: Path, mission: Mission) -> int | None:
    """Return the raw phase that an archive knows last."""
    if mission.phases is None:
        return None
    packet, _ = mission.home(mission.phases.parameter)
    with contextlib.closing(ArchiveReader(archive)) as reader:
        row = reader.latest([packet.name], reader.extent().last_record).get(packet.name)
    value = None if row is None else row.raw[mission.phases.parameter]
    return value if isinstance(value, int) else None


def _packets(decoded: Decoded) -> int:
    """Return how many packets there are; control words are archived like them and are none."""
    return int(np.count_nonzero(decoded.packets.apid != CONTROL_WORD_APID))


def _standing(archive: Path) -> dict[tuple[str, str], int]:
    """Return the severities that stand in an archive, by (packet, parameter)."""
    with contextlib.closing(ArchiveReader(archive)) as reader:
        alarms = reader.alarms(reader.extent().last_record)
    return {(alarm.packet, alarm.parameter): alarm.severity for alarm in alarms if alarm.severity}


def _octets_read_before(archive: Path) -> dict[str, int]:
    """Return how far earlier runs read each link, for files that are read on from there."""
    if not archive.exists():
        return {}
    try:
        with contextlib.closing(ArchiveReader(archive)) as reader:
            statuses = reader.link_statuses(reader.extent().last_record)
    except ArchiveNotReady:  # a run that was killed before it wrote anything
        return {}
    return {name: status.octets for name, status in statuses.items()}
