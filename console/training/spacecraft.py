"""The spacecraft of the sample mission, simulated.

``python -m console.training.spacecraft`` makes the sample mission's recording. A small physical
model: orbit by SGP4, eclipse, battery and its cells, tanks, a slew, the radio path to a station, and
cargo that warms. What no physics drives stands in the mission's ``simulation.toml`` as a steady value
with noise. The same seed gives the same bits.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from console.mission import Link, Mission, Station, load_mission
from console.places import samples_dir
from console.training import recording
from console.training.sky import LIGHT_KM_S, Orbit, in_eclipse, look
from decoders.encode import AosFramePacker, PacketEncoder, TmFramePacker, cadu
from decoders.mission.model import PacketDefinition, Parameter, Polynomial
from decoders.timecode import parse_utc

BEGIN_UTC = "2026-11-18T15:33:24Z"
DURATION_S = 510.0
TURN_S = 0.1
FRAME_WAIT_S = 0.5
"""No packet waits longer for its frame to fill; an idle packet fills the rest."""
DOWNLINK_DELAY_S = 0.12
"""From the packet's time to its reception: on-board queue, path and station equipment."""
NULL_S = (212.0, 218.0)
"""An antenna null: frames sent in it are not received."""
SLEW_S = 300.0
WARMING_FROM_S = 70.0
EARTH_RADIUS_KM = 6378.137
_ROOT = re.compile(r"_(?:\d+|[xyzab])$")


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of the pass: seconds since it began, and where the capsule is."""

    t_s: float
    position_km: NDArray[np.float64]
    velocity_km_s: NDArray[np.float64]
    sunlit: bool
    elevation_deg: float
    range_km: float
    range_rate_km_s: float


class Capsule:
    """The ELS-RS in free flight: engineering values that physics drives, by parameter id."""

    def __init__(self, orbit: Orbit, station: Station, begin_ns: int) -> None:
        self._orbit, self._station, self._begin_ns = orbit, station, begin_ns
        self._charge_wh = 0.86 * 720.0
        self._warm_k = 0.0
        self._frames = 84_212
        self._pulses = np.array([311, 298, 305, 322, 287, 291, 300, 296])
        self.moment = self._moment(0.0)

    def advance(self, t_s: float, step_s: float) -> None:
        """Go on to an instant: battery and cargo integrate over the step."""
        self.moment = self._moment(t_s)
        array_w = sum(self._array_w())
        self._charge_wh += (array_w * 0.92 - self._load_w()) * step_s / 3600.0
        self._charge_wh = float(np.clip(self._charge_wh, 0.0, 720.0))
        if t_s > WARMING_FROM_S:
            # A seal that leaks heat: first order towards 1.05 K above, 150 s
            self._warm_k += (1.05 - self._warm_k) * step_s / 150.0
        if abs(t_s - SLEW_S) < 12.0 and int(t_s / 2) != int((t_s - step_s) / 2):
            self._pulses[::2] += 1

    def frame_sent(self) -> None:
        """Count a frame."""
        self._frames += 1

    def values(self) -> dict[str, float]:
        """Return engineering values at the present instant."""
        now, t = self.moment, self.moment.t_s
        array_w = self._array_w()
        charge = self._charge_wh / 720.0
        current_a = (sum(array_w) * 0.92 - self._load_w()) / 30.4
        cell_v = 3.46 + 0.62 * charge + 0.006 * current_a
        bus_v = 8 * cell_v + 0.02 * current_a
        temperature_k = 0.4 * np.sin(t / 410.0)
        rate = 0.32 * np.exp(-(((t - SLEW_S) / 9.0) ** 2))
        half = np.radians(0.5 * 0.06 * t)
        free_space_db = 32.45 + 20 * np.log10(max(now.range_km, 1.0)) + 20 * np.log10(2085.0)
        values: dict[str, float] = {
            "rs_bus_voltage_v": bus_v, "rs_bus_current_a": self._load_w() / bus_v,
            "rs_bat_soc_pct": 100 * charge, "rs_bat_current_a": current_a,
            "rs_att_q_1": 0.0, "rs_att_q_2": float(np.sin(half)), "rs_att_q_3": 0.0,
            "rs_att_q_4": float(np.cos(half)), "rs_rate_degs_x": 0.012 * np.sin(t / 31.0),
            "rs_rate_degs_y": -0.064 - rate, "rs_rate_degs_z": 0.1 * rate + 0.009 * np.sin(t / 23.0),
            "rs_att_err_deg": 0.07 + 1.6 * rate, "rs_alt_m": self._altitude_m(),
            "rs_gnss_sats": 12 + round(1.4 * np.sin(t / 90.0)), "rs_prop_mass_kg": 34.0,
            "rs_tx_temp_degc": 21.0 + 14.0 * (1 - np.exp(-t / 260.0)),
            "rs_rx_agc_dbm": 71.0 - free_space_db - 2.0, "rs_frame_count": self._frames,
            "rs_doppler_hz": -now.range_rate_km_s / LIGHT_KM_S * 2.265e9,
            "rs_cargo_a_temp_degc_2": 4.62 + self._warm_k,
        }  # fmt: skip
        for i, power_w in enumerate(array_w, 1):
            values[f"rs_array_power_w_{i}"] = power_w
        for i in range(8):
            values[f"rs_bat_cell_v_{i + 1}"] = cell_v + 0.004 * np.sin(2.1 * i)
            values[f"rs_rcs_on_count_{i + 1}"] = float(self._pulses[i])
        for i in (1, 2):
            values[f"rs_bat_temp_degc_{i}"] = 18.0 + i + temperature_k
            values[f"rs_tank_temp_degc_{i}"] = 21.4 + 0.3 * i + temperature_k
            # Isochoric pressurant: pressure follows absolute temperature
            values[f"rs_tank_pressure_mpa_{i}"] = (2.446 - 0.004 * i) * (294.6 + temperature_k) / 294.6
            values[f"rs_radiator_temp_degc_{i}"] = -9.0 - 3.0 * i - 4.0 * (1 - np.exp(-t / 500.0))
            values[f"rs_cargo_c_temp_degc_{i}"] = 21.5 + 0.2 * i + 0.1 * np.sin(t / 170.0)
        for i in (1, 3, 4):
            values[f"rs_cargo_a_temp_degc_{i}"] = 3.9 + 0.12 * i + 0.02 * np.sin(t / 60.0 + i)
        for i in range(1, 7):
            values[f"rs_struct_temp_degc_{i}"] = 4.0 + 3.0 * i - 3.0 * (1 - np.exp(-t / 900.0))
        for i, phase in enumerate((0.0, 2.1, 4.2), 1):
            values[f"rs_wheel_speed_rpm_{i}"] = 1240.0 * np.cos(phase) + 1900.0 * rate * np.sin(phase + 1.0)
        for axis, x, v in zip("xyz", now.position_km, now.velocity_km_s, strict=True):
            values[f"rs_pos_ecef_m_{axis}"] = 1000.0 * float(x)
            values[f"rs_vel_ecef_ms_{axis}"] = 1000.0 * float(v)
        return values

    def _moment(self, t_s: float) -> Moment:
        t_ns = self._begin_ns + round(t_s * 1e9)
        position, velocity = self._orbit.ecef(t_ns)
        elevation, distance, rate = look(self._station, position, velocity)
        return Moment(t_s, position, velocity, not in_eclipse(position, t_ns), elevation, distance, rate)

    def _altitude_m(self) -> float:
        radius = float(np.linalg.norm(self.moment.position_km))
        sin2 = (float(self.moment.position_km[2]) / radius) ** 2
        # Radius of the WGS 84 ellipsoid below, to first order in the flattening
        return 1000.0 * (radius - EARTH_RADIUS_KM * (1 - sin2 / 298.257))

    def _array_w(self) -> list[float]:
        if not self.moment.sunlit:
            return [0.0] * 4
        return [58.0, 41.0, 12.0, 33.0]

    def _load_w(self) -> float:
        return 95.0 + (12.0 if abs(self.moment.t_s - SLEW_S) < 25.0 else 0.0)


class StationModule:
    """The Japan Module: values that physics drives."""

    def values(self, t_s: float) -> dict[str, float]:
        """Return engineering values at an instant of the pass."""
        breath = 0.02 * np.sin(t_s / 75.0)
        values = {f"jm_cabin_pressure_kpa_{i}": 101.28 + 0.01 * i + breath for i in (1, 2, 3)}
        values |= {f"jm_rack_power_w_{i}": 380.0 + 61.0 * i for i in range(1, 11)}
        values["jm_rack_power_w_4"] += 240.0 if (t_s % 180.0) < 60.0 else 0.0
        values["jm_ppo2_kpa_1"] = 21.3 + 0.2 * breath
        return values


class Telemetry:
    """Turns engineering values into packets: noise, quantisation, counters and times."""

    def __init__(self, packets: list[PacketDefinition], steady: dict[str, list[float]], seed: int) -> None:
        self._packets = packets
        self._encoders = {p.name: PacketEncoder(p) for p in packets}
        self._counts = {p.name: 0 for p in packets}
        self._steady = steady
        self._random = np.random.default_rng(seed)

    def due(self, turn: int, values: Callable[[], dict[str, float]], t_ns: int) -> Iterator[bytes]:
        """Yield the packets whose period is over at this turn."""
        present: dict[str, float] | None = None
        for number, packet in enumerate(self._packets):
            every = max(1, round((packet.period_s or 1.0) / TURN_S))
            if turn % every != number % every:
                continue
            present = values() if present is None else present
            raw = {p.name: self._raw(p, present) for p in packet.values}
            raw[f"{packet.name}_header_phase"] = 4
            raw[f"{packet.name}_header_mode"] = 4
            count = self._counts[packet.name]
            self._counts[packet.name] = (count + 1) % 16384
            yield self._encoders[packet.name].encode(raw, count, t_ns)

    def _raw(self, parameter: Parameter, values: dict[str, float]) -> int:
        name = parameter.name
        mean, noise = 0.0, 0.0
        known = self._steady.get(name) or self._steady.get(_ROOT.sub("", name))
        if known is not None:
            mean, noise = known
        if name in values:
            mean, noise = values[name], noise or _usual_noise(parameter)
        value = mean + noise * float(self._random.standard_normal())
        if isinstance(parameter.calibration, Polynomial):
            c0, c1 = (*parameter.calibration.coefficients, 0.0, 1.0)[:2]
            value = (value - c0) / c1
        lowest, highest = 0, (1 << parameter.bit_length) - 1
        if parameter.data_type == "int":
            lowest, highest = -(1 << (parameter.bit_length - 1)), (1 << (parameter.bit_length - 1)) - 1
        return int(np.clip(round(value), lowest, highest))


def _usual_noise(parameter: Parameter) -> float:
    """Return about one quantisation step for measured analogue values, none for counts and states."""
    if not isinstance(parameter.calibration, Polynomial) or "pos_ecef" in parameter.name:
        return 0.0
    return 0.9 * abs(parameter.calibration.coefficients[1])


class _Downlink:
    """Packs one vehicle's packets into frames and says when each was received."""

    def __init__(self, mission: Mission, link: Link) -> None:
        self._link = link
        scid = next(v for v in mission.vehicles if v.id == link.vehicle).scids[0]
        self._packer: TmFramePacker | AosFramePacker
        if link.framing == "tm":
            self._packer = TmFramePacker(scid, 0, frame_length=link.frame_length, ocf=link.ocf)
        else:
            self._packer = AosFramePacker(scid, 1, frame_length=link.frame_length)
        self._waits_since_s: float | None = None

    def frames(self, packets: list[bytes], t_s: float) -> list[bytes]:
        """Add packets; return the datagrams that are sent now."""
        out = [frame for packet in packets for frame in self._packer.push(packet)]
        if packets and self._waits_since_s is None:
            self._waits_since_s = t_s
        if self._waits_since_s is not None and t_s - self._waits_since_s >= FRAME_WAIT_S - TURN_S:
            out += self._packer.flush()
            self._waits_since_s = None
        return [cadu(frame) if self._link.asm else frame for frame in out]


def simulate(mission: Mission) -> Iterator[recording.Datagram]:
    """Yield the datagrams of the sample pass in order of reception."""
    settings = tomllib.loads(mission.files["simulation.toml"].decode())
    steady, seed = settings["steady"], int(settings["seed"])
    begin_ns = parse_utc(BEGIN_UTC)
    links = {link.vehicle: link for link in mission.links}
    station = next(s for s in mission.stations if s.name == links["els_rs"].station)
    orbit = Orbit.from_tle(mission.files["orbits/els_rs.tle"].decode())
    capsule, module = Capsule(orbit, station, begin_ns), StationModule()
    telemetry = {
        vehicle: Telemetry([p for p in mission.packets if p.vehicle == vehicle], steady, seed + i)
        for i, vehicle in enumerate(("els_rs", "jm"))
    }
    downlinks = {vehicle: _Downlink(mission, links[vehicle]) for vehicle in telemetry}
    for turn in range(round(DURATION_S / TURN_S)):
        t_s = turn * TURN_S
        t_ns = begin_ns + round(t_s * 1e9)
        capsule.advance(t_s, TURN_S)
        present: dict[str, Callable[[], dict[str, float]]] = {
            "els_rs": capsule.values,
            "jm": partial(module.values, t_s),
        }
        for vehicle, maker in telemetry.items():
            packets = list(maker.due(turn, present[vehicle], t_ns))
            link = links[vehicle]
            for i, octets in enumerate(downlinks[vehicle].frames(packets, t_s)):
                if vehicle == "els_rs":
                    capsule.frame_sent()
                    if NULL_S[0] <= t_s < NULL_S[1]:
                        continue
                delay_s = DOWNLINK_DELAY_S + 0.002 * i + (0.35 if vehicle == "jm" else 0.0)
                if vehicle == "els_rs":
                    delay_s += capsule.moment.range_km / LIGHT_KM_S
                yield recording.Datagram(t_ns + round(delay_s * 1e9), link.port, octets)


def main(arguments: list[str] | None = None) -> int:
    """Make the sample mission's recording anew."""
    parser = argparse.ArgumentParser(prog="python -m console.training.spacecraft", description=__doc__)
    parser.add_argument("--mission", type=Path, default=samples_dir() / "els_rs", metavar="DIR")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    mission = load_mission(options.mission)
    output: Path = options.output or options.mission / mission.recording
    datagrams = sorted(simulate(mission), key=lambda each: each.reception_ns)
    recording.write(output, datagrams)
    print(f"{len(datagrams)} datagrams, {output.stat().st_size} octets in {output}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
