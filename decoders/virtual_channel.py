"""One virtual channel: its counter, its recent frames, its unfinished packets."""

from __future__ import annotations

from decoders.packets import KnownPackets, PacketExtractor
from decoders.sequence import SequenceCounter

_RECENT_FRAMES = {256: 100, 1 << 24: 4096}
"""How many frames of a virtual channel are remembered to know a duplicate, by counter modulus."""


class VirtualChannel:
    """The counter, the recent frames and the unfinished packet of one virtual channel."""

    __slots__ = ("_known", "_late", "_late_count", "_recent", "counter", "extractor", "idle_last", "started")

    def __init__(self, modulus: int, known: KnownPackets) -> None:
        self.counter = SequenceCounter(modulus)
        self.extractor = PacketExtractor(known)
        self._recent: dict[int, int] = {}
        self._known = known
        self._late: PacketExtractor | None = None
        self._late_count = -1
        self.idle_last = False
        self.started = False

    def duplicate(self, count: int, content: int) -> bool:
        """Return whether a frame of this count and content was here lately; remember it if not."""
        recent = self._recent
        if recent.get(count) == content:
            return True
        recent.pop(count, None)
        recent[count] = content
        if len(recent) > _RECENT_FRAMES[self.counter.modulus]:
            del recent[next(iter(recent))]
        return False

    def late(self, count: int) -> tuple[PacketExtractor, bool]:
        """Return the extractor for frames that fill a hole after their time, and whether this one follows."""
        follows = count == (self._late_count + 1) % self.counter.modulus
        self._late_count = count
        if self._late is None:
            self._late = PacketExtractor(self._known)
        return self._late, follows

    def extractors(self) -> list[PacketExtractor]:
        """Return the extractors of this channel; the one of late frames first."""
        return [self.extractor] if self._late is None else [self._late, self.extractor]

    def idle(self, count: int) -> int:
        """Count an idle frame: one that repeats the count changes nothing."""
        repeats = count == self.counter.last
        before = self.counter.step(count) if not repeats and self.started else 0
        self.idle_last = True
        return before

    def end(self) -> None:
        """Give up unfinished packets: nothing follows."""
        for extractor in self.extractors():
            extractor.gap()
