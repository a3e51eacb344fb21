"""Writing: the recorder's one hand on an archive."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from console.archive import columns as naming
from console.archive import rollup
from console.archive.beginning import begin, closed_if_refused
from console.archive.cells import stored
from console.archive.checkpoints import Checkpoints
from console.archive.columns import Column
from console.archive.lock import WriterLock
from console.archive.opening import names
from console.archive.rawrows import read_raw
from console.archive.repeats import Repeats
from console.mission import Mission
from decoders.mission.model import PacketDefinition
from decoders.shapes import (
    NO_TIME,
    NOT_USABLE,
    Decoded,
    FrameBatch,
    FrameQuality,
    PacketBatch,
    PacketTable,
)

HARMLESS = frozenset({"frame-other"})
"""Events that keep octets which are no damage: frames of a shared channel that are not the spacecraft's."""


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
        self._path = Path(path)
        self._mission = mission
        self._offset_ns = mission_offset_ns
        self._repeats = Repeats()
        self._next_packet = self._next_frame = 1
        self._lock = WriterLock(self._path)
        try:
            begun = begin(self._path, mission, kind, mission_offset_ns, note)
            self._connection = begun.connection
            self._links, self._keep_frames = begun.link_ids, begun.keep_frames
            with closed_if_refused(self._path, self._connection):
                self._go_on(begun.columns)
        except BaseException:
            self._lock.release()
            raise
        self._checkpoints = Checkpoints(self._path)
        self._file = self._path.stat()
        real = self._path.resolve()
        beside = [Path(f"{real}{end}") for end in ("-wal", "-shm")]
        self._beside = {file: file.stat() for file in beside if file.exists()}

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
            damage = bool(event.octets) and event.code not in HARMLESS
            self.event(
                link, event.code, int(damage), event.text, known_at_ns=recorded_ns,
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

    def in_place(self) -> bool:
        """Whether the path still names the file that is written: nobody moved, deleted or replaced it."""
        return names(self._path, self._file)

    def move_to(self, path: Path) -> None:
        """Copy all that was committed into a new file and let go of the old one, wherever that is now.

        Raises ``sqlite3.Error`` or ``OSError`` where there can be no copy; then the old one goes on.
        """
        copying = path.with_name(f"{path.name}.copying")  # nobody opens half a copy
        try:
            copying.unlink(missing_ok=True)
            with closing(sqlite3.connect(copying)) as copy:
                self._connection.backup(copy)
            copying.rename(path)
        except BaseException:
            copying.unlink(missing_ok=True)
            raise
        with suppress(sqlite3.Error):  # the copy is whole, whatever becomes of the old file
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.abandon()
        for file, taken in self._beside.items():  # SQLite leaves them, and would read them into another file
            if names(file, taken):
                file.unlink(missing_ok=True)

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

    def _go_on(self, columns: Mapping[str, list[Column]]) -> None:
        """Go on where the file ends."""
        self._next_packet = _next_id(self._connection, "packets")
        self._next_frame = _next_id(self._connection, "frames")
        packets = self._mission.packets
        self._types = {(p.vehicle, p.apid): p.name for p in packets}
        self._tables = {p.name: _table_inserts(columns[p.name]) for p in packets}
        self._rollups = {p.name: rollup.Rollup(p, columns[p.name]) for p in packets}
        for packet in packets:
            self._restore_rollup(packet, columns[packet.name])

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
        kept = bad | (quality & int(FrameQuality.NO_PACKETS) != 0)
        for i in range(count) if keep else np.flatnonzero(kept).tolist():
            octets[i] = bytearray(frames.octets(i))
        for i in np.flatnonzero(bad).tolist():
            flags = FrameQuality(int(quality[i]) & int(NOT_USABLE))
            reasons[i] = (flags.name or "").lower().replace("|", ", ").replace("_", " ")
        vehicles = self._vehicle_of_scid(frames.scid)
        ocf: list[int | None] = frames.ocf.tolist()
        corrected: list[int] = frames.corrected.tolist()
        self._connection.executemany(
            "INSERT INTO frames VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            zip(
                range(self._next_frame, self._next_frame + count), [link_id] * count, vehicles,
                frames.scid.tolist(), frames.vcid.tolist(), frames.mc_count.tolist(),
                frames.vc_count.tolist(), frames.first_header.tolist(),
                (None if o is not None and o < 0 else o for o in ocf),
                quality.tolist(), frames.stream_offset.tolist(), frames.reception_ns.tolist(),
                [recorded_ns] * count, reasons, octets,
                (None if c < 0 else c for c in corrected), strict=True,
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
                [recorded_ns] * count, packets.quality.tolist(), self._repeats.of(packets, first), octets,
                strict=True,
            ),
        )  # fmt: skip

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


def _table_inserts(held: list[Column]) -> list[tuple[str, list[Column]]]:
    """Return one INSERT and its columns for each raw table of a packet type."""
    inserts = []
    for table in dict.fromkeys(column.table_name for column in held):
        columns = [c for c in held if c.table_name == table]
        marks = ",".join("?" * (3 + len(columns)))
        inserts.append((f"INSERT INTO {naming.quoted(table)} VALUES({marks})", columns))
    return inserts


def _next_id(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0])


def _times(ns: NDArray[np.int64]) -> list[int | None]:
    times: list[int | None] = ns.tolist()
    return [None if t == NO_TIME else t for t in times] if (ns == NO_TIME).any() else times
