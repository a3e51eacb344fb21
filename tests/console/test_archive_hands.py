"""Who may write what: one recorder a file, desks only the tables of people, and one file at the end."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from console.archive.deskwriter import DeskWriter
from console.archive.errors import ArchiveError
from console.archive.presence import somebody_writes
from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from console.mission import mission_of
from decoders.mission.model import Parameter
from tests.console.archive_scene import START, Scene, packet, query

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


def test_a_second_recorder_is_refused_until_the_first_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.okaeri"
    scene = Scene(path, HK)
    link = tmp_path / "link.okaeri"
    link.symlink_to(path)
    for same in (path, link, tmp_path / "." / "a.okaeri"):
        with pytest.raises(ArchiveError, match=r"another recorder writes .*okaeri: end that one first"):
            ArchiveWriter(same, MISSION)
        assert somebody_writes(same)
    scene.send("hk", [{"value": 1}])
    scene.close()
    assert not somebody_writes(link)
    second = Scene(link, HK)
    second.send("hk", [{"value": 2}])
    second.close()
    assert query(path, "SELECT id, value FROM ship__hk") == [(1, 1), (2, 2)]


def test_a_clean_close_leaves_one_file_that_can_be_handed_over(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK)
    scene.send("hk", [{"value": n} for n in range(500)])
    with ArchiveReader(scene.path) as reader:
        assert reader.extent().last_record == 500
    scene.close()
    assert others(scene.path) == []
    handed = tmp_path / "other" / "b.okaeri"
    handed.parent.mkdir()
    handed.write_bytes(scene.path.read_bytes())
    with ArchiveReader(handed) as reader:
        assert reader.rows("hk", ["value"], after_id=0, upto_id=999).raw["value"].tolist() == [*range(500)]


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.okaeri")
    before = path.read_bytes()
    with ArchiveReader(path) as reader, ArchiveReader(path) as another:
        assert reader.latest(["hk"], 10)["hk"].raw == another.latest(["hk"], 99)["hk"].raw == {"value": 9}
    assert others(path) == []
    assert path.read_bytes() == before


def test_a_desk_adds_to_the_tables_of_people_and_to_no_others(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.okaeri")
    tables = [name for (name,) in query(path, "SELECT name FROM sqlite_schema WHERE type = 'table'")]
    before = {name: query(path, f"SELECT * FROM {name}") for name in tables}
    desk = DeskWriter(path, clock=lambda: START)
    desk.note(START, "seen", "K")
    desk.save_layout("mine", b"\0\1")
    forbidden = [f"INSERT INTO {name} SELECT * FROM {name}" for name in tables]
    forbidden = [
        each for each in forbidden if each.split()[2] not in ("acknowledgements", "notes", "layouts")
    ]
    assert len(forbidden) >= 10
    forbidden += [f"DELETE FROM {name}" for name in tables]
    forbidden += ["UPDATE notes SET text = ''", "DROP TABLE notes",
                  "CREATE TABLE mine(a)", "CREATE TRIGGER t AFTER INSERT ON notes BEGIN SELECT 1; END",
                  "PRAGMA user_version=9", "PRAGMA writable_schema=ON",
                  f"ATTACH '{tmp_path / 'other'}' AS other"]  # fmt: skip
    for statement in forbidden:
        with pytest.raises(sqlite3.DatabaseError):
            desk._connection.execute(statement)
    desk.close()
    assert others(path) == []
    after = {name: query(path, f"SELECT * FROM {name}") for name in tables}
    assert after.pop("notes") == [(1, START, 10, START, "seen", "K")]
    assert after.pop("layouts") == [(1, START, "mine", b"\0\1")]
    assert after == {name: rows for name, rows in before.items() if name not in ("notes", "layouts")}


def test_a_desk_writes_while_the_recorder_does(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK)
    desk = DeskWriter(scene.path)
    for n in range(5):
        scene.send("hk", [{"value": n}])
        desk.note(START, f"after {n}", "K")
    scene.close()
    desk.note(START, "after the end", "K")
    desk.close()
    assert others(scene.path) == []
    assert query(scene.path, "SELECT record, text FROM notes") == [
        *((n + 1, f"after {n}") for n in range(5)),
        (5, "after the end"),
    ]
