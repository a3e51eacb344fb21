"""Parameters over time: from rows where they are few, from rollup segments where they are many."""

from __future__ import annotations

import itertools
import sqlite3
from typing import Any, Literal

import numpy as np

from console.archive.columns import Column, quoted
from console.archive.judged import Wanted, context_of, judged
from console.archive.livetrace import LiveTrace, empty, joined, thinned
from console.archive.rollup import BUCKET_NS
from console.archive.shapes import Trace
from decoders.mission.model import Enumeration, PacketDefinition, Parameter

Axis = Literal["generation", "reception"]
ROWS_A_POINT = 24
"""Rows are read themselves while there are at most this many for a point; above, segments do."""
ROWS_AT_MOST = 60_000
RECORDS_BETWEEN = 20_000
"""Records of other segments between two that are read through rather than jumped over."""
GAP_PERIODS = 3.0
GAP_UNKNOWN_NS = 90_000_000_000


def live_traces(
    connection: sqlite3.Connection,
    wanted: Wanted,
    t0_ns: int,
    t1_ns: int,
    *,
    points: int,
    upto_record: int,
    axis: Axis,
    mission_offset_ns: int,
    until_ns: int | None = None,
) -> list[LiveTrace]:
    """See ``ArchiveReader.live_traces``; all parameters of one packet type are read at once."""
    packet = wanted.packet
    bin_ns = max(1, (t1_ns - t0_ns) // max(points, 1))
    t1_ns = t1_ns if until_ns is None else until_ns
    blobs = ", ".join(
        f"substr(minimum, {8 * c.position + 1}, 8), substr(maximum, {8 * c.position + 1}, 8), "
        f"substr(worst, {c.position + 1}, 1)"
        for _, c in wanted.fields
    )
    segments = connection.execute(
        f"SELECT first_id, last_id, count, {axis}_min_ns, {axis}_max_ns, {blobs} FROM rollup "
        f"WHERE packet = ? AND {axis}_min_ns BETWEEN ? AND ? AND {axis}_max_ns >= ? AND first_id <= ? "
        f"ORDER BY first_id",
        (packet.name, t0_ns - BUCKET_NS, t1_ns, t0_ns, upto_record),
    ).fetchall()
    (rolled,) = connection.execute(
        "SELECT coalesce(max(last_id), 0) FROM rollup WHERE packet = ?", (packet.name,)
    ).fetchone()
    held = sum(row[2] for row in segments)
    rows_will_do = held <= ROWS_AT_MOST and (
        held <= ROWS_A_POINT * points or len(segments) < max(points // 4, 1)
    )
    parts: list[list[Trace]] = []

    def read_rows(after_id: int, upto_id: int) -> None:
        rows = later_rows(connection, wanted, after_id, upto_id, axis, mission_offset_ns)
        parts.append([_within(each, t0_ns, t1_ns) for each in rows])

    if rows_will_do:
        for first, last in _runs(segments):
            read_rows(first - 1, min(last, upto_record))
    else:
        whole = [row for row in segments if row[1] <= upto_record]
        parts.append([_from_segments(whole, i) for i in range(len(wanted.fields))])
        cut = [row for row in segments if row[1] > upto_record]
        if cut:
            read_rows(cut[0][0] - 1, upto_record)
    if upto_record > rolled:
        read_rows(rolled, upto_record)
    known_gap_ns = int(packet.period_s * GAP_PERIODS * 1e9) if packet.period_s else 0
    found = []
    for i in range(len(wanted.fields)):
        whole_trace = _ordered(joined(*(part[i] for part in parts))) if parts else empty()
        gap_ns = known_gap_ns or _usual_gap(whole_trace)
        newest_ns = int(whole_trace.t_ns[-1]) if len(whole_trace.t_ns) else t0_ns
        by_segments = bool(segments) and not rows_will_do
        drawn_gap_ns = max(gap_ns, 2 * BUCKET_NS) if by_segments else gap_ns
        if by_segments:
            newest_ns = max(newest_ns, min(max(row[4] for row in segments), t1_ns))
        drawn = thinned(whole_trace, points, bin_ns, drawn_gap_ns)
        found.append(LiveTrace(drawn, newest_ns, gap_ns, bin_ns, points))
    return found


def later_rows(
    connection: sqlite3.Connection,
    wanted: Wanted,
    after_id: int,
    upto_id: int,
    axis: Axis,
    mission_offset_ns: int,
) -> list[Trace]:
    """Return the rows ``after_id < id <= upto_id`` of parameters of one packet type, in order of time."""
    found: dict[int, Trace] = {}
    seen = context_of(connection, wanted, after_id, upto_id)
    for table in dict.fromkeys(column.table_name for _, column in wanted.fields):
        here = [i for i, (_, column) in enumerate(wanted.fields) if column.table_name == table]
        names = ", ".join(quoted(wanted.fields[i][1].column_name) for i in here)
        rows = connection.execute(
            f"SELECT {_time_sql(axis, mission_offset_ns)}, {names} FROM {quoted(table)} "
            "WHERE id > ? AND id <= ? ORDER BY id",
            (after_id, upto_id),
        ).fetchall()
        if not rows:
            continue
        cells = list(zip(*rows, strict=True))
        t_ns = np.array(cells[0], np.int64)
        in_order = bool((t_ns[1:] >= t_ns[:-1]).all())
        for i, values in zip(here, cells[1:], strict=True):
            if wanted.fields[i][1].numeric:
                trace = judged(*wanted.fields[i], t_ns, values, seen)
                found[i] = trace if in_order else _ordered(trace)
    return [found.get(i, empty()) for i in range(len(wanted.fields))]


def changes(
    connection: sqlite3.Connection,
    packet: PacketDefinition,
    parameter: Parameter,
    column: Column,
    t0_ns: int,
    t1_ns: int,
    upto_record: int,
    mission_offset_ns: int,
) -> list[tuple[int, int]]:
    """Return (mission time, raw value) wherever an integer parameter took a new value, in order of time."""
    at = column.position * 8 + 1
    segments = connection.execute(
        "SELECT first_id, last_id, generation_min_ns, generation_max_ns, substr(minimum, ?, 8), "
        "substr(maximum, ?, 8) FROM rollup WHERE packet = ? AND generation_min_ns BETWEEN ? AND ? "
        "AND generation_max_ns >= ? AND first_id <= ? ORDER BY first_id",
        (at, at, packet.name, t0_ns - BUCKET_NS, t1_ns, t0_ns, upto_record),
    ).fetchall()
    (rolled,) = connection.execute(
        "SELECT coalesce(max(last_id), 0) FROM rollup WHERE packet = ?", (packet.name,)
    ).fetchone()
    seen: list[tuple[int, int]] = []
    time = _time_sql("generation", mission_offset_ns)

    def scan(after: int, upto: int) -> None:
        seen.extend(
            connection.execute(
                f"SELECT {time}, {quoted(column.column_name)} FROM {quoted(column.table_name)} "
                f"WHERE id > ? AND id <= ? AND {time} BETWEEN ? AND ? ORDER BY id",
                (after, upto, t0_ns, t1_ns),
            )
        )

    for first, last, begin_ns, end_ns, low, high in segments:
        if low == high and last <= upto_record and _is_raw(parameter):
            value = int(np.frombuffer(low, "<f8")[0])
            seen += [(max(begin_ns, t0_ns), value), (min(end_ns, t1_ns), value)]
        else:
            scan(first - 1, min(last, upto_record))
    scan(rolled, upto_record)
    # Order of time, not of record: what is played back belongs to its own time.
    seen.sort(key=lambda each: each[0])
    later = [each for before, each in itertools.pairwise(seen) if each[1] != before[1]]
    return [*seen[:1], *later]


def _is_raw(parameter: Parameter) -> bool:
    """Whether the rollup, in engineering units, holds the raw values too."""
    return isinstance(parameter.calibration, Enumeration) or not parameter.is_calibrated


def _runs(segments: list[tuple[Any, ...]]) -> list[tuple[int, int]]:
    """Return the first and last records of segments that follow each other closely."""
    runs: list[tuple[int, int]] = []
    for first, last, *_ in segments:
        if runs and first - runs[-1][1] <= RECORDS_BETWEEN:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs


def _time_sql(axis: Axis, mission_offset_ns: int) -> str:
    if axis == "reception":
        return "reception_ns"
    return f"coalesce(generation_ns, reception_ns + {int(mission_offset_ns)})"


def _within(trace: Trace, t0_ns: int, t1_ns: int) -> Trace:
    first = int(np.searchsorted(trace.t_ns, t0_ns))
    last = int(np.searchsorted(trace.t_ns, t1_ns, "right"))
    part = slice(first, last)
    return Trace(trace.t_ns[part], trace.lo[part], trace.hi[part], trace.worst[part], trace.decimated)


def _from_segments(segments: list[tuple[Any, ...]], number: int) -> Trace:
    if not segments:
        return empty()
    at = 5 + 3 * number
    t_ns = np.array([(row[3] + row[4]) // 2 for row in segments], np.int64)
    lo = np.frombuffer(b"".join(row[at] for row in segments), "<f8").astype(np.float64)
    hi = np.frombuffer(b"".join(row[at + 1] for row in segments), "<f8").astype(np.float64)
    worst = np.frombuffer(b"".join(row[at + 2] for row in segments), np.uint8)
    return Trace(t_ns, lo, hi, worst, True)


def _ordered(trace: Trace) -> Trace:
    """A line needs its points in order of time; where the clock stepped they are not."""
    if len(trace.t_ns) > 1 and (np.diff(trace.t_ns) < 0).any():
        order = np.argsort(trace.t_ns, kind="stable")
        return Trace(trace.t_ns[order], trace.lo[order], trace.hi[order], trace.worst[order], trace.decimated)
    return trace


def _usual_gap(trace: Trace) -> int:
    """Return what counts as a gap where the period is not known: ten usual distances."""
    if len(trace.t_ns) < 3:
        return GAP_UNKNOWN_NS
    return max(int(10 * np.median(np.diff(trace.t_ns))), 1)
