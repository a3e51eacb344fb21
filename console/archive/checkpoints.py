"""Moving the write-ahead log into the file while the recorder goes on."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

CHECKPOINT_S = 2.0


class Checkpoints:
    """Moves the write-ahead log into the file from a connection of its own, never in the writer's way."""

    def __init__(self, path: Path) -> None:
        """Begin to move the log of ``path`` every 2 s."""
        self._uri = f"{path.resolve().as_uri()}?mode=rw"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what it had not moved stays in the log."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        while not self._stop.wait(CHECKPOINT_S):
            try:
                if connection is None:  # never a new file, where the archive has just been moved away
                    connection = sqlite3.connect(self._uri, uri=True, isolation_level=None)
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error:
                continue  # a full disk is told by the writer; this only tries again
        if connection is not None:
            connection.close()
