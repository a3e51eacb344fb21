"""Streams whose octets may begin at any bit, and may come inverted: markers found, octets put straight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FIRST_WINDOW = 512
"""Octets searched at first: a marker is mostly near."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a marker stands: its first bit, and whether the stream is inverted there."""

    bit: int
    inverted: bool


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A marker at a bit offset: the octets it fills, and the bits it has in those on both sides."""

    shift: int
    inverted: bool
    core: bytes
    first: int
    last: int


class Marker:
    """A sync marker of whole octets, found at any bit offset and in either polarity."""

    def __init__(self, octets: bytes) -> None:
        """Take a marker of two octets or more."""
        self.octets = octets
        self.bits = 8 * len(octets)
        self._word = int.from_bytes(octets, "big")
        self._patterns = [self._pattern(shift, inverted) for shift in range(8) for inverted in (False, True)]

    def _pattern(self, shift: int, inverted: bool) -> _Pattern:
        word = self._word ^ (((1 << self.bits) - 1) if inverted else 0)
        if not shift:
            return _Pattern(0, inverted, word.to_bytes(len(self.octets), "big"), 0, 0)
        wide = (word << (8 - shift)).to_bytes(len(self.octets) + 1, "big")
        return _Pattern(shift, inverted, wide[1:-1], wide[0], wide[-1])

    def find(self, data: bytes, begin: int, end: int) -> Found | None:
        """Return the first marker without an error that begins at bit ``begin`` to before bit ``end``."""
        end = min(end, 8 * len(data) - self.bits + 1)
        window = _FIRST_WINDOW
        while begin < end:
            stop = min(end, begin + 8 * window)
            found = self._first(data, begin, stop)
            if found is not None:
                return found
            begin, window = stop, window * 8
        return None

    def _first(self, data: bytes, begin: int, end: int) -> Found | None:
        best: Found | None = None
        for pattern in self._patterns:
            bit = self._place(data, pattern, begin, end)
            if bit >= 0:
                end = bit
                best = Found(bit, pattern.inverted)
        return best

    @staticmethod
    def _place(data: bytes, pattern: _Pattern, begin: int, end: int) -> int:
        """Return the first bit in ``begin`` to before ``end`` where a pattern stands, or -1."""
        shift, core, size = pattern.shift, pattern.core, len(pattern.core)
        inside = shift > 0
        at = (begin - shift + 7) // 8 + inside
        stop = (end - 1 - shift) // 8 + inside + size
        while (at := data.find(core, at, stop)) >= 0:
            if not inside:
                return 8 * at
            if (data[at - 1] ^ pattern.first) & (0xFF >> shift) == 0 and (
                (data[at + size] ^ pattern.last) >> (8 - shift) == 0
            ):
                return 8 * (at - 1) + shift
            at += 1
        return -1

    def errors(self, data: bytes, bit: int, inverted: bool) -> int:
        """Return how many bits of the marker are wrong at a place; all of them beyond the end."""
        octets = aligned(data, bit, len(self.octets), inverted)
        if len(octets) < len(self.octets):
            return self.bits
        return (int.from_bytes(octets, "big") ^ self._word).bit_count()


def aligned(data: bytes, bit: int, octets: int, inverted: bool) -> bytes:
    """Return the octets that begin at a bit of the stream, the polarity put right; fewer at its end."""
    first, shift = divmod(bit, 8)
    part = data[first : first + octets + (shift > 0)]
    if not shift and not inverted:
        return part
    array: NDArray[np.uint8] = np.frombuffer(part, np.uint8)
    if shift:
        array = (array[:-1] << np.uint8(shift)) | (array[1:] >> np.uint8(8 - shift))
    return (~array if inverted else array).tobytes()
