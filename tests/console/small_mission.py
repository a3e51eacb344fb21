"""A mission of one vehicle, one packet type and whatever links a test wants, and bytes for it."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

from console.mission import Mission, load_mission
from decoders.encode import AosFramePacker, cadu

SCID, APID, VCID, PACKET_OCTETS = 0x42, 100, 1, 60
COUNTERS, FLOATS = 12, 6
_EPOCH_S = 2_174_083_200

MISSION = """
name = "small"
title = "Small"
[time]
code = "cuc"
coarse_octets = 4
fine_octets = 2
[[vehicles]]
id = "ship"
title = "Ship"
scids = [0x42]
[[packets]]
name = "hk"
file = "packets/hk.csv"
apid = 100
vehicle = "ship"
vcid = 1
period_s = 1.0
"""


def write_mission(folder: Path, *links: str) -> Mission:
    """Write the mission folder with these ``[[links]]`` tables and load it."""
    rows = ["name,data_type,bit_length,unit,caution,critical,role", "hk_time,uint,48,,,,time"]
    rows += [f"hk_count_{i},uint,16,,,," for i in range(COUNTERS - 1)]
    rows += ["hk_level,uint,16,V,<1000,<60000,"]
    rows += [f"hk_value_{i},float,32,degC,-1e30..1e30,," for i in range(FLOATS)]
    (folder / "packets").mkdir(parents=True, exist_ok=True)
    (folder / "packets" / "hk.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    text = MISSION + "".join(f'[[links]]\ntitle = "Link"\nvehicle = "ship"\n{link}\n' for link in links)
    (folder / "mission.toml").write_text(text, encoding="utf-8")
    return load_mission(folder)


def packet(count: int, *, level: int = 0, noise: bytes | None = None) -> bytes:
    """Return the packet of this running number: 60 octets, 40,000 a second of generation time."""
    seconds, ticks = divmod(count * 65_536 // 40_000, 65_536)
    noise = os.urandom(2 * (COUNTERS - 1)) if noise is None else noise
    return (
        struct.pack(">HHH", 0x0800 | APID, 0xC000 | (count & 0x3FFF), PACKET_OCTETS - 7)
        + struct.pack(">IH", _EPOCH_S + seconds, ticks)
        + noise
        + struct.pack(">H6f", level, *(float(i) for i in range(FLOATS)))
    )


def frames(count: int, *, first: int = 0, packer: AosFramePacker | None = None) -> Iterator[bytes]:
    """Yield AOS frames that hold packets ``first`` … ``first + count - 1``."""
    packer = packer or AosFramePacker(SCID, VCID)
    noise = os.urandom(2 * (COUNTERS - 1))
    for number in range(first, first + count):
        yield from packer.push(packet(number, noise=noise))
    yield from packer.flush()


def cadus(count: int) -> bytes:
    """Return a stream of CADUs that holds so many packets."""
    return b"".join(cadu(frame) for frame in frames(count))


def free_port(kind: int = socket.SOCK_DGRAM) -> int:
    """Return a port that nobody uses at this moment."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
