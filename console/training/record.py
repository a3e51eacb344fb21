"""Makes the sample mission's recorded pass: ``python -m console.training.record``.

The same mission folder, and so the same seed, gives the same datagrams.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from console.exit_codes import OK, USAGE
from console.mission import Link, Mission, load_mission
from console.passes.orbit import LIGHT_KM_S, Orbit
from console.places import samples_dir
from console.training import recording
from console.training.settings import Simulation, read_simulation
from console.training.spacecraft import Capsule, StationModule
from console.training.telemetry import TURN_S, Downlink, Telemetry
from decoders.encode import ASM, MasterChannel
from decoders.mission.model import CONTROL_WORD_APID, DefinitionError, PacketDefinition
from decoders.timecode import parse_utc

CAPSULE_DELAY_S = 0.12
"""On-board queue and station equipment; the path comes on top."""
RELAY_DELAY_S = 0.47
"""The station module's frames come over a relay satellite and the ground network."""
CAPSULE, MODULE = "els_rs", "jm"
NOMINAL, LOW_RATE, RELAY = "capsule", "capsule_entry", "station"


def simulate(mission: Mission) -> list[recording.Datagram]:
    """Return the datagrams of the simulated pass in order of reception."""
    return sorted(_datagrams(mission, read_simulation(mission)), key=lambda each: each.reception_ns)


def _datagrams(mission: Mission, simulation: Simulation) -> Iterator[recording.Datagram]:
    plan, seed = simulation.flight, simulation.seed
    begin_ns = parse_utc(plan.begin_utc)
    links = {link.id: link for link in mission.links}
    station = next(s for s in mission.stations if s.name == links[NOMINAL].station)
    orbit_file = next(v.orbit for v in mission.vehicles if v.id == CAPSULE)
    orbit = Orbit.from_tle(mission.files[orbit_file].decode())
    capsule, module = Capsule(orbit, station, plan, begin_ns, seed + 2), StationModule()
    sent = [p for p in mission.packets if p.apid != CONTROL_WORD_APID]
    telemetry = {
        vehicle: Telemetry([p for p in sent if p.vehicle == vehicle], simulation, seed + i)
        for i, vehicle in enumerate((CAPSULE, MODULE))
    }
    carriers, noise = Carriers(mission, links, plan.low_rate_s), np.random.default_rng(seed + 3)
    relay = Downlink(mission, links[RELAY], MasterChannel())
    for turn in range(round(plan.duration_s / TURN_S)):
        t_s = turn * TURN_S
        t_ns = begin_ns + round(t_s * 1e9)
        capsule.advance(t_s, TURN_S)
        module.advance(t_s, TURN_S)
        link = carriers.take(list(telemetry[CAPSULE].due(turn, capsule.values, t_ns)), t_s)
        delay_s = CAPSULE_DELAY_S + capsule.moment.range_km / LIGHT_KM_S
        for sent_s, octets in carriers.downlinks[link].send(t_s):
            capsule.frame_sent()
            if not capsule.hidden:
                octets = noisy(octets, capsule.moment.elevation_deg, links[link].rate_bits_s, noise)
                yield _datagram(begin_ns, sent_s + delay_s, links[link], octets)
        relay.push(list(telemetry[MODULE].due(turn, partial(module.values, t_s), t_ns)), t_s)
        for sent_s, octets in relay.send(t_s):
            yield _datagram(begin_ns, sent_s + RELAY_DELAY_S, links[RELAY], octets)


def noisy(octets: bytes, elevation_deg: float, rate_bits_s: float, noise: np.random.Generator) -> bytes:
    """Return a CADU with the symbol errors of a low antenna, its marker left whole.

    Representative: a symbol in 170 is wrong at 5°, and e times fewer each 1.5° higher and each fourth of
    64 kbit/s lower; a codeword bears 16 in 255.
    """
    rate = math.exp(-(elevation_deg - 5.0) / 1.5 - 4.0 * (1.0 - rate_bits_s / 64_000.0)) / 170.0
    count = int(noise.poisson(rate * len(octets)))
    if not count:
        return octets
    symbols = np.frombuffer(octets, np.uint8).copy()
    places = noise.choice(np.arange(len(ASM), len(octets)), min(count, 16), replace=False)
    symbols[places] ^= noise.integers(1, 256, len(places)).astype(np.uint8)
    return symbols.tobytes()


def _datagram(begin_ns: int, t_s: float, link: Link, octets: bytes) -> recording.Datagram:
    return recording.Datagram(begin_ns + round(t_s * 1e9), link.port, octets)


class Carriers:
    """The capsule's two ways of sending: the nominal carrier, and the low rate of entry and descent."""

    def __init__(self, mission: Mission, links: dict[str, Link], low_rate_s: tuple[float, float]) -> None:
        master = MasterChannel()
        self.downlinks = {link: Downlink(mission, links[link], master) for link in (NOMINAL, LOW_RATE)}
        self._low_rate_s = low_rate_s
        self._link = NOMINAL

    def take(self, packets: list[tuple[PacketDefinition, bytes]], t_s: float) -> str:
        """Add packets and return the link that is on the air now.

        The low rate carries virtual channel 0; the others wait for the nominal carrier.
        """
        low = self._low_rate_s[0] <= t_s < self._low_rate_s[1]
        wanted = LOW_RATE if low else NOMINAL
        here = self.downlinks[self._link]
        if wanted != self._link:
            here.flush()
            if here.drained:
                self._link = wanted
        live = [each for each in packets if not each[0].vcid]
        self.downlinks[wanted].push(live, t_s)
        self.downlinks[NOMINAL].push([each for each in packets if each[0].vcid], t_s)
        return self._link


def main(arguments: list[str] | None = None) -> int:
    """Make the recording of a mission anew."""
    parser = argparse.ArgumentParser(prog="python -m console.training.record", description=__doc__)
    parser.add_argument("--mission", type=Path, default=samples_dir() / "els_rs", metavar="DIR")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="else the one the mission names")
    options = parser.parse_args(arguments)
    try:
        mission = load_mission(options.mission)
        output: Path = options.output or options.mission / (mission.recording or "recordings/pass.pcap.gz")
        datagrams = simulate(mission)
    except DefinitionError as error:
        print(f"okaeri: {error}", file=sys.stderr)
        return USAGE
    output.parent.mkdir(parents=True, exist_ok=True)
    recording.write(output, datagrams)
    print(f"{len(datagrams)} datagrams, {output.stat().st_size} octets in {output}", file=sys.stderr)
    return OK


if __name__ == "__main__":
    sys.exit(main())
