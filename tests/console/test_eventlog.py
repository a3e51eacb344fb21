"""The log of an archive: four tables in one order, as it stood at a record, however many rows they hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from console.archive.appended import newest_known
from console.archive.deskwriter import DeskWriter
from console.archive.reader import ArchiveReader
from console.archive.shapes import Acknowledgement, AlarmTransition, Event, LogEntry, Note
from console.archive.writer import ArchiveWriter
from decoders.mission.model import Parameter, Severity
from tests.console.archive_scene import START, S, Scene, packet, query

HK = packet("hk", Parameter("volts", "uint", 16, unit="V"), timed=True)


def alarm(scene: Scene, at_ns: int, severity: Severity, previous: Severity, value: float) -> int:
    number = scene.writer.alarm(
        known_at_ns=at_ns, generation_ns=at_ns, value=value, parameter="volts", packet="hk", vehicle="ship",
        severity=severity, previous=previous, state_text=f"{value:g} V", limit_text="<30", packet_id=1,
    )  # fmt: skip
    scene.writer.commit()
    return number


def event(scene: Scene, at_ns: int, code: str, **more: object) -> None:
    scene.writer.event("file", code, 0, code, known_at_ns=at_ns, **more)  # type: ignore[arg-type]
    scene.writer.commit()


def words(entries: list[LogEntry]) -> list[str]:
    found = []
    for entry in entries:
        match entry:
            case Event():
                found.append(entry.code)
            case AlarmTransition():
                found.append(f"{entry.parameter} {entry.previous}→{entry.severity} {entry.state_text}")
            case Acknowledgement():
                found.append(f"{entry.by} saw {entry.parameter} {entry.severity}: {entry.note}")
            case Note():
                found.append(f"{entry.by} wrote {entry.text}")
    return found


def test_one_log_in_the_order_of_the_records_as_known_then(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK)
    now = START
    with closing(DeskWriter(scene.path, lambda: now)) as desk:
        event(scene, START, "began")
        scene.send("hk", [{"volts": 20}] * 2)
        # The clock stepped back an hour: the record decides.
        risen = alarm(scene, START - 3600 * S, Severity.CAUTION, Severity.NORMAL, 31.0)
        scene.send("hk", [{"volts": 20}], START + 3 * S)
        now = START + 4 * S
        desk.acknowledge(risen, "Aoki", "seen")
        event(scene, START + 5 * S, "frames-missing", details={"vcid": 0, "count": 100})
        scene.send("hk", [{"volts": 20}], START + 6 * S)
        now = START + 7 * S
        desk.note(START - 60 * S, "odd", "Baba")
        alarm(scene, START + 8 * S, Severity.NORMAL, Severity.CAUTION, 20.0)
    scene.close()
    newest_first = [
        "volts 1→0 20 V", "Baba wrote odd", "frames-missing", "Aoki saw volts 1: seen", "volts 0→1 31 V",
        "began",
    ]  # fmt: skip
    with ArchiveReader(scene.path) as reader:
        assert words(reader.log(99)) == words(reader.log(4)) == newest_first
        assert words(reader.log(3)) == newest_first[2:]
        assert words(reader.log(2)) == newest_first[4:]
        assert words(reader.log(0)) == ["began"]
        assert words(reader.log(4, limit=2)) == newest_first[:2]
        (gap,) = (each for each in reader.log(4) if isinstance(each, Event) and each.details)
        assert gap.details == {"vcid": 0, "count": 100}
        assert [each.record for each in reader.log(4)] == [4, 4, 3, 3, 2, 0]


def test_the_same_list_while_nothing_was_added(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK)
    event(scene, START, "one")
    scene.send("hk", [{"volts": 1}] * 3)
    with ArchiveReader(scene.path) as reader:
        before = reader.log(1)
        assert reader.log(2) is before
        event(scene, START, "two")
        assert reader.log(2) is before
        assert words(reader.log(3)) == ["two", "one"]
    scene.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), max_size=40), st.sets(st.integers(1, 40)), st.integers(-1, 8))
def test_halving_finds_the_newest_row_known(steps: list[int], gone: set[int], upto: int) -> None:
    """Against the plain question, also where rows are gone; record numbers only grow."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, record INTEGER)")
        rows = [(i, record) for i, record in enumerate(sorted(steps), 1) if i not in gone]
        database.executemany("INSERT INTO t VALUES(?,?)", rows)
        (plain,) = database.execute(
            "SELECT coalesce(max(id), 0) FROM t WHERE record <= ?", (upto,)
        ).fetchone()
        found = newest_known(database, "t", upto)
        assert [row for row in rows if row[0] <= found] == [row for row in rows if row[0] <= plain]


def test_a_million_events_behind_the_playhead_are_not_read(tmp_path: Path) -> None:
    """Counted in steps of SQLite's machine, not in seconds; early records cost what late ones do."""
    scene = Scene(tmp_path / "a.okaeri", HK)
    scene.close()
    with closing(sqlite3.connect(scene.path)) as database, database:
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
            "INSERT INTO events(known_at_ns, record, link, code, severity, offset, text) "
            "SELECT i, i, '', 'x', 0, -1, '' FROM n"
        )
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
            "INSERT INTO alarms(known_at_ns, record, vehicle, packet, parameter, severity, previous, "
            "state_text, limit_text, packet_id) "
            "SELECT i, 1000 + i, 'ship', 'hk', 'volts', i % 2, 1 - i % 2, '', '', i FROM n"
        )
    with ArchiveReader(scene.path) as reader:
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        reader._connection.set_progress_handler(count, 100)
        for record in (1_000_000, 1_000, 500_000):
            steps = 0
            found = reader.log(record, 500)
            assert [found[0].record, len(found)] == [record, 500]
            assert steps < 500, f"{steps * 100} steps for record {record}"
        for record in (1_001, 1_002, 1_003):  # the playhead goes on, at the begin of what is behind it
            steps = 0
            assert [alarm.last_ns for alarm in reader.alarms(record)] == [record - 1_000]
            assert steps < 20, f"{steps * 100} steps for alarms at record {record}"


def test_an_archive_of_the_first_version_is_read_and_goes_on(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK)
    event(scene, START, "old")
    scene.close()
    with closing(sqlite3.connect(scene.path)) as database:
        database.executescript(
            "ALTER TABLE frames DROP COLUMN corrected; ALTER TABLE link_status DROP COLUMN frames_corrected; "
            "ALTER TABLE events DROP COLUMN details; PRAGMA user_version=1;"
        )
    with ArchiveReader(scene.path) as reader:
        assert words(reader.log(0)) == [each.code for each in reader.events()] == ["old"]
    with closing(ArchiveWriter(scene.path, scene.mission)) as writer:
        writer.event("file", "new", 0, "new", known_at_ns=START, details={"count": 1})
    assert query(scene.path, "PRAGMA user_version") == [(3,)]
    with ArchiveReader(scene.path) as reader:
        assert [(e.code, dict(e.details)) for e in reader.events()] == [("new", {"count": 1}), ("old", {})]
