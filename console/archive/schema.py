"""The archive's fixed tables, and how an older file becomes a present one."""

from __future__ import annotations

import sqlite3

from console.archive.errors import ArchiveError, ArchiveNotReady, unreadable

APPLICATION_ID = 0x4F4B4145
"""``OKAE``: tells an archive from any other SQLite file (``PRAGMA application_id``)."""
VERSION = 3

_VERSION_1 = """
CREATE TABLE session(
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, started_ns INTEGER NOT NULL, mission_offset_ns INTEGER NOT NULL,
  software TEXT NOT NULL, note TEXT NOT NULL DEFAULT '');
CREATE TABLE mission(
  id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL, title TEXT NOT NULL,
  stored_ns INTEGER NOT NULL, files BLOB NOT NULL);
CREATE TABLE links(
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT NOT NULL, vehicle TEXT NOT NULL,
  station TEXT NOT NULL);
CREATE TABLE frames(
  id INTEGER PRIMARY KEY, link INTEGER NOT NULL REFERENCES links, vehicle TEXT NOT NULL, scid INTEGER,
  vcid INTEGER, mc_count INTEGER, vc_count INTEGER, first_header INTEGER, ocf INTEGER,
  quality INTEGER NOT NULL, stream_offset INTEGER, reception_ns INTEGER NOT NULL,
  recorded_ns INTEGER NOT NULL, reason TEXT, bytes BLOB);
CREATE TABLE packets(
  id INTEGER PRIMARY KEY, frame_id INTEGER REFERENCES frames, frame_offset INTEGER,
  link INTEGER NOT NULL REFERENCES links, vehicle TEXT NOT NULL, apid INTEGER NOT NULL, vcid INTEGER,
  packet TEXT, sequence_flags INTEGER, sequence_count INTEGER, generation_ns INTEGER,
  reception_ns INTEGER NOT NULL, recorded_ns INTEGER NOT NULL, quality INTEGER NOT NULL,
  duplicate_of INTEGER, bytes BLOB NOT NULL);
CREATE TABLE columns(
  id INTEGER PRIMARY KEY, packet TEXT NOT NULL, position INTEGER NOT NULL, parameter TEXT NOT NULL,
  element INTEGER, table_name TEXT NOT NULL, column_name TEXT NOT NULL, kind TEXT NOT NULL,
  UNIQUE(packet, position));
CREATE TABLE rollup(
  id INTEGER PRIMARY KEY, packet TEXT NOT NULL, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL,
  count INTEGER NOT NULL, generation_min_ns INTEGER NOT NULL, generation_max_ns INTEGER NOT NULL,
  reception_min_ns INTEGER NOT NULL, reception_max_ns INTEGER NOT NULL,
  minimum BLOB NOT NULL, maximum BLOB NOT NULL, mean BLOB NOT NULL, worst BLOB NOT NULL);
CREATE INDEX rollup_last ON rollup(packet, last_id);
CREATE INDEX rollup_generation ON rollup(packet, generation_min_ns);
CREATE INDEX rollup_reception ON rollup(packet, reception_min_ns);
CREATE TABLE events(
  id INTEGER PRIMARY KEY, known_at_ns INTEGER NOT NULL, record INTEGER NOT NULL, link TEXT NOT NULL,
  code TEXT NOT NULL, severity INTEGER NOT NULL, offset INTEGER NOT NULL, text TEXT NOT NULL, bytes BLOB);
CREATE TABLE link_status(
  id INTEGER PRIMARY KEY, known_at_ns INTEGER NOT NULL, record INTEGER NOT NULL, link TEXT NOT NULL,
  state TEXT NOT NULL, octets INTEGER NOT NULL, frames_good INTEGER NOT NULL, frames_bad INTEGER NOT NULL,
  frames_missing INTEGER NOT NULL, packets INTEGER NOT NULL, packets_missing INTEGER NOT NULL,
  duplicates INTEGER NOT NULL, dropped_by_kernel INTEGER NOT NULL, last_reception_ns INTEGER);
CREATE INDEX link_status_link ON link_status(link, known_at_ns);
CREATE INDEX link_status_record ON link_status(link, record);
CREATE TABLE alarms(
  id INTEGER PRIMARY KEY, known_at_ns INTEGER NOT NULL, record INTEGER NOT NULL, vehicle TEXT NOT NULL,
  packet TEXT NOT NULL, parameter TEXT NOT NULL, severity INTEGER NOT NULL, previous INTEGER NOT NULL,
  state_text TEXT NOT NULL, generation_ns INTEGER, value REAL, limit_text TEXT NOT NULL,
  packet_id INTEGER NOT NULL);
CREATE TABLE acknowledgements(
  id INTEGER PRIMARY KEY, known_at_ns INTEGER NOT NULL, record INTEGER NOT NULL,
  alarm_id INTEGER NOT NULL REFERENCES alarms, by TEXT NOT NULL, note TEXT NOT NULL DEFAULT '');
CREATE TABLE notes(
  id INTEGER PRIMARY KEY, known_at_ns INTEGER NOT NULL, record INTEGER NOT NULL, at_ns INTEGER NOT NULL,
  text TEXT NOT NULL, by TEXT NOT NULL);
CREATE TABLE layouts(
  id INTEGER PRIMARY KEY, known_at_ns INTEGER NOT NULL, name TEXT NOT NULL, state BLOB NOT NULL);
CREATE TABLE table_set(
  id INTEGER PRIMARY KEY, known_at_ns INTEGER NOT NULL, suffix TEXT NOT NULL,
  mission_id INTEGER NOT NULL REFERENCES mission);
"""

_VERSION_2 = """
ALTER TABLE events ADD COLUMN details TEXT;
"""

_VERSION_3 = """
ALTER TABLE frames ADD COLUMN corrected INTEGER;
ALTER TABLE link_status ADD COLUMN frames_corrected INTEGER NOT NULL DEFAULT 0;
"""

_STEPS = {1: _VERSION_1, 2: _VERSION_2, 3: _VERSION_3}
"""What turns version n − 1 into version n; a step that has been released never changes."""


def prepare(connection: sqlite3.Connection) -> None:
    """Create the tables of a new archive, or bring an older one to ``VERSION``.

    The connection is in autocommit mode; each step is one transaction. Raises ``ArchiveError``.
    """
    version = check(connection, empty_is_new=True)
    for number in range(version + 1, VERSION + 1):
        script = (
            f"BEGIN IMMEDIATE;{_STEPS[number]}PRAGMA application_id={APPLICATION_ID};"
            f"PRAGMA user_version={number};COMMIT;"
        )
        connection.executescript(script)


def check(connection: sqlite3.Connection, *, empty_is_new: bool = False) -> int:
    """Return the schema version of an archive; raise ``ArchiveError`` if it is none or a later one."""
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise ArchiveError(unreadable(error)) from None
    if not application and not tables:
        if empty_is_new:
            return 0
        raise ArchiveNotReady("this archive is empty: its recorder has written nothing yet")
    if application != APPLICATION_ID:
        raise ArchiveError("this is another program's SQLite file, not an Okaeri archive; name another file")
    if version > VERSION:
        raise ArchiveError(
            f"this archive is of a later version ({version}; this program knows {VERSION}): update Okaeri"
        )
    return int(version)
