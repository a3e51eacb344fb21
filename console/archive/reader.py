"""Reading an archive: state at a record, rows, traces, alarms as they stood.

A reader belongs to the thread that made it. Each method ends its own transaction, so that the
write-ahead log can always be moved into the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from console.archive import alarmlog, linklog, missioncopy, points, sampling, traces
from console.archive import columns as naming
from console.archive.appended import newest_known
from console.archive.cells import restored_one
from console.archive.columns import Column
from console.archive.errors import ArchiveError, ArchiveNotReady
from console.archive.eventlog import ALARMS_SQL, EventLog, event_of, events_sql
from console.archive.judged import Wanted, wanted
from console.archive.livetrace import LiveTrace
from console.archive.newestrows import NewestRows
from console.archive.opening import names, open_read_only, tidy
from console.archive.rawrows import read_raw
from console.archive.schema import check
from console.archive.shapes import (
    AlarmState,
    AlarmTransition,
    Columns,
    Event,
    Extent,
    LinkStatus,
    LogEntry,
    Note,
    PhaseChange,
    Point,
    Row,
    Session,
    Trace,
)
from console.archive.traces import Axis
from console.mission import Mission
from decoders.mission.model import CONTROL_WORD_APID, PacketDefinition, Parameter


class ArchiveReader:
    """Reads one archive, growing or finished; raises ``ArchiveError`` if it cannot be one."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._connection = open_read_only(self._path)
        try:
            version = check(self._connection)
        except ArchiveError as error:
            self.close()
            raise type(error)(f"{self._path}: {error}") from None
        except BaseException:
            self.close()
            raise
        self._file = self._path.stat()
        self._mission: Mission | None = None
        self._columns: dict[str, list[Column]] = {}
        self._newest = NewestRows(self._connection)
        self._alarms = alarmlog.AlarmLog(self._connection)
        self._log = EventLog(self._connection, version)
        self._events_sql = events_sql(version)
        self._extent = Extent()

    def close(self) -> None:
        """Let go of the file; the empty log that SQLite makes beside a finished one goes too."""
        self._connection.close()
        tidy(self._path)

    def in_place(self) -> bool:
        """Whether the path still names the file that is read: nobody moved, deleted or replaced it."""
        return names(self._path, self._file)

    def __enter__(self) -> ArchiveReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what it is

    def session(self) -> Session:
        """Return the newest session; raise ``ArchiveNotReady`` where there is none yet."""
        row = self._connection.execute(
            "SELECT id, kind, started_ns, mission_offset_ns, software, note FROM session "
            "ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            raise ArchiveNotReady(f"{self._path}: the recorder has not begun yet")
        return Session(*row)

    def mission(self) -> Mission:
        """Return the mission as it was when its present table set was written."""
        if self._mission is None:
            mission = missioncopy.current(self._connection)
            if mission is None:
                raise ArchiveNotReady(f"{self._path}: the recorder has not begun yet")
            for column in naming.read(self._connection):
                self._columns.setdefault(column.packet, []).append(column)
            # Control words are no part of the files: archives of older versions hold none.
            held = [p for p in mission.packets if p.apid != CONTROL_WORD_APID or p.name in self._columns]
            self._mission = replace(mission, packets=tuple(held))
        return self._mission

    def extent(self) -> Extent:
        """Return the first and the newest record with their reception times."""
        row = self._connection.execute(
            "SELECT id, reception_ns FROM packets ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if row is None:
            return Extent()
        if not self._extent.first_record:
            first = self._connection.execute(
                "SELECT id, reception_ns FROM packets ORDER BY id LIMIT 1"
            ).fetchone()
            self._extent = Extent(first[0], row[0], first[1], row[1])
        return Extent(self._extent.first_record, row[0], self._extent.first_reception_ns, row[1])

    def newest_record(self) -> tuple[int, int, int]:
        """Return (id, reception time, recorded time) of the newest packet; zeros where there is none."""
        row = self._connection.execute(
            "SELECT id, reception_ns, recorded_ns FROM packets ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return (row[0], row[1], row[2]) if row else (0, 0, 0)

    def counts(self) -> dict[str, int]:
        """Return how many frames, packets and rows of values there are; control words are no packets."""
        (frames,) = self._connection.execute("SELECT count(*) FROM frames").fetchone()
        (packets,) = self._connection.execute(
            f"SELECT count(*) FROM packets WHERE apid <> {CONTROL_WORD_APID}"
        ).fetchone()
        self.mission()
        values = 0
        for held in self._columns.values():
            table = naming.quoted(held[0].table_name)
            values += self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return {"frames": frames, "packets": packets, "values": values}

    # records

    def record_at(self, reception_ns: int) -> int:
        """Return the newest record received at or before an instant; the first one before all.

        Halves the record numbers, so where the clock stepped back it finds one of the places.
        """
        extent = self.extent()
        low, high = extent.first_record, extent.last_record
        while low < high:
            middle = (low + high + 1) // 2
            row = self._connection.execute(
                "SELECT id, reception_ns FROM packets WHERE id >= ? ORDER BY id LIMIT 1", (middle,)
            ).fetchone()
            if row is not None and row[1] <= reception_ns:
                low = max(row[0], middle)
            else:
                high = middle - 1
        return low

    def reception_of(self, record: int) -> int:
        """Return the reception time of a record (of the last one before it where it is gone)."""
        row = self._connection.execute(
            "SELECT reception_ns FROM packets WHERE id <= ? ORDER BY id DESC LIMIT 1", (record,)
        ).fetchone()
        return int(row[0]) if row else self.extent().first_reception_ns

    def step(self, record: int, n: int, packet: str | None = None) -> int:
        """Return the record ``n`` packets further (back if negative), of one type if asked."""
        forward = n > 0
        where = "id > ?" if forward else "id < ?"
        order = "" if forward else "DESC"
        table = "packets"
        if packet is not None:
            self.mission()
            table = naming.quoted(self._columns[packet][0].table_name)
        row = self._connection.execute(
            f"SELECT id FROM {table} WHERE {where} ORDER BY id {order} LIMIT 1 OFFSET ?", (record, abs(n) - 1)
        ).fetchone()
        if row:
            return int(row[0])
        extent = self.extent()
        return extent.last_record if forward else extent.first_record

    # values

    def latest(self, packets: Iterable[str], record: int) -> dict[str, Row]:
        """Return the newest row of each packet type up to a record; a type that never came is missing."""
        self.mission()
        rows = {packet: self._newest.at(packet, self._columns[packet], record) for packet in packets}
        return {packet: row for packet, row in rows.items() if row is not None}

    def rows(
        self, packet: str, parameters: Iterable[str], *, after_id: int, upto_id: int, limit: int = 100_000
    ) -> Columns:
        """Return the rows of a packet type with ``after_id < id <= upto_id`` as raw columns."""
        held = self._held(packet, parameters)
        table = naming.quoted(self._columns[packet][0].table_name)
        row = self._connection.execute(
            f"SELECT max(id) FROM (SELECT id FROM {table} WHERE id > ? AND id <= ? ORDER BY id LIMIT ?)",
            (after_id, upto_id, limit),
        ).fetchone()
        ids, generation, reception, raw = read_raw(self._connection, held, after_id, row[0] or after_id)
        return Columns(ids, generation, reception, raw)

    def sampled(
        self, packet: str, parameters: Iterable[str], t0_ns: int, t1_ns: int, upto_record: int
    ) -> Columns:
        """Return rows received between two instants as raw columns, thinned where they are many."""
        held = self._held(packet, parameters)
        with self._snapshot():
            return sampling.sampled(self._connection, packet, held, t0_ns, t1_ns, upto_record)

    def trace(
        self,
        packet: str,
        parameter: str,
        t0_ns: int,
        t1_ns: int,
        *,
        points: int,
        upto_record: int,
        axis: Axis = "reception",
        as_known_now: bool = False,
    ) -> Trace:
        """Return a stretch of one scalar parameter in engineering units, at most about ``points`` long.

        ``axis`` says which time ``t0_ns``, ``t1_ns`` and the result are in. Rows behind
        ``upto_record`` are left out unless ``as_known_now``.
        """
        upto = self.extent().last_record if as_known_now else upto_record
        (found,) = self.live_traces(
            packet, [parameter], t0_ns, t1_ns, points=points, upto_record=upto, axis=axis
        )
        return found.trace

    def live_traces(
        self,
        packet: str,
        parameters: Sequence[str],
        t0_ns: int,
        t1_ns: int,
        *,
        points: int,
        upto_record: int,
        axis: Axis = "reception",
        until_ns: int | None = None,
    ) -> list[LiveTrace]:
        """Return traces of scalar parameters of one packet type, read together; see ``trace``.

        ``until_ns`` takes rows up to there, later than ``t1_ns``, into them.
        """
        asked = self._wanted(packet, parameters)
        with self._snapshot():
            return traces.live_traces(
                self._connection, asked, t0_ns, t1_ns, points=points, upto_record=upto_record,
                axis=axis, mission_offset_ns=self.session().mission_offset_ns, until_ns=until_ns,
            )  # fmt: skip

    def later_rows(
        self, packet: str, parameters: Sequence[str], after_id: int, upto_id: int, axis: Axis = "reception"
    ) -> list[Trace]:
        """Return the rows ``after_id < id <= upto_id`` of scalar parameters, for ``LiveTrace.with_rows``."""
        asked = self._wanted(packet, parameters)
        offset_ns = self.session().mission_offset_ns
        return traces.later_rows(self._connection, asked, after_id, upto_id, axis, offset_ns)

    def point(
        self, packet: str, parameter: str, t_ns: int, *, within_ns: int, upto_record: int,
        axis: Axis = "reception",
    ) -> Point | None:  # fmt: skip
        """Return the sample nearest to an instant of an axis, ``None`` where none is within reach."""
        _, _, column = self._home(packet, parameter)
        offset_ns = self.session().mission_offset_ns
        with self._snapshot():
            found = points.nearest(
                self._connection, packet, column, t_ns, within_ns, upto_record, axis, offset_ns
            )
        if found is None:
            return None
        record, at_ns, cell, count = found
        return Point(record, at_ns, restored_one(column, cell), count)

    def phases(self, t0_ns: int, t1_ns: int, upto_record: int) -> list[PhaseChange]:
        """Return the changes of the mission's phase parameter inside a range of mission time."""
        mission = self.mission()
        if mission.phases is None:
            return []
        packet, _ = mission.home(mission.phases.parameter)
        _, described, column = self._home(packet.name, mission.phases.parameter)
        offset_ns = self.session().mission_offset_ns
        with self._snapshot():
            found = traces.changes(
                self._connection, packet, described, column, t0_ns, t1_ns, upto_record, offset_ns
            )
        return [PhaseChange(at, value) for at, value in found]

    # what happened

    def alarms(self, upto_record: int) -> list[AlarmState]:
        """Return the alarms that stood at a record, or waited for an acknowledgement; newest first."""
        return self._alarms.at(upto_record)

    def alarm_transitions(self, t0_ns: int, t1_ns: int, limit: int = 10_000) -> list[AlarmTransition]:
        """Return what the alarm log holds between two instants (reception time), newest first."""
        rows = self._connection.execute(
            f"{ALARMS_SQL} WHERE known_at_ns BETWEEN ? AND ? ORDER BY id DESC LIMIT ?",
            (t0_ns, t1_ns, limit),
        ).fetchall()
        return [AlarmTransition(*row) for row in rows]

    def log(self, upto_record: int, limit: int = 500) -> list[LogEntry]:
        """Return the newest of what happened, as known at a record, newest first.

        Events, alarm transitions, acknowledgements and notes; the same list again while nothing was added.
        """
        with self._snapshot():
            return self._log.at(upto_record, limit)

    def events(self, after_id: int = 0, upto_record: int | None = None, limit: int = 1000) -> list[Event]:
        """Return the newest events known at a record, newest first."""
        record = upto_record if upto_record is not None else 1 << 62
        rows = self._connection.execute(
            f"{self._events_sql} WHERE e.id > ? AND e.id <= ? ORDER BY e.id DESC LIMIT ?",
            (after_id, newest_known(self._connection, "events", record), limit),
        ).fetchall()
        return [event_of(row) for row in rows]

    def newest_event(self, codes: Sequence[str]) -> Event | None:
        """Return the newest event of any of some codes."""
        marks = ",".join("?" * len(codes))
        row = self._connection.execute(
            f"{self._events_sql} WHERE e.code IN ({marks}) ORDER BY e.id DESC LIMIT 1", tuple(codes)
        ).fetchone()
        return event_of(row) if row else None

    def last_written_ns(self) -> int:
        """Return the newest time (machine clock) at which a recorder wrote anything; 0 where none did."""
        newest = [self.newest_record()[2]]
        for table in ("events", "link_status"):
            row = self._connection.execute(
                f"SELECT known_at_ns FROM {table} ORDER BY id DESC LIMIT 1"
            ).fetchone()
            newest.append(row[0] if row else 0)
        return max(newest)

    def notes(self, upto_record: int | None = None) -> list[Note]:
        """Return what people wrote up to a record, oldest first."""
        rows = self._connection.execute(
            "SELECT id, known_at_ns, at_ns, text, by, record FROM notes WHERE record <= ? ORDER BY at_ns, id",
            (upto_record if upto_record is not None else 1 << 62,),
        ).fetchall()
        return [Note(*row) for row in rows]

    def link_statuses(self, upto_record: int) -> dict[str, LinkStatus]:
        """Return each link's newest counters known at a record."""
        return linklog.statuses(self._connection, [link.id for link in self.mission().links], upto_record)

    def coverage(self, link: str, t0_ns: int, t1_ns: int) -> list[tuple[int, int]]:
        """Return the stretches (reception time) in which a link brought octets.

        Of a link without counters, as a decoded file has it: in which packets of its vehicle came.
        """
        spans = linklog.coverage(self._connection, link, t0_ns, t1_ns)
        if spans is not None:
            return spans
        vehicles = {each.vehicle for each in self.mission().links if each.id == link}
        packets = [p.name for p in self.mission().packets if not vehicles or p.vehicle in vehicles]
        return linklog.coverage_of_packets(self._connection, packets, t0_ns, t1_ns)

    def layout(self, name: str) -> bytes | None:
        """Return the newest layout kept under a name."""
        row = self._connection.execute(
            "SELECT state FROM layouts WHERE name = ? ORDER BY id DESC LIMIT 1", (name,)
        ).fetchone()
        return bytes(row[0]) if row else None

    def packet_row(self, record: int) -> dict[str, Any] | None:
        """Return everything kept of one packet, its bytes included."""
        cursor = self._connection.execute("SELECT * FROM packets WHERE id = ?", (record,))
        row = cursor.fetchone()
        return dict(zip((d[0] for d in cursor.description), row, strict=True)) if row else None

    # inside

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Let several queries see one state of the file: between two the recorder may finish a segment."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    def _held(self, packet: str, parameters: Iterable[str]) -> list[Column]:
        self.mission()
        names = set(parameters)
        return [c for c in self._columns[packet] if c.parameter in names]

    def _wanted(self, packet: str, parameters: Sequence[str]) -> Wanted:
        fields = [self._home(packet, parameter)[1:] for parameter in parameters]
        return wanted(self.mission().packet(packet), fields, self._columns[packet])

    def _home(self, packet: str, parameter: str) -> tuple[PacketDefinition, Parameter, Column]:
        definition = self.mission().packet(packet)
        name, element = parameter, None
        if not any(column.parameter == parameter for column in self._columns[packet]):
            # An element of an array; a definition may also call a parameter "level[0]" itself.
            name, _, rest = parameter.partition("[")
            element = int(rest.rstrip("]")) if rest else None
        for column in self._columns[packet]:
            if column.parameter == name and (element is None or column.element == element):
                return definition, definition.parameter(name), column
        raise KeyError(parameter)
