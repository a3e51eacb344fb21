"""A link of AX.25 frames behind KISS framing: the octets of a stream → the information fields of beacons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decoders.ax25 import Ax25Frame, read_ax25
from decoders.batches import with_rows
from decoders.counters import Counters
from decoders.kiss import DATA, KissFrame, KissStream
from decoders.mission.model import BEACON_APID
from decoders.packets import HEADER, KnownPackets
from decoders.shapes import NO_COUNT, DecodeEvent, PacketBatch

_MOST_TOLD = 64
"""Stations that are told of when they are heard first."""


@dataclass(slots=True)
class Fields:
    """Information fields in order of reception, each with its time (ns UTC) and its frame's stream offset."""

    octets: list[bytes] = field(default_factory=list)
    reception_ns: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)

    def add(self, octets: bytes, reception_ns: int, offset: int) -> None:
        """Take one more."""
        self.octets.append(octets)
        self.reception_ns.append(reception_ns)
        self.offsets.append(offset)

    def ends(self) -> NDArray[np.int64]:
        """Return where each ends when they stand end to end."""
        return np.cumsum(np.fromiter(map(len, self.octets), np.int64, len(self.octets)))


@dataclass(slots=True)
class Heard:
    """What one feed brought: fields of Space Packets, and beacons, which are packets without a header.

    ``before`` counts the fields of Space Packets that came before each beacon.
    """

    packets: Fields = field(default_factory=Fields)
    beacons: Fields = field(default_factory=Fields)
    before: list[int] = field(default_factory=list)

    def with_beacons(
        self, packets: PacketBatch, source: NDArray[np.int32]
    ) -> tuple[PacketBatch, NDArray[np.int32]]:
        """Return the packets of the fields with the beacons among them, in order of reception."""
        count = len(self.beacons.octets)
        begins = np.concatenate(([0], self.packets.ends()))[np.array(self.before, np.int64)]
        return with_rows(
            packets,
            source,
            b"".join(self.beacons.octets),
            lengths=np.fromiter(map(len, self.beacons.octets), np.int64, count),
            apid=BEACON_APID,
            secondary_header=False,
            sequence_count=NO_COUNT,
            vcid=np.full(count, -1, np.int16),
            frame=np.full(count, -1, np.int32),
            frame_offset=-1,
            reception_ns=np.array(self.beacons.reception_ns, np.int64),
            quality=0,
            added_source=np.zeros(count, np.int32),
            after=np.searchsorted(packets.starts, begins, side="left"),
        )


class Ax25Link:
    """Takes the information fields out of a stream, and keeps all else that came as events.

    Only UI frames without a layer 3 protocol carry telemetry, and where ``callsigns`` are given only those
    of these stations (``JS1YAV``, or ``JS1YAV-11`` for one SSID). With ``beacons`` a field that is not Space
    Packets from end to end, each with a header that is known, is a packet without one.
    """

    def __init__(
        self, counters: Counters, known: KnownPackets, callsigns: Collection[str], beacons: bool
    ) -> None:
        self._counters, self._known, self._beacons = counters, known, beacons
        self._callsigns = frozenset(each.upper() for each in callsigns)
        self._stream = KissStream()
        self._heard: set[tuple[str, int]] = set()

    @property
    def pending(self) -> int:
        """How many octets wait for the end of their frame."""
        return self._stream.pending

    def take(
        self,
        chunks: Sequence[tuple[bytes, int]],
        events: list[DecodeEvent],
        pass_over: Callable[[bytes, int, str], None],
    ) -> Heard:
        """Return what chunks of the stream, each with its reception time, complete."""
        heard = Heard()
        for octets, reception_ns in chunks:
            self._sort(self._stream.feed(octets), reception_ns, heard, events, pass_over)
        return heard

    def end(self, events: list[DecodeEvent], pass_over: Callable[[bytes, int, str], None]) -> Heard:
        """Give up the frame that has no end."""
        heard = Heard()
        self._sort(self._stream.finish(), 0, heard, events, pass_over)
        return heard

    def _sort(
        self,
        frames: Sequence[KissFrame],
        reception_ns: int,
        heard: Heard,
        events: list[DecodeEvent],
        pass_over: Callable[[bytes, int, str], None],
    ) -> None:
        for each in frames:
            if each.wrong:
                pass_over(each.octets, each.offset, f"in no frame: {each.wrong}")
                continue
            if each.command != DATA:
                text = f"a KISS frame of port {each.port} with command {each.command} is no data"
                self._other(each, text, events)
                continue
            frame = read_ax25(each.data)
            if isinstance(frame, str):
                self._counters.frames_bad += 1
                pass_over(each.octets, each.offset, f"that are no AX.25 frame: {frame}")
                continue
            self._tell(frame, each, events)
            if not frame.telemetry:
                pid = "" if frame.pid is None else f", PID {frame.pid:02X}"
                text = f"{frame.path}: a frame without telemetry (control {frame.control:02X}{pid})"
                self._other(each, text, events)
            elif self._callsigns and not {str(frame.source), frame.source.callsign} & self._callsigns:
                self._other(each, f"{frame.path}: a frame of another station", events)
            else:
                self._counters.frames_good += 1
                self._field(frame.info, reception_ns, each.offset, heard)

    def _other(self, frame: KissFrame, text: str, events: list[DecodeEvent]) -> None:
        self._counters.frames_other += 1
        events.append(DecodeEvent("frame-other", text, frame.offset, frame.octets))

    def _tell(self, frame: Ax25Frame, kiss: KissFrame, events: list[DecodeEvent]) -> None:
        """Tell of a station that is heard for the first time."""
        station = frame.source.callsign, frame.source.ssid
        if station in self._heard or len(self._heard) >= _MOST_TOLD:
            return
        self._heard.add(station)
        text = f"first frame of station {frame.source} ({frame.path}, KISS port {kiss.port})"
        events.append(DecodeEvent("station-heard", text, kiss.offset))

    def _field(self, octets: bytes, reception_ns: int, offset: int, heard: Heard) -> None:
        if self._beacons and not self._space_packets(octets):
            heard.before.append(len(heard.packets.octets))
            heard.beacons.add(octets, reception_ns, offset)
        else:
            heard.packets.add(octets, reception_ns, offset)

    def _space_packets(self, octets: bytes) -> bool:
        """Tell whether an information field is packets with known headers from its begin to its end."""
        here = 0
        while here < len(octets) and self._known.expected(octets, here):
            here += HEADER + 1 + (octets[here + 4] << 8 | octets[here + 5])
        return here == len(octets)
