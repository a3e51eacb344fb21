"""The demonstration: recorder, a recorded pass over real UDP, and the desk, each a process."""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from console import children
from console.archive.errors import ArchiveError
from console.archive.reader import ArchiveReader
from console.exit_codes import DAMAGE, OK
from console.mission import Link, Mission, load_mission
from console.places import data_dir, samples_dir
from console.training.sender import begin_ns, recording_path

OFFSCREEN_SECONDS = 20.0
KEPT_DEMONSTRATIONS = 5
PICTURE = "okaeri-demo.png"
_START_S = 1.5
"""From here to the first datagram, about: recorder and sender have to start."""
_ON_THE_WAY_S = 0.5
"""Datagrams sent last are taken from the socket in this time, before the recorder is told to end."""


def run(
    seconds: float | None = None,
    archive: Path | None = None,
    language: str | None = None,
) -> int:
    """Play the sample mission's recorded pass, record it and show it; return the exit code.

    Without a screen the desk draws offscreen for ``seconds`` (20), saves ``okaeri-demo.png`` in the
    current folder, and the last line counts packets. 0 only if something was stored and none was lost.
    """
    folder = samples_dir() / "els_rs"
    mission = load_mission(folder)
    path = archive or new_archive_path()
    offscreen = not has_screen()
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        seconds = seconds or OFFSCREEN_SECONDS
    before = stored_packets(path)
    ports = free_ports(mission)
    # Children are started before Qt is loaded: a process with a GUI and threads does not fork well.
    recorder = start_recorder(folder, path, ports, mission_offset_ns(folder, mission))
    sender: subprocess.Popen[str] | None = None
    shown = OK
    try:
        if not wait_until_ready(recorder):
            return recorder.wait() or DAMAGE
        sender = start_sender(folder, ports)
        from console.desk.app import main as desk

        picture = Path(PICTURE) if offscreen else None
        shown = desk(path, seconds=seconds, screenshot=picture, language=language)
    finally:
        sent = children.end(sender, r"sent (\d+)") if sender else ()
        time.sleep(_ON_THE_WAY_S if sender else 0)
        received = children.end(recorder, r"received (\d+) decoded (\d+)")
    stored = stored_packets(path) - before
    leave_one_file(path)
    return shown or conclude(sent, received, stored)


def conclude(sent: tuple[int, ...], received: tuple[int, ...], stored: int) -> int:
    """Print the last line and return the exit code; counts are of packets."""
    if len(sent) != 1 or len(received) != 2:
        print("okaeri: a process of the demonstration ended before its time", file=sys.stderr)
        return DAMAGE
    lost = sent[0] - stored
    print(
        f"sent {sent[0]} received {received[0]} decoded {received[1]} stored {stored} lost {lost}", flush=True
    )
    return OK if stored > 0 and lost == 0 else DAMAGE


def mission_offset_ns(folder: Path, mission: Mission) -> int:
    """Return what makes mission time the recorded pass's own: its begin, a moment from now."""
    begin = begin_ns(recording_path(folder, mission))
    return begin - time.time_ns() - round(_START_S * 1e9)


def has_screen() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return os.environ.get("QT_QPA_PLATFORM") != "offscreen"
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def new_archive_path() -> Path:
    """Return a new file in the user's data folder; of older demonstrations the newest few stay."""
    folder = data_dir()
    older = sorted(folder.glob("demo-????????T??????Z.okaeri"))
    for path in older[: 1 - KEPT_DEMONSTRATIONS]:
        for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", ".lock"))):
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)
    return folder / f"demo-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.okaeri"


def stored_packets(path: Path) -> int:
    """Return how many packets an archive holds; 0 where there is none yet."""
    if not path.exists():
        return 0
    with contextlib.suppress(ArchiveError), contextlib.closing(ArchiveReader(path)) as reader:
        return reader.counts()["packets"]
    return 0


def leave_one_file(path: Path) -> None:
    """Take away the empty write-ahead log that readers leave behind."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def free_ports(mission: Mission) -> dict[str, int]:
    """Return another port for each UDP link whose own is taken, so that two demonstrations can run."""
    ports: dict[str, int] = {}
    for link in mission.links:
        if link.kind == "udp" and not _is_free(link):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind((link.host, 0))
                ports[link.id] = int(sock.getsockname()[1])
    return ports


def _is_free(link: Link) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind((link.host, link.port))
        except OSError:
            return False
    return True


def start_recorder(
    folder: Path, archive: Path, ports: dict[str, int], offset_ns: int
) -> subprocess.Popen[str]:
    """Start ``okaeri record`` on the mission; mission time will be the recorded pass's own."""
    arguments = ["--mission", str(folder), "--archive", str(archive), "--kind", "simulation"]
    arguments += ["--mission-offset-ns", str(offset_ns), *_port_arguments(ports)]
    return children.start("console", "record", *arguments)


def start_sender(folder: Path, ports: dict[str, int]) -> subprocess.Popen[str]:
    """Start the program that plays the recorded pass."""
    return children.start("console.training.sender", "--mission", str(folder), *_port_arguments(ports))


def _port_arguments(ports: dict[str, int]) -> list[str]:
    return [word for link, port in ports.items() for word in ("--port", f"{link}={port}")]


def wait_until_ready(process: subprocess.Popen[str]) -> bool:
    """Wait for a recorder's first line; False where it ended instead."""
    assert process.stdout is not None
    return process.stdout.readline().strip() == "ready"
