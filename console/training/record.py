"""Makes the sample mission's recorded pass: ``python -m console.training.record``.

The same mission folder, and so the same seed, gives the same datagrams.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from console.exit_codes import OK, USAGE
from console.mission import Mission, load_mission
from console.passes.orbit import LIGHT_KM_S, Orbit
from console.places import samples_dir
from console.training import recording
from console.training.settings import Simulation, read_simulation
from console.training.spacecraft import Capsule, StationModule
from console.training.telemetry import TURN_S, Downlink, Telemetry
from decoders.mission.model import DefinitionError
from decoders.timecode import parse_utc

CAPSULE_DELAY_S = 0.12
"""On-board queue and station equipment; the path comes on top."""
RELAY_DELAY_S = 0.47
"""The station module's frames come over a relay satellite and the ground network."""
FRAME_STEP_S = 0.002
CAPSULE, MODULE = "els_rs", "jm"


def simulate(mission: Mission) -> list[recording.Datagram]:
    """Return the datagrams of the simulated pass in order of reception."""
    return sorted(_datagrams(mission, read_simulation(mission)), key=lambda each: each.reception_ns)


def _datagrams(mission: Mission, simulation: Simulation) -> Iterator[recording.Datagram]:
    plan, seed = simulation.flight, simulation.seed
    begin_ns = parse_utc(plan.begin_utc)
    links = {link.vehicle: link for link in mission.links}
    station = next(s for s in mission.stations if s.name == links[CAPSULE].station)
    orbit_file = next(v.orbit for v in mission.vehicles if v.id == CAPSULE)
    orbit = Orbit.from_tle(mission.files[orbit_file].decode())
    capsule, module = Capsule(orbit, station, plan, begin_ns, seed + 2), StationModule()
    telemetry = {
        vehicle: Telemetry([p for p in mission.packets if p.vehicle == vehicle], simulation, seed + i)
        for i, vehicle in enumerate((CAPSULE, MODULE))
    }
    downlinks = {vehicle: Downlink(mission, links[vehicle]) for vehicle in telemetry}
    for turn in range(round(plan.duration_s / TURN_S)):
        t_s = turn * TURN_S
        t_ns = begin_ns + round(t_s * 1e9)
        capsule.advance(t_s, TURN_S)
        module.advance(t_s, TURN_S)
        values: dict[str, Callable[[], dict[str, float]]] = {
            CAPSULE: capsule.values,
            MODULE: partial(module.values, t_s),
        }
        delays_s = {CAPSULE: CAPSULE_DELAY_S + capsule.moment.range_km / LIGHT_KM_S, MODULE: RELAY_DELAY_S}
        for vehicle, maker in telemetry.items():
            packets = list(maker.due(turn, values[vehicle], t_ns))
            for i, octets in enumerate(downlinks[vehicle].frames(packets, t_s)):
                if vehicle == CAPSULE:
                    capsule.frame_sent()
                    if capsule.hidden:
                        continue
                delay_ns = round((delays_s[vehicle] + FRAME_STEP_S * i) * 1e9)
                yield recording.Datagram(t_ns + delay_ns, links[vehicle].port, octets)


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
