"""Keeps the traces that plots show and adds to them what is new: history is read once, not each tick."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from console.archive.livetrace import LiveTrace
from console.archive.shapes import Trace
from console.archive.traces import Axis
from console.desk.view import TraceQuery

PATIENCE_NS = 1_000_000_000
"""Where traces have to be read anew, as in replay with what is known now, it is at most about this often."""
ROWS_ADDED = 20_000
"""More records than these behind, reading anew is cheaper."""
NEAR_END_NS = 5_000_000_000
"""A plot that ends so near to the playhead follows it: its query is that of the view before."""
KEPT = 200


class Archive(Protocol):
    """What is asked of ``ArchiveReader``."""

    def live_traces(
        self,
        packet: str,
        parameters: Sequence[str],
        t0_ns: int,
        t1_ns: int,
        *,
        points: int,
        upto_record: int,
        axis: Axis,
        until_ns: int | None,
    ) -> list[LiveTrace]:
        """Return traces of parameters of one packet type."""
        ...

    def later_rows(
        self, packet: str, parameters: Sequence[str], after_id: int, upto_id: int, axis: Axis
    ) -> list[Trace]:
        """Return the rows that came after a record."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What may be shown: records up to ``upto``, with the playhead at ``instant_ns`` (mission time)."""

    upto: int
    instant_ns: int
    as_known_now: bool = False


@dataclass(slots=True)
class _Kept:
    query: TraceQuery
    known: Known
    until_ns: int
    """Rows later than this were left out."""
    read_ns: int
    used_ns: int
    live: LiveTrace

    def covers(self, query: TraceQuery, known: Known) -> bool:
        """Whether only newer records have to be added. A replay must not show what came later."""
        return (
            self.known.as_known_now == known.as_known_now
            and self.query.t0_ns - self.live.bin_ns <= query.t0_ns
            and query.t1_ns <= self.until_ns
            and 0 <= known.upto - self.known.upto <= ROWS_ADDED
        )

    def will_do(self, query: TraceQuery, known: Known, now_ns: int) -> bool:
        """Whether it looks nearly as a fresh one would, and was read a moment ago."""
        point_ns = self.live.bin_ns
        near = max(abs(self.query.t0_ns - query.t0_ns), abs(self.query.t1_ns - query.t1_ns)) <= point_ns // 2
        young = now_ns - self.read_ns < min(PATIENCE_NS, max(PATIENCE_NS // 10, point_ns // 4))
        return (
            near and young and self.known.upto <= known.upto and self.known.as_known_now == known.as_known_now
        )


_Key = tuple[str, str, str, int, int]


class TraceCache:
    """Traces by packet, parameter, axis, points and width of the range.

    While the playhead moves forward, each view costs the rows that came since the last one. A trace is
    read anew where somebody looks elsewhere.
    """

    def __init__(
        self, archive: Archive, offset_ns: int = 0, clock: Callable[[], int] = time.monotonic_ns
    ) -> None:
        """``offset_ns`` is mission time (of the queries) less the machine's (of receptions)."""
        self._archive, self._offset_ns, self._clock = archive, offset_ns, clock
        self._kept: dict[_Key, _Kept] = {}

    def get(self, queries: Iterable[TraceQuery], known: Known) -> dict[TraceQuery, Trace]:
        """Return the trace of each query."""
        now_ns = self._clock()
        anew: dict[tuple[str, Axis, int, int, int], list[TraceQuery]] = {}
        later: dict[tuple[str, Axis, int], list[TraceQuery]] = {}
        queries = dict.fromkeys(queries)
        for query in queries:
            kept = self._kept.get(_key(query))
            if kept is not None and kept.covers(query, known):
                if kept.known.upto < known.upto:
                    later.setdefault((query.packet, query.axis, kept.known.upto), []).append(query)
            elif kept is None or not kept.will_do(query, known, now_ns):
                group = (query.packet, query.axis, query.t0_ns, query.t1_ns, query.points)
                anew.setdefault(group, []).append(query)
        for (packet, axis, after), some in later.items():
            self._add_later(packet, axis, after, some, known)
        for some in anew.values():
            self._read(some, known, now_ns)
        found = {}
        for query in queries:
            kept = self._kept[_key(query)]
            kept.live, kept.used_ns = kept.live.since(query.t0_ns), now_ns
            found[query] = kept.live.trace
        self._forget()
        return found

    def _add_later(
        self, packet: str, axis: Axis, after: int, queries: list[TraceQuery], known: Known
    ) -> None:
        """Add the rows after a record to kept traces."""
        names = list(dict.fromkeys(query.parameter for query in queries))
        read = self._archive.later_rows(packet, names, after, known.upto, axis)
        shift = self._shift(axis)
        rows = {name: _shifted(trace, shift) for name, trace in zip(names, read, strict=True)}
        for query in queries:
            kept = self._kept[_key(query)]
            until_ns = max(kept.until_ns, _until_ns(query, known))
            kept.live = kept.live.with_rows(_cut(rows[query.parameter], query.t0_ns, until_ns))
            kept.known, kept.until_ns = known, until_ns

    def _read(self, queries: list[TraceQuery], known: Known, now_ns: int) -> None:
        """Read traces of one packet type and range anew."""
        query = queries[0]
        until_ns = _until_ns(query, known)
        shift = self._shift(query.axis)
        read = self._archive.live_traces(
            query.packet, [each.parameter for each in queries], query.t0_ns - shift, query.t1_ns - shift,
            points=query.points, upto_record=known.upto, axis=query.axis, until_ns=until_ns - shift,
        )  # fmt: skip
        for each, live in zip(queries, read, strict=True):
            moved = replace(live, trace=_shifted(live.trace, shift), newest_ns=live.newest_ns + shift)
            self._kept[_key(each)] = _Kept(each, known, until_ns, now_ns, now_ns, moved)

    def _shift(self, axis: Axis) -> int:
        return self._offset_ns if axis == "reception" else 0

    def _forget(self) -> None:
        if len(self._kept) > KEPT:
            used = sorted(self._kept.items(), key=lambda item: item[1].used_ns)
            self._kept = dict(used[-KEPT // 2 :])


def _key(query: TraceQuery) -> _Key:
    return query.packet, query.parameter, query.axis, query.points, query.t1_ns - query.t0_ns


def _until_ns(query: TraceQuery, known: Known) -> int:
    """Return up to where rows are kept; following the playhead takes those of a clock that is ahead, too."""
    follows = known.instant_ns - query.t1_ns <= NEAR_END_NS and not known.as_known_now
    return query.t1_ns + (query.t1_ns - query.t0_ns if follows else 0)


def _shifted(trace: Trace, shift: int) -> Trace:
    return replace(trace, t_ns=trace.t_ns + shift) if shift else trace


def _cut(rows: Trace, t0_ns: int, until_ns: int) -> Trace:
    if not len(rows.t_ns) or (t0_ns <= rows.t_ns[0] and rows.t_ns[-1] <= until_ns):
        return rows
    first, last = rows.t_ns.searchsorted(t0_ns), rows.t_ns.searchsorted(until_ns, "right")
    part = slice(int(first), int(last))
    return Trace(rows.t_ns[part], rows.lo[part], rows.hi[part], rows.worst[part], rows.decimated)
