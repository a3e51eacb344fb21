"""Keeps traces as long as a fresh one would look the same: a wide plot is not read ten times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from console.archive.shapes import Trace
from console.desk.view import TraceQuery

SHORTEST_NS, LONGEST_NS = 100_000_000, 1_000_000_000
FORGET_NS = 10_000_000_000


@dataclass(frozen=True, slots=True)
class _Kept:
    query: TraceQuery
    upto: int
    as_known_now: bool
    read_ns: int
    trace: Trace


class TraceCache:
    """Traces by packet, parameter, axis, points and width of the range.

    A kept trace serves a query that lies within half a point of it if nothing newer is known, or
    if it is younger than a quarter of a point's width in time (held to 0.1–1 s). It never serves a
    record before the one it was read at: a replay must not show what came later.
    """

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, str, str, int, int], _Kept] = {}

    def get(self, query: TraceQuery, upto: int, as_known_now: bool, read: Callable[[], Trace]) -> Trace:
        """Return the trace kept for a query, or read it and keep it."""
        point_ns = max(1, (query.t1_ns - query.t0_ns) // max(1, query.points))
        width = (query.t1_ns - query.t0_ns + 500_000) // 1_000_000
        key = (query.packet, query.parameter, query.axis, query.points, width)
        kept, now = self._kept.get(key), self._clock()
        if kept is not None and kept.as_known_now == as_known_now:
            near = (
                abs(kept.query.t1_ns - query.t1_ns) <= point_ns // 2
                and abs(kept.query.t0_ns - query.t0_ns) <= point_ns // 2
            )
            young = now - kept.read_ns < min(LONGEST_NS, max(SHORTEST_NS, point_ns // 4))
            if near and (kept.upto == upto or (kept.upto < upto and young)):
                return kept.trace
        trace = read()
        self._kept[key] = _Kept(query, upto, as_known_now, now, trace)
        self._forget(now)
        return trace

    def _forget(self, now: int) -> None:
        if len(self._kept) > 200:
            self._kept = {k: v for k, v in self._kept.items() if now - v.read_ns < FORGET_NS}
