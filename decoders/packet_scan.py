"""The Space Packets of a whole recording that may hold anything else between them.

A clean recording is walked from header to header. Where that walk fails, the headers that the
recording itself repeats (and those it is asked for) are the ones believed, and the next of them is
searched: garbage is passed over, a packet that was cut short is told from one followed by garbage.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from decoders.encapsulation import encapsulation_octets, idle_run
from decoders.packet_index import (
    MINIMUM_PACKET_OCTETS,
    PRIMARY_HEADER_OCTETS,
    index_packets,
    octets_at,
)

_WINDOW = 1 << 20
"""Octets indexed at a time: a failed walk is paid for once a window."""
_CLEAN_WINDOW = 1 << 24
"""Octets indexed at a time while nothing is suspicious; longer than any packet."""
_SURVEY = 1 << 22
"""Octets looked at to learn which headers a damaged recording repeats."""
_LEAST_SEARCHED = 256
"""Octets searched at first: the next header is mostly near."""
_HOPS = 64
"""Packets of unknown identity followed before they count as garbage."""
_NO_CHANCE_BITS = 40
"""Headers in a row that chance makes so seldom (one place in 2⁴⁰) are none of its making."""
_BLANK = (b"\0" * 6, b"\xff" * 6)


@dataclass(frozen=True, slots=True)
class Damage:
    """Octets that gave no packet: ``"garbage"``, ``"cut short"``, or ``"truncated"`` at the end."""

    offset: int
    octets: int
    what: str


@dataclass(slots=True)
class PacketScan:
    """The packets found, in order, and what lies between them."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    damages: list[Damage] = field(default_factory=list)
    encapsulation: int = 0
    """Encapsulation packets between them, passed over by their lengths."""


def scan_packets(data: bytes, lengths: Mapping[int, int | None] | None = None) -> PacketScan:
    """Find the packets of a recording; ``lengths`` gives known APIDs and their octets (``None``: varying).

    Packets of every APID are returned, those of other lengths than known too where what follows
    proves them; deciding is left to the caller. Encapsulation packets (version 7) that lead to a packet or
    to the end are passed over; packets of other versions are garbage.
    """
    lengths = lengths or {}
    octets = np.frombuffer(data, np.uint8)
    clean = _clean_walk(octets, lengths)
    return clean if clean is not None else _Scanner(data, _trusted(octets, lengths), lengths).run()


def _lonely(seen: NDArray[np.int64], lengths: Mapping[int, int | None]) -> bool:
    """Tell whether a header nobody asked for stands there once: garbage leads to a packet by chance too."""
    once = np.flatnonzero(seen == 1) & 0x7FF
    return bool((~np.isin(once, list(lengths))).any())


def _words(octets: NDArray[np.uint8], starts: NDArray[np.int64]) -> NDArray[np.uint16]:
    return octets_at(octets, starts, 0, 2).view(">u2")[:, 0].astype(np.uint16)


def _clean_walk(octets: NDArray[np.uint8], lengths: Mapping[int, int | None]) -> PacketScan | None:
    """Walk a recording that is above suspicion: every octet used, version 0, every length as known.

    Window by window, so that a recording full of zeros is found out before it is indexed.
    """
    here, starts, sizes, asked_for = 0, [np.empty(0, np.int64)], [np.empty(0, np.int64)], not lengths
    seen = np.zeros(1 << 16, np.int64)
    while here < octets.size:
        found, octets_each, here = index_packets(octets[: here + _CLEAN_WINDOW], here)
        words = _words(octets, found)
        if not len(found) or (words >> 13).any() or not words.all():
            return None
        apids = words & 0x7FF
        asked_for = asked_for or bool(np.isin(apids, list(lengths)).any())
        for apid, length in lengths.items():
            if length is not None and (octets_each[apids == apid] != length).any():
                return None
        seen += np.bincount(words, minlength=1 << 16)
        starts.append(found)
        sizes.append(octets_each)
    if _lonely(seen, lengths):
        return None
    return PacketScan(np.concatenate(starts), np.concatenate(sizes)) if asked_for else None


def _trusted(octets: NDArray[np.uint8], lengths: Mapping[int, int | None]) -> frozenset[int]:
    """Return the first words of headers to believe: asked for, or seen in the recording.

    Those of a long walk from its begin are, and those that count up at most places where they stand.
    """
    trusted = {flags | apid for apid in lengths for flags in (0, 0x0800, 0x1000, 0x1800)}
    trusted |= _walked(octets)
    data = octets[:_SURVEY]
    # Every octet may begin a header: keep those that lead to two more possible headers.
    size = data.size - PRIMARY_HEADER_OCTETS
    if size > 0:
        wide = data.astype(np.int64)
        after = np.arange(size) + (wide[4 : size + 4] << 8 | wide[5 : size + 5]) + MINIMUM_PACKET_OCTETS
        possible = (data[:size] >> 5 == 0) & (after < size)
        possible &= possible[np.minimum(after, size - 1)]
        at = np.flatnonzero(possible)
        words, counts = _words(data, at), _words(data, at + 2) & np.uint16(0x3FFF)
        order = np.argsort(words, kind="stable")
        same = words[order][1:] == words[order][:-1]
        again = words[order][1:][same]
        steps = ((counts[order][1:].astype(np.int32) - counts[order][:-1]) % 0x4000)[same]
        pairs = np.bincount(again, minlength=1 << 16)
        onward = np.bincount(again[(steps > 0) & (steps <= _HOPS)], minlength=1 << 16)
        counting = np.unique(again[steps == 1])
        trusted.update(int(word) for word in counting if word and 2 * onward[word] >= pairs[word])
    if not trusted and size > 0 and octets[0] >> 5 == 0:
        word, length = int(wide[0]) << 8 | int(wide[1]), int(wide[4]) << 8 | int(wide[5])
        if word and length + MINIMUM_PACKET_OCTETS <= octets.size:
            trusted.add(word)
    return frozenset(trusted)


def _walked(octets: NDArray[np.uint8]) -> set[int]:
    """Return the first words of the packets from the begin on, if so many in a row are no accident."""
    starts, _, _ = index_packets(octets[:_SURVEY], 0)
    if not len(starts):
        return set()
    words = _words(octets, starts)
    wrong = np.flatnonzero((words >> 13 != 0) | (words == 0))
    words = words[: wrong[0]] if len(wrong) else words
    return set(np.flatnonzero(np.bincount(words) > 1).tolist()) if len(words) >= _HOPS else set()


class _Scanner:
    """One careful walk over a damaged recording."""

    def __init__(self, data: bytes, trusted: frozenset[int], lengths: Mapping[int, int | None]) -> None:
        self._data, self._octets = data, np.frombuffer(data, np.uint8)
        self._table = np.full(1 << 16, -2, np.int64)
        for word in trusted:
            self._table[word] = lengths.get(word & 0x7FF) or -1
        self._believed = self._table != -2
        self._header_bits = 16 - math.log2(max(len(trusted), 1))
        """How seldom chance makes the first two octets of a believable header, as a power of two."""
        self._starts: list[NDArray[np.int64]] = []
        self._sizes: list[NDArray[np.int64]] = []
        self._damages: list[Damage] = []
        self._counts: dict[int, int] = {}
        self._encapsulation = 0

    def run(self) -> PacketScan:
        here, size = 0, len(self._data)
        while here < size:
            here = self._stretch(here)
            if here < size:
                here = self._recover(here)
        starts = np.concatenate(self._starts) if self._starts else np.empty(0, np.int64)
        sizes = np.concatenate(self._sizes) if self._sizes else np.empty(0, np.int64)
        return PacketScan(starts, sizes, _joined(self._damages), self._encapsulation)

    def _stretch(self, here: int) -> int:
        """Take believable packets one after the other and return where that ends."""
        size = len(self._data)
        while True:
            limit = min(size, here + _WINDOW)
            starts, sizes, end = index_packets(self._octets[:limit], here)
            known = self._table[_words(self._octets, starts)]
            wrong = (known == -2) | ((known > 0) & (known != sizes))
            good = int(wrong.argmax()) if wrong.any() else len(starts)
            if not good:
                return here
            broken = good < len(starts)
            here = int(starts[good]) if broken else end
            more = not broken and limit < size
            if more or here == size or self._header(here) or self._encapsulated(here)[0] > here:
                self._take(starts[:good], sizes[:good])
                if not more:
                    return here
                continue
            # What follows the last one is no header: was it cut short, and has run into its neighbours?
            last = int(starts[good - 1])
            # Packets that nobody asked for may follow too: then what stands inside must lead to their ends.
            stops = self._hops(here)
            found = self._confirmed(last + MINIMUM_PACKET_OCTETS, here)
            inside = next((at for at in found if not stops or self._leads_on(at, [here, *stops])), here)
            if inside == here:
                self._take(starts[:good], sizes[:good])
                return here
            self._take(starts[: good - 1], sizes[: good - 1])
            self._damages.append(Damage(last, inside - last, "cut short"))
            here = inside

    def _recover(self, here: int) -> int:
        """Judge what stands at an unbelievable place and return where to go on."""
        size = len(self._data)
        end, packets = self._encapsulated(here)
        if end > here:
            self._encapsulation += packets
            return end
        if stops := self._hops(here):
            inside = next(
                (at for at in self._confirmed(here + 1, stops[-1]) if self._leads_on(at, stops)), size
            )
            ends = [stop for stop in stops if stop <= inside]
            if ends:
                starts, sizes, _ = index_packets(self._octets[: ends[-1]], here)
                self._take(starts, sizes)
                here = ends[-1]
            if inside < size and inside > here:
                self._damages.append(Damage(here, inside - here, "garbage"))
                return inside
            return here
        after = next(self._confirmed(here + 1, size), size)
        last = after == size and (self._header(here) or size - here < PRIMARY_HEADER_OCTETS)
        self._damages.append(Damage(here, after - here, "truncated" if last else "garbage"))
        return after

    def _encapsulated(self, here: int) -> tuple[int, int]:
        """Return where the encapsulation packets from ``here`` on end, and how many they are.

        They are believed if they lead to a believable header or the exact end, and none stands inside them.
        """
        at, packets, size = here, 0, len(self._data)
        while at < size and (length := encapsulation_octets(self._data, at)) > 0:
            end = idle_run(self._data, at) if length == 1 else at + length
            packets += end - at if length == 1 else 1
            at = end
        if at == here or at > size or not (at == size or self._header(at)):
            return here, 0
        inside = next(self._confirmed(here + 1, at), at)
        return (at, packets) if inside == at else (here, 0)

    def _hops(self, here: int) -> list[int]:
        """Follow possible packets to a believable header or the exact end; return where each of them ends.

        Nothing where they lead nowhere.
        """
        at, size, stops = here, len(self._data), []
        for _ in range(_HOPS):
            head = self._data[at : at + PRIMARY_HEADER_OCTETS]
            if len(head) < PRIMARY_HEADER_OCTETS or head[0] >> 5 or head in _BLANK:
                return []
            at += (head[4] << 8 | head[5]) + MINIMUM_PACKET_OCTETS
            stops.append(at)
            if at == size or (at < size and self._header(at)):
                return stops
            if at > size:
                return []
        return []

    def _leads_on(self, at: int, stops: list[int]) -> bool:
        """Tell whether a believable header leads to one of ``stops``, or over more than come by chance.

        Octets like one header do in any long recording, the sooner the more headers are believed.
        """
        bits = 0.0
        while bits < _NO_CHANCE_BITS:
            if not self._header(at):
                return False
            fixed = self._table[self._data[at] << 8 | self._data[at + 1]] > 0
            bits += self._header_bits + 16 * bool(fixed)
            at += (self._data[at + 4] << 8 | self._data[at + 5]) + MINIMUM_PACKET_OCTETS
            if at in stops or at == len(self._data):
                return True
        return True

    def _header(self, at: int) -> bool:
        """Tell whether a believable header stands here, its packet complete or not."""
        head = self._data[at : at + PRIMARY_HEADER_OCTETS]
        if len(head) < PRIMARY_HEADER_OCTETS:
            return False
        known = int(self._table[head[0] << 8 | head[1]])
        return known == -1 or known == (head[4] << 8 | head[5]) + MINIMUM_PACKET_OCTETS

    def _confirmed(self, first: int, end: int) -> Iterator[int]:
        """Find the headers from ``first`` to before ``end`` that more than one thing speaks for.

        A complete packet of its known length is enough; one of varying length needs another header
        or the end behind it, or a sequence count that goes on.
        """
        size = len(self._data)
        for start in self._first_words(first, min(end, size - MINIMUM_PACKET_OCTETS + 1)):
            if not self._header(start):
                continue
            word = self._data[start] << 8 | self._data[start + 1]
            length = (self._data[start + 4] << 8 | self._data[start + 5]) + MINIMUM_PACKET_OCTETS
            after = start + length
            if after > size:
                continue
            count = (self._data[start + 2] << 8 | self._data[start + 3]) & 0x3FFF
            goes_on = word in self._counts and 1 <= (count - self._counts[word]) % 0x4000 <= _HOPS
            if self._table[word] > 0 or after == size or goes_on or self._header(after):
                yield start

    def _first_words(self, first: int, end: int) -> Iterator[int]:
        """Find where, from ``first`` to before ``end``, the first word of a believed header stands."""
        step = _LEAST_SEARCHED
        while first < end:
            stop = min(first + step, end)
            words = self._octets[first:stop].astype(np.uint16) << 8 | self._octets[first + 1 : stop + 1]
            yield from (first + np.flatnonzero(self._believed[words])).tolist()
            first, step = stop, min(step * 8, _WINDOW)

    def _take(self, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> None:
        if not len(starts):
            return
        self._starts.append(starts)
        self._sizes.append(sizes)
        for start in starts[-_HOPS:].tolist():
            head = self._data[start : start + 4]
            self._counts[head[0] << 8 | head[1]] = (head[2] << 8 | head[3]) & 0x3FFF


def _joined(damages: list[Damage]) -> list[Damage]:
    """Join garbage that touches."""
    joined: list[Damage] = []
    for damage in damages:
        last = joined[-1] if joined else None
        if last and last.what == damage.what == "garbage" and last.offset + last.octets == damage.offset:
            joined[-1] = Damage(last.offset, last.octets + damage.octets, "garbage")
        else:
            joined.append(damage)
    return joined
