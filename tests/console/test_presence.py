"""Who writes an archive, asked from outside."""

from __future__ import annotations

from pathlib import Path

from console.archive.lock import WriterLock
from console.archive.presence import somebody_writes


def test_a_writer_is_seen_while_it_holds_the_lock(tmp_path: Path) -> None:
    archive = tmp_path / "a.okaeri"
    assert not somebody_writes(archive)
    lock = WriterLock(archive)
    assert somebody_writes(archive)
    lock.release()
    assert not somebody_writes(archive)


def test_asking_does_not_take_the_lock(tmp_path: Path) -> None:
    archive = tmp_path / "a.okaeri"
    (tmp_path / "a.okaeri.lock").touch()
    for _ in range(100):
        assert not somebody_writes(archive)
    lock = WriterLock(archive)
    lock.release()
