"""The one sample nearest to an instant, as it came: raw value and sequence count."""

from __future__ import annotations

import sqlite3
from typing import Any

from console.archive.columns import Column, quoted
from console.archive.rollup import BUCKET_NS


def nearest(
    connection: sqlite3.Connection, packet: str, column: Column, t_ns: int, within_ns: int, upto_record: int,
    axis: str, mission_offset_ns: int,
) -> tuple[int, int, Any, int] | None:  # fmt: skip
    """Return (record, time, stored value, sequence count) of the sample nearest to an instant.

    ``t_ns`` is of ``axis``; ``None`` where no sample lies within ``within_ns`` of it.
    """
    low, high = t_ns - within_ns, t_ns + within_ns
    segments = connection.execute(
        f"SELECT first_id, last_id FROM rollup WHERE packet = ? AND {axis}_min_ns BETWEEN ? AND ? "
        f"AND {axis}_max_ns >= ? AND first_id <= ?",
        (packet, low - BUCKET_NS, high, low, upto_record),
    ).fetchall()
    (rolled,) = connection.execute(
        "SELECT coalesce(max(last_id), 0) FROM rollup WHERE packet = ?", (packet,)
    ).fetchone()
    time = f"coalesce(generation_ns, reception_ns + {mission_offset_ns:d})"
    time = time if axis == "generation" else "reception_ns"
    table, name = quoted(column.table_name), quoted(column.column_name)
    best: tuple[int, int, Any] | None = None
    for first, last in [*segments, (rolled + 1, upto_record)]:
        row = connection.execute(
            f"SELECT id, {time} AS t, {name} FROM {table} WHERE id BETWEEN ? AND ? AND t BETWEEN ? AND ? "
            "ORDER BY abs(t - ?) LIMIT 1",
            (first, min(last, upto_record), low, high, t_ns),
        ).fetchone()
        if row is not None and (best is None or abs(row[1] - t_ns) < abs(best[1] - t_ns)):
            best = row
    if best is None:
        return None
    found = connection.execute("SELECT sequence_count FROM packets WHERE id = ?", (best[0],)).fetchone()
    return (*best, found[0] if found else -1)
