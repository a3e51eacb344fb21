"""Files that are no archive, not yet one, of a later program, or where nothing can be written."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from console.archive.deskwriter import DeskWriter
from console.archive.errors import ArchiveError, ArchiveNotReady
from console.archive.reader import ArchiveReader
from console.archive.writer import ArchiveWriter
from console.mission import mission_of
from decoders.mission.model import Parameter
from tests.console.archive_scene import START, S, Scene, packet, query

HK = packet("hk", Parameter("a", "uint", 8))
MISSION = mission_of([HK], "scene")


def archive(path: Path, rows: int = 5) -> Path:
    scene = Scene(path, HK)
    scene.send("hk", [{"a": n} for n in range(rows)])
    scene.close()
    return path


def text_file(path: Path) -> None:
    path.write_text("time,voltage\n1,28.1\n" * 100, encoding="utf-8")


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE bookmarks(url); INSERT INTO bookmarks VALUES('x');")


def other_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA application_id=7; PRAGMA user_version=3; CREATE TABLE t(a)")


def later_version(path: Path) -> None:
    archive(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version=9")


def cut_off(path: Path) -> None:
    archive(path, 2000)
    path.write_bytes(path.read_bytes()[:5000])


OPENERS: list[Callable[[Path], object]] = [
    ArchiveReader, DeskWriter, lambda path: ArchiveWriter(path, MISSION)
]  # fmt: skip


@pytest.mark.parametrize("opener", OPENERS, ids=["reader", "desk", "recorder"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (text_file, "not an Okaeri archive"),
        (other_program, "another program's SQLite file"),
        (other_application, "another program's SQLite file"),
        (later_version, "later version (9; this program knows 3): update Okaeri"),
        (Path.mkdir, "folder|not a file"),
    ],
)  # fmt: skip
def test_what_is_no_archive(
    tmp_path: Path, make: Callable[[Path], object], words: str, opener: Callable[[Path], object]
) -> None:
    path = tmp_path / "pass.okaeri"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises((ArchiveError, sqlite3.OperationalError)) as caught:
        opener(path)
    if isinstance(caught.value, ArchiveError):
        assert any(each in str(caught.value) for each in words.split("|"))
        assert str(path) in str(caught.value)
        assert caught.value.final
    else:
        assert path.is_dir() or opener is DeskWriter
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert os.listdir(tmp_path) == ["pass.okaeri"]


def test_a_file_that_is_cut_off_says_so_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.okaeri"
    cut_off(path)
    with pytest.raises(ArchiveError, match="damaged or was cut short"):
        read_all(path)


def read_all(path: Path) -> None:
    with ArchiveReader(path) as reader:
        reader.mission()
        reader.rows("hk", ["a"], after_id=0, upto_id=2000)


@pytest.mark.parametrize("content", [None, b""])
def test_what_is_not_there_yet(tmp_path: Path, content: bytes | None) -> None:
    """A desk that is quicker than its recorder waits; nothing else makes a file."""
    path = tmp_path / "a.okaeri"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ArchiveNotReady) as caught:
        ArchiveReader(path)
    assert not caught.value.final
    assert str(path) in str(caught.value)
    assert path.exists() == (content is not None)
    assert query(archive(path), "SELECT count(*) FROM packets") == [(5,)]


def test_another_kind_of_data_goes_into_a_file_of_its_own(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.okaeri")
    with pytest.raises(ArchiveError, match=r"holds live data: record simulation into a file of its own"):
        ArchiveWriter(path, MISSION, kind="simulation")
    with pytest.raises(ArchiveError, match="kind 'rehearsal' is not one of live"):
        ArchiveWriter(path, MISSION, kind="rehearsal")


def test_names_that_look_like_parts_of_an_address(tmp_path: Path) -> None:
    path = archive(tmp_path / "pass 1?mode=memory#50%25 軌道.okaeri")
    with ArchiveReader(path) as reader:
        assert reader.extent().last_record == 5
    with closing(DeskWriter(path)) as desk:
        desk.note(START, "seen", "Aoki")
    assert os.listdir(tmp_path) == [path.name]


def test_a_damaged_mission_is_told(tmp_path: Path) -> None:
    for number, damage in enumerate(["zeroblob(900)", "substr(files, 1, 200)", "'x'"]):
        path = archive(tmp_path / f"{number}.okaeri")
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"UPDATE mission SET files = CAST({damage} AS BLOB)")
            database.commit()
        with ArchiveReader(path) as reader, pytest.raises(ArchiveError, match="mission kept in this archive"):
            reader.mission()


# Where the kernel says no. As root it never does, so somebody else asks.


NOBODY = 65_534


@contextmanager
def as_user(uid: int) -> Iterator[None]:
    before = os.getuid()
    os.setresuid(uid, uid, 0)
    try:
        yield
    finally:
        os.setresuid(before, before, 0)


@contextmanager
def as_nobody() -> Iterator[Path]:
    """Be a user without rights; yields a folder that this user can read and not write."""
    with TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with as_user(NOBODY):
            yield folder


@pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0, reason="only root on Linux can become somebody else"
)
class TestNoPermission:
    def test_a_folder_that_cannot_be_written(self) -> None:
        """Reading works as on a read-only medium; nothing is made beside the file."""
        with as_nobody() as folder:
            with as_user(0):
                path = archive(folder / "a.okaeri", 70)
                path.chmod(0o444)
            with ArchiveReader(path) as reader:
                assert reader.extent().last_record == 70
                assert reader.trace(
                    "hk", "a", START, START + 70 * S, points=99, upto_record=70
                ).hi.tolist() == [float(n) for n in range(70)]
            assert os.listdir(folder) == ["a.okaeri"]
            with pytest.raises(ArchiveError, match=r"cannot write in .*: Permission denied"):
                ArchiveWriter(path, MISSION)
            with pytest.raises((ArchiveError, sqlite3.OperationalError)), closing(DeskWriter(path)) as desk:
                desk.note(START, "seen", "Aoki")

    def test_what_a_killed_recorder_left_there(self) -> None:
        """Without its write-ahead log the newest data would silently be missing: so it is said."""
        with as_nobody() as folder:
            with as_user(0):
                archive(folder / "a.okaeri")
                scene = Scene(folder / "b.okaeri", HK)
                scene.send("hk", [{"a": 1}])
                wal = (folder / "b.okaeri-wal").read_bytes()
                scene.close()
                (folder / "a.okaeri-wal").write_bytes(wal)
            with pytest.raises(ArchiveError, match=r"a\.okaeri-wal.*copy both files") as caught:
                ArchiveReader(folder / "a.okaeri")
            assert caught.value.final
            with as_user(0):
                (folder / "a.okaeri-wal").write_bytes(b"")
            with ArchiveReader(folder / "a.okaeri") as reader:
                assert reader.extent().last_record == 5

    def test_a_file_that_may_not_be_read(self) -> None:
        with as_nobody() as folder:
            with as_user(0):
                path = archive(folder / "a.okaeri")
                path.chmod(0o600)
            with pytest.raises(ArchiveError, match=r"a\.okaeri may not be read: see to its permissions"):
                ArchiveReader(path)
            with as_user(0):
                folder.chmod(0o777)
            with pytest.raises(ArchiveError, match="may not be written: see to its permissions"):
                ArchiveWriter(path, MISSION)
            assert os.listdir(folder) == ["a.okaeri"]

    def test_a_folder_that_may_not_be_entered(self) -> None:
        with as_nobody() as folder:
            with as_user(0):
                path = archive(folder / "a.okaeri")
                folder.chmod(0o700)
            with pytest.raises(ArchiveError, match="cannot be reached: Permission denied"):
                ArchiveReader(path)

    def test_a_read_only_medium(self, tmp_path: Path) -> None:
        disk = tmp_path / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("may not mount a disk here")
        try:
            path = archive(disk / "a.okaeri")
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            with ArchiveReader(path) as reader:
                assert reader.counts() == {"frames": 0, "packets": 5, "values": 5}
            with pytest.raises(ArchiveError, match=r"cannot write in .*: Read-only file system"):
                ArchiveWriter(path, MISSION)
        finally:
            subprocess.run(["umount", str(disk)], check=True)
