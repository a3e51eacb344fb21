"""One parameter over time: from rows where they are few, from rollup segments where they are many."""

from __future__ import annotations

import sqlite3
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from console.archive.columns import Column, quoted
from console.archive.rollup import BUCKET_NS
from console.archive.shapes import Trace
from console.archive.writer import restored
from decoders import calibration, limits
from decoders.mission.model import PacketDefinition, Parameter

Axis = Literal["generation", "reception"]
ROWS_A_POINT = 24
"""Rows are read themselves while there are at most this many for a point; above, segments do."""
ROWS_AT_MOST = 60_000
GAP_PERIODS = 3.0
GAP_UNKNOWN_NS = 90_000_000_000


def trace(
    connection: sqlite3.Connection,
    packet: PacketDefinition,
    parameter: Parameter,
    column: Column,
    width: int,
    t0_ns: int,
    t1_ns: int,
    *,
    points: int,
    upto_record: int,
    axis: Axis,
    mission_offset_ns: int,
) -> Trace:
    """See ``ArchiveReader.trace``; ``width`` is the number of columns of the packet type."""
    segments = connection.execute(
        f"SELECT first_id, last_id, count, {axis}_min_ns, {axis}_max_ns, substr(minimum, ?, 8), "
        f"substr(maximum, ?, 8), substr(worst, ?, 1) FROM rollup "
        f"WHERE packet = ? AND {axis}_min_ns BETWEEN ? AND ? AND {axis}_max_ns >= ? AND first_id <= ? "
        f"ORDER BY first_id",
        (
            column.position * 8 + 1, column.position * 8 + 1, column.position + 1,
            packet.name, t0_ns - BUCKET_NS, t1_ns, t0_ns, upto_record,
        ),
    ).fetchall()  # fmt: skip
    (rolled,) = connection.execute(
        "SELECT coalesce(max(last_id), 0) FROM rollup WHERE packet = ?", (packet.name,)
    ).fetchone()
    held = sum(row[2] for row in segments)
    gap_ns = int(packet.period_s * GAP_PERIODS * 1e9) if packet.period_s else 0
    rows_will_do = held <= ROWS_AT_MOST and (
        held <= ROWS_A_POINT * points or len(segments) < max(points // 4, 1)
    )
    parts: list[Trace] = []
    if segments and rows_will_do:
        first, last = segments[0][0] - 1, min(segments[-1][1], upto_record)
        parts.append(
            _from_rows(connection, parameter, column, first, last, t0_ns, t1_ns, axis, mission_offset_ns)
        )
    elif segments:
        whole = [row for row in segments if row[1] <= upto_record]
        parts.append(_from_segments(whole))
        cut = [row for row in segments if row[1] > upto_record]
        if cut:
            parts.append(
                _from_rows(
                    connection, parameter, column, cut[0][0] - 1, upto_record, t0_ns, t1_ns, axis,
                    mission_offset_ns,
                )
            )  # fmt: skip
    if upto_record > rolled:
        parts.append(
            _from_rows(
                connection, parameter, column, rolled, upto_record, t0_ns, t1_ns, axis, mission_offset_ns
            )
        )
    whole_trace = _joined(parts)
    if not gap_ns:
        gap_ns = _usual_gap(whole_trace)
    if segments and not rows_will_do:
        gap_ns = max(gap_ns, 2 * BUCKET_NS)
    return thinned(whole_trace, points, t0_ns, t1_ns, gap_ns)


def thinned(trace: Trace, points: int, t0_ns: int, t1_ns: int, gap_ns: int) -> Trace:
    """Reduce a trace to at most about ``points`` minima and maxima, and put NaN rows into its gaps."""
    n = len(trace.t_ns)
    if not n:
        return trace
    parts = np.zeros(n, np.int64)
    if gap_ns:
        parts[1:] = np.cumsum(np.diff(trace.t_ns) > gap_ns)
    t, lo, hi, worst, decimated = trace.t_ns, trace.lo, trace.hi, trace.worst, trace.decimated
    if n > points:
        bins = (t - t0_ns) * max(points, 1) // max(t1_ns - t0_ns, 1)
        starts = np.flatnonzero(np.r_[True, (np.diff(bins) != 0) | (np.diff(parts) != 0)])
        t, parts = t[starts], parts[starts]
        lo, hi = np.fmin.reduceat(lo, starts), np.fmax.reduceat(hi, starts)
        worst = np.maximum.reduceat(worst, starts)
        decimated = True
    breaks = np.flatnonzero(np.diff(parts)) + 1
    if len(breaks):
        between = (t[breaks - 1] + t[breaks]) // 2
        t = np.insert(t, breaks, between)
        lo, hi = np.insert(lo, breaks, np.nan), np.insert(hi, breaks, np.nan)
        worst = np.insert(worst, breaks, 0)
    return Trace(t, lo, hi, worst, decimated)


def changes(
    connection: sqlite3.Connection,
    packet: PacketDefinition,
    parameter: Parameter,
    column: Column,
    t0_ns: int,
    t1_ns: int,
    upto_record: int,
) -> list[tuple[int, int]]:
    """Return (mission time, raw value) wherever an integer parameter took a new value."""
    at = column.position * 8 + 1
    segments = connection.execute(
        "SELECT first_id, last_id, substr(minimum, ?, 8), substr(maximum, ?, 8) "
        "FROM rollup WHERE packet = ? AND generation_min_ns BETWEEN ? AND ? AND first_id <= ? "
        "ORDER BY first_id",
        (at, at, packet.name, t0_ns - BUCKET_NS, t1_ns, upto_record),
    ).fetchall()
    (rolled,) = connection.execute(
        "SELECT coalesce(max(last_id), 0) FROM rollup WHERE packet = ?", (packet.name,)
    ).fetchone()
    found: list[tuple[int, int]] = []
    present: int | None = None

    def scan(after: int, upto: int) -> None:
        nonlocal present
        rows = connection.execute(
            f"SELECT coalesce(generation_ns, reception_ns), {quoted(column.column_name)} "
            f"FROM {quoted(column.table_name)} WHERE id > ? AND id <= ? ORDER BY id",
            (after, upto),
        )
        for at_ns, value in rows:
            if value is not None and value != present and t0_ns <= at_ns <= t1_ns:
                present = int(value)
                found.append((at_ns, present))

    for first, last, low, high in segments:
        if low == high and last <= upto_record and np.frombuffer(low, "<f8")[0] == present:
            continue
        scan(first - 1, min(last, upto_record))
    scan(rolled, upto_record)
    return found


def _from_rows(
    connection: sqlite3.Connection,
    parameter: Parameter,
    column: Column,
    after_id: int,
    upto_id: int,
    t0_ns: int,
    t1_ns: int,
    axis: Axis,
    mission_offset_ns: int,
) -> Trace:
    time = "reception_ns"
    if axis == "generation":
        time = f"coalesce(generation_ns, reception_ns + {int(mission_offset_ns)})"
    rows = connection.execute(
        f"SELECT {time}, {quoted(column.column_name)} FROM {quoted(column.table_name)} "
        f"WHERE id > ? AND id <= ? ORDER BY id",
        (after_id, upto_id),
    ).fetchall()
    if not rows or not column.numeric:
        return _joined([])
    t_ns = np.fromiter((row[0] for row in rows), np.int64, len(rows))
    values = calibration.calibrate(parameter, restored(column, tuple(row[1] for row in rows)))
    inside = (t_ns >= t0_ns) & (t_ns <= t1_ns)
    t_ns, values = t_ns[inside], values[inside]
    worst = np.zeros(len(values), np.uint8)
    if parameter.limits is not None:
        worst = limits.severity(parameter.limits, values)
    return _ordered(t_ns, values, values, worst)


def _from_segments(segments: list[tuple[Any, ...]]) -> Trace:
    if not segments:
        return _joined([])
    t_ns = np.array([(row[3] + row[4]) // 2 for row in segments], np.int64)
    lo = np.frombuffer(b"".join(row[5] for row in segments), "<f8").astype(np.float64)
    hi = np.frombuffer(b"".join(row[6] for row in segments), "<f8").astype(np.float64)
    worst = np.frombuffer(b"".join(row[7] for row in segments), np.uint8)
    ordered = _ordered(t_ns, lo, hi, worst)
    return Trace(ordered.t_ns, ordered.lo, ordered.hi, ordered.worst, True)


def _ordered(
    t_ns: NDArray[np.int64], lo: NDArray[np.float64], hi: NDArray[np.float64], worst: NDArray[np.uint8]
) -> Trace:
    """A line needs its points in order of time; where the clock stepped they are not."""
    if len(t_ns) > 1 and (np.diff(t_ns) < 0).any():
        order = np.argsort(t_ns, kind="stable")
        return Trace(t_ns[order], lo[order], hi[order], worst[order])
    return Trace(t_ns, lo, hi, worst)


def _joined(parts: list[Trace]) -> Trace:
    if not parts:
        return Trace(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.uint8))
    whole = _ordered(
        np.concatenate([p.t_ns for p in parts]),
        np.concatenate([p.lo for p in parts]),
        np.concatenate([p.hi for p in parts]),
        np.concatenate([p.worst for p in parts]),
    )
    return Trace(whole.t_ns, whole.lo, whole.hi, whole.worst, any(p.decimated for p in parts))


def _usual_gap(trace: Trace) -> int:
    """Return what counts as a gap where the period is not known: ten usual distances."""
    if len(trace.t_ns) < 3:
        return GAP_UNKNOWN_NS
    return max(int(10 * np.median(np.diff(trace.t_ns))), 1)
