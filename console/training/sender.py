"""Plays a recorded pass over real UDP, keeping its spacing: ``python -m console.training.sender``."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from console.children import stop_with_parent
from console.exit_codes import OK, UNREADABLE
from console.links.framing import link_format
from console.mission import Mission, load_mission
from console.training import recording
from decoders.pipeline import Decoder


def recording_path(folder: Path, mission: Mission) -> Path:
    """Return the recorded pass that a mission names; raise ``RecordingError`` if it names none."""
    if not mission.recording:
        raise recording.RecordingError(f"{folder}/mission.toml names no recording: add recording = …")
    return folder / mission.recording


def begin_ns(path: Path) -> int:
    """Return the reception time of a recording's first datagram (ns UTC)."""
    for datagram in recording.read(path):
        return datagram.reception_ns
    raise recording.RecordingError(f"{path}: holds no datagram")


def play(
    path: Path,
    mission: Mission,
    stop: threading.Event,
    speed: float = 1.0,
    ports: Mapping[str, int] | None = None,
) -> int:
    """Send a recording to the hosts of its links until it ends or ``stop`` is set; return the packets sent.

    ``ports`` replaces ports of the mission by link id. Packets are counted by decoding what was sent,
    idle packets and packets cut by frames that the recording misses left out.
    """
    links = {link.port: link for link in mission.links if link.kind == "udp"}
    decoders = {port: Decoder(link_format(mission, link), mission.packets) for port, link in links.items()}
    first_ns: int | None = None
    started = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for datagram in recording.read(path):
            link = links.get(datagram.port)
            if link is None:
                continue
            first_ns = datagram.reception_ns if first_ns is None else first_ns
            due_s = (datagram.reception_ns - first_ns) / 1e9 / speed
            if stop.wait(max(0.0, started + due_s - time.monotonic())):
                break
            sock.sendto(datagram.octets, (link.host, (ports or {}).get(link.id, link.port)))
            decoders[datagram.port].feed(datagram.octets, datagram.reception_ns)
    return sum(decoder.counters.packets for decoder in decoders.values())


def main(arguments: list[str] | None = None) -> int:
    """Play the recording of a mission; the last line is ``sent N`` (packets)."""
    parser = argparse.ArgumentParser(prog="python -m console.training.sender", description=__doc__)
    parser.add_argument("--mission", type=Path, required=True, metavar="DIR")
    parser.add_argument("--recording", type=Path, metavar="FILE")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--port", action="append", default=[], metavar="LINK=PORT")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    if options.with_parent:
        stop_with_parent(stop)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        mission = load_mission(options.mission)
        path = options.recording or recording_path(options.mission, mission)
        ports = {link: int(port) for link, _, port in (each.partition("=") for each in options.port)}
        sent = play(path, mission, stop, options.speed, ports)
    except (ValueError, OSError) as error:
        print(f"okaeri: {error}", file=sys.stderr)
        return UNREADABLE
    print(f"sent {sent}", flush=True)
    return OK


if __name__ == "__main__":
    sys.exit(main())
