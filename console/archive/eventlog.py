"""The log: what the recorder told, alarms, acknowledgements and notes, in one order, as known at a record.

Each of the four tables is only appended to, and its rows name the newest record at that time, so record
numbers never fall from one row to the next: the newest row known at a record is found by halving the
row numbers, whatever the table's size, and the log is the last rows before it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from console.archive.shapes import Acknowledgement, AlarmTransition, Event, LogEntry, Note

VERSION_WITH_DETAILS = 2
"""From this version of the schema on, events carry what their text tells as numbers too."""


class EventLog:
    """Reads the log at a record; answers with the same list while nothing was added."""

    def __init__(self, connection: sqlite3.Connection, version: int) -> None:
        """Read from an archive of a schema version."""
        self._connection = connection
        self._sources: tuple[tuple[str, str, Callable[[Any], LogEntry]], ...] = (
            ("events", events_sql(version), event_of),
            ("alarms", ALARMS_SQL, lambda row: AlarmTransition(*row)),
            ("acknowledgements", _ACKNOWLEDGEMENTS, lambda row: Acknowledgement(*row)),
            ("notes", _NOTES, lambda row: Note(*row)),
        )
        self._key: tuple[int, ...] = ()
        self._entries: list[LogEntry] = []

    def at(self, upto_record: int, limit: int) -> list[LogEntry]:
        """Return the newest entries known at a record, newest first; one record's are in order of time."""
        newest = [newest_known(self._connection, table, upto_record) for table, _, _ in self._sources]
        key = (limit, *newest)
        if key != self._key:
            found: list[LogEntry] = []
            for (_, sql, make), last in zip(self._sources, newest, strict=True):
                rows = self._connection.execute(
                    f"{sql} WHERE e.id <= ? ORDER BY e.id DESC LIMIT ?", (last, limit)
                )
                found += map(make, rows.fetchall())
            found.sort(key=lambda entry: (entry.record, entry.known_at_ns), reverse=True)
            self._key, self._entries = key, found[:limit]
        return self._entries


def newest_known(connection: sqlite3.Connection, table: str, upto_record: int) -> int:
    """Return the id of the last row of an append-only table that was known at a record, 0 before all."""
    row = connection.execute(f"SELECT id, record FROM {table} ORDER BY id DESC LIMIT 1").fetchone()
    if row is None or row[1] <= upto_record:
        return int(row[0]) if row else 0
    low, high = 0, int(row[0]) - 1
    while low < high:
        middle = (low + high + 1) // 2
        found, record = connection.execute(
            f"SELECT id, record FROM {table} WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
        ).fetchone()
        if record <= upto_record:
            low = max(found, middle)
        else:
            high = middle - 1
    return low


def events_sql(version: int) -> str:
    """Return the SELECT of events, as ``e``, for ``event_of``."""
    details = "details" if version >= VERSION_WITH_DETAILS else "NULL"
    return (
        f"SELECT id, known_at_ns, record, link, code, severity, offset, text, bytes, {details} FROM events e"
    )


def event_of(row: tuple[Any, ...]) -> Event:
    """Make an event of a row that ``events_sql`` selected."""
    return Event(*(*row[:8], row[8] or b"", json.loads(row[9]) if row[9] else {}))


ALARMS_SQL = (
    "SELECT id, known_at_ns, packet, parameter, severity, previous, record, value, state_text, limit_text "
    "FROM alarms e"
)
_ACKNOWLEDGEMENTS = (
    "SELECT e.id, e.known_at_ns, e.record, a.packet, a.parameter, a.severity, a.previous, e.by, e.note "
    "FROM acknowledgements e JOIN alarms a ON a.id = e.alarm_id"
)
_NOTES = "SELECT id, known_at_ns, at_ns, text, by, record FROM notes e"
