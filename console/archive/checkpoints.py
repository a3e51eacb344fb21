"""Moving the write-ahead log into the file while the recorder goes on."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

CHECKPOINT_S = 2.0


class Checkpoints:
    """Moves the write-ahead log into the file from a connection of its own, never in the writer's way."""

    def __init__(self, path: Path) -> None:
        """Begin to move the log of ``path`` every 2 s."""
        # Opened at once: later the path may name another file, which this log must never get into.
        self._connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what it had not moved stays in the log."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(CHECKPOINT_S):
            # A full disk is told by the writer; this only tries again.
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._connection.close()
