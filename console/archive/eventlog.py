"""The log: what the recorder told, alarms, acknowledgements and notes, in one order, as known at a record."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from console.archive.appended import newest_known
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
