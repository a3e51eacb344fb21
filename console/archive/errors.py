"""What can be wrong with an archive, in words an operator can act on."""

from __future__ import annotations


class ArchiveError(Exception):
    """The file cannot be used as it is; the message says why and what mends it."""

    final = True
    """Waiting does not mend it."""


class ArchiveNotReady(ArchiveError):
    """The recorder has made the file but not yet its contents."""

    final = False


def unreadable(error: Exception) -> str:
    """Say what SQLite's refusal of a file means."""
    if "malformed" in str(error):
        return f"this file is damaged or was cut short ({error}): take a whole copy of it"
    return f"this file is not an Okaeri archive ({error})"
