"""One link on its way through the recorder: what it brought, decoded, until that is written."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from console.links import BREAK
from console.links.base import LinkState, Received
from console.links.receiver import Notice, Receiver
from console.linkwatch import LinkWatch
from console.mission import Link as LinkSettings
from console.phasewatch import PhaseWatch
from decoders.pipeline import Decoder, LinkFormat
from decoders.shapes import Decoded, DecodeEvent

TURN_OCTETS = 512 * 1024
"""Octets decoded between two commits at most: a busy machine falls behind in memory, not in commits."""
NO_LOCK_AFTER_S = 10.0


@dataclass(slots=True)
class LinkChannel:
    """A link, its receiver and its decoder, with what waits to be written."""

    settings: LinkSettings
    receiver: Receiver
    decoder: Decoder
    watch: LinkWatch
    phase: PhaseWatch
    resumed_octets: int = 0
    unfinished_octets: int = 0
    """What waited for the rest of its frame or packet when a live link was stopped: nobody's damage."""
    last_reception_ns: int | None = None
    pending: list[Decoded] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    findings: list[Notice] = field(default_factory=list)
    """What the octets that wait to be written told, to be written after them."""
    told: dict[str, Any] = field(default_factory=dict)
    usable: tuple[int, float] = (0, 0.0)
    """How many frames and packets could be used, and when (monotonic s) there last was a new one."""

    def take(self, now_ns: int) -> None:
        """Decode what has come since the last turn."""
        told = self.receiver.notices()
        received = self.receiver.take(TURN_OCTETS)
        decoded: list[Decoded] = []
        if received:
            self.last_reception_ns = received[-1][1]
            decoded += self._decode(received)
        self._look(decoded, told, next((ns for octets, ns in received if octets), None), now_ns)

    def finish(self, now_ns: int) -> None:
        """Decode what the end of the link leaves over; a followed file goes on there in the next run."""
        followed = self.settings.kind == "file" and self.receiver.link.live
        if self.receiver.link.live:
            self.unfinished_octets = self.decoder.waiting_octets
        self._look([] if followed else [self.decoder.finish()], [], None, now_ns, last=True)

    def _look(
        self,
        decoded: list[Decoded],
        told: list[Notice],
        first_ns: int | None,
        now_ns: int,
        last: bool = False,
    ) -> None:
        """Keep what came to be written, with what it tells of the link and of the mission's phase."""
        now_s = time.monotonic()
        for part in decoded:
            part.events[:] = self.watch.fold(part.events, now_s)
            self.findings += self.phase.feed(part, now_ns)
        self.pending += decoded
        self.notices += told
        found = self.watch.turn(first_ns, told, now_ns, now_s, last=last)
        for each in found:
            if each.severity:
                print(f"okaeri: link {self.settings.id}: {each.text}", file=sys.stderr, flush=True)
        self.findings += found

    def status(self) -> dict[str, Any]:
        """Return the counters of the link's ``link_status`` row."""
        link, counters = self.receiver.link, self.decoder.counters
        octets = self.resumed_octets + counters.octets
        if self.settings.kind == "file":
            octets -= self.decoder.waiting_octets
        return {
            "state": self._state(),
            "octets": octets,
            "frames_good": counters.frames_good,
            "frames_bad": counters.frames_bad,
            "frames_corrected": counters.frames_corrected,
            "frames_missing": counters.frames_missing,
            "packets": counters.packets,
            "packets_missing": counters.packets_missing,
            "duplicates": counters.packets_duplicate + counters.frames_duplicate,
            "dropped_by_kernel": link.dropped + self.receiver.discarded,
            "last_reception_ns": self.last_reception_ns,
        }

    def _state(self) -> LinkState:
        """Return the link's state; octets that nothing can be read from are no lock."""
        counters, now_s = self.decoder.counters, time.monotonic()
        usable = counters.frames_good + counters.packets + counters.packets_duplicate
        if usable != self.usable[0]:
            self.usable = (usable, now_s)
        state = self.receiver.link.state
        stale = not usable or now_s - self.usable[1] > NO_LOCK_AFTER_S
        return "waiting" if state == "locked" and stale else state

    def _decode(self, received: Received) -> Iterator[Decoded]:
        """Yield what the octets gave, broken where the stream broke."""
        start = 0
        for i, (octets, _) in enumerate(received):
            if octets == BREAK:
                if i > start:
                    yield self._feed(received[start:i])
                yield self.decoder.interrupt()
                if self.settings.kind == "file":  # another file begins: its octets are counted from its start
                    self.resumed_octets = -self.decoder.counters.octets
                start = i + 1
        if start < len(received):
            yield self._feed(received[start:])

    def _feed(self, received: Received) -> Decoded:
        """Decode; octets that make the decoder fail, which none should, are kept as they came."""
        try:
            return self.decoder.feed_many(received)
        except Exception as error:
            octets = b"".join(each for each, _ in received)
            return unusable("decoder-failed", f"the decoder failed: {error!r}", octets)


def unusable(code: str, text: str, octets: bytes) -> Decoded:
    """Return a batch that only keeps octets, with the reason why there is nothing else of them."""
    nothing = Decoder(LinkFormat(), ()).feed_many([])
    nothing.events.append(DecodeEvent(code, text, octets=octets))
    return nothing
