"""Space Packets (133.0-B-2) out of plain streams and datagrams of packets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from decoders.channel import EVENT_OCTETS
from decoders.encapsulation import FIRST_OCTET, NOT_YET, encapsulation_octets, idle_run
from decoders.masks import some
from decoders.packet_index import index_packets, octets_at
from decoders.packets import ANY_LENGTH, HEADER, Extracted, KnownPackets

_RUN = 3
"""So many headers of unknown packets in a row are believed without a known one behind them."""
_NOWHERE = np.empty(0, np.int64)
_WINDOW = 1 << 20
_LOOK_ON = 4 * EVENT_OCTETS
"""So far a better header is searched behind one that is only possible."""


class PacketStream:
    """Cuts a plain stream of packets, and finds the next packet behind garbage.

    A header is believed if its APID is known and its length is the one defined; an unknown or odd one
    if the headers behind it lead to one that is believed, to the end, or are at least three in a row.
    Behind anything else the next believable header is searched and the octets up to it passed over.
    Encapsulation packets are passed over by their length where they stand in line, or lead to a header.
    """

    def __init__(self, known: KnownPackets | None = None) -> None:
        self.known = known or KnownPackets(any_apid=True)
        self._rest = b""
        self.in_line = True
        """Whether the next octet stands where a header should: a packet ended there, or it is the first."""
        self._led = False
        """Whether a packet that is believed ended there."""

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
        while size - here > HEADER or (here < size and data[here] >= FIRST_OCTET):
            if data[here] >= FIRST_OCTET:
                after = self._encapsulated(data, octets, here, final, out)
                if after == NOT_YET:
                    return here
                if after > here:
                    here = after
                    continue
                if size - here <= HEADER:
                    break
            # A window keeps the cost of each fresh start bounded.
            limit = min(size, here + _WINDOW)
            starts, lengths, rest = index_packets(octets[:limit], here)
            believed = self._believed(octets, starts, lengths, final and rest == size)
            wrong = np.nonzero(~believed)[0]
            led = self._led or (len(believed) > 0 and bool(believed[0]))
            waits = rest == size or (led and limit == size and self._begins(octets, rest))
            undecided = not final and waits and self._undecided(octets, starts, lengths, wrong)
            if len(wrong):
                starts, lengths, rest = starts[: wrong[0]], lengths[: wrong[0]], int(starts[wrong[0]])
            out.starts += starts.tolist()
            out.lengths += lengths.tolist()
            here = rest
            if len(starts):
                self.in_line = self._led = True
            if undecided:
                return here
            if len(starts) and self._header(octets, here) and here < size and data[here] >= FIRST_OCTET:
                continue
            told = size - here >= HEADER or (final and here < size)
            if len(starts) and (len(wrong) or (told and not self._header(octets, here))):
                inside = self._give_back(octets, here, out)
                if inside < here:
                    here = inside
                    continue
            if len(starts) and not final and here < size and data[here] >= FIRST_OCTET:
                continue  # the header may not be whole yet
            if not len(wrong) and limit < size and len(starts):
                continue
            if size - here <= HEADER:
                break
            begins = self.known.expected(data, here) or (
                self._led and self._begins(octets, here) and not self._holds_row(octets, here)
            )
            if not len(wrong) and begins:
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
            self.in_line = self._led = False
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

    def whole(self, data: bytes, ends: NDArray[np.int64]) -> Extracted:
        """Cut datagrams that end at ``ends`` into packets; what is damaged in one leaves the others alone."""
        whole = Extracted(data)
        if not len(ends):
            return whole
        if self.scan(data, 0, True, whole) == len(data) and not whole.passed_over:
            stops = set(whole.starts)
            stops.add(len(data))
            if not whole.truncated and all(end in stops for end in ends.tolist()):
                return whole
        out, begin = Extracted(data), 0
        for end in ends.tolist():
            one = Extracted()
            self.in_line = True
            self.scan(data[begin:end], 0, True, one)
            out.truncated += [row + len(out.starts) for row in one.truncated]
            out.starts += [start + begin for start in one.starts]
            out.lengths += one.lengths
            out.passed_over += [(offset + begin, octets) for offset, octets in one.passed_over]
            out.encapsulated(one.encapsulation, one.encapsulation_octets)
            begin = end
        return out

    def _believed(
        self, octets: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64], ends: bool
    ) -> NDArray[np.bool_]:
        if not len(starts):
            return np.empty(0, np.bool_)
        words = octets_at(octets, starts, 0, 2).view(">u2")[:, 0]
        expected = self.known.array[words & 0x7FF]
        version = words >> 13 == 0
        good = version & ((expected == ANY_LENGTH) | (expected == lengths))
        if good.all():
            return np.asarray(good)
        # Runs of odd but possible headers: believed if long, or if a good one or the end follows. Six
        # zero octets are no header but fill.
        possible = version & ~good & octets_at(octets, starts, 0, HEADER).any(axis=1)
        edge = np.diff(np.concatenate(([False], possible, [False])).astype(np.int8))
        begins, ends_at = np.flatnonzero(edge == 1).tolist(), np.flatnonzero(edge == -1).tolist()
        for first, stop in zip(begins, ends_at, strict=True):
            follows = good[stop] or self._header(octets, int(starts[stop])) if stop < len(starts) else ends
            if follows or stop - first >= _RUN:
                good[first : self._holding(octets, starts, lengths, first, stop)] = True
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
        first = int(wrong[0])
        return bool(possible.all()) and self._holding(octets, starts, lengths, first, len(starts)) > first

    def _holding(
        self,
        octets: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        first: int,
        stop: int,
    ) -> int:
        """Return the first of some odd packets that holds a known packet of fixed length, or ``stop``.

        That odd packet is the accident if the known one leads on: to where a packet ends, or over three
        headers that are as they should be. Four octets like a known header come by chance in any recording.
        """
        end = int(starts[stop - 1] + lengths[stop - 1])
        ends = starts[first:stop] + lengths[first:stop]
        for at in self._fixed_headers(octets, int(starts[first]) + 1, end):
            row = int(np.searchsorted(ends, at, side="right"))
            if at > starts[first + row] and self._leads_on(octets, at, ends):
                return first + row
        return stop

    @staticmethod
    def _begins(octets: NDArray[np.uint8], at: int) -> bool:
        """Tell whether an odd packet may begin here whose end has not come yet."""
        head = octets[at : at + HEADER]
        return len(head) > 0 and head[0] >> 5 == 0 and (len(head) < HEADER or some(head))

    def _holds_row(self, octets: NDArray[np.uint8], here: int) -> bool:
        """Tell whether known packets in a row stand inside an odd one: then nobody waits for its end."""
        end = octets.size - HEADER
        return any(
            self._leads_on(octets, at, _NOWHERE, enough=False)
            for at in self._fixed_headers(octets, here + 1, end)
        )

    def _leads_on(
        self, octets: NDArray[np.uint8], at: int, ends: NDArray[np.int64], enough: bool = True
    ) -> bool:
        """Tell whether a known header is followed by others, to one of ``ends`` or over three of them.

        Whether fewer are ``enough`` that lead to the end of the octets is for the caller to say.
        """
        for _ in range(_RUN):
            head = octets[at : at + HEADER].tobytes()
            if len(head) < HEADER:
                return enough and at == octets.size
            if not self.known.expected(head, 0):
                return False
            at += (head[4] << 8 | head[5]) + 7
            place = int(np.searchsorted(ends, at))
            if place < len(ends) and ends[place] == at:
                return True
        return True

    def _fixed_headers(self, octets: NDArray[np.uint8], here: int, end: int) -> Iterator[int]:
        """Find the headers of known packets of fixed length from ``here`` to before ``end``."""
        end = min(end, octets.size - HEADER + 1)
        while here < end:
            stop = min(end, here + EVENT_OCTETS)
            words = octets[here:stop].astype(np.int32) << 8 | octets[here + 1 : stop + 1]
            lengths = (octets[here + 4 : stop + 4].astype(np.int32) << 8 | octets[here + 5 : stop + 5]) + 7
            expected = self.known.array[words & 0x7FF]
            yield from (np.flatnonzero((words >> 13 == 0) & (expected == lengths)) + here).tolist()
            here = stop

    def _holds_fixed(self, octets: NDArray[np.uint8], here: int, end: int) -> bool:
        """Tell whether a known packet of fixed length begins between ``here`` and ``end``."""
        at = self._next(octets[: end + HEADER], here + 1)
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
            fits = (words >> 13 == 0) & ((expected == ANY_LENGTH) | (expected == lengths))
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
        truncated row that ends there. Where an odd packet may follow, it must lead to that or over others.
        Return where to go on.
        """
        last, odd = out.starts[-1], self._begins(octets, here)
        for inside in self._fixed_headers(octets, last + HEADER + 1, here):
            after = inside + (int(octets[inside + 4]) << 8 | int(octets[inside + 5])) + 7
            if odd:
                leads_on = self._leads_on(octets, inside, np.array([here]), enough=False)
            else:
                leads_on = after >= octets.size or self._header(octets, after)
            if leads_on:
                out.truncated.append(len(out.starts) - 1)
                out.lengths[-1] = inside - last
                return inside
        return here

    def _header(self, octets: NDArray[np.uint8], at: int) -> bool:
        head = octets[at : at + HEADER].tobytes()
        if head and head[0] >= FIRST_OCTET:
            return encapsulation_octets(octets[at : at + 8].tobytes(), 0) > 0
        if len(head) < HEADER:
            return not head or head[0] >> 5 == 0
        return self.known.expected(head, 0)

    def _encapsulated(
        self, data: bytes, octets: NDArray[np.uint8], here: int, final: bool, out: Extracted
    ) -> int:
        """Return where the encapsulation packet that stands here ends, ``here`` if it is not believed.

        ``NOT_YET`` where the octets to come will tell.
        """
        length = encapsulation_octets(data, here)
        after = here + length
        if length == NOT_YET or after > len(data):
            waits = self.in_line and not final and not self._holds_fixed(octets, here, len(data))
            return NOT_YET if waits else here
        if not length or not (self.in_line or self._header(octets, after)):
            return here
        if length > HEADER and self._holds_fixed(octets, here, after):
            return here
        if length == 1:
            after = idle_run(data, here)
        out.encapsulated(after - here if length == 1 else 1, after - here)
        self.in_line = True
        return after

    @staticmethod
    def _pass_over(out: Extracted, data: bytes, start: int, end: int) -> None:
        for begin in range(start, end, EVENT_OCTETS):
            out.passed_over.append((begin, data[begin : min(end, begin + EVENT_OCTETS)]))
