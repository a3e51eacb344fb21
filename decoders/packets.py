"""Space Packets (133.0-B-2) out of the packet zones of frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decoders.channel import EVENT_OCTETS
from decoders.encapsulation import FIRST_OCTET, NOT_YET, encapsulation_octets, idle_run
from decoders.space_packet import IDLE_APID

HEADER = 6
_UNKNOWN, ANY_LENGTH = -2, -1


class KnownPackets:
    """Which APIDs are known and how long their packets are: the way to tell a header from garbage.

    ``lengths`` maps an APID to its octets, or to ``None`` if they vary; with ``any_apid`` every APID is
    as known as that, of the length ``any_length`` if given. Idle packets are always known.
    """

    def __init__(
        self,
        lengths: Mapping[int, int | None] | None = None,
        any_apid: bool = False,
        any_length: int | None = None,
    ) -> None:
        default = _UNKNOWN if not any_apid else ANY_LENGTH if any_length is None else any_length
        table = [default] * 2048
        for apid, length in (lengths or {}).items():
            table[apid & 0x7FF] = ANY_LENGTH if length is None else length
        table[IDLE_APID] = ANY_LENGTH
        self.table = table
        self.array = np.array(table, np.int32)

    def fixed(self, data: bytes, at: int) -> bool:
        """Return whether a known packet of fixed length has its header here: no accident."""
        if len(data) - at < HEADER or data[at] >> 5:
            return False
        length = self.table[(data[at] & 7) << 8 | data[at + 1]]
        return length >= 0 and (data[at + 4] << 8 | data[at + 5]) + 7 == length

    def expected(self, data: bytes, at: int) -> bool:
        """Return whether a header here has a known APID and the length that its definition says."""
        if len(data) - at < HEADER or data[at] >> 5:
            return False
        length = self.table[(data[at] & 7) << 8 | data[at + 1]]
        return length == ANY_LENGTH or (data[at + 4] << 8 | data[at + 5]) + 7 == length


@dataclass(slots=True)
class Extracted:
    """Packets in one buffer: packet ``i`` is ``data[starts[i]:starts[i] + lengths[i]]``.

    ``truncated`` are the rows whose end never came. The buffer consists of zones: zone ``k`` begins at
    ``zone_at[k]``, came from frame row ``zone_row[k]`` (-1: an earlier feed) and began at the octet
    ``zone_offset[k]`` of that frame. ``passed_over`` are octets that belong to no packet, with the row.
    """

    data: bytes = b""
    starts: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    truncated: list[int] = field(default_factory=list)
    zone_at: list[int] = field(default_factory=list)
    zone_row: list[int] = field(default_factory=list)
    zone_offset: list[int] = field(default_factory=list)
    passed_over: list[tuple[int, bytes]] = field(default_factory=list)
    stale_pointers: int = 0
    encapsulation: int = 0
    """Encapsulation packets that were passed over,"""
    encapsulation_octets: int = 0
    """and how many octets they had."""

    def encapsulated(self, packets: int, octets: int) -> None:
        """Count encapsulation packets that were passed over."""
        self.encapsulation += packets
        self.encapsulation_octets += octets

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Return starts, lengths, the frame row where each packet ends, and where in it it began (or -1)."""
        starts, lengths = np.array(self.starts, np.int64), np.array(self.lengths, np.int64)
        at, row = np.array(self.zone_at, np.int64), np.array(self.zone_row, np.int32)
        if not len(at) or not len(starts):
            none = np.full(len(starts), -1, np.int32)
            return starts, lengths, none, none.copy()
        first = at.searchsorted(starts, side="right") - 1
        last = at.searchsorted(starts + lengths - 1, side="right") - 1
        offset = np.array(self.zone_offset, np.int64)[first] + starts - at[first]
        here = (first == last) & (row[first] >= 0)
        return starts, lengths, row[last], np.where(here, offset, -1).astype(np.int32)


class PacketExtractor:
    """Joins the packet zones of one virtual channel and cuts them into packets.

    Length and continuity lead; the first-header pointer tells where to begin, where to go on after a
    gap or a header that cannot be one, and overrules a chain of headers only where a known packet of
    fixed length stands at the pointer. So a pointer that is stale where no packet starts does no harm.
    At most one packet (65,543 octets) waits for its end. Encapsulation packets are passed over by their
    length and counted.
    """

    def __init__(self, known: KnownPackets | None = None) -> None:
        self.known = known or KnownPackets(any_apid=True)
        self._carry = b""
        self._synced = False
        self._zones: list[tuple[bytes, int, int, int]] = []
        """Packet zones with the pointer, the row and the offset in the frame of each."""
        self._out = Extracted()
        self._chunks: list[bytes] = []
        self._base = 0

    def push(self, zone: bytes, first_header: int, row: int, offset: int, *, follows: bool = True) -> None:
        """Add the packet zone of the next frame; ``follows=False`` says frames before it are missing.

        ``first_header`` is the octet of the zone where a packet begins, -1 or beyond it if none does.
        """
        if not follows:
            self.gap()
        self._zones.append((zone, first_header, row, offset))

    def gap(self) -> None:
        """Give up the packet that waits for its end: it becomes a truncated row."""
        self._walk()
        carry, self._carry = self._carry, b""
        self._synced = False
        if not carry:
            return
        start = self._base - len(carry)
        if len(carry) >= HEADER and not carry[0] >> 5 and (carry[0] & 7) << 8 | carry[1] != IDLE_APID:
            self._out.truncated.append(len(self._out.starts))
            self._out.starts.append(start)
            self._out.lengths.append(len(carry))
        else:
            self._out.passed_over.append((self._out.zone_row[-1], carry))

    def take(self) -> Extracted:
        """Return the packets that are complete with the zones pushed so far."""
        self._walk()
        out, self._out = self._out, Extracted()
        out.data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._chunks, self._base = [], 0
        return out

    def _walk(self) -> None:
        if not self._zones and not (self._carry and self._base == 0):
            return
        out, base, carry = self._out, self._base, self._carry
        marks: list[int] = []
        at = len(carry)
        if carry:
            out.zone_at.append(base)
            out.zone_row.append(-1)
            out.zone_offset.append(0)
        for zone, pointer, row, offset in self._zones:
            out.zone_at.append(base + at)
            out.zone_row.append(row)
            out.zone_offset.append(offset)
            if 0 <= pointer < len(zone):
                marks.append(at + pointer)
            at += len(zone)
        data = b"".join([carry, *(zone for zone, *_ in self._zones)])
        self._zones = []
        end = self._chain(data, marks)
        self._carry = data[end:]
        self._chunks.append(data)
        self._base = base + len(data)

    def _chain(self, data: bytes, marks: list[int]) -> int:
        """Append the packets of ``data`` and return where the first incomplete one begins."""
        out, base, size = self._out, self._base, len(data)
        starts, lengths = out.starts, out.lengths
        marks.append(size + EVENT_OCTETS * 2)
        which, mark = 0, marks[0]
        here = 0
        while True:
            if not self._synced:
                while mark < here or (
                    mark < size and data[mark] >> 5 and not encapsulation_octets(data, mark)
                ):
                    which += 1
                    mark = marks[which]
                found = min(mark, size)
                self._pass_over(data, here, found)
                here = found
                if mark > size:
                    return size
                self._synced = True
            if size - here < HEADER and (here == size or data[here] < FIRST_OCTET):
                return here
            other = 0
            if data[here] >> 5:
                other = encapsulation_octets(data, here)
                if other == NOT_YET:
                    return here
                if not other:  # 133.0-B-2 §4.1.3.2: the version is 000; this is no header
                    self._synced = False
                    while mark <= here:
                        which += 1
                        mark = marks[which]
                    continue
                if other == 1:
                    end = idle_run(data, here)
                    out.encapsulated(end - here, end - here)
                    here = end
                    while mark < here:
                        which += 1
                        mark = marks[which]
                    continue
            length = other or (data[here + 4] << 8 | data[here + 5]) + 7
            end = here + length
            if mark < end:
                cut = 0
                while mark < end:
                    if mark > here:
                        if self.known.fixed(data, mark):
                            cut = mark
                            break
                        out.stale_pointers += 1
                    elif mark < here:
                        out.stale_pointers += 1
                    which += 1
                    mark = marks[which]
                if cut:
                    self._pass_over(data, here, cut)
                    here = cut
                    continue
            if end > size:
                return here
            if other:
                out.encapsulated(1, length)
            else:
                starts.append(base + here)
                lengths.append(length)
            here = end

    def _pass_over(self, data: bytes, start: int, end: int) -> None:
        if end <= start:
            return
        out = self._out
        at = int(np.searchsorted(out.zone_at, self._base + start, side="right")) - 1
        for begin in range(start, end, EVENT_OCTETS):
            out.passed_over.append((out.zone_row[at], data[begin : min(end, begin + EVENT_OCTETS)]))
