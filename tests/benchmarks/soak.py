"""Whether memory stays flat on Linux: ``make soak``, or ``python -m tests.benchmarks.soak --seconds 1800``.

The real recorder takes the sample mission's recorded pass over real UDP, again and again with times and
counters that go on, and the real desk shows it offscreen. The memory of both is read every 10 s. Flat is
a process whose resident memory grows by less than 10 MB an hour (Theil and Sen's slope: the median of the
slopes between all pairs of samples) over the second half, or by less than 3 MB in it. Exit code 1 if one
is not flat, ends before its time, or packets are lost.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from console import children, demo
from console.links.framing import link_format
from console.mission import Mission, load_mission
from console.places import samples_dir
from console.training import recording
from console.training.sender import recording_path
from console.training.telemetry import Downlink
from decoders.encode import crc16
from decoders.mission.model import PacketDefinition
from decoders.pipeline import Decoder
from decoders.timecode import ns_to_cuc
from decoders.timefield import time_field
from tests.console.small_mission import free_port

SAMPLE_S, LINE_S, TURN_S = 10.0, 60.0, 0.1
FLAT_MB_H, FLAT_MB = 10.0, 3.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A packet of the recorded pass: how long after its begin it came, on which link."""

    after_ns: int
    link: str
    definition: PacketDefinition
    generation_ns: int
    octets: bytes


class Loop:
    """Sends a recorded pass for ever: each time round, times and sequence counts go on."""

    def __init__(self, folder: Path, mission: Mission, ports: dict[str, int]) -> None:
        self._links = {link.id: link for link in mission.links if link.kind == "udp"}
        self._ports = ports
        self._downlinks = {name: Downlink(mission, link) for name, link in self._links.items()}
        self._heard = heard(folder, mission)
        self._round_ns = (self._heard[-1].after_ns // 1_000_000_000 + 1) * 1_000_000_000
        self._seen: dict[tuple[str, str], int] = {}
        self.sent = 0

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop."""
        began = time.monotonic()
        turn = rounds = at = 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            while not stop.wait(max(0.0, began + turn * TURN_S - time.monotonic())):
                upto_ns = round(turn * TURN_S * 1e9)
                due: dict[str, list[tuple[PacketDefinition, bytes]]] = {name: [] for name in self._links}
                while self._heard[at].after_ns + rounds * self._round_ns <= upto_ns:
                    each = self._heard[at]
                    due[each.link].append((each.definition, self._again(each, rounds)))
                    self.sent += 1
                    at = (at + 1) % len(self._heard)
                    rounds += at == 0
                for name, packets in due.items():
                    link = self._links[name]
                    for datagram in self._downlinks[name].frames(packets, turn * TURN_S):
                        sock.sendto(datagram, (link.host, self._ports.get(name, link.port)))
                turn += 1
            for name, link in self._links.items():  # what still waits for its frame to fill
                for datagram in self._downlinks[name].frames([], turn * TURN_S + 60):
                    sock.sendto(datagram, (link.host, self._ports.get(name, link.port)))

    def _again(self, each: Heard, rounds: int) -> bytes:
        """Return a packet as it would have been made a number of rounds later."""
        octets, definition = bytearray(each.octets), each.definition
        key = each.link, definition.name
        count = self._seen[key] = self._seen.get(key, -1) + 1
        octets[2:4] = (octets[2] >> 6 << 14 | count & 0x3FFF).to_bytes(2, "big")
        field = time_field(definition)
        if field is not None:
            at = field.at
            t_ns = np.array([each.generation_ns + rounds * self._round_ns], np.int64)
            code = ns_to_cuc(t_ns, definition.time).tobytes()
            octets[at : at + len(code)] = code
        if definition.crc:
            octets[-2:] = crc16(memoryview(octets)[:-2]).to_bytes(2, "big")
        return bytes(octets)


def heard(folder: Path, mission: Mission) -> list[Heard]:
    """Return the packets of a mission's recorded pass in order of reception."""
    links = {link.port: link for link in mission.links if link.kind == "udp"}
    decoders = {port: Decoder(link_format(mission, link), mission.packets) for port, link in links.items()}
    found: list[Heard] = []
    begin_ns: int | None = None
    for datagram in recording.read(recording_path(folder, mission)):
        begin_ns = datagram.reception_ns if begin_ns is None else begin_ns
        decoded = decoders[datagram.port].feed(datagram.octets, datagram.reception_ns)
        rows = sorted((int(row), table.packet) for table in decoded.tables for row in table.rows)
        for row, definition in rows:
            found.append(
                Heard(
                    datagram.reception_ns - begin_ns, links[datagram.port].id, definition,
                    int(decoded.packets.generation_ns[row]), decoded.packets.octets(row),
                )
            )  # fmt: skip
    return found


@dataclass(slots=True)
class Memory:
    """The resident and the proportional memory of one process, in MB, over time."""

    name: str
    pid: int
    at_s: list[float] = field(default_factory=list)
    rss_mb: list[float] = field(default_factory=list)
    pss_mb: list[float] = field(default_factory=list)

    def sample(self, at_s: float) -> bool:
        """Read the memory once; False where the process is gone."""
        try:
            text = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        except OSError:
            return False
        fields = {line.split(":")[0]: line.split()[1] for line in text.splitlines()[1:]}
        self.at_s.append(at_s)
        self.rss_mb.append(int(fields["Rss"]) / 1024)
        self.pss_mb.append(int(fields["Pss"]) / 1024)
        return True

    def slope_mb_h(self) -> float:
        """Return how fast the resident memory grew over the second half."""
        at_s, rss_mb = np.array(self.at_s), np.array(self.rss_mb)
        later = at_s >= at_s[-1] / 2
        at_s, rss_mb = at_s[later], rss_mb[later]
        first, second = np.triu_indices(len(at_s), 1)
        if not len(first):
            return 0.0
        return float(np.median((rss_mb[second] - rss_mb[first]) / (at_s[second] - at_s[first]))) * 3600

    def flat(self) -> bool:
        """Whether that is flat."""
        slope = self.slope_mb_h()
        return slope <= FLAT_MB_H or slope * self.at_s[-1] / 2 / 3600 <= FLAT_MB


def main() -> int:
    """Run for a while, print a line a minute and a verdict; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--layout", default="pass", help="the desk's layout")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as scratch:
        return soak(Path(scratch), options.seconds, options.layout)


def soak(scratch: Path, seconds: float, layout: str) -> int:
    """Record, send, show and watch."""
    folder, archive = samples_dir() / "els_rs", scratch / "soak.okaeri"
    mission = load_mission(folder)
    ports = {link.id: free_port() for link in mission.links if link.kind == "udp"}
    recorder = demo.start_recorder(folder, archive, ports, demo.mission_offset_ns(folder, mission))
    if not demo.wait_until_ready(recorder):
        return 1
    loop, stop = Loop(folder, mission, ports), threading.Event()
    sender = threading.Thread(target=loop.run, args=(stop,), daemon=True)
    sender.start()
    desk = subprocess.Popen(
        [sys.executable, "-m", "console", "desk", str(archive), "--language", "en", "--layout", layout],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(scratch)},
    )
    watched = [Memory("desk", desk.pid), Memory("recorder", recorder.pid)]
    alive = False
    try:
        alive = watch(watched, seconds, archive, loop)
    finally:
        stop.set()
        sender.join()
        time.sleep(0.5)
        desk.terminate()
        desk.wait(20)
        received, stored = (*children.end(recorder, r"received (\d+) decoded \d+ stored (\d+)"), 0, 0)[:2]
    print(f"sent {loop.sent:,} received {received:,} stored {stored:,}")
    return verdict(watched, alive and stored == loop.sent)


def watch(watched: list[Memory], seconds: float, archive: Path, loop: Loop) -> bool:
    """Read the memory until the time is over; return whether every process lived that long."""
    print(
        f"{'min':>4}{'desk RSS':>10}{'PSS':>8}{'recorder RSS':>14}{'PSS':>8}{'archive':>9}{'sent':>10}  (MB)"
    )
    began, next_line_s = time.monotonic(), 0.0
    while (passed_s := time.monotonic() - began) < seconds:
        if not all(each.sample(passed_s) for each in watched):
            print("a process ended before its time")
            return False
        if passed_s >= next_line_s:
            next_line_s += LINE_S
            desk, recorder = watched
            print(
                f"{passed_s / 60:4.0f}{desk.rss_mb[-1]:10.1f}{desk.pss_mb[-1]:8.1f}"
                f"{recorder.rss_mb[-1]:14.1f}{recorder.pss_mb[-1]:8.1f}"
                f"{archive.stat().st_size / 1e6:9.1f}{loop.sent:10,}",
                flush=True,
            )
        time.sleep(max(0.0, min(SAMPLE_S, seconds - passed_s)))
    return True


def verdict(watched: list[Memory], complete: bool) -> int:
    """Print what became of each process; return the exit code."""
    for each in watched:
        if each.at_s:
            half = next(i for i, at_s in enumerate(each.at_s) if at_s >= each.at_s[-1] / 2)
            print(
                f"{'ok    ' if each.flat() else 'GROWS '} {each.name}: RSS {each.rss_mb[0]:.1f} MB first, "
                f"{each.rss_mb[half]:.1f} at half, {each.rss_mb[-1]:.1f} last, "
                f"{each.slope_mb_h():+.2f} MB/h over the second half; PSS {each.pss_mb[-1]:.1f} MB"
            )
    return 0 if complete and all(each.flat() for each in watched) else 1


if __name__ == "__main__":
    sys.exit(main())
