"""KISS framing (M. Chepponis, P. Karn, "The KISS TNC", 1987): what a TNC or sound modem sends → frames."""

from __future__ import annotations

from dataclasses import dataclass

FEND, FESC, TFEND, TFESC = b"\xc0", b"\xdb", b"\xdc", b"\xdd"
DATA = 0
"""The command of frames that were on the air; a TNC sends no other, but some add their own."""
MOST_OCTETS = 1 << 16
"""So many octets without a FEND are no frame: AX.25 has 256 octets of data, by agreement a few thousand."""


@dataclass(frozen=True, slots=True)
class KissFrame:
    """What stood between two FENDs: the ``octets`` as received, ``offset`` from the start of the stream.

    ``port`` and ``command`` are the halves of the type octet, ``data`` what is behind it, escapes taken
    back. Of octets that are no frame ``wrong`` says why; nothing else is told of them.
    """

    offset: int
    octets: bytes
    port: int = 0
    command: int = DATA
    data: bytes = b""
    wrong: str = ""


class KissStream:
    """Cuts a stream in chunks of any size into frames; memory is bounded whatever comes."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._began = False
        """Whether a FEND stands in front of the rest."""
        self._offset = 0

    @property
    def pending(self) -> int:
        """How many octets wait for the FEND behind them; the one in front of them waits too."""
        return len(self._rest) + self._began

    def feed(self, chunk: bytes) -> list[KissFrame]:
        """Take the next chunk and return what is complete, in order."""
        first, *others = chunk.split(FEND)
        frames: list[KissFrame] = []
        self._rest += first
        for part in others:
            self._end(frames)
            self._began = True
            self._offset += 1
            self._rest += part
        if len(self._rest) > MOST_OCTETS:
            self._end(frames, f"more than {MOST_OCTETS:,} octets without a FEND")
            self._began = False
        return frames

    def finish(self) -> list[KissFrame]:
        """Return what has no end, as octets that are no frame; what comes next begins anew."""
        frames: list[KissFrame] = []
        self._end(frames, "no FEND behind them")
        self._began = False
        return frames

    def _end(self, frames: list[KissFrame], wrong: str = "") -> None:
        """End the frame that waits; two FENDs in a row have none between them."""
        if not self._rest:
            return
        octets = bytes(self._rest)
        self._rest.clear()
        if not self._began:
            wrong = wrong or "no FEND in front of them"
        elif len(octets) > MOST_OCTETS:
            wrong = wrong or f"more than {MOST_OCTETS:,} octets"
        frames.append(KissFrame(self._offset, octets, wrong=wrong) if wrong else _read(self._offset, octets))
        self._offset += len(octets)


def _read(offset: int, octets: bytes) -> KissFrame:
    """Take the escapes back and the type octet off."""
    first, *escaped = octets.split(FESC)
    data = bytearray(first)
    for part in escaped:
        if part[:1] not in (TFEND, TFESC):
            return KissFrame(offset, octets, wrong="an escape of neither FEND nor FESC")
        data += (FEND if part[:1] == TFEND else FESC) + part[1:]
    return KissFrame(offset, octets, data[0] >> 4, data[0] & 15, bytes(data[1:]))


def kiss_octets(data: bytes, port: int = 0, command: int = DATA) -> bytes:
    """Return a frame as a TNC sends it: a FEND on either side, FEND and FESC inside escaped."""
    octets = bytes([(port & 15) << 4 | command & 15]) + data
    return FEND + octets.replace(FESC, FESC + TFESC).replace(FEND, FESC + TFEND) + FEND
