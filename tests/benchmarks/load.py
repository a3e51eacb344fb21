"""A mission of 48 parameters, archives of it and a sender of it: what the desk's benchmarks look at.

Four packet types of 60 octets with twelve parameters each; twelve plots of four curves. As a program
it sends them over UDP: ``python -m tests.benchmarks.load --port P --rate N --seconds S``.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import numpy as np

from console.archive.writer import ArchiveWriter
from console.mission import Mission, load_mission
from decoders.encode import AosFramePacker
from decoders.mission.model import TimeFormat
from decoders.pipeline import Decoder, LinkFormat
from decoders.timecode import ns_to_cuc

NS = 1_000_000_000
BEGIN_NS = 1_795_341_022 * NS
SCID, VCID, APID, TYPES, HALF = 0x42, 1, 100, 4, 6
TURN_S = 0.02
PERIODS_S = np.array([60.0, 600.0, 2_777.0, 5_554.0, 5_554.0, 86_400.0])
"""Waves of the values: something that turns, something that switches, the orbit, the day."""
STEP = "p0_u5"
"""A parameter that only ever grows: what the sender counts up for the latency from socket to pixel."""
PLOTS = [[f"p{n // 3}_{'ufuf'[i]}{2 * (n % 3) + i // 2}" for i in range(4)] for n in range(12)]
_TIME = TimeFormat("cuc")
_PACKET = np.dtype(
    [
        ("id", ">u2"), ("count", ">u2"), ("length", ">u2"), ("time", "u1", 6), ("u", ">u4", HALF),
        ("f", ">f4", HALF),
    ]
)  # fmt: skip
_MISSION = """
name = "bench"
title = "Bench"
[time]
code = "cuc"
coarse_octets = 4
fine_octets = 2
[[vehicles]]
id = "ship"
title = "Ship"
scids = [0x42]
[[links]]
id = "radio"
title = "Radio"
vehicle = "ship"
kind = "udp"
port = {port}
framing = "aos"
asm = false
"""


def write_mission(folder: Path, *, rate_hz: float, port: int = 47_100) -> Mission:
    """Write the mission folder, each packet type at this rate, and load it."""
    text = _MISSION.format(port=port)
    (folder / "packets").mkdir(parents=True, exist_ok=True)
    for n in range(TYPES):
        rows = ["name,data_type,bit_length,unit,calibration,caution,role", f"p{n}_time,uint,48,,,,time"]
        rows += [f'p{n}_u{i},uint,32,V,"[0, 0.001]",<60,' for i in range(HALF - 1)]
        rows += [f"p{n}_u{HALF - 1},uint,32,V,,,"]
        rows += [f"p{n}_f{i},float,32,degC,,-1e30..1e30," for i in range(HALF)]
        (folder / "packets" / f"p{n}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        text += f'[[packets]]\nname = "p{n}"\nfile = "packets/p{n}.csv"\napid = {APID + n}\n'
        text += f'vehicle = "ship"\nvcid = {VCID}\nperiod_s = {1 / rate_hz!r}\n'
    for n, names in enumerate(PLOTS):
        text += f'[[plots]]\ntitle = "Plot {n}"\nparameters = {json.dumps(names)}\n'
    (folder / "mission.toml").write_text(text, encoding="utf-8")
    return load_mission(folder)


def values(t_ns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the raw integers and floats at these instants, each of shape (n, 6): waves and noise."""
    t_s = (t_ns % (86_400 * NS) / 1e9)[:, None]
    rng = np.random.default_rng(int(t_ns[0] & 0xFFFF_FFFF))
    waves = np.sin(2 * np.pi * t_s / PERIODS_S)
    noise = rng.normal(0, 0.05, (len(t_ns), 2 * HALF))
    integers = (28_000 + 2_000 * (waves + noise[:, :HALF])).astype(np.uint32)
    return integers, (20 + 5 * (waves + noise[:, HALF:])).astype(np.float32)


def packets(number: int, first: int, t_ns: np.ndarray, step: int) -> np.ndarray:
    """Return packets of one type at these generation times as rows of octets, shape (n, 60)."""
    rows = np.zeros(len(t_ns), _PACKET)
    rows["id"], rows["length"] = 0x0800 | APID + number, _PACKET.itemsize - 7
    rows["count"] = 0xC000 | (first + np.arange(len(t_ns))) & 0x3FFF
    rows["time"] = ns_to_cuc(t_ns, _TIME)
    rows["u"], rows["f"] = values(t_ns)
    rows["u"][:, HALF - 1] = step
    return rows.view(np.uint8).reshape(len(t_ns), -1)


class Growing:
    """An archive that grows by as much time as it is told to, every type at one rate."""

    def __init__(self, path: Path, mission: Mission, rate_hz: float, begin_ns: int) -> None:
        self.writer = ArchiveWriter(path, mission)
        self._decoder = Decoder(LinkFormat(framing="packets", datagram=True, vehicle="ship"), mission.packets)
        self._period_ns = round(NS / rate_hz)
        self._begin_ns, self.rows = begin_ns, 0
        self.now_ns = begin_ns

    def grow(self, seconds: float) -> None:
        """Write so much more, in batches of a minute at most, and commit."""
        end_ns = self.now_ns + round(seconds * NS)
        while self.now_ns < end_ns:
            self.now_ns = min(self.now_ns + 60 * NS, end_ns)
            upto = (self.now_ns - self._begin_ns) // self._period_ns
            if upto > self.rows:
                t_ns = self._begin_ns + np.arange(self.rows, upto) * self._period_ns
                every = np.stack([packets(n, self.rows, t_ns, 0) for n in range(TYPES)], axis=1)
                datagrams = [(row.tobytes(), at) for row, at in zip(every, t_ns.tolist(), strict=True)]
                self.writer.write("radio", self._decoder.feed_many(datagrams), int(t_ns[-1]))
            self.rows = upto
            self.writer.commit()


def send(port: int, rate: float, seconds: float, stop: threading.Event) -> tuple[int, dict[int, int]]:
    """Send all types at so many packets a second in AOS frames until the time is over.

    Returns the packets sent, and for each value of ``STEP`` when its first datagram was sent (ns UTC).
    The turns that change it are no multiples of anything that a desk does regularly.
    """
    packer, steps = AosFramePacker(SCID, VCID), {}
    rng = np.random.default_rng(2)
    began, sent, step, next_step_s = time.monotonic(), 0, 0, 0.0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect(("127.0.0.1", port))
        while (passed_s := time.monotonic() - began) < seconds and not stop.is_set():
            due = int(passed_s * rate / TYPES) - sent // TYPES
            if due > 0:
                if fresh := passed_s >= next_step_s:
                    step, next_step_s = step + 1, passed_s + rng.uniform(0.5, 1.1)
                now_ns = time.time_ns()
                t_ns = now_ns - np.arange(due)[::-1] * round(NS * TYPES / rate)
                every = np.stack([packets(n, sent // TYPES, t_ns, step) for n in range(TYPES)], axis=1)
                rows = every.reshape(-1, _PACKET.itemsize)
                frames = [frame for row in rows for frame in packer.push(row.tobytes())] + packer.flush()
                if fresh:
                    steps[step] = time.time_ns()
                for frame in frames:
                    sock.send(frame)
                sent += due * TYPES
            stop.wait(TURN_S)
    return sent, steps


def verdict(met: bool, words: str) -> None:
    """Print one figure against its bar."""
    print(f"{'ok    ' if met else 'MISSED'} {words}", flush=True)


def main() -> None:
    """Send; the last line is JSON: packets sent and the steps."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.load", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True, help="packets a second")
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    sent, steps = send(options.port, options.rate, options.seconds, stop)
    json.dump({"sent": sent, "steps": steps}, sys.stdout)
    print(flush=True)


if __name__ == "__main__":
    main()
