"""Opening an archive to read it, wherever it lies."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from console.archive.errors import ArchiveError, ArchiveNotReady, unreadable


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open an archive so that nothing in it can run and nothing is written.

    On a read-only medium without a write-ahead log the file is opened ``immutable``.
    """
    try:
        if not path.exists():
            raise ArchiveNotReady(f"{path}: there is no such file")
        if not path.is_file():
            raise ArchiveError(f"{path} is not a file")
        uri = path.resolve().as_uri()
    except OSError as error:
        raise ArchiveError(f"{path} cannot be reached: {error.strerror}") from None
    try:
        return _harmless(f"{uri}?mode=ro")
    except sqlite3.OperationalError as error:
        if not os.access(path, os.R_OK):
            raise ArchiveError(f"{path} may not be read: see to its permissions") from None
        log = _log(path)
        if log.exists() and log.stat().st_size:
            if os.access(path.parent, os.W_OK):
                raise ArchiveNotReady(f"{path}: cannot be read now ({error})") from None
            raise ArchiveError(
                f"{path}: its newest data are in {log.name}, and nothing can be written beside it: "
                "copy both files into a folder of your own and open them there"
            ) from None
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{path}: {unreadable(error)}") from None
    try:
        return _harmless(f"{uri}?immutable=1")
    except sqlite3.DatabaseError as error:
        raise ArchiveError(f"{path} cannot be read: {error}") from None


def _log(path: Path) -> Path:
    """Return where SQLite keeps the write-ahead log: beside the file itself, not beside a link to it."""
    return Path(f"{path.resolve()}-wal")


def names(path: Path, file: os.stat_result) -> bool:
    """Return whether a path still names the file that it named when ``file`` was taken of it."""
    try:
        return os.path.samestat(file, path.stat())
    except OSError:
        return False


def tidy(path: Path) -> None:
    """Let SQLite remove an empty log, which only a connection that may write does, and only the last one."""
    with suppress(OSError, sqlite3.Error):
        if _log(path).stat().st_size == 0:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _harmless(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection
