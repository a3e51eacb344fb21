"""USLP frames of varying length (732.1-B-2 §4.1) in a stream, each as long as its own header says."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from decoders.channel import ASM, Synced
from decoders.fecf import good_fecf
from decoders.packet_index import among

_LENGTH_END = 6
"""Octets of a header up to the end of the frame length (§4.1.2.7)."""
_LEAST = 8
"""A frame with its length has seven octets of header and one of data at least."""
_LEAST_SEARCHED, _MOST_SEARCHED = 256, 65_536
"""Octets that are searched at once, twice as many each time: the next frame is mostly near."""
_CHECKS = 64
"""An octet is looked at so often in a search at most: octets full of headers cost no more."""


class UslpSync:
    """Finds frames one behind the other, each behind its sync marker where the stream has such.

    A frame is taken where its FECF is right, and one that is not where a marker, or without markers a right
    frame, follows it. Behind anything else the next right frame is searched; without markers only among
    spacecraft that are known, if any are. On links without FECF a frame is right if another header, or
    nothing, stands behind it. Truncated frames (annex D) do not tell their length: they are passed over.
    Markers stand at whole octets, in one polarity. Memory is bounded by three frames and one chunk.
    """

    def __init__(
        self, longest: int, asm: int | None = ASM, fecf: bool = True, scids: Collection[int] = ()
    ) -> None:
        self._longest, self._fecf, self._scids = longest, fecf, frozenset(scids)
        self._marker = b"" if asm is None else asm.to_bytes(4, "big")
        self.offset = 0
        """Stream offset of the first octet not yet given out."""
        self._rest = b""
        self._stretch = self._checked = 0
        self._lost = False
        """Whether the rest begins where a frame may begin, and not where one ended."""

    def feed(self, chunk: bytes) -> Synced:
        """Take the next chunk of the stream and return the frames that are complete."""
        out = Synced(self._rest + chunk if self._rest else bytes(chunk), self.offset)
        self._keep(out, self._run(out, final=False))
        return out

    def finish(self) -> Synced:
        """Return what can still be had of the last octets; the stream may go on as a new one."""
        out = Synced(self._rest, self.offset)
        self._keep(out, self._run(out, final=True))
        self._lost = False
        return out

    def _keep(self, out: Synced, end: int) -> None:
        self._rest = out.data[end:]
        self.offset = out.origin + end
        self._stretch = self._checked = 0

    def _run(self, out: Synced, final: bool) -> int:
        """Collect frames and passed-over ranges; return where the unused rest begins."""
        here, size = 0, len(out.data)
        if self._lost:
            here = self._search(out.data, 0, final)
            out.pass_over(0, here)
        while here < size:
            after = self._after(out.data, here)
            right = self._right(out.data, here, after, final) if after else False
            if right is False and after:
                right = self._followed(out.data, after, final)
            if right is None and not final:
                return here
            if right:
                mark = len(self._marker)
                out.starts.append(here + mark)
                out.lengths.append(after - here - mark)
                out.offsets.append(out.origin + here + mark)
                here, self._lost = after, False
                continue
            found = self._search(out.data, here + 1, final)
            out.pass_over(here, found)
            here, self._lost = found, True
        return here

    def _after(self, data: bytes, here: int) -> int:
        """Return where the frame that begins here ends, as far as is known; 0 where none can."""
        head = data[here : here + len(self._marker) + _LENGTH_END]
        if not head.startswith(self._marker[: len(head)]):
            return 0
        head = head[len(self._marker) :]
        if (head and head[0] >> 4 != 12) or (len(head) > 3 and head[3] & 1):
            return 0
        if len(head) < _LENGTH_END:
            return here + len(self._marker) + _LEAST
        length = (head[4] << 8 | head[5]) + 1
        return here + len(self._marker) + length if _LEAST <= length <= self._longest else 0

    def _right(self, data: bytes, here: int, after: int, final: bool) -> bool | None:
        """Tell whether the frame between is right; ``None`` where octets to come will tell."""
        if after > len(data):
            return None
        if self._fecf:
            return good_fecf(memoryview(data)[here + len(self._marker) : after])
        if len(data) - after < len(self._marker) + _LENGTH_END and not final:
            return None
        return after == len(data) or self._after(data, after) > 0

    def _followed(self, data: bytes, after: int, final: bool) -> bool | None:
        """Tell whether what stands behind a frame that is not right says where that ends."""
        behind = self._after(data, after)
        if not behind or not self._marker:
            return self._right(data, after, behind, final) if behind else False
        return True if len(data) - after >= len(self._marker) + _LENGTH_END else None

    def _search(self, data: bytes, here: int, final: bool) -> int:
        """Return where the next right frame begins, or what may become one, or the end."""
        window = _LEAST_SEARCHED
        while here < len(data):
            end = min(here + window, len(data))
            found = self._first(data, here, end, final)
            if found >= 0:
                return found
            here, window = end, min(2 * window, _MOST_SEARCHED)
        return len(data)

    def _first(self, data: bytes, begin: int, end: int, final: bool) -> int:
        """Do so among the frames that begin from ``begin`` to ``end``; -1 where there is none."""
        for at in self._candidates(data, begin, end):
            if at >= self._stretch + self._longest:
                self._stretch, self._checked = at, 0
            after = self._after(data, at) if self._checked < _CHECKS * self._longest else 0
            if not after:
                continue
            if after > len(data):
                if not final:
                    return at
                continue
            self._checked += after - at
            if self._right(data, at, after, final) is not False:
                return at
        return -1

    def _candidates(self, data: bytes, begin: int, end: int) -> list[int]:
        """Return where a frame may begin."""
        if self._marker:
            places, at, mark = [], begin - 1, len(self._marker)
            while (at := data.find(self._marker, at + 1, end + mark - 1)) >= 0:
                places.append(at)
            cut = range(max(len(data) - mark + 1, begin), end)  # the end may hold the begin of a marker
            return [*places, *(at for at in cut if self._marker.startswith(data[at:]))]
        octets = np.frombuffer(data, np.uint8)[begin : end + 2]
        first = octets[: end - begin] >> 4 == 12
        if self._scids and len(octets) > 2:
            word = octets[:-2].astype(np.int32) << 16 | octets[1:-1].astype(np.int32) << 8 | octets[2:]
            first[: len(word)] &= among(word >> 4 & 0xFFFF, self._scids)
        return [begin + at for at in np.flatnonzero(first).tolist()]
