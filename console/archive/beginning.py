"""Beginning to write: a new archive, or another session in one of the same mission and kind."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from console import __version__
from console.archive import columns as naming
from console.archive import missioncopy
from console.archive.columns import Column
from console.archive.errors import ArchiveError, unreadable
from console.archive.schema import check, prepare
from console.mission import Mission

KINDS = ("live", "simulation", "training")


@dataclass(frozen=True, slots=True)
class Begun:
    """An archive that takes rows: its connection, raw columns by packet type, and links by name."""

    connection: sqlite3.Connection
    columns: Mapping[str, list[Column]]
    link_ids: Mapping[str, int]
    keep_frames: Mapping[str, bool]


def begin(path: Path, mission: Mission, kind: str, mission_offset_ns: int, note: str) -> Begun:
    """Open or make an archive and begin a session in it; raises ``ArchiveError`` where that cannot be."""
    if kind not in KINDS:
        raise ArchiveError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
    connection = _connected(path)
    with closed_if_refused(path, connection):
        return _begin_session(connection, mission, kind, mission_offset_ns, note)


@contextmanager
def closed_if_refused(path: Path, connection: sqlite3.Connection) -> Iterator[None]:
    """Close the connection on any error; raise SQLite's as ``ArchiveError`` in an operator's words."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise _refused(path, error) from None
        raise ArchiveError(f"{path}: {unreadable(error)}") from None
    except ArchiveError as error:
        connection.close()
        raise ArchiveError(f"{path}: {error}") from None
    except BaseException:
        connection.close()
        raise


def _connected(path: Path) -> sqlite3.Connection:
    if path.is_dir():
        raise ArchiveError(f"{path} is a folder: name a file")
    try:
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise _refused(path, error) from None


def _begin_session(
    connection: sqlite3.Connection, mission: Mission, kind: str, mission_offset_ns: int, note: str
) -> Begun:
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA busy_timeout=5000")
    version = check(connection, empty_is_new=True)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    connection.execute("PRAGMA cache_size=-2048")  # what is appended to; more makes nothing faster
    prepare(connection)
    connection.execute("BEGIN IMMEDIATE")
    if version:
        _refuse_other_kind(connection, kind)
    columns = naming.read(connection)
    if not columns:
        taken = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema")]
        columns = naming.plan(mission.packets, taken)
        naming.create(connection, mission.packets, columns)
    elif _other_columns(connection, mission, columns) or _other_calibrations(connection, mission):
        raise ArchiveError("was begun with other packet definitions: record into a new file")
    _store_mission(connection, mission)
    connection.execute(
        "INSERT INTO session(kind, started_ns, mission_offset_ns, software, note) VALUES(?,?,?,?,?)",
        (kind, time.time_ns(), mission_offset_ns, f"okaeri {__version__}", note),
    )
    keep_frames = _store_links(connection, mission)
    connection.execute("COMMIT")
    by_packet: dict[str, list[Column]] = {}
    for column in columns:
        by_packet.setdefault(column.packet, []).append(column)
    link_ids = {name: i for i, name in connection.execute("SELECT id, name FROM links")}
    return Begun(connection, by_packet, link_ids, keep_frames)


def _refused(path: Path, error: sqlite3.Error) -> ArchiveError:
    """Say why a file cannot be written."""
    if "readonly" in str(error) or (path.exists() and not os.access(path, os.R_OK | os.W_OK)):
        return ArchiveError(f"{path} may not be written: see to its permissions, or name another file")
    return ArchiveError(f"{path} cannot be opened: {error}")


def _refuse_other_kind(connection: sqlite3.Connection, kind: str) -> None:
    found = connection.execute("SELECT kind FROM session ORDER BY id DESC LIMIT 1").fetchone()
    if found and found[0] != kind:
        raise ArchiveError(f"holds {found[0]} data: record {kind} into a file of its own")


def _other_columns(connection: sqlite3.Connection, mission: Mission, held: list[Column]) -> bool:
    mine = {c.table_name for c in held} | {naming.view_name(c.table_name) for c in held}
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema")]
    return held != naming.plan(mission.packets, [name for name in names if name not in mine])


def _other_calibrations(connection: sqlite3.Connection, mission: Mission) -> bool:
    """Whether what is in the file means something else: its views and its rollup are calibrated."""
    before = missioncopy.current(connection)
    if before is None or before.digest == mission.digest:
        return False
    return _calibrations(before) != _calibrations(mission)


def _calibrations(mission: Mission) -> dict[tuple[str, str], tuple[object, ...]]:
    return {
        (packet.name, each.name): (each.calibration, each.context_calibrations)
        for packet in mission.packets
        for each in packet.values
    }


def _store_mission(connection: sqlite3.Connection, mission: Mission) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO mission(digest, name, title, stored_ns, files) VALUES(?,?,?,?,?)",
        (mission.digest, mission.name, mission.title, time.time_ns(), missioncopy.packed(mission.files)),
    )
    (mission_id,) = connection.execute("SELECT id FROM mission WHERE digest=?", (mission.digest,)).fetchone()
    current = connection.execute("SELECT mission_id FROM table_set ORDER BY id DESC LIMIT 1").fetchone()
    if current is None or current[0] != mission_id:
        connection.execute(
            "INSERT INTO table_set(known_at_ns, suffix, mission_id) VALUES(?,'',?)",
            (time.time_ns(), mission_id),
        )


def _store_links(connection: sqlite3.Connection, mission: Mission) -> dict[str, bool]:
    """Store the links, ``file`` where the mission has none; return which keep the octets of every frame."""
    keep: dict[str, bool] = {}
    for link in mission.links:
        connection.execute(
            "INSERT OR IGNORE INTO links(name, title, vehicle, station) VALUES(?,?,?,?)",
            (link.id, link.title, link.vehicle, link.station),
        )
        keep[link.id] = link.keep == "frames"
    if not keep:
        vehicle = mission.vehicles[0].id if mission.vehicles else ""
        connection.execute(
            "INSERT OR IGNORE INTO links(name, title, vehicle, station) VALUES('file','file',?,'')",
            (vehicle,),
        )
        keep["file"] = False
    return keep
