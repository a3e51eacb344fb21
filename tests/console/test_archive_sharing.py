"""Several hands on one archive: a desk waits its turn, layouts are kept, locks outlive their files."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from console.archive import lock
from console.archive.deskwriter import DeskWriter
from console.archive.errors import ArchiveError
from console.archive.lock import WriterLock
from console.archive.presence import somebody_writes
from console.archive.reader import ArchiveReader
from decoders.mission.model import Parameter
from tests.console.archive_scene import START, S, Scene, packet, query

HK = packet("hk", Parameter("a", "uint", 8))


def test_a_desk_waits_for_a_recorder_that_is_writing(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "a.okaeri", HK)
    scene.send("hk", [{"a": 1}])
    scene.writer.write("file", scene.decoder.feed(scene.octets("hk", {"a": 2}), START + S), START + S)
    began, told = threading.Event(), []

    def write() -> None:
        with closing(DeskWriter(scene.path)) as desk:
            began.set()
            desk.note(START, "seen", "Aoki")
            told.append(query(scene.path, "SELECT count(*) FROM ship__hk"))

    desk = threading.Thread(target=write)
    desk.start()
    assert began.wait(10)
    desk.join(0.3)
    assert desk.is_alive()
    assert told == query(scene.path, "SELECT text FROM notes") == []
    scene.writer.commit()
    desk.join(10)
    assert told == [[(2,)]]
    scene.close()
    assert query(scene.path, "SELECT text, record FROM notes") == [("seen", 2)]


def test_layouts_are_kept_by_name_and_the_newest_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.okaeri"
    Scene(path, HK).close()
    with closing(DeskWriter(path)) as desk:
        for name, state in (("pass", b"\0one"), ("pass", b"\0two"), ("entry", b"three")):
            desk.save_layout(name, state)
    with ArchiveReader(path) as reader:
        assert [reader.layout(name) for name in ("pass", "entry", "none")] == [b"\0two", b"three", None]


@pytest.mark.skipif(sys.platform == "win32", reason="the lock file stays on Windows")
def test_the_lock_is_not_that_of_a_file_just_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recorder ends between another's opening of the lock file and its locking it."""
    path = tmp_path / "a.okaeri"
    ending = WriterLock(path)
    flock = lock.fcntl.flock

    def late(file: int, how: int) -> None:
        ending.release()
        flock(file, how)

    monkeypatch.setattr(lock.fcntl, "flock", late)
    second = WriterLock(path)
    monkeypatch.setattr(lock.fcntl, "flock", flock)
    assert somebody_writes(path)
    with pytest.raises(ArchiveError, match="another recorder"):
        WriterLock(path)
    second.release()
    assert os.listdir(tmp_path) == []
