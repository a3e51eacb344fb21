"""Engineering values → packets → frames → datagrams: the downlink of a simulated spacecraft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from console.links.framing import link_format
from console.mission import Link, Mission
from console.training.settings import Simulation
from decoders.coding import BlockCoding
from decoders.encode import PacketEncoder
from decoders.encode_frames import ASM, AosFramePacker, MasterChannel, TmFramePacker, UslpFramePacker
from decoders.mission.model import CONTROL_WORD_APID, PacketDefinition, Parameter, PointPairs, Polynomial
from decoders.pointpairs import raw_of

TURN_S = 0.1
"""The simulation's step; no packet is sent more often."""
FRAME_WAIT_S = 0.5
"""No packet waits longer for its frame to fill; an idle packet fills the rest."""
PACKET_STEP_NS = 3_000_000
"""Between packets made in the same turn."""
IDLE_VCID = 7
"""The virtual channel of idle frames (132.0-B-3 §4.1.2.3.3 leaves the choice to the mission)."""
CLCW = 0x0100_009C
"""COP-1 in effect, VC 0, no flag set, next frame expected 156 (232.0-B-4 §4.2)."""


class Telemetry:
    """Makes one vehicle's packets: noise, quantisation, counters and times."""

    def __init__(self, packets: Sequence[PacketDefinition], simulation: Simulation, seed: int) -> None:
        self._packets = tuple(packets)
        self._encoders = {p.name: PacketEncoder(p) for p in packets}
        self._counts = dict.fromkeys(self._encoders, 0)
        self._simulation = simulation
        self._random = np.random.default_rng(seed)

    def due(
        self, turn: int, values: Callable[[], dict[str, float]], t_ns: int
    ) -> Iterator[tuple[PacketDefinition, bytes]]:
        """Yield the packets whose period is over at this turn; ``values`` is asked at most once."""
        present: dict[str, float] | None = None
        made = 0
        for number, packet in enumerate(self._packets):
            every = max(1, round((packet.period_s or 1.0) / TURN_S))
            if turn % every != number % every:
                continue
            present = values() if present is None else present
            raw = {p.name: self._raw(p, present) for p in packet.values if not p.expression}
            mode = int(self._simulation.steady.get("rs_aocs_mode", (0, 0))[0])
            raw[f"{packet.name}_header_phase"] = int(self._simulation.steady.get("rs_sw_phase", (0, 0))[0])
            raw[f"{packet.name}_header_mode"] = mode
            count = self._counts[packet.name]
            self._counts[packet.name] = (count + 1) % 16384
            yield packet, self._encoders[packet.name].encode(raw, count, t_ns + made * PACKET_STEP_NS)
            made += 1

    def _raw(self, parameter: Parameter, values: dict[str, float]) -> int:
        name = parameter.name
        value, noise = self._simulation.of(name) or (0.0, 0.0)
        if name in values:
            value, noise = values[name], noise or usual_noise(parameter)
        value += noise * float(self._random.standard_normal())
        if isinstance(parameter.calibration, Polynomial):
            c0, c1 = (*parameter.calibration.coefficients, 0.0, 1.0)[:2]
            value = (value - c0) / c1
        elif isinstance(parameter.calibration, PointPairs):
            value = raw_of(parameter.calibration, value)
        lowest, highest = 0, (1 << parameter.bit_length) - 1
        if parameter.data_type == "int":
            lowest, highest = -(1 << (parameter.bit_length - 1)), (1 << (parameter.bit_length - 1)) - 1
        return min(max(round(value), lowest), highest)


def usual_noise(parameter: Parameter) -> float:
    """Return the noise of a value that physics drives: about one step if measured, none if counted."""
    if not isinstance(parameter.calibration, Polynomial):
        return 0.0
    return 0.9 * abs(parameter.calibration.coefficients[1])


def _packer(
    link: Link, scid: int, vcid: int, master: MasterChannel
) -> TmFramePacker | AosFramePacker | UslpFramePacker:
    """Return what packs one virtual channel of a link."""
    length, ocf, fecf, insert = link.frame_length, link.ocf, link.fecf, link.insert_zone_octets
    if link.framing == "tm":
        return TmFramePacker(scid, vcid, length, ocf=ocf, fecf=fecf, master=master)
    if link.framing == "uslp":
        return UslpFramePacker(scid, vcid, length, ocf=ocf, fecf=fecf, insert_zone_octets=insert)
    return AosFramePacker(scid, vcid, length, ocf=ocf, fecf=fecf, fhec=link.fhec, insert_zone_octets=insert)


class Downlink:
    """Packs one vehicle's packets into the frames of one link, a packer for each virtual channel.

    A TM link is a carrier that never pauses: a frame of idle data on virtual channel 7 goes where no
    other is ready. Of an AOS stream only the frames that carry packets are handed on (as by RCF, 911.2).
    """

    def __init__(self, mission: Mission, link: Link, master: MasterChannel) -> None:
        """Build the sender of a link; links of one spacecraft share the master channel's counter."""
        self._link = link
        self._coding = BlockCoding(link_format(mission, link))
        self._marker = ASM if link.asm else b""
        scid = next(v for v in mission.vehicles if v.id == link.vehicle).scids[0]
        sent = [p for p in mission.packets if p.apid != CONTROL_WORD_APID]
        vcids = sorted({p.vcid or 0 for p in sent if p.vehicle == link.vehicle})
        self._packers = {
            vcid: _packer(link, scid, vcid, master)
            for vcid in ([*vcids, IDLE_VCID] if link.framing == "tm" else vcids)
        }
        for packer in self._packers.values():
            packer.ocf_word = CLCW
        self._waits_since_s: dict[int, float] = {}
        self._ready: list[bytes] = []
        block_bits = 8 * (len(self._marker) + self._coding.block_length)
        self.frame_s = block_bits / link.rate_bits_s
        """How long a frame is on the air, its marker and check symbols included."""
        self._sent_until_s = 0.0

    def push(self, packets: Sequence[tuple[PacketDefinition, bytes]], t_s: float) -> None:
        """Add packets to the frames of their virtual channels."""
        for packet, octets in packets:
            vcid = packet.vcid or 0
            self._ready += self._packers[vcid].push(octets)
            self._waits_since_s.setdefault(vcid, t_s)

    @property
    def drained(self) -> bool:
        """Whether no frame waits to be sent."""
        return not self._ready

    def flush(self) -> None:
        """Make a frame of everything that waits for its frame to fill."""
        for vcid in self._waits_since_s:
            self._ready += self._packers[vcid].flush()
        self._waits_since_s.clear()

    def send(self, t_s: float) -> Iterator[tuple[float, bytes]]:
        """Yield what leaves in the turn that begins now: when its last bit does (s), and its octets."""
        for vcid, since_s in list(self._waits_since_s.items()):
            if t_s - since_s >= FRAME_WAIT_S - TURN_S:
                self._ready += self._packers[vcid].flush()
                del self._waits_since_s[vcid]
        self._sent_until_s = max(self._sent_until_s, t_s)
        carrier = self._link.framing == "tm"
        while self._sent_until_s < t_s + TURN_S and (self._ready or carrier):
            frame = self._ready.pop(0) if self._ready else self._packers[IDLE_VCID].idle_frame()
            self._sent_until_s += self.frame_s
            yield self._sent_until_s, self._marker + self._coding.encode(frame)
