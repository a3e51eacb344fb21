"""Where frames begin: sync markers in streams, and the shape of datagrams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

ASM = 0x1ACFFC1D
EVENT_OCTETS = 65_536
"""The most octets that one event carries."""


@dataclass(slots=True)
class Synced:
    """What one chunk gave: frame ``i`` is ``data[starts[i]:starts[i] + frame_length]``.

    ``origin`` is the stream offset of ``data[0]``; ``passed_over`` are the ranges that belong to no
    frame, as ``(stream offset, octets)``, each of at most 65,536 octets.
    """

    data: bytes
    origin: int
    starts: list[int] = field(default_factory=list)
    passed_over: list[tuple[int, bytes]] = field(default_factory=list)

    def pass_over(self, start: int, end: int) -> None:
        """Note that ``data[start:end]`` belongs to no frame."""
        for at in range(start, end, EVENT_OCTETS):
            octets = self.data[at : min(end, at + EVENT_OCTETS)]
            self.passed_over.append((self.origin + at, octets))


class AsmSync:
    """Finds fixed-length frames behind their sync markers in a stream that comes in chunks.

    ``check`` tells whether octets are a good frame (its FECF). A good frame is taken at once. One that
    is not good is taken too if the next marker follows it or no marker stands inside it: a truncated
    frame must not take the one behind it along. A damaged marker in front of a good frame is
    tolerated. Without a marker (``asm=None``) frames follow each other back to back. Memory is bounded
    by two frames and one chunk.
    """

    def __init__(
        self, frame_length: int, asm: int | None = ASM, check: Callable[[bytes], bool] | None = None
    ) -> None:
        self.frame_length = frame_length
        self.asm = b"" if asm is None else asm.to_bytes(4, "big")
        self.check = check
        self.offset = 0
        """Stream offset of the first octet not yet given out."""
        self._rest = b""
        self._follows = False

    def feed(self, chunk: bytes) -> Synced:
        """Take the next chunk of the stream and return the frames that are complete."""
        out = Synced(self._rest + chunk if self._rest else bytes(chunk), self.offset)
        end = self._run(out, final=False)
        self._keep(out, end)
        return out

    def finish(self) -> Synced:
        """Return what can still be had of the last octets; the stream may go on as a new one."""
        out = Synced(self._rest, self.offset)
        end = self._run(out, final=True)
        out.pass_over(end, len(out.data))
        self._keep(out, len(out.data))
        self._follows = False
        return out

    def _keep(self, out: Synced, end: int) -> None:
        self._rest = out.data[end:]
        self.offset = out.origin + end

    def _run(self, out: Synced, final: bool) -> int:
        """Collect frames and passed-over ranges; return where the unused rest begins."""
        data, asm, mark = out.data, self.asm, len(self.asm)
        whole, size = mark + self.frame_length, len(out.data)
        here = 0
        while size - here >= whole:
            if not asm:
                out.starts.append(here)
                here += whole
                continue
            if not data.startswith(asm, here):
                if self._follows and self._good(data, here + mark):
                    out.starts.append(here + mark)
                    here += whole
                    continue
                self._follows = False
                found = data.find(asm, here)
                if found < 0:
                    found = size - mark + 1  # a marker may be cut by the end of the chunk
                out.pass_over(here, found)
                here = found
                continue
            taken = self._at_marker(data, here, final)
            if taken == 0:
                break
            if taken == whole:
                out.starts.append(here + mark)
                self._follows = True
            else:
                out.pass_over(here, here + taken)
                self._follows = False
            here += taken
        return here

    def _at_marker(self, data: bytes, here: int, final: bool) -> int:
        """Return how many octets to step: a whole frame, up to the next marker, or 0 to wait."""
        whole = len(self.asm) + self.frame_length
        if self.check is None:
            if self._follows:
                return whole
        elif self._good(data, here + len(self.asm)):
            return whole
        after = here + whole
        if data.startswith(self.asm, after):
            return whole
        if len(data) - after < len(self.asm) and not final:
            return 0
        inner = data.find(self.asm, here + 1, after + len(self.asm) - 1)
        return whole if inner < 0 else inner - here

    def _good(self, data: bytes, start: int) -> bool:
        return self.check is not None and self.check(data[start : start + self.frame_length])


def datagram_frame(data: bytes, frame_length: int, asm: int | None = ASM) -> tuple[int, int]:
    """Return ``(start, length)`` of the one frame in a datagram that may begin with a sync marker.

    The length is not ``frame_length`` where the datagram is not one frame: then the whole datagram is
    to be kept as it is.
    """
    size = len(data)
    if size == frame_length:
        return 0, size
    if size == frame_length + 4 and data.startswith((ASM if asm is None else asm).to_bytes(4, "big")):
        return 4, frame_length
    return 0, size
