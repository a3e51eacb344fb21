"""The octets of the file to decode, in memory as a whole: so it must fit."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path
from typing import BinaryIO

from console.decode.errors import DecodeError
from console.exit_codes import UNREADABLE

STANDARD_INPUT = Path("-")
_MEMORY_PER_OCTET = 6
"""Memory that is taken for each octet of a file, values included (measured: 4 to 5)."""
_USUAL_MEMORY = 8 << 30
_CHUNK = 16 << 20


def read(path: Path) -> bytes:
    """Return the octets of a file, or of standard input for ``-``.

    Raises ``DecodeError`` where there are none, or more than the memory of this machine can decode.
    """
    most = _memory_octets() // _MEMORY_PER_OCTET
    try:
        if path == STANDARD_INPUT:
            data = _read(sys.stdin.buffer, path, most)
        else:
            found = path.stat()
            if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
                raise DecodeError(f"{path} is a device, no file", UNREADABLE)
            if found.st_size > most:
                raise _too_large(path, f"{found.st_size:,} octets", most)
            with path.open("rb") as file:
                data = _read(file, path, most)
    except OSError as error:
        raise DecodeError(f"cannot read {path}: {error.strerror or error}", UNREADABLE) from None
    if not data:
        raise DecodeError(f"{path} is empty", UNREADABLE)
    return data


def changed_s(path: Path) -> float:
    """Return when a file was changed last; standard input is of now."""
    return time.time() if path == STANDARD_INPUT else path.stat().st_mtime


def _read(file: BinaryIO, path: Path, most: int) -> bytes:
    """Read all there is, of a pipe too, whose length nobody knows before."""
    parts, octets = [], 0
    while part := file.read(_CHUNK):
        parts.append(part)
        octets += len(part)
        if octets > most:
            raise _too_large(path, f"more than {most:,} octets", most)
    return b"".join(parts)


def _too_large(path: Path, octets: str, most: int) -> DecodeError:
    return DecodeError(
        f"{path} has {octets}; the memory of this machine decodes {most:,} at once: cut the file into parts, "
        "or decode it on a larger machine",
        UNREADABLE,
    )


def _memory_octets() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows tells it in another way
        return _USUAL_MEMORY
