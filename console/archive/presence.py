"""Whether a recorder writes an archive at this moment, asked without getting in its way."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from console.archive.lock import lock_file

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def somebody_writes(archive: str | Path) -> bool:
    """Return whether a writer holds the archive's lock.

    No lock file: nobody. A lock file that a killed recorder left is not held by anyone; to know
    that, the lock is tried for some microseconds (shared, where the system knows shared locks).
    """
    try:
        file = os.open(lock_file(Path(archive)), os.O_RDWR)
    except FileNotFoundError:
        return False
    except OSError:  # there is one, and it is not ours to open
        return True
    try:
        if sys.platform == "win32":
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            with contextlib.suppress(OSError):
                msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False
