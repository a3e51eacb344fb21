"""Recorder on one core: AOS frames full of 60-byte packets at 20 Mbit/s over UDP, and what is lost.

``OKAERI_BENCH_SECONDS`` (60) is the length of each of the two runs: with a large receive buffer, and
with ``SO_RCVBUF`` limited to 212,992 octets, the default of many systems. Linux only.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np

from tests.console.small_mission import PACKET_OCTETS, frames, free_port, write_mission

RATE_BITS_S = float(os.environ.get("OKAERI_BENCH_RATE", 20e6))
SECONDS = float(os.environ.get("OKAERI_BENCH_SECONDS", 60))
FRAME_OCTETS = 1115


def main() -> None:
    """Print both runs."""
    count = int(RATE_BITS_S / 8 / FRAME_OCTETS * SECONDS)
    packets = count * (FRAME_OCTETS - 10) // PACKET_OCTETS
    load = list(frames(packets))
    cores = sorted(os.sched_getaffinity(0))
    print(f"{len(load):,} frames, {packets:,} packets of {PACKET_OCTETS} B, {SECONDS:g} s a run", flush=True)
    for buffer in (0, 212_992):
        report(buffer, load, packets, cores)


def report(buffer: int, load: list[bytes], packets: int, cores: list[int]) -> None:
    """Record one run in a process of its own and print what came of it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder, archive, port = Path(scratch, "mission"), Path(scratch, "bench.okaeri"), free_port()
        write_mission(
            folder,
            f'id="radio"\nkind="udp"\nport={port}\nframing="aos"\nasm=false\nreceive_buffer_octets={buffer}',
        )
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        recorder = subprocess.Popen(
            [sys.executable, "-m", "console", "record", "--mission", folder, "--archive", archive],
            stdout=subprocess.PIPE,
            text=True,
        )
        os.sched_setaffinity(recorder.pid, cores[:1])
        os.sched_setaffinity(0, cores[1:] or cores)
        assert recorder.stdout is not None
        recorder.stdout.readline()
        took_s = send(load, port)
        time.sleep(1.5)
        recorder.send_signal(signal.SIGTERM)
        recorder.wait(60)
        recorder.stdout.close()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        with closing(sqlite3.connect(archive)) as database:
            stored, octets = database.execute("SELECT count(*), sum(length(bytes)) FROM packets").fetchone()
            times = database.execute("SELECT recorded_ns - reception_ns FROM packets").fetchall()
            dropped = database.execute("SELECT max(dropped_by_kernel) FROM link_status").fetchone()[0]
        delays_ms = np.array(times, np.float64).ravel() / 1e6
        middle, late, last = np.percentile(delays_ms, [50, 99, 100])
        name = f"SO_RCVBUF {buffer:,}" if buffer else "SO_RCVBUF as granted"
        print(
            f"{name}: {len(load) * FRAME_OCTETS * 8 / took_s / 1e6:.1f} Mbit/s, "
            f"{packets / took_s:,.0f} packets/s; sent {packets:,} stored {stored:,} "
            f"LOST {packets - stored:,}; dropped by the kernel {dropped}\n"
            f"    reception to writing {middle:.0f} ms median, {late:.0f} p99, {last:.0f} worst; "
            f"recorder {cpu_s / took_s:.0%} of its core; "
            f"archive {archive.stat().st_size / octets:.1f}× the packets",
            flush=True,
        )


def send(load: list[bytes], port: int) -> float:
    """Send the frames evenly at the rate; return the seconds it took."""
    rate = RATE_BITS_S / 8 / FRAME_OCTETS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        started, sent = time.monotonic(), 0
        while sent < len(load):
            due = min(len(load), int((time.monotonic() - started) * rate) + 1)
            for frame in load[sent:due]:
                sender.send(frame)
            sent = due
            time.sleep(0.0005)
        return time.monotonic() - started


if __name__ == "__main__":
    main()
