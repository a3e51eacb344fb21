"""What happens to a link between two looks at it: data, silence, frames that are missing.

Nothing here reads a clock: ``now_ns`` dates what is found, ``now_s`` (monotonic) measures how long it lasts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from console.links.receiver import Notice
from console.mission_tables import UNFRAMED
from decoders.pipeline import Decoder
from decoders.shapes import DecodeEvent

SILENT_AFTER_S = 10.0
SETTLE_S = 1.0
"""A hole in a counter stays untold so long: late frames, as of a second station, may fill it."""
FOLD_S = 5.0
"""What goes on is told once in this time, with how much it was: a noisy link must not bury the log."""
FOLDED = {
    "frame-code": "frame(s) with more errors than Reed–Solomon can correct",
    "frame-fecf": "frame(s) with a wrong error control field",
    "frame-header": "frame(s) with more errors in the header than can be corrected",
    "frame-length": "datagram(s) that are not one frame",
    "frame-vehicle": "frame(s) of an unknown vehicle",
    "frame-version": "frame(s) of another version",
}
"""Events whose frames are kept, each with its reason, in rows of their own: how the rest is told in one."""
OVER = frozenset({"link-lost", "link-failed", "link-ended"})
"""After one of these nobody needs to be told that nothing comes."""


class LinkWatch:
    """Tells what an operator should know of one link, from what it brings and from its decoder's counters."""

    def __init__(self, decoder: Decoder, *, live: bool) -> None:
        """Watch a link; one that is not ``live`` (a file read once) is never silent."""
        self._decoder, self._live = decoder, live
        self._last_s = math.nan
        self._quiet = False
        self._holes: dict[tuple[int, int], _Growing] = {}
        self._restarts: dict[tuple[int, int], _Growing] = {}
        self._lost_packets = _Growing()
        self._runs: dict[str, _Run] = {}

    def turn(
        self,
        first_ns: int | None,
        notices: Iterable[Notice],
        now_ns: int,
        now_s: float,
        *,
        last: bool = False,
    ) -> list[Notice]:
        """Return what is found now.

        ``first_ns`` is the reception time of the first octets since the last turn, ``None`` where none
        came; ``notices`` is what the link told itself. ``last`` tells what was held back, at the end.
        """
        found = self._presence(first_ns, {each.code for each in notices}, now_ns, now_s)
        found += self._gaps(now_ns, now_s, last)
        found += self._told_often(now_ns, now_s, last)
        return found

    def fold(self, events: Iterable[DecodeEvent], now_s: float) -> list[DecodeEvent]:
        """Return the events to write at once; the same again, shortly after, is only counted."""
        kept = []
        for event in events:
            run = self._runs.get(event.code)
            if event.code not in FOLDED or event.octets:
                kept.append(event)
            elif run is None:
                self._runs[event.code] = _Run(now_s)
                kept.append(event)
            else:
                run.more += event.count
        return kept

    def _presence(self, first_ns: int | None, told: set[str], now_ns: int, now_s: float) -> list[Notice]:
        found = []
        if first_ns is not None:
            if math.isnan(self._last_s):
                found.append(Notice(first_ns, "link-receiving", "first data"))
            elif self._quiet:
                silent_s = round(now_s - self._last_s)
                text = f"data again after {silent_s} s"
                found.append(Notice(first_ns, "link-resumed", text, details={"seconds": silent_s}))
            self._last_s, self._quiet = now_s, False
        elif self._live and not self._quiet and now_s - self._last_s >= SILENT_AFTER_S:
            self._quiet = True
            text = f"no data for {SILENT_AFTER_S:g} s"
            found.append(Notice(now_ns, "link-silent", text, 1, {"seconds": SILENT_AFTER_S}))
        self._quiet = self._quiet or bool(told & OVER and not math.isnan(self._last_s))
        return found

    def _gaps(self, now_ns: int, now_s: float, last: bool) -> list[Notice]:
        found = []
        for key, counter in self._decoder.channel_counters().items():
            scid, vcid = key
            count = self._restarts.setdefault(key, _Growing()).due(counter.restarts, now_s, last)
            if count:
                text = f"VC {vcid}: frame counter restarted"
                found.append(Notice(now_ns, "counter-restarted", text, 0, {"scid": scid, "vcid": vcid}))
            count = self._holes.setdefault(key, _Growing()).due(counter.missing, now_s, last)
            if count:
                text = f"VC {vcid}: {count} {'frame' if count == 1 else 'frames'} missing"
                details = {"scid": scid, "vcid": vcid, "count": count}
                found.append(Notice(now_ns, "frames-missing", text, 0, details))
        if self._decoder.link.framing in UNFRAMED:
            count = self._lost_packets.due(self._decoder.counters.packets_missing, now_s, last)
            if count:
                text = f"{count} {'packet' if count == 1 else 'packets'} missing"
                found.append(Notice(now_ns, "packets-missing", text, 0, {"count": count}))
        return found

    def _told_often(self, now_ns: int, now_s: float, last: bool) -> list[Notice]:
        found = []
        for code, run in list(self._runs.items()):
            if now_s - run.since_s < FOLD_S and not last:
                continue
            if not run.more or last:
                del self._runs[code]
            if run.more:
                text = f"{run.more} {FOLDED[code]} more since the last report"
                found.append(Notice(now_ns, code, text, details={"count": run.more}))
                run.since_s, run.more = now_s, 0
        return found


@dataclass(slots=True)
class _Growing:
    """A count that is told when it has grown: not at once, and not often."""

    told: int = 0
    told_s: float = -math.inf
    since_s: float = math.nan

    def due(self, count: int, now_s: float, last: bool) -> int:
        """Return by how much the count has grown if that is to be told now, else 0."""
        if count <= self.told:
            self.told, self.since_s = count, math.nan
            return 0
        if math.isnan(self.since_s):
            self.since_s = now_s
        if not last and (now_s - self.since_s < SETTLE_S or now_s - self.told_s < FOLD_S):
            return 0
        grown = count - self.told
        self.told, self.told_s, self.since_s = count, now_s, math.nan
        return grown


@dataclass(slots=True)
class _Run:
    """Events of one code in close succession: when one was told last, and how many frames were not since."""

    since_s: float
    more: int = 0
