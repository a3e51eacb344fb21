"""What the log tells of recorders themselves: when one began and ended, and that one before was cut off."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from console.archive.reader import ArchiveReader
from console.links.receiver import Notice

BEGAN, WENT_ON, ENDED = "recording-began", "recording-went-on", "recording-ended"


def began(archive: Path, now_ns: int) -> Notice:
    """Return what a recorder tells as it begins to write an archive.

    A run before it that told no end was cut off: a kill, or the power. ``last_written_ns`` is then the
    newest time (machine clock) in the archive: after it, what was sent is not here.
    """
    with contextlib.closing(ArchiveReader(archive)) as reader:
        last_written_ns = reader.last_written_ns()
        before = reader.newest_event((BEGAN, WENT_ON, ENDED))
    if not last_written_ns:
        return Notice(now_ns, BEGAN, "recording began")
    if before is None or before.code == ENDED:
        return Notice(now_ns, WENT_ON, "recording goes on in this archive")
    at = datetime.fromtimestamp(last_written_ns // 1_000_000_000, UTC).strftime("%H:%M:%SZ")
    text = f"recording goes on; the run before was cut off, and last wrote at {at} (machine clock)"
    return Notice(now_ns, WENT_ON, text, 1, {"last_written_ns": last_written_ns})


def ended(now_ns: int) -> Notice:
    """Return what a recorder tells when it ends in order."""
    return Notice(now_ns, ENDED, "recording ended")
