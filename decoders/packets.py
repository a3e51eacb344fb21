"""Space Packets (133.0-B-2) out of frames and out of plain packet streams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decoders.channel import EVENT_OCTETS
from decoders.packet_index import index_packets, octets_at
from decoders.space_packet import IDLE_APID

HEADER = 6
_UNKNOWN, _ANY_LENGTH = -2, -1
_RUN = 3
"""So many headers of unknown packets in a row are believed without a known one behind them."""
_WINDOW = 1 << 20
_LOOK_ON = 4 * EVENT_OCTETS
"""So far a better header is searched behind one that is only possible."""


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
        default = _UNKNOWN if not any_apid else _ANY_LENGTH if any_length is None else any_length
        table = [default] * 2048
        for apid, length in (lengths or {}).items():
            table[apid & 0x7FF] = _ANY_LENGTH if length is None else length
        table[IDLE_APID] = _ANY_LENGTH
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
        return length == _ANY_LENGTH or (data[at + 4] << 8 | data[at + 5]) + 7 == length


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

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """Return starts, lengths, the frame row where each packet ends, and where in it it began (or -1)."""
        starts, lengths = np.array(self.starts, np.int64), np.array(self.lengths, np.int64)
        at, row = np.array(self.zone_at, np.int64), np.array(self.zone_row, np.int32)
        if not len(at) or not len(starts):
            none = np.full(len(starts), -1, np.int32)
            return starts, lengths, none, none.copy()
        first = np.searchsorted(at, starts, side="right") - 1
        last = np.searchsorted(at, starts + lengths - 1, side="right") - 1
        offset = np.array(self.zone_offset, np.int64)[first] + starts - at[first]
        here = (first == last) & (row[first] >= 0)
        return starts, lengths, row[last], np.where(here, offset, -1).astype(np.int32)


class PacketExtractor:
    """Joins the packet zones of one virtual channel and cuts them into packets.

    Length and continuity lead; the first-header pointer tells where to begin, where to go on after a
    gap or a header that cannot be one, and overrules a chain of headers only where a known packet of
    fixed length stands at the pointer. So a pointer that is stale where no packet starts does no harm.
    At most one packet (65,542 octets) waits for its end.
    """

    def __init__(self, known: KnownPackets | None = None) -> None:
        self.known = known or KnownPackets(any_apid=True)
        self._carry = b""
        self._synced = False
        self._zones: list[bytes] = []
        self._rows: list[int] = []
        self._offsets: list[int] = []
        self._pointers: list[int] = []
        self._out = Extracted()
        self._chunks: list[bytes] = []
        self._base = 0

    def push(self, zone: bytes, first_header: int, row: int, offset: int, *, follows: bool = True) -> None:
        """Add the packet zone of the next frame; ``follows=False`` says frames before it are missing.

        ``first_header`` is the octet of the zone where a packet begins, -1 or beyond it if none does.
        """
        if not follows:
            self.gap()
        self._zones.append(zone)
        self._pointers.append(first_header)
        self._rows.append(row)
        self._offsets.append(offset)

    def gap(self) -> None:
        """Give up the packet that waits for its end: it becomes a truncated row."""
        self._walk()
        carry, self._carry = self._carry, b""
        self._synced = False
        if not carry:
            return
        start = self._base - len(carry)
        if len(carry) >= HEADER and (carry[0] & 7) << 8 | carry[1] != IDLE_APID:
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
        for zone, pointer, row, offset in zip(
            self._zones, self._pointers, self._rows, self._offsets, strict=True
        ):
            out.zone_at.append(base + at)
            out.zone_row.append(row)
            out.zone_offset.append(offset)
            if 0 <= pointer < len(zone):
                marks.append(at + pointer)
            at += len(zone)
        data = b"".join([carry, *self._zones]) if carry else b"".join(self._zones)
        self._zones, self._pointers, self._rows, self._offsets = [], [], [], []
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
                while mark < here or (mark < size and data[mark] >> 5):
                    which += 1
                    mark = marks[which]
                found = min(mark, size)
                self._pass_over(data, here, found)
                here = found
                if mark > size:
                    return size
                self._synced = True
            if size - here < HEADER:
                return here
            if data[here] >> 5:  # 133.0-B-2 §4.1.3.2: the version is 000; this is no header
                self._synced = False
                while mark <= here:
                    which += 1
                    mark = marks[which]
                continue
            length = (data[here + 4] << 8 | data[here + 5]) + 7
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


class PacketStream:
    """Cuts a plain stream of packets, and finds the next packet behind garbage.

    A header is believed if its APID is known and its length is the one defined; an unknown or odd one
    if the headers behind it lead to one that is believed, to the end, or are at least three in a row.
    Behind anything else the next believable header is searched and the octets up to it passed over.
    """

    def __init__(self, known: KnownPackets | None = None) -> None:
        self.known = known or KnownPackets(any_apid=True)
        self._rest = b""

    def feed(self, chunk: bytes) -> Extracted:
        """Take the next chunk and return the packets that are complete.

        Offsets in ``passed_over`` are octets from the start of ``data``; ``pending`` octets of earlier
        chunks stand before this chunk in it.
        """
        return self._run(self._rest + chunk if self._rest else chunk, final=False)

    @property
    def pending(self) -> int:
        """How many octets of earlier chunks wait for the rest of their packet."""
        return len(self._rest)

    def finish(self) -> Extracted:
        """Return what the last octets hold; an unfinished packet becomes a truncated row."""
        return self._run(self._rest, final=True)

    def _run(self, data: bytes, final: bool) -> Extracted:
        out = Extracted(data)
        end = self.scan(data, 0, final, out)
        self._rest = data[end:]
        return out

    def scan(self, data: bytes, here: int, final: bool, out: Extracted) -> int:
        """Append the packets of ``data[here:]`` to ``out`` and return where the unused rest begins."""
        size = len(data)
        octets = np.frombuffer(data, np.uint8)
        while size - here > HEADER:
            # A window keeps the cost of each fresh start bounded.
            limit = min(size, here + _WINDOW)
            starts, lengths, rest = index_packets(octets[:limit], here)
            believed = self._believed(octets, starts, lengths, final and rest == size)
            wrong = np.nonzero(~believed)[0]
            undecided = not final and rest == size and self._undecided(octets, starts, lengths, wrong)
            if len(wrong):
                starts, lengths, rest = starts[: wrong[0]], lengths[: wrong[0]], int(starts[wrong[0]])
            out.starts += starts.tolist()
            out.lengths += lengths.tolist()
            here = rest
            if undecided:
                return here
            told = size - here >= HEADER or (final and here < size)
            if len(starts) and (len(wrong) or (told and not self._header(octets, here))):
                inside = self._give_back(octets, here, out)
                if inside < here:
                    here = inside
                    continue
            if not len(wrong) and limit < size and len(starts):
                continue
            if size - here <= HEADER:
                break
            if not len(wrong) and self.known.expected(data, here):
                if not final:
                    return here
                after = self._next(octets, here + 1)
                if after == size:
                    break
            else:
                after = self._next(octets, here + 1)
                if after == size and not final:
                    if data[here] >> 5 == 0 and not len(wrong):
                        return here  # an unknown packet, perhaps: wait for what follows it
                    after = max(here + 1, size - HEADER)
            self._pass_over(out, data, here, after)
            here = after
        if final and here < size:
            if size - here > HEADER - 1 and data[here] >> 5 == 0:
                out.truncated.append(len(out.starts))
                out.starts.append(here)
                out.lengths.append(size - here)
            else:
                self._pass_over(out, data, here, size)
            here = size
        return here

    def _believed(
        self, octets: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64], ends: bool
    ) -> NDArray[np.bool_]:
        if not len(starts):
            return np.empty(0, np.bool_)
        words = octets_at(octets, starts, 0, 2).view(">u2")[:, 0]
        expected = self.known.array[words & 0x7FF]
        version = words >> 13 == 0
        good = version & ((expected == _ANY_LENGTH) | (expected == lengths))
        if good.all():
            return np.asarray(good)
        # Runs of odd but possible headers: believed if long, or if a good one or the end follows. Six
        # zero octets are no header but fill.
        possible = version & ~good & octets_at(octets, starts, 0, HEADER).any(axis=1)
        edge = np.diff(np.concatenate(([False], possible, [False])).astype(np.int8))
        begins, ends_at = np.flatnonzero(edge == 1).tolist(), np.flatnonzero(edge == -1).tolist()
        for first, stop in zip(begins, ends_at, strict=True):
            follows = good[stop] if stop < len(starts) else ends
            if (follows or stop - first >= _RUN) and not self._holds_known(
                octets, starts, lengths, first, stop
            ):
                good[first:stop] = True
        return np.asarray(good)

    def _undecided(
        self,
        octets: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        wrong: NDArray[np.int64],
    ) -> bool:
        """Tell whether a few odd headers lead to the end of what has come: the next octets will tell."""
        if not len(wrong) or not len(wrong) == len(starts) - wrong[0] < _RUN:
            return False
        heads = octets_at(octets, starts[wrong], 0, HEADER)
        possible = (heads[:, 0] >> 5 == 0) & heads.any(axis=1)
        return bool(possible.all()) and not self._holds_known(
            octets, starts, lengths, int(wrong[0]), len(starts)
        )

    def _holds_known(
        self,
        octets: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        first: int,
        stop: int,
    ) -> bool:
        """Tell whether a known packet of fixed length stands inside odd ones: then these are the accident."""
        end = int(starts[stop - 1] + lengths[stop - 1])
        at = self._next(octets[: end + HEADER], int(starts[first]) + 1)
        head = octets[at : at + HEADER].tobytes()
        return at < end and self.known.fixed(head, 0)

    def _next(self, octets: NDArray[np.uint8], here: int) -> int:
        """Return where the next believable header stands from ``here`` on, or the size.

        A known packet of fixed length is no accident. One of varying length should lead to another
        header or to the end; failing that the first that might be one is taken.
        """
        size = octets.size
        unconfirmed = size
        while size - here > HEADER:
            stop = min(size - HEADER, here + EVENT_OCTETS)
            at = np.arange(here, stop, dtype=np.int64)
            words = octets[here:stop].astype(np.int32) << 8 | octets[here + 1 : stop + 1]
            lengths = (octets[here + 4 : stop + 4].astype(np.int64) << 8 | octets[here + 5 : stop + 5]) + 7
            expected = self.known.array[words & 0x7FF]
            fits = (words >> 13 == 0) & ((expected == _ANY_LENGTH) | (expected == lengths))
            fixed = (expected[fits] >= 0).tolist()
            for start, length, sure in zip(at[fits].tolist(), lengths[fits].tolist(), fixed, strict=True):
                after = start + length
                if sure or after == size or (after < size and self._header(octets, after)):
                    return int(start)
                unconfirmed = min(unconfirmed, start)
            here = stop
            if here - unconfirmed > _LOOK_ON:
                break
        return unconfirmed

    def _give_back(self, octets: NDArray[np.uint8], here: int, out: Extracted) -> int:
        """Where no header follows the last packet, look whether it was cut short and ran into its neighbour.

        A known packet of fixed length inside it that leads on is no accident: the last packet becomes a
        truncated row that ends there. Return where to go on.
        """
        last = out.starts[-1]
        inside = self._next(octets[: here + HEADER], last + HEADER + 1)
        head = octets[inside : inside + HEADER].tobytes()
        if inside >= here or not self.known.fixed(head, 0):
            return here
        after = inside + (head[4] << 8 | head[5]) + 7
        if after < octets.size and not self._header(octets, after):
            return here
        out.truncated.append(len(out.starts) - 1)
        out.lengths[-1] = inside - last
        return inside

    def _header(self, octets: NDArray[np.uint8], at: int) -> bool:
        head = octets[at : at + HEADER].tobytes()
        if len(head) < HEADER:
            return not head or head[0] >> 5 == 0
        return self.known.expected(head, 0)

    @staticmethod
    def _pass_over(out: Extracted, data: bytes, start: int, end: int) -> None:
        for begin in range(start, end, EVENT_OCTETS):
            out.passed_over.append((begin, data[begin : min(end, begin + EVENT_OCTETS)]))
