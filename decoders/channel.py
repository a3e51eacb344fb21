"""Where frames begin: sync markers in streams, and the shape of datagrams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from decoders.bitstream import Marker, aligned

ASM = 0x1ACFFC1D
EVENT_OCTETS = 65_536
"""The most octets that one event carries."""
FLYWHEEL_FRAMES = 2
"""Frames in a row whose markers may be missing while the next one stands where it should."""
_CHECKS = 8
"""Doubtful frames judged by content in a stretch of one frame: a stream full of markers costs no more."""
_RUN = 4096
"""Frames taken at once where octets have to be put straight."""


@dataclass(slots=True)
class Synced:
    """What one chunk gave: frame ``i`` is ``data[starts[i]:starts[i] + frame_length]``.

    ``lengths`` are those of frames of varying length, empty where all have the same.
    ``offsets[i]`` is the octet of the stream where it begins (the octet of its first bit, where it begins
    inside one). ``passed_over`` are the ranges that belong to no frame, as ``(stream offset, octets)``,
    each of at most 65,536 octets.
    """

    data: bytes
    origin: int
    starts: list[int] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    passed_over: list[tuple[int, bytes]] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    _straightened: list[bytes] = field(default_factory=list)

    def take(self, start: int, whole: int, count: int, mark: int) -> None:
        """Add ``count`` frames that follow each other from octet ``start`` on, markers included."""
        starts = range(start + mark, start + mark + count * whole, whole)
        self.starts += starts
        self.offsets += [self.origin + at for at in starts]

    def take_straightened(self, octets: bytes, offset: int, whole: int, mark: int) -> None:
        """Add frames whose octets had to be put straight; they began at octet ``offset`` of the data."""
        base = len(self.data) + sum(map(len, self._straightened))
        self._straightened.append(octets)
        self.starts += range(base + mark, base + len(octets), whole)
        self.offsets += [self.origin + offset + at for at in range(mark, len(octets), whole)]

    def pass_over(self, start: int, end: int) -> None:
        """Note that ``data[start:end]`` belongs to no frame."""
        for at in range(start, end, EVENT_OCTETS):
            octets = self.data[at : min(end, at + EVENT_OCTETS)]
            self.passed_over.append((self.origin + at, octets))

    def join(self) -> None:
        """Put the straightened octets behind the data."""
        if self._straightened:
            self.data = b"".join([self.data, *self._straightened])
            self._straightened = []


class AsmSync:
    """Finds fixed-length frames behind their sync markers in a stream that comes in chunks.

    Markers are found at any bit offset and in either polarity (131.0-B-5 §9). ``check`` tells whether
    octets are a good frame (its FECF, or its code). In lock a marker may have ``marker_errors`` wrong
    bits; frames whose markers are gone are taken where the next one stands in its place (flywheel), or
    where they are good. A frame that is not good is taken too if the next marker follows it or no marker
    stands inside it: a frame cut short, or one with bits slipped in or out, must not take the one behind
    it along. Without a marker (``asm=None``) frames follow each other back to back. Memory is bounded by
    a few frames and one chunk.
    """

    def __init__(
        self,
        frame_length: int,
        asm: int | None = ASM,
        check: Callable[[bytes], bool] | None = None,
        marker_errors: int = 4,
    ) -> None:
        self.frame_length = frame_length
        self.check = check
        self.marker_errors = marker_errors
        self.offset = 0
        """Stream offset of the first octet not yet given out."""
        self.inverted = False
        self._marker = None if asm is None else Marker(asm.to_bytes(4, "big"))
        self._mark = 0 if asm is None else 4
        self._whole = self._mark + frame_length
        self._rest = b""
        self._bit = 0
        """Where the next frame is expected: the bit of the first octet of the rest."""
        self._locked = False
        self._checks = (0, 0)

    def feed(self, chunk: bytes) -> Synced:
        """Take the next chunk of the stream and return the frames that are complete."""
        out = Synced(self._rest + chunk if self._rest else bytes(chunk), self.offset)
        self._keep(out, self._run(out, final=False))
        return out

    def finish(self) -> Synced:
        """Return what can still be had of the last octets; the stream may go on as a new one."""
        out = Synced(self._rest, self.offset)
        end = self._run(out, final=True)
        out.pass_over(end // 8, len(out.data))
        self._keep(out, 8 * len(out.data))
        self._locked = False
        return out

    def _keep(self, out: Synced, end: int) -> None:
        octet, self._bit = divmod(end, 8)
        self._rest = out.data[octet:]
        self.offset = out.origin + octet
        self._checks = (0, 0)
        out.join()

    def _run(self, out: Synced, final: bool) -> int:
        """Collect frames and passed-over ranges; return the bit where the unused rest begins."""
        size, here = len(out.data), self._bit
        if self._marker is None:
            count = size // self._whole
            out.take(0, self._whole, count, 0)
            return 8 * count * self._whole
        while 8 * size - here >= 8 * self._whole:
            if self._locked:
                after = self._follow(out, here, final)
                if after == here and self._locked:
                    return here
                here = after
                continue
            found = self._marker.find(out.data, here, 8 * size)
            end = found.bit if found else 8 * size - self._marker.bits + 1
            out.pass_over(here // 8, end // 8)
            here = end
            if found is None:
                break
            if 8 * size - here < 8 * self._whole:
                break
            self.inverted = found.inverted
            after = self._begin(out, here, final)
            if after == here:
                return here
            here = after
        return here

    # Out of lock ------------------------------------------------------------------------------------

    def _begin(self, out: Synced, here: int, final: bool) -> int:
        """Judge a marker found in a search; return where to go on, or ``here`` to wait."""
        straight = not here % 8 and not self.inverted
        after = here + 8 * self._whole
        if self._stands(out.data, after):
            self._take(out, here, 1)
            self._locked = True
            return after
        if self._good(out, here):
            self._take(out, here, 1)
            self._locked = True
            return after
        if 8 * len(out.data) - after < 8 * self._mark and not final:
            return here
        inner = self._inner(out.data, here, after)
        if straight and inner == after:
            self._take(out, here, 1)
            self._locked = True
            return after
        # Nothing speaks for a crooked one: garbage looks like this once in a while.
        out.pass_over(here // 8, inner // 8)
        return inner

    # In lock ----------------------------------------------------------------------------------------

    def _follow(self, out: Synced, here: int, final: bool) -> int:
        """Take the frames that stand where they should; return where that ends, out of lock or to wait."""
        data = out.data
        count = min((8 * len(data) - here) // (8 * self._whole), _RUN)
        octets = aligned(data, here, count * self._whole, self.inverted) if self._crooked(here) else data
        first = 0 if self._crooked(here) else here // 8
        standing = self._standing(octets, first, count)
        if standing < count:
            # The last frame with a marker, and what stands where the next one should be.
            sure = max(standing - 1, 0)
        else:
            sure = count if self._stands(data, here + 8 * count * self._whole) else count - 1
        self._take(out, here, sure)
        here += 8 * sure * self._whole
        if sure == count:
            return here
        return self._doubtful(out, here, standing > sure, final)

    def _doubtful(self, out: Synced, here: int, marked: bool, final: bool) -> int:
        """Judge a frame without a marker, or with one but none behind it."""
        data, after = out.data, here + 8 * self._whole
        if marked and self.check is None and 8 * len(data) - after < 8 * self._mark:
            self._take(out, here, 1)
            return after
        if self._good(out, here):
            self._take(out, here, 1)
            return after
        if marked and self._stands(data, after):
            self._take(out, here, 1)
            return after
        if 8 * len(data) - after < 8 * self._mark and not final:
            return here
        inner = self._inner(data, here, after)
        if inner < after:
            out.pass_over(here // 8, inner // 8)
            self._locked = False
            return inner
        if marked:
            self._take(out, here, 1)
            return after
        frames = next(
            (n for n in range(1, FLYWHEEL_FRAMES + 1) if self._stands(data, self._behind(here, n))), 0
        )
        if frames:
            self._take(out, here, frames)
            return self._behind(here, frames)
        if not final and len(data) * 8 < self._behind(here, FLYWHEEL_FRAMES) + 8 * self._mark:
            return here
        self._locked = False
        return here

    def _behind(self, here: int, frames: int) -> int:
        return here + 8 * self._whole * frames

    def _crooked(self, here: int) -> bool:
        return self.inverted or here % 8 > 0

    def _standing(self, octets: bytes, first: int, count: int) -> int:
        """Return how many markers in a row stand where they should, with their few errors."""
        word = np.ndarray((count,), ">u4", octets, first, (self._whole,))
        wrong = (word != int.from_bytes(self._asm, "big")).nonzero()[0]
        for row in wrong.tolist():
            if (int(word[row]) ^ int.from_bytes(self._asm, "big")).bit_count() > self.marker_errors:
                return int(row)
        return count

    @property
    def _asm(self) -> bytes:
        assert self._marker is not None
        return self._marker.octets

    def _stands(self, data: bytes, bit: int) -> bool:
        """Tell whether a marker, with its few errors, stands at a bit."""
        assert self._marker is not None
        return self._marker.errors(data, bit, self.inverted) <= self.marker_errors

    def _inner(self, data: bytes, here: int, after: int) -> int:
        """Return where the first marker inside a frame begins, or ``after``."""
        assert self._marker is not None
        found = self._marker.find(data, here + 1, after)
        return after if found is None else found.bit

    def _take(self, out: Synced, here: int, count: int) -> None:
        if not count:
            return
        if not self._crooked(here):
            out.take(here // 8, self._whole, count, self._mark)
            return
        octets = aligned(out.data, here, count * self._whole, self.inverted)
        out.take_straightened(octets, here // 8, self._whole, self._mark)

    def _good(self, out: Synced, here: int) -> bool:
        """Tell whether a frame is good by its content; not asked too often in one stretch of octets."""
        if self.check is None:
            return False
        stretch, asked = self._checks
        if here >= stretch + 8 * self._whole:
            stretch, asked = here, 0
        self._checks = (stretch, asked + 1)
        if asked >= _CHECKS:
            return False
        return self.check(aligned(out.data, here + 8 * self._mark, self.frame_length, self.inverted))


def datagram_frame(
    data: bytes, frame_length: int, asm: int | None = ASM, vary: bool = False
) -> tuple[int, int]:
    """Return ``(start, length)`` of the one frame in a datagram that may begin with a sync marker.

    The length is not ``frame_length`` where the datagram is not one frame: then the whole datagram is
    to be kept as it is. Where lengths ``vary`` the frame is all there is behind the marker.
    """
    size = len(data)
    if size == frame_length:
        return 0, size
    marker = (ASM if asm is None else asm).to_bytes(4, "big")
    if (vary or size == frame_length + 4) and data.startswith(marker):
        return 4, size - 4
    return 0, size
