"""Frame and packet counters: gaps, late arrivals, duplicates, rollover."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from decoders.masks import some

PACKET_MODULUS = 1 << 14
_BLOCK = 4096
_FEW = 8
"""Up to so many numbers plain Python is faster than numpy."""
_WIDE = 256
_APIDS = 256
_HOLES = 4096
"""How many missing counts one counter remembers, to know a late arrival from a restart."""
_HOLES_8_BIT = 32
"""The same for the 8-bit counters of TM frames, which are soon at the same count again."""


class SequenceCounter:
    """Follows one counter that should rise by one, modulo ``modulus``.

    A jump of up to half the modulus forward means missing units; any other jump, and a wide one that
    lands on 0, is a restart of the counter (for the 8-bit counters of TM frames every jump is taken as
    forward). A count that was missing and comes late fills its hole and moves nothing; with 8 bits it
    may be 32 behind the newest at most.
    """

    __slots__ = (
        "_forward",
        "_holes",
        "_most_holes",
        "gaps",
        "last",
        "missing",
        "modulus",
        "recovered",
        "restarts",
    )

    def __init__(self, modulus: int) -> None:
        self.modulus = modulus
        self.last = -1
        """The newest count, or -1 before the first."""
        self.gaps = self.missing = self.recovered = self.restarts = 0
        self._forward = modulus - 1 if modulus <= 256 else modulus // 2
        self._most_holes = _HOLES_8_BIT if modulus <= 256 else _HOLES
        self._holes: OrderedDict[int, None] = OrderedDict()

    def step(self, count: int) -> int:
        """Take the next count: return 0 if it follows, the number missing before it, or -1 for a restart.

        A repetition returns 0, and so does a late arrival, which ``recovered`` counts.
        """
        delta = (count - self.last) % self.modulus
        if delta == 1 or self.last < 0:
            self.last = count
            if self._holes:
                self._holes.pop(count, None)
            return 0
        if delta == 0:
            return 0
        if count in self._holes and (self.modulus > 256 or -delta % self.modulus <= _HOLES_8_BIT):
            del self._holes[count]
            self.recovered += 1
            self.missing -= 1
            return 0
        self.gaps += 1
        if delta > self._forward or (count == 0 and delta > _WIDE):
            self.restarts += 1
            self.last = count
            self._holes.clear()
            return -1
        for back in range(min(delta - 1, self._most_holes), 0, -1):
            self._holes[(count - back) % self.modulus] = None
        while len(self._holes) > self._most_holes:
            self._holes.popitem(last=False)
        self._holes.pop(count, None)
        self.missing += delta - 1
        self.last = count
        return delta - 1

    def steps(self, counts: NDArray[np.int32]) -> NDArray[np.int32] | None:
        """Take many counts at once: what ``step`` returns for each, or ``None`` if all of them follow."""
        if not len(counts):
            return None
        if len(counts) <= _FEW:
            few = [self.step(count) for count in counts.tolist()]
            return np.array(few, np.int32) if any(few) else None
        first = int(counts[0])
        expected = np.arange(first, first + len(counts), dtype=np.int32) % self.modulus
        follows = self.last < 0 or (first - self.last) % self.modulus == 1
        if follows and not self._holes and np.array_equal(counts, expected):
            self.last = int(counts[-1])
            return None
        out = np.fromiter((self.step(count) for count in counts.tolist()), np.int32, len(counts))
        return out if some(out) else None


class DuplicateWindow:
    """Knows whether a packet of one APID with the same count and content was received lately.

    Content is compared by a 64-bit hash. ``laps`` turns of the 14-bit counter are remembered; packets
    that hold a time can only repeat as duplicates, so they may be remembered for several turns.
    Packets without a time repeat honestly once a turn: with ``laps=1`` only the last half turn counts.
    The distance is counted in packets, duplicates among them, and does not depend on batches.
    Memory: 128 KiB a lap, as much again with one lap, and 16 KiB.
    """

    __slots__ = ("_age", "_hashes", "_laps", "_next", "_taken")

    def __init__(self, laps: int = 4) -> None:
        self._laps = laps
        self._hashes = np.zeros((laps, PACKET_MODULUS), np.int64)
        self._next = np.zeros(PACKET_MODULUS, np.int8)
        self._age = np.zeros(PACKET_MODULUS, np.int64) if laps == 1 else None
        self._taken = 0

    def check(self, counts: NDArray[np.int32], hashes: NDArray[np.int64]) -> NDArray[np.bool_] | None:
        """Return which packets are duplicates, or ``None`` if none is; remember the others."""
        if len(counts) <= _FEW:
            few = [self._one(*pair) for pair in zip(counts.tolist(), hashes.tolist(), strict=True)]
            return np.array(few) if any(few) else None
        if len(counts) > _BLOCK:
            flags = np.zeros(len(counts), np.bool_)
            for at in range(0, len(counts), _BLOCK):
                found = self.check(counts[at : at + _BLOCK], hashes[at : at + _BLOCK])
                if found is not None:
                    flags[at : at + _BLOCK] = found
            return flags if some(flags) else None
        if len(np.unique(counts)) < len(counts):
            # Repetition inside the batch: the slow way, one packet after the other.
            one = [self._one(*pair) for pair in zip(counts.tolist(), hashes.tolist(), strict=True)]
            return np.array(one) if any(one) else None
        same = (self._hashes[:, counts] == hashes).any(axis=0)
        if self._age is not None:
            places = np.arange(self._taken, self._taken + len(counts))
            same &= places - self._age[counts] < PACKET_MODULUS // 2
            self._age[counts] = np.where(same, self._age[counts], places)
        self._taken += len(counts)
        new = ~same if some(same) else slice(None)
        counts, hashes = counts[new], hashes[new]
        slot = self._next[counts]
        self._hashes[slot, counts] = hashes
        self._next[counts] = (slot + 1) % self._laps
        return same if some(same) else None

    def _one(self, count: int, content: int) -> bool:
        """Do the same for one packet."""
        laps, place = self._hashes[:, count], self._taken
        self._taken += 1
        if content in laps.tolist() and (
            self._age is None or place - int(self._age[count]) < PACKET_MODULUS // 2
        ):
            return True
        slot = int(self._next[count])
        laps[slot] = content
        self._next[count] = (slot + 1) % self._laps
        if self._age is not None:
            self._age[count] = place
        return False


class PacketMemory:
    """Remembers the packets of lately to know one that comes twice or is missing, on whichever link.

    Decoders of several links may share one: what one of them brought, the others do not miss. At most
    256 APIDs, each of one vehicle, are watched; the one unseen for the longest is forgotten first.
    """

    def __init__(self) -> None:
        self._windows: OrderedDict[tuple[str, int], DuplicateWindow] = OrderedDict()
        self.sequences: dict[tuple[str, int, int], SequenceCounter] = {}
        """The sequence counter of each vehicle's APID on each virtual channel."""

    def check(
        self, source: tuple[str, int], timed: bool, counts: NDArray[np.int32], hashes: NDArray[np.int64]
    ) -> NDArray[np.bool_] | None:
        """Return which packets of a vehicle's APID came before, or ``None``.

        ``timed`` says that they hold their time.
        """
        window = self._windows.get(source)
        if window is None:
            window = self._windows[source] = DuplicateWindow(4 if timed else 1)
            if len(self._windows) > _APIDS:
                self._windows.popitem(last=False)
        else:
            self._windows.move_to_end(source)
        return window.check(counts, hashes)
