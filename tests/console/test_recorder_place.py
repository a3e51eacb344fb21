"""An archive that somebody moves, deletes or replaces while it is recorded: nothing received is lost."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from console.recorder import Recorder
from decoders.encode import AosFramePacker
from tests.console.small_mission import SCID, VCID, free_port, packet, write_mission
from tests.console.test_recorder import UDP, count, query, recording, send, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody move an open file")


def move(archive: Path) -> None:
    archive.rename(archive.with_name("elsewhere.okaeri"))


def delete(archive: Path) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{archive}{end}").unlink()


def replace(archive: Path) -> None:
    other = archive.with_name("other.okaeri")
    with closing(sqlite3.connect(other)) as database:
        database.executescript("CREATE TABLE sheep(name); INSERT INTO sheep VALUES('dolly');")
    other.replace(archive)


@pytest.mark.parametrize(
    ("meddle", "name"),
    [(delete, "a.okaeri"), (move, "a-rescued-1.okaeri"), (replace, "a-rescued-1.okaeri")],
)
def test_it_goes_on_in_a_whole_copy(
    meddle: Callable[[Path], None], name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    port, archive, rescued = free_port(), tmp_path / "a.okaeri", tmp_path / name
    mission = write_mission(tmp_path / "mission", UDP.format("radio", port))
    packer = AosFramePacker(SCID, VCID)
    frames = [frame for number in range(200) for frame in packer.push(packet(number))]
    recorder = Recorder(mission, archive)
    with recording(recorder) as result:
        send(port, frames[:5])
        until(lambda: count(archive, "frames") == 5)
        meddle(archive)
        send(port, frames[5:8])  # before anybody has noticed
        until(lambda: recorder.path == rescued and rescued.exists() and count(rescued, "frames") == 8)
        send(port, frames[8:])
        until(lambda: count(rescued, "frames") == len(frames))
    assert not result[0].damaged
    assert f"{archive} was moved or deleted: all that is recorded is in {rescued}" in capfd.readouterr().err
    assert query(rescued, "PRAGMA integrity_check") == [("ok",)]
    rows = query(rescued, "SELECT bytes FROM packets ORDER BY id")
    numbers = [int.from_bytes(row[0][2:4], "big") & 0x3FFF for row in rows]
    assert numbers == list(range(len(numbers)))
    assert numbers
    assert ("archive-moved", 2) in query(rescued, "SELECT code, severity FROM events")
    if meddle is replace:
        assert query(archive, "SELECT name FROM sheep") == [("dolly",)]
    if meddle is move:
        assert query(tmp_path / "elsewhere.okaeri", "PRAGMA integrity_check") == [("ok",)]


def test_a_folder_that_is_gone_is_told_and_damage(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    port, folder = free_port(), tmp_path / "recordings"
    mission = write_mission(tmp_path / "mission", UDP.format("radio", port))
    folder.mkdir()
    recorder = Recorder(mission, folder / "a.okaeri")
    told = ""

    def is_told() -> bool:
        nonlocal told
        told += capfd.readouterr().err
        return "is no longer in its place, and cannot be copied to" in told

    with recording(recorder) as result:
        until(lambda: count(folder / "a.okaeri", "events") > 0)
        shutil.rmtree(folder)
        until(is_told)
    assert result[0].damaged
    assert told.count("no longer in its place") == 1
