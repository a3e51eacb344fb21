"""One virtual channel: its counter, its recent frames, its unfinished packets."""

from __future__ import annotations

from decoders.packets import KnownPackets, PacketExtractor
from decoders.sequence import SequenceCounter

_RECENT_FRAMES, _RECENT_FRAMES_8_BIT = 4096, 100
"""How many frames of a virtual channel are remembered to know a duplicate; fewer with an 8-bit counter."""


class VirtualChannel:
    """The counter, the recent frames and the unfinished packets of one virtual channel."""

    __slots__ = (
        "_frames",
        "_known",
        "_late",
        "_late_at",
        "_maps",
        "_recent",
        "_recent_most",
        "counter",
        "extractor",
        "idle_last",
        "started",
    )

    def __init__(self, modulus: int, known: KnownPackets) -> None:
        self.counter = SequenceCounter(modulus)
        self.extractor = PacketExtractor(known)
        """Joins the packets of the channel; those of MAP 0 on a USLP link."""
        self._maps: dict[int, PacketExtractor] = {}
        self._recent: dict[int, tuple[int, int]] = {}
        """By the low bits of the count: the hash of the newest such frame, and which frame that was."""
        self._frames = 0
        self._recent_most = _RECENT_FRAMES_8_BIT if modulus <= 256 else _RECENT_FRAMES
        self._known = known
        self._late: PacketExtractor | None = None
        self._late_at = (-1, 0)
        self.idle_last = False
        self.started = False

    def count_anew(self, modulus: int) -> None:
        """Begin a counter of another width; what was missing stays counted."""
        missing = self.counter.missing
        self.counter = SequenceCounter(modulus)
        self.counter.missing = missing
        self._recent_most = _RECENT_FRAMES_8_BIT if modulus <= 256 else _RECENT_FRAMES

    def of_map(self, map_id: int) -> PacketExtractor:
        """Return the extractor of one of the sixteen multiplexer access points of a USLP channel."""
        if not map_id:
            return self.extractor
        extractor = self._maps.get(map_id)
        if extractor is None:
            extractor = self._maps[map_id] = PacketExtractor(self._known)
        return extractor

    def duplicate(self, count: int, content: int) -> bool:
        """Return whether a frame of this count and content was here lately; remember it if not."""
        place = count % _RECENT_FRAMES
        known = self._recent.get(place)
        if known is not None and known[0] == content and self._frames - known[1] <= self._recent_most:
            return True
        self._recent[place] = content, self._frames
        self._frames += 1
        return False

    def late(self, count: int, map_id: int = 0) -> tuple[PacketExtractor, bool]:
        """Return the extractor for frames that fill a hole after their time, and whether this one follows."""
        follows = self._late_at == ((count - 1) % self.counter.modulus, map_id)
        self._late_at = count, map_id
        if self._late is None:
            self._late = PacketExtractor(self._known)
        return self._late, follows

    def extractors(self) -> list[PacketExtractor]:
        """Return the extractors of this channel; the one of late frames first."""
        if self._late is None and not self._maps:
            return [self.extractor]
        late = [] if self._late is None else [self._late]
        return [*late, self.extractor, *self._maps.values()]

    def gap(self) -> None:
        """Frames are missing: no unfinished packet of the channel goes on."""
        self.extractor.gap()
        for extractor in self._maps.values():
            extractor.gap()

    def idle(self, count: int) -> int:
        """Count an idle frame: one that repeats the count changes nothing."""
        self.idle_last = True
        return self.counter.step(count) if self.started else 0

    def end(self) -> None:
        """Give up unfinished packets: nothing follows."""
        for extractor in self.extractors():
            extractor.gap()
