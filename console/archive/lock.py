"""One writer an archive: a lock of the operating system, let go even by SIGKILL."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from console.archive.errors import ArchiveError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def lock_file(archive: Path) -> Path:
    """Return the lock's place: one for a file, by whatever symbolic link it is named."""
    real = archive.resolve()
    return real.with_name(real.name + ".lock")


class WriterLock:
    """Holds ``<archive>.lock`` from construction to ``release``; raises ``ArchiveError`` if it is held."""

    def __init__(self, archive: Path) -> None:
        self._path = lock_file(archive)
        while True:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                raise ArchiveError(f"cannot write in {archive.parent}: {error.strerror}") from None
            try:
                if sys.platform == "win32":
                    msvcrt.locking(self._file, msvcrt.LK_NBLCK, 1)
                else:
                    fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._file)
                raise ArchiveError(
                    f"another recorder writes {archive}: end that one first, or name another file"
                ) from None
            if self._is_at_path():
                return
            os.close(self._file)

    def _is_at_path(self) -> bool:
        """Whether the locked file is the one that others will open: its holder may just have removed it."""
        if sys.platform == "win32":
            return True
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Let go; the lock file goes too, so that one file can be handed over."""
        if self._file < 0:
            return
        # Unlinking before closing: whoever opens it afterwards makes a file of its own.
        if sys.platform != "win32":
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1
