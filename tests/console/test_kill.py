"""Kill -9 of the recorder at random moments: what it had read half a second before is in the archive."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from decoders.encode import AosFramePacker, cadu
from tests.console.small_mission import COUNTERS, SCID, VCID, packet, write_mission

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's TCP queues")
KILLS = 20
PACKETS_PER_S = 1500
SAFE_S = 0.5
_SIOCOUTQ = 0x5411


class Sender(threading.Thread):
    """Serves CADUs over TCP, one recorder after the other, and knows what each has read and when.

    What the recorder's program has taken from its socket is what the kernel on its side acknowledged
    less what still waits in its receive queue (``/proc/net/tcp``).
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(0.05)
        self.port = int(self.server.getsockname()[1])
        self.number = 0
        self.first = 0
        """number of the first packet that the present recorder was sent"""
        self.stopping = False
        self.connections = 0
        self.read_at: list[tuple[float, int]] = []
        """(monotonic s, last packet number that the present recorder had surely read)"""

    def run(self) -> None:
        while not self.stopping:
            try:
                connection, _ = self.server.accept()
            except TimeoutError:
                continue
            with connection:
                self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        packer = AosFramePacker(SCID, VCID)
        ends: list[tuple[int, int]] = []  # octets of the stream, last packet number wholly inside
        sent, started, self.first = 0, time.monotonic(), self.number
        self.connections += 1
        while not self.stopping:
            block = b""
            due = self.first + int((time.monotonic() - started) * PACKETS_PER_S)
            while self.number < due:
                noise = self.number.to_bytes(8, "big") + bytes(2 * (COUNTERS - 1) - 8)
                for frame in packer.push(packet(self.number, noise=noise)):
                    block += cadu(frame)
                    # The packet that completed the frame may itself go on into the next one.
                    ends.append((sent + len(block), self.number - 1))
                self.number += 1
            try:
                connection.sendall(block)
                sent += len(block)
                read = sent - self._unread(connection)
            except OSError:
                return
            while len(ends) > 1 and ends[1][0] <= read:
                ends.pop(0)
            if ends and ends[0][0] <= read:
                self.read_at.append((time.monotonic(), ends[0][1]))
            time.sleep(0.01)

    def _unread(self, connection: socket.socket) -> int:
        """Return the octets that lie in either kernel; later ones may be counted too, never fewer."""
        unacknowledged = struct.unpack("i", fcntl.ioctl(connection, _SIOCOUTQ, bytes(4)))[0]
        here, there = connection.getsockname()[1], connection.getpeername()[1]
        for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
            columns = line.split()
            ports = [int(column.split(":")[1], 16) for column in columns[1:3]]
            if ports == [there, here]:
                return int(unacknowledged) + int(columns[4].split(":")[1], 16)
        return 1 << 60  # its side is gone


Start = Callable[[Path, Path], subprocess.Popen[str]]


@pytest.fixture
def start_recorder() -> Iterator[Start]:
    """Starts recorders; none outlives its test, whatever fails."""
    started: list[subprocess.Popen[str]] = []

    def start(mission: Path, archive: Path) -> subprocess.Popen[str]:
        started.append(recorder_process(mission, archive))
        return started[-1]

    yield start
    for recorder in started:
        recorder.kill()
        recorder.wait()


def recorder_process(mission: Path, archive: Path) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "console",
        "record",
        "--mission",
        str(mission),
        "--archive",
        str(archive),
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def stored_numbers(archive: Path) -> list[int]:
    """Check the file as a stranger would, and return the packet numbers in it in record order."""
    database = sqlite3.connect(archive)
    try:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        database.execute("BEGIN")  # one picture of it: a recorder may write on meanwhile
        rows = database.execute("SELECT bytes FROM packets ORDER BY id").fetchall()
        values = database.execute("SELECT count(*) FROM ship__hk__raw").fetchone()[0]
        good = database.execute("SELECT count(*) FROM packets WHERE packet = 'hk' AND length(bytes) = 60")
        assert values == good.fetchone()[0]
        return [int.from_bytes(bytes(octets)[12:20], "big") for (octets,) in rows if len(octets) == 60]
    finally:
        database.close()


def test_twenty_kills_lose_nothing_read_half_a_second_before(tmp_path: Path, start_recorder: Start) -> None:
    sender = Sender()
    link = f'id="down"\nkind="tcp"\nport={sender.port}\nframing="aos"'
    write_mission(tmp_path / "mission", link)
    archive = tmp_path / "kill.okaeri"
    sender.start()
    moments = random.Random(20261118)
    proved = 0
    started = time.monotonic()
    for _ in range(KILLS):
        before, connections = len(sender.read_at), sender.connections
        recorder = start_recorder(tmp_path / "mission", archive)
        try:
            assert recorder.stdout is not None
            assert recorder.stdout.readline() == "ready\n"
            while sender.connections == connections:
                time.sleep(0.01)
            time.sleep(moments.uniform(0.3, 1.2))
            killed = time.monotonic()
        finally:
            os.kill(recorder.pid, signal.SIGKILL)
            recorder.wait()
            recorder.stdout.close()
        safe = [number for at, number in sender.read_at[before:] if at < killed - SAFE_S]
        numbers = stored_numbers(archive)
        assert len(numbers) == len(set(numbers))
        assert numbers == sorted(numbers)
        if safe:
            proved += 1
            assert set(range(sender.first, safe[-1] + 1)) <= set(numbers)
    elapsed = time.monotonic() - started
    recorder = start_recorder(tmp_path / "mission", archive)
    assert recorder.stdout is not None
    recorder.stdout.readline()
    count = len(stored_numbers(archive))
    while len(stored_numbers(archive)) == count:
        time.sleep(0.1)
    recorder.terminate()
    assert recorder.wait(20) in (0, 1)
    recorder.stdout.close()
    sender.stopping = True
    sender.join()
    sender.server.close()
    assert not archive.with_name(archive.name + "-wal").exists()
    assert len(stored_numbers(archive)) > count
    with closing(sqlite3.connect(archive)) as database:
        told = database.execute("SELECT code, severity FROM events WHERE code LIKE 'recording-%' ORDER BY id")
        assert told.fetchall()[-2:] == [("recording-went-on", 1), ("recording-ended", 0)]
    assert proved >= KILLS // 2
    assert elapsed < 60
