"""Writing: the few rows that a desk may add to an archive."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from console.archive.errors import ArchiveError
from console.archive.schema import check

DESK_TABLES = ("acknowledgements", "notes", "layouts")
"""What a desk may add rows to."""


class DeskWriter:
    """The rows that people add: acknowledgements, notes and layouts, one row a transaction.

    Each method waits up to 5 s for the recorder and raises ``sqlite3.OperationalError`` after that.
    """

    def __init__(self, path: str | Path, clock: Callable[[], int] = time.time_ns) -> None:
        """Open an archive that exists; raises ``ArchiveError`` or ``sqlite3.OperationalError``."""
        self._clock = clock
        uri = Path(path).resolve().as_uri() + "?mode=rw"
        self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA busy_timeout=5000")
            self._connection.execute("PRAGMA trusted_schema=OFF")
            check(self._connection)
        except ArchiveError as error:
            self._connection.close()
            raise type(error)(f"{path}: {error}") from None
        except BaseException:
            self._connection.close()
            raise
        # From here on SQLite itself refuses whatever else a desk might write.
        self._connection.set_authorizer(_only_adds)

    def acknowledge(self, alarm_id: int, by: str, note: str = "") -> None:
        """Say that somebody has seen an alarm; ``alarm_id`` is ``AlarmState.id``."""
        self._add("acknowledgements", {"alarm_id": alarm_id, "by": by, "note": note})

    def note(self, at_ns: int, text: str, by: str) -> None:
        """Write something about an instant (mission time)."""
        self._add("notes", {"at_ns": at_ns, "text": text, "by": by})

    def save_layout(self, name: str, state: bytes) -> None:
        """Keep a layout under a name; the newest of a name counts."""
        self._connection.execute(
            "INSERT INTO layouts(known_at_ns, name, state) VALUES(?,?,?)", (self._clock(), name, state)
        )

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _add(self, table: str, row: Mapping[str, Any]) -> None:
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self._connection.execute(
            f"INSERT INTO {table}(known_at_ns, record, {names}) "
            f"VALUES(?, (SELECT coalesce(max(id), 0) FROM packets), {marks})",
            (self._clock(), *row.values()),
        )


def _only_adds(action: int, table: str | None, *_: str | None) -> int:
    """Allow reading, and adding rows to the tables of people."""
    reads = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_TRANSACTION)
    adds = action == sqlite3.SQLITE_INSERT and table in DESK_TABLES
    return sqlite3.SQLITE_OK if action in reads or adds else sqlite3.SQLITE_DENY
