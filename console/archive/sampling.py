"""Rows of one packet type over a stretch of time, thinned where they are many but never altered."""

from __future__ import annotations

import json
import sqlite3

from console.archive.columns import Column
from console.archive.rawrows import read_where
from console.archive.rollup import BUCKET_NS
from console.archive.shapes import Columns

ROWS = 4000
"""More rows than this are thinned to the first of each rollup segment (a minute)."""


def sampled(
    connection: sqlite3.Connection, packet: str, held: list[Column], t0_ns: int, t1_ns: int, upto_record: int
) -> Columns:
    """Return rows received between two instants; the newest segment and what follows it are whole."""
    segments = connection.execute(
        "SELECT first_id, last_id, count FROM rollup WHERE packet = ? AND reception_max_ns >= ? "
        "AND reception_min_ns BETWEEN ? AND ? AND first_id <= ? ORDER BY first_id",
        (packet, t0_ns, t0_ns - 2 * BUCKET_NS, t1_ns, upto_record),
    ).fetchall()
    (rolled,) = connection.execute(
        "SELECT coalesce(max(last_id), 0) FROM rollup WHERE packet = ?", (packet,)
    ).fetchone()
    many = sum(count for _, _, count in segments) > ROWS
    firsts = [first for first, _, _ in segments] if many else []
    whole = segments[-1:] if many else segments
    first, last = (whole[0][0], min(whole[-1][1], upto_record)) if whole else (1, 0)
    ids, generation, reception, raw = read_where(
        connection,
        held,
        "id BETWEEN ? AND ? OR id > ? AND id <= ? OR id IN (SELECT value FROM json_each(?))",
        (first, last, rolled, upto_record, json.dumps(firsts)),
    )
    inside = (reception >= t0_ns) & (reception <= t1_ns)
    picked = {name: values[inside] for name, values in raw.items()}
    return Columns(ids[inside], generation[inside], reception[inside], picked)
