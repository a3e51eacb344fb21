"""Engineering values → packets → frames → datagrams: the downlink of a simulated spacecraft."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from console.mission import Link, Mission
from console.training.settings import Simulation
from decoders.encode import AosFramePacker, MasterChannel, PacketEncoder, TmFramePacker, cadu
from decoders.mission.model import PacketDefinition, Parameter, Polynomial

TURN_S = 0.1
"""The simulation's step; no packet is sent more often."""
FRAME_WAIT_S = 0.5
"""No packet waits longer for its frame to fill; an idle packet fills the rest."""
PACKET_STEP_NS = 3_000_000
"""Between packets made in the same turn."""
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
        lowest, highest = 0, (1 << parameter.bit_length) - 1
        if parameter.data_type == "int":
            lowest, highest = -(1 << (parameter.bit_length - 1)), (1 << (parameter.bit_length - 1)) - 1
        return min(max(round(value), lowest), highest)


def usual_noise(parameter: Parameter) -> float:
    """Return the noise of a value that physics drives: about one step if measured, none if counted."""
    if not isinstance(parameter.calibration, Polynomial):
        return 0.0
    return 0.9 * abs(parameter.calibration.coefficients[1])


class Downlink:
    """Packs one vehicle's packets into frames, a packer for each virtual channel."""

    def __init__(self, mission: Mission, link: Link) -> None:
        self._link = link
        scid = next(v for v in mission.vehicles if v.id == link.vehicle).scids[0]
        vcids = sorted({p.vcid or 0 for p in mission.packets if p.vehicle == link.vehicle})
        master = MasterChannel()
        self._packers: dict[int, TmFramePacker | AosFramePacker] = {
            vcid: TmFramePacker(scid, vcid, link.frame_length, ocf=link.ocf, fecf=link.fecf, master=master)
            if link.framing == "tm"
            else AosFramePacker(scid, vcid, link.frame_length, ocf=link.ocf, fecf=link.fecf)
            for vcid in vcids
        }
        for packer in self._packers.values():
            packer.ocf_word = CLCW
        self._waits_since_s: dict[int, float] = {}

    def frames(self, packets: Sequence[tuple[PacketDefinition, bytes]], t_s: float) -> list[bytes]:
        """Add packets; return what is sent now, each frame (behind its sync marker) a datagram."""
        out: list[bytes] = []
        for packet, octets in packets:
            vcid = packet.vcid or 0
            out += self._packers[vcid].push(octets)
            self._waits_since_s.setdefault(vcid, t_s)
        for vcid, since_s in list(self._waits_since_s.items()):
            if t_s - since_s >= FRAME_WAIT_S - TURN_S:
                out += self._packers[vcid].flush()
                del self._waits_since_s[vcid]
        return [cadu(frame) if self._link.asm else frame for frame in out]
