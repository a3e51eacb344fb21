"""What is in the file after a kill or on a full disk, and how it goes on."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import check_call
from typing import Any

import pytest

from console.archive import beginning
from console.archive.errors import ArchiveError
from console.archive.presence import somebody_writes
from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from console.mission import mission_of
from decoders.mission.model import Parameter
from tests.console.archive_scene import START, S, Scene, packet, query

VALUE = Parameter("value", "uint", 32)
HK = packet("hk", VALUE, timed=True)
MISSION = mission_of([HK], "scene")


def write_archive(path: Path, count: int = 10) -> Path:
    scene = Scene(path, HK)
    scene.send("hk", [{"value": n} for n in range(count)])
    scene.close()
    return path


def others(path: Path) -> list[str]:
    """The names beside a file."""
    return sorted(each.name for each in path.parent.iterdir() if each != path)


# Killed

CHILD = """
import sys
from pathlib import Path
from decoders.mission.model import Parameter
from tests.console.archive_scene import START, S, Scene, packet

scene = Scene(Path(sys.argv[1]), packet("hk", Parameter("value", "uint", 32), timed=True))
first = scene.writer._next_packet - 1
scene.counts["hk"] = first
for n in range(first, first + 100_000, 50):
    scene.send("hk", [{"value": v} for v in range(n, n + 50)], START + n * S)
    print(n + 50, flush=True)
    # a batch that is under way when the kill comes
    data = [(scene.octets("hk", {"value": 1 << 31}, START), START) for _ in range(50)]
    scene.counts["hk"] -= 50
    if int(sys.argv[2]) <= n + 50 - first:
        scene.writer.write("file", scene.decoder.feed_many(data), START)
        print("under way", flush=True)
        sys.stdin.read()
"""


def test_after_a_kill_the_file_opens_whole_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.okaeri"
    known = 0
    for rows in (50, 1000):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path), str(rows)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with child:
            assert child.stdout is not None
            for line in child.stdout:
                if line == "under way\n":
                    break
                known = int(line)
            assert somebody_writes(path)
            with pytest.raises(ArchiveError, match="another recorder"):
                ArchiveWriter(path, MISSION)
            child.send_signal(signal.SIGKILL)
        assert not somebody_writes(path)
        # The reader sees what was committed, before anybody has mended anything.
        with ArchiveReader(path) as reader:
            assert reader.extent().last_record == known
            values = reader.rows("hk", ["value"], after_id=0, upto_id=1 << 40).raw["value"]
        assert values.tolist() == [*range(known)]
    assert known == 1050
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    scene = Scene(path, HK)
    scene.counts["hk"] = known
    scene.send("hk", [{"value": known}], START + known * S)
    scene.close()
    assert others(path) == []
    assert query(path, "SELECT sum(count), min(first_id), max(last_id) FROM rollup") == [
        (known + 1, 1, known + 1)
    ]
    assert query(path, "SELECT count(*), count(DISTINCT value), max(id) FROM ship__hk") == [
        (known + 1, known + 1, known + 1)
    ]
    assert query(path, "SELECT count(*) FROM session") == [(3,)]


# A full disk

TABLES = ("frames", "packets", "ship__hk__raw", "rollup", "events")


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    return {table: query(path, f"SELECT * FROM {table}") for table in TABLES}


@pytest.mark.parametrize("room", [0, 1, 3, 8, 21])
def test_a_disk_that_becomes_full_leaves_nothing_half_written(tmp_path: Path, room: int) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK)
    scene.send("hk", [{"value": n} for n in range(100)])
    before = contents(scene.path)
    (pages,) = scene.writer._connection.execute("PRAGMA page_count").fetchone()
    scene.writer._connection.execute(f"PRAGMA max_page_count={pages + room}")
    batch = [(scene.octets("hk", {"value": n}, START + n * S), START + n * S) for n in range(100, 1000)]
    decoded = scene.decoder.feed_many(batch)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        scene.writer.write("file", decoded, START + 1000 * S)
    assert contents(scene.path) == before
    scene.writer.abandon()
    assert contents(scene.path) == before
    assert query(scene.path, "PRAGMA integrity_check") == [("ok",)]
    # There is room again: the same batch goes in, and nothing of it twice.
    scene.writer = ArchiveWriter(scene.path, scene.mission)
    scene.writer.write("file", decoded, START + 1000 * S)
    scene.close()
    assert others(scene.path) == []
    shown = query(scene.path, "SELECT id, value FROM ship__hk")
    assert shown == [(n + 1, n) for n in range(1000)]
    assert query(scene.path, "SELECT sum(count) FROM rollup") == [(1000,)]


def test_an_archive_on_a_full_disk_is_refused_in_clear_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_archive(tmp_path / "a.okaeri")
    before = contents(path)
    connected = beginning._connected

    def full(where: Path) -> sqlite3.Connection:
        connection = connected(where)
        connection.execute("PRAGMA max_page_count=1")  # of a file that has more: as many as it has
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(beginning, "_connected", full)
        with pytest.raises(ArchiveError, match=r"new\.okaeri .*full"):
            ArchiveWriter(tmp_path / "new.okaeri", MISSION)
        with pytest.raises(ArchiveError, match=r"a\.okaeri .*full"):
            ArchiveWriter(path, MISSION, note="n" * 100_000)
    assert contents(path) == before
    write_archive(tmp_path / "new.okaeri")
    assert query(tmp_path / "new.okaeri", "SELECT count(*) FROM ship__hk") == [(10,)]


def test_the_end_of_a_recording_on_a_full_disk_keeps_what_was_committed(tmp_path: Path) -> None:
    wide = packet("wide", *(Parameter(f"p{i}", "uint", 8) for i in range(900)))
    scene = Scene(tmp_path / "a.okaeri", wide)
    scene.send("wide", [{"p0": n} for n in range(10)])
    (pages,) = scene.writer._connection.execute("PRAGMA page_count").fetchone()
    scene.writer._connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        scene.close()  # the last rollup segment has 22,500 octets
    assert not somebody_writes(scene.path)
    assert query(scene.path, "SELECT id, p0 FROM ship__wide") == [(n + 1, n) for n in range(10)]
    assert query(scene.path, "SELECT count(*) FROM rollup") == [(0,)]
    scene.writer = ArchiveWriter(scene.path, scene.mission)
    scene.close()
    assert others(scene.path) == []
    assert query(scene.path, "SELECT sum(count) FROM rollup") == [(10,)]


@contextmanager
def disk(where: Path, size: str = "4m") -> Iterator[Callable[[str], int]]:
    """Mount a small disk in memory; what is yielded mounts it anew with other options."""
    where.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", where], capture_output=True
    ).returncode:
        pytest.skip("may not mount a disk here")
    try:
        yield lambda options: check_call(["mount", "-o", f"remount,{options}", where])
    finally:
        check_call(["umount", where])


def test_a_read_only_medium_with_the_log_of_a_killed_recorder(tmp_path: Path) -> None:
    with disk(tmp_path / "medium") as remount:
        path = tmp_path / "medium" / "a.okaeri"
        scene = Scene(tmp_path / "a.okaeri", HK)
        scene.send("hk", [{"value": n} for n in range(10)])
        for ending in ("", "-wal"):  # as it lies there at this moment
            Path(f"{path}{ending}").write_bytes(Path(f"{scene.path}{ending}").read_bytes())
        scene.close()
        remount("ro")
        with pytest.raises(ArchiveError, match=r"newest data are in a\.okaeri-wal.*copy both files"):
            ArchiveReader(path)
        copy = tmp_path / "copy.okaeri"
        for ending in ("", "-wal"):
            Path(f"{copy}{ending}").write_bytes(Path(f"{path}{ending}").read_bytes())
        with ArchiveReader(copy) as reader:
            assert reader.extent().last_record == 10


def test_a_disk_of_one_megabyte(tmp_path: Path) -> None:
    with disk(tmp_path / "medium", "1m"):
        scene = Scene(tmp_path / "medium" / "a.okaeri", HK)
        kept = 0
        with pytest.raises(sqlite3.OperationalError, match="full"):  # noqa: PT012 - until it is
            for first in range(0, 100_000, 100):
                scene.send("hk", [{"value": n} for n in range(first, first + 100)], START + first * S)
                kept = first + 100
        assert kept
        scene.writer.abandon()
        with ArchiveReader(scene.path) as reader:
            assert reader.extent().last_record == kept
        assert query(scene.path, "SELECT value FROM ship__hk") == [(n,) for n in range(kept)]
        assert query(scene.path, "PRAGMA integrity_check") == [("ok",)]
