"""The copy of a mission's files that an archive keeps, so that it is read with its own definitions."""

from __future__ import annotations

import io
import sqlite3
import zipfile
import zlib
from collections.abc import Mapping

from console.archive.errors import ArchiveError
from console.mission import KEPT_OCTETS, Mission, load_mission
from decoders.mission.model import DefinitionError


def current(connection: sqlite3.Connection) -> Mission | None:
    """Return the mission of the present table set, ``None`` where there is none yet.

    Raises ``ArchiveError`` where the copy cannot be read.
    """
    row = connection.execute(
        "SELECT m.files FROM table_set t JOIN mission m ON m.id = t.mission_id ORDER BY t.id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    try:
        return load_mission(unpacked(row[0]))
    except DefinitionError as error:
        raise ArchiveError(f"the mission kept in this archive cannot be read: {error}") from None


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of a mission's files, the same bytes for the same files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return whole.getvalue()


def unpacked(blob: bytes) -> dict[str, bytes]:
    """Return the files of a mission kept as a ZIP; raise ``ArchiveError`` if it is damaged or huge."""
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as kept:
            if sum(info.file_size for info in kept.infolist()) > KEPT_OCTETS:
                raise ArchiveError("the mission kept in this archive is too large to be one")
            return {info.filename: kept.read(info) for info in kept.infolist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise ArchiveError(f"the mission kept in this archive is damaged ({error})") from None
