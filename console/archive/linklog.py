"""What the archive knows of its links: counters as they stood, and when they brought data."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable

from console.archive.rollup import BUCKET_NS
from console.archive.shapes import LinkStatus

VERSION_WITH_CORRECTED = 3
"""The archive's version from which the counters tell how many frames were corrected."""
STATUS_GAP_NS = 3_000_000_000
"""Two counters of a link further apart than this have a stretch without data between them."""
Span = tuple[int, int]


def statuses(connection: sqlite3.Connection, links: Iterable[str], upto_record: int) -> dict[str, LinkStatus]:
    """Return each link's newest counters known at a record."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    corrected = "frames_corrected" if version >= VERSION_WITH_CORRECTED else "0"
    found: dict[str, LinkStatus] = {}
    for link in links:
        row = connection.execute(
            "SELECT link, known_at_ns, state, octets, frames_good, frames_bad, frames_missing, packets, "
            f"packets_missing, duplicates, dropped_by_kernel, last_reception_ns, {corrected} "
            "FROM link_status WHERE link = ? AND record <= ? ORDER BY record DESC, id DESC LIMIT 1",
            (link, upto_record),
        ).fetchone()
        if row:
            found[link] = LinkStatus(*row)
    return found


def coverage(connection: sqlite3.Connection, link: str, t0_ns: int, t1_ns: int) -> list[Span] | None:
    """Return the stretches in which a link brought octets, ``None`` where no two counters tell any."""
    rows = connection.execute(
        "SELECT known_at_ns, octets FROM link_status WHERE link = ? AND known_at_ns BETWEEN ? AND ? "
        "ORDER BY known_at_ns",
        (link, t0_ns - STATUS_GAP_NS, t1_ns + STATUS_GAP_NS),
    ).fetchall()
    if len(rows) < 2:
        told = connection.execute("SELECT octets FROM link_status WHERE link = ? LIMIT 2", (link,)).fetchall()
        if len(told) > 1:
            return []
        # What another link brought for the same vehicle is not this one's, if it has brought nothing.
        silent = not any(octets for (octets,) in told)
        others = connection.execute("SELECT 1 FROM link_status WHERE link != ? LIMIT 1", (link,)).fetchone()
        return [] if silent and others else None
    spans: list[Span] = []
    for (before_ns, before), (at_ns, octets) in itertools.pairwise(rows):
        if octets > before and at_ns - before_ns <= STATUS_GAP_NS:
            _extend(spans, before_ns, at_ns, 0)
    return spans


def coverage_of_packets(
    connection: sqlite3.Connection, packets: Iterable[str], t0_ns: int, t1_ns: int
) -> list[Span]:
    """Return the stretches in which packets of these types came, as the rollup tells."""
    spans: list[Span] = []
    rows: list[Span] = []
    for name in packets:
        rows += connection.execute(
            "SELECT reception_min_ns, reception_max_ns FROM rollup "
            "WHERE packet = ? AND reception_min_ns BETWEEN ? AND ?",
            (name, t0_ns - BUCKET_NS, t1_ns),
        ).fetchall()
    for start, end in sorted(rows):
        _extend(spans, start, end, STATUS_GAP_NS)
    return spans


def _extend(spans: list[Span], start: int, end: int, gap_ns: int) -> None:
    if spans and start - spans[-1][1] <= gap_ns:
        spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
    else:
        spans.append((start, end))
