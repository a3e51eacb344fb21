"""A small archive for the desk's tests: one vehicle, two packet types, one alarm."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path

from console.archive.shapes import LinkStatus
from console.archive.writer import ArchiveWriter
from console.mission import Mission, load_mission
from decoders.encode import PacketEncoder
from decoders.pipeline import Decoder, LinkFormat

S = 1_000_000_000
START = 1_795_341_022 * S
"""2026-11-22T09:50:22Z, both as mission time and as the machine's clock of the recording."""

FILES = {
    "mission.toml": b"""
name = "small"
title = "Small"
title_ja = "\xe5\xb0\x8f"
[time]
code = "cuc"
[[vehicles]]
id = "ship"
title = "Ship"
scids = [66]
met_epoch = "2026-11-20T01:36:00Z"
met_title = "from separation"
[phases]
parameter = "hk_phase"
names = [
  { value = 3, id = "free", title = "Coast", title_ja = "\xe8\x87\xaa\xe7\x94\xb1\xe9\xa3\x9b\xe8\xa1\x8c" },
  { value = 4, id = "burn", title = "Burn" }]
[[links]]
id = "s"
title = "S-band"
vehicle = "ship"
kind = "udp"
port = 40001
[[packets]]
name = "hk"
file = "packets/hk.csv"
apid = 100
vehicle = "ship"
period_s = 1.0
[[packets]]
name = "eps"
file = "packets/eps.csv"
apid = 101
vehicle = "ship"
period_s = 0.5
[[plots]]
title = "Battery"
parameters = ["eps_voltage", "eps_current"]
[[plots]]
title = "Temperature"
parameters = ["hk_temperature"]
""",
    "packets/hk.csv": b"""name,data_type,bit_length,unit,calibration,caution,role
hk_time,uint,48,,,,time
hk_phase,uint,8,,"{""3"": ""FREE"", ""4"": ""BURN""}",,phase
hk_temperature,uint,16,degC,"[-50, 0.01]",<30,
""",
    "packets/eps.csv": b"""name,data_type,bit_length,unit,calibration,role
eps_time,uint,48,,,time
eps_voltage,uint,16,V,"[0, 0.001]",
eps_current,int,16,A,"[0, 0.001]",
eps_mode,uint,8,,"{""1"": ""TRACK""}",
""",
}


def mission() -> Mission:
    return load_mission(FILES)


class Sender:
    """Makes the packets of each half second and writes them."""

    def __init__(self, path: Path, kind: str = "live", mission_offset_ns: int = 0) -> None:
        self.mission = mission()
        self.writer = ArchiveWriter(path, self.mission, kind, mission_offset_ns)
        self.decoder = Decoder(LinkFormat(framing="packets", vehicle="ship"), self.mission.packets)
        self.encoders = {p.name: PacketEncoder(p) for p in self.mission.packets}
        self.offset = mission_offset_ns
        self.steps = 0
        self.octets = 0

    def send(self, seconds: float, start_ns: int = START) -> None:
        """Write this much time; ``start_ns`` is the reception time of the first packet."""
        for step in range(self.steps, self.steps + round(seconds * 2)):
            at = start_ns + step * S // 2
            eps = {
                "eps_voltage": 31_000 + round(900 * math.sin(step / 30)),
                "eps_current": -2_000,
                "eps_mode": 1,
            }
            packets = [self.encoders["eps"].encode(eps, step, at + self.offset)]
            if step % 2 == 0:
                hk = {"hk_phase": 3 if step < 120 else 4, "hk_temperature": 7_000 + step}
                packets.append(self.encoders["hk"].encode(hk, step // 2, at + self.offset))
            data = b"".join(packets)
            self.octets += len(data)
            self.writer.write("s", self.decoder.feed(data, at), at + 20_000_000)
        self.steps += round(seconds * 2)
        now = start_ns + self.steps * S // 2
        status = asdict(
            LinkStatus("s", now, "locked", self.octets, packets=self.steps, last_reception_ns=now)
        )
        self.writer.link_status(status.pop("link"), **status)
        self.writer.commit()

    def close(self) -> None:
        self.writer.close()


def write(path: Path, seconds: float = 300, kind: str = "live", mission_offset_ns: int = 0) -> Path:
    """Write an archive nobody records into any more."""
    sender = Sender(path, kind, mission_offset_ns)
    sender.send(seconds)
    sender.close()
    return path
