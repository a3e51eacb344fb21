"""The demonstration as a whole: three processes, real UDP, one file and one picture."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from console import children, demo
from console.mission import load_mission
from console.places import samples_dir

LAST_LINE = re.compile(r"sent (\d+) received (\d+) decoded (\d+) stored (\d+) lost (-?\d+)")


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "console", *map(str, arguments)]


def no_screen() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}


def test_demo_without_a_screen(tmp_path: Path) -> None:
    archive = tmp_path / "demo.okaeri"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:  # a port of the mission is in use
        port = next(link.port for link in load_mission(samples_dir() / "els_rs").links if link.kind == "udp")
        with contextlib.suppress(OSError):  # something else on this machine has it: that will do as well
            taken.bind(("127.0.0.1", port))
        done = subprocess.run(
            command("demo", "--seconds", 8, "--archive", archive),
            cwd=tmp_path, env=no_screen() | {"PYTHONPATH": str(samples_dir().parent)},
            capture_output=True, text=True, timeout=100,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    match = LAST_LINE.fullmatch(done.stdout.strip().splitlines()[-1])
    assert match, done.stdout
    sent, received, decoded, stored, lost = map(int, match.groups())
    assert sent == received == decoded == stored > 100
    assert lost == 0
    assert sorted(os.listdir(tmp_path)) == ["demo.okaeri", "okaeri-demo.png"]
    assert (tmp_path / "okaeri-demo.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    with closing(sqlite3.connect(archive)) as database:
        assert database.execute("SELECT count(*) FROM packets WHERE apid >= 0").fetchone() == (stored,)
        ((kind, offset_ns),) = database.execute("SELECT kind, mission_offset_ns FROM session").fetchall()
        ahead = "SELECT generation_ns - reception_ns FROM packets WHERE apid >= 0 LIMIT 1"
        (first,) = database.execute(ahead).fetchone()
    assert kind == "simulation"
    # Mission time is the recorded pass's own: it differs from the first packet's by starting up alone.
    assert abs(offset_ns - first) < 20e9


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    archive = tmp_path / "demo.okaeri"
    parent = subprocess.Popen(
        command("demo", "--archive", archive), env=no_screen(), cwd=tmp_path, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while not (archive.exists() and demo.stored_packets(archive)):
        assert time.monotonic() < end
        time.sleep(0.1)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while archive.with_name("demo.okaeri.lock").exists():  # the recorder holds it until it has ended in order
        assert time.monotonic() < end
        time.sleep(0.1)
    with closing(sqlite3.connect(archive)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_child_is_asked_to_end_and_its_last_words_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing in the current folder is taken for a module of ours.
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the user')")
    monkeypatch.chdir(tmp_path)
    child = children.start("console", "record", "--mission", "/nowhere", "--archive", str(tmp_path / "x"))
    assert children.end(child, r"received (\d+)") == ()
    assert child.returncode == 2


def test_old_demonstrations_are_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for day in range(10, 18):
        for tail in ("", "-wal"):
            (folder / f"demo-202611{day}T010203Z.okaeri{tail}").touch()
    (folder / "mine.okaeri").touch()
    monkeypatch.setattr(demo, "data_dir", lambda: folder)
    path = demo.new_archive_path()
    left = sorted(os.listdir(folder))
    assert [name for name in left if not name.endswith("-wal")] == [
        *(f"demo-202611{day}T010203Z.okaeri" for day in range(14, 18)),
        "mine.okaeri",
    ]
    assert len(left) == 9
    assert path.parent == folder
    assert re.fullmatch(r"demo-\d{8}T\d{6}Z\.okaeri", path.name)
