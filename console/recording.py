"""The process of ``okaeri record``: a mission folder and a file in, one recorder until a signal."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from console.archive.errors import ArchiveError
from console.children import stop_with_parent
from console.exit_codes import DAMAGE, OK, UNREADABLE, USAGE
from console.mission import Mission, load_mission
from console.recorder import Recorder, Summary
from decoders.mission.model import DefinitionError


def run(
    folder: Path,
    archive: Path,
    *,
    kind: str = "live",
    mission_offset_ns: int = 0,
    seconds: float | None = None,
    ports: Mapping[str, int] | None = None,
    with_parent: bool = False,
) -> int:
    """Record until SIGINT, SIGTERM, ``seconds`` or the end of every link; return the exit code.

    ``ports`` takes the place of the mission's, by link id. ``with_parent`` ends when standard input
    does, as it does when the program that started this one is gone. A first line ``ready`` on stdout says
    that every link has been opened or has told on stderr why it cannot be; the last one counts packets.
    """
    _come_first()
    stop = threading.Event()
    restore = _stop_on_signals(stop)
    if with_parent:
        stop_with_parent(stop)
    try:
        mission = with_ports(load_mission(folder), ports or {})
        recorder = Recorder(mission, archive, kind=kind, mission_offset_ns=mission_offset_ns, folder=folder)
    except (DefinitionError, msgspec.MsgspecError, KeyError) as error:
        return _fail(str(error), USAGE)
    except (ArchiveError, sqlite3.Error, OSError) as error:
        return _fail(str(error), UNREADABLE)
    timer = threading.Timer(seconds, stop.set) if seconds else None
    if timer:
        timer.daemon = True
        timer.start()
    try:
        summary = recorder.run(stop, ready=lambda: _say("ready"))
    finally:
        restore()
        if timer:
            timer.cancel()
    print(summary_text(summary, recorder.path), file=sys.stderr)
    _say(f"received {summary.received} decoded {summary.packets} stored {summary.stored}")
    return DAMAGE if summary.damaged else OK


def with_ports(mission: Mission, ports: Mapping[str, int]) -> Mission:
    """Return the mission with other ports on some links; raises ``DefinitionError`` for a link it lacks."""
    unknown = set(ports) - {link.id for link in mission.links}
    if unknown:
        have = ", ".join(link.id for link in mission.links)
        raise DefinitionError(f"there is no link {sorted(unknown)[0]!r}", mend=f"The links are {have}")
    links = tuple(
        msgspec.structs.replace(link, port=ports[link.id]) if link.id in ports else link
        for link in mission.links
    )
    return msgspec.structs.replace(mission, links=links)


def summary_text(summary: Summary, archive: Path) -> str:
    """Return what there is to say about a finished recording: one line, more if not all was kept."""
    damage = [
        f"{count:,} {what}"
        for count, what in (
            (summary.frames_bad, "frames unusable"),
            (summary.frames_missing, "frames missing"),
            (summary.packets_bad, "packets of a wrong length or CRC"),
            (summary.packets_missing, "packets missing"),
            (summary.passed_over, "octets in no frame and no packet"),
            (summary.dropped, "datagrams dropped"),
        )
        if count
    ]
    damage += [f"link {name} failed" for name in summary.links_failed]
    text = f"okaeri: {summary.octets:,} octets received, {summary.stored:,} packets recorded in {archive}"
    text += "; " + ", ".join(damage) if damage else ""
    if summary.unstored_octets:
        text += f"\nokaeri: LOST: {summary.unstored_octets:,} octets received that the disk did not take"
    log = Path(f"{archive}-wal")
    if log.exists() and log.stat().st_size:
        text += (
            f"\nokaeri: the newest data are in {log}: keep both files together, and open the archive once "
            "where there is room on the disk"
        )
    return text


def _come_first() -> None:
    """Ask the system to run this process before others: it alone cannot do its work later."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):  # only an administrator may
            os.setpriority(os.PRIO_PROCESS, 0, -10)


def _stop_on_signals(stop: threading.Event) -> Any:
    """Set ``stop`` on SIGINT, SIGTERM and a closed terminal; return what puts the old handlers back."""

    def handler(number: int, frame: FrameType | None) -> None:
        stop.set()

    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    old = {number: signal.signal(number, handler) for number in numbers}

    def restore() -> None:
        for number, before in old.items():
            signal.signal(number, before)

    return restore


def _say(line: str) -> None:
    """Print for the program that started this one, if it still listens."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends


def _fail(text: str, code: int) -> int:
    print(f"okaeri: {text}", file=sys.stderr)
    return code
