"""Writing: the recorder's one hand on an archive."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console import __version__
from console.archive import columns as naming
from console.archive import missioncopy, rollup
from console.archive.cells import stored
from console.archive.checkpoints import Checkpoints
from console.archive.columns import Column
from console.archive.errors import ArchiveError, unreadable
from console.archive.lock import WriterLock
from console.archive.rawrows import read_raw
from console.archive.schema import check, prepare
from console.mission import Mission
from decoders.mission.model import Calibration, PacketDefinition
from decoders.shapes import (
    NO_TIME,
    Decoded,
    FrameBatch,
    FrameQuality,
    PacketBatch,
    PacketQuality,
    PacketTable,
)

KINDS = ("live", "simulation", "training")
NOT_USABLE = (
    FrameQuality.FECF_BAD | FrameQuality.LENGTH_BAD | FrameQuality.VEHICLE_UNKNOWN | FrameQuality.VERSION_BAD
)
REMEMBERED_APIDS = 256
"""APIDs whose last packet by sequence count is remembered, to name what a duplicate repeats."""
SEQUENCE_MODULUS = 16384


class ArchiveWriter:
    """The recorder's hand on an archive; nobody else writes packets, values, rollups or alarms.

    Opens a new file or goes on in an old one of the same mission and kind. What ``write`` and its
    neighbours add is on disk after ``commit``. Raises ``ArchiveError``, and ``sqlite3.Error`` where
    the disk does not take it; then ``abandon`` and open anew: nothing uncommitted remains.
    """

    def __init__(
        self,
        path: str | Path,
        mission: Mission,
        kind: str = "live",
        mission_offset_ns: int = 0,
        note: str = "",
    ) -> None:
        if kind not in KINDS:
            raise ArchiveError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
        self._path = Path(path)
        self._mission = mission
        self._offset_ns = mission_offset_ns
        self._lock = WriterLock(self._path)
        self._next_packet = self._next_frame = 1
        try:
            self._connection = _connected(self._path)
            try:
                self._begin_session(kind, note)
            except sqlite3.DatabaseError as error:
                self._connection.close()
                if isinstance(error, sqlite3.OperationalError):
                    raise _refused(self._path, error) from None
                raise ArchiveError(f"{self._path}: {unreadable(error)}") from None
            except ArchiveError as error:
                self._connection.close()
                raise ArchiveError(f"{self._path}: {error}") from None
            except BaseException:
                self._connection.close()
                raise
        except BaseException:
            self._lock.release()
            raise
        self._checkpoints = Checkpoints(self._path)

    @property
    def newest_record(self) -> int:
        """The number of the newest packet, 0 where there is none."""
        return self._next_packet - 1

    def write(self, link: str, decoded: Decoded, recorded_ns: int) -> tuple[int, int]:
        """Add all that one feed of a link gave; return the ids of its first and last packet.

        The last is one less than the first where the feed had no packet.
        """
        self._begin()
        link_id = self._links[link]
        first_frame = self._next_frame
        self._write_frames(link_id, decoded.frames, self._keep_frames[link], recorded_ns)
        first = self._next_packet
        count = len(decoded.packets)
        if count:
            self._write_packets(link_id, decoded, first_frame, recorded_ns)
        for table in decoded.tables:
            if len(table.rows):
                self._write_values(table, decoded.packets, first)
        self._next_packet = first + count
        for event in decoded.events:
            self.event(
                link, event.code, 1 if event.octets else 0, event.text, known_at_ns=recorded_ns,
                offset=event.offset, octets=event.octets,
                details={"count": event.count} if event.count else None,
            )  # fmt: skip
        return first, first + count - 1

    def event(
        self,
        link: str,
        code: str,
        severity: int,
        text: str,
        *,
        known_at_ns: int,
        offset: int = -1,
        octets: bytes = b"",
        details: Mapping[str, int | float] | None = None,
    ) -> None:
        """Add something an operator may have to know; ``link`` is empty for the recorder itself.

        ``details`` are the numbers that ``text`` tells, by name.
        """
        self._begin()
        self._connection.execute(
            "INSERT INTO events(known_at_ns, record, link, code, severity, offset, text, bytes, details) "
            "VALUES(?,?,?,?,?,?,?,?,?)",
            (
                known_at_ns,
                self._next_packet - 1,
                link,
                code,
                severity,
                offset,
                text,
                octets or None,
                json.dumps(dict(details)) if details else None,
            ),
        )

    def link_status(self, link: str, *, known_at_ns: int, **counters: Any) -> None:
        """Add a link's counters; the names are those of ``console.archive.shapes.LinkStatus``."""
        row = {"known_at_ns": known_at_ns, "record": self._next_packet - 1, "link": link, **counters}
        self._insert("link_status", row)

    def alarm(self, *, known_at_ns: int, generation_ns: int | None, value: float, **transition: Any) -> int:
        """Add one limit transition (see ``console.alarms.AlarmChange``) and return its id."""
        row = {
            "known_at_ns": known_at_ns,
            "record": self._next_packet - 1,
            "generation_ns": None if generation_ns == NO_TIME else generation_ns,
            "value": value,
            **{k: int(v) if k in ("severity", "previous") else v for k, v in transition.items()},
        }
        return self._insert("alarms", row)

    def commit(self) -> None:
        """Put everything added so far on disk, as one."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Commit, finish the rollup and leave one complete file behind."""
        try:
            self._begin()
            for each in self._rollups.values():
                self._connection.executemany(rollup.INSERT, each.finish())
            self.commit()
            self._checkpoints.stop()
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file at once; what was not committed is gone."""
        self._checkpoints.stop()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self._connection.close()
        self._lock.release()

    # opening

    def _begin_session(self, kind: str, note: str) -> None:
        connection, mission = self._connection, self._mission
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
            self._refuse_other_kind(kind)
        self._columns = naming.read(connection)
        if not self._columns:
            taken = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema")]
            self._columns = naming.plan(mission.packets, taken)
            naming.create(connection, mission.packets, self._columns)
        elif self._other_columns() or self._other_calibrations():
            raise ArchiveError("was begun with other packet definitions: record into a new file")
        self._store_mission()
        now = time.time_ns()
        connection.execute(
            "INSERT INTO session(kind, started_ns, mission_offset_ns, software, note) VALUES(?,?,?,?,?)",
            (kind, now, self._offset_ns, f"okaeri {__version__}", note),
        )
        self._links, self._keep_frames = self._store_links()
        connection.execute("COMMIT")
        self._next_packet = _next_id(connection, "packets")
        self._next_frame = _next_id(connection, "frames")
        self._last_by_count: dict[tuple[str, int], NDArray[np.int64]] = {}
        self._types = {(p.vehicle, p.apid): p.name for p in mission.packets}
        by_packet: dict[str, list[Column]] = {}
        for column in self._columns:
            by_packet.setdefault(column.packet, []).append(column)
        self._tables = {p.name: _table_inserts(by_packet[p.name]) for p in mission.packets}
        self._rollups = {p.name: rollup.Rollup(p, by_packet[p.name]) for p in mission.packets}
        for packet in mission.packets:
            self._restore_rollup(packet, by_packet[packet.name])

    def _refuse_other_kind(self, kind: str) -> None:
        found = self._connection.execute("SELECT kind FROM session ORDER BY id DESC LIMIT 1").fetchone()
        if found and found[0] != kind:
            raise ArchiveError(f"holds {found[0]} data: record {kind} into a file of its own")

    def _other_columns(self) -> bool:
        others = _other_tables(self._connection, self._columns)
        return self._columns != naming.plan(self._mission.packets, others)

    def _other_calibrations(self) -> bool:
        """Whether what is in the file means something else: its views and its rollup are calibrated."""
        before = missioncopy.current(self._connection)
        if before is None or before.digest == self._mission.digest:
            return False
        return _calibrations(before) != _calibrations(self._mission)

    def _store_mission(self) -> None:
        mission, connection = self._mission, self._connection
        connection.execute(
            "INSERT OR IGNORE INTO mission(digest, name, title, stored_ns, files) VALUES(?,?,?,?,?)",
            (mission.digest, mission.name, mission.title, time.time_ns(), missioncopy.packed(mission.files)),
        )
        (mission_id,) = connection.execute(
            "SELECT id FROM mission WHERE digest=?", (mission.digest,)
        ).fetchone()
        current = connection.execute("SELECT mission_id FROM table_set ORDER BY id DESC LIMIT 1").fetchone()
        if current is None or current[0] != mission_id:
            connection.execute(
                "INSERT INTO table_set(known_at_ns, suffix, mission_id) VALUES(?,'',?)",
                (time.time_ns(), mission_id),
            )

    def _store_links(self) -> tuple[dict[str, int], dict[str, bool]]:
        keep: dict[str, bool] = {}
        for link in self._mission.links:
            self._connection.execute(
                "INSERT OR IGNORE INTO links(name, title, vehicle, station) VALUES(?,?,?,?)",
                (link.id, link.title, link.vehicle, link.station),
            )
            keep[link.id] = link.keep == "frames"
        if not keep:
            vehicle = self._mission.vehicles[0].id if self._mission.vehicles else ""
            self._connection.execute(
                "INSERT OR IGNORE INTO links(name, title, vehicle, station) VALUES('file','file',?,'')",
                (vehicle,),
            )
            keep["file"] = False
        return {name: i for i, name in self._connection.execute("SELECT id, name FROM links")}, keep

    def _restore_rollup(self, packet: PacketDefinition, held: list[Column]) -> None:
        """Take the rows behind the last finished segment again: a crash leaves them without one."""
        connection = self._connection
        (last,) = connection.execute(
            "SELECT coalesce(max(last_id), 0) FROM rollup WHERE packet=?", (packet.name,)
        ).fetchone()
        growing = self._rollups[packet.name]
        while True:
            rows = connection.execute(
                f"SELECT id FROM {naming.quoted(held[0].table_name)} WHERE id > ? ORDER BY id LIMIT 5000",
                (last,),
            ).fetchall()
            if not rows:
                return
            upto = rows[-1][0]
            ids, generation, reception, raw = read_raw(connection, held, last, upto)
            finished = list(growing.feed(ids, generation, reception, raw, self._offset_ns))
            connection.executemany(rollup.INSERT, finished)
            last = upto

    # adding

    def _begin(self) -> None:
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")

    def _insert(self, table: str, row: Mapping[str, Any]) -> int:
        self._begin()
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        cursor = self._connection.execute(
            f"INSERT INTO {table}({names}) VALUES({marks})", tuple(row.values())
        )
        return int(cursor.lastrowid or 0)

    def _write_frames(self, link_id: int, frames: FrameBatch, keep: bool, recorded_ns: int) -> None:
        count = len(frames)
        if not count:
            return
        quality = frames.quality
        bad = (quality & int(NOT_USABLE)) != 0
        octets: list[bytearray | None] = [None] * count
        reasons: list[str | None] = [None] * count
        for i in range(count) if keep else np.flatnonzero(bad).tolist():
            octets[i] = bytearray(frames.octets(i))
        for i in np.flatnonzero(bad).tolist():
            flags = FrameQuality(int(quality[i]) & int(NOT_USABLE))
            reasons[i] = (flags.name or "").lower().replace("|", ", ").replace("_", " ")
        vehicles = self._vehicle_of_scid(frames.scid)
        ocf: list[int | None] = frames.ocf.tolist()
        self._connection.executemany(
            "INSERT INTO frames VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            zip(
                range(self._next_frame, self._next_frame + count), [link_id] * count, vehicles,
                frames.scid.tolist(), frames.vcid.tolist(), frames.mc_count.tolist(),
                frames.vc_count.tolist(), frames.first_header.tolist(),
                (None if o is not None and o < 0 else o for o in ocf),
                quality.tolist(), frames.stream_offset.tolist(), frames.reception_ns.tolist(),
                [recorded_ns] * count, reasons, octets, strict=True,
            ),
        )  # fmt: skip
        self._next_frame += count

    def _vehicle_of_scid(self, scid: NDArray[np.int32]) -> list[str]:
        known = {s: v.id for v in self._mission.vehicles for s in v.scids}
        return [known.get(s, "") for s in scid.tolist()]

    def _write_packets(self, link_id: int, decoded: Decoded, first_frame: int, recorded_ns: int) -> None:
        packets = decoded.packets
        count, first = len(packets), self._next_packet
        apids = packets.apid.tolist()
        lone = self._types.get((packets.vehicle[0], None)) if packets.vehicle else None
        types = self._types
        names = [types.get(key, lone) for key in zip(packets.vehicle, apids, strict=True)]
        for table in decoded.tables:
            for row in table.rows.tolist() if table.packet.apid is None else ():
                names[row] = table.packet.name
        view = packets.data.data.cast("B")
        starts = packets.starts.tolist()
        octets = [bytearray(view[s : s + n]) for s, n in zip(starts, packets.lengths.tolist(), strict=True)]
        frame_ids: list[int | None] = [f + first_frame if f >= 0 else None for f in packets.frame.tolist()]
        self._connection.executemany(
            "INSERT INTO packets VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            zip(
                range(first, first + count), frame_ids, packets.frame_offset.tolist(), [link_id] * count,
                packets.vehicle, apids, packets.vcid.tolist(), names, packets.sequence_flags.tolist(),
                packets.sequence_count.tolist(), _times(packets.generation_ns), packets.reception_ns.tolist(),
                [recorded_ns] * count, packets.quality.tolist(), self._repeated(packets, first), octets,
                strict=True,
            ),
        )  # fmt: skip

    def _repeated(self, packets: PacketBatch, first: int) -> list[int | None]:
        """Return which packet each duplicate repeats, as far as this writer remembers it."""
        repeats: list[int | None] = [None] * len(packets)
        duplicate = (packets.quality & int(PacketQuality.DUPLICATE)) != 0
        for apid in np.unique(packets.apid).tolist():
            rows = np.flatnonzero(packets.apid == apid)
            vehicle = packets.vehicle[int(rows[0])]
            last = self._last_by_count.get((vehicle, apid))
            if last is None:
                if len(self._last_by_count) >= REMEMBERED_APIDS:
                    continue
                last = self._last_by_count[vehicle, apid] = np.zeros(SEQUENCE_MODULUS, np.int64)
            counts = packets.sequence_count[rows] % SEQUENCE_MODULUS
            fresh = ~duplicate[rows]
            if fresh.all():
                last[counts] = first + rows
                continue
            for row, count in zip(rows.tolist(), counts.tolist(), strict=True):
                if duplicate[row]:
                    repeats[row] = int(last[count]) or None
                else:
                    last[count] = first + row
        return repeats

    def _write_values(self, table: PacketTable, packets: PacketBatch, first: int) -> None:
        name = table.packet.name
        ids = table.rows + first
        generation, reception = packets.generation_ns[table.rows], packets.reception_ns[table.rows]
        fixed = [ids.tolist(), _times(generation), reception.tolist()]
        for insert, held in self._tables[name]:
            cells = [stored(column, table.raw, len(ids)) for column in held]
            self._connection.executemany(insert, zip(*fixed, *cells, strict=True))
        finished = self._rollups[name].feed(ids, generation, reception, table.raw, self._offset_ns)
        self._connection.executemany(rollup.INSERT, finished)


def _connected(path: Path) -> sqlite3.Connection:
    if path.is_dir():
        raise ArchiveError(f"{path} is a folder: name a file")
    try:
        return sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise _refused(path, error) from None


def _refused(path: Path, error: sqlite3.Error) -> ArchiveError:
    """Say why a file cannot be written."""
    if "readonly" in str(error) or (path.exists() and not os.access(path, os.R_OK | os.W_OK)):
        return ArchiveError(f"{path} may not be written: see to its permissions, or name another file")
    return ArchiveError(f"{path} cannot be opened: {error}")


def _calibrations(mission: Mission) -> dict[tuple[str, str], Calibration | None]:
    return {
        (packet.name, each.name): each.calibration for packet in mission.packets for each in packet.values
    }


def _table_inserts(held: list[Column]) -> list[tuple[str, list[Column]]]:
    """Return one INSERT and its columns for each raw table of a packet type."""
    inserts = []
    for table in dict.fromkeys(column.table_name for column in held):
        columns = [c for c in held if c.table_name == table]
        marks = ",".join("?" * (3 + len(columns)))
        inserts.append((f"INSERT INTO {naming.quoted(table)} VALUES({marks})", columns))
    return inserts


def _other_tables(connection: sqlite3.Connection, held: list[Column]) -> list[str]:
    mine = {c.table_name for c in held} | {naming.view_name(c.table_name) for c in held}
    return [row[0] for row in connection.execute("SELECT name FROM sqlite_schema") if row[0] not in mine]


def _next_id(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])


def _times(ns: NDArray[np.int64]) -> list[int | None]:
    times: list[int | None] = ns.tolist()
    return [None if t == NO_TIME else t for t in times] if (ns == NO_TIME).any() else times
